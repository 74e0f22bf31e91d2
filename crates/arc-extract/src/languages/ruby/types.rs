//! Types, functions, fields.

use arc_graph::NodeKind;
use tree_sitter::Node;

use crate::languages::outline::{
    FunctionParts, Param, Place, VariableParts, Walk, named_children, param_kind,
};

use crate::facts::{Binding, BlockKind, Expr, ExprId, Role, SymbolId, flag};

use crate::source::{end_line_of, line_of};

pub(super) fn file<'w>(walk: &mut Walk<'w>, root: Node<'w>) {
    walk.facts.set_file_namespace("");
    walk.sequence(root);
}

pub(super) fn type_definition<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let Some(name_node) = node.child_by_field_name("name") else {
        return ExprId::NONE;
    };
    let path = walk.text(name_node).trim_start_matches("::");
    let kind = if node.kind() == "module" {
        NodeKind::Module
    } else {
        NodeKind::Class
    };
    let superclass = node
        .child_by_field_name("superclass")
        .and_then(|superclass| superclass.named_child(0));
    open_type(walk, node, path, kind, |walk| {
        if let Some(superclass) = superclass {
            let outer_place = std::mem::replace(&mut walk.place, Place::File);
            let base = walk.type_value(superclass);
            walk.place = outer_place;
            push_base(walk, base);
        }
        if let Some(body) = node.child_by_field_name("body") {
            walk.value(body);
        }
    });
    ExprId::NONE
}

pub(super) fn push_base(walk: &mut Walk<'_>, base: ExprId) {
    if base.is_some()
        && let Some(class) = walk.classes.last_mut()
    {
        class.bases.push(base);
    }
}

/// Defines a class or module of this constant path, and runs `body` inside it.
pub(super) fn open_type<'w>(
    walk: &mut Walk<'w>,
    node: Node<'w>,
    path: &'w str,
    kind: NodeKind,
    body: impl FnOnce(&mut Walk<'w>),
) {
    let line = line_of(node);
    let (owner, name) = match path.rsplit_once("::") {
        Some((owner, name)) => (Some(owner), name),
        None => (None, path),
    };
    let symbol = walk.facts.add_symbol(name, kind, line, end_line_of(node));
    walk.facts.symbol_mut(symbol).flags = flag::PUBLIC;
    walk.attach_doc(symbol, line);
    let around = walk.namespace.clone();
    let within = match owner {
        Some(owner) => qualified(&around, owner),
        None => around.clone(),
    };
    let outer_owner = match owner {
        Some(owner) => {
            let value = walk.facts.name(owner);
            walk.facts.symbol_mut(symbol).owner = value;
            bind_in_owner(walk, symbol, owner, line);
            let outer = walk.facts.enter_namespace(symbol, &within);
            walk.facts.bind_symbol(symbol);
            Some(outer)
        }
        None => {
            bind_constant(walk, symbol, line);
            None
        }
    };
    let label = qualified(&within, name);
    let outer_space = walk.facts.enter_namespace(symbol, &label);
    let outer_block = std::mem::replace(&mut walk.space, walk.facts.block());
    walk.namespace = label;
    let outer = walk.facts.enter_symbol(symbol, BlockKind::Class);
    walk.open_class(symbol, name, 0);
    let other_parts = walk.parts_of(&format!("::{within}"), name, line);
    push_base(walk, other_parts);
    let outer_place = std::mem::replace(&mut walk.place, Place::Class);
    let outer_state = std::mem::take(&mut walk.state);
    body(walk);
    walk.state = outer_state;
    walk.place = outer_place;
    let bases = walk.close_class();
    let bases = walk.facts.list(&bases);
    walk.facts.symbol_mut(symbol).bases = bases;
    walk.facts.leave(outer);
    walk.namespace = around;
    walk.space = outer_block;
    walk.facts.leave(outer_space);
    if let Some(outer) = outer_owner {
        walk.facts.leave(outer);
    }
}

pub(super) fn qualified(around: &str, name: &str) -> String {
    if around.is_empty() {
        name.to_owned()
    } else {
        format!("{around}::{name}")
    }
}

