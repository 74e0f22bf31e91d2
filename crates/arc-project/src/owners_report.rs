//! `arc owners --json` and `arc hotspots --json`.

use arc_history::CommitId;
use schemars::JsonSchema;
use serde::Serialize;

use crate::dates::time_text;
use crate::hotspots::Hotspot;
use crate::owners::{Owner, OwnersAnswer};
use crate::report::rounded;

/// `arc owners --json`.
#[derive(JsonSchema, Serialize)]
pub struct OwnersReport {
    schema: &'static str,
    target: OwnedReport,
    owners: Vec<OwnerReport>,
    bus_factor: usize,
    files: usize,
    changes: u32,
    last_changed: Option<String>,
    code_owners: CodeOwnersReport,
    total: usize,
    truncated: bool,
}

#[derive(JsonSchema, Serialize)]
struct OwnedReport {
    path: String,
    kind: &'static str,
    symbol: Option<String>,
    line: Option<u32>,
    end_line: Option<u32>,
}

#[derive(JsonSchema, Serialize)]
struct OwnerReport {
    rank: usize,
    name: String,
    email: Option<String>,
    is_bot: bool,
    degree: f64,
    share: f64,
    files: usize,
    changes: u32,
    last_changed: String,
}

#[derive(JsonSchema, Serialize)]
struct CodeOwnersReport {
    path: Option<String>,
    owners: Vec<RuleReport>,
}

#[derive(JsonSchema, Serialize)]
struct RuleReport {
    name: String,
    line: u32,
}

impl OwnersReport {
    /// The report of an answer.
    #[must_use]
    pub fn new(answer: &OwnersAnswer) -> OwnersReport {
        let symbol = answer.symbol.as_ref();
        OwnersReport {
            schema: "arc.owners/1",
            target: OwnedReport {
                path: answer.path.clone(),
                kind: if symbol.is_some() {
                    "symbol"
                } else if answer.path.is_empty() || answer.path.ends_with('/') {
                    "folder"
                } else {
                    "file"
                },
                symbol: symbol.map(|(name, ..)| name.clone()),
                line: symbol.map(|(_, line, _)| *line),
                end_line: symbol.map(|(.., end_line)| *end_line),
            },
            owners: (1..).zip(&answer.owners).map(owner_report).collect(),
            bus_factor: answer.bus_factor,
            files: answer.files,
            changes: answer.changes,
            last_changed: answer.last_time.map(time_text),
            code_owners: CodeOwnersReport {
                path: answer.rules_path.clone(),
                owners: answer
                    .code_owners
                    .iter()
                    .map(|(name, line)| RuleReport {
                        name: name.clone(),
                        line: *line,
                    })
                    .collect(),
            },
            total: answer.total,
            truncated: answer.total > answer.owners.len(),
        }
    }
}

fn owner_report((rank, owner): (usize, &Owner)) -> OwnerReport {
    OwnerReport {
        rank,
        name: owner.name.clone(),
        email: owner.email.clone(),
        is_bot: owner.is_bot,
        degree: rounded(owner.degree),
        share: rounded(owner.share),
        files: owner.files,
        changes: owner.changes,
        last_changed: time_text(owner.last_time),
    }
}

/// `arc hotspots --json`.
#[derive(JsonSchema, Serialize)]
pub struct HotspotsReport {
    schema: &'static str,
    by: &'static str,
    hotspots: Vec<HotspotReport>,
    total: usize,
    truncated: bool,
}

#[derive(JsonSchema, Serialize)]
struct HotspotReport {
    rank: usize,
    path: String,
    symbol: Option<String>,
    line: Option<u32>,
    score: f64,
    changes: u32,
    complexity: u32,
    lines: u32,
    fixes: u32,
    reverts: u32,
    people: u32,
    last_changed: String,
    incidents: Vec<IncidentReport>,
}

#[derive(JsonSchema, Serialize)]
struct IncidentReport {
    commit: String,
    time: String,
    kind: &'static str,
    subject: String,
}

impl HotspotsReport {
    /// The report of what was found; `total` counts before the limit.
    #[must_use]
    pub fn new(found: &[Hotspot], total: usize, by_symbol: bool) -> HotspotsReport {
        HotspotsReport {
            schema: "arc.hotspots/1",
            by: if by_symbol { "symbol" } else { "file" },
            hotspots: (1..).zip(found).map(hotspot_report).collect(),
            total,
            truncated: total > found.len(),
        }
    }
}

fn hotspot_report((rank, hotspot): (usize, &Hotspot)) -> HotspotReport {
    HotspotReport {
        rank,
        path: hotspot.path.clone(),
        symbol: hotspot.symbol.as_ref().map(|(name, _)| name.clone()),
        line: hotspot.symbol.as_ref().map(|(_, line)| *line),
        score: rounded(hotspot.score),
        changes: hotspot.changes,
        complexity: hotspot.complexity,
        lines: hotspot.lines,
        fixes: hotspot.fixes,
        reverts: hotspot.reverts,
        people: hotspot.people,
        last_changed: time_text(hotspot.last_time),
        incidents: hotspot
            .incidents
            .iter()
            .map(|incident| IncidentReport {
                commit: CommitId(incident.hash).to_string(),
                time: time_text(incident.time),
                kind: if incident.is_revert { "revert" } else { "fix" },
                subject: incident.subject.clone(),
            })
            .collect(),
    }
}
