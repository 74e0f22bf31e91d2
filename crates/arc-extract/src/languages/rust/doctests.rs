//! Examples in documentation, which `cargo test` compiles and runs: each is a test of what it documents, and a crate of its
//! own that sees nothing of the module around it.

use arc_graph::NodeKind;
use tree_sitter::Node;

use super::lowering::{BlockId0, Container, Lowering, State, parse_fragment, settle_outside};
use crate::facts::{Name, SymbolId, flag};

/// What an example in the documentation of Rust is called.
pub const DOC_TEST: &str = "doc test";

/// The same of an example that is compiled and not run, as rustdoc ends its name.
pub const DOC_TEST_COMPILED: &str = "doc test - compile";

/// What stands before the type of an `impl`, where a type is written with more than its name: rustdoc calls examples by it.
pub const DOC_TEST_OWNER: &str = "for ";

/// Blanks more than the text around that make an example of a line.
const CODE_INDENT: usize = 4;

/// Bytes of examples in one comment that are read.
const MAX_TEXT: usize = 20_000;

/// Words behind a fence that leave it Rust that is compiled.
const WORDS: &[&str] = &[
    "no_run",
    "rust",
    "should_panic",
    "standalone_crate",
    "test_harness",
];

/// The examples of one piece of documentation, whose lines come one after the other.
#[derive(Default)]
pub(super) struct Examples {
    found: Vec<Example>,
    open: Option<Fence>,
    /// An example without a fence, which goes on as long as its lines are indented.
    indented: Option<Example>,
    before: Before,
    size: usize,
}

/// What the lines so far say of whether an indented one is an example.
#[derive(Default)]
struct Before {
    /// Blanks that all lines begin with; `None` before the first that is not blank.
    indent: Option<usize>,
    /// The last line ends a paragraph.
    is_blank: bool,
    /// An item of a list goes on with indented lines.
    in_list: bool,
}

/// One example.
struct Example {
    /// The line that rustdoc calls it by: of its fence, or its first.
    line: u32,
    /// Lines of the file before its first.
    first_row: u32,
    text: String,
    /// It is compiled and not run.
    is_compiled_only: bool,
}

/// An example whose end has not come yet.
struct Fence {
    /// What it starts and ends with.
    mark: String,
    is_rust: bool,
    example: Example,
    /// The row after the last one taken.
    next_row: u32,
}

impl Examples {
    pub(super) fn clear(&mut self) {
        self.found.clear();
        self.open = None;
        self.indented = None;
        self.before = Before::default();
        self.size = 0;
    }

    /// Takes the text of a comment whose first line is `row`, from 0.
    pub(super) fn comment(&mut self, text: &str, row: u32) {
        // The text of a line comment ends with its line break.
        let text = text.strip_suffix('\n').unwrap_or(text);
        let is_block = text.contains('\n');
        // rustdoc takes the first line of a block away when nothing is on it, and counts on from the comment.
        let is_cut = is_block
            && text
                .lines()
                .next()
                .is_some_and(|line| line.trim().is_empty());
        let found = self.found.len();
        for (at, line) in text.split('\n').enumerate() {
            let line = if is_block {
                let bare = line.trim_start();
                bare.strip_prefix('*').unwrap_or(line)
            } else {
                line
            };
            let line = line.trim_end();
            // How far the lines of a block are indented depends on all of them.
            if is_block || self.open.is_some() || !self.indented_line(line, row + at as u32) {
                self.line(line, row + at as u32);
            }
        }
        if is_cut {
            for example in &mut self.found[found..] {
                example.line -= 1;
            }
        }
    }

