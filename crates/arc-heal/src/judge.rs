//! Which texts are programs: the language's own parser where it is installed, its grammar otherwise.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use arc_project::SyntaxTree;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::RunError;
use crate::child::{Call, Finished, find_program, run_child};
use crate::diagnostic::Environment;
use crate::edits::Edit;
use crate::lines::Lines;

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
pub(crate) struct Accepted {
    /// Equal for texts that are the same program.
    pub(crate) shape: String,
    /// Names that are used and nowhere bound, where the parser can tell.
    pub(crate) unknown: Vec<String>,
    /// Warnings of the parser.
    pub(crate) warnings: u32,
    /// Statements without an effect.
    pub(crate) idle: u32,
}

/// Reads texts of one file.
pub(crate) struct Judge {
    environment: Environment,
    path: String,
    variables: Vec<(OsString, OsString)>,
    /// The parser to ask, with its fixed arguments; `None` where none is installed.
    tool: Option<Vec<OsString>>,
    /// Where a parser that reads files finds them.
    place: TempDir,
}

const HELPER: &str = include_str!("judge.py");
/// A parser that takes longer than this has met something it cannot read.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Serialize)]
struct Request<'a> {
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    edits: Option<Vec<(usize, usize, &'a str)>>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    fault: Option<ToldFault>,
    #[serde(default)]
    reading: Option<Accepted>,
    #[serde(default)]
    answers: Vec<Option<Accepted>>,
}

#[derive(Deserialize)]
struct ToldFault {
    line: usize,
    column: u32,
    end_line: usize,
    message: String,
    kind: String,
}

impl Judge {
    /// A judge of the file of this path. `command` is what the user runs: the interpreter it names is the one that counts.
    pub(crate) fn new(
        environment: Environment,
        path: &str,
        command: &[OsString],
        variables: &[(OsString, OsString)],
    ) -> Result<Judge, RunError> {
        let place = tempfile::Builder::new()
            .prefix("arc-heal-judge-")
            .tempdir()
            .map_err(|source| RunError::Copy {
                path: std::env::temp_dir(),
                source,
            })?;
        Ok(Judge {
            environment,
            path: path.to_owned(),
            variables: variables.to_vec(),
            tool: tool(environment, path, command, variables),
            place,
        })
    }

    /// The parser that judges.
    pub(crate) fn name(&self) -> String {
        match &self.tool {
            Some(tool) => tool
                .first()
                .map(|program| {
                    Path::new(program)
                        .file_name()
                        .unwrap_or_default()
                        .to_string_lossy()
                        .into_owned()
                })
                .unwrap_or_default(),
            None => "grammar".to_owned(),
        }
    }

    /// The interpreter that judges.
    pub(crate) fn program(&self) -> Option<OsString> {
        self.tool.as_ref().and_then(|tool| tool.first()).cloned()
    }

    /// Whether this is the language's own parser.
    pub(crate) fn is_real(&self) -> bool {
        self.tool.is_some()
    }

    /// Where the text stops being a program, or what program it is.
    pub(crate) fn read(&self, text: &str) -> Result<Result<Accepted, Fault>, RunError> {
        if self.environment == Environment::Python && self.is_real() {
            let answer = self.ask_python(&Request { text, edits: None })?;
            return Ok(match (answer.fault, answer.reading) {
                (Some(fault), _) => Err(Fault {
                    line: fault.line.saturating_sub(1),
                    end_line: fault.end_line.saturating_sub(1),
                    column: fault.column,
                    message: fault.message,
                    kind: fault.kind,
                }),
                (None, reading) => Ok(reading.unwrap_or_default()),
            });
        }
        let by_grammar = self.grammar_fault(text);
        let Some(finished) = self.ask_tool(text)? else {
            return Ok(by_grammar);
        };
        if finished.is_success() {
            let shape = by_grammar
                .map(|accepted| accepted.shape)
                .unwrap_or_default();
            return Ok(Ok(Accepted {
                shape,
                ..Accepted::default()
            }));
        }
        let said = finished.text();
        let line = told_line(&said)
            .or(by_grammar.as_ref().err().map(|fault| fault.line))
            .unwrap_or(0);
        Ok(Err(Fault {
            line,
            end_line: line,
            column: 0,
            message: first_words(&said),
            kind: "SyntaxError".to_owned(),
        }))
    }

