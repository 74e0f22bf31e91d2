//! What is no expression to edges: fixtures that tests ask for, what tests test, what documents mention.

use arc_graph::{Confidence, EdgeKind, NodeKind, Rule};
use rustc_hash::FxHashMap;

use crate::facts::{Mention, MentionKind, flag};
use crate::resolve::edges::{EdgeCollector, MAX_BARE, base_confidence};
use crate::resolve::values::Sym;
use crate::resolve::{Edge, Place};

/// What runs around a test without being named anywhere in its file stays out of what is exported by default, which is what a
/// reader of the file would find; every walk follows it.
const UNNAMED: Confidence = Confidence::from_thousandths(490);

/// A text that names a definition with its module means it, whatever is done with the text.
const BY_TEXT: Confidence = Confidence::from_thousandths(800);

impl EdgeCollector<'_, '_, '_> {
    pub(super) fn fixtures(&mut self) {
        let evaluator = self.evaluator;
        let mut running: FxHashMap<Option<Sym>, Vec<Sym>> = FxHashMap::default();
        let has_fixtures = !evaluator.file.semantics.fixture_files.is_empty();
        for (symbol, fact) in evaluator.file.facts.symbols.iter().enumerate() {
            let is_test = fact.flags & flag::TEST != 0 && fact.kind != NodeKind::Class.number();
            if has_fixtures && is_test {
                let test = evaluator.sym(symbol as u32);
                let owner = evaluator.hierarchy.owner(evaluator.program, test);
                let running = running
                    .entry(owner)
                    .or_insert_with(|| evaluator.autouse(owner, test));
                let src = self.visible(symbol as u32);
                for fixture in running.iter() {
                    let (kind, rule) = (EdgeKind::References, Rule::Injection);
                    self.add_symbol(src, *fixture, kind, fact.line, UNNAMED, rule);
                }
            }
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

    /// A test tests what it calls or runs by an operator, other tests apart.
    pub(super) fn tests(&mut self) {
        let evaluator = self.evaluator;
        let is_test = |symbol: u32| {
            evaluator
                .program
                .has_flag(evaluator.sym(symbol), flag::TEST)
        };
        let tested: Vec<Edge> = self
            .edges
            .iter()
            .filter(|edge| {
                matches!(
                    edge.kind,
                    EdgeKind::Calls | EdgeKind::Requests | EdgeKind::Starts
                ) || edge.rule == Rule::Operator
            })
            .filter(|edge| is_test(edge.src))
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

    pub(super) fn mentions(&mut self) {
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
        } else if mention.kind == MentionKind::Imported as u8 {
            let rule = Rule::Convention;
            if let Some(sym) = self.evaluator.imported_by_text(text) {
                self.add_symbol(src, sym, kind, mention.line, BY_TEXT, rule);
            }
        } else {
            self.mention_symbol(mention, src, text, kind);
        }
    }

    fn mention_symbol(&mut self, mention: &Mention, src: u32, text: &str, kind: EdgeKind) {
        let evaluator = self.evaluator;
        let found = evaluator
            .program
            .mentioned(text, mention.kind, evaluator.index);
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
