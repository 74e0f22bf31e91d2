//! Commands to the scripts, targets and modules that they run by name.

use arc_graph::{Confidence, EdgeKind};
use rustc_hash::FxHashMap;

use super::texts::{Provided, covers};
use super::{Links, distance, ends};
use crate::ends::{Side, Space};
use crate::resolve::hierarchy::Hierarchy;
use crate::resolve::names::{Busy, Hit, Names};
use crate::resolve::program::Program;
use crate::resolve::values::Sym;

/// Ties commands to scripts of packages and targets: those of the nearest folder around, else the only one.
pub(super) fn tie_scripts(program: &Program<'_>, links: &mut Links) {
    let provided = Provided::of(program, Space::Script);
    for file in 0..program.project_files as u32 {
        for end in ends(program, file, Space::Script, Side::Uses) {
            let src = Sym {
                file,
                symbol: end.symbol.0,
            };
            links.counts.commands += 1;
            let known = provided.of_key(program.file(file).global(end.key));
            let depth = |sym: Sym| program.file(sym.file).path.matches('/').count();
            let around = known.iter().filter(|sym| covers(program, **sym, file));
            let nearest = around.max_by_key(|sym| (depth(**sym), std::cmp::Reverse(**sym)));
            let (found, confidence) = match (nearest, known) {
                (Some(nearest), _) => (Some(*nearest), 900),
                (None, [only]) => (Some(*only), 600),
                (None, _) => (None, 0),
            };
            if let Some(found) = found {
                links.counts.run += 1;
                let confidence = Confidence::from_thousandths(confidence);
                links.add(
                    program,
                    (src, end.line),
                    found,
                    EdgeKind::Configures,
                    confidence,
                );
            }
        }
    }
}

/// Ties modules that are run, and what is named in them.
pub(super) fn tie_modules(program: &Program<'_>, hierarchy: &Hierarchy, links: &mut Links) {
    let files = 0..program.project_files as u32;
    let any = files.clone().any(|file| {
        ends(program, file, Space::Module, Side::Uses)
            .next()
            .is_some()
    });
    if !any {
        return;
    }
    let mut by_module: FxHashMap<String, Vec<u32>> = FxHashMap::default();
    for file in files.clone() {
        let indexed = program.file(file);
        let module = indexed
            .language
            .module_name(&program.project, &indexed.path);
        if !module.is_empty() {
            by_module.entry(module).or_default().push(file);
        }
    }
    for file in files {
        let facts = program.file(file).facts;
        for end in ends(program, file, Space::Module, Side::Uses) {
            let src = Sym {
                file,
                symbol: end.symbol.0,
            };
            links.counts.commands += 1;
            let whole = |file: u32| Sym { file, symbol: 0 };
            let known = by_module
                .get(facts.text(end.key))
                .map_or(&[][..], Vec::as_slice);
            let nearest = known
                .iter()
                .min_by_key(|module| (distance(program, src, whole(**module)), **module));
            let Some(module) = nearest.copied() else {
                continue;
            };
            let (found, kind, confidence) = match end.verb.is_some() {
                false => (Some(whole(module)), EdgeKind::Configures, 900),
                true => (
                    named(program, hierarchy, module, facts.text(end.verb)),
                    EdgeKind::References,
                    950,
                ),
            };
            if let Some(found) = found {
                links.counts.run += 1;
                let confidence =
                    Confidence::from_thousandths(confidence).shared_among(known.len().min(2));
                links.add(program, (src, end.line), found, kind, confidence);
            }
        }
    }
}

/// What a file offers under a name.
pub(super) fn named(
    program: &Program<'_>,
    hierarchy: &Hierarchy,
    file: u32,
    name: &str,
) -> Option<Sym> {
    let names = Names {
        program,
        hierarchy,
        language: program.file(file).language.name(),
    };
    let first = name.split('.').next().unwrap_or(name);
    let hits = names.exported(file, program.intern(first), &mut Busy::new());
    hits.into_iter().find_map(|hit| match hit {
        Hit::Symbol(sym) => Some(sym),
        Hit::Binding(file, binding) => {
            let symbol = program.file(file).facts.bindings[binding as usize].symbol;
            symbol.is_some().then_some(Sym {
                file,
                symbol: symbol.0,
            })
        }
        _ => None,
    })
}
