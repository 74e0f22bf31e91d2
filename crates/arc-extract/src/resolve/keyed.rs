//! Results that a key chooses: `function get<K extends keyof T>(key: K): T[K]`.

use crate::languages::KEYED;
use crate::resolve::evaluate::Evaluator;
use crate::resolve::values::{Args, Typed, Value, Values};

impl Evaluator<'_, '_> {
    /// The members that constant keys mean, in the place of what only says that a key chooses one. Where no key is known nothing
    /// is.
    pub(super) fn chosen_by_key(&self, result: Values) -> Values {
        // Every result comes by: that the type is one of a prelude is seen at once.
        let may_be = |item: Typed| match item.value {
            Value::Instance(class, args) => {
                args != Args::NONE && class.file as usize >= self.program.project_files
            }
            _ => false,
        };
        if !result.iter().any(may_be) {
            return result;
        }
        let Some(keyed) = self.prelude_class(KEYED) else {
            return result;
        };
        let mut chosen = Values::unknown();
        for item in result.iter() {
            match item.value {
                Value::Instance(class, args) if class == keyed => {
                    if let [of, keys] = &self.program.args_of(args)[..] {
                        chosen.extend(&self.members_by_keys(of, keys).weakened(item.rule));
                    }
                }
                value => chosen.add(value, item.rule),
            }
        }
        chosen
    }

    fn members_by_keys(&self, of: &Values, keys: &Values) -> Values {
        let mut members = Values::unknown();
        for key in keys.iter() {
            let Value::Text(name) = key.value else {
                continue;
            };
            for of in of.iter() {
                members.extend(&self.member_values(of, name, false));
            }
        }
        members
    }
}
