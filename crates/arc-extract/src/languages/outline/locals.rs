//! Which names are known to be locals of the function around.

use crate::facts::Name;
use rustc_hash::FxHashMap;

/// Names declared in the functions that are open, the innermost last.
#[derive(Default)]
pub(super) struct Locals {
    /// The level of the function that declared the name last.
    levels: FxHashMap<Name, u32>,
    /// What to put back when functions end.
    undo: Vec<(Name, Option<u32>)>,
    /// Position in `undo`, and the lowest level in sight (anonymous and nested functions see the names around them).
    functions: Vec<(usize, u32)>,
}

impl Locals {
    /// Opens a function; `closure` sees the names around it.
    pub(super) fn enter(&mut self, closure: bool) {
        let level = self.functions.len() as u32 + 1;
        let lowest = match self.functions.last() {
            Some((_, lowest)) if closure => *lowest,
            _ => level,
        };
        self.functions.push((self.undo.len(), lowest));
    }

    /// Closes the function opened last.
    pub(super) fn leave(&mut self) {
        let start = self.functions.pop().map_or(0, |(start, _)| start);
        for (name, level) in self.undo.drain(start..).rev() {
            match level {
                Some(level) => self.levels.insert(name, level),
                None => self.levels.remove(&name),
            };
        }
    }

    /// Declares a name in the function opened last; outside of functions nothing is local.
    pub(super) fn declare(&mut self, name: Name) {
        if !self.functions.is_empty() {
            let level = self.functions.len() as u32;
            self.undo.push((name, self.levels.insert(name, level)));
        }
    }

    /// Whether a function that is open and in sight declares the name.
    pub(super) fn contains(&self, name: Name) -> bool {
        let lowest = self
            .functions
            .last()
            .map_or(u32::MAX, |(_, lowest)| *lowest);
        self.levels.get(&name).is_some_and(|level| *level >= lowest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closures_see_the_names_around_them_and_functions_do_not() {
        let [global, x, y] = [Name(0), Name(1), Name(2)];
        let mut locals = Locals::default();
        locals.declare(global);
        locals.enter(false);
        locals.declare(x);
        locals.enter(true);
        locals.declare(y);
        assert!(locals.contains(x) && locals.contains(y));
        locals.leave();
        assert!(!locals.contains(y) && !locals.contains(global));
        locals.enter(false);
        assert!(!locals.contains(x));
        locals.leave();
        assert!(locals.contains(x));
    }
}
