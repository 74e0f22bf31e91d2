//! Where work piles up: files and symbols that are both complicated and changed often, with what had to be repaired there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arc_graph::{GraphRead, NodeId, NodeRecord};
use arc_store::{ChurnRecord, GraphFile, IncidentRecord, StoreError, file_flag};

use crate::ask::AskError;
use crate::why::{WhyError, line_work};

/// Incidents that are told of one file.
const MAX_INCIDENTS: usize = 3;
/// The hottest files whose lines are followed for symbols.
const MAX_FOLLOWED: usize = 12;

/// Files that no person works on.
const LEFT_OUT: u32 = file_flag::VENDORED | file_flag::GENERATED | file_flag::MINIFIED;

/// Commits of one file whose kind is looked up.
const MAX_COMMITS: usize = 10_000;

/// A file or symbol.
#[derive(Clone, Debug, PartialEq)]
pub struct Hotspot {
    /// The file.
    pub path: String,
    /// The symbol, with its first line.
    pub symbol: Option<(String, u32)>,
    /// Changes times complexity, as a share of the hottest: 0 to 1.
    pub score: f64,
    /// Commits that changed the file; of a symbol those that wrote lines it has now.
    pub changes: u32,
    /// Branches plus one, summed over functions.
    pub complexity: u32,
    /// Lines.
    pub lines: u32,
    /// Commits that repaired something.
    pub fixes: u32,
    /// Commits that took something back.
    pub reverts: u32,
    /// People who changed it.
    pub people: u32,
    /// The last change, seconds since 1970.
    pub last_time: i64,
    /// What was repaired or taken back last; of files only.
    pub incidents: Vec<IncidentRecord>,
}

/// What to look at.
#[derive(Clone, Debug, Default)]
pub struct HotspotOptions {
    /// Rows; 0 for all.
    pub limit: usize,
    /// Only commits from then on, seconds since 1970.
    pub since: Option<i64>,
    /// Only files below this folder, or with this in their path.
    pub path: Option<String>,
    /// Symbols instead of files.
    pub by_symbol: bool,
    /// Tests as well.
    pub with_tests: bool,
}

/// The hottest files or symbols, hottest first, and how many there are.
///
/// # Errors
/// When the graph cannot be read.
pub fn ask_hotspots(
    graph: &GraphFile,
    root: &Path,
    options: &HotspotOptions,
) -> Result<(Vec<Hotspot>, usize), WhyError> {
    let since = options.since.unwrap_or(i64::MIN);
    let mut found = hot_files(graph, options)?;
    if options.by_symbol {
        found.truncate(MAX_FOLLOWED);
        let mut symbols = Vec::new();
        for file in &found {
            symbols.extend(symbols_of(graph, root, &file.path, options.since)?);
        }
        rank(&mut symbols);
        found = symbols;
    }
    let total = found.len();
    if options.limit > 0 {
        found.truncate(options.limit);
    }
    for hotspot in found.iter_mut().filter(|hotspot| hotspot.symbol.is_none()) {
        hotspot.incidents = graph.incidents(&hotspot.path, since, MAX_INCIDENTS)?;
    }
    Ok((found, total))
}

/// The `count` hottest files: the first of [`ask_hotspots`] for code that is no test, of all times. Only files that may be
/// among them are looked at.
///
/// # Errors
/// When the graph cannot be read.
pub fn hottest_files(graph: &GraphFile, count: usize) -> Result<Vec<Hotspot>, AskError> {
    let mut found: Vec<Hotspot> = Vec::new();
    let mut coldest = 0;
    for (file, at_most) in graph.most_heat(LEFT_OUT | file_flag::TEST)? {
        // Equally hot files are told apart by their repairs.
        if found.len() >= count && at_most < coldest {
            break;
        }
        let churn = graph.churn_of(file, i64::MIN)?;
        let churn = churn.filter(|churn| is_ranked(churn, &HotspotOptions::default()));
        let Some(churn) = churn else { continue };
        found.push(file_hotspot(&churn));
        rank(&mut found);
        found.truncate(count);
        coldest = found.last().map_or(0, heat);
    }
    for hotspot in &mut found {
        hotspot.incidents = graph.incidents(&hotspot.path, i64::MIN, MAX_INCIDENTS)?;
    }
    Ok(found)
}

/// How many commits repaired a source file or took back what was done to it.
///
/// # Errors
/// When the graph cannot be read.
pub fn repairs_of(graph: &GraphFile, path: &str) -> Result<u32, AskError> {
    let Some(file) = graph.file(path)? else {
        return Ok(0);
    };
    let churn = graph.churn_of(file.id, i64::MIN)?;
    Ok(churn.map_or(0, |churn| churn.fixes + churn.reverts))
}

