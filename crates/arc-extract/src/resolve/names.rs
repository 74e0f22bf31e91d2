//! Names to definitions: through blocks outwards, imports, re-exports, star imports, namespaces and preludes.

use arc_graph::{NodeKind, Rule};
use smallvec::SmallVec;

use crate::facts::{BlockId, BlockKind, Expr, ExprId, ImportId, Name, flag, import_flag};
use crate::resolve::hierarchy::Hierarchy;
use crate::resolve::program::{File, Program, Target};
use crate::resolve::values::{NameId, Sym, Value};

/// Re-exports followed before giving up; longer chains are cycles.
const MAX_HOPS: usize = 64;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hit {
    /// A definition.
    Symbol(Sym),
    /// A variable: file and binding.
    Binding(u32, u32),
    /// A field made by assignment: its type, its name, the field if the source makes one.
    Field(Sym, NameId, Option<Sym>),
    /// An explicit export that is no name: file, position.
    Export(u32, u32),
    /// A module, a namespace, something outside.
    Value(Value),
}

pub(super) type Hits = SmallVec<[Hit; 1]>;

/// The names being looked up, to end cycles of imports.
pub(super) type Busy = Vec<(u32, NameId)>;

/// Names to definitions, given the types known so far.
#[derive(Clone, Copy)]
pub(super) struct Names<'p, 'a> {
    pub(super) program: &'p Program<'a>,
    pub(super) hierarchy: &'p Hierarchy,
    /// The language of the code that asks.
    pub(super) language: &'static str,
}

/// What was found, and how.
pub(super) struct Lookup {
    pub(super) hits: Hits,
    pub(super) rule: Rule,
    /// The hits are members of the type around the code.
    pub(super) is_member: bool,
}

impl Lookup {
    fn of(hits: Hits, rule: Rule) -> Lookup {
        Lookup {
            hits,
            rule,
            is_member: false,
        }
    }
}

/// Where a name is used.
#[derive(Clone, Copy)]
pub(super) struct Use {
    pub(super) file: u32,
    pub(super) block: BlockId,
    pub(super) name: Name,
    /// Bindings made at or after this are in the future; `u32::MAX` sees all.
    pub(super) at: u32,
}

