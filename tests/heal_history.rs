//! `arc heal` where a past commit gave a name or a file another name or place: real repositories, and the graph of them.

use std::path::Path;

use tempfile::TempDir;

#[expect(dead_code, reason = "these tests do not need every answer")]
#[path = "support/binary.rs"]
mod binary;
#[path = "support/git.rs"]
mod git;
#[path = "support/healing.rs"]
mod healing;

use binary::{arc, write};
use git::git;
use healing::{heal, snapshot, text};

/// What a commit does to the files, by path: the new text, or nothing where the file goes.
type Commit<'a> = (&'a str, &'a [(&'a str, Option<&'a str>)]);

/// A repository with these commits and a graph of it.
fn repository(commits: &[Commit<'_>]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    git(root, &["init", "-q"]);
    for (subject, files) in commits {
        for (path, text) in *files {
            match text {
                Some(text) => write(root, path, text),
                None => std::fs::remove_file(root.join(path)).expect("it was there"),
            }
        }
        git(root, &["add", "-A"]);
        git(root, &["commit", "-q", "-m", subject]);
    }
    arc(root).arg("build").assert().success();
    folder
}

/// Heals a file, and gives why.
fn healed(root: &Path, words: &[&str], rule: &str) -> String {
    let (code, report, error) = heal(root, words);
    assert_eq!(code, 0, "{report:#}\n{error}");
    assert_eq!(report["fix"]["rule"], rule, "{report:#}");
    report["fix"]["why"].as_str().expect("a reason").to_owned()
}

const ROWS: &str = "\
def load_rows(path):
    rows = []
    for line in path.splitlines():
        if line and not line.startswith('#'):
            rows.append(line.strip().split(','))
    return rows


class Store:
    def __init__(self, rows):
        self.rows = rows

    def fetch_all(self, key):
        found = []
        for row in self.rows:
            if row and row[0] == key:
                found.append(row)
        return found
";

#[test]
fn a_function_and_a_method_of_python_get_the_names_that_commits_gave_them() {
    let renamed = ROWS.replace("load_rows", "parse_table");
    let both = renamed.replace("fetch_all", "select");
    let asking = "from pkg.rows import Store, load_rows\n\nstore = Store(load_rows('a,1\\nb,2'))\nassert store.fetch_all('a') == [['a', '1']]\n";
    let folder = repository(&[
        (
            "begin",
            &[
                ("pkg/__init__.py", Some("")),
                ("pkg/rows.py", Some(ROWS)),
                ("app.py", Some(asking)),
            ],
        ),
        ("call a table a table", &[("pkg/rows.py", Some(&renamed))]),
        ("speak as databases do", &[("pkg/rows.py", Some(&both))]),
    ]);
    let root = folder.path();
    let why = healed(
        root,
        &[
            "app.py",
            "--yes",
            "--json",
            "--",
            "python3",
            "-c",
            "from pkg import rows; t = open('app.py').read().replace('fetch_all', 'select'); exec(compile(t, 'app.py', 'exec'))",
        ],
        "renamed",
    );
    assert!(
        why.contains("parse_table") && why.contains("call a table a table"),
        "{why}"
    );
    let half = text(root, "app.py");
    assert_eq!(half, asking.replace("load_rows", "parse_table"));
    let why = healed(
        root,
        &["app.py", "--yes", "--json", "--", "python3", "app.py"],
        "renamed",
    );
    assert!(
        why.contains("Store.select") && why.contains("speak as databases do"),
        "{why}"
    );
    assert_eq!(text(root, "app.py"), half.replace("fetch_all", "select"));
}

#[test]
fn what_was_renamed_and_moved_then_is_asked_for_where_it_is() {
    let (rows, store) = ROWS.split_at(ROWS.find("\n\nclass").expect("a class"));
    let renamed = ROWS.replace("load_rows", "parse_table");
    let table = rows.replace("load_rows", "parse_table");
    let asking =
        "from pkg.rows import Store, load_rows\nassert Store(load_rows('a')).rows == [['a']]\n";
    let folder = repository(&[
        (
            "begin",
            &[
                ("pkg/__init__.py", Some("")),
                ("pkg/rows.py", Some(ROWS)),
                ("app.py", Some(asking)),
            ],
        ),
        ("call a table a table", &[("pkg/rows.py", Some(&renamed))]),
        (
            "tables on their own",
            &[
                ("pkg/rows.py", Some(store.trim_start())),
                ("pkg/table.py", Some(&table)),
            ],
        ),
    ]);
    let root = folder.path();
    let why = healed(
        root,
        &["app.py", "--yes", "--json", "--", "python3", "app.py"],
        "moved",
    );
    assert!(why.contains("tables on their own"), "{why}");
    assert_eq!(
        text(root, "app.py"),
        "from pkg.table import parse_table\nfrom pkg.rows import Store\nassert Store(parse_table('a')).rows == [['a']]\n"
    );
}

#[test]
fn a_module_with_another_name_is_asked_for_by_that() {
    let folder = repository(&[
        (
            "begin",
            &[
                ("pkg/__init__.py", Some("")),
                ("pkg/helpers.py", Some(ROWS)),
                (
                    "app.py",
                    Some("from pkg.helpers import load_rows\nassert load_rows('a') == [['a']]\n"),
                ),
            ],
        ),
        (
            "say what it is",
            &[("pkg/helpers.py", None), ("pkg/rows.py", Some(ROWS))],
        ),
    ]);
    let root = folder.path();
    let why = healed(
        root,
        &["app.py", "--yes", "--json", "--", "python3", "app.py"],
        "moved",
    );
    assert!(why.contains("say what it is"), "{why}");
    assert_eq!(
        text(root, "app.py"),
        "from pkg.rows import load_rows\nassert load_rows('a') == [['a']]\n"
    );
}

const SCRIPT: &str = "\
function loadRows(text) {
  const rows = [];
  for (const line of text.split('\\n')) {
    if (line && !line.startsWith('#')) rows.push(line.trim().split(','));
  }
  return rows;
}
";

