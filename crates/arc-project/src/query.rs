//! One question over code, documents, commits, pull requests, issues, decisions and change logs.
//!
//! Each kind of thing is ranked by its own words; the lists are then joined by rank. What belongs to the best files of
//! another list rises: a commit that changed them, a decision about them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arc_graph::{NodeKind, NodeRecord, WrittenForm};
use arc_history::{CommitId, GitHistory};
use arc_store::{
    FoundCommit, FoundTicket, GraphFile, StoreError, TicketFilter, WrittenRecord, words,
};

use crate::ask::{AskError, SearchOptions, ask_search};
use crate::dates::day_of;
use crate::read_file::read_source;
use crate::report::{line_of, symbol_of};

/// Rows of one list that are joined with others.
const MAX_LISTED: usize = 300;
/// The best files by which rows of other lists rise.
const NEAR_FILES: usize = 10;
/// How much they rise.
const NEAR: f64 = 1.3;
/// Ranks below which the difference between two of them counts little.
const RANK_SOFTNESS: f64 = 10.0;
/// Words of a question that nothing answers as a whole.
const MAX_WORDS: usize = 12;
/// Letters of a snippet.
const MAX_SNIPPET: usize = 200;
/// Messages that are read for snippets.
const MAX_MESSAGES: usize = 10;

/// Lines of a decision in which one is looked for.
const MAX_SEARCHED: usize = 2_000;

/// Words that ask and say nothing of what is asked about.
const ASKING: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "by", "do", "does", "for", "from", "has", "have",
    "how", "in", "is", "it", "of", "on", "or", "our", "that", "the", "their", "there", "they",
    "this", "to", "was", "we", "were", "what", "when", "where", "which", "who", "why", "with",
];

/// What to look for besides words. Without a filter everything counts.
#[derive(Clone, Debug, Default)]
pub struct QueryOptions {
    /// Only this kind.
    pub kind: Option<NodeKind>,
    /// Only what is in a path with this in it, or changed one.
    pub path: Option<String>,
    /// Only commits of people with this in the name or address, and tickets of accounts with it in the name.
    pub author: Option<String>,
    /// Only commits, tickets that changed, and dated texts from then on, seconds since 1970.
    pub since: Option<i64>,
    /// Only files in this language, or commits that changed one.
    pub language: Option<String>,
    /// Rows; 0 for all.
    pub limit: usize,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundRow {
    /// What it is.
    pub kind: NodeKind,
    /// The file it stands in.
    pub path: Option<String>,
    /// Its line there.
    pub line: Option<u32>,
    /// The qualified name of a symbol.
    pub symbol: Option<String>,
    /// What it is called: of a commit its first line.
    pub title: String,
    /// A line that says why it was found.
    pub snippet: Option<String>,
    /// The hash of a commit.
    pub commit: Option<CommitId>,
    /// The number of a pull request or issue.
    pub number: Option<u32>,
    /// The author of a commit, or the account that opened a ticket.
    pub author: Option<String>,
    /// The time of a commit or ticket, seconds since 1970.
    pub time: Option<i64>,
    /// A test, or in a file of tests.
    pub is_test: bool,
}

impl FoundRow {
    fn new(kind: NodeKind) -> FoundRow {
        FoundRow {
            kind,
            path: None,
            line: None,
            symbol: None,
            title: String::new(),
            snippet: None,
            commit: None,
            number: None,
            author: None,
            time: None,
            is_test: false,
        }
    }
}

/// What holds the words of `text`, best first, and how many there are. When nothing holds all of them, what holds most.
/// Without words, the commits, tickets and records that the filters ask for.
///
/// # Errors
/// When the graph cannot be read.
pub fn ask_query(
    graph: &GraphFile,
    root: &Path,
    text: &str,
    options: &QueryOptions,
) -> Result<(Vec<FoundRow>, usize), AskError> {
    let asked: Vec<&str> = text.split_whitespace().collect();
    let telling: Vec<&str> = asked
        .iter()
        .copied()
        .filter(|word| !ASKING.contains(&word.to_lowercase().trim_matches('?')))
        .collect();
    let telling = if telling.is_empty() { asked } else { telling };
    let question = telling.join(" ");
    let searcher = Searcher {
        graph,
        root,
        options,
    };
    let (mut found, mut total) = searcher.find(&question, options.limit)?;
    if found.is_empty() && telling.len() > 1 {
        found = searcher.find_some(&telling)?;
        total = found.len();
    }
    if options.limit > 0 {
        found.truncate(options.limit);
    }
    searcher.add_snippets(&question, &mut found);
    Ok((found, total))
}

/// A row of a list, with the files it has to do with.
struct Listed {
    row: FoundRow,
    paths: Vec<String>,
}

struct Searcher<'a> {
    graph: &'a GraphFile,
    root: &'a Path,
    options: &'a QueryOptions,
}

