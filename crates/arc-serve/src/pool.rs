//! Open graphs that are used again: opening one costs more than most questions.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use arc_project::{GraphFile, Memory, StoreError};

/// Graphs that are kept open while nobody asks. They hold no lock, so that updates can commit.
const KEPT: usize = 8;

/// How far reading ahead stands behind answering: the nice value of its thread.
#[cfg(target_os = "linux")]
const BEHIND: i32 = 10;

/// The open graphs of one path.
pub(crate) struct Pool {
    path: PathBuf,
    memory: Memory,
    idle: Mutex<Vec<GraphFile>>,
}

impl Pool {
    pub(crate) fn new(path: PathBuf) -> Pool {
        Pool {
            path,
            memory: Memory::default(),
            idle: Mutex::new(Vec::new()),
        }
    }

    /// A graph in its newest complete state. It is given back when the lease is dropped. When it is asked often, all of it
    /// is read beside the question.
    pub(crate) fn lease(self: &Arc<Pool>) -> Result<Lease<'_>, StoreError> {
        let lease = self.plain_lease()?;
        if lease.is_worth_reading_whole() {
            let pool = Arc::clone(self);
            let read = std::thread::Builder::new().name("arc-reader".to_owned());
            // Without a thread, and of a graph that cannot be read now, every question goes on reading its own part.
            let _ = read.spawn(move || {
                stand_back();
                pool.plain_lease().map(|lease| lease.read_whole())
            });
        }
        Ok(lease)
    }

    fn plain_lease(&self) -> Result<Lease<'_>, StoreError> {
        while let Some(graph) = self.take() {
            // What another file has taken the place of, or cannot be read any more, is opened anew below.
            if let Ok(true) = graph.resume() {
                return Ok(Lease {
                    pool: self,
                    graph: Some(graph),
                });
            }
        }
        Ok(Lease {
            pool: self,
            graph: Some(GraphFile::open_to_keep(&self.path, &self.memory)?),
        })
    }

    fn take(&self) -> Option<GraphFile> {
        // Whoever panicked with the list in hand left a list of graphs.
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
    }
}

/// Lets threads that somebody waits for go first.
fn stand_back() {
    // Elsewhere this would be said of the whole process.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, BEHIND);
}

/// The right to ask a graph, for one call.
pub(crate) struct Lease<'a> {
    pool: &'a Pool,
    graph: Option<GraphFile>,
}

impl Lease<'_> {
    /// Closes the graph instead of keeping it open.
    pub(crate) fn discard(mut self) {
        self.graph = None;
    }
}

impl Deref for Lease<'_> {
    type Target = GraphFile;

    fn deref(&self) -> &GraphFile {
        self.graph
            .as_ref()
            .expect("a lease has its graph until it is dropped")
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let Some(graph) = self.graph.take() else {
            return;
        };
        let mut idle = self
            .pool
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT && graph.pause().is_ok() {
            idle.push(graph);
        }
    }
}
