//! Definitions that documents and configuration files mean by their text.

use arc_graph::NodeKind;
use rustc_hash::FxHashSet;

use crate::facts::MentionKind;
use crate::resolve::file::File;
use crate::resolve::hierarchy::is_type_kind;
use crate::resolve::multimap::MultiMap;
use crate::resolve::name_table::NameTable;
use crate::resolve::program::Program;
use crate::resolve::values::{NameId, Sym};

impl Program<'_> {
    /// Definitions that a document or configuration file means by `text`: a name, or names joined by dots or colons.
    pub(super) fn mentioned(&self, text: &str, kind: u8, from: u32) -> Vec<Sym> {
        let parts: Vec<&str> = parts(text).collect();
        let Some(key) = key(text, kind) else {
            return Vec::new();
        };
        let resources_only = kind == MentionKind::Resource as u8;
        let definitions_only = kind == MentionKind::Definition as u8;
        let mut found = Vec::new();
        // What no file has defines nothing.
        let named = self.known(key).map(|name| self.definitions.get(&name));
        for sym in named.unwrap_or_default() {
            let kind = self.kind(*sym);
            let is_resource = matches!(kind, NodeKind::Resource | NodeKind::Table | NodeKind::Key);
            let same_language =
                self.file(sym.file).language.name() == self.file(from).language.name();
            let fits = if resources_only {
                is_resource && same_language
            } else if definitions_only {
                same_language && is_type_kind(kind)
            } else {
                !is_resource && kind != NodeKind::Section && self.ends_with(*sym, &parts)
            };
            if fits {
                found.push(*sym);
            }
        }
        found
    }

    /// Whether the names around a definition end in `parts`.
    fn ends_with(&self, sym: Sym, parts: &[&str]) -> bool {
        let file = self.file(sym.file);
        let mut symbol = sym.symbol;
        for part in parts.iter().rev() {
            let fact = file.symbol(symbol);
            if file.facts.text(fact.name) != *part {
                // The part may be the module: the file's own name.
                let stem = file
                    .path
                    .rsplit('/')
                    .next()
                    .and_then(|name| name.split('.').next());
                return symbol == 0 && stem == Some(*part);
            }
            if !fact.parent.is_some() {
                return true;
            }
            symbol = fact.parent.0;
        }
        true
    }
}

/// The names that a mention is made of.
fn parts(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    let parts = text.trim_end_matches("()").split(['.', ':', '#', '/']);
    parts.filter(|part| !part.is_empty())
}

/// The name under which what a mention means is found.
fn key(text: &str, kind: u8) -> Option<&str> {
    let last = parts(text).next_back()?;
    let is_whole = kind == MentionKind::Resource as u8;
    Some(if is_whole {
        text.trim_end_matches("()")
    } else {
        last
    })
}

/// Definitions of the names that some file mentions.
pub(super) fn definitions(files: &[File<'_>], names: &NameTable<'_>) -> MultiMap<NameId, Sym> {
    let by_name = [
        MentionKind::Symbol as u8,
        MentionKind::Resource as u8,
        MentionKind::Definition as u8,
    ];
    let mut mentioned = FxHashSet::default();
    for file in files {
        let mentions = file.facts.mentions.iter();
        for mention in mentions.filter(|mention| by_name.contains(&mention.kind)) {
            let key = key(file.facts.text(mention.text), mention.kind);
            mentioned.extend(key.and_then(|key| names.find(key)).map(NameId));
        }
    }
    if mentioned.is_empty() {
        return MultiMap::default();
    }
    let mut found = Vec::new();
    for (index, file) in files.iter().enumerate() {
        for (symbol, fact) in file.facts.symbols.iter().enumerate().skip(1) {
            let name = file.global(fact.name);
            if mentioned.contains(&name) {
                let sym = Sym {
                    file: index as u32,
                    symbol: symbol as u32,
                };
                found.push((name, sym));
            }
        }
    }
    MultiMap::new(found)
}
