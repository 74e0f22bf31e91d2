//! Containers to values: elements, items and keys, of literals and of types; what is entered, awaited or unwrapped.

use arc_graph::{NodeKind, Rule};

use crate::facts::{Expr, ExprId, ListId, flag};
use crate::resolve::evaluate::Evaluator;
use crate::resolve::literals;
use crate::resolve::names::{Busy, Hit};
use crate::resolve::rounds::field_at;
use crate::resolve::tables::Key;
use crate::resolve::values::{Args, NameId, OutsideName, Typed, Value, Values};

/// Elements of elements looked through (an iterable of iterators).
const MAX_ITERATION: u32 = 3;

/// Elements of a slice that are told apart.
const MAX_SLICE: u32 = 8;

impl Evaluator<'_, '_> {
    /// One element of what `values` iterate over.
    pub(super) fn elements(&self, values: &Values, depth: u32) -> Values {
        let mut elements = Values::unknown();
        for item in values.iter() {
            let found = match item.value {
                Value::Made(file, expr) => self.iterated(file, expr),
                Value::Tuple(args) => union(&self.program.args_of(args)),
                Value::Instance(..) | Value::SelfOf(_) | Value::TypeVar(..) => {
                    self.iterate(item, depth)
                }
                Value::OutsideInstance(_) | Value::Outside(_) => {
                    Values::one(Value::OutsideInstance(OutsideName::UNNAMED), item.rule)
                }
                _ => Values::unknown(),
            };
            elements.extend(&found.weakened(item.rule));
        }
        elements
    }

    /// Iterating over a map gives its keys, which we do not follow.
    fn iterated(&self, file: u32, expr: u32) -> Values {
        match self.program.file(file).facts.exprs.expr(ExprId(expr)) {
            Expr::Map(_) | Expr::Object(_) => Values::unknown(),
            _ => self.made_elements(file, expr),
        }
    }

    fn iterate(&self, item: Typed, depth: u32) -> Values {
        let protocol = self.file.semantics.iteration;
        for (at, method) in protocol.iter().enumerate() {
            let method = self.program.intern(method);
            let found = self.members(item.value, method);
            if found.is_empty() {
                continue;
            }
            let mut result = Values::unknown();
            for found in &found {
                let value = self.found_values(found);
                // Reading a property has run it.
                let is_run = match found.hit {
                    Hit::Symbol(sym) => self.program.has_flag(sym, flag::PROPERTY),
                    Hit::Binding(..) | Hit::Field(..) => true,
                    Hit::Value(_) | Hit::Export(..) => false,
                };
                if is_run {
                    result.extend(&value);
                } else {
                    result.extend(&self.call(&value, ListId::NONE));
                }
            }
            let is_last = at + 1 == protocol.len();
            if is_last {
                return self.unwrapped(&result);
            }
            let same = result.iter().any(|result| result.value == item.value);
            if depth < MAX_ITERATION && !same && !result.is_unknown() {
                let elements = self.elements(&result, depth + 1);
                if !elements.is_unknown() {
                    return elements;
                }
            }
        }
        match item.value {
            Value::Instance(_, args) if args != Args::NONE => self
                .program
                .args_of(args)
                .first()
                .cloned()
                .unwrap_or_default(),
            _ => Values::unknown(),
        }
    }

    /// What a literal container holds, whatever the key, with what is put in later.
    pub(super) fn made_elements(&self, file: u32, expr: u32) -> Values {
        let mut values = self.read(Key::Added(file, expr));
        if file != self.index {
            values.extend(&self.read(Key::Elements(file, expr)));
            return values;
        }
        values.extend(&self.own_elements(expr));
        values
    }

    /// What a literal of this file holds from the start. Of a large one that is found once.
    fn own_elements(&self, expr: u32) -> Values {
        let parts = match self.exprs().expr(ExprId(expr)) {
            Expr::List(parts) | Expr::Tuple(parts) | Expr::Map(parts) | Expr::Object(parts) => {
                parts
            }
            _ => return Values::unknown(),
        };
        if self.file.facts.list(parts).len() <= literals::SMALL {
            return self.found_elements(expr);
        }
        let unit = self.unit_of(ExprId(expr));
        if let Some(known) = self.elements.borrow().get(&expr) {
            self.link(self.unit.get(), unit);
            return known.clone();
        }
        let found = self.within(unit, || self.found_elements(expr));
        self.elements.borrow_mut().insert(expr, found.clone());
        found
    }

