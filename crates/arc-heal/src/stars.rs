//! The modules of a project from which a Python file imports everything: what they bring is not missing, and all else may be.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use arc_project::source_text;
use regex::Regex;

/// A longer module is not looked into.
const MOST_BYTES: usize = 1 << 20;

/// The texts of the modules that a text imports everything from, by how it writes them; those that are one file of the project.
pub(crate) fn star_modules(root: &Path, path: &str, text: &str) -> BTreeMap<String, String> {
    static STAR: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?m)^[ \t]*from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]*\*")
            .expect("the expression is tested")
    });
    STAR.captures_iter(text)
        .filter_map(|found| {
            let (dots, module) = (&found[1], &found[2]);
            let file = file_of(root, path, dots.len(), module)?;
            let text = source_text(root, file.strip_prefix(root).ok()?.to_str()?).ok()?;
            (text.len() < MOST_BYTES).then(|| (format!("{dots}{module}"), text))
        })
        .collect()
}

/// The one file that a module is.
fn file_of(root: &Path, path: &str, level: usize, module: &str) -> Option<PathBuf> {
    let full = root.join(path);
    let folder = full.parent()?;
    let places: Vec<PathBuf> = if level > 0 {
        let package = folder.ancestors().nth(level - 1)?;
        vec![package.to_owned()]
    } else {
        let is_package = |folder: &&Path| folder.join("__init__.py").is_file();
        let above = folder.ancestors().find(|folder| !is_package(folder))?;
        vec![root.to_owned(), root.join("src"), above.to_owned()]
    };
    let parts: PathBuf = module.split('.').filter(|part| !part.is_empty()).collect();
    let is_own = |file: &PathBuf| file.starts_with(root) && file.is_file() && *file != full;
    let found: BTreeSet<PathBuf> = places
        .into_iter()
        .map(|place| place.join(&parts))
        .flat_map(|place| [place.with_extension("py"), place.join("__init__.py")])
        .filter(is_own)
        .collect();
    let mut found = found.into_iter();
    // Of two nothing says which is meant.
    found.next().filter(|_| found.next().is_none())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_star_is_of_the_one_file_that_it_names() {
        let project = tempfile::tempdir().expect("a folder");
        let root = project.path();
        for (path, text) in [
            ("pkg/__init__.py", "top"),
            ("pkg/errors.py", "errors"),
            ("pkg/fi/__init__.py", ""),
            ("pkg/fi/near.py", "near"),
            ("two.py", ""),
            ("src/two.py", ""),
        ] {
            let path = root.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink("pkg/errors.py", root.join("linked.py")).expect("linked");
        let text = "from linked import *\nfrom pkg.errors import *\nfrom .near import *\nfrom .. import *\nfrom two import *\nfrom os import *\n";
        let found = star_modules(root, "pkg/fi/id.py", text);
        let found: Vec<(&str, &str)> = found.iter().map(|(a, b)| (&**a, &**b)).collect();
        let wanted = [("..", "top"), (".near", "near"), ("pkg.errors", "errors")];
        assert_eq!(found, wanted);
    }
}
