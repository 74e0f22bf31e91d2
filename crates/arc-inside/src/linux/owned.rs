//! Permissions and times of files, where the command has our own user id and no mounts hide what else that user owns.
//!
//! Landlock does not know these calls, so the command may not make them. They are handed to its keeper, which looks which file is meant, makes
//! sure that it lies where the command may write, and does it to that very file.

use std::ffi::CString;
use std::fs::File;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{
    AtFlags, CWD, Mode, OFlags, Timespec, Timestamps, UTIME_NOW, chmodat, open, openat, readlinkat,
    utimensat,
};
use rustix::io::Errno;

use super::sys::{self, Notice};

/// Numbers of calls that are newer than the list of our library.
const FCHMODAT2: libc::c_long = 452;

/// The calls that a keeper makes for its command.
pub(super) const CALLS: &[libc::c_long] = &[
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chmod,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    FCHMODAT2,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_futimesat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_utime,
    libc::SYS_utimensat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_utimes,
];

/// Paths are no longer.
const LONGEST: usize = 4096;
/// A path is read up to the end of a page at a time: the next one may not be there.
const PAGE: u64 = 4096;

/// Makes the calls that come over `listener` until nobody makes any more.
pub(super) fn serve(listener: &OwnedFd, writable: &[PathBuf]) {
    loop {
        let mut polled = [PollFd::new(listener, PollFlags::IN)];
        let is_over = match poll(&mut polled, None) {
            Ok(_) => !polled[0].revents().contains(PollFlags::IN),
            Err(error) => error != Errno::INTR,
        };
        if is_over {
            return;
        }
        // Whoever made the call may be gone since.
        let Ok(notice) = sys::next_notice(listener) else {
            continue;
        };
        let result = Call::read(&notice)
            .and_then(|call| call.make(writable, || sys::is_waiting(listener, &notice)));
        let number = result.err().map_or(0, Errno::raw_os_error);
        let _ = sys::answer(listener, &notice, number);
    }
}

/// A call as its process meant it.
struct Call {
    file: OwnedFd,
    change: Change,
}

enum Change {
    Mode(Mode),
    Times(Timestamps),
}

impl Call {
    fn read(notice: &Notice) -> Result<Call, Errno> {
        let memory = Memory::of(notice.process)?;
        let [a, b, c, d, ..] = notice.arguments;
        let here = u64::from(libc::AT_FDCWD.cast_unsigned());
        let mode = |bits: u64| {
            let bits = u32::try_from(bits & 0o7777).unwrap_or(0);
            Change::Mode(Mode::from_raw_mode(bits))
        };
        let (folder, path, flags, change) = match notice.call {
            libc::SYS_fchmod => (a, 0, 0, mode(b)),
            libc::SYS_fchmodat => (a, b, 0, mode(c)),
            FCHMODAT2 => (a, b, d, mode(c)),
            libc::SYS_utimensat => (a, b, d, Change::Times(memory.times(c, 1)?)),
            #[cfg(target_arch = "x86_64")]
            libc::SYS_chmod => (here, a, 0, mode(b)),
            #[cfg(target_arch = "x86_64")]
            libc::SYS_futimesat => (a, b, 0, Change::Times(memory.times(c, 1000)?)),
            #[cfg(target_arch = "x86_64")]
            libc::SYS_utimes => (here, a, 0, Change::Times(memory.times(b, 1000)?)),
            #[cfg(target_arch = "x86_64")]
            libc::SYS_utime => (here, a, 0, Change::Times(memory.seconds(b)?)),
            _ => return Err(Errno::NOSYS),
        };
        let path = if path == 0 {
            None
        } else {
            Some(memory.text(path)?)
        };
        let file = open_meant(notice.process, folder, path.as_deref(), flags)?;
        Ok(Call { file, change })
    }

    /// Makes the call if the file lies in one of the folders and whoever asked for it still waits: else the number of its
    /// process may be another's by now.
    fn make(&self, writable: &[PathBuf], is_waiting: impl FnOnce() -> bool) -> Result<(), Errno> {
        let own = format!("/proc/self/fd/{}", self.file.as_raw_fd());
        let place = readlinkat(CWD, &own, Vec::new())?;
        let place = Path::new(std::ffi::OsStr::from_bytes(place.as_bytes()));
        if !is_waiting() || !writable.iter().any(|folder| place.starts_with(folder)) {
            return Err(Errno::PERM);
        }
        match &self.change {
            Change::Mode(mode) => chmodat(CWD, &own, *mode, AtFlags::empty()),
            Change::Times(times) => utimensat(CWD, &own, times, AtFlags::empty()),
        }
    }
}

