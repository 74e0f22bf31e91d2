//! The bytes of a commit object.

use std::borrow::Cow;

use encoding_rs::Encoding;
use gix::ObjectId;

use crate::record::{BODY_LIMIT, SUBJECT_LIMIT};

/// A commit taken apart. Texts that are no UTF-8 are read as the commit says that they are written, and else keep what is
/// readable.
pub(super) struct RawCommit<'a> {
    pub(super) tree: ObjectId,
    pub(super) parents: Vec<ObjectId>,
    /// Name and address of the author, `Name <address>`.
    pub(super) author: Cow<'a, [u8]>,
    pub(super) author_time: i64,
    pub(super) time: i64,
    /// Name and address of the committer.
    pub(super) committer: &'a [u8],
    message: Cow<'a, [u8]>,
}

/// Takes a commit apart; `None` without a tree. Times that cannot be read are 0: the commit still counts.
pub(super) fn parse_commit(data: &[u8]) -> Option<RawCommit<'_>> {
    let mut rest = data;
    let mut commit = RawCommit {
        tree: ObjectId::from_hex(next_line(&mut rest)?.strip_prefix(b"tree ")?).ok()?,
        parents: Vec::new(),
        author: Cow::Borrowed(b""),
        author_time: 0,
        time: 0,
        committer: b"",
        message: Cow::Borrowed(b""),
    };
    let mut encoding = None;
    while let Some(line) = next_line(&mut rest) {
        if line.is_empty() {
            commit.message = Cow::Borrowed(rest);
            break;
        }
        if let Some(parent) = line.strip_prefix(b"parent ") {
            commit.parents.push(ObjectId::from_hex(parent).ok()?);
        } else if let Some(author) = line.strip_prefix(b"author ") {
            let (author, time) = split_signature(author);
            (commit.author, commit.author_time) = (Cow::Borrowed(author), time);
        } else if let Some(committer) = line.strip_prefix(b"committer ") {
            (commit.committer, commit.time) = split_signature(committer);
        } else if let Some(label) = line.strip_prefix(b"encoding ") {
            encoding = Encoding::for_label(label);
        }
    }
    if let Some(encoding) = encoding {
        commit.author = decoded(commit.author, encoding);
        commit.message = decoded(commit.message, encoding);
    }
    Some(commit)
}

impl RawCommit<'_> {
    /// The service that hosts the code committed it, by a button on a page.
    pub(super) fn is_committed_by_host(&self) -> bool {
        const HOSTS: [&[u8]; 2] = [b"<noreply@github.com>", b"<noreply@gitlab.com>"];
        HOSTS.iter().any(|host| self.committer.ends_with(host))
    }

    /// The first line that is not empty.
    pub(super) fn subject(&self) -> String {
        let message = self.message.trim_ascii_start();
        let end = message.iter().position(|&byte| byte == b'\n');
        cut_text(
            message[..end.unwrap_or(message.len())].trim_ascii_end(),
            SUBJECT_LIMIT,
        )
    }

    /// What follows the first line.
    pub(super) fn body(&self) -> String {
        let message = self.message.trim_ascii_start();
        match message.iter().position(|&byte| byte == b'\n') {
            Some(end) => cut_text(message[end..].trim_ascii(), BODY_LIMIT),
            None => String::new(),
        }
    }
}

/// A text of another encoding as UTF-8. What is UTF-8 already was named wrongly.
fn decoded<'a>(text: Cow<'a, [u8]>, encoding: &'static Encoding) -> Cow<'a, [u8]> {
    if std::str::from_utf8(&text).is_ok() {
        return text;
    }
    let (read, _) = encoding.decode_without_bom_handling(&text);
    Cow::Owned(read.into_owned().into_bytes())
}

fn next_line<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    if rest.is_empty() {
        return None;
    }
    let end = rest
        .iter()
        .position(|&byte| byte == b'\n')
        .unwrap_or(rest.len());
    let line = &rest[..end];
    *rest = &rest[(end + 1).min(rest.len())..];
    Some(line)
}

