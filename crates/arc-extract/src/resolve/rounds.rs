//! The fixpoint: files are evaluated in rounds until nothing that crosses files changes.

use arc_graph::NodeKind;
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::facts::{BlockId, BlockKind, Expr, ExprId, ListId, MemberBinding, flag};
use crate::resolve::evaluate::Evaluator;
use crate::resolve::file::Bound;
use crate::resolve::hierarchy::{Base, FileTypes, Hierarchy, Literal, is_type_kind, type_of};
use crate::resolve::mixins;
use crate::resolve::program::Program;
use crate::resolve::replay::{self, Recorder};
use crate::resolve::tables::{Changes, Contribution, Key, News, SharedNews, Tables, Unit};
use crate::resolve::values::{Args, NameId, Rounds, Sym, Typed, Value, Values};

/// Files whose first results are in memory beside the tables.
const BATCH: usize = 1024;

/// Structures written out inside structures that are looked into.
const MAX_FILL: u32 = 4;

impl Rounds {
    /// Enough for what real code passes through files; what needs more stays unknown.
    pub(super) const DEFAULT: Rounds = Rounds {
        types: 2,
        values: 6,
    };
}

/// Finds the bases of all types. Bases that depend on other types (a nested class of a base) need a second look.
pub(super) fn type_hierarchy(program: &Program<'_>) -> Hierarchy {
    noted_hierarchy(program, &|_| false).0
}

/// What files say of types, look by look; `None` for a file of which that is not known.
pub(super) type Looks = Vec<Vec<Option<FileTypes>>>;

/// The same, with a hash of what each file for which `is_noted` holds has said on the way, 0 for the others.
pub(super) fn noted_hierarchy(
    program: &Program<'_>,
    is_noted: &(dyn Fn(usize) -> bool + Sync),
) -> (Hierarchy, Vec<u64>) {
    let (hierarchy, notes, _) = known_hierarchy(program, is_noted, Looks::new());
    (hierarchy, notes)
}

/// The same where it is known what some files say; with what all of them say, for the next time.
pub(super) fn known_hierarchy(
    program: &Program<'_>,
    is_noted: &(dyn Fn(usize) -> bool + Sync),
    known: Looks,
) -> (Hierarchy, Vec<u64>, Looks) {
    let mut hierarchy = Hierarchy::default();
    let mut tables = Tables::default();
    let files = program.files.len() as u32;
    let mut notes = vec![0; program.files.len()];
    let mut known = known.into_iter();
    let mut looks = Looks::new();
    for _ in 0..Rounds::DEFAULT.types {
        let aliases: Vec<Vec<(Key, Values)>> = (0..files)
            .into_par_iter()
            .map(|file| aliases(&Evaluator::new(program, &hierarchy, &tables, file)))
            .collect();
        let noted = notes.par_iter_mut().zip(&aliases).enumerate();
        noted
            .filter(|(file, _)| is_noted(*file))
            .for_each(|(_, (note, aliases))| *note = replay::aliases_hash(program, *note, aliases));
        tables = Tables::of(aliases.into_iter().flatten());
        let mut said = known.next().unwrap_or_default();
        said.resize_with(program.files.len(), || None);
        let found: Vec<FileTypes> = said
            .into_par_iter()
            .enumerate()
            .map(|(file, said)| match said {
                Some(said) => said,
                None => file_types(&Evaluator::new(program, &hierarchy, &tables, file as u32)),
            })
            .collect();
        let noted = notes.par_iter_mut().zip(&found).enumerate();
        noted
            .filter(|(file, _)| is_noted(*file))
            .for_each(|(_, (note, types))| *note = replay::types_hash(program, *note, types));
        let found: Vec<Option<FileTypes>> = found.into_iter().map(Some).collect();
        if looks.last() == Some(&found) {
            // The same types again; what names meant while less was known of them is asked anew.
            hierarchy.forget_imported(program);
        } else {
            hierarchy = Hierarchy::new(program, found.iter().flatten());
        }
        looks.push(found);
    }
    (hierarchy, notes, looks)
}

