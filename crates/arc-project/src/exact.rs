//! What SCIP indexes say of a project, tied to our symbols: each definition by file, line and name.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use arc_extract::{FileFacts, Linked, Sources, Symbol as OwnSymbol, constructors, flag, separator};
use arc_graph::{EdgeKind, NodeKind};
use arc_scip::{Checked, Definition, Package, Record, Suffix, Symbol, is_local};

/// Lines that a name may stand below the first one of its definition.
const NAME_WITHIN: u32 = 6;

/// What an index says of one file of the project.
pub(crate) struct Document {
    /// Position in the project's list; `None` for a file that is not there or says nothing.
    pub(crate) file: Option<usize>,
    /// As it is kept.
    pub(crate) record: Record,
    /// As the text confirms it.
    pub(crate) checked: Checked,
}

/// A definition of ours: positions of the source and of the symbol in its facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Own {
    pub(crate) source: u32,
    pub(crate) symbol: u32,
}

/// What stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Meaning {
    /// A definition of ours.
    Own(Own),
    /// Something outside the repository: a position in [`Exact::outside`].
    Outside(u32),
    /// Something of the project that is no node, such as a local variable.
    NoNode,
}

/// A place of a file of which an index says what it means.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Site {
    pub(crate) line: u32,
    pub(crate) name: Box<str>,
    pub(crate) meaning: Meaning,
    pub(crate) roles: u32,
}

/// What is known exactly of one file.
#[derive(Default)]
pub(crate) struct Known {
    /// Sorted.
    pub(crate) sites: Vec<Site>,
    /// A symbol of the file, what it extends or overrides, and which of the two. Sorted.
    pub(crate) relations: Vec<(u32, Own, EdgeKind)>,
}

/// What is known exactly of a project.
#[derive(Default)]
pub(crate) struct Exact {
    /// By source.
    pub(crate) known: Vec<Known>,
    /// Qualified names.
    pub(crate) outside: Vec<String>,
    /// The constructors of each type that has some, in order.
    pub(crate) constructors: HashMap<Own, Vec<Own>>,
}

/// Where a symbol of an index is defined.
#[derive(Clone, Copy)]
enum Fate {
    Here(Own),
    /// In the project, but it is no node of ours.
    NoNode,
    /// In a text that is not there any more.
    Unknown,
    /// Several definitions of different containers share the symbol: a fault of the indexer, which does not say which is meant.
    Shared,
}

/// Everything that tying needs.
struct Tie<'a> {
    sources: &'a Sources,
    linked: &'a Linked<'a>,
    fates: HashMap<&'a str, Fate>,
    /// Packages that the indexes define something of, without their versions.
    packages: HashSet<Package>,
    exact: Exact,
    outside: HashMap<String, u32>,
}

impl Exact {
    /// Ties `documents` to the files of a project. `source_of` has for each file of the project its position among the
    /// sources.
    pub(crate) fn new(
        sources: &Sources,
        linked: &Linked<'_>,
        source_of: &[Option<u32>],
        documents: &[Document],
    ) -> Exact {
        let mut tie = Tie {
            sources,
            linked,
            fates: HashMap::new(),
            packages: HashSet::new(),
            exact: Exact::default(),
            outside: HashMap::new(),
        };
        let count = sources.files().len();
        tie.exact.known.resize_with(count, Known::default);
        let source = |document: &Document| document.file.and_then(|file| source_of[file]);
        for document in documents {
            tie.define(source(document), document);
        }
        for document in documents {
            if let Some(source) = source(document) {
                tie.refer(source, document);
            }
        }
        tie.relate(documents);
        tie.exact.constructors = constructors_of(sources);
        for known in &mut tie.exact.known {
            known.sites.sort_unstable();
            known.sites.dedup();
        }
        tie.exact
    }
}

