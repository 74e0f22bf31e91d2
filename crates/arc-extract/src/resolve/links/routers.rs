//! Which router a route is put on, and under which prefixes routers hang below each other.
//!
//! A router is known by where it is made, whatever names it goes by: variables, imports, fields, parameters, results.

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::ends::UNKNOWN_BASE;
use crate::facts::{Expr, ExprId};
use crate::resolve::evaluate::Evaluator;
use crate::resolve::hierarchy::{Hierarchy, is_type_kind};
use crate::resolve::names::{Busy, Hit};
use crate::resolve::program::{Program, Target};
use crate::resolve::tables::Tables;
use crate::resolve::values::{NameId, Sym, Value};

/// Steps from a name to where its router is made.
const MAX_HOPS: usize = 48;
/// Routers above each other.
const MAX_DEPTH: usize = 24;
/// Prefixes of one router.
const MAX_PREFIXES: usize = 12;

/// A router by where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Router {
    /// What a call makes: file and expression.
    Made(u32, ExprId),
    /// What a function is given.
    Param(Sym, u32),
    /// A field of a type.
    Field(Sym, NameId),
    /// The methods of a type.
    Type(Sym),
    /// The routes of a file.
    File(u32),
    /// A handler that knows its path.
    Function(Sym),
}

pub(super) type Handlers = SmallVec<[Sym; 2]>;

/// The routers of a project.
pub(super) struct Routers<'p, 'a> {
    program: &'p Program<'a>,
    hierarchy: &'p Hierarchy,
    tables: &'p Tables,
    evaluators: FxHashMap<u32, Evaluator<'p, 'a>>,
    /// Calls that make a router of their own.
    pub(super) makes: FxHashSet<(u32, ExprId)>,
    known: FxHashMap<(u32, ExprId), Option<Router>>,
    /// Other names of routers.
    aliases: FxHashMap<Router, Router>,
    above: FxHashMap<Router, Vec<(Router, String)>>,
    own: FxHashMap<Router, Vec<String>>,
}

impl<'p, 'a> Routers<'p, 'a> {
    pub(super) fn new(
        program: &'p Program<'a>,
        hierarchy: &'p Hierarchy,
        tables: &'p Tables,
    ) -> Routers<'p, 'a> {
        Routers {
            program,
            hierarchy,
            tables,
            evaluators: FxHashMap::default(),
            makes: FxHashSet::default(),
            known: FxHashMap::default(),
            aliases: FxHashMap::default(),
            above: FxHashMap::default(),
            own: FxHashMap::default(),
        }
    }

    fn evaluator(&mut self, file: u32) -> &Evaluator<'p, 'a> {
        let (program, hierarchy, tables) = (self.program, self.hierarchy, self.tables);
        self.evaluators
            .entry(file)
            .or_insert_with(|| Evaluator::new(program, hierarchy, tables, file))
    }

    /// Fields that hold a router.
    pub(super) fn find_fields(&mut self, file: u32) {
        let facts = self.program.file(file).facts;
        for member in &facts.members {
            let holds = matches!(
                facts.exprs.expr(member.value),
                Expr::Call(..) | Expr::Name(_) | Expr::New(..)
            );
            if !holds || !member.name.is_some() {
                continue;
            }
            let Some(field) = self.field(
                file,
                member.base,
                self.program.file(file).global(member.name),
            ) else {
                continue;
            };
            if let Some(router) = self.of(file, member.value)
                && router != field
            {
                self.aliases.entry(field).or_insert(router);
            }
        }
    }

    fn field(&mut self, file: u32, base: ExprId, name: NameId) -> Option<Router> {
        let values = self.evaluator(file).eval(base);
        values.iter().find_map(|item| match item.value {
            Value::Instance(class, _) | Value::SelfOf(class) => Some(Router::Field(class, name)),
            _ => None,
        })
    }

