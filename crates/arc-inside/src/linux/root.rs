//! The root that a command sees, put together from [`Trees`] in a mount namespace of its own.

use std::ffi::CString;
use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::CWD;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MountFlags, MountPropagationFlags, MoveMountFlags,
    OpenTreeFlags, UnmountFlags, fsconfig_create, fsconfig_set_flag, fsconfig_set_string, fsmount,
    fsopen, mount, mount_change, move_mount, open_tree, unmount,
};
use rustix::process::{chdir, pivot_root};

use super::identity::INNER_ID;
use super::order::COPY;
use super::step::{Step, StepError};
use super::sys::{self, MountAttributes};
use super::trees::{Lower, Piece, Project, Trees};
use crate::{Job, Network};

/// A folder that every machine has, for the new root to be put on until it is the root.
const BASES: &[&str] = &["/tmp", "/var/tmp", "/mnt", "/run", "/proc"];

/// Where parts of the new root are on the way to their places.
const LOWER: &str = ".lower";
const SCRATCH: &str = ".scratch";

/// Bytes and files of the root itself: folders, links, a few settings.
const ROOT_SIZE: &str = "4m";

const QUIET: MountFlags = MountFlags::NOSUID.union(MountFlags::NODEV);

/// What is open of the root that was made.
pub(super) struct Root {
    /// The folder of `/proc` that lists the processes of the sandbox, if there is one.
    pub(super) processes: Option<OwnedFd>,
    /// The file system for all that is written.
    pub(super) scratch: OwnedFd,
    /// Why the project is a copy.
    pub(super) copied_because: Option<String>,
}

/// Makes the root of the sandbox and enters it. The process must be the first of its process namespace.
pub(super) fn enter(job: &Job, trees: Trees) -> Result<Root, StepError> {
    mount_change(
        "/",
        MountPropagationFlags::PRIVATE | MountPropagationFlags::REC,
    )
    .step("keep mounts to ourselves")?;
    attach_base()?;
    for folder in [
        "dev", "etc", "proc", "run", "tmp", "var/tmp", LOWER, SCRATCH,
    ] {
        folders(Path::new(folder)).step("make folders")?;
    }
    settings(Path::new("etc"), job).step("write settings")?;
    let home = job.inner_home();
    let rooms = [
        ("tmp", Path::new("/tmp"), 0o1777),
        ("tmp", Path::new("/var/tmp"), 0o1777),
        ("shm", Path::new("/dev/shm"), 0o1777),
        ("home", &home, 0o700),
    ];
    let (in_rooms, elsewhere): (Vec<_>, Vec<_>) = trees
        .pieces
        .into_iter()
        .partition(|(path, _)| rooms.iter().any(|(_, room, _)| path.starts_with(room)));
    place(elsewhere)?;
    devices(trees.devices)?;
    attach(&trees.scratch, Path::new(SCRATCH))?;
    for (name, target, mode) in rooms {
        room(name, target, mode)?;
    }
    place(in_rooms)?;
    for (number, (path, lower)) in trees.layered.iter().enumerate() {
        let folders = [format!("upper-{number}"), format!("order-{number}")];
        // Without it the folder is empty, and what would have been in it is made anew.
        let _ = layer(lower, inner(path), [&folders[0], &folders[1]]);
    }
    let copied_because = project(job, trees.project)?;
    // A container that hides parts of its `/proc` may have no whole one inside; then there is none.
    let processes = match processes() {
        Ok(()) => Some(open_folder("proc").step("open /proc")?),
        Err(_) => None,
    };
    become_root()?;
    chdir(&job.folder).step("enter the folder to start in")?;
    Ok(Root {
        processes,
        scratch: trees.scratch,
        copied_because,
    })
}

