//! Who wrote the lines of a question, and what stood there before.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arc_graph::NodeRecord;
use arc_history::{BlameRequest, CommitId, CommitKind, Lineage, Origin, Since, same_lines};
use arc_store::TouchRecord;
use arc_trail::{Role, Share};

use super::lines::{Asked, with_context};
use super::tracker::WrittenLine;
use crate::evolution::{Passage, Story, story};

/// Versions of a line before the present one that are told.
const MAX_EARLIER: usize = 2;

/// Lines of a question on their way back.
pub(super) struct Blame<'a, 'known> {
    lineage: &'a mut Lineage<'known>,
    asked: &'a Asked<'a>,
    /// The lines at the head, each with its number now.
    at_head: BTreeMap<u32, u32>,
    origins: Vec<Origin>,
    /// What a symbol went through, whoever wrote its lines.
    shares: Vec<Share<CommitId>>,
}

impl<'a, 'known> Blame<'a, 'known> {
    pub(super) fn new(
        lineage: &'a mut Lineage<'known>,
        asked: &'a Asked<'a>,
        at_head: BTreeMap<u32, u32>,
    ) -> Blame<'a, 'known> {
        Blame {
            lineage,
            asked,
            at_head,
            origins: Vec::new(),
            shares: Vec::new(),
        }
    }

    /// Finds who wrote the lines of `path`.
    pub(super) fn read(&mut self, head: &CommitId, path: &str) {
        // A line that was moved together with others is known by them.
        let numbers = with_context(&self.at_head);
        self.origins = blame(self.lineage, (head, path), &numbers, None);
        self.origins
            .retain(|origin| self.at_head.contains_key(&origin.line));
        if let [origin] = self.origins.as_slice() {
            let (origin, line) = (origin.clone(), self.at_head[&origin.line]);
            self.add_earlier(&origin, line);
        }
    }

    /// Notes what stood in place of a line before the commit that wrote it.
    fn add_earlier(&mut self, origin: &Origin, line: u32) {
        let mut at = origin.clone();
        for _ in 0..MAX_EARLIER {
            let place = (&at.commit, at.path.as_str());
            let before = blame(self.lineage, place, &[at.line_there], Some(at.commit));
            let Some(before) = before
                .into_iter()
                .next()
                .filter(|before| before.commit != at.commit)
            else {
                break;
            };
            self.shares.push(Share {
                commit: before.commit,
                role: Role::Earlier,
                line,
                weight: 0,
            });
            at = before;
        }
    }

    /// Follows a symbol through its moves: lines that a move brought are those of whoever wrote them where they stood, and
    /// where the symbol began is told even if no line of that is left.
    pub(super) fn follow(&mut self, head: &CommitId, node: &NodeRecord, file: (&str, &[u8])) {
        let Some(Story { passages, created }) = story(self.lineage, head, node, file) else {
            return;
        };
        for passage in &passages {
            self.carry(passage);
        }
        let Some(line) = self.at_head.values().next().copied() else {
            return;
        };
        let moved = passages.iter().map(|passage| (passage.commit, Role::Moved));
        let created = created.map(|commit| (commit, Role::Earlier));
        for (commit, role) in moved.chain(created) {
            self.shares.push(Share {
                commit,
                role,
                line,
                weight: 0,
            });
        }
    }

    /// Takes lines that seem to be new where a symbol was moved back to where it stood.
    fn carry(&mut self, passage: &Passage) {
        let same = same_lines(&passage.old_text, &passage.text);
        let mut carried: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (place, origin) in self.origins.iter().enumerate() {
            if origin.commit != passage.commit || origin.path != passage.path {
                continue;
            }
            let inside = origin.line_there.checked_sub(passage.line);
            let before = inside.and_then(|inside| *same.get(inside as usize)?);
            if let Some(before) = before {
                carried
                    .entry(passage.old_line + before)
                    .or_default()
                    .push(place);
            }
        }
        let lines: Vec<u32> = carried.keys().copied().collect();
        let place = (&passage.parent, passage.old_path.as_str());
        for found in blame(self.lineage, place, &lines, None) {
            for &place in carried.get(&found.line).into_iter().flatten() {
                let origin = &mut self.origins[place];
                let (line, mut since) = (origin.line, std::mem::take(&mut origin.since));
                since.push((passage.commit, Since::Moved));
                since.extend(found.since.iter().copied());
                *origin = Origin {
                    line,
                    since,
                    ..found.clone()
                };
            }
        }
    }

    /// What each commit is to the lines.
    pub(super) fn shares(&self) -> Vec<Share<CommitId>> {
        let mut shares = Vec::new();
        for origin in &self.origins {
            let line = self.at_head[&origin.line];
            shares.extend(shares_of(origin, line, self.asked.weight(line)));
        }
        let written: BTreeSet<CommitId> = shares.iter().map(|share| share.commit).collect();
        let others = self.shares.iter();
        shares.extend(
            others
                .filter(|share| !written.contains(&share.commit))
                .cloned(),
        );
        shares
    }

    /// The lines that each commit wrote, where they stood then.
    pub(super) fn written(&self) -> BTreeMap<CommitId, Vec<WrittenLine>> {
        let mut written: BTreeMap<CommitId, Vec<WrittenLine>> = BTreeMap::new();
        for origin in &self.origins {
            written.entry(origin.commit).or_default().push(WrittenLine {
                path: origin.path.clone(),
                line: origin.line_there,
                text: self.asked.text(self.at_head[&origin.line]).to_owned(),
            });
        }
        written
    }

    /// The boundary of a shallow clone was met.
    pub(super) fn is_cut(&self) -> bool {
        self.origins.iter().any(|origin| origin.is_boundary)
    }
}

/// Blames lines of a file of a commit; `also_ignored` is looked through as well.
fn blame(
    lineage: &mut Lineage<'_>,
    (head, path): (&CommitId, &str),
    lines: &[u32],
    also_ignored: Option<CommitId>,
) -> Vec<Origin> {
    lineage.blame(&BlameRequest {
        head: *head,
        path,
        lines,
        follows_moves: true,
        by_meaning: true,
        also_ignored,
    })
}

/// Whether a commit changed no meaning.
pub(super) fn is_ignored(touch: &TouchRecord, ignored: &BTreeSet<CommitId>) -> bool {
    CommitKind::from_number(touch.kind) == Some(CommitKind::Format)
        || ignored.contains(&CommitId(touch.hash))
}

/// What an origin means for a line.
fn shares_of(origin: &Origin, line: u32, weight: usize) -> Vec<Share<CommitId>> {
    let mut shares = vec![Share {
        commit: origin.commit,
        role: Role::Introduced,
        line,
        weight,
    }];
    for (commit, since) in &origin.since {
        let role = match since {
            Since::Moved => Role::Moved,
            Since::Formatted => Role::Formatted,
            Since::Restored => Role::Restored,
        };
        shares.push(Share {
            commit: *commit,
            role,
            line,
            weight,
        });
    }
    shares
}

/// The commits that `.git-blame-ignore-revs` lists.
pub(super) fn ignored_revisions(root: &Path) -> BTreeSet<CommitId> {
    let text = std::fs::read(root.join(".git-blame-ignore-revs")).unwrap_or_default();
    String::from_utf8_lossy(&text)
        .lines()
        .filter_map(|line| CommitId::from_hex(line.split('#').next().unwrap_or("").trim()))
        .collect()
}
