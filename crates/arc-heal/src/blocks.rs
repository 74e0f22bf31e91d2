//! Blocks as indentation shows them. Who writes `{` at the end of a line and `}` at the beginning of one indents what is between; where
//! the two disagree a line that opens or closes a block is missing, and indentation says where it stood.

use crate::edits::Edit;
use crate::lines::Lines;
use crate::profile::Profile;
use crate::spelling::distance;
use crate::tokens::{TokenKind, tokens};

/// More places are no slip.
const MOST: usize = 60;
/// Lines around a fault in which they may be one all the same.
const NEAR: usize = 12;

/// What it costs to open a block behind a line that no such block begins with.
const ODD_HEAD: u32 = 200;

/// What it costs to spell a word that ends a block, or to drop what sticks to it.
const SLIP: u32 = 20;
/// What it costs to open a block on a blank line, where others of the file open on lines of their own.
const OWN_LINE: u32 = 5;
/// What sticks to the end of a block by a slip.
const STRAY: [char; 11] = [':', ',', '=', '`', '(', ')', '[', ']', '{', '}', '+'];

/// A block that is open.
struct Open {
    closer: &'static str,
    indent: usize,
    line: usize,
}

/// The code of a line, as far as blocks go.
struct Row<'a> {
    line: usize,
    indent: usize,
    first: &'a str,
    last: &'a str,
}

/// Edits that open or close the blocks that indentation speaks of. `told` is the line where reading stops.
pub(crate) fn block_edits(lines: &Lines<'_>, profile: &Profile, told: usize) -> Vec<Edit> {
    if profile.blocks.is_empty() {
        return Vec::new();
    }
    let goes_on = continued(lines, profile);
    let rows: Vec<Row<'_>> = (0..lines.count())
        .filter(|line| !goes_on[*line])
        .filter_map(|line| row(lines, profile, line))
        .collect();
    let mut walk = Walk {
        lines,
        profile,
        rows: &rows,
        open: Vec::new(),
        edits: Vec::new(),
    };
    for at in 0..rows.len() {
        walk.step(at);
    }
    while let Some(open) = walk.open.pop() {
        walk.close(&open, rows.len());
    }
    // Where indentation disagrees everywhere it says little, and that only near the fault.
    if walk.edits.len() > MOST {
        let is_near = |edit: &Edit| lines.at(edit.range.start).abs_diff(told) <= NEAR;
        walk.edits.retain(is_near);
    }
    walk.edits
}

/// Which lines go on with what the line above began: their indentation says nothing. In shells that is a text of several lines too, or one
/// that a script reads from itself; where a text has no end nobody knows.
fn continued(lines: &Lines<'_>, profile: &Profile) -> Vec<bool> {
    let count = lines.count();
    let mut goes_on: Vec<bool> = (0..count)
        .map(|line| line > 0 && lines.text(line - 1).ends_with('\\'))
        .collect();
    if !profile.is_shell() {
        return goes_on;
    }
    let mut within = goes_on.clone();
    let (mut quote, mut heredoc) = (None, None::<String>);
    for (line, is_within) in within.iter_mut().enumerate() {
        let text = lines.text(line);
        if let Some(end) = &heredoc {
            *is_within = true;
            if text.trim_start_matches('\t') == end {
                heredoc = None;
            }
            continue;
        }
        *is_within |= quote.is_some();
        let mut letters = text.char_indices().peekable();
        let mut before = ' ';
        while let Some((at, letter)) = letters.next() {
            match (quote, letter) {
                (Some('\''), '\'') | (Some('"'), '"') => quote = None,
                (None | Some('"'), '\\') => {
                    letters.next();
                }
                (None, '\'' | '"') => quote = Some(letter),
                (None, '#') if before.is_whitespace() => break,
                (None, '<') if before == '<' && !text[..at - 1].ends_with('<') => {
                    let rest = text[at + 1..].trim_start_matches(['-', ' ']);
                    let word: String = rest
                        .trim_start_matches(['\'', '"', '\\'])
                        .chars()
                        .take_while(|c| c.is_alphanumeric() || *c == '_')
                        .collect();
                    let is_word = word.starts_with(|c: char| c.is_alphabetic() || c == '_');
                    if is_word && !rest.starts_with('<') {
                        heredoc = Some(word);
                    }
                }
                _ => {}
            }
            before = letter;
        }
    }
    if quote.is_none() && heredoc.is_none() {
        goes_on = within;
    }
    goes_on
}

