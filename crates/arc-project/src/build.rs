//! A repository to its graph: from nothing, or by changing what is there.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use arc_extract::{FileEdges, FileFacts, Linked, NamePool, languages, separator};
use arc_history::{GitHistory, HistoryError};
use arc_scip::ReadError;
use arc_store::{
    BulkWriter, CoverageRows, FileRow, GraphFile, Keys, StoreError, WriteLock, file_flag,
};
use rayon::prelude::*;

use crate::cached_facts::{decode_all, texts};
use crate::coverage;
use crate::graph_rows::{ProjectFacts, Resolved};
use crate::history::{HistoryOption, Past};
use crate::link_ends::LINKS;
use crate::owners::FileOwners;
use crate::progress::{Progress, Stage};
use crate::read_file::{ReadFile, Reading, read_file};
use crate::reading::in_order;
use crate::records::tie_records;
use crate::remembered::Memory;
use crate::replayed::run_of;
use crate::scip_merge::{self, Indexes, ScipOption, ScipReport};
use crate::update;
use crate::walk::{Tree, walk};

/// Grows whenever the same facts would give other rows, or the same file another class.
const ROWS_VERSION: u32 = 4;

/// Files whose edges are in memory at a time.
const BATCH: usize = 256;

/// Graphs of another version are built anew.
pub(crate) fn extractor_version() -> String {
    format!("{}/{ROWS_VERSION}", arc_extract::VERSION)
}

/// How to build.
#[derive(Clone, Debug, Default)]
pub struct BuildOptions {
    /// Where the graph is; `None` for `.arc/graph.db` below the root.
    pub graph: Option<PathBuf>,
    /// Starts over even when there is a graph.
    pub full: bool,
    /// How long to wait for another build of the same graph.
    pub patience: Duration,
    /// Threads that read and extract; `None` for one a processor.
    pub threads: Option<usize>,
    /// What compilers say.
    pub scip: ScipOption,
    /// Whether commits are indexed.
    pub history: HistoryOption,
    /// Unless everything is read, the summary has no counts that a look at every file's row would cost.
    pub brief: bool,
}

/// What a build did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BuildMode {
    /// Everything was read.
    Full,
    /// Some files were read again, and references resolved.
    Updated,
    /// Some files were read again, and only lines moved.
    Shifted,
    /// No file had changed, but there were other commits.
    History,
    /// Nothing had changed.
    #[default]
    Unchanged,
}

/// What a build did and left out, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildSummary {
    /// How much was done.
    pub mode: BuildMode,
    /// Files of the tree.
    pub files: usize,
    /// Files in a known language.
    pub source_files: usize,
    /// Files that are new, differ or are gone since the last build; all of them for a full one.
    pub changed: usize,
    /// Files whose rows were written.
    pub rewritten: usize,
    /// Files left out or marked, by what they are (`vendored`, `too large` …), zero counts left out.
    pub marked: Vec<(&'static str, usize)>,
    /// Files with syntax errors.
    pub with_errors: usize,
    /// What could not be listed, as text.
    pub unreadable: Vec<String>,
    /// Why a graph that was there was not updated but made anew, when it was.
    pub rebuilt_because: Option<String>,
    /// What became of indexes of compilers, when there are some and references were resolved.
    pub scip: Option<ScipReport>,
    /// What was merged into the graph before and could not be taken over, with the command that merges it again.
    pub scip_lost: Option<String>,
    /// Pull requests and issues of a tracker were in the graph before and could not be taken over.
    pub tickets_lost: bool,
    /// What people had said of findings and changes was in the graph before and could not be taken over.
    pub feedback_lost: bool,
}

