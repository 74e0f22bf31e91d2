//! Names in namespaces that several files share, and in text that one file includes.

use arc_graph::Rule;
use smallvec::SmallVec;

use crate::facts::{BlockId, import_flag};
use crate::resolve::hierarchy::is_type_kind;
use crate::resolve::names::{Busy, Hit, Hits, Lookup, Names, Use};
use crate::resolve::program::Target;
use crate::resolve::values::{NameId, Value};

/// The file of a definition, and how many parameters it has.
type Place = (u32, usize);

impl Names<'_, '_> {
    pub(super) fn in_namespace(
        &self,
        place: Use,
        block: BlockId,
        busy: &mut Busy,
    ) -> Option<Lookup> {
        let file = self.file(place.file);
        let label = self.program.label_at(place.file, block)?.label;
        let name = file.global(place.name);
        let hits = self.namespace_hits(label, name, place.file, busy);
        if !hits.is_empty() {
            let is_declared = hits.iter().all(|hit| self.is_declaration(hit));
            let defined = is_declared.then(|| self.in_included_text(place, busy));
            return defined
                .flatten()
                .or_else(|| Some(Lookup::of(hits, Rule::Scope)));
        }
        // A namespace's code also sees the namespaces around it.
        for outer in self.program.namespaces_around(label) {
            let hits = self.namespace_hits(*outer, name, place.file, busy);
            if !hits.is_empty() {
                return Some(Lookup::of(hits, Rule::Scope));
            }
        }
        self.in_included_text(place, busy)
            .or_else(|| self.nested_namespace(place, label))
    }

    /// What a file that is no header keeps to itself is seen where its text is included (`#include "dict.c"`).
    fn in_included_text(&self, place: Use, busy: &mut Busy) -> Option<Lookup> {
        let file = self.file(place.file);
        for (import, targets) in file.facts.imports.iter().zip(&file.targets) {
            let Some(Target::File(target)) = targets.first() else {
                continue;
            };
            if import.flags & import_flag::INCLUDE != 0 && is_source(&self.file(*target).path) {
                let hits = self.exported(*target, file.global(place.name), busy);
                if !hits.is_empty() {
                    return Some(Lookup::of(hits, Rule::Import));
                }
            }
        }
        None
    }

    /// A name that is no definition may be that of a namespace inside one of those around.
    fn nested_namespace(&self, place: Use, around: NameId) -> Option<Lookup> {
        let file = self.file(place.file);
        if !self.program.ends_namespace(file.global(place.name)) {
            return None;
        }
        let separator = file.semantics.separator;
        let name = file.facts.text(place.name);
        let around = self.program.text(around);
        let mut outer = &*around;
        loop {
            let nested = if outer.is_empty() {
                self.program.intern(name)
            } else {
                self.program.intern(&format!("{outer}{separator}{name}"))
            };
            if self.program.has_namespace(nested) {
                let hits = Hits::from_iter([Hit::Value(Value::Namespace(nested))]);
                return Some(Lookup::of(hits, Rule::Scope));
            }
            if outer.is_empty() {
                return None;
            }
            outer = outer
                .rsplit_once(separator)
                .map_or("", |(before, _)| before);
        }
    }

    /// Members of a namespace. Definitions come before mere declarations; of several files with a declaration only, all.
    pub(super) fn namespace_hits(
        &self,
        label: NameId,
        name: NameId,
        from: u32,
        busy: &mut Busy,
    ) -> Hits {
        let mut hits = Hits::new();
        for (file, binding) in self.program.namespace_members(label, name) {
            // The same label in another language is another namespace.
            if self.shares_namespaces(*file, from) {
                self.add_binding(*file, *binding, busy, &mut hits);
            }
        }
        if hits.len() > 1 && self.includes_text(from) {
            let declared = hits.iter().filter(|hit| self.is_declaration(hit));
            let declared = declared.filter_map(|hit| self.place_of(hit)).collect();
            self.prefer_definitions(&mut hits);
            self.prefer_seen(&mut hits, &declared, from);
        } else {
            self.prefer_definitions(&mut hits);
        }
        self.prefer_near_types(&mut hits, from);
        hits
    }

    /// A member of a module, a namespace or something outside, as the file `from` sees it.
    pub(super) fn seen_member_of(
        &self,
        hit: &Hit,
        name: NameId,
        from: u32,
        busy: &mut Busy,
    ) -> Hits {
        if let Hit::Value(Value::Namespace(label)) = *hit
            && self.includes_text(from)
        {
            let hits = self.namespace_hits(label, name, from, busy);
            if !hits.is_empty() {
                return hits;
            }
        }
        self.member_of(hit, name, busy)
    }

    /// The file of a definition and how many parameters it has.
    fn place_of(&self, hit: &Hit) -> Option<Place> {
        match hit {
            Hit::Symbol(sym) => Some((sym.file, self.program.fact(*sym).params.len())),
            Hit::Binding(file, _) => Some((*file, 0)),
            Hit::Field(..) | Hit::Export(..) | Hit::Value(_) => None,
        }
    }

