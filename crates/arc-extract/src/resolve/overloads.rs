//! Which of several functions of one name a call means, and function types written as interfaces.

use arc_graph::NodeKind;

use crate::facts::{Expr, ExprId, ListId, Name, ParamFact, flag};
use crate::languages::Arity;
use crate::resolve::evaluate::Evaluator;
use crate::resolve::generics::Substitution;
use crate::resolve::hierarchy::type_of;
use crate::resolve::names::Hit;
use crate::resolve::values::{Args, NameId, OutsideName, Sym, Typed, Value, Values};

/// The names of the type above all others, in the preludes that have one.
const ROOTS: &[&str] = &["Any", "AnyObject", "Object", "any", "object"];
/// The one that every type is below, where the prelude has it.
const ROOT: &str = "Object";
/// The literal without a type; it fits all but primitive types, best the most special one.
const NULL: &str = "null";
/// A candidate that takes another number of arguments.
const UNFIT: i32 = -1000;

/// How well anything fits where anything does.
const ANY_FITS: i32 = 10;
/// How well a text fits a type that is surely another one: no other argument makes up for it.
const NEVER_FITS: i32 = -200;
/// How well [`NULL`] fits a type of objects.
const NULL_FITS: i32 = 20;

type Candidate = (Sym, Option<Value>);

/// Where the arguments of a call go in a function.
struct Slots {
    /// The parameter of each argument; `None` where it has none.
    places: Vec<Option<u32>>,
    /// The parameters after those at the start that take no argument.
    count: usize,
    /// The one of them that takes all further arguments.
    rest: Option<usize>,
    /// Each argument has a parameter, and each parameter that must have one an argument.
    takes_all: bool,
}

/// An argument of a call.
struct Given {
    is_null: bool,
    values: Values,
    /// The same with the types of literals.
    typed: Values,
}

impl Evaluator<'_, '_> {
    /// The functions among `callee` that a call with `args` runs; `None` when there is no choice to make.
    pub(super) fn chosen(&self, callee: &Values, args: ListId) -> Option<Vec<Candidate>> {
        if callee.len() < 2 || !args.is_some() {
            return None;
        }
        let candidates: Vec<Candidate> = callee
            .iter()
            .filter_map(|item| self.callable(item.value))
            .collect();
        let is_choice = candidates.len() > 1
            && (self.file.semantics.overloads || self.are_signatures(&candidates));
        is_choice.then(|| self.choose(candidates, args))
    }

    /// Of several functions of one name and one receiver, those that the arguments fit best; of equally good ones, those
    /// of the nearest type.
    pub(super) fn choose(&self, candidates: Vec<Candidate>, args: ListId) -> Vec<Candidate> {
        if candidates.len() < 2 || !args.is_some() {
            return candidates;
        }
        let given: Vec<(Option<Name>, ExprId)> = self.args(args).collect();
        let has_spread = given
            .iter()
            .any(|(_, arg)| matches!(self.expr_of(*arg), Expr::Spread(_)));
        let slots: Vec<Option<Slots>> = candidates
            .iter()
            .map(|(function, receiver)| {
                let slots = self.slots(*function, *receiver, &given);
                Some(slots).filter(|slots| has_spread || slots.takes_all)
            })
            .collect();
        // Where only one takes so many arguments, they need not be looked at.
        let is_open = slots.iter().flatten().count() > 1;
        let given: Vec<Given> = given
            .iter()
            .filter(|_| is_open)
            .map(|(_, arg)| self.given(*arg))
            .collect();
        let ranks: Vec<(i32, i32)> = candidates
            .iter()
            .zip(&slots)
            .map(|((function, receiver), slots)| {
                let fitness = slots.as_ref().map_or(UNFIT, |slots| {
                    if is_open {
                        self.fitness(*function, slots, &given)
                    } else {
                        0
                    }
                });
                (fitness, -self.distance(*function, *receiver))
            })
            .collect();
        let is_beaten = |at: usize| {
            let rivals = candidates.iter().zip(&ranks);
            let (function, receiver) = candidates[at];
            let mut rivals = rivals.filter(|((_, other), _)| *other == receiver);
            // What a variable may hold are no overloads: any of them runs that takes the arguments at all.
            rivals.any(|((other, _), rank)| {
                *rank > ranks[at]
                    && (ranks[at].0 == UNFIT
                        || self.file.semantics.overloads
                        || self.are_definitions_of_one(function, *other))
            })
        };
        let beaten: Vec<bool> = (0..candidates.len()).map(is_beaten).collect();
        let kept = candidates.into_iter().zip(beaten);
        kept.filter(|(_, beaten)| !beaten)
            .map(|(candidate, _)| candidate)
            .collect()
    }