    /// Takes a line outside of fences; whether it is one of an example without a fence.
    fn indented_line(&mut self, line: &str, row: u32) -> bool {
        let code = line.trim_start();
        let indent = line.len() - code.len();
        if code.is_empty() {
            self.before.is_blank = true;
            return false;
        }
        let least = self.before.indent.unwrap_or(indent).min(indent);
        self.before.indent = Some(least);
        let ends_paragraph = std::mem::take(&mut self.before.is_blank);
        if indent < least + CODE_INDENT {
            let marker = code.trim_start_matches(|c: char| c.is_ascii_digit());
            let is_item = ["* ", "- ", "+ "].iter().any(|mark| code.starts_with(mark))
                || marker.len() < code.len() && marker.starts_with(['.', ')']);
            self.before.in_list = is_item || self.before.in_list && !ends_paragraph;
            self.found.extend(self.indented.take());
            return false;
        }
        let text = line.get(least + CODE_INDENT..).unwrap_or(code);
        match &mut self.indented {
            Some(example) => {
                let lines = example.text.matches('\n').count() as u32;
                let missing = row.saturating_sub(example.first_row + lines) as usize;
                example.text.extend(std::iter::repeat_n('\n', missing));
            }
            None if ends_paragraph && !self.before.in_list && self.size < MAX_TEXT => {
                self.indented = Some(Example {
                    line: row + 1,
                    first_row: row,
                    text: String::new(),
                    is_compiled_only: false,
                });
            }
            None => return false,
        }
        if let Some(example) = &mut self.indented {
            self.size += text.len();
            let text = if self.size < MAX_TEXT {
                shown(text)
            } else {
                ""
            };
            example.text.push_str(text);
            example.text.push('\n');
        }
        true
    }

    fn line(&mut self, line: &str, row: u32) {
        let code = line.trim_start();
        let info = code.trim_start_matches(['`', '~']);
        let mark = &code[..code.len() - info.len()];
        let Some(fence) = &mut self.open else {
            if mark.starts_with("```") || mark.starts_with("~~~") {
                self.open = Some(Fence {
                    mark: mark.to_owned(),
                    is_rust: is_rust(info) && self.size < MAX_TEXT,
                    example: Example {
                        line: row + 1,
                        first_row: row + 1,
                        text: String::new(),
                        is_compiled_only: info.contains("no_run"),
                    },
                    next_row: row + 1,
                });
            }
            return;
        };
        if mark.starts_with(&fence.mark) && info.is_empty() {
            if let Some(fence) = self.open.take().filter(|fence| fence.is_rust) {
                self.size += fence.example.text.len();
                self.found.push(fence.example);
            }
        } else if fence.is_rust {
            let code = shown(code);
            // Comments that are no documentation may stand between.
            let missing = row.saturating_sub(fence.next_row) as usize;
            fence
                .example
                .text
                .extend(std::iter::repeat_n('\n', missing));
            fence.example.text.push_str(code);
            fence.example.text.push('\n');
            fence.next_row = row + 1;
        }
    }
}

/// The code of a line: one behind `#` is compiled and not shown; `##` stands for a `#`.
fn shown(code: &str) -> &str {
    match code.strip_prefix('#') {
        Some("") => "",
        Some(rest) if rest.starts_with([' ', '#']) => &rest[usize::from(rest.starts_with(' '))..],
        _ => code,
    }
}

/// Whether an example is compiled, by what stands behind its fence.
fn is_rust(info: &str) -> bool {
    let info = info.trim().trim_start_matches('{').trim_end_matches('}');
    let mut words = info.split([',', ' ', '\t']).filter(|word| !word.is_empty());
    words.all(|word| WORDS.contains(&word) || word.starts_with("edition"))
}

/// Whether rustdoc reads the documentation of a file: that of libraries.
pub(super) fn are_run(path: &str) -> bool {
    let mut folders = path.split('/').rev().skip(1);
    let is_elsewhere = |folder| matches!(folder, "tests" | "benches" | "examples" | "bin");
    !folders.any(is_elsewhere) && !path.ends_with("main.rs") && !path.ends_with("build.rs")
}