/// What the aliases of a file stand for: a base may be written as one of another file.
fn aliases(evaluator: &Evaluator<'_, '_>) -> Vec<(Key, Values)> {
    let mut aliases = Vec::new();
    let alias = NodeKind::TypeAlias.number();
    for (symbol, fact) in evaluator.file.facts.symbols.iter().enumerate() {
        if fact.kind == alias && fact.declared.is_some() {
            let sym = evaluator.sym(symbol as u32);
            let values = evaluator.declared(sym);
            if !values.is_unknown() {
                aliases.push((Key::Declared(sym), values));
            }
        }
    }
    aliases
}

fn file_types(evaluator: &Evaluator<'_, '_>) -> FileTypes {
    let mut types = FileTypes::default();
    let facts = evaluator.file.facts;
    for (symbol, fact) in facts.symbols.iter().enumerate() {
        let is_type = NodeKind::from_number(fact.kind).is_some_and(is_type_kind);
        // A type that is defined as another one has that one's members below its own.
        let defined_as = Some(fact.declared).filter(|declared| is_type && declared.is_some());
        for base in facts.list(fact.bases).chain(defined_as) {
            let is_plain = !evaluator.applies_alias(base);
            for item in as_types(evaluator, base) {
                types.bases.push((
                    symbol as u32,
                    Base {
                        value: item.value,
                        file: evaluator.index,
                        line: line_of(evaluator, base),
                        is_plain,
                    },
                ));
            }
        }
    }
    for extension in &facts.extensions {
        let target: Values = as_types(evaluator, extension.target).collect();
        let mut interfaces = Vec::new();
        for interface in facts.list(extension.interfaces) {
            mix_in(evaluator, interface, &target, &mut types.mixed);
            let line = line_of(evaluator, interface);
            let is_plain = !extension.is_of_reference && !evaluator.applies_alias(interface);
            let named = as_types(evaluator, interface);
            let named = named.filter(|item| may_implement(evaluator, item.value));
            interfaces.extend(named.map(|item| Base {
                value: item.value,
                file: evaluator.index,
                line,
                is_plain,
            }));
        }
        types.extensions.push((extension.block, target, interfaces));
    }
    types
}

/// What an extension adds can be an object literal: its members are there from then on.
fn mix_in(
    evaluator: &Evaluator<'_, '_>,
    added: ExprId,
    targets: &Values,
    mixed: &mut Vec<(Sym, Literal)>,
) {
    for item in evaluator.eval(added).iter() {
        if let Value::Made(file, expr) = item.value {
            let classes = targets.iter().filter_map(|target| type_of(target.value));
            mixed.extend(classes.map(|class| (class, (file, expr))));
        }
    }
}

/// Whether an extension can add this type to those that its target has. Where paths import, only traits can be
/// implemented: `derive(Debug)` means no structure of that name.
fn may_implement(evaluator: &Evaluator<'_, '_>, interface: Value) -> bool {
    match interface {
        Value::Class(class, _) if evaluator.file.semantics.imports_are_paths => !matches!(
            evaluator.program.kind(class),
            NodeKind::Class | NodeKind::Enum
        ),
        _ => true,
    }
}

/// The types that an expression in a base list names.
pub(super) fn as_types(evaluator: &Evaluator<'_, '_>, id: ExprId) -> std::vec::IntoIter<Typed> {
    let mixed = mixins::mixed_in(evaluator, id);
    if !mixed.is_empty() {
        return mixed.into_iter();
    }
    let mut values = evaluator.eval_type(id);
    if values.is_unknown() {
        values = evaluator.eval(id);
    }
    let types: Vec<Typed> = values
        .iter()
        .filter_map(|item| {
            let value = match item.value {
                Value::Instance(class, args) | Value::Class(class, args) => {
                    Value::Class(class, args)
                }
                Value::Outside(_) | Value::OutsideInstance(_) => item.value,
                _ => return None,
            };
            Some(Typed {
                value,
                rule: item.rule,
            })
        })
        .collect();
    types.into_iter()
}

