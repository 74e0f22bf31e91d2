//! What a call may run beyond its static target: an implementation below the type of its receiver.

use arc_graph::{NodeKind, Rule};
use smallvec::SmallVec;

use crate::facts::{Expr, ExprId, flag};
use crate::resolve::evaluate::Evaluator;
use crate::resolve::names::Hit;
use crate::resolve::tables::Key;
use crate::resolve::values::{Args, NameId, Sym, Typed, Value, Values};

/// Types below a receiver's type that are looked at.
const MAX_BELOW: usize = 64;
/// With more implementations than this, naming each says nothing.
const MAX_IMPLEMENTATIONS: usize = 2;

/// What a call may run instead of the method it names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Implementations {
    /// The methods, sorted.
    pub(super) methods: SmallVec<[Sym; 2]>,
    /// The receiver was made right here, so that they are what runs.
    pub(super) is_exact: bool,
}

impl Evaluator<'_, '_> {
    /// The methods that may run instead of `function`; none when they are many. `callee` is the expression that named it.
    pub(super) fn implementations(
        &self,
        callee: ExprId,
        function: Sym,
        receiver: Value,
    ) -> Implementations {
        let (Value::Instance(class, _) | Value::SelfOf(class)) = receiver else {
            return Implementations::default();
        };
        let fixed = flag::STATIC | flag::CONSTRUCTOR;
        if self.file.semantics.late_binding.is_none()
            || function.file as usize >= self.program.project_files
            || self.program.kind(function) != NodeKind::Method
            || self.program.has_flag(function, fixed)
            || !self.program.has_flag(function, flag::PUBLIC)
        {
            return Implementations::default();
        }
        let base = match self.expr_of(callee) {
            Expr::Member(base, _) => base,
            _ => ExprId::NONE,
        };
        // `super.m()`, `T.super.m()`: exactly that one.
        if matches!(
            self.expr_of(base),
            Expr::Super | Expr::New(..) | Expr::Cast(ExprId::NONE, _)
        ) {
            return Implementations::default();
        }
        if let Some(made) = self.made_classes(base) {
            let name = self.own_name(function);
            let mut methods: SmallVec<[Sym; 2]> = made
                .iter()
                .filter_map(|class| self.effective(*class, name, function))
                .filter(|method| *method != function)
                .collect();
            methods.sort_unstable();
            methods.dedup();
            return Implementations {
                methods,
                is_exact: true,
            };
        }
        let key = (function, class);
        if let Some(known) = self.below.borrow().get(&key) {
            return known.clone();
        }
        let found = Implementations {
            methods: self.below(function, class),
            is_exact: false,
        };
        self.below.borrow_mut().insert(key, found.clone());
        found
    }

    fn own_name(&self, function: Sym) -> NameId {
        let file = self.program.file(function.file);
        file.global(file.symbol(function.symbol).name)
    }

    /// The types of which a local variable is given instances, if that is all it is given.
    fn made_classes(&self, id: ExprId) -> Option<SmallVec<[Sym; 2]>> {
        let Expr::Name(name) = self.expr_of(id) else {
            return None;
        };
        let mut made = SmallVec::new();
        let (hits, _, _) = self.name_hits(id, name);
        for hit in &hits {
            let Hit::Binding(file, binding) = *hit else {
                return None;
            };
            let binding = self.file.facts.bindings.get(binding as usize)?;
            if file != self.index || binding.symbol.is_some() {
                return None;
            }
            let class = match self.expr_of(binding.value) {
                Expr::New(class, _) => class,
                // One with a body of its own.
                Expr::Cast(made, class) if matches!(self.expr_of(made), Expr::New(..)) => class,
                _ => return None,
            };
            for item in self.eval(class).iter() {
                let Value::Class(class, _) = item.value else {
                    return None;
                };
                made.push(class);
            }
        }
        (!made.is_empty()).then_some(made)
    }

    /// Instances of the types that the receiver of a call is made of, as far as it is a variable that says so.
    pub(super) fn receivers_made(&self, callee: ExprId) -> Values {
        let Expr::Member(base, _) = self.expr_of(callee) else {
            return Values::unknown();
        };
        let made = self.made_classes(base).unwrap_or_default();
        made.into_iter()
            .map(|class| Typed {
                value: Value::Instance(class, Args::NONE),
                rule: Rule::LocalType,
            })
            .collect()
    }

