//! How much is asked for at once: less after the server could not cope, more again once it could.

/// Tickets of a page, items of each part of a ticket, threads of a review and replies in them, and items of a part that is
/// read by itself.
const LEVELS: [[u32; 4]; 8] = [
    [50, 30, 10, 100],
    [25, 20, 10, 100],
    [12, 20, 10, 50],
    [6, 20, 8, 30],
    [3, 20, 5, 20],
    [1, 20, 5, 10],
    [1, 5, 2, 5],
    [1, 1, 1, 1],
];
/// Where a reading starts.
const START: usize = 1;
/// Answers in a row after which more is asked for.
const GOOD: u32 = 8;

/// How much is asked for at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageSize {
    level: usize,
    good: u32,
}

impl PageSize {
    pub(crate) fn new() -> PageSize {
        PageSize {
            level: START,
            good: 0,
        }
    }

    /// Tickets of a page.
    pub(crate) fn first(self) -> u32 {
        LEVELS[self.level][0]
    }

    /// Items of each part of a ticket.
    pub(crate) fn many(self) -> u32 {
        LEVELS[self.level][1]
    }

    /// Threads, and replies in each.
    pub(crate) fn few(self) -> u32 {
        LEVELS[self.level][2]
    }

    /// Items of a part that is read by itself.
    pub(crate) fn rest(self) -> u32 {
        LEVELS[self.level][3]
    }

    /// Asks for less; false when there is no less.
    pub(crate) fn shrink(&mut self) -> bool {
        self.good = 0;
        let can = self.level + 1 < LEVELS.len();
        self.level += usize::from(can);
        can
    }

    /// An answer came.
    pub(crate) fn went_well(&mut self) {
        self.good += 1;
        if self.good >= GOOD && self.level > 0 {
            self.good = 0;
            self.level -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_is_asked_for_after_failures_and_more_after_answers() {
        let mut size = PageSize::new();
        let start = size.first();
        assert!(size.shrink() && size.first() < start);
        while size.shrink() {}
        assert_eq!([size.first(), size.many(), size.few(), size.rest()], [1; 4]);
        for _ in 0..200 {
            size.went_well();
        }
        assert!(size.first() > start);
    }

    #[test]
    fn no_level_asks_for_more_than_the_one_before() {
        for pair in LEVELS.windows(2) {
            assert!((0..4).all(|column| pair[1][column] <= pair[0][column]));
        }
    }
}
