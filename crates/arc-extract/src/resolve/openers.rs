//! Namespaces that macros open: which one is meant shows when all files are side by side.

use rustc_hash::FxHashMap;

use crate::facts::BlockKind;
use crate::languages::{IN_NAMES, OPENER, OPENS};
use crate::resolve::namespaces::is_source;
use crate::resolve::program::Program;
use crate::resolve::values::NameId;

/// Macros that one macro may be written with.
const MOST_HOPS: usize = 4;
/// Between the parts of a label.
const SEPARATOR: &str = "::";

/// What a macro opens.
struct Opener<'a> {
    parameter: &'a str,
    path: &'a str,
}

impl Program<'_> {
    /// The labels that are written with macros, with what they mean. What a macro of another project opens is left out of a label.
    pub(super) fn opened_labels(&self) -> FxHashMap<NameId, NameId> {
        let mut openers: FxHashMap<&str, Opener<'_>> = FxHashMap::default();
        let mut labels: Vec<(NameId, &str)> = Vec::new();
        // What a header says holds for more files than what one of its users says of it.
        let (headers, sources): (Vec<_>, Vec<_>) =
            self.files.iter().partition(|file| !is_source(&file.path));
        for file in headers.into_iter().chain(sources) {
            for block in &file.facts.blocks {
                if !block.label.is_some() {
                    continue;
                }
                let text = file.facts.text(block.label);
                if block.kind == BlockKind::Namespace as u8 {
                    if text.contains(OPENER) || text.contains(IN_NAMES) {
                        labels.push((file.global(block.label), text));
                    }
                } else if let Some((head, path)) = text
                    .strip_prefix(OPENS)
                    .and_then(|told| told.split_once('='))
                {
                    let (name, parameter) = split(head);
                    openers.entry(name).or_insert(Opener { parameter, path });
                }
            }
        }
        let mut opened = FxHashMap::default();
        for (label, text) in labels {
            let mut parts = Vec::new();
            for part in text.split(SEPARATOR) {
                add_part(&openers, part, MOST_HOPS, &mut parts);
            }
            let meant = parts.join(SEPARATOR);
            if meant != text {
                opened.insert(label, self.intern(&meant));
            }
        }
        opened
    }
}

/// The name of a macro and what is in its parentheses.
fn split(head: &str) -> (&str, &str) {
    let (name, rest) = head.split_once('(').unwrap_or((head, ""));
    (name, rest.trim_end_matches(')').trim())
}

/// Adds what a part of a label stands for.
fn add_part(
    openers: &FxHashMap<&str, Opener<'_>>,
    part: &str,
    hops: usize,
    parts: &mut Vec<String>,
) {
    let marked = part.strip_prefix(OPENER);
    let (name, given) = marked.map_or((part, ""), split);
    let opener = openers.get(name).filter(|_| hops > 0);
    let Some(opener) = opener else {
        if marked.is_none() {
            parts.push(part.to_owned());
        }
        return;
    };
    let given = given.replace('.', SEPARATOR);
    for part in opener.path.split(SEPARATOR) {
        let is_given = !opener.parameter.is_empty() && part == opener.parameter;
        for part in if is_given { &given } else { part }.split(SEPARATOR) {
            add_part(openers, part, hops - 1, parts);
        }
    }
}
