//! The part of a project that somebody needs who is to change something: its code, what it uses, who uses it, its neighbours, its
//! tests and what changes along, as far as a budget of tokens goes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arc_graph::{Direction, EdgeKind, GraphRead, NodeId, NodeKind, NodeRecord};
use arc_impact::{ImpactOptions, Impacted, Question, Unit, impact};
use arc_store::{FeedbackVerdict, GraphFile};

use crate::ask::{AskError, ask_related};
use crate::context::last_touch;
use crate::conventions::{Convention, conventions};
use crate::lead::lead;
use crate::read_file::source_text;
use crate::signals::StoredSignals;
use crate::slice_trail::{SliceReason, trail};
use crate::target::{Target, with_other_places};

/// Letters of a token, as a rule of thumb.
const LETTERS: usize = 4;
/// Tokens of the line that tells where a part stands.
const HEAD: usize = 12;
/// Lines of a definition that is shown whole beside the target; of a longer one its head is.
const MAX_WHOLE: usize = 40;
/// Lines of a head.
const MAX_HEAD: usize = 12;
/// Lines around a place where something is used.
const AROUND: u32 = 2;
/// Nodes that the walk for users may settle.
const WALK: usize = 2_000;
/// Rows of each list that are looked at.
const MAX_ROWS: usize = 24;
/// Tests that are shown.
const MAX_TESTS: usize = 6;
/// Files that change along, of which the heads of all definitions are shown.
const MAX_ALONG: usize = 3;
/// Common commits from which on files change along: once is how a project begins.
const OFTEN: u32 = 2;
/// Part of the budget that the code of the targets may take.
const OWN: usize = 2;
/// Incidents that are told.
const MAX_INCIDENTS: usize = 5;
/// Letters of an incident that are told.
const MAX_TOLD: usize = 160;
/// Part of the budget that the heads beside a target may take.
const BESIDE: usize = 4;

/// Why lines are in a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SliceRole {
    /// They are what was asked for.
    Target,
    /// The target uses them.
    Used,
    /// They use the target.
    User,
    /// They stand beside the target.
    Neighbour,
    /// They test it.
    Test,
    /// They often change with it.
    Along,
}

impl SliceRole {
    /// The name used in output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            SliceRole::Target => "target",
            SliceRole::Used => "used",
            SliceRole::User => "user",
            SliceRole::Neighbour => "neighbour",
            SliceRole::Test => "test",
            SliceRole::Along => "along",
        }
    }
}

/// Lines of one file in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlicePart {
    /// The file.
    pub path: String,
    /// The first line, from 1.
    pub first: u32,
    /// The last line.
    pub last: u32,
    /// The strongest reason why they are here.
    pub role: SliceRole,
    /// The lines, each with its end.
    pub text: String,
}

/// A definition of which a slice shows the head at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SliceDefinition {
    /// The file.
    pub path: String,
    /// Its qualified name.
    pub name: String,
    /// Its first line.
    pub line: u32,
    /// All of its lines are there.
    pub is_whole: bool,
}

/// Something that went wrong where a target is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SliceIncident {
    /// What became of it: `repaired`, `taken back` (by a commit), `rejected` or `failed` (a change that a model made), `healed`, or
    /// `undone` where that was taken back (a fault that `arc heal` repaired).
    pub kind: &'static str,
    /// The ten first digits of the commit, or the session.
    pub about: String,
    /// The file.
    pub path: String,
    /// The subject of the commit, why the change failed, or the fault and the rule that repaired it.
    pub text: String,
}

/// A part of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slice {
    /// The files of the targets first, then by their paths; within a file in the order of the lines.
    pub parts: Vec<SlicePart>,
    /// The definitions in it.
    pub definitions: Vec<SliceDefinition>,
    /// About how many tokens it has.
    pub tokens: usize,
    /// About how many the files have that it takes lines from.
    pub whole_files: usize,
    /// Definitions and places that had no room.
    pub left_out: usize,
    /// The commit that changed the file of the first target last: its ten first digits and its subject.
    pub last_touch: Option<String>,
    /// What went wrong in the files of the targets before, newest first.
    pub incidents: Vec<SliceIncident>,
    /// What was decided about the targets, and by which changes they came to be as they are.
    pub trail: Vec<SliceReason>,
    /// What the code around the targets agrees on.
    pub conventions: Vec<Convention>,
}

