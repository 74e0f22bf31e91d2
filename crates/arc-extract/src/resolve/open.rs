//! Functions that code outside the project may run though nothing in the project names them: whoever asks what depends on
//! them must not hear «nothing».

use arc_graph::NodeKind;
use rustc_hash::FxHashSet;

use crate::facts::{BlockId, BlockKind, ExprId, flag};
use crate::resolve::evaluate::Evaluator;
use crate::resolve::hierarchy::is_type_kind;
use crate::resolve::names::Hit;
use crate::resolve::values::{Sym, Value, Values};

/// Such functions of a file, some of them twice: methods that a trait, interface or base type outside asks for or may ask
/// for, what is handed to a decorator or marked by an annotation from outside (of a class: its constructors), and what
/// the language says is run from outside.
pub(super) fn open_symbols(evaluator: &Evaluator<'_, '_>) -> Vec<Sym> {
    let mut open = handed_out(evaluator);
    let asked = asked_blocks(evaluator);
    for index in 0..evaluator.file.facts.symbols.len() as u32 {
        let symbol = evaluator.file.symbol(index);
        if symbol.flags & flag::RUN_OUTSIDE != 0 {
            open.push(evaluator.sym(index));
        }
        let is_method = NodeKind::from_number(symbol.kind) == Some(NodeKind::Method);
        if is_method && is_open_method(evaluator, index, &asked) {
            open.push(evaluator.sym(index));
        }
    }
    open
}

/// What decorators and annotations from outside are given, and methods of types that a text names.
fn handed_out(evaluator: &Evaluator<'_, '_>) -> Vec<Sym> {
    let mut open = Vec::new();
    for class in evaluator.types_by_text() {
        for name in evaluator.hierarchy.own_names(class) {
            let members = evaluator.hierarchy.own(class, name).iter();
            let hits = members.map(|member| evaluator.names.member_hit(class, name, *member));
            open.extend(hits.filter_map(|hit| evaluator.program.symbol_of(&hit)));
        }
    }
    for (symbol, decorator) in &evaluator.file.decorated {
        if !is_handed_out(&evaluator.eval(*decorator)) {
            continue;
        }
        let sym = evaluator.sym(*symbol);
        open.push(sym);
        if is_type_kind(evaluator.program.kind(sym)) {
            // Whoever makes instances of such a type is outside as well.
            let constructors = evaluator.constructors(sym);
            open.extend(constructors.iter().filter_map(|found| match found.hit {
                Hit::Symbol(constructor) => Some(constructor),
                _ => None,
            }));
        }
    }
    open
}

/// Blocks of members that something outside asks of a type.
fn asked_blocks(evaluator: &Evaluator<'_, '_>) -> FxHashSet<BlockId> {
    let facts = evaluator.file.facts;
    let is_asked = |interface: ExprId| {
        let mut values = evaluator.eval_type(interface);
        if values.is_unknown() {
            values = evaluator.eval(interface);
        }
        values.is_unknown() || is_outside(evaluator, &values)
    };
    let asked = facts
        .extensions
        .iter()
        .filter(|extension| facts.list(extension.interfaces).any(is_asked));
    asked.map(|extension| extension.block).collect()
}

fn is_open_method(evaluator: &Evaluator<'_, '_>, index: u32, asked: &FxHashSet<BlockId>) -> bool {
    let symbol = evaluator.file.symbol(index);
    let body = evaluator.file.facts.blocks.get(symbol.body.index());
    let around = body.map_or(BlockId::NONE, |body| body.parent);
    if around.is_some() && evaluator.file.block_kind(around) == BlockKind::Extension {
        return asked.contains(&around);
    }
    symbol.flags & (flag::STATIC | flag::CONSTRUCTOR) == 0
        && overrides_outside(evaluator, evaluator.sym(index))
}

/// Whether a type above a method's own, outside the project, has such a method or may have one.
fn overrides_outside(evaluator: &Evaluator<'_, '_>, method: Sym) -> bool {
    let (program, hierarchy) = (evaluator.program, evaluator.hierarchy);
    let Some(owner) = hierarchy.owner(program, method) else {
        return false;
    };
    if hierarchy.is_open(owner) {
        return program.has_flag(method, flag::PUBLIC);
    }
    let name = evaluator.file.global(program.fact(method).name);
    hierarchy.order(owner).iter().any(|(above, _)| {
        above.file as usize >= program.project_files && !hierarchy.own(*above, name).is_empty()
    })
}

fn is_outside(evaluator: &Evaluator<'_, '_>, values: &Values) -> bool {
    values.iter().any(|item| match item.value {
        Value::Class(class, _) | Value::Instance(class, _) => {
            class.file as usize >= evaluator.program.project_files
        }
        Value::Outside(_) | Value::OutsideInstance(_) => true,
        _ => false,
    })
}

/// What a decorator that nobody describes does with a function is not known; those that a prelude describes hand it to
/// nobody.
fn is_handed_out(values: &Values) -> bool {
    let mut values = values.iter();
    values.any(|item| matches!(item.value, Value::Outside(_) | Value::OutsideInstance(_)))
}
