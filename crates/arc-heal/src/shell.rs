//! Blanks of a shell: `[` and `]` are words of their own, and an assignment has none around its `=`.

use crate::edits::Edit;
use crate::lines::Lines;
use crate::spelling::distance;
use crate::tokens::Token;

/// To which command each token of a line belongs: what stands in `$(…)` is another one, with texts of its own.
pub(crate) fn scopes(line: &str, tokens: &[Token]) -> Vec<usize> {
    let mut open = vec![0];
    let mut made = 0;
    let mut scopes = Vec::with_capacity(tokens.len());
    for token in tokens {
        let is_marked = line[..token.range.start].ends_with('$');
        match &line[token.range.clone()] {
            "(" if is_marked => {
                made += 1;
                open.push(made);
            }
            "(" if open.len() > 1 => open.extend(open.last().copied()),
            ")" if open.len() > 1 => {
                open.pop();
            }
            _ => {}
        }
        scopes.push(open.last().copied().unwrap_or(0));
    }
    scopes
}

/// Edits of a line that a shell could not run.
pub(crate) fn blank_edits(lines: &Lines<'_>, line: usize) -> Vec<Edit> {
    let text = lines.text(line);
    let start = lines.start(line);
    let mut edits = Vec::new();
    let mut insert = |at: usize| {
        edits.push(Edit {
            range: start + at..start + at,
            replacement: " ".to_owned(),
            cost: 60,
            rule: "test-blank",
        });
    };
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let is_blank = |at: usize| bytes.get(at).is_none_or(u8::is_ascii_whitespace);
        let begins_word =
            at == 0 || matches!(bytes[at - 1], b' ' | b'\t' | b'(' | b';' | b'!' | b'[');
        if *byte == b'[' && begins_word && !is_blank(at + 1) && bytes.get(at + 1) != Some(&b'[') {
            insert(at + 1);
        }
        let ends_word =
            is_blank(at + 1) || matches!(bytes[at + 1], b';' | b')' | b'&' | b'|' | b']');
        if *byte == b']' && ends_word && at > 0 && !is_blank(at - 1) && bytes[at - 1] != b']' {
            insert(at);
        }
    }
    edits.extend(assignment(text, start));
    edits
}

/// Blanks around `[[` and `]]` of a line that a shell cannot read: what follows is no test then, and its words mean something else.
pub(crate) fn test_edits(lines: &Lines<'_>, line: usize) -> Vec<Edit> {
    let mut edits = blank_edits(lines, line);
    let (text, start) = (lines.text(line), lines.start(line));
    edits.retain(|edit| {
        let (before, after) = text.split_at(edit.range.start - start);
        edit.rule == "test-blank" && (before.ends_with("[[") || after.starts_with("]]"))
    });
    for edit in &mut edits {
        // Nothing else explains a word that begins with `[[` and goes on.
        edit.cost = SURE;
    }
    edits
}

/// What a repair costs that hardly leaves a doubt.
const SURE: u32 = 10;
/// Lines of nothing but blanks that are an exception.
const MOST_LEFT: usize = 2;
/// Of how many lines one is blank at most, where blank lines say something.
const RARELY_BLANK: usize = 40;

/// Edits that end a command before a word that only begins one: `if a then` is `if a; then`. A shell notices that far below, so all lines
/// are looked at; few have such a word where none can be.
pub(crate) fn separator_edits(lines: &Lines<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    for line in 0..lines.count() {
        let text = lines.text(line);
        for word in ["then", "do", "}", "done", "fi"] {
            for (at, _) in text.match_indices(word) {
                let before = text[..at].trim_end_matches([' ', '\t']);
                let opener = match word {
                    "done" => Some(" do "),
                    "fi" => Some(" then "),
                    _ => None,
                };
                // What ends a block ends the one that its line opens; elsewhere it may be said.
                if opener.is_some_and(|opener| !before.contains(opener)) || ends_oddly(before) {
                    continue;
                }
                let is_word = before.len() < at
                    && text[at + word.len()..]
                        .chars()
                        .next()
                        .is_none_or(|next| next.is_whitespace() || next == ';' || next == ')');
                let is_ended = before.is_empty() || before.ends_with([';', '&', '|', '{', '(']);
                if is_word && !is_ended {
                    let start = lines.start(line) + before.len();
                    edits.push(Edit {
                        range: start..start,
                        replacement: ";".to_owned(),
                        cost: if word == "}" { 90 } else { 50 },
                        rule: "separator",
                    });
                }
            }
        }
    }
    edits
}

