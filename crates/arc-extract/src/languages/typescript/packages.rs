//! Packages: `package.json`, workspaces, and the way from a built file back to its source.

use super::imports::{file, substitute};
use crate::languages::EntryPoint;
use crate::project::{ProjectFiles, folder_of, join};

/// Conditions of `exports`, best first: sources before built files, code before types.
const CONDITIONS: &[&str] = &[
    "source",
    "development",
    "import",
    "module",
    "node",
    "default",
    "require",
    "browser",
    "types",
];

/// The same for what is required.
const REQUIRED_CONDITIONS: &[&str] = &[
    "source",
    "development",
    "require",
    "node",
    "default",
    "module",
    "import",
    "browser",
    "types",
];

/// The target of what `exports` closes.
const CLOSED: &str = "null";

/// Folders that builds write to.
const BUILT: &[&str] = &[
    "dist",
    "lib",
    "build",
    "out",
    "es",
    "esm",
    "cjs",
    "output",
    "types",
    "dist-types",
];

/// Stems of a package's entry file, below the package's folder.
const ENTRIES: &[&str] = &["index", "src/index", "src/main", "lib/index", "main", "mod"];

/// Versions that mean "the one in this repository".
const LOCAL_VERSIONS: &[&str] = &["workspace:", "file:", "link:", "portal:", "*"];

/// The folder of the package around a file; the root when there is none.
pub(super) fn package_folder(project: &ProjectFiles, from: &str) -> String {
    project
        .nearest_manifest(from, "package.json")
        .map_or_else(String::new, |manifest| folder_of(&manifest).to_owned())
}

/// The programs of `bin` in all packages.
pub(super) fn entry_points(project: &ProjectFiles) -> Vec<EntryPoint> {
    let mut programs = Vec::new();
    for manifest in project.manifests_named("package.json") {
        let folder = folder_of(manifest);
        let package = project.setting(manifest, &["name"]).unwrap_or("");
        let own = package.rsplit('/').next().unwrap_or(package);
        let single = project.setting(manifest, &["bin"]).map(|path| (own, path));
        let named = project.settings_below(manifest, &["bin"]);
        for (name, path) in single.into_iter().chain(named) {
            programs.extend(source_of(project, folder, path).map(|file| EntryPoint {
                name: name.to_owned(),
                file,
                entry: String::new(),
                package: folder.to_owned(),
            }));
        }
    }
    programs
}

/// `#name` of the nearest package's `imports`.
pub(super) fn package_import(project: &ProjectFiles, from: &str, path: &str) -> Option<String> {
    let manifest = project.nearest_manifest(from, "package.json")?;
    let settings = project.settings_below(&manifest, &["imports"]);
    let conditions = conditions_for(from);
    mapped(project, folder_of(&manifest), &settings, path, conditions)
}

/// The conditions that hold for what a file imports, best first. Where a file can only be CommonJS, it requires.
fn conditions_for(from: &str) -> &'static [&'static str] {
    if from.ends_with(".cjs") || from.ends_with(".cts") {
        REQUIRED_CONDITIONS
    } else {
        CONDITIONS
    }
}

/// The file of `name` or `name/sub/path` for a package of this repository.
pub(super) fn workspace_package(project: &ProjectFiles, from: &str, path: &str) -> Option<String> {
    let (name, subpath) = split_name(path)?;
    let manifest = find_package(project, from, name)?;
    entry(project, &manifest, subpath, conditions_for(from))
}

/// A path inside a package of this repository as it is written (`@scope/config/base.json`).
pub(super) fn package_path(project: &ProjectFiles, from: &str, path: &str) -> Option<String> {
    let (name, subpath) = split_name(path)?;
    let manifest = find_package(project, from, name)?;
    Some(join(folder_of(&manifest), subpath))
}

/// `@scope/name/sub` → `@scope/name`, `sub`.
fn split_name(path: &str) -> Option<(&str, &str)> {
    if path.contains(':') {
        return None;
    }
    let slashes = if path.starts_with('@') { 1 } else { 0 };
    let end = path
        .match_indices('/')
        .nth(slashes)
        .map_or(path.len(), |(at, _)| at);
    let rest = path.get(end + 1..).unwrap_or("");
    Some((&path[..end], rest))
}

