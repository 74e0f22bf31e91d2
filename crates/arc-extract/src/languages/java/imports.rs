//! Packages. Which packages the project has is known from their declarations, not from folders.

use crate::project::{ImportTarget, folder_of};

/// The package of that name if the project (or the prelude) has it, else something outside.
pub(super) fn resolve(module: &str) -> Vec<ImportTarget> {
    vec![
        ImportTarget::Namespace(module.to_owned()),
        ImportTarget::External(module.to_owned()),
    ]
}

/// The label of files without a package: those of one folder belong together.
pub(super) fn default_package(path: &str) -> String {
    format!("dir:{}", folder_of(path))
}

/// The package that the place of a file suggests: the folders below the last source root.
pub(super) fn package_of_path(path: &str) -> String {
    let folder = folder_of(path);
    let parts: Vec<&str> = folder.split('/').collect();
    let root = parts
        .iter()
        .rposition(|part| matches!(*part, "java" | "java-templates" | "kotlin"))
        .filter(|at| *at > 0)
        .or_else(|| parts.iter().rposition(|part| *part == "src"));
    let below = root.map_or(0, |root| root + 1);
    parts[below..].join(".")
}

/// A dotted name taken apart: the package, then the types and members in it. By convention packages are written in lower
/// case and types are not.
pub(super) fn split(name: &str) -> (&str, Vec<&str>) {
    let mut end = 0;
    for part in name.split('.') {
        if part.starts_with(|c: char| c.is_uppercase() || c == '$') {
            break;
        }
        end += part.len() + 1;
    }
    if end == 0 || end > name.len() {
        // All lower case: the last part is the type.
        return match name.rsplit_once('.') {
            Some((package, last)) => (package, vec![last]),
            None => ("", vec![name]),
        };
    }
    (&name[..end - 1], name[end..].split('.').collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_split_at_the_first_type() {
        assert_eq!(split("a.b.C"), ("a.b", vec!["C"]));
        assert_eq!(split("a.b.C.D.m"), ("a.b", vec!["C", "D", "m"]));
        assert_eq!(split("a.b.c"), ("a.b", vec!["c"]));
        assert_eq!(split("c"), ("", vec!["c"]));
        assert_eq!(split(""), ("", vec![""]));
    }

    #[test]
    fn packages_start_below_the_source_root() {
        assert_eq!(
            package_of_path("gson/src/main/java/com/google/G.java"),
            "com.google"
        );
        assert_eq!(package_of_path("src/a/b/C.java"), "a.b");
        assert_eq!(package_of_path("a/C.java"), "a");
        assert_eq!(package_of_path("C.java"), "");
    }
}