/// Whether the last command of a line is no more than a bracket that nothing opens.
fn ends_oddly(before: &str) -> bool {
    let command = before.rsplit(';').next().unwrap_or(before).trim();
    before.contains(';') && matches!(command, "]" | "]]" | ")" | "}" | "[" | "=" | ":")
}

/// Edits that begin the body of a block whose head ends in `;` with no word behind, or with one that is nearly the right one: `if a;`, `if a; the`.
pub(crate) fn body_edits(lines: &Lines<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    for line in 0..lines.count() {
        let whole = lines.text(line);
        let text = whole.trim();
        // What is read in a loop may come from what stands before it.
        let own = text.rsplit("| ").next().unwrap_or(text);
        let heads = [text, own].map(|text| text.split_whitespace().next());
        let word = match heads {
            [Some("if" | "elif"), _] => "then",
            [Some("for" | "until" | "while"), _] | [_, Some("until" | "while")] => "do",
            _ => continue,
        };
        // Two blanks in a row are what is left around the word.
        let says = text.split([' ', ';']).any(|part| part == word);
        if let Some((head, rest)) = whole
            .split_once(";  ")
            .filter(|(_, rest)| !says && !rest.starts_with(' '))
        {
            let at = lines.start(line) + head.len() + 2;
            if !rest.trim().is_empty() {
                edits.push(Edit {
                    range: at..at,
                    replacement: word.to_owned(),
                    cost: SURE,
                    rule: "block-word",
                });
            }
        }
        let (head, last) = match text.rsplit_once(';') {
            Some((head, last)) if !head.ends_with(';') => (head, last.trim()),
            Some(_) | None => continue,
        };
        let is_slip = distance(last, word, 1) == Some(1);
        if !last.is_empty() && !is_slip {
            continue;
        }
        let below = (line + 1..lines.count()).map(|at| lines.text(at).trim());
        let next = below
            .into_iter()
            .find(|text| !text.is_empty() && !text.starts_with('#'));
        let is_there = next.is_some_and(|next| next.split([' ', ';']).next() == Some(word));
        let has_body = head.split([' ', ';']).any(|part| part == word);
        if is_there || has_body {
            continue;
        }
        let start = lines.start(line);
        let end = whole.trim_end().len();
        let (range, replacement, rule) = if is_slip {
            (end - last.len()..end, word.to_owned(), "keyword")
        } else {
            (end..whole.len(), format!(" {word}"), "block-word")
        };
        edits.push(Edit {
            range: start + range.start..start + range.end,
            replacement,
            cost: SURE,
            rule,
        });
    }
    edits
}

/// Edits that put the word of a block on a blank line, in a file that has hardly any: it is what is left of the word.
pub(crate) fn blank_line_edits(lines: &Lines<'_>) -> Vec<Edit> {
    let mut blank: Vec<usize> = (0..lines.count().saturating_sub(1))
        .filter(|line| lines.is_blank(*line))
        .collect();
    if blank.len() * RARELY_BLANK > lines.count() {
        // One of blanks is what is left of a line, where others have none.
        blank.retain(|line| !lines.text(*line).is_empty());
        if blank.len() > MOST_LEFT {
            return Vec::new();
        }
    }
    let words = ["fi", "done", "esac", "}", "then", "do", "else", ";;", "{"];
    let of = |line: usize| {
        let end = lines.start(line) + lines.text(line).len();
        words.map(|word| Edit {
            range: end..end,
            replacement: word.to_owned(),
            cost: SURE,
            rule: "block-word",
        })
    };
    blank.into_iter().flat_map(of).collect()
}

/// Edits of the empty line below a head that lacks the word that begins its body: nobody leaves one there.
pub(crate) fn empty_line_edits(lines: &Lines<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    for line in 1..lines.count().saturating_sub(1) {
        let above = lines.text(line - 1);
        let word = match above.split_whitespace().next() {
            Some("if" | "elif") => "then",
            Some("for" | "until" | "while") => "do",
            Some("function") => "{",
            Some(_) if above.trim_end().ends_with("()") => "{",
            Some(_) | None => continue,
        };
        let is_left = lines.text(line).is_empty() && !lines.is_blank(line + 1);
        let has_body = above.split([' ', ';', '\t']).any(|part| part == word);
        let goes_on = above.trim_end().ends_with(['\\', '&', '|', '{', '(']);
        let below = lines.text(line + 1).split_whitespace().next();
        if is_left && !has_body && !goes_on && below != Some(word) {
            let at = lines.start(line);
            edits.push(Edit {
                range: at..at,
                replacement: format!("{}{word}", &above[..lines.indent(line - 1)]),
                cost: 0,
                rule: "block-word",
            });
        }
    }
    edits
}

