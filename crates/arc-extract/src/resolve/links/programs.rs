//! Commands that code starts to the programs, scripts and modules of the project that they run.

use arc_graph::{Confidence, EdgeKind};
use rustc_hash::FxHashMap;

use super::scripts::named;
use super::{Links, distance, ends, files_with};
use crate::ends::{AS_MODULE, BUILT_BESIDE, LinkEnd, Side, Space};
use crate::languages;
use crate::project::{ImportTarget, folder_of, join};
use crate::resolve::hierarchy::Hierarchy;
use crate::resolve::program::Program;
use crate::resolve::values::Sym;

/// A program that is started by its name, or a script by its path.
const BY_NAME: u16 = 850;
/// The same where several have the name, and the nearest is meant.
const NEAREST: u16 = 600;
/// A text that is the name of a program, in a test that looks for what was built beside it.
const BESIDE: u16 = 600;

/// Where programs begin, by their name.
struct Programs {
    by_name: FxHashMap<String, Vec<(Sym, String)>>,
}

impl Programs {
    fn of(program: &Program<'_>, hierarchy: &Hierarchy) -> Programs {
        let mut by_name: FxHashMap<String, Vec<(Sym, String)>> = FxHashMap::default();
        for found in languages::all()
            .iter()
            .flat_map(|language| language.entry_points(&program.project))
        {
            let Some(file) = program.file_at(&found.file) else {
                continue;
            };
            let entry = match found.entry.as_str() {
                "" => None,
                entry => named(program, hierarchy, file, entry),
            };
            let start = entry.unwrap_or(Sym { file, symbol: 0 });
            by_name
                .entry(found.name)
                .or_default()
                .push((start, found.package));
        }
        Programs { by_name }
    }

    /// The program that a command in `src` means, and how sure that is.
    fn started(&self, program: &Program<'_>, src: Sym, end: &LinkEnd) -> Option<(Sym, u16)> {
        let facts = program.file(src.file).facts;
        let word = facts.text(end.key);
        let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
        let known = self
            .by_name
            .get(name.strip_suffix(".exe").unwrap_or(name))?;
        let near = |(start, _): &&(Sym, String)| (distance(program, src, *start), *start);
        if end.verb.is_some() && facts.text(end.verb) == BUILT_BESIDE {
            let manifest = program
                .project
                .nearest_manifest(&program.file(src.file).path, "Cargo.toml")?;
            let is_own = |package: &str| package == folder_of(&manifest);
            let own = known.iter().filter(|(_, package)| is_own(package));
            return own.min_by_key(near).map(|(start, _)| (*start, BESIDE));
        }
        let confidence = if known.len() == 1 { BY_NAME } else { NEAREST };
        let nearest = known.iter().min_by_key(near);
        nearest.map(|(start, _)| (*start, confidence))
    }
}

/// Ties commands in code to what they run, where that is of the project.
pub(super) fn tie(program: &Program<'_>, hierarchy: &Hierarchy, links: &mut Links) {
    let files = files_with(program, Space::Program);
    if files.is_empty() {
        return;
    }
    let programs = Programs::of(program, hierarchy);
    for file in files {
        let facts = program.file(file).facts;
        for end in ends(program, file, Space::Program, Side::Uses) {
            let src = Sym {
                file,
                symbol: end.symbol.0,
            };
            let is_module = end.verb.is_some() && facts.text(end.verb) == AS_MODULE;
            let found = if is_module {
                let module = module(program, file, facts.text(end.key));
                module.map(|file| (Sym { file, symbol: 0 }, BY_NAME))
            } else {
                let script = script(program, file, facts.text(end.key));
                script
                    .map(|file| (Sym { file, symbol: 0 }, BY_NAME))
                    .or_else(|| programs.started(program, src, end))
            };
            // Most texts beside what was built are no program, and most programs are of the system.
            if let Some((start, confidence)) = found.filter(|(start, _)| start.file != file) {
                links.counts.commands += 1;
                links.counts.run += 1;
                let confidence = Confidence::from_thousandths(confidence);
                links.add(
                    program,
                    (src, end.line),
                    start,
                    EdgeKind::Starts,
                    confidence,
                );
            }
        }
    }
}

/// The file that a module runs: `pkg` runs `pkg/__main__.py`.
fn module(program: &Program<'_>, from: u32, module: &str) -> Option<u32> {
    let file = program.file(from);
    let find = |module: &str| {
        let project = &program.project;
        let found = file
            .language
            .resolve_import(project, &file.path, module, None);
        found.iter().find_map(|target| match target {
            ImportTarget::File(path) => program.file_at(path),
            ImportTarget::Namespace(_) | ImportTarget::External(_) | ImportTarget::Foreign(_) => {
                None
            }
        })
    };
    find(&format!("{module}.__main__")).or_else(|| find(module))
}

/// The file that a path names, from the folder it is written in or from the root.
fn script(program: &Program<'_>, from: u32, path: &str) -> Option<u32> {
    if !path.contains(['/', '.']) {
        return None;
    }
    let beside = join(folder_of(&program.file(from).path), path);
    let found = [beside, join("", path)];
    found.iter().find_map(|path| program.file_at(path))
}
