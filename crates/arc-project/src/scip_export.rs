//! The graph as a SCIP index.
//!
//! The graph keeps lines and no columns. An occurrence stands where its symbol's name is a word of the line that the graph
//! names, and every such word has all the targets that the graph has for that line and name. Where the line does not spell
//! the name (an alias, a call that no text shows) there is no occurrence, and a file that is no longer what the graph read
//! is left out: both are counted.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Write;
use std::path::Path;

use arc_graph::{Direction, EdgeKind, GraphRead, Neighbor, NodeId, NodeKind, NodeRecord};
use arc_scip::{
    IndexWriter, OutDocument, OutOccurrence, OutSymbol, Package, SymbolKind, language_name, role,
};
use arc_store::{DefinitionRecord, GraphFile, StoredFile, file_flag};

use crate::ask::AskError;
use crate::export::{BATCH, ExportError, ExportOptions, least};
use crate::read_file::{content_hash, read_source};
use crate::scip_names::{Called, SymbolNames, external_symbol, symbol_kind};
use crate::words::words_of;

/// Lines behind the first one of a definition on which its name is looked for.
const NAME_WITHIN: u32 = 4;

/// Files of these kinds have no text whose columns could be counted.
const NO_TEXT: u32 = file_flag::BINARY
    | file_flag::TOO_LARGE
    | file_flag::UNREADABLE
    | file_flag::SYMLINK
    | file_flag::NOT_UTF8;

/// What an index holds, and what it leaves out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScipSummary {
    /// Documents written.
    pub documents: usize,
    /// Occurrences in them.
    pub occurrences: usize,
    /// Files that differ from what the graph read, or cannot be read as UTF-8.
    pub left_out: usize,
    /// Edges whose line does not spell the name of their target.
    pub unplaced: usize,
}

/// Writes the graph of the tree at `root` as a SCIP index.
///
/// # Errors
/// When the graph cannot be read or `out` cannot be written.
pub fn export_scip(
    graph: &GraphFile,
    root: &Path,
    options: &ExportOptions,
    out: &mut dyn Write,
) -> Result<ScipSummary, ExportError> {
    let mut files = graph.files().map_err(AskError::from)?;
    files.sort_by(|a, b| a.row.path.cmp(&b.row.path));
    let package = Package::default();
    let names = SymbolNames::new(graph, &files, &package).map_err(AskError::from)?;
    let mut kinds = options.kinds.clone();
    if kinds.is_empty() {
        kinds.extend(EdgeKind::ALL);
    }
    kinds.retain(|kind| *kind != EdgeKind::Contains);
    let mut export = Export {
        graph,
        names,
        kinds,
        least: least(options),
        externals: BTreeMap::new(),
        summary: ScipSummary::default(),
    };
    let mut writer = IndexWriter::begin(out, "arc", env!("CARGO_PKG_VERSION"))?;
    for file in files.iter().filter(|file| file.row.language.is_some()) {
        match text_of(root, file) {
            Some(text) => {
                let document = export.document(file, &text)?;
                export.summary.documents += 1;
                export.summary.occurrences += document.occurrences.len();
                writer.document(document)?;
            }
            None => export.summary.left_out += 1,
        }
    }
    for (symbol, display_name) in export.externals {
        writer.external(OutSymbol {
            symbol,
            kind: SymbolKind::Unspecified,
            display_name,
            implements: Vec::new(),
        })?;
    }
    Ok(export.summary)
}

/// The text of a file as the graph read it.
fn text_of(root: &Path, file: &StoredFile) -> Option<String> {
    if file.row.flags & NO_TEXT != 0 {
        return None;
    }
    let bytes = read_source(&root.join(&file.row.path)).ok()?;
    if file.row.hash != Some(content_hash(&bytes)) {
        return None;
    }
    String::from_utf8(bytes).ok()
}

struct Export<'a> {
    graph: &'a GraphFile,
    names: SymbolNames,
    kinds: Vec<EdgeKind>,
    least: u16,
    /// Symbols outside the repository with the names that people know.
    externals: BTreeMap<String, String>,
    summary: ScipSummary,
}

/// A document in the making.
struct Page<'t> {
    lines: Vec<&'t str>,
    /// Where definitions stand: a reference is somewhere else.
    defined: BTreeSet<(u32, u32)>,
    /// Roles by place and symbol.
    occurrences: BTreeMap<(u32, (u32, u32), String), u32>,
    enclosing: HashMap<String, [u32; 4]>,
    symbols: Vec<OutSymbol>,
}

