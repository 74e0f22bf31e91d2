//! Which commit wrote a line: blame by line, over the commits that the graph says touched the file.
//!
//! Git looks at every commit between HEAD and the one that wrote a line. Here the caller tells which commits changed the
//! file under any of its names, so that only those are read. A content that none of them wrote is looked for commit by
//! commit, as git does.

mod moves;
mod parts;
mod texts;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use gix::ObjectId;

use self::moves::{COPIED, MOVED, Piece, Wanted, best_piece};
pub use self::texts::{common_end, common_start, split_lines};

use self::texts::{Ends, Run, count_lines, hunks, lines_by_words};
use super::lineage::Lineage;
use super::object_id;
use super::trees::differences;
use super::versions::Versions;
use crate::record::CommitId;

/// Files of a commit that lines may have been copied from; of commits with more none is looked at.
const MAX_COPY_SOURCES: usize = 400;

/// What to blame.
pub struct BlameRequest<'a> {
    /// The commit whose lines are meant.
    pub head: CommitId,
    /// The file there.
    pub path: &'a str,
    /// Lines, from 1, ascending.
    pub lines: &'a [u32],
    /// Follow lines that were moved within the file or copied from another one.
    pub follows_moves: bool,
    /// Look through reverts and ignored commits. Without this the answer is that of `git blame -w -M -C`.
    pub by_meaning: bool,
    /// A commit to be ignored besides those that the trail says.
    pub also_ignored: Option<CommitId>,
}

/// Why a commit that touched a line did not write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Since {
    /// It moved the line from elsewhere, or copied it.
    Moved,
    /// It changed nothing but the form.
    Formatted,
    /// It brought the line back.
    Restored,
}

/// Who wrote a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The line that was asked for.
    pub line: u32,
    /// The commit that wrote it.
    pub commit: CommitId,
    /// The path there.
    pub path: String,
    /// The line there.
    pub line_there: u32,
    /// Commits that carried it on since, newest first.
    pub since: Vec<(CommitId, Since)>,
    /// The clone knows no earlier commit: an earlier one may have written it.
    pub is_boundary: bool,
}

/// A line on its way back: its number in the version at hand, the number asked for, and what happened to it since.
#[derive(Clone, Copy)]
struct Entry {
    at: u32,
    asked: u32,
    /// Place in [`Blamer::since`] plus one.
    since: u32,
    /// Lines that came here together have one number: they are moved and copied as one piece.
    piece: u32,
    /// Place in [`Blamer::doubts`] plus one: whether the commit they wait at wrote them is not sure.
    doubt: u32,
}

/// A line that was found in an older version, and in which of the runs it was found.
struct Passed {
    entry: Entry,
    run: usize,
}

/// A file's content at a commit that wrote it.
type Version = (Reverse<i64>, CommitId, Vec<u8>);

/// A parent, the path there, its content and text.
type Before = (CommitId, Vec<u8>, ObjectId, Rc<Vec<u8>>);

struct Blamer<'a, 'known> {
    versions: &'a mut Versions<'known, 'known>,
    request: &'a BlameRequest<'a>,
    waiting: BTreeMap<Version, (ObjectId, Vec<Entry>)>,
    since: Vec<(CommitId, Since, u32)>,
    /// A commit that has a content, and the newest order that its writer can have. Several wrote the content, and which of them
    /// it was is asked only of lines that go no further: most stood in what was there before each of them.
    doubts: Vec<(CommitId, i64)>,
    origins: Vec<Origin>,
    pieces: u32,
}

impl Lineage<'_> {
    /// Who wrote lines of a file, in the order of the lines. Lines that are not in the file are left out.
    pub fn blame(&mut self, request: &BlameRequest<'_>) -> Vec<Origin> {
        let mut blamer = Blamer {
            versions: &mut self.versions,
            request,
            waiting: BTreeMap::new(),
            since: Vec::new(),
            doubts: Vec::new(),
            origins: Vec::new(),
            pieces: 0,
        };
        blamer.start();
        while let Some((version, (content, entries))) = blamer.waiting.pop_first() {
            blamer.go_back(&version, &content, entries);
        }
        blamer.origins.sort_by_key(|origin| origin.line);
        blamer.origins
    }
}

