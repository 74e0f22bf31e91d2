//! Whose a container is, so that what a killed run left behind is removed by the next one, and nothing else.

use std::collections::HashMap;
use std::fs;

/// The label of every container of ours.
pub(super) const LABEL: &str = "arc.run.owner";

/// A process of this machine, for as long as it lives: the boot, the namespace of processes, its number and when it began.
pub(super) fn owner() -> Option<String> {
    let pid = std::process::id();
    Some(format!("{} {pid} {}", machine()?, began(pid)?))
}

fn machine() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let processes = fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{} {}", boot.trim(), processes.display()))
}

/// When a process began, in ticks since the boot.
fn began(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name of the program may have anything in it, blanks and parentheses too.
    let (_, rest) = text.rsplit_once(')')?;
    rest.split_whitespace().nth(19)?.parse().ok()
}

/// Whether a container was started by a process that there is no more. Of processes of another machine or another namespace nobody here
/// can tell; such a container is left alone unless it `is_running` no more and is of an earlier boot.
pub(super) fn is_left(labels: &HashMap<String, String>, is_running: bool) -> bool {
    let (Some(label), Some(here)) = (labels.get(LABEL), machine()) else {
        return false;
    };
    let words: Vec<_> = label.split(' ').collect();
    let [boot, processes, pid, start] = words[..] else {
        return false;
    };
    if format!("{boot} {processes}") != here {
        return !is_running && !here.starts_with(boot);
    }
    let (Ok(pid), Ok(start)) = (pid.parse(), start.parse::<u64>()) else {
        return false;
    };
    began(pid) != Some(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_left_with(label: &str, is_running: bool) -> bool {
        is_left(
            &HashMap::from([(LABEL.to_owned(), label.to_owned())]),
            is_running,
        )
    }

    #[test]
    fn only_what_nobody_owns_is_left() {
        let own = owner().expect("there is /proc");
        let machine = machine().expect("there is /proc");
        assert!(!is_left_with(&own, true));
        let pid = std::process::id();
        assert!(
            is_left_with(&format!("{machine} {pid} 1"), true),
            "its number is another's now"
        );
        assert!(is_left_with(&format!("{machine} 4194305 1"), true));
        let elsewhere = "00000000-0000-0000-0000-000000000000 pid:[1]";
        assert!(!is_left_with(&format!("{elsewhere} 4194305 1"), true));
        assert!(is_left_with(&format!("{elsewhere} 4194305 1"), false));
        assert!(!is_left_with("", false) && !is_left(&HashMap::new(), false));
    }
}
