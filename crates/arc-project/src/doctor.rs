//! Whether everything is sound, and how much of the code is understood.

use std::collections::BTreeMap;
use std::path::Path;

use arc_extract::{Tier, is_measured, tier};
use arc_store::{GraphFile, StoreError, file_flag};

use crate::dates::day_of;
use crate::history;
use crate::link_ends::{LINKS, sentences};
use crate::scip_merge;
use crate::tickets;

/// Bytes that should be free beside a graph.
const ENOUGH_FREE: u64 = 512 << 20;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckState {
    /// As it should be.
    Fine,
    /// Worth knowing.
    Attention,
    /// Broken.
    Failed,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// How it ended.
    pub state: CheckState,
    /// What was seen.
    pub text: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Check {
    fn fine(name: &'static str, text: String) -> Check {
        Check {
            name,
            state: CheckState::Fine,
            text,
            hint: None,
        }
    }

    fn note(name: &'static str, text: String, hint: &str) -> Check {
        Check {
            name,
            state: CheckState::Attention,
            text,
            hint: Some(hint.to_owned()),
        }
    }

    fn failed(name: &'static str, text: String, hint: &str) -> Check {
        Check {
            name,
            state: CheckState::Failed,
            text,
            hint: Some(hint.to_owned()),
        }
    }
}

/// Examines a project and its graph, and changes nothing.
#[must_use]
pub fn examine(root: &Path, graph: &Path) -> Vec<Check> {
    let mut checks = vec![repository(root), disk(graph)];
    match GraphFile::open(graph) {
        Ok(opened) => match examine_graph(root, &opened) {
            Ok(found) => checks.extend(found),
            Err(error) => checks.push(Check::failed(
                "graph",
                error.to_string(),
                "run `arc build --full`",
            )),
        },
        Err(error @ StoreError::Missing { .. }) => {
            checks.push(Check::note("graph", error.to_string(), "run `arc build`"));
        }
        Err(error) => checks.push(Check::failed(
            "graph",
            error.to_string(),
            "run `arc build --full`",
        )),
    }
    checks
}

fn repository(root: &Path) -> Check {
    let shallow = ["shallow", "../.git/shallow"]
        .iter()
        .any(|name| root.join(".git").join(name).is_file());
    if !root.join(".git").exists() {
        Check::note(
            "repository",
            format!("{} is not a git repository", root.display()),
            "the graph has no history",
        )
    } else if shallow {
        let hint = "`git fetch --unshallow` brings the rest of the history";
        Check::note(
            "repository",
            "a shallow clone: older commits are unknown".to_owned(),
            hint,
        )
    } else {
        Check::fine("repository", root.display().to_string())
    }
}

fn disk(graph: &Path) -> Check {
    let folder = graph.ancestors().skip(1).find(|folder| folder.is_dir());
    let free = folder
        .and_then(|folder| rustix::fs::statvfs(folder).ok())
        .map(|stat| stat.f_bavail * stat.f_frsize);
    match free {
        Some(free) if free < ENOUGH_FREE => {
            let text = format!("{} MiB free beside the graph", free >> 20);
            Check::note(
                "disk",
                text,
                "free some space, or keep the graph elsewhere with --db",
            )
        }
        Some(free) => Check::fine("disk", format!("{} GiB free", free >> 30)),
        None => Check::note(
            "disk",
            "cannot tell how much is free".to_owned(),
            "nothing to do",
        ),
    }
}

fn examine_graph(root: &Path, graph: &GraphFile) -> Result<Vec<Check>, StoreError> {
    let mut checks = Vec::new();
    let version = graph.meta("schema_version")?.unwrap_or_default();
    checks.push(Check::fine(
        "graph",
        format!("{} (schema {version})", graph.path().display()),
    ));
    let problems = graph.integrity()?;
    checks.push(match problems.first() {
        None => Check::fine("integrity", "every page is sound".to_owned()),
        Some(first) => Check::failed("integrity", first.clone(), "run `arc build --full`"),
    });
    if history::is_left_out(graph)? {
        checks.push(Check::note(
            "history",
            "commits were left out, as asked".to_owned(),
            "`arc build` reads them",
        ));
    }
    let files = graph.files()?;
    let differing = files
        .iter()
        .filter(|file| !crate::stamp::is_as_stored(&root.join(&file.row.path), &file.row.stamp))
        .count();
    checks.push(if differing == 0 {
        Check::fine(
            "age",
            format!("all {} files are as the graph has them", files.len()),
        )
    } else {
        let text = format!("{differing} of {} files differ from the graph", files.len());
        Check::note(
            "age",
            text,
            "any question updates it; `arc build` does so now",
        )
    });
    let counts = graph.counts()?;
    let edges: u64 = counts.edges.values().sum();
    let sites = edges + counts.unresolved;
    let share = if sites > 0 {
        100.0 * counts.unresolved as f64 / sites as f64
    } else {
        0.0
    };
    let text = format!(
        "{} of {sites} references ({share:.0} %) are unresolved and kept by name",
        counts.unresolved
    );
    checks.push(Check::fine("references", text));
    let links = graph.meta(LINKS)?.unwrap_or_default();
    let links = sentences(&links).into_iter();
    checks.extend(links.map(|sentence| Check::fine("links", sentence)));
    let indexes = graph.meta(scip_merge::INDEXES)?.unwrap_or_default();
    for index in scip_merge::merged_indexes(&indexes) {
        let (path, tool) = (&index.path, &index.tool);
        let text = format!("{path} ({tool}) is merged, {} documents", index.documents);
        checks.push(Check::fine("scip", text));
    }
    checks.extend(coverage_check(graph)?);
    checks.extend(tickets_check(graph)?);
    checks.extend(by_language(graph, &files)?);
    Ok(checks)
}

/// What imported coverage still says; nothing where none was imported.
fn coverage_check(graph: &GraphFile) -> Result<Option<Check>, StoreError> {
    let Some((meta, changed)) = crate::coverage::state(graph)? else {
        return Ok(None);
    };
    let made = day_of(meta["made_at"].as_i64().unwrap_or(0));
    let text = format!(
        "{} tests over {} files, made {made}",
        meta["tests"], meta["files"]
    );
    Ok(Some(if changed.is_empty() {
        Check::fine("coverage", text)
    } else {
        let shown: Vec<&str> = changed.iter().take(3).map(String::as_str).collect();
        let text = format!(
            "{text}; {} of them changed since and say nothing: {}",
            changed.len(),
            shown.join(", ")
        );
        Check::note(
            "coverage",
            text,
            "measure again, and `arc build --coverage FILE`",
        )
    }))
}

/// What trackers said, and how old that is; nothing where nothing was read.
fn tickets_check(graph: &GraphFile) -> Result<Option<Check>, StoreError> {
    const OLD_DAYS: i64 = 30;
    let lists = graph.tracked_lists()?;
    let Some(read_at) = lists.iter().map(|list| list.read_at).min() else {
        return Ok(None);
    };
    let counts = graph.tracked_counts()?;
    let mut origins: Vec<&str> = lists.iter().map(|list| list.origin.as_str()).collect();
    origins.sort_unstable();
    origins.dedup();
    let mut text = format!(
        "{} pull requests, {} issues and {} remarks of {}, read on {}",
        counts.pull_requests,
        counts.issues,
        counts.remarks,
        origins.join(", "),
        day_of(read_at),
    );
    let left_out: u64 = lists.iter().map(|list| list.left_out).sum();
    if left_out > 0 {
        text = format!("{text}; {left_out} could not be had");
    }
    let is_cut = counts.rest > 0 || lists.iter().any(|list| !list.is_complete);
    let days = (tickets::now() - read_at) / 86_400;
    Ok(Some(if is_cut {
        let text = format!("{text}; the reading was interrupted");
        Check::note("tickets", text, "`arc build --github` goes on from there")
    } else if days > OLD_DAYS {
        let text = format!("{text}, {days} days ago");
        let hint = "`arc build --github`, or `--pulls FILE` with a newer file, reads what is new";
        Check::note("tickets", text, hint)
    } else {
        Check::fine("tickets", text)
    }))
}

#[derive(Default)]
struct LanguageState {
    files: u64,
    bytes: u64,
    error_bytes: u64,
    with_errors: u64,
    unresolved: u64,
    edges: u64,
}

fn by_language(
    graph: &GraphFile,
    files: &[arc_store::StoredFile],
) -> Result<Vec<Check>, StoreError> {
    let mut languages: BTreeMap<&str, LanguageState> = BTreeMap::new();
    let set_apart = file_flag::BINARY | file_flag::MINIFIED | file_flag::TOO_LARGE;
    for file in files.iter().filter(|file| file.row.flags & set_apart == 0) {
        let Some(language) = &file.row.language else {
            continue;
        };
        let state = languages.entry(language).or_default();
        state.files += 1;
        state.bytes += file.row.stamp.size;
        state.error_bytes += u64::from(file.row.error_bytes);
        state.with_errors += u64::from(file.row.error_bytes > 0);
    }
    for (language, edges, unresolved) in graph.resolved_by_language()? {
        if let Some(state) = languages.get_mut(language.as_str()) {
            state.edges = edges;
            state.unresolved = unresolved;
        }
    }
    let checks = languages.iter().map(|(language, state)| {
        let errors = 100.0 * state.error_bytes as f64 / state.bytes.max(1) as f64;
        let sites = (state.edges + state.unresolved).max(1);
        let unresolved = 100.0 * state.unresolved as f64 / sites as f64;
        let depth = match tier(language) {
            Some(Tier::Resolved) => "references across files by types",
            Some(Tier::Named) => "references by name and declared type",
            Some(Tier::Linked) | None => "structure and links only",
        };
        let held = if is_measured(language) {
            "measured against compilers"
        } else {
            "not measured"
        };
        let text = format!(
            "{language}: {depth}, {held}; {} files, {} with syntax errors ({errors:.2} % of bytes), {unresolved:.0} % of references unresolved",
            state.files, state.with_errors,
        );
        if errors > 2.0 {
            Check::note("language", text, "files with many errors are understood in part")
        } else {
            Check::fine("language", text)
        }
    });
    Ok(checks.collect())
}
