//! What the resolver found, as rows of the graph.

use arc_extract::{FileFacts, InputFile, Place, Resolution, flag, resolve};
use arc_graph::NodeKind;
use arc_store::{
    EdgeRow, FileGraph, FileRow, Keys, NodeRow, Target, UnresolvedRow, assign_ordinals, node_flag,
};

/// The whole project resolved, ready to be turned into rows file by file.
pub(crate) struct Resolved {
    inputs: Vec<InputFile>,
    resolution: Resolution,
    /// For each file of the project its position among the inputs.
    input_of: Vec<Option<u32>>,
    /// For each input its position among the files.
    file_of: Vec<u32>,
    /// For each input, for each symbol of its facts, the position of its node.
    nodes_of: Vec<Vec<u32>>,
}

impl Resolved {
    /// Resolves all files that have facts. `files` are all files of the project in path order; the second of each pair is
    /// what it says, with its language.
    pub(crate) fn new(
        files: impl Iterator<Item = (String, Option<(&'static str, FileFacts)>)>,
    ) -> Resolved {
        let mut inputs = Vec::new();
        let mut input_of = Vec::new();
        let mut file_of = Vec::new();
        for (position, (path, facts)) in files.enumerate() {
            input_of.push(facts.is_some().then_some(inputs.len() as u32));
            if let Some((language, facts)) = facts {
                file_of.push(position as u32);
                inputs.push(InputFile {
                    path,
                    language,
                    facts,
                });
            }
        }
        let mut resolution = resolve(&inputs);
        resolution.modules.resize_with(inputs.len(), String::new);
        resolution.symbols.resize_with(inputs.len(), Vec::new);
        resolution.edges.resize_with(inputs.len(), Vec::new);
        resolution.unresolved.resize_with(inputs.len(), Vec::new);
        let nodes_of = inputs
            .iter()
            .zip(&resolution.symbols)
            .map(|(input, symbols)| {
                let mut nodes = vec![0; input.facts.symbols.len()];
                for (position, symbol) in symbols.iter().enumerate() {
                    nodes[symbol.index as usize] = position as u32 + 1;
                }
                nodes
            })
            .collect();
        Resolved {
            inputs,
            resolution,
            input_of,
            file_of,
            nodes_of,
        }
    }

    /// The module name of a file.
    pub(crate) fn module(&self, file: usize) -> &str {
        self.input_of[file].map_or("", |input| &self.resolution.modules[input as usize])
    }

    /// The nodes of a file; the first is the file itself.
    pub(crate) fn nodes<'a>(&'a self, file: usize, row: &'a FileRow) -> Vec<NodeRow<'a>> {
        let mut nodes = vec![file_node(row)];
        if let Some(input) = self.input_of[file] {
            self.push_symbols(input as usize, &mut nodes);
        }
        assign_ordinals(&mut nodes);
        nodes
    }

    fn push_symbols<'a>(&'a self, input: usize, nodes: &mut Vec<NodeRow<'a>>) {
        let facts = &self.inputs[input].facts;
        let positions = &self.nodes_of[input];
        for symbol in &self.resolution.symbols[input] {
            let fact = &facts.symbols[symbol.index as usize];
            nodes.push(NodeRow {
                kind: symbol.kind,
                name: &symbol.name,
                scope_name: &symbol.scope_name,
                parent: Some(positions[symbol.parent as usize]),
                ordinal: 0,
                line: fact.line,
                end_line: fact.end_line,
                flags: node_flags(fact.flags),
                complexity: fact.complexity,
                doc: "",
            });
        }
        for doc in &facts.docs {
            let position = positions[doc.symbol.index()] as usize;
            // Documentation of a symbol that is no node belongs to nothing that could be found.
            if position != 0 || doc.symbol.index() == 0 {
                nodes[position].doc = &doc.text;
            }
        }
    }

    /// Everything the graph says of a file.
    pub(crate) fn graph<'a>(&'a self, file: usize, row: &'a FileRow) -> FileGraph<'a> {
        let mut graph = FileGraph {
            nodes: self.nodes(file, row),
            ..FileGraph::default()
        };
        let Some(input) = self.input_of[file] else {
            return graph;
        };
        let input = input as usize;
        let own = &self.nodes_of[input];
        graph.edges = self.resolution.edges[input]
            .iter()
            .map(|edge| EdgeRow {
                src: own[edge.src as usize],
                dst: self.target(&edge.dst),
                kind: edge.kind,
                line: edge.line,
                confidence: edge.confidence,
                rule: edge.rule,
            })
            .collect();
        graph.edges.sort_unstable_by_key(|edge| {
            let doubt = std::cmp::Reverse(edge.confidence);
            (edge.src, edge.dst, edge.kind, edge.line, doubt, edge.rule)
        });
        graph
            .edges
            .dedup_by_key(|edge| (edge.src, edge.dst, edge.kind, edge.line));
        graph.unresolved = self.resolution.unresolved[input]
            .iter()
            .map(|reference| UnresolvedRow {
                src: own[reference.src as usize],
                name: &reference.name,
                line: reference.line,
            })
            .collect();
        graph
            .unresolved
            .sort_unstable_by_key(|reference| (reference.src, reference.name, reference.line));
        graph
            .unresolved
            .dedup_by_key(|reference| (reference.src, reference.name, reference.line));
        graph
    }

    fn target<'a>(&self, place: &'a Place) -> Target<'a> {
        match place {
            Place::Symbol { file, symbol } => Target::Node {
                file: self.file_of[*file as usize],
                node: self.nodes_of[*file as usize][*symbol as usize],
            },
            Place::External(name) => Target::External(name),
        }
    }

    /// The identities of all nodes.
    pub(crate) fn keys<'a>(&self, rows: impl Iterator<Item = &'a FileRow>) -> Keys {
        let mut keys = Keys::new();
        for (file, row) in rows.enumerate() {
            keys.push(&row.path, &self.nodes(file, row));
        }
        keys
    }
}

/// The node of a file.
pub(crate) fn file_node(row: &FileRow) -> NodeRow<'_> {
    NodeRow {
        kind: NodeKind::File,
        name: row.path.rsplit('/').next().unwrap_or(&row.path),
        scope_name: "",
        parent: None,
        ordinal: 0,
        line: 1,
        end_line: row.lines.max(1),
        flags: 0,
        complexity: 0,
        doc: "",
    }
}

fn node_flags(flags: u32) -> u32 {
    const MEANINGS: [(u32, u32); 10] = [
        (flag::TEST, node_flag::TEST),
        (flag::PUBLIC, node_flag::PUBLIC),
        (flag::FIXTURE, node_flag::FIXTURE),
        (flag::ABSTRACT, node_flag::ABSTRACT),
        (flag::STATIC, node_flag::STATIC),
        (flag::ASYNC, node_flag::ASYNC),
        (flag::DECLARATION, node_flag::DECLARATION),
        (flag::CONSTRUCTOR, node_flag::CONSTRUCTOR),
        (flag::PROPERTY, node_flag::PROPERTY),
        (flag::SETUP, node_flag::SETUP),
    ];
    MEANINGS
        .iter()
        .filter(|(fact, _)| flags & fact != 0)
        .fold(0, |node, (_, bit)| node | bit)
}
