//! Which tools healing finds on this machine, and what it goes without.

use std::ffi::OsString;
use std::path::Path;

use crate::child::find_program;

/// What healing uses for one environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toolbox {
    /// The name of the environment, for people.
    pub environment: &'static str,
    /// The program that reads its texts, and whether it is here; `None` where they are read in this process.
    pub reader: Option<(&'static str, bool)>,
    /// Programs that check, propose or test, as a command of the user may run them, and whether they are here.
    pub others: Vec<(&'static str, bool)>,
}

/// Names of environments, readers and other programs.
const TOOLS: &[(&str, Option<&str>, &[&str])] = &[
    ("Ansible", None, &["ansible-playbook", "ansible-lint"]),
    ("Bash", Some("bash"), &["shellcheck"]),
    ("Go", Some("gofmt"), &["go"]),
    ("JavaScript", Some("node"), &["eslint", "oxlint", "tsc"]),
    ("Python", Some("python3"), &["pytest", "ruff"]),
    ("Rust", Some("rustfmt"), &["cargo", "rustc"]),
    ("Terraform", Some("terraform"), &[]),
];

/// What is found with these variables. Nothing is started.
#[must_use]
pub fn toolboxes(variables: &[(OsString, OsString)]) -> Vec<Toolbox> {
    let is_here = |name: &str| find_program(variables, Path::new("/"), &name.into()).is_some();
    TOOLS
        .iter()
        .map(|&(environment, reader, others)| Toolbox {
            environment,
            reader: reader.map(|name| (name, is_here(name))),
            others: others.iter().map(|name| (*name, is_here(name))).collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn what_is_not_there_is_told_apart() {
        let folder = tempfile::tempdir().expect("a folder");
        let node = folder.path().join("node");
        std::fs::write(&node, "#!/bin/sh\n").expect("written");
        std::fs::set_permissions(&node, std::fs::Permissions::from_mode(0o755)).expect("set");
        let path = [(OsString::from("PATH"), folder.path().as_os_str().to_owned())];
        let found = toolboxes(&path);
        let of = |name: &str| {
            found
                .iter()
                .find(|one| one.environment == name)
                .expect(name)
        };
        assert_eq!(of("JavaScript").reader, Some(("node", true)));
        assert_eq!(of("JavaScript").others[0], ("eslint", false));
        assert_eq!(of("Go").reader, Some(("gofmt", false)));
        assert_eq!(of("Ansible").reader, None);
    }
}
