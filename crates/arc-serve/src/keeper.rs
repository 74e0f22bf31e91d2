//! Keeps the graph of a repository up with its files while it is served: one thread that sleeps until something changes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use arc_project::{
    BuildOptions, GraphFile, Identity, Progress, Stage, build_apart, is_telling, watched_folders,
};
use notify::event::ModifyKind;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::watch::Look;

/// Changes come in swarms: a look waits until nothing came for so long …
const QUIET: Duration = Duration::from_millis(40);
/// … but not longer than this.
const LONGEST_SWARM: Duration = Duration::from_millis(1_000);
/// Changed paths that are told apart; of more only the number is known.
const MOST_NOTICED: usize = 10_000;
/// Folders that are watched. A tree with more is looked at when somebody asks.
const MOST_WATCHED: usize = 30_000;
/// How long an update waits for another process that writes the same graph.
const PATIENCE: Duration = Duration::from_secs(600);

/// What a keeper knows of its graph.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// A look at the tree is due or being taken.
    pub(crate) is_updating: bool,
    /// Paths known to have changed that the graph lacks.
    pub(crate) changed: usize,
    /// Why the last look failed, if it did.
    pub(crate) problem: Option<String>,
    /// What the running update does, and how far it is.
    pub(crate) stage: Option<(Stage, u64, u64)>,
    /// Looks that have ended.
    pub(crate) looks: u64,
    /// How the last of them ended.
    pub(crate) last: Look,
}

/// Updates a graph in the background until it is dropped.
pub(crate) struct Keeper {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    root: PathBuf,
    graph: PathBuf,
    state: Mutex<State>,
    news: Condvar,
    is_over: AtomicBool,
}

#[derive(Default)]
struct State {
    noticed: BTreeSet<PathBuf>,
    /// What was removed or moved since folders were watched anew: what stands there now is another folder.
    displaced: BTreeSet<PathBuf>,
    /// When the last of them came.
    last_notice: Option<Instant>,
    /// A look was asked for.
    is_asked: bool,
    is_running: bool,
    /// Changes come by themselves; else somebody has to look.
    is_watching: bool,
    standing: Standing,
}

impl Keeper {
    /// Begins with a look at the tree.
    pub(crate) fn start(root: &Path, graph: &Path) -> Keeper {
        let shared = Arc::new(Shared {
            root: root.to_owned(),
            graph: graph.to_owned(),
            state: Mutex::new(State {
                is_asked: true,
                ..State::default()
            }),
            news: Condvar::new(),
            is_over: AtomicBool::new(false),
        });
        let own = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("arc-keeper".to_owned())
            .spawn(move || own.run());
        Keeper {
            shared,
            // Without a thread nothing is ever updated, and every answer says so.
            thread: thread.ok(),
        }
    }

    /// What is known now, after waiting for a running update, but no longer than `patience`. Where changes are not noticed
    /// a look is asked for first.
    pub(crate) fn settle(&self, patience: Duration) -> Standing {
        let mut state = self.shared.lock();
        if !state.is_watching && !state.is_running && state.standing.looks > 0 {
            state.is_asked = true;
            self.shared.news.notify_all();
        }
        let until = Instant::now() + patience;
        while state.is_due() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.shared.is_over() {
                break;
            }
            state = self
                .shared
                .news
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        state.standing()
    }

    /// Waits until more looks have ended than `seen`.
    pub(crate) fn next_look(&self, seen: u64) -> Standing {
        let mut state = self.shared.lock();
        while state.standing.looks <= seen {
            state = self
                .shared
                .news
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.standing()
    }

    /// Asks for a look although nothing was noticed.
    pub(crate) fn look(&self) {
        self.shared.lock().is_asked = true;
        self.shared.news.notify_all();
    }

    /// Whether an update runs or is due, without waiting.
    pub(crate) fn standing(&self) -> Standing {
        self.shared.lock().standing()
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        {
            // With the state in hand: the thread would else miss the news between its look at this and its wait, and wait for ever.
            let _state = self.shared.lock();
            self.shared.is_over.store(true, Ordering::Relaxed);
        }
        self.shared.news.notify_all();
        if let Some(thread) = self.thread.take() {
            // A panic of the keeper was told where it happened.
            let _ = thread.join();
        }
    }
}

impl State {
    fn is_due(&self) -> bool {
        self.is_asked || self.is_running || !self.noticed.is_empty()
    }

