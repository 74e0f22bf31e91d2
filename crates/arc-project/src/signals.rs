//! What the graph knows of files beyond edges, for the ranking.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use arc_graph::{EdgeKind, GraphRead, NodeId, NodeKind, NodeRecord, ReadError};
use arc_history::{Weight, is_source_path};
use arc_impact::{
    CoChanged, FileSignals, LIST_LENGTH, MOST_SITES, OpenSites, Resembling, SignalRead, TermRead,
    UnresolvedSite, Use, near_files, referring_files, similar_files, strongest_files,
};
use arc_store::{CoChangeRecord, GraphFile, UnresolvedPlace};

use crate::kindred::are_kindred;

/// Signals read from the graph file.
pub(crate) struct StoredSignals<'a> {
    pub(crate) graph: &'a GraphFile,
}

/// Edges that say that a file needs another's symbol. Imports are left out: what is imported to be used is used as well.
const USES: &[EdgeKind] = &[
    EdgeKind::Calls,
    EdgeKind::References,
    EdgeKind::Inherits,
    EdgeKind::Reads,
    EdgeKind::Writes,
];

/// Edges read for the names that a file shares with others.
const MAX_USES: usize = 4_000;

impl StoredSignals<'_> {
    /// The names under which something of a target may be referred to, with how many references to them are unresolved where that
    /// was counted.
    fn open_names(&self, target: &NodeRecord) -> Result<Vec<(String, Option<usize>)>, ReadError> {
        let mut names = Vec::new();
        if let Some(file) = target.file.filter(|_| target.kind.holds_definitions()) {
            let lines = if is_whole(target) {
                0..=u32::MAX
            } else {
                target.line..=target.end_line
            };
            let inside = self.graph.open_names(file, &lines)?.into_iter();
            names.extend(inside.map(|(name, places)| (name, Some(places))));
        }
        if !is_whole(target) && names.iter().all(|(name, _)| *name != target.name) {
            names.push((target.name.clone(), None));
        }
        Ok(names)
    }

    /// The languages of the files of targets.
    fn languages(
        &self,
        targets: &[NodeRecord],
    ) -> Result<BTreeMap<NodeId, Option<String>>, ReadError> {
        let mut languages = BTreeMap::new();
        for file in targets.iter().filter_map(|target| target.file) {
            if let Entry::Vacant(unknown) = languages.entry(file) {
                let record = self.graph.file_by_id(file)?;
                unknown.insert(record.and_then(|record| record.row.language));
            }
        }
        Ok(languages)
    }

    fn of_file(&self, file: NodeId, path: &str, now: i64) -> Result<FileSignals, ReadError> {
        let mut signals = FileSignals {
            similar: similar_files(self, file)?,
            referring: self.referring(file, path)?,
            near: near_files(self, file)?,
            ..FileSignals::default()
        };
        let Some(history) = self.graph.file_history(path)? else {
            return Ok(signals);
        };
        let whole = Weight(history.weight);
        let records = self.co_changed(path)?;
        let last: Vec<i64> = records.iter().map(|(_, record)| record.last).collect();
        let last_commits = self.graph.commit_hashes(&last)?;
        for ((file, record), last_commit) in records.iter().zip(last_commits) {
            signals.co_changed.push(CoChanged {
                file: *file,
                share: Weight(record.weight).share_of(whole),
                commits: record.count,
                last_commit,
            });
        }
        signals.evidence = whole.commits_at(now);
        signals.commits = history.revisions;
        Ok(signals)
    }

    /// The files of the tree that changed along with a file the most, at most [`LIST_LENGTH`]. What is gone from the tree is
    /// no answer and takes nobody's place: files that live for one release can be most of a history.
    fn co_changed(&self, path: &str) -> Result<Vec<(NodeId, CoChangeRecord)>, ReadError> {
        let mut asked = LIST_LENGTH * 3;
        loop {
            let records = self.graph.co_changed(path, asked)?;
            let is_all = records.len() < asked;
            let mut found = Vec::with_capacity(LIST_LENGTH);
            for record in records {
                if found.len() == LIST_LENGTH {
                    break;
                }
                if let Some(file) = self.graph.file(&record.path)? {
                    found.push((file.id, record));
                }
            }
            if is_all || found.len() == LIST_LENGTH {
                return Ok(found);
            }
            asked *= 8;
        }
    }

    /// The files that use names of `file`, and those whose names it uses.
    fn referring(&self, file: NodeId, path: &str) -> Result<Vec<Resembling>, ReadError> {
        let files = self.graph.count_files_with(None)?;
        let records = self.graph.uses(file, USES, (MOST_SITES, MAX_USES))?;
        let uses: Vec<Use> = records
            .into_iter()
            .map(|record| Use {
                other: record.other,
                is_user: record.is_user,
                symbol: record.symbol,
                sites: record.sites,
                line: record.line,
                confidence: record.confidence.probability(),
            })
            .collect();
        let found = referring_files(files, &uses);
        let strengths = found.iter().map(|near| (near.file, near.strength));
        let mut referring = Vec::new();
        for (other, other_path, strength) in strongest_files(self, strengths.collect())? {
            let best = found.iter().find(|near| near.file == other);
            let Some(best) = best.map(|near| near.best) else {
                continue;
            };
            let symbols = self.graph.nodes(&[best.symbol])?;
            let name = symbols.first().map_or("", |symbol| &symbol.name);
            let (text, place) = if best.is_user {
                (format!("uses {name}"), &*other_path)
            } else {
                (format!("{name} is used by the target"), path)
            };
            referring.push(Resembling {
                file: other,
                strength,
                text,
                at: vec![format!("{place}:{}", best.line)],
            });
        }
        Ok(referring)
    }
}

