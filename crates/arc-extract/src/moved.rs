//! Whether a file still says the same, on other lines.

use crate::facts::{
    Binding, ExportFact, ExprNode, Exprs, Extension, FileFacts, ImportFact, MemberBinding, Mention,
    SymbolFact,
};

/// Where each line that the facts of a file name went, as pairs of an old and a new line in no order; `None` when the
/// facts differ in more than lines and diagnostics. The file's own last line is left out.
#[must_use]
pub fn moved_lines(old: &FileFacts, new: &FileFacts) -> Option<Vec<(u32, u32)>> {
    let is_same = old.names == new.names
        && old.blocks == new.blocks
        && old.lists == new.lists
        && old.returns == new.returns
        && old.docs == new.docs
        && old.settings == new.settings;
    if !is_same || old.symbols.is_empty() {
        return None;
    }
    let mut pairs = Vec::with_capacity(old.exprs.len() + 3 * old.symbols.len());
    let (file, symbols) = old.symbols.split_first()?;
    let (new_file, new_symbols) = new.symbols.split_first()?;
    let same_file = SymbolFact {
        line: file.line,
        end_line: file.end_line,
        ..new_file.clone()
    };
    if *file != same_file || symbols.len() != new_symbols.len() {
        return None;
    }
    for (a, b) in symbols.iter().zip(new_symbols) {
        let moved = SymbolFact {
            line: a.line,
            end_line: a.end_line,
            ..b.clone()
        };
        if *a != moved {
            return None;
        }
        pairs.push((a.line, b.line));
        pairs.push((a.end_line, b.end_line));
    }
    let same = expressions(&mut pairs, &old.exprs, &new.exprs)
        && table(&mut pairs, &old.bindings, &new.bindings)
        && table(&mut pairs, &old.members, &new.members)
        && table(&mut pairs, &old.imports, &new.imports)
        && table(&mut pairs, &old.exports, &new.exports)
        && table(&mut pairs, &old.extensions, &new.extensions)
        && table(&mut pairs, &old.mentions, &new.mentions);
    same.then_some(pairs)
}

/// A fact with one line.
trait OnLine: Clone + PartialEq {
    fn line(&self) -> u32;
    fn moved_to(&self, line: u32) -> Self;
}

macro_rules! on_line {
    ($($name:ident)*) => {$(
        impl OnLine for $name {
            fn line(&self) -> u32 {
                self.line
            }
            fn moved_to(&self, line: u32) -> Self {
                $name { line, ..self.clone() }
            }
        }
    )*};
}

on_line! { Binding MemberBinding ImportFact ExportFact Extension Mention }

fn table<T: OnLine>(pairs: &mut Vec<(u32, u32)>, old: &[T], new: &[T]) -> bool {
    old.len() == new.len()
        && old.iter().zip(new).all(|(a, b)| {
            note(pairs, (a.line(), b.line()));
            *a == b.moved_to(a.line())
        })
}

fn expressions(pairs: &mut Vec<(u32, u32)>, old: &Exprs, new: &Exprs) -> bool {
    old.len() == new.len()
        && old.iter().zip(new.iter()).all(|(a, b)| {
            note(pairs, (a.line, b.line));
            a == ExprNode { line: a.line, ..b }
        })
}

/// Neighbors share lines; a run of equal pairs is one pair.
fn note(pairs: &mut Vec<(u32, u32)>, pair: (u32, u32)) {
    if pairs.last() != Some(&pair) {
        pairs.push(pair);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::extract;

    fn moved(old: &str, new: &str) -> Option<Vec<(u32, u32)>> {
        let read = |text| extract("go", "a.go", text);
        let mut pairs = moved_lines(&read(old), &read(new))?;
        pairs.sort_unstable();
        pairs.dedup();
        Some(pairs)
    }

    #[test]
    fn a_comment_moves_what_stands_below_it() {
        let old = "package a\nfunc f() {\n\tg()\n}\n";
        let new = "package a\n\n// NewWord appears.\n\nfunc f() {\n\tg() // here\n}\n";
        let pairs = moved(old, new).unwrap();
        assert!(
            pairs.contains(&(2, 5)) && pairs.contains(&(3, 6)),
            "{pairs:?}"
        );
        assert_eq!(moved(old, old).unwrap().iter().find(|(a, b)| a != b), None);
    }

    #[test]
    fn another_name_is_no_move() {
        let old = "package a\nfunc f() { g() }\n";
        assert_eq!(moved(old, "package a\nfunc f() { h() }\n"), None);
        assert_eq!(moved(old, "package a\nfunc f() { g(); g() }\n"), None);
    }
}
