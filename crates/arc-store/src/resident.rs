//! The nodes and edges of a graph as arrays: for graphs that are kept open and asked so often that reading the whole of them once
//! is cheaper than reading parts of them again and again.
//!
//! It says what the tables say, in the same order.

use arc_graph::{
    Confidence, Direction, EdgeKind, Member, Neighbor, NodeId, NodeKind, NodeRecord, Rule,
};
use rusqlite::{Connection, Row};
use rustc_hash::FxHashMap;

use crate::brief::{BriefParts, NodeBrief};
use crate::read::{
    FileNames, KnownFile, NodeParts, Packed, bits_of, is_test_case, known, packed_edge,
};
use crate::rows::node_flag;
use crate::text_pool::Texts;
use crate::word_index::WordIndex;

/// Edges of a graph that is read as a whole, at most. They take 16 bytes each.
const MAX_EDGES: i64 = 2_500_000;
/// Nodes of such a graph. They take 40 bytes each, and their names.
const MAX_NODES: i64 = 400_000;

/// A graph in memory.
#[derive(Debug)]
pub(crate) struct Resident {
    /// By id; what is no node has no kind.
    nodes: Vec<Slot>,
    /// Edges to each node, by dependent, kind and line.
    dependents: Lists<Edge>,
    /// Edges from each node, as places among those to nodes.
    dependencies: Lists<u32>,
    /// What each node contains, by line and id.
    members: Lists<u32>,
    texts: Texts,
    /// Words of names and of documentation; `None` when they are too many.
    names: Option<WordIndex>,
    docs: Option<WordIndex>,
    files: FxHashMap<u32, KnownFile>,
}

/// What is known of a node. 0 stands for none: no row has that id.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    kind: Option<NodeKind>,
    file: u32,
    parent: u32,
    scope: u32,
    name: u32,
    line: u32,
    end_line: u32,
    flags: u32,
}

/// An edge from one of its ends.
#[derive(Clone, Copy, Debug)]
struct Edge {
    node: u32,
    line: u32,
    confidence: Confidence,
    kind: EdgeKind,
    rule: Rule,
}

impl Resident {
    /// Reads everything; `None` of a graph that is too large.
    pub(crate) fn read(connection: &Connection) -> rusqlite::Result<Option<Resident>> {
        let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        let last_node = number("SELECT coalesce(max(id), 0) FROM node")?;
        let last_text = number("SELECT coalesce(max(id), 0) FROM strings")?;
        let edges = number("SELECT count(*) FROM edge")?;
        if last_node.max(last_text) > MAX_NODES || edges > MAX_EDGES {
            return Ok(None);
        }
        let nodes = read_nodes(connection, last_node)?;
        let dependents = read_edges(connection, &nodes, edges as usize)?;
        Ok(Some(Resident {
            dependencies: turned(&dependents),
            dependents,
            members: members(&nodes),
            texts: read_texts(connection, last_text)?,
            names: WordIndex::read(connection, "name_fts")?,
            docs: WordIndex::read(connection, "doc_fts")?,
            files: read_files(connection)?,
            nodes,
        }))
    }

    fn slot(&self, id: NodeId) -> Option<(&Slot, NodeKind)> {
        let slot = self.nodes.get(usize::try_from(id.0).ok()?)?;
        Some((slot, slot.kind?))
    }

    /// What [`arc_graph::GraphRead::neighbors`] says.
    pub(crate) fn neighbors(
        &self,
        frontier: &[NodeId],
        direction: Direction,
        kinds: &[EdgeKind],
    ) -> Vec<Neighbor> {
        let wanted = if kinds.is_empty() { !0 } else { bits_of(kinds) };
        let edges_of = |node: &NodeId| {
            let place = usize::try_from(node.0).unwrap_or(usize::MAX);
            match direction {
                Direction::Dependents => self.dependents.of(place).len(),
                Direction::Dependencies => self.dependencies.of(place).len(),
            }
        };
        // Hundreds of nodes are asked for at once, some with thousands of edges: a list that grows is copied over and over.
        let room = frontier.iter().map(edges_of).sum();
        let mut found = Vec::with_capacity(room);
        for from in frontier {
            self.add_neighbors(*from, direction, wanted, &mut found);
        }
        found
    }

