//! Which files use each other's names, and how telling those names are.

use std::collections::BTreeMap;

use crate::signals::LIST_LENGTH;

/// One symbol of `definer` used in `user`, files by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// The file that uses it.
    pub user: u32,
    /// The file that defines it.
    pub definer: u32,
    /// The symbol, by a number that is in the order of the definitions.
    pub symbol: u32,
    /// How often.
    pub count: u32,
}

/// A file that uses another's names, or the other way round.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferringFile {
    /// The other file.
    pub file: u32,
    /// Only comparable within one list.
    pub strength: f64,
    /// The most telling symbol between them.
    pub symbol: u32,
}

/// For each of `files` files the ones it shares most names with, in either direction, most first. A symbol that a
/// quarter of all files use ties nothing together.
#[must_use]
pub fn referring_files(files: u32, uses: &[Use]) -> Vec<Vec<ReferringFile>> {
    let mut uses: Vec<Use> = uses
        .iter()
        .copied()
        .filter(|edge| edge.user != edge.definer)
        .collect();
    uses.sort_unstable_by_key(|edge| (edge.symbol, edge.user, edge.definer));
    let most = files as usize / 4 + 3;
    // (user, definer) to the weight, and the symbol that weighs most.
    let mut rows: BTreeMap<(u32, u32), (f64, f64, u32)> = BTreeMap::new();
    for group in uses.chunk_by(|one, other| one.symbol == other.symbol) {
        if group.len() > most {
            continue;
        }
        let idf = (1.0 + f64::from(files) / group.len() as f64).ln();
        for edge in group {
            let weight = idf * (1.0 + f64::from(edge.count.max(1)).ln());
            let row = rows
                .entry((edge.user, edge.definer))
                .or_insert((0.0, 0.0, edge.symbol));
            row.0 += weight;
            if weight > row.1 {
                (row.1, row.2) = (weight, edge.symbol);
            }
        }
    }
    let mut used = vec![0.0; files as usize];
    let mut using = vec![0.0; files as usize];
    for (&(user, definer), row) in &rows {
        using[user as usize] += row.0;
        used[definer as usize] += row.0;
    }
    let mut both: BTreeMap<(u32, u32), (f64, f64, u32)> = BTreeMap::new();
    for (&(user, definer), row) in &rows {
        let forward = row.0 / f64::sqrt(using[user as usize]);
        let backward = row.0 / f64::sqrt(used[definer as usize]);
        for (key, strength) in [((user, definer), forward), ((definer, user), backward)] {
            let sum = both.entry(key).or_insert((0.0, 0.0, row.2));
            sum.0 += strength;
            if row.1 > sum.1 {
                (sum.1, sum.2) = (row.1, row.2);
            }
        }
    }
    let mut lists: Vec<Vec<ReferringFile>> = vec![Vec::new(); files as usize];
    for ((file, other), (strength, _, symbol)) in both {
        lists[file as usize].push(ReferringFile {
            file: other,
            strength,
            symbol,
        });
    }
    for list in &mut lists {
        list.sort_by(|one, other| {
            other
                .strength
                .total_cmp(&one.strength)
                .then(one.file.cmp(&other.file))
        });
        list.truncate(LIST_LENGTH);
    }
    lists
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Uses as `user definer symbol`, the answer for file 0.
    fn check(files: u32, uses: &[(u32, u32, u32)], expected: &[u32]) {
        let uses: Vec<Use> = uses
            .iter()
            .map(|&(user, definer, symbol)| Use {
                user,
                definer,
                symbol,
                count: 1,
            })
            .collect();
        let found: Vec<u32> = referring_files(files, &uses)[0]
            .iter()
            .map(|near| near.file)
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_rare_name_ties_closer_than_a_common_one() {
        check(20, &[(0, 1, 7), (0, 2, 8), (3, 2, 8), (4, 2, 8)], &[1, 2]);
    }

    #[test]
    fn both_directions_count() {
        check(9, &[(1, 0, 7), (0, 2, 8)], &[1, 2]);
    }

    #[test]
    fn a_file_is_no_neighbor_of_itself_and_what_all_use_ties_nothing() {
        check(9, &[(0, 0, 7)], &[]);
        check(
            4,
            &[(0, 1, 7), (2, 1, 7), (3, 1, 7), (1, 1, 7), (0, 1, 8)],
            &[1],
        );
    }
}
