//! The command that runs tests which the graph names, by the runner that the project has.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use arc_project::{Runner, SelectedTest};

/// The command that runs the tests of the language that most of them are in; `None` where no runner is known for them.
/// `is_program` tells what is installed.
#[must_use]
pub fn test_command(
    tests: &[SelectedTest],
    root: &Path,
    is_program: &dyn Fn(&str) -> bool,
) -> Option<Vec<String>> {
    let runners = [Runner::Pytest, Runner::Cargo, Runner::Go, Runner::Jest];
    let of = |runner: Runner| -> Vec<SelectedTest> {
        let takes = |test: &&SelectedTest| runner.takes(test.node.path.as_deref().unwrap_or(""));
        tests.iter().filter(takes).cloned().collect()
    };
    let (runner, tests) = runners
        .into_iter()
        .map(|runner| (runner, of(runner)))
        .max_by_key(|(_, tests)| tests.len())
        .filter(|(_, tests)| !tests.is_empty())?;
    let files = || {
        let mut files: Vec<String> = tests
            .iter()
            .filter_map(|test| test.node.path.clone())
            .collect();
        files.sort();
        files.dedup();
        files
    };
    let (words, more): (&[&str], Vec<String>) = match runner {
        Runner::Cargo => (
            &["cargo", "test", "--offline", "-q", "--", "--exact"],
            runner.lines(&tests),
        ),
        Runner::Go => (&["go", "test"], folders(&files())),
        Runner::Jest if manifest(root).contains("\"vitest\"") => {
            (&["npx", "--no-install", "vitest", "run"], files())
        }
        Runner::Jest if manifest(root).contains("\"jest\"") => {
            (&["npx", "--no-install", "jest"], files())
        }
        Runner::Jest => (&["node", "--test"], files()),
        Runner::Pytest if is_program("pytest") => (&["pytest", "-q"], runner.lines(&tests)),
        Runner::Pytest | Runner::Unittest => {
            let own = tests.iter().filter(|test| is_unittest(test, root));
            let own: Vec<SelectedTest> = own.cloned().collect();
            if own.is_empty() {
                return None;
            }
            let words: &[&str] = &["python3", "-m", "unittest", "-q"];
            (words, Runner::Unittest.lines(&own))
        }
        Runner::Junit | Runner::Gradle => return None,
    };
    let words = words.iter().map(|word| (*word).to_owned());
    Some(words.chain(more).collect())
}

/// What `PYTHONPATH` has to be for tests of a project whose packages lie in `src`, so that they find those: another copy that is installed
/// somewhere would prove nothing. `known` is what it is; `None` where the program or the project asks for no other.
#[must_use]
pub fn python_path(root: &Path, program: &OsStr, known: &OsStr) -> Option<OsString> {
    let sources = root.join("src");
    let name = Path::new(program).file_name()?.to_str()?;
    if !matches!(name, "pytest" | "python" | "python3") || !has_packages(&sources) {
        return None;
    }
    let known = std::env::split_paths(known).filter(|path| !path.as_os_str().is_empty());
    let paths: Vec<PathBuf> = [sources].into_iter().chain(known).collect();
    // A folder with a colon in its name cannot be told to Python.
    std::env::join_paths(paths).ok()
}

/// Whether modules of Python lie in a folder that is none itself.
fn has_packages(folder: &Path) -> bool {
    // A folder that cannot be read has none.
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_module = |path: &Path| {
        path.join("__init__.py").is_file() || path.extension().is_some_and(|end| end == "py")
    };
    !folder.join("__init__.py").exists()
        && entries
            .map(|entry| entry.path())
            .any(|path| is_module(&path))
}

/// Whether unittest runs a test: not a plain function, nor a class that only pytest knows. What it cannot load fails whatever the code does.
fn is_unittest(test: &SelectedTest, root: &Path) -> bool {
    let path = test.node.path.as_deref().unwrap_or("");
    // A file that is gone since the graph was made has no tests.
    let text = std::fs::read_to_string(root.join(path)).unwrap_or_default();
    let scope = test.run.split_once("::").map_or("", |(_, scope)| scope);
    text.contains("TestCase")
        && (scope.is_empty() || scope.contains("::") || text.contains(&format!("class {scope}")))
}

/// The package folders of Go files.
fn folders(files: &[String]) -> Vec<String> {
    let mut folders: Vec<String> = files
        .iter()
        .map(|file| {
            format!(
                "./{}",
                file.rsplit_once('/').map_or("", |(folder, _)| folder)
            )
        })
        .collect();
    folders.dedup();
    folders
}

fn manifest(root: &Path) -> String {
    // Without one the runner that comes with the language is taken.
    std::fs::read_to_string(root.join("package.json")).unwrap_or_default()
}
