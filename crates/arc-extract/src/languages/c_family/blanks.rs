//! What stands in the way of the grammar, replaced by spaces: words of macros beside declarations. Every byte stays at its
//! place.

use std::ops::Range;

use super::declarations::is_macro_name;
use super::openers::is_opener;

/// Macros of Qt and Unreal that stand alone before a declaration.
const MARKS: [&str; 6] = [
    "GENERATED_BODY",
    "UCLASS",
    "UENUM",
    "UFUNCTION",
    "UPROPERTY",
    "USTRUCT",
];

/// C++ without macro words that stand alone on a line (`FMT_BEGIN_NAMESPACE`, `FMT_TRY {`), behind `class` (`class EXPORT Name`),
/// before a declaration (`EXPORT int f();`) or behind one (`int size GUARDED_BY(lock);`); `None` when there are none.
pub(super) fn without_macro_words(text: &str) -> Option<String> {
    let mut blanks = Vec::new();
    let mut start = 0;
    let mut in_macro = false;
    for line in text.split_inclusive('\n') {
        let continues = line.trim_end().ends_with('\\');
        let is_directive = line.trim_start().starts_with('#');
        if !in_macro && !is_directive {
            before_declaration(line, start, &mut blanks);
            before_name(line, start, &mut blanks);
            behind_declaration(line, start, &mut blanks);
        }
        in_macro = (in_macro || is_directive) && continues;
        start += line.len();
    }
    blanked(text, blanks)
}

/// The text with names in the place of operators that are called by their names (`a.operator==(b)`), which the grammar does
/// not expect; `None` when there are none.
pub(super) fn with_named_operators(text: &str) -> Option<String> {
    const NAME: &str = "operator";
    let bytes = text.as_bytes();
    let mut named: Vec<u8> = Vec::new();
    for (at, _) in text.match_indices(NAME) {
        let before = &text[..at];
        if !before.ends_with('.') && !before.ends_with("->") {
            continue;
        }
        let rest = &text[at + NAME.len()..];
        let length = if rest.starts_with("()") || rest.starts_with("[]") {
            2
        } else {
            let is_symbol = |c: char| "=!<>+-*/%&|^~,".contains(c);
            rest.find(|c: char| !is_symbol(c)).unwrap_or(0)
        };
        if length == 0 || !rest[length..].starts_with('(') {
            continue;
        }
        if named.is_empty() {
            named = bytes.to_vec();
        }
        let from = at + NAME.len();
        named[from..from + length].fill(b'_');
    }
    (!named.is_empty()).then(|| String::from_utf8(named).ok())?
}

fn before_declaration(line: &str, start: usize, blanks: &mut Vec<Range<usize>>) {
    let body = line.trim_start();
    let at = start + line.len() - body.len();
    let (first, rest) = word(body);
    if first.is_empty() {
        return;
    }
    if is_mark(first) {
        let length = first.len() + arguments(rest).unwrap_or(0);
        if body[length..].trim().is_empty() {
            blanks.push(at..at + length);
        }
    } else if is_macro_word(first) {
        let given = arguments(rest).filter(|_| is_opener(first));
        if given.is_some_and(|given| is_end(&rest[given..])) {
            blanks.push(at..at + body.trim_end().len());
        } else if matches!(rest.trim(), "" | "{")
            || rest.starts_with(' ') && is_declaration(rest.trim_start())
        {
            blanks.push(at..at + first.len());
        }
    } else if matches!(first, "class" | "struct" | "union") {
        let gap = rest.len() - rest.trim_start().len();
        let (second, after) = word(rest.trim_start());
        let (third, _) = word(after.trim_start());
        if is_macro_word(second) && !third.is_empty() && third != "final" && after.starts_with(' ')
        {
            let at = at + first.len() + gap;
            blanks.push(at..at + second.len());
        }
    }
}

/// Whether nothing stands in the rest of a line but its end.
fn is_end(rest: &str) -> bool {
    let rest = rest.trim_start_matches([' ', '\t', ';']);
    rest.trim_end().is_empty() || rest.starts_with("//")
}

