//! Code of C without its comments, texts and directives: its words, and what a line adds to the lines before it.

use std::mem;

use super::attributes::is_type;

/// A word, a number or a byte of punctuation. A text is its first quote.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) is_word: bool,
}

/// All of a text but its directives.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut code = Code::default();
    let mut in_directive = false;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim();
        let goes_on = body.ends_with('\\');
        if mem::take(&mut in_directive) || body.starts_with('#') && !code.is_in_comment() {
            in_directive = goes_on;
        } else {
            code.read(line, |token| {
                tokens.push(Token {
                    start: start + token.start,
                    end: start + token.end,
                    ..token
                });
            });
        }
        start += line.len();
    }
    tokens
}

/// The code so far.
#[derive(Default)]
pub(super) struct Code {
    /// The last byte, and the one before it.
    bytes: [u8; 2],
    depth: i64,
    inside: Inside,
    /// The last line ends with `else`, or is the head of a statement.
    is_dangling: bool,
    /// The last line ends with the word of a type.
    ends_with_type: bool,
}

/// What a line ends in the middle of.
#[derive(Default, PartialEq, Eq)]
enum Inside {
    #[default]
    Code,
    Comment,
    /// A raw text with what ends it.
    Raw(String),
}

impl Code {
    /// Takes note of a line and gives it from its first code on; `None` when there is no code in it.
    pub(super) fn see<'a>(&mut self, line: &'a str) -> Option<&'a str> {
        let mut first = None;
        let mut last = 0..0;
        let mut bytes = self.bytes;
        let mut depth = self.depth;
        self.read(line, |token| {
            if first.is_none() || last.end < token.start {
                bytes = [bytes[1], b' '];
            }
            first.get_or_insert(token.start);
            last = token.start..token.end;
            for &byte in &line.as_bytes()[last.clone()] {
                bytes = [bytes[1], byte];
            }
            depth += match line.as_bytes()[token.start] {
                b'{' | b'(' => 1,
                b'}' | b')' => -1,
                _ => 0,
            };
        });
        let first = &line[first?..];
        (self.bytes, self.depth) = (bytes, depth);
        self.ends_with_type = is_type(&line[last.clone()]);
        self.is_dangling = line[last] == *"else"
            || bytes[1] == b')' && is_head(first)
            || bytes[1] == b':' && is_label(first);
        Some(first)
    }

    /// Hands on what a line has.
    fn read(&mut self, line: &str, mut give: impl FnMut(Token)) {
        let bytes = line.as_bytes();
        let mut word = 0..0;
        let mut at = 0;
        while at < bytes.len() {
            let ends = match &self.inside {
                Inside::Code => "",
                Inside::Comment => "*/",
                Inside::Raw(ends) => ends,
            };
            if !ends.is_empty() {
                let Some(end) = line[at..].find(ends) else {
                    return;
                };
                at += end + ends.len();
                self.inside = Inside::Code;
                continue;
            }
            let rest = &bytes[at..];
            let byte = bytes[at];
            let length = if rest.starts_with(b"//") {
                return;
            } else if rest.starts_with(b"/*") {
                self.inside = Inside::Comment;
                at += 2;
                continue;
            } else if byte.is_ascii_whitespace() {
                at += 1;
                continue;
            } else if is_word_byte(byte) {
                rest.iter().take_while(|byte| is_word_byte(**byte)).count()
            } else {
                1
            };
            let is_word = is_word_byte(byte);
            let end = at + length;
            let next_to_word = word.end == at;
            match byte {
                b'"' if next_to_word && line[word.clone()].ends_with('R') => {
                    let open = line[end..].find('(').unwrap_or(0);
                    self.inside = Inside::Raw(format!("){}\"", &line[end..end + open]));
                }
                // Between digits it parts them.
                b'\'' if next_to_word && bytes[word.start].is_ascii_digit() => {
                    at = end;
                    continue;
                }
                b'"' | b'\'' => {
                    give(Token {
                        start: at,
                        end,
                        is_word,
                    });
                    at += text_length(rest);
                    continue;
                }
                _ => {}
            }
            if is_word {
                word = at..end;
            }
            give(Token {
                start: at,
                end,
                is_word,
            });
            at = end;
        }
    }

    pub(super) fn is_in_comment(&self) -> bool {
        self.inside != Inside::Code
    }

    /// Braces and parentheses that are open.
    pub(super) fn depth(&self) -> i64 {
        self.depth
    }

    /// Goes back to where another side of a conditional began.
    pub(super) fn set_depth(&mut self, depth: i64) {
        self.depth = depth;
    }

    /// What follows belongs to the same expression or list.
    pub(super) fn is_unfinished(&self) -> bool {
        let [before, last] = self.bytes;
        if self.ends_with_type {
            return true;
        }
        match last {
            b',' | b'(' | b'=' | b'|' | b'?' => true,
            b'&' => before == b'&',
            b':' => before == b' ',
            _ => false,
        }
    }

    /// The code ends in the middle of an element.
    pub(super) fn is_cut(&self) -> bool {
        self.is_unfinished() && !self.ends_element()
    }

    /// A statement has to follow.
    pub(super) fn is_dangling(&self) -> bool {
        self.is_dangling
    }

    pub(super) fn ends_with(&self, byte: u8) -> bool {
        self.bytes[1] == byte
    }

    pub(super) fn ends_element(&self) -> bool {
        self.bytes[1] == b',' || self.bytes == *b"||" || self.bytes == *b"&&"
    }
}

/// Whether a line begins a statement that has another one inside.
fn is_head(line: &str) -> bool {
    let line = line.trim_start_matches(['}', ' ']);
    let line = line.strip_prefix("else").map_or(line, str::trim_start);
    ["if", "for", "while"].iter().any(|word| {
        line.strip_prefix(word)
            .is_some_and(|rest| rest.trim_start().starts_with('('))
    })
}

/// Whether a line is a label, which a statement has to follow.
fn is_label(line: &str) -> bool {
    let name = line.split_once(':').map_or("", |(name, _)| name.trim_end());
    !matches!(name, "default" | "private" | "protected" | "public")
        && name.bytes().all(is_word_byte)
        && name.starts_with(|first: char| first.is_ascii_lowercase())
}

/// Bytes of a text or a character with its quotes, or up to the end of the line.
fn text_length(text: &[u8]) -> usize {
    let mut at = 1;
    while at < text.len() {
        match text[at] {
            b'\\' => at += 2,
            byte if byte == text[0] => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
