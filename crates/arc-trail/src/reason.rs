//! The sentence that says why.
//!
//! A sentence is chosen by its words: those that give a cause or a purpose come first, then prose that somebody took the time
//! to write below the first line. A first line alone says what was done; it counts only when it gives a cause itself.

use crate::naming::CodeWords;

/// Where a text was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QuoteSource {
    /// The message of the commit.
    Commit,
    /// The text of a pull request, as far as git knows it.
    PullRequest,
    /// A comment of a review.
    Review,
    /// An issue.
    Issue,
    /// A decision record, or a decision note in code.
    Decision,
    /// An entry of a change log.
    ChangeLog,
}

impl QuoteSource {
    /// The name printed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            QuoteSource::Commit => "commit",
            QuoteSource::PullRequest => "pull_request",
            QuoteSource::Review => "review",
            QuoteSource::Issue => "issue",
            QuoteSource::Decision => "decision",
            QuoteSource::ChangeLog => "change_log",
        }
    }
}

/// How close a text is to the lines that are asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bearing {
    /// Whoever wrote the lines wrote it about them.
    Own,
    /// Somebody said it of these very lines.
    Lines,
    /// It is about the problem that they solve.
    Problem,
    /// Somebody said it of their file.
    File,
    /// Somebody said it of everything that came with them.
    Whole,
}

impl Bearing {
    /// What a sentence is worth that is worth `score` where nobody doubts that it is about the lines; `cause` is how surely
    /// it gives a reason. What is said in passing gives one or is none.
    fn weigh(self, score: u32, cause: u32) -> Option<u32> {
        let (least, more, less) = match self {
            Bearing::Own => (0, 0, 0),
            Bearing::Lines => (5, 10, 0),
            Bearing::Problem => (3, 0, 3),
            Bearing::File => (6, 0, 5),
            Bearing::Whole => (8, 0, 10),
        };
        (cause >= least).then(|| (score + more).saturating_sub(less))
    }
}

/// Something that somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said<'a> {
    /// How close it is to the lines.
    pub bearing: Bearing,
    /// Where.
    pub source: QuoteSource,
    /// The commit, number or path, to open it.
    pub at: String,
    /// Its first line or title.
    pub title: &'a str,
    /// The rest.
    pub body: &'a str,
}

/// A sentence, letter for letter; only line ends within it became spaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The sentence.
    pub text: String,
    /// Where it was written.
    pub source: QuoteSource,
    /// The commit, number or path, to open it.
    pub at: String,
}

/// Words that give a cause or a purpose, with how sure that is.
const CAUSES: &[(&str, u32)] = &[
    ("because", 10),
    ("so that", 9),
    ("in order to", 9),
    ("otherwise", 8),
    ("due to", 8),
    ("the reason", 9),
    ("reason for", 9),
    ("to avoid", 8),
    ("avoids ", 7),
    ("to prevent", 8),
    ("prevents ", 7),
    ("to ensure", 7),
    ("ensures ", 6),
    ("to make sure", 7),
    ("this allows", 7),
    ("to allow", 7),
    ("allows ", 4),
    ("instead of", 4),
    ("rather than", 5),
    ("since ", 4),
    ("as a result", 6),
    ("caused by", 8),
    ("causing", 6),
    ("causes ", 6),
    ("which caused", 8),
    ("leads to", 6),
    ("led to", 6),
    ("would ", 3),
    ("no longer", 4),
    ("for performance", 7),
    ("faster", 4),
    ("security", 4),
    ("confusing", 5),
    ("needed", 4),
    ("required", 3),
    ("necessary", 4),
    ("deprecat", 3),
    ("regression", 5),
    ("broke", 5),
    ("broken", 4),
    ("fails ", 4),
    ("failed ", 3),
    ("crash", 4),
    ("incorrect", 4),
    ("wrong", 4),
    ("bug", 3),
    ("workaround", 6),
    ("backward", 4),
    ("compatib", 4),
    ("problem", 5),
    ("issue was", 6),
    ("unexpected", 4),
    ("missing", 3),
    ("previously", 6),
    ("used to", 3),
    ("unlike", 4),
    ("want ", 2),
    ("should ", 3),
    ("must ", 3),
    ("safe", 2),
    ("consisten", 4),
    ("to support", 6),
    ("when ", 2),
    ("fix ", 1),
    ("fixes ", 1),
];