/// Puts an empty file system in memory somewhere and enters it. From here on relative paths are those of the new root.
fn attach_base() -> Result<(), StepError> {
    let base = file_system(
        "tmpfs",
        &[("size", ROOT_SIZE), ("mode", "0755")],
        MountAttrFlags::MOUNT_ATTR_NOSUID,
    )
    .step("make the root")?;
    let place = BASES
        .iter()
        .find(|path| Path::new(path).is_dir())
        .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
        .step("find a place for the root")?;
    move_mount(
        &base,
        "",
        CWD,
        *place,
        MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH,
    )
    .step("put the root somewhere")?;
    chdir(*place).step("enter the root")
}

fn file_system(
    kind: &str,
    options: &[(&str, &str)],
    attributes: MountAttrFlags,
) -> io::Result<OwnedFd> {
    let context = fsopen(kind, FsOpenFlags::FSOPEN_CLOEXEC)?;
    for (key, value) in options {
        if value.is_empty() {
            fsconfig_set_flag(&context, *key)?;
        } else {
            fsconfig_set_string(&context, *key, *value)?;
        }
    }
    fsconfig_create(&context)?;
    Ok(fsmount(
        &context,
        FsMountFlags::FSMOUNT_CLOEXEC,
        attributes,
    )?)
}

/// A path of the sandbox relative to its root.
fn inner(path: &Path) -> &Path {
    path.strip_prefix("/").unwrap_or(path)
}

fn folders(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(path)
}

/// Puts pieces at their paths, parents first.
fn place(pieces: Vec<(PathBuf, Piece)>) -> Result<(), StepError> {
    for (path, piece) in pieces {
        let target = inner(&path);
        let what = || format!("put {} in its place", path.display());
        if let Some(parent) = target.parent() {
            folders(parent).step(what())?;
        }
        match piece {
            Piece::Link(to) => symlink(to, target).step(what())?,
            Piece::Mount { tree, is_folder } => {
                if is_folder {
                    folders(target).step(what())?;
                } else if !target.exists() {
                    fs::write(target, "").step(what())?;
                }
                attach(&tree, target)?;
            }
        }
    }
    Ok(())
}

fn attach(tree: impl AsFd, target: &Path) -> Result<(), StepError> {
    move_mount(
        tree,
        "",
        CWD,
        target,
        MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH,
    )
    .step(format!("mount {}", target.display()))
}

/// Gives a folder of the scratch a place where the command may write. Not when the project is there.
fn room(name: &str, target: &Path, mode: u32) -> Result<(), StepError> {
    let source = Path::new(SCRATCH).join(name);
    let what = || format!("make {}", target.display());
    folders(&source).step(what())?;
    fs::set_permissions(&source, fs::Permissions::from_mode(mode)).step(what())?;
    let target = inner(target);
    folders(target).step(what())?;
    let tree = open_tree(
        CWD,
        &source,
        OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC,
    )
    .step(what())?;
    attach(&tree, target)
}

/// Puts the project in its place; why it is a copy if it is one.
fn project(job: &Job, project: Project) -> Result<Option<String>, StepError> {
    let target = inner(&job.work);
    folders(target).step("make the folder of the project")?;
    match project {
        Project::Copied { why } => {
            let copy = Path::new(SCRATCH).join(COPY);
            let tree = open_tree(
                CWD,
                &copy,
                OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC,
            )
            .step("take the copy of the project")?;
            attach(&tree, target)?;
            Ok(Some(why))
        }
        Project::Below(lower) => {
            layer(&lower, target, ["upper", "order"])?;
            Ok(None)
        }
    }
}

/// Lays a layer above a folder: what is written goes to the first of `names` in the scratch, the other is for the layer itself.
fn layer(lower: &Lower, target: &Path, names: [&str; 2]) -> Result<(), StepError> {
    let what = || format!("lay a layer above {}", target.display());
    folders(target).step(what())?;
    for name in names {
        let folder = Path::new(SCRATCH).join(name);
        folders(&folder).step(what())?;
        fs::set_permissions(&folder, fs::Permissions::from_mode(lower.mode)).step(what())?;
    }
    attach(&lower.tree, Path::new(LOWER))?;
    let [upper, order] = names;
    let options = format!(
        "lowerdir={LOWER},upperdir={SCRATCH}/{upper},workdir={SCRATCH}/{order},userxattr,xino=off"
    );
    let options = CString::new(options)
        .map_err(io::Error::other)
        .step(what())?;
    let laid = mount("overlay", target, "overlay", QUIET, options.as_c_str());
    unmount(LOWER, UnmountFlags::DETACH).step("hide what lies below a layer")?;
    laid.step(what())
}

