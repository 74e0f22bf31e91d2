//! What the resolver found, as rows of the graph.

use std::collections::BTreeSet;

use arc_extract::{
    DocFact, FileEdges, FileFacts, InputFile, Linked, NamePool, Place, Sources, Symbol, flag,
};
use arc_graph::NodeKind;
use arc_store::{
    EdgeRow, FileGraph, FileRow, NodeRow, Target, UnresolvedRow, assign_ordinals, node_flag,
};

use crate::build::{BuildError, Job};
use crate::exact::Exact;
use crate::link_ends;
use crate::scip_merge::{self, Indexes, ScipReport};

/// The facts of all files of a project.
pub(crate) struct ProjectFacts {
    sources: Sources,
    /// For each file of the project its position among the sources.
    source_of: Vec<Option<u32>>,
    /// For each source its position among the files.
    file_of: Vec<u32>,
}

impl ProjectFacts {
    /// `files` are all files of the project in path order; the second of each pair is what it says, with its language.
    /// `pool` has the strings of those whose facts were read back.
    pub(crate) fn new(
        files: impl Iterator<Item = (String, Option<(&'static str, FileFacts)>)>,
        pool: NamePool,
    ) -> ProjectFacts {
        let mut sources = Vec::new();
        let mut source_of = Vec::new();
        let mut file_of = Vec::new();
        for (position, (path, facts)) in files.enumerate() {
            source_of.push(facts.is_some().then_some(sources.len() as u32));
            if let Some((language, facts)) = facts {
                file_of.push(position as u32);
                sources.push(InputFile {
                    path,
                    language,
                    facts,
                });
            }
        }
        ProjectFacts {
            sources: Sources::new(sources, pool),
            source_of,
            file_of,
        }
    }
}

impl ProjectFacts {
    /// The files that say something, in path order.
    pub(crate) fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The position of a file among those that say something.
    pub(crate) fn source(&self, file: usize) -> Option<usize> {
        self.source_of[file].map(|source| source as usize)
    }

    /// The position of a file that says something among all.
    pub(crate) fn file(&self, source: usize) -> usize {
        self.file_of[source] as usize
    }

    /// The same with what some files say now. Each of them said something before.
    pub(crate) fn replaced(
        self,
        changed: impl Iterator<Item = (usize, FileFacts)>,
    ) -> ProjectFacts {
        let ProjectFacts {
            sources,
            source_of,
            file_of,
        } = self;
        let changed = changed.filter_map(|(file, facts)| Some((source_of[file]? as usize, facts)));
        ProjectFacts {
            sources: sources.replaced(changed),
            source_of,
            file_of,
        }
    }

    /// The lines and names of open references in some files. Values are followed through the files in `near` alone, see
    /// [`Linked::near`]; `None` follows them everywhere.
    pub(crate) fn open_references(
        &self,
        files: &[usize],
        near: Option<&BTreeSet<usize>>,
    ) -> Vec<Vec<(u32, String)>> {
        let source = |file: usize| self.source_of[file].map(|source| source as usize);
        let linked = match near {
            Some(near) => {
                let near = near.iter().filter_map(|file| source(*file)).collect();
                Linked::near(&self.sources, &near)
            }
            None => Linked::new(&self.sources),
        };
        let open = |file: &usize| {
            let found = source(*file).map(|source| linked.edges(source).unresolved);
            let found = found.into_iter().flatten();
            found.map(|open| (open.line, open.name)).collect()
        };
        files.iter().map(open).collect()
    }
}

/// The whole project resolved, ready to be turned into rows file by file.
pub(crate) struct Resolved<'a> {
    facts: &'a ProjectFacts,
    linked: Linked<'a>,
    /// For each source, for each symbol of its facts, the position of its node; 0 for one that has none.
    nodes_of: Vec<Vec<u32>>,
    /// What compilers say.
    exact: Exact,
}

impl<'a> Resolved<'a> {
    pub(crate) fn new(facts: &'a ProjectFacts) -> Resolved<'a> {
        Resolved::with(facts, Linked::new(&facts.sources))
    }

    /// The same where values are followed through some files alone, see [`Linked::near`].
    pub(crate) fn near(facts: &'a ProjectFacts, near: &BTreeSet<usize>) -> Resolved<'a> {
        let near = near.iter().filter_map(|file| facts.source(*file)).collect();
        Resolved::with(facts, Linked::near(&facts.sources, &near))
    }

    /// The project as `linked` ties it together.
    pub(crate) fn with(facts: &'a ProjectFacts, linked: Linked<'a>) -> Resolved<'a> {
        let positions = |(source, input): (usize, &InputFile)| {
            let mut nodes = vec![0; input.facts.symbols.len()];
            for (position, symbol) in linked.visible(source).enumerate() {
                nodes[symbol as usize] = position as u32 + 1;
            }
            nodes
        };
        let nodes_of = facts.sources.files().iter().enumerate();
        let nodes_of = nodes_of.map(positions).collect();
        Resolved {
            facts,
            linked,
            nodes_of,
            exact: Exact::default(),
        }
    }

    /// The project tied together, when nothing more is asked of its rows.
    pub(crate) fn into_linked(self) -> Linked<'a> {
        self.linked
    }

