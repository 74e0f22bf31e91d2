//! Tables of databases: statements in texts, types that stand for a table.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "only a text can name a table; any other expression says nothing"
)]

use super::rules::EndRules;
use super::{Draft, Side, Space};
use crate::builder::FactsBuilder;
use crate::facts::{BlockKind, Expr, SymbolId};

/// Statements longer than this are read so far.
const LENGTH: usize = 4_000;
/// The first words of statements.
const BEGINNINGS: &[&str] = &[
    "ALTER", "CREATE", "DELETE", "DROP", "INSERT", "REPLACE", "SELECT", "TRUNCATE", "UPDATE",
    "WITH",
];
/// Tables that one statement names.
const MAX_TABLES: usize = 32;

/// The tables that a text names, if it is a statement: each with whether it is made there.
pub(crate) fn tables(text: &str) -> Vec<(String, bool)> {
    let start = text.trim_start();
    let begins = start.as_bytes().first().map(u8::to_ascii_uppercase);
    if !matches!(
        begins,
        Some(b'S' | b'I' | b'U' | b'D' | b'W' | b'C' | b'A' | b'R' | b'T')
    ) {
        return Vec::new();
    }
    let first = start
        .split(|c: char| c.is_whitespace() || c == '(')
        .next()
        .unwrap_or("");
    if !BEGINNINGS
        .iter()
        .any(|word| word.eq_ignore_ascii_case(first))
    {
        return Vec::new();
    }
    let end = (0..=start.len().min(LENGTH))
        .rev()
        .find(|at| start.is_char_boundary(*at));
    let words = words(&start[..end.unwrap_or(0)]);
    if is_statement(&words) {
        named(&words)
    } else {
        Vec::new()
    }
}

/// Words, with commas, parentheses and semicolons as words of their own.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for part in text.split_whitespace() {
        let mut rest = part;
        while let Some(at) = rest.find([',', '(', ')', ';']) {
            if at > 0 {
                words.push(&rest[..at]);
            }
            words.push(&rest[at..=at]);
            rest = &rest[at + 1..];
        }
        if !rest.is_empty() {
            words.push(rest);
        }
    }
    words
}

fn is_statement(words: &[&str]) -> bool {
    let is = |at: usize, word: &str| {
        words
            .get(at)
            .is_some_and(|given| given.eq_ignore_ascii_case(word))
    };
    let has = |word: &str| words.iter().any(|given| given.eq_ignore_ascii_case(word));
    is(0, "SELECT") && has("FROM")
        || is(0, "WITH") && has("AS") && has("SELECT")
        || is(0, "INSERT") && (has("INTO"))
        || is(0, "REPLACE") && is(1, "INTO")
        || is(0, "UPDATE") && has("SET")
        || is(0, "DELETE") && has("FROM")
        || (is(0, "CREATE") || is(0, "ALTER") || is(0, "DROP") || is(0, "TRUNCATE")) && has("TABLE")
}

fn named(words: &[&str]) -> Vec<(String, bool)> {
    let mut found: Vec<(String, bool)> = Vec::new();
    // Names that a `WITH` makes are no tables.
    let made: Vec<&str> = words
        .windows(3)
        .filter(|three| three[1].eq_ignore_ascii_case("AS") && three[2] == "(")
        .map(|three| three[0])
        .collect();
    let mut at = 0;
    while at < words.len() && found.len() < MAX_TABLES {
        let word = words[at].to_ascii_uppercase();
        let is_made = word == "TABLE" && words[0].eq_ignore_ascii_case("CREATE");
        at += 1;
        let follows = match word.as_str() {
            "FROM" | "JOIN" | "INTO" | "TABLE" => true,
            "UPDATE" => at == 1,
            _ => false,
        };
        if !follows {
            continue;
        }
        while words.get(at).is_some_and(|word| is_filler(word)) {
            at += 1;
        }
        while let Some(name) = words.get(at).and_then(|word| table(word)) {
            if !made.iter().any(|made| made.eq_ignore_ascii_case(&name)) {
                found.push((name, is_made));
            }
            // `FROM a x, b y`
            let comma = (at + 1..at + 3).find(|next| words.get(*next) == Some(&","));
            match comma {
                Some(comma) if word == "FROM" => at = comma + 1,
                _ => break,
            }
        }
    }
    found
}

fn is_filler(word: &str) -> bool {
    ["IF", "NOT", "EXISTS", "ONLY", "LATERAL"]
        .iter()
        .any(|filler| filler.eq_ignore_ascii_case(word))
}

