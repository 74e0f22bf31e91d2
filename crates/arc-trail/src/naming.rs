//! Whether a sentence names code, and which.

use std::collections::BTreeSet;

/// The words of the code that a question is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodeWords(BTreeSet<String>);

impl CodeWords {
    /// Adds the words of a text.
    pub fn add(&mut self, text: &str) {
        for word in words(text).filter(|word| word.len() > 1) {
            if !self.0.contains(word) {
                self.0.insert(word.to_owned());
            }
        }
    }

    /// Whether a sentence names code, and none of this.
    pub(crate) fn is_named_apart(&self, sentence: &str) -> bool {
        let mut names = code_names(sentence).peekable();
        names.peek().is_some() && !names.any(|name| self.0.contains(name))
    }
}

/// The runs of letters, digits and underscores.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .filter(|word| !word.is_empty())
}

/// The words that are names of code by the look of them: `snake_case`, `camelCase`, called with brackets, or quoted as code.
fn code_names(sentence: &str) -> impl Iterator<Item = &str> {
    // Between one backtick and the next stands code.
    let quoted = sentence.split('`').skip(1).step_by(2).flat_map(words);
    let plain = words(sentence).filter(|word| {
        let end = word.as_ptr() as usize - sentence.as_ptr() as usize + word.len();
        let is_called = sentence[end..].starts_with("()");
        let is_snake = word.trim_matches('_').contains('_');
        let mut pairs = word.chars().zip(word.chars().skip(1));
        let is_camel = pairs.any(|(one, next)| one.is_lowercase() && next.is_uppercase());
        is_called || is_snake || is_camel
    });
    quoted.chain(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_by_their_look() {
        let named = |sentence| code_names(sentence).collect::<Vec<_>>().join(" ");
        assert_eq!(named("Fixed: find() looks into overrides first"), "find");
        assert_eq!(
            named("Fixed: TestBindPFlags uses a new Viper"),
            "TestBindPFlags"
        );
        assert_eq!(
            named("A `Set of x` and read_only values"),
            "Set of x read_only"
        );
        assert_eq!(named("README.md says why, and so does __init__"), "");
        assert_eq!(named("Größe und größeÄnderung() und `ä"), "ä größeÄnderung");
    }

    #[test]
    fn code_is_named_or_other_code_is() {
        let mut about = CodeWords::default();
        about.add("func (v *Viper) find(path []string) { v.override(path) }");
        assert!(!about.is_named_apart("find() looks into overrides"));
        assert!(about.is_named_apart("AllKeys() includes all keys"));
        assert!(!about.is_named_apart("all keys count"));
    }
}
