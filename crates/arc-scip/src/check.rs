//! What an index says, compared with the text that it speaks of.
//!
//! Indexes go stale, count columns in other units than they say, and have faults of their own: now and then an occurrence
//! names another symbol than the one that stands there. The text at a place must spell the name of the symbol, or the
//! occurrence is left out; and where too many do not, the whole document is.

use std::collections::{BTreeSet, HashMap};

use xxhash_rust::xxh3::xxh3_64;

use crate::position::{Columns, Encoding};
use crate::record::Record;
use crate::role;
use crate::symbol::{Suffix, Symbol, is_local};

/// A document is stale when one of this many of its occurrences spells another name.
const STALE_SHARE: usize = 10;

/// Words that stand for the object, type or module around, whatever its name.
const OWN_WORDS: [&str; 11] = [
    "Self",
    "base",
    "cls",
    "constructor",
    "crate",
    "new",
    "parent",
    "self",
    "static",
    "super",
    "this",
];

/// Occurrences before one that are looked at for the name that it renames.
const NEAR: usize = 8;

/// What stands between a name and the other name that it is given.
const RENAMING: [&str; 5] = ["as", ":", "=", "=>", "->"];

/// A definition that the text confirms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// From 1.
    pub line: u32,
    /// The name as the text has it; empty when the place is (a file, what the compiler adds).
    pub name: String,
    /// Position in [`Record::symbols`].
    pub symbol: u32,
}

/// A reference that the text confirms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// From 1.
    pub line: u32,
    /// The name as the text has it, which may be another name of the symbol.
    pub name: String,
    /// Position in [`Record::symbols`].
    pub symbol: u32,
    /// A set of [`crate::role`]s.
    pub roles: u32,
}

/// What is left of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// In the order of their places.
    pub definitions: Vec<Definition>,
    /// In the order of their places.
    pub sites: Vec<Site>,
    /// Occurrences that spell the name of their symbol.
    pub agreeing: usize,
    /// Occurrences that spell another one, and are left out.
    pub mismatched: usize,
    /// The record speaks of another text; there are no definitions and sites then.
    pub is_stale: bool,
}

/// How a text and a symbol agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Agreement {
    /// The text spells the name.
    Named,
    /// It spells another name that the symbol has at this place (a type for its constructor, `self`, an alias).
    Renamed,
    /// The symbol is a module, which may be called by any part of its path.
    Module,
    /// The symbol is a method and the text has no word: an operator runs it (`?`, `a[0]`, `a == b`), at columns that may
    /// miss the operator by one.
    Operator,
    /// It spells something else.
    Not,
}

/// What a symbol is called.
struct Name {
    own: String,
    owner: String,
    is_module: bool,
    is_method: bool,
    /// Nobody writes it: `<init>`, `.ctor`.
    is_unwritten: bool,
    /// Other names that the document gives it.
    aliases: BTreeSet<String>,
}

impl Record {
    /// Compares the record with a text.
    #[must_use]
    pub fn check(&self, text: &str) -> Checked {
        if self
            .text
            .is_some_and(|hash| hash != xxh3_64(text.as_bytes()))
        {
            return Checked {
                is_stale: true,
                ..Checked::default()
            };
        }
        let lines: Vec<&str> = text
            .split('\n')
            .map(|line| line.strip_suffix('\r').unwrap_or(line))
            .collect();
        let checked = match self.encoding {
            Some(encoding) => self.check_as(&lines, encoding),
            None if text.is_ascii() => self.check_as(&lines, Encoding::ALL[0]),
            None => {
                let mut best = self.check_as(&lines, Encoding::ALL[0]);
                for encoding in &Encoding::ALL[1..] {
                    let other = self.check_as(&lines, *encoding);
                    if other.agreeing > best.agreeing {
                        best = other;
                    }
                }
                best
            }
        };
        if checked.mismatched * STALE_SHARE > checked.agreeing + checked.mismatched {
            return Checked {
                definitions: Vec::new(),
                sites: Vec::new(),
                is_stale: true,
                ..checked
            };
        }
        checked
    }

