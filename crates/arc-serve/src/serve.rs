//! The event loops: one connection over the standard streams, or many over HTTP.

use std::sync::Arc;

use rmcp::service::serve_directly;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;

use crate::http::{self, HttpOptions, Listener};
use crate::mcp::{Handler, StdioTransport, running};
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
    /// The address cannot be listened at.
    #[error("cannot listen at {address}: {source}")]
    Listen {
        /// The address.
        address: String,
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
    let gate = Arc::new(Semaphore::new(running()));
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

/// Serves MCP, the JSON API and the page over HTTP, until the process is ended. `ready` is told where.
///
/// # Errors
/// When the address is in use or may not be listened at.
pub fn serve_http(
    repository: Repository,
    options: HttpOptions,
    ready: impl FnOnce(std::net::SocketAddr),
) -> Result<(), ServeError> {
    let runtime = runtime()?;
    runtime.block_on(async {
        let address = options.address.clone();
        let failed = |source| ServeError::Listen {
            address: address.to_string(),
            source,
        };
        let listener = Listener::bind(&options.address).await.map_err(failed)?;
        let place = listener.place().map_err(failed)?;
        let router = http::router(Arc::new(repository), options, place);
        ready(place);
        let broken = |error: std::io::Error| ServeError::Broken {
            why: error.to_string(),
        };
        axum::serve(listener, router).await.map_err(broken)
    })
}

fn runtime() -> Result<Runtime, ServeError> {
    use_small_pages();
    Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(running() * 2)
        .enable_all()
        .build()
        .map_err(|source| ServeError::Runtime { source })
}

/// Has memory taken in small pages: of a large one that a few bytes are used of, all 2 MB count, and calls come and go.
fn use_small_pages() {
    #[cfg(target_os = "linux")]
    // Where the system refuses, more memory is taken and all else stays as it is.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}
