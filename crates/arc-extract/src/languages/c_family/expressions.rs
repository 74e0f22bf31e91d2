//! Expressions: calls, member accesses, and the values that carry types or functions.

use tree_sitter::Node;

use super::declarations::is_macro_name;
use super::kinds as k;
use super::lower::{Indirection, Known, Lowering, Scope};
use crate::facts::{Expr, ExprId, MemberBinding, Role};
use crate::source::line_of;

/// Operands of a chain that are looked at.
const MAX_CHAIN: usize = 64;

impl<'a> Lowering<'a, '_> {
    /// A name that is used: nothing for a local, once per symbol for one from outside.
    pub(super) fn use_name(&mut self, node: Node<'a>, role: Role) -> ExprId {
        let name = self.text_of(node);
        match self.known(name) {
            Some(Known::Plain) => ExprId::NONE,
            Some(Known::Value(value, _)) => *value,
            Some(Known::Values(values)) => {
                let values = values.clone();
                match values.as_slice() {
                    [] => ExprId::NONE,
                    values => self.facts.either(values, line_of(node)),
                }
            }
            Some(Known::Outside(..)) | None => {
                if name.is_empty() || name == "NULL" {
                    return ExprId::NONE;
                }
                self.outside(name, line_of(node), role)
            }
        }
    }

    /// An argument: its value if it says anything. A bare name from outside is marked as passed.
    pub(super) fn argument(&mut self, node: Node<'a>) -> ExprId {
        if self.kind(node) == k::IDENTIFIER {
            return self.use_name(node, Role::Argument);
        }
        if self.kind(node) == k::POINTER
            && let Some(inner) = self.field(node, self.fields.argument)
            && self.kind(inner) == k::IDENTIFIER
        {
            return self.use_name(inner, Role::Argument);
        }
        self.value(node, true)
    }

    /// The value of an expression; `NONE` when it carries neither a type with members nor a function. Without `wants`
    /// only the effects are lowered: calls and uses.
    pub(super) fn value(&mut self, node: Node<'a>, wants: bool) -> ExprId {
        if !self.descend() {
            return ExprId::NONE;
        }
        let value = self.value_inner(node, wants);
        self.ascend();
        value
    }

    fn value_inner(&mut self, node: Node<'a>, wants: bool) -> ExprId {
        let kind = self.kind(node);
        match kind {
            k::IDENTIFIER => self.use_name(node, Role::Use),
            k::CALL => self.call_value(node, wants),
            k::FIELD_EXPRESSION => self.member(node, wants),
            k::PARENTHESIZED => {
                let inner = node.named_child(0);
                inner.map_or(ExprId::NONE, |inner| self.value(inner, wants))
            }
            k::POINTER => self.indirect(node, wants),
            k::CAST => self.cast(node, wants),
            k::CONDITIONAL => self.choice(node, wants),
            k::ASSIGNMENT => self.assignment(node),
            k::SUBSCRIPT => self.subscript(node, wants),
            k::COMMA => {
                let (start, end) = self.push(node);
                let mut last = ExprId::NONE;
                for index in start..end {
                    last = self.value(self.child(index), wants && index + 1 == end);
                }
                self.pop(start);
                last
            }
            k::COMPOUND_LITERAL => {
                let declared = match self.field(node, self.fields.type_) {
                    Some(type_node) => self.type_expr(type_node),
                    None => ExprId::NONE,
                };
                match self.field(node, self.fields.value) {
                    Some(value) => self.construct(value, declared, line_of(node)),
                    None => ExprId::NONE,
                }
            }
            k::INITIALIZER_LIST => self.construct(node, ExprId::NONE, line_of(node)),
            k::COMPOUND => {
                self.visit(node);
                ExprId::NONE
            }
            k::NUMBER
            | k::STRING
            | k::CHAR
            | k::NULL
            | k::TRUE
            | k::FALSE
            | k::RAW_STRING
            | k::COMMENT => ExprId::NONE,
            _ if self.cpp => self.cpp_value(node, kind, wants),
            k::BINARY => {
                self.chain(node);
                ExprId::NONE
            }
            k::UNARY | k::UPDATE => {
                if let Some(inner) = node.named_child(0) {
                    self.visit(inner);
                }
                ExprId::NONE
            }
            _ => self.other(node, kind),
        }
    }

    fn other(&mut self, node: Node<'a>, kind: u8) -> ExprId {
        // These come back here from `visit`; their parts are visited instead.
        if matches!(
            kind,
            k::QUALIFIED | k::NEW | k::LAMBDA | k::TEMPLATE_FUNCTION | k::FIELD_INITIALIZER
        ) {
            self.items(node);
        } else {
            self.visit(node);
        }
        ExprId::NONE
    }

    fn cpp_value(&mut self, node: Node<'a>, kind: u8, wants: bool) -> ExprId {
        match kind {
            k::THIS => {
                if wants {
                    self.facts.expr(Expr::This, line_of(node), Role::Silent)
                } else {
                    ExprId::NONE
                }
            }
            k::QUALIFIED | k::TEMPLATE_FUNCTION => self.path(node, ExprId::NONE, Role::Use),
            k::NEW => self.new_value(node),
            k::LAMBDA => self.lambda(node),
            k::FIELD_INITIALIZER => self.member_initializer(node),
            k::BINARY => self.operator(node),
            _ => self.other(node, kind),
        }
    }

    /// The operands of `a + b + c…`, which nests to the left without end in generated code.
    fn chain(&mut self, node: Node<'a>) {
        let mut node = node;
        let mut rights = Vec::new();
        while self.kind(node) == k::BINARY && rights.len() < MAX_CHAIN * MAX_CHAIN {
            if let Some(right) = self.field(node, self.fields.right) {
                rights.push(right);
            }
            match node.named_child(0) {
                Some(left) => node = left,
                None => break,
            }
        }
        if self.kind(node) != k::BINARY {
            self.visit(node);
        }
        for right in rights.into_iter().rev() {
            self.visit(right);
        }
    }

    // ---- calls ----

    fn call_value(&mut self, node: Node<'a>, wants: bool) -> ExprId {
        let (Some(function), Some(arguments)) =
            (node.named_child(0), self.field(node, self.fields.arguments))
        else {
            self.items(node);
            return ExprId::NONE;
        };
        let function = self.strip(function);
        let line = self.call_line(function);
        match self.kind(function) {
            k::IDENTIFIER => {
                let name = self.text_of(function);
                if name.contains("DEFINE")
                    && is_macro_name(name)
                    && let Some(first) = arguments.named_child(0)
                {
                    self.variable_by_macro(name, first, node);
                }
                if self.scope != Scope::Function && !self.cpp {
                    return self.declaring_call(function, arguments);
                }
                let callee = self.callee_name(function);
                let arguments = self.arguments(arguments);
                if callee.is_some() {
                    return self.call(callee, &arguments, line);
                }
                ExprId::NONE
            }
            k::PRIMITIVE_TYPE => {
                self.items(arguments);
                ExprId::NONE
            }
            k::TEMPLATE_FUNCTION
                if self
                    .field(function, self.fields.name)
                    .is_some_and(|name| self.text_of(name).ends_with("_cast")) =>
            {
                self.named_cast(function, arguments, wants)
            }
            _ if self.cpp && self.makes(function).is_some() => {
                let target = match self.makes(function) {
                    Some(descriptor) => self.type_expr(descriptor),
                    None => ExprId::NONE,
                };
                let arguments = self.arguments(arguments);
                if !target.is_some() {
                    return ExprId::NONE;
                }
                let list = self.list(&arguments);
                self.facts.expr(Expr::New(target, list), line, Role::Call)
            }
            _ => {
                let callee = self.callee(function);
                let arguments = self.arguments(arguments);
                if callee.is_some() {
                    return self.call(callee, &arguments, line);
                }
                ExprId::NONE
            }
        }
    }

    /// The type that `std::make_unique<T>(…)` and its like build; the pointer around it is dropped as all pointers are.
    fn makes(&mut self, function: Node<'a>) -> Option<Node<'a>> {
        let last = match self.kind(function) {
            k::QUALIFIED => self.field(function, self.fields.name)?,
            _ => function,
        };
        if self.kind(last) != k::TEMPLATE_FUNCTION {
            return None;
        }
        let name = self.field(last, self.fields.name)?;
        if !matches!(
            self.text_of(name),
            "make_unique" | "make_shared" | "make_optional"
        ) {
            return None;
        }
        let arguments = self.field(last, self.fields.arguments)?;
        self.first_of(arguments, &[k::TYPE_DESCRIPTOR])
    }

    /// `MACRO(name);` outside of functions: the macro and the names are used, nothing runs here.
    fn declaring_call(&mut self, function: Node<'a>, arguments: Node<'a>) -> ExprId {
        let name = self.text_of(function);
        self.outside(name, line_of(function), Role::Use);
        self.items(arguments);
        if name.contains("_HEAD")
            && is_macro_name(name)
            && let Some(first) = arguments.named_child(0)
        {
            self.variable_by_macro(name, first, function);
        }
        ExprId::NONE
    }

    /// The parentheses and stars around a called expression change nothing.
    fn strip(&self, node: Node<'a>) -> Node<'a> {
        let mut node = node;
        for _ in 0..MAX_CHAIN {
            let inner = match self.kind(node) {
                k::PARENTHESIZED => node.named_child(0),
                k::POINTER if !self.cpp || self.text_of(node).starts_with('*') => {
                    self.field(node, self.fields.argument)
                }
                _ => None,
            };
            match inner {
                Some(inner) => node = inner,
                None => break,
            }
        }
        node
    }

    /// The line of the called name.
    fn call_line(&self, function: Node<'a>) -> u32 {
        match self.kind(function) {
            k::FIELD_EXPRESSION => self
                .field(function, self.fields.field)
                .map_or(line_of(function), line_of),
            k::QUALIFIED => {
                let name = self.field(function, self.fields.name);
                name.map_or(line_of(function), line_of)
            }
            _ => line_of(function),
        }
    }

    fn callee_name(&mut self, function: Node<'a>) -> ExprId {
        let name = self.text_of(function);
        match self.known(name) {
            Some(Known::Outside(..)) | None => self.outside(name, line_of(function), Role::Silent),
            Some(_) => self.use_name(function, Role::Silent),
        }
    }

    fn callee(&mut self, function: Node<'a>) -> ExprId {
        let callee = match self.kind(function) {
            k::QUALIFIED | k::TEMPLATE_FUNCTION => self.path(function, ExprId::NONE, Role::Silent),
            _ => self.value(function, true),
        };
        if callee.is_some() && self.kind(function) != k::IDENTIFIER {
            self.facts.set_role(callee, Role::Silent);
        }
        callee
    }

    /// The arguments' values, with holes. Those at the end that say nothing are holes in C: only their number counts.
    pub(super) fn arguments(&mut self, node: Node<'a>) -> Vec<ExprId> {
        let (start, end) = self.push(node);
        let mut values = Vec::new();
        let mut kept = 0;
        for index in start..end {
            let child = self.child(index);
            let value = match self.kind(child) {
                k::COMMENT => continue,
                k::NUMBER | k::STRING | k::CHAR => ExprId::NONE,
                k::TYPE_DESCRIPTOR => self.type_expr(child),
                _ => self.argument(child),
            };
            values.push(if value.is_some() { value } else { self.hole() });
            if self.cpp || value.is_some() && self.may_flow(value) {
                kept = values.len();
            }
        }
        self.pop(start);
        values[kept..].fill(self.hole());
        values
    }

    /// Whether passing a value can tell the callee anything that its declared parameter types do not.
    fn may_flow(&self, value: ExprId) -> bool {
        let facts = self.facts.facts();
        match facts.exprs.get(value).map(|node| node.expr) {
            Some(Expr::Name(name)) => !is_macro_name(facts.text(name)),
            Some(Expr::Cast(value, _)) => value.is_some(),
            Some(Expr::Call(..) | Expr::Unknown) | None => false,
            Some(_) => true,
        }
    }

    /// `static_cast<T>(x)`.
    fn named_cast(&mut self, function: Node<'a>, arguments: Node<'a>, wants: bool) -> ExprId {
        let values = self.arguments(arguments);
        let value = values.first().copied().unwrap_or(ExprId::NONE);
        let Some(list) = self.field(function, self.fields.arguments) else {
            return value;
        };
        let Some(descriptor) = self.first_of(list, &[k::TYPE_DESCRIPTOR]) else {
            return value;
        };
        let target = self.type_expr(descriptor);
        if !wants || !target.is_some() {
            return value;
        }
        self.facts
            .expr(Expr::Cast(value, target), line_of(function), Role::Silent)
    }

    /// `new T(…)`.
    fn new_value(&mut self, node: Node<'a>) -> ExprId {
        let Some(type_node) = self.field(node, self.fields.type_) else {
            self.items(node);
            return ExprId::NONE;
        };
        let target = self.type_expr(type_node);
        let arguments = match self.field(node, self.fields.arguments) {
            Some(arguments) => self.arguments(arguments),
            None => Vec::new(),
        };
        if !target.is_some() {
            return ExprId::NONE;
        }
        let list = self.list(&arguments);
        self.facts
            .expr(Expr::New(target, list), line_of(node), Role::Call)
    }

    /// `m_(x)` before the body of a constructor: a base or a field is built.
    fn member_initializer(&mut self, node: Node<'a>) -> ExprId {
        let (start, end) = self.push(node);
        let mut target = None;
        for index in start..end {
            let child = self.child(index);
            match self.kind(child) {
                k::FIELD_IDENTIFIER | k::QUALIFIED | k::TEMPLATE_METHOD if target.is_none() => {
                    target = Some(child);
                }
                k::ARGUMENTS | k::INITIALIZER_LIST => {
                    let values = self.arguments(child);
                    match target {
                        Some(target) if self.kind(target) == k::FIELD_IDENTIFIER => {
                            self.initialize_member(target, &values);
                        }
                        Some(target) => {
                            let base = self.path(target, ExprId::NONE, Role::Silent);
                            self.construction(base, &values, line_of(target));
                        }
                        None => {}
                    }
                }
                _ => {}
            }
        }
        self.pop(start);
        ExprId::NONE
    }

    fn construction(&mut self, base: ExprId, values: &[ExprId], line: u32) {
        if base.is_some() {
            let list = self.list(values);
            self.facts.expr(Expr::New(base, list), line, Role::Call);
        }
    }

    /// `name(values)` of a constructor: a base or a delegated constructor runs, or a field takes a function.
    fn initialize_member(&mut self, target: Node<'a>, values: &[ExprId]) {
        let text = self.text_of(target);
        let line = line_of(target);
        let is_type = text.starts_with(|letter: char| letter.is_ascii_uppercase());
        if is_type && !text.ends_with('_') {
            let base = self.facts.name_expr(text, line, Role::Silent);
            self.construction(base, values, line);
            return;
        }
        if let [value] = values
            && self.carries_function(*value)
        {
            let base = self.facts.expr(Expr::This, line, Role::Silent);
            self.give_member(base, text, *value, line);
        }
    }

    // ---- members ----

    fn member(&mut self, node: Node<'a>, wants: bool) -> ExprId {
        let Some(base_node) = self.field(node, self.fields.argument) else {
            return ExprId::NONE;
        };
        if !wants {
            // A read of a field is not recorded; what its base calls is.
            if !matches!(self.kind(base_node), k::IDENTIFIER | k::THIS) {
                self.value(base_node, false);
            } else if self.kind(base_node) == k::IDENTIFIER {
                self.use_name(base_node, Role::Use);
            }
            return ExprId::NONE;
        }
        let base = self.value(base_node, true);
        let Some(field) = self.field(node, self.fields.field) else {
            return base;
        };
        if !base.is_some() {
            return ExprId::NONE;
        }
        match self.kind(field) {
            k::FIELD_IDENTIFIER | k::DESTRUCTOR_NAME => {
                let text = self.text_of(field);
                self.facts
                    .member_expr(base, text, line_of(field), Role::Silent)
            }
            k::QUALIFIED => self.path(field, ExprId::NONE, Role::Silent),
            _ => self.path(field, base, Role::Silent),
        }
    }

    fn indirection_of(&self, node: Node<'a>) -> Indirection {
        let mut node = node;
        for _ in 0..8 {
            match node.named_child(0) {
                Some(inner) if self.kind(node) == k::PARENTHESIZED => node = inner,
                Some(_) | None => break,
            }
        }
        match self.kind(node) {
            k::IDENTIFIER => {}
            k::CAST | k::NEW | k::THIS => return Indirection::Pointer,
            k::CALL => {
                let is_cast = node
                    .named_child(0)
                    .filter(|function| self.kind(*function) == k::TEMPLATE_FUNCTION)
                    .is_some_and(|function| self.text_of(function).contains("_cast<"));
                return if is_cast {
                    Indirection::Pointer
                } else {
                    Indirection::Unknown
                };
            }
            _ => return Indirection::Unknown,
        }
        match self.known(self.text_of(node)) {
            Some(Known::Value(_, indirection)) => *indirection,
            Some(Known::Plain | Known::Values(_) | Known::Outside(..)) | None => {
                Indirection::Unknown
            }
        }
    }

    /// `*x` and `&x`: pointers are dropped, and what stands behind a smart pointer is found by its members.
    fn indirect(&mut self, node: Node<'a>, wants: bool) -> ExprId {
        let inner = self.field(node, self.fields.argument);
        inner.map_or(ExprId::NONE, |inner| self.value(inner, wants))
    }

    fn subscript(&mut self, node: Node<'a>, wants: bool) -> ExprId {
        let Some(base_node) = node.named_child(0) else {
            return ExprId::NONE;
        };
        let base = self.value(base_node, wants);
        let (start, end) = self.push(node);
        for index in start + 1..end {
            let child = self.child(index);
            self.visit(child);
        }
        self.pop(start);
        if !wants || !base.is_some() || self.indirection_of(base_node) == Indirection::Pointer {
            return base;
        }
        let is_outside = self.kind(base_node) == k::IDENTIFIER;
        if !self.cpp && !is_outside {
            return base;
        }
        let key = self.hole();
        let line = line_of(node);
        let element = self.facts.expr(Expr::Index(base, key), line, Role::Silent);
        self.facts.either(&[base, element], line)
    }

    fn cast(&mut self, node: Node<'a>, wants: bool) -> ExprId {
        let target = match self.field(node, self.fields.type_) {
            Some(type_node) => self.type_expr(type_node),
            None => ExprId::NONE,
        };
        let value = match self.field(node, self.fields.value) {
            Some(value) => self.value(value, wants),
            None => ExprId::NONE,
        };
        if !wants || !target.is_some() || value.is_some() && self.is_outside_name(value) {
            return value;
        }
        self.facts.expr(
            Expr::Cast(ExprId::NONE, target),
            line_of(node),
            Role::Silent,
        )
    }

    fn is_outside_name(&self, value: ExprId) -> bool {
        let node = self.facts.facts().exprs.get(value);
        node.is_some_and(|node| matches!(node.expr, Expr::Name(_)))
    }

    fn choice(&mut self, node: Node<'a>, wants: bool) -> ExprId {
        self.branches = self.branches.saturating_add(1);
        let (start, end) = self.push(node);
        let mut values = Vec::new();
        for index in start..end {
            let child = self.child(index);
            if self.kind(child) == k::COMMENT {
                continue;
            }
            if index == start {
                self.value(child, false);
                continue;
            }
            let value = self.value(child, wants);
            if value.is_some() {
                values.push(value);
            }
        }
        self.pop(start);
        if wants && !values.is_empty() {
            self.facts.either(&values, line_of(node))
        } else {
            ExprId::NONE
        }
    }

    // ---- assignments ----

    fn assignment(&mut self, node: Node<'a>) -> ExprId {
        let (Some(left), Some(right)) = (node.named_child(0), self.field(node, self.fields.right))
        else {
            self.items(node);
            return ExprId::NONE;
        };
        match self.kind(left) {
            k::IDENTIFIER => self.assign_name(left, right),
            k::FIELD_EXPRESSION => {
                let value = self.value(right, true);
                if value.is_some() && self.carries_function(value) {
                    self.assign_member(left, value);
                } else {
                    self.value(left, false);
                }
                value
            }
            _ => {
                let value = self.value(right, true);
                let left = self.strip_index(left);
                if self.kind(left) == k::FIELD_EXPRESSION
                    && value.is_some()
                    && self.carries_function(value)
                {
                    self.assign_member(left, value);
                } else {
                    self.value(left, false);
                }
                value
            }
        }
    }

    /// `a->b[i]` holds what `a->b` is declared to hold.
    fn strip_index(&mut self, node: Node<'a>) -> Node<'a> {
        let mut node = node;
        while self.kind(node) == k::SUBSCRIPT {
            let (start, end) = self.push(node);
            let base = (start < end).then(|| self.child(start));
            for index in start + 1..end {
                let child = self.child(index);
                self.visit(child);
            }
            self.pop(start);
            match base {
                Some(base) => node = base,
                None => break,
            }
        }
        node
    }

    fn assign_name(&mut self, left: Node<'a>, right: Node<'a>) -> ExprId {
        let name = self.text_of(left);
        match self.known(name).cloned() {
            Some(Known::Plain) => {
                self.value(right, false);
                ExprId::NONE
            }
            Some(Known::Value(old, indirection)) => {
                let value = self.value(right, true);
                if value.is_some() && self.carries_function(value) && self.is_outside_name(value) {
                    let both = self.facts.either(&[old, value], line_of(left));
                    self.amend(name, Known::Value(both, indirection));
                }
                old
            }
            Some(Known::Values(mut values)) => {
                let value = self.value(right, true);
                if value.is_some() {
                    values.push(value);
                    self.amend(name, Known::Values(values));
                }
                value
            }
            Some(Known::Outside(..)) | None => {
                let value = self.value(right, true);
                self.facts.name_expr(name, line_of(left), Role::Write);
                if value.is_some() && self.carries_function(value) {
                    self.facts.assign(name, value, line_of(left));
                }
                value
            }
        }
    }

    fn assign_member(&mut self, left: Node<'a>, value: ExprId) {
        let (Some(base_node), Some(field)) = (
            self.field(left, self.fields.argument),
            self.field(left, self.fields.field),
        ) else {
            return;
        };
        let base = self.value(base_node, true);
        if base.is_some() {
            let text = self.text_of(field);
            self.give_member(base, text, value, line_of(field));
        }
    }

    fn give_member(&mut self, base: ExprId, text: &str, value: ExprId, line: u32) {
        let name = self.facts.name(text);
        self.facts.bind_member(MemberBinding {
            base,
            name,
            value,
            declared: ExprId::NONE,
            symbol: crate::facts::SymbolId::NONE,
            line,
        });
    }

    // ---- operators of C++ ----

    /// A binary operator that may be a function of a class.
    fn operator(&mut self, node: Node<'a>) -> ExprId {
        let operator = self
            .field(node, self.fields.operator)
            .map_or("", |operator| self.text_of(operator));
        let (Some(left), Some(right)) = (node.named_child(0), self.field(node, self.fields.right))
        else {
            self.items(node);
            return ExprId::NONE;
        };
        let left = self.value(left, true);
        let right = self.value(right, true);
        if !left.is_some() || matches!(operator, "&&" | "||" | "and" | "or" | "") {
            return ExprId::NONE;
        }
        let right = if right.is_some() { right } else { self.hole() };
        let name = self.facts.name(&format!("operator{operator}"));
        let list = self.facts.list(&[left, right]);
        self.facts
            .expr(Expr::Operator(name, list), line_of(node), Role::Call)
    }
}
