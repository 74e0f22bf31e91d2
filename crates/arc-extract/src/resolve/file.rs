//! One file as the resolver sees it: its facts, with indexes over names, scopes, units and literals.

use std::sync::OnceLock;

use arc_graph::NodeKind;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::facts::{
    Binding, BlockId, BlockKind, Expr, ExprId, ExprNode, FileFacts, ImportId, Name, SymbolFact,
    SymbolId, Unpacked, flag, import_flag,
};
use crate::languages::{Language, Semantics};
use crate::resolve::hierarchy::{is_type_kind, is_type_only};
use crate::resolve::literals::LiteralKeys;
use crate::resolve::program::{Program, Target};
use crate::resolve::scopes::Scopes;
use crate::resolve::tables::Unit;
use crate::resolve::values::NameId;

/// Bindings of one name in one block that are looked at before a place, and as many after it: each use of a variable that is
/// given a value thousands of times would else look at all of them.
const MAX_NEAR: usize = 128;

/// Where a literal is put, which may say of what type it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placed {
    /// In a place of this declared type.
    Declared(ExprId),
    /// It is what a function of this declared result gives.
    Returned(ExprId),
    /// It is an argument of a call, at a position.
    Argument(ExprId, u32),
    /// It is a property of an object literal.
    Property(ExprId, Name),
    /// It is an element of a list literal.
    Element(ExprId),
}

/// What gives a binding its value, as far as it decides what the name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    /// Some value, or none.
    Variable,
    /// The definition that the binding makes.
    Own,
    /// Another definition.
    Symbol,
    /// What an import names.
    Import,
    /// A member of something.
    Member,
    /// A name, or the root of a path.
    Name,
    /// A type parameter.
    TypeParameter,
}

impl Bound {
    fn of(binding: &Binding, exprs: &Unpacked) -> Bound {
        match exprs.get(binding.value).map(|node| node.expr) {
            Some(Expr::Symbol(symbol)) if symbol == binding.symbol => Bound::Own,
            // A variable with a type of its own is more than the function that it starts with.
            Some(Expr::Symbol(_)) if binding.declared.is_some() => Bound::Variable,
            Some(Expr::Symbol(_)) => Bound::Symbol,
            Some(Expr::Import(_)) => Bound::Import,
            Some(Expr::Member(..)) => Bound::Member,
            Some(Expr::Name(_) | Expr::Root(_)) => Bound::Name,
            Some(Expr::TypeParam(..)) => Bound::TypeParameter,
            _ => Bound::Variable,
        }
    }

    /// Whether it is a function or type, which is there from the start of its scope.
    pub(super) fn is_definition(self) -> bool {
        matches!(self, Bound::Own | Bound::Symbol)
    }
}

/// A file made searchable.
pub(super) struct File<'a> {
    pub(super) path: String,
    pub(super) language: &'static dyn Language,
    pub(super) semantics: &'static Semantics,
    pub(super) facts: &'a FileFacts,
    /// It declares what lies outside the project.
    pub(super) is_prelude: bool,
    /// Local names in the order of their global names. Only files whose names other files ask for have it.
    local_names: OnceLock<Box<[Name]>>,
    scopes: Scopes,
    /// What each binding stands for.
    bound: Box<[Bound]>,
    /// Blocks that hold star imports, sorted.
    stars: Vec<(BlockId, ImportId)>,
    /// What each import names.
    pub(super) targets: Vec<SmallVec<[Target; 2]>>,
    /// The one of them that is the imported name as a submodule of the imported package.
    pub(super) submodules: Vec<Option<Target>>,
    /// Explicit exports by name, sorted.
    exports: Vec<(Name, u32)>,
    /// The call that a function literal is an argument of: its expression and the position.
    pub(super) argument_of: FxHashMap<u32, (ExprId, u32)>,
    /// The type that the place of a function literal declares: of the variable or field it is given to, of a cast, of the
    /// function that returns it.
    pub(super) expected_type: FxHashMap<u32, ExprId>,
    /// Functions and types with each of their decorators, sorted.
    pub(super) decorated: Vec<(u32, ExprId)>,
    /// The object literal that a function literal is a property of, and the property's name.
    pub(super) object_of: FxHashMap<u32, (ExprId, Name)>,
    /// Where the keys of large literals stand. Only files whose literals are asked have it.
    literal_keys: OnceLock<LiteralKeys>,
    /// Where object and list literals are put that may hold functions.
    pub(super) placed: FxHashMap<ExprId, Placed>,
    /// Parameters that are used as the key of a container: function and position.
    pub(super) keys: FxHashSet<(u32, u32)>,
    /// Members given values under a constant key, sorted by name: the name, the moment, the position in the facts.
    stores: Vec<(Name, u32, u32)>,
    /// Returns and yields by function, sorted.
    pub(super) returns: Vec<(u32, bool, ExprId)>,
    /// The unit of each block: of the innermost function around it, 0 outside of functions.
    block_units: Vec<Unit>,
    /// The expressions that end a unit outside of functions, sorted.
    roots: Vec<ExprId>,
    /// Units of functions, and unit 0.
    function_units: Unit,
}

