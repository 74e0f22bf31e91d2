//! Which files use each other's names, and how telling those names are.

use std::collections::BTreeMap;

use arc_graph::NodeId;

/// Sites from which on a symbol is everybody's and ties nothing together.
pub const MOST_SITES: u32 = 256;

/// One site where a file uses a symbol of another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Use {
    /// The other file: of the site when it `is_user`, else of the symbol.
    pub other: NodeId,
    /// The other file uses the symbol; else the file asked about does.
    pub is_user: bool,
    /// What is used.
    pub symbol: NodeId,
    /// How many sites use it in the whole project, below [`MOST_SITES`].
    pub sites: u32,
    /// The line of the site.
    pub line: u32,
    /// How sure the edge is, 0 to 1.
    pub confidence: f64,
}

/// A file that uses another's names, or the other way round.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferringFile {
    /// The other file.
    pub file: NodeId,
    /// Only comparable within one list.
    pub strength: f64,
    /// The most telling use between them.
    pub best: Use,
}

/// The files that a file shares names with, in either direction, by id. `files` is the size of the project.
#[must_use]
pub fn referring_files(files: u64, uses: &[Use]) -> Vec<ReferringFile> {
    let mut uses = uses.to_vec();
    uses.sort_by_key(|edge| (edge.is_user, edge.other, edge.symbol, edge.line));
    let mut rows: Vec<(f64, Use)> = Vec::new();
    let key = |edge: &Use| (edge.is_user, edge.other);
    for row in uses.chunk_by(|one, other| key(one) == key(other)) {
        let mut sum = 0.0;
        let mut best = (0.0, row[0]);
        for group in row.chunk_by(|one, other| one.symbol == other.symbol) {
            let idf = (1.0 + files as f64 / f64::from(group[0].sites.max(1))).ln();
            let confidence = group.iter().map(|edge| edge.confidence).fold(0.0, f64::max);
            let weight = idf * (1.0 + (group.len() as f64).ln()) * confidence;
            sum += weight;
            if weight > best.0 {
                best = (weight, group[0]);
            }
        }
        rows.push((sum, best.1));
    }
    let whole = |is_user: bool| {
        let own = rows.iter().filter(|(_, best)| best.is_user == is_user);
        own.map(|(sum, _)| sum).sum::<f64>().sqrt()
    };
    let wholes = [whole(false), whole(true)];
    let mut both: BTreeMap<NodeId, (f64, f64, Use)> = BTreeMap::new();
    for (sum, best) in rows {
        let strength = sum / wholes[usize::from(best.is_user)].max(f64::MIN_POSITIVE);
        let entry = both.entry(best.other).or_insert((0.0, 0.0, best));
        entry.0 += strength;
        if strength > entry.1 {
            (entry.1, entry.2) = (strength, best);
        }
    }
    both.into_iter()
        .map(|(file, (strength, _, best))| ReferringFile {
            file,
            strength,
            best,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Uses as `other symbol sites`, negative when the other file is the user; the answer closest first.
    fn check(uses: &[(i64, i64, u32)], expected: &[i64]) {
        let uses: Vec<Use> = uses
            .iter()
            .map(|&(other, symbol, sites)| Use {
                other: NodeId(other.abs()),
                is_user: other < 0,
                symbol: NodeId(symbol),
                sites,
                line: 1,
                confidence: 1.0,
            })
            .collect();
        let mut found = referring_files(20, &uses);
        found.sort_by(|one, other| other.strength.total_cmp(&one.strength));
        let found: Vec<i64> = found.iter().map(|near| near.file.0).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_rare_name_ties_closer_than_a_common_one() {
        check(&[(1, 7, 1), (2, 8, 3)], &[1, 2]);
        check(&[(1, 7, 1), (2, 8, 3), (2, 9, 3)], &[2, 1]);
    }

    #[test]
    fn both_directions_count() {
        check(&[(-1, 7, 1), (2, 8, 1), (-3, 7, 2), (2, 9, 2)], &[2, 1, 3]);
    }
}
