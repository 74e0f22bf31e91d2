//! How likely a test case runs the targets.

use std::cell::RefCell;
use std::collections::BTreeMap;

use arc_graph::{GraphRead, NodeId, NodeKind, NodeRecord, ReadError};
use rustc_hash::FxHashSet;
use smallvec::{SmallVec, smallvec};

use crate::blend::Belonging;
use crate::heirs::inherit;
use crate::holding::Holding;
use crate::paths::{each_word, words};
use crate::walk::{Reach, Reached};
use crate::weights::{FILE_TEST_NAME_SHARE, TEST_HOLDS, TEST_NAME_SHARE, TEST_REACHES, running};

/// A test case that may run the targets.
pub(crate) struct Case<'a> {
    /// The way to show: from the targets, or else from their types.
    pub(crate) reached: &'a Reached,
    pub(crate) score: f64,
    /// The class that inherits it and the test under the name of that class.
    pub(crate) inherited: Option<(NodeId, NodeRecord)>,
}

/// The test cases that reach the targets or have what the targets need, in no order.
pub(crate) fn cases<'a>(
    graph: &dyn GraphRead,
    reach: &'a Reach,
    holding: &'a Holding,
    targets: &[NodeRecord],
    belongings: &BTreeMap<NodeId, Belonging>,
) -> Result<Vec<Case<'a>>, ReadError> {
    let scoring = Scoring::of(reach, holding, targets, belongings);
    let mut found = FxHashSet::default();
    let mut cases = Vec::new();
    for reached in reach.reached.iter().filter(|one| one.node.is_test_case) {
        found.insert(reached.node.id);
        let own = holding.own(reached.node.id);
        let needed = holding.needed(reached);
        cases.push(Case {
            reached,
            score: scoring.score(reached.score, needed, own, &reached.node),
            inherited: None,
        });
    }
    let holders = holding.reach.reached.iter();
    for reached in holders.filter(|one| one.node.is_test_case && !found.contains(&one.node.id)) {
        cases.push(Case {
            reached,
            score: scoring.score(0.0, None, Some(reached.score), &reached.node),
            inherited: None,
        });
    }
    inherit(graph, reach, holding, &scoring, &mut cases)?;
    Ok(cases)
}

/// How the score of a case is made.
pub(crate) struct Scoring<'a> {
    naming: Naming<'a>,
    /// Whether a target is no file.
    is_gated: bool,
    /// Whether instances tell tests apart.
    tells: bool,
    /// Whether the targets make instances.
    pub(crate) makes: bool,
}

impl Scoring<'_> {
    fn of<'a>(
        reach: &Reach,
        holding: &Holding,
        targets: &[NodeRecord],
        belongings: &'a BTreeMap<NodeId, Belonging>,
    ) -> Scoring<'a> {
        let is_gated = targets.iter().any(|target| target.kind != NodeKind::File);
        let mut naming = Naming::of(targets, belongings);
        if !is_gated {
            naming.part = FILE_TEST_NAME_SHARE;
        }
        Scoring {
            naming,
            is_gated,
            tells: is_gated && holding.tells(reach),
            makes: targets.iter().all(|target| target.is_constructor),
        }
    }

    /// The score of a test that is reached with `reached`, has what its way needs with `needed` and the targets' types with
    /// `own`; `None` where the way needs nothing, and where the targets are no methods.
    pub(crate) fn score(
        &self,
        reached: f64,
        needed: Option<f64>,
        own: Option<f64>,
        test: &NodeRecord,
    ) -> f64 {
        let score = if self.is_gated {
            running(reached, needed.filter(|_| self.tells))
                + TEST_REACHES * reached
                + TEST_HOLDS * own.unwrap_or(0.0)
        } else {
            reached
        };
        f64::min(score * self.naming.share(test), 1.0)
    }
}

/// What the names of tests and the likeness of their files tell.
struct Naming<'a> {
    words: Vec<String>,
    /// The text that is looked at, in lower case: thousands of tests are, and room for each would cost more than the look.
    lower: RefCell<String>,
    belongings: &'a BTreeMap<NodeId, Belonging>,
    most: f64,
    /// The part of a score that is to be earned.
    part: f64,
}

impl Naming<'_> {
    fn of<'a>(targets: &[NodeRecord], belongings: &'a BTreeMap<NodeId, Belonging>) -> Naming<'a> {
        let mut words: Vec<String> = targets.iter().flat_map(telling_words).collect();
        words.sort();
        words.dedup();
        Naming {
            words,
            lower: RefCell::default(),
            belongings,
            most: most_belonging(belongings),
            part: TEST_NAME_SHARE,
        }
    }

    /// What is left of the score of a test: all of it when its name says the targets' and its file goes with theirs.
    fn share(&self, test: &NodeRecord) -> f64 {
        let earned = (self.named(test) + belonging_of(test, self.belongings) / self.most) / 2.0;
        1.0 - self.part + self.part * earned
    }

    /// The share of the targets' words that a test's name, class or file names.
    fn named(&self, test: &NodeRecord) -> f64 {
        let mut named: SmallVec<[bool; 8]> = smallvec![false; self.words.len()];
        let path = test.path.as_deref().unwrap_or_default();
        for text in [&*test.qualified_name, path] {
            if !self.may_name(text) {
                continue;
            }
            each_word(text, &mut |spoken| {
                // Sorted and each once.
                if let Ok(place) = self
                    .words
                    .binary_search_by(|word| word.as_str().cmp(spoken))
                {
                    named[place] = true;
                }
            });
        }
        let count = named.iter().filter(|named| **named).count();
        count as f64 / self.words.len().max(1) as f64
    }

    /// Whether one of the words may be among those of a text: most tests have none.
    fn may_name(&self, text: &str) -> bool {
        if !text.is_ascii() {
            return true;
        }
        let mut lower = self.lower.borrow_mut();
        lower.clear();
        lower.push_str(text);
        lower.make_ascii_lowercase();
        self.words.iter().any(|word| lower.contains(word.as_str()))
    }
}

/// How much the file of a node goes with the targets.
pub(crate) fn belonging_of(node: &NodeRecord, belongings: &BTreeMap<NodeId, Belonging>) -> f64 {
    node.file
        .and_then(|file| belongings.get(&file))
        .map_or(0.0, |belonging| belonging.score)
}

pub(crate) fn most_belonging(belongings: &BTreeMap<NodeId, Belonging>) -> f64 {
    belongings
        .values()
        .map(|belonging| belonging.score)
        .fold(f64::MIN_POSITIVE, f64::max)
}

/// The words by which a test would speak of a target.
fn telling_words(target: &NodeRecord) -> Vec<String> {
    if target.kind == NodeKind::File || target.name.is_empty() {
        let path = target.path.as_deref().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or(path);
        return words(name.rsplit_once('.').map_or(name, |(stem, _)| stem));
    }
    words(&target.name)
}
