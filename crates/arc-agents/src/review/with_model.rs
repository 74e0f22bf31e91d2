//! A review with a model: findings of rules explained, others added. What cannot be shown is dropped.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use arc_graph::{Direction, EdgeKind, GraphRead as _};
use arc_project::{AskError, ask_related};
use serde::Deserialize;
use serde_json::{Value, json};

use super::finding::{Evidence, Finding, FindingKind, Origin, Place, Severity, put_in_order};
use super::{Review, Subject};
use crate::assistant::AnswerError;
use crate::lessons::weights;
use crate::model::{
    Budget, ChatModel, ChatRequest, Finish, Message, ModelError, Role, Watch, json_in, tokens,
};
use crate::prompt::{DATA_RULE, fenced};

/// Lines around a changed line that are shown.
const AROUND: u32 = 4;
/// Tokens of a change that are shown; what comes after is told to be left out.
const MAX_SHOWN: usize = 40_000;
/// Users of a changed definition that are shown.
const MAX_USERS: usize = 8;
/// Changed definitions whose users are shown.
const MAX_DEFINITIONS: usize = 30;
/// Tokens of the answer.
const MAX_ANSWER: u32 = 4_096;
/// How sure a remark of a model is that stands at shown lines.
const CONFIDENCE: f64 = 0.5;
/// Letters of a remark.
const MAX_REMARK: usize = 600;

const INSTRUCTIONS: &str = "You review a change of a software project. You get the changed lines with their numbers (changed ones are \
marked with +), who uses what changed, and findings of rules. Explain findings of rules where more is to be said than they say, in one \
or two sentences, by their ids. Add findings of your own only for faults that the shown lines prove: wrong results, crashes, races, \
leaks, broken callers, missing cases. Each stands at a changed line (path, line) and names shown lines as evidence. No praise, no \
style, no guesses about code that is not shown. No finding is a good answer.";

#[derive(Default, Deserialize)]
struct Said {
    #[serde(default)]
    explanations: Vec<Explanation>,
    #[serde(default)]
    findings: Vec<Remark>,
}

#[derive(Deserialize)]
struct Explanation {
    id: String,
    text: String,
}

#[derive(Deserialize)]
struct Remark {
    path: String,
    line: u32,
    severity: String,
    message: String,
    #[serde(default)]
    evidence: Vec<Spot>,
}

#[derive(Deserialize)]
struct Spot {
    path: String,
    line: u32,
}

/// What a model added to a review.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// Findings that it explains.
    pub explained: usize,
    /// Findings of its own that stand at shown lines.
    pub added: usize,
    /// Findings of its own that do not, and are not told.
    pub dropped: usize,
}

/// The lines that a model is shown.
type Shown = BTreeSet<(String, u32)>;

/// Has a model explain and add to a review.
///
/// # Errors
/// When the model does not answer.
pub fn review_with(
    (model, budget): (&dyn ChatModel, &Budget),
    subject: &Subject<'_>,
    review: &mut Review,
    watch: &dyn Watch,
) -> Result<Added, AnswerError> {
    let (request, shown) = review_request(subject, review)?;
    budget.check(&request)?;
    let reply = model.complete(&request, watch)?;
    budget.count(&request, &reply);
    if reply.finish == Finish::Refusal {
        return Err(AnswerError::Refused { said: reply.text });
    }
    let said = json_in(&reply.text).and_then(|value| serde_json::from_value::<Said>(value).ok());
    let said = said.ok_or_else(|| {
        AnswerError::Model(ModelError::Malformed {
            host: model.name().to_owned(),
            why: "it is not the JSON that was asked for".to_owned(),
        })
    })?;
    let mut told = Added::default();
    for explanation in said.explanations {
        let mut findings = review.findings.iter_mut();
        if let Some(finding) = findings.find(|finding| finding.id == explanation.id) {
            finding.explanation = Some(shortened(&explanation.text));
            told.explained += 1;
        }
    }
    for remark in said.findings {
        match finding(subject, &shown, remark) {
            Some(finding) => {
                review.findings.push(finding);
                told.added += 1;
            }
            None => told.dropped += 1,
        }
    }
    put_in_order(&mut review.findings, &weights(subject.graph)?);
    Ok(told)
}

/// What a model is asked about a review.
///
/// # Errors
/// When the graph cannot be read.
pub fn review_prompt(subject: &Subject<'_>, review: &Review) -> Result<ChatRequest, AskError> {
    Ok(review_request(subject, review)?.0)
}

fn review_request(
    subject: &Subject<'_>,
    review: &Review,
) -> Result<(ChatRequest, Shown), AskError> {
    let mut shown = Shown::new();
    let mut text = changed_lines(subject, &mut shown);
    text.push_str(&users(subject, &mut shown)?);
    text.push_str("\nFindings of rules:\n");
    let mut findings = String::new();
    for finding in &review.findings {
        // Writing to a string never fails.
        let _ = writeln!(
            findings,
            "{} {} {}:{} {}",
            finding.id,
            finding.kind.as_str(),
            finding.path,
            finding.line.unwrap_or(0),
            finding.message
        );
    }
    text.push_str(&fenced("rules", &findings));
    let request = ChatRequest {
        messages: vec![
            Message::new(Role::System, format!("{INSTRUCTIONS}\n\n{DATA_RULE}")),
            Message::new(Role::User, text),
        ],
        tools: Vec::new(),
        schema: Some(("review".to_owned(), schema())),
        max_tokens: MAX_ANSWER,
    };
    Ok((request, shown))
}