fn line_of(evaluator: &Evaluator<'_, '_>, id: ExprId) -> u32 {
    evaluator.exprs().line(id)
}

/// One round: what files are evaluated against.
pub(super) struct Round<'r, 'a> {
    pub(super) program: &'r Program<'a>,
    pub(super) hierarchy: &'r Hierarchy,
    /// The tables of the round before.
    pub(super) tables: &'r Tables,
    /// What notes the run, and the number of the round in it, from 1.
    pub(super) recorder: Option<(&'r Recorder, u8)>,
}

impl Round<'_, '_> {
    /// Evaluates the touched units of a file, and puts what they contribute in the place of what they did.
    pub(super) fn evaluate(
        &self,
        file: usize,
        contribution: &mut Contribution,
        touched: &[bool],
    ) -> News {
        let mut evaluator = Evaluator::new(self.program, self.hierarchy, self.tables, file as u32)
            .tracking(touched);
        if self.recorder.is_some() {
            evaluator = evaluator.recording();
        }
        let (new, own, keys) = contribute(evaluator, touched);
        let shared = contribution.replace(touched, new);
        if let Some((recorder, round)) = self.recorder {
            recorder.evaluated(round, file, (contribution, &shared), keys);
        }
        News { own, shared }
    }
}

/// Runs the rounds and returns the last tables. Of the files of the project only those are evaluated for which `is_asked` holds.
pub(super) fn fixpoint(
    program: &Program<'_>,
    hierarchy: &Hierarchy,
    is_asked: &(dyn Fn(usize) -> bool + Sync),
    mut recorder: Option<&mut Recorder>,
) -> Tables {
    let is_evaluated = |file: usize| file >= program.project_files || is_asked(file);
    let mut contributions: Vec<Contribution> = Vec::new();
    contributions.resize_with(program.files.len(), Contribution::default);
    // The first round finds nearly all that there is, so that it is not kept until the end of the round.
    let mut tables = Tables::default();
    let mut changes = match recorder {
        Some(_) => Changes::logged(),
        None => Changes::default(),
    };
    let mut shared = SharedNews::default();
    let nothing = Tables::default();
    for (batch, contributions) in contributions.chunks_mut(BATCH).enumerate() {
        let round = Round {
            program,
            hierarchy,
            tables: &nothing,
            recorder: recorder.as_deref().map(|recorder| (recorder, 1)),
        };
        let news: Vec<News> = contributions
            .par_iter_mut()
            .enumerate()
            .map(|(at, contribution)| {
                let file = batch * BATCH + at;
                if !is_evaluated(file) {
                    return News::default();
                }
                let all = vec![true; program.files[file].unit_count()];
                round.evaluate(file, contribution, &all)
            })
            .collect();
        tables.take(news, &mut shared, &mut changes);
    }
    tables.merge_shared(&contributions, &shared, &mut changes);
    if let Some(recorder) = &mut recorder {
        recorder.round(changes.take_log());
    }
    for number in 1..Rounds::DEFAULT.values {
        let round = Round {
            program,
            hierarchy,
            tables: &tables,
            recorder: recorder
                .as_deref()
                .map(|recorder| (recorder, number as u8 + 1)),
        };
        let news: Vec<News> = contributions
            .par_iter_mut()
            .enumerate()
            .map(|(file, contribution)| {
                if !is_evaluated(file) {
                    return News::default();
                }
                let touched = contribution.touched(program.files[file].unit_count(), &changes);
                touched.map_or_else(News::default, |touched| {
                    round.evaluate(file, contribution, &touched)
                })
            })
            .collect();
        changes.clear();
        shared.clear();
        tables.take(news, &mut shared, &mut changes);
        tables.merge_shared(&contributions, &shared, &mut changes);
        if let Some(recorder) = &mut recorder {
            recorder.round(changes.take_log());
        }
        if changes.is_empty() {
            break;
        }
    }
    tables.shrink_to_fit();
    tables
}

/// What a file contributes, what it alone gives, and the keys it read where that is recorded.
type Contributed = (Contribution, Vec<(Key, Values)>, FxHashSet<Key>);

/// Everything that other files may ask of some units of a file.
fn contribute(evaluator: Evaluator<'_, '_>, units: &[bool]) -> Contributed {
    let mut collector = Collector {
        units,
        unit: 0,
        contribution: Contribution::default(),
        own: Vec::new(),
    };
    expressions(&evaluator, &mut collector);
    symbols(&evaluator, &mut collector);
    bindings(&evaluator, &mut collector);
    members(&evaluator, &mut collector);
    let keys = evaluator.recorded_keys();
    evaluator.into_reads(&mut collector.contribution);
    (collector.contribution, collector.own, keys)
}

/// Collects what units contribute.
struct Collector<'u> {
    /// Whether each unit is to be evaluated.
    units: &'u [bool],
    /// The one being evaluated.
    unit: Unit,
    contribution: Contribution,
    /// Values that only this file gives, where they are not what the tables say; unknown where there is none any more.
    own: Vec<(Key, Values)>,
}

