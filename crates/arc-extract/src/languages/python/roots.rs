//! Where Python looks for top-level modules: package roots, from the files there are and the manifests.

use super::imports;
use crate::languages::EntryPoint;
use crate::project::{ImportTarget, ProjectFiles, folder_of, join};

/// Folders that hold packages by convention.
const SOURCE_FOLDERS: &[&str] = &["src", "lib", "python"];
/// Files that make a folder a project.
const MANIFESTS: &[&str] = &["pyproject.toml", "setup.cfg", "setup.py"];

/// The nearest folder at or above one that is no package.
pub(super) fn package_root<'p>(project: &ProjectFiles, mut folder: &'p str) -> &'p str {
    while is_package(project, folder) {
        if folder.is_empty() {
            return "";
        }
        folder = folder_of(folder);
    }
    folder
}

fn is_package(project: &ProjectFiles, folder: &str) -> bool {
    project.has_file(&join(folder, "__init__.py"))
        || project.has_file(&join(folder, "__init__.pyi"))
}

/// Folders in which the top-level modules that the files of a folder import are searched, best first.
pub(super) fn search_path(project: &ProjectFiles, folder: &str) -> Vec<String> {
    let root = package_root(project, folder);
    let mut roots = vec![root.to_owned()];
    let mut push = |folder: String| {
        if !roots.contains(&folder) {
            roots.push(folder);
        }
    };
    // From the importing file outwards: its own project before the ones around it.
    let mut folder = root;
    loop {
        push(folder.to_owned());
        for source in SOURCE_FOLDERS {
            let source = join(folder, source);
            if project.has_folder(&source) {
                push(source);
            }
        }
        for configured in configured_roots(project, folder) {
            push(configured);
        }
        if folder.is_empty() {
            break;
        }
        folder = folder_of(folder);
    }
    // The other projects of the repository.
    for manifest in project.manifests_named("pyproject.toml") {
        let folder = folder_of(manifest);
        let source = join(folder, "src");
        if project.has_folder(&source) {
            push(source);
        }
        push(folder.to_owned());
    }
    roots
}

/// Whether a root is one only because it has no `__init__`, so that it may as well be a part of a namespace package, whose
/// modules hide none of the standard library from the packages inside: neither a project's folder nor one for sources, and
/// not the folder of the importing file, which may be run as a script.
pub(super) fn is_inside_package(project: &ProjectFiles, root: &str, folder: &str) -> bool {
    let name = root.rsplit('/').next().unwrap_or(root);
    root != folder
        && !root.is_empty()
        && root == package_root(project, folder)
        && !SOURCE_FOLDERS.contains(&name)
        && !MANIFESTS
            .iter()
            .any(|manifest| project.has_file(&join(root, manifest)))
}

/// Roots that a project's settings name.
fn configured_roots(project: &ProjectFiles, folder: &str) -> Vec<String> {
    let manifest = join(folder, "pyproject.toml");
    let mut found = Vec::new();
    for keys in [
        ["tool", "setuptools", "packages", "find", "where"].as_slice(),
        ["tool", "setuptools", "package-dir"].as_slice(),
        ["tool", "pytest", "ini_options", "pythonpath"].as_slice(),
        ["tool", "pyright", "extraPaths"].as_slice(),
    ] {
        let single = project.setting(&manifest, keys);
        let listed = project.settings_below(&manifest, keys);
        for value in single
            .into_iter()
            .chain(listed.iter().map(|(_, value)| *value))
        {
            found.extend(
                value
                    .split_whitespace()
                    .map(|relative| join(folder, relative)),
            );
        }
    }
    found.retain(|folder| project.has_folder(folder));
    found
}

/// The scripts that packages install.
pub(super) fn entry_points(project: &ProjectFiles) -> Vec<EntryPoint> {
    let mut programs = Vec::new();
    for manifest in project.manifests_named("pyproject.toml") {
        let tables: [&[&str]; 2] = [&["project", "scripts"], &["tool", "poetry", "scripts"]];
        for (name, value) in tables
            .iter()
            .flat_map(|table| project.settings_below(manifest, table))
        {
            let (module, entry) = value.split_once(':').unwrap_or((value, ""));
            let found = imports::resolve(project, manifest, module.trim(), None);
            let file = found.into_iter().find_map(|target| match target {
                ImportTarget::File(file) => Some(file),
                ImportTarget::Namespace(_)
                | ImportTarget::External(_)
                | ImportTarget::Foreign(_) => None,
            });
            programs.extend(file.map(|file| EntryPoint {
                name: name.to_owned(),
                file,
                entry: entry.trim().to_owned(),
                package: folder_of(manifest).to_owned(),
            }));
        }
    }
    programs
}