    /// The router that an expression stands for.
    pub(super) fn of(&mut self, file: u32, expr: ExprId) -> Option<Router> {
        let router = self.follow(file, expr, MAX_HOPS)?;
        let mut router = router;
        for _ in 0..MAX_HOPS {
            match self.aliases.get(&router) {
                Some(other) => router = *other,
                None => break,
            }
        }
        Some(router)
    }

    fn follow(&mut self, file: u32, expr: ExprId, hops: usize) -> Option<Router> {
        if !expr.is_some() || hops == 0 {
            return None;
        }
        if let Some(known) = self.known.get(&(file, expr)) {
            return *known;
        }
        // What leads back to itself is nothing.
        self.known.insert((file, expr), None);
        let found = self.look(file, expr, hops - 1);
        self.known.insert((file, expr), found);
        found
    }

    fn look(&mut self, file: u32, expr: ExprId, hops: usize) -> Option<Router> {
        let facts = self.program.file(file).facts;
        match facts.exprs.expr(expr) {
            Expr::Param(symbol, at) => Some(Router::Param(self.sym(file, symbol.0), at)),
            Expr::Symbol(symbol) => Some(self.defined(self.sym(file, symbol.0))),
            Expr::Name(_) | Expr::Import(_) => {
                let hits = self.hits(file, expr);
                hits.into_iter().find_map(|hit| self.hit(hit, hops))
            }
            Expr::Member(base, name) => {
                let hits = self.hits(file, expr);
                let named = hits.into_iter().find_map(|hit| self.hit(hit, hops));
                let name = self.program.file(file).global(name);
                named
                    .or_else(|| match self.follow(file, base, hops) {
                        // `router.urls` and `app.router` are other sides of the same thing.
                        Some(
                            router @ (Router::Made(..) | Router::Param(..) | Router::Field(..)),
                        ) => Some(router),
                        _ => None,
                    })
                    .or_else(|| self.field(file, base, name))
            }
            Expr::Call(callee, _) | Expr::New(callee, _) => {
                if self.makes.contains(&(file, expr)) {
                    return Some(Router::Made(file, expr));
                }
                self.result(file, callee, hops)
                    .or_else(|| match facts.exprs.expr(callee) {
                        Expr::Member(base, _) => self.follow(file, base, hops),
                        _ => None,
                    })
                    .or(Some(Router::Made(file, expr)))
            }
            Expr::Cast(inner, _) | Expr::Await(inner) | Expr::Unwrap(inner) => {
                self.follow(file, inner, hops)
            }
            Expr::Either(items) => {
                let items: SmallVec<[ExprId; 4]> = facts.list(items).take(4).collect();
                items
                    .into_iter()
                    .find_map(|item| self.follow(file, item, hops))
            }
            _ => None,
        }
    }

    fn sym(&self, file: u32, symbol: u32) -> Sym {
        Sym { file, symbol }
    }

    fn defined(&self, sym: Sym) -> Router {
        if is_type_kind(self.program.kind(sym)) {
            Router::Type(sym)
        } else {
            Router::Function(sym)
        }
    }

    fn hits(&mut self, file: u32, expr: ExprId) -> SmallVec<[Hit; 1]> {
        let evaluator = self.evaluator(file);
        evaluator.names.path(file, expr, &mut Busy::new())
    }

    fn hit(&mut self, hit: Hit, hops: usize) -> Option<Router> {
        match hit {
            Hit::Symbol(sym) => Some(self.defined(sym)),
            Hit::Binding(file, binding) => {
                let value = self.program.file(file).facts.bindings[binding as usize].value;
                self.follow(file, value, hops)
            }
            Hit::Export(file, export) => {
                let value = self.program.file(file).facts.exports[export as usize].value;
                self.follow(file, value, hops)
            }
            Hit::Value(Value::Module(file)) => Some(Router::File(file)),
            Hit::Field(class, name, _) => Some(Router::Field(class, name)),
            Hit::Value(_) => None,
        }
    }

