//! Facts to edges: references are tied to definitions across files.
//!
//! The resolver sees facts, never source, and writes nothing: the same facts give the same edges in the same order.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "resolving asks for the shapes of `Expr`, `Value` and `Hit` that it can follow; any other, and any new one, means that nothing is known"
)]

mod anonymous;
mod by_arguments;
mod calls;
mod containers;
mod descriptors;
mod dispatch;
mod edges;
mod evaluate;
mod exports;
mod families;
mod file;
mod fixtures;
mod functions;
mod generics;
mod hierarchy;
mod imported;
mod keyed;
mod late;
mod links;
mod literals;
mod looked_up;
mod members;
mod mentions;
mod merged;
mod mixins;
mod multimap;
mod name_table;
mod named;
mod names;
mod namespaces;
mod open;
mod openers;
mod operators;
mod overloads;
mod paths;
mod placed;
mod program;
mod replay;
mod rounds;
mod scopes;
mod signatures;
mod stores;
mod structural;
mod tables;
mod ties;
mod types;
mod values;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use arc_graph::{Confidence, EdgeKind, NodeKind, Rule, StringPool};
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::facts::FileFacts;
use crate::names::NamePool;
use anonymous::Hidden;
use edges::{BareNames, file_edges, is_visible};
use evaluate::Evaluator;
use hierarchy::Hierarchy;
pub use links::LinkCounts;
use links::Links;
use open::open_symbols;
use program::{Preludes, Program};
use replay::Past;
pub use replay::{Kept, NotPlayed};
use tables::Tables;
use values::Sym;

/// A file with its facts.
pub struct InputFile {
    /// The path relative to the root, with `/`.
    pub path: String,
    /// The language's name.
    pub language: &'static str,
    /// What the file says.
    pub facts: FileFacts,
}

/// A definition of the project, or the name of something outside.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A symbol of a file: positions in the list of files and in the facts of that file.
    Symbol {
        /// Position of the file.
        file: u32,
        /// Position of the symbol in `facts.symbols`.
        symbol: u32,
    },
    /// Something outside the project, by its qualified name.
    External(String),
}

/// An edge of one file. The dependent stands in that file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The dependent, a symbol of the file by its position.
    pub src: u32,
    /// The dependency.
    pub dst: Place,
    /// What the edge says.
    pub kind: EdgeKind,
    /// The line in the file, from 1.
    pub line: u32,
    /// How sure the edge is.
    pub confidence: Confidence,
    /// How it was found.
    pub rule: Rule,
}

/// A reference that could not be tied to a definition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unresolved {
    /// The symbol it stands in.
    pub src: u32,
    /// The name that was looked for.
    pub name: String,
    /// The line, from 1.
    pub line: u32,
}

/// A symbol as it enters the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Position in `facts.symbols`.
    pub index: u32,
    /// What it is.
    pub kind: NodeKind,
    /// Its own name.
    pub name: String,
    /// Its name inside the file (`Config.load`).
    pub scope_name: String,
    /// The symbol it stands in, a node itself; 0 is the file.
    pub parent: u32,
    /// Code outside the project may run it though nothing in the project names it.
    pub is_open: bool,
}

/// What one file says of others.
#[derive(Debug, Default)]
pub struct FileEdges {
    /// Its symbols that become nodes, in order.
    pub symbols: Vec<Symbol>,
    /// Its edges, sorted.
    pub edges: Vec<Edge>,
    /// Its unresolved references, sorted.
    pub unresolved: Vec<Unresolved>,
}

/// The facts of a whole project, with what the languages offer themselves.
pub struct Sources {
    files: Vec<InputFile>,
    preludes: Preludes,
    names: Arc<StringPool>,
}

impl Sources {
    /// `files` are in path order. `pool` may have taken the strings of some of them.
    #[must_use]
    pub fn new(mut files: Vec<InputFile>, mut pool: NamePool) -> Sources {
        let mut preludes = Preludes::of(&files);
        let of_files = files.iter_mut().map(|file| &mut file.facts);
        for facts in of_files.chain(preludes.facts()) {
            pool.take(facts);
        }
        let names = pool.finished();
        let of_files = files.iter_mut().map(|file| &mut file.facts);
        for facts in of_files.chain(preludes.facts()) {
            facts.names.set_pool(&names);
        }
        Sources {
            files,
            preludes,
            names,
        }
    }

    /// The files as they were given.
    #[must_use]
    pub fn files(&self) -> &[InputFile] {
        &self.files
    }

