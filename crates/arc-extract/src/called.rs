//! Which names a file calls, and where.

use crate::facts::{Expr, ExprId, FileFacts, Role};

/// Line and name of every call that the source writes, in no order.
#[must_use]
pub fn called_names(facts: &FileFacts) -> Vec<(u32, &str)> {
    let mut called = Vec::new();
    for node in facts.exprs.iter() {
        if node.role == Role::Silent as u8 {
            continue;
        }
        if let Expr::Call(callee, _) | Expr::New(callee, _) | Expr::Decorated(callee, _) = node.expr
            && let Some(name) = name_of(facts, callee)
        {
            called.push((node.line, name));
        }
    }
    called
}

/// The last name of a callee.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "every other shape of callee, and every new one, has no name"
)]
pub(crate) fn name_of(facts: &FileFacts, mut callee: ExprId) -> Option<&str> {
    // Generic arguments are given to a name; facts that go in circles end.
    for _ in 0..8 {
        match facts.exprs.get(callee)?.expr {
            Expr::Name(name) | Expr::Member(_, name) => return Some(facts.text(name)),
            Expr::Apply(base, _) => callee = base,
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::called_names;
    use crate::extract::extract;

    #[test]
    fn calls_have_the_line_of_the_name() {
        let facts = extract(
            "typescript",
            "a.ts",
            "f(\n  g);\nnew A<B>()\n  .run();\nh;\n",
        );
        let mut called = called_names(&facts);
        called.sort_unstable();
        assert_eq!(called, [(1, "f"), (3, "A"), (4, "run")]);
    }
}
