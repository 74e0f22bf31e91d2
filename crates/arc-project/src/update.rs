//! An update: what changed is read, what follows from it is worked out in memory, and only rows that differ are written.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use arc_extract::{FileEdges, FileFacts, Linked, NamePool, moved_lines};
use arc_history::owner_file_paths;
use arc_store::{
    ChangedFile, FileGraph, FileRow, GraphFile, Keys, LineMap, Stamp, StoreError, StoredFile,
    Update, file_digest,
};
use rayon::prelude::*;

use crate::build::{BuildError, BuildMode, BuildSummary, Job, project_facts, set_names, summarize};
use crate::cached_facts::{decode, decode_all, texts};
use crate::graph_rows::{ProjectFacts, Resolved, file_node};
use crate::history::{self, Past};
use crate::link_ends::LINKS;
use crate::owners::FileOwners;
use crate::progress::Stage;
use crate::read_file::{ReadFile, Reading, read_file};
use crate::reading::in_order;
use crate::records::tie_records;
use crate::remembered::{Known, KnownNodes, Memory, Remembered, RememberedRun};
use crate::replayed::{self, Played, keep_said};
use crate::scip_merge::{self, Indexes, ScipReport};
use crate::view::{Suspect, View, look};
use crate::walk::Tree;

/// How an update ended.
pub(crate) enum Outcome {
    /// The graph says what the tree says.
    Done(BuildSummary),
    /// The graph cannot be updated and must be made anew; why.
    Unusable(String),
}

/// What reading the suspects gave.
#[derive(Default)]
struct Changes {
    /// Files whose content is the same, with new times.
    stamps: Vec<(i64, Stamp)>,
    /// Files that differ or are new, in path order.
    read: Vec<(Suspect, ReadFile)>,
}

/// Updates the graph to the tree.
pub(crate) fn update(
    job: &Job<'_>,
    graph: GraphFile,
    past: &mut Past,
    patience: Duration,
) -> Result<Outcome, BuildError> {
    let looked = look(job, &graph, past.git()).and_then(|view| {
        let known = graph.meta(scip_merge::INDEXES)?.unwrap_or_default();
        let is_new = |indexes: &Indexes| indexes.meta != known;
        let is_index_new = job.indexes.as_ref().is_some_and(is_new);
        let identity = graph.identity().clone();
        Ok((view, graph.meta(history::STATE)?, identity, is_index_new))
    });
    // A reader that stays would keep our own commit waiting.
    drop(graph);
    let (mut view, known_past, identity, is_index_new) = match looked {
        Ok(looked) => looked,
        Err(error) => return unusable_or(error),
    };
    job.go_on()?;
    let is_past_new = past.differs(known_past.as_deref());
    if view.is_same() && !is_past_new && !is_index_new {
        return unchanged(job, &view);
    }
    let changes = read_suspects(job, &view.tree, std::mem::take(&mut view.suspects))?;
    let is_told = is_past_new || is_index_new;
    let only_times = changes.read.is_empty() && view.gone.is_empty() && !is_told;
    let may_change_owners = !view.gone.is_empty()
        || changes.read.iter().any(|(suspect, file)| {
            suspect.stored.is_none() || owner_file_paths().contains(&file.row.path.as_str())
        });
    let lock_patience = if only_times { Duration::ZERO } else { patience };
    let lock = match job.lock(lock_patience) {
        Ok(lock) => lock,
        // Times are noted to save the next look; a place that cannot be written loses nothing.
        Err(BuildError::Store(StoreError::ReadOnly { .. } | StoreError::Locked { .. }))
            if only_times =>
        {
            return unchanged(job, &view);
        }
        Err(error) => return Err(error),
    };
    let update = match Update::begin(&lock) {
        Ok(update) => update,
        Err(error) => return unusable_or(error),
    };
    // Another build may have come between the look and the lock.
    if *update.identity() != identity {
        drop(update);
        drop(lock);
        *past = Past::look(job);
        let graph = match GraphFile::open(job.graph) {
            Ok(graph) => graph,
            Err(error) => return unusable_or(error),
        };
        return self::update(job, graph, past, patience);
    }
    let work = Work {
        job,
        update: &update,
        indexes: job.indexes.as_ref().filter(|_| is_index_new),
    };
    let mut summary = match work.write(&view, changes) {
        Ok(summary) => summary,
        Err(BuildError::Store(error)) => return unusable_or(error),
        Err(error) => return Err(error),
    };
    if summary.mode != BuildMode::Unchanged {
        tie_records(&update.record_names())?;
    }
    if may_change_owners {
        let paths = view.tree.files.iter().map(|file| file.path.as_str());
        let owners = FileOwners::of(job.root, paths);
        update.set_owned(owners.path.as_deref(), &owners.rows)?;
    }
    if is_past_new {
        match past.bring_up(job, &update) {
            Ok(true) => summary.mode = with_commits(summary.mode),
            Ok(false) => {}
            Err(BuildError::Store(error)) => return unusable_or(error),
            Err(error) => return Err(error),
        }
    }
    if summary.mode != BuildMode::Unchanged {
        let meta = job.meta();
        let meta: Vec<(&str, &str)> = meta
            .iter()
            .map(|(key, value)| (*key, value.as_str()))
            .collect();
        update.set_meta(&meta)?;
    }
    update.set_folders(&view.tree.folders)?;
    update.remove_folders(&view.forgotten)?;
    job.go_on()?;
    update.commit()?;
    summary.unreadable.clone_from(&view.tree.unreadable);
    Ok(Outcome::Done(summary))
}

