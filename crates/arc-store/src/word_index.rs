//! The words of names and documentation in memory, each with the nodes that have it.
//!
//! The tables answer words that are whole. Of a word that is only begun they merge the lists of all words that it may be the start
//! of, two by two, before they tell the first node: for a question like `t` that is most of the table.

use rusqlite::Connection;

use crate::search::may_be_begun;
use crate::text_pool::Texts;

/// Postings that are held, at most. They take 4 bytes each.
const MAX_POSTINGS: usize = 8_000_000;

/// An inverted index. It says what its table of full text says.
#[derive(Debug)]
pub(crate) struct WordIndex {
    /// Words in the order of their bytes.
    words: Texts,
    /// Where the nodes of each word begin, and where the last ones end.
    starts: Vec<u32>,
    /// Nodes, ascending for each word.
    nodes: Vec<u32>,
}

impl WordIndex {
    /// Reads the words of a table of full text; `None` when there are too many.
    pub(crate) fn read(
        connection: &Connection,
        table: &str,
    ) -> rusqlite::Result<Option<WordIndex>> {
        connection.execute_batch(&format!(
            "CREATE VIRTUAL TABLE temp.read_words USING fts5vocab(main, {table}, instance)"
        ))?;
        let read = WordIndex::read_rows(connection);
        connection.execute_batch("DROP TABLE temp.read_words")?;
        read
    }

    fn read_rows(connection: &Connection) -> rusqlite::Result<Option<WordIndex>> {
        let mut index = WordIndex {
            words: Texts::default(),
            starts: Vec::new(),
            nodes: Vec::new(),
        };
        // Words come in the order of their bytes, and the nodes of each in that of their ids.
        let mut select = connection.prepare("SELECT term, doc FROM temp.read_words")?;
        let mut rows = select.query([])?;
        let mut last: Vec<u8> = Vec::new();
        while let Some(row) = rows.next()? {
            let word = row.get_ref(0)?.as_str()?;
            let is_new = index.starts.is_empty() || last != word.as_bytes();
            if is_new {
                last = word.as_bytes().to_vec();
                index.words.push(word);
                index.starts.push(index.nodes.len() as u32);
            }
            let node = row.get(1)?;
            // A word that a text has twice counts once.
            if is_new || index.nodes.last() != Some(&node) {
                index.nodes.push(node);
            }
            if index.nodes.len() > MAX_POSTINGS {
                return Ok(None);
            }
        }
        index.starts.push(index.nodes.len() as u32);
        index.words.shrink();
        index.starts.shrink_to_fit();
        index.nodes.shrink_to_fit();
        Ok(Some(index))
    }

    /// The nodes that have all words, ascending. The last word may be the start of one, if it is no single letter. `None` when only the table can tell:
    /// it folds letters beyond ASCII.
    pub(crate) fn nodes_with(&self, words: &[&str]) -> Option<Vec<u32>> {
        let (begun, whole) = words.split_last()?;
        if !words.iter().all(|word| word.is_ascii()) {
            return None;
        }
        let mut found: Option<Vec<u32>> = None;
        for word in whole {
            let nodes = self.nodes_of_word(word);
            found = Some(match found {
                None => nodes.to_vec(),
                Some(before) => both(&before, nodes),
            });
        }
        if !may_be_begun(begun) {
            let nodes = self.nodes_of_word(begun);
            return Some(found.map_or_else(|| nodes.to_vec(), |before| both(&before, nodes)));
        }
        let from = self.first_from(begun);
        let to = from + self.count_from(from, begun);
        if let Some(found) = &mut found {
            let mut is_begun = vec![false; found.len()];
            for place in from..to {
                mark_common(found, self.nodes_of(place), &mut is_begun);
            }
            let mut is_begun = is_begun.into_iter();
            found.retain(|_| is_begun.next() == Some(true));
        }
        Some(found.unwrap_or_else(|| {
            let all = from..to;
            let mut nodes: Vec<u32> = all
                .flat_map(|place| self.nodes_of(place))
                .copied()
                .collect();
            nodes.sort_unstable();
            nodes.dedup();
            nodes
        }))
    }

    fn nodes_of_word(&self, word: &str) -> &[u32] {
        let place = self.first_from(word);
        if place < self.words.len() && self.words.at(place) == word {
            self.nodes_of(place)
        } else {
            &[]
        }
    }

    fn nodes_of(&self, place: usize) -> &[u32] {
        &self.nodes[self.starts[place] as usize..self.starts[place + 1] as usize]
    }

    /// The place of the first word that is not before `word`.
    fn first_from(&self, word: &str) -> usize {
        let (mut low, mut high) = (0, self.words.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.words.at(middle) < word {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// How many words from a place on begin so.
    fn count_from(&self, place: usize, begun: &str) -> usize {
        let rest = place..self.words.len();
        rest.take_while(|place| self.words.at(*place).starts_with(begun))
            .count()
    }
}

/// What two ascending lists have in common.
fn both(one: &[u32], other: &[u32]) -> Vec<u32> {
    let mut is_common = vec![false; one.len()];
    mark_common(one, other, &mut is_common);
    let common = one.iter().zip(is_common);
    common
        .filter_map(|(node, is_common)| is_common.then_some(*node))
        .collect()
}

/// Marks those of an ascending list that another one has.
fn mark_common(list: &[u32], other: &[u32], marks: &mut [bool]) {
    // A few are looked up in many; lists of like length are gone through together.
    if other.len() < list.len() / 16 {
        for node in other {
            if let Ok(place) = list.binary_search(node) {
                marks[place] = true;
            }
        }
        return;
    }
    if list.len() < other.len() / 16 {
        for (node, mark) in list.iter().zip(marks) {
            *mark |= other.binary_search(node).is_ok();
        }
        return;
    }
    let mut rest = other;
    for (node, mark) in list.iter().zip(marks) {
        let before = rest.iter().take_while(|next| *next < node).count();
        rest = &rest[before..];
        *mark |= rest.first() == Some(node);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(words: &[(&str, &[u32])]) -> WordIndex {
        let mut index = WordIndex {
            words: Texts::default(),
            starts: vec![0],
            nodes: Vec::new(),
        };
        for (word, nodes) in words {
            index.words.push(word);
            index.nodes.extend(*nodes);
            index.starts.push(index.nodes.len() as u32);
        }
        index
    }

    #[test]
    fn all_words_count_and_the_last_may_be_begun() {
        let many: Vec<u32> = (1..100).collect();
        let index = index(&[
            ("config", &[2, 5, 9]),
            ("load", &many),
            ("loaded", &[5, 200]),
            ("loader", &[9]),
            ("x", &[5, 7]),
            ("xy", &[8]),
        ]);
        let check = |words: &[&str], expected: &[u32]| {
            assert_eq!(
                index.nodes_with(words).as_deref(),
                Some(expected),
                "{words:?}"
            );
        };
        check(&["config"], &[2, 5, 9]);
        check(&["co"], &[2, 5, 9]);
        check(&["c"], &[]);
        check(&["load", "c"], &[]);
        check(&["x"], &[5, 7]);
        check(&["load", "x"], &[5, 7]);
        check(&["load", "config"], &[2, 5, 9]);
        check(&["config", "loade"], &[5, 9]);
        check(&["loade"], &[5, 9, 200]);
        check(&["confi", "load"], &[]);
        check(&["config", "xy"], &[]);
        check(&["zebra"], &[]);
        assert_eq!(index.nodes_with(&["größe"]), None);
        assert_eq!(index.nodes_with(&[]), None);
    }
}
