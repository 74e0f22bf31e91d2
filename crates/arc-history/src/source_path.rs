//! Which paths count as source for co-change.
//!
//! Change logs, locks and documents go with everything, and vendored or generated files with nothing that a person
//! decided; either would make co-change look better, or worse, than it is. The path alone decides, so that the answer
//! for an old commit never changes.

const EXTENSIONS: &[&str] = &[
    "bash", "c", "cc", "cjs", "cpp", "cs", "cts", "cxx", "dart", "erl", "ex", "exs", "go",
    "groovy", "h", "hh", "hpp", "hs", "hxx", "java", "js", "jsx", "kt", "kts", "l", "lua", "m",
    "mjs", "ml", "mm", "mts", "php", "py", "pyi", "pyx", "rake", "rb", "rs", "scala", "sh", "sql",
    "svelte", "swift", "tf", "ts", "tsx", "vue", "y",
];

const SKIPPED_FOLDERS: &[&str] = &[
    "3rdparty",
    "__snapshots__",
    "_vendor",
    "bower_components",
    "dist",
    "generated",
    "node_modules",
    "testdata",
    "third_party",
    "thirdparty",
    "vendor",
    "vendored",
];

const SKIPPED_ENDINGS: &[&str] = &[
    ".min.js",
    ".pb.go",
    ".y.go",
    "_pb2.py",
    "_pb2.pyi",
    "_pb2_grpc.py",
    "_pb2_grpc.pyi",
];

/// Whether `path` is source that people write.
#[must_use]
pub fn is_source_path(path: &str) -> bool {
    let (folders, name) = match path.rsplit_once('/') {
        Some((folders, name)) => (Some(folders), name),
        None => (None, path),
    };
    let Some((stem, extension)) = name.rsplit_once('.') else {
        return false;
    };
    let known = if extension.bytes().any(|byte| byte.is_ascii_uppercase()) {
        let lower = extension.to_ascii_lowercase();
        EXTENSIONS.binary_search(&lower.as_str()).is_ok()
    } else {
        EXTENSIONS.binary_search(&extension).is_ok()
    };
    known
        && !SKIPPED_ENDINGS.iter().any(|ending| name.ends_with(ending))
        && !stem.ends_with(".generated")
        && !stem.ends_with("_generated")
        && !name.starts_with("zz_generated")
        && !name.starts_with("bindata.")
        && !folders.is_some_and(|folders| {
            folders.split('/').any(|folder| {
                SKIPPED_FOLDERS
                    .iter()
                    .any(|skipped| folder.eq_ignore_ascii_case(skipped))
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted() {
        assert!(EXTENSIONS.is_sorted());
        assert!(SKIPPED_FOLDERS.is_sorted());
        assert!(SKIPPED_ENDINGS.is_sorted());
    }

    #[test]
    fn only_what_people_write_is_source() {
        for path in ["a.py", "src/x/Main.JAVA", "a/test_b.rs", "x.d.ts"] {
            assert!(is_source_path(path), "{path}");
        }
        for path in [
            "README.md",
            "Makefile",
            "vendor/a.go",
            "x/Vendor/b/c.rb",
            "a.min.js",
            "api.pb.go",
            "zz_generated.deepcopy.go",
            "a_generated.rs",
            "Cargo.lock",
            ".gitignore",
            "",
        ] {
            assert!(!is_source_path(path), "{path}");
        }
    }
}
