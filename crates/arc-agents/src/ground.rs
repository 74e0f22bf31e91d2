//! Whether a change that nobody has made yet stands on the project as it is: it parses, its names exist, nothing that uses the code
//! breaks, and tests say what they said. Everything is asked of the graph of a trial, by the same rules as a review.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use arc_graph::{Direction, GraphRead as _, NodeKind};
use arc_project::{
    AskError, ChangeKind, GraphFile, Progress, StyleBreach, Trial, TrialError, Tried, find_target,
    nearest_names, style_breaches,
};
use regex::Regex;

use crate::edit::{Candidate, CandidateFile};
use crate::review::{Finding, FindingKind, Severity, Subject, is_test, reviewed};

/// Lines that one change may add and take away.
const MAX_LINES: usize = 1_500;
/// Objections of one change that are told.
const MAX_TOLD: usize = 20;

/// What a change must not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ObjectionKind {
    /// It is no code of its language.
    Syntax,
    /// It uses a name that nothing has.
    Invented,
    /// Code that is not part of it cannot work any more.
    Broken,
    /// A test is gone, or says something else.
    Test,
    /// It has a password, key or token in it.
    Secret,
    /// It is too large to be looked at.
    Size,
}

impl ObjectionKind {
    /// The name used in output.
    #[must_use]
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            ObjectionKind::Syntax => "syntax",
            ObjectionKind::Invented => "invented",
            ObjectionKind::Broken => "broken",
            ObjectionKind::Test => "test",
            ObjectionKind::Secret => "secret",
            ObjectionKind::Size => "size",
        }
    }
}

/// Why a change cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Objection {
    /// What it must not do.
    pub(crate) kind: ObjectionKind,
    /// `path:line`, or the path.
    pub(crate) at: String,
    /// For people and for the model.
    pub(crate) message: String,
}

/// A change on the ground of the graph.
pub(crate) struct Grounded {
    /// Why it cannot be kept; empty when it can.
    pub(crate) objections: Vec<Objection>,
    /// What a review says of it.
    pub(crate) findings: Vec<Finding>,
    /// Where it is not written as the code around it: no reason not to keep it.
    pub(crate) style: Vec<StyleBreach>,
    /// The project with it.
    pub(crate) tried: Tried,
}

impl Grounded {
    /// Whether nothing behaves differently, as far as can be told.
    #[must_use]
    pub(crate) fn is_formatting(&self) -> bool {
        let mut changes = self.tried.changes.changes.iter();
        changes.all(|change| change.kind == ChangeKind::Formatting)
    }
}

/// Looks at a change. With `changes_tests` tests may say something else; they may go in no case.
///
/// # Errors
/// When the trial cannot be made or asked.
pub(crate) fn ground(
    (own, project): (&GraphFile, &Path),
    trial: &mut Trial,
    (candidate, changes_tests): (&Candidate, bool),
    progress: &dyn Progress,
) -> Result<Grounded, TrialError> {
    let mut objections = Vec::new();
    objections.extend(oversize(candidate));
    for file in &candidate.files {
        objections.extend(test_objections(own, file, changes_tests)?);
    }
    let tried = trial.put(&candidate.texts(), progress)?;
    let root = trial.root();
    let subject = Subject::of_changes(&tried.graph, &root, &tried.changes)?;
    let findings = reviewed(&subject, trial.risk(&tried)?)?.findings;
    for finding in &findings {
        objections.extend(objection(own, finding)?);
    }
    for file in &candidate.files {
        let known = objections.len();
        for objection in invented_names(own, &tried.graph, file)? {
            let is_told = |told: &Objection| told.kind == objection.kind && told.at == objection.at;
            if !objections[..known].iter().any(is_told) {
                objections.push(objection);
            }
        }
    }
    objections.truncate(MAX_TOLD);
    Ok(Grounded {
        objections,
        findings,
        style: style_breaches(own, project, &tried.changes)?,
        tried,
    })
}

fn oversize(candidate: &Candidate) -> Option<Objection> {
    let diff = candidate.diff();
    let is_changed = |line: &&str| {
        (line.starts_with('+') && !line.starts_with("+++ "))
            || (line.starts_with('-') && !line.starts_with("--- "))
    };
    let lines = diff.lines().filter(is_changed).count();
    (lines > MAX_LINES).then(|| Objection {
        kind: ObjectionKind::Size,
        at: candidate.files[0].path.clone(),
        message: format!("{lines} lines would come and go; {MAX_LINES} are the most of one change"),
    })
}

