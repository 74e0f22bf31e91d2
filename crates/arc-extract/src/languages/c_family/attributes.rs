//! Macros that stand for a qualifier or an attribute, replaced by spaces where the rest is a declaration only without them:
//! `MY_API void f(void)`, `static BOOL WINAPI f(int a) NONNULL(1);`, `if CONSTEXPR17 (a)`. Every byte stays at its place.
//!
//! What a macro stands for is written in another file or nowhere. So this is looked for in texts that are broken as they are: no
//! two types stand in a row, and nothing stands between the parameters of a function and its body.

use std::collections::HashSet;
use std::ops::Range;

use super::blanks::blanked;
use super::code::{Token, tokens};
use super::declarations::is_macro_name;

/// The text without them; `None` when there are none.
pub(super) fn without_attributes(text: &str, is_cpp: bool) -> Option<String> {
    let tokens = tokens(text);
    let mut reader = Reader {
        text,
        tokens: &tokens,
        closing: closing(text, &tokens),
        brace: 0,
        classes: HashSet::new(),
        heads: Vec::new(),
        enumerators: 0..0,
        closed: None,
        blanks: Vec::new(),
    };
    let mut at = 0;
    while at < tokens.len() {
        at = reader.step(at, is_cpp);
    }
    blanked(text, reader.blanks)
}

/// Tokens between `enum` and its brace.
const MOST_HEAD: usize = 16;

struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Token],
    /// For each parenthesis that opens the token that closes it, if there is neither a statement nor a block inside.
    closing: Vec<Option<usize>>,
    /// The first brace that closes at or behind the last place that was asked about.
    brace: usize,
    /// Names behind `class` and `struct` so far.
    classes: HashSet<&'a str>,
    /// The tokens before the parentheses that are open.
    heads: Vec<Option<usize>>,
    /// The tokens between the braces of the last `enum`.
    enumerators: Range<usize>,
    /// What stands before the parentheses that the token before this one closed.
    closed: Option<usize>,
    blanks: Vec<Range<usize>>,
}

impl<'a> Reader<'a> {
    /// Looks at a token and gives the next one to look at.
    fn step(&mut self, at: usize, is_cpp: bool) -> usize {
        let closed = self.closed.take();
        let word = self.word(at);
        match self.punctuation(at) {
            Some(b'(') => self.heads.push(at.checked_sub(1)),
            Some(b')') => self.closed = self.heads.pop().flatten(),
            _ => {}
        }
        if word.is_empty() {
            return at + 1;
        }
        if is_cpp && is_tagged(word) {
            let name = (at + 1..).find(|at| !self.is_macro(*at) || !self.is_name(at + 1));
            self.classes.insert(name.map_or("", |at| self.word(at)));
        }
        if word == "enum" {
            self.enumerators = self.enumerators_of(at);
        }
        let next = self.behind_parameters(at, closed);
        if let Some(next) = next.or_else(|| self.enumerator(at)) {
            return next;
        }
        let blank = self.before_type(at, is_cpp)
            || self.in_a_row(at)
            || self.behind_if(at)
            || is_cpp && self.before_constructor(at);
        if blank {
            let token = &self.tokens[at];
            self.blanks.push(token.start..token.end);
            return at + 1;
        }
        let call = self
            .behind_name(at)
            .or_else(|| self.behind_class(at))
            .or_else(|| self.call_before(at))
            .or_else(|| is_cpp.then(|| self.in_template(at)).flatten());
        call.unwrap_or(at + 1)
    }

