//! What the quotes and brackets of a shell hold, followed from line to line. A shell takes a text that swallows half of a script; a person does
//! not. It reads no commands: what it does not understand it leaves alone.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::brackets::stretch_end;
use crate::lines::Lines;

/// What holds something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// `` `…` ``
    Backtick,
    /// `$(…)`
    Commands,
    /// `"…"`
    Double,
    /// `(…)`: a list of commands or of words.
    List,
    /// `'…'` and `$'…'`
    Single,
    /// `$((…))`
    Sum,
    /// `${…}`
    Value,
}

/// Something that is held, from the mark that begins it to the one that ends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) holder: Holder,
    /// Where what is held begins, behind the mark.
    pub(crate) start: usize,
    /// Where it ends, before the mark; nothing where the script ends first.
    pub(crate) end: Option<usize>,
}

/// What holds the place that is read, and what is known of it.
struct Frame {
    holder: Holder,
    /// Its place among what was found.
    at: usize,
    /// `case` that no `esac` has ended yet: a bracket ends a pattern there.
    cases: usize,
    /// Round brackets that are open in a sum.
    depth: usize,
    escapes: bool,
}

/// Follows a script.
struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    stack: Vec<Frame>,
    found: Vec<Held>,
    /// `case` outside of everything.
    cases: usize,
    /// A command may begin here.
    begins: bool,
    /// Marks of texts that begin behind this line, and whether tabs may stand before them.
    pending: Vec<(String, bool)>,
}

/// Everything that is held in a script, in the order in which it begins.
pub(crate) fn held(text: &str) -> Vec<Held> {
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: 0,
        stack: Vec::new(),
        found: Vec::new(),
        cases: 0,
        begins: true,
        pending: Vec::new(),
    };
    while reader.at < reader.bytes.len() {
        match reader.stack.last().map(|frame| frame.holder) {
            Some(Holder::Single) => reader.single(),
            Some(Holder::Double) => reader.double(),
            Some(Holder::Value) => reader.value(),
            Some(Holder::Sum) => reader.sum(),
            Some(Holder::Backtick | Holder::Commands | Holder::List) | None => reader.commands(),
        }
    }
    reader.found
}

