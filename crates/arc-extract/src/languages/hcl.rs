//! HCL (Terraform, Packer, Nomad). Blocks are resources under the name that references use (`aws_s3_bucket.logs`,
//! `var.prefix`, `module.net`); traversals that begin so are references, `source` and `file()` name paths.

use arc_graph::{EdgeKind, NodeKind};
use tree_sitter::Node;

use super::linked::{Linked, package};
use crate::builder::FactsBuilder;
use crate::facts::{BlockKind, MentionKind, flag};
use crate::source::{Source, end_line_of, line_of};

/// Deeper expressions are not looked at.
const MAX_DEPTH: u32 = 300;

pub(super) static HCL: Linked = Linked {
    name: "hcl",
    extensions: &["tf", "hcl", "tfvars", "nomad"],
    file_names: &[],
    grammar: Some(|| tree_sitter_hcl::LANGUAGE.into()),
    lower,
};

fn lower(source: &Source<'_>, facts: &mut FactsBuilder) {
    if let Some(root) = source.root() {
        visit(source, facts, root, 0);
    }
}

fn visit(source: &Source<'_>, facts: &mut FactsBuilder, node: Node<'_>, depth: u32) {
    if depth > MAX_DEPTH {
        return;
    }
    match node.kind() {
        "block" if depth <= 3 => return block(source, facts, node, depth),
        "variable_expr" => traversal(source, facts, node),
        "function_call" => file_call(source, facts, node),
        "comment" => return,
        _ => {}
    }
    each(node, |child| visit(source, facts, child, depth + 1));
}

fn each<'t>(node: Node<'t>, mut visit: impl FnMut(Node<'t>)) {
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor) {
        visit(child);
    }
}

fn block(source: &Source<'_>, facts: &mut FactsBuilder, node: Node<'_>, depth: u32) {
    let mut words = Vec::new();
    each(node, |child| match child.kind() {
        "identifier" | "string_lit" => words.push(source.text_of(child).trim_matches('"')),
        _ => {}
    });
    let name = match words[..] {
        ["resource", kind, name] => format!("{kind}.{name}"),
        ["variable", name] => format!("var.{name}"),
        ["data" | "module" | "output" | "provider", ..] => words.join("."),
        ["locals"] => return locals(source, facts, node, depth),
        _ => words.join("."),
    };
    let symbol = facts.add_symbol(&name, NodeKind::Resource, line_of(node), end_line_of(node));
    facts.symbol_mut(symbol).flags = flag::PUBLIC;
    let outer = facts.enter_symbol(symbol, BlockKind::Plain);
    each(node, |child| {
        if child.kind() == "body" {
            each(child, |entry| {
                if entry.kind() == "attribute" {
                    attribute(source, facts, entry);
                }
                // Blocks inside a resource are parts of it.
                each(entry, |part| visit(source, facts, part, 4.max(depth + 1)));
            });
        }
    });
    facts.leave(outer);
}

fn locals(source: &Source<'_>, facts: &mut FactsBuilder, node: Node<'_>, depth: u32) {
    each(node, |body| {
        if body.kind() != "body" {
            return;
        }
        each(body, |entry| {
            let Some(key) = entry.named_child(0).filter(|_| entry.kind() == "attribute") else {
                return;
            };
            let name = format!("local.{}", source.text_of(key));
            let (line, end_line) = (line_of(entry), end_line_of(entry));
            let symbol = facts.add_symbol(&name, NodeKind::Resource, line, end_line);
            let outer = facts.enter_symbol(symbol, BlockKind::Plain);
            each(entry, |part| visit(source, facts, part, depth + 4));
            facts.leave(outer);
        });
    });
}

/// `source = "./path"` of a module, or its registry address.
fn attribute(source: &Source<'_>, facts: &mut FactsBuilder, entry: Node<'_>) {
    let (Some(key), Some(value)) = (entry.named_child(0), entry.named_child(1)) else {
        return;
    };
    if source.text_of(key) != "source" {
        return;
    }
    let text = source.text_of(value).trim_matches('"');
    let line = line_of(entry);
    if text.starts_with('.') {
        // A module is its folder; `main.tf` is where one looks first.
        let path = format!("{}/main.tf", text.trim_end_matches('/'));
        facts.mention(&path, MentionKind::Path, EdgeKind::References, line);
    } else {
        package(facts, "terraform", text, line);
    }
}

/// `var.x`, `aws_x.name.attr`, `module.m.out`, `data.t.n`: the part that names a block.
fn traversal(source: &Source<'_>, facts: &mut FactsBuilder, node: Node<'_>) {
    let root = source.text_of(node);
    let mut parts = vec![root];
    let mut next = node.next_named_sibling();
    while let Some(part) = next.filter(|part| part.kind() == "get_attr" && parts.len() < 3) {
        parts.push(source.text_of(part).trim_start_matches('.'));
        next = part.next_named_sibling();
    }
    let length = match root {
        "data" => 3,
        "each" | "count" | "path" | "self" | "terraform" => return,
        _ => 2,
    };
    if parts.len() >= length {
        let name = parts[..length].join(".");
        facts.mention(
            &name,
            MentionKind::Resource,
            EdgeKind::References,
            line_of(node),
        );
    }
}

/// `file("${path.module}/x")` and `templatefile(…)`.
fn file_call(source: &Source<'_>, facts: &mut FactsBuilder, node: Node<'_>) {
    let text = source.text_of(node);
    let is_file = ["file(", "templatefile(", "filebase64(", "filemd5("]
        .iter()
        .any(|start| text.starts_with(start));
    let Some(argument) = text.split('"').nth(1).filter(|_| is_file) else {
        return;
    };
    let path = argument
        .trim_start_matches("${path.module}/")
        .trim_start_matches("${path.root}/");
    if !path.contains('$') {
        facts.mention(path, MentionKind::Path, EdgeKind::References, line_of(node));
    }
}