impl<'a> File<'a> {
    /// The same with the same facts from another place.
    pub(super) fn with_facts<'b>(self, facts: &'b FileFacts) -> File<'b> {
        let File {
            facts: _,
            path,
            language,
            semantics,
            is_prelude,
            local_names,
            scopes,
            bound,
            stars,
            targets,
            submodules,
            exports,
            argument_of,
            expected_type,
            decorated,
            object_of,
            literal_keys,
            placed,
            keys,
            stores,
            returns,
            block_units,
            roots,
            function_units,
        } = self;
        File {
            facts,
            path,
            language,
            semantics,
            is_prelude,
            local_names,
            scopes,
            bound,
            stars,
            targets,
            submodules,
            exports,
            argument_of,
            expected_type,
            decorated,
            object_of,
            literal_keys,
            placed,
            keys,
            stores,
            returns,
            block_units,
            roots,
            function_units,
        }
    }
}

impl File<'_> {
    pub(super) fn global(&self, name: Name) -> NameId {
        self.facts
            .names
            .number(name.index())
            .map_or(NameId::NONE, NameId)
    }

    pub(super) fn local(&self, name: NameId) -> Option<Name> {
        let names = self.local_names.get_or_init(|| {
            let mut names: Box<[Name]> = (0..self.facts.names.len() as u32).map(Name).collect();
            names.sort_unstable_by_key(|name| self.global(*name));
            names
        });
        let at = names.binary_search_by_key(&name, |known| self.global(*known));
        at.ok().map(|at| names[at])
    }

    /// All bindings of a name with their blocks.
    pub(super) fn bound_in(&self, name: Name) -> &[(BlockId, u32)] {
        self.scopes.of(name)
    }

    /// Whether a name is bound anywhere in the file.
    pub(super) fn is_bound(&self, name: Name) -> bool {
        !self.scopes.of(name).is_empty()
    }

    /// The bindings of a name declared in a block, in order of writing. Of very many, those nearest to the moment `at`.
    pub(super) fn bindings(
        &self,
        block: BlockId,
        name: Name,
        at: u32,
    ) -> impl ExactSizeIterator<Item = u32> + '_ {
        let known = self.scopes.of(name);
        let start = known.partition_point(|(known, _)| *known < block);
        let mut found = &known[start..];
        found = &found[..found.partition_point(|(known, _)| *known == block)];
        if found.len() > MAX_NEAR {
            let is_before =
                |(_, binding): &(BlockId, u32)| self.facts.bindings[*binding as usize].at <= at;
            let here = found.partition_point(is_before);
            let end = (here + MAX_NEAR).min(found.len());
            found = &found[here.saturating_sub(MAX_NEAR)..end];
        }
        found.iter().map(|(_, binding)| *binding)
    }

    /// What a binding stands for.
    pub(super) fn bound(&self, binding: u32) -> Bound {
        self.bound[binding as usize]
    }

    /// The definition that a binding gives a name, if it does.
    pub(super) fn bound_symbol(&self, binding: u32) -> Option<SymbolId> {
        let fact = &self.facts.bindings[binding as usize];
        match self.bound(binding) {
            Bound::Own => Some(fact.symbol),
            Bound::Symbol => match self.facts.exprs.expr(fact.value) {
                Expr::Symbol(symbol) => Some(symbol),
                _ => None,
            },
            Bound::Variable
            | Bound::Import
            | Bound::Member
            | Bound::Name
            | Bound::TypeParameter => None,
        }
    }

    /// The type that a binding gives to its decorators.
    pub(super) fn decorated_type(&self, binding: u32) -> Option<u32> {
        let exprs = &self.facts.exprs;
        let mut value = self.facts.bindings[binding as usize].value;
        let Expr::Decorated(..) = exprs.expr(value) else {
            return None;
        };
        while let Expr::Decorated(_, inner) = exprs.expr(value) {
            value = inner;
        }
        match exprs.expr(value) {
            Expr::Symbol(symbol) => {
                let kind = NodeKind::from_number(self.symbol(symbol.0).kind)?;
                is_type_kind(kind).then_some(symbol.0)
            }
            _ => None,
        }
    }

    /// Whether what a binding makes is declared here and defined elsewhere.
    pub(super) fn only_declares(&self, binding: u32) -> bool {
        let symbol = self.facts.bindings[binding as usize].symbol;
        symbol.is_some() && self.symbol(symbol.0).flags & (flag::DECLARATION | flag::OVERLOAD) != 0
    }

    /// Whether a binding makes a type that no variable of the name replaces.
    pub(super) fn makes_only_type(&self, binding: u32) -> bool {
        let symbol = self.facts.bindings[binding as usize].symbol;
        let kind = self.facts.symbols.get(symbol.index());
        let kind = kind.and_then(|symbol| NodeKind::from_number(symbol.kind));
        self.semantics.types_apart
            && self.bound(binding) == Bound::Own
            && kind.is_some_and(is_type_only)
    }

    /// Star imports of a block.
    pub(super) fn stars_of(&self, block: BlockId) -> impl Iterator<Item = ImportId> + '_ {
        let start = self.stars.partition_point(|(b, _)| *b < block);
        self.stars[start..]
            .iter()
            .take_while(move |(b, _)| *b == block)
            .map(|(_, import)| *import)
    }

    /// The entries of a map or object literal that may give a key its value, in order: those written under it, and what is
    /// spread. `None` for a small literal, whose entries are all looked at.
    pub(super) fn entries_under<'f>(
        &'f self,
        program: &Program<'_>,
        literal: ExprId,
        key: NameId,
    ) -> Option<impl Iterator<Item = ExprId> + use<'f>> {
        let keys = self
            .literal_keys
            .get_or_init(|| LiteralKeys::of(self, program));
        keys.under(literal, key)
    }

    /// Whether a function or type has a decorator.
    pub(super) fn is_decorated(&self, symbol: u32) -> bool {
        let known = |(known, _): &(u32, ExprId)| known.cmp(&symbol);
        self.decorated.binary_search_by(known).is_ok()
    }

    /// Notes where a literal that may hold functions is put.
    fn place(&mut self, exprs: &Unpacked, literal: ExprId, place: Placed) {
        let facts = self.facts;
        let holds = |id: ExprId| {
            let value = exprs.expr(keyword_value(exprs, id));
            matches!(
                value,
                Expr::Symbol(_)
                    | Expr::Object(_)
                    | Expr::List(_)
                    | Expr::Name(_)
                    | Expr::Member(..)
            )
        };
        if let Expr::Object(parts) | Expr::List(parts) = exprs.expr(literal)
            && self.semantics.explicit_exports
            && facts.list(parts).any(holds)
        {
            self.placed.insert(literal, place);
        }
    }

    /// Explicit exports of a name.
    pub(super) fn exports_of(&self, name: Name) -> impl Iterator<Item = u32> + '_ {
        let start = self.exports.partition_point(|(n, _)| *n < name);
        self.exports[start..]
            .iter()
            .take_while(move |(n, _)| *n == name)
            .map(|(_, export)| *export)
    }

    /// How many units the file has.
    pub(super) fn unit_count(&self) -> usize {
        self.function_units as usize + self.roots.len() + 1
    }

    /// The unit that each expression belongs to.
    pub(super) fn units(&self, exprs: &Unpacked) -> Box<[Unit]> {
        let mut ended = 0;
        let unit_of = |(id, node): (usize, ExprNode)| {
            while self.roots.get(ended).is_some_and(|root| root.index() < id) {
                ended += 1;
            }
            match self.block_units.get(node.block.index()) {
                Some(0) | None => self.function_units + ended as Unit,
                Some(unit) => *unit,
            }
        };
        exprs.iter().enumerate().map(unit_of).collect()
    }

    /// The function that a block is in, as its unit; 0 outside of functions.
    pub(super) fn unit_of_block(&self, block: BlockId) -> Unit {
        self.block_units.get(block.index()).copied().unwrap_or(0)
    }

    /// The unit of a function's body; 0 for what has none.
    pub(super) fn unit_of_symbol(&self, symbol: u32) -> Unit {
        let body = self.symbol(symbol).body;
        self.block_units.get(body.index()).copied().unwrap_or(0)
    }

    pub(super) fn symbol(&self, symbol: u32) -> &SymbolFact {
        &self.facts.symbols[symbol as usize]
    }

    pub(super) fn block_kind(&self, block: BlockId) -> BlockKind {
        match self.facts.blocks[block.index()].kind {
            0 => BlockKind::File,
            1 => BlockKind::Namespace,
            2 => BlockKind::Class,
            3 => BlockKind::Function,
            5 => BlockKind::Branch,
            6 => BlockKind::Loop,
            7 => BlockKind::Extension,
            8 => BlockKind::Module,
            _ => BlockKind::Plain,
        }
    }

    /// The block and those around it, outwards.
    pub(super) fn outwards(&self, block: BlockId) -> impl Iterator<Item = BlockId> + '_ {
        std::iter::successors(Some(block).filter(|block| block.is_some()), |block| {
            Some(self.facts.blocks[block.index()].parent).filter(|parent| parent.is_some())
        })
    }

    /// Whether `outer` is `block` or around it.
    pub(super) fn encloses(&self, outer: BlockId, block: BlockId) -> bool {
        // A block's number is larger than its parent's.
        self.outwards(block)
            .take_while(|around| *around >= outer)
            .any(|around| around == outer)
    }

    /// What is given a value under a name, with the moment, in order.
    pub(super) fn stores_of(&self, name: Name) -> &[(Name, u32, u32)] {
        let start = self.stores.partition_point(|(known, _, _)| *known < name);
        let count = self.stores[start..].partition_point(|(known, _, _)| *known == name);
        &self.stores[start..start + count]
    }

    /// Results of a function.
    pub(super) fn returns_of(&self, symbol: u32) -> impl Iterator<Item = (bool, ExprId)> + '_ {
        let start = self.returns.partition_point(|(s, _, _)| *s < symbol);
        self.returns[start..]
            .iter()
            .take_while(move |(s, _, _)| *s == symbol)
            .map(|(_, y, e)| (*y, *e))
    }
}

