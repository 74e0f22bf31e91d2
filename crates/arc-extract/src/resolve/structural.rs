//! Interfaces that types satisfy without saying so: by their methods.

use arc_graph::{NodeKind, Rule};

use crate::resolve::evaluate::Evaluator;
use crate::resolve::names::Hit;
use crate::resolve::values::{MAX_VALUES, NameId, Sym, Typed, Value, Values};

/// Interfaces with a method of one name that are looked at.
const MAX_INTERFACES: usize = 64;

impl Evaluator<'_, '_> {
    /// The methods of interfaces that a method of `owner` stands for: those of its name and signature in interfaces of
    /// which the type has all methods.
    pub(super) fn satisfied(&self, method: Sym, owner: Sym, name: NameId) -> Vec<Sym> {
        if self.program.kind(owner) == NodeKind::Interface {
            return Vec::new();
        }
        let asked = self.program.interface_methods(name);
        let stands_for = |asked: &Sym| {
            self.has_signature_of(method, *asked)
                && self
                    .hierarchy
                    .owner(self.program, *asked)
                    .is_some_and(|interface| self.has_methods_of(owner, interface))
        };
        asked
            .iter()
            .copied()
            .take(MAX_INTERFACES)
            .filter(stands_for)
            .collect()
    }

    /// What is given to a place whose declared type is only a hint, and is more than the type says: functions where something
    /// to be called is asked for, and where an interface is, objects of types that never say that they are one.
    pub(super) fn beside_hint(&self, declared: &Values, given: &Values) -> Values {
        if !self.file.semantics.types_are_hints || declared.is_unknown() {
            return Values::unknown();
        }
        let is_interface = |value: Value| matches!(value, Value::Instance(class, _) if self.program.kind(class) == NodeKind::Interface);
        let any = |is: &dyn Fn(Value) -> bool| declared.iter().any(|item| is(item.value));
        let takes_objects = any(&is_interface);
        let takes_functions = takes_objects
            || any(&|value| matches!(value, Value::Callable(_) | Value::OutsideInstance(_)));
        let is_more = |item: &Typed| match item.value {
            Value::Function(_) | Value::Bound(..) => takes_functions,
            Value::Instance(class, _) | Value::SelfOf(class) => {
                takes_objects && (class.file as usize) < self.program.project_files
            }
            _ => false,
        };
        given.iter().filter(is_more).collect()
    }

    /// The declared type of a place with what is given to it beside that.
    pub(super) fn with_given(&self, declared: Values, given: impl Fn() -> Values) -> Values {
        if !self.file.semantics.types_are_hints {
            return declared;
        }
        let more = self.beside_hint(&declared, &given());
        if more.is_unknown() || declared.len() + more.len() > MAX_VALUES {
            return declared;
        }
        let mut values = declared;
        values.extend(&more.weakened(Rule::ValueFlow));
        values
    }

    /// Whether a type has, itself or through what it embeds, all methods that an interface and those in it ask for.
    fn has_methods_of(&self, class: Sym, interface: Sym) -> bool {
        self.hierarchy.order(interface).iter().all(|(above, _)| {
            let asked = self.program.abstract_methods(*above).iter();
            asked.copied().all(|asked| {
                let file = self.program.file(asked.file);
                let name = file.global(file.symbol(asked.symbol).name);
                self.method_of(class, name)
                    .is_some_and(|method| self.has_signature_of(method, asked))
            })
        })
    }

    fn method_of(&self, class: Sym, name: NameId) -> Option<Sym> {
        for &(above, _) in self.hierarchy.order(class).iter() {
            let members = self.hierarchy.own(above, name);
            for member in members {
                if let Hit::Symbol(sym) = self.names.member_hit(above, name, *member) {
                    return (self.program.kind(sym) == NodeKind::Method).then_some(sym);
                }
            }
            if !members.is_empty() {
                return None;
            }
        }
        None
    }

    /// Whether two methods take and give the same, as far as that is known.
    fn has_signature_of(&self, method: Sym, asked: Sym) -> bool {
        let count = self.program.fact(asked).params.len();
        let same = |a: &Values, b: &Values| {
            let types =
                |values: &Values| -> Vec<Value> { values.iter().map(|item| item.value).collect() };
            a.is_unknown() || b.is_unknown() || types(a) == types(b)
        };
        let has_result = |sym: Sym| self.program.fact(sym).declared.is_some();
        self.program.fact(method).params.len() == count
            && has_result(method) == has_result(asked)
            && (0..count as u32)
                .all(|at| same(&self.param_type(method, at), &self.param_type(asked, at)))
            && same(&self.declared(method), &self.declared(asked))
    }
}
