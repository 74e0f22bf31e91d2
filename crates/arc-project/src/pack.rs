//! A graph as one file to give away: what a job makes once, others start from, and index only what is different with them.
//!
//! `ARCPACK1`, a line of JSON about the graph, the graph compressed, and the BLAKE3 sum of that line and of the graph. The sum
//! tells a file that was damaged on its way. Whoever makes a pack can make the sum as well: what is unpacked is looked at like
//! any file of a stranger before it becomes the graph.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use arc_history::{CommitId, GitHistory};
use arc_store::{GraphFile, StoreError, WriteLock};
use flate2::Compression;
use flate2::bufread::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::{Deserialize, Serialize};

use crate::build::extractor_version;
use crate::whole_file::replace_file;

const MAGIC: &[u8] = b"ARCPACK1\n";
/// Bytes of the line about the graph.
const MAX_ABOUT: u64 = 4_096;
/// Bytes of a sum.
const SUM: usize = 32;

/// What a pack says of its graph.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct About {
    /// What made it; another version would read other things out of the same files.
    pub made_by: String,
    /// The commit that it was made at; `None` without history.
    pub head: Option<String>,
    /// Bytes of the graph.
    pub bytes: u64,
}

/// Packing or unpacking failed; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The file is no pack.
    #[error("{path} is no pack of a graph")]
    NoPack {
        /// The file.
        path: PathBuf,
    },
    /// The file is not as it was written.
    #[error("{path} is damaged or was changed: {why}")]
    Changed {
        /// The file.
        path: PathBuf,
        /// What shows it.
        why: String,
    },
    /// The pack is of another version of arc.
    #[error("{path} was made by another version of arc ({found}; this one is {own})")]
    OtherVersion {
        /// The file.
        path: PathBuf,
        /// The version of the pack.
        found: String,
        /// Ours.
        own: String,
    },
    /// The pack is of another repository.
    #[error("{path} is of another repository: {why}")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What shows it.
        why: String,
    },
    /// A file cannot be read or written.
    #[error("cannot {doing} {path}")]
    File {
        /// The verb.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The graph cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes the graph into a pack.
///
/// # Errors
/// See [`PackError`].
pub fn pack(graph: &Path, to: &Path) -> Result<About, PackError> {
    // While it is open nobody writes to it.
    let open = GraphFile::open(graph)?;
    let bytes = fs::metadata(graph).map_err(cannot("read", graph))?.len();
    let about = About {
        made_by: open.meta("extractor_version")?.unwrap_or_default(),
        head: open.meta("head")?.filter(|head| !head.is_empty()),
        bytes,
    };
    let line = serde_json::to_string(&about).expect("texts and numbers are JSON") + "\n";
    let mut write = |file: &mut File| {
        let mut out = BufWriter::new(file);
        out.write_all(MAGIC)?;
        out.write_all(line.as_bytes())?;
        let mut sum = blake3::Hasher::new();
        sum.update(line.as_bytes());
        let mut encoder = DeflateEncoder::new(out, Compression::new(5));
        copy(&mut open.bytes()?.take(bytes), &mut encoder, &mut sum)?;
        let mut out = encoder.finish()?;
        out.write_all(sum.finalize().as_bytes())?;
        out.flush()
    };
    replace_file(to, &mut write).map_err(cannot("write", to))?;
    Ok(about)
}

/// Makes a pack the graph at `graph` of the project at `root`. What differs with it is left to the next build.
///
/// # Errors
/// See [`PackError`]; the graph there is then as it was.
pub fn unpack(
    from: &Path,
    root: &Path,
    graph: &Path,
    patience: Duration,
) -> Result<About, PackError> {
    let file = File::open(from).map_err(cannot("read", from))?;
    let mut input = BufReader::with_capacity(1 << 16, file);
    let (about, line) = read_about(&mut input, from)?;
    let own = extractor_version();
    if about.made_by != own {
        return Err(PackError::OtherVersion {
            path: from.to_owned(),
            found: about.made_by,
            own,
        });
    }
    check_home(&about, root, from)?;
    let lock = WriteLock::acquire(graph, patience)?;
    let landing = Landing(lock.landing());
    let sum = unpack_graph(&mut input, &about, &line, from, &landing.0)?;
    check_end(&mut input, &sum, from)?;
    let adopted = lock.adopt(&landing.0, &root.to_string_lossy());
    if let Err(StoreError::Damaged { path, source }) = &adopted
        && *path == landing.0
    {
        return Err(changed(from, &source.to_string()));
    }
    adopted?;
    Ok(about)
}

/// A file that is removed unless it was put in the place of another.
struct Landing(PathBuf);

impl Drop for Landing {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next holder of the lock.
        let _ = fs::remove_file(&self.0);
    }
}

