//! A graph as Graphviz reads it, streamed: a node is written before the first edge that names it.

use std::io::{self, Write};

use arc_graph::{Neighbor, NodeKind, NodeRecord};

use crate::export::NodeNumbers;

/// Nodes go by number, since two of them may have one label.
#[derive(Default)]
pub(crate) struct Dot {
    numbers: NodeNumbers,
}

impl Dot {
    pub(crate) fn begin(out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "digraph arc {{")
    }

    /// Writes the edge, behind its ends.
    pub(crate) fn edge(
        &mut self,
        src: &NodeRecord,
        dst: &NodeRecord,
        edge: &Neighbor,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let (src, dst) = (self.node(src, out)?, self.node(dst, out)?);
        let kind = edge.kind.as_str();
        writeln!(out, "  n{src} -> n{dst} [label=\"{kind}\"];")
    }

    pub(crate) fn end(out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "}}")
    }

    fn node(&mut self, node: &NodeRecord, out: &mut dyn Write) -> io::Result<usize> {
        let (number, is_new) = self.numbers.of(node.id);
        if is_new {
            writeln!(out, "  n{number} [label=\"{}\"];", quoted(&label(node)))?;
        }
        Ok(number)
    }
}

/// What a person calls a node.
fn label(node: &NodeRecord) -> String {
    let name = &node.qualified_name;
    match &node.path {
        Some(path) if node.kind == NodeKind::File => path.clone(),
        Some(path) => format!("{path}:{} {name}", node.line),
        None => name.clone(),
    }
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn names_cannot_break_out_of_their_quotes() {
        assert_eq!(quoted("a\"\\\nb"), "a\\\"\\\\ b");
    }
}