    /// A word; empty when there is none.
    fn word(&self, at: usize) -> &'a str {
        let token = self.tokens.get(at).filter(|token| token.is_word);
        token.map_or("", |token| &self.text[token.start..token.end])
    }

    fn punctuation(&self, at: usize) -> Option<u8> {
        let token = self.tokens.get(at).filter(|token| !token.is_word)?;
        self.text.as_bytes().get(token.start).copied()
    }

    /// A word that may be a name.
    fn is_name(&self, at: usize) -> bool {
        let word = self.word(at);
        !word.is_empty() && !word.as_bytes()[0].is_ascii_digit() && !is_keyword(word)
    }

    fn is_macro(&self, at: usize) -> bool {
        let word = self.word(at);
        word.len() > 1 && is_macro_name(word)
    }

    /// The token behind the parentheses that begin at a token.
    fn behind_parentheses(&self, at: usize) -> Option<usize> {
        self.closing
            .get(at)
            .copied()
            .flatten()
            .map(|close| close + 1)
    }

    fn blank_to(&mut self, at: usize, behind: usize) {
        self.blanks
            .push(self.tokens[at].start..self.tokens[behind - 1].end);
    }

    /// `MACRO void f();`: a name right before the word of a type.
    fn before_type(&self, at: usize, is_cpp: bool) -> bool {
        if !self.is_name(at) {
            return false;
        }
        let next = self.word(at + 1);
        let begins = is_type(next)
            || is_specifier(next)
            || is_cpp && begins_in_cpp(next)
            || is_cpp && next == "operator" && self.is_macro(at);
        begins && self.begins_declaration(at)
    }

    /// What may stand before a declaration or a type.
    fn begins_declaration(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else {
            return true;
        };
        match self.punctuation(before) {
            Some(byte) => matches!(
                byte,
                b';' | b'{' | b'}' | b'(' | b')' | b',' | b'<' | b'>' | b':'
            ),
            None => {
                let word = self.word(before);
                is_specifier(word)
                    || begins_in_cpp(word)
                    || matches!(word, "typedef" | "const" | "else")
                    || self.is_macro(before)
            }
        }
    }

    /// `type MACRO name(`, `MACRO type name`, `type name MACRO =`: of three names in a row one is no part of the declaration.
    fn in_a_row(&self, at: usize) -> bool {
        if !self.is_macro(at) {
            return false;
        }
        let is_name = |at: Option<usize>| at.is_some_and(|at| self.is_name(at));
        let (before, next) = (at.checked_sub(1), Some(at + 1));
        // Behind the type, and before the name of a function: whatever else is in capitals is the type.
        let stars = (0..at)
            .rev()
            .take_while(|at| self.punctuation(*at) == Some(b'*'));
        let stars = stars.count();
        let typed = at.checked_sub(stars + 1);
        let is_typed = is_name(typed) || typed.is_some_and(|at| is_type(self.word(at)));
        let names_function = is_name(next) && self.punctuation(at + 2) == Some(b'(');
        if is_typed && names_function {
            // Of two in capitals one with an underscore stands before the type: `MY_API DWORD f();`, `BOOL WINAPI f();`.
            let is_api = |at: usize| self.is_macro(at) && self.word(at).contains('_');
            return stars > 0 || !typed.is_some_and(|at| is_api(at) && self.begins_declaration(at));
        }
        let ends = |at: usize| {
            matches!(
                self.punctuation(at),
                Some(b'(' | b';' | b'=' | b'[' | b',' | b')' | b'{')
            )
        };
        let is_typed = |at: usize| {
            let word = self.word(at);
            self.is_name(at)
                || is_type(word) && !is_tagged(word)
                || matches!(self.punctuation(at), Some(b'*' | b'&' | b'>'))
        };
        let is_behind = before.is_some_and(|at| {
            let word = self.word(at);
            is_type(word) && !is_tagged(word)
        });
        if is_behind && is_name(next) {
            return true;
        }
        let names = before.filter(|before| self.is_name(*before));
        if names
            .and_then(|name| name.checked_sub(1))
            .is_some_and(is_typed)
            && matches!(self.punctuation(at + 1), Some(b';' | b'=' | b')' | b','))
        {
            return true;
        }
        // Before the type.
        if !is_name(next) || !self.begins_declaration(at) {
            return false;
        }
        if self.is_macro(at + 1) && !self.word(at).contains('_') {
            return false;
        }
        let mut behind = at + 2;
        while self.punctuation(behind) == Some(b'*') {
            behind += 1;
        }
        self.is_name(behind) && ends(behind + 1)
    }

    /// `if MACRO (a)`.
    fn behind_if(&self, at: usize) -> bool {
        self.is_macro(at)
            && at > 0
            && self.word(at - 1) == "if"
            && self.punctuation(at + 1) == Some(b'(')
            && self.tokens[at + 1].start > self.tokens[at].end
    }

    /// `class MACRO("a") Name {`. Gives the token behind the macro.
    fn behind_class(&mut self, at: usize) -> Option<usize> {
        let is_behind = is_tagged(self.word(at.checked_sub(1)?));
        let behind = self.behind_parentheses(at + 1).unwrap_or(at + 1);
        let begins = matches!(self.punctuation(behind + 1), Some(b'{' | b':' | b'<'))
            || self.word(behind + 1) == "final";
        if !(is_behind && self.is_macro(at) && self.is_name(behind) && begins) {
            return None;
        }
        self.blank_to(at, behind);
        Some(behind)
    }

    /// `MACRO Name(int a) : b(a) {}` in the class of this name.
    fn before_constructor(&self, at: usize) -> bool {
        let name = match self.punctuation(at + 1) {
            Some(b'~') => at + 2,
            _ => at + 1,
        };
        self.is_macro(at)
            && self.punctuation(name + 1) == Some(b'(')
            && self.classes.contains(self.word(name))
            && self.begins_declaration(at)
    }

    /// `f(int a) MACRO(1, 2) OTHER;`: what stands between parameters and `;` or a body. Gives the token behind it.
    fn behind_parameters(&mut self, at: usize, closed: Option<usize>) -> Option<usize> {
        let head = closed?;
        if !self.is_macro(at)
            || !self.is_name(head) && self.punctuation(head) != Some(b')')
            || self.is_macro(head)
        {
            return None;
        }
        let mut behind = at;
        while self.is_macro(behind) {
            behind = self.behind_parentheses(behind + 1).unwrap_or(behind + 1);
        }
        let is_made = self.punctuation(behind) == Some(b'=')
            && matches!(self.word(behind + 1), "default" | "delete");
        if !is_made && !matches!(self.punctuation(behind), Some(b';' | b'{')) {
            return None;
        }
        self.blank_to(at, behind);
        Some(behind)
    }

    /// The tokens between the braces of an `enum`. Places are asked about in their order.
    fn enumerators_of(&mut self, at: usize) -> Range<usize> {
        let head = at..self.tokens.len().min(at + MOST_HEAD);
        let mut punctuation = head.filter(|at| !self.tokens[*at].is_word);
        let head = punctuation.find(|at| self.punctuation(*at) != Some(b':'));
        let Some(open) = head.filter(|at| self.punctuation(*at) == Some(b'{')) else {
            return 0..0;
        };
        let end = self.tokens.len();
        if self.brace < open {
            let mut behind = open..end;
            let close = behind.find(|at| self.punctuation(*at) == Some(b'}'));
            self.brace = close.unwrap_or(end);
        }
        open + 1..self.brace
    }

    /// `MACRO(NAME, 1),` among enumerators, of which the name is kept. Gives the token behind it.
    fn enumerator(&mut self, at: usize) -> Option<usize> {
        let is_one = self.enumerators.contains(&at)
            && self.is_macro(at)
            && self.is_name(at + 2)
            && matches!(self.punctuation(at.checked_sub(1)?), Some(b'{' | b','));
        if !is_one {
            return None;
        }
        let behind = self.behind_parentheses(at + 1)?;
        if !matches!(self.punctuation(behind), Some(b',' | b'}')) {
            return None;
        }
        self.blank_to(at, at + 2);
        self.blank_to(at + 3, behind);
        Some(behind)
    }

    /// `NAME MACRO(1) = 2,` among enumerators, and behind other names. Gives the token behind the macro.
    fn behind_name(&mut self, at: usize) -> Option<usize> {
        if !self.is_macro(at) || !self.is_name(at.checked_sub(1)?) {
            return None;
        }
        let behind = self.behind_parentheses(at + 1)?;
        if !matches!(self.punctuation(behind), Some(b'=' | b',' | b'}')) {
            return None;
        }
        self.blank_to(at, behind);
        Some(behind)
    }

    /// `MACRO(1) void f();` on one line, `MACRO("text")` above a declaration, and `MACRO(no expression)`. Gives the token behind
    /// the macro.
    fn call_before(&mut self, at: usize) -> Option<usize> {
        if !self.is_macro(at) || !self.begins_declaration(at) {
            return None;
        }
        let behind = self.behind_parentheses(at + 1)?;
        let next = self.word(behind);
        let gap = &self.text[self.tokens[behind - 1].end..self.tokens.get(behind)?.start];
        let in_line = !gap.contains('\n');
        let is_declared = is_type(next)
            || is_specifier(next)
            || begins_in_cpp(next)
            || self.is_name(behind) && self.is_name(behind + 1);
        let inner = at + 2..behind - 1;
        let is_odd = inner
            .clone()
            .any(|at| self.is_name(at) && (self.is_name(at + 1) || self.is_text(at + 1)));
        // `DEPRECATED("since 2")` above a declaration; a call would end with `;`.
        let is_remark =
            is_declared && !inner.is_empty() && inner.clone().all(|at| self.is_text(at));
        if !(in_line && is_declared || !in_line && !next.is_empty() && (is_odd || is_remark)) {
            return None;
        }
        self.blank_to(at, behind);
        Some(behind)
    }

    fn is_text(&self, at: usize) -> bool {
        self.punctuation(at) == Some(b'"')
    }

    /// `template <typename T, MACRO(!a<T>)>`: with the comma before it. Gives the token behind the macro.
    fn in_template(&mut self, at: usize) -> Option<usize> {
        let comma = at.checked_sub(1)?;
        if !self.is_macro(at) || self.punctuation(comma) != Some(b',') {
            return None;
        }
        let behind = self.behind_parentheses(at + 1)?;
        let close = self.tokens.get(behind)?;
        let next = self.tokens.get(behind + 1)?;
        if self.punctuation(behind) != Some(b'>')
            || close.start != self.tokens[behind - 1].end
            || next.start == close.end
        {
            return None;
        }
        self.blank_to(comma, behind);
        Some(behind)
    }
}

