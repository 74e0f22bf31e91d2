//! The names that a text gives itself, and where.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use arc_extract::FileFacts;
use arc_graph::NodeKind;

/// The names that a text gives itself: definitions, parameters, variables, imports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// Those that all of the text has.
    everywhere: BTreeSet<String>,
    /// The lines of the functions that have a name for themselves.
    inside: BTreeMap<String, Vec<RangeInclusive<u32>>>,
    /// Those that stand where something is imported, and are no definitions.
    imported: BTreeSet<String>,
}

impl Given {
    pub(super) fn of(facts: &FileFacts) -> Given {
        let mut given = Given::default();
        let functions: Vec<RangeInclusive<u32>> = facts
            .symbols
            .iter()
            .filter(|symbol| {
                let kind = NodeKind::from_number(symbol.kind);
                matches!(
                    kind,
                    Some(NodeKind::Function | NodeKind::Method | NodeKind::Test | NodeKind::Lambda)
                )
            })
            .map(|symbol| symbol.line..=symbol.end_line)
            .collect();
        let imports: BTreeSet<u32> = facts.imports.iter().map(|import| import.line).collect();
        for binding in &facts.bindings {
            // The outermost function: one inside of it sees its names.
            let around = functions.iter().find(|lines| lines.contains(&binding.line));
            let around = around.filter(|_| !imports.contains(&binding.line));
            given.add(facts.text(binding.name), around.cloned());
            if imports.contains(&binding.line) {
                given.imported.insert(facts.text(binding.name).to_owned());
            }
        }
        for symbol in &facts.symbols {
            let own = symbol.line..=symbol.end_line;
            let around = functions
                .iter()
                .find(|lines| lines.contains(&symbol.line) && **lines != own);
            given.add(facts.text(symbol.name), around.cloned());
            given.imported.remove(facts.text(symbol.name));
            let types = symbol.type_params.iter().map(|param| param.name);
            for name in symbol.params.iter().map(|param| param.name).chain(types) {
                given.add(facts.text(name), Some(own.clone()));
            }
        }
        given
    }

    fn add(&mut self, name: &str, around: Option<RangeInclusive<u32>>) {
        match around {
            Some(lines) => self.inside.entry(name.to_owned()).or_default().push(lines),
            None => drop(self.everywhere.insert(name.to_owned())),
        }
    }

    /// Whether a name came by an import alone.
    #[must_use]
    pub fn is_imported(&self, name: &str) -> bool {
        self.imported.contains(name)
    }

    /// Whether a line has a name from the text; `None` for a line that nobody knows.
    #[must_use]
    pub fn has(&self, name: &str, line: Option<u32>) -> bool {
        let inside = || self.inside.get(name).into_iter().flatten();
        self.everywhere.contains(name)
            || inside().any(|lines| line.is_none_or(|line| lines.contains(&line)))
    }
}

#[cfg(test)]
mod tests {
    use super::Given;

    #[test]
    fn a_name_of_one_function_is_not_given_to_another() {
        let text = "import os\n\n\ndef f(path):\n    error = path\n    return error\n\n\ndef g():\n    return 1\n";
        let given = Given::of(&arc_extract::extract("python", "a.py", text));
        let has = |name: &str, line| given.has(name, Some(line));
        assert!(has("os", 10) && has("g", 5));
        assert!(has("error", 6) && has("path", 5));
        assert!(!has("error", 10) && !has("path", 10));
        assert!(given.is_imported("os") && !given.is_imported("g"));
        assert!(given.has("error", None) && !given.has("other", None));
    }
}
