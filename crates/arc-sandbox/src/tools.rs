//! Where tools lie that are not the system's, so that a command finds them inside.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::installs::Around;

/// Folders of a home in which people keep compilers, interpreters and packages. None of them holds a password.
const IN_HOME: &[&str] = &[
    ".bun/bin",
    ".cache/pip",
    ".cargo/bin",
    ".cargo/git",
    ".cargo/registry",
    ".deno/bin",
    ".ghcup",
    ".gvm/gos",
    ".local/bin",
    ".local/lib",
    ".local/share/mise/installs",
    ".local/share/uv/python",
    ".m2/repository",
    ".nvm/versions",
    ".pyenv",
    ".rbenv",
    ".rustup/settings.toml",
    ".rustup/toolchains",
    ".sdkman/candidates",
    ".tool-versions",
    ".volta",
    "go/bin",
    "go/pkg/mod",
    "sdk",
];

/// What a project has that a tool builds, and the folder of a home in which that tool keeps what it built.
const CACHES: &[(&str, &str)] = &[("go.mod", ".cache/go-build")];

/// Settings that are passed on when there is no password in them.
const SETTINGS: &[&str] = &[
    ".cargo/config.toml",
    ".config/git/config",
    ".config/mise/config.toml",
    ".gitconfig",
];

/// Words that settings with a password in them have.
const SECRETS: &[&str] = &[
    "token",
    "passw",
    "secret",
    "credential",
    "authorization",
    "://",
];

/// No settings that anybody wrote are longer.
const LONGEST_SETTINGS: u64 = 64 << 10;

/// Variables that a command gets: how it finds tools and speaks to people, never a key.
const VARIABLES: &[&str] = &[
    "CARGO_HOME",
    "CI",
    "CLICOLOR",
    "COLORTERM",
    "GOFLAGS",
    "GOPATH",
    "GOROOT",
    "HOME",
    "JAVA_HOME",
    "LANG",
    "LANGUAGE",
    "NODE_PATH",
    "NO_COLOR",
    "NVM_DIR",
    "PATH",
    "PYENV_ROOT",
    "PYENV_VERSION",
    "PYTHONPATH",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "SOURCE_DATE_EPOCH",
    "TERM",
    "TZ",
    "VIRTUAL_ENV",
];

/// Those of them that mean the same on another machine.
const SPOKEN: &[&str] = &[
    "CI",
    "CLICOLOR",
    "COLORTERM",
    "LANG",
    "LANGUAGE",
    "NO_COLOR",
    "SOURCE_DATE_EPOCH",
    "TERM",
    "TZ",
];

/// The folders of `PATH` among some variables, what belongs to the tools in them, and the tools of a home, as far as they are there; and what
/// the `program` needs that is to be run in `folder` of the project at `work`. What the project itself has leads out of it to installations of
/// Python alone: anybody may have written it.
pub fn tool_folders(
    home: &Path,
    variables: &[(OsString, OsString)],
    (program, folder, work): (Option<&OsString>, &Path, &Path),
) -> Vec<PathBuf> {
    let around = Around { home, work };
    let is_whole_home = |folder: &PathBuf| home.starts_with(folder);
    let path = variables.iter().find(|(name, _)| name == "PATH");
    let path = path.map_or(OsStr::new(""), |(_, path)| path.as_os_str());
    let mut folders: Vec<PathBuf> = std::env::split_paths(path)
        .filter(|folder| folder.is_absolute() && !is_whole_home(folder) && folder.is_dir())
        .collect();
    let on_path = folders.clone();
    for folder in &on_path {
        folders.extend(around.beside(folder));
        folders.extend(around.linked(folder));
    }
    folders.extend(around.named(variables));
    folders.extend(
        program
            .and_then(|program| found(program, folder, &on_path))
            .map_or_else(Vec::new, |program| around.behind(&program)),
    );
    folders.extend(
        IN_HOME
            .iter()
            .map(|name| home.join(name))
            .filter(|path| path.exists()),
    );
    folders.extend(
        SETTINGS
            .iter()
            .map(|name| home.join(name))
            .filter(|path| is_harmless(path)),
    );
    folders.sort();
    folders.dedup();
    folders
}

/// The file of a program, as it is called in `folder`.
fn found(program: &OsStr, folder: &Path, on_path: &[PathBuf]) -> Option<PathBuf> {
    if Path::new(program).components().nth(1).is_some() {
        return without_ways_up(&folder.join(program));
    }
    let mut places = on_path.iter().map(|folder| folder.join(program));
    places.find(|place| place.is_file())
}

/// A path with each `..` gone: `../venv/bin/python` is none of the project's. `None` where a folder on the way is a link, so that `..` leads elsewhere.
pub(crate) fn without_ways_up(path: &Path) -> Option<PathBuf> {
    if !path.components().any(|part| part == Component::ParentDir) {
        return Some(path.to_owned());
    }
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => plain.push(part),
        }
    }
    // What is not there leads nowhere.
    let real = path.parent()?.canonicalize().ok()?;
    (plain.parent() == Some(&*real)).then_some(plain)
}

/// Where tools of a home keep what they built before, for projects that they build: without it a compiler begins with its standard library, run
/// for run. `folder` lies in the project at `work`.
pub fn build_caches(home: &Path, work: &Path, folder: &Path) -> Vec<PathBuf> {
    CACHES
        .iter()
        .filter(|(manifest, _)| {
            folder
                .ancestors()
                .take_while(|above| above.starts_with(work))
                .any(|above| above.join(manifest).is_file())
        })
        .map(|(_, cache)| home.join(cache))
        .filter(|cache| cache.is_dir())
        .collect()
}

