//! The log as one view: what was healed and what was not, incident by incident.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::log::{Event, Told};
use crate::stats::stats;

/// What `arc heal log --changelog` prints: `arc.healing_changelog/1`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HealingChangelog {
    schema: &'static str,
    /// About the log as a whole.
    pub metadata: ChangelogMetadata,
    /// Each session that found a fault, oldest first.
    pub incidents: Vec<Incident>,
}

/// About a log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ChangelogMetadata {
    /// Lines of the log.
    pub events: usize,
    /// Every line follows from the one before.
    pub is_whole: bool,
    /// When the first and the last line were written; `None` of an empty log.
    pub times: Option<(String, String)>,
    /// Sessions that found a fault.
    pub incidents: u64,
    /// Sessions that healed it.
    pub healed: u64,
    /// Sessions in which it passed by itself.
    pub flaky: u64,
    /// Sessions that left it to a person.
    pub manual: u64,
}

/// A fault, and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Incident {
    /// The session.
    pub session: String,
    /// When it was written down.
    pub time: String,
    /// `healed`, `flaky`, `rolled_back` or `manual`; `open` of a session that was cut short.
    pub outcome: &'static str,
    /// The fault as `arc heal --json` has it.
    pub error: Value,
    /// Rule, file and cost of the repair that was put in place; null without one.
    pub fix: Value,
    /// What was proposed and not taken.
    pub failed: usize,
    /// Why a person has to decide; null otherwise.
    pub why: Value,
}

/// The view of a log.
#[must_use]
pub fn changelog(told: &Told) -> HealingChangelog {
    let text = |event: &Value, name: &str| event[name].as_str().unwrap_or("").to_owned();
    let mut order: Vec<String> = Vec::new();
    let mut sessions: BTreeMap<String, Incident> = BTreeMap::new();
    for event in &told.events {
        let session = text(event, "session");
        let is = |kind: Event| event["event"] == kind.as_str();
        let details = &event["details"];
        if is(Event::ErrorDetected) && !sessions.contains_key(&session) {
            order.push(session.clone());
            let new = Incident {
                session: session.clone(),
                time: text(event, "time"),
                outcome: "open",
                error: details.clone(),
                ..Incident::default()
            };
            sessions.insert(session, new);
            continue;
        }
        // What was proposed is written down before a session knows how it ends.
        if is(Event::FixFailed) && !sessions.contains_key(&session) {
            order.push(session.clone());
            let new = Incident {
                session: session.clone(),
                time: text(event, "time"),
                outcome: "open",
                ..Incident::default()
            };
            sessions.insert(session.clone(), new);
        }
        let Some(incident) = sessions.get_mut(&session) else {
            continue;
        };
        if is(Event::FixApplied) {
            incident.fix = details.clone();
        } else if is(Event::FixFailed) {
            incident.failed += 1;
        } else if is(Event::HealingComplete) {
            let is_flaky = details["result"] == "flaky";
            incident.outcome = if is_flaky { "flaky" } else { "healed" };
        } else if is(Event::RollbackPerformed) {
            incident.outcome = "rolled_back";
        } else if is(Event::ManualInterventionRequired) {
            incident.outcome = "manual";
            incident.why = details["why"].clone();
        } else if is(Event::ErrorDetected) && incident.error.is_null() {
            incident.error = details.clone();
        }
    }
    let counted = stats(told);
    let time = |event: Option<&Value>| event.map(|event| text(event, "time"));
    HealingChangelog {
        schema: "arc.healing_changelog/1",
        metadata: ChangelogMetadata {
            events: told.events.len(),
            is_whole: told.broken_at.is_none(),
            times: time(told.events.first()).zip(time(told.events.last())),
            incidents: counted.incidents,
            healed: counted.healed,
            flaky: counted.flaky,
            manual: counted.manual,
        },
        incidents: order
            .iter()
            .filter_map(|session| sessions.remove(session))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_session_is_one_incident() {
        let line = |session: &str, event: Event, details: Value| json!({"time": "2026-01-01T00:00:00Z", "session": session, "event": event.as_str(), "details": details});
        let told = Told {
            events: vec![
                line("a", Event::ErrorDetected, json!({"class": "syntax"})),
                line("a", Event::FixApplied, json!({"rule": "comma"})),
                line("a", Event::HealingComplete, json!({"result": "healed"})),
                line("b", Event::FixFailed, json!({"rule": "model"})),
                line("b", Event::ErrorDetected, json!({"class": "logic"})),
                line(
                    "b",
                    Event::ManualInterventionRequired,
                    json!({"why": "no rule"}),
                ),
                line("a", Event::RollbackPerformed, json!({})),
                line("c", Event::ErrorDetected, json!({"class": "network"})),
                line("c", Event::HealingComplete, json!({"result": "flaky"})),
                line("d", Event::ErrorDetected, json!({"class": "name"})),
            ],
            broken_at: None,
        };
        let view = changelog(&told);
        let outcomes: Vec<&str> = view.incidents.iter().map(|one| one.outcome).collect();
        assert_eq!(outcomes, ["rolled_back", "manual", "flaky", "open"]);
        assert_eq!(view.incidents[0].fix, json!({"rule": "comma"}));
        assert_eq!(
            (view.incidents[1].failed, &view.incidents[1].error),
            (1, &json!({"class": "logic"}))
        );
        assert_eq!(view.incidents[1].why, "no rule");
        assert_eq!((view.metadata.events, view.metadata.flaky), (10, 1));
    }
}
