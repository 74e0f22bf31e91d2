//! The walk over SQL: a frontier at a time, by index, with statements that are prepared once.

use std::cell::Cell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_graph::{
    Confidence, Direction, EdgeKind, GraphRead, Member, Neighbor, NodeId, NodeKind, NodeRecord,
    ReadError, Rule,
};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::connection::{self, Identity, Use};
use crate::error::StoreError;
use crate::held::held;
use crate::memo::{EdgesOf, Memo, Memory, Shared, locked};
use crate::resident::Resident;
use crate::rows::{file_flag, node_flag, scope_and_name};

/// A graph opened for reading: one consistent state, however long it is open. Keep it short: an update can only commit
/// once the readers that began before it are gone.
#[derive(Debug)]
pub struct GraphFile {
    connection: Connection,
    path: PathBuf,
    identity: Identity,
    /// What is remembered; `None` in a graph that is not kept open.
    memo: Option<Shared>,
    /// SQLite's count of what others wrote, when this state began.
    version: Cell<i64>,
}

impl GraphFile {
    /// Opens the graph at `path`. Costs a header and the schema, whatever the size of the graph.
    ///
    /// # Errors
    /// When there is none, or one that cannot be read; see [`StoreError`].
    pub fn open(path: &Path) -> Result<GraphFile, StoreError> {
        let (connection, identity) = connection::open_read(path, Use::Once)?;
        Ok(GraphFile {
            connection,
            path: path.to_owned(),
            identity,
            memo: None,
            version: Cell::default(),
        })
    }

    /// The same for a graph that is kept open and asked again and again: it remembers, within bounds, what it was asked.
    ///
    /// # Errors
    /// See [`GraphFile::open`].
    pub fn open_to_keep(path: &Path, memory: &Memory) -> Result<GraphFile, StoreError> {
        let (connection, identity) = connection::open_read(path, Use::Kept)?;
        let version = connection::data_version(&connection, path)?;
        let now = connection::check_header(path)?;
        // A file that took the place of the one that was looked at may be the one that is open.
        let memo = if now.inode() == identity.inode() {
            memory.of(&now)
        } else {
            Shared::default()
        };
        locked(&memo).begin();
        Ok(GraphFile {
            connection,
            path: path.to_owned(),
            identity,
            memo: Some(memo),
            version: Cell::new(version),
        })
    }

    /// Lets go of the state that is read, so that updates can commit. Nothing may be asked until [`GraphFile::resume`].
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn pause(&self) -> Result<(), StoreError> {
        self.check(self.connection.execute_batch("COMMIT"))
    }

