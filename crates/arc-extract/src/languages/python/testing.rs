//! What makes a test, a fixture or a set-up in Python.

use tree_sitter::Node;

use super::lower::{FileTraits, Lowering};
use super::syntax::Expression;
use crate::facts::{Expr, ExprId, Name, ParamFact, Role, flag};

/// What a file's path says about tests, and its text where the path may mean something else: `tests.py` is where Django has them,
/// and what a library calls by that name.
pub(super) fn file_traits(path: &str, text: &str) -> FileTraits {
    let mut parts = path.rsplit('/');
    let file = parts.next().unwrap_or(path);
    let stem = match file.split('.').next().unwrap_or(file) {
        // A package of tests may have some in its own file.
        "__init__" => parts.clone().next().unwrap_or_default(),
        stem => stem,
    };
    let is_package = file.starts_with("__init__.");
    let may_have_tests =
        stem.ends_with("_tests") || !is_package && matches!(stem, "test" | "tests");
    let has_tests = stem.starts_with("test_")
        || stem.ends_with("_test")
        || may_have_tests
            && ["TestCase", "pytest", "unittest"]
                .iter()
                .any(|sign| text.contains(sign));
    FileTraits {
        has_tests,
        among_tests: has_tests || parts.any(|folder| matches!(folder, "test" | "tests")),
    }
}

/// Whether a function of this name runs around tests.
pub(super) fn is_setup(name: &str) -> bool {
    matches!(
        name,
        "setUp"
            | "tearDown"
            | "setUpClass"
            | "tearDownClass"
            | "setUpTestData"
            | "asyncSetUp"
            | "asyncTearDown"
            | "setUpModule"
            | "tearDownModule"
            | "setup_method"
            | "teardown_method"
            | "setup_class"
            | "teardown_class"
            | "setup_module"
            | "teardown_module"
            | "setup_function"
            | "teardown_function"
    )
}

/// Flags of a fixture, and the name it is requested by if that is written in the decorator.
pub(super) fn fixture<'s>(
    lowering: &mut Lowering<'s, '_>,
    decorator: Node<'s>,
) -> (u32, Option<&'s str>) {
    let (mut flags, mut name) = (flag::FIXTURE, None);
    let fields = &lowering.syntax.fields;
    let (name_field, value_field) = (fields.name, fields.value);
    let arguments = (lowering.kind(decorator) == Expression::Call)
        .then(|| lowering.field(decorator, lowering.syntax.fields.arguments))
        .flatten();
    let Some(arguments) = arguments else {
        return (flags, name);
    };
    let children = lowering.children(arguments);
    for index in children.clone() {
        let child = lowering.child_at(index).node;
        if lowering.kind(child) != Expression::Keyword {
            continue;
        }
        let (Some(key), Some(value)) = (
            lowering.field(child, name_field),
            lowering.field(child, value_field),
        ) else {
            continue;
        };
        match lowering.text_of(key) {
            "autouse" if lowering.text_of(value) == "True" => flags |= flag::AUTOUSE,
            "name" => name = lowering.plain_text(value),
            _ => {}
        }
    }
    lowering.release(children);
    (flags, name)
}

/// The texts among the arguments of a decorator.
pub(super) fn texts<'s>(
    lowering: &mut Lowering<'s, '_>,
    decorator: Node<'s>,
    found: &mut Vec<&'s str>,
) {
    if lowering.kind(decorator) != Expression::Call {
        return;
    }
    let Some(arguments) = lowering.field(decorator, lowering.syntax.fields.arguments) else {
        return;
    };
    let children = lowering.children(arguments);
    for index in children.clone() {
        let child = lowering.child_at(index).node;
        found.extend(lowering.plain_text(child));
    }
    lowering.release(children);
}

/// A fixture that a test uses without taking its value, written as a parameter nobody passes.
pub(super) fn requested(lowering: &mut Lowering<'_, '_>, fixture: &str) -> ParamFact {
    ParamFact {
        name: lowering.facts.name(fixture),
        declared: ExprId::NONE,
        default: ExprId::NONE,
        kind: 3,
    }
}

/// What the runner draws a fixture's `request.param` from, in a lowered `fixture(params=…)`.
pub(super) fn drawn(lowering: &mut Lowering<'_, '_>, call: ExprId) -> Option<ExprId> {
    let name = lowering.facts.name("params");
    let facts = lowering.facts.facts();
    let Expr::Call(_, args) = facts.exprs.get(call)?.expr else {
        return None;
    };
    let mut args = facts.list(args).filter_map(|arg| facts.exprs.get(arg));
    args.find_map(|arg| {
        let Expr::Keyword(known, value) = arg.expr else {
            return None;
        };
        (known == name).then_some(value)
    })
}

/// Gives the request of a fixture what it is run with, as if that were a default.
pub(super) fn request(
    lowering: &mut Lowering<'_, '_>,
    values: ExprId,
    described: &mut [ParamFact],
) {
    let name = lowering.facts.name("request");
    let Some(param) = described.iter_mut().find(|param| param.name == name) else {
        return;
    };
    let facts = lowering.facts.facts();
    let line = facts.exprs.get(values).map_or(1, |node| node.line);
    let element = Expr::Element(values);
    let element = lowering.facts.expr(element, line, Role::Silent);
    param.default = requesting(lowering, element, line);
}

