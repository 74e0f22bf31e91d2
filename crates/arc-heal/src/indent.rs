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
        let suspects = [Suspect { line: 2, cost: 0 }];
        let edits = indent_edits(&lines, &suspects, unit(&lines));
        assert_eq!(
            edits[0].apply(text),
            "def f():\n    a = 1\n    b = 2\n    return a\n"
        );
    }

    #[test]
    fn the_unit_is_what_most_blocks_use() {
        assert_eq!(unit(&Lines::new("a:\n  b:\n    c\nd:\n  e\n")), 2);
        assert_eq!(unit(&Lines::new("a\n")), 4);
    }
}
