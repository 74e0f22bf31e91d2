//! Functions that code outside the project may run though nothing in the project names them: whoever asks what depends on
//! them must not hear «nothing».

use arc_graph::NodeKind;
use rustc_hash::FxHashSet;

use crate::facts::{BlockId, BlockKind, flag};
use crate::resolve::evaluate::Evaluator;
use crate::resolve::values::{Sym, Value, Values};

/// Such functions of a file, some of them twice: methods that a trait, interface or base type outside asks for or may ask for, and
/// what is handed to a decorator from outside.
pub(super) fn open_symbols(evaluator: &Evaluator<'_, '_>) -> Vec<Sym> {
    let facts = evaluator.file.facts;
    let is_asked = |block: &BlockId| {
        let of_block = facts.extensions.iter().filter(|at| at.block == *block);
        let mut interfaces = of_block.flat_map(|extension| facts.list(extension.interfaces));
        interfaces.any(|interface| {
            let mut values = evaluator.eval_type(interface);
            if values.is_unknown() {
                values = evaluator.eval(interface);
            }
            values.is_unknown() || is_outside(evaluator, &values)
        })
    };
    let blocks = facts.extensions.iter().map(|extension| extension.block);
    let asked: FxHashSet<BlockId> = blocks.filter(is_asked).collect();
    let decorated = evaluator.file.decorated.iter();
    let mut open: Vec<Sym> = decorated
        .filter(|(_, decorator)| is_handed_out(&evaluator.eval(*decorator)))
        .map(|(symbol, _)| evaluator.sym(*symbol))
        .collect();
    for index in 0..facts.symbols.len() as u32 {
        let symbol = evaluator.file.symbol(index);
        let is_method = NodeKind::from_number(symbol.kind) == Some(NodeKind::Method);
        if !is_method || symbol.flags & (flag::STATIC | flag::CONSTRUCTOR) != 0 {
            continue;
        }
        let body = facts.blocks.get(symbol.body.index());
        let around = body.map_or(BlockId::NONE, |body| body.parent);
        let is_extension =
            around.is_some() && evaluator.file.block_kind(around) == BlockKind::Extension;
        let is_open = if is_extension {
            asked.contains(&around)
        } else {
            overrides_outside(evaluator, evaluator.sym(index))
        };
        if is_open {
            open.push(evaluator.sym(index));
        }
    }
    open
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
        Value::Outside(_) | Value::OutsideInstance => true,
        _ => false,
    })
}

/// What a decorator that nobody describes does with a function is not known; those that a prelude describes hand it to
/// nobody.
fn is_handed_out(values: &Values) -> bool {
    let mut values = values.iter();
    values.any(|item| matches!(item.value, Value::Outside(_) | Value::OutsideInstance))
}
