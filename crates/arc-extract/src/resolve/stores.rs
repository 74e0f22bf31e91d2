//! What a literal container holds under a constant key right here: the last value that was surely put there.

use crate::facts::{BlockKind, Expr, ExprId, Name};
use crate::resolve::evaluate::Evaluator;
use crate::resolve::values::{Value, Values};

/// Values put under one name in one file that are looked at, back from the place of reading.
const MAX_STORES: usize = 32;

/// Names, members and keys that a path to a container may have.
const MAX_PATH: u32 = 4;

impl Evaluator<'_, '_> {
    /// The name of a constant text key.
    pub(super) fn key_name(&self, key: ExprId) -> Option<Name> {
        match self.expr_of(key) {
            Expr::Text(name) => Some(name),
            _ => None,
        }
    }

    /// What is under `name` in the literal that `base` is, when the code before `id` has surely put it there. What the
    /// literal held from the start, and what was put there before, is gone then.
    pub(super) fn stored(
        &self,
        id: ExprId,
        base: ExprId,
        name: Option<Name>,
        of: &Values,
    ) -> Option<Values> {
        let is_literal = of.iter().any(|item| matches!(item.value, Value::Made(..)));
        let stores = self.file.stores_of(name.filter(|_| is_literal)?);
        if stores.is_empty() {
            return None;
        }
        let block = self.block_of(id);
        let unit = self.file.unit_of_block(block);
        let before = stores.partition_point(|(_, moment, _)| *moment < id.0);
        let mut values = Values::unknown();
        let mut is_certain = false;
        for (_, _, position) in stores[..before].iter().rev().take(MAX_STORES) {
            let fact = &self.file.facts.members[*position as usize];
            let around = self.block_of(fact.base);
            if self.file.unit_of_block(around) != unit
                || !self.is_same_place(fact.base, base, 0)
                || self.eval(fact.base) != *of
            {
                continue;
            }
            values.extend(&self.eval(fact.value));
            if self.file.encloses(around, block) {
                is_certain = true;
                break;
            }
        }
        // Inside a loop what comes later in the text may have run before.
        let is_repeated = || {
            let mut around = self.file.outwards(block);
            around.any(|block| self.file.block_kind(block) == BlockKind::Loop)
        };
        (is_certain && !values.is_unknown() && !is_repeated()).then_some(values)
    }

    /// Whether two expressions name the same variable, or the same member or key of it.
    fn is_same_place(&self, one: ExprId, other: ExprId, depth: u32) -> bool {
        if depth > MAX_PATH {
            return false;
        }
        match (self.expr_of(one), self.expr_of(other)) {
            (Expr::Name(one), Expr::Name(other)) => one == other,
            (Expr::This, Expr::This) => true,
            (Expr::Member(one, name), Expr::Member(other, known)) => {
                name == known && self.is_same_place(one, other, depth + 1)
            }
            (Expr::Index(one, key), Expr::Index(other, known)) => {
                let key = self.key_of(key);
                key.is_some()
                    && key == self.key_of(known)
                    && self.is_same_place(one, other, depth + 1)
            }
            _ => false,
        }
    }
}
