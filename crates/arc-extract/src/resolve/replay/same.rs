//! Whether a file that was edited still says the same to others: all but what stands in the bodies of some functions.
//!
//! Other files learn what is inside of a body from the tables alone. What they look at directly must be the same here, or the edit
//! is no case for a replay:
//!
//! - definitions: kinds, names, flags, parents, parameters, type parameters, bases, declared types, in what they stand, and how
//!   their lines follow each other (`Same::definitions`). The hierarchy, abstract methods, bare and mentioned names, overloads,
//!   fixtures and the methods that a method replaces are made of these and of what follows;
//! - bindings and expressions outside of functions, which names, paths, exports, namespaces, members and families of names lead to,
//!   with imports wherever they stand, since those tie files together and bring names in (`Same::surroundings`);
//! - fields that assignments in bodies make, parameters that are used as keys, decorated definitions (`Same::indexes`);
//! - what bodies hold that is seen from outside: types, blocks with members, bindings of outer scopes, results that are types
//!   (`Same::edited_bodies`: none of it may stand in a body that was edited);
//! - whether the file has a name at all, where that is asked (`same_names`), and texts that stand in another file, which see the names
//!   of the body around them (`Linked::replayed`).
//!
//! Where others follow an expression or the value of a binding, all that it is made of stands in the same body or outside of
//! all (`Same::near`): the same place would else say nothing of what is written there.

use arc_graph::NodeKind;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::facts::{BlockId, BlockKind, Expr, ExprId, FileFacts, ListId, Name, SymbolId, Unpacked};
use crate::languages::{self, Language, MACRO_MARK};
use crate::resolve::file::{File, index_file};
use crate::resolve::hierarchy::{is_type_kind, is_type_only};
use crate::resolve::replay::NotPlayed;

/// Stands for what has no counterpart.
const NONE: u32 = u32::MAX;

/// What the expressions and bindings of a file are numbered now.
#[derive(Debug, Default)]
pub(in crate::resolve) struct Renumbering {
    exprs: Vec<u32>,
    bindings: Vec<u32>,
}

impl Renumbering {
    pub(super) fn expr(&self, old: u32) -> Option<u32> {
        self.exprs
            .get(old as usize)
            .copied()
            .filter(|now| *now != NONE)
    }

    pub(super) fn binding(&self, old: u32) -> Option<u32> {
        let now = self.bindings.get(old as usize).copied();
        now.filter(|now| *now != NONE)
    }
}

/// How what `old` says is numbered in `new`; `None` when others may see that the file is another one.
pub(super) fn renumbering(
    (old, new): (&FileFacts, &FileFacts),
    language: &'static dyn Language,
) -> Result<Renumbering, NotPlayed> {
    let (old, new) = (Side::new(old, language), Side::new(new, language));
    let mut same = Same {
        names: same_names(&old, &new).ok_or(NotPlayed::Names)?,
        changed: FxHashSet::default(),
        old,
        new,
    };
    same.definitions().ok_or(NotPlayed::Definitions)?;
    same.bodies();
    same.surroundings()?;
    same.edited_bodies().ok_or(NotPlayed::OpenBody)?;
    same.indexes().ok_or(NotPlayed::Indexes)?;
    same.renumbered().ok_or(NotPlayed::TopLevel)
}

/// One version of a file.
struct Side<'f> {
    facts: &'f FileFacts,
    file: File<'f>,
    exprs: Unpacked,
    /// For each block the outermost function around it; `NONE` outside of functions.
    regions: Vec<u32>,
    /// For each block, expression and binding its position among those of its region.
    block_ranks: Vec<u32>,
    expr_ranks: Vec<u32>,
    binding_ranks: Vec<u32>,
    /// What each region has.
    contents: FxHashMap<u32, Contents>,
}

/// What is written in one region, in order.
#[derive(Default)]
struct Contents {
    blocks: Vec<u32>,
    exprs: Vec<u32>,
    bindings: Vec<u32>,
    members: Vec<u32>,
    returns: Vec<u32>,
}