    /// What a function of the project returns.
    fn result(&mut self, file: u32, callee: ExprId, hops: usize) -> Option<Router> {
        let function = self.called(file, callee)?;
        let indexed = self.program.file(function.file);
        let results: SmallVec<[ExprId; 2]> = indexed
            .returns_of(function.symbol)
            .map(|(_, value)| value)
            .take(4)
            .collect();
        results
            .into_iter()
            .find_map(|value| self.follow(function.file, value, hops))
    }

    /// The function of the project that is called.
    fn called(&mut self, file: u32, callee: ExprId) -> Option<Sym> {
        let project_files = self.program.project_files;
        let evaluator = self.evaluator(file);
        let values = evaluator.eval(callee);
        values.iter().find_map(|item| {
            let (function, _) = evaluator.callable(item.value)?;
            ((function.file as usize) < project_files).then_some(function)
        })
    }

    /// The file of a module that is named by a text.
    fn module(&self, file: u32, text: &str) -> Option<Router> {
        let found = self.program.resolve_module(file, text, None);
        found.iter().find_map(|target| match target {
            Target::File(file) => Some(Router::File(*file)),
            Target::Namespace(_) | Target::Outside(_) => None,
        })
    }

    // ---- below each other ----

    /// Puts a router below another.
    pub(super) fn join(&mut self, child: Router, parent: Router, prefix: &str) {
        if child != parent {
            let above = self.above.entry(child).or_default();
            if above.len() < MAX_PREFIXES {
                above.push((parent, prefix.to_owned()));
            }
        }
    }

    /// Gives a router a prefix of its own.
    pub(super) fn prefix(&mut self, router: Router, prefix: &str) {
        let own = self.own.entry(router).or_default();
        if own.len() < MAX_PREFIXES {
            own.push(prefix.to_owned());
        }
    }

    /// Puts what an expression stands for below a router.
    pub(super) fn join_expr(&mut self, file: u32, child: ExprId, parent: Router, prefix: &str) {
        let facts = self.program.file(file).facts;
        let found = match facts.exprs.expr(child) {
            Expr::Text(text) => self.module(file, facts.text(text)),
            _ => self.of(file, child),
        };
        let Some(found) = found else { return };
        self.join(found, parent, prefix);
        // A function is given the router, or is a handler that has a path itself.
        if let Router::Function(function) = found {
            let count = self.program.fact(function).params.len().min(4) as u32;
            for at in 0..count {
                self.join(Router::Param(function, at), parent, prefix);
            }
        }
        if let Router::File(module) = found
            && let Some(exported) = self.exported(module)
        {
            self.join(exported, parent, prefix);
        }
    }

    /// What a file that is used as a router stands for (`module.exports = router`).
    fn exported(&mut self, file: u32) -> Option<Router> {
        let whole = ["=", "default"].map(|name| self.program.intern(name));
        let names = self.evaluator(file).names;
        let hits = whole.map(|name| names.exported(file, name, &mut Busy::new()));
        let mut hits = hits.into_iter().flatten();
        hits.find_map(|hit| self.hit(hit, MAX_HOPS))
    }

    /// Ties the parameters of a function to the routers that a call hands it.
    pub(super) fn pass(&mut self, file: u32, call: ExprId) {
        let facts = self.program.file(file).facts;
        let Expr::Call(callee, args) = facts.exprs.expr(call) else {
            return;
        };
        let evaluator = self.evaluator(file);
        let values = evaluator.eval(callee);
        let targets: SmallVec<[(Sym, u32); 2]> = values
            .iter()
            .filter_map(|item| {
                let (function, receiver) = evaluator.callable(item.value)?;
                Some((function, evaluator.skipped_params(function, receiver)))
            })
            .collect();
        let args: SmallVec<[ExprId; 4]> = facts.list(args).take(8).collect();
        for (function, skipped) in targets {
            for (at, arg) in args.iter().enumerate() {
                if let Some(router @ (Router::Made(..) | Router::Param(..) | Router::Field(..))) =
                    self.of(file, *arg)
                {
                    self.join(Router::Param(function, at as u32 + skipped), router, "");
                }
            }
        }
    }

