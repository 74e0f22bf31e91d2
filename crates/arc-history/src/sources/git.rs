//! Commits from a git repository on disk.
//!
//! A walk goes twice: once over the commits, to find the one order that every clone agrees on, and once over the
//! trees in that order. Trees are held one commit at a time; what grows with the history is about a hundred bytes a
//! commit, and the bytes of the commits up to a bound.

mod as_of;
mod author;
mod blame;
mod cache;
mod changed;
mod commit;
mod commits;
mod endless;
mod lineage;
mod lines;
mod objects;
mod pages;
mod renames;
mod trees;
mod unified;
mod versions;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use arc_graph::{MentionKind, MentionSource};
use gix::ObjectId;

pub use self::as_of::CommitFile;
pub use self::blame::{
    BlameRequest, Origin, Since, common_end, common_start, same_lines, split_lines,
};
pub use self::changed::{Against, ChangedFile, Comparison, Content};
use self::commit::{RawCommit, name_and_email, parse_commit};
use self::commits::Commits;
pub use self::lineage::{ChangedBeside, FileVersion, Lineage, ParentFile};
pub use self::lines::count_lines;
use self::lines::line_counts;
use self::objects::{Objects, Pack, open_packs};
pub use self::pages::{Hosted, Pages};
use self::renames::pair_renames;
use self::trees::{Side, differences, merged_paths};
pub use self::versions::{Rename, Touch, Trail};
use crate::classify::{commit_kind, is_fix};
use crate::mentions::{Mention, Pull, mentions};
use crate::record::{Changes, CommitId, CommitKind, CommitRecord, ContentId, PathChange, Person};
pub use unified::unified_diff;

/// Recently read trees and contents.
const CACHE_BYTES: usize = 48 << 20;

/// Why history cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// There is no repository: no history, which is no failure of ours.
    #[error("not a git repository: {path}")]
    NotARepository {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// There is a repository, but it cannot be opened.
    #[error("cannot open the git repository at {path}")]
    Open {
        /// The repository.
        path: PathBuf,
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// HEAD or a list of the repository cannot be read.
    #[error("cannot read {what} of the git repository")]
    Read {
        /// What was being read.
        what: &'static str,
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The commit that HEAD names is missing or damaged.
    #[error("the commit {id} is missing or damaged")]
    MissingHead {
        /// What HEAD names.
        id: CommitId,
    },
    /// Nothing in the repository has that name.
    #[error("{revision} names no commit of this repository")]
    UnknownRevision {
        /// What was asked for.
        revision: String,
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// HEAD no longer descends from what was indexed: history was rewritten, or another branch is checked out.
    #[error("HEAD does not descend from the indexed commit {indexed}")]
    Rewritten {
        /// The HEAD of the indexed history.
        indexed: CommitId,
    },
}

impl HistoryError {
    /// The name of a commit that there is not.
    #[must_use]
    pub fn unknown_revision(&self) -> Option<&str> {
        let HistoryError::UnknownRevision { revision, .. } = self else {
            return None;
        };
        Some(revision)
    }
}

/// A history that was read before.
pub struct Indexed<'a> {
    /// Its HEAD.
    pub head: CommitId,
    /// The [`CommitRecord::order`] of a commit of it; `None` for all other commits.
    pub order_of: &'a dyn Fn(&CommitId) -> Option<i64>,
}

/// What to read.
#[derive(Default)]
pub struct WalkOptions<'a> {
    /// Read only what is new since then.
    pub indexed: Option<Indexed<'a>>,
    /// Count the lines of this many of the newest normal commits. Lines cost more than all the rest.
    pub line_counts: usize,
}

/// What a walk went over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WalkSummary {
    /// The commit that HEAD names; `None` without commits.
    pub head: Option<CommitId>,
    /// The number of commits visited.
    pub commits: usize,
    /// The number of those whose paths are unknown, for want of a parent or a tree.
    pub unknown: usize,
    /// The clone is shallow: commits before its boundary exist elsewhere.
    pub is_shallow: bool,
    /// The indexed HEAD is on the line of first parents of this one. Otherwise indexed commits may have come with other
    /// merges than they were indexed with.
    pub extends_line: bool,
}

