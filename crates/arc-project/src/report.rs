//! Our JSON. What derives `Serialize` here is a promise: see `schema/report.schema.json`.

use arc_graph::{Direction, NodeKind, NodeRecord};
use arc_impact::{Impacted, Reason, RiskFactor};
use schemars::JsonSchema;
use serde::Serialize;

use crate::ask::{ImpactAnswer, Related};
use crate::change_report::{ChangeReport, DiffReport, change_reports, diff_report};
use crate::changes::Changes;
use crate::coverage::CoverageUsed;
use crate::dates::time_text;
use crate::query::FoundRow;
use crate::reach_risk::reach_risk;
use crate::runner::run_id;
use crate::select::{SelectedTest, Selection};
use crate::target::Target;

/// Digits of a printed score.
const SCORE_STEPS: f64 = 100_000.0;

/// `arc impact --json`.
#[derive(JsonSchema, Serialize)]
pub struct ImpactReport {
    schema: &'static str,
    targets: Vec<TargetReport>,
    impacted: Vec<ImpactedReport>,
    tests: Vec<TestReport>,
    risk: RiskReport,
    unknown: UnknownReport,
    total: TotalReport,
    truncated: bool,
    /// Coverage that speaks of targets, or did before they changed; only when there is some.
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<CoverageUsedReport>,
    /// What was compared; only for a diff.
    #[serde(skip_serializing_if = "Option::is_none")]
    diff: Option<DiffReport>,
    /// What a diff did to each definition; only for a diff.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<ChangeReport>>,
    /// Files of the answer that differ from the graph; only with `--frozen`.
    #[serde(skip_serializing_if = "Option::is_none")]
    differing_files: Option<usize>,
}

#[derive(JsonSchema, Serialize)]
struct CoverageUsedReport {
    made: String,
    covers_all: bool,
    /// Files of targets that changed since: of these it says nothing.
    changed: Vec<String>,
}

impl From<&CoverageUsed> for CoverageUsedReport {
    fn from(used: &CoverageUsed) -> CoverageUsedReport {
        CoverageUsedReport {
            made: used.made.clone(),
            covers_all: used.covers_all,
            changed: used.changed.clone(),
        }
    }
}

#[derive(JsonSchema, Serialize)]
pub(crate) struct TargetReport {
    path: Option<String>,
    symbol: Option<String>,
    kind: &'static str,
    line: Option<u32>,
}

#[derive(JsonSchema, Serialize)]
struct ImpactedReport {
    rank: usize,
    path: Option<String>,
    symbol: Option<String>,
    kind: &'static str,
    line: Option<u32>,
    score: f64,
    is_test: bool,
    reasons: Vec<ReasonReport>,
}

#[derive(JsonSchema, Serialize)]
pub(crate) struct TestReport {
    rank: usize,
    path: Option<String>,
    symbol: Option<String>,
    score: f64,
    run: String,
    reasons: Vec<ReasonReport>,
}

#[derive(JsonSchema, Serialize)]
struct ReasonReport {
    kind: &'static str,
    text: String,
    at: Vec<String>,
    confidence: f64,
}

#[derive(JsonSchema, Serialize)]
struct RiskReport {
    level: &'static str,
    score: f64,
    factors: Vec<FactorReport>,
}

#[derive(JsonSchema, Serialize)]
struct FactorReport {
    name: &'static str,
    value: f64,
    share: f64,
}

#[derive(JsonSchema, Serialize)]
struct UnknownReport {
    unresolved_sites: Vec<SiteReport>,
    /// Such places that are not listed; at most so many, where all of a file or type is asked about.
    sites_left_out: usize,
    /// Names of members that are too common to list their places, with how many there are; they are among those left out.
    common_names: Vec<CommonNameReport>,
    parse_errors: u64,
    /// Code outside the project may run a target though nothing in the project names it.
    called_from_outside: bool,
    /// A target that decides how everything is built or run: no edge says what a change of it reaches, and any test may be
    /// the one.
    sets_up_everything: Option<String>,
    /// A target is a file without code, which programs may find by its name when they run.
    read_by_name: bool,
    /// What is listed is all that there is.
    complete: bool,
}

#[derive(JsonSchema, Serialize)]
struct SiteReport {
    at: String,
    name: String,
}

#[derive(JsonSchema, Serialize)]
struct CommonNameReport {
    name: String,
    sites: usize,
}

