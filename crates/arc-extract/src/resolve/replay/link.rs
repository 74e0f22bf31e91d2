//! A project tied together with a run written down, or by playing one again.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::FileFacts;
use crate::languages;
use crate::packed::plain;
use crate::resolve::evaluate::Evaluator;
use crate::resolve::hierarchy::Hierarchy;
use crate::resolve::links::Links;
use crate::resolve::open::open_symbols;
use crate::resolve::program::{KeptProgram, Program};
use crate::resolve::replay::record::{ANY_FILE, Found};
use crate::resolve::replay::recorded::Recorded;
use crate::resolve::replay::renumbered::forget;
use crate::resolve::replay::run::Replayed;
use crate::resolve::replay::same::Renumbering;
use crate::resolve::replay::{NotPlayed, Recorder, links_hash, read, renumbering, replay};
use crate::resolve::rounds::{Looks, known_hierarchy, noted_hierarchy};
use crate::resolve::tables::Tables;
use crate::resolve::values::Sym;
use crate::resolve::{Linked, Sources};

/// How a [`Linked`] stands to a recorded run.
#[derive(Default)]
pub(in crate::resolve) struct Past {
    /// What writes the run down.
    recorder: Option<Recorder>,
    found: Found,
    /// For each file, whether its edges may be other ones than when the run that was played again was recorded; empty when none
    /// was.
    may_differ: Vec<bool>,
    /// For each file of the project, whether it has the edges and nodes that it had then.
    is_same: Vec<bool>,
    /// The run that was played again, and the files that say something else than in it.
    played: Option<(Arc<Recorded>, Vec<usize>)>,
    /// What files say of types.
    looks: Looks,
}

/// What a run that was played again leaves for the next time that it is played for the same list of files: nothing that stays the
/// same is read or found out again.
pub struct Kept {
    program: KeptProgram,
    recorded: Recorded,
    found: Found,
    looks: Looks,
}

impl Past {
    pub(in crate::resolve) fn recorder(&self) -> Option<&Recorder> {
        self.recorder.as_ref()
    }

    /// Takes over what links give files now: they may give other edges than then.
    pub(in crate::resolve) fn compare_links(&mut self, links: &Links) {
        let hashes = self.found.links.iter().enumerate();
        for ((file, hash), may_differ) in hashes.zip(&mut self.may_differ) {
            *may_differ |= links_hash(links.of(file as u32)) != *hash;
        }
    }

    /// Whether it is known which anonymous functions a file calls.
    pub(in crate::resolve) fn knows_calls(&self, file: usize) -> bool {
        self.may_differ.get(file).is_some_and(|may| !may)
    }

    /// The anonymous functions that these files call.
    pub(in crate::resolve) fn known_calls(&self) -> impl Iterator<Item = Sym> + '_ {
        let called = self.found.called.iter();
        let known = called.filter(|(by, _)| self.knows_calls(*by as usize));
        known.map(|(_, sym)| *sym)
    }
}

impl Kept {
    /// Whether it says something of these files: no string that came had a number already.
    #[must_use]
    pub fn fits(&self, sources: &Sources) -> bool {
        self.program.has_names_of(&sources.names)
    }
}

