//! Who a command is: a user inside of the sandbox, and the user of this machine behind it.
//!
//! Root never runs a command as root. It takes a user id that nobody has, and the project's files appear as that user's.

use std::io;
use std::path::Path;

use rustix::process::{Pid, getegid, geteuid, getpid};
use serde::{Deserialize, Serialize};

/// The user and group that a command sees itself as.
pub const INNER_ID: u32 = 1000;

/// Ids that no distribution and no container manager gives to anybody.
const NOBODYS: std::ops::Range<u32> = 2_146_000_000..2_147_000_000;

/// The user and group of this machine behind a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The user.
    pub user: u32,
    /// The group.
    pub group: u32,
    /// Not the ones that we run as.
    pub is_other: bool,
}

impl Identity {
    /// Our own identity.
    #[must_use]
    pub fn own() -> Identity {
        Identity {
            user: geteuid().as_raw(),
            group: getegid().as_raw(),
            is_other: false,
        }
    }

    /// The identity for a command that this process starts.
    ///
    /// # Errors
    ///
    /// When root has no other user to give to a command.
    pub fn choose() -> Result<Identity, String> {
        let own = Identity::own();
        if own.user != 0 {
            return Ok(own);
        }
        let id_in = |map: &str| {
            let text = std::fs::read_to_string(map)
                .map_err(|error| format!("cannot read {map}: {error}"))?;
            unused_id(&text, getpid().as_raw_nonzero().get().unsigned_abs())
                .ok_or_else(|| "root has no other user id here to give to a command".to_owned())
        };
        Ok(Identity {
            user: id_in("/proc/self/uid_map")?,
            group: id_in("/proc/self/gid_map")?,
            is_other: true,
        })
    }

    /// Writes the maps of the user namespace of `process` so that `inside` is this identity.
    ///
    /// # Errors
    ///
    /// When the kernel does not take them.
    pub fn map(self, process: Option<Pid>, inside: (u32, u32)) -> io::Result<()> {
        let folder = match process {
            Some(pid) => format!("/proc/{}", pid.as_raw_nonzero()),
            None => "/proc/self".to_owned(),
        };
        let folder = Path::new(&folder);
        if !self.is_other {
            std::fs::write(folder.join("setgroups"), "deny")?;
        }
        let line = |inside: u32, outside: u32| format!("{inside} {outside} 1\n");
        std::fs::write(folder.join("gid_map"), line(inside.1, self.group))?;
        std::fs::write(folder.join("uid_map"), line(inside.0, self.user))
    }
}

/// An id that a map offers and that is not 0: one that nobody has if it goes that far, else its last.
fn unused_id(map: &str, seed: u32) -> Option<u32> {
    let mut best = None;
    for line in map.lines() {
        let mut numbers = line.split_whitespace().map(str::parse::<u32>);
        let (Some(Ok(first)), Some(Ok(_)), Some(Ok(count))) =
            (numbers.next(), numbers.next(), numbers.next())
        else {
            continue;
        };
        let last = first.saturating_add(count.saturating_sub(1));
        if first <= NOBODYS.start && last >= NOBODYS.end {
            return Some(NOBODYS.start + seed % (NOBODYS.end - NOBODYS.start));
        }
        if last > 0 && count > 0 {
            best = best.max(Some(last));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_takes_an_id_that_nobody_has() {
        assert_eq!(unused_id("0 0 4294967295\n", 7), Some(NOBODYS.start + 7));
    }

    #[test]
    fn in_a_container_the_last_id_is_taken() {
        assert_eq!(unused_id("0 1000 1\n1 100000 65536\n", 7), Some(65536));
        assert_eq!(unused_id("0 1000 1\n", 7), None);
        assert_eq!(unused_id("garbage\n", 7), None);
    }
}
