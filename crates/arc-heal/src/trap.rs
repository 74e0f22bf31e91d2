//! Ends of a program in the place of a statement: a command that succeeds all the same did not come there.

use crate::diagnostic::Environment;
use crate::edits::Edit;
use crate::lines::Lines;

/// Lines above the edited one in which its statement may begin.
const ABOVE: usize = 30;
/// Lines below the head of a block in which the block begins.
const BELOW: usize = 3;

/// Edits that end the program where the statement of a line begins, nearest first. Those that make no program are to be left out.
pub(crate) fn traps(environment: Environment, lines: &Lines<'_>, line: usize) -> Vec<Edit> {
    let end = match environment {
        Environment::Python => "__import__(\"os\")._exit(113)",
        Environment::JavaScript => "process.exit(113);",
        Environment::Bash => "kill -KILL $$",
        Environment::Ansible | Environment::Go | Environment::Rust | Environment::Terraform => {
            return Vec::new();
        }
    };
    let at = |line: usize| {
        let start = lines.start(line);
        let blanks = &lines.text(line)[..lines.indent(line)];
        Edit {
            range: start..start,
            replacement: format!("{blanks}{end}\n"),
            cost: 0,
            rule: "trap",
        }
    };
    let is_filled = |line: &usize| *line < lines.count() && !lines.is_blank(*line);
    // What goes on with a block runs when its own part does.
    let below = (line + 1..=line + BELOW).filter(is_filled);
    let above = (line.saturating_sub(ABOVE)..=line).rev().filter(is_filled);
    if goes_on(lines.text(line)) {
        below.map(at).collect()
    } else {
        above
            .take_while(|at| *at == line || !goes_on(lines.text(*at)))
            .map(at)
            .collect()
    }
}

/// Whether a line begins another part of a block that began above.
fn goes_on(text: &str) -> bool {
    let text = text.trim_start().trim_start_matches(['}', ' ']);
    let first: String = text
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    matches!(
        first.as_str(),
        "else" | "elif" | "except" | "finally" | "case" | "catch" | "default" | "then" | "do"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trap_stands_where_the_statement_begins() {
        let text =
            "def f(x):\n    if x:\n        a = [\n            1]\n    else:\n        return 2\n";
        let lines = Lines::new(text);
        let of = |line: usize| -> Vec<usize> {
            traps(Environment::Python, &lines, line)
                .iter()
                .map(|edit| lines.at(edit.range.start))
                .collect()
        };
        assert_eq!(of(3), [3, 2, 1, 0]);
        assert_eq!(of(4), [5]);
        // No other branch stands for this one.
        assert_eq!(of(5), [5]);
        let trap = &traps(Environment::Python, &lines, 5)[0];
        assert!(
            trap.apply(text)
                .ends_with("        __import__(\"os\")._exit(113)\n        return 2\n")
        );
        assert!(traps(Environment::Rust, &lines, 1).is_empty());
    }
}
