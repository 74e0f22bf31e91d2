//! `arc heal` on small projects that are really broken.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use serde_json::Value;
use tempfile::TempDir;

#[path = "support/binary.rs"]
mod binary;
#[path = "support/healing.rs"]
mod healing;

use binary::{arc, json, write};
use healing::{heal, snapshot, text};

const SOUND: &str = "\
def total(prices, rate):
    result = 0
    for price in prices:
        if price == 0:
            continue
        result += price * (1 + rate)
    return round(result, 2)


def names(rows):
    return [row['name'].strip() for row in rows]
";

const CHECK: &str = "\
import shop
assert shop.total([0, 10, 20], 0.5) == 45.0
assert shop.names([{'name': ' a '}]) == ['a']
";

/// A project whose `shop.py` has `right` replaced by `wrong`.
fn project(right: &str, wrong: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(SOUND.contains(right), "{right} is in the program");
    write(folder.path(), "shop.py", SOUND.replacen(right, wrong, 1));
    write(folder.path(), "check.py", CHECK);
    folder
}

const COMMAND: &[&str] = &["shop.py", "--yes", "--json", "--", "python3", "check.py"];

#[test]
fn python_is_written_as_it_was_meant() {
    for (right, wrong, rule) in [
        ("rate):", "rate)", "block-head"),
        ("for price", "fro price", "keyword"),
        ("continue", "contineu x", "none"),
        ("price == 0", "price = 0", "comparison"),
        ("rate)\n    return", "rate\n    return", "closing-bracket"),
        ("result, 2", "result 2", "comma"),
        ("'name'", "'name", "quote"),
        ("'name'", "name'", "quote"),
        ("        result +=", "         result +=", "indentation"),
        ("result = 0", "result = 0)", "stray"),
        ("return round", "retrun round", "keyword"),
    ] {
        let folder = project(right, wrong);
        let before = snapshot(folder.path());
        let (code, report, error) = heal(folder.path(), COMMAND);
        if rule == "none" {
            assert_eq!(code, 1, "{wrong}: {report:#}\n{error}");
            assert_eq!(snapshot(folder.path()), before, "{wrong}");
            continue;
        }
        assert_eq!(code, 0, "{wrong}: {report:#}\n{error}");
        assert_eq!(report["result"], "healed", "{wrong}");
        assert_eq!(report["fix"]["rule"], rule, "{wrong}: {report:#}");
        assert_eq!(report["error"]["class"], "syntax", "{wrong}");
        assert_eq!(text(folder.path(), "shop.py"), SOUND, "{wrong}");
    }
}

const PLAYBOOK: &str = "\
- name: Serve
  hosts: all
  gather_facts: no
  vars:
    ports: [80, 443]
    size: {cpu: 4, memory: 16}
  tasks:
    - name: Say it
      ansible.builtin.debug:
        msg: \"ports {{ ports }}\"
      when: ports | length > 1
";

