//! Functions that run under another name: those that stand for an interface, and those looked up by their names.

use arc_graph::{NodeKind, Rule};

use crate::facts::{Expr, ExprId, ListId};
use crate::languages::{LateBinding, Lookup, Wanted};
use crate::resolve::evaluate::{Evaluator, Found, Members};
use crate::resolve::hierarchy::type_of;
use crate::resolve::names::{Busy, Hit};
use crate::resolve::values::{Args, MAX_VALUES, NameId, Sym, Typed, Value, Values};

/// Functions that one place of an interface's type is followed through.
const MAX_STORED: usize = 4;
/// Parts of a text that is put together.
const MAX_TEXT: usize = 200;

impl Evaluator<'_, '_> {
    /// The functions among the values of an expression, a function literal that only passes a call on as what it calls.
    pub(super) fn functions_behind(&self, id: ExprId) -> Values {
        let mut functions = Values::unknown();
        for item in self.eval(id).iter() {
            match item.value {
                Value::Function(sym) if self.program.kind(sym) == NodeKind::Lambda => {
                    functions.extend(&self.passed_on(sym));
                }
                Value::Function(_) | Value::Bound(..) => functions.add(item.value, item.rule),
                _ => {}
            }
        }
        functions
    }

    /// What a function literal calls, if a call is all that it is.
    fn passed_on(&self, lambda: Sym) -> Values {
        if lambda.file != self.index {
            return Values::unknown();
        }
        let mut returns = self.file.returns_of(lambda.symbol);
        let (Some((false, only)), None) = (returns.next(), returns.next()) else {
            return Values::unknown();
        };
        let Expr::Call(callee, _) = self.expr_of(only) else {
            return Values::unknown();
        };
        let is_named = |item: &Typed| match item.value {
            Value::Function(sym) | Value::Bound(sym, _) => {
                self.program.kind(sym) != NodeKind::Lambda
            }
            _ => false,
        };
        self.eval(callee).iter().filter(is_named).collect()
    }

    /// The declared type of a place together with the functions that are given to it under that type.
    pub(super) fn with_functions(&self, declared: Values, given: &Values) -> Values {
        let is_function =
            |item: &Typed| matches!(item.value, Value::Function(_) | Value::Bound(..));
        let functions: Values = given.iter().filter(is_function).collect();
        let fits = functions.len() <= MAX_STORED && declared.len() + functions.len() <= MAX_VALUES;
        if functions.is_unknown() || !fits || !declared.iter().any(can_stand) {
            return declared;
        }
        let mut values = declared;
        values.extend(&functions.weakened(Rule::ValueFlow));
        values
    }

    /// The type that a variable is declared with, with what its value adds: the arguments that a raw type leaves out, a
    /// text, functions that stand for an interface.
    pub(super) fn declared_with(&self, declared: Values, value: ExprId) -> Values {
        if self.file.semantics.late_binding.is_none() || !value.is_some() {
            return declared;
        }
        let only = declared.iter().next().filter(|_| declared.len() == 1);
        if let Some(item) = only
            && let Value::Instance(class, Args::NONE) = item.value
            && !self.program.fact(class).type_params.is_empty()
        {
            let given = self.eval(value);
            let mut same = given
                .iter()
                .filter(|given| type_of(given.value) == Some(class));
            if let (Some(same), None) = (same.next(), same.next()) {
                let refined = Values::one(same.value, item.rule.max(same.rule));
                return self.with_functions(refined, &self.functions_behind(value));
            }
        }
        self.with_functions(declared, &self.functions_behind(value))
    }

    /// The result of a lookup: the object of the type that it found in the place of an unknown one, or its declared type
    /// together with the functions.
    pub(super) fn with_lookup(&self, declared: Values, found: &Values) -> Values {
        if found.is_unknown() || found.iter().any(can_stand) {
            return if found.is_unknown() {
                declared
            } else {
                found.clone()
            };
        }
        let mut values = declared;
        values.extend(found);
        values
    }