    fn add_neighbors(
        &self,
        from: NodeId,
        direction: Direction,
        wanted: i64,
        found: &mut Vec<Neighbor>,
    ) {
        let Some((slot, _)) = self.slot(from) else {
            return;
        };
        let start = found.len();
        let is_wanted = |kind: EdgeKind| (wanted >> kind.number()) & 1 != 0;
        let neighbor = |node: u32, edge: &Edge| Neighbor {
            from,
            node: NodeId(node.into()),
            kind: edge.kind,
            line: edge.line,
            confidence: edge.confidence,
            rule: edge.rule,
        };
        match direction {
            Direction::Dependents => {
                let edges = self.edges_to(from, wanted);
                found.extend(edges.map(|edge| neighbor(edge.node, edge)));
            }
            Direction::Dependencies => {
                let edges = self.edges_from(from, wanted);
                found.extend(edges.map(|(node, edge)| neighbor(node, edge)));
            }
        }
        if !is_wanted(EdgeKind::Contains) {
            return;
        }
        let contained = |node: u32, line: u32| Neighbor {
            from,
            node: NodeId(node.into()),
            kind: EdgeKind::Contains,
            line,
            confidence: Confidence::CERTAIN,
            rule: Rule::Syntax,
        };
        match direction {
            Direction::Dependents => {
                found.extend((slot.parent != 0).then(|| contained(slot.parent, slot.line)));
            }
            Direction::Dependencies => {
                let members = self.members.of(from.0 as usize).iter();
                found.extend(members.map(|id| contained(*id, self.nodes[*id as usize].line)));
            }
        }
        found[start..].sort_unstable_by_key(|edge| (edge.node, edge.kind.number(), edge.line));
    }

    /// Dependents of a node over edges of some kinds, with the lines, by kind, dependent and line: `most` of them at most.
    pub(crate) fn users(
        &self,
        node: NodeId,
        kinds: i64,
        most: usize,
    ) -> Vec<(i64, u32, Confidence)> {
        let mut users: Vec<&Edge> = self.edges_to(node, kinds).take(most).collect();
        users.sort_unstable_by_key(|edge| (edge.kind.number(), edge.node, edge.line));
        let told = users.into_iter();
        told.map(|edge| (edge.node.into(), edge.line, edge.confidence))
            .collect()
    }

    /// Edges of some kinds to a node, as a number up to `most`.
    pub(crate) fn sites(&self, node: NodeId, kinds: i64, most: u32) -> u32 {
        self.edges_to(node, kinds).take(most as usize).count() as u32
    }

    fn edges_to(&self, node: NodeId, kinds: i64) -> impl Iterator<Item = &Edge> {
        let place = usize::try_from(node.0).unwrap_or(usize::MAX);
        let edges = self.dependents.of(place).iter();
        edges.filter(move |edge| (kinds >> edge.kind.number()) & 1 != 0)
    }

    /// Edges of some kinds from a node, each with the node that it leads to.
    fn edges_from(&self, node: NodeId, kinds: i64) -> impl Iterator<Item = (u32, &Edge)> {
        let place = usize::try_from(node.0).unwrap_or(usize::MAX);
        let edges = self
            .dependencies
            .of(place)
            .iter()
            .map(|place| *place as usize);
        let edges = edges.map(|place| (place, &self.dependents.all[place]));
        edges
            .filter(move |(_, edge)| (kinds >> edge.kind.number()) & 1 != 0)
            .map(|(place, edge)| (self.dependents.owner(place) as u32, edge))
    }

    /// Dependencies of a node over edges of some kinds, with the lines, by dependency, kind and line.
    pub(crate) fn used_by(&self, node: NodeId, kinds: i64) -> Vec<(i64, u32, Confidence)> {
        let edges = self.edges_from(node, kinds);
        edges
            .map(|(used, edge)| (used.into(), edge.line, edge.confidence))
            .collect()
    }

    /// The file of a node; `None` outside of the repository.
    pub(crate) fn file_of(&self, node: NodeId) -> Option<NodeId> {
        let (slot, _) = self.slot(node)?;
        (slot.file != 0).then(|| NodeId(slot.file.into()))
    }

