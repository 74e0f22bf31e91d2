//! First pass: which commits there are, and in which order they come.

use std::collections::{BTreeSet, HashMap};

use gix::ObjectId;
use gix::objs::Kind;

use super::commit::parse_commit;
use super::objects::Objects;
use super::{HistoryError, Indexed, commit_id};

/// Bytes of commits kept for the second pass; beyond this they are read again.
const KEPT_BYTES: usize = 48 << 20;

/// A commit that is reachable and not yet indexed.
struct Node {
    id: ObjectId,
    tree: ObjectId,
    /// Its place in [`Commits::parents`]; none at the boundary of a shallow clone.
    parents: (usize, usize),
    /// The committer's time until the parents are settled, the order from then on.
    order: i64,
    /// The highest order among parents that were indexed before.
    indexed_order: Option<i64>,
    /// A parent is missing, so what changed cannot be told.
    is_boundary: bool,
    /// Its place in [`Commits::kept`].
    kept: Option<(usize, usize)>,
    /// The place of the innermost merge that brought it into the line of HEAD; none on that line.
    brought_by: Option<u32>,
}

pub(super) struct Commits<'repo> {
    pub(super) objects: Objects<'repo>,
    shallow: BTreeSet<ObjectId>,
    replacements: HashMap<ObjectId, ObjectId>,
    nodes: Vec<Node>,
    places: HashMap<ObjectId, usize>,
    parents: Vec<ObjectId>,
    kept: Vec<u8>,
}

