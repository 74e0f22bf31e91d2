//! What is wrong with files: names that nothing has, and code that no parser takes.
//!
//! Only what is sure is called a problem: a plain name or an import that resolves to nothing. A member of a value whose type
//! is not known may well be there; such references are counted, not listed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arc_extract::{ChangeKind, FileFacts, module_words};
use arc_graph::{Direction, EdgeKind, GraphRead, NodeId};
use arc_store::GraphFile;
use schemars::JsonSchema;
use serde::Serialize;

use crate::ask::{AskError, ask_related};
use crate::cached_facts::decode;
use crate::change_report::{ChangeReport, DiffReport, change_reports, diff_report};
use crate::changes::{Changes, Verdict, language_of, names_of_module};
use crate::nearest::nearest_names;
use crate::other_texts::{OtherProject, OtherText};
use crate::read_file::read_source;

/// Files whose values are followed for a change that is not written.
const MAX_NEAR: usize = 64;

/// Names of one report that are looked for in the project.
const MAX_LOOKED_UP: usize = 50;

/// What is wrong with some files.
#[derive(Debug, Default, JsonSchema, Serialize)]
pub struct CheckReport {
    schema: &'static str,
    /// The files that were looked at.
    files: Vec<String>,
    problems: Vec<Problem>,
    unknown: CheckUnknown,
    total: usize,
    truncated: bool,
    /// What was compared; only for a patch.
    #[serde(skip_serializing_if = "Option::is_none")]
    diff: Option<DiffReport>,
    /// What a patch does to each definition, what breaks first; only for a patch.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<ChangeReport>>,
}

/// Something that is wrong with a file.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Problem {
    /// The file.
    pub path: String,
    /// From 1.
    pub line: u32,
    /// `unresolved`: a plain name that nothing has. `import`: an import of something that is not there. `syntax`: parts of
    /// the file are no code of its language.
    pub kind: &'static str,
    /// The name; empty for syntax.
    pub name: String,
    /// The line, quoted from the file.
    pub text: String,
    /// What the project has instead of the name, nearest first; only where it was looked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nearest: Vec<String>,
}

#[derive(Debug, Default, JsonSchema, Serialize)]
struct CheckUnknown {
    /// References through values whose type is not known: they may resolve or not.
    members: usize,
    /// Files that import everything of something outside: any name may come from there.
    open_files: Vec<String>,
    /// Files in no language that is understood.
    unread_files: Vec<String>,
    /// Files of a change that is not written, in a project too large to be resolved with it: only their syntax was looked at.
    unresolved_files: Vec<String>,
}

/// Looks for what is wrong with files of the graph.
///
/// # Errors
/// When the graph cannot be read.
pub fn check_files(
    graph: &GraphFile,
    root: &Path,
    paths: &BTreeSet<String>,
) -> Result<CheckReport, AskError> {
    let mut report = CheckReport::empty();
    for path in paths {
        report.files.push(path.clone());
        check_file(graph, root, path, &mut report)?;
    }
    report.total = report.problems.len();
    Ok(report)
}

/// Looks for what is wrong with the texts of a change, whether they are written or not: names are looked up in the project
/// as it would be with all of it.
///
/// # Errors
/// When the graph cannot be read.
pub fn check_changes(graph: &GraphFile, changes: &Changes) -> Result<CheckReport, AskError> {
    let mut report = CheckReport::empty();
    let mut others: BTreeMap<String, Option<OtherText>> = BTreeMap::new();
    others.extend(changes.gone.iter().map(|path| (path.clone(), None)));
    for file in &changes.texts {
        let stored = graph.file(&file.path)?.and_then(|file| file.row.language);
        let language = stored.or_else(|| language_of(&file.path, &file.new));
        let said = language.map(|language| {
            let facts = file.now(&language).facts().clone();
            (language, facts)
        });
        others.insert(file.path.clone(), Some(said));
    }
    let languages: BTreeMap<String, Option<String>> = others
        .iter()
        .filter_map(|(path, other)| {
            let said = other.as_ref()?.as_ref();
            Some((path.clone(), said.map(|(language, _)| language.clone())))
        })
        .collect();
    let is_code = languages.values().any(Option::is_some);
    let project = if is_code {
        OtherProject::new(graph, others)?
    } else {
        None
    };
    let Some(project) = project else {
        report.add_texts(changes, &languages, &BTreeMap::new());
        return Ok(report);
    };
    let positions: Vec<usize> = changes
        .texts
        .iter()
        .filter_map(|file| project.position(&file.path))
        .collect();
    let open = |near: Option<&BTreeSet<usize>>| {
        let open = project.facts.open_references(&positions, near).into_iter();
        let paths = positions.iter().map(|at| &*project.rows[*at].path);
        paths.zip(open).collect::<Open<'_>>()
    };
    // To follow every value through a large project takes seconds, and what is wrong with names hardly ever depends on it.
    let near = files_near(graph, &project, &positions, changes, &languages)?;
    report.add_texts(changes, &languages, &open(Some(&near)));
    for problem in &report.problems {
        if may_be_there(graph, &project, problem)? {
            let mut report = CheckReport::empty();
            report.add_texts(changes, &languages, &open(None));
            return Ok(report);
        }
    }
    Ok(report)
}

