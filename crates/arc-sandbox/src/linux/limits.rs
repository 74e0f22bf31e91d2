//! What is taken from a process before it becomes the command: rights, files, system calls, and more than its share.

use std::path::Path;

use landlock::{
    ABI, Access as _, AccessFs, CompatLevel, Compatible as _, PathBeneath, PathFd, Ruleset,
    RulesetAttr as _, RulesetCreatedAttr as _, RulesetStatus, Scope,
};
use rustix::process::{Resource, Rlimit, setrlimit};
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

/// Limits of the kernel for each process. `is_counted` says whether a control group holds the sum.
pub(super) fn set_resource_limits(limits: &Limits, is_counted: bool) -> rustix::io::Result<()> {
    let set = |resource, value: u64| {
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
    };
    set(Resource::Core, 0)?;
    set(Resource::Memlock, 64 << 10)?;
    set(Resource::Msgqueue, 64 << 10)?;
    set(Resource::Nofile, DESCRIPTORS)?;
    set(Resource::Rtprio, 0)?;
    // One more for the init of the sandbox.
    set(Resource::Nproc, u64::from(limits.processes) + 1)?;
    if let Some(cpu) = limits.cpu {
        set(Resource::Cpu, cpu.as_secs() + 1)?;
    }
    if !is_counted {
        set(Resource::Data, limits.memory)?;
        set(Resource::Stack, limits.memory.min(64 << 20))?;
    }
    Ok(())
}

/// What Landlock came to.
pub(super) enum Landlocked {
    /// Everything asked for that this kernel knows.
    Yes,
    /// This kernel has none.
    No,
}

/// Lets this process and all that it starts read and execute below `readable`, do anything below `writable`, write to files below
/// `changeable` and send signals only to each other.
pub(super) fn apply_landlock(
    readable: &[&Path],
    writable: &[&Path],
    changeable: &[&Path],
) -> Result<Landlocked, String> {
    let all = AccessFs::from_all(LANDLOCK);
    let read = AccessFs::from_read(LANDLOCK);
    let change = read | AccessFs::WriteFile | AccessFs::Truncate | AccessFs::IoctlDev;
    let restrict = || -> Result<_, landlock::RulesetError> {
        let mut ruleset = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(all)?
            .scope(Scope::AbstractUnixSocket | Scope::Signal)?
            .create()?;
        let rights = [(readable, read), (writable, all), (changeable, change)];
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
        ruleset.restrict_self()
    };
    let status = restrict().map_err(|error| error.to_string())?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced => Landlocked::Yes,
        RulesetStatus::NotEnforced => Landlocked::No,
    })
}
