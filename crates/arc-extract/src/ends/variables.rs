//! Reads of environment variables.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few shapes of `Expr` read a variable; any other says nothing"
)]

use arc_graph::NodeKind;

use super::rules::{EndRules, Read};
use super::{Draft, Side, Space};
use crate::builder::FactsBuilder;
use crate::facts::{BlockId, Expr, ExprId, FileFacts, Name, SymbolId, Unpacked};

/// Variables that every system sets: who reads them depends on nobody.
const OF_THE_SYSTEM: &[&str] = &[
    "CI", "HOME", "HOSTNAME", "LANG", "LOGNAME", "PATH", "PWD", "SHELL", "TEMP", "TERM", "TMP",
    "TMPDIR", "USER",
];

/// Whether a text is the name of a variable that a project can set.
pub(crate) fn is_variable(name: &str) -> bool {
    name.len() > 1
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !OF_THE_SYSTEM.contains(&name)
}

/// The variables that a file reads.
pub(super) fn find(facts: &FactsBuilder, rules: &EndRules) -> Vec<Draft> {
    let known = |rule: &&Read| facts.known(rule.name()).is_some();
    let mut found = settings(facts, rules);
    let reads: Vec<&Read> = rules.variables.iter().filter(known).collect();
    if reads.is_empty() {
        return found;
    }
    let search = Search::new(facts);
    for index in 0..search.exprs.len() as u32 {
        let id = ExprId(index);
        let mut reads = reads.iter();
        if let Some(key) = reads.find_map(|read| search.read_by(read, id))
            && is_variable(key)
        {
            found.push(search.used(Space::Variable, key, id));
        }
    }
    found
}

/// Fields of types that take their values from variables of the same name.
fn settings(facts: &FactsBuilder, rules: &EndRules) -> Vec<Draft> {
    let file = facts.facts();
    let names = rules.settings.iter().filter_map(|name| facts.known(name));
    let names: Vec<Name> = names.collect();
    let mut found = Vec::new();
    if names.is_empty() {
        return found;
    }
    let is_settings = |symbol: SymbolId| {
        let bases = file.symbols.get(symbol.index()).map(|fact| fact.bases);
        bases.is_some_and(|bases| {
            let mut bases = file.list(bases).map(|base| file.exprs.expr(base));
            bases.any(|base| match base {
                Expr::Name(name) | Expr::Member(_, name) => names.contains(&name),
                _ => false,
            })
        })
    };
    for (at, fact) in file.symbols.iter().enumerate() {
        let is_field = fact.kind == NodeKind::Field.number();
        if is_field && fact.parent.is_some() && is_settings(fact.parent) {
            let key = facts.text(fact.name).to_ascii_uppercase();
            if is_variable(&key) {
                found.push(Draft {
                    line: fact.line,
                    ..Draft::new(Space::Variable, Side::Uses, &key, SymbolId(at as u32))
                });
            }
        }
    }
    found
}

/// Looks at the expressions of a file.
pub(super) struct Search<'f> {
    facts: &'f FactsBuilder,
    pub(super) file: &'f FileFacts,
    pub(super) exprs: Unpacked,
}

impl<'f> Search<'f> {
    pub(super) fn new(facts: &'f FactsBuilder) -> Search<'f> {
        Search {
            facts,
            file: facts.facts(),
            exprs: facts.facts().exprs.unpacked(),
        }
    }

    /// The end of whoever evaluates an expression.
    pub(super) fn used(&self, space: Space, key: &str, id: ExprId) -> Draft {
        let node = self.exprs.get(id);
        let block = node.map_or(BlockId::NONE, |node| node.block);
        let symbol = self.file.blocks.get(block.index());
        let symbol = symbol.map_or(SymbolId(0), |block| block.symbol);
        Draft {
            line: self.exprs.line(id),
            ..Draft::new(space, Side::Uses, key, symbol)
        }
    }

    fn read_by(&self, rule: &Read, id: ExprId) -> Option<&'f str> {
        match (rule, self.exprs.expr(id)) {
            (Read::Call(name, on), Expr::Call(callee, args)) => {
                let (called, base) = self.named(callee)?;
                let is_on = match on {
                    [] => true,
                    on => base.is_some_and(|base| on.contains(&self.last_name(base))),
                };
                let is_called = self.facts.text(called).trim_end_matches("()") == *name;
                let first = self.file.list(args).next().filter(|_| is_called && is_on)?;
                self.text(first)
            }
            (Read::Key(of), Expr::Index(base, key)) if self.last_name(base) == *of => {
                self.text(key)
            }
            (Read::Member(of, around), Expr::Member(base, name)) => {
                let Expr::Member(outer, inner) = self.exprs.expr(base) else {
                    return None;
                };
                let is_read = self.facts.text(inner) == *of
                    && around.contains(&self.last_name(outer))
                    && self
                        .facts
                        .text(name)
                        .bytes()
                        .any(|byte| byte.is_ascii_uppercase());
                is_read.then(|| self.facts.text(name))
            }
            _ => None,
        }
    }

    pub(super) fn text(&self, id: ExprId) -> Option<&'f str> {
        if let Expr::Text(text) = self.exprs.expr(id) {
            return Some(self.facts.text(text));
        }
        None
    }

    /// The last name of what is called, and what it is called on.
    pub(super) fn named(&self, callee: ExprId) -> Option<(Name, Option<ExprId>)> {
        match self.exprs.expr(callee) {
            Expr::Name(name) => Some((name, None)),
            Expr::Member(base, name) => Some((name, Some(base))),
            Expr::Apply(base, _) if base != callee => match self.exprs.expr(base) {
                Expr::Name(name) => Some((name, None)),
                Expr::Member(base, name) => Some((name, Some(base))),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn last_name(&self, id: ExprId) -> &'f str {
        match self.exprs.expr(id) {
            Expr::Name(name) | Expr::Member(_, name) => self.facts.text(name),
            _ => "",
        }
    }
}
