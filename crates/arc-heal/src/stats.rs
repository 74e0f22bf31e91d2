//! How often it worked, from the log.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use crate::log::{Event, Told};

/// What `arc heal stats --json` prints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Sessions that found a fault.
    pub incidents: u64,
    /// Sessions that healed it.
    pub healed: u64,
    /// Sessions in which the command succeeded as everything was when it was run again.
    pub flaky: u64,
    /// Sessions that left it to a person.
    pub manual: u64,
    /// By the class of the fault.
    pub by_class: BTreeMap<String, ClassCount>,
    /// Repairs in place, by rule.
    pub by_rule: BTreeMap<String, u64>,
}

/// How often faults of a class were met and healed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClassCount {
    /// Sessions.
    pub incidents: u64,
    /// Those that healed.
    pub healed: u64,
}

/// Counts what a log tells.
#[must_use]
pub fn stats(told: &Told) -> Stats {
    let text = |event: &Value, name: &str| {
        event
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or("")
            .to_owned()
    };
    let is = |event: &Value, kind: Event| text(event, "event") == kind.as_str();
    let details = |event: &Value| event.get("details").cloned().unwrap_or_default();
    let is_flaky = |event: &Value| text(&details(event), "result") == "flaky";
    let healed: BTreeSet<String> = told
        .events
        .iter()
        .filter(|event| is(event, Event::HealingComplete) && !is_flaky(event))
        .map(|event| text(event, "session"))
        .collect();
    let mut stats = Stats::default();
    for event in &told.events {
        let details = event.get("details").unwrap_or(&Value::Null);
        if is(event, Event::ErrorDetected) {
            let is_healed = u64::from(healed.contains(&text(event, "session")));
            stats.incidents += 1;
            stats.healed += is_healed;
            let class = stats.by_class.entry(text(details, "class")).or_default();
            class.incidents += 1;
            class.healed += is_healed;
        } else if is(event, Event::ManualInterventionRequired) {
            stats.manual += 1;
        } else if is(event, Event::HealingComplete) {
            stats.flaky += u64::from(is_flaky(event));
        } else if is(event, Event::FixApplied) {
            *stats.by_rule.entry(text(details, "rule")).or_default() += 1;
        }
    }
    stats
}
