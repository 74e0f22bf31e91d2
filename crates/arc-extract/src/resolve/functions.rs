//! Functions to values: what their parameters are given, and what calling them gives.

use arc_graph::{NodeKind, Rule};

use crate::facts::{Expr, ExprId, ListId, flag};
use crate::resolve::evaluate::{Evaluator, Memo};
use crate::resolve::hierarchy::type_of;
use crate::resolve::names::Hit;
use crate::resolve::tables::Key;
use crate::resolve::values::{Sym, Typed, Value, Values};

impl Evaluator<'_, '_> {
    pub(super) fn param_type(&self, sym: Sym, at: u32) -> Values {
        let fact = self.program.fact(sym);
        let Some(param) = fact.params.get(at as usize) else {
            return Values::unknown();
        };
        if !param.declared.is_some() {
            return Values::unknown();
        }
        if sym.file == self.index {
            self.eval_type(param.declared)
        } else {
            self.read(Key::ParamType(sym, at))
        }
    }

    /// What a parameter can be, seen from inside its function.
    pub(super) fn param_values(&self, sym: Sym, at: u32) -> Values {
        let fact = self.program.fact(sym);
        let Some(param) = fact.params.get(at as usize) else {
            return Values::unknown();
        };
        if self.is_receiver(sym, at)
            && let Some(owner) = self.hierarchy.owner(self.program, sym)
        {
            let is_class = fact.flags & flag::CLASS_METHOD != 0;
            let value = if is_class {
                Value::SelfClassOf(owner)
            } else {
                Value::SelfOf(owner)
            };
            let mut values = Values::one(value, Rule::OwnMember);
            values.extend(&self.mixed_into(owner, param.declared));
            return values;
        }
        let declared = self.eval_type(param.declared);
        if declared.is_callable_only() {
            let mut values = declared;
            values.extend(&self.read(Key::Param(sym, at)).weakened(Rule::ValueFlow));
            return values;
        }
        if !declared.is_unknown() {
            let declared = declared.weakened(Rule::DeclaredType);
            if param.kind == 1 {
                return self.list_of(declared);
            }
            if self.file.semantics.late_binding.is_some() {
                return self.with_functions(declared, &self.read(Key::Param(sym, at)));
            }
            return self.with_given(declared, || self.read(Key::Param(sym, at)));
        }
        let contextual = self.contextual(sym, at);
        if !contextual.is_unknown() {
            return contextual;
        }
        let injected = self.injected(sym, at);
        if !injected.is_unknown() {
            return injected.weakened(Rule::Injection);
        }
        let inherited = self.inherited_param(sym, at);
        if !inherited.is_unknown() {
            return self.with_given(inherited, || self.read(Key::Param(sym, at)));
        }
        let mut values = self.read(Key::Param(sym, at));
        if param.default.is_some() {
            values.extend(&self.eval(param.default));
        }
        let values = values.weakened(Rule::ValueFlow);
        if param.kind == 1 {
            self.list_of(values)
        } else {
            values
        }
    }

    /// What the method that a method replaces declares the parameter as, where types are hints that need not be said again.
    fn inherited_param(&self, sym: Sym, at: u32) -> Values {
        let mut inherited = Values::unknown();
        if !self.file.semantics.types_are_hints || self.program.kind(sym) != NodeKind::Method {
            return inherited;
        }
        let Some(owner) = self.hierarchy.owner(self.program, sym) else {
            return inherited;
        };
        let fact = self.program.fact(sym);
        let (name, param) = (self.file.global(fact.name), fact.params[at as usize].name);
        let param = self.file.global(param);
        if self.is_constructor(sym) {
            return inherited;
        }
        for &(above, _) in self.hierarchy.order(owner).iter().skip(1) {
            for member in self.hierarchy.own(above, name) {
                let Hit::Symbol(base) = self.names.member_hit(above, name, *member) else {
                    continue;
                };
                let file = self.program.file(base.file);
                let same = self.program.fact(base).params.get(at as usize);
                if same.is_some_and(|same| file.global(same.name) == param) {
                    let declared = self.param_type(base, at);
                    let is_known = |item: &Typed| !matches!(item.value, Value::TypeVar(..));
                    inherited.extend(&declared.iter().filter(is_known).collect());
                }
            }
            if !inherited.is_unknown() {
                break;
            }
        }
        inherited.weakened(Rule::InferredType)
    }

