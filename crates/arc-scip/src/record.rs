//! What an index says of one file, as it is kept: checked for sense, sorted, and small.

use std::collections::BTreeMap;

use prost::Message;
use xxhash_rust::xxh3::xxh3_64;

use crate::message::{Document, Occurrence};
use crate::position::Encoding;
use crate::role;

/// Roles that mean something to us.
const ROLES: u32 =
    role::DEFINITION | role::IMPORT | role::WRITE | role::READ | role::FORWARD_DEFINITION;

/// Says that one symbol extends, implements or overrides another; both are positions in [`Record::symbols`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Relation {
    /// The dependent.
    pub symbol: u32,
    /// What it extends.
    pub target: u32,
}

/// A place in one line. Columns count as the document's encoding says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) line: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) symbol: u32,
    pub(crate) roles: u32,
}

/// What an index says of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    pub(crate) encoding: Option<Encoding>,
    /// The hash of the text that the index holds itself, if it does.
    pub(crate) text: Option<u64>,
    symbols: Vec<String>,
    relations: Vec<Relation>,
    /// Sorted, each once.
    pub(crate) places: Vec<Place>,
}

/// A record as bytes: a message of our own.
#[derive(Clone, PartialEq, Message)]
struct Kept {
    #[prost(int32, tag = "1")]
    encoding: i32,
    #[prost(fixed64, optional, tag = "2")]
    text: Option<u64>,
    #[prost(string, repeated, tag = "3")]
    symbols: Vec<String>,
    /// Pairs.
    #[prost(uint32, repeated, tag = "4")]
    relations: Vec<u32>,
    /// For each place: lines since the one before, first column, length, symbol, roles.
    #[prost(uint32, repeated, tag = "5")]
    places: Vec<u32>,
}

impl Record {
    /// The symbols that are named, locals included, sorted.
    #[must_use]
    pub fn symbols(&self) -> &[String] {
        &self.symbols
    }

    /// What extends what, sorted.
    #[must_use]
    pub fn relations(&self) -> &[Relation] {
        &self.relations
    }

    /// The symbols that the index defines in this file, sorted.
    pub fn defined(&self) -> impl Iterator<Item = &str> {
        let places = self.places.iter();
        let defined = places.filter(|place| place.roles & role::DEFINITION != 0);
        let mut numbers: Vec<u32> = defined.map(|place| place.symbol).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
            .into_iter()
            .map(|number| self.symbols[number as usize].as_str())
    }

    /// Takes over a document. The second is how many of its occurrences make no sense: without a symbol, or with a range that
    /// is none.
    pub(crate) fn new(document: Document) -> (Record, usize) {
        let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
        let mut malformed = 0;
        for occurrence in &document.occurrences {
            if place(occurrence).is_some() {
                numbers.insert(&occurrence.symbol, 0);
            } else {
                // A place of several lines is no name, but no mistake either; nor is one that only colors the text.
                let is_known = is_range(&occurrence.range) || occurrence.symbol.is_empty();
                malformed += usize::from(!is_known);
            }
        }
        for symbol in &document.symbols {
            for relation in symbol
                .relationships
                .iter()
                .filter(|it| it.is_implementation)
            {
                numbers.insert(&symbol.symbol, 0);
                numbers.insert(&relation.symbol, 0);
            }
        }
        for (number, of) in numbers.values_mut().enumerate() {
            *of = number as u32;
        }
        let mut places: Vec<Place> = document
            .occurrences
            .iter()
            .filter_map(|occurrence| {
                let symbol = numbers.get(occurrence.symbol.as_str())?;
                Some(Place {
                    symbol: *symbol,
                    ..place(occurrence)?
                })
            })
            .collect();
        places.sort_unstable();
        places.dedup();
        let mut relations: Vec<Relation> = Vec::new();
        for symbol in &document.symbols {
            for relation in symbol
                .relationships
                .iter()
                .filter(|it| it.is_implementation)
            {
                relations.push(Relation {
                    symbol: numbers[symbol.symbol.as_str()],
                    target: numbers[relation.symbol.as_str()],
                });
            }
        }
        relations.sort_unstable();
        relations.dedup();
        let text = (!document.text.is_empty()).then(|| xxh3_64(document.text.as_bytes()));
        let record = Record {
            encoding: Encoding::from_number(document.position_encoding),
            text,
            symbols: numbers.keys().map(|symbol| (*symbol).to_owned()).collect(),
            relations,
            places,
        };
        (record, malformed)
    }

    /// As bytes, the same for the same record.
    #[must_use]
    pub fn encoded(&self) -> Vec<u8> {
        let mut places = Vec::with_capacity(5 * self.places.len());
        let mut line = 0;
        for place in &self.places {
            places.extend([
                place.line - line,
                place.start,
                place.end - place.start,
                place.symbol,
                place.roles,
            ]);
            line = place.line;
        }
        let pairs = self.relations.iter().map(|pair| [pair.symbol, pair.target]);
        Kept {
            encoding: self.encoding.map_or(0, Encoding::number),
            text: self.text,
            symbols: self.symbols.clone(),
            relations: pairs.flatten().collect(),
            places,
        }
        .encode_to_vec()
    }

