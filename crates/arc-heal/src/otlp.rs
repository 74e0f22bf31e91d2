//! The log as OpenTelemetry has it: JSON of its protocol, a line of spans and a line of metrics, as collectors read it from files.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::changelog::{Incident, changelog};
use crate::journal::digest;
use crate::log::Told;

/// Bounds of how long sessions take, in seconds.
const BOUNDS: [f64; 9] = [0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0];
/// Letters of one attribute.
const MOST_LETTERS: usize = 1_000;
/// Spans of one message.
const MOST_SPANS: usize = 500;
/// What values of a metric add up to: all since the log began.
const CUMULATIVE: u8 = 2;

/// What `arc heal log --otlp` prints, one object a line: `resourceSpans`, then `resourceMetrics`; nothing of an empty log.
#[must_use]
pub fn otlp(told: &Told) -> Vec<Value> {
    let incidents = changelog(told).incidents;
    let sessions = sessions(&incidents, told);
    if sessions.is_empty() {
        return Vec::new();
    }
    vec![traced(&sessions), measured(&sessions)]
}

/// The spans of the log, or of one session, as messages that collectors take, and how many are in each.
pub(crate) fn span_messages(told: &Told, session: Option<&str>) -> Vec<(usize, Value)> {
    let incidents = changelog(told).incidents;
    let mut sessions = sessions(&incidents, told);
    sessions.retain(|one| session.is_none_or(|session| one.incident.session == session));
    let chunks = sessions.chunks(MOST_SPANS);
    chunks.map(|some| (some.len(), traced(some))).collect()
}

/// The metrics of the log as a message that collectors take; none of an empty log.
pub(crate) fn metric_message(told: &Told) -> Option<Value> {
    let incidents = changelog(told).incidents;
    let sessions = sessions(&incidents, told);
    (!sessions.is_empty()).then(|| measured(&sessions))
}

fn sessions<'a>(incidents: &'a [Incident], told: &'a Told) -> Vec<Session<'a>> {
    let sessions = incidents.iter();
    sessions
        .map(|incident| Session::new(incident, told))
        .collect()
}

fn traced(sessions: &[Session<'_>]) -> Value {
    let spans: Vec<Value> = sessions.iter().map(Session::span).collect();
    json!({"resourceSpans": [{"resource": resource(), "scopeSpans": [{"scope": scope(), "spans": spans}]}]})
}

fn measured(sessions: &[Session<'_>]) -> Value {
    let metrics = metrics(sessions);
    json!({"resourceMetrics": [{"resource": resource(), "scopeMetrics": [{"scope": scope(), "metrics": metrics}]}]})
}

fn scope() -> Value {
    json!({"name": "arc.heal", "version": env!("CARGO_PKG_VERSION")})
}

fn resource() -> Value {
    json!({"attributes": [attribute("service.name", &json!("arc"))]})
}

/// A session, and its lines of the log.
struct Session<'a> {
    incident: &'a Incident,
    events: Vec<&'a Value>,
    /// Seconds since 1970.
    end: u64,
    milliseconds: Option<u64>,
}

impl Session<'_> {
    fn new<'a>(incident: &'a Incident, told: &'a Told) -> Session<'a> {
        let own = |event: &&Value| event["session"] == incident.session.as_str();
        let events: Vec<&Value> = told.events.iter().filter(own).collect();
        let times = events.iter().filter_map(|event| seconds(&event["time"]));
        let took = events
            .iter()
            .filter_map(|event| event["details"]["ms"].as_u64());
        Session {
            incident,
            end: times.max().unwrap_or(0),
            milliseconds: took.max(),
            events,
        }
    }

    fn class(&self) -> &str {
        self.incident.error["class"].as_str().unwrap_or("unknown")
    }

    /// What spans and metrics have in common.
    fn attributes(&self) -> Vec<Value> {
        vec![
            attribute("arc.heal.outcome", &json!(self.incident.outcome)),
            attribute("arc.heal.class", &json!(self.class())),
        ]
    }

    fn span(&self) -> Value {
        let mut attributes = self.attributes();
        let known = [
            ("arc.heal.session", &json!(self.incident.session)),
            ("code.file.path", &self.incident.error["file"]),
            ("error.message", &self.incident.error["message"]),
            ("arc.heal.rule", &self.incident.fix["rule"]),
            ("arc.heal.why", &self.incident.why),
        ];
        let known = known.iter().filter(|(_, value)| !value.is_null());
        attributes.extend(known.map(|(name, value)| attribute(name, value)));
        let events: Vec<Value> = self.events.iter().map(|event| told_event(event)).collect();
        let hash = digest(self.incident.session.as_bytes());
        let end = self.end * 1_000_000_000;
        let start = end.saturating_sub(self.milliseconds.unwrap_or(0) * 1_000_000);
        let is_healed = matches!(self.incident.outcome, "healed" | "flaky");
        json!({
            "traceId": hash.get(..32),
            "spanId": hash.get(32..48),
            "name": "arc heal",
            "kind": 1,
            "startTimeUnixNano": start.to_string(),
            "endTimeUnixNano": end.to_string(),
            "attributes": attributes,
            "events": events,
            "status": {"code": if is_healed { 1 } else { 2 }},
        })
    }
}

