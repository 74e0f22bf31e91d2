//! What decisions, notes and change logs name, between whoever reads them and whoever keeps them.

use crate::kind::{NameForm, NamedAs};

/// Something that a text names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordName {
    /// What is said of it.
    pub said: NamedAs,
    /// How it is named.
    pub form: NameForm,
    /// The name; empty for a place.
    pub name: String,
    /// Where, from 1.
    pub line: u32,
}
