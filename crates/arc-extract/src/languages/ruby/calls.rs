//! Calls, blocks and other expressions.

use arc_graph::NodeKind;
use tree_sitter::Node;

use crate::languages::outline::{FunctionParts, Place, Walk, named_children, unquoted};

use crate::facts::{
    BlockKind, Expr, ExprId, MemberBinding, Name, Role, SymbolId, flag, import_flag,
};

use crate::source::{end_line_of, line_of};

use super::ITERATORS;
use super::types::{MODULE_FUNCTION, PRIVATE, alias_of, field, push_base};

// ---- calls ----

pub(super) fn call<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let receiver = node.child_by_field_name("receiver");
    let Some(method) = node.child_by_field_name("method") else {
        // `x.()` runs the value.
        let callee = receiver.map_or(ExprId::NONE, |receiver| walk.value(receiver));
        return walk.call_value(callee, node.child_by_field_name("arguments"), line_of(node));
    };
    let name = walk.text(method);
    let args = node.child_by_field_name("arguments");
    let block = node.child_by_field_name("block");
    if method.kind() == "super" {
        return super_with(walk, method, args, block);
    }
    let is_own = receiver.is_none_or(|receiver| receiver.kind() == "self");
    if is_own && directive(walk, node, name, args) {
        return ExprId::NONE;
    }
    if let Some(block) = block
        && test_block(walk, node, name, args, block)
    {
        return ExprId::NONE;
    }
    if let (None, "lambda" | "proc", Some(block)) = (receiver, name, block) {
        return block_value(walk, block, ExprId::NONE, "");
    }
    plain_call(walk, node, method, receiver)
}

pub(super) fn plain_call<'w>(
    walk: &mut Walk<'w>,
    node: Node<'w>,
    method: Node<'w>,
    receiver: Option<Node<'w>>,
) -> ExprId {
    let (name, line) = (walk.text(method), line_of(method));
    let args = node.child_by_field_name("arguments");
    let block = node.child_by_field_name("block");
    let base = match receiver {
        Some(receiver) => {
            let base = walk.value(receiver);
            walk.some(base, line)
        }
        None => ExprId::NONE,
    };
    if name == "new" {
        return construct(walk, base, args, block, line);
    }
    if name == "is_a?" || name == "kind_of?" || name == "instance_of?" {
        let target = args.and_then(|args| args.named_child(0));
        return walk.type_test_of(receiver, target);
    }
    let (name, skipped) = sent_name(walk, name, args);
    let callee = match receiver {
        Some(_) => walk.member_named(base, name, line),
        None => walk.name_value(name, line),
    };
    if receiver.is_some() && args.is_none() && block.is_none() {
        return callee;
    }
    let mut values = Vec::new();
    if let Some(args) = args {
        values = arguments(walk, args, base);
        if skipped {
            values.remove(0);
        }
    }
    if let Some(block) = block {
        values.push(block_value(walk, block, base, name));
    }
    walk.call_with(callee, &values, line)
}

/// `send(:name, …)` calls `name`.
pub(super) fn sent_name<'w>(
    walk: &mut Walk<'w>,
    name: &'w str,
    args: Option<Node<'w>>,
) -> (&'w str, bool) {
    let first = args.and_then(|args| args.named_child(0));
    match (name, first) {
        ("send" | "public_send" | "__send__", Some(first)) if first.kind() == "simple_symbol" => {
            (walk.text(first).trim_start_matches(':'), true)
        }
        _ => (name, false),
    }
}

pub(super) fn construct<'w>(
    walk: &mut Walk<'w>,
    base: ExprId,
    args: Option<Node<'w>>,
    block: Option<Node<'w>>,
    line: u32,
) -> ExprId {
    let target = if base.is_some() {
        let is_this = walk
            .facts
            .facts()
            .exprs
            .get(base)
            .is_some_and(|node| node.expr == Expr::This);
        if is_this {
            walk.facts.expr(Expr::ThisType, line, Role::Silent)
        } else {
            base
        }
    } else {
        walk.facts.expr(Expr::ThisType, line, Role::Silent)
    };
    let mut values = args.map_or_else(Vec::new, |args| arguments(walk, args, ExprId::NONE));
    if let Some(block) = block {
        values.push(block_value(walk, block, ExprId::NONE, ""));
    }
    walk.new_with(target, &values, line)
}

