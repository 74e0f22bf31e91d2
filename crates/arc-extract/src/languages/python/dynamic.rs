//! Names that are put together at run time, as far as their parts are constants.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "of all expressions few give a text of which something is known"
)]

use tree_sitter::Node;

use super::lower::Lowering;
use super::syntax::Expression;
use crate::facts::{Expr, ExprId, Name, Role};
use crate::languages::FORWARDED;
use crate::languages::affixes::{Affixes, members_between};
use crate::languages::python::MISSING_MEMBER;

/// Operators of a sum that are looked through.
const MAX_PARTS: u32 = 16;

impl<'s> Lowering<'s, '_> {
    /// `getattr(object, name)`: a member of the object if the name is known, members if its beginning or end is.
    pub(super) fn get_attribute(
        &mut self,
        object: Node<'s>,
        arguments: Node<'s>,
        line: u32,
    ) -> Option<ExprId> {
        let name = arguments.named_child(1)?;
        self.note_forwarding(object, name, line);
        let affixes = self.affixes(name, 0)?;
        if affixes.text().is_none() && !affixes.is_telling() {
            return None;
        }
        let base = self.expr(object, Role::Argument);
        let member = match affixes.text() {
            Some(text) => self.facts.member_expr(base, text, line, Role::Use),
            None => {
                // What the name is made of is evaluated as well.
                if let Some(name) = arguments.named_child(1) {
                    self.expr(name, Role::Argument);
                }
                members_between(self.facts, base, &affixes, "str", line)
            }
        };
        let Some(default) = arguments.named_child(2) else {
            return Some(member);
        };
        let default = self.expr(default, Role::Argument);
        Some(self.facts.either(&[member, default], line))
    }

    /// `def __getattr__(self, name): return getattr(object, name)`: the class has the members of the object as well.
    fn note_forwarding(&mut self, object: Node<'s>, name: Node<'s>, line: u32) {
        let frame = self.frames.top();
        let (receiver, method) = (frame.receiver, frame.symbol);
        if receiver == Name::NONE || self.kind(name) != Expression::Identifier {
            return;
        }
        let facts = self.facts.facts();
        let Some(method) = facts.symbols.get(method.index()) else {
            return;
        };
        if facts.text(method.name) != MISSING_MEMBER {
            return;
        }
        let object = self.expr(object, Role::Argument);
        let receiver = self.facts.expr(Expr::Name(receiver), line, Role::Silent);
        let behind = self.facts.name(FORWARDED);
        self.bind_element(receiver, behind, object, line);
    }

    /// Remembers what is known of the text that a variable is given.
    pub(super) fn note_text(&mut self, target: Node<'s>, value: Node<'s>) {
        if self.kind(target) != Expression::Identifier {
            return;
        }
        let name = self.text_of(target);
        let name = self.facts.name(name);
        let may_be_text = matches!(
            self.kind(value),
            Expression::Text | Expression::Binary | Expression::Call
        );
        let known = may_be_text
            .then(|| self.affixes(value, 0))
            .flatten()
            .filter(Affixes::is_telling);
        self.frames.note_text(name, known);
    }

    /// What is known of a text; `None` where nothing says that it is one.
    fn affixes(&self, node: Node<'s>, depth: u32) -> Option<Affixes> {
        if depth > MAX_PARTS {
            return None;
        }
        match self.kind(node) {
            Expression::Text => match self.plain_text(node) {
                Some(text) => Some(Affixes::whole(text)),
                None => {
                    let (prefix, content) = super::expr::string_parts(self.text_of(node))?;
                    let is_template = prefix.contains(['f', 'F']);
                    is_template.then(|| between_braces(content))?
                }
            },
            Expression::Parentheses => self.affixes(node.named_child(0)?, depth + 1),
            Expression::Identifier => self.frames.noted_text(self.facts, self.text_of(node)),
            Expression::Binary => self.joined(node, depth),
            Expression::Call => self.formatted(node),
            _ => None,
        }
    }

    fn joined(&self, node: Node<'s>, depth: u32) -> Option<Affixes> {
        let fields = &self.syntax.fields;
        let left = self.field(node, fields.left)?;
        let right = self.field(node, fields.right)?;
        match self.text_of(self.field(node, fields.operator)?) {
            "+" => {
                let known = [left, right].map(|part| self.affixes(part, depth + 1));
                if known.iter().all(Option::is_none) {
                    return None;
                }
                let [left, right] = known.map(Option::unwrap_or_default);
                Some(left.then(right))
            }
            "%" => between_conversions(self.plain_text(left)?),
            _ => None,
        }
    }

    /// `"visit_{}".format(kind)`.
    fn formatted(&self, node: Node<'s>) -> Option<Affixes> {
        let fields = &self.syntax.fields;
        let function = self.field(node, fields.function)?;
        if self.kind(function) != Expression::Attribute
            || self.text_of(self.field(function, fields.attribute)?) != "format"
        {
            return None;
        }
        between_braces(self.plain_text(self.field(function, fields.object)?)?)
    }
}

/// The constant ends of a text with replacements in braces.
fn between_braces(content: &str) -> Option<Affixes> {
    let (start, rest) = content.split_once('{')?;
    let (_, end) = rest.rsplit_once('}')?;
    // A doubled brace is none; such names are no members.
    let is_plain = !content.contains("{{") && !content.contains("}}");
    is_plain.then(|| Affixes::around(start, end))
}

/// The constant ends of a text with conversions (`visit_%s`, `do_%(name)s`).
fn between_conversions(content: &str) -> Option<Affixes> {
    let (start, rest) = content.split_once('%')?;
    let last = rest.rsplit('%').next().unwrap_or(rest);
    let last = match last.strip_prefix('(') {
        Some(named) => named.split_once(')')?.1,
        None => last,
    };
    let end = last.find(|c: char| c.is_ascii_alphabetic())?;
    Some(Affixes::around(start, &last[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_templates_are_known() {
        let around = |start, end| Some(Affixes::around(start, end));
        assert_eq!(between_braces("visit_{kind}_x"), around("visit_", "_x"));
        assert_eq!(between_braces("a_{b}_{c}_d"), around("a_", "_d"));
        assert_eq!(between_braces("{{a}}"), None);
        assert_eq!(between_braces("plain"), None);
        assert_eq!(between_conversions("do_%s"), around("do_", ""));
        assert_eq!(between_conversions("do_%(n)s_x"), around("do_", "_x"));
        assert_eq!(between_conversions("do_%s_%02d_y"), around("do_", "_y"));
        assert_eq!(between_conversions("50%"), None);
    }
}