/// The objection that a finding of the review is, if it is one.
fn objection(own: &GraphFile, finding: &Finding) -> Result<Option<Objection>, AskError> {
    let kind = match finding.kind {
        FindingKind::SyntaxError => ObjectionKind::Syntax,
        FindingKind::UnresolvedReference => ObjectionKind::Invented,
        FindingKind::BrokenCaller | FindingKind::HiddenSymbol => ObjectionKind::Broken,
        FindingKind::Secret if finding.severity == Severity::High => ObjectionKind::Secret,
        FindingKind::Secret
        | FindingKind::Complexity
        | FindingKind::ContradictsDecision
        | FindingKind::DoubtfulCaller
        | FindingKind::Duplication
        | FindingKind::Hotspot
        | FindingKind::LeftOut
        | FindingKind::MissingCoChange
        | FindingKind::Ownership
        | FindingKind::PublicBreak
        | FindingKind::Remark
        | FindingKind::RemovedTest
        | FindingKind::UnevenCopy
        | FindingKind::UntestedChange => return Ok(None),
    };
    let mut message = finding.message.clone();
    if kind == ObjectionKind::Invented {
        let name = message.split(' ').next().unwrap_or("").to_owned();
        message.push_str(&nearest(own, &name)?);
    }
    if kind == ObjectionKind::Broken {
        let sites: Vec<&str> = finding
            .evidence
            .iter()
            .map(|evidence| &*evidence.at)
            .collect();
        message.push_str(&format!(
            " ({}): keep its name and its parameters, or change these places along",
            sites.join(", ")
        ));
    }
    let at = match finding.line {
        Some(line) => format!("{}:{line}", finding.path),
        None => finding.path.clone(),
    };
    Ok(Some(Objection { kind, at, message }))
}

/// What is there instead of an invented name.
fn nearest(own: &GraphFile, name: &str) -> Result<String, AskError> {
    let told = nearest_names(own, name)?;
    Ok(if told.is_empty() {
        String::new()
    } else {
        format!("; there is {}", told.join(", "))
    })
}

static MEMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"([A-Za-z_$][\w$]*)\s*(?:\.|::|->)\s*([A-Za-z_$][\w$]*)")
        .expect("a test uses the form")
});

/// Members of modules and types of the project that they do not have, and slips of real names. Only a receiver that is such a module
/// or type itself counts: of other values nobody knows what they are.
fn invented_names(
    own: &GraphFile,
    now: &GraphFile,
    file: &CandidateFile,
) -> Result<Vec<Objection>, AskError> {
    let Some(stored) = now.file(&file.path)? else {
        return Ok(Vec::new());
    };
    let known: BTreeSet<&str> = file.old.iter().flat_map(|old| words(old)).collect();
    let mut sources = vec![stored.id];
    sources.extend(now.symbols_in(stored.id)?);
    let used = now.neighbors(&sources, Direction::Dependencies, &[])?;
    let ids: Vec<_> = used.iter().map(|edge| edge.node).collect();
    let types: Vec<_> = now
        .nodes(&ids)?
        .into_iter()
        .filter(|node| {
            node.path.is_some()
                && matches!(
                    node.kind,
                    NodeKind::File | NodeKind::Module | NodeKind::Class | NodeKind::Enum
                )
        })
        .collect();
    let lines: Vec<&str> = file.new.lines().collect();
    let mut told = BTreeSet::new();
    let mut objections = Vec::new();
    for source in sources {
        for open in now.unresolved_in(source)? {
            let line = lines
                .get(open.line.max(1) as usize - 1)
                .copied()
                .unwrap_or("");
            let mut members = MEMBER.captures_iter(line);
            let Some(member) = members.find(|member| member[2] == *open.name) else {
                let is_new = !known.contains(open.name.as_str()) && told.insert(open.name.clone());
                if let Some(meant) = is_new
                    .then(|| slip_of(own, &open.name))
                    .transpose()?
                    .flatten()
                {
                    objections.push(Objection {
                        kind: ObjectionKind::Invented,
                        at: format!("{}:{}", file.path, open.line),
                        message: format!("{} resolves to nothing; there is {meant}", open.name),
                    });
                }
                continue;
            };
            let receiver = member[1].to_owned();
            let stem = |path: &str| {
                let name = path.rsplit('/').next().unwrap_or(path);
                name.split('.').next().unwrap_or(name).to_owned()
            };
            let of = types.iter().find(|node| {
                node.name == receiver
                    || node.path.as_deref().map(stem).as_deref() == Some(&*receiver)
            });
            let Some(of) = of.filter(|_| !known.contains(open.name.as_str())) else {
                continue;
            };
            if told.insert(open.name.clone()) {
                objections.push(Objection {
                    kind: ObjectionKind::Invented,
                    at: format!("{}:{}", file.path, open.line),
                    message: format!(
                        "{} has no {}{}",
                        of.qualified_name,
                        open.name,
                        nearest(own, &open.name)?
                    ),
                });
            }
        }
    }
    Ok(objections)
}

