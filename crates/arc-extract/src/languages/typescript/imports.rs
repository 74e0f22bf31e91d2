//! What an import names: relative paths, aliases of `tsconfig.json`, packages of the workspace, `#names` of a package.
//! Only paths and manifests are read; whatever is found in neither lies outside the project.

use super::packages;
use crate::project::{ImportTarget, ProjectFiles, folder_of, join};

/// Tried after a path without extension, best first.
const EXTENSIONS: &[&str] = &[
    ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".d.ts", ".d.mts", ".d.cts",
    ".vue", ".svelte", ".json",
];

/// Extensions that compilers write, with those they read.
const COMPILED: &[(&str, &[&str])] = &[
    (".js", &[".ts", ".tsx", ".jsx", ".d.ts"]),
    (".jsx", &[".tsx", ".d.ts"]),
    (".mjs", &[".mts", ".d.mts"]),
    (".cjs", &[".cts", ".d.cts"]),
];

/// How many manifests an `extends` chain may have.
const MAX_EXTENDS: usize = 12;

/// The files that an import names, best first.
pub(super) fn resolve(project: &ProjectFiles, from: &str, module: &str) -> Vec<ImportTarget> {
    // Bundlers take instructions after the path (`./logo.svg?url`).
    let path = match module.split_once('?') {
        Some((path, _)) if !path.is_empty() => path,
        _ => module,
    };
    let found = if path == "." || path == ".." || path.starts_with("./") || path.starts_with("../")
    {
        file_or_folder(project, &join(folder_of(from), path))
    } else if let Some(rooted) = path.strip_prefix('/') {
        let package = packages::package_folder(project, from);
        file_or_folder(project, &join(&package, rooted))
            .or_else(|| file_or_folder(project, &join(&package, &format!("public/{rooted}"))))
            .or_else(|| file_or_folder(project, rooted))
    } else if path.starts_with('#') {
        packages::package_import(project, from, path).or_else(|| aliased(project, from, path))
    } else {
        aliased(project, from, path)
            .or_else(|| packages::workspace_package(project, from, path))
            .or_else(|| conventional(project, from, path))
    };
    match found {
        Some(file) => vec![ImportTarget::File(file)],
        None => vec![ImportTarget::External(module.to_owned())],
    }
}

/// The file of a path written without its extension, with the extension of the compiled file, or by its folder.
pub(super) fn file_or_folder(project: &ProjectFiles, path: &str) -> Option<String> {
    file(project, path).or_else(|| {
        if project.has_folder(path) {
            packages::folder_entry(project, path)
        } else {
            None
        }
    })
}

/// The file of a path, whatever stands for its extension.
pub(super) fn file(project: &ProjectFiles, path: &str) -> Option<String> {
    if path.is_empty() || path.starts_with("..") {
        return None;
    }
    if project.has_file(path) {
        return Some(path.to_owned());
    }
    for (compiled, sources) in COMPILED {
        if let Some(stem) = path.strip_suffix(compiled)
            && let Some(found) = with_extension(project, stem, sources)
        {
            return Some(found);
        }
    }
    with_extension(project, path, EXTENSIONS)
}

fn with_extension(project: &ProjectFiles, stem: &str, extensions: &[&str]) -> Option<String> {
    let mut path = String::with_capacity(stem.len() + 7);
    extensions.iter().find_map(|extension| {
        path.clear();
        path.push_str(stem);
        path.push_str(extension);
        project.has_file(&path).then(|| path.clone())
    })
}

/// `@/x` and `~/x` stand for the package's `src/x` (or `x`) in most project templates.
fn conventional(project: &ProjectFiles, from: &str, path: &str) -> Option<String> {
    let rest = path
        .strip_prefix("@/")
        .or_else(|| path.strip_prefix("~/"))?;
    let package = packages::package_folder(project, from);
    ["src", "app", ""].iter().find_map(|folder| {
        let base = join(&package, folder);
        file_or_folder(project, &join(&base, rest))
    })
}

