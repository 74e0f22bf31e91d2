//! A graph as GraphML, streamed: every node once, before the first edge that names it.

use std::io::{self, Write};

use arc_graph::{Neighbor, NodeKind, NodeRecord};

use crate::export::NodeNumbers;

/// Attributes are of nodes or of edges, and ids of keys are unique in a document.
const KEYS: &[(&str, &str, &str, &str)] = &[
    ("n_kind", "node", "kind", "string"),
    ("n_name", "node", "name", "string"),
    ("n_qualified_name", "node", "qualified_name", "string"),
    ("n_path", "node", "path", "string"),
    ("n_line", "node", "line", "int"),
    ("e_kind", "edge", "kind", "string"),
    ("e_line", "edge", "line", "int"),
    ("e_confidence", "edge", "confidence", "double"),
    ("e_rule", "edge", "rule", "string"),
];

/// The nodes written so far.
#[derive(Default)]
pub(crate) struct GraphMl {
    numbers: NodeNumbers,
}

impl GraphMl {
    pub(crate) fn begin(out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">"
        )?;
        for (id, of, name, kind) in KEYS {
            writeln!(
                out,
                "<key id=\"{id}\" for=\"{of}\" attr.name=\"{name}\" attr.type=\"{kind}\"/>"
            )?;
        }
        writeln!(out, "<graph edgedefault=\"directed\">")
    }

    /// Writes the node unless it is written already; its number.
    pub(crate) fn node(&mut self, node: &NodeRecord, out: &mut dyn Write) -> io::Result<usize> {
        let (number, is_new) = self.numbers.of(node.id);
        if !is_new {
            return Ok(number);
        }
        write!(out, "<node id=\"n{number}\">")?;
        datum("n_kind", node.kind.as_str(), out)?;
        datum("n_name", &node.name, out)?;
        datum("n_qualified_name", &node.qualified_name, out)?;
        if let Some(path) = &node.path {
            datum("n_path", path, out)?;
        }
        if node.line > 0 && node.kind != NodeKind::File {
            datum("n_line", &node.line.to_string(), out)?;
        }
        writeln!(out, "</node>")?;
        Ok(number)
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
        write!(out, "<edge source=\"n{src}\" target=\"n{dst}\">")?;
        datum("e_kind", edge.kind.as_str(), out)?;
        if edge.line > 0 {
            datum("e_line", &edge.line.to_string(), out)?;
        }
        datum(
            "e_confidence",
            &edge.confidence.probability().to_string(),
            out,
        )?;
        datum("e_rule", edge.rule.as_str(), out)?;
        writeln!(out, "</edge>")
    }

    pub(crate) fn end(out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "</graph>\n</graphml>")
    }
}

fn datum(key: &str, value: &str, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "<data key=\"{key}\">{}</data>", escaped(value))
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // XML 1.0 cannot hold most of these, not even escaped.
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn names_cannot_break_out_of_their_elements() {
        assert_eq!(
            escaped("a<\"&\u{1}\u{ffff}>"),
            "a&lt;\"&amp;\u{fffd}\u{fffd}&gt;"
        );
    }
}
