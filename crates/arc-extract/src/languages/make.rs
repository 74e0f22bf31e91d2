//! Makefiles. Targets are resources that run commands and need other targets.

use arc_graph::{EdgeKind, NodeKind};

use super::linked::{Linked, shell_paths};
use crate::builder::FactsBuilder;
use crate::ends::{Side, Space};
use crate::facts::{BlockKind, MentionKind, flag};
use crate::source::Source;

pub(super) static MAKE: Linked = Linked {
    name: "make",
    extensions: &["mk"],
    file_names: &["GNUmakefile", "Makefile", "Makefile.*", "makefile"],
    grammar: None,
    lower,
};

/// Targets beyond this many are left out: a Makefile that long is generated.
const MAX_TARGETS: usize = 2_000;

fn lower(source: &Source<'_>, facts: &mut FactsBuilder) {
    let lines: Vec<&str> = source.text.lines().collect();
    let mut at = 0;
    let mut count = 0;
    while at < lines.len() && count < MAX_TARGETS {
        let head = lines[at];
        at += 1;
        let Some((targets, needs)) = rule(head) else {
            continue;
        };
        let first = at;
        while at < lines.len() && (lines[at].starts_with('\t') || lines[at].trim().is_empty()) {
            at += 1;
        }
        let end = lines[first..at]
            .iter()
            .rposition(|line| !line.trim().is_empty());
        let end = end.map_or(first, |last| first + last + 1);
        for target in targets.split_whitespace().filter(|target| is_name(target)) {
            count += 1;
            self::target(facts, target, needs, &lines[first..end], first as u32);
        }
    }
}

/// The targets of a rule, and what they need; `None` for assignments and anything else.
fn rule(line: &str) -> Option<(&str, &str)> {
    if line.starts_with(['\t', '#', ' ']) {
        return None;
    }
    let (targets, needs) = line.split_once(':')?;
    let is_assignment = needs.starts_with(['=', ':']) || targets.contains(['=', '$', '%']);
    (!is_assignment && !needs.contains(":=")).then_some((targets, needs))
}

fn is_name(target: &str) -> bool {
    target.starts_with(|c: char| c.is_ascii_alphanumeric())
        && target
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))
}

fn target(facts: &mut FactsBuilder, name: &str, needs: &str, recipe: &[&str], line: u32) {
    let end_line = line + recipe.len() as u32;
    let symbol = facts.add_symbol(name, NodeKind::Resource, line, end_line);
    facts.symbol_mut(symbol).flags = flag::PUBLIC;
    let outer = facts.enter_symbol(symbol, BlockKind::Plain);
    facts.end(Space::Script, Side::Provides, &format!("make:{name}"), line);
    let needs = needs.split(['#', ';']).next().unwrap_or("");
    for need in needs
        .split_whitespace()
        .filter(|need| is_name(need))
        .take(64)
    {
        facts.mention(need, MentionKind::Resource, EdgeKind::References, line);
    }
    for (offset, command) in recipe.iter().enumerate() {
        let command = command.trim_start().trim_start_matches(['@', '-']);
        shell_paths(facts, command, line + 1 + offset as u32);
    }
    facts.leave(outer);
}

#[cfg(test)]
mod tests {
    use crate::extract::extract;

    #[test]
    fn rules_are_told_from_assignments() {
        let text = "A := b:c\n.PHONY: all\nall build: lint\n\tpython -m app.main\n\t@./run.sh\n\nlint:\n\tnpm run lint\n%.o: %.c\n\tcc $<\nX = y: z\n";
        let facts = extract("make", "Makefile", text);
        let names: Vec<_> = facts.symbols[1..]
            .iter()
            .map(|fact| (facts.text(fact.name), fact.line, fact.end_line))
            .collect();
        assert_eq!(names, [("all", 3, 5), ("build", 3, 5), ("lint", 7, 8)]);
    }
}