/// What a commit says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitText {
    /// Who wrote it.
    pub author: Person,
    /// When it was committed, in seconds since 1970.
    pub time: i64,
    /// The first line of the message.
    pub subject: String,
    /// The message after its first line.
    pub body: String,
    /// Two or more parents.
    pub is_merge: bool,
}

/// One opened repository.
pub struct GitHistory {
    repository: gix::Repository,
    /// Stands for HEAD, see [`GitHistory::open_as_of`].
    head: Option<CommitId>,
    /// Opened once.
    packs: OnceLock<Arc<[Pack]>>,
    mailmap: OnceLock<gix::mailmap::Snapshot>,
}

impl GitHistory {
    /// Opens the repository whose work tree, or bare folder, is `root`. Nothing outside of it is consulted: neither the
    /// settings of the user nor the environment can change an answer.
    ///
    /// # Errors
    /// [`HistoryError::NotARepository`] and [`HistoryError::Open`].
    pub fn open(root: &Path) -> Result<GitHistory, HistoryError> {
        let is_repository = root.join(".git").exists() || root.join("HEAD").is_file();
        if !is_repository {
            return Err(HistoryError::NotARepository {
                path: root.to_owned(),
            });
        }
        let cannot = |source: Box<dyn std::error::Error + Send + Sync>| HistoryError::Open {
            path: root.to_owned(),
            source,
        };
        endless::check(root).map_err(|source| cannot(source.into()))?;
        let opened = gix::open_opts(root, gix::open::Options::isolated());
        let mut repository = opened.map_err(|source| cannot(source.into()))?;
        // A missing object stays missing; looking for new packs each time would make partial clones slow.
        repository.objects.refresh_never();
        Ok(GitHistory {
            repository,
            head: None,
            packs: OnceLock::new(),
            mailmap: OnceLock::new(),
        })
    }

