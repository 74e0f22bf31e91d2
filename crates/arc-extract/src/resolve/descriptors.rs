//! Descriptors: objects that stand in a class and are asked when the member that they stand for is read or written.

use arc_graph::{NodeKind, Rule};

use crate::facts::{ExprId, ListId, flag};
use crate::resolve::evaluate::{Evaluator, Members};
use crate::resolve::members::is_instance;
use crate::resolve::names::Hit;
use crate::resolve::values::{NameId, Sym, Typed, Value, Values};

/// The methods that are asked.
pub(super) const READ: &str = "__get__";
pub(super) const WRITE: &str = "__set__";

impl Evaluator<'_, '_> {
    /// What reading a descriptor through `receiver` gives; `None` for any other value. Through the class most give themselves.
    pub(super) fn read_through(&self, item: Typed, receiver: Value) -> Option<Values> {
        let (Value::Instance(..), Some(name)) = (item.value, self.hierarchy.descriptor()) else {
            return None;
        };
        let found = self.members(item.value, name);
        if found.is_empty() {
            return None;
        }
        let mut values = Values::unknown();
        for found in &found {
            values.extend(&self.call(&self.found_values(found), ListId::NONE));
        }
        if values.is_unknown() && !is_instance(receiver) {
            values.add(item.value, item.rule);
        }
        Some(values.weakened(item.rule))
    }

    /// The methods of descriptors that run when `base.name` is read or written.
    pub(super) fn asked(&self, base: ExprId, name: NameId, is_write: bool) -> Members {
        let mut asked = Members::new();
        if self.hierarchy.descriptor().is_none() {
            return asked;
        }
        let method = self.program.intern(if is_write { WRITE } else { READ });
        for item in self.eval(base).iter() {
            if is_write && !is_instance(item.value) {
                continue;
            }
            for found in self.members(item.value, name) {
                if found.owner.is_none() || !self.holds(&found.hit) {
                    continue;
                }
                for held in self.hit_values(&found.hit, Rule::Scope).iter() {
                    if matches!(held.value, Value::Instance(..)) {
                        asked.extend(self.members(held.value, method));
                    }
                }
            }
        }
        asked
    }

    /// Whether a variable of a type has a value of its own, and is not only said to have one.
    pub(super) fn holds(&self, hit: &Hit) -> bool {
        let Hit::Binding(file, binding) = *hit else {
            return false;
        };
        let facts = self.program.file(file).facts;
        facts.bindings[binding as usize].value.is_some()
    }

    /// The field of a type whose instances are read by keys that are the names of their fields.
    pub(super) fn keyed_field(&self, class: Sym, name: NameId) -> Option<Hit> {
        let order = self.hierarchy.order(class);
        let mut hits = order.iter().flat_map(|(above, _)| {
            let own = self.hierarchy.own(*above, name).iter();
            own.map(|member| self.names.member_hit(*above, name, *member))
        });
        hits.find(|hit| {
            self.program.symbol_of(hit).is_some_and(|field| {
                self.program.kind(field) == NodeKind::Field
                    && self.program.has_flag(field, flag::RUN_OUTSIDE)
            })
        })
    }
}
