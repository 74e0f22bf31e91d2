//! Expressions to values, inside one file. What other files know comes from the tables of the round before.

use std::cell::{OnceCell, RefCell};

use arc_graph::Rule;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::facts::{BlockId, Expr, ExprId, ListId, Name, Unpacked};
use crate::resolve::dispatch::Implementations;
use crate::resolve::file::{File, keyword_value};
use crate::resolve::hierarchy::{Hierarchy, type_of};
use crate::resolve::looked_up::Around;
use crate::resolve::names::{Busy, Hit, Lookup, Names};
use crate::resolve::program::Program;
use crate::resolve::tables::{Contribution, Key, KeyHash, Tables, Unit};
use crate::resolve::types::types_of;
use crate::resolve::values::{Args, NameId, Sym, Value, Values};

/// Expressions nested deeper than this are unknown.
const MAX_DEPTH: u32 = 120;

/// Steps that one expression may take before what is left of it is unknown: sets of values multiply along a chain.
const MAX_STEPS: u32 = 4_000;

/// A member that was found, with what it was found on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) hit: Hit,
    pub(super) receiver: Value,
    /// The type that has the member, and its arguments in terms of the receiver's type.
    pub(super) owner: Option<(Sym, Args)>,
}

pub(super) type Members = SmallVec<[Found; 2]>;

#[derive(Clone)]
pub(super) enum Memo {
    Busy,
    Done(Values),
}

/// The values of a file's expressions as far as they are known: a number for each, which is cheap to begin with.
#[derive(Default)]
pub(super) struct Memos {
    /// Empty to begin with. 0 not looked at, 1 being evaluated, else two more than the position in `done`.
    slots: Vec<u32>,
    done: Vec<Values>,
}

impl Memos {
    fn slot(&self, id: ExprId) -> u32 {
        self.slots.get(id.index()).copied().unwrap_or(0)
    }

    fn set_busy(&mut self, id: ExprId, exprs: usize) {
        if self.slots.is_empty() {
            self.slots = vec![0; exprs];
        }
        self.slots[id.index()] = 1;
    }

    pub(super) fn is_busy(&self, id: ExprId) -> bool {
        self.slot(id) == 1
    }

    fn set_done(&mut self, id: ExprId, values: Values) {
        self.slots[id.index()] = self.done.len() as u32 + 2;
        self.done.push(values);
    }
}

/// Evaluates the expressions of one file.
pub(super) struct Evaluator<'p, 'a> {
    pub(super) program: &'p Program<'a>,
    pub(super) hierarchy: &'p Hierarchy,
    pub(super) names: Names<'p, 'a>,
    pub(super) index: u32,
    pub(super) file: &'p File<'a>,
    /// The expressions of the file, once they are asked for.
    exprs: OnceCell<Unpacked>,
    /// The unit of each of them.
    units: OnceCell<Box<[Unit]>>,
    tables: &'p Tables,
    pub(super) memo: RefCell<Memos>,
    pub(super) types: RefCell<FxHashMap<ExprId, Memo>>,
    pub(super) results: RefCell<FxHashMap<u32, Memo>>,
    /// Literals being looked into, each with the key asked for: a list may be spread into itself (`xs = [...xs, x]`).
    pub(super) open_literals: RefCell<FxHashSet<(u32, NameId)>>,
    /// What large literals hold, found so far.
    pub(super) elements: RefCell<FxHashMap<u32, Values>>,
    /// Names that were looked up.
    pub(super) looked_up: RefCell<FxHashMap<Around, Lookup>>,
    /// What may run instead of a method when the receiver is of a type: looked for once.
    pub(super) below: RefCell<FxHashMap<(Sym, Sym), Implementations>>,
    /// Whether anybody will ask what was read.
    is_tracking: bool,
    /// The units that may have other values than in the round before; `None` when all may.
    touched: Option<&'p [bool]>,
    reads: RefCell<FxHashSet<(Unit, KeyHash)>>,
    /// Units that use what other units give: the user, the used.
    links: RefCell<FxHashSet<(Unit, Unit)>>,
    /// The last of them; no unit uses itself.
    last_link: std::cell::Cell<(Unit, Unit)>,
    /// All keys that were read, where that is recorded.
    keys: Option<RefCell<FxHashSet<Key>>>,
    /// The unit whose expressions are evaluated right now.
    pub(super) unit: std::cell::Cell<Unit>,
    depth: std::cell::Cell<u32>,
    steps: std::cell::Cell<u32>,
}