#[test]
fn scripts_get_the_new_names_too() {
    let required = format!("{SCRIPT}\nmodule.exports = {{ loadRows }};\n");
    let imported = format!("export {SCRIPT}");
    for (name, module, app) in [
        (
            "app.js",
            required.as_str(),
            "const { loadRows } = require('./rows.js');\nif (loadRows('a').length !== 1) throw new Error('no');\n",
        ),
        (
            "app.mjs",
            imported.as_str(),
            "import { loadRows } from './rows.mjs';\nif (loadRows('a').length !== 1) throw new Error('no');\n",
        ),
    ] {
        let path = name.replace("app", "rows");
        let renamed = module.replace("loadRows", "parseTable");
        let folder = repository(&[
            ("begin", &[(&path, Some(module)), (name, Some(app))]),
            ("call a table a table", &[(&path, Some(&renamed))]),
        ]);
        let root = folder.path();
        let why = healed(
            root,
            &[name, "--yes", "--json", "--", "node", name],
            "renamed",
        );
        assert!(why.contains("call a table a table"), "{why}");
        assert_eq!(text(root, name), app.replace("loadRows", "parseTable"));
    }
}

#[test]
fn a_compiler_of_go_and_one_of_rust_agree() {
    let go = "package rows\n\nimport \"strings\"\n\nfunc LoadRows(text string) []string {\n\trows := []string{}\n\tfor _, line := range strings.Split(text, \"\\n\") {\n\t\tif line != \"\" && line[0] != '#' {\n\t\t\trows = append(rows, strings.TrimSpace(line))\n\t\t}\n\t}\n\treturn rows\n}\n";
    let asking = "package main\n\nimport \"example.org/p/rows\"\n\nfunc main() {\n\tif len(rows.LoadRows(\"a\")) != 1 {\n\t\tpanic(\"no\")\n\t}\n}\n";
    let renamed = go.replace("LoadRows", "ParseTable");
    let folder = repository(&[
        (
            "begin",
            &[
                ("go.mod", Some("module example.org/p\n\ngo 1.21\n")),
                ("rows/rows.go", Some(go)),
                ("main.go", Some(asking)),
            ],
        ),
        ("call a table a table", &[("rows/rows.go", Some(&renamed))]),
    ]);
    let root = folder.path();
    let why = healed(
        root,
        &["main.go", "--yes", "--json", "--", "go", "vet", "."],
        "renamed",
    );
    assert!(why.contains("call a table a table"), "{why}");
    assert_eq!(
        text(root, "main.go"),
        asking.replace("LoadRows", "ParseTable")
    );

    let rust = "pub fn load_rows(text: &str) -> Vec<String> {\n    let mut rows = Vec::new();\n    for line in text.lines() {\n        if !line.is_empty() && !line.starts_with('#') {\n            rows.push(line.trim().to_owned());\n        }\n    }\n    rows\n}\n";
    let asking = "mod rows;\nmod table;\n\nuse crate::rows::load_rows;\n\nfn main() {\n    assert_eq!(load_rows(\"a\").len(), 1);\n}\n";
    let folder = repository(&[
        (
            "begin",
            &[
                ("src/rows.rs", Some(rust)),
                ("src/table.rs", Some("pub const WIDTH: usize = 3;\n")),
                ("src/main.rs", Some(asking)),
            ],
        ),
        (
            "tables on their own",
            &[
                ("src/rows.rs", Some("pub const HEIGHT: usize = 4;\n")),
                (
                    "src/table.rs",
                    Some(&format!("pub const WIDTH: usize = 3;\n\n{rust}")),
                ),
            ],
        ),
    ]);
    let root = folder.path();
    let command = [
        "src/main.rs",
        "--yes",
        "--json",
        "--",
        "rustc",
        "--edition",
        "2021",
        "--emit",
        "metadata",
        "--out-dir",
        "/tmp",
        "src/main.rs",
    ];
    let why = healed(root, &command, "moved");
    assert!(why.contains("tables on their own"), "{why}");
    assert_eq!(
        text(root, "src/main.rs"),
        asking.replace("rows::load_rows", "table::load_rows")
    );
}