    /// Methods below `class` that replace `function`: those of types that the project makes, or of any if it makes none.
    /// None where `function` itself runs for some type that is made, since then one below it is no more than a chance.
    fn below(&self, function: Sym, class: Sym) -> SmallVec<[Sym; 2]> {
        let name = self.own_name(function);
        let mut types = vec![class];
        types.extend(self.hierarchy.all_below(class, MAX_BELOW));
        let mut found: Vec<(bool, Sym)> = Vec::new();
        for derived in types {
            if self.program.has_flag(derived, flag::ABSTRACT)
                || self.program.kind(derived) == NodeKind::Interface
            {
                continue;
            }
            match self.effective(derived, name, function) {
                Some(method) if method == function && self.is_made(derived) => {
                    return SmallVec::new();
                }
                Some(method) if method == function => {}
                Some(method) => found.push((self.is_made(derived), method)),
                None => {}
            }
        }
        let any_made = found.iter().any(|(is_made, _)| *is_made);
        let mut methods: SmallVec<[Sym; 2]> = found
            .into_iter()
            .filter(|(is_made, _)| *is_made || !any_made)
            .map(|(_, method)| method)
            .collect();
        methods.sort_unstable();
        methods.dedup();
        // An interface that functions stand for has more implementations than its types: they are function literals written
        // at length.
        let is_anonymous = |method: &Sym| {
            let owner = self.hierarchy.owner(self.program, *method);
            owner.is_some_and(|owner| self.is_anonymous(owner))
        };
        let stands_for_functions =
            self.functional_method(class) == Some(function) && methods.iter().all(is_anonymous);
        let most = if stands_for_functions {
            1
        } else {
            MAX_IMPLEMENTATIONS
        };
        if methods.len() > most {
            methods.clear();
        }
        methods
    }

    /// Whether the parameters of a method can be those of the one above it, whose type parameters are other types below.
    pub(super) fn may_replace(&self, method: Sym, above: Sym) -> bool {
        let count = self.program.fact(above).params.len() as u32;
        (0..count).all(|at| {
            let wanted = self.param_type(above, at);
            let own = self.param_type(method, at);
            let is_open = |item: Typed| matches!(item.value, Value::TypeVar(..));
            let types = |values: &Values| -> SmallVec<[Value; 2]> {
                let bare = |item: Typed| match item.value {
                    Value::Instance(class, _) => Value::Instance(class, Args::NONE),
                    other => other,
                };
                values.iter().map(bare).collect()
            };
            wanted.is_unknown()
                || own.is_unknown()
                || wanted.iter().any(is_open)
                || types(&wanted) == types(&own)
        })
    }

    fn is_anonymous(&self, class: Sym) -> bool {
        let file = self.program.file(class.file);
        file.facts.text(file.symbol(class.symbol).name).is_empty()
    }

    /// Whether some code of the project makes instances of exactly this type.
    fn is_made(&self, class: Sym) -> bool {
        self.is_anonymous(class)
            || self.program.kind(class) == NodeKind::Enum
            || !self.read(Key::Made(class)).is_unknown()
    }

    /// The method with a body that instances of exactly this type run for `function`, which it may be itself.
    fn effective(&self, class: Sym, name: NameId, function: Sym) -> Option<Sym> {
        let count = self.program.fact(function).params.len();
        for &(above, _) in self.hierarchy.order(class).iter() {
            let members = self.hierarchy.own(above, name).iter();
            let methods: SmallVec<[Sym; 4]> = members
                .filter_map(|member| match self.names.member_hit(above, name, *member) {
                    Hit::Symbol(sym) => Some(sym),
                    Hit::Binding(..) | Hit::Field(..) | Hit::Export(..) | Hit::Value(_) => None,
                })
                .filter(|sym| {
                    let fact = self.program.fact(*sym);
                    fact.params.len() == count
                        && fact.flags & flag::STATIC == 0
                        && self.program.kind(*sym) == NodeKind::Method
                })
                .collect();
            if methods.contains(&function) {
                let is_abstract = self.program.has_flag(function, flag::ABSTRACT);
                return (!is_abstract).then_some(function);
            }
            let exact = methods
                .iter()
                .copied()
                .find(|method| self.same_parameters(*method, function));
            let method = exact.or_else(|| {
                let mut replacing = methods
                    .iter()
                    .copied()
                    .filter(|method| self.may_replace(*method, function));
                replacing.next().filter(|_| replacing.next().is_none())
            });
            if let Some(method) = method
                && !self.program.has_flag(method, flag::ABSTRACT)
            {
                let is_ours = (method.file as usize) < self.program.project_files;
                return is_ours.then_some(method);
            }
        }
        None
    }
}