/// A line of the log as an event of its span: what is a word, a number or a truth of it.
fn told_event(event: &Value) -> Value {
    let details = event["details"].as_object();
    let plain = details
        .into_iter()
        .flatten()
        .filter(|(_, value)| value.is_string() || value.is_number() || value.is_boolean());
    let attributes: Vec<Value> = plain
        .map(|(name, value)| attribute(&format!("arc.heal.{name}"), value))
        .collect();
    let time = seconds(&event["time"]).unwrap_or(0) * 1_000_000_000;
    json!({"name": event["event"], "timeUnixNano": time.to_string(), "attributes": attributes})
}

fn attribute(name: &str, value: &Value) -> Value {
    let value = match value {
        Value::Bool(value) => json!({"boolValue": value}),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => json!({"intValue": whole.to_string()}),
            None => json!({"doubleValue": number}),
        },
        Value::String(text) => {
            json!({"stringValue": text.chars().take(MOST_LETTERS).collect::<String>()})
        }
        Value::Null | Value::Array(_) | Value::Object(_) => {
            json!({"stringValue": value.to_string().chars().take(MOST_LETTERS).collect::<String>()})
        }
    };
    json!({"key": name, "value": value})
}

/// How many sessions ended how, and how long they took.
fn metrics(sessions: &[Session<'_>]) -> Value {
    let begin = sessions.iter().map(|session| session.end).min();
    let end = sessions.iter().map(|session| session.end).max();
    let [begin, end] = [begin, end].map(|time| (time.unwrap_or(0) * 1_000_000_000).to_string());
    let mut groups: BTreeMap<(&str, &str), Vec<&Session<'_>>> = BTreeMap::new();
    for session in sessions {
        let key = (session.incident.outcome, session.class());
        groups.entry(key).or_default().push(session);
    }
    let (mut counts, mut times) = (Vec::new(), Vec::new());
    for group in groups.values() {
        let mut point = json!({
            "attributes": group[0].attributes(),
            "startTimeUnixNano": begin,
            "timeUnixNano": end,
        });
        let mut count = point.clone();
        count["asInt"] = json!(group.len().to_string());
        counts.push(count);
        let took: Vec<f64> = group
            .iter()
            .filter_map(|session| session.milliseconds)
            .map(|milliseconds| milliseconds as f64 / 1000.0)
            .collect();
        if took.is_empty() {
            continue;
        }
        let mut buckets = vec![0u64; BOUNDS.len() + 1];
        for time in &took {
            buckets[BOUNDS.partition_point(|bound| bound < time)] += 1;
        }
        let buckets: Vec<String> = buckets.iter().map(u64::to_string).collect();
        point["count"] = json!(took.len().to_string());
        point["sum"] = json!(took.iter().sum::<f64>());
        point["bucketCounts"] = json!(buckets);
        point["explicitBounds"] = json!(BOUNDS);
        times.push(point);
    }
    json!([
        {
            "name": "arc.heal.sessions",
            "unit": "{session}",
            "sum": {"aggregationTemporality": CUMULATIVE, "isMonotonic": true, "dataPoints": counts},
        },
        {
            "name": "arc.heal.duration",
            "unit": "s",
            "histogram": {"aggregationTemporality": CUMULATIVE, "dataPoints": times},
        },
    ])
}

/// Seconds since 1970 of a time as the log writes it (`2026-01-31T23:59:59Z`).
fn seconds(time: &Value) -> Option<u64> {
    let text = time.as_str()?;
    let mut numbers = text
        .split(|letter: char| !letter.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .map(str::parse::<u64>);
    let mut next = || numbers.next()?.ok();
    let (year, month, day) = (next()?, next()?, next()?);
    let (hour, minute, second) = (next()?, next()?, next()?);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // A year that begins in March has its odd day last.
    let (since, months) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days =
        365 * since + since / 4 - since / 100 + since / 400 + (153 * months + 2) / 5 + day - 1;
    let days = days.checked_sub(719_468)?;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Event;

    #[test]
    fn times_are_seconds() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2000-02-29T12:00:01Z", Some(951_825_601)),
            ("2026-11-22T21:39:02Z", Some(1_795_383_542)),
            ("1969-12-31T00:00:00Z", None),
            ("soon", None),
        ] {
            assert_eq!(seconds(&json!(text)), expected, "{text}");
        }
    }

    #[test]
    fn sessions_are_spans_and_counted() {
        let line = |session: &str, event: Event, details: Value| json!({"time": "2026-01-01T00:00:05Z", "session": session, "event": event.as_str(), "details": details});
        let told = Told {
            events: vec![
                line(
                    "a",
                    Event::ErrorDetected,
                    json!({"class": "syntax", "file": "a.py", "message": "odd"}),
                ),
                line("a", Event::FixApplied, json!({"rule": "comma", "cost": 20})),
                line(
                    "a",
                    Event::HealingComplete,
                    json!({"result": "healed", "ms": 1500}),
                ),
                line("b", Event::ErrorDetected, json!({"class": "logic"})),
                line(
                    "b",
                    Event::ManualInterventionRequired,
                    json!({"why": "no rule"}),
                ),
            ],
            broken_at: None,
        };
        let lines = otlp(&told);
        let spans = &lines[0]["resourceSpans"][0]["scopeSpans"][0]["spans"];
        assert_eq!(spans.as_array().map(Vec::len), Some(2));
        assert_eq!(spans[0]["endTimeUnixNano"], "1767225605000000000");
        assert_eq!(spans[0]["startTimeUnixNano"], "1767225603500000000");
        assert_eq!(spans[0]["traceId"].as_str().map(str::len), Some(32));
        assert_eq!(spans[0]["spanId"].as_str().map(str::len), Some(16));
        assert_eq!(
            (&spans[0]["status"]["code"], &spans[1]["status"]["code"]),
            (&json!(1), &json!(2))
        );
        assert_eq!(spans[0]["events"][1]["name"], "fix_applied");
        let attributes = spans[0]["events"][1]["attributes"].as_array();
        let cost = json!({"key": "arc.heal.cost", "value": {"intValue": "20"}});
        assert!(attributes.is_some_and(|all| all.contains(&cost)));
        let metrics = &lines[1]["resourceMetrics"][0]["scopeMetrics"][0]["metrics"];
        assert_eq!(metrics[0]["sum"]["dataPoints"][0]["asInt"], "1");
        let times = &metrics[1]["histogram"]["dataPoints"];
        assert_eq!(
            (times.as_array().map(Vec::len), &times[0]["bucketCounts"][2]),
            (Some(1), &json!("1"))
        );
        assert!(
            otlp(&Told {
                events: Vec::new(),
                broken_at: None
            })
            .is_empty()
        );
    }
}
