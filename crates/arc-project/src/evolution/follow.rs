//! A symbol followed back from version to version: through changes, new names, and moves to other files.

use std::rc::Rc;

use arc_extract::{ChangeKind, Definitions, Span, detect};
use arc_history::{CommitId, FileVersion, Lineage, ParentFile, count_lines};

use super::added::is_added;
use super::anchor::{Anchor, Carried};
use super::elsewhere::find_elsewhere;
use super::event::{Event, EventKind, Place};
use super::heading::by_heading;
use super::story::Passage;
use crate::changes::text_of;

/// Versions of one symbol that are looked at.
const MAX_VERSIONS: usize = 20_000;
/// Versions of files that are parsed for one symbol.
const MAX_READ: usize = 4_000;

/// What became of a symbol, newest first.
#[derive(Debug, Default)]
pub(super) struct Followed {
    pub(super) events: Vec<Event>,
    /// The ways that it took from other places, newest first.
    pub(super) passages: Vec<Passage>,
    /// The clone is shallow and its boundary was met.
    pub(super) is_cut: bool,
    /// Something was missing or too much: earlier events may be missing.
    pub(super) is_partial: bool,
}

/// A symbol in a version of a file.
pub(super) struct Found {
    pub(super) version: FileVersion,
    pub(super) text: Rc<Vec<u8>>,
    pub(super) scope_name: String,
    pub(super) anchor: Anchor,
    /// The definitions of this version, when they were read, and the symbol's number among them.
    pub(super) read: Option<(Rc<Definitions>, u32)>,
}

impl Found {
    /// The symbol `symbol` of `definitions`, which are those of `text`.
    pub(super) fn of(
        version: FileVersion,
        text: Rc<Vec<u8>>,
        definitions: Rc<Definitions>,
        symbol: u32,
    ) -> Found {
        Found {
            version,
            scope_name: definitions.definition(symbol).scope_name,
            anchor: Anchor::new(&text, definitions.span(symbol)),
            text,
            read: Some((definitions, symbol)),
        }
    }

    pub(super) fn place(&self) -> Place {
        Place {
            path: self.version.path.clone(),
            scope_name: self.scope_name.clone(),
        }
    }

    /// What the ways that read no definitions go by.
    fn known(&self) -> Known<'_> {
        Known {
            scope_name: &self.scope_name,
            anchor: &self.anchor,
            text: &self.text,
        }
    }

    /// The definitions of this version and the symbol among them; `None` when it is not among them.
    pub(super) fn definitions(&mut self) -> Option<(Rc<Definitions>, u32)> {
        if self.read.is_none() {
            let definitions = Rc::new(read_definitions(&self.version.path, &self.text)?);
            let own = definitions.named(&self.scope_name, self.anchor.span.first)?;
            self.read = Some((definitions, own.symbol));
        }
        self.read.clone()
    }
}

/// A symbol by its lines in a text.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) scope_name: &'a str,
    pub(super) anchor: &'a Anchor,
    pub(super) text: &'a [u8],
}

/// The definitions of a text; `None` when its language is not known.
pub(super) fn read_definitions(path: &str, text: &[u8]) -> Option<Definitions> {
    let text = text_of(text);
    let language = detect(path, text.lines().next().unwrap_or(""))?.language;
    Some(Definitions::read(language, path, &text))
}

/// What a symbol was in a parent.
pub(super) struct Before {
    pub(super) file: ParentFile,
    pub(super) text: Rc<Vec<u8>>,
    pub(super) scope_name: String,
    pub(super) anchor: Anchor,
    pub(super) read: Option<(Rc<Definitions>, u32)>,
    pub(super) change: Option<ChangeKind>,
    /// It stood among other definitions than those that it stands among now.
    pub(super) is_elsewhere: bool,
}

/// Follows a symbol to its beginning.
pub(super) fn follow(lineage: &mut Lineage<'_>, mut at: Found) -> Followed {
    let mut followed = Followed::default();
    let mut reads = 0;
    for _ in 0..MAX_VERSIONS {
        let Some(before) = step(lineage, &mut at, &mut reads, &mut followed) else {
            followed.is_cut |= lineage.is_boundary(&at.version.commit);
            followed.events.push(Event {
                kind: EventKind::Created,
                commit: at.version.commit,
                order: at.version.order,
                from: None,
                to: Some(at.place()),
                lines: Some((span_lines(at.anchor.span), 0)),
            });
            return followed;
        };
        note(&at, &before, &mut followed.events);
        if before.is_elsewhere || before.file.path != at.version.path {
            followed.passages.push(Passage::between(&at, &before));
        }
        at = Found {
            version: lineage.of_parent(&before.file, &at.version),
            text: before.text,
            scope_name: before.scope_name,
            anchor: before.anchor,
            read: before.read,
        };
        if reads > MAX_READ {
            break;
        }
    }
    followed.is_partial = true;
    followed
}

fn span_lines(span: Span) -> u32 {
    (span.last + 1).saturating_sub(span.first)
}

