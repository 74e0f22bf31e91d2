//! Where a symbol that is new in its place was before: in another file of the same commit, or in another scope of its own.
//!
//! It was moved when a definition that says nearly the same was there before, and is not there any more. What is still there
//! was copied: a copy is a new thing.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use arc_extract::{Definitions, detect};
use arc_history::{ChangedBeside, CommitId, Lineage, common_start, split_lines};

use crate::kindred::are_kindred;

use super::follow::{Before, Found, own_name, read_definitions};

/// Commits that changed more files than this are not searched.
const MAX_FILES: usize = 400;
/// Files of a commit that are parsed.
const MAX_READ: usize = 10;
/// What a definition of the same name shares with what it was.
const SAME_NAME: f64 = 0.5;
/// What a definition of another name shares with what it was.
const OTHER_NAME: f64 = 0.7;
/// With fewer words than this, definitions of other names resemble each other by accident.
const MIN_LENGTH: usize = 20;

/// Looks for what `at` was before its commit.
pub(super) fn find_elsewhere(
    lineage: &mut Lineage<'_>,
    at: &mut Found,
    parent: &CommitId,
    reads: &mut usize,
) -> Option<Before> {
    let commit = at.version.commit;
    let mut files = candidates(lineage, at, parent);
    files.truncate(MAX_READ);
    if files.is_empty() {
        return None;
    }
    let (definitions, symbol) = at.definitions()?;
    let mut best: Option<(f64, Before)> = None;
    for (file, text) in files {
        *reads += 1;
        let Some(old) = read_definitions(&file.old.path, &text).map(Rc::new) else {
            continue;
        };
        let Some((share, old_symbol)) = most_alike(&definitions, symbol, &old) else {
            continue;
        };
        if best.as_ref().is_some_and(|(best, _)| *best >= share)
            || is_still_there(lineage, &commit, &file, (&old, old_symbol), share)
        {
            continue;
        }
        let was = old.definition(old_symbol).scope_name;
        let before = Before::of(
            (&definitions, symbol),
            (old, old_symbol),
            file.old,
            text,
            scope_of(&was) != scope_of(&at.scope_name),
        );
        best = Some((share, before));
    }
    best.map(|(_, before)| before)
}

/// What a definition stands in, by its name.
fn scope_of(scope_name: &str) -> &str {
    scope_name.strip_suffix(own_name(scope_name)).unwrap_or("")
}

/// The files that may hold it, the likeliest first, with their texts.
fn candidates(
    lineage: &mut Lineage<'_>,
    at: &Found,
    parent: &CommitId,
) -> Vec<(ChangedBeside, Rc<Vec<u8>>)> {
    let own = at.anchor.text(&at.text);
    let lines: HashSet<&[u8]> = own
        .split(|byte| *byte == b'\n')
        .filter_map(telling)
        .collect();
    let name = own_name(&at.scope_name).as_bytes();
    let language = detect(&at.version.path, "").map(|detected| detected.language);
    let mut files = Vec::new();
    for file in lineage.changed_beside(&at.version.commit, parent, MAX_FILES) {
        let other = detect(&file.old.path, "").map(|detected| detected.language);
        if other.is_none() || (language.is_some() && !are_kindred(language, other)) {
            continue;
        }
        let Some(text) = lineage.parent_text(&file.old) else {
            continue;
        };
        let known = known_lines(&text, &lines);
        let has_name = has_word(&text, name);
        let may_hold = |known: usize, has_name: bool| has_name || 2 * known >= lines.len().max(1);
        if !may_hold(known, has_name) {
            continue;
        }
        // What was moved to another file is not there any more: it or most of it went.
        if file.is_left
            && file.old.path != at.version.path
            && let Some(left) = lineage.text_at(&at.version.commit, &file.old.path)
        {
            let gone = gone_lines(&text, &left);
            let gone_known = known_lines(&gone, &lines);
            let is_named = has_word(&gone, name) || has_name && gone_known > 0;
            if !may_hold(gone_known, is_named) {
                continue;
            }
        }
        files.push((file, text, known, has_name));
    }
    files.sort_by_key(|(file, _, known, has_name)| {
        (
            Reverse((*known, *has_name)),
            file.is_left,
            file.old.path.clone(),
        )
    });
    files
        .into_iter()
        .map(|(file, text, ..)| (file, text))
        .collect()
}

