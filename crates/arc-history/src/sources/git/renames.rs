//! Pairs what disappeared with what appeared: a file that moved is still the same file.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use gix::ObjectId;
use gix::objs::Kind;

use super::objects::Objects;
use super::trees::{Difference, Side};
use crate::record::ChangeStatus;

/// Contents that share less than this part of the larger one are different files; git's default.
const MIN_SIMILARITY: f64 = 0.5;

/// Up to this many pairs of a commit all are compared; above, those that share rare lines or a name.
const MAX_PAIRS: usize = 10_000;

/// Above this many files on a side only those of one name are compared.
const MAX_FILES: usize = 5_000;

/// What files of a commit are read to be compared, in all.
const MAX_READ_BYTES: usize = 128 << 20;

/// Lines that more files of the old side have say little about which of them moved.
const MAX_HOLDERS: usize = 8;

/// Files of the old side that one of the new side is compared with, by lines and by name.
const NEAREST: usize = 3;

/// Contents above this size are compared by id only.
const MAX_COMPARED_BYTES: usize = 1 << 20;

/// One changed path, with its content before and after.
pub(super) struct Change {
    pub(super) path: Vec<u8>,
    pub(super) old_path: Option<Vec<u8>>,
    pub(super) status: ChangeStatus,
    pub(super) old: Option<Side>,
    pub(super) new: Option<Side>,
}

/// The changes behind `differences`, ordered by path.
pub(super) fn pair_renames(objects: &mut Objects<'_>, differences: Vec<Difference>) -> Vec<Change> {
    let mut gone = Vec::new();
    let mut born = Vec::new();
    let mut changes = Vec::with_capacity(differences.len());
    for difference in differences {
        match (difference.old, difference.new) {
            (Some(_), Some(_)) => changes.push(plain(difference, ChangeStatus::Modified)),
            (Some(side), None) => gone.push(Candidate::new(difference, side)),
            (None, Some(side)) => born.push(Candidate::new(difference, side)),
            (None, None) => {}
        }
    }
    if !gone.is_empty() && !born.is_empty() {
        pair_equal(&mut gone, &mut born);
        pair_similar(objects, &mut gone, &mut born);
    }
    for candidate in born {
        match candidate.partner {
            None => changes.push(plain(candidate.difference, ChangeStatus::Added)),
            Some(partner) => {
                let old = &gone[partner];
                changes.push(Change {
                    path: candidate.difference.path,
                    old_path: Some(old.difference.path.clone()),
                    status: ChangeStatus::Renamed,
                    old: Some(old.side),
                    new: Some(candidate.side),
                });
            }
        }
    }
    for candidate in gone {
        if candidate.partner.is_none() {
            changes.push(plain(candidate.difference, ChangeStatus::Deleted));
        }
    }
    changes.sort_by(|one, other| {
        (&one.path, one.status.number()).cmp(&(&other.path, other.status.number()))
    });
    changes
}

fn plain(difference: Difference, status: ChangeStatus) -> Change {
    Change {
        path: difference.path,
        old_path: None,
        status,
        old: difference.old,
        new: difference.new,
    }
}

/// A path on one side only.
struct Candidate {
    difference: Difference,
    side: Side,
    /// The place of the other half in the other list, once found.
    partner: Option<usize>,
}

impl Candidate {
    fn new(difference: Difference, side: Side) -> Candidate {
        Candidate {
            difference,
            side,
            partner: None,
        }
    }

    fn file_name(&self) -> &[u8] {
        let path = &self.difference.path;
        let start = path.iter().rposition(|&byte| byte == b'/');
        &path[start.map_or(0, |slash| slash + 1)..]
    }
}

/// Pairs files of equal content, those of equal name first. Empty files are equal to each other by accident only.
fn pair_equal(gone: &mut [Candidate], born: &mut [Candidate]) {
    let mut by_id: HashMap<ObjectId, Vec<usize>> = HashMap::new();
    for (index, candidate) in gone.iter().enumerate() {
        if !candidate.side.id.is_empty_blob() {
            by_id.entry(candidate.side.id).or_default().push(index);
        }
    }
    for must_share_name in [true, false] {
        for (index, candidate) in born.iter_mut().enumerate() {
            let Some(equals) = by_id.get(&candidate.side.id) else {
                continue;
            };
            if candidate.partner.is_some() {
                continue;
            }
            let found = equals.iter().copied().find(|&place| {
                let old = &gone[place];
                old.partner.is_none()
                    && old.side.is_link == candidate.side.is_link
                    && (!must_share_name || old.file_name() == candidate.file_name())
            });
            if let Some(place) = found {
                candidate.partner = Some(place);
                gone[place].partner = Some(index);
            }
        }
    }
}

