//! The event loops: one connection over the standard streams.

use std::sync::Arc;

use rmcp::service::serve_directly;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;

use crate::mcp::{Handler, RUNNING, StdioTransport};
use crate::repository::Repository;

/// Serving ended with a failure.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The event loop cannot be started.
    #[error("cannot start the event loop")]
    Runtime {
        /// Why.
        source: std::io::Error,
    },
    /// The event loop broke.
    #[error("the connection broke: {why}")]
    Broken {
        /// Why.
        why: String,
    },
}

/// Serves MCP over the standard streams until the input ends.
///
/// # Errors
/// When the event loop cannot be started or breaks.
pub fn serve_stdio(repository: Repository) -> Result<(), ServeError> {
    let runtime = runtime()?;
    let gate = Arc::new(Semaphore::new(RUNNING));
    let handler = Handler::new(Arc::new(repository), gate);
    let ended = runtime.block_on(async {
        // Each request stands for itself: a client may begin with whatever it likes, in either era of the protocol.
        let service = serve_directly(handler, StdioTransport::new(), None);
        service.waiting().await
    });
    // A thread that still waits for input would hold up the end.
    runtime.shutdown_background();
    match ended {
        Ok(_) => Ok(()),
        Err(error) => Err(ServeError::Broken {
            why: error.to_string(),
        }),
    }
}

fn runtime() -> Result<Runtime, ServeError> {
    Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(RUNNING * 2)
        .enable_all()
        .build()
        .map_err(|source| ServeError::Runtime { source })
}
