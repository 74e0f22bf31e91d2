//! Somebody who proposes repairs that no rule knows: a model. What it proposes is held to what holds for rules, and to more: it may not hide a
//! fault instead of repairing it, and code that it edits has to run.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use arc_agents::lost_telemetry;
use arc_project::unified_diff;
use regex::Regex;
use serde_json::json;

use crate::HealError;
use crate::child::Finished;
use crate::decide::Passed;
use crate::diagnostic::{Class, Diagnostic};
use crate::judge::{Accepted, Fault, Judge};
use crate::log::Event;
use crate::proposal::Proposal;
use crate::runner::Runner;
use crate::session::Session;

/// Proposals that are asked for, one after the other.
const MOST_ASKED: usize = 3;
/// Lines that a repair may change.
const MOST_LINES: usize = 60;
/// What a model thinks of is less likely than what a rule knows.
const COST: u32 = 1_200;
/// Letters of what a command printed that go along, of its end.
const MOST_OUTPUT: usize = 6_000;

/// Gets each event of a session once it is in the log, with its details as they stand there.
pub type OnEvent<'a> = &'a mut dyn FnMut(Event, &serde_json::Value);

/// What runs commands, who proposes what no rule knows, and who looks on.
pub struct Means<'a> {
    /// Runs the command.
    pub runner: &'a mut dyn Runner,
    /// Asked when no rule heals; `None` for rules alone.
    pub fixer: Option<&'a mut dyn Fixer>,
    /// Told of events as they happen; a dry run has none.
    pub on_event: Option<OnEvent<'a>>,
}

/// Proposes repairs of one file.
pub trait Fixer {
    /// The text that the file is to have, or why there is none: then it may be asked again.
    ///
    /// # Errors
    /// When it cannot be asked at all.
    fn fix(&mut self, case: &Case<'_>) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>>;
}

/// What is known of a fault.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The root of the project.
    pub root: &'a Path,
    /// The file, relative to the root.
    pub path: &'a str,
    /// Its text, without a mark at its beginning.
    pub text: &'a str,
    /// The command that is to succeed, in one line.
    pub command: &'a str,
    /// What tools said, the most telling first.
    pub diagnostics: &'a [Diagnostic],
    /// The end of what the command printed.
    pub output: &'a str,
    /// What was proposed before, and why it was not taken; rules first.
    pub failed: &'a [Failed],
}

/// A repair that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// What it changed, as a unified diff; empty where the answer held no edit.
    pub diff: String,
    /// Why it was not taken.
    pub why: String,
}

/// What a fixer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The text as it is to be, and what the edit does in one sentence.
    Edited {
        /// The whole text.
        text: String,
        /// One sentence.
        why: String,
    },
    /// The answer holds no edits of the file, and why.
    Unusable(String),
}

impl Session<'_> {
    /// Asks the fixer until a proposal passes what rules have to pass; nothing when there is none, or none passes.
    pub(crate) fn ask(
        &mut self,
        (judge, text, bom): (&Judge, &str, &str),
        reading: &Result<Accepted, Fault>,
        diagnostics: &[Diagnostic],
        before: &Finished,
    ) -> Result<Vec<Passed>, HealError> {
        let Some(fixer) = self.fixer.take() else {
            return Ok(Vec::new());
        };
        let mut passed = Vec::new();
        let command = self.patient.command.join(" ".as_ref());
        let command = command.to_string_lossy().into_owned();
        let mut failed: Vec<Failed> = Vec::new();
        let mut output = tail(&self.printed).to_owned();
        let class = diagnostics
            .first()
            .map_or(Class::Unknown, |diagnostic| diagnostic.class);
        while failed.len() < MOST_ASKED
            && self.report.attempts < self.options.max_attempts
            && !self.left().is_zero()
        {
            let case = Case {
                root: &self.patient.root,
                path: &self.found.path,
                text,
                command: &command,
                diagnostics,
                output: &output,
                failed: &failed,
            };
            let asked = fixer.fix(&case);
            let answer = asked.map_err(|source| HealError::Fixer { source })?;
            let (edited, why) = match answer {
                Answer::Edited { text, why } => (text, why),
                Answer::Unusable(why) => {
                    self.refused(&mut failed, String::new(), why)?;
                    continue;
                }
            };
            let diff = unified_diff(&self.found.path, Some(text), &edited);
            let unfit = match why_not(text, &edited) {
                Some(why) => Some(why),
                None => unread(judge, reading, &edited)?,
            };
            if let Some(why) = unfit {
                self.refused(&mut failed, diff, why)?;
                continue;
            }
            let proposal = Proposal {
                bytes: format!("{bom}{edited}").into_bytes(),
                mode: self.found.mode,
                class,
                rule: "model",
                why,
                cost: COST,
            };
            if !self.is_new(&proposal) {
                let why = "this is the same change again: make another one".to_owned();
                self.refused(&mut failed, diff, why)?;
                continue;
            }
            let wall = self.wall_with(before).min(self.left());
            let finished = self.run_within(vec![self.version(&proposal)], wall)?;
            if finished.is_success() {
                passed.push(Passed {
                    proposal,
                    complains: finished.complains(),
                    wall: finished.wall,
                });
                break;
            }
            output = tail(&finished.text()).to_owned();
            let why = format!("the command fails with it:\n{}", output.trim_end());
            self.refused(&mut failed, diff, why)?;
        }
        if passed.is_empty() && !failed.is_empty() {
            let last = failed.last().map_or("", |failed| &failed.why);
            let first = last.lines().next().unwrap_or("");
            self.model_said = Some(format!(
                "{} proposals of the model were not taken; the last: {first}",
                failed.len()
            ));
        } else {
            // Costs of rules say nothing of what a model thought of.
            self.untried = u32::MAX;
        }
        self.fixer = Some(fixer);
        Ok(passed)
    }

    fn refused(
        &mut self,
        failed: &mut Vec<Failed>,
        diff: String,
        why: String,
    ) -> Result<(), HealError> {
        if !self.options.dry_run {
            let mut details = json!({"rule": "model", "why": why, "diff": diff});
            if why.starts_with(TELEMETRY) {
                details["class"] = json!(TELEMETRY);
            }
            self.tell(&[(Event::FixFailed, details)])?;
        }
        failed.push(Failed { diff, why });
        Ok(())
    }
}

