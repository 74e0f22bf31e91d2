//! What linters propose in a form for machines, where the command is the linter: ruff, shellcheck, clippy, ESLint. Only what they themselves
//! call safe is taken, of shellcheck, which does not say so, what leaves a script doing the same. oxlint tells no proposals (its JSON, 1.94, has
//! none), so the file is taken as it leaves it behind in the sandbox.

use std::ffi::OsString;
use std::ops::Range;
use std::path::Path;

use serde_json::Value;

use crate::HealError;
use crate::child::Finished;
use crate::diagnostic::Class;
use crate::lines::Lines;
use crate::proposal::Proposal;
use crate::session::Session;

/// A program that finds fault with sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Linter {
    Clippy,
    Eslint,
    Oxlint,
    Ruff,
    Shellcheck,
}

/// Proposals of shellcheck after which a script does what it did: `$()` for backticks, arithmetic without `$`, `-n` for `! -z`,
/// `$(())` for `$[]`, braces around a name, a comparison without the `x` in front.
const SAME: &[i64] = &[2004, 2006, 2007, 2236, 2237, 2250, 2268];
/// What they propose is likelier meant than most slips.
const COST: u32 = 50;

/// A stretch of the text and what comes in its place.
type Change = (Range<usize>, String);

impl Linter {
    /// The linter that a command runs.
    fn of(command: &[OsString]) -> Option<Linter> {
        let names: Vec<&str> = command
            .iter()
            .filter_map(|word| Path::new(word).file_name()?.to_str())
            .collect();
        let has = |name: &str| names.contains(&name);
        match () {
            () if has("ruff") && has("check") => Some(Linter::Ruff),
            () if has("shellcheck") => Some(Linter::Shellcheck),
            () if has("cargo") && has("clippy") => Some(Linter::Clippy),
            () if has("eslint") => Some(Linter::Eslint),
            () if has("oxlint") => Some(Linter::Oxlint),
            () => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Linter::Clippy => "clippy",
            Linter::Eslint => "eslint",
            Linter::Oxlint => "oxlint",
            Linter::Ruff => "ruff",
            Linter::Shellcheck => "shellcheck",
        }
    }

    /// The command so that the linter speaks to machines.
    fn asked(self, command: &[OsString]) -> Vec<OsString> {
        let flags: &[&str] = match self {
            Linter::Clippy => &["--message-format=json"],
            Linter::Eslint => &["-f", "json"],
            Linter::Oxlint => &["--fix"],
            Linter::Ruff => &["--output-format", "json", "--no-cache"],
            Linter::Shellcheck => &["-f", "json1"],
        };
        // Behind the name of what is run, since the end may be behind a `--`.
        let last = match self {
            Linter::Clippy | Linter::Eslint | Linter::Oxlint | Linter::Shellcheck => self.name(),
            Linter::Ruff => "check",
        };
        let is_last =
            |word: &OsString| Path::new(word).file_name().is_some_and(|name| name == last);
        let at = command
            .iter()
            .position(is_last)
            .map_or(command.len(), |at| at + 1);
        let mut asked = command.to_vec();
        asked.splice(at..at, flags.iter().map(OsString::from));
        asked
    }