/// Pairs files of similar content, the most similar first. What cannot be read stays unpaired.
fn pair_similar(objects: &mut Objects<'_>, gone: &mut [Candidate], born: &mut [Candidate]) {
    let open = |list: &[Candidate]| -> Vec<usize> {
        (0..list.len())
            .filter(|&index| list[index].partner.is_none() && !list[index].side.is_link)
            .collect()
    };
    let (old_places, new_places) = (open(gone), open(born));
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    let compares_all = old_places.len().saturating_mul(new_places.len()) <= MAX_PAIRS;
    if compares_all {
        for &old in &old_places {
            pairs.extend(new_places.iter().map(|&new| (old, new)));
        }
    } else {
        same_name(gone, born, &old_places, &new_places, &mut pairs);
    }
    let compares_lines = !compares_all && old_places.len().max(new_places.len()) <= MAX_FILES;
    let (old_wanted, new_wanted): (BTreeSet<usize>, BTreeSet<usize>) = if compares_lines {
        let all = |places: &[usize]| places.iter().copied().collect();
        (all(&old_places), all(&new_places))
    } else {
        pairs.iter().copied().unzip()
    };
    let mut read = 0;
    let mut prints = |list: &[Candidate], wanted: &BTreeSet<usize>| -> Prints {
        let print = |&place: &usize| {
            let print = Fingerprint::of(objects, &list[place].side, &mut read)?;
            Some((place, print))
        };
        wanted.iter().filter_map(print).collect()
    };
    let (old_prints, new_prints) = (prints(gone, &old_wanted), prints(born, &new_wanted));
    if compares_lines {
        sharing_lines(&old_prints, &new_prints, &mut pairs);
        pairs.sort_unstable();
        pairs.dedup();
    }
    let mut scored = Vec::new();
    for (old, new) in pairs {
        if let (Some(old_print), Some(new_print)) = (old_prints.get(&old), new_prints.get(&new)) {
            let similarity = old_print.similarity(new_print);
            if similarity >= MIN_SIMILARITY {
                let shares_name = gone[old].file_name() == born[new].file_name();
                scored.push((similarity, shares_name, old, new));
            }
        }
    }
    scored.sort_by(|one, other| {
        other
            .0
            .total_cmp(&one.0)
            .then(other.1.cmp(&one.1))
            .then((one.2, one.3).cmp(&(other.2, other.3)))
    });
    for (_, _, old, new) in scored {
        if gone[old].partner.is_none() && born[new].partner.is_none() {
            gone[old].partner = Some(new);
            born[new].partner = Some(old);
        }
    }
}

/// Pairs of files of one name: for each new one the old ones whose folders are called most alike, from the name upwards.
fn same_name(
    gone: &[Candidate],
    born: &[Candidate],
    old_places: &[usize],
    new_places: &[usize],
    pairs: &mut Vec<(usize, usize)>,
) {
    let upwards = |candidate: &Candidate| -> Vec<u8> {
        candidate.difference.path.iter().rev().copied().collect()
    };
    let mut by_end: Vec<(Vec<u8>, usize)> = old_places
        .iter()
        .map(|&old| (upwards(&gone[old]), old))
        .collect();
    by_end.sort_unstable();
    for &new in new_places {
        let end = upwards(&born[new]);
        let at = by_end.partition_point(|(known, _)| *known < end);
        let near = at.saturating_sub(NEAREST)..(at + NEAREST).min(by_end.len());
        let is_named = |old: &usize| gone[*old].file_name() == born[new].file_name();
        let old = by_end[near].iter().map(|(_, old)| *old);
        pairs.extend(old.filter(is_named).map(|old| (old, new)));
    }
}

/// The fingerprints of files of one side, as far as they can be compared.
type Prints = BTreeMap<usize, Fingerprint>;