/// Edits that end the branch of a `case` before the pattern of the next one.
pub(crate) fn branch_edits(lines: &Lines<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut above: Option<usize> = None;
    for line in 0..lines.count() {
        let text = lines.text(line).trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        if let Some(above) = above.replace(line).filter(|_| is_pattern(text)) {
            let before = lines.text(above).trim_end();
            let code = before.split(" #").next().unwrap_or(before).trim_end();
            let begins =
                code.trim_start().starts_with("case ") || code == "in" || code.ends_with(" in");
            if !begins && !code.ends_with([';', '&', '|', '\\']) {
                let at = lines.start(above) + code.len();
                // A pattern with nothing behind it but a blank has lost what stood there.
                let is_left = code.ends_with(')') && lines.text(above).ends_with(' ');
                edits.push(Edit {
                    range: at..at,
                    replacement: " ;;".to_owned(),
                    cost: if is_left { 0 } else { 45 },
                    rule: "block-word",
                });
                // What is left of a line that ended it.
                let left = (above + 1..line).find(|at| !lines.text(*at).is_empty());
                edits.extend(left.filter(|at| lines.is_blank(*at)).map(|at| {
                    let end = lines.start(at) + lines.text(at).len();
                    Edit {
                        range: end..end,
                        replacement: ";;".to_owned(),
                        cost: SURE,
                        rule: "block-word",
                    }
                }));
            }
        }
    }
    edits
}

/// Whether a line begins with a pattern of a `case`: words and no call, then a bracket that nothing opens.
pub(crate) fn is_pattern(text: &str) -> bool {
    // One that a bracket opens looks like a list of commands.
    let Some((pattern, rest)) = text.split_once(')') else {
        return false;
    };
    let words: Vec<&str> = pattern.split('|').collect();
    let is_word = |word: &&str| {
        let word = word.trim();
        !word.is_empty()
            && !word.contains(['(', '=', ';', '`'])
            && !word.contains(char::is_whitespace)
    };
    words.iter().all(is_word) && !rest.starts_with([')', '"'])
}