    /// The changes of a file that it is sure of; `is_ours` tells whether a path is that of the file.
    fn changes(self, said: &str, text: &str, is_ours: &dyn Fn(&str) -> bool) -> Vec<Vec<Change>> {
        let lines = Lines::new(text);
        match self {
            Linter::Clippy => said
                .lines()
                .filter_map(|line| serde_json::from_str(line).ok())
                .flat_map(|message: Value| of_clippy(&message["message"], text, is_ours))
                .collect(),
            Linter::Eslint => items(said, |all| all)
                .filter(|file| file["filePath"].as_str().is_some_and(is_ours))
                .flat_map(|file| values(&file["messages"]))
                .filter_map(|message| of_eslint(&message["fix"], text))
                .collect(),
            Linter::Oxlint => Vec::new(),
            Linter::Ruff => items(said, |all| all)
                .filter(|one| one["filename"].as_str().is_some_and(is_ours))
                .filter(|one| one["fix"]["applicability"] == "safe")
                .filter_map(|one| {
                    let edits = values(&one["fix"]["edits"]).into_iter();
                    edits.map(|edit| of_ruff(&edit, &lines)).collect()
                })
                .collect(),
            Linter::Shellcheck => items(said, |all| &all["comments"])
                .filter(|one| one["file"].as_str().is_some_and(is_ours))
                .filter(|one| {
                    one["code"]
                        .as_i64()
                        .is_some_and(|code| SAME.contains(&code))
                })
                .filter_map(|one| {
                    let edits = values(&one["fix"]["replacements"]).into_iter();
                    edits.map(|edit| of_shellcheck(&edit, &lines)).collect()
                })
                .collect(),
        }
    }
}

fn values(list: &Value) -> Vec<Value> {
    list.as_array().cloned().unwrap_or_default()
}

/// The members of a list in what was said; none where that is no JSON.
fn items(said: &str, list: fn(&Value) -> &Value) -> impl Iterator<Item = Value> {
    let all: Value = serde_json::from_str(said).unwrap_or_default();
    values(list(&all)).into_iter()
}

/// The byte of a place that is told by line and character, both from 1.
fn byte_at(lines: &Lines<'_>, line: &Value, column: &Value) -> Option<usize> {
    let line = usize::try_from(line.as_u64()?).ok()?.checked_sub(1)?;
    let column = usize::try_from(column.as_u64()?).ok()?.checked_sub(1)?;
    if line >= lines.count() {
        return None;
    }
    let text = lines.text(line);
    let within = text
        .char_indices()
        .map(|(at, _)| at)
        .chain([text.len()])
        .nth(column)?;
    Some(lines.start(line) + within)
}

fn of_ruff(edit: &Value, lines: &Lines<'_>) -> Option<Change> {
    let at = |place: &Value| byte_at(lines, &place["row"], &place["column"]);
    let (start, end) = (at(&edit["location"])?, at(&edit["end_location"])?);
    let new = edit["content"].as_str().unwrap_or("");
    (start <= end).then(|| (start..end, new.to_owned()))
}

fn of_shellcheck(edit: &Value, lines: &Lines<'_>) -> Option<Change> {
    let start = byte_at(lines, &edit["line"], &edit["column"])?;
    let end = byte_at(lines, &edit["endLine"], &edit["endColumn"])?;
    (start <= end).then(|| Some((start..end, edit["replacement"].as_str()?.to_owned())))?
}

fn of_eslint(fix: &Value, text: &str) -> Option<Vec<Change>> {
    // Places are counted in units of UTF-16.
    let byte = |unit: &Value| {
        let wanted = usize::try_from(unit.as_u64()?).ok()?;
        let mut units = 0;
        for (at, letter) in text.char_indices() {
            if units == wanted {
                return Some(at);
            }
            units += letter.len_utf16();
        }
        (units == wanted).then_some(text.len())
    };
    let (start, end) = (byte(&fix["range"][0])?, byte(&fix["range"][1])?);
    (start <= end).then(|| Some(vec![(start..end, fix["text"].as_str()?.to_owned())]))?
}

/// The proposals below a message that a machine may apply, those of each piece of advice together.
fn of_clippy(message: &Value, text: &str, is_ours: &dyn Fn(&str) -> bool) -> Vec<Vec<Change>> {
    values(&message["children"])
        .iter()
        .filter_map(|child| {
            let spans = values(&child["spans"]);
            let proposed: Vec<&Value> = spans
                .iter()
                .filter(|span| span["suggested_replacement"].is_string())
                .collect();
            let is_safe = |span: &&&Value| {
                span["suggestion_applicability"] == "MachineApplicable"
                    && span["file_name"].as_str().is_some_and(is_ours)
            };
            if proposed.is_empty() || proposed.iter().filter(is_safe).count() < proposed.len() {
                return None;
            }
            proposed
                .into_iter()
                .map(|span| {
                    let byte = |name: &str| usize::try_from(span[name].as_u64()?).ok();
                    let (start, end) = (byte("byte_start")?, byte("byte_end")?);
                    text.get(start..end)?;
                    let new = span["suggested_replacement"].as_str()?;
                    Some((start..end, new.to_owned()))
                })
                .collect()
        })
        .collect()
}

