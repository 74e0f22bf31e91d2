//! Words for the full-text tables, and the search over them.

use arc_graph::NodeId;

use crate::error::StoreError;
use crate::read::GraphFile;
use crate::resident::Resident;
use crate::word_index::WordIndex;

/// Splits a text of identifiers into lower-case words, at everything that is no letter or digit and where case changes:
/// `parseHTTPHeader_2` gives `parse http header 2`. An identifier of several words is also kept whole.
#[must_use]
pub fn words(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for identifier in text.split(|c: char| !c.is_alphanumeric() && c != '_') {
        let parts = split_identifier(identifier, &mut out);
        if parts > 1 {
            out.extend(
                identifier
                    .chars()
                    .filter(|c| *c != '_')
                    .flat_map(char::to_lowercase),
            );
            out.push(' ');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

fn split_identifier(identifier: &str, out: &mut String) -> usize {
    let mut parts = 0;
    let mut previous = '_';
    let mut letters = identifier.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '_' {
            previous = '_';
            continue;
        }
        let starts = previous == '_'
            || letter.is_uppercase()
                && (previous.is_lowercase()
                    || previous.is_numeric()
                    || letters.peek().is_some_and(|next| next.is_lowercase()));
        if starts {
            if parts > 0 {
                out.push(' ');
            }
            parts += 1;
        }
        out.extend(letter.to_lowercase());
        previous = letter;
    }
    if parts > 0 {
        out.push(' ');
    }
    parts
}

/// The words of a question, each once for every time it is said.
fn question_words(question: &str) -> String {
    question
        .split_whitespace()
        .map(|word| {
            let mut parts = String::new();
            for identifier in word.split(|c: char| !c.is_alphanumeric() && c != '_') {
                split_identifier(identifier, &mut parts);
            }
            parts
        })
        .collect()
}

/// Whether the last word of a question may be the start of one: a single letter of ASCII starts so many that it only stands for
/// itself.
pub(crate) fn may_be_begun(word: &str) -> bool {
    word.len() > 1
}

/// Quotes the words of a question for FTS5; every word must occur, the last one may be the start of one if it has two letters
/// or more.
fn match_expression(question: &str) -> Option<String> {
    let mut expression = String::new();
    let split = question_words(question);
    for word in split.split_whitespace() {
        if !expression.is_empty() {
            expression.push(' ');
        }
        expression.push('"');
        expression.push_str(word);
        expression.push('"');
    }
    let last = split.split_whitespace().last()?;
    if may_be_begun(last) {
        expression.push('*');
    }
    Some(expression)
}

impl GraphFile {
    /// Nodes whose names, qualified names included, hold all words of the question; by id, at most `limit`.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn search_names(&self, question: &str, limit: u32) -> Result<Vec<NodeId>, StoreError> {
        let sql = "SELECT rowid FROM name_fts WHERE name_fts MATCH ?1 ORDER BY rowid LIMIT ?2";
        self.nodes_with(question, limit, (sql, Resident::names))
    }

    /// Nodes whose documentation holds all words of the question; by id, at most `limit`.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn search_docs(&self, question: &str, limit: u32) -> Result<Vec<NodeId>, StoreError> {
        let sql = "SELECT rowid FROM doc_fts WHERE doc_fts MATCH ?1 ORDER BY rowid LIMIT ?2";
        self.nodes_with(question, limit, (sql, Resident::docs))
    }

    /// Ids of commits whose messages hold all words of the question, newest first, at most `limit`.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn search_messages(&self, question: &str, limit: u32) -> Result<Vec<i64>, StoreError> {
        self.search(
            "SELECT commits.id FROM message_fts JOIN commits ON commits.id = message_fts.rowid
             WHERE message_fts MATCH ?1 ORDER BY commits.position DESC, commits.hash LIMIT ?2",
            question,
            limit,
        )
    }

    /// Nodes by the words in memory if they are there, and else by a table.
    fn nodes_with(
        &self,
        question: &str,
        limit: u32,
        (sql, index): (&str, fn(&Resident) -> Option<&WordIndex>),
    ) -> Result<Vec<NodeId>, StoreError> {
        let split = question_words(question);
        let words: Vec<&str> = split.split_whitespace().collect();
        let resident = self.resident();
        let index = resident.as_deref().and_then(index);
        if let Some(nodes) = index.and_then(|index| index.nodes_with(&words)) {
            let nodes = nodes.into_iter().take(limit as usize);
            return Ok(nodes.map(|node| NodeId(node.into())).collect());
        }
        let found = self.search(sql, question, limit)?;
        Ok(found.into_iter().map(NodeId).collect())
    }

    pub(crate) fn search(
        &self,
        sql: &str,
        question: &str,
        limit: u32,
    ) -> Result<Vec<i64>, StoreError> {
        let Some(expression) = match_expression(question) else {
            return Ok(Vec::new());
        };
        let read = || {
            self.connection()
                .prepare_cached(sql)?
                .query_map((expression, limit), |row| row.get(0))?
                .collect()
        };
        self.check(read())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_split_at_case_and_underscores_and_stay_whole() {
        assert_eq!(
            words("parseHTTPHeader"),
            "parse http header parsehttpheader"
        );
        assert_eq!(words("load_config.Config"), "load config loadconfig config");
        assert_eq!(words("__init__"), "init");
        assert_eq!(words("utf8Reader"), "utf8 reader utf8reader");
        assert_eq!(words("a/b.py"), "a b py");
        assert_eq!(words("Straße"), "straße");
        assert_eq!(words(""), "");
    }

    #[test]
    fn a_question_cannot_break_out_of_its_quotes() {
        assert_eq!(
            match_expression("load\" OR NEAR(xy"),
            Some("\"load\" \"or\" \"near\" \"xy\"*".to_owned())
        );
        assert_eq!(
            match_expression("load x"),
            Some("\"load\" \"x\"".to_owned())
        );
        assert_eq!(match_expression(" \" "), None);
    }
}
