//! Requests to the handlers of routes.

use std::cmp::Reverse;

use arc_graph::{Confidence, EdgeKind};

use super::matching::{Fit, Routes, Way};
use super::routers::{Handlers, Router, Routers, joined};
use super::{Links, distance, ends, files_with, side_of};
use crate::ends::{LinkEnd, Side, Space};
use crate::facts::SymbolId;
use crate::resolve::hierarchy::{Hierarchy, is_type_kind};
use crate::resolve::program::Program;
use crate::resolve::tables::Tables;
use crate::resolve::values::Sym;

/// Handlers that one request may be tied to.
const MAX_TARGETS: usize = 8;
/// Methods of a type that answer requests, when the route does not say which.
const VERBS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

struct Route {
    handler: Sym,
    verb: String,
}

/// Ties requests to handlers.
pub(super) fn tie(
    program: &Program<'_>,
    hierarchy: &Hierarchy,
    tables: &Tables,
    links: &mut Links,
) {
    let files = files_with(program, Space::Http);
    let has = |wanted: Side| {
        let ends = files
            .iter()
            .flat_map(|file| &program.file(*file).facts.ends);
        ends.into_iter()
            .any(|end| end.side == wanted as u8 && end.space == Space::Http as u8)
    };
    if !has(Side::Uses) {
        return;
    }
    let (mut table, mut routes) = (Routes::new(), Vec::new());
    if has(Side::Provides) {
        let mut routers = Routers::new(program, hierarchy, tables);
        find_routers(program, &files, &mut routers);
        find_routes(program, &files, &mut routers, |path, route| {
            table.add(path, routes.len() as u32);
            routes.push(route);
        });
    }
    for file in &files {
        let facts = program.file(*file).facts;
        for end in ends(program, *file, Space::Http, Side::Uses) {
            links.counts.requests += 1;
            let src = Sym {
                file: *file,
                symbol: end.symbol.0,
            };
            let found = answering(
                program,
                &table,
                &routes,
                src,
                facts.text(end.key),
                facts.text(end.verb),
            );
            links.counts.answered += usize::from(!found.is_empty());
            let count = found.len();
            for (handler, confidence) in found {
                let confidence = confidence.shared_among(count);
                links.add(
                    program,
                    (src, end.line),
                    handler,
                    EdgeKind::Requests,
                    confidence,
                );
            }
        }
    }
}

fn find_routers(program: &Program<'_>, files: &[u32], routers: &mut Routers<'_, '_>) {
    for file in files {
        for end in ends(program, *file, Space::Http, Side::Makes) {
            routers.makes.insert((*file, end.at));
        }
    }
    for file in files {
        routers.find_fields(*file);
    }
    for file in files {
        let facts = program.file(*file).facts;
        let is_http = |end: &&LinkEnd| end.space == Space::Http as u8;
        for end in facts.ends.iter().filter(is_http) {
            let key = facts.text(end.key);
            let own = Router::File(*file);
            let parent = match end.on.is_some() {
                true => routers.of(*file, end.on),
                false => Some(own),
            };
            match side_of(end.side) {
                Some(Side::Makes) => {
                    let made = Router::Made(*file, end.at);
                    match (end.on.is_some(), parent) {
                        (true, Some(parent)) => routers.join(made, parent, key),
                        _ => routers.prefix(made, key),
                    }
                }
                Some(Side::Joins) if !end.at.is_some() => {
                    let symbol = Sym {
                        file: *file,
                        symbol: end.symbol.0,
                    };
                    routers.prefix(Router::Type(symbol), key);
                }
                Some(Side::Joins) => {
                    let parent = parent.unwrap_or(own);
                    routers.join_expr(*file, end.at, parent, key);
                }
                Some(Side::Passes) => routers.pass(*file, end.at),
                Some(Side::Provides | Side::Uses) | None => {}
            }
        }
    }
}

