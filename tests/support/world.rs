//! A small repository in Python, Go and TypeScript, and the changes people make to one. A change is picked by numbers that
//! mean something in any state, so that a sequence of changes can be cut down and played again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// Numbers that look random and are the same for the same seed.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

/// One change. Numbers pick from what is there, modulo its count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Another constant in a body.
    EditBody(usize, usize),
    /// A comment at the top: lines move.
    Comment(usize),
    /// A function that calls one of another file.
    AddFunction(usize, usize, usize),
    /// A type that extends one, with a method.
    AddType(usize, usize, usize),
    RemoveDefinition(usize, usize),
    /// The third number says whether other files follow.
    RenameDefinition(usize, usize, usize),
    AddFile(usize, usize),
    RemoveFile(usize),
    MoveFile(usize, usize),
    CopyFile(usize, usize),
    SwapFiles(usize, usize),
    EmptyFile(usize),
    Binary(usize),
    Link(usize, usize),
    ReExport(usize),
    DropImport(usize),
    Manifest(usize),
    Break(usize),
    Repair,
    SameSizeSameTime(usize, usize),
    Touch(usize),
    CarriageReturns(usize),
    Ignore(usize),
    KeepAll,
    Restore,
    Commit(usize),
    Amend,
    Branch(usize),
    Switch(usize),
    Merge(usize),
    ResetHard(usize),
    Rewrite,
    Mailmap,
    /// A text by which files meet without naming each other.
    Reword(usize, usize),
    /// Something that people wrote down: a decision, a change log, owners.
    WriteDown(usize, usize),
}

/// How many kinds of changes there are.
const KINDS: usize = 36;

impl Change {
    pub(crate) fn any(numbers: &mut Numbers) -> Change {
        let [a, b, c] = [0; 3].map(|_| numbers.below(1_000));
        match numbers.below(KINDS) {
            0 => Change::EditBody(a, b),
            1 => Change::Comment(a),
            2 => Change::AddFunction(a, b, c),
            3 => Change::AddType(a, b, c),
            4 => Change::RemoveDefinition(a, b),
            5 => Change::RenameDefinition(a, b, c),
            6 => Change::AddFile(a, b),
            7 => Change::RemoveFile(a),
            8 => Change::MoveFile(a, b),
            9 => Change::CopyFile(a, b),
            10 => Change::SwapFiles(a, b),
            11 => Change::EmptyFile(a),
            12 => Change::Binary(a),
            13 => Change::Link(a, b),
            14 => Change::ReExport(a),
            15 => Change::DropImport(a),
            16 => Change::Manifest(a),
            17 => Change::Break(a),
            18 => Change::Repair,
            19 => Change::SameSizeSameTime(a, b),
            20 => Change::Touch(a),
            21 => Change::CarriageReturns(a),
            22 => Change::Ignore(a),
            23 => Change::KeepAll,
            24 => Change::Restore,
            25 | 26 => Change::Commit(a),
            27 => Change::Branch(a),
            28 => Change::Switch(a),
            29 => Change::Merge(a),
            30 => Change::ResetHard(a),
            31 => match a % 2 {
                0 => Change::Amend,
                _ => Change::Rewrite,
            },
            32 => Change::Mailmap,
            33 | 34 => Change::WriteDown(a, b),
            _ => Change::Reword(a, b),
        }
    }
}

