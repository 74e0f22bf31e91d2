//! Which package a path names: modules of the project by `go.mod`, with `replace`, else the folder itself.

use crate::languages::EntryPoint;
use crate::project::{ImportTarget, ProjectFiles, folder_of, join};

/// The label of the package of a folder.
pub(super) fn label(folder: &str) -> String {
    format!("dir:{folder}")
}

/// The names under which an import of `path` without an alias is known, likeliest first. The package clause of the target
/// decides in truth; by convention it is the last element without version and without the decorations of Go tools.
pub(super) fn local_names(path: &str) -> Vec<String> {
    let mut parts = path.rsplit('/');
    let mut last = parts.next().unwrap_or(path);
    if is_major_version(last)
        && let Some(before) = parts.next()
    {
        last = before;
    }
    if let Some((stem, version)) = last.rsplit_once('.')
        && is_major_version(version)
    {
        last = stem;
    }
    let bare = last.strip_prefix("go-").unwrap_or(last);
    let bare = bare
        .strip_suffix(".go")
        .or_else(|| bare.strip_suffix("-go"))
        .or_else(|| bare.strip_suffix(".golang"))
        .unwrap_or(bare);
    let mut names = vec![bare.to_owned()];
    if bare.contains(['-', '.']) {
        names = vec![
            bare.replace(['-', '.'], ""),
            bare.replace(['-', '.'], "_"),
            bare.rsplit(['-', '.']).next().unwrap_or(bare).to_owned(),
        ];
    }
    names
}

fn is_major_version(part: &str) -> bool {
    part.strip_prefix('v')
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// The import path of the package that a file is in; its folder when no module is known.
pub(super) fn package_path(project: &ProjectFiles, path: &str) -> String {
    let folder = folder_of(path);
    let Some(manifest) = project.nearest_manifest(path, "go.mod") else {
        return folder.to_owned();
    };
    let Some(module) = project.setting(&manifest, &["module"]) else {
        return folder.to_owned();
    };
    let rest = folder[folder_of(&manifest).len()..].trim_start_matches('/');
    if rest.is_empty() {
        module.to_owned()
    } else {
        format!("{module}/{rest}")
    }
}

/// The commands of all modules: packages with a `main.go` go by the last part of their path.
pub(super) fn entry_points(project: &ProjectFiles) -> Vec<EntryPoint> {
    let program = |path: &str| {
        let package = package_path(project, path);
        let mut parts = package.rsplit('/');
        let last = parts.next().unwrap_or("");
        // `…/tool/v2` is the second version of `tool`.
        let is_version = last
            .strip_prefix('v')
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()));
        let name = if is_version { parts.next() } else { Some(last) };
        EntryPoint {
            name: name.unwrap_or("").to_owned(),
            file: path.to_owned(),
            entry: "main".to_owned(),
            package: folder_of(path).to_owned(),
        }
    };
    project.files_named("main.go").map(program).collect()
}

/// What an import path names.
pub(super) fn resolve(project: &ProjectFiles, from: &str, path: &str) -> Vec<ImportTarget> {
    match folder_for(project, from, path) {
        Some(folder) => package(project, &folder),
        None => vec![ImportTarget::External(path.to_owned())],
    }
}

/// A package and the files that an import of it runs.
fn package(project: &ProjectFiles, folder: &str) -> Vec<ImportTarget> {
    let files = project
        .files_in(folder)
        .filter(|file| file.ends_with(".go") && !file.ends_with("_test.go"));
    std::iter::once(ImportTarget::Namespace(label(folder)))
        .chain(files.map(|file| ImportTarget::File(file.to_owned())))
        .collect()
}

fn folder_for(project: &ProjectFiles, from: &str, path: &str) -> Option<String> {
    if path.starts_with("./") || path.starts_with("../") {
        return existing(project, join(folder_of(from), path));
    }
    if let Some(own) = project.nearest_manifest(from, "go.mod") {
        let own_module = project.setting(&own, &["module"]).unwrap_or("");
        if let Some(rest) = below(path, own_module)
            && let Some(folder) = existing(project, join(folder_of(&own), rest))
        {
            return Some(folder);
        }
        for (module, target) in project.settings_below(&own, &["replace"]) {
            if (target.starts_with("./") || target.starts_with("../"))
                && let Some(rest) = below(path, module)
                && let Some(folder) = existing(project, join(&join(folder_of(&own), target), rest))
            {
                return Some(folder);
            }
        }
    }
    other_module(project, path).or_else(|| without_module(project, path))
}

