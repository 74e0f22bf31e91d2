//! A job in a container of an engine that speaks the API of Docker: Docker itself, or Podman.
//!
//! The container holds nothing but a shell that waits; the project goes in as an archive, to a file system in memory that is as large as the
//! limits allow; the command is started beside the shell; then everything stands still while the project comes out as an archive. No folder
//! of this machine is ever seen by a container.

mod archive;
mod container;
mod engine;
mod owner;
mod watch;

use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::{Duration, SystemTime};

use arc_inside::{COPY, Identity, each_entry, measure};
use bollard::query_parameters::{DownloadFromContainerOptions, UploadToContainerOptions};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;

use archive::Unpacked;
use container::Held;
use engine::{Engine, Failed, no_container};

pub(crate) use engine::examine;

use crate::linux::Place;
use crate::{
    Container, Echo, Ending, Job, Layer, Limit, Lost, Report, SandboxError, Scratch, Stream as Of,
};

/// How much of an archive is on its way at one time.
const PIECE: usize = 256 << 10;
const PIECES: usize = 8;
/// How long the next piece of an archive may take.
const PIECE_PATIENCE: Duration = Duration::from_secs(60);

fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// Runs a job in a container.
pub(crate) fn run(
    container: &Container,
    job: &Job,
    echo: Option<Echo<'_>>,
    cancelled: &AtomicBool,
) -> Result<(Report, Scratch), SandboxError> {
    let runtime = runtime().map_err(SandboxError::system("speak to an engine"))?;
    let identity = Identity::choose().unwrap_or_else(|_| Identity::own());
    let engine = Engine::find(&container.sockets, &runtime, cancelled)?;
    let info = engine.info()?;
    container::lacks(&info)?;
    let image = container::image(&engine, &container.image)?;
    engine.sweep();
    let copied = size(job)?;
    let started = SystemTime::now();
    let mut held = Held::start(&engine, container, &image, job, copied)?;
    put(&engine, &held, job)?;
    let mut watched = watch::command(&engine, &held, job, echo)?;
    let (layers, mut lost) = container::layers(&info, job);
    let place = Place::make(&job.work, false).map_err(SandboxError::system(
        "make a folder for what comes out of the container",
    ))?;
    let scratch = if watched.ending == Ending::Cancelled || watched.is_gone {
        Scratch::unknown(place, job, started)
    } else {
        lost.extend(stand_still(&engine, &held));
        let taken = take(&engine, &held, job, copied, place.folder(), identity)?;
        // A page of the last file may be left over.
        if taken.is_cut || taken.bytes + 4096 >= copied.0 + job.limits.disk {
            watched.met.push(Limit::Disk);
        }
        if taken.files >= copied.1 + job.limits.files {
            watched.met.push(Limit::Files);
        }
        if taken.is_cut {
            Scratch::unknown(place, job, started)
        } else {
            Scratch::in_place(place, job, started)
        }
    };
    let scratch = scratch.map_err(SandboxError::system("open what was written"))?;
    lost.extend(held.remove());
    if let Ending::Limited(limit) = watched.ending {
        watched.met.push(limit);
    }
    watched.met.sort_unstable();
    watched.met.dedup();
    let report = Report {
        ending: watched.ending,
        met: watched.met,
        layers,
        image: Some(image.id),
        seen_at: job.work.clone(),
        lost,
        stdout: watched.stdout,
        stderr: watched.stderr,
        wall: watched.wall,
        cpu: watched.cpu,
        peak_memory: watched.peak_memory,
        peak_processes: watched.peak_processes,
    };
    Ok((report, scratch))
}

/// The bytes and files that the project takes in memory.
fn size(job: &Job) -> Result<(u64, u64), SandboxError> {
    let measured = measure(&job.work, job.limits.disk).and_then(|bytes| {
        let mut files = 0;
        each_entry(&job.work, &mut |_, _, _| {
            files += 1;
            Ok(())
        })?;
        Ok((bytes, files))
    });
    let (bytes, files) =
        measured.map_err(|error| no_container(&format!("cannot measure the project: {error}")))?;
    let versions: u64 = job
        .versions
        .iter()
        .map(|version| (version.bytes.len() as u64).next_multiple_of(4096))
        .sum();
    Ok((bytes + versions, files + job.versions.len() as u64))
}