impl Export<'_> {
    fn document(&mut self, file: &StoredFile, text: &str) -> Result<OutDocument, ExportError> {
        let lines = text.split('\n');
        let mut page = Page {
            lines: lines
                .map(|line| line.strip_suffix('\r').unwrap_or(line))
                .collect(),
            defined: BTreeSet::new(),
            occurrences: BTreeMap::new(),
            enclosing: HashMap::new(),
            symbols: Vec::new(),
        };
        let definitions = self
            .graph
            .definitions(NodeId(file.id))
            .map_err(AskError::from)?;
        let mut sources = vec![NodeId(file.id)];
        sources.extend(definitions.iter().map(|definition| definition.id));
        let mut edges = Vec::new();
        for sources in sources.chunks(BATCH) {
            let found = self
                .graph
                .neighbors(sources, Direction::Dependencies, &self.kinds);
            edges.extend(found.map_err(AskError::from)?);
        }
        edges.retain(|edge| edge.confidence.thousandths() >= self.least);
        let records = self.outside(&edges)?;
        let implements = self.implements(&edges, &records);
        self.define(file, &definitions, &implements, &mut page);
        for edge in &edges {
            self.refer(edge, &records, &mut page);
        }
        Ok(page.finish(file))
    }

    /// The records of targets outside the repository.
    fn outside(&self, edges: &[Neighbor]) -> Result<HashMap<NodeId, NodeRecord>, ExportError> {
        let mut ids: Vec<NodeId> = edges.iter().map(|edge| edge.node).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.retain(|id| self.names.of(*id).is_none());
        let records = self.graph.nodes(&ids).map_err(AskError::from)?;
        let records = records.into_iter().map(|record| (record.id, record));
        Ok(records.collect())
    }

    /// What each definition extends or overrides, and whether references to that may mean it.
    fn implements(
        &mut self,
        edges: &[Neighbor],
        records: &HashMap<NodeId, NodeRecord>,
    ) -> HashMap<NodeId, BTreeSet<(String, bool)>> {
        let mut found: HashMap<NodeId, BTreeSet<(String, bool)>> = HashMap::new();
        for edge in edges {
            if !matches!(edge.kind, EdgeKind::Inherits | EdgeKind::Overrides) {
                continue;
            }
            if let Some((symbol, _)) = self.called(edge.node, records) {
                let overrides = edge.kind == EdgeKind::Overrides;
                found
                    .entry(edge.from)
                    .or_default()
                    .insert((symbol, overrides));
            }
        }
        found
    }

    /// The symbol of a target and the words that may stand for it.
    fn called(
        &mut self,
        node: NodeId,
        records: &HashMap<NodeId, NodeRecord>,
    ) -> Option<(String, [String; 2])> {
        if let Some(Called { symbol, words }) = self.names.of(node) {
            return Some((symbol.to_owned(), words.map(str::to_owned)));
        }
        let record = records
            .get(&node)
            .filter(|record| record.kind == NodeKind::External)?;
        let symbol = external_symbol(&record.qualified_name, &record.name);
        self.externals
            .entry(symbol.clone())
            .or_insert_with(|| record.name.clone());
        // A package may be called by the last part of its path.
        let short = record.name.rsplit('/').next().unwrap_or("");
        Some((symbol, [record.name.clone(), short.to_owned()]))
    }

    fn define(
        &self,
        file: &StoredFile,
        definitions: &[DefinitionRecord],
        implements: &HashMap<NodeId, BTreeSet<(String, bool)>>,
        page: &mut Page<'_>,
    ) {
        if let Some(own) = self.names.of(NodeId(file.id)) {
            let key = (0, (0, 0), own.symbol.to_owned());
            page.occurrences.insert(key, role::DEFINITION);
            let name = file.row.path.rsplit('/').next().unwrap_or(&file.row.path);
            page.symbols.push(OutSymbol {
                symbol: own.symbol.to_owned(),
                kind: SymbolKind::File,
                display_name: name.to_owned(),
                implements: Vec::new(),
            });
        }
        for definition in definitions {
            let Some(called) = self.names.of(definition.id) else {
                continue;
            };
            let (line, columns) = page.place_of(definition, called.words);
            let key = (line, columns, called.symbol.to_owned());
            page.occurrences.insert(key, role::DEFINITION);
            if columns.0 < columns.1 {
                page.defined.insert((line, columns.0));
            }
            let range = page.range_of(definition);
            page.enclosing.insert(called.symbol.to_owned(), range);
            let implements = implements.get(&definition.id).into_iter().flatten();
            page.symbols.push(OutSymbol {
                symbol: called.symbol.to_owned(),
                kind: symbol_kind(definition),
                display_name: definition.name.clone(),
                implements: implements.cloned().collect(),
            });
        }
    }

    fn refer(
        &mut self,
        edge: &Neighbor,
        records: &HashMap<NodeId, NodeRecord>,
        page: &mut Page<'_>,
    ) {
        let Some((symbol, words)) = self.called(edge.node, records) else {
            return;
        };
        let places = page.places(edge, &words);
        if places.is_empty() {
            // Overriding is said by a relationship alone, and what a test exercises by the call.
            let is_said = matches!(edge.kind, EdgeKind::Overrides | EdgeKind::Tests);
            self.summary.unplaced += usize::from(!is_said);
            return;
        }
        for columns in places {
            let key = (edge.line - 1, columns, symbol.clone());
            *page.occurrences.entry(key).or_default() |= role_of(edge.kind);
        }
    }
}