#[test]
fn playbooks_are_written_as_they_were_meant() {
    for (right, wrong) in [
        ("hosts: all", "hosts all"),
        ("debug:", "debug"),
        ("msg: \"", "msg:\""),
        ("[80, 443]", "[80, 443}"),
        ("[80, 443]", "[80 443]"),
        ("{cpu: 4, memory: 16}", "{cpu: 4 memory: 16}"),
        ("{cpu: 4, memory: 16}", "{cpu: 4, memory: 16]"),
        ("  tasks:", "  taks:"),
        ("ports }}\"", "ports }}"),
        ("    - name", "\t- name"),
        ("name: Say", "name:: Say"),
        ("when:", "whn:"),
        ("ansible.builtin", "ansble.builtin"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(PLAYBOOK.contains(right), "{right}");
        write(
            folder.path(),
            "site.yml",
            PLAYBOOK.replacen(right, wrong, 1),
        );
        write(folder.path(), "right", PLAYBOOK);
        let command = [
            "site.yml", "--yes", "--json", "--", "cmp", "site.yml", "right",
        ];
        let (code, report, error) = heal(folder.path(), &command);
        assert_eq!(code, 0, "{wrong}: {report:#}\n{error}");
        assert_eq!(text(folder.path(), "site.yml"), PLAYBOOK, "{wrong}");
    }
}

#[test]
fn a_text_in_a_script_that_never_ends_is_ended() {
    let folder = tempfile::tempdir().expect("a folder");
    let sound =
        "usage() {\ncat <<EOF\nusage: $0\nEOF\n}\nusage\nshow() { cat <<EOF\nx\nEOF\n}\nshow\n";
    write(
        folder.path(),
        "a.sh",
        sound.replacen("\nEOF\n}\nu", "\neEOF\n}\nu", 1),
    );
    write(
        folder.path(),
        "check.sh",
        "test \"$(bash a.sh | wc -l)\" = 2\n",
    );
    let command = ["a.sh", "--yes", "--json", "--", "bash", "check.sh"];
    let (code, report, error) = heal(folder.path(), &command);
    assert_eq!(code, 0, "{report:#}\n{error}");
    assert_eq!(text(folder.path(), "a.sh"), sound);
}

#[test]
fn what_nothing_tells_apart_is_left_to_a_person() {
    let folder = tempfile::tempdir().expect("a folder");
    let broken = "def f(a, b, c):\n    return g(h(a, b, c)\n";
    write(folder.path(), "a.py", broken);
    write(folder.path(), "check.py", "import a\n");
    let (code, report, _) = heal(
        folder.path(),
        &["a.py", "--yes", "--json", "--", "python3", "check.py"],
    );
    assert_eq!(
        (code, &report["result"]),
        (1, &Value::from("not_healed")),
        "{report:#}"
    );
    assert!(!report["rivals"].as_array().expect("rivals").is_empty());
    assert_eq!(text(folder.path(), "a.py"), broken);
}

#[test]
fn a_sound_file_needs_nothing() {
    let folder = project("rate", "rate");
    let (code, report, _) = heal(folder.path(), COMMAND);
    assert_eq!(
        (code, &report["result"]),
        (0, &Value::from("nothing_to_heal"))
    );
    assert_eq!(text(folder.path(), "shop.py"), SOUND);
}

#[test]
fn a_repair_that_the_command_never_reads_is_not_proved() {
    let folder = project("rate):", "rate)");
    let words = ["shop.py", "--yes", "--json", "--", "true"];
    let (code, report, _) = heal(folder.path(), &words);
    assert_eq!(code, 1, "{report:#}");
    assert!(
        report["message"]
            .as_str()
            .expect("text")
            .contains("not proved")
    );
    assert_ne!(text(folder.path(), "shop.py"), SOUND);
    let words = [
        "shop.py",
        "--yes",
        "--json",
        "--accept-unproved",
        "--",
        "true",
    ];
    assert_eq!(heal(folder.path(), &words).0, 0);
    assert_eq!(text(folder.path(), "shop.py"), SOUND);
}

#[test]
fn without_approval_or_in_a_dry_run_nothing_is_written() {
    let folder = project("rate):", "rate)");
    let before = snapshot(folder.path());
    let (code, report, _) = heal(
        folder.path(),
        &["shop.py", "--json", "--", "python3", "check.py"],
    );
    assert_eq!((code, &report["result"]), (5, &Value::from("refused")));
    assert_eq!(snapshot(folder.path()), before);
    let words = [
        "shop.py",
        "--dry-run",
        "--json",
        "--",
        "python3",
        "check.py",
    ];
    let (code, report, _) = heal(folder.path(), &words);
    assert_eq!((code, &report["result"]), (0, &Value::from("healed")));
    assert!(
        report["fix"]["diff"]
            .as_str()
            .expect("text")
            .contains("+def total(prices, rate):")
    );
    assert_eq!(snapshot(folder.path()), before);
}

#[test]
fn the_command_cannot_change_the_project() {
    let folder = project("rate):", "rate)");
    let before = snapshot(folder.path());
    let script = format!(
        "rm -f {0}/check.py; echo x > new; exit 1",
        folder.path().display()
    );
    let (code, _, _) = heal(
        folder.path(),
        &["shop.py", "--yes", "--json", "--", "sh", "-c", &script],
    );
    assert_eq!(code, 1);
    assert_eq!(snapshot(folder.path()), before);
}

#[test]
fn a_healed_file_keeps_its_mode_and_line_ends_and_can_be_taken_back() {
    let folder = project("rate):", "rate)");
    let broken = text(folder.path(), "shop.py").replace('\n', "\r\n");
    write(folder.path(), "shop.py", &broken);
    let path = folder.path().join("shop.py");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("set");
    let (code, report, _) = heal(folder.path(), COMMAND);
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(text(folder.path(), "shop.py"), SOUND.replace('\n', "\r\n"));
    assert_eq!(path.metadata().expect("there").mode() & 0o777, 0o640);
    let session = report["session"].as_str().expect("a name");
    assert_eq!(heal(folder.path(), &["undo", session]).0, 0);
    assert_eq!(text(folder.path(), "shop.py"), broken);
    assert_eq!(heal(folder.path(), &["undo", session]).0, 1);
    // Nobody kept it: it speaks for no rule.
    let stats = json(arc(folder.path()).args(["heal", "stats", "--json"]));
    assert_eq!(stats["taken_back"], 1);
    assert_eq!(stats["confidence"][0]["kept"], 0);
    let view = json(arc(folder.path()).args(["heal", "log", "--changelog"]));
    assert_eq!(view["metadata"]["is_whole"], true);
    assert_eq!(view["incidents"][0]["outcome"], "rolled_back");
}

#[test]
fn the_log_tells_what_was_done_and_whether_it_was_changed() {
    let folder = project("rate):", "rate)");
    assert_eq!(heal(folder.path(), COMMAND).0, 0);
    assert_eq!(heal(folder.path(), &["log"]).0, 0);
    let stats = json(arc(folder.path()).args(["heal", "stats", "--json"]));
    assert_eq!(
        (&stats["incidents"], &stats["healed"]),
        (&Value::from(1), &Value::from(1))
    );
    let view = json(arc(folder.path()).args(["heal", "log", "--changelog"]));
    assert_eq!(view["schema"], "arc.healing_changelog/1");
    assert_eq!(view["metadata"]["is_whole"], true);
    let incident = &view["incidents"][0];
    assert_eq!(
        (&incident["outcome"], &incident["fix"]["rule"]),
        (&"healed".into(), &"block-head".into())
    );
    let told = arc(folder.path())
        .args(["heal", "log", "--otlp"])
        .output()
        .expect("it runs");
    assert!(told.status.success());
    let lines: Vec<Value> = String::from_utf8_lossy(&told.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("a JSON object"))
        .collect();
    let span = &lines[0]["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    assert_eq!(span["name"], "arc heal");
    assert_eq!(span["events"][0]["name"], "error_detected");
    let metrics = &lines[1]["resourceMetrics"][0]["scopeMetrics"][0]["metrics"];
    assert_eq!(metrics[0]["sum"]["dataPoints"][0]["asInt"], "1");
    let log = ".arc/heal/healing.jsonl";
    let forged = text(folder.path(), log).replacen("block-head", "model", 1);
    write(folder.path(), log, forged);
    let (code, _, error) = heal(folder.path(), &["log"]);
    assert_eq!(code, 1);
    assert!(error.contains("was changed"), "{error}");
    assert_eq!(heal(folder.path(), &["log", "--changelog"]).0, 1);
}

#[test]
fn scripts_of_other_systems_run_again() {
    let script = "#!/bin/bash\nfor name in a b; do\n  echo \"$name\"\ndone\n";
    let crlf = script.replace('\n', "\r\n");
    let marked = format!("\u{feff}{script}");
    let typo = script.replacen("bash", "bahs", 1);
    for (broken, mode, rule) in [
        (crlf.as_str(), 0o755, "line-ends"),
        (&marked, 0o755, "bom"),
        (&typo, 0o755, "shebang"),
        (script, 0o644, "permission"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), "run.sh", broken);
        let path = folder.path().join("run.sh");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("set");
        // A shell runs a script without interpreter itself, a program does not.
        let words = [
            "run.sh",
            "--yes",
            "--json",
            "--",
            "python3",
            "-c",
            "import subprocess; subprocess.run(['./run.sh'], check=True)",
        ];
        let (code, report, error) = heal(folder.path(), &words);
        assert_eq!(code, 0, "{rule}: {report:#}\n{error}");
        assert_eq!(report["fix"]["rule"], rule);
        assert_eq!(text(folder.path(), "run.sh"), script, "{rule}");
        assert_eq!(
            path.metadata().expect("there").mode() & 0o777,
            0o755,
            "{rule}"
        );
    }
}

#[test]
fn names_that_nothing_defines_are_spelled_as_they_were_meant() {
    let sound = "import re\nfrom collections import OrderedDict\n\n\ndef words(text):\n    found = re.findall('[a-z]+', text)\n    return list(OrderedDict.fromkeys(found))\n";
    let check = "import words\nassert words.words('b a b') == ['b', 'a']\n";
    for (right, wrong, class) in [
        ("(found)", "(fuond)", "name"),
        ("list(", "lst(", "name"),
        ("re.findall", "re.findal", "attribute"),
        ("import re\n", "import ree\n", "import"),
        ("from collections", "from colections", "import"),
        ("import OrderedDict", "import OrderdDict", "import"),
        ("import re\n", "", "name"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), "words.py", sound.replacen(right, wrong, 1));
        write(folder.path(), "check.py", check);
        let (code, report, error) = heal(
            folder.path(),
            &["words.py", "--yes", "--json", "--", "python3", "check.py"],
        );
        assert_eq!(code, 0, "{wrong}: {report:#}\n{error}");
        assert_eq!(report["error"]["class"], class, "{wrong}");
        assert_eq!(text(folder.path(), "words.py"), sound, "{wrong}");
    }
}

