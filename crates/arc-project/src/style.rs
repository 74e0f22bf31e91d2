//! What the code around a change keeps to nearly without exception, and the new lines of the change that do not.
//!
//! Nothing is said of what few places show or what the places do not agree on, and nothing that a reader would have to look up: kind of
//! indentation, quotes, the length of lines, how words of a name are joined. A breach is a matter of taste: it never makes a change wrong.

use std::collections::BTreeSet;
use std::path::Path;

use arc_extract::{FileFacts, SymbolFact, flag};
use arc_graph::NodeKind;
use arc_store::{GraphFile, file_flag};

use crate::ask::AskError;
use crate::cached_facts::decode;
use crate::changes::{Changes, FileTexts, language_of};
use crate::other_texts::unreadable;
use crate::read_file::source_text;
use crate::style_limit::{Limit, line_limit};
use crate::style_quotes::{Quotes, has_quotes};

/// Files around a changed one that are looked at.
const MAX_FILES: usize = 12;
/// Files that no person writes.
const LEFT_OUT: u32 = file_flag::VENDORED | file_flag::GENERATED | file_flag::MINIFIED;
/// Places that show what is kept to, at least.
const MIN_PLACES: usize = 30;
/// Names that do.
const MIN_NAMES: usize = 8;
/// The part of them that agrees, at least.
const MIN_SHARE: f64 = 0.97;

/// New lines that are not written as the code around them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StyleBreach {
    /// The file.
    pub path: String,
    /// The first of the lines, from 1.
    pub line: u32,
    /// What they do, and what the code around does, with the counts.
    pub message: String,
}

/// The new lines of a change that do not keep to what nearly all of the code around them does. `graph` and `root` are the project
/// without the change.
///
/// # Errors
/// When the graph cannot be read.
pub fn style_breaches(
    graph: &GraphFile,
    root: &Path,
    changes: &Changes,
) -> Result<Vec<StyleBreach>, AskError> {
    let mut breaches = Vec::new();
    for texts in &changes.texts {
        if let Some(language) = language_of(&texts.path, &texts.new) {
            let around = Around::of(graph, root, texts, &language)?;
            breaches.extend(in_file(graph, root, (texts, &language), &around)?);
        }
    }
    Ok(breaches)
}

/// The code around a change: the file before it, and others near it in the same language.
struct Around {
    texts: Vec<String>,
    functions: Names,
    types: Names,
}

impl Around {
    fn of(
        graph: &GraphFile,
        root: &Path,
        changed: &FileTexts,
        language: &str,
    ) -> Result<Around, AskError> {
        let mut around = Around {
            texts: changed.old.iter().cloned().collect(),
            functions: Names::default(),
            types: Names::default(),
        };
        let own = graph.file(&changed.path)?.map(|file| file.id);
        let near = graph.files_around(&changed.path, 4 * MAX_FILES)?;
        for id in own.into_iter().chain(near) {
            let is_own = own == Some(id);
            let Some(file) = graph.file_by_id(id)? else {
                continue;
            };
            let is_kin = file.row.language.as_deref() == Some(language)
                && file.row.flags & LEFT_OUT == 0
                && (is_own || file.row.path != changed.path);
            if around.texts.len() > MAX_FILES || !is_kin {
                continue;
            }
            if let Some(bytes) = graph.facts(id)? {
                let facts = decode(graph.path(), &bytes).map_err(unreadable)?;
                around.functions.add(&facts, is_function);
                around.types.add(&facts, is_type);
            }
            if !is_own {
                // What cannot be read any more shows nothing.
                around.texts.extend(source_text(root, &file.row.path));
            }
        }
        Ok(around)
    }

    fn lines(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().flat_map(|text| text.lines())
    }
}

fn in_file(
    graph: &GraphFile,
    root: &Path,
    (texts, language): (&FileTexts, &str),
    around: &Around,
) -> Result<Vec<StyleBreach>, AskError> {
    let added = texts.added();
    let mut told: Vec<(u32, String)> = Vec::new();
    told.extend(indentation(&texts.new, &added, around));
    if has_quotes(language) {
        told.extend(quotes((&texts.new, language), &added, around));
    }
    let limit = line_limit(root, &texts.path, around.lines());
    told.extend(limit.and_then(|limit| too_long(&texts.new, &added, &limit)));
    let known = texts.names_before();
    let read = texts.now(language);
    for (kind, of, names) in [
        (
            "functions",
            is_function as fn(&SymbolFact) -> bool,
            &around.functions,
        ),
        ("types", is_type as fn(&SymbolFact) -> bool, &around.types),
    ] {
        told.extend(other_names(
            graph,
            (read.facts(), &known),
            of,
            (kind, names),
        )?);
    }
    let breach = |(line, message)| StyleBreach {
        path: texts.path.clone(),
        line,
        message,
    };
    Ok(told.into_iter().map(breach).collect())
}