/// For each parenthesis that opens the token that closes it, if there is neither a statement nor a block inside.
fn closing(text: &str, tokens: &[Token]) -> Vec<Option<usize>> {
    let mut closing = vec![None; tokens.len()];
    let mut open = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match text.as_bytes()[token.start] {
            b'(' => open.push(at),
            b')' => {
                if let Some(begin) = open.pop() {
                    closing[begin] = Some(at);
                }
            }
            b';' | b'{' | b'}' => open.clear(),
            _ => {}
        }
    }
    closing
}

/// Words that begin or make a type, behind which no other type stands.
pub(super) fn is_type(word: &str) -> bool {
    matches!(
        word,
        "auto"
            | "bool"
            | "char"
            | "double"
            | "enum"
            | "float"
            | "int"
            | "long"
            | "short"
            | "signed"
            | "struct"
            | "union"
            | "unsigned"
            | "void"
    )
}

/// Words behind which the name of a type stands.
fn is_tagged(word: &str) -> bool {
    matches!(word, "class" | "enum" | "struct" | "union")
}

fn is_specifier(word: &str) -> bool {
    matches!(word, "extern" | "inline" | "register" | "static")
}

fn begins_in_cpp(word: &str) -> bool {
    matches!(
        word,
        "class" | "constexpr" | "explicit" | "friend" | "template" | "virtual"
    )
}

