//! What files give each other by name: imports, star imports, exports and re-exports.

use arc_graph::Rule;
use smallvec::SmallVec;

use crate::facts::{BlockId, Expr, ExprId, ImportId, import_flag};
use crate::resolve::file::File;
use crate::resolve::names::{Busy, Hit, Hits, Lookup, MAX_HOPS, Names, Use};
use crate::resolve::paths::value_of;
use crate::resolve::program::Target;
use crate::resolve::values::{NameId, Value};

impl Names<'_, '_> {
    pub(super) fn starred(&self, place: Use, block: BlockId, busy: &mut Busy) -> Option<Lookup> {
        let file = self.file(place.file);
        let name = file.global(place.name);
        let mut hits = Hits::new();
        for import in file.stars_of(block) {
            for target in self.star_targets(place.file, import, busy) {
                hits.extend(self.seen_member_of(&target, name, place.file, busy));
            }
        }
        prefer_inside(&mut hits);
        self.prefer_near_types(&mut hits, place.file);
        (!hits.is_empty()).then(|| Lookup::of(hits, Rule::Import))
    }

    /// What a star import opens.
    pub(super) fn star_targets(&self, index: u32, import: ImportId, busy: &mut Busy) -> Hits {
        let file = self.file(index);
        let is_text = file.facts.imports[import.index()].flags & import_flag::INCLUDE != 0;
        if !file.semantics.imports_are_paths || is_text {
            let targets = file
                .targets
                .get(import.index())
                .into_iter()
                .flatten()
                .take(1);
            let opened = targets.map(|target| Hit::Value(value_of(*target)));
            let fact = &file.facts.imports[import.index()];
            if !fact.name.is_some() {
                return opened.collect();
            }
            // The members of a type (`import static a.B.*`).
            let name = file.global(fact.name);
            let mut types = Hits::new();
            for namespace in opened.collect::<Hits>() {
                types.extend(self.member_of(&namespace, name, busy));
            }
            return types;
        }
        // The marker says that this very import is being opened.
        let marker = (index, NameId(u32::MAX - 1 - import.0));
        if busy.contains(&marker) || busy.len() > MAX_HOPS {
            return Hits::new();
        }
        busy.push(marker);
        let fact = &file.facts.imports[import.index()];
        let mut parts = file.facts.text(fact.module).split("::");
        let first = parts.next().unwrap_or("");
        let mut hits = match first {
            "crate" => Hits::from_iter([Hit::Value(self.root(index, fact.block, u32::MAX))]),
            "self" => Hits::from_iter([Hit::Value(self.root(index, fact.block, 0))]),
            "super" => Hits::from_iter([Hit::Value(self.root(index, fact.block, 1))]),
            _ => self.path_start(index, fact.block, first, busy),
        };
        let mut levels = 1;
        for part in parts {
            if part == "super" {
                levels += 1;
                hits = Hits::from_iter([Hit::Value(self.root(index, fact.block, levels))]);
                continue;
            }
            let name = self.program.intern(part);
            hits = hits
                .iter()
                .flat_map(|hit| self.member_of(hit, name, busy))
                .collect();
        }
        busy.pop();
        hits
    }

    /// What an import brings.
    pub(super) fn imported(&self, index: u32, import: ImportId, busy: &mut Busy) -> Hits {
        let file = self.file(index);
        // A search that is under way passes over what it has seen, and finds less.
        let is_whole = busy.is_new() && file.language.name() == self.language;
        let note = is_whole.then(|| self.hierarchy.imported(file, index, import));
        let Some(note) = note.flatten() else {
            return self.find_imported(index, import, busy);
        };
        match note.get() {
            Some(known) => known.clone(),
            None => {
                // What this search leaves behind must not tell the first one to ask from the others.
                let found = self.find_imported(index, import, &mut Busy::new());
                note.get_or_init(|| found).clone()
            }
        }
    }

    fn find_imported(&self, index: u32, import: ImportId, busy: &mut Busy) -> Hits {
        let file = self.file(index);
        let fact = &file.facts.imports[import.index()];
        let targets = file
            .targets
            .get(import.index())
            .map_or(&[][..], SmallVec::as_slice);
        let Some(first) = targets.first() else {
            return Hits::new();
        };
        if !fact.name.is_some() {
            if fact.flags & import_flag::COMMONJS != 0
                && let Target::File(target) = first
            {
                let whole = self.exported(*target, self.program.intern("="), busy);
                if !whole.is_empty() {
                    return whole;
                }
            }
            return Hits::from_iter([Hit::Value(value_of(*first))]);
        }
        let name = file.global(fact.name);
        let submodule = file.submodules.get(import.index()).copied().flatten();
        for target in targets {
            if Some(*target) == submodule {
                continue;
            }
            let mut hits = self.member_of(&Hit::Value(value_of(*target)), name, busy);
            self.prefer_near_types(&mut hits, index);
            if !hits.is_empty() {
                return hits;
            }
        }
        // A package that does not define the name: the name is its submodule.
        submodule
            .map(|submodule| Hit::Value(value_of(submodule)))
            .into_iter()
            .collect()
    }

