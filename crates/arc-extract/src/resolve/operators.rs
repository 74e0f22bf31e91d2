//! Operators, decorators and patterns to values.

use arc_graph::Rule;
use smallvec::SmallVec;

use crate::facts::{Expr, ExprId, ListId, Name};
use crate::languages::REQUESTED;
use crate::resolve::evaluate::Evaluator;
use crate::resolve::generics::Substitution;
use crate::resolve::hierarchy::type_of;
use crate::resolve::names::Hits;
use crate::resolve::values::{Args, NameId, Sym, Typed, Value, Values};

impl Evaluator<'_, '_> {
    pub(super) fn operator(&self, name: Name, operands: ListId) -> Values {
        let mut operands = self.file.facts.list(operands);
        let Some(first) = operands.next() else {
            return Values::unknown();
        };
        if let Some(late) = self.file.semantics.late_binding
            && late.concatenation == self.file.facts.text(name)
        {
            return self.sum(std::iter::once(first).chain(operands));
        }
        let given = self.eval(first);
        if self.file.semantics.union_operator == self.file.facts.text(name) {
            let others: SmallVec<[Values; 1]> = operands.map(|other| self.eval(other)).collect();
            if let Some(types) = union(std::iter::once(&given).chain(&others)) {
                return types;
            }
        }
        let is_text = |item: Typed| matches!(item.value, Value::Text(_));
        if given.iter().any(is_text) && self.file.facts.text(name) == REQUESTED {
            return self.requested_values(&given, first);
        }
        let name = self.file.global(name);
        let mut values = Values::unknown();
        for item in given.iter() {
            for found in self.members(item.value, name) {
                let callee = self.found_values(&found).weakened(item.rule);
                values.extend(&self.call(&callee, ListId::NONE));
            }
        }
        values
    }

    /// A sum is a text if any part of it is one, else what its first part is; numbers that are written out adapt.
    fn sum(&self, parts: impl Iterator<Item = ExprId>) -> Values {
        let text = self.file.semantics.literal_types[3];
        let mut sum = Values::unknown();
        let mut is_literal = true;
        for part in parts {
            let values = self.eval(part);
            if self.is_text(&values) {
                return self.prelude_instance(text, Vec::new());
            }
            let is_number = matches!(self.expr_of(part), Expr::Literal(_));
            if sum.is_unknown() || (is_literal && !is_number && !values.is_unknown()) {
                sum = values;
                is_literal = is_number;
            }
        }
        sum
    }

    /// Whether a text is among the values.
    pub(super) fn is_text(&self, values: &Values) -> bool {
        let text_class = self.prelude_class(self.file.semantics.literal_types[3]);
        values.iter().any(|item| {
            matches!(item.value, Value::Text(_))
                || (text_class.is_some() && type_of(item.value) == text_class)
        })
    }

    /// A decorator of the project may give another function; any other gives what it got.
    pub(super) fn decorated(&self, decorator: ExprId, value: ExprId) -> Values {
        let inner = self.eval(value);
        let mut values = Values::unknown();
        let mut gives_back = false;
        for item in self.eval(decorator).iter() {
            let result = match item.value {
                Value::Function(function)
                    if function.file as usize >= self.program.project_files =>
                {
                    continue;
                }
                Value::Function(_) | Value::Bound(..) | Value::Class(..) | Value::Instance(..) => {
                    self.call(&Values::one(item.value, item.rule), ListId::NONE)
                }
                Value::Callable(parts) => {
                    let result = self.program.args_of(parts).last().cloned();
                    result.unwrap_or_default().weakened(item.rule)
                }
                _ => continue,
            };
            for result in result.iter() {
                gives_back |= matches!(result.value, Value::TypeVar(..));
                if !matches!(
                    result.value,
                    Value::OutsideInstance(_) | Value::Outside(_) | Value::TypeVar(..)
                ) {
                    values.add(result.value, result.rule.max(Rule::ValueFlow));
                }
            }
        }
        let replaces = values.iter().any(|item| {
            matches!(
                item.value,
                Value::Function(_) | Value::Bound(..) | Value::Class(..) | Value::Instance(..)
            )
        });
        if !replaces {
            return inner;
        }
        if inner.iter().any(is_class) && !values.iter().any(is_class) {
            // A function that stands in for a class makes it sooner or later. One that may be called with the class or
            // without it (`@auto`, `@auto(x=1)`) gives a type variable in the first case: what it got.
            if gives_back {
                return inner;
            }
            values.extend(&inner);
        }
        values
    }