    /// The project tied together.
    pub(crate) fn linked(&self) -> &Linked<'a> {
        &self.linked
    }

    /// How many ends of links found their other side, for `meta`.
    pub(crate) fn link_ends(&self) -> String {
        link_ends::remembered(self.linked.link_counts())
    }

    /// Takes over what `indexes` say of the files of `rows`, where their texts confirm it.
    pub(crate) fn merge(
        &mut self,
        job: &Job<'_>,
        rows: &[FileRow],
        indexes: &Indexes,
    ) -> Result<Option<ScipReport>, BuildError> {
        if indexes.meta.is_empty() {
            return Ok(None);
        }
        let has_facts = |file: usize| self.source(file).is_some();
        let (documents, mut report) =
            scip_merge::check(job.root, job.graph, rows, &indexes.records, &has_facts)?;
        report.notes.clone_from(&indexes.notes);
        let sources = &self.facts.sources;
        self.exact = Exact::new(sources, &self.linked, &self.facts.source_of, &documents);
        Ok(Some(report))
    }

    /// The nodes of all files.
    pub(crate) fn node_count(&self) -> usize {
        let symbols = self.nodes_of.iter().flatten();
        self.facts.source_of.len() + symbols.filter(|node| **node != 0).count()
    }

    fn source(&self, file: usize) -> Option<usize> {
        self.facts.source_of[file].map(|source| source as usize)
    }

    /// The module name of a file.
    pub(crate) fn module(&self, file: usize) -> String {
        self.source(file)
            .map_or_else(String::new, |source| self.linked.module(source))
    }

    /// The symbols of a file, for [`Resolved::nodes`].
    pub(crate) fn symbols(&self, file: usize) -> Vec<Symbol> {
        self.source(file)
            .map_or_else(Vec::new, |source| self.linked.symbols(source))
    }

    /// Everything that follows from a file's references, for [`Resolved::graph`]. It is made anew by every call.
    pub(crate) fn edges(&self, file: usize) -> FileEdges {
        let Some(source) = self.source(file) else {
            return FileEdges::default();
        };
        let mut found = self.linked.edges(source);
        self.exact
            .apply(&self.facts.sources, source as u32, &mut found);
        found
    }