#[test]
fn a_missing_import_is_what_the_repository_writes_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    write(root, "lib/__init__.py", "");
    write(root, "lib/load.py", "def load(x):\n    return x + 1\n");
    write(
        root,
        "other.py",
        "from lib.load import load\nprint(load(1))\n",
    );
    write(root, "main.py", "assert load(1) == 2\n");
    let (code, report, error) = heal(
        root,
        &["main.py", "--yes", "--json", "--", "python3", "main.py"],
    );
    assert_eq!(code, 0, "{report:#}\n{error}");
    assert_eq!(
        text(root, "main.py"),
        "from lib.load import load\nassert load(1) == 2\n"
    );
}

#[test]
fn shells_find_their_words_and_commands() {
    let sound = "#!/bin/bash\nset -e\ncount=3\nif [ \"$count\" -gt 2 ]; then\n  printf '%s\\n' many | sort\nfi\n";
    for (right, wrong, rule) in [
        ("sort", "sotr", "name"),
        ("count=3", "count = 3", "assignment-blank"),
        ("then", "thne", "keyword"),
        ("; then", " then", "separator"),
        ("fi\n", "", "block"),
        ("fi\n", "\n", "block"),
        ("\"$count\"", "$count\"", "quote"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), "run.sh", sound.replacen(right, wrong, 1));
        let check = "test \"$(bash run.sh)\" = many";
        let (code, report, error) = heal(
            folder.path(),
            &[
                "run.sh",
                "--yes",
                "--json",
                "--",
                "bash",
                "-ec",
                &format!("bash run.sh > out; {check}"),
            ],
        );
        assert_eq!(code, 0, "{wrong}: {report:#}\n{error}");
        assert_eq!(report["fix"]["rule"], rule, "{wrong}");
    }
}

