//! What a command changed.

#[cfg(target_os = "linux")]
use std::os::fd::OwnedFd;

#[cfg(target_os = "linux")]
use crate::Limit;

/// Everything a command wrote, in memory. It is gone when this is dropped.
#[derive(Debug)]
pub struct Scratch {
    /// The file system for all that was written.
    #[cfg(target_os = "linux")]
    root: OwnedFd,
}

#[cfg(target_os = "linux")]
impl Scratch {
    pub(crate) fn new(root: OwnedFd) -> Scratch {
        Scratch { root }
    }

    /// The limits of files that were met.
    pub(crate) fn met(&self) -> Vec<Limit> {
        // Nobody can tell a file system that cannot be asked from one that is full; it is ours, so it can.
        let Ok(state) = rustix::fs::fstatvfs(&self.root) else {
            return Vec::new();
        };
        let is_met = [
            (Limit::Disk, state.f_bavail),
            (Limit::Files, state.f_favail),
        ];
        is_met
            .into_iter()
            .filter(|(_, free)| *free == 0)
            .map(|(limit, _)| limit)
            .collect()
    }
}