impl<'f> Side<'f> {
    fn new(facts: &'f FileFacts, language: &'static dyn Language) -> Side<'f> {
        let mut side = Side {
            facts,
            file: index_file(String::new(), language, facts, false),
            exprs: facts.exprs.unpacked(),
            regions: Vec::with_capacity(facts.blocks.len()),
            block_ranks: Vec::with_capacity(facts.blocks.len()),
            expr_ranks: Vec::with_capacity(facts.exprs.len()),
            binding_ranks: Vec::with_capacity(facts.bindings.len()),
            contents: FxHashMap::default(),
        };
        side.contents.entry(NONE).or_default();
        for (at, block) in facts.blocks.iter().enumerate() {
            let around = side.region(block.parent);
            let is_function = block.kind == BlockKind::Function as u8;
            let region = if around == NONE && is_function {
                block.symbol.0
            } else {
                around
            };
            side.regions.push(region);
            let blocks = &mut side.contents.entry(region).or_default().blocks;
            side.block_ranks.push(blocks.len() as u32);
            blocks.push(at as u32);
        }
        for (at, node) in side.exprs.iter().enumerate() {
            let region = side.regions.get(node.block.index()).copied();
            let exprs = &mut side
                .contents
                .entry(region.unwrap_or(NONE))
                .or_default()
                .exprs;
            side.expr_ranks.push(exprs.len() as u32);
            exprs.push(at as u32);
        }
        for (at, binding) in facts.bindings.iter().enumerate() {
            let region = side.region(binding.block);
            let bindings = &mut side.contents.entry(region).or_default().bindings;
            side.binding_ranks.push(bindings.len() as u32);
            bindings.push(at as u32);
        }
        for (at, member) in facts.members.iter().enumerate() {
            let region = side.region_of(member.base);
            let members = &mut side.contents.entry(region).or_default().members;
            members.push(at as u32);
        }
        for (at, returned) in facts.returns.iter().enumerate() {
            let body = facts.symbols.get(returned.symbol.index());
            let region = body.map_or(NONE, |fact| side.region(fact.body));
            let returns = &mut side.contents.entry(region).or_default().returns;
            returns.push(at as u32);
        }
        side
    }

    /// Whether the file having a name decides what others find through it: where imports are paths, a path starts at a name of
    /// the file if it has one, and else outside (`Names::path_start`), and so does a macro (`Names::macro_named`).
    fn asks_for(&self, name: &str) -> bool {
        let is_path_language = self.file.semantics.imports_are_paths;
        let mut imports = self.facts.imports.iter();
        let starts = |import: &crate::facts::ImportFact| {
            let path = self.facts.text(import.module);
            path.split("::").next() == Some(name)
        };
        let is_macro = |known: &str| known.strip_suffix(MACRO_MARK) == Some(name);
        is_path_language && (imports.any(starts) || self.facts.names.iter().any(is_macro))
    }

    fn region(&self, block: BlockId) -> u32 {
        self.regions.get(block.index()).copied().unwrap_or(NONE)
    }

    fn region_of(&self, expr: ExprId) -> u32 {
        let node = self.exprs.get(expr);
        node.map_or(NONE, |node| self.region(node.block))
    }

    /// An expression as its region and its position there.
    fn place(&self, expr: ExprId) -> (u32, u32) {
        match self.expr_ranks.get(expr.index()) {
            Some(rank) => (self.region_of(expr), *rank),
            None => (NONE, NONE),
        }
    }

    fn block_place(&self, block: BlockId) -> (u32, u32) {
        match self.block_ranks.get(block.index()) {
            Some(rank) => (self.region(block), *rank),
            None => (NONE, NONE),
        }
    }

    /// A moment as how many expressions of a region came before it.
    fn moment(&self, region: u32, at: u32) -> usize {
        let exprs = self
            .contents
            .get(&region)
            .map_or(&[][..], |known| &known.exprs);
        exprs.partition_point(|expr| *expr < at)
    }
}