/// Changes times complexity.
fn heat(hotspot: &Hotspot) -> u64 {
    u64::from(hotspot.changes) * u64::from(hotspot.complexity)
}

/// Every file that was changed and has branches, hottest first, without its incidents.
pub(crate) fn hot_files(
    graph: &GraphFile,
    options: &HotspotOptions,
) -> Result<Vec<Hotspot>, StoreError> {
    let mut churn = graph.churn(options.since.unwrap_or(i64::MIN))?;
    churn.retain(|file| is_ranked(file, options));
    let mut found: Vec<Hotspot> = churn.iter().map(file_hotspot).collect();
    rank(&mut found);
    Ok(found)
}

fn is_ranked(file: &ChurnRecord, options: &HotspotOptions) -> bool {
    file.complexity > 0
        && file.flags & LEFT_OUT == 0
        && (options.with_tests || file.flags & file_flag::TEST == 0)
        && options
            .path
            .as_ref()
            .is_none_or(|part| file.path.contains(part.as_str()))
}

fn file_hotspot(file: &ChurnRecord) -> Hotspot {
    Hotspot {
        path: file.path.clone(),
        symbol: None,
        score: 0.0,
        changes: file.changes,
        complexity: file.complexity,
        lines: file.lines,
        fixes: file.fixes,
        reverts: file.reverts,
        people: file.people,
        last_time: file.last_time,
        incidents: Vec::new(),
    }
}

/// Sets scores, and puts the hottest first.
fn rank(found: &mut [Hotspot]) {
    let hottest = found.iter().map(heat).max().unwrap_or(0).max(1);
    for hotspot in found.iter_mut() {
        hotspot.score = heat(hotspot) as f64 / hottest as f64;
    }
    found.sort_by(|one, other| {
        (other.score.total_cmp(&one.score))
            .then(other.fixes.cmp(&one.fixes))
            .then_with(|| (&one.path, &one.symbol).cmp(&(&other.path, &other.symbol)))
    });
}

/// The functions of a file with the commits that wrote their present lines.
fn symbols_of(
    graph: &GraphFile,
    root: &Path,
    path: &str,
    since: Option<i64>,
) -> Result<Vec<Hotspot>, WhyError> {
    let work = match line_work(graph, root, path, since) {
        Ok(work) => work,
        // A file that is gone from the disk, or too long, has no symbols to tell of.
        Err(WhyError::NoLines { .. }) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let incidents = graph.incidents(path, since.unwrap_or(i64::MIN), MAX_COMMITS)?;
    let incidents: BTreeMap<[u8; 20], bool> = incidents
        .into_iter()
        .map(|incident| (incident.hash, incident.is_revert))
        .collect();
    let mut found = Vec::new();
    for (symbol, complexity) in functions(graph, path)? {
        let mut people = BTreeSet::new();
        let mut hotspot = Hotspot {
            path: path.to_owned(),
            symbol: Some((symbol.qualified_name.clone(), symbol.line)),
            score: 0.0,
            changes: 0,
            complexity,
            lines: (symbol.end_line + 1).saturating_sub(symbol.line),
            fixes: 0,
            reverts: 0,
            people: 0,
            last_time: i64::MIN,
            incidents: Vec::new(),
        };
        for step in &work {
            let own = symbol.line..=symbol.end_line;
            if step.lines.iter().any(|line| own.contains(line)) {
                hotspot.changes += 1;
                match incidents.get(&step.commit.0) {
                    Some(true) => hotspot.reverts += 1,
                    Some(false) => hotspot.fixes += 1,
                    None => {}
                }
                hotspot.last_time = hotspot.last_time.max(step.time);
                people.insert(&step.author);
            }
        }
        hotspot.people = people.len() as u32;
        if hotspot.changes > 0 {
            found.push(hotspot);
        }
    }
    Ok(found)
}

/// The symbols of a file that have branches, with how many.
fn functions(graph: &GraphFile, path: &str) -> Result<Vec<(NodeRecord, u32)>, AskError> {
    let Some(file) = graph.file(path)? else {
        return Ok(Vec::new());
    };
    let complexities = graph.complexities(file.id)?;
    let ids: Vec<NodeId> = complexities.keys().copied().collect();
    let nodes = graph.nodes(&ids)?.into_iter();
    let found = nodes.map(|node| {
        let complexity = complexities[&node.id];
        (node, complexity)
    });
    Ok(found.collect())
}