pub(super) fn arguments<'w>(walk: &mut Walk<'w>, args: Node<'w>, receiver: ExprId) -> Vec<ExprId> {
    let mut values = Vec::new();
    walk.each(args, |walk, child, _| {
        if child.is_extra() {
            return;
        }
        let line = line_of(child);
        let value = match child.kind() {
            "pair" => keyword(walk, child),
            "block_argument" => block_argument(walk, child, receiver),
            _ => walk.value(child),
        };
        let value = walk.some(value, line);
        walk.as_argument(value);
        values.push(value);
    });
    values
}

/// `key: value` among arguments.
pub(super) fn keyword<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let key = node.child_by_field_name("key");
    if key.is_none_or(|key| key.kind() != "hash_key_symbol") {
        return pair(walk, node);
    }
    let text = walk.field_text(node, "key");
    let value = match node.child_by_field_name("value") {
        Some(value) => walk.value(value),
        None => walk.name_value(text, line_of(node)),
    };
    walk.keyword(text, value, line_of(node))
}

/// `&:name` calls `name` on what the method yields, `&block` passes a value.
pub(super) fn block_argument<'w>(walk: &mut Walk<'w>, node: Node<'w>, receiver: ExprId) -> ExprId {
    let line = line_of(node);
    match node.named_child(0) {
        Some(symbol) if symbol.kind() == "simple_symbol" && receiver.is_some() => {
            let text = walk.text(symbol).trim_start_matches(':');
            let element = walk.facts.expr(Expr::Element(receiver), line, Role::Silent);
            let callee = walk.member_named(element, text, line);
            walk.call_with(callee, &[], line)
        }
        Some(value) => walk.value(value),
        None => ExprId::NONE,
    }
}

/// A block as a function. Those of the usual iterators get the receiver's elements.
pub(super) fn block_value<'w>(
    walk: &mut Walk<'w>,
    block: Node<'w>,
    receiver: ExprId,
    method: &str,
) -> ExprId {
    let line = line_of(block);
    let symbol = walk
        .facts
        .add_symbol("", NodeKind::Lambda, line, end_line_of(block));
    let element = if receiver.is_some() && ITERATORS.contains(&method) {
        walk.facts.expr(Expr::Element(receiver), line, Role::Call)
    } else if receiver.is_some() && matches!(method, "tap" | "then" | "yield_self") {
        receiver
    } else {
        ExprId::NONE
    };
    walk.with_function(symbol, true, |walk| {
        walk.parameters(symbol, block.child_by_field_name("parameters"));
        let first = block
            .child_by_field_name("parameters")
            .and_then(|params| params.named_child(0));
        if let Some(first) = first
            && element.is_some()
        {
            walk.declare_pattern(first, element);
        }
        let value = walk.field_value(block, "body");
        if value.is_some() {
            walk.return_value(value, false);
        }
    });
    walk.facts.expr(Expr::Symbol(symbol), line, Role::Silent)
}

pub(super) fn lambda<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let body = node
        .child_by_field_name("body")
        .and_then(|block| block.child_by_field_name("body"));
    walk.lambda_of(node, node.child_by_field_name("parameters"), body)
}

pub(super) fn super_call<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    super_with(walk, node, None, None)
}

pub(super) fn super_with<'w>(
    walk: &mut Walk<'w>,
    node: Node<'w>,
    args: Option<Node<'w>>,
    block: Option<Node<'w>>,
) -> ExprId {
    let line = line_of(node);
    let Some(name) = walk.function_name() else {
        return ExprId::NONE;
    };
    let base = walk.facts.expr(Expr::Super, line, Role::Silent);
    let callee = walk
        .facts
        .expr(Expr::Member(base, name), line, Role::Silent);
    let mut values = args.map_or_else(Vec::new, |args| arguments(walk, args, ExprId::NONE));
    if let Some(block) = block {
        values.push(block_value(walk, block, ExprId::NONE, ""));
    }
    walk.call_with(callee, &values, line)
}

