//! One file's text to its facts.

use std::borrow::Cow;
use std::ops::Range;

use tree_sitter::{Node, Tree};

use crate::builder::FactsBuilder;
use crate::ends::NO_ENDS;
use crate::facts::FileFacts;
use crate::isolate::isolated;
use crate::languages::{self, Language, Tier};
use crate::parsing::parse;
use crate::source::Source;

/// A recognised language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detected {
    /// The name in lower case (`python`, `c#`).
    pub language: &'static str,
    /// How far it is understood.
    pub tier: Tier,
}

/// The language of a file, by its name and, where that says nothing or two languages share it, by its `text`, of which
/// the first line may be enough.
#[must_use]
pub fn detect(path: &str, text: &str) -> Option<Detected> {
    let first_line = || text.lines().next().unwrap_or("");
    let named = languages::by_path(path).or_else(|| languages::by_shebang(first_line()))?;
    let language = named.sharing_names(path, text).unwrap_or(named);
    Some(Detected {
        language: language.name(),
        tier: language.tier(),
    })
}

/// All languages, sorted by name.
#[must_use]
pub fn languages() -> Vec<Detected> {
    languages::all()
        .iter()
        .map(|language| Detected {
            language: language.name(),
            tier: language.tier(),
        })
        .collect()
}

/// How far a language is understood; `None` for one that is not known.
#[must_use]
pub fn tier(language: &str) -> Option<Tier> {
    languages::by_name(language).map(|language| language.tier())
}

/// Whether the edges of a language were held against a compiler or a type checker (`docs/languages.md` has the figures).
#[must_use]
pub fn is_measured(language: &str) -> bool {
    languages::MEASURED.binary_search(&language).is_ok()
}

/// What stands between the parts of a qualified name in a language (`.` or `::`).
#[must_use]
pub fn separator(language: &str) -> &'static str {
    languages::by_name(language).map_or(".", |language| language.semantics().separator)
}

/// Whether code in one language names what code in the other defines, without saying so (C and C++).
#[must_use]
pub fn share_names(one: &str, other: &str) -> bool {
    let family = |language| {
        languages::by_name(language).map_or("", |language| language.semantics().namespace_family)
    };
    one == other || (!family(one).is_empty() && family(one) == family(other))
}

/// The facts of a file in a language that [`detect`] named. Unknown languages give an empty file.
#[must_use]
pub fn extract(language: &str, path: &str, text: &str) -> FileFacts {
    extract_with_tree(language, path, text).0
}

/// The facts of a file, and the tree they were read from.
pub(crate) fn extract_with_tree(
    language: &str,
    path: &str,
    text: &str,
) -> (FileFacts, Option<Tree>) {
    extract_parsed(language, path, text, None)
}

/// As [`extract_with_tree`], where `tree` is what the grammar of the file makes of the text, if somebody parsed it before.
pub(crate) fn extract_parsed(
    language: &str,
    path: &str,
    text: &str,
    tree: Option<Tree>,
) -> (FileFacts, Option<Tree>) {
    let lines = line_count(text);
    let mut builder = FactsBuilder::new(lines.max(1));
    let language = languages::by_name(language);
    let tree = language.and_then(|language| lower(language, (path, text), tree, &mut builder));
    let facts = builder.finish(language.map_or(&NO_ENDS, |language| language.semantics().ends));
    (facts, tree)
}

/// The grammar of a file in a language; `None` when there is none.
pub(crate) fn grammar(language: &str, path: &str) -> Option<tree_sitter::Language> {
    languages::by_name(language)?.grammar(path)
}

/// What a language calls the functions that build an instance; empty when they have names of their own.
#[must_use]
pub fn constructors(language: &str) -> &'static [&'static str] {
    languages::by_name(language).map_or(&[], |language| language.semantics().constructors)
}

/// Lines as [`str::lines`] gives them.
fn line_count(text: &str) -> u32 {
    let ends = text.bytes().filter(|byte| *byte == b'\n').count();
    let unfinished = !text.is_empty() && !text.ends_with('\n');
    u32::try_from(ends + usize::from(unfinished)).unwrap_or(u32::MAX)
}

fn lower(
    language: &'static dyn Language,
    (path, text): (&str, &str),
    parsed: Option<Tree>,
    builder: &mut FactsBuilder,
) -> Option<Tree> {
    let Some(grammar) = language.grammar(path) else {
        language.lower(
            &Source {
                path,
                text,
                tree: None,
            },
            builder,
        );
        return None;
    };
    let Some(tree) = parsed.or_else(|| parse(&grammar, text)) else {
        builder.diagnose(format!(
            "given up while parsing as {}: it takes too much work",
            language.name()
        ));
        return None;
    };
    builder.set_error_bytes(error_bytes(tree.root_node()));
    let has_names = language.tier() != Tier::Linked && !language.mends_texts();
    let isolated = has_names.then(|| isolated(&grammar, text, tree.root_node()));
    let (text, read) = match isolated.flatten() {
        Some((text, tree)) => (Cow::Owned(text), Some(tree)),
        None => (Cow::Borrowed(text), None),
    };
    language.lower(
        &Source {
            path,
            text: &text,
            tree: Some(read.as_ref().unwrap_or(&tree)),
        },
        builder,
    );
    Some(tree)
}

/// Bytes inside of what the grammar has no rule for, at least one for each place.
pub(crate) fn error_bytes(root: Node<'_>) -> usize {
    let ranges = error_ranges(root);
    ranges.iter().map(|range| range.len().max(1)).sum()
}

/// The outermost places that the grammar has no rule for; an empty range is where something is missing.
pub(crate) fn error_ranges(root: Node<'_>) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        let descends = if node.is_error() || node.is_missing() {
            ranges.push(node.byte_range());
            false
        } else {
            node.has_error()
        };
        if descends && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return ranges;
            }
        }
    }
}