impl Reader<'_> {
    fn starts(&self, mark: &str) -> bool {
        self.text.as_bytes()[self.at..].starts_with(mark.as_bytes())
    }

    fn open(&mut self, holder: Holder, mark: usize) {
        self.at += mark;
        self.stack.push(Frame {
            holder,
            at: self.found.len(),
            cases: 0,
            depth: 0,
            escapes: mark == 2 && holder == Holder::Single,
        });
        self.found.push(Held {
            holder,
            start: self.at,
            end: None,
        });
        self.begins = true;
    }

    fn close(&mut self, mark: usize) {
        if let Some(frame) = self.stack.pop() {
            self.found[frame.at].end = Some(self.at);
        }
        self.at += mark;
        self.begins = false;
    }

    /// What a shell puts in, wherever that is done: whether something of the kind begins here.
    fn expansion(&mut self) -> bool {
        if self.starts("`") {
            let open = self
                .stack
                .iter()
                .rposition(|frame| frame.holder == Holder::Backtick);
            match open {
                // What began within ends with it.
                Some(open) => {
                    self.stack.truncate(open + 1);
                    self.close(1);
                }
                None => self.open(Holder::Backtick, 1),
            }
        } else if self.starts("$((") {
            self.open(Holder::Sum, 3);
        } else if self.starts("$(") {
            self.open(Holder::Commands, 2);
        } else if self.starts("${") {
            self.open(Holder::Value, 2);
        } else if self.starts("\\") {
            self.at += 2;
            self.begins = false;
        } else {
            return false;
        }
        true
    }

    fn single(&mut self) {
        let escapes = self.stack.last().is_some_and(|frame| frame.escapes);
        match self.bytes[self.at] {
            b'\'' => self.close(1),
            b'\\' if escapes => self.at += 2,
            _ => self.at += 1,
        }
    }

    fn double(&mut self) {
        if self.starts("\"") {
            self.close(1);
        } else if !self.expansion() {
            self.at += 1;
        }
    }

    fn value(&mut self) {
        let in_text = self
            .stack
            .iter()
            .any(|frame| frame.holder == Holder::Double);
        let letter = self.bytes[self.at];
        match letter {
            b'}' => self.close(1),
            b'"' => self.open(Holder::Double, 1),
            b'\'' if !in_text => self.open(Holder::Single, 1),
            _ if self.expansion() => {}
            _ => self.at += 1,
        }
    }

    fn sum(&mut self) {
        let depth = self.stack.last().map_or(0, |frame| frame.depth);
        let letter = self.bytes[self.at];
        let mut deepen = |to: usize| {
            if let Some(frame) = self.stack.last_mut() {
                frame.depth = to;
            }
            self.at += 1;
        };
        match letter {
            b'(' => deepen(depth + 1),
            b')' if depth > 0 => deepen(depth - 1),
            b')' => self.close(if self.starts("))") { 2 } else { 1 }),
            b'"' => self.open(Holder::Double, 1),
            _ if self.expansion() => {}
            _ => self.at += 1,
        }
    }

    fn commands(&mut self) {
        let letter = self.bytes[self.at];
        match letter {
            b'\n' => {
                self.at += 1;
                self.begins = true;
                self.skip_texts();
            }
            b' ' | b'\t' | b'\r' => self.at += 1,
            b'\'' => self.open(Holder::Single, 1),
            b'"' => self.open(Holder::Double, 1),
            b'$' if self.starts("$'") => self.open(Holder::Single, 2),
            _ if self.expansion() => {}
            b'(' => self.open(Holder::List, 1),
            b')' => self.bracket(),
            b'#' if self.begins_word() => {
                let rest = &self.bytes[self.at..];
                let is_run = self
                    .stack
                    .iter()
                    .any(|frame| frame.holder == Holder::Backtick);
                let end = rest
                    .iter()
                    .position(|byte| *byte == b'\n' || (is_run && *byte == b'`'));
                self.at += end.unwrap_or(rest.len());
            }
            b'<' if self.starts("<<") && !self.starts("<<<") => self.begin_text(),
            b';' | b'&' | b'|' => {
                self.at += 1;
                self.begins = true;
            }
            _ => self.word(),
        }
    }

    fn begins_word(&self) -> bool {
        let before = self.at.checked_sub(1).map(|at| self.bytes[at]);
        before.is_none_or(|before| matches!(before, b' ' | b'\t' | b'\n' | b';' | b'(' | b'`'))
    }

    /// `)`: the end of a list, or of the pattern of a `case`.
    fn bracket(&mut self) {
        match self.stack.last() {
            Some(frame) if frame.cases == 0 && frame.holder != Holder::Backtick => self.close(1),
            Some(_) | None => {
                self.at += 1;
                self.begins = true;
            }
        }
    }

    fn word(&mut self) {
        let is_part = |byte: &u8| {
            !matches!(
                byte,
                b' ' | b'\t'
                    | b'\n'
                    | b'\r'
                    | b'\''
                    | b'"'
                    | b'$'
                    | b'`'
                    | b'('
                    | b')'
                    | b';'
                    | b'&'
                    | b'|'
                    | b'<'
                    | b'\\'
            )
        };
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|byte| !is_part(byte));
        let length = length.unwrap_or(rest.len()).max(1);
        let is_whole = self.begins_word();
        let word = &rest[..length];
        if self.begins && is_whole {
            let cases = match self.stack.last_mut() {
                Some(frame) => &mut frame.cases,
                None => &mut self.cases,
            };
            match word {
                b"case" => *cases += 1,
                b"esac" => *cases = cases.saturating_sub(1),
                _ => {}
            }
        }
        self.begins = is_whole
            && matches!(
                word,
                b"then" | b"do" | b"else" | b"elif" | b"if" | b"while" | b"until" | b"!" | b"{"
            );
        self.at += length;
    }

    /// `<<END`: a text that begins behind this line.
    fn begin_text(&mut self) {
        let (rest, has_tabs) = match self.text.get(self.at + 2..) {
            Some(rest) => (rest.trim_start_matches('-'), rest.starts_with('-')),
            None => ("", false),
        };
        let line = rest
            .lines()
            .next()
            .unwrap_or("")
            .trim_start_matches([' ', '\t']);
        let mark: String = line
            .chars()
            .filter(|letter| !matches!(letter, '\'' | '"' | '\\'))
            .take_while(|letter| !letter.is_whitespace() && !";|&)<>`".contains(*letter))
            .collect();
        if !mark.is_empty() {
            self.pending.push((mark, has_tabs));
        }
        self.at += 2;
        // The mark itself is no text.
        while self.at < self.bytes.len() && matches!(self.bytes[self.at], b'-' | b' ' | b'\t') {
            self.at += 1;
        }
        let is_mark = |byte: &u8| byte.is_ascii_alphanumeric() || b"_'\"\\!".contains(byte);
        let rest = &self.bytes[self.at..];
        self.at += rest
            .iter()
            .position(|byte| !is_mark(byte))
            .unwrap_or(rest.len());
    }

    /// Steps over the texts that were begun in the line above. One that does not end is none.
    fn skip_texts(&mut self) {
        for (mark, has_tabs) in std::mem::take(&mut self.pending) {
            let Some(rest) = self.text.get(self.at..) else {
                return;
            };
            let mut length = 0;
            for line in rest.split_inclusive('\n') {
                length += line.len();
                let own = line.trim_end_matches(['\n', '\r']);
                let own = if has_tabs {
                    own.trim_start_matches('\t')
                } else {
                    own
                };
                if own == mark {
                    self.at += length;
                    break;
                }
            }
        }
    }
}

