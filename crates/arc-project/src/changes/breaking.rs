//! What is proved to break: a reference that led to a definition as it was, still stands there, and leads nowhere now.
//!
//! Where names and the graph as it is leave a doubt ([`suspects`]), the project as it was is resolved once more, in memory:
//! old texts for what differs, the facts of the graph for all else.
//! A place counts when the old reference was sure, and nothing of that name is referred to there any more. In a file that differs lines
//! are other ones: there a name counts that is open more often than it was.

use std::collections::{BTreeMap, BTreeSet};

use arc_extract::{Callee, ChangeKind, Definition, FileFacts, Naming, has_overloads, wrong_calls};
use arc_graph::{Direction, EdgeKind, GraphRead, Neighbor, NodeId, NodeKind, NodeRecord, Rule};
use arc_store::GraphFile;
use rayon::prelude::*;

use super::suspects::suspects;
use super::untyped::may_be_elsewhere;
use super::versions::{Contents, VersionPair};
use super::{Change, Changes, Verdict, language_of};
use crate::ask::AskError;
use crate::cached_facts::decode;
use crate::declarations::single;
use crate::graph_rows::Resolved;
use crate::other_texts::{OtherProject, OtherText, unreadable};

/// Places that are looked at for one definition.
const MAX_SITES: usize = 500;
/// Places that are kept for one definition.
const KEPT_SITES: usize = 50;
/// A reference below this confidence, in thousandths, proves nothing.
const SURE: u16 = 850;

/// A reference of the project as it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct OldSite {
    path: String,
    line: u32,
    /// What it was called there.
    name: String,
}

/// Judges the changes of definitions.
pub(super) fn judge(
    graph: &GraphFile,
    pairs: &[VersionPair],
    found: &mut Changes,
) -> Result<(), AskError> {
    for change in &mut found.changes {
        if change.kind == ChangeKind::Signature {
            judge_calls(graph, pairs, change)?;
        }
    }
    // To resolve the project once more takes seconds: not for what no code refers to by name.
    let is_gone = |change: &Change| {
        leaves_its_name(change.kind) && change.definitions.0.as_ref().is_none_or(is_code)
    };
    if !found.changes.iter().any(is_gone) {
        return Ok(());
    }
    let suspects = suspects(graph, pairs, &found.changes)?;
    let mut sites = BTreeMap::new();
    let mut were_open = OpenNames::new();
    if !suspects.is_empty() {
        let Some(old) = old_sites(graph, pairs, &found.changes, &suspects)? else {
            found.is_proved = false;
            return Ok(());
        };
        (sites, were_open) = old;
    }
    let by_old_path: BTreeMap<&str, &VersionPair> = pairs
        .iter()
        .map(|pair| (pair.old_path.as_deref().unwrap_or(&pair.path), pair))
        .collect();
    for (at, change) in found.changes.iter_mut().enumerate() {
        if is_still_given(&by_old_path, change) {
            continue;
        }
        let Some(sites) = sites.remove(&at) else {
            if change.kind == ChangeKind::Removed && change.note.is_empty() {
                change.note = "nothing names it any more".to_owned();
            }
            continue;
        };
        let mut broken = BTreeSet::new();
        for site in sites.iter().take(MAX_SITES) {
            match by_old_path.get(site.path.as_str()) {
                None if !leads_somewhere(graph, site)? => {
                    broken.insert((site.path.clone(), site.line));
                }
                None => {}
                Some(pair) => {
                    let open = still_open(graph, &pair.path, &site.name)?;
                    let before = were_open.get(&(site.path.clone(), site.name.clone()));
                    if open.len() > before.copied().unwrap_or(0) {
                        broken.extend(open);
                    }
                }
            }
        }
        if !broken.is_empty() && !may_be_elsewhere(graph, pairs, change)? {
            change.verdict = Verdict::Breaking;
            change.note = match broken.len() {
                1 => "still referred to in 1 place".to_owned(),
                count => format!("still referred to in {count} places"),
            };
            change.sites = shown(broken);
        }
    }
    Ok(())
}

/// Whether the file still hands out a name whose definition is gone: as the value of an expression that defines nothing.
fn is_still_given(pairs: &BTreeMap<&str, &VersionPair>, change: &Change) -> bool {
    let path = change.old_path.as_deref().unwrap_or(&change.path);
    let (Some(old), Some(pair)) = (&change.definitions.0, pairs.get(path)) else {
        return false;
    };
    let Contents::Texts { new, .. } = &pair.contents else {
        return false;
    };
    let is_outer = leaves_its_name(change.kind) && old.scope_name == old.name;
    let language = language_of(&pair.path, new).filter(|_| is_outer && pair.old_path.is_none());
    let read = language.and_then(|language| pair.read_new(&language));
    read.is_some_and(|read| {
        let facts = read.facts();
        let mut exports = facts.exports.iter();
        exports.any(|export| facts.text(export.name) == old.name)
    })
}