/// The text with all changes that do not get into each other's way, and how many pieces of advice that is.
fn applied(text: &str, advice: Vec<Vec<Change>>) -> (String, usize) {
    let mut taken: Vec<Change> = Vec::new();
    let mut count = 0;
    for changes in advice {
        let meets = |change: &Change| {
            taken.iter().any(|own| {
                let (a, b) = (&own.0, &change.0);
                a.start < b.end && b.start < a.end || a == b || a.start == b.start
            })
        };
        if changes.is_empty() || changes.iter().any(meets) {
            continue;
        }
        taken.extend(changes);
        count += 1;
    }
    taken.sort_by_key(|change| change.0.start);
    let mut new = String::with_capacity(text.len());
    let mut end = 0;
    for (range, replacement) in taken {
        new.push_str(&text[end..range.start]);
        new.push_str(&replacement);
        end = range.end;
    }
    new.push_str(&text[end..]);
    (new, count)
}

impl Session<'_> {
    /// The file as the linter would have it that the command runs.
    pub(crate) fn linted(
        &mut self,
        text: &str,
        bom: &str,
        before: &Finished,
    ) -> Result<Vec<Proposal>, HealError> {
        let Some(linter) = Linter::of(&self.patient.command) else {
            return Ok(Vec::new());
        };
        let command = linter.asked(&self.patient.command);
        let wall = (before.wall * 5 + std::time::Duration::from_secs(5)).min(self.options.wall);
        if linter == Linter::Oxlint {
            return self.left_behind(&command, wall);
        }
        let finished = self.run_other((&command, &self.patient.folder), Vec::new(), wall)?;
        let said = String::from_utf8_lossy(&finished.stdout);
        let full = self.patient.root.join(&self.found.path);
        let is_ours = |path: &str| {
            let path = path.strip_prefix("./").unwrap_or(path);
            self.patient.folder.join(path) == full || self.patient.root.join(path) == full
        };
        let (new, count) = applied(text, linter.changes(&said, text, &is_ours));
        if count == 0 {
            return Ok(Vec::new());
        }
        let proposals = if count == 1 { "proposal" } else { "proposals" };
        Ok(vec![Proposal {
            bytes: format!("{bom}{new}").into_bytes(),
            mode: self.found.mode,
            class: Class::Unknown,
            rule: linter.name(),
            why: format!("{count} {proposals} that {} calls safe", linter.name()),
            cost: COST,
        }])
    }
}

