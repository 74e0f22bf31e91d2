//! `arc improve` on small projects in four languages, with models of every temper: what is kept works, and what is not kept leaves
//! every file as it was.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

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

use std::fs;
use std::path::Path;

use broken::{ALL, BASH, Ended, NODE, PYTHON, Project, RUST, edit, edits, files_of, run, say};
use model_server::Step;
use report::check_schema;

/// A story in which the last answer of `script` is kept, and the project is as it should be.
fn is_repaired(project: &Project, name: &str, script: Vec<Step>) -> Ended {
    let folder = project.make();
    let sound = files_of(project.sound().path());
    let attempts = script.len().to_string();
    let ended = run(
        folder.path(),
        "openai",
        script,
        &project.improve(&["--iterations", &attempts]),
    );
    assert_eq!(ended.code, 0, "{name}: {:#}\n{}", ended.report, ended.error);
    assert_eq!(files_of(folder.path()), sound, "{name}");
    ended
}

/// A story that ends with a repaired project: the right change comes after `script`.
fn ends_well(project: &Project, name: &str, mut script: Vec<Step>, told: &[&str]) {
    script.push(project.right());
    let ended = is_repaired(project, name, script);
    let last = ended.asked.last().unwrap();
    for told in told {
        assert!(
            last.contains(told),
            "{name}: the model is told {told:?}: {last}"
        );
    }
}

/// A story in which nothing is kept.
fn ends_as_it_began(
    project: &Project,
    name: &str,
    script: Vec<Step>,
    (code, told): (i32, &str),
) -> Ended {
    let folder = project.make();
    let before = files_of(folder.path());
    let ended = run(folder.path(), "openai", script, &project.improve(&[]));
    assert_eq!(
        ended.code, code,
        "{name}: {:#}\n{}",
        ended.report, ended.error
    );
    assert_eq!(files_of(folder.path()), before, "{name}");
    let said = format!("{} {}", ended.report, ended.error);
    assert!(said.contains(told), "{name}: {told:?} is said: {said}");
    ended
}

#[test]
fn the_right_change_is_kept_in_every_language_and_by_both_protocols() {
    for project in ALL {
        for provider in ["openai", "openai-responses", "anthropic"] {
            let folder = project.make();
            let step = match (provider, project.right()) {
                ("anthropic", Step::Say(text)) => Step::Call(vec![("edits".to_owned(), text)]),
                ("openai", Step::Say(text)) if project.file == BASH.file => Step::SayWhole(text),
                (_, step) => step,
            };
            let ended = run(folder.path(), provider, vec![step], &project.improve(&[]));
            assert_eq!(
                ended.code, 0,
                "{}: {:#}\n{}",
                project.file, ended.report, ended.error
            );
            assert_eq!(files_of(folder.path()), files_of(project.sound().path()));
            check_schema("made", &ended.report);
            assert_eq!(ended.report["result"], "accepted");
            assert_eq!(ended.report["passed_before"], false);
            assert!(
                ended.report["evaluation"]["score"].as_f64().unwrap() >= 0.7,
                "{:#}",
                ended.report
            );
        }
    }
}

#[test]
fn a_model_that_is_wrong_first_is_told_why_in_every_language() {
    for project in ALL {
        let (wrong, right) = project.fault;
        ends_well(
            project,
            "a change that fails",
            vec![edit(project.file, wrong, &right.replace('*', "-"))],
            &["is not kept", "ends with 1"],
        );
        ends_well(
            project,
            "prose",
            vec![say("I think the count is missing.")],
            &["the answer has no edits"],
        );
        ends_well(
            project,
            "a text that is not there",
            vec![edit(project.file, "no such line", "x")],
            &["no place has this text"],
        );
        let diff = format!(
            "Here:\n```diff\n--- a/{0}\n+++ b/{0}\n@@ -1,1 +1,1 @@\n{1}```\n",
            project.file,
            wrong
                .lines()
                .map(|line| format!("-{line}\n"))
                .chain(right.lines().map(|line| format!("+{line}\n")))
                .collect::<String>()
        );
        is_repaired(project, "a diff with wrong numbers", vec![say(&diff)]);
    }
}

