//! Whether a header is C++, and a second look at C++ whose macros break the grammar.

use tree_sitter::{Node, Tree};

use super::attributes::without_attributes;
use super::blanks::{with_named_operators, without_macro_words, word};
use super::conditionals::without_inner_conditionals;
use super::lower;
use super::openers::{IN_NAMES, is_opener, opened};
use crate::builder::FactsBuilder;
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
        Some(b'A'..=b'Z') => line.contains(IN_NAMES) && is_opener(word(line).0),
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

/// Lowers C. When the tree is broken, the text is parsed again without what the grammar has no place for.
pub(super) fn lower_c(source: &Source<'_>, facts: &mut FactsBuilder) {
    Attempts::new(source, false).lower(None, facts);
}

/// Lowers C++. Macro words in places where they break or bend the tree are blanked out always.
pub(super) fn lower_cpp(source: &Source<'_>, facts: &mut FactsBuilder) {
    Attempts::new(source, true).lower(without_macro_words(source.text), facts);
}

/// Texts in the place of a source, of which the one is lowered that the grammar reads most of.
struct Attempts<'a> {
    source: &'a Source<'a>,
    is_cpp: bool,
    /// Bytes that are not read of the best so far.
    unread: usize,
    best: Option<(Tree, String)>,
}

impl<'a> Attempts<'a> {
    fn new(source: &'a Source<'a>, is_cpp: bool) -> Attempts<'a> {
        Attempts {
            source,
            is_cpp,
            unread: source
                .tree
                .map_or(usize::MAX, |tree| unread_bytes(tree.root_node())),
            best: None,
        }
    }

    /// Lowers the best of the text as it is and of others that are derived from `plain`.
    fn lower(mut self, plain: Option<String>, facts: &mut FactsBuilder) {
        let text = self.source.text;
        if self.source.tree.is_none() || self.unread == 0 {
            self.attempt(plain, true);
        } else {
            let base = plain.as_deref().unwrap_or(text);
            let whole = without_inner_conditionals(base, true);
            let first = without_inner_conditionals(base, false).filter(|_| whole.is_some());
            let base = whole.or(plain);
            self.attempt(base.clone(), true);
            let before = self.unread;
            if first != base {
                self.attempt(first.clone(), false);
            }
            let base = if self.unread < before { first } else { base };
            if self.unread > 0 {
                let base = base.as_deref().unwrap_or(text);
                self.attempt(without_attributes(base, self.is_cpp), false);
            }
        }
        if self.source.tree.is_some() {
            facts.set_error_bytes(self.unread);
        }
        // Where the words of macros stood the best text may have blanks.
        let opened = if self.is_cpp {
            opened(self.source.text)
        } else {
            Vec::new()
        };
        let Some((tree, text)) = self.best else {
            lower::lower(self.source, facts, self.is_cpp, opened);
            return;
        };
        let source = Source {
            path: self.source.path,
            text: &text,
            tree: Some(&tree),
        };
        lower::lower(&source, facts, self.is_cpp, opened);
    }

    /// Parses a text (the source's if there is none, when only the grammar has to see another one) and keeps it if more of it is read,
    /// or as much and `wins_ties`.
    fn attempt(&mut self, text: Option<String>, wins_ties: bool) {
        // Only the grammar sees the names that stand for operators: they are read where they stand.
        let named = self
            .is_cpp
            .then(|| with_named_operators(text.as_deref().unwrap_or(self.source.text)))
            .flatten();
        let Some(text) = text.or_else(|| named.is_some().then(|| self.source.text.to_owned()))
        else {
            return;
        };
        let Some(tree) = parse(named.as_deref().unwrap_or(&text), self.is_cpp) else {
            return;
        };
        let unread = unread_bytes(tree.root_node());
        if unread < self.unread || wins_ties && unread == self.unread {
            self.unread = unread;
            self.best = Some((tree, text));
        }
    }
}

/// Bytes of words that belong to nothing that the grammar knows, at least one for each place. What is whole inside of something broken counts
/// as read: a brace too many can make one error of a file of which everything else is understood.
fn unread_bytes(root: Node<'_>) -> usize {
    let mut unread = 0;
    let mut cursor = root.walk();
    // Whether what is around the node is broken.
    let mut around = vec![false];
    loop {
        let node = cursor.node();
        let is_broken = node.is_error() || around.last() == Some(&true);
        let is_loose = node.child_count() == 0 && !node.is_extra() && is_broken;
        if is_loose || node.is_missing() {
            unread += node.byte_range().len().max(1);
        }
        if node.has_error() && cursor.goto_first_child() {
            around.push(node.is_error());
            continue;
        }
        while !cursor.goto_next_sibling() {
            around.pop();
            if !cursor.goto_parent() {
                return unread;
            }
        }
    }
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
