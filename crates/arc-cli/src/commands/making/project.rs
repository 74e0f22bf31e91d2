//! A project that is made from nothing: its languages, and what shows that it works.

use std::time::Duration;

use arc_agents::{ImproveError, Proof, Ran, Texts};
use clap::ValueEnum;
use serde::Serialize;

use super::proof::{ProofPlan, Prover, is_program};
use crate::failure::Failure;

/// A language that projects are made in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::commands) enum Language {
    /// Bash
    Bash,
    /// Go
    Go,
    /// JavaScript for node
    Javascript,
    /// Python 3
    Python,
    /// Rust, with cargo
    Rust,
    /// TypeScript for node, which leaves the types out
    Typescript,
}

/// A project that is made from nothing.
#[derive(Clone, Copy, Debug)]
pub(in crate::commands) struct NewProject {
    pub(in crate::commands) language: Language,
    /// Its entry point runs.
    pub(in crate::commands) executes: bool,
    /// What does not work is repaired.
    pub(in crate::commands) heals: bool,
}

impl NewProject {
    /// The command that shows that it works.
    pub(super) fn proof(&self, texts: &Texts) -> ProofPlan {
        self.language.proof(texts, self.executes)
    }

    /// How each file does by itself: what is done for it runs whatever becomes of the others.
    pub(in crate::commands) fn files(
        &self,
        texts: &Texts,
        run: &mut dyn FnMut(ProofPlan) -> Result<Ran, Failure>,
    ) -> Result<Vec<FileReport>, Failure> {
        let mut reports: Vec<FileReport> = texts.keys().map(|path| FileReport::new(path)).collect();
        for step in self.language.steps(texts, self.executes) {
            let ran = run(shell(&step.line, Proof::Command))?;
            for report in &mut reports {
                match &step.path {
                    Some(path) if *path != report.path => {}
                    Some(_) => report.add(&ran, true),
                    None => report.add(&ran, names(&ran.output, &report.path)),
                }
            }
        }
        Ok(reports)
    }
}

