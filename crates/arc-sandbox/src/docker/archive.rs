//! A project as the archive that goes into a container, and the archive that comes out of one as files.
//!
//! What comes out was written by the command: names of any bytes, links to anywhere, more than there is room for. Every entry is put in its place
//! by its name in an open folder that lies beneath ours, and nothing on the way may be a link.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Component, Path, PathBuf};

use arc_inside::{INNER_ID, Identity, each_entry};
use rustix::fs::{
    AtFlags, FileType, Gid, Mode, OFlags, ResolveFlags, Uid, chmodat, chownat, linkat, mkdirat,
    mknodat, openat, openat2, symlinkat,
};
use tar::{Archive, Builder, EntryType, Header};

use crate::Version;

/// Who the files of others belong to, in a container.
const STRANGER: u64 = 65_534;

const BENEATH: ResolveFlags = ResolveFlags::BENEATH
    .union(ResolveFlags::NO_SYMLINKS)
    .union(ResolveFlags::NO_MAGICLINKS);

/// Writes a project as an archive, and behind it the files that are to be seen in another version.
pub(super) fn pack(project: &Path, versions: &[Version], to: impl Write) -> io::Result<()> {
    let mut archive = Builder::new(to);
    archive.follow_symlinks(false);
    let owner = fs::metadata(project)?.uid();
    each_entry(project, &mut |relative, source, metadata| {
        let user = if metadata.uid() == owner {
            u64::from(INNER_ID)
        } else {
            STRANGER
        };
        let mut header = header(user, metadata.permissions().mode() & 0o7777);
        header.set_mtime(u64::try_from(metadata.mtime()).unwrap_or(0));
        if metadata.is_dir() {
            header.set_entry_type(EntryType::Directory);
            return archive.append_data(&mut header, relative, io::empty());
        }
        if metadata.is_symlink() {
            header.set_entry_type(EntryType::Symlink);
            return archive.append_link(&mut header, relative, fs::read_link(source)?);
        }
        header.set_size(metadata.len());
        // A file that somebody cuts short meanwhile must not shift what comes behind it.
        let content = File::open(source)?
            .chain(io::repeat(0))
            .take(metadata.len());
        archive.append_data(&mut header, relative, content)
    })?;
    for version in versions {
        let mut header = header(INNER_ID.into(), version.mode & 0o7777);
        header.set_size(version.bytes.len() as u64);
        archive.append_data(&mut header, &version.path, version.bytes.as_slice())?;
    }
    archive.into_inner()?.flush()
}

fn header(user: u64, mode: u32) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_uid(user);
    header.set_gid(user);
    header.set_mode(mode);
    header.set_size(0);
    header
}

/// What an archive held.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Unpacked {
    /// Bytes of files, in whole pages.
    pub(super) bytes: u64,
    /// Files, folders and links.
    pub(super) files: u64,
    /// It held more than it may; the rest is missing.
    pub(super) is_cut: bool,
}

/// Puts what an archive of one folder holds below `target`, which is empty. Files become those of `identity`.
pub(super) fn unpack(
    from: impl Read,
    target: &Path,
    most_bytes: u64,
    most_files: u64,
    identity: Identity,
) -> io::Result<Unpacked> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let root = rustix::fs::open(target, flags, Mode::empty())?;
    let mut unpacked = Unpacked::default();
    let mut folders = Vec::new();
    let mut archive = Archive::new(Tail { from, zeros: 0 });
    for entry in archive.entries()? {
        let mut entry = entry?;
        let Some(path) = inner(&entry.path()?)? else {
            continue;
        };
        unpacked.files += 1;
        unpacked.bytes += entry.size().next_multiple_of(4096);
        if unpacked.bytes > most_bytes || unpacked.files > most_files {
            unpacked.is_cut = true;
            break;
        }
        let mode = entry.header().mode()? & 0o7777;
        let (folder, name) = place(&root, &path)?;
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "devices cannot be made without rights, and the rest is about other entries"
        )]
        match entry.header().entry_type() {
            EntryType::Directory => {
                mkdirat(&folder, name, Mode::RWXU)?;
                folders.push((path, mode));
            }
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
                let file = openat(&folder, name, flags, Mode::RUSR | Mode::WUSR)?;
                io::copy(&mut entry, &mut File::from(file))?;
                give(&folder, name, mode, identity)?;
            }
            EntryType::Symlink => {
                let to = entry.link_name()?.ok_or(io::ErrorKind::InvalidData)?;
                symlinkat(&*to, &folder, name)?;
            }
            EntryType::Link => {
                let to = entry.link_name()?.ok_or(io::ErrorKind::InvalidData)?;
                let to = inner(&to)?.ok_or(io::ErrorKind::InvalidData)?;
                let (old, old_name) = place(&root, &to)?;
                linkat(&old, old_name, &folder, name, AtFlags::empty())?;
            }
            EntryType::Fifo => {
                let mode = Mode::from_raw_mode(mode & 0o777);
                mknodat(&folder, name, FileType::Fifo, mode, 0)?;
            }
            _ => unpacked.files -= 1,
        }
    }
    if !unpacked.is_cut {
        archive.into_inner().read_to_the_end()?;
    }
    // A folder is closed after it is filled.
    for (path, mode) in folders.iter().rev() {
        let (folder, name) = place(&root, path)?;
        give(&folder, name, *mode, identity)?;
    }
    Ok(unpacked)
}

