//! One repository that is asked: its graph, how fresh it is, and the one way to call a tool.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_project::{GraphFile, Identity, StoreError, ask_commit, differing};
use serde_json::{Value, json};

use crate::answer::{Found, Freshness, Reply};
use crate::answers::{Answers, Question};
use crate::failure::CallError;
use crate::keeper::{Keeper, Standing, is_there};
use crate::pool::{Lease, Pool};
use crate::tools::{Call, TOOLS, Tool, named};
use crate::views::VIEWS;
use crate::workers::Workers;

/// How long a question waits for an update that is nearly done.
const GRACE: Duration = Duration::from_millis(500);
/// How long a question waits for a first graph. Clients give up after a minute.
const FIRST_GRAPH: Duration = Duration::from_secs(50);
/// Steps of that, between which a question may be cancelled.
const STEP: Duration = Duration::from_millis(200);

/// How to serve a repository.
#[derive(Clone, Debug)]
pub struct Options {
    /// The root of the project.
    pub root: PathBuf,
    /// The folder that targets may be relative to, from the root.
    pub prefix: String,
    /// Where the graph is.
    pub graph: PathBuf,
    /// The graph is used as it is: nobody looks for changes.
    pub is_frozen: bool,
    /// Tokens of an answer, at most.
    pub max_tokens: usize,
}

/// A repository that answers calls from any thread.
pub struct Repository {
    options: Options,
    pool: Arc<Pool>,
    answers: Answers,
    keeper: Option<Keeper>,
    workers: Workers,
}

/// Whether whoever asked still waits.
pub(crate) type IsWanted<'a> = &'a (dyn Fn() -> bool + Sync);

impl Repository {
    /// A repository whose graph somebody else has just brought up to date, or is not to be touched.
    #[must_use]
    pub fn new(options: Options) -> Repository {
        Repository {
            pool: Arc::new(Pool::new(options.graph.clone())),
            options,
            answers: Answers::default(),
            keeper: None,
            workers: Workers::default(),
        }
    }

    /// A repository whose graph is kept up to date in the background, unless it is frozen.
    #[must_use]
    pub fn kept(options: Options) -> Repository {
        let keeper = (!options.is_frozen).then(|| Keeper::start(&options.root, &options.graph));
        Repository {
            keeper,
            ..Repository::new(options)
        }
    }