    /// The prefixes under which a router can be reached.
    pub(super) fn prefixes(&self, router: Router) -> Vec<String> {
        self.prefixes_below(router, &mut Vec::new())
    }

    fn prefixes_below(&self, router: Router, open: &mut Vec<Router>) -> Vec<String> {
        let mut above = Vec::new();
        if open.len() < MAX_DEPTH && !open.contains(&router) {
            open.push(router);
            for (parent, prefix) in self.above.get(&router).into_iter().flatten() {
                for before in self.prefixes_below(*parent, open) {
                    above.push(joined(&before, prefix));
                }
            }
            open.pop();
        }
        if above.is_empty() {
            above.push(String::new());
        }
        above.sort();
        above.dedup();
        above.truncate(MAX_PREFIXES);
        match self.own.get(&router) {
            None => above,
            Some(own) => {
                let pairs = above
                    .iter()
                    .flat_map(|before| own.iter().map(|own| joined(before, own)));
                pairs.take(MAX_PREFIXES).collect()
            }
        }
    }

    // ---- handlers ----

    /// The functions or types that an expression hands over as a handler.
    pub(super) fn handlers(&mut self, file: u32, expr: ExprId) -> Handlers {
        self.handlers_in(file, expr, 4)
    }

    fn handlers_in(&mut self, file: u32, expr: ExprId, depth: usize) -> Handlers {
        let facts = self.program.file(file).facts;
        if !expr.is_some() || depth == 0 {
            return Handlers::new();
        }
        let project_files = self.program.project_files;
        let own: Handlers = self
            .evaluator(file)
            .eval(expr)
            .iter()
            .filter_map(|item| match item.value {
                Value::Function(sym) | Value::Bound(sym, _) | Value::Class(sym, _) => Some(sym),
                Value::Instance(class, _) => Some(class),
                _ => None,
            })
            .filter(|sym| (sym.file as usize) < project_files)
            .collect();
        if !own.is_empty() {
            return own;
        }
        match facts.exprs.expr(expr) {
            // A wrapper around the handler, or a view made from a type.
            Expr::Call(callee, args) => {
                let args: SmallVec<[ExprId; 4]> = facts.list(args).take(8).collect();
                for arg in args.iter().rev() {
                    let found = self.handlers_in(file, *arg, depth - 1);
                    if !found.is_empty() {
                        return found;
                    }
                }
                match facts.exprs.expr(callee) {
                    Expr::Member(base, _) => self.handlers_in(file, base, depth - 1),
                    _ => Handlers::new(),
                }
            }
            Expr::List(items) | Expr::Tuple(items) => {
                let last = facts.list(items).last();
                last.map_or_else(Handlers::new, |last| {
                    self.handlers_in(file, last, depth - 1)
                })
            }
            Expr::Keyword(_, value) => self.handlers_in(file, value, depth - 1),
            _ => Handlers::new(),
        }
    }

    /// The methods of a type that are named like a verb.
    pub(super) fn by_verb(&self, class: Sym, verb: &str) -> Option<Sym> {
        let name = self.program.intern(&verb.to_ascii_lowercase());
        let file = self.program.file(class.file);
        let end_line = file.symbol(class.symbol).end_line;
        let members = file
            .facts
            .symbols
            .iter()
            .enumerate()
            .skip(class.symbol as usize + 1);
        members
            .take_while(|(_, fact)| fact.line <= end_line)
            .find(|(_, fact)| fact.parent.0 == class.symbol && file.global(fact.name) == name)
            .map(|(symbol, _)| self.sym(class.file, symbol as u32))
    }
}

/// A path below a prefix. What comes before a part that can be anything is not known either.
pub(super) fn joined(before: &str, after: &str) -> String {
    if before.is_empty() || after == UNKNOWN_BASE || after.starts_with("*/") {
        return after.to_owned();
    }
    if after.is_empty() {
        return before.to_owned();
    }
    format!("{before}/{after}")
}