/// How many zeros are at the end of an archive.
const LAST_ZEROS: usize = 1024;

/// A reader that knows with how many zeros it ended so far.
struct Tail<R> {
    from: R,
    zeros: usize,
}

impl<R: Read> Tail<R> {
    /// An archive that ends anywhere else was cut short, and files that it does not hold are not gone.
    fn read_to_the_end(mut self) -> io::Result<()> {
        io::copy(&mut self, &mut io::sink())?;
        if self.zeros < LAST_ZEROS {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

impl<R: Read> Read for Tail<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.from.read(buffer)?;
        let read = &buffer[..length];
        let zeros = read.iter().rev().take_while(|byte| **byte == 0).count();
        self.zeros = if zeros == length {
            self.zeros.saturating_add(zeros)
        } else {
            zeros
        };
        Ok(length)
    }
}

/// The path below the folder that an archive is of: names only.
fn inner(path: &Path) -> io::Result<Option<PathBuf>> {
    let mut parts = path
        .components()
        .filter(|part| !matches!(part, Component::CurDir));
    parts.next();
    let rest: PathBuf = parts.collect();
    if rest
        .components()
        .any(|part| !matches!(part, Component::Normal(_)))
    {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "a path in the archive leads out of it",
        ));
    }
    Ok((!rest.as_os_str().is_empty()).then_some(rest))
}

/// The open folder of a path, and its name there.
fn place<'p>(root: &OwnedFd, path: &'p Path) -> io::Result<(OwnedFd, &'p Path)> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidData)?;
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    };
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = openat2(root, parent, flags, Mode::empty(), BENEATH)?;
    Ok((folder, Path::new(name)))
}

