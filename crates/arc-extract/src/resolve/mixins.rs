//! Functions that give a type below the one they are given (`Mixin(Base) { return class extends Base { … } }`): who inherits
//! from a call of one inherits from both.

use arc_graph::Rule;

use crate::facts::{Expr, ExprId, FileFacts, SymbolId};
use crate::resolve::evaluate::Evaluator;
use crate::resolve::hierarchy::is_type_kind;
use crate::resolve::rounds::as_types;
use crate::resolve::values::{Args, Sym, Typed, Value};

/// The types that a call in a base list stands for: the one that the function returns, and those it is given as its base.
/// Nested calls nest in the source, whose depth is bounded.
pub(super) fn mixed_in(evaluator: &Evaluator<'_, '_>, call: ExprId) -> Vec<Typed> {
    let Expr::Call(callee, args) = evaluator.expr_of(call) else {
        return Vec::new();
    };
    let mut types = Vec::new();
    for item in evaluator.eval(callee).iter() {
        let Value::Function(function) = item.value else {
            continue;
        };
        let Some((class, base)) = returned_type(evaluator, function) else {
            continue;
        };
        types.push(Typed {
            value: Value::Class(class, Args::NONE),
            rule: item.rule,
        });
        let given = evaluator.file.facts.list(args).nth(base);
        types.extend(
            given
                .into_iter()
                .flat_map(|given| as_types(evaluator, given)),
        );
    }
    types.dedup_by_key(|item| item.value);
    types.iter_mut().for_each(|item| item.rule = Rule::Scope);
    types
}

/// The type that a function returns if it is one below a parameter's value, and the parameter's position.
fn returned_type(evaluator: &Evaluator<'_, '_>, function: Sym) -> Option<(Sym, usize)> {
    let program = evaluator.program;
    let facts = program.file(function.file).facts;
    let params = &facts.symbols.get(function.symbol as usize)?.params;
    let returns = facts.returns.iter();
    let returned = returns.filter(|returned| returned.symbol.0 == function.symbol);
    let mut classes = returned.filter_map(|returned| class_of(facts, function, returned.value));
    classes.find_map(|symbol| {
        let class = Sym {
            symbol: symbol.0,
            ..function
        };
        let bases = facts.list(facts.symbols[symbol.index()].bases);
        let mut names = bases.filter_map(|base| match facts.exprs.expr(base) {
            Expr::Name(name) => params.iter().position(|param| param.name == name),
            _ => None,
        });
        let is_type = is_type_kind(program.kind(class));
        names.next().filter(|_| is_type).map(|base| (class, base))
    })
}

/// The definition that an expression is, written there or named in the same function.
fn class_of(facts: &FileFacts, function: Sym, value: ExprId) -> Option<SymbolId> {
    match facts.exprs.expr(value) {
        Expr::Symbol(symbol) => Some(symbol),
        Expr::Name(name) => {
            let mut symbols = facts.symbols.iter();
            let is_local = |fact: &crate::facts::SymbolFact| {
                fact.name == name && fact.parent.0 == function.symbol
            };
            symbols.position(is_local).map(|at| SymbolId(at as u32))
        }
        _ => None,
    }
}
