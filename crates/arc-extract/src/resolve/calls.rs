//! Calls: what is called, what comes back, and what flows into parameters.

use std::sync::Arc;

use arc_graph::{NodeKind, Rule};

use crate::facts::{ListId, Name, flag};
use crate::resolve::evaluate::{Evaluator, Members};
use crate::resolve::generics::{Substitution, may_change};
use crate::resolve::hierarchy::{first_type, type_of};
use crate::resolve::members::is_instance;
use crate::resolve::names::{Busy, Hit};
use crate::resolve::values::{Args, OutsideName, Sym, Typed, Value, Values};

/// Types nested deeper than this are not matched.
const MAX_UNIFY_DEPTH: u32 = 4;

/// A call of one function.
struct Arguments {
    function: Sym,
    receiver: Option<Value>,
    args: ListId,
    /// The position of an argument that is not to be looked at.
    except: Option<u32>,
}

impl Evaluator<'_, '_> {
    /// What calling `callee` gives.
    pub(super) fn call(&self, callee: &Values, args: ListId) -> Values {
        let mut values = Values::unknown();
        if !self.deepen() {
            return values;
        }
        let chosen = self.chosen(callee, args);
        for item in callee.iter() {
            let result = match item.value {
                Value::Function(_) | Value::Bound(..) => match self.callable(item.value) {
                    Some((function, _)) if !is_chosen(chosen.as_deref(), function) => continue,
                    Some((function, receiver)) => {
                        let mut result = self.apply(function, receiver, args);
                        if let Some(found) = self.looked_up(function, receiver, args) {
                            result = self.with_lookup(result, &found);
                        }
                        result
                    }
                    None => Values::unknown(),
                },
                Value::Class(class, class_args) => self.construct(class, class_args, args),
                Value::SelfClassOf(class) => Values::one(Value::SelfOf(class), Rule::LocalType),
                Value::Variant(variant) => self.make_variant(variant, args),
                Value::Instance(..) | Value::SelfOf(_) => self.call_instance(item.value, args),
                Value::Callable(parts) => self
                    .program
                    .args_of(parts)
                    .last()
                    .cloned()
                    .unwrap_or_default(),
                Value::TypeVar(owner, at) => self.call_bound(owner, at),
                Value::Outside(name) => self.call_outside(&self.program.text(name.name()), args),
                Value::OutsideInstance(_) => {
                    Values::one(Value::OutsideInstance(OutsideName::UNNAMED), item.rule)
                }
                Value::Module(file) => {
                    let hits =
                        self.names
                            .exported(file, self.program.intern("="), &mut Busy::new());
                    self.call(&self.hits_values(&hits, Rule::Import), args)
                }
                Value::SuperOf(..)
                | Value::Namespace(_)
                | Value::Made(..)
                | Value::Text(_)
                | Value::Tuple(_) => Values::unknown(),
            };
            values.extend(&result.weakened(item.rule));
        }
        self.surface();
        values
    }

    /// The functions that run when `callee` is called, constructors included.
    pub(super) fn run_by(&self, callee: &Values) -> Vec<(Sym, Option<Value>)> {
        let mut functions = Vec::new();
        for item in callee.iter() {
            let members = match item.value {
                Value::Function(_) | Value::Bound(..) => {
                    functions.extend(self.callable(item.value));
                    continue;
                }
                Value::Class(class, _) | Value::SelfClassOf(class) => self.constructors(class),
                Value::SuperOf(class, skipped) => {
                    match self.hierarchy.order(class).get(skipped as usize) {
                        Some((above, _)) => self.constructors(*above),
                        None => continue,
                    }
                }
                Value::Instance(..) | Value::SelfOf(_)
                    if !self.file.semantics.call_operator.is_empty() =>
                {
                    self.members(
                        item.value,
                        self.program.intern(self.file.semantics.call_operator),
                    )
                }
                _ => continue,
            };
            functions.extend(members.iter().filter_map(|found| match found.hit {
                Hit::Symbol(sym) => Some((sym, Some(found.receiver))),
                _ => None,
            }));
        }
        functions
    }