/// The real name that a name is a slip of. A file that takes in everything of a package has names that nobody can look up; one
/// that is nearly that of a definition of the project is none of them.
fn slip_of(own: &GraphFile, name: &str) -> Result<Option<String>, AskError> {
    let near = match find_target(own, "", name) {
        Err(AskError::NotFound { nearest, .. }) => nearest,
        Err(AskError::Store(error)) => return Err(AskError::Store(error)),
        Ok(_) | Err(_) => Vec::new(),
    };
    let is_slip = |known: &str| {
        let known = known.rsplit([':', '.', '/']).next().unwrap_or(known);
        let same = known
            .bytes()
            .zip(name.bytes())
            .take_while(|(one, other)| one == other);
        name.len() > 4 && known != name && same.count() * 4 >= 3 * known.len().max(name.len())
    };
    let near = near.into_iter().find(|near| is_slip(&near.id));
    Ok(near.map(|near| near.to_string()))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '$')
}

static SKIPS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(skip|skipif|xfail|xit|xdescribe)\b|#\[ignore|\.(skip|only|todo)\(")
        .expect("a test uses the form")
});

/// What becomes of the tests of a file: each stays as it is, with what stands right above it, and none is skipped.
fn test_objections(
    own: &GraphFile,
    file: &CandidateFile,
    changes_tests: bool,
) -> Result<Vec<Objection>, AskError> {
    let (Some(old), Some(stored)) = (&file.old, own.file(&file.path)?) else {
        return Ok(Vec::new());
    };
    let is_test_file = is_test(own, &file.path)?;
    let old: Vec<&str> = old.lines().map(str::trim_end).collect();
    let new: Vec<&str> = file.new.lines().map(str::trim_end).collect();
    let objection = |line: usize, message: String| Objection {
        kind: ObjectionKind::Test,
        at: format!("{}:{line}", file.path),
        message,
    };
    let mut objections = Vec::new();
    let mut tests = own.nodes(&own.symbols_in(stored.id)?)?;
    tests.retain(|node| node.is_test_case);
    for test in &tests {
        let block = with_lead(&old, test.line as usize, test.end_line as usize);
        let is_there = if changes_tests {
            new.iter()
                .any(|line| words(line).any(|word| word == test.name))
        } else {
            block.is_empty() || new.windows(block.len()).any(|lines| lines == block)
        };
        if !is_there {
            let what = if changes_tests {
                "is gone"
            } else {
                "is gone, or is not what it was"
            };
            let line = test.line as usize;
            objections.push(objection(
                line,
                format!("the test {} {what}: it says what is right", test.name),
            ));
        }
    }
    if is_test_file && tests.is_empty() && !changes_tests {
        let kept: BTreeSet<&str> = new.iter().copied().collect();
        let gone = old
            .iter()
            .position(|line| !line.is_empty() && !kept.contains(line));
        objections.extend(gone.map(|at| objection(at + 1, "a line of a test is gone".to_owned())));
    }
    if is_test_file || !tests.is_empty() {
        let known: BTreeSet<&str> = old.iter().copied().collect();
        let skip = new
            .iter()
            .position(|line| !known.contains(line) && SKIPS.is_match(line));
        objections.extend(skip.map(|at| objection(at + 1, "a test would be skipped".to_owned())));
    }
    Ok(objections)
}

/// The lines of a definition with those right above it: what decides whether and how it runs.
fn with_lead<'a, 'b>(lines: &'b [&'a str], line: usize, end: usize) -> &'b [&'a str] {
    let end = end.min(lines.len());
    let mut first = line.saturating_sub(1).min(end);
    while first > 0 && !lines[first - 1].is_empty() {
        first -= 1;
    }
    &lines[first..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_skipped_tests_are_seen_by_their_form() {
        let found = MEMBER.captures("x = io.lod(path)").expect("a member");
        assert_eq!((&found[1], &found[2]), ("io", "lod"));
        for line in [
            "@pytest.mark.skip(reason='x')",
            "#[ignore]",
            "it.only('x', f)",
            "  t.Skip()",
            "xit('x')",
        ] {
            assert!(SKIPS.is_match(line), "{line}");
        }
        for line in [
            "assert skipped(x)",
            "todo_list()",
            "ignore = 1",
            "# TODO: more",
        ] {
            assert!(!SKIPS.is_match(line), "{line}");
        }
    }

    #[test]
    fn what_stands_right_above_a_test_belongs_to_it() {
        let lines = ["import x", "", "@mark", "def test_a():", "    assert x", ""];
        assert_eq!(with_lead(&lines, 4, 5), &lines[2..5]);
        assert_eq!(with_lead(&lines, 40, 50), &lines[6..6]);
    }
}
