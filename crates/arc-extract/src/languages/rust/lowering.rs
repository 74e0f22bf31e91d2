//! The walk: what it carries along, and the small steps that every part of it uses.

use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::sync::LazyLock;

use tree_sitter::{Node, Parser, Tree, TreeCursor};

use super::doctests::are_run;
use super::expand::Rules;
use crate::builder::FactsBuilder;
use crate::facts::{BlockId, Expr, ExprId, Name, Role, SymbolId, flag};
use crate::parsing::parse_with;
use crate::source::Source;

/// Syntax nested deeper than this is not followed; it bounds the stack.
pub(super) const MAX_DEPTH: u32 = 300;

static GRAMMAR: LazyLock<tree_sitter::Language> =
    LazyLock::new(|| tree_sitter_rust::LANGUAGE.into());

/// Ids of the grammar's fields, looked up once.
macro_rules! fields {
    ($($name:ident = $text:literal),* $(,)?) => {
        pub(super) struct Fields { $(pub(super) $name: u16),* }

        pub(super) static FIELDS: LazyLock<Fields> = LazyLock::new(|| {
            let id = |text| GRAMMAR.field_id_for_name(text).map_or(0, std::num::NonZeroU16::get);
            Fields { $($name: id($text)),* }
        });
    };
}

fields! {
    alias = "alias",
    alternative = "alternative",
    argument = "argument",
    arguments = "arguments",
    body = "body",
    bounds = "bounds",
    condition = "condition",
    consequence = "consequence",
    doc = "doc",
    element = "element",
    field = "field",
    function = "function",
    inner = "inner",
    left = "left",
    list = "list",
    macro_name = "macro",
    name = "name",
    operator = "operator",
    parameters = "parameters",
    path = "path",
    pattern = "pattern",
    return_type = "return_type",
    right = "right",
    trait_name = "trait",
    type_name = "type",
    type_arguments = "type_arguments",
    type_parameters = "type_parameters",
    value = "value",
}

/// Names of the grammar's node kinds by id: comparing is cheaper than asking the node, which checks its text each time.
static KINDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    (0..GRAMMAR.node_kind_count())
        .map(|id| GRAMMAR.node_kind_for_id(id as u16).unwrap_or(""))
        .collect()
});

/// The kind of a node; `ERROR` for error nodes.
pub(super) fn kind(node: Node<'_>) -> &'static str {
    KINDS
        .get(usize::from(node.kind_id()))
        .copied()
        .unwrap_or("ERROR")
}

thread_local! {
    static FRAGMENT_PARSER: RefCell<Parser> = RefCell::new({
        let mut parser = arc_grammar::parser();
        if parser.set_language(&GRAMMAR).is_err() {
            // The parser then returns no tree and macros are read by their tokens.
        }
        parser
    });
}

/// Parses a piece of Rust that stands inside a macro.
pub(super) fn parse_fragment(text: &str) -> Option<Tree> {
    FRAGMENT_PARSER.with_borrow_mut(|parser| {
        parser.reset();
        parse_with(parser, text, None)
    })
}

/// What kind of thing surrounds an item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Container {
    /// A module or a function: items are free.
    #[default]
    Module,
    /// An `impl` of a type whose name is kept for its members.
    Impl(Name),
    /// A trait.
    Trait,
    /// An `extern` block: functions have no body and are defined elsewhere.
    Foreign,
}

/// What the walk knows of its surroundings.
#[derive(Default)]
pub(super) struct State {
    /// Levels of syntax around.
    pub(super) depth: u32,
    /// Macro fragments around.
    pub(super) fragments: u32,
    /// The rules of the macros that the file has defined so far.
    pub(super) macros: FxHashMap<String, Rules>,
    /// Bytes that expanding them took.
    pub(super) expanding: usize,
    /// Examples in documentation are tests.
    pub(super) has_doc_tests: bool,
    /// The code is an example: what it uses, the file around it does not import.
    pub(super) in_example: bool,
    /// Calls are only call-shaped tokens of a macro.
    pub(super) in_unknown_macro: bool,
    /// Items stand under a condition.
    pub(super) is_conditional: bool,
    /// Statics are thread locals: their type is behind a key.
    pub(super) in_thread_local: bool,
    /// Branches of the function so far.
    pub(super) branches: u16,
    /// Values of `break` for each loop around.
    pub(super) loops: Vec<Vec<ExprId>>,
    /// `async` blocks around, inside the function: their `return` is not the function's.
    pub(super) async_blocks: u32,
    /// What surrounds an item.
    pub(super) container: Container,
    /// The type of the `impl` around, as it is written and without blanks.
    pub(super) impl_type: String,
    /// That `impl` is one of a trait.
    pub(super) is_trait_impl: bool,
    /// The type parameter that `Self` is, in an `impl<T> Trait for T`.
    pub(super) self_parameter: Option<(SymbolId, u32)>,
    /// The module block around.
    pub(super) module: BlockId0,
    /// Names of the inline modules around.
    pub(super) module_path: Vec<String>,
    /// Types by module and name, to give members written outside their parent.
    pub(super) types: FxHashMap<(BlockId, Name), SymbolId>,
    /// Members written outside their type: member, module, name of the type.
    pub(super) outside: Vec<(SymbolId, BlockId, Name)>,
}

/// A block that is the file's top level by default.
#[derive(Clone, Copy)]
pub(super) struct BlockId0(pub(super) BlockId);

impl Default for BlockId0 {
    fn default() -> Self {
        BlockId0(BlockId(0))
    }
}

