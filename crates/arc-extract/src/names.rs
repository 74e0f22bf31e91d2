//! Strings of a file, and of a project.

use std::sync::Arc;

use arc_graph::StringPool;

use crate::facts::FileFacts;
use crate::wire::{Reader, Wire, WireError};

/// The strings of a file. One that was read has its own text; the files of a project that is being resolved share a
/// [`NamePool`] and keep nothing but numbers.
#[derive(Clone, Debug)]
pub struct Names(Kept);

#[derive(Clone, Debug)]
enum Kept {
    /// Strings one after the other, and where each ends.
    Own { text: String, ends: Vec<u32> },
    /// Numbers in a pool, which is `None` as long as it still takes strings.
    Pooled {
        numbers: Vec<u32>,
        pool: Option<Arc<StringPool>>,
    },
}

impl Default for Names {
    fn default() -> Names {
        Names(Kept::Own {
            text: String::new(),
            ends: Vec::new(),
        })
    }
}

impl Names {
    /// The number of strings.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Kept::Own { ends, .. } => ends.len(),
            Kept::Pooled { numbers, .. } => numbers.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The string at a position; `None` when there is no such string, or while a pool still takes strings.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<&str> {
        match &self.0 {
            Kept::Own { text, ends } => {
                let end = *ends.get(at)?;
                let start = if at == 0 { 0 } else { ends[at - 1] };
                Some(&text[start as usize..end as usize])
            }
            Kept::Pooled { numbers, pool } => Some(pool.as_ref()?.get(*numbers.get(at)?)),
        }
    }

    /// All strings in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|at| self.get(at).unwrap_or(""))
    }

    /// The number that the string at a position has in the pool; `None` when there is no such string or no pool.
    pub(crate) fn number(&self, at: usize) -> Option<u32> {
        match &self.0 {
            Kept::Own { .. } => None,
            Kept::Pooled { numbers, .. } => numbers.get(at).copied(),
        }
    }

    pub(crate) fn push(&mut self, name: &str) {
        let Kept::Own { text, ends } = &mut self.0 else {
            debug_assert!(false, "a file is read before it is resolved");
            return;
        };
        text.push_str(name);
        // Files are smaller than 4 GiB, and a name is cut from the text of its file.
        ends.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
    }

    /// Gives the strings the pool that they were put into.
    pub(crate) fn set_pool(&mut self, all: &Arc<StringPool>) {
        if let Kept::Pooled { pool, .. } = &mut self.0 {
            *pool = Some(Arc::clone(all));
        }
    }

    /// Leaves the pool alone again: it may take more strings.
    pub(crate) fn forget_pool(&mut self) {
        if let Kept::Pooled { pool, .. } = &mut self.0 {
            *pool = None;
        }
    }

    /// Whether a condition holds for one of the strings that are read next.
    pub(crate) fn any(
        input: &mut Reader<'_>,
        mut is_wanted: impl FnMut(&str) -> bool,
    ) -> Result<bool, WireError> {
        for _ in 0..u32::get(input)? {
            if is_wanted(input.text()?) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        if let Kept::Own { text, ends } = &mut self.0 {
            text.shrink_to_fit();
            ends.shrink_to_fit();
        }
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

/// The strings of a project that will be resolved. The empty one is number 0.
#[derive(Debug)]
pub struct NamePool(StringPool);

impl Default for NamePool {
    fn default() -> NamePool {
        let mut pool = StringPool::default();
        pool.number("");
        NamePool(pool)
    }
}

impl NamePool {
    /// Takes the strings of a file, unless it has them. They cannot be read until the file is among the
    /// [`Sources`](crate::Sources) of this pool.
    pub fn take(&mut self, facts: &mut FileFacts) {
        if matches!(facts.names.0, Kept::Own { .. }) {
            let numbers = facts.names.iter().map(|name| self.0.number(name)).collect();
            facts.names = Names(Kept::Pooled {
                numbers,
                pool: None,
            });
        }
    }

    /// A pool that takes more strings after all. One that somebody else has is copied.
    pub(crate) fn again(strings: Arc<StringPool>) -> NamePool {
        NamePool(Arc::unwrap_or_clone(strings))
    }

    /// The strings, when no more will come.
    pub(crate) fn finished(mut self) -> Arc<StringPool> {
        self.0.shrink_to_fit();
        Arc::new(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(texts: &[&str]) -> FileFacts {
        let mut facts = FileFacts::default();
        for text in texts {
            facts.names.push(text);
        }
        facts
    }

    #[test]
    fn a_pool_gives_equal_strings_one_number_and_changes_no_string() {
        let alone = [facts(&["b", "", "a", "ü"]), facts(&["a", "c", "b"])];
        let mut shared = alone.clone();
        let mut pool = NamePool::default();
        for facts in &mut shared {
            pool.take(facts);
            assert_eq!(facts.names.get(0), None, "the pool is not finished");
        }
        let pool = pool.finished();
        for facts in &mut shared {
            facts.names.set_pool(&pool);
        }
        assert_eq!(shared, alone);
        let [one, other] = [&shared[0].names, &shared[1].names];
        assert_eq!(one.number(0), other.number(2));
        assert_eq!(one.number(1), Some(0), "the empty string comes first");
        assert_eq!((pool.len(), other.get(3)), (5, None));
        assert_eq!(alone[0].names.number(0), None);
    }
}