/// `type MACRO name(`.
fn before_name(line: &str, start: usize, blanks: &mut Vec<Range<usize>>) {
    let Some((head, _)) = line.split_once('(') else {
        return;
    };
    let Some((before, name)) = head.rsplit_once(' ') else {
        return;
    };
    let macro_at = before.len() - before.bytes().rev().take_while(is_word_byte).count();
    let (kind, word) = before.split_at(macro_at);
    let kind = kind.trim_end();
    let is_type =
        kind.ends_with(|last: char| last.is_ascii_alphanumeric() || "_>*&".contains(last));
    if is_macro_word(word) && is_type && !is_specifier(last_word(kind)) && !name.is_empty() {
        blanks.push(start + macro_at..start + before.len());
    }
}

fn last_word(text: &str) -> &str {
    &text[text.len() - text.bytes().rev().take_while(is_word_byte).count()..]
}

/// Whether the text is a declaration without the word before it: it begins with a specifier, with a type and a name, or
/// with the name of a constructor. `CONST = 1` and `TYPE_IN_CAPITALS name` are none.
fn is_declaration(text: &str) -> bool {
    let (first, after) = word(text);
    let is_name =
        |text: &str| text.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    if is_specifier(first) {
        return is_name(after.trim_start());
    }
    if first.is_empty() || is_macro_name(first) {
        return false;
    }
    let name = qualified(text);
    let rest = &text[name.len()..];
    if rest.starts_with('(') {
        let mut parts = name.rsplit("::");
        let (own, class) = (parts.next(), parts.next());
        return class.is_some() && own.map(|own| own.trim_start_matches('~')) == class;
    }
    let declared = rest.trim_start_matches([' ', '*', '&']);
    declared.len() < rest.len() && is_name(declared)
}

/// The qualified name at the beginning of a text, with the arguments of its templates.
fn qualified(text: &str) -> &str {
    let mut depth = 0usize;
    let end = text
        .bytes()
        .position(|byte| {
            match byte {
                b'<' => depth += 1,
                b'>' => depth = depth.saturating_sub(1),
                b'~' | b':' | b'_' => {}
                _ if byte.is_ascii_alphanumeric() => {}
                _ => return depth == 0,
            }
            false
        })
        .unwrap_or(text.len());
    &text[..end]
}

/// `type name MACRO(…);` and `type name(…) MACRO(…) {`.
fn behind_declaration(line: &str, start: usize, blanks: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some(found) = line[at..].find('(') {
        let open = at + found;
        at = open + 1;
        let name_at = open - line[..open].bytes().rev().take_while(is_word_byte).count();
        let name = &line[name_at..open];
        let before = &line[..name_at];
        if !is_macro_word(name) || !before.ends_with(' ') || !declares(before.trim()) {
            continue;
        }
        let Some(length) = arguments(&line[open..]) else {
            return;
        };
        at = open + length;
        let rest = line[at..].trim_start();
        if rest.starts_with([';', '{', '='])
            || rest.starts_with("override")
            || is_macro_word(word(rest).0)
        {
            blanks.push(start + name_at..start + at);
        }
    }
}

fn is_word_byte(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || *byte == b'_'
}

/// Whether a line's beginning is a declaration up to its name or its parameters.
fn declares(text: &str) -> bool {
    if text.ends_with(')') || text.ends_with(") const") || text.ends_with(") override") {
        // A statement in front of a call: `if (x) MACRO(y);`.
        let (first, _) = word(text);
        return !matches!(
            first,
            "" | "if" | "for" | "while" | "switch" | "return" | "else"
        );
    }
    let name_at = text.len() - text.bytes().rev().take_while(is_word_byte).count();
    let before = text[..name_at].trim_end();
    let (first, _) = word(text);
    name_at < text.len()
        && !text[name_at..].starts_with(|letter: char| letter.is_ascii_digit())
        && before.ends_with(|last: char| last.is_ascii_alphanumeric() || "_>*&".contains(last))
        && !matches!(
            first,
            "return" | "else" | "case" | "new" | "delete" | "throw" | "co_return" | "goto"
        )
        && (!is_specifier(last_word(before)) || is_constant_pointer(before))
}

/// `type* const`: a name follows, while the `const` of `const type` has its type behind it.
fn is_constant_pointer(text: &str) -> bool {
    let before = text.strip_suffix("const").map(str::trim_end);
    before.is_some_and(|before| before.ends_with('*'))
}