/// Whether nearly all of some places agree.
fn is_uniform(count: usize, all: usize, least: usize) -> bool {
    all >= least && count as f64 >= MIN_SHARE * all as f64
}

/// New lines and their numbers.
fn new_lines<'t>(text: &'t str, added: &BTreeSet<u32>) -> impl Iterator<Item = (u32, &'t str)> {
    (1..)
        .zip(text.lines())
        .filter(|(line, _)| added.contains(line))
}

/// `and N more like it`.
fn others(count: usize) -> String {
    match count {
        0 | 1 => String::new(),
        _ => format!(" (and {} more)", count - 1),
    }
}

/// Lines that go in by tabs where others go in by spaces, or the other way round.
fn indentation(text: &str, added: &BTreeSet<u32>, around: &Around) -> Option<(u32, String)> {
    let (tabs, spaces) =
        around
            .lines()
            .fold((0, 0), |(tabs, spaces), line| match goes_in_by(line) {
                Some('\t') => (tabs + 1, spaces),
                Some(_) => (tabs, spaces + 1),
                None => (tabs, spaces),
            });
    let all = tabs + spaces;
    let (other, told, kept) = if is_uniform(tabs, all, MIN_PLACES) {
        (' ', "spaces", format!("tabs ({tabs} of {all} lines)"))
    } else if is_uniform(spaces, all, MIN_PLACES) {
        ('\t', "tabs", format!("spaces ({spaces} of {all} lines)"))
    } else {
        return None;
    };
    let wrong: Vec<u32> = new_lines(text, added)
        .filter(|(_, line)| goes_in_by(line) == Some(other))
        .map(|(line, _)| line)
        .collect();
    let first = *wrong.first()?;
    let more = others(wrong.len());
    Some((
        first,
        format!("indented by {told}{more}; the code around by {kept}"),
    ))
}

/// The letter that a line begins with when it goes in; not of what goes on in a comment.
fn goes_in_by(line: &str) -> Option<char> {
    let first = line.chars().next()?;
    let rest = line.trim_start();
    let is_code = !rest.is_empty() && !rest.starts_with('*');
    // One or two spaces align something.
    let is_wide = first == '\t' || line.len() - line.trim_start_matches(' ').len() > 1;
    (is_code && is_wide && matches!(first, '\t' | ' ')).then_some(first)
}

/// Strings in other quotes.
fn quotes(
    (text, language): (&str, &str),
    added: &BTreeSet<u32>,
    around: &Around,
) -> Option<(u32, String)> {
    let (mut single, mut double) = (0, 0);
    for text in &around.texts {
        for (_, quote) in Quotes::new(text, language) {
            if quote == '\'' {
                single += 1;
            } else {
                double += 1;
            }
        }
    }
    let all = single + double;
    let (other, told, kept) = if is_uniform(single, all, MIN_PLACES) {
        (
            '"',
            "double",
            format!("single ones ({single} of {all} strings)"),
        )
    } else if is_uniform(double, all, MIN_PLACES) {
        (
            '\'',
            "single",
            format!("double ones ({double} of {all} strings)"),
        )
    } else {
        return None;
    };
    let wrong: Vec<u32> = Quotes::new(text, language)
        .filter(|(line, quote)| *quote == other && added.contains(line))
        .map(|(line, _)| line)
        .collect();
    let first = *wrong.first()?;
    let more = others(wrong.len());
    Some((
        first,
        format!("a string in {told} quotes{more}; the code around has {kept}"),
    ))
}

/// Lines that are longer than lines are.
fn too_long(text: &str, added: &BTreeSet<u32>, limit: &Limit) -> Option<(u32, String)> {
    let wrong: Vec<(u32, usize)> = new_lines(text, added)
        .map(|(line, text)| (line, limit.length(text)))
        .filter(|(_, length)| *length > limit.most)
        .collect();
    let (first, length) = *wrong.first()?;
    let more = others(wrong.len());
    let Limit { most, why } = limit;
    Some((
        first,
        format!("a line of {length} letters{more}; {most} are the most {why}"),
    ))
}

/// How the words of a name are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Join {
    Snake,
    Camel,
    Pascal,
}

