//! Calls that are bound at run time: implementations below a receiver, objects that the library calls back.

use arc_graph::{Confidence, EdgeKind, NodeKind, Rule};
use rustc_hash::FxHashSet;

use crate::facts::{ExprId, ListId};
use crate::languages::{LateBinding, Run};
use crate::resolve::Place;
use crate::resolve::edges::calls::Site;
use crate::resolve::edges::{EdgeCollector, base_confidence};
use crate::resolve::names::Hit;
use crate::resolve::values::{NameId, Sym, Value, Values};

/// One of two methods runs (below the type of the receiver, or overloads that the arguments fit equally well), or both in
/// turn.
pub(super) const ONE_OF_TWO: Confidence = Confidence::from_thousandths(500);

/// An implementation from elsewhere, in a file that never names its type: that it runs is a chance and no dependency that
/// anybody wrote, so that it stays out of what is exported by default.
const FROM_ELSEWHERE: Confidence = Confidence::from_thousandths(450);

/// An implementation that a call may run.
pub(super) struct Below {
    src: u32,
    method: Sym,
    line: u32,
    confidence: Confidence,
}

impl EdgeCollector<'_, '_, '_> {
    /// What a call of `function` runs beside it.
    pub(super) fn late_targets(&mut self, site: &Site, function: Sym, receiver: Option<Value>) {
        let Some(late) = self.evaluator.file.semantics.late_binding else {
            return;
        };
        if function.file as usize >= self.evaluator.program.project_files {
            self.called_back(late, site, function, receiver);
        } else if let Some(receiver) = receiver {
            self.implementations(site, function, receiver);
        }
    }

    fn implementations(&mut self, site: &Site, function: Sym, receiver: Value) {
        let found = self
            .evaluator
            .implementations(site.callee, function, receiver);
        if found.is_exact {
            let rule = Rule::LocalType;
            for method in found.methods {
                let (kind, confidence) = (EdgeKind::Calls, base_confidence(rule));
                self.add_symbol(site.src, method, kind, site.line, confidence, rule);
            }
            return;
        }
        let confidence = if found.methods.len() > 1 {
            ONE_OF_TWO
        } else {
            base_confidence(Rule::Ambiguous)
        };
        self.below.extend(found.methods.iter().map(|method| Below {
            src: site.src,
            method: *method,
            line: site.line,
            confidence,
        }));
    }

    /// Calls of implementations: likely where the file or its package knows the type that has them.
    pub(super) fn call_below(&mut self) {
        let named: FxHashSet<u32> = self
            .edges
            .iter()
            .filter_map(|edge| match edge.dst {
                Place::Symbol { file, .. } => Some(file),
                Place::External(_) => None,
            })
            .collect();
        let program = self.evaluator.program;
        let folder = |file: u32| {
            let path = &program.file(file).path;
            path.rsplit_once('/').map_or("", |(folder, _)| folder)
        };
        let own = self.evaluator.index;
        for below in std::mem::take(&mut self.below) {
            let file = below.method.file;
            let is_known = named.contains(&file) || folder(file) == folder(own);
            let confidence = if is_known {
                below.confidence
            } else {
                FROM_ELSEWHERE
            };
            let kind = EdgeKind::Calls;
            let rule = Rule::Ambiguous;
            self.add_symbol(below.src, below.method, kind, below.line, confidence, rule);
        }
    }

    /// An object of the project that is handed to the library under an interface with one method is there to be called.
    pub(super) fn called_back(
        &mut self,
        late: &LateBinding,
        site: &Site,
        function: Sym,
        receiver: Option<Value>,
    ) {
        let evaluator = self.evaluator;
        let params = &evaluator.program.fact(function).params;
        for (position, (_, arg)) in evaluator.args(site.args).enumerate() {
            let rest = params.iter().position(|param| param.kind == 1);
            let at = rest.map_or(position, |rest| position.min(rest)) as u32;
            for expected in evaluator.param_type(function, at).iter() {
                let Value::Instance(interface, _) = expected.value else {
                    continue;
                };
                if let Some(method) = evaluator.functional_method(interface) {
                    let file = evaluator.program.file(method.file);
                    let name = file.global(file.symbol(method.symbol).name);
                    let count = evaluator.program.fact(method).params.len();
                    self.run_back(site, &evaluator.eval(arg), name, count);
                }
            }
        }
        let Some(run) = self.run_by_library(late, function) else {
            return;
        };
        let name = evaluator.program.intern(run.runs);
        let objects = match run.argument {
            Some(at) => evaluator
                .args(site.args)
                .nth(at)
                .map_or_else(Values::unknown, |(_, arg)| evaluator.eval(arg)),
            None => {
                let mut objects = evaluator.receivers_made(site.callee);
                if let Some(receiver) = receiver {
                    objects.add(receiver, Rule::Scope);
                }
                objects
            }
        };
        self.run_back(site, &objects, name, 0);
    }

    /// The entry for a method of the library that runs another one of an object.
    fn run_by_library<'l>(&self, late: &'l LateBinding, function: Sym) -> Option<&'l Run> {
        let evaluator = self.evaluator;
        let file = evaluator.program.file(function.file);
        let name = file.facts.text(file.symbol(function.symbol).name);
        let mut known = late.runs.iter().filter(|run| run.method == name);
        known.find(|run| {
            let owner = evaluator.hierarchy.owner(evaluator.program, function);
            owner.is_some_and(|owner| {
                let file = evaluator.program.file(owner.file);
                file.facts.text(file.symbol(owner.symbol).name) == run.owner
            })
        })
    }

    fn run_back(&mut self, site: &Site, objects: &Values, name: NameId, count: usize) {
        let evaluator = self.evaluator;
        for item in objects.iter() {
            if !matches!(item.value, Value::Instance(..) | Value::SelfOf(_)) {
                continue;
            }
            for found in evaluator.members(item.value, name) {
                let Hit::Symbol(method) = found.hit else {
                    continue;
                };
                if evaluator.program.kind(method) == NodeKind::Method
                    && evaluator.program.fact(method).params.len() == count
                {
                    let rule = Rule::Convention;
                    let kind = EdgeKind::Calls;
                    let confidence = base_confidence(rule);
                    self.add_symbol(site.src, method, kind, site.line, confidence, rule);
                }
            }
        }
    }

    /// A sum that is a text asks its parts for theirs.
    pub(super) fn sum_site(&mut self, id: ExprId, operands: ListId) {
        let evaluator = self.evaluator;
        let Some(late) = evaluator.file.semantics.late_binding else {
            return;
        };
        if !evaluator.is_text(&evaluator.eval(id)) {
            return;
        }
        let name = evaluator.program.intern(late.as_text);
        for operand in evaluator.file.facts.list(operands) {
            self.run_members(id, operand, name, Rule::Operator);
        }
    }
}