impl Collector<'_> {
    /// Evaluates something of a unit, if the unit is wanted.
    fn visit(&mut self, evaluator: &Evaluator<'_, '_>, unit: Unit, visit: impl FnOnce(&mut Self)) {
        if self.units[unit as usize] {
            self.unit = unit;
            evaluator.within(unit, || visit(self));
        }
    }

    fn add(&mut self, evaluator: &Evaluator<'_, '_>, key: Key, values: Values) {
        if key.is_own() {
            let known = evaluator.known(&key);
            if values.is_unknown() {
                self.own.extend(known.map(|_| (key, Values::unknown())));
            } else if known != Some(&values) {
                self.own.push((key, values));
            }
        } else if !values.is_unknown() {
            let shared = (self.unit, key, values.shareable());
            self.contribution.shared.push(shared);
        }
    }
}

fn expressions(evaluator: &Evaluator<'_, '_>, collector: &mut Collector<'_>) {
    for index in 0..evaluator.exprs().len() as u32 {
        let id = ExprId(index);
        if matches!(
            evaluator.expr_of(id),
            Expr::Call(..)
                | Expr::New(..)
                | Expr::Decorated(..)
                | Expr::List(_)
                | Expr::Tuple(_)
                | Expr::Map(_)
                | Expr::Object(_)
        ) {
            let unit = evaluator.unit_of(id);
            collector.visit(evaluator, unit, |collector| {
                expression(evaluator, id, collector)
            });
        }
    }
}

fn expression(evaluator: &Evaluator<'_, '_>, id: ExprId, collector: &mut Collector<'_>) {
    match evaluator.expr_of(id) {
        Expr::Call(callee, args) | Expr::New(callee, args) => {
            // Evaluated in order, so that long chains never nest deeply.
            evaluator.eval(id);
            let called = evaluator.callee(callee, args);
            if let Expr::New(..) = evaluator.expr_of(id) {
                made(evaluator, &called, collector);
            }
            flow(evaluator, &called, args, collector);
            fill(evaluator, &called, args, collector, 0);
        }
        Expr::Decorated(decorator, value) => {
            evaluator.eval(id);
            let passed = flowing(&evaluator.eval(value));
            // Functions, constructors, and what calling an instance runs.
            for (function, receiver) in evaluator.run_by(&evaluator.eval(decorator)) {
                if !is_outside(evaluator, function) {
                    let at = evaluator.skipped_params(function, receiver);
                    pass(evaluator, function, at, &passed, collector);
                }
            }
        }
        _ => literal(evaluator, id, collector),
    }
}

/// Notes of which types there are instances, where that says what a call may run.
fn made(evaluator: &Evaluator<'_, '_>, called: &Values, collector: &mut Collector<'_>) {
    if evaluator.file.semantics.late_binding.is_none() {
        return;
    }
    for item in called.iter() {
        if let Value::Class(class, _) = item.value
            && (class.file as usize) < evaluator.program.project_files
        {
            let made = Value::Class(class, Args::NONE);
            collector.add(evaluator, Key::Made(class), Values::one(made, item.rule));
        }
    }
}

