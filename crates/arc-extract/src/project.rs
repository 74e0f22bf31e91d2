//! The files of a project as imports see them: which paths exist, and what the manifests say. No source is read here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::compiled::IncludeFolders;
use crate::modules::Modules;

/// What an import names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ImportTarget {
    /// A file of the project, by path. The import's `name` is looked up in it.
    File(String),
    /// A namespace shared by several files (a Java or Go package, a C# namespace), by the label that the files give it.
    Namespace(String),
    /// A module outside the project, by its full name (`os.path`, `react`, `java.util`).
    External(String),
    /// The same for one name that is taken from it, if neither it nor a namespace around it is one of the project.
    Foreign(String),
}

/// The manifests that have a value.
type ManifestsByValue = HashMap<String, Vec<String>>;

/// What imports stand for.
type Aliases = HashMap<String, Option<String>>;

/// The project's files and manifests.
#[derive(Debug, Default)]
pub(crate) struct ProjectFiles {
    /// Sorted.
    paths: Vec<String>,
    /// Manifest path to its settings, keys joined by U+001F.
    manifests: HashMap<String, Vec<(String, String)>>,
    /// Folder (without a final `/`, "" for the root) to the paths directly inside it, as a range of `paths` by scan.
    folders: HashMap<String, Vec<u32>>,
    /// By file name and key, the manifests that have each value there; made when first asked for.
    indexes: Mutex<HashMap<(String, String), ManifestsByValue>>,
    /// File name to positions in `paths`; made when first asked for.
    names: OnceLock<HashMap<String, Vec<u32>>>,
    /// Folder to those in which imports of its files are searched; noted when first asked for.
    search_paths: Mutex<HashMap<String, Arc<[String]>>>,
    /// Folder to what imports of its files that are no paths stand for; noted when first asked for.
    aliases: Mutex<HashMap<String, Aliases>>,
    /// Made when first asked for.
    modules: OnceLock<Modules>,
    /// Made when first asked for.
    include_folders: OnceLock<IncludeFolders>,
}

impl ProjectFiles {
    /// `paths` in any order; `manifests` by path.
    pub(crate) fn new(
        mut paths: Vec<String>,
        manifests: HashMap<String, Vec<(String, String)>>,
    ) -> ProjectFiles {
        paths.sort_unstable();
        paths.dedup();
        let mut folders: HashMap<String, Vec<u32>> = HashMap::new();
        for (index, path) in paths.iter().enumerate() {
            folders
                .entry(folder_of(path).to_owned())
                .or_default()
                .push(index as u32);
            let mut folder = folder_of(path);
            // Folders that only hold folders exist as well.
            while !folder.is_empty() {
                folder = folder_of(folder);
                if folders.contains_key(folder) {
                    break;
                }
                folders.insert(folder.to_owned(), Vec::new());
            }
        }
        ProjectFiles {
            paths,
            manifests,
            folders,
            indexes: Mutex::default(),
            names: OnceLock::new(),
            search_paths: Mutex::default(),
            aliases: Mutex::default(),
            modules: OnceLock::new(),
            include_folders: OnceLock::new(),
        }
    }