/// A build failed, and the graph is what it was before.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// There is no such folder.
    #[error("{path} is not a folder that can be read")]
    NoFolder {
        /// What was asked for.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The graph cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An index of a compiler cannot be used.
    #[error(transparent)]
    Index(#[from] ReadError),
    /// Whoever watches wanted it to stop.
    #[error("interrupted; the graph is as it was before")]
    Cancelled,
}

/// Where the graph of a repository is unless somebody says otherwise.
#[must_use]
pub fn default_graph_path(root: &Path) -> PathBuf {
    root.join(".arc").join("graph.db")
}

/// Builds or updates the graph of the tree at `root`. When nothing changed, nothing is written and no lock is taken.
///
/// # Errors
/// When the folder or the graph cannot be used; the graph is then as it was.
pub fn build(
    root: &Path,
    options: &BuildOptions,
    progress: &dyn Progress,
) -> Result<BuildSummary, BuildError> {
    build_from(root, &GitHistory::open, options, (progress, None))
}

/// [`build`] on threads that end with it: what an allocator keeps for a thread is given back when the thread ends, and whoever
/// lives on has no use for the memory of a build.
///
/// # Errors
/// The same.
pub fn build_apart(
    root: &Path,
    options: &BuildOptions,
    progress: &dyn Progress,
) -> Result<BuildSummary, BuildError> {
    match rayon::ThreadPoolBuilder::new().build() {
        Ok(threads) => threads.install(|| build(root, options, progress)),
        // No thread can be had.
        Err(_) => build(root, options, progress),
    }
}

/// Opens the repository of the tree at a path.
pub(crate) type OpenHistory<'a> = &'a (dyn Fn(&Path) -> Result<GitHistory, HistoryError> + Sync);

/// The same with a history from elsewhere.
pub(crate) fn build_from(
    root: &Path,
    open_history: OpenHistory<'_>,
    options: &BuildOptions,
    (progress, memory): (&dyn Progress, Option<&Memory>),
) -> Result<BuildSummary, BuildError> {
    let readable = root.canonicalize().and_then(|root| {
        std::fs::read_dir(&root)?;
        Ok(root)
    });
    let root = readable.map_err(|source| BuildError::NoFolder {
        path: root.to_owned(),
        source,
    })?;
    let graph = absolute(options.graph.as_deref(), &root);
    let indexes = match &options.scip {
        ScipOption::Keep => None,
        ScipOption::Replace(files) => Some(Indexes::read(&root, files)?),
    };
    let threads = options
        .threads
        .or_else(|| thread::available_parallelism().ok().map(usize::from))
        .unwrap_or(1);
    let job = Job {
        root: &root,
        graph: &graph,
        threads,
        progress,
        open_history,
        brief: options.brief,
        history: options.history,
        indexes,
        memory,
    };
    progress.report(Stage::Walk, 0, 0);
    let mut past = Past::look(&job);
    let mut summary = build_graph(&job, &mut past, options)?;
    summary.unreadable.extend(past.note);
    Ok(summary)
}

fn build_graph(
    job: &Job<'_>,
    past: &mut Past,
    options: &BuildOptions,
) -> Result<BuildSummary, BuildError> {
    let mut rebuilt_because = None;
    if !options.full {
        match job.updatable() {
            Ok(graph) => match update::update(job, graph, past, options.patience)? {
                update::Outcome::Done(summary) => return Ok(summary),
                update::Outcome::Unusable(why) => rebuilt_because = Some(why),
            },
            Err(reason) => rebuilt_because = reason?,
        }
    }
    if let Some(memory) = job.memory {
        memory.put(None);
    }
    let lock = job.lock(options.patience)?;
    let tree = walk(job.root, job.graph, past.git(), job.threads);
    job.go_on()?;
    let mut summary = full(job, &tree, past, &lock)?;
    summary.rebuilt_because = rebuilt_because;
    Ok(summary)
}

fn absolute(graph: Option<&Path>, root: &Path) -> PathBuf {
    let Some(graph) = graph else {
        return default_graph_path(root);
    };
    // The walk compares folders; a graph in a folder that is not there yet is in no tree.
    let folder = graph
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).canonicalize();
    match (folder, graph.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        (Ok(_) | Err(_), _) => graph.to_owned(),
    }
}

/// What every stage of a build needs.
pub(crate) struct Job<'a> {
    pub(crate) root: &'a Path,
    pub(crate) graph: &'a Path,
    pub(crate) threads: usize,
    pub(crate) progress: &'a dyn Progress,
    pub(crate) open_history: OpenHistory<'a>,
    /// See [`BuildOptions::brief`].
    pub(crate) brief: bool,
    /// See [`BuildOptions::history`].
    pub(crate) history: HistoryOption,
    /// What takes the place of the indexes that the graph has; `None` to keep them.
    pub(crate) indexes: Option<Indexes>,
    /// What the last update of this graph left for this one; `None` where nobody keeps it.
    pub(crate) memory: Option<&'a Memory>,
}

