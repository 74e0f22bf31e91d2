//! Test blocks: `describe`, `it` and their likes become definitions named by their strings, so that a test file is more
//! than one anonymous caller.

use arc_graph::NodeKind;

use super::declarations::FunctionPlan;
use super::lower::{Kid, Lowering, Receiver, unquote};
use super::syntax::{field, kind};
use crate::facts::{ExprId, Role, flag};
use crate::source::line_of;

/// Modules whose import makes a file a test.
const LIBRARIES: &[&str] = &[
    "@jest/globals",
    "@playwright/test",
    "ava",
    "bun:test",
    "mocha",
    "node:test",
    "tap",
    "test",
    "uvu",
    "vitest",
];

const SUITES: &[&str] = &["context", "describe", "fdescribe", "suite", "xdescribe"];

/// No runner of tests runs what `bench` declares.
const CASES: &[&str] = &["fit", "it", "specify", "test", "xit", "xtest"];

const SETUPS: &[&str] = &[
    "after",
    "afterAll",
    "afterEach",
    "before",
    "beforeAll",
    "beforeEach",
    "setup",
    "suiteSetup",
    "suiteTeardown",
    "teardown",
];

/// Whether importing this module makes a file a test.
pub(super) fn is_test_library(module: &str) -> bool {
    LIBRARIES.contains(&module)
}

/// Whether a path is where tests live by the usual conventions of runners.
pub(super) fn is_test_path(path: &str) -> bool {
    let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
    let marked = [
        ".test.", ".spec.", "-test.", "_test.", ".e2e.", ".cy.", "-spec.",
    ]
    .iter()
    .any(|mark| file.contains(mark));
    marked
        || folders
            .split('/')
            .any(|folder| matches!(folder, "__tests__" | "test" | "tests" | "spec" | "e2e"))
}

enum Block {
    Suite,
    Case,
    Setup,
}

impl<'a> Lowering<'a, '_> {
    /// A call that declares tests; `None` when it is an ordinary call.
    pub(super) fn test_block(&mut self, function: Kid<'a>, arguments: Kid<'a>) -> Option<ExprId> {
        let runner = self.runner_name(function)?;
        let block = if SUITES.contains(&runner) {
            Block::Suite
        } else if CASES.contains(&runner) {
            Block::Case
        } else if SETUPS.contains(&runner) {
            Block::Setup
        } else {
            return None;
        };
        let args = self.argument_kids(arguments);
        let callback = args
            .iter()
            .rev()
            .find(|arg| matches!(arg.kind, kind::ARROW | kind::FUNCTION_EXPRESSION))
            .copied()?;
        let title = args
            .first()
            .copied()
            .filter(|first| first.node.id() != callback.node.id());
        let (name, flags, node_kind) = match (&block, title) {
            (Block::Setup, _) => (runner, flag::SETUP, NodeKind::Function),
            (Block::Suite | Block::Case, Some(title)) => {
                (self.title(title), flag::TEST, NodeKind::Test)
            }
            (Block::Suite | Block::Case, None) => return None,
        };
        // What a table-driven test runs over.
        if function.kind == kind::CALL
            && let Some(table) = self.named_field(function, field::ARGUMENTS)
        {
            self.arguments(table);
        }
        for arg in &args {
            if arg.node.id() != callback.node.id() && arg.kind != kind::STRING {
                self.value(*arg, Role::Use);
            }
        }
        let plan = FunctionPlan {
            name,
            kind: node_kind,
            flags,
            parent: None,
            binds: false,
            receiver: Receiver::Unknown,
            from: function.node,
        };
        let (symbol, _) = self.function(callback, plan);
        let is_written = |kid: &Kid<'a>| matches!(kid.kind, kind::STRING | kind::TEMPLATE_STRING);
        if node_kind == NodeKind::Test && title.is_some_and(|title| !is_written(&title)) {
            // What it is called comes out when it is made, as in a template.
            let filled_in = self.facts.name(&format!("${{{name}}}"));
            self.facts.symbol_mut(symbol).name = filled_in;
        }
        Some(self.facts.unknown(line_of(function.node)))
    }

    /// `it` of `it`, `it.only`, `it.each(table)`, `test.describe`.
    fn runner_name(&mut self, function: Kid<'a>) -> Option<&'a str> {
        let mut current = function;
        for _ in 0..6 {
            match current.kind {
                kind::IDENTIFIER => return Some(self.text_of(current.node)),
                kind::MEMBER => {
                    let parts = self.open(current.node);
                    let object = self.field(parts, field::OBJECT);
                    let property = self.field(parts, field::PROPERTY);
                    self.close(parts);
                    let (object, property) = (object?, property?);
                    let text = self.text_of(property.node);
                    // Playwright's `test.describe`, `test.beforeEach`; node's `t.test`.
                    if object.kind == kind::IDENTIFIER
                        && (matches!(self.text_of(object.node), "test" | "it")
                            && (SUITES.contains(&text) || SETUPS.contains(&text))
                            || self.text_of(object.node) == "t" && text == "test")
                    {
                        return Some(text);
                    }
                    if !matches!(
                        text,
                        "only"
                            | "skip"
                            | "todo"
                            | "each"
                            | "for"
                            | "concurrent"
                            | "sequential"
                            | "fails"
                            | "failing"
                            | "serial"
                            | "parallel"
                            | "runIf"
                            | "skipIf"
                            | "shuffle"
                    ) {
                        return None;
                    }
                    current = object;
                }
                kind::CALL => current = self.named_field(current, field::FUNCTION)?,
                _ => return None,
            }
        }
        None
    }

    fn title(&self, kid: Kid<'a>) -> &'a str {
        let text = self.text_of(kid.node);
        match kid.kind {
            kind::STRING | kind::TEMPLATE_STRING => unquote(text),
            _ => text,
        }
    }
}
