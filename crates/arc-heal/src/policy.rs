//! What is never changed without being asked for.

use std::path::{Component, Path, PathBuf};

use crate::inside::why_not;
use crate::{HealError, Options};

/// Bigger files are data.
const MOST_BYTES: u64 = 1 << 20;

/// The file to heal, relative to the root, if it may and can be healed.
pub(crate) fn admitted(root: &Path, named: &Path, options: &Options) -> Result<String, HealError> {
    let shown = || named.display().to_string();
    let unfit = |why: &str| HealError::Unfit {
        path: shown(),
        why: why.to_owned(),
    };
    let meta = named.symlink_metadata().map_err(|source| HealError::Read {
        path: named.to_owned(),
        source,
    })?;
    if meta.is_symlink() {
        return Err(unfit("is a link; name the file it points to"));
    }
    if meta.is_dir() {
        return Err(unfit("is a folder; name the file that is broken"));
    }
    if !meta.is_file() {
        return Err(unfit("is no plain file"));
    }
    if meta.len() > MOST_BYTES {
        return Err(unfit("is bigger than 1 MiB"));
    }
    if meta.len() == 0 {
        return Err(unfit("is empty: there is nothing to repair"));
    }
    let full = named.canonicalize().map_err(|source| HealError::Read {
        path: named.to_owned(),
        source,
    })?;
    let inside = full
        .strip_prefix(root)
        .map_err(|_| unfit("lies outside of the project"))?
        .to_owned();
    if let Some(repository) = other_repository(root, &inside) {
        return Err(unfit(&format!(
            "belongs to another repository ({})",
            repository.display()
        )));
    }
    if let Some(why) = protected(&inside, options) {
        return Err(HealError::Protected {
            path: shown(),
            why: why.to_owned(),
        });
    }
    inside
        .to_str()
        .map(str::to_owned)
        .ok_or_else(|| unfit("has a name that is not UTF-8"))
}

/// A repository below the root that the file belongs to.
fn other_repository(root: &Path, inside: &Path) -> Option<PathBuf> {
    let folders = inside
        .ancestors()
        .skip(1)
        .filter(|folder| !folder.as_os_str().is_empty());
    folders
        .map(|folder| root.join(folder))
        .find(|folder| folder.join(".git").exists())
}

/// Whether a file may be written that is there or not: `path` is relative to the root.
///
/// # Errors
/// When it lies elsewhere, is no plain text file, belongs to another repository, or a policy protects it.
pub(crate) fn may_write(root: &Path, path: &str, options: &Options) -> Result<(), HealError> {
    let unfit = |why: &str| HealError::Unfit {
        path: path.to_owned(),
        why: why.to_owned(),
    };
    let inside = Path::new(path);
    if let Some(why) = protected(inside, options) {
        return Err(HealError::Protected {
            path: path.to_owned(),
            why: why.to_owned(),
        });
    }
    if let Some(why) = why_not(root, path) {
        return Err(unfit(why));
    }
    let meta = root.join(inside).symlink_metadata();
    if meta.is_ok_and(|meta| meta.len() > MOST_BYTES) {
        return Err(unfit("is bigger than 1 MiB"));
    }
    if other_repository(root, inside).is_some() {
        return Err(unfit("belongs to another repository"));
    }
    Ok(())
}

/// Why a path is protected.
fn protected(inside: &Path, options: &Options) -> Option<&'static str> {
    let names: Vec<String> = inside
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            Component::Prefix(_)
            | Component::RootDir
            | Component::CurDir
            | Component::ParentDir => None,
        })
        .collect();
    let (name, folders) = names.split_last()?;
    if names.iter().any(|name| name == ".git" || name == ".arc") {
        return Some("it belongs to git or to arc");
    }
    if name == ".env" || name.starts_with(".env.") {
        return Some("it holds secrets");
    }
    if LOCKS.contains(&name.as_str()) || name.ends_with(".tfstate") {
        return Some("a tool writes it, and only that tool knows how");
    }
    if options
        .protected
        .iter()
        .any(|path| inside.starts_with(path))
    {
        return Some("`arc.toml` says so");
    }
    if !options.changes_tests && is_test(name, folders) {
        return Some("a test says what is right; `--tests` allows it to be changed");
    }
    None
}

/// Files that package managers write.
const LOCKS: &[&str] = &[
    "Cargo.lock",
    "Gemfile.lock",
    "Pipfile.lock",
    "go.sum",
    "package-lock.json",
    "pnpm-lock.yaml",
    "poetry.lock",
    "uv.lock",
    "yarn.lock",
    ".terraform.lock.hcl",
];

fn is_test(name: &str, folders: &[String]) -> bool {
    let stem = name.split('.').next().unwrap_or(name);
    let in_tests = folders.iter().any(|folder| {
        matches!(
            folder.as_str(),
            "test" | "tests" | "__tests__" | "spec" | "testdata"
        )
    });
    in_tests
        || stem.starts_with("test_")
        || stem.ends_with("_test")
        || name.contains(".test.")
        || name.contains(".spec.")
        || name == "conftest.py"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(changes_tests: bool) -> Options {
        Options {
            changes_tests,
            protected: vec!["generated".into()],
            ..Options::default()
        }
    }

    #[test]
    fn what_others_own_is_protected() {
        for path in [
            ".git/config",
            ".env",
            "a/.env.local",
            "Cargo.lock",
            "x/terraform.tfstate",
            "tests/a.py",
            "a/test_b.py",
            "b.test.js",
            "generated/a.py",
        ] {
            assert!(
                protected(Path::new(path), &options(false)).is_some(),
                "{path}"
            );
        }
        for path in [
            "a/latest.py",
            "src/environment.py",
            "contest.py",
            "generated.py",
        ] {
            assert_eq!(protected(Path::new(path), &options(false)), None, "{path}");
        }
        assert_eq!(protected(Path::new("tests/a.py"), &options(true)), None);
    }

    #[test]
    fn nothing_is_written_elsewhere() {
        let outer = tempfile::tempdir().expect("a folder");
        let root = outer.path().canonicalize().expect("it is there").join("in");
        std::fs::create_dir_all(root.join("src")).expect("made");
        std::os::unix::fs::symlink(outer.path(), root.join("out")).expect("linked");
        let may = |path: &str| may_write(&root, path, &options(true)).is_ok();
        for path in ["a.py", "src/a.py", "new/deep/a.py"] {
            assert!(may(path), "{path}");
        }
        for path in [
            "",
            "/etc/x",
            "../x",
            "src/../../x",
            "out/x",
            "out/new/x",
            "src",
            ".arc/x",
        ] {
            assert!(!may(path), "{path}");
        }
    }
}
