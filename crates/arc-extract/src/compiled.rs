//! Where the compiler looks for headers, as a compilation database says.

use std::collections::{BTreeMap, HashMap};

use crate::project::ProjectFiles;

/// The settings of a database that list folders: those of one set, a line each.
pub(crate) const INCLUDE_FOLDERS: &str = "include folders";
/// The settings of a database that say which set of folders is a file's.
pub(crate) const COMPILED: &str = "compiled";

/// Files that say where the root of the project was when the database was written.
const MAX_VOTES: usize = 200;

/// Folders of headers by compiled file.
#[derive(Debug, Default)]
pub(crate) struct IncludeFolders {
    by_file: HashMap<String, usize>,
    sets: Vec<Vec<String>>,
    /// For headers and for files that the databases leave out.
    all: Vec<String>,
}

impl IncludeFolders {
    pub(crate) fn new(project: &ProjectFiles) -> IncludeFolders {
        let mut folders = IncludeFolders::default();
        for manifest in project.manifests_named("compile_commands.json") {
            folders.add(project, manifest);
        }
        folders
    }

    fn add(&mut self, project: &ProjectFiles, manifest: &str) {
        let compiled = project.settings_below(manifest, &[COMPILED]);
        let root = root_of(project, compiled.iter().map(|(file, _)| *file));
        let inside = |path: &str| -> Option<String> {
            if !path.starts_with('/') {
                return Some(path.to_owned());
            }
            let rest = path.strip_prefix(root.as_deref()?)?;
            match rest.strip_prefix('/') {
                Some(rest) => Some(rest.to_owned()),
                None => rest.is_empty().then(String::new),
            }
        };
        let first = self.sets.len();
        for (_, set) in project.settings_below(manifest, &[INCLUDE_FOLDERS]) {
            let set: Vec<String> = set.split('\n').filter_map(inside).collect();
            for folder in &set {
                if !self.all.contains(folder) {
                    self.all.push(folder.clone());
                }
            }
            self.sets.push(set);
        }
        for (file, set) in compiled {
            if let (Some(file), Ok(set)) = (inside(file), set.parse::<usize>()) {
                self.by_file.entry(file).or_insert(first + set);
            }
        }
    }

    /// The folders in which the headers of a file are looked for, in order; none without a database.
    pub(crate) fn of(&self, file: &str) -> &[String] {
        let set = self.by_file.get(file).and_then(|set| self.sets.get(*set));
        set.unwrap_or(&self.all)
    }
}

/// The folder outside that the project's paths start from in a database: what most of its files have before a path that
/// the project knows.
fn root_of<'a>(project: &ProjectFiles, files: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
    for file in files.filter(|file| file.starts_with('/')).take(MAX_VOTES) {
        // From the longest path inside to the shortest.
        let mut slashes = file.match_indices('/').map(|(at, _)| at);
        if let Some(end) = slashes.find(|at| project.has_file(&file[at + 1..])) {
            *votes.entry(&file[..end]).or_default() += 1;
        }
    }
    let best = votes
        .iter()
        .max_by_key(|(root, count)| (**count, std::cmp::Reverse(root.len())));
    best.map(|(root, _)| (*root).to_owned())
}
