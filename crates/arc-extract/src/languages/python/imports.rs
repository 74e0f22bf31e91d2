//! Import statements, and the files that their modules are.

use tree_sitter::Node;

use super::lower::Lowering;
use super::{names, roots};
use crate::facts::{Expr, ExprId, ImportId, Role, SymbolId, import_flag};
use crate::project::{ImportTarget, ProjectFiles, folder_of, join};

impl<'s> Lowering<'s, '_> {
    /// `import a.b, c as d`.
    pub(super) fn import_statement(&mut self, node: Node<'s>) {
        let name_field = self.syntax.fields.name;
        let children = self.children(node);
        for index in children.clone() {
            let child = self.child_at(index);
            if child.field != name_field {
                continue;
            }
            let line = self.line(child.node);
            let flags = self.import_flags;
            let (path, alias) = self.imported(child.node);
            let module = compact(path);
            if let Some(alias) = alias {
                let import = self.facts.import(&module, None, line, flags);
                self.bind_import(alias, import, line);
            } else if let Some((package, _)) = module.split_once('.') {
                // `import a.b` runs `a.b` and gives the name `a`.
                let flags_of_package = flags | import_flag::IMPLICIT;
                let import = self.facts.import(package, None, line, flags_of_package);
                self.facts.import(&module, None, line, flags);
                self.bind_import(package, import, line);
            } else {
                let import = self.facts.import(&module, None, line, flags);
                self.bind_import(&module, import, line);
            }
        }
        self.release(children);
    }

    /// `from a.b import c as d, e` and `from a import *`.
    pub(super) fn import_from(&mut self, node: Node<'s>) {
        let fields = &self.syntax.fields;
        let name_field = fields.name;
        let Some(module) = self.field(node, fields.module_name) else {
            return;
        };
        let module = compact(self.text_of(module));
        let flags = self.import_flags;
        let children = self.children(node);
        for index in children.clone() {
            let child = self.child_at(index);
            let line = self.line(child.node);
            if child.field == name_field {
                let (path, alias) = self.imported(child.node);
                let name = compact(path);
                let import = self.facts.import(&module, Some(&name), line, flags);
                self.bind_import(alias.unwrap_or(&name), import, line);
            } else if child.node.kind() == "wildcard_import" {
                self.facts
                    .import(&module, None, line, flags | import_flag::STAR);
            }
        }
        self.release(children);
    }

    /// A type variable that another module makes. Should the name stand for a class there, that is its bound, and means the
    /// same to whoever has one.
    pub(super) fn note_variable_of_another(&mut self, text: &str, line: u32) {
        let name = self.facts.name(text);
        if !self.type_variables.contains_key(&name) {
            let bound = self.facts.name_expr(text, line, Role::Silent);
            self.type_variables.insert(name, bound);
        }
    }

    /// Path and alias of one imported name.
    fn imported(&self, node: Node<'s>) -> (&'s str, Option<&'s str>) {
        let fields = &self.syntax.fields;
        match self.field(node, fields.alias) {
            Some(alias) => (
                self.field(node, fields.name)
                    .map_or("", |name| self.text_of(name)),
                Some(self.text_of(alias)),
            ),
            None => (self.text_of(node), None),
        }
    }

    fn bind_import(&mut self, local: &str, import: ImportId, line: u32) {
        let value = self.facts.expr(Expr::Import(import), line, Role::Silent);
        let name = self.facts.name(local);
        if looks_like_a_variable(local) {
            self.note_variable_of_another(local, line);
        }
        self.frames.set_local(name, false);
        let scope = self.assigning_block();
        self.push_binding(name, scope, value, ExprId::NONE, SymbolId::NONE, line);
    }
}

/// Whether an imported name is spelled as type variables are: `T`, `_T`, `T_co`, `KT`.
fn looks_like_a_variable(name: &str) -> bool {
    let name = name.trim_start_matches('_');
    let name = ["_co", "_contra"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(name);
    match name.as_bytes() {
        [letter] => letter.is_ascii_uppercase(),
        [letter, b'T'] => letter.is_ascii_uppercase(),
        _ => false,
    }
}

/// A dotted path without blanks and line ends.
fn compact(path: &str) -> String {
    path.chars()
        .filter(|c| !c.is_whitespace() && *c != '\\')
        .collect()
}

/// The files that an import names.
///
/// With a `name`, the package's own file comes first and the submodule of that name second: the resolver looks the name
/// up in the first, and if it is not there takes the target whose file is the submodule.
pub(super) fn resolve(
    project: &ProjectFiles,
    from: &str,
    module: &str,
    name: Option<&str>,
) -> Vec<ImportTarget> {
    let dots = module.bytes().take_while(|byte| *byte == b'.').count();
    let path = module[dots..].replace('.', "/");
    if dots > 0 {
        let mut folder = folder_of(from);
        for _ in 1..dots {
            if folder.is_empty() {
                return Vec::new();
            }
            folder = folder_of(folder);
        }
        return files_of(project, &join(folder, &path), name);
    }
    let folder = folder_of(from);
    let roots = project.search_path(folder, || roots::search_path(project, folder));
    let top = module.split('.').next().unwrap_or(module);
    for root in roots.iter() {
        if roots::is_inside_package(project, root, folder) && is_standard(top) {
            continue;
        }
        let found = files_of(project, &join(root, &path), name);
        if !found.is_empty() {
            return found;
        }
    }
    vec![ImportTarget::External(module.to_owned())]
}

fn is_standard(module: &str) -> bool {
    names::STANDARD_MODULES.binary_search(&module).is_ok()
}

/// The files of the module at `base` (a path without suffix), and of its submodule `name`.
fn files_of(project: &ProjectFiles, base: &str, name: Option<&str>) -> Vec<ImportTarget> {
    let mut files = Vec::new();
    push_module(project, base, &mut files);
    if let Some(name) = name
        && (files.is_empty() || files.iter().any(|file| is_package_file(file)))
        && (base.is_empty() || project.has_folder(base))
    {
        push_module(project, &join(base, name), &mut files);
    }
    files.into_iter().map(ImportTarget::File).collect()
}

fn is_package_file(path: &str) -> bool {
    path.ends_with("/__init__.py")
        || path.ends_with("/__init__.pyi")
        || path.starts_with("__init__.py")
}

/// Adds the file of the module at `base`; its stub comes after the code it describes.
fn push_module(project: &ProjectFiles, base: &str, files: &mut Vec<String>) {
    let package = |suffix: &str| {
        if base.is_empty() {
            format!("__init__{suffix}")
        } else {
            format!("{base}/__init__{suffix}")
        }
    };
    let before = files.len();
    files.extend(
        [package(".py"), package(".pyi")]
            .into_iter()
            .filter(|path| project.has_file(path)),
    );
    if files.len() == before && !base.is_empty() {
        files.extend(
            [format!("{base}.py"), format!("{base}.pyi")]
                .into_iter()
                .filter(|path| project.has_file(path)),
        );
    }
}
