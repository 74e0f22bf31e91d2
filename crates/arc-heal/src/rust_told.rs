//! What rustc says of places that no other tool reads: arguments of macros, conditions of attributes, values where a truth belongs.

use std::sync::LazyLock;

use regex::Regex;

use crate::brackets::need;
use crate::diagnostic::Environment;
use crate::edits::{Edit, Suspect, token_edits};
use crate::lines::Lines;
use crate::profile::profile;
use crate::spelling::distance;
use crate::tokens::{Token, tokens};

/// What a comma costs where rustc says that one is missing, and where it only says that something else was to come.
const TOLD_COMMA: u32 = 20;
const COMMA: u32 = 90;
/// What speaks against any other edit of the line.
const OTHER: u32 = 60;
/// Edits of one line of a macro that are tried: only the compiler reads them.
const MOST_OTHER: usize = 40;
/// What compares where a truth is asked for.
const COMPARES: u32 = 50;
/// Lines of one item of a list.
const MOST_LINES: usize = 30;
/// Predicates of `cfg`, which rustc calls by no other name.
const PREDICATES: [&str; 5] = ["all", "any", "not", "false", "true"];

/// The edits of `text`, the file at `path`, that may undo what rustc tells.
pub(crate) fn told_edits(output: &str, path: &str, text: &str) -> Vec<Edit> {
    static TOLD: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?m)^error(?:\[(E\d+)\])?: ([^\n]*)\n\s*--> ([^:\n]+):(\d+):(\d+)\n((?:[ \d]*[|=.][^\n]*\n?)*)")
            .expect("the expression is tested")
    });
    let lines = Lines::new(text);
    let mut edits = Vec::new();
    for found in TOLD.captures_iter(output) {
        let part = |at: usize| found.get(at).map_or("", |part| part.as_str());
        let number = |at: usize| part(at).parse::<usize>().ok()?.checked_sub(1);
        let is_ours = part(3) == path || path.ends_with(&format!("/{}", part(3)));
        let (Some(line), Some(column)) = (number(4), number(5)) else {
            continue;
        };
        if !is_ours || line >= lines.count() {
            continue;
        }
        let place = Place {
            lines: &lines,
            line,
            column,
        };
        let rest = found.get(0).map_or("", |whole| &output[whole.end()..]);
        match part(1) {
            "" if is_of_tokens(part(2)) => {
                edits.extend(place.in_macro(part(2), part(6)));
                edits.extend(place.wanted(rest));
            }
            "E0308" if part(6).contains("expected `bool`, found `()`") => {
                edits.extend(place.compared());
            }
            "E0537" => edits.extend(place.predicate()),
            "E0618" => edits.extend(place.next_item()),
            _ => {}
        }
    }
    edits
}

/// Whether a message says that one token stands where another should.
fn is_of_tokens(message: &str) -> bool {
    ["no rules expected", "expected ", "unexpected ", "missing "]
        .iter()
        .any(|start| message.starts_with(start))
}

/// Where rustc found something.
struct Place<'a> {
    lines: &'a Lines<'a>,
    line: usize,
    /// In letters.
    column: usize,
}