/// Lines and names of open references by the paths of their files.
type Open<'p> = BTreeMap<&'p str, Vec<(u32, String)>>;

/// The files of a change with those that they lead to: what values come from in nearly all cases.
fn files_near(
    graph: &GraphFile,
    project: &OtherProject,
    positions: &[usize],
    changes: &Changes,
    languages: &BTreeMap<String, Option<String>>,
) -> Result<BTreeSet<usize>, AskError> {
    let mut words: BTreeSet<String> = BTreeSet::new();
    let mut near: BTreeSet<usize> = BTreeSet::new();
    for file in &changes.texts {
        if let Some(Some(language)) = languages.get(&file.path) {
            let read = file.now(language);
            let facts = read.facts();
            for import in &facts.imports {
                let parts = module_words(facts.text(import.module)).map(str::to_owned);
                words.extend(parts.chain([facts.text(import.name).to_owned()]));
            }
        }
        near.extend(project.led_to(graph, &file.path)?);
    }
    let is_named = |path: &str| names_of_module(path).any(|word| words.contains(word));
    let named = project.rows.iter().enumerate();
    near.extend(
        named
            .filter(|(_, row)| is_named(&row.path))
            .map(|(at, _)| at),
    );
    let mut near: BTreeSet<usize> = near.into_iter().take(MAX_NEAR).collect();
    near.extend(positions);
    Ok(near)
}

/// Whether the project has something of the name of a problem: then only values that are followed everywhere tell whether it is meant.
fn may_be_there(
    graph: &GraphFile,
    project: &OtherProject,
    problem: &Problem,
) -> Result<bool, AskError> {
    if problem.kind == "syntax" {
        return Ok(false);
    }
    let words = || module_words(&problem.name).filter(|word| !word.is_empty());
    for word in words() {
        let named = graph.nodes(&graph.by_name(word)?)?;
        if named.iter().any(|node| node.path.is_some()) {
            return Ok(true);
        }
    }
    let is_named = |path: &str| names_of_module(path).any(|own| words().any(|word| word == own));
    Ok(project.rows.iter().any(|row| is_named(&row.path)))
}

impl CheckReport {
    fn empty() -> CheckReport {
        CheckReport {
            schema: "arc.check/1",
            ..CheckReport::default()
        }
    }

    /// Adds what is wrong with the texts of a change; without an entry in `open` only with their syntax.
    fn add_texts(
        &mut self,
        changes: &Changes,
        languages: &BTreeMap<String, Option<String>>,
        open: &Open<'_>,
    ) {
        for file in &changes.texts {
            self.files.push(file.path.clone());
            let Some(Some(language)) = languages.get(&file.path) else {
                self.unknown.unread_files.push(file.path.clone());
                continue;
            };
            let own = open.get(file.path.as_str());
            if own.is_none() {
                self.unknown.unresolved_files.push(file.path.clone());
            }
            let read = file.now(language);
            let own = own.cloned().unwrap_or_default();
            self.add(&file.path, &file.new, read.facts(), own);
        }
        self.total = self.problems.len();
    }

