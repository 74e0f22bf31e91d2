//! The modules of a build: folders with a build file, and which of them each is built from.

use std::collections::{HashMap, VecDeque};

use crate::project::{ProjectFiles, folder_of};

/// The setting that makes the folder of a manifest a module: the name under which others need it, which may be empty.
pub(crate) const MODULE_NAME: &str = "module name";
/// The settings that list what a module needs: names, or paths of folders that start with `:`.
pub(crate) const MODULE_NEEDS: &str = "module needs";

/// Modules on the way from one to another that are looked at.
const MAX_HOPS: u32 = 12;

/// The modules of a project.
#[derive(Debug, Default)]
pub(crate) struct Modules {
    /// By folder, the position of the module.
    by_folder: HashMap<String, usize>,
    /// For each module how many steps away those are that it is built from; itself 0.
    distances: Vec<HashMap<usize, u32>>,
}

impl Modules {
    pub(crate) fn new(project: &ProjectFiles) -> Modules {
        let mut manifests = project.manifests_where(MODULE_NAME);
        manifests.sort_unstable();
        let mut by_folder: HashMap<String, usize> = HashMap::new();
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut folders: Vec<&str> = Vec::new();
        let mut needs: Vec<Vec<&str>> = Vec::new();
        for manifest in manifests {
            let folder = folder_of(manifest);
            let module = *by_folder.entry(folder.to_owned()).or_insert_with(|| {
                folders.push(folder);
                needs.push(Vec::new());
                folders.len() - 1
            });
            if let Some(name) = project.setting(manifest, &[MODULE_NAME]) {
                by_name.entry(name).or_default().push(module);
            }
            let listed = project.settings_below(manifest, &[MODULE_NEEDS]);
            needs[module].extend(listed.iter().map(|(_, name)| *name));
        }
        let find = |name: &str| match name.strip_prefix(':') {
            Some(path) => {
                let path = path.replace(':', "/");
                let ends = |folder: &str| {
                    folder
                        .strip_suffix(path.as_str())
                        .is_some_and(|before| before.is_empty() || before.ends_with('/'))
                };
                // The shallowest: nested builds repeat names.
                (0..folders.len())
                    .filter(|module| ends(folders[*module]))
                    .min_by_key(|module| folders[*module].len())
            }
            None => match by_name.get(name).map(Vec::as_slice) {
                Some([only]) => Some(*only),
                _ => None,
            },
        };
        let direct: Vec<Vec<usize>> = needs
            .iter()
            .map(|names| names.iter().filter_map(|name| find(name)).collect())
            .collect();
        let distances = (0..folders.len())
            .map(|start| reached(start, &direct))
            .collect();
        Modules {
            by_folder,
            distances,
        }
    }

    /// How many steps of dependency lie between the modules of two files, `u32::MAX` when the one is not built from the
    /// other; 0 where there are no modules.
    pub(crate) fn distance(&self, from: &str, to: &str) -> u32 {
        if self.by_folder.len() < 2 {
            return 0;
        }
        match (self.module_of(from), self.module_of(to)) {
            (Some(from), Some(to)) => self.distances[from].get(&to).copied().unwrap_or(u32::MAX),
            _ => 0,
        }
    }

    fn module_of(&self, path: &str) -> Option<usize> {
        let mut folder = folder_of(path);
        loop {
            if let Some(module) = self.by_folder.get(folder) {
                return Some(*module);
            }
            if folder.is_empty() {
                return None;
            }
            folder = folder_of(folder);
        }
    }
}

fn reached(start: usize, direct: &[Vec<usize>]) -> HashMap<usize, u32> {
    let mut distances = HashMap::from([(start, 0)]);
    let mut open = VecDeque::from([(start, 0)]);
    while let Some((module, distance)) = open.pop_front() {
        if distance >= MAX_HOPS {
            continue;
        }
        for next in &direct[module] {
            if !distances.contains_key(next) {
                distances.insert(*next, distance + 1);
                open.push_back((*next, distance + 1));
            }
        }
    }
    distances
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_as_far_as_their_dependencies() {
        let manifest = |path: &str, name: &str, needs: &[&str]| {
            let mut settings = vec![(MODULE_NAME.to_owned(), name.to_owned())];
            for (at, need) in needs.iter().enumerate() {
                settings.push((format!("{MODULE_NEEDS}\u{1f}{at}"), (*need).to_owned()));
            }
            (path.to_owned(), settings)
        };
        let manifests = [
            manifest("core/pom.xml", "shop-core", &[]),
            manifest("api/pom.xml", "shop-api", &["shop-core", "junit"]),
            manifest("app/build.gradle", "", &[":api"]),
            manifest("other/build.gradle", "", &[":app"]),
        ];
        let paths = manifests.iter().map(|(path, _)| path.clone()).collect();
        let project = ProjectFiles::new(paths, manifests.into_iter().collect());
        let modules = Modules::new(&project);
        assert_eq!(modules.distance("app/src/A.java", "app/src/B.java"), 0);
        assert_eq!(modules.distance("app/src/A.java", "core/src/B.java"), 2);
        assert_eq!(
            modules.distance("core/src/A.java", "app/src/B.java"),
            u32::MAX
        );
        assert_eq!(modules.distance("outside/A.java", "app/src/B.java"), 0);
    }
}