/// Lowers one text: a file or a fragment of a macro.
pub(super) struct Lowering<'t, 'b> {
    pub(super) text: &'t str,
    /// Lines before the text in its file.
    pub(super) first_row: u32,
    pub(super) facts: &'b mut FactsBuilder,
    pub(super) state: State,
    cursors: Vec<TreeCursor<'t>>,
}

/// Adds the facts of a file.
pub(super) fn lower(source: &Source<'_>, facts: &mut FactsBuilder) {
    let Some(root) = source.root() else {
        return;
    };
    if in_test_folder(source.path) {
        facts.symbol_mut(SymbolId(0)).flags |= flag::TEST;
    }
    let state = State {
        has_doc_tests: are_run(source.path),
        ..State::default()
    };
    let mut lowering = Lowering::new(source.text, 0, facts, state);
    lowering.statements(root);
    let state = lowering.state;
    settle_outside(&state, facts);
}

/// Gives members that are written outside their type to it.
pub(super) fn settle_outside(state: &State, facts: &mut FactsBuilder) {
    for (member, module, owner) in &state.outside {
        match state.types.get(&(*module, *owner)) {
            Some(parent) => facts.symbol_mut(*member).parent = *parent,
            None => facts.symbol_mut(*member).owner = *owner,
        }
    }
}

fn in_test_folder(path: &str) -> bool {
    path.split('/')
        .rev()
        .skip(1)
        .any(|folder| folder == "tests" || folder == "benches")
}

impl<'t, 'b> Lowering<'t, 'b> {
    pub(super) fn new(
        text: &'t str,
        first_row: u32,
        facts: &'b mut FactsBuilder,
        state: State,
    ) -> Lowering<'t, 'b> {
        Lowering {
            text,
            first_row,
            facts,
            state,
            cursors: Vec::new(),
        }
    }

    pub(super) fn text_of(&self, node: Node<'t>) -> &'t str {
        let text = self.text.get(node.byte_range()).unwrap_or("");
        text.strip_prefix("r#").unwrap_or(text)
    }

    pub(super) fn line(&self, node: Node<'t>) -> u32 {
        self.first_row + node.start_position().row as u32 + 1
    }

    pub(super) fn end_line(&self, node: Node<'t>) -> u32 {
        self.first_row + crate::source::end_line_of(node)
    }

    /// Runs `step` on every named child with the id of its field, comments left out.
    pub(super) fn each(
        &mut self,
        node: Node<'t>,
        mut step: impl FnMut(&mut Self, Node<'t>, Option<u16>),
    ) {
        self.each_child(node, |this, child, field| {
            if child.is_named() && !child.is_extra() {
                step(this, child, field);
            }
        });
    }

    /// Runs `step` on every child with the id of its field.
    pub(super) fn each_child(
        &mut self,
        node: Node<'t>,
        mut step: impl FnMut(&mut Self, Node<'t>, Option<u16>),
    ) {
        let mut cursor = match self.cursors.pop() {
            Some(mut cursor) => {
                cursor.reset(node);
                cursor
            }
            None => node.walk(),
        };
        if cursor.goto_first_child() {
            loop {
                let field = cursor.field_id().map(std::num::NonZeroU16::get);
                step(self, cursor.node(), field);
                if !cursor.goto_next_sibling() {
                    break;
                }
            }
        }
        self.cursors.push(cursor);
    }

    /// Runs `step` one level deeper, or gives `otherwise` when that is too deep.
    pub(super) fn deeper<R>(&mut self, otherwise: R, step: impl FnOnce(&mut Self) -> R) -> R {
        if self.state.depth >= MAX_DEPTH {
            return otherwise;
        }
        self.state.depth += 1;
        let result = step(self);
        self.state.depth -= 1;
        result
    }

    /// A value that exists: `Unknown` in place of none.
    pub(super) fn known(&mut self, value: ExprId, line: u32) -> ExprId {
        if value.is_some() {
            value
        } else {
            self.facts.unknown(line)
        }
    }

    /// One of several values, of which those that never come to be are `NONE`.
    pub(super) fn one_of(&mut self, values: &[ExprId], line: u32) -> ExprId {
        let mut some: Vec<ExprId> = values
            .iter()
            .copied()
            .filter(|value| value.is_some())
            .collect();
        some.dedup();
        if some.is_empty() {
            ExprId::NONE
        } else {
            self.facts.either(&some, line)
        }
    }

    pub(super) fn silent(&mut self, expr: Expr, line: u32) -> ExprId {
        self.facts.expr(expr, line, Role::Silent)
    }

    /// `Self`.
    pub(super) fn this_type(&mut self, line: u32) -> ExprId {
        let this = match self.state.self_parameter {
            Some((owner, position)) => Expr::TypeParam(owner, position),
            None => Expr::ThisType,
        };
        self.silent(this, line)
    }

    pub(super) fn literal(&mut self, kind: &str, line: u32) -> ExprId {
        self.facts.literal_expr(kind, line)
    }

    /// The role of a call found here.
    pub(super) fn call_role(&self) -> Role {
        if self.state.in_unknown_macro {
            Role::MacroCall
        } else {
            Role::Call
        }
    }

    pub(super) fn call(&mut self, callee: ExprId, args: &[ExprId], line: u32) -> ExprId {
        self.facts.set_role(callee, Role::Silent);
        for arg in args {
            if self.facts.facts().exprs.role(*arg) == Role::Use as u8 {
                self.facts.set_role(*arg, Role::Argument);
            }
        }
        let args = self.facts.list(args);
        let role = self.call_role();
        self.facts.expr(Expr::Call(callee, args), line, role)
    }
}
