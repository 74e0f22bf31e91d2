//! Methods that say by an annotation which procedure of which service they answer for.

use super::rules::EndRules;
use super::{Draft, Side, Space};
use crate::builder::FactsBuilder;
use crate::facts::{Expr, ExprId};

/// The procedures that methods of a file answer for: the key is the service, the verb the procedure, empty where it has
/// the method's name.
pub(super) fn find(facts: &FactsBuilder, rules: &EndRules) -> Vec<Draft> {
    let text = |arg: ExprId| {
        if let Expr::Text(text) = facts.facts().exprs.expr(arg) {
            return Some(facts.text(text));
        }
        None
    };
    let names = rules.services.procedures;
    let notes = facts.notes().annotations.iter();
    let ours = notes.filter(|note| names.contains(&facts.text(note.name)));
    let drafts = ours.filter_map(|note| {
        let mut args = note.args.iter().map(|(_, arg)| text(*arg));
        let service = args.next()??;
        Some(Draft {
            verb: args.next().flatten().unwrap_or("").to_owned(),
            line: note.line,
            ..Draft::new(Space::Service, Side::Uses, service, note.symbol)
        })
    });
    drafts.collect()
}
