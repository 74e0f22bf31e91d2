//! System calls that a command may not make.
//!
//! A list of what is denied, not of what is allowed: compilers and runtimes of next year must still run. What is denied needs rights that a
//! command does not have anyway, or is a part of the kernel that programs do without and attackers do not.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Length, SeccompCmpOp as Compare,
    SeccompCondition as Condition, SeccompFilter, SeccompRule as Rule, apply_filter, sock_filter,
};

/// How strict a filter has to be.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Strictness {
    /// Memory is not counted by a control group: what no look at processes would show is denied.
    pub(super) counts_memory: bool,
    /// There is no network namespace: no sockets but those between processes of the command.
    pub(super) no_sockets: bool,
}

/// Denied whatever the arguments.
const DENIED: &[libc::c_long] = &[
    libc::SYS_acct,
    libc::SYS_add_key,
    libc::SYS_adjtimex,
    libc::SYS_bpf,
    libc::SYS_chroot,
    libc::SYS_clock_adjtime,
    libc::SYS_clock_settime,
    libc::SYS_delete_module,
    libc::SYS_fanotify_init,
    libc::SYS_finit_module,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fsopen,
    libc::SYS_fspick,
    libc::SYS_init_module,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_io_uring_setup,
    libc::SYS_kcmp,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_kexec_file_load,
    libc::SYS_kexec_load,
    libc::SYS_keyctl,
    libc::SYS_lookup_dcookie,
    libc::SYS_memfd_secret,
    libc::SYS_migrate_pages,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_modify_ldt,
    libc::SYS_mount,
    libc::SYS_mount_setattr,
    libc::SYS_move_mount,
    libc::SYS_move_pages,
    libc::SYS_nfsservctl,
    libc::SYS_open_by_handle_at,
    libc::SYS_open_tree,
    libc::SYS_perf_event_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pivot_root,
    libc::SYS_process_madvise,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_ptrace,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_reboot,
    libc::SYS_remap_file_pages,
    libc::SYS_request_key,
    libc::SYS_setdomainname,
    libc::SYS_sethostname,
    libc::SYS_setns,
    libc::SYS_settimeofday,
    libc::SYS_swapoff,
    libc::SYS_swapon,
    libc::SYS_syslog,
    libc::SYS_umount2,
    libc::SYS_unshare,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_uselib,
    libc::SYS_userfaultfd,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ustat,
    libc::SYS_vhangup,
    OPEN_TREE_ATTR,
];

/// `open_tree_attr`, newer than the list of our library.
const OPEN_TREE_ATTR: libc::c_long = 467;

/// Memory that belongs to no process, as far as a look at processes can tell.
const HIDDEN_MEMORY: &[libc::c_long] = &[libc::SYS_memfd_create, libc::SYS_shmget];

/// What puts words into the mouth of a terminal's user (`TIOCSTI`, `TIOCLINUX`), or other code of the kernel behind it (`TIOCSETD`).
/// Their type in `libc` is not the same for all C libraries.
const DENIED_IOCTLS: &[u64] = &[0x5412, 0x541c, 0x5423];

/// New namespaces by `clone`; `unshare` and `clone3` are denied as a whole.
const NAMESPACES: &[libc::c_int] = &[
    libc::CLONE_NEWCGROUP,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWNS,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWUTS,
];

/// Families of sockets whose code in the kernel is used by everybody.
const FAMILIES: &[libc::c_int] = &[
    libc::AF_UNIX,
    libc::AF_INET,
    libc::AF_INET6,
    libc::AF_NETLINK,
];

/// Personalities that programs ask for: Linux, Linux without randomized addresses, and «which one is it».
const PERSONALITIES: &[u64] = &[0, libc::ADDR_NO_RANDOMIZE as u64, 0xffff_ffff];

type Rules = BTreeMap<i64, Vec<Rule>>;