    fn check_as(&self, lines: &[&str], encoding: Encoding) -> Checked {
        let texts = self.texts(lines, encoding);
        let mut names = self.names(lines, &texts);
        let mut checked = Checked::default();
        for (place, text) in self.places.iter().zip(&texts) {
            let Some((_, text)) = *text else {
                checked.mismatched += 1;
                continue;
            };
            let line = place.line + 1;
            let symbol = place.symbol;
            let is_definition = place.roles & role::DEFINITION != 0;
            if text.is_empty() {
                // A place without text names nothing, but a file or something unwritten may be defined there.
                if is_definition {
                    checked.definitions.push(Definition {
                        line,
                        name: String::new(),
                        symbol,
                    });
                }
                continue;
            }
            let agreement = names[symbol as usize].agrees(text);
            match agreement {
                Agreement::Not => {
                    checked.mismatched += 1;
                    continue;
                }
                Agreement::Operator => continue,
                // Says nothing about the text.
                Agreement::Module => {}
                Agreement::Named | Agreement::Renamed => checked.agreeing += 1,
            }
            let mut name = bare(text);
            if name != names[symbol as usize].own {
                name = bare(first_word(text));
                // `load as other` gives the symbol another name for what follows.
                if let Some((_, alias)) = text.rsplit_once([' ', '\t']) {
                    let aliases = &mut names[symbol as usize].aliases;
                    aliases.insert(bare(alias).to_owned());
                }
            }
            let name = name.to_owned();
            if is_definition {
                checked.definitions.push(Definition { line, name, symbol });
            } else {
                checked.sites.push(Site {
                    line,
                    name,
                    symbol,
                    roles: place.roles,
                });
            }
        }
        checked
    }

    /// First byte and text of each place; `None` for one that the text does not have.
    fn texts<'t>(&self, lines: &[&'t str], encoding: Encoding) -> Vec<Option<(usize, &'t str)>> {
        let mut texts = Vec::with_capacity(self.places.len());
        let mut columns: Option<(u32, Columns)> = None;
        for place in &self.places {
            let Some(line) = lines.get(place.line as usize) else {
                texts.push(None);
                continue;
            };
            let columns = match &columns {
                Some((number, known)) if *number == place.line => known,
                _ => &columns.insert((place.line, Columns::new(line, encoding))).1,
            };
            let range = columns
                .byte(line, place.start)
                .zip(columns.byte(line, place.end));
            let text = range.and_then(|(start, end)| Some((start, line.get(start..end)?)));
            texts.push(text);
        }
        texts
    }

    /// What each symbol is called. A local symbol has no name but the text where it is defined or comes first.
    fn names(&self, lines: &[&str], texts: &[Option<(usize, &str)>]) -> Vec<Name> {
        let mut locals: HashMap<u32, (bool, &str)> = HashMap::new();
        for (place, text) in self.places.iter().zip(texts) {
            let Some((_, text)) = text.filter(|(_, text)| !text.is_empty()) else {
                continue;
            };
            let is_definition = place.roles & role::DEFINITION != 0;
            if is_local(&self.symbols()[place.symbol as usize]) {
                let known = locals.entry(place.symbol).or_insert((is_definition, text));
                if is_definition && !known.0 {
                    *known = (true, text);
                }
            }
        }
        let symbols = self.symbols().iter().enumerate();
        let mut names: Vec<Name> = symbols
            .map(|(number, symbol)| match locals.get(&(number as u32)) {
                Some((_, text)) => Name::local(text),
                None => Name::of(symbol),
            })
            .collect();
        for (at, (place, text)) in self.places.iter().zip(texts).enumerate() {
            let name = &names[place.symbol as usize];
            let Some((start, text)) = *text else {
                continue;
            };
            if !is_word(text) || name.agrees(text) != Agreement::Not {
                continue;
            }
            // `import { load as other }`: both words name the symbol.
            let before = at.saturating_sub(NEAR)..at;
            let is_alias = before.rev().any(|other| {
                let (beside, said) = (&self.places[other], texts[other]);
                let said =
                    said.filter(|_| beside.line == place.line && beside.symbol == place.symbol);
                said.is_some_and(|(from, said)| {
                    let between = lines[place.line as usize].get(from + said.len()..start);
                    between.is_some_and(|between| RENAMING.contains(&between.trim()))
                        && name.agrees(said) == Agreement::Named
                })
            });
            if is_alias {
                names[place.symbol as usize]
                    .aliases
                    .insert(bare(text).to_owned());
            }
        }
        names
    }
}

impl Name {
    fn of(symbol: &str) -> Name {
        let Some(symbol) = Symbol::parse(symbol) else {
            // What follows other rules than the grammar's cannot be compared.
            return Name {
                is_module: true,
                ..Name::local("")
            };
        };
        let last = symbol.last();
        let written = written(&last.name);
        Name {
            own: bare(written).to_owned(),
            owner: symbol
                .owner()
                .filter(|owner| owner.suffix == Suffix::Type)
                .map_or_else(String::new, |owner| bare(&owner.name).to_owned()),
            is_module: matches!(last.suffix, Suffix::Namespace | Suffix::Meta),
            is_method: last.suffix == Suffix::Method,
            is_unwritten: !is_word(written),
            aliases: BTreeSet::new(),
        }
    }

