//! A repository or a folder as a whole: languages, where it starts, its modules and their layers, and where the work goes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arc_graph::{EdgeKind, GraphRead, NodeId, NodeKind};
use arc_store::{GraphFile, StoredFile};
use schemars::JsonSchema;
use serde::Serialize;

use crate::ask::AskError;
use crate::hotspots::{Hotspot, HotspotOptions, ask_hotspots, hot_files};
use crate::report::rounded;
use crate::why::WhyError;

/// Modules that are told apart; the smaller ones of a flat project are left out.
const MAX_MODULES: usize = 200;
/// Dependencies of one module that are listed at a glance.
const FEW_USES: usize = 6;
/// Files of a map, the largest.
const MAX_MAPPED: usize = 20_000;
/// A folder with this share of the lines of its parent stands for it.
const BULK: f64 = 0.8;
/// A reference below this confidence, in thousandths, makes no module depend on another.
const SURE: u16 = 700;
/// Files where programs start, by name.
const STARTS: [&str; 5] = [
    "__main__.py",
    "main.py",
    "manage.py",
    "index.js",
    "index.ts",
];

/// A repository or a folder as a whole.
#[derive(JsonSchema, Serialize)]
pub struct OverviewReport {
    schema: &'static str,
    /// The folder that was asked about; empty for everything.
    folder: String,
    languages: Vec<LanguageReport>,
    /// Where programs start.
    entry_points: Vec<EntryReport>,
    /// Folders and files that belong together, the largest first.
    modules: Vec<ModuleReport>,
    /// Modules that depend on each other in a circle.
    cycles: Vec<Vec<String>>,
    /// Files that are both complex and changed often.
    hotspots: Vec<HotspotReport>,
    total: OverviewTotal,
    truncated: bool,
}

#[derive(JsonSchema, Serialize)]
struct LanguageReport {
    language: String,
    files: usize,
    lines: u64,
}

#[derive(JsonSchema, Serialize)]
struct EntryReport {
    path: String,
    symbol: Option<String>,
    line: Option<u32>,
}

#[derive(JsonSchema, Serialize)]
struct ModuleReport {
    /// A folder, with `/` at its end, or a file.
    module: String,
    files: usize,
    lines: u64,
    /// 0 for what depends on no other module; otherwise one more than the highest that it depends on. Modules of one cycle
    /// are on one layer.
    layer: usize,
    depends_on: Vec<UseReport>,
    /// How many modules depend on it.
    dependents: usize,
}

#[derive(JsonSchema, Serialize)]
struct UseReport {
    module: String,
    references: u32,
}

#[derive(JsonSchema, Serialize)]
struct HotspotReport {
    path: String,
    /// Changes times complexity, as a share of the hottest.
    score: f64,
    changes: u32,
    fixes: u32,
    complexity: u32,
    lines: u32,
}

#[derive(JsonSchema, Serialize)]
struct OverviewTotal {
    files: usize,
    lines: u64,
    modules: usize,
    entry_points: usize,
}

/// What to draw a map of a repository or a folder from.
#[derive(JsonSchema, Serialize)]
pub struct MapReport {
    overview: OverviewReport,
    files: MappedFiles,
}

/// Files of code by columns, in the order of their paths.
#[derive(Default, JsonSchema, Serialize)]
struct MappedFiles {
    names: Vec<String>,
    lines: Vec<u32>,
    /// Commits that changed each.
    changes: Vec<u32>,
    complexity: Vec<u32>,
    /// Changes times complexity, as a share of the hottest.
    heat: Vec<f64>,
    /// Files that are too small to be drawn.
    left_out: usize,
}

/// Looks at everything below `folder`, which is empty for the whole project. Lists have `limit` rows after `skipped`.
///
/// # Errors
/// When nothing is there, or the graph cannot be read.
pub fn overview(
    graph: &GraphFile,
    root: &Path,
    folder: &str,
    (skipped, limit): (usize, usize),
) -> Result<OverviewReport, AskError> {
    let rows = Rows {
        skipped,
        limit,
        uses: FEW_USES,
    };
    look_at(graph, root, folder, rows)
}

