//! A definition found in an older version by its heading, so that only the definition is parsed and not the whole file.
//!
//! This is sure only where layout shows what belongs to what. Whether it does is tried on the version where the truth is
//! known: when the layout there gives other lines than the parser did, nothing is found.

use arc_extract::{ChangeKind, Definitions, Span};

use super::anchor::{Anchor, Lines};
use super::follow::{Known, own_name, read_definitions};

/// Definitions of one name in one text that are looked at.
const MAX_HEADINGS: usize = 100;

/// Where `at` stands in `text`, an older version of its file at `path`, and what differs; `None` when that takes more than layout.
pub(super) fn by_heading(
    at: Known<'_>,
    path: &str,
    text: &[u8],
) -> Option<(Anchor, Option<ChangeKind>)> {
    let name = own_name(at.scope_name).as_bytes();
    let now = Lines::of(at.text);
    let start = start_of(at, &now, name)?;
    let then = Lines::of(text);
    let mut span = only_heading(at, (&then, text), start, name)?;
    let anchor = Anchor::among(&then, span);
    let mut found = |body: u32, change: Option<ChangeKind>| {
        span.body = body;
        (Anchor::among(&then, span), change)
    };
    if anchor.text(text) == at.anchor.text(at.text) {
        let own = at.anchor.span;
        return Some(found(anchor.span.first + own.body - own.first, None));
    }
    if let Some(body) = at.anchor.differs_inside(at.text, &anchor, text) {
        return Some(found(body, Some(ChangeKind::Body)));
    }
    let (new, new_symbol) = alone(path, at.anchor.text(at.text), name)?;
    let (old, old_symbol) = alone(path, anchor.text(text), name)?;
    let body = anchor.span.first + old.span(old_symbol).body - 1;
    Some(found(body, new.change(new_symbol, &old, old_symbol)))
}

/// What the heading of `at` begins with, if layout gives the lines that the parser did.
pub(super) fn start_of<'a>(at: Known<'_>, now: &Lines<'a>, name: &[u8]) -> Option<&'a [u8]> {
    let span = at.anchor.span;
    let start = heading_of(now.all.get(span.line as usize - 1)?, name)?;
    let own = only_heading(at, (now, at.text), start, name)?;
    let is_own = (own.line, own.first, own.last) == (span.line, span.first, span.last);
    is_own.then_some(start)
}

/// What a heading begins with, up to the name.
fn heading_of<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let at = line.windows(name.len()).position(|window| window == name)?;
    // A name at the very beginning may be a use of it.
    let start = &line[..at];
    (!start.trim_ascii().is_empty() && start.ends_with(b" ")).then_some(start)
}

/// What stands below the only line that begins with `start` and then the name, among those that stand under the same lines
/// as `at`.
fn only_heading(
    at: Known<'_>,
    (lines, text): (&Lines<'_>, &[u8]),
    start: &[u8],
    name: &[u8],
) -> Option<Span> {
    let is_heading = |line: &usize| begins_with(lines.all[*line], start, name);
    let headings: Vec<usize> = (0..lines.all.len()).filter(is_heading).collect();
    if headings.len() > MAX_HEADINGS {
        return None;
    }
    let below = |line: usize| {
        let (first, last) = lines_of(lines, line);
        Span {
            line: line as u32 + 1,
            ..line_span(first, last)
        }
    };
    let is_own = |span: &Span| {
        let anchor = Anchor::among(lines, *span);
        at.anchor.stands_under_the_same(at.text, &anchor, text)
            || stands_under_namesakes(at, &anchor, text)
    };
    let mut found = headings.into_iter().map(below).filter(is_own);
    found.next().filter(|_| found.next().is_none())
}

/// Whether a line begins with `start` and then the name.
fn begins_with(line: &[u8], start: &[u8], name: &[u8]) -> bool {
    let rest = line.strip_prefix(start);
    let rest = rest.and_then(|rest| rest.strip_prefix(name));
    rest.is_some_and(|rest| {
        !rest
            .first()
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    })
}

/// Whether the lines that `other` stands under are those of definitions of the same names as the ones that `at` is in: a class
/// that has other bases now is the same class.
fn stands_under_namesakes(at: Known<'_>, other: &Anchor, text: &[u8]) -> bool {
    let own = at.anchor.around(at.text);
    let mut scopes = at.scope_name.rsplit(['.', ':', '#']);
    scopes.next();
    let scopes: Vec<&str> = scopes.filter(|scope| !scope.is_empty()).collect();
    let pairs: Vec<(&[u8], &[u8])> = own.zip(other.around(text)).collect();
    let depths = (
        at.anchor.around(at.text).count(),
        other.around(text).count(),
    );
    let is_named = |((own, other), scope): (&(&[u8], &[u8]), &&str)| {
        let start = heading_of(own, scope.as_bytes());
        start.is_some_and(|start| {
            begins_with(own, start, scope.as_bytes()) && begins_with(other, start, scope.as_bytes())
        })
    };
    depths == (scopes.len(), scopes.len()) && pairs.iter().zip(&scopes).all(is_named)
}

/// The lines from `first` to `last`, from 0.
pub(super) fn line_span(first: usize, last: usize) -> Span {
    let (first, last) = (first as u32 + 1, last as u32 + 1);
    Span {
        first,
        line: first,
        body: last,
        last,
    }
}

/// The first and the last line of what stands below a heading, decorators included, by its layout.
fn lines_of(lines: &Lines<'_>, heading: usize) -> (usize, usize) {
    let indent = lines.indent(heading);
    let is_decorator = |line: usize| {
        let text = lines.all[line].trim_ascii();
        lines.indent(line) == indent && (text.starts_with(b"@") || text.starts_with(b"#["))
    };
    let mut first = heading;
    while first > 0 && is_decorator(first - 1) {
        first -= 1;
    }
    let mut last = heading;
    for line in heading + 1..lines.all.len() {
        if lines.is_blank(line) {
            continue;
        }
        let own = lines.indent(line);
        if own < indent || own == indent && !lines.closes(line) {
            break;
        }
        last = line;
    }
    (first, last)
}

/// The definitions of a text that is one definition, and its number.
pub(super) fn alone(path: &str, text: &[u8], name: &[u8]) -> Option<(Definitions, u32)> {
    let indent = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t'));
    let indent = &text[..indent.count()];
    let mut flush = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        flush.extend_from_slice(line.strip_prefix(indent).unwrap_or(line));
    }
    let definitions = read_definitions(path, &flush)?;
    let symbol = definitions
        .all()
        .find(|at| definitions.definition(*at).scope_name.as_bytes() == name)?;
    definitions.is_sound().then_some((definitions, symbol))
}