#[test]
fn words_of_a_test_that_ran_together_are_parted() {
    let sound = "#!/bin/bash\nname() {\n  local line=\"$1\"\n  if [[ \"$line\" =~ ^\\[(.+)\\]$ ]]; then\n    echo \"${BASH_REMATCH[1]}\"\n  fi\n}\nname \"$@\"\n";
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    write(root, "run.sh", sound.replacen("[[ ", "[[", 1));
    // It never comes to the test: that the script can be read is all that it shows.
    let command = ["run.sh", "--yes", "--json", "--", "bash", "run.sh", "x"];
    let (code, report, error) = heal(root, &command);
    assert_eq!(code, 0, "{report:#}\n{error}");
    assert_eq!(report["fix"]["rule"], "test-blank", "{report:#}");
    assert_eq!(text(root, "run.sh"), sound);
}

#[test]
fn several_faults_of_one_file_are_healed_together() {
    let folder = project("rate):", "rate)");
    let broken = text(folder.path(), "shop.py").replacen("'name'", "'name", 1);
    write(folder.path(), "shop.py", &broken);
    let (code, report, error) = heal(folder.path(), COMMAND);
    assert_eq!(code, 0, "{report:#}\n{error}");
    assert_eq!(report["fix"]["rule"], "several");
    assert_eq!(text(folder.path(), "shop.py"), SOUND);
}