/// Binds a constant in the current block, and in the namespace that other files share.
pub(super) fn bind_constant(walk: &mut Walk<'_>, symbol: SymbolId, line: u32) {
    let value = walk.facts.bind_symbol(symbol);
    share(walk, symbol, value, line);
}

pub(super) fn share(walk: &mut Walk<'_>, symbol: SymbolId, value: ExprId, line: u32) {
    if walk.space.is_some() && walk.space != walk.facts.block() {
        let name = walk.facts.symbol_mut(symbol).name;
        let (block, at) = (walk.facts.block(), walk.facts.now());
        walk.facts.push_binding(Binding {
            name,
            scope: walk.space,
            block,
            at,
            value,
            declared: ExprId::NONE,
            symbol,
            line,
        });
    }
}

/// `class A::B` is a member of `A`, wherever that is.
pub(super) fn bind_in_owner(walk: &mut Walk<'_>, symbol: SymbolId, owner: &str, line: u32) {
    let mut target = ExprId::NONE;
    for part in owner.split("::") {
        let name = walk.facts.name(part);
        let expr = if target.is_some() {
            Expr::Member(target, name)
        } else {
            Expr::Name(name)
        };
        target = walk.facts.expr(expr, line, Role::Silent);
    }
    let outer = walk.facts.enter(BlockKind::Extension);
    let block = walk.facts.block();
    walk.facts.extend_type(target, &[], block, line);
    walk.facts.bind_symbol(symbol);
    walk.facts.leave(outer);
}

pub(super) fn singleton_class<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let outer_state = std::mem::take(&mut walk.state);
    let outer = walk
        .classes
        .last_mut()
        .map(|class| std::mem::replace(&mut class.member_flags, flag::STATIC));
    walk.field_value(node, "body");
    if let (Some(class), Some(flags)) = (walk.classes.last_mut(), outer) {
        class.member_flags = flags;
    }
    walk.state = outer_state;
    ExprId::NONE
}

/// [`Walk::state`] while members are private.
pub(super) const PRIVATE: u32 = 1;
/// [`Walk::state`] while functions of a module are its own (`module_function`, `extend self`).
pub(super) const MODULE_FUNCTION: u32 = 2;

pub(super) fn method<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let name = walk.field_text(node, "name");
    let mut flags = if walk.state & PRIVATE == 0 {
        flag::PUBLIC
    } else {
        0
    };
    if node.kind() == "singleton_method" || walk.state & MODULE_FUNCTION != 0 {
        flags |= flag::STATIC;
    }
    if walk.place == Place::Class {
        match name {
            "initialize" => flags |= flag::CONSTRUCTOR,
            "setup" | "teardown" => flags |= flag::SETUP,
            _ if name.starts_with("test_") => flags |= flag::TEST,
            _ => {}
        }
    }
    let symbol = walk.function(FunctionParts {
        flags,
        params: node.child_by_field_name("parameters"),
        body: node.child_by_field_name("body"),
        ..FunctionParts::new(node, name)
    });
    walk.facts
        .expr(Expr::Symbol(symbol), line_of(node), Role::Silent)
}

pub(super) fn parameter<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> Option<Param<'w>> {
    let kind = match node.kind() {
        "identifier" => return Some(Param::new(node, walk.text(node))),
        "optional_parameter" => param_kind::POSITIONAL,
        "splat_parameter" => param_kind::REST,
        "keyword_parameter" | "block_parameter" => param_kind::KEYWORD,
        "hash_splat_parameter" => param_kind::KEYWORDS,
        "destructured_parameter" => {
            return Some(Param {
                pattern: Some(node),
                ..Param::new(node, "")
            });
        }
        _ => return None,
    };
    Some(Param {
        kind,
        default: node.child_by_field_name("value"),
        ..Param::new(node, walk.field_text(node, "name"))
    })
}

pub(super) fn identifier<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let text = walk.text(node);
    if walk.place == Place::Class {
        match text {
            "private" | "protected" => walk.state |= PRIVATE,
            "public" => walk.state &= !PRIVATE,
            "module_function" => walk.state |= MODULE_FUNCTION,
            _ => {
                walk.name_value(text, line_of(node));
            }
        }
        return ExprId::NONE;
    }
    walk.name_value(text, line_of(node))
}

