//! Files as modules, and crates by their manifests.

use crate::languages::EntryPoint;
use crate::project::{ImportTarget, ProjectFiles, folder_of, join};

/// A crate's folder, manifest and name in code.
struct Package {
    folder: String,
    manifest: String,
    name: String,
}

fn code_name(name: &str) -> String {
    name.replace('-', "_")
}

fn package_of_manifest(project: &ProjectFiles, manifest: &str) -> Option<Package> {
    let package = project.setting(manifest, &["package", "name"])?;
    let name = project
        .setting(manifest, &["lib", "name"])
        .unwrap_or(package);
    Some(Package {
        folder: folder_of(manifest).to_owned(),
        manifest: manifest.to_owned(),
        name: code_name(name),
    })
}

/// The package a file belongs to. A manifest without a package (a virtual workspace) is passed over.
fn package_of(project: &ProjectFiles, path: &str) -> Option<Package> {
    let mut at = path.to_owned();
    loop {
        let manifest = project.nearest_manifest(&at, "Cargo.toml")?;
        if let Some(package) = package_of_manifest(project, &manifest) {
            return Some(package);
        }
        let folder = folder_of(&manifest);
        if folder.is_empty() {
            return None;
        }
        folder.clone_into(&mut at);
    }
}

impl Package {
    fn library(&self, project: &ProjectFiles) -> Option<String> {
        let declared = project.setting(&self.manifest, &["lib", "path"]);
        let path = join(&self.folder, declared.unwrap_or("src/lib.rs"));
        project.has_file(&path).then_some(path)
    }

    /// The root file of the crate that a file belongs to. Library and binary may share modules; the library then owns
    /// them.
    fn root_of(&self, project: &ProjectFiles, path: &str) -> Option<String> {
        if self.is_root(project, path) {
            return Some(path.to_owned());
        }
        let mut folder = folder_of(path);
        let source = join(&self.folder, "src");
        while folder.len() > self.folder.len() {
            if folder == source {
                let main = join(&self.folder, "src/main.rs");
                return self
                    .library(project)
                    .or_else(|| project.has_file(&main).then_some(main));
            }
            // A binary, an example or a test in a folder of its own.
            let main = join(folder, "main.rs");
            if project.has_file(&main) {
                return Some(main);
            }
            folder = folder_of(folder);
        }
        self.library(project)
    }

    /// Whether cargo looks for targets of a kind where they usually are.
    fn finds(&self, project: &ProjectFiles, setting: &str) -> bool {
        project.setting(&self.manifest, &["package", setting]) != Some("false")
    }

    /// The folder of tests, benchmarks or examples that a file which is no root lies in.
    fn targets_around(&self, path: &str) -> Option<String> {
        let below = path.strip_prefix(self.folder.as_str())?;
        let kind = below.trim_start_matches('/').split('/').next()?;
        target_setting(kind).map(|_| join(&self.folder, kind))
    }

    /// Whether a file is the root of a target: library, binary, test, example, bench or build script.
    fn is_root(&self, project: &ProjectFiles, path: &str) -> bool {
        let relative = path
            .strip_prefix(self.folder.as_str())
            .unwrap_or(path)
            .trim_start_matches('/');
        let parts: Vec<&str> = relative.split('/').collect();
        let by_convention = match parts.as_slice() {
            ["build.rs"] | ["src", "lib.rs" | "main.rs"] => true,
            ["src", "bin", _] | ["src", "bin", _, "main.rs"] => self.finds(project, "autobins"),
            [kind, _] | [kind, _, "main.rs"] => {
                let setting = target_setting(kind);
                setting.is_some_and(|setting| self.finds(project, setting))
            }
            _ => false,
        };
        by_convention
            || ["lib", "bin", "test", "example", "bench"]
                .iter()
                .flat_map(|target| project.settings_below(&self.manifest, &[target]))
                .any(|(key, value)| {
                    (key == "path" || key.ends_with("\u{1f}path")) && join("", value) == relative
                })
    }
}

/// What a manifest calls the search for targets in a folder of this name.
fn target_setting(folder: &str) -> Option<&'static str> {
    match folder {
        "benches" => Some("autobenches"),
        "examples" => Some("autoexamples"),
        "tests" => Some("autotests"),
        _ => None,
    }
}