/// Why an edited text is no program, or one with new faults.
fn unread(
    judge: &Judge,
    before: &Result<Accepted, Fault>,
    edited: &str,
) -> Result<Option<String>, HealError> {
    let accepted = match judge.read(edited)? {
        Ok(accepted) => accepted,
        Err(fault) => {
            return Ok(Some(format!(
                "line {}: {} ({} does not read it)",
                fault.line + 1,
                fault.message,
                judge.name()
            )));
        }
    };
    let Ok(before) = before else {
        return Ok(None);
    };
    let known: BTreeSet<&String> = before.unknown.iter().collect();
    let new = accepted.unknown.iter().find(|name| !known.contains(name));
    Ok(new.map(|name| format!("nothing defines `{name}`")))
}

/// Why an edit is no repair, whatever it makes a command do.
fn why_not(text: &str, edited: &str) -> Option<String> {
    /// What makes a command succeed and leaves the fault where it is.
    static HIDES: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?x)
            (?:sys\.|os\._?|process\.|std::process::|os\.)?\b(?:_exit|exit|Exit|quit)\s*\(\s*0?\s*\) | ^\s*exit\s+0\b | \|\|\s*(?:true|:)(?:\s|;|$)
            | \bset\s+\+e\b | \bexcept\b[^\n]*:\s*(?:pass|\.\.\.|continue)\s*$ | ^\s*except\s*(?:\(?\s*(?:Base)?Exception\b[^\n]*)?:\s*$
            | \bcatch\s*(?:\([^)]*\)|[\w\s]*)\s*\{\s*\} | contextlib\.suppress | \bcatch_unwind\b | \brecover\(\)
            | \#\s*(?:type:\s*ignore|noqa|pragma:\s*no\s*cover) | \beslint-disable | @ts-(?:ignore|nocheck|expect-error) | \#!?\[allow\( | //\s*nolint
            | \bignore_errors:\s*(?:yes|true)\b | \bfailed_when:\s*false\b
            | \b(?:pytest|unittest)\.(?:mark\.)?(?:skip|xfail) | \bassert\s+True\b | \b(?:it|test|describe|suite|t)\.(?:[sS]kip|todo)\w*\(
        ",
        )
        .expect("the expression is tested")
    });
    /// What looks whether all is well.
    static LOOKS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"\b(?:assert\w*|raise|throw|panic!?|bail!|ensure!|expect|validation|precondition)\b",
        )
        .expect("the expression is tested")
    });
    if text == edited {
        return Some("the edits change nothing".to_owned());
    }
    let (gone, come) = changed_lines(text, edited);
    if gone.len().max(come.len()) > MOST_LINES {
        return Some(format!(
            "it changes {} lines, and {MOST_LINES} are the most: repair the fault and leave the rest",
            gone.len().max(come.len())
        ));
    }
    let was = |line: &&&str| gone.iter().any(|gone| gone.trim() == line.trim());
    let hides = come.iter().filter(|line| !was(line)).find(|line| {
        // What the old lines did already is not hidden now.
        HIDES.is_match(line) && !gone.iter().any(|gone| HIDES.is_match(gone))
    });
    if let Some(line) = hides {
        return Some(format!(
            "`{}` hides the fault instead of repairing it",
            line.trim()
        ));
    }
    let count = |lines: &[&str]| lines.iter().filter(|line| LOOKS.is_match(line)).count();
    if count(&come) < count(&gone) {
        return Some("it takes out a check".to_owned());
    }
    let lost = lost_telemetry(&[(text, edited)])?;
    Some(format!("{TELEMETRY}: it takes out `{lost}`"))
}