impl<'repo> Commits<'repo> {
    pub(super) fn new(
        objects: Objects<'repo>,
        shallow: BTreeSet<ObjectId>,
        replacements: HashMap<ObjectId, ObjectId>,
    ) -> Commits<'repo> {
        Commits {
            objects,
            shallow,
            replacements,
            nodes: Vec::new(),
            places: HashMap::new(),
            parents: Vec::new(),
            kept: Vec::new(),
        }
    }

    /// Finds every commit reachable from `head` that is not indexed.
    pub(super) fn find_all(
        &mut self,
        head: ObjectId,
        indexed: Option<&Indexed<'_>>,
    ) -> Result<(), HistoryError> {
        let order_of =
            |id: &ObjectId| indexed.and_then(|indexed| (indexed.order_of)(&commit_id(id)));
        if order_of(&head).is_none() && self.add(head).is_none() {
            return Err(HistoryError::MissingHead {
                id: commit_id(&head),
            });
        }
        // Everything that an indexed commit descends from is indexed too. So HEAD descends from the indexed HEAD
        // exactly when the walk over new commits meets it.
        let is_indexed_head =
            |id: &ObjectId| indexed.is_none_or(|indexed| indexed.head == commit_id(id));
        let mut has_met_indexed = is_indexed_head(&head);
        let mut place = 0;
        while place < self.nodes.len() {
            let (start, end) = self.nodes[place].parents;
            for index in start..end {
                let parent = self.parents[index];
                has_met_indexed |= is_indexed_head(&parent);
                if let Some(order) = order_of(&parent) {
                    let node = &mut self.nodes[place];
                    node.indexed_order = node.indexed_order.max(Some(order));
                } else if !self.places.contains_key(&parent) && self.add(parent).is_none() {
                    self.nodes[place].is_boundary = true;
                }
            }
            place += 1;
        }
        match indexed {
            Some(indexed) if !has_met_indexed => Err(HistoryError::Rewritten {
                indexed: indexed.head,
            }),
            Some(_) | None => {
                self.settle_orders();
                Ok(())
            }
        }
    }

    /// Reads a commit into the next place; `None` when it is missing or damaged.
    fn add(&mut self, id: ObjectId) -> Option<()> {
        let stored = self.replacements.get(&id).copied().unwrap_or(id);
        let object = self.objects.find(&stored)?;
        if object.kind != Kind::Commit {
            return None;
        }
        let commit = parse_commit(&object.data)?;
        let is_boundary = self.shallow.contains(&id) && !commit.parents.is_empty();
        let start = self.parents.len();
        if !is_boundary {
            self.parents.extend_from_slice(&commit.parents);
        }
        let kept = self.kept.len()..self.kept.len() + object.data.len();
        let kept = (kept.end <= KEPT_BYTES).then(|| {
            self.kept.extend_from_slice(&object.data);
            (kept.start, kept.end)
        });
        self.places.insert(id, self.nodes.len());
        self.nodes.push(Node {
            id,
            tree: commit.tree,
            parents: (start, self.parents.len()),
            order: commit.time,
            indexed_order: None,
            is_boundary,
            kept,
            brought_by: None,
        });
        Some(())
    }

    /// Raises the order of each commit above those of its parents. Histories are deep: no recursion.
    fn settle_orders(&mut self) {
        let mut is_settled = vec![false; self.nodes.len()];
        let mut stack: Vec<usize> = Vec::new();
        for start in 0..self.nodes.len() {
            stack.push(start);
            while let Some(&place) = stack.last() {
                if is_settled[place] {
                    stack.pop();
                    continue;
                }
                let mut highest = self.nodes[place].indexed_order;
                let (start, end) = self.nodes[place].parents;
                let open_before = stack.len();
                for parent in &self.parents[start..end] {
                    if let Some(&parent) = self.places.get(parent) {
                        if is_settled[parent] {
                            highest = highest.max(Some(self.nodes[parent].order));
                        } else {
                            stack.push(parent);
                        }
                    }
                }
                if stack.len() == open_before {
                    is_settled[place] = true;
                    if let Some(highest) = highest {
                        let node = &mut self.nodes[place];
                        node.order = node.order.max(highest.saturating_add(1));
                    }
                }
            }
        }
    }

    /// Finds for each commit the merge that brought it. The line of HEAD, by first parents, is gone up from its oldest
    /// commit; what a merge reaches by another parent and nothing before it reached came with that merge, and has a line
    /// of its own. False when the indexed HEAD is not on the line of this one: indexed commits may then have come another
    /// way than it was indexed.
    pub(super) fn find_merges(&mut self, indexed: Option<&ObjectId>) -> bool {
        let mut is_met = vec![false; self.nodes.len()];
        if self.nodes.is_empty() {
            return true;
        }
        let (line, end) = self.line_of(0, &is_met);
        let mut lines = vec![(line, None)];
        while let Some((line, merge)) = lines.last_mut() {
            let Some(place) = line.pop() else {
                lines.pop();
                continue;
            };
            let place = place as usize;
            if is_met[place] {
                continue;
            }
            // The lines of its other parents come first; a line begun here is met again when they are done.
            let (start, end) = self.nodes[place].parents;
            let others = (start + 1..end).filter_map(|index| self.places.get(&self.parents[index]));
            if let Some(&other) = others.into_iter().find(|other| !is_met[**other]) {
                line.push(place as u32);
                let (branch, _) = self.line_of(other, &is_met);
                lines.push((branch, Some(place as u32)));
                continue;
            }
            is_met[place] = true;
            self.nodes[place].brought_by = *merge;
        }
        indexed.is_none_or(|indexed| end == Some(*indexed))
    }

    /// The places from `start` along first parents until what is met, newest first, and the parent that stands nowhere.
    fn line_of(&self, start: usize, is_met: &[bool]) -> (Vec<u32>, Option<ObjectId>) {
        let mut line = Vec::new();
        let mut at = start;
        loop {
            // Replaced commits may go in circles.
            if is_met[at] || line.len() > self.nodes.len() {
                return (line, None);
            }
            line.push(at as u32);
            let (start, end) = self.nodes[at].parents;
            let Some(parent) = self.parents[start..end].first() else {
                return (line, None);
            };
            match self.places.get(parent) {
                Some(&next) => at = next,
                None => return (line, Some(*parent)),
            }
        }
    }

    pub(super) fn brought_by(&self, place: usize) -> Option<usize> {
        self.nodes[place].brought_by.map(|place| place as usize)
    }

    /// All places, newest first.
    pub(super) fn newest_first(&self) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.nodes.len()).collect();
        places.sort_unstable_by(|&one, &other| {
            let (one, other) = (&self.nodes[one], &self.nodes[other]);
            other.order.cmp(&one.order).then(one.id.cmp(&other.id))
        });
        places
    }

    pub(super) fn id(&self, place: usize) -> ObjectId {
        self.nodes[place].id
    }

    pub(super) fn order(&self, place: usize) -> i64 {
        self.nodes[place].order
    }

    pub(super) fn is_boundary(&self, place: usize) -> bool {
        self.nodes[place].is_boundary
    }

    /// The bytes of a commit.
    pub(super) fn data(&mut self, place: usize) -> Option<Vec<u8>> {
        let node = &self.nodes[place];
        if let Some((start, end)) = node.kept {
            return Some(self.kept[start..end].to_vec());
        }
        let stored = self.replacements.get(&node.id).copied().unwrap_or(node.id);
        Some(self.objects.find(&stored)?.data.to_vec())
    }

    /// The tree of any commit, indexed before or not.
    pub(super) fn tree_of(&mut self, id: &ObjectId) -> Option<ObjectId> {
        if let Some(&place) = self.places.get(id) {
            return Some(self.nodes[place].tree);
        }
        let stored = self.replacements.get(id).copied().unwrap_or(*id);
        let object = self.objects.find(&stored)?;
        (object.kind == Kind::Commit)
            .then(|| parse_commit(&object.data).map(|commit| commit.tree))
            .flatten()
    }
}