    /// Begins with the newest state after [`GraphFile::pause`]. `false` when another file has taken the place of this one:
    /// it must be opened anew. The identity stays that of the opening.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn resume(&self) -> Result<bool, StoreError> {
        if !connection::is_in_place(&self.path, &self.identity) {
            return Ok(false);
        }
        connection::begin_read(&self.path, &self.connection)?;
        let version = connection::data_version(&self.connection, &self.path)?;
        if self.version.replace(version) != version {
            let now = connection::check_header(&self.path)?;
            self.with_memo(|memo| {
                // Nobody else tells the state of a file that has just been replaced.
                if now.inode() == self.identity.inode() {
                    memo.see(&now);
                } else {
                    memo.forget();
                }
            });
        }
        self.with_memo(Memo::begin);
        Ok(true)
    }

    /// Whether it is worth the while to call [`GraphFile::read_whole`] beside whoever asks this now. Told to one only.
    #[must_use]
    pub fn is_worth_reading_whole(&self) -> bool {
        self.with_memo(Memo::wants_resident).unwrap_or(false)
    }

    /// Reads nodes and edges into memory, if they are not too many, for all who share what is remembered. The answers stay
    /// the same, and come sooner.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn read_whole(&self) -> Result<(), StoreError> {
        let resident = self.check(Resident::read(&self.connection))?;
        self.with_memo(|memo| memo.keep_resident(resident));
        Ok(())
    }

    /// The file as it is, from its first byte: as long as this graph is open nobody writes to it. Opened by its path it would
    /// lose the lock of this process when it is closed.
    ///
    /// # Errors
    /// When it cannot be read, or another file has taken its place.
    pub fn bytes(&self) -> std::io::Result<impl std::io::Read + use<>> {
        let file = held(&self.path)?;
        if connection::is_of(&file.metadata()?, &self.identity) {
            Ok(file)
        } else {
            Err(std::io::Error::other("another graph has taken its place"))
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The state that is read, or the one before it when somebody wrote while it was opened.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Which state is read, where graphs that are kept open share what they remember: nothing is written between two looks that
    /// give the same.
    #[must_use]
    pub fn state(&self) -> Option<Identity> {
        self.with_memo(|memo| memo.state().cloned()).flatten()
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Does something with what is remembered, if anything is.
    pub(crate) fn with_memo<T>(&self, with: impl FnOnce(&mut Memo) -> T) -> Option<T> {
        self.memo.as_ref().map(|memo| with(&mut locked(memo)))
    }

    /// The whole graph, if it is in memory.
    pub(crate) fn resident(&self) -> Option<Arc<Resident>> {
        self.with_memo(|memo| memo.resident()).flatten()
    }

    /// What `work_out` finds out about a node. It follows from this state of the graph alone, and is remembered where the graph
    /// is kept open.
    ///
    /// # Errors
    /// Those of `work_out`.
    pub fn worked_out<T: Send + Sync + 'static, E>(
        &self,
        node: NodeId,
        work_out: impl FnOnce() -> Result<T, E>,
    ) -> Result<Arc<T>, E> {
        let known = self.with_memo(|memo| memo.recall_worked_out(node));
        if let Some(known) = known.flatten() {
            return Ok(known);
        }
        let found = Arc::new(work_out()?);
        self.with_memo(|memo| memo.keep_worked_out(node, Arc::clone(&found)));
        Ok(found)
    }

    pub(crate) fn check<T>(&self, result: rusqlite::Result<T>) -> Result<T, StoreError> {
        result.map_err(|error| StoreError::from_sql(&self.path, error))
    }

    fn read_neighbors(
        &self,
        frontier: &[NodeId],
        direction: Direction,
        kinds: &[EdgeKind],
    ) -> rusqlite::Result<Vec<Neighbor>> {
        if let Some(resident) = self.resident() {
            return Ok(resident.neighbors(frontier, direction, kinds));
        }
        let mut edges = self
            .connection
            .prepare_cached(neighbor_sql(direction, kinds))?;
        let wanted = match kinds {
            [kind] => i64::from(kind.number()),
            _ => bits_of(kinds),
        };
        let contains = kinds.is_empty() || kinds.contains(&EdgeKind::Contains);
        let mut contained = self.connection.prepare_cached(match direction {
            Direction::Dependencies => "SELECT id, line FROM node WHERE parent = ?1",
            Direction::Dependents => {
                "SELECT parent, line FROM node WHERE id = ?1 AND parent IS NOT NULL"
            }
        })?;
        let mut found = Vec::new();
        for from in frontier {
            let start = found.len();
            let asked = EdgesOf::new(*from, direction, kinds);
            if self.with_memo(|memo| memo.recall_edges(&asked, &mut found)) == Some(true) {
                continue;
            }
            let mut rows = edges.query([from.0, wanted])?;
            while let Some(row) = rows.next()? {
                found.push(neighbor(*from, row)?);
            }
            if contains {
                let mut rows = contained.query([from.0])?;
                while let Some(row) = rows.next()? {
                    found.push(Neighbor {
                        from: *from,
                        node: NodeId(row.get(0)?),
                        kind: EdgeKind::Contains,
                        line: row.get(1)?,
                        confidence: Confidence::CERTAIN,
                        rule: Rule::Syntax,
                    });
                }
            }
            // As one number: many edges meet in a few nodes, and this is most of what reading them costs.
            found[start..].sort_unstable_by_key(|edge| {
                let node = u128::from(edge.node.0.cast_unsigned());
                node << 64 | u128::from(edge.kind.number()) << 32 | u128::from(edge.line)
            });
            self.with_memo(|memo| memo.keep_edges(asked, &found[start..]));
        }
        Ok(found)
    }

    fn read_nodes(&self, ids: &[NodeId]) -> rusqlite::Result<Vec<NodeRecord>> {
        if let Some(resident) = self.resident() {
            return Ok(ids.iter().filter_map(|id| resident.node(*id)).collect());
        }
        let mut select = self.connection.prepare_cached(NODE_SQL)?;
        let mut records = Vec::with_capacity(ids.len());
        let mut files = HashMap::new();
        for id in ids {
            if let Some(known) = self.with_memo(|memo| memo.recall_node(*id)).flatten() {
                records.push(known);
                continue;
            }
            let mut rows = select.query([id.0])?;
            let Some(row) = rows.next()? else {
                continue;
            };
            let file: Option<i64> = row.get(6)?;
            if let Some(file) = file
                && !files.contains_key(&file)
            {
                files.insert(file, self.known_file(file)?);
            }
            let of_file = file.and_then(|file| files.get(&file)?.as_ref());
            let record = record(*id, row, of_file)?;
            self.with_memo(|memo| memo.keep_node(&record));
            records.push(record);
        }
        Ok(records)
    }

    fn read_members(&self, scope: NodeId) -> rusqlite::Result<Vec<Member>> {
        if let Some(resident) = self.resident() {
            return Ok(resident.members(scope));
        }
        let mut select = self
            .connection
            .prepare_cached("SELECT id, kind, line, end_line, flags FROM node WHERE parent = ?1")?;
        let rows = select.query_map([scope.0], |row| {
            let kind = known(1, NodeKind::from_number(row.get(1)?))?;
            let flags: u32 = row.get(4)?;
            Ok(Member {
                id: NodeId(row.get(0)?),
                kind,
                line: row.get(2)?,
                end_line: row.get(3)?,
                is_test_case: is_test_case(kind, flags),
                is_constructor: flags & node_flag::CONSTRUCTOR != 0,
            })
        })?;
        let mut members: Vec<Member> = rows.collect::<rusqlite::Result<_>>()?;
        members.sort_unstable_by_key(|member| (member.line, member.id));
        Ok(members)
    }

    pub(crate) fn known_file(&self, id: i64) -> rusqlite::Result<Option<KnownFile>> {
        self.connection
            .prepare_cached("SELECT path, module, separator, flags FROM files WHERE id = ?1")?
            .query_row([id], |row| {
                Ok(KnownFile {
                    path: row.get(0)?,
                    module: row.get(1)?,
                    separator: row.get(2)?,
                    flags: row.get(3)?,
                })
            })
            .optional()
    }
}

/// What the nodes of a file have in common.
#[derive(Debug)]
pub(crate) struct KnownFile {
    pub(crate) path: Box<str>,
    pub(crate) module: Box<str>,
    pub(crate) separator: Box<str>,
    pub(crate) flags: u32,
}

impl KnownFile {
    /// What names are made of, and the flags.
    pub(crate) fn names(&self) -> (FileNames<'_>, u32) {
        let names = FileNames {
            path: &self.path,
            module: &self.module,
            separator: &self.separator,
        };
        (names, self.flags)
    }
}

impl GraphRead for GraphFile {
    fn neighbors(
        &self,
        frontier: &[NodeId],
        direction: Direction,
        kinds: &[EdgeKind],
    ) -> Result<Vec<Neighbor>, ReadError> {
        Ok(self.check(self.read_neighbors(frontier, direction, kinds))?)
    }

    fn nodes(&self, ids: &[NodeId]) -> Result<Vec<NodeRecord>, ReadError> {
        Ok(self.check(self.read_nodes(ids))?)
    }

    fn members(&self, scope: NodeId) -> Result<Vec<Member>, ReadError> {
        Ok(self.check(self.read_members(scope))?)
    }
}

/// A set of kinds as bits. SQLite would make a table of a list of kinds each time it is asked.
pub(crate) fn bits_of(kinds: &[EdgeKind]) -> i64 {
    kinds.iter().fold(0, |bits, kind| bits | 1 << kind.number())
}

/// What an edge says beside its ends, as one number: to hand over a column costs as much as to read it, and a question reads
/// tens of thousands of edges. The operators of SQLite bind alike, so each shift is in parentheses.
macro_rules! packed_edge {
    () => {
        "(line << 32) | (confidence << 16) | (kind << 8) | rule FROM edge"
    };
}
pub(crate) use packed_edge;

/// What [`packed_edge`] packs.
pub(crate) struct Packed {
    pub(crate) kind: EdgeKind,
    pub(crate) line: u32,
    pub(crate) confidence: Confidence,
    pub(crate) rule: Rule,
}

impl Packed {
    pub(crate) fn at(row: &Row<'_>, column: usize) -> rusqlite::Result<Packed> {
        let packed = row.get::<_, i64>(column)?.cast_unsigned();
        Ok(Packed {
            kind: known(column, EdgeKind::from_number((packed >> 8) as u8))?,
            line: (packed >> 32) as u32,
            confidence: Confidence::from_thousandths((packed >> 16) as u16),
            rule: known(column, Rule::from_number(packed as u8))?,
        })
    }
}

/// Edges of the node `?1`: of any kind, of the kind `?2`, or of a kind whose bit is set in `?2`.
fn neighbor_sql(direction: Direction, kinds: &[EdgeKind]) -> &'static str {
    match (direction, kinds) {
        (Direction::Dependents, []) => {
            concat!("SELECT src, ", packed_edge!(), " WHERE dst = ?1 AND ?2 = 0")
        }
        (Direction::Dependents, [_]) => {
            concat!(
                "SELECT src, ",
                packed_edge!(),
                " WHERE dst = ?1 AND kind = ?2"
            )
        }
        (Direction::Dependents, _) => concat!(
            "SELECT src, ",
            packed_edge!(),
            " WHERE dst = ?1 AND (?2 >> kind) & 1"
        ),
        (Direction::Dependencies, []) => concat!(
            "SELECT dst, ",
            packed_edge!(),
            " INDEXED BY edge_forward WHERE src = ?1 AND ?2 = 0"
        ),
        (Direction::Dependencies, [_]) => concat!(
            "SELECT dst, ",
            packed_edge!(),
            " INDEXED BY edge_forward WHERE src = ?1 AND kind = ?2"
        ),
        (Direction::Dependencies, _) => concat!(
            "SELECT dst, ",
            packed_edge!(),
            " INDEXED BY edge_forward WHERE src = ?1 AND (?2 >> kind) & 1"
        ),
    }
}