/// The slice of some targets within `budget` tokens.
///
/// # Errors
/// When the graph cannot be read. Files that cannot be read are left out.
pub fn ask_slice(
    graph: &GraphFile,
    root: &Path,
    targets: &[Target],
    budget: usize,
) -> Result<Slice, AskError> {
    let mut picker = Picker {
        graph,
        root,
        texts: BTreeMap::new(),
        chosen: BTreeMap::new(),
        room: budget,
        left_out: 0,
    };
    let targets = with_other_places(graph, targets.to_vec())?;
    let nodes: Vec<&NodeRecord> = targets.iter().map(|target| &target.node).collect();
    let mut beside = Beside {
        incidents: incidents(graph, &nodes)?,
        trail: trail(graph, &nodes)?,
        conventions: conventions(graph, root, &nodes)?,
    };
    beside.keep_within(budget / BESIDE);
    let told = beside.tokens();
    picker.room -= told;
    for node in &nodes {
        picker.own(node, budget / OWN)?;
    }
    for node in &nodes {
        picker.beside(node, budget / BESIDE)?;
    }
    picker.used(&nodes)?;
    picker.users(&nodes)?;
    for node in &nodes {
        picker.neighbours(node)?;
    }
    picker.along(&nodes)?;
    let mut slice = picker.slice(&nodes)?;
    slice.tokens += told;
    slice.incidents = beside.incidents;
    slice.trail = beside.trail;
    slice.conventions = beside.conventions;
    if let Some(first) = nodes.first() {
        slice.last_touch = last_touch(graph, first)?
            .map(|touch| format!("{} {}", &touch.commit[..10], touch.subject));
    }
    Ok(slice)
}

/// What went wrong in the files of some nodes: commits that repaired or took back something, and changes of models that failed or
/// that people took back.
fn incidents(graph: &GraphFile, nodes: &[&NodeRecord]) -> Result<Vec<SliceIncident>, AskError> {
    let paths: BTreeSet<&str> = nodes
        .iter()
        .filter_map(|node| node.path.as_deref())
        .collect();
    let mut found: Vec<(i64, SliceIncident)> = Vec::new();
    for path in &paths {
        for commit in graph.incidents(path, i64::MIN, MAX_INCIDENTS)? {
            let digits = commit.hash[..5].iter().map(|byte| format!("{byte:02x}"));
            let incident = SliceIncident {
                kind: if commit.is_revert {
                    "taken back"
                } else {
                    "repaired"
                },
                about: digits.collect(),
                path: (*path).to_owned(),
                text: shortened(&commit.subject),
            };
            found.push((commit.time, incident));
        }
        for row in graph.mended(Some(path))? {
            let incident = SliceIncident {
                kind: if row.is_undone { "undone" } else { "healed" },
                about: row.session().to_owned(),
                path: (*path).to_owned(),
                text: shortened(&format!("{}: {}; {}", row.class, row.message, row.rule)),
            };
            found.push((row.time, incident));
        }
    }
    for row in graph.feedback()? {
        let kind = match row.verdict {
            FeedbackVerdict::Rejected => "rejected",
            FeedbackVerdict::Failed => "failed",
            FeedbackVerdict::Accepted | FeedbackVerdict::Silenced => continue,
        };
        if paths.contains(&*row.path) {
            let incident = SliceIncident {
                kind,
                about: row.about,
                path: row.path,
                text: shortened(&row.text),
            };
            found.push((row.time, incident));
        }
    }
    found.sort_by(|one, other| (other.0, &one.1.about).cmp(&(one.0, &other.1.about)));
    found.truncate(MAX_INCIDENTS);
    Ok(found.into_iter().map(|(_, incident)| incident).collect())
}

fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    line.chars().take(MAX_TOLD).collect()
}

/// What is told beside code.
struct Beside {
    incidents: Vec<SliceIncident>,
    trail: Vec<SliceReason>,
    conventions: Vec<Convention>,
}

impl Beside {
    fn tokens(&self) -> usize {
        let line = |text: &str, head: usize| text.len().div_ceil(LETTERS) + head;
        let incidents = self.incidents.iter().map(|own| line(&own.text, HEAD));
        let trail = self.trail.iter().map(|own| line(&own.text, HEAD));
        let places = |own: &Convention| own.at.iter().map(|at| line(at, 0)).sum::<usize>();
        let conventions = self.conventions.iter();
        let conventions = conventions.map(|own| line(&own.text, 0) + places(own));
        incidents.chain(trail).chain(conventions).sum()
    }

