//! A project that is made from nothing: its languages, and what shows that it works.

use arc_agents::{Proof, Texts};
use clap::ValueEnum;

use super::proof::{ProofPlan, is_program};

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
        }
    }

    /// The command that shows that a project works; with `executes` its entry point runs as well.
    fn proof(self, texts: &Texts, executes: bool) -> ProofPlan {
        let mut steps: Vec<String> = Vec::new();
        let paths = |is: &dyn Fn(&str) -> bool| -> Vec<String> {
            texts.keys().filter(|path| is(path)).cloned().collect()
        };
        let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        let each = |program: &str, paths: &[String]| -> Vec<String> {
            paths
                .iter()
                .map(|path| format!("{program} {}", quoted(path)))
                .collect()
        };
        let has = |entry: &str| texts.contains_key(entry);
        let mut tests = Vec::new();
        let entry = match self {
            Language::Bash => {
                steps.extend(each("bash -n", &paths(&|path| path.ends_with(".sh"))));
                tests = each(
                    "bash",
                    &paths(&|path| name(path).starts_with("test_") && path.ends_with(".sh")),
                );
                has("main.sh").then_some("bash main.sh")
            }
            Language::Go => {
                steps.push("go build ./...".to_owned());
                if !paths(&|path| path.ends_with("_test.go")).is_empty() {
                    tests.push("go test ./...".to_owned());
                }
                has("main.go").then_some("go run .")
            }
            Language::Javascript => {
                steps.extend(each(
                    "node --check",
                    &paths(&|path| path.ends_with(".js") || path.ends_with(".mjs")),
                ));
                let files =
                    paths(&|path| path.ends_with(".test.js") || path.ends_with(".test.mjs"));
                tests = each("node --test", &files);
                has("main.js").then_some("node main.js")
            }
            Language::Python => {
                steps.extend(each(
                    "python3 -m py_compile",
                    &paths(&|path| path.ends_with(".py")),
                ));
                let files = paths(&|path| name(path).starts_with("test_") && path.ends_with(".py"));
                tests = if is_program("pytest") {
                    each("pytest -q", &files)
                } else {
                    let module = |path: &String| path.trim_end_matches(".py").replace('/', ".");
                    each(
                        "python3 -m unittest -q",
                        &files.iter().map(module).collect::<Vec<_>>(),
                    )
                };
                has("main.py").then_some("python3 main.py")
            }
            Language::Rust => {
                steps.push("cargo build --offline -q".to_owned());
                let has_tests = texts.values().any(|text| text.contains("#[test]"));
                if has_tests {
                    tests.push("cargo test --offline -q".to_owned());
                }
                has("src/main.rs").then_some("cargo run --offline -q")
            }
        };
        let proof = if !tests.is_empty() {
            Proof::Tests
        } else if executes && entry.is_some() {
            Proof::Command
        } else {
            Proof::Build
        };
        steps.append(&mut tests);
        if executes {
            // What runs must end without being asked anything.
            steps.extend(entry.map(|entry| format!("{entry} < /dev/null")));
        }
        let script = format!("set -e; {}", steps.join("; "));
        ProofPlan {
            command: ["sh", "-c", &script].map(str::to_owned).to_vec(),
            proof,
        }
    }
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
}
