//! The grammar of symbols: `scheme manager package version descriptors`, or `local id`.

use std::fmt::{self, Display, Formatter, Write as _};

/// What a descriptor stands for; written as the mark behind (or around) its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suffix {
    /// `name/`
    Namespace,
    /// `name#`
    Type,
    /// `name.`
    Term,
    /// `name().`
    Method,
    /// `[name]`
    TypeParameter,
    /// `(name)`
    Parameter,
    /// `name:`
    Meta,
    /// `name!`
    Macro,
}

/// One part of a symbol's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// The name, unescaped.
    pub name: String,
    /// What it names.
    pub suffix: Suffix,
    /// Tells methods of one name apart; empty for any other suffix.
    pub disambiguator: String,
}

impl Descriptor {
    /// A descriptor without a disambiguator.
    #[must_use]
    pub fn new(name: &str, suffix: Suffix) -> Descriptor {
        Descriptor {
            name: name.to_owned(),
            suffix,
            disambiguator: String::new(),
        }
    }
}

/// What a symbol belongs to. An empty part is unknown and written as `.`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Package {
    /// Who hands it out (`npm`, `cargo`).
    pub manager: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// A symbol that other documents may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Whose rules the descriptors follow.
    pub scheme: String,
    /// What it belongs to.
    pub package: Package,
    /// From the outermost to its own; never empty.
    pub descriptors: Vec<Descriptor>,
}

/// Whether a symbol is known inside its document only.
#[must_use]
pub fn is_local(symbol: &str) -> bool {
    symbol.starts_with("local ")
}

impl Symbol {
    /// Reads a global symbol; `None` for a local one and for anything that does not follow the grammar.
    #[must_use]
    pub fn parse(text: &str) -> Option<Symbol> {
        if is_local(text) {
            return None;
        }
        let mut rest = text;
        let scheme = word(&mut rest)?;
        let mut part =
            || word(&mut rest).map(|part| if part == "." { String::new() } else { part });
        let package = Package {
            manager: part()?,
            name: part()?,
            version: part()?,
        };
        let mut descriptors = Vec::new();
        while !rest.is_empty() {
            descriptors.push(descriptor(&mut rest)?);
        }
        (!scheme.is_empty() && !descriptors.is_empty()).then_some(Symbol {
            scheme,
            package,
            descriptors,
        })
    }

    /// Its own descriptor.
    #[must_use]
    pub fn last(&self) -> &Descriptor {
        self.descriptors
            .last()
            .expect("a symbol has a descriptor by construction")
    }

    /// The descriptor that it stands in.
    #[must_use]
    pub fn owner(&self) -> Option<&Descriptor> {
        self.descriptors.iter().rev().nth(1)
    }
}

impl Display for Symbol {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        put_word(out, &self.scheme)?;
        for part in [
            &self.package.manager,
            &self.package.name,
            &self.package.version,
        ] {
            out.write_char(' ')?;
            put_word(out, if part.is_empty() { "." } else { part })?;
        }
        out.write_char(' ')?;
        self.descriptors
            .iter()
            .try_for_each(|descriptor| write!(out, "{descriptor}"))
    }
}

impl Display for Descriptor {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self.suffix {
            Suffix::TypeParameter => out.write_char('[')?,
            Suffix::Parameter => out.write_char('(')?,
            Suffix::Namespace
            | Suffix::Type
            | Suffix::Term
            | Suffix::Method
            | Suffix::Meta
            | Suffix::Macro => {}
        }
        if !self.name.is_empty() && self.name.chars().all(is_simple) {
            out.write_str(&self.name)?;
        } else {
            write!(out, "`{}`", self.name.replace('`', "``"))?;
        }
        match self.suffix {
            Suffix::Namespace => out.write_char('/'),
            Suffix::Type => out.write_char('#'),
            Suffix::Term => out.write_char('.'),
            Suffix::Method => write!(out, "({}).", self.disambiguator),
            Suffix::TypeParameter => out.write_char(']'),
            Suffix::Parameter => out.write_char(')'),
            Suffix::Meta => out.write_char(':'),
            Suffix::Macro => out.write_char('!'),
        }
    }
}

fn put_word(out: &mut Formatter<'_>, text: &str) -> fmt::Result {
    out.write_str(&text.replace(' ', "  "))
}