    /// What is stored, to be read with a cache of its own.
    fn objects(&self) -> Objects<'_> {
        self.objects_within(CACHE_BYTES)
    }

    /// The same with a cache of so many bytes.
    fn objects_within(&self, cache_bytes: usize) -> Objects<'_> {
        let packs = self.packs.get_or_init(|| open_packs(&self.repository));
        Objects::new(&self.repository, packs.clone(), cache_bytes)
    }

    fn mailmap(&self) -> &gix::mailmap::Snapshot {
        self.mailmap.get_or_init(|| self.repository.open_mailmap())
    }

    /// The files that git follows, relative to the root, whatever an ignore file says of them: only files that are not
    /// tracked can be ignored. Submodules are not among them.
    ///
    /// # Errors
    /// When the index is damaged.
    pub fn tracked_files(&self) -> Result<Vec<PathBuf>, HistoryError> {
        use gix::index::entry::Mode;
        if let Some(head) = self.head {
            let mut objects = self.objects();
            let files = self.sides(head, &mut objects)?.into_iter();
            return Ok(files
                .filter_map(|(path, _)| Some(gix::path::from_byte_slice(&path).ok()?.to_owned()))
                .collect());
        }
        let path = self.index_path();
        if !path.exists() {
            return Ok(Vec::new());
        }
        // The checksum costs as much as all the rest, and a path that is not there does no harm.
        let skips_hash = true;
        let hash = self.repository.object_hash();
        let options = gix::index::decode::Options::default();
        let index = gix::index::File::at(path, hash, skips_hash, options)
            .map_err(|source| unreadable("the index", source))?;
        let files = index.entries().iter().filter_map(|entry| {
            let is_file = matches!(
                entry.mode,
                Mode::FILE | Mode::FILE_EXECUTABLE | Mode::SYMLINK
            );
            let path = gix::path::from_bstr(entry.path(&index)).ok()?;
            is_file.then(|| path.into_owned())
        });
        Ok(files.collect())
    }

    /// What a commit says, with its author by the mailmap; `None` when it is missing or damaged.
    #[must_use]
    pub fn message(&self, id: &CommitId) -> Option<CommitText> {
        let object = self.objects().find(&object_id(id))?;
        let commit = parse_commit(&object.data)?;
        Some(CommitText {
            author: person(self.mailmap(), &commit.author),
            time: commit.time,
            subject: commit.subject(),
            body: commit.body(),
            is_merge: commit.parents.len() > 1,
        })
    }

    /// Where the list of the files that git follows is; nothing need be there.
    #[must_use]
    pub fn index_path(&self) -> PathBuf {
        self.repository.index_path()
    }

    /// The commit that HEAD names, on a branch or detached; `None` before the first commit.
    ///
    /// # Errors
    /// When HEAD is damaged or names no commit.
    pub fn head(&self) -> Result<Option<CommitId>, HistoryError> {
        if self.head.is_some() {
            return Ok(self.head);
        }
        let head = self
            .repository
            .head()
            .map_err(|source| unreadable("HEAD", source))?;
        if head.is_unborn() {
            return Ok(None);
        }
        let id = self
            .repository
            .head_id()
            .map_err(|source| unreadable("HEAD", source))?;
        Ok(Some(commit_id(&id.detach())))
    }

    /// Whether contents may be missing, to be fetched when they are wanted. What a walk says of a commit then depends on
    /// what has been fetched by the day of the walk.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        let config = self.repository.config_snapshot();
        config.string("extensions.partialClone").is_some()
            || self.repository.remote_names().iter().any(|name| {
                let key = format!("remote.{name}.promisor");
                config.boolean(key.as_str()).unwrap_or(false)
            })
    }

    /// What besides the commits decides a walk: the mailmap, replaced commits and the boundary of a shallow clone.
    /// When it differs from that of an indexed history, that history must be read again.
    ///
    /// # Errors
    /// When the list of shallow commits cannot be read.
    pub fn settings(&self) -> Result<String, HistoryError> {
        let mut text = String::new();
        for entry in self.mailmap().iter() {
            let optional = [entry.new_name(), entry.new_email(), entry.old_name()];
            for part in optional.into_iter().chain([Some(entry.old_email())]) {
                let part = part.map(|part| String::from_utf8_lossy(part));
                // What is not there is told from what is empty.
                let length = part.as_ref().map_or(0, |part| 1 + part.len());
                text.push_str(&length.to_string());
                text.push(' ');
                text.push_str(&part.unwrap_or_default());
            }
            text.push('\n');
        }
        for id in self.shallow()? {
            text.push_str(&format!("shallow {id}\n"));
        }
        for (from, to) in self.replacements() {
            text.push_str(&format!("replace {from} {to}\n"));
        }
        Ok(text)
    }

    /// Hands every commit reachable from HEAD to `visit`, newest first: by [`CommitRecord::order`], largest first, then
    /// by id. A commit comes before its parents.
    ///
    /// # Errors
    /// When HEAD cannot be read, and [`HistoryError::Rewritten`], before any visit. Damage further back is no error: it
    /// makes single commits unknown.
    pub fn walk(
        &self,
        options: &WalkOptions<'_>,
        visit: &mut dyn FnMut(CommitRecord),
    ) -> Result<WalkSummary, HistoryError> {
        let shallow = self.shallow()?;
        let mut summary = WalkSummary {
            head: self.head()?,
            is_shallow: !shallow.is_empty(),
            ..WalkSummary::default()
        };
        let Some(head) = summary.head else {
            return Ok(summary);
        };
        let indexed_head = options
            .indexed
            .as_ref()
            .map(|indexed| object_id(&indexed.head));
        let mut commits = Commits::new(
            self.objects(),
            shallow,
            self.replacements().into_iter().collect(),
        );
        commits.find_all(object_id(&head), options.indexed.as_ref())?;
        summary.extends_line = commits.find_merges(indexed_head.as_ref());
        let mut reader = RecordReader {
            pulls: HashMap::new(),
            mailmap: self.mailmap(),
            people: HashMap::new(),
            line_counts_left: options.line_counts,
        };
        for place in commits.newest_first() {
            let Some(record) = reader.read(&mut commits, place) else {
                continue;
            };
            summary.commits += 1;
            summary.unknown += usize::from(record.changes == Changes::Unknown);
            visit(record);
        }
        Ok(summary)
    }

    fn shallow(&self) -> Result<BTreeSet<ObjectId>, HistoryError> {
        let commits = self
            .repository
            .shallow_commits()
            .map_err(|source| unreadable("the shallow boundary", source))?;
        Ok(commits
            .map(|commits| commits.iter().copied().collect())
            .unwrap_or_default())
    }

    fn replacements(&self) -> Vec<(ObjectId, ObjectId)> {
        let mut replacements: Vec<_> = self.repository.objects.store_ref().replacements().collect();
        replacements.sort();
        replacements
    }
}