/// What the reason begins with when a proposal records less than the code did.
const TELEMETRY: &str = "telemetry";

/// Lines that are gone and lines that have come, but for those that begin and end both texts alike.
fn changed_lines<'a>(text: &'a str, edited: &'a str) -> (Vec<&'a str>, Vec<&'a str>) {
    let (old, new): (Vec<&str>, Vec<&str>) = (text.lines().collect(), edited.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = old[same..].iter().rev().zip(new[same..].iter().rev());
    let end = rest.take_while(|(a, b)| a == b).count();
    let gone = &old[same..old.len() - end];
    let come = &new[same..new.len() - end];
    // Of several places what stands between them is in both.
    let kept: BTreeSet<&str> = gone
        .iter()
        .filter(|line| come.contains(line))
        .copied()
        .collect();
    let differs = |lines: &[&'a str]| -> Vec<&'a str> {
        let others = lines.iter().filter(|line| !kept.contains(*line));
        others.copied().collect()
    };
    (differs(gone), differs(come))
}

/// The end of an output.
fn tail(output: &str) -> &str {
    let mut start = output.len().saturating_sub(MOST_OUTPUT);
    while !output.is_char_boundary(start) {
        start += 1;
    }
    &output[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_a_fault_is_no_repair() {
        let text = "def f(x):\n    assert x\n    return g(x)\n";
        for (edited, says) in [
            (text, "nothing"),
            (
                "import sys\nsys.exit(0)\ndef f(x):\n    assert x\n    return g(x)\n",
                "hides",
            ),
            (
                "def f(x):\n    assert x\n    try:\n        return g(x)\n    except Exception:\n        return None\n",
                "hides",
            ),
            (
                "def f(x):\n    assert x\n    return g(x)  # type: ignore\n",
                "hides",
            ),
            ("def f(x):\n    return h(x)\n", "takes out a check"),
        ] {
            let why = why_not(text, edited).unwrap_or_default();
            assert!(why.contains(says), "{edited}: {why}");
        }
        for (text, edited) in [
            ("#!/bin/sh\nrun\n", "#!/bin/sh\nrun || true\n"),
            (
                "try { f() } catch (e) { say(e) }\n",
                "try { f() } catch (e) {}\n",
            ),
            ("- copy:\n", "- copy:\n  ignore_errors: true\n"),
            ("let x = f();\n", "#[allow(unused)]\nlet x = f();\n"),
        ] {
            assert!(why_not(text, edited).is_some(), "{edited}");
        }
        let long: String = (0..200).map(|line| format!("x{line} = {line}\n")).collect();
        assert!(why_not(text, &long).is_some_and(|why| why.contains("lines")));
        for edited in [
            "def f(x):\n    assert x\n    return h(x)\n",
            "def f(x):\n    assert x is not None\n    return g(x)\n",
            "def f(x):\n    assert x\n    try:\n        return g(x)\n    except KeyError:\n        return 0\n",
        ] {
            assert_eq!(why_not(text, edited), None, "{edited}");
        }
    }

    #[test]
    fn what_a_program_records_stays() {
        for (text, edited) in [
            (
                "def f(x):\n    with tracer.start_as_current_span(\"f\"):\n        return g(x)\n",
                "def f(x):\n    return h(x)\n",
            ),
            (
                "REQUESTS.inc()\nrequest_counter.labels(a).inc()\nf(1)\n",
                "REQUESTS.inc()\nf(2)\n",
            ),
            (
                "#[instrument(skip(x))]\nfn f(x: u8) { g(x) }\n",
                "fn f(x: u8) { h(x) }\n",
            ),
            ("    logger.warning('odd')\n    f(1)\n", "    f(2)\n"),
            ("\tspan.End()\n\tf(1)\n", "\tf(2)\n"),
        ] {
            let why = why_not(text, edited).unwrap_or_default();
            assert!(why.starts_with("telemetry: "), "{edited}: {why}");
        }
        for (text, edited) in [
            ("logger.info('a', x)\n", "logger.info('a', y)\n"),
            ("f(1)\nspan.end()\n", "f(2)\nspan.end()\n"),
            ("x = settings.get(1)\n", "x = option.get(1)\n"),
        ] {
            assert_eq!(why_not(text, edited), None, "{edited}");
        }
    }

    #[test]
    fn lines_between_two_places_do_not_count() {
        let (gone, come) = changed_lines("a\nb\nc\nd\n", "a\nB\nc\nD\n");
        assert_eq!((gone, come), (vec!["b", "d"], vec!["B", "D"]));
    }
}