/// Looks at everything below `folder` with every module, all that each depends on, and the files to draw a map of.
///
/// # Errors
/// When nothing is there, or the graph cannot be read.
pub fn code_map(graph: &GraphFile, root: &Path, folder: &str) -> Result<MapReport, AskError> {
    let rows = Rows {
        skipped: 0,
        limit: MAX_MODULES,
        uses: MAX_MODULES,
    };
    let overview = look_at(graph, root, folder, rows)?;
    let files = mapped_files(graph, &overview.folder)?;
    Ok(MapReport { overview, files })
}

fn mapped_files(graph: &GraphFile, prefix: &str) -> Result<MappedFiles, AskError> {
    let options = HotspotOptions {
        with_tests: true,
        ..HotspotOptions::default()
    };
    let heat: BTreeMap<String, Hotspot> = hot_files(graph, &options)?
        .into_iter()
        .map(|spot| (spot.path.clone(), spot))
        .collect();
    let mut files = code_below(graph.files()?, prefix);
    files.sort_by_key(|file| std::cmp::Reverse(file.row.lines));
    let mut mapped = MappedFiles {
        left_out: files.len().saturating_sub(MAX_MAPPED),
        ..MappedFiles::default()
    };
    files.truncate(MAX_MAPPED);
    files.sort_by(|one, other| one.row.path.cmp(&other.row.path));
    for file in files {
        let spot = heat.get(&file.row.path);
        mapped.lines.push(file.row.lines);
        mapped.changes.push(spot.map_or(0, |spot| spot.changes));
        mapped
            .complexity
            .push(spot.map_or(0, |spot| spot.complexity));
        mapped
            .heat
            .push(spot.map_or(0.0, |spot| rounded(spot.score)));
        mapped.names.push(file.row.path);
    }
    Ok(mapped)
}

fn code_below(mut files: Vec<StoredFile>, prefix: &str) -> Vec<StoredFile> {
    files.retain(|file| file.row.language.is_some() && file.row.path.starts_with(prefix));
    files
}

/// Which rows a look has.
#[derive(Clone, Copy)]
struct Rows {
    skipped: usize,
    limit: usize,
    /// Dependencies of one module.
    uses: usize,
}

fn look_at(
    graph: &GraphFile,
    root: &Path,
    folder: &str,
    Rows {
        skipped,
        limit,
        uses,
    }: Rows,
) -> Result<OverviewReport, AskError> {
    let prefix = match folder.trim_matches('/') {
        "" | "." => String::new(),
        folder => format!("{folder}/"),
    };
    let mut files = graph.files()?;
    files.retain(|file| file.row.path.starts_with(&prefix));
    if files.is_empty() {
        return Err(AskError::NotFound {
            target: folder.to_owned(),
            nearest: Vec::new(),
        });
    }
    let code: Vec<&StoredFile> = files
        .iter()
        .filter(|file| file.row.language.is_some())
        .collect();
    let mut modules = modules(&code, &prefix);
    let module_count = modules.len();
    modules.truncate(MAX_MODULES);
    let ties = Ties::of(graph, &modules)?;
    let layers = ties.layers();
    let cycles = ties.cycles();
    let entries = entry_points(graph, &prefix, &code)?;
    let total = OverviewTotal {
        files: files.len(),
        lines: code.iter().map(|file| u64::from(file.row.lines)).sum(),
        modules: module_count,
        entry_points: entries.len(),
    };
    let names: Vec<String> = modules.iter().map(|module| module.name.clone()).collect();
    let told = (0..modules.len()).map(|at| ModuleReport {
        module: std::mem::take(&mut modules[at].name),
        files: modules[at].files.len(),
        lines: modules[at].lines,
        layer: layers[at],
        depends_on: ties.listed(at, &names, uses),
        dependents: ties.dependents(at),
    });
    let told: Vec<ModuleReport> = told.collect();
    let end = skipped.saturating_add(limit);
    let (hotspots, hot) = hotspots(graph, root, &prefix, end)?;
    let truncated = module_count > end || entries.len() > end || hot > end;
    Ok(OverviewReport {
        schema: "arc.overview/1",
        folder: prefix,
        languages: languages(&code),
        entry_points: entries.into_iter().skip(skipped).take(limit).collect(),
        modules: told.into_iter().skip(skipped).take(limit).collect(),
        cycles: cycles
            .into_iter()
            .map(|cycle| cycle.into_iter().map(|at| names[at].clone()).collect())
            .collect(),
        hotspots: hotspots.into_iter().skip(skipped).take(limit).collect(),
        total,
        truncated,
    })
}

