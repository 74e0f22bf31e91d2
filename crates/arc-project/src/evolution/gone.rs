//! A symbol that is not there any more: the commit that removed it, and what it was before that.

use std::rc::Rc;

use arc_history::{CommitId, FileVersion, Lineage};

use super::elsewhere::has_word;
use super::event::{Event, EventKind, Place};
use super::follow::{Found, own_name, read_definitions};

/// Versions that are looked at.
const MAX_VERSIONS: usize = 5_000;
/// Versions that are parsed.
const MAX_READ: usize = 100;

/// A symbol as it was last, and its end.
pub(super) struct Gone {
    pub(super) found: Found,
    pub(super) event: Event,
}

/// Looks for the last version of a file that has the symbol. `deleted` is the commit that deleted the file last.
pub(super) fn gone_symbol(
    lineage: &mut Lineage<'_>,
    head: &CommitId,
    deleted: Option<CommitId>,
    place: &Place,
) -> Option<Gone> {
    let mut ended: Option<(CommitId, i64)> = None;
    let mut version = match lineage.at(head, &place.path) {
        Some(version) => version,
        None => {
            let deleted = deleted?;
            ended = Some((deleted, i64::MAX));
            let parents = lineage.parent_ids(&deleted);
            parents
                .iter()
                .find_map(|parent| lineage.at(parent, &place.path))?
        }
    };
    let mut reads = 0;
    for _ in 0..MAX_VERSIONS {
        let text = lineage.text(&version)?;
        if has_word(&text, own_name(&place.scope_name).as_bytes()) {
            reads += 1;
            if let Some(found) = symbol_in(&version, &text, place) {
                let (commit, order) = ended?;
                let event = Event {
                    kind: EventKind::Deleted,
                    commit,
                    order: order.min(i64::MAX - 1),
                    from: Some(found.place()),
                    to: None,
                    lines: Some((0, found.anchor.span.last + 1 - found.anchor.span.first)),
                };
                return Some(Gone { found, event });
            }
        }
        if reads > MAX_READ {
            return None;
        }
        ended = Some((version.commit, version.order));
        let files = lineage.parents(&version);
        version = lineage.of_parent(files.first()?, &version);
    }
    None
}

fn symbol_in(version: &FileVersion, text: &Rc<[u8]>, place: &Place) -> Option<Found> {
    let definitions = Rc::new(read_definitions(&version.path, text)?);
    let symbol = definitions.named(&place.scope_name, 0)?.symbol;
    Some(Found::of(
        version.clone(),
        text.clone(),
        definitions,
        symbol,
    ))
}
