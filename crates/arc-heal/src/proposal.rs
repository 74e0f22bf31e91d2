//! A repair of a whole file, ready to be tried.

use crate::diagnostic::Class;

/// What a file would be.
#[derive(Clone, Debug)]
pub(crate) struct Proposal {
    pub(crate) bytes: Vec<u8>,
    pub(crate) mode: u32,
    pub(crate) class: Class,
    pub(crate) rule: &'static str,
    /// Why this is proposed, for a person.
    pub(crate) why: String,
    /// How unlikely it is, in hundredths; rivals are within a margin of each other.
    pub(crate) cost: u32,
}

impl Proposal {
    /// Who proposes it, as our JSON tells it.
    pub(crate) fn origin(&self) -> &'static str {
        match self.rule {
            "clippy" | "compiler" | "eslint" | "oxlint" | "ruff" | "shellcheck" => "tool",
            "model" => "model",
            _ => "rule",
        }
    }
}