impl Blamer<'_, '_> {
    fn start(&mut self) {
        let path = self.request.path.as_bytes().to_vec();
        let head = self.request.head;
        let Some(content) = self.versions.content(&head, &path) else {
            return;
        };
        let count = self
            .versions
            .text(&content)
            .map_or(0, |text| split_lines(&text).len());
        let entries = self
            .request
            .lines
            .iter()
            .filter(|line| (1..=count).contains(&(**line as usize)));
        let entries = entries
            .map(|line| Entry {
                at: line - 1,
                asked: *line,
                since: 0,
                piece: 0,
                doubt: 0,
            })
            .collect();
        self.wait(&head, i64::MAX, path, content, entries);
    }

    /// Lets lines wait at the commit that wrote `content`, which `commit` has at `path`.
    fn wait(
        &mut self,
        commit: &CommitId,
        limit: i64,
        path: Vec<u8>,
        content: ObjectId,
        mut entries: Vec<Entry>,
    ) {
        let writer = self.versions.likely_writer(commit, limit, &path, &content);
        if writer.is_doubtful {
            self.doubts.push((*commit, limit));
        }
        let doubt = if writer.is_doubtful {
            self.doubts.len() as u32
        } else {
            0
        };
        for entry in &mut entries {
            entry.doubt = doubt;
        }
        self.wait_at(
            (Reverse(writer.order), writer.commit, path),
            content,
            entries,
        );
    }

    fn wait_at(&mut self, version: Version, content: ObjectId, entries: Vec<Entry>) {
        self.waiting
            .entry(version)
            .or_insert_with(|| (content, Vec::new()))
            .1
            .extend(entries);
    }

    /// Finds out for doubtful lines of a version which commit wrote them. Those that this one did not write wait at the one that
    /// did.
    fn settle_doubts(&mut self, version: &Version, content: &ObjectId, entries: &mut Vec<Entry>) {
        let (_, commit, path) = version;
        let mut others: BTreeMap<u32, Vec<Entry>> = BTreeMap::new();
        for entry in std::mem::take(entries) {
            others
                .entry(entry.doubt)
                .or_default()
                .push(Entry { doubt: 0, ..entry });
        }
        for (doubt, mut found) in others {
            let Some((from, limit)) = doubt.checked_sub(1).map(|at| self.doubts[at as usize])
            else {
                entries.append(&mut found);
                continue;
            };
            let (writer, order) = self.versions.writer_by_steps(from, limit, path, content);
            if writer == *commit {
                entries.append(&mut found);
            } else {
                self.wait_at((Reverse(order), writer, path.clone()), *content, found);
            }
        }
        entries.sort_by_key(order_of_pieces);
    }

    /// Hands lines of a version to the versions before it, and keeps those that stand in none.
    fn go_back(&mut self, version: &Version, content: &ObjectId, mut entries: Vec<Entry>) {
        let (Reverse(order), commit, path) = version;
        entries.sort_by_key(order_of_pieces);
        let is_ignored = self.request.by_meaning && self.is_ignored(commit, path);
        let Some(text) = self.versions.text(content) else {
            self.settle_doubts(version, content, &mut entries);
            return self.keep(version, entries);
        };
        let parents = self
            .versions
            .node(commit)
            .map(|node| node.parents)
            .unwrap_or_default();
        // What an ignored commit did, and which parent of a merge comes first, holds for no other commit.
        if is_ignored || parents.len() != 1 {
            self.settle_doubts(version, content, &mut entries);
        }
        let limit = order.saturating_sub(1);
        let mut before = Vec::new();
        for parent in parents.iter() {
            let Some((old_path, old)) = self.versions.before(commit, parent, path) else {
                continue;
            };
            let Some(old_text) = self.versions.text(&old) else {
                continue;
            };
            let ends = Ends::of(&old_text, &text);
            if let Some(passed) = take_far(&ends, &entries) {
                return self.hand(parent, limit, &old_path, old, passed);
            }
            let runs = ends.runs_of(&old_text, &text, &|range| is_any_in(&entries, &range));
            let passed = take_common(&runs, &mut entries);
            if is_ignored {
                let texts = (&split_lines(&old_text)[..], &split_lines(&text)[..]);
                let formatted = take_rewritten(&runs, texts, &mut entries);
                let formatted = self.note(formatted, commit, Since::Formatted);
                self.hand(parent, limit, &old_path, old, formatted);
            }
            self.hand(parent, limit, &old_path, old, passed);
            before.push((*parent, old_path, old, old_text.clone()));
            if entries.is_empty() {
                return;
            }
        }
        self.settle_doubts(version, content, &mut entries);
        if entries.is_empty() {
            return;
        }
        if self.request.by_meaning {
            self.restore(version, &text, &mut entries);
        }
        if self.request.follows_moves {
            let lines = split_lines(&text);
            self.find_elsewhere(version, &parents, &before, &lines, &mut entries);
        }
        self.keep(version, entries);
    }

