//! How often it worked, from the log.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use crate::log::{Event, Told};

/// What `arc heal stats --json` prints.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Stats {
    /// Sessions that found a fault.
    pub incidents: u64,
    /// Sessions that healed it.
    pub healed: u64,
    /// Sessions in which the command succeeded as everything was when it was run again.
    pub flaky: u64,
    /// Sessions that left it to a person.
    pub manual: u64,
    /// Repairs that were taken back later.
    pub taken_back: u64,
    /// Proposals of a model that did not pass.
    pub refused: u64,
    /// Milliseconds from the start of a session to its repair: of half of them no more, and of 19 in 20; `None` before the first.
    pub time_to_heal: Option<[u64; 2]>,
    /// By the class of the fault.
    pub by_class: BTreeMap<String, ClassCount>,
    /// Repairs in place, by rule.
    pub by_rule: BTreeMap<String, u64>,
    /// What was said of repairs, and how they held, from the least to the most confident.
    pub confidence: Vec<Band>,
}

/// How often faults of a class were met and healed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClassCount {
    /// Sessions.
    pub incidents: u64,
    /// Those that healed.
    pub healed: u64,
}

/// Repairs of about one confidence.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Band {
    /// The least confidence of the band.
    pub from: f64,
    /// Repairs that were put in place.
    pub repairs: u64,
    /// Those of them that nobody took back.
    pub kept: u64,
    /// Their confidence, on average.
    pub said: f64,
    /// What their confidence should have been, as this project shows: what was said counts as two repairs more.
    pub calibrated: f64,
}

/// Where bands begin, in hundredths.
const BANDS: [u8; 5] = [0, 50, 70, 80, 90];
/// How many repairs of this project what was said is worth.
const SAID: f64 = 2.0;

/// Counts what a log tells.
#[must_use]
pub fn stats(told: &Told) -> Stats {
    let sessions = |kind: Event| -> BTreeSet<String> {
        let those = told.events.iter().filter(|event| is(event, kind));
        those.map(|event| text(event, "session")).collect()
    };
    let healed: BTreeSet<String> = told
        .events
        .iter()
        .filter(|event| is(event, Event::HealingComplete) && !is_flaky(event))
        .map(|event| text(event, "session"))
        .collect();
    let undone = sessions(Event::RollbackPerformed);
    let applied = sessions(Event::FixApplied);
    let mut stats = Stats {
        taken_back: undone.intersection(&applied).count() as u64,
        ..Stats::default()
    };
    let mut times = Vec::new();
    let mut said = Vec::new();
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
        } else if is(event, Event::FixFailed) {
            stats.refused += 1;
        } else if is(event, Event::HealingComplete) {
            stats.flaky += u64::from(is_flaky(event));
            times.extend(details.get("ms").and_then(Value::as_u64));
        } else if is(event, Event::FixApplied) {
            *stats.by_rule.entry(text(details, "rule")).or_default() += 1;
            let is_kept = !undone.contains(&text(event, "session"));
            let confidence = details.get("confidence").and_then(Value::as_f64);
            said.extend(confidence.map(|confidence| (confidence, is_kept)));
        }
    }
    times.sort_unstable();
    let share = |of: usize| times.get((times.len() * of).div_ceil(100).saturating_sub(1));
    stats.time_to_heal = share(50).zip(share(95)).map(|(half, most)| [*half, *most]);
    stats.confidence = bands(&said);
    stats
}

/// The sessions with an event of a kind.
fn sessions(told: &Told, kind: Event) -> BTreeSet<String> {
    let those = told.events.iter().filter(|event| is(event, kind));
    those.map(|event| text(event, "session")).collect()
}

/// Repairs that were put in place and not taken back, by rule.
pub(crate) fn kept_by_rule(told: &Told) -> BTreeMap<String, u32> {
    let undone = sessions(told, Event::RollbackPerformed);
    let mut kept = BTreeMap::new();
    for event in told
        .events
        .iter()
        .filter(|event| is(event, Event::FixApplied))
    {
        if !undone.contains(&text(event, "session")) {
            let rule = text(event.get("details").unwrap_or(&Value::Null), "rule");
            *kept.entry(rule).or_default() += 1;
        }
    }
    kept
}

/// What was said of repairs and whether they were kept, band by band.
fn bands(said: &[(f64, bool)]) -> Vec<Band> {
    let share = |hundredths: &u8| f64::from(*hundredths) / 100.0;
    let mut bands = Vec::new();
    for (at, from) in BANDS.iter().map(share).enumerate() {
        let end = BANDS.get(at + 1).map_or(f64::INFINITY, share);
        let (mut repairs, mut kept, mut sum) = (0u32, 0u32, 0.0);
        for (confidence, is_kept) in said {
            if (from..end).contains(confidence) {
                repairs += 1;
                kept += u32::from(*is_kept);
                sum += confidence;
            }
        }
        if repairs == 0 {
            continue;
        }
        let mean = sum / f64::from(repairs);
        let held = f64::from(kept) + SAID * mean;
        bands.push(Band {
            from,
            repairs: u64::from(repairs),
            kept: u64::from(kept),
            said: rounded(mean),
            calibrated: rounded(held / (f64::from(repairs) + SAID)),
        });
    }
    bands
}

fn rounded(share: f64) -> f64 {
    (share * 1000.0).round() / 1000.0
}

fn text(event: &Value, name: &str) -> String {
    event
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or("")
        .to_owned()
}

fn is(event: &Value, kind: Event) -> bool {
    event.get("event").and_then(Value::as_str) == Some(kind.as_str())
}

fn is_flaky(event: &Value) -> bool {
    event
        .get("details")
        .is_some_and(|details| text(details, "result") == "flaky")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn confidence_is_held_against_what_was_taken_back() {
        let line = |session: &str, event: Event, details: Value| json!({"session": session, "event": event.as_str(), "details": details});
        let mut events = Vec::new();
        for (session, confidence, ms) in [("a", 0.95, 900), ("b", 0.93, 100), ("c", 0.6, 300)] {
            let rule = json!({"rule": "comma", "confidence": confidence});
            events.push(line(
                session,
                Event::ErrorDetected,
                json!({"class": "syntax"}),
            ));
            events.push(line(session, Event::FixApplied, rule));
            let end = json!({"result": "healed", "ms": ms});
            events.push(line(session, Event::HealingComplete, end));
        }
        events.push(line("b", Event::RollbackPerformed, json!({})));
        events.push(line("d", Event::FixFailed, json!({"rule": "model"})));
        let told = Told {
            events,
            broken_at: None,
        };
        assert_eq!(kept_by_rule(&told).get("comma"), Some(&2));
        let stats = stats(&told);
        assert_eq!((stats.healed, stats.taken_back, stats.refused), (3, 1, 1));
        assert_eq!(stats.time_to_heal, Some([300, 900]));
        let told: Vec<(f64, u64, u64, f64, f64)> = stats
            .confidence
            .iter()
            .map(|band| {
                (
                    band.from,
                    band.repairs,
                    band.kept,
                    band.said,
                    band.calibrated,
                )
            })
            .collect();
        assert_eq!(told, [(0.5, 1, 1, 0.6, 0.733), (0.9, 2, 1, 0.94, 0.72)]);
    }
}