pub(super) fn instance_variable<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let this = walk.facts.expr(Expr::This, line, Role::Silent);
    let text = walk.text(node);
    walk.member_named(this, text, line)
}

pub(super) fn scope_resolution<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let Some(name) = node.child_by_field_name("name") else {
        return ExprId::NONE;
    };
    match node.child_by_field_name("scope") {
        Some(scope) => {
            let base = walk.value(scope);
            walk.member_value(base, name)
        }
        None => walk.value(name),
    }
}

pub(super) fn simple_symbol<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let text = walk.text(node).trim_start_matches(':');
    walk.facts.text_expr(text, "Symbol", line_of(node))
}

pub(super) fn assignment<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let left = node.child_by_field_name("left");
    let right = node.child_by_field_name("right");
    let Some((left, right)) = left.zip(right) else {
        return walk.only_child(node);
    };
    if left.kind() == "constant" && walk.place != Place::Function {
        return constant(walk, node, left, right);
    }
    let value = walk.value(right);
    if left.kind() == "identifier" {
        // Not through the identifier's own shape, which means a call.
        let (text, line) = (walk.text(left), line_of(left));
        let name = walk.name_value(text, line);
        walk.assign_expr(name, value, line, 0);
    } else {
        walk.assign_to(left, value);
    }
    value
}

/// `X = 1`, or a class made by `Struct.new` and the like.
pub(super) fn constant<'w>(
    walk: &mut Walk<'w>,
    node: Node<'w>,
    left: Node<'w>,
    right: Node<'w>,
) -> ExprId {
    let name = walk.text(left);
    let maker = right
        .child_by_field_name("receiver")
        .map_or("", |receiver| walk.text(receiver));
    let made = walk.field_text(right, "method");
    if matches!(
        (maker, made),
        ("Struct" | "Class", "new") | ("Data", "define")
    ) {
        open_type(walk, node, name, NodeKind::Class, |walk| {
            if let Some(args) = right.child_by_field_name("arguments") {
                for arg in named_children(args) {
                    if arg.kind() == "simple_symbol" {
                        field(walk, arg, ExprId::NONE);
                    } else if arg.kind() == "constant" || arg.kind() == "scope_resolution" {
                        let base = walk.type_value(arg);
                        push_base(walk, base);
                    }
                }
            }
            let body = right
                .child_by_field_name("block")
                .and_then(|block| block.child_by_field_name("body"));
            if let Some(body) = body {
                walk.value(body);
            }
        });
        return ExprId::NONE;
    }
    let value = walk.value(right);
    let symbol = walk.variable(VariableParts {
        value,
        flags: flag::PUBLIC | flag::STATIC,
        kind: Some(NodeKind::Constant),
        ..VariableParts::new(node, name)
    });
    share(walk, symbol, value, line_of(node));
    value
}

/// A field named by a symbol (`attr_reader :name`).
pub(super) fn field<'w>(walk: &mut Walk<'w>, node: Node<'w>, value: ExprId) {
    let name = walk
        .text(node)
        .trim_start_matches(':')
        .trim_matches(['"', '\'']);
    walk.variable(VariableParts {
        value,
        flags: if walk.state & PRIVATE == 0 {
            flag::PUBLIC
        } else {
            0
        },
        ..VariableParts::new(node, name)
    });
}

pub(super) fn alias<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let (new, old) = (
        node.child_by_field_name("name"),
        node.child_by_field_name("alias"),
    );
    if let Some((new, old)) = new.zip(old) {
        alias_of(walk, new, old);
    }
    ExprId::NONE
}

pub(super) fn alias_of<'w>(walk: &mut Walk<'w>, new: Node<'w>, old: Node<'w>) {
    let line = line_of(old);
    let text = walk.text(old).trim_start_matches(':');
    let this = walk.facts.expr(Expr::This, line, Role::Silent);
    let value = walk.member_named(this, text, line);
    let name = walk.text(new).trim_start_matches(':');
    let block = walk.facts.block();
    walk.facts.bind(name, block, value, ExprId::NONE, line);
}