const START: &[(&str, &str)] = &[
    (".gitignore", "*.log\n"),
    (
        "pyproject.toml",
        "[project]\nname = \"app\"\ndependencies = [\"requests\"]\n",
    ),
    (
        "app/__init__.py",
        "from app.config import Config, load\n\n__all__ = [\"Config\", \"load\"]\n",
    ),
    (
        "app/config.py",
        "import json\n\n\nclass Config:\n    \"\"\"Settings of the run.\"\"\"\n\n    def __init__(self, path):\n        self.path = path\n\n    def load(self):\n        return json.loads(self.path)\n\n\ndef load(x):\n    return Config(x).load()\n",
    ),
    (
        "app/cli.py",
        "from app import Config\nfrom . import config\n\n\ndef run(x):\n    config.load(1)\n    return Config(x).load()\n\n\nclass Special(Config):\n    def load(self):\n        return super().load()\n",
    ),
    (
        "tests/test_cli.py",
        "from app.cli import run\n\n\ndef test_run():\n    assert run(3) == 3\n",
    ),
    ("go.mod", "module example.com/app\n\ngo 1.22\n"),
    (
        "main.go",
        "package main\n\nimport \"example.com/app/store\"\n\nfunc main() {\n\tstore.Load(1)\n\tmissing()\n}\n",
    ),
    (
        "store/store.go",
        "package store\n\nimport \"fmt\"\n\n// Store keeps things.\ntype Store struct {\n\tbase Base\n}\n\n// Load reads the settings.\nfunc Load(x int) int {\n\ts := Store{}\n\tfmt.Println(s.Save(x))\n\treturn x + 1\n}\n",
    ),
    (
        "store/base.go",
        "package store\n\ntype Base struct{}\n\nfunc (s Store) Save(x int) int {\n\treturn check(x)\n}\n\nfunc check(x int) int {\n\treturn x + 2\n}\n",
    ),
    (
        "package.json",
        "{\"name\": \"web\", \"dependencies\": {\"left\": \"1\"}}\n",
    ),
    (
        "tsconfig.json",
        "{\"compilerOptions\": {\"baseUrl\": \".\", \"paths\": {\"@/*\": [\"web/*\"]}}}\n",
    ),
    (
        "web/index.ts",
        "export * from './models';\nexport { fetchAll as all } from './api';\n",
    ),
    (
        "web/models.ts",
        "export interface Shape { area(): number }\n\nexport class Base implements Shape {\n  size = 1;\n  area(): number {\n    return this.size + 1;\n  }\n}\n",
    ),
    (
        "web/api.ts",
        "import { Base } from '@/models';\nimport left from 'left';\n\nexport function fetchAll(x: number): number {\n  const base = new Base();\n  left(x);\n  return base.area() + x;\n}\n",
    ),
    (
        "app/web.py",
        "import os\n\nfrom flask import Blueprint, Flask\n\nusers = Blueprint(\"users\", __name__)\napp = Flask(__name__)\napp.register_blueprint(users, url_prefix=\"/api\")\n\n\n@users.get(\"/users/<int:id>\")\ndef show(id):\n    return os.environ[\"API_TOKEN\"]\n",
    ),
    (
        "web/client.ts",
        "export function ask(id: number) {\n  fetch(`/api/users/${id}`);\n  return process.env.API_TOKEN + 'SELECT * FROM users';\n}\n",
    ),
    (".env", "API_TOKEN=1\n"),
    ("schema.sql", "CREATE TABLE users (id INT);\n"),
    ("Makefile", "users:\n\tpython -m app.cli\n\nall: users\n"),
    (
        "docs/adr/0001-settings.md",
        "# 1. Settings are a class\n\n## Status\n\nAccepted\n\n## Decision\n\nOne `Config` in `app/config.py`, see `store/`.\n",
    ),
    (
        "CHANGES.rst",
        "1.0\n---\n\nReleased 2024-05-01\n\n- Settings (#1), ADR-1\n",
    ),
    (
        "README.md",
        "# App\n\nSee `app/config.py` and `Config.load`.\n",
    ),
];

/// Where files are added and moved to.
const PLACES: &[&str] = &[
    "app/extra.py",
    "app/util/__init__.py",
    "app/util/deep.py",
    "app.py",
    "tests/test_extra.py",
    "store/more.go",
    "store/store_test.go",
    "cmd/tool/main.go",
    "web/extra.ts",
    "web/util/index.ts",
    "web/api.test.ts",
    "notes.txt",
    "data.json",
    "build.log",
];

const NAMES: &[&str] = &["load", "save", "run", "check", "fetchAll", "area", "Load"];
const WORDS: &[(&str, &str)] = &[
    ("users", "people"),
    ("people", "users"),
    ("API_TOKEN", "API_KEY"),
    ("API_KEY", "API_TOKEN"),
    ("/api", "/v2"),
    ("/v2", "/api"),
];
const TYPES: &[&str] = &["Config", "Store", "Base", "Special", "Shape"];
const BRANCHES: &[&str] = &["main", "one", "two"];

