//! Definitions of Rust files against `syn`, a reader that we did not write: the same kinds, names and lines, for all code of
//! this repository. What stands inside macros is left out, since `syn` does not read it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arc_extract::extract;
use arc_graph::NodeKind;
use syn::visit::{self, Visit};

/// A definition: line, kind, name.
type Definition = (u32, NodeKind, String);

/// The definitions of a file as `syn` sees them, and the lines where macros begin and end.
#[derive(Default)]
struct Seen {
    definitions: Vec<Definition>,
    macros: Vec<(u32, u32)>,
    around: Around,
}

/// What the code stands in.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Around {
    #[default]
    Module,
    Type,
    Function,
}

impl Seen {
    fn add(&mut self, kind: NodeKind, name: &syn::Ident) {
        let line = name.span().start().line as u32;
        let name = name.to_string();
        let name = name.strip_prefix("r#").unwrap_or(&name).to_owned();
        if name != "_" {
            self.definitions.push((line, kind, name));
        }
    }

    fn skip(&mut self, item: &syn::Macro) {
        let span = item.delimiter.span();
        let (open, close) = (span.open().start(), span.close().end());
        self.macros.push((open.line as u32, close.line as u32));
    }

    fn function(&mut self, name: &syn::Ident) {
        self.add(
            if self.around == Around::Type {
                NodeKind::Method
            } else {
                NodeKind::Function
            },
            name,
        );
    }

    fn inside(&mut self, around: Around, visit: impl FnOnce(&mut Seen)) {
        let before = std::mem::replace(&mut self.around, around);
        visit(self);
        self.around = before;
    }
}

impl<'ast> Visit<'ast> for Seen {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig.ident);
        self.inside(Around::Function, |seen| visit::visit_item_fn(seen, item));
    }

    fn visit_foreign_item_fn(&mut self, item: &'ast syn::ForeignItemFn) {
        self.function(&item.sig.ident);
        visit::visit_foreign_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig.ident);
        self.inside(Around::Function, |seen| {
            visit::visit_impl_item_fn(seen, item)
        });
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.function(&item.sig.ident);
        self.inside(Around::Function, |seen| {
            visit::visit_trait_item_fn(seen, item)
        });
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        self.inside(Around::Type, |seen| visit::visit_item_impl(seen, item));
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.add(NodeKind::Interface, &item.ident);
        self.inside(Around::Type, |seen| visit::visit_item_trait(seen, item));
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.add(NodeKind::Class, &item.ident);
        visit::visit_item_struct(self, item);
    }

    fn visit_item_union(&mut self, item: &'ast syn::ItemUnion) {
        self.add(NodeKind::Class, &item.ident);
        visit::visit_item_union(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.add(NodeKind::Enum, &item.ident);
        visit::visit_item_enum(self, item);
    }

    fn visit_variant(&mut self, item: &'ast syn::Variant) {
        self.add(NodeKind::EnumMember, &item.ident);
        visit::visit_variant(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        // A file of its own is a module by itself.
        if item.content.is_some() {
            self.add(NodeKind::Module, &item.ident);
        }
        visit::visit_item_mod(self, item);
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.add(NodeKind::Constant, &item.ident);
        visit::visit_item_const(self, item);
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.add(NodeKind::Variable, &item.ident);
        visit::visit_item_static(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.add(NodeKind::TypeAlias, &item.ident);
        visit::visit_item_type(self, item);
    }

    fn visit_impl_item_type(&mut self, item: &'ast syn::ImplItemType) {
        self.add(NodeKind::TypeAlias, &item.ident);
        visit::visit_impl_item_type(self, item);
    }

    fn visit_trait_item_type(&mut self, item: &'ast syn::TraitItemType) {
        self.add(NodeKind::TypeAlias, &item.ident);
        visit::visit_trait_item_type(self, item);
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        self.add(NodeKind::Constant, &item.ident);
        visit::visit_impl_item_const(self, item);
    }

    fn visit_trait_item_const(&mut self, item: &'ast syn::TraitItemConst) {
        self.add(NodeKind::Constant, &item.ident);
        visit::visit_trait_item_const(self, item);
    }

    fn visit_item_macro(&mut self, item: &'ast syn::ItemMacro) {
        if let Some(name) = &item.ident {
            self.add(NodeKind::Macro, name);
        }
        self.skip(&item.mac);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.skip(item);
    }
}

/// The kinds that both sides are compared by.
const KINDS: [NodeKind; 11] = [
    NodeKind::Class,
    NodeKind::Interface,
    NodeKind::Enum,
    NodeKind::EnumMember,
    NodeKind::Function,
    NodeKind::Method,
    NodeKind::Module,
    NodeKind::Constant,
    NodeKind::Variable,
    NodeKind::TypeAlias,
    NodeKind::Macro,
];

fn ours(path: &str, text: &str) -> Vec<Definition> {
    let facts = extract("rust", path, text);
    let lines: Vec<&str> = text.lines().collect();
    let symbols = facts.symbols.iter().skip(1);
    let known = symbols.filter_map(|symbol| {
        let kind = NodeKind::from_number(symbol.kind)?;
        let name = facts.names.get(symbol.name.index())?;
        // A definition starts with its first word, which may stand on a line before its name.
        let named = (symbol.line..=symbol.end_line)
            .find(|line| lines[*line as usize - 1].contains(name))
            .unwrap_or(symbol.line);
        let is_compared = KINDS.contains(&kind) && !name.is_empty();
        is_compared.then(|| (named, kind, name.to_owned()))
    });
    known.collect()
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).expect("a folder of this repository");
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        // Preludes leave out what Rust would ask for.
        if path.ends_with("prelude") {
            continue;
        }
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn definitions_are_those_that_syn_sees() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for folder in ["crates", "tests", "benches"] {
        rust_files(&root.join(folder), &mut files);
    }
    let mut compared = 0;
    let mut kinds: BTreeMap<&str, u32> = BTreeMap::new();
    let mut problems = String::new();
    for path in &files {
        let text = std::fs::read_to_string(path).expect("sources are UTF-8");
        let Ok(file) = syn::parse_file(&text) else {
            // Fixtures hold several files and broken ones.
            assert!(path.components().any(|part| part.as_os_str() == "fixtures"));
            continue;
        };
        let mut seen = Seen::default();
        seen.visit_file(&file);
        let path = path.to_string_lossy();
        let mut known = ours(&path, &text);
        known.retain(|(line, ..)| {
            let mut macros = seen.macros.iter();
            !macros.any(|(first, last)| first < line && line <= last)
        });
        known.sort();
        seen.definitions.sort();
        let (mut left, mut right) = (known.clone(), seen.definitions.clone());
        // What a macro makes may stand on the first line of its call as well.
        let is_made = |line: u32| {
            let mut macros = seen.macros.iter();
            macros.any(|(first, last)| *first <= line && line <= *last)
        };
        left.retain(|definition| !seen.definitions.contains(definition) && !is_made(definition.0));
        right.retain(|definition| !known.contains(definition));
        if !left.is_empty() || !right.is_empty() {
            problems += &format!("{path}\n  only arc: {left:?}\n  only syn: {right:?}\n");
        }
        compared += seen.definitions.len();
        for (_, kind, _) in &seen.definitions {
            *kinds.entry(kind.as_str()).or_default() += 1;
        }
    }
    assert!(problems.is_empty(), "{problems}");
    assert!(compared > 5_000, "{compared} in {} files", files.len());
    assert_eq!(kinds.len(), KINDS.len(), "{kinds:?}");
}