    fn found_elements(&self, expr: u32) -> Values {
        let mut values = Values::unknown();
        let marker = (expr, NameId::NONE);
        if !self.open_literals.borrow_mut().insert(marker) {
            return values;
        }
        match self.exprs().expr(ExprId(expr)) {
            Expr::List(items) | Expr::Tuple(items) => {
                for item in self.file.facts.list(items) {
                    match self.expr_of(item) {
                        Expr::Spread(of) => values.extend(&self.elements(&self.eval(of), 0)),
                        _ => values.extend(&self.eval(item)),
                    }
                }
            }
            Expr::Map(entries) => {
                let entries: Vec<ExprId> = self.file.facts.list(entries).collect();
                for value in entries.iter().skip(1).step_by(2) {
                    values.extend(&self.eval(*value));
                }
            }
            Expr::Object(properties) => {
                for property in self.file.facts.list(properties) {
                    values.extend(&self.eval(property));
                }
            }
            _ => {}
        }
        self.open_literals.borrow_mut().remove(&marker);
        values
    }

    /// The value under a key of a literal map or object.
    pub(super) fn keyed(&self, file: u32, expr: u32, name: NameId) -> Values {
        let mut values = self.read(Key::Keyed(file, expr, name));
        let marker = (expr, name);
        if file != self.index && values.is_unknown() {
            return self.spread_elsewhere(file, expr, name);
        }
        if file != self.index || !self.open_literals.borrow_mut().insert(marker) {
            return values;
        }
        let literal = ExprId(expr);
        let known = self.file.entries_under(self.program, literal, name);
        match (self.exprs().expr(literal), known) {
            (Expr::Map(_), Some(known)) => {
                for value in known {
                    values.extend(&self.eval(value));
                }
            }
            (Expr::Map(entries), None) => {
                let entries: Vec<ExprId> = self.file.facts.list(entries).collect();
                for pair in entries.chunks_exact(2) {
                    if self.key_of(pair[0]) == Some(name) {
                        values.extend(&self.eval(pair[1]));
                    }
                }
            }
            (Expr::Object(_), Some(known)) => {
                for property in known {
                    values.extend(&self.property(property, name));
                }
            }
            (Expr::Object(properties), None) => {
                for property in self.file.facts.list(properties) {
                    values.extend(&self.property(property, name));
                }
            }
            _ => {}
        }
        self.open_literals.borrow_mut().remove(&marker);
        values
    }

