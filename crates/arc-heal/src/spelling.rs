//! How near two words are.

/// Letters to add, drop, change or swap with the next one to come from one word to the other; `None` beyond `limit`.
pub(crate) fn distance(from: &str, to: &str, limit: usize) -> Option<usize> {
    // Most words of a long list are told apart by their lengths.
    if from.chars().count().abs_diff(to.chars().count()) > limit {
        return None;
    }
    let far = strsim::osa_distance(from, to);
    (far <= limit).then_some(far)
}

/// Whether a word is so near another that it is likely a slip of it: one step, or two of a word of five letters or more.
pub(crate) fn is_near(word: &str, other: &str) -> bool {
    let limit = if word.chars().count().min(other.chars().count()) >= 5 {
        2
    } else {
        1
    };
    word != other && distance(word, other, limit).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swap_is_one_step() {
        assert_eq!(distance("retrun", "return", 2), Some(1));
        assert_eq!(distance("whle", "while", 2), Some(1));
        assert_eq!(distance("abc", "xyz", 2), None);
        assert_eq!(distance("same", "same", 0), Some(0));
    }
}
