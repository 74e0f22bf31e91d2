//! Names that were looked up before: what a name means around a function is the same wherever in it the name stands.

use crate::facts::{BlockId, BlockKind, Name};
use crate::languages::MACRO_MARK;
use crate::resolve::evaluate::Evaluator;
use crate::resolve::names::{Lookup, is_local};

/// Bindings of one name that are looked at; a name with more is looked up each time.
const MAX_BINDINGS: usize = 16;

/// The innermost block around a name that is no part of a function, and the name.
pub(super) type Around = (BlockId, Name);

impl Evaluator<'_, '_> {
    /// What was found for a name from this place, else what `look_up` finds.
    pub(super) fn remembered(
        &self,
        block: BlockId,
        name: Name,
        look_up: impl FnOnce() -> Lookup,
    ) -> Lookup {
        let Some(around) = self.around(block, name) else {
            return look_up();
        };
        if let Some(known) = self.looked_up.borrow().get(&around) {
            return known.clone();
        }
        let found = look_up();
        self.looked_up.borrow_mut().insert(around, found.clone());
        found
    }

    /// Where the search for a name begins that nothing inside of the function around can change: neither what is bound there,
    /// nor the moment, nor what is being evaluated.
    fn around(&self, block: BlockId, name: Name) -> Option<Around> {
        let file = self.file;
        let bound = file.bound_in(name);
        if bound.len() > MAX_BINDINGS {
            return None;
        }
        let memo = self.memo.borrow();
        let is_busy = |(_, binding): &(BlockId, u32)| {
            let value = file.facts.bindings[*binding as usize].value;
            value.is_some() && memo.is_busy(value)
        };
        if bound.iter().any(is_busy) {
            return None;
        }
        // A macro is looked for by its plain name, too.
        if file.semantics.imports_are_paths && file.facts.text(name).ends_with(MACRO_MARK) {
            return None;
        }
        let mut is_inside = false;
        for block in file.outwards(block) {
            let kind = file.block_kind(block);
            if !is_local(kind) {
                return is_inside.then_some((block, name));
            }
            let is_bound = bound.iter().any(|(in_block, _)| *in_block == block);
            if is_bound || file.stars_of(block).next().is_some() {
                return None;
            }
            is_inside |= kind == BlockKind::Function;
        }
        None
    }
}