/// Gives a file its owner and its permissions, in this order: a change of the owner takes some of them away.
fn give(folder: &OwnedFd, name: &Path, mode: u32, identity: Identity) -> io::Result<()> {
    if identity.is_other {
        let (user, group) = (Uid::from_raw(identity.user), Gid::from_raw(identity.group));
        chownat(
            folder,
            name,
            Some(user),
            Some(group),
            AtFlags::SYMLINK_NOFOLLOW,
        )?;
    }
    Ok(chmodat(
        folder,
        name,
        Mode::from_raw_mode(mode),
        AtFlags::empty(),
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive of entries as nobody checks them: kind, name, link or content.
    fn archive(entries: &[(EntryType, &str, &str)]) -> Vec<u8> {
        let mut archive = Builder::new(Vec::new());
        for (kind, name, text) in entries {
            let mut header = header(1000, 0o644);
            header.set_entry_type(*kind);
            let raw = header.as_gnu_mut().expect("it is one");
            raw.name[..name.len()].copy_from_slice(name.as_bytes());
            let content = match kind.is_file() {
                true => text.as_bytes(),
                false => {
                    raw.linkname[..text.len()].copy_from_slice(text.as_bytes());
                    b""
                }
            };
            header.set_size(content.len() as u64);
            header.set_cksum();
            archive.append(&header, content).expect("written");
        }
        archive.into_inner().expect("written")
    }

    fn unpacked(bytes: &[u8], target: &Path) -> io::Result<Unpacked> {
        unpack(bytes, target, 1 << 20, 100, Identity::own())
    }

    #[test]
    fn a_project_comes_back_as_it_went() {
        let from = tempfile::tempdir().expect("a folder");
        let deep = from.path().join("a".repeat(120)).join("b".repeat(120));
        fs::create_dir_all(&deep).expect("made");
        fs::write(deep.join("long"), "x").expect("written");
        fs::write(from.path().join("run"), vec![7; 5000]).expect("written");
        fs::set_permissions(from.path().join("run"), fs::Permissions::from_mode(0o750))
            .expect("set");
        std::os::unix::fs::symlink("run", from.path().join("link")).expect("made");
        let versions = [Version {
            path: "run".into(),
            bytes: b"other".to_vec(),
            mode: 0o700,
        }];
        let mut plain = Vec::new();
        pack(from.path(), &[], &mut plain).expect("packed");
        let to = tempfile::tempdir().expect("a folder");
        // The engine puts the name of the folder before all of them.
        let mut named = Builder::new(Vec::new());
        for entry in Archive::new(plain.as_slice()).entries().expect("entries") {
            let mut entry = entry.expect("an entry");
            let (mut header, path) = (
                entry.header().clone(),
                entry.path().expect("a path").into_owned(),
            );
            let path = Path::new("p").join(path);
            match entry
                .link_name()
                .expect("a link")
                .map(|link| link.into_owned())
            {
                Some(link) => named.append_link(&mut header, path, link).expect("written"),
                None => named
                    .append_data(&mut header, path, &mut entry)
                    .expect("written"),
            }
        }
        let bytes = named.into_inner().expect("written");
        assert!(!unpacked(&bytes, to.path()).expect("unpacked").is_cut);
        let deep = to
            .path()
            .join(deep.strip_prefix(from.path()).expect("in it"));
        assert_eq!(fs::read(deep.join("long")).expect("read"), b"x");
        let run = fs::metadata(to.path().join("run")).expect("there");
        assert_eq!((run.len(), run.mode() & 0o777), (5000, 0o750));
        assert_eq!(
            fs::read_link(to.path().join("link")).expect("a link"),
            Path::new("run")
        );

        let mut with = Vec::new();
        pack(from.path(), &versions, &mut with).expect("packed");
        let mut archive = Archive::new(with.as_slice());
        let last = archive.entries().expect("entries").last();
        let last = last.expect("some").expect("an entry");
        assert_eq!(
            (last.size(), last.header().mode().expect("a mode")),
            (5, 0o700)
        );
    }

    #[test]
    fn nothing_is_put_outside() {
        let top = tempfile::tempdir().expect("a folder");
        let outside = top.path().join("outside");
        fs::create_dir(&outside).expect("made");
        let far = outside.to_str().expect("text");
        for entries in [
            &[(EntryType::Regular, "p/../../outside/x", "1")][..],
            &[
                (EntryType::Symlink, "p/out", far),
                (EntryType::Regular, "p/out/x", "1"),
            ],
            &[
                (EntryType::Symlink, "p/out", far),
                (EntryType::Directory, "p/out/x", ""),
            ],
            &[
                (EntryType::Symlink, "p/out", far),
                (EntryType::Regular, "p/out", "1"),
            ],
            &[(EntryType::Link, "p/x", "p/../../outside/x")],
            &[
                (EntryType::Symlink, "p/out", far),
                (EntryType::Link, "p/x", "p/out/x"),
            ],
        ] {
            let target = tempfile::tempdir_in(top.path()).expect("a folder");
            assert!(
                unpacked(&archive(entries), target.path()).is_err(),
                "{entries:?}"
            );
            assert_eq!(
                fs::read_dir(&outside).expect("there").count(),
                0,
                "{entries:?}"
            );
        }
    }

    #[test]
    fn an_archive_that_ends_early_is_an_error_and_one_that_is_too_large_is_cut() {
        let entries = [
            (EntryType::Regular, "p/a", "1"),
            (EntryType::Regular, "p/b", "2"),
        ];
        let bytes = archive(&entries);
        for end in [0, 100, 512, 700, 1024, 1500, 2048, 2048 + 512] {
            let target = tempfile::tempdir().expect("a folder");
            assert!(unpacked(&bytes[..end], target.path()).is_err(), "{end}");
        }
        let target = tempfile::tempdir().expect("a folder");
        let cut = unpack(bytes.as_slice(), target.path(), 1 << 20, 1, Identity::own());
        assert!(cut.expect("unpacked").is_cut);
        let target = tempfile::tempdir().expect("a folder");
        let cut = unpack(bytes.as_slice(), target.path(), 4096, 100, Identity::own());
        assert!(cut.expect("unpacked").is_cut);
    }
}