    fn standing(&self) -> Standing {
        Standing {
            is_updating: self.is_due(),
            changed: self.noticed.len().max(self.standing.changed),
            ..self.standing.clone()
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Whoever panicked with the state in hand left a state that the next look replaces.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    fn run(self: &Arc<Shared>) {
        let mut watch = Watch::new(self);
        // What the graph knows is watched before it is looked at: then one look is enough.
        watch.follow(self);
        while let Some(changed) = self.next() {
            let options = BuildOptions {
                graph: Some(self.graph.clone()),
                patience: PATIENCE,
                brief: true,
                ..BuildOptions::default()
            };
            let began = Instant::now();
            let result = if is_there(&self.root) {
                build_apart(&self.root, &options, &Told(self)).map_err(|error| error.to_string())
            } else {
                Err(format!("nothing is in {} any more", self.root.display()))
            };
            let is_new = watch.follow(self);
            let mut state = self.lock();
            state.is_watching = watch.is_watching();
            state.is_running = false;
            state.standing.looks += 1;
            state.standing.stage = None;
            state.standing.last = Look {
                rewritten: result.as_ref().map_or(0, |summary| summary.rewritten),
                seconds: began.elapsed().as_secs_f64(),
                problem: result.as_ref().err().cloned(),
            };
            match result {
                Ok(_) => {
                    state.standing.problem = None;
                    state.standing.changed = 0;
                    // What came into a folder between the look and its watch went by unseen.
                    state.is_asked |= is_new;
                }
                Err(error) => {
                    state.standing.problem = Some(error);
                    state.standing.changed = changed;
                }
            }
            drop(state);
            self.news.notify_all();
        }
    }

    /// Waits until a look is due, and begins it: the number of changed paths. `None` when all is over.
    fn next(&self) -> Option<usize> {
        let mut state = self.lock();
        let mut began = None;
        loop {
            if self.is_over() {
                return None;
            }
            let since = state.last_notice.map(|last| last.elapsed());
            let began_at = *began.get_or_insert_with(Instant::now);
            let wait = if state.is_asked && state.noticed.is_empty() {
                None
            } else if state.noticed.is_empty() {
                began = None;
                Some(Duration::MAX)
            } else {
                since
                    .filter(|since| *since < QUIET && began_at.elapsed() < LONGEST_SWARM)
                    .map(|since| QUIET - since)
            };
            state = match wait {
                None => {
                    let changed = state.noticed.len();
                    state.noticed.clear();
                    state.is_asked = false;
                    state.is_running = true;
                    state.standing.changed = changed;
                    return Some(changed);
                }
                Some(Duration::MAX) => self
                    .news
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(wait) => {
                    self.news
                        .wait_timeout(state, wait)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
            };
        }
    }

    fn notice(&self, event: notify::Result<notify::Event>) {
        let mut state = self.lock();
        match event {
            Ok(event) if event.kind.is_access() => return,
            Ok(event) => {
                let is_lost = event.need_rescan();
                if is_displacing(event.kind) {
                    let room = MOST_NOTICED.saturating_sub(state.displaced.len());
                    state
                        .displaced
                        .extend(event.paths.iter().take(room).cloned());
                }
                let telling = event
                    .paths
                    .into_iter()
                    .filter(|path| is_telling(&self.root, path));
                let before = state.noticed.len();
                let room = MOST_NOTICED.saturating_sub(before);
                state.noticed.extend(telling.take(room));
                if state.noticed.len() == before && !is_lost {
                    return;
                }
                state.is_asked |= is_lost;
            }
            // Something went by unseen.
            Err(_) => state.is_asked = true,
        }
        state.last_notice = Some(Instant::now());
        drop(state);
        self.news.notify_all();
    }
}

/// Whether what had a path may have another one now, or none.
fn is_displacing(kind: EventKind) -> bool {
    kind.is_remove() || matches!(kind, EventKind::Modify(ModifyKind::Name(_)))
}

/// Whether a folder has anything but a graph. An update that runs while a repository is removed may leave that behind.
pub(crate) fn is_there(root: &Path) -> bool {
    std::fs::read_dir(root).is_ok_and(|mut entries| {
        entries.any(|entry| entry.is_ok_and(|entry| entry.file_name() != ".arc"))
    })
}

/// Tells how far an update is, and stops it when the keeper is dropped.
struct Told<'a>(&'a Shared);

impl Progress for Told<'_> {
    fn report(&self, stage: Stage, done: u64, total: u64) {
        self.0.lock().standing.stage = Some((stage, done, total));
    }

    fn is_cancelled(&self) -> bool {
        self.0.is_over()
    }
}

/// The folders that are watched.
struct Watch {
    watcher: Option<RecommendedWatcher>,
    folders: BTreeSet<PathBuf>,
    /// The state of the graph that said so.
    known: Option<Identity>,
}

impl Watch {
    fn new(shared: &Arc<Shared>) -> Watch {
        let weak = Arc::downgrade(shared);
        let watcher = notify::recommended_watcher(move |event| {
            if let Some(shared) = weak.upgrade() {
                shared.notice(event);
            }
        });
        Watch {
            watcher: watcher.ok(),
            folders: BTreeSet::new(),
            known: None,
        }
    }