pub(super) fn index_file<'a>(
    path: String,
    language: &'static dyn Language,
    facts: &'a FileFacts,
    is_prelude: bool,
) -> File<'a> {
    let mut file = File {
        path,
        language,
        semantics: language.semantics(),
        facts,
        is_prelude,
        local_names: OnceLock::new(),
        scopes: Scopes::default(),
        bound: Box::default(),
        stars: Vec::new(),
        targets: Vec::new(),
        submodules: Vec::new(),
        exports: facts
            .exports
            .iter()
            .enumerate()
            .map(|(at, export)| (export.name, at as u32))
            .collect(),
        argument_of: FxHashMap::default(),
        expected_type: FxHashMap::default(),
        decorated: Vec::new(),
        object_of: FxHashMap::default(),
        literal_keys: OnceLock::new(),
        placed: FxHashMap::default(),
        keys: FxHashSet::default(),
        stores: Vec::new(),
        returns: facts
            .returns
            .iter()
            .map(|fact| (fact.symbol.0, fact.is_yield, fact.value))
            .collect(),
        block_units: Vec::new(),
        roots: Vec::new(),
        function_units: 0,
    };
    let exprs = facts.exprs.unpacked();
    let bound = facts.bindings.iter();
    file.bound = bound.map(|binding| Bound::of(binding, &exprs)).collect();
    index_units(&mut file, &exprs);
    file.exports.sort_unstable();
    file.returns.sort_by_key(|(symbol, _, _)| *symbol);
    index_scopes(&mut file);
    for (at, import) in facts.imports.iter().enumerate() {
        if import.flags & import_flag::STAR != 0 {
            file.stars.push((import.block, ImportId(at as u32)));
        }
    }
    file.stars.sort_unstable();
    index_literals(&mut file, &exprs);
    file.decorated.sort_unstable();
    index_expected(&mut file, &exprs);
    index_stores(&mut file, &exprs);
    file
}

