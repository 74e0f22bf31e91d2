//! Facts to edges: references are tied to definitions across files.
//!
//! The resolver sees facts, never source, and writes nothing: the same facts give the same edges in the same order.

use arc_graph::{Confidence, EdgeKind, NodeKind, Rule};

use crate::facts::FileFacts;

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

/// Resolves all references of all files.
#[must_use]
pub fn resolve(files: &[InputFile]) -> Resolution {
    let _ = files;
    Resolution::default()
}
