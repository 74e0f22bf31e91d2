//! What becomes of an accepted change: in place, in another file, or only shown; and what is said of it.

use std::io::Write as _;
use std::path::Path;

use arc_agents::{Candidate, Evaluation, Improved, Proof, Session, SessionState};
use arc_heal::{Placing, put_in_place};
use arc_project::replace_file;
use serde::Serialize;

use super::{FileReport, KeepArguments, Maker};
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::output::{BAD, DIM, GOOD, WARN, count, grouped, inert};

/// `arc generate --json` and `arc improve --json`.
#[derive(Serialize)]
struct MadeReport<'a> {
    schema: &'static str,
    command: &'a str,
    /// `accepted` or `not_improved`.
    result: &'static str,
    session: &'a str,
    /// Where everything of the session is, relative to the root.
    folder: String,
    model: &'a str,
    attempts: u32,
    tokens: u64,
    /// What they cost, in the currency of the prices; null where there are none.
    cost: Option<f64>,
    /// The attempt that was kept, or was the best.
    attempt: Option<u32>,
    summary: &'a str,
    diff: String,
    /// What was written, relative to the root; another place as it was named.
    written: Vec<String>,
    /// How the proof ended before anything changed.
    passed_before: Option<bool>,
    evaluation: Option<&'a Evaluation>,
    /// How each file did by itself; only for a project from nothing.
    #[serde(skip_serializing_if = "<[FileReport]>::is_empty")]
    files: &'a [FileReport],
    /// Why nothing was kept.
    reasons: &'a [String],
}

/// What the loop came to.
pub(in crate::commands) struct Kept<'a> {
    pub(in crate::commands) improved: &'a Improved,
    /// How each file did, for a project from nothing.
    pub(in crate::commands) files: &'a [FileReport],
    pub(in crate::commands) model: &'a str,
    pub(in crate::commands) tokens: u64,
    /// What they cost, where prices are known.
    pub(in crate::commands) cost: Option<f64>,
}

