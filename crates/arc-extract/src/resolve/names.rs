//! Names to definitions: through blocks outwards, imports, re-exports, star imports, namespaces and preludes.

use arc_graph::{NodeKind, Rule};
use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use crate::facts::{BlockId, BlockKind, Expr, Name, Role, flag};
use crate::languages::MACRO_MARK;
use crate::resolve::exports::is_outside;
use crate::resolve::file::{Bound, File};
use crate::resolve::hierarchy::Hierarchy;
use crate::resolve::paths::value_of;
use crate::resolve::program::Program;
use crate::resolve::values::{NameId, Sym, Value};

/// Re-exports followed before giving up; longer chains are cycles.
pub(super) const MAX_HOPS: usize = 64;

/// Definitions of one name in one type or namespace that are looked at. Sets of values are given up long before; generated
/// code has thousands, and each use would look at all of them.
pub(super) const MAX_DEFINITIONS: usize = 256;

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

/// Where a search for a name is and has been.
#[derive(Default)]
pub(super) struct Busy {
    /// The names being looked up, to end cycles of imports.
    path: Vec<(u32, NameId)>,
    /// Files whose star imports were followed for a name. What they give has been found: to follow them again on every
    /// way that leads to them takes time that doubles with each file.
    starred: FxHashSet<(u32, NameId)>,
}

impl Busy {
    pub(super) fn new() -> Busy {
        Busy::default()
    }

    /// Whether nothing has been looked for yet.
    pub(super) fn is_new(&self) -> bool {
        self.path.is_empty() && self.starred.is_empty()
    }

    pub(super) fn contains(&self, place: &(u32, NameId)) -> bool {
        self.path.contains(place)
    }

    pub(super) fn push(&mut self, place: (u32, NameId)) {
        self.path.push(place);
    }

    pub(super) fn pop(&mut self) {
        self.path.pop();
    }

    pub(super) fn len(&self) -> usize {
        self.path.len()
    }

    /// Whether the star imports of a file have not been followed for a name yet.
    pub(super) fn follow(&mut self, place: (u32, NameId)) -> bool {
        self.starred.insert(place)
    }
}

/// Names to definitions, given the types known so far.
#[derive(Clone, Copy)]
pub(super) struct Names<'p, 'a> {
    pub(super) program: &'p Program<'a>,
    pub(super) hierarchy: &'p Hierarchy,
    /// The language of the code that asks.
    pub(super) language: &'static str,
}

/// What was found, and how.
#[derive(Clone)]
pub(super) struct Lookup {
    pub(super) hits: Hits,
    pub(super) rule: Rule,
    /// The hits are members of the type around the code.
    pub(super) is_member: bool,
}