fn languages(files: &[&StoredFile]) -> Vec<LanguageReport> {
    let mut counts: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
    for file in files {
        let count = counts
            .entry(file.row.language.as_deref().unwrap_or(""))
            .or_default();
        count.0 += 1;
        count.1 += u64::from(file.row.lines);
    }
    let mut languages: Vec<LanguageReport> = counts
        .into_iter()
        .map(|(language, (files, lines))| LanguageReport {
            language: language.to_owned(),
            files,
            lines,
        })
        .collect();
    languages.sort_by_key(|language| std::cmp::Reverse(language.lines));
    languages
}

struct Module {
    name: String,
    files: Vec<NodeId>,
    lines: u64,
}

/// The parts of a folder: what is directly in it, or in the folder inside it that holds nearly everything.
fn modules(files: &[&StoredFile], prefix: &str) -> Vec<Module> {
    let mut open = vec![prefix.to_owned()];
    let mut found = parts(files, prefix);
    let all: u64 = found.iter().map(|module| module.lines).sum();
    while let Some(at) = found
        .iter()
        .position(|module| module.name.ends_with('/') && module.lines as f64 > all as f64 * BULK)
    {
        if open.len() > 8 {
            break;
        }
        let bulk = found.swap_remove(at);
        found.extend(parts(files, &bulk.name));
        open.push(bulk.name);
    }
    found.sort_by(|a, b| b.lines.cmp(&a.lines).then_with(|| a.name.cmp(&b.name)));
    found
}

fn parts(files: &[&StoredFile], prefix: &str) -> Vec<Module> {
    let mut parts: BTreeMap<String, Module> = BTreeMap::new();
    for file in files {
        let Some(rest) = file.row.path.strip_prefix(prefix) else {
            continue;
        };
        let name = match rest.split_once('/') {
            Some((folder, _)) => format!("{prefix}{folder}/"),
            None => file.row.path.clone(),
        };
        let part = parts.entry(name.clone()).or_insert_with(|| Module {
            name,
            files: Vec::new(),
            lines: 0,
        });
        part.files.push(NodeId(file.id));
        part.lines += u64::from(file.row.lines);
    }
    parts.into_values().collect()
}

/// Which modules depend on which.
struct Ties {
    /// For each module, those that it depends on, with the number of references.
    uses: Vec<BTreeMap<usize, u32>>,
    /// For each module, all that it reaches.
    reach: Vec<BTreeSet<usize>>,
}

impl Ties {
    fn of(graph: &GraphFile, modules: &[Module]) -> Result<Ties, AskError> {
        let mut module_of = BTreeMap::new();
        for (at, module) in modules.iter().enumerate() {
            module_of.extend(module.files.iter().map(|file| (*file, at)));
        }
        let kinds = [
            EdgeKind::Imports,
            EdgeKind::Calls,
            EdgeKind::References,
            EdgeKind::Inherits,
        ];
        let mut uses = vec![BTreeMap::new(); modules.len()];
        for one in graph.file_uses(&kinds, SURE)? {
            let ends = (module_of.get(&one.src), module_of.get(&one.dst));
            if let (Some(&src), Some(&dst)) = ends
                && src != dst
            {
                *uses[src].entry(dst).or_insert(0) += one.count;
            }
        }
        let reach = (0..modules.len()).map(|at| reached(&uses, at)).collect();
        Ok(Ties { uses, reach })
    }

    fn is_circle(&self, a: usize, b: usize) -> bool {
        self.reach[a].contains(&b) && self.reach[b].contains(&a)
    }