/// The name of a table without schema and quotes, in lower case.
fn table(word: &str) -> Option<String> {
    let name = word.rsplit('.').next().unwrap_or(word);
    let name = name.trim_matches(['"', '`', '[', ']', '\'', '\\']);
    let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '$'));
    let is_word = ["SELECT", "SET", "VALUES", "WHERE", "THE"]
        .iter()
        .any(|word| word.eq_ignore_ascii_case(name));
    (is_name && !is_word).then(|| name.to_lowercase())
}

/// The ends of a file: what statements name, and types that say which table they stand for.
pub(super) fn find(facts: &FactsBuilder, rules: &EndRules) -> Vec<Draft> {
    let file = facts.facts();
    let mut found = Vec::new();
    for statement in &facts.notes().statements {
        for (table, is_made) in &statement.tables {
            let side = if *is_made { Side::Provides } else { Side::Uses };
            found.push(Draft {
                line: statement.line,
                ..Draft::new(Space::Table, side, table, statement.symbol)
            });
        }
    }
    for name in rules
        .table_names
        .iter()
        .filter_map(|name| facts.known(name))
    {
        for binding in file.bindings.iter().filter(|binding| binding.name == name) {
            let block = file.blocks.get(binding.block.index());
            let Some(block) = block.filter(|block| block.kind == BlockKind::Class as u8) else {
                continue;
            };
            if let Expr::Text(text) = file.exprs.expr(binding.value) {
                found.push(stands_for(
                    facts,
                    block.symbol,
                    facts.text(text),
                    binding.line,
                ));
            }
        }
        // A method that answers with the name.
        for returned in &file.returns {
            let fact = &file.symbols[returned.symbol.index()];
            if fact.name != name {
                continue;
            }
            if let Expr::Text(text) = file.exprs.expr(returned.value) {
                let symbol = match fact.parent {
                    SymbolId(0) | SymbolId::NONE => returned.symbol,
                    parent => parent,
                };
                found.push(stands_for(facts, symbol, facts.text(text), fact.line));
            }
        }
    }
    for annotation in &facts.notes().annotations {
        let name = facts.text(annotation.name);
        if !rules.table_annotations.contains(&name) {
            continue;
        }
        let given = annotation.args.iter().find_map(|(key, value)| {
            let is_name = matches!(facts.text(*key), "" | "name" | "value");
            match file.exprs.expr(*value) {
                Expr::Text(text) if is_name => Some(facts.text(text)),
                _ => None,
            }
        });
        if let Some(table) = given {
            found.push(stands_for(facts, annotation.symbol, table, annotation.line));
        }
    }
    found
}

/// A type that stands for a table; what is said in a type inside it (`Meta`) is said of it.
fn stands_for(facts: &FactsBuilder, symbol: SymbolId, table: &str, line: u32) -> Draft {
    let file = facts.facts();
    let fact = &file.symbols[symbol.index()];
    let symbol = match facts.text(fact.name) {
        "Meta" if fact.parent.is_some() && fact.parent.0 != 0 => fact.parent,
        _ => symbol,
    };
    let table = table.rsplit('.').next().unwrap_or(table);
    let table = table.trim_matches(['"', '`']).to_lowercase();
    Draft {
        line,
        ..Draft::new(Space::Table, Side::Provides, &table, symbol)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_name_tables_and_sentences_do_not() {
        let names = |text: &str| {
            let found = tables(text);
            let names = found.iter().map(|(name, is_made)| match is_made {
                true => format!("+{name}"),
                false => name.clone(),
            });
            names.collect::<Vec<_>>().join(" ")
        };
        for (text, expected) in [
            (
                "SELECT a, b FROM users u, app.orders o JOIN \"Items\" i ON i.x = u.y",
                "users orders items",
            ),
            ("\n  insert into `users`(id) values (1)", "users"),
            ("UPDATE users SET a = 1", "users"),
            (
                "DELETE FROM users WHERE x IN (SELECT id FROM old)",
                "users old",
            ),
            ("CREATE TABLE IF NOT EXISTS votes (id int)", "+votes"),
            (
                "WITH recent AS (SELECT * FROM posts) SELECT * FROM recent",
                "posts",
            ),
            ("Select a file from the list", ""),
            ("Update the settings", ""),
            ("Delete this", ""),
            ("SELECT 1", ""),
            ("SELECT * FROM {}", ""),
            ("DROP TABLE users", "users"),
        ] {
            assert_eq!(names(text), expected, "{text}");
        }
        assert!(tables(&"SELECT * FROM a, ".repeat(100_000)).len() <= MAX_TABLES);
        assert!(tables(&"SELECT FROM \u{fc}".repeat(10_000)).len() <= MAX_TABLES);
    }
}