/// The repository on disk.
pub(crate) struct World {
    folder: tempfile::TempDir,
    clock: i64,
}

impl World {
    pub(crate) fn new() -> World {
        let mut world = World {
            folder: tempfile::tempdir().unwrap(),
            clock: 1_700_000_000,
        };
        for (path, text) in START {
            world.write(path, text);
        }
        world.git(&["init", "-q", "-b", "main"]);
        world.commit("start");
        world
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let full = self.root().join(path);
        // A folder or a link may stand in the way: then this change changes nothing.
        let folder = full.parent().unwrap();
        if fs::create_dir_all(folder).is_ok() && !full.is_symlink() {
            let _ = fs::write(full, text);
        }
    }

    /// Runs git; a command that git refuses (a merge of nothing, a conflict) changes nothing or is undone.
    #[expect(
        clippy::disallowed_methods,
        reason = "git makes the repository under test"
    )]
    pub(crate) fn git(&self, arguments: &[&str]) -> bool {
        let date = format!("@{} +0000", self.clock);
        Command::new("git")
            .current_dir(self.root())
            .args(["-c", "gc.auto=0", "-c", "core.hooksPath=/dev/null"])
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env(
                "GIT_AUTHOR_NAME",
                if self.clock % 3 == 0 { "Ada" } else { "Bob" },
            )
            .env("GIT_AUTHOR_EMAIL", "ada@example.org")
            .env("GIT_COMMITTER_NAME", "Ada")
            .env("GIT_COMMITTER_EMAIL", "ada@example.org")
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .output()
            .unwrap()
            .status
            .success()
    }

    fn commit(&mut self, subject: &str) {
        self.clock += 100_000;
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", subject]);
    }

    /// All files but git's and ours, sorted.
    fn files(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.root().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().flatten() {
                let path = entry.path();
                let kind = entry.file_type().unwrap();
                if kind.is_dir() && entry.file_name() != ".git" && entry.file_name() != ".arc" {
                    folders.push(path);
                } else if kind.is_file() {
                    found.push(path);
                }
            }
        }
        found.sort();
        found
    }

    fn source(&self, at: usize) -> Option<(PathBuf, String)> {
        let is_source = |path: &PathBuf| {
            let extension = path.extension().and_then(|extension| extension.to_str());
            matches!(extension, Some("py" | "go" | "ts"))
        };
        let files: Vec<PathBuf> = self.files().into_iter().filter(is_source).collect();
        let path = files.get(at % files.len().max(1))?.clone();
        let text = String::from_utf8_lossy(&fs::read(&path).ok()?).into_owned();
        Some((path, text))
    }

    fn any_file(&self, at: usize) -> Option<PathBuf> {
        let files = self.files();
        files.get(at % files.len().max(1)).cloned()
    }

    /// Records of code that is there or not, which name each other, and comments that name them.
    fn write_down(&self, what: usize, about: usize) {
        let name = NAMES[about % NAMES.len()];
        let kind = TYPES[about % TYPES.len()];
        let place = PLACES[about % PLACES.len()];
        match what % 5 {
            0 | 1 => self.write(
                &format!("docs/adr/000{}-{name}.md", what % 4),
                format!(
                    "---\nstatus: accepted\nsupersedes: {}\n---\n# Use {name}\n\n## Decision\n\n`{kind}.{name}` in `{place}` and [that](../../app/), not `{name}()`. See #{}.\n",
                    about % 4,
                    about % 9 + 1
                ),
            ),
            2 if about.is_multiple_of(3) => self.write(
                ["CODEOWNERS", ".github/CODEOWNERS"][about % 2],
                format!("* @all\n/{place} @{name}\napp/ @app @{name}\n"),
            ),
            2 => self.write(
                "CHANGES.rst",
                format!("{about}.0\n---\n\n- {name} (#{}), ADR-{}\n", what % 9 + 1, about % 4),
            ),
            3 => self.edit(about, |path, text| {
                let mark = if is_python(path) { "#" } else { "//" };
                format!("{mark} DECISION(ADR-{}): {name} stays.\n{text}", what % 4)
            }),
            _ => self.write("docs/adr/0001-settings.md", "# 1. Nothing\n"),
        }
    }

    /// Says something else where other files say the same.
    fn reword(&self, at: usize, word: usize) {
        let Some(path) = self.any_file(at) else {
            return;
        };
        let (from, to) = WORDS[word % WORDS.len()];
        if let Ok(text) = fs::read_to_string(&path) {
            let _ = fs::write(path, text.replacen(from, to, 1 + word % 2));
        }
    }

    fn edit(&self, at: usize, change: impl FnOnce(&Path, String) -> String) {
        if let Some((path, text)) = self.source(at) {
            let text = change(&path, text);
            fs::write(path, text).unwrap();
        }
    }

    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::Reword(file, word) => self.reword(file, word),
            Change::WriteDown(what, about) => self.write_down(what, about),
            Change::EditBody(file, to) => {
                self.edit(file, |_, text| {
                    text.replacen(['1', '2', '3'], &(to % 10).to_string(), 1)
                });
            }
            Change::Comment(file) => self.edit(file, |path, text| {
                let mark = if is_python(path) { '#' } else { '/' };
                format!("{mark}{mark} Novelty.\n\n{text}")
            }),
            Change::AddFunction(file, name, called) => self.edit(file, |path, text| {
                format!(
                    "{}{}",
                    imports(path, called, text),
                    function(path, name, called)
                )
            }),
            Change::AddType(file, name, base) => {
                self.edit(file, |path, text| text + &type_text(path, name, base));
            }
            Change::RemoveDefinition(file, at) => {
                self.edit(file, |_, text| without_definition(&text, at));
            }
            Change::RenameDefinition(file, at, follow) => self.rename(file, at, follow % 2 == 0),
            Change::AddFile(place, name) => self.write(PLACES[place % PLACES.len()], {
                let path = Path::new(PLACES[place % PLACES.len()]);
                let head = if path.extension().is_some_and(|extension| extension == "go") {
                    format!("package {}\n", ["store", "main"][name % 2])
                } else {
                    String::new()
                };
                head + &function(path, name, name / 7)
            }),
            Change::RemoveFile(file) => {
                if let Some(path) = self.any_file(file) {
                    fs::remove_file(path).unwrap();
                }
            }
            Change::MoveFile(file, place) | Change::CopyFile(file, place) => {
                let Some((path, text)) = self.source(file) else {
                    return;
                };
                if matches!(change, Change::MoveFile(..)) {
                    fs::remove_file(&path).unwrap();
                }
                let extension = path
                    .extension()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                let fitting: Vec<&&str> = PLACES
                    .iter()
                    .filter(|place| place.ends_with(&extension))
                    .collect();
                self.write(fitting[place % fitting.len()], text);
            }
            Change::SwapFiles(one, other) => {
                if let (Some((one, one_text)), Some((other, other_text))) =
                    (self.source(one), self.source(other))
                {
                    fs::write(one, other_text).unwrap();
                    fs::write(other, one_text).unwrap();
                }
            }
            Change::EmptyFile(file) => self.edit(file, |_, _| String::new()),
            Change::Binary(file) => self.edit(file, |_, text| format!("\0{text}")),
            Change::Link(file, place) => {
                if let (Some(path), Some((target, _))) = (self.any_file(place), self.source(file)) {
                    fs::remove_file(&path).unwrap();
                    std::os::unix::fs::symlink(target, path).unwrap();
                }
            }
            Change::ReExport(at) => {
                let (path, text) = [
                    ("app/__init__.py", "from app.cli import run as load\n"),
                    ("app/__init__.py", "from app.config import *\n"),
                    (
                        "web/index.ts",
                        "export { Base as Config } from './models';\n",
                    ),
                    ("web/index.ts", "export * from './api';\n"),
                    ("web/index.ts", "export * as api from './api';\n"),
                ][at % 5];
                self.write(path, text);
            }
            Change::DropImport(file) => self.edit(file, |_, text| {
                let kept = text
                    .split_inclusive('\n')
                    .filter(|line| !line.contains("import"));
                kept.collect()
            }),
            Change::Manifest(at) => self.manifest(at),
            Change::Break(file) => self.edit(file, |_, text| text + "\n((( broken {{{\n"),
            Change::Repair => {
                for at in 0..self.files().len() {
                    self.edit(at, |_, text| text.replace("\n((( broken {{{\n", ""));
                }
            }
            Change::SameSizeSameTime(file, to) => self.same_size_same_time(file, to),
            Change::Touch(file) => {
                if let Some(path) = self.any_file(file) {
                    let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(file as u64);
                    set_modified(&path, time);
                }
            }
            Change::CarriageReturns(file) => self.edit(file, |_, text| {
                if text.contains('\r') {
                    text.replace('\r', "")
                } else {
                    text.replace('\n', "\r\n")
                }
            }),
            Change::Ignore(at) => {
                let rule = ["store/", "web/*.ts", "app/config.py", "*.json"][at % 4];
                let file = [".gitignore", ".git/info/exclude", ".arcignore"][at % 3];
                self.write(file, format!("{rule}\n"));
            }
            Change::KeepAll => {
                self.write(".gitignore", "");
                self.write(".git/info/exclude", "");
                // There may be none.
                let _ = fs::remove_file(self.root().join(".arcignore"));
            }
            Change::Restore => {
                self.git(&["checkout", "-q", "-f", "HEAD", "--", "."]);
            }
            Change::Commit(at) => {
                let subject = [
                    "fix the loader",
                    "add a thing",
                    "Merge",
                    "bump version to 2",
                    "squash (#7)",
                    "ABC-3: close it\n\nFixes #5, see PR #6.\n\nCo-authored-by: Bo <bo@example.org>",
                    "on a branch (#5)\n\nCloses other/project#1",
                ][at % 7];
                self.commit(subject);
            }
            Change::Amend => {
                self.git(&["commit", "-q", "-a", "--amend", "-m", "amended"]);
            }
            Change::Branch(at) => {
                self.git(&["checkout", "-q", "-B", BRANCHES[at % BRANCHES.len()]]);
            }
            Change::Switch(at) => {
                self.git(&["checkout", "-q", "-f", BRANCHES[at % BRANCHES.len()]]);
            }
            Change::Merge(at) => {
                self.commit("before a merge");
                self.clock += 100_000;
                let pull = format!(
                    "Merge pull request #{} from a/b\n\nTitle {at}\n\nFixes #5",
                    at % 9 + 1
                );
                let message = if at % 2 == 0 { &pull } else { "merge" };
                let fast = if at % 10 < 5 { "--ff" } else { "--no-ff" };
                let branch = BRANCHES[at / 2 % BRANCHES.len()];
                if !self.git(&["merge", "-q", fast, "-m", message, branch]) {
                    self.git(&["merge", "--abort"]);
                }
            }
            Change::ResetHard(at) => {
                self.git(&["reset", "-q", "--hard", &format!("HEAD~{}", at % 3)]);
            }
            Change::Rewrite => {
                self.git(&["reset", "-q", "--soft", "HEAD~1"]);
                self.commit("rewritten");
            }
            Change::Mailmap => {
                self.clock += 1;
                let name = ["Ada Lovelace", "Countess"][usize::from(self.clock % 2 == 0)];
                self.write(".mailmap", format!("{name} <ada@example.org>\n"));
            }
        }
    }

    fn rename(&self, file: usize, at: usize, follow: bool) {
        let Some((path, text)) = self.source(file) else {
            return;
        };
        let names = defined(&text);
        let Some(old) = names.get(at % names.len().max(1)) else {
            return;
        };
        let new = NAMES[(at + file) % NAMES.len()];
        fs::write(&path, text.replace(old.as_str(), new)).unwrap();
        for other in (0..self.files().len()).filter(|_| follow) {
            self.edit(other, |_, text| text.replace(old.as_str(), new));
        }
    }

    fn manifest(&self, at: usize) {
        let (path, text) = [
            ("go.mod", "module example.com/other\n\ngo 1.22\n"),
            START[6],
            (
                "tsconfig.json",
                "{\"compilerOptions\": {\"baseUrl\": \"web\"}}\n",
            ),
            (
                "tsconfig.json",
                "{\"compilerOptions\": {\"paths\": {\"@/*\": [\"./web/util/*\"]}}}\n",
            ),
            START[11],
            (
                "package.json",
                "{\"name\": \"web\", \"main\": \"web/index.ts\", \"dependencies\": {}}\n",
            ),
            (
                "pyproject.toml",
                "[project]\nname = \"other\"\ndependencies = [\"flask\"]\n",
            ),
            ("package.json", "{ broken"),
        ][at % 8];
        self.write(path, text);
    }

    fn same_size_same_time(&self, file: usize, to: usize) {
        let Some((path, text)) = self.source(file) else {
            return;
        };
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        let letters = [
            ("load", "save"),
            ("1", "7"),
            ("Base", "Core"),
            ("run", "row"),
        ];
        let (old, new) = letters[to % letters.len()];
        fs::write(&path, text.replace(old, new)).unwrap();
        set_modified(&path, modified);
    }
}

