//! The tools over HTTP: MCP at `/mcp`, JSON at `/api/v1`, the page at `/`.
//!
//! Whoever may connect may ask everything, so nobody but this computer may unless there is a token; and no page of another
//! site may through a browser, whatever name it gives this address.

mod api;
mod assets;
mod guard;
mod listener;
mod openapi;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::sync::Semaphore;

use crate::mcp::{Handler, running};
use crate::repository::Repository;
use guard::Guard;

pub(crate) use listener::Listener;

/// Bytes of a request.
const MAX_BODY: usize = 1 << 20;
/// Requests that wait for their turn. More are told to come again.
const WAITING: usize = 256;
/// The port unless somebody names one.
const PORT: u16 = 7474;

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
}

impl Address {
    /// Reads `127.0.0.1:7474`, `localhost:7474`, `[::1]:7474`, `:7474`, `7474` or a host alone. `None` for anything else.
    #[must_use]
    pub fn read(text: &str) -> Option<Address> {
        let local = || Ipv4Addr::LOCALHOST.to_string();
        let with = |host: String, port: u16| Some(Address { host, port });
        if let Ok(port) = text.parse() {
            return with(local(), port);
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return with(address.to_string(), PORT);
        }
        let (host, port) = text.rsplit_once(':').unwrap_or((text, ""));
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = if port.is_empty() && !text.ends_with(':') {
            PORT
        } else {
            port.parse().ok()?
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '%');
        match host {
            "" if text.is_empty() => None,
            "" => with(local(), port),
            host if host.chars().all(is_name) => with(host.to_owned(), port),
            _ => None,
        }
    }

    /// Whether only this computer reaches it, by its name alone.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.host.parse::<IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => self.host.eq_ignore_ascii_case("localhost"),
        }
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// How to serve over HTTP.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// Where to listen.
    pub address: Address,
    /// What every request must bear; `None` on addresses that only this computer reaches.
    pub token: Option<String>,
}

/// What handlers share.
pub(crate) struct Shared {
    repository: Arc<Repository>,
    /// Calls that run.
    running: Arc<Semaphore>,
    /// Looks at how fresh the graph is: each opens one, and none waits for a call that lasts.
    glancing: Arc<Semaphore>,
    /// Requests that run or wait.
    waiting: Semaphore,
    guard: Guard,
}

/// Everything that is served.
pub(crate) fn router(
    repository: Arc<Repository>,
    options: HttpOptions,
    place: SocketAddr,
) -> Router {
    let gate = Arc::new(Semaphore::new(running()));
    let handler = Handler::new(Arc::clone(&repository), Arc::clone(&gate));
    let config = StreamableHttpServerConfig::default()
        // Every request stands for itself: nothing is kept for a client that may not come back.
        .with_legacy_session_mode(false)
        .with_json_response(true)
        // The guard has looked at both, for every path alike.
        .disable_allowed_hosts()
        .disable_allowed_origins()
        .with_max_request_body_bytes(MAX_BODY);
    let mcp = StreamableHttpService::new(
        move || Ok(handler.clone()),
        Arc::new(NeverSessionManager::default()),
        config,
    );
    let shared = Arc::new(Shared {
        repository,
        running: gate,
        glancing: Arc::new(Semaphore::new(1)),
        waiting: Semaphore::new(WAITING),
        guard: Guard::new(options, place),
    });
    Router::new()
        .route("/", get(assets::page))
        .route("/ui/{name}", get(assets::file))
        .route("/api/v1/openapi.json", get(openapi::document))
        .route("/api/v1/standing", get(api::standing))
        .route("/api/v1/tools", get(api::list))
        .route("/api/v1/tools/{name}", post(api::call))
        .route("/api/v1/views/{name}", post(api::view))
        .route_service("/mcp", mcp)
        .fallback(api::nothing_there)
        .method_not_allowed_fallback(api::wrong_method)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn_with_state(Arc::clone(&shared), guard::check))
        .with_state(shared)
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn addresses_are_read_as_people_write_them() {
        for (text, read, is_loopback) in [
            ("7000", "127.0.0.1:7000", true),
            (":7000", "127.0.0.1:7000", true),
            ("localhost", "localhost:7474", true),
            ("localhost:0", "localhost:0", true),
            ("127.0.0.1:80", "127.0.0.1:80", true),
            ("127.8.0.1", "127.8.0.1:7474", true),
            ("[::1]:80", "[::1]:80", true),
            ("::1", "[::1]:7474", true),
            ("0.0.0.0:80", "0.0.0.0:80", false),
            ("example.org:80", "example.org:80", false),
        ] {
            let address = Address::read(text).expect(text);
            assert_eq!(address.to_string(), read);
            assert_eq!(address.is_loopback(), is_loopback, "{text}");
        }
        for wrong in [
            "",
            "a b:1",
            "localhost:",
            "localhost:x",
            "localhost:99999",
            "http://x/",
        ] {
            assert_eq!(Address::read(wrong), None, "{wrong}");
        }
    }
}
