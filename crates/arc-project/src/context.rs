//! One symbol or file all round: what it says, who uses it, what it uses, which tests run it, who changed it last.

use std::path::Path;

use arc_graph::{Direction, EdgeKind, GraphRead, NodeKind, NodeRecord};
use arc_impact::{ImpactOptions, Impacted, Question, impact};
use arc_store::GraphFile;

use crate::ask::{AskError, Related, ask_related};
use crate::cached_facts::texts;
use crate::coverage::put_first;
use crate::lead::lead;
use crate::read_file::read_source;
use crate::signals::StoredSignals;
use crate::stamp::is_as_stored;
use crate::target::{Target, stable_id, with_other_places};

/// Lines in which a signature must end.
const MAX_SIGNATURE: usize = 12;
/// Bytes of one quoted line.
const MAX_LINE: usize = 400;

/// How much to tell.
#[derive(Clone, Copy, Debug)]
pub struct ContextOptions {
    /// Lines of source; 0 for none.
    pub lines: usize,
    /// Tests.
    pub tests: usize,
}

/// Some lines of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The lines, each with its end.
    pub text: String,
    /// The first of them, from 1.
    pub first: u32,
    /// The last of them.
    pub last: u32,
    /// The definition goes on.
    pub is_cut: bool,
    /// The file is not as the graph has it: the lines may be others.
    pub is_stale: bool,
}

/// Who changed a file last, and how often it was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastTouch {
    /// Commits that changed the file.
    pub commits: u32,
    /// The newest of them, as 40 hexadecimal digits.
    pub commit: String,
    /// Committed, seconds since 1970.
    pub time: i64,
    /// The name of its author.
    pub author: String,
    /// First line of its message.
    pub subject: String,
}

/// Everything around a target.
#[derive(Clone, Debug)]
pub struct ContextAnswer {
    /// What was asked about.
    pub target: Target,
    /// A target that finds it again.
    pub id: String,
    /// The definition up to its body.
    pub signature: Option<String>,
    /// Its documentation, as far as the graph keeps it.
    pub doc: Option<String>,
    /// Its source.
    pub source: Option<Excerpt>,
    /// What uses it.
    pub dependents: Vec<Related>,
    /// What it uses; what lies in the project first.
    pub dependencies: Vec<Related>,
    /// What it contains.
    pub members: Vec<NodeRecord>,
    /// Tests that reach it, best first.
    pub tests: Vec<Impacted>,
    /// How many tests reach it; at least so many when `is_partial`.
    pub total_tests: usize,
    /// There may be more tests.
    pub is_partial: bool,
    /// References in it that could not be tied to a definition.
    pub unresolved: usize,
    /// References by its name that could not be tied to a definition.
    pub unresolved_to: usize,
    /// Who changed its file last; `None` without history.
    pub last_touch: Option<LastTouch>,
}

/// Tells everything around a target.
///
/// # Errors
/// When the graph cannot be read.
pub fn ask_context(
    graph: &GraphFile,
    root: &Path,
    target: Target,
    options: &ContextOptions,
) -> Result<ContextAnswer, AskError> {
    let node = &target.node;
    let kinds: Vec<EdgeKind> = EdgeKind::ALL
        .iter()
        .copied()
        .filter(|kind| *kind != EdgeKind::Contains)
        .collect();
    let targets = with_other_places(graph, vec![target.clone()])?;
    let nodes: Vec<_> = targets.iter().map(|target| &target.node).collect();
    let dependents = ask_related(graph, &nodes, &kinds, &[Direction::Dependents])?;
    let mut dependencies = ask_related(graph, &nodes, &kinds, &[Direction::Dependencies])?;
    dependencies.sort_by_key(|related| related.node.path.is_none());
    let members: Vec<_> = graph.members(node.id)?;
    let members = graph.nodes(&members.iter().map(|member| member.id).collect::<Vec<_>>())?;
    let tests = tests(graph, &targets, options.tests)?;
    let lines = Lines::of(graph, root, node)?;
    Ok(ContextAnswer {
        id: stable_id(graph, node)?,
        signature: lines.as_ref().and_then(|lines| lines.signature(node)),
        doc: doc(graph, node)?,
        source: lines.and_then(|lines| lines.excerpt(node, options.lines)),
        dependents,
        dependencies,
        members,
        total_tests: tests.1,
        is_partial: tests.2,
        tests: tests.0,
        unresolved: graph.unresolved_in(node.id)?.len(),
        unresolved_to: graph.unresolved_named(&node.name)?.len(),
        last_touch: last_touch(graph, node)?,
        target,
    })
}

fn tests(
    graph: &GraphFile,
    targets: &[Target],
    limit: usize,
) -> Result<(Vec<Impacted>, usize, bool), AskError> {
    if limit == 0 {
        return Ok((Vec::new(), 0, true));
    }
    let options = ImpactOptions {
        question: Question::Breaks,
        limit,
        ..ImpactOptions::default()
    };
    let ids: Vec<_> = targets.iter().map(|target| target.node.id).collect();
    let mut found = impact(graph, &StoredSignals { graph }, &ids, &options)?;
    put_first(graph, targets, limit, &mut found)?;
    Ok((found.tests, found.total_tests, found.is_partial))
}

