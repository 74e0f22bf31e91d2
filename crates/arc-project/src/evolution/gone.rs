//! A symbol that is not there any more: the commit that removed it, and what it was before that.

use std::rc::Rc;

use arc_extract::Definitions;
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
    let word = own_name(&place.scope_name).to_owned();
    let look = |version: &FileVersion, text: &Rc<Vec<u8>>| symbol_in(version, text, place);
    let (found, ended) = last_version(lineage, head, deleted, (&place.path, &word), look)?;
    let (commit, order) = ended?;
    Some(Gone::new(found, commit, order))
}

/// The symbols of a name, whatever they stood in, that were in a file last and are not in it any more.
pub(super) fn gone_named(
    lineage: &mut Lineage<'_>,
    head: &CommitId,
    deleted: Option<CommitId>,
    (path, name): (&str, &str),
) -> Vec<Gone> {
    let named = |definitions: &Rc<Definitions>| -> Vec<u32> {
        let is_named = |at: &u32| definitions.definition(*at).name == name;
        definitions.all().filter(is_named).collect()
    };
    let now = lineage.text_at(head, path);
    let now = now
        .and_then(|text| read_definitions(path, &text))
        .map(Rc::new);
    let kept: Vec<String> = now.map_or_else(Vec::new, |now| {
        let scope = |at: u32| now.definition(at).scope_name;
        named(&now).into_iter().map(scope).collect()
    });
    let look = |version: &FileVersion, text: &Rc<Vec<u8>>| {
        let definitions = Rc::new(read_definitions(&version.path, text)?);
        let found: Vec<Found> = named(&definitions)
            .into_iter()
            .filter(|at| !kept.contains(&definitions.definition(*at).scope_name))
            .map(|at| Found::of(version.clone(), text.clone(), definitions.clone(), at))
            .collect();
        (!found.is_empty()).then_some(found)
    };
    let last = last_version(lineage, head, deleted, (path, name), look);
    let Some((found, Some((commit, order)))) = last else {
        return Vec::new();
    };
    let gone = |found| Gone::new(found, commit, order);
    found.into_iter().map(gone).collect()
}

impl Gone {
    fn new(found: Found, commit: CommitId, order: i64) -> Gone {
        let event = Event {
            kind: EventKind::Deleted,
            commit,
            order: order.min(i64::MAX - 1),
            from: Some(found.place()),
            to: None,
            lines: Some((0, found.anchor.span.last + 1 - found.anchor.span.first)),
        };
        Gone { found, event }
    }
}

/// Goes back from version to version of a file, and looks into those that have a word. What was found, and the commit that came after
/// that version; none when it is the newest.
fn last_version<T>(
    lineage: &mut Lineage<'_>,
    head: &CommitId,
    deleted: Option<CommitId>,
    (path, word): (&str, &str),
    look: impl Fn(&FileVersion, &Rc<Vec<u8>>) -> Option<T>,
) -> Option<(T, Option<(CommitId, i64)>)> {
    let mut ended: Option<(CommitId, i64)> = None;
    let mut version = match lineage.at(head, path) {
        Some(version) => version,
        None => {
            let deleted = deleted?;
            ended = Some((deleted, i64::MAX));
            let parents = lineage.parent_ids(&deleted);
            parents.iter().find_map(|parent| lineage.at(parent, path))?
        }
    };
    let mut reads = 0;
    for _ in 0..MAX_VERSIONS {
        let text = lineage.text(&version)?;
        if has_word(&text, word.as_bytes()) {
            reads += 1;
            if let Some(found) = look(&version, &text) {
                return Some((found, ended));
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

fn symbol_in(version: &FileVersion, text: &Rc<Vec<u8>>, place: &Place) -> Option<Found> {
    let definitions = Rc::new(read_definitions(&version.path, text)?);
    let symbol = definitions.named(&place.scope_name, 0)?.symbol;
    Some(Found::of(
        version.clone(),
        text.clone(),
        definitions,
        symbol,
    ))
}