/// The manifest of the package with this name, when it is one that imports of the repository mean.
fn find_package(project: &ProjectFiles, from: &str, name: &str) -> Option<String> {
    let manifests = project.manifests_with("package.json", "name", name);
    let own = project.nearest_manifest(from, "package.json");
    manifests
        .into_iter()
        .filter(|manifest| {
            own.as_ref() == Some(manifest)
                || is_local_dependency(project, from, name)
                || is_workspace_member(project, manifest)
        })
        // Of two packages with one name the nearer one is meant.
        .max_by_key(|manifest| {
            let shared = manifest
                .bytes()
                .zip(from.bytes())
                .take_while(|(a, b)| a == b)
                .count();
            (shared, std::cmp::Reverse(manifest.len()))
        })
}

fn is_local_dependency(project: &ProjectFiles, from: &str, name: &str) -> bool {
    let Some(own) = project.nearest_manifest(from, "package.json") else {
        return false;
    };
    [
        "dependencies",
        "devDependencies",
        "peerDependencies",
        "optionalDependencies",
    ]
    .iter()
    .filter_map(|group| project.setting(&own, &[group, name]))
    .any(|version| {
        LOCAL_VERSIONS
            .iter()
            .any(|local| version.starts_with(local))
    })
}

/// Whether a root above lists the package's folder among its workspaces.
fn is_workspace_member(project: &ProjectFiles, manifest: &str) -> bool {
    let member = folder_of(manifest);
    let mut folder = member;
    while !folder.is_empty() {
        folder = folder_of(folder);
        let relative = member
            .strip_prefix(folder)
            .unwrap_or(member)
            .trim_start_matches('/');
        let root = join(folder, "package.json");
        let mut patterns = project.settings_below(&root, &["workspaces"]);
        patterns
            .extend(project.settings_below(&join(folder, "pnpm-workspace.yaml"), &["packages"]));
        let patterns: Vec<&str> = patterns.into_iter().map(|(_, pattern)| pattern).collect();
        let is_listed = patterns
            .iter()
            .any(|pattern| !pattern.starts_with('!') && matches_glob(pattern, relative));
        let is_excluded = patterns
            .iter()
            .filter_map(|pattern| pattern.strip_prefix('!'))
            .any(|pattern| matches_glob(pattern, relative));
        if is_listed && !is_excluded {
            return true;
        }
    }
    false
}

/// A workspace pattern: `*` is one folder, `**` any number of them.
fn matches_glob(pattern: &str, path: &str) -> bool {
    let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
    let wanted: Vec<&str> = pattern.split('/').collect();
    let given: Vec<&str> = path.split('/').collect();
    matches_parts(&wanted, &given)
}

fn matches_parts(wanted: &[&str], given: &[&str]) -> bool {
    match (wanted.split_first(), given.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) => {
            matches_parts(rest, given)
                || given
                    .split_first()
                    .is_some_and(|(_, given)| matches_parts(wanted, given))
        }
        (Some((first, wanted)), Some((part, given))) => {
            matches_part(first, part) && matches_parts(wanted, given)
        }
        _ => false,
    }
}

fn matches_part(wanted: &str, part: &str) -> bool {
    match wanted.split_once('*') {
        None => wanted == part,
        Some((before, after)) => {
            part.len() >= before.len() + after.len()
                && part.starts_with(before)
                && part.ends_with(after)
        }
    }
}

/// The file of a folder that is imported: its package's entry, else its `index`.
pub(super) fn folder_entry(project: &ProjectFiles, folder: &str) -> Option<String> {
    let manifest = join(folder, "package.json");
    if project.has_manifest(&manifest)
        && let Some(found) = entry(project, &manifest, "", CONDITIONS)
    {
        return Some(found);
    }
    file(project, &join(folder, "index"))
}

/// The file of a package's subpath ("" for the package itself).
fn entry(
    project: &ProjectFiles,
    manifest: &str,
    subpath: &str,
    conditions: &[&str],
) -> Option<String> {
    let folder = folder_of(manifest);
    let key = if subpath.is_empty() {
        ".".to_owned()
    } else {
        format!("./{subpath}")
    };
    let exports = project.settings_below(manifest, &["exports"]);
    if let Some(found) = mapped(project, folder, &exports, &key, conditions) {
        return Some(found);
    }
    if subpath.is_empty() {
        if let Some(target) = project.setting(manifest, &["exports"])
            && let Some(found) = source_of(project, folder, target)
        {
            return Some(found);
        }
        let fields = ["source", "module", "main", "types", "typings"];
        for field in fields {
            if let Some(target) = project.setting(manifest, &[field])
                && let Some(found) = source_of(project, folder, target)
            {
                return Some(found);
            }
        }
        return ENTRIES
            .iter()
            .find_map(|entry| file(project, &join(folder, entry)));
    }
    // What `exports` leaves out cannot be imported. A file that it offers may be built, and its source lie elsewhere.
    let is_closed = !exports.is_empty() || project.setting(manifest, &["exports"]).is_some();
    if is_closed && subpath != "package.json" && !is_offered(&exports, &key) {
        return None;
    }
    file_or_subfolder(project, folder, subpath)
        .or_else(|| file_or_subfolder(project, &join(folder, "src"), subpath))
        .or_else(|| source_of(project, folder, subpath))
}