/// Words of both languages that are no names.
fn is_keyword(word: &str) -> bool {
    is_type(word)
        || is_specifier(word)
        || begins_in_cpp(word)
        || matches!(
            word,
            "and"
                | "break"
                | "case"
                | "co_await"
                | "co_return"
                | "co_yield"
                | "const"
                | "continue"
                | "default"
                | "delete"
                | "do"
                | "else"
                | "final"
                | "for"
                | "goto"
                | "if"
                | "mutable"
                | "namespace"
                | "new"
                | "noexcept"
                | "not"
                | "operator"
                | "or"
                | "override"
                | "private"
                | "protected"
                | "public"
                | "requires"
                | "restrict"
                | "return"
                | "sizeof"
                | "switch"
                | "throw"
                | "typedef"
                | "typename"
                | "using"
                | "volatile"
                | "while"
        )
}

#[cfg(test)]
mod tests {
    use super::super::blanks::squeezed;
    use super::*;

    #[test]
    fn macros_beside_declarations_of_c_are_blanked() {
        for (text, bare) in [
            ("EXPORT void f(void);", "void f(void);"),
            ("static MY_INLINE int f(int a) {}", "static int f(int a) {}"),
            ("UNITTEST Code f(int a);", "Code f(int a);"),
            ("MY_API DWORD f(int a);", "DWORD f(int a);"),
            ("static BOOL WINAPI f(int a) {}", "static BOOL f(int a) {}"),
            ("void *WINAPI f(int a);", "void * f(int a);"),
            (
                "CONST char *s = *(CONST unsigned char *)t;",
                "char *s = *( unsigned char *)t;",
            ),
            (
                "static const char USED text[] = \"\";",
                "static const char text[] = \"\";",
            ),
            ("Desc name ALIGN8 = { 1 };", "Desc name = { 1 };"),
            (
                "int f(int a UNUSED, char *b UNUSED) {}",
                "int f(int a , char *b ) {}",
            ),
            ("void f(int a)\n  NONNULL(1) COLD;", "void f(int a)\n;"),
            ("enum e { A OLD(1, \"\") = 3, B };", "enum e { A = 3, B };"),
            ("enum e { OPT(A, 1), OPT(B, 2) };", "enum e { A , B };"),
            ("PUSH(ignored \"-W\")\nint a;", "int a;"),
            ("ATTR(\"x\") void f(void);", "void f(void);"),
        ] {
            assert_eq!(squeezed(without_attributes(text, false)), bare, "{text}");
        }
    }

