//! Faults of a file as a whole: line ends and marks of other systems, the line that names the interpreter, permissions.

use std::ffi::OsString;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use crate::child::find_program;
use crate::diagnostic::{Class, Environment};
use crate::proposal::Proposal;
use crate::spelling::distance;

const BOM: &[u8] = b"\xef\xbb\xbf";
/// What a line that names an interpreter means most often.
const INTERPRETERS: &[&str] = &[
    "bash", "sh", "dash", "env", "ksh", "zsh", "python3", "python", "node", "perl", "ruby",
];

/// What the shell costs that a script is less likely written for.
const OTHER_SHELL: u32 = 120;

/// For which shell a script is written.
#[derive(Clone, Copy)]
enum Shell {
    Bash,
    Plain,
}

/// What is wrong with the file as a whole, most certain first. The command decides whether it was that.
pub(crate) fn whole_file_proposals(
    environment: Environment,
    bytes: &[u8],
    mode: u32,
    variables: &[(OsString, OsString)],
) -> Vec<Proposal> {
    let mut proposals = Vec::new();
    let mut propose = |bytes: Vec<u8>, mode: u32, class, rule, why: &str, cost| {
        proposals.push(Proposal {
            bytes,
            mode,
            class,
            rule,
            why: why.to_owned(),
            cost,
        });
    };
    let minds_marks = matches!(
        environment,
        Environment::Bash | Environment::Ansible | Environment::Terraform
    ) || bytes.strip_prefix(BOM).unwrap_or(bytes).starts_with(b"#!");
    let unmarked = bytes.strip_prefix(BOM).unwrap_or(bytes);
    if minds_marks && unmarked.len() < bytes.len() {
        let why = "a byte order mark stands where the system looks for the interpreter";
        propose(unmarked.to_vec(), mode, Class::Encoding, "bom", why, 10);
    }
    if minds_marks && has_returns(bytes) {
        let why = "lines end as on Windows, and the carriage return counts as part of the line";
        propose(
            without_returns(unmarked),
            mode,
            Class::Encoding,
            "line-ends",
            why,
            10,
        );
    }
    if let Some((first, rest)) = interpreter_line(unmarked) {
        let mut lines = interpreter_lines(first, variables);
        let likely = if needs_bash(rest) {
            Shell::Bash
        } else {
            Shell::Plain
        };
        lines = with_bash(lines, likely);
        for (line, cost) in lines {
            let mut fixed = line.into_bytes();
            fixed.extend_from_slice(rest);
            let why = "the first line names no interpreter that is here";
            propose(fixed, mode, Class::Command, "shebang", why, cost);
        }
    }
    if mode & 0o100 == 0 && unmarked.starts_with(b"#!") {
        let why = "a script with an interpreter line may not be executed";
        // Whoever may read it may run it.
        let executable = mode | ((mode & 0o444) >> 2) | 0o100;
        propose(
            bytes.to_vec(),
            executable,
            Class::Permission,
            "permission",
            why,
            20,
        );
    }
    proposals
}

fn has_returns(bytes: &[u8]) -> bool {
    bytes.windows(2).any(|pair| pair == b"\r\n")
}

fn without_returns(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    for (at, byte) in bytes.iter().enumerate() {
        if *byte != b'\r' || bytes.get(at + 1) != Some(&b'\n') {
            plain.push(*byte);
        }
    }
    plain
}

/// The line that names the interpreter, or should, and what comes after it.
fn interpreter_line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let line = std::str::from_utf8(&bytes[..end]).ok()?;
    line.trim_start()
        .starts_with("#!")
        .then_some((line, &bytes[end..]))
}

/// Whether a script is written for bash: a plain shell would stop somewhere, or do something else.
fn needs_bash(script: &[u8]) -> bool {
    static OWN: LazyLock<Regex> = LazyLock::new(|| {
        let own = concat!(
            r"(?m)^[^#\n]*(\[\[ |\(\(|<<<|\w\+?=\(|\w\+=|\$\{!|&>|\bpipefail\b|\bBASH_|\bFUNCNAME\b",
            r"|\$\{\w+(//|\^|,,|:\d)|(^|[;&|({]) *(declare|mapfile|readarray|shopt|source|type -[aPpt]|printf -v|read -[adnN]|function \w) ?)"
        );
        Regex::new(own).expect("the expression is tested")
    });
    OWN.is_match(&String::from_utf8_lossy(script))
}

/// The lines that name a plain shell, and beside each one the same with bash: the likelier one costs less.
fn with_bash(lines: Vec<(String, u32)>, likely: Shell) -> Vec<(String, u32)> {
    let mut both: Vec<(String, u32)> = Vec::new();
    for (line, cost) in lines {
        let bash = line
            .strip_suffix("/sh")
            .map(|folder| format!("{folder}/bash"))
            .filter(|bash| Path::new(bash.trim_start_matches("#!")).exists());
        match (bash, likely) {
            (Some(bash), Shell::Plain) => both.extend([(line, cost), (bash, cost + OTHER_SHELL)]),
            (Some(bash), Shell::Bash) => both.extend([(bash, cost), (line, cost + OTHER_SHELL)]),
            (None, _) => both.push((line, cost)),
        }
    }
    both.sort_by_key(|(_, cost)| *cost);
    both
}