/// What speaks against a text that swallows lines which look like those of a script, each and at most.
const SWALLOWED: (u32, u32) = (45, 360);
/// What speaks against a text of nothing beside a word, and against a blank between a word and the rest of a text.
const EMPTY: u32 = 110;
const GLUED: u32 = 55;
/// What speaks against `${…}` that goes on behind its line.
const LATE: u32 = 90;
/// Lines of `$(…)` that are nothing unusual, what speaks against each more, and at most.
const USUAL_LINES: usize = 14;
const LONG: (u32, u32) = (12, 240);
/// What speaks against `${…}` that no shell can put anything in for, and against running what is a value elsewhere.
const BAD_VALUE: u32 = 220;
const RUN_VALUE: u32 = 130;

impl Held {
    /// What it holds; to the end of the script where nothing ends it.
    fn inner<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.start..self.end.unwrap_or(text.len()))
            .unwrap_or("")
    }

    /// What speaks against a person's having meant to hold that, in hundredths of a slip.
    pub(crate) fn doubt(&self, text: &str) -> u32 {
        let inner = self.inner(text);
        let count = inner.bytes().filter(|byte| *byte == b'\n').count();
        match self.holder {
            Holder::Double | Holder::Single => {
                let lines = u32::try_from(swallowed(inner)).unwrap_or(9);
                (SWALLOWED.0 * lines).min(SWALLOWED.1) + self.edges(inner, text)
            }
            Holder::Value => {
                let late = if count > 0 { LATE } else { 0 };
                let bad = self.end.is_some() && !is_value(inner);
                // What comes behind a value with an operator stands in it.
                let behind = self.end.and_then(|end| text.get(end + 1..)).unwrap_or("");
                let is_split = [":-", ":=", ":+", ":?", "##", "%%"]
                    .iter()
                    .any(|mark| behind.starts_with(mark));
                // So does what is glued to an operator that has nothing behind it.
                let is_cut = [":-", ":=", ":+", ":?"]
                    .iter()
                    .any(|mark| inner.ends_with(mark))
                    && behind.starts_with(|letter: char| letter.is_alphanumeric());
                let odd = is_split || (is_cut && self.end.is_some());
                late + if bad { BAD_VALUE } else { 0 } + if odd { GLUED } else { 0 }
            }
            Holder::Backtick | Holder::Commands => {
                let more = u32::try_from(count.saturating_sub(USUAL_LINES)).unwrap_or(99);
                let long = (LONG.0 * more).min(LONG.1);
                let is_run = self.holder == Holder::Commands && runs_value(inner, text);
                // What is run stands right behind the mark.
                let is_late =
                    self.holder == Holder::Backtick && inner.starts_with([' ', '\t', '\n']);
                long + if is_run { RUN_VALUE } else { 0 } + if is_late { LATE } else { 0 }
            }
            Holder::Sum => {
                let is_sum = self.end.is_none_or(|end| text[end..].starts_with("))"));
                if is_sum { 0 } else { RUN_VALUE }
            }
            Holder::List => 0,
        }
    }

    /// What speaks against a text that is glued to a word: where it begins or ends with a blank, or holds nothing; and against one that says
    /// where output goes.
    fn edges(&self, inner: &str, text: &str) -> u32 {
        let begins = self
            .start
            .checked_sub(1)
            .and_then(|at| text.get(..at))
            .unwrap_or("");
        let behind = self.end.and_then(|end| text.get(end + 1..)).unwrap_or("");
        let is_part = |letter: char| letter.is_alphanumeric() || "_}>$".contains(letter);
        let is_word = |letter: char| letter.is_alphanumeric() || "_$".contains(letter);
        let (before, after) = (begins.ends_with(is_part), behind.starts_with(is_word));
        let blank = [' ', '\t'];
        let mut doubt = 0;
        if inner.is_empty() && (before || after) {
            doubt += EMPTY;
        } else if !inner.trim().is_empty() {
            doubt += if before && inner.starts_with(blank) {
                GLUED
            } else {
                0
            };
            doubt += if after && inner.ends_with(blank) {
                GLUED
            } else {
                0
            };
        }
        let goes = [" > $", " >> $", " > /", " >> /", " 2>/dev"]
            .iter()
            .any(|to| inner.contains(to));
        doubt
            + if goes && self.holder == Holder::Double {
                GLUED
            } else {
                0
            }
    }
}

