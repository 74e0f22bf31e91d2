//! What stays with a person: faults that no edit of a file mends, and whose remedy reaches further than the project.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use crate::child::Finished;
use crate::diagnostic::{Class, Diagnostic, Environment};
use crate::flaky::is_of_program;
use crate::session::Patient;

/// What a tool prints, and why nobody but a person mends it.
struct Sign {
    environment: Option<Environment>,
    class: Class,
    pattern: &'static str,
    why: &'static str,
}

/// The more telling first.
const SIGNS: &[Sign] = &[
    Sign {
        environment: Some(Environment::Terraform),
        class: Class::State,
        pattern: r"(?i)error acquiring the state lock|error locking state|state data in S3 does not have the expected content",
        why: "somebody holds the state, or it is not what it was; only who knows that nobody works on it may unlock it (`terraform force-unlock`)",
    },
    Sign {
        environment: Some(Environment::Terraform),
        class: Class::State,
        pattern: r"(?i)resource already managed by terraform|saved plan is stale|error: (?:failed to )?(?:load|read)(?:ing)? state",
        why: "the state does not fit to what there is; changing it changes what Terraform takes for real",
    },
    Sign {
        environment: Some(Environment::Terraform),
        class: Class::Provider,
        pattern: r"(?i)required plugins are not installed|inconsistent dependency lock file|failed to query available provider packages|module not installed|there is no package for .* cached",
        why: "providers or modules are missing; `terraform init` fetches programs that run with your rights, so it is for you to run",
    },
    Sign {
        environment: Some(Environment::Ansible),
        class: Class::Connection,
        pattern: r"UNREACHABLE!|(?i)failed to connect to the host via ssh",
        why: "a host cannot be reached; that is for its network and its keys",
    },
    Sign {
        environment: Some(Environment::Ansible),
        class: Class::Role,
        pattern: r"(?i)the role '[^'\n]+' was not found|collection [\w.]+ (?:is )?not found",
        why: "a role or collection is missing; `ansible-galaxy install` fetches what runs on your hosts, so it is for you to run",
    },
    Sign {
        environment: None,
        class: Class::Permission,
        pattern: r"(?i)sudo: (?:a password is required|a terminal is required|command not found|effective uid)|(?:must|needs to|have to) be (?:run as )?root|are you root\?",
        why: "it asks for more rights, and those are yours to give",
    },
    Sign {
        environment: None,
        class: Class::Resource,
        pattern: r"(?i)no space left on device|disk quota exceeded|cannot allocate memory|out of memory|\bMemoryError\b|too many open files|JavaScript heap out of memory",
        why: "memory, disk or another resource ran out; the sandbox gives 4 GiB, and more is no matter of this file",
    },
];

static COMPILED: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    SIGNS
        .iter()
        .map(|sign| Regex::new(sign.pattern).expect("a test compiles all of them"))
        .collect()
});

/// A fault that stays with a person.
pub(crate) struct Manual {
    pub(crate) class: Class,
    /// The line that says it.
    pub(crate) said: String,
    pub(crate) why: &'static str,
}

/// Whether a command fails because of what no edit mends. Nothing that is said of the program itself speaks for that.
pub(crate) fn manual(
    environment: Environment,
    before: &Finished,
    diagnostics: &[Diagnostic],
) -> Option<Manual> {
    if diagnostics.iter().any(is_of_program) {
        return None;
    }
    let output = before.text();
    SIGNS
        .iter()
        .zip(COMPILED.iter())
        .filter(|(sign, _)| sign.environment.is_none_or(|own| own == environment))
        .find_map(|(sign, pattern)| {
            let found = pattern.find(&output)?;
            Some(Manual {
                class: sign.class,
                said: line_of(&output, found.start()),
                why: sign.why,
            })
        })
}

/// The line of a text that holds a byte.
pub(crate) fn line_of(output: &str, at: usize) -> String {
    let start = output[..at].rfind('\n').map_or(0, |end| end + 1);
    let line = output[start..].lines().next().unwrap_or("");
    line.trim().chars().take(300).collect()
}

/// Why a command is not run again and again where it reaches a network, if so: it changes what lies outside of the project.
pub(crate) fn changes_the_world(patient: &Patient) -> Option<&'static str> {
    let names: Vec<&str> = patient
        .command
        .iter()
        .filter_map(|word| Path::new(word).file_name()?.to_str())
        .collect();
    let has = |words: &[&str]| names.iter().any(|name| words.contains(name));
    if names
        .first()
        .is_some_and(|name| matches!(*name, "sudo" | "doas" | "su"))
    {
        return Some("it asks for more rights than yours");
    }
    if has(&["terraform", "tofu"])
        && has(&[
            "apply",
            "destroy",
            "import",
            "state",
            "force-unlock",
            "taint",
        ])
    {
        return Some(
            "it changes what Terraform keeps; `terraform validate` or `plan` shows the same fault",
        );
    }
    let is_dry = has(&["--check", "--syntax-check", "--list-tasks", "-C"]);
    if has(&["ansible-playbook"]) && !is_dry {
        return Some("it changes hosts; `--syntax-check` or `--check` shows the same fault");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(environment: Environment, output: &str) -> Option<Class> {
        let before = Finished {
            code: Some(1),
            stderr: output.as_bytes().to_vec(),
            ..Finished::default()
        };
        manual(environment, &before, &[]).map(|manual| manual.class)
    }

    #[test]
    fn what_no_edit_mends_is_told() {
        use Environment::{Ansible, Bash, Python, Terraform};
        for (environment, output, class) in [
            (
                Terraform,
                "╷\n│ Error: Error acquiring the state lock\n",
                Some(Class::State),
            ),
            (
                Terraform,
                "Error: Inconsistent dependency lock file",
                Some(Class::Provider),
            ),
            (
                Ansible,
                "fatal: [web]: UNREACHABLE! => {}",
                Some(Class::Connection),
            ),
            (
                Ansible,
                "ERROR! the role 'nginx' was not found in …",
                Some(Class::Role),
            ),
            (
                Bash,
                "sudo: a password is required",
                Some(Class::Permission),
            ),
            (
                Python,
                "OSError: [Errno 28] No space left on device",
                Some(Class::Resource),
            ),
            (Python, "ValueError: the root is missing", None),
            (Bash, "Error: Error acquiring the state lock", None),
        ] {
            assert_eq!(of(environment, output), class, "{output}");
        }
    }
}
