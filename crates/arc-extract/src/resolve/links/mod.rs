//! Ends of links tied together: what asks for a text with what answers for it, across languages.
//!
//! An end without a partner is no error (most requests leave the project); it is counted and gives no edge. Where several
//! fit equally, all are kept and share the confidence.

mod http;
mod matching;
mod programs;
mod routers;
mod scripts;
mod services;
mod texts;

use arc_graph::{Confidence, EdgeKind, Rule};
use rustc_hash::FxHashMap;

use crate::ends::{LinkEnd, Side, Space};
use crate::resolve::edges::visible;
use crate::resolve::hierarchy::Hierarchy;
use crate::resolve::program::Program;
use crate::resolve::tables::Tables;
use crate::resolve::values::Sym;
use crate::resolve::{Edge, Place};

/// Edges between ends, by the file of the dependent.
#[derive(Default)]
pub(super) struct Links {
    edges: FxHashMap<u32, Vec<Edge>>,
    counts: LinkCounts,
}

/// How many ends ask for something, and how many of them found it in the project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkCounts {
    /// Requests over HTTP.
    pub requests: usize,
    /// Those whose handler is known.
    pub answered: usize,
    /// Reads of environment variables.
    pub variables: usize,
    /// Those whose variable the project sets.
    pub set: usize,
    /// Reads of keys of configuration files.
    pub settings: usize,
    /// Those whose key some file of the project has.
    pub configured: usize,
    /// Statements that name a table, once for each.
    pub statements: usize,
    /// Those whose table the project makes.
    pub tabled: usize,
    /// Commands that run something by name.
    pub commands: usize,
    /// Those whose script, target or module is of the project.
    pub run: usize,
}

impl LinkCounts {
    /// What asks, how often, and how often it was found.
    #[must_use]
    pub fn rows(&self) -> [(&'static str, usize, usize); 5] {
        [
            ("requests", self.requests, self.answered),
            ("variables", self.variables, self.set),
            ("settings", self.settings, self.configured),
            ("statements", self.statements, self.tabled),
            ("commands", self.commands, self.run),
        ]
    }
}

impl Links {
    pub(super) fn new(program: &Program<'_>, hierarchy: &Hierarchy, tables: &Tables) -> Links {
        let mut links = Links::default();
        http::tie(program, hierarchy, tables, &mut links);
        texts::tie_variables(program, &mut links);
        texts::tie_settings(program, &mut links);
        texts::tie_tables(program, &mut links);
        services::tie(program, hierarchy, tables, &mut links);
        scripts::tie_scripts(program, &mut links);
        scripts::tie_modules(program, hierarchy, &mut links);
        programs::tie(program, hierarchy, &mut links);
        links
    }

    /// The edges of a file.
    pub(super) fn of(&self, file: u32) -> &[Edge] {
        self.edges.get(&file).map_or(&[], Vec::as_slice)
    }

    pub(super) fn counts(&self) -> LinkCounts {
        self.counts
    }

    fn add(
        &mut self,
        program: &Program<'_>,
        (src, line): (Sym, u32),
        dst: Sym,
        kind: EdgeKind,
        confidence: Confidence,
    ) {
        let (src, dst) = (visible(program, src), visible(program, dst));
        if src == dst {
            return;
        }
        self.edges.entry(src.file).or_default().push(Edge {
            src: src.symbol,
            dst: Place::Symbol {
                file: dst.file,
                symbol: dst.symbol,
            },
            kind,
            line,
            confidence,
            rule: Rule::Convention,
        });
    }
}

/// Files of the project with ends of a space, in path order.
fn files_with(program: &Program<'_>, space: Space) -> Vec<u32> {
    let files = program.files[..program.project_files].iter().enumerate();
    files
        .filter(|(_, file)| file.facts.ends.iter().any(|end| end.space == space as u8))
        .map(|(file, _)| file as u32)
        .collect()
}

/// The ends of one side of a file.
fn ends<'a>(
    program: &Program<'a>,
    file: u32,
    space: Space,
    side: Side,
) -> impl Iterator<Item = &'a LinkEnd> + use<'a> {
    let ends = program.file(file).facts.ends.iter();
    ends.filter(move |end| end.space == space as u8 && end.side == side as u8)
}

/// How far apart two definitions are written: in one definition, in one file, by folders.
fn distance(program: &Program<'_>, a: Sym, b: Sym) -> usize {
    if a.file == b.file {
        let file = program.file(a.file);
        let mut around = b.symbol;
        while around != 0 && around != a.symbol && file.symbol(around).parent.is_some() {
            around = file.symbol(around).parent.0;
        }
        return usize::from(around != a.symbol || a.symbol == 0);
    }
    let folders = |sym: Sym| {
        let path = program.file(sym.file).path.as_str();
        path.rsplit_once('/')
            .map_or("", |(folder, _)| folder)
            .split('/')
    };
    let shared = folders(a)
        .zip(folders(b))
        .take_while(|(a, b)| a == b)
        .count();
    2 + folders(b).count().max(shared) - shared
}

fn side_of(number: u8) -> Option<Side> {
    [
        Side::Provides,
        Side::Uses,
        Side::Joins,
        Side::Makes,
        Side::Passes,
    ]
    .into_iter()
    .find(|side| *side as u8 == number)
}
