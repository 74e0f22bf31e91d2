//! Strings of a file, and of a project.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use hashbrown::HashTable;
use rustc_hash::FxHasher;

use crate::facts::FileFacts;
use crate::wire::{Reader, Wire, WireError};

/// Strings one after the other: a project has tens of millions, most of them short.
///
/// A file that was read has its own text. The files of a project that is being resolved share one pool and keep nothing
/// but numbers ([`NamePool`]).
#[derive(Clone, Debug, Default)]
pub struct Names {
    text: String,
    /// Where each string ends in `text`; in a pool, the number of each string there.
    numbers: Vec<u32>,
    pool: Option<Arc<NamePool>>,
    is_moved: bool,
}

impl Names {
    /// The number of strings.
    #[must_use]
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// The string at a position.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<&str> {
        let number = *self.numbers.get(at)?;
        if let Some(pool) = &self.pool {
            return Some(pool.get(number));
        }
        let start = if at == 0 { 0 } else { self.numbers[at - 1] };
        Some(&self.text[start as usize..number as usize])
    }

    /// All strings in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|at| self.get(at).unwrap_or(""))
    }

    /// The number that the string at a position has in the pool; `None` when there is no such string or no pool.
    pub(crate) fn number(&self, at: usize) -> Option<u32> {
        let number = self.numbers.get(at)?;
        self.pool.is_some().then_some(*number)
    }

    pub(crate) fn push(&mut self, name: &str) {
        debug_assert!(self.pool.is_none(), "a file is read before it is resolved");
        self.text.push_str(name);
        // Files are smaller than 4 GiB, and a name is cut from the text of its file.
        self.numbers
            .push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    /// Puts the strings into a pool, unless they are in one; they can be read again once it is given to them.
    fn move_to(&mut self, pool: &mut NamePool) {
        if !self.is_moved {
            self.numbers = self.iter().map(|name| pool.number(name)).collect();
            self.text = String::new();
            self.is_moved = true;
        }
    }

    /// Gives the strings the pool that they were put into.
    pub(crate) fn set_pool(&mut self, pool: &Arc<NamePool>) {
        self.pool = Some(Arc::clone(pool));
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.text.shrink_to_fit();
        self.numbers.shrink_to_fit();
    }
}

impl PartialEq for Names {
    fn eq(&self, other: &Names) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Names {}

impl Wire for Names {
    fn put(&self, out: &mut Vec<u8>) {
        (self.len() as u32).put(out);
        for name in self.iter() {
            (name.len() as u32).put(out);
            out.extend_from_slice(name.as_bytes());
        }
    }

    fn get(input: &mut Reader<'_>) -> Result<Names, WireError> {
        let mut names = Names::default();
        for _ in 0..u32::get(input)? {
            names.push(input.text()?);
        }
        names.shrink_to_fit();
        Ok(names)
    }
}

/// The strings of a project: distinct, numbered from 0, which is the empty one.
#[derive(Debug)]
pub struct NamePool {
    text: String,
    ends: Vec<usize>,
    numbers: HashTable<u32>,
}

impl Default for NamePool {
    fn default() -> NamePool {
        let mut pool = NamePool {
            text: String::new(),
            ends: Vec::new(),
            numbers: HashTable::new(),
        };
        pool.number("");
        pool
    }
}

impl NamePool {
    /// Takes the strings of a file that will be resolved. Nobody can read them until it is.
    pub fn take(&mut self, facts: &mut FileFacts) {
        facts.names.move_to(self);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> u32 {
        self.ends.len() as u32
    }

    /// The string with a number that the pool gave.
    pub(crate) fn get(&self, number: u32) -> &str {
        string(&self.text, &self.ends, number)
    }

    /// The number of a string that is there.
    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        self.numbers
            .find(hash(name), |known| self.get(*known) == name)
            .copied()
    }

    fn number(&mut self, name: &str) -> u32 {
        if let Some(known) = self.find(name) {
            return known;
        }
        let number = self.len();
        self.text.push_str(name);
        self.ends.push(self.text.len());
        let (text, ends) = (&self.text, &self.ends);
        self.numbers
            .insert_unique(hash(name), number, |known| hash(string(text, ends, *known)));
        number
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

fn string<'p>(text: &'p str, ends: &[usize], number: u32) -> &'p str {
    let number = number as usize;
    let start = if number == 0 { 0 } else { ends[number - 1] };
    &text[start..ends[number]]
}

fn hash(name: &str) -> u64 {
    let mut hasher = FxHasher::default();
    name.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(texts: &[&str]) -> Names {
        let mut names = Names::default();
        for text in texts {
            names.push(text);
        }
        names
    }

    #[test]
    fn a_pool_gives_equal_strings_one_number_and_changes_no_string() {
        let alone = [names(&["b", "", "a", "ü"]), names(&["a", "c", "b"])];
        let mut shared = alone.clone();
        let mut pool = NamePool::default();
        for names in &mut shared {
            names.move_to(&mut pool);
        }
        let pool = Arc::new(pool);
        for names in &mut shared {
            names.set_pool(&pool);
        }
        assert_eq!(shared, alone);
        assert_eq!(shared[0].number(0), shared[1].number(2));
        assert_eq!(shared[0].number(1), Some(0), "the empty string comes first");
        assert_eq!(
            (pool.len(), pool.find("c"), pool.find("d")),
            (5, Some(4), None)
        );
        assert_eq!(shared[1].get(3), None);
        assert_eq!(alone[0].number(0), None);
    }
}
