//! Tests as their own runners call them.

use std::collections::BTreeMap;

use arc_graph::{NodeKind, NodeRecord};

use crate::select::SelectedTest;

/// A program that runs tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    /// pytest: node ids, one a line.
    Pytest,
    /// `python -m unittest` and Django's `manage.py test`: dotted names, one a line.
    Unittest,
    /// `cargo test --` and `cargo nextest run`: names, one a line. Examples in documentation run by what they document; with
    /// `--exact` cargo runs none of them.
    Cargo,
    /// `go test`: for each package its folder and `-run` with a pattern.
    Go,
    /// Jest and Vitest: for each file its path and `-t` with a pattern.
    Jest,
    /// Surefire (`-Dtest=`): one line of classes with their methods.
    Junit,
    /// Gradle: `--tests` and a name, one a line.
    Gradle,
}

impl Runner {
    /// What `from_name` takes.
    pub const NAMES: [&'static str; 10] = [
        "pytest", "unittest", "django", "cargo", "nextest", "go", "jest", "vitest", "junit",
        "gradle",
    ];

    /// The runner with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Runner> {
        match name {
            "pytest" => Some(Runner::Pytest),
            "unittest" | "django" => Some(Runner::Unittest),
            "cargo" | "nextest" => Some(Runner::Cargo),
            "go" => Some(Runner::Go),
            "jest" | "vitest" => Some(Runner::Jest),
            "junit" => Some(Runner::Junit),
            "gradle" => Some(Runner::Gradle),
            _ => None,
        }
    }

    /// Whether it runs tests of files with this path.
    #[must_use]
    pub fn takes(self, path: &str) -> bool {
        let extension = extension_of(path);
        match self {
            Runner::Pytest | Runner::Unittest => extension == "py",
            Runner::Cargo => extension == "rs",
            Runner::Go => extension == "go",
            Runner::Jest => matches!(
                extension,
                "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "cts" | "vue"
            ),
            Runner::Junit | Runner::Gradle => {
                matches!(extension, "java" | "kt" | "groovy" | "scala")
            }
        }
    }

    /// The arguments for `tests`, in lines that a shell and `xargs` take; the order of the tests is kept as far as groups
    /// allow.
    #[must_use]
    pub fn lines(self, tests: &[SelectedTest]) -> Vec<String> {
        let path = |test: &SelectedTest| test.node.path.clone().unwrap_or_default();
        let runs = tests.iter().map(|test| test.run.clone());
        match self {
            Runner::Pytest => each_once(runs.map(|run| quoted(&run))),
            Runner::Cargo => each_once(runs.map(|run| cargo_filter(&run))),
            Runner::Unittest => each_once(runs.map(|run| unittest_name(&run))),
            Runner::Go => groups(tests, |test| {
                let path = path(test);
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                // A test of a suite runs below the function that runs the suite.
                match test.run.split_once('/') {
                    Some((suite, name)) => {
                        (format!("{} -run '{suite}/", in_folder(folder)), bare(name))
                    }
                    None => (format!("{} -run '", in_folder(folder)), bare(&test.run)),
                }
            })
            .into_iter()
            .map(|(start, names)| format!("{start}^({})$'", names.join("|")))
            .collect(),
            Runner::Jest => groups(tests, |test| (path(test), title_pattern(test)))
                .into_iter()
                .map(|(path, names)| {
                    let path = quoted(&path);
                    // Of a file the path is enough.
                    match names.iter().any(String::is_empty) {
                        true => path,
                        false => format!("{path} -t '({})'", names.join("|")),
                    }
                })
                .collect(),
            Runner::Junit => {
                let classes = groups(tests, |test| {
                    let (class, method) = test.run.split_once('#').unwrap_or((&test.run, "*"));
                    (class.to_owned(), method.to_owned())
                });
                let classes: Vec<String> = classes
                    .into_iter()
                    .map(|(class, methods)| format!("{class}#{}", methods.join("+")))
                    .collect();
                if classes.is_empty() {
                    Vec::new()
                } else {
                    vec![classes.join(",")]
                }
            }
            Runner::Gradle => {
                each_once(runs.map(|run| format!("--tests '{}'", run.replace('#', "."))))
            }
        }
    }
}

