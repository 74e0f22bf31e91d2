//! What became of a file, from the commits that the graph has of it.

use arc_history::CommitId;
use arc_store::{GraphFile, StoreError};

use super::event::{Event, EventKind, Place};
use super::follow::Followed;

/// `commit_files.status` in `schema/graph.sql`.
const ADDED: u8 = 1;
const DELETED: u8 = 3;
const BY_MERGE: u8 = 5;

/// The events of the file that is, or was last, called `path`, newest first.
pub(super) fn events(graph: &GraphFile, path: &str) -> Result<Followed, StoreError> {
    let renames = graph.file_trail(path)?.renames;
    let mut followed = Followed::default();
    let mut name = path.to_owned();
    for found in graph.file_events(path)? {
        // What a merge wrote is what its branches wrote, put together.
        if found.status == BY_MERGE {
            continue;
        }
        let place = |path: &str| {
            Some(Place {
                path: path.to_owned(),
                scope_name: String::new(),
            })
        };
        let mut add = |kind: EventKind, from: Option<Place>, to: Option<Place>, lines| {
            followed.events.push(Event {
                kind,
                commit: CommitId(found.hash),
                order: found.position,
                from,
                to,
                lines,
            });
        };
        let renamed = renames
            .iter()
            .find(|rename| rename.hash == found.hash && rename.new == name);
        if let Some(rename) = renamed {
            let kind = if folder(&rename.old) == folder(&rename.new) {
                EventKind::Renamed
            } else {
                EventKind::Moved
            };
            add(kind, place(&rename.old), place(&name), found.lines);
            name.clone_from(&rename.old);
            continue;
        }
        match found.status {
            ADDED => add(EventKind::Created, None, place(&name), found.lines),
            DELETED => add(EventKind::Deleted, place(&name), None, found.lines),
            _ => add(EventKind::Body, place(&name), place(&name), found.lines),
        }
    }
    once_created(&mut followed.events);
    Ok(followed)
}

/// Of several branches that each made the file only the first one did; the others say so again.
fn once_created(events: &mut Vec<Event>) {
    let mut is_there = false;
    let mut at = events.len();
    while at > 0 {
        at -= 1;
        match events[at].kind {
            EventKind::Created if is_there => {
                events.remove(at);
            }
            EventKind::Deleted => is_there = false,
            EventKind::Created
            | EventKind::Moved
            | EventKind::Renamed
            | EventKind::Signature
            | EventKind::Body => is_there = true,
        }
    }
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
