//! Identities that survive a rebuild, and one number per file that says whether its rows are still the same.

use std::collections::HashMap;

use arc_graph::{Confidence, EdgeKind, NodeKind, Rule};
use xxhash_rust::xxh3::Xxh3Default;

use crate::rows::{FileGraph, NodeRow, Target};

/// The identity of every node of the project: file, kind, name inside the file, ordinal.
#[derive(Debug, Default)]
pub struct Keys {
    /// All files one after the other.
    keys: Vec<u64>,
    /// Where each file starts, and the end.
    starts: Vec<usize>,
}

impl Keys {
    /// No files yet, and room for so many nodes.
    #[must_use]
    pub fn with_capacity(nodes: usize) -> Keys {
        Keys {
            keys: Vec::with_capacity(nodes),
            starts: vec![0],
        }
    }

    /// Adds the next file's nodes. Their ordinals must be set.
    pub fn push(&mut self, path: &str, nodes: &[NodeRow<'_>]) {
        self.keys.extend(
            nodes
                .iter()
                .map(|node| node_key(path, node.kind, node.scope_name, node.ordinal)),
        );
        self.starts.push(self.keys.len());
    }

    /// Adds the next file, which has the nodes that a file had.
    pub fn push_known(&mut self, others: &Keys, file: usize) {
        self.keys.extend_from_slice(others.of(file));
        self.starts.push(self.keys.len());
    }

    /// Nodes of all files.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no node.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys of one file's nodes.
    pub(crate) fn of(&self, file: usize) -> &[u64] {
        &self.keys[self.starts[file]..self.starts[file + 1]]
    }

    /// Nodes of the files before this one.
    pub(crate) fn before(&self, file: usize) -> usize {
        self.starts[file]
    }

    pub(crate) fn target(&self, target: Target<'_>) -> u64 {
        match target {
            Target::Node { file, node } => self.of(file as usize)[node as usize],
            Target::External(name) => external_key(name),
        }
    }
}

/// Numbers definitions that share kind and name inside one file.
pub fn assign_ordinals(nodes: &mut [NodeRow<'_>]) {
    let mut seen: HashMap<(NodeKind, &str), u32> = HashMap::with_capacity(nodes.len());
    for node in nodes {
        let count = seen.entry((node.kind, node.scope_name)).or_default();
        node.ordinal = *count;
        *count += 1;
    }
}

/// The digest of everything the graph says of one file but documentation, which is at hand only where it is written, as a
/// sum over its rows, so that single rows can be exchanged.
#[must_use]
pub fn file_digest(keys: &Keys, file: usize, module: &str, graph: &FileGraph<'_>) -> i64 {
    let FileGraph {
        nodes,
        edges,
        unresolved,
    } = graph;
    let own = keys.of(file);
    let mut sum = xxhash_rust::xxh3::xxh3_64(module.as_bytes());
    for (node, key) in nodes.iter().zip(own) {
        let parent = node.parent.map_or(0, |parent| own[parent as usize]);
        sum = sum.wrapping_add(node_digest(
            *key,
            parent,
            [
                node.line,
                node.end_line,
                node.flags,
                u32::from(node.complexity),
            ],
        ));
    }
    for edge in edges {
        sum = sum.wrapping_add(edge_digest(
            own[edge.src as usize],
            keys.target(edge.dst),
            edge.kind,
            edge.line,
            edge.confidence,
            edge.rule,
        ));
    }
    for reference in unresolved {
        sum = sum.wrapping_add(unresolved_digest(
            own[reference.src as usize],
            reference.name,
            reference.line,
        ));
    }
    sum.cast_signed()
}

pub(crate) fn node_key(path: &str, kind: NodeKind, scope_name: &str, ordinal: u32) -> u64 {
    let mut hash = Xxh3Default::new();
    hash.update(path.as_bytes());
    hash.update(&[0, kind.number()]);
    hash.update(scope_name.as_bytes());
    hash.update(&ordinal.to_le_bytes());
    hash.digest()
}

pub(crate) fn external_key(qualified_name: &str) -> u64 {
    node_key("", NodeKind::External, qualified_name, 0)
}

/// `numbers`: line, end line, flags, complexity.
pub(crate) fn node_digest(key: u64, parent: u64, numbers: [u32; 4]) -> u64 {
    let mut bytes = [1u8; 33];
    bytes[1..9].copy_from_slice(&key.to_le_bytes());
    bytes[9..17].copy_from_slice(&parent.to_le_bytes());
    for (at, number) in numbers.iter().enumerate() {
        bytes[17 + 4 * at..21 + 4 * at].copy_from_slice(&number.to_le_bytes());
    }
    xxhash_rust::xxh3::xxh3_64(&bytes)
}

pub(crate) fn edge_digest(
    src: u64,
    dst: u64,
    kind: EdgeKind,
    line: u32,
    confidence: Confidence,
    rule: Rule,
) -> u64 {
    let mut bytes = [3u8; 25];
    bytes[1..9].copy_from_slice(&src.to_le_bytes());
    bytes[9..17].copy_from_slice(&dst.to_le_bytes());
    bytes[17] = kind.number();
    bytes[18] = rule.number();
    bytes[19..21].copy_from_slice(&confidence.thousandths().to_le_bytes());
    bytes[21..25].copy_from_slice(&line.to_le_bytes());
    xxhash_rust::xxh3::xxh3_64(&bytes)
}

pub(crate) fn unresolved_digest(src: u64, name: &str, line: u32) -> u64 {
    xxhash_rust::xxh3::xxh3_64_with_seed(name.as_bytes(), src ^ (u64::from(line) << 8) ^ 4)
}
