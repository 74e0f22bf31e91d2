//! Texts of which only the beginning and the end are known, and members that are looked up by such a text:
//! `getattr(self, "visit_" + kind)`, `` this[`on${name}`] ``.

use crate::builder::FactsBuilder;
use crate::facts::{Expr, ExprId, Role};

/// Letters of a name that must be known for it to be worth a search.
const MIN_KNOWN: usize = 2;

/// What is known of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Affixes {
    start: String,
    end: String,
    /// `start` is all of it, and so is `end`.
    is_whole: bool,
}

impl Affixes {
    /// A text that is known.
    pub(super) fn whole(text: &str) -> Affixes {
        Affixes {
            start: text.to_owned(),
            end: text.to_owned(),
            is_whole: true,
        }
    }

    /// A text whose beginning and end are known, with something between them.
    pub(super) fn around(start: &str, end: &str) -> Affixes {
        Affixes {
            start: start.to_owned(),
            end: end.to_owned(),
            is_whole: false,
        }
    }

    /// One text after another.
    pub(super) fn then(self, next: Affixes) -> Affixes {
        let start = if self.is_whole {
            self.start.clone() + &next.start
        } else {
            self.start
        };
        let end = if next.is_whole {
            self.end + &next.end
        } else {
            next.end
        };
        Affixes {
            start,
            end,
            is_whole: self.is_whole && next.is_whole,
        }
    }

    /// All of it, if all is known.
    pub(super) fn text(&self) -> Option<&str> {
        self.is_whole.then_some(&self.start)
    }

    /// Whether few names have such a beginning and end.
    pub(super) fn is_telling(&self) -> bool {
        let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
        letters(&self.start) + letters(&self.end) >= MIN_KNOWN
    }
}

/// The members of `base` whose names begin and end so: an [`Expr::Index`] whose key is an [`Expr::Apply`] of the text type
/// to both ends.
pub(super) fn members_between(
    facts: &mut FactsBuilder,
    base: ExprId,
    affixes: &Affixes,
    text_type: &str,
    line: u32,
) -> ExprId {
    let kind = facts.literal_expr(text_type, line);
    let ends = [&affixes.start, &affixes.end].map(|end| facts.text_expr(end, text_type, line));
    let ends = facts.list(&ends);
    let key = facts.expr(Expr::Apply(kind, ends), line, Role::Silent);
    facts.expr(Expr::Index(base, key), line, Role::Silent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_joined_as_far_as_they_are_known() {
        let visit = Affixes::whole("visit_");
        let hole = Affixes::default();
        let kind = visit.clone().then(hole.clone());
        assert_eq!(kind, Affixes::around("visit_", ""));
        assert_eq!(
            kind.clone().then(Affixes::whole("_x")),
            Affixes::around("visit_", "_x")
        );
        assert_eq!(hole.then(kind.clone()), Affixes::around("", ""));
        assert_eq!(
            visit.then(Affixes::whole("a")).text(),
            Some("visit_a"),
            "two whole texts are a whole text"
        );
        assert!(kind.is_telling());
        assert!(!Affixes::around("_", "").is_telling());
    }
}
