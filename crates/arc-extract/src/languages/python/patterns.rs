//! `match` statements.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most of the grammar's kinds cannot stand at a given place, and those that do by error are not followed"
)]

use tree_sitter::Node;

use super::lower::Lowering;
use super::syntax::Expression;
use crate::facts::{BlockKind, Expr, ExprId, Role};

impl<'s> Lowering<'s, '_> {
    /// A `match` statement.
    pub(super) fn match_statement(&mut self, node: Node<'s>) {
        let fields = &self.syntax.fields;
        let (subject_field, body) = (fields.subject, self.field(node, fields.body));
        let line = self.line(node);
        let children = self.children(node);
        let mut subjects = Vec::new();
        let mut subject_name = None;
        for index in children.clone() {
            let child = self.child_at(index);
            if child.field == subject_field {
                if self.kind(child.node) == Expression::Identifier {
                    subject_name = Some(self.text_of(child.node));
                }
                subjects.push(self.expr(child.node, Role::Use));
            }
        }
        self.release(children);
        let subject = match subjects.as_slice() {
            [only] => *only,
            _ => {
                subject_name = None;
                let list = self.facts.list(&subjects);
                self.facts.expr(Expr::Tuple(list), line, Role::Silent)
            }
        };
        let Some(body) = body else {
            return;
        };
        let clauses = self.children(body);
        for index in clauses.clone() {
            let clause = self.child_at(index).node;
            self.frames.count_branch();
            self.within(BlockKind::Branch, |this| {
                this.case_clause(clause, subject, subject_name);
            });
        }
        self.release(clauses);
    }

    fn case_clause(&mut self, clause: Node<'s>, subject: ExprId, subject_name: Option<&'s str>) {
        let fields = &self.syntax.fields;
        let (guard, consequence) = (
            self.field(clause, fields.guard),
            self.field(clause, fields.consequence),
        );
        let children = self.children(clause);
        let patterns: Vec<Node<'s>> = children
            .clone()
            .map(|index| self.child_at(index).node)
            .filter(|child| self.kind(*child) == Expression::CasePattern)
            .collect();
        self.release(children);
        if let [pattern] = patterns.as_slice() {
            let narrowed = self.pattern(*pattern, subject);
            if let (Some(name), Some(narrowed)) = (subject_name, narrowed) {
                let line = self.line(*pattern);
                let block = self.facts.block();
                self.facts.bind(name, block, narrowed, ExprId::NONE, line);
            }
        } else {
            self.pattern_items(&patterns, subject);
        }
        if let Some(condition) = guard.and_then(|guard| guard.named_child(0)) {
            self.expr(condition, Role::Use);
            self.narrow(condition);
        }
        if let Some(consequence) = consequence {
            self.statements(consequence);
        }
    }

    fn pattern_items(&mut self, patterns: &[Node<'s>], subject: ExprId) {
        for (position, pattern) in patterns.iter().enumerate() {
            let line = self.line(*pattern);
            let item = Expr::Item(subject, position as u32);
            let item = self.facts.expr(item, line, Role::Silent);
            self.pattern(*pattern, item);
        }
    }

    /// Binds what a pattern takes out of a value. Returns the value with the type that the pattern proves, if it does.
    fn pattern(&mut self, node: Node<'s>, value: ExprId) -> Option<ExprId> {
        self.deeper(|this| this.pattern_here(node, value)).flatten()
    }

    fn pattern_here(&mut self, node: Node<'s>, value: ExprId) -> Option<ExprId> {
        let line = self.line(node);
        match self.kind(node) {
            Expression::CasePattern => self.pattern(node.named_child(0)?, value),
            Expression::DottedName => {
                self.dotted_pattern(node, value);
                None
            }
            Expression::Identifier => {
                let text = self.text_of(node);
                self.bind_name(text, value, ExprId::NONE, line, false);
                None
            }
            Expression::AsPattern => {
                let (inner, alias) = (node.named_child(0)?, node.named_child(1)?);
                let narrowed = self.pattern(inner, value);
                let text = self.text_of(alias);
                self.bind_name(text, narrowed.unwrap_or(value), ExprId::NONE, line, false);
                narrowed
            }
            Expression::ClassPattern => Some(self.class_pattern(node, value)),
            Expression::UnionPattern => {
                let children = self.children(node);
                let mut narrowed = Vec::new();
                for index in children.clone() {
                    let child = self.child_at(index).node;
                    narrowed.extend(self.pattern(child, value));
                }
                self.release(children);
                (!narrowed.is_empty()).then(|| self.facts.either(&narrowed, line))
            }
            Expression::TargetList => {
                let children = self.children(node);
                let patterns: Vec<Node<'s>> = children
                    .clone()
                    .map(|index| self.child_at(index).node)
                    .collect();
                self.release(children);
                self.pattern_items(&patterns, value);
                None
            }
            Expression::DictPattern => {
                self.dict_pattern(node, value);
                None
            }
            Expression::SplatPattern => {
                let text = self.text_of(node.named_child(0)?);
                let unknown = self.facts.unknown(line);
                self.bind_name(text, unknown, ExprId::NONE, line, false);
                None
            }
            _ => None,
        }
    }

    /// A name alone is bound; a path is a constant.
    fn dotted_pattern(&mut self, node: Node<'s>, value: ExprId) {
        let line = self.line(node);
        if node.named_child_count() == 1 {
            let text = self.text_of(node);
            if text != "_" {
                self.bind_name(text, value, ExprId::NONE, line, false);
            }
        } else {
            self.dotted(node, Role::Use);
        }
    }

    /// `a.b.c` as members.
    fn dotted(&mut self, node: Node<'s>, role: Role) -> ExprId {
        let line = self.line(node);
        let mut path = ExprId::NONE;
        for (position, part) in self.text_of(node).split('.').map(str::trim).enumerate() {
            path = if position == 0 {
                self.facts.name_expr(part, line, role)
            } else {
                self.facts.member_expr(path, part, line, role)
            };
        }
        path
    }

    fn class_pattern(&mut self, node: Node<'s>, value: ExprId) -> ExprId {
        let line = self.line(node);
        let children = self.children(node);
        let mut class = ExprId::NONE;
        let mut position = 0;
        for index in children.clone() {
            let child = self.child_at(index).node;
            if !class.is_some() {
                class = self.dotted(child, Role::Type);
                continue;
            }
            let inner = child.named_child(0).unwrap_or(child);
            let (field, pattern) = if self.kind(inner) == Expression::KeywordPattern {
                let name = inner.named_child(0).map_or("", |name| self.text_of(name));
                (
                    self.facts.text_expr(name, "str", line),
                    inner.named_child(1),
                )
            } else {
                position += 1;
                let field = Expr::Position(position - 1);
                (self.facts.expr(field, line, Role::Silent), Some(child))
            };
            if let Some(pattern) = pattern {
                let payload = Expr::Payload(value, class, field);
                let payload = self.facts.expr(payload, line, Role::Silent);
                self.pattern(pattern, payload);
            }
        }
        self.release(children);
        self.instance_of(value, &[class], line)
    }

    fn dict_pattern(&mut self, node: Node<'s>, value: ExprId) {
        let fields = &self.syntax.fields;
        let (key_field, value_field) = (fields.key, fields.value);
        let children = self.children(node);
        let mut key = None;
        for index in children.clone() {
            let child = self.child_at(index);
            if child.field == key_field {
                key = Some(child.node);
            } else if child.field == value_field {
                let line = self.line(child.node);
                let key = match key.take() {
                    Some(key) => self.expr(key, Role::Use),
                    None => self.facts.unknown(line),
                };
                let item = self.facts.expr(Expr::Index(value, key), line, Role::Silent);
                self.pattern(child.node, item);
            } else {
                self.pattern(child.node, value);
            }
        }
        self.release(children);
    }
}