#[derive(JsonSchema, Serialize)]
struct TotalReport {
    impacted: usize,
    tests: usize,
    /// Tests that are far less likely than the best; they are in no list.
    unlikely_tests: usize,
    /// There are more: whatever could not be among the rows was not looked for.
    at_least: bool,
}

impl ImpactReport {
    /// The report without the first `count` rows of each list; ranks stay.
    #[must_use]
    pub fn after(mut self, count: usize) -> ImpactReport {
        self.impacted.drain(..count.min(self.impacted.len()));
        self.tests.drain(..count.min(self.tests.len()));
        self
    }

    /// The report with at most `count` of the places of unresolved references; the others are counted.
    #[must_use]
    pub fn with_few_sites(mut self, count: usize) -> ImpactReport {
        let sites = &mut self.unknown.unresolved_sites;
        self.unknown.sites_left_out += sites.len().saturating_sub(count);
        sites.truncate(count);
        self
    }

    /// The report of an answer, and of the diff that it is about. `differing_files` is told when the graph was used as it is.
    #[must_use]
    pub fn new(
        answer: &ImpactAnswer,
        changes: Option<&Changes>,
        differing_files: Option<usize>,
    ) -> ImpactReport {
        let impact = &answer.impact;
        let unresolved: Vec<SiteReport> = impact
            .unresolved
            .listed
            .iter()
            .map(|site| SiteReport {
                at: format!("{}:{}", site.path, site.line),
                name: site.name.clone(),
            })
            .collect();
        ImpactReport {
            schema: "arc.impact/1",
            targets: answer.targets.iter().map(target_report).collect(),
            impacted: impact
                .impacted
                .iter()
                .enumerate()
                .map(|(at, row)| impacted_report(at + 1, row))
                .collect(),
            tests: impact
                .tests
                .iter()
                .enumerate()
                .map(|(at, row)| {
                    test_report(at + 1, row, answer.runs.get(&(row.node.id, row.heir)))
                })
                .collect(),
            risk: risk_report(answer),
            unknown: UnknownReport {
                complete: answer.is_complete() && !impact.truncated,
                unresolved_sites: unresolved,
                sites_left_out: impact.unresolved.left_out,
                common_names: impact
                    .unresolved
                    .common
                    .iter()
                    .map(|(name, sites)| CommonNameReport {
                        name: name.clone(),
                        sites: *sites,
                    })
                    .collect(),
                parse_errors: answer.error_bytes,
                called_from_outside: answer.is_open(),
                sets_up_everything: answer.sets_up.clone(),
                read_by_name: answer.is_read_by_name,
            },
            total: TotalReport {
                impacted: impact.total_impacted,
                tests: impact.total_tests,
                unlikely_tests: impact.unlikely_tests,
                at_least: impact.is_partial,
            },
            truncated: impact.truncated,
            coverage: answer.coverage.as_ref().map(CoverageUsedReport::from),
            diff: changes.map(diff_report),
            changes: changes.map(change_reports),
            differing_files,
        }
    }
}

pub(crate) fn target_report(target: &Target) -> TargetReport {
    let node = &target.node;
    TargetReport {
        path: node.path.clone(),
        symbol: symbol_of(node),
        kind: node.kind.as_str(),
        line: target.line.or_else(|| line_of(node)),
    }
}

fn impacted_report(rank: usize, row: &Impacted) -> ImpactedReport {
    ImpactedReport {
        rank,
        path: row.node.path.clone(),
        symbol: symbol_of(&row.node),
        kind: row.node.kind.as_str(),
        line: line_of(&row.node),
        score: rounded(row.score),
        is_test: row.node.is_test,
        reasons: row.reasons.iter().map(reason_report).collect(),
    }
}

/// A row of a list of tests; `run` when the runner calls it otherwise than its own place says.
pub(crate) fn test_report(rank: usize, row: &Impacted, run: Option<&String>) -> TestReport {
    TestReport {
        rank,
        path: row.node.path.clone(),
        symbol: symbol_of(&row.node),
        score: rounded(row.score),
        run: run.cloned().unwrap_or_else(|| run_id(&row.node)),
        reasons: row.reasons.iter().map(reason_report).collect(),
    }
}

fn reason_report(reason: &Reason) -> ReasonReport {
    ReasonReport {
        kind: reason.kind.as_str(),
        text: reason.text.clone(),
        at: reason.at.clone(),
        confidence: rounded(reason.confidence),
    }
}

