//! Type expressions to values: the instances of the type that an annotation names.

use std::sync::Arc;

use arc_graph::{NodeKind, Rule};

use crate::facts::{Expr, ExprId, ListId};
use crate::languages::GUARD;
use crate::resolve::evaluate::{Evaluator, Memo};
use crate::resolve::generics::Substitution;
use crate::resolve::hierarchy::{first_type, type_of};
use crate::resolve::names::{Busy, Hit};
use crate::resolve::values::{Args, OutsideName, Sym, Typed, Value, Values};

/// Aliases of aliases that are followed to see how a base is written.
const MAX_ALIASES: u32 = 4;

impl Evaluator<'_, '_> {
    /// The values of the type that an expression names.
    pub(super) fn eval_type(&self, id: ExprId) -> Values {
        if !id.is_some() {
            return Values::unknown();
        }
        match self.types.borrow().get(&id) {
            Some(Memo::Done(values)) => {
                self.uses(id);
                return values.clone();
            }
            Some(Memo::Busy) => {
                self.uses(id);
                return Values::unknown();
            }
            None => {}
        }
        if !self.deepen() {
            return Values::unknown();
        }
        self.types.borrow_mut().insert(id, Memo::Busy);
        let values = self.within(self.unit_of(id), || self.eval_type_open(id));
        self.types
            .borrow_mut()
            .insert(id, Memo::Done(values.clone()));
        self.surface();
        values
    }

    fn eval_type_open(&self, id: ExprId) -> Values {
        match self.expr_of(id) {
            Expr::Either(items) => self.either(items, |part| self.eval_type(part)),
            Expr::Apply(base, args) | Expr::Call(base, args) | Expr::New(base, args) => {
                let args: Vec<Values> = self
                    .file
                    .facts
                    .list(args)
                    .map(|arg| self.eval_type(arg))
                    .collect();
                let mut values = Values::unknown();
                for item in self.eval_type(base).iter() {
                    let value = match item.value {
                        Value::Instance(class, _) => self.alias_args(base, class, &args),
                        // `type Readonly<T> = T`
                        Value::TypeVar(owner, at)
                            if self.program.kind(owner) == NodeKind::TypeAlias =>
                        {
                            if let Some(arg) = args.get(at as usize) {
                                values.extend(&arg.clone().weakened(item.rule));
                            }
                            continue;
                        }
                        other => other,
                    };
                    values.add(value, item.rule);
                }
                values
            }
            Expr::Index(base, key) => {
                let args = self.program.intern_args(vec![self.eval_type(key)]);
                let with_args = |item: Typed| match item.value {
                    Value::Instance(class, _) => Value::Instance(class, args),
                    other => other,
                };
                self.eval_type(base).mapped(with_args)
            }
            Expr::Tuple(items) | Expr::List(items) => {
                let args = self
                    .file
                    .facts
                    .list(items)
                    .map(|item| self.eval_type(item))
                    .collect();
                Values::one(
                    Value::Tuple(self.program.intern_args(args)),
                    Rule::DeclaredType,
                )
            }
            Expr::Signature(parts) => {
                let parts = self
                    .file
                    .facts
                    .list(parts)
                    .map(|part| self.eval_type(part))
                    .collect();
                Values::one(
                    Value::Callable(self.program.intern_args(parts)),
                    Rule::DeclaredType,
                )
            }
            Expr::TypeOf(of) => self.eval(of),
            Expr::Unwrap(call) if self.prelude_class(GUARD).is_some() => self.shown(call),
            Expr::Keyword(_, value) => self.eval_type(value),
            Expr::Cast(_, to) => self.eval_type(to),
            Expr::Text(_) => {
                self.prelude_instance(self.file.semantics.literal_types[3], Vec::new())
            }
            Expr::Name(name) if self.file.semantics.types_apart => {
                self.instances(&self.type_name_values(id, name))
            }
            _ => self
                .alias_of_types(id)
                .unwrap_or_else(|| self.instances(&only_types(self.eval(id)))),
        }
    }

    /// What a name means that stands for types rather than for instances (`Kind: TypeAlias = type[A] | type[B]`).
    fn alias_of_types(&self, id: ExprId) -> Option<Values> {
        let Expr::Name(name) = self.expr_of(id) else {
            return None;
        };
        let symbol = |hit: &Hit| match *hit {
            Hit::Symbol(sym) => Some(sym),
            Hit::Binding(file, position) => {
                let facts = self.program.file(file).facts;
                let binding = facts.bindings.get(position as usize)?;
                let symbol = binding.symbol.0;
                binding.symbol.is_some().then_some(Sym { file, symbol })
            }
            Hit::Field(..) | Hit::Export(..) | Hit::Value(_) => None,
        };
        let (hits, _, _) = self.name_hits(id, name);
        let mut places = hits.iter().filter_map(symbol);
        let alias = places.find(|sym| self.program.kind(*sym) == NodeKind::TypeAlias)?;
        let declared = self.declared(alias);
        let is_type = |item: Typed| matches!(item.value, Value::Class(..) | Value::SelfClassOf(_));
        let has_types = declared.iter().any(is_type);
        has_types.then_some(declared)
    }

    /// What a call shows its first argument to be.
    fn shown(&self, call: ExprId) -> Values {
        let guard = self.prelude_class(GUARD);
        let mut shown = Values::unknown();
        for item in self.eval(call).iter() {
            if let Value::Instance(class, args) = item.value
                && Some(class) == guard
                && let Some(arg) = self.program.args_of(args).first()
            {
                shown.extend(&arg.clone().weakened(item.rule));
            }
        }
        shown
    }