impl Language {
    /// What the model is told of files.
    pub(in crate::commands) fn layout(self) -> &'static str {
        match self {
            Language::Bash => {
                "Bash. The entry point is main.sh, tests are test_*.sh scripts that end with a code other than 0 when something is wrong"
            }
            Language::Go => "Go. With go.mod, the entry point in main.go, tests in *_test.go",
            Language::Javascript => {
                "JavaScript for node, as ES modules, with package.json. The entry point is main.js, tests are *.test.js for node:test"
            }
            Language::Python => {
                "Python 3. The entry point is main.py, tests are test_*.py with unittest"
            }
            Language::Rust => {
                "Rust. With Cargo.toml, the entry point in src/main.rs, tests in the files that they test"
            }
            Language::Typescript => {
                "TypeScript for node, as ES modules, with package.json and without dependencies. Only types that can be left out: no enums, no namespaces. Imports name files \
                 with .ts. The entry point is main.ts, tests are *.test.ts for node:test"
            }
        }
    }

    /// What is done to show that a project works, in order; with `executes` its entry point runs as well.
    fn steps(self, texts: &Texts, executes: bool) -> Vec<Step> {
        let paths = |is: &dyn Fn(&str) -> bool| -> Vec<String> {
            texts.keys().filter(|path| is(path)).cloned().collect()
        };
        let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        let each = |part: Part, program: &str, paths: Vec<String>| -> Vec<Step> {
            let step =
                |path: String| Step::of_file(part, format!("{program} {}", quoted(&path)), path);
            paths.into_iter().map(step).collect()
        };
        let whole = |part: Part, line: &str| Step {
            part,
            line: line.to_owned(),
            path: None,
        };
        let mut steps = Vec::new();
        let (run, entry) = match self {
            Language::Bash => {
                let ends = |path: &str| path.ends_with(".sh");
                let is_test = |path: &str| name(path).starts_with("test_") && ends(path);
                steps.extend(each(Part::Compile, "bash -n", paths(&ends)));
                steps.extend(each(Part::Test, "bash", paths(&is_test)));
                ("bash main.sh", "main.sh")
            }
            Language::Go => {
                steps.push(whole(Part::Compile, "go build ./..."));
                if !paths(&|path| path.ends_with("_test.go")).is_empty() {
                    steps.push(whole(Part::Test, "go test ./..."));
                }
                ("go run .", "main.go")
            }
            Language::Javascript => {
                let ends = |path: &str| path.ends_with(".js") || path.ends_with(".mjs");
                let is_test =
                    |path: &str| path.ends_with(".test.js") || path.ends_with(".test.mjs");
                steps.extend(each(Part::Compile, "node --check", paths(&ends)));
                steps.extend(each(Part::Test, "node --test", paths(&is_test)));
                ("node main.js", "main.js")
            }
            Language::Python => {
                let is_test = |path: &str| name(path).starts_with("test_") && path.ends_with(".py");
                let sources = paths(&|path| path.ends_with(".py"));
                steps.extend(each(Part::Compile, "python3 -m py_compile", sources));
                let tests = paths(&is_test);
                if is_program("pytest") {
                    steps.extend(each(Part::Test, "pytest -q", tests));
                } else {
                    steps.extend(tests.into_iter().map(|path| {
                        let module = path.trim_end_matches(".py").replace('/', ".");
                        let line = format!("python3 -m unittest -q {}", quoted(&module));
                        Step::of_file(Part::Test, line, path)
                    }));
                }
                ("python3 main.py", "main.py")
            }
            Language::Rust => {
                steps.push(whole(Part::Compile, "cargo build --offline -q"));
                if texts.values().any(|text| text.contains("#[test]")) {
                    steps.push(whole(Part::Test, "cargo test --offline -q"));
                }
                ("cargo run --offline -q", "src/main.rs")
            }
            Language::Typescript => {
                let sources = paths(&|path| path.ends_with(".ts"));
                let tests = paths(&|path| path.ends_with(".test.ts"));
                steps.extend(each(Part::Compile, &format!("{ERASING} --check"), sources));
                steps.extend(each(Part::Test, &format!("{ERASING} --test"), tests));
                ("node --experimental-strip-types main.ts", "main.ts")
            }
        };
        if executes && texts.contains_key(entry) {
            // What runs must end without being asked anything.
            steps.push(Step::of_file(
                Part::Run,
                format!("{run} < /dev/null"),
                entry.to_owned(),
            ));
        }
        steps
    }

    /// The command that shows that a project works.
    fn proof(self, texts: &Texts, executes: bool) -> ProofPlan {
        let steps = self.steps(texts, executes);
        let has = |part: Part| steps.iter().any(|step| step.part == part);
        let proof = if has(Part::Test) {
            Proof::Tests
        } else if has(Part::Run) {
            Proof::Command
        } else {
            Proof::Build
        };
        let lines: Vec<&str> = steps.iter().map(|step| &*step.line).collect();
        shell(&format!("set -e; {}", lines.join("; ")), proof)
    }

    /// Looks whether this computer has what projects of this language need, before anything is asked. Of the others a missing
    /// program is told by the run itself.
    pub(in crate::commands) fn look_for_tools(self, unsandboxed: bool) -> Result<(), Failure> {
        if self != Language::Typescript {
            return Ok(());
        }
        let place = std::env::temp_dir().join(format!("arc-tools-{}", std::process::id()));
        std::fs::create_dir_all(&place)?;
        let plan = shell(&format!("{ERASING} -e 0"), Proof::Command);
        let found = Prover::new((&place, &place), plan, unsandboxed, LOOK)
            .map_err(Failure::from)
            .and_then(|mut prover| {
                let ran = prover.run(&Texts::new());
                ran.map_err(|error| Failure::from(ImproveError::Outside(error)))
            });
        // It was made for this, and holds nothing.
        let _ = std::fs::remove_dir_all(&place);
        if found?.passed {
            return Ok(());
        }
        Err(Failure::Usage {
            message: "nothing here runs TypeScript: node 22.6 or later is needed".to_owned(),
            hints: vec!["nothing was asked; `--language javascript` needs less".to_owned()],
        })
    }
}

/// How long is looked for what a language needs.
const LOOK: Duration = Duration::from_secs(60);

/// Runs TypeScript by leaving its types out.
const ERASING: &str = "node --experimental-strip-types";

/// What a step is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Compile,
    Test,
    Run,
}

/// One thing that is done to show that a project works.
#[derive(Clone, Debug)]
struct Step {
    part: Part,
    /// For a shell.
    line: String,
    /// The file that it is about; `None` for all.
    path: Option<String>,
}