    /// What other files see under a name of a file.
    pub(super) fn exported(&self, index: u32, name: NameId, busy: &mut Busy) -> Hits {
        if busy.contains(&(index, name)) || busy.len() > MAX_HOPS {
            return self.declared_module(index, name);
        }
        busy.push((index, name));
        let file = self.file(index);
        let mut hits = Hits::new();
        let has_exports = file.semantics.explicit_exports
            && (!file.facts.exports.is_empty() || self.re_exports(file));
        if has_exports {
            self.explicit_export(index, name, busy, &mut hits);
        } else if let Some(local) = file.local(name) {
            for binding in file.bindings(BlockId(0), local, u32::MAX) {
                self.add_binding(index, binding, busy, &mut hits);
            }
        }
        if hits.is_empty() && !has_exports && busy.follow((index, name)) {
            let passes = |import: &ImportId| {
                let flags = file.facts.imports[import.index()].flags;
                !file.semantics.imports_stay_inside || flags & import_flag::EXPORT_STAR != 0
            };
            for import in file.stars_of(BlockId(0)).filter(passes) {
                for target in self.star_targets(index, import, busy) {
                    hits.extend(self.member_of(&target, name, busy));
                }
            }
            prefer_inside(&mut hits);
        }
        busy.pop();
        self.prefer_definitions(&mut hits);
        hits
    }

    /// The submodule that a file declares under a name. With `mod job; pub use self::job::job;` the name stands for both, and
    /// whoever asks what the second one means needs the first alone.
    fn declared_module(&self, index: u32, name: NameId) -> Hits {
        let file = self.file(index);
        let local = file
            .local(name)
            .filter(|_| file.semantics.imports_are_paths);
        let bindings = local.map(|local| file.bindings(BlockId(0), local, u32::MAX));
        let declared = bindings.into_iter().flatten().filter_map(|binding| {
            let value = file.facts.bindings[binding as usize].value;
            let Expr::Import(import) = file.facts.exprs.expr(value) else {
                return None;
            };
            let flags = file.facts.imports[import.index()].flags;
            let target = file.targets.get(import.index())?.first()?;
            (flags & import_flag::SUBMODULE != 0).then(|| Hit::Value(value_of(*target)))
        });
        declared.collect()
    }

    fn re_exports(&self, file: &File<'_>) -> bool {
        file.facts
            .imports
            .iter()
            .any(|import| import.flags & import_flag::EXPORT_STAR != 0)
    }

    fn explicit_export(&self, index: u32, name: NameId, busy: &mut Busy, hits: &mut Hits) {
        let file = self.file(index);
        if let Some(local) = file.local(name) {
            for export in file.exports_of(local) {
                let named = self.path(index, file.facts.exports[export as usize].value, busy);
                if named.is_empty() {
                    hits.push(Hit::Export(index, export));
                } else {
                    hits.extend(named);
                }
            }
        }
        let text = self.program.text(name);
        let text = &*text;
        if !hits.is_empty() || text == "=" {
            return;
        }
        if let Some(whole) = file.local(self.program.intern("=")) {
            // `module.exports = {a}`: a name taken from a CommonJS module is a property of the whole.
            for export in file.exports_of(whole) {
                let value = file.facts.exports[export as usize].value;
                if text == "default" {
                    let named = self.path(index, value, busy);
                    hits.extend(named.iter().copied());
                    if named.is_empty() {
                        hits.push(Hit::Export(index, export));
                    }
                } else if let Some(property) = self.property(file, value, name) {
                    hits.extend(self.path(index, property, busy));
                } else {
                    let all = self.path(index, value, busy);
                    hits.extend(all.iter().flat_map(|hit| self.member_of(hit, name, busy)));
                }
            }
        }
        if hits.is_empty() && text != "default" {
            for (at, import) in file.facts.imports.iter().enumerate() {
                if import.flags & import_flag::EXPORT_STAR != 0 {
                    let target = file.targets.get(at).and_then(|targets| targets.first());
                    if let Some(target) = target {
                        hits.extend(self.member_of(&Hit::Value(value_of(*target)), name, busy));
                    }
                }
            }
        }
    }

    fn property(&self, file: &File<'_>, object: ExprId, name: NameId) -> Option<ExprId> {
        let exprs = &file.facts.exprs;
        let Expr::Object(properties) = exprs.get(object)?.expr else {
            return None;
        };
        let value = |property| match exprs.expr(property) {
            Expr::Keyword(key, value) if file.global(key) == name => Some(value),
            _ => None,
        };
        match file.entries_under(self.program, object, name) {
            Some(mut known) => known.find_map(value),
            None => file.facts.list(properties).find_map(value),
        }
    }
}

pub(super) fn is_outside(hit: &Hit) -> bool {
    matches!(hit, Hit::Value(Value::Outside(_)))
}

/// Of what several star imports offer, the project's own.
pub(super) fn prefer_inside(hits: &mut Hits) {
    if !hits.iter().all(is_outside) {
        hits.retain(|hit| !is_outside(hit));
    }
}
