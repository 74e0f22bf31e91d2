//! What belongs to a tool beside the folder that it is found in: the library of an interpreter, the versions behind a shim.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// What lies beside the programs of an installation.
const BESIDE: &[&str] = &["include", "lib", "lib64", "libexec", "share"];
/// The same of a virtual environment of Python, and the file that tells one.
const ENVIRONMENT: &[&str] = &["bin", "include", "lib", "lib64", "share", "pyvenv.cfg"];
/// What lies beside the shims of a manager of versions.
const MANAGER: &[&str] = &[
    "bin", "installs", "lib", "libexec", "plugins", "pyenv.d", "shims", "version", "versions",
];
/// Variables that name where tools are, and what of it they read.
const NAMED: &[(&str, &[&str])] = &[
    ("CARGO_HOME", &["bin", "git", "registry"]),
    ("GOPATH", &["bin", "pkg/mod"]),
    (
        "GOROOT",
        &["VERSION", "api", "bin", "go.env", "lib", "pkg", "src"],
    ),
    (
        "JAVA_HOME",
        &["bin", "conf", "include", "jmods", "jre", "lib", "release"],
    ),
    ("NVM_DIR", &["versions"]),
    ("PYENV_ROOT", MANAGER),
    ("RUSTUP_HOME", &["settings.toml", "toolchains"]),
    ("VIRTUAL_ENV", ENVIRONMENT),
];
/// Names of programs that are looked for where a link of their name leads.
const INTERPRETERS: &[&str] = &["node", "perl", "python", "ruby"];
/// No first line of a script is longer.
const LONGEST_LINE: u64 = 512;
/// Links that lead to links, and scripts whose interpreters are scripts.
const STEPS: usize = 4;

/// What there is of `parts` in a folder that is no home, nor around one.
fn parts(folder: &Path, home: &Path, parts: &[&str]) -> Vec<PathBuf> {
    let is_private = home.starts_with(folder) || folder.parent().is_none();
    if is_private || !folder.is_absolute() {
        return Vec::new();
    }
    // Keys lie in what a home shares.
    let is_local = folder == home.join(".local");
    parts
        .iter()
        .filter(|part| !(is_local && **part == "share"))
        .map(|part| folder.join(part))
        .filter(|path| path.exists())
        .collect()
}

/// Where the home and the project lie that are looked around.
#[derive(Clone, Copy)]
pub(crate) struct Around<'a> {
    pub(crate) home: &'a Path,
    pub(crate) work: &'a Path,
}

impl Around<'_> {
    /// What belongs to the programs in `folder`.
    pub(crate) fn beside(&self, folder: &Path) -> Vec<PathBuf> {
        self.installed(folder, folder.starts_with(self.work))
    }

    /// What belongs to the programs in `folder`; `is_led` where the project led there.
    fn installed(&self, folder: &Path, is_led: bool) -> Vec<PathBuf> {
        let Some(prefix) = folder.parent() else {
            return Vec::new();
        };
        if let Ok(settings) = fs::read_to_string(prefix.join("pyvenv.cfg")) {
            let mut found = parts(prefix, self.home, ENVIRONMENT);
            let is_own = prefix.starts_with(self.work);
            found.extend(self.base(&settings, is_led || is_own));
            return found;
        }
        if is_led && !is_python(prefix) {
            return Vec::new();
        }
        match folder.file_name().and_then(OsStr::to_str) {
            Some("shims") => parts(prefix, self.home, MANAGER),
            Some("bin" | "sbin") => parts(prefix, self.home, BESIDE),
            _ => Vec::new(),
        }
    }

    /// The interpreter that a virtual environment was made with.
    fn base(&self, settings: &str, is_led: bool) -> Vec<PathBuf> {
        let named = settings.lines().filter_map(|line| line.split_once('='));
        let mut named = named.map(|(key, value)| (key.trim(), Path::new(value.trim())));
        let Some((_, programs)) = named.find(|(key, value)| *key == "home" && value.is_absolute())
        else {
            return Vec::new();
        };
        let prefix = programs.parent().unwrap_or(programs);
        if is_led && !is_python(prefix) {
            return Vec::new();
        }
        let mut found = parts(prefix, self.home, BESIDE);
        // Programs that lie in no folder of their own are not worth the rest of that folder.
        if programs.ends_with("bin") {
            found.push(programs.to_owned());
        }
        found
    }

    /// What the variables of `all` name, as far as it is there.
    pub(crate) fn named(&self, all: &[(OsString, OsString)]) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for (name, value) in all {
            let known = NAMED.iter().find(|(known, _)| name == *known);
            let Some((known, reads)) = known else {
                continue;
            };
            found.extend(parts(Path::new(value), self.home, reads));
            if *known == "VIRTUAL_ENV" {
                found.extend(self.beside(&Path::new(value).join("bin")));
            }
        }
        found
    }

    /// What a program needs that lies where links and its first line lead: an environment of its own, an interpreter of some version.
    pub(crate) fn behind(&self, program: &Path) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut program = program.to_owned();
        let mut is_led = false;
        for _ in 0..STEPS {
            let Some(folder) = program.parent() else {
                break;
            };
            is_led |= folder.starts_with(self.work);
            let own = self.installed(folder, is_led);
            if !own.is_empty() && folder.ends_with("bin") {
                found.push(folder.to_owned());
            }
            found.extend(own);
            let next = match fs::read_link(&program) {
                Ok(target) => Some(folder.join(target)),
                Err(_) => interpreter(&program),
            };
            let Some(next) = next else {
                break;
            };
            program = next;
        }
        found
    }

    /// What interpreters in `folder` need that are links to elsewhere.
    pub(crate) fn linked(&self, folder: &Path) -> Vec<PathBuf> {
        let programs = INTERPRETERS.iter().map(|name| folder.join(name));
        let versions = ["python3", "pypy3"].iter().map(|name| folder.join(name));
        programs
            .chain(versions)
            .filter(|program| program.is_symlink())
            .flat_map(|program| self.behind(&program))
            .collect()
    }
}