impl Searcher<'_> {
    /// What is found, best first, and how much there is. With a limit, no less than it may tell.
    fn find(&self, question: &str, limit: usize) -> Result<(Vec<FoundRow>, usize), AskError> {
        let (nodes, exact, left_out) = self.nodes(question, limit)?;
        let (decisions, changes) = self.records(question)?;
        let lists = [
            (1.0, nodes),
            (0.95, decisions),
            (0.8, self.tickets(question)?),
            (0.7, self.commits(question)?),
            (0.5, changes),
        ];
        let found = joined(lists, exact);
        let total = found.len() + left_out;
        Ok((found, total))
    }

    /// What holds some of the words, those first whose words tell most: the fewer things hold a word, the more it tells
    /// (inverse document frequency).
    fn find_some(&self, words: &[&str]) -> Result<Vec<FoundRow>, AskError> {
        let mut lists = Vec::new();
        for word in words.iter().take(MAX_WORDS) {
            let (mut list, _) = self.find(word, 0)?;
            if list.is_empty()
                && let Some(stem) = stem(word)
            {
                list = self.find(stem, 0)?.0;
            }
            lists.push(list);
        }
        let all: usize = lists.iter().map(Vec::len).sum();
        let mut found: BTreeMap<RowKey, (f64, f64, FoundRow)> = BTreeMap::new();
        for list in lists {
            let telling = (all as f64 / list.len().max(1) as f64).ln_1p();
            for (rank, row) in list.into_iter().enumerate() {
                let (words, place, _) = found.entry(key_of(&row)).or_insert((0.0, 0.0, row));
                *words += telling;
                *place += telling / (RANK_SOFTNESS + rank as f64);
            }
        }
        let most = found.values().map(|(words, ..)| *words).fold(0.0, f64::max);
        let mut found: Vec<(f64, f64, FoundRow)> = found.into_values().collect();
        found.retain(|(words, ..)| 2.0 * words >= most);
        found.sort_by(|one, other| other.0.total_cmp(&one.0).then(other.1.total_cmp(&one.1)));
        Ok(found.into_iter().map(|(.., row)| row).collect())
    }

    fn wants(&self, kinds: &[NodeKind]) -> bool {
        self.options.kind.is_none_or(|kind| kinds.contains(&kind))
    }

    /// Files and symbols, how many of them bear exactly the name, and how many more there are that cannot be among the best
    /// `limit` of all that is found.
    fn nodes(&self, question: &str, limit: usize) -> Result<(Vec<Listed>, usize, usize), AskError> {
        const OTHERS: [NodeKind; 6] = [
            NodeKind::Commit,
            NodeKind::Person,
            NodeKind::PullRequest,
            NodeKind::Issue,
            NodeKind::Decision,
            NodeKind::Change,
        ];
        let is_other = self.options.kind.is_some_and(|kind| OTHERS.contains(&kind));
        if is_other || self.options.author.is_some() || self.options.since.is_some() {
            return Ok((Vec::new(), 0, 0));
        }
        // A row may rise above those that come before it by less than a third of its rank; a language is looked up afterwards.
        let limit = match &self.options.language {
            None => 2 * limit,
            Some(_) => 0,
        };
        let options = SearchOptions {
            kind: self.options.kind,
            path: self.options.path.clone(),
            limit: if limit > 0 { limit + 10 } else { 0 },
        };
        let (mut found, total) = ask_search(self.graph, question, &options)?;
        let left_out = total - found.len();
        let mut languages = Languages::default();
        if let Some(language) = &self.options.language {
            let mut kept = Vec::new();
            for node in found {
                let path = node.path.as_deref().unwrap_or("");
                if languages.is(self.graph, path, language)? {
                    kept.push(node);
                }
            }
            found = kept;
        }
        let wanted = question.to_lowercase();
        let exact = found
            .iter()
            .take_while(|node| node.name.to_lowercase() == wanted)
            .count();
        Ok((
            found.into_iter().map(listed_node).collect(),
            exact,
            left_out,
        ))
    }

    fn commits(&self, question: &str) -> Result<Vec<Listed>, AskError> {
        if !self.wants(&[NodeKind::Commit]) {
            return Ok(Vec::new());
        }
        let author = self.options.author.as_deref().unwrap_or("").to_lowercase();
        let since = self.options.since.unwrap_or(i64::MIN);
        let found = self
            .graph
            .find_commits(question, (since, &author), MAX_LISTED)?;
        let mut languages = Languages::default();
        let mut kept = Vec::new();
        for commit in found {
            if self.is_about(&commit.paths, &mut languages)? {
                kept.push(commit);
            }
        }
        // First lines that hold all words come before messages that do.
        let wanted = word_set(question);
        kept.sort_by_key(|commit| !wanted.is_subset(&word_set(&commit.subject)));
        Ok(kept.into_iter().map(listed_commit).collect())
    }

    fn records(&self, question: &str) -> Result<(Vec<Listed>, Vec<Listed>), AskError> {
        let (mut decisions, mut changes) = (Vec::new(), Vec::new());
        if !self.wants(&[NodeKind::Decision, NodeKind::Change]) || self.options.author.is_some() {
            return Ok((decisions, changes));
        }
        let since = self.options.since.map(day_of);
        let mut languages = Languages::default();
        for (record, paths) in self.graph.find_records(question, 4 * MAX_LISTED)? {
            let kind = kind_of(&record);
            let is_new = since
                .as_ref()
                .is_none_or(|since| !record.date.is_empty() && record.date >= *since);
            let mut about = paths.clone();
            about.push(record.path.clone());
            if self.wants(&[kind]) && is_new && self.is_about(&about, &mut languages)? {
                let list = if kind == NodeKind::Decision {
                    &mut decisions
                } else {
                    &mut changes
                };
                list.push(listed_record(record, paths));
            }
        }
        let wanted = word_set(question);
        let by_title = |listed: &Listed| !wanted.is_subset(&word_set(&listed.row.title));
        decisions.sort_by_key(by_title);
        changes.sort_by_key(by_title);
        Ok((decisions, changes))
    }

    fn tickets(&self, question: &str) -> Result<Vec<Listed>, AskError> {
        let kinds = [NodeKind::PullRequest, NodeKind::Issue];
        let kinds: Vec<NodeKind> = kinds
            .into_iter()
            .filter(|kind| self.wants(&[*kind]))
            .collect();
        if kinds.is_empty() {
            return Ok(Vec::new());
        }
        let author = self.options.author.as_deref().unwrap_or("").to_lowercase();
        let filter = TicketFilter {
            kinds: &kinds,
            since: self.options.since.unwrap_or(i64::MIN),
            author: &author,
        };
        let mut languages = Languages::default();
        let mut kept = Vec::new();
        for found in self.graph.find_tickets(question, &filter, MAX_LISTED)? {
            if self.is_about(&found.paths, &mut languages)? {
                kept.push(found);
            }
        }
        let wanted = word_set(question);
        Ok(kept
            .into_iter()
            .map(|found| listed_ticket(found, &wanted))
            .collect())
    }

    /// Whether one of the paths is what the filters ask for.
    fn is_about(&self, paths: &[String], languages: &mut Languages) -> Result<bool, StoreError> {
        let path_fits = |path: &String| {
            self.options
                .path
                .as_ref()
                .is_none_or(|part| path.contains(part.as_str()))
        };
        if self.options.path.is_none() && self.options.language.is_none() {
            return Ok(true);
        }
        for path in paths.iter().filter(|path| path_fits(path)) {
            let Some(language) = &self.options.language else {
                return Ok(true);
            };
            if languages.is(self.graph, path, language)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The line of each row that says most of why it was found. A file that cannot be read gives none.
    fn add_snippets(&self, question: &str, found: &mut [FoundRow]) {
        let wanted = word_set(question);
        let mut texts: BTreeMap<String, Option<String>> = BTreeMap::new();
        let mut history = None;
        let mut messages = 0;
        for row in found {
            if let Some(commit) = row.commit {
                if wanted.is_subset(&word_set(&row.title)) || messages >= MAX_MESSAGES {
                    continue;
                }
                messages += 1;
                let history = history.get_or_insert_with(|| GitHistory::open(self.root).ok());
                let message = history
                    .as_ref()
                    .and_then(|history| history.message(&commit));
                row.snippet = message.and_then(|message| best_line(message.body.lines(), &wanted));
                continue;
            }
            let (Some(path), Some(line)) = (&row.path, row.line) else {
                continue;
            };
            let text = texts.entry(path.clone()).or_insert_with(|| {
                let bytes = read_source(&self.root.join(path)).ok()?;
                Some(String::from_utf8_lossy(&bytes).into_owned())
            });
            let Some(text) = text else {
                continue;
            };
            let lines = text.lines().skip(line as usize - 1);
            row.snippet = if row.kind == NodeKind::Decision {
                best_line(lines.skip(1).take(MAX_SEARCHED), &wanted)
            } else if row.kind == NodeKind::Change {
                None
            } else {
                lines.map(short).next().filter(|line| !line.is_empty())
            };
        }
    }
}

/// The languages of files, looked up once.
#[derive(Default)]
struct Languages {
    known: BTreeMap<String, Option<String>>,
}

impl Languages {
    fn is(&mut self, graph: &GraphFile, path: &str, language: &str) -> Result<bool, StoreError> {
        if !self.known.contains_key(path) {
            let found = graph.file(path)?.and_then(|file| file.row.language);
            self.known.insert(path.to_owned(), found);
        }
        Ok(self.known[path].as_deref() == Some(language))
    }
}

fn listed_node(node: NodeRecord) -> Listed {
    Listed {
        row: FoundRow {
            path: node.path.clone(),
            line: line_of(&node),
            symbol: symbol_of(&node),
            title: node.name.clone(),
            is_test: node.is_test,
            ..FoundRow::new(node.kind)
        },
        paths: node.path.into_iter().collect(),
    }
}

fn listed_commit(commit: FoundCommit) -> Listed {
    Listed {
        row: FoundRow {
            title: commit.subject,
            commit: Some(CommitId(commit.hash)),
            author: Some(commit.author.0),
            time: Some(commit.time),
            ..FoundRow::new(NodeKind::Commit)
        },
        paths: commit.paths,
    }
}

fn listed_ticket(found: FoundTicket, wanted: &BTreeSet<String>) -> Listed {
    let FoundTicket {
        ticket,
        author,
        time,
        said,
        paths,
    } = found;
    Listed {
        row: FoundRow {
            number: Some(ticket.number),
            snippet: said.and_then(|said| best_line(said.lines(), wanted)),
            author,
            time,
            title: ticket.title.unwrap_or_default(),
            ..FoundRow::new(ticket.kind)
        },
        paths,
    }
}

fn kind_of(record: &WrittenRecord) -> NodeKind {
    match record.form {
        WrittenForm::Record | WrittenForm::Note => NodeKind::Decision,
        WrittenForm::Entry => NodeKind::Change,
    }
}

fn listed_record(record: WrittenRecord, paths: Vec<String>) -> Listed {
    let title = if record.label.is_empty() {
        record.title.clone()
    } else {
        format!("{} {}", record.label, record.title)
    };
    let kind = kind_of(&record);
    Listed {
        row: FoundRow {
            path: Some(record.path),
            line: Some(record.line),
            title,
            ..FoundRow::new(kind)
        },
        paths,
    }
}

/// Joins lists by rank. The first `exact` rows of the first list stay first.
fn joined(lists: [(f64, Vec<Listed>); 5], exact: usize) -> Vec<FoundRow> {
    let files = |list: &Vec<Listed>| -> BTreeSet<String> {
        let best = list.iter().take(NEAR_FILES);
        best.flat_map(|listed| listed.paths.iter().take(20).cloned())
            .collect()
    };
    let near: Vec<BTreeSet<String>> = lists.iter().map(|(_, list)| files(list)).collect();
    let mut scored: Vec<(f64, usize, usize, FoundRow)> = Vec::new();
    for (place, (weight, list)) in lists.into_iter().enumerate() {
        for (rank, listed) in list.into_iter().enumerate() {
            let is_near = near.iter().enumerate().any(|(other, files)| {
                other != place && listed.paths.iter().any(|path| files.contains(path))
            });
            let rise = if is_near { NEAR } else { 1.0 };
            let is_exact = place == 0 && rank < exact;
            let score =
                weight * rise / (RANK_SOFTNESS + rank as f64) + if is_exact { 1.0 } else { 0.0 };
            scored.push((score, place, rank, listed.row));
        }
    }
    scored.sort_by(|one, other| {
        (other.0.total_cmp(&one.0)).then((one.1, one.2).cmp(&(other.1, other.2)))
    });
    scored.into_iter().map(|(.., row)| row).collect()
}

/// A word without the ending that a sentence gave it: people ask how something is killed, code says `kill`.
fn stem(word: &str) -> Option<&str> {
    let word = word.trim_end_matches(|c: char| !c.is_alphanumeric());
    let bare = ["ing", "ed", "es", "s"]
        .iter()
        .find_map(|ending| word.strip_suffix(ending))?;
    // `stopped` is of `stop`.
    let mut letters = bare.chars().rev();
    let is_doubled = letters.next() == letters.next() && !bare.ends_with(['l', 's', 'z']);
    let bare = &bare[..bare.len() - usize::from(is_doubled && bare.is_ascii())];
    (bare.len() >= 3).then_some(bare)
}

/// What tells rows apart: of what is outside, the name alone.
type RowKey = (
    NodeKind,
    Option<String>,
    Option<u32>,
    Option<String>,
    Option<CommitId>,
    Option<u32>,
);

fn key_of(row: &FoundRow) -> RowKey {
    let (path, symbol) = (row.path.clone(), row.symbol.clone());
    (row.kind, path, row.line, symbol, row.commit, row.number)
}

fn word_set(text: &str) -> BTreeSet<String> {
    words(text)
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The line with most of the words, if it has any.
fn best_line<'t>(
    lines: impl Iterator<Item = &'t str>,
    wanted: &BTreeSet<String>,
) -> Option<String> {
    let mut best: Option<(usize, &str)> = None;
    for line in lines {
        let count = word_set(line).intersection(wanted).count();
        if count > best.map_or(0, |(known, _)| known) {
            best = Some((count, line));
        }
    }
    best.map(|(_, line)| short(line))
}

fn short(line: &str) -> String {
    let line = line.trim();
    line[..line.floor_char_boundary(MAX_SNIPPET)].to_owned()
}
