//! Members that may be the project's though nothing tells so: they are kept as open references, so that whoever asks what depends on
//! such a member does not hear «nothing».

use crate::facts::{Expr, ExprId, Name};
use crate::resolve::Unresolved;
use crate::resolve::edges::EdgeCollector;
use crate::resolve::edges::calls::Site;
use crate::resolve::values::{OutsideName, Value, Values};

/// Shorter names occur everywhere. Longer ones that few have do not: with three letters instead of six references that are left open
/// rise by less than a tenth.
const MIN_TELLING: usize = 3;

impl EdgeCollector<'_, '_, '_> {
    /// A call of a member of something outside, under a name that the project has: what is outside may well hand the call back, as
    /// plugin managers do. Where the type outside is known, only names that little has are kept.
    pub(super) fn handed_back(&mut self, site: &Site, values: &Values) {
        let is_outside = values
            .iter()
            .all(|item| matches!(item.value, Value::OutsideInstance(_)));
        let Expr::Member(base, name) = self.evaluator.expr_of(site.callee) else {
            return;
        };
        if !is_outside || self.evaluator.file.facts.text(name).len() < MIN_TELLING {
            return;
        }
        let is_kept = if self.names_type(base) {
            // A function of that type, whatever it hands out.
            false
        } else if is_of_any_type(&self.evaluator.eval(base)) {
            self.is_called_in_project(name)
        } else {
            !self.bare_candidates(site.callee, name).is_empty()
        };
        if is_kept {
            self.keep_open(site.src, name, site.line);
        }
    }

    /// A member that is read or written, not called, of something that nobody knows or that is outside, under a name that a
    /// function or field of the project has.
    pub(super) fn unknown_member(&mut self, member: ExprId, src: u32, line: u32) {
        let Expr::Member(base, name) = self.evaluator.expr_of(member) else {
            return;
        };
        let values = self.evaluator.eval(base);
        let may_be_ours = if values.is_unknown() {
            true
        } else {
            is_of_any_type(&values) && self.evaluator.file.facts.text(name).len() >= MIN_TELLING
        };
        if may_be_ours && (self.is_called_in_project(name) || self.is_field_in_project(name)) {
            self.keep_open(src, name, line);
        }
    }

    /// Whether an expression of Rust is the name of a type: `Command` of `Command::new`.
    fn names_type(&self, id: ExprId) -> bool {
        let file = self.evaluator.file;
        match self.evaluator.expr_of(id) {
            Expr::Name(name) | Expr::Member(_, name) => {
                let text = file.facts.text(name);
                file.semantics.imports_are_paths
                    && text.starts_with(char::is_uppercase)
                    // A constant holds a value.
                    && text.contains(char::is_lowercase)
            }
            Expr::Apply(base, _) => self.names_type(base),
            _ => false,
        }
    }

    fn keep_open(&mut self, src: u32, name: Name, line: u32) {
        let name = self.evaluator.file.facts.text(name).to_owned();
        self.unresolved.insert(Unresolved { src, name, line });
    }

    fn is_called_in_project(&self, name: Name) -> bool {
        let file = self.evaluator.file;
        let found = self.bare.of(file.global(name), file.language.name());
        !found.is_empty()
    }

    fn is_field_in_project(&self, name: Name) -> bool {
        let file = self.evaluator.file;
        self.bare.has_field(file.global(name), file.language.name())
    }
}

/// Whether values are of something outside, of which not even the type is known.
fn is_of_any_type(values: &Values) -> bool {
    !values.is_unknown()
        && values
            .iter()
            .all(|item| item.value == Value::OutsideInstance(OutsideName::UNNAMED))
}