    /// A function value with its receiver.
    pub(super) fn callable(&self, value: Value) -> Option<(Sym, Option<Value>)> {
        match value {
            Value::Function(function) => Some((function, None)),
            Value::Bound(function, receiver) => {
                Some((function, Some(self.program.received(receiver))))
            }
            _ => None,
        }
    }

    /// The parameter that an argument names.
    pub(super) fn named_param(&self, function: Sym, name: Name) -> Option<u32> {
        let file = self.program.file(function.file);
        let name = self.file.global(name);
        let mut params = self.program.fact(function).params.iter();
        let at = params.position(|param| file.global(param.name) == name)?;
        Some(at as u32)
    }

    /// Leading parameters that are not filled by arguments.
    pub(super) fn skipped_params(&self, function: Sym, receiver: Option<Value>) -> u32 {
        if !self.is_receiver(function, 0) {
            return 0;
        }
        let is_class_method = self.program.has_flag(function, flag::CLASS_METHOD);
        let fills = |receiver: Value| {
            is_class_method
                || is_instance(receiver)
                || !matches!(receiver, Value::Class(..) | Value::SelfClassOf(_))
        };
        let by_constructor = self.is_constructor(function);
        u32::from(by_constructor || receiver.is_some_and(fills))
    }

    pub(super) fn is_constructor(&self, function: Sym) -> bool {
        if self.program.has_flag(function, flag::CONSTRUCTOR) {
            return true;
        }
        let file = self.program.file(function.file);
        let name = file.facts.text(file.symbol(function.symbol).name);
        self.program.kind(function) == NodeKind::Method
            && file.semantics.constructors.contains(&name)
    }

    fn apply(&self, function: Sym, receiver: Option<Value>, args: ListId) -> Values {
        let mut values = Values::unknown();
        for signature in self.called_signatures(function, receiver, args) {
            values.extend(&self.apply_one(signature, receiver, args));
        }
        if values.is_unknown() {
            values = self.apply_one(function, receiver, args);
        } else if values
            .iter()
            .any(|item| matches!(item.value, Value::Callable(_)))
        {
            // Which function that is only the body says.
            values.extend(&self.result_of(function).functions());
        }
        values
    }

    fn apply_one(&self, function: Sym, receiver: Option<Value>, args: ListId) -> Values {
        let result = self.result_of(function);
        if !may_change(&result) {
            return result;
        }
        let result = self
            .substitution(function, receiver, args, None)
            .apply(self.program, &result);
        self.chosen_by_key(result)
    }

    /// What stands for the type parameters of a function and of its receiver's type in one call. The argument at
    /// `except` is not looked at.
    pub(super) fn substitution(
        &self,
        function: Sym,
        receiver: Option<Value>,
        args: ListId,
        except: Option<u32>,
    ) -> Substitution {
        let mut known = Vec::new();
        if let (
            Some(Value::Instance(class, class_args) | Value::Class(class, class_args)),
            Some(owner),
        ) = (
            receiver.map(|receiver| self.bounded(receiver)),
            self.hierarchy.owner(self.program, function),
        ) {
            let order = self.hierarchy.order(class);
            let above = order
                .iter()
                .find(|(above, _)| *above == owner)
                .map(|(_, args)| *args);
            let own = self.program.args_of(class_args);
            if owner == class {
                known.extend(self.implementation_args(function, owner, &own));
                known.push((owner, own));
            } else if let Some(above) = above {
                let passed = self.program.args_of(above);
                let passed = passed
                    .iter()
                    .map(|values| super::generics::replace(self.program, values, class, &own));
                known.push((owner, passed.collect()));
            }
        }
        let call = Arguments {
            function,
            receiver,
            args,
            except,
        };
        let own = self.inferred_args(&call, function);
        known.extend(own.map(|own| (function, own)));
        let mut this = receiver;
        if let Some(Value::Class(class, class_args)) = receiver
            && self.says_nothing(class_args)
            && let Some((owner, inferred, args)) = self.inferred_type(&call, class)
        {
            known.retain(|(known, _)| *known != owner);
            known.push((owner, inferred));
            this = Some(Value::Class(class, args));
        }
        Substitution { known, this }
    }

