//! A graph as text or rows, streamed in the order of files and lines.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::Write;

use arc_graph::{Confidence, EdgeKind, GraphRead, Neighbor, NodeId, NodeKind, NodeRecord, Rule};
use arc_store::GraphFile;
use serde::Serialize;

use crate::ask::AskError;
use crate::coverage::SeenTests;
use crate::dot::Dot;
use crate::graphml::GraphMl;
use crate::parquet_export::ParquetFile;

/// Edges written at a time.
pub(crate) const BATCH: usize = 4_096;

/// A form of the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// One JSON object a line.
    Jsonl,
    /// GraphML.
    GraphMl,
    /// Graphviz.
    Dot,
    /// Apache Parquet.
    Parquet,
}

/// What to write.
#[derive(Clone, Debug)]
pub struct ExportOptions {
    /// The form.
    pub format: ExportFormat,
    /// Only these kinds; all when empty.
    pub kinds: Vec<EdgeKind>,
    /// Only edges at least this sure, 0 to 1.
    pub min_confidence: f64,
}

/// Writing the graph failed.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The graph cannot be read.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The output cannot be written.
    #[error("cannot write the export")]
    Write(#[from] std::io::Error),
}

#[derive(Serialize)]
struct EdgeLine<'a> {
    kind: &'static str,
    src: EndLine<'a>,
    dst: EndLine<'a>,
    line: u32,
    confidence: f64,
    rule: &'static str,
}

/// One end of an edge.
#[derive(Serialize)]
pub(crate) struct EndLine<'a> {
    pub(crate) path: Option<&'a str>,
    pub(crate) symbol: &'a str,
    pub(crate) line: Option<u32>,
}

impl<'a> EndLine<'a> {
    pub(crate) fn new(node: &'a NodeRecord) -> EndLine<'a> {
        let line = (node.line > 0 && node.kind != NodeKind::File).then_some(node.line);
        EndLine {
            path: node.path.as_deref(),
            symbol: &node.qualified_name,
            line,
        }
    }
}

/// Writes the edges of `graph`.
///
/// # Errors
/// When the graph cannot be read or `out` cannot be written.
pub fn export(
    graph: &GraphFile,
    options: &ExportOptions,
    out: &mut dyn Write,
) -> Result<(), ExportError> {
    let mut writer = Writer {
        form: match options.format {
            ExportFormat::Jsonl => Form::Jsonl,
            ExportFormat::GraphMl => Form::GraphMl(GraphMl::default()),
            ExportFormat::Dot => Form::Dot(Dot::default()),
            ExportFormat::Parquet => Form::Parquet(Box::new(ParquetFile::begin()?)),
        },
        out,
    };
    writer.begin()?;
    let least = least(options);
    let mut files = graph.files().map_err(AskError::from)?;
    files.sort_by(|a, b| a.row.path.cmp(&b.row.path));
    for file in &files {
        let mut symbols = vec![NodeId(file.id)];
        symbols.extend(graph.symbols_in(NodeId(file.id)).map_err(AskError::from)?);
        for sources in symbols.chunks(BATCH) {
            write_from(graph, sources, options, least, &mut writer)?;
        }
    }
    if options.kinds.is_empty() || options.kinds.contains(&EdgeKind::Tests) {
        write_executed(graph, &mut writer)?;
    }
    writer.end()?;
    Ok(())
}

/// Writes what tests ran by imported coverage, in the order of the files that ran. The evidence stands in the file of the
/// function, so these edges have no line.
fn write_executed(graph: &GraphFile, writer: &mut Writer<'_>) -> Result<(), ExportError> {
    let rows = graph.coverage().map_err(AskError::from)?.files;
    let mut seen = SeenTests::default();
    for row in rows {
        for edge in seen.edges(graph, &row.path)? {
            let neighbor = Neighbor {
                from: edge.test.id,
                node: edge.function.id,
                kind: EdgeKind::Tests,
                line: 0,
                confidence: Confidence::CERTAIN,
                rule: Rule::Executed,
            };
            writer.edge(&edge.test, &edge.function, &neighbor)?;
        }
    }
    Ok(())
}

/// The lowest confidence that is written, in thousandths.
pub(crate) fn least(options: &ExportOptions) -> u16 {
    (options.min_confidence * 1000.0).round() as u16
}

fn write_from(
    graph: &GraphFile,
    sources: &[NodeId],
    options: &ExportOptions,
    least: u16,
    writer: &mut Writer<'_>,
) -> Result<(), ExportError> {
    let read = |ids: &[NodeId]| graph.nodes(ids).map_err(AskError::from);
    let mut edges = graph
        .neighbors(sources, arc_graph::Direction::Dependencies, &options.kinds)
        .map_err(AskError::from)?;
    edges.retain(|edge| edge.confidence.thousandths() >= least);
    let mut ids: Vec<NodeId> = edges
        .iter()
        .flat_map(|edge| [edge.from, edge.node])
        .collect();
    // What has no edge belongs to the graph as well, unless only some kinds of edge are asked for.
    if options.kinds.is_empty() {
        ids.extend(sources);
    }
    ids.sort_unstable();
    ids.dedup();
    let records = read(&ids)?;
    let by_id: HashMap<NodeId, &NodeRecord> =
        records.iter().map(|record| (record.id, record)).collect();
    if options.kinds.is_empty() {
        let mut own: Vec<&NodeRecord> = sources
            .iter()
            .filter_map(|id| by_id.get(id).copied())
            .collect();
        own.sort_by(|a, b| node_order(a).cmp(&node_order(b)));
        for node in own {
            writer.node(node)?;
        }
    }
    let mut rows: Vec<(&NodeRecord, &NodeRecord, &arc_graph::Neighbor)> =
        Vec::with_capacity(edges.len());
    for edge in &edges {
        // Both ends are nodes by the schema's references.
        if let (Some(src), Some(dst)) = (by_id.get(&edge.from), by_id.get(&edge.node)) {
            rows.push((src, dst, edge));
        }
    }
    rows.sort_by(|a, b| order(a).cmp(&order(b)));
    for (src, dst, edge) in rows {
        writer.edge(src, dst, edge)?;
    }
    Ok(())
}

/// Files before their symbols, symbols by place; ids differ between builds and decide nothing.
fn node_order(node: &NodeRecord) -> (bool, u32, Reverse<u32>, &str, NodeKind) {
    let is_symbol = node.kind != NodeKind::File;
    let name = &node.qualified_name;
    (
        is_symbol,
        node.line,
        Reverse(node.end_line),
        name,
        node.kind,
    )
}

type Order<'a> = (u32, &'a str, EdgeKind, Option<&'a str>, u32, &'a str);

