//! Expressions to values, inside one file. What other files know comes from the tables of the round before.

use std::cell::RefCell;
use std::sync::Arc;

use arc_graph::{NodeKind, Rule};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::facts::{BlockId, Expr, ExprId, ListId, Name, Role, flag};
use crate::resolve::generics::Substitution;
use crate::resolve::hierarchy::{Hierarchy, first_type, is_type_kind, type_of};
use crate::resolve::names::{Busy, Hit, Hits, Names, Use};
use crate::resolve::program::{File, Program, keyword_value};
use crate::resolve::tables::{Contribution, Key, Tables, Unit};
use crate::resolve::values::{Args, NameId, Sym, Typed, Value, Values};

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
enum Memo {
    Busy,
    Done(Values),
}

/// The values of a file's expressions as far as they are known: a number for each, which is cheap to begin with.
struct Memos {
    /// 0 not looked at, 1 being evaluated, else two more than the position in `done`.
    slots: Vec<u32>,
    done: Vec<Values>,
}

impl Memos {
    fn new(exprs: usize) -> Memos {
        Memos {
            slots: vec![0; exprs],
            done: Vec::new(),
        }
    }

    fn is_busy(&self, id: ExprId) -> bool {
        self.slots.get(id.index()) == Some(&1)
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
    tables: &'p Tables,
    memo: RefCell<Memos>,
    types: RefCell<FxHashMap<ExprId, Memo>>,
    results: RefCell<FxHashMap<u32, Memo>>,
    /// Literals being looked into, each with the key asked for: a list may be spread into itself (`xs = [...xs, x]`).
    pub(super) open_literals: RefCell<FxHashSet<(u32, NameId)>>,
    /// Whether anybody will ask what was read.
    is_tracking: bool,
    reads: RefCell<FxHashSet<(Unit, Key)>>,
    /// Units that use what other units give: the user, the used.
    links: RefCell<FxHashSet<(Unit, Unit)>>,
    /// The unit whose expressions are evaluated right now.
    unit: std::cell::Cell<Unit>,
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
            memo: RefCell::new(Memos::new(file.facts.exprs.len())),
            types: RefCell::default(),
            results: RefCell::default(),
            open_literals: RefCell::default(),
            is_tracking: false,
            reads: RefCell::default(),
            links: RefCell::default(),
            unit: std::cell::Cell::new(0),
            depth: std::cell::Cell::new(0),
            steps: std::cell::Cell::new(0),
        }
    }

    /// One that remembers which unit read what.
    pub(super) fn tracking(
        program: &'p Program<'a>,
        hierarchy: &'p Hierarchy,
        tables: &'p Tables,
        index: u32,
    ) -> Evaluator<'p, 'a> {
        Evaluator {
            is_tracking: true,
            ..Evaluator::new(program, hierarchy, tables, index)
        }
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

    fn link(&self, user: Unit, used: Unit) {
        if user != used && self.is_tracking {
            self.links.borrow_mut().insert((user, used));
        }
    }

    fn uses(&self, id: ExprId) {
        self.link(self.unit.get(), self.file.unit_of(id));
    }

    pub(super) fn sym(&self, symbol: u32) -> Sym {
        Sym {
            file: self.index,
            symbol,
        }
    }

    pub(super) fn read(&self, key: Key) -> Values {
        if self.is_tracking {
            self.reads.borrow_mut().insert((self.unit.get(), key));
        }
        self.tables.get(&key).cloned().unwrap_or_default()
    }

    pub(super) fn expr_of(&self, id: ExprId) -> Expr {
        self.file
            .facts
            .exprs
            .get(id.index())
            .map_or(Expr::Unknown, |node| node.expr)
    }

    pub(super) fn block_of(&self, id: ExprId) -> BlockId {
        self.file
            .facts
            .exprs
            .get(id.index())
            .map_or(BlockId(0), |node| node.block)
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

    // ---- values ----

    /// What an expression can be.
    pub(super) fn eval(&self, id: ExprId) -> Values {
        if !id.is_some() || id.index() >= self.file.facts.exprs.len() {
            return Values::unknown();
        }
        let unit = self.file.unit_of(id);
        {
            let memo = self.memo.borrow();
            let slot = memo.slots[id.index()];
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
        self.memo.borrow_mut().slots[id.index()] = 1;
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
                let name = self.file.global(name);
                let values = self
                    .eval(base)
                    .iter()
                    .fold(Values::unknown(), |mut values, item| {
                        values.extend(&self.member_values(item, name));
                        values
                    });
                self.run_by_reading(id, values)
            }
            Expr::Call(callee, args) | Expr::New(callee, args) => {
                self.call(&self.eval(callee), args)
            }
            Expr::Keyword(_, value) => self.eval(value),
            Expr::Index(base, key) => self.index(&self.eval(base), key),
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
                Values::one(Value::SuperOf(class), Rule::OwnMember)
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

    pub(super) fn either(&self, items: ListId, part: impl Fn(ExprId) -> Values) -> Values {
        let mut values = Values::unknown();
        for item in self.file.facts.list(items) {
            values.extend(&part(item));
        }
        values
    }

    /// What a name stands for at its place; bindings being evaluated right now are passed over (`x = x`).
    pub(super) fn name_hits(&self, id: ExprId, name: Name) -> (Hits, Rule, bool) {
        let place = Use {
            file: self.index,
            block: self.block_of(id),
            name,
            at: id.0,
        };
        let is_busy = |binding: u32| {
            let value = self.file.facts.bindings[binding as usize].value;
            value.is_some() && self.memo.borrow().is_busy(value)
        };
        let found = self.names.lookup(place, &is_busy, &mut Busy::new());
        (found.hits, found.rule, found.is_member)
    }

    fn name_values(&self, id: ExprId, name: Name) -> Values {
        let (hits, rule, is_member) = self.name_hits(id, name);
        if is_member && let Some(class) = self.class_around(id) {
            let mut values = Values::unknown();
            for hit in hits {
                let found = Found {
                    hit,
                    receiver: Value::SelfOf(class),
                    owner: Some((class, Args::NONE)),
                };
                values.extend(&self.found_values(&found).weakened(rule));
            }
            return values;
        }
        self.hits_values(&hits, rule)
    }

    /// Where functions run without parentheses, reading one that asks for nothing gives its result. A callee is not read.
    fn run_by_reading(&self, id: ExprId, values: Values) -> Values {
        let role = self.file.facts.exprs[id.index()].role;
        if !self.file.semantics.reads_call || role == Role::Silent as u8 {
            return values;
        }
        let mut read = Values::unknown();
        for item in values.iter() {
            let function = match item.value {
                Value::Function(sym) | Value::Bound(sym, _) => Some(sym),
                _ => None,
            };
            if function.is_some_and(|sym| self.asks_for_nothing(sym)) {
                read.extend(&self.call(&Values::one(item.value, item.rule), ListId::NONE));
            } else {
                read.add(item.value, item.rule);
            }
        }
        read
    }

    /// Whether a function can be called without arguments.
    pub(super) fn asks_for_nothing(&self, sym: Sym) -> bool {
        let params = &self.program.fact(sym).params;
        params
            .iter()
            .all(|param| param.kind != 0 || param.default.is_some())
    }

    pub(super) fn hits_values(&self, hits: &[Hit], rule: Rule) -> Values {
        let mut values = Values::unknown();
        for hit in hits {
            values.extend(&self.hit_values(hit, rule));
        }
        values
    }

    pub(super) fn hit_values(&self, hit: &Hit, rule: Rule) -> Values {
        match *hit {
            Hit::Symbol(sym) => self.symbol_value(sym, rule),
            Hit::Value(value) => Values::one(value, rule),
            Hit::Binding(file, binding) => self.binding_values(file, binding).weakened(rule),
            Hit::Export(file, export) if file == self.index => self
                .eval(self.file.facts.exports[export as usize].value)
                .weakened(rule),
            Hit::Export(file, export) => self.read(Key::Export(file, export)).weakened(rule),
            Hit::Field(class, name, field) => self.field_values(class, name, field).weakened(rule),
        }
    }

    fn symbol_value(&self, sym: Sym, rule: Rule) -> Values {
        let value = match self.program.kind(sym) {
            NodeKind::TypeAlias => {
                let mut values = Values::unknown();
                for item in self.declared(sym).iter() {
                    let value = match item.value {
                        Value::Instance(class, args) => Value::Class(class, args),
                        Value::SelfOf(class) => Value::SelfClassOf(class),
                        other => other,
                    };
                    values.add(value, item.rule.max(rule));
                }
                return values;
            }
            NodeKind::EnumMember => Value::Variant(sym),
            kind if is_type_kind(kind) || kind == NodeKind::Module => Value::Class(sym, Args::NONE),
            NodeKind::Function
            | NodeKind::Method
            | NodeKind::Lambda
            | NodeKind::Macro
            | NodeKind::Test => Value::Function(sym),
            // Types and modules are answered above.
            NodeKind::File
            | NodeKind::Module
            | NodeKind::Class
            | NodeKind::Interface
            | NodeKind::Enum
            | NodeKind::Field
            | NodeKind::Variable
            | NodeKind::Constant
            | NodeKind::Section
            | NodeKind::Resource
            | NodeKind::Key
            | NodeKind::Table
            | NodeKind::External
            | NodeKind::Commit
            | NodeKind::Person
            | NodeKind::PullRequest
            | NodeKind::Issue
            | NodeKind::Decision => return self.declared(sym).weakened(rule),
        };
        Values::one(value, rule)
    }

    pub(super) fn binding_values(&self, file: u32, position: u32) -> Values {
        if file != self.index {
            return self.read(Key::Binding(file, position));
        }
        let binding = &self.file.facts.bindings[position as usize];
        if binding.symbol.is_some() {
            let sym = self.sym(binding.symbol.0);
            if self.program.kind(sym) == NodeKind::EnumMember {
                return Values::one(Value::Variant(sym), Rule::Scope);
            }
        }
        let declared = self.eval_type(binding.declared);
        if declared.is_unknown() {
            self.eval(binding.value)
        } else if declared.is_callable_only() {
            let mut values = declared;
            values.extend(&self.eval(binding.value).weakened(Rule::ValueFlow));
            values.extend(&self.stored_in_field(binding.scope, binding.name));
            values
        } else {
            declared
        }
    }

    /// What was put into a field that is declared in this block, if the block is the body of a type.
    fn stored_in_field(&self, scope: BlockId, name: Name) -> Values {
        match self.file.facts.blocks.get(scope.index()) {
            Some(block) if block.kind == crate::facts::BlockKind::Class as u8 => {
                let key = Key::Field(self.sym(block.symbol.0), self.file.global(name));
                self.read(key).weakened(Rule::ValueFlow)
            }
            Some(_) | None => Values::unknown(),
        }
    }

    fn field_values(&self, class: Sym, name: NameId, field: Option<Sym>) -> Values {
        let declared = field.map_or_else(Values::unknown, |field| self.declared(field));
        if !declared.is_unknown() {
            return declared;
        }
        // Methods of the types above give the field values as well.
        let mut values = Values::unknown();
        for (above, _) in self.hierarchy.order(class) {
            values.extend(&self.read(Key::Field(above, name)));
        }
        values
    }

    /// The declared type of a symbol, as values of that type.
    pub(super) fn declared(&self, sym: Sym) -> Values {
        let fact = self.program.fact(sym);
        if !fact.declared.is_some() {
            return Values::unknown();
        }
        if sym.file == self.index {
            self.eval_type(fact.declared)
        } else {
            self.read(Key::Declared(sym))
        }
    }

    pub(super) fn param_type(&self, sym: Sym, at: u32) -> Values {
        let fact = self.program.fact(sym);
        let Some(param) = fact.params.get(at as usize) else {
            return Values::unknown();
        };
        if !param.declared.is_some() {
            return Values::unknown();
        }
        if sym.file == self.index {
            self.eval_type(param.declared)
        } else {
            self.read(Key::ParamType(sym, at))
        }
    }

    pub(super) fn class_around(&self, id: ExprId) -> Option<Sym> {
        self.hierarchy
            .class_around(self.program, self.index, self.block_of(id))
    }

    /// The receiver: the instance of the type around, the object literal around, or what a constructor function makes.
    fn this(&self, id: ExprId) -> Values {
        let mut symbol = self.file.facts.blocks[self.block_of(id).index()].symbol;
        while symbol.is_some() {
            if let Some(object) = self.file.object_of.get(&symbol.0) {
                return Values::one(Value::Made(self.index, object.0), Rule::OwnMember);
            }
            let kind = self.program.kind(self.sym(symbol.0));
            if is_type_kind(kind) || kind == NodeKind::Method {
                break;
            }
            if kind == NodeKind::Function && self.class_around(id).is_none() {
                return Values::one(
                    Value::SelfOf(self.function_class(symbol.0)),
                    Rule::OwnMember,
                );
            }
            symbol = self.file.symbol(symbol.0).parent;
        }
        self.class_around(id).map_or_else(Values::unknown, |class| {
            Values::one(Value::SelfOf(class), Rule::OwnMember)
        })
    }

    /// A function put on a prototype has the constructor function's instances as receivers.
    fn function_class(&self, symbol: u32) -> Sym {
        for member in &self.file.facts.members {
            if self.expr_of(member.value) == Expr::Symbol(crate::facts::SymbolId(symbol))
                && let Expr::Member(base, name) = self.expr_of(member.base)
                && self.file.facts.text(name) == "prototype"
                && let Some(class) = self.eval(base).iter().find_map(|item| match item.value {
                    Value::Function(class) | Value::Class(class, _) => Some(class),
                    _ => None,
                })
            {
                return class;
            }
        }
        self.sym(symbol)
    }

    /// What a parameter can be, seen from inside its function.
    fn param_values(&self, sym: Sym, at: u32) -> Values {
        let fact = self.program.fact(sym);
        let Some(param) = fact.params.get(at as usize) else {
            return Values::unknown();
        };
        if self.is_receiver(sym, at)
            && let Some(owner) = self.hierarchy.owner(self.program, sym)
        {
            let is_class = fact.flags & flag::CLASS_METHOD != 0;
            let value = if is_class {
                Value::SelfClassOf(owner)
            } else {
                Value::SelfOf(owner)
            };
            return Values::one(value, Rule::OwnMember);
        }
        let declared = self.eval_type(param.declared);
        if declared.is_callable_only() {
            let mut values = declared;
            values.extend(&self.read(Key::Param(sym, at)).weakened(Rule::ValueFlow));
            return values;
        }
        if !declared.is_unknown() {
            let declared = declared.weakened(Rule::DeclaredType);
            return if param.kind == 1 {
                self.list_of(declared)
            } else {
                declared
            };
        }
        let contextual = self.contextual(sym, at);
        if !contextual.is_unknown() {
            return contextual;
        }
        let injected = self.injected(sym, at);
        if !injected.is_unknown() {
            return injected.weakened(Rule::Injection);
        }
        let mut values = self.read(Key::Param(sym, at));
        if param.default.is_some() {
            values.extend(&self.eval(param.default));
        }
        let values = values.weakened(Rule::ValueFlow);
        if param.kind == 1 {
            self.list_of(values)
        } else {
            values
        }
    }

    pub(super) fn is_receiver(&self, sym: Sym, at: u32) -> bool {
        let fact = self.program.fact(sym);
        match fact.params.get(at as usize) {
            Some(param) if param.kind == 4 => true,
            Some(_) => {
                at == 0
                    && self.program.file(sym.file).semantics.receiver_is_parameter
                    && self.program.kind(sym) == NodeKind::Method
                    && fact.flags & flag::STATIC == 0
            }
            None => false,
        }
    }

    fn list_of(&self, elements: Values) -> Values {
        let [list, ..] = self.file.semantics.literal_types;
        self.prelude_instance(list, vec![elements])
    }

    /// The parameter of a function literal, from the declared type of what it is given to.
    fn expected(&self, sym: Sym, at: u32) -> Values {
        let Some(declared) = self.file.expected_type.get(&sym.symbol) else {
            return Values::unknown();
        };
        let mut values = Values::unknown();
        for item in self.signatures(&self.eval_type(*declared), sym).iter() {
            if let Value::Callable(parts) = item.value
                && let parts = self.program.args_of(parts)
                && (at as usize) + 1 < parts.len()
            {
                values.extend(&parts[at as usize].clone().weakened(item.rule));
            }
        }
        values
    }

    /// The parameter of a function literal, from the declared type of the parameter it is passed for.
    fn contextual(&self, sym: Sym, at: u32) -> Values {
        let Some((call, position)) = self.file.argument_of.get(&sym.symbol).copied() else {
            return self.expected(sym, at);
        };
        let (Expr::Call(callee, args) | Expr::New(callee, args)) = self.expr_of(call) else {
            return Values::unknown();
        };
        let mut values = Values::unknown();
        for item in self.eval(callee).iter() {
            let Some((function, receiver)) = self.callable(item.value) else {
                continue;
            };
            let skipped = self.skipped_params(function, receiver);
            let expected = self.param_type(function, position + skipped);
            if expected.is_unknown() {
                continue;
            }
            let substitution = self.substitution(function, receiver, args, Some(position));
            let expected = self.signatures(&expected, function);
            for expected in substitution.apply(self.program, &expected).iter() {
                if let Value::Callable(parts) = expected.value
                    && let parts = self.program.args_of(parts)
                    && (at as usize) + 1 < parts.len()
                {
                    values.extend(&parts[at as usize].clone().weakened(item.rule));
                }
            }
        }
        let open = |item: &Typed| !matches!(item.value, Value::TypeVar(..));
        values.iter().filter(open).collect()
    }

    /// The result of a fixture that a test names as a parameter.
    fn injected(&self, sym: Sym, at: u32) -> Values {
        match self.fixture(sym, at) {
            Some(fixture) => self.result_of(fixture),
            None => Values::unknown(),
        }
    }

    /// The fixture that a parameter of a test or of another fixture names.
    pub(super) fn fixture(&self, sym: Sym, at: u32) -> Option<Sym> {
        let fact = self.program.fact(sym);
        if fact.flags & (flag::TEST | flag::FIXTURE | flag::SETUP) == 0
            || self.file.semantics.fixture_files.is_empty()
        {
            return None;
        }
        let name = self.file.global(fact.params.get(at as usize)?.name);
        if let Some(owner) = self.hierarchy.owner(self.program, sym) {
            for (class, _) in self.hierarchy.order(owner) {
                let own = self.hierarchy.own(class, name).iter();
                let hit = own
                    .map(|member| self.names.member_hit(class, name, *member))
                    .find_map(|hit| self.as_fixture(&hit));
                if hit.is_some_and(|hit| hit != sym) {
                    return hit;
                }
            }
        }
        let mut folder = Some(self.file.path.as_str());
        let mut candidates = vec![self.index];
        while let Some(path) = folder {
            let parent = crate::project::folder_of(path);
            for file_name in self.file.semantics.fixture_files {
                candidates.extend(
                    self.program
                        .file_at(&crate::project::join(parent, file_name)),
                );
            }
            folder = (!parent.is_empty()).then_some(parent);
        }
        for file in candidates {
            let hits = self.names.exported(file, name, &mut Busy::new());
            let found = hits.iter().rev().find_map(|hit| self.as_fixture(hit));
            if found.is_some_and(|found| found != sym) {
                return found;
            }
        }
        None
    }

    fn as_fixture(&self, hit: &Hit) -> Option<Sym> {
        match hit {
            Hit::Symbol(sym) if self.program.has_flag(*sym, flag::FIXTURE) => Some(*sym),
            Hit::Binding(file, binding) => {
                let file_facts = self.program.file(*file).facts;
                let symbol = file_facts.bindings[*binding as usize].symbol;
                let sym = Sym {
                    file: *file,
                    symbol: symbol.0,
                };
                (symbol.is_some() && self.program.has_flag(sym, flag::FIXTURE)).then_some(sym)
            }
            _ => None,
        }
    }

    /// What a function gives, before type parameters and the receiver are put in.
    pub(super) fn result_of(&self, sym: Sym) -> Values {
        if sym.file != self.index {
            return self.read(Key::Return(sym));
        }
        let unit = self.file.unit_of_symbol(sym.symbol);
        match self.results.borrow().get(&sym.symbol) {
            Some(Memo::Done(values)) => {
                self.link(self.unit.get(), unit);
                return values.clone();
            }
            // A function that needs its own result gets the one of the round before.
            Some(Memo::Busy) => return self.read(Key::Return(sym)),
            None => {}
        }
        self.results.borrow_mut().insert(sym.symbol, Memo::Busy);
        let values = self.within(unit, || self.result_open(sym));
        self.results
            .borrow_mut()
            .insert(sym.symbol, Memo::Done(values.clone()));
        values
    }

    fn result_open(&self, sym: Sym) -> Values {
        let fact = self.file.symbol(sym.symbol);
        let declared = self.declared(sym);
        if !declared.is_unknown() {
            return self.asynchronous(fact.flags, declared.weakened(Rule::DeclaredType));
        }
        let mut returned = Values::unknown();
        let mut yielded = Values::unknown();
        for (is_yield, value) in self.file.returns_of(sym.symbol) {
            if is_yield {
                yielded.extend(&self.eval(value))
            } else {
                returned.extend(&self.eval(value))
            }
        }
        if fact.flags & flag::FIXTURE != 0 {
            returned.extend(&yielded);
            return returned.weakened(Rule::InferredType);
        }
        if fact.flags & flag::GENERATOR != 0 {
            return self
                .prelude_instance(self.file.semantics.generator_type, vec![yielded])
                .weakened(Rule::InferredType);
        }
        self.asynchronous(fact.flags, returned.weakened(Rule::InferredType))
    }

    fn asynchronous(&self, flags: u32, values: Values) -> Values {
        let wrapper = self.file.semantics.async_type;
        if flags & flag::ASYNC == 0 || wrapper.is_empty() {
            return values;
        }
        let Some(wrapper_class) = self.prelude_class(wrapper) else {
            return values;
        };
        let is_wrapped = |item: Typed| type_of(item.value) == Some(wrapper_class);
        if values.iter().any(is_wrapped) {
            values
        } else {
            self.prelude_instance(wrapper, vec![values])
        }
    }

    // ---- the prelude ----

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

    // ---- types ----

    /// The values of the type that an expression names.
    pub(super) fn eval_type(&self, id: ExprId) -> Values {
        if !id.is_some() {
            return Values::unknown();
        }
        match self.types.borrow().get(&id) {
            Some(Memo::Done(values)) => {
                self.uses(id);
                return values.clone();
            }
            Some(Memo::Busy) => {
                self.uses(id);
                return Values::unknown();
            }
            None => {}
        }
        if !self.deepen() {
            return Values::unknown();
        }
        self.types.borrow_mut().insert(id, Memo::Busy);
        let values = self.within(self.file.unit_of(id), || self.eval_type_open(id));
        self.types
            .borrow_mut()
            .insert(id, Memo::Done(values.clone()));
        self.surface();
        values
    }

    fn eval_type_open(&self, id: ExprId) -> Values {
        match self.expr_of(id) {
            Expr::Either(items) => self.either(items, |part| self.eval_type(part)),
            Expr::Apply(base, args) | Expr::Call(base, args) | Expr::New(base, args) => {
                let args: Vec<Values> = self
                    .file
                    .facts
                    .list(args)
                    .map(|arg| self.eval_type(arg))
                    .collect();
                let mut values = Values::unknown();
                for item in self.eval_type(base).iter() {
                    let value = match item.value {
                        Value::Instance(class, _) => self.alias_args(base, class, &args),
                        other => other,
                    };
                    values.add(value, item.rule);
                }
                values
            }
            Expr::Index(base, key) => {
                let args = vec![self.eval_type(key)];
                let mut values = Values::unknown();
                for item in self.eval_type(base).iter() {
                    let value = match item.value {
                        Value::Instance(class, _) => {
                            Value::Instance(class, self.program.intern_args(args.clone()))
                        }
                        other => other,
                    };
                    values.add(value, item.rule);
                }
                values
            }
            Expr::Tuple(items) | Expr::List(items) => {
                let args = self
                    .file
                    .facts
                    .list(items)
                    .map(|item| self.eval_type(item))
                    .collect();
                Values::one(
                    Value::Tuple(self.program.intern_args(args)),
                    Rule::DeclaredType,
                )
            }
            Expr::Signature(parts) => {
                let parts = self
                    .file
                    .facts
                    .list(parts)
                    .map(|part| self.eval_type(part))
                    .collect();
                Values::one(
                    Value::Callable(self.program.intern_args(parts)),
                    Rule::DeclaredType,
                )
            }
            Expr::TypeOf(of) => self.eval(of),
            Expr::Keyword(_, value) => self.eval_type(value),
            Expr::Cast(_, to) => self.eval_type(to),
            Expr::Text(_) => {
                self.prelude_instance(self.file.semantics.literal_types[3], Vec::new())
            }
            _ => self.instances(&self.eval(id)),
        }
    }

    /// `alias<X>`: the aliased type with the argument in place, or the type itself with its arguments.
    fn alias_args(&self, base: ExprId, class: Sym, args: &[Values]) -> Value {
        let alias = self
            .place_of(base)
            .into_iter()
            .find(|sym| self.program.kind(*sym) == NodeKind::TypeAlias);
        if let Some(alias) = alias {
            let declared = self.declared(alias);
            let substitution = Substitution {
                known: vec![(alias, Arc::from(args))],
                this: None,
            };
            let replaced = substitution.apply(self.program, &declared);
            // An alias with several definitions (one per platform) is put in for each type on its own.
            let same = |item: &Typed| type_of(item.value) == Some(class);
            if let Some(value) =
                first_type(replaced.iter().filter(same)).or_else(|| first_type(replaced.iter()))
            {
                return value;
            }
        }
        Value::Instance(class, self.program.intern_args(args.to_vec()))
    }

    fn place_of(&self, id: ExprId) -> Vec<Sym> {
        let Expr::Name(name) = self.expr_of(id) else {
            return Vec::new();
        };
        let symbol = |hit: &Hit| {
            if let Hit::Symbol(sym) = hit {
                Some(*sym)
            } else {
                None
            }
        };
        self.name_hits(id, name)
            .0
            .iter()
            .filter_map(symbol)
            .collect()
    }

    /// The instances of the types among `values`.
    pub(super) fn instances(&self, values: &Values) -> Values {
        let instance = |item: Typed| {
            let value = match item.value {
                Value::Class(class, args) => Value::Instance(class, args),
                Value::SelfClassOf(class) => Value::SelfOf(class),
                Value::Outside(_) | Value::OutsideInstance => Value::OutsideInstance,
                Value::TypeVar(..)
                | Value::Tuple(_)
                | Value::Callable(_)
                | Value::Instance(..)
                | Value::SelfOf(_)
                | Value::Variant(_) => item.value,
                // A constructor function is the type of what it makes.
                Value::Function(function) => Value::Instance(function, Args::NONE),
                Value::SuperOf(_)
                | Value::Bound(..)
                | Value::Module(_)
                | Value::Namespace(_)
                | Value::Made(..)
                | Value::Text(_) => return None,
            };
            Some(Typed {
                value,
                rule: item.rule,
            })
        };
        values.iter().filter_map(instance).collect()
    }

    // ---- operators and patterns ----

    fn operator(&self, name: Name, operands: ListId) -> Values {
        let mut operands = self.file.facts.list(operands);
        let Some(first) = operands.next() else {
            return Values::unknown();
        };
        let name = self.file.global(name);
        let mut values = Values::unknown();
        for item in self.eval(first).iter() {
            for found in self.members(item.value, name) {
                let callee = self.found_values(&found).weakened(item.rule);
                values.extend(&self.call(&callee, ListId::NONE));
            }
        }
        values
    }

    /// A decorator of the project may give another function; any other gives what it got.
    fn decorated(&self, decorator: ExprId, value: ExprId) -> Values {
        let inner = self.eval(value);
        let mut values = Values::unknown();
        for item in self.eval(decorator).iter() {
            let result = match item.value {
                Value::Function(function)
                    if function.file as usize >= self.program.project_files =>
                {
                    continue;
                }
                Value::Function(_) | Value::Bound(..) | Value::Class(..) | Value::Instance(..) => {
                    self.call(&Values::one(item.value, item.rule), ListId::NONE)
                }
                _ => continue,
            };
            for result in result.iter() {
                if !matches!(
                    result.value,
                    Value::OutsideInstance | Value::Outside(_) | Value::TypeVar(..)
                ) {
                    values.add(result.value, result.rule.max(Rule::ValueFlow));
                }
            }
        }
        let replaces = values.iter().any(|item| {
            matches!(
                item.value,
                Value::Function(_) | Value::Bound(..) | Value::Class(..) | Value::Instance(..)
            )
        });
        if !replaces {
            return inner;
        }
        values
    }

    fn payload(&self, of: ExprId, pattern: ExprId, field: ExprId) -> Values {
        let scrutinee = self.eval(of);
        let mut values = Values::unknown();
        for item in self.eval(pattern).iter() {
            let declared = match (item.value, self.expr_of(field)) {
                (Value::Variant(variant), Expr::Position(at)) => self.param_type(variant, at),
                (Value::Variant(variant), Expr::Text(name)) => {
                    self.variant_field(variant, self.file.global(name))
                }
                (Value::Class(class, _) | Value::SelfClassOf(class), Expr::Text(name)) => {
                    let item = Typed {
                        value: Value::Instance(class, Args::NONE),
                        rule: item.rule,
                    };
                    self.member_values(item, self.file.global(name))
                }
                (Value::Class(class, _) | Value::SelfClassOf(class), Expr::Position(at)) => {
                    let item = Typed {
                        value: Value::Instance(class, Args::NONE),
                        rule: item.rule,
                    };
                    self.member_values(item, self.program.intern(&at.to_string()))
                }
                _ => Values::unknown(),
            };
            let owner = match item.value {
                Value::Variant(variant) => self.enum_of(variant),
                other => type_of(other),
            };
            // Each way to fill the type parameters counts: values have no order that means anything.
            let mut ways: SmallVec<[Option<Args>; 2]> = scrutinee
                .iter()
                .filter_map(|item| match item.value {
                    Value::Instance(class, args) if Some(class) == owner => Some(Some(args)),
                    _ => None,
                })
                .collect();
            if ways.is_empty() {
                ways.push(None);
            }
            for args in ways {
                let known = owner
                    .zip(args)
                    .map(|(owner, args)| (owner, self.program.args_of(args)));
                let substitution = Substitution {
                    known: known.into_iter().collect(),
                    this: None,
                };
                values.extend(
                    &substitution
                        .apply(self.program, &declared)
                        .weakened(Rule::DeclaredType),
                );
            }
        }
        values
    }

    fn variant_field(&self, variant: Sym, name: NameId) -> Values {
        let file = self.program.file(variant.file);
        let fact = file.symbol(variant.symbol);
        let at = fact
            .params
            .iter()
            .position(|param| file.global(param.name) == name);
        match at {
            Some(at) => self.param_type(variant, at as u32),
            None => {
                let members = self.hierarchy.own(variant, name);
                let hits: Hits = members
                    .iter()
                    .map(|member| self.names.member_hit(variant, name, *member))
                    .collect();
                self.hits_values(&hits, Rule::DeclaredType)
            }
        }
    }

    pub(super) fn enum_of(&self, variant: Sym) -> Option<Sym> {
        let parent = self.program.fact(variant).parent;
        parent.is_some().then_some(Sym {
            file: variant.file,
            symbol: parent.0,
        })
    }

    /// Arguments given to a type in a value position (`Vec::<T>::new`).
    fn applied(&self, base: &Values, args: ListId) -> Values {
        let args: Vec<Values> = self
            .file
            .facts
            .list(args)
            .map(|arg| self.eval_type(arg))
            .collect();
        let mut values = Values::unknown();
        for item in base.iter() {
            let value = match item.value {
                Value::Class(class, _) => {
                    Value::Class(class, self.program.intern_args(args.clone()))
                }
                other => other,
            };
            values.add(value, item.rule);
        }
        values
    }

    pub(super) fn args(&self, args: ListId) -> impl Iterator<Item = (Option<Name>, ExprId)> + '_ {
        self.file
            .facts
            .list(args)
            .map(|arg| match self.expr_of(arg) {
                Expr::Keyword(name, _) => (Some(name), keyword_value(self.file.facts, arg)),
                _ => (None, arg),
            })
    }
}

/// The types of the instances among `values`.
fn types_of(values: &Values) -> Values {
    let of = |item: Typed| {
        let value = match item.value {
            Value::Instance(class, args) => Value::Class(class, args),
            Value::SelfOf(class) => Value::SelfClassOf(class),
            other => other,
        };
        Typed { value, ..item }
    };
    values.iter().map(of).collect()
}
