//! Which tests ran which lines of a file, as bytes that stay small.

use std::collections::BTreeSet;

/// Lines by test: positions in the list of tests, rising.
pub(crate) type Runs = Vec<(u32, BTreeSet<u32>)>;

/// The bytes that the graph keeps.
pub(crate) fn encoded(runs: &Runs) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut before = 0;
    for (test, lines) in runs {
        put(test - before, &mut bytes);
        before = *test;
        let ranges = ranges(lines);
        put(ranges.len() as u32, &mut bytes);
        let mut end = 0;
        for (first, last) in ranges {
            put(first - end, &mut bytes);
            put(last - first, &mut bytes);
            end = last;
        }
    }
    bytes
}

fn ranges(lines: &BTreeSet<u32>) -> Vec<(u32, u32)> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for line in lines {
        match ranges.last_mut() {
            Some((_, end)) if end == line => *end += 1,
            Some(_) | None => ranges.push((*line, line.saturating_add(1))),
        }
    }
    ranges
}

fn put(mut number: u32, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// The tests that ran a line for which `wanted` holds, each with the first such line; ranges are asked as `first..end`. `None`
/// for bytes that are damaged.
pub(crate) fn tests_in(bytes: &[u8], wanted: &[(u32, u32)]) -> Option<Vec<(u32, u32)>> {
    let mut rest = bytes;
    let mut found = Vec::new();
    let mut test = 0_u32;
    while !rest.is_empty() {
        test = test.checked_add(get(&mut rest)?)?;
        let count = get(&mut rest)?;
        let mut end = 0_u32;
        let mut hit = None;
        for _ in 0..count {
            let first = end.checked_add(get(&mut rest)?)?;
            end = first.checked_add(get(&mut rest)?)?;
            let common =
                |(from, to): &(u32, u32)| (*from < end && first < *to).then(|| first.max(*from));
            hit = hit.or_else(|| wanted.iter().find_map(common));
        }
        found.extend(hit.map(|line| (test, line)));
    }
    Some(found)
}

fn get(rest: &mut &[u8]) -> Option<u32> {
    let mut number = 0;
    for shift in (0..32).step_by(7) {
        let (byte, tail) = rest.split_first()?;
        *rest = tail;
        number |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let runs: Runs = vec![
            (0, [1, 2, 3, 9].into()),
            (7, [200, 300].into()),
            (400, BTreeSet::new()),
        ];
        let bytes = encoded(&runs);
        assert_eq!(tests_in(&bytes, &[(2, 4)]), Some(vec![(0, 2)]));
        assert_eq!(tests_in(&bytes, &[(4, 9)]), Some(vec![]));
        assert_eq!(
            tests_in(&bytes, &[(9, 10), (300, 301)]),
            Some(vec![(0, 9), (7, 300)])
        );
        assert_eq!(tests_in(&bytes[..bytes.len() - 1], &[]), None);
    }
}