impl Session<'_> {
    /// The file as a linter leaves it that mends what it calls safe.
    fn left_behind(
        &mut self,
        command: &[OsString],
        wall: std::time::Duration,
    ) -> Result<Vec<Proposal>, HealError> {
        let path = self.found.path.clone();
        let folder = self.patient.folder.clone();
        let left = self.run_editing((command, &folder), Path::new(&path), wall)?;
        let is_other = |bytes: &Vec<u8>| *bytes != self.found.bytes && !bytes.is_empty();
        let proposal = left.filter(is_other).map(|bytes| Proposal {
            bytes,
            mode: self.found.mode,
            class: Class::Unknown,
            rule: Linter::Oxlint.name(),
            why: "what `oxlint --fix` calls safe".to_owned(),
            cost: COST,
        });
        Ok(proposal.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linted(linter: Linter, said: &str, text: &str) -> (String, usize) {
        applied(text, linter.changes(said, text, &|path| path == "a"))
    }

    #[test]
    fn a_linter_is_asked_in_the_words_of_the_command() {
        for (command, asked) in [
            (
                "ruff check src -q",
                "ruff check --output-format json --no-cache src -q",
            ),
            (
                "/usr/bin/shellcheck a.sh",
                "/usr/bin/shellcheck -f json1 a.sh",
            ),
            (
                "cargo clippy -- -D warnings",
                "cargo clippy --message-format=json -- -D warnings",
            ),
            ("npx eslint .", "npx eslint -f json ."),
            (
                "node_modules/.bin/oxlint -D all a.js",
                "node_modules/.bin/oxlint --fix -D all a.js",
            ),
        ] {
            let words: Vec<OsString> = command.split(' ').map(OsString::from).collect();
            let linter = Linter::of(&words).expect("a linter");
            assert_eq!(linter.asked(&words).join(" ".as_ref()), *asked);
        }
        for command in ["ruff format --check", "cargo check", "pytest"] {
            let words: Vec<OsString> = command.split(' ').map(OsString::from).collect();
            assert_eq!(Linter::of(&words), None);
        }
    }

    #[test]
    fn what_is_not_called_safe_is_left() {
        let ruff = |safe: &str| {
            format!(
                r#"[{{"filename": "a", "fix": {{"applicability": "{safe}", "edits": [{{"content": "é", "location": {{"row": 2, "column": 2}},
                "end_location": {{"row": 2, "column": 3}}}}]}}}}, {{"filename": "a", "fix": null}}]"#
            )
        };
        let text = "x\nüyz\n";
        assert_eq!(
            linted(Linter::Ruff, &ruff("safe"), text),
            ("x\nüéz\n".into(), 1)
        );
        assert_eq!(
            linted(Linter::Ruff, &ruff("unsafe"), text),
            (text.into(), 0)
        );
        assert_eq!(linted(Linter::Ruff, "no JSON", text), (text.into(), 0));
        let shellcheck = |code: u32| {
            format!(
                r#"{{"comments": [{{"file": "a", "code": {code}, "fix": {{"replacements": [
                {{"line": 1, "column": 3, "endLine": 1, "endColumn": 4, "replacement": "$("}},
                {{"line": 1, "column": 8, "endLine": 1, "endColumn": 9, "replacement": ")"}}]}}}}]}}"#
            )
        };
        assert_eq!(
            linted(Linter::Shellcheck, &shellcheck(2006), "a=`date`"),
            ("a=$(date)".into(), 1)
        );
        assert_eq!(
            linted(Linter::Shellcheck, &shellcheck(2086), "a=`date`"),
            ("a=`date`".into(), 0)
        );
        let eslint = r#"[{"filePath": "a", "messages": [{"fix": {"range": [3, 5], "text": "==="}}, {"fix": {"range": [99, 100], "text": ""}}]}]"#;
        assert_eq!(
            linted(Linter::Eslint, eslint, "😀a==b"),
            ("😀a===b".into(), 1)
        );
    }

    #[test]
    fn advice_of_clippy_is_taken_whole_or_not_at_all() {
        let said = |second: &str| {
            format!(
                r#"{{"message": {{"children": [{{"spans": [
                {{"file_name": "a", "byte_start": 0, "byte_end": 1, "suggested_replacement": "y", "suggestion_applicability": "MachineApplicable"}},
                {{"file_name": "a", "byte_start": 2, "byte_end": 3, "suggested_replacement": "", "suggestion_applicability": "{second}"}}]}}]}}}}"#
            ).replace('\n', " ")
        };
        assert_eq!(
            linted(Linter::Clippy, &said("MachineApplicable"), "x;z"),
            ("y;".into(), 1)
        );
        assert_eq!(
            linted(Linter::Clippy, &said("MaybeIncorrect"), "x;z"),
            ("x;z".into(), 0)
        );
    }

    #[test]
    fn advice_that_meets_other_advice_waits() {
        let advice = vec![
            vec![(0..2, "a".to_owned())],
            vec![(1..3, "b".to_owned())],
            vec![(3..3, "c".to_owned())],
        ];
        assert_eq!(applied("xyz", advice), ("azc".to_owned(), 2));
    }
}
