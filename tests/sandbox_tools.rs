//! Tools that lie outside of the project and of the system's folders are whole inside of the sandbox: with their libraries and what is
//! behind them.
#![cfg(target_os = "linux")]

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Output};

/// What `arc run` makes of a command of some project, beside which lies what `folder` holds.
fn run(folder: &Path, path: &str, variables: &[(&str, &Path)], command: &[&str]) -> Output {
    enclosed(folder, "strongest", path, variables)
        .args(command)
        .output()
        .expect("started")
}

/// The same by a kind of enclosure, without the command.
#[expect(clippy::disallowed_methods, reason = "the binary is what is tested")]
fn enclosed(folder: &Path, kind: &str, path: &str, variables: &[(&str, &Path)]) -> Command {
    let work = folder.join("work");
    let home = folder.join("home");
    for folder in [&work, &home] {
        fs::create_dir_all(folder).expect("made");
    }
    let usual = std::env::var_os("PATH").unwrap_or_default();
    let mut first = OsString::from(folder.join(path));
    first.push(":");
    first.push(usual);
    let mut arc = Command::new(env!("CARGO_BIN_EXE_arc"));
    arc.args(["run", "--work", ".", "--enclosure", kind, "--"])
        .current_dir(work)
        .env("HOME", home)
        .env("PATH", first)
        .env_remove("VIRTUAL_ENV")
        .envs(variables.iter().copied());
    arc
}

fn said(output: &Output) -> (Option<i32>, String) {
    let told = if output.status.success() {
        &output.stdout
    } else {
        &output.stderr
    };
    (
        output.status.code(),
        String::from_utf8_lossy(told).into_owned(),
    )
}

fn program(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("it has a folder")).expect("made");
    fs::write(path, text).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("allowed");
}

/// An environment that an interpreter of this machine made, with a package in it.
#[expect(clippy::disallowed_methods, reason = "the interpreter makes it")]
fn environment(folder: &Path, interpreter: &str) {
    let made = Command::new(interpreter)
        .args(["-m", "venv", "--without-pip", "--symlinks"])
        .arg(folder)
        .status()
        .expect("started");
    assert!(made.success());
    let libraries = fs::read_dir(folder.join("lib")).expect("there");
    for library in libraries.flatten() {
        let packages = library.path().join("site-packages");
        fs::write(packages.join("told.py"), "print('told')\n").expect("written");
    }
}

#[test]
fn an_environment_of_python_outside_of_the_project_has_its_packages() {
    let folder = tempfile::tempdir().expect("a folder");
    environment(&folder.path().join("env"), "python3");
    let on_path = run(
        folder.path(),
        "env/bin",
        &[],
        &["python", "-c", "import told"],
    );
    assert_eq!(said(&on_path), (Some(0), "told\n".to_owned()));
    // Called by its path it needs no `PATH`.
    let interpreter = folder.path().join("env/bin/python").display().to_string();
    let by_path = run(
        folder.path(),
        "none",
        &[],
        &[&interpreter, "-c", "import told"],
    );
    assert_eq!(said(&by_path), (Some(0), "told\n".to_owned()));
    // A program that was put on the `PATH` as a link, as installers of programs do it.
    let script = format!("#!{interpreter}\nimport told\n");
    program(&folder.path().join("env/bin/tell"), &script);
    fs::create_dir(folder.path().join("bin")).expect("made");
    symlink("../env/bin/tell", folder.path().join("bin/tell")).expect("linked");
    let by_link = run(folder.path(), "bin", &[], &["tell"]);
    assert_eq!(said(&by_link), (Some(0), "told\n".to_owned()));
}

#[test]
fn an_environment_beside_the_project_is_there_and_nothing_else_beside_it() {
    let folder = tempfile::tempdir().expect("a folder");
    // Whoever a command of root becomes has to get there, and nobody gets into a home of root.
    let (interpreter, kinds): (_, &[_]) = match Path::new("/usr/bin/python3").exists() {
        true => ("/usr/bin/python3", &["namespaces", "filters"]),
        false => ("python3", &["namespaces"]),
    };
    environment(&folder.path().join("env"), interpreter);
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("allowed");
    for name in ["env/key", "key"] {
        fs::write(folder.path().join(name), "private").expect("written");
    }
    let code = "
import os, sys, told
beside = os.path.dirname(sys.prefix)
for name in ('env/key', 'key'):
    try: print(open(os.path.join(beside, name)).read())
    except OSError: print('none')
open(told.__file__, 'a')
";
    for kind in kinds {
        let ran = enclosed(folder.path(), kind, "none", &[])
            .args(["../env/bin/python", "-c", code])
            .output()
            .expect("started");
        let told = String::from_utf8_lossy(&ran.stdout);
        assert_eq!(told, "told\nnone\nnone\n", "{kind}: {ran:?}");
        assert_eq!(ran.status.code(), Some(1), "it can be written to: {kind}");
    }
}

#[test]
fn shims_find_the_versions_behind_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |path: &str| folder.path().join(path);
    program(
        &at("env/versions/3/bin/tell"),
        "#!/bin/sh\ncat \"$(dirname \"$0\")/../lib/told\"\n",
    );
    program(&at("env/versions/3/lib/told"), "told\n");
    let shim = format!(
        "#!/bin/sh\nexec {}\n",
        at("env/versions/3/bin/tell").display()
    );
    program(&at("env/shims/tell"), &shim);
    let shimmed = run(folder.path(), "env/shims", &[], &["tell"]);
    assert_eq!(said(&shimmed), (Some(0), "told\n".to_owned()));
    let direct = run(folder.path(), "env/versions/3/bin", &[], &["tell"]);
    assert_eq!(said(&direct), (Some(0), "told\n".to_owned()));
    // What a proxy reads is where its variable says.
    program(
        &at("proxies/tell"),
        "#!/bin/sh\nexec \"$RUSTUP_HOME/toolchains/one/bin/tell\"\n",
    );
    program(
        &at("rust/toolchains/one/bin/tell"),
        "#!/bin/sh\necho told\n",
    );
    let variables = [("RUSTUP_HOME", &*at("rust"))];
    let proxied = run(folder.path(), "proxies", &variables, &["tell"]);
    assert_eq!(said(&proxied), (Some(0), "told\n".to_owned()));
}
