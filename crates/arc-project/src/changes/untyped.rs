//! What proves nothing in languages whose references are found by their names alone: there a name that is written somewhere else may be
//! the one that is meant, and a grammar that is older than the language loses definitions that stand in the text.

use arc_extract::is_measured;
use arc_graph::{GraphRead, NodeKind};
use arc_store::GraphFile;

use super::breaking::is_code;
use super::versions::{Contents, VersionPair};
use super::{Change, ChangeKind, language_of};
use crate::ask::AskError;

/// Words that come before the name of what is defined.
const DEFINES: [&str; 22] = [
    "class",
    "const",
    "def",
    "defmodule",
    "defp",
    "enum",
    "extension",
    "fun",
    "func",
    "function",
    "interface",
    "let",
    "module",
    "object",
    "protocol",
    "record",
    "struct",
    "trait",
    "type",
    "typealias",
    "val",
    "var",
];

/// Whether the files of a language are never named by their paths: what is in them is found by the package that they belong to.
fn has_packages(language: &str) -> bool {
    matches!(language, "c#" | "kotlin" | "scala" | "swift")
}

/// Whether references to what a change took away may lead to something else, in a language whose types nobody looks at.
pub(super) fn may_be_elsewhere(
    graph: &GraphFile,
    pairs: &[VersionPair],
    change: &Change,
) -> Result<bool, AskError> {
    let path = change.old_path.as_deref().unwrap_or(&change.path);
    let before = |pair: &&VersionPair| pair.old().is_some_and(|(old, _)| old == path);
    let Some((_, old_text)) = pairs.iter().find(before).and_then(VersionPair::old) else {
        return Ok(false);
    };
    let Some(language) = language_of(path, old_text).filter(|language| !is_measured(language))
    else {
        return Ok(false);
    };
    let Some(old) = change.before().filter(|old| old.kind != NodeKind::File) else {
        return Ok(has_packages(&language));
    };
    if pairs
        .iter()
        .any(|pair| still_declares(pair, &language, &old.name))
    {
        // In another package it is another one, whatever it is called.
        let moved = (change.kind == ChangeKind::Moved).then(|| new_text(pairs, &change.path));
        let packages = moved
            .flatten()
            .map(|text| (package(old_text), package(text)));
        if packages.is_none_or(|(then, now)| then == now) {
            return Ok(true);
        }
    }
    let named = graph.nodes(&graph.by_name(&old.name)?)?;
    Ok(is_code(old)
        && named.iter().any(|node| {
            let own = node.path.as_deref();
            own.is_some_and(|own| own != change.path && own != path)
                && language_of(own.unwrap_or(""), "").as_deref() == Some(&*language)
        }))
}

fn new_text<'p>(pairs: &'p [VersionPair], path: &str) -> Option<&'p str> {
    match &pairs.iter().find(|pair| pair.path == path)?.contents {
        Contents::Texts { new, .. } => Some(new),
        Contents::Deleted { .. } | Contents::Opaque | Contents::ModeOnly => None,
    }
}

/// The package that a text says it belongs to.
fn package(text: &str) -> Option<&str> {
    let mut lines = text.lines().map(str::trim);
    let named = lines.find_map(|line| {
        let words = ["package ", "namespace "].into_iter();
        words.filter_map(|word| line.strip_prefix(word)).next()
    });
    named.map(|name| name.trim_end_matches([';', '{', ' ']))
}

/// Whether the new text of a file has a definition of the name, as far as words tell.
fn still_declares(pair: &VersionPair, language: &str, name: &str) -> bool {
    let Contents::Texts { new, .. } = &pair.contents else {
        return false;
    };
    language_of(&pair.path, new).as_deref() == Some(language) && declares(new, name)
}

fn declares(text: &str, name: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.lines().map(str::trim_start).any(|line| {
        let is_comment = ["//", "*", "/*", "#", "--"]
            .iter()
            .any(|mark| line.starts_with(mark));
        !is_comment
            && line.match_indices(name).any(|(at, _)| {
                let (before, after) = (&line[..at], &line[at + name.len()..]);
                let mut words = before.split(|letter: char| !is_part(letter));
                // What it is an extension of may stand between.
                !before.ends_with(is_part)
                    && !after.starts_with(is_part)
                    && !before.contains('=')
                    && words.any(|word| DEFINES.contains(&word))
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_are_told_from_uses_by_the_words_before_them() {
        let line = "@Retention(RUNTIME) @Target(FUNCTION) public annotation class FromJson";
        for text in [
            line,
            "internal val Method.FromJson: String",
            "  fun <T> FromJson(x: T) = x",
        ] {
            assert!(declares(text, "FromJson"), "{text}");
        }
        for text in [
            "// the class FromJson",
            "val x = FromJson()",
            "class FromJsonReader",
            "FromJson()",
        ] {
            assert!(!declares(text, "FromJson"), "{text}");
        }
        assert_eq!(
            package("// x\npackage okio.internal;\n"),
            Some("okio.internal")
        );
        assert_eq!(package("namespace A.B {"), Some("A.B"));
    }
}
