//! C and C++ as their grammars read them: directives stand wherever their authors like, and a macro makes whatever it likes of its arguments.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// A word in capitals that is called, or stands where no value does.
static MACRO: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b[A-Z][A-Z0-9_]{2,}(?:\s*[(*]|\s+[A-Za-z_])").expect("a test uses the form")
});

/// Whether a language has a preprocessor.
pub(super) fn is_preprocessed(language: &str) -> bool {
    matches!(language, "c" | "c++")
}

/// The text with blanks for conditions, and for all of their branches but the first that may be taken: no grammar has conditions in
/// the middle of a list or of a statement.
pub(super) fn without_conditions(text: &str) -> Cow<'_, str> {
    if !text.lines().any(|line| directive(line).is_some()) {
        return Cow::Borrowed(text);
    }
    // For each open condition whether a branch was taken, and whether this one is.
    let mut open: Vec<(bool, bool)> = Vec::new();
    let lines = text.split_inclusive('\n').map(|line| {
        let found = directive(line);
        match found {
            Some("if" | "ifdef" | "ifndef") => {
                let is_taken = !is_never(line);
                open.push((is_taken, is_taken));
            }
            Some("elif" | "else") => {
                if let Some((was_taken, is_taken)) = open.last_mut() {
                    *is_taken = !*was_taken;
                    *was_taken = true;
                }
            }
            Some(_) => drop(open.pop()),
            None => {}
        }
        if found.is_none() && open.iter().all(|(_, is_taken)| *is_taken) {
            return line.to_owned();
        }
        let end = line.trim_end().len();
        format!("{}{}", " ".repeat(end), &line[end..])
    });
    Cow::Owned(lines.collect())
}

/// The word of a line that begins, goes on with or ends a condition.
fn directive(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix('#')?.trim_start();
    let end = rest.find(|letter: char| !letter.is_ascii_lowercase());
    let word = &rest[..end.unwrap_or(rest.len())];
    matches!(word, "if" | "ifdef" | "ifndef" | "elif" | "else" | "endif").then_some(word)
}

/// `#if 0`.
fn is_never(line: &str) -> bool {
    line.split_whitespace().collect::<String>() == "#if0"
}

/// Whether a macro may have made something else of a line.
pub(super) fn may_have_macro(line: &str) -> bool {
    MACRO.is_match(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_branch_that_may_be_taken_stays_in_its_place() {
        let text = "int a[] = {\n#if 0\n  %,\n#elif X\n  1,\n# else\n  2,\n#endif\n  3};\n";
        let lines = without_conditions(text);
        let kept: Vec<&str> = lines.lines().map(str::trim).collect();
        assert_eq!(kept, ["int a[] = {", "", "", "", "1,", "", "", "", "3};"]);
        assert_eq!(lines.len(), text.len());
    }

    #[test]
    fn constants_are_no_macros_that_make_something() {
        for line in [
            "MPSWAP(struct x, a, b);",
            "EGLImage (EGLAPIENTRY *f)(int);",
            "Q_OBJECT_X int a;",
        ] {
            assert!(may_have_macro(line), "{line}");
        }
        for line in ["return MAX_SIZE", "int a = FIRST | SECOND", "f(x))"] {
            assert!(!may_have_macro(line), "{line}");
        }
    }
}