impl Job<'_> {
    /// An error once nobody wants the build any more.
    pub(crate) fn go_on(&self) -> Result<(), BuildError> {
        if self.progress.is_cancelled() {
            Err(BuildError::Cancelled)
        } else {
            Ok(())
        }
    }

    /// The right to write the graph. Waits for another holder, but no longer than somebody wants the build.
    pub(crate) fn lock(&self, patience: Duration) -> Result<WriteLock, BuildError> {
        const LOOK: Duration = Duration::from_millis(100);
        let until = Instant::now() + patience;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match WriteLock::acquire(self.graph, left.min(LOOK)) {
                Err(StoreError::Locked { .. }) if left > LOOK => {
                    self.progress.report(Stage::Wait, 0, 0);
                    self.go_on()?;
                }
                other => return Ok(other?),
            }
        }
    }

    /// The graph there, if it can be updated; else why not (`None`: there is none), or that it must not be touched.
    fn updatable(&self) -> Result<GraphFile, Result<Option<String>, StoreError>> {
        let look = || {
            let graph = GraphFile::open(self.graph)?;
            let (version, root) = (graph.meta("extractor_version")?, graph.meta("root")?);
            Ok((graph, version, root))
        };
        match look() {
            Ok((graph, version, root)) => {
                if version.as_deref() != Some(extractor_version().as_str()) {
                    Err(Ok(Some("it was made by another version of arc".to_owned())))
                } else if root.is_none() {
                    Err(Ok(Some("it is not finished".to_owned())))
                } else {
                    Ok(graph)
                }
            }
            Err(StoreError::Missing { .. }) => Err(Ok(None)),
            Err(error) if error.is_healed_by_full_build() => Err(Ok(Some(error.to_string()))),
            Err(error) => Err(Err(error)),
        }
    }

    /// The indexes that the graph there has, for one that takes its place, and what to say when they are lost with it.
    fn kept_indexes(&self) -> (Indexes, Option<String>) {
        match GraphFile::open(self.graph).and_then(|graph| Indexes::of(&graph)) {
            Ok(indexes) => (indexes, None),
            Err(StoreError::Missing { .. }) => (Indexes::default(), None),
            Err(_) => Indexes::salvaged(self.graph),
        }
    }

    /// The coverage that the graph there has, for one that takes its place.
    fn kept_coverage(&self) -> Option<(String, CoverageRows)> {
        let graph = GraphFile::open(self.graph).ok()?;
        let imported = graph.meta(coverage::IMPORTED).ok()??;
        Some((imported, graph.coverage().ok()?))
    }

    /// What a graph made now says of itself.
    pub(crate) fn meta(&self) -> Vec<(&'static str, String)> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.map_or(0, |now| now.as_secs()).to_string();
        vec![
            ("arc_version", env!("CARGO_PKG_VERSION").to_owned()),
            ("extractor_version", extractor_version()),
            ("root", self.root.to_string_lossy().into_owned()),
            ("updated_at", now),
        ]
    }
}

/// Reads everything and writes a new graph.
fn full(
    job: &Job<'_>,
    tree: &Tree,
    past: &mut Past,
    lock: &WriteLock,
) -> Result<BuildSummary, BuildError> {
    let count = tree.files.len();
    let mut writer = BulkWriter::create(lock, count)?;
    writer.folders(&tree.folders)?;
    let mut meta = job.meta();
    // Before the history, so that tickets of both have the same ids.
    let tickets_lost = !writer.take_over_tracked(job.graph)?;
    let feedback_lost = !writer.take_over_feedback(job.graph)?;
    // First of what is read, so that the packs of the repository and the facts of the files are never in memory together.
    if let Some(past) = past.read_once(job)? {
        writer.history(&past.rows)?;
        meta.extend(past.meta);
    }
    let kept;
    let mut scip_lost = None;
    let indexes = match &job.indexes {
        Some(indexes) => indexes,
        None => {
            (kept, scip_lost) = job.kept_indexes();
            &kept
        }
    };
    if !indexes.meta.is_empty() {
        writer.scip_records(&indexes.records)?;
        meta.push((scip_merge::INDEXES, indexes.meta.clone()));
    }
    if let Some((imported, coverage)) = job.kept_coverage() {
        writer.coverage(&coverage)?;
        meta.push((coverage::IMPORTED, imported));
    }
    let mut rows: Vec<FileRow> = Vec::with_capacity(count);
    let mut speaking = Vec::new();
    let read = |position: usize| match read_file(job.root, &tree.files[position], None) {
        Reading::Read(file) => file.without_decoded(),
        Reading::Same => ReadFile::default().without_decoded(),
    };
    in_order(count, job.threads, read, |position, file| {
        job.go_on()?;
        job.progress
            .report(Stage::Extract, position as u64 + 1, count as u64);
        if let Some(terms) = &file.terms {
            writer.terms(position, terms)?;
        }
        writer.records(position, &file.records)?;
        if let Some(bytes) = file.facts {
            writer.facts(position, &bytes)?;
            speaking.push(position);
        }
        rows.push(file.row);
        Ok::<(), BuildError>(())
    })?;

    job.progress.report(Stage::Resolve, 0, 0);
    // Read back rather than kept: what a file's extraction leaves in memory is scattered and half as large again.
    let mut facts: Vec<Option<FileFacts>> = Vec::new();
    facts.resize_with(count, || None);
    let mut pool = NamePool::default();
    decode_all(
        job.graph,
        &speaking,
        |file| writer.read_facts(file),
        &mut facts,
        &mut pool,
    )?;
    let facts = project_facts(&rows, facts, pool);
    // What compilers say is in no run that could be played again.
    let linked = if indexes.meta.is_empty() {
        Linked::recorded(facts.sources())
    } else {
        Linked::new(facts.sources())
    };
    let mut resolved = Resolved::with(&facts, linked);
    let scip = resolved.merge(job, &rows, indexes)?;
    meta.push((LINKS, resolved.link_ends()));
    job.go_on()?;
    let mut keys = Keys::with_capacity(resolved.node_count());
    for (file, row) in rows.iter_mut().enumerate() {
        set_names(row, &resolved.module(file));
        let symbols = resolved.symbols(file);
        let docs = texts(job.graph, writer.read_facts(file)?)?;
        let nodes = resolved.nodes(file, row, &symbols, &docs);
        keys.push(&row.path, &nodes);
        writer.nodes(file, row, &nodes)?;
    }
    let mut digests = Vec::with_capacity(count);
    for first in (0..count).step_by(BATCH) {
        let batch = first..(first + BATCH).min(count);
        let found: Vec<FileEdges> = batch
            .clone()
            .into_par_iter()
            .map(|file| resolved.edges(file))
            .collect();
        for (file, found) in batch.zip(&found) {
            job.go_on()?;
            job.progress
                .report(Stage::Write, file as u64 + 1, count as u64);
            let graph = resolved.graph(file, &rows[file], found, &[]);
            digests.push(writer.edges(&keys, file, &rows[file], &graph)?);
        }
    }
    if let Some(run) = run_of(resolved.linked(), &facts, &rows) {
        writer.run(&run)?;
    }
    drop(resolved);
    drop(facts);
    let mut summary = summarize(rows.iter(), tree);
    summary.mode = BuildMode::Full;
    summary.scip = scip;
    summary.scip_lost = scip_lost;
    summary.tickets_lost = tickets_lost;
    summary.feedback_lost = feedback_lost;
    summary.changed = count;
    summary.rewritten = count;
    let rows: Vec<(FileRow, i64)> = rows.into_iter().zip(digests).collect();
    let now = meta.iter().find(|(key, _)| *key == "updated_at");
    let built_at = now.map_or_else(String::new, |(_, now)| now.clone());
    meta.push(("built_at", built_at));
    job.go_on()?;
    let meta: Vec<(&str, &str)> = meta
        .iter()
        .map(|(key, value)| (*key, value.as_str()))
        .collect();
    let indexed = writer.index(&rows, &meta)?;
    tie_records(&indexed.record_names())?;
    let owners = FileOwners::of(job.root, rows.iter().map(|(row, _)| row.path.as_str()));
    indexed.set_owned(owners.path.as_deref(), &owners.rows)?;
    indexed.finish()?;
    Ok(summary)
}