    /// The path of a file.
    pub(crate) fn path_of(&self, file: NodeId) -> Option<&str> {
        let file = self.files.get(&u32::try_from(file.0).ok()?)?;
        Some(&file.path)
    }

    /// The record of a node.
    pub(crate) fn node(&self, id: NodeId) -> Option<NodeRecord> {
        let (parts, file) = self.parts(id)?;
        Some(parts.record(file))
    }

    /// As much of a node as ranking takes.
    pub(crate) fn brief(&self, id: NodeId) -> Option<NodeBrief<'_>> {
        let (parts, file) = self.parts(id)?;
        let parts = BriefParts {
            id,
            kind: parts.kind,
            name: parts.name,
            scope: parts.scope.map_or(0, str::len),
            flags: parts.flags,
        };
        Some(parts.brief(file))
    }

    /// The words of names.
    pub(crate) fn names(&self) -> Option<&WordIndex> {
        self.names.as_ref()
    }

    /// The words of documentation.
    pub(crate) fn docs(&self) -> Option<&WordIndex> {
        self.docs.as_ref()
    }

    fn parts(&self, id: NodeId) -> Option<(NodeParts<'_>, Option<(FileNames<'_>, u32)>)> {
        let (slot, kind) = self.slot(id)?;
        let parts = NodeParts {
            id,
            kind,
            name: self.texts.at(slot.name as usize),
            scope: (slot.scope != 0).then(|| self.texts.at(slot.scope as usize)),
            flags: slot.flags,
            line: slot.line,
            end_line: slot.end_line,
            file: (slot.file != 0).then(|| NodeId(slot.file.into())),
        };
        let file = self.files.get(&slot.file);
        Some((parts, file.map(KnownFile::names)))
    }

    /// What [`arc_graph::GraphRead::members`] says.
    pub(crate) fn members(&self, scope: NodeId) -> Vec<Member> {
        let place = usize::try_from(scope.0).unwrap_or(usize::MAX);
        let members = self.members.of(place).iter().filter_map(|&id| {
            let id = NodeId(id.into());
            let (slot, kind) = self.slot(id)?;
            Some(Member {
                id,
                kind,
                line: slot.line,
                end_line: slot.end_line,
                is_test_case: is_test_case(kind, slot.flags),
                is_constructor: slot.flags & node_flag::CONSTRUCTOR != 0,
            })
        });
        members.collect()
    }
}

/// A list for each node, one behind the other.
#[derive(Debug)]
struct Lists<T> {
    /// Where the list of each node begins, and where the last one ends.
    starts: Vec<u32>,
    all: Vec<T>,
}

impl<T> Lists<T> {
    fn of(&self, node: usize) -> &[T] {
        match self.starts.get(node..node.saturating_add(2)) {
            Some(&[from, to]) => &self.all[from as usize..to as usize],
            Some(_) | None => &[],
        }
    }

    /// The node in whose list a place is.
    fn owner(&self, place: usize) -> usize {
        self.starts
            .partition_point(|start| *start as usize <= place)
            - 1
    }
}

fn read_nodes(connection: &Connection, last: i64) -> rusqlite::Result<Vec<Slot>> {
    let mut nodes = vec![Slot::default(); last as usize + 1];
    // Two columns in one: to hand over a column costs as much as to read it.
    let mut select = connection.prepare(
        "SELECT id, (kind << 32) | flags, (coalesce(file, 0) << 32) | coalesce(parent, 0),
           (coalesce(scope, 0) << 32) | name, (line << 32) | end_line FROM node",
    )?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let slot = place(row, 0, nodes.len())?;
        let two = |column| {
            let packed: i64 = row.get(column)?;
            Ok::<_, rusqlite::Error>(((packed >> 32) as u32, packed as u32))
        };
        let (kind, flags) = two(1)?;
        let (file, parent) = two(2)?;
        let (scope, name) = two(3)?;
        let (line, end_line) = two(4)?;
        let kind = u8::try_from(kind).ok().and_then(NodeKind::from_number);
        nodes[slot] = Slot {
            kind: Some(known(1, kind)?),
            file,
            parent,
            scope,
            name,
            line,
            end_line,
            flags,
        };
    }
    Ok(nodes)
}

