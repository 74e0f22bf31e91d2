//! The keys of large literals: to look through all entries for each key that is asked for takes time that goes with the
//! square of their number.

use crate::facts::{Expr, ExprId};
use crate::resolve::file::File;
use crate::resolve::program::Program;
use crate::resolve::values::NameId;

/// Entries of a literal that are looked through faster than found by their key.
pub(super) const SMALL: usize = 32;

/// The entries of all large map and object literals of a file by key.
#[derive(Default)]
pub(super) struct LiteralKeys {
    /// Literal, key, position in the literal, entry; sorted. What is spread stands under [`NameId::NONE`].
    entries: Box<[(ExprId, NameId, u32, ExprId)]>,
}

impl LiteralKeys {
    pub(super) fn of(file: &File<'_>, program: &Program<'_>) -> LiteralKeys {
        let exprs = &file.facts.exprs;
        let mut entries = Vec::new();
        for (at, node) in exprs.iter().enumerate() {
            let literal = ExprId(at as u32);
            let (Expr::Map(parts) | Expr::Object(parts)) = node.expr else {
                continue;
            };
            let parts: Vec<ExprId> = file.facts.list(parts).collect();
            if parts.len() <= SMALL {
                continue;
            }
            if let Expr::Map(_) = node.expr {
                for (position, pair) in parts.chunks_exact(2).enumerate() {
                    let key = key_of(file, program, exprs.expr(pair[0]));
                    entries.extend(key.map(|key| (literal, key, position as u32, pair[1])));
                }
                continue;
            }
            for (position, property) in parts.iter().enumerate() {
                let key = match exprs.expr(*property) {
                    Expr::Keyword(key, _) => file.global(key),
                    Expr::Spread(_) => NameId::NONE,
                    _ => continue,
                };
                entries.push((literal, key, position as u32, *property));
            }
        }
        entries.sort_unstable();
        LiteralKeys {
            entries: entries.into(),
        }
    }

    /// The entries under a key and what is spread, in order. `None` for a literal that is small.
    pub(super) fn under(
        &self,
        literal: ExprId,
        key: NameId,
    ) -> Option<impl Iterator<Item = ExprId> + use<'_>> {
        let start = self.entries.partition_point(|entry| entry.0 < literal);
        let own = &self.entries[start..];
        let own = &own[..own.partition_point(|entry| entry.0 == literal)];
        if own.is_empty() {
            return None;
        }
        let at = |key: NameId| {
            let start = own.partition_point(|entry| entry.1 < key);
            let count = own[start..].partition_point(|entry| entry.1 == key);
            &own[start..start + count]
        };
        let mut found: Vec<(u32, ExprId)> = Vec::new();
        for (_, _, position, entry) in at(key).iter().chain(at(NameId::NONE)) {
            found.push((*position, *entry));
        }
        found.sort_unstable();
        found.dedup();
        Some(found.into_iter().map(|(_, entry)| entry))
    }
}

/// The name under which a constant key is known.
pub(super) fn key_of(file: &File<'_>, program: &Program<'_>, key: Expr) -> Option<NameId> {
    match key {
        Expr::Text(name) => Some(file.global(name)),
        Expr::Position(at) => Some(program.position_name(at)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::extract::extract;
    use crate::names::NamePool;
    use crate::resolve::{InputFile, Sources};

    #[test]
    fn of_a_large_literal_only_the_entries_under_a_key_are_looked_at() {
        let mut text = String::from("const base = {};\nconst h = {\n");
        for at in 0..2_000 {
            writeln!(text, "f{at}() {{}},").unwrap();
        }
        text.push_str("...base, f7: 1 };\nconst small = { f7: 2 };\n");
        let file = InputFile {
            path: "a.ts".to_owned(),
            language: "typescript",
            facts: extract("typescript", "a.ts", &text),
        };
        let sources = Sources::new(vec![file], NamePool::default());
        let program = Program::new(&sources.files, &sources.preludes, &sources.names);
        let file = program.file(0);
        let objects = file.facts.exprs.iter().enumerate();
        let objects = objects.filter(|(_, node)| matches!(node.expr, Expr::Object(_)));
        let under = |literal: usize, key: &str| {
            let key = program.known(key).unwrap();
            let entries = file.entries_under(&program, ExprId(literal as u32), key)?;
            Some(entries.count())
        };
        let found: Vec<_> = objects
            .map(|(at, _)| (under(at, "f7"), under(at, "f1999")))
            .collect();
        // The functions, and what is spread; an empty literal and a small one are read whole.
        assert_eq!(found, [(None, None), (Some(3), Some(2)), (None, None)]);
    }
}
