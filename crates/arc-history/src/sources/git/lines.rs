//! How many lines a change adds and deletes.

use gix::diff::blob::{Algorithm, Diff, InternedInput, sources::byte_lines};
use gix::objs::Kind;

use super::objects::{Object, Objects};
use super::renames::Change;
use crate::record::LineCounts;

/// Contents above this size are not compared.
const MAX_COMPARED_BYTES: usize = 1 << 20;

/// As far as git looks for a NUL before it calls a file binary.
const BINARY_PROBE: usize = 8_000;

/// The lines of `change`, or `None` when a side is missing, large, binary or a link.
pub(super) fn line_counts(objects: &mut Objects<'_>, change: &Change) -> Option<LineCounts> {
    let old = change
        .old
        .map(|side| text(objects, &side))
        .map_or(Some(None), |text| text.map(Some))?;
    let new = change
        .new
        .map(|side| text(objects, &side))
        .map_or(Some(None), |text| text.map(Some))?;
    let old = old.as_ref().map_or(&[][..], |object| &object.data);
    let new = new.as_ref().map_or(&[][..], |object| &object.data);
    Some(count_lines(old, new))
}

fn text(objects: &mut Objects<'_>, side: &super::trees::Side) -> Option<Object> {
    if side.is_link {
        return None;
    }
    let object = objects.find(&side.id)?;
    let is_text = object.kind == Kind::Blob
        && object.data.len() <= MAX_COMPARED_BYTES
        && !object.data[..object.data.len().min(BINARY_PROBE)].contains(&0);
    is_text.then_some(object)
}

/// The lines that only one of two texts has. A line that changed counts once on each side.
#[must_use]
pub fn count_lines(old: &[u8], new: &[u8]) -> LineCounts {
    let (old, new) = without_common_ends(old, new);
    if old.is_empty() || new.is_empty() {
        return LineCounts {
            added: lines(new),
            deleted: lines(old),
        };
    }
    let input = InternedInput::new(byte_lines(old), byte_lines(new));
    let diff = Diff::compute(Algorithm::Histogram, &input);
    LineCounts {
        added: diff.count_additions(),
        deleted: diff.count_removals(),
    }
}

fn lines(text: &[u8]) -> u32 {
    let ends = text.iter().filter(|&&byte| byte == b'\n').count();
    let unfinished = usize::from(text.last().is_some_and(|&byte| byte != b'\n'));
    u32::try_from(ends + unfinished).unwrap_or(u32::MAX)
}

/// Both texts without the whole lines they start and end with: most changes are small.
fn without_common_ends<'a>(old: &'a [u8], new: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    let common = common_start(old, new);
    let start = old[..common]
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |newline| newline + 1);
    let (old, new) = (&old[start..], &new[start..]);
    let common = common_end(old, new);
    let tail = &old[old.len() - common..];
    // The first line of the common bytes may begin before them, on one side or on both.
    let kept = tail
        .iter()
        .position(|&byte| byte == b'\n')
        .map_or(0, |newline| tail.len() - newline - 1);
    (&old[..old.len() - kept], &new[..new.len() - kept])
}

/// Bytes compared at once: equal texts are long, and a comparison of slices is the fastest loop there is.
const STRIDE: usize = 256;

fn common_start(old: &[u8], new: &[u8]) -> usize {
    let same = |(one, other): &(&[u8], &[u8])| one == other && one.len() == STRIDE;
    let strides = old.chunks(STRIDE).zip(new.chunks(STRIDE));
    let whole = strides.take_while(same).count() * STRIDE;
    let rest = old[whole..].iter().zip(&new[whole..]);
    whole + rest.take_while(|(one, other)| one == other).count()
}

fn common_end(old: &[u8], new: &[u8]) -> usize {
    let same = |(one, other): &(&[u8], &[u8])| one == other && one.len() == STRIDE;
    let strides = old.rchunks(STRIDE).zip(new.rchunks(STRIDE));
    let whole = strides.take_while(same).count() * STRIDE;
    let (old, new) = (&old[..old.len() - whole], &new[..new.len() - whole]);
    let rest = old.iter().rev().zip(new.iter().rev());
    whole + rest.take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(old: &str, new: &str, added: u32, deleted: u32) {
        let counts = count_lines(old.as_bytes(), new.as_bytes());
        assert_eq!(
            (counts.added, counts.deleted),
            (added, deleted),
            "{old:?} {new:?}"
        );
    }

    #[test]
    fn lines_are_counted_on_both_sides() {
        check("", "", 0, 0);
        check("", "a\nb", 2, 0);
        check("a\nb\n", "", 0, 2);
        check("a\nb\nc\n", "a\nx\nc\n", 1, 1);
        check("a\nb\nc\n", "a\nb\nb\nc\n", 1, 0);
        check("a\nb", "a\nb\n", 1, 1);
        check("ab\nb\n", "xab\nb\n", 1, 1);
        check("a\nb\nc\nd\n", "c\nd\na\nb\n", 2, 2);
        check("same\n", "same\n", 0, 0);
        let long = "line\n".repeat(300);
        check(
            &format!("{long}a\n{long}"),
            &format!("{long}b\nc\n{long}"),
            2,
            1,
        );
        check(&long, &format!("{long}{long}"), 300, 0);
    }
}