    /// Reads what [`Record::encoded`] wrote; `None` for other bytes.
    #[must_use]
    pub fn decoded(bytes: &[u8]) -> Option<Record> {
        let kept = Kept::decode(bytes).ok()?;
        let count = kept.symbols.len();
        let mut places = Vec::with_capacity(kept.places.len() / 5);
        let mut line = 0u32;
        for numbers in kept.places.chunks(5) {
            let &[lines, start, length, symbol, roles] = numbers else {
                return None;
            };
            line = line.checked_add(lines)?;
            places.push(Place {
                line,
                start,
                end: start.checked_add(length)?,
                symbol,
                roles,
            });
        }
        let relations = kept.relations.chunks_exact(2);
        let relations: Vec<Relation> = relations
            .map(|pair| Relation {
                symbol: pair[0],
                target: pair[1],
            })
            .collect();
        let named = places.iter().map(|place| place.symbol);
        let named = named.chain(relations.iter().flat_map(|pair| [pair.symbol, pair.target]));
        if named.into_iter().any(|symbol| symbol as usize >= count) {
            return None;
        }
        Some(Record {
            encoding: Encoding::from_number(kept.encoding),
            text: kept.text,
            symbols: kept.symbols,
            relations,
            places,
        })
    }
}

/// An occurrence as a place of one line, its symbol left open; `None` when it is no such place.
fn place(occurrence: &Occurrence) -> Option<Place> {
    if occurrence.symbol.is_empty() {
        return None;
    }
    let (line, start, end) = match occurrence.range[..] {
        [line, start, end] => (line, start, end),
        [line, start, last, end] if line == last => (line, start, end),
        _ => return None,
    };
    let number = |number: i32| u32::try_from(number).ok();
    let (line, start, end) = (number(line)?, number(start)?, number(end)?);
    (start <= end).then_some(Place {
        line,
        start,
        end,
        symbol: 0,
        roles: occurrence.symbol_roles.cast_unsigned() & ROLES,
    })
}

fn is_range(range: &[i32]) -> bool {
    let is_sound = range.iter().all(|number| *number >= 0);
    match range[..] {
        [_, start, end] => is_sound && start <= end,
        [line, _, last, _] => is_sound && line < last,
        _ => false,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::message::{Relationship, SymbolInformation};

    pub(crate) fn occurrence(range: &[i32], symbol: &str, roles: u32) -> Occurrence {
        Occurrence {
            range: range.to_vec(),
            symbol: symbol.to_owned(),
            symbol_roles: roles.cast_signed(),
            enclosing_range: Vec::new(),
        }
    }

    #[test]
    fn a_record_survives_being_kept() {
        let (record, malformed) = Record::new(Document {
            occurrences: vec![
                occurrence(&[7, 2, 5], "b", 8),
                occurrence(&[0, 0, 0, 0], "a", 1),
                occurrence(&[7, 2, 5], "b", 8),
                occurrence(&[7, 2, 9, 5], "long", 8),
                occurrence(&[7, 5, 2], "backwards", 8),
                occurrence(&[-1, 5, 7], "negative", 8),
                occurrence(&[1], "short", 8),
                occurrence(&[1, 2, 3], "", 8),
            ],
            symbols: vec![SymbolInformation {
                symbol: "a".to_owned(),
                relationships: vec![Relationship {
                    symbol: "z".to_owned(),
                    is_reference: false,
                    is_implementation: true,
                }],
                ..SymbolInformation::default()
            }],
            position_encoding: 2,
            ..Document::default()
        });
        assert_eq!(malformed, 3);
        assert_eq!(record.symbols(), ["a", "b", "z"]);
        assert_eq!(record.places.len(), 2);
        assert_eq!(Record::decoded(&record.encoded()), Some(record));
    }

    #[test]
    fn other_bytes_are_no_record() {
        let kept = |places: Vec<u32>, symbols: &[&str]| {
            Kept {
                symbols: symbols.iter().map(|symbol| (*symbol).to_owned()).collect(),
                places,
                ..Kept::default()
            }
            .encode_to_vec()
        };
        assert!(Record::decoded(&kept(vec![1, 2, 3, 0, 1], &["a"])).is_some());
        assert_eq!(Record::decoded(&kept(vec![1, 2, 3, 1, 1], &["a"])), None);
        assert_eq!(Record::decoded(&kept(vec![1, 2, 3], &["a"])), None);
        assert_eq!(
            Record::decoded(&kept(vec![1, u32::MAX, 3, 0, 1], &["a"])),
            None
        );
        assert_eq!(Record::decoded(b"\x0a\xff"), None);
    }
}
