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

/// What belongs to the programs in `folder`.
pub(crate) fn beside(folder: &Path, home: &Path) -> Vec<PathBuf> {
    let Some(prefix) = folder.parent() else {
        return Vec::new();
    };
    if let Ok(settings) = fs::read_to_string(prefix.join("pyvenv.cfg")) {
        let mut found = parts(prefix, home, ENVIRONMENT);
        found.extend(base(&settings, home));
        return found;
    }
    match folder.file_name().and_then(OsStr::to_str) {
        Some("shims") => parts(prefix, home, MANAGER),
        Some("bin" | "sbin") => parts(prefix, home, BESIDE),
        _ => Vec::new(),
    }
}

/// The interpreter that a virtual environment was made with.
fn base(settings: &str, home: &Path) -> Vec<PathBuf> {
    let named = settings.lines().filter_map(|line| line.split_once('='));
    let mut named = named.map(|(key, value)| (key.trim(), Path::new(value.trim())));
    let Some((_, programs)) = named.find(|(key, value)| *key == "home" && value.is_absolute())
    else {
        return Vec::new();
    };
    let mut found = parts(programs.parent().unwrap_or(programs), home, BESIDE);
    // Programs that lie in no folder of their own are not worth the rest of that folder.
    if programs.ends_with("bin") {
        found.push(programs.to_owned());
    }
    found
}

/// What the variables of `all` name, as far as it is there.
pub(crate) fn named(home: &Path, all: &[(OsString, OsString)]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for (name, value) in all {
        let known = NAMED.iter().find(|(known, _)| name == *known);
        let Some((known, reads)) = known else {
            continue;
        };
        found.extend(parts(Path::new(value), home, reads));
        if *known == "VIRTUAL_ENV" {
            found.extend(beside(&Path::new(value).join("bin"), home));
        }
    }
    found
}

/// What a program needs that lies where links and its first line lead: an environment of its own, an interpreter of some version.
pub(crate) fn behind(program: &Path, home: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut program = program.to_owned();
    for _ in 0..STEPS {
        let Some(folder) = program.parent() else {
            break;
        };
        let own = beside(folder, home);
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
pub(crate) fn linked(folder: &Path, home: &Path) -> Vec<PathBuf> {
    let programs = INTERPRETERS.iter().map(|name| folder.join(name));
    let versions = ["python3", "pypy3"].iter().map(|name| folder.join(name));
    programs
        .chain(versions)
        .filter(|program| program.is_symlink())
        .flat_map(|program| behind(&program, home))
        .collect()
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

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
        let mut found = beside(&at("env/bin"), Path::new("/nobody"));
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
        let found = behind(&at("bin/one"), Path::new("/nobody"));
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
        assert_eq!(beside(&home.join("bin"), &home), [""; 0].map(PathBuf::from));
        assert_eq!(
            beside(&folder.path().join("bin"), &home),
            [""; 0].map(PathBuf::from)
        );
        assert_eq!(beside(Path::new("/bin"), &home), [""; 0].map(PathBuf::from));
        assert_eq!(
            beside(&home.join(".local/bin"), &home),
            [home.join(".local/lib")]
        );
    }

    #[test]
    fn variables_say_where_versions_lie() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("toolchains/stable")).unwrap();
        let set = [("RUSTUP_HOME".into(), folder.path().into())];
        let home = Path::new("/nobody");
        assert_eq!(named(home, &set), [folder.path().join("toolchains")]);
        let home = folder.path().join("me");
        assert_eq!(named(&home, &set), [""; 0].map(PathBuf::from));
    }
}