    /// What one property of an object literal of this file gives a name.
    fn property(&self, property: ExprId, name: NameId) -> Values {
        let mut values = Values::unknown();
        match self.expr_of(property) {
            Expr::Keyword(key, value) if self.file.global(key) == name => return self.eval(value),
            Expr::Spread(of) => {
                for item in self.eval(of).iter() {
                    match item.value {
                        Value::Made(file, inner) => {
                            values.extend(&self.keyed(file, inner, name));
                        }
                        Value::Module(module) => {
                            let hits = self.names.exported(module, name, &mut Busy::new());
                            values.extend(&self.hits_values(&hits, Rule::Import));
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        values
    }

    /// What the modules that an object literal of another file spreads out export under a name.
    fn spread_elsewhere(&self, file: u32, expr: u32, name: NameId) -> Values {
        let facts = self.program.file(file).facts;
        let mut values = Values::unknown();
        let Expr::Object(properties) = facts.exprs.expr(ExprId(expr)) else {
            return values;
        };
        for property in facts.list(properties) {
            let Expr::Spread(of) = facts.exprs.expr(property) else {
                continue;
            };
            for hit in self.names.path(file, of, &mut Busy::new()) {
                if let Hit::Value(Value::Module(module)) = hit {
                    let hits = self.names.exported(module, name, &mut Busy::new());
                    values.extend(&self.hits_values(&hits, Rule::Import));
                }
            }
        }
        values
    }

    /// `base[key]`.
    pub(super) fn index(&self, base: &Values, key: ExprId) -> Values {
        let mut values = Values::unknown();
        for item in base.iter() {
            let found = match (item.value, self.expr_of(key)) {
                (Value::Made(file, expr), Expr::Text(name)) => {
                    let keyed = self.keyed(file, expr, self.file.global(name));
                    if keyed.is_unknown() {
                        self.read(Key::Added(file, expr))
                    } else {
                        keyed
                    }
                }
                (Value::Made(..) | Value::Tuple(_), Expr::Position(at)) => {
                    self.item(&Values::one(item.value, item.rule), at)
                }
                (Value::Made(..) | Value::Tuple(_), Expr::Apply(_, bounds)) => {
                    self.sliced(item, bounds)
                }
                // A slice of a sequence is such a sequence.
                (Value::Made(..) | Value::Tuple(_), _) if self.is_slice(key) => {
                    Values::one(item.value, item.rule)
                }
                (Value::Instance(class, _), _)
                    if self.is_slice(key) && class.file as usize >= self.program.project_files =>
                {
                    Values::one(item.value, item.rule)
                }
                (Value::Made(file, expr), _) => self.made_by_key(file, expr, key),
                (Value::Tuple(args), _) => union(&self.program.args_of(args)),
                (Value::Class(class, _), _) => {
                    let args = self.program.intern_args(vec![self.eval_type(key)]);
                    Values::one(Value::Class(class, args), item.rule)
                }
                (Value::Instance(class, args), Expr::Text(key)) => {
                    let name = self.file.global(key);
                    match self.keyed_field(class, name) {
                        Some(_) => self.member_values(item, name, false),
                        None => self.indexed(item, args),
                    }
                }
                (Value::Instance(_, args), _) => self.indexed(item, args),
                (Value::SelfOf(_) | Value::TypeVar(..), _) => self.indexed(item, Args::NONE),
                (Value::OutsideInstance(_) | Value::Outside(_), _) => {
                    Values::one(Value::OutsideInstance(OutsideName::UNNAMED), item.rule)
                }
                _ => Values::unknown(),
            };
            values.extend(&found.weakened(item.rule));
        }
        values
    }

    fn is_slice(&self, key: ExprId) -> bool {
        match self.expr_of(key) {
            Expr::Literal(kind) => self.file.facts.text(kind) == "slice",
            Expr::Apply(of, _) => self.is_slice(of),
            _ => false,
        }
    }

    /// A part of a sequence between two constant positions.
    fn sliced(&self, item: Typed, bounds: ListId) -> Values {
        let bounds: Vec<Expr> = self
            .file
            .facts
            .list(bounds)
            .map(|bound| self.expr_of(bound))
            .collect();
        let [Expr::Position(start), Expr::Position(end)] = bounds[..] else {
            return Values::one(item.value, item.rule);
        };
        if end.saturating_sub(start) > MAX_SLICE {
            return Values::one(item.value, item.rule);
        }
        let of = Values::one(item.value, item.rule);
        let parts = (start..end).map(|at| self.item(&of, at)).collect();
        Values::one(Value::Tuple(self.program.intern_args(parts)), item.rule)
    }

    /// An element of a literal under a key that is itself a value: a known string, or anything.
    fn made_by_key(&self, file: u32, expr: u32, key: ExprId) -> Values {
        let keys = self.eval(key);
        let mut values = Values::unknown();
        for key in keys.iter() {
            if let Value::Text(name) = key.value {
                values.extend(&self.keyed(file, expr, name));
            }
        }
        if values.is_unknown() {
            self.made_elements(file, expr)
        } else {
            values
        }
    }

    fn indexed(&self, item: Typed, args: Args) -> Values {
        let operator = self.file.semantics.index_operator;
        if !operator.is_empty() {
            let found = self.members(item.value, self.program.intern(operator));
            let mut values = Values::unknown();
            for found in &found {
                values.extend(&self.call(&self.found_values(found), ListId::NONE));
            }
            if !values.is_unknown() {
                return values;
            }
        }
        self.program
            .args_of(args)
            .last()
            .cloned()
            .unwrap_or_default()
    }

    /// The n-th part of a sequence.
    pub(super) fn item(&self, of: &Values, at: u32) -> Values {
        let mut values = Values::unknown();
        for item in of.iter() {
            let found = match item.value {
                Value::Tuple(args) => self
                    .program
                    .args_of(args)
                    .get(at as usize)
                    .cloned()
                    .unwrap_or_default(),
                Value::Made(file, expr) if file == self.index => self.made_item(expr, at),
                Value::Made(file, expr) => {
                    let keyed = self.read(Key::Keyed(file, expr, self.program.position_name(at)));
                    if keyed.is_unknown() {
                        self.made_elements(file, expr)
                    } else {
                        keyed
                    }
                }
                _ => {
                    let elements = self.elements(&Values::one(item.value, item.rule), 0);
                    let is_outside = |item: Typed| matches!(item.value, Value::OutsideInstance(_));
                    // Empty as well.
                    let named = elements.iter().all(is_outside);
                    let named = named.then(|| self.named_item(item, at));
                    named
                        .filter(|named| !named.is_unknown())
                        .unwrap_or(elements)
                }
            };
            values.extend(&found.weakened(item.rule));
        }
        values
    }

    /// A part of a tuple whose parts have names: its fields in their order (`class Pair(NamedTuple)`).
    fn named_item(&self, of: Typed, at: u32) -> Values {
        let class = match of.value {
            Value::Instance(class, _) | Value::SelfOf(class) => class,
            _ => return Values::unknown(),
        };
        if !self.file.semantics.types_are_hints
            || !self.program.has_flag(class, flag::FIELDS_CONSTRUCT)
        {
            return Values::unknown();
        }
        let field = field_at(self.program, class, at as usize);
        field.map_or_else(Values::unknown, |field| {
            self.member_values(of, field, false)
        })
    }

    fn made_item(&self, expr: u32, at: u32) -> Values {
        let (Expr::List(items) | Expr::Tuple(items)) = self.exprs().expr(ExprId(expr)) else {
            let keyed = self.keyed(self.index, expr, self.program.position_name(at));
            return if keyed.is_unknown() {
                self.made_elements(self.index, expr)
            } else {
                keyed
            };
        };
        let parts: Vec<ExprId> = self.file.facts.list(items).collect();
        let has_spread = parts
            .iter()
            .any(|part| matches!(self.expr_of(*part), Expr::Spread(_)));
        match parts.get(at as usize) {
            Some(part) if !has_spread => {
                let mut values = self.eval(*part);
                values.extend(&self.read(Key::Keyed(
                    self.index,
                    expr,
                    self.program.position_name(at),
                )));
                values
            }
            _ => self.made_elements(self.index, expr),
        }
    }

    /// The name under which a constant key is known.
    pub(super) fn key_of(&self, key: ExprId) -> Option<NameId> {
        literals::key_of(self.file, self.program, self.expr_of(key))
    }

    pub(super) fn entered(&self, values: &Values) -> Values {
        let mut entered = Values::unknown();
        for item in values.iter() {
            let mut result = Values::unknown();
            for operator in self.file.semantics.enter_operators {
                for found in self.members(item.value, self.program.intern(operator)) {
                    result.extend(&self.call(&self.found_values(&found), ListId::NONE));
                }
            }
            if result.is_unknown() {
                result.add(item.value, item.rule);
            }
            entered.extend(&result.weakened(item.rule));
        }
        entered
    }

    pub(super) fn awaited(&self, values: &Values) -> Values {
        let wrapper = self.prelude_class(self.file.semantics.async_type);
        let mut awaited = Values::unknown();
        for item in values.iter() {
            match item.value {
                Value::Instance(class, args) if Some(class) == wrapper => {
                    awaited.extend(
                        &self
                            .program
                            .args_of(args)
                            .first()
                            .cloned()
                            .unwrap_or_default(),
                    );
                }
                _ => {
                    let given = self.given_by_awaiting(item);
                    if given.is_unknown() {
                        awaited.add(item.value, item.rule);
                    } else {
                        awaited.extend(&given);
                    }
                }
            }
        }
        awaited
    }

    /// What awaiting an instance of one of the prelude's types gives; unknown for everything else.
    fn given_by_awaiting(&self, item: Typed) -> Values {
        let operator = self.file.semantics.await_operator;
        let mut given = Values::unknown();
        if !operator.is_empty()
            && let Value::Instance(class, _) = item.value
            && class.file as usize >= self.program.project_files
        {
            for found in self.members(item.value, self.program.intern(operator)) {
                given.extend(&self.call(&self.found_values(&found), ListId::NONE));
            }
        }
        given
    }

    /// The good value inside `Option`, `Result` and their like.
    pub(super) fn unwrapped(&self, values: &Values) -> Values {
        let mut unwrapped = Values::unknown();
        for item in values.iter() {
            match item.value {
                Value::Instance(class, args)
                    if args != Args::NONE
                        && class.file as usize >= self.program.project_files
                        && self.program.kind(class) == NodeKind::Enum =>
                {
                    unwrapped.extend(
                        &self
                            .program
                            .args_of(args)
                            .first()
                            .cloned()
                            .unwrap_or_default(),
                    );
                }
                other => unwrapped.add(other, item.rule),
            }
        }
        unwrapped
    }
}

fn union(parts: &[Values]) -> Values {
    let mut values = Values::unknown();
    for part in parts {
        values.extend(part);
    }
    values
}