fn role_of(kind: EdgeKind) -> u32 {
    match kind {
        EdgeKind::Imports => role::IMPORT,
        EdgeKind::Reads => role::READ,
        EdgeKind::Writes => role::WRITE,
        EdgeKind::Contains
        | EdgeKind::Calls
        | EdgeKind::References
        | EdgeKind::Inherits
        | EdgeKind::Overrides
        | EdgeKind::Tests
        | EdgeKind::Documents
        | EdgeKind::DependsOn
        | EdgeKind::Configures
        | EdgeKind::Requests
        | EdgeKind::Starts => 0,
    }
}

impl Page<'_> {
    fn line(&self, line: u32) -> &str {
        self.lines.get(line as usize).copied().unwrap_or("")
    }

    /// Where a definition's name stands, from 0: on its first line or soon after. A definition whose text does not spell its
    /// name has an empty place where it begins.
    fn place_of(&self, definition: &DefinitionRecord, words: [&str; 2]) -> (u32, (u32, u32)) {
        let first = definition.line.saturating_sub(1);
        let last = definition
            .end_line
            .saturating_sub(1)
            .min(first + NAME_WITHIN);
        let [name, owner] = words;
        for word in [name, owner] {
            for line in first..=last.max(first) {
                let mut found = words_of(self.line(line), word);
                if let Some(columns) = found.find(|found| !self.defined.contains(&(line, found.0)))
                {
                    return (line, columns);
                }
            }
        }
        let text = self.line(first);
        let indent = (text.len() - text.trim_start().len()) as u32;
        (first, (indent, indent))
    }

    /// From the beginning of its first line to the end of its last.
    fn range_of(&self, definition: &DefinitionRecord) -> [u32; 4] {
        let first = definition.line.saturating_sub(1);
        let text = self.line(first);
        let last = definition.end_line.max(definition.line).saturating_sub(1);
        let indent = text.len() - text.trim_start().len();
        [first, indent as u32, last, self.line(last).len() as u32]
    }

    /// The words of an edge's line that name its target.
    fn places(&self, edge: &Neighbor, words: &[String; 2]) -> Vec<(u32, u32)> {
        let Some(line) = edge.line.checked_sub(1) else {
            return Vec::new();
        };
        let text = self.line(line);
        let is_free = |found: &(u32, u32)| !self.defined.contains(&(line, found.0));
        for word in words {
            let found: Vec<(u32, u32)> = words_of(text, word).filter(is_free).collect();
            if found.is_empty() {
                continue;
            }
            // Of several words the one that is called is meant, where parentheses show it.
            let called = found.iter().copied().filter(|(_, end)| {
                edge.kind == EdgeKind::Calls && text[*end as usize..].trim_start().starts_with('(')
            });
            let called: Vec<(u32, u32)> = called.collect();
            return if called.is_empty() { found } else { called };
        }
        Vec::new()
    }

    fn finish(mut self, file: &StoredFile) -> OutDocument {
        let mut occurrences = Vec::with_capacity(self.occurrences.len());
        for ((line, columns, symbol), roles) in self.occurrences {
            let enclosing = if roles & role::DEFINITION != 0 {
                self.enclosing.remove(&symbol)
            } else {
                None
            };
            occurrences.push(OutOccurrence {
                line,
                columns,
                symbol,
                roles,
                enclosing,
            });
        }
        OutDocument {
            path: file.row.path.clone(),
            language: language_name(file.row.language.as_deref().unwrap_or("")),
            occurrences,
            symbols: self.symbols,
        }
    }
}
