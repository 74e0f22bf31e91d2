//! What people write to name a place in the code, and the nodes that it means.

use std::path::Path;

use arc_graph::{GraphRead, NodeId, NodeKind, NodeRecord};
use arc_store::{GraphFile, StoredFile};

use crate::ask::AskError;
use crate::dates::day_of;
use crate::declarations::{other_places, single};
use crate::nearest::{MAX_NEAREST, Nearest, nearest};

/// Candidates listed when a target is ambiguous.
const MAX_CANDIDATES: usize = 20;

/// Files of a folder that one question may be about.
const MAX_IN_FOLDER: usize = 500;

/// Definitions of one name that are held against a longer name.
const MAX_LOOKED_AT: usize = 2_000;

/// A place in the code that a question is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// A file or a symbol.
    pub node: NodeRecord,
    /// The line that was asked for, if one was.
    pub line: Option<u32>,
}

/// Finds what `text` names: `path`, `path:line`, `path::Symbol.path`, a qualified name, its last parts, or the name by which
/// it is imported. `prefix` is the folder that
/// the question was asked in, relative to the root: paths may be relative to it or to the root.
///
/// # Errors
/// [`AskError::NotFound`] with the nearest names, [`AskError::Ambiguous`] with the candidates, [`AskError::Folder`], or a
/// graph that cannot be read.
pub fn find_target(graph: &GraphFile, prefix: &str, text: &str) -> Result<Target, AskError> {
    let (whole, line) = match text.rsplit_once(':') {
        Some((path, digits)) if !path.ends_with(':') => match digits.parse::<u32>() {
            Ok(line) => (path, Some(line)),
            Err(_) => (text, None),
        },
        _ => (text, None),
    };
    let whole = &*inside(graph, prefix, whole)?;
    if let Some(file) = find_file(graph, prefix, whole)? {
        return in_file(graph, file, line);
    }
    if let Some((path, symbol)) = whole.split_once("::")
        && let Some(file) = find_file(graph, prefix, path)?
    {
        let mut found = graph.by_scope_name(file, symbol)?;
        if found.is_empty() {
            found = by_last_parts(graph, symbol, Some(file))?;
        }
        return one_of(graph, text, &found, line);
    }
    let mut found = graph.by_qualified_name(whole)?;
    if found.is_empty() {
        found = by_last_parts(graph, whole, None)?;
    }
    if found.is_empty() {
        found = by_import_name(graph, whole)?;
    }
    if found.is_empty() {
        if let Some(folder) = find_folder(graph, prefix, whole)? {
            let files = files_below(graph, &folder)?.len();
            let path = folder.trim_end_matches('/').to_owned();
            return Err(AskError::Folder { path, files });
        }
        let path = whole.split("::").next().unwrap_or(whole);
        past(graph, prefix, path)?;
    }
    one_of(graph, text, &found, line)
}

/// What `text` names to a question that may be about several things: what [`find_target`] finds, or the files with code in a
/// folder (all its files if none has code).
///
/// # Errors
/// Those of [`find_target`]; [`AskError::Folder`] for more than 500 files.
pub fn find_all(graph: &GraphFile, prefix: &str, text: &str) -> Result<Vec<Target>, AskError> {
    let path = match find_target(graph, prefix, text) {
        Ok(target) => return Ok(vec![target]),
        Err(AskError::Folder { path, files }) if files <= MAX_IN_FOLDER => path,
        Err(error) => return Err(error),
    };
    let folder = if path.is_empty() { path } else { path + "/" };
    let ids = files_below(graph, &folder)?;
    let nodes = graph.nodes(&ids)?.into_iter();
    Ok(nodes.map(|node| Target { node, line: None }).collect())
}

