//! Names of properties that are put together at run time, as far as their parts are constants.

use super::lower::{Kid, Lowering, unquote};
use super::syntax::{field, kind};
use crate::languages::affixes::Affixes;

/// Operators of a sum that are looked through.
const MAX_AFFIXES: u32 = 16;

impl<'a> Lowering<'a, '_> {
    /// What is known of a text that is put together.
    pub(super) fn affixes(&mut self, kid: Kid<'a>, depth: u32) -> Option<Affixes> {
        match kid.kind {
            kind::STRING => Some(Affixes::whole(unquote(self.text_of(kid.node)))),
            kind::TEMPLATE_STRING => {
                let content = unquote(self.text_of(kid.node));
                let (start, rest) = content.split_once("${")?;
                let (_, end) = rest.rsplit_once('}')?;
                Some(Affixes::around(start, end))
            }
            kind::BINARY if depth < MAX_AFFIXES => {
                let kids = self.open(kid.node);
                let left = self.field(kids, field::LEFT);
                let right = self.field(kids, field::RIGHT);
                let operator = self.field(kids, field::OPERATOR);
                self.close(kids);
                let (left, right) = (left?, right?);
                if operator.is_none_or(|operator| self.text_of(operator.node) != "+") {
                    return None;
                }
                let left = self.affixes(left, depth + 1);
                let right = self.affixes(right, depth + 1);
                if left.is_none() && right.is_none() {
                    return None;
                }
                Some(left.unwrap_or_default().then(right.unwrap_or_default()))
            }
            _ => None,
        }
    }
}
