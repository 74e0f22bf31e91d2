//! Which texts are programs: the language's own parser where it is installed, its grammar otherwise.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use arc_project::SyntaxTree;
use serde::{Deserialize, Serialize};

use crate::RunError;
use crate::blunders::{blunders, named_plainly};
use crate::child::{Call, Finished, find_program, run_child};
use crate::diagnostic::Environment;
use crate::edits::Edit;
use crate::journal::digest;
use crate::lines::Lines;
use crate::missteps::missteps;
use crate::nesting;
use crate::playbook;
use crate::session::Patient;
use crate::stars::star_modules;

/// Where a parser stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// From 0.
    pub(crate) line: usize,
    pub(crate) end_line: usize,
    pub(crate) column: u32,
    pub(crate) message: String,
    /// The parser's name of the fault.
    pub(crate) kind: String,
}

/// What a parser makes of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Accepted {
    /// Equal for texts that are the same program.
    pub(crate) shape: String,
    /// Names that are used and nowhere bound, where the parser can tell.
    pub(crate) unknown: Vec<String>,
    /// Warnings of the parser.
    pub(crate) warnings: u32,
    /// Statements without an effect.
    pub(crate) idle: u32,
    /// What nobody writes on purpose: calls that can only fail, texts that hold code, values that change nothing.
    pub(crate) odd: u32,
    /// Bytes that the grammar has no rule for although the language's own parser takes them.
    pub(crate) rough: u32,
    /// What speaks against what the quotes and brackets of a shell hold, in hundredths of a slip.
    pub(crate) held: u32,
}

impl Accepted {
    /// How much of it the reader doubts.
    pub(crate) fn doubts(&self) -> usize {
        self.unknown.len() + self.warnings as usize
    }
}

/// Reads texts of one file.
pub(crate) struct Judge {
    environment: Environment,
    root: PathBuf,
    path: String,
    variables: Vec<(OsString, OsString)>,
    /// The parser to ask; `None` where none is installed.
    tool: Option<Tool>,
}

/// A parser and how it is asked.
struct Tool {
    /// The program and its fixed arguments.
    command: Vec<OsString>,
    asks: Asks,
}

/// How a parser gets what it reads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asks {
    /// Many edits at once, by [`Request`].
    Many,
    /// One text, on standard input; it ends well when it could read it.
    One,
    /// The same; when it prints the text it could read it, however it ends.
    OnePrinted,
}

/// Edits that a parser reads in one process.
const BATCH: usize = 160;
/// Parsers at work at one time.
const MOST_WORKERS: usize = 4;
const PYTHON: &str = concat!(include_str!("oddities.py"), include_str!("judge.py"));
const NODE: &str = include_str!("judge.js");
/// A parser that takes longer than this has met something it cannot read.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Serialize)]
struct Request<'a> {
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    edits: Option<Vec<(usize, usize, &'a str)>>,
    /// Where reading stops after each edit is asked for, not what the edited text is.
    asks_faults: bool,
}

/// What is asked, and the texts of the modules that the text imports everything from.
#[derive(Serialize)]
struct Asked<'a> {
    #[serde(flatten)]
    request: &'a Request<'a>,
    stars: BTreeMap<String, String>,
}

impl<'a> Request<'a> {
    fn edits(text: &'a str, edits: &'a [Edit]) -> Request<'a> {
        let told = edits
            .iter()
            .map(|edit| (edit.range.start, edit.range.end, edit.replacement.as_str()));
        Request {
            text,
            edits: Some(told.collect()),
            asks_faults: false,
        }
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    fault: Option<ToldFault>,
    #[serde(default)]
    reading: Option<Accepted>,
    #[serde(default)]
    answers: Vec<Option<Accepted>>,
    #[serde(default)]
    faults: Vec<Option<ToldFault>>,
}

#[derive(Deserialize)]
struct ToldFault {
    line: usize,
    column: u32,
    end_line: usize,
    message: String,
    kind: String,
}

impl From<ToldFault> for Fault {
    fn from(told: ToldFault) -> Fault {
        Fault {
            line: told.line.saturating_sub(1),
            end_line: told.end_line.saturating_sub(1),
            column: told.column,
            message: told.message,
            kind: told.kind,
        }
    }
}