    #[test]
    fn macros_beside_declarations_of_cpp_are_blanked() {
        for (text, bare) in [
            (
                "struct A {\n INLINE A(int b) : c(b) {}\n};",
                "struct A {\nA(int b) : c(b) {}\n};",
            ),
            (
                "class API A {\n explicit INLINE A();\n INLINE ~A();\n};",
                "class A {\nexplicit A();\n~A();\n};",
            ),
            ("INLINE operator bool() const;", "operator bool() const;"),
            (
                "EXPORT template <typename T> class A;",
                "template <typename T> class A;",
            ),
            (
                "template <typename T, ENABLE_IF(!a<T>())>\nvoid f(T a);",
                "template <typename T >\nvoid f(T a);",
            ),
            ("if CONSTEXPR17 (a > 1) {}", "if (a > 1) {}"),
            ("A(A&& a) NOEXCEPT = default;", "A(A&& a) = default;"),
            (
                "DEPRECATED(\"use g\")\nvoid f(int a) { g(a); }",
                "void f(int a) { g(a); }",
            ),
        ] {
            assert_eq!(squeezed(without_attributes(text, true)), bare, "{text}");
        }
    }

    #[test]
    fn types_and_calls_are_kept() {
        for text in [
            "DWORD f(int a);",
            "BOOL a = TRUE;",
            "T const &f(T const &a);",
            "A operator==(A b);",
            "typedef struct tag NAME;",
            "return MAKE(1), 2;",
            "f(a, MAKE(1), MAKE(2));",
            "if (a) RUN(b); else RUN(c);",
            "LIST_FOREACH(a, b) RUN(c);",
            "TEST(A, B) { f(); }",
            "DEFINE_LOCK(name);\nint a;",
            "LOG(1)\nf();",
            "int x = A * B;",
            "enum e { A = MAX(1, 2), B };",
            "struct A b;",
            "x = a < B(c) > (d);",
            "printf(\"a\" B \"c\", d);",
            "",
        ] {
            assert_eq!(without_attributes(text, true), None, "{text}");
        }
    }

    #[test]
    fn what_is_never_closed_ends() {
        for text in [
            "A(",
            "enum",
            "enum A {",
            "f(a) B(",
            "template <T, A(",
            "if B",
            "class",
            "A( ",
            "enum ",
            "enum A { ",
        ] {
            // Again and again, so that looking to the end from each place would not end.
            assert_eq!(
                without_attributes(&text.repeat(50_000), true),
                None,
                "{text}"
            );
        }
    }
}