    fn layers(&self) -> Vec<usize> {
        let count = self.uses.len();
        let mut layers = vec![0; count];
        // Every round settles a layer; there are no more layers than modules.
        for _ in 0..count {
            let mut is_settled = true;
            for at in 0..count {
                let below = self.reach[at]
                    .iter()
                    .filter(|other| **other != at && !self.is_circle(at, **other));
                let layer = below.map(|other| layers[*other] + 1).max().unwrap_or(0);
                is_settled &= layer == layers[at];
                layers[at] = layer;
            }
            if is_settled {
                break;
            }
        }
        layers
    }

    fn cycles(&self) -> Vec<Vec<usize>> {
        let mut cycles = Vec::new();
        let mut seen = BTreeSet::new();
        for at in 0..self.uses.len() {
            if !self.reach[at].contains(&at) || !seen.insert(at) {
                continue;
            }
            let others = self.reach[at]
                .iter()
                .filter(|other| self.is_circle(at, **other));
            let cycle: Vec<usize> = others.copied().collect();
            seen.extend(&cycle);
            if cycle.len() > 1 {
                cycles.push(cycle);
            }
        }
        cycles
    }

    fn listed(&self, at: usize, names: &[String], most: usize) -> Vec<UseReport> {
        let mut uses: Vec<(usize, u32)> = self.uses[at].iter().map(|(to, n)| (*to, *n)).collect();
        uses.sort_by_key(|(to, references)| (std::cmp::Reverse(*references), *to));
        uses.into_iter()
            .take(most)
            .map(|(to, references)| UseReport {
                module: names[to].clone(),
                references,
            })
            .collect()
    }

    fn dependents(&self, at: usize) -> usize {
        self.uses
            .iter()
            .filter(|uses| uses.contains_key(&at))
            .count()
    }
}

/// What can be reached from a module; itself when there is a way back.
fn reached(uses: &[BTreeMap<usize, u32>], from: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        for next in uses[at].keys() {
            if reached.insert(*next) {
                open.push(*next);
            }
        }
    }
    reached
}

/// The hottest files, and how many there are.
fn hotspots(
    graph: &GraphFile,
    root: &Path,
    prefix: &str,
    limit: usize,
) -> Result<(Vec<HotspotReport>, usize), AskError> {
    let options = HotspotOptions {
        limit,
        path: (!prefix.is_empty()).then(|| prefix.to_owned()),
        ..HotspotOptions::default()
    };
    let (found, total) = ask_hotspots(graph, root, &options).map_err(|error| match error {
        WhyError::Ask(error) => error,
        // Of whole files no line is followed.
        WhyError::NoHistory { .. } | WhyError::NoLines { .. } => AskError::Vanished,
    })?;
    let report = |spot: Hotspot| HotspotReport {
        path: spot.path,
        score: rounded(spot.score),
        changes: spot.changes,
        fixes: spot.fixes,
        complexity: spot.complexity,
        lines: spot.lines,
    };
    Ok((found.into_iter().map(report).collect(), total))
}

fn entry_points(
    graph: &GraphFile,
    prefix: &str,
    files: &[&StoredFile],
) -> Result<Vec<EntryReport>, AskError> {
    let mut entries = Vec::new();
    for node in graph.nodes(&graph.by_name("main")?)? {
        let is_method = node.kind == NodeKind::Method && node.is_static;
        let is_start = (node.kind == NodeKind::Function || is_method) && !node.is_test;
        if let Some(path) = node
            .path
            .filter(|path| is_start && path.starts_with(prefix))
        {
            entries.push(EntryReport {
                path,
                symbol: Some(node.qualified_name),
                line: Some(node.line),
            });
        }
    }
    for file in files {
        let path = &file.row.path;
        let name = path.rsplit('/').next().unwrap_or(path);
        let is_known = entries.iter().any(|entry| entry.path == *path);
        if STARTS.contains(&name) && !is_known {
            entries.push(EntryReport {
                path: path.clone(),
                symbol: None,
                line: None,
            });
        }
    }
    entries.sort_by_key(|entry| (entry.path.matches('/').count(), entry.path.clone()));
    Ok(entries)
}
