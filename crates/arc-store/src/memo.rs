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
use crate::resident::Resident;

/// Edges that are remembered; with more all are forgotten.
const MAX_EDGES: usize = 250_000;
/// Edges of one node and direction that are remembered.
const MAX_EDGES_OF_ONE: usize = 15_000;
/// Nodes that are remembered; with more all are forgotten.
const MAX_NODES: usize = 20_000;
/// Nodes of which something was worked out that is remembered; with more all is forgotten. What is known of a file takes some
/// 30 KB.
const MAX_WORKED_OUT: usize = 400;
/// Terms of which it is remembered how many files have them; with more all are forgotten.
const MAX_COUNTS: usize = 20_000;

/// The memory of all graphs of one path that are kept open.
///
/// They agree without speaking to each other: as long as one reads, nobody can write, so that all that read at the same time
/// read the same. Whoever finds that the file was written to since it read last looks whether what is remembered is of the
/// state that it reads, and forgets it if not.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Option<(u64, Shared)>>);

/// The part of a memory that is about one file: whatever takes its place has another.
pub(crate) type Shared = Arc<Mutex<Memo>>;

impl Memory {
    /// The memory for somebody who has begun to read this state.
    pub(crate) fn of(&self, state: &Identity) -> Shared {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(own) = state.inode() else {
            return Shared::default();
        };
        if let Some((inode, shared)) = kept.as_ref()
            && *inode == own
        {
            locked(shared).see(state);
            return Arc::clone(shared);
        }
        let memo = Memo {
            state: Some(state.clone()),
            is_shared: true,
            ..Memo::default()
        };
        let shared = Shared::new(Mutex::new(memo));
        *kept = Some((own, Arc::clone(&shared)));
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

/// Questions to one state of a graph after which it is worth reading as a whole: whoever comes again comes more often, and
/// what is asked before all is read may take ten times as long.
const WORTH_READING: u32 = 2;

/// What is remembered of one state of a graph.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    /// Which state, if that is known.
    state: Option<Identity>,
    /// The whole of it, when it was asked often enough.
    resident: Option<Arc<Resident>>,
    /// How often somebody began to read it; nobody else is told to read the whole once somebody was.
    begun: u32,
    /// Others remember here as well, so that what takes room takes it once.
    is_shared: bool,
    /// The graph is too large to be held.
    is_too_large: bool,
    edges: FxHashMap<EdgesOf, Box<[Neighbor]>>,
    edge_count: usize,
    nodes: FxHashMap<NodeId, NodeRecord>,
    /// What is known of nodes by those who look for the uses of files.
    pub(crate) known: Known,
    worked_out: FxHashMap<(TypeId, NodeId), Arc<dyn Any + Send + Sync>>,
    /// How many files have a term.
    counts: FxHashMap<Box<str>, u64>,
}

impl Memo {
    pub(crate) fn forget(&mut self) {
        *self = Memo {
            is_shared: self.is_shared,
            is_too_large: self.is_too_large,
            ..Memo::default()
        };
    }

    /// Somebody reads this state: what is of another one is forgotten.
    pub(crate) fn see(&mut self, state: &Identity) {
        if self.state.as_ref() != Some(state) {
            self.forget();
            self.state = Some(state.clone());
        }
    }

    pub(crate) fn state(&self) -> Option<&Identity> {
        self.state.as_ref()
    }

    /// Somebody begins to read this state.
    pub(crate) fn begin(&mut self) {
        self.begun = self.begun.saturating_add(1);
    }

    /// Whether whoever asks this is to read the whole: one of all who ask, once it is worth it.
    pub(crate) fn wants_resident(&mut self) -> bool {
        let is_wanted = self.is_shared && !self.is_too_large && self.resident.is_none();
        // What is counted on is told to one.
        let is_due = is_wanted && self.begun >= WORTH_READING && self.begun != u32::MAX;
        if is_due {
            self.begun = u32::MAX;
        }
        is_due
    }

    pub(crate) fn resident(&self) -> Option<Arc<Resident>> {
        self.resident.clone()
    }

    /// Keeps the whole, `None` of a graph that is too large. What was remembered in parts is in it.
    pub(crate) fn keep_resident(&mut self, resident: Option<Resident>) {
        self.is_too_large = resident.is_none();
        if let Some(resident) = resident {
            self.resident = Some(Arc::new(resident));
            self.nodes = FxHashMap::default();
            self.edges = FxHashMap::default();
            self.edge_count = 0;
        }
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

    pub(crate) fn recall_count(&self, term: &str) -> Option<u64> {
        self.counts.get(term).copied()
    }

    pub(crate) fn keep_count(&mut self, term: &str, count: u64) {
        if self.counts.len() >= MAX_COUNTS {
            self.counts.clear();
        }
        self.counts.insert(term.into(), count);
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
