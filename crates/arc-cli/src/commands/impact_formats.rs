//! An answer of `arc impact` for other readers: Markdown for a comment on a pull request, Graphviz and Mermaid as pictures.
//!
//! Names come from repositories, and whoever opens a pull request picks them: they are written so that no name is markup.

use std::collections::BTreeMap;
use std::io::Write as _;

use arc_graph::{Direction, GraphRead, NodeId, NodeKind, NodeRecord};
use arc_project::{AskError, Change, GraphFile, ImpactAnswer, Impacted, Seeds, Verdict};

use crate::commands::changes;
use crate::commands::impact::short;
use crate::failure::Failure;
use crate::output::{Output, count, inert};

/// Changes that are listed.
const SHOWN: usize = 30;

/// A picture's language.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Picture {
    Dot,
    Mermaid,
}

/// Prints the answer as Markdown.
pub(super) fn markdown(
    answer: &ImpactAnswer,
    found: &Seeds,
    level: &str,
    out: &mut Output,
) -> Result<(), Failure> {
    let impact = &answer.impact;
    let at_least = if impact.is_partial { "at least " } else { "" };
    writeln!(
        out,
        "### Impact: {level} risk\n\n{}, {at_least}{}\n",
        count(impact.dependents as u64, "direct dependent"),
        count(impact.total_tests as u64, "test")
    )?;
    match &found.changes {
        Some(changes) => {
            writeln!(out, "**Changed** against {}\n", code(&changes.against))?;
            let mut sorted: Vec<&Change> = changes.changes.iter().collect();
            sorted.sort_by_key(|change| change.verdict);
            for change in sorted.iter().take(SHOWN) {
                let verdict = match change.verdict {
                    Verdict::Breaking => "**breaking**",
                    Verdict::Review => "review",
                    Verdict::NoImpact => "no impact",
                };
                let (what, note) = (changes::what(change), changes::note(change));
                let note = plain(note.trim());
                let gap = if note.is_empty() { "" } else { " — " };
                writeln!(
                    out,
                    "- {verdict}, {}: {}{gap}{note}",
                    change.kind.as_str(),
                    code(&what)
                )?;
                for site in change.sites.iter().take(5) {
                    writeln!(out, "  - {}", code(site))?;
                }
            }
            if sorted.len() > SHOWN {
                writeln!(out, "- … and {} more", sorted.len() - SHOWN)?;
            }
            if changes.has_no_impact() {
                writeln!(
                    out,
                    "\nNo behavioral impact: only comments, layout or permissions differ."
                )?;
            }
            writeln!(out)?;
        }
        None => {
            for target in &answer.targets {
                writeln!(out, "- {}", code(&place(&target.node)))?;
            }
            writeln!(out)?;
        }
    }
    list("Impacted", &impact.impacted, impact.total_impacted, out)?;
    list("Tests", &impact.tests, impact.total_tests, out)?;
    if !impact.unresolved.is_empty() {
        let open = count(impact.unresolved.total() as u64, "unresolved reference");
        writeln!(out, "{open} could mean it as well.")?;
    }
    Ok(())
}

fn list(title: &str, rows: &[Impacted], total: usize, out: &mut Output) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "<details open><summary>{title} ({total})</summary>\n")?;
    for row in rows {
        let reason = row.reasons.first();
        let why = reason.map_or_else(String::new, |reason| {
            let at = reason.at.first().map(|at| format!(" {}", code(short(at))));
            format!(" — {}{}", plain(&reason.text), at.unwrap_or_default())
        });
        writeln!(
            out,
            "- {:.0} % {}{why}",
            row.score * 100.0,
            code(&place(&row.node))
        )?;
    }
    if total > rows.len() {
        writeln!(out, "- … and {} more", total - rows.len())?;
    }
    writeln!(out, "\n</details>\n")?;
    Ok(())
}

