//! Protocol buffers: messages, enumerations, services and their procedures, read token by token.

use arc_graph::{EdgeKind, NodeKind};

use super::linked::Linked;
use crate::builder::{FactsBuilder, Outer};
use crate::ends::{Side, Space};
use crate::facts::{BlockKind, MentionKind, SymbolId, flag};
use crate::source::Source;

pub(super) static PROTO: Linked = Linked {
    name: "protobuf",
    extensions: &["proto"],
    file_names: &[],
    grammar: None,
    lower,
};

/// Blocks nested deeper are read as part of the one around.
const MAX_DEPTH: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Around {
    Message,
    Enumeration,
    Service,
    /// Options, bodies of procedures, what cannot be read.
    Other,
}

struct Open {
    around: Around,
    defined: Option<(SymbolId, Outer)>,
}

fn lower(source: &Source<'_>, facts: &mut FactsBuilder) {
    let mut open: Vec<Open> = Vec::new();
    let mut statement: Vec<(&str, u32)> = Vec::new();
    let mut skipped = 0usize;
    for (token, line) in Tokens::of(source.text) {
        match token {
            "{" if open.len() >= MAX_DEPTH => skipped += 1,
            "{" => {
                let begun = begin(facts, &statement, open.last().map(|open| open.around));
                open.push(begun);
                statement.clear();
            }
            "}" if skipped > 0 => skipped -= 1,
            "}" => {
                if let Some(Open {
                    defined: Some((symbol, outer)),
                    ..
                }) = open.pop()
                {
                    facts.symbol_mut(symbol).end_line = line;
                    facts.leave(outer);
                }
                statement.clear();
            }
            ";" => {
                let around = open.last().map(|open| open.around);
                single(facts, &statement, around);
                statement.clear();
            }
            token if statement.len() < 64 => statement.push((token, line)),
            _ => {}
        }
    }
    while let Some(last) = open.pop() {
        if let Some((_, outer)) = last.defined {
            facts.leave(outer);
        }
    }
}

/// A statement that opens a block.
fn begin(facts: &mut FactsBuilder, statement: &[(&str, u32)], around: Option<Around>) -> Open {
    let word = |at: usize| statement.get(at).map_or("", |(word, _)| *word);
    let line = statement.first().map_or(1, |(_, line)| *line);
    let (kind, inside) = match word(0) {
        "message" => (NodeKind::Class, Around::Message),
        "enum" => (NodeKind::Enum, Around::Enumeration),
        "service" => (NodeKind::Interface, Around::Service),
        _ => {
            // `rpc` with options in a block; `oneof`, whose fields are the message's.
            single(facts, statement, around);
            let around = match (word(0), around) {
                ("oneof", Some(around)) => around,
                _ => Around::Other,
            };
            return Open {
                around,
                defined: None,
            };
        }
    };
    let symbol = facts.add_symbol(word(1), kind, line, line);
    facts.symbol_mut(symbol).flags = flag::PUBLIC;
    let outer = facts.enter_symbol(symbol, BlockKind::Class);
    if inside == Around::Service {
        facts.end(Space::Service, Side::Provides, word(1), line);
    }
    Open {
        around: inside,
        defined: Some((symbol, outer)),
    }
}

/// A statement without a block.
fn single(facts: &mut FactsBuilder, statement: &[(&str, u32)], around: Option<Around>) {
    let words: Vec<&str> = statement.iter().map(|(word, _)| *word).collect();
    let Some((_, line)) = statement.first().copied() else {
        return;
    };
    match (words.as_slice(), around) {
        (["import", .., path], None) => {
            let path = path.trim_matches(['"', '\'']);
            facts.mention(path, MentionKind::Path, EdgeKind::References, line);
        }
        (["rpc", name, rest @ ..], Some(Around::Service)) => {
            let symbol = define(facts, name, NodeKind::Method, line, flag::ABSTRACT);
            let outer = facts.enter_symbol(symbol, BlockKind::Plain);
            let types = rest.iter().take_while(|word| **word != "option");
            for name in types.filter(|word| !matches!(**word, "(" | ")" | "stream" | "returns")) {
                message(facts, name, line);
            }
            facts.leave(outer);
        }
        (
            [
                "option" | "reserved" | "extensions" | "syntax" | "package",
                ..,
            ],
            _,
        ) => {}
        ([name, "=", ..], Some(Around::Enumeration)) => {
            define(facts, name, NodeKind::EnumMember, line, 0);
        }
        (words, Some(Around::Message)) => {
            let Some(at) = words
                .iter()
                .position(|word| *word == "=")
                .filter(|at| *at > 1)
            else {
                return;
            };
            let symbol = define(facts, words[at - 1], NodeKind::Field, line, 0);
            let outer = facts.enter_symbol(symbol, BlockKind::Plain);
            for name in &words[..at - 1] {
                message(facts, name, line);
            }
            facts.leave(outer);
        }
        _ => {}
    }
}