/// What `parametrize(…)` gives to a test.
pub(super) struct Passed<'s> {
    names: ExprId,
    /// The list of their values.
    values: ExprId,
    indirect: Indirect<'s>,
}

/// Which values fixtures get as `request.param` in place of the test.
enum Indirect<'s> {
    Nobody,
    All,
    Named(Vec<&'s str>),
}

impl Indirect<'_> {
    fn has(&self, name: &str) -> bool {
        match self {
            Indirect::Nobody => false,
            Indirect::All => true,
            Indirect::Named(names) => names.contains(&name),
        }
    }
}

/// What a lowered `parametrize(…)` gives.
pub(super) fn passed<'s>(
    lowering: &mut Lowering<'s, '_>,
    call: ExprId,
    decorator: Node<'s>,
) -> Option<Passed<'s>> {
    let facts = lowering.facts.facts();
    let Expr::Call(_, args) = facts.exprs.get(call)?.expr else {
        return None;
    };
    let given: Vec<ExprId> = facts.list(args).take(2).collect();
    let [names, values] = given[..] else {
        return None;
    };
    Some(Passed {
        names,
        values,
        indirect: indirect(lowering, decorator),
    })
}

/// `indirect=True`, `indirect=["name", …]`.
fn indirect<'s>(lowering: &mut Lowering<'s, '_>, decorator: Node<'s>) -> Indirect<'s> {
    let fields = &lowering.syntax.fields;
    let (name_field, value_field) = (fields.name, fields.value);
    let Some(arguments) = lowering.field(decorator, fields.arguments) else {
        return Indirect::Nobody;
    };
    let children = lowering.children(arguments);
    let mut found = Indirect::Nobody;
    for index in children.clone() {
        let child = lowering.child_at(index).node;
        if lowering.kind(child) != Expression::Keyword {
            continue;
        }
        let key = lowering.field(child, name_field);
        let value = lowering.field(child, value_field);
        let (Some(key), Some(value)) = (key, value) else {
            continue;
        };
        if lowering.text_of(key) == "indirect" {
            let kind = lowering.kind(value);
            if kind == Expression::List || kind == Expression::Tuple {
                let parts = lowering.children(value);
                let texts = parts.clone().filter_map(|index| {
                    let part = lowering.child_at(index).node;
                    lowering.plain_text(part)
                });
                found = Indirect::Named(texts.collect());
                lowering.release(parts);
            } else if lowering.text_of(value) == "True" {
                found = Indirect::All;
            }
        }
    }
    lowering.release(children);
    found
}

/// Gives parameters the values that the test runner passes, as if they were defaults, and the requests of the file's fixtures those
/// that go to them.
pub(super) fn pass(
    lowering: &mut Lowering<'_, '_>,
    passed: &Passed<'_>,
    described: &mut [ParamFact],
) {
    let (names, values) = (passed.names, passed.values);
    let facts = lowering.facts.facts();
    let expr_of = |id: ExprId| facts.exprs.get(id).map(|node| node.expr);
    let line = facts.exprs.get(values).map_or(1, |node| node.line);
    let names: Vec<String> = match expr_of(names) {
        Some(Expr::Text(text)) => facts.text(text).split(',').map(str::to_owned).collect(),
        Some(Expr::List(list) | Expr::Tuple(list)) => facts
            .list(list)
            .map(|name| match expr_of(name) {
                Some(Expr::Text(text)) => facts.text(text).to_owned(),
                _ => String::new(),
            })
            .collect(),
        _ => return,
    };
    let element = Expr::Element(values);
    let element = lowering.facts.expr(element, line, Role::Silent);
    for (at, text) in names.iter().enumerate() {
        let name = lowering.facts.name(text.trim());
        let param = described.iter_mut().find(|param| param.name == name);
        let is_indirect = passed.indirect.has(text.trim());
        if param.is_none() && !is_indirect {
            continue;
        }
        let value = if names.len() == 1 {
            element
        } else {
            let item = Expr::Item(element, at as u32);
            lowering.facts.expr(item, line, Role::Silent)
        };
        if is_indirect {
            ask(lowering, name, value, line);
        } else if let Some(param) = param {
            param.default = value;
        }
    }
}

/// Gives the request of a fixture of this file one more value.
fn ask(lowering: &mut Lowering<'_, '_>, fixture: Name, value: ExprId, line: u32) {
    let symbol = lowering.frames.module_symbol(fixture);
    let request = lowering.facts.name("request");
    let Some(fact) = lowering.facts.facts().symbols.get(symbol.index()) else {
        return;
    };
    let Some(at) = fact.params.iter().position(|param| param.name == request) else {
        return;
    };
    let before = fact.params[at].default;
    let asked = requesting(lowering, value, line);
    let asked = if before.is_some() {
        lowering.facts.either(&[before, asked], line)
    } else {
        asked
    };
    lowering.facts.symbol_mut(symbol).params[at].default = asked;
}

/// A request with this value as its `param`.
fn requesting(lowering: &mut Lowering<'_, '_>, value: ExprId, line: u32) -> ExprId {
    let name = lowering.facts.name("param");
    let property = Expr::Keyword(name, value);
    let property = lowering.facts.expr(property, line, Role::Silent);
    let properties = lowering.facts.list(&[property]);
    let request = Expr::Object(properties);
    lowering.facts.expr(request, line, Role::Silent)
}