    /// Where there is hardly room for code they are left out: what the code shows itself first.
    fn keep_within(&mut self, most: usize) {
        if self.tokens() > most {
            self.conventions.clear();
        }
        if self.tokens() > most {
            self.trail.clear();
        }
        if self.tokens() > most {
            self.incidents.clear();
        }
    }
}

struct Picker<'a> {
    graph: &'a GraphFile,
    root: &'a Path,
    /// Files by their lines; nothing for what cannot be read.
    texts: BTreeMap<String, Vec<String>>,
    /// The chosen lines of each file.
    chosen: BTreeMap<String, BTreeMap<u32, SliceRole>>,
    /// Tokens that are left.
    room: usize,
    left_out: usize,
}

impl Picker<'_> {
    fn lines(&mut self, path: &str) -> &[String] {
        let root = self.root;
        self.texts.entry(path.to_owned()).or_insert_with(|| {
            let text = source_text(root, path).unwrap_or_default();
            text.lines().map(str::to_owned).collect()
        })
    }

    /// Takes lines if there is room for all of them.
    fn take(&mut self, path: &str, (first, last): (u32, u32), role: SliceRole) -> bool {
        let known = self.chosen.get(path).cloned().unwrap_or_default();
        let lines = self.lines(path);
        let last = last.min(u32::try_from(lines.len()).unwrap_or(u32::MAX));
        let new: Vec<u32> = (first.max(1)..=last)
            .filter(|line| !known.contains_key(line))
            .collect();
        let letters: usize = new
            .iter()
            .map(|line| lines[*line as usize - 1].len() + 1)
            .sum();
        let is_beside = |line: u32| {
            known.contains_key(&(line + 1)) || known.contains_key(&line.saturating_sub(1))
        };
        if let Some(chosen) = self.chosen.get_mut(path) {
            let own = chosen.range_mut(first.max(1)..=last.max(first).max(1));
            own.for_each(|(_, known)| *known = role.min(*known));
        }
        let head = match new.first() {
            None => return true,
            Some(line) if is_beside(*line) => 0,
            Some(_) => HEAD,
        };
        let needed = letters.div_ceil(LETTERS) + head;
        if needed > self.room {
            self.left_out += 1;
            return false;
        }
        self.room -= needed;
        let chosen = self.chosen.entry(path.to_owned()).or_default();
        chosen.extend(new.into_iter().map(|line| (line, role)));
        true
    }

    /// Takes a definition: all of it when it is short, else its head.
    fn definition(&mut self, node: &NodeRecord, role: SliceRole) -> bool {
        let Some(path) = node.path.clone().filter(|_| node.line > 0) else {
            return true;
        };
        let count = node.end_line.saturating_sub(node.line) as usize + 1;
        let (first, _) = lead(self.lines(&path), node.line);
        if count <= MAX_WHOLE && self.take(&path, (first, node.end_line), role) {
            return true;
        }
        self.head(node, role)
    }

    /// Takes the lines up to the one where the head of a definition ends.
    fn head(&mut self, node: &NodeRecord, role: SliceRole) -> bool {
        let Some(path) = node.path.clone().filter(|_| node.line > 0) else {
            return true;
        };
        let lines = self.lines(&path);
        let (first, _) = lead(lines, node.line);
        let all = lines.iter().skip(node.line as usize - 1).take(MAX_HEAD);
        let mut last = node.line;
        let mut depth = 0i32;
        for (at, line) in (node.line..=node.end_line.max(node.line)).zip(all) {
            last = at;
            depth += line.chars().fold(0, |depth, letter| match letter {
                '(' | '[' => depth + 1,
                ')' | ']' => depth - 1,
                _ => depth,
            });
            let line = line.trim_end();
            if depth <= 0 && (line.ends_with([':', '{', ';', ',']) || line.ends_with("=>")) {
                break;
            }
            if depth <= 0 && at > node.line {
                break;
            }
        }
        self.take(&path, (first, last), role)
    }

    /// The symbols of a file, in the order of their lines.
    fn symbols(&self, file: NodeId) -> Result<Vec<NodeRecord>, AskError> {
        Ok(self.graph.nodes(&self.graph.symbols_in(file)?)?)
    }

    /// The code of a target; of a file that is too long the heads of what is in it.
    fn own(&mut self, node: &NodeRecord, most: usize) -> Result<(), AskError> {
        let Some(path) = node.path.clone() else {
            return Ok(());
        };
        let (first, last) = if node.kind == NodeKind::File {
            let count = self.lines(&path).len();
            (1, u32::try_from(count).unwrap_or(u32::MAX))
        } else {
            // Who changes it changes what is said of it as well.
            let (_, first) = lead(self.lines(&path), node.line);
            (first, node.end_line)
        };
        let lines = self.lines(&path).iter().skip(first as usize - 1);
        let letters: usize = lines
            .take((last + 1).saturating_sub(first) as usize)
            .map(|line| line.len() + 1)
            .sum();
        if letters / LETTERS <= most && self.take(&path, (first, last), SliceRole::Target) {
            return Ok(());
        }
        self.head(node, SliceRole::Target);
        if let Some(file) = node.file {
            for symbol in self.symbols(file)? {
                if symbol.line >= first && symbol.end_line <= last {
                    self.head(&symbol, SliceRole::Target);
                }
            }
        }
        Ok(())
    }

    /// The heads of what stands around a target and beside it in its file, the nearest first: a change of one function goes on in
    /// the next ones more often than in those that call it.
    fn beside(&mut self, node: &NodeRecord, most: usize) -> Result<(), AskError> {
        let Some(file) = node.file.filter(|_| node.kind != NodeKind::File) else {
            return Ok(());
        };
        let mut others = self.symbols(file)?;
        others.retain(|own| own.id != node.id && own.kind.has_head());
        let away = |own: &NodeRecord| {
            let (before, behind) = (
                node.line.saturating_sub(own.end_line),
                own.line.saturating_sub(node.end_line),
            );
            before.max(behind)
        };
        others.sort_by_key(|own| (away(own), own.line));
        let least = self.room.saturating_sub(most);
        for own in &others {
            if self.room <= least {
                break;
            }
            self.head(own, SliceRole::Neighbour);
        }
        Ok(())
    }

    /// What the targets use in the project.
    fn used(&mut self, nodes: &[&NodeRecord]) -> Result<(), AskError> {
        let kinds = [
            EdgeKind::Calls,
            EdgeKind::Inherits,
            EdgeKind::References,
            EdgeKind::Reads,
            EdgeKind::Writes,
        ];
        let mut all: Vec<&NodeRecord> = nodes.to_vec();
        let mut inner = Vec::new();
        for node in nodes {
            if let Some(file) = node.file {
                let symbols = self.symbols(file)?;
                let is_inside = |symbol: &NodeRecord| {
                    node.kind == NodeKind::File
                        || (symbol.line >= node.line && symbol.end_line <= node.end_line)
                };
                inner.extend(symbols.into_iter().filter(is_inside));
            }
        }
        all.extend(&inner);
        let mut counted: BTreeMap<NodeId, (usize, NodeRecord)> = BTreeMap::new();
        for related in ask_related(self.graph, &all, &kinds, &[Direction::Dependencies])? {
            let node = related.node;
            if node.path.is_some() && node.kind != NodeKind::File {
                counted.entry(node.id).or_insert((0, node)).0 += 1;
            }
        }
        let mut used: Vec<(usize, NodeRecord)> = counted.into_values().collect();
        used.sort_by(|one, other| {
            other
                .0
                .cmp(&one.0)
                .then_with(|| place(&one.1).cmp(&place(&other.1)))
        });
        for (_, node) in used.iter().take(2 * MAX_ROWS) {
            if node.kind == NodeKind::Class {
                self.head(node, SliceRole::Used);
            } else {
                self.definition(node, SliceRole::Used);
            }
        }
        Ok(())
    }

    /// Who uses the targets, most affected first, with the places; and the tests.
    fn users(&mut self, nodes: &[&NodeRecord]) -> Result<(), AskError> {
        let ids: Vec<NodeId> = nodes.iter().map(|node| node.id).collect();
        let options = ImpactOptions {
            by: Unit::Symbol,
            question: Question::Breaks,
            limit: MAX_ROWS,
            budget: WALK,
            ..ImpactOptions::default()
        };
        let signals = StoredSignals { graph: self.graph };
        let found = impact(self.graph, &signals, &ids, &options)?;
        for row in &found.impacted {
            self.user(row, SliceRole::User);
        }
        for row in found.tests.iter().take(MAX_TESTS) {
            self.user(row, SliceRole::Test);
        }
        Ok(())
    }

    fn user(&mut self, row: &Impacted, role: SliceRole) {
        if row.node.kind != NodeKind::File && !self.definition(&row.node, role) {
            return;
        }
        for at in row.reasons.iter().flat_map(|reason| &reason.at).take(2) {
            let place = at.rsplit_once(':');
            let place = place.and_then(|(path, line)| Some((path, line.parse::<u32>().ok()?)));
            if let Some((path, line)) =
                place.filter(|(path, _)| row.node.path.as_deref() == Some(*path))
            {
                self.take(path, (line.saturating_sub(AROUND), line + AROUND), role);
            }
        }
    }

    /// What stands in the same type, else in the same file.
    fn neighbours(&mut self, node: &NodeRecord) -> Result<(), AskError> {
        let Some(file) = node.file.filter(|_| node.kind != NodeKind::File) else {
            return Ok(());
        };
        let symbols = self.symbols(file)?;
        let around = symbols
            .iter()
            .filter(|own| {
                own.id != node.id && own.line <= node.line && own.end_line >= node.end_line
            })
            .min_by_key(|own| own.end_line - own.line);
        let is_near = |own: &&NodeRecord| {
            around.is_none_or(|around| own.line >= around.line && own.end_line <= around.end_line)
        };
        let (near, rest): (Vec<_>, Vec<_>) = symbols.iter().partition(is_near);
        for own in near.iter().filter(|own| own.kind.has_head()) {
            self.definition(own, SliceRole::Neighbour);
        }
        for own in rest.iter().filter(|own| own.kind.has_head()) {
            self.head(own, SliceRole::Neighbour);
        }
        Ok(())
    }

    /// The heads of what is in files that often change along, most often first.
    fn along(&mut self, nodes: &[&NodeRecord]) -> Result<(), AskError> {
        let paths: BTreeSet<&str> = nodes
            .iter()
            .filter_map(|node| node.path.as_deref())
            .collect();
        for path in &paths {
            for partner in self.graph.co_changed(path, MAX_ALONG)? {
                if paths.contains(&*partner.path) || partner.count < OFTEN {
                    continue;
                }
                let Some(file) = self.graph.file(&partner.path)? else {
                    continue;
                };
                for symbol in self
                    .symbols(file.id)?
                    .iter()
                    .filter(|own| own.kind.has_head())
                {
                    self.head(symbol, SliceRole::Along);
                }
            }
        }
        Ok(())
    }

    fn slice(mut self, nodes: &[&NodeRecord]) -> Result<Slice, AskError> {
        let own: BTreeSet<&str> = nodes
            .iter()
            .filter_map(|node| node.path.as_deref())
            .collect();
        let chosen = std::mem::take(&mut self.chosen);
        let mut slice = Slice {
            left_out: self.left_out,
            ..Slice::default()
        };
        for (path, lines) in &chosen {
            let all: usize = self.lines(path).iter().map(|line| line.len() + 1).sum();
            slice.whole_files += all.div_ceil(LETTERS);
            for part in parts(path, lines, self.lines(path)) {
                slice.tokens += part.text.len().div_ceil(LETTERS) + HEAD;
                slice.parts.push(part);
            }
            let Some(file) = self.graph.file(path)? else {
                continue;
            };
            for symbol in self.symbols(file.id)? {
                if lines.contains_key(&symbol.line) && symbol.kind.has_head() {
                    slice.definitions.push(SliceDefinition {
                        path: path.clone(),
                        is_whole: (symbol.line..=symbol.end_line)
                            .all(|line| lines.contains_key(&line)),
                        line: symbol.line,
                        name: symbol.qualified_name,
                    });
                }
            }
        }
        slice.parts.sort_by(|one, other| {
            let order =
                |part: &SlicePart| (!own.contains(&*part.path), part.path.clone(), part.first);
            order(one).cmp(&order(other))
        });
        Ok(slice)
    }
}

/// Chosen lines as parts; a gap of one line is filled.
fn parts(path: &str, chosen: &BTreeMap<u32, SliceRole>, lines: &[String]) -> Vec<SlicePart> {
    let mut found: Vec<SlicePart> = Vec::new();
    for (line, role) in chosen {
        let text = |line: u32| format!("{}\n", lines[line as usize - 1]);
        match found.last_mut() {
            Some(part) if *line <= part.last + 2 => {
                for line in part.last + 1..=*line {
                    part.text.push_str(&text(line));
                }
                part.last = *line;
                part.role = part.role.min(*role);
            }
            Some(_) | None => found.push(SlicePart {
                path: path.to_owned(),
                first: *line,
                last: *line,
                role: *role,
                text: text(*line),
            }),
        }
    }
    found
}

fn place(node: &NodeRecord) -> (Option<&str>, u32) {
    (node.path.as_deref(), node.line)
}
