//! Tests as their own runners call them.

use std::collections::BTreeMap;

use arc_graph::{NodeKind, NodeRecord};

/// A program that runs tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    /// pytest: node ids, one a line.
    Pytest,
    /// `cargo test -- --exact` and `cargo nextest run`: names, one a line.
    Cargo,
    /// `go test`: for each package its folder and `-run` with a pattern.
    Go,
    /// Jest and Vitest: for each file its path and `-t` with a pattern.
    Jest,
    /// Surefire (`-Dtest=`): one line of classes with their methods.
    Junit,
}

impl Runner {
    /// The runner with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Runner> {
        match name {
            "pytest" => Some(Runner::Pytest),
            "cargo" | "nextest" => Some(Runner::Cargo),
            "go" => Some(Runner::Go),
            "jest" | "vitest" => Some(Runner::Jest),
            "junit" => Some(Runner::Junit),
            _ => None,
        }
    }

    /// Whether it runs tests of files with this path.
    #[must_use]
    pub fn takes(self, path: &str) -> bool {
        let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
        match self {
            Runner::Pytest => extension == "py",
            Runner::Cargo => extension == "rs",
            Runner::Go => extension == "go",
            Runner::Jest => matches!(
                extension,
                "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "cts" | "vue"
            ),
            Runner::Junit => matches!(extension, "java" | "kt" | "groovy" | "scala"),
        }
    }

    /// The arguments for `tests`, in lines; the order of the tests is kept as far as groups allow.
    #[must_use]
    pub fn lines(self, tests: &[&NodeRecord]) -> Vec<String> {
        let path = |test: &NodeRecord| test.path.clone().unwrap_or_default();
        match self {
            Runner::Pytest | Runner::Cargo => each_once(tests.iter().map(|test| run_id(test))),
            Runner::Go => groups(tests, |test| {
                let path = path(test);
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                let name = scope_of(test);
                let name = name.split('.').next().unwrap_or(&name);
                (format!("./{folder}"), escaped(name))
            })
            .into_iter()
            .map(|(folder, names)| format!("{folder} -run ^({})$", names.join("|")))
            .collect(),
            Runner::Jest => groups(tests, |test| (path(test), escaped(&test.name)))
                .into_iter()
                .map(|(path, names)| format!("{path} -t ({})", names.join("|")))
                .collect(),
            Runner::Junit => {
                let classes = groups(tests, |test| {
                    let id = run_id(test);
                    let (class, method) = id.split_once('#').unwrap_or((&id, "*"));
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
        }
    }
}

/// The texts without repetitions, in the order of their first.
fn each_once(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    texts.filter(|text| seen.insert(text.clone())).collect()
}

/// Names by group, groups in the order of their first test.
fn groups(
    tests: &[&NodeRecord],
    of: impl Fn(&NodeRecord) -> (String, String),
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

/// A text as a pattern that matches it.
fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for character in text.chars() {
        if "\\.+*?()|[]{}^$".contains(character) {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

/// The id that the project's test runner takes for a test: a pytest node id, a path of modules for `cargo test`, a
/// function's name for `go test -run`, `Class#method` for JUnit runners; the path and the name for all others.
#[must_use]
pub fn run_id(test: &NodeRecord) -> String {
    let path = test.path.as_deref().unwrap_or("");
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    let scope = scope_of(test);
    if test.kind == NodeKind::File {
        return path.to_owned();
    }
    match extension {
        "py" => format!("{path}::{}", scope.replace('.', "::")),
        "rs" => test
            .qualified_name
            .split_once("::")
            .map_or(&*test.qualified_name, |(_, rest)| rest)
            .to_owned(),
        "go" => format!("^{}$", scope.split('.').next().unwrap_or(&scope)),
        "java" | "kt" => {
            let full = &test.qualified_name;
            full.rsplit_once('.').map_or_else(
                || full.clone(),
                |(class, method)| format!("{class}#{method}"),
            )
        }
        _ => format!("{path}::{scope}"),
    }
}

/// The name inside the file: what follows the module.
fn scope_of(test: &NodeRecord) -> String {
    let path = test.path.as_deref().unwrap_or("");
    let stem = path.rsplit('/').next().unwrap_or(path);
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    let parts: Vec<&str> = test.qualified_name.split('.').collect();
    let start = parts
        .iter()
        .rposition(|part| *part == stem)
        .map_or(0, |at| at + 1);
    if start < parts.len() && start > 0 {
        parts[start..].join(".")
    } else {
        test.name.clone()
    }
}

#[cfg(test)]
mod tests {
    use arc_graph::NodeId;

    use super::*;

    fn test(path: &str, qualified_name: &str) -> NodeRecord {
        let name = qualified_name
            .rsplit(['.', ':'])
            .next()
            .expect("a split has a last part");
        NodeRecord {
            id: NodeId(1),
            kind: NodeKind::Function,
            name: name.to_owned(),
            qualified_name: qualified_name.to_owned(),
            path: Some(path.to_owned()),
            line: 1,
            end_line: 1,
            is_test: true,
            is_test_case: true,
            is_static: false,
            is_constructor: false,
            is_open: false,
            file: None,
        }
    }

    #[test]
    fn runners_take_tests_in_groups() {
        let of = |runner: Runner, names: &[(&str, &str)]| {
            let tests: Vec<NodeRecord> =
                names.iter().map(|(path, name)| test(path, name)).collect();
            runner.lines(&tests.iter().collect::<Vec<_>>())
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
            ["./a -run ^(TestB|TestC)$", "./ -run ^(TestD)$"]
        );
        assert_eq!(
            of(Runner::Jest, &[("a.spec.ts", "a.spec.adds (1+1)")]),
            [r"a.spec.ts -t (adds \(1\+1\))"]
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
    }

    #[test]
    fn ids_are_what_the_runner_takes() {
        let id = |path, name| run_id(&test(path, name));
        assert_eq!(
            id("tests/test_a.py", "tests.test_a.TestA.test_b"),
            "tests/test_a.py::TestA::test_b"
        );
        assert_eq!(id("src/a.rs", "krate::a::tests::works"), "a::tests::works");
        assert_eq!(id("a/b_test.go", "a.TestB"), "^TestB$");
        assert_eq!(id("src/test/ATest.java", "p.ATest.works"), "p.ATest#works");
    }
}
