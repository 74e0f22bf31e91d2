//! Source text to facts, facts to edges.
//!
//! [`extract`] reads one file and knows no other; [`Linked`] sees the facts of all files and never
//! source. Both return what they found together with diagnostics: broken input is normal input. Nothing here does I/O.

mod arity;
mod builder;
mod called;
mod compare;
mod compiled;
mod edited;
mod ends;
mod expr_table;
mod exprs;
mod extract;
mod facts;
mod isolate;
mod languages;
mod modules;
mod moved;
mod names;
mod naming;
mod operands;
mod packed;
mod parsing;
mod project;
mod resolve;
mod source;
mod syntax_tree;
mod terms;
mod wire;

pub use arity::{Callee, has_overloads, wrong_calls};
pub use called::called_names;
pub use compare::{ChangeKind, Definition, DefinitionChange, Definitions, Span};
pub use ends::LinkEnd;
pub use extract::{
    Detected, constructors, detect, extract, is_measured, languages, separator, share_names, tier,
};
pub use facts::{DocFact, FileFacts, MentionKind, Setting, SymbolFact, flag};
pub use languages::{DOC_TEST, DOC_TEST_COMPILED, DOC_TEST_OWNER, Tier};
pub use moved::moved_lines;
pub use names::NamePool;
pub use naming::{Naming, module_words};
pub use resolve::{
    Edge, FileEdges, InputFile, Kept, LinkCounts, Linked, NotPlayed, Place, Sources, Symbol,
    Unresolved,
};
pub use syntax_tree::{Reading, SyntaxTree};
pub use terms::vocabulary;
pub use wire::WireError;

/// Changes whenever the same source might give other facts or edges: made from the source of this crate and the versions
/// of the grammars.
pub const VERSION: &str = env!("ARC_EXTRACT_VERSION");
