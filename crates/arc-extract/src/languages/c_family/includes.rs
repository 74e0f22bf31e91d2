//! What an `#include` names, and what `using namespace` does.

use tree_sitter::Node;

use super::lower::Lowering;
use crate::facts::import_flag;
use crate::project::{ImportTarget, ProjectFiles, folder_of, join};
use crate::source::line_of;

/// Stands before the label in the text of a `using namespace` import.
pub(super) const NAMESPACE_MARK: &str = "namespace ";

/// Folders that build files put on the include path, tried in each folder above the includer.
const ROOTS: &[&str] = &["", "include", "src", "inc", "lib", "source"];

/// Headers of the standard libraries, which a file of the same name deep in the project does not stand for.
const STANDARD: &[&str] = &[
    "assert.h",
    "complex.h",
    "ctype.h",
    "dirent.h",
    "dlfcn.h",
    "errno.h",
    "fcntl.h",
    "fenv.h",
    "float.h",
    "getopt.h",
    "inttypes.h",
    "limits.h",
    "locale.h",
    "math.h",
    "memory.h",
    "netdb.h",
    "poll.h",
    "pthread.h",
    "sched.h",
    "setjmp.h",
    "signal.h",
    "stdalign.h",
    "stdarg.h",
    "stdatomic.h",
    "stdbool.h",
    "stddef.h",
    "stdint.h",
    "stdio.h",
    "stdlib.h",
    "string.h",
    "strings.h",
    "termios.h",
    "threads.h",
    "time.h",
    "uchar.h",
    "unistd.h",
    "wchar.h",
    "wctype.h",
    "windows.h",
];

/// Whether a path is that of a header.
pub(super) fn is_header(path: &str) -> bool {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    extension.starts_with('h') || extension.starts_with('H')
}

impl<'a> Lowering<'a, '_> {
    /// `#include`: quoted paths as they are, those in angle brackets with them.
    pub(super) fn include(&mut self, node: Node<'a>) {
        let Some(path) = self.field(node, self.fields.path) else {
            return;
        };
        let text = self.text_of(path);
        let module = match text.strip_prefix('"') {
            Some(rest) => rest.trim_end_matches('"'),
            None if text.starts_with('<') => text,
            None => return,
        };
        let mut flags = import_flag::INCLUDE;
        if self.conditional > 0 {
            flags |= import_flag::CONDITIONAL;
        }
        self.facts.import(module, None, line_of(node), flags);
    }
}

/// The files or the namespace that an import names.
pub(super) fn resolve(project: &ProjectFiles, from: &str, module: &str) -> Vec<ImportTarget> {
    if let Some(label) = module.strip_prefix(NAMESPACE_MARK) {
        return vec![ImportTarget::Namespace(label.to_owned())];
    }
    let bracketed = module
        .strip_prefix('<')
        .map(|module| module.trim_end_matches('>').trim());
    let path = bracketed.unwrap_or(module);
    let found = found_as_compiled(project, from, path, bracketed.is_some())
        .or_else(|| found_near(project, from, path, bracketed.is_some()))
        .or_else(|| found_anywhere(project, from, path, bracketed.is_some()));
    match found {
        Some(file) => vec![ImportTarget::File(file)],
        None => vec![ImportTarget::External(path.to_owned())],
    }
}

/// The file that the compiler finds: beside the includer, then in the folders of its options.
fn found_as_compiled(
    project: &ProjectFiles,
    from: &str,
    path: &str,
    is_bracketed: bool,
) -> Option<String> {
    let folders = project.include_folders(from);
    if folders.is_empty() {
        return None;
    }
    let beside = Some(folder_of(from)).filter(|_| !is_bracketed);
    beside
        .into_iter()
        .chain(folders.iter().map(String::as_str))
        .map(|folder| join(folder, path))
        .find(|candidate| candidate != from && project.has_file(candidate))
}

