//! Paths of requests to routes. Routes stand in a tree by their segments from the last to the first, so that a request
//! whose beginning is not known is found as fast as any other.

use rustc_hash::FxHashMap;

use crate::ends::{ANY, REST, UNKNOWN_BASE};

/// Steps that one request may take through the tree.
const MAX_STEPS: usize = 4_000;
/// Routes that one request may fit.
const MAX_FOUND: usize = 64;
/// Plain segments that a variable part of a request may stand for.
const MAX_GUESSES: usize = 32;
/// Routes that end in the rest of a path: each is compared with a request.
const MAX_RESTS: usize = 512;

/// How well a route fits a request; a larger one is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fit {
    pub(super) way: Way,
    /// Variable parts of the request that meet a plain segment of the route, counted down.
    pub(super) guesses: std::cmp::Reverse<u8>,
    /// Segments of the route before those that an open request says, counted down.
    pub(super) beyond: std::cmp::Reverse<u8>,
    /// Segments that are the same text.
    pub(super) same: u8,
}

/// In which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// The rest of a path takes it.
    Rest,
    /// The request goes through something that takes away the beginning of the path.
    Behind,
    /// The beginning of one of them is not known.
    Open,
    /// From the first segment to the last.
    Whole,
}

#[derive(Default)]
struct Node {
    named: FxHashMap<Box<str>, u32>,
    any: Option<u32>,
    /// Routes whose first segment was the last one on the way here.
    ends: Vec<u32>,
    /// The same for routes whose prefix is not known.
    open: Vec<u32>,
}

/// The routes of a project.
pub(super) struct Routes {
    nodes: Vec<Node>,
    rests: Vec<(Vec<Box<str>>, u32)>,
}

struct Search<'r> {
    segments: Vec<&'r str>,
    is_open: bool,
    steps: usize,
    found: Vec<(u32, Fit)>,
}

impl Routes {
    pub(super) fn new() -> Routes {
        Routes {
            nodes: vec![Node::default()],
            rests: Vec::new(),
        }
    }

    /// Adds a route under a number.
    pub(super) fn add(&mut self, path: &str, route: u32) {
        let mut segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let is_open = segments.first() == Some(&UNKNOWN_BASE);
        if is_open {
            segments.remove(0);
        }
        if segments.last() == Some(&REST) {
            segments.pop();
            if self.rests.len() < MAX_RESTS && !is_open {
                let plain = segments.into_iter().map(Box::from).collect();
                self.rests.push((plain, route));
            }
            return;
        }
        let mut at = 0;
        for segment in segments.into_iter().rev() {
            at = self.child(at, segment);
        }
        let node = &mut self.nodes[at];
        let ends = if is_open {
            &mut node.open
        } else {
            &mut node.ends
        };
        ends.push(route);
    }

    fn child(&mut self, at: usize, segment: &str) -> usize {
        let next = self.nodes.len() as u32;
        let node = &mut self.nodes[at];
        let child = if segment == ANY {
            *node.any.get_or_insert(next)
        } else {
            *node.named.entry(segment.into()).or_insert(next)
        };
        if child == next {
            self.nodes.push(Node::default());
        }
        child as usize
    }

    /// The routes that fit a request, by number, each with how well.
    pub(super) fn find(&self, path: &str) -> Vec<(u32, Fit)> {
        let mut segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let is_open = segments.first() == Some(&UNKNOWN_BASE);
        if is_open {
            segments.remove(0);
        }
        segments.reverse();
        let mut search = Search {
            segments,
            is_open,
            steps: 0,
            found: Vec::new(),
        };
        self.walk(&mut search, 0, 0, (0, 0));
        if search.found.is_empty() && !is_open {
            self.find_rests(&mut search);
        }
        search.found
    }

    fn walk(&self, search: &mut Search<'_>, node: usize, at: usize, score: (u8, u8)) {
        search.steps += 1;
        if search.steps > MAX_STEPS || search.found.len() >= MAX_FOUND {
            return;
        }
        let node = &self.nodes[node];
        let (guesses, same) = score;
        let fit = |way| Fit {
            way,
            guesses: std::cmp::Reverse(guesses),
            beyond: std::cmp::Reverse(0),
            same,
        };
        // Without a plain segment in common nothing but the whole path says that they belong together.
        let is_told = same > 0;
        let found = &mut search.found;
        if is_told {
            found.extend(node.open.iter().map(|route| (*route, fit(Way::Open))));
        }
        let Some(segment) = search.segments.get(at).copied() else {
            let way = if search.is_open {
                Way::Open
            } else {
                Way::Whole
            };
            if is_told || !search.is_open {
                found.extend(node.ends.iter().map(|route| (*route, fit(way))));
            }
            if search.is_open && is_told {
                self.gather(search, node, fit(Way::Open));
            }
            return;
        };
        if is_told {
            found.extend(node.ends.iter().map(|route| (*route, fit(Way::Behind))));
        }
        if segment == ANY {
            if let Some(any) = node.any {
                self.walk(search, any as usize, at + 1, score);
            }
            // Where a part that is not known could be any of many, it says nothing.
            let mut named = Vec::new();
            if node.named.len() <= MAX_GUESSES {
                named.extend(node.named.values().copied());
                named.sort_unstable();
            }
            for child in named {
                let score = (guesses.saturating_add(1), same);
                self.walk(search, child as usize, at + 1, score);
            }
            return;
        }
        if let Some(child) = node.named.get(segment) {
            let score = (guesses, same.saturating_add(1));
            self.walk(search, *child as usize, at + 1, score);
        }
        if let Some(any) = node.any {
            self.walk(search, any as usize, at + 1, score);
        }
    }

