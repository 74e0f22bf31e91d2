//! YAML. What a file means depends on who reads it: workflows, pipelines, compose files, Kubernetes resources, Ansible
//! plays, manifests. Any other file gives its top-level keys and the paths that its values name.

use tree_sitter::Node;

use self::flavors::describe;
use super::linked::Linked;
use crate::builder::FactsBuilder;
use crate::source::{Source, end_line_of, line_of};

mod flavors;
mod playbook;

/// Deeper values are not read.
const MAX_DEPTH: u32 = 60;

/// A value with its lines.
struct Entry<'s> {
    line: u32,
    end_line: u32,
    value: Value<'s>,
}

/// What a value is.
enum Value<'s> {
    Map(Vec<(&'s str, Entry<'s>)>),
    List(Vec<Entry<'s>>),
    Text(&'s str),
    Nothing,
}

impl<'s> Entry<'s> {
    /// The value under a key.
    fn get(&self, key: &str) -> Option<&Entry<'s>> {
        self.entries()
            .iter()
            .find(|(known, _)| *known == key)
            .map(|(_, value)| value)
    }

    /// The text of a scalar; empty for anything else.
    fn text(&self) -> &'s str {
        match self.value {
            Value::Text(text) => text,
            Value::Map(_) | Value::List(_) | Value::Nothing => "",
        }
    }

    /// The text under a key.
    fn text_of(&self, key: &str) -> &'s str {
        self.get(key).map_or("", Entry::text)
    }

    /// The entries of a map.
    fn entries(&self) -> &[(&'s str, Entry<'s>)] {
        match &self.value {
            Value::Map(entries) => entries,
            Value::List(_) | Value::Text(_) | Value::Nothing => &[],
        }
    }

    /// The elements of a list; a single value is its own list.
    fn items(&self) -> &[Entry<'s>] {
        match &self.value {
            Value::List(items) => items,
            Value::Text(_) | Value::Map(_) => std::slice::from_ref(self),
            Value::Nothing => &[],
        }
    }

    /// The elements, if it is a list.
    fn list(&self) -> &[Entry<'s>] {
        match &self.value {
            Value::List(items) => items,
            Value::Text(_) | Value::Map(_) | Value::Nothing => &[],
        }
    }
}

pub(super) static YAML: Linked = Linked {
    name: "yaml",
    extensions: &["yml", "yaml"],
    file_names: &[],
    grammar: Some(arc_grammar::yaml),
    lower,
};

fn lower(source: &Source<'_>, facts: &mut FactsBuilder) {
    let Some(root) = source.root() else { return };
    let mut cursor = root.walk();
    for document in root.named_children(&mut cursor) {
        if document.kind() == "document" {
            let value = read(source, document, 0);
            describe(source.path, &value, facts);
        }
    }
}

fn read<'s>(source: &Source<'s>, node: Node<'_>, depth: u32) -> Entry<'s> {
    let found = |value| Entry {
        line: line_of(node),
        end_line: end_line_of(node),
        value,
    };
    if depth > MAX_DEPTH {
        return found(Value::Nothing);
    }
    let mut cursor = node.walk();
    match node.kind() {
        "block_mapping" | "flow_mapping" => {
            let entries = node
                .named_children(&mut cursor)
                .filter_map(|pair| {
                    let key = pair.child_by_field_name("key")?;
                    let value = match pair.child_by_field_name("value") {
                        Some(value) => read(source, value, depth + 1),
                        None => Entry {
                            line: line_of(pair),
                            end_line: end_line_of(pair),
                            value: Value::Nothing,
                        },
                    };
                    let value = Entry {
                        line: line_of(pair),
                        ..value
                    };
                    Some((unquoted(source.text_of(key)), value))
                })
                .collect();
            found(Value::Map(entries))
        }
        "block_sequence" | "flow_sequence" => {
            let items = node
                .named_children(&mut cursor)
                .filter(|item| !item.is_extra())
                .map(|item| read(source, item, depth + 1))
                .collect();
            found(Value::List(items))
        }
        "plain_scalar" | "single_quote_scalar" | "double_quote_scalar" => {
            found(Value::Text(unquoted(source.text_of(node))))
        }
        "block_scalar" => found(Value::Text(
            source
                .text_of(node)
                .trim_start_matches(['|', '>', '-', '+']),
        )),
        _ => node
            .named_children(&mut cursor)
            .filter(|child| !matches!(child.kind(), "anchor" | "tag" | "comment"))
            .map(|child| read(source, child, depth + 1))
            .last()
            .unwrap_or_else(|| found(Value::Nothing)),
    }
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(['"', '\''])
}