fn define(facts: &mut FactsBuilder, name: &str, kind: NodeKind, line: u32, flags: u32) -> SymbolId {
    let symbol = facts.add_symbol(name, kind, line, line);
    facts.symbol_mut(symbol).flags = flags | flag::PUBLIC;
    symbol
}

/// The type of a field or of what a procedure takes.
fn message(facts: &mut FactsBuilder, name: &str, line: u32) {
    let last = name.rsplit('.').next().unwrap_or(name);
    if last.starts_with(|c: char| c.is_ascii_uppercase()) {
        facts.mention(last, MentionKind::Definition, EdgeKind::References, line);
    }
}

/// Words, texts and signs with their lines; comments left out.
struct Tokens<'s> {
    text: &'s str,
    at: usize,
    line: u32,
}

impl<'s> Tokens<'s> {
    fn of(text: &'s str) -> Tokens<'s> {
        Tokens {
            text,
            at: 0,
            line: 1,
        }
    }

    fn skip(&mut self, length: usize) {
        let skipped = &self.text[self.at..self.at + length];
        self.line += skipped.bytes().filter(|byte| *byte == b'\n').count() as u32;
        self.at += length;
    }
}

impl<'s> Iterator for Tokens<'s> {
    type Item = (&'s str, u32);

    fn next(&mut self) -> Option<(&'s str, u32)> {
        loop {
            let rest = &self.text[self.at..];
            let first = rest.chars().next()?;
            let length = if first.is_whitespace() {
                first.len_utf8()
            } else if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                rest.find("*/").map_or(rest.len(), |end| end + 2)
            } else {
                break;
            };
            self.skip(length);
        }
        let rest = &self.text[self.at..];
        let first = rest.chars().next()?;
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
        let length = match first {
            '"' | '\'' => {
                let end = rest[1..].find([first, '\n']);
                end.map_or(rest.len(), |end| end + 2)
            }
            first if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            first => first.len_utf8(),
        };
        let found = (&rest[..length], self.line);
        self.skip(length);
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use crate::extract::extract;

    #[test]
    fn definitions_have_their_lines_and_broken_files_end() {
        let text = "syntax = \"proto3\";\npackage shop;\n/* x { */\nmessage A {\n  oneof k { string b = 1; }\n  map<string, B> m = 2;\n}\nservice S {\n  rpc Get (A) returns (stream B) { option x = 1; }\n}\nenum E { ZERO = 0; }\n";
        let facts = extract("protobuf", "a.proto", text);
        let names: Vec<String> = facts.symbols[1..]
            .iter()
            .map(|fact| format!("{} {}-{}", facts.text(fact.name), fact.line, fact.end_line))
            .collect();
        assert_eq!(
            names,
            [
                "A 4-7",
                "b 5-5",
                "m 6-6",
                "S 8-10",
                "Get 9-9",
                "E 11-11",
                "ZERO 11-11"
            ]
        );
        for broken in [
            "message {{{{",
            "}}}}",
            "service S { rpc",
            "\"\u{fc}",
            "message A { B b = ",
        ] {
            assert!(extract("protobuf", "b.proto", broken).lines > 0);
        }
        let deep = extract("protobuf", "c.proto", &"message A {".repeat(50_000));
        assert!(deep.symbols.len() <= super::MAX_DEPTH + 1);
    }
}