/// Adds what happened between two versions.
fn note(now: &Found, before: &Before, events: &mut Vec<Event>) {
    let (to, from) = (
        now.place(),
        Place {
            path: before.file.path.clone(),
            scope_name: before.scope_name.clone(),
        },
    );
    let mut add = |kind: EventKind, lines: Option<(u32, u32)>| {
        events.push(Event {
            kind,
            commit: now.version.commit,
            order: now.version.order,
            from: Some(from.clone()),
            to: Some(to.clone()),
            lines,
        });
    };
    let what = match before.change {
        Some(ChangeKind::Signature) => Some(EventKind::Signature),
        Some(ChangeKind::Body) => Some(EventKind::Body),
        Some(
            ChangeKind::Added
            | ChangeKind::Removed
            | ChangeKind::Renamed
            | ChangeKind::Moved
            | ChangeKind::Formatting,
        )
        | None => None,
    };
    if let Some(kind) = what {
        let counts = count_lines(before.anchor.text(&before.text), now.anchor.text(&now.text));
        add(kind, Some((counts.added, counts.deleted)));
    }
    let has_other_name = own_name(&from.scope_name) != own_name(&to.scope_name);
    let stays = !before.is_elsewhere && from.path == to.path;
    if has_other_name || (stays && from.scope_name != to.scope_name) {
        add(EventKind::Renamed, None);
    }
    if !stays {
        add(EventKind::Moved, None);
    }
}

/// The last part of a name.
pub(super) fn own_name(scope_name: &str) -> &str {
    scope_name
        .rsplit(['.', ':', '#'])
        .next()
        .unwrap_or(scope_name)
}

/// What the symbol was before the commit that wrote the version; `None` when it is new.
fn step(
    lineage: &mut Lineage<'_>,
    at: &mut Found,
    reads: &mut usize,
    followed: &mut Followed,
) -> Option<Before> {
    let files = lineage.parents(&at.version);
    let mut best: Option<Before> = None;
    for file in files {
        let Some(text) = lineage.parent_text(&file) else {
            followed.is_partial = true;
            continue;
        };
        let found = before_in(at, file, text, reads);
        if let Some(same) = found
            .as_ref()
            .filter(|found| found.change.is_none() && !found.is_elsewhere)
            && same.scope_name == at.scope_name
        {
            return found;
        }
        // Of the parents of a merge the one that says most of the same.
        let rank = |before: &Before| {
            let change = before.change.map_or(0, |change| match change {
                ChangeKind::Formatting => 1,
                ChangeKind::Body => 2,
                ChangeKind::Signature => 3,
                ChangeKind::Renamed
                | ChangeKind::Moved
                | ChangeKind::Added
                | ChangeKind::Removed => 4,
            });
            (before.scope_name != at.scope_name, change)
        };
        if let Some(found) = found
            && best.as_ref().is_none_or(|best| rank(&found) < rank(best))
        {
            best = Some(found);
        }
    }
    if best.is_some() {
        return best;
    }
    for parent in lineage.parent_ids(&at.version.commit).iter() {
        if let Some(found) = find_elsewhere(lineage, at, parent, reads) {
            return Some(found);
        }
    }
    None
}

/// The symbol in the same file of a parent: by the cheapest way that is sure.
fn before_in(
    at: &mut Found,
    file: ParentFile,
    text: Rc<Vec<u8>>,
    reads: &mut usize,
) -> Option<Before> {
    if let Some(anchor) = at.anchor.beside(&at.text, &text) {
        return Some(Before::unread(at, file, text, (anchor, None)));
    }
    if let Some(found) = by_heading(at.known(), &file.path, &text) {
        return Some(Before::unread(at, file, text, found));
    }
    match at.anchor.carried(&at.text, &text) {
        Carried::Same(anchor) => Some(Before::unread(at, file, text, (anchor, None))),
        Carried::Inner(anchor) => {
            let change = Some(ChangeKind::Body);
            Some(Before::unread(at, file, text, (anchor, change)))
        }
        Carried::Unclear if is_added(at.known(), &file.path, &text) => None,
        Carried::Unclear => {
            *reads += 1;
            in_place(at, file, text)
        }
    }
}

/// The symbol in the same file of a parent, among the same definitions.
fn in_place(at: &mut Found, file: ParentFile, text: Rc<Vec<u8>>) -> Option<Before> {
    let (definitions, symbol) = at.definitions()?;
    let old = Rc::new(read_definitions(&file.path, &text)?);
    let old_symbol = definitions.before(symbol, &old)?;
    Some(Before::of(
        (&definitions, symbol),
        (old, old_symbol),
        file,
        text,
        false,
    ))
}

impl Before {
    /// A symbol that was found without reading definitions, under the name it has.
    pub(super) fn unread(
        at: &Found,
        file: ParentFile,
        text: Rc<Vec<u8>>,
        (anchor, change): (Anchor, Option<ChangeKind>),
    ) -> Before {
        Before {
            file,
            text,
            scope_name: at.scope_name.clone(),
            anchor,
            read: None,
            change,
            is_elsewhere: false,
        }
    }

    pub(super) fn of(
        now: (&Definitions, u32),
        old: (Rc<Definitions>, u32),
        file: ParentFile,
        text: Rc<Vec<u8>>,
        is_elsewhere: bool,
    ) -> Before {
        let change = now.0.change(now.1, &old.0, old.1);
        Before {
            scope_name: old.0.definition(old.1).scope_name,
            anchor: Anchor::new(&text, old.0.span(old.1)),
            file,
            text,
            change,
            is_elsewhere,
            read: Some(old),
        }
    }
}

/// The symbol of `name` in `path` of `commit`; `None` when it is not there.
pub(super) fn symbol_at(
    lineage: &mut Lineage<'_>,
    commit: &CommitId,
    place: &Place,
    line: u32,
) -> Option<Found> {
    let version = lineage.at(commit, &place.path)?;
    let text = lineage.text(&version)?;
    let definitions = Rc::new(read_definitions(&place.path, &text)?);
    let symbol = definitions.named(&place.scope_name, line)?.symbol;
    Some(Found::of(version, text, definitions, symbol))
}
