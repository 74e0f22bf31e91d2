//! Which names and addresses are one person.

use std::collections::{BTreeMap, BTreeSet};

use arc_store::{GraphFile, StoreError};

/// An address under which more people than this wrote is a shared one.
const NAMES_OF_ONE: usize = 4;

/// Addresses that are nobody's own, by what stands before the `@`.
const NOBODY: &[&str] = &[
    "admin", "bot", "build", "dev", "devnull", "email", "git", "github", "info", "me", "nobody",
    "none", "no-reply", "noreply", "root", "team", "unknown", "user", "you",
];

/// Names and addresses in groups of one person each: those with the same full name, and those with the same address. People
/// change both, and few projects keep a mailmap. A single word may be anybody's name, so it joins nobody by itself.
pub(crate) struct People {
    groups: BTreeMap<(String, String), usize>,
    /// The group of a name, where all of the name are in one.
    by_name: BTreeMap<String, Option<usize>>,
}

impl People {
    /// Everybody of the graph.
    pub(crate) fn read(graph: &GraphFile) -> Result<People, StoreError> {
        Ok(People::of_names(&graph.people()?))
    }

    fn of_names(all: &[(String, String)]) -> People {
        let mut names: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for (name, email) in all {
            names.entry(own_address(email)).or_default().insert(name);
        }
        let mut parents: Vec<usize> = (0..all.len()).collect();
        let mut first: BTreeMap<(bool, String), usize> = BTreeMap::new();
        for (at, (name, email)) in all.iter().enumerate() {
            if name.ends_with("[bot]") {
                continue;
            }
            let address = own_address(email);
            let is_own = !address.is_empty() && names[&address].len() <= NAMES_OF_ONE;
            let keys = [
                is_full(name).then(|| (true, name.trim().to_lowercase())),
                is_own.then_some((false, address)),
            ];
            for key in keys.into_iter().flatten() {
                let other = *first.entry(key).or_insert(at);
                let (one, other) = (root(&parents, at), root(&parents, other));
                parents[one.max(other)] = one.min(other);
            }
        }
        let mut people = People {
            groups: BTreeMap::new(),
            by_name: BTreeMap::new(),
        };
        for (at, person) in all.iter().enumerate() {
            let group = root(&parents, at);
            people.groups.insert(person.clone(), group);
            let named = people.by_name.entry(person.0.clone());
            let known = named.or_insert(Some(group));
            *known = known.filter(|known| *known == group);
        }
        people
    }

    /// For each of `work` (who did it, how much, and when the last of it was) the name that the person did most under, of
    /// several the first by letters, with the newest address that stands beside that name.
    pub(crate) fn one_each<'w>(
        &self,
        work: impl Iterator<Item = (&'w (String, String), u32, i64)>,
    ) -> BTreeMap<(String, String), (String, String)> {
        let mut own: BTreeMap<usize, BTreeMap<&str, (u32, i64, &str)>> = BTreeMap::new();
        let mut all: BTreeMap<&(String, String), usize> = BTreeMap::new();
        for (person, amount, time) in work {
            let Some(group) = self.groups.get(person) else {
                continue;
            };
            all.insert(person, *group);
            let names = own.entry(*group).or_default();
            let known = names.entry(&person.0).or_insert((0, time, &person.1));
            known.0 += amount;
            (known.1, known.2) = (known.1, known.2).max((time, &person.1));
        }
        let told = |names: &BTreeMap<&str, (u32, i64, &str)>| {
            let most = names.values().map(|known| known.0).max()?;
            let (name, known) = names.iter().find(|(_, known)| known.0 == most)?;
            Some(((*name).to_owned(), known.2.to_owned()))
        };
        all.into_iter()
            .filter_map(|(person, group)| Some((person.clone(), told(own.get(&group)?)?)))
            .collect()
    }

    /// The same where only names are known; a name of several people stays by itself.
    pub(crate) fn one_name_each<'w>(
        &self,
        work: impl Iterator<Item = (&'w str, u32)>,
    ) -> BTreeMap<String, String> {
        let mut amounts: BTreeMap<&str, u32> = BTreeMap::new();
        for (name, amount) in work {
            *amounts.entry(name).or_default() += amount;
        }
        let group = |name: &str| self.by_name.get(name).copied().flatten();
        let mut best: BTreeMap<usize, (u32, &str)> = BTreeMap::new();
        for (name, amount) in &amounts {
            if let Some(group) = group(name) {
                let known = best.entry(group).or_insert((*amount, name));
                if *amount > known.0 {
                    *known = (*amount, name);
                }
            }
        }
        let chosen = |name: &str| Some(best.get(&group(name)?)?.1);
        amounts
            .keys()
            .map(|name| ((*name).to_owned(), chosen(name).unwrap_or(name).to_owned()))
            .collect()
    }
}

/// A name of two words or more.
fn is_full(name: &str) -> bool {
    name.trim().contains(' ')
}

/// The address as it is compared; empty when it is nobody's own.
fn own_address(email: &str) -> String {
    let address = email.trim().to_lowercase();
    let is_own = address.split_once('@').is_some_and(|(user, host)| {
        !host.is_empty() && !user.is_empty() && !NOBODY.contains(&user)
    });
    if is_own { address } else { String::new() }
}

fn root(parents: &[usize], mut at: usize) -> usize {
    while parents[at] != at {
        at = parents[at];
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(rows: &[(&str, &str)]) -> Vec<(String, String)> {
        rows.iter()
            .map(|(name, email)| ((*name).to_owned(), (*email).to_owned()))
            .collect()
    }

    /// The name that each of the rows, with how much they did, is told under.
    fn told(rows: &[(&str, &str)], work: &[u32]) -> Vec<String> {
        let all = people(rows);
        let work = all
            .iter()
            .zip(work)
            .map(|(person, amount)| (person, *amount, 0));
        let one = People::of_names(&all).one_each(work);
        all.iter().map(|person| one[person].0.clone()).collect()
    }

    #[test]
    fn a_name_and_an_address_make_one_person() {
        let rows = [
            ("Matt Holt", "m@users.example"),
            ("Matthew Holt", "m@users.example"),
            ("Matt Holt", "mh@old.example"),
            ("mholt", "MH@old.example"),
            ("Ada", "ada@example.org"),
            ("Ada", "ada@other.example"),
        ];
        let holt = "Matthew Holt";
        assert_eq!(
            told(&rows, &[2, 9, 1, 1, 1, 1]),
            [holt, holt, holt, holt, "Ada", "Ada"]
        );
        let all = people(&rows);
        let one = People::of_names(&all);
        assert_ne!(
            one.groups[&all[4]], one.groups[&all[5]],
            "one word is no name of one person"
        );
    }

    #[test]
    fn shared_addresses_and_programs_join_nobody() {
        let rows = [
            ("Ann Lee", "noreply@example.org"),
            ("Bob Ray", "noreply@example.org"),
            ("Cy Dow", ""),
            ("Di Fox", ""),
            ("x[bot]", "ann@example.org"),
            ("Ann Moe", "ann@example.org"),
        ];
        assert_eq!(told(&rows, &[1; 6]), rows.map(|row| row.0));
        let many: Vec<(String, String)> = ('a'..='e')
            .map(|letter| (format!("Person {letter}"), "lab@example.org".to_owned()))
            .collect();
        let one = People::of_names(&many).one_each(many.iter().map(|person| (person, 1, 0)));
        assert!(one.iter().all(|(own, told)| own == told), "{one:?}");
    }
}
