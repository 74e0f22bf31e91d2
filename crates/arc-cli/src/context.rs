//! What every command needs: where it runs, how it prints, and a graph that is fresh.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use arc_project::{
    BuildOptions, BuildSummary, GraphFile, PastGraph, build, day_of, default_graph_path, find_root,
    graph_as_of,
};

use crate::commands::GlobalArguments;
use crate::failure::Failure;
use crate::output::{BAD, DIM, HEADING, Output};
use crate::progress::Watcher;

/// How long a command waits for another build of the same graph.
pub(crate) const PATIENCE: Duration = Duration::from_secs(600);

/// What to say when a graph could not be taken over whole.
pub(crate) const TICKETS_LOST: &str = "tickets: the pull requests and issues that the graph had cannot be read and are lost with it; \
     `arc build --github` or `--pulls FILE` reads them again";

/// The same of what people said.
pub(crate) const FEEDBACK_LOST: &str = "feedback: what was said of findings and changes cannot be read in the graph that was there, and is lost with it";

/// The surroundings of one run.
pub(crate) struct Context {
    pub(crate) out: Output,
    color: anstream::ColorChoice,
    folder: PathBuf,
    db: Option<PathBuf>,
    is_quiet: bool,
}

/// A project with an open graph.
pub(crate) struct Opened {
    pub(crate) root: PathBuf,
    /// The folder of the question relative to the root.
    pub(crate) prefix: String,
    pub(crate) graph: GraphFile,
    /// The graph was used as it is.
    pub(crate) is_frozen: bool,
}

impl Context {
    pub(crate) fn new(global: &GlobalArguments) -> Context {
        let color = match global.color.as_str() {
            "always" => anstream::ColorChoice::Always,
            "never" => anstream::ColorChoice::Never,
            _ => anstream::ColorChoice::Auto,
        };
        Context {
            out: Output::new(color),
            color,
            folder: global
                .directory
                .clone()
                .unwrap_or_else(|| PathBuf::from(".")),
            db: global.db.clone(),
            is_quiet: global.quiet,
        }
    }

    /// The folder that the command was started for.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The root of the project around the folder.
    pub(crate) fn root(&self) -> Result<PathBuf, Failure> {
        Ok(self.place()?.0)
    }

    pub(crate) fn place(&self) -> Result<(PathBuf, String), Failure> {
        find_root(&self.folder).map_err(|error| Failure::Usage {
            message: format!("cannot read the folder {}: {error}", self.folder.display()),
            hints: Vec::new(),
        })
    }

    pub(crate) fn graph_path(&self, root: &Path) -> PathBuf {
        self.db.clone().unwrap_or_else(|| default_graph_path(root))
    }

    /// Builds or updates the graph of `root`.
    pub(crate) fn build(
        &self,
        root: &Path,
        options: BuildOptions,
    ) -> Result<BuildSummary, Failure> {
        let options = BuildOptions {
            graph: self.db.clone(),
            patience: PATIENCE,
            ..options
        };
        Ok(self.watched(|watcher| build(root, &options, watcher))?)
    }

    /// Does work that may take long, with its progress on standard error.
    pub(crate) fn watched<T>(&self, work: impl FnOnce(&Watcher) -> T) -> T {
        let shows = !self.is_quiet && std::io::stderr().is_terminal();
        let watcher = Watcher::new(shows);
        let result = work(&watcher);
        watcher.finish();
        result
    }

    /// Opens the graph of the project around the folder. Unless it is to stay `frozen` it is built or updated first.
    pub(crate) fn open(&self, frozen: bool) -> Result<Opened, Failure> {
        let (root, prefix) = self.place()?;
        if !frozen {
            let options = BuildOptions {
                brief: true,
                ..BuildOptions::default()
            };
            let summary = self.build(&root, options)?;
            if let Some(why) = summary.rebuilt_because {
                self.note(&format!("built anew: {why}"));
            }
            if let Some(lost) = summary.scip_lost {
                self.note(&format!("scip: {lost}"));
            }
            if summary.tickets_lost {
                self.note(TICKETS_LOST);
            }
            if summary.feedback_lost {
                self.note(FEEDBACK_LOST);
            }
        }
        let graph = GraphFile::open(&self.graph_path(&root))?;
        Ok(Opened {
            root,
            prefix,
            graph,
            is_frozen: frozen,
        })
    }

    /// The graph of the project as of a commit; with `frozen` only one that is kept.
    pub(crate) fn past(
        &self,
        root: &Path,
        revision: &str,
        frozen: bool,
    ) -> Result<PastGraph, Failure> {
        let own = self.graph_path(root);
        Ok(self.watched(|watcher| graph_as_of(root, &own, revision, frozen, watcher))?)
    }

    /// Opens the graph as [`Context::open`] does, or that of a commit.
    pub(crate) fn open_at(&self, frozen: bool, at: Option<&str>) -> Result<Opened, Failure> {
        let Some(at) = at else {
            return self.open(frozen);
        };
        let (root, prefix) = self.place()?;
        let past = self.past(&root, at, frozen)?;
        let id = past.commit.to_string();
        self.note(&format!("as of {} of {}", &id[..10], day_of(past.time)));
        Ok(Opened {
            root,
            prefix,
            graph: past.graph,
            is_frozen: false,
        })
    }

    /// Whether only answers and errors are to be printed.
    pub(crate) fn is_quiet(&self) -> bool {
        self.is_quiet
    }

    /// Says something to a person on standard error.
    pub(crate) fn note(&self, text: &str) {
        if !self.is_quiet {
            let mut err = anstream::AutoStream::new(std::io::stderr().lock(), self.color);
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(err, "{DIM}{text}{DIM:#}");
        }
    }

    /// Prints a failure: what failed, why, what to do.
    pub(crate) fn report(&self, failure: &Failure) {
        let (message, causes, hints) = failure.parts();
        let mut err = anstream::AutoStream::new(std::io::stderr().lock(), self.color);
        // Nobody is left to tell when standard error is closed.
        let _ = writeln!(err, "{BAD}error:{BAD:#} {message}");
        for cause in causes {
            let _ = writeln!(err, "  {DIM}because:{DIM:#} {cause}");
        }
        for hint in hints {
            let _ = writeln!(err, "  {HEADING}hint:{HEADING:#} {hint}");
        }
    }
}
