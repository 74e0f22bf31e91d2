//! How a symbol came to where it is, for those who ask who wrote its lines.

use arc_graph::NodeRecord;
use arc_history::{CommitId, Lineage};

use super::at_head;
use super::event::EventKind;
use super::follow::{Before, Found, follow};

/// A commit that brought a symbol from another place.
#[derive(Debug)]
pub(crate) struct Passage {
    /// The commit.
    pub(crate) commit: CommitId,
    /// The file that it was brought to.
    pub(crate) path: String,
    /// Its first line there.
    pub(crate) line: u32,
    /// Its text there.
    pub(crate) text: Vec<u8>,
    /// The parent that had it elsewhere.
    pub(crate) parent: CommitId,
    /// The file that it was in.
    pub(crate) old_path: String,
    /// Its first line there.
    pub(crate) old_line: u32,
    /// Its text there.
    pub(crate) old_text: Vec<u8>,
}

impl Passage {
    pub(super) fn between(now: &Found, before: &Before) -> Passage {
        Passage {
            commit: now.version.commit,
            path: now.version.path.clone(),
            line: now.anchor.span.first,
            text: now.anchor.text(&now.text).to_vec(),
            parent: before.file.parent,
            old_path: before.file.path.clone(),
            old_line: before.anchor.span.first,
            old_text: before.anchor.text(&before.text).to_vec(),
        }
    }
}

/// How a symbol came to where it is.
#[derive(Debug, Default)]
pub(crate) struct Story {
    /// Its ways from other places, newest first.
    pub(crate) passages: Vec<Passage>,
    /// The commit that it began with; `None` when that is not known.
    pub(crate) created: Option<CommitId>,
}

/// The story of a symbol of the head, which is in the file `path` with the text `now`; `None` when it is in no commit.
pub(crate) fn story(
    lineage: &mut Lineage<'_>,
    head: &CommitId,
    node: &NodeRecord,
    (path, now): (&str, &[u8]),
) -> Option<Story> {
    let (found, _) = at_head(lineage, head, node, (path, now));
    let followed = follow(lineage, found?);
    let created = followed
        .events
        .iter()
        .rev()
        .find(|event| event.kind == EventKind::Created);
    Some(Story {
        created: created.map(|event| event.commit),
        passages: followed.passages,
    })
}
