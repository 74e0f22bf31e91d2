//! Facts as text, for the tests of lowering.

use std::fmt::Write as _;

use arc_graph::NodeKind;

use crate::facts::{Expr, ExprId, FileFacts, ListId, Role};

/// Symbols, bindings, members, returns, then the calls and uses that stand on their own.
pub(crate) fn dump(facts: &FileFacts) -> String {
    let mut out = String::new();
    for symbol in &facts.symbols[1..] {
        let kind = NodeKind::from_number(symbol.kind).map_or("?", NodeKind::as_str);
        let parent = facts.text(facts.symbols[symbol.parent.index()].name);
        let owner = facts.text(symbol.owner);
        let params: Vec<String> = symbol
            .params
            .iter()
            .map(|p| format!("{}: {}", facts.text(p.name), show(facts, p.declared)))
            .collect();
        let bases: Vec<String> = facts.list(symbol.bases).map(|e| show(facts, e)).collect();
        let name = facts.text(symbol.name);
        let declared = show(facts, symbol.declared);
        writeln!(
            out,
            "{kind} {parent}{owner}.{name}({}) {declared} <{}> flags {:x}",
            params.join(", "),
            bases.join(", "),
            symbol.flags
        )
        .expect("a string takes text");
    }
    for binding in &facts.bindings {
        if matches!(
            facts.exprs.get(binding.value).map(|e| e.expr),
            Some(Expr::Symbol(_))
        ) && binding.symbol.is_some()
        {
            continue;
        }
        let value = show(facts, binding.value);
        let declared = show(facts, binding.declared);
        let name = facts.text(binding.name);
        writeln!(out, "{name} = {value} : {declared}").expect("a string takes text");
    }
    for member in &facts.members {
        let name = facts.text(member.name);
        let (base, value) = (show(facts, member.base), show(facts, member.value));
        writeln!(out, "{base}.[{name}] = {value}").expect("a string takes text");
    }
    for returned in &facts.returns {
        writeln!(out, "return {}", show(facts, returned.value)).expect("a string takes text");
    }
    for (index, node) in facts.exprs.iter().enumerate() {
        if node.role != Role::Silent as u8 && node.role != Role::Type as u8 {
            let owner = facts.blocks[node.block.index()].symbol;
            let owner = facts.text(facts.symbols[owner.index()].name);
            let shown = show(facts, ExprId(index as u32));
            writeln!(out, "{}: {owner}: role {} {shown}", node.line, node.role)
                .expect("a string takes text");
        }
    }
    out
}

fn list(facts: &FileFacts, list: ListId) -> String {
    let items: Vec<String> = facts.list(list).map(|item| show(facts, item)).collect();
    items.join(", ")
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what has no shorter form is printed as it is"
)]
fn show(facts: &FileFacts, id: ExprId) -> String {
    let Some(node) = facts.exprs.get(id) else {
        return "-".to_owned();
    };
    match node.expr {
        Expr::Name(name) => facts.text(name).to_owned(),
        Expr::Member(base, name) => format!("{}.{}", show(facts, base), facts.text(name)),
        Expr::Call(callee, args) => format!("{}({})", show(facts, callee), list(facts, args)),
        Expr::New(ty, args) => format!("new {}({})", show(facts, ty), list(facts, args)),
        Expr::Keyword(name, value) => format!("{}={}", facts.text(name), show(facts, value)),
        Expr::Spread(value) => format!("*{}", show(facts, value)),
        Expr::Index(base, key) => format!("{}[{}]", show(facts, base), show(facts, key)),
        Expr::Symbol(symbol) => format!("@{}", facts.text(facts.symbols[symbol.index()].name)),
        Expr::Import(import) => format!(
            "import {}",
            facts.text(facts.imports[import.index()].module)
        ),
        Expr::Text(text) => format!("{:?}", facts.text(text)),
        Expr::Literal(kind) => format!("#{}", facts.text(kind)),
        Expr::List(items) => format!("[{}]", list(facts, items)),
        Expr::Tuple(items) => format!("({})", list(facts, items)),
        Expr::Map(items) => format!("{{{}}}", list(facts, items)),
        Expr::Object(items) => format!("object({})", list(facts, items)),
        Expr::Element(value) => format!("element({})", show(facts, value)),
        Expr::Item(value, n) => format!("item({}, {n})", show(facts, value)),
        Expr::Either(items) => format!("either({})", list(facts, items)),
        Expr::Cast(value, ty) => format!("cast({}, {})", show(facts, value), show(facts, ty)),
        Expr::Apply(base, items) => format!("{}<{}>", show(facts, base), list(facts, items)),
        Expr::Operator(name, items) => {
            format!("operator {}({})", facts.text(name), list(facts, items))
        }
        Expr::Signature(items) => format!("fn({})", list(facts, items)),
        Expr::Payload(value, pattern, field) => format!(
            "payload({}, {}, {})",
            show(facts, value),
            show(facts, pattern),
            show(facts, field)
        ),
        other => format!("{other:?}"),
    }
}