/// Whether `exports` has a target for a subpath.
fn is_offered(exports: &[(&str, &str)], subpath: &str) -> bool {
    let fitting = exports.iter().filter_map(|(key, target)| {
        let pattern = key.split('\u{1f}').next().unwrap_or("");
        let fixed = substitute(pattern, target, subpath).map(|(length, _)| length);
        // `null` closes what another pattern would offer.
        let fixed = fixed.filter(|_| pattern.starts_with('.'));
        fixed.map(|length| (length, *target != CLOSED))
    });
    fitting.max().is_some_and(|(_, is_open)| is_open)
}

fn file_or_subfolder(project: &ProjectFiles, folder: &str, subpath: &str) -> Option<String> {
    let path = join(folder, subpath);
    file(project, &path).or_else(|| file(project, &join(&path, "index")))
}

/// A target of `exports` or `imports` for `path`. Settings have keys `subpath⟨US⟩condition⟨US⟩…`, or conditions alone.
fn mapped(
    project: &ProjectFiles,
    folder: &str,
    settings: &[(&str, &str)],
    path: &str,
    known: &[&str],
) -> Option<String> {
    let mut candidates: Vec<(std::cmp::Reverse<usize>, usize, String)> = Vec::new();
    for (key, target) in settings {
        let mut parts = key.split('\u{1f}');
        let first = parts.next().unwrap_or("");
        let is_subpath = first.starts_with(['.', '#']);
        let pattern = if is_subpath { first } else { "." };
        let conditions = if is_subpath {
            parts.collect::<Vec<_>>()
        } else {
            key.split('\u{1f}').collect()
        };
        if let Some((length, target)) = substitute(pattern, target, path) {
            let rank = conditions
                .iter()
                .map(|condition| {
                    let position = known.iter().position(|known| known == condition);
                    position.unwrap_or(0)
                })
                .max()
                .unwrap_or(0);
            candidates.push((std::cmp::Reverse(length), rank, target));
        }
    }
    candidates.sort();
    // The longest pattern decides, also where it says that nothing is there.
    let longest = candidates.first().map(|(length, _, _)| *length);
    let mut nearest = candidates
        .iter()
        .take_while(|(length, _, _)| Some(*length) == longest);
    if nearest.all(|(_, _, target)| target == CLOSED) {
        return None;
    }
    candidates.into_iter().find_map(|(_, _, target)| {
        if target.starts_with('.') {
            source_of(project, folder, &target)
        } else {
            None
        }
    })
}

/// The source of a built file: itself if it is in the repository, else the file at the same place below `src`.
fn source_of(project: &ProjectFiles, folder: &str, target: &str) -> Option<String> {
    let path = join(folder, target);
    if let Some(found) = file_or_folder_plain(project, &path) {
        return Some(found);
    }
    let relative = join("", target);
    let mut parts: Vec<&str> = relative.split('/').collect();
    let built = parts.iter().take_while(|part| BUILT.contains(part)).count();
    if built == 0 {
        return None;
    }
    let rest = parts.split_off(built);
    let rest = rest.join("/");
    let stem = rest
        .strip_suffix(".d.ts")
        .or_else(|| rest.rsplit_once('.').map(|(stem, _)| stem))
        .unwrap_or(&rest);
    // `index.cjs.js`, `index.esm.mjs`, `index.prod.js`
    let short = stem.split('.').next().unwrap_or(stem);
    let inner = rest
        .strip_prefix("src/")
        .unwrap_or(stem)
        .trim_end_matches(".js");
    [
        join("src", stem),
        stem.to_owned(),
        join("src", short),
        join("src", inner),
        short.to_owned(),
    ]
    .iter()
    .find_map(|candidate| file(project, &join(folder, candidate)))
}

fn file_or_folder_plain(project: &ProjectFiles, path: &str) -> Option<String> {
    file(project, path).or_else(|| file(project, &join(path, "index")))
}