    /// Whether type arguments are no more than the parameters of an alias that was named without any.
    fn says_nothing(&self, args: Args) -> bool {
        let is_open = |item: Typed| matches!(item.value, Value::TypeVar(owner, _) if self.program.kind(owner) == NodeKind::TypeAlias);
        let args = self.program.args_of(args);
        args.iter().all(|values| values.iter().all(is_open))
    }

    /// What the type parameters of a type are when a function that belongs to the type itself gets these arguments, and the
    /// type's arguments by that: `Rc::new(x)` is an `Rc` of what `x` is.
    fn inferred_type(&self, call: &Arguments, class: Sym) -> Option<(Sym, Arc<[Values]>, Args)> {
        let is_known = |inferred: &Arc<[Values]>| !inferred.iter().all(Values::is_unknown);
        match self.hierarchy.implementation(self.program, call.function) {
            Some((extension, extended, target)) => {
                let inferred = self.inferred_args(call, extension).filter(is_known)?;
                if extended != class {
                    return None;
                }
                let target = self.program.args_of(target);
                let args = target.iter().map(|values| {
                    super::generics::replace(self.program, values, extension, &inferred)
                });
                let args = self.program.intern_args(args.collect());
                Some((extension, inferred, args))
            }
            None => {
                let inferred = self.inferred_args(call, class).filter(is_known)?;
                let args = self.program.intern_args(inferred.to_vec());
                Some((class, inferred, args))
            }
        }
    }

    /// A type parameter as what its bound says of it, the receiver of the code around as an instance of its type.
    fn bounded(&self, receiver: Value) -> Value {
        match receiver {
            Value::SelfOf(class) => Value::Instance(class, self.own_args(class)),
            Value::TypeVar(owner, at) => {
                let bound = self.bound(owner, at);
                let items = bound.iter().filter(
                    |item| matches!(item.value, Value::Instance(_, args) if args != Args::NONE),
                );
                first_type(items).unwrap_or(receiver)
            }
            _ => receiver,
        }
    }

    /// What the type parameters of the extension that `function` is written in are, when its type has these arguments.
    pub(super) fn implementation_args(
        &self,
        function: Sym,
        class: Sym,
        args: &[Values],
    ) -> Option<(Sym, Arc<[Values]>)> {
        let (extension, extended, target) =
            self.hierarchy.implementation(self.program, function)?;
        if extended != class {
            return None;
        }
        let count = self.program.fact(extension).type_params.len();
        let mut known = vec![Values::unknown(); count];
        for (expected, actual) in self.program.args_of(target).iter().zip(args) {
            self.unify(expected, actual, extension, &mut known, 0);
        }
        Some((extension, known.into()))
    }

    /// Function types among `values`, those behind type parameters of `owner` included.
    pub(super) fn signatures(&self, values: &Values, owner: Sym) -> Values {
        let mut signatures = Values::unknown();
        for item in values.iter() {
            match item.value {
                Value::TypeVar(known, at) if known == owner => {
                    signatures.extend(&self.bound(known, at))
                }
                Value::Instance(..) => signatures.extend(&self.functional(item)),
                other => signatures.add(other, item.rule),
            }
        }
        signatures
            .iter()
            .filter(|item| matches!(item.value, Value::Callable(_)))
            .collect()
    }

