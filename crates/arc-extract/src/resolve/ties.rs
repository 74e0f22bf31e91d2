//! Import texts tied to what they name: files, namespaces, what lies outside.

use smallvec::SmallVec;

use crate::facts::import_flag;
use crate::project::ImportTarget;
use crate::resolve::program::{Program, Target};
use crate::resolve::values::NameId;

impl Program<'_> {
    /// What the import text names for a file, in its language.
    pub(super) fn resolve_module(
        &self,
        from: u32,
        module: &str,
        name: Option<&str>,
    ) -> SmallVec<[Target; 2]> {
        let key = (
            from,
            self.intern(module),
            name.map_or(NameId::NONE, |name| self.intern(name)),
        );
        let known = self
            .modules
            .read()
            .expect("no thread panics while it holds the lock")
            .get(&key)
            .cloned();
        if let Some(known) = known {
            return known;
        }
        let file = self.file(from);
        let mut found = file
            .language
            .resolve_import(&self.project, &file.path, module, name);
        let separator = file.semantics.separator;
        found.retain(|target| match target {
            // A star import may bring any name: what nobody has stays a name that nobody has.
            ImportTarget::Foreign(label) => name.is_some() && self.is_foreign(label, separator),
            ImportTarget::File(_) | ImportTarget::Namespace(_) | ImportTarget::External(_) => true,
        });
        let found = self.targets(found);
        self.modules
            .write()
            .expect("no thread panics while it holds the lock")
            .insert(key, found.clone());
        found
    }

    /// Whether neither this namespace nor one around it is declared by the project.
    fn is_foreign(&self, label: &str, separator: &str) -> bool {
        let mut around = std::iter::successors(Some(label), |inner| {
            inner.rsplit_once(separator).map(|(outer, _)| outer)
        });
        !around.any(|label| {
            let label = self.known(label);
            let files = label.map_or(&[][..], |label| self.namespace_files(label));
            files
                .iter()
                .any(|file| (*file as usize) < self.project_files)
        })
    }

    /// The target of `from module import name` that is the submodule `name`, not a file that may define the name.
    pub(super) fn submodule_among(
        &self,
        from: u32,
        module: &str,
        name: Option<&str>,
        found: &[Target],
    ) -> Option<Target> {
        let name = name?;
        let has_name = |target: &&Target| match target {
            Target::File(file) => stem_of(&self.file(*file).path) == name,
            Target::Namespace(_) | Target::Outside(_) => false,
        };
        let candidate = found.iter().find(has_name)?;
        let package = self.resolve_module(from, module, None);
        (!package.contains(candidate)).then_some(*candidate)
    }

    pub(super) fn targets(&self, found: Vec<ImportTarget>) -> SmallVec<[Target; 2]> {
        let known = found.into_iter().filter_map(|target| match target {
            ImportTarget::File(path) => self.file_at(&path).map(Target::File),
            ImportTarget::Namespace(label) => {
                Some(Target::Namespace(self.meant(self.intern(&label))))
            }
            ImportTarget::External(name) | ImportTarget::Foreign(name) => {
                Some(Target::Outside(self.outside(&name)))
            }
        });
        known.collect()
    }

    /// Of files in `is_tied` it is known what their imports name.
    pub(super) fn tie_imports(&mut self, is_tied: &[bool]) {
        self.parents = vec![None; self.files.len()];
        for index in 0..self.files.len() as u32 {
            let is_tied = is_tied[index as usize];
            let file = self.file(index);
            let mut targets = Vec::with_capacity(file.facts.imports.len());
            let mut named = Vec::with_capacity(file.facts.imports.len());
            let mut submodules = Vec::new();
            let mut texts = Vec::new();
            for (at, import) in file.facts.imports.iter().enumerate() {
                let module = file.facts.text(import.module);
                let name = import.name.is_some().then(|| file.facts.text(import.name));
                // Names by a path, unless they are those of a text that becomes part of the file.
                let is_path = file.semantics.imports_are_paths
                    && import.flags & (import_flag::STAR | import_flag::INCLUDE)
                        == import_flag::STAR;
                let found = if is_path {
                    SmallVec::new()
                } else if is_tied {
                    file.targets[at].clone()
                } else {
                    self.resolve_module(index, module, name)
                };
                if import.flags & import_flag::SUBMODULE != 0
                    && let Some(Target::File(child)) = found.first()
                {
                    submodules.push((*child, import.block));
                }
                if import.flags & import_flag::INCLUDE != 0
                    && file.semantics.imports_are_paths
                    && let Some(Target::File(text)) = found.first()
                    && *text != index
                {
                    texts.push((*text, import.block));
                }
                named.push(if is_tied {
                    file.submodules[at]
                } else {
                    self.submodule_among(index, module, name, &found)
                });
                targets.push(found);
            }
            for (child, block) in submodules {
                // The first declaration wins; a file declared twice (`#[path]`) keeps one parent.
                self.parents[child as usize].get_or_insert((index, block));
            }
            for (text, block) in texts {
                // A text included twice is read as part of the first file.
                self.surroundings.entry(text).or_insert((index, block));
            }
            self.files[index as usize].targets = targets;
            self.files[index as usize].submodules = named;
        }
    }
}

/// What a file is called as a module: its name without the extension, or the folder that it stands for.
pub(super) fn stem_of(path: &str) -> &str {
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
    stem.rsplit('/').next().unwrap_or(stem)
}
