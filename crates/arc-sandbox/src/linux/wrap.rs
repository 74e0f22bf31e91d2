//! Bubblewrap from outside: whether it works here, and what it says when a command was not run. How it is started stands in `arc-inside`.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::{Ending, Report, Unfit};

/// The processes of a run that are not the command's: bubblewrap outside, and its init inside.
pub(super) const OWN_PROCESSES: u32 = 2;
/// How it begins when a command cannot be executed.
const NOT_RUN: &str = "bwrap: execvp ";
/// A command that there is not, told from one that ended with the same code.
pub(super) fn not_run(report: &mut Report) {
    if report.ending != Ending::Exited(1) || report.stdout.total > 0 {
        return;
    }
    let said = String::from_utf8_lossy(&report.stderr.bytes);
    let Some(why) = said.trim_end().strip_prefix(NOT_RUN) else {
        return;
    };
    report.ending = if why.ends_with("No such file or directory") {
        Ending::NotFound
    } else {
        Ending::NotExecutable(why.to_owned())
    };
}

/// Tries bubblewrap with nothing of anybody.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where the processes of the workspace are started"
)]
pub(crate) fn examine_bubblewrap(program: &Path) -> Result<String, Unfit> {
    let ran = |arguments: &[&str]| {
        let output = Command::new(program)
            .args(arguments)
            .env_clear()
            .stdin(Stdio::null())
            .output();
        let output = output.map_err(|error| Unfit::Broken(error.to_string()))?;
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said
            .lines()
            .next()
            .unwrap_or("it ends without a word")
            .to_owned();
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
            false => Err(Unfit::Broken(said)),
        }
    };
    let version = ran(&["--version"])?;
    if !ran(&["--help"])?.contains("--add-seccomp-fd") {
        return Err(Unfit::Broken(format!("{version} cannot be given a filter")));
    }
    ran(&[
        "--unshare-all",
        "--die-with-parent",
        "--ro-bind",
        "/",
        "/",
        "/bin/sh",
        "-c",
        ":",
    ])?;
    Ok(format!("{version} at {}", program.display()))
}