    /// Hands on lines that stood elsewhere in a parent.
    fn find_elsewhere(
        &mut self,
        version: &Version,
        parents: &[CommitId],
        before: &[Before],
        lines: &[&[u8]],
        entries: &mut Vec<Entry>,
    ) {
        let (Reverse(order), commit, _) = version;
        let limit = order.saturating_sub(1);
        for (parent, old_path, old, old_text) in before {
            let old_lines = split_lines(old_text);
            let moved = take_moved(
                &[(0, old_lines)],
                lines,
                entries,
                (MOVED, self.request.by_meaning),
            );
            let moved = moved.into_iter().map(|(_, passed)| passed).collect();
            let moved = self.note(moved, commit, Since::Moved);
            self.hand(parent, limit, old_path, *old, moved);
        }
        for parent in parents {
            self.copy(version, parent, lines, entries);
        }
    }

    fn is_ignored(&mut self, commit: &CommitId, path: &[u8]) -> bool {
        let trail = self.versions.trail(path);
        self.request.also_ignored == Some(*commit)
            || trail
                .touches
                .iter()
                .any(|touch| touch.commit == *commit && touch.is_ignored)
    }

    /// Lets lines that stand in `content` wait there. Lines that do not follow each other, or came from different pieces,
    /// are different pieces from now on.
    fn hand(
        &mut self,
        parent: &CommitId,
        limit: i64,
        path: &[u8],
        content: ObjectId,
        mut entries: Vec<Passed>,
    ) {
        if entries.is_empty() {
            return;
        }
        let mut last: Option<(Entry, usize)> = None;
        for Passed { entry, run } in &mut entries {
            let before = *entry;
            let follows = last.is_some_and(|(last, last_run)| {
                last.piece == before.piece && last_run == *run && last.at + 1 == before.at
            });
            self.pieces += u32::from(!follows);
            entry.piece = self.pieces;
            last = Some((before, *run));
        }
        let entries = entries.into_iter().map(|passed| passed.entry).collect();
        self.wait(parent, limit, path.to_vec(), content, entries);
    }

    /// Remembers what a commit did to lines.
    fn note(&mut self, mut entries: Vec<Passed>, commit: &CommitId, since: Since) -> Vec<Passed> {
        for Passed { entry, .. } in &mut entries {
            self.since.push((*commit, since, entry.since));
            entry.since = self.since.len() as u32;
        }
        entries
    }

    /// Lines that a revert of a revert brought back are those of the commit that was reverted first.
    fn restore(&mut self, version: &Version, text: &[u8], entries: &mut Vec<Entry>) {
        let (Reverse(order), commit, path) = version;
        let reverted = self
            .versions
            .objects
            .find(&object_id(commit))
            .and_then(|object| reverted(&object.data));
        let Some(parent) =
            reverted.and_then(|id| self.versions.node(&id)?.parents.first().copied())
        else {
            return;
        };
        let Some((old_path, old)) = self.versions.before(commit, &parent, path) else {
            return;
        };
        let Some(old_text) = self.versions.text(&old) else {
            return;
        };
        let is_asked = |range| is_any_in(entries, &range);
        let runs = Ends::of(&old_text, text).runs_of(&old_text, text, &is_asked);
        let restored = take_common(&runs, entries);
        let restored = self.note(restored, commit, Since::Restored);
        self.hand(&parent, order.saturating_sub(1), &old_path, old, restored);
    }