/// What speaks against a whole script, in hundredths of a slip.
pub(crate) fn doubts(text: &str) -> u32 {
    let of_held: u32 = held(text).iter().map(|held| held.doubt(text)).sum();
    of_held + UNSET * unset(text)
}

/// Lines in which something is odd that a shell's parser tells far below, if at all, and what it costs to look there: where something begins
/// that swallows the lines of a script or has no end, and where a block begins without its second word.
pub(crate) fn odd_lines(lines: &Lines<'_>) -> Vec<(usize, u32)> {
    let text = lines.all();
    let found = held(text);
    let is_odd = |held: &&Held| held.doubt(text) > 0;
    let is_open = |held: &&Held| held.end.is_none();
    let odd = found.iter().filter(is_odd).take(MOST_ODD);
    let open = found.iter().filter(is_open).take(MOST_ODD);
    let mut told: Vec<(usize, u32)> = Vec::new();
    for (place, held) in odd.enumerate() {
        told.push((
            lines.at(held.start),
            if place == 0 { FIRST_ODD } else { ODD },
        ));
    }
    for held in open {
        let line = lines.at(held.start);
        told.push((line, ODD));
        // What begins in a line and goes on in deeper ones ends there.
        let last = match held.holder {
            Holder::Commands | Holder::List | Holder::Value => stretch_end(lines, line, STRETCH),
            Holder::Backtick | Holder::Double | Holder::Single | Holder::Sum => line,
        };
        told.extend((line + 1..=last).map(|line| (line, ODD)));
    }
    told.extend(
        odd_heads(lines)
            .into_iter()
            .take(MOST_ODD)
            .map(|line| (line, FIRST_ODD)),
    );
    told
}

/// How many of each kind are looked at, and what it costs.
const MOST_ODD: usize = 4;
const FIRST_ODD: u32 = 10;
const ODD: u32 = 30;
/// Lines of a list in which its end is looked for.
const STRETCH: usize = 14;

/// Lines that begin a block and say no `then` or `do`, nor does the next one; and lines of one word that only begins something.
fn odd_heads(lines: &Lines<'_>) -> Vec<usize> {
    let is_head = |line: &usize| {
        let text = lines.text(*line).trim();
        let code = text.split(" #").next().unwrap_or(text).trim_end();
        if BEGINNERS.contains(&code) {
            return true;
        }
        let word = match code.split([' ', '\t']).next() {
            Some("if" | "elif") => "then",
            Some("for" | "until" | "while") => "do",
            Some(_) | None => return false,
        };
        let says = |code: &str| {
            let mut commands = code.split([';', '&', '|']).skip(1);
            commands.any(|command| command.split_whitespace().next() == Some(word))
        };
        let goes_on = code.ends_with(['\\', '&', '|', '(', '{']) || code.starts_with("for ((");
        let below = (line + 1..lines.count()).map(|at| lines.text(at).trim());
        let next = below
            .into_iter()
            .find(|text| !text.is_empty() && !text.starts_with('#'));
        let is_there = next.is_some_and(|next| next.split([' ', ';', '\t']).next() == Some(word));
        !goes_on && !is_there && !says(code)
    };
    (0..lines.count()).filter(is_head).collect()
}