impl<'a> Linked<'a> {
    /// As [`Linked::new`], and notes what [`Linked::recording`] gives once the edges of all files were made.
    #[must_use]
    pub fn recorded(sources: &'a Sources) -> Linked<'a> {
        let program = Program::new(&sources.files, &sources.preludes, &sources.names);
        let (hierarchy, types) = noted_hierarchy(&program, &|_| true);
        let mut recorder = Recorder::new(program.files.len());
        let tables =
            crate::resolve::rounds::fixpoint(&program, &hierarchy, &|_| true, Some(&mut recorder));
        let (open, read) = open(&program, &hierarchy, &tables, None);
        for (file, keys) in read.into_iter().enumerate() {
            recorder.read(file, keys);
        }
        let past = Past {
            recorder: Some(recorder),
            ..Past::default()
        };
        let mut linked = Linked::finished((program, hierarchy, tables), &open, past);
        let files = 0..linked.program.project_files as u32;
        linked.past.found = Found {
            types,
            links: files
                .map(|file| links_hash(linked.links.of(file)))
                .collect(),
            open,
            ..linked.anonymous()
        };
        linked
    }

    /// What files have to do with anonymous functions.
    fn anonymous(&self) -> Found {
        let mut found = Found::default();
        for (file, references) in self.found.iter().enumerate() {
            let file = file as u32;
            let references = references.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(references) = references.as_ref() else {
                found.refers.push((file, ANY_FILE));
                continue;
            };
            let called = self.hidden.called_by(references);
            found.called.extend(called.map(|sym| (file, sym)));
            let mut files: Vec<u32> = self
                .hidden
                .files_of(&self.program, references)
                .into_iter()
                .collect();
            files.sort_unstable();
            found.refers.extend(files.into_iter().map(|of| (file, of)));
        }
        found
    }

    /// What a later run needs to be played against this one. `None` unless it is recorded and the edges of all files were made.
    #[must_use]
    pub fn recording(&self) -> Option<Vec<u8>> {
        let recorder = self.past.recorder()?;
        let plain = recorder.write(&self.program, &self.past.found)?;
        Some(lz4_flex::block::compress_prepend_size(&plain))
    }

    /// As [`Linked::new`] for a project of which `recording` is, but that the files of `old` said something else: what
    /// they said then. Only what can differ is evaluated. `kept` is what the last one of this recording left whose `sources` were
    /// those from which these were made by [`Sources::replaced`].
    ///
    /// # Errors
    /// When what differs cannot be told, or would be as much work.
    pub fn replayed(
        sources: &'a Sources,
        recording: &[u8],
        old: &BTreeMap<usize, FileFacts>,
        kept: Option<Kept>,
    ) -> Result<Linked<'a>, NotPlayed> {
        let mut moved: FxHashMap<u32, Renumbering> = FxHashMap::default();
        for (file, old) in old {
            let new = sources.files.get(*file).ok_or(NotPlayed::Files)?;
            let language = languages::by_name(new.language).ok_or(NotPlayed::Files)?;
            moved.insert(*file as u32, renumbering((old, &new.facts), language)?);
        }
        let kept = kept.filter(|kept| kept.fits(sources));
        let edited: Vec<usize> = old.keys().copied().collect();
        let (kept, read_before, mut looks) = match kept {
            Some(kept) => {
                let program = kept.program.without(old.keys());
                (Some(program), Some((kept.recorded, kept.found)), kept.looks)
            }
            None => (None, None, Looks::new()),
        };
        let inputs = (&*sources.files, &sources.preludes, &*sources.names);
        let program = Program::again(inputs, kept);
        // A text that stands in another file sees the names around it, those inside of functions too.
        let is_edited = |file: &u32| moved.contains_key(file);
        if program
            .surroundings
            .values()
            .any(|(around, _)| is_edited(around))
        {
            return Err(NotPlayed::Names);
        }
        forget(&program, &edited, &mut looks);
        let is_noted = |file: usize| old.contains_key(&file);
        let (hierarchy, types, looks) = known_hierarchy(&program, &is_noted, looks);
        if hierarchy.mixes().any(|(file, _)| moved.contains_key(&file)) {
            return Err(NotPlayed::Types);
        }
        let (mut recorded, found) = match read_before {
            Some(known) => known,
            None => {
                // Bytes that cannot be read are no recording: everything is resolved.
                let recording = plain(recording).map_err(|_| NotPlayed::Unreadable)?;
                let read = read(&program, &recording).ok().flatten();
                read.ok_or(NotPlayed::Unreadable)?
            }
        };
        if old.keys().any(|file| found.types[*file] != types[*file]) {
            return Err(NotPlayed::Types);
        }
        recorded.renumber(&program, &moved);
        let recorded = Arc::new(recorded);
        let replayed = replay(&program, &hierarchy, &recorded, &edited);
        let replayed = replayed.ok_or(NotPlayed::TooMuch)?;
        let past = Past {
            found,
            played: Some((recorded, edited)),
            looks,
            ..Past::default()
        };
        Ok(Linked::replayed_with(program, hierarchy, replayed, past))
    }

