//! Variables to where they are set, tables to where they are made: ends that meet by one text.

use arc_graph::{Confidence, EdgeKind, NodeKind};

use super::{Links, distance, ends};
use crate::ends::{LinkEnd, Side, Space};
use crate::resolve::multimap::MultiMap;
use crate::resolve::program::Program;
use crate::resolve::values::{NameId, Sym};

/// Places that one end is tied to: the nearest.
const MAX_TARGETS: usize = 8;

/// Folders in which configuration lies for the code beside them.
const RESOURCES: &[&str] = &[
    "conf",
    "config",
    "configs",
    "configuration",
    "profiles",
    "resources",
    "settings",
];

/// What the definitions say that provide a text, by the text.
pub(super) struct Provided {
    by_key: MultiMap<NameId, Sym>,
}

impl Provided {
    /// Those of all files.
    pub(super) fn of(program: &Program<'_>, space: Space) -> Provided {
        Provided::by(program, space, |_| true)
    }

    /// Those of all files that `counts` takes.
    fn by(program: &Program<'_>, space: Space, counts: impl Fn(&LinkEnd) -> bool) -> Provided {
        let mut found = Vec::new();
        for file in 0..program.project_files as u32 {
            let indexed = program.file(file);
            for end in ends(program, file, space, Side::Provides).filter(|end| counts(end)) {
                let sym = Sym {
                    file,
                    symbol: end.symbol.0,
                };
                found.push((indexed.global(end.key), sym));
            }
        }
        Provided {
            by_key: MultiMap::new(found),
        }
    }

    /// Those of one text, in path order.
    pub(super) fn of_key(&self, key: NameId) -> &[Sym] {
        self.by_key.get(&key)
    }
}

/// Ties reads of variables to where they are set. A file of settings is meant for what lies in its folder and below; all
/// such places count, since each is in force somewhere.
pub(super) fn tie_variables(program: &Program<'_>, links: &mut Links) {
    let provided = Provided::of(program, Space::Variable);
    // What is set inside a container is not there for who starts it.
    let outside = Provided::by(program, Space::Variable, |end| !end.verb.is_some());
    for file in 0..program.project_files as u32 {
        for end in ends(program, file, Space::Variable, Side::Uses) {
            let src = Sym {
                file,
                symbol: end.symbol.0,
            };
            links.counts.variables += 1;
            let provided = match end.verb.is_some() {
                true => &outside,
                false => &provided,
            };
            let targets = provided.of_key(program.file(file).global(end.key));
            let is_set = tie_read(program, links, (src, end.line), targets, covers);
            links.counts.set += usize::from(is_set);
        }
    }
}

/// Ties reads of keys to the configuration files that have them: one for each profile, all of which are in force
/// somewhere.
pub(super) fn tie_settings(program: &Program<'_>, links: &mut Links) {
    let provided = Provided::of(program, Space::Setting);
    for file in 0..program.project_files as u32 {
        for end in ends(program, file, Space::Setting, Side::Uses) {
            let src = Sym {
                file,
                symbol: end.symbol.0,
            };
            let targets = provided.of_key(program.file(file).global(end.key));
            let is_set = tie_read(program, links, (src, end.line), targets, configures);
            links.counts.settings += 1;
            links.counts.configured += usize::from(is_set);
        }
    }
}

/// Ties one read to where its text is set, the nearest first. False when it is nowhere.
fn tie_read(
    program: &Program<'_>,
    links: &mut Links,
    (src, line): (Sym, u32),
    targets: &[Sym],
    is_meant: fn(&Program<'_>, Sym, u32) -> bool,
) -> bool {
    // What a file sets is set for others.
    let others = targets.iter().filter(|sym| sym.file != src.file);
    let ranked = others.map(|sym| {
        let is_elsewhere = !is_meant(program, *sym, src.file);
        (is_elsewhere, distance(program, src, *sym), *sym)
    });
    let mut targets: Vec<(bool, usize, Sym)> = ranked.collect();
    targets.sort_unstable();
    let is_covered = targets.first().is_some_and(|(elsewhere, _, _)| !elsewhere);
    let is_set = !targets.is_empty();
    for (elsewhere, _, sym) in targets.into_iter().take(MAX_TARGETS) {
        let confidence = Confidence::from_thousandths(match (elsewhere, is_covered) {
            (false, _) => 850,
            (true, false) => 600,
            (true, true) => 400,
        });
        links.add(program, (src, line), sym, EdgeKind::Reads, confidence);
    }
    is_set
}

/// The same for a configuration file, which lies in a folder of its own beside the code.
fn configures(program: &Program<'_>, setter: Sym, reader: u32) -> bool {
    let mut folder = crate::project::folder_of(&program.file(setter.file).path);
    while let Some(name) = folder.rsplit('/').next()
        && RESOURCES.contains(&name)
    {
        folder = crate::project::folder_of(folder);
    }
    is_around(folder, &program.file(reader).path)
}

/// Whether what a file sets is meant for another one: it lies in a folder around it, hidden folders left out.
pub(super) fn covers(program: &Program<'_>, setter: Sym, reader: u32) -> bool {
    let folder = crate::project::folder_of(&program.file(setter.file).path);
    is_around(folder, &program.file(reader).path)
}

fn is_around(folder: &str, path: &str) -> bool {
    let mut parts = folder.split('/').take_while(|part| !part.starts_with('.'));
    let mut around = path.split('/');
    parts.all(|part| part.is_empty() || around.next() == Some(part))
}

/// Ties statements to tables and to the types that stand for them, and those types to the tables.
pub(super) fn tie_tables(program: &Program<'_>, links: &mut Links) {
    let provided = Provided::of(program, Space::Table);
    for file in 0..program.project_files as u32 {
        for (side, is_use) in [(Side::Uses, true), (Side::Provides, false)] {
            for end in ends(program, file, Space::Table, side) {
                let src = Sym {
                    file,
                    symbol: end.symbol.0,
                };
                let is_table = |sym: Sym| program.kind(sym) == NodeKind::Table;
                if !is_use && is_table(src) {
                    continue;
                }
                let known = provided.of_key(program.file(file).global(end.key)).iter();
                let (tables, types): (Vec<Sym>, Vec<Sym>) = known
                    .filter(|sym| **sym != src && (is_use || is_table(**sym)))
                    .partition(|sym| is_table(**sym));
                if is_use {
                    links.counts.statements += 1;
                    links.counts.tabled += usize::from(!tables.is_empty() || !types.is_empty());
                }
                for targets in [tables, types] {
                    for (sym, confidence) in nearest(program, src, targets) {
                        let place = (src, end.line);
                        links.add(program, place, sym, EdgeKind::References, confidence);
                    }
                }
            }
        }
    }
}

/// The nearest of several places, and some of the others. One table may be made for several kinds of databases side by side.
fn nearest(program: &Program<'_>, src: Sym, targets: Vec<Sym>) -> Vec<(Sym, Confidence)> {
    let away = targets
        .into_iter()
        .map(|sym| (distance(program, src, sym), sym));
    let mut away: Vec<(usize, Sym)> = away.collect();
    away.sort_unstable();
    away.dedup();
    let Some((least, _)) = away.first().copied() else {
        return Vec::new();
    };
    let near = away
        .iter()
        .filter(|(distance, _)| *distance == least)
        .count();
    let confidence = |distance: usize| match (distance == least, near) {
        (true, 1) => 850,
        (true, 2..=6) => 650,
        _ => 400,
    };
    let kept = away.into_iter().take(MAX_TARGETS);
    kept.map(|(distance, sym)| (sym, Confidence::from_thousandths(confidence(distance))))
        .collect()
}