    /// The same files, some of which say something else: positions in the list, with what they say. All other strings keep their
    /// numbers.
    #[must_use]
    pub fn replaced(mut self, changed: impl Iterator<Item = (usize, FileFacts)>) -> Sources {
        for (file, facts) in changed {
            self.files[file].facts = facts;
        }
        let of_files = self.files.iter_mut().map(|file| &mut file.facts);
        for facts in of_files.chain(self.preludes.facts()) {
            facts.names.forget_pool();
        }
        let mut pool = NamePool::again(self.names);
        for file in &mut self.files {
            pool.take(&mut file.facts);
        }
        let names = pool.finished();
        let of_files = self.files.iter_mut().map(|file| &mut file.facts);
        for facts in of_files.chain(self.preludes.facts()) {
            facts.names.set_pool(&names);
        }
        Sources { names, ..self }
    }
}

/// A project whose files are tied together: names to definitions, expressions to types. Edges are made file by file when
/// they are asked for, since those of all files would take more memory than everything else.
pub struct Linked<'a> {
    program: Program<'a>,
    hierarchy: Hierarchy,
    tables: Tables,
    bare: BareNames,
    hidden: Hidden,
    links: Links,
    /// Functions that code outside the project may run though nothing in it names them.
    open: FxHashSet<Sym>,
    /// What was already found, by file, as it was before anonymous functions were settled; only where they may be called.
    found: Vec<Mutex<Option<References>>>,
    /// How this stands to a recorded run.
    past: Past,
}

/// Edges and unresolved references of a file.
type References = (Vec<Edge>, Vec<Unresolved>);