fn is_harmless(settings: &Path) -> bool {
    let is_short =
        fs::metadata(settings).is_ok_and(|file| file.is_file() && file.len() <= LONGEST_SETTINGS);
    is_short
        && fs::read_to_string(settings).is_ok_and(|text| {
            let text = text.to_lowercase();
            !SECRETS.iter().any(|word| text.contains(word))
        })
}

/// The variables of `all` that a command gets, and those that name where it is.
pub fn passed_variables(
    all: impl Iterator<Item = (OsString, OsString)>,
    home: &Path,
) -> Vec<(OsString, OsString)> {
    passed(all, VARIABLES, home)
}

/// The variables of `all` that say what language is spoken and how, and nothing of where tools are: for a place with tools of its own.
pub fn spoken_variables(
    all: impl Iterator<Item = (OsString, OsString)>,
    home: &Path,
) -> Vec<(OsString, OsString)> {
    passed(all, SPOKEN, home)
}

fn passed(
    all: impl Iterator<Item = (OsString, OsString)>,
    names: &[&str],
    home: &Path,
) -> Vec<(OsString, OsString)> {
    let is_passed = |name: &OsStr| {
        names.iter().any(|passed| name == *passed)
            || name.to_str().is_some_and(|name| name.starts_with("LC_"))
    };
    let set = ["HOME", "LOGNAME", "TMPDIR", "USER"];
    let mut variables: Vec<_> = all
        .filter(|(name, _)| is_passed(name) && !set.iter().any(|own| name == own))
        .collect();
    variables.push(("HOME".into(), home.into()));
    variables.push(("LOGNAME".into(), "arc".into()));
    variables.push(("TMPDIR".into(), "/tmp".into()));
    variables.push(("USER".into(), "arc".into()));
    variables.sort();
    variables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_not_passed_on() {
        let all = [
            ("AWS_SECRET_ACCESS_KEY", "k"),
            ("PATH", "/bin"),
            ("LC_ALL", "C"),
            ("HOME", "/root"),
            ("LCX", "no"),
        ];
        let passed = passed_variables(
            all.iter().map(|(name, value)| (name.into(), value.into())),
            Path::new("/home/arc"),
        );
        let names: Vec<_> = passed
            .iter()
            .map(|(name, _)| name.to_str().unwrap())
            .collect();
        assert_eq!(
            names,
            ["HOME", "LC_ALL", "LOGNAME", "PATH", "TMPDIR", "USER"]
        );
        assert_eq!(passed[0].1, "/home/arc");
    }

    #[test]
    fn settings_with_a_password_stay_outside() {
        let folder = tempfile::tempdir().unwrap();
        let settings = folder.path().join("config");
        fs::write(&settings, "[user]\nname = x\n").unwrap();
        assert!(is_harmless(&settings));
        fs::write(&settings, "[registries.x]\nToken = \"y\"\n").unwrap();
        assert!(!is_harmless(&settings));
        assert!(!is_harmless(&folder.path().join("none")));
    }

    #[test]
    fn what_was_built_before_is_there_for_projects_that_are_built() {
        let home = tempfile::tempdir().unwrap();
        let work = tempfile::tempdir().unwrap();
        let inner = work.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let caches = || build_caches(home.path(), work.path(), &inner);
        fs::write(work.path().join("go.mod"), "module x\n").unwrap();
        assert_eq!(caches(), [""; 0].map(PathBuf::from));
        fs::create_dir_all(home.path().join(".cache/go-build")).unwrap();
        assert_eq!(caches(), [home.path().join(".cache/go-build")]);
        fs::remove_file(work.path().join("go.mod")).unwrap();
        assert_eq!(caches(), [""; 0].map(PathBuf::from));
    }

    #[test]
    #[cfg(unix)]
    fn ways_up_lead_where_the_system_goes_by_them_or_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().canonicalize().unwrap();
        for name in ["work/inner", "venv/bin", "away/deep/er"] {
            fs::create_dir_all(folder.join(name)).unwrap();
        }
        std::os::unix::fs::symlink("../away/deep/er", folder.join("work/link")).unwrap();
        let leads = |path: &str| without_ways_up(&folder.join(path));
        let python = folder.join("venv/bin/python");
        assert_eq!(leads("work/../venv/bin/python"), Some(python.clone()));
        assert_eq!(leads("work/inner/../../venv/./bin/python"), Some(python));
        assert_eq!(leads("work/x"), Some(folder.join("work/x")));
        assert_eq!(leads("work/link/../../venv/bin/python"), None);
        assert_eq!(leads("work/../none/bin/python"), None);
    }

    #[test]
    fn a_path_entry_that_is_the_home_stays_outside() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir_all(home.path().join(".cargo/bin")).unwrap();
        fs::create_dir_all(home.path().join("bin")).unwrap();
        let path = std::env::join_paths([
            home.path().to_owned(),
            home.path().join("bin"),
            "relative".into(),
        ])
        .unwrap();
        let variables = [("PATH".into(), path)];
        assert_eq!(
            tool_folders(
                home.path(),
                &variables,
                (None, Path::new("/"), Path::new("/work"))
            ),
            [home.path().join(".cargo/bin"), home.path().join("bin")]
        );
    }
}