/// Denies from here on, for this process and all that it starts.
pub(super) fn apply(strictness: Strictness) -> Result<(), String> {
    let filters = [
        compile(unknown_rules(), libc::ENOSYS)?,
        compile(socket_rules(strictness)?, libc::EAFNOSUPPORT)?,
        compile(memory_rules(strictness)?, libc::ENOMEM)?,
        compile(denied_rules()?, libc::EPERM)?,
        foreign_numbers(),
    ];
    for filter in filters.iter().filter(|filter| !filter.is_empty()) {
        apply_filter(filter).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn compile(rules: Rules, errno: i32) -> Result<BpfProgram, String> {
    if rules.is_empty() {
        return Ok(BpfProgram::new());
    }
    let errno = SeccompAction::Errno(errno.unsigned_abs());
    let arch = std::env::consts::ARCH
        .try_into()
        .map_err(|_| format!("no filter for {} is known", std::env::consts::ARCH))?;
    SeccompFilter::new(rules, SeccompAction::Allow, errno, arch)
        .and_then(BpfProgram::try_from)
        .map_err(|error| error.to_string())
}

/// Calls whose arguments a filter cannot see, which programs do without when they are told that there is no such call.
fn unknown_rules() -> Rules {
    Rules::from([(libc::SYS_clone3, Vec::new())])
}

fn denied_rules() -> Result<Rules, String> {
    let mut rules: Rules = DENIED.iter().map(|number| (*number, Vec::new())).collect();
    let of_clone = NAMESPACES
        .iter()
        .map(|flag| {
            let bit = u64::from(flag.unsigned_abs());
            rule(&[(0, Length::Qword, Compare::MaskedEq(bit), bit)])
        })
        .collect::<Result<_, _>>()?;
    rules.insert(libc::SYS_clone, of_clone);
    let of_ioctl = DENIED_IOCTLS
        .iter()
        .map(|request| rule(&[(1, Length::Dword, Compare::Eq, *request)]))
        .collect::<Result<_, _>>()?;
    rules.insert(libc::SYS_ioctl, of_ioctl);
    rules.insert(libc::SYS_personality, vec![none_of(0, PERSONALITIES)?]);
    Ok(rules)
}

fn socket_rules(strictness: Strictness) -> Result<Rules, String> {
    let families: Vec<u64> = FAMILIES
        .iter()
        .filter(|family| !strictness.no_sockets || **family == libc::AF_UNIX)
        .map(|family| u64::from(family.unsigned_abs()))
        .collect();
    let netlink = u64::from(libc::AF_NETLINK.unsigned_abs());
    let route = u64::from(libc::NETLINK_ROUTE.unsigned_abs());
    let mut of_socket = vec![
        none_of(0, &families)?,
        rule(&[
            (0, Length::Dword, Compare::Eq, netlink),
            (2, Length::Dword, Compare::Ne, route),
        ])?,
    ];
    if strictness.no_sockets {
        // A socket with a name reaches whoever listens under it; pairs of sockets have none.
        of_socket = vec![];
    }
    Ok(Rules::from([(libc::SYS_socket, of_socket)]))
}

fn memory_rules(strictness: Strictness) -> Result<Rules, String> {
    if strictness.counts_memory {
        return Ok(Rules::new());
    }
    let mut rules: Rules = HIDDEN_MEMORY
        .iter()
        .map(|number| (*number, Vec::new()))
        .collect();
    let shared = u64::from((libc::MAP_SHARED | libc::MAP_ANONYMOUS).unsigned_abs());
    let of_mmap = rule(&[(3, Length::Dword, Compare::MaskedEq(shared), shared)])?;
    rules.insert(libc::SYS_mmap, vec![of_mmap]);
    Ok(rules)
}

fn none_of(argument: u8, values: &[u64]) -> Result<Rule, String> {
    let conditions: Vec<_> = values
        .iter()
        .map(|value| (argument, Length::Dword, Compare::Ne, *value))
        .collect();
    rule(&conditions)
}

fn rule(conditions: &[(u8, Length, Compare, u64)]) -> Result<Rule, String> {
    conditions
        .iter()
        .map(|(argument, length, compare, value)| {
            Condition::new(*argument, length.clone(), compare.clone(), *value)
        })
        .collect::<Result<Vec<_>, _>>()
        .and_then(Rule::new)
        .map_err(|error| error.to_string())
}

/// x86-64 has a second set of numbers for the same calls, which the filters above would not know.
#[cfg(target_arch = "x86_64")]
fn foreign_numbers() -> BpfProgram {
    const X32: u32 = 0x4000_0000;
    const LOAD_NUMBER: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    const JUMP_AT_LEAST: u16 = (libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K) as u16;
    const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    let step = |code, jt, jf, k| sock_filter { code, jt, jf, k };
    vec![
        step(LOAD_NUMBER, 0, 0, 0),
        step(JUMP_AT_LEAST, 0, 1, X32),
        step(
            RETURN,
            0,
            0,
            libc::SECCOMP_RET_ERRNO | libc::ENOSYS.unsigned_abs(),
        ),
        step(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW),
    ]
}

#[cfg(not(target_arch = "x86_64"))]
fn foreign_numbers() -> BpfProgram {
    BpfProgram::new()
}