/// A part of an expression.
#[derive(Clone, Copy)]
enum Part {
    Expr(ExprId),
    List(ListId),
    Name(Name),
    Number(u32),
}

fn parts(expr: Expr) -> SmallVec<[Part; 3]> {
    use Part::{List, Number};
    let symbol = |symbol: SymbolId| Number(symbol.0);
    match expr {
        Expr::Unknown | Expr::This | Expr::Super | Expr::ThisType => SmallVec::new(),
        Expr::Name(name) | Expr::Text(name) | Expr::Literal(name) => {
            SmallVec::from_slice(&[Part::Name(name)])
        }
        Expr::Member(of, name) => SmallVec::from_slice(&[Part::Expr(of), Part::Name(name)]),
        Expr::Keyword(name, value) => SmallVec::from_slice(&[Part::Name(name), Part::Expr(value)]),
        Expr::Call(of, list) | Expr::New(of, list) | Expr::Apply(of, list) => {
            SmallVec::from_slice(&[Part::Expr(of), List(list)])
        }
        Expr::Spread(of)
        | Expr::Element(of)
        | Expr::Enter(of)
        | Expr::Await(of)
        | Expr::Unwrap(of)
        | Expr::TypeOf(of) => SmallVec::from_slice(&[Part::Expr(of)]),
        Expr::Index(a, b) | Expr::Cast(a, b) | Expr::Decorated(a, b) => {
            SmallVec::from_slice(&[Part::Expr(a), Part::Expr(b)])
        }
        Expr::Symbol(of) => SmallVec::from_slice(&[symbol(of)]),
        Expr::Import(import) => SmallVec::from_slice(&[Number(import.0)]),
        Expr::Param(of, at) | Expr::TypeParam(of, at) => {
            SmallVec::from_slice(&[symbol(of), Number(at)])
        }
        Expr::Root(number) | Expr::Position(number) => SmallVec::from_slice(&[Number(number)]),
        Expr::List(list)
        | Expr::Tuple(list)
        | Expr::Map(list)
        | Expr::Object(list)
        | Expr::Either(list)
        | Expr::Signature(list) => SmallVec::from_slice(&[List(list)]),
        Expr::Item(of, at) => SmallVec::from_slice(&[Part::Expr(of), Number(at)]),
        Expr::Payload(a, b, c) => {
            SmallVec::from_slice(&[Part::Expr(a), Part::Expr(b), Part::Expr(c)])
        }
        Expr::Operator(name, list) => SmallVec::from_slice(&[Part::Name(name), List(list)]),
    }
}

/// Nesting of expressions that is compared; deeper ones count as different.
const MAX_DEPTH: u32 = 200;

/// Two versions of a file side by side.
struct Same<'f> {
    old: Side<'f>,
    new: Side<'f>,
    /// The new number of each old name.
    names: Vec<u32>,
    /// The functions whose bodies differ.
    changed: FxHashSet<u32>,
}

/// The new number of each old name, `NONE` for one that is gone. `None` when a name came or went where others look for the name
/// itself, and not for what it stands for.
fn same_names(old: &Side<'_>, new: &Side<'_>) -> Option<Vec<u32>> {
    let known: FxHashMap<&str, u32> = new.facts.names.iter().zip(0..).collect();
    let names: Vec<u32> = old
        .facts
        .names
        .iter()
        .map(|name| known.get(name).copied().unwrap_or(NONE))
        .collect();
    let kept: FxHashSet<u32> = names.iter().copied().collect();
    let gone = old.facts.names.iter().zip(&names);
    let gone = gone.filter(|(_, now)| **now == NONE).map(|(name, _)| name);
    let come = new.facts.names.iter().zip(0..);
    let come = come.filter(|(_, at)| !kept.contains(at));
    let mut others = gone.chain(come.map(|(name, _)| name));
    let decides = |name: &str| is_global(name) || old.asks_for(name) || new.asks_for(name);
    (!others.any(decides)).then_some(names)
}