/// How many of `lines` stand in a text.
fn known_lines(text: &[u8], lines: &HashSet<&[u8]>) -> usize {
    let all = text.split(|byte| *byte == b'\n').filter_map(telling);
    let known: HashSet<&[u8]> = all.filter(|line| lines.contains(line)).collect();
    known.len()
}

/// The lines that `old` has more often than `new`, as often as that.
fn gone_lines(old: &[u8], new: &[u8]) -> Vec<u8> {
    let start = common_start(old, new);
    let start = old[..start].iter().rposition(|byte| *byte == b'\n');
    let start = start.map_or(0, |at| at + 1);
    let (old, new) = (&old[start..], &new[start..]);
    let mut left: HashMap<&[u8], usize> = HashMap::new();
    for line in split_lines(new) {
        *left.entry(line).or_default() += 1;
    }
    let mut gone = Vec::new();
    for line in split_lines(old) {
        match left.get_mut(line) {
            Some(count) if *count > 0 => *count -= 1,
            Some(_) | None => gone.extend_from_slice(line),
        }
    }
    gone
}

/// A line without its indentation, if it says something.
fn telling(line: &[u8]) -> Option<&[u8]> {
    let line = line.trim_ascii();
    (line
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .count()
        >= 4)
        .then_some(line)
}

/// Whether definitions move between two files by their languages; those of no language trade nothing.
pub(super) fn may_trade_paths(one: &str, other: &str) -> bool {
    let language = |path: &str| detect(path, "").map(|detected| detected.language);
    language(one).is_some() && are_kindred(language(one), language(other))
}

/// Whether `word` stands in a text by itself.
pub(super) fn has_word(text: &[u8], word: &[u8]) -> bool {
    let is_word =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let Some(first) = word.first() else {
        return false;
    };
    let mut from = 0;
    while let Some(next) = text[from..].iter().position(|byte| byte == first) {
        let start = from + next;
        let end = start + word.len();
        if text.get(start..end) == Some(word)
            && !is_word(text.get(end))
            && (start == 0 || !is_word(text.get(start - 1)))
        {
            return true;
        }
        from = start + 1;
    }
    false
}

/// The definition of `old` that resembles a symbol most, with how much; one of the same name before all others.
fn most_alike(definitions: &Definitions, symbol: u32, old: &Definitions) -> Option<(f64, u32)> {
    let name = definitions.definition(symbol).name;
    let long = definitions.length(symbol) >= MIN_LENGTH;
    let mut best: Option<(f64, u32)> = None;
    for other in old.all() {
        let is_namesake = old.definition(other).name == name;
        if !is_namesake && !long {
            continue;
        }
        let share = definitions.resemblance(symbol, old, other);
        let least = if is_namesake { SAME_NAME } else { OTHER_NAME };
        // A namesake that says half of it is likelier than a stranger that says most of it.
        let share = if is_namesake { share + 0.25 } else { share };
        let least = if is_namesake { least + 0.25 } else { least };
        if share >= least && best.is_none_or(|(best, _)| share > best) {
            best = Some((share, other));
        }
    }
    best
}

/// Whether a definition is still where it was, saying more of what it said than what may have been made of it.
fn is_still_there(
    lineage: &mut Lineage<'_>,
    commit: &CommitId,
    file: &ChangedBeside,
    (old, old_symbol): (&Definitions, u32),
    share: f64,
) -> bool {
    if !file.is_left {
        return false;
    }
    let Some(text) = lineage.text_at(commit, &file.old.path) else {
        return false;
    };
    let Some(now) = read_definitions(&file.old.path, &text) else {
        return false;
    };
    let known = old.definition(old_symbol);
    let left = now.named(&known.scope_name, known.line);
    left.is_some_and(|left| now.resemblance(left.symbol, old, old_symbol) + 0.25 >= share)
}