impl Join {
    const ALL: [Join; 3] = [Join::Snake, Join::Camel, Join::Pascal];

    /// `None` for a name of one word, and for one that mixes.
    fn of(name: &str) -> Option<Join> {
        let name = name.trim_end_matches("()").trim_matches(['_', '?', '!']);
        let has_upper = name.chars().skip(1).any(char::is_uppercase);
        let has_lower = name.chars().any(char::is_lowercase);
        match (name.contains('_'), has_upper) {
            (true, false) if name.starts_with(char::is_lowercase) => Some(Join::Snake),
            (false, true) if !has_lower => None,
            (false, true) if name.starts_with(char::is_lowercase) => Some(Join::Camel),
            (false, true) if name.starts_with(char::is_uppercase) => Some(Join::Pascal),
            (true | false, _) => None,
        }
    }

    fn shown(self) -> &'static str {
        match self {
            Join::Snake => "like_this",
            Join::Camel => "likeThis",
            Join::Pascal => "LikeThis",
        }
    }
}

/// How many names are joined in which way.
#[derive(Default)]
struct Names {
    counts: [usize; 3],
}

impl Names {
    fn add(&mut self, facts: &FileFacts, of: fn(&SymbolFact) -> bool) {
        for symbol in facts.symbols.iter().filter(|symbol| of(symbol)) {
            if let Some(join) = Join::of(facts.text(symbol.name)) {
                self.counts[join as usize] += 1;
            }
        }
    }

    /// The way that nearly all go.
    fn usual(&self) -> Option<(Join, String)> {
        let all = self.counts.iter().sum();
        let usual = |join: &Join| is_uniform(self.counts[*join as usize], all, MIN_NAMES);
        let join = Join::ALL.into_iter().find(usual)?;
        let count = self.counts[join as usize];
        Some((join, format!("{} ({count} of {all})", join.shown())))
    }
}

fn is_function(symbol: &SymbolFact) -> bool {
    let kind = NodeKind::from_number(symbol.kind);
    matches!(kind, Some(NodeKind::Function | NodeKind::Method)) && symbol.name.is_some()
}

fn is_type(symbol: &SymbolFact) -> bool {
    let kind = NodeKind::from_number(symbol.kind);
    let is_type = matches!(
        kind,
        Some(NodeKind::Class | NodeKind::Interface | NodeKind::Enum)
    );
    is_type && symbol.name.is_some()
}

/// New public definitions whose names are joined in another way than those around. A name that the project has already somewhere is
/// not the choice of the change: it takes the place of another, or somebody calls it so.
fn other_names(
    graph: &GraphFile,
    (facts, known): (&FileFacts, &BTreeSet<String>),
    of: fn(&SymbolFact) -> bool,
    (kind, names): (&str, &Names),
) -> Result<Option<(u32, String)>, AskError> {
    let Some((usual, kept)) = names.usual() else {
        return Ok(None);
    };
    for symbol in &facts.symbols {
        let name = facts.text(symbol.name);
        let is_new = of(symbol) && symbol.flags & flag::PUBLIC != 0 && !known.contains(name);
        let Some(join) = Join::of(name).filter(|join| is_new && *join != usual) else {
            continue;
        };
        // Which of the two it is tells in some languages who may use it.
        if usual != Join::Snake && join != Join::Snake {
            continue;
        }
        let name = name.trim_end_matches("()");
        if graph.by_name(name)?.is_empty() && graph.unresolved_named(name)?.is_empty() {
            let told = format!("{name} is named {}; {kind} around it {kept}", join.shown());
            return Ok(Some((symbol.line, told)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_several_words_show_how_words_are_joined() {
        for (name, join) in [
            ("load_all", Some(Join::Snake)),
            ("_load_all", Some(Join::Snake)),
            ("loadAll", Some(Join::Camel)),
            ("LoadAll", Some(Join::Pascal)),
            ("load", None),
            ("Load", None),
            ("__init__", None),
            ("visit_BinOp", None),
            ("LOAD_ALL", None),
            ("URL", None),
        ] {
            assert_eq!(Join::of(name), join, "{name}");
        }
    }

    #[test]
    fn what_aligns_and_what_goes_on_in_a_comment_is_no_indentation() {
        assert_eq!(goes_in_by("\tx"), Some('\t'));
        assert_eq!(goes_in_by("  x"), Some(' '));
        for line in [" x", "x", "", "   ", " * x", "   * x"] {
            assert_eq!(goes_in_by(line), None, "{line:?}");
        }
    }
}