    /// Lines that stood in another file that the commit changed.
    fn copy(
        &mut self,
        version: &Version,
        parent: &CommitId,
        lines: &[&[u8]],
        entries: &mut Vec<Entry>,
    ) {
        let (Reverse(order), commit, path) = version;
        let weight: usize = entries
            .iter()
            .map(|entry| texts::weight(lines[entry.at as usize]))
            .sum();
        if weight < COPIED {
            return;
        }
        let (Some(node), Some(before)) = (self.versions.node(commit), self.versions.node(parent))
        else {
            return;
        };
        // What was moved within the file is found before.
        let old_path = self
            .versions
            .before(commit, parent, path)
            .map_or_else(|| path.clone(), |(old_path, _)| old_path);
        let Ok(differences) = differences(
            &mut self.versions.objects,
            Some(&before.tree),
            Some(&node.tree),
        ) else {
            return;
        };
        let sources: Vec<_> = differences
            .into_iter()
            .filter(|difference| difference.path != old_path)
            .filter_map(|difference| Some((difference.path, difference.old?)))
            .filter(|(_, side)| !side.is_link)
            .collect();
        if sources.len() > MAX_COPY_SOURCES {
            return;
        }
        let wanted = Wanted::new(entries.iter().map(|entry| lines[entry.at as usize]));
        let mut texts = Vec::new();
        for (place, (_, side)) in sources.iter().enumerate() {
            if let Some(text) = self.versions.text(&side.id)
                && wanted.may_be_in(&split_lines(&text), COPIED)
            {
                texts.push((place, text));
            }
        }
        let texts: Vec<_> = texts
            .iter()
            .map(|(place, text)| (*place, split_lines(text)))
            .collect();
        let mut by_source: BTreeMap<usize, Vec<Passed>> = BTreeMap::new();
        for (place, entry) in take_moved(&texts, lines, entries, (COPIED, self.request.by_meaning))
        {
            by_source.entry(place).or_default().push(entry);
        }
        for (place, copied) in by_source {
            let (old_path, side) = &sources[place];
            let copied = self.note(copied, commit, Since::Moved);
            self.hand(parent, order.saturating_sub(1), old_path, side.id, copied);
        }
    }

    fn keep(&mut self, version: &Version, entries: Vec<Entry>) {
        let (_, commit, path) = version;
        let is_boundary = self.versions.shallow.contains(commit);
        for entry in entries {
            let mut since = Vec::new();
            let mut at = entry.since;
            while at > 0 {
                let (commit, what, next) = self.since[at as usize - 1];
                since.push((commit, what));
                at = next;
            }
            since.reverse();
            self.origins.push(Origin {
                line: entry.asked,
                commit: *commit,
                path: String::from_utf8_lossy(path).into_owned(),
                line_there: entry.at + 1,
                since,
                is_boundary,
            });
        }
    }
}

/// For each line of `new`, from 0, the line of `old` that it is, whatever its whitespace; `None` where it is another one.
#[must_use]
pub fn same_lines(old: &[u8], new: &[u8]) -> Vec<Option<u32>> {
    let mut same = vec![None; count_lines(new)];
    for run in Ends::of(old, new).runs(old, new) {
        for number in 0..run.count {
            same[(run.new + number) as usize] = Some(run.old + number);
        }
    }
    same
}

/// The commit that the message of a revert names.
fn reverted(data: &[u8]) -> Option<CommitId> {
    let mark = b"This reverts commit ";
    let at = data.windows(mark.len()).position(|window| window == mark)? + mark.len();
    CommitId::from_hex(std::str::from_utf8(data.get(at..at + 40)?).ok()?)
}

/// The entries with their numbers in the old text, if all of them are so far from whatever differs that no comparison of
/// lines is needed.
fn take_far(ends: &Ends, entries: &[Entry]) -> Option<Vec<Passed>> {
    let passed = entries.iter().map(|entry| {
        let (at, run) = ends.old(entry.at)?;
        let entry = Entry { at, ..*entry };
        Some(Passed { entry, run })
    });
    passed.collect()
}

/// Lines of one piece together, from above.
fn order_of_pieces(entry: &Entry) -> (u32, u32, u32) {
    (entry.piece, entry.at, entry.asked)
}

/// Whether any of the entries stands in a range of lines.
fn is_any_in(entries: &[Entry], range: &Range<u32>) -> bool {
    entries.iter().any(|entry| range.contains(&entry.at))
}

