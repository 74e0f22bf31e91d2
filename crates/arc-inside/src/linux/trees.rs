//! What of the machine goes into the root of a sandbox, taken as mounts that are not yet anywhere.
//!
//! Root takes them before it gives up its rights, since folders like `/root` are closed to whom it becomes; everybody
//! else after entering a user namespace, since only there they may.

use std::fs;
use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::CWD;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, OpenTreeFlags, fsconfig_create, fsconfig_set_string,
    fsmount, fsopen, open_tree,
};
use rustix::process::Pid;
use rustix::thread::UnshareFlags;

use super::identity::Identity;
use super::order::COPY;
use super::step::{Step, StepError};
use super::sys::{self, MountAttributes, Side};
use crate::Job;

/// Folders of the system that programs are made of. Nothing in them is a secret.
pub(super) const FOLDERS: &[&str] = &[
    "/bin",
    "/gnu/store",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/nix/store",
    "/opt",
    "/sbin",
    "/usr",
];

/// What programs read of `/etc`; the rest of it is nobody's business.
const SETTINGS: &[&str] = &[
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/debian_version",
    "/etc/fonts",
    "/etc/java",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/magic",
    "/etc/mime.types",
    "/etc/os-release",
    "/etc/php",
    "/etc/pki",
    "/etc/protocols",
    "/etc/python3",
    "/etc/services",
    "/etc/shells",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/terminfo",
    "/etc/timezone",
];

/// What a program with a network reads beside it.
const NETWORK_SETTINGS: &[&str] = &[
    "/etc/gai.conf",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/resolv.conf",
];

/// The devices that every program may expect.
pub(super) const DEVICES: &[&str] = &["full", "null", "random", "urandom", "zero"];

const READ_ONLY: u64 = libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;
const WRITABLE: u64 = libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;

/// Something to be put at a path of the new root.
pub(super) enum Piece {
    Mount { tree: OwnedFd, is_folder: bool },
    Link(PathBuf),
}

/// Everything of the machine that a sandbox is made of.
pub(super) struct Trees {
    /// Parents before what is in them.
    pub(super) pieces: Vec<(PathBuf, Piece)>,
    pub(super) devices: Vec<(&'static str, OwnedFd)>,
    /// The project as it is.
    pub(super) project: Project,
    /// Other folders to lie below layers, and where, as far as this machine can show them.
    pub(super) layered: Vec<(PathBuf, Lower)>,
    /// A file system in memory for all that the command writes.
    pub(super) scratch: OwnedFd,
}

/// How the command gets the project.
pub(super) enum Project {
    /// Below a layer that takes what is written; with the mode of its folder.
    Below(Lower),
    /// Copied into the folder `copy` of the scratch; why not the other way.
    Copied { why: String },
}

/// A folder to lie below a layer.
pub(super) struct Lower {
    pub(super) tree: OwnedFd,
    pub(super) mode: u32,
}

/// Takes all of them.
pub(super) fn take(job: &Job, identity: Identity) -> Result<Trees, StepError> {
    let mut pieces = Vec::new();
    for path in wanted(job) {
        if let Some(piece) = piece(&path)? {
            pieces.push((path, piece));
        }
    }
    let mut devices = Vec::new();
    for name in DEVICES {
        let tree = clone_tree(&Path::new("/dev").join(name)).step("take a device")?;
        devices.push((*name, tree));
    }
    let lower = lower(&job.work, identity);
    let mut copied = 0;
    if lower.is_err() {
        copied = super::copy::measure(&job.work, job.limits.disk).step("measure the project")?;
    }
    let scratch = scratch(job, identity, copied).step("make a file system in memory")?;
    let project = match lower.and_then(|lower| {
        takes_marks(&scratch)?;
        Ok(lower)
    }) {
        Ok(lower) => Project::Below(lower),
        Err(why) => {
            let target = inside_of(&scratch).join(COPY);
            super::copy::copy(&job.work, &target, identity).step("copy the project")?;
            Project::Copied {
                why: why.to_string(),
            }
        }
    };
    let layered = match project {
        Project::Below(_) => layered(job, identity),
        Project::Copied { .. } => Vec::new(),
    };
    Ok(Trees {
        pieces,
        devices,
        project,
        layered,
        scratch,
    })
}

/// A path below the root of a mount that is nowhere yet.
pub(super) fn inside_of(mount: &OwnedFd) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", mount.as_raw_fd()))
}

/// The paths of the machine to be seen, sorted, without those inside of another or of the project.
pub(super) fn wanted(job: &Job) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = FOLDERS.iter().chain(SETTINGS).map(PathBuf::from).collect();
    match job.network {
        crate::Network::None | crate::Network::Listed => {}
        crate::Network::Host => all.extend(NETWORK_SETTINGS.iter().map(PathBuf::from)),
    }
    all.extend(job.readable.iter().cloned());
    all.sort();
    all.dedup();
    let mut wanted: Vec<PathBuf> = Vec::new();
    for path in all {
        let is_covered = |by: &PathBuf| path.starts_with(by) && !by.is_symlink();
        if !path.starts_with(&job.work) && !wanted.iter().any(is_covered) {
            wanted.push(path);
        }
    }
    wanted
}