    /// Adds what is wrong with a file, of which some references are open: their lines and names.
    fn add(&mut self, path: &str, text: &str, facts: &FileFacts, open: Vec<(u32, String)>) {
        let lines: Vec<&str> = text.lines().collect();
        let quoted = |line: u32| {
            let line = lines.get(line.max(1) as usize - 1).copied().unwrap_or("");
            line.trim().chars().take(200).collect::<String>()
        };
        if facts.error_bytes > 0 {
            self.problems.push(Problem {
                path: path.to_owned(),
                line: 1,
                kind: "syntax",
                name: String::new(),
                text: format!("{} bytes are inside syntax errors", facts.error_bytes),
                nearest: Vec::new(),
            });
        }
        let is_open = facts.imports_everything();
        if is_open {
            self.unknown.open_files.push(path.to_owned());
        }
        let known = Known::of(facts);
        let mut found: BTreeMap<(u32, String), &'static str> = BTreeMap::new();
        for (number, name) in open {
            let line = quoted(number);
            let is_imported = known.imported.contains(name.as_str());
            if known.import_lines.contains(&number) || (is_imported && is_plain(&line, &name)) {
                found.insert((number, name), "import");
            } else if !is_open && !known.names.contains(name.as_str()) && is_plain(&line, &name) {
                found.insert((number, name), "unresolved");
            } else {
                self.unknown.members += 1;
            }
        }
        let problems = found.into_iter().map(|((line, name), kind)| Problem {
            path: path.to_owned(),
            line,
            kind,
            name,
            text: quoted(line),
            nearest: Vec::new(),
        });
        self.problems.extend(problems);
    }

    /// The report with what a patch does.
    #[must_use]
    pub fn with_changes(mut self, changes: &Changes) -> CheckReport {
        let mut sorted = changes.clone();
        sorted.changes.sort_by_key(|change| change.verdict);
        self.diff = Some(diff_report(&sorted));
        self.changes = Some(change_reports(&sorted));
        self
    }

    /// The report with what the project has instead of the names that nothing has.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn with_nearest(mut self, graph: &GraphFile) -> Result<CheckReport, AskError> {
        let mut known: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for problem in &mut self.problems {
            if problem.kind == "syntax" {
                continue;
            }
            if !known.contains_key(&problem.name) && known.len() < MAX_LOOKED_UP {
                known.insert(problem.name.clone(), nearest_names(graph, &problem.name)?);
            }
            problem.nearest = known.get(&problem.name).cloned().unwrap_or_default();
        }
        Ok(self)
    }

    /// The report without the first `count` problems.
    #[must_use]
    pub fn after(mut self, count: usize) -> CheckReport {
        self.problems.drain(..count.min(self.problems.len()));
        self
    }

    /// The report with at most `count` problems.
    #[must_use]
    pub fn up_to(mut self, count: usize) -> CheckReport {
        self.truncated |= self.problems.len() > count;
        self.problems.truncate(count);
        self
    }

    /// How many problems there are.
    #[must_use]
    pub fn total(&self) -> usize {
        self.total
    }

    /// The problems, in the order of files and lines.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// References that may resolve or not.
    #[must_use]
    pub fn uncertain(&self) -> usize {
        self.unknown.members
    }
}

/// Marks what a change that is not written yet would break: sure references, from files that it does not touch, to what it
/// removes or renames. What is written already leads nowhere, and was judged by that.
///
/// # Errors
/// When the graph cannot be read.
pub fn mark_unwritten(graph: &GraphFile, changes: &mut Changes) -> Result<(), AskError> {
    const SURE: f64 = 0.85;
    let kinds = [
        EdgeKind::Imports,
        EdgeKind::Calls,
        EdgeKind::References,
        EdgeKind::Inherits,
        EdgeKind::Reads,
        EdgeKind::Writes,
    ];
    let touched: BTreeSet<String> = changes.changes.iter().map(|own| own.path.clone()).collect();
    for change in &mut changes.changes {
        if !matches!(change.kind, ChangeKind::Removed | ChangeKind::Renamed) {
            continue;
        }
        let path = change.old_path.as_ref().unwrap_or(&change.path);
        let Some(file) = graph.file(path)? else {
            continue;
        };
        let found = match (&change.old_symbol, &change.symbol) {
            (Some(old), _) => graph.by_scope_name(file.id, old)?,
            (None, Some(symbol)) => graph.by_qualified_name(symbol)?,
            (None, None) => Vec::new(),
        };
        let mut sites = BTreeSet::new();
        for node in graph.nodes(&found)? {
            for user in ask_related(graph, &[&node], &kinds, &[Direction::Dependents])? {
                let is_outside = user.node.path.is_some_and(|path| !touched.contains(&path));
                if user.confidence >= SURE && is_outside {
                    sites.extend(user.at);
                }
            }
        }
        if !sites.is_empty() {
            change.verdict = Verdict::Breaking;
            change.note = format!("referred to in {} places that stay", sites.len());
            change.sites = sites.into_iter().collect();
        }
    }
    Ok(())
}