/// The folder that `text` names, with a slash at the end; empty for the root.
pub(crate) fn find_folder(
    graph: &GraphFile,
    prefix: &str,
    text: &str,
) -> Result<Option<String>, AskError> {
    for path in [joined(prefix, text), joined("", text)] {
        if path.starts_with("..") {
            continue;
        }
        if path.is_empty() {
            return Ok(Some(String::new()));
        }
        if graph.file(&path)?.is_none() && graph.has_files_in(&path)? {
            return Ok(Some(path + "/"));
        }
    }
    Ok(None)
}

/// The files in a folder and below it: those with code, or all if there is none.
fn files_below(graph: &GraphFile, folder: &str) -> Result<Vec<NodeId>, AskError> {
    let mut files = graph.files()?;
    files.retain(|file| file.row.path.starts_with(folder));
    let is_code = |file: &StoredFile| file.row.language.is_some();
    if files.iter().any(is_code) {
        files.retain(is_code);
    }
    Ok(files.iter().map(|file| NodeId(file.id)).collect())
}

/// Finds what `text` names as [`find_target`] does, and the other places of it: the definition of a declaration, the
/// declarations of a definition.
///
/// # Errors
/// Those of [`find_target`].
pub fn find_targets(graph: &GraphFile, prefix: &str, text: &str) -> Result<Vec<Target>, AskError> {
    with_other_places(graph, vec![find_target(graph, prefix, text)?])
}

/// The path that `text` names from the root, of a file that the graph has or of one that somebody may make.
///
/// # Errors
/// Those of [`find_target`], but that nothing is there is none; a symbol is no file.
pub fn find_path(graph: &GraphFile, prefix: &str, text: &str) -> Result<String, AskError> {
    match find_target(graph, prefix, text) {
        Ok(target) => target.node.path.ok_or_else(|| AskError::Outside {
            target: text.to_owned(),
        }),
        Err(AskError::NotFound { .. } | AskError::Deleted { .. }) => {
            let prefix = if text.starts_with('/') { "" } else { prefix };
            let path = joined(prefix, &inside(graph, prefix, text)?);
            if path.is_empty() || path.starts_with("..") {
                return Err(AskError::Outside {
                    target: text.to_owned(),
                });
            }
            Ok(path)
        }
        Err(error) => Err(error),
    }
}

/// Targets, and behind them the other places where they stand.
///
/// # Errors
/// When the graph cannot be read.
pub(crate) fn with_other_places(
    graph: &GraphFile,
    mut targets: Vec<Target>,
) -> Result<Vec<Target>, AskError> {
    for asked in 0..targets.len() {
        for node in other_places(graph, &targets[asked].node)? {
            if !targets.iter().any(|known| known.node.id == node.id) {
                targets.push(Target { node, line: None });
            }
        }
    }
    Ok(targets)
}

/// The text, with an absolute path made relative to the root. A path that leaves the root is an error.
fn inside(graph: &GraphFile, prefix: &str, text: &str) -> Result<String, AskError> {
    let outside = || AskError::Outside {
        target: text.to_owned(),
    };
    if text.starts_with('/') {
        let root = graph.meta("root")?.unwrap_or_default();
        let relative = Path::new(text).strip_prefix(&root).map_err(|_| outside())?;
        return Ok(format!("./{}", relative.to_string_lossy()));
    }
    let is_path = text.starts_with("../") || text.contains("/../");
    if is_path && joined(prefix, text).starts_with("..") {
        return Err(outside());
    }
    Ok(text.to_owned())
}

/// An error that says what became of a file that is there no more, if history knows.
fn past(graph: &GraphFile, prefix: &str, path: &str) -> Result<(), AskError> {
    for path in [joined(prefix, path), joined("", path)] {
        let renamed = graph.renamed_to(&path)?;
        if let Some(now) = renamed.filter(|now| *now != path) {
            return Err(AskError::NotFound {
                target: format!("{path}, which was renamed"),
                nearest: vec![Nearest {
                    id: now,
                    name: None,
                }],
            });
        }
        if let Some((commit, time, subject)) = graph.deletion_of(&path)? {
            let mut told = vec![subject];
            for record in graph.co_changed(&path, MAX_NEAREST)? {
                if graph.file(&record.path)?.is_some() {
                    told.push(format!("changed together with {}", record.path));
                }
            }
            return Err(AskError::Deleted {
                target: path,
                commit: commit.chars().take(10).collect(),
                day: day_of(time),
                told,
            });
        }
    }
    Ok(())
}