fn neighbor(from: NodeId, row: &Row<'_>) -> rusqlite::Result<Neighbor> {
    let edge = Packed::at(row, 1)?;
    Ok(Neighbor {
        from,
        node: NodeId(row.get(0)?),
        kind: edge.kind,
        line: edge.line,
        confidence: edge.confidence,
        rule: edge.rule,
    })
}

/// Numbers that this version does not know are damage: the schema version says that it knows all.
pub(crate) fn known<T>(column: usize, value: Option<T>) -> rusqlite::Result<T> {
    value.ok_or(rusqlite::Error::IntegralValueOutOfRange(column, -1))
}

const NODE_SQL: &str =
    "SELECT node.kind, own.text, scope.text, node.flags, node.line, node.end_line, node.file
FROM node
JOIN strings AS own ON own.id = node.name
LEFT JOIN strings AS scope ON scope.id = node.scope
WHERE node.id = ?1";

fn record(id: NodeId, row: &Row<'_>, file: Option<&KnownFile>) -> rusqlite::Result<NodeRecord> {
    let parts = NodeParts {
        id,
        kind: known(0, NodeKind::from_number(row.get(0)?))?,
        name: row.get_ref(1)?.as_str()?,
        scope: row.get_ref(2)?.as_str_or_null()?,
        flags: row.get(3)?,
        line: row.get(4)?,
        end_line: row.get(5)?,
        file: row.get::<_, Option<i64>>(6)?.map(NodeId),
    };
    Ok(parts.record(file.map(KnownFile::names)))
}