fn read_about(input: &mut impl BufRead, from: &Path) -> Result<(About, Vec<u8>), PackError> {
    let no_pack = || PackError::NoPack {
        path: from.to_owned(),
    };
    let mut magic = [0; MAGIC.len()];
    let read = input.read_exact(&mut magic);
    if read.is_err() || magic != MAGIC {
        return Err(no_pack());
    }
    let mut line = Vec::new();
    let mut head = input.take(MAX_ABOUT);
    head.read_until(b'\n', &mut line)
        .map_err(cannot("read", from))?;
    let about = serde_json::from_slice(&line).map_err(|_| no_pack())?;
    Ok((about, line))
}

/// Refuses a pack that was made at a commit which this repository does not have.
fn check_home(about: &About, root: &Path, from: &Path) -> Result<(), PackError> {
    let foreign = |why: String| {
        Err(PackError::Foreign {
            path: from.to_owned(),
            why,
        })
    };
    let history = GitHistory::open(root).ok();
    let has_commits = history
        .as_ref()
        .is_some_and(|history| matches!(history.head(), Ok(Some(_))));
    match (&about.head, history) {
        (Some(head), Some(history)) => {
            let known = CommitId::from_hex(head).and_then(|id| history.message(&id));
            if known.is_some() {
                return Ok(());
            }
            let start: String = head.chars().take(10).collect();
            foreign(format!("its commit {start} is not known here"))
        }
        (Some(_), None) => foreign("it has a history, and this folder has none".to_owned()),
        (None, _) if has_commits => {
            foreign("it has no history, and this folder has one".to_owned())
        }
        (None, _) => Ok(()),
    }
}

fn unpack_graph(
    input: &mut BufReader<File>,
    about: &About,
    line: &[u8],
    from: &Path,
    landing: &Path,
) -> Result<blake3::Hash, PackError> {
    let mut sum = blake3::Hasher::new();
    sum.update(line);
    let mut out = File::create(landing).map_err(cannot("write", landing))?;
    // A little more than there is to be: a pack that goes on was changed, and never fills the disk.
    let mut decoder = DeflateDecoder::new(input).take(about.bytes.saturating_add(1));
    let copied = copy(&mut decoder, &mut out, &mut sum);
    let is_packed_wrongly = |error: &io::Error| {
        use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
        matches!(error.kind(), InvalidInput | InvalidData | UnexpectedEof)
    };
    let count = match copied {
        Err(error) if is_packed_wrongly(&error) => {
            return Err(changed(from, "it cannot be unpacked"));
        }
        copied => copied.map_err(cannot("write", landing))?,
    };
    if count != about.bytes {
        return Err(changed(from, "it has another length"));
    }
    Ok(sum.finalize())
}

fn check_end(input: &mut impl Read, sum: &blake3::Hash, from: &Path) -> Result<(), PackError> {
    let mut end = Vec::new();
    let mut rest = input.take(SUM as u64 + 1);
    rest.read_to_end(&mut end).map_err(cannot("read", from))?;
    if end == sum.as_bytes() {
        Ok(())
    } else {
        Err(changed(from, "its sum is another"))
    }
}

fn changed(path: &Path, why: &str) -> PackError {
    PackError::Changed {
        path: path.to_owned(),
        why: why.to_owned(),
    }
}

/// Copies everything, and sums it up on the way.
fn copy(from: &mut dyn Read, to: &mut dyn Write, sum: &mut blake3::Hasher) -> io::Result<u64> {
    let mut buffer = vec![0; 1 << 16];
    let mut count = 0;
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => return Ok(count),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        sum.update(&buffer[..read]);
        to.write_all(&buffer[..read])?;
        count += read as u64;
    }
}

fn cannot(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> PackError {
    let path = path.to_owned();
    move |source| PackError::File {
        doing,
        path,
        source,
    }
}