impl<'a> Names<'_, 'a> {
    fn file(&self, file: u32) -> &File<'a> {
        self.program.file(file)
    }

    /// Looks a name up from a place in the code. Bindings for which `skip` holds are as if not there.
    pub(super) fn lookup(&self, place: Use, skip: &dyn Fn(u32) -> bool, busy: &mut Busy) -> Lookup {
        let file = self.file(place.file);
        let mut crossed = false;
        // A star import from outside may bring any name: it is asked when nobody else knows it.
        let mut outside = None;
        // Where paths name members (`Enum::Variant`), a plain name never means one.
        let by_path = file.semantics.imports_are_paths;
        for block in file.outwards(place.block) {
            let kind = file.block_kind(block);
            let hides =
                (kind == BlockKind::Class && (crossed || by_path)) || kind == BlockKind::Extension;
            let mut found: SmallVec<[u32; 4]> = SmallVec::new();
            for binding in file.bindings(block, place.name) {
                if !skip(binding) && (!hides || self.is_type_parameter(place.file, binding)) {
                    found.push(binding);
                }
            }
            if !found.is_empty() {
                if !crossed {
                    self.keep_reaching(file, place, &mut found);
                }
                let rule = if self.is_imported(file, &found) {
                    Rule::Import
                } else {
                    Rule::Scope
                };
                let mut hits = Hits::new();
                for binding in found {
                    self.add_binding(place.file, binding, busy, &mut hits);
                }
                if kind == BlockKind::Namespace {
                    self.prefer_definitions(&mut hits);
                    // What is only declared here may be defined in another file.
                    if hits.iter().all(|hit| self.is_declaration(hit))
                        && let Some(found) = self.in_namespace(place, block, busy)
                    {
                        return found;
                    }
                }
                if !hits.is_empty() {
                    return Lookup::of(hits, rule);
                }
            }
            if hides
                && file.semantics.members_in_scope
                && let Some(found) = self.own_member(place, block)
            {
                return found;
            }
            match self.starred(place, block, busy) {
                Some(found) if found.hits.iter().all(is_outside) => {
                    outside = outside.or(Some(found));
                }
                Some(found) => return found,
                None => {}
            }
            if kind == BlockKind::Namespace
                && let Some(found) = self.in_namespace(place, block, busy)
            {
                return found;
            }
            crossed |= kind == BlockKind::Function;
        }
        let beyond = self.beyond_the_file(place, busy);
        match outside {
            Some(outside) if beyond.hits.is_empty() => outside,
            _ => beyond,
        }
    }

    fn is_type_parameter(&self, file: u32, binding: u32) -> bool {
        let facts = self.file(file).facts;
        let value = facts.bindings[binding as usize].value;
        value.is_some() && matches!(facts.exprs[value.index()].expr, Expr::TypeParam(..))
    }

    fn is_imported(&self, file: &File<'_>, bindings: &[u32]) -> bool {
        bindings.iter().any(|binding| {
            let value = file.facts.bindings[*binding as usize].value;
            value.is_some()
                && match file.facts.exprs[value.index()].expr {
                    Expr::Import(_) => true,
                    Expr::Member(..) => file.semantics.imports_are_paths,
                    _ => false,
                }
        })
    }

    /// Keeps the bindings whose values can be there when the name is read: the last one that always runs before it and
    /// those after that may run, also by going round a loop. Functions and types are there from the start.
    fn keep_reaching(&self, file: &File<'_>, place: Use, found: &mut SmallVec<[u32; 4]>) {
        if place.at == u32::MAX || found.len() < 2 {
            return;
        }
        let facts = file.facts;
        let before = |binding: u32| facts.bindings[binding as usize].at <= place.at;
        let dominates =
            |binding: u32| file.encloses(facts.bindings[binding as usize].block, place.block);
        let last = found
            .iter()
            .copied()
            .rfind(|binding| before(*binding) && dominates(*binding));
        let from = last.map_or(0, |binding| facts.bindings[binding as usize].at);
        let loops: SmallVec<[BlockId; 4]> = file
            .outwards(place.block)
            .take_while(|block| file.block_kind(*block) != BlockKind::Function)
            .filter(|block| file.block_kind(*block) == BlockKind::Loop)
            .filter(|block| {
                // A value given inside the loop before the use hides the one of the last round.
                !last.is_some_and(|last| file.encloses(*block, facts.bindings[last as usize].block))
            })
            .collect();
        let reaches = |binding: u32| {
            let fact = &facts.bindings[binding as usize];
            if before(binding) {
                fact.at >= from && (fact.at > from || Some(binding) == last || last.is_none())
            } else {
                loops
                    .iter()
                    .any(|around| file.encloses(*around, fact.block))
            }
        };
        let kept: SmallVec<[u32; 4]> = found
            .iter()
            .copied()
            .filter(|binding| reaches(*binding))
            .collect();
        if !kept.is_empty() {
            *found = kept;
        }
    }

    fn own_member(&self, place: Use, block: BlockId) -> Option<Lookup> {
        let file = self.file(place.file);
        let class = self
            .hierarchy
            .class_around(self.program, place.file, block)?;
        let name = file.global(place.name);
        for (above, _) in self.hierarchy.order(class) {
            let members = self.hierarchy.own(above, name);
            if !members.is_empty() {
                let mut hits: Hits = members
                    .iter()
                    .map(|member| self.member_hit(above, name, *member))
                    .collect();
                self.prefer_definitions(&mut hits);
                return Some(Lookup {
                    hits,
                    rule: Rule::OwnMember,
                    is_member: true,
                });
            }
        }
        None
    }

    pub(super) fn member_hit(
        &self,
        class: Sym,
        name: NameId,
        member: super::hierarchy::Member,
    ) -> Hit {
        match member {
            super::hierarchy::Member::Field(field) => Hit::Field(class, name, Some(field)),
            super::hierarchy::Member::Binding(file, binding) => {
                let facts = self.file(file).facts;
                let value = facts.bindings[binding as usize].value;
                match value.is_some().then(|| facts.exprs[value.index()].expr) {
                    Some(Expr::Symbol(symbol)) => Hit::Symbol(Sym {
                        file,
                        symbol: symbol.0,
                    }),
                    _ => Hit::Binding(file, binding),
                }
            }
        }
    }

    fn starred(&self, place: Use, block: BlockId, busy: &mut Busy) -> Option<Lookup> {
        let file = self.file(place.file);
        let name = file.global(place.name);
        let mut hits = Hits::new();
        for import in file.stars_of(block) {
            for target in self.star_targets(place.file, import, busy) {
                hits.extend(self.member_of(&target, name, busy));
            }
        }
        prefer_inside(&mut hits);
        (!hits.is_empty()).then(|| Lookup::of(hits, Rule::Import))
    }

    /// What a star import opens.
    pub(super) fn star_targets(&self, index: u32, import: ImportId, busy: &mut Busy) -> Hits {
        let file = self.file(index);
        if !file.semantics.imports_are_paths {
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

    fn path_start(&self, index: u32, block: BlockId, text: &str, busy: &mut Busy) -> Hits {
        let file = self.file(index);
        match file.local(self.program.intern(text)) {
            Some(name) => {
                self.lookup(
                    Use {
                        file: index,
                        block,
                        name,
                        at: u32::MAX,
                    },
                    &|_| false,
                    busy,
                )
                .hits
            }
            None => {
                let targets = self.program.resolve_module(index, text, None);
                targets
                    .into_iter()
                    .take(1)
                    .map(|target| Hit::Value(value_of(target)))
                    .collect()
            }
        }
    }

    fn in_namespace(&self, place: Use, block: BlockId, busy: &mut Busy) -> Option<Lookup> {
        let file = self.file(place.file);
        let label = file.global(file.facts.blocks[block.index()].label);
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
        let text = self.program.text(label);
        let mut rest = &*text;
        while let Some((outer, _)) = rest.rsplit_once(file.semantics.separator) {
            let hits = self.namespace_hits(self.program.intern(outer), name, place.file, busy);
            if !hits.is_empty() {
                return Some(Lookup::of(hits, Rule::Scope));
            }
            rest = outer;
        }
        self.in_included_text(place, busy)
            .or_else(|| self.nested_namespace(place, &text))
    }

    /// What a file that is no header keeps to itself is seen where its text is included (`#include "dict.c"`).
    fn in_included_text(&self, place: Use, busy: &mut Busy) -> Option<Lookup> {
        let file = self.file(place.file);
        for (import, targets) in file.facts.imports.iter().zip(&file.targets) {
            let Some(Target::File(target)) = targets.first() else {
                continue;
            };
            let is_source = || {
                let path = &self.file(*target).path;
                path.rsplit_once('.')
                    .is_some_and(|(_, extension)| extension.starts_with('c'))
            };
            if import.flags & import_flag::INCLUDE != 0 && is_source() {
                let hits = self.exported(*target, file.global(place.name), busy);
                if !hits.is_empty() {
                    return Some(Lookup::of(hits, Rule::Import));
                }
            }
        }
        None
    }

    /// A name that is no definition may be that of a namespace inside one of those around.
    fn nested_namespace(&self, place: Use, around: &str) -> Option<Lookup> {
        let file = self.file(place.file);
        let separator = file.semantics.separator;
        let name = file.facts.text(place.name);
        let mut outer = around;
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
    fn namespace_hits(&self, label: NameId, name: NameId, from: u32, busy: &mut Busy) -> Hits {
        let mut hits = Hits::new();
        for (file, binding) in self.program.namespace_members(label, name) {
            // The same label in another language is another namespace.
            if self.file(*file).language.name() == self.file(from).language.name()
                || self.shares_namespaces(*file, from)
            {
                self.add_binding(*file, *binding, busy, &mut hits);
            }
        }
        self.prefer_definitions(&mut hits);
        self.prefer_near(&mut hits, from);
        hits
    }

    /// Of several functions of one name that are no overloads, the one that the file sees: its own, one of a file that it
    /// includes, else those in the nearest folder.
    fn prefer_near(&self, hits: &mut Hits, from: u32) {
        if hits.len() < 2 || !self.includes_text(from) {
            return;
        }
        let place = |hit: &Hit| match hit {
            Hit::Symbol(sym) => Some((sym.file, self.program.fact(*sym).params.len())),
            Hit::Binding(file, _) => Some((*file, 0)),
            Hit::Field(..) | Hit::Export(..) | Hit::Value(_) => None,
        };
        let places: SmallVec<[Option<(u32, usize)>; 4]> = hits.iter().map(place).collect();
        let rank = |file: u32| {
            if file == from {
                return 0;
            }
            if self.program.includes(from, file) {
                return 1;
            }
            let shared = shared_folders(&self.file(from).path, &self.file(file).path);
            u32::MAX - shared
        };
        let ranks: SmallVec<[u32; 4]> = places
            .iter()
            .map(|place| place.map_or(u32::MAX, |(file, _)| rank(file)))
            .collect();
        let is_c = self.file(from).language.name() == "c";
        let mut at = 0;
        hits.retain(|_| {
            let (own, own_rank) = (places[at], ranks[at]);
            at += 1;
            let nearer = places.iter().zip(&ranks).any(|(other, rank)| {
                let competes = match (own, other) {
                    (Some((_, own)), Some((_, other))) => is_c || own == *other,
                    _ => true,
                };
                competes && *rank < own_rank
            });
            !nearer
        });
    }

    fn includes_text(&self, file: u32) -> bool {
        let imports = &self.file(file).facts.imports;
        let is_include = |flags: u32| flags & import_flag::INCLUDE != 0;
        imports.iter().any(|import| is_include(import.flags))
    }

    /// C and C++ share their global scope, Java and Kotlin their packages: languages with one separator and one label.
    fn shares_namespaces(&self, a: u32, b: u32) -> bool {
        let family = |file: u32| match self.file(file).language.name() {
            "c" | "c++" => "c",
            "java" | "kotlin" | "scala" => "jvm",
            other => other,
        };
        family(a) == family(b)
    }

    fn is_declaration(&self, hit: &Hit) -> bool {
        match hit {
            Hit::Symbol(sym) => self
                .program
                .has_flag(*sym, flag::DECLARATION | flag::OVERLOAD),
            Hit::Binding(file, binding) => {
                let file = self.file(*file);
                let symbol = file.facts.bindings[*binding as usize].symbol;
                symbol.is_some() && file.symbol(symbol.0).flags & flag::DECLARATION != 0
            }
            Hit::Field(..) | Hit::Export(..) | Hit::Value(_) => false,
        }
    }

    pub(super) fn prefer_definitions(&self, hits: &mut Hits) {
        let is_declaration = |hit: &Hit| self.is_declaration(hit);
        if hits.len() > 1 && hits.iter().any(is_declaration) && !hits.iter().all(is_declaration) {
            hits.retain(|hit| !is_declaration(hit));
        }
    }

    fn beyond_the_file(&self, place: Use, busy: &mut Busy) -> Lookup {
        let file = self.file(place.file);
        let name = file.global(place.name);
        let mut hits = Hits::new();
        for prelude in self.program.preludes_of(file.language.name()) {
            if *prelude != place.file {
                hits.extend(self.exported(*prelude, name, busy));
            }
        }
        if hits.is_empty() && file.semantics.imports_are_paths {
            let targets =
                self.program
                    .resolve_module(place.file, file.facts.text(place.name), None);
            hits.extend(
                targets
                    .into_iter()
                    .take(1)
                    .map(|target| Hit::Value(value_of(target))),
            );
            return Lookup::of(hits, Rule::Import);
        }
        Lookup::of(hits, Rule::Scope)
    }

    /// What a binding stands for; paths and imports are followed to what they name.
    fn add_binding(&self, index: u32, position: u32, busy: &mut Busy, hits: &mut Hits) {
        let file = self.file(index);
        let binding = &file.facts.bindings[position as usize];
        let own = Hit::Binding(index, position);
        if !binding.value.is_some() {
            hits.push(own);
            return;
        }
        match file.facts.exprs[binding.value.index()].expr {
            Expr::Symbol(symbol) => hits.push(Hit::Symbol(Sym {
                file: index,
                symbol: symbol.0,
            })),
            Expr::Import(import) => hits.extend(self.imported(index, import, busy)),
            Expr::Member(..) | Expr::Name(_) | Expr::Root(_)
                if !binding.symbol.is_some() && file.semantics.imports_are_paths =>
            {
                let named = self.path(index, binding.value, busy);
                if named.is_empty() {
                    hits.push(own);
                } else {
                    hits.extend(named);
                }
            }
            _ => hits.push(own),
        }
    }

    /// What an import brings.
    pub(super) fn imported(&self, index: u32, import: ImportId, busy: &mut Busy) -> Hits {
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
            let hits = self.member_of(&Hit::Value(value_of(*target)), name, busy);
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
            return Hits::new();
        }
        busy.push((index, name));
        let file = self.file(index);
        let mut hits = Hits::new();
        let has_exports = file.semantics.explicit_exports
            && (!file.facts.exports.is_empty() || self.re_exports(file));
        if has_exports {
            self.explicit_export(index, name, busy, &mut hits);
        } else if let Some(local) = file.local(name) {
            for binding in file.bindings(BlockId(0), local) {
                self.add_binding(index, binding, busy, &mut hits);
            }
        }
        if hits.is_empty() && !has_exports {
            for import in file.stars_of(BlockId(0)) {
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
                } else if let Some(property) = self.property(file, value, text) {
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

    fn property(&self, file: &File<'_>, object: ExprId, name: &str) -> Option<ExprId> {
        let Expr::Object(properties) = file.facts.exprs.get(object.index())?.expr else {
            return None;
        };
        file.facts.list(properties).find_map(|property| {
            match file.facts.exprs[property.index()].expr {
                Expr::Keyword(key, value) if file.facts.text(key) == name => Some(value),
                _ => None,
            }
        })
    }

    /// What a path of names stands for, without evaluating anything.
    pub(super) fn path(&self, index: u32, expr: ExprId, busy: &mut Busy) -> Hits {
        let file = self.file(index);
        let Some(node) = file.facts.exprs.get(expr.index()) else {
            return Hits::new();
        };
        match node.expr {
            Expr::Symbol(symbol) => Hits::from_iter([Hit::Symbol(Sym {
                file: index,
                symbol: symbol.0,
            })]),
            Expr::Import(import) => self.imported(index, import, busy),
            Expr::Root(levels) => {
                Hits::from_iter([Hit::Value(self.root(index, node.block, levels))])
            }
            Expr::Name(name) => {
                let marker = (index, NameId(u32::MAX / 2 + expr.0));
                if busy.contains(&marker) || busy.len() > MAX_HOPS {
                    return Hits::new();
                }
                busy.push(marker);
                // A path does not start at the name that it gives a meaning to (`use foo::foo`).
                let own = |binding: u32| {
                    self.starts_at(file, file.facts.bindings[binding as usize].value, expr)
                };
                let place = Use {
                    file: index,
                    block: node.block,
                    name,
                    at: u32::MAX,
                };
                let hits = self.lookup(place, &own, busy).hits;
                busy.pop();
                hits
            }
            Expr::Member(base, name) => {
                let name = file.global(name);
                let bases = self.path(index, base, busy);
                bases
                    .iter()
                    .flat_map(|hit| self.member_of(hit, name, busy))
                    .collect()
            }
            _ => Hits::new(),
        }
    }

    /// Whether the path `value` has `start` as its first name.
    fn starts_at(&self, file: &File<'_>, value: ExprId, start: ExprId) -> bool {
        let mut at = value;
        while at.is_some() {
            if at == start {
                return true;
            }
            match file.facts.exprs[at.index()].expr {
                Expr::Member(base, _) => at = base,
                _ => return false,
            }
        }
        false
    }

    /// A member of a module, a namespace, a type's own body, or something outside.
    pub(super) fn member_of(&self, hit: &Hit, name: NameId, busy: &mut Busy) -> Hits {
        match *hit {
            Hit::Value(Value::Module(file)) => {
                let hits = self.exported(file, name, busy);
                if hits.is_empty() {
                    self.submodule(file, name)
                } else {
                    hits
                }
            }
            Hit::Value(Value::Namespace(label)) => self.in_label(label, name, busy),
            Hit::Value(Value::Outside(base)) => {
                let described = self.described(base.name(), name, busy);
                if !described.is_empty() {
                    return described;
                }
                let base = self.program.text(base.name());
                let text = format!("{base}.{}", self.program.text(name));
                Hits::from_iter([Hit::Value(Value::Outside(self.program.outside(&text)))])
            }
            Hit::Value(Value::Class(class, _)) | Hit::Symbol(class) => {
                if self.program.kind(class) == NodeKind::TypeAlias {
                    return Hits::new();
                }
                for (above, _) in self.hierarchy.order(class) {
                    let members = self.hierarchy.own(above, name);
                    if !members.is_empty() {
                        let mut hits = Hits::new();
                        for member in members {
                            match *member {
                                super::hierarchy::Member::Binding(file, binding) => {
                                    self.add_binding(file, binding, busy, &mut hits);
                                }
                                field @ super::hierarchy::Member::Field(_) => {
                                    hits.push(self.member_hit(above, name, field));
                                }
                            }
                        }
                        return hits;
                    }
                }
                self.in_inline_module(class, name, busy)
            }
            Hit::Value(_) | Hit::Binding(..) | Hit::Field(..) | Hit::Export(..) => Hits::new(),
        }
    }

    /// A member of a module outside that the prelude describes, or that only gives a built-in another home.
    fn described(&self, base: NameId, name: NameId, busy: &mut Busy) -> Hits {
        let module = self.program.text(base);
        let Some(file) = self.program.prelude_module(self.language, &module) else {
            return Hits::new();
        };
        let mut hits = self.exported(file, name, busy);
        if hits.is_empty() {
            for prelude in self.program.preludes_of(self.language) {
                hits.extend(self.exported(*prelude, name, busy));
            }
        }
        hits
    }

    /// Names of an inline module's block, also when the hierarchy is not known yet, and what it imports with a star.
    fn in_inline_module(&self, module: Sym, name: NameId, busy: &mut Busy) -> Hits {
        let file = self.file(module.file);
        let body = file.symbol(module.symbol).body;
        let mut hits = Hits::new();
        if !body.is_some() || busy.contains(&(module.file, name)) && busy.len() > MAX_HOPS {
            return hits;
        }
        if let Some(local) = file.local(name) {
            for binding in file.bindings(body, local) {
                self.add_binding(module.file, binding, busy, &mut hits);
            }
        }
        if hits.is_empty() {
            for import in file.stars_of(body) {
                for target in self.star_targets(module.file, import, busy) {
                    hits.extend(self.member_of(&target, name, busy));
                }
            }
            prefer_inside(&mut hits);
        }
        hits
    }

    fn in_label(&self, label: NameId, name: NameId, busy: &mut Busy) -> Hits {
        let mut hits = Hits::new();
        for (file, binding) in self.program.namespace_members(label, name) {
            self.add_binding(*file, *binding, busy, &mut hits);
        }
        self.prefer_definitions(&mut hits);
        if hits.is_empty() {
            let separator = self
                .program
                .namespace_files(label)
                .first()
                .map_or(".", |file| self.file(*file).semantics.separator);
            let nested = format!(
                "{}{separator}{}",
                self.program.text(label),
                self.program.text(name)
            );
            let nested = self.program.intern(nested.trim_start_matches(separator));
            if self.program.has_namespace(nested) {
                hits.push(Hit::Value(Value::Namespace(nested)));
            }
        }
        hits
    }

    /// A file that is a submodule of a package file by its place.
    fn submodule(&self, package: u32, name: NameId) -> Hits {
        let file = self.file(package);
        if file.semantics.explicit_exports || file.semantics.imports_are_paths || file.is_prelude {
            return Hits::new();
        }
        let targets = self
            .program
            .resolve_module(package, ".", Some(&self.program.text(name)));
        match targets.get(1) {
            Some(submodule @ Target::File(_)) => {
                Hits::from_iter([Hit::Value(value_of(*submodule))])
            }
            _ => Hits::new(),
        }
    }

    /// The crate or the module above a file that nobody declares, by its place.
    fn by_place(&self, file: u32, levels: u32) -> Option<u32> {
        if !self.file(file).semantics.imports_are_paths {
            return None;
        }
        let above = if levels == u32::MAX { "crate" } else { "super" };
        match self.program.resolve_module(file, above, None).first() {
            Some(Target::File(above)) if *above != file => Some(*above),
            _ => None,
        }
    }

    /// The module around a place (`levels` 0), `levels` above it, or the root of its crate (`u32::MAX`).
    pub(super) fn root(&self, mut file: u32, block: BlockId, levels: u32) -> Value {
        let mut block = block;
        let mut left = levels;
        // A file has far fewer enclosing modules than this; a cycle of `#[path]` has not.
        for _ in 0..256 {
            let source = self.file(file);
            let inline = source
                .outwards(block)
                .find(|block| source.block_kind(*block) == BlockKind::Module);
            let here = match inline {
                Some(block) => Value::Class(
                    Sym {
                        file,
                        symbol: source.facts.blocks[block.index()].symbol.0,
                    },
                    super::values::Args::NONE,
                ),
                None => Value::Module(file),
            };
            if left == 0 {
                return here;
            }
            match inline {
                Some(inline) => block = source.facts.blocks[inline.index()].parent,
                None => match self.program.parents[file as usize] {
                    Some((parent, at)) => {
                        file = parent;
                        block = at;
                    }
                    None => match self.by_place(file, left) {
                        Some(above) => {
                            file = above;
                            block = BlockId(0);
                        }
                        None => return here,
                    },
                },
            }
            if left != u32::MAX {
                left -= 1;
            }
        }
        Value::Module(file)
    }
}

fn is_outside(hit: &Hit) -> bool {
    matches!(hit, Hit::Value(Value::Outside(_)))
}

/// Of what several star imports offer, the project's own.
fn prefer_inside(hits: &mut Hits) {
    if !hits.iter().all(is_outside) {
        hits.retain(|hit| !is_outside(hit));
    }
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

pub(super) fn value_of(target: Target) -> Value {
    match target {
        Target::File(file) => Value::Module(file),
        Target::Namespace(label) => Value::Namespace(label),
        Target::Outside(name) => Value::Outside(name),
    }
}
