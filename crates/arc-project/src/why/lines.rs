//! Which lines a question means, and which of them are committed.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use arc_graph::NodeKind;
use arc_store::GraphFile;

use super::WhyError;
use crate::ask::AskError;
use crate::target::{Target, find_target};

/// Lines of one question.
const MAX_LINES: usize = 50_000;
/// Lines around those of a question that are followed with them.
const CONTEXT: u32 = 8;

/// The target, and the lines it means; `None` for all of a file.
pub(super) fn find_lines(
    graph: &GraphFile,
    prefix: &str,
    text: &str,
) -> Result<(Target, Option<(u32, u32)>), AskError> {
    if let Some((path, first, last)) = range_of(text) {
        let mut target = find_target(graph, prefix, path)?;
        target.line = Some(first);
        return Ok((target, Some((first, last))));
    }
    let target = find_target(graph, prefix, text)?;
    let lines = match (target.line, target.node.kind) {
        (Some(line), _) => Some((line, line)),
        (None, NodeKind::File) => None,
        (None, _) => Some((target.node.line, target.node.end_line.max(target.node.line))),
    };
    Ok((target, lines))
}

/// `path:10-20`.
fn range_of(text: &str) -> Option<(&str, u32, u32)> {
    let (path, range) = text.rsplit_once(':')?;
    let (first, last) = range.split_once('-')?;
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    Some((path, first, last))
}

/// The lines of a question, as they are in the file now.
pub(super) struct Asked<'a> {
    lines: Vec<&'a [u8]>,
    first: u32,
    last: u32,
    is_whole: bool,
}

impl<'a> Asked<'a> {
    pub(super) fn new(
        now: &'a [u8],
        lines: Option<(u32, u32)>,
        path: &str,
    ) -> Result<Asked<'a>, WhyError> {
        let is_whole = lines.is_none();
        let no_lines = |why: String| WhyError::NoLines {
            path: path.to_owned(),
            why,
        };
        let all: Vec<&[u8]> = now
            .split_inclusive(|&byte| byte == b'\n')
            .take(MAX_LINES)
            .collect();
        let count = all.len() as u32;
        let (first, last) = lines.unwrap_or((1, count));
        if count == 0 {
            return Err(no_lines("is empty: it has no lines".to_owned()));
        }
        if first == 0 || first > last || first > count {
            let end = if count == 1 {
                "1 line".to_owned()
            } else {
                format!("{count} lines")
            };
            let asked = match first.cmp(&last) {
                Ordering::Equal => format!("{first} is not among them"),
                Ordering::Less => format!("{first}-{last} is not among them"),
                Ordering::Greater => format!("{first}-{last} ends before it begins"),
            };
            return Err(no_lines(format!("has {end}; {asked}")));
        }
        Ok(Asked {
            lines: all,
            first,
            last: last.min(count),
            is_whole,
        })
    }

    pub(super) fn shown(&self) -> Option<(u32, u32)> {
        (!self.is_whole).then_some((self.first, self.last))
    }

    /// A line as it is now; empty when it is no text.
    pub(super) fn text(&self, line: u32) -> &'a str {
        std::str::from_utf8(self.lines[line as usize - 1]).unwrap_or_default()
    }

    /// How much a line says.
    pub(super) fn weight(&self, line: u32) -> usize {
        self.lines[line as usize - 1]
            .iter()
            .filter(|byte| byte.is_ascii_alphanumeric() || **byte >= 0x80)
            .count()
    }

    /// The lines at the head by number, each with its number now; the lines that are not committed; and whether the lines
    /// around those were taken instead, because there are no others.
    pub(super) fn at_head(&self, same: &[Option<u32>]) -> (BTreeMap<u32, u32>, Vec<u32>, bool) {
        let number_at_head = |line: u32| {
            same.get(line as usize - 1)
                .copied()
                .flatten()
                .map(|at| at + 1)
        };
        let mut found = BTreeMap::new();
        let mut uncommitted = Vec::new();
        for line in self.first..=self.last {
            match number_at_head(line) {
                Some(at) => {
                    found.insert(at, line);
                }
                None => uncommitted.push(line),
            }
        }
        let count = self.lines.len() as u32;
        let around = found.is_empty();
        if around {
            let before = (1..self.first)
                .rev()
                .find_map(|line| Some((number_at_head(line)?, line)));
            let after =
                (self.last + 1..=count).find_map(|line| Some((number_at_head(line)?, line)));
            found.extend(before);
            found.extend(after);
        }
        (found, uncommitted, around)
    }
}

/// The lines and some around each: a line that was moved together with others is known by them.
pub(super) fn with_context(lines: &BTreeMap<u32, u32>) -> Vec<u32> {
    let around = |line: &u32| line.saturating_sub(CONTEXT).max(1)..=line.saturating_add(CONTEXT);
    let numbers: BTreeSet<u32> = lines.keys().flat_map(around).collect();
    numbers.into_iter().collect()
}
