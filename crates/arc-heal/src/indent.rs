//! Indentation that went wrong: the line, or the block it begins, goes to a depth that is in use around it.

use std::collections::BTreeSet;

use crate::edits::{Edit, Suspect, cheapest_first};
use crate::lines::Lines;

/// How many lines around a suspect say which depths are in use.
const AROUND: usize = 6;

/// Edits that give the suspected lines another depth.
pub(crate) fn indent_edits(lines: &Lines<'_>, suspects: &[Suspect], unit: usize) -> Vec<Edit> {
    let mut edits = Vec::new();
    for suspect in suspects {
        let line = suspect.line;
        if lines.is_blank(line) {
            continue;
        }
        let own = lines.indent(line);
        let blanks = &lines.text(line)[..own];
        let tabs = blanks.contains('\t');
        let width = own + blanks.matches('\t').count() * unit.saturating_sub(1);
        let mut depths: BTreeSet<usize> = BTreeSet::new();
        for near in line.saturating_sub(AROUND)..(line + AROUND).min(lines.count()) {
            if near != line && !lines.is_blank(near) {
                depths.insert(lines.indent(near));
            }
        }
        if let Some(above) = previous(lines, line) {
            depths.extend([lines.indent(above), lines.indent(above) + unit]);
        }
        let sibling = sibling(lines, line);
        depths.extend(sibling);
        depths.insert(width);
        depths.insert(own.next_multiple_of(unit.max(1)));
        depths.insert(own / unit.max(1) * unit.max(1));
        for depth in depths {
            if depth == own && !tabs {
                continue;
            }
            let near = u32::try_from(depth.abs_diff(width)).unwrap_or(8).min(8);
            // A tab stands for a depth that is right; blanks between two depths are nearest to the right one.
            let cost = if tabs {
                60 + 25 * near
            } else if own.is_multiple_of(unit.max(1)) {
                150 + 5 * near
            } else {
                60 + 40 * near
            };
            let cost = if sibling == Some(depth) && !tabs {
                cost.saturating_sub(LIKE_ANOTHER)
            } else {
                cost
            };
            // Nothing at the top is a method.
            let is_method = head(lines.text(line)).is_some_and(|(_, is_method)| is_method);
            let cost = cost
                + if is_method && depth == 0 {
                    NO_METHOD
                } else {
                    0
                };
            let start = lines.start(line);
            edits.push(Edit {
                range: start..start + own,
                replacement: " ".repeat(depth),
                cost: suspect.cost + cost,
                rule: "indentation",
            });
        }
    }
    cheapest_first(edits)
}

/// The lines above that began the depths between which a line stands that fits to none of them.
pub(crate) fn depths_around(lines: &Lines<'_>, told: usize) -> Vec<usize> {
    let mut open: Vec<usize> = Vec::new();
    let mut begins = true;
    for line in 0..told {
        let text = lines.text(line).trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        while open
            .last()
            .is_some_and(|at| lines.indent(*at) > lines.indent(line))
        {
            open.pop();
        }
        let is_deeper = open
            .last()
            .is_none_or(|at| lines.indent(*at) < lines.indent(line));
        if begins && is_deeper {
            open.push(line);
        }
        let code = text.split(" #").next().unwrap_or(text);
        begins = code.trim_end().ends_with(':');
    }
    let own = lines.indent(told);
    let inner = open.iter().find(|at| lines.indent(**at) > own);
    let outer = open.iter().rev().find(|at| lines.indent(**at) < own);
    outer.into_iter().chain(inner).copied().collect()
}

/// How far above another definition is looked for.
const FAR: usize = 300;
/// What speaks for a definition to be as deep as the one before.
const LIKE_ANOTHER: u32 = 60;
/// What speaks against a method that is in no class.
const NO_METHOD: u32 = 80;