fn row<'a>(lines: &Lines<'a>, profile: &Profile, line: usize) -> Option<Row<'a>> {
    let text = lines.text(line);
    let mut code = tokens(text, profile)
        .into_iter()
        .filter(|token| token.kind != TokenKind::Comment)
        .map(|token| &text[token.range]);
    let first = code.next()?;
    Some(Row {
        line,
        indent: lines.indent(line),
        first,
        last: code.next_back().unwrap_or(first),
    })
}

struct Walk<'a> {
    lines: &'a Lines<'a>,
    profile: &'a Profile,
    rows: &'a [Row<'a>],
    open: Vec<Open>,
    edits: Vec<Edit>,
}

impl Walk<'_> {
    fn step(&mut self, at: usize) {
        let row = &self.rows[at];
        let is = |known: &[&str]| known.contains(&row.first);
        let blocks = self.profile.blocks;
        let is_closer = blocks.iter().any(|(_, closer)| *closer == row.first);
        if is_closer {
            self.unstick(row);
        }
        let stays = is_closer || is(self.profile.block_goes_on);
        while let Some(open) = self
            .open
            .pop_if(|open| open.indent > row.indent || (open.indent == row.indent && !stays))
        {
            // Whose head went on over several lines is opened deeper than it is closed.
            if is_closer && open.closer == row.first && !self.is_open_at(row.indent) {
                self.open.push(Open {
                    indent: row.indent,
                    ..open
                });
                break;
            }
            self.close(&open, at);
        }
        if is_closer && self.open.pop_if(|open| open.indent == row.indent).is_none() {
            self.head(at);
        }
        if let Some((_, closer)) = blocks.iter().find(|(opener, _)| *opener == row.last) {
            self.open.push(Open {
                closer,
                indent: row.indent,
                line: row.line,
            });
        }
    }

    fn is_open_at(&self, indent: usize) -> bool {
        self.open.iter().any(|open| open.indent == indent)
    }

    /// A block has to end before the row `next`: on a blank line that is there, which may be what is left of the one that is missing,
    /// else on a line of its own.
    fn close(&mut self, open: &Open, next: usize) {
        let opening = self.lines.text(open.line);
        let blanks = &opening[..open.indent];
        let above = next.checked_sub(1).map_or(0, |at| self.rows[at].line);
        let below = self
            .rows
            .get(next)
            .map_or(self.lines.count(), |row| row.line);
        if let Some(row) = self.rows.get(next) {
            self.respell(open, row);
        }
        let closing = format!("{blanks}{}", open.closer);
        for line in above + 1..below {
            if !self.lines.is_blank(line) {
                continue;
            }
            let own = self.lines.text(line);
            let far = u32::try_from(line - above - 1).unwrap_or(9).min(9);
            let cost = if own == blanks { 30 } else { 60 } + 12 * far;
            let start = self.lines.start(line);
            self.push(start, own.len(), closing.clone(), cost);
        }
        let start = self.lines.start(above + 1);
        let is_last = above + 1 >= self.lines.count();
        let text = if is_last {
            format!("\n{closing}\n")
        } else {
            format!("{closing}\n")
        };
        self.push(start, 0, text, 75);
    }

    /// What stands alone where the block has to end, and is nearly the word that ends it, is a slip of it.
    fn respell(&mut self, open: &Open, row: &Row<'_>) {
        let is_word = open.closer.starts_with(char::is_alphabetic);
        let is_alone = self.lines.text(row.line).trim() == row.first;
        let is_slip = if is_word {
            distance(row.first, open.closer, 1) == Some(1)
        } else {
            matches!(row.first, ")" | "]" | "}")
        };
        if is_slip && is_alone && row.indent == open.indent {
            let start = self.lines.start(row.line) + row.indent;
            self.push(start, row.first.len(), open.closer.to_owned(), SLIP);
        }
    }

    /// What sticks to the end of a block of a shell is too much.
    fn unstick(&mut self, row: &Row<'_>) {
        let text = self.lines.text(row.line).trim_end();
        let end = row.indent + row.first.len();
        let is_stuck = self.profile.is_shell() && text.len() == end + 1 && text.ends_with(STRAY);
        if is_stuck {
            self.push(self.lines.start(row.line) + end, 1, String::new(), SLIP);
        }
    }

    /// The block that ends in the row `at` has to begin: at the end of the last line above that is as deep and has something deeper
    /// after it.
    fn head(&mut self, at: usize) {
        let indent = self.rows[at].indent;
        let above = self.rows[..at]
            .iter()
            .rposition(|row| row.indent <= indent)
            .filter(|above| self.rows[*above].indent == indent && above + 1 < at);
        let Some(head) = above.map(|above| &self.rows[above]) else {
            return;
        };
        let text = self.lines.text(head.line);
        let end = text.trim_end().len();
        let is_own_line = |row: &Row<'_>| {
            row.first == row.last && !self.lines.text(row.line).trim_start().contains(' ')
        };
        let opening = self
            .profile
            .blocks
            .iter()
            .filter(|(_, closer)| *closer == self.rows[at].first)
            .map(|(opener, _)| *opener);
        for opener in opening {
            // What nearly says so is a slip of it.
            if distance(head.last, opener, 1) == Some(1) && opener.starts_with(char::is_alphabetic)
            {
                continue;
            }
            let stuck = text[..end]
                .strip_suffix(STRAY)
                .filter(|text| text.ends_with(opener));
            if self.profile.is_shell() && stuck.is_some() {
                self.push(
                    self.lines.start(head.line) + end - 1,
                    1,
                    String::new(),
                    SLIP,
                );
            }
            // Who writes it on a line of its own may have left the line.
            let stands_alone = self
                .rows
                .iter()
                .any(|row| row.first == opener && is_own_line(row));
            if stands_alone && self.lines.is_blank(head.line + 1) {
                let blanks = &text[..head.indent];
                let below = self.lines.text(head.line + 1).len();
                self.push(
                    self.lines.start(head.line + 1),
                    below,
                    format!("{blanks}{opener}"),
                    OWN_LINE,
                );
            }
            let heads = self.profile.block_heads;
            let is_known = heads.iter().any(|(_, word)| *word == opener);
            let cost = if !is_known || heads.contains(&(head.first, opener)) {
                40
            } else {
                ODD_HEAD
            };
            let is_word = opener.starts_with(char::is_alphabetic);
            let replacement = if is_word && opener != "in" && !text[..end].ends_with(';') {
                format!("; {opener}")
            } else {
                format!(" {opener}")
            };
            self.push(self.lines.start(head.line) + end, 0, replacement, cost);
        }
    }

    fn push(&mut self, start: usize, length: usize, replacement: String, cost: u32) {
        self.edits.push(Edit {
            range: start..start + length,
            replacement,
            cost,
            rule: "block",
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Environment;
    use crate::edits::cheapest_first;
    use crate::profile::profile;

    fn best(environment: Environment, text: &str) -> Option<String> {
        let edits = cheapest_first(block_edits(&Lines::new(text), profile(environment), 0));
        edits.first().map(|edit| edit.apply(text))
    }

    #[test]
    fn a_block_ends_where_indentation_ends() {
        let sound = "function f() {\n  if (a) {\n    b()\n  }\n  c()\n}\n\ng()\n";
        for (right, wrong) in [
            ("    b()\n  }\n", "    b()\n  \n"),
            ("    b()\n  }\n", "    b()\n"),
            ("  c()\n}\n", "  c()\n\n"),
            ("if (a) {", "if (a)"),
        ] {
            let broken = sound.replacen(right, wrong, 1);
            assert_eq!(
                best(Environment::JavaScript, &broken).as_deref(),
                Some(sound),
                "{wrong}"
            );
        }
        assert_eq!(best(Environment::JavaScript, sound), None);
    }

    #[test]
    fn words_of_a_shell_are_blocks_too() {
        let sound = "f() {\n  while read x; do\n    if a; then\n      b\n    fi\n  done\n  case $x in\n    a) b ;;\n  esac\n}\nf\n";
        for (right, wrong) in [
            ("    fi\n", "    \n"),
            ("    fi\n", "    ki\n"),
            ("  done\n", "  \n"),
            ("  done\n", "  doen\n"),
            ("}\n", "]\n"),
            ("  esac\n", ""),
            ("}\n", "\n"),
            ("; then", ";"),
            ("f() {", "f()"),
        ] {
            let broken = sound.replacen(right, wrong, 1);
            assert_eq!(
                best(Environment::Bash, &broken).as_deref(),
                Some(sound),
                "{wrong}"
            );
        }
        assert_eq!(best(Environment::Bash, sound), None);
    }

    #[test]
    fn what_sticks_to_a_word_of_a_block_is_dropped() {
        let sound = "f()\n{\n  if a; then\n    b\n  fi\n}\n\ng()\n{\n  f\n}\ng\n";
        for (right, wrong) in [
            ("}\n", "}:\n"),
            ("fi\n", "fi=\n"),
            ("then\n", "then:\n"),
            ("{\n", "\n"),
        ] {
            let broken = sound.replacen(right, wrong, 1);
            assert_eq!(
                best(Environment::Bash, &broken).as_deref(),
                Some(sound),
                "{wrong}"
            );
        }
        assert_eq!(best(Environment::Bash, sound), None);
    }

    #[test]
    fn texts_of_several_lines_end_no_block() {
        let sound = "show() {\n    echo \\\n\"Usage: x # y\n  it's\nthe end.\"\n}\n\nother() {\n    cat <<EOF\ntext '\nEOF\n}\nshow\n";
        for at in [0, 1] {
            let (start, _) = sound.match_indices("}\n").nth(at).expect("a function");
            let mut broken = sound.to_owned();
            broken.replace_range(start..=start, "");
            assert_eq!(
                best(Environment::Bash, &broken).as_deref(),
                Some(sound),
                "{at}"
            );
        }
        assert_eq!(best(Environment::Bash, sound), None);
    }

    #[test]
    fn where_much_is_odd_what_is_near_the_fault_counts() {
        let odd = "if (a) {\nb()\n}\n".repeat(100);
        let text = format!("{odd}if (a) {{\n  b()\n\nc()\n{odd}");
        let told = odd.matches('\n').count() + 3;
        let edits = block_edits(&Lines::new(&text), profile(Environment::JavaScript), told);
        let right = format!("{odd}if (a) {{\n  b()\n}}\nc()\n{odd}");
        assert!(edits.iter().any(|edit| edit.apply(&text) == right));
        assert!(edits.len() < MOST);
    }

    #[test]
    fn a_block_of_a_shell_begins_behind_its_own_word() {
        let edits = block_edits(
            &Lines::new("x='\n  a\nfi\nif b\n  c\nfi\n"),
            profile(Environment::Bash),
            0,
        );
        let cost = |line: &str| {
            let found = edits
                .iter()
                .find(|edit| edit.apply("x='\n  a\nfi\nif b\n  c\nfi\n").contains(line));
            found.map(|edit| edit.cost)
        };
        assert_eq!(
            (cost("x='; then"), cost("if b; then")),
            (Some(ODD_HEAD), Some(40))
        );
    }
}