/// Whether what was called by the old name there is there no more.
pub(super) fn leaves_its_name(kind: ChangeKind) -> bool {
    matches!(
        kind,
        ChangeKind::Removed | ChangeKind::Renamed | ChangeKind::Moved
    )
}

/// Whether sure references can lead to a definition: not to a heading, a test or a key of a settings file.
pub(super) fn is_code(definition: &Definition) -> bool {
    !matches!(
        definition.kind,
        NodeKind::Section | NodeKind::Test | NodeKind::Key | NodeKind::Lambda
    )
}

fn shown(sites: BTreeSet<(String, u32)>) -> Vec<String> {
    let sites = sites.into_iter().take(KEPT_SITES);
    sites.map(|(path, line)| format!("{path}:{line}")).collect()
}

/// Whether something of the project with the old name is referred to where the old reference was.
fn leads_somewhere(graph: &GraphFile, site: &OldSite) -> Result<bool, AskError> {
    let Some(file) = graph.file(&site.path)? else {
        return Ok(true);
    };
    let mut around = vec![file.id];
    let symbols = graph.nodes(&graph.symbols_in(file.id)?)?;
    let covers = |node: &&NodeRecord| node.line <= site.line && site.line <= node.end_line;
    around.extend(symbols.iter().filter(covers).map(|node| node.id));
    let neighbors = graph.neighbors(&around, Direction::Dependencies, &[])?;
    let here: Vec<NodeId> = neighbors
        .iter()
        .filter(|neighbor| neighbor.line == site.line && neighbor.kind != EdgeKind::Contains)
        .map(|neighbor| neighbor.node)
        .collect();
    let leads =
        |node: &NodeRecord| node.path.is_some() && (site.name.is_empty() || node.name == site.name);
    Ok(graph.nodes(&here)?.iter().any(leads))
}

/// The open references of a file that differs to a name, each line once.
fn still_open(
    graph: &GraphFile,
    path: &str,
    name: &str,
) -> Result<BTreeSet<(String, u32)>, AskError> {
    let open = open_sites(graph, name)?.into_iter();
    Ok(open.filter(|(own, _)| own == path).collect())
}

/// The open references to a name: path and line.
pub(super) fn open_sites(graph: &GraphFile, name: &str) -> Result<Vec<(String, u32)>, AskError> {
    let open = graph.unresolved_named(name)?.into_iter();
    Ok(open.map(|site| (site.path, site.line)).collect())
}

/// On how many lines a file of before had open references to a name.
type OpenNames = BTreeMap<(String, String), usize>;

/// Sure references of some files, by the position of the change.
type OldSites = BTreeMap<usize, BTreeSet<OldSite>>;

/// Sure references of some files to what is gone, and what was open in them; `None` when the project is too large.
fn old_sites(
    graph: &GraphFile,
    pairs: &[VersionPair],
    changes: &[Change],
    suspects: &BTreeSet<String>,
) -> Result<Option<(OldSites, OpenNames)>, AskError> {
    let Some(old) = old_project(graph, pairs)? else {
        return Ok(None);
    };
    // Files whose definitions are gone, with the changes that say so; a whole file stands under no symbol.
    let mut wanted: BTreeMap<(usize, Option<u32>), usize> = BTreeMap::new();
    for (at, change) in changes.iter().enumerate() {
        if !leaves_its_name(change.kind) {
            continue;
        }
        let path = change.old_path.as_deref().unwrap_or(&change.path);
        if let Some(file) = old.position(path) {
            let symbol = change.definitions.0.as_ref().map(|old| old.symbol);
            wanted.insert((file, symbol), at);
        }
    }
    let suspects: Vec<usize> = suspects
        .iter()
        .filter_map(|path| old.position(path))
        .collect();
    let wanted = &wanted;
    if changes.iter().any(is_gone_member) {
        return Ok(Some(sites_of(
            &Resolved::new(&old.facts),
            (&old, &suspects),
            wanted,
        )));
    }
    // Names are looked up without values; to follow every value through a large project takes seconds.
    let mut near: BTreeSet<usize> = suspects.iter().copied().collect();
    for file in &suspects {
        near.extend(old.led_to(graph, &old.rows[*file].path)?);
    }
    let (sites, were_open) = sites_of(
        &Resolved::near(&old.facts, &near),
        (&old, &suspects),
        wanted,
    );
    // A name may have been open only because its value comes from farther away.
    let is_in_doubt =
        |site: &OldSite| were_open.contains_key(&(site.path.clone(), site.name.clone()));
    if sites.values().flatten().any(is_in_doubt) {
        return Ok(Some(sites_of(
            &Resolved::new(&old.facts),
            (&old, &suspects),
            wanted,
        )));
    }
    Ok(Some((sites, were_open)))
}

