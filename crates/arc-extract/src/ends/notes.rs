//! What is noted while a file is lowered, for the ends of links, and dropped with the builder.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::facts::{ExprId, Name, SymbolId};

/// Texts with holes longer than this are not kept.
const TEXT_LIMIT: usize = 300;

/// An annotation that some rule asks about.
pub(crate) struct Annotation {
    /// What is annotated.
    pub(crate) symbol: SymbolId,
    /// Its last name.
    pub(crate) name: Name,
    /// Its arguments; `NONE` for those without a name.
    pub(crate) args: SmallVec<[(Name, ExprId); 2]>,
    pub(crate) line: u32,
}

/// A text that is a statement about tables.
pub(crate) struct Statement {
    /// The definition it stands in.
    pub(crate) symbol: SymbolId,
    /// The tables, each with whether it is made there.
    pub(crate) tables: Vec<(String, bool)>,
    pub(crate) line: u32,
}

/// The notes of a file.
#[derive(Default)]
pub(crate) struct Notes {
    /// Some text looks like a path or an address.
    pub(crate) has_path: bool,
    /// Some text may be a part of one.
    pub(crate) has_slash: bool,
    pub(crate) annotations: Vec<Annotation>,
    /// Statements about tables.
    pub(crate) statements: Vec<Statement>,
    /// Texts with a `{}` for each part that is not constant, by the expressions that make them.
    texts: FxHashMap<ExprId, Box<str>>,
}

impl Notes {
    /// Looks at a constant text.
    #[inline]
    pub(crate) fn see(&mut self, text: &str) {
        if text.contains('/') {
            self.has_slash = true;
            self.has_path |= is_path(text);
        }
    }

    /// Notes what a text with holes says, if it can be a path or an address.
    pub(crate) fn text(&mut self, made_by: ExprId, text: &str) {
        let is_short = text.len() <= TEXT_LIMIT && text.contains('/');
        if is_short && !text.contains(char::is_whitespace) {
            self.texts.insert(made_by, text.into());
            self.has_path |= is_path(text) || text.starts_with(super::ANY);
        }
    }

    /// The text with holes that an expression makes.
    pub(crate) fn text_of(&self, made_by: ExprId) -> Option<&str> {
        self.texts.get(&made_by).map(|text| &**text)
    }
}

/// The text between the quotes of a template, `{}` for what stands between `opening` and its brace; `None` when it can be
/// no path or address.
pub(crate) fn interpolated(content: &str, opening: &str) -> Option<String> {
    if content.len() > TEXT_LIMIT || !content.contains('/') || content.contains('\n') {
        return None;
    }
    let mut text = String::new();
    let mut rest = content;
    while let Some(at) = rest.find(opening) {
        text.push_str(&rest[..at]);
        text.push_str(super::ANY);
        let inside = &rest[at + opening.len()..];
        let mut depth = 1usize;
        let end = inside.find(|c| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        rest = end.map_or("", |end| &inside[end + 1..]);
    }
    text.push_str(rest);
    Some(text)
}

fn is_path(text: &str) -> bool {
    match text.as_bytes().first() {
        Some(b'/') => true,
        Some(b'h') => text.starts_with("http://") || text.starts_with("https://"),
        // A verb in front (`GET /x`).
        Some(b'G' | b'P' | b'D' | b'H' | b'O') => text
            .split_once(' ')
            .is_some_and(|(verb, rest)| rest.starts_with('/') && super::keys::is_verb(verb)),
        _ => false,
    }
}