    /// Whether two functions are definitions of one name in one place.
    fn are_definitions_of_one(&self, one: Sym, other: Sym) -> bool {
        let name = |sym: Sym| {
            self.program
                .file(sym.file)
                .global(self.program.fact(sym).name)
        };
        let parent = |sym: Sym| self.program.fact(sym).parent;
        (one.file == other.file && parent(one) == parent(other)
            || self.hierarchy.owner(self.program, one).is_some()
                && self.hierarchy.owner(self.program, other).is_some())
            && name(one) == name(other)
    }

    /// Whether two functions take the same number of parameters of the same declared types.
    pub(super) fn same_parameters(&self, a: Sym, b: Sym) -> bool {
        let count = self.program.fact(a).params.len();
        count == self.program.fact(b).params.len()
            && (0..count as u32).all(|at| {
                let types = |sym: Sym| -> Vec<Value> {
                    self.param_type(sym, at)
                        .iter()
                        .map(|item| item.value)
                        .collect()
                };
                types(a) == types(b)
            })
    }

    /// Which of the methods of one name in a base type a method replaces.
    pub(super) fn overridden(&self, method: Sym, bases: &[Sym]) -> Option<Sym> {
        if !self.file.semantics.overloads {
            return bases.first().copied();
        }
        let count = self.program.fact(method).params.len();
        let fits = |base: &&Sym| {
            self.program.fact(**base).params.len() == count && self.may_replace(method, **base)
        };
        let exact = bases
            .iter()
            .find(|base| self.same_parameters(method, **base));
        // A type parameter of the base is another type below it.
        exact.or_else(|| bases.iter().find(fits)).copied()
    }

    /// Members that even something outside has, from the type above all others.
    pub(super) fn root_member_values(&self, base: Typed, name: NameId) -> Values {
        if !self.file.semantics.overloads {
            return Values::unknown();
        }
        match self.prelude_class(ROOT) {
            Some(root) if !self.hierarchy.own(root, name).is_empty() => {
                let value = Value::Instance(root, Args::NONE);
                self.member_values(Typed { value, ..base }, name, false)
            }
            _ => Values::unknown(),
        }
    }

    /// How far above the receiver's type the function is declared.
    fn distance(&self, function: Sym, receiver: Option<Value>) -> i32 {
        let Some(class) = receiver.and_then(type_of) else {
            return 0;
        };
        let owner = self.hierarchy.owner(self.program, function);
        let order = self.hierarchy.order(class);
        let at = order.iter().position(|(above, _)| Some(*above) == owner);
        at.map_or(0, |at| at as i32)
    }

    /// Where the arguments of a call go.
    fn slots(
        &self,
        function: Sym,
        receiver: Option<Value>,
        given: &[(Option<Name>, ExprId)],
    ) -> Slots {
        let fact = self.program.fact(function);
        let skipped = (self.skipped_params(function, receiver) as usize).min(fact.params.len());
        let params = &fact.params[skipped..];
        let is_exact = self.file.semantics.arity == Arity::Exact;
        let rest = params
            .iter()
            .position(|param| param.kind == 1 || param.kind == 2);
        let place = |(position, (name, _)): (usize, &(Option<Name>, ExprId))| {
            if let Some(name) = *name {
                let any = || fact.params.iter().position(|param| param.kind == 2);
                let named = self.named_param(function, name);
                let named = named.or_else(|| any().map(|at| at as u32));
                if named.is_some() || is_exact {
                    return named;
                }
            }
            let at = rest.map_or(position, |rest| position.min(rest));
            // What takes names alone takes nothing by its place.
            let takes = |param: &&ParamFact| !is_exact || matches!(param.kind, 0 | 1 | 4);
            let is_taken = params.get(at).filter(takes).is_some();
            is_taken.then_some((at + skipped) as u32)
        };
        let places: Vec<Option<u32>> = given.iter().enumerate().map(place).collect();
        let is_given = |at: usize| places.contains(&Some((at + skipped) as u32));
        let must_have = params.iter().enumerate().filter(|(_, param)| {
            !param.default.is_some() && (param.kind == 0 || param.kind == 3 && is_exact)
        });
        let has_all = if is_exact {
            must_have.map(|(at, _)| at).all(is_given)
        } else {
            let count = must_have.count();
            given.len() >= count || given.len() >= self.must_fill(function, count)
        };
        Slots {
            count: params.len(),
            rest,
            takes_all: has_all && places.iter().all(Option::is_some),
            places,
        }
    }

