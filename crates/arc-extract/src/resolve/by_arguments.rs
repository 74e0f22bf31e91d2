//! Functions that stand in the namespaces of what a call is given: C++ looks for a plain name there as well.

use arc_graph::Rule;

use crate::facts::{BlockKind, Expr, ExprId, ListId};
use crate::resolve::evaluate::Evaluator;
use crate::resolve::hierarchy::type_of;
use crate::resolve::names::{Busy, Hit};
use crate::resolve::values::{NameId, Sym, Value, Values};

impl Evaluator<'_, '_> {
    /// What a callee can be, given the arguments of the call.
    pub(super) fn callee(&self, callee: ExprId, args: ListId) -> Values {
        let mut values = self.eval(callee);
        let Expr::Name(name) = self.expr_of(callee) else {
            return values;
        };
        // A member of the type around, or a variable, ends the search.
        let is_function = |value| matches!(value, Value::Function(_) | Value::Outside(_));
        if !self.file.semantics.looks_by_arguments
            || !args.is_some()
            || !values.iter().all(|item| is_function(item.value))
        {
            return values;
        }
        let name = self.file.global(name);
        for (_, arg) in self.args(args) {
            for item in self.eval(arg).iter() {
                let label = type_of(item.value).and_then(|class| self.namespace_of(class));
                let hits = label.map(|label| {
                    self.names
                        .namespace_hits(label, name, self.index, &mut Busy::new())
                });
                for hit in hits.into_iter().flatten() {
                    if let Hit::Symbol(sym) = hit
                        && self.is_function(&hit)
                    {
                        let function = Values::one(Value::Function(sym), Rule::Scope);
                        values.extend_overloads(&function);
                    }
                }
            }
        }
        values
    }

    /// The label of the namespace that a type stands in; none for the one without a name.
    fn namespace_of(&self, class: Sym) -> Option<NameId> {
        let file = self.program.file(class.file);
        let mut bound = file.bound_in(file.symbol(class.symbol).name).iter();
        let (scope, _) =
            bound.find(|(_, at)| file.facts.bindings[*at as usize].symbol.0 == class.symbol)?;
        let mut around = file.outwards(*scope);
        let block = around.find(|block| file.block_kind(*block) == BlockKind::Namespace)?;
        let is_labelled = file.facts.blocks[block.index()].label.is_some();
        let label = is_labelled.then(|| self.program.label_of(file, block))?;
        (!self.program.text(label).is_empty()).then_some(label)
    }
}
