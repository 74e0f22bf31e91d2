//! Destructuring and assignment: where values go.

use arc_graph::NodeKind;

use super::declarations::FunctionPlan;
use super::lower::{Kid, Lowering, Receiver, unquote};
use super::syntax::{field, kind};
use crate::facts::{Binding, BlockId, Expr, ExprId, MemberBinding, Name, Role, SymbolId};
use crate::source::line_of;

impl<'a> Lowering<'a, '_> {
    /// Declares the names of a pattern in `scope` with the parts of `value`.
    pub(super) fn bind_pattern(
        &mut self,
        pattern: Kid<'a>,
        value: ExprId,
        declared: ExprId,
        scope: BlockId,
    ) {
        self.spread_pattern(pattern, value, declared, Some(scope));
    }

    /// Assigns the parts of `value` to the targets of a pattern.
    pub(super) fn assign_pattern(&mut self, pattern: Kid<'a>, value: ExprId) {
        self.spread_pattern(pattern, value, ExprId::NONE, None);
    }

    fn spread_pattern(
        &mut self,
        pattern: Kid<'a>,
        value: ExprId,
        declared: ExprId,
        scope: Option<BlockId>,
    ) {
        if self.sink().is_none() {
            return;
        }
        let line = line_of(pattern.node);
        match pattern.kind {
            kind::IDENTIFIER | kind::SHORTHAND_PATTERN => {
                self.give(self.text_of(pattern.node), value, declared, scope, pattern);
            }
            // Destructuring of an annotated value takes parts of an instance of the annotated type.
            kind::OBJECT_PATTERN | kind::OBJECT => {
                let value = self.typed(value, declared, line);
                self.object_pattern(pattern, value, scope);
            }
            kind::ARRAY_PATTERN | kind::ARRAY => {
                let value = self.typed(value, declared, line);
                self.array_pattern(pattern, value, scope);
            }
            kind::ASSIGNMENT_PATTERN | kind::ASSIGNMENT => {
                let kids = self.open(pattern.node);
                let left = self.field(kids, field::LEFT);
                let value = match self.field(kids, field::RIGHT) {
                    Some(default) => {
                        let default = self.value(default, Role::Use);
                        self.facts.either(&[value, default], line)
                    }
                    None => value,
                };
                if let Some(left) = left {
                    self.spread_pattern(left, value, ExprId::NONE, scope);
                }
                self.close(kids);
            }
            kind::REST_PATTERN | kind::PARENTHESIZED | kind::NON_NULL | kind::SPREAD => {
                if let Some(inner) = self.only_child(pattern.node) {
                    self.spread_pattern(inner, value, declared, scope);
                }
            }
            kind::MEMBER | kind::SUBSCRIPT => self.assign_member(pattern, value, ExprId::NONE),
            _ => {
                self.value(pattern, Role::Use);
            }
        }
        self.rise();
    }

    fn typed(&mut self, value: ExprId, declared: ExprId, line: u32) -> ExprId {
        if declared.is_some() {
            self.facts
                .expr(Expr::Cast(value, declared), line, Role::Silent)
        } else {
            value
        }
    }

    fn object_pattern(&mut self, pattern: Kid<'a>, value: ExprId, scope: Option<BlockId>) {
        let kids = self.open(pattern.node);
        for index in kids.start..kids.end {
            let part = self.kids[index];
            let line = line_of(part.node);
            match part.kind {
                kind::SHORTHAND_PATTERN | kind::SHORTHAND => {
                    let name = self.text_of(part.node);
                    let member = self.facts.member_expr(value, name, line, Role::Use);
                    self.give(name, member, ExprId::NONE, scope, part);
                }
                kind::ASSIGNMENT_PATTERN | kind::ASSIGNMENT => {
                    // `{a = 1}`: the left side names both the member and the variable.
                    let member = match self.named_field(part, field::LEFT) {
                        Some(left) => {
                            let name = self.text_of(left.node);
                            self.facts.member_expr(value, name, line, Role::Use)
                        }
                        None => value,
                    };
                    self.spread_pattern(part, member, ExprId::NONE, scope);
                }
                kind::PAIR_PATTERN | kind::PAIR => {
                    let parts = self.open(part.node);
                    let member = match self.field(parts, field::KEY) {
                        Some(key) if key.kind == kind::COMPUTED_NAME => {
                            let key = self.only_child(key.node);
                            match key {
                                Some(key) => {
                                    let key = self.value(key, Role::Use);
                                    self.facts.expr(Expr::Index(value, key), line, Role::Silent)
                                }
                                None => value,
                            }
                        }
                        Some(key) => {
                            let name = self.property_name(key);
                            self.facts.member_expr(value, name, line, Role::Use)
                        }
                        None => value,
                    };
                    if let Some(target) = self.field(parts, field::VALUE) {
                        self.spread_pattern(target, member, ExprId::NONE, scope);
                    }
                    self.close(parts);
                }
                kind::REST_PATTERN | kind::SPREAD => {
                    self.spread_pattern(part, value, ExprId::NONE, scope);
                }
                _ => {}
            }
        }
        self.close(kids);
    }

    fn array_pattern(&mut self, pattern: Kid<'a>, value: ExprId, scope: Option<BlockId>) {
        let kids = self.open(pattern.node);
        let mut position = 0;
        for index in kids.start..kids.end {
            let part = self.kids[index];
            let line = line_of(part.node);
            if !part.node.is_named() {
                if self.text_of(part.node) == "," {
                    position += 1;
                }
            } else if matches!(part.kind, kind::REST_PATTERN | kind::SPREAD) {
                let spread = self.facts.expr(Expr::Spread(value), line, Role::Silent);
                let list = self.facts.list(&[spread]);
                let rest = self.facts.expr(Expr::List(list), line, Role::Silent);
                self.spread_pattern(part, rest, ExprId::NONE, scope);
            } else if part.kind != kind::COMMENT {
                let item = self
                    .facts
                    .expr(Expr::Item(value, position), line, Role::Silent);
                self.spread_pattern(part, item, ExprId::NONE, scope);
            }
        }
        self.close(kids);
    }

    /// Declares or assigns one name.
    fn give(
        &mut self,
        name: &'a str,
        value: ExprId,
        declared: ExprId,
        scope: Option<BlockId>,
        kid: Kid<'a>,
    ) {
        let line = line_of(kid.node);
        let Some(scope) = scope else {
            self.facts.name_expr(name, line, Role::Write);
            self.facts.assign(name, value, line);
            return;
        };
        let symbol = if self.function.is_module && scope == self.function.block {
            self.define(name, NodeKind::Variable, kid.node, 0)
        } else {
            SymbolId::NONE
        };
        let name = self.facts.name(name);
        let binding = Binding {
            name,
            scope,
            block: self.facts.block(),
            at: self.facts.now(),
            value,
            declared,
            symbol,
            line,
        };
        self.facts.push_binding(binding);
    }

    // ---- assignment ----

    /// `left = right` in any of its shapes. Returns the value.
    pub(super) fn assignment(&mut self, kid: Kid<'a>) -> ExprId {
        let kids = self.open(kid.node);
        let (Some(left), Some(right)) = (
            self.field(kids, field::LEFT),
            self.field(kids, field::RIGHT),
        ) else {
            self.close(kids);
            return self.facts.unknown(line_of(kid.node));
        };
        let right = self.unwrap_parentheses(right);
        let value = if let Some(value) = self.commonjs_export(left, right, kid) {
            value
        } else if let Some(value) = self.prototype_assignment(left, right, kid) {
            value
        } else {
            self.plain_assignment(left, right, kid)
        };
        self.close(kids);
        value
    }

    fn plain_assignment(&mut self, left: Kid<'a>, right: Kid<'a>, kid: Kid<'a>) -> ExprId {
        match (left.kind, right.kind) {
            (kind::IDENTIFIER, kind::ARROW | kind::FUNCTION_EXPRESSION) => {
                let name = self.text_of(left.node);
                let plan = self.assigned_plan(name, NodeKind::Function, kid);
                let (_, value) = self.function(right, plan);
                self.assign_pattern(left, value);
                value
            }
            (kind::MEMBER, kind::ARROW | kind::FUNCTION_EXPRESSION) => {
                self.assigned_method(left, right, kid)
            }
            (kind::MEMBER, kind::CLASS) => {
                let name = self
                    .named_field(left, field::PROPERTY)
                    .map(|property| self.text_of(property.node));
                let (symbol, value) = self.class_value(right, name.map(|name| (name, kid.node)));
                self.assign_member_symbol(left, value, symbol);
                value
            }
            _ => {
                let value = self.value(right, Role::Use);
                self.assign_pattern(left, value);
                value
            }
        }
    }

    fn assigned_plan(&self, name: &'a str, kind: NodeKind, kid: Kid<'a>) -> FunctionPlan<'a> {
        FunctionPlan {
            name,
            kind,
            flags: 0,
            parent: None,
            binds: false,
            receiver: Receiver::Unknown,
            from: kid.node,
        }
    }

    /// `x.f = function () {}`, `this.f = () => {}`.
    fn assigned_method(&mut self, left: Kid<'a>, right: Kid<'a>, kid: Kid<'a>) -> ExprId {
        let parts = self.open(left.node);
        let object = self.field(parts, field::OBJECT);
        let property = self.field(parts, field::PROPERTY);
        self.close(parts);
        let name = property.map_or("", |property| self.text_of(property.node));
        let mut plan = self.assigned_plan(name, NodeKind::Method, kid);
        match object {
            Some(object) if object.kind == kind::THIS => {
                plan.receiver = self.function.receiver;
                plan.parent = self.this_owner();
                if let Some(owner) = plan.parent {
                    self.members.insert((owner, name));
                }
            }
            Some(object) if object.kind == kind::IDENTIFIER => {
                let holder = self.text_of(object.node);
                plan.receiver = Receiver::Named(holder);
                plan.parent = self.top_level.get(holder).copied();
            }
            _ => {}
        }
        if plan.parent.is_none() {
            plan.kind = NodeKind::Function;
        }
        let (symbol, value) = self.function(right, plan);
        self.assign_member_symbol(left, value, symbol);
        value
    }

    /// The definition whose members `this.x` names: a class, or a function that builds instances.
    pub(super) fn this_owner(&self) -> Option<SymbolId> {
        match self.function.receiver {
            Receiver::Instance | Receiver::Type => self.class.is_some().then_some(self.class),
            Receiver::Built(name) => self.top_level.get(name).copied(),
            Receiver::Unknown | Receiver::Named(_) | Receiver::Object(_) => None,
        }
    }

    /// Gives a member (`a.b`, `a["b"]`, `a[i]`) a value.
    pub(super) fn assign_member(&mut self, target: Kid<'a>, value: ExprId, declared: ExprId) {
        self.assign_member_with(target, value, declared, None);
    }

    fn assign_member_symbol(&mut self, target: Kid<'a>, value: ExprId, symbol: SymbolId) {
        self.assign_member_with(target, value, ExprId::NONE, Some(symbol));
    }

    fn assign_member_with(
        &mut self,
        target: Kid<'a>,
        value: ExprId,
        declared: ExprId,
        symbol: Option<SymbolId>,
    ) {
        let kids = self.open(target.node);
        let Some(object) = self.field(kids, field::OBJECT) else {
            self.close(kids);
            return;
        };
        let base = self.value(object, Role::Use);
        let (name, line) = if let Some(property) = self.field(kids, field::PROPERTY) {
            let text = self.text_of(property.node);
            (self.facts.name(text), line_of(property.node))
        } else if let Some(index) = self.field(kids, field::INDEX) {
            let name = self.key_name(index);
            (name, line_of(index.node))
        } else {
            (Name::NONE, line_of(target.node))
        };
        self.close(kids);
        let symbol = match symbol {
            Some(symbol) => symbol,
            None if object.kind == kind::THIS && name.is_some() => self.assigned_field(target),
            None => SymbolId::NONE,
        };
        if name.is_some() && !symbol.is_some() {
            self.facts.expr(Expr::Member(base, name), line, Role::Write);
        }
        self.facts.bind_member(MemberBinding {
            base,
            name,
            value,
            declared,
            symbol,
            line,
        });
    }

    /// The name of a constant key; evaluates any other key.
    pub(super) fn key_name(&mut self, key: Kid<'a>) -> Name {
        match key.kind {
            kind::STRING => {
                let text = unquote(self.text_of(key.node));
                self.facts.name(text)
            }
            kind::NUMBER => {
                let text = self.text_of(key.node);
                self.facts.name(text)
            }
            _ => {
                self.value(key, Role::Use);
                Name::NONE
            }
        }
    }

    /// The field that the first `this.x = …` of a class declares, where types are not.
    fn assigned_field(&mut self, target: Kid<'a>) -> SymbolId {
        let Some(owner) = self.this_owner() else {
            return SymbolId::NONE;
        };
        let Some(property) = self.named_field(target, field::PROPERTY) else {
            return SymbolId::NONE;
        };
        let name = self.text_of(property.node);
        if self.is_typed || !self.members.insert((owner, name)) {
            return SymbolId::NONE;
        }
        let line = line_of(property.node);
        let symbol = self.facts.add_symbol(name, NodeKind::Field, line, line);
        self.facts.symbol_mut(symbol).parent = owner;
        symbol
    }
}