impl<'a> Tie<'a> {
    /// Notes where the symbols of a document are defined.
    fn define(&mut self, source: Option<u32>, document: &'a Document) {
        let symbols = document.record.symbols();
        for symbol in document.record.defined() {
            let Some(parsed) = Symbol::parse(symbol) else {
                continue;
            };
            self.packages.insert(unversioned(parsed.package));
            // Whatever the text confirms comes below.
            self.fates.entry(symbol).or_insert(Fate::Unknown);
        }
        let Some(source) = source else {
            return;
        };
        let definitions = Definitions::new(self.sources, self.linked, source);
        for definition in &document.checked.definitions {
            let symbol = symbols[definition.symbol as usize].as_str();
            let Some(parsed) = Symbol::parse(symbol) else {
                continue;
            };
            let fate = match definitions.find(definition, &parsed) {
                Some(symbol) => Fate::Here(Own { source, symbol }),
                None => Fate::NoNode,
            };
            match (self.fates.get(symbol), fate) {
                (Some(Fate::Here(known)), Fate::Here(own))
                    if self.container(*known) != self.container(own) =>
                {
                    self.fates.insert(symbol, Fate::Shared);
                }
                // Of overloads and alternatives the first counts.
                (Some(Fate::Here(_) | Fate::Shared), _) | (Some(Fate::NoNode), Fate::NoNode) => {}
                _ => {
                    self.fates.insert(symbol, fate);
                }
            }
        }
    }

    /// The name of what a definition stands in; empty for a file.
    fn container(&self, own: Own) -> &str {
        let facts = facts_of(self.sources, own.source);
        let parent = facts.symbols[own.symbol as usize].parent;
        let parent = facts.symbols.get(parent.index());
        parent.map_or("", |parent| facts.text(parent.name))
    }

    fn refer(&mut self, source: u32, document: &'a Document) {
        let mut meanings: HashMap<u32, Option<Meaning>> = HashMap::new();
        let between = separator(self.sources.files()[source as usize].language);
        for site in &document.checked.sites {
            let symbol = &document.record.symbols()[site.symbol as usize];
            let meaning = match meanings.get(&site.symbol) {
                Some(known) => *known,
                None => {
                    let meaning = self.meaning(symbol, between);
                    meanings.insert(site.symbol, meaning);
                    meaning
                }
            };
            if let Some(meaning) = meaning {
                self.exact.known[source as usize].sites.push(Site {
                    line: site.line,
                    name: site.name.as_str().into(),
                    meaning,
                    roles: site.roles,
                });
            }
        }
    }

    /// What a symbol means to us; `None` when nothing can be said.
    fn meaning(&mut self, symbol: &str, separator: &str) -> Option<Meaning> {
        if is_local(symbol) {
            return Some(Meaning::NoNode);
        }
        match self.fates.get(symbol) {
            Some(Fate::Here(own)) => return Some(Meaning::Own(*own)),
            Some(Fate::NoNode) => return Some(Meaning::NoNode),
            Some(Fate::Unknown | Fate::Shared) => return None,
            None => {}
        }
        let parsed = Symbol::parse(symbol)?;
        // The project's own symbols without a definition are written by a compiler or stand in a file that was not indexed. In
        // another version they are those of the project as it is installed beside: `import click` in click's own tests.
        if self.packages.contains(&unversioned(parsed.package.clone())) {
            return None;
        }
        let name = outside_name(&parsed, separator);
        let next = self.exact.outside.len() as u32;
        let number = *self.outside.entry(name).or_insert_with_key(|name| {
            self.exact.outside.push(name.clone());
            next
        });
        Some(Meaning::Outside(number))
    }

    /// Takes over which type extends and which method overrides which, nearest ones only.
    fn relate(&mut self, documents: &[Document]) {
        let mut above: BTreeMap<Own, BTreeSet<Own>> = BTreeMap::new();
        let here = |symbol: &str| match self.fates.get(symbol) {
            Some(Fate::Here(own)) => Some(*own),
            Some(Fate::NoNode | Fate::Unknown | Fate::Shared) | None => None,
        };
        for document in documents
            .iter()
            .filter(|document| !document.checked.is_stale)
        {
            let symbols = document.record.symbols();
            for relation in document.record.relations() {
                let symbol = here(&symbols[relation.symbol as usize]);
                let target = here(&symbols[relation.target as usize]);
                if let (Some(symbol), Some(target)) = (symbol, target)
                    && symbol != target
                {
                    above.entry(symbol).or_default().insert(target);
                }
            }
        }
        for (symbol, targets) in &above {
            for target in targets {
                // Some indexers also name what is above the next one.
                let is_far = targets.iter().any(|between| {
                    between != target
                        && above.get(between).is_some_and(|far| far.contains(target))
                        && !above.get(target).is_some_and(|back| back.contains(between))
                });
                let kinds = [*symbol, *target].map(|own| kind_of(self.sources, own));
                let kind = match kinds.map(is_type) {
                    [true, true] => EdgeKind::Inherits,
                    _ if kinds.iter().all(|kind| is_function(*kind)) => EdgeKind::Overrides,
                    _ => continue,
                };
                if !is_far {
                    let known = &mut self.exact.known[symbol.source as usize];
                    known.relations.push((symbol.symbol, *target, kind));
                }
            }
        }
    }
}