/// The summary of a look that found nothing.
fn unchanged(job: &Job<'_>, view: &View) -> Result<Outcome, BuildError> {
    let rows = if job.brief {
        Vec::new()
    } else {
        GraphFile::open(job.graph)?.files()?
    };
    let summary = summarize(rows.iter().map(|file| &file.row), &view.tree);
    Ok(Outcome::Done(BuildSummary {
        files: view.count,
        ..summary
    }))
}

fn with_commits(mode: BuildMode) -> BuildMode {
    match mode {
        BuildMode::Unchanged => BuildMode::History,
        BuildMode::Full | BuildMode::Updated | BuildMode::Shifted | BuildMode::History => mode,
    }
}

fn unusable_or(error: StoreError) -> Result<Outcome, BuildError> {
    if error.is_healed_by_full_build() {
        Ok(Outcome::Unusable(error.to_string()))
    } else {
        Err(error.into())
    }
}

fn read_suspects(
    job: &Job<'_>,
    tree: &Tree,
    suspects: Vec<Suspect>,
) -> Result<Changes, BuildError> {
    let count = suspects.len();
    let read = |position: usize| {
        let suspect = &suspects[position];
        let known = suspect.stored.as_ref().map(|known| &known.row);
        read_file(job.root, &tree.files[suspect.found], known)
    };
    let mut readings = Vec::with_capacity(count);
    in_order(count, job.threads, read, |position, reading| {
        job.go_on()?;
        job.progress
            .report(Stage::Extract, position as u64 + 1, count as u64);
        readings.push(reading);
        Ok::<(), BuildError>(())
    })?;
    let mut changes = Changes::default();
    for (suspect, reading) in suspects.into_iter().zip(readings) {
        match (reading, &suspect.stored) {
            (Reading::Same, Some(known)) => {
                let stamp = tree.files[suspect.found].stamp;
                changes.stamps.push((known.id, stamp));
            }
            (Reading::Same, None) => {}
            (Reading::Read(file), _) => changes.read.push((suspect, *file)),
        }
    }
    Ok(changes)
}

/// The files of the project as they now are.
struct Project {
    /// In path order.
    rows: Vec<FileRow>,
    ids: Vec<i64>,
    /// Digests the graph has; 0 for new files.
    digests: Vec<i64>,
    /// Module names the graph has.
    modules: Vec<String>,
    /// Positions of files that were read.
    read: HashSet<usize>,
    /// Of those, the ones whose words may differ.
    words: HashSet<usize>,
    facts: Vec<Option<FileFacts>>,
}