fn set_modified(path: &Path, time: SystemTime) {
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(time).unwrap();
}

fn is_python(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "py")
}

fn function(path: &Path, name: usize, called: usize) -> String {
    let (name, called) = (NAMES[name % NAMES.len()], NAMES[called % NAMES.len()]);
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("py") => format!(
            "\n\ndef {name}(x):\n    \"\"\"Doc of {name}.\"\"\"\n    return {called}(x) + 1\n"
        ),
        Some("go") => format!("\nfunc {name}(x int) int {{\n\treturn {called}(x) + 1\n}}\n"),
        Some("ts") => format!(
            "\nexport function {name}(x: number): number {{\n  return {called}(x) + 1;\n}}\n"
        ),
        _ => format!("{name} {called}\n"),
    }
}

/// The text with an import of something called that in front.
fn imports(path: &Path, called: usize, text: String) -> String {
    let name = NAMES[called % NAMES.len()];
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("py") => {
            let module = ["app", "app.config", "app.cli", "app.util.deep", ".config"][called % 5];
            format!("from {module} import {name}\n{text}")
        }
        Some("ts") => {
            let module = ["./models", "./api", "@/index", "./util"][called % 4];
            format!("import {{ {name} }} from '{module}';\n{text}")
        }
        _ => text,
    }
}

