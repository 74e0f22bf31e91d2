//! The system calls for which there is no safe wrapper. Nothing else in the workspace is `unsafe`.
#![expect(
    unsafe_code,
    reason = "namespaces, fork and idmapped mounts exist as raw system calls only; see docs/decisions/0004-sandbox.md"
)]

use std::ffi::CStr;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd as _, FromRawFd as _, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::process::Pid;
use rustix::thread::UnshareFlags;

/// Which side of a [`fork`] this is.
pub(super) enum Side {
    Parent(Pid),
    Child,
}

/// Splits this process in two. Only for a process with one thread.
pub(super) fn fork() -> io::Result<Side> {
    // SAFETY: a process that was started with `INSIDE` has only its main thread (`inside::enter` checks), so the child has
    // no locks that nobody will ever release and may run any code.
    let pid = unsafe { libc::fork() };
    match pid {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(Side::Child),
        pid => Ok(Side::Parent(
            Pid::from_raw(pid).expect("a child has a positive number"),
        )),
    }
}

/// Leaves namespaces of the parent for new ones.
pub(super) fn unshare(namespaces: UnshareFlags) -> io::Result<()> {
    debug_assert!(!namespaces.contains(UnshareFlags::FILES));
    // SAFETY: only the table of descriptors is dangerous to unshare, and only with several threads; it is not among them.
    Ok(unsafe { rustix::thread::unshare_unsafe(namespaces) }?)
}

/// What is to become of a mount.
#[derive(Clone, Copy, Default)]
pub(super) struct MountAttributes {
    pub(super) set: u64,
    pub(super) recursive: bool,
}

/// Changes the attributes of the mount behind `mount`; with `users` it also shows the ids that this user namespace maps.
pub(super) fn mount_setattr(
    mount: impl AsFd,
    attributes: MountAttributes,
    users: Option<&dyn AsRawUsers>,
) -> io::Result<()> {
    let attr = libc::mount_attr {
        attr_set: attributes.set | users.map_or(0, |_| libc::MOUNT_ATTR_IDMAP),
        attr_clr: 0,
        propagation: 0,
        userns_fd: users.map_or(0, |users| users.raw() as u64),
    };
    let flags = libc::AT_EMPTY_PATH
        | if attributes.recursive {
            libc::AT_RECURSIVE
        } else {
            0
        };
    let empty: &CStr = c"";
    // SAFETY: both pointers are valid for the call, the size is that of the structure, and the kernel only reads.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_fd().as_raw_fd(),
            empty.as_ptr(),
            flags,
            &raw const attr,
            size_of::<libc::mount_attr>(),
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// A descriptor of a user namespace.
pub(super) trait AsRawUsers {
    fn raw(&self) -> i32;
}

impl<T: AsFd> AsRawUsers for T {
    fn raw(&self) -> i32 {
        self.as_fd().as_raw_fd()
    }
}

/// Marks every descriptor from `first` on to be closed when another program is executed.
pub(super) fn close_on_exec_from(first: u32) -> io::Result<()> {
    // SAFETY: nothing is closed now, and no descriptor changes its meaning for this program.
    let result = unsafe {
        libc::syscall(
            libc::SYS_close_range,
            first,
            u32::MAX,
            libc::CLOSE_RANGE_CLOEXEC,
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Says whether this process and all that it starts may get huge pages of memory. Clearing them takes longer than all else that a
/// short run does.
pub fn allow_huge_pages(is_allowed: bool) {
    let is_denied = libc::c_ulong::from(!is_allowed);
    // SAFETY: this changes how memory is backed and nothing that is in it. A kernel without huge pages has none to deny.
    unsafe {
        libc::prctl(libc::PR_SET_THP_DISABLE, is_denied, 0, 0, 0);
    }
}

/// What it gives becomes true when somebody presses Ctrl-C, which ends nothing any more. It needs no thread: one would take longer to start and to end
/// than most that a short run does.
pub fn note_interrupts() -> &'static AtomicBool {
    static IS_INTERRUPTED: AtomicBool = AtomicBool::new(false);
    extern "C" fn note(_: libc::c_int) {
        IS_INTERRUPTED.store(true, Ordering::Relaxed);
    }
    // SAFETY: nothing but zeros is an action without flags that lets all other signals through.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = note as *const () as libc::sighandler_t;
    action.sa_flags = libc::SA_RESTART;
    // SAFETY: the handler is there for as long as the program, takes the number of a signal, and does what one may do at any moment.
    unsafe {
        libc::sigaction(libc::SIGINT, &action, std::ptr::null_mut());
    }
    &IS_INTERRUPTED
}

/// Brings up the loopback interface of this network namespace.
pub(super) fn bring_up_loopback() -> io::Result<()> {
    let socket = rustix::net::socket(
        rustix::net::AddressFamily::INET,
        rustix::net::SocketType::DGRAM,
        None,
    )?;
    let mut name = [0; libc::IFNAMSIZ];
    name[0] = b'l' as libc::c_char;
    name[1] = b'o' as libc::c_char;
    let request = libc::ifreq {
        ifr_name: name,
        ifr_ifru: libc::__c_anonymous_ifr_ifru {
            ifru_flags: (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short,
        },
    };
    // SAFETY: the request is a valid `ifreq` for the whole call, as SIOCSIFFLAGS takes it.
    let result = unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request) };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Time on processors of all children that ended and were waited for, and of theirs.
pub(super) fn cpu_of_children() -> Duration {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the structure is ours and as large as the kernel takes it to be; all zeros is a valid one.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_CHILDREN, usage.as_mut_ptr());
        usage.assume_init()
    };
    let time = |time: libc::timeval| {
        Duration::from_secs(time.tv_sec.unsigned_abs())
            + Duration::from_micros(time.tv_usec.unsigned_abs())
    };
    time(usage.ru_utime) + time(usage.ru_stime)
}

/// Kills every process that this one may send a signal to, but not itself.
///
/// Only for a process that may send signals to nobody else: [`super::keeper`] makes sure of that before.
pub(super) fn kill_all() {
    // SAFETY: a signal touches no memory of ours. That there is nobody to kill is no failure.
    unsafe {
        libc::kill(-1, libc::SIGKILL);
    }
}

/// A call that a filter handed over, and that waits for its answer.
pub(super) struct Notice {
    id: u64,
    /// The thread that makes it.
    pub(super) process: u32,
    /// Its number.
    pub(super) call: libc::c_long,
    pub(super) arguments: [u64; 6],
}

/// Puts a filter in force and returns where its notices come out.
pub(super) fn apply_listening(filter: &[seccompiler::sock_filter]) -> io::Result<OwnedFd> {
    let mut steps: Vec<libc::sock_filter> = filter
        .iter()
        .map(|step| libc::sock_filter {
            code: step.code,
            jt: step.jt,
            jf: step.jf,
            k: step.k,
        })
        .collect();
    let program = libc::sock_fprog {
        len: u16::try_from(steps.len()).map_err(io::Error::other)?,
        filter: steps.as_mut_ptr(),
    };
    // SAFETY: the program points to as many steps as it says, which live beyond the call; the kernel checks and copies them.
    let listener = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            libc::SECCOMP_FILTER_FLAG_NEW_LISTENER,
            &raw const program,
        )
    };
    let listener = i32::try_from(listener).map_err(io::Error::other)?;
    if listener < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel made this descriptor for us a moment ago.
    Ok(unsafe { OwnedFd::from_raw_fd(listener) })
}