impl TermRead for StoredSignals<'_> {
    fn terms(&self, file: NodeId) -> Result<Vec<(String, u8)>, ReadError> {
        let terms = self.graph.terms(file)?;
        let terms = terms.into_iter().map(|term| (term.text, term.class));
        Ok(terms.collect())
    }

    fn files_with(&self, term: &str) -> Result<Vec<(NodeId, u8)>, ReadError> {
        Ok(self.graph.files_with(term)?)
    }

    fn count_files_with(&self, term: Option<&str>) -> Result<u64, ReadError> {
        Ok(self.graph.count_files_with(term)?)
    }

    fn path(&self, file: NodeId) -> Result<Option<String>, ReadError> {
        Ok(self.graph.path_of(file)?)
    }

    fn around(&self, path: &str, count: usize) -> Result<Vec<NodeId>, ReadError> {
        let mut files = Vec::new();
        for file in self.graph.files_around(path, count)? {
            let path = self.graph.path_of(file)?;
            if path.is_some_and(|path| is_source_path(&path)) {
                files.push(file);
            }
        }
        Ok(files)
    }
}

impl SignalRead for StoredSignals<'_> {
    fn signals(&self, files: &[NodeId]) -> Result<Vec<Arc<FileSignals>>, ReadError> {
        let now = self.graph.newest_commit_time()?.unwrap_or(0);
        let mut signals = Vec::with_capacity(files.len());
        for record in self.graph.nodes(files)? {
            signals.push(match &record.path {
                Some(path) => {
                    let work_out = || self.of_file(record.id, path, now);
                    self.graph.worked_out(record.id, work_out)?
                }
                None => Arc::default(),
            });
        }
        Ok(signals)
    }

    fn unresolved(&self, targets: &[NodeRecord], limit: usize) -> Result<OpenSites, ReadError> {
        let mut found = OpenSites::default();
        let languages = self.languages(targets)?;
        let mut names: BTreeMap<(Option<&str>, String), Option<usize>> = BTreeMap::new();
        for target in targets {
            let language = target.file.and_then(|file| languages[&file].as_deref());
            for (name, places) in self.open_names(target)? {
                let known = names.entry((language, name)).or_default();
                *known = known.or(places);
            }
        }
        let mut rarest: Vec<_> = names.into_iter().collect();
        rarest.sort_by(|one, other| (one.1, &one.0.1).cmp(&(other.1, &other.0.1)));
        for ((language, name), places) in rarest {
            if let Some(places) = places.filter(|places| *places > MOST_PLACES) {
                found.left_out += places;
                found.common.push((name, places));
                continue;
            }
            if let Some(places) = places.filter(|_| found.listed.len() >= limit) {
                found.left_out += places;
                continue;
            }
            let is_target = |place: &UnresolvedPlace| {
                let mut targets = targets.iter();
                targets.any(|target| match &target.path {
                    Some(path) => {
                        place.path == *path && (is_whole(target) || place.src == target.id)
                    }
                    None => false,
                })
            };
            let mut sites: Vec<UnresolvedSite> = self
                .graph
                .unresolved_named(&name)?
                .into_iter()
                .filter(|place| !is_target(place))
                .filter(|place| {
                    language.is_none() || are_kindred(language, place.language.as_deref())
                })
                .map(|place| UnresolvedSite {
                    path: place.path,
                    line: place.line,
                    name: name.clone(),
                })
                .collect();
            sites.dedup();
            let room = limit - found.listed.len();
            found.left_out += sites.len().saturating_sub(room);
            sites.truncate(room);
            found.listed.extend(sites);
        }
        found.listed.sort();
        found.listed.dedup();
        Ok(found)
    }
}

/// Places of one member's name from which on a list of them tells nothing: such a name is everybody's.
const MOST_PLACES: usize = 30;

/// Whether all of a file is meant.
fn is_whole(target: &NodeRecord) -> bool {
    target.kind == NodeKind::File
}
