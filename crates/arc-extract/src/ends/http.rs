//! Routes, routers and requests of a file.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few shapes of `Expr` can be the text, the router or the handler of a route; any other says nothing"
)]

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::keys;
use super::rules::{CallRule, EndRules};
use super::{Draft, Side, Space};
use crate::builder::FactsBuilder;
use crate::facts::{BlockId, Expr, ExprId, FileFacts, ListId, Name, SymbolId, Unpacked};

/// Chains of calls are followed so far.
pub(super) const MAX_CHAIN: usize = 64;
/// Keys that one list gives.
pub(super) const MAX_KEYS: usize = 16;
/// Calls that hand on a router, in one file.
pub(super) const MAX_PASSES: usize = 2_000;

pub(super) type Keys = SmallVec<[String; 1]>;

/// Texts that a name is given: by the code of which definition, when, by which expression.
type NamedTexts = SmallVec<[(SymbolId, u32, ExprId); 1]>;

/// Looks for the ends of a file.
pub(super) struct Recogniser<'f> {
    pub(super) facts: &'f FactsBuilder,
    pub(super) file: &'f FileFacts,
    pub(super) exprs: Unpacked,
    pub(super) rules: &'f EndRules,
    pub(super) by_name: FxHashMap<Name, SmallVec<[&'f CallRule; 2]>>,
    pub(super) has_verbs: bool,
    /// Names given a text, with the definition whose code does it.
    pub(super) named_texts: FxHashMap<Name, NamedTexts>,
    pub(super) drafts: Vec<Draft>,
    /// Calls that rules took.
    pub(super) taken: FxHashSet<ExprId>,
}

/// A call that is looked at, or an annotation.
pub(super) struct Site {
    /// The call; `NONE` for an annotation.
    pub(super) id: ExprId,
    pub(super) callee: ExprId,
    pub(super) args: SmallVec<[ExprId; 4]>,
    /// The definition that is decorated, or else the one it stands in.
    pub(super) symbol: SymbolId,
    pub(super) line: u32,
    pub(super) decorates: bool,
}