impl<'t> Lowering<'t, '_> {
    /// Notes the examples of a documentation comment.
    pub(super) fn examples_of(&self, doc: Node<'t>, examples: &mut Examples) {
        if self.state.has_doc_tests {
            let row = self.first_row + doc.start_position().row as u32;
            let text = self.text.get(doc.byte_range()).unwrap_or("");
            examples.comment(text, row);
        }
    }

    /// Adds the examples in the documentation of `symbol` as tests.
    pub(super) fn doc_tests(&mut self, symbol: SymbolId, examples: &Examples) {
        for example in examples.found.iter().chain(&examples.indented) {
            self.doc_test(symbol, example);
        }
    }

    /// The type of the `impl` around as it is written, where that is more than its name.
    fn written_owner(&mut self) -> Option<Name> {
        let Container::Impl(owner) = self.state.container else {
            return None;
        };
        let is_more = self.facts.facts().text(owner) != self.state.impl_type;
        let written = format!("{DOC_TEST_OWNER}{}", self.state.impl_type);
        is_more.then(|| self.facts.name(&written))
    }

    fn doc_test(&mut self, of: SymbolId, example: &Example) {
        let Some(tree) = parse_fragment(&example.text) else {
            return;
        };
        let root = tree.root_node();
        // What is cut short with `...` is no Rust, and what rustdoc compiles is.
        if root.has_error() {
            return;
        }
        let lines = example.text.matches('\n').count() as u32;
        let line = example.line;
        let name = if example.is_compiled_only {
            DOC_TEST_COMPILED
        } else {
            DOC_TEST
        };
        let symbol = self
            .facts
            .add_symbol(name, NodeKind::Test, line, line + lines + 1);
        let owner = self.written_owner();
        let fact = self.facts.symbol_mut(symbol);
        fact.parent = of;
        if let Some(owner) = owner {
            fact.owner = owner;
        }
        fact.flags |= flag::TEST;
        let outer = self.facts.enter_apart(symbol);
        let state = State {
            module: BlockId0(self.facts.block()),
            fragments: self.state.fragments + 1,
            in_example: true,
            ..State::default()
        };
        let mut inner = Lowering::new(&example.text, example.first_row, self.facts, state);
        inner.statements(root);
        let state = inner.state;
        self.facts.symbol_mut(symbol).complexity = state.branches.saturating_add(1);
        settle_outside(&state, self.facts);
        // What an example defines is part of it, and nothing that others could mean.
        for inside in symbol.0 + 1..self.facts.facts().symbols.len() as u32 {
            self.facts.symbol_mut(SymbolId(inside)).flags |= flag::HIDDEN;
        }
        self.facts.leave(outer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examples(lines: &[&str]) -> Vec<(u32, String)> {
        let mut examples = Examples::default();
        for (row, line) in lines.iter().enumerate() {
            examples.comment(&format!("{line}\n"), row as u32);
        }
        let found = examples.found.into_iter().chain(examples.indented);
        found
            .map(|example| (example.first_row, example.text))
            .collect()
    }

    #[test]
    fn what_rustdoc_compiles_is_an_example() {
        let lines = [
            " Text.",
            " ```",
            " # use a::b;",
            " b();",
            " ```",
            " ```text",
            " no",
            " ```",
            " ```no_run",
            " c();",
            " ## x",
            " ```",
            " ```ignore",
            " d();",
            " ```",
            " ~~~ rust,edition2021",
            " e();",
            " ~~~",
            " ```compile_fail",
            " f();",
            " ```",
            " ````",
            " ```",
            " ````",
            " ```",
            " open();",
        ];
        assert_eq!(
            examples(&lines),
            [
                (2, "use a::b;\nb();\n".to_owned()),
                (9, "c();\n# x\n".to_owned()),
                (16, "e();\n".to_owned()),
                (22, "```\n".to_owned()),
            ]
        );
    }

    #[test]
    fn indented_lines_are_an_example_where_rustdoc_says_so() {
        let lines = [
            " Adds.",
            "",
            "     a::add();",
            "     # hidden();",
            "",
            "       deeper();",
            "",
            " More:",
            "     no_code();",
            "",
            " * item",
            "",
            "     goes on",
            "",
            " Text.",
            "",
            "     last();",
        ];
        let found = [
            (2, "a::add();\nhidden();\n\n  deeper();\n".to_owned()),
            (16, "last();\n".to_owned()),
        ];
        assert_eq!(examples(&lines), found);
        // Blanks that all lines begin with say nothing.
        assert_eq!(examples(&["     only();"]), []);
        let mixed = ["", "     one();", " ```", " two();", " ```"];
        assert_eq!(examples(&mixed), [(3, "two();\n".to_owned())]);
    }

    #[test]
    fn rustdoc_counts_from_the_first_line_of_a_block_that_has_text() {
        let line = |text: &str| {
            let mut examples = Examples::default();
            examples.comment(text, 4);
            examples
                .found
                .iter()
                .map(|example| example.line)
                .collect::<Vec<_>>()
        };
        assert_eq!(line("\nText.\n\n```\na();\n```\n"), [7]);
        assert_eq!(line("* Text.\n *\n * ```\n * a();\n * ```\n "), [7]);
    }

    #[test]
    fn only_the_documentation_of_libraries_is_run() {
        assert!(are_run("src/lib.rs"));
        assert!(are_run("crates/a/src/net/tcp.rs"));
        for path in [
            "src/main.rs",
            "tests/all.rs",
            "examples/a/b.rs",
            "src/bin/x.rs",
            "build.rs",
        ] {
            assert!(!are_run(path), "{path}");
        }
    }
}
