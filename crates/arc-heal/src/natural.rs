//! How natural a line reads among the other lines of its file: a model of which token follows which, learned from the file
//! itself and from what is usual in its language. It only orders repairs that a parser accepts; it proves nothing.

use std::collections::BTreeMap;

use crate::lines::Lines;
use crate::profile::Profile;
use crate::tokens::{Token, TokenKind, tokens};

/// What follows what in a file.
pub(crate) struct Natural<'a> {
    profile: &'a Profile,
    known: Known,
}

/// What lines say.
#[derive(Default)]
struct Known {
    exact: Counts,
    kinds: Counts,
    /// Which kind of token follows which two tokens: `echo` is followed by a text, whatever it says.
    mixed: Counts,
    /// The words of the code.
    words: BTreeMap<String, u32>,
    /// The kinds of tokens of whole lines.
    shapes: BTreeMap<Vec<String>, u32>,
    /// The same, with the word that the line begins with.
    calls: BTreeMap<Vec<String>, u32>,
}

/// A line of the file as it is.
pub(crate) struct Base {
    own: Known,
    strangeness: f64,
    /// The kinds of tokens of the lines next to it.
    beside: Vec<Vec<String>>,
}

/// How often three tokens, and the first two of them, stand in a row.
#[derive(Default)]
struct Counts {
    threes: BTreeMap<[String; 3], u32>,
    twos: BTreeMap<[String; 2], u32>,
}

impl Counts {
    fn learn(&mut self, three: [&String; 3]) {
        let [a, b, c] = three.map(String::clone);
        *self.twos.entry([a.clone(), b.clone()]).or_default() += 1;
        *self.threes.entry([a, b, c]).or_default() += 1;
    }

    /// How likely the last one follows the others, as what is known says `without` a part of it.
    fn likelihood(&self, without: &Counts, three: [&String; 3]) -> f64 {
        let three = three.map(String::clone);
        let two = [three[0].clone(), three[1].clone()];
        let all = seen(&self.twos, &two) - seen(&without.twos, &two).min(seen(&self.twos, &two));
        let own = seen(&self.threes, &three);
        f64::from(own - seen(&without.threes, &three).min(own)) / (f64::from(all) + 1.0)
    }
}

fn seen<K: Ord>(counts: &BTreeMap<K, u32>, key: &K) -> u32 {
    counts.get(key).copied().unwrap_or(0)
}

/// Files longer than this are learned from their first lines.
const MOST_LINES: usize = 5000;
/// Longer lines are data: nothing is learned from them, and none of their changes is strange.
const MOST_LETTERS: usize = 1000;
/// What even the strangest token is given.
const FLOOR: f64 = 1.0 / 512.0;
/// What each word of a text after its first is given, in bits.
const SWALLOWED: f64 = 2.5;
/// The same for one that is no word of the code.
const PROSE: f64 = 1.0;
/// The same for a comment that begins where a token ends.
const GLUED: f64 = 8.0;

/// A line of fewer tokens is like many others.
const SHAPELY: usize = 5;
/// What each token of a line counts in bits that is like another line from one end to the other, and how many of them do.
const ALIKE: (f64, usize) = (0.5, 12);
/// What a line counts that calls a command as another one does.
const CALLED: f64 = 8.0;
/// What each counts further where that line stands beside it: items of a table are written alike.
const BESIDE: f64 = 0.7;