/// Words of a shell that begin something, and rarely stand alone in a line.
pub(crate) const BEGINNERS: &[&str] = &["case", "elif", "for", "function", "if", "until", "while"];

/// A script with `$name` for `${name}` where it is the same.
pub(crate) fn plain_values(text: &str) -> String {
    let texts: Vec<Held> = held(text)
        .into_iter()
        .filter(|held| held.holder == Holder::Single)
        .collect();
    // In such a text it may be something else.
    let in_text = |at: usize| {
        let before = texts.partition_point(|held| held.start <= at);
        let last = before.checked_sub(1).map(|last| &texts[last]);
        last.is_some_and(|held| held.end.is_none_or(|end| at < end))
    };
    let is_name = |name: &str| {
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let is_word =
            name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
        (is_word && name.chars().all(is_part))
            || (name.len() == 1 && !name.starts_with(is_part))
            || (name.len() == 1 && name.starts_with(|letter: char| letter.is_ascii_digit()))
    };
    let mut plain = String::with_capacity(text.len());
    let mut rest = 0;
    for (at, _) in text.match_indices("${") {
        let Some((name, after)) = text[at + 2..].split_once('}') else {
            break;
        };
        let goes_on =
            after.starts_with(|letter: char| letter.is_alphanumeric() || "_[".contains(letter));
        if at >= rest && is_name(name) && !goes_on && !in_text(at) {
            plain.push_str(&text[rest..at]);
            plain.push('$');
            plain.push_str(name);
            rest = at + 3 + name.len();
        }
    }
    plain.push_str(&text[rest..]);
    plain
}

/// How many values are put in that are named as those of a script are, and that the script mentions nowhere else.
fn unset(text: &str) -> u32 {
    static PUT_IN: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\$\{?([a-z_][a-z0-9_]+)").expect("the expression is tested"));
    static WORD: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"[A-Za-z_]\w*").expect("the expression is tested"));
    let mut named: BTreeSet<&str> = BTreeSet::new();
    for word in WORD.find_iter(text) {
        let before = &text[..word.start()];
        // It is given a value (`a=`, `read a`, `for a in`), or it is spoken of in another way than by what it holds and than as what is run.
        let is_put_in = before.ends_with('$') || before.ends_with("${");
        let after = &text[word.end()..];
        let is_given = after.starts_with('=') || after.starts_with("+=") || after.starts_with("[");
        let line = &before[before.rfind('\n').map_or(0, |at| at + 1)..];
        let takes = [
            "read", "for", "local", "declare", "export", "typeset", "readonly", "getopts", "-v",
            "let", "mapfile", "setq", "select",
        ]
        .iter()
        .any(|command| line.contains(command));
        if !is_put_in && (is_given || takes) {
            named.insert(word.as_str());
        }
    }
    let unset: BTreeSet<&str> = PUT_IN
        .captures_iter(text)
        .filter_map(|found| found.get(1))
        .map(|name| name.as_str())
        .filter(|name| !named.contains(name))
        .collect();
    u32::try_from(unset.len()).unwrap_or(0)
}

/// What speaks against a value that nothing sets.
const UNSET: u32 = 70;

/// How many lines of a text, its first one apart, look like those of a script.
fn swallowed(inner: &str) -> usize {
    static LINE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?x) ^\s* (?: (?:fi|done|esac|then|do|else)\b [;\s]* (?:\#.*)? $
                | (?:if|elif|while|until) \s+ [\[!a-z$] [^(]* $ | for \s+ \w+ \s+ in \b | case \s .* \s in $
                | (?:local|export|readonly|declare|shift|return|exit|set|unset|eval|echo|printf) (?:\s|$)
                | [A-Za-z_]\w* = [$\x22'`\w/(]* | [A-Za-z_][\w-]* \s* \(\) | \[\[?\s
                | .* (?:;;|;\s*then|;\s*do|\|\||&&) $ )",
        )
        .expect("the expression is tested")
    });
    inner
        .split('\n')
        .skip(1)
        .filter(|line| LINE.is_match(line))
        .count()
}