impl Judge {
    /// A judge of the file of this path: of interpreters the one counts that the patient's command names.
    pub(crate) fn new(environment: Environment, path: &str, patient: &Patient) -> Judge {
        let tool = tool(environment, path, patient);
        let mut variables = patient.environment.clone();
        // Messages are read, and where they are not translated no translation is loaded, hundreds of times.
        if tool.as_ref().is_some_and(|tool| tool.asks != Asks::Many) {
            variables.retain(|(name, _)| name != "LC_ALL" && name != "LANGUAGE");
            variables.push(("LC_ALL".into(), "C".into()));
        }
        Judge {
            environment,
            root: patient.root.clone(),
            path: path.to_owned(),
            variables,
            tool,
        }
    }

    /// The parser that judges.
    pub(crate) fn name(&self) -> String {
        let own = if self.is_yaml() { "YAML" } else { "grammar" };
        self.program().map_or_else(
            || own.to_owned(),
            |program| {
                let name = Path::new(&program).file_name().unwrap_or_default();
                name.to_string_lossy().into_owned()
            },
        )
    }

    /// The interpreter that judges.
    pub(crate) fn program(&self) -> Option<OsString> {
        self.tool.as_ref()?.command.first().cloned()
    }

    /// Whether this is a parser of the language's own that reads many edits in the time of one process.
    pub(crate) fn reads_many(&self) -> bool {
        self.asks() == Some(Asks::Many)
    }

    /// How many edits are best read at once.
    pub(crate) fn batch(&self) -> usize {
        if self.reads_many() || self.is_yaml() {
            BATCH
        } else {
            workers()
        }
    }

    /// Whether the text is YAML, which is read in this process.
    pub(crate) fn is_yaml(&self) -> bool {
        self.environment == Environment::Ansible
    }

    /// Whether a reading takes no longer than one by the grammar.
    pub(crate) fn is_fast(&self) -> bool {
        self.reads_many()
            || self.is_yaml()
            || (self.environment == Environment::Bash && self.tool.is_some())
    }

    fn asks(&self) -> Option<Asks> {
        self.tool.as_ref().map(|tool| tool.asks)
    }

    /// Where the text stops being a program, or what program it is.
    pub(crate) fn read(&self, text: &str) -> Result<Result<Accepted, Fault>, RunError> {
        if self.is_yaml() {
            return Ok(playbook::read(text));
        }
        if self.reads_many() {
            let answer = self.ask_many(&Request {
                text,
                edits: None,
                asks_faults: false,
            })?;
            return Ok(match (answer.fault, answer.reading) {
                (Some(fault), _) => Err(fault.into()),
                (None, reading) => Ok(self.shaped(text, reading.unwrap_or_default())),
            });
        }
        let Some(finished) = self.ask(text.as_bytes())? else {
            return Ok(self.grammar_fault(text));
        };
        let is_read = finished.is_success()
            || (self.asks() == Some(Asks::OnePrinted) && !finished.stdout.is_empty());
        if is_read {
            return Ok(Ok(self.shaped(text, Accepted::default())));
        }
        let said = finished.text();
        let line = told_line(&said)
            .or_else(|| self.grammar_fault(text).err().map(|fault| fault.line))
            .unwrap_or(0);
        Ok(Err(Fault {
            line,
            end_line: line,
            column: 0,
            message: first_words(&said),
            kind: "SyntaxError".to_owned(),
        }))
    }

    /// The reading with the shape that the grammar sees, where the parser told none.
    fn shaped(&self, text: &str, mut accepted: Accepted) -> Accepted {
        if accepted.shape.is_empty() {
            let plain;
            let text = if self.environment == Environment::Bash {
                accepted.held = nesting::doubts(text) + blunders(text);
                plain = named_plainly(&nesting::plain_values(text));
                plain.as_str()
            } else {
                accepted.held = missteps(self.environment, text);
                text
            };
            let language = self.environment.language(&self.path);
            let reading = SyntaxTree::new(language, &self.path, text)
                .and_then(|mut tree| tree.read_with(0..0, ""));
            accepted.rough = reading.map_or(0, |reading| {
                u32::try_from(reading.error_bytes).unwrap_or(u32::MAX)
            });
            accepted.shape = match reading {
                Some(reading) if reading.error_bytes == 0 => format!("{:016x}", reading.shape),
                // The grammar cannot tell what it does not read: only the same lines are the same program then, blank ones apart.
                Some(_) | None => digest(written_lines(text).as_bytes()),
            };
        }
        accepted
    }