#[test]
fn invented_names_are_told_with_the_nearest_real_one() {
    let line = PYTHON.fault.0;
    ends_well(
        &PYTHON,
        "a function that nobody has",
        vec![edits(&[(
            PYTHON.file,
            line,
            "            result += with_txa(price * count)\n",
        )])],
        &["with_txa", "; there is shop"],
    );
    ends_well(
        &PYTHON,
        "an import of something that is not there",
        vec![edits(&[
            (
                PYTHON.file,
                "import with_tax\n",
                "import with_tax, with_count\n",
            ),
            (
                PYTHON.file,
                line,
                "            result += with_count(price, count)\n",
            ),
        ])],
        &["with_count"],
    );
    ends_well(
        &PYTHON,
        "a slip behind an import of everything",
        vec![edits(&[
            (
                PYTHON.file,
                "from shop.tax",
                "from math import *\nfrom shop.tax",
            ),
            (
                PYTHON.file,
                line,
                "            result += with_taxx(price * count)\n",
            ),
        ])],
        &["with_taxx"],
    );
    ends_well(
        &NODE,
        "an import of something that is not there",
        vec![edits(&[
            (NODE.file, "{ withTax }", "{ withTax, withCount }"),
            (
                NODE.file,
                NODE.fault.0,
                "    result += withCount(item.price, item.count);\n",
            ),
        ])],
        &["withCount"],
    );
    ends_well(
        &RUST,
        "a function that nobody has",
        vec![edit(
            RUST.file,
            RUST.fault.0,
            "    for (price, count) in items {\n        result += multiplied(price, count);\n",
        )],
        &["multiplied"],
    );
}

#[test]
fn servers_in_trouble_are_waited_for() {
    let waited = |ended: Ended| {
        assert_eq!(ended.report["attempts"], 1, "it is no attempt");
        assert!(ended.error.contains("asking again"), "{}", ended.error);
    };
    let script = vec![Step::Status(500, "oops", None), NODE.right()];
    waited(is_repaired(&NODE, "a server that fails", script));
    let script = vec![Step::Silence, PYTHON.right()];
    waited(is_repaired(&PYTHON, "a server that is silent", script));
    let script = vec![Step::Status(429, "slow down", Some(1)), BASH.right()];
    waited(is_repaired(&BASH, "too many requests", script));
}

#[test]
fn a_model_that_mends_its_own_answer_is_understood() {
    // The second answer is an edit of what the first one made.
    let (wrong, right) = PYTHON.fault;
    let slip = right.replace("* count", "- count");
    let script = vec![
        edit(PYTHON.file, wrong, &slip),
        edit(PYTHON.file, &slip, right),
    ];
    is_repaired(&PYTHON, "an edit of its own last answer", script);
}

#[test]
fn a_model_that_reads_less_is_asked_with_less() {
    let long = Step::Status(400, "maximum context length is 4096 tokens", None);
    let script = vec![long.clone(), RUST.right()];
    let ended = is_repaired(&RUST, "a question that is too long", script);
    let said = "it is asked with at most 12000 tokens of the file";
    assert!(ended.error.contains(said), "{}", ended.error);
    let ended = ends_as_it_began(
        &NODE,
        "no question is short enough",
        vec![long],
        (1, "too long"),
    );
    assert_eq!(ended.asked.len(), 5);
}