    /// What a receiver is declared as besides the type around: a part of other types says so what those have. The bound of a
    /// type parameter says nothing new.
    fn mixed_into(&self, owner: Sym, declared: ExprId) -> Values {
        if !declared.is_some() || !self.file.semantics.receiver_is_parameter {
            return Values::unknown();
        }
        let order = self.hierarchy.order(owner);
        let is_other = |item: &Typed| match item.value {
            Value::Instance(class, _) => order.iter().all(|(above, _)| *above != class),
            _ => false,
        };
        let declared = self.eval_type(declared);
        let other: Values = declared.iter().filter(is_other).collect();
        other.weakened(Rule::DeclaredType)
    }

    pub(super) fn is_receiver(&self, sym: Sym, at: u32) -> bool {
        let fact = self.program.fact(sym);
        match fact.params.get(at as usize) {
            Some(param) if param.kind == 4 => true,
            Some(_) => {
                at == 0
                    && self.program.file(sym.file).semantics.receiver_is_parameter
                    && self.program.kind(sym) == NodeKind::Method
                    && fact.flags & flag::STATIC == 0
            }
            None => false,
        }
    }

    fn list_of(&self, elements: Values) -> Values {
        let [list, ..] = self.file.semantics.literal_types;
        self.prelude_instance(list, vec![elements])
    }

    /// The parameter of a function literal, from the declared type of what it is given to.
    fn expected(&self, sym: Sym, at: u32) -> Values {
        let Some(declared) = self.file.expected_type.get(&sym.symbol) else {
            return self.expected_in_object(sym, at);
        };
        let mut values = Values::unknown();
        for item in self.signatures(&self.eval_type(*declared), sym).iter() {
            if let Value::Callable(parts) = item.value
                && let parts = self.program.args_of(parts)
                && (at as usize) + 1 < parts.len()
            {
                values.extend(&parts[at as usize].clone().weakened(item.rule));
            }
        }
        values
    }

    /// The parameter of a function literal, from the declared type of the parameter it is passed for.
    fn contextual(&self, sym: Sym, at: u32) -> Values {
        let Some((call, position)) = self.file.argument_of.get(&sym.symbol).copied() else {
            return self.expected(sym, at);
        };
        let (Expr::Call(callee, args) | Expr::New(callee, args)) = self.expr_of(call) else {
            return Values::unknown();
        };
        let mut values = Values::unknown();
        for item in self.eval(callee).iter() {
            if let Value::Callable(parts) = item.value {
                let expected = self.program.args_of(parts);
                // The last part is what the function gives.
                if (position as usize) + 1 < expected.len() {
                    let given = self.param_of(&expected[position as usize], at);
                    extend_by_types(&mut values, &given.weakened(item.rule));
                }
                continue;
            }
            let run = self.run_by(&Values::one(item.value, item.rule));
            for (function, receiver) in self.choose(run, args) {
                let mut signatures = self.called_signatures(function, receiver, args);
                if signatures.is_empty() {
                    signatures.push(function);
                }
                for signature in signatures {
                    let given = self.contextual_in((signature, receiver), (args, position), at);
                    extend_by_types(&mut values, &given.weakened(item.rule));
                }
            }
        }
        let open = |item: &Typed| !matches!(item.value, Value::TypeVar(..));
        values.iter().filter(open).collect()
    }

    /// What one function gives to the parameter `at` of the function literal that is its argument at `position`.
    fn contextual_in(
        &self,
        (function, receiver): (Sym, Option<Value>),
        (args, position): (ListId, u32),
        at: u32,
    ) -> Values {
        let skipped = self.skipped_params(function, receiver);
        let given = self.args(args).nth(position as usize);
        let named = given.and_then(|(name, _)| self.named_param(function, name?));
        let expected = self.param_type(function, named.unwrap_or(position + skipped));
        if expected.is_unknown() {
            return expected;
        }
        let substitution = self.substitution(function, receiver, args, Some(position));
        let expected = self.signatures(&expected, function);
        self.param_of(&substitution.apply(self.program, &expected), at)
    }

    /// The parameter `at` of function types.
    fn param_of(&self, functions: &Values, at: u32) -> Values {
        let mut values = Values::unknown();
        for function in functions.iter() {
            if let Value::Callable(parts) = function.value
                && let parts = self.program.args_of(parts)
                && (at as usize) + 1 < parts.len()
            {
                values.extend(&parts[at as usize]);
            }
        }
        values
    }

    /// The result of a fixture that a test names as a parameter.
    fn injected(&self, sym: Sym, at: u32) -> Values {
        match self.fixture(sym, at) {
            Some(fixture) => self.result_of(fixture),
            None => Values::unknown(),
        }
    }