impl Natural<'_> {
    pub(crate) fn learn<'a>(lines: &Lines<'_>, profile: &'a Profile) -> Natural<'a> {
        let mut natural = Natural {
            profile,
            known: Known::default(),
        };
        let mut known = Known::default();
        for line in 0..lines.count().min(MOST_LINES) {
            natural.learn_line(lines.text(line), &mut known);
        }
        for line in profile.idioms.lines() {
            natural.learn_line(line, &mut known);
        }
        natural.known = known;
        natural
    }

    fn learn_line(&self, line: &str, known: &mut Known) {
        if line.len() > MOST_LETTERS {
            return;
        }
        let (exact, kinds) = self.words(line);
        let letters = |word: &&String| word.starts_with(|letter: char| letter.is_alphanumeric());
        for word in exact.iter().filter(letters) {
            *known.words.entry(word.clone()).or_default() += 1;
        }
        for three in threes(&exact, &kinds) {
            known.exact.learn(three.exact);
            known.kinds.learn(three.kinds);
            known.mixed.learn(three.mixed());
        }
        *known.calls.entry(call(&exact, &kinds)).or_default() += 1;
        *known.shapes.entry(kinds).or_default() += 1;
    }

    /// The tokens of a line as they are, and by their kinds; both with marks for its ends.
    fn words(&self, line: &str) -> (Vec<String>, Vec<String>) {
        let code: Vec<Token> = tokens(line, self.profile)
            .into_iter()
            .filter(|token| token.kind != TokenKind::Comment)
            .collect();
        let marked = |words: Vec<String>| {
            let start = ["^^".to_owned(), "^".to_owned()];
            start
                .into_iter()
                .chain(words)
                .chain(["$".to_owned()])
                .collect()
        };
        let exact = code
            .iter()
            .map(|token| line[token.range.clone()].to_owned())
            .collect();
        let kinds = code.iter().map(|token| self.kind(token, line)).collect();
        (marked(exact), marked(kinds))
    }

    fn kind(&self, token: &Token, line: &str) -> String {
        let text = &line[token.range.clone()];
        match token.kind {
            TokenKind::Word if self.profile.keywords.contains(&text) => text.to_owned(),
            TokenKind::Word => "name".to_owned(),
            TokenKind::Number => "0".to_owned(),
            // What a shell runs stands where a text may not.
            TokenKind::Text if text.starts_with('`') => "text in backticks".to_owned(),
            TokenKind::Text if holds_code(text) => "code in a text".to_owned(),
            TokenKind::Text if self.has_other_quotes(text) => "text with quotes".to_owned(),
            TokenKind::Text if has_blank_edges(text) => "text with blanks around".to_owned(),
            TokenKind::Text if is_glued(token, line) => "text behind a word".to_owned(),
            TokenKind::Text if text[1..].starts_with('$') && !text.contains(' ') => {
                "value in a text".to_owned()
            }
            TokenKind::Text => "text".to_owned(),
            TokenKind::Quote | TokenKind::Operator | TokenKind::Comment => text.to_owned(),
        }
    }

    /// What is known of a line of the file as it is.
    pub(crate) fn base(&self, lines: &Lines<'_>, line: usize) -> Base {
        let text = lines.text(line);
        let mut own = Known::default();
        if text.len() <= MOST_LETTERS && self.known.shapes.contains_key(&self.words(text).1) {
            self.learn_line(text, &mut own);
        }
        let above = (0..line).rev().find(|at| !lines.is_blank(*at));
        let below = (line + 1..lines.count()).find(|at| !lines.is_blank(*at));
        let beside = above.into_iter().chain(below).map(|at| lines.text(at));
        Base {
            strangeness: self.strangeness(text, &own),
            own,
            beside: beside
                .filter(|text| text.len() <= MOST_LETTERS)
                .map(|text| self.words(text).1)
                .collect(),
        }
    }

    /// How much stranger a line reads when it is `edited`, in bits: by what all other lines of the file say, as it may be the one that is wrong.
    pub(crate) fn gain(&self, base: &Base, edited: &str) -> f64 {
        if edited.len() > MOST_LETTERS {
            return 0.0;
        }
        self.strangeness(edited, &base.own) - base.strangeness - self.beside(base, edited)
    }

    /// What speaks for a line that is built like one next to it.
    fn beside(&self, base: &Base, edited: &str) -> f64 {
        let kinds = self.words(edited).1;
        if shapely(&kinds) == 0.0 || !base.beside.contains(&kinds) {
            return 0.0;
        }
        BESIDE * shapely(&kinds)
    }

    /// How strange a line is, in bits, by what is known `without` a part of it.
    fn strangeness(&self, line: &str, without: &Known) -> f64 {
        if line.len() > MOST_LETTERS {
            return 0.0;
        }
        let of_tokens = self.of_tokens(line, without);
        // What a text or comment swallows would have been tokens: it must not be natural for being one.
        let of_texts: f64 = tokens(line, self.profile)
            .iter()
            .filter(|token| matches!(token.kind, TokenKind::Comment | TokenKind::Text))
            .flat_map(|token| {
                let text = &line[token.range.clone()];
                let before = line[..token.range.start].chars().next_back();
                let is_glued = token.kind == TokenKind::Comment
                    && before.is_some_and(|letter| !letter.is_whitespace());
                let words = text.split_whitespace().skip(1);
                words
                    .map(|word| self.swallowed(word, without))
                    .chain(is_glued.then_some(GLUED))
            })
            .sum();
        let (exact, kinds) = self.words(line);
        of_tokens + of_texts - self.alike(&kinds, without) - self.called(&exact, &kinds, without)
    }

    /// How strange the tokens of some code are.
    fn of_tokens(&self, code: &str, without: &Known) -> f64 {
        let (exact, kinds) = self.words(code);
        threes(&exact, &kinds)
            .map(|three| {
                let (known, mixed) = (&self.known, three.mixed());
                let likely = 0.55 * known.exact.likelihood(&without.exact, three.exact)
                    + 0.2 * known.kinds.likelihood(&without.kinds, three.kinds)
                    + 0.2 * known.mixed.likelihood(&without.mixed, mixed);
                -(likely + FLOOR).log2()
            })
            .sum()
    }

    /// What speaks for a line that is built like another one.
    fn alike(&self, kinds: &[String], without: &Known) -> f64 {
        let count = |known: &Known| known.shapes.get(kinds).copied().unwrap_or(0);
        if count(&self.known) <= count(without) {
            return 0.0;
        }
        ALIKE.0 * shapely(kinds)
    }

    /// What speaks for a line of a shell that calls a command as another line does.
    fn called(&self, exact: &[String], kinds: &[String], without: &Known) -> f64 {
        // A word and two more, between the marks for the ends.
        if !self.profile.is_shell() || exact.len() < 6 || kinds[2] != "name" {
            return 0.0;
        }
        let call = call(exact, kinds);
        if seen(&self.known.calls, &call) > seen(&without.calls, &call) {
            CALLED
        } else {
            0.0
        }
    }

    /// What a word is given that stands in a text. One of the code may have been code, and what is called there all the more.
    fn swallowed(&self, word: &str, without: &Known) -> f64 {
        let is_mark = |letter: char| !letter.is_alphanumeric() && letter != '_';
        let inner = word.trim_matches(is_mark);
        let is_known = |word: &str| {
            let word = word.to_owned();
            seen(&self.known.words, &word) > seen(&without.words, &word)
        };
        // As code it would have been as strange, and it is odder still in a text.
        let code = word.trim_matches(['"', '\'', '`']);
        let parts = tokens(code, self.profile);
        if let [name, mark, _, ..] = parts.as_slice()
            && !self.profile.is_shell()
            && name.kind == TokenKind::Word
            && matches!(&code[mark.range.clone()], "(" | ".")
            && is_known(&code[name.range.clone()])
        {
            return self.of_tokens(code, without) + SWALLOWED;
        }
        if inner.is_empty() || inner.contains(is_mark) || is_known(inner) {
            SWALLOWED
        } else {
            PROSE
        }
    }

    /// Whether there are quotes of another kind in a text.
    fn has_other_quotes(&self, text: &str) -> bool {
        let own = text.chars().next();
        text.contains(|letter| Some(letter) != own && self.profile.quotes.contains(letter))
    }
}