/// Calls that define or import. Whether it was one.
pub(super) fn directive<'w>(
    walk: &mut Walk<'w>,
    node: Node<'w>,
    name: &str,
    args: Option<Node<'w>>,
) -> bool {
    let Some(args) = args else { return false };
    let first = args.named_child(0);
    match name {
        "require" | "require_relative" | "load" => return require(walk, node, name, first),
        "autoload" => return require(walk, node, name, args.named_child(1)),
        _ => {}
    }
    if walk.place != Place::Class {
        return false;
    }
    match name {
        "include" | "extend" | "prepend" => {
            for arg in named_children(args) {
                if arg.kind() == "self" {
                    walk.state |= MODULE_FUNCTION;
                } else {
                    let base = walk.type_value(arg);
                    push_base(walk, base);
                }
            }
            true
        }
        "attr_accessor" | "attr_reader" | "attr_writer" | "attr" => {
            for arg in named_children(args) {
                if arg.kind() == "simple_symbol" {
                    let line = line_of(arg);
                    let variable = format!("@{}", walk.text(arg).trim_start_matches(':'));
                    let this = walk.facts.expr(Expr::This, line, Role::Silent);
                    let value = walk.facts.member_expr(this, &variable, line, Role::Silent);
                    field(walk, arg, value);
                }
            }
            true
        }
        "alias_method" => {
            if let (Some(new), Some(old)) = (first, args.named_child(1)) {
                alias_of(walk, new, old);
            }
            true
        }
        "define_method" => define_method(walk, node, first),
        "private" | "protected" | "public" | "private_class_method" | "module_function" => {
            let outer = walk.state;
            walk.state |= match name {
                "public" => 0,
                "module_function" => MODULE_FUNCTION,
                _ => PRIVATE,
            };
            walk.values(args);
            walk.state = outer;
            true
        }
        _ => {
            if ["before_", "after_", "around_", "validate", "helper_method"]
                .iter()
                .any(|prefix| name.starts_with(prefix))
            {
                callbacks(walk, args);
            }
            false
        }
    }
}

/// Methods named by symbols, which the framework will call.
pub(super) fn callbacks<'w>(walk: &mut Walk<'w>, args: Node<'w>) {
    for arg in named_children(args) {
        if arg.kind() == "simple_symbol" {
            let line = line_of(arg);
            let this = walk.facts.expr(Expr::This, line, Role::Silent);
            let text = walk.text(arg).trim_start_matches(':');
            let value = walk.member_named(this, text, line);
            walk.as_argument(value);
        }
    }
}

pub(super) fn define_method<'w>(
    walk: &mut Walk<'w>,
    node: Node<'w>,
    first: Option<Node<'w>>,
) -> bool {
    let block = node.child_by_field_name("block");
    match (first, block) {
        (Some(first), Some(block)) if first.kind() == "simple_symbol" => {
            let name = walk.text(first).trim_start_matches(':');
            walk.function(FunctionParts {
                flags: flag::PUBLIC,
                params: block.child_by_field_name("parameters"),
                body: block.child_by_field_name("body"),
                ..FunctionParts::new(node, name)
            });
            true
        }
        _ => false,
    }
}

pub(super) fn require<'w>(
    walk: &mut Walk<'w>,
    node: Node<'w>,
    name: &str,
    path: Option<Node<'w>>,
) -> bool {
    let Some(path) = path.filter(|path| path.kind() == "string") else {
        return false;
    };
    let text = unquoted(walk.text(path));
    if text.is_empty() || text.contains("#{") {
        return false;
    }
    let is_relative = name == "require_relative" && !text.starts_with('.');
    let module = if is_relative {
        format!("./{text}")
    } else {
        text.to_owned()
    };
    let flags = if walk.place == Place::Function {
        import_flag::DYNAMIC
    } else {
        0
    };
    walk.facts.import(&module, None, line_of(node), flags);
    true
}

// ---- tests ----

/// Blocks of RSpec, Minitest::Spec and Rails: groups, examples, set-up and lazy values. Whether it was one.
pub(super) fn test_block<'w>(
    walk: &mut Walk<'w>,
    node: Node<'w>,
    name: &str,
    args: Option<Node<'w>>,
    block: Node<'w>,
) -> bool {
    let is_test_file = ["spec", "test"]
        .iter()
        .any(|word| walk.source.path.contains(word));
    if !is_test_file {
        return false;
    }
    let title = || {
        let first = args.and_then(|args| args.named_child(0));
        first.map_or("", |first| unquoted_or_plain(walk.source.text_of(first)))
    };
    let (title, kind, flags) = match name {
        "describe" | "context" | "feature" | "shared_examples" | "shared_context" => {
            (title(), NodeKind::Test, flag::TEST)
        }
        "it" | "specify" | "scenario" | "example" | "test" | "should" => {
            (title(), NodeKind::Test, flag::TEST)
        }
        "before" | "after" | "around" | "setup" | "teardown" => {
            ("", NodeKind::Function, flag::SETUP)
        }
        "let" | "let!" | "subject" => (title(), NodeKind::Function, flag::FIXTURE | flag::PROPERTY),
        _ => return false,
    };
    let title = title.trim_start_matches(':');
    let label = match (title, flags & flag::TEST == 0) {
        ("", true) => name,
        _ => title,
    };
    let line = line_of(node);
    let symbol = walk.facts.add_symbol(label, kind, line, end_line_of(block));
    walk.facts.symbol_mut(symbol).flags = flags;
    if flags & flag::FIXTURE != 0 {
        walk.facts.bind_symbol(symbol);
        walk.declare_local(label);
    }
    if let Some(args) = args {
        arguments(walk, args, ExprId::NONE);
    }
    walk.with_function(symbol, true, |walk| {
        walk.parameters(symbol, block.child_by_field_name("parameters"));
        let value = walk.field_value(block, "body");
        if value.is_some() {
            walk.return_value(value, false);
        }
    });
    true
}