/// Keys that are parameters, and what is put under a constant key.
fn index_stores(file: &mut File<'_>, exprs: &Unpacked) {
    let facts = file.facts;
    for node in exprs.iter() {
        if let Expr::Index(_, key) = node.expr
            && let Some(Expr::Name(name)) = exprs.get(key).map(|node| node.expr)
            && let Some(block) = facts.blocks.get(node.block.index())
        {
            let params = &facts.symbols[block.symbol.index()].params;
            if let Some(at) = params.iter().position(|param| param.name == name) {
                file.keys.insert((block.symbol.0, at as u32));
            }
        }
    }
    for (position, fact) in facts.members.iter().enumerate() {
        if fact.name.is_some() && fact.value.is_some() && !fact.symbol.is_some() {
            let moment = fact.base.0.max(fact.value.0);
            file.stores.push((fact.name, moment, position as u32));
        }
    }
    file.stores.sort_unstable();
}

/// Divides a file into units. Expressions come in the order of evaluation, the parts of one before it, so that outside of
/// functions what is bound, declared or exported ends a unit.
fn index_units(file: &mut File<'_>, exprs: &Unpacked) {
    let facts = file.facts;
    let mut units = 0;
    for block in &facts.blocks {
        let unit = if block.kind == BlockKind::Function as u8 {
            units += 1;
            units
        } else {
            let around = file.block_units.get(block.parent.index());
            around.copied().unwrap_or(0)
        };
        file.block_units.push(unit);
    }
    file.function_units = units + 1;
    let ends = facts
        .bindings
        .iter()
        .flat_map(|binding| [binding.value, binding.declared])
        .chain(
            facts
                .members
                .iter()
                .flat_map(|member| [member.base, member.value, member.declared]),
        )
        .chain(facts.exports.iter().map(|export| export.value))
        .chain(facts.symbols.iter().flat_map(|symbol| {
            let params = symbol.params.iter();
            params
                .flat_map(|param| [param.declared, param.default])
                .chain([symbol.declared])
        }));
    let is_outside = |id: &ExprId| {
        let node = exprs.get(*id);
        node.is_some_and(|node| file.block_units.get(node.block.index()) == Some(&0))
    };
    file.roots = ends.filter(is_outside).collect();
    file.roots.sort_unstable();
    file.roots.dedup();
}