impl<'f> Recogniser<'f> {
    /// `None` when nothing in the file can be an end.
    pub(super) fn new(facts: &'f FactsBuilder, rules: &'f EndRules) -> Option<Recogniser<'f>> {
        let has_sign = || rules.signs.iter().any(|sign| facts.known(sign).is_some());
        if rules.calls.is_empty() || !(facts.notes().has_path || has_sign()) {
            return None;
        }
        let mut by_name: FxHashMap<Name, SmallVec<[&CallRule; 2]>> = FxHashMap::default();
        for rule in rules.calls {
            // Names of methods have parentheses where fields live beside them.
            let spellings = [
                facts.known(rule.name),
                facts.known(&format!("{}()", rule.name)),
            ];
            for name in spellings.into_iter().flatten() {
                by_name.entry(name).or_default().push(rule);
            }
        }
        let has_verbs = ["GET", "POST", "PUT", "DELETE", "PATCH"]
            .iter()
            .any(|verb| facts.known(verb).is_some());
        Some(Recogniser {
            facts,
            file: facts.facts(),
            exprs: facts.facts().exprs.unpacked(),
            rules,
            by_name,
            has_verbs,
            named_texts: FxHashMap::default(),
            drafts: Vec::new(),
            taken: FxHashSet::default(),
        })
    }

    /// The ends of the file.
    pub(super) fn ends(mut self) -> Vec<Draft> {
        self.find_named_texts();
        for index in 0..self.exprs.len() as u32 {
            let id = ExprId(index);
            match self.exprs.expr(id) {
                Expr::Call(callee, args) | Expr::New(callee, args) => self.call(id, callee, args),
                Expr::Decorated(decorator, value) => self.decorated(decorator, value),
                Expr::List(items) | Expr::Tuple(items) if self.has_verbs => self.row(id, items),
                _ => {}
            }
        }
        self.annotations();
        self.passes();
        self.drafts
    }
    fn block_of(&self, id: ExprId) -> BlockId {
        self.exprs.get(id).map_or(BlockId::NONE, |node| node.block)
    }

    pub(super) fn symbol_of_block(&self, block: BlockId) -> SymbolId {
        let block = self.file.blocks.get(block.index());
        block.map_or(SymbolId(0), |block| block.symbol)
    }

    // ---- where ----

    pub(super) fn call(&mut self, id: ExprId, callee: ExprId, args: ListId) {
        let name = self.last_name(callee);
        let rules = name.and_then(|name| self.by_name.get(&name)).cloned();
        if rules.is_none() && !self.has_verbs {
            return;
        }
        let block = self.block_of(id);
        let site = Site {
            id,
            callee,
            args: self.file.list(args).collect(),
            symbol: self.symbol_of_block(block),
            line: self.exprs.line(id),
            decorates: false,
        };
        for rule in rules.into_iter().flatten() {
            if self.fits(rule.shape, &site) && self.apply(rule, &site) {
                self.taken.insert(id);
                return;
            }
        }
        if self.has_verbs {
            let is_row = matches!(self.exprs.expr(id), Expr::New(..));
            self.told_request(&site, is_row);
        }
    }

    /// A row of a table of tests.
    fn row(&mut self, id: ExprId, items: ListId) {
        let site = Site {
            id,
            callee: ExprId::NONE,
            args: self.file.list(items).take(16).collect(),
            symbol: self.symbol_of_block(self.block_of(id)),
            line: self.exprs.line(id),
            decorates: false,
        };
        self.told_request(&site, true);
    }

    /// A verb, then a path: whatever is called, it makes a request. In rows of a table they may come in either order.
    fn told_request(&mut self, site: &Site, is_row: bool) {
        for pair in site.args.windows(2) {
            let told = self.verb_of(pair[0]).map(|verb| (verb, pair[1]));
            let told = told.or_else(|| Some((self.verb_of(pair[1]).filter(|_| is_row)?, pair[0])));
            let Some((verb, path)) = told else { continue };
            let Some(text) = self.text(path, site) else {
                continue;
            };
            if let Some(key) = keys::request(&text) {
                self.push(site, Side::Uses, key, verb, ExprId::NONE);
            }
        }
    }

    pub(super) fn decorated(&mut self, decorator: ExprId, value: ExprId) {
        let mut value = value;
        for _ in 0..MAX_CHAIN {
            match self.exprs.expr(value) {
                Expr::Decorated(_, inner) => value = inner,
                _ => break,
            }
        }
        if let Expr::Symbol(symbol) = self.exprs.expr(value) {
            self.decorates(decorator, symbol);
        }
    }

    pub(super) fn decorates(&mut self, decorator: ExprId, symbol: SymbolId) {
        let (callee, args) = match self.exprs.expr(decorator) {
            Expr::Call(callee, args) => (callee, self.file.list(args).collect()),
            Expr::Name(_) | Expr::Member(..) => (decorator, SmallVec::new()),
            _ => return,
        };
        self.drafts.retain(|draft| draft.at != decorator);
        self.taken.insert(decorator);
        let site = Site {
            id: decorator,
            callee,
            args,
            symbol,
            line: self.exprs.line(decorator),
            decorates: true,
        };
        let rules = self
            .last_name(callee)
            .and_then(|name| self.by_name.get(&name));
        for rule in rules.cloned().into_iter().flatten() {
            if self.fits(rule.shape, &site) && self.apply(rule, &site) {
                return;
            }
        }
    }
    pub(super) fn push(
        &mut self,
        site: &Site,
        side: Side,
        key: String,
        verb: impl Into<String>,
        at: ExprId,
    ) {
        self.put(site, side, key, verb.into(), at, ExprId::NONE);
    }

    pub(super) fn put(
        &mut self,
        site: &Site,
        side: Side,
        key: String,
        verb: String,
        at: ExprId,
        on: ExprId,
    ) {
        if self.drafts.len() < super::MAX_ENDS {
            self.drafts.push(Draft {
                space: Space::Http,
                side,
                key,
                verb,
                symbol: site.symbol,
                at,
                on,
                line: site.line,
                call: site.id,
            });
        }
    }
    // ---- routers as arguments ----

    /// Calls that hand a router to some function: names that routes are put on, groups made on the spot.
    pub(super) fn passes(&mut self) {
        let mut routers: FxHashSet<Name> = FxHashSet::default();
        let mut made: FxHashSet<ExprId> = FxHashSet::default();
        for draft in self.drafts.iter().filter(|draft| draft.side != Side::Uses) {
            if let Expr::Name(name) = self.exprs.expr(draft.on) {
                routers.insert(name);
            }
            if draft.side == Side::Makes {
                made.insert(draft.at);
            }
        }
        for binding in &self.file.bindings {
            let is_router = made.contains(&binding.value)
                || matches!(self.exprs.expr(binding.value), Expr::Call(callee, _)
                    if self.last_name(callee).is_some_and(|name| ROUTERS.contains(&self.facts.text(name))));
            if is_router {
                routers.insert(binding.name);
            }
        }
        if routers.is_empty() && made.is_empty() {
            return;
        }
        let mut count = 0;
        for index in 0..self.exprs.len() as u32 {
            let id = ExprId(index);
            let Expr::Call(callee, args) = self.exprs.expr(id) else {
                continue;
            };
            let hands_on = |arg: ExprId| match self.exprs.expr(arg) {
                Expr::Name(name) => routers.contains(&name),
                Expr::Call(..) => made.contains(&arg),
                _ => false,
            };
            if self.taken.contains(&id) || !self.file.list(args).any(hands_on) {
                continue;
            }
            let block = self.block_of(id);
            let site = Site {
                id,
                callee,
                args: SmallVec::new(),
                symbol: self.symbol_of_block(block),
                line: self.exprs.line(id),
                decorates: false,
            };
            self.push(&site, Side::Passes, String::new(), "", id);
            count += 1;
            if count >= MAX_PASSES {
                return;
            }
        }
    }
}

/// Calls that make a router, in all frameworks.
const ROUTERS: &[&str] = &[
    "APIRouter",
    "Blueprint",
    "Default",
    "Engine",
    "FastAPI",
    "Flask",
    "Hono",
    "New",
    "NewRouter",
    "NewServeMux",
    "Router",
    "express",
    "fastify",
];