fn find_file(graph: &GraphFile, prefix: &str, path: &str) -> Result<Option<NodeId>, AskError> {
    let path = path.strip_prefix("./").unwrap_or(path);
    for candidate in [joined(prefix, path), joined("", path)] {
        if let Some(file) = graph.file(&candidate)? {
            return Ok(Some(file.id));
        }
    }
    Ok(None)
}

fn in_file(graph: &GraphFile, file: NodeId, line: Option<u32>) -> Result<Target, AskError> {
    let symbol = match line {
        Some(line) => {
            has_line(graph, file, line)?;
            graph.symbol_at(file, line)?
        }
        None => None,
    };
    let node = record(graph, symbol.unwrap_or(file))?;
    Ok(Target { node, line })
}

/// An error when the file surely has no such line. Of a file that was not read the lines are not known.
fn has_line(graph: &GraphFile, file: NodeId, line: u32) -> Result<(), AskError> {
    let row = graph.file_by_id(file)?.map(|file| file.row);
    match row.filter(|row| row.lines > 0) {
        Some(row) if line == 0 || line > row.lines => Err(AskError::NoLine {
            path: row.path,
            lines: row.lines,
            line,
        }),
        _ => Ok(()),
    }
}

/// The definitions, of one file if it is told, whose qualified name ends in the parts of `name`.
fn by_last_parts(
    graph: &GraphFile,
    name: &str,
    file: Option<NodeId>,
) -> Result<Vec<NodeId>, AskError> {
    let wanted = dotted(name);
    let last = wanted.rsplit('.').next().unwrap_or(&wanted);
    let ending = format!(".{wanted}");
    let candidates = graph.nodes(&graph.by_name(last)?)?;
    let fits = |node: &&NodeRecord| {
        let full = dotted(&node.qualified_name);
        let is_there = file.is_none() || node.file == file;
        is_there && node.kind != NodeKind::External && (full == wanted || full.ends_with(&ending))
    };
    Ok(candidates.iter().filter(fits).map(|node| node.id).collect())
}

/// The definitions that users of the project may import as `name` (`requests.get`, `chi.Mux.Route`,
/// `Illuminate\Support\Str::slug`): its last parts are all that the definition is called inside its file, those before
/// stand in this order in the name of its module, or in its path.
fn by_import_name(graph: &GraphFile, name: &str) -> Result<Vec<NodeId>, AskError> {
    let wanted = dotted(name);
    let wanted: Vec<&str> = wanted.split('.').collect();
    let Some((last, [_, ..])) = wanted.split_last() else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    let mut named = graph.by_name(last)?;
    named.truncate(MAX_LOOKED_AT);
    for node in &graph.nodes(&named)? {
        let (Some(path), Some(file)) = (&node.path, node.file) else {
            continue;
        };
        let module = graph.file_by_id(file)?.map(|file| file.row.module);
        let module = module.unwrap_or_default();
        let inner = dotted(inside_module(node, &module));
        let inner: Vec<&str> = inner.split('.').collect();
        let Some(before) = wanted.strip_suffix(inner.as_slice()) else {
            continue;
        };
        let stem = path
            .rsplit_once('.')
            .map_or(path.as_str(), |(stem, _)| stem);
        let is_way = |way: &str| {
            let mut parts = way.split(['/', '.', ':', '\\']);
            let mut before = before.iter();
            before.all(|part| parts.any(|known| is_same_part(known, part)))
        };
        if node.kind != NodeKind::File && (is_way(&module) || is_way(stem)) {
            found.push(node.id);
        }
    }
    Ok(found)
}