/// An update at work.
struct Work<'a> {
    job: &'a Job<'a>,
    update: &'a Update<'a>,
    /// What takes the place of the indexes that the graph has, if it is something else.
    indexes: Option<&'a Indexes>,
}

impl Work<'_> {
    fn write(&self, view: &View, changes: Changes) -> Result<BuildSummary, BuildError> {
        let gone = view.gone.as_slice();
        for (id, stamp) in &changes.stamps {
            self.update.set_stamp(*id, *stamp)?;
        }
        let count = changes.read.len() + gone.len();
        let mut old = Vec::with_capacity(changes.read.len());
        let mut speaks = false;
        for (suspect, file) in &changes.read {
            let facts = match &suspect.stored {
                Some(known) => self.facts(known.id)?,
                None => None,
            };
            speaks |= facts.is_some() || file.facts.is_some();
            old.push(facts);
        }
        for id in gone {
            speaks |= self.update.facts(*id)?.is_some();
        }
        let mut summary = if self.indexes.is_some() {
            self.resolve(&view.tree, changes, old, gone)?
        } else if count == 0 {
            BuildSummary::default()
        } else if !speaks {
            self.write_silent(&changes, gone)?
        } else if let Some(summary) = self.shift(&changes, &old, gone)? {
            summary
        } else {
            self.resolve(&view.tree, changes, old, gone)?
        };
        let now = if self.job.brief {
            Vec::new()
        } else {
            self.update.files()?
        };
        summary = BuildSummary {
            mode: summary.mode,
            files: view.count,
            rewritten: summary.rewritten,
            changed: count,
            scip: summary.scip,
            ..summarize(now.iter().map(|file| &file.row), &view.tree)
        };
        Ok(summary)
    }

    fn facts(&self, file: i64) -> Result<Option<FileFacts>, BuildError> {
        let bytes = self.update.facts(file)?;
        bytes
            .map(|bytes| decode(self.job.graph, &bytes))
            .transpose()
    }

    /// Files that say nothing came, went or changed: nothing else can follow from it.
    fn write_silent(&self, changes: &Changes, gone: &[i64]) -> Result<BuildSummary, BuildError> {
        for id in gone {
            self.update.remove_file(*id)?;
        }
        for (suspect, file) in &changes.read {
            let mut row = file.row.clone();
            set_names(&mut row, "");
            let id = match &suspect.stored {
                Some(known) => known.id,
                None => self.update.add_file(&row)?,
            };
            let graph = FileGraph {
                nodes: vec![file_node(&row)],
                ..FileGraph::default()
            };
            self.update.set_terms(id, file.terms.as_deref())?;
            self.update.set_records(id, &file.records)?;
            let mut keys = Keys::with_capacity(1);
            keys.push(&row.path, &graph.nodes);
            let digest = file_digest(&keys, 0, &row.module, &graph);
            let changed = ChangedFile {
                file: 0,
                row: &row,
                graph,
                words_changed: true,
            };
            self.update.rewrite(&keys, &[id], &[changed])?;
            self.update.set_file(&StoredFile { id, row, digest })?;
        }
        Ok(BuildSummary {
            mode: BuildMode::Updated,
            rewritten: changes.read.len(),
            ..BuildSummary::default()
        })
    }

    /// The cheap way: every changed file says what it said, on other lines. `None` when that is not so.
    fn shift(
        &self,
        changes: &Changes,
        old: &[Option<FileFacts>],
        gone: &[i64],
    ) -> Result<Option<BuildSummary>, BuildError> {
        if !gone.is_empty() {
            return Ok(None);
        }
        let mut maps = Vec::with_capacity(old.len());
        for ((suspect, file), old) in changes.read.iter().zip(old) {
            let (Some(_), Some((new, _)), Some(old)) = (&suspect.stored, &file.facts, old) else {
                return Ok(None);
            };
            // What an index says is compared with the text, line by line and column by column.
            if self.update.has_scip_record(&file.row.path)? {
                return Ok(None);
            }
            let map = moved_lines(old, new).and_then(|pairs| LineMap::new(pairs.into_iter()));
            let Some(map) = map else {
                return Ok(None);
            };
            maps.push(map);
        }
        // Everything is planned before the first row is written: a later file may not fit.
        let mut plans = Vec::with_capacity(maps.len());
        for ((suspect, file), map) in changes.read.iter().zip(&maps) {
            let Some(known) = &suspect.stored else {
                return Ok(None);
            };
            let last = file.row.lines.max(1);
            let Some(plan) = self.update.plan_shift(known, map, last)? else {
                return Ok(None);
            };
            plans.push((known, plan));
        }
        for ((_, file), (known, plan)) in changes.read.iter().zip(plans) {
            keep_said(self.update, known)?;
            let digest = self.update.shift(known, plan)?;
            let mut row = file.row.clone();
            set_names(&mut row, &known.row.module);
            self.update.set_file(&StoredFile {
                id: known.id,
                row,
                digest,
            })?;
            let bytes = file.facts.as_ref().map(|(_, bytes)| bytes.as_slice());
            self.update.set_facts(known.id, bytes)?;
            self.update.set_terms(known.id, file.terms.as_deref())?;
            self.update.set_records(known.id, &file.records)?;
        }
        Ok(Some(BuildSummary {
            mode: BuildMode::Shifted,
            rewritten: changes.read.len(),
            ..BuildSummary::default()
        }))
    }

    /// The thorough way: everything is resolved again from cached facts, and files whose rows differ are rewritten.
    fn resolve(
        &self,
        tree: &Tree,
        changes: Changes,
        old: Vec<Option<FileFacts>>,
        gone: &[i64],
    ) -> Result<BuildSummary, BuildError> {
        for id in gone {
            self.update.remove_file(*id)?;
        }
        for known in changes
            .read
            .iter()
            .filter_map(|(suspect, _)| suspect.stored.as_ref())
        {
            keep_said(self.update, known)?;
        }
        let mut project = self.project(tree, changes, old)?;
        let Known { facts, run, nodes } = self.facts_of(&mut project)?;
        self.job.progress.report(Stage::Resolve, 0, 0);
        let has_compilers =
            self.indexes.is_some() || self.update.meta(scip_merge::INDEXES)?.is_some();
        let mut played = if has_compilers {
            None
        } else {
            replayed::play(self.update, &facts, &project.rows, run)?
        };
        let list = played
            .as_mut()
            .map(|played| std::mem::take(&mut played.list));
        let keeps = |(file, row): (usize, &FileRow)| {
            let is_kept = |played: &Played<'_>| played.has_rows(&facts, file, row);
            !project.read.contains(&file) && played.as_ref().is_some_and(is_kept)
        };
        let kept: Vec<bool> = project.rows.iter().enumerate().map(keeps).collect();
        let is_played = played.is_some();
        let linked = match played {
            Some(played) => played.linked,
            // Where one update follows another the run stays that of the project as it was before all of them.
            None if has_compilers || self.job.memory.is_some() => Linked::new(facts.sources()),
            None => Linked::recorded(facts.sources()),
        };
        let mut resolved = Resolved::with(&facts, linked);
        let scip = self.merge(&mut resolved, &project.rows)?;
        self.update.set_meta(&[(LINKS, &resolved.link_ends())])?;
        self.job.go_on()?;
        for (file, row) in project.rows.iter_mut().enumerate() {
            set_names(row, &resolved.module(file));
        }
        let rows = &project.rows;
        let mut keys = Keys::with_capacity(resolved.node_count());
        for (file, row) in rows.iter().enumerate() {
            let known = nodes
                .as_ref()
                .filter(|nodes| kept[file] && nodes.is_of_run[file]);
            if let Some(nodes) = known {
                keys.push_known(&nodes.keys, file);
                continue;
            }
            let symbols = resolved.symbols(file);
            keys.push(&row.path, &resolved.nodes(file, row, &symbols, &[]));
        }
        let digests: Vec<i64> = (0..rows.len())
            .into_par_iter()
            .map(|file| {
                if kept[file] {
                    return project.digests[file];
                }
                let found = resolved.edges(file);
                let graph = resolved.graph(file, &rows[file], &found, &[]);
                file_digest(&keys, file, &rows[file].module, &graph)
            })
            .collect();
        let differs =
            |file: &usize| digests[*file] != project.digests[*file] || project.words.contains(file);
        if is_played || self.job.memory.is_none() {
            self.keep_run(&resolved, (&facts, rows), is_played)?;
        } else {
            let mut others = self.update.others()?;
            others.extend(
                (0..rows.len())
                    .filter(differs)
                    .map(|file| rows[file].path.clone()),
            );
            let others: BTreeSet<&str> = others.iter().map(String::as_str).collect();
            self.update.set_others(others.into_iter())?;
        }
        let found: Vec<(usize, FileEdges)> = (0..rows.len())
            .into_par_iter()
            .filter(differs)
            .map(|file| (file, resolved.edges(file)))
            .collect();
        let texts = found
            .iter()
            .map(|(file, _)| texts(self.job.graph, self.update.facts(project.ids[*file])?))
            .collect::<Result<Vec<_>, BuildError>>()?;
        let changed: Vec<ChangedFile<'_>> = found
            .iter()
            .zip(&texts)
            .map(|((file, found), texts)| (*file, found, texts))
            .map(|(file, found, texts)| ChangedFile {
                file,
                row: &rows[file],
                graph: resolved.graph(file, &rows[file], found, texts),
                words_changed: project.words.contains(&file)
                    || project.modules[file] != rows[file].module,
            })
            .collect();
        self.update.rewrite(&keys, &project.ids, &changed)?;
        for file in 0..rows.len() {
            let stored = || StoredFile {
                id: project.ids[file],
                row: rows[file].clone(),
                digest: digests[file],
            };
            if project.read.contains(&file) {
                self.update.set_file(&stored())?;
            } else if differs(&file) {
                self.update.set_resolution(&stored())?;
            }
        }
        let summary = BuildSummary {
            mode: BuildMode::Updated,
            rewritten: changed.len(),
            scip,
            ..BuildSummary::default()
        };
        drop(changed);
        if let Some(memory) = self.job.memory {
            let left = resolved.into_linked().into_kept();
            let run = list
                .zip(left)
                .map(|(list, kept)| RememberedRun { list, kept });
            memory.put(Some(Remembered {
                rows: project.rows,
                facts,
                run,
                nodes: KnownNodes {
                    keys,
                    is_of_run: kept,
                },
            }));
        }
        Ok(summary)
    }

    /// What all files say, and the run that was played the last time; as far as that is remembered nothing is read.
    fn facts_of(&self, project: &mut Project) -> Result<Known, BuildError> {
        let remembered = self.job.memory.and_then(Memory::take);
        let mut facts = std::mem::take(&mut project.facts);
        if let Some(remembered) = remembered {
            let is_read = |file: usize| project.read.contains(&file);
            if let Some(known) = remembered.with(&project.rows, &is_read, &mut facts) {
                return Ok(known);
            }
        }
        let mut pool = NamePool::default();
        self.load_facts(project, &mut facts, &mut pool)?;
        Ok(Known {
            facts: project_facts(&project.rows, facts, pool),
            run: None,
            nodes: None,
        })
    }

    /// Keeps the run, or notes which files have other rows than those of the run that was played.
    fn keep_run(
        &self,
        resolved: &Resolved<'_>,
        (facts, rows): (&ProjectFacts, &[FileRow]),
        is_played: bool,
    ) -> Result<(), BuildError> {
        if is_played {
            let is_other = |file: &usize| {
                let source = facts.source(*file);
                source.is_some_and(|source| !resolved.linked().is_same(source))
            };
            let others = (0..rows.len()).filter(is_other);
            self.update
                .set_others(others.map(|file| rows[file].path.as_str()))?;
        } else {
            let run = replayed::run_of(resolved.linked(), facts, rows);
            self.update.set_run(run.as_deref())?;
        }
        Ok(())
    }

    /// Takes over what compilers say, and keeps it when it is new.
    fn merge(
        &self,
        resolved: &mut Resolved<'_>,
        rows: &[FileRow],
    ) -> Result<Option<ScipReport>, BuildError> {
        if let Some(indexes) = self.indexes {
            self.update.set_scip_records(&indexes.records)?;
            let meta = Some(indexes.meta.as_str()).filter(|meta| !meta.is_empty());
            self.update.set_or_forget_meta(scip_merge::INDEXES, meta)?;
            return resolved.merge(self.job, rows, indexes);
        }
        let Some(meta) = self.update.meta(scip_merge::INDEXES)? else {
            return Ok(None);
        };
        let kept = Indexes {
            records: self.update.scip_records()?,
            meta,
            ..Indexes::default()
        };
        resolved.merge(self.job, rows, &kept)
    }

    /// Merges what was read into what is known, adds new files to the graph, and keeps the new facts.
    fn project(
        &self,
        tree: &Tree,
        changes: Changes,
        old: Vec<Option<FileFacts>>,
    ) -> Result<Project, BuildError> {
        let count = tree.files.len();
        let stored = self.update.files()?;
        let mut project = Project {
            rows: Vec::with_capacity(count),
            ids: Vec::with_capacity(count),
            digests: Vec::with_capacity(count),
            modules: Vec::with_capacity(count),
            read: HashSet::new(),
            words: HashSet::new(),
            facts: Vec::with_capacity(count),
        };
        let mut read = changes.read.into_iter().zip(old).peekable();
        let mut at = 0;
        for (position, found) in tree.files.iter().enumerate() {
            while stored
                .get(at)
                .is_some_and(|known| known.row.path < found.path)
            {
                at += 1;
            }
            let known = stored.get(at).filter(|known| known.row.path == found.path);
            match read.next_if(|((suspect, _), _)| suspect.found == position) {
                Some(((_, file), old)) => {
                    let id = match known {
                        Some(known) => known.id,
                        None => self.update.add_file(&file.row)?,
                    };
                    let (facts, bytes) = file.facts.unzip();
                    self.update.set_facts(id, bytes.as_deref())?;
                    self.update.set_terms(id, file.terms.as_deref())?;
                    self.update.set_records(id, &file.records)?;
                    if known.is_none() || docs(old.as_ref()) != docs(facts.as_ref()) {
                        project.words.insert(position);
                    }
                    project.read.insert(position);
                    project.ids.push(id);
                    project.rows.push(file.row);
                    project.facts.push(facts.map(|facts| FileFacts {
                        docs: Vec::new(),
                        ..facts
                    }));
                }
                None => {
                    let known = known.expect("a file that is in the graph or was read");
                    project.ids.push(known.id);
                    project.rows.push(FileRow {
                        stamp: found.stamp,
                        ..known.row.clone()
                    });
                    project.facts.push(None);
                }
            }
            project.digests.push(known.map_or(0, |known| known.digest));
            project
                .modules
                .push(known.map_or_else(String::new, |known| known.row.module.clone()));
        }
        Ok(project)
    }

    /// Reads the cached facts of all files that were not read.
    fn load_facts(
        &self,
        project: &Project,
        facts: &mut [Option<FileFacts>],
        pool: &mut NamePool,
    ) -> Result<(), BuildError> {
        let speaks = |file: &usize| project.rows[*file].language.is_some();
        let files: Vec<usize> = (0..project.rows.len())
            .filter(|file| speaks(file) && !project.read.contains(file))
            .collect();
        let ids = &project.ids;
        let read = |file: usize| self.update.facts(ids[file]);
        decode_all(self.job.graph, &files, read, facts, pool)
    }
}

/// The documentation of a file with the names of what it belongs to.
fn docs(facts: Option<&FileFacts>) -> Vec<(Vec<&str>, &str)> {
    let Some(facts) = facts else {
        return Vec::new();
    };
    let docs = facts.docs.iter().map(|doc| {
        let mut names = Vec::new();
        let mut symbol = doc.symbol;
        // The file has no parent and ends the way up; facts that go in circles end it as well.
        while let Some(fact) = facts.symbols.get(symbol.index()) {
            names.push(facts.text(fact.name));
            symbol = fact.parent;
            if names.len() > 300 {
                break;
            }
        }
        (names, doc.text.as_str())
    });
    docs.collect()
}