/// Whether anything at all having such a name decides what it stands for.
fn is_global(name: &str) -> bool {
    let mut languages = languages::all().iter();
    languages.any(|language| language.semantics().global_namespace == name)
}

impl Same<'_> {
    fn name(&self, a: Name, b: Name) -> bool {
        match self.names.get(a.index()) {
            Some(now) => *now == b.0 && *now != NONE,
            None => !b.is_some() && !a.is_some(),
        }
    }

    /// Whether two expressions are the same by their places, or are not there both.
    fn expr(&self, a: ExprId, b: ExprId) -> bool {
        a.is_some() == b.is_some() && self.old.place(a) == self.new.place(b)
    }

    fn list(&self, a: ListId, b: ListId) -> bool {
        let (a, b) = (self.old.facts.list(a), self.new.facts.list(b));
        a.len() == b.len() && a.zip(b).all(|(a, b)| self.expr(a, b))
    }

    /// Whether two expressions are written the same, wherever.
    fn tree(&self, a: ExprId, b: ExprId, depth: u32) -> bool {
        let (Some(old), Some(new)) = (self.old.exprs.get(a), self.new.exprs.get(b)) else {
            return a.is_some() == b.is_some();
        };
        let (of, to) = (parts(old.expr), parts(new.expr));
        depth < MAX_DEPTH
            && old.role == new.role
            && std::mem::discriminant(&old.expr) == std::mem::discriminant(&new.expr)
            && of.iter().zip(&to).all(|(a, b)| match (*a, *b) {
                (Part::Expr(a), Part::Expr(b)) => self.tree(a, b, depth + 1),
                (Part::List(a), Part::List(b)) => self.trees(a, b, depth + 1),
                (Part::Name(a), Part::Name(b)) => self.name(a, b),
                (Part::Number(a), Part::Number(b)) => a == b,
                _ => false,
            })
    }

    fn trees(&self, a: ListId, b: ListId, depth: u32) -> bool {
        let (a, b) = (self.old.facts.list(a), self.new.facts.list(b));
        a.len() == b.len() && a.zip(b).all(|(a, b)| self.tree(a, b, depth))
    }

    /// The same definitions under the same numbers, with the same signatures.
    fn definitions(&self) -> Option<()> {
        let (old, new) = (&self.old.facts.symbols, &self.new.facts.symbols);
        let lines = |facts: &FileFacts| -> Vec<u32> {
            let symbols = facts.symbols.iter();
            let mut lines: Vec<u32> = symbols
                .flat_map(|fact| [fact.line, fact.end_line])
                .collect();
            lines.sort_unstable();
            lines.dedup();
            lines
        };
        let (old_lines, new_lines) = (lines(self.old.facts), lines(self.new.facts));
        let is_same = old.len() == new.len()
            && old.iter().zip(new).enumerate().all(|(at, (a, b))| {
                let params = a.params.len() == b.params.len()
                    && a.params.iter().zip(&b.params).all(|(a, b)| {
                        self.name(a.name, b.name)
                            && a.kind == b.kind
                            && a.default.is_some() == b.default.is_some()
                            && self.tree(a.declared, b.declared, 0)
                    });
                let type_params = a.type_params.len() == b.type_params.len()
                    && a.type_params
                        .iter()
                        .zip(&b.type_params)
                        .all(|(a, b)| self.name(a.name, b.name) && self.tree(a.bound, b.bound, 0));
                // Which definition is written inside which is told by lines as well.
                let stands = |lines: &[u32], line: u32| lines.binary_search(&line).ok();
                let same_lines = stands(&old_lines, a.line) == stands(&new_lines, b.line)
                    && stands(&old_lines, a.end_line) == stands(&new_lines, b.end_line);
                params
                    && type_params
                    && (at == 0 || same_lines)
                    && self.name(a.name, b.name)
                    && self.name(a.owner, b.owner)
                    && (a.kind, a.parent, a.flags) == (b.kind, b.parent, b.flags)
                    && a.body.is_some() == b.body.is_some()
                    && self.old.region(a.body) == self.new.region(b.body)
                    && self.same_surroundings(a.body, b.body)
                    && self.tree(a.declared, b.declared, 0)
                    && self.trees(a.bases, b.bases, 0)
            });
        is_same.then_some(())
    }

    /// Whether two bodies stand in the same block, as far as that is outside of functions: it says what they are members of.
    fn same_surroundings(&self, a: BlockId, b: BlockId) -> bool {
        let around = |side: &Side<'_>, body: BlockId| {
            let parent = side.facts.blocks.get(body.index())?.parent;
            let place = side.block_place(parent);
            Some((place.0, if place.0 == NONE { place.1 } else { NONE }))
        };
        around(&self.old, a) == around(&self.new, b)
    }

    /// Notes which functions have other bodies.
    fn bodies(&mut self) {
        let regions = self.old.contents.keys().chain(self.new.contents.keys());
        let regions: FxHashSet<u32> = regions.copied().filter(|region| *region != NONE).collect();
        let differs = |region: &u32| !self.region(*region);
        self.changed = regions.into_iter().filter(differs).collect();
    }

    /// Whether all that is written in a region is the same.
    fn region(&self, region: u32) -> bool {
        let nothing = Contents::default();
        let old = self.old.contents.get(&region).unwrap_or(&nothing);
        let new = self.new.contents.get(&region).unwrap_or(&nothing);
        let sizes = |of: &Contents| {
            let Contents {
                blocks,
                exprs,
                bindings,
                members,
                returns,
            } = of;
            [
                blocks.len(),
                exprs.len(),
                bindings.len(),
                members.len(),
                returns.len(),
            ]
        };
        sizes(old) == sizes(new)
            && self.same_blocks(old, new)
            && self.same_exprs(region, old, new)
            && self.same_bindings(region, old, new)
            && self.same_members(region, old, new)
            && old.returns.iter().zip(&new.returns).all(|(a, b)| {
                let a = &self.old.facts.returns[*a as usize];
                let b = &self.new.facts.returns[*b as usize];
                (a.symbol, a.is_yield) == (b.symbol, b.is_yield)
                    && self.near(region, a.value, b.value)
            })
    }

    fn same_blocks(&self, old: &Contents, new: &Contents) -> bool {
        old.blocks.iter().zip(&new.blocks).all(|(a, b)| {
            let a = &self.old.facts.blocks[*a as usize];
            let b = &self.new.facts.blocks[*b as usize];
            (a.kind, a.symbol) == (b.kind, b.symbol)
                && self.name(a.label, b.label)
                && a.parent.is_some() == b.parent.is_some()
                && self.old.block_place(a.parent) == self.new.block_place(b.parent)
        })
    }

    /// Whether two expressions have the same place, which is in a region or outside of all: what a region refers to must not
    /// stand in another one, whose content may be another.
    fn near(&self, region: u32, a: ExprId, b: ExprId) -> bool {
        let (place, _) = self.old.place(a);
        self.expr(a, b) && (place == region || place == NONE)
    }

    fn same_exprs(&self, region: u32, old: &Contents, new: &Contents) -> bool {
        let same = |a: ExprId, b: ExprId| self.near(region, a, b);
        old.exprs.iter().zip(&new.exprs).all(|(a, b)| {
            let (Some(a), Some(b)) = (
                self.old.exprs.get(ExprId(*a)),
                self.new.exprs.get(ExprId(*b)),
            ) else {
                return false;
            };
            let (of, to) = (parts(a.expr), parts(b.expr));
            a.role == b.role
                && self.old.block_place(a.block) == self.new.block_place(b.block)
                && std::mem::discriminant(&a.expr) == std::mem::discriminant(&b.expr)
                && of.iter().zip(&to).all(|(a, b)| match (*a, *b) {
                    (Part::Expr(a), Part::Expr(b)) => same(a, b),
                    (Part::List(a), Part::List(b)) => {
                        let (a, b) = (self.old.facts.list(a), self.new.facts.list(b));
                        a.len() == b.len() && a.zip(b).all(|(a, b)| same(a, b))
                    }
                    (Part::Name(a), Part::Name(b)) => self.name(a, b),
                    (Part::Number(a), Part::Number(b)) => a == b,
                    _ => false,
                })
        })
    }

    fn same_bindings(&self, region: u32, old: &Contents, new: &Contents) -> bool {
        old.bindings.iter().zip(&new.bindings).all(|(a, b)| {
            let (at, bt) = (*a, *b);
            let a = &self.old.facts.bindings[at as usize];
            let b = &self.new.facts.bindings[bt as usize];
            self.name(a.name, b.name)
                && a.scope.is_some() == b.scope.is_some()
                && self.old.block_place(a.scope) == self.new.block_place(b.scope)
                && self.old.block_place(a.block) == self.new.block_place(b.block)
                && self.old.moment(region, a.at) == self.new.moment(region, b.at)
                && a.symbol == b.symbol
                && self.old.file.bound(at) == self.new.file.bound(bt)
                && self.near(region, a.value, b.value)
                && self.near(region, a.declared, b.declared)
        })
    }

    fn same_members(&self, region: u32, old: &Contents, new: &Contents) -> bool {
        old.members.iter().zip(&new.members).all(|(a, b)| {
            let a = &self.old.facts.members[*a as usize];
            let b = &self.new.facts.members[*b as usize];
            a.symbol == b.symbol
                && self.name(a.name, b.name)
                && self.near(region, a.base, b.base)
                && self.near(region, a.value, b.value)
                && self.near(region, a.declared, b.declared)
        })
    }

    /// What stands outside of functions, and what speaks to other files wherever it stands.
    fn surroundings(&self) -> Result<(), NotPlayed> {
        let (old, new) = (self.old.facts, self.new.facts);
        let imports = old.imports.len() == new.imports.len()
            && old.imports.iter().zip(&new.imports).all(|(a, b)| {
                self.name(a.module, b.module)
                    && self.name(a.name, b.name)
                    && a.flags == b.flags
                    && self.old.region(a.block) == self.new.region(b.block)
                    && (self.old.region(a.block) != NONE
                        || self.old.block_place(a.block) == self.new.block_place(b.block))
            });
        let exports = old.exports.len() == new.exports.len()
            && old.exports.iter().zip(&new.exports).all(|(a, b)| {
                self.name(a.name, b.name)
                    && self.expr(a.value, b.value)
                    && self.old.region_of(a.value) == NONE
            });
        let extensions = old.extensions.len() == new.extensions.len()
            && old.extensions.iter().zip(&new.extensions).all(|(a, b)| {
                self.expr(a.target, b.target)
                    && self.list(a.interfaces, b.interfaces)
                    && self.old.block_place(a.block) == self.new.block_place(b.block)
                    && self.old.region(a.block) == NONE
                    && self.old.region_of(a.target) == NONE
            });
        let mentions = old.mentions.len() == new.mentions.len()
            && old.mentions.iter().zip(&new.mentions).all(|(a, b)| {
                self.name(a.text, b.text)
                    && (a.kind, a.edge, a.symbol) == (b.kind, b.edge, b.symbol)
            });
        // Fields that assignments make are members of types, also where they stand in a body.
        let fields = |side: &FileFacts| -> Vec<(u32, String)> {
            let made = side.members.iter().filter(|member| member.symbol.is_some());
            made.map(|member| (member.symbol.0, side.text(member.name).to_owned()))
                .collect()
        };
        let says_the_same = exports && extensions && mentions && old.settings == new.settings;
        let reasons = [
            (imports, NotPlayed::Imports),
            (says_the_same, NotPlayed::Exports),
            (fields(old) == fields(new), NotPlayed::Fields),
            (self.region(NONE), NotPlayed::TopLevel),
        ];
        match reasons.iter().find(|(is_same, _)| !is_same) {
            Some((_, reason)) => Err(*reason),
            None => Ok(()),
        }
    }

    /// What others see of a body without asking the tables must not be in one that was edited.
    fn edited_bodies(&self) -> Option<()> {
        self.is_closed(&self.old).then_some(())?;
        self.is_closed(&self.new).then_some(())
    }

    fn is_closed(&self, side: &Side<'_>) -> bool {
        let facts = side.facts;
        let is_edited = |block: BlockId| self.changed.contains(&side.region(block));
        let is_type = |kind: u8| {
            let kind = NodeKind::from_number(kind);
            kind.is_some_and(|kind| is_type_kind(kind) || is_type_only(kind))
        };
        // The region of a definition is where its parent's code is.
        let inside = |mut symbol: SymbolId| {
            while let Some(fact) = facts.symbols.get(symbol.index()) {
                if self.changed.contains(&symbol.0) {
                    return true;
                }
                if fact.parent.0 >= symbol.0 {
                    break;
                }
                symbol = fact.parent;
            }
            false
        };
        let mut symbols = facts.symbols.iter().enumerate();
        let no_types = symbols.all(|(at, fact)| {
            !is_type(fact.kind) || !(inside(SymbolId(at as u32)) || is_edited(fact.body))
        });
        let no_scopes = facts.blocks.iter().enumerate().all(|(at, block)| {
            let is_shared = [
                BlockKind::Class,
                BlockKind::Extension,
                BlockKind::Module,
                BlockKind::Namespace,
                BlockKind::File,
            ]
            .iter()
            .any(|kind| *kind as u8 == block.kind);
            !is_shared || !is_edited(BlockId(at as u32))
        });
        let no_globals = facts.bindings.iter().all(|binding| {
            !is_edited(binding.block)
                || binding.scope.is_some()
                    && side.region(binding.scope) == side.region(binding.block)
        });
        let no_returned_types = facts.returns.iter().all(|returned| {
            let body = facts.symbols.get(returned.symbol.index());
            let is_edited = body.is_some_and(|fact| is_edited(fact.body));
            match side.exprs.get(returned.value).map(|node| node.expr) {
                Some(Expr::Symbol(symbol)) if is_edited => facts
                    .symbols
                    .get(symbol.index())
                    .is_some_and(|fact| !is_type(fact.kind)),
                _ => true,
            }
        });
        no_types && no_scopes && no_globals && no_returned_types
    }

    /// What indexes of a file others ask that are made from the code of bodies too.
    fn indexes(&self) -> Option<()> {
        let decorated = |file: &File<'_>| -> Vec<u32> {
            file.decorated.iter().map(|(symbol, _)| *symbol).collect()
        };
        let is_same = self.old.file.keys == self.new.file.keys
            && decorated(&self.old.file) == decorated(&self.new.file);
        is_same.then_some(())
    }

    fn renumbered(&self) -> Option<Renumbering> {
        let mut renumbering = Renumbering {
            exprs: vec![NONE; self.old.facts.exprs.len()],
            bindings: vec![NONE; self.old.facts.bindings.len()],
        };
        #[expect(
            clippy::iter_over_hash_type,
            reason = "each region has places of its own"
        )]
        for (region, old) in &self.old.contents {
            let Some(new) = self
                .new
                .contents
                .get(region)
                .filter(|_| !self.changed.contains(region))
            else {
                continue;
            };
            for (a, b) in old.exprs.iter().zip(&new.exprs) {
                renumbering.exprs[*a as usize] = *b;
            }
            for (a, b) in old.bindings.iter().zip(&new.bindings) {
                renumbering.bindings[*a as usize] = *b;
            }
        }
        // Sets are sorted by numbers: what came first must come first now.
        let is_sorted = |numbers: &[u32]| {
            let kept = numbers.iter().filter(|now| **now != NONE);
            kept.is_sorted_by(|a, b| a < b)
        };
        (is_sorted(&renumbering.exprs) && is_sorted(&renumbering.bindings)).then_some(renumbering)
    }
}