    /// All routes that go on before what a request says.
    fn gather(&self, search: &mut Search<'_>, node: &Node, fit: Fit) {
        let mut open: Vec<(u32, u8)> = children(node, 1);
        while let Some((next, beyond)) = open.pop() {
            search.steps += 1;
            if search.steps > MAX_STEPS || search.found.len() >= MAX_FOUND {
                return;
            }
            let node = &self.nodes[next as usize];
            search.found.extend(node.ends.iter().map(|route| {
                (
                    *route,
                    Fit {
                        beyond: std::cmp::Reverse(beyond),
                        ..fit
                    },
                )
            }));
            open.extend(children(node, beyond.saturating_add(1)));
        }
    }

    fn find_rests(&self, search: &mut Search<'_>) {
        for (plain, route) in &self.rests {
            if plain.len() > search.segments.len() || plain.is_empty() {
                continue;
            }
            let pairs = plain.iter().zip(search.segments.iter().rev());
            let mut same = 0u8;
            let fits = pairs.into_iter().all(|(route, request)| {
                same = same.saturating_add(u8::from(&**route == *request));
                &**route == ANY || &**route == *request
            });
            if fits && same > 0 {
                let fit = Fit {
                    way: Way::Rest,
                    guesses: std::cmp::Reverse(0),
                    beyond: std::cmp::Reverse(0),
                    same,
                };
                search.found.push((*route, fit));
            }
        }
    }
}

/// The children of a node, in the order of their making, with how far they are from where a request begins.
fn children(node: &Node, beyond: u8) -> Vec<(u32, u8)> {
    let children = node.named.values().copied().chain(node.any);
    let mut children: Vec<(u32, u8)> = children.map(|child| (child, beyond)).collect();
    children.sort_unstable_by(|a, b| b.cmp(a));
    children
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(paths: &[&str]) -> Routes {
        let mut routes = Routes::new();
        for (number, path) in paths.iter().enumerate() {
            routes.add(path, number as u32);
        }
        routes
    }

    fn best(routes: &Routes, path: &str) -> Vec<u32> {
        let found = routes.find(path);
        let best = found.iter().map(|(_, fit)| *fit).max();
        let mut best: Vec<u32> = found
            .iter()
            .filter(|(_, fit)| Some(*fit) == best)
            .map(|(route, _)| *route)
            .collect();
        best.sort_unstable();
        best
    }

    #[test]
    fn plain_segments_come_before_variable_ones() {
        let routes = routes(&[
            "users/{}",
            "users/me",
            "{}/{}",
            "",
            "api/files/{*}",
            "*/late/x",
        ]);
        assert_eq!(best(&routes, "users/me"), [1]);
        assert_eq!(best(&routes, "users/1"), [0]);
        assert_eq!(best(&routes, "users/{}"), [0]);
        assert_eq!(best(&routes, "a/b"), [2]);
        assert_eq!(best(&routes, ""), [3]);
        assert_eq!(best(&routes, "api/files/a/b"), [4]);
        assert_eq!(best(&routes, "v1/late/x"), [5]);
        assert_eq!(best(&routes, "v1/users/me"), [1]);
        assert_eq!(best(&routes, "*/users/me"), [1]);
        assert!(best(&routes, "*").is_empty());
        assert!(best(&routes, "x/y/z").is_empty());
    }

    #[test]
    fn ten_thousand_routes_are_searched_in_bounded_time() {
        let paths: Vec<String> = (0..10_000)
            .map(|number| format!("{}/{}/x{number}/{{}}", number % 7, number % 11))
            .collect();
        let mut all: Vec<&str> = paths.iter().map(String::as_str).collect();
        let holes = vec!["{}"; 30].join("/");
        all.push(&holes);
        let routes = routes(&all);
        for path in &paths {
            assert!(!routes.find(path).is_empty());
        }
        for _ in 0..100 {
            assert!(routes.find(&holes).len() <= MAX_FOUND);
        }
    }
}
