//! Type parameters: putting arguments in their place.

use std::sync::Arc;

use crate::resolve::program::Program;
use crate::resolve::values::{Args, Sym, Value, Values};

/// Arguments nested deeper than this are dropped.
const MAX_DEPTH: u32 = 5;

/// What stands for type parameters and for the receiver while a signature is used.
#[derive(Clone, Debug, Default)]
pub(super) struct Substitution {
    /// Owner of type parameters, with a value for each.
    pub(super) known: Vec<(Sym, Arc<[Values]>)>,
    /// What the receiver is.
    pub(super) this: Option<Value>,
}

impl Substitution {
    fn of(&self, owner: Sym, at: u32) -> Option<&Values> {
        let (_, args) = self.known.iter().find(|(known, _)| *known == owner)?;
        args.get(at as usize)
    }

    /// Puts values in the place of parameters. A parameter without a value stays.
    pub(super) fn apply(&self, program: &Program<'_>, values: &Values) -> Values {
        if !may_change(values) {
            return values.clone();
        }
        self.apply_at(program, values, 0)
    }

    fn apply_at(&self, program: &Program<'_>, values: &Values, depth: u32) -> Values {
        let mut replaced = Values::unknown();
        for item in values.iter() {
            match item.value {
                Value::TypeVar(owner, at) => match self.of(owner, at) {
                    Some(known) if !known.is_unknown() => {
                        replaced.extend(&known.clone().weakened(item.rule))
                    }
                    _ => replaced.add(item.value, item.rule),
                },
                Value::SelfOf(_) => replaced.add(self.instance(item.value), item.rule),
                Value::SelfClassOf(_) => replaced.add(self.class(item.value), item.rule),
                Value::Instance(class, args) => {
                    replaced.add(
                        Value::Instance(class, self.args(program, args, depth)),
                        item.rule,
                    );
                }
                Value::Class(class, args) => {
                    replaced.add(
                        Value::Class(class, self.args(program, args, depth)),
                        item.rule,
                    );
                }
                Value::Tuple(args) => {
                    replaced.add(Value::Tuple(self.args(program, args, depth)), item.rule)
                }
                Value::Callable(args) => {
                    replaced.add(Value::Callable(self.args(program, args, depth)), item.rule)
                }
                other => replaced.add(other, item.rule),
            }
        }
        replaced
    }

    fn args(&self, program: &Program<'_>, args: Args, depth: u32) -> Args {
        if args == Args::NONE {
            return args;
        }
        if depth >= MAX_DEPTH {
            return Args::NONE;
        }
        let replaced = program
            .args_of(args)
            .iter()
            .map(|values| self.apply_at(program, values, depth + 1))
            .collect();
        program.intern_args(replaced)
    }

    /// The receiver as an instance.
    fn instance(&self, own: Value) -> Value {
        match self.this {
            Some(Value::Class(class, args)) => Value::Instance(class, args),
            Some(Value::SelfClassOf(class)) => Value::SelfOf(class),
            Some(this @ (Value::Instance(..) | Value::SelfOf(_) | Value::TypeVar(..))) => this,
            _ => own,
        }
    }

    /// The receiver as a type.
    fn class(&self, own: Value) -> Value {
        match self.this {
            Some(Value::Instance(class, args)) => Value::Class(class, args),
            Some(Value::SelfOf(class)) => Value::SelfClassOf(class),
            Some(this @ (Value::Class(..) | Value::SelfClassOf(_))) => this,
            _ => own,
        }
    }
}

/// Whether some of the values can change by substitution.
pub(super) fn may_change(values: &Values) -> bool {
    values.iter().any(|item| depends(item.value))
}

/// Whether a value can change by substitution.
fn depends(value: Value) -> bool {
    match value {
        Value::TypeVar(..) | Value::SelfOf(_) | Value::SelfClassOf(_) => true,
        Value::Instance(_, args)
        | Value::Class(_, args)
        | Value::Tuple(args)
        | Value::Callable(args) => args != Args::NONE,
        _ => false,
    }
}

/// Puts `args` in the place of the type parameters of `owner`.
pub(super) fn replace(
    program: &Program<'_>,
    values: &Values,
    owner: Sym,
    args: &[Values],
) -> Values {
    Substitution {
        known: vec![(owner, Arc::from(args))],
        this: None,
    }
    .apply(program, values)
}