/// What stands at a path, if anything does.
fn piece(path: &Path) -> Result<Option<Piece>, StepError> {
    let Ok(metadata) = fs::symlink_metadata(path) else {
        return Ok(None);
    };
    if metadata.is_symlink() {
        // `/bin -> usr/bin` stays a link. A link out of what is seen becomes what it points to.
        let target = fs::read_link(path).step("read a link")?;
        if !target.is_absolute() && FOLDERS.contains(&&*path.to_string_lossy()) {
            return Ok(Some(Piece::Link(target)));
        }
        if fs::metadata(path).is_err() {
            return Ok(None);
        }
    }
    let metadata = fs::metadata(path).step("look at a folder of the system")?;
    if !metadata.is_dir() && !metadata.is_file() {
        return Ok(None);
    }
    let tree = match clone_tree(path) {
        Ok(tree) => tree,
        // What the user may not read is not there for the command either.
        Err(error)
            if error.kind() == io::ErrorKind::PermissionDenied && fs::read_dir(path).is_err() =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error).step(format!("take {}", path.display())),
    };
    set(&tree, READ_ONLY, true).step(format!("make {} read-only", path.display()))?;
    Ok(Some(Piece::Mount {
        tree,
        is_folder: metadata.is_dir(),
    }))
}

fn clone_tree(path: &Path) -> io::Result<OwnedFd> {
    Ok(open_tree(
        CWD,
        path,
        OpenTreeFlags::OPEN_TREE_CLONE
            | OpenTreeFlags::OPEN_TREE_CLOEXEC
            | OpenTreeFlags::AT_RECURSIVE,
    )?)
}

fn set(mount: &OwnedFd, set: u64, recursive: bool) -> io::Result<()> {
    sys::mount_setattr(mount.as_fd(), MountAttributes { set, recursive }, None)
}

/// What the command gets layers of beside the project. A folder that cannot be shown is not there, and tools make it anew.
fn layered(job: &Job, identity: Identity) -> Vec<(PathBuf, Lower)> {
    let home = job.inner_home();
    let is_apart = |path: &Path| {
        path.starts_with(&home) && !path.starts_with(&job.work) && !job.work.starts_with(path)
    };
    let folders = job.layered.iter().filter(|path| is_apart(path));
    folders
        .filter_map(|path| Some((path.clone(), lower(path, identity).ok()?)))
        .collect()
}

/// A folder as the lower layer. For root it shows the files of its owner as those of the identity.
fn lower(folder: &Path, identity: Identity) -> io::Result<Lower> {
    let owner = fs::metadata(folder)?;
    let mode = owner.mode() & 0o7777;
    if !identity.is_other {
        let tree = clone_tree(folder)?;
        set(&tree, READ_ONLY, true)?;
        return Ok(Lower { tree, mode });
    }
    let tree = open_tree(
        CWD,
        folder,
        OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC,
    )?;
    let users = namespace_of_owner(identity, (owner.uid(), owner.gid()))?;
    let attributes = MountAttributes {
        set: READ_ONLY,
        recursive: false,
    };
    sys::mount_setattr(tree.as_fd(), attributes, Some(&users)).map_err(|error| {
        io::Error::other(format!(
            "its file system cannot show files as another user's: {error}"
        ))
    })?;
    Ok(Lower { tree, mode })
}

/// A user namespace in which the owner of a folder is the identity. It lives as long as its descriptor.
fn namespace_of_owner(identity: Identity, owner: (u32, u32)) -> io::Result<OwnedFd> {
    let (ready, tell_ready) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    let (wait, tell_done) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    match sys::fork()? {
        Side::Child => {
            drop(tell_done);
            let is_made = sys::unshare(UnshareFlags::NEWUSER).is_ok();
            // A parent that hears nothing sees the end of the pipe, and that of ours ends us.
            let _ = rustix::io::write(&tell_ready, if is_made { b"y" } else { b"n" });
            let _ = rustix::io::read(&wait, &mut [0_u8]);
            super::inside::leave(0)
        }
        Side::Parent(helper) => {
            drop((wait, tell_ready));
            let users = users_of(helper, &ready, identity, owner);
            drop(tell_done);
            rustix::process::waitpid(Some(helper), rustix::process::WaitOptions::empty())?;
            users
        }
    }
}

fn users_of(
    helper: Pid,
    ready: &OwnedFd,
    identity: Identity,
    owner: (u32, u32),
) -> io::Result<OwnedFd> {
    let mut answer = [0_u8];
    if rustix::io::read(ready, &mut answer)? != 1 || answer != *b"y" {
        return Err(io::Error::other("there are no user namespaces"));
    }
    identity.map(Some(helper), owner)?;
    let path = format!("/proc/{}/ns/user", helper.as_raw_nonzero());
    Ok(OwnedFd::from(fs::File::open(path)?))
}

/// The file system for all that the command writes.
fn scratch(job: &Job, identity: Identity, copied: u64) -> io::Result<OwnedFd> {
    let context = fsopen("tmpfs", FsOpenFlags::FSOPEN_CLOEXEC)?;
    let page = 4096;
    fsconfig_set_string(
        &context,
        "size",
        (job.limits.disk + copied).max(page).to_string(),
    )?;
    fsconfig_set_string(&context, "nr_inodes", (job.limits.files + 64).to_string())?;
    fsconfig_set_string(&context, "mode", "0755")?;
    if identity.is_other {
        fsconfig_set_string(&context, "uid", identity.user.to_string())?;
        fsconfig_set_string(&context, "gid", identity.group.to_string())?;
    }
    fsconfig_create(&context)?;
    Ok(fsmount(
        &context,
        FsMountFlags::FSMOUNT_CLOEXEC,
        MountAttrFlags::from_bits_retain(WRITABLE as u32),
    )?)
}

/// Whether the scratch takes the extended attributes by which a layer remembers that a folder was replaced.
fn takes_marks(scratch: &OwnedFd) -> io::Result<()> {
    let probe = inside_of(scratch).join("probe");
    fs::create_dir(&probe)?;
    let set = rustix::fs::setxattr(
        &probe,
        "user.overlay.opaque",
        b"y",
        rustix::fs::XattrFlags::empty(),
    );
    fs::remove_dir(&probe)?;
    Ok(set?)
}
