//! A review as SARIF 2.1.0, the form that code hosts and editors read.

use serde_json::{Value, json};

use super::Review;
use super::finding::{Evidence, Finding, FindingKind, Severity};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The review as one SARIF log.
#[must_use]
pub fn sarif(review: &Review) -> Value {
    let rules: Vec<Value> = FindingKind::ALL
        .iter()
        .map(|kind| {
            let (id, text) = kind.described();
            let mut rule = json!({"id": id, "shortDescription": {"text": text}});
            let name = camel(id);
            // The form has no name that says the same as the id.
            if !name.eq_ignore_ascii_case(id) {
                rule["name"] = json!(name);
            }
            rule
        })
        .collect();
    let results: Vec<Value> = review.findings.iter().map(result).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "arc",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the repository"}}},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(finding: &Finding) -> Value {
    let index = FindingKind::ALL
        .iter()
        .position(|kind| *kind == finding.kind);
    let level = match finding.severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    };
    // Commits are no places.
    let related: Vec<Value> = finding
        .evidence
        .iter()
        .filter_map(related)
        .enumerate()
        .map(|(id, mut place)| {
            place["id"] = json!(id);
            place
        })
        .collect();
    let mut result = json!({
        "ruleId": finding.kind.as_str(),
        "ruleIndex": index,
        "level": level,
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": physical(&finding.path, finding.line)}],
        "partialFingerprints": {"arcFinding/v1": finding.id},
        "rank": (finding.confidence * 100.0).round(),
        "properties": {"severity": finding.severity.as_str(), "confidence": finding.confidence},
    });
    if !related.is_empty() {
        result["relatedLocations"] = Value::Array(related);
    }
    result
}

fn related(evidence: &Evidence) -> Option<Value> {
    let (path, line) = evidence.at.rsplit_once(':')?;
    let line: u32 = line.parse().ok()?;
    Some(json!({
        "physicalLocation": physical(path, Some(line)),
        "message": {"text": evidence.text},
    }))
}

fn physical(path: &str, line: Option<u32>) -> Value {
    let mut place = json!({"artifactLocation": {"uri": uri(path), "uriBaseId": "%SRCROOT%"}});
    if let Some(line) = line {
        place["region"] = json!({"startLine": line.max(1)});
    }
    place
}

/// A path as the relative part of an address.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

/// `missing_co_change` as `MissingCoChange`.
fn camel(id: &str) -> String {
    id.split('_')
        .map(|part| {
            let mut letters = part.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<String>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_addresses_and_names_become_camels() {
        assert_eq!(uri("a b/ü#.py"), "a%20b/%C3%BC%23.py");
        assert_eq!(camel("missing_co_change"), "MissingCoChange");
    }
}
