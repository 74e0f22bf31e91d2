//! System calls that a command may not make.
//!
//! A list of what is denied, not of what is allowed: compilers and runtimes of next year must still run. What is denied needs rights that a
//! command does not have anyway, or is a part of the kernel that programs do without and attackers do not.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Length, SeccompCmpOp as Compare,
    SeccompCondition as Condition, SeccompFilter, SeccompRule as Rule, apply_filter, sock_filter,
};

use super::{owned, sys};
use crate::Network;

/// How strict a filter has to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strictness {
    /// Memory is not counted by a control group: what no look at processes would show is denied.
    pub(super) counts_memory: bool,
    /// There are no namespaces, and this is what the command may connect to: what they would hide is denied.
    pub(super) shares_machine: Option<Network>,
    /// The command has our own user id, so our files have to be kept from it.
    pub(super) shares_user: bool,
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

/// Objects that all processes of a machine share.
const SHARED: &[libc::c_long] = &[
    libc::SYS_inotify_add_watch,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
    libc::SYS_msgctl,
    libc::SYS_msgget,
    libc::SYS_msgrcv,
    libc::SYS_msgsnd,
    libc::SYS_semctl,
    libc::SYS_semget,
    libc::SYS_semop,
    libc::SYS_semtimedop,
    libc::SYS_shmat,
    libc::SYS_shmctl,
    libc::SYS_shmget,
];

/// What Landlock lets through although it is done to files of others, and programs can do without. The rest of it is [`owned::CALLS`].
const OF_OWNERS: &[libc::c_long] = &[
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chown,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_fremovexattr,
    libc::SYS_fsetxattr,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_lchown,
    libc::SYS_lremovexattr,
    libc::SYS_lsetxattr,
    libc::SYS_removexattr,
    REMOVEXATTRAT,
    libc::SYS_setxattr,
    SETXATTRAT,
    FILE_SETATTR,
];

/// Newer than the list of our library, or not on it everywhere.
const SETXATTRAT: libc::c_long = 463;
const REMOVEXATTRAT: libc::c_long = 466;
const FILE_SETATTR: libc::c_long = 469;

/// Calls that change how a process is treated, and which argument says what process; 0 is the own one.
const OF_PROCESSES: &[(libc::c_long, u8)] = &[
    (libc::SYS_ioprio_set, 1),
    (libc::SYS_prlimit64, 0),
    (libc::SYS_sched_setaffinity, 0),
    (libc::SYS_sched_setattr, 0),
    (libc::SYS_sched_setparam, 0),
    (libc::SYS_sched_setscheduler, 0),
    (libc::SYS_setpriority, 1),
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

/// Filters that were made and are not in force.
pub(super) struct Filters {
    denying: Vec<BpfProgram>,
    /// Hands calls over to the keeper of a command.
    handing: BpfProgram,
}

impl Filters {
    pub(super) fn new(strictness: Strictness) -> Result<Filters, String> {
        Ok(Filters {
            denying: vec![
                compile(unknown_rules(), denies(libc::ENOSYS))?,
                compile(socket_rules(strictness)?, denies(libc::EAFNOSUPPORT))?,
                compile(memory_rules(strictness)?, denies(libc::ENOMEM))?,
                compile(denied_rules()?, denies(libc::EPERM))?,
                compile(shared_rules(strictness)?, denies(libc::EPERM))?,
                compile(owner_rules(strictness), denies(libc::EOPNOTSUPP))?,
                foreign_numbers(),
            ],
            handing: handing(strictness)?,
        })
    }

    /// Those that only deny, for whoever is to apply them.
    pub(super) fn programs(&self) -> impl Iterator<Item = &BpfProgram> {
        self.denying.iter().filter(|program| !program.is_empty())
    }

    /// Denies from here on, for this process and all that it starts. Calls that somebody else has to make come out of the descriptor.
    pub(super) fn apply(&self) -> Result<Option<OwnedFd>, String> {
        let listener = if self.handing.is_empty() {
            None
        } else {
            Some(sys::apply_listening(&self.handing).map_err(|error| error.to_string())?)
        };
        for filter in self.programs() {
            apply_filter(filter).map_err(|error| error.to_string())?;
        }
        Ok(listener)
    }
}

fn denies(errno: i32) -> SeccompAction {
    SeccompAction::Errno(errno.unsigned_abs())
}

/// The filter that hands calls over. Our library knows no such filter, so it is made from one for a tracer.
fn handing(strictness: Strictness) -> Result<BpfProgram, String> {
    const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    let mut rules = Rules::new();
    if strictness.shares_user {
        rules.extend(owned::CALLS.iter().map(|number| (*number, Vec::new())));
    }
    let mut filter = compile(rules, SeccompAction::Trace(0))?;
    for step in &mut filter {
        if step.code == RETURN && step.k == libc::SECCOMP_RET_TRACE {
            step.k = libc::SECCOMP_RET_USER_NOTIF;
        }
    }
    Ok(filter)
}

fn compile(rules: Rules, action: SeccompAction) -> Result<BpfProgram, String> {
    if rules.is_empty() {
        return Ok(BpfProgram::new());
    }
    let arch = std::env::consts::ARCH
        .try_into()
        .map_err(|_| format!("no filter for {} is known", std::env::consts::ARCH))?;
    SeccompFilter::new(rules, SeccompAction::Allow, action, arch)
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
    // A socket with a name reaches whoever listens under it; pairs of sockets have none.
    if matches!(
        strictness.shares_machine,
        Some(Network::None | Network::Listed)
    ) {
        return Ok(Rules::from([(libc::SYS_socket, Vec::new())]));
    }
    // Services of this machine listen in its files.
    let is_denied =
        |family: libc::c_int| strictness.shares_machine.is_some() && family == libc::AF_UNIX;
    let families: Vec<u64> = FAMILIES
        .iter()
        .filter(|family| !is_denied(**family))
        .map(|family| u64::from(family.unsigned_abs()))
        .collect();
    let netlink = u64::from(libc::AF_NETLINK.unsigned_abs());
    let route = u64::from(libc::NETLINK_ROUTE.unsigned_abs());
    let of_socket = vec![
        none_of(0, &families)?,
        rule(&[
            (0, Length::Dword, Compare::Eq, netlink),
            (2, Length::Dword, Compare::Ne, route),
        ])?,
    ];
    Ok(Rules::from([(libc::SYS_socket, of_socket)]))
}

/// What namespaces would hide or make harmless.
fn shared_rules(strictness: Strictness) -> Result<Rules, String> {
    if strictness.shares_machine.is_none() {
        return Ok(Rules::new());
    }
    let mut rules: Rules = SHARED.iter().map(|number| (*number, Vec::new())).collect();
    for (call, process) in OF_PROCESSES {
        let other = rule(&[(*process, Length::Dword, Compare::Ne, 0)])?;
        rules.insert(*call, vec![other]);
    }
    let hides = u64::from(libc::PR_SET_DUMPABLE.unsigned_abs());
    let of_prctl = rule(&[(0, Length::Dword, Compare::Eq, hides)])?;
    rules.insert(libc::SYS_prctl, vec![of_prctl]);
    Ok(rules)
}

fn owner_rules(strictness: Strictness) -> Rules {
    let calls = OF_OWNERS.iter().filter(|_| strictness.shares_user);
    calls.map(|number| (*number, Vec::new())).collect()
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
