//! Many short texts, one behind the other.

/// Texts by their places.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    ends: Vec<u32>,
    all: String,
}

impl Texts {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn push(&mut self, text: &str) {
        self.all.push_str(text);
        self.ends.push(self.all.len() as u32);
    }

    /// Gives back what was set aside for more.
    pub(crate) fn shrink(&mut self) {
        self.ends.shrink_to_fit();
        self.all.shrink_to_fit();
    }

    /// The text at a place; empty when there is none.
    pub(crate) fn at(&self, place: usize) -> &str {
        let end = |place: usize| self.ends.get(place).map(|end| *end as usize);
        let from = place.checked_sub(1).and_then(end).unwrap_or(0);
        end(place).map_or("", |to| &self.all[from..to])
    }
}