/// Whether nothing of the project runs in a function: nobody asks what is passed to it.
fn is_outside(evaluator: &Evaluator<'_, '_>, function: Sym) -> bool {
    function.file as usize >= evaluator.program.project_files
}

/// Passes arguments to the parameters of what is called.
fn flow(
    evaluator: &Evaluator<'_, '_>,
    callee: &Values,
    args: ListId,
    collector: &mut Collector<'_>,
) {
    let says_nothing = |arg: ExprId| matches!(evaluator.expr_of(arg), Expr::Unknown);
    if evaluator.args(args).all(|(_, arg)| says_nothing(arg)) {
        return;
    }
    for (function, receiver) in evaluator.choose(evaluator.run_by(callee), args) {
        if is_outside(evaluator, function) {
            continue;
        }
        let skipped = evaluator.skipped_params(function, receiver);
        let fact = evaluator.program.fact(function);
        let file = evaluator.program.file(function.file);
        for (position, (name, arg)) in evaluator.args(args).enumerate() {
            let mut passed = evaluator.eval(arg);
            if evaluator.file.semantics.late_binding.is_some() {
                passed = without_literals(evaluator, &passed);
            }
            if passed.is_unknown() {
                continue;
            }
            let by_name = name.and_then(|name| evaluator.named_param(function, name));
            let at = by_name.map_or(position + skipped as usize, |at| at as usize);
            let variadic = fact.params.iter().position(|param| param.kind == 1);
            let at = if at >= fact.params.len() {
                variadic
            } else {
                Some(at)
            };
            let Some(at) = at.map(|at| at as u32) else {
                continue;
            };
            // A text matters where it is the key of something.
            let is_key = file.keys.contains(&(function.symbol, at));
            let passed = if is_key { passed } else { flowing(&passed) };
            if !passed.is_unknown() {
                pass(evaluator, function, at, &passed, collector);
            }
        }
    }
}

fn pass(
    evaluator: &Evaluator<'_, '_>,
    function: Sym,
    at: u32,
    passed: &Values,
    collector: &mut Collector<'_>,
) {
    let fact = evaluator.program.fact(function);
    let Some(param) = fact.params.get(at as usize) else {
        return;
    };
    if !param.declared.is_some() {
        collector.add(evaluator, Key::Param(function, at), passed.clone());
        return;
    }
    // A parameter that is declared as a function, or whose type is not known, may be one of those that are passed; so may
    // one that is declared as an interface, where a function can stand for it.
    let semantics = evaluator.file.semantics;
    let functions = passed.functions();
    if functions.is_unknown() && !semantics.types_are_hints {
        return;
    }
    let declared = evaluator.param_type(function, at);
    let given = evaluator.beside_hint(&declared, passed);
    if !given.is_unknown() {
        collector.add(evaluator, Key::Param(function, at), given);
    } else if !functions.is_unknown()
        && (declared.is_unknown()
            || declared.is_callable_only()
            || semantics.late_binding.is_some())
    {
        collector.add(evaluator, Key::Param(function, at), functions);
    }
}

/// A function literal has no name that an edge could end at.
fn without_literals(evaluator: &Evaluator<'_, '_>, values: &Values) -> Values {
    let is_literal = |item: &Typed| matches!(item.value, Value::Function(sym) if evaluator.program.kind(sym) == NodeKind::Lambda);
    values.iter().filter(|item| !is_literal(item)).collect()
}