/// The kinds of the tokens of a line, and the word that it begins with.
fn call(exact: &[String], kinds: &[String]) -> Vec<String> {
    let first = exact.get(2).cloned().unwrap_or_default();
    std::iter::once(first)
        .chain(kinds.iter().skip(2).cloned())
        .collect()
}

/// How many tokens of a line count when it is like another one; none of a short line.
fn shapely(kinds: &[String]) -> f64 {
    // Without the marks for its ends.
    let length = kinds.len().saturating_sub(3);
    let counted = if length < SHAPELY {
        0
    } else {
        length.min(ALIKE.1)
    };
    f64::from(u32::try_from(counted).unwrap_or(0))
}

/// Three tokens in a row, as they are and by their kinds.
struct Three<'a> {
    exact: [&'a String; 3],
    kinds: [&'a String; 3],
}

impl<'a> Three<'a> {
    fn mixed(&self) -> [&'a String; 3] {
        [self.exact[0], self.exact[1], self.kinds[2]]
    }
}

fn threes<'a>(exact: &'a [String], kinds: &'a [String]) -> impl Iterator<Item = Three<'a>> {
    let rows = |words: &'a [String]| {
        words
            .array_windows()
            .map(|[a, b, c]: &[String; 3]| [a, b, c])
    };
    rows(exact)
        .zip(rows(kinds))
        .map(|(exact, kinds)| Three { exact, kinds })
}

/// Whether a text begins or ends with a blank between its quotes.
fn has_blank_edges(text: &str) -> bool {
    let mut letters = text.chars();
    // Its quotes.
    letters.next();
    letters.next_back();
    let inner = letters.as_str();
    inner.trim() != inner && !inner.trim().is_empty()
}

/// Whether a word ends where the text begins.
fn is_glued(token: &Token, line: &str) -> bool {
    line[..token.range.start].ends_with(|letter: char| letter.is_alphanumeric() || letter == '_')
}

