//! The two outputs of a command. Each is read in a thread of its own, which starts when there is something to read: many commands say nothing.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{Scope, ScopedJoinHandle};

use crate::{Echo, Output, Stream};

const STREAMS: [Stream; 2] = [Stream::Stdout, Stream::Stderr];

/// Both outputs, while a command runs.
pub(super) struct Outputs<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    reading: Reading<'env>,
    /// Those that nothing came from yet.
    silent: [Option<File>; 2],
    readers: [Option<ScopedJoinHandle<'scope, Output>>; 2],
}

/// What becomes of what is read.
#[derive(Clone, Copy)]
pub(super) struct Reading<'env> {
    /// How many bytes of each are kept.
    pub(super) keep: u64,
    pub(super) echo: Option<Echo<'env>>,
    /// How many bytes came so far.
    pub(super) printed: &'env [AtomicU64; 2],
}

impl<'scope, 'env> Outputs<'scope, 'env> {
    pub(super) fn new(
        scope: &'scope Scope<'scope, 'env>,
        reading: Reading<'env>,
        pipes: [OwnedFd; 2],
    ) -> Outputs<'scope, 'env> {
        Outputs {
            scope,
            reading,
            silent: pipes.map(|pipe| Some(File::from(pipe))),
            readers: [None, None],
        }
    }

    /// The outputs that somebody has to wait for.
    pub(super) fn silent(&self) -> impl Iterator<Item = &File> {
        self.silent.iter().flatten()
    }

    /// Reads those of [`Outputs::silent`] from now on that are no longer; they are told of in the same order.
    pub(super) fn attend(&mut self, is_heard: impl Iterator<Item = bool>) {
        let silent = (0..STREAMS.len()).filter(|place| self.silent[*place].is_some());
        let heard: Vec<usize> = silent
            .zip(is_heard)
            .filter_map(|(place, is_heard)| is_heard.then_some(place))
            .collect();
        for place in heard {
            let reading = self.reading;
            self.readers[place] = self.silent[place]
                .take()
                .map(|pipe| self.scope.spawn(move || reading.read(place, pipe)));
        }
    }

    /// Whether one has more bytes than `most`.
    pub(super) fn is_longer_than(&self, most: u64) -> bool {
        let printed = self.reading.printed.iter();
        printed
            .map(|printed| printed.load(Ordering::Relaxed))
            .any(|printed| printed > most)
    }

    /// Reads both to their ends, which they have when the last process is gone that may write to them.
    pub(super) fn finish(self) -> [Output; 2] {
        let Outputs {
            reading,
            mut silent,
            mut readers,
            ..
        } = self;
        [0, 1].map(|place| match readers[place].take() {
            Some(reader) => reader.join().unwrap_or_default(),
            None => silent[place]
                .take()
                .map_or_else(Output::default, |pipe| reading.read(place, pipe)),
        })
    }
}

impl Reading<'_> {
    /// Reads a stream to its end and keeps its first bytes.
    fn read(self, place: usize, mut pipe: File) -> Output {
        let mut output = Output::default();
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = match pipe.read(&mut buffer) {
                Ok(0) => return output,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return output,
            };
            let room =
                usize::try_from(self.keep.saturating_sub(output.total)).unwrap_or(usize::MAX);
            let kept = &buffer[..read.min(room)];
            output.bytes.extend_from_slice(kept);
            output.total += read as u64;
            self.printed[place].store(output.total, Ordering::Relaxed);
            if let Some(echo) = self.echo
                && !kept.is_empty()
            {
                echo(STREAMS[place], kept);
            }
        }
    }
}
