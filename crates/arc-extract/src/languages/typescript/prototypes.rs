//! Classes as they were written before there was a word for them: functions with a prototype.

use arc_graph::NodeKind;

use super::declarations::FunctionPlan;
use super::lower::{Kid, Lowering, Receiver};
use super::syntax::{field, kind};
use crate::facts::{Binding, BlockKind, Expr, ExprId, Role, SymbolId};
use crate::source::line_of;

impl<'a> Lowering<'a, '_> {
    /// The function whose prototype this names (`F` of `F.prototype`).
    pub(super) fn prototype_owner(&mut self, kid: Kid<'a>) -> Option<&'a str> {
        if kid.kind != kind::MEMBER {
            return None;
        }
        let parts = self.open(kid.node);
        let object = self.field(parts, field::OBJECT);
        let property = self.field(parts, field::PROPERTY);
        self.close(parts);
        let (object, property) = (object?, property?);
        (object.kind == kind::IDENTIFIER && self.text_of(property.node) == "prototype")
            .then(|| self.text_of(object.node))
    }

    /// `F.prototype.m = …`, `F.prototype = …`.
    pub(super) fn prototype_assignment(
        &mut self,
        left: Kid<'a>,
        right: Kid<'a>,
        kid: Kid<'a>,
    ) -> Option<ExprId> {
        if left.kind != kind::MEMBER {
            return None;
        }
        if let Some(owner) = self.prototype_owner(left) {
            if right.kind == kind::OBJECT {
                self.prototype_members(owner, right);
                return Some(self.facts.unknown(line_of(kid.node)));
            }
            return self.prototype_extends(left, right);
        }
        let parts = self.open(left.node);
        let object = self.field(parts, field::OBJECT);
        let property = self.field(parts, field::PROPERTY);
        self.close(parts);
        let (object, property) = (object?, property?);
        let owner = self.prototype_owner(object)?;
        let name = self.text_of(property.node);
        let (symbol, value) = match right.kind {
            kind::ARROW | kind::FUNCTION_EXPRESSION => {
                let (symbol, value) = self.prototype_method(owner, name, right, kid);
                (symbol, value)
            }
            _ => (SymbolId::NONE, self.value(right, Role::Argument)),
        };
        self.extend_prototype(owner, &[], &[(name, symbol, value)], kid);
        Some(value)
    }

    fn prototype_method(
        &mut self,
        owner: &'a str,
        name: &'a str,
        function: Kid<'a>,
        from: Kid<'a>,
    ) -> (SymbolId, ExprId) {
        let plan = FunctionPlan {
            name,
            kind: NodeKind::Method,
            flags: 0,
            parent: self.top_level.get(owner).copied(),
            binds: false,
            receiver: Receiver::Built(owner),
            from: from.node,
        };
        let (symbol, value) = self.function(function, plan);
        if !self.top_level.contains_key(owner) {
            let owner = self.facts.name(owner);
            self.facts.symbol_mut(symbol).owner = owner;
        }
        (symbol, value)
    }

    /// The properties of an object literal become members of what `owner` builds.
    pub(super) fn prototype_members(&mut self, owner: &'a str, object: Kid<'a>) {
        let kids = self.open(object.node);
        let mut members = Vec::new();
        for index in kids.start..kids.end {
            let part = self.kids[index];
            match part.kind {
                kind::METHOD_DEFINITION => {
                    if let Some(name) = self.named_field(part, field::NAME) {
                        let name = self.property_name(name);
                        let (symbol, value) = self.prototype_method(owner, name, part, part);
                        members.push((name, symbol, value));
                    }
                }
                kind::PAIR => {
                    let key = self.named_field(part, field::KEY);
                    let value = self.named_field(part, field::VALUE);
                    let (Some(key), Some(value)) = (key, value) else {
                        continue;
                    };
                    let name = self.property_name(key);
                    let (symbol, value) = match value.kind {
                        kind::ARROW | kind::FUNCTION_EXPRESSION => {
                            self.prototype_method(owner, name, value, part)
                        }
                        _ => (SymbolId::NONE, self.value(value, Role::Argument)),
                    };
                    members.push((name, symbol, value));
                }
                kind::SHORTHAND => {
                    let name = self.text_of(part.node);
                    let value = self.value(part, Role::Argument);
                    members.push((name, SymbolId::NONE, value));
                }
                kind::SPREAD => {
                    self.value(part, Role::Use);
                }
                _ => {}
            }
        }
        self.close(kids);
        self.extend_prototype(owner, &[], &members, object);
    }

    /// `F.prototype = Object.create(B.prototype)`, `F.prototype = new B()`, `util.inherits(F, B)`.
    pub(super) fn prototype_extends(&mut self, child: Kid<'a>, base: Kid<'a>) -> Option<ExprId> {
        let owner = match child.kind {
            kind::IDENTIFIER => self.text_of(child.node),
            _ => self.prototype_owner(child)?,
        };
        let base_value = match base.kind {
            kind::CALL => {
                let arguments = self.named_field(base, field::ARGUMENTS)?;
                let from = self.only_child(arguments.node)?;
                self.base_of(from)
            }
            kind::NEW => {
                let value = self.value(base, Role::Use);
                if let Expr::New(type_, _) = self.facts.facts().exprs.expr(value) {
                    type_
                } else {
                    value
                }
            }
            _ => self.base_of(base),
        };
        self.extend_prototype(owner, &[base_value], &[], child);
        Some(base_value)
    }

    fn base_of(&mut self, kid: Kid<'a>) -> ExprId {
        match self.prototype_owner(kid) {
            Some(name) => self.facts.name_expr(name, line_of(kid.node), Role::Silent),
            None => self.value(kid, Role::Use),
        }
    }

    fn extend_prototype(
        &mut self,
        owner: &str,
        bases: &[ExprId],
        members: &[(&'a str, SymbolId, ExprId)],
        at: Kid<'a>,
    ) {
        let line = line_of(at.node);
        let target = self.facts.name_expr(owner, line, Role::Silent);
        let outer = self.facts.enter(BlockKind::Extension);
        let block = self.facts.block();
        for (name, symbol, value) in members {
            let name = self.facts.name(name);
            self.facts.push_binding(Binding {
                name,
                scope: block,
                block,
                at: self.facts.now(),
                value: *value,
                declared: ExprId::NONE,
                symbol: *symbol,
                line,
            });
        }
        self.facts.leave(outer);
        self.facts.extend_type(target, bases, block, line);
    }
}