impl Lookup {
    pub(super) fn of(hits: Hits, rule: Rule) -> Lookup {
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

/// Whether names declared in a block of this kind are variables of the code that runs there.
pub(super) fn is_local(kind: BlockKind) -> bool {
    match kind {
        BlockKind::Function | BlockKind::Plain | BlockKind::Branch | BlockKind::Loop => true,
        BlockKind::File
        | BlockKind::Namespace
        | BlockKind::Class
        | BlockKind::Extension
        | BlockKind::Module => false,
    }
}

impl<'a> Names<'_, 'a> {
    pub(super) fn file(&self, file: u32) -> &File<'a> {
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
        let is_bound = file.is_bound(place.name);
        for block in file.outwards(place.block) {
            let kind = file.block_kind(block);
            let hides =
                (kind == BlockKind::Class && (crossed || by_path)) || kind == BlockKind::Extension;
            let mut found: SmallVec<[u32; 4]> = SmallVec::new();
            let bindings = is_bound.then(|| file.bindings(block, place.name, place.at));
            for binding in bindings.into_iter().flatten() {
                if !skip(binding) && (!hides || file.bound(binding) == Bound::TypeParameter) {
                    found.push(binding);
                }
            }
            if !crossed && is_local(kind) {
                found.retain(|binding| self.may_be_there(file, place, *binding));
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
                    self.merge(&mut hits);
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
            // Where constructors have the name of their class, what a base inherits would hide the base.
            let inherits = kind == BlockKind::Class && !file.semantics.constructors.is_empty();
            if (hides || inherits)
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
            if (kind == BlockKind::Namespace || kind == BlockKind::Extension)
                && let Some(found) = self.in_namespace(place, block, busy)
            {
                return found;
            }
            crossed |= kind == BlockKind::Function;
        }
        let beyond = match self.around_the_text(place, busy) {
            Some(found) => found,
            None => self.beyond_the_file(place, busy),
        };
        match outside {
            Some(outside) if beyond.hits.is_empty() => outside,
            _ => beyond,
        }
    }

    /// Puts the interface that stands for several in the place of its parts.
    fn merge(&self, hits: &mut Hits) {
        let merged = &self.program.merged;
        if merged.is_empty() {
            return;
        }
        for hit in hits {
            if let Hit::Symbol(sym) = hit {
                *sym = merged.whole(*sym);
            }
        }
    }

    /// What stands around the place where another file includes the text of this one.
    fn around_the_text(&self, place: Use, busy: &mut Busy) -> Option<Lookup> {
        let (around, block) = *self.program.surroundings.get(&place.file)?;
        let marker = (place.file, NameId::NONE);
        // Files may include each other in circles.
        if busy.contains(&marker) || busy.len() > MAX_HOPS {
            return None;
        }
        let name = self.file(place.file).global(place.name);
        let place = Use {
            file: around,
            block,
            name: self.file(around).local(name)?,
            at: u32::MAX,
        };
        busy.push(marker);
        let found = self.lookup(place, &|_| false, busy);
        busy.pop();
        (!found.hits.is_empty()).then_some(found)
    }

    fn is_imported(&self, file: &File<'_>, bindings: &[u32]) -> bool {
        let mut bindings = bindings.iter();
        bindings.any(|binding| match file.bound(*binding) {
            Bound::Import => true,
            Bound::Member => file.semantics.imports_are_paths,
            Bound::Variable | Bound::Own | Bound::Symbol | Bound::Name | Bound::TypeParameter => {
                false
            }
        })
    }

    /// Whether a local binding can have been made when the name is read: before it in the text, or in an earlier round of a
    /// loop that does not make the variable anew. In `let x = x()` the second name is another one.
    fn may_be_there(&self, file: &File<'_>, place: Use, binding: u32) -> bool {
        let fact = &file.facts.bindings[binding as usize];
        let is_hoisted = || file.bound(binding).is_definition();
        let outlives =
            |around: BlockId| !fact.scope.is_some() || !file.encloses(around, fact.scope);
        fact.at <= place.at
            || is_hoisted()
            || file
                .outwards(place.block)
                .take_while(|block| file.block_kind(*block) != BlockKind::Function)
                .filter(|block| file.block_kind(*block) == BlockKind::Loop)
                .any(|around| file.encloses(around, fact.block) && outlives(around))
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
        // A variable does not replace the type of its name where types have names of their own.
        let is_type = |binding: u32| file.makes_only_type(binding);
        // What is used by its path is an item, of which there may be a type, a value and a macro of one name.
        let is_used = |binding: u32| {
            let value = facts.bindings[binding as usize].value;
            file.semantics.imports_are_paths && facts.exprs.role(value) == Role::Import as u8
        };
        let kept: SmallVec<[u32; 4]> = found
            .iter()
            .copied()
            .filter(|binding| reaches(*binding) || is_type(*binding) || is_used(*binding))
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
        // Where methods have names of their own, what is written without parentheses is none.
        let is_variable =
            file.semantics.late_binding.is_some() && !file.facts.text(place.name).ends_with("()");
        // Where constructors are called like their types, the name means the type: `A::f()` inside of `A`.
        let named_like_types = file.semantics.constructors.is_empty();
        // Where a type does not hide what it inherits under a name, a call chooses among all of it.
        let adds_overloads = file.semantics.overloads && !named_like_types;
        let mut found = Hits::new();
        for (above, _, members) in self.hierarchy.having(class, name, 0) {
            let hits = members
                .iter()
                .map(|member| self.member_hit(above, name, *member));
            found.extend(
                hits.filter(|hit| !is_variable || !self.is_method(hit))
                    .filter(|hit| !named_like_types || !self.is_constructor(hit)),
            );
            let may_be_more = adds_overloads && found.iter().all(|hit| self.is_method(hit));
            if !found.is_empty() && !may_be_more {
                break;
            }
        }
        self.prefer_definitions(&mut found);
        (!found.is_empty()).then_some(Lookup {
            hits: found,
            rule: Rule::OwnMember,
            is_member: true,
        })
    }

    fn is_constructor(&self, hit: &Hit) -> bool {
        matches!(hit, Hit::Symbol(sym) if self.program.has_flag(*sym, flag::CONSTRUCTOR))
    }

    fn is_method(&self, hit: &Hit) -> bool {
        matches!(hit, Hit::Symbol(sym) if self.program.kind(*sym) == NodeKind::Method)
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
                match self.file(file).bound_symbol(binding) {
                    Some(symbol) => Hit::Symbol(Sym {
                        file,
                        symbol: symbol.0,
                    }),
                    None => Hit::Binding(file, binding),
                }
            }
        }
    }

    pub(super) fn is_declaration(&self, hit: &Hit) -> bool {
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

    /// What the name of a macro means where it is used: what its plain name does, else the macro of that name in the nearest file.
    fn macro_named(&self, place: Use, busy: &mut Busy) -> Option<Lookup> {
        let file = self.file(place.file);
        let plain = file.facts.text(place.name).strip_suffix(MACRO_MARK)?;
        if let Some(name) = file.local(self.program.intern(plain)) {
            let mut found = self.lookup(Use { name, ..place }, &|_| false, busy);
            found.hits.retain(|hit| self.may_be_macro(hit));
            // A `use` that leads to nothing we know stays a binding: `#[macro_export]` puts a macro where no path leads.
            let is_bound = |hit: &Hit| matches!(hit, Hit::Binding(..));
            if !found.hits.iter().all(is_bound) {
                return Some(found);
            }
        }
        let label = self.program.known(file.semantics.global_namespace)?;
        let mut hits = self.namespace_hits(label, file.global(place.name), place.file, busy);
        let mut files: SmallVec<[u32; 4]> = SmallVec::new();
        files.extend(hits.iter().filter_map(|hit| match hit {
            Hit::Symbol(sym) => Some(sym.file),
            Hit::Binding(..) | Hit::Field(..) | Hit::Export(..) | Hit::Value(_) => None,
        }));
        self.nearest(&mut files, place.file);
        hits.retain(|hit| matches!(hit, Hit::Symbol(sym) if files.contains(&sym.file)));
        // A macro of that name may come from outside without a word.
        Some(Lookup::of(hits, Rule::Macro))
    }

    /// Whether a macro can be meant: a type has its name beside it (`trait Data`, `Data!`).
    fn may_be_macro(&self, hit: &Hit) -> bool {
        match hit {
            Hit::Symbol(sym) => matches!(
                self.program.kind(*sym),
                NodeKind::Macro | NodeKind::Function
            ),
            Hit::Binding(..) | Hit::Field(..) | Hit::Export(..) | Hit::Value(_) => true,
        }
    }

    fn beyond_the_file(&self, place: Use, busy: &mut Busy) -> Lookup {
        let file = self.file(place.file);
        if file.semantics.imports_are_paths
            && let Some(found) = self.macro_named(place, busy)
        {
            return found;
        }
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
        let global = file.semantics.global_namespace;
        if hits.is_empty()
            && !global.is_empty()
            && let Some(label) = self.program.known(global)
        {
            hits = self.namespace_hits(label, name, place.file, busy);
            let text = file.facts.text(place.name);
            if hits.is_empty() && file.semantics.global_objects.contains(&text) {
                hits.push(Hit::Value(Value::Namespace(label)));
            }
        }
        Lookup::of(hits, Rule::Scope)
    }

    /// What a binding stands for; paths and imports are followed to what they name.
    pub(super) fn add_binding(&self, index: u32, position: u32, busy: &mut Busy, hits: &mut Hits) {
        let file = self.file(index);
        let own = Hit::Binding(index, position);
        if let Some(symbol) = file.bound_symbol(position) {
            hits.push(Hit::Symbol(Sym {
                file: index,
                symbol: symbol.0,
            }));
            return;
        }
        let binding = &file.facts.bindings[position as usize];
        match file.bound(position) {
            Bound::Import => {
                if let Expr::Import(import) = file.facts.exprs.expr(binding.value) {
                    for hit in self.imported(index, import, busy) {
                        if !hits.contains(&hit) {
                            hits.push(hit);
                        }
                    }
                }
            }
            Bound::Member | Bound::Name
                if !binding.symbol.is_some() && file.semantics.imports_are_paths =>
            {
                let named = self.path(index, binding.value, busy);
                if named.is_empty() {
                    hits.push(own);
                } else {
                    hits.extend(named);
                }
            }
            Bound::Variable
            | Bound::Own
            | Bound::Symbol
            | Bound::Member
            | Bound::Name
            | Bound::TypeParameter => hits.push(own),
        }
    }
}
