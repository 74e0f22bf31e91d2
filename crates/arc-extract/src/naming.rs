//! Where a file writes the name of something: for whoever asks what of a file may have meant a definition that is gone.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::exprs::{Expr, ExprNode};
use crate::facts::{BlockId, DocFact, ExprId, FileFacts, Name, Names};
use crate::packed::plain;
use crate::wire::{Reader, Wire, WireError};

/// How many dots deep a name is followed to what it begins with.
const MAX_DOTS: usize = 32;

impl FileFacts {
    /// Whether `is_wanted` holds for one of the strings in packed facts: names, imported modules, short texts. Much cheaper
    /// than [`FileFacts::unpack`].
    ///
    /// # Errors
    /// When the bytes are not what this version packs, as far as they are looked at.
    pub fn packed_has(
        packed: &[u8],
        is_wanted: impl FnMut(&str) -> bool,
    ) -> Result<bool, WireError> {
        let plain = plain(packed)?;
        let mut reader = Reader::new(&plain);
        Vec::<DocFact>::get(&mut reader)?;
        Names::any(&mut reader, is_wanted)
    }
}

/// The words of a module or path as imports write it.
pub fn module_words(module: &str) -> impl Iterator<Item = &str> {
    module.split(['.', '/', ':', '\\'])
}

/// How a file names things: what it brings from others, and what it gives names to itself.
pub struct Naming<'f> {
    facts: &'f FileFacts,
    nodes: Vec<ExprNode>,
    /// Names that imports bring, under which the file knows them, with what they are called where they come from.
    brought: FxHashMap<Name, FxHashSet<Name>>,
    /// Names that the file gives to something of its own.
    own: FxHashSet<Name>,
    is_open: bool,
}

impl<'f> Naming<'f> {
    /// Reads the facts of a file once, to be asked about many names.
    #[must_use]
    pub fn new(facts: &'f FileFacts) -> Naming<'f> {
        let mut brought: FxHashMap<Name, FxHashSet<Name>> = FxHashMap::default();
        let mut own = FxHashSet::default();
        let nodes: Vec<ExprNode> = facts.exprs.iter().collect();
        for binding in &facts.bindings {
            let value = nodes.get(binding.value.index()).map(|node| node.expr);
            match value {
                Some(Expr::Import(import)) => {
                    let import = facts.imports.get(import.index());
                    let name = import.map_or(Name::NONE, |import| import.name);
                    brought.entry(binding.name).or_default().insert(name);
                }
                _ if binding.scope != BlockId::NONE => {
                    own.insert(binding.name);
                }
                _ => {}
            }
        }
        Naming {
            facts,
            nodes,
            brought,
            own,
            is_open: facts.imports_everything(),
        }
    }

    /// The lines on which something may be meant that others call by one of `names`, by those names. The flag of a name
    /// says that it is of a member of a type or of a module: that may be meant wherever a member or a part of a path has
    /// the name; what stands in no type only where the file has the name from outside.
    #[must_use]
    pub fn lines<'n>(&self, names: &'n BTreeMap<String, bool>) -> BTreeMap<&'n str, BTreeSet<u32>> {
        let facts = self.facts;
        // Read once: a file has many more expressions than names.
        let wanted: Vec<Option<(&'n str, bool)>> = facts
            .names
            .iter()
            .map(|text| {
                let name = text.strip_suffix("()").unwrap_or(text);
                let (name, is_member) = names.get_key_value(name)?;
                Some((name.as_str(), *is_member))
            })
            .collect();
        let of = |name: Name| wanted.get(name.index()).copied().flatten();
        let mut lines: BTreeMap<&'n str, BTreeSet<u32>> = BTreeMap::new();
        let mut add = |name: &'n str, line| {
            lines.entry(name).or_default().insert(line);
        };
        for node in &self.nodes {
            if let Expr::Name(known) = node.expr {
                match self.brought.get(&known) {
                    Some(origins) => {
                        for (name, _) in origins.iter().filter_map(|origin| of(*origin)) {
                            add(name, node.line);
                        }
                    }
                    None => {
                        if let Some((name, _)) = of(known).filter(|_| self.may_be_brought(known)) {
                            add(name, node.line);
                        }
                    }
                }
            } else if let Expr::Member(base, member) = node.expr {
                if let Some((name, is_member)) = of(member)
                    && (is_member || self.may_be_module(base))
                {
                    add(name, node.line);
                }
            } else if let Expr::Keyword(member, _) = node.expr {
                if let Some((name, true)) = of(member) {
                    add(name, node.line);
                }
            } else if let Expr::Text(text) = node.expr
                && let Some((name, _)) = of(text)
            {
                add(name, node.line);
            }
        }
        for import in &facts.imports {
            if let Some((name, _)) = of(import.name) {
                add(name, import.line);
            }
            for part in module_words(facts.text(import.module)) {
                if let Some((name, true)) = names.get_key_value(part) {
                    add(name, import.line);
                }
            }
        }
        lines
    }

    /// Whether a name may come from another file.
    fn may_be_brought(&self, name: Name) -> bool {
        self.is_open || self.brought.contains_key(&name) || !self.own.contains(&name)
    }

    /// Whether dots lead from something that is no value of this file: a module, a namespace, a type of another file.
    fn may_be_module(&self, mut base: ExprId) -> bool {
        for _ in 0..MAX_DOTS {
            let Some(expr) = self.nodes.get(base.index()).map(|node| node.expr) else {
                return false;
            };
            if let Expr::Member(inner, _) = expr {
                base = inner;
            } else if let Expr::Name(name) = expr {
                return self.may_be_brought(name);
            } else {
                return matches!(expr, Expr::Root(_) | Expr::Import(_));
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::Naming;
    use crate::extract::extract;
    use crate::facts::FileFacts;

    fn lines(text: &str, name: &str, is_member: bool) -> Vec<u32> {
        let facts = extract("python", "a.py", text);
        let names = [(name.to_owned(), is_member)].into();
        let lines = Naming::new(&facts).lines(&names).remove(name);
        lines.into_iter().flatten().collect()
    }

    #[test]
    fn a_name_is_meant_where_it_comes_from_outside() {
        let text =
            "from m import load as read\nimport m\n\nread()\nm.load()\nload()\nx = 1\nx.load\n";
        assert_eq!(lines(text, "load", false), [1, 4, 5, 6]);
        assert_eq!(lines(text, "load", true), [1, 4, 5, 6, 8]);
        assert_eq!(lines("import a.load.b\n", "load", true), [1]);
    }

    #[test]
    fn what_a_file_calls_so_itself_is_not_meant() {
        let text = "def load():\n    pass\n\n\ndef use(save):\n    load()\n    return save\n";
        assert!(lines(text, "load", false).is_empty());
        assert!(lines(text, "save", false).is_empty());
    }

    #[test]
    fn everything_may_come_by_a_star() {
        let text = "from m import *\n\n\ndef use(load):\n    load()\n";
        assert_eq!(lines(text, "load", false), [5]);
    }

    #[test]
    fn the_strings_of_packed_facts_are_looked_through() {
        let packed = extract("python", "a.py", "\"\"\"Text.\"\"\"\nimport other\n").pack();
        let has = |name: &str| FileFacts::packed_has(&packed, |own| own == name).unwrap_or(false);
        assert!(has("other"));
        assert!(!has("another"));
        assert!(FileFacts::packed_has(&packed[..packed.len() / 2], |_| false).is_err());
    }
}