fn changed_lines(subject: &Subject<'_>, shown: &mut Shown) -> String {
    let mut text = String::new();
    for file in subject.files() {
        let changed: BTreeSet<u32> = file.reviewed().map(|(line, _)| line).collect();
        let mut lines = String::new();
        let mut last = 0;
        for (number, line) in (1_u32..).zip(file.text.lines()) {
            let near = number.saturating_sub(AROUND)..=number + AROUND;
            if changed.range(near).next().is_none() {
                continue;
            }
            if number != last + 1 {
                lines.push_str("…\n");
            }
            last = number;
            let mark = if changed.contains(&number) { '+' } else { ' ' };
            // Writing to a string never fails.
            let _ = writeln!(lines, "{mark}{number:>5} {line}");
        }
        if tokens(&text) + tokens(&lines) > MAX_SHOWN {
            let _ = writeln!(text, "{} is left out: too long", file.path);
            continue;
        }
        for line in &changed {
            let near = line.saturating_sub(AROUND).max(1)..=line + AROUND;
            shown.extend(near.map(|line| (file.path.clone(), line)));
        }
        if !lines.is_empty() {
            text.push_str(&fenced(&file.path, &lines));
            text.push('\n');
        }
    }
    text
}

/// Who uses what changed, from outside of the shown lines.
fn users(subject: &Subject<'_>, shown: &mut Shown) -> Result<String, AskError> {
    let changes = subject.changes.map_or(&[][..], |changes| &changes.changes);
    let mut text = String::new();
    for change in changes.iter().take(MAX_DEFINITIONS) {
        let Some(node) = change.node() else {
            continue;
        };
        let Some(node) = subject.graph.nodes(&[node])?.pop() else {
            continue;
        };
        let kinds = [EdgeKind::Calls, EdgeKind::References, EdgeKind::Inherits];
        let users = ask_related(subject.graph, &[&node], &kinds, &[Direction::Dependents])?;
        let mut lines = String::new();
        for at in users
            .iter()
            .filter_map(|user| user.at.as_ref())
            .take(MAX_USERS)
        {
            let evidence = subject.evidence(at);
            // Writing to a string never fails.
            let _ = writeln!(lines, "{at} {}", evidence.text);
            if let Some((path, line)) = at.rsplit_once(':') {
                shown.extend(line.parse().ok().map(|line| (path.to_owned(), line)));
            }
        }
        if !lines.is_empty() {
            let name = change.symbol.as_deref().unwrap_or(&change.path);
            text.push_str(&fenced(&format!("uses of {name}"), &lines));
            text.push('\n');
        }
    }
    Ok(text)
}

/// The finding of a remark; `None` when it does not stand at changed lines, or at nothing that was shown.
fn finding(subject: &Subject<'_>, shown: &Shown, remark: Remark) -> Option<Finding> {
    let file = subject.file(&remark.path)?;
    let is_there = file.has(remark.line) && remark.line as usize <= file.text.lines().count();
    let evidence: Vec<Evidence> = remark
        .evidence
        .into_iter()
        .filter(|spot| shown.contains(&(spot.path.clone(), spot.line)))
        .map(|spot| subject.evidence(&format!("{}:{}", spot.path, spot.line)))
        .filter(|evidence| !evidence.text.is_empty())
        .collect();
    if !is_there || evidence.is_empty() || remark.message.trim().is_empty() {
        return None;
    }
    let severity = Severity::from_name(&remark.severity).unwrap_or(Severity::Low);
    let place = Place {
        path: &remark.path,
        line: Some(remark.line),
        symbol: None,
    };
    let message = shortened(&remark.message);
    let mut finding = Finding::new(
        FindingKind::Remark,
        (severity, CONFIDENCE),
        place,
        &message,
        message.clone(),
    )
    .with(evidence);
    finding.origin = Origin::Model;
    Some(finding)
}

fn shortened(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.trim_end_matches('.')
        .chars()
        .take(MAX_REMARK)
        .collect()
}

fn schema() -> Value {
    let spot = json!({"type": "object", "additionalProperties": false, "required": ["path", "line"],
        "properties": {"path": {"type": "string"}, "line": {"type": "integer"}}});
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["explanations", "findings"],
        "properties": {
            "explanations": {"type": "array", "items": {
                "type": "object", "additionalProperties": false, "required": ["id", "text"],
                "properties": {"id": {"type": "string"}, "text": {"type": "string"}},
            }},
            "findings": {"type": "array", "items": {
                "type": "object", "additionalProperties": false,
                "required": ["path", "line", "severity", "message", "evidence"],
                "properties": {
                    "path": {"type": "string"}, "line": {"type": "integer"},
                    "severity": {"type": "string", "enum": ["low", "medium", "high"]},
                    "message": {"type": "string"}, "evidence": {"type": "array", "items": spot},
                },
            }},
        },
    })
}