fn devices(devices: Vec<(&'static str, OwnedFd)>) -> Result<(), StepError> {
    let folder = Path::new("dev");
    for (name, tree) in devices {
        let target = folder.join(name);
        fs::write(&target, "").step("make a device")?;
        attach(&tree, &target)?;
    }
    let links = [
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
        ("ptmx", "pts/ptmx"),
    ];
    for (name, target) in links {
        symlink(target, folder.join(name)).step("make /dev")?;
    }
    folders(Path::new("dev/pts")).step("make /dev/pts")?;
    let terminals = file_system(
        "devpts",
        &[
            ("newinstance", ""),
            ("ptmxmode", "0666"),
            ("mode", "0620"),
            ("max", "64"),
        ],
        MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NOEXEC,
    );
    // A machine without pseudo terminals is one without them inside too.
    if let Ok(terminals) = terminals {
        attach(&terminals, Path::new("dev/pts"))?;
    }
    Ok(())
}

/// The processes of the sandbox, and no others.
fn processes() -> Result<(), StepError> {
    let tree = file_system(
        "proc",
        &[],
        MountAttrFlags::MOUNT_ATTR_NOSUID
            | MountAttrFlags::MOUNT_ATTR_NODEV
            | MountAttrFlags::MOUNT_ATTR_NOEXEC,
    )
    .step("mount /proc")?;
    attach(&tree, Path::new("proc"))
}

fn open_folder(path: &str) -> io::Result<OwnedFd> {
    Ok(rustix::fs::open(
        path,
        rustix::fs::OFlags::DIRECTORY | rustix::fs::OFlags::CLOEXEC,
        rustix::fs::Mode::empty(),
    )?)
}

/// The users and names that programs look for.
pub(super) fn settings(folder: &Path, job: &Job) -> io::Result<()> {
    let home = job.inner_home();
    let home = home.display();
    let users = format!(
        "root:x:0:0:root:/:/bin/sh\narc:x:{INNER_ID}:{INNER_ID}:arc:{home}:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"
    );
    fs::write(folder.join("passwd"), users)?;
    fs::write(
        folder.join("group"),
        format!("root:x:0:\narc:x:{INNER_ID}:\nnogroup:x:65534:\n"),
    )?;
    fs::write(folder.join("hostname"), "sandbox\n")?;
    match job.network {
        Network::Host => Ok(()),
        Network::None | Network::Listed => {
            fs::write(
                folder.join("hosts"),
                "127.0.0.1 localhost sandbox\n::1 localhost sandbox\n",
            )?;
            fs::write(
                folder.join("nsswitch.conf"),
                "passwd: files\ngroup: files\nhosts: files\n",
            )
        }
    }
}

/// Makes the new root the root, forgets the old one, and lets nobody write to the new one's own files.
fn become_root() -> Result<(), StepError> {
    unmount(SCRATCH, UnmountFlags::DETACH).step("hide the scratch")?;
    for folder in [LOWER, SCRATCH] {
        fs::remove_dir(folder).step("remove a place to build")?;
    }
    pivot_root(".", ".").step("change the root")?;
    // The old root lies on top of the new one now.
    unmount(".", UnmountFlags::DETACH).step("forget the old root")?;
    chdir("/").step("enter the new root")?;
    let root = open_tree(CWD, "/", OpenTreeFlags::OPEN_TREE_CLOEXEC).step("take the new root")?;
    let attributes = MountAttributes {
        set: libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID,
        recursive: false,
    };
    sys::mount_setattr(root.as_fd(), attributes, None).step("close the new root")
}