/// A package whatever its version.
fn unversioned(package: Package) -> Package {
    Package {
        version: String::new(),
        ..package
    }
}

/// The facts of a source.
pub(crate) fn facts_of(sources: &Sources, source: u32) -> &FileFacts {
    &sources.files()[source as usize].facts
}

pub(crate) fn kind_of(sources: &Sources, own: Own) -> NodeKind {
    let fact = &facts_of(sources, own.source).symbols[own.symbol as usize];
    NodeKind::from_number(fact.kind).unwrap_or(NodeKind::File)
}

/// The constructors of each type.
fn constructors_of(sources: &Sources) -> HashMap<Own, Vec<Own>> {
    let mut found: HashMap<Own, Vec<Own>> = HashMap::new();
    for (source, file) in sources.files().iter().enumerate() {
        let source = source as u32;
        for (symbol, fact) in file.facts.symbols.iter().enumerate().skip(1) {
            let symbol = symbol as u32;
            let own = Own { source, symbol };
            if fact.parent.is_some() && is_constructor(sources, own) {
                let symbol = fact.parent.0;
                found.entry(Own { source, symbol }).or_default().push(own);
            }
        }
    }
    found
}

/// Whether a definition builds instances of its parent.
pub(crate) fn is_constructor(sources: &Sources, own: Own) -> bool {
    let file = &sources.files()[own.source as usize];
    let fact = &file.facts.symbols[own.symbol as usize];
    fact.flags & flag::CONSTRUCTOR != 0
        || is_function(kind_of(sources, own))
            && constructors(file.language).contains(&file.facts.text(fact.name))
}

fn is_type(kind: NodeKind) -> bool {
    matches!(
        kind,
        NodeKind::Class | NodeKind::Interface | NodeKind::Enum | NodeKind::TypeAlias
    )
}

pub(crate) fn is_function(kind: NodeKind) -> bool {
    matches!(
        kind,
        NodeKind::Function | NodeKind::Method | NodeKind::Macro | NodeKind::Lambda | NodeKind::Test
    )
}

/// The definitions of a source by name.
struct Definitions<'a> {
    sources: &'a Sources,
    source: u32,
    by_name: HashMap<String, Vec<OwnSymbol>>,
}

impl<'a> Definitions<'a> {
    fn new(sources: &'a Sources, linked: &Linked<'_>, source: u32) -> Definitions<'a> {
        let mut by_name: HashMap<String, Vec<OwnSymbol>> = HashMap::new();
        let facts = facts_of(sources, source);
        for symbol in linked.symbols(source as usize) {
            let own = Own {
                source,
                symbol: symbol.index,
            };
            if is_constructor(sources, own) {
                let owner = facts.symbols[symbol.index as usize].parent;
                let owner = facts.symbols.get(owner.index());
                let owner = owner.map_or("", |owner| facts.text(owner.name));
                if owner != symbol.name {
                    by_name
                        .entry(owner.to_owned())
                        .or_default()
                        .push(symbol.clone());
                }
            }
            by_name.entry(symbol.name.clone()).or_default().push(symbol);
        }
        Definitions {
            sources,
            source,
            by_name,
        }
    }

    /// The symbol that is defined there.
    fn find(&self, definition: &Definition, symbol: &Symbol) -> Option<u32> {
        let last = symbol.last();
        let is_module = matches!(last.suffix, Suffix::Namespace | Suffix::Meta);
        if definition.name.is_empty() && is_module && definition.line == 1 {
            return Some(0);
        }
        if matches!(last.suffix, Suffix::Parameter | Suffix::TypeParameter) {
            return None;
        }
        let name = if definition.name.is_empty() {
            &last.name
        } else {
            &definition.name
        };
        let facts = facts_of(self.sources, self.source);
        let owner = symbol.owner().map_or("", |owner| &owner.name);
        let candidates = self.by_name.get(name)?.iter().filter_map(|candidate| {
            let fact = &facts.symbols[candidate.index as usize];
            let last = fact.end_line.min(fact.line.saturating_add(NAME_WITHIN));
            if !(fact.line..=last.max(fact.line)).contains(&definition.line) {
                return None;
            }
            let parent = &facts.symbols[candidate.parent as usize];
            let rank = (
                !fits(symbol.last().suffix, candidate.kind),
                definition.line - fact.line,
                facts.text(parent.name) != owner,
                fact.end_line - fact.line.min(fact.end_line),
                candidate.index,
            );
            Some((rank, candidate.index))
        });
        candidates.min().map(|(_, index)| index)
    }
}