/// The documentation of a definition, from the facts of its file.
fn doc(graph: &GraphFile, node: &NodeRecord) -> Result<Option<String>, AskError> {
    let Some(file) = node.file else {
        return Ok(None);
    };
    let bytes = graph.facts(file)?;
    let unreadable = |_| AskError::Vanished;
    let docs = texts(graph.path(), bytes.clone()).map_err(unreadable)?;
    let Some(bytes) = bytes.filter(|_| !docs.is_empty()) else {
        return Ok(None);
    };
    let facts = crate::cached_facts::decode(graph.path(), &bytes).map_err(unreadable)?;
    let is_it = |symbol: &arc_extract::SymbolFact| {
        if node.kind == NodeKind::File {
            symbol.kind == NodeKind::File.number()
        } else {
            symbol.line == node.line
                && symbol.kind == node.kind.number()
                && facts.text(symbol.name) == node.name
        }
    };
    let found = docs
        .into_iter()
        .find(|doc| facts.symbols.get(doc.symbol.index()).is_some_and(is_it));
    Ok(found.map(|doc| doc.text))
}

pub(crate) fn last_touch(
    graph: &GraphFile,
    node: &NodeRecord,
) -> Result<Option<LastTouch>, AskError> {
    let Some(path) = &node.path else {
        return Ok(None);
    };
    let Some((commits, hash)) = graph.newest_touch(path)? else {
        return Ok(None);
    };
    Ok(graph.commit(&hash)?.map(|record| LastTouch {
        commits,
        commit: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        time: record.time,
        author: record.author,
        subject: record.subject,
    }))
}

/// The text of a file on disk.
struct Lines {
    text: String,
    is_stale: bool,
}

impl Lines {
    /// `None` for what has no text.
    fn of(graph: &GraphFile, root: &Path, node: &NodeRecord) -> Result<Option<Lines>, AskError> {
        let Some(path) = &node.path else {
            return Ok(None);
        };
        let Some(file) = graph.file(path)? else {
            return Ok(None);
        };
        let place = root.join(path);
        // A folder may be a link that leads out of the project.
        if !is_inside(root, &place) {
            return Ok(None);
        }
        Ok(read_source(&place).ok().map(|bytes| Lines {
            text: String::from_utf8_lossy(&bytes).into_owned(),
            is_stale: !is_as_stored(&place, &file.row.stamp),
        }))
    }

    fn from(&self, first: u32) -> impl Iterator<Item = &str> {
        self.text.lines().skip(first.max(1) as usize - 1)
    }

    /// The lines of a definition up to the one where its head ends.
    fn signature(&self, node: &NodeRecord) -> Option<String> {
        if !node.kind.has_head() || self.is_stale {
            return None;
        }
        let count = (node.end_line.saturating_sub(node.line) as usize + 1).min(MAX_SIGNATURE);
        let mut depth = 0i32;
        let mut head: Vec<&str> = self.conditions(node);
        for line in self.from(node.line).take(count) {
            let line = line.trim();
            depth += balance(line);
            head.push(cut(line));
            if depth <= 0 || line.ends_with('{') {
                break;
            }
        }
        let head = head.join(" ");
        let head = head.trim_end_matches('{').trim_end();
        (!head.is_empty()).then(|| head.to_owned())
    }

    /// What says when a definition of Rust is there at all: its attributes `cfg`, which stand above it among others. Of
    /// alternatives that share a name they tell which is which.
    fn conditions(&self, node: &NodeRecord) -> Vec<&str> {
        if !node.path.as_ref().is_some_and(|path| path.ends_with(".rs")) {
            return Vec::new();
        }
        let above: Vec<&str> = self
            .text
            .lines()
            .take(node.line.max(1) as usize - 1)
            .collect();
        let lead = above.iter().rev().map(|line| line.trim());
        let lead = lead.take_while(|line| line.starts_with("#[") || line.starts_with("//"));
        let is_condition = |line: &&str| line.starts_with("#[cfg(") && line.ends_with(']');
        let mut conditions: Vec<&str> = lead.filter(is_condition).map(cut).collect();
        conditions.reverse();
        conditions
    }

    fn excerpt(&self, node: &NodeRecord, limit: usize) -> Option<Excerpt> {
        if limit == 0 || node.kind == NodeKind::File || node.line == 0 {
            return None;
        }
        let lines: Vec<&str> = self.text.lines().take(node.line as usize).collect();
        // Its documentation has a place of its own.
        let (first, _) = lead(&lines, node.line);
        let whole = node.end_line.saturating_sub(first) as usize + 1;
        let mut text = String::new();
        let mut count = 0;
        for line in self.from(first).take(whole.min(limit)) {
            text.push_str(cut(line));
            text.push('\n');
            count += 1;
        }
        (count > 0).then(|| Excerpt {
            text,
            first,
            last: first + count - 1,
            is_cut: whole > count as usize,
            is_stale: self.is_stale,
        })
    }
}

/// Brackets that a line opens and does not close.
fn balance(line: &str) -> i32 {
    line.chars().fold(0, |depth, letter| match letter {
        '(' | '[' | '<' => depth + 1,
        ')' | ']' => depth - 1,
        // An arrow closes nothing.
        '>' if !line.contains("->") && !line.contains("=>") => depth - 1,
        _ => depth,
    })
}

fn cut(line: &str) -> &str {
    let mut end = line.len().min(MAX_LINE);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    &line[..end]
}

fn is_inside(root: &Path, place: &Path) -> bool {
    match (root.canonicalize(), place.canonicalize()) {
        (Ok(root), Ok(place)) => place.starts_with(root),
        (Ok(_) | Err(_), _) => false,
    }
}
