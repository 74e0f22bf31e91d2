//! Messages between the two sides of a sandbox: a length, JSON, and descriptors along with it.

use std::io::{self, IoSlice, IoSliceMut, Read as _, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// More descriptors than any message has.
const MOST_DESCRIPTORS: usize = 8;
/// No message is longer: arguments and variables of a command end at about two megabytes.
const MOST_BYTES: u32 = 32 << 20;
/// Bytes of the length before a message.
const HEAD: usize = size_of::<u32>();

/// Sends a message.
///
/// The two processes of a sandbox share one end of the socket, so a message goes out in one call: their words never mix.
///
/// # Errors
///
/// When nobody is there to hear it, or it is too long.
pub fn send(
    mut socket: &UnixStream,
    message: &impl Serialize,
    descriptors: &[BorrowedFd<'_>],
) -> io::Result<()> {
    let mut bytes = vec![0; HEAD];
    serde_json::to_writer(&mut bytes, message)?;
    let length = u32::try_from(bytes.len() - HEAD)
        .ok()
        .filter(|length| *length <= MOST_BYTES)
        .ok_or_else(|| io::Error::other("the command and its variables are too long"))?;
    bytes[..HEAD].copy_from_slice(&length.to_le_bytes());
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_DESCRIPTORS))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() && !control.push(SendAncillaryMessage::ScmRights(descriptors)) {
        return Err(io::Error::other("too many descriptors for one message"));
    }
    let sent = rustix::net::sendmsg(
        socket,
        &[IoSlice::new(&bytes)],
        &mut control,
        SendFlags::NOSIGNAL,
    )?;
    socket.write_all(&bytes[sent..])
}

/// Waits for a message.
///
/// # Errors
///
/// An end of the stream is one of the kind `UnexpectedEof`.
pub fn receive<T: DeserializeOwned>(mut socket: &UnixStream) -> io::Result<(T, Vec<OwnedFd>)> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_DESCRIPTORS))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut head = [0; HEAD];
    let received = rustix::net::recvmsg(
        socket.as_fd(),
        &mut [IoSliceMut::new(&mut head)],
        &mut control,
        RecvFlags::CMSG_CLOEXEC,
    )?
    .bytes;
    if received == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut descriptors = Vec::new();
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(rights) = message {
            descriptors.extend(rights);
        }
    }
    socket.read_exact(&mut head[received..])?;
    let length = u32::from_le_bytes(head);
    if length > MOST_BYTES {
        return Err(io::Error::other("a message that is too long"));
    }
    let mut body = vec![0; length as usize];
    socket.read_exact(&mut body)?;
    Ok((serde_json::from_slice(&body)?, descriptors))
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn words_of_two_speakers_on_one_socket_do_not_mix() {
        const WORDS: usize = 2_000;
        let (ours, theirs) = UnixStream::pair().expect("a socket");
        let speak = |word: &'static str| {
            let socket = &theirs;
            move || {
                for _ in 0..WORDS {
                    send(socket, &word, &[]).expect("it is sent");
                }
            }
        };
        let mut heard = [0, 0];
        thread::scope(|scope| {
            scope.spawn(speak("ready"));
            scope.spawn(speak("the init has a number"));
            for _ in 0..2 * WORDS {
                let (word, _) = receive::<String>(&ours).expect("a whole word");
                heard[usize::from(word == "ready")] += 1;
            }
        });
        assert_eq!(heard, [WORDS, WORDS]);
    }

    #[test]
    fn descriptors_come_with_their_word() {
        let (ours, theirs) = UnixStream::pair().expect("a socket");
        let (reader, _writer) = io::pipe().expect("a pipe");
        send(&theirs, &1, &[]).expect("it is sent");
        send(&theirs, &2, &[reader.as_fd()]).expect("it is sent");
        send(&theirs, &3, &[]).expect("it is sent");
        let counts: Vec<_> = (0..3)
            .map(|_| receive::<u8>(&ours).expect("a whole word"))
            .map(|(word, along)| (word, along.len()))
            .collect();
        assert_eq!(counts, [(1, 0), (2, 1), (3, 0)]);
    }
}
