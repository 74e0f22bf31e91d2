//! Evaluated expressions to edges.

use std::collections::BTreeSet;

use arc_graph::{Confidence, EdgeKind, NodeKind, Rule};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::facts::{Expr, ExprId, ListId, Mention, MentionKind, Name, Role, flag, import_flag};
use crate::resolve::evaluate::Evaluator;
use crate::resolve::hierarchy::is_type_kind;
use crate::resolve::names::{Busy, Hit};
use crate::resolve::program::{Program, Target};
use crate::resolve::values::{NameId, OutsideName, Sym, Value, Values};
use crate::resolve::{Edge, Place, Unresolved};

/// Definitions of one name that a bare name may be matched to.
const MAX_BARE: usize = 5;

/// A call through a function pointer runs one of the functions that were put there: less sure than any call of a name, so
/// that it stays out of what is exported by default.
const STORED_FUNCTION: Confidence = Confidence::from_thousandths(450);

/// Definitions that can be matched by bare name.
pub(super) struct BareNames {
    by_name: FxHashMap<(NameId, &'static str), Vec<Sym>>,
}

impl BareNames {
    pub(super) fn new(program: &Program<'_>) -> BareNames {
        let mut by_name: FxHashMap<(NameId, &'static str), Vec<Sym>> = FxHashMap::default();
        for (index, file) in program.files.iter().enumerate().take(program.project_files) {
            if !file.semantics.match_bare_names {
                continue;
            }
            for (symbol, fact) in file.facts.symbols.iter().enumerate() {
                let kind = NodeKind::from_number(fact.kind);
                let is_called = matches!(
                    kind,
                    Some(NodeKind::Function | NodeKind::Method | NodeKind::Macro)
                );
                if is_called
                    && fact.flags & (flag::HIDDEN | flag::OVERLOAD | flag::DECLARATION) == 0
                {
                    let key = (file.global(fact.name), file.language.name());
                    by_name.entry(key).or_default().push(Sym {
                        file: index as u32,
                        symbol: symbol as u32,
                    });
                }
            }
        }
        BareNames { by_name }
    }

    fn of(&self, name: NameId, language: &'static str) -> &[Sym] {
        self.by_name
            .get(&(name, language))
            .map_or(&[], Vec::as_slice)
    }
}

/// The edges of one file.
pub(super) struct FileEdges<'e, 'p, 'a> {
    evaluator: &'e Evaluator<'p, 'a>,
    bare: &'e BareNames,
    edges: BTreeSet<Edge>,
    unresolved: BTreeSet<Unresolved>,
}

/// All edges of a file, sorted, and its unresolved references, sorted.
pub(super) fn file_edges(
    evaluator: &Evaluator<'_, '_>,
    bare: &BareNames,
) -> (Vec<Edge>, Vec<Unresolved>) {
    let mut file = FileEdges {
        evaluator,
        bare,
        edges: BTreeSet::new(),
        unresolved: BTreeSet::new(),
    };
    file.imports();
    file.types();
    for index in 0..evaluator.file.facts.exprs.len() as u32 {
        file.expression(ExprId(index));
    }
    file.fixtures();
    file.mentions();
    file.tests();
    (strongest(file.edges), file.unresolved.into_iter().collect())
}

/// One edge for each source, target, kind and line: the most confident.
fn strongest(edges: BTreeSet<Edge>) -> Vec<Edge> {
    let mut kept: Vec<Edge> = Vec::with_capacity(edges.len());
    for edge in edges {
        match kept.last_mut() {
            Some(last)
                if last.src == edge.src
                    && last.dst == edge.dst
                    && last.kind == edge.kind
                    && last.line == edge.line =>
            {
                if edge.confidence > last.confidence {
                    *last = edge;
                }
            }
            _ => kept.push(edge),
        }
    }
    kept
}

/// The confidence of an edge that one rule found, with one target.
pub(super) fn base_confidence(rule: Rule) -> Confidence {
    Confidence::from_thousandths(match rule {
        Rule::Syntax => 1000,
        Rule::Scope | Rule::Import => 980,
        Rule::OwnMember => 960,
        Rule::DeclaredType | Rule::LocalType => 950,
        Rule::Injection => 900,
        Rule::InferredType => 880,
        Rule::ValueFlow => 720,
        Rule::Ambiguous => 600,
        Rule::Macro | Rule::Convention => 550,
        Rule::Operator => 450,
        Rule::UniqueName => 400,
        Rule::BareName => 300,
    })
}

impl FileEdges<'_, '_, '_> {
    /// The nearest definition around that is a node.
    fn visible(&self, symbol: u32) -> u32 {
        visible(self.evaluator.program, self.evaluator.sym(symbol)).symbol
    }

