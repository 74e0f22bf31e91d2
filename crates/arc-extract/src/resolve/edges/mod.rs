//! Evaluated expressions to edges.

mod calls;
mod documents;
mod imports;
mod late;
mod references;
mod unknown;

use std::collections::BTreeSet;

use arc_graph::{Confidence, EdgeKind, NodeKind, Rule};
use rustc_hash::FxHashSet;

use crate::facts::{Expr, ExprId, Role, flag};
use crate::resolve::edges::late::Below;
use crate::resolve::evaluate::Evaluator;
use crate::resolve::links::Links;
use crate::resolve::program::Program;
use crate::resolve::values::{NameId, OutsideName, Sym};
use crate::resolve::{Edge, Place, Unresolved};

/// Definitions of one name that a bare name may be matched to.
const MAX_BARE: usize = 5;
/// Definitions of one name that are looked at to see which of them replace others.
const MAX_NAMED: usize = 64;

/// Definitions that can be matched by bare name, by language.
pub(super) struct BareNames {
    by_language: Vec<BareNamesOf>,
}

struct BareNamesOf {
    language: &'static str,
    /// What can be called, sorted by name, and the names.
    called: Vec<Sym>,
    names: Vec<NameId>,
    /// Names of fields.
    fields: FxHashSet<NameId>,
}

impl BareNames {
    pub(super) fn new(program: &Program<'_>) -> BareNames {
        let mut by_language: Vec<BareNamesOf> = Vec::new();
        let mut named: Vec<Vec<(NameId, Sym)>> = Vec::new();
        for (index, file) in program.files.iter().enumerate().take(program.project_files) {
            if !file.semantics.match_bare_names {
                continue;
            }
            let language = file.language.name();
            let known = by_language.iter().position(|of| of.language == language);
            let at = known.unwrap_or_else(|| {
                by_language.push(BareNamesOf {
                    language,
                    called: Vec::new(),
                    names: Vec::new(),
                    fields: FxHashSet::default(),
                });
                named.push(Vec::new());
                by_language.len() - 1
            });
            for (symbol, fact) in file.facts.symbols.iter().enumerate() {
                let kind = NodeKind::from_number(fact.kind);
                let is_called = matches!(
                    kind,
                    Some(NodeKind::Function | NodeKind::Method | NodeKind::Macro)
                );
                if kind == Some(NodeKind::Field) && fact.flags & flag::HIDDEN == 0 {
                    by_language[at].fields.insert(file.global(fact.name));
                }
                if is_called
                    && fact.flags & (flag::HIDDEN | flag::OVERLOAD | flag::DECLARATION) == 0
                {
                    let sym = Sym {
                        file: index as u32,
                        symbol: symbol as u32,
                    };
                    named[at].push((file.global(fact.name), sym));
                }
            }
        }
        for (of, mut named) in by_language.iter_mut().zip(named) {
            named.sort_unstable();
            (of.names, of.called) = named.into_iter().unzip();
        }
        BareNames { by_language }
    }

    fn of_language(&self, language: &'static str) -> Option<&BareNamesOf> {
        self.by_language.iter().find(|of| of.language == language)
    }

    fn has_field(&self, name: NameId, language: &'static str) -> bool {
        let of = self.of_language(language);
        of.is_some_and(|of| of.fields.contains(&name))
    }

    fn of(&self, name: NameId, language: &'static str) -> &[Sym] {
        let Some(BareNamesOf { called, names, .. }) = self.of_language(language) else {
            return &[];
        };
        let start = names.partition_point(|known| *known < name);
        let count = names[start..].partition_point(|known| *known == name);
        &called[start..start + count]
    }
}

/// Collects the edges of one file.
pub(super) struct EdgeCollector<'e, 'p, 'a> {
    evaluator: &'e Evaluator<'p, 'a>,
    bare: &'e BareNames,
    /// Some members are looked up by parts of their names.
    has_families: bool,
    edges: BTreeSet<Edge>,
    unresolved: BTreeSet<Unresolved>,
    /// Namespaces that are opened as a whole, with the lines that do.
    opened: Vec<(NameId, u32)>,
    /// Implementations that calls may run.
    below: Vec<Below>,
}

/// All edges of a file, sorted, and its unresolved references, sorted.
pub(super) fn file_edges(
    evaluator: &Evaluator<'_, '_>,
    bare: &BareNames,
    links: &Links,
) -> (Vec<Edge>, Vec<Unresolved>) {
    let mut file = EdgeCollector {
        evaluator,
        bare,
        has_families: evaluator.has_families(),
        edges: BTreeSet::new(),
        unresolved: BTreeSet::new(),
        opened: Vec::new(),
        below: Vec::new(),
    };
    file.imports();
    file.types();
    for index in 0..evaluator.exprs().len() as u32 {
        file.expression(ExprId(index));
    }
    file.fixtures();
    file.mentions();
    file.edges.extend(links.of(evaluator.index).iter().cloned());
    file.tests();
    file.opened_namespaces();
    file.call_below();
    (strongest(file.edges), file.unresolved.into_iter().collect())
}

/// One edge for each source, target, kind and line: the most confident.
pub(super) fn strongest(edges: BTreeSet<Edge>) -> Vec<Edge> {
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
        Rule::Syntax | Rule::Scip | Rule::Executed => 1000,
        Rule::Scope | Rule::Import => 980,
        Rule::OwnMember => 960,
        Rule::DeclaredType | Rule::LocalType => 950,
        Rule::Injection => 900,
        Rule::InferredType => 880,
        Rule::ValueFlow | Rule::Macro => 800,
        Rule::Ambiguous => 600,
        Rule::Convention => 550,
        Rule::Operator => 850,
        Rule::UniqueName => 400,
        Rule::BareName => 300,
    })
}

impl EdgeCollector<'_, '_, '_> {
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

    fn expression(&mut self, id: ExprId) {
        let Some(node) = self.evaluator.exprs().get(id) else {
            return;
        };
        if node.role == Role::Silent as u8 {
            return;
        }
        let is_macro = node.role == Role::MacroCall as u8;
        match node.expr {
            Expr::New(class, _) if node.role == Role::Use as u8 => {
                self.implied_construction(id, class)
            }
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
            Expr::Index(of, key) if node.role == Role::Call as u8 => {
                let operator = self.evaluator.file.semantics.index_operator;
                if !operator.is_empty() {
                    self.implicit_site(id, of, &[operator], Rule::Operator);
                    self.keyed_fields(id, of, key, false);
                }
            }
            Expr::Name(_) | Expr::Member(..) => self.use_site(id, node.role),
            _ => {}
        }
    }
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