/// Pairs of files that share lines which few files of the old side have: for each new file the old ones that share most
/// bytes of such lines.
fn sharing_lines(old: &Prints, new: &Prints, pairs: &mut Vec<(usize, usize)>) {
    let mut holders: HashMap<u32, Vec<usize>> = HashMap::new();
    for (&place, print) in old {
        for (hash, _) in &print.bytes_by_piece {
            let known = holders.entry(*hash).or_default();
            if known.len() <= MAX_HOLDERS {
                known.push(place);
            }
        }
    }
    holders.retain(|_, known| known.len() <= MAX_HOLDERS);
    for (&place, print) in new {
        let mut shared: HashMap<usize, u64> = HashMap::new();
        for (hash, bytes) in &print.bytes_by_piece {
            for &old in holders.get(hash).into_iter().flatten() {
                *shared.entry(old).or_default() += u64::from(*bytes);
            }
        }
        let mut shared: Vec<(usize, u64)> = shared.into_iter().collect();
        shared.sort_unstable_by_key(|&(old, bytes)| (Reverse(bytes), old));
        pairs.extend(shared.iter().take(NEAREST).map(|&(old, _)| (old, place)));
    }
}

/// How many bytes of a file stand in which line, by a hash of the line; long lines count in pieces, as in git.
struct Fingerprint {
    size: usize,
    bytes_by_piece: Vec<(u32, u32)>,
}

impl Fingerprint {
    /// `None` for what cannot be read, is too large, or comes after too much was read: `read` counts that.
    fn of(objects: &mut Objects<'_>, side: &Side, read: &mut usize) -> Option<Fingerprint> {
        if *read > MAX_READ_BYTES {
            return None;
        }
        let object = objects.find(&side.id)?;
        if object.kind != Kind::Blob || object.data.len() > MAX_COMPARED_BYTES {
            return None;
        }
        *read += object.data.len();
        Some(Fingerprint::of_bytes(&object.data))
    }

    fn of_bytes(bytes: &[u8]) -> Fingerprint {
        let mut pieces = Vec::with_capacity(bytes.len() / 32);
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            for piece in line.chunks(64) {
                pieces.push((piece_hash(piece), piece.len() as u32));
            }
        }
        pieces.sort_unstable();
        pieces.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        Fingerprint {
            size: bytes.len(),
            bytes_by_piece: pieces,
        }
    }

    /// The bytes both have, as a share of the larger.
    fn similarity(&self, other: &Fingerprint) -> f64 {
        let larger = self.size.max(other.size);
        if larger == 0 || (self.size.min(other.size) as f64) < MIN_SIMILARITY * larger as f64 {
            return 0.0;
        }
        let mut common = 0_u64;
        let mut others = other.bytes_by_piece.iter().peekable();
        for &(hash, bytes) in &self.bytes_by_piece {
            while others.next_if(|piece| piece.0 < hash).is_some() {}
            if let Some(piece) = others.next_if(|piece| piece.0 == hash) {
                common += u64::from(bytes.min(piece.1));
            }
        }
        common as f64 / larger as f64
    }
}

/// FNV-1a over eight bytes at a time.
fn piece_hash(piece: &[u8]) -> u32 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for word in piece.chunks(8) {
        let mut bytes = [0; 8];
        bytes[..word.len()].copy_from_slice(word);
        hash = (hash ^ u64::from_le_bytes(bytes)).wrapping_mul(0x0000_0100_0000_01b3);
        hash ^= hash >> 32;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the low half of a hash")]
    let short = hash as u32;
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn similarity(one: &str, other: &str) -> f64 {
        let one = Fingerprint::of_bytes(one.as_bytes());
        one.similarity(&Fingerprint::of_bytes(other.as_bytes()))
    }

    #[test]
    fn similarity_is_the_share_of_common_bytes() {
        assert!(similarity("a\nb\nc\nd\n", "a\nb\nc\nd\n") > 0.999);
        assert!((similarity("a\nb\nc\nd\n", "a\nb\nc\nx\n") - 0.75).abs() < 1e-9);
        assert!((similarity("a\na\nb\n", "a\nb\nb\n") - 2.0 / 3.0).abs() < 1e-9);
        assert!(similarity("", "") < 0.001);
        assert!(similarity("a\n", "a\nb\nc\nd\n") < 0.001);
    }
}
