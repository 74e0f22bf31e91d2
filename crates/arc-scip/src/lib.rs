//! SCIP indexes, the format in which compilers and other indexers say what stands where.
//!
//! [`IndexWriter`] writes one document at a time, [`read_index`] reads one at a time and keeps what is worth keeping as a
//! [`Record`], and [`Record::check`] compares what an index says with the text that it speaks of. Protocol buffers stay
//! behind these; nothing here knows the graph, opens a source file or decides what an occurrence means.

mod check;
mod message;
mod position;
mod read;
mod record;
pub mod role;
mod symbol;
mod write;

pub use check::{Checked, Definition, Site};
pub use read::{Index, ReadError, read_index};
pub use record::{Record, Relation};
pub use symbol::{Descriptor, Package, Suffix, Symbol, is_local};
pub use write::{IndexWriter, OutDocument, OutOccurrence, OutSymbol, SymbolKind, language_name};