/// A first line is a reason from here on.
const TITLE_IS_A_REASON: u32 = 6;
/// A note that is no whole sentence is a reason from here on.
const NOTE_IS_A_REASON: u32 = 3;
/// An item of a list says what was done; it is a reason from here on.
const ITEM_IS_A_REASON: u32 = 5;
/// What prose below the first line is worth without any of the words.
const PROSE: u32 = 2;
/// Longer sentences are no sentences.
const MAX_SENTENCE: usize = 600;
/// Paragraphs looked at.
const MAX_SENTENCES: usize = 200;

/// The sentence that says why, from the first of the texts in which one is found to give a cause, else the best of all. An item
/// of a list that names other code than `about` is about that; without `about` nobody knows.
#[must_use]
pub fn find_reason(texts: &[Said<'_>], about: Option<&CodeWords>) -> Option<Quote> {
    let mut best: Option<(u32, &Said<'_>, String)> = None;
    for text in texts {
        for (score, sentence) in candidates(text, about) {
            if best.as_ref().is_none_or(|(known, ..)| score > *known) {
                best = Some((score, text, sentence));
            }
        }
    }
    let found = best.map(|(_, text, sentence)| Quote {
        text: sentence,
        source: text.source,
        at: text.at.clone(),
    });
    found.or_else(|| title_instead(texts))
}

/// Where the first line of a commit says nothing, what its pull request is called is the most that anybody said.
fn title_instead(texts: &[Said<'_>]) -> Option<Quote> {
    let (commit, others) = texts.split_first()?;
    let title = others
        .iter()
        .find(|other| !other.title.is_empty() && !says_nothing(other.title));
    title
        .filter(|_| says_nothing(commit.title))
        .map(|other| Quote {
            text: other.title.trim().to_owned(),
            source: other.source,
            at: other.at.clone(),
        })
}

/// Whether a first line is one of the words that people write when they have none.
fn says_nothing(title: &str) -> bool {
    const WORDS: &[&str] = &[
        "again", "and", "change", "changes", "cleanup", "comment", "comments", "commit", "done",
        "final", "first", "fix", "fixed", "fixes", "fixup", "initial", "lint", "minor", "misc",
        "more", "oops", "review", "second", "small", "some", "stuff", "temp", "test", "tests",
        "tmp", "try", "typo", "typos", "up", "update", "updated", "updates", "wip", "work", "in",
        "progress",
    ];
    let title = title.to_lowercase();
    let mut words = title
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words.all(|word| WORDS.contains(&word) || word.bytes().all(|byte| byte.is_ascii_digit()))
}

fn candidates(text: &Said<'_>, about: Option<&CodeWords>) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    let title = causes(text.title);
    if title >= TITLE_IS_A_REASON {
        let score = text.bearing.weigh(title, title);
        found.extend(score.map(|score| (score, text.title.trim().to_owned())));
    }
    let prose = sentences(text.body);
    for (
        place,
        Sentence {
            text: sentence,
            is_item,
        },
    ) in prose.into_iter().take(MAX_SENTENCES).enumerate()
    {
        let words = sentence.split_whitespace().count();
        // What comes first is usually the point; a few words are no sentence.
        let early: u32 = if place < 3 { 2 } else { 0 };
        let short = words < 4;
        let repeats = sentence.trim_end_matches('.') == text.title.trim_end_matches('.');
        // Notes and headings say what was done as first lines do; a whole sentence is somebody's explanation.
        let cause = causes(&sentence);
        let least = if is_item {
            ITEM_IS_A_REASON
        } else {
            NOTE_IS_A_REASON
        };
        let is_whole = !is_item
            && words >= 6
            && !(cause == 0 && is_left_undone(&sentence))
            && sentence.ends_with(['.', '!'])
            && !sentence.starts_with("Also ");
        let is_of_others = is_item && about.is_some_and(|about| about.is_named_apart(&sentence));
        let is_guess = cause < ITEM_IS_A_REASON && is_doubted(&sentence);
        if !short && !repeats && !is_of_others && !is_guess && (cause >= least || is_whole) {
            // Whoever asks does not know.
            let asks = text.bearing != Bearing::Own && sentence.ends_with('?');
            let cause = if asks { 0 } else { cause };
            let score = text.bearing.weigh(cause + early + PROSE, cause);
            found.extend(score.map(|score| (score, sentence)));
        }
    }
    found
}

/// Whether a sentence tells what a change does not do yet.
fn is_left_undone(sentence: &str) -> bool {
    let text = sentence.to_lowercase();
    let is_denied = text.contains("n't ") || text.contains(" not ");
    is_denied
        && text
            .split(|letter: char| !letter.is_alphanumeric())
            .any(|word| word == "yet")
}

/// Whether a sentence guesses how good a change is.
fn is_doubted(sentence: &str) -> bool {
    sentence
        .to_lowercase()
        .split(|letter: char| !letter.is_alphanumeric())
        .any(|word| matches!(word, "probably" | "hopefully" | "perhaps" | "maybe"))
}

fn causes(text: &str) -> u32 {
    let text = format!("{} ", text.to_lowercase());
    let mut sum = 0;
    for (word, sure) in CAUSES {
        let mut rest = text.as_str();
        while let Some(at) = rest.find(word) {
            let before = rest[..at].chars().next_back();
            if before.is_none_or(|letter| !letter.is_alphanumeric()) {
                sum += sure;
                break;
            }
            rest = &rest[at + word.len()..];
        }
    }
    sum.min(20)
}

/// A sentence of a text.
struct Sentence {
    text: String,
    /// It is an item of a list, or a part of one.
    is_item: bool,
}

/// The sentences of the prose in a text: no trailers, no code, no quoted or generated lines, and nothing that is said to be left
/// undone.
fn sentences(body: &str) -> Vec<Sentence> {
    let mut found = Vec::new();
    let mut paragraph = String::new();
    let (mut is_code, mut is_comment) = (false, false);
    let (mut in_item, mut is_undone) = (false, false);
    let margin = margin(body);
    for line in body.lines().chain([""]) {
        let line = &line[indentation(line).min(margin)..];
        let plain = line.trim();
        if plain.starts_with("```") || plain.starts_with("~~~") {
            is_code = !is_code;
            continue;
        }
        // What a template tells whoever fills it in.
        is_comment |= !is_code && plain.contains("<!--");
        let is_hidden = is_comment;
        is_comment &= !plain.contains("-->");
        let line = if is_hidden { "" } else { line };
        let plain = line.trim();
        let is_item = plain.starts_with(['-', '*', '+', '•']) && plain.len() > 2;
        // What is indented below an item belongs to it, and so does what stands right below its text, as in Markdown.
        let is_below = line.starts_with([' ', '\t']) || !paragraph.is_empty();
        let goes_on = in_item && !is_item && is_below;
        let is_no_prose = is_no_prose(if goes_on { plain } else { line });
        let ends_paragraph = plain.is_empty() || is_item || is_code || is_no_prose;
        if ends_paragraph && !paragraph.is_empty() {
            if !in_item {
                is_undone = announces_undone(&paragraph);
            }
            if !(in_item && is_undone) {
                split_sentences(&paragraph, in_item, &mut found);
            }
            paragraph.clear();
        }
        in_item = is_item || goes_on && !plain.is_empty();
        if plain.is_empty() || is_code || is_no_prose {
            continue;
        }
        if !paragraph.is_empty() {
            paragraph.push(' ');
        }
        paragraph.push_str(if is_item {
            plain[1..].trim_start_matches(|letter: char| {
                !letter.is_alphanumeric() && letter != '`' && letter != '"'
            })
        } else {
            plain
        });
    }
    found
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// How far in a text stands as a whole, trailers aside: some people write all of a message so, and none of it is code.
fn margin(body: &str) -> usize {
    let prose = body
        .lines()
        .filter(|line| !line.trim().is_empty() && !is_no_prose(line.trim()));
    let (mut least, mut count) = (usize::MAX, 0);
    for line in prose {
        least = least.min(indentation(line));
        count += 1;
    }
    if count > 1 { least } else { 0 }
}

/// Whether the items below are what is still to be done.
fn announces_undone(paragraph: &str) -> bool {
    let text = paragraph.to_lowercase();
    let words = [
        "missing",
        "todo",
        "to do",
        "remaining",
        "not yet",
        "left to",
        "next steps",
    ];
    text.ends_with(':') && words.iter().any(|word| text.contains(word))
}

/// Lines that programs write, or that show code.
fn is_no_prose(line: &str) -> bool {
    let plain = line.trim();
    let lower = plain.to_ascii_lowercase();
    let is_trailer = plain.split_once(": ").is_some_and(|(key, _)| {
        !key.contains(' ')
            && key.contains('-')
            && key
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    });
    is_trailer
        || line.starts_with("    ")
        || line.starts_with('\t')
        || plain.starts_with(['>', '|', '$', '#', '=', '~', '<'])
        || ["- [", "* [", "!["]
            .iter()
            .any(|start| plain.starts_with(start))
        || [
            "see merge request",
            "conflicts:",
            "merge branch",
            "this reverts commit",
            "(cherry picked from",
            "git-svn-id",
            "signed-off-by",
            "co-authored-by",
            "reviewed-by",
            "http://",
            "https://",
            "--hg",
            "branch : ",
            "change-id",
            "squashed commit",
            "this patch was",
        ]
        .iter()
        .any(|start| lower.starts_with(start))
        || !plain.chars().any(char::is_alphabetic)
        || is_reference_only(&lower)
}

/// `Fixes #3.`, `Closes: #12, #13`, `Refs ABC-1`.
fn is_reference_only(lower: &str) -> bool {
    const WORDS: &[&str] = &[
        "fix", "fixes", "fixed", "close", "closes", "closed", "resolves", "resolve", "resolved",
        "refs", "ref", "see", "issue", "issues", "and", "pr", "related", "to", "part", "of", "bug",
    ];
    lower
        .split([' ', ',', ':', ';', '.', '(', ')'])
        .filter(|word| !word.is_empty())
        .all(|word| {
            WORDS.contains(&word)
                || word.contains('#')
                || word.starts_with("http")
                || word.split_once('-').is_some_and(|(_, digits)| {
                    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
                })
        })
}

fn split_sentences(paragraph: &str, is_item: bool, found: &mut Vec<Sentence>) {
    let mut start = 0;
    let mut letters = paragraph.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let ends = match letters.peek() {
            Some((_, next)) => {
                matches!(letter, '.' | '!' | '?')
                    && next.is_whitespace()
                    && !ends_in_abbreviation(&paragraph[start..at])
            }
            None => true,
        };
        if ends {
            let sentence = paragraph[start..at + letter.len_utf8()].trim();
            if !sentence.is_empty() && sentence.len() <= MAX_SENTENCE {
                found.push(Sentence {
                    text: sentence.to_owned(),
                    is_item,
                });
            }
            start = at + letter.len_utf8();
        }
    }
}

fn ends_in_abbreviation(text: &str) -> bool {
    let last = text.rsplit([' ', '(']).next().unwrap_or("");
    matches!(
        last,
        "e.g" | "i.e" | "etc" | "vs" | "cf" | "eg" | "ie" | "resp" | "approx" | "no"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(title: &str, body: &str, expected: Option<&str>) {
        let text = Said {
            bearing: Bearing::Own,
            source: QuoteSource::Commit,
            at: "c".to_owned(),
            title,
            body,
        };
        let quote = find_reason(&[text], None);
        assert_eq!(quote.as_ref().map(|quote| quote.text.as_str()), expected);
        // A quote is what was written, letter for letter.
        if let Some(quote) = quote {
            let whole = format!("{title}\n{body}")
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            assert!(whole.contains(&quote.text.split_whitespace().collect::<Vec<_>>().join(" ")));
        }
    }

    #[test]
    fn a_first_line_that_says_nothing_yields_to_the_title_of_the_pull_request() {
        let quoted = |subject: &str| {
            let said = |source, title| Said {
                bearing: Bearing::Own,
                source,
                at: "#7".to_owned(),
                title,
                body: "",
            };
            let texts = [
                said(QuoteSource::Commit, subject),
                said(QuoteSource::PullRequest, "Sets of conditions"),
            ];
            find_reason(&texts, None).map(|quote| (quote.text, quote.source))
        };
        let title = Some(("Sets of conditions".to_owned(), QuoteSource::PullRequest));
        for subject in ["first", "WIP", "fix 2", "more fixes, minor", ""] {
            assert_eq!(quoted(subject), title, "{subject}");
        }
        assert_eq!(quoted("fix the lexer"), None);
    }

    #[test]
    fn items_of_lists_are_reasons_only_when_they_give_one() {
        check(
            "Get the reader to pass most tests.",
            "Still missing:\n - rolling back 'pos' when a double fails to parse\n - octal prefix failures because of the old lexer",
            None,
        );
        check(
            "Replace invalid bytes",
            "-   Test that surrogate escapes are not present.\n-   Add information about when surrogate escapes are safe for output to\n    the docstring.",
            None,
        );
        check(
            "Replace invalid bytes",
            "-   Use it in more places, because names from the system\n    may hold any bytes.",
            Some("Use it in more places, because names from the system may hold any bytes."),
        );
    }

    #[test]
    fn a_guess_about_the_change_itself_is_no_reason() {
        check("Support several issuers", "There are probably bugs.", None);
        check(
            "Fix the build on Windows",
            "This hopefully fixes the last of it.",
            None,
        );
        let cause = "They were probably dropped because the queue was full.";
        check("Keep the rows", cause, Some(cause));
    }

    #[test]
    fn a_cause_is_quoted() {
        check(
            "Use a lock",
            "This adds a lock.\nWithout it two writers met because nothing\nkept them apart. Also renames x.",
            Some("Without it two writers met because nothing kept them apart."),
        );
        check(
            "Avoid a crash caused by empty input",
            "",
            Some("Avoid a crash caused by empty input"),
        );
    }

    #[test]
    fn prose_counts_and_names_of_changes_do_not() {
        check(
            "Add x",
            "The parser reads two lines at once.",
            Some("The parser reads two lines at once."),
        );
        check("Add x", "", None);
        check(
            "Add x",
            "PRs made stale by this one\n\n- close #3\n- Also fix the option y here",
            None,
        );
        check(
            "Update the docs",
            "Fixes #3, #4.\n\nSigned-off-by: A <a@b>\nCo-authored-by: B <b@c>",
            None,
        );
        check(
            "Add x",
            "    code = because()\n\n```\nbecause so that\n```\n> because quoted",
            None,
        );
        check("Merge", "Merge branch 'a' because of b", None);
    }

    #[test]
    fn a_message_that_stands_indented_as_a_whole_is_prose() {
        check(
            "Check solutions",
            "    The changes can introduce\n    spurious results.\n\n    A function has been added to detect them.\n\nReviewed-by: A <a@b>",
            Some("The changes can introduce spurious results."),
        );
        check("Add x", "    code = because()", None);
        check(
            "Add x",
            "It is like this:\n\n    code = because()\n    more = so_that()",
            None,
        );
    }

    #[test]
    fn an_item_that_names_other_code_is_about_that() {
        let body = "Fixes #71\n\n* Fixed: insensitiviseMaps() made recursive so that nested keys are lowercased\n\
            * Changed: find() looks into overrides first because they count most\n";
        let text = Said {
            bearing: Bearing::Own,
            source: QuoteSource::Commit,
            at: "c".to_owned(),
            title: "Nested maps (#195)",
            body,
        };
        let quoted = |code: &str| {
            let mut about = CodeWords::default();
            about.add(code);
            let quote = find_reason(std::slice::from_ref(&text), Some(&about));
            quote.map(|quote| quote.text)
        };
        let of_find = "Changed: find() looks into overrides first because they count most";
        assert_eq!(quoted("v.find(path)").as_deref(), Some(of_find));
        assert_eq!(quoted("isPathShadowedInAutoEnv"), None);
    }

    #[test]
    fn what_is_not_done_yet_is_no_reason() {
        check(
            "Brand new classes for streaming",
            "This doesn't wire the reader up into the rest just yet.",
            None,
        );
        let cause = "It is copied because the other one is not public yet.";
        check("Add x", cause, Some(cause));
    }

    #[test]
    fn lines_right_below_an_item_belong_to_it() {
        let body = "- Use quic.ListenEarly instead of quic.ListenEarlyAddr; this gives us\nmore flexibility but also a new problem.\n\nThis was needed for the tests to pass.\n";
        let text = Said {
            bearing: Bearing::Own,
            source: QuoteSource::Commit,
            at: "c".to_owned(),
            title: "Improve listener logic (#5089)",
            body,
        };
        let mut about = CodeWords::default();
        about.add("func (na NetworkAddress) listen(ctx context.Context)");
        let quote = find_reason(std::slice::from_ref(&text), Some(&about));
        let other = "This was needed for the tests to pass.";
        assert_eq!(quote.map(|quote| quote.text).as_deref(), Some(other));
        about.add("quic.ListenEarly(ln, tlsConf)");
        let quote = find_reason(&[text], Some(&about)).unwrap();
        assert!(quote.text.ends_with("a new problem."), "{}", quote.text);
    }

    #[test]
    fn items_and_abbreviations_stay_whole() {
        check(
            "x",
            "- Skip hidden files, e.g. caches, because they are large\n- other things here too",
            Some("Skip hidden files, e.g. caches, because they are large"),
        );
    }

    #[test]
    fn what_a_template_says_is_no_reason() {
        check(
            "Add x",
            "<!-- Please explain why, because\nwe want to know. -->\n- [x] I have read the rules because I must.\n<details>\nIt is needed because y is slow.",
            Some("It is needed because y is slow."),
        );
    }

    #[test]
    fn what_is_said_of_the_lines_comes_before_what_is_said_of_the_rest() {
        let said = |bearing, body| Said {
            bearing,
            source: QuoteSource::Review,
            at: String::new(),
            title: "",
            body,
        };
        let quoted = |texts: &[Said<'_>]| find_reason(texts, None).map(|quote| quote.text);
        let because = "It is so because of a reason.";
        let rest = "The others are so because of another reason.";
        assert_eq!(
            quoted(&[said(Bearing::Own, rest), said(Bearing::Lines, because)]).as_deref(),
            Some(because)
        );
        assert_eq!(
            quoted(&[said(Bearing::Own, rest), said(Bearing::Whole, because)]).as_deref(),
            Some(rest)
        );
        let asked = "Should this be so because of that?";
        assert_eq!(quoted(&[said(Bearing::Lines, asked)]), None);
        // A whole sentence in passing explains nothing.
        let passing = "Please rename this one to something else.";
        assert_eq!(quoted(&[said(Bearing::Lines, passing)]), None);
    }

    #[test]
    fn hostile_texts_are_bounded() {
        check("x", &"because ".repeat(100_000), None);
        check("x", &"a. ".repeat(10_000), None);
        check("é", &"ÿé ".repeat(3), None);
    }
}