/// Puts the project into the container.
fn put(engine: &Engine<'_>, held: &Held<'_, '_>, job: &Job) -> Result<(), SandboxError> {
    let options = UploadToContainerOptions {
        path: container::text(job.work.as_os_str())?,
        ..UploadToContainerOptions::default()
    };
    let (send, receive) = mpsc::channel(PIECES);
    let answer = thread::scope(|scope| {
        let packer = scope.spawn(move || {
            let mut pieces = io::BufWriter::with_capacity(PIECE, Pieces(send.clone()));
            let packed = archive::pack(&job.work, &job.versions, &mut pieces);
            if let Err(error) = packed {
                // Whoever receives it is told so by the answer of the engine, which does not get all of the archive.
                let _ = send.blocking_send(Err(error));
            }
        });
        let body = bollard::body_try_stream(pieces(receive));
        let upload = engine
            .docker
            .upload_to_container(&held.name, Some(options), body);
        let answer = engine.ask_with_much(upload);
        // It ends by itself: nobody takes its pieces any more.
        let is_fine = packer.join().is_ok();
        answer.map(|()| is_fine)
    });
    match answer {
        Ok(true) => Ok(()),
        Ok(false) => Err(no_container("the project could not be packed")),
        Err(failed) => Err(no_container(&format!(
            "the project cannot be put into it: {failed}"
        ))),
    }
}

/// A writer whose pieces are sent.
struct Pieces(mpsc::Sender<io::Result<Bytes>>);

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .blocking_send(Ok(Bytes::copy_from_slice(bytes)))
            .map_err(|_| io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn pieces(
    receive: mpsc::Receiver<io::Result<Bytes>>,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    futures_util::stream::unfold(receive, |mut receive| async {
        let piece = receive.recv().await?;
        Some((piece, receive))
    })
}

/// Stops everything in the container, so that nothing changes while it is read.
fn stand_still(engine: &Engine<'_>, held: &Held<'_, '_>) -> Option<Lost> {
    let failed = engine
        .finish(engine.docker.pause_container(&held.name))
        .err()?;
    Some(Lost {
        layer: Layer::Container,
        why: format!(
            "what the command left running could not be stopped while files were read: {failed}"
        ),
    })
}

/// Takes the project out of the container.
fn take(
    engine: &Engine<'_>,
    held: &Held<'_, '_>,
    job: &Job,
    copied: (u64, u64),
    place: &Path,
    identity: Identity,
) -> Result<Unpacked, SandboxError> {
    let options = DownloadFromContainerOptions {
        path: container::text(job.work.as_os_str())?,
    };
    let stream = engine
        .docker
        .download_from_container(&held.name, Some(options));
    let mut reader = Incoming {
        runtime: engine.runtime,
        stream: Box::pin(stream),
        piece: Bytes::new(),
    };
    let target = place.join(COPY);
    let unpacked = std::fs::create_dir(&target).and_then(|()| {
        archive::unpack(
            &mut reader,
            &target,
            copied.0 + job.limits.disk,
            copied.1 + job.limits.files,
            identity,
        )
    });
    unpacked.map_err(|error| SandboxError::Lost {
        why: format!("what it wrote cannot be had from the engine: {error}"),
    })
}

/// A stream of the engine as a reader.
struct Incoming<'a, S> {
    runtime: &'a Runtime,
    stream: std::pin::Pin<Box<S>>,
    piece: Bytes,
}

impl<S: Stream<Item = Result<Bytes, bollard::errors::Error>>> Read for Incoming<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            let next = self
                .runtime
                .block_on(async { tokio::time::timeout(PIECE_PATIENCE, self.stream.next()).await });
            match next {
                Ok(Some(Ok(piece))) => self.piece = piece,
                Ok(Some(Err(error))) => {
                    return Err(io::Error::other(Failed::Error(error).to_string()));
                }
                Ok(None) => return Ok(0),
                Err(_) => return Err(io::ErrorKind::TimedOut.into()),
            }
        }
        let length = self.piece.len().min(buffer.len());
        buffer[..length].copy_from_slice(&self.piece.split_to(length));
        Ok(length)
    }
}