/// The edges from each node as places among `lists`, the edges to each node: by the node that they lead to, kind and line.
fn turned(lists: &Lists<Edge>) -> Lists<u32> {
    let mut starts = vec![0; lists.starts.len()];
    for edge in &lists.all {
        starts[edge.node as usize + 1] += 1;
    }
    add_up(&mut starts);
    let mut next = starts.clone();
    let mut all = vec![0; lists.all.len()];
    for (place, edge) in lists.all.iter().enumerate() {
        let at = &mut next[edge.node as usize];
        all[*at as usize] = place as u32;
        *at += 1;
    }
    Lists { starts, all }
}

/// The edges to each node.
fn read_edges(
    connection: &Connection,
    nodes: &[Slot],
    count: usize,
) -> rusqlite::Result<Lists<Edge>> {
    let mut starts = vec![0; nodes.len() + 1];
    // What grows by doubling takes three times as much while it is read.
    let mut all: Vec<Edge> = Vec::with_capacity(count);
    // In the order of the table.
    let mut select = connection.prepare(concat!(
        "SELECT dst, src, ",
        packed_edge!(),
        " ORDER BY dst"
    ))?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        starts[place(row, 0, nodes.len())? + 1] += 1;
        let edge = Packed::at(row, 2)?;
        all.push(Edge {
            node: place(row, 1, nodes.len())? as u32,
            kind: edge.kind,
            line: edge.line,
            confidence: edge.confidence,
            rule: edge.rule,
        });
    }
    all.shrink_to_fit();
    add_up(&mut starts);
    for ends in starts.windows(2) {
        let list = &mut all[ends[0] as usize..ends[1] as usize];
        list.sort_unstable_by_key(|edge| (edge.node, edge.kind.number(), edge.line));
    }
    Ok(Lists { starts, all })
}

fn members(nodes: &[Slot]) -> Lists<u32> {
    let contained = nodes.iter().enumerate();
    let mut contained: Vec<(u32, u32, u32)> = contained
        .filter(|(_, slot)| slot.parent != 0 && (slot.parent as usize) < nodes.len())
        .map(|(id, slot)| (slot.parent, slot.line, id as u32))
        .collect();
    contained.sort_unstable();
    let mut starts = vec![0; nodes.len() + 1];
    for (parent, ..) in &contained {
        starts[*parent as usize + 1] += 1;
    }
    add_up(&mut starts);
    let all = contained.into_iter().map(|(_, _, id)| id).collect();
    Lists { starts, all }
}

/// Makes starts of lengths.
fn add_up(starts: &mut [u32]) {
    let mut sum = 0;
    for start in starts {
        sum += *start;
        *start = sum;
    }
}

/// An id as a place in an array. A larger one than there are nodes is damage.
fn place(row: &Row<'_>, column: usize, count: usize) -> rusqlite::Result<usize> {
    let id: i64 = row.get(column)?;
    let place = usize::try_from(id).ok().filter(|place| *place < count);
    known(column, place)
}

fn read_files(connection: &Connection) -> rusqlite::Result<FxHashMap<u32, KnownFile>> {
    let mut select = connection.prepare("SELECT id, path, module, separator, flags FROM files")?;
    let text = |row: &Row<'_>, column| row.get::<_, String>(column).map(String::into_boxed_str);
    let rows = select.query_map([], |row| {
        let file = KnownFile {
            path: text(row, 1)?,
            module: text(row, 2)?,
            separator: text(row, 3)?,
            flags: row.get(4)?,
        };
        Ok((row.get(0)?, file))
    })?;
    rows.collect()
}

fn read_texts(connection: &Connection, last: i64) -> rusqlite::Result<Texts> {
    let mut texts = Texts::default();
    let mut select = connection.prepare("SELECT id, text FROM strings ORDER BY id")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let id = place(row, 0, last as usize + 1)?;
        // What is no string has no text.
        while texts.len() < id {
            texts.push("");
        }
        texts.push(row.get_ref(1)?.as_str()?);
    }
    texts.shrink();
    Ok(texts)
}
