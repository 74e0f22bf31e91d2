//! Whether a header is C++, and a second look at C++ whose macros break the grammar.

use tree_sitter::Tree;

use super::blanks::{with_named_operators, without_inner_conditionals, without_macro_words};
use super::lower;
use crate::builder::FactsBuilder;
use crate::extract::error_bytes;
use crate::parsing;
use crate::source::Source;

/// Bytes of a header that are looked at; what makes it C++ stands early.
const MAX_LOOK: usize = 1 << 16;

/// Whether a header's text is C++: a line begins as no line of C does, also where no C++ is asked for.
pub(super) fn is_cpp(text: &str) -> bool {
    let end = (0..=text.len().min(MAX_LOOK))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    // Conditionals inside the side that only a compiler of C++ reads.
    let mut hidden = 0usize;
    text[..end].lines().map(str::trim_start).any(|line| {
        let Some(directive) = line.strip_prefix('#').map(str::trim_start) else {
            return hidden == 0 && begins_as_cpp(line);
        };
        if directive.starts_with("if") {
            let asks = directive.contains("__cplusplus") && !directive.starts_with("ifndef");
            hidden += usize::from(hidden > 0 || asks);
        } else if directive.starts_with("endif") || hidden == 1 && directive.starts_with("el") {
            hidden = hidden.saturating_sub(1);
        }
        hidden == 0 && includes_cpp(directive)
    })
}

fn begins_as_cpp(line: &str) -> bool {
    match line.as_bytes().first() {
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
    }
}

/// `include <string>`: headers of C have an extension.
fn includes_cpp(directive: &str) -> bool {
    let name = directive
        .strip_prefix("include")
        .and_then(|rest| rest.trim_start().strip_prefix('<'))
        .and_then(|rest| rest.split_once('>'));
    name.is_some_and(|(name, _)| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    })
}

/// Lowers C. When the tree is broken, the text is parsed again without conditionals in places where they break it.
pub(super) fn lower_c(source: &Source<'_>, facts: &mut FactsBuilder) {
    let text = inner_conditionals(source, source.text);
    lower_again(source, facts, false, text);
}

/// Lowers C++. Macro words in places where they break or bend the tree are blanked out as well.
pub(super) fn lower_cpp(source: &Source<'_>, facts: &mut FactsBuilder) {
    let plain = without_macro_words(source.text);
    let whole = inner_conditionals(source, plain.as_deref().unwrap_or(source.text));
    lower_again(source, facts, true, whole.or(plain));
}

fn inner_conditionals(source: &Source<'_>, text: &str) -> Option<String> {
    let is_broken = source.tree.is_some_and(|tree| tree.root_node().has_error());
    is_broken
        .then(|| without_inner_conditionals(text))
        .flatten()
}

/// Lowers `text` in the place of the source, unless more of it is broken.
fn lower_again(source: &Source<'_>, facts: &mut FactsBuilder, is_cpp: bool, text: Option<String>) {
    let broken = |tree: &Tree| error_bytes(tree.root_node());
    // Only the grammar sees the names that stand for operators: they are read where they stand.
    let named = is_cpp.then(|| with_named_operators(text.as_deref().unwrap_or(source.text)));
    let named = named.flatten();
    let text = text.or_else(|| named.is_some().then(|| source.text.to_owned()));
    let again = text
        .and_then(|text| Some((parse(named.as_deref().unwrap_or(&text), is_cpp)?, text)))
        .filter(|(tree, _)| broken(tree) <= source.tree.map_or(usize::MAX, broken));
    let Some((tree, text)) = again else {
        lower::lower(source, facts, is_cpp);
        return;
    };
    facts.set_error_bytes(broken(&tree));
    let source = Source {
        path: source.path,
        text: &text,
        tree: Some(&tree),
    };
    lower::lower(&source, facts, is_cpp);
}

fn parse(text: &str, is_cpp: bool) -> Option<Tree> {
    let grammar = if is_cpp {
        tree_sitter_cpp::LANGUAGE
    } else {
        tree_sitter_c::LANGUAGE
    };
    parsing::parse(&grammar.into(), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_tell_their_language_by_the_start_of_a_line() {
        assert!(is_cpp("#pragma once\nnamespace a {\n}\n"));
        assert!(is_cpp("class A {\n public:\n};\n"));
        assert!(is_cpp("#include <string>\nvoid f(std::string);\n"));
        assert!(is_cpp(
            "#ifdef __cplusplus\n#if A\n#endif\n#else\n#endif\n#include <map>\n"
        ));
        assert!(!is_cpp(
            "#include <stdio.h>\n#include <sys/types.h>\nint a;\n"
        ));
        assert!(!is_cpp(
            "#ifdef __cplusplus\n#include <cstddef>\nnamespace a {\n#else\n#include <stddef.h>\n#endif\n"
        ));
        assert!(!is_cpp(
            "/* This\n class of functions\n */\nstruct a { int b; };\n"
        ));
    }
}