fn type_text(path: &Path, name: usize, base: usize) -> String {
    let (name, base) = (TYPES[name % TYPES.len()], TYPES[base % TYPES.len()]);
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("py") => {
            format!("\n\nclass {name}({base}):\n    def save(self):\n        return self.load()\n")
        }
        Some("go") => format!(
            "\ntype {name} struct {{\n\t{base}\n}}\n\nfunc (t {name}) area() int {{\n\treturn t.Save(3)\n}}\n"
        ),
        _ => format!(
            "\nexport class {name} extends {base} {{\n  save(): number {{\n    return this.area();\n  }}\n}}\n"
        ),
    }
}

/// Names that a text defines, by the look of it.
fn defined(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line
            .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .filter(|word| !word.is_empty())
            .collect();
        for pair in words.windows(2) {
            if matches!(pair[0], "def" | "func" | "function" | "class" | "type") {
                names.push(pair[1].to_owned());
            }
        }
    }
    names
}

/// The text without the definition that begins at one of its lines, up to the next blank line.
fn without_definition(text: &str, at: usize) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let begins = |line: &&str| {
        [
            "def ",
            "func ",
            "export function",
            "class ",
            "export class",
            "type ",
        ]
        .iter()
        .any(|start| line.trim_start().starts_with(start))
    };
    let starts: Vec<usize> = (0..lines.len())
        .filter(|line| begins(&lines[*line]))
        .collect();
    let Some(start) = starts.get(at % starts.len().max(1)).copied() else {
        return text.to_owned();
    };
    let rest = &lines[start..];
    let length = rest
        .iter()
        .position(|line| line.trim().is_empty())
        .unwrap_or(rest.len());
    [&lines[..start], &rest[length..]].concat().concat()
}