    /// The root of the project.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.options.root
    }

    /// The threads that calls run on.
    pub(crate) fn workers(&self) -> &Workers {
        &self.workers
    }

    /// Calls a tool.
    ///
    /// # Errors
    /// See [`CallError`].
    pub fn call(&self, name: &str, arguments: Value) -> Result<Reply, CallError> {
        self.call_while(name, arguments, &|| true)
    }

    /// Calls a tool while somebody waits for the answer.
    pub(crate) fn call_while(
        &self,
        name: &str,
        arguments: Value,
        is_wanted: IsWanted<'_>,
    ) -> Result<Reply, CallError> {
        let tool = named(TOOLS, name)?;
        self.answer(tool, arguments, Some(self.options.max_tokens), is_wanted)
    }

    /// What a view of the page is drawn from; never cut.
    pub(crate) fn view(&self, name: &str, arguments: Value) -> Result<Reply, CallError> {
        self.answer(named(VIEWS, name)?, arguments, None, &|| true)
    }

    /// What is served, and how fresh it is, without waiting for anything.
    pub(crate) fn at_a_glance(&self) -> Value {
        let standing = self.standing();
        let lease = self.pool.lease();
        // Of a graph that cannot be read, a call says why.
        let commit = lease.as_ref().ok().and_then(|graph| head(graph).ok()?);
        let name = self.options.root.file_name();
        json!({
            "name": name.map(|name| name.to_string_lossy()),
            "version": env!("CARGO_PKG_VERSION"),
            "has_graph": lease.is_ok(),
            "looks": standing.looks,
            "freshness": self.freshness(standing, commit, Vec::new()),
        })
    }

    fn answer(
        &self,
        tool: &Tool,
        arguments: Value,
        cap: Option<usize>,
        is_wanted: IsWanted<'_>,
    ) -> Result<Reply, CallError> {
        let question = Question::of(tool, &arguments, cap);
        let early = self.early(tool, &arguments);
        self.settle();
        let mut lease = self.lease(is_wanted)?;
        if let (Some(question), Some(state)) = (&question, lease.state())
            && let Some(found) = self.answers.get(&state, question)
        {
            return self.finish(&lease, found);
        }
        let mut found = match early {
            Some((state, found)) if lease.state().as_ref() == Some(&state) => Ok(found),
            Some(_) | None => self.run(&lease, tool, arguments.clone()),
        };
        if let Err(CallError::NoGraph { .. }) = found {
            // A page that changed while it was read looks like damage: the next state is whole.
            lease.discard();
            lease = self.lease(is_wanted)?;
            found = self.run(&lease, tool, arguments);
        }
        let mut found = found?;
        found.make_inert();
        if let Some(cap) = cap {
            found.cut(cap);
        }
        if let (Some(question), Some(state)) = (question, lease.state()) {
            self.answers.keep(&state, question, &found);
        }
        self.finish(&lease, found)
    }

    /// What is found while somebody looks whether the graph is up to date, and in which state of it: mostly it is, and then
    /// nobody waited for that.
    fn early(&self, tool: &Tool, arguments: &Value) -> Option<(Identity, Found)> {
        if !self.standing().is_updating {
            return None;
        }
        // What fails now may not fail after the look, and is told then if it does.
        let lease = self.pool.lease().ok()?;
        let state = lease.state()?;
        let found = self.run(&lease, tool, arguments.clone()).ok()?;
        Some((state, found))
    }

    /// What is known of a commit.
    pub(crate) fn commit(&self, id: &str, is_wanted: IsWanted<'_>) -> Result<Value, CallError> {
        self.settle();
        let lease = self.lease(is_wanted)?;
        let found =
            ask_commit(&lease, id).map_err(|error| CallError::of_question(&lease, error))?;
        Ok(serde_json::to_value(&found).expect("reports are structs"))
    }

    fn run(&self, graph: &GraphFile, tool: &Tool, arguments: Value) -> Result<Found, CallError> {
        let call = Call {
            graph,
            root: &self.options.root,
            prefix: &self.options.prefix,
        };
        tool.answer(&call, arguments)
    }

    /// Waits a moment for an update that runs.
    fn settle(&self) {
        if let Some(keeper) = &self.keeper {
            keeper.settle(GRACE);
        }
    }

    /// What the keeper knows; nothing without one.
    pub(crate) fn standing(&self) -> Standing {
        self.keeper
            .as_ref()
            .map_or_else(Standing::default, Keeper::standing)
    }

    /// An open graph; one that is being made is waited for.
    pub(crate) fn lease(&self, is_wanted: IsWanted<'_>) -> Result<Lease<'_>, CallError> {
        if !is_there(&self.options.root) {
            return Err(CallError::NoGraph {
                message: format!("nothing is in {} any more", self.options.root.display()),
                is_coming: false,
            });
        }
        let until = Instant::now() + FIRST_GRAPH;
        let mut is_asked = false;
        loop {
            let error = match self.pool.lease() {
                Ok(lease) => return Ok(lease),
                Err(error) => error,
            };
            let makes_it = |_: &&Keeper| error.is_healed_by_full_build();
            let Some(keeper) = self.keeper.as_ref().filter(makes_it) else {
                return Err(CallError::from(error));
            };
            if !is_wanted() {
                return Err(CallError::Cancelled);
            }
            let standing = keeper.settle(STEP);
            if Instant::now() >= until {
                return Err(coming(&error, standing.stage));
            }
            match standing.problem.filter(|_| !standing.is_updating) {
                Some(problem) if is_asked => {
                    return Err(CallError::NoGraph {
                        message: format!("{error}, and it cannot be made: {problem}"),
                        is_coming: false,
                    });
                }
                Some(_) | None => {}
            }
            if !standing.is_updating {
                is_asked = true;
                keeper.look();
            }
        }
    }

    fn finish(&self, graph: &GraphFile, found: Found) -> Result<Reply, CallError> {
        let standing = self.standing();
        let stale = differing(graph, &self.options.root, &found.paths())
            .map_err(|error| CallError::of_question(graph, error))?;
        if let Some(keeper) = self
            .keeper
            .as_ref()
            .filter(|_| !stale.is_empty() && !standing.is_updating)
        {
            // A file that changed unnoticed, on a disk that tells nothing of it.
            keeper.look();
        }
        let freshness = self.freshness(standing, head(graph)?, stale);
        Ok(found.finish(&freshness))
    }

    fn freshness(
        &self,
        standing: Standing,
        commit: Option<String>,
        stale_paths: Vec<String>,
    ) -> Freshness {
        let state = if self.options.is_frozen {
            "frozen"
        } else if standing.is_updating {
            "updating"
        } else if standing.problem.is_some() || !stale_paths.is_empty() {
            "behind"
        } else {
            "current"
        };
        Freshness {
            state,
            commit,
            changed_files: standing.changed.max(stale_paths.len()),
            stale_paths,
            problem: standing.problem,
        }
    }
}

/// The commit that a graph was made at; `None` without history.
fn head(graph: &GraphFile) -> Result<Option<String>, StoreError> {
    Ok(graph.meta("head")?.filter(|head| !head.is_empty()))
}

/// The error while a first graph is made.
fn coming(error: &StoreError, stage: Option<(arc_project::Stage, u64, u64)>) -> CallError {
    use arc_project::Stage;
    let (name, done, total) = stage.unwrap_or((Stage::Walk, 0, 0));
    let name = match name {
        Stage::Walk => "listing files",
        Stage::Extract => "reading files",
        Stage::Resolve => "tying references to definitions",
        Stage::History => "reading commits",
        Stage::Write => "writing",
        Stage::Replay => "asking about past commits",
        Stage::Tickets => "reading pull requests and issues",
        Stage::Wait => "waiting for another build",
    };
    let far = if total > 0 {
        format!(", {done} of {total}")
    } else {
        String::new()
    };
    CallError::NoGraph {
        message: format!("{error}; it is being made ({name}{far}): ask again in a moment"),
        is_coming: true,
    }
}
