//! Markdown. Headings are sections; links and code spans say which files and symbols a section speaks of. Read by lines:
//! nothing here needs a tree.

use arc_graph::{EdgeKind, NodeKind};

use super::linked::{Linked, looks_like_path};
use crate::builder::{FactsBuilder, Outer};
use crate::facts::{BlockKind, MentionKind, SymbolId, flag};
use crate::source::Source;

pub(super) static MARKDOWN: Linked = Linked {
    name: "markdown",
    extensions: &["md", "markdown", "mdx", "mdown"],
    file_names: &[],
    grammar: None,
    lower,
};

/// An open section: its level and what to return to.
struct Open {
    level: usize,
    symbol: SymbolId,
    outer: Outer,
    has_text: bool,
}

fn lower(source: &Source<'_>, facts: &mut FactsBuilder) {
    let mut open: Vec<Open> = Vec::new();
    let mut fence: Option<&str> = None;
    let lines: Vec<&str> = source.text.lines().collect();
    let mut last = 0;
    for (index, line) in lines.iter().enumerate() {
        let number = index as u32 + 1;
        last = number;
        let text = line.trim_start();
        if let Some(mark) = fence {
            if text.starts_with(mark) {
                fence = None;
            }
            continue;
        }
        if text.starts_with("```") || text.starts_with("~~~") {
            fence = Some(&text[..3]);
            continue;
        }
        if let Some((level, title)) = heading(line, lines.get(index + 1).copied()) {
            close(facts, &mut open, level, number - 1);
            let symbol = facts.add_symbol(title, NodeKind::Section, number, number);
            facts.symbol_mut(symbol).flags = flag::PUBLIC;
            let outer = facts.enter_symbol(symbol, BlockKind::Plain);
            open.push(Open {
                level,
                symbol,
                outer,
                has_text: false,
            });
        } else if let Some(section) = open.last_mut()
            && !section.has_text
            && text.starts_with(|c: char| c.is_alphabetic())
        {
            section.has_text = true;
            let symbol = section.symbol;
            facts.doc(symbol, text);
        }
        links(facts, line, number);
        code_spans(facts, line, number);
    }
    close(facts, &mut open, 0, last);
}

/// Ends the sections of this level and below.
fn close(facts: &mut FactsBuilder, open: &mut Vec<Open>, level: usize, end_line: u32) {
    while open.last().is_some_and(|section| section.level >= level) {
        if let Some(section) = open.pop() {
            let fact = facts.symbol_mut(section.symbol);
            fact.end_line = end_line.max(fact.line);
            facts.leave(section.outer);
        }
    }
}

/// `## Title`, or a title underlined by `===` or `---`.
fn heading<'s>(line: &'s str, next: Option<&str>) -> Option<(usize, &'s str)> {
    let text = line.trim();
    let level = text.len() - text.trim_start_matches('#').len();
    if (1..=6).contains(&level) {
        let title = text[level..].trim_end_matches('#').trim();
        return (text[level..].starts_with(' ') && !title.is_empty()).then_some((level, title));
    }
    let next = next?.trim_end();
    let starts_text = text.starts_with(|c: char| c.is_alphanumeric());
    if next.len() >= 3 && starts_text && !line.starts_with(' ') {
        if next.bytes().all(|byte| byte == b'=') {
            return Some((1, text));
        }
        if next.bytes().all(|byte| byte == b'-') {
            return Some((2, text));
        }
    }
    None
}

fn links(facts: &mut FactsBuilder, line: &str, number: u32) {
    let mut rest = line;
    while let Some(start) = rest.find("](") {
        rest = &rest[start + 2..];
        let end = rest.find([')', ' ']).unwrap_or(rest.len());
        let target = rest[..end].trim_matches(['<', '>']);
        let path = target.split('#').next().unwrap_or("");
        if !path.is_empty() && !path.contains("://") && !path.starts_with("mailto:") {
            facts.mention(path, MentionKind::Path, EdgeKind::Documents, number);
        }
        rest = &rest[end..];
    }
}

fn code_spans(facts: &mut FactsBuilder, line: &str, number: u32) {
    for (at, span) in line.split('`').enumerate() {
        let span = span.trim();
        if at % 2 == 0 || span.is_empty() || span.len() > 120 {
            continue;
        }
        if looks_like_path(span) {
            facts.mention(span, MentionKind::Path, EdgeKind::Documents, number);
        } else if looks_like_symbol(span) {
            facts.mention(span, MentionKind::Symbol, EdgeKind::Documents, number);
        }
    }
}

/// A name that no prose word would be: with a dot, `::`, `()`, an underscore or a capital inside.
fn looks_like_symbol(span: &str) -> bool {
    let name = span.split('(').next().unwrap_or(span);
    let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '#' | '$'));
    let is_telling = span.ends_with(')')
        || name.contains(['_', '.', ':', '#'])
        || name.chars().skip(1).any(char::is_uppercase);
    is_name && is_telling && name.len() > 2
}

#[cfg(test)]
mod tests {
    use crate::extract::extract;

    #[test]
    fn sections_nest_and_code_is_no_heading() {
        let text = "# One\nIntro.\n```\n# not\n```\n## Two\nSee [a](src/a.rs) and `Config::load`.\n# Three\n";
        let facts = extract("markdown", "a.md", text);
        let sections: Vec<(&str, u32, u32, u32)> = facts.symbols[1..]
            .iter()
            .map(|symbol| {
                let name = facts.text(symbol.name);
                (name, symbol.parent.0, symbol.line, symbol.end_line)
            })
            .collect();
        assert_eq!(
            sections,
            [("One", 0, 1, 7), ("Two", 1, 6, 7), ("Three", 0, 8, 8)]
        );
        let mentions: Vec<&str> = facts.mentions.iter().map(|m| facts.text(m.text)).collect();
        assert_eq!(mentions, ["src/a.rs", "Config::load"]);
    }
}
