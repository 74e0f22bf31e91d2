//! SCIP symbols for the nodes of a graph, and the words by which source text calls them.

use std::collections::HashMap;

use arc_extract::constructors;
use arc_graph::{NodeId, NodeKind};
use arc_scip::{Descriptor, Package, Suffix, Symbol, SymbolKind};
use arc_store::{DefinitionRecord, GraphFile, StoreError, StoredFile, node_flag};

/// Whose rules our symbols follow.
pub(crate) const SCHEME: &str = "arc";

/// Containers of containers that a symbol spells out.
const MAX_DEPTH: usize = 300;

/// The symbol of every file and definition, in one text: a large project has millions.
#[derive(Default)]
pub(crate) struct SymbolNames {
    text: String,
    entries: HashMap<NodeId, Entry>,
}

#[derive(Clone, Copy)]
struct Entry {
    start: usize,
    symbol: u32,
    words: [u16; 2],
}

/// How a node is called.
#[derive(Clone, Copy)]
pub(crate) struct Called<'a> {
    /// Its SCIP symbol.
    pub(crate) symbol: &'a str,
    /// What stands in source where it is meant, best first; an empty word is none.
    pub(crate) words: [&'a str; 2],
}

impl SymbolNames {
    /// Names everything that `files` define.
    pub(crate) fn new(
        graph: &GraphFile,
        files: &[StoredFile],
        package: &Package,
    ) -> Result<SymbolNames, StoreError> {
        let mut names = SymbolNames::default();
        for file in files {
            let own = file_symbol(&file.row.path, package);
            let words = file_words(&file.row.path, &file.row.module, &file.row.separator);
            names.add(NodeId(file.id), &own, words);
            if file.row.language.is_some() {
                names.definitions(file, &own, &graph.definitions(NodeId(file.id))?);
            }
        }
        Ok(names)
    }

    /// How a node is called; `None` for what is in no file.
    pub(crate) fn of(&self, node: NodeId) -> Option<Called<'_>> {
        let entry = self.entries.get(&node)?;
        let (symbol, rest) = self.text[entry.start..].split_at(entry.symbol as usize);
        let [first, second] = entry.words.map(usize::from);
        Some(Called {
            symbol,
            words: [&rest[..first], &rest[first..first + second]],
        })
    }

    fn add(&mut self, node: NodeId, symbol: &str, words: [&str; 2]) {
        // A word that long is in no line that anybody reads.
        let words = words.map(|word| {
            if word.len() > usize::from(u16::MAX) {
                ""
            } else {
                word
            }
        });
        let entry = Entry {
            start: self.text.len(),
            symbol: u32::try_from(symbol.len()).unwrap_or(0),
            words: words.map(|word| word.len() as u16),
        };
        self.text.push_str(symbol);
        self.text.extend(words);
        self.entries.insert(node, entry);
    }

    fn definitions(&mut self, file: &StoredFile, own: &str, definitions: &[DefinitionRecord]) {
        let at: HashMap<NodeId, usize> = definitions
            .iter()
            .enumerate()
            .map(|(at, definition)| (definition.id, at))
            .collect();
        let builders = constructors(file.row.language.as_deref().unwrap_or(""));
        let mut symbols: Vec<Option<String>> = vec![None; definitions.len()];
        let mut taken: HashMap<String, u32> = HashMap::new();
        for position in 0..definitions.len() {
            // Members may be written before the type that they belong to.
            let mut chain = Vec::new();
            let mut next = Some(position);
            while let Some(position) = next
                && symbols[position].is_none()
                && chain.len() < MAX_DEPTH
                && !chain.contains(&position)
            {
                chain.push(position);
                next = at.get(&definitions[position].parent).copied();
            }
            for position in chain.into_iter().rev() {
                let definition = &definitions[position];
                let parent = at.get(&definition.parent).copied();
                let above = parent.and_then(|parent| symbols[parent].as_deref());
                let mut symbol = above.unwrap_or(own).to_owned();
                let scope = parent.map_or("", |parent| &definitions[parent].scope_name);
                if let Some(owner) = owner_of(definition, scope, &file.row.separator) {
                    symbol += &Descriptor::new(owner, Suffix::Type).to_string();
                }
                symbols[position] = Some(unique(symbol, definition, &mut taken));
            }
        }
        for (definition, symbol) in definitions.iter().zip(&symbols) {
            let is_builder = definition.flags & node_flag::CONSTRUCTOR != 0
                || builders.contains(&definition.name.as_str());
            let owner = at.get(&definition.parent).filter(|_| is_builder);
            let owner = owner.map_or("", |owner| definitions[*owner].name.as_str());
            let symbol = symbol.as_deref().unwrap_or(own);
            self.add(definition.id, symbol, [&definition.name, owner]);
        }
    }
}

