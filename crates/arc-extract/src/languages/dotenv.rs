//! Files of environment variables (`.env`). Only the names are read: values are often secrets.

use arc_graph::NodeKind;

use super::linked::{Linked, variable};
use crate::builder::FactsBuilder;
use crate::source::Source;

pub(super) static DOTENV: Linked = Linked {
    name: "dotenv",
    extensions: &["env"],
    file_names: &[".env", ".env.*", ".envrc", ".flaskenv", "env.example"],
    grammar: None,
    lower,
};

/// Variables beyond this many are left out.
const MAX_VARIABLES: usize = 5_000;

fn lower(source: &Source<'_>, facts: &mut FactsBuilder) {
    for (index, line) in source.text.lines().enumerate().take(MAX_VARIABLES) {
        let text = line.trim_start();
        let text = text.strip_prefix("export ").unwrap_or(text);
        if let Some((name, _)) = text.split_once('=') {
            variable(facts, name.trim_end(), NodeKind::Key, index as u32 + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::extract::extract;

    #[test]
    fn names_are_kept_and_values_are_not() {
        let text = "# A=1\nDATABASE_URL=postgres://u:secret@h/db\nexport TOKEN=\"x=y\"\nnot a line\n=\nA-B=1\n";
        let facts = extract("dotenv", ".env", text);
        let names: Vec<&str> = facts.symbols[1..]
            .iter()
            .map(|fact| facts.text(fact.name))
            .collect();
        assert_eq!(names, ["DATABASE_URL", "TOKEN"]);
        assert!(facts.names.iter().all(|name| !name.contains("secret")));
    }
}
