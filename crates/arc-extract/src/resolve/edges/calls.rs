//! Calls to edges, also those that no parentheses show: decorators, operators, protocols.

use arc_graph::{Confidence, EdgeKind, NodeKind, Rule};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::facts::{BlockKind, Expr, ExprId, ListId, Name, flag};
use crate::languages::{MACRO_MARK, REQUESTED};
use crate::resolve::Unresolved;
use crate::resolve::edges::late::ONE_OF_TWO;
use crate::resolve::edges::{EdgeCollector, MAX_BARE, MAX_NAMED, base_confidence};
use crate::resolve::members::is_instance;
use crate::resolve::names::{Busy, Hit};
use crate::resolve::values::{Args, MAX_VALUES, NameId, Sym, Typed, Value, Values};

/// A call through a function pointer runs one of the functions that were put there: less sure than any call of a name, so
/// that it stays out of what is exported by default.
const STORED_FUNCTION: Confidence = Confidence::from_thousandths(450);

/// A call of a function around which a decorator has put another one, which says that it stands in for it.
const STOOD_IN_FOR: Confidence = Confidence::from_thousandths(900);

/// A call in the source.
pub(super) struct Site {
    /// The definition it stands in.
    pub(super) src: u32,
    pub(super) callee: ExprId,
    pub(super) args: ListId,
    pub(super) line: u32,
    /// The text names what is called: not so where what a call gave is called by a decorator.
    pub(super) is_named: bool,
}