    fn local(text: &str) -> Name {
        Name {
            own: bare(first_word(text)).to_owned(),
            owner: String::new(),
            is_module: false,
            is_method: false,
            is_unwritten: false,
            aliases: BTreeSet::new(),
        }
    }

    fn agrees(&self, text: &str) -> Agreement {
        let first = bare(first_word(text));
        let is_own = first == self.own || bare(text) == self.own;
        if is_own && !first.is_empty() {
            Agreement::Named
        } else if self.is_module {
            Agreement::Module
        } else if first == self.owner && !first.is_empty()
            || self.aliases.contains(first)
            || OWN_WORDS.contains(&first)
            || self.is_unwritten && !is_word(first)
        {
            Agreement::Renamed
        } else if self.is_method && !text.contains(|c: char| c.is_alphanumeric() || c == '_') {
            Agreement::Operator
        } else {
            Agreement::Not
        }
    }
}

/// A name without the marks that languages put around one: `@name`, `$name`, `#name`, `"name"`, `r#name`, `name=`.
fn bare(text: &str) -> &str {
    let text = text.strip_prefix("r#").unwrap_or(text);
    let trimmed = text.trim_matches(|c: char| !c.is_alphanumeric() && c != '_');
    // Operators are nothing but marks.
    if trimmed.is_empty() { text } else { trimmed }
}

/// What of a descriptor's name is written: `x` of `<get>x`, and of `x+1`, which is the second `x`.
fn written(name: &str) -> &str {
    let accessor = name.strip_prefix('<').and_then(|name| name.split_once('>'));
    let name = accessor.map_or(name, |(_, name)| name);
    match name.rsplit_once('+') {
        Some((first, number))
            if !first.is_empty()
                && !number.is_empty()
                && number.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            first
        }
        _ => name,
    }
}

/// `load` of `load as other`.
fn first_word(text: &str) -> &str {
    text.split([' ', '\t']).next().unwrap_or(text)
}