impl Step {
    fn of_file(part: Part, line: String, path: String) -> Step {
        Step {
            part,
            line,
            path: Some(path),
        }
    }
}

fn shell(script: &str, proof: Proof) -> ProofPlan {
    ProofPlan {
        command: ["sh", "-c", script].map(str::to_owned).to_vec(),
        proof,
    }
}

/// How one file of a project did.
#[derive(Clone, Debug, Serialize)]
pub(in crate::commands) struct FileReport {
    /// Relative to the folder of the project.
    pub(in crate::commands) path: String,
    /// Nothing that was done for it failed.
    pub(in crate::commands) success: bool,
    /// Of the first command that failed, else of the last; null when none was run.
    pub(in crate::commands) exit_code: Option<i32>,
    /// What the commands for it printed, from the first that failed on.
    pub(in crate::commands) output: String,
    /// Milliseconds of the commands for it; those for all files are in each.
    pub(in crate::commands) ms: u64,
    /// Lines that tell what is wrong with it.
    pub(in crate::commands) errors: Vec<String>,
    /// Attempts that changed it.
    pub(in crate::commands) attempts: u32,
}

/// Lines that tell what is wrong with a file.
const MAX_ERRORS: usize = 5;

impl FileReport {
    fn new(path: &str) -> FileReport {
        FileReport {
            path: path.to_owned(),
            success: true,
            exit_code: None,
            output: String::new(),
            ms: 0,
            errors: Vec::new(),
            attempts: 0,
        }
    }

    /// Adds a run; a failure counts when it is one of this file.
    fn add(&mut self, ran: &Ran, is_of_it: bool) {
        self.ms += ran.ms;
        let fails = !ran.passed && is_of_it;
        if self.success && (fails || ran.passed) {
            self.exit_code = ran.code;
            self.output.clone_from(&ran.output);
        }
        if !fails {
            return;
        }
        self.success = false;
        let said = ran
            .output
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty());
        let (named, rest): (Vec<&str>, Vec<&str>) =
            said.partition(|line| line.contains(&*self.path) || line.contains("rror"));
        let mut told: Vec<String> = named.into_iter().map(str::to_owned).collect();
        if told.is_empty() {
            let last = rest.last().map(|line| (*line).to_owned());
            told.push(last.unwrap_or_else(|| match ran.code {
                Some(code) => format!("ends with {code}"),
                None => "was ended by a signal, or took too long".to_owned(),
            }));
        }
        told.truncate(MAX_ERRORS.saturating_sub(self.errors.len()));
        self.errors.append(&mut told);
    }
}

/// Whether an output names a file, and not only one whose path ends like its own.
fn names(output: &str, path: &str) -> bool {
    output.match_indices(path).any(|(at, _)| {
        let before = &output[..at];
        let before = before.strip_suffix("./").unwrap_or(before);
        let last = before.chars().next_back();
        !last.is_some_and(|letter| letter.is_alphanumeric() || "_-./".contains(letter))
    })
}

/// A text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_words_and_nothing_else() {
        let texts = Texts::from([("a'; rm -rf x; '.sh".to_owned(), String::new())]);
        let plan = Language::Bash.proof(&texts, true);
        assert_eq!(
            plan.command[2],
            "set -e; bash -n 'a'\\''; rm -rf x; '\\''.sh'"
        );
        assert_eq!(plan.proof, Proof::Build);
    }

    #[test]
    fn a_failure_of_all_is_told_of_the_files_that_it_names() {
        let ran = Ran {
            command: String::new(),
            proof: Proof::Build,
            passed: false,
            code: Some(101),
            timed_out: false,
            ms: 7,
            output: "error: x\n --> src/words.rs:2:5\n".to_owned(),
        };
        let texts = ["src/main.rs", "src/words.rs", "words.rs"];
        let texts = texts.map(|path| (path.to_owned(), String::new())).into();
        let project = NewProject {
            language: Language::Rust,
            executes: false,
            heals: false,
        };
        let found = project
            .files(&texts, &mut |_| Ok(ran.clone()))
            .expect("runs");
        let told: Vec<(bool, Option<i32>)> = found
            .iter()
            .map(|file| (file.success, file.exit_code))
            .collect();
        assert_eq!(told, [(true, None), (false, Some(101)), (true, None)]);
        assert_eq!(found[1].errors, ["error: x", "--> src/words.rs:2:5"]);
    }
}