    fn is_watching(&self) -> bool {
        self.watcher.is_some()
    }

    /// Watches no longer what is not where it was: a watch goes with its folder, and does not come back with another one of its
    /// name.
    fn forget(&mut self, displaced: &BTreeSet<PathBuf>) {
        let is_displaced = |folder: &PathBuf| {
            let mut above = folder.ancestors();
            above.any(|above| displaced.contains(above))
        };
        let (lost, kept) = std::mem::take(&mut self.folders)
            .into_iter()
            .partition(is_displaced);
        self.folders = kept;
        let lost: BTreeSet<PathBuf> = lost;
        if lost.is_empty() {
            return;
        }
        // The same graph may name them again.
        self.known = None;
        for folder in &lost {
            // Mostly it is gone, and its watch with it.
            let _ = self.watcher.as_mut().map(|watcher| watcher.unwatch(folder));
        }
    }

    /// Watches the folders that the graph has now; whether there were new ones. A system that cannot watch them all is not
    /// asked again.
    fn follow(&mut self, shared: &Shared) -> bool {
        let displaced = std::mem::take(&mut shared.lock().displaced);
        self.forget(&displaced);
        let Ok(graph) = GraphFile::open(&shared.graph) else {
            return false;
        };
        if self.known.as_ref() == Some(graph.identity()) {
            return false;
        }
        let wanted = watched_folders(&graph, &shared.root);
        let (Ok(wanted), Some(watcher)) = (wanted, &mut self.watcher) else {
            return false;
        };
        self.known = Some(graph.identity().clone());
        let mut is_new = false;
        let mut is_full = wanted.len() > MOST_WATCHED;
        for gone in self.folders.difference(&wanted) {
            // A folder that is not there any more is not watched any more either.
            let _ = watcher.unwatch(gone);
        }
        for folder in wanted.difference(&self.folders) {
            if is_full {
                break;
            }
            match watcher.watch(folder, RecursiveMode::NonRecursive) {
                Ok(()) => is_new = true,
                Err(error) => is_full = matches!(error.kind, notify::ErrorKind::MaxFilesWatch),
            }
        }
        self.folders = wanted;
        if is_full {
            self.watcher = None;
            self.folders.clear();
        }
        is_new
    }
}