    /// Calling the only method of an interface, or invoking what was looked up, runs the function itself.
    pub(super) fn run_as_interface(&self, value: Value, name: NameId) -> Members {
        let mut members = Members::new();
        let Some(late) = self.file.semantics.late_binding else {
            return members;
        };
        let is_run = self.program.is_abstract_name(name)
            || late.invocations.contains(&self.program.text(name).as_ref());
        if is_run {
            members.push(Found {
                hit: Hit::Value(value),
                receiver: value,
                owner: None,
            });
        }
        members
    }

    // ---- lookups by name ----

    /// What a call of a method of the prelude finds by a name that is a constant text.
    pub(super) fn looked_up(
        &self,
        function: Sym,
        receiver: Option<Value>,
        args: ListId,
    ) -> Option<Values> {
        let late = self.file.semantics.late_binding?;
        if (function.file as usize) < self.program.project_files {
            return None;
        }
        let file = self.program.file(function.file);
        let name = file.facts.text(file.symbol(function.symbol).name);
        let lookup = late.lookups.iter().find(|known| known.method == name)?;
        let given: Vec<ExprId> = self.args(args).map(|(_, value)| value).collect();
        if lookup.wanted == Wanted::Type {
            let name = self.text_of(*given.get(lookup.name_at)?)?;
            return self.class_object(late, &name);
        }
        let classes: Vec<Sym> = match lookup.type_at {
            Some(at) => self.classes_of(late, &self.eval(*given.get(at)?)),
            None => self.classes_of(late, &Values::one(receiver?, Rule::Scope)),
        };
        let mut found = Vec::new();
        for class in classes {
            let members = if lookup.wanted == Wanted::Constructor {
                self.constructors(class)
            } else {
                let name = self.text_of(*given.get(lookup.name_at)?)?;
                let name = self.program.intern(&name);
                self.members(Value::Instance(class, Args::NONE), name)
            };
            found.extend(members.iter().filter_map(|member| match member.hit {
                Hit::Symbol(sym) if self.program.kind(sym) == NodeKind::Method => {
                    Some((sym, member.receiver))
                }
                _ => None,
            }));
        }
        let found = self.with_parameters(found, late, lookup, &given);
        let values = found.into_iter().map(|(function, receiver)| Typed {
            value: Value::Bound(function, self.program.receiver(receiver)),
            rule: Rule::InferredType,
        });
        Some(values.collect())
    }

    /// Of several overloads those whose parameters have the types that a lookup lists.
    fn with_parameters(
        &self,
        found: Vec<(Sym, Value)>,
        late: &LateBinding,
        lookup: &Lookup,
        given: &[ExprId],
    ) -> Vec<(Sym, Value)> {
        if found.len() < 2 {
            return found;
        }
        let wanted = self.listed_types(late, given.get(lookup.params_at..).unwrap_or(&[]));
        let fits = |function: Sym, check_types: bool| {
            let params = &self.program.fact(function).params;
            params.len() == wanted.len()
                && wanted.iter().enumerate().all(|(at, wanted)| {
                    let declared = self.param_type(function, at as u32);
                    !check_types
                        || wanted.is_none()
                        || declared.iter().any(|item| type_of(item.value) == *wanted)
                })
        };
        for check_types in [true, false] {
            let kept: Vec<(Sym, Value)> = found
                .iter()
                .copied()
                .filter(|(function, _)| fits(*function, check_types))
                .collect();
            if !kept.is_empty() {
                return kept;
            }
        }
        found
    }

