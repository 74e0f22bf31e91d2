//! What a diff did to each definition: old texts are compared with new ones, and what is there now is looked up in the
//! graph. Old texts never enter it.

mod breaking;
mod files;
mod given;
mod graphs;
mod graphs_report;
mod moved;
mod suspects;
mod untyped;
mod versions;

use std::collections::BTreeSet;
use std::path::Path;

use arc_extract::{ChangeKind, Definition, detect};
use arc_graph::{GraphRead, NodeId, NodeKind, NodeRecord};
use arc_store::{GraphFile, file_flag};

use crate::ask::AskError;
use crate::patch::PatchedFile;
use crate::read_file::content_hash;
use crate::settings::sets_up_everything;
use crate::target::Target;
pub use files::Revision;
pub use given::Given;
pub use graphs::{DiffEdge, DiffEnd, GraphDiff, ask_diff, commit_changes};
pub use graphs_report::GraphDiffReport;
pub(crate) use suspects::names_of_module;
pub use versions::FileTexts;
pub(crate) use versions::text_of;
use versions::{Contents, VersionPair, read_ahead};

/// Definitions of one diff that are told apart; the rest counts by its files.
const MAX_CHANGES: usize = 5_000;

/// What may be said of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Something in the project refers to it as it was, and cannot any more.
    Breaking,
    /// Whether anything breaks is for people and tests to see.
    Review,
    /// Nothing behaves differently.
    NoImpact,
}

impl Verdict {
    /// The name as printed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Breaking => "breaking",
            Verdict::Review => "review",
            Verdict::NoImpact => "no_impact",
        }
    }
}

/// A definition, or a whole file, that a diff touches.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What became of it.
    pub kind: ChangeKind,
    /// What may be said of it.
    pub verdict: Verdict,
    /// What it is.
    pub node_kind: NodeKind,
    /// The file, where it now is; where it was, when it is gone.
    pub path: String,
    /// Qualified name; `None` for a file.
    pub symbol: Option<String>,
    /// The line of the definition, in the old file when it is gone.
    pub line: Option<u32>,
    /// The file before, when it is another one.
    pub old_path: Option<String>,
    /// The name inside the file before, when it is another one.
    pub old_symbol: Option<String>,
    /// One clause for people: why this verdict, or what else is to be known; may be empty.
    pub note: String,
    /// Places that refer to it as it was: `path:line`.
    pub sites: Vec<String>,
    /// Calls that may be of it, and do not fit it any more if they are.
    pub doubtful: Vec<String>,
    /// Code outside of the project may use it by its name.
    pub is_public: bool,
    /// The node that it is now.
    node: Option<NodeId>,
    /// Before and now, by their symbols.
    definitions: (Option<Definition>, Option<Definition>),
}

impl Change {
    /// The definition before; `None` for a file, and for what is new.
    #[must_use]
    pub fn before(&self) -> Option<&Definition> {
        self.definitions.0.as_ref()
    }

    /// The definition as it is; `None` for a file, and for what is gone.
    #[must_use]
    pub fn now(&self) -> Option<&Definition> {
        self.definitions.1.as_ref()
    }

    /// What it is in the graph; `None` for what is gone.
    #[must_use]
    pub fn node(&self) -> Option<NodeId> {
        self.node
    }
}

/// Something that cannot work any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken {
    /// The definition around the place, or the file.
    pub node: NodeRecord,
    /// What is broken, for people.
    pub why: String,
    /// The place: `path:line`.
    pub at: String,
}

/// Everything that a diff touches.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// What the diff is against, as people name it.
    pub against: String,
    /// Definitions and files, in the order of files and lines.
    pub changes: Vec<Change>,
    /// What a question about the diff is about: what behaves differently and is still there.
    pub targets: Vec<Target>,
    /// What the breaking changes break: it may be no target, since nothing of it differs.
    pub broken: Vec<Broken>,
    /// Paths that the graph does not have: ignored, or of another tree.
    pub unknown: Vec<String>,
    /// Paths of a diff whose lines are not in the files of that name.
    pub unapplied: Vec<String>,
    /// Files that the diff touches.
    pub files: usize,
    /// Their paths, and the lines added and deleted where both sides are text.
    pub(crate) lines: Vec<(String, Option<(u32, u32)>)>,
    /// Whether broken references were looked for everywhere.
    pub is_proved: bool,
    /// The files that are text now, in the order of the diff.
    pub texts: Vec<FileTexts>,
    /// Paths that the diff leaves without a file.
    pub(crate) gone: Vec<String>,
}