    /// Where the grammar finds no rule.
    pub(crate) fn grammar_lines(&self, text: &str) -> Vec<usize> {
        if self.is_yaml() {
            return Vec::new();
        }
        let lines = Lines::new(text);
        let tree = SyntaxTree::new(self.environment.language(&self.path), &self.path, text);
        let mut found: Vec<usize> = tree
            .map(|tree| tree.errors())
            .unwrap_or_default()
            .into_iter()
            .flat_map(|range| [lines.at(range.start), lines.at(range.end)])
            .collect();
        found.dedup();
        found
    }

    fn grammar_fault(&self, text: &str) -> Result<Accepted, Fault> {
        let language = self.environment.language(&self.path);
        let Some(tree) = SyntaxTree::new(language, &self.path, text) else {
            return Ok(Accepted::default());
        };
        match tree.errors().first() {
            Some(range) => {
                let line = Lines::new(text).at(range.start);
                Err(Fault {
                    line,
                    end_line: line,
                    column: 0,
                    message: format!("no rule of {language} fits here"),
                    kind: "SyntaxError".to_owned(),
                })
            }
            None => Ok(self.shaped(text, Accepted::default())),
        }
    }

    /// What each edited text is, `None` for one that is no program.
    pub(crate) fn try_edits(
        &self,
        text: &str,
        edits: &[Edit],
    ) -> Result<Vec<Option<Accepted>>, RunError> {
        if edits.is_empty() {
            return Ok(Vec::new());
        }
        if !self.reads_many() {
            return self
                .each(text, edits)
                .map(|readings| readings.into_iter().map(Result::ok).collect());
        }
        let answer = self.ask_many(&Request::edits(text, edits))?;
        let answers = answer.answers.into_iter().zip(edits);
        Ok(answers
            .map(|(answer, edit)| answer.map(|accepted| self.shaped(&edit.apply(text), accepted)))
            .collect())
    }

    /// Where the parser stops after each edit; nothing where it reads all.
    pub(crate) fn next_faults(
        &self,
        text: &str,
        edits: &[Edit],
    ) -> Result<Vec<Option<Fault>>, RunError> {
        if !self.reads_many() {
            return self
                .each(text, edits)
                .map(|readings| readings.into_iter().map(Result::err).collect());
        }
        if edits.is_empty() {
            return Ok(Vec::new());
        }
        let answer = self.ask_many(&Request {
            asks_faults: true,
            ..Request::edits(text, edits)
        })?;
        let faults = answer.faults.into_iter();
        Ok(faults.map(|told| told.map(Fault::from)).collect())
    }

    /// What each edited text is, read side by side.
    fn each(&self, text: &str, edits: &[Edit]) -> Result<Vec<Result<Accepted, Fault>>, RunError> {
        let share = edits.len().div_ceil(workers()).max(1);
        let read = |edits: &[Edit]| -> Result<Vec<_>, RunError> {
            edits
                .iter()
                .map(|edit| self.read(&edit.apply(text)))
                .collect()
        };
        let shares: Vec<_> = thread::scope(|scope| {
            let started: Vec<_> = edits
                .chunks(share)
                .map(|share| scope.spawn(move || read(share)))
                .collect();
            started
                .into_iter()
                .map(|worker| worker.join().expect("a reader does not panic"))
                .collect()
        });
        shares
            .into_iter()
            .collect::<Result<Vec<_>, _>>()
            .map(|shares| shares.into_iter().flatten().collect())
    }

    fn ask_many(&self, request: &Request<'_>) -> Result<Answer, RunError> {
        let stars = if self.environment == Environment::Python {
            star_modules(&self.root, &self.path, request.text)
        } else {
            BTreeMap::new()
        };
        let input = serde_json::to_vec(&Asked { request, stars })
            .map_err(|source| self.odd(&source.to_string()))?;
        let finished = self.ask(&input)?.unwrap_or_default();
        serde_json::from_slice(&finished.stdout)
            .map_err(|_| self.odd(&first_words(&finished.text())))
    }