/// The facts of the whole project. `facts` are those of `rows`, in the same order; `pool` has the strings of some.
pub(crate) fn project_facts(
    rows: &[FileRow],
    facts: Vec<Option<FileFacts>>,
    pool: NamePool,
) -> ProjectFacts {
    let files = rows.iter().zip(facts).map(|(row, facts)| {
        let language = row.language.as_deref().and_then(language_named);
        (row.path.clone(), language.zip(facts))
    });
    ProjectFacts::new(files, pool)
}

/// The language's name as arc-extract has it.
pub(crate) fn language_named(name: &str) -> Option<&'static str> {
    languages()
        .into_iter()
        .map(|known| known.language)
        .find(|known| *known == name)
}

/// Sets what the resolution knows of a file's names.
pub(crate) fn set_names(row: &mut FileRow, module: &str) {
    row.module.clear();
    row.module.push_str(module);
    row.separator.clear();
    row.separator
        .push_str(row.language.as_deref().map_or("", separator));
}

/// Counts what is worth telling.
pub(crate) fn summarize<'a>(rows: impl Iterator<Item = &'a FileRow>, tree: &Tree) -> BuildSummary {
    const MARKS: [(&str, u32); 9] = [
        ("vendored", file_flag::VENDORED),
        ("generated", file_flag::GENERATED),
        ("minified", file_flag::MINIFIED),
        ("binary", file_flag::BINARY),
        ("test", file_flag::TEST),
        ("too large", file_flag::TOO_LARGE),
        ("unreadable", file_flag::UNREADABLE),
        ("symbolic link", file_flag::SYMLINK),
        ("not UTF-8", file_flag::NOT_UTF8),
    ];
    let mut summary = BuildSummary {
        unreadable: tree.unreadable.clone(),
        ..BuildSummary::default()
    };
    let mut counts = [0; MARKS.len()];
    for row in rows {
        summary.files += 1;
        summary.source_files += usize::from(row.language.is_some());
        summary.with_errors += usize::from(row.error_bytes > 0);
        for (count, (_, bit)) in counts.iter_mut().zip(MARKS) {
            *count += usize::from(row.flags & bit != 0);
        }
    }
    let marked = MARKS.iter().zip(counts).filter(|(_, count)| *count > 0);
    summary.marked = marked.map(|((name, _), count)| (*name, count)).collect();
    summary
}
