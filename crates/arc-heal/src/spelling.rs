//! How near two words are.

/// Letters to add, drop, change or swap with the next one to come from one word to the other; `None` beyond `limit`.
pub(crate) fn distance(from: &str, to: &str, limit: usize) -> Option<usize> {
    let from: Vec<char> = from.chars().collect();
    let to: Vec<char> = to.chars().collect();
    if from.len().abs_diff(to.len()) > limit {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let mut best = (row[j] + usize::from(a != b))
                .min(row[j + 1] + 1)
                .min(next[j] + 1);
            if i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b {
                best = best.min(before[j - 1] + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    let far = row[to.len()];
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
