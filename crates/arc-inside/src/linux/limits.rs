//! What is taken from a process before it becomes the command: rights, files, system calls, and more than its share.

use std::path::Path;

use landlock::{
    ABI, Access as _, AccessFs, CompatLevel, Compatible as _, PathBeneath, PathFd, Ruleset,
    RulesetAttr as _, RulesetCreated, RulesetCreatedAttr as _, RulesetStatus, Scope,
};
use rustix::process::{Resource, Rlimit, getpriority_process, setpriority_process, setrlimit};
use rustix::thread::{
    CapabilitiesSecureBits, CapabilitySet, CapabilitySets, clear_ambient_capability_set,
    remove_capability_from_bounding_set, set_capabilities, set_capabilities_secure_bits,
    set_no_new_privs,
};

use crate::Limits;

/// The newest Landlock that we know what to do with.
const LANDLOCK: ABI = ABI::V6;
/// Descriptors of one process.
const DESCRIPTORS: u64 = 65_536;

/// How much later than its supervisor a command is served that no control group counts.
const AFTER_US: i32 = 8;
/// The lowest priority that there is.
const NICEST: i32 = 19;

/// Gives up all rights for good.
pub(super) fn drop_rights() -> rustix::io::Result<()> {
    // Bits that this kernel has no right for answer with an error; a right that could not be dropped would still be in
    // the permitted set of nobody, since that is emptied below and nothing can be gained from a file any more.
    for bit in 0..64 {
        let _ = remove_capability_from_bounding_set(CapabilitySet::from_bits_retain(1 << bit));
    }
    set_capabilities_secure_bits(
        CapabilitiesSecureBits::NO_ROOT
            | CapabilitiesSecureBits::NO_ROOT_LOCKED
            | CapabilitiesSecureBits::NO_SETUID_FIXUP
            | CapabilitiesSecureBits::NO_SETUID_FIXUP_LOCKED
            | CapabilitiesSecureBits::KEEP_CAPS_LOCKED
            | CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE
            | CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE_LOCKED,
    )?;
    clear_ambient_capability_set()?;
    drop_rights_of_user()
}

/// Gives up all rights that a user can have who is not root, or is not any more.
pub(super) fn drop_rights_of_user() -> rustix::io::Result<()> {
    let none = CapabilitySet::empty();
    set_capabilities(
        None,
        CapabilitySets {
            effective: none,
            permitted: none,
            inheritable: none,
        },
    )?;
    set_no_new_privs(true)
}

/// Limits of the kernel for each process. `is_counted` says whether a control group holds the sum; `others` are processes that
/// count for the same user and are not the command's.
pub(super) fn set_resource_limits(
    limits: &Limits,
    is_counted: bool,
    others: u64,
) -> rustix::io::Result<()> {
    set(Resource::Core, 0)?;
    set(Resource::Memlock, 64 << 10)?;
    set(Resource::Msgqueue, 64 << 10)?;
    set(Resource::Nofile, DESCRIPTORS)?;
    set(Resource::Rtprio, 0)?;
    set(Resource::Nproc, u64::from(limits.processes) + others)?;
    if let Some(cpu) = limits.cpu {
        set(Resource::Cpu, cpu.as_secs() + 1)?;
    }
    if !is_counted {
        set(Resource::Data, limits.memory)?;
        set(Resource::Stack, limits.memory.min(64 << 20))?;
        // Whoever looks how much is used has to come to it in time, also where many want the processors.
        let own = getpriority_process(None)?;
        setpriority_process(None, (own + AFTER_US).min(NICEST))?;
    }
    Ok(())
}

/// The most bytes that a file may have.
pub(super) fn set_file_size(bytes: u64) -> rustix::io::Result<()> {
    set(Resource::Fsize, bytes)
}

fn set(resource: Resource, value: u64) -> rustix::io::Result<()> {
    // A limit that is lower already stays.
    let value = rustix::process::getrlimit(resource)
        .maximum
        .map_or(value, |hard| hard.min(value));
    setrlimit(
        resource,
        Rlimit {
            current: Some(value),
            maximum: Some(value),
        },
    )
}

/// What a Landlock domain allows; everything else that Landlock knows is denied.
#[derive(Default)]
pub(super) struct Allowed<'a> {
    /// To be read and executed.
    pub(super) readable: &'a [&'a Path],
    /// Anything goes below these.
    pub(super) writable: &'a [&'a Path],
    /// Files that may be written to, and none made.
    pub(super) changeable: &'a [&'a Path],
}

/// A Landlock domain that was made and not entered.
pub(super) struct Domain(RulesetCreated);

impl Domain {
    /// Denies this process and all that it starts what the domain does not allow. False when the kernel has no Landlock.
    pub(super) fn enter(self) -> Result<bool, String> {
        let status = self.0.restrict_self().map_err(|error| error.to_string())?;
        Ok(match status.ruleset {
            RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced => true,
            RulesetStatus::NotEnforced => false,
        })
    }
}

/// Makes a domain that signals and abstract sockets do not leave either. What an older kernel does not know is not denied, unless
/// `is_needed`: that is an error then.
pub(super) fn domain(allowed: &Allowed<'_>, is_needed: bool) -> Result<Domain, String> {
    let all = AccessFs::from_all(LANDLOCK);
    let read = AccessFs::from_read(LANDLOCK);
    let change = read | AccessFs::WriteFile | AccessFs::Truncate | AccessFs::IoctlDev;
    let make = || -> Result<_, landlock::RulesetError> {
        let mut ruleset = Ruleset::default()
            .set_compatibility(level(is_needed))
            .handle_access(all)?
            .scope(Scope::AbstractUnixSocket | Scope::Signal)?
            .create()?;
        let rights = [
            (allowed.readable, read),
            (allowed.writable, all),
            (allowed.changeable, change),
        ];
        for (paths, access) in rights {
            for path in paths {
                if let Ok(fd) = PathFd::new(path) {
                    let access = if path.is_dir() {
                        access
                    } else {
                        access & AccessFs::from_file(LANDLOCK)
                    };
                    ruleset = ruleset.add_rule(PathBeneath::new(fd, access))?;
                }
            }
        }
        Ok(ruleset)
    };
    make().map(Domain).map_err(|error| error.to_string())
}

/// Denies this process signals to all but what it starts.
pub(super) fn keep_signals_inside() -> Result<(), String> {
    let restrict = || -> Result<_, landlock::RulesetError> {
        Ruleset::default()
            .set_compatibility(level(true))
            .scope(Scope::Signal)?
            .create()?
            .restrict_self()
    };
    restrict()
        .map(|_| ())
        .map_err(|error| format!("Landlock of this kernel cannot keep signals inside: {error}"))
}

fn level(is_needed: bool) -> CompatLevel {
    if is_needed {
        CompatLevel::HardRequirement
    } else {
        CompatLevel::BestEffort
    }
}
