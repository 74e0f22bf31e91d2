//! What proves a repair beside its command, and repairs that are no edits of the file: packages, and what linters propose.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::TempDir;

#[expect(dead_code, reason = "these tests do not need every answer")]
#[path = "support/binary.rs"]
mod binary;
#[path = "support/healing.rs"]
mod healing;

use binary::{arc, write};
use healing::{heal, snapshot, text};

/// A wheel as its format has it: an archive with a list of what is in it.
const MAKE_WHEEL: &str = "\
import base64, hashlib, sys, zipfile
name, version, needs, folder = sys.argv[1:5]
info = f'{name}-{version}.dist-info'
files = {
    f'{name}/__init__.py': ('import sys\\n' + ''.join(f'import {need}\\n' for need in needs.split()) + f\"VERSION = '{version}'\\n\"),
    f'{info}/METADATA': f'Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n' + ''.join(f'Requires-Dist: {need}\\n' for need in needs.split()),
    f'{info}/WHEEL': 'Wheel-Version: 1.0\\nTag: py3-none-any\\n',
    f'{info}/entry_points.txt': f'[console_scripts]\\n{name}-run = {name}:main\\n',
}
hashed = lambda text: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=').decode()
files[f'{info}/RECORD'] = ''.join(f'{path},sha256={hashed(text)},{len(text)}\\n' for path, text in files.items()) + f'{info}/RECORD,,\\n'
if len(sys.argv) > 5:
    files[f'{name}/__init__.py'] = sys.argv[5]
with zipfile.ZipFile(f'{folder}/{name}-{version}-py3-none-any.whl', 'w') as archive:
    for path, text in files.items():
        archive.writestr(path, text)
";

fn python(folder: &Path, words: &[&str]) {
    assert_cmd::Command::new("python3")
        .args(words)
        .current_dir(folder)
        .assert()
        .success();
}

/// A project with an environment of its own, and a program that misses `lib`, which needs `base`.
fn project_with_wheels() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    python(root, &["-m", "venv", "--without-pip", ".venv"]);
    fs::create_dir(root.join("wheels")).expect("made");
    write(root, "make.py", MAKE_WHEEL);
    for (name, version, needs) in [
        ("lib", "1.2.0", "base"),
        ("lib", "1.10.0", "base"),
        ("lib", "2.0.0", "base"),
        ("base", "0.1", ""),
    ] {
        python(root, &["make.py", name, version, needs, "wheels"]);
    }
    fs::remove_file(root.join("make.py")).expect("there");
    write(root, "app.py", "import lib\nprint(lib.VERSION)\n");
    write(root, "requirements.txt", "lib>=1,<2  # the old one\n");
    folder
}

const INSTALL: &[&str] = &[
    "app.py",
    "--yes",
    "--json",
    "--",
    ".venv/bin/python",
    "app.py",
];

#[test]
fn a_missing_package_is_installed_from_a_wheel_into_the_environment_of_the_project() {
    let folder = project_with_wheels();
    let root = folder.path();
    let before = snapshot(root);
    let (code, report, error) = heal(root, INSTALL);
    assert_eq!(code, 0, "{report:#}\n{error}");
    assert_eq!(report["error"]["class"], "dependency", "{report:#}");
    let diff = report["fix"]["diff"].as_str().expect("a diff");
    assert!(
        diff.contains("lib 1.10.0") && diff.contains("base 0.1"),
        "{diff}"
    );
    python(
        root,
        &[
            "-c",
            "import subprocess; assert subprocess.check_output(['.venv/bin/python', 'app.py']) == b'1.10.0\\n'",
        ],
    );
    let is_outside = |path: &&(String, Vec<u8>, u32)| !path.0.contains("/.venv/");
    let after = snapshot(root);
    assert!(
        before
            .iter()
            .filter(is_outside)
            .eq(after.iter().filter(is_outside))
    );
    let session = report["session"].as_str().expect("a name");
    assert_eq!(heal(root, &["undo", session]).0, 0);
    assert_eq!(snapshot(root), before);
}