/// What `cargo test` takes for a test. Filters for examples are cut at blanks before rustdoc sees them, so that the name of one
/// would mean all that have a `-`: what it is an example of stands for it, or its file.
fn cargo_filter(run: &str) -> String {
    let filter = match run.split_once(" - ") {
        None => run,
        Some((path, example)) => match example.split_once(" (line ") {
            // How rustdoc writes references changed with its version.
            Some((of, _)) if of.contains('&') => of.rsplit("::").next().unwrap_or(of),
            Some((of, _)) => of,
            None => path,
        },
    };
    if filter.contains([' ', '\'', '<', '&', '[', '(']) {
        format!("'{}'", filter.replace('\'', r"'\''"))
    } else {
        filter.to_owned()
    }
}

/// A pytest node id as a dotted name.
fn unittest_name(id: &str) -> String {
    let (path, scope) = id.split_once("::").unwrap_or((id, ""));
    let module = path.strip_suffix(".py").unwrap_or(path).replace('/', ".");
    if scope.is_empty() {
        module
    } else {
        format!("{module}.{}", scope.replace("::", "."))
    }
}

/// The folder of a package as `go test` takes it.
fn in_folder(folder: &str) -> String {
    quoted(&format!("./{folder}"))
}

/// A word for a shell, in quotes where it needs some.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_./:@%+=,-".contains(c);
    if word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// A pattern for the full title of a test, which has the titles of the blocks around before its own.
fn title_pattern(test: &SelectedTest) -> String {
    if test.node.kind == NodeKind::File {
        return String::new();
    }
    if test.titles.is_empty() {
        return titled(&test.node.name);
    }
    let titles: Vec<String> = test.titles.iter().map(|title| titled(title)).collect();
    titles.join(" ")
}

/// A title as written in the source, as a pattern: what is filled in when tests are made may be anything.
fn titled(title: &str) -> String {
    let mut pattern = String::with_capacity(title.len());
    let mut rest = title;
    while let Some(first) = rest.chars().next() {
        let hole = hole(rest);
        if hole > 0 {
            if !pattern.ends_with(".*") {
                pattern.push_str(".*");
            }
            rest = &rest[hole..];
            continue;
        }
        rest = &rest[first.len_utf8()..];
        match first {
            '\\' => {
                let next = rest.chars().next().unwrap_or(first);
                rest = rest.strip_prefix(next).unwrap_or(rest);
                match next {
                    '\\' | '"' | '`' | '\'' | '$' | '{' => {
                        pattern.push_str(&escaped(next.encode_utf8(&mut [0; 4])))
                    }
                    // A line break, a character by its number: how long that is does not matter.
                    _ if next.is_ascii_alphanumeric() || next == '\n' => pattern.push_str(".*"),
                    _ => pattern.push('.'),
                }
            }
            _ if first.is_control() => pattern.push_str(r"\s"),
            _ => pattern.push_str(&escaped(first.encode_utf8(&mut [0; 4]))),
        }
    }
    pattern
}

/// The length of a place that is filled in when tests are made, at the start of a title; 0 where there is none: `${…}`, `$name`, `%s`.
fn hole(title: &str) -> usize {
    let mut characters = title.char_indices();
    let (first, second) = (characters.next(), characters.next());
    match (first, second) {
        (Some((_, '$')), Some((_, '{'))) => {
            let mut open = 0_usize;
            let end = title.char_indices().find(|(_, c)| {
                open += usize::from(*c == '{');
                let is_end = *c == '}' && open == 1;
                open -= usize::from(*c == '}' && open > 0);
                is_end
            });
            end.map_or(title.len(), |(at, _)| at + 1)
        }
        (Some((_, '$')), Some((at, c))) if c.is_alphabetic() || matches!(c, '_' | '#') => {
            let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '#');
            let rest = &title[at..];
            let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            at + rest[..end].trim_end_matches('.').len()
        }
        (Some((_, '%')), Some((at, c))) if "sdifjoOpc#$".contains(c) => at + 1,
        _ => 0,
    }
}

/// What stands between the anchors of a pattern.
fn bare(pattern: &str) -> String {
    pattern
        .trim_start_matches('^')
        .trim_end_matches('$')
        .to_owned()
}

