//! Giving values to names, members and elements.

use tree_sitter::Node;

use super::walk::{Place, Walk};
use crate::facts::{Binding, BlockId, Expr, ExprId, MemberBinding, Name, Role, SymbolId};
use crate::source::line_of;
use arc_graph::NodeKind;

/// Patterns nested deeper than this bind nothing.
const MAX_PATTERN_DEPTH: u32 = 16;

impl<'w> Walk<'w> {
    pub(super) fn assignment(&mut self, node: Node<'w>, left: &str, right: &str) -> ExprId {
        let value = self.field_value(node, right);
        if let Some(left) = node.child_by_field_name(left) {
            self.assign_to(left, value);
        }
        value
    }

    /// Gives what `target` names the value.
    pub(in crate::languages) fn assign_to(&mut self, target: Node<'w>, value: ExprId) {
        let place = self.value(target);
        self.assign_expr(place, value, line_of(target), 0);
    }

    /// Gives what the expression names the value: a name, member, element, or the parts of a list or tuple.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a place is a name, member, element or sequence; other expressions take no value"
    )]
    pub(in crate::languages) fn assign_expr(
        &mut self,
        place: ExprId,
        value: ExprId,
        line: u32,
        depth: u32,
    ) {
        let Some(node) = self.facts.facts().exprs.get(place) else {
            return;
        };
        match node.expr {
            Expr::Name(name) => self.assign_name(name, place, value, line),
            Expr::Member(base, name) => {
                self.facts.set_role(place, Role::Write);
                let symbol = self.own_field(base, name, line);
                self.member(base, name, value, symbol, line);
            }
            Expr::Index(base, key) => {
                let name = match self.facts.facts().exprs.get(key).map(|key| key.expr) {
                    Some(Expr::Text(name)) => name,
                    _ => Name::NONE,
                };
                self.member(base, name, value, SymbolId::NONE, line);
            }
            Expr::List(items) | Expr::Tuple(items) if depth < MAX_PATTERN_DEPTH => {
                let items: Vec<ExprId> = self.facts.facts().list(items).collect();
                for (index, item) in items.into_iter().enumerate() {
                    let part = if value.is_some() {
                        self.facts
                            .expr(Expr::Item(value, index as u32), line, Role::Silent)
                    } else {
                        ExprId::NONE
                    };
                    self.assign_expr(item, part, line, depth + 1);
                }
            }
            _ => {}
        }
    }

    fn member(&mut self, base: ExprId, name: Name, value: ExprId, symbol: SymbolId, line: u32) {
        self.facts.bind_member(MemberBinding {
            base,
            name,
            value,
            declared: ExprId::NONE,
            symbol,
            line,
        });
    }

    fn assign_name(&mut self, name: Name, place: ExprId, value: ExprId, line: u32) {
        let declares = self.outline.assignment_declares;
        if declares && !self.locals.contains(name) && self.place == Place::Function {
            self.locals.declare(name);
        }
        let is_local = self.locals.contains(name);
        let role = if is_local || declares {
            Role::Silent
        } else {
            Role::Write
        };
        self.facts.set_role(place, role);
        let scope = if declares {
            self.function_block()
        } else {
            BlockId::NONE
        };
        let (block, at) = (self.facts.block(), self.facts.now());
        self.facts.push_binding(Binding {
            name,
            scope,
            block,
            at,
            value,
            declared: ExprId::NONE,
            symbol: SymbolId::NONE,
            line,
        });
    }

    /// The field that an assignment to a member of the own instance makes, in languages that declare fields so.
    fn own_field(&mut self, base: ExprId, name: Name, line: u32) -> SymbolId {
        let is_own = self
            .facts
            .facts()
            .exprs
            .get(base)
            .is_some_and(|base| base.expr == Expr::This);
        if !self.outline.assignment_declares || !is_own {
            return SymbolId::NONE;
        }
        let Some(class) = self.classes.last() else {
            return SymbolId::NONE;
        };
        let owner = class.symbol;
        if class.fields.contains_key(&name) {
            return SymbolId::NONE;
        }
        let text = self.facts.text(name).to_owned();
        let symbol = self.facts.add_symbol(&text, NodeKind::Field, line, line);
        self.facts.symbol_mut(symbol).parent = owner;
        if let Some(class) = self.classes.last_mut() {
            class.fields.insert(name, symbol);
        }
        symbol
    }
}