#[test]
fn what_a_command_printed_elsewhere_says_what_is_wrong() {
    let folder = project("rate):", "rate)");
    let root = folder.path();
    let broken = text(root, "shop.py");
    let output = "  File \"shop.py\", line 1\n    def total(prices, rate)\n                           ^\nSyntaxError: expected ':'\n";
    write(root, "ci.log", output);
    let (code, report, error) = heal(root, &["--from-output", "ci.log", "--yes", "--json"]);
    assert_eq!(code, 1, "{report:#}\n{error}");
    let message = report["message"].as_str().expect("text");
    assert!(message.contains("no command is given"), "{message}");
    assert_eq!(text(root, "shop.py"), broken);
    let words = [
        "--from-output",
        "ci.log",
        "--yes",
        "--json",
        "--",
        "python3",
        "check.py",
    ];
    let (code, report, error) = heal(root, &words);
    assert_eq!(code, 0, "{report:#}\n{error}");
    assert_eq!(text(root, "shop.py"), SOUND);
    write(root, "ci.log", "nothing to see\n");
    let (code, _, error) = heal(root, &["--from-output", "ci.log"]);
    assert_eq!(code, 2);
    assert!(error.contains("blames no file"), "{error}");
}

#[test]
fn a_project_says_what_may_be_done_to_it() {
    let folder = project("rate):", "rate)");
    let root = folder.path();
    let before = text(root, "shop.py");
    for (settings, code, says) in [
        ("protected = [\"shop.py\"]", 5, "protected"),
        ("commands = [[\"pytest\"]]", 5, "arc.toml"),
        ("comands = []", 2, "arc.toml"),
        ("approve = \"none\"", 5, ""),
        // A file that came with the project cannot say yes for whoever runs this.
        ("approve = \"all\"", 2, "--approve all"),
    ] {
        write(root, "arc.toml", format!("[heal]\n{settings}\n"));
        let words = ["shop.py", "--json", "--", "python3", "check.py"];
        let (found, report, error) = heal(root, &words);
        assert_eq!(found, code, "{settings}: {report:#}\n{error}");
        assert!(error.contains(says), "{settings}: {error}");
        assert_eq!(text(root, "shop.py"), before, "{settings}");
    }
    write(root, "arc.toml", "[heal]\ncommands = [[\"python3\"]]\n");
    let words = ["shop.py", "--yes", "--json", "--", "python3", "check.py"];
    let (code, report, error) = heal(root, &words);
    assert_eq!(code, 0, "{report:#}\n{error}");
    assert_eq!(text(root, "shop.py"), SOUND);
}

#[test]
fn a_kill_at_any_moment_leaves_the_old_file_or_the_new_one() {
    for delay in [5, 60, 120, 180, 240, 300, 400, 600] {
        let folder = project("rate):", "rate)");
        let broken = text(folder.path(), "shop.py");
        let binary = assert_cmd::cargo::cargo_bin("arc");
        #[expect(
            clippy::disallowed_methods,
            reason = "the child has to be killed while it works"
        )]
        let mut child = std::process::Command::new(binary)
            .current_dir(folder.path())
            .arg("heal")
            .args(COMMAND)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("it starts");
        std::thread::sleep(std::time::Duration::from_millis(delay));
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
        let now = text(folder.path(), "shop.py");
        assert!(now == broken || now == SOUND, "after {delay} ms:\n{now}");
        let files = snapshot(folder.path());
        assert_eq!(files.len(), 2, "after {delay} ms: {files:?}");
        let (code, report, error) = heal(folder.path(), COMMAND);
        assert_eq!(code, 0, "after {delay} ms: {report:#}\n{error}");
        assert_eq!(text(folder.path(), "shop.py"), SOUND);
    }
}

#[test]
fn bad_input_is_refused_with_a_reason() {
    let folder = project("rate):", "rate)");
    let root = folder.path();
    write(root, "empty.py", "");
    write(root, "binary.py", b"a\0b\n");
    write(root, "latin.py", b"a = '\xe9'\n");
    write(root, "big.py", "#".repeat(5 << 20));
    write(root, "notes.xyz", "?\n");
    write(root, ".env", "KEY=1\n");
    write(root, "tests/test_shop.py", "def test(:\n");
    write(root, "other/.git/HEAD", "ref: refs/heads/main\n");
    write(root, "other/a.py", "x = (\n");
    std::os::unix::fs::symlink("shop.py", root.join("link.py")).expect("linked");
    let before = snapshot(root);
    for (file, code, says) in [
        ("missing.py", 2, "cannot read"),
        ("empty.py", 2, "is empty"),
        ("binary.py", 2, "no text"),
        ("latin.py", 2, "not UTF-8"),
        ("big.py", 2, "bigger than"),
        ("notes.xyz", 2, "in no language"),
        ("link.py", 2, "is a link"),
        ("tests", 2, "is a folder"),
        ("/etc/passwd", 2, "outside of the project"),
        ("other/a.py", 2, "another repository"),
        (".env", 5, "protected"),
        ("tests/test_shop.py", 5, "protected"),
    ] {
        let (found, _, error) = heal(root, &[file, "--yes", "--", "python3", "check.py"]);
        assert_eq!(found, code, "{file}: {error}");
        assert!(error.contains(says), "{file}: {error}");
    }
    let (code, _, error) = heal(root, &["shop.py"]);
    assert_eq!(code, 2);
    assert!(error.contains("no command"), "{error}");
    let (code, _, error) = heal(root, &["shop.py", "--yes", "--", "no-such-program-here"]);
    assert_eq!(code, 2);
    assert!(error.contains("cannot start"), "{error}");
    assert_eq!(snapshot(root), before);
}