/// The binaries of all packages.
pub(super) fn entry_points(project: &ProjectFiles) -> Vec<EntryPoint> {
    let mut programs = Vec::new();
    for manifest in project.manifests_named("Cargo.toml") {
        let Some(package) = project.setting(manifest, &["package", "name"]) else {
            continue;
        };
        let folder = folder_of(manifest);
        let mut add = |name: &str, file: String| {
            let is_known = programs.iter().any(|known: &EntryPoint| known.file == file);
            if project.has_file(&file) && !is_known {
                programs.push(EntryPoint {
                    name: name.to_owned(),
                    file,
                    entry: "main".to_owned(),
                    package: folder.to_owned(),
                });
            }
        };
        for (key, name) in project.settings_below(manifest, &["bin"]) {
            if let Some(at) = key.strip_suffix("\u{1f}name") {
                match project.setting(manifest, &["bin", at, "path"]) {
                    Some(path) => add(name, join(folder, path)),
                    None => {
                        add(name, join(folder, &format!("src/bin/{name}.rs")));
                        add(name, join(folder, &format!("src/bin/{name}/main.rs")));
                    }
                }
            }
        }
        add(package, join(folder, "src/main.rs"));
        let programs_below = join(folder, "src/bin");
        for path in project.files_in(&programs_below) {
            let name = path.rsplit('/').next().unwrap_or(path);
            if let Some(name) = name.strip_suffix(".rs") {
                add(name, path.to_owned());
            }
        }
        for path in project.files_named("main.rs") {
            let beside = folder_of(path);
            if let Some((parent, name)) = beside.rsplit_once('/')
                && parent == programs_below
            {
                add(name, path.to_owned());
            }
        }
    }
    programs
}

/// Whether the submodules of a file stand beside it and not in a folder of its name.
fn owns_folder(project: &ProjectFiles, path: &str) -> bool {
    path == "mod.rs"
        || path.ends_with("/mod.rs")
        || match package_of(project, path) {
            Some(package) => package.is_root(project, path),
            None => matches!(
                path.rsplit('/').next(),
                Some("lib.rs" | "main.rs" | "build.rs")
            ),
        }
}

