//! Two versions of a file, definition by definition: what came, went, got another name, another signature, another body, or
//! only other comments and another layout.
//!
//! Nothing is resolved here and no other file is known. What cannot be told apart from a change of behavior counts as one.

mod definitions;
mod follow;
mod outline;
#[cfg(test)]
mod tests;

use arc_graph::NodeKind;

pub use follow::{Definitions, Span};

/// What became of a definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// It is gone.
    Removed,
    /// It has another name and otherwise says nearly the same.
    Renamed,
    /// It stands in another file and says nearly the same.
    Moved,
    /// What others see of it differs: parameters, types, bases, decorators.
    Signature,
    /// Only what it does differs.
    Body,
    /// It is new.
    Added,
    /// Only comments and layout differ.
    Formatting,
}

impl ChangeKind {
    /// The name as printed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ChangeKind::Removed => "removed",
            ChangeKind::Renamed => "renamed",
            ChangeKind::Moved => "moved",
            ChangeKind::Signature => "signature",
            ChangeKind::Body => "body",
            ChangeKind::Added => "added",
            ChangeKind::Formatting => "formatting",
        }
    }
}

/// A definition in one version of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Position among the symbols of the file's facts; 0 is the file itself.
    pub symbol: u32,
    /// What it is.
    pub kind: NodeKind,
    /// Its own name; empty for the file.
    pub name: String,
    /// Its name inside the file (`Config.load`); empty for the file.
    pub scope_name: String,
    /// First line, decorators and attributes left out, from 1.
    pub line: u32,
    /// Last line.
    pub end_line: u32,
    /// Other files may use it by its name.
    pub is_public: bool,
    /// Branches plus one for functions, 0 otherwise.
    pub complexity: u16,
}

/// A definition that differs between two versions. What stands in nothing belongs to the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefinitionChange {
    /// What became of it.
    pub kind: ChangeKind,
    /// Before; `None` when it is new.
    pub old: Option<Definition>,
    /// Now; `None` when it is gone.
    pub new: Option<Definition>,
    /// Of the file only the imports differ.
    pub only_imports: bool,
}
