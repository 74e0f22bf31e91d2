//! Tests as their own runners call them.

use arc_graph::{NodeKind, NodeRecord};

/// The id that the project's test runner takes for a test: a pytest node id, a path of modules for `cargo test`, a
/// function's name for `go test -run`, `Class#method` for JUnit runners; the path and the name for all others.
#[must_use]
pub(crate) fn run_id(test: &NodeRecord) -> String {
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
            file: None,
        }
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
