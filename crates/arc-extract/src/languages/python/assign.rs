//! Assignments, targets and the definitions they make.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most of the grammar's kinds cannot stand at a given place, and those that do by error are not followed"
)]

use arc_graph::NodeKind;
use tree_sitter::Node;

use super::frames::{FrameKind, is_public};
use super::lower::Lowering;
use super::syntax::Expression;
use crate::facts::{Binding, BlockId, Expr, ExprId, MemberBinding, Name, Role, SymbolId, flag};

impl<'s> Lowering<'s, '_> {
    /// `a = b = value`, with or without a type. Returns the value.
    pub(super) fn assignment(&mut self, node: Node<'s>) -> ExprId {
        let fields = &self.syntax.fields;
        let (left, right) = (
            self.field(node, fields.left),
            self.field(node, fields.right),
        );
        let annotation = self.field(node, self.syntax.type_field);
        let line = self.line(node);
        let Some(left) = left else {
            return self.facts.unknown(line);
        };
        let is_alias = match (annotation, right) {
            (Some(annotation), _) => self.text_of(annotation).ends_with("TypeAlias"),
            (None, Some(right)) => self.makes_type(right),
            (None, None) => false,
        };
        let declared = match annotation {
            Some(annotation) if !is_alias => self.annotation(annotation),
            Some(_) | None => ExprId::NONE,
        };
        if self.text_of(left) == "__all__" {
            self.all_assigned(right, false);
        }
        let value = match right {
            Some(right) if is_alias || self.joins_types(right) => self.type_expr(right),
            Some(right) => {
                let value = self.expr(right, Role::Use);
                self.field_value(right, value)
            }
            None => ExprId::NONE,
        };
        if let Some(right) = right {
            self.note_type_variable(left, right);
        }
        self.bind_target(left, value, declared, true);
        if let Some(right) = right {
            self.note_text(left, right);
        }
        if is_alias {
            self.mark_alias(left, value);
        }
        value
    }

    /// Whether a value is one of several types: `Union[A, B]`, `Optional[A]`.
    fn joins_types(&self, value: Node<'s>) -> bool {
        matches!(self.subscripted(value), "Union" | "Optional")
    }

    /// Whether a value is a type that only a type can be, so that its name is an alias: `Callable[[A], B]`.
    fn makes_type(&self, value: Node<'s>) -> bool {
        let head = self.subscripted(value);
        matches!(head, "Annotated" | "Callable" | "Tuple" | "Type")
    }

    /// The last name of what stands before brackets.
    fn subscripted(&self, value: Node<'s>) -> &'s str {
        if self.kind(value) != Expression::Subscript {
            return "";
        }
        let head = self.field(value, self.syntax.fields.value);
        head.map_or("", |head| self.last_name(head))
    }

    fn mark_alias(&mut self, left: Node<'s>, declared: ExprId) {
        let name = self.text_of(left);
        let name = self.facts.name(name);
        let symbol = self.frames.module_symbol(name);
        if symbol.is_some() {
            let fact = self.facts.symbol_mut(symbol);
            fact.kind = NodeKind::TypeAlias.number();
            fact.declared = declared;
        }
    }

    /// `type X = …`.
    pub(super) fn type_alias(&mut self, node: Node<'s>) {
        let fields = &self.syntax.fields;
        let (Some(left), Some(right)) = (
            self.field(node, fields.left),
            self.field(node, fields.right),
        ) else {
            return;
        };
        let line = self.line(node);
        let text = self.text_of(left);
        let name = text.split('[').next().unwrap_or(text).trim();
        let symbol = self
            .facts
            .add_symbol(name, NodeKind::TypeAlias, line, self.end_line(node));
        let declared = self.type_expr(right);
        self.facts.symbol_mut(symbol).declared = declared;
        let name = self.facts.name(name);
        if is_public(self.facts, name) {
            self.facts.symbol_mut(symbol).flags |= flag::PUBLIC;
        }
        let scope = self.assigning_block();
        self.push_binding(name, scope, declared, ExprId::NONE, symbol, line);
    }

    /// `x += value`. Returns the new value.
    pub(super) fn augmented(&mut self, node: Node<'s>) -> ExprId {
        let fields = &self.syntax.fields;
        let operator = self.field(node, fields.operator);
        let (left, right) = (
            self.field(node, fields.left),
            self.field(node, fields.right),
        );
        let line = self.line(node);
        let (Some(left), Some(right)) = (left, right) else {
            return self.facts.unknown(line);
        };
        if self.text_of(left) == "__all__" {
            self.all_assigned(Some(right), true);
        }
        let before = self.expr(left, Role::Use);
        let value = self.expr(right, Role::Use);
        let method = operator
            .and_then(|operator| augmented_method(self.text_of(operator)))
            .unwrap_or("__iadd__");
        let result = self.operator(method, &[before, value], line);
        let result = self.facts.either(&[before, result], line);
        self.bind_target(left, result, ExprId::NONE, true);
        result
    }

    /// Gives a target a value. `defines` says whether a new name of a module is a definition of its own.
    pub(super) fn bind_target(
        &mut self,
        target: Node<'s>,
        value: ExprId,
        declared: ExprId,
        defines: bool,
    ) {
        self.deeper(|this| this.bind_target_here(target, value, declared, defines));
    }

    fn bind_target_here(
        &mut self,
        target: Node<'s>,
        value: ExprId,
        declared: ExprId,
        defines: bool,
    ) {
        if matches!(
            self.kind(target),
            Expression::Identifier | Expression::Attribute
        ) {
            self.forget_narrowed(target);
        }
        match self.kind(target) {
            Expression::Identifier => {
                let line = self.line(target);
                let text = self.text_of(target);
                self.bind_name(text, value, declared, line, defines);
            }
            Expression::Attribute => self.bind_attribute(target, value, declared),
            Expression::Subscript => self.bind_subscript(target, value),
            Expression::TargetList | Expression::Tuple | Expression::List => {
                self.bind_parts(target, value, defines);
            }
            Expression::Parentheses | Expression::AsTarget | Expression::SplatTarget => {
                if let Some(inner) = target.named_child(0) {
                    self.bind_target(inner, value, declared, defines);
                }
            }
            _ => {
                self.expr(target, Role::Use);
            }
        }
    }

    /// `a, *b, c = value`.
    fn bind_parts(&mut self, target: Node<'s>, value: ExprId, defines: bool) {
        let children = self.children(target);
        let mut after_star = false;
        for (position, index) in children.clone().enumerate() {
            let child = self.child_at(index).node;
            let line = self.line(child);
            let part = if self.kind(child) == Expression::SplatTarget {
                after_star = true;
                let element = self.facts.expr(Expr::Element(value), line, Role::Silent);
                let elements = self.facts.list(&[element]);
                self.facts.expr(Expr::List(elements), line, Role::Silent)
            } else if after_star {
                self.facts.expr(Expr::Element(value), line, Role::Silent)
            } else {
                self.facts
                    .expr(Expr::Item(value, position as u32), line, Role::Silent)
            };
            self.bind_target(child, part, ExprId::NONE, defines);
        }
        self.release(children);
    }

    /// Gives a name a value in the scope that Python gives it to.
    pub(super) fn bind_name(
        &mut self,
        text: &str,
        value: ExprId,
        declared: ExprId,
        line: u32,
        defines: bool,
    ) {
        let name = self.facts.name(text);
        self.frames.note_text(name, None);
        let index = self.frames.assigning();
        let frame = self.frames.at(index);
        let (kind, scope) = (frame.kind, frame.block);
        let outer = frame
            .outer
            .iter()
            .rev()
            .find(|(outer, _)| *outer == name)
            .map(|(_, is_global)| *is_global);
        match (kind, outer) {
            (_, Some(true)) => {
                self.facts.name_expr(text, line, Role::Write);
                let symbol = self.frames.module_symbol(name);
                self.push_binding(name, BlockId(0), value, declared, symbol, line);
            }
            (_, Some(false)) => self.facts.assign(text, value, line),
            (FrameKind::Module, None) | (FrameKind::Class, None) if defines => {
                let symbol = self.defined_variable(index, name, line);
                if declared.is_some() {
                    self.facts.symbol_mut(symbol).declared = declared;
                }
                self.push_binding(name, scope, value, declared, symbol, line);
            }
            (FrameKind::Module | FrameKind::Class, None) => {
                self.push_binding(name, scope, value, declared, SymbolId::NONE, line);
            }
            (FrameKind::Function | FrameKind::Comprehension, None) => {
                self.frames.set_local(name, true);
                self.push_binding(name, scope, value, declared, SymbolId::NONE, line);
            }
        }
    }

    /// The definition of a variable of a module or class, made when it is new.
    fn defined_variable(&mut self, frame: usize, name: Name, line: u32) -> SymbolId {
        if let Some(symbol) = self.frames.at(frame).defined.get(&name) {
            return *symbol;
        }
        let (kind, class) = (self.frames.at(frame).kind, self.frames.at(frame).class);
        let text = self.facts.text(name).to_owned();
        let kind = if kind == FrameKind::Class {
            if class.is_enum && !text.starts_with('_') {
                NodeKind::EnumMember
            } else {
                NodeKind::Field
            }
        } else if is_constant_name(&text) {
            NodeKind::Constant
        } else {
            NodeKind::Variable
        };
        let symbol = self.facts.add_symbol(&text, kind, line, line);
        self.set_common_flags(symbol, name);
        if kind == NodeKind::Field && class.is_keyed {
            self.facts.symbol_mut(symbol).flags |= flag::RUN_OUTSIDE;
        }
        self.frames.at(frame).defined.insert(name, symbol);
        symbol
    }

    /// Flags every definition can have.
    pub(super) fn set_common_flags(&mut self, symbol: SymbolId, name: Name) {
        let mut flags = 0;
        if is_public(self.facts, name) {
            flags |= flag::PUBLIC;
        }
        if self.conditional {
            flags |= flag::CONDITIONAL;
        }
        self.facts.symbol_mut(symbol).flags |= flags;
    }

    fn bind_attribute(&mut self, target: Node<'s>, value: ExprId, declared: ExprId) {
        let fields = &self.syntax.fields;
        let (Some(object), Some(attribute)) = (
            self.field(target, fields.object),
            self.field(target, fields.attribute),
        ) else {
            return;
        };
        let line = self.line(attribute);
        let text = self.text_of(attribute);
        let base = self.expr(object, Role::Use);
        self.facts.member_expr(base, text, line, Role::Write);
        let name = self.facts.name(text);
        let symbol = self.instance_field(object, name, line, declared);
        self.facts.bind_member(MemberBinding {
            base,
            name,
            value,
            declared,
            symbol,
            line,
        });
    }

    /// The field that `self.name = …` makes in the class around; `NONE` when it is nobody's, or not new.
    fn instance_field(
        &mut self,
        object: Node<'s>,
        name: Name,
        line: u32,
        declared: ExprId,
    ) -> SymbolId {
        if self.kind(object) != Expression::Identifier {
            return SymbolId::NONE;
        }
        let receiver = self.facts.name(self.text_of(object));
        let Some(index) = self.frames.class_of_receiver(receiver) else {
            return SymbolId::NONE;
        };
        let class = self.frames.at(index).symbol;
        if self.frames.at(index).defined.contains_key(&name) {
            return SymbolId::NONE;
        }
        let text = self.facts.text(name).to_owned();
        let symbol = self.facts.add_symbol(&text, NodeKind::Field, line, line);
        let fact = self.facts.symbol_mut(symbol);
        fact.parent = class;
        fact.declared = declared;
        self.set_common_flags(symbol, name);
        self.frames.at(index).defined.insert(name, symbol);
        symbol
    }

    fn bind_subscript(&mut self, target: Node<'s>, value: ExprId) {
        let line = self.line(target);
        let (base, key) = self.subscript_parts(target);
        self.operator("__setitem__", &[base, key, value], line);
        let name = self.key_name(key);
        self.bind_element(base, name, value, line);
    }

    /// Puts a value into a container.
    pub(super) fn bind_element(&mut self, base: ExprId, name: Name, value: ExprId, line: u32) {
        self.facts.bind_member(MemberBinding {
            base,
            name,
            value,
            declared: ExprId::NONE,
            symbol: SymbolId::NONE,
            line,
        });
    }

    /// The name of an element whose key is a constant.
    pub(super) fn key_name(&mut self, key: ExprId) -> Name {
        let Some(node) = self.facts.facts().exprs.get(key) else {
            return Name::NONE;
        };
        if let Expr::Text(name) = node.expr {
            name
        } else if let Expr::Position(position) = node.expr {
            // Positions have names that no text key can have.
            self.facts.name(&format!("\u{0}{position}"))
        } else {
            Name::NONE
        }
    }

    pub(super) fn push_binding(
        &mut self,
        name: Name,
        scope: BlockId,
        value: ExprId,
        declared: ExprId,
        symbol: SymbolId,
        line: u32,
    ) {
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

    // ---- `__all__` ----

    /// `__all__ = value`, `__all__ += value`, `__all__.extend(value)`.
    pub(super) fn all_assigned(&mut self, value: Option<Node<'s>>, adds: bool) {
        if self.facts.block() != BlockId(0) && !adds {
            return;
        }
        if !adds {
            self.all_names = Some(Vec::new());
        }
        let readable =
            value.filter(|value| matches!(self.kind(*value), Expression::List | Expression::Tuple));
        let Some(value) = readable else {
            self.all_names = None;
            return;
        };
        let children = self.children(value);
        for index in children.clone() {
            let child = self.child_at(index).node;
            let line = self.line(child);
            match (self.plain_text(child), self.all_names.as_mut()) {
                (Some(text), Some(names)) => names.push((text, line)),
                _ => self.all_names = None,
            }
        }
        self.release(children);
    }

    fn note_type_variable(&mut self, left: Node<'s>, right: Node<'s>) {
        if self.kind(left) != Expression::Identifier || self.kind(right) != Expression::Call {
            return;
        }
        let Some(function) = self.field(right, self.syntax.fields.function) else {
            return;
        };
        let function = self.text_of(function);
        let function = function.rsplit('.').next().unwrap_or(function);
        if matches!(function, "TypeVar" | "ParamSpec" | "TypeVarTuple") {
            let name = self.facts.name(self.text_of(left));
            let bound = match self.keyword_argument(right, "bound") {
                Some(bound) => self.type_expr(bound),
                None => ExprId::NONE,
            };
            self.type_variables.insert(name, bound);
        }
    }

    /// What a call gives the parameter of this name.
    pub(super) fn keyword_argument(&mut self, call: Node<'s>, name: &str) -> Option<Node<'s>> {
        let fields = &self.syntax.fields;
        let (arguments, name_field, value) = (fields.arguments, fields.name, fields.value);
        let arguments = self.field(call, arguments)?;
        let children = self.children(arguments);
        let mut found = None;
        for index in children.clone() {
            let child = self.child_at(index).node;
            let is_it = self.kind(child) == Expression::Keyword
                && (self.field(child, name_field)).is_some_and(|node| self.text_of(node) == name);
            if is_it {
                found = self.field(child, value);
            }
        }
        self.release(children);
        found
    }
}

fn is_constant_name(name: &str) -> bool {
    name.bytes().any(|byte| byte.is_ascii_uppercase())
        && !name.bytes().any(|byte| byte.is_ascii_lowercase())
}

fn augmented_method(operator: &str) -> Option<&'static str> {
    Some(match operator {
        "+=" => "__iadd__",
        "-=" => "__isub__",
        "*=" => "__imul__",
        "/=" => "__itruediv__",
        "//=" => "__ifloordiv__",
        "%=" => "__imod__",
        "**=" => "__ipow__",
        "@=" => "__imatmul__",
        "&=" => "__iand__",
        "|=" => "__ior__",
        "^=" => "__ixor__",
        "<<=" => "__ilshift__",
        ">>=" => "__irshift__",
        _ => return None,
    })
}