impl EdgeCollector<'_, '_, '_> {
    pub(super) fn call_site(&mut self, id: ExprId, callee: ExprId, args: ListId, is_macro: bool) {
        let evaluator = self.evaluator;
        let values = evaluator.callee(callee, args);
        let line = evaluator.exprs().line(id);
        let src = self.caller_of(id);
        let site = Site {
            src,
            callee,
            args,
            line,
            is_named: true,
        };
        let found = self.call_targets(&site, &values, is_macro);
        self.called_in_head(id, &site, &values);
        self.descriptors(callee, src, false);
        self.named_callee(&site, &values);
        let is_family = self.has_families && self.family_call(&site);
        if found || is_family {
            self.handed_back(&site, &values);
            return;
        }
        let callee = self.as_written(callee);
        let Some(name) = self.called_name(callee) else {
            return;
        };
        self.answered_call(src, callee, line);
        if self.is_known_outside(callee, &values) {
            return;
        }
        self.bare_call(src, callee, name, line);
    }

    /// Whoever calls a function that a decorator replaced runs something else first, and nearly always the function then:
    /// the name that is written is the function's, and it is called where what replaces it says that it stands in for it.
    /// Who calls what a field or variable holds reads that.
    fn named_callee(&mut self, site: &Site, values: &Values) {
        let evaluator = self.evaluator;
        let program = evaluator.program;
        let Some(name) = self.called_name(site.callee) else {
            return;
        };
        let name = evaluator.file.global(name);
        let run = |item: &Typed| evaluator.callable(item.value).map(|(function, _)| function);
        let is_called = |sym: Sym| {
            let file = program.file(sym.file);
            file.global(file.symbol(sym.symbol).name) == name
        };
        // What a decorator puts in the place of a function has another name, and so has what a variable holds.
        let is_as_written = |item: Typed| match (run(&item), item.value) {
            (Some(function), _) => is_called(function),
            (None, Value::Class(class, _)) => is_called(class),
            (None, value) => matches!(value, Value::SelfClassOf(_)),
        };
        if !values.is_unknown() && values.iter().all(is_as_written) {
            return;
        }
        let is_decorated = |sym: Sym| {
            program.has_decorators
                && program.file(sym.file).is_decorated(sym.symbol)
                && program.kind(sym) != NodeKind::Class
        };
        // What a decorator declares to give, or to wrap, runs the function.
        let stands_in = |item: &Typed| {
            matches!(item.value, Value::Callable(_))
                || run(item).is_some_and(|function| program.has_flag(function, flag::STANDS_IN))
        };
        for (hit, rule) in self.places(site.callee) {
            let Some(sym) = self.symbol_of(&hit) else {
                continue;
            };
            let kind = program.kind(sym);
            let holds = matches!(
                kind,
                NodeKind::Field | NodeKind::Variable | NodeKind::Constant
            );
            let is_run = || values.iter().any(|item| run(&item) == Some(sym));
            let is_replaced = || is_decorated(sym) && !is_run();
            let confidence = base_confidence(rule);
            let (edge, confidence) = if holds && !self.is_asked_for(sym) {
                (EdgeKind::Reads, confidence)
            } else if !holds && is_decorated(sym) && values.iter().any(|item| stands_in(&item)) {
                (EdgeKind::Calls, confidence.min(STOOD_IN_FOR))
            } else if holds || is_replaced() {
                (EdgeKind::References, confidence)
            } else {
                continue;
            };
            self.add_symbol(site.src, sym, edge, site.line, confidence, rule);
        }
    }

    /// A call of a member that was looked up by a part of its name: of many such members each is less likely.
    fn family_call(&mut self, site: &Site) -> bool {
        let functions = self.evaluator.called_family(site.callee);
        let rule = Rule::Ambiguous;
        let share = functions.len().div_ceil(MAX_VALUES);
        let confidence = if share > 1 {
            base_confidence(rule).shared_among(share)
        } else {
            among(rule, functions.len())
        };
        for function in &functions {
            self.add_symbol(
                site.src,
                *function,
                EdgeKind::Calls,
                site.line,
                confidence,
                rule,
            );
        }
        !functions.is_empty()
    }

    /// A call of a member that nobody has runs the method that answers for it.
    fn answered_call(&mut self, src: u32, callee: ExprId, line: u32) {
        let Expr::Member(base, name) = self.evaluator.expr_of(callee) else {
            return;
        };
        if self.evaluator.file.semantics.missing_member.is_empty() {
            return;
        }
        let name = self.evaluator.file.global(name);
        for item in self.evaluator.eval(base).iter() {
            if !self.evaluator.members(item.value, name).is_empty() {
                continue;
            }
            for found in self.evaluator.answering(item.value) {
                if let Hit::Symbol(sym) = found.hit {
                    let rule = Rule::Operator;
                    let confidence = base_confidence(rule).min(base_confidence(item.rule));
                    self.add_symbol(src, sym, EdgeKind::References, line, confidence, rule);
                }
            }
        }
    }

    /// Edges to all that the callee can be. False when it can be nothing that we know.
    fn call_targets(&mut self, site: &Site, values: &Values, is_macro: bool) -> bool {
        let Site {
            src, args, line, ..
        } = *site;
        let evaluator = self.evaluator;
        let mut functions: Vec<(Sym, Option<Value>)> = Vec::new();
        // What answers when an object is called: nothing in the text names it.
        let mut answering: SmallVec<[Sym; 2]> = SmallVec::new();
        let mut rules: FxHashMap<Sym, Rule> = FxHashMap::default();
        // A method that is found for several receivers is found by the strongest rule, in whatever order they come.
        let mut note = |function: Sym, rule: Rule| {
            rules
                .entry(function)
                .and_modify(|known| *known = rule.min(*known))
                .or_insert(rule);
        };
        let mut known = false;
        for item in values.iter() {
            let rule = if is_macro { Rule::Macro } else { item.rule };
            known = true;
            match item.value {
                Value::Function(_) | Value::Bound(..) => {
                    if let Some((function, receiver)) = evaluator.callable(item.value) {
                        // A function that a fixture hands over runs under another name: nothing in the source says so.
                        let is_handed = rule == Rule::Injection && receiver.is_none();
                        let rule = if is_handed { Rule::Operator } else { rule };
                        functions.push((function, receiver));
                        note(function, rule);
                    }
                }
                Value::Class(class, _) if evaluator.file.semantics.structural => {
                    let confidence = base_confidence(rule);
                    self.add_symbol(src, class, EdgeKind::References, line, confidence, rule);
                }
                Value::Class(class, _) | Value::SelfClassOf(class) => {
                    self.construction(src, class, args, line, rule)
                }
                Value::SuperOf(class, skipped) => {
                    let order = evaluator.hierarchy.order(class);
                    if let Some((above, _)) = order.get(skipped as usize) {
                        self.construction(src, *above, args, line, rule);
                    }
                }
                Value::Variant(variant) => {
                    self.add_symbol(
                        src,
                        variant,
                        EdgeKind::References,
                        line,
                        base_confidence(rule),
                        rule,
                    );
                }
                Value::Instance(..) | Value::SelfOf(_) => {
                    let operator = evaluator.file.semantics.call_operator;
                    if !operator.is_empty() {
                        for found in
                            evaluator.members(item.value, evaluator.program.intern(operator))
                        {
                            if let Hit::Symbol(sym) = found.hit {
                                functions.push((sym, Some(found.receiver)));
                                note(sym, rule);
                                if !evaluator.file.semantics.calls_name_operator() {
                                    answering.push(sym);
                                }
                            }
                        }
                    }
                }
                Value::Outside(name) => self.add_outside(src, name, EdgeKind::Calls, line, rule),
                Value::Module(file) => {
                    let whole = evaluator.program.intern("=");
                    for hit in evaluator.names.exported(file, whole, &mut Busy::new()) {
                        if let Some(sym) = self.symbol_of(&hit) {
                            functions.push((sym, None));
                            note(sym, rule);
                        }
                    }
                }
                Value::OutsideInstance(_)
                | Value::Callable(_)
                | Value::TypeVar(..)
                | Value::Namespace(_)
                | Value::Made(..)
                | Value::Text(_)
                | Value::Tuple(_) => {}
            }
        }
        let chosen = evaluator.choose(functions, args);
        let count = chosen.len();
        let is_flowing = |function: &Sym| rules.get(function) == Some(&Rule::ValueFlow);
        let flowing = chosen.iter().filter(|(function, _)| is_flowing(function));
        // A method of an interface that several functions were given for may run any, or one from elsewhere.
        let is_one_of_many = evaluator.file.semantics.late_binding.is_some() && flowing.count() > 1;
        // What is declared as a function type may hold what was once put there, or anything else.
        let is_stored = values
            .iter()
            .any(|item| matches!(item.value, Value::Callable(_)));
        for &(function, receiver) in &chosen {
            self.late_targets(site, function, receiver);
            let rule = rules.get(&function).copied().unwrap_or(Rule::Scope);
            if answering.contains(&function) || !site.is_named {
                self.run_unnamed(src, function, line, among(rule, count));
                continue;
            }
            let is_handed = rule == Rule::Operator;
            let is_guess = is_stored || is_one_of_many;
            let confidence = if is_handed || is_guess && rule == Rule::ValueFlow {
                STORED_FUNCTION
            } else {
                match evaluator.equal_overloads(&chosen, function) {
                    2 => ONE_OF_TWO,
                    equal => among(rule, count).shared_among(equal),
                }
            };
            self.add_symbol(src, function, EdgeKind::Calls, line, confidence, rule);
        }
        known
    }

    /// Building an instance calls the constructor, or the type itself when it declares none.
    fn construction(&mut self, src: u32, class: Sym, args: ListId, line: u32, rule: Rule) {
        let evaluator = self.evaluator;
        if evaluator.program.kind(class) == NodeKind::Module {
            return;
        }
        let mut is_constructed = false;
        for constructors in evaluator.constructors_by_name(class) {
            let candidates = constructors.iter().filter_map(|found| match found.hit {
                Hit::Symbol(sym) => Some((sym, Some(found.receiver))),
                _ => None,
            });
            let chosen = evaluator.choose(candidates.collect(), args);
            let count = chosen.len();
            for &(constructor, _) in &chosen {
                if class.file as usize >= evaluator.program.project_files {
                    let site = Site {
                        src,
                        callee: ExprId::NONE,
                        args,
                        line,
                        is_named: true,
                    };
                    self.late_targets(&site, constructor, None);
                } else if evaluator.program.makes_instance(constructor) {
                    self.run_unnamed(src, constructor, line, among(rule, count));
                } else if (constructor.file as usize) < evaluator.program.project_files {
                    // One that the language gives a type above is no definition of ours: the type itself is what is called then.
                    is_constructed = true;
                    let confidence = match evaluator.equal_overloads(&chosen, constructor) {
                        2 => ONE_OF_TWO,
                        equal => among(rule, count).shared_among(equal),
                    };
                    self.add_symbol(src, constructor, EdgeKind::Calls, line, confidence, rule);
                }
            }
        }
        if class.file as usize >= evaluator.program.project_files {
            return;
        }
        self.named_fields(src, class, args, rule);
        for hook in evaluator
            .program
            .file(class.file)
            .semantics
            .construction_hooks
        {
            let name = evaluator.program.intern(hook);
            for found in evaluator.members(Value::Instance(class, Args::NONE), name) {
                if let Hit::Symbol(sym) = found.hit {
                    let confidence = base_confidence(Rule::Operator).min(base_confidence(rule));
                    self.add_symbol(
                        src,
                        sym,
                        EdgeKind::References,
                        line,
                        confidence,
                        Rule::Operator,
                    );
                }
            }
        }
        // An enumeration of a language whose constructors are called like their types has none: `Kind kind;` runs nothing.
        let semantics = evaluator.program.file(class.file).semantics;
        let is_plain =
            semantics.constructors.is_empty() && evaluator.program.kind(class) == NodeKind::Enum;
        // The type is used as well: who renames or drops it breaks this line.
        let kind = if is_constructed || is_plain {
            EdgeKind::References
        } else {
            EdgeKind::Calls
        };
        self.add_symbol(src, class, kind, line, base_confidence(rule), rule);
    }

    /// A method that runs though no text names it, neither itself nor the type that it makes.
    fn run_unnamed(&mut self, src: u32, method: Sym, line: u32, confidence: Confidence) {
        let rule = Rule::Operator;
        let confidence = confidence.min(base_confidence(rule));
        self.add_symbol(src, method, EdgeKind::References, line, confidence, rule);
    }

    /// `raise E`: the constructor is run where no call is written; a type that has none is only named.
    pub(super) fn implied_construction(&mut self, id: ExprId, class: ExprId) {
        let evaluator = self.evaluator;
        let line = evaluator.exprs().line(id);
        let src = self.source_of(id);
        for item in evaluator.eval(class).iter() {
            let (Value::Class(class, _) | Value::SelfClassOf(class)) = item.value else {
                continue;
            };
            let confidence = base_confidence(item.rule);
            for found in evaluator.constructors_by_name(class).flatten() {
                let Hit::Symbol(constructor) = found.hit else {
                    continue;
                };
                if evaluator.program.makes_instance(constructor) {
                    self.run_unnamed(src, constructor, line, confidence);
                } else {
                    let kind = EdgeKind::Calls;
                    self.add_symbol(src, constructor, kind, line, confidence, item.rule);
                }
            }
        }
    }

    /// Where a call runs. Defaults and annotations are evaluated where their function is defined.
    fn caller_of(&self, id: ExprId) -> u32 {
        self.around_head(id)
            .map_or_else(|| self.source_of(id), |around| self.visible(around))
    }

    /// What is around the function in whose head an expression stands, where heads are run.
    fn around_head(&self, id: ExprId) -> Option<u32> {
        let evaluator = self.evaluator;
        if !evaluator.file.semantics.receiver_is_parameter {
            return None;
        }
        let blocks = &evaluator.file.facts.blocks;
        let block = &blocks[evaluator.block_of(id).index()];
        let parent = blocks.get(block.parent.index())?;
        let is_head = block.kind == BlockKind::Plain as u8
            && block.symbol != parent.symbol
            && matches!(
                evaluator.program.kind(evaluator.sym(block.symbol.0)),
                NodeKind::Function | NodeKind::Method
            );
        is_head.then_some(parent.symbol.0)
    }

    /// What a function's head calls is a part of the function: whoever changes it changes what the function is given.
    fn called_in_head(&mut self, id: ExprId, site: &Site, values: &Values) {
        let own = self.source_of(id);
        if own == site.src {
            return;
        }
        for item in values.iter() {
            let called = match item.value {
                Value::Class(class, _) => Some(class),
                other => self.evaluator.callable(other).map(|(function, _)| function),
            };
            if let Some(sym) = called {
                let confidence = base_confidence(item.rule);
                self.add_symbol(
                    own,
                    sym,
                    EdgeKind::References,
                    site.line,
                    confidence,
                    item.rule,
                );
            }
        }
    }

    /// Who builds a record writes the fields that it names.
    fn named_fields(&mut self, src: u32, class: Sym, args: ListId, rule: Rule) {
        let evaluator = self.evaluator;
        if !evaluator.program.has_flag(class, flag::FIELDS_CONSTRUCT) {
            return;
        }
        for (name, value) in evaluator.args(args) {
            let Some(name) = name else { continue };
            let name = evaluator.file.global(name);
            let order = evaluator.hierarchy.order(class);
            let mut fields = order.iter().flat_map(|(above, _)| {
                let own = evaluator.hierarchy.own(*above, name).iter();
                own.map(|member| evaluator.names.member_hit(*above, name, *member))
            });
            if let Some(field) = fields.find_map(|hit| self.symbol_of(&hit)) {
                let line = evaluator.exprs().line(value);
                let confidence = base_confidence(rule);
                self.add_symbol(src, field, EdgeKind::Writes, line, confidence, rule);
            }
        }
    }

    fn called_name(&self, callee: ExprId) -> Option<Name> {
        match self.evaluator.expr_of(callee) {
            Expr::Name(name) | Expr::Member(_, name) => Some(name),
            Expr::Apply(base, _) => self.called_name(base),
            _ => None,
        }
    }

    /// What is called as it is written: of a name that may also be a member of something around, the name.
    fn as_written(&self, callee: ExprId) -> ExprId {
        let Expr::Either(meanings) = self.evaluator.expr_of(callee) else {
            return callee;
        };
        let mut meanings = self.evaluator.file.facts.list(meanings);
        let Some(first) = meanings.next() else {
            return callee;
        };
        let name = self.called_name(first);
        if name.is_some() && meanings.all(|meaning| self.called_name(meaning) == name) {
            first
        } else {
            callee
        }
    }

    /// Whether what is called is surely not of the project: a built-in, a local value, a member of something outside.
    fn is_known_outside(&self, callee: ExprId, values: &Values) -> bool {
        let evaluator = self.evaluator;
        let semantics = evaluator.file.semantics;
        if !values.is_unknown() {
            return true;
        }
        match evaluator.expr_of(callee) {
            Expr::Name(name) => {
                let text = evaluator.file.facts.text(name);
                semantics.builtins.contains(&self.plain(text))
            }
            Expr::Member(base, _) => {
                let base = evaluator.eval(base);
                base.iter().any(|item| evaluator.may_be_outside(item.value))
            }
            _ => false,
        }
    }

    /// The name of what is called without the mark of a macro.
    fn plain<'t>(&self, text: &'t str) -> &'t str {
        let has_macros = self.evaluator.file.semantics.imports_are_paths;
        let plain = text.strip_suffix(MACRO_MARK).filter(|_| has_macros);
        plain.unwrap_or(text)
    }

    fn bare_call(&mut self, src: u32, callee: ExprId, name: Name, line: u32) {
        let evaluator = self.evaluator;
        let file = evaluator.file;
        let text = file.facts.text(name);
        self.unresolved.insert(Unresolved {
            src,
            name: self.plain(text).trim_end_matches("()").to_owned(),
            line,
        });
        let candidates = self.bare_candidates(callee, name);
        let rule = if candidates.len() == 1 {
            Rule::UniqueName
        } else {
            Rule::BareName
        };
        let confidence = base_confidence(rule).shared_among(candidates.len());
        for sym in candidates {
            self.add_symbol(src, sym, EdgeKind::Calls, line, confidence, rule);
        }
    }

    /// The definitions that a called name can mean when nothing else is known; none when there are too many.
    pub(super) fn bare_candidates(&self, callee: ExprId, name: Name) -> SmallVec<[Sym; 4]> {
        let evaluator = self.evaluator;
        let file = evaluator.file;
        let text = file.facts.text(name);
        if !file.semantics.match_bare_names || file.semantics.common_members.contains(&text) {
            return SmallVec::new();
        }
        let is_member = matches!(evaluator.expr_of(callee), Expr::Member(..));
        let mut candidates: SmallVec<[Sym; 4]> = self
            .bare
            .of(file.global(name), file.language.name())
            .iter()
            .copied()
            // A plain name never means a method of some object; a member may be a function of some module.
            .filter(|sym| is_member || evaluator.program.kind(*sym) != NodeKind::Method)
            .filter(|sym| {
                sym.file == evaluator.index || !evaluator.program.has_flag(*sym, flag::FILE_LOCAL)
            })
            .take(MAX_NAMED + 1)
            .collect();
        if candidates.len() > MAX_BARE && candidates.len() <= MAX_NAMED {
            let name = file.global(name);
            candidates.retain(|sym| !self.replaces(*sym, name));
        }
        if candidates.len() > MAX_BARE {
            return SmallVec::new();
        }
        candidates
    }

    /// Whether a type above has the member as well: a call of that one speaks for both.
    fn replaces(&self, method: Sym, name: NameId) -> bool {
        let evaluator = self.evaluator;
        let hierarchy = evaluator.hierarchy;
        hierarchy
            .owner(evaluator.program, method)
            .is_some_and(|class| {
                let order = hierarchy.order(class);
                order.iter().skip(1).any(|(above, _)| {
                    let is_ours = (above.file as usize) < evaluator.program.project_files;
                    is_ours && !hierarchy.own(*above, name).is_empty()
                })
            })
    }

    pub(super) fn decorator_site(&mut self, id: ExprId, decorator: ExprId) {
        let values = self.evaluator.eval(decorator);
        let line = self.evaluator.exprs().line(id);
        let src = self.source_of(id);
        let site = Site {
            src,
            callee: ExprId::NONE,
            args: ListId::NONE,
            line,
            is_named: !matches!(self.evaluator.expr_of(decorator), Expr::Call(..)),
        };
        self.call_targets(&site, &values, false);
    }

    pub(super) fn operator_site(&mut self, id: ExprId, name: Name, operands: ListId) {
        let evaluator = self.evaluator;
        let text = evaluator.file.facts.text(name);
        let late = evaluator.file.semantics.late_binding;
        if late.is_some_and(|late| late.concatenation == text) {
            self.sum_site(id, operands);
            return;
        }
        let mut operands = evaluator.file.facts.list(operands);
        let Some(first) = operands.next() else {
            return;
        };
        if let (Some(key), Some(_)) = (operands.next(), operands.next()) {
            self.keyed_fields(id, first, key, true);
        }
        let makes_text = evaluator.file.semantics.text_operators;
        if let Some(at) = makes_text.iter().position(|known| *known == text) {
            let methods = &makes_text[at..];
            let names = methods.iter().map(|name| evaluator.program.intern(name));
            return self.run_first(id, first, &names.collect::<Vec<_>>());
        }
        if text == REQUESTED {
            return self.requested_fixtures(id, first);
        }
        let name = evaluator.file.global(name);
        self.run_members(id, first, name, Rule::Operator);
    }

    /// Fixtures that a test asks for by texts.
    fn requested_fixtures(&mut self, id: ExprId, texts: ExprId) {
        let line = self.evaluator.exprs().line(id);
        let src = self.source_of(id);
        for item in self.evaluator.eval(texts).iter() {
            if let Some(fixture) = self.evaluator.requested(item.value, texts) {
                let rule = Rule::Injection;
                let confidence = base_confidence(rule).min(base_confidence(item.rule));
                self.add_symbol(src, fixture, EdgeKind::References, line, confidence, rule);
            }
        }
    }

    pub(super) fn implicit_site(&mut self, id: ExprId, of: ExprId, methods: &[&str], rule: Rule) {
        for method in methods {
            let name = self.evaluator.program.intern(method);
            self.run_members(id, of, name, rule);
        }
    }

    /// Calls of methods that the source does not name. What an operator or a statement runs is a reference: whoever looks
    /// for calls of the method finds no such call in the text.
    pub(super) fn run_members(&mut self, id: ExprId, of: ExprId, name: NameId, rule: Rule) {
        for item in self.evaluator.eval(of).iter() {
            self.run_member(id, item, name, rule);
        }
    }

    /// The same for the first of several methods that each value has.
    fn run_first(&mut self, id: ExprId, of: ExprId, names: &[NameId]) {
        let values = self.evaluator.eval(of);
        // The text of a type is another one than that of its instances.
        for item in values.iter().filter(|item| is_instance(item.value)) {
            let mut names = names.iter();
            names.any(|name| self.run_member(id, item, *name, Rule::Operator));
        }
    }

    /// Whether the value has the method.
    fn run_member(&mut self, id: ExprId, item: Typed, name: NameId, rule: Rule) -> bool {
        let evaluator = self.evaluator;
        let found = evaluator.members(item.value, name);
        if found.is_empty() {
            return false;
        }
        let line = evaluator.exprs().line(id);
        let src = self.source_of(id);
        let kind = if rule == Rule::Operator {
            EdgeKind::References
        } else {
            EdgeKind::Calls
        };
        // Nobody knows better what an operator runs than what its operand is.
        let confidence = base_confidence(rule).min(base_confidence(item.rule));
        for found in &found {
            if let Hit::Symbol(sym) = found.hit {
                self.add_symbol(src, sym, kind, line, confidence, rule);
            }
        }
        true
    }
}

/// The confidence when a call has several possible targets: each is likely, fewer is likelier.
fn among(rule: Rule, count: usize) -> Confidence {
    let base = base_confidence(rule).thousandths();
    let cut = (count.saturating_sub(1) as u16).min(6) * 40;
    Confidence::from_thousandths(base.saturating_sub(cut).max(500.min(base)))
}