    fn source_of(&self, id: ExprId) -> u32 {
        let block = self.evaluator.block_of(id);
        self.visible(self.evaluator.file.facts.blocks[block.index()].symbol.0)
    }

    fn add(
        &mut self,
        src: u32,
        dst: Place,
        kind: EdgeKind,
        line: u32,
        confidence: Confidence,
        rule: Rule,
    ) {
        self.edges.insert(Edge {
            src,
            dst,
            kind,
            line,
            confidence,
            rule,
        });
    }

    fn add_symbol(
        &mut self,
        src: u32,
        sym: Sym,
        kind: EdgeKind,
        line: u32,
        confidence: Confidence,
        rule: Rule,
    ) {
        let program = self.evaluator.program;
        if sym.file as usize >= program.project_files {
            // A built-in is no news; a module of the standard library that the prelude describes would be.
            return;
        }
        let dst = visible(program, sym);
        // What an anonymous function does counts as done where it is written; calling it calls nothing that has a name.
        if kind == EdgeKind::Calls && dst != sym && program.kind(sym) == NodeKind::Lambda {
            return;
        }
        let is_self = dst.file == self.evaluator.index && dst.symbol == src;
        if is_self && (kind != EdgeKind::Calls || dst != sym) {
            return;
        }
        self.add(
            src,
            Place::Symbol {
                file: dst.file,
                symbol: dst.symbol,
            },
            kind,
            line,
            confidence,
            rule,
        );
    }

    fn add_outside(&mut self, src: u32, name: OutsideName, kind: EdgeKind, line: u32, rule: Rule) {
        let name = self.evaluator.program.text(name.name());
        self.add(
            src,
            Place::External(name.to_string()),
            kind,
            line,
            base_confidence(rule),
            rule,
        );
    }

    // ---- imports and types ----

    fn imports(&mut self) {
        let evaluator = self.evaluator;
        let facts = evaluator.file.facts;
        for (at, import) in facts.imports.iter().enumerate() {
            if import.flags & import_flag::IMPLICIT != 0 {
                continue;
            }
            let src = self.visible(facts.blocks[import.block.index()].symbol.0);
            let names = &evaluator.names;
            let name = if import.name.is_some() {
                evaluator.file.global(import.name)
            } else {
                NameId::NONE
            };
            if import.flags & import_flag::STAR != 0 && evaluator.file.semantics.imports_are_paths {
                self.star_path(crate::facts::ImportId(at as u32), import.line);
            }
            let targets = &evaluator.file.targets[at];
            let has_namespace = matches!(targets.first(), Some(Target::Namespace(_)));
            let lists_files = targets
                .iter()
                .any(|target| matches!(target, Target::File(_)));
            for (order, target) in targets.iter().enumerate() {
                match *target {
                    // Declaring a submodule makes it a part; using it is another statement.
                    Target::File(file) if import.flags & import_flag::SUBMODULE != 0 => {
                        self.add_symbol(
                            0,
                            Sym { file, symbol: 0 },
                            EdgeKind::Contains,
                            import.line,
                            Confidence::CERTAIN,
                            Rule::Syntax,
                        );
                    }
                    Target::File(file) if order == 0 => self.add_file(0, file, import.line),
                    // A whole package that says which of its files an import runs.
                    Target::File(file) if name == NameId::NONE && has_namespace => {
                        self.add_file(0, file, import.line);
                    }
                    Target::File(_) => {}
                    Target::Namespace(_) if name == NameId::NONE && lists_files => {}
                    Target::Namespace(label) => self.import_namespace(label, name, import.line),
                    Target::Outside(module) => {
                        let text = evaluator.program.text(module.name());
                        self.add(
                            0,
                            Place::External(text.to_string()),
                            EdgeKind::Imports,
                            import.line,
                            Confidence::CERTAIN,
                            Rule::Import,
                        );
                    }
                }
            }
            if name == NameId::NONE {
                continue;
            }
            let hits = names.imported(
                evaluator.index,
                crate::facts::ImportId(at as u32),
                &mut Busy::new(),
            );
            for hit in hits {
                match hit {
                    Hit::Value(Value::Module(file)) => self.add_file(0, file, import.line),
                    Hit::Value(Value::Outside(_)) => {}
                    hit => {
                        if let Some(sym) = self.symbol_of(&hit) {
                            let confidence = base_confidence(Rule::Import);
                            self.add_symbol(
                                src,
                                sym,
                                EdgeKind::References,
                                import.line,
                                confidence,
                                Rule::Import,
                            );
                        }
                    }
                }
            }
        }
    }