#[test]
fn packages_that_are_not_allowed_not_whole_or_not_there_are_not_installed() {
    for (settings, makes_odd, says) in [
        (
            "[heal]\npackages = [\"lib\"]\n",
            false,
            "does not allow base",
        ),
        ("[heal]\nprotected = [\".venv\"]\n", false, "protected"),
        ("", true, "is not what RECORD says"),
    ] {
        let folder = project_with_wheels();
        let root = folder.path();
        write(root, "arc.toml", settings);
        if makes_odd {
            write(root, "make.py", MAKE_WHEEL);
            python(
                root,
                &["make.py", "lib", "1.10.0", "base", "wheels", "import os\n"],
            );
        }
        let before = snapshot(root);
        let (code, report, error) = heal(root, INSTALL);
        assert_eq!(code, 1, "{report:#}\n{error}");
        let message = report["message"].as_str().expect("a message");
        assert!(message.contains(says), "{message}");
        assert_eq!(snapshot(root), before);
    }
}

const AMBIGUOUS: &str = "def g(a, b=0, c=0):\n    return a + b + c\n\n\ndef h(a, b=1, c=1):\n    return a * b * c\n\n\ndef f(a, b, c):\n    return g(h(a, b, c))\n";

/// A project with a graph and tests, in which a bracket is lost then: `expected` is what a test says that `f(2, 3, 4)` is.
fn project_with_tests(expected: u32) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    write(root, "a.py", AMBIGUOUS);
    write(root, "check.py", "import a\n");
    write(
        root,
        "test_a.py",
        format!(
            "import unittest\n\nimport a\n\n\nclass TestF(unittest.TestCase):\n    def test_f(self):\n        self.assertEqual(a.f(2, 3, 4), {expected})\n"
        ),
    );
    arc(root).arg("build").assert().success();
    write(root, "a.py", AMBIGUOUS.replacen("b, c))", "b, c)", 1));
    folder
}

#[test]
fn tests_that_the_graph_names_tell_repairs_apart() {
    let command = ["a.py", "--yes", "--json", "--", "python3", "check.py"];
    let folder = project_with_tests(24);
    let (code, report, error) = heal(folder.path(), &command);
    assert_eq!(code, 0, "{report:#}\n{error}");
    assert_eq!(text(folder.path(), "a.py"), AMBIGUOUS);
    let steps = report["validation"].as_array().expect("steps");
    let tests = steps.iter().find(|step| step["step"] == "tests");
    assert_eq!(tests.expect("tests ran")["ok"], true, "{report:#}");

    // Without them the command cannot tell.
    let folder = project_with_tests(24);
    let alone = [
        "a.py",
        "--yes",
        "--json",
        "--no-tests",
        "--",
        "python3",
        "check.py",
    ];
    assert_eq!(heal(folder.path(), &alone).0, 1);
}

#[test]
fn tests_of_packages_in_src_run_on_the_project_and_not_on_what_is_installed() {
    let folder = tempfile::tempdir().expect("a folder");
    let installed = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    for file in ["src/shop/__init__.py", "src/shop/a.py"] {
        let text = if file.ends_with("a.py") {
            AMBIGUOUS
        } else {
            ""
        };
        write(root, file, text);
        let copy = file.trim_start_matches("src/");
        write(installed.path(), copy, text);
    }
    write(
        root,
        "check.py",
        "import sys\nsys.path.insert(0, 'src')\nimport shop.a\n",
    );
    write(
        root,
        "tests/test_a.py",
        "import unittest\n\nfrom shop import a\n\n\nclass TestF(unittest.TestCase):\n    def test_f(self):\n        self.assertEqual(a.f(2, 3, 4), 24)\n",
    );
    arc(root).arg("build").assert().success();
    write(
        root,
        "src/shop/a.py",
        AMBIGUOUS.replacen("b, c))", "b, c)", 1),
    );
    let output = arc(root)
        .args(["heal", "src/shop/a.py", "--yes", "--json", "--"])
        .args(["python3", "check.py"])
        .env("PYTHONPATH", installed.path())
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    // On the installed copy the tests succeed whatever the repair is, and tell nothing apart.
    assert!(output.status.success(), "{said}");
    assert_eq!(text(root, "src/shop/a.py"), AMBIGUOUS);
}