/// The folder of a package in another module of the repository, workspace or not. The longest module path wins.
fn other_module(project: &ProjectFiles, path: &str) -> Option<String> {
    let mut best: Option<(usize, String)> = None;
    for manifest in project.manifests_named("go.mod") {
        let Some(module) = project.setting(manifest, &["module"]) else {
            continue;
        };
        if let Some(rest) = below(path, module)
            && best
                .as_ref()
                .is_none_or(|(length, _)| *length < module.len())
            && let Some(folder) = existing(project, join(folder_of(manifest), rest))
        {
            best = Some((module.len(), folder));
        }
    }
    best.map(|(_, folder)| folder)
}

/// Sources from before modules: `host/owner/name/rest` with the repository itself as `host/owner/name`, or a tree under
/// `src/` or `vendor/`.
fn without_module(project: &ProjectFiles, path: &str) -> Option<String> {
    if !path.split('/').next()?.contains('.') {
        return None;
    }
    for root in ["src", "vendor"] {
        if let Some(folder) = existing(project, join(root, path)) {
            return Some(folder);
        }
    }
    if !project.manifests_named("go.mod").is_empty() {
        return None;
    }
    let rest = path.splitn(4, '/').nth(3)?;
    existing(project, rest.to_owned())
}

fn existing(project: &ProjectFiles, folder: String) -> Option<String> {
    let has_source = project.files_in(&folder).any(|file| file.ends_with(".go"));
    has_source.then_some(folder)
}

/// What follows `module` in `path`; `None` when the path is not in the module.
fn below<'a>(path: &'a str, module: &str) -> Option<&'a str> {
    if module.is_empty() {
        return None;
    }
    let rest = path.strip_prefix(module)?;
    if rest.is_empty() {
        Some("")
    } else {
        rest.strip_prefix('/')
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn project() -> ProjectFiles {
        let manifest = |module: &str, more: &[(&str, &str)]| {
            let mut settings = vec![("module".to_owned(), module.to_owned())];
            for (key, value) in more {
                settings.push(((*key).to_owned(), (*value).to_owned()));
            }
            settings
        };
        ProjectFiles::new(
            [
                "go.mod",
                "a.go",
                "a_test.go",
                "sub/b.go",
                "tool/go.mod",
                "tool/cmd/c.go",
                "fork/d.go",
            ]
            .map(str::to_owned)
            .to_vec(),
            HashMap::from([
                (
                    "go.mod".to_owned(),
                    manifest("x.org/m/v2", &[("replace\u{1f}y.org/d", "./fork")]),
                ),
                ("tool/go.mod".to_owned(), manifest("x.org/m/tool", &[])),
            ]),
        )
    }

    #[test]
    fn an_import_path_is_a_folder_of_its_module() {
        let project = project();
        let first = |path: &str| resolve(&project, "a.go", path).swap_remove(0);
        let namespace = |folder: &str| ImportTarget::Namespace(label(folder));
        assert_eq!(first("x.org/m/v2"), namespace(""));
        assert_eq!(first("x.org/m/v2/sub"), namespace("sub"));
        assert_eq!(first("x.org/m/tool/cmd"), namespace("tool/cmd"));
        assert_eq!(first("y.org/d"), namespace("fork"));
        assert_eq!(first("fmt"), ImportTarget::External("fmt".to_owned()));
        assert_eq!(
            first("x.org/m/v2/gone"),
            ImportTarget::External("x.org/m/v2/gone".to_owned())
        );
        assert_eq!(package_path(&project, "tool/cmd/c.go"), "x.org/m/tool/cmd");
    }

    #[test]
    fn the_local_name_leaves_versions_and_decorations_out() {
        let first = |path: &str| local_names(path).swap_remove(0);
        assert_eq!(first("github.com/go-chi/chi/v5"), "chi");
        assert_eq!(first("gopkg.in/yaml.v3"), "yaml");
        assert_eq!(first("github.com/mattn/go-isatty"), "isatty");
        assert_eq!(first("net/http"), "http");
    }
}
