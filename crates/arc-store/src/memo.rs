//! What graphs that are kept open remember of what they were asked, as long as nobody writes to their file.
//!
//! Walks from different symbols meet in the same few nodes. What is remembered is what the file says, or follows from
//! nothing else, so that an answer is the same with and without it.

use std::any::{Any, TypeId};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_graph::{Direction, EdgeKind, Neighbor, NodeId, NodeRecord};
use rustc_hash::FxHashMap;

use crate::connection::Identity;
use crate::neighborhood::Known;
use crate::read::bits_of;

/// Edges that are remembered; with more all are forgotten.
const MAX_EDGES: usize = 250_000;
/// Edges of one node and direction that are remembered.
const MAX_EDGES_OF_ONE: usize = 15_000;
/// Nodes that are remembered; with more all are forgotten.
const MAX_NODES: usize = 20_000;
/// Nodes of which something was worked out that is remembered; with more all is forgotten.
const MAX_WORKED_OUT: usize = 500;

/// The memory of all graphs of one path that are kept open.
///
/// They agree without speaking to each other: as long as one reads, nobody can write, so that all that read at the same time
/// read the same. Whoever finds that the file was written to since it read last forgets everything.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Option<(u64, Shared)>>);

/// The part of a memory that is about one file: whatever takes its place has another.
pub(crate) type Shared = Arc<Mutex<Memo>>;

impl Memory {
    /// The memory for somebody who has just begun to read, and does not know what was written before.
    pub(crate) fn of(&self, identity: &Identity) -> Shared {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some((inode, shared)), Some(own)) = (kept.as_ref(), identity.inode())
            && *inode == own
        {
            locked(shared).forget();
            return Arc::clone(shared);
        }
        let shared = Shared::default();
        *kept = identity.inode().map(|inode| (inode, Arc::clone(&shared)));
        shared
    }
}

/// What is remembered. Whoever panicked with it in hand left whole entries.
pub(crate) fn locked(shared: &Shared) -> MutexGuard<'_, Memo> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A question for the edges of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct EdgesOf {
    node: i64,
    is_forward: bool,
    kinds: i64,
}

impl EdgesOf {
    pub(crate) fn new(node: NodeId, direction: Direction, kinds: &[EdgeKind]) -> EdgesOf {
        EdgesOf {
            node: node.0,
            is_forward: direction == Direction::Dependencies,
            kinds: bits_of(kinds),
        }
    }
}

/// What is remembered of one state of a graph.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    edges: FxHashMap<EdgesOf, Box<[Neighbor]>>,
    edge_count: usize,
    nodes: FxHashMap<NodeId, NodeRecord>,
    /// What is known of nodes by those who look for the uses of files.
    pub(crate) known: Known,
    worked_out: FxHashMap<(TypeId, NodeId), Arc<dyn Any + Send + Sync>>,
}

impl Memo {
    pub(crate) fn forget(&mut self) {
        *self = Memo::default();
    }

    /// Adds the remembered edges to `found`; `false` when nothing is remembered.
    pub(crate) fn recall_edges(&self, of: &EdgesOf, found: &mut Vec<Neighbor>) -> bool {
        let edges = self.edges.get(of);
        found.extend(edges.iter().flat_map(|edges| edges.iter().cloned()));
        edges.is_some()
    }

    pub(crate) fn keep_edges(&mut self, of: EdgesOf, edges: &[Neighbor]) {
        if edges.len() > MAX_EDGES_OF_ONE {
            return;
        }
        // A question without an answer takes room as well.
        self.edge_count += edges.len() + 1;
        if self.edge_count > MAX_EDGES {
            self.edges.clear();
            self.edge_count = edges.len() + 1;
        }
        self.edges.insert(of, edges.into());
    }

    pub(crate) fn recall_node(&self, id: NodeId) -> Option<NodeRecord> {
        self.nodes.get(&id).cloned()
    }

    pub(crate) fn keep_node(&mut self, node: &NodeRecord) {
        if self.nodes.len() >= MAX_NODES {
            self.nodes.clear();
        }
        self.nodes.insert(node.id, node.clone());
    }

    pub(crate) fn recall_worked_out<T: Send + Sync + 'static>(
        &self,
        node: NodeId,
    ) -> Option<Arc<T>> {
        let known = self.worked_out.get(&(TypeId::of::<T>(), node))?;
        Arc::clone(known).downcast().ok()
    }

    pub(crate) fn keep_worked_out<T: Send + Sync + 'static>(
        &mut self,
        node: NodeId,
        known: Arc<T>,
    ) {
        if self.worked_out.len() >= MAX_WORKED_OUT {
            self.worked_out.clear();
        }
        self.worked_out.insert((TypeId::of::<T>(), node), known);
    }
}