impl<'a> Linked<'a> {
    /// Ties the files together. The answers do not depend on threads.
    #[must_use]
    pub fn new(sources: &'a Sources) -> Linked<'a> {
        let program = Program::new(&sources.files, &sources.preludes, &sources.names);
        let hierarchy = rounds::type_hierarchy(&program);
        let tables = rounds::fixpoint(&program, &hierarchy, &|_| true, None);
        let open: Vec<(u32, Sym)> = (0..sources.files.len() as u32)
            .into_par_iter()
            .flat_map_iter(|file| {
                let evaluator = Evaluator::new(&program, &hierarchy, &tables, file);
                let open = open_symbols(&evaluator);
                open.into_iter().map(move |sym| (file, sym))
            })
            .collect();
        Linked::finished((program, hierarchy, tables), &open, Past::default())
    }

    /// Goes on from the tables of the last round. `open` are functions that code outside may run, with who says so.
    fn finished(
        (program, hierarchy, tables): (Program<'a>, Hierarchy, Tables),
        open: &[(u32, Sym)],
        past: Past,
    ) -> Linked<'a> {
        let mut linked = Linked::unsettled((program, hierarchy, tables), past);
        linked.past.compare_links(&linked.links);
        linked.open = open.iter().map(|(_, sym)| *sym).collect();
        let candidates = anonymous::candidates(&linked.program);
        if !candidates.is_empty() {
            let callers = anonymous::callers(&linked.program, &candidates);
            let found: Vec<Option<References>> = callers
                .into_par_iter()
                .enumerate()
                .map(|(file, may_call)| {
                    let is_asked = may_call && !linked.past.knows_calls(file);
                    is_asked.then(|| linked.find(file))
                })
                .collect();
            let called = linked.past.known_calls();
            linked.hidden = Hidden::new(candidates, found.iter().flatten(), called);
            linked.found = found.into_iter().map(Mutex::new).collect();
        }
        linked
    }

    /// The same for whoever asks only for the references of a few files, at a small part of the cost: names, imports and types are
    /// tied as always, and values are followed through the files in `near` alone. What a member belongs to whose receiver comes
    /// from elsewhere may stay unknown.
    #[must_use]
    pub fn near(sources: &'a Sources, near: &BTreeSet<usize>) -> Linked<'a> {
        Linked::tied(sources, &|file| near.contains(&file))
    }

    /// What is known before anonymous functions are settled, with values followed through the files for which `is_asked` holds.
    fn tied(sources: &'a Sources, is_asked: &(dyn Fn(usize) -> bool + Sync)) -> Linked<'a> {
        let program = Program::new(&sources.files, &sources.preludes, &sources.names);
        let hierarchy = rounds::type_hierarchy(&program);
        let tables = rounds::fixpoint(&program, &hierarchy, is_asked, None);
        Linked::unsettled((program, hierarchy, tables), Past::default())
    }

    /// What is known before anonymous functions are settled.
    fn unsettled(
        (program, hierarchy, tables): (Program<'a>, Hierarchy, Tables),
        past: Past,
    ) -> Linked<'a> {
        let bare = BareNames::new(&program);
        let links = Links::new(&program, &hierarchy, &tables);
        Linked {
            program,
            hierarchy,
            tables,
            bare,
            hidden: Hidden::default(),
            links,
            open: FxHashSet::default(),
            found: Vec::new(),
            past,
        }
    }

    fn evaluator(&self, file: u32) -> Evaluator<'_, 'a> {
        Evaluator::new(&self.program, &self.hierarchy, &self.tables, file)
    }

    fn find(&self, file: usize) -> References {
        let evaluator = self.evaluator(file as u32);
        let Some(recorder) = self.past.recorder() else {
            return file_edges(&evaluator, &self.bare, &self.links);
        };
        let evaluator = evaluator.recording();
        let found = file_edges(&evaluator, &self.bare, &self.links);
        recorder.read_for_edges(file, evaluator.recorded_keys());
        found
    }

    /// How many ends of links found their other side.
    #[must_use]
    pub fn link_counts(&self) -> LinkCounts {
        self.links.counts()
    }

    /// The module name of a file (`app.config`).
    #[must_use]
    pub fn module(&self, file: usize) -> String {
        let file = self.program.file(file as u32);
        file.language.module_name(&self.program.project, &file.path)
    }

    /// The positions in `facts.symbols` of those symbols of a file that become nodes, in order.
    pub fn visible(&self, file: usize) -> impl Iterator<Item = u32> + '_ {
        let file = file as u32;
        let count = self.program.file(file).facts.symbols.len() as u32;
        (1..count).filter(move |symbol| {
            let symbol = *symbol;
            let sym = Sym { file, symbol };
            is_visible(&self.program, sym) && !self.hidden.contains(sym)
        })
    }

    /// The symbols of a file that become nodes, in order.
    #[must_use]
    pub fn symbols(&self, file: usize) -> Vec<Symbol> {
        symbols(&self.program, file as u32, &self.hidden, &self.open)
    }

    /// All references of a file.
    #[must_use]
    pub fn edges(&self, file: usize) -> FileEdges {
        let found = self.found.get(file);
        let found =
            found.and_then(|found| found.lock().unwrap_or_else(PoisonError::into_inner).take());
        let (mut edges, mut unresolved) = found.unwrap_or_else(|| self.find(file));
        self.hidden
            .settle(&self.program, file as u32, &mut edges, &mut unresolved);
        FileEdges {
            symbols: self.symbols(file),
            edges,
            unresolved,
        }
    }
}

fn symbols(
    program: &Program<'_>,
    index: u32,
    hidden: &Hidden,
    open: &FxHashSet<Sym>,
) -> Vec<Symbol> {
    let file = program.file(index);
    let mut symbols = Vec::new();
    for (at, fact) in file.facts.symbols.iter().enumerate().skip(1) {
        let sym = Sym {
            file: index,
            symbol: at as u32,
        };
        if !is_visible(program, sym) || hidden.contains(sym) {
            continue;
        }
        let parent = hidden.visible(
            program,
            Sym {
                file: index,
                symbol: fact.parent.0,
            },
        );
        symbols.push(Symbol {
            index: at as u32,
            kind: program.kind(sym),
            name: file.facts.text(fact.name).to_owned(),
            scope_name: scope_name(program, sym, hidden),
            parent: parent.symbol,
            is_open: open.contains(&sym),
        });
    }
    symbols
}

/// The name of a symbol inside its file: the names of what it stands in, and its own.
fn scope_name(program: &Program<'_>, sym: Sym, hidden: &Hidden) -> String {
    let file = program.file(sym.file);
    let mut parts = Vec::new();
    let mut symbol = sym.symbol;
    while symbol != 0 {
        let fact = file.symbol(symbol);
        let around = Sym {
            file: sym.file,
            symbol,
        };
        if is_visible(program, around) && !hidden.contains(around) {
            parts.push(file.facts.text(fact.name));
        }
        if fact.owner.is_some() {
            parts.push(file.facts.text(fact.owner));
        }
        symbol = if fact.parent.is_some() {
            fact.parent.0
        } else {
            0
        };
    }
    parts.reverse();
    parts.join(file.semantics.separator)
}
