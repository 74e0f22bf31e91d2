//! Indexes as a compiler would make them, written down by name.

use prost::Message as _;

use crate::scip::{Document, Index, Metadata, Occurrence, Relationship, SymbolInformation};

/// How columns are counted, by number.
pub(crate) const UTF8: i32 = 1;
pub(crate) const UTF16: i32 = 2;
pub(crate) const UTF32: i32 = 3;

impl Index {
    pub(crate) fn of(documents: Vec<Document>) -> Index {
        Index {
            metadata: Some(Metadata::default()),
            documents,
            external_symbols: Vec::new(),
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.encode_to_vec()
    }
}

impl Document {
    pub(crate) fn new(path: &str, encoding: i32) -> Document {
        Document {
            relative_path: path.to_owned(),
            position_encoding: encoding,
            ..Document::default()
        }
    }

    /// An occurrence at the `nth` place (from 0) where `name` stands in `line` (from 1) of `text`.
    pub(crate) fn at(
        mut self,
        text: &str,
        (line, name, nth): (usize, &str, usize),
        symbol: &str,
        roles: i32,
    ) -> Document {
        let full = text.lines().nth(line - 1).expect("the line is there");
        let (start, _) = full
            .match_indices(name)
            .nth(nth)
            .expect("the name is there");
        let columns = |text: &str| match self.position_encoding {
            UTF16 => text.encode_utf16().count(),
            UTF32 => text.chars().count(),
            _ => text.len(),
        };
        let start = columns(&full[..start]) as i32;
        self.occurrences.push(Occurrence {
            range: vec![line as i32 - 1, start, start + columns(name) as i32],
            symbol: symbol.to_owned(),
            symbol_roles: roles,
            enclosing_range: Vec::new(),
        });
        self
    }

    pub(crate) fn implements(mut self, symbol: &str, above: &[&str]) -> Document {
        self.symbols.push(SymbolInformation {
            symbol: symbol.to_owned(),
            relationships: above
                .iter()
                .map(|above| Relationship {
                    symbol: (*above).to_owned(),
                    is_reference: false,
                    is_implementation: true,
                })
                .collect(),
            ..SymbolInformation::default()
        });
        self
    }
}