/// What is stored of a node.
pub(crate) struct NodeParts<'a> {
    pub(crate) id: NodeId,
    pub(crate) kind: NodeKind,
    pub(crate) name: &'a str,
    pub(crate) scope: Option<&'a str>,
    pub(crate) flags: u32,
    pub(crate) line: u32,
    pub(crate) end_line: u32,
    pub(crate) file: Option<NodeId>,
}

impl NodeParts<'_> {
    /// What is told of the node, with what is known of the file it stands in: its names and its flags.
    pub(crate) fn record(self, file: Option<(FileNames<'_>, u32)>) -> NodeRecord {
        let (kind, flags) = (self.kind, self.flags);
        let path = file.as_ref().map(|(names, _)| names.path.to_owned());
        let (names, file_flags) = file.unwrap_or_default();
        NodeRecord {
            id: self.id,
            kind,
            name: self.name.to_owned(),
            qualified_name: qualified_name(kind, self.name, self.scope, flags, names),
            path,
            line: self.line,
            end_line: self.end_line,
            is_test_case: is_test_case(kind, flags),
            is_suite: kind == NodeKind::Class && flags & node_flag::TEST != 0,
            is_unittest: flags & node_flag::UNITTEST != 0,
            is_static: flags & node_flag::STATIC != 0,
            is_constructor: flags & node_flag::CONSTRUCTOR != 0,
            is_abstract: flags & node_flag::ABSTRACT != 0,
            is_open: flags & node_flag::OPEN != 0,
            is_test: flags & node_flag::TEST != 0 || file_flags & file_flag::TEST != 0,
            file: self.file,
        }
    }
}

/// A class of tests is run through its methods.
pub(crate) fn is_test_case(kind: NodeKind, flags: u32) -> bool {
    flags & node_flag::TEST != 0
        && matches!(
            kind,
            NodeKind::Function | NodeKind::Method | NodeKind::Test | NodeKind::Lambda
        )
}

#[derive(Default)]
pub(crate) struct FileNames<'a> {
    pub(crate) path: &'a str,
    pub(crate) module: &'a str,
    pub(crate) separator: &'a str,
}

/// The same as the view `nodes` says.
pub(crate) fn qualified_name(
    kind: NodeKind,
    name: &str,
    scope: Option<&str>,
    flags: u32,
    file: FileNames<'_>,
) -> String {
    if kind == NodeKind::File {
        let module_or_path = if file.module.is_empty() {
            file.path
        } else {
            file.module
        };
        return module_or_path.to_owned();
    }
    // Put together by hand: a question makes hundreds of them.
    let [scope, name] = scope_and_name(scope, name, flags);
    let separator = if file.module.is_empty() {
        ""
    } else {
        file.separator
    };
    [file.module, separator, scope, name].concat()
}