/// Gives every binding its scope: assignments to outer names are tied to the declaration they mean.
fn index_scopes(file: &mut File<'_>) {
    let facts = file.facts;
    let mut scopes: Vec<(Name, BlockId, u32)> = Vec::with_capacity(facts.bindings.len());
    let mut open = Vec::new();
    for (at, binding) in facts.bindings.iter().enumerate() {
        if binding.scope.is_some() {
            scopes.push((binding.name, binding.scope, at as u32));
        } else {
            open.push(at);
        }
    }
    scopes.sort_unstable();
    if !open.is_empty() {
        file.scopes = Scopes::new(&scopes, facts.names.len());
        for at in open {
            let binding = &facts.bindings[at];
            let scope = file
                .outwards(binding.block)
                .find(|block| file.bindings(*block, binding.name, binding.at).len() > 0);
            scopes.push((binding.name, scope.unwrap_or(BlockId(0)), at as u32));
        }
        scopes.sort_unstable();
    }
    file.scopes = Scopes::new(&scopes, facts.names.len());
}

fn index_literals(file: &mut File<'_>, exprs: &Unpacked) {
    let facts = file.facts;
    let as_symbol = |id: ExprId| match exprs.get(id).map(|node| node.expr) {
        Some(Expr::Symbol(symbol)) => Some(symbol.0),
        _ => None,
    };
    for (at, node) in exprs.iter().enumerate() {
        let id = ExprId(at as u32);
        if let Expr::Call(_, args) | Expr::New(_, args) = node.expr {
            for (position, arg) in facts.list(args).enumerate() {
                let value = keyword_value(exprs, arg);
                if let Some(symbol) = as_symbol(value) {
                    file.argument_of.insert(symbol, (id, position as u32));
                } else {
                    file.place(exprs, value, Placed::Argument(id, position as u32));
                }
            }
        }
        if let Expr::Decorated(decorator, mut value) = node.expr {
            while let Expr::Decorated(_, inner) = exprs.expr(value) {
                value = inner;
            }
            let symbol = as_symbol(value);
            file.decorated
                .extend(symbol.map(|symbol| (symbol, decorator)));
        }
        if let Expr::Cast(value, declared) = node.expr {
            if let Some(symbol) = as_symbol(value) {
                file.expected_type.insert(symbol, declared);
            } else {
                file.place(exprs, value, Placed::Declared(declared));
            }
        }
        if let Expr::List(items) = node.expr {
            for item in facts.list(items) {
                file.place(exprs, item, Placed::Element(id));
            }
        }
        if let Expr::Object(properties) = node.expr {
            for property in facts.list(properties) {
                let value = keyword_value(exprs, property);
                let name = match exprs.expr(property) {
                    Expr::Keyword(name, _) => name,
                    _ => Name::NONE,
                };
                if let Some(symbol) = as_symbol(value) {
                    file.object_of.insert(symbol, (id, name));
                } else if name.is_some() {
                    file.place(exprs, value, Placed::Property(id, name));
                }
            }
        }
    }
}