/// The length of balanced parentheses at the beginning of a text.
pub(super) fn arguments(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 1 => return Some(at + 1),
            b')' => depth = depth.checked_sub(1)?,
            _ if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

fn is_specifier(word: &str) -> bool {
    matches!(
        word,
        "auto"
            | "bool"
            | "class"
            | "const"
            | "constexpr"
            | "explicit"
            | "extern"
            | "inline"
            | "int"
            | "static"
            | "struct"
            | "template"
            | "typename"
            | "unsigned"
            | "virtual"
            | "void"
    )
}

/// Capitals with an underscore: `LEVELDB_EXPORT`.
pub(super) fn is_macro_word(word: &str) -> bool {
    word.len() > 3 && word.contains('_') && is_macro_name(word)
}

fn is_mark(word: &str) -> bool {
    MARKS.contains(&word) || word.starts_with("Q_") && is_macro_name(word)
}

pub(super) fn word(text: &str) -> (&str, &str) {
    let end = text
        .bytes()
        .position(|byte| !is_word_byte(&byte))
        .unwrap_or(text.len());
    text.split_at(end)
}

/// The text with spaces at `blanks`, which begin and end between characters.
pub(super) fn blanked(text: &str, mut blanks: Vec<Range<usize>>) -> Option<String> {
    if blanks.is_empty() {
        return None;
    }
    blanks.sort_unstable_by_key(|range| range.start);
    let mut bytes = text.as_bytes().to_vec();
    let mut done = 0;
    for range in blanks {
        // Sides of conditionals may stand in each other.
        let rest = range.start.max(done)..range.end.max(done);
        done = rest.end;
        for byte in &mut bytes[rest] {
            if !matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
/// A text with its spaces joined and its empty lines left out.
pub(super) fn squeezed(text: Option<String>) -> String {
    let text = text.unwrap_or_default();
    let lines = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_that_are_called_by_name_are_names() {
        let named = |text: &str| with_named_operators(text);
        assert_eq!(
            named("a.operator==(b) || p->operator()(1)").as_deref(),
            Some("a.operator__(b) || p->operator__(1)")
        );
        for text in [
            "bool operator==(A b);",
            "a.operator bool()",
            "a.operators(b)",
            "x.operator=",
            "",
        ] {
            assert_eq!(named(text), None, "{text}");
        }
    }

    #[test]
    fn macro_words_in_the_way_are_blanked() {
        let text = "class MY_EXPORT A {\n};\nMY_BEGIN\nMY_API int f();\nint MY_CONST = 1;\n";
        let blanked = "class           A {\n};\n        \n       int f();\nint MY_CONST = 1;\n";
        assert_eq!(without_macro_words(text).as_deref(), Some(blanked));
        assert_eq!(without_macro_words("class A {};\n"), None);
    }

    #[test]
    fn macros_before_and_behind_declarations_are_blanked() {
        let text = "\
  Q_PROPERTY(int x READ x)
  MY_INLINE std::vector<int> *a::b(int c) {
  MY_INLINE a::b::b(int c) : d(c) {
  MY_INLINE a::b::~b() {
  MY_TRY {
  std::future<int> MY_INLINE a::get(int b) {
  std::set<int> locked_ GUARDED_BY(lock_);
  void Put(int a) LOCKS_EXCLUDED(lock_) override;
  bool Get() const SHARED_LOCKS_REQUIRED(a, b()) {
";
        let blanked = "\
std::vector<int> *a::b(int c) {
a::b::b(int c) : d(c) {
a::b::~b() {
{
std::future<int> a::get(int b) {
std::set<int> locked_ ;
void Put(int a) override;
bool Get() const {";
        assert_eq!(squeezed(without_macro_words(text)), blanked);
    }

    #[test]
    fn calls_and_types_in_capitals_are_kept() {
        for line in [
            "TEST_F(BloomTest, Empty) {",
            "CHECK_OK(status);",
            "return MAKE_IT(1);",
            "if (a) RUN_IT(b);",
            "else RUN_IT(b);",
            "static Status RUN_IT(int a);",
            "int x = RUN_IT(b);",
            "DWORD_PTR value = 1;",
            "DWORD_PTR WINAPI Run(int a);",
            "f(a, RUN_IT(b));",
            "MY_TYPE(a) b;",
            "const MY_TYPE get(int a);",
            "return MY_TYPE (a);",
        ] {
            assert_eq!(without_macro_words(line), None, "{line}");
        }
    }
}