/// Prints what leads from the rows to the targets as a picture: edges of the graph between what is shown, and a dashed line
/// where the way goes through others.
pub(super) fn picture(
    answer: &ImpactAnswer,
    graph: &GraphFile,
    picture: Picture,
    out: &mut Output,
) -> Result<(), Failure> {
    let mut numbers: BTreeMap<NodeId, usize> = BTreeMap::new();
    let mut nodes: Vec<(&NodeRecord, bool)> = Vec::new();
    let rows = answer.impact.impacted.iter().chain(&answer.impact.tests);
    let targets = answer.targets.iter().map(|target| (&target.node, true));
    for (node, is_target) in targets.chain(rows.clone().map(|row| (&row.node, false))) {
        numbers.entry(node.id).or_insert_with(|| {
            nodes.push((node, is_target));
            nodes.len() - 1
        });
    }
    out.write_all(match picture {
        Picture::Dot => b"digraph impact {\n  rankdir=RL;\n",
        Picture::Mermaid => b"flowchart RL\n",
    })?;
    for (number, (node, is_target)) in nodes.iter().enumerate() {
        let label = inert(&place(node));
        match picture {
            Picture::Dot => {
                let style = if *is_target { ", style=bold" } else { "" };
                writeln!(out, "  n{number} [label=\"{}\"{style}];", dot(&label))?;
            }
            Picture::Mermaid => {
                let (open, close) = if *is_target { ("([", "])") } else { ("[", "]") };
                writeln!(out, "  n{number}{open}\"{}\"{close}", mermaid(&label))?;
            }
        }
    }
    let ids: Vec<NodeId> = nodes.iter().map(|(node, _)| node.id).collect();
    let mut drawn: BTreeMap<(usize, usize), String> = BTreeMap::new();
    let edges = graph.neighbors(&ids, Direction::Dependents, &[]);
    for edge in edges.map_err(AskError::from)? {
        if let (Some(from), Some(to)) = (numbers.get(&edge.node), numbers.get(&edge.from))
            && from != to
        {
            let kind = edge.kind.as_str().to_owned();
            drawn.entry((*from, *to)).or_insert(kind);
        }
    }
    for ((from, to), kind) in &drawn {
        match picture {
            Picture::Dot => writeln!(out, "  n{from} -> n{to} [label=\"{kind}\"];")?,
            Picture::Mermaid => writeln!(out, "  n{from} -->|{kind}| n{to}")?,
        }
    }
    for row in rows {
        let from = numbers[&row.node.id];
        let is_tied = drawn.keys().any(|(one, _)| *one == from);
        if is_tied
            || answer
                .targets
                .iter()
                .any(|target| target.node.id == row.node.id)
        {
            continue;
        }
        let why = row.reasons.first().map_or("", |reason| &reason.text);
        let why = inert(why);
        match picture {
            Picture::Dot => {
                writeln!(
                    out,
                    "  n{from} -> n0 [style=dashed, label=\"{}\"];",
                    dot(&why)
                )?;
            }
            Picture::Mermaid => writeln!(out, "  n{from} -.->|\"{}\"| n0", mermaid(&why))?,
        }
    }
    if picture == Picture::Dot {
        writeln!(out, "}}")?;
    }
    Ok(())
}

fn place(node: &NodeRecord) -> String {
    match (&node.path, node.kind) {
        (Some(path), NodeKind::File) => path.clone(),
        (Some(path), _) => format!("{path}:{} {}", node.line, node.qualified_name),
        (None, _) => node.qualified_name.clone(),
    }
}

/// Text as a code span of Markdown, whatever it has in it.
fn code(text: &str) -> String {
    let text = inert(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    if longest > 0 {
        format!("{fence} {text} {fence}")
    } else {
        format!("`{text}`")
    }
}

/// Text that is no markup of Markdown and mentions nobody.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in inert(text).chars() {
        match c {
            '<' => plain.push_str("&lt;"),
            '>' => plain.push_str("&gt;"),
            '&' => plain.push_str("&amp;"),
            // A space without width keeps it from being a mention or a link to an issue.
            '@' | '#' => plain.extend([c, '\u{200b}']),
            '\\' | '`' | '*' | '_' | '[' | ']' | '!' | '|' | '~' => plain.extend(['\\', c]),
            other => plain.push(other),
        }
    }
    plain.replace("://", ":\u{200b}//")
}

fn dot(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// Entities of Mermaid, which needs them for everything that may be markup in quotes.
fn mermaid(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '#' | '<' | '>' | '&' | '`' | '|' | ';' | '\\' | '*' | '%' => {
                safe.push_str(&format!("#{};", c as u32));
            }
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_markup() {
        assert_eq!(code("a`b``c"), "``` a`b``c ```");
        assert_eq!(code("plain"), "`plain`");
        assert_eq!(
            plain("calls <img> @all [x](http://y)"),
            "calls &lt;img&gt; @\u{200b}all \\[x\\](http:\u{200b}//y)"
        );
        assert_eq!(dot(r#"a"b\"#), r#"a\"b\\"#);
        assert_eq!(mermaid(r#"x"]; click"#), "x#34;]#59; click");
    }
}