// ---- tsconfig ----

/// The file that `paths` or `baseUrl` of a `tsconfig.json` at or above the importing file gives.
fn aliased(project: &ProjectFiles, from: &str, path: &str) -> Option<String> {
    aliased_below(project, folder_of(from), path)
}

/// The same for the files of a folder.
fn aliased_below(project: &ProjectFiles, folder: &str, path: &str) -> Option<String> {
    project.alias(folder, path, || {
        let own = ["tsconfig.json", "jsconfig.json"].iter().find_map(|name| {
            let config = join(folder, name);
            let is_there = project.has_manifest(&config);
            is_there.then(|| aliased_by(project, &config, path, 0))?
        });
        own.or_else(|| {
            let is_below = !folder.is_empty();
            is_below.then(|| aliased_below(project, folder_of(folder), path))?
        })
    })
}

fn aliased_by(project: &ProjectFiles, config: &str, path: &str, depth: usize) -> Option<String> {
    if depth > MAX_EXTENDS {
        return None;
    }
    let folder = folder_of(config);
    let base_url = project.setting(config, &["compilerOptions", "baseUrl"]);
    let base = join(folder, base_url.unwrap_or("."));
    let paths = project.settings_below(config, &["compilerOptions", "paths"]);
    if let Some(found) = matched(project, &base, &paths, path) {
        return Some(found);
    }
    if base_url.is_some()
        && let Some(found) = file_or_folder(project, &join(&base, path))
    {
        return Some(found);
    }
    let mut extended: Vec<&str> = project.setting(config, &["extends"]).into_iter().collect();
    extended.extend(
        project
            .settings_below(config, &["extends"])
            .into_iter()
            .rev()
            .map(|(_, value)| value),
    );
    // A solution's configuration holds nothing but references to those that compile.
    let referenced = project
        .settings_below(config, &["references"])
        .into_iter()
        .filter(|(key, _)| key.ends_with("path"))
        .map(|(_, value)| value);
    let referenced: Vec<&str> = if depth == 0 {
        referenced.collect()
    } else {
        Vec::new()
    };
    extended.into_iter().chain(referenced).find_map(|other| {
        let other = config_path(project, config, other)?;
        aliased_by(project, &other, path, depth + 1)
    })
}

/// The manifest that `extends` or a reference names.
fn config_path(project: &ProjectFiles, config: &str, named: &str) -> Option<String> {
    let path = if named.starts_with('.') || named.starts_with('/') {
        join(folder_of(config), named)
    } else {
        packages::package_path(project, config, named)?
    };
    [
        path.clone(),
        format!("{path}.json"),
        join(&path, "tsconfig.json"),
    ]
    .into_iter()
    .find(|candidate| project.has_manifest(candidate))
}

/// Matches `paths`: keys `alias⟨US⟩position`, the longest matching prefix first.
fn matched(
    project: &ProjectFiles,
    base: &str,
    paths: &[(&str, &str)],
    path: &str,
) -> Option<String> {
    let mut candidates: Vec<(usize, String)> = Vec::new();
    for (key, target) in paths {
        let pattern = key.split('\u{1f}').next().unwrap_or(key);
        if let Some((length, target)) = substitute(pattern, target, path) {
            candidates.push((length, target));
        }
    }
    candidates.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
    candidates
        .into_iter()
        .find_map(|(_, target)| file_or_folder(project, &join(base, &target)))
}

/// `@app/*` → `src/*` for `@app/x`: the length of the fixed part and `src/x`.
pub(super) fn substitute(pattern: &str, target: &str, path: &str) -> Option<(usize, String)> {
    match pattern.split_once('*') {
        None => (pattern == path).then(|| (usize::MAX, target.to_owned())),
        Some((before, after)) => {
            let star = path.strip_prefix(before)?.strip_suffix(after)?;
            Some((before.len(), target.replace('*', star)))
        }
    }
}