/// Sure references of some files to what is `wanted`, and what was open in them, in a project as `resolved` ties it together.
fn sites_of(
    resolved: &Resolved<'_>,
    (old, files): (&OtherProject, &[usize]),
    wanted: &BTreeMap<(usize, Option<u32>), usize>,
) -> (OldSites, OpenNames) {
    let of_file = |file: usize| {
        let mut sites = Vec::new();
        let found = resolved.edges(file);
        let lines: BTreeSet<(String, u32)> = found
            .unresolved
            .into_iter()
            .map(|open| (open.name, open.line))
            .collect();
        for edge in found.edges {
            let Some((target, symbol)) = resolved.place(&edge.dst) else {
                continue;
            };
            if target == file || !is_sure(edge.rule, edge.confidence.thousandths()) {
                continue;
            }
            let of_symbol = wanted.get(&(target, Some(symbol)));
            let Some(at) = of_symbol.or_else(|| wanted.get(&(target, None))) else {
                continue;
            };
            let site = OldSite {
                path: old.rows[file].path.clone(),
                line: edge.line,
                name: resolved.name((target, symbol)).to_owned(),
            };
            sites.push((*at, site));
        }
        if let Some(facts) = resolved.said(file) {
            retain_written(facts, &mut sites);
        }
        let mut open = OpenNames::new();
        for (name, _) in lines {
            *open.entry((old.rows[file].path.clone(), name)).or_default() += 1;
        }
        (sites, open)
    };
    let found: Vec<(Vec<(usize, OldSite)>, OpenNames)> =
        files.into_par_iter().map(|file| of_file(*file)).collect();
    let mut sites = OldSites::new();
    let mut were_open = OpenNames::new();
    for (of_file, open) in found {
        were_open.extend(open);
        for (at, site) in of_file.into_iter().filter(|(_, site)| site.line > 0) {
            sites.entry(at).or_default().insert(site);
        }
    }
    (sites, were_open)
}

/// Whether a member of something is gone: which one is meant where it is used is told by values.
fn is_gone_member(change: &Change) -> bool {
    let is_member = |old: &Definition| old.scope_name != old.name && is_code(old);
    leaves_its_name(change.kind) && change.before().is_some_and(is_member)
}

/// Drops sites where the name is not written: whoever makes an instance does not name the constructor, and makes it
/// without one.
fn retain_written(facts: &FileFacts, sites: &mut Vec<(usize, OldSite)>) {
    fn plain(name: &str) -> &str {
        name.strip_suffix("()").unwrap_or(name)
    }
    let names: BTreeMap<String, bool> = sites
        .iter()
        .map(|(_, site)| (plain(&site.name).to_owned(), true))
        .collect();
    let written = Naming::new(facts).lines(&names);
    sites.retain(|(_, site)| {
        let lines = written.get(plain(&site.name));
        site.name.is_empty() || lines.is_some_and(|lines| lines.contains(&site.line))
    });
}

fn is_sure(rule: Rule, thousandths: u16) -> bool {
    rule.is_looked_up() && thousandths >= SURE
}

/// The project before the diff; `None` when it is too large.
fn old_project(graph: &GraphFile, pairs: &[VersionPair]) -> Result<Option<OtherProject>, AskError> {
    let mut others: BTreeMap<String, Option<OtherText>> = BTreeMap::new();
    for pair in pairs {
        if pair.is_new || pair.old_path.is_some() {
            others.insert(pair.path.clone(), None);
        }
        let Some((path, text)) = pair.old() else {
            continue;
        };
        let stored = graph.file(&pair.path)?.and_then(|file| file.row.language);
        let language = stored.or_else(|| language_of(path, text));
        let said = language.and_then(|language| {
            let read = pair.read_old(&language)?;
            Some((language, read.facts().clone()))
        });
        others.insert(path.to_owned(), Some(said));
    }
    OtherProject::new(graph, others)
}