    /// A star import whose module is a path: the file it opens, or the type.
    fn star_path(&mut self, import: crate::facts::ImportId, line: u32) {
        let evaluator = self.evaluator;
        let targets = evaluator
            .names
            .star_targets(evaluator.index, import, &mut Busy::new());
        for target in targets {
            match target {
                Hit::Value(Value::Module(file)) => self.add_file(0, file, line),
                Hit::Value(Value::Class(sym, _)) | Hit::Symbol(sym)
                    if (sym.file as usize) < evaluator.program.project_files =>
                {
                    self.add_file(0, sym.file, line);
                }
                Hit::Value(Value::Outside(name)) => {
                    self.add_outside(0, name, EdgeKind::Imports, line, Rule::Import);
                }
                _ => {}
            }
        }
    }

    fn add_file(&mut self, src: u32, file: u32, line: u32) {
        if file != self.evaluator.index {
            let sym = Sym { file, symbol: 0 };
            self.add_symbol(
                src,
                sym,
                EdgeKind::Imports,
                line,
                Confidence::CERTAIN,
                Rule::Import,
            );
        }
    }

    /// An import from a namespace imports the files that declare the name, or all of them when it takes no name.
    fn import_namespace(&mut self, label: NameId, name: NameId, line: u32) {
        let program = self.evaluator.program;
        let mut files: SmallVec<[u32; 4]> = SmallVec::new();
        if name == NameId::NONE {
            files.extend(program.namespace_files(label).iter().copied());
        } else {
            files.extend(
                program
                    .namespace_members(label, name)
                    .iter()
                    .map(|(file, _)| *file),
            );
        }
        files.sort_unstable();
        files.dedup();
        for file in files {
            if (file as usize) < program.project_files {
                self.add_file(0, file, line);
            }
        }
    }

    fn types(&mut self) {
        let evaluator = self.evaluator;
        let (program, hierarchy) = (evaluator.program, evaluator.hierarchy);
        let facts = evaluator.file.facts;
        for symbol in 0..facts.symbols.len() as u32 {
            let class = evaluator.sym(symbol);
            // A type defined as another one (Go) has its members, but is no kind of it.
            let is_defined_as = facts.symbols[symbol as usize].declared.is_some();
            if !is_type_kind(program.kind(class)) || is_defined_as {
                continue;
            }
            for base in hierarchy.bases.get(&class).into_iter().flatten() {
                let confidence = base_confidence(Rule::Scope);
                match base.value {
                    Value::Class(above, _) if above != class => {
                        self.add_symbol(
                            symbol,
                            above,
                            EdgeKind::Inherits,
                            base.line,
                            confidence,
                            Rule::Scope,
                        );
                    }
                    Value::Outside(name) => {
                        self.add_outside(symbol, name, EdgeKind::Inherits, base.line, Rule::Scope)
                    }
                    _ => {}
                }
            }
        }
        for symbol in 0..facts.symbols.len() as u32 {
            self.overrides(symbol);
        }
    }