/// Whether indexers call a kind of definition so. Where none fits, one that does not is taken as well: a function kept by a
/// constant is a term to some.
fn fits(suffix: Suffix, kind: NodeKind) -> bool {
    match suffix {
        Suffix::Method => is_function(kind),
        Suffix::Type => is_type(kind) || matches!(kind, NodeKind::Module | NodeKind::Table),
        Suffix::Term => matches!(
            kind,
            NodeKind::Field | NodeKind::Variable | NodeKind::Constant | NodeKind::EnumMember
        ),
        Suffix::Namespace => kind == NodeKind::Module,
        Suffix::Macro => kind == NodeKind::Macro,
        Suffix::Meta => matches!(
            kind,
            NodeKind::Section | NodeKind::Resource | NodeKind::Key | NodeKind::Module
        ),
        Suffix::TypeParameter | Suffix::Parameter => false,
    }
}

/// What people call a symbol outside the repository.
fn outside_name(symbol: &Symbol, separator: &str) -> String {
    let is_file = |name: &str| {
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        matches!(
            extension,
            "ts" | "tsx" | "js" | "jsx" | "mjs" | "cjs" | "mts" | "cts"
        )
    };
    let is_npm = symbol.package.manager == "npm";
    let parts = symbol.descriptors.iter().filter(|part| match part.suffix {
        Suffix::Namespace => !is_npm,
        Suffix::Meta => false,
        Suffix::Type
        | Suffix::Term
        | Suffix::Method
        | Suffix::TypeParameter
        | Suffix::Parameter
        | Suffix::Macro => !is_file(&part.name),
    });
    let mut names: Vec<&str> = parts.map(|part| part.name.as_str()).collect();
    let has_own_root = matches!(symbol.package.manager.as_str(), "npm" | "cargo");
    if names.is_empty() || has_own_root && names[0] != symbol.package.name {
        let package = &symbol.package.name;
        names.insert(
            0,
            if package.is_empty() {
                &symbol.last().name
            } else {
                package
            },
        );
    }
    names.join(separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_outside_are_spelled_as_in_source() {
        let name = |symbol: &str, separator: &str| {
            outside_name(&Symbol::parse(symbol).expect("a symbol"), separator)
        };
        assert_eq!(
            name("scip-python python requests 2 `requests.api`/get().", "."),
            "requests.api.get"
        );
        assert_eq!(
            name("scip-python python json 3 json/__init__:", "."),
            "json"
        );
        assert_eq!(
            name("rust-analyzer cargo std 1 vec/Vec#push().", "::"),
            "std::vec::Vec::push"
        );
        assert_eq!(
            name("scip-typescript npm lodash 4 `index.d.ts`/map().", "."),
            "lodash.map"
        );
        assert_eq!(
            name("semanticdb maven jdk 11 java/util/List#add().", "."),
            "java.util.List.add"
        );
        assert_eq!(
            name(
                "scip-go gomod github.com/x/y v1 `github.com/x/y/z`/Foo().",
                "."
            ),
            "github.com/x/y/z.Foo"
        );
    }
}