fn extension_of(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// The texts without repetitions, in the order of their first.
fn each_once(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    texts.filter(|text| seen.insert(text.clone())).collect()
}

/// Names by group, groups in the order of their first test.
fn groups(
    tests: &[SelectedTest],
    of: impl Fn(&SelectedTest) -> (String, String),
) -> Vec<(String, Vec<String>)> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for test in tests {
        let (group, name) = of(test);
        let place = *places.entry(group.clone()).or_insert_with(|| {
            groups.push((group, Vec::new()));
            groups.len() - 1
        });
        if !groups[place].1.contains(&name) {
            groups[place].1.push(name);
        }
    }
    groups
}

/// A text as a pattern that matches it and can stand between quotes.
fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for character in text.chars() {
        if character == '\'' {
            pattern.push_str("\\x27");
            continue;
        }
        if "\\.+*?()|[]{}^$".contains(character) {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

/// The id that the project's test runner takes for a test that stands by itself: a pytest node id, a path of modules for
/// `cargo test`, a function's name for `go test -run`, `Class#method` for JUnit runners, `Suite.Name` for GoogleTest, a path
/// and line where runners take those; the path and the name for all others. What depends on other definitions knows
/// `RunIds`.
#[must_use]
pub fn run_id(test: &NodeRecord) -> String {
    let path = test.path.as_deref().unwrap_or("");
    let scope = scope_of(test);
    if test.kind == NodeKind::File {
        return path.to_owned();
    }
    match extension_of(path) {
        "py" => format!("{path}::{}", scope.replace('.', "::")),
        "rs" => {
            let name = &*test.qualified_name;
            let in_crate = name.split_once("::").map_or(name, |(_, rest)| rest);
            let ends = [
                (arc_extract::DOC_TEST, ""),
                (arc_extract::DOC_TEST_COMPILED, " - compile"),
            ];
            let mut ends = ends.into_iter();
            let example = ends.find_map(|(end, mark)| Some((in_crate.strip_suffix(end)?, mark)));
            match example {
                Some((of, mark)) => doc_test(path, of, test.line) + mark,
                None => in_crate.to_owned(),
            }
        }
        "go" => format!("^{}$", go_function(test)),
        "java" | "kt" => method_of_class(test, &scope),
        "ex" | "exs" | "rb" => format!("{path}:{}", test.line),
        "dart" => format!("{path}?line={}", test.line),
        "cc" | "cpp" | "cxx" if test.name.contains('.') => test.name.clone(),
        "cs" => test.qualified_name.clone(),
        // A block may have the title that the file has as its name.
        _ if test.kind == NodeKind::Test => format!("{path}::{}", test.name),
        _ => format!("{path}::{scope}"),
    }
}

/// Whether a test is called by the line that it stands on, so that it has another name after an edit above it: an example in
/// the documentation of Rust.
#[must_use]
pub fn is_named_by_line(test: &NodeRecord) -> bool {
    let is_rust = extension_of(test.path.as_deref().unwrap_or("")) == "rs";
    let name = &*test.qualified_name;
    let kinds = [arc_extract::DOC_TEST, arc_extract::DOC_TEST_COMPILED];
    is_rust && kinds.into_iter().any(|kind| name.ends_with(kind))
}

/// What rustdoc calls the example on a line in the documentation of something.
fn doc_test(path: &str, of: &str, line: u32) -> String {
    let Some(of) = of.strip_suffix("::") else {
        return format!("{path} - (line {line})");
    };
    let written = format!("::{}", arc_extract::DOC_TEST_OWNER);
    // `heap::Heap::new`, whose `impl` is written for `Heap<T>`.
    let of = match of.rsplit_once(&written) {
        Some((member, written)) => {
            // A reference without a lifetime gets the one that is left out.
            let written = written.replace('&', "&'_").replace("&'_'", "&'");
            let mut parts: Vec<&str> = member.split("::").collect();
            if let [.., owner, _] = parts.as_mut_slice() {
                *owner = &written;
            }
            parts.join("::")
        }
        None => of.to_owned(),
    };
    format!("{path} - {of} (line {line})")
}

/// The function of a Go test: of a subtest, whose name need not be what it is when it runs, the one around it; of a
/// specification outside of functions any that may run it.
fn go_function(test: &NodeRecord) -> &str {
    if test.kind != NodeKind::Test {
        return &test.name;
    }
    // Both the package and the title may have dots and slashes.
    let mut parts = test.qualified_name.split('.');
    let is_function = |part: &&str| {
        let rest = ["Test", "Fuzz", "Example"];
        let mut rest = rest.iter().filter_map(|start| part.strip_prefix(start));
        rest.any(|rest| !rest.starts_with(char::is_lowercase) && !rest.contains('/'))
    };
    parts.find(is_function).unwrap_or("Test.*")
}

/// `package.Outer$Inner#method`.
fn method_of_class(test: &NodeRecord, scope: &str) -> String {
    let full = &test.qualified_name;
    let Some((class, method)) = full.rsplit_once('.') else {
        return full.clone();
    };
    let Some((inner, _)) = scope.rsplit_once('.') else {
        return format!("{class}#{method}");
    };
    match class.strip_suffix(inner) {
        Some(outer) if outer.ends_with('.') => {
            let outer = outer.trim_end_matches('.');
            format!("{outer}${}#{method}", inner.replace('.', "$"))
        }
        Some(_) | None => format!("{class}#{method}"),
    }
}

/// The name inside the file: what follows the module.
fn scope_of(test: &NodeRecord) -> String {
    let path = test.path.as_deref().unwrap_or("");
    let stem = path.rsplit('/').next().unwrap_or(path);
    let stem = match stem.rsplit_once('.').map_or(stem, |(stem, _)| stem) {
        // A package has the name of its folder.
        "__init__" => path.rsplit('/').nth(1).unwrap_or_default(),
        stem => stem,
    };
    let parts: Vec<&str> = test.qualified_name.split('.').collect();
    // The test may have the name of its module.
    let start = parts[..parts.len() - 1]
        .iter()
        .rposition(|part| *part == stem)
        .map_or(0, |at| at + 1);
    if start < parts.len() && start > 0 {
        parts[start..].join(".")
    } else {
        test.name.clone()
    }
}

/// A test by its file and name.
#[cfg(test)]
pub(crate) fn test_node(path: &str, qualified_name: &str) -> NodeRecord {
    let name = qualified_name
        .rsplit(['.', ':'])
        .next()
        .expect("a split has a last part");
    NodeRecord {
        id: arc_graph::NodeId(1),
        kind: NodeKind::Function,
        name: name.to_owned(),
        qualified_name: qualified_name.to_owned(),
        path: Some(path.to_owned()),
        line: 1,
        end_line: 1,
        is_test: true,
        is_test_case: true,
        is_suite: false,
        is_unittest: false,
        is_static: false,
        is_constructor: false,
        is_abstract: false,
        is_open: false,
        file: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runners_take_tests_in_groups() {
        let of = |runner: Runner, names: &[(&str, &str)]| {
            let tests = names.iter().map(|(path, name)| {
                let node = test_node(path, name);
                SelectedTest {
                    run: run_id(&node),
                    node,
                    titles: Vec::new(),
                    probability: 1.0,
                    why: String::new(),
                    seconds: None,
                }
            });
            runner.lines(&tests.collect::<Vec<_>>())
        };
        assert_eq!(
            of(
                Runner::Go,
                &[
                    ("a/b_test.go", "x/a.TestB"),
                    ("a/c_test.go", "x/a.TestC"),
                    ("d_test.go", "x.TestD")
                ]
            ),
            ["./a -run '^(TestB|TestC)$'", "./ -run '^(TestD)$'"]
        );
        assert_eq!(
            of(Runner::Jest, &[("a.spec.ts", "a.spec.it's (1+1)")]),
            [r"a.spec.ts -t '(it\x27s \(1\+1\))'"]
        );
        assert_eq!(
            of(Runner::Jest, &[("app/(in) b/[id].test.ts", "x.opens")]),
            ["'app/(in) b/[id].test.ts' -t '(opens)'"]
        );
        assert_eq!(
            of(Runner::Go, &[("my app/a_test.go", "x.TestA")]),
            ["'./my app' -run '^(TestA)$'"]
        );
        assert_eq!(
            of(
                Runner::Junit,
                &[
                    ("ATest.java", "p.ATest.one"),
                    ("ATest.java", "p.ATest.two"),
                    ("B.kt", "p.B.x")
                ]
            ),
            ["p.ATest#one+two,p.B#x"]
        );
        assert_eq!(
            of(
                Runner::Pytest,
                &[
                    ("t/test_a.py", "t.test_a.test_x"),
                    ("t/test_a.py", "t.test_a.test_x")
                ]
            ),
            ["t/test_a.py::test_x"]
        );
        assert_eq!(
            of(
                Runner::Cargo,
                &[
                    ("src/a.rs", "k::a::works"),
                    ("src/a.rs", "k::a::f::doc test"),
                    ("src/lib.rs", "k::doc test - compile"),
                    ("src/a.rs", "k::a::Held::of::for Held<'t,T>::doc test"),
                    ("src/a.rs", "k::a::Held::get::for &mutHeld<T>::doc test"),
                ]
            ),
            [
                "a::works",
                "a::f",
                "src/lib.rs",
                r"'a::Held<'\''t,T>::of'",
                "get"
            ]
        );
        assert_eq!(
            of(Runner::Unittest, &[("t/test_a.py", "t.test_a.A.test_x")]),
            ["t.test_a.A.test_x"]
        );
        assert_eq!(
            of(Runner::Gradle, &[("ATest.java", "p.ATest.one")]),
            ["--tests 'p.ATest.one'"]
        );
    }

    #[test]
    fn what_is_filled_into_a_title_may_be_anything() {
        for (title, pattern) in [
            ("adds $a to $b.size", "adds .* to .*"),
            ("${kind} of %s (%i)", r".* of .* \(.*\)"),
            ("${ {a: 1}.a } is", ".* is"),
            ("costs $5, 100% sure", r"costs \$5, 100% sure"),
            (r"it\'s a\tb\\r", r"it\x27s a.*b\\r"),
            ("%s", ".*"),
            ("${open", ".*"),
        ] {
            assert_eq!(titled(title), pattern, "{title}");
        }
    }

    #[test]
    fn the_function_of_a_subtest_is_run() {
        let id = |name| {
            let mut node = test_node("a_test.go", name);
            node.kind = NodeKind::Test;
            run_id(&node)
        };
        assert_eq!(id("x.io/go/v2.TestLoad.Arrays/All.of"), "^TestLoad$");
        assert_eq!(id("x.io/go.ExampleA_b.one"), "^ExampleA_b$");
        assert_eq!(id("x.io/go.Books.can be read"), "^Test.*$");
        let mut titled = test_node("test/Route.js", "test/Route.Route.all.adds");
        titled.kind = NodeKind::Test;
        assert_eq!(run_id(&titled), "test/Route.js::adds");
    }

    #[test]
    fn ids_are_what_the_runner_takes() {
        let id = |path, name| run_id(&test_node(path, name));
        assert_eq!(
            id("tests/test_a.py", "tests.test_a.TestA.test_b"),
            "tests/test_a.py::TestA::test_b"
        );
        assert_eq!(
            id("tests/test_a/__init__.py", "tests.test_a.TestA.test_b"),
            "tests/test_a/__init__.py::TestA::test_b"
        );
        assert_eq!(id("src/a.rs", "krate::a::tests::works"), "a::tests::works");
        assert_eq!(
            id("src/a.rs", "krate::a::Heap::new::doc test"),
            "src/a.rs - a::Heap::new (line 1)"
        );
        assert_eq!(
            id(
                "src/a.rs",
                "krate::a::Held::get::for &mutHeld<&'a T>::doc test"
            ),
            "src/a.rs - a::&'_mutHeld<&'a T>::get (line 1)"
        );
        let by_line = |path, name| is_named_by_line(&test_node(path, name));
        assert!(by_line("src/lib.rs", "krate::doc test"));
        assert!(by_line("src/lib.rs", "krate::a::doc test - compile"));
        assert!(!by_line("src/lib.rs", "krate::tests::adds"));
        assert!(!by_line("test_a.py", "a.doc test"));
        assert_eq!(id("src/lib.rs", "krate::doc test"), "src/lib.rs - (line 1)");
        assert_eq!(id("a/b_test.go", "a.TestB"), "^TestB$");
        assert_eq!(id("src/test/ATest.java", "p.ATest.works"), "p.ATest#works");
        assert_eq!(
            id("src/test/ATest.java", "p.ATest.In.Deep.works"),
            "p.ATest$In$Deep#works"
        );
        assert_eq!(id("test/a_test.exs", "ATest.adds"), "test/a_test.exs:1");
    }
}