fn find_routes(
    program: &Program<'_>,
    files: &[u32],
    routers: &mut Routers<'_, '_>,
    mut add: impl FnMut(&str, Route),
) {
    for file in files {
        let facts = program.file(*file).facts;
        for end in ends(program, *file, Space::Http, Side::Provides) {
            let symbol = Sym {
                file: *file,
                symbol: end.symbol.0,
            };
            let handlers = match end.at.is_some() {
                true => routers.handlers(*file, end.at),
                false => Handlers::from_iter([symbol]),
            };
            let router = if end.on.is_some() {
                routers.of(*file, end.on)
            } else if end.at.is_some() {
                Some(Router::File(*file))
            } else {
                Some(around(program, symbol))
            };
            let prefixes =
                router.map_or_else(|| vec![String::new()], |router| routers.prefixes(router));
            let verb = facts.text(end.verb);
            for handler in handlers {
                for (handler, verb) in by_verbs(program, routers, handler, verb) {
                    for prefix in &prefixes {
                        let path = joined(prefix, facts.text(end.key));
                        add(
                            &path,
                            Route {
                                handler,
                                verb: verb.clone(),
                            },
                        );
                    }
                }
            }
        }
    }
}

/// The router of a handler that knows its path: the type it is a method of, or itself.
fn around(program: &Program<'_>, symbol: Sym) -> Router {
    let parent = program.fact(symbol).parent;
    let above = Sym {
        symbol: parent.0,
        ..symbol
    };
    if parent != SymbolId::NONE && parent.0 != 0 && is_type_kind(program.kind(above)) {
        Router::Type(above)
    } else {
        Router::Function(symbol)
    }
}

/// A type answers by its methods that are named like verbs.
fn by_verbs(
    program: &Program<'_>,
    routers: &Routers<'_, '_>,
    handler: Sym,
    verb: &str,
) -> Vec<(Sym, String)> {
    if is_type_kind(program.kind(handler)) {
        let methods = VERBS.iter().filter_map(|verb| {
            let method = routers.by_verb(handler, verb)?;
            Some((method, (*verb).to_owned()))
        });
        let methods: Vec<_> = methods.collect();
        if !methods.is_empty() {
            return methods;
        }
    }
    vec![(handler, verb.to_owned())]
}

/// The handlers of a request, each as if it were the only one.
fn answering(
    program: &Program<'_>,
    table: &Routes,
    routes: &[Route],
    src: Sym,
    path: &str,
    verb: &str,
) -> Vec<(Sym, Confidence)> {
    let mut found: Vec<(Fit, Reverse<usize>, &Route)> = table
        .find(path)
        .into_iter()
        .map(|(number, fit)| (fit, &routes[number as usize]))
        .filter(|(_, route)| takes(&route.verb, verb))
        .map(|(fit, route)| (fit, Reverse(distance(program, src, route.handler)), route))
        .collect();
    let Some(best) = found.iter().map(|(fit, near, _)| (*fit, *near)).max() else {
        return Vec::new();
    };
    found.retain(|(fit, near, _)| (*fit, *near) == best);
    let mut handlers: Vec<(Sym, Confidence)> = found
        .iter()
        .map(|(fit, _, route)| (route.handler, confidence(*fit, &route.verb, verb)))
        .collect();
    handlers.sort_unstable();
    handlers.dedup_by_key(|(handler, _)| *handler);
    if handlers.len() > MAX_TARGETS {
        handlers.clear();
    }
    handlers
}

/// Whether a route takes a request made in this way.
fn takes(route: &str, request: &str) -> bool {
    route.is_empty()
        || request.is_empty()
        || route == request
        || (route == "GET" && request == "HEAD")
}

fn confidence(fit: Fit, route_verb: &str, verb: &str) -> Confidence {
    let base: u16 = match fit.way {
        Way::Whole if fit.same == 0 => 700,
        Way::Whole => 900,
        Way::Open => 800,
        Way::Behind => 550,
        Way::Rest => 450,
    };
    let guesses = if fit.guesses.0 > 0 { 300 } else { 0 };
    let unsure = if route_verb.is_empty() || verb.is_empty() {
        50
    } else {
        0
    };
    Confidence::from_thousandths(base.saturating_sub(guesses + unsure).max(200))
}