    /// The nodes of a file; the first is the file itself. `docs` may be left out where only identities matter.
    pub(crate) fn nodes<'f>(
        &'f self,
        file: usize,
        row: &'f FileRow,
        symbols: &'f [Symbol],
        docs: &'f [DocFact],
    ) -> Vec<NodeRow<'f>> {
        let mut nodes = vec![file_node(row)];
        if let Some(source) = self.source(file) {
            self.push_symbols(source, symbols, docs, &mut nodes);
        }
        assign_ordinals(&mut nodes);
        nodes
    }

    fn push_symbols<'f>(
        &'f self,
        source: usize,
        symbols: &'f [Symbol],
        docs: &'f [DocFact],
        nodes: &mut Vec<NodeRow<'f>>,
    ) {
        let facts = &self.facts.sources.files()[source].facts;
        let positions = &self.nodes_of[source];
        for symbol in symbols {
            let fact = &facts.symbols[symbol.index as usize];
            nodes.push(NodeRow {
                kind: symbol.kind,
                name: &symbol.name,
                scope_name: &symbol.scope_name,
                parent: Some(positions[symbol.parent as usize]),
                ordinal: 0,
                line: fact.line,
                end_line: fact.end_line,
                flags: node_flags(fact.flags) | if symbol.is_open { node_flag::OPEN } else { 0 },
                complexity: fact.complexity,
                doc: "",
            });
        }
        for doc in docs {
            let Some(position) = positions.get(doc.symbol.index()) else {
                continue;
            };
            // Documentation of a symbol that is no node belongs to nothing that could be found.
            if *position != 0 || doc.symbol.index() == 0 {
                nodes[*position as usize].doc = &doc.text;
            }
        }
    }

    /// Everything the graph says of a file. `docs` may be left out where only its digest matters.
    pub(crate) fn graph<'f>(
        &'f self,
        file: usize,
        row: &'f FileRow,
        found: &'f FileEdges,
        docs: &'f [DocFact],
    ) -> FileGraph<'f> {
        let mut graph = FileGraph {
            nodes: self.nodes(file, row, &found.symbols, docs),
            ..FileGraph::default()
        };
        let Some(source) = self.source(file) else {
            return graph;
        };
        let own = &self.nodes_of[source];
        graph.edges = found
            .edges
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
        graph.unresolved = found
            .unresolved
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

    /// The definition that an edge leads to, as positions of its file and of the symbol among the facts of that file.
    pub(crate) fn place(&self, place: &Place) -> Option<(usize, u32)> {
        match place {
            Place::Symbol { file, symbol } => {
                Some((self.facts.file_of[*file as usize] as usize, *symbol))
            }
            Place::External(_) => None,
        }
    }

    /// The own name of a definition.
    pub(crate) fn name(&self, (file, symbol): (usize, u32)) -> &str {
        self.said(file).map_or("", |facts| {
            let fact = facts.symbols.get(symbol as usize);
            fact.map_or("", |fact| facts.text(fact.name))
        })
    }

    /// What a file says; `None` when arc does not read it.
    pub(crate) fn said(&self, file: usize) -> Option<&FileFacts> {
        let source = self.source(file)?;
        Some(&self.facts.sources.files()[source].facts)
    }

    fn target<'f>(&self, place: &'f Place) -> Target<'f> {
        match place {
            Place::Symbol { file, symbol } => Target::Node {
                file: self.facts.file_of[*file as usize],
                node: self.nodes_of[*file as usize][*symbol as usize],
            },
            Place::External(name) => Target::External(name),
        }
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
    const MEANINGS: [(u32, u32); 13] = [
        (flag::TEST, node_flag::TEST),
        (flag::PUBLIC, node_flag::PUBLIC),
        (flag::FIXTURE, node_flag::FIXTURE),
        (flag::ABSTRACT, node_flag::ABSTRACT),
        (flag::STATIC, node_flag::STATIC),
        (flag::ASYNC, node_flag::ASYNC),
        (flag::DECLARATION, node_flag::DECLARATION),
        (flag::OVERLOAD, node_flag::DECLARATION),
        (flag::CONSTRUCTOR, node_flag::CONSTRUCTOR),
        (flag::PROPERTY, node_flag::PROPERTY),
        (flag::SETUP, node_flag::SETUP),
        (flag::CONDITIONAL, node_flag::CONDITIONAL),
        (flag::UNITTEST, node_flag::UNITTEST),
    ];
    MEANINGS
        .iter()
        .filter(|(fact, _)| flags & fact != 0)
        .fold(0, |node, (_, bit)| node | bit)
}