#[test]
fn where_history_says_nothing_sure_nothing_is_written() {
    let one = "def first(rows):\n    return rows[0]\n";
    // It is gone, and nothing that came says what it said.
    let folder = repository(&[
        (
            "begin",
            &[
                ("rows.py", Some(ROWS)),
                (
                    "app.py",
                    Some("from rows import load_rows\nprint(load_rows('a'))\n"),
                ),
            ],
        ),
        ("start again", &[("rows.py", Some(one))]),
    ]);
    let root = folder.path();
    let before = snapshot(root);
    let (code, report, error) = heal(
        root,
        &["app.py", "--yes", "--json", "--", "python3", "app.py"],
    );
    assert_eq!(code, 1, "{report:#}\n{error}");
    assert_eq!(snapshot(root), before);
    // The name in the history is right, and the command says that it is not what was meant.
    let renamed = ROWS.replace("load_rows", "parse_table");
    let folder = repository(&[
        (
            "begin",
            &[
                ("rows.py", Some(ROWS)),
                (
                    "app.py",
                    Some("from rows import load_rows\nassert load_rows('a') == 7\n"),
                ),
            ],
        ),
        ("call a table a table", &[("rows.py", Some(&renamed))]),
    ]);
    let root = folder.path();
    let before = snapshot(root);
    let (code, report, error) = heal(
        root,
        &["app.py", "--yes", "--json", "--", "python3", "app.py"],
    );
    assert_eq!(code, 1, "{report:#}\n{error}");
    assert_eq!(snapshot(root), before);
}

#[test]
fn calls_follow_what_commits_did_to_parameters() {
    let store = |head: &str| {
        format!(
            "class Store:\n    def __init__(self, rows):\n        self.rows = rows\n\n    def fetch({head}):\n        found = [row for row in self.rows if row[0] == key]\n        return found[:limit]\n"
        )
    };
    let [first, second, third] = [
        "self, key, strict, count=9",
        "self, key, count=9",
        "self, key, *, limit=9",
    ]
    .map(store);
    let first = first.replace("[:limit]", "[:count]");
    let second = second.replace("[:limit]", "[:count]");
    let asking = "from pkg.store import Store\n\nstore = Store([('a', 1), ('a', 2)])\nassert store.fetch('a', True) == [('a', 1), ('a', 2)]\n";
    let named = "from pkg.store import Store\n\nstore = Store([('a', 1), ('a', 2)])\nassert store.fetch('a', count=1) == [('a', 1)]\nassert store.fetch(\n    'b',\n    count=1,\n) == []\n";
    let folder = repository(&[
        (
            "begin",
            &[
                ("pkg/__init__.py", Some("")),
                ("pkg/store.py", Some(&first)),
                ("app.py", Some(asking)),
                ("named.py", Some(named)),
            ],
        ),
        ("never be strict", &[("pkg/store.py", Some(&second))]),
        ("a count is a limit", &[("pkg/store.py", Some(&third))]),
    ]);
    let root = folder.path();
    let why = healed(
        root,
        &["app.py", "--yes", "--json", "--", "python3", "app.py"],
        "parameters",
    );
    assert!(
        why.contains("Store.fetch") && why.contains("never be strict"),
        "{why}"
    );
    assert_eq!(
        text(root, "app.py"),
        asking.replace("fetch('a', True)", "fetch('a')")
    );
    let why = healed(
        root,
        &["named.py", "--yes", "--json", "--", "python3", "named.py"],
        "parameters",
    );
    assert!(why.contains("a count is a limit"), "{why}");
    assert_eq!(text(root, "named.py"), named.replace("count=1", "limit=1"));
}