/// Whether a text looks like the code between two texts: words apart, and brackets without their partners.
fn holds_code(text: &str) -> bool {
    let mut depth = 0i32;
    let mut is_odd = false;
    for letter in text.chars() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        is_odd |= depth < 0;
    }
    text.contains(' ') && (is_odd || depth != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Environment;
    use crate::profile::profile;

    fn strangeness(natural: &Natural<'_>, line: &str) -> f64 {
        natural.strangeness(line, &Known::default())
    }

    #[test]
    fn what_the_file_says_elsewhere_is_less_strange() {
        let text = "a.strip()\nb = c.strip()\nif d.strip():\n    e.strip()\n";
        let natural = Natural::learn(&Lines::new(text), profile(Environment::Python));
        assert!(strangeness(&natural, "x = y.strip()") < strangeness(&natural, "x = y.strip({})"));
    }

    #[test]
    fn lines_around_say_how_one_like_them_is_built() {
        let text = "    return Math.floor(size / kilo) + 'K';\n    return Math.floor(size / mega + 'M';\n    return size;\n";
        let lines = Lines::new(text);
        let natural = Natural::learn(&lines, profile(Environment::JavaScript));
        let gain = |edited| natural.gain(&natural.base(&lines, 1), edited);
        let right = gain("    return Math.floor(size / mega) + 'M';");
        let wrong = gain("    return Math.floor(size / mega + 'M');");
        assert!(right + 6.0 < wrong, "{right} {wrong}");
    }

    #[test]
    fn items_of_a_table_are_written_alike() {
        let text = "ways = {\n    \">=: Way.up,\n    \"<=\": Way.down,\n}\n";
        let lines = Lines::new(text);
        let natural = Natural::learn(&lines, profile(Environment::Python));
        let gain = |edited| natural.gain(&natural.base(&lines, 1), edited);
        let swallows = gain("    \">=: Way.up,\"");
        assert!(gain("    \">=\": Way.up,") + 8.0 < swallows, "{swallows}");
    }

    #[test]
    fn a_comment_does_not_begin_in_the_middle_of_a_text() {
        let text = "all = (\n    r'|&[a-z]+;'\n    r'|#[0-9]+;\n)\n";
        let lines = Lines::new(text);
        let natural = Natural::learn(&lines, profile(Environment::Python));
        let gain = |edited| natural.gain(&natural.base(&lines, 2), edited);
        let right = gain("    r'|#[0-9]+;'");
        assert!(right + 6.0 < gain("    r'|'#[0-9]+;"), "{right}");
    }

    #[test]
    fn a_command_is_given_what_it_is_given_elsewhere() {
        let text = "put low \"$low\" \"How low\"\nput high \"$high\" How high it is\"\n";
        let lines = Lines::new(text);
        let natural = Natural::learn(&lines, profile(Environment::Bash));
        let gain = |edited| natural.gain(&natural.base(&lines, 1), edited);
        let right = gain("put high \"$high\" \"How high it is\"");
        assert!(
            right + 4.0 < gain("put high \"$high\" How \"high it is\""),
            "{right}"
        );
    }

    #[test]
    fn what_is_called_is_hardly_said_in_a_text() {
        let text = "def f(kind, item):\n    say(\"%s\" % kind(item))\n    raise Odd(\"no %s here % kind(item))\n";
        let lines = Lines::new(text);
        let natural = Natural::learn(&lines, profile(Environment::Python));
        let gain = |edited| natural.gain(&natural.base(&lines, 2), edited);
        let right = gain("    raise Odd(\"no %s here\" % kind(item))");
        let swallows = gain("    raise Odd(\"no %s here % kind(item)\")");
        assert!(right < swallows, "{right} {swallows}");
    }

    #[test]
    fn a_line_does_not_speak_for_itself() {
        let text = "f(a, b)\nf(a b)\nf(c, d)\n";
        let lines = Lines::new(text);
        let natural = Natural::learn(&lines, profile(Environment::Python));
        assert!(natural.gain(&natural.base(&lines, 1), "f(a, b)") < 0.0);
    }

    #[test]
    fn what_shells_usually_write_is_known_to_a_short_script() {
        let natural = Natural::learn(&Lines::new("exit 0\n"), profile(Environment::Bash));
        let usual = [
            ("printf '%s\\n' \"$a\"", "printf \"'%s\\n' $a\""),
            ("[ \"$a\" = \"b\" ]", "[ \"$a\" =\" b\" ]"),
            ("eval ${PAGER-more}", "eval ${}PAGER-more"),
            ("echo \"sum: $sum\"", "echo sum:\" $sum\""),
        ];
        for (usual, odd) in usual {
            assert!(
                strangeness(&natural, usual) < strangeness(&natural, odd),
                "{usual} {odd}"
            );
        }
    }
}