/// The symbol of a file: its path as namespaces.
fn file_symbol(path: &str, package: &Package) -> String {
    let parts = path.split('/');
    Symbol {
        scheme: SCHEME.to_owned(),
        package: package.clone(),
        descriptors: parts
            .map(|part| Descriptor::new(part, Suffix::Namespace))
            .collect(),
    }
    .to_string()
}

/// The symbol of something outside the repository.
pub(crate) fn external_symbol(qualified_name: &str, name: &str) -> String {
    let around = qualified_name.strip_suffix(name).unwrap_or("");
    let around = around.trim_end_matches(['.', ':']);
    let package = if around.is_empty() { name } else { around };
    let root = if package.contains('/') {
        package
    } else {
        package.split(['.', ':']).next().unwrap_or(package)
    };
    let mut descriptors = Vec::new();
    if around.is_empty() {
        descriptors.push(Descriptor::new(name, Suffix::Namespace));
    } else {
        descriptors.push(Descriptor::new(around, Suffix::Namespace));
        descriptors.push(Descriptor::new(name, Suffix::Term));
    }
    Symbol {
        scheme: SCHEME.to_owned(),
        package: Package {
            name: root.to_owned(),
            ..Package::default()
        },
        descriptors,
    }
    .to_string()
}

/// What an import may call a file: the last part of its module's name or its stem, else the folder.
fn file_words<'a>(path: &'a str, module: &'a str, separator: &str) -> [&'a str; 2] {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.split('.').next().unwrap_or(name);
    let last = if separator.is_empty() {
        module
    } else {
        module.rsplit(separator).next().unwrap_or("")
    };
    let folder = folder.rsplit('/').next().unwrap_or("");
    if last.is_empty() || last == stem {
        [stem, folder]
    } else {
        [last, stem]
    }
}

/// A type outside the file that the definition belongs to, if its name says so.
fn owner_of<'a>(definition: &'a DefinitionRecord, scope: &str, separator: &str) -> Option<&'a str> {
    let inside = definition
        .scope_name
        .strip_suffix(definition.name.as_str())?;
    let inside = inside.strip_prefix(scope).unwrap_or(inside);
    let inside = inside.trim_matches(|c| separator.contains(c));
    (!inside.is_empty()).then_some(inside)
}

/// Adds the definition's own descriptor, told apart from those that came before.
fn unique(
    around: String,
    definition: &DefinitionRecord,
    taken: &mut HashMap<String, u32>,
) -> String {
    let mut own = Descriptor::new(&definition.name, suffix(definition.kind));
    let plain = format!("{around}{own}");
    let count = taken.entry(plain.clone()).or_default();
    *count += 1;
    let mut number = *count - 1;
    let mut symbol = plain;
    while number > 0 {
        match own.suffix {
            Suffix::Method => own.disambiguator = format!("+{number}"),
            Suffix::Namespace
            | Suffix::Type
            | Suffix::Term
            | Suffix::TypeParameter
            | Suffix::Parameter
            | Suffix::Meta
            | Suffix::Macro => own.name = format!("{}+{number}", definition.name),
        }
        symbol = format!("{around}{own}");
        // A definition may really be called so.
        if taken.contains_key(&symbol) {
            number += 1;
        } else {
            taken.insert(symbol.clone(), 1);
            break;
        }
    }
    symbol
}