impl Place<'_> {
    fn tokens(&self) -> Vec<Token> {
        tokens(self.lines.text(self.line), profile(Environment::Rust))
    }

    /// The token at the place, by its number.
    fn at(&self, tokens: &[Token]) -> Option<usize> {
        let text = self.lines.text(self.line);
        let byte = text.char_indices().nth(self.column);
        let byte = byte.map_or(text.len(), |(at, _)| at);
        tokens
            .iter()
            .position(|token| token.range.start <= byte && byte < token.range.end)
    }

    fn edit(
        &self,
        range: std::ops::Range<usize>,
        new: &str,
        (cost, rule): (u32, &'static str),
    ) -> Edit {
        let begin = self.lines.start(self.line);
        Edit {
            range: begin + range.start..begin + range.end,
            replacement: new.to_owned(),
            cost,
            rule,
        }
    }

    /// What may be wrong among the tokens of a macro.
    fn in_macro(&self, message: &str, rows: &str) -> Vec<Edit> {
        let tokens = self.tokens();
        let mut edits = Vec::new();
        if let Some(own) = self.at(&tokens) {
            let range = tokens[own].range.clone();
            let before = own.checked_sub(1).map(|before| tokens[before].range.end);
            if let Some(end) = before {
                let is_told = rows.contains("missing comma here");
                let cost = if is_told { TOLD_COMMA } else { COMMA };
                edits.push(self.edit(end..end, ",", (cost, "comma")));
                // `[0 20]` may have been a list or one value again and again.
                for mark in [";", ":", "=>"] {
                    if message.contains(&format!("`{mark}`")) {
                        edits.push(self.edit(end..end, mark, (cost.max(COMMA), "separator")));
                    }
                }
            }
            edits.push(self.edit(range.clone(), ",", (COMMA + 30, "comma")));
            edits.push(self.edit(range, "", (COMMA + 10, "stray")));
        }
        let profile = profile(Environment::Rust);
        let suspect = Suspect {
            line: self.line,
            cost: OTHER,
            column: self.column + 1,
        };
        let need = need(self.lines, profile, &[self.line]);
        let others = token_edits(self.lines, profile, &[suspect], &need);
        edits.extend(others.into_iter().take(MOST_OTHER));
        edits
    }

    /// What the macro waited for, as rustc says in a note behind: it belongs behind what is before the place, which may end a line.
    fn wanted(&self, rest: &str) -> Option<Edit> {
        let own = rest.split("\nerror").next().unwrap_or(rest);
        let (_, told) = own.split_once("while trying to match `")?;
        let mark = [",", ";", ":", "=>"].into_iter().find(|mark| {
            told.strip_prefix(mark)
                .is_some_and(|rest| rest.starts_with('`'))
        })?;
        let tokens = self.tokens();
        let end = match self.at(&tokens)? {
            0 => {
                let above = (0..self.line).rev();
                let mut written = above.filter(|line| !self.lines.is_blank(*line));
                let line = written.next()?;
                self.lines.start(line) + self.lines.text(line).trim_end().len()
            }
            own => self.lines.start(self.line) + tokens[own - 1].range.end,
        };
        Some(Edit {
            range: end..end,
            replacement: mark.to_owned(),
            cost: TOLD_COMMA,
            rule: "separator",
        })
    }

    /// What is given a value where a truth belongs is compared.
    fn compared(&self) -> Vec<Edit> {
        let text = self.lines.text(self.line);
        let tokens = self.tokens();
        let from = self.at(&tokens).unwrap_or(0);
        let own = tokens.iter().skip(from);
        let given = own
            .filter(|token| &text[token.range.clone()] == "=")
            .take(1);
        given
            .map(|token| self.edit(token.range.clone(), "==", (COMPARES, "comparison")))
            .collect()
    }

    /// What is called is no function where the next item of a list begins with a bracket.
    fn next_item(&self) -> Option<Edit> {
        let last = self.lines.count().min(self.line + MOST_LINES);
        let ends = |line: &usize| {
            let next = self.lines.text(line + 1).trim_start();
            self.lines.text(*line).trim_end().ends_with([')', ']']) && next.starts_with('(')
        };
        let line = (self.line..last.saturating_sub(1)).find(ends)?;
        let at = self.lines.start(line) + self.lines.text(line).trim_end().len();
        Some(Edit {
            range: at..at,
            replacement: ",".to_owned(),
            cost: TOLD_COMMA,
            rule: "comma",
        })
    }

    /// The predicate of a condition that is spelled like another word.
    fn predicate(&self) -> Vec<Edit> {
        let text = self.lines.text(self.line);
        let tokens = self.tokens();
        let Some(own) = self.at(&tokens) else {
            return Vec::new();
        };
        let range = tokens[own].range.clone();
        let word = &text[range.clone()];
        let near = PREDICATES
            .iter()
            .filter_map(|known| Some((known, distance(word, known, 2)?)));
        near.map(|(known, far)| {
            let cost = if far == 1 { 50 } else { 160 };
            self.edit(range.clone(), known, (cost, "name"))
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(message: &str, place: &str, rows: &str, text: &str) -> Option<String> {
        let output = format!("{message}\n --> src/lib.rs:{place}\n  |\n{rows}");
        let mut edits = told_edits(&output, "src/lib.rs", text);
        edits.sort_by_key(|edit| edit.cost);
        edits.first().map(|edit| edit.apply(text))
    }

    #[test]
    fn a_macro_gets_the_comma_that_it_lacks() {
        let text = "    assert_eq!(f(\"‽\") \"x\");\n";
        let fixed = text.replace(") \"x", "), \"x");
        let rows = "1 |     assert_eq!(f(\"‽\") \"x\");\n  |  -^^^ no rules expected this token in macro call\n  |  |\n  |  help: missing comma here\n";
        let told = first("error: no rules expected `\"x\"`", "1:23", rows, text);
        assert_eq!(told.as_deref(), Some(fixed.as_str()));
        let untold = first(
            "error: expected `,`, found `y`",
            "1:9",
            "",
            "vec!(a, y z)\n",
        );
        assert!(untold.is_some());
        let list = "let a = m!([b'X' 20]);\n";
        let output = "error: expected one of `,`, `;`, or `]`, found `20`\n --> src/lib.rs:1:18\n";
        let edits = told_edits(output, "src/lib.rs", list);
        let texts: Vec<String> = edits.iter().map(|edit| edit.apply(list)).collect();
        for mark in [",", ";"] {
            assert!(
                texts.contains(&list.replace("' 2", &format!("'{mark} 2"))),
                "{texts:?}"
            );
        }
        let other = "error: no rules expected `x`\n --> src/other.rs:1:23\n";
        assert!(told_edits(other, "src/lib.rs", text).is_empty());
    }

    #[test]
    fn a_macro_gets_what_it_waited_for() {
        let text = "mimes! {\n    A, \"a\", 1\n    B, \"b\", 2;\n}\n";
        let rows = "3 |     B, \"b\", 2;\n  |     ^ no rules expected this token in macro call\n  |\nnote: while trying to match `;`\n --> src/lib.rs:9:35\n";
        let told = first("error: no rules expected `B`", "3:5", rows, text);
        assert_eq!(told, Some(text.replacen("1\n", "1;\n", 1)));
    }

    #[test]
    fn a_truth_is_compared_and_a_predicate_is_known() {
        let rows = "1 | assert!(a = b);\n  |         ^^^^^ expected `bool`, found `()`\n";
        let told = first(
            "error[E0308]: mismatched types",
            "1:9",
            rows,
            "assert!(a = b);\n",
        );
        assert_eq!(told.as_deref(), Some("assert!(a == b);\n"));
        let list = "    (1, 2),\n    (3,\n     4)\n    (5, 6),\n";
        let told = first(
            "error[E0618]: expected function, found `({integer}, {integer})`",
            "2:5",
            "",
            list,
        );
        assert_eq!(told, Some(list.replace("4)", "4),")));
        let text = "#[cfg(noot(feature = \"std\"))]\n";
        let told = first("error[E0537]: invalid predicate `noot`", "1:7", "", text);
        assert_eq!(told, Some(text.replace("noot", "not")));
    }
}