    /// What a function gives, before type parameters and the receiver are put in.
    pub(super) fn result_of(&self, sym: Sym) -> Values {
        if sym.file != self.index {
            return self.read(Key::Return(sym));
        }
        let unit = self.file.unit_of_symbol(sym.symbol);
        match self.results.borrow().get(&sym.symbol) {
            Some(Memo::Done(values)) => {
                self.link(self.unit.get(), unit);
                return values.clone();
            }
            // A function that needs its own result gets the one of the round before.
            Some(Memo::Busy) => return self.read(Key::Return(sym)),
            None => {}
        }
        // What was given up is in no table.
        let known = self.known(&Key::Return(sym));
        if let Some(known) = known.filter(|_| self.is_untouched(unit)) {
            self.link(self.unit.get(), unit);
            return known.clone();
        }
        self.results.borrow_mut().insert(sym.symbol, Memo::Busy);
        let values = self.within(unit, || self.result_open(sym));
        self.results
            .borrow_mut()
            .insert(sym.symbol, Memo::Done(values.clone()));
        values
    }

    fn result_open(&self, sym: Sym) -> Values {
        let fact = self.file.symbol(sym.symbol);
        let declared = self.declared(sym);
        if !declared.is_unknown() {
            if fact.flags & flag::FIXTURE != 0 {
                return self
                    .given_by_fixture(sym, declared)
                    .weakened(Rule::DeclaredType);
            }
            let mut declared = declared.weakened(Rule::DeclaredType);
            if self.file.semantics.late_binding.is_some() {
                let mut given = Values::unknown();
                for (_, value) in self.file.returns_of(sym.symbol) {
                    given.extend(&self.functions_behind(value));
                }
                declared = self.with_functions(declared, &given);
            } else {
                declared.extend(&self.returned_functions(sym, &declared));
            }
            return self.asynchronous(fact.flags, declared);
        }
        let mut returned = Values::unknown();
        let mut yielded = Values::unknown();
        for (is_yield, value) in self.file.returns_of(sym.symbol) {
            if is_yield {
                yielded.extend(&self.eval(value))
            } else {
                returned.extend(&self.eval(value))
            }
        }
        if fact.flags & flag::FIXTURE != 0 {
            returned.extend(&yielded);
            return returned.weakened(Rule::InferredType);
        }
        if fact.flags & flag::GENERATOR != 0 {
            return self
                .prelude_instance(self.file.semantics.generator_type, vec![yielded])
                .weakened(Rule::InferredType);
        }
        self.asynchronous(fact.flags, returned.weakened(Rule::InferredType))
    }

    /// What tests get of a fixture that is declared: what it yields, where it yields something.
    fn given_by_fixture(&self, sym: Sym, declared: Values) -> Values {
        let yields = self
            .file
            .returns_of(sym.symbol)
            .any(|(is_yield, _)| is_yield);
        let yielded = if yields {
            self.entered(&declared)
        } else {
            Values::unknown()
        };
        if yielded.is_unknown() {
            declared
        } else {
            yielded
        }
    }

    /// Where a result is declared as a function, the functions that are returned say more.
    fn returned_functions(&self, sym: Sym, declared: &Values) -> Values {
        let is_function = |item: Typed| matches!(item.value, Value::Callable(_));
        let mut functions = Values::unknown();
        if declared.iter().any(is_function) {
            for (is_yield, value) in self.file.returns_of(sym.symbol) {
                if !is_yield {
                    functions.extend(&self.eval(value).functions());
                }
            }
        }
        functions.weakened(Rule::InferredType)
    }

    fn asynchronous(&self, flags: u32, values: Values) -> Values {
        let wrapper = self.file.semantics.async_type;
        if flags & flag::ASYNC == 0 || wrapper.is_empty() {
            return values;
        }
        let Some(wrapper_class) = self.prelude_class(wrapper) else {
            return values;
        };
        let is_wrapped = |item: Typed| type_of(item.value) == Some(wrapper_class);
        if values.iter().any(is_wrapped) {
            values
        } else {
            self.prelude_instance(wrapper, vec![values])
        }
    }
}

/// Adds values of which nothing of the same type is there: signatures of one function often give one type with other
/// arguments, and all of them would be too many.
fn extend_by_types(values: &mut Values, given: &Values) {
    let is_new = |item: &Typed| {
        let class = type_of(item.value);
        class.is_none() || values.iter().all(|known| type_of(known.value) != class)
    };
    let new: Values = given.iter().filter(is_new).collect();
    values.extend(&new);
}