fn is_below(folder: &str, around: &str) -> bool {
    let rest = folder.strip_prefix(around);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn stem(path: &str) -> &str {
    path.strip_suffix(".rs").unwrap_or(path)
}

/// The module name of a file: the crate, then the modules (`tokio::runtime::task`).
pub(super) fn module_name(project: &ProjectFiles, path: &str) -> String {
    let package = package_of(project, path);
    let root = package
        .as_ref()
        .and_then(|package| package.root_of(project, path));
    let (Some(package), Some(root)) = (package, root) else {
        return stem(path).replace('/', "::");
    };
    let base = folder_of(&root);
    let is_library_or_main =
        base == join(&package.folder, "src") || Some(&root) == package.library(project).as_ref();
    let crate_name = if is_library_or_main {
        package.name.clone()
    } else if root.ends_with("/main.rs") {
        code_name(base.rsplit('/').next().unwrap_or(base))
    } else {
        code_name(stem(root.rsplit('/').next().unwrap_or(&root)))
    };
    if root == path {
        return crate_name;
    }
    // Several crates may have it as a module; in all of them it has the same path.
    let targets = package.targets_around(path);
    let base = match &targets {
        Some(targets) if !is_below(base, targets) => targets,
        Some(_) | None => base,
    };
    let crate_name = if base == folder_of(&root) {
        crate_name
    } else {
        code_name(base.rsplit('/').next().unwrap_or(base))
    };
    let below = path
        .strip_prefix(base)
        .unwrap_or(path)
        .trim_start_matches('/');
    let below = stem(below);
    let below = below.strip_suffix("/mod").unwrap_or(below);
    format!("{crate_name}::{}", below.replace('/', "::"))
}

/// What an import names: `mod:a/b` a submodule, `path:` and `include:` a file by its path, anything else a crate.
pub(super) fn resolve_import(
    project: &ProjectFiles,
    from: &str,
    module: &str,
) -> Vec<ImportTarget> {
    if let Some(submodule) = module.strip_prefix("mod:") {
        return submodule_file(project, from, submodule);
    }
    if let Some(path) = module
        .strip_prefix("path:")
        .or_else(|| module.strip_prefix("include:"))
    {
        let beside = join(folder_of(from), path);
        let below = join(stem(from), path);
        return existing(project, [beside, below]);
    }
    let first = module.split("::").next().unwrap_or(module);
    if first == "crate" {
        let root = package_of(project, from).and_then(|package| package.root_of(project, from));
        return root.map(ImportTarget::File).into_iter().collect();
    }
    if first == "super" {
        return parent_file(project, from);
    }
    match crate_root(project, from, first) {
        Some(root) => vec![ImportTarget::File(root)],
        None if is_known_outside(project, from, first) => {
            vec![ImportTarget::External(module.to_owned())]
        }
        None => Vec::new(),
    }
}

/// The file that should declare this one, by its place: for a file whose `mod` stands in a macro.
fn parent_file(project: &ProjectFiles, path: &str) -> Vec<ImportTarget> {
    let folder = folder_of(path);
    let module = if path.ends_with("/mod.rs") {
        folder_of(folder)
    } else {
        folder
    };
    let root = package_of(project, path).and_then(|package| package.root_of(project, path));
    existing(
        project,
        [
            join(module, "mod.rs"),
            format!("{module}.rs"),
            root.filter(|root| folder_of(root) == module && root != path)
                .unwrap_or_default(),
        ],
    )
}

/// Whether a name is a crate outside the project. Without a manifest any name may be one.
fn is_known_outside(project: &ProjectFiles, from: &str, name: &str) -> bool {
    if matches!(name, "alloc" | "core" | "proc_macro" | "std" | "test") {
        return true;
    }
    let Some(package) = package_of(project, from) else {
        return true;
    };
    let declares = |manifest: &str, tables: &[&str]| {
        project
            .settings_below(manifest, tables)
            .iter()
            .any(|(key, _)| code_name(key.split('\u{1f}').next().unwrap_or(key)) == name)
    };
    let sections = ["dependencies", "dev-dependencies", "build-dependencies"];
    sections
        .iter()
        .any(|section| declares(&package.manifest, &[section]))
        || project
            .settings_below(&package.manifest, &["target"])
            .iter()
            .any(|(key, _)| {
                let mut parts = key.split('\u{1f}').skip(1);
                parts
                    .next()
                    .is_some_and(|section| sections.contains(&section))
                    && parts.next().is_some_and(|key| code_name(key) == name)
            })
}

fn existing<const N: usize>(project: &ProjectFiles, paths: [String; N]) -> Vec<ImportTarget> {
    paths
        .into_iter()
        .find(|path| project.has_file(path))
        .map(ImportTarget::File)
        .into_iter()
        .collect()
}

fn submodule_file(project: &ProjectFiles, from: &str, submodule: &str) -> Vec<ImportTarget> {
    let beside = folder_of(from).to_owned();
    let below = stem(from).to_owned();
    let (first, second) = if owns_folder(project, from) {
        (beside, below)
    } else {
        (below, beside)
    };
    existing(
        project,
        [
            join(&first, &format!("{submodule}.rs")),
            join(&first, &format!("{submodule}/mod.rs")),
            // A file that is included or reached by `#[path]` keeps its modules elsewhere.
            join(&second, &format!("{submodule}.rs")),
            join(&second, &format!("{submodule}/mod.rs")),
        ],
    )
}

/// The library that a crate name stands for in a file: the own package's, a dependency by path, or another package of the
/// project.
fn crate_root(project: &ProjectFiles, from: &str, name: &str) -> Option<String> {
    let own = package_of(project, from);
    if let Some(own) = &own {
        if own.name == name {
            return own.library(project);
        }
        if let Some(package) = dependency(project, own, name) {
            return package.library(project);
        }
    }
    // A member that is not declared as a dependency is still meant when the name is its own: path patches, macros.
    project
        .manifests_named("Cargo.toml")
        .into_iter()
        .filter_map(|manifest| package_of_manifest(project, manifest))
        .find(|package| package.name == name)
        .and_then(|package| package.library(project))
}

fn dependency(project: &ProjectFiles, own: &Package, name: &str) -> Option<Package> {
    let tables: [&[&str]; 3] = [
        &["dependencies"],
        &["dev-dependencies"],
        &["build-dependencies"],
    ];
    for table in tables {
        for (key, value) in project.settings_below(&own.manifest, table) {
            let mut parts = key.split('\u{1f}');
            let dependency = parts.next().unwrap_or("");
            if code_name(dependency) != name {
                continue;
            }
            let found = match parts.next() {
                Some("path") => package_at(project, &join(&own.folder, value)),
                Some("workspace") => workspace_dependency(project, own, dependency),
                Some("package") => named_package(project, value),
                _ => None,
            };
            if found.is_some() {
                return found;
            }
        }
    }
    None
}

fn package_at(project: &ProjectFiles, folder: &str) -> Option<Package> {
    package_of_manifest(project, &join(folder, "Cargo.toml"))
}

fn named_package(project: &ProjectFiles, package: &str) -> Option<Package> {
    project
        .manifests_named("Cargo.toml")
        .into_iter()
        .find(|manifest| project.setting(manifest, &["package", "name"]) == Some(package))
        .and_then(|manifest| package_of_manifest(project, manifest))
}

fn workspace_dependency(project: &ProjectFiles, own: &Package, name: &str) -> Option<Package> {
    let mut folder = own.folder.as_str();
    loop {
        let manifest = join(folder, "Cargo.toml");
        let keys = ["workspace", "dependencies", name];
        let path = project.setting(&manifest, &[keys[0], keys[1], keys[2], "path"]);
        if let Some(path) = path {
            return package_at(project, &join(folder, path));
        }
        let renamed = project.setting(&manifest, &[keys[0], keys[1], keys[2], "package"]);
        if let Some(renamed) = renamed {
            return named_package(project, renamed);
        }
        if folder.is_empty() {
            return None;
        }
        folder = folder_of(folder);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn project() -> ProjectFiles {
        let paths = [
            "Cargo.toml",
            "core/Cargo.toml",
            "core/src/lib.rs",
            "core/src/net.rs",
            "core/src/net/tcp/mod.rs",
            "core/src/net/tcp/stream.rs",
            "core/src/main.rs",
            "core/tests/all.rs",
            "core/tests/common/mod.rs",
            "core/benches/shared/a.rs",
            "own/Cargo.toml",
            "own/src/lib.rs",
            "own/tests/all.rs",
            "own/tests/part.rs",
            "own/tests/part/deep.rs",
        ];
        let setting = |keys: &[&str], value: &str| (keys.join("\u{1f}"), value.to_owned());
        let manifests = HashMap::from([
            (
                "Cargo.toml".to_owned(),
                vec![setting(&["workspace", "members", "0"], "core")],
            ),
            (
                "core/Cargo.toml".to_owned(),
                vec![
                    setting(&["package", "name"], "my-core"),
                    setting(&["dependencies", "log"], "0.4"),
                ],
            ),
            (
                "own/Cargo.toml".to_owned(),
                vec![
                    setting(&["package", "name"], "own"),
                    setting(&["package", "autotests"], "false"),
                    setting(&["test", "0", "path"], "tests/all.rs"),
                ],
            ),
        ]);
        ProjectFiles::new(paths.map(str::to_owned).to_vec(), manifests)
    }

    fn import(from: &str, module: &str) -> Vec<ImportTarget> {
        resolve_import(&project(), from, module)
    }

    #[test]
    fn module_names_start_with_the_crate() {
        let project = project();
        let name = |path| module_name(&project, path);
        assert_eq!(name("core/src/lib.rs"), "my_core");
        assert_eq!(name("core/src/net/tcp/mod.rs"), "my_core::net::tcp");
        assert_eq!(name("core/tests/all.rs"), "all");
        assert_eq!(name("core/tests/common/mod.rs"), "tests::common");
        assert_eq!(name("core/benches/shared/a.rs"), "benches::shared::a");
        assert_eq!(name("own/tests/all.rs"), "all");
        assert_eq!(name("own/tests/part.rs"), "tests::part");
        assert_eq!(name("own/tests/part/deep.rs"), "tests::part::deep");
        assert_eq!(
            resolve_import(&project, "own/tests/all.rs", "mod:part"),
            [ImportTarget::File("own/tests/part.rs".to_owned())]
        );
    }

    #[test]
    fn submodules_stand_beside_roots_and_below_others() {
        let file = |path: &str| vec![ImportTarget::File(path.to_owned())];
        assert_eq!(
            import("core/src/lib.rs", "mod:net"),
            file("core/src/net.rs")
        );
        assert_eq!(
            import("core/src/net.rs", "mod:tcp"),
            file("core/src/net/tcp/mod.rs")
        );
        assert_eq!(
            import("core/src/net/tcp/mod.rs", "mod:stream"),
            file("core/src/net/tcp/stream.rs")
        );
        assert_eq!(
            import("core/tests/all.rs", "mod:common"),
            file("core/tests/common/mod.rs")
        );
        assert_eq!(import("core/src/lib.rs", "mod:gone"), []);
    }

    #[test]
    fn only_declared_crates_are_outside() {
        let file = |path: &str| vec![ImportTarget::File(path.to_owned())];
        assert_eq!(
            import("core/src/main.rs", "my_core"),
            file("core/src/lib.rs")
        );
        assert_eq!(
            import("core/src/net.rs", "log"),
            [ImportTarget::External("log".to_owned())]
        );
        assert_eq!(
            import("core/src/net.rs", "std"),
            [ImportTarget::External("std".to_owned())]
        );
        assert_eq!(import("core/src/net.rs", "helper"), []);
        assert_eq!(
            import("core/src/net/tcp/stream.rs", "crate"),
            file("core/src/lib.rs")
        );
        assert_eq!(
            import("core/src/net/tcp/stream.rs", "super"),
            file("core/src/net/tcp/mod.rs")
        );
    }
}
