//! Who may ask: looked at before anything else, for every path alike.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::assets::is_asset;
use super::{HttpOptions, Shared};
use crate::http::api::problem;

/// How long a request may take as a whole.
const PATIENCE: Duration = Duration::from_secs(60);

/// What pages of ours may do: nothing that does not come from here.
const POLICY: &str = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'";

/// The rules of one server.
pub(super) struct Guard {
    token: Option<String>,
    place: SocketAddr,
    name: String,
}

/// Why a request is refused.
type Refusal = (StatusCode, &'static str, &'static str);

impl Guard {
    pub(super) fn new(options: HttpOptions, place: SocketAddr) -> Guard {
        Guard {
            token: options.token,
            place,
            name: options.address.host,
        }
    }

    fn judge(
        &self,
        headers: &HeaderMap,
        authority: Option<&str>,
        path: &str,
    ) -> Result<(), Refusal> {
        let host = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok())
            .or(authority);
        let Some(host) = host else {
            return Err((
                StatusCode::BAD_REQUEST,
                "no_host",
                "the request names no host",
            ));
        };
        if !self.is_ours(host) {
            let why = "this host is not served here";
            return Err((StatusCode::FORBIDDEN, "foreign_host", why));
        }
        if let Some(origin) = headers.get(header::ORIGIN)
            && !origin
                .to_str()
                .is_ok_and(|origin| is_origin_of(origin, host))
        {
            let why = "pages of other sites may not ask";
            return Err((StatusCode::FORBIDDEN, "foreign_origin", why));
        }
        match &self.token {
            Some(token) if !is_asset(path) && !bears(headers, token) => {
                let why = "bear the token: Authorization: Bearer …";
                Err((StatusCode::UNAUTHORIZED, "no_token", why))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Whether a host is this computer, so that no name that somebody else made leads here. Who bears a token is no page
    /// that was tricked: then every name is good.
    fn is_ours(&self, host: &str) -> bool {
        if self.token.is_some() && !self.place.ip().is_loopback() {
            return true;
        }
        let (name, port) = split(host);
        let is_port = port.is_none_or(|port| port == self.place.port());
        let is_name = match name.parse::<IpAddr>() {
            Ok(address) => address.is_loopback() || address == self.place.ip(),
            Err(_) => {
                name.eq_ignore_ascii_case("localhost") || name.eq_ignore_ascii_case(&self.name)
            }
        };
        is_port && is_name
    }
}

/// The name and the port of `localhost:80` or `[::1]:80`.
fn split(host: &str) -> (&str, Option<u16>) {
    if let Some((name, rest)) = host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        // What is no port is one that nobody listens at.
        return (
            name,
            (!rest.is_empty()).then(|| rest.trim_start_matches(':').parse().unwrap_or(0)),
        );
    }
    match host.rsplit_once(':') {
        Some((name, port)) => (name, Some(port.parse().unwrap_or(0))),
        None => (host, None),
    }
}

/// Whether a page of this origin came from this host.
fn is_origin_of(origin: &str, host: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .filter_map(|scheme| origin.strip_prefix(scheme))
        .any(|name| name.eq_ignore_ascii_case(host))
}

fn bears(headers: &HeaderMap, token: &str) -> bool {
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or("");
    // Takes as long for a token that is nearly right as for any other of its length.
    let differing = given
        .bytes()
        .zip(token.bytes())
        .fold(0, |differing, (a, b)| differing | (a ^ b));
    given.len() == token.len() && differing == 0
}

/// Lets a request pass or refuses it, and says what a browser may do with the answer.
pub(super) async fn check(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let authority = request
        .uri()
        .authority()
        .map(|name| name.as_str().to_owned());
    let judged = shared.guard.judge(
        request.headers(),
        authority.as_deref(),
        request.uri().path(),
    );
    let mut response = match judged {
        Err((status, code, why)) => problem(status, code, why),
        Ok(()) => match shared.waiting.try_acquire() {
            Err(_) => {
                let status = StatusCode::SERVICE_UNAVAILABLE;
                let mut response = problem(status, "busy", "too many requests wait; come again");
                let soon = HeaderValue::from_static("1");
                response.headers_mut().insert(header::RETRY_AFTER, soon);
                response
            }
            Ok(_place) => match tokio::time::timeout(PATIENCE, next.run(request)).await {
                Ok(response) => response,
                Err(_) => problem(
                    StatusCode::GATEWAY_TIMEOUT,
                    "time",
                    "this took too long; ask for less",
                ),
            },
        },
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Address;

    fn guard(address: &str, token: Option<&str>) -> Guard {
        let options = HttpOptions {
            address: Address::read(address).expect("an address"),
            token: token.map(str::to_owned),
        };
        let place = SocketAddr::new(
            address
                .rsplit_once(':')
                .expect("a port")
                .0
                .parse()
                .expect("an IP"),
            80,
        );
        Guard::new(options, place)
    }

    #[test]
    fn only_names_of_this_computer_lead_here() {
        let guard = guard("127.0.0.1:80", None);
        for (host, is_ours) in [
            ("localhost:80", true),
            ("LOCALHOST", true),
            ("127.0.0.1:80", true),
            ("[::1]:80", true),
            ("localhost:81", false),
            ("evil.example:80", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example", false),
            ("", false),
            ("localhost:x", false),
        ] {
            assert_eq!(guard.is_ours(host), is_ours, "{host}");
        }
    }

    #[test]
    fn an_origin_is_the_page_itself() {
        assert!(is_origin_of("http://localhost:80", "localhost:80"));
        for origin in [
            "null",
            "http://localhost:81",
            "http://evil.example",
            "localhost:80",
        ] {
            assert!(!is_origin_of(origin, "localhost:80"), "{origin}");
        }
    }

    #[test]
    fn a_token_is_borne_whole() {
        let bearing = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().expect("a header"));
            bears(&headers, "secret")
        };
        assert!(bearing("Bearer secret"));
        for wrong in [
            "Bearer secre",
            "Bearer secrets",
            "Bearer ",
            "secret",
            "Basic secret",
        ] {
            assert!(!bearing(wrong), "{wrong}");
        }
    }
}
