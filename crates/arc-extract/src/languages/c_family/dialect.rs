//! Whether a header is C++, and a second look at C++ whose macros break the grammar.

use std::cell::RefCell;

use tree_sitter::{Parser, Tree};

use super::declarations::is_macro_name;
use super::lower;
use crate::builder::FactsBuilder;
use crate::extract::error_bytes;
use crate::source::Source;

/// Bytes of a header that are looked at; what makes it C++ stands early.
const MAX_LOOK: usize = 1 << 16;

thread_local! {
    // One parser per thread, as for the files that are parsed before they come here.
    static PARSER: RefCell<Option<Parser>> = const { RefCell::new(None) };
}

/// Whether a header's text is C++: a line begins as no line of C does.
pub(super) fn is_cpp(text: &str) -> bool {
    let end = (0..=text.len().min(MAX_LOOK))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    text[..end]
        .lines()
        .map(str::trim_start)
        .any(|line| match line.as_bytes().first() {
            Some(b'n') => line.starts_with("namespace ") && !line.ends_with('.'),
            Some(b't') => line
                .strip_prefix("template")
                .is_some_and(|rest| rest.trim_start().starts_with('<')),
            Some(b'p') => ["public:", "private:", "protected:"]
                .iter()
                .any(|word| line.starts_with(word)),
            Some(b'c') => line.strip_prefix("class ").is_some_and(|rest| {
                rest.trim_end().ends_with(['{', ';']) || rest.contains(" : public ")
            }),
            Some(b'u') => line.starts_with("using ") && line.trim_end().ends_with(';'),
            Some(_) | None => false,
        })
}

/// Lowers C++. Macro words in places where they break or bend the tree are blanked out, and the text is parsed again.
pub(super) fn lower_cpp(source: &Source<'_>, facts: &mut FactsBuilder) {
    if let Some(text) = without_macro_words(source.text)
        && let Some(tree) = parse(&text)
    {
        let again = Source {
            path: source.path,
            text: &text,
            tree: Some(&tree),
        };
        facts.set_error_bytes(error_bytes(tree.root_node()));
        lower::lower(&again, facts, true);
        return;
    }
    lower::lower(source, facts, true);
}

fn parse(text: &str) -> Option<Tree> {
    PARSER.with_borrow_mut(|slot| {
        let parser = slot.get_or_insert_with(|| {
            let mut parser = Parser::new();
            if parser
                .set_language(&tree_sitter_cpp::LANGUAGE.into())
                .is_err()
            {
                // The parser then returns no tree, which the caller reports.
            }
            parser
        });
        parser.reset();
        parser.parse(text, None)
    })
}

/// The text with macro words replaced by spaces where they stand alone on a line (`FMT_BEGIN_NAMESPACE`), behind
/// `class` (`class EXPORT Name`) or before a declaration's type (`EXPORT int f();`); `None` when there are none.
fn without_macro_words(text: &str) -> Option<String> {
    let mut blanks: Vec<(usize, usize)> = Vec::new();
    let mut start = 0;
    let mut in_macro = false;
    for line in text.split_inclusive('\n') {
        let continues = line.trim_end().ends_with('\\');
        if !in_macro && !line.trim_start().starts_with('#') {
            blank_in_line(line, start, &mut blanks);
        }
        in_macro = (in_macro || line.trim_start().starts_with('#')) && continues;
        start += line.len();
    }
    if blanks.is_empty() {
        return None;
    }
    let mut bytes = text.as_bytes().to_vec();
    for (from, to) in blanks {
        bytes[from..to].fill(b' ');
    }
    String::from_utf8(bytes).ok()
}

fn blank_in_line(line: &str, start: usize, blanks: &mut Vec<(usize, usize)>) {
    let body = line.trim_start();
    let indent = line.len() - body.len();
    let (first, rest) = word(body);
    if first.is_empty() {
        return;
    }
    if is_macro_word(first) {
        let alone = rest.trim().is_empty();
        // `EXPORT int f(`, `EXPORT static`, but not `CONST = 1` nor `MACRO(…)`.
        let (second, after) = word(rest.trim_start());
        let before_type = !second.is_empty()
            && rest.starts_with(' ')
            && (after
                .trim_start()
                .starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
                && is_specifier(second));
        if alone || before_type {
            blanks.push((start + indent, start + indent + first.len()));
        }
        return;
    }
    if matches!(first, "class" | "struct" | "union") {
        let gap = rest.len() - rest.trim_start().len();
        let (second, after) = word(rest.trim_start());
        let (third, _) = word(after.trim_start());
        if is_macro_word(second) && !third.is_empty() && third != "final" && after.starts_with(' ')
        {
            let at = start + indent + first.len() + gap;
            blanks.push((at, at + second.len()));
        }
    }
}

fn is_specifier(word: &str) -> bool {
    matches!(
        word,
        "auto"
            | "bool"
            | "class"
            | "const"
            | "constexpr"
            | "explicit"
            | "extern"
            | "inline"
            | "int"
            | "static"
            | "struct"
            | "template"
            | "typename"
            | "unsigned"
            | "virtual"
            | "void"
    )
}

/// Capitals with an underscore: `LEVELDB_EXPORT`.
fn is_macro_word(word: &str) -> bool {
    word.len() > 3 && word.contains('_') && is_macro_name(word)
}

fn word(text: &str) -> (&str, &str) {
    let end = text
        .bytes()
        .position(|byte| !(byte.is_ascii_alphanumeric() || byte == b'_'))
        .unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_tell_their_language_by_the_start_of_a_line() {
        assert!(is_cpp("#pragma once\nnamespace a {\n}\n"));
        assert!(is_cpp("class A {\n public:\n};\n"));
        assert!(!is_cpp(
            "/* This\n class of functions\n */\nstruct a { int b; };\n"
        ));
    }

    #[test]
    fn macro_words_in_the_way_are_blanked() {
        let text = "class MY_EXPORT A {\n};\nMY_BEGIN\nMY_API int f();\nint MY_CONST = 1;\n";
        let blanked = "class           A {\n};\n        \n       int f();\nint MY_CONST = 1;\n";
        assert_eq!(without_macro_words(text).as_deref(), Some(blanked));
        assert_eq!(without_macro_words("class A {};\n"), None);
    }
}