/// How deep the definition before is, else the next one, that begins with the same word and, among methods, is given the same first of all.
fn sibling(lines: &Lines<'_>, line: usize) -> Option<usize> {
    let own = head(lines.text(line))?;
    (line.saturating_sub(FAR)..line)
        .rev()
        .chain(line + 1..lines.count().min(line + FAR))
        .find(|other| head(lines.text(*other)) == Some(own))
        .map(|other| lines.indent(other))
}

/// The word that a definition begins with, and whether it is a method's.
fn head(line: &str) -> Option<(&str, bool)> {
    let text = line.trim_start();
    let word = text.split(' ').next().unwrap_or("");
    let first = text.split(['(', ',', ')', ':']).nth(1).unwrap_or("");
    let is_method = matches!(first.trim(), "self" | "cls");
    matches!(word, "async" | "class" | "def").then_some((word, is_method))
}

/// The line before that is not blank.
pub(crate) fn previous(lines: &Lines<'_>, line: usize) -> Option<usize> {
    (0..line).rev().find(|at| !lines.is_blank(*at))
}

/// How much deeper a block is than its head, as most of the text has it.
pub(crate) fn unit(lines: &Lines<'_>) -> usize {
    let mut counts = [0usize; 9];
    let mut above = 0;
    for line in 0..lines.count().min(5000) {
        if lines.is_blank(line) {
            continue;
        }
        let own = lines.indent(line);
        if own > above && own - above < counts.len() {
            counts[own - above] += 1;
        }
        above = own;
    }
    let most = (1..counts.len())
        .max_by_key(|width| (counts[*width], 9 - *width))
        .unwrap_or(4);
    if counts[most] == 0 { 4 } else { most }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_to_the_depth_of_its_neighbours() {
        let text = "def f():\n    a = 1\n      b = 2\n    return a\n";
        let lines = Lines::new(text);
        let suspects = [Suspect {
            line: 2,
            cost: 0,
            column: 0,
        }];
        let edits = indent_edits(&lines, &suspects, unit(&lines));
        assert_eq!(
            edits[0].apply(text),
            "def f():\n    a = 1\n    b = 2\n    return a\n"
        );
    }

    #[test]
    fn what_fits_to_no_depth_is_told_below_the_line_that_began_one() {
        for odd in ["   if a:\n", "     if a:\n"] {
            let text =
                format!("def f(a):\n{odd}        b()\n        # so\n        c()\n\n    return a\n");
            assert!(depths_around(&Lines::new(&text), 6).contains(&1), "{odd}");
        }
    }

    #[test]
    fn a_method_is_as_deep_as_the_one_before() {
        let text = "class A:\n    def f(self):\n        x = 1\n        y = 2\n        return x\n\n        def g(self):\n        \"\"\"Told.\"\"\"\n        return 1\n";
        let lines = Lines::new(text);
        let suspects = [(6, 25), (7, 0)].map(|(line, cost)| Suspect {
            line,
            cost,
            column: 0,
        });
        let edits = indent_edits(&lines, &suspects, unit(&lines));
        assert_eq!(edits[0].apply(text), text.replace("        def", "    def"));
    }

    #[test]
    fn the_unit_is_what_most_blocks_use() {
        assert_eq!(unit(&Lines::new("a:\n  b:\n    c\nd:\n  e\n")), 2);
        assert_eq!(unit(&Lines::new("a\n")), 4);
    }

    #[test]
    fn the_first_method_of_a_class_stands_in_it() {
        let text = "class A:\n\n  def f(self):\n        return 1\n\nx = 1\n";
        let lines = Lines::new(text);
        let suspects = [Suspect {
            line: 2,
            cost: 0,
            column: 0,
        }];
        let edits = indent_edits(&lines, &suspects, 4);
        let cost = |depth: usize| {
            let found = edits.iter().find(|edit| edit.replacement.len() == depth);
            found.map(|edit| edit.cost).expect("it is tried")
        };
        assert!(cost(4) + 65 < cost(0), "{} {}", cost(4), cost(0));
    }
}