impl Changes {
    /// Adds what another diff did.
    pub fn append(&mut self, mut other: Changes) {
        self.against = format!("{}, {}", self.against, other.against);
        self.changes.append(&mut other.changes);
        self.targets.append(&mut other.targets);
        self.broken.append(&mut other.broken);
        self.unknown.append(&mut other.unknown);
        self.unapplied.append(&mut other.unapplied);
        self.files += other.files;
        self.lines.append(&mut other.lines);
        self.texts.append(&mut other.texts);
        self.gone.append(&mut other.gone);
        self.is_proved &= other.is_proved;
    }

    /// The files that the diff touches.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|(path, _)| path.as_str())
    }

    /// Whether the diff touches something, and nothing of it behaves differently.
    #[must_use]
    pub fn has_no_impact(&self) -> bool {
        self.unknown.is_empty()
            && self.unapplied.is_empty()
            && self
                .changes
                .iter()
                .all(|change| change.verdict == Verdict::NoImpact)
    }
}

/// What differs from a commit.
///
/// # Errors
/// When there is no repository or no such commit, or the graph cannot be read.
pub fn diff_changes(
    graph: &GraphFile,
    root: &Path,
    revision: &Revision,
) -> Result<Changes, AskError> {
    let pairs = files::of_revision(graph, root, revision)?;
    let mut found = found(graph, pairs)?;
    found.against = revision.to_string();
    Ok(found)
}

/// What a unified diff touches. `prefix` is the folder that it was given in, relative to the root.
///
/// # Errors
/// When the graph cannot be read.
pub fn patch_changes(
    graph: &GraphFile,
    root: &Path,
    prefix: &str,
    patch: &[PatchedFile],
) -> Result<Changes, AskError> {
    let (pairs, unapplied) = files::of_patch(graph, root, prefix, patch)?;
    let mut found = found(graph, pairs)?;
    found.against = "standard input".to_owned();
    found.unapplied = unapplied;
    Ok(found)
}

fn found(graph: &GraphFile, mut pairs: Vec<VersionPair>) -> Result<Changes, AskError> {
    let mut known = Vec::with_capacity(pairs.len());
    for pair in &pairs {
        let language = language_to_read(graph, pair)?;
        let facts = match &language {
            Some(language) => facts_of_now(graph, pair, language)?,
            None => None,
        };
        known.push(language.map(|language| (language, facts)));
    }
    read_ahead(&mut pairs, &known);
    let mut found = Changes {
        files: pairs.len(),
        lines: pairs.iter().map(VersionPair::counted).collect(),
        is_proved: true,
        ..Changes::default()
    };
    let mut targets = Targets::default();
    for pair in &pairs {
        add_file(graph, pair, &mut found, &mut targets)?;
    }
    moved::pair_moved(graph, &pairs, &mut found, &mut targets)?;
    breaking::judge(graph, &pairs, &mut found)?;
    found.targets = targets.found;
    found.broken = broken(graph, &found)?;
    found.gone = pairs.iter().filter_map(VersionPair::gone).collect();
    found.texts = pairs.into_iter().filter_map(VersionPair::texts).collect();
    Ok(found)
}

/// The language in which both sides of a file will be read; `None` when they will not be.
fn language_to_read(graph: &GraphFile, pair: &VersionPair) -> Result<Option<String>, AskError> {
    let (path, text) = match &pair.contents {
        Contents::Texts { new, .. } => (&pair.path, new),
        Contents::Deleted { old } => (&pair.path, old),
        Contents::Opaque | Contents::ModeOnly => return Ok(None),
    };
    let file = graph.file(path)?;
    if sets_up_everything(path)
        || (file.as_ref()).is_some_and(|file| file.row.flags & file_flag::GENERATED != 0)
    {
        return Ok(None);
    }
    let stored = file.and_then(|file| file.row.language);
    Ok(stored.or_else(|| language_of(path, text)))
}

/// What the graph has read of the text that is there now, packed; `None` where it knows another text, or reads it otherwise.
fn facts_of_now(
    graph: &GraphFile,
    pair: &VersionPair,
    language: &str,
) -> Result<Option<Vec<u8>>, AskError> {
    let (Contents::Texts { new, .. }, Some(file)) = (&pair.contents, graph.file(&pair.path)?)
    else {
        return Ok(None);
    };
    let is_same = file.row.flags & !file_flag::TEST == 0
        && file.row.language.as_deref() == Some(language)
        && file.row.hash == Some(content_hash(new.as_bytes()));
    Ok(if is_same { graph.facts(file.id)? } else { None })
}