fn risk_report(answer: &ImpactAnswer) -> RiskReport {
    if let Some(risk) = &answer.risk {
        let factor = |factor: &RiskFactor| FactorReport {
            name: factor.name,
            value: rounded(factor.value),
            share: rounded(factor.share),
        };
        return RiskReport {
            level: risk.level.as_str(),
            score: rounded(risk.score),
            factors: risk.factors.iter().map(factor).collect(),
        };
    }
    let reach = reach_risk(answer);
    RiskReport {
        level: reach.level,
        score: rounded(reach.score),
        factors: reach
            .factors
            .iter()
            .map(|(name, value, share)| FactorReport {
                name,
                value: *value,
                share: rounded(*share),
            })
            .collect(),
    }
}

/// `arc relate --json`.
#[derive(JsonSchema, Serialize)]
pub struct RelateReport {
    schema: &'static str,
    target: TargetReport,
    related: Vec<RelatedReport>,
    total: usize,
    truncated: bool,
}

#[derive(JsonSchema, Serialize)]
struct RelatedReport {
    direction: &'static str,
    edge: &'static str,
    path: Option<String>,
    symbol: Option<String>,
    kind: &'static str,
    line: Option<u32>,
    at: Option<String>,
    confidence: f64,
    rule: &'static str,
}

impl RelateReport {
    /// The report of the first `limit` neighbours (0: all).
    #[must_use]
    pub fn new(target: &Target, related: &[Related], limit: usize) -> RelateReport {
        let shown = if limit == 0 {
            related.len()
        } else {
            limit.min(related.len())
        };
        let row = |related: &Related| RelatedReport {
            direction: direction_name(related.direction),
            edge: related.kind.as_str(),
            path: related.node.path.clone(),
            symbol: symbol_of(&related.node),
            kind: related.node.kind.as_str(),
            line: line_of(&related.node),
            at: related.at.clone(),
            confidence: related.confidence,
            rule: related.rule,
        };
        RelateReport {
            schema: "arc.relate/1",
            target: target_report(target),
            related: related[..shown].iter().map(row).collect(),
            total: related.len(),
            truncated: shown < related.len(),
        }
    }
}

/// Files of tests that are named where none is known.
const MAX_UNREAD: usize = 20;

/// `arc tests --json`.
#[derive(JsonSchema, Serialize)]
pub struct TestsReport {
    schema: &'static str,
    targets: Vec<TargetReport>,
    tests: Vec<SelectedReport>,
    /// The share of the tests that run what changes that is expected among `tests`; `null` when no test is known to run it.
    expected_recall: Option<f64>,
    /// The file that sets up everything, when the answer is all tests because of it.
    everything_because: Option<String>,
    /// Paths of a diff that the graph does not have.
    unknown_paths: Vec<String>,
    total: usize,
    truncated: bool,
    /// Classes of tests whose base is in tests outside the project: what they inherit is not listed.
    inherit_outside: Vec<InheritsOutside>,
    /// When no test is known to run what changes: files of tests in languages in which none of the project is known, the first 20.
    #[serde(skip_serializing_if = "Option::is_none")]
    unread: Option<Vec<String>>,
    /// Coverage that speaks of targets, or did before they changed; only when there is some.
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<CoverageUsedReport>,
    /// What was compared; only for a diff.
    #[serde(skip_serializing_if = "Option::is_none")]
    diff: Option<DiffReport>,
    /// What a diff did to each definition; only for a diff.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<ChangeReport>>,
}

#[derive(JsonSchema, Serialize)]
struct InheritsOutside {
    path: Option<String>,
    symbol: Option<String>,
    /// The module, or what is in it.
    from: String,
}

#[derive(JsonSchema, Serialize)]
struct SelectedReport {
    rank: usize,
    path: Option<String>,
    symbol: Option<String>,
    score: f64,
    run: String,
    why: String,
    /// How long it took when it was last reported.
    seconds: Option<f64>,
}

impl TestsReport {
    /// The report without the first `count` tests; ranks stay.
    #[must_use]
    pub fn after(mut self, count: usize) -> TestsReport {
        self.tests.drain(..count.min(self.tests.len()));
        self
    }