/// Second pass: commits with their texts and paths.
struct RecordReader<'a> {
    mailmap: &'a gix::mailmap::Snapshot,
    people: HashMap<Vec<u8>, Person>,
    line_counts_left: usize,
    /// The pull request of each merge that names one or came with one.
    pulls: HashMap<usize, Pull>,
}

impl RecordReader<'_> {
    /// The commit at `place`; `None` when it went missing since the first pass.
    fn read(&mut self, commits: &mut Commits<'_>, place: usize) -> Option<CommitRecord> {
        let data = commits.data(place)?;
        let commit = parse_commit(&data)?;
        let author = self.person(&commit.author);
        let (subject, body) = (commit.subject(), commit.body());
        let kind = commit_kind(commit.parents.len(), &author, &subject);
        let said = mentions(&subject, &body, commit.parents.len() > 1);
        let (pull, others) = self.pull(commits, place, &commit, said.pull, said.others);
        let co_authors = self.co_authors(said.co_authors, &author);
        let mut merged = Vec::new();
        let changes = if kind == CommitKind::Merge {
            merged = merged_by(commits, &commit);
            Changes::Merge
        } else {
            let counts_lines = kind == CommitKind::Normal && self.line_counts_left > 0;
            self.line_counts_left -= usize::from(counts_lines);
            changes(commits, place, &commit, counts_lines)
        };
        Some(CommitRecord {
            id: commit_id(&commits.id(place)),
            parents: commit.parents.iter().map(commit_id).collect(),
            author,
            author_time: commit.author_time,
            time: commit.time,
            order: commits.order(place),
            is_fix: is_fix(&subject, &body),
            subject,
            body,
            kind,
            pull,
            mentions: others,
            co_authors,
            changes,
            merged,
        })
    }

    /// The pull request of a commit by its own words or by the merge that brought it, and what else it names.
    fn pull(
        &mut self,
        commits: &Commits<'_>,
        place: usize,
        commit: &RawCommit<'_>,
        mut own: Option<Pull>,
        mut others: Vec<Mention>,
    ) -> (Option<Pull>, Vec<Mention>) {
        let merge = commits.brought_by(place);
        let brought = merge.and_then(|merge| self.pulls.get(&merge));
        // On a branch a number at the end of a title is that of a pull request only where the service wrote it there;
        // people end titles with the numbers of issues. The id of a change names a review on another server, which the merge
        // of a pull request here does not know of.
        let is_doubtful = |own: &Pull| {
            own.source == MentionSource::Subject && !commit.is_committed_by_host()
                || own.source == MentionSource::Trailer && own.ticket.number == 0
        };
        if let Some(brought) = brought
            && let Some(named) = own.take_if(|own| is_doubtful(own))
            && named.ticket != brought.ticket
        {
            others.insert(
                0,
                Mention {
                    ticket: named.ticket,
                    kind: MentionKind::Mentions,
                    source: named.source,
                    is_pull_request: false,
                },
            );
            let mut seen = std::collections::HashSet::new();
            others.retain(|mention| {
                mention.ticket != brought.ticket && seen.insert(mention.ticket.clone())
            });
        }
        let pull = own.or_else(|| {
            brought.map(|brought| Pull {
                ticket: brought.ticket.clone(),
                source: MentionSource::Branch,
                title: None,
            })
        });
        if commit.parents.len() > 1
            && let Some(pull) = &pull
        {
            self.pulls.insert(place, pull.clone());
        }
        (pull, others)
    }

    /// Further authors by the mailmap, without the first.
    fn co_authors(&mut self, named: Vec<(String, String)>, author: &Person) -> Vec<Person> {
        let mut people: Vec<Person> = named
            .into_iter()
            .map(|(name, email)| self.person(format!("{name} <{email}>").as_bytes()))
            .filter(|person| person != author)
            .collect();
        people.sort();
        people.dedup();
        people
    }

    fn person(&mut self, written: &[u8]) -> Person {
        if let Some(person) = self.people.get(written) {
            return person.clone();
        }
        let person = person(self.mailmap, written);
        self.people.insert(written.to_owned(), person.clone());
        person
    }
}

