//! What `arc heal` repaired, in the graph.

use std::path::Path;
use std::time::Duration;

use arc_heal::{HealReport, HealResult};
use arc_project::{Incident, record_incidents, undo_incidents};

use crate::context::Context;

/// How long another writer of the graph is waited for before something is left unsaid.
const SHORT_PATIENCE: Duration = Duration::from_secs(10);

/// Writes down what was repaired, if there is a graph. That it could not be is told, and nothing else fails with it.
pub(super) fn keep_incidents(
    root: &Path,
    session: &str,
    reports: &[&HealReport],
    context: &Context,
) {
    let graph = context.graph_path(root);
    // Beside files that were repaired there may be some that were not.
    let is_healed = |report: &&&HealReport| report.result == HealResult::Healed;
    let incident = |report: &&HealReport| {
        let (error, fix) = (report.error.as_ref(), report.fix.as_ref()?);
        let class = error.and_then(|error| serde_json::to_value(error.class).ok());
        Some(Incident {
            session: session.to_owned(),
            class: class
                .and_then(|class| class.as_str().map(str::to_owned))
                .unwrap_or_else(|| "unknown".to_owned()),
            message: error.map_or_else(String::new, |error| error.message.clone()),
            rule: fix.rule.to_owned(),
            why: fix.why.clone(),
            diff: fix.diff.clone(),
        })
    };
    let incidents: Vec<Incident> = reports
        .iter()
        .filter(is_healed)
        .filter_map(incident)
        .collect();
    if graph.exists()
        && !incidents.is_empty()
        && let Err(error) = record_incidents(&graph, &incidents, SHORT_PATIENCE)
    {
        context.note(&format!(
            "the repair is not written into the graph: {error}"
        ));
    }
}

/// Writes down that repairs were taken back, if they are known.
pub(super) fn keep_undone(graph: &Path, session: &str, context: &Context) {
    if graph.exists()
        && let Err(error) = undo_incidents(graph, session, SHORT_PATIENCE)
    {
        context.note(&format!("not written into the graph: {error}"));
    }
}
