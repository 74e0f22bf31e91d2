//! Builds `arc-inside` as a program of its own, which `src/linux/program.rs` carries and starts inside of a sandbox.
//!
//! It is a cargo within cargo: the same toolchain, lock file and linker, a target folder of its own (two of them in one wait for each
//! other for ever), and no wrapper of the compiler, which would only look at it (clippy). It never breaks a build: where
//! the program cannot be made there is a warning, it is empty, and the program that uses the sandbox is started again instead.
#![expect(
    clippy::disallowed_methods,
    reason = "a build script is told by its environment what to build, and starts what builds it"
)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const NAME: &str = "arc-inside";
/// Set by whoever wants to check the code and start nothing: the program is empty then.
const WITHOUT: &str = "ARC_WITHOUT_INSIDE";
/// Its profile in the workspace.
const PROFILE: &str = "inside";
/// Nothing is loaded beside a program that has everything in it.
const STATIC: &str = "-Ctarget-feature=+crt-static";
/// What makes a program write files of its own when it ends, or check itself: a sandbox is no place for that.
const INSTRUMENTS: &[&str] = &[
    "instrument-coverage",
    "instrument-mcount",
    "profile-generate",
    "sanitizer",
];

fn main() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(NAME);
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed={WITHOUT}");
    for part in ["src", "Cargo.toml", "../../Cargo.toml", "../../Cargo.lock"] {
        let path = package.join(part);
        if path.exists() {
            println!("cargo:rerun-if-changed={}", path.display());
        }
    }
    if variable("CARGO_CFG_TARGET_OS") != "linux" {
        return;
    }
    let folder = PathBuf::from(variable("OUT_DIR"));
    let program = match variable(WITHOUT).as_str() {
        "" | "0" => build(&package, &folder.join("target")).unwrap_or_else(|why| {
            println!(
                "cargo:warning=`{NAME}` could not be built, so sandboxes will start more slowly: {why}"
            );
            Vec::new()
        }),
        _ => Vec::new(),
    };
    fs::write(folder.join(NAME), program).expect("the folder of a build script can be written to");
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

/// The program: with everything in it if this machine has the libraries for that, else as programs are here.
fn build(package: &Path, target_folder: &Path) -> Result<Vec<u8>, String> {
    let flags = flags(&variable("CARGO_ENCODED_RUSTFLAGS"));
    let mut all = flags.clone();
    all.push(STATIC.to_owned());
    attempt(package, target_folder, &all)
        .and_then(|program| match is_relocatable(&program) {
            true => Ok(program),
            // Its code would lie at addresses that everybody knows.
            false => Err("its addresses are fixed".to_owned()),
        })
        .or_else(|_| attempt(package, target_folder, &flags))
}

/// The flags of the build that this is a part of, since some machines link with no others.
fn flags(encoded: &str) -> Vec<String> {
    let mut flags: Vec<String> = Vec::new();
    for part in encoded.split('\x1f').filter(|part| !part.is_empty()) {
        match flags.last_mut() {
            Some(last) if last == "-C" || last == "-Z" => last.push_str(part),
            _ => flags.push(part.to_owned()),
        }
    }
    flags.retain(|flag| !INSTRUMENTS.iter().any(|name| flag.contains(name)));
    flags
}

/// Whether an ELF file can be loaded anywhere (`ET_DYN`).
fn is_relocatable(program: &[u8]) -> bool {
    matches!(program.get(16..18), Some([3, 0] | [0, 3]))
}

fn attempt(package: &Path, target_folder: &Path, flags: &[String]) -> Result<Vec<u8>, String> {
    let target = variable("TARGET");
    // Everything was fetched for the build that this is a part of, unless that one does not go by the lock file.
    match cargo(package, target_folder, flags, &target, true) {
        Err(said) if said.contains("--offline") => {
            cargo(package, target_folder, flags, &target, false)
        }
        other => other,
    }
    .map_err(|said| {
        let line = said.lines().find(|line| line.starts_with("error"));
        line.or(said.lines().next())
            .unwrap_or("it does not say why")
            .to_owned()
    })?;
    let program = target_folder.join(&target).join(PROFILE).join(NAME);
    fs::read(&program).map_err(|error| format!("{}: {error}", program.display()))
}

fn cargo(
    package: &Path,
    target_folder: &Path,
    flags: &[String],
    target: &str,
    is_offline: bool,
) -> Result<(), String> {
    let mut command = Command::new(variable("CARGO"));
    command
        .current_dir(package)
        .args(["build", "--locked", "--color", "never"])
        .args(["--package", NAME, "--bin", NAME, "--features", "program"])
        .args(["--profile", PROFILE, "--target", target, "--target-dir"])
        .arg(target_folder)
        // A user may have told all builds to share one.
        .env("CARGO_BUILD_BUILD_DIR", target_folder)
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"))
        .env("RUSTC_WRAPPER", "")
        .env("RUSTC_WORKSPACE_WRAPPER", "");
    if is_offline {
        command.arg("--offline");
    }
    let linker = variable("RUSTC_LINKER");
    if !linker.is_empty() {
        let triple = target.to_uppercase().replace(['-', '.'], "_");
        command.env(format!("CARGO_TARGET_{triple}_LINKER"), linker);
    }
    let output = command
        .output()
        .map_err(|error| format!("cargo cannot be started: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}
