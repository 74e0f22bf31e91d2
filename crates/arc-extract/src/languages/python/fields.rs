//! Fields that the body of a class describes by a call: `attr.ib(type=…)`, `field(factory=…)`, `Field(default_factory=…)`.

use tree_sitter::Node;

use super::frames::FrameKind;
use super::lower::Lowering;
use super::syntax::Expression;
use crate::facts::{Expr, ExprId, Role};

impl<'s> Lowering<'s, '_> {
    /// What instances have where the body of a class gives a name the value of a call: `value`, unless the call describes a
    /// field.
    pub(super) fn field_value(&mut self, call: Node<'s>, value: ExprId) -> ExprId {
        if self.kind(call) != Expression::Call || self.frames.top().kind != FrameKind::Class {
            return value;
        }
        let describes = matches!(
            self.last_name(call),
            "ib" | "attrib" | "field" | "Field" | "Factory"
        );
        if !describes {
            return value;
        }
        let made = self.made_by_factory(call);
        let declared = self.keyword_argument(call, "type");
        let line = self.line(call);
        match (declared, made) {
            (Some(declared), made) => {
                let declared = self.type_expr(declared);
                let cast = Expr::Cast(made.unwrap_or(ExprId::NONE), declared);
                self.facts.expr(cast, line, Role::Silent)
            }
            (None, Some(made)) => made,
            (None, None) => value,
        }
    }

    /// What a new instance gets: the result of a factory, or a value that is the same for all.
    fn made_by_factory(&mut self, call: Node<'s>) -> Option<ExprId> {
        let is_factory = self.last_name(call) == "Factory";
        let factory = if is_factory {
            let arguments = self.field(call, self.syntax.fields.arguments)?;
            arguments.named_child(0)
        } else {
            let named = self.keyword_argument(call, "factory");
            named.or_else(|| self.keyword_argument(call, "default_factory"))
        };
        if let Some(factory) = factory {
            let line = self.line(factory);
            let factory = self.expr(factory, Role::Silent);
            let nothing = self.facts.list(&[]);
            let made = Expr::Call(factory, nothing);
            return Some(self.facts.expr(made, line, Role::Silent));
        }
        let default = self.keyword_argument(call, "default")?;
        if self.kind(default) == Expression::Call && self.last_name(default) == "Factory" {
            return self.made_by_factory(default);
        }
        Some(self.expr(default, Role::Silent))
    }
}