/// Whether a character needs no backticks.
fn is_simple(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '-' | '$')
}

/// Takes the text up to the next single space; two of them stand for one.
fn word(rest: &mut &str) -> Option<String> {
    let mut text = String::new();
    let mut chars = rest.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c != ' ' {
            text.push(c);
        } else if chars.next_if(|(_, next)| *next == ' ').is_some() {
            text.push(' ');
        } else {
            *rest = &rest[at + 1..];
            return Some(text);
        }
    }
    None
}

fn descriptor(rest: &mut &str) -> Option<Descriptor> {
    let opened = match rest.chars().next()? {
        '[' => Some((Suffix::TypeParameter, ']')),
        '(' => Some((Suffix::Parameter, ')')),
        _ => None,
    };
    if let Some((suffix, close)) = opened {
        *rest = &rest[1..];
        let name = identifier(rest)?;
        *rest = rest.strip_prefix(close)?;
        return Some(Descriptor::new(&name, suffix));
    }
    let name = identifier(rest)?;
    let mark = rest.chars().next()?;
    *rest = &rest[mark.len_utf8()..];
    let suffix = match mark {
        '/' => Suffix::Namespace,
        '#' => Suffix::Type,
        '.' => Suffix::Term,
        ':' => Suffix::Meta,
        '!' => Suffix::Macro,
        '(' => {
            let end = rest.find(").")?;
            let disambiguator = rest[..end].to_owned();
            *rest = &rest[end + 2..];
            return Some(Descriptor {
                name,
                suffix: Suffix::Method,
                disambiguator,
            });
        }
        _ => return None,
    };
    Some(Descriptor::new(&name, suffix))
}

fn identifier(rest: &mut &str) -> Option<String> {
    let Some(quoted) = rest.strip_prefix('`') else {
        let end = rest.find(|c| !is_simple(c))?;
        let name = rest[..end].to_owned();
        *rest = &rest[end..];
        return (!name.is_empty()).then_some(name);
    };
    let mut name = String::new();
    let mut chars = quoted.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c != '`' {
            name.push(c);
        } else if chars.next_if(|(_, next)| *next == '`').is_some() {
            name.push('`');
        } else {
            *rest = &quoted[at + 1..];
            return Some(name);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(text: &str) -> Symbol {
        let symbol = Symbol::parse(text).expect("it follows the grammar");
        assert_eq!(symbol.to_string(), text);
        symbol
    }

    #[test]
    fn symbols_of_other_indexers_are_read_and_written_alike() {
        let symbol = round("scip-python python requests 1 `src.requests.utils`/get_proxy().");
        assert_eq!(symbol.package.name, "requests");
        assert_eq!(symbol.last(), &Descriptor::new("get_proxy", Suffix::Method));
        assert_eq!(symbol.owner().unwrap().suffix, Suffix::Namespace);
        round("semanticdb maven jdk 11 java/util/List#add(+1).(element)");
        round("rust-analyzer cargo std 1.0 vec/impl#[`Vec<T>`]push().");
        round("scip-typescript npm . . src/`a.ts`/`<get>x`().");
        round("arc . . . `a``b.py`/m!");
        let spaced = round("my  scheme . two  words . a/");
        assert_eq!(
            (spaced.scheme.as_str(), spaced.package.name.as_str()),
            ("my scheme", "two words")
        );
    }

    #[test]
    fn what_does_not_follow_the_grammar_is_no_symbol() {
        for text in [
            "",
            "local 3",
            "x",
            "a b c d",
            "a b c d ",
            "a b c d x",
            "a b c d `x",
            "a b c d x(",
            "a b c d x?",
            "a b c d (x",
            "a b c d #",
        ] {
            assert_eq!(Symbol::parse(text), None, "{text}");
        }
    }

    #[test]
    fn any_name_survives() {
        for name in ["", " ", "`", "a b", "x().", "é", "``"] {
            let symbol = Symbol {
                scheme: "arc".to_owned(),
                package: Package::default(),
                descriptors: vec![Descriptor::new(name, Suffix::Term)],
            };
            assert_eq!(Symbol::parse(&symbol.to_string()), Some(symbol));
        }
    }
}