    /// What the next [`Linked::replayed`] need not find out again; `None` if this was none.
    #[must_use]
    pub fn into_kept(self) -> Option<Kept> {
        let Linked {
            program,
            tables,
            past,
            ..
        } = self;
        let (recorded, edited) = past.played?;
        let mut looks = past.looks;
        forget(&program, &edited, &mut looks);
        // They have a hold on the run.
        drop(tables);
        let mut recorded = Arc::into_inner(recorded)?;
        recorded.restore();
        Some(Kept {
            program: program.into_kept(&edited),
            recorded,
            found: past.found,
            looks,
        })
    }

    fn replayed_with(
        program: Program<'a>,
        hierarchy: Hierarchy,
        replayed: Replayed,
        past: Past,
    ) -> Linked<'a> {
        let Replayed { tables, may_differ } = replayed;
        let known = (&*may_differ, &past.found);
        let (open, _) = open(&program, &hierarchy, &tables, Some(known));
        let past = Past { may_differ, ..past };
        let mut linked = Linked::finished((program, hierarchy, tables), &open, past);
        let found = &linked.past.found;
        let mut differs = linked.past.may_differ.clone();
        let were_open: FxHashSet<Sym> = found.open.iter().map(|(_, sym)| *sym).collect();
        for sym in linked.open.symmetric_difference(&were_open) {
            differs[sym.file as usize] = true;
        }
        let were_called: FxHashSet<Sym> = found.called.iter().map(|(_, sym)| *sym).collect();
        let others = linked.hidden.differing(&were_called);
        for (by, of) in &found.refers {
            if others.contains(of) || *of == ANY_FILE && !others.is_empty() {
                differs[*by as usize] = true;
            }
        }
        #[expect(clippy::iter_over_hash_type, reason = "marks are set in any order")]
        for file in others {
            differs[file as usize] = true;
        }
        let files = 0..linked.program.project_files;
        linked.past.is_same = files.map(|file| !differs[file]).collect();
        linked
    }

    /// Whether a file is known to have the edges and nodes that it had when the run was recorded that was played again.
    #[must_use]
    pub fn is_same(&self, file: usize) -> bool {
        self.past.is_same.get(file).copied().unwrap_or(false)
    }
}

/// Functions that code outside the project may run, each with the file that says so.
type Open = Vec<(u32, Sym)>;

/// What files say is run from outside, and which keys they read for that. Of `known` files it is taken over where they say the
/// same.
fn open(
    program: &Program<'_>,
    hierarchy: &Hierarchy,
    tables: &Tables,
    known: Option<(&[bool], &Found)>,
) -> (Open, Vec<FxHashSet<crate::resolve::tables::Key>>) {
    let is_evaluated = |file: usize| known.is_none_or(|(may_differ, _)| may_differ[file]);
    let of_file = |file: usize| {
        if !is_evaluated(file) {
            return (Vec::new(), FxHashSet::default());
        }
        let evaluator = Evaluator::new(program, hierarchy, tables, file as u32).recording();
        let open = open_symbols(&evaluator);
        let open: Open = open.into_iter().map(|sym| (file as u32, sym)).collect();
        (open, evaluator.recorded_keys())
    };
    let files = (0..program.project_files).into_par_iter();
    let found: Vec<(Open, FxHashSet<_>)> = files.map(of_file).collect();
    let (open, read): (Vec<Open>, Vec<_>) = found.into_iter().unzip();
    let mut open: Open = open.into_iter().flatten().collect();
    if let Some((_, found)) = known {
        let kept = found.open.iter().copied();
        open.extend(kept.filter(|(by, _)| !is_evaluated(*by as usize)));
    }
    (open, read)
}