/// What stands at the places that a breaking change breaks.
fn broken(graph: &GraphFile, found: &Changes) -> Result<Vec<Broken>, AskError> {
    let mut broken: Vec<Broken> = Vec::new();
    let breaking = found.changes.iter();
    for change in breaking.filter(|change| change.verdict == Verdict::Breaking) {
        let named = change
            .definitions
            .0
            .as_ref()
            .or(change.definitions.1.as_ref());
        let name = named.map_or(&*change.path, |named| &*named.scope_name);
        let why = match change.kind {
            ChangeKind::Removed => format!("refers to {name}, which is gone"),
            ChangeKind::Renamed => format!("refers to {name}, which has another name now"),
            ChangeKind::Moved => format!("refers to {name}, which is in another file now"),
            ChangeKind::Signature
            | ChangeKind::Body
            | ChangeKind::Added
            | ChangeKind::Formatting => {
                format!("calls {name} with other arguments than it takes")
            }
        };
        for site in &change.sites {
            let Some((path, line)) = site.rsplit_once(':') else {
                continue;
            };
            let (Some(file), Ok(line)) = (graph.file(path)?, line.parse()) else {
                continue;
            };
            let node = graph.symbol_at(file.id, line)?.unwrap_or(file.id);
            if broken.iter().any(|known| known.node.id == node) {
                continue;
            }
            if let Some(node) = graph.nodes(&[node])?.pop() {
                broken.push(Broken {
                    node,
                    why: why.clone(),
                    at: site.clone(),
                });
            }
        }
    }
    // The line that imports it breaks with its uses.
    let inside: BTreeSet<Option<NodeId>> = broken
        .iter()
        .filter(|one| one.node.kind != NodeKind::File)
        .map(|one| one.node.file)
        .collect();
    broken.retain(|one| one.node.kind != NodeKind::File || !inside.contains(&one.node.file));
    Ok(broken)
}

/// Targets, each once.
#[derive(Default)]
struct Targets {
    seen: BTreeSet<NodeId>,
    found: Vec<Target>,
}

impl Targets {
    fn add(&mut self, node: NodeRecord) {
        if self.seen.insert(node.id) {
            self.found.push(Target { node, line: None });
        }
    }
}

fn add_file(
    graph: &GraphFile,
    pair: &VersionPair,
    found: &mut Changes,
    targets: &mut Targets,
) -> Result<(), AskError> {
    let file = graph.file(&pair.path)?;
    if file.is_none() && !pair.is_deleted && !pair.is_unwritten {
        found.unknown.push(pair.path.clone());
        return Ok(());
    }
    let record = match &file {
        Some(file) => graph.nodes(&[file.id])?.pop(),
        None => None,
    };
    let flags = file.as_ref().map_or(0, |file| file.row.flags);
    let whole = |kind, verdict, note: &str| Change {
        kind,
        verdict,
        node_kind: NodeKind::File,
        path: pair.path.clone(),
        symbol: None,
        line: None,
        old_path: pair.old_path.clone(),
        old_symbol: None,
        note: note.to_owned(),
        sites: Vec::new(),
        doubtful: Vec::new(),
        is_public: false,
        node: record.as_ref().map(|record| record.id),
        definitions: (None, None),
    };
    let own = match &pair.contents {
        Contents::ModeOnly => {
            let note = "only its permissions differ";
            found
                .changes
                .push(whole(ChangeKind::Formatting, Verdict::NoImpact, note));
            return Ok(());
        }
        Contents::Deleted { .. } => {
            found
                .changes
                .push(whole(ChangeKind::Removed, Verdict::Review, ""));
            return Ok(());
        }
        Contents::Opaque => {
            let kind = if pair.is_new {
                ChangeKind::Added
            } else {
                ChangeKind::Body
            };
            Some(whole(kind, Verdict::Review, "not text that is compared"))
        }
        Contents::Texts { .. } if sets_up_everything(&pair.path) => {
            let note = "sets up how everything is built or run";
            Some(whole(ChangeKind::Body, Verdict::Review, note))
        }
        Contents::Texts { new, .. } if pair.is_new => {
            let read = language_of(&pair.path, new).and_then(|language| pair.read_new(&language));
            let count = read.map_or(0, |read| read.facts().symbols.len().saturating_sub(1));
            let note = match count {
                0 => String::new(),
                1 => "with 1 definition".to_owned(),
                count => format!("with {count} definitions"),
            };
            Some(whole(ChangeKind::Added, Verdict::Review, &note))
        }
        Contents::Texts { .. } if flags & file_flag::GENERATED != 0 => {
            Some(whole(ChangeKind::Body, Verdict::Review, "generated"))
        }
        Contents::Texts { .. } if found.changes.len() > MAX_CHANGES => Some(whole(
            ChangeKind::Body,
            Verdict::Review,
            "too much to tell apart",
        )),
        Contents::Texts { .. } => None,
    };
    if let Some(change) = own {
        targets
            .found
            .extend(record.map(|node| Target { node, line: None }));
        found.changes.push(change);
        return Ok(());
    }
    if pair.old_path.is_some() {
        found
            .changes
            .push(whole(ChangeKind::Renamed, Verdict::Review, ""));
    }
    let Some(record) = record else {
        return Ok(());
    };
    add_definitions(graph, pair, &record, found, targets)
}

