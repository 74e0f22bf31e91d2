//! What stands directly above a definition and belongs to it: attributes, decorators, annotations and comments. By the graph a
//! definition begins at its own first word.

/// Lines that are looked at, at most.
const MOST_LINES: usize = 60;

/// The first line, from 1, of what belongs to the definition that begins at `line`: without comments, and with them.
pub(crate) fn lead(lines: &[impl AsRef<str>], line: u32) -> (u32, u32) {
    let above = lines.get(..line.max(1) as usize - 1).unwrap_or_default();
    let (mut plain, mut whole) = (line, line);
    // Brackets that were closed further down, and whether a comment was.
    let (mut open, mut is_in_comment) = (0, false);
    for (at, text) in (1..line).rev().zip(above.iter().rev()).take(MOST_LINES) {
        let text = text.as_ref().trim();
        if is_in_comment {
            is_in_comment = !text.starts_with("/*");
        } else if open > 0 {
            open += closed(text);
            if open > 0 {
                continue;
            }
            if !is_attribute(text) {
                break;
            }
            plain = at;
        } else if is_attribute(text) && closed(text) <= 0 {
            plain = at;
        } else if text.ends_with("*/") && !text.starts_with("/*") {
            is_in_comment = true;
        } else if !is_comment(text) {
            open = closed(text);
            if open <= 0 || !text.starts_with([')', ']', '}']) {
                break;
            }
            continue;
        }
        if !is_in_comment {
            whole = at;
        }
    }
    (plain, whole)
}

/// Brackets that a line closes and does not open.
fn closed(text: &str) -> i32 {
    text.chars().fold(0, |closed, letter| match letter {
        '(' | '[' | '{' => closed - 1,
        ')' | ']' | '}' => closed + 1,
        _ => closed,
    })
}

/// `#[test]`, `@property`, `template <typename T>`.
fn is_attribute(text: &str) -> bool {
    let is_named =
        |rest: &str| rest.starts_with(|letter: char| letter.is_alphabetic() || letter == '_');
    text.starts_with("#[")
        || text.strip_prefix('@').is_some_and(is_named)
        || text
            .strip_prefix("template")
            .is_some_and(|rest| rest.trim_start().starts_with('<'))
}

fn is_comment(text: &str) -> bool {
    let begins = ["//", "/*", "* ", "*/", "# ", "-- "];
    matches!(text, "*" | "#" | "--") || begins.iter().any(|begin| text.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: (u32, u32)) {
        let lines: Vec<&str> = text.lines().collect();
        let line = lines.iter().position(|line| line.contains("HERE")).unwrap() as u32 + 1;
        assert_eq!(lead(&lines, line), expected, "{text}");
    }

    #[test]
    fn decorators_attributes_and_comments_belong_to_what_is_below() {
        check(
            "x = 1\n\n# About.\n@cache\n@other(1)\ndef HERE():\n",
            (4, 3),
        );
        check(
            "}\n/// Doc.\n#[derive(\n    Debug,\n)]\n#[serde(x)]\nstruct HERE;\n",
            (3, 2),
        );
        check(
            "class A {\n  /**\n   * Doc.\n   */\n  @inject({\n    a: 1,\n  })\n  HERE() {}\n",
            (5, 2),
        );
        check("/* Doc\n   more */\nint HERE(void);\n", (3, 1));
        check("// F\n// G\nfunc HERE() {}\n", (3, 1));
        check("template <typename T>\nstruct HERE {};\n", (1, 1));
    }

    #[test]
    fn what_stands_apart_or_is_code_does_not() {
        check("# About.\n\ndef HERE():\n", (3, 3));
        check("foo(\n  1,\n)\nfunction HERE() {}\n", (4, 4));
        check("*p = 3;\nint HERE;\n", (2, 2));
        check("#include <a.h>\nint HERE;\n", (2, 2));
        check("}\nfn HERE() {}\n", (2, 2));
        check("HERE", (1, 1));
        assert_eq!(lead(&[""; 0], 0), (0, 0));
        assert_eq!(lead(&["a"], 9), (9, 9));
    }
}