/// A project with a fault in each of two modules that a third one needs, and one that hides behind them.
fn broken_project() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let shop = SOUND.replacen("rate):", "rate)", 1);
    write(folder.path(), "shop.py", shop);
    let store = "\
def load(path):
    rows = []
    for line in open(path:
        rows.append(line.strip())
    return rows
";
    write(folder.path(), "pkg/store.py", store);
    write(folder.path(), "pkg/__init__.py", "");
    let names = "def upper(names):\n    return [name.upper() for name in naems]\n";
    write(folder.path(), "names.py", names);
    write(folder.path(), "sound.py", "x = 1\n");
    let check = "import shop, names\nfrom pkg import store\n\
                 assert shop.total([10], 0.5) == 15.0\nassert names.upper(['a']) == ['A']\n\
                 assert store.load('sound.py') == ['x = 1']\n";
    write(folder.path(), "check.py", check);
    folder
}

#[test]
fn everything_that_is_broken_is_healed_in_one_session() {
    let folder = broken_project();
    let (code, report, error) = heal(
        folder.path(),
        &["--all", "--yes", "--json", "--", "python3", "check.py"],
    );
    assert_eq!(code, 0, "{report:#}\n{error}");
    assert_eq!(report["result"], "healed", "{report:#}");
    let healed: Vec<&str> = report["files"]
        .as_array()
        .expect("files")
        .iter()
        .filter_map(|file| file["file"].as_str())
        .collect();
    assert_eq!(healed, ["names.py", "pkg/store.py", "shop.py"]);
    assert_eq!(text(folder.path(), "shop.py"), SOUND);
    assert!(text(folder.path(), "pkg/store.py").contains("line.strip())\n"));
    assert!(text(folder.path(), "names.py").contains("in names]"));
    let log = text(folder.path(), ".arc/heal/healing.jsonl");
    assert_eq!(log.matches("\"analysis_complete\"").count(), 3, "{log}");
    let session = report["session"].as_str().expect("a name").to_owned();
    let (code, _, error) = heal(folder.path(), &["undo", &session]);
    assert_eq!(code, 0, "{error}");
    assert!(text(folder.path(), "names.py").contains("naems"));
    assert!(!text(folder.path(), "shop.py").contains("rate):"));
}

#[test]
fn what_cannot_be_healed_as_a_whole_is_not_written_at_all() {
    let folder = broken_project();
    let check = text(folder.path(), "check.py") + "assert shop.total([10], 0.5) == 16\n";
    write(folder.path(), "check.py", check);
    let before = snapshot(folder.path());
    for words in [
        &["--all", "--yes", "--json", "--", "python3", "check.py"][..],
        &["--all", "--dry-run", "--json", "--", "python3", "check.py"],
        &["--all", "--yes", "--json"],
    ] {
        let (code, report, error) = heal(folder.path(), words);
        assert_eq!(code, 1, "{report:#}\n{error}");
        assert_eq!(report["result"], "not_healed", "{report:#}");
        assert_eq!(snapshot(folder.path()), before);
    }
}

#[test]
fn without_a_command_broken_files_are_named_and_written_only_when_asked() {
    let folder = broken_project();
    let (code, report, error) = heal(
        folder.path(),
        &["--all", "--accept-unproved", "--yes", "--json"],
    );
    assert_eq!(code, 0, "{report:#}\n{error}");
    assert_eq!(report["files"].as_array().expect("files").len(), 2);
    assert_eq!(text(folder.path(), "shop.py"), SOUND);
    // Names are no matter of a parser.
    assert!(text(folder.path(), "names.py").contains("naems"));
    let (code, report, _) = heal(folder.path(), &["--all", "--json"]);
    assert_eq!(
        (code, &report["result"]),
        (0, &Value::from("nothing_to_heal"))
    );
}