/// `name = value`, as it is written elsewhere.
fn assignment(text: &str, start: usize) -> Option<Edit> {
    let indent = text.len() - text.trim_start().len();
    let rest = &text[indent..];
    let name = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_')?;
    let equals = name + rest[name..].find('=')?;
    let after = &rest[equals + 1..];
    let value = equals + 1 + (after.len() - after.trim_start_matches([' ', '\t']).len());
    let is_bare = name > 0 && rest[name..equals].trim().is_empty() && value - name > 1;
    is_bare.then(|| Edit {
        range: start + indent + name..start + indent + value,
        replacement: "=".to_owned(),
        cost: 60,
        rule: "assignment-blank",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str) -> Vec<String> {
        blank_edits(&Lines::new(text), 0)
            .iter()
            .map(|edit| edit.apply(text))
            .collect()
    }

    #[test]
    fn brackets_of_a_test_stand_alone() {
        assert_eq!(
            edited("if [\"$a\" = b ]; then"),
            ["if [ \"$a\" = b ]; then"]
        );
        assert_eq!(
            edited("if [ \"$a\" = b]; then"),
            ["if [ \"$a\" = b ]; then"]
        );
        assert_eq!(edited("if [[ $a ]]; then"), [""; 0]);
    }

    #[test]
    fn a_command_ends_before_a_word_that_begins_one() {
        let edited = |text: &str| {
            separator_edits(&Lines::new(text))
                .iter()
                .map(|edit| edit.apply(text))
                .collect::<Vec<_>>()
        };
        assert_eq!(edited("if a b then"), ["if a b; then"]);
        assert_eq!(edited("{ r=2 }"), ["{ r=2; }"]);
        assert_eq!(
            edited("for x in y; do a && b  done"),
            ["for x in y; do a && b;  done"]
        );
        assert_eq!(edited("echo it is done"), [""; 0]);
        assert_eq!(edited("if test -z \"$a\";] then"), [""; 0]);
        assert_eq!(edited("if a; then dodo ${x}"), [""; 0]);
    }

    #[test]
    fn an_empty_line_below_a_head_is_what_is_left_of_a_word() {
        let of = |text: &str| -> Vec<String> {
            let edits = empty_line_edits(&Lines::new(text));
            edits.iter().map(|edit| edit.apply(text)).collect()
        };
        for sound in [
            "while [ $# -gt 0 ]\ndo\n\tcase $1 in\n",
            "usage()\n{\n  cat\n",
            "  if a\n  then\n    b\n",
        ] {
            let mut rows: Vec<&str> = sound.lines().collect();
            rows[1] = "";
            let wrong = rows.join("\n") + "\n";
            assert_eq!(of(&wrong), [sound.to_owned()]);
            assert!(of(sound).is_empty());
        }
        for sound in ["for a in b; do\n\n  c\n", "a\n\nb\n", "if a &&\n\nb\n"] {
            assert!(of(sound).is_empty(), "{sound}");
        }
    }

    #[test]
    fn a_branch_ends_before_the_next_pattern() {
        let sound =
            "case $x in\n  a|b) r=$(f) ;;\n  -*)\n    g \\\n      h ;;\n  *) i ;;\nesac\n(j)\n";
        let of = |text: &str| -> Vec<String> {
            let edits = branch_edits(&Lines::new(text));
            edits.iter().map(|edit| edit.apply(text)).collect()
        };
        assert_eq!(of(sound), [""; 0]);
        for at in [0, 1] {
            let (start, _) = sound.match_indices(" ;;").nth(at).expect("a branch");
            let mut broken = sound.to_owned();
            broken.replace_range(start..start + 3, "");
            assert_eq!(of(&broken), [sound], "{at}");
        }
    }

    #[test]
    fn a_head_that_ends_begins_a_body() {
        let of = |text: &str| -> Vec<String> {
            let edits = body_edits(&Lines::new(text));
            edits.iter().map(|edit| edit.apply(text)).collect()
        };
        let sound =
            "if a; then\n  f() {\n    b; }\nfi\nfor x in y;\ndo\n  c;\ndone\nif d; then e; fi;\n";
        assert_eq!(of(sound), [""; 0]);
        assert_eq!(of(&sound.replacen("; then\n", "; \n", 1)), [sound]);
        assert_eq!(of("elif a | b;  c=d;\n")[0], "elif a | b; then c=d;\n");
        assert_eq!(
            of("a | while read -r b; ds\n  c\ndone\n"),
            ["a | while read -r b; do\n  c\ndone\n"]
        );
    }

    #[test]
    fn what_is_left_of_a_line_that_ended_a_branch_ends_it() {
        let sound = "case $x in\n  a)\n    b\n    ;;\n  c) d ;;\nesac\n";
        let broken = sound.replacen("    ;;\n", "    \n", 1);
        let edits = branch_edits(&Lines::new(&broken));
        assert!(
            edits
                .iter()
                .any(|edit| edit.cost == SURE && edit.apply(&broken) == sound)
        );
    }

    #[test]
    fn a_blank_line_is_what_is_left_of_a_word_where_others_have_none() {
        let sound = format!("{}if a; then\nb\nfi\nc\n", "d\n".repeat(60));
        let broken = sound.replacen("fi\n", "\n", 1);
        let edits = blank_line_edits(&Lines::new(&broken));
        assert!(edits.iter().any(|edit| edit.apply(&broken) == sound));
        let airy = broken.replace("d\n", "d\n\n");
        assert_eq!(blank_line_edits(&Lines::new(&airy)), []);
        // A line of blanks is one where other blank lines have none.
        let (left, right) = (
            airy.replacen("b\n\n", "b\n  \n", 1),
            airy.replacen("b\n\n", "b\n  fi\n", 1),
        );
        let edits = blank_line_edits(&Lines::new(&left));
        assert!(edits.iter().any(|edit| edit.apply(&left) == right));
    }

    #[test]
    fn an_assignment_has_no_blanks() {
        assert_eq!(edited("  count = 5"), ["  count=5"]);
        assert_eq!(edited("count=5"), [""; 0]);
    }
}