#[test]
fn what_others_use_and_what_tests_say_stays() {
    ends_well(
        &PYTHON,
        "another signature without its callers",
        vec![edits(&[
            (
                PYTHON.file,
                "def add(self, price, count=1):",
                "def add(self, price, count, unit):",
            ),
            (PYTHON.file, PYTHON.fault.0, PYTHON.fault.1),
        ])],
        &["shop/bill.py", "keep its name and its parameters"],
    );
    ends_well(
        &NODE,
        "another name without its users",
        vec![edits(&[
            (NODE.file, "function total(", "function sum("),
            (NODE.file, NODE.fault.0, NODE.fault.1),
        ])],
        &["bill.js"],
    );
    ends_well(
        &PYTHON,
        "a test that says something else",
        vec![edit(
            "test_cart.py",
            "        self.assertEqual(cart.total(), 36)",
            "        self.assertEqual(cart.total(), 12)",
        )],
        &["the test test_total", "it says what is right"],
    );
    ends_well(
        &PYTHON,
        "a test that is skipped",
        vec![edits(&[
            (PYTHON.file, PYTHON.fault.0, PYTHON.fault.1),
            (
                "test_cart.py",
                "    def test_total(self)",
                "    @unittest.skip('later')\n    def test_total(self)",
            ),
        ])],
        &["test_total"],
    );
    ends_well(
        &NODE,
        "a test that is gone",
        vec![edit(
            "cart.test.js",
            "test('total counts', () => {\n  assert.strictEqual(total([{ price: 10, count: 3 }]), 36);\n});\n",
            "",
        )],
        &["is gone"],
    );
    ends_well(
        &RUST,
        "a test that says something else",
        vec![edit(
            "src/lib.rs",
            "assert_eq!(total(&[(10, 3)]), 30);",
            "assert!(total(&[(10, 3)]) > 0);",
        )],
        &["the test total_counts"],
    );
    ends_well(
        &BASH,
        "a line of a test that is gone",
        vec![edit(
            "tests/test_cart.sh",
            "[ \"$(total 10 3)\" = 30 ] || exit 1\n",
            "",
        )],
        &["a line of a test is gone"],
    );
}

#[test]
fn a_slip_is_healed_by_rules_without_another_answer() {
    let healed = |project: &Project, right: &str, ended: Ended| {
        assert!(
            ended.error.contains("a rule repaired the change"),
            "{}",
            ended.error
        );
        assert_eq!(ended.asked.len(), 1);
        let slip = edit(project.file, project.fault.0, right);
        let before = project.make();
        let unhealed = run(
            before.path(),
            "openai",
            vec![slip],
            &project.improve(&["--iterations", "1", "--no-heal"]),
        );
        assert_eq!(unhealed.code, 1);
    };
    let slip = "            result += price * coutn\n";
    let script = vec![edit(PYTHON.file, PYTHON.fault.0, slip)];
    healed(
        &PYTHON,
        slip,
        is_repaired(&PYTHON, "a slip of a name, healed by a rule", script),
    );
    let slip = "            result += (price * count\n";
    let script = vec![edit(PYTHON.file, PYTHON.fault.0, slip)];
    healed(
        &PYTHON,
        slip,
        is_repaired(&PYTHON, "a bracket too many, healed by a rule", script),
    );
    let slip = "    result=$((result + $1 * $2)\n";
    let script = vec![edit(BASH.file, BASH.fault.0, slip)];
    healed(
        &BASH,
        slip,
        is_repaired(&BASH, "a bracket too few, healed by a rule", script),
    );
}