/// Takes out the entries that stand in a run, with their numbers in the old text.
fn take_common(runs: &[Run], entries: &mut Vec<Entry>) -> Vec<Passed> {
    let mut passed = Vec::new();
    entries.retain(|entry| {
        let after = runs.partition_point(|run| run.new <= entry.at);
        let run = runs[..after]
            .last()
            .filter(|run| entry.at < run.new + run.count);
        if let Some(run) = run {
            let entry = Entry {
                at: run.old + entry.at - run.new,
                ..*entry
            };
            passed.push(Passed { entry, run: after });
        }
        run.is_none()
    });
    passed
}

/// Takes out the entries whose words stood in the same place before.
fn take_rewritten(
    runs: &[Run],
    (old, new): (&[&[u8]], &[&[u8]]),
    entries: &mut Vec<Entry>,
) -> Vec<Passed> {
    let mut passed = Vec::new();
    for (number, (before, after)) in hunks(runs, old.len(), new.len()).into_iter().enumerate() {
        let is_in = |entry: &Entry| after.contains(&(entry.at as usize));
        if !entries.iter().any(is_in) {
            continue;
        }
        let found = lines_by_words(&old[before.clone()], &new[after.clone()]);
        entries.retain(|entry| {
            let from = is_in(entry)
                .then(|| found[entry.at as usize - after.start])
                .flatten();
            if let Some(from) = from {
                let entry = Entry {
                    at: (before.start + from) as u32,
                    ..*entry
                };
                passed.push(Passed { entry, run: number });
            }
            from.is_none()
        });
    }
    passed
}

/// Takes out the entries that stand in one of `texts`, piece by piece, the heaviest first, with the place of the text.
fn take_moved(
    texts: &[(usize, Vec<&[u8]>)],
    lines: &[&[u8]],
    entries: &mut Vec<Entry>,
    (least, trims): (usize, bool),
) -> Vec<(usize, Passed)> {
    let mut found = Vec::new();
    let mut left = Vec::new();
    let mut groups = consecutive(std::mem::take(entries));
    let mut run = 0;
    while let Some(group) = groups.pop() {
        let wanted: Vec<&[u8]> = group.iter().map(|entry| lines[entry.at as usize]).collect();
        let best = heaviest(texts, &wanted, least).or_else(|| {
            // Equal lines that say nothing may have been preferred to those that do.
            let says = |line: &&[u8]| texts::weight(line) > 0;
            let first = wanted.iter().position(says)?;
            let last = wanted.iter().rposition(says)?;
            let is_shorter = trims && last + 1 - first < wanted.len();
            let (place, piece) = is_shorter
                .then(|| heaviest(texts, &wanted[first..=last], least))
                .flatten()?;
            Some((
                place,
                Piece {
                    new: piece.new + first,
                    ..piece
                },
            ))
        });
        let Some((place, piece)) = best else {
            left.extend(group);
            continue;
        };
        run += 1;
        let taken = piece.new..piece.new + piece.count;
        for (number, entry) in group[taken.clone()].iter().enumerate() {
            let entry = Entry {
                at: (piece.old + number) as u32,
                ..*entry
            };
            found.push((place, Passed { entry, run }));
        }
        let rest = [group[..taken.start].to_vec(), group[taken.end..].to_vec()];
        groups.extend(rest.into_iter().filter(|rest| !rest.is_empty()));
    }
    left.sort_by_key(order_of_pieces);
    *entries = left;
    found
}

/// The heaviest piece of `wanted` that stands in one of `texts`, with the place of the text.
fn heaviest(
    texts: &[(usize, Vec<&[u8]>)],
    wanted: &[&[u8]],
    least: usize,
) -> Option<(usize, Piece)> {
    if wanted.iter().map(|line| texts::weight(line)).sum::<usize>() < least {
        return None;
    }
    let mut best: Option<(usize, Piece)> = None;
    for (place, text) in texts {
        if let Some(piece) = best_piece(text, wanted, least)
            && best.is_none_or(|(_, best)| piece.weight >= best.weight)
        {
            best = Some((*place, piece));
        }
    }
    best
}

/// Entries in groups of lines that follow each other.
fn consecutive(entries: Vec<Entry>) -> Vec<Vec<Entry>> {
    let mut groups: Vec<Vec<Entry>> = Vec::new();
    for entry in entries {
        match groups.last_mut() {
            Some(group)
                if group
                    .last()
                    .is_some_and(|last| last.piece == entry.piece && last.at + 1 == entry.at) =>
            {
                group.push(entry)
            }
            _ => groups.push(vec![entry]),
        }
    }
    groups
}
