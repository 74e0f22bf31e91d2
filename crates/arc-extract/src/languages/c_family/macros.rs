//! Macros: constants, aliases, and the calls in a macro's body.

use arc_graph::NodeKind;
use tree_sitter::Node;

use super::kinds as k;
use super::lower::{Lowering, Scope};
use super::openers::definition;
use crate::facts::{BlockKind, Expr, ExprId, Role, flag};
use crate::source::line_of;

/// Files with more constant macros than this are generated register lists; their constants are left out.
const MAX_OBJECT_MACROS: usize = 200;
/// Bytes of a macro's body that are read.
const MAX_BODY: usize = 1 << 14;

/// The number of constant macros in a file, and whether they are too many to be symbols.
pub(super) fn object_macros(text: &str) -> (usize, bool) {
    let mut count = 0;
    for (at, _) in text.match_indices("#define") {
        let rest = text[at + 7..].trim_start_matches([' ', '\t']);
        let end = rest
            .bytes()
            .position(|byte| !(byte.is_ascii_alphanumeric() || byte == b'_'))
            .unwrap_or(rest.len());
        let next = rest.as_bytes().get(end);
        count += usize::from(matches!(next, Some(b' ' | b'\t')));
    }
    (count, count > MAX_OBJECT_MACROS)
}

impl<'a> Lowering<'a, '_> {
    pub(super) fn macro_definition(&mut self, node: Node<'a>, kind: u8) {
        let Some(name) = self.field(node, self.fields.name) else {
            return;
        };
        let text = self.text_of(name);
        let value = self
            .field(node, self.fields.value)
            .map_or("", |value| self.text_of(value).trim());
        let value = &value[..value.len().min(MAX_BODY)
            - (0..4)
                .find(|back| value.is_char_boundary(value.len().min(MAX_BODY) - back))
                .unwrap_or(0)];
        let is_function = kind == k::PREPROC_FUNCTION;
        let parameters = self
            .field(node, self.fields.parameters)
            .map_or("", |parameters| self.text_of(parameters));
        if let Some(label) = definition(text, parameters, value) {
            let outer = self.facts.enter_extension(&label);
            self.facts.leave(outer);
        }
        if !is_function && (value.is_empty() || !self.records_object_macros && !value.contains('('))
        {
            return;
        }
        let alias = (!is_function && is_identifier(value)).then_some(value);
        let symbol_kind = if is_function {
            NodeKind::Macro
        } else {
            NodeKind::Constant
        };
        let line = line_of(name);
        // Macros have no scope: one that is defined in a function is the file's.
        let outer = (self.scope != Scope::Namespace).then(|| {
            self.facts
                .enter_at(crate::facts::BlockId(0), crate::facts::SymbolId(0))
        });
        let symbol = self.add_symbol(text, symbol_kind, node);
        if !self.is_header {
            let fact = self.facts.symbol_mut(symbol);
            fact.flags = fact.flags & !flag::PUBLIC | flag::FILE_LOCAL;
        }
        let end_line = self.facts.symbol_mut(symbol).end_line;
        // The node ends with its newline, at the start of the line after.
        self.facts.symbol_mut(symbol).end_line = end_line.max(line);
        self.top_names.insert(text, ());
        match alias {
            Some(alias) => {
                let target = self.facts.name_expr(alias, line, Role::Use);
                self.bind_as(text, symbol, target, line);
            }
            None if is_function => {
                self.facts.bind_symbol(symbol);
            }
            None => self.bind_as(text, symbol, ExprId::NONE, line),
        }
        if alias.is_none() && value.contains('(') {
            let block = self.facts.enter_symbol(symbol, BlockKind::Function);
            self.macro_calls(value, parameters, line);
            self.facts.leave(block);
        }
        if let Some(outer) = outer {
            self.facts.leave(outer);
        }
    }

    /// The call-shaped words of a macro's body.
    fn macro_calls(&mut self, body: &'a str, parameters: &str, line: u32) {
        let is_parameter = |word: &str| {
            parameters
                .split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
                .any(|parameter| parameter == word)
        };
        let bytes = body.as_bytes();
        let mut seen: Vec<&str> = Vec::new();
        let mut line = line;
        let mut at = 0;
        let mut is_member = false;
        while at < bytes.len() {
            let byte = bytes[at];
            if byte == b'"' || byte == b'\'' {
                at += 1;
                while at < bytes.len() && bytes[at] != byte {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
                continue;
            }
            if !(byte.is_ascii_alphabetic() || byte == b'_') {
                line += u32::from(byte == b'\n');
                if !byte.is_ascii_whitespace() {
                    is_member = byte == b'.'
                        || byte == b'>' && at > 0 && bytes[at - 1] == b'-'
                        || byte == b'#';
                }
                // Digits of `0x1f(` do not start a word.
                if byte.is_ascii_digit() {
                    while at < bytes.len() && bytes[at].is_ascii_alphanumeric() {
                        at += 1;
                    }
                } else {
                    at += 1;
                }
                continue;
            }
            let start = at;
            while at < bytes.len() && (bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_') {
                at += 1;
            }
            let word = &body[start..at];
            let mut next = at;
            while next < bytes.len() && matches!(bytes[next], b' ' | b'\t') {
                next += 1;
            }
            let is_call = bytes.get(next) == Some(&b'(');
            if is_call
                && !is_member
                && !is_word_of_the_language(word)
                && !is_parameter(word)
                && !seen.contains(&word)
                && seen.len() < 64
            {
                seen.push(word);
                let callee = self.facts.name_expr(word, line, Role::Silent);
                let list = self.list(&[]);
                self.facts
                    .expr(Expr::Call(callee, list), line, Role::MacroCall);
            }
            is_member = false;
        }
    }
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|letter: char| letter.is_ascii_digit())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !is_word_of_the_language(text)
}

/// Words before a parenthesis that are no calls, and words that name no symbol.
fn is_word_of_the_language(word: &str) -> bool {
    matches!(
        word,
        "if" | "for"
            | "while"
            | "switch"
            | "return"
            | "sizeof"
            | "typeof"
            | "__typeof__"
            | "__typeof"
            | "defined"
            | "do"
            | "else"
            | "case"
            | "__attribute__"
            | "__attribute"
            | "alignof"
            | "_Alignof"
            | "__alignof__"
            | "asm"
            | "__asm__"
            | "volatile"
            | "__volatile__"
            | "static_cast"
            | "reinterpret_cast"
            | "const_cast"
            | "dynamic_cast"
            | "decltype"
            | "noexcept"
            | "int"
            | "char"
            | "long"
            | "short"
            | "void"
            | "unsigned"
            | "signed"
            | "float"
            | "double"
            | "const"
            | "static"
            | "inline"
            | "extern"
            | "struct"
            | "union"
            | "enum"
            | "_Generic"
            | "_Static_assert"
            | "static_assert"
            | "__extension__"
            | "operator"
            | "catch"
            | "__declspec"
            | "bool"
            | "NULL"
    )
}
