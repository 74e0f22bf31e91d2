//! Properties and INI files: the keys of those that hold a program's configuration. Bundles of messages say nothing.

use super::linked::Linked;
use super::settings::{is_configuration, lines};
use crate::builder::FactsBuilder;
use crate::source::Source;

pub(super) static PROPERTIES: Linked = Linked {
    name: "properties",
    extensions: &["ini", "properties"],
    file_names: &[],
    grammar: None,
    lower,
};

fn lower(source: &Source<'_>, facts: &mut FactsBuilder) {
    if is_configuration(source.path) {
        lines(source.text, facts);
    }
}

#[cfg(test)]
mod tests {
    use crate::extract::extract;

    #[test]
    fn keys_are_kept_and_values_are_not() {
        let text =
            "# a=1\nserver.port=80\nserver.max-size: secret\n[db]\nurl = ${DB_URL}\nodd line\n=\n";
        let facts = extract(
            "properties",
            "src/main/resources/application-dev.properties",
            text,
        );
        let names: Vec<&str> = facts.symbols[1..]
            .iter()
            .map(|fact| facts.text(fact.name))
            .collect();
        let expected = ["server", "server.port", "server.max-size", "db", "db.url"];
        assert_eq!(names, expected);
        assert!(facts.names.iter().all(|name| !name.contains("secret")));
        let messages = extract("properties", "messages_de.properties", text);
        assert_eq!(messages.symbols.len(), 1);
    }
}