    fn overrides(&mut self, symbol: u32) {
        let evaluator = self.evaluator;
        let method = evaluator.sym(symbol);
        if evaluator.program.kind(method) != NodeKind::Method || evaluator.is_constructor(method) {
            return;
        }
        let Some(owner) = evaluator.hierarchy.owner(evaluator.program, method) else {
            return;
        };
        let fact = evaluator.file.symbol(symbol);
        let name = evaluator.file.global(fact.name);
        for (above, _) in evaluator.hierarchy.order(owner).into_iter().skip(1) {
            let members = evaluator.hierarchy.own(above, name).iter();
            let bases: Vec<Sym> = members
                .filter_map(|member| {
                    self.symbol_of(&evaluator.names.member_hit(above, name, *member))
                })
                .filter(|base| evaluator.program.kind(*base) == NodeKind::Method)
                .collect();
            if let Some(base) = evaluator.overridden(method, &bases) {
                let confidence = base_confidence(Rule::OwnMember);
                self.add_symbol(
                    symbol,
                    base,
                    EdgeKind::Overrides,
                    fact.line,
                    confidence,
                    Rule::OwnMember,
                );
                return;
            }
        }
    }

    // ---- expressions ----

    fn expression(&mut self, id: ExprId) {
        let node = &self.evaluator.file.facts.exprs[id.index()];
        if node.role == Role::Silent as u8 {
            return;
        }
        let is_macro = node.role == Role::MacroCall as u8;
        match node.expr {
            Expr::Call(callee, args) | Expr::New(callee, args) => {
                self.call_site(id, callee, args, is_macro)
            }
            Expr::Decorated(decorator, _) => self.decorator_site(id, decorator),
            Expr::Operator(name, operands) => self.operator_site(id, name, operands),
            Expr::Enter(of) => self.implicit_site(
                id,
                of,
                self.evaluator.file.semantics.enter_operators,
                Rule::Operator,
            ),
            Expr::Element(of) => self.implicit_site(
                id,
                of,
                self.evaluator.file.semantics.iteration,
                Rule::Convention,
            ),
            Expr::Index(of, _) if node.role == Role::Call as u8 => {
                let operator = self.evaluator.file.semantics.index_operator;
                if !operator.is_empty() {
                    self.implicit_site(id, of, &[operator], Rule::Operator);
                }
            }
            Expr::Name(_) | Expr::Member(..) => self.use_site(id, node.role),
            _ => {}
        }
    }

    fn call_site(&mut self, id: ExprId, callee: ExprId, args: ListId, is_macro: bool) {
        let evaluator = self.evaluator;
        let values = evaluator.eval(callee);
        let line = evaluator.file.facts.exprs[id.index()].line;
        let src = self.source_of(id);
        let found = self.call_targets(src, &values, args, line, is_macro);
        if found {
            return;
        }
        let Some(name) = self.called_name(callee) else {
            return;
        };
        if self.is_known_outside(callee, &values) {
            return;
        }
        self.bare_call(src, callee, name, line);
    }