    /// Of several functions of one name and as many parameters, those that the file sees: its own, those of files that it
    /// includes or, of files that are no headers, that are `declared` there, else those in the nearest folder.
    fn prefer_seen(&self, hits: &mut Hits, declared: &SmallVec<[Place; 4]>, from: u32) {
        if hits.len() < 2 {
            return;
        }
        let is_only = self.file(from).semantics.one_function_per_name;
        let places: SmallVec<[Option<Place>; 4]> =
            hits.iter().map(|hit| self.place_of(hit)).collect();
        let is_seen = |file: u32| file == from || self.program.includes(from, file);
        let rank = |(file, params): Place| {
            if file == from && is_only {
                return 0;
            }
            let is_declared = || {
                let mut declarations = declared.iter();
                declarations.any(|(at, own)| *own == params && is_seen(*at))
            };
            if is_seen(file) || !is_only && is_source(&self.file(file).path) && is_declared() {
                return 1;
            }
            let shared = shared_folders(&self.file(from).path, &self.file(file).path);
            u32::MAX - shared
        };
        let ranks: SmallVec<[u32; 4]> = places
            .iter()
            .map(|place| place.map_or(u32::MAX, rank))
            .collect();
        let mut at = 0;
        hits.retain(|_| {
            let (own, own_rank) = (places[at], ranks[at]);
            at += 1;
            let nearer = places.iter().zip(&ranks).any(|(other, rank)| {
                let competes = match (own, other) {
                    (Some((_, own)), Some((_, other))) => is_only || own == *other,
                    _ => true,
                };
                competes && *rank < own_rank
            });
            !nearer
        });
    }

    /// Of several types of one full name (a source tree for each platform, a class that a module replaces), the one whose
    /// file is nearest: such trees are built one at a time.
    pub(super) fn prefer_near_types(&self, hits: &mut Hits, from: u32) {
        let semantics = self.file(from).semantics;
        if hits.len() < 2
            || semantics.late_binding.is_none() && semantics.namespace_family.is_empty()
        {
            return;
        }
        let mut files: SmallVec<[u32; 4]> = SmallVec::new();
        for hit in hits.iter() {
            match hit {
                Hit::Symbol(sym) if is_type_kind(self.program.kind(*sym)) => files.push(sym.file),
                _ => return,
            }
        }
        self.nearest(&mut files, from);
        hits.retain(|hit| matches!(hit, Hit::Symbol(sym) if files.contains(&sym.file)));
    }

    /// Keeps the files of the nearest module that `from` is built from, of those the ones that share most folders with it, and
    /// of those the ones that lie least deep.
    pub(super) fn nearest(&self, files: &mut SmallVec<[u32; 4]>, from: u32) {
        let rank = |file: u32| {
            let path = &self.file(file).path;
            let own = &self.file(from).path;
            let distance = self.program.project.module_distance(own, path);
            let shared = shared_folders(own, path);
            (distance, std::cmp::Reverse(shared), path.split('/').count())
        };
        let best = files.iter().map(|file| rank(*file)).min();
        files.retain(|file| Some(rank(*file)) == best);
    }

    /// Keeps the files of the nearest module that `from` is built from.
    pub(super) fn nearest_modules(&self, files: &mut SmallVec<[u32; 4]>, from: u32) {
        let own = &self.file(from).path;
        let project = &self.program.project;
        let distance = |file: u32| project.module_distance(own, &self.file(file).path);
        let best = files.iter().map(|file| distance(*file)).min();
        files.retain(|file| Some(distance(*file)) == best);
    }

    fn includes_text(&self, file: u32) -> bool {
        let imports = &self.file(file).facts.imports;
        let is_include = |flags: u32| flags & import_flag::INCLUDE != 0;
        imports.iter().any(|import| is_include(import.flags))
    }

    /// Whether the same label means the same namespace in two files.
    fn shares_namespaces(&self, a: u32, b: u32) -> bool {
        let (a, b) = (self.file(a), self.file(b));
        let family = a.semantics.namespace_family;
        a.language.name() == b.language.name()
            || (!family.is_empty() && family == b.semantics.namespace_family)
    }
}

/// Whether a file is no header: what it defines is declared for others elsewhere.
pub(super) fn is_source(path: &str) -> bool {
    let extension = path.rsplit_once('.');
    extension.is_some_and(|(_, extension)| extension.starts_with('c'))
}

/// Leading folders that two paths share.
fn shared_folders(left: &str, right: &str) -> u32 {
    let folders = |path: &str| crate::project::folder_of(path).split('/').count();
    let shared = left
        .split('/')
        .zip(right.split('/'))
        .take_while(|(left, right)| left == right)
        .count();
    shared.min(folders(left)).min(folders(right)) as u32
}