#[test]
fn ten_models_that_come_to_no_good_end_change_nothing() {
    let no = "I cannot help with that";
    ends_as_it_began(
        &PYTHON,
        "a refusal",
        vec![Step::Refuse(no.to_owned())],
        (1, no),
    );
    ends_as_it_began(
        &PYTHON,
        "only prose",
        vec![say("It looks fine to me.")],
        (1, "has no edits"),
    );
    ends_as_it_began(
        &NODE,
        "JSON that breaks off",
        vec![say("{\"summary\": \"x\", \"edits\": [{\"path\": \"ca")],
        (1, "has no edits"),
    );
    ends_as_it_began(
        &NODE,
        "streams that break off",
        vec![Step::Cut],
        (4, "broke off"),
    );
    ends_as_it_began(
        &BASH,
        "a key that is not taken",
        vec![Step::Status(401, "bad key", None)],
        (4, "bad key"),
    );
    ends_as_it_began(
        &BASH,
        "no such model",
        vec![Step::Status(404, "no such model", None)],
        (4, "no such model"),
    );
    let deleted = say(
        "diff --git a/test_cart.py b/test_cart.py\ndeleted file mode 100644\n--- a/test_cart.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-import unittest\n",
    );
    ends_as_it_began(
        &PYTHON,
        "a test that is deleted",
        vec![deleted],
        (1, "would be deleted"),
    );
    let same = edit(
        RUST.file,
        RUST.fault.0,
        "    for (price, _count) in items {\n        result += price + 1;\n",
    );
    let ended = ends_as_it_began(
        &RUST,
        "the same wrong change for ever",
        vec![same],
        (1, "the same change again"),
    );
    assert_eq!(ended.asked.len(), 3);
    let comment = edit(
        PYTHON.file,
        "        result = 0\n",
        "        # What it costs.\n        result = 0\n",
    );
    ends_as_it_began(&PYTHON, "only a comment", vec![comment], (1, "ends with 1"));
    ends_as_it_began(
        &PYTHON,
        "a file outside",
        vec![edit("../evil.py", "", "x = 1\n")],
        (1, "is no path below the root"),
    );
    ends_as_it_began(
        &PYTHON,
        "arc's own files",
        vec![edit(".arc/graph.db", "", "x")],
        (1, "belongs to git or to arc"),
    );
    ends_as_it_began(
        &PYTHON,
        "a locked file",
        vec![edit("poetry.lock", "", "x")],
        (1, "protected"),
    );
    let cheat = edit(
        PYTHON.file,
        "def total(self):\n",
        "def total(self):\n        return 36\n",
    );
    ends_as_it_began(
        &PYTHON,
        "an answer for one test",
        vec![cheat],
        (1, "ends with 1"),
    );
    let endless = edit(
        PYTHON.file,
        "        result = 0\n",
        "        result = 0\n        while True:\n            pass\n",
    );
    let folder = PYTHON.make();
    let ended = run(
        folder.path(),
        "openai",
        vec![endless],
        &PYTHON.improve(&["--wall", "2", "--iterations", "1"]),
    );
    assert_eq!(ended.code, 1);
    assert!(
        ended.report.to_string().contains("took too long"),
        "{:#}",
        ended.report
    );
    assert_eq!(files_of(folder.path()), files_of(PYTHON.make().path()));
}

#[test]
fn a_change_that_nothing_shows_to_be_better_is_not_kept() {
    let neutral = |project: &Project, old: &str, new: &str, told: &str| {
        let folder = project.sound();
        let before = files_of(folder.path());
        let ended = run(
            folder.path(),
            "openai",
            vec![edit(project.file, old, new)],
            &project.improve(&["--iterations", "1"]),
        );
        assert_eq!(ended.code, 1, "{new}: {:#}\n{}", ended.report, ended.error);
        assert_eq!(files_of(folder.path()), before);
        let reasons = ended.report["reasons"].to_string();
        assert!(reasons.contains(told), "{reasons}");
    };
    // Another name for a local runs as well as before, and is no improvement.
    neutral(
        &PYTHON,
        "        result = 0\n        for price, count in self.items:\n            result += price * count\n        return with_tax(result)\n",
        "        sum_ = 0\n        for price, count in self.items:\n            sum_ += price * count\n        return with_tax(sum_)\n",
        "nothing shows that it is better",
    );
    neutral(
        &NODE,
        "  let result = 0;\n",
        "  // What it costs.\n  let result = 0;\n",
        "only comments or layout",
    );
    neutral(
        &BASH,
        "  local result=0\n",
        "  local result\n  result=0\n",
        "nothing shows that it is better",
    );
    // A function that others may use is gone: that is less, and not simpler.
    let folder = PYTHON.sound();
    let path = folder.path().join(PYTHON.file);
    let text = fs::read_to_string(&path).unwrap();
    let unused = "    def first(self):\n        if self.items:\n            return self.items[0]\n        return None\n\n";
    fs::write(
        &path,
        text.replace("    def total", &format!("{unused}    def total")),
    )
    .unwrap();
    let gone = run(
        folder.path(),
        "openai",
        vec![edit(PYTHON.file, unused, "")],
        &PYTHON.improve(&["--iterations", "1"]),
    );
    assert_eq!(gone.code, 1, "{:#}", gone.report);
    // The same is asked for in plain words, and the tests that come along fail without it.
    let counted = |with_test: bool| {
        let folder = PYTHON.sound();
        let mut all = vec![(
            PYTHON.file,
            "    def total(self):\n",
            "    def count(self):\n        return sum(count for _, count in self.items)\n\n    def total(self):\n",
        )];
        if with_test {
            all.push((
                "test_count.py",
                "",
                "import unittest\n\nfrom shop.cart import Cart\n\n\nclass CountTest(unittest.TestCase):\n    def test_count(self):\n        cart = Cart()\n        cart.add(1, 3)\n        \
                 self.assertEqual(cart.count(), 3)\n",
            ));
        }
        let task = [
            "--iterations",
            "1",
            "--task",
            "Cart.count() tells how many are bought",
        ];
        run(
            folder.path(),
            "openai",
            vec![edits(&all)],
            &PYTHON.improve(&task),
        )
    };
    let shown = counted(true);
    assert_eq!(shown.code, 0, "{:#}\n{}", shown.report, shown.error);
    let better = shown.report["evaluation"]["better"].to_string();
    assert!(
        better.contains("fails with the new tests alone"),
        "{better}"
    );
    assert_eq!(counted(false).code, 1);
    // Fewer ways through a function, with the tests as good as before, are an improvement.
    let folder = PYTHON.sound();
    let plain = "        self.items.append((price, count))\n";
    let twisted = "        if count == 1:\n            self.items.append((price, 1))\n        else:\n            self.items.append((price, count))\n";
    let path = folder.path().join(PYTHON.file);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace(plain, twisted)).unwrap();
    let simpler = run(
        folder.path(),
        "openai",
        vec![edit(PYTHON.file, twisted, plain)],
        &PYTHON.improve(&["--iterations", "1"]),
    );
    assert_eq!(simpler.code, 0, "{:#}\n{}", simpler.report, simpler.error);
    assert!(
        simpler.report["evaluation"]["better"]
            .to_string()
            .contains("ways through")
    );
}