/// Who `name <email>` is by the mailmap.
fn person(mailmap: &gix::mailmap::Snapshot, written: &[u8]) -> Person {
    let (name, email) = name_and_email(written);
    let signature = gix::actor::SignatureRef {
        name: name.into(),
        email: email.into(),
        time: "",
    };
    let resolved = mailmap.resolve_cow(signature);
    Person {
        name: String::from_utf8_lossy(&resolved.name).into_owned(),
        email: String::from_utf8_lossy(&resolved.email).into_owned(),
    }
}

/// What a merge wrote itself; nothing when a tree is missing.
fn merged_by(
    commits: &mut Commits<'_>,
    commit: &RawCommit<'_>,
) -> Vec<(String, Option<ContentId>)> {
    let parents: Option<Vec<_>> = commit
        .parents
        .iter()
        .map(|parent| commits.tree_of(parent))
        .collect();
    let found =
        parents.and_then(|parents| merged_paths(&mut commits.objects, &parents, &commit.tree).ok());
    let mut paths: Vec<(String, Option<ContentId>)> = found
        .unwrap_or_default()
        .into_iter()
        .map(|(path, side)| (path_text(path), content_of(&side)))
        .collect();
    paths.sort();
    // Names that are no text may have become one.
    paths.dedup_by(|other, first| {
        let is_same = other.0 == first.0;
        if is_same {
            first.1 = None;
        }
        is_same
    });
    paths
}

/// What a commit with at most one parent changed.
fn changes(
    commits: &mut Commits<'_>,
    place: usize,
    commit: &RawCommit<'_>,
    counts_lines: bool,
) -> Changes {
    let parent_tree = match (commit.parents.first(), commits.is_boundary(place)) {
        (None, _) => None,
        (Some(_), true) => return Changes::Unknown,
        (Some(parent), false) => match commits.tree_of(parent) {
            Some(tree) => Some(tree),
            None => return Changes::Unknown,
        },
    };
    let objects = &mut commits.objects;
    let Ok(differences) = differences(objects, parent_tree.as_deref(), Some(&commit.tree)) else {
        return Changes::Unknown;
    };
    let paths = pair_renames(objects, differences)
        .into_iter()
        .map(|change| PathChange {
            lines: counts_lines
                .then(|| line_counts(objects, &change))
                .flatten(),
            path: path_text(change.path),
            status: change.status,
            old_path: change.old_path.map(path_text),
            before: change.old.as_ref().and_then(content_of),
            content: change.new.as_ref().and_then(content_of),
        })
        .collect();
    Changes::Known(paths)
}

/// The content of a side that has lines.
fn content_of(side: &Side) -> Option<ContentId> {
    (!side.is_link).then(|| ContentId(commit_id(&side.id).0))
}

fn path_text(path: Vec<u8>) -> String {
    match String::from_utf8(path) {
        Ok(path) => path,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }
}

fn commit_id(id: &ObjectId) -> CommitId {
    let mut bytes = [0; 20];
    bytes.copy_from_slice(id.as_slice());
    CommitId(bytes)
}

fn object_id(id: &CommitId) -> ObjectId {
    ObjectId::Sha1(id.0)
}

fn unreadable(
    what: &'static str,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> HistoryError {
    HistoryError::Read {
        what,
        source: source.into(),
    }
}