    fn odd(&self, said: &str) -> RunError {
        RunError::Tool {
            tool: self.name(),
            said: said.to_owned(),
        }
    }

    fn ask(&self, input: &[u8]) -> Result<Option<Finished>, RunError> {
        let Some(tool) = &self.tool else {
            return Ok(None);
        };
        let finished = run_child(&Call {
            command: &tool.command,
            // No settings of the project are found from there.
            folder: Path::new("/"),
            environment: &self.variables,
            input,
            wall: PATIENCE,
        })?;
        Ok(Some(finished))
    }
}

/// The lines of a text that are not blank.
fn written_lines(text: &str) -> String {
    let lines = text.lines().map(str::trim_end);
    let written: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    written.join("\n")
}

fn workers() -> usize {
    thread::available_parallelism().map_or(1, |count| count.get().min(MOST_WORKERS))
}

/// The parser of an environment that is installed here.
fn tool(environment: Environment, path: &str, patient: &Patient) -> Option<Tool> {
    let installed = |program: &str| outside(patient, Path::new("/"), &program.into());
    let asked = |program: Option<OsString>, arguments: &[&str], asks: Asks| {
        let arguments = arguments.iter().map(OsString::from);
        Some(Tool {
            command: std::iter::once(program?).chain(arguments).collect(),
            asks,
        })
    };
    match environment {
        Environment::Python => {
            let program = own_python(patient)
                .or_else(|| installed("python3"))
                .or_else(|| installed("python"));
            asked(program, &["-I", "-S", "-B", "-c", PYTHON], Asks::Many)
        }
        Environment::JavaScript => {
            let kind = match path.rsplit('.').next() {
                Some("js") => "any",
                Some("cjs") => "script",
                Some("mjs") => "module",
                Some(_) | None => return None,
            };
            let flags = [
                "--experimental-vm-modules",
                "--no-warnings",
                "--expose-internals",
                "-e",
                NODE,
                kind,
            ];
            asked(installed("node"), &flags, Asks::Many)
        }
        Environment::Bash => asked(installed("bash"), &["-n"], Asks::One),
        Environment::Go => asked(installed("gofmt"), &["-e"], Asks::One),
        Environment::Rust => {
            // Given a text and no file it reads that text alone, whatever modules it names.
            let flags = ["--emit", "stdout", "--edition", "2021"];
            asked(installed("rustfmt"), &flags, Asks::OnePrinted)
        }
        Environment::Terraform => asked(
            installed("terraform"),
            &["fmt", "-no-color", "-"],
            Asks::One,
        ),
        // Its parser reads whole projects: it speaks when the command runs.
        Environment::Ansible => None,
    }
}

/// The interpreter that the user's command names.
fn own_python(patient: &Patient) -> Option<OsString> {
    let program = patient.command.first()?;
    let name = Path::new(program).file_name().unwrap_or_default();
    let is_python = name.to_string_lossy().starts_with("python");
    is_python.then_some(())?;
    outside(patient, &patient.folder, program)
}

/// A program as it may be started without a sandbox: none that the project brings. What an environment in the project links to is taken.
fn outside(patient: &Patient, folder: &Path, program: &OsString) -> Option<OsString> {
    let found = find_program(&patient.environment, folder, program)?;
    let real = found.canonicalize().ok()?;
    if real.starts_with(&patient.root) {
        return None;
    }
    // A program may look at the name that it was started by.
    let place = found.parent().and_then(|parent| parent.canonicalize().ok());
    let is_linked = place.is_none_or(|place| place.starts_with(&patient.root));
    Some(if is_linked { real } else { found }.into_os_string())
}

/// The first line number that a tool names.
fn told_line(said: &str) -> Option<usize> {
    static LINE: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
        regex::Regex::new(r"(?:\bline |:)(\d+)").expect("the expression is tested")
    });
    let number: usize = LINE.captures(said)?.get(1)?.as_str().parse().ok()?;
    Some(number.saturating_sub(1))
}

/// The line that says what is wrong, of a tool that says more.
fn first_words(said: &str) -> String {
    let lines = || said.lines().filter(|line| !line.trim().is_empty());
    lines()
        .find(|line| line.to_ascii_lowercase().contains("error"))
        .or_else(|| lines().next())
        .unwrap_or("")
        .chars()
        .take(300)
        .collect()
}
