//! The page: files that are part of the program. They hold nothing of the repository; the page asks for that like everybody
//! else.

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};

use super::api;

/// The page itself.
const INDEX: &str = include_str!("../../ui/index.html");

/// What it loads, by name below `/ui/`, sorted.
const FILES: &[(&str, &str)] = &[
    ("api.js", include_str!("../../ui/api.js")),
    ("app.css", include_str!("../../ui/app.css")),
    ("app.js", include_str!("../../ui/app.js")),
    ("blast.js", include_str!("../../ui/blast.js")),
    ("changes.js", include_str!("../../ui/changes.js")),
    ("dom.js", include_str!("../../ui/dom.js")),
    ("graph.js", include_str!("../../ui/graph.js")),
    (
        "graphology.umd.min.js",
        include_str!("../../ui/vendor/graphology.umd.min.js"),
    ),
    ("icon.svg", include_str!("../../ui/icon.svg")),
    ("layout.js", include_str!("../../ui/layout.js")),
    ("map.js", include_str!("../../ui/map.js")),
    ("modules.js", include_str!("../../ui/modules.js")),
    ("search.js", include_str!("../../ui/search.js")),
    ("sigma.min.js", include_str!("../../ui/vendor/sigma.min.js")),
    ("source.js", include_str!("../../ui/source.js")),
    ("trail.js", include_str!("../../ui/trail.js")),
    ("treemap.js", include_str!("../../ui/treemap.js")),
];

/// Whether a path is one of the page's, which anybody may have: a browser asks for them before it can bear a token.
pub(super) fn is_asset(path: &str) -> bool {
    path == "/" || path.starts_with("/ui/")
}

/// `GET /`.
pub(super) async fn page() -> Response {
    answer("index.html", INDEX)
}

/// `GET /ui/NAME`.
pub(super) async fn file(Path(name): Path<String>) -> Response {
    match FILES.iter().find(|(known, _)| *known == name) {
        Some((name, text)) => answer(name, text),
        None => api::nothing_there().await,
    }
}

fn answer(name: &str, text: &'static str) -> Response {
    let kind = match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some(_) | None => "text/html; charset=utf-8",
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        // Another version of arc may answer here next time.
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_that_the_page_names_is_served_from_here() {
        assert!(FILES.is_sorted());
        let served = |name: &str| FILES.iter().any(|(known, _)| *known == name);
        let ours = FILES.iter().filter(|(name, _)| !name.contains(".min."));
        let mut count = 0;
        for (_, text) in ours.chain(&[("index.html", INDEX)]) {
            for start in ["/ui/", "from \"./", "import(\"./"] {
                for (at, _) in text.match_indices(start) {
                    let rest = &text[at + start.len()..];
                    let name = rest.split(['"', '\'', ')', '`']).next().unwrap_or("");
                    assert!(served(name), "{name} is not served");
                    count += 1;
                }
            }
            assert!(!text.contains("https://"), "the page needs no network");
        }
        assert!(count > 10, "{count}");
    }
}