/// Puts functions into the fields of a structure that is written out: `T { field: f }`, `{ .field = f }`, `{ f }`.
fn fill(
    evaluator: &Evaluator<'_, '_>,
    built: &Values,
    args: ListId,
    collector: &mut Collector<'_>,
    depth: u32,
) {
    if depth > MAX_FILL || evaluator.file.facts.list(args).len() == 0 {
        return;
    }
    for item in built.iter() {
        let (Value::Class(class, _) | Value::Instance(class, _)) = item.value else {
            continue;
        };
        let program = evaluator.program;
        if !program.has_flag(class, flag::FIELDS_CONSTRUCT)
            || class.file as usize >= program.project_files
        {
            continue;
        }
        for (position, (name, arg)) in evaluator.args(args).enumerate() {
            let inner = match evaluator.expr_of(arg) {
                Expr::New(inner, inner_args) => Some((inner, inner_args)),
                _ => None,
            };
            let functions = evaluator.eval(arg).functions();
            if functions.is_unknown() && inner.is_none() {
                continue;
            }
            let field = match name {
                Some(name) => evaluator.file.global(name),
                None => match field_at(program, class, position) {
                    Some(field) => field,
                    None => continue,
                },
            };
            collector.add(evaluator, Key::Field(class, field), functions);
            // A structure inside a structure takes its type from the field.
            if let Some((inner, inner_args)) = inner
                && evaluator.eval(inner).is_unknown()
            {
                let mut types = Values::unknown();
                for found in evaluator.members(item.value, field) {
                    types.extend(&evaluator.found_values(&found));
                }
                fill(evaluator, &types, inner_args, collector, depth + 1);
            }
        }
    }
}

/// The name of a structure's field by its position.
pub(super) fn field_at(program: &Program<'_>, class: Sym, position: usize) -> Option<NameId> {
    let file = program.file(class.file);
    let end_line = file.symbol(class.symbol).end_line;
    let own = file.facts.symbols[class.symbol as usize + 1..]
        .iter()
        .take_while(|fact| fact.line <= end_line)
        .filter(|fact| fact.parent.0 == class.symbol && fact.kind == NodeKind::Field.number());
    own.map(|fact| file.global(fact.name)).nth(position)
}

/// The values worth following into a parameter.
fn flowing(values: &Values) -> Values {
    let matters = |item: &Typed| {
        !matches!(
            item.value,
            Value::Text(_) | Value::Outside(_) | Value::OutsideInstance(_) | Value::TypeVar(..)
        )
    };
    values.iter().filter(matters).collect()
}

/// The type parameters of types among `values`: a field that holds one holds what each user of the type puts there.
fn type_params_of_types(evaluator: &Evaluator<'_, '_>, values: &Values) -> Values {
    let is_of_type = |item: &Typed| matches!(item.value, Value::TypeVar(owner, _) if is_type_kind(evaluator.program.kind(owner)));
    values.iter().filter(is_of_type).collect()
}

fn literal(evaluator: &Evaluator<'_, '_>, id: ExprId, collector: &mut Collector<'_>) {
    let index = evaluator.index;
    let facts = evaluator.file.facts;
    collector.add(
        evaluator,
        Key::Elements(index, id.0),
        flowing(&evaluator.made_elements(index, id.0)),
    );
    match evaluator.expr_of(id) {
        Expr::List(items) | Expr::Tuple(items) => {
            for (at, item) in facts.list(items).enumerate().take(16) {
                let key = Key::Keyed(index, id.0, evaluator.program.position_name(at as u32));
                collector.add(evaluator, key, flowing(&evaluator.eval(item)));
            }
        }
        Expr::Map(entries) => {
            let entries: Vec<ExprId> = facts.list(entries).collect();
            for pair in entries.chunks_exact(2) {
                if let Some(name) = evaluator.key_of(pair[0]) {
                    let key = Key::Keyed(index, id.0, name);
                    collector.add(evaluator, key, flowing(&evaluator.eval(pair[1])));
                }
            }
        }
        Expr::Object(properties) => {
            for property in facts.list(properties) {
                if let Expr::Keyword(name, value) = evaluator.expr_of(property) {
                    let key = Key::Keyed(index, id.0, evaluator.file.global(name));
                    collector.add(evaluator, key, evaluator.eval(value));
                }
            }
            for (class, field, functions) in evaluator.filled_fields(id) {
                collector.add(evaluator, Key::Field(class, field), functions);
            }
        }
        _ => {}
    }
}