fn order<'a>(
    (src, dst, edge): &(&'a NodeRecord, &'a NodeRecord, &arc_graph::Neighbor),
) -> Order<'a> {
    (
        edge.line,
        &src.qualified_name,
        edge.kind,
        dst.path.as_deref(),
        dst.line,
        &dst.qualified_name,
    )
}

/// The output in its form.
enum Form {
    Jsonl,
    GraphMl(GraphMl),
    Dot(Dot),
    Parquet(Box<ParquetFile>),
}

struct Writer<'a> {
    form: Form,
    out: &'a mut dyn Write,
}

impl Writer<'_> {
    fn begin(&mut self) -> std::io::Result<()> {
        match self.form {
            Form::Jsonl | Form::Parquet(_) => Ok(()),
            Form::GraphMl(_) => GraphMl::begin(self.out),
            Form::Dot(_) => Dot::begin(self.out),
        }
    }

    /// A node of its own; the forms of edges alone leave it out.
    fn node(&mut self, node: &NodeRecord) -> std::io::Result<()> {
        match &mut self.form {
            Form::Jsonl | Form::Dot(_) | Form::Parquet(_) => Ok(()),
            Form::GraphMl(graph) => graph.node(node, self.out).map(|_| ()),
        }
    }

    fn edge(
        &mut self,
        src: &NodeRecord,
        dst: &NodeRecord,
        edge: &arc_graph::Neighbor,
    ) -> std::io::Result<()> {
        match &mut self.form {
            Form::Jsonl => {
                let line = EdgeLine {
                    kind: edge.kind.as_str(),
                    src: EndLine::new(src),
                    dst: EndLine::new(dst),
                    line: edge.line,
                    confidence: edge.confidence.probability(),
                    rule: edge.rule.as_str(),
                };
                serde_json::to_writer(&mut *self.out, &line)?;
                self.out.write_all(b"\n")
            }
            Form::GraphMl(graph) => graph.edge(src, dst, edge, self.out),
            Form::Dot(graph) => graph.edge(src, dst, edge, self.out),
            Form::Parquet(file) => file.edge(src, dst, edge, self.out),
        }
    }

    fn end(&mut self) -> std::io::Result<()> {
        match &mut self.form {
            Form::Jsonl => Ok(()),
            Form::GraphMl(_) => GraphMl::end(self.out),
            Form::Dot(_) => Dot::end(self.out),
            Form::Parquet(file) => file.end(self.out),
        }
    }
}

/// Nodes in the order they are met. Ids of the graph file are internal and differ between builds.
#[derive(Default)]
pub(crate) struct NodeNumbers {
    numbers: HashMap<NodeId, usize>,
}

impl NodeNumbers {
    /// The number of a node, and whether it is met for the first time.
    pub(crate) fn of(&mut self, node: NodeId) -> (usize, bool) {
        let next = self.numbers.len();
        match self.numbers.entry(node) {
            Entry::Occupied(known) => (*known.get(), false),
            Entry::Vacant(free) => (*free.insert(next), true),
        }
    }
}
