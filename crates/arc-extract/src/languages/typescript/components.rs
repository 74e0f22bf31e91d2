//! Single-file components (Vue, Svelte): the scripts inside, parsed where they stand so that lines are right.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few shapes of `Expr` hold options; any other holds none"
)]

use rustc_hash::FxHashSet;
use tree_sitter::{Point, Range};

use super::lower::Lowering;
use super::syntax::{Grammar, JAVASCRIPT, TSX, TYPESCRIPT};
use crate::builder::FactsBuilder;
use crate::facts::{Expr, ExprId, Role, SymbolId, flag};
use crate::parsing::parse_with;
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
    let mut parser = arc_grammar::parser();
    if parser.set_language(&grammar.language).is_err()
        || parser.set_included_ranges(&ranges).is_err()
    {
        facts.diagnose("cannot parse the scripts of the component".to_owned());
        return;
    }
    if !ranges.is_empty() {
        let Some(tree) = parse_with(&mut parser, source.text, None) else {
            facts.diagnose("cannot parse the scripts of the component".to_owned());
            return;
        };
        let root = tree.root_node();
        let mut lowering = Lowering::new(source.path, source.text, root, grammar, facts);
        lowering.is_typed = !std::ptr::eq(grammar, &*JAVASCRIPT);
        lowering.file(root);
    }
    run_by_the_framework(source.text, &ranges, facts);
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

/// Options nested deeper than this (`watch: { x: { handler() {} } }`) are not looked into.
const MAX_OPTIONS: u32 = 4;

/// What the framework runs: functions among the options of the component, and whatever the text outside of the scripts
/// names.
fn run_by_the_framework(text: &str, scripts: &[Range], facts: &mut FactsBuilder) {
    let is_default = |name| facts.text(name) == "default";
    let exports = facts.facts().exports.iter();
    let options = exports.filter(|export| is_default(export.name));
    let mut open: Vec<(ExprId, u32)> = options.map(|export| (export.value, 0)).collect();
    let mut run = Vec::new();
    while let Some((value, depth)) = open.pop() {
        let file = facts.facts();
        let inner: Vec<ExprId> = match file.exprs.expr(value) {
            Expr::Symbol(symbol) => {
                run.push(symbol);
                continue;
            }
            Expr::Keyword(_, value) => vec![value],
            // `defineComponent({ … })`
            Expr::Object(items) | Expr::Call(_, items) => file.list(items).collect(),
            _ => continue,
        };
        if depth < 2 * MAX_OPTIONS {
            open.extend(inner.into_iter().map(|value| (value, depth + 1)));
        }
    }
    let mut outside: FxHashSet<&str> = FxHashSet::default();
    let mut at = 0;
    let ends = scripts
        .iter()
        .map(|range| (range.start_byte, range.end_byte));
    for (start, end) in ends.chain([(text.len(), text.len())]) {
        let template = text.get(at..start).unwrap_or("");
        outside.extend(template.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$'))));
        at = end;
    }
    for (at, fact) in facts.facts().symbols.iter().enumerate().skip(1) {
        if outside.contains(facts.text(fact.name)) {
            run.push(SymbolId(at as u32));
        }
    }
    for symbol in run {
        facts.symbol_mut(symbol).flags |= flag::RUN_OUTSIDE;
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