    /// Edges to all that the callee can be. False when it can be nothing that we know.
    fn call_targets(
        &mut self,
        src: u32,
        values: &Values,
        args: ListId,
        line: u32,
        is_macro: bool,
    ) -> bool {
        let evaluator = self.evaluator;
        let mut functions: Vec<(Sym, Option<Value>)> = Vec::new();
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
                Value::Class(class, _) | Value::SelfClassOf(class) => {
                    self.construction(src, class, args, line, rule)
                }
                Value::SuperOf(class) => {
                    let order = evaluator.hierarchy.order(class);
                    if let Some((above, _)) = order.get(1) {
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
                Value::OutsideInstance
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
        // What is declared as a function type may hold what was once put there, or anything else.
        let is_stored = values
            .iter()
            .any(|item| matches!(item.value, Value::Callable(_)));
        for (function, _) in chosen {
            let rule = rules.get(&function).copied().unwrap_or(Rule::Scope);
            let confidence = if is_stored && rule == Rule::ValueFlow {
                STORED_FUNCTION
            } else {
                among(rule, count)
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
        let constructors: Vec<(Sym, Option<Value>)> = evaluator
            .constructors(class)
            .iter()
            .filter_map(|found| match found.hit {
                Hit::Symbol(sym) => Some((sym, Some(found.receiver))),
                _ => None,
            })
            .filter(|(sym, _)| (sym.file as usize) < evaluator.program.project_files)
            .collect();
        let chosen = evaluator.choose(constructors, args);
        let count = chosen.len();
        for (constructor, _) in &chosen {
            self.add_symbol(
                src,
                *constructor,
                EdgeKind::Calls,
                line,
                among(rule, count),
                rule,
            );
        }
        // The type is used as well: who renames or drops it breaks this line.
        let kind = if chosen.is_empty() {
            EdgeKind::Calls
        } else {
            EdgeKind::References
        };
        self.add_symbol(src, class, kind, line, base_confidence(rule), rule);
    }

    fn called_name(&self, callee: ExprId) -> Option<Name> {
        match self.evaluator.expr_of(callee) {
            Expr::Name(name) | Expr::Member(_, name) => Some(name),
            Expr::Apply(base, _) => self.called_name(base),
            _ => None,
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
                semantics.builtins.contains(&text)
            }
            Expr::Member(base, _) => {
                let base = evaluator.eval(base);
                base.iter().any(|item| evaluator.may_be_outside(item.value))
            }
            _ => false,
        }
    }

    fn bare_call(&mut self, src: u32, callee: ExprId, name: Name, line: u32) {
        let evaluator = self.evaluator;
        let file = evaluator.file;
        let text = file.facts.text(name);
        let is_member = matches!(evaluator.expr_of(callee), Expr::Member(..));
        self.unresolved.insert(Unresolved {
            src,
            name: text.trim_end_matches("()").to_owned(),
            line,
        });
        if !file.semantics.match_bare_names || file.semantics.common_members.contains(&text) {
            return;
        }
        let candidates: SmallVec<[Sym; 4]> = self
            .bare
            .of(file.global(name), file.language.name())
            .iter()
            .copied()
            // A plain name never means a method of some object; a member may be a function of some module.
            .filter(|sym| is_member || evaluator.program.kind(*sym) != NodeKind::Method)
            .filter(|sym| {
                sym.file == evaluator.index || !evaluator.program.has_flag(*sym, flag::FILE_LOCAL)
            })
            .take(MAX_BARE + 1)
            .collect();
        if candidates.is_empty() || candidates.len() > MAX_BARE {
            return;
        }
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

    fn decorator_site(&mut self, id: ExprId, decorator: ExprId) {
        let values = self.evaluator.eval(decorator);
        let line = self.evaluator.file.facts.exprs[id.index()].line;
        let src = self.source_of(id);
        self.call_targets(src, &values, ListId::NONE, line, false);
    }

    fn operator_site(&mut self, id: ExprId, name: Name, operands: ListId) {
        let evaluator = self.evaluator;
        let Some(first) = evaluator.file.facts.list(operands).next() else {
            return;
        };
        let name = evaluator.file.global(name);
        self.run_members(id, first, name, Rule::Operator);
    }

    fn implicit_site(&mut self, id: ExprId, of: ExprId, methods: &[&str], rule: Rule) {
        for method in methods {
            let name = self.evaluator.program.intern(method);
            self.run_members(id, of, name, rule);
        }
    }

    /// Calls of methods that the source does not name.
    fn run_members(&mut self, id: ExprId, of: ExprId, name: NameId, rule: Rule) {
        let evaluator = self.evaluator;
        let line = evaluator.file.facts.exprs[id.index()].line;
        let src = self.source_of(id);
        for item in evaluator.eval(of).iter() {
            for found in evaluator.members(item.value, name) {
                if let Hit::Symbol(sym) = found.hit {
                    self.add_symbol(src, sym, EdgeKind::Calls, line, base_confidence(rule), rule);
                }
            }
        }
    }

    fn use_site(&mut self, id: ExprId, role: u8) {
        let line = self.evaluator.file.facts.exprs[id.index()].line;
        let src = self.source_of(id);
        let is_write = role == Role::Write as u8;
        let is_read = role == Role::Use as u8 || role == Role::Argument as u8;
        let reading_calls = |sym: Sym| {
            is_read
                && self.evaluator.file.semantics.reads_call
                && self.evaluator.asks_for_nothing(sym)
        };
        for (hit, rule) in self.places(id) {
            if let Hit::Value(value) = hit {
                match value {
                    Value::Outside(name) if role == Role::Import as u8 => {
                        self.add_outside(0, name, EdgeKind::Imports, line, Rule::Import);
                    }
                    Value::Outside(name) => {
                        self.add_outside(src, name, EdgeKind::References, line, rule)
                    }
                    Value::Module(file) if role == Role::Import as u8 => {
                        self.add_file(0, file, line)
                    }
                    Value::Function(sym) => {
                        self.add_symbol(
                            src,
                            sym,
                            EdgeKind::References,
                            line,
                            base_confidence(rule),
                            rule,
                        );
                    }
                    _ => {}
                }
                continue;
            }
            let Some(sym) = self.symbol_of(&hit) else {
                continue;
            };
            if role == Role::Import as u8 {
                self.add_file(
                    0,
                    sym.file.min(self.evaluator.program.project_files as u32),
                    line,
                );
            }
            let kind = self.evaluator.program.kind(sym);
            let is_property = self.evaluator.program.has_flag(sym, flag::PROPERTY)
                && matches!(kind, NodeKind::Method | NodeKind::Function);
            let edge = match kind {
                NodeKind::Method | NodeKind::Function if is_property => EdgeKind::Reads,
                NodeKind::Method | NodeKind::Function if reading_calls(sym) => EdgeKind::Calls,
                NodeKind::Field | NodeKind::Variable | NodeKind::Constant if is_write => {
                    EdgeKind::Writes
                }
                NodeKind::Field | NodeKind::Variable | NodeKind::Constant => EdgeKind::Reads,
                NodeKind::File
                | NodeKind::Module
                | NodeKind::Class
                | NodeKind::Interface
                | NodeKind::Enum
                | NodeKind::EnumMember
                | NodeKind::Function
                | NodeKind::Method
                | NodeKind::TypeAlias
                | NodeKind::Macro
                | NodeKind::Lambda
                | NodeKind::Test
                | NodeKind::Section
                | NodeKind::Resource
                | NodeKind::Key
                | NodeKind::Table
                | NodeKind::External
                | NodeKind::Commit
                | NodeKind::Person
                | NodeKind::PullRequest
                | NodeKind::Issue
                | NodeKind::Decision => EdgeKind::References,
            };
            self.add_symbol(src, sym, edge, line, base_confidence(rule), rule);
        }
    }

    /// What a name or member stands for, as definitions rather than values.
    fn places(&self, id: ExprId) -> Vec<(Hit, Rule)> {
        let evaluator = self.evaluator;
        match evaluator.expr_of(id) {
            Expr::Name(name) => {
                let (hits, rule, _) = evaluator.name_hits(id, name);
                hits.into_iter().map(|hit| (hit, rule)).collect()
            }
            Expr::Member(base, name) => {
                let name = evaluator.file.global(name);
                let mut places = Vec::new();
                for item in evaluator.eval(base).iter() {
                    for found in evaluator.members(item.value, name) {
                        places.push((found.hit, item.rule));
                    }
                }
                places
            }
            _ => Vec::new(),
        }
    }

    fn symbol_of(&self, hit: &Hit) -> Option<Sym> {
        match *hit {
            Hit::Symbol(sym) => Some(sym),
            Hit::Binding(file, binding) => {
                let symbol =
                    self.evaluator.program.file(file).facts.bindings[binding as usize].symbol;
                symbol.is_some().then_some(Sym {
                    file,
                    symbol: symbol.0,
                })
            }
            Hit::Field(_, _, field) => field,
            Hit::Export(file, _) => Some(Sym { file, symbol: 0 }),
            Hit::Value(Value::Function(sym) | Value::Class(sym, _)) => Some(sym),
            Hit::Value(_) => None,
        }
    }

    // ---- tests, fixtures, documents ----

    fn fixtures(&mut self) {
        let evaluator = self.evaluator;
        for (symbol, fact) in evaluator.file.facts.symbols.iter().enumerate() {
            for at in 0..fact.params.len() as u32 {
                if let Some(fixture) = evaluator.fixture(evaluator.sym(symbol as u32), at) {
                    let src = self.visible(symbol as u32);
                    let rule = Rule::Injection;
                    self.add_symbol(
                        src,
                        fixture,
                        EdgeKind::References,
                        fact.line,
                        base_confidence(rule),
                        rule,
                    );
                }
            }
        }
    }

    /// A test tests what it calls, other tests apart.
    fn tests(&mut self) {
        let evaluator = self.evaluator;
        let is_test = |symbol: u32| {
            evaluator
                .program
                .has_flag(evaluator.sym(symbol), flag::TEST)
        };
        let tested: Vec<Edge> = self
            .edges
            .iter()
            .filter(|edge| edge.kind == EdgeKind::Calls && is_test(edge.src))
            .filter(|edge| match edge.dst {
                Place::Symbol { file, symbol } => {
                    let target = Sym { file, symbol };
                    !evaluator
                        .program
                        .has_flag(target, flag::TEST | flag::FIXTURE | flag::SETUP)
                }
                Place::External(_) => false,
            })
            .map(|edge| Edge {
                kind: EdgeKind::Tests,
                ..edge.clone()
            })
            .collect();
        self.edges.extend(tested);
    }

    fn mentions(&mut self) {
        for mention in &self.evaluator.file.facts.mentions {
            self.mention(mention);
        }
    }

    fn mention(&mut self, mention: &Mention) {
        let evaluator = self.evaluator;
        let program = evaluator.program;
        let text = evaluator.file.facts.text(mention.text);
        let kind = EdgeKind::from_number(mention.edge).unwrap_or(EdgeKind::References);
        let src = self.visible(mention.symbol.0);
        if mention.kind == MentionKind::Package as u8 {
            let rule = Rule::Syntax;
            self.add(
                src,
                Place::External(text.to_owned()),
                kind,
                mention.line,
                base_confidence(rule),
                rule,
            );
        } else if mention.kind == MentionKind::Path as u8 {
            let folder = crate::project::folder_of(&evaluator.file.path);
            let near = program.file_at(&crate::project::join(folder, text));
            let found = near.or_else(|| {
                program.file_at(&crate::project::join("", text.trim_start_matches('/')))
            });
            if let Some(file) = found {
                let sym = Sym { file, symbol: 0 };
                self.add_symbol(
                    src,
                    sym,
                    kind,
                    mention.line,
                    base_confidence(Rule::Syntax),
                    Rule::Syntax,
                );
            }
        } else {
            self.mention_symbol(mention, src, text, kind);
        }
    }

    fn mention_symbol(&mut self, mention: &Mention, src: u32, text: &str, kind: EdgeKind) {
        let evaluator = self.evaluator;
        let found = evaluator.program.mentioned(
            text,
            mention.kind == MentionKind::Resource as u8,
            evaluator.index,
        );
        let rule = if found.len() == 1 {
            Rule::Convention
        } else {
            Rule::BareName
        };
        for sym in found.iter().take(MAX_BARE) {
            let confidence = base_confidence(rule).shared_among(found.len());
            self.add_symbol(src, *sym, kind, mention.line, confidence, rule);
        }
    }
}

/// The confidence when a call has several possible targets: each is likely, fewer is likelier.
fn among(rule: Rule, count: usize) -> Confidence {
    let base = base_confidence(rule).thousandths();
    let cut = (count.saturating_sub(1) as u16).min(6) * 40;
    Confidence::from_thousandths(base.saturating_sub(cut).max(500.min(base)))
}

/// The definition itself if it is a node, else the nearest around it that is.
pub(super) fn visible(program: &Program<'_>, sym: Sym) -> Sym {
    let mut symbol = sym.symbol;
    loop {
        let fact = program.file(sym.file).symbol(symbol);
        if is_visible(
            program,
            Sym {
                file: sym.file,
                symbol,
            },
        ) || !fact.parent.is_some()
        {
            return Sym {
                file: sym.file,
                symbol,
            };
        }
        symbol = fact.parent.0;
    }
}

/// Whether a definition becomes a node.
pub(super) fn is_visible(program: &Program<'_>, sym: Sym) -> bool {
    let file = program.file(sym.file);
    let fact = file.symbol(sym.symbol);
    sym.symbol == 0 || (fact.flags & flag::HIDDEN == 0 && !file.facts.text(fact.name).is_empty())
}