/// Whether a shell knows what to put in for `${inner}`.
fn is_value(inner: &str) -> bool {
    static VALUE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?s)^(?:[#!]?(?:[A-Za-z_]\w*|\d+|[@*\#?$!-])(?:\[.*\])?(?:[-:+=?%#/^,@*].*)?)$",
        )
        .expect("the expression is tested")
    });
    VALUE.is_match(inner)
}

/// Whether `$(inner)` runs one word that is a value of this script and no function of it.
fn runs_value(inner: &str, text: &str) -> bool {
    let end = inner.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let word = &inner[..end.unwrap_or(inner.len())];
    let rest = &inner[word.len()..];
    // A command has a blank behind it.
    let is_odd =
        !rest.starts_with(|letter: char| letter.is_whitespace() || "-;|&<>".contains(letter));
    if word.starts_with(|letter: char| letter.is_ascii_digit()) {
        return is_odd && word.parse::<u32>().is_ok();
    }
    let is_name = word.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    is_name
        && is_odd
        && (is_given(text, word) || is_upper(word))
        && !text.contains(&format!("{word}()"))
        && !text.contains(&format!("{word} ()"))
        && !text.contains(&format!("function {word}"))
}

/// Whether a word is written as values of the environment are.
fn is_upper(word: &str) -> bool {
    word.len() > 2 && !word.contains(|letter: char| letter.is_ascii_lowercase())
}

/// Whether a script gives a value of this name something, or uses it.
fn is_given(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        let is_end = !after.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_');
        let begins = before.is_empty() || before.ends_with([' ', '\t', '\n', ';']);
        is_end
            && ((begins && after.starts_with('='))
                || before.ends_with('$')
                || before.ends_with("${"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inner(text: &str) -> Vec<(Holder, Option<&str>)> {
        held(text)
            .into_iter()
            .map(|held| (held.holder, held.end.map(|end| &text[held.start..end])))
            .collect()
    }

    #[test]
    fn what_is_held_has_quotes_of_its_own() {
        assert_eq!(
            inner("a=\"$(b \"$c\" ${d:-\"e\"})\" # it's\n"),
            [
                (Holder::Double, Some("$(b \"$c\" ${d:-\"e\"})")),
                (Holder::Commands, Some("b \"$c\" ${d:-\"e\"}")),
                (Holder::Double, Some("$c")),
                (Holder::Value, Some("d:-\"e\"")),
                (Holder::Double, Some("e")),
            ]
        );
        assert_eq!(
            inner("x=$(case $a in b) c;; (d) e;; esac)\n"),
            [
                (Holder::Commands, Some("case $a in b) c;; (d) e;; esac")),
                (Holder::List, Some("d")),
            ]
        );
        assert_eq!(
            inner("cat <<'E' | b\nit's\nE\n: $((1 + (2)))\n"),
            [(Holder::Sum, Some("1 + (2)"))]
        );
        assert_eq!(
            inner("a=`b \"c\"` $'\\''\n")[0],
            (Holder::Backtick, Some("b \"c\""))
        );
    }

    #[test]
    fn a_text_that_swallows_a_script_is_doubted() {
        let sound = "if a; then\n  b \"c\"\n  d=\"e\"\nfi\nawk '\n  { print }\n  x == 1 { y }\n'\nf \"g\nh\"\n";
        assert_eq!(doubts(sound), 0);
        assert!(doubts(&sound.replacen("c\"", "c", 1)) >= 45);
        assert!(doubts("a=\"$(b \"$c\"\" != d ]\nthen\n  e\nfi\n") >= 90);
    }

    #[test]
    fn values_that_no_shell_knows_are_doubted() {
        for known in [
            "a", "#", "#a", "a:-b", "a[1]", "!a", "@", "1", "10", "a%%.*", "#a[@]", "a//b/c", "?",
            "@:2", "a@Q",
        ] {
            assert!(is_value(known), "{known}");
        }
        for odd in ["", "# -gt 1", "a b", "1 >x", "$a"] {
            assert!(!is_value(odd), "{odd}");
        }
        assert_eq!(
            plain_values("a ${b}${c}d ${1} '${e}' ${#} \"${f}\"\n"),
            "a $b${c}d $1 '${e}' $# \"$f\"\n"
        );
        assert!(doubts("dir=a\nb=$(dir)\n") > 0);
        assert!(doubts("a=$(2)\n") > 0);
        assert_eq!(doubts("dir() { a; }\nb=$(dir)\nc=$(date)\n"), 0);
    }
}