    /// The report of the first `count` tests of a selection.
    #[must_use]
    pub fn new(
        targets: &[Target],
        selection: &Selection,
        count: usize,
        changes: Option<&Changes>,
    ) -> TestsReport {
        let row = |(at, test): (usize, &SelectedTest)| SelectedReport {
            rank: at + 1,
            path: test.node.path.clone(),
            symbol: symbol_of(&test.node),
            score: rounded(test.probability),
            run: test.run.clone(),
            why: test.why.clone(),
            seconds: test.seconds.map(rounded),
        };
        TestsReport {
            schema: "arc.tests/1",
            targets: targets.iter().map(target_report).collect(),
            tests: selection
                .tests
                .iter()
                .take(count)
                .enumerate()
                .map(row)
                .collect(),
            expected_recall: selection.expected_recall(count).map(rounded),
            everything_because: selection.everything_because.clone(),
            unknown_paths: changes.map_or_else(Vec::new, |changes| changes.unknown.clone()),
            total: selection.tests.len(),
            truncated: count < selection.tests.len(),
            inherit_outside: selection
                .inherit_outside
                .iter()
                .map(|(class, from)| InheritsOutside {
                    path: class.path.clone(),
                    symbol: symbol_of(class),
                    from: from.clone(),
                })
                .collect(),
            unread: Some(selection.unread.iter().take(MAX_UNREAD).cloned().collect())
                .filter(|files: &Vec<String>| !files.is_empty()),
            coverage: selection.coverage.as_ref().map(CoverageUsedReport::from),
            diff: changes.map(diff_report),
            changes: changes.map(change_reports),
        }
    }
}

/// The name of a direction as printed.
#[must_use]
pub fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::Dependencies => "dependency",
        Direction::Dependents => "dependent",
    }
}

/// `arc query --json`.
#[derive(JsonSchema, Serialize)]
pub struct QueryReport {
    schema: &'static str,
    results: Vec<FoundReport>,
    total: usize,
    truncated: bool,
}

#[derive(JsonSchema, Serialize)]
struct FoundReport {
    rank: usize,
    path: Option<String>,
    symbol: Option<String>,
    kind: &'static str,
    line: Option<u32>,
    is_test: bool,
    /// What it is called: of a commit its first line.
    title: Option<String>,
    /// A line that says why it was found.
    snippet: Option<String>,
    /// The hash of a commit.
    commit: Option<String>,
    /// The number of a pull request or issue.
    number: Option<u32>,
    /// The author of a commit.
    author: Option<String>,
    /// The time of a commit, UTC.
    time: Option<String>,
}

impl QueryReport {
    /// The report of what a question to everything found; `total` counts before the limit.
    #[must_use]
    pub fn of_rows(found: &[FoundRow], total: usize) -> QueryReport {
        let row = |(rank, row): (usize, &FoundRow)| FoundReport {
            rank,
            path: row.path.clone(),
            symbol: row.symbol.clone(),
            kind: row.kind.as_str(),
            line: row.line,
            is_test: row.is_test,
            title: Some(row.title.clone()),
            snippet: row.snippet.clone(),
            commit: row.commit.map(|commit| commit.to_string()),
            number: row.number,
            author: row.author.clone(),
            time: row.time.map(time_text),
        };
        QueryReport {
            schema: "arc.query/1",
            results: (1..).zip(found).map(row).collect(),
            total,
            truncated: found.len() < total,
        }
    }

    /// The report without the first `count` rows; ranks stay.
    #[must_use]
    pub fn after(mut self, count: usize) -> QueryReport {
        self.results.drain(..count.min(self.results.len()));
        self
    }

    /// The report of what was found; `total` counts before the limit.
    #[must_use]
    pub fn new(found: &[NodeRecord], total: usize) -> QueryReport {
        let row = |(at, node): (usize, &NodeRecord)| FoundReport {
            rank: at + 1,
            path: node.path.clone(),
            symbol: symbol_of(node),
            kind: node.kind.as_str(),
            line: line_of(node),
            is_test: node.is_test,
            title: None,
            snippet: None,
            commit: None,
            number: None,
            author: None,
            time: None,
        };
        QueryReport {
            schema: "arc.query/1",
            results: found.iter().enumerate().map(row).collect(),
            total,
            truncated: found.len() < total,
        }
    }
}

pub(crate) fn symbol_of(node: &NodeRecord) -> Option<String> {
    (node.kind != NodeKind::File).then(|| node.qualified_name.clone())
}

pub(crate) fn line_of(node: &NodeRecord) -> Option<u32> {
    (node.line > 0 && node.kind != NodeKind::File).then_some(node.line)
}

pub(crate) fn rounded(value: f64) -> f64 {
    (value * SCORE_STEPS).round() / SCORE_STEPS
}