    /// Where the grammar finds no rule.
    pub(crate) fn grammar_lines(&self, text: &str) -> Vec<usize> {
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
        let Some(mut tree) = SyntaxTree::new(language, &self.path, text) else {
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
            None => Ok(Accepted {
                shape: shape(
                    &mut tree,
                    &Edit {
                        range: 0..0,
                        replacement: String::new(),
                        cost: 0,
                        rule: "",
                    },
                ),
                ..Accepted::default()
            }),
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
        if self.environment == Environment::Python && self.is_real() {
            let edits = edits
                .iter()
                .map(|edit| (edit.range.start, edit.range.end, edit.replacement.as_str()))
                .collect();
            return Ok(self
                .ask_python(&Request {
                    text,
                    edits: Some(edits),
                })?
                .answers);
        }
        edits.iter().map(|edit| self.try_edit(text, edit)).collect()
    }

    fn try_edit(&self, text: &str, edit: &Edit) -> Result<Option<Accepted>, RunError> {
        let edited = edit.apply(text);
        Ok(self.read(&edited)?.ok())
    }

    fn ask_python(&self, request: &Request<'_>) -> Result<Answer, RunError> {
        let mut command = self.tool.clone().unwrap_or_default();
        command.extend(["-I", "-S", "-B", "-c", HELPER].map(OsString::from));
        let input = serde_json::to_vec(request).map_err(|source| self.odd(&source.to_string()))?;
        let finished = run_child(&Call {
            command: &command,
            folder: self.place.path(),
            environment: &self.variables,
            input: &input,
            wall: PATIENCE,
        })?;
        serde_json::from_slice(&finished.stdout)
            .map_err(|_| self.odd(&first_words(&finished.text())))
    }

    fn odd(&self, said: &str) -> RunError {
        RunError::Tool {
            tool: self.name(),
            said: said.to_owned(),
        }
    }

    /// Lets the parser read the text from a file of its own.
    fn ask_tool(&self, text: &str) -> Result<Option<Finished>, RunError> {
        let Some(tool) = &self.tool else {
            return Ok(None);
        };
        let name = Path::new(&self.path).file_name().unwrap_or_default();
        let file: PathBuf = self.place.path().join(name);
        std::fs::write(&file, text).map_err(|source| RunError::Copy {
            path: file.clone(),
            source,
        })?;
        let mut command = tool.clone();
        command.push(file.clone().into());
        let finished = run_child(&Call {
            command: &command,
            folder: self.place.path(),
            environment: &self.variables,
            input: &[],
            wall: PATIENCE,
        })?;
        Ok(Some(finished))
    }
}

/// The shape of the text with the edit.
pub(crate) fn shape(tree: &mut SyntaxTree, edit: &Edit) -> String {
    tree.read_with(edit.range.clone(), &edit.replacement)
        .map_or_else(String::new, |reading| format!("{:016x}", reading.shape))
}

/// The parser of an environment that is installed here.
fn tool(
    environment: Environment,
    path: &str,
    command: &[OsString],
    variables: &[(OsString, OsString)],
) -> Option<Vec<OsString>> {
    let named = |prefix: &str| {
        command.first().filter(|program| {
            let name = Path::new(program).file_name().unwrap_or_default();
            name.to_string_lossy().starts_with(prefix)
        })
    };
    let installed = |program: &str| {
        find_program(variables, Path::new("/"), &program.into()).map(|_| OsString::from(program))
    };
    let words = |program: Option<OsString>, arguments: &[&str]| {
        program.map(|program| {
            std::iter::once(program)
                .chain(arguments.iter().map(OsString::from))
                .collect()
        })
    };
    match environment {
        Environment::Python => {
            let own = named("python").filter(|program| {
                Path::new(program).is_absolute() || !program.to_string_lossy().contains('/')
            });
            let program = own
                .cloned()
                .or_else(|| installed("python3"))
                .or_else(|| installed("python"));
            words(program, &[])
        }
        Environment::JavaScript => {
            let is_script = [".js", ".cjs", ".mjs"]
                .iter()
                .any(|end| path.ends_with(end));
            words(is_script.then(|| installed("node")).flatten(), &["--check"])
        }
        Environment::Bash => words(installed("bash"), &["-n"]),
        Environment::Go => words(installed("gofmt"), &["-e", "-l"]),
        Environment::Terraform => words(installed("terraform"), &["fmt", "-check", "-no-color"]),
        // Their parsers read whole projects: they speak when the command runs.
        Environment::Rust | Environment::Ansible => None,
    }
}

/// The first line number that a tool names.
fn told_line(said: &str) -> Option<usize> {
    static LINE: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
        regex::Regex::new(r"(?:line |:)(\d+)").expect("the expression is tested")
    });
    let number: usize = LINE.captures(said)?.get(1)?.as_str().parse().ok()?;
    Some(number.saturating_sub(1))
}

fn first_words(said: &str) -> String {
    said.lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("")
        .chars()
        .take(300)
        .collect()
}