/// The file that a process means, in our hands.
fn open_meant(
    process: u32,
    folder: u64,
    path: Option<&[u8]>,
    flags: u64,
) -> Result<OwnedFd, Errno> {
    let take = OFlags::PATH | OFlags::CLOEXEC;
    let own = format!("/proc/{process}");
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a descriptor is the lower half of its argument"
    )]
    let descriptor = (folder as u32).cast_signed();
    let base = || {
        if descriptor == libc::AT_FDCWD {
            open(format!("{own}/cwd"), take, Mode::empty())
        } else {
            open(format!("{own}/fd/{descriptor}"), take, Mode::empty())
        }
    };
    let is_set = |flag: AtFlags| flags & u64::from(flag.bits()) != 0;
    match path {
        None => base(),
        Some(b"") if is_set(AtFlags::EMPTY_PATH) => base(),
        Some(path) => {
            // What is about itself for the process is about another for us.
            let path = match path.strip_prefix(b"/proc/self/") {
                Some(rest) => [own.as_bytes(), b"/", rest].concat(),
                None => path.to_owned(),
            };
            let path = CString::new(path).map_err(|_| Errno::INVAL)?;
            let links = if is_set(AtFlags::SYMLINK_NOFOLLOW) {
                OFlags::NOFOLLOW
            } else {
                OFlags::empty()
            };
            if path.as_bytes().starts_with(b"/") {
                open(&*path, take | links, Mode::empty())
            } else {
                openat(base()?.as_fd(), &*path, take | links, Mode::empty())
            }
        }
    }
}

/// What a process has written down.
struct Memory(File);

impl Memory {
    fn of(process: u32) -> Result<Memory, Errno> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let memory = open(format!("/proc/{process}/mem"), flags, Mode::empty())?;
        Ok(Memory(File::from(memory)))
    }

    fn text(&self, mut at: u64) -> Result<Vec<u8>, Errno> {
        let mut text = Vec::new();
        while text.len() < LONGEST {
            let length = PAGE - at % PAGE;
            let mut part = vec![0; usize::try_from(length).unwrap_or(0)];
            self.0
                .read_exact_at(&mut part, at)
                .map_err(|_| Errno::FAULT)?;
            if let Some(end) = part.iter().position(|byte| *byte == 0) {
                text.extend_from_slice(&part[..end]);
                return Ok(text);
            }
            text.extend_from_slice(&part);
            at += length;
        }
        Err(Errno::NAMETOOLONG)
    }

    fn numbers<const N: usize>(&self, at: u64) -> Result<[i64; N], Errno> {
        let mut numbers = [0; N];
        for (index, number) in numbers.iter_mut().enumerate() {
            let mut bytes = [0; 8];
            self.0
                .read_exact_at(&mut bytes, at + 8 * index as u64)
                .map_err(|_| Errno::FAULT)?;
            *number = i64::from_ne_bytes(bytes);
        }
        Ok(numbers)
    }

    /// Two times, each with a second number in units of so many nanoseconds; now where there are none.
    fn times(&self, at: u64, unit: i64) -> Result<Timestamps, Errno> {
        if at == 0 {
            return Ok(now());
        }
        let [accessed, accessed_part, modified, modified_part] = self.numbers(at)?;
        let time = |tv_sec, part: i64| Timespec {
            tv_sec,
            tv_nsec: part.saturating_mul(unit),
        };
        Ok(Timestamps {
            last_access: time(accessed, accessed_part),
            last_modification: time(modified, modified_part),
        })
    }

    /// Two times in whole seconds.
    #[cfg(target_arch = "x86_64")]
    fn seconds(&self, at: u64) -> Result<Timestamps, Errno> {
        if at == 0 {
            return Ok(now());
        }
        let [accessed, modified] = self.numbers(at)?;
        let time = |tv_sec| Timespec { tv_sec, tv_nsec: 0 };
        Ok(Timestamps {
            last_access: time(accessed),
            last_modification: time(modified),
        })
    }
}

fn now() -> Timestamps {
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: UTIME_NOW,
    };
    Timestamps {
        last_access: now,
        last_modification: now,
    }
}