    /// What the type parameters of `owner` are in a call; `None` when it has none.
    fn inferred_args(&self, call: &Arguments, owner: Sym) -> Option<Arc<[Values]>> {
        let count = self.program.fact(owner).type_params.len();
        let skipped = self.skipped_params(call.function, call.receiver);
        if count == 0 || !call.args.is_some() && skipped == 0 {
            return None;
        }
        let mut inferred = vec![Values::unknown(); count];
        if let Some(receiver) = call.receiver.filter(|_| skipped > 0) {
            // `def add(self: T) -> T`, `def make(cls: type[T]) -> T`
            let receiver = self.instances(&Values::one(receiver, Rule::Scope));
            let expected = self.param_type(call.function, 0);
            self.unify(&expected, &receiver, owner, &mut inferred, 0);
        }
        for (position, (name, arg)) in self.args(call.args).enumerate() {
            if call.except == Some(position as u32) {
                continue;
            }
            let named = name.and_then(|name| self.named_param(call.function, name));
            let at = named.unwrap_or(position as u32 + skipped);
            let expected = self.param_type(call.function, at);
            if !expected.is_unknown() {
                self.unify(&expected, &self.eval(arg), owner, &mut inferred, 0);
            }
        }
        Some(inferred.into())
    }

    /// Finds what the type parameters of `owner` must be for `actual` to fit `expected`.
    pub(super) fn unify(
        &self,
        expected: &Values,
        actual: &Values,
        owner: Sym,
        out: &mut [Values],
        depth: u32,
    ) {
        if depth > MAX_UNIFY_DEPTH {
            return;
        }
        for wanted in expected.iter() {
            match wanted.value {
                Value::TypeVar(known, at) if known == owner => {
                    if let Some(slot) = out.get_mut(at as usize) {
                        slot.extend(actual);
                    }
                    let bound = self.signatures(&Values::one(wanted.value, wanted.rule), owner);
                    if !bound.is_unknown() {
                        self.unify(&bound, actual, owner, out, depth + 1);
                    }
                }
                Value::Instance(class, args) if args != Args::NONE => {
                    let expected = self.program.args_of(args);
                    for item in actual.iter() {
                        if matches!(item.value, Value::Function(_) | Value::Bound(..)) {
                            let function = Values::one(item.value, item.rule);
                            let signature = self.functional(wanted);
                            self.unify(&signature, &function, owner, out, depth + 1);
                            continue;
                        }
                        let actual = self.args_as(item.value, class);
                        for (expected, actual) in expected.iter().zip(&actual) {
                            self.unify(expected, actual, owner, out, depth + 1);
                        }
                    }
                }
                Value::Tuple(args) => {
                    for (at, expected) in self.program.args_of(args).iter().enumerate() {
                        self.unify(
                            expected,
                            &self.item(actual, at as u32),
                            owner,
                            out,
                            depth + 1,
                        );
                    }
                }
                Value::Callable(parts) => {
                    let parts = self.program.args_of(parts);
                    if let Some(result) = parts.last() {
                        for actual in actual.iter() {
                            let actual =
                                self.call(&Values::one(actual.value, actual.rule), ListId::NONE);
                            self.unify(result, &actual, owner, out, depth + 1);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// The arguments of a value's type seen as `class`.
    pub(super) fn args_as(&self, value: Value, class: Sym) -> Vec<Values> {
        match value {
            Value::Instance(actual, args) if actual == class => self.program.args_of(args).to_vec(),
            Value::Instance(actual, args) => {
                let order = self.hierarchy.order(actual);
                let Some((_, above)) = order.iter().find(|(above, _)| *above == class) else {
                    return vec![self.elements(&Values::one(value, Rule::Scope), 1)];
                };
                let own = self.program.args_of(args);
                let above = self.program.args_of(*above);
                above
                    .iter()
                    .map(|values| super::generics::replace(self.program, values, actual, &own))
                    .collect()
            }
            Value::Made(file, expr) => vec![self.made_elements(file, expr)],
            Value::Tuple(_) | Value::SelfOf(_) => {
                vec![self.elements(&Values::one(value, Rule::Scope), 1)]
            }
            _ => Vec::new(),
        }
    }

    /// Where any function can be a constructor, what it builds is an instance of it.
    pub(super) fn built_by_functions(&self, callee: &Values) -> Values {
        let has_constructors = self.file.semantics.explicit_exports;
        let built = callee.iter().filter_map(|item| match item.value {
            Value::Function(function)
                if has_constructors && self.program.kind(function) == NodeKind::Function =>
            {
                Some(Typed {
                    value: Value::Instance(function, Args::NONE),
                    rule: item.rule.max(Rule::LocalType),
                })
            }
            _ => None,
        });
        built.collect()
    }

    fn construct(&self, class: Sym, class_args: Args, args: ListId) -> Values {
        let mut class_args = class_args;
        let count = self.program.fact(class).type_params.len();
        if class_args == Args::NONE && count > 0 && args.is_some() {
            class_args = self
                .program
                .intern_args(self.constructed_args(class, args, count));
        }
        self.made_otherwise(class, class_args, args)
            .unwrap_or_else(|| Values::one(Value::Instance(class, class_args), Rule::LocalType))
    }

    /// What a constructor that gives the object itself (`__new__`) is declared to give, where that is no instance of the type.
    fn made_otherwise(&self, class: Sym, class_args: Args, args: ListId) -> Option<Values> {
        if !self.file.semantics.types_are_hints {
            return None;
        }
        let is_own = |item: Typed| match item.value {
            Value::Tuple(_) | Value::Callable(_) => false,
            Value::Instance(made, _) => {
                let has = |of: Sym, other: Sym| {
                    let order = self.hierarchy.order(of);
                    order.iter().any(|(above, _)| *above == other)
                };
                has(made, class) || has(class, made)
            }
            _ => true,
        };
        let gives = flag::CONSTRUCTOR | flag::STATIC;
        for found in self.constructors_by_name(class).flatten() {
            let Hit::Symbol(constructor) = found.hit else {
                continue;
            };
            let fact = self.program.fact(constructor);
            if fact.flags & gives != gives || !fact.declared.is_some() {
                continue;
            }
            let receiver = Value::Class(class, class_args);
            let made = self.apply_one(constructor, Some(receiver), args);
            if !made.is_unknown() && !made.iter().any(is_own) {
                return Some(made);
            }
        }
        None
    }

    fn constructed_args(&self, class: Sym, args: ListId, count: usize) -> Vec<Values> {
        let mut inferred = vec![Values::unknown(); count];
        for found in self.constructors(class) {
            let Hit::Symbol(constructor) = found.hit else {
                continue;
            };
            let skipped = u32::from(self.is_receiver(constructor, 0));
            for (position, (name, arg)) in self.args(args).enumerate() {
                let named = name.and_then(|name| self.named_param(constructor, name));
                let at = named.unwrap_or(position as u32 + skipped);
                let expected = self.param_type(constructor, at);
                if !expected.is_unknown() {
                    self.unify(&expected, &self.eval(arg), class, &mut inferred, 0);
                }
            }
        }
        // The head of the type says what it is made of.
        for (position, (name, arg)) in self.args(args).enumerate() {
            let named = name.and_then(|name| self.named_param(class, name));
            let expected = self.param_type(class, named.unwrap_or(position as u32));
            if !expected.is_unknown() {
                self.unify(&expected, &self.eval(arg), class, &mut inferred, 0);
            }
        }
        if inferred.iter().all(Values::is_unknown) {
            // A literal with named fields: the fields' declared types say which parameter each value is for.
            for (name, arg) in self.args(args) {
                let Some(name) = name else { continue };
                let name = self.file.global(name);
                for member in self.hierarchy.own(class, name) {
                    let hit = self.names.member_hit(class, name, *member);
                    let expected = self.hit_values(&hit, Rule::Scope);
                    self.unify(&expected, &self.eval(arg), class, &mut inferred, 0);
                }
            }
        }
        inferred
    }

    /// The constructors of a type, its own or the nearest inherited ones, of the first name that there are any of.
    pub(super) fn constructors(&self, class: Sym) -> Members {
        self.constructors_by_name(class).next().unwrap_or_default()
    }

    /// The constructors of a type, its own or the nearest inherited ones: one of each of these runs when an instance is made.
    pub(super) fn constructors_by_name(&self, class: Sym) -> impl Iterator<Item = Members> {
        let file = self.program.file(class.file);
        let value = Value::Instance(class, Args::NONE);
        let of_its_name = file.semantics.constructors.is_empty().then(|| {
            let name = file.global(file.symbol(class.symbol).name);
            let mut found = self.members(value, name);
            found.retain(|found| {
                matches!(found.hit, Hit::Symbol(sym) if self.program.has_flag(sym, flag::CONSTRUCTOR))
            });
            found
        });
        let named = file.semantics.constructors.iter().map(move |name| {
            let mut found = self.members(value, self.program.intern(name));
            let nearest = found
                .first()
                .and_then(|found| found.owner)
                .map(|(owner, _)| owner);
            // Where constructors are told apart by their arguments they are not inherited.
            if found.iter().any(|found| found.owner.is_none())
                || file.semantics.overloads && nearest != Some(class)
            {
                return Members::new();
            }
            found.retain(|found| found.owner.map(|(owner, _)| owner) == nearest);
            found
        });
        of_its_name
            .into_iter()
            .chain(named)
            .filter(|found| !found.is_empty())
    }

    fn make_variant(&self, variant: Sym, args: ListId) -> Values {
        let Some(class) = self.enum_of(variant) else {
            return Values::unknown();
        };
        let count = self.program.fact(class).type_params.len();
        let mut inferred = vec![Values::unknown(); count];
        for (position, (_, arg)) in self.args(args).enumerate() {
            let expected = self.param_type(variant, position as u32);
            self.unify(&expected, &self.eval(arg), class, &mut inferred, 0);
        }
        Values::one(
            Value::Instance(class, self.program.intern_args(inferred)),
            Rule::LocalType,
        )
    }

    /// Runs the call operator of an instance. An operator that is itself a value with an operator is not followed.
    fn call_instance(&self, value: Value, args: ListId) -> Values {
        let mut values = Values::unknown();
        if let Some(class) = type_of(value) {
            // A type that is defined as a function type is called like one.
            for item in self.declared(class).iter() {
                if let Value::Callable(parts) = item.value
                    && let Some(result) = self.program.args_of(parts).last()
                {
                    values.extend(result);
                }
            }
        }
        let operator = self.file.semantics.call_operator;
        if operator.is_empty() {
            if let Value::Instance(class, args) = value {
                values.extend(&self.call_behind(class, args));
            }
            return values;
        }
        for found in self.members(value, self.program.intern(operator)) {
            for item in self.found_values(&found).iter() {
                if let Some((function, receiver)) = self.callable(item.value) {
                    values.extend(&self.apply(function, receiver, args).weakened(item.rule));
                }
            }
        }
        values
    }

    fn call_bound(&self, owner: Sym, at: u32) -> Values {
        let mut values = Values::unknown();
        for item in self.bound(owner, at).iter() {
            if let Value::Callable(parts) = item.value {
                values.extend(
                    &self
                        .program
                        .args_of(parts)
                        .last()
                        .cloned()
                        .unwrap_or_default(),
                );
            }
        }
        values
    }

    fn call_outside(&self, name: &str, args: ListId) -> Values {
        if self.file.semantics.transparent.contains(&name)
            && let Some((_, first)) = self.args(args).next()
        {
            return self.eval(first);
        }
        let of = self.named_outside(self.program.outside(name));
        Values::one(Value::OutsideInstance(of), Rule::Import)
    }
}

/// Whether a function is one of those that fit, when there was a choice.
fn is_chosen(chosen: Option<&[(Sym, Option<Value>)]>, function: Sym) -> bool {
    chosen.is_none_or(|chosen| chosen.iter().any(|(sym, _)| *sym == function))
}
