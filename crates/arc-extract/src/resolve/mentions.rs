//! Definitions that documents and configuration files mean by their text.

use arc_graph::NodeKind;

use crate::facts::MentionKind;
use crate::resolve::file::File;
use crate::resolve::hierarchy::is_type_kind;
use crate::resolve::multimap::MultiMap;
use crate::resolve::program::Program;
use crate::resolve::values::{NameId, Sym};

impl Program<'_> {
    /// Definitions that a document or configuration file means by `text`: a name, or names joined by dots or colons.
    pub(super) fn mentioned(&self, text: &str, kind: u8, from: u32) -> Vec<Sym> {
        let text = text.trim_end_matches("()");
        let parts: Vec<&str> = text
            .split(['.', ':', '#', '/'])
            .filter(|part| !part.is_empty())
            .collect();
        let Some(last) = parts.last() else {
            return Vec::new();
        };
        let resources_only = kind == MentionKind::Resource as u8;
        let definitions_only = kind == MentionKind::Definition as u8;
        let key = if resources_only { text } else { last };
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

/// Definitions by name, if any file mentions some by name.
pub(super) fn definitions(files: &[File<'_>]) -> MultiMap<NameId, Sym> {
    let by_name = [
        MentionKind::Symbol as u8,
        MentionKind::Resource as u8,
        MentionKind::Definition as u8,
    ];
    let mut mentions = files.iter().flat_map(|file| &file.facts.mentions);
    if !mentions.any(|mention| by_name.contains(&mention.kind)) {
        return MultiMap::default();
    }
    let of_file = |(index, file): (usize, &File<'_>)| {
        let symbols = file.facts.symbols.iter().enumerate().skip(1);
        let named = symbols.map(|(symbol, fact)| {
            let sym = Sym {
                file: index as u32,
                symbol: symbol as u32,
            };
            (file.global(fact.name), sym)
        });
        named.collect::<Vec<_>>()
    };
    MultiMap::new(files.iter().enumerate().flat_map(of_file).collect())
}
