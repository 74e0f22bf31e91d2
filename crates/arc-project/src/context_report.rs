//! One symbol all round, as JSON.

use std::collections::{BTreeMap, BTreeSet};

use arc_graph::NodeRecord;
use schemars::JsonSchema;
use serde::Serialize;

use crate::ask::Related;
use crate::context::{ContextAnswer, Excerpt, LastTouch};
use crate::dates::time_text;
use crate::report::{
    TargetReport, TestReport, line_of, rounded, symbol_of, target_report, test_report,
};

/// Places that are listed for one neighbour.
const MAX_SITES: usize = 3;

/// What is known around one target.
#[derive(JsonSchema, Serialize)]
pub struct ContextReport {
    schema: &'static str,
    target: TargetReport,
    /// A target that finds it again after its file was edited.
    id: String,
    end_line: Option<u32>,
    /// The definition up to its body, quoted from the file.
    signature: Option<String>,
    /// Its documentation, quoted; the start of a long one.
    doc: Option<String>,
    /// Its source, quoted from the file.
    source: Option<SourceReport>,
    /// What uses it, surest first.
    dependents: Vec<NeighborReport>,
    /// What it uses, surest first; what lies outside the repository last.
    dependencies: Vec<NeighborReport>,
    /// What it contains, in the order of its lines.
    members: Vec<MemberReport>,
    tests: Vec<TestReport>,
    /// Who changed its file last.
    history: Option<TouchReport>,
    unknown: ContextUnknown,
    total: ContextTotal,
    truncated: bool,
}

#[derive(JsonSchema, Serialize)]
struct SourceReport {
    text: String,
    first_line: u32,
    last_line: u32,
    /// The definition goes on after the last line.
    cut: bool,
    /// The file changed since the graph was made: the lines may be others.
    stale: bool,
}

#[derive(JsonSchema, Serialize)]
struct NeighborReport {
    path: Option<String>,
    symbol: Option<String>,
    kind: &'static str,
    line: Option<u32>,
    /// How they belong together: `calls`, `inherits` …
    edge: &'static str,
    /// Where it says so, the first few places.
    at: Vec<String>,
    sites: usize,
    confidence: f64,
}

#[derive(JsonSchema, Serialize)]
struct MemberReport {
    symbol: String,
    kind: &'static str,
    line: u32,
}

#[derive(JsonSchema, Serialize)]
struct TouchReport {
    /// Commits that changed the file.
    commits: u32,
    last_commit: String,
    time: String,
    author: String,
    subject: String,
}

#[derive(JsonSchema, Serialize)]
struct ContextUnknown {
    /// References inside it that could not be tied to a definition.
    unresolved_inside: usize,
    /// References by its name, anywhere, that could not be tied to a definition: each may be to it.
    unresolved_to_name: usize,
    /// Code outside the project may run it though nothing in the project names it.
    called_from_outside: bool,
    complete: bool,
}

#[derive(JsonSchema, Serialize)]
struct ContextTotal {
    dependents: usize,
    dependencies: usize,
    members: usize,
    tests: usize,
    /// There are more tests than were looked for.
    at_least: bool,
}

impl ContextReport {
    /// The report with lists of `limit` rows (0: all), `skipped` rows of each left out before them.
    #[must_use]
    pub fn new(answer: &ContextAnswer, skipped: usize, limit: usize) -> ContextReport {
        let limit = if limit == 0 { usize::MAX } else { limit };
        let dependents = grouped(&answer.dependents);
        let dependencies = grouped(&answer.dependencies);
        let total = ContextTotal {
            dependents: dependents.len(),
            dependencies: dependencies.len(),
            members: answer.members.len(),
            tests: answer.total_tests,
            at_least: answer.is_partial,
        };
        let longest = total.dependents.max(total.dependencies).max(total.members);
        let node = &answer.target.node;
        ContextReport {
            schema: "arc.context/1",
            target: target_report(&answer.target),
            id: answer.id.clone(),
            end_line: line_of(node).map(|_| node.end_line),
            signature: answer.signature.clone(),
            doc: answer.doc.clone(),
            source: answer.source.as_ref().map(source_report),
            dependents: dependents.into_iter().skip(skipped).take(limit).collect(),
            dependencies: dependencies.into_iter().skip(skipped).take(limit).collect(),
            members: answer
                .members
                .iter()
                .skip(skipped)
                .take(limit)
                .map(member_report)
                .collect(),
            tests: (1..)
                .zip(&answer.tests)
                .skip(skipped)
                .take(limit)
                .map(|(rank, row)| test_report(rank, row, None))
                .collect(),
            history: answer.last_touch.as_ref().map(touch_report),
            unknown: ContextUnknown {
                unresolved_inside: answer.unresolved,
                unresolved_to_name: answer.unresolved_to,
                called_from_outside: node.is_open,
                complete: answer.unresolved == 0 && answer.unresolved_to == 0 && !node.is_open,
            },
            total,
            truncated: longest > skipped.saturating_add(limit),
        }
    }
}

/// One row for each neighbour and kind of edge, the surest first, then those with most places.
fn grouped(related: &[Related]) -> Vec<NeighborReport> {
    let mut at: BTreeMap<(i64, &'static str), usize> = BTreeMap::new();
    let mut told: BTreeSet<(usize, &Option<String>)> = BTreeSet::new();
    let mut rows: Vec<NeighborReport> = Vec::new();
    for one in related {
        let key = (one.node.id.0, one.kind.as_str());
        let row = *at.entry(key).or_insert_with(|| {
            rows.push(NeighborReport {
                path: one.node.path.clone(),
                symbol: symbol_of(&one.node),
                kind: one.node.kind.as_str(),
                line: line_of(&one.node),
                edge: one.kind.as_str(),
                at: Vec::new(),
                sites: 0,
                confidence: 0.0,
            });
            rows.len() - 1
        });
        let place = &mut rows[row];
        place.confidence = place.confidence.max(rounded(one.confidence));
        // A call of several definitions that share a name is one place.
        if told.insert((row, &one.at)) {
            place.sites += 1;
            let room = MAX_SITES.saturating_sub(place.at.len());
            place.at.extend(one.at.iter().take(room).cloned());
        }
    }
    // Stable: what is equal stays in the order of paths and lines.
    rows.sort_by(|a, b| {
        let is_outside = a.path.is_none().cmp(&b.path.is_none());
        is_outside
            .then(b.confidence.total_cmp(&a.confidence))
            .then(b.sites.cmp(&a.sites))
    });
    rows
}

fn source_report(excerpt: &Excerpt) -> SourceReport {
    SourceReport {
        text: excerpt.text.clone(),
        first_line: excerpt.first,
        last_line: excerpt.last,
        cut: excerpt.is_cut,
        stale: excerpt.is_stale,
    }
}

fn member_report(node: &NodeRecord) -> MemberReport {
    MemberReport {
        symbol: node.qualified_name.clone(),
        kind: node.kind.as_str(),
        line: node.line,
    }
}

fn touch_report(touch: &LastTouch) -> TouchReport {
    TouchReport {
        commits: touch.commits,
        last_commit: touch.commit.clone(),
        time: time_text(touch.time),
        author: touch.author.clone(),
        subject: touch.subject.clone(),
    }
}