/// Function literals that are given to a place with a declared type.
fn index_expected(file: &mut File<'_>, exprs: &Unpacked) {
    let facts = file.facts;
    let as_symbol = |id: ExprId| match exprs.get(id).map(|node| node.expr) {
        Some(Expr::Symbol(symbol)) => Some(symbol.0),
        _ => None,
    };
    for binding in &facts.bindings {
        if !binding.declared.is_some() {
            continue;
        }
        if let Some(symbol) = as_symbol(binding.value) {
            file.expected_type.insert(symbol, binding.declared);
        } else {
            file.place(exprs, binding.value, Placed::Declared(binding.declared));
        }
    }
    for returned in &facts.returns {
        let declared = facts.symbols[returned.symbol.index()].declared;
        if !declared.is_some() {
            continue;
        }
        if let Some(symbol) = as_symbol(returned.value) {
            file.expected_type.insert(symbol, declared);
        } else {
            file.place(exprs, returned.value, Placed::Returned(declared));
        }
    }
}

/// The value behind an argument or property that is given by name.
pub(super) fn keyword_value(exprs: &Unpacked, argument: ExprId) -> ExprId {
    match exprs.get(argument).map(|node| node.expr) {
        Some(Expr::Keyword(_, value)) => value,
        _ => argument,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::extract;

    #[test]
    fn of_thousands_of_bindings_the_nearest_are_looked_at() {
        let mut text = String::from("def f(x, y):\n    y = y.a\n    y = y.b\n");
        text.push_str(&"    if x: x = x.a\n".repeat(5_000));
        let facts = extract("python", "a.py", &text);
        let language = crate::languages::by_name("python").unwrap();
        let file = index_file("a.py".to_owned(), language, &facts, false);
        let near = |name: &str, at: u32| {
            let known = (0..facts.names.len() as u32).map(Name);
            let name = known.into_iter().find(|known| facts.text(*known) == name);
            let body = facts.symbols[1].body;
            let bindings = file.bindings(body, name.unwrap(), at);
            let lines = bindings.map(|at| facts.bindings[at as usize].line);
            let lines: Vec<u32> = lines.collect();
            (lines.len(), lines[0], *lines.last().unwrap())
        };
        let middle = facts.exprs.len() as u32 / 2;
        assert_eq!(near("y", middle), (3, 1, 3));
        assert_eq!(near("x", 0), (MAX_NEAR, 1, MAX_NEAR as u32 + 2));
        let (count, first, last) = near("x", middle);
        assert_eq!(
            (count, last - first),
            (2 * MAX_NEAR, 2 * MAX_NEAR as u32 - 1)
        );
        assert_eq!(near("x", u32::MAX), (MAX_NEAR, 4_876, 5_003));
    }
}