/// Whether a folder has an installation of Python, by its library: what anybody may read who runs it.
fn is_python(prefix: &Path) -> bool {
    let Ok(libraries) = fs::read_dir(prefix.join("lib")) else {
        return false;
    };
    let mut libraries = libraries.flatten();
    libraries.any(|library| {
        let name = library.file_name();
        let is_version = name.to_string_lossy().starts_with("python");
        is_version && library.path().join("os.py").is_file()
    })
}

/// What the first line of a script says that it is run by.
fn interpreter(script: &Path) -> Option<PathBuf> {
    let mut head = Vec::new();
    // What cannot be read has no first line that helps.
    let file = fs::File::open(script).ok()?;
    file.take(LONGEST_LINE).read_to_end(&mut head).ok()?;
    let line = head.split(|byte| *byte == b'\n').next()?;
    let line = std::str::from_utf8(line.strip_prefix(b"#!")?).ok()?;
    let path = Path::new(line.split_whitespace().next()?);
    path.is_absolute().then(|| path.to_owned())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn around(home: &Path) -> Around<'_> {
        Around {
            home,
            work: Path::new("/work"),
        }
    }

    fn file(path: PathBuf, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn an_environment_comes_with_its_library_and_its_interpreter() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        file(at("python/3/bin/python3"), "");
        file(at("python/3/lib/os.py"), "");
        file(at("env/lib/one.py"), "");
        file(at("env/bin/x"), "");
        file(at("env/.env"), "KEY=1");
        let told = format!("home = {}\nversion = 3\n", at("python/3/bin").display());
        file(at("env/pyvenv.cfg"), &told);
        let mut found = around(Path::new("/nobody")).beside(&at("env/bin"));
        found.sort();
        assert_eq!(
            found,
            [
                at("env/bin"),
                at("env/lib"),
                at("env/pyvenv.cfg"),
                at("python/3/bin"),
                at("python/3/lib"),
            ]
        );
    }

    #[test]
    fn what_a_link_and_a_first_line_lead_to_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        file(at("apps/one/pyvenv.cfg"), "home = /usr/bin\n");
        file(at("apps/one/lib/one.py"), "");
        file(
            at("apps/one/bin/one"),
            &format!("#!{}\n", at("apps/one/bin/python").display()),
        );
        fs::create_dir(at("bin")).unwrap();
        symlink("../apps/one/bin/one", at("bin/one")).unwrap();
        let found = around(Path::new("/nobody")).behind(&at("bin/one"));
        assert!(
            found.iter().any(|path| path.ends_with("one/lib")),
            "{found:?}"
        );
    }

    #[test]
    fn a_home_and_what_is_around_one_stay_outside() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("me");
        for name in [
            "me/lib",
            "me/bin",
            "me/.local/share",
            "me/.local/lib",
            "lib",
            "bin",
        ] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        assert_eq!(
            around(&home).beside(&home.join("bin")),
            [""; 0].map(PathBuf::from)
        );
        assert_eq!(
            around(&home).beside(&folder.path().join("bin")),
            [""; 0].map(PathBuf::from)
        );
        assert_eq!(
            around(&home).beside(Path::new("/bin")),
            [""; 0].map(PathBuf::from)
        );
        assert_eq!(
            around(&home).beside(&home.join(".local/bin")),
            [home.join(".local/lib")]
        );
    }

    #[test]
    fn variables_say_where_versions_lie() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("toolchains/stable")).unwrap();
        let set = [("RUSTUP_HOME".into(), folder.path().into())];
        let home = Path::new("/nobody");
        assert_eq!(around(home).named(&set), [folder.path().join("toolchains")]);
        let home = folder.path().join("me");
        assert_eq!(around(&home).named(&set), [""; 0].map(PathBuf::from));
    }

    #[test]
    fn what_a_project_names_is_readable_if_it_is_an_installation_of_python() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        file(at("private/lib/key"), "");
        file(at("private/bin/x"), "");
        file(at("python/lib/python3.12/os.py"), "");
        file(at("python/bin/python3"), "");
        let told = format!("home = {}\n", at("private/bin").display());
        file(at("work/env/pyvenv.cfg"), &told);
        file(at("work/env/bin/x"), "");
        file(
            at("work/x"),
            &format!("#!{}\n", at("private/bin/x").display()),
        );
        symlink(at("python/bin/python3"), at("work/env/bin/python3")).unwrap();
        let work = at("work");
        let around = Around {
            home: Path::new("/nobody"),
            work: &work,
        };
        let inside = [at("work/env/bin"), at("work/env/pyvenv.cfg")];
        assert_eq!(around.beside(&at("work/env/bin")), inside);
        assert_eq!(around.behind(&at("work/x")), [""; 0].map(PathBuf::from));
        let interpreter = around.linked(&at("work/env/bin"));
        assert!(interpreter.contains(&at("python/lib")), "{interpreter:?}");
        // Outside of the project nobody but the user says what is behind.
        let other = Around {
            work: Path::new("/work"),
            ..around
        };
        assert!(other.behind(&at("work/x")).contains(&at("private/lib")));
    }
}