impl<'p, 'a> Evaluator<'p, 'a> {
    pub(super) fn new(
        program: &'p Program<'a>,
        hierarchy: &'p Hierarchy,
        tables: &'p Tables,
        index: u32,
    ) -> Evaluator<'p, 'a> {
        let file = program.file(index);
        Evaluator {
            program,
            hierarchy,
            names: Names {
                program,
                hierarchy,
                language: file.language.name(),
            },
            index,
            file,
            tables,
            memo: RefCell::default(),
            exprs: OnceCell::new(),
            units: OnceCell::new(),
            types: RefCell::default(),
            results: RefCell::default(),
            open_literals: RefCell::default(),
            elements: RefCell::default(),
            looked_up: RefCell::default(),
            below: RefCell::default(),
            is_tracking: false,
            touched: None,
            reads: RefCell::default(),
            links: RefCell::default(),
            last_link: std::cell::Cell::new((0, 0)),
            keys: None,
            unit: std::cell::Cell::new(0),
            depth: std::cell::Cell::new(0),
            steps: std::cell::Cell::new(0),
        }
    }

    /// The expressions of the file.
    pub(super) fn exprs(&self) -> &Unpacked {
        self.exprs.get_or_init(|| self.file.facts.exprs.unpacked())
    }

    /// Remembers which unit read what. Only the values of `touched` units may differ from the round before.
    pub(super) fn tracking(self, touched: &'p [bool]) -> Evaluator<'p, 'a> {
        Evaluator {
            is_tracking: true,
            touched: Some(touched),
            ..self
        }
    }

    /// Remembers which keys are read, by whatever unit.
    pub(super) fn recording(self) -> Evaluator<'p, 'a> {
        Evaluator {
            keys: Some(RefCell::default()),
            ..self
        }
    }

    /// The keys that were read, if that was recorded.
    pub(super) fn recorded_keys(&self) -> FxHashSet<Key> {
        self.keys.as_ref().map(RefCell::take).unwrap_or_default()
    }

    /// Whether a unit has the values that it had in the round before.
    pub(super) fn is_untouched(&self, unit: Unit) -> bool {
        self.touched.is_some_and(|touched| !touched[unit as usize])
    }

    /// Adds what was read to what the file contributes.
    pub(super) fn into_reads(self, contribution: &mut Contribution) {
        contribution.reads = self.reads.into_inner().into_iter().collect();
        contribution.links = self.links.into_inner().into_iter().collect();
    }

    /// Evaluates as a part of a unit: what is read on the way is read by it, and whoever asked uses it.
    pub(super) fn within<T>(&self, unit: Unit, evaluate: impl FnOnce() -> T) -> T {
        let user = self.unit.replace(unit);
        self.link(user, unit);
        let result = evaluate();
        self.unit.set(user);
        result
    }

    pub(super) fn link(&self, user: Unit, used: Unit) {
        // One unit uses another many times in a row.
        if user != used && self.is_tracking && self.last_link.replace((user, used)) != (user, used)
        {
            self.links.borrow_mut().insert((user, used));
        }
    }

    pub(super) fn uses(&self, id: ExprId) {
        self.link(self.unit.get(), self.unit_of(id));
    }

    /// The unit that an expression belongs to; 0 for none.
    pub(super) fn unit_of(&self, id: ExprId) -> Unit {
        let units = self.units.get_or_init(|| self.file.units(self.exprs()));
        units.get(id.index()).copied().unwrap_or(0)
    }

    pub(super) fn sym(&self, symbol: u32) -> Sym {
        Sym {
            file: self.index,
            symbol,
        }
    }