/// `Name <address> 1700000000 +0100` as its first two parts and the seconds.
fn split_signature(signature: &[u8]) -> (&[u8], i64) {
    let end = signature
        .iter()
        .rposition(|&byte| byte == b'>')
        .map_or(signature.len(), |end| end + 1);
    let time = signature[end..]
        .split(|&byte| byte == b' ')
        .find(|word| !word.is_empty())
        .and_then(|word| std::str::from_utf8(word).ok()?.parse().ok());
    (&signature[..end], time.unwrap_or(0))
}

/// `Name <address>` as its two halves.
pub(super) fn name_and_email(author: &[u8]) -> (&[u8], &[u8]) {
    let Some(start) = author.iter().position(|&byte| byte == b'<') else {
        return (author.trim_ascii(), b"");
    };
    let email = &author[start + 1..];
    let email = email.strip_suffix(b">").unwrap_or(email);
    (author[..start].trim_ascii(), email.trim_ascii())
}

fn cut_text(bytes: &[u8], limit: usize) -> String {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    if text.len() > limit {
        let mut end = limit;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
    }
    // SQLite and JSON readers stop at NUL; git forbids it, crafted objects have it.
    if text.contains('\0') {
        text = text.replace('\0', "\u{fffd}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n";

    fn check(text: &[u8], author: &[u8], times: (i64, i64), subject: &str, body: &str) {
        let data = [TREE.as_bytes(), text].concat();
        let commit = parse_commit(&data).unwrap();
        assert_eq!(commit.author.as_ref(), author);
        assert_eq!((commit.author_time, commit.time), times);
        assert_eq!(commit.subject(), subject);
        assert_eq!(commit.body(), body);
    }

    #[test]
    fn a_commit_is_taken_apart() {
        check(
            b"author A B <a@b> 5 +0100\ncommitter C <c@d> 7 -0200\ngpgsig x\n y\n\n\nSubject \n\nBody\nmore\n",
            b"A B <a@b>",
            (5, 7),
            "Subject",
            "Body\nmore",
        );
    }

    #[test]
    fn other_encodings_are_read_as_the_commit_names_them() {
        check(
            b"author Ren\xe9 <r@e> 5 +0\nencoding ISO-8859-1\n\ncaf\xe9\n\nZur\xfcck\n",
            "René <r@e>".as_bytes(),
            (5, 0),
            "café",
            "Zurück",
        );
        check(b"encoding EUC-JP\n\n\xc6\xfc\n", b"", (0, 0), "日", "");
        // Named wrongly, or by a name that nobody knows.
        check("encoding latin1\n\né".as_bytes(), b"", (0, 0), "é", "");
        check(b"encoding x-none\n\n\xe9", b"", (0, 0), "\u{fffd}", "");
    }

    #[test]
    fn damaged_headers_cost_only_themselves() {
        check(b"author nobody\n\nx", b"nobody", (0, 0), "x", "");
        check(
            b"author <> -5 +0\ncommitter A <> 9999999999999999999999 +0\n\n",
            b"<>",
            (-5, 0),
            "",
            "",
        );
        check(b"", b"", (0, 0), "", "");
        check(b"\n\xff\0x\n", b"", (0, 0), "\u{fffd}\u{fffd}x", "");
        assert!(parse_commit(b"parent x\n").is_none());
        assert!(parse_commit(b"").is_none());
    }

    #[test]
    fn long_messages_are_cut_between_characters() {
        let text = format!("{TREE}\n{}", "é".repeat(600));
        let commit = parse_commit(text.as_bytes()).unwrap();
        assert_eq!(commit.subject().len(), SUBJECT_LIMIT);
    }

    #[test]
    fn an_author_has_a_name_and_an_address() {
        assert_eq!(name_and_email(b"A B <a@b>"), (&b"A B"[..], &b"a@b"[..]));
        assert_eq!(name_and_email(b"A B"), (&b"A B"[..], &b""[..]));
    }
}
