//! Python requirement files: one package a line, and other files of the kind.

use arc_graph::EdgeKind;

use super::linked::{Linked, package};
use crate::builder::FactsBuilder;
use crate::facts::MentionKind;
use crate::source::Source;

pub(super) static REQUIREMENTS: Linked = Linked {
    name: "requirements",
    extensions: &[],
    file_names: &["requirements*", "constraints.txt"],
    grammar: None,
    lower,
};

fn lower(source: &Source<'_>, facts: &mut FactsBuilder) {
    for (index, line) in source.text.lines().enumerate() {
        let number = index as u32 + 1;
        let text = line.split(" #").next().unwrap_or(line).trim();
        if let Some(path) = ["-r ", "--requirement ", "-c ", "--constraint "]
            .iter()
            .find_map(|option| text.strip_prefix(option))
        {
            facts.mention(path.trim(), MentionKind::Path, EdgeKind::References, number);
        } else if text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            let end = text
                .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
                .unwrap_or(text.len());
            package(facts, "pypi", &text[..end].to_ascii_lowercase(), number);
        }
    }
}