#[test]
fn a_repair_with_which_tests_fail_is_not_written() {
    let folder = project_with_tests(5);
    let before = snapshot(folder.path());
    let command = ["a.py", "--yes", "--json", "--", "python3", "check.py"];
    let (code, report, error) = heal(folder.path(), &command);
    assert_eq!(code, 1, "{report:#}\n{error}");
    let message = report["message"].as_str().expect("a message");
    assert!(message.contains("tests that the graph names"), "{message}");
    assert_eq!(snapshot(folder.path()), before);
}

#[test]
fn a_linter_that_tells_no_proposals_edits_in_the_sandbox() {
    // It speaks as oxlint does: what it mends it mends in place.
    let linter = "\
#!/usr/bin/env python3
import sys
found = 0
for name in sys.argv[1:]:
    if name.startswith('-'):
        continue
    text = open(name).read()
    if '--fix' in sys.argv:
        text = text.replace('debugger;', '')
        open(name, 'w').write(text)
    found += text.count('debugger')
sys.exit(1 if found else 0)
";
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    write(root, "tools/oxlint", linter);
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(root.join("tools/oxlint"), mode).expect("set");
    write(root, "app.js", "let x = 1;\ndebugger;\nx += 1;\n");
    write(root, "other.js", "debugger ();\n");
    let command = ["app.js", "--yes", "--json", "--", "tools/oxlint", "app.js"];
    let (code, report, error) = heal(root, &command);
    assert_eq!(code, 0, "{report:#}\n{error}");
    assert_eq!(
        (&report["fix"]["origin"], &report["fix"]["rule"]),
        (&"tool".into(), &"oxlint".into())
    );
    assert_eq!(text(root, "app.js"), "let x = 1;\n\nx += 1;\n");
    let both = [
        "app.js",
        "--yes",
        "--json",
        "--",
        "tools/oxlint",
        "app.js",
        "other.js",
    ];
    write(root, "app.js", "debugger;\n");
    let before = snapshot(root);
    assert_eq!(heal(root, &both).0, 1);
    assert_eq!(snapshot(root), before);
}

#[test]
fn what_a_linter_calls_safe_is_taken() {
    // It speaks as ruff does, and finds fault with `import os`.
    let linter = "\
#!/usr/bin/env python3
import json, os, sys
text = open('app.py').read()
at = text.find('import os\\n')
if at >= 0:
    line = text[:at].count('\\n') + 1
    edit = {'content': '', 'location': {'row': line, 'column': 1}, 'end_location': {'row': line + 1, 'column': 1}}
    fix = {'applicability': 'safe' if 'unsafe' not in text else 'unsafe', 'edits': [edit]}
    found = {'code': 'F401', 'filename': os.path.abspath('app.py'), 'fix': fix}
    print(json.dumps([found]) if 'json' in sys.argv else 'app.py:%d:1: F401 `os` imported but unused' % line)
    sys.exit(1)
";
    let command = [
        "app.py",
        "--yes",
        "--json",
        "--",
        "tools/ruff",
        "check",
        "app.py",
    ];
    for (comment, is_healed) in [("sound", true), ("unsafe", false)] {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        write(root, "tools/ruff", linter);
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(root.join("tools/ruff"), mode).expect("set");
        write(
            root,
            "app.py",
            format!("# {comment}\nimport os\nimport sys\nprint(sys.argv)\n"),
        );
        let (code, report, error) = heal(root, &command);
        assert_eq!(code == 0, is_healed, "{report:#}\n{error}");
        if is_healed {
            assert_eq!(report["fix"]["origin"], "tool");
            assert_eq!(
                text(root, "app.py"),
                "# sound\nimport sys\nprint(sys.argv)\n"
            );
        }
    }
}