/// Lines that name an interpreter that is there, likeliest first; none when the line is right as it is.
fn interpreter_lines(line: &str, variables: &[(OsString, OsString)]) -> Vec<(String, u32)> {
    let mut words = line.trim().trim_start_matches("#!").split_whitespace();
    let Some(program) = words.next() else {
        return vec![("#!/bin/sh".to_owned(), 60)];
    };
    let rest: Vec<&str> = words.collect();
    let is_there = |path: &str| path.starts_with('/') && Path::new(path).exists();
    let is_known = |name: &str| find_program(variables, Path::new("/"), &name.into()).is_some();
    let name = program.rsplit('/').next().unwrap_or(program);
    if name == "env" && is_there(program) {
        return match rest.first() {
            Some(target) if !is_known(target) => nearest(target)
                .map(|found| (format!("#!{program} {found}"), 40))
                .into_iter()
                .collect(),
            _ => own_start(line),
        };
    }
    if is_there(program) {
        return own_start(line);
    }
    let arguments = if rest.is_empty() {
        String::new()
    } else {
        format!(" {}", rest.join(" "))
    };
    let mut found = Vec::new();
    if name == "env" {
        let target = rest.first().map_or(Some("bash"), |target| {
            if is_known(target) {
                Some(*target)
            } else {
                nearest(target)
            }
        });
        found.extend(target.map(|target| (format!("#!/usr/bin/env {target}"), 40)));
        return found;
    }
    let stem = name.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    for candidate in [Some(name), Some(stem), nearest(name), nearest(stem)]
        .into_iter()
        .flatten()
    {
        if !INTERPRETERS.contains(&candidate) {
            continue;
        }
        for folder in [
            program.rsplit_once('/').map_or("", |(folder, _)| folder),
            "/bin",
            "/usr/bin",
        ] {
            let folder = if folder.starts_with('/') {
                folder.to_owned()
            } else {
                format!("/{folder}")
            };
            let path = format!("{}/{candidate}", folder.trim_end_matches('/'));
            if is_there(&path)
                && !found
                    .iter()
                    .any(|(line, _): &(String, u32)| line.starts_with(&format!("#!{path}")))
            {
                let cost = 40 + 60 * u32::try_from(found.len()).unwrap_or(9);
                found.push((format!("#!{path}{arguments}"), cost));
            }
        }
    }
    found
}

/// The line from its `#!` on, if something stands before it.
fn own_start(line: &str) -> Vec<(String, u32)> {
    if line.starts_with("#!") {
        Vec::new()
    } else {
        vec![(line.trim_start().to_owned(), 20)]
    }
}

fn nearest(name: &str) -> Option<&'static str> {
    INTERPRETERS
        .iter()
        .filter_map(|known| distance(name, known, 2).map(|far| (far, *known)))
        .min()
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &[u8], mode: u32) -> Vec<(&'static str, Vec<u8>, u32)> {
        let path = [(OsString::from("PATH"), OsString::from("/usr/bin:/bin"))];
        whole_file_proposals(Environment::Bash, text, mode, &path)
            .into_iter()
            .map(|proposal| (proposal.rule, proposal.bytes, proposal.mode))
            .collect()
    }

    #[test]
    fn line_ends_and_marks_of_other_systems_go() {
        assert_eq!(
            rules(b"\xef\xbb\xbf#!/bin/sh\necho\n", 0o755),
            [("bom", b"#!/bin/sh\necho\n".to_vec(), 0o755)]
        );
        assert_eq!(
            rules(b"echo a\r\necho b\r\n", 0o755),
            [("line-ends", b"echo a\necho b\n".to_vec(), 0o755)]
        );
    }

    #[test]
    fn an_interpreter_that_is_not_there_becomes_the_nearest_one_that_is() {
        for (wrong, right) in [
            ("#!/bin/bahs", "#!/bin/bash"),
            ("#!bin/sh", "#!/bin/sh"),
            (" #!/bin/sh", "#!/bin/sh"),
            ("#!/usr/bin/env bahs", "#!/usr/bin/env bash"),
            ("#!/bin/env-not bash", ""),
        ] {
            let found = rules(format!("{wrong}\necho\n").as_bytes(), 0o755);
            let first = found
                .first()
                .map(|(_, text, _)| String::from_utf8_lossy(text).into_owned());
            let expected = (!right.is_empty()).then(|| format!("{right}\necho\n"));
            assert_eq!(first, expected, "{wrong}");
        }
        assert_eq!(rules(b"#!/bin/sh\necho\n", 0o755), []);
        let bash = rules(b"#!bin/sh\ndeclare -A map=([a]=1)\n", 0o755);
        assert!(bash[0].1.starts_with(b"#!/bin/bash\n"));
        let second = |text: &[u8]| String::from_utf8_lossy(&rules(text, 0o755)[1].1).into_owned();
        assert!(
            bash.iter()
                .any(|(_, text, _)| text.starts_with(b"#!/bin/sh\n"))
        );
        for own in [
            "shopt -s nullglob",
            "a=${b//c/d}",
            "read -a x",
            "type -P ls",
        ] {
            let found = rules(format!("#!bin/sh\n{own}\n").as_bytes(), 0o755);
            assert!(found[0].1.starts_with(b"#!/bin/bash\n"), "{own}");
        }
        // Where nothing speaks for bash it is tried when the plain shell fails.
        assert!(second(b"#!bin/sh\necho\n").contains("/sh\n"));
        let plain = rules(b"#!bin/sh\necho\n", 0o755);
        assert!(
            plain
                .iter()
                .any(|(_, text, _)| text.starts_with(b"#!/bin/bash\n"))
        );
    }

    #[test]
    fn a_script_becomes_executable_for_those_who_may_read_it() {
        assert_eq!(rules(b"#!/bin/sh\n", 0o644)[0].2, 0o755);
        assert_eq!(rules(b"#!/bin/sh\n", 0o640)[0].2, 0o750);
    }
}
