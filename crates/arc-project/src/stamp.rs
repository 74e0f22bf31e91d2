//! What the file system says of a path without reading it, and when that can be trusted.

use std::fs::Metadata;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use arc_store::Stamp;

/// File systems keep times in ticks: a file that changed this shortly before the walk may change again with the same time.
const TICK_NS: i64 = 20_000_000;
/// The tick of file systems that keep times in seconds, or in two of them.
const SLOW_TICK_NS: i64 = 2_100_000_000;
/// A time further ahead of our clock than this comes from another clock, which does not tick with ours.
const AHEAD_NS: i64 = 2_000_000_000;

/// What the file system says of one path now; `None` when there is nothing or it cannot be seen.
fn stamp_of(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::symlink_metadata(path).ok()?;
    // Seen from far enough ahead no time is too fresh to be trusted.
    Some(stamp(&metadata, i64::MAX / 2))
}

/// Whether a file is as `stored`, by size and times. A time that was too fresh to be trusted when it was stored counts as
/// the same.
pub(crate) fn is_as_stored(path: &Path, stored: &Stamp) -> bool {
    stamp_of(path).is_some_and(|now| {
        now.size == stored.size
            && (now.mtime_ns == stored.mtime_ns || stored.mtime_ns == 0)
            && (now.ctime_ns == stored.ctime_ns || stored.ctime_ns == 0)
    })
}

/// Whether nothing can have changed between two looks: they are equal, and no change can hide behind the first.
pub(crate) fn is_unchanged(stored: &Stamp, now: &Stamp) -> bool {
    stored.mtime_ns != 0 && stored == now
}

/// Now, in nanoseconds since 1970.
pub(crate) fn now_ns() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| i64::try_from(now.as_nanos()).unwrap_or(i64::MAX))
}

/// The stamp of what a look that `started` then found.
#[cfg(unix)]
pub(crate) fn stamp(metadata: &Metadata, started: i64) -> Stamp {
    use std::os::unix::fs::MetadataExt;
    let nanoseconds =
        |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
    let ctime_ns = nanoseconds(metadata.ctime(), metadata.ctime_nsec());
    let mtime_ns = nanoseconds(metadata.mtime(), metadata.mtime_nsec());
    Stamp {
        size: metadata.size(),
        mtime_ns: trusted(mtime_ns, ctime_ns, started),
        ctime_ns,
        inode: metadata.ino(),
    }
}

#[cfg(not(unix))]
pub(crate) fn stamp(metadata: &Metadata, started: i64) -> Stamp {
    let modified = metadata.modified().ok();
    let modified = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let mtime_ns = modified.map_or(0, |time| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX));
    Stamp {
        size: metadata.len(),
        mtime_ns: trusted(mtime_ns, mtime_ns, started),
        ctime_ns: 0,
        inode: 0,
    }
}

/// The modification time, or 0 when a change could still hide behind it.
fn trusted(mtime_ns: i64, changed_ns: i64, started: i64) -> i64 {
    let tick = if changed_ns % 1_000_000_000 == 0 {
        SLOW_TICK_NS
    } else {
        TICK_NS
    };
    let may_hide = (started - tick..started + AHEAD_NS).contains(&changed_ns);
    if may_hide { 0 } else { mtime_ns }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_changed_a_moment_ago_is_not_trusted() {
        let now = 1_000_000_000_001;
        assert_eq!(trusted(5, now - 2, now), 0);
        assert_eq!(trusted(5, now - TICK_NS - 1, now), 5);
        // The clock went back: the file seems to come from tomorrow.
        assert_eq!(trusted(5, now + AHEAD_NS, now), 5);
    }

    #[test]
    fn whole_seconds_are_trusted_later() {
        let now = 1_000_500_000_000;
        assert_eq!(trusted(5, 1_000_000_000_000, now), 0);
        assert_eq!(trusted(5, 997_000_000_000, now), 5);
    }
}
