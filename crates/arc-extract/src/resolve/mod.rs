//! Facts to edges: references are tied to definitions across files.
//!
//! The resolver sees facts, never source, and writes nothing: the same facts give the same edges in the same order.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "resolving asks for the shapes of `Expr`, `Value` and `Hit` that it can follow; any other, and any new one, means that nothing is known"
)]

mod anonymous;
mod calls;
mod containers;
mod dispatch;
mod edges;
mod evaluate;
mod exports;
mod file;
mod functions;
mod generics;
mod hierarchy;
mod late;
mod members;
mod mentions;
mod named;
mod names;
mod namespaces;
mod operators;
mod overloads;
mod paths;
mod program;
mod rounds;
mod stores;
mod tables;
mod ties;
mod types;
mod values;

use arc_graph::{Confidence, EdgeKind, NodeKind, Rule};
use rayon::prelude::*;

use crate::facts::FileFacts;
use anonymous::Hidden;
use edges::{BareNames, file_edges, is_visible};
use evaluate::Evaluator;
use program::{Preludes, Program};
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
    /// A symbol of a file: positions in the list of files and in that file's [`Resolution::symbols`].
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
}

/// What the resolver found, file by file in the order of the input.
#[derive(Debug, Default)]
pub struct Resolution {
    /// Module name of each file (`app.config`).
    pub modules: Vec<String>,
    /// Symbols of each file that become nodes.
    pub symbols: Vec<Vec<Symbol>>,
    /// Edges of each file, sorted.
    pub edges: Vec<Vec<Edge>>,
    /// Unresolved references of each file, sorted.
    pub unresolved: Vec<Vec<Unresolved>>,
}

/// Resolves all references of all files. `files` are in path order; the answer does not depend on threads.
#[must_use]
pub fn resolve(files: &[InputFile]) -> Resolution {
    let preludes = Preludes::of(files);
    let program = Program::new(files, &preludes);
    let hierarchy = rounds::type_hierarchy(&program);
    let tables = rounds::fixpoint(&program, &hierarchy);
    let bare = BareNames::new(&program);
    let mut found: Vec<(Vec<Edge>, Vec<Unresolved>)> = (0..files.len() as u32)
        .into_par_iter()
        .map(|file| file_edges(&Evaluator::new(&program, &hierarchy, &tables, file), &bare))
        .collect();
    let hidden = anonymous::hide_uncalled(&program, &mut found);
    let mut resolution = Resolution::default();
    for (index, (edges, unresolved)) in found.into_iter().enumerate() {
        let file = program.file(index as u32);
        resolution
            .modules
            .push(file.language.module_name(&program.project, &file.path));
        resolution
            .symbols
            .push(symbols(&program, index as u32, &hidden));
        resolution.edges.push(edges);
        resolution.unresolved.push(unresolved);
    }
    resolution
}

fn symbols(program: &Program<'_>, index: u32, hidden: &Hidden) -> Vec<Symbol> {
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
