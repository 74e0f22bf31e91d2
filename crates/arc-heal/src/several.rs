//! Files with several faults: one after the other is repaired where the parser stops, and the sum of the costs counts.

use crate::RunError;
use crate::edits::Edit;
use crate::judge::Fault;
use crate::lines::Lines;
use crate::search::{Outcome, Repair, Search, bounded, strangeness};

/// Faults of one file that are looked for.
pub(crate) const MOST_FAULTS: usize = 4;
/// Edits that are tried for one of several faults.
const MOST_EDITS: usize = 160;
/// Ways to go on from one fault to the next.
const WAYS: usize = 4;
/// A parser that stops this many lines away has left the fault behind. It may stop above it: texts without an end are told first.
const AWAY: usize = 2;

impl Search<'_> {
    /// Repairs of a file with more than one fault. `left` is how many faults it may have.
    pub(crate) fn several(&self, fault: &Fault, left: usize) -> Result<Outcome, RunError> {
        let mut repairs = Vec::new();
        let mut untried = u32::MAX;
        if left < 2 {
            return Ok(Outcome { repairs, untried });
        }
        for (edit, next) in self.ways_on(fault)? {
            if self.patience.is_over() {
                untried = untried.min(edit.cost);
                break;
            }
            let text = edit.apply(self.text);
            let rest = Search {
                text: &text,
                ..*self
            };
            let mut further = rest.one(&next)?;
            if further.repairs.is_empty() {
                further = rest.several(&next, left - 1)?;
            }
            untried = untried.min(further.untried.saturating_add(edit.cost));
            for repair in further.repairs {
                repairs.push(Repair {
                    cost: repair.cost + edit.cost,
                    likely: repair.cost + edit.cost,
                    edits: std::iter::once(edit.clone()).chain(repair.edits).collect(),
                    accepted: repair.accepted,
                });
            }
        }
        Ok(Outcome::new(repairs, untried))
    }

    /// The cheapest edits after which the parser stops at another fault.
    fn ways_on(&self, fault: &Fault) -> Result<Vec<(Edit, Fault)>, RunError> {
        let lines = Lines::new(self.text);
        let (mut edits, natural) = self.edits(&lines, fault);
        edits.truncate(MOST_EDITS);
        let stops = self.judge.next_faults(self.text, &edits)?;
        let mut ways: Vec<(Edit, Fault)> = edits
            .into_iter()
            .zip(stops)
            .filter_map(|(edit, stop)| Some((edit, stop?)))
            .filter(|(edit, stop)| {
                let added = edit.replacement.matches('\n').count();
                stop.line.abs_diff(fault.line) > AWAY + added
            })
            .collect();
        for (edit, _) in &mut ways {
            let strange = bounded(strangeness(edit, &lines, &natural));
            edit.cost = edit.cost.saturating_add_signed(strange);
        }
        ways.sort_by_key(|(edit, _)| edit.cost);
        ways.truncate(WAYS);
        Ok(ways)
    }
}