/// Whether two parts of names are one: a package with a hyphen is imported with an underscore.
fn is_same_part(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.replace('-', "_");
    one == other || plain(one) == plain(other)
}

/// What a node is called inside its file.
fn inside_module<'n>(node: &'n NodeRecord, module: &str) -> &'n str {
    let whole = node.qualified_name.as_str();
    let inner = Some(whole).filter(|_| !module.is_empty());
    let inner = inner.and_then(|whole| whole.strip_prefix(module));
    inner.map_or(whole, |rest| rest.trim_start_matches(['.', ':']))
}

/// A name with the same separator in every language.
fn dotted(name: &str) -> String {
    name.replace("::", ".").replace(['\\', '#'], ".")
}

fn one_of(
    graph: &GraphFile,
    text: &str,
    found: &[NodeId],
    line: Option<u32>,
) -> Result<Target, AskError> {
    match found {
        [] => Err(AskError::NotFound {
            target: text.to_owned(),
            nearest: nearest(graph, text)?,
        }),
        [only] => Ok(Target {
            node: record(graph, *only)?,
            line,
        }),
        several => {
            let mut candidates = graph.nodes(several)?;
            // Inside the project first; of the project's definitions the one asked for is never outside. Code comes before
            // what is written about it, and what is run before what tests it.
            candidates.sort_by_key(|node| {
                let is_text = matches!(node.kind, NodeKind::Section | NodeKind::Key);
                (node.path.is_none(), is_text, node.is_test)
            });
            if let [first, second, ..] = candidates.as_slice()
                && first.path.is_some()
                && second.path.is_none()
            {
                return Ok(Target {
                    node: candidates.swap_remove(0),
                    line,
                });
            }
            if let Some(node) = single(graph, &candidates)? {
                return Ok(Target { node, line });
            }
            candidates.truncate(MAX_CANDIDATES);
            Err(AskError::Ambiguous {
                target: text.to_owned(),
                candidates,
            })
        }
    }
}

fn record(graph: &GraphFile, id: NodeId) -> Result<NodeRecord, AskError> {
    graph
        .nodes(&[id])?
        .into_iter()
        .next()
        .ok_or(AskError::Vanished)
}

/// A target that finds exactly this node again.
#[must_use]
pub fn spelled(node: &NodeRecord) -> String {
    match (&node.path, node.kind) {
        (Some(path), NodeKind::File) => path.clone(),
        (Some(path), _) => format!("{path}:{}", node.line),
        (None, _) => node.qualified_name.clone(),
    }
}

/// A target that finds this node again after the file was edited: `path::Config.load` where one definition has that name,
/// else [`spelled`].
///
/// # Errors
/// When the graph cannot be read.
pub fn stable_id(graph: &GraphFile, node: &NodeRecord) -> Result<String, AskError> {
    let (Some(path), Some(file)) = (&node.path, node.file) else {
        return Ok(spelled(node));
    };
    if node.kind == NodeKind::File {
        return Ok(path.clone());
    }
    let module = graph.file_by_id(file)?.map(|file| file.row.module);
    let inner = inside_module(node, &module.unwrap_or_default());
    Ok(match graph.by_scope_name(file, inner)?.as_slice() {
        [only] if *only == node.id => format!("{path}::{inner}"),
        _ => spelled(node),
    })
}

/// Joins folders and normalises `.` and `..`; what leaves the root keeps its `..` and names nothing.
pub(crate) fn joined(prefix: &str, path: &str) -> String {
    let mut parts: Vec<&str> = prefix.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn paths_are_relative_to_the_folder_asked_in() {
        assert_eq!(joined("src/a", "../b.py"), "src/b.py");
        assert_eq!(joined("", "./src//b.py"), "src/b.py");
        assert_eq!(joined("", "../b.py"), "../b.py");
    }
}