pub(super) fn unquoted_or_plain(text: &str) -> &str {
    if text.starts_with(['"', '\'']) {
        unquoted(text)
    } else {
        text
    }
}

// ---- other expressions ----

pub(super) fn binary<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let sign = node
        .child_by_field_name("operator")
        .map_or("", |sign| sign.kind());
    let left = walk.field_value(node, "left");
    let right = walk.field_value(node, "right");
    match sign {
        "||" | "or" if left.is_some() && right.is_some() => walk.facts.either(&[left, right], line),
        "&&" | "and" => right,
        "<<" if left.is_some() => {
            walk.facts.bind_member(MemberBinding {
                base: left,
                name: Name::NONE,
                value: right,
                declared: ExprId::NONE,
                symbol: SymbolId::NONE,
                line,
            });
            left
        }
        _ => ExprId::NONE,
    }
}

pub(super) fn element<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let object = node.child_by_field_name("object");
    let base = object.map_or(ExprId::NONE, |object| walk.value(object));
    let mut key = ExprId::NONE;
    walk.each(node, |walk, child, _| {
        if Some(child) != object {
            key = walk.value(child);
        }
    });
    walk.index_value(base, key, line_of(node))
}

pub(super) fn hash<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let mut items = Vec::new();
    walk.each(node, |walk, child, _| {
        if child.kind() != "pair" {
            walk.value(child);
            return;
        }
        let key = match child.child_by_field_name("key") {
            Some(key) if key.kind() == "hash_key_symbol" => {
                let text = walk.text(key);
                walk.facts.text_expr(text, "Symbol", line_of(key))
            }
            Some(key) => walk.value(key),
            None => ExprId::NONE,
        };
        let value = walk.field_value(child, "value");
        let line = line_of(child);
        items.push(walk.some(key, line));
        items.push(walk.some(value, line));
    });
    let items = walk.facts.list(&items);
    walk.facts.expr(Expr::Map(items), line, Role::Silent)
}

pub(super) fn pair<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.field_value(node, "key");
    walk.field_value(node, "value")
}

pub(super) fn for_loop<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.count_branch();
    let line = line_of(node);
    let items = walk.field_value(node, "value");
    let items = walk.some(items, line);
    let outer = walk.facts.enter(BlockKind::Loop);
    let element = walk.facts.expr(Expr::Element(items), line, Role::Call);
    if let Some(pattern) = node.child_by_field_name("pattern") {
        walk.assign_to(pattern, element);
    }
    walk.field_value(node, "body");
    walk.facts.leave(outer);
    ExprId::NONE
}

pub(super) fn rescue<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    walk.count_branch();
    let line = line_of(node);
    let outer = walk.facts.enter(BlockKind::Branch);
    let types = match node.child_by_field_name("exceptions") {
        Some(exceptions) => walk.values(exceptions),
        None => Vec::new(),
    };
    let variable = node
        .child_by_field_name("variable")
        .and_then(|variable| variable.named_child(0));
    if let Some(variable) = variable {
        let value = if types.is_empty() {
            ExprId::NONE
        } else {
            let declared = walk.facts.either(&types, line);
            walk.cast(ExprId::NONE, declared, line)
        };
        walk.assign_to(variable, value);
    }
    let value = walk.field_value(node, "body");
    walk.facts.leave(outer);
    value
}

/// `case x when Type`: `x` has that type there.
pub(super) fn when<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let subject = node
        .parent()
        .and_then(|case| case.child_by_field_name("value"))
        .filter(|subject| subject.kind() == "identifier");
    let mut value = ExprId::NONE;
    walk.each(node, |walk, child, _| {
        if child.kind() != "pattern" {
            value = walk.value(child);
            return;
        }
        let target = walk.only_child(child);
        let is_type = child
            .named_child(0)
            .is_some_and(|target| matches!(target.kind(), "constant" | "scope_resolution"));
        if let Some(subject) = subject
            && is_type
        {
            let text = walk.text(subject);
            walk.bind_narrowed(&[(text, target)], line);
        }
    });
    value
}