/// Whether a text is one name.
fn is_word(text: &str) -> bool {
    let text = bare(text);
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Document;
    use crate::record::tests::occurrence;

    fn record(encoding: i32, occurrences: &[(&[i32], &str, u32)]) -> Record {
        let occurrences = occurrences
            .iter()
            .map(|(range, symbol, roles)| occurrence(range, symbol, *roles))
            .collect();
        Record::new(Document {
            occurrences,
            position_encoding: encoding,
            ..Document::default()
        })
        .0
    }

    fn names(checked: &Checked) -> Vec<(u32, &str)> {
        let sites = checked.sites.iter();
        sites.map(|site| (site.line, site.name.as_str())).collect()
    }

    #[test]
    fn columns_are_read_as_declared() {
        let text = "s = \"🧸é\"; load()\n";
        for (encoding, start) in [(1, 14), (2, 11), (3, 10)] {
            let of = |declared| record(declared, &[(&[0, start, start + 4], "s m p v load().", 8)]);
            assert_eq!(names(&of(encoding).check(text)), [(1, "load")]);
            // What is not declared is found out.
            assert_eq!(names(&of(0).check(text)), [(1, "load")]);
            let wrong = of(encoding % 3 + 1).check(text);
            assert!(wrong.is_stale && wrong.sites.is_empty());
        }
    }

    #[test]
    fn an_occurrence_that_spells_another_name_is_left_out() {
        let text = "load(); save(); load(); load(); load(); load(); load(); load(); load(); load(); load()\n";
        let mut places: Vec<(Vec<i32>, &str)> = vec![(vec![0, 8, 12], "s m p v load().")];
        places.extend((0..10).map(|n| {
            let start = if n == 0 { 0 } else { 8 * (n + 1) };
            (vec![0, start, start + 4], "s m p v load().")
        }));
        let places: Vec<(&[i32], &str, u32)> = places
            .iter()
            .map(|(range, symbol)| (range.as_slice(), *symbol, 8))
            .collect();
        let checked = record(1, &places).check(text);
        assert_eq!((checked.agreeing, checked.mismatched), (10, 1));
        assert!(checked.sites.iter().all(|site| site.name == "load"));
        let checked = record(1, &places[..5]).check(text);
        assert!(checked.is_stale, "one of five is too many");
    }

    #[test]
    fn operators_say_nothing_of_the_text() {
        let text = "load()?; a[0] == a[1]\n";
        let checked = record(
            1,
            &[
                (&[0, 0, 4], "s m p v load().", 8),
                (&[0, 6, 7], "s m p v impl#[Result][Try]branch().", 8),
                (&[0, 10, 11], "s m p v Index#index().", 8),
                (&[0, 13, 14], "s m p v PartialEq#eq().", 8),
            ],
        )
        .check(text);
        assert_eq!((checked.agreeing, checked.mismatched), (1, 0));
        assert_eq!(names(&checked), [(1, "load")]);
    }

    #[test]
    fn names_that_differ_for_a_reason_agree() {
        let text = "import { load as other, Toy } from './a'\nother(); new Toy(); this.#x; self\n";
        let checked = record(
            1,
            &[
                (&[0, 9, 13], "s m p v load().", 2),
                (&[0, 17, 22], "s m p v load().", 2),
                (&[1, 0, 5], "s m p v load().", 8),
                (&[1, 13, 16], "s m p v Toy#`<constructor>`().", 8),
                (&[1, 25, 27], "s m p v Toy#`<get>x`().", 8),
                (&[1, 29, 33], "s m p v Toy#", 8),
                (&[0, 36, 39], "s m p v `src/a.ts`/", 2),
            ],
        )
        .check(text);
        assert_eq!(checked.mismatched, 0);
        assert_eq!(
            names(&checked),
            [
                (1, "load"),
                (1, "other"),
                (1, "a"),
                (2, "other"),
                (2, "Toy"),
                (2, "x"),
                (2, "self")
            ]
        );
        let all = record(
            1,
            &[
                (&[0, 7, 20], "s m p v load().", 2),
                (&[1, 0, 5], "s m p v load().", 8),
            ],
        );
        let checked = all.check("import load as other\nother()\n");
        assert_eq!(names(&checked), [(1, "load"), (2, "other")]);
    }

    #[test]
    fn numbers_and_accessors_are_not_written_and_titles_have_several_words() {
        let names = ["x+1", "<set>x", "x", "+1", "<init>"].map(written);
        assert_eq!(names, ["x", "x", "x", "+1", ""]);
        let places: &[(&[i32], &str, u32)] = &[
            (&[0, 4, 14], "s m p v `a.ts`/`loads twice`().", 1),
            (&[1, 0, 1], "s m p v `x+1`.", 8),
        ];
        let checked = record(1, places).check("it('loads twice', f)\nx\n");
        assert_eq!(checked.mismatched, 1, "the title is one column further");
        let places = &[
            (&[0, 4, 15][..], "s m p v `a.ts`/`loads twice`().", 1),
            places[1],
        ];
        let checked = record(1, places).check("it('loads twice', f)\nx\n");
        assert_eq!(checked.definitions[0].name, "loads twice");
        assert_eq!(names_of_sites(&checked), ["x"]);
    }

    fn names_of_sites(checked: &Checked) -> Vec<&str> {
        let sites = checked.sites.iter();
        sites.map(|site| site.name.as_str()).collect()
    }

    #[test]
    fn local_symbols_must_keep_their_text() {
        let places: &[(&[i32], &str, u32)] = &[
            (&[0, 0, 1], "local 1", 8),
            (&[1, 0, 1], "local 1", 1),
            (&[2, 0, 1], "local 1", 8),
        ];
        assert!(!record(1, places).check("a\na\na\n").is_stale);
        let renamed: &[(&[i32], &str, u32)] =
            &[(&[0, 7, 13], "local 1", 8), (&[1, 0, 1], "local 1", 8)];
        assert!(!record(1, renamed).check("import a as b\nb\n").is_stale);
        let moved = record(1, places).check("# new\na\na\na\n");
        assert!(moved.is_stale);
    }

    #[test]
    fn a_text_that_the_index_holds_must_be_the_one() {
        let (record, _) = Record::new(Document {
            text: "a\n".to_owned(),
            ..Document::default()
        });
        assert!(!record.check("a\n").is_stale);
        assert!(record.check("a \n").is_stale);
    }

    #[test]
    fn a_file_is_defined_where_nothing_stands() {
        let checked = record(1, &[(&[0, 0, 0], "s m p v `a.py`/", 1)]).check("x\n");
        assert_eq!(checked.definitions[0].name, "");
        assert!(checked.sites.is_empty() && checked.mismatched == 0);
    }
}