fn suffix(kind: NodeKind) -> Suffix {
    match kind {
        NodeKind::File | NodeKind::Module => Suffix::Namespace,
        NodeKind::Class
        | NodeKind::Interface
        | NodeKind::Enum
        | NodeKind::TypeAlias
        | NodeKind::Table => Suffix::Type,
        NodeKind::Function | NodeKind::Method | NodeKind::Lambda | NodeKind::Test => Suffix::Method,
        NodeKind::EnumMember
        | NodeKind::Field
        | NodeKind::Variable
        | NodeKind::Constant
        | NodeKind::External => Suffix::Term,
        NodeKind::Macro => Suffix::Macro,
        NodeKind::Section
        | NodeKind::Resource
        | NodeKind::Key
        | NodeKind::Commit
        | NodeKind::Person
        | NodeKind::PullRequest
        | NodeKind::Issue
        | NodeKind::Decision
        | NodeKind::Change => Suffix::Meta,
    }
}

/// What a definition is in the words of the format.
pub(crate) fn symbol_kind(definition: &DefinitionRecord) -> SymbolKind {
    let has = |bit: u32| definition.flags & bit != 0;
    match definition.kind {
        NodeKind::File => SymbolKind::File,
        NodeKind::Module => SymbolKind::Module,
        NodeKind::Class => SymbolKind::Class,
        NodeKind::Interface => SymbolKind::Interface,
        NodeKind::Enum => SymbolKind::Enum,
        NodeKind::EnumMember => SymbolKind::EnumMember,
        NodeKind::Function | NodeKind::Lambda | NodeKind::Test => SymbolKind::Function,
        NodeKind::Method if has(node_flag::CONSTRUCTOR) => SymbolKind::Constructor,
        NodeKind::Method if has(node_flag::PROPERTY) => SymbolKind::Property,
        NodeKind::Method if has(node_flag::STATIC) => SymbolKind::StaticMethod,
        NodeKind::Method if has(node_flag::ABSTRACT) => SymbolKind::AbstractMethod,
        NodeKind::Method => SymbolKind::Method,
        NodeKind::Field if has(node_flag::STATIC) => SymbolKind::StaticField,
        NodeKind::Field => SymbolKind::Field,
        NodeKind::Variable => SymbolKind::Variable,
        NodeKind::Constant => SymbolKind::Constant,
        NodeKind::TypeAlias => SymbolKind::TypeAlias,
        NodeKind::Macro => SymbolKind::Macro,
        NodeKind::Resource | NodeKind::Table => SymbolKind::Object,
        NodeKind::Key => SymbolKind::Key,
        NodeKind::Section
        | NodeKind::External
        | NodeKind::Commit
        | NodeKind::Person
        | NodeKind::PullRequest
        | NodeKind::Issue
        | NodeKind::Decision
        | NodeKind::Change => SymbolKind::Unspecified,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_outside_has_a_package_of_its_own() {
        let symbol = |name: &str, own: &str| external_symbol(name, own);
        assert_eq!(
            symbol("requests.get", "get"),
            "arc . requests . requests/get."
        );
        assert_eq!(symbol("json", "json"), "arc . json . json/");
        assert_eq!(
            symbol("std::fs::read", "read"),
            "arc . std . `std::fs`/read."
        );
        assert_eq!(
            symbol("github.com/x/y.Foo", "Foo"),
            "arc . github.com/x/y . `github.com/x/y`/Foo."
        );
    }

    #[test]
    fn an_import_calls_a_file_by_its_module_its_stem_or_its_folder() {
        assert_eq!(file_words("a/b/load.py", "b.load", "."), ["load", "b"]);
        assert_eq!(file_words("a/b/__init__.py", "b", "."), ["b", "__init__"]);
        assert_eq!(file_words("a/x.test.ts", "", ""), ["x", "a"]);
        assert_eq!(file_words("Makefile", "", ""), ["Makefile", ""]);
    }
}