    /// How many parameters a call has to fill: what has a default in the declaration need not say so again in the definition
    /// (C++).
    fn must_fill(&self, function: Sym, own: usize) -> usize {
        let owner = self.hierarchy.owner(self.program, function);
        let Some(class) = owner.filter(|_| self.file.semantics.overloads) else {
            return own;
        };
        let fact = self.program.fact(function);
        let name = self.program.file(function.file).global(fact.name);
        let others = self.hierarchy.own(class, name).iter();
        let others =
            others.filter_map(|member| match self.names.member_hit(class, name, *member) {
                Hit::Symbol(sym) => Some(sym),
                _ => None,
            });
        let declared = others.filter(|other| {
            *other != function
                && self.program.has_flag(*other, flag::DECLARATION)
                && self.program.fact(*other).params.len() == fact.params.len()
                && self.same_parameters(*other, function)
        });
        let without_default = |param: &&ParamFact| !param.default.is_some() && param.kind == 0;
        let counts = declared.map(|other| {
            let params = &self.program.fact(other).params;
            params.iter().filter(without_default).count()
        });
        counts.min().map_or(own, |least| least.min(own))
    }

    fn given(&self, arg: ExprId) -> Given {
        let is_null =
            matches!(self.expr_of(arg), Expr::Literal(name) if self.file.facts.text(name) == NULL);
        let values = if is_null {
            Values::unknown()
        } else {
            self.eval(arg)
        };
        Given {
            is_null,
            typed: self.as_prelude(&values),
            values,
        }
    }

    fn fitness(&self, function: Sym, slots: &Slots, given: &[Given]) -> i32 {
        let mut score = if slots.rest.is_some() { -5 } else { 0 };
        for (position, arg) in given.iter().enumerate() {
            let Some(at) = slots.places[position] else {
                continue;
            };
            let expected = self.param_type(function, at);
            // The last argument may be all of the rest at once.
            let is_whole = slots.rest == Some(position) && given.len() == slots.count;
            if arg.is_null {
                let whole = if is_whole {
                    NULL_FITS
                } else {
                    self.fits_null(&expected)
                };
                score += whole;
                continue;
            }
            let texts = self.fits_texts(function, at, &arg.values);
            let fit = texts.unwrap_or_else(|| self.fits(&expected, &arg.typed));
            let parts = if is_whole {
                self.as_prelude(&self.array_elements(&arg.values))
            } else {
                Values::unknown()
            };
            score += if parts.is_unknown() {
                fit
            } else {
                fit.max(self.fits(&expected, &parts))
            };
        }
        score
    }

    /// The elements of the arrays among the values.
    fn array_elements(&self, values: &Values) -> Values {
        let array = self.array_class();
        let mut elements = Values::unknown();
        for item in values.iter() {
            if let Value::Instance(class, args) = item.value
                && Some(class) == array
                && let Some(element) = self.program.args_of(args).first()
            {
                elements.extend(element);
            }
        }
        elements
    }

    /// How well a value, as [`Evaluator::as_prelude`] has it, fits a declared type: 40 the same type, 16 to 38 a type below
    /// it, 10 where anything fits, 0 unknown, less when it is another type.
    fn fits(&self, expected: &Values, actual: &Values) -> i32 {
        let takes_all = |item: Typed| match item.value {
            Value::TypeVar(..) => true,
            Value::Instance(class, _) => self.is_root(class),
            _ => false,
        };
        if actual.is_unknown() {
            return if expected.iter().any(takes_all) {
                ANY_FITS
            } else {
                0
            };
        }
        let mut best: Option<i32> = None;
        for expected in expected.iter() {
            for actual in actual.iter() {
                let score = match self.bound_of(expected) {
                    Some(bound) => self.fits_bound(&bound, actual.value),
                    None if takes_all(expected) => ANY_FITS,
                    None => self.fits_one(expected, actual.value),
                };
                best = Some(best.map_or(score, |best| best.max(score)));
            }
        }
        best.unwrap_or(0)
    }

    /// What a type parameter asks of the types that stand for it.
    fn bound_of(&self, expected: Typed) -> Option<Values> {
        match expected.value {
            Value::TypeVar(owner, at) => {
                Some(self.bound(owner, at)).filter(|bound| !bound.is_unknown())
            }
            _ => None,
        }
    }

