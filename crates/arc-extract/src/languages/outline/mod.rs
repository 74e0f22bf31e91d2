//! The frame of the languages that are understood by name and declared type: one walk over the tree, driven by a table
//! from node kinds to [`Shape`]s. A language is its table, and functions for what a table cannot say.
//!
//! The frame knows what a class, function, call or assignment means in facts; it knows no grammar and resolves nothing.

use std::sync::LazyLock;

use tree_sitter::Node;

use crate::facts::ExprId;
use crate::languages::{Arity, Semantics};

mod assign;
mod define;
mod doc;
mod ends;
mod language;
mod locals;
mod node;
mod values;
mod walk;

pub(super) use define::{ClassParts, FunctionParts, Param, VariableParts, param_kind};
pub(super) use doc::plain as first_paragraph;
pub(super) use language::{Outlined, namespace_of};
pub(super) use node::{child_of_kind, has_token, leaf_text, named_children};
pub(super) use values::unquoted;
pub(super) use walk::{Place, Walk};

/// A list of words that `cargo fmt` leaves in lines.
macro_rules! words {
    ($($word:literal)*) => { &[$($word),*] };
}
pub(super) use words;

/// A function of a language for one kind of node. Its result is the node's value, `NONE` when it has none.
pub(super) type Own = for<'w> fn(&mut Walk<'w>, Node<'w>) -> ExprId;

/// What the frame does with a node. Fields are named as in the grammar.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// Children in order; the value is that of the only child (parentheses, wrappers). Also every kind in no table.
    Children,
    /// Children in order; nothing is known of the value (operators, conditions).
    Operands,
    /// The same for `!` and `||`: types that the operands test are not known to hold.
    Doubt,
    /// Children in order; the value is that of the last (statements of a language of expressions).
    Sequence,
    /// Nothing below is looked at.
    Ignore,
    /// A comment, kept as the documentation of what follows.
    Comment,
    /// A block of statements: names declared in it are not seen behind it.
    Plain,
    /// Statements that may not run.
    Branch,
    /// Statements that may run again.
    Loop,
    /// The field is evaluated first, everything else is a branch each; the value is one of the branches'.
    Choice(&'static str),
    /// A name.
    Name,
    /// The own instance.
    This,
    /// The own instance as its base type.
    Super,
    /// A string; interpolated children are evaluated.
    Text,
    /// A literal of this built-in type.
    Literal(&'static str),
    /// Base, name.
    Member(&'static str, &'static str),
    /// Callee, arguments.
    Call(&'static str, &'static str),
    /// Type, arguments.
    New(&'static str, &'static str),
    /// Container, key.
    Index(&'static str, &'static str),
    /// An argument that may have a name in this field; the value is the last child.
    Argument(&'static str),
    /// A list of elements.
    List,
    /// A tuple; in a type, a tuple type.
    Tuple,
    /// A generic type: the first child with the others as arguments.
    Generic,
    /// The children of the node are the arguments of a generic type.
    TypeArguments,
    /// One of the children (a union of types).
    Either,
    /// Left, right.
    Assign(&'static str, &'static str),
    /// The value, the type.
    Cast(&'static str, &'static str),
    /// A test of the value in the first field against the type in the second.
    TypeTest(&'static str, &'static str),
    /// The result of a function is the last child.
    Return,
    /// The same for one of several results.
    Yield,
    /// Waiting for the only child.
    Await,
    /// Parameters, body of an anonymous function.
    Lambda(&'static str, &'static str),
    /// A type is meant below.
    Type,
    /// For what this table cannot say.
    Own(Own),
}

/// What the frame must know of a language besides its table.
pub(super) struct Outline {
    /// Shape by kind id.
    pub(super) shapes: LazyLock<Vec<Shape>>,
    /// Reads one child of a parameter list.
    pub(super) parameter: for<'w> fn(&mut Walk<'w>, Node<'w>) -> Option<Param<'w>>,
    /// An assignment to an unknown name declares it for the whole function (Ruby, PHP).
    pub(super) assignment_declares: bool,
    /// A block's value is its last statement's, and a function's result its body's.
    pub(super) last_is_result: bool,
    /// Name of the built-in text type.
    pub(super) text_type: &'static str,
    /// Names of the own instance where the grammar has plain identifiers for it.
    pub(super) this_names: &'static [&'static str],
    /// Names of the base instance, likewise.
    pub(super) super_names: &'static [&'static str],
}

/// Semantics of a language without peculiarities, to be changed where one has them.
pub(super) const PLAIN: Semantics = Semantics {
    separator: ".",
    members_in_scope: true,
    reads_call: false,
    explicit_exports: false,
    imports_stay_inside: false,
    constructors: &[],
    call_operator: "",
    receiver_is_parameter: false,
    builtins: &[],
    common_members: &[],
    match_bare_names: true,
    imports_are_paths: false,
    overloads: false,
    iteration: &[],
    index_operator: "",
    union_operator: "",
    enter_operators: &[],
    construction_hooks: &[],
    async_type: "",
    await_operator: "",
    generator_type: "",
    literal_types: ["", "", "", ""],
    fixture_files: &[],
    transparent: &[],
    namespace_family: "",
    looks_by_arguments: false,
    one_function_per_name: false,
    arity: Arity::Free,
    members_from_below: false,
    missing_member: "",
    text_operators: &[],
    structural: false,
    types_are_hints: false,
    types_apart: false,
    global_namespace: "",
    global_objects: &[],
    late_binding: None,
    ends: &ends::ENDS,
};

/// Makes the table of a grammar. Keywords (`this`) have a shape as well; the walk meets them in fields only.
pub(super) fn shapes(
    grammar: &tree_sitter::Language,
    entries: &[(&'static str, Shape)],
) -> Vec<Shape> {
    let mut shapes = vec![Shape::Children; grammar.node_kind_count() + 1];
    for (kind, shape) in entries {
        // One name may have several ids (aliases), so all are looked at.
        for id in 0..grammar.node_kind_count() as u16 {
            if grammar.node_kind_for_id(id) == Some(kind) {
                shapes[id as usize] = *shape;
            }
        }
    }
    shapes
}

#[cfg(test)]
mod tests {
    use crate::extract::extract;

    const LANGUAGES: &[&str] =
        words!("bash" "c#" "dart" "elixir" "kotlin" "lua" "php" "ruby" "scala" "sql" "swift");

    #[test]
    fn broken_deep_and_wide_input_ends() {
        let deep = [
            "(",
            "[",
            "{",
            "a.b(",
            "if x {",
            "class A {",
            "f(function() {",
            "do |x| ",
        ];
        let whole = "class A { def f(x) = x.y; void g() { this.f(); } }\n";
        for language in LANGUAGES {
            for unit in deep {
                drop(extract(language, "a", &unit.repeat(400)));
            }
            drop(extract(
                language,
                "a",
                &format!("x = a{};", ".b()".repeat(600)),
            ));
            drop(extract(
                language,
                "a",
                &format!("x = a{};", " + b".repeat(600)),
            ));
            drop(extract(language, "a", &"\u{0}\u{feff}é\"'".repeat(50)));
            for end in (0..whole.len()).step_by(5) {
                drop(extract(language, "a", &whole[..end]));
                drop(extract(language, "a", &whole[end..]));
            }
        }
    }
}
