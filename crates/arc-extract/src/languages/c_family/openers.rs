//! Macros that open namespaces: `#define LIB_BEGIN_NAMESPACE namespace lib { inline namespace v1 {`.
//!
//! What one opens is written in another file. So the namespace between it and its counterpart is called by the macro until all
//! files are side by side, and the file that defines the macro says what it opens.

use super::blanks::{arguments, is_macro_word, word};

/// Begins the part of a namespace's label that a macro stands for: `OPENER NAME`, or `OPENER NAME(argument)`.
pub(crate) const OPENER: char = '\u{1}';
/// Begins the label of a block that says what a macro opens: `OPENS NAME(parameter)=a::b`.
pub(crate) const OPENS: char = '\u{2}';
/// In the names of macros that stand for the name of a namespace.
pub(crate) const IN_NAMES: &str = "NAMESPACE";

/// How the names of macros that belong together differ.
const PAIRS: [(&str, &str); 3] = [("BEGIN", "END"), ("OPEN", "CLOSE"), ("ENTER", "EXIT")];
/// What is opened, in the names of macros that open namespaces.
const OPENED: [&str; 4] = [IN_NAMES, "SCOPE", "_NS", "_STD"];
/// Namespaces that one macro opens.
const MOST_OPENED: usize = 8;

/// What stands between a macro that opens namespaces and the one that closes them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Opened {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The part of a label.
    pub(super) part: String,
}

/// Whether a word that stands alone on a line opens or closes namespaces, and the word of the other kind.
fn counterpart(word: &str) -> Option<(bool, String)> {
    if !is_macro_word(word) || !OPENED.iter().any(|opened| word.contains(opened)) {
        return None;
    }
    PAIRS.iter().find_map(|(open, close)| {
        let parts = || word.split('_');
        if parts().any(|part| part == *open) {
            Some((true, word.replacen(open, close, 1)))
        } else if parts().any(|part| part == *close) {
            Some((false, word.replacen(close, open, 1)))
        } else {
            None
        }
    })
}

/// Whether a word opens or closes namespaces where it stands alone.
pub(super) fn is_opener(word: &str) -> bool {
    counterpart(word).is_some()
}

/// What macros open in a text, outermost first of those that begin at one place.
pub(super) fn opened(text: &str) -> Vec<Opened> {
    let mut found = Vec::new();
    if !OPENED.iter().any(|opened| text.contains(opened)) {
        return found;
    }
    let mut open: Vec<(String, Opened)> = Vec::new();
    let mut start = 0;
    let mut in_directive = false;
    for line in text.split_inclusive('\n') {
        let at = start;
        start += line.len();
        let body = line.trim();
        let is_directive = in_directive || body.starts_with('#');
        in_directive = is_directive && body.ends_with('\\');
        let (name, rest) = word(body);
        if is_directive || !rest.is_empty() && !rest.starts_with(['(', ' ', ';', '/']) {
            continue;
        }
        let Some((opens, other)) = counterpart(name) else {
            continue;
        };
        let given = &rest[..arguments(rest).unwrap_or(0)];
        let behind = rest[given.len()..].trim_start_matches([' ', ';']);
        if !behind.is_empty() && !behind.starts_with("//") && !behind.starts_with("/*") {
            continue;
        }
        if opens {
            // Between the parts of a label stands what the path of a namespace has as well.
            let given = given.replace("::", ".");
            let part = format!("{OPENER}{name}{given}");
            let end = at;
            open.push((name.to_owned(), Opened { start, end, part }));
        } else if open.last().is_some_and(|(name, _)| *name == other)
            && let Some((_, inside)) = open.pop()
        {
            found.push(Opened { end: at, ..inside });
        }
    }
    found.sort_by_key(|opened| (opened.start, usize::MAX - opened.end));
    found
}

/// The label that says what a macro with this body opens or stands for; `None` for one that has nothing to do with namespaces.
pub(super) fn definition(name: &str, parameters: &str, body: &str) -> Option<String> {
    let is_gap = |letter: char| letter.is_whitespace() || letter == '\\';
    let first = body.split(is_gap).find(|word| !word.is_empty())?;
    let is_path = |text: &str| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':');
        !text.is_empty()
            && !text.starts_with(|c: char| c.is_ascii_digit())
            && text.bytes().all(is_part)
    };
    if !matches!(first, "namespace" | "inline") {
        let stands_for = name.contains(IN_NAMES) && parameters.is_empty() && is_path(first);
        return stands_for.then(|| format!("{OPENS}{name}={first}"));
    }
    let mut path: Vec<&str> = Vec::new();
    for head in body.split('{').take(MOST_OPENED) {
        let mut words = head.split(is_gap).filter(|word| !word.is_empty());
        // An inline namespace adds nothing to the names of what it holds; behind the last brace stands something else.
        if words.next() == Some("namespace")
            && let Some(opened) = words.next().filter(|word| is_path(word))
        {
            path.push(opened);
        }
    }
    let parameter = parameters.trim_matches(['(', ')']).trim();
    let parameter = Some(parameter).filter(|parameter| is_path(parameter));
    let given = parameter.map_or_else(String::new, |parameter| format!("({parameter})"));
    (!path.is_empty()).then(|| format!("{OPENS}{name}{given}={}", path.join("::")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_two_macros_is_in_the_namespace_they_open() {
        let text = "#define LIB_BEGIN_NAMESPACE \\\n  namespace lib {\nLIB_BEGIN_NAMESPACE\nint a;\n\
            NAMESPACE_BEGIN(x::y)  // inner\nint b;\nNAMESPACE_END(x::y)\nLIB_END_NAMESPACE;\nint c;\nG_BEGIN_DECLS\nG_END_DECLS\n";
        let inside: Vec<(String, &str)> = opened(text)
            .into_iter()
            .map(|opened| (opened.part, &text[opened.start..opened.end]))
            .collect();
        let all = "int a;\nNAMESPACE_BEGIN(x::y)  // inner\nint b;\nNAMESPACE_END(x::y)\n";
        assert_eq!(
            inside,
            [
                ("\u{1}LIB_BEGIN_NAMESPACE".to_owned(), all),
                ("\u{1}NAMESPACE_BEGIN(x.y)".to_owned(), "int b;\n"),
            ]
        );
        for text in [
            "LIB_BEGIN_NAMESPACE\nint a;\n",
            "LIB_END_NAMESPACE\n",
            "LIB_BEGIN_NAMESPACE int a;\nLIB_END_NAMESPACE\n",
            "A_BEGIN_NAMESPACE\nB_END_NAMESPACE\n",
        ] {
            assert_eq!(opened(text), [], "{text}");
        }
    }

    #[test]
    fn macros_say_which_namespaces_they_open() {
        let told = |name: &str, parameters: &str, body: &str| {
            definition(name, parameters, body).map(|label| label[1..].to_owned())
        };
        let lib = "namespace lib { \\\n inline namespace v1 {";
        assert_eq!(told("B", "", lib).as_deref(), Some("B=lib"));
        let two = "namespace a { namespace b __attribute__((x)) {";
        assert_eq!(told("B", "", two).as_deref(), Some("B=a::b"));
        let given = told("B", "(name)", "namespace name {");
        assert_eq!(given.as_deref(), Some("B(name)=name"));
        let alias = told("LIB_NAMESPACE", "", "lib");
        assert_eq!(alias.as_deref(), Some("LIB_NAMESPACE=lib"));
        for (name, body) in [("LIB", "lib"), ("A", "inline namespace v1 {"), ("B", "")] {
            assert_eq!(told(name, "", body), None, "{name}");
        }
    }
}