    pub(super) fn payload(&self, of: ExprId, pattern: ExprId, field: ExprId) -> Values {
        let scrutinee = self.eval(of);
        let mut values = Values::unknown();
        for item in self.eval(pattern).iter() {
            let declared = match (item.value, self.expr_of(field)) {
                (Value::Variant(variant), Expr::Position(at)) => self.param_type(variant, at),
                (Value::Variant(variant), Expr::Text(name)) => {
                    self.variant_field(variant, self.file.global(name))
                }
                (Value::Class(class, _) | Value::SelfClassOf(class), Expr::Text(name)) => {
                    let item = Typed {
                        value: Value::Instance(class, Args::NONE),
                        rule: item.rule,
                    };
                    self.member_values(item, self.file.global(name), false)
                }
                (Value::Class(class, _) | Value::SelfClassOf(class), Expr::Position(at)) => {
                    let item = Typed {
                        value: Value::Instance(class, Args::NONE),
                        rule: item.rule,
                    };
                    self.member_values(item, self.program.intern(&at.to_string()), false)
                }
                _ => Values::unknown(),
            };
            let owner = match item.value {
                Value::Variant(variant) => self.enum_of(variant),
                other => type_of(other),
            };
            // Each way to fill the type parameters counts: values have no order that means anything.
            let mut ways: SmallVec<[Option<Args>; 2]> = scrutinee
                .iter()
                .filter_map(|item| match item.value {
                    Value::Instance(class, args) if Some(class) == owner => Some(Some(args)),
                    _ => None,
                })
                .collect();
            if ways.is_empty() {
                ways.push(None);
            }
            for args in ways {
                let known = owner
                    .zip(args)
                    .map(|(owner, args)| (owner, self.program.args_of(args)));
                let substitution = Substitution {
                    known: known.into_iter().collect(),
                    this: None,
                };
                values.extend(
                    &substitution
                        .apply(self.program, &declared)
                        .weakened(Rule::DeclaredType),
                );
            }
        }
        values
    }

    fn variant_field(&self, variant: Sym, name: NameId) -> Values {
        let file = self.program.file(variant.file);
        let fact = file.symbol(variant.symbol);
        let at = fact
            .params
            .iter()
            .position(|param| file.global(param.name) == name);
        match at {
            Some(at) => self.param_type(variant, at as u32),
            None => {
                let members = self.hierarchy.own(variant, name);
                let hits: Hits = members
                    .iter()
                    .map(|member| self.names.member_hit(variant, name, *member))
                    .collect();
                self.hits_values(&hits, Rule::DeclaredType)
            }
        }
    }

    pub(super) fn enum_of(&self, variant: Sym) -> Option<Sym> {
        let parent = self.program.fact(variant).parent;
        parent.is_some().then_some(Sym {
            file: variant.file,
            symbol: parent.0,
        })
    }
}

fn is_class(item: Typed) -> bool {
    matches!(item.value, Value::Class(..) | Value::SelfClassOf(_))
}

/// The types among operands of which one at least is a type: `A | B`, `A | None`.
fn union<'v>(operands: impl Iterator<Item = &'v Values>) -> Option<Values> {
    let mut types = Values::unknown();
    for operand in operands {
        for item in operand.iter() {
            if is_class(item) || matches!(item.value, Value::TypeVar(..)) {
                types.add(item.value, item.rule);
            }
        }
    }
    let has_class = types.iter().any(is_class);
    has_class.then_some(types)
}
