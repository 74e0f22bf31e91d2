//! Expressions.

use arc_graph::NodeKind;

use super::classes::MethodOf;
use super::declarations::FunctionPlan;
use super::lower::{Kid, Lowering, Receiver, object_name, unquote};
use super::statements::Narrowing;
use super::syntax::{field, kind};
use crate::ends::interpolated;
use crate::facts::{BlockKind, Expr, ExprId, Name, Role, SymbolId};
use crate::languages::affixes::members_between;
use crate::source::line_of;

/// Paths of properties are cut at this length.
const MAX_OBJECT_PATH: usize = 120;

impl<'a> Lowering<'a, '_> {
    /// One expression; `role` is what its value, if it is a name or member, is used for.
    pub(super) fn value(&mut self, kid: Kid<'a>, role: Role) -> ExprId {
        let line = line_of(kid.node);
        if self.sink().is_none() {
            return self.facts.unknown(line);
        }
        let value = match kid.kind {
            kind::IDENTIFIER | kind::SHORTHAND | kind::TYPE_IDENTIFIER => {
                self.facts.name_expr(self.text_of(kid.node), line, role)
            }
            kind::MEMBER => self.member(kid, role),
            kind::CALL => self.call(kid),
            kind::STRING => {
                let text = unquote(self.text_of(kid.node));
                self.facts.text_expr(text, "String", line)
            }
            kind::NUMBER => self.facts.literal_expr("Number", line),
            kind::TRUTH => self.facts.literal_expr("Boolean", line),
            kind::NULL | kind::UNDEFINED => self.facts.literal_expr("undefined", line),
            kind::REGEX => self.facts.literal_expr("RegExp", line),
            kind::THIS => self.this(line),
            kind::SUPER => self.facts.expr(Expr::Super, line, Role::Silent),
            kind::ARROW | kind::FUNCTION_EXPRESSION => self.lambda(kid),
            kind::CLASS => self.class_value(kid, None).1,
            kind::OBJECT => self.object(kid, None),
            kind::ARRAY => self.array(kid),
            kind::NEW => self.new_expression(kid),
            kind::AWAIT => {
                let inner = self.inner_value(kid, role);
                self.facts.expr(Expr::Await(inner), line, Role::Silent)
            }
            kind::PARENTHESIZED | kind::NON_NULL => self.inner_value(kid, role),
            kind::AS | kind::SATISFIES => self.typed_value(kid, role),
            kind::TYPE_ASSERTION => self.type_assertion(kid, role),
            kind::INSTANTIATION => self.instantiation(kid, role),
            kind::BINARY => self.binary(kid, None),
            kind::TERNARY => self.ternary(kid, role),
            kind::ASSIGNMENT => self.assignment(kid),
            kind::AUGMENTED => self.augmented(kid),
            kind::UPDATE => self.update(kid),
            kind::UNARY => self.unary(kid),
            kind::SUBSCRIPT => self.subscript(kid, role),
            kind::SEQUENCE => self.sequence(kid, role),
            kind::TEMPLATE_STRING => self.template(kid),
            kind::YIELD => self.yield_expression(kid),
            kind::SPREAD => {
                let inner = self.inner_value(kid, role);
                self.facts.expr(Expr::Spread(inner), line, Role::Silent)
            }
            kind::JSX_ELEMENT | kind::JSX_SELF_CLOSING => self.jsx(kid),
            kind::JSX_EXPRESSION => self.inner_value(kid, Role::Use),
            kind::IMPORT | kind::META_PROPERTY | kind::COMMENT => self.facts.unknown(line),
            _ => self.other(kid),
        };
        self.rise();
        value
    }

    /// The value of the only expression inside.
    pub(super) fn inner_value(&mut self, kid: Kid<'a>, role: Role) -> ExprId {
        match self.only_child(kid.node) {
            Some(inner) => self.value(inner, role),
            None => self.facts.unknown(line_of(kid.node)),
        }
    }

    /// Whatever no rule knows, `ERROR` nodes included: its parts are evaluated, it has no value.
    #[inline(never)]
    fn other(&mut self, kid: Kid<'a>) -> ExprId {
        let kids = self.open(kid.node);
        self.statements(kids, 0);
        self.close(kids);
        self.facts.unknown(line_of(kid.node))
    }

    #[inline(never)]
    fn member(&mut self, kid: Kid<'a>, role: Role) -> ExprId {
        let kids = self.open(kid.node);
        let object = self.field(kids, field::OBJECT);
        let property = self.field(kids, field::PROPERTY);
        self.close(kids);
        let (Some(object), Some(property)) = (object, property) else {
            return self.facts.unknown(line_of(kid.node));
        };
        let base = self.value(object, Role::Use);
        let line = line_of(property.node);
        self.facts
            .member_expr(base, self.text_of(property.node), line, role)
    }

    #[inline(never)]
    fn subscript(&mut self, kid: Kid<'a>, role: Role) -> ExprId {
        let kids = self.open(kid.node);
        let object = self.field(kids, field::OBJECT);
        let index = self.field(kids, field::INDEX);
        self.close(kids);
        let (Some(object), Some(index)) = (object, index) else {
            return self.facts.unknown(line_of(kid.node));
        };
        let base = self.value(object, Role::Use);
        let line = line_of(index.node);
        match index.kind {
            kind::STRING => {
                let name = unquote(self.text_of(index.node));
                self.facts.member_expr(base, name, line, role)
            }
            kind::NUMBER => {
                // An element of an array or a property that looks like a number: keep the number.
                let text = self.text_of(index.node);
                let key = match text.parse() {
                    Ok(position) => self
                        .facts
                        .expr(Expr::Position(position), line, Role::Silent),
                    Err(_) => self.facts.literal_expr("Number", line),
                };
                self.facts.expr(Expr::Index(base, key), line, Role::Silent)
            }
            _ => {
                let key = self.value(index, Role::Use);
                if let Some(known) = self.affixes(index, 0)
                    && known.is_telling()
                {
                    return members_between(self.facts, base, &known, "String", line);
                }
                self.facts.expr(Expr::Index(base, key), line, Role::Silent)
            }
        }
    }

    /// A function without a name of its own, or known only to itself.
    #[inline(never)]
    pub(super) fn lambda(&mut self, kid: Kid<'a>) -> ExprId {
        let own = if kid.kind == kind::FUNCTION_EXPRESSION {
            self.named_field(kid, field::NAME)
                .map(|name| self.text_of(name.node))
        } else {
            None
        };
        let plan = FunctionPlan {
            name: own.unwrap_or(""),
            kind: if own.is_some() {
                NodeKind::Function
            } else {
                NodeKind::Lambda
            },
            flags: 0,
            parent: None,
            binds: false,
            receiver: Receiver::Unknown,
            from: kid.node,
        };
        self.function(kid, plan).1
    }

    // ---- containers ----

    /// The value of a variable or field: an object literal's methods belong to it.
    pub(super) fn held_value(&mut self, kid: Kid<'a>, holder: Option<SymbolId>) -> ExprId {
        match kid.kind {
            kind::OBJECT => self.object(kid, holder),
            kind::AS | kind::SATISFIES if self.sink().is_some() => {
                let value = match self.only_child(kid.node) {
                    Some(inner) if inner.kind == kind::OBJECT => {
                        let object = self.object(inner, holder);
                        self.with_type(kid, object)
                    }
                    _ => self.value(kid, Role::Use),
                };
                self.rise();
                value
            }
            _ => self.value(kid, Role::Use),
        }
    }

    /// An object literal. Its functions are definitions of their own, below the variable that holds it if there is one.
    #[inline(never)]
    pub(super) fn object(&mut self, kid: Kid<'a>, holder: Option<SymbolId>) -> ExprId {
        let around = std::mem::take(&mut self.object_path);
        let object = self.object_here(kid, holder);
        self.object_path = around;
        object
    }

    /// An object literal that is a property of another.
    fn nested_object(&mut self, kid: Kid<'a>, holder: Option<SymbolId>, name: &str) -> ExprId {
        let length = self.object_path.len();
        if length < MAX_OBJECT_PATH {
            if length > 0 {
                self.object_path.push('.');
            }
            self.object_path.push_str(name);
        }
        let object = self.object_here(kid, holder);
        self.object_path.truncate(length);
        object
    }

    /// Says where a function of an object literal stands, when that is deeper than the literal that has a name.
    fn set_object_path(&mut self, value: ExprId, holder: Option<SymbolId>) {
        if holder.is_some()
            && !self.object_path.is_empty()
            && let Expr::Symbol(symbol) = self.facts.facts().exprs.expr(value)
        {
            let owner = self.facts.name(&self.object_path);
            self.facts.symbol_mut(symbol).owner = owner;
        }
    }

    fn object_here(&mut self, kid: Kid<'a>, holder: Option<SymbolId>) -> ExprId {
        let number = self.objects;
        self.objects += 1;
        let mut has_methods = false;
        let line = line_of(kid.node);
        let kids = self.open(kid.node);
        let mut parts = Vec::new();
        for index in kids.start..kids.end {
            let part = self.kids[index];
            match part.kind {
                kind::PAIR => {
                    if let Some(pair) = self.pair(part, number, holder) {
                        parts.push(pair);
                    }
                }
                kind::METHOD_DEFINITION => {
                    has_methods = true;
                    if let Some((name, value)) =
                        self.method(part, MethodOf::Literal(number, holder))
                    {
                        self.set_object_path(value, holder);
                        parts.push(self.keyword(name, value, line_of(part.node)));
                    }
                }
                kind::SHORTHAND => {
                    let name = self.text_of(part.node);
                    let value = self.value(part, Role::Argument);
                    parts.push(self.keyword(name, value, line_of(part.node)));
                }
                kind::SPREAD => parts.push(self.value(part, Role::Use)),
                kind::ERROR => {
                    self.other(part);
                }
                _ => {}
            }
        }
        self.close(kids);
        let list = self.facts.list(&parts);
        let object = self.facts.expr(Expr::Object(list), line, Role::Silent);
        if has_methods {
            let block = self.facts.block();
            self.facts
                .bind(&object_name(number), block, object, ExprId::NONE, line);
        }
        object
    }

    fn keyword(&mut self, name: &str, value: ExprId, line: u32) -> ExprId {
        let name: Name = self.facts.name(name);
        self.facts
            .expr(Expr::Keyword(name, value), line, Role::Silent)
    }

    fn pair(&mut self, kid: Kid<'a>, number: u32, holder: Option<SymbolId>) -> Option<ExprId> {
        let kids = self.open(kid.node);
        let key = self.field(kids, field::KEY);
        let value = self.field(kids, field::VALUE);
        self.close(kids);
        let (key, value) = (key?, value?);
        let line = line_of(key.node);
        let is_computed = key.kind == kind::COMPUTED_NAME;
        if is_computed && let Some(inner) = self.only_child(key.node) {
            self.value(inner, Role::Use);
        }
        let name = self.property_name(key);
        let value = self.unwrap_function(value);
        let value = match value.kind {
            kind::ARROW | kind::FUNCTION_EXPRESSION => {
                let plan = FunctionPlan {
                    name,
                    kind: NodeKind::Method,
                    flags: 0,
                    parent: holder,
                    binds: false,
                    receiver: Receiver::Object(number),
                    from: kid.node,
                };
                let value = self.function(value, plan).1;
                self.set_object_path(value, holder);
                value
            }
            kind::OBJECT => self.nested_object(value, holder, name),
            kind::CLASS => self.class_value(value, Some((name, kid.node))).1,
            _ => self.value(value, Role::Argument),
        };
        Some(self.keyword(name, value, line))
    }

    #[inline(never)]
    fn array(&mut self, kid: Kid<'a>) -> ExprId {
        let kids = self.open(kid.node);
        let mut elements = Vec::new();
        for index in kids.start..kids.end {
            let element = self.kids[index];
            if element.node.is_named() && element.kind != kind::COMMENT {
                elements.push(self.value(element, Role::Argument));
            }
        }
        self.close(kids);
        let list = self.facts.list(&elements);
        self.facts
            .expr(Expr::List(list), line_of(kid.node), Role::Silent)
    }

    // ---- types at values ----

    /// `value as T`, `value satisfies T`.
    #[inline(never)]
    fn typed_value(&mut self, kid: Kid<'a>, role: Role) -> ExprId {
        let value = self.inner_value(kid, role);
        self.with_type(kid, value)
    }

    fn with_type(&mut self, kid: Kid<'a>, value: ExprId) -> ExprId {
        let kids = self.open(kid.node);
        let type_ = self.last_named(kids);
        let is_single =
            self.first_named(kids).map(|kid| kid.node.id()) == type_.map(|kid| kid.node.id());
        let is_class = self
            .first_named(kids)
            .is_some_and(|kid| kid.kind == kind::CLASS);
        self.close(kids);
        let Some(type_) = type_.filter(|_| !is_single) else {
            // `as const`
            return value;
        };
        let type_ = self.type_expr(type_);
        // A class that is written out is that class, whatever it is taken for.
        if kid.kind == kind::SATISFIES || is_class {
            return value;
        }
        self.facts
            .expr(Expr::Cast(value, type_), line_of(kid.node), Role::Silent)
    }

    fn type_assertion(&mut self, kid: Kid<'a>, role: Role) -> ExprId {
        let line = line_of(kid.node);
        let kids = self.open(kid.node);
        let type_ = match self.first(kids, kind::TYPE_ARGUMENTS) {
            Some(arguments) => match self.only_child(arguments.node) {
                Some(type_) => self.type_expr(type_),
                None => self.facts.unknown(line),
            },
            None => self.facts.unknown(line),
        };
        let value = match self.last_named(kids) {
            Some(value) => self.value(value, role),
            None => self.facts.unknown(line),
        };
        self.close(kids);
        self.facts
            .expr(Expr::Cast(value, type_), line, Role::Silent)
    }

    fn instantiation(&mut self, kid: Kid<'a>, role: Role) -> ExprId {
        let value = self.inner_value(kid, role);
        match self.named_field(kid, field::TYPE_ARGUMENTS) {
            Some(arguments) => self.applied(value, arguments),
            None => value,
        }
    }

    // ---- operators ----

    /// A binary expression, walked along its left spine: sums of a thousand terms are no deep recursion.
    #[inline(never)]
    pub(super) fn binary(
        &mut self,
        kid: Kid<'a>,
        mut found: Option<&mut Vec<Narrowing<'a>>>,
    ) -> ExprId {
        let mut spine = Vec::new();
        let mut left = kid;
        let mut first = None;
        while left.kind == kind::BINARY {
            let kids = self.open(left.node);
            let operator = self.field(kids, field::OPERATOR);
            let right = self.field(kids, field::RIGHT);
            let inner = self.field(kids, field::LEFT);
            self.close(kids);
            let (Some(operator), Some(right), Some(inner)) = (operator, right, inner) else {
                first = Some(self.other(left));
                break;
            };
            spine.push((operator.kind, right));
            left = inner;
        }
        let only_and = spine
            .iter()
            .all(|(operator, _)| *operator == kind::AND_TOKEN);
        let mut narrowings = Vec::new();
        let mut value = match first {
            Some(value) => value,
            None if only_and => self.condition(left, &mut narrowings),
            None => self.value(left, Role::Use),
        };
        let mut blocks = Vec::new();
        for (position, (operator, right)) in spine.into_iter().rev().enumerate() {
            let line = line_of(right.node);
            match operator {
                kind::AND_TOKEN => {
                    self.branch();
                    // The right side runs only where the left side holds.
                    if narrowings.iter().any(|narrowing| !narrowing.negated) {
                        blocks.push(self.facts.enter(BlockKind::Branch));
                        self.narrow(&narrowings, false, line);
                    }
                    value = self.condition(right, &mut narrowings);
                }
                kind::OR_TOKEN => {
                    self.branch();
                    let right = self.value(right, Role::Use);
                    value = self.facts.either(&[value, right], line);
                    narrowings.clear();
                }
                kind::INSTANCEOF_TOKEN => {
                    let type_ = self.value(right, Role::Use);
                    narrowings.clear();
                    if position == 0 && left.kind == kind::IDENTIFIER {
                        narrowings.push(Narrowing {
                            name: self.text_of(left.node),
                            type_,
                            negated: false,
                        });
                    }
                    value = self.facts.literal_expr("Boolean", line);
                }
                _ => {
                    let parts = [value, self.value(right, Role::Use)];
                    narrowings.clear();
                    value = self.facts.unknown(line);
                    self.facts.joined_text(value, &parts);
                }
            }
        }
        for block in blocks.into_iter().rev() {
            self.facts.leave(block);
        }
        if let Some(found) = found.as_mut() {
            found.append(&mut narrowings);
        }
        value
    }

    #[inline(never)]
    fn ternary(&mut self, kid: Kid<'a>, role: Role) -> ExprId {
        self.branch();
        let line = line_of(kid.node);
        let kids = self.open(kid.node);
        let mut narrowings = Vec::new();
        if let Some(condition) = self.field(kids, field::CONDITION) {
            self.condition(condition, &mut narrowings);
        }
        let mut sides = Vec::new();
        for (side, otherwise) in [(field::CONSEQUENCE, false), (field::ALTERNATIVE, true)] {
            if let Some(side) = self.field(kids, side) {
                let narrows = narrowings
                    .iter()
                    .any(|narrowing| narrowing.negated == otherwise);
                if narrows {
                    let block = self.facts.enter(BlockKind::Branch);
                    self.narrow(&narrowings, otherwise, line);
                    sides.push(self.value(side, role));
                    self.facts.leave(block);
                } else {
                    sides.push(self.value(side, role));
                }
            }
        }
        self.close(kids);
        self.facts.either(&sides, line)
    }

    /// `x += v`, `x ||= v`, `x ??= v`.
    #[inline(never)]
    fn augmented(&mut self, kid: Kid<'a>) -> ExprId {
        let line = line_of(kid.node);
        let kids = self.open(kid.node);
        let left = self.field(kids, field::LEFT);
        let right = self.field(kids, field::RIGHT);
        let operator = self
            .field(kids, field::OPERATOR)
            .map_or("", |operator| self.text_of(operator.node));
        self.close(kids);
        let (Some(left), Some(right)) = (left, right) else {
            return self.facts.unknown(line);
        };
        let old = self.value(left, Role::Use);
        let right = self.value(right, Role::Use);
        let value = if matches!(operator, "||=" | "??=" | "&&=") {
            self.branch();
            self.facts.either(&[old, right], line)
        } else {
            self.facts.unknown(line)
        };
        self.assign_pattern(left, value);
        value
    }

    fn update(&mut self, kid: Kid<'a>) -> ExprId {
        let line = line_of(kid.node);
        if let Some(argument) = self.named_field(kid, field::ARGUMENT) {
            self.value(argument, Role::Use);
            let number = self.facts.literal_expr("Number", line);
            self.assign_pattern(argument, number);
        }
        self.facts.literal_expr("Number", line)
    }

    fn unary(&mut self, kid: Kid<'a>) -> ExprId {
        let line = line_of(kid.node);
        let kids = self.open(kid.node);
        let argument = self.field(kids, field::ARGUMENT);
        let is_typeof = self.has(kids, kind::TYPE_TOKEN);
        let is_not = self.has(kids, kind::NOT_TOKEN);
        self.close(kids);
        if let Some(argument) = argument {
            self.value(argument, Role::Use);
        }
        if is_typeof {
            self.facts.literal_expr("String", line)
        } else if is_not {
            self.facts.literal_expr("Boolean", line)
        } else {
            self.facts.unknown(line)
        }
    }

    fn sequence(&mut self, kid: Kid<'a>, role: Role) -> ExprId {
        let kids = self.open(kid.node);
        let mut last = None;
        for index in kids.start..kids.end {
            let part = self.kids[index];
            if part.node.is_named() && part.kind != kind::COMMENT {
                last = Some(self.value(part, role));
            }
        }
        self.close(kids);
        last.unwrap_or_else(|| self.facts.unknown(line_of(kid.node)))
    }

    /// A template string: what it holds is evaluated.
    pub(super) fn template(&mut self, kid: Kid<'a>) -> ExprId {
        self.template_parts(kid);
        let value = self.facts.literal_expr("String", line_of(kid.node));
        let content = self.text_of(kid.node).trim_matches('`');
        self.facts.statement_text(content, line_of(kid.node));
        if let Some(text) = interpolated(content, "${") {
            self.facts.text_with_holes(value, &text);
        }
        value
    }

    pub(super) fn template_parts(&mut self, kid: Kid<'a>) -> Vec<ExprId> {
        let kids = self.open(kid.node);
        let mut parts = Vec::new();
        for index in kids.start..kids.end {
            let part = self.kids[index];
            if part.kind == kind::TEMPLATE_SUBSTITUTION {
                parts.push(self.inner_value(part, Role::Use));
            }
        }
        self.close(kids);
        parts
    }

    fn yield_expression(&mut self, kid: Kid<'a>) -> ExprId {
        let line = line_of(kid.node);
        let kids = self.open(kid.node);
        let delegates = self.has(kids, kind::STAR_TOKEN);
        let inner = self.first_named(kids);
        self.close(kids);
        if let Some(inner) = inner {
            let mut value = self.value(inner, Role::Use);
            if delegates {
                value = self.facts.expr(Expr::Element(value), line, Role::Call);
            }
            self.facts.add_return(value, true);
        }
        self.facts.unknown(line)
    }
}