    /// The types that a lookup lists: as objects of types, or as a descriptor that starts with the type of the result.
    fn listed_types(&self, late: &LateBinding, given: &[ExprId]) -> Vec<Option<Sym>> {
        let first_of = |values: &Values| values.iter().next().and_then(|item| type_of(item.value));
        let mut listed = Vec::new();
        for id in given {
            let values = self.eval(*id);
            match values.iter().next().map(|item| item.value) {
                Some(value) if self.is_class_object(late, value) => {
                    listed.push(self.type_behind(late, value).iter().find_map(first_of));
                }
                Some(Value::Instance(_, args)) => {
                    let args = self.program.args_of(args);
                    listed.extend(args.iter().skip(1).map(first_of));
                }
                _ => listed.push(None),
            }
        }
        listed
    }

    fn is_class_object(&self, late: &LateBinding, value: Value) -> bool {
        let Value::Instance(class, _) = value else {
            return false;
        };
        let class_type = self.prelude_class(late.class_type);
        let order = self.hierarchy.order(class);
        class_type.is_some() && order.iter().any(|(above, _)| Some(*above) == class_type)
    }

    /// What the object of a type stands for.
    fn type_behind(&self, late: &LateBinding, value: Value) -> Vec<Values> {
        match self.prelude_class(late.class_type) {
            Some(class) if self.is_class_object(late, value) => self.args_as(value, class),
            _ => Vec::new(),
        }
    }

    /// The types that objects of types stand for.
    fn classes_of(&self, late: &LateBinding, values: &Values) -> Vec<Sym> {
        let mut classes = Vec::new();
        for item in values.iter() {
            let behind = self.type_behind(late, item.value);
            let named = behind.first().into_iter().flat_map(Values::iter);
            classes.extend(named.filter_map(|item| type_of(item.value)));
        }
        classes
    }

    /// The object of the type with a full name (`a.b.C`, `a.b.C$D`).
    fn class_object(&self, late: &LateBinding, name: &str) -> Option<Values> {
        let (package, types) = name.rsplit_once('.').unwrap_or(("", name));
        let mut hits = vec![Hit::Value(Value::Namespace(self.program.intern(package)))];
        for part in types.split('$') {
            let name = self.program.intern(part);
            let inner = |hit: &Hit| match *hit {
                Hit::Symbol(sym) => self.names.member_of(
                    &Hit::Value(Value::Class(sym, Args::NONE)),
                    name,
                    &mut Busy::new(),
                ),
                _ => self.names.member_of(hit, name, &mut Busy::new()),
            };
            hits = hits.iter().flat_map(inner).collect();
        }
        let types = hits.iter().filter_map(|hit| match *hit {
            Hit::Symbol(sym) => Some(Typed {
                value: Value::Instance(sym, Args::NONE),
                rule: Rule::InferredType,
            }),
            _ => None,
        });
        let types: Values = types.collect();
        (!types.is_unknown()).then(|| self.prelude_instance(late.class_type, vec![types]))
    }

    /// The text that an expression always is.
    fn text_of(&self, id: ExprId) -> Option<String> {
        if !self.deepen() {
            return None;
        }
        let text = self.constant_text(id);
        self.surface();
        text.filter(|text| text.len() <= MAX_TEXT)
    }

    fn constant_text(&self, id: ExprId) -> Option<String> {
        match self.expr_of(id) {
            Expr::Text(name) => Some(self.file.facts.text(name).to_owned()),
            Expr::Name(name) => {
                let (hits, _, _) = self.name_hits(id, name);
                let [Hit::Binding(file, binding)] = hits.as_slice() else {
                    return None;
                };
                let binding = self.file.facts.bindings.get(*binding as usize)?;
                (*file == self.index).then(|| self.text_of(binding.value))?
            }
            Expr::Operator(_, operands) => {
                let mut text = String::new();
                for operand in self.file.facts.list(operands) {
                    text.push_str(&self.text_of(operand)?);
                }
                Some(text)
            }
            Expr::Cast(value, _) => self.text_of(value),
            _ => None,
        }
    }
}

/// Whether a function can be given to a place of this type.
fn can_stand(item: Typed) -> bool {
    matches!(item.value, Value::Instance(..) | Value::OutsideInstance(_))
}