fn check_file(
    graph: &GraphFile,
    root: &Path,
    path: &str,
    report: &mut CheckReport,
) -> Result<(), AskError> {
    let missing = || AskError::NotFound {
        target: path.to_owned(),
        nearest: Vec::new(),
    };
    let file = graph.file(path)?.ok_or_else(missing)?;
    let Some(bytes) = graph.facts(file.id)? else {
        report.unknown.unread_files.push(path.to_owned());
        return Ok(());
    };
    let facts = decode(graph.path(), &bytes).map_err(|_| AskError::Vanished)?;
    // A file that cannot be read now was readable when the graph was made; its lines are not quoted.
    let text = read_source(&root.join(path)).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let mut sources: Vec<NodeId> = vec![file.id];
    sources.extend(graph.symbols_in(file.id)?);
    let mut open = Vec::new();
    for source in sources {
        let found = graph.unresolved_in(source)?.into_iter();
        open.extend(found.map(|open| (open.line, open.name)));
    }
    report.add(path, &text, &facts, open);
    Ok(())
}

/// What a file itself gives names to.
struct Known<'a> {
    names: BTreeSet<&'a str>,
    /// Those that only imports give.
    imported: BTreeSet<&'a str>,
    import_lines: BTreeSet<u32>,
}

impl Known<'_> {
    fn of(facts: &FileFacts) -> Known<'_> {
        let import_lines: BTreeSet<u32> = facts.import_lines().collect();
        let mut names: BTreeSet<&str> = BTreeSet::new();
        let mut imported: BTreeSet<&str> = BTreeSet::new();
        for binding in &facts.bindings {
            let name = facts.text(binding.name);
            if import_lines.contains(&binding.line) {
                imported.insert(name);
            } else {
                names.insert(name);
            }
        }
        for symbol in &facts.symbols {
            names.insert(facts.text(symbol.name));
            names.extend(symbol.params.iter().map(|param| facts.text(param.name)));
            names.extend(
                symbol
                    .type_params
                    .iter()
                    .map(|param| facts.text(param.name)),
            );
        }
        imported.retain(|name| !names.contains(name));
        names.extend(&imported);
        Known {
            names,
            imported,
            import_lines,
        }
    }
}

/// Whether a name stands in a line as a word of its own, and never as the member of something.
fn is_plain(line: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let mut is_there = false;
    for (at, _) in line.match_indices(name) {
        let (before, after) = (&line[..at], &line[at + name.len()..]);
        if before.ends_with(is_part) || after.starts_with(is_part) {
            continue;
        }
        let before = before.trim_end();
        if before.ends_with(['.', ':', '>', '@', '"', '\'']) {
            return false;
        }
        // A named argument or a key is looked up elsewhere.
        let after = after.trim_start();
        if (after.starts_with('=') && !after.starts_with("==")) || after.starts_with(':') {
            return false;
        }
        is_there = true;
    }
    is_there
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn a_plain_name_is_no_member_and_no_key() {
        for (line, is_name) in [
            ("load(x)", true),
            ("return load", true),
            ("a.load(x)", false),
            ("reload(x)", false),
            ("load_all(x)", false),
            ("a->load(x)", false),
            ("f(load=1)", false),
            ("x == load", true),
            ("{load: 1}", false),
            ("@load", false),
            ("a.load(load)", false),
        ] {
            assert_eq!(is_plain(line, "load"), is_name, "{line}");
        }
    }
}