    /// `alias<X>`: the aliased type with the argument in place, or the type itself with its arguments.
    fn alias_args(&self, base: ExprId, class: Sym, args: &[Values]) -> Value {
        let alias = self
            .place_of(base)
            .into_iter()
            .find(|sym| self.program.kind(*sym) == NodeKind::TypeAlias);
        if let Some(alias) = alias {
            let declared = self.declared(alias);
            let substitution = Substitution {
                known: vec![(alias, Arc::from(args))],
                this: None,
            };
            let replaced = substitution.apply(self.program, &declared);
            // An alias with several definitions (one per platform) is put in for each type on its own.
            let same = |item: &Typed| type_of(item.value) == Some(class);
            if let Some(value) =
                first_type(replaced.iter().filter(same)).or_else(|| first_type(replaced.iter()))
            {
                return value;
            }
        }
        Value::Instance(class, self.program.intern_args(args.to_vec()))
    }

    /// Whether a type is written as an alias with arguments, or as an alias of one.
    pub(super) fn applies_alias(&self, base: ExprId) -> bool {
        let mut place = (self.index, base);
        for _ in 0..MAX_ALIASES {
            let (file, id) = place;
            let expr = self.program.file(file).facts.exprs.expr(id);
            let head = match expr {
                Expr::Apply(head, _) => head,
                // An alias of several types at once.
                Expr::Either(_) => return (file, id) != (self.index, base),
                _ => id,
            };
            let hits = self.names.path(file, head, &mut Busy::new());
            let alias = hits.iter().find_map(|hit| match hit {
                Hit::Symbol(sym) if self.program.kind(*sym) == NodeKind::TypeAlias => Some(*sym),
                _ => None,
            });
            match alias {
                Some(_) if matches!(expr, Expr::Apply(..)) => return true,
                Some(alias) => place = (alias.file, self.program.fact(alias).declared),
                None => return false,
            }
        }
        false
    }

    fn place_of(&self, id: ExprId) -> Vec<Sym> {
        let Expr::Name(name) = self.expr_of(id) else {
            return Vec::new();
        };
        let symbol = |hit: &Hit| {
            if let Hit::Symbol(sym) = hit {
                Some(*sym)
            } else {
                None
            }
        };
        self.name_hits(id, name)
            .0
            .iter()
            .filter_map(symbol)
            .collect()
    }

    /// The instances of the types among `values`.
    pub(super) fn instances(&self, values: &Values) -> Values {
        let instance = |item: Typed| {
            let value = match item.value {
                Value::Class(class, args) => Value::Instance(class, args),
                Value::SelfClassOf(class) => Value::SelfOf(class),
                Value::Outside(name) => Value::OutsideInstance(self.named_outside(name)),
                Value::OutsideInstance(_) => item.value,
                Value::TypeVar(..)
                | Value::Tuple(_)
                | Value::Callable(_)
                | Value::Instance(..)
                | Value::SelfOf(_)
                | Value::Variant(_) => item.value,
                // A constructor function is the type of what it makes.
                Value::Function(function) => Value::Instance(function, Args::NONE),
                Value::SuperOf(..)
                | Value::Bound(..)
                | Value::Module(_)
                | Value::Namespace(_)
                | Value::Made(..)
                | Value::Text(_) => return None,
            };
            Some(Typed {
                value,
                rule: item.rule,
            })
        };
        values.iter().filter_map(instance).collect()
    }

    /// The name of a type outside where overloads are told apart by types; elsewhere it decides nothing.
    pub(super) fn named_outside(&self, name: OutsideName) -> OutsideName {
        if self.file.semantics.overloads {
            name
        } else {
            OutsideName::UNNAMED
        }
    }

    /// Arguments given to a type in a value position (`Vec::<T>::new`).
    pub(super) fn applied(&self, base: &Values, args: ListId) -> Values {
        let args: Vec<Values> = self
            .file
            .facts
            .list(args)
            .map(|arg| self.eval_type(arg))
            .collect();
        let args = self.program.intern_args(args);
        base.mapped(|item| match item.value {
            Value::Class(class, _) => Value::Class(class, args),
            other => other,
        })
    }
}

/// What names a type where a name is that of a type and of a variable as well.
fn only_types(values: Values) -> Values {
    let is_type = |item: &Typed| {
        matches!(
            item.value,
            Value::Class(..) | Value::SelfClassOf(_) | Value::TypeVar(..)
        )
    };
    if values.len() > 1 && values.iter().any(|item| is_type(&item)) {
        let is_variable = |item: &Typed| {
            matches!(
                item.value,
                Value::Instance(..)
                    | Value::OutsideInstance(_)
                    | Value::Function(_)
                    | Value::Bound(..)
                    | Value::Made(..)
            )
        };
        return values.iter().filter(|item| !is_variable(item)).collect();
    }
    values
}

/// The types of the instances among `values`.
pub(super) fn types_of(values: &Values) -> Values {
    let of = |item: Typed| {
        let value = match item.value {
            Value::Instance(class, args) => Value::Class(class, args),
            Value::SelfOf(class) => Value::SelfClassOf(class),
            other => other,
        };
        Typed { value, ..item }
    };
    values.iter().map(of).collect()
}
