//! Definitions that macros make or hide: tests, system calls, classes behind an export word.

use arc_graph::NodeKind;
use tree_sitter::Node;

use super::declarators::Declarator;
use super::kinds as k;
use super::lower::{Known, Lowering, Scope};
use crate::facts::{BlockKind, Role, flag};
use crate::source::{end_line_of, line_of};

impl<'a> Lowering<'a, '_> {
    /// `MACRO(name, …)` followed by a block, which the grammar reads as a call and a block.
    pub(super) fn defines_by_macro(&mut self, call: Node<'a>, body: Node<'a>) -> bool {
        let Some(call) = call
            .named_child(0)
            .filter(|call| self.kind(*call) == k::CALL)
        else {
            return false;
        };
        let (Some(callee), Some(arguments)) = (
            self.field(call, self.fields.function),
            self.field(call, self.fields.arguments),
        ) else {
            return false;
        };
        self.kind(callee) == k::IDENTIFIER
            && self.function_by_macro(self.text_of(callee), arguments, call, Some(body))
    }

    /// A function made by a macro: a test, a system call, or one named by the first argument.
    pub(super) fn function_by_macro(
        &mut self,
        by: &'a str,
        arguments: Node<'a>,
        node: Node<'a>,
        body: Option<Node<'a>>,
    ) -> bool {
        let Some(body) = body else { return false };
        let words = self.words(arguments);
        let Some(first) = words.first().copied() else {
            return false;
        };
        let is_test = by.contains("TEST") || by == "SCENARIO" || by == "BENCHMARK";
        let name = if is_test {
            let fixture = fixture_place(by);
            let is_named_first = by.starts_with("TEST_CASE") || by == "SCENARIO";
            let parts = if is_named_first && fixture.is_none() || fixture == Some(1) {
                1
            } else {
                2
            };
            words[..words.len().min(parts)].join(".")
        } else if let Some(before) = by
            .split_once("SYSCALL_DEFINE")
            .map(|(before, _)| before.to_ascii_lowercase())
        {
            format!("{before}sys_{first}")
        } else {
            first.to_owned()
        };
        let kind = if is_test {
            NodeKind::Test
        } else {
            NodeKind::Function
        };
        let mut outers = Vec::new();
        self.facts.name_expr(by, line_of(node), Role::Use);
        let line = line_of(node);
        let fixture = fixture_place(by).filter(|_| is_test);
        let fixture = fixture.and_then(|place| words.get(place));
        let mut base = None;
        if let Some(fixture) = fixture {
            // The body is a member of a class derived from the fixture.
            let target = self.facts.name_expr(fixture, line, Role::Silent);
            outers.push(self.facts.enter(BlockKind::Extension));
            let block = self.facts.block();
            self.facts.extend_type(target, &[], block, line);
            base = Some(target);
        } else if by == "TEST" && words.len() == 2 {
            // The library's own class, where it stands in the project.
            let library = self.facts.name_expr("testing", line, Role::Silent);
            let class = self.facts.member_expr(library, "Test", line, Role::Silent);
            base = Some(class);
        }
        let symbol = self.facts.add_symbol(&name, kind, line, end_line_of(body));
        if let Some(base) = base {
            let bases = self.facts.list(&[base]);
            self.facts.symbol_mut(symbol).bases = bases;
        }
        let flags = self.common_flags();
        self.facts.symbol_mut(symbol).flags = flags | if is_test { flag::TEST } else { 0 };
        if !is_test {
            self.facts.bind_symbol(symbol);
        }
        outers.push(self.facts.enter_symbol(symbol, BlockKind::Function));
        let aside = self.set_aside();
        if !is_test {
            for word in words {
                self.declare(word, Known::Plain);
            }
        }
        let (scope, branches) = (self.scope, self.branches);
        self.scope = Scope::Function;
        self.branches = 0;
        self.visit(body);
        self.facts.symbol_mut(symbol).complexity = self.branches.saturating_add(1);
        (self.scope, self.branches) = (scope, branches);
        self.take_back(aside);
        for outer in outers.into_iter().rev() {
            self.facts.leave(outer);
        }
        true
    }

    /// The names and strings among macro arguments, however the grammar took them.
    fn words(&mut self, arguments: Node<'a>) -> Vec<&'a str> {
        let (start, end) = self.push(arguments);
        let mut words = Vec::new();
        for index in start..end {
            let child = self.child(index);
            match self.kind(child) {
                k::IDENTIFIER | k::TYPE_IDENTIFIER => words.push(self.text_of(child)),
                k::STRING => words.push(self.text_of(child).trim_matches('"')),
                k::PARAMETER => {
                    let last = self
                        .field(child, self.fields.declarator)
                        .or_else(|| self.field(child, self.fields.type_));
                    if let Some(last) = last {
                        words.push(self.text_of(last).trim_start_matches('*').trim());
                    }
                }
                k::ERROR => {
                    let inner = self.words(child);
                    words.extend(inner);
                }
                _ => {}
            }
        }
        self.pop(start);
        words
    }

    /// `class EXPORT Name {…}` is read as a function named `Name` that returns a `class EXPORT`.
    pub(super) fn recover_class(
        &mut self,
        node: Node<'a>,
        type_node: Option<Node<'a>>,
        shape: &Declarator<'a>,
    ) -> bool {
        let (Some(type_node), Some(name), Some(body)) =
            (type_node, shape.name, self.field(node, self.fields.body))
        else {
            return false;
        };
        if shape.function.is_some()
            || !matches!(self.kind(type_node), k::CLASS | k::STRUCT | k::UNION)
            || self.field(type_node, self.fields.body).is_some()
            || self.kind(name) != k::IDENTIFIER
        {
            return false;
        }
        let symbol = self.add_symbol(self.text_of(name), NodeKind::Class, node);
        self.facts.symbol_mut(symbol).flags |= flag::FIELDS_CONSTRUCT;
        self.facts.bind_symbol(symbol);
        self.class_body(type_node, body, symbol);
        true
    }
}

/// Which argument of a macro that makes a test names the class whose members its body is one of: the first of `TEST_F`,
/// `TEST_FIXTURE`, `TEST_CASE_METHOD` and their like, the second of `BOOST_FIXTURE_TEST_CASE`.
fn fixture_place(by: &str) -> Option<usize> {
    if by.starts_with("BOOST_FIXTURE_TEST_CASE") {
        return Some(1);
    }
    let has_fixture = by.ends_with("_F")
        || by.ends_with("TEST_P")
        || by.starts_with("TYPED_TEST")
        || by.contains("FIXTURE")
        || by.contains("TEST_CASE_METHOD");
    has_fixture.then_some(0)
}
