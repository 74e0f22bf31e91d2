//! Steps of a trail: commits, ranked by what they are to the lines as they are now.

use std::collections::BTreeMap;

/// What a commit is to the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// It wrote them as they are, or most of them.
    Introduced,
    /// It wrote some of them later or elsewhere.
    Changed,
    /// It brought them back.
    Restored,
    /// It moved or copied them.
    Moved,
    /// It changed nothing but their form.
    Formatted,
    /// It wrote what they replaced.
    Earlier,
}

impl Role {
    /// The name printed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Introduced => "introduced",
            Role::Changed => "changed",
            Role::Restored => "restored",
            Role::Moved => "moved",
            Role::Formatted => "formatted",
            Role::Earlier => "earlier",
        }
    }
}

/// A part that a commit has in the lines that are asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share<C> {
    /// The commit.
    pub commit: C,
    /// What it is to the line.
    pub role: Role,
    /// The line, as it is now.
    pub line: u32,
    /// How much the line says; an empty line says nothing.
    pub weight: usize,
}

/// What ranking asks of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepFacts {
    /// Its place in history.
    pub order: i64,
    /// It is deliberate work: no formatting, no version bump, no bot.
    pub is_deliberate: bool,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<C> {
    /// The commit.
    pub commit: C,
    /// What it is to the lines.
    pub role: Role,
    /// The lines, ascending.
    pub lines: Vec<u32>,
    /// How much of them it wrote.
    pub weight: usize,
}

/// One step for each commit: the one that introduced most of the present behaviour first, then those that introduced or since
/// changed the rest, by how much of it is theirs, then those that carried it on, then what was before.
pub fn rank_steps<C: Ord + Clone>(
    shares: &[Share<C>],
    facts: &dyn Fn(&C) -> StepFacts,
) -> Vec<Step<C>> {
    let mut by_commit: BTreeMap<(C, bool), Step<C>> = BTreeMap::new();
    for share in shares {
        let wrote = matches!(share.role, Role::Introduced | Role::Changed);
        let step = by_commit
            .entry((share.commit.clone(), wrote))
            .or_insert_with(|| Step {
                commit: share.commit.clone(),
                role: share.role,
                lines: Vec::new(),
                weight: 0,
            });
        step.role = step.role.min(share.role);
        step.weight += share.weight;
        step.lines.push(share.line);
    }
    let written: Vec<C> = by_commit
        .keys()
        .filter(|key| key.1)
        .map(|key| key.0.clone())
        .collect();
    // A commit that wrote some of the lines is a step once, whatever else it did to others.
    let mut steps: Vec<Step<C>> = by_commit
        .into_iter()
        .filter(|((commit, wrote), _)| *wrote || written.binary_search(commit).is_err())
        .map(|(_, step)| step)
        .collect();
    for step in &mut steps {
        step.lines.sort_unstable();
        step.lines.dedup();
        if step.role == Role::Changed {
            step.role = Role::Introduced;
        }
    }
    let order = |step: &Step<C>| {
        let facts = facts(&step.commit);
        let carries = step.role != Role::Introduced;
        let is_earlier = step.role == Role::Earlier;
        let weight = if facts.is_deliberate {
            step.weight
        } else {
            step.weight / 4
        };
        let newest_first = if carries { -facts.order } else { 0 };
        (
            is_earlier,
            carries,
            std::cmp::Reverse(weight * usize::from(!carries)),
            newest_first,
            facts.order,
            step.commit.clone(),
        )
    };
    steps.sort_by_cached_key(order);
    // What is older than the main step did not change it: it introduced what it wrote.
    let main = steps.first().map(|step| facts(&step.commit).order);
    for step in steps.iter_mut().skip(1) {
        if step.role == Role::Introduced && Some(facts(&step.commit).order) > main {
            step.role = Role::Changed;
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shares as `commit role line weight`; commits are numbers, larger is newer; `f` before one means it only formats.
    fn check(shares: &str, expected: &str) {
        let shares: Vec<Share<String>> = shares
            .split(", ")
            .map(|text| {
                let words: Vec<&str> = text.split(' ').collect();
                let role = [
                    Role::Introduced,
                    Role::Restored,
                    Role::Moved,
                    Role::Formatted,
                    Role::Earlier,
                ]
                .into_iter()
                .find(|role| role.as_str() == words[1])
                .unwrap();
                Share {
                    commit: words[0].to_owned(),
                    role,
                    line: words[2].parse().unwrap(),
                    weight: words[3].parse().unwrap(),
                }
            })
            .collect();
        let facts = |commit: &String| StepFacts {
            order: commit.trim_start_matches('f').parse().unwrap(),
            is_deliberate: !commit.starts_with('f'),
        };
        let steps: Vec<String> = rank_steps(&shares, &facts)
            .iter()
            .map(|step| format!("{} {} {:?}", step.commit, step.role.as_str(), step.lines))
            .collect();
        assert_eq!(steps.join(", "), expected);
    }

    #[test]
    fn who_wrote_most_comes_first() {
        check(
            "1 introduced 1 10, 2 introduced 2 30, 3 introduced 3 10",
            "2 introduced [2], 1 introduced [1], 3 changed [3]",
        );
        check(
            "f1 introduced 1 100, 2 introduced 2 30",
            "2 introduced [2], f1 introduced [1]",
        );
    }

    #[test]
    fn what_carried_lines_on_comes_after_and_what_was_before_last() {
        check(
            "1 introduced 1 9, 5 moved 1 9, 6 formatted 1 9, 0 earlier 1 9",
            "1 introduced [1], 6 formatted [1], 5 moved [1], 0 earlier [1]",
        );
        check(
            "1 introduced 1 9, 1 moved 2 9, 0 introduced 2 5",
            "1 introduced [1], 0 introduced [2]",
        );
    }
}