    pub(super) fn read(&self, key: Key) -> Values {
        let (hash, values) = self.tables.look_up(&key);
        let is_known = self.is_tracking && !self.reads.borrow_mut().insert((self.unit.get(), hash));
        if !is_known && let Some(keys) = &self.keys {
            keys.borrow_mut().insert(key);
        }
        values.cloned().unwrap_or_default()
    }

    /// What the tables say, without being noted as read.
    pub(super) fn known(&self, key: &Key) -> Option<&'p Values> {
        self.tables.get(key)
    }

    pub(super) fn expr_of(&self, id: ExprId) -> Expr {
        self.exprs().expr(id)
    }

    pub(super) fn block_of(&self, id: ExprId) -> BlockId {
        self.exprs().get(id).map_or(BlockId(0), |node| node.block)
    }

    /// Goes one level down, unless that is too deep. Every success is followed by [`Self::surface`].
    pub(super) fn deepen(&self) -> bool {
        let depth = self.depth.get();
        if depth == 0 {
            self.steps.set(0);
        }
        if depth >= MAX_DEPTH || self.steps.get() >= MAX_STEPS {
            return false;
        }
        self.depth.set(depth + 1);
        self.steps.set(self.steps.get() + 1);
        true
    }

    pub(super) fn surface(&self) {
        self.depth.set(self.depth.get() - 1);
    }

    /// What an expression can be.
    pub(super) fn eval(&self, id: ExprId) -> Values {
        if !id.is_some() || id.index() >= self.exprs().len() {
            return Values::unknown();
        }
        let unit = self.unit_of(id);
        {
            let memo = self.memo.borrow();
            let slot = memo.slot(id);
            if slot != 0 {
                self.link(self.unit.get(), unit);
                return slot
                    .checked_sub(2)
                    .map_or_else(Values::unknown, |done| memo.done[done as usize].clone());
            }
        }
        if !self.deepen() {
            return Values::unknown();
        }
        self.memo.borrow_mut().set_busy(id, self.exprs().len());
        let values = self.within(unit, || self.eval_open(id));
        self.memo.borrow_mut().set_done(id, values.clone());
        self.surface();
        values
    }

    fn eval_open(&self, id: ExprId) -> Values {
        match self.expr_of(id) {
            Expr::Name(name) => {
                let values = self.name_values(id, name);
                self.run_by_reading(id, values)
            }
            Expr::Member(base, name) => {
                let of = self.eval(base);
                if let Some(stored) = self.stored(id, base, Some(name), &of) {
                    return self.run_by_reading(id, stored);
                }
                let name = self.file.global(name);
                let values = of.iter().fold(Values::unknown(), |mut values, item| {
                    values.extend(&self.member_values(item, name, self.is_read(id)));
                    values
                });
                self.run_by_reading(id, values)
            }
            Expr::Call(callee, args) => self.call(&self.callee(callee, args), args),
            Expr::New(callee, args) => {
                let callee = self.eval(callee);
                let mut made = self.call(&callee, args);
                made.extend(&self.built_by_functions(&callee));
                made
            }
            Expr::Keyword(_, value) => self.eval(value),
            Expr::Index(base, key) => {
                let of = self.eval(base);
                if let Some(affixes) = self.affixes(key) {
                    return self.family_values(&of, affixes);
                }
                match self.stored(id, base, self.key_name(key), &of) {
                    Some(stored) => stored,
                    None => self.index(&of, key),
                }
            }
            Expr::Symbol(symbol) => self.symbol_value(self.sym(symbol.0), Rule::Scope),
            Expr::Import(import) => self.hits_values(
                &self.names.imported(self.index, import, &mut Busy::new()),
                Rule::Import,
            ),
            Expr::Param(symbol, at) => self.param_values(self.sym(symbol.0), at),
            Expr::TypeParam(symbol, at) => {
                Values::one(Value::TypeVar(self.sym(symbol.0), at), Rule::Scope)
            }
            Expr::This => self.this(id),
            Expr::Super => self.class_around(id).map_or_else(Values::unknown, |class| {
                Values::one(Value::SuperOf(class, 1), Rule::OwnMember)
            }),
            Expr::ThisType => self.class_around(id).map_or_else(Values::unknown, |class| {
                Values::one(Value::SelfClassOf(class), Rule::OwnMember)
            }),
            Expr::Root(levels) => Values::one(
                self.names.root(self.index, self.block_of(id), levels),
                Rule::Import,
            ),
            Expr::Text(name) => Values::one(Value::Text(self.file.global(name)), Rule::LocalType),
            Expr::Literal(name) => self.prelude_instance(self.file.facts.text(name), Vec::new()),
            Expr::List(_) | Expr::Tuple(_) | Expr::Map(_) | Expr::Object(_) => {
                Values::one(Value::Made(self.index, id.0), Rule::LocalType)
            }
            Expr::Element(of) => self.elements(&self.eval(of), 0),
            Expr::Item(of, at) => self.item(&self.eval(of), at),
            Expr::Enter(of) => self.entered(&self.eval(of)),
            Expr::Await(of) => self.awaited(&self.eval(of)),
            Expr::Unwrap(of) => self.unwrapped(&self.eval(of)),
            Expr::Either(items) => self.either(items, |part| self.eval(part)),
            Expr::Cast(value, to) if self.is_super(value) => self.above(id, to),
            Expr::Cast(value, to) => {
                let mut declared = self.eval_type(to);
                if declared.is_unknown() || declared.is_callable_only() {
                    declared.extend(&self.eval(value));
                }
                declared
            }
            Expr::Apply(base, args) => self.applied(&self.eval(base), args),
            Expr::Payload(of, pattern, field) => self.payload(of, pattern, field),
            Expr::Operator(name, operands) => self.operator(name, operands),
            Expr::Decorated(decorator, value) => self.decorated(decorator, value),
            Expr::TypeOf(of) => types_of(&self.eval(of)),
            Expr::Unknown | Expr::Spread(_) | Expr::Signature(_) | Expr::Position(_) => {
                Values::unknown()
            }
        }
    }

    fn is_super(&self, id: ExprId) -> bool {
        id.is_some() && self.expr_of(id) == Expr::Super
    }

    /// The receiver as what lies above a type that it is: `super(Base, self)`.
    fn above(&self, id: ExprId, named: ExprId) -> Values {
        let Some(class) = self.class_around(id) else {
            return Values::unknown();
        };
        let order = self.hierarchy.order(class);
        let named = self.eval_type(named);
        let mut classes = named.iter().filter_map(|item| type_of(item.value));
        let (class, skipped) = match classes.next() {
            Some(named) => match order.iter().position(|(above, _)| *above == named) {
                Some(at) => (class, at as u32 + 1),
                None => (named, 1),
            },
            None => (class, 1),
        };
        Values::one(Value::SuperOf(class, skipped), Rule::OwnMember)
    }

    pub(super) fn either(&self, items: ListId, part: impl Fn(ExprId) -> Values) -> Values {
        let mut values = Values::unknown();
        for item in self.file.facts.list(items) {
            values.extend(&part(item));
        }
        values
    }

    pub(super) fn prelude_class(&self, name: &str) -> Option<Sym> {
        if name.is_empty() {
            return None;
        }
        self.program.prelude_type(self.file.language.name(), name)
    }

    pub(super) fn prelude_instance(&self, name: &str, args: Vec<Values>) -> Values {
        match self.prelude_class(name) {
            Some(class) => Values::one(
                Value::Instance(class, self.program.intern_args(args)),
                Rule::LocalType,
            ),
            None => Values::unknown(),
        }
    }

    pub(super) fn args(&self, args: ListId) -> impl Iterator<Item = (Option<Name>, ExprId)> + '_ {
        self.file
            .facts
            .list(args)
            .map(|arg| match self.expr_of(arg) {
                Expr::Keyword(name, _) => (Some(name), keyword_value(self.exprs(), arg)),
                _ => (None, arg),
            })
    }
}