/// The definitions of a file that is compared.
fn add_definitions(
    graph: &GraphFile,
    pair: &VersionPair,
    file: &NodeRecord,
    found: &mut Changes,
    targets: &mut Targets,
) -> Result<(), AskError> {
    let Contents::Texts { old, new } = &pair.contents else {
        return Ok(());
    };
    let language = graph.file(&pair.path)?.and_then(|file| file.row.language);
    let Some(language) = language.or_else(|| language_of(&pair.path, new)) else {
        targets.add(file.clone());
        found.changes.push(Change {
            kind: if pair.is_new {
                ChangeKind::Added
            } else {
                ChangeKind::Body
            },
            verdict: Verdict::Review,
            node_kind: NodeKind::File,
            path: pair.path.clone(),
            symbol: None,
            line: None,
            old_path: None,
            old_symbol: None,
            note: String::new(),
            sites: Vec::new(),
            doubtful: Vec::new(),
            is_public: false,
            node: Some(file.id),
            definitions: (None, None),
        });
        return Ok(());
    };
    let changes = match (pair.read_old(&language), pair.read_new(&language)) {
        (Some(before), Some(now)) if old != new => now.changes_since(&before),
        _ => Vec::new(),
    };
    let others = changes
        .iter()
        .any(|change| change.kind != ChangeKind::Formatting && !change.only_imports);
    for change in changes {
        let node = match &change.new {
            Some(new) => node_of(graph, file, new)?,
            None => None,
        };
        let is_file = |side: &Option<Definition>| {
            side.as_ref()
                .is_some_and(|side| side.kind == NodeKind::File)
        };
        let is_file = is_file(&change.new) || is_file(&change.old);
        let is_public =
            |side: &Option<Definition>| side.as_ref().is_some_and(|side| side.is_public);
        // What a file imports is used by what else differs; else by something that was not seen.
        let is_beside = change.only_imports && others;
        let is_same = change.kind == ChangeKind::Formatting;
        if let Some(node) = node.as_ref().filter(|_| !is_same && !is_beside) {
            targets.add(node.clone());
        }
        let now = change.new.as_ref().or(change.old.as_ref());
        let qualified = node.as_ref().map(|node| node.qualified_name.clone());
        let old_name = change.old.as_ref().map(|old| old.scope_name.clone());
        let in_file = now.map(|now| now.scope_name.clone());
        found.changes.push(Change {
            kind: change.kind,
            verdict: if is_same {
                Verdict::NoImpact
            } else {
                Verdict::Review
            },
            node_kind: now.map_or(NodeKind::File, |now| now.kind),
            path: pair.path.clone(),
            symbol: qualified.or(in_file.clone()).filter(|_| !is_file),
            line: now.filter(|_| !is_file).map(|now| now.line),
            old_path: pair.old_path.clone(),
            old_symbol: old_name.filter(|old| Some(old) != in_file.as_ref()),
            note: if change.only_imports {
                "only its imports".to_owned()
            } else {
                String::new()
            },
            sites: Vec::new(),
            doubtful: Vec::new(),
            is_public: is_public(&change.old) || is_public(&change.new),
            node: node.map(|node| node.id),
            definitions: (change.old, change.new),
        });
    }
    Ok(())
}

pub(crate) fn language_of(path: &str, text: &str) -> Option<String> {
    detect(path, text).map(|detected| detected.language.to_owned())
}

/// The node of a definition as it now is: by its name, and of several by its line.
fn node_of(
    graph: &GraphFile,
    file: &NodeRecord,
    definition: &Definition,
) -> Result<Option<NodeRecord>, AskError> {
    if definition.symbol == 0 {
        return Ok(Some(file.clone()));
    }
    let found = graph.by_scope_name(file.id, &definition.scope_name)?;
    let mut nodes = graph.nodes(&found)?;
    nodes.sort_by_key(|node| {
        let distance = node.line.abs_diff(definition.line);
        (node.kind != definition.kind, distance, node.line)
    });
    Ok(nodes.into_iter().next())
}
