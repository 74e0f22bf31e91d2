//! An update that plays the last run of the resolver again: which files say something else since, and what they said.
//!
//! A run belongs to a list of files by path, language and content. Files came, went or have another language: it is of no use.

use std::collections::{BTreeMap, HashSet};

use arc_extract::{FileFacts, Kept, Linked};
use arc_store::{FileRow, StoredFile, Update};

use crate::build::BuildError;
use crate::graph_rows::ProjectFacts;
use crate::remembered::RememberedRun;

/// A run played again.
pub(crate) struct Played<'a> {
    pub(crate) linked: Linked<'a>,
    /// The files of the run, as the graph has them.
    pub(crate) list: Vec<u8>,
    /// Files whose rows in the graph may be other ones than those of the run.
    others: HashSet<String>,
}

impl Played<'_> {
    /// Whether the graph has the rows of a file that follow from what the project says now.
    pub(crate) fn has_rows(&self, facts: &ProjectFacts, file: usize, row: &FileRow) -> bool {
        let source = facts.source(file);
        source.is_some_and(|source| self.linked.is_same(source)) && !self.others.contains(&row.path)
    }
}

/// Keeps what a file said, before the graph is told what it says now.
pub(crate) fn keep_said(update: &Update<'_>, known: &StoredFile) -> Result<(), BuildError> {
    match &known.row.hash {
        Some(hash) => Ok(update.keep_said(&known.row.path, known.id, hash)?),
        // Without a hash the file is in no list of a run.
        None => Ok(()),
    }
}

/// Plays the run that the graph keeps, which may be remembered. `None` when there is none, or none that says what follows from the
/// project as it is.
pub(crate) fn play<'a>(
    update: &Update<'_>,
    facts: &'a ProjectFacts,
    rows: &[FileRow],
    remembered: Option<RememberedRun>,
) -> Result<Option<Played<'a>>, BuildError> {
    if let Some(RememberedRun { list, kept }) = remembered {
        return play_with((update, facts, rows), &list, (&[], Some(kept)));
    }
    let Some(run) = update.run()? else {
        return Ok(None);
    };
    let Some((list, recording)) = split(&run) else {
        return Ok(None);
    };
    play_with((update, facts, rows), list, (recording, None))
}

fn play_with<'a>(
    (update, facts, rows): (&Update<'_>, &'a ProjectFacts, &[FileRow]),
    entries_of_run: &[u8],
    (recording, kept): (&[u8], Option<Kept>),
) -> Result<Option<Played<'a>>, BuildError> {
    let now = entries(facts, rows);
    let Some((list, now)) = read_list(entries_of_run).zip(now) else {
        return Ok(None);
    };
    if list.len() != now.len() {
        return Ok(None);
    }
    let mut old: BTreeMap<usize, FileFacts> = BTreeMap::new();
    for (source, (then, now)) in list.iter().zip(&now).enumerate() {
        if (then.path, then.language) != (now.path, now.language) {
            return Ok(None);
        }
        if then.hash == now.hash {
            continue;
        }
        // What was kept is of the run only if the content is.
        let Some((hash, bytes)) = update.said(then.path)? else {
            return Ok(None);
        };
        let said = FileFacts::unpack(&bytes).ok();
        let Some(said) = said.filter(|_| hash.as_slice() == then.hash) else {
            return Ok(None);
        };
        old.insert(source, said);
    }
    let Ok(linked) = Linked::replayed(facts.sources(), recording, &old, kept) else {
        return Ok(None);
    };
    Ok(Some(Played {
        linked,
        list: entries_of_run.to_vec(),
        others: update.others()?,
    }))
}

/// The run that a resolution was, with the list of its files. `None` when it was not written down.
pub(crate) fn run_of(
    linked: &Linked<'_>,
    facts: &ProjectFacts,
    rows: &[FileRow],
) -> Option<Vec<u8>> {
    let recording = linked.recording()?;
    let mut list = Vec::new();
    for entry in entries(facts, rows)? {
        for part in [entry.path.as_bytes(), entry.language.as_bytes(), entry.hash] {
            list.extend_from_slice(&u32::try_from(part.len()).ok()?.to_le_bytes());
            list.extend_from_slice(part);
        }
    }
    let mut run = u32::try_from(list.len()).ok()?.to_le_bytes().to_vec();
    run.extend(list);
    run.extend(recording);
    Some(run)
}

/// A file of a run.
struct Entry<'r> {
    path: &'r str,
    language: &'r str,
    hash: &'r [u8],
}

/// The files that say something, as they are now; `None` when the content of one is not known.
fn entries<'r>(facts: &'r ProjectFacts, rows: &'r [FileRow]) -> Option<Vec<Entry<'r>>> {
    let sources = facts.sources().files().iter().enumerate();
    let entry = |(source, input): (usize, &'r arc_extract::InputFile)| {
        let row = &rows[facts.file(source)];
        Some(Entry {
            path: &row.path,
            language: input.language,
            hash: row.hash.as_ref()?,
        })
    };
    sources.map(entry).collect()
}

fn split(run: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = run.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}

fn read_list(mut list: &[u8]) -> Option<Vec<Entry<'_>>> {
    let mut entries = Vec::new();
    while !list.is_empty() {
        let mut part = || {
            let (part, rest) = split(list)?;
            list = rest;
            Some(part)
        };
        entries.push(Entry {
            path: std::str::from_utf8(part()?).ok()?,
            language: std::str::from_utf8(part()?).ok()?,
            hash: part()?,
        });
    }
    Some(entries)
}