    /// The folders in which imports of the files of a folder are searched. `find` must ask nothing but the folder.
    pub(crate) fn search_path(
        &self,
        folder: &str,
        find: impl FnOnce() -> Vec<String>,
    ) -> Arc<[String]> {
        let known = || {
            self.search_paths
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(found) = known().get(folder) {
            return Arc::clone(found);
        }
        let found: Arc<[String]> = find().into();
        known().insert(folder.to_owned(), Arc::clone(&found));
        found
    }

    /// What an import of the files of a folder stands for. `find` must ask nothing but the folder and the import.
    pub(crate) fn alias(
        &self,
        folder: &str,
        import: &str,
        find: impl FnOnce() -> Option<String>,
    ) -> Option<String> {
        let known = || self.aliases.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(folder).and_then(|of| of.get(import)) {
            return found.clone();
        }
        let found = find();
        let mut known = known();
        let of_folder = known.entry(folder.to_owned()).or_default();
        of_folder.insert(import.to_owned(), found.clone());
        found
    }

    /// The files of this name in any folder, sorted.
    pub(crate) fn files_named(&self, file_name: &str) -> impl Iterator<Item = &str> {
        let names = self.names.get_or_init(|| {
            let mut names: HashMap<String, Vec<u32>> = HashMap::new();
            for (index, path) in self.paths.iter().enumerate() {
                let name = path.rsplit('/').next().unwrap_or(path);
                names.entry(name.to_owned()).or_default().push(index as u32);
            }
            names
        });
        names
            .get(file_name)
            .into_iter()
            .flatten()
            .map(|index| self.paths[*index as usize].as_str())
    }

    /// All paths, sorted.
    pub(crate) fn paths(&self) -> &[String] {
        &self.paths
    }

    /// Whether there is such a file.
    pub(crate) fn has_file(&self, path: &str) -> bool {
        self.paths
            .binary_search_by(|known| known.as_str().cmp(path))
            .is_ok()
    }

    /// Whether there is such a folder (with a file somewhere below it).
    pub(crate) fn has_folder(&self, path: &str) -> bool {
        self.folders.contains_key(path)
    }

    /// The files directly in a folder, sorted.
    pub(crate) fn files_in(&self, folder: &str) -> impl Iterator<Item = &str> {
        self.folders
            .get(folder)
            .into_iter()
            .flatten()
            .map(|index| self.paths[*index as usize].as_str())
    }

    /// Paths of manifests with this file name, sorted.
    pub(crate) fn manifests_named(&self, file_name: &str) -> Vec<&str> {
        let mut found: Vec<&str> = self
            .manifests
            .keys()
            .map(String::as_str)
            .filter(|path| path.rsplit('/').next() == Some(file_name))
            .collect();
        found.sort_unstable();
        found
    }

    /// Paths of manifests with this setting, in no order.
    pub(crate) fn manifests_where(&self, key: &str) -> Vec<&str> {
        let has = |settings: &[(String, String)]| settings.iter().any(|(known, _)| known == key);
        let with = self.manifests.iter().filter(|(_, settings)| has(settings));
        with.map(|(path, _)| path.as_str()).collect()
    }

    /// The folders in which the compiler looks for the headers of a file, as far as a compilation database says.
    pub(crate) fn include_folders(&self, file: &str) -> &[String] {
        self.include_folders
            .get_or_init(|| IncludeFolders::new(self))
            .of(file)
    }

    /// How many steps of dependency lie between the modules of two files; see [`Modules::distance`].
    pub(crate) fn module_distance(&self, from: &str, to: &str) -> u32 {
        self.modules
            .get_or_init(|| Modules::new(self))
            .distance(from, to)
    }

    /// Whether this file is a manifest that was read.
    pub(crate) fn has_manifest(&self, path: &str) -> bool {
        self.manifests.contains_key(path)
    }

    /// Paths of manifests with this file name in which the top-level key `key` has this value, sorted.
    pub(crate) fn manifests_with(&self, file_name: &str, key: &str, value: &str) -> Vec<String> {
        let index = (file_name.to_owned(), key.to_owned());
        let mut indexes = self
            .indexes
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        indexes
            .entry(index)
            .or_insert_with(|| self.index_manifests(file_name, key))
            .get(value)
            .cloned()
            .unwrap_or_default()
    }

    fn index_manifests(&self, file_name: &str, key: &str) -> HashMap<String, Vec<String>> {
        let mut index: HashMap<String, Vec<String>> = HashMap::new();
        for path in self.manifests_named(file_name) {
            if let Some(value) = self.setting(path, &[key]) {
                index
                    .entry(value.to_owned())
                    .or_default()
                    .push(path.to_owned());
            }
        }
        index
    }

    /// One setting of a manifest.
    pub(crate) fn setting(&self, manifest: &str, keys: &[&str]) -> Option<&str> {
        let key = keys.join("\u{1f}");
        let settings = self.manifests.get(manifest)?;
        settings
            .iter()
            .find(|(known, _)| *known == key)
            .map(|(_, value)| value.as_str())
    }

    /// All settings of a manifest below `keys`: the remaining keys joined by U+001F, and the value, in order of writing.
    pub(crate) fn settings_below<'a>(
        &'a self,
        manifest: &str,
        keys: &[&str],
    ) -> Vec<(&'a str, &'a str)> {
        let mut prefix = keys.join("\u{1f}");
        if !prefix.is_empty() {
            prefix.push('\u{1f}');
        }
        let Some(settings) = self.manifests.get(manifest) else {
            return Vec::new();
        };
        settings
            .iter()
            .filter_map(|(key, value)| Some((key.strip_prefix(prefix.as_str())?, value.as_str())))
            .collect()
    }

    /// The manifest of this file name in the nearest folder at or above `path`.
    pub(crate) fn nearest_manifest(&self, path: &str, file_name: &str) -> Option<String> {
        let mut folder = folder_of(path);
        loop {
            let candidate = join(folder, file_name);
            if self.manifests.contains_key(&candidate) {
                return Some(candidate);
            }
            if folder.is_empty() {
                return None;
            }
            folder = folder_of(folder);
        }
    }
}

/// The folder of a path, "" for the root.
pub(crate) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Joins and normalises: `a/b` and `../c` make `a/c`. A path that leaves the root keeps its `..` and names nothing.
pub(crate) fn join(folder: &str, relative: &str) -> String {
    let mut parts: Vec<&str> = if relative.starts_with('/') {
        Vec::new()
    } else {
        folder.split('/').collect()
    };
    parts.retain(|part| !part.is_empty());
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}