    /// A bounded type parameter fits worse than its bound and better than one without.
    fn fits_bound(&self, bound: &Values, actual: Value) -> i32 {
        let fits = bound.iter().map(|bound| self.fits_one(bound, actual));
        let best = fits.max().unwrap_or(0);
        if best > 0 { ANY_FITS + best / 4 } else { best }
    }

    fn fits_null(&self, expected: &Values) -> i32 {
        let is_general = |item: Typed| match item.value {
            Value::Instance(class, _) => self.is_root(class),
            Value::TypeVar(..) => true,
            _ => false,
        };
        if expected.iter().any(|item| self.is_primitive(item)) {
            -40
        } else if expected.iter().any(is_general) {
            5
        } else {
            NULL_FITS
        }
    }

    /// Whether values of a type are no objects. An array is one.
    fn is_primitive(&self, item: Typed) -> bool {
        let Value::Instance(class, _) = item.value else {
            return false;
        };
        let file = self.program.file(class.file);
        let name = file.facts.text(file.symbol(class.symbol).name);
        file.is_prelude && name.starts_with("__") && Some(class) != self.array_class()
    }

    fn fits_one(&self, expected: Typed, actual: Value) -> i32 {
        let is_ours = |class: Sym| (class.file as usize) < self.program.project_files;
        match (expected.value, actual) {
            (Value::Callable(_), Value::Function(_) | Value::Bound(..) | Value::Callable(_)) => 20,
            (Value::Instance(..), Value::Function(_) | Value::Bound(..)) => {
                if self.functional(expected).is_unknown() {
                    -40
                } else {
                    20
                }
            }
            (Value::Instance(wanted, wanted_args), Value::Instance(class, args))
                if wanted == class && Some(class) == self.array_class() =>
            {
                self.fits_array(wanted_args, args)
            }
            (Value::Instance(wanted, _), Value::Instance(class, _) | Value::SelfOf(class)) => {
                self.fits_class(wanted, class)
            }
            (Value::Instance(wanted, _), Value::Variant(variant)) => self
                .enum_of(variant)
                .map_or(0, |class| self.fits_class(wanted, class)),
            (Value::Instance(wanted, _), Value::TypeVar(owner, at)) => {
                let bounds = self.bound(owner, at);
                let scores = bounds.iter().map(|bound| match bound.value {
                    Value::Instance(class, _) => self.fits_class(wanted, class),
                    _ => -20,
                });
                scores.max().unwrap_or(-20)
            }
            // What a call outside gives can be of any type that is known outside.
            (Value::Instance(wanted, _), Value::OutsideInstance(OutsideName::UNNAMED))
                if !is_ours(wanted) =>
            {
                0
            }
            (Value::Instance(wanted, _), Value::OutsideInstance(_)) => {
                if is_ours(wanted) || self.is_literal_type(wanted) {
                    -30
                } else {
                    -10
                }
            }
            (
                Value::OutsideInstance(wanted),
                Value::OutsideInstance(given) | Value::Outside(given),
            ) => self.fits_outside(wanted, given),
            (Value::OutsideInstance(_), Value::Instance(class, _) | Value::SelfOf(class)) => {
                if self.hierarchy.is_open(class) {
                    0
                } else if is_ours(class) {
                    -30
                } else {
                    -10
                }
            }
            _ => 0,
        }
    }

    fn array_class(&self) -> Option<Sym> {
        self.prelude_class(self.file.semantics.literal_types[0])
    }

    /// Arrays of primitive values are no arrays of anything else.
    fn fits_array(&self, wanted: Args, given: Args) -> i32 {
        let (wanted, given) = (self.program.args_of(wanted), self.program.args_of(given));
        let (Some(wanted), Some(given)) = (wanted.first(), given.first()) else {
            return 30;
        };
        if wanted.is_unknown() || given.is_unknown() {
            return 30;
        }
        let is_primitive = |item: Typed| self.is_primitive(item);
        if wanted.iter().any(is_primitive) || given.iter().any(is_primitive) {
            let types =
                |values: &Values| -> Vec<Value> { values.iter().map(|item| item.value).collect() };
            return if types(wanted) == types(given) {
                40
            } else {
                -40
            };
        }
        let fit = self.fits(wanted, given);
        if fit < 0 { -40 } else { 20 + fit / 2 }
    }