/// Writes what is to be written, and tells.
pub(in crate::commands) fn finish(
    kept: &Kept<'_>,
    (session, maker): (&mut Session, &Maker<'_>),
    arguments: &KeepArguments,
    context: &mut Context,
) -> Result<Outcome, Failure> {
    let improved = kept.improved;
    let mut reasons = improved.reasons.clone();
    let mut accepted = improved.accepted.as_ref();
    let writes_in_place = arguments.output.is_none() && !arguments.dry_run;
    if accepted.is_some() && writes_in_place && !arguments.accept_unproved && !is_proved(improved) {
        reasons = vec!["nothing that was run shows that it works: name a command with --command, or take it with --accept-unproved".to_owned()];
        accepted = None;
    }
    if let (None, Some(evaluation), Some(least)) =
        (accepted, &improved.evaluation, session.note.threshold)
        && evaluation.score < least
    {
        reasons.insert(
            0,
            format!("the best score is {} of at least {least}", evaluation.score),
        );
    }
    let written = match accepted {
        Some(candidate) => write(candidate, session, maker, arguments, context)?,
        None => Vec::new(),
    };
    session.note.state = match accepted {
        Some(_) => SessionState::Accepted,
        None => SessionState::NotImproved,
    };
    session.save()?;
    let diff = accepted.map_or_else(String::new, Candidate::diff);
    let outcome = if accepted.is_some() {
        Outcome::Done
    } else {
        Outcome::No
    };
    if accepted.is_none() && is_chosen_and_fails(improved) {
        context.note(
            "what was chosen to run fails without a change as well; `--command` names what shows that the file works",
        );
    }
    if arguments.json {
        let report = MadeReport {
            schema: "arc.made/1",
            command: &session.note.command,
            result: if accepted.is_some() {
                "accepted"
            } else {
                "not_improved"
            },
            session: &session.note.session,
            folder: session.place(),
            model: kept.model,
            attempts: session.note.done,
            tokens: kept.tokens,
            cost: kept.cost,
            attempt: improved.number,
            summary: accepted.map_or("", |candidate| &candidate.summary),
            diff,
            written,
            passed_before: improved.before.as_ref().map(|run| run.passed),
            evaluation: improved.evaluation.as_ref(),
            files: kept.files,
            reasons: if accepted.is_some() { &[] } else { &reasons },
        };
        context.out.json(&report)?;
        return Ok(outcome);
    }
    for file in kept.files {
        show_file(file, context)?;
    }
    match accepted {
        Some(candidate) => show_accepted(candidate, improved, &written, context)?,
        None => show_refused(&reasons, context)?,
    }
    context.note(&format!(
        "{}, {}, {} tokens{}; all of it is in {}",
        kept.model,
        count(u64::from(session.note.done), "attempt"),
        grouped(kept.tokens),
        money(kept.cost),
        session.place()
    ));
    if accepted.is_some() && writes_in_place {
        context.note(&format!(
            "`arc heal undo {}` takes it back",
            session.note.session
        ));
    }
    Ok(outcome)
}

/// What was spent, with a comma before it; nothing where nobody told the prices.
pub(in crate::commands) fn money(cost: Option<f64>) -> String {
    cost.map_or_else(String::new, |cost| format!(", {cost:.4} spent"))
}

/// Whether nobody named the command, and it fails with the files as they are.
fn is_chosen_and_fails(improved: &Improved) -> bool {
    let before = improved.before.as_ref();
    before.is_some_and(|run| !run.passed && run.proof != Proof::Command)
}

/// Whether something ran with the change and succeeded.
fn is_proved(improved: &Improved) -> bool {
    let evaluation = improved.evaluation.as_ref();
    let run = evaluation.and_then(|own| own.parts.iter().find(|part| part.name == "run"));
    run.is_some_and(|run| run.value > 0.5)
}

fn write(
    candidate: &Candidate,
    session: &Session,
    maker: &Maker<'_>,
    arguments: &KeepArguments,
    context: &Context,
) -> Result<Vec<String>, Failure> {
    if arguments.dry_run {
        return Ok(Vec::new());
    }
    if let Some(output) = &arguments.output {
        let file = candidate.files.first();
        let text = file.map_or("", |file| &file.new);
        write_elsewhere(&context.folder().join(output), text)?;
        return Ok(vec![output.display().to_string()]);
    }
    let files: Vec<Placing<'_>> = candidate
        .files
        .iter()
        .map(|file| Placing {
            path: &file.path,
            old: file.old.as_ref().map(String::as_bytes),
            new: file.new.as_bytes(),
        })
        .collect();
    put_in_place(&maker.root, &session.note.session, &files, &maker.options)?;
    Ok(candidate
        .files
        .iter()
        .map(|file| file.path.clone())
        .collect())
}

fn write_elsewhere(path: &Path, text: &str) -> Result<(), Failure> {
    let written = match path.parent() {
        Some(folder) => std::fs::create_dir_all(folder),
        None => Ok(()),
    };
    written
        .and_then(|()| replace_file(path, &mut |file| file.write_all(text.as_bytes())))
        .map_err(|error| Failure::usage(format!("cannot write {}: {error}", path.display())))
}

fn show_accepted(
    candidate: &Candidate,
    improved: &Improved,
    written: &[String],
    context: &mut Context,
) -> Result<(), Failure> {
    let out = &mut context.out;
    for line in candidate.diff().lines() {
        let style = match line.as_bytes().first() {
            Some(b'+') => GOOD,
            Some(b'-') => BAD,
            _ => DIM,
        };
        writeln!(out, "{style}{}{style:#}", inert(line))?;
    }
    if !candidate.summary.is_empty() {
        writeln!(out, "{}", inert(&candidate.summary))?;
    }
    if let Some(evaluation) = &improved.evaluation {
        show_evaluation(evaluation, out)?;
    }
    if written.is_empty() {
        writeln!(out, "{WARN}nothing was written{WARN:#}")?;
    } else {
        writeln!(out, "{GOOD}written{GOOD:#} {}", inert(&written.join(", ")))?;
    }
    Ok(())
}

fn show_file(file: &FileReport, context: &mut Context) -> Result<(), Failure> {
    let (style, word) = if file.success {
        (GOOD, "works")
    } else {
        (BAD, "fails")
    };
    writeln!(
        context.out,
        "{style}{word}{style:#} {}  {DIM}{} ms, {}{DIM:#}",
        inert(&file.path),
        file.ms,
        count(u64::from(file.attempts), "attempt")
    )?;
    for error in &file.errors {
        writeln!(context.out, "        {}", inert(error))?;
    }
    Ok(())
}

fn show_refused(reasons: &[String], context: &mut Context) -> Result<(), Failure> {
    writeln!(
        context.out,
        "{WARN}not improved{WARN:#}, nothing was changed"
    )?;
    for reason in reasons {
        writeln!(context.out, "  {}", inert(reason))?;
    }
    Ok(())
}

/// The score with what it is made of.
pub(in crate::commands) fn show_evaluation(
    evaluation: &Evaluation,
    out: &mut crate::output::Output,
) -> Result<(), Failure> {
    writeln!(out, "score {:.2}", evaluation.score)?;
    for part in &evaluation.parts {
        writeln!(
            out,
            "  {:<11} {:.2} of {:.2}  {DIM}{}{DIM:#}",
            part.name,
            part.value * part.weight,
            part.weight,
            inert(&part.why)
        )?;
    }
    for better in &evaluation.better {
        writeln!(out, "  {GOOD}+{GOOD:#} {}", inert(better))?;
    }
    for reason in &evaluation.reasons {
        writeln!(out, "  {BAD}-{BAD:#} {}", inert(reason))?;
    }
    Ok(())
}
