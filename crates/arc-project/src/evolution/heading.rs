//! A definition found in an older version by its heading, so that only the definition is parsed and not the whole file.
//!
//! This is sure only where layout shows what belongs to what. Whether it does is tried on the version where the truth is
//! known: when the layout there gives other lines than the parser did, nothing is found.

use std::rc::Rc;

use arc_extract::{ChangeKind, Definitions, Span};
use arc_history::ParentFile;

use super::anchor::{Anchor, Lines};
use super::follow::{Before, Found, own_name, read_definitions};

/// Definitions of one name in one text that are looked at.
const MAX_HEADINGS: usize = 100;

/// The definition of `at` in the text that a parent has of its file; `None` when that takes more than layout.
pub(super) fn by_heading(at: &Found, file: &ParentFile, text: &Rc<Vec<u8>>) -> Option<Before> {
    let name = own_name(&at.scope_name).as_bytes();
    let now = Lines::of(&at.text);
    let span = at.anchor.span;
    let heading = now.all.get(span.line as usize - 1)?;
    let start = heading_of(heading, name)?;
    let own = only_heading(at, (&now, &at.text), start, name)?;
    if (own.line, own.first, own.last) != (span.line, span.first, span.last) {
        return None;
    }
    let then = Lines::of(text);
    let mut span = only_heading(at, (&then, text), start, name)?;
    let anchor = Anchor::among(&then, span);
    let mut found = |body: u32, change: Option<ChangeKind>| {
        span.body = body;
        let anchor = Anchor::among(&then, span);
        Before::unread(at, file.clone(), text.clone(), (anchor, change))
    };
    if anchor.text(text) == at.anchor.text(&at.text) {
        let own = at.anchor.span;
        return Some(found(anchor.span.first + own.body - own.first, None));
    }
    if let Some(body) = at.anchor.differs_inside(&at.text, &anchor, text) {
        return Some(found(body, Some(ChangeKind::Body)));
    }
    let (new, new_symbol) = alone(&file.path, at.anchor.text(&at.text), name)?;
    let (old, old_symbol) = alone(&file.path, anchor.text(text), name)?;
    let body = anchor.span.first + old.span(old_symbol).body - 1;
    Some(found(body, new.change(new_symbol, &old, old_symbol)))
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
    at: &Found,
    (lines, text): (&Lines<'_>, &[u8]),
    start: &[u8],
    name: &[u8],
) -> Option<Span> {
    let is_heading = |line: &usize| {
        let rest = lines.all[*line].strip_prefix(start);
        let rest = rest.and_then(|rest| rest.strip_prefix(name));
        rest.is_some_and(|rest| {
            !rest
                .first()
                .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        })
    };
    let headings: Vec<usize> = (0..lines.all.len()).filter(is_heading).collect();
    if headings.len() > MAX_HEADINGS {
        return None;
    }
    let below = |line: usize| {
        let (first, last) = lines_of(lines, line);
        Span {
            first: first as u32 + 1,
            line: line as u32 + 1,
            body: last as u32 + 1,
            last: last as u32 + 1,
        }
    };
    let is_own = |span: &Span| {
        let anchor = Anchor::among(lines, *span);
        at.anchor.stands_under_the_same(&at.text, &anchor, text)
    };
    let mut found = headings.into_iter().map(below).filter(is_own);
    found.next().filter(|_| found.next().is_none())
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
        let text = lines.all[line].trim_ascii();
        let closes = text.starts_with(b")") || text.starts_with(b"}") || text.starts_with(b"]");
        let own = lines.indent(line);
        if own < indent || own == indent && !closes {
            break;
        }
        last = line;
    }
    (first, last)
}

/// The definitions of a text that is one definition, and its number.
fn alone(path: &str, text: &[u8], name: &[u8]) -> Option<(Definitions, u32)> {
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