    /// Types outside are known by name only: what lies above them is not known.
    fn fits_outside(&self, wanted: OutsideName, given: OutsideName) -> i32 {
        if wanted == OutsideName::UNNAMED || given == OutsideName::UNNAMED {
            return 0;
        }
        if wanted == given {
            return 20;
        }
        // `Calendar.getInstance()` and `Locale.US` most likely are a calendar and a locale.
        let text = self.program.text(given.name());
        let wanted = self.program.text(wanted.name());
        let is_member = text
            .strip_prefix(&*wanted)
            .is_some_and(|rest| rest.starts_with('.'));
        if is_member { 10 } else { 0 }
    }

    fn fits_class(&self, wanted: Sym, class: Sym) -> i32 {
        let order = self.hierarchy.order(class);
        match order.iter().position(|(above, _)| *above == wanted) {
            Some(above) => 40 - 2 * above.min(12) as i32,
            None if self.hierarchy.is_open(class) => -10,
            None if self.is_text_class(class) => NEVER_FITS,
            None => -40,
        }
    }

    /// Whether a type is that of texts, which nothing turns into another one on the way to a parameter.
    fn is_text_class(&self, class: Sym) -> bool {
        let semantics = self.file.semantics;
        semantics.late_binding.is_some()
            && self.prelude_class(semantics.literal_types[3]) == Some(class)
    }

    /// The types of literals have nothing below them.
    fn is_literal_type(&self, class: Sym) -> bool {
        let file = self.program.file(class.file);
        let name = file.facts.text(file.symbol(class.symbol).name);
        file.is_prelude && self.file.semantics.literal_types.contains(&name)
    }

    fn is_root(&self, class: Sym) -> bool {
        let file = self.program.file(class.file);
        file.is_prelude && ROOTS.contains(&file.facts.text(file.symbol(class.symbol).name))
    }

    fn as_prelude(&self, values: &Values) -> Values {
        let [list, _, map, text] = self.file.semantics.literal_types;
        let mut typed = Values::unknown();
        for item in values.iter() {
            match item.value {
                Value::Text(_) => typed.extend(&self.prelude_instance(text, Vec::new())),
                Value::Made(file, expr) => {
                    let is_map = matches!(
                        self.program.file(file).facts.exprs.expr(ExprId(expr)),
                        Expr::Map(_)
                    );
                    typed.extend(
                        &self.prelude_instance(if is_map { map } else { list }, Vec::new()),
                    );
                }
                other => typed.add(other, item.rule),
            }
        }
        typed
    }

    // ---- interfaces that a function can stand for ----

    /// The function type of an interface with one abstract method, in terms of the interface's arguments.
    pub(super) fn functional(&self, interface: Typed) -> Values {
        let Value::Instance(class, args) = interface.value else {
            return Values::unknown();
        };
        let Some((owner, owner_args, method)) = self.only_abstract(class) else {
            return Values::unknown();
        };
        let count = self.program.fact(method).params.len() as u32;
        let mut parts: Vec<Values> = (0..count).map(|at| self.param_type(method, at)).collect();
        parts.push(self.result_of(method));
        let own = self.program.args_of(args);
        let known = if owner == class {
            own
        } else {
            let above = self.program.args_of(owner_args);
            let passed = above
                .iter()
                .map(|values| super::generics::replace(self.program, values, class, &own));
            passed.collect()
        };
        let substitution = Substitution {
            known: vec![(owner, known)],
            this: None,
        };
        let parts = parts
            .iter()
            .map(|part| substitution.apply(self.program, part));
        let parts = self.program.intern_args(parts.collect());
        Values::one(Value::Callable(parts), interface.rule)
    }

    /// The method that a function stands for when it is given as this interface.
    pub(super) fn functional_method(&self, interface: Sym) -> Option<Sym> {
        self.only_abstract(interface).map(|(_, _, method)| method)
    }

    /// The only method without a body in an interface and those above it, with the interface that declares it.
    fn only_abstract(&self, class: Sym) -> Option<(Sym, Args, Sym)> {
        if self.program.kind(class) != NodeKind::Interface {
            return None;
        }
        let mut found = None;
        for &(above, args) in self.hierarchy.order(class).iter() {
            // What the type above all others has, every object has.
            if self.program.kind(above) != NodeKind::Interface {
                continue;
            }
            for method in self.program.abstract_methods(above) {
                if found.is_some() {
                    return None;
                }
                found = Some((above, args, *method));
            }
        }
        found
    }
}

/// Whether a symbol is a method that expects an implementation.
pub(super) fn is_abstract_method(kind: NodeKind, flags: u32) -> bool {
    kind == NodeKind::Method && flags & flag::ABSTRACT != 0 && flags & flag::STATIC == 0
}
