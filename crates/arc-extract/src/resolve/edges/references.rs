//! Uses of names and members to edges: reads, writes and references.

use arc_graph::{EdgeKind, NodeKind, Rule};

use crate::facts::{Expr, ExprId, Role, flag};
use crate::resolve::edges::{EdgeCollector, base_confidence};
use crate::resolve::names::Hit;
use crate::resolve::values::{Sym, Value};

impl EdgeCollector<'_, '_, '_> {
    pub(super) fn use_site(&mut self, id: ExprId, role: u8) {
        let line = self.evaluator.exprs().line(id);
        let src = self.source_of(id);
        let is_write = role == Role::Write as u8;
        let is_read = role == Role::Use as u8 || role == Role::Argument as u8;
        if is_read || is_write {
            self.descriptors(id, src, is_write);
        }
        let reading_calls = |sym: Sym| {
            is_read
                && self.evaluator.file.semantics.reads_call
                && self.evaluator.asks_for_nothing(sym)
        };
        let places = self.places(id);
        if places.is_empty() && (is_read || is_write) {
            self.unknown_member(id, src, line);
        }
        for (hit, rule) in places {
            if let Hit::Value(value) = hit {
                match value {
                    Value::Outside(name) if role == Role::Import as u8 => {
                        self.add_outside(0, name, EdgeKind::Imports, line, Rule::Import);
                    }
                    Value::Outside(name) => {
                        self.add_outside(src, name, EdgeKind::References, line, rule)
                    }
                    Value::Module(file) if role == Role::Import as u8 => {
                        self.add_file(0, file, line);
                        self.declaring_file(id, line);
                    }
                    Value::Function(sym) => {
                        self.add_symbol(
                            src,
                            sym,
                            EdgeKind::References,
                            line,
                            base_confidence(rule),
                            rule,
                        );
                    }
                    _ => {}
                }
                continue;
            }
            let Some(sym) = self.symbol_of(&hit) else {
                continue;
            };
            // Where texts are included, a name that is brought in imports no file.
            if role == Role::Import as u8 && self.evaluator.file.semantics.imports_are_paths {
                self.add_file(
                    0,
                    sym.file.min(self.evaluator.program.project_files as u32),
                    line,
                );
            }
            let kind = self.evaluator.program.kind(sym);
            let is_property = self.evaluator.program.has_flag(sym, flag::PROPERTY)
                && matches!(kind, NodeKind::Method | NodeKind::Function);
            let edge = match kind {
                // Reading a property runs it: more than the value of a variable is used.
                NodeKind::Method | NodeKind::Function if is_property => EdgeKind::References,
                NodeKind::Method | NodeKind::Function if reading_calls(sym) => EdgeKind::Calls,
                NodeKind::Field | NodeKind::Variable | NodeKind::Constant if is_write => {
                    EdgeKind::Writes
                }
                // What a type asks for holds no value: whoever uses it refers to the declaration.
                NodeKind::Field if self.is_asked_for(sym) => EdgeKind::References,
                NodeKind::Field | NodeKind::Variable | NodeKind::Constant => EdgeKind::Reads,
                NodeKind::File
                | NodeKind::Module
                | NodeKind::Class
                | NodeKind::Interface
                | NodeKind::Enum
                | NodeKind::EnumMember
                | NodeKind::Function
                | NodeKind::Method
                | NodeKind::TypeAlias
                | NodeKind::Macro
                | NodeKind::Lambda
                | NodeKind::Test
                | NodeKind::Section
                | NodeKind::Resource
                | NodeKind::Key
                | NodeKind::Table
                | NodeKind::External
                | NodeKind::Commit
                | NodeKind::Person
                | NodeKind::PullRequest
                | NodeKind::Issue
                | NodeKind::Decision
                | NodeKind::Change => EdgeKind::References,
            };
            self.add_symbol(src, sym, edge, line, base_confidence(rule), rule);
        }
    }

    /// Reading or writing a member that a descriptor stands for runs the descriptor.
    pub(super) fn descriptors(&mut self, member: ExprId, src: u32, is_write: bool) {
        let evaluator = self.evaluator;
        let Expr::Member(base, name) = evaluator.expr_of(member) else {
            return;
        };
        let name = evaluator.file.global(name);
        for found in evaluator.asked(base, name, is_write) {
            if let Hit::Symbol(method) = found.hit {
                let line = evaluator.exprs().line(member);
                let rule = Rule::Operator;
                let confidence = base_confidence(rule);
                self.add_symbol(src, method, EdgeKind::References, line, confidence, rule);
            }
        }
    }

    /// A value under a key that is the name of a field reads or writes the field.
    pub(super) fn keyed_fields(&mut self, id: ExprId, base: ExprId, key: ExprId, is_write: bool) {
        let evaluator = self.evaluator;
        let Expr::Text(key) = evaluator.expr_of(key) else {
            return;
        };
        let name = evaluator.file.global(key);
        let kind = if is_write {
            EdgeKind::Writes
        } else {
            EdgeKind::Reads
        };
        for item in evaluator.eval(base).iter() {
            let Value::Instance(class, _) = item.value else {
                continue;
            };
            let field = evaluator.keyed_field(class, name);
            if let Some(field) = field.and_then(|field| self.symbol_of(&field)) {
                let line = evaluator.exprs().line(id);
                let src = self.source_of(id);
                let confidence = base_confidence(item.rule);
                self.add_symbol(src, field, kind, line, confidence, item.rule);
            }
        }
    }

    /// A module that is imported is a name of the module that declares it, as any other definition is.
    fn declaring_file(&mut self, id: ExprId, line: u32) {
        let Expr::Member(base, _) = self.evaluator.expr_of(id) else {
            return;
        };
        for item in self.evaluator.eval(base).iter() {
            if let Value::Module(file) = item.value {
                self.add_file(0, file, line);
            }
        }
    }

    /// Whether a field is declared by an interface or by a type that is written out.
    pub(super) fn is_asked_for(&self, field: Sym) -> bool {
        let program = self.evaluator.program;
        let symbol = program.fact(field).parent.0;
        let owner = Sym { symbol, ..field };
        matches!(
            program.kind(owner),
            NodeKind::Interface | NodeKind::TypeAlias
        )
    }

    /// What a name or member stands for, as definitions rather than values.
    pub(super) fn places(&self, id: ExprId) -> Vec<(Hit, Rule)> {
        let evaluator = self.evaluator;
        match evaluator.expr_of(id) {
            Expr::Name(name) => {
                let (hits, rule, _) = evaluator.name_hits(id, name);
                hits.into_iter().map(|hit| (hit, rule)).collect()
            }
            Expr::Member(base, name) => {
                let name = evaluator.file.global(name);
                let mut places = Vec::new();
                for item in evaluator.eval(base).iter() {
                    let mut found = if evaluator.is_read(id) {
                        evaluator.read_members(item.value, name)
                    } else {
                        evaluator.members(item.value, name)
                    };
                    let mut rule = item.rule;
                    if found.is_empty() {
                        found = evaluator.answering(item.value);
                        rule = Rule::Operator;
                    }
                    places.extend(found.iter().map(|found| (found.hit, rule)));
                }
                places
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn symbol_of(&self, hit: &Hit) -> Option<Sym> {
        self.evaluator.program.symbol_of(hit)
    }
}
