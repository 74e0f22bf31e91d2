//! SCIP indexes, the format in which compilers and other indexers say what stands where.
//!
//! [`IndexWriter`] writes one document at a time. Protocol buffers stay behind it; nothing here knows the graph or opens a
//! source file.

mod message;
mod position;
pub mod role;
mod symbol;
mod write;

pub use position::{Encoding, byte_offset};
pub use symbol::{Descriptor, Package, Suffix, Symbol, is_local};
pub use write::{IndexWriter, OutDocument, OutOccurrence, OutSymbol, SymbolKind, language_name};