fn symbols(evaluator: &Evaluator<'_, '_>, collector: &mut Collector<'_>) {
    let facts = evaluator.file.facts;
    for index in 0..facts.symbols.len() as u32 {
        let unit = evaluator.file.unit_of_symbol(index);
        collector.visit(evaluator, unit, |collector| {
            symbol(evaluator, index, collector)
        });
    }
    for (index, export) in facts.exports.iter().enumerate() {
        let unit = evaluator.unit_of(export.value);
        collector.visit(evaluator, unit, |collector| {
            let key = Key::Export(evaluator.index, index as u32);
            collector.add(evaluator, key, evaluator.eval(export.value));
        });
    }
}

fn symbol(evaluator: &Evaluator<'_, '_>, index: u32, collector: &mut Collector<'_>) {
    let fact = evaluator.file.symbol(index);
    let sym = evaluator.sym(index);
    for (at, param) in fact.params.iter().enumerate() {
        if param.declared.is_some() {
            let key = Key::ParamType(sym, at as u32);
            collector.add(evaluator, key, evaluator.param_type(sym, at as u32));
        }
    }
    for (at, param) in fact.type_params.iter().enumerate() {
        if param.bound.is_some() {
            let key = Key::Bound(sym, at as u32);
            collector.add(evaluator, key, evaluator.eval_type(param.bound));
        }
    }
    collector.add(evaluator, Key::Declared(sym), evaluator.declared(sym));
    collector.add(evaluator, Key::Return(sym), evaluator.result_of(sym));
}

fn bindings(evaluator: &Evaluator<'_, '_>, collector: &mut Collector<'_>) {
    let facts = evaluator.file.facts;
    for (position, binding) in facts.bindings.iter().enumerate() {
        let scope = if binding.scope.is_some() {
            binding.scope
        } else {
            BlockId(0)
        };
        let is_shared = match evaluator.file.block_kind(scope) {
            BlockKind::File
            | BlockKind::Namespace
            | BlockKind::Class
            | BlockKind::Extension
            | BlockKind::Module => true,
            BlockKind::Function | BlockKind::Plain | BlockKind::Branch | BlockKind::Loop => false,
        };
        let bound = evaluator.file.bound(position as u32);
        let is_definition = bound.is_definition() || bound == Bound::Import;
        if is_shared && !is_definition {
            let root = if binding.value.is_some() {
                binding.value
            } else {
                binding.declared
            };
            let unit = evaluator.unit_of(root);
            collector.visit(evaluator, unit, |collector| {
                let key = Key::Binding(evaluator.index, position as u32);
                let values = evaluator.binding_values(evaluator.index, position as u32);
                collector.add(evaluator, key, values);
            });
        }
    }
}

fn members(evaluator: &Evaluator<'_, '_>, collector: &mut Collector<'_>) {
    for fact in &evaluator.file.facts.members {
        let unit = evaluator.unit_of(fact.base);
        collector.visit(evaluator, unit, |collector| {
            member(evaluator, fact, collector)
        });
    }
}

fn member(evaluator: &Evaluator<'_, '_>, fact: &MemberBinding, collector: &mut Collector<'_>) {
    let declared = evaluator.eval_type(fact.declared);
    let value = if declared.is_unknown() {
        let value = evaluator.eval(fact.value);
        let mut kept = flowing(&value);
        kept.extend(&type_params_of_types(evaluator, &value));
        kept
    } else {
        declared
    };
    if value.is_unknown() {
        return;
    }
    let name = evaluator.file.global(fact.name);
    for item in evaluator.eval(fact.base).iter() {
        let key = match item.value {
            // What one object gets, others of a type of the language do not have.
            Value::Instance(class, _) if is_outside(evaluator, class) => continue,
            Value::Instance(class, _)
            | Value::SelfOf(class)
            | Value::Class(class, _)
            | Value::SelfClassOf(class)
            | Value::Function(class)
                if fact.name.is_some() =>
            {
                Key::Field(class, name)
            }
            Value::Made(file, expr) if fact.name.is_some() => Key::Keyed(file, expr, name),
            Value::Made(file, expr) => Key::Added(file, expr),
            _ => continue,
        };
        collector.add(evaluator, key, value.clone());
    }
}
