//! What the log is told of sessions whose end it does not know: a crash cut them short, or they were taken back.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::journal::State;
use crate::log::{Event, Log, read_log};

/// What the log knows of a session.
#[derive(Default)]
struct Known<'a> {
    /// The repair that was to be put in place.
    generated: Option<&'a Value>,
    is_applied: bool,
    is_taken_back: bool,
}

/// Writes down how sessions stand where the log does not tell it yet: a repair that was put in place ends as one, and one that
/// nobody kept speaks for no rule. What cannot be written now is written at the next start.
pub(crate) fn tell_how_they_stand(root: &Path, stands: &[(String, State)]) {
    let Ok(told) = read_log(root) else {
        return;
    };
    let mut known: BTreeMap<&str, Known<'_>> = BTreeMap::new();
    for event in &told.events {
        let own = known
            .entry(event["session"].as_str().unwrap_or(""))
            .or_default();
        let is = |kind: Event| event["event"] == kind.as_str();
        if is(Event::FixGenerated) {
            own.generated = Some(&event["details"]);
        }
        own.is_applied |= is(Event::FixApplied);
        own.is_taken_back |= is(Event::RollbackPerformed);
    }
    for (session, state) in stands {
        let events = known.get(session.as_str()).map(|own| own.missing(*state));
        if let Some(events) = events.filter(|events| !events.is_empty()) {
            let _ = Log::new(root, session).append(&events);
        }
    }
}

impl Known<'_> {
    /// The events that a session which stands so is to have beside those that are told.
    fn missing(&self, state: State) -> Vec<(Event, Value)> {
        match (state, self.generated) {
            (State::Applied, Some(fix)) if !self.is_applied => vec![
                (Event::FixApplied, fix.clone()),
                (
                    Event::HealingComplete,
                    json!({"result": "healed", "cut_short": true}),
                ),
            ],
            (State::Undone, _) if self.is_applied && !self.is_taken_back => {
                vec![(Event::RollbackPerformed, json!({}))]
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(root: &Path) -> Vec<String> {
        let told = read_log(root).expect("read");
        assert_eq!(told.broken_at, None);
        let words = told.events.iter().map(|event| event["event"].as_str());
        words.flatten().map(str::to_owned).collect()
    }

    #[test]
    fn a_session_that_was_cut_short_is_told_to_its_end_once() {
        let project = tempfile::tempdir().expect("a folder");
        let root = project.path();
        let begun = [
            (Event::ErrorDetected, json!({"class": "syntax"})),
            (Event::FixGenerated, json!({"rule": "comma"})),
        ];
        Log::new(root, "s1").append(&begun).expect("written");
        // Before it wrote there is nothing to tell.
        tell_how_they_stand(root, &[("s1".to_owned(), State::Undone)]);
        assert_eq!(words(root).len(), 2);
        for _ in 0..2 {
            tell_how_they_stand(root, &[("s1".to_owned(), State::Applied)]);
            assert_eq!(words(root)[2..], ["fix_applied", "healing_complete"]);
        }
        let told = read_log(root).expect("read");
        assert_eq!(told.events[2]["details"], json!({"rule": "comma"}));
        for _ in 0..2 {
            tell_how_they_stand(root, &[("s1".to_owned(), State::Undone)]);
            assert_eq!(words(root)[4..], ["rollback_performed"]);
        }
        // A session of which nobody told is none of the log's business.
        tell_how_they_stand(root, &[("s2".to_owned(), State::Undone)]);
        assert_eq!(words(root).len(), 5);
    }
}