const NOTICE_RECEIVE: libc::c_ulong = 0xc050_2100;
const NOTICE_ANSWER: libc::c_ulong = 0xc018_2101;
const NOTICE_IS_WAITING: libc::c_ulong = 0x4008_2102;

/// Waits for the next notice.
pub(super) fn next_notice(listener: &OwnedFd) -> io::Result<Notice> {
    let mut notice = MaybeUninit::<libc::seccomp_notif>::zeroed();
    // SAFETY: the structure is ours, all zeros as the kernel wants it, and as large as the number of the request says.
    let notice = unsafe {
        if libc::ioctl(
            listener.as_raw_fd(),
            NOTICE_RECEIVE as _,
            notice.as_mut_ptr(),
        ) != 0
        {
            return Err(io::Error::last_os_error());
        }
        notice.assume_init()
    };
    Ok(Notice {
        id: notice.id,
        process: notice.pid,
        call: libc::c_long::from(notice.data.nr),
        arguments: notice.data.args,
    })
}

/// Whether the maker of a call still waits for its answer.
pub(super) fn is_waiting(listener: &OwnedFd, notice: &Notice) -> bool {
    // SAFETY: the kernel reads the number during the call.
    let result = unsafe {
        libc::ioctl(
            listener.as_raw_fd(),
            NOTICE_IS_WAITING as _,
            &raw const notice.id,
        )
    };
    result == 0
}

/// Lets a call end with the number of an error, or well with 0.
pub(super) fn answer(listener: &OwnedFd, notice: &Notice, error: i32) -> io::Result<()> {
    let response = libc::seccomp_notif_resp {
        id: notice.id,
        val: 0,
        error: -error,
        flags: 0,
    };
    // SAFETY: the structure is as large as the number of the request says, and the kernel only reads it.
    let result = unsafe {
        libc::ioctl(
            listener.as_raw_fd(),
            NOTICE_ANSWER as _,
            &raw const response,
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