/// Whether no call can mean another function: the project has one of the name, declarations of it aside, in a type without
/// bases from elsewhere, which could have more.
fn is_only_one(graph: &GraphFile, node: NodeId, name: &str) -> Result<bool, AskError> {
    let mut named = graph.nodes(&graph.by_name(name)?)?;
    named.retain(|named| {
        named.path.is_some()
            && matches!(
                named.kind,
                NodeKind::Function | NodeKind::Method | NodeKind::Macro
            )
    });
    let is_one = match named.as_slice() {
        [only] => only.id == node,
        several => single(graph, several)?.is_some_and(|one| one.id == node),
    };
    if !is_one {
        return Ok(false);
    }
    let own = graph.neighbors(&[node], Direction::Dependents, &[EdgeKind::Contains])?;
    let mut types: Vec<NodeId> = own.into_iter().map(|edge| edge.node).collect();
    let mut seen: BTreeSet<NodeId> = types.iter().copied().collect();
    while !types.is_empty() {
        let bases = graph.neighbors(&types, Direction::Dependencies, &[EdgeKind::Inherits])?;
        types = bases.into_iter().map(|edge| edge.node).collect();
        types.retain(|base| seen.insert(*base));
        if graph.nodes(&types)?.iter().any(|base| base.path.is_none()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Calls that the new signature does not take.
fn judge_calls(
    graph: &GraphFile,
    pairs: &[VersionPair],
    change: &mut Change,
) -> Result<(), AskError> {
    let (Some(node), Some(definition)) = (change.node, &change.definitions.1) else {
        return Ok(());
    };
    let Some(pair) = pairs.iter().find(|pair| pair.path == change.path) else {
        return Ok(());
    };
    let Contents::Texts { new, .. } = &pair.contents else {
        return Ok(());
    };
    let Some(language) = language_of(&change.path, new) else {
        return Ok(());
    };
    if has_overloads(&language) && !is_only_one(graph, node, &definition.name)? {
        return Ok(());
    }
    let calls = graph.neighbors(&[node], Direction::Dependents, &[EdgeKind::Calls])?;
    if calls.is_empty() {
        return Ok(());
    }
    let (sure, doubtful): (Vec<_>, Vec<_>) = calls
        .into_iter()
        .partition(|call| is_sure(call.rule, call.confidence.thousandths()));
    let Some(read) = pair.read_new(&language) else {
        return Ok(());
    };
    let callee = Callee {
        language: &language,
        facts: read.facts(),
        symbol: definition.symbol,
    };
    let unfit = |calls: &[Neighbor]| -> Result<BTreeSet<(String, u32)>, AskError> {
        let mut wrong = wrong_sites(graph, callee, calls)?;
        if !wrong.is_empty() {
            // What never fitted is not broken by the change: a test of what happens then, as a rule.
            let before = unfit_before(graph, (pair, &language), change, calls)?;
            let is_left_alone = |path: &str| !pairs.iter().any(|pair| pair.path == path);
            wrong.retain(|site| !is_left_alone(&site.0) || !before.contains(site));
        }
        Ok(wrong)
    };
    let (wrong, doubtful) = (unfit(&sure)?, unfit(&doubtful)?);
    change.doubtful = shown(doubtful);
    if !wrong.is_empty() {
        change.verdict = Verdict::Breaking;
        change.note = match wrong.len() {
            1 => "1 call gives other arguments than it takes".to_owned(),
            count => format!("{count} calls give other arguments than it takes"),
        };
        change.sites = shown(wrong);
    }
    Ok(())
}

/// Those of some calls that gave other arguments than the callee took before the change.
fn unfit_before(
    graph: &GraphFile,
    (pair, language): (&VersionPair, &str),
    change: &Change,
    calls: &[Neighbor],
) -> Result<BTreeSet<(String, u32)>, AskError> {
    let (Some(old), Some(read)) = (&change.definitions.0, pair.read_old(language)) else {
        return Ok(BTreeSet::new());
    };
    let callee = Callee {
        language,
        facts: read.facts(),
        symbol: old.symbol,
    };
    wrong_sites(graph, callee, calls)
}

/// Those of some calls that give other arguments than the callee takes.
fn wrong_sites(
    graph: &GraphFile,
    callee: Callee<'_>,
    calls: &[Neighbor],
) -> Result<BTreeSet<(String, u32)>, AskError> {
    let mut lines: BTreeMap<NodeId, Vec<u32>> = BTreeMap::new();
    for call in calls.iter().take(MAX_SITES) {
        let caller = graph.nodes(&[call.node])?.pop();
        if let Some(file) = caller.and_then(|caller| caller.file) {
            lines.entry(file).or_default().push(call.line);
        }
    }
    let mut wrong = BTreeSet::new();
    for (file, mut lines) in lines {
        lines.sort_unstable();
        lines.dedup();
        let (Some(bytes), Some(path)) = (graph.facts(file)?, graph.path_of(file)?) else {
            continue;
        };
        // Other languages have their own rules for the same function: JavaScript calls what TypeScript declares.
        let stored = graph.file(&path)?.and_then(|file| file.row.language);
        if stored.as_deref() != Some(callee.language) {
            continue;
        }
        let caller = decode(graph.path(), &bytes).map_err(unreadable)?;
        let lines = wrong_calls(callee, &caller, &lines);
        wrong.extend(lines.into_iter().map(|line| (path.clone(), line)));
    }
    Ok(wrong)
}