/// The file below the includer's folder, or below a usual root in a folder above.
fn found_near(
    project: &ProjectFiles,
    from: &str,
    path: &str,
    is_bracketed: bool,
) -> Option<String> {
    let mut folder = folder_of(from);
    let is_standard = is_bracketed && is_standard(path);
    loop {
        for root in ROOTS {
            // `<string.h>` beside the includer is the compiler's, unless an include folder holds one.
            if is_standard && *root != "include" {
                continue;
            }
            let candidate = join(&join(folder, root), path);
            if candidate != from && project.has_file(&candidate) {
                return Some(candidate);
            }
        }
        if folder.is_empty() {
            return None;
        }
        folder = folder_of(folder);
    }
}

/// The file anywhere whose path ends like the include: the one nearest to the includer. Several that are equally near
/// (one per architecture) name none.
fn found_anywhere(
    project: &ProjectFiles,
    from: &str,
    path: &str,
    is_bracketed: bool,
) -> Option<String> {
    let written = path.trim_start_matches("../").trim_start_matches("./");
    if written.contains("..") || is_bracketed && is_standard(path) {
        return None;
    }
    let file_name = written.rsplit('/').next().unwrap_or(written);
    let mut best: Option<(usize, usize, &str)> = None;
    let mut is_tied = false;
    for candidate in project.files_named(file_name) {
        let ends_alike = candidate
            .strip_suffix(written)
            .is_some_and(|before| before.is_empty() || before.ends_with('/'));
        if !ends_alike || candidate == from {
            continue;
        }
        let shared = shared_folders(from, candidate);
        let depth = candidate.matches('/').count();
        let rank = (usize::MAX - shared, depth);
        match best {
            Some((a, b, _)) if (a, b) < rank => {}
            Some((a, b, _)) if (a, b) == rank => is_tied = true,
            Some(_) | None => {
                best = Some((rank.0, rank.1, candidate));
                is_tied = false;
            }
        }
    }
    match best {
        Some((_, _, file)) if !is_tied => Some(file.to_owned()),
        Some(_) | None => None,
    }
}

fn is_standard(path: &str) -> bool {
    STANDARD.binary_search(&path).is_ok()
        || path.starts_with("sys/")
        || path.starts_with("netinet/")
        || path.starts_with("arpa/")
        // `<vector>`: only the C++ library's headers have no extension.
        || !path.contains('.') && !path.contains('/')
}

/// Leading folders that two paths share.
fn shared_folders(left: &str, right: &str) -> usize {
    folder_of(left)
        .split('/')
        .zip(folder_of(right).split('/'))
        .take_while(|(a, b)| a == b)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(paths: &[&str], from: &str, module: &str) -> ImportTarget {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        let project = ProjectFiles::new(paths, std::collections::HashMap::new());
        resolve(&project, from, module).remove(0)
    }

    fn file(path: &str) -> ImportTarget {
        ImportTarget::File(path.to_owned())
    }

    #[test]
    fn standard_headers_are_sorted() {
        assert!(STANDARD.is_sorted());
    }

    #[test]
    fn a_quoted_include_is_first_looked_for_beside_the_includer() {
        let paths = ["a/x.h", "x.h", "a/main.c"];
        assert_eq!(target(&paths, "a/main.c", "x.h"), file("a/x.h"));
    }

    #[test]
    fn include_folders_above_are_roots() {
        let paths = ["include/lib/x.h", "src/deep/main.c"];
        assert_eq!(
            target(&paths, "src/deep/main.c", "<lib/x.h>"),
            file("include/lib/x.h")
        );
    }

    #[test]
    fn of_several_headers_the_nearest_is_taken() {
        let paths = ["a/p/q/x.h", "b/p/q/x.h", "b/main.c"];
        assert_eq!(target(&paths, "b/main.c", "q/x.h"), file("b/p/q/x.h"));
        let outside = ImportTarget::External("q/x.h".to_owned());
        assert_eq!(target(&paths, "main.c", "q/x.h"), outside);
    }

    #[test]
    fn standard_headers_lie_outside() {
        let paths = ["lib/string.h", "lib/a.c", "src/vector"];
        let outside = ImportTarget::External("string.h".to_owned());
        assert_eq!(target(&paths, "lib/a.c", "<string.h>"), outside);
        assert_eq!(target(&paths, "lib/a.c", "string.h"), file("lib/string.h"));
    }
}
