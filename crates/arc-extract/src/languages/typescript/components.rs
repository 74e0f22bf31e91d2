//! Single-file components (Vue, Svelte): the scripts inside, parsed where they stand so that lines are right.

use tree_sitter::{Parser, Point, Range};

use super::lower::Lowering;
use super::syntax::{Grammar, JAVASCRIPT, TSX, TYPESCRIPT};
use crate::builder::FactsBuilder;
use crate::facts::{Expr, Role, SymbolId};
use crate::source::Source;

/// Whether a path is a single-file component.
pub(super) fn is_component(path: &str) -> bool {
    path.ends_with(".vue") || path.ends_with(".svelte")
}

/// Lowers all scripts of a component as one module. The component itself is its default export.
pub(super) fn lower(source: &Source<'_>, facts: &mut FactsBuilder) {
    let scripts = scripts(source.text);
    let grammar: &'static Grammar = match scripts.iter().find_map(|script| script.language) {
        Some("ts" | "typescript") => &TYPESCRIPT,
        Some("tsx") => &TSX,
        _ => &JAVASCRIPT,
    };
    let ranges: Vec<Range> = scripts.iter().map(|script| script.range).collect();
    let mut parser = Parser::new();
    if parser.set_language(&grammar.language).is_err()
        || parser.set_included_ranges(&ranges).is_err()
    {
        facts.diagnose("cannot parse the scripts of the component".to_owned());
        return;
    }
    if !ranges.is_empty() {
        let Some(tree) = parser.parse(source.text, None) else {
            facts.diagnose("cannot parse the scripts of the component".to_owned());
            return;
        };
        let root = tree.root_node();
        let mut lowering = Lowering::new(source.path, source.text, root, grammar, facts);
        lowering.is_typed = !std::ptr::eq(grammar, &*JAVASCRIPT);
        lowering.file(root);
    }
    let has_default = facts
        .facts()
        .exports
        .iter()
        .any(|export| facts.text(export.name) == "default");
    if !has_default {
        let component = facts.expr(Expr::Symbol(SymbolId(0)), 1, Role::Silent);
        facts.export("default", component, 1);
    }
}

struct Script<'a> {
    range: Range,
    language: Option<&'a str>,
}

/// The `<script>` elements at the top of a component.
fn scripts(text: &str) -> Vec<Script<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("<script") {
        let tag = at + start;
        let Some(open) = text[tag..].find('>') else {
            break;
        };
        let attributes = &text[tag + "<script".len()..tag + open];
        let body = tag + open + 1;
        let Some(length) = text[body..].find("</script") else {
            break;
        };
        at = body + length;
        let continues_name = attributes.starts_with(|c: char| c.is_alphanumeric() || c == '-');
        if !continues_name && !attributes.ends_with('/') {
            found.push(Script {
                range: Range {
                    start_byte: body,
                    end_byte: at,
                    start_point: point(text, body),
                    end_point: point(text, at),
                },
                language: attribute(attributes, "lang"),
            });
        }
    }
    found
}

fn point(text: &str, byte: usize) -> Point {
    let before = &text.as_bytes()[..byte];
    let row = before.iter().filter(|byte| **byte == b'\n').count();
    let column = before
        .iter()
        .rev()
        .take_while(|byte| **byte != b'\n')
        .count();
    Point::new(row, column)
}

fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let after = attributes.split(name).nth(1)?.trim_start();
    let value = after.strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split(quote).next()
}