/// The dotted name of a file's module.
pub(super) fn module_name(project: &ProjectFiles, path: &str) -> String {
    let root = module_root(project, path);
    let relative = if root.is_empty() {
        path
    } else {
        path[root.len()..].trim_start_matches('/')
    };
    let stem = relative.rsplit_once('.').map_or(relative, |(stem, _)| stem);
    let package = stem
        .strip_suffix("/__init__")
        .or(stem.strip_suffix("__init__"))
        .unwrap_or(stem);
    if package.is_empty() {
        // A repository that is itself the package has no name for it.
        return folder_of(path).rsplit('/').next().unwrap_or("").to_owned();
    }
    package.replace('/', ".")
}

/// The folder a file's module name starts at. A package's is above it. Loose files count from the project's folder or its
/// `src`, so that namespace packages and test folders keep their names.
fn module_root<'p>(project: &ProjectFiles, path: &'p str) -> &'p str {
    let package_root = package_root(project, folder_of(path));
    let mut folder = package_root;
    loop {
        let name = folder.rsplit('/').next().unwrap_or(folder);
        if name == "src" {
            return folder;
        }
        if MANIFESTS
            .iter()
            .any(|manifest| project.has_file(&join(folder, manifest)))
            || folder.is_empty()
        {
            break;
        }
        folder = folder_of(folder);
    }
    if is_package(project, folder_of(path)) {
        package_root
    } else {
        folder
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::languages::python::imports::resolve;
    use crate::project::ImportTarget;

    fn project(paths: &[&str]) -> ProjectFiles {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        ProjectFiles::new(paths, HashMap::new())
    }

    fn targets(project: &ProjectFiles, from: &str, module: &str, name: Option<&str>) -> String {
        let found: Vec<String> = resolve(project, from, module, name)
            .into_iter()
            .map(|target| match target {
                ImportTarget::File(path) => path,
                ImportTarget::Namespace(label) => format!("namespace {label}"),
                ImportTarget::External(name) | ImportTarget::Foreign(name) => {
                    format!("external {name}")
                }
            })
            .collect();
        found.join(" ")
    }

    #[test]
    fn modules_are_named_from_their_package_root() {
        let project = project(&[
            "setup.py",
            "src/app/__init__.py",
            "src/app/config.py",
            "src/ns/part/mod.py",
            "tests/test_cli.py",
            "tools/lib/__init__.py",
            "tools/lib/x.py",
        ]);
        let name = |path: &str| module_name(&project, path);
        assert_eq!(name("src/app/config.py"), "app.config");
        assert_eq!(name("src/app/__init__.py"), "app");
        assert_eq!(name("src/ns/part/mod.py"), "ns.part.mod");
        assert_eq!(name("tests/test_cli.py"), "tests.test_cli");
        assert_eq!(name("tools/lib/x.py"), "lib.x");
        assert_eq!(name("setup.py"), "setup");
    }

    #[test]
    fn imports_find_files_through_roots_packages_and_dots() {
        let project = project(&[
            "src/app/__init__.py",
            "src/app/config.py",
            "src/app/sub/__init__.py",
            "src/app/sub/deep.py",
            "src/app/sub/deep.pyi",
            "src/ns/part.py",
            "src/shared/config/__init__.py",
            "src/shared/config/read.py",
            "src/shared/extra.py",
            "src/shared/json/__init__.py",
            "src/shared/run.py",
            "tests/helpers.py",
            "tests/test_a.py",
        ]);
        let check = |from: &str, module: &str, name: Option<&str>, expected: &str| {
            assert_eq!(targets(&project, from, module, name), expected);
        };
        check("tests/test_a.py", "app", None, "src/app/__init__.py");
        check(
            "tests/test_a.py",
            "app",
            Some("config"),
            "src/app/__init__.py src/app/config.py",
        );
        check(
            "tests/test_a.py",
            "app.config",
            Some("X"),
            "src/app/config.py",
        );
        check("tests/test_a.py", "helpers", None, "tests/helpers.py");
        check("tests/test_a.py", "ns", Some("part"), "src/ns/part.py");
        check("tests/test_a.py", "os.path", None, "external os.path");
        let inside = "src/shared/config/read.py";
        check(inside, "json", None, "external json");
        check(inside, "extra", None, "src/shared/extra.py");
        check(
            "src/shared/run.py",
            "json",
            None,
            "src/shared/json/__init__.py",
        );
        let deep = "src/app/sub/deep.py";
        check(deep, "..config", Some("X"), "src/app/config.py");
        check(deep, "...", Some("x"), "");
        check(
            deep,
            ".",
            Some("deep"),
            "src/app/sub/__init__.py src/app/sub/deep.py src/app/sub/deep.pyi",
        );
        check(deep, "..", None, "src/app/__init__.py");
        check(deep, ".....", None, "");
    }
}
