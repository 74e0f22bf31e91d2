//! Interfaces of one name that every file sees: what several files declare (`declare global`) is one interface.

use arc_graph::NodeKind;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::languages;
use crate::resolve::program::Program;
use crate::resolve::values::{NameId, Sym};

/// A member of a namespace: its label and its name, then its file and its binding.
type Shared = ((NameId, NameId), (u32, u32));

/// Which interfaces are one.
#[derive(Default)]
pub(super) struct Merged {
    /// The interface that stands for all, and the other parts, in path order.
    parts: Vec<(Sym, Vec<Sym>)>,
    /// The interface that stands for a part.
    into: FxHashMap<Sym, Sym>,
}

impl Merged {
    /// The interfaces that stand for several, with the other parts.
    pub(super) fn parts(&self) -> &[(Sym, Vec<Sym>)] {
        &self.parts
    }

    /// The interface that stands for this one.
    pub(super) fn whole(&self, part: Sym) -> Sym {
        self.into.get(&part).copied().unwrap_or(part)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }
}

impl Program<'_> {
    /// Leaves one interface of those with one name in a namespace that every file sees. A use of the name would else be a use
    /// of all its parts, of which there may be hundreds, and none of them has the members of the others.
    pub(super) fn merge_interfaces(&self, members: &mut Vec<Shared>) -> Merged {
        let mut merged = Merged::default();
        let labels: FxHashSet<NameId> = languages::all()
            .iter()
            .map(|language| language.semantics())
            .filter(|semantics| semantics.types_apart)
            .filter_map(|semantics| self.known(semantics.global_namespace))
            .collect();
        let interface = |(file, binding): (u32, u32)| {
            let symbol = self.file(file).bound_symbol(binding)?.0;
            let sym = Sym { file, symbol };
            (self.kind(sym) == NodeKind::Interface).then_some(sym)
        };
        let mut named: FxHashMap<NameId, (Vec<Sym>, FxHashSet<u32>)> = FxHashMap::default();
        let mut order = Vec::new();
        for ((label, name), place) in members.iter() {
            if !labels.contains(label) {
                continue;
            }
            let (parts, valued) = named.entry(*name).or_insert_with(|| {
                order.push(*name);
                Default::default()
            });
            match interface(*place) {
                Some(part) => parts.push(part),
                None => {
                    valued.insert(place.0);
                }
            }
        }
        for name in order {
            let (mut parts, valued) = named.remove(&name).unwrap_or_default();
            if parts.len() < 2 {
                continue;
            }
            // The one beside the value of that name is what the others add to; else the first that says what it extends.
            let rank = |part: &Sym| {
                let bases = self.fact(*part).bases;
                let extends = self.file(part.file).facts.list(bases).len() > 0;
                (!valued.contains(&part.file), !extends, *part)
            };
            let Some(whole) = parts.iter().copied().min_by_key(rank) else {
                continue;
            };
            parts.retain(|part| *part != whole);
            merged.into.extend(parts.iter().map(|part| (*part, whole)));
            merged.parts.push((whole, parts));
        }
        if !merged.is_empty() {
            members.retain(|(_, place)| {
                interface(*place).is_none_or(|sym| !merged.into.contains_key(&sym))
            });
        }
        merged
    }
}
