//! Many strings in little memory.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

/// Distinct strings, numbered from 0 in the order in which they came. They lie one after the other in one text: a project
/// has millions of them, most of them short, and a box for each would take more than what it holds.
#[derive(Clone, Debug, Default)]
pub struct StringPool {
    text: String,
    ends: Vec<usize>,
    numbers: HashTable<u32>,
}

impl StringPool {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.ends.len() as u32
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The string with a number that the pool gave.
    ///
    /// # Panics
    /// When the pool gave no such number.
    #[must_use]
    pub fn get(&self, number: u32) -> &str {
        string(&self.text, &self.ends, number)
    }

    /// All strings in the order of their numbers.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|number| self.get(number))
    }

    /// The number of a string that is there.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<u32> {
        self.numbers
            .find(hash(text), |known| self.get(*known) == text)
            .copied()
    }

    /// The number of a string, which is added when it is not there.
    pub fn number(&mut self, text: &str) -> u32 {
        if let Some(known) = self.find(text) {
            return known;
        }
        let number = self.len();
        self.text.push_str(text);
        self.ends.push(self.text.len());
        let (all, ends) = (&self.text, &self.ends);
        self.numbers
            .insert_unique(hash(text), number, |known| hash(string(all, ends, *known)));
        number
    }

    /// Gives back the memory that growing took.
    pub fn shrink_to_fit(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

fn string<'t>(text: &'t str, ends: &[usize], number: u32) -> &'t str {
    let number = number as usize;
    let start = if number == 0 { 0 } else { ends[number - 1] };
    &text[start..ends[number]]
}

fn hash(text: &str) -> u64 {
    FxBuildHasher.hash_one(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_strings_have_one_number() {
        let mut pool = StringPool::default();
        let numbers: Vec<u32> = ["b", "", "ü", "b", ""].map(|text| pool.number(text)).into();
        assert_eq!(numbers, [0, 1, 2, 0, 1]);
        assert!(pool.iter().eq(["b", "", "ü"]));
        assert_eq!((pool.find("ü"), pool.find("u")), (Some(2), None));
    }
}