/// The stories of this file by their names: told of which projects, and how they end.
fn stories() -> Vec<(String, &'static str, &'static str)> {
    let text = include_str!("making.rs");
    let mut found = Vec::new();
    for (call, end) in [
        ("is_repaired(", "accepted"),
        ("ends_well(", "accepted"),
        ("ends_as_it_began(", "nothing changed"),
    ] {
        for (at, _) in text.match_indices(call) {
            let mut words = text[at + call.len()..].splitn(2, ',');
            let project = words.next().unwrap_or("").trim();
            let name = words.next().unwrap_or("").trim_start();
            let languages = match project {
                "&PYTHON" => "Python",
                "&NODE" => "JavaScript",
                "&RUST" => "Rust",
                "&BASH" => "Bash",
                "project" => "Bash, JavaScript, Python, Rust",
                // The helpers themselves.
                _ => continue,
            };
            if let Some(name) = name
                .strip_prefix('"')
                .and_then(|name| name.split('"').next())
            {
                found.push((name.to_owned(), languages, end));
            }
        }
    }
    found.sort_by(|one, other| (one.2, &one.0, one.1).cmp(&(other.2, &other.0, other.1)));
    found
}

#[test]
fn the_table_of_stories_is_that_of_the_tests() {
    let stories = stories();
    let count = |end: &str| -> usize {
        let those = stories.iter().filter(|story| story.2 == end);
        those.map(|story| story.1.split(", ").count()).sum()
    };
    let counts = (count("accepted"), count("nothing changed"));
    assert!(counts.0 >= 25 && counts.1 >= 10, "{counts:?}");
    let mut table = format!(
        "| story | languages | ends |\n| --- | --- | --- |\n{}",
        stories
            .iter()
            .map(|(name, languages, end)| format!("| {name} | {languages} | {end} |\n"))
            .collect::<String>()
    );
    table.push_str(&format!(
        "\n{} times a broken project ends accepted, {} times nothing is changed.\n",
        counts.0, counts.1
    ));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/agents.md");
    let docs = fs::read_to_string(path).unwrap();
    assert!(docs.contains(&table), "docs/agents.md should have\n{table}");
}
