//! The walk: children on one shared stack, the state of the function and class around, and the lists of statements.
//!
//! Nothing is resolved here. Every node is opened once; what no rule knows is walked for the expressions inside it.

use rustc_hash::FxHashMap;
use std::collections::HashSet;

use tree_sitter::{Node, TreeCursor};

use super::syntax::{Grammar, kind};
use crate::builder::FactsBuilder;
use crate::facts::{BlockId, Expr, ExprId, Role, SymbolId, flag};
use crate::source::{end_line_of, line_of};

/// Syntax nested deeper than this is not followed: a file that nests so deep was not written by a person.
const MAX_DEPTH: u16 = 300;

/// A child with what is asked of it.
#[derive(Clone, Copy)]
pub(super) struct Kid<'a> {
    pub(super) node: Node<'a>,
    pub(super) kind: u8,
    pub(super) field: u8,
}

/// A run of children on the shared stack.
#[derive(Clone, Copy)]
#[must_use]
pub(super) struct Kids {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What `this` stands for.
#[derive(Clone, Copy)]
pub(super) enum Receiver<'a> {
    /// Nothing we know.
    Unknown,
    /// The instance of the class around.
    Instance,
    /// The class around (static members).
    Type,
    /// An object or parameter bound to this name.
    Named(&'a str),
    /// An object literal, bound under a made-up name.
    Object(u32),
    /// An instance built by the function of this name, or whose prototype it has.
    Built(&'a str),
}

/// The state of a function while its body is walked.
pub(super) struct FunctionState<'a> {
    /// Where `var` declares.
    pub(super) block: BlockId,
    /// Branches so far.
    pub(super) branches: u16,
    pub(super) receiver: Receiver<'a>,
    /// It is the top level of the file or of a namespace, so its variables are nodes of the graph.
    pub(super) is_module: bool,
}

/// An export that names something declared anywhere in the file.
pub(super) struct PendingExport<'a> {
    pub(super) exported: &'a str,
    pub(super) local: &'a str,
    pub(super) line: u32,
}

/// Lowers one file (or the scripts of one component file).
pub(super) struct Lowering<'a, 'f> {
    pub(super) text: &'a str,
    pub(super) facts: &'f mut FactsBuilder,
    pub(super) grammar: &'static Grammar,
    pub(super) cursor: TreeCursor<'a>,
    pub(super) kids: Vec<Kid<'a>>,
    depth: u16,
    pub(super) function: FunctionState<'a>,
    /// The class around, `NONE` outside of any.
    pub(super) class: SymbolId,
    /// Members declared so far with what they belong to, so that `this.x = …` makes a field once.
    pub(super) members: HashSet<(SymbolId, &'a str)>,
    /// The documentation comment before the statement being walked.
    pub(super) doc: Option<Node<'a>>,
    pub(super) exports: Vec<PendingExport<'a>>,
    /// Names declared by definitions at the top level.
    pub(super) top_level: FxHashMap<&'a str, SymbolId>,
    /// The file holds tests, by its path or by what it imports.
    pub(super) is_test_file: bool,
    /// Types are declared, so that an assignment to `this.x` declares nothing.
    pub(super) is_typed: bool,
    /// Everything is a declaration (`.d.ts`, `declare …`).
    pub(super) is_ambient: bool,
    /// Made-up names given out.
    pub(super) objects: u32,
    /// The properties around in the object literals that are being lowered, from the one that has a name.
    pub(super) object_path: String,
    /// The file fills a CommonJS export table.
    pub(super) is_commonjs: bool,
    /// Variables of the file that hold that table (`var api = module.exports`).
    pub(super) export_tables: Vec<&'a str>,
    /// What the file put in the place of that table.
    pub(super) whole_export: ExprId,
    /// The module that the code around declares (`declare module "x"`).
    pub(super) augmented: Option<&'a str>,
}

impl<'a, 'f> Lowering<'a, 'f> {
    pub(super) fn new(
        path: &str,
        text: &'a str,
        root: Node<'a>,
        grammar: &'static Grammar,
        facts: &'f mut FactsBuilder,
    ) -> Lowering<'a, 'f> {
        let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
        Lowering {
            text,
            facts,
            grammar,
            cursor: root.walk(),
            kids: Vec::with_capacity(256),
            depth: 0,
            function: FunctionState {
                block: BlockId(0),
                branches: 0,
                receiver: Receiver::Unknown,
                is_module: true,
            },
            class: SymbolId::NONE,
            members: HashSet::new(),
            doc: None,
            exports: Vec::new(),
            top_level: FxHashMap::default(),
            is_test_file: super::blocks::is_test_path(path),
            is_typed: matches!(extension, "ts" | "tsx" | "mts" | "cts"),
            is_ambient: path.ends_with(".d.ts")
                || path.ends_with(".d.mts")
                || path.ends_with(".d.cts"),
            objects: 0,
            object_path: String::new(),
            is_commonjs: false,
            export_tables: Vec::new(),
            whole_export: ExprId::NONE,
            augmented: None,
        }
    }

    /// Walks the whole tree.
    pub(super) fn file(&mut self, root: Node<'a>) {
        let kids = self.open(root);
        self.statements(kids, 0);
        self.close(kids);
        self.finish_exports();
    }

    // ---- children ----

    /// Puts the children of a node on the stack. Give them back with [`Self::close`].
    pub(super) fn open(&mut self, node: Node<'a>) -> Kids {
        let start = self.kids.len();
        self.cursor.reset(node);
        if self.cursor.goto_first_child() {
            loop {
                let node = self.cursor.node();
                let field = self
                    .cursor
                    .field_id()
                    .map_or(0, |id| self.grammar.field(id.get()));
                self.kids.push(Kid {
                    node,
                    kind: self.grammar.kind(node.kind_id()),
                    field,
                });
                if !self.cursor.goto_next_sibling() {
                    break;
                }
            }
        }
        Kids {
            start,
            end: self.kids.len(),
        }
    }

    pub(super) fn close(&mut self, kids: Kids) {
        self.kids.truncate(kids.start);
    }

    /// The child in a field.
    pub(super) fn field(&self, kids: Kids, field: u8) -> Option<Kid<'a>> {
        self.kids[kids.start..kids.end]
            .iter()
            .find(|kid| kid.field == field)
            .copied()
    }

    /// The first child of a kind.
    pub(super) fn first(&self, kids: Kids, kind: u8) -> Option<Kid<'a>> {
        self.kids[kids.start..kids.end]
            .iter()
            .find(|kid| kid.kind == kind)
            .copied()
    }

    /// Whether a child (a keyword, mostly) is there.
    pub(super) fn has(&self, kids: Kids, kind: u8) -> bool {
        self.first(kids, kind).is_some()
    }

    /// The first child that is an expression or type: named and no comment.
    pub(super) fn first_named(&self, kids: Kids) -> Option<Kid<'a>> {
        self.kids[kids.start..kids.end]
            .iter()
            .find(|kid| kid.node.is_named() && kid.kind != kind::COMMENT)
            .copied()
    }

    /// The last child that is an expression or type.
    pub(super) fn last_named(&self, kids: Kids) -> Option<Kid<'a>> {
        self.kids[kids.start..kids.end]
            .iter()
            .rev()
            .find(|kid| kid.node.is_named() && kid.kind != kind::COMMENT)
            .copied()
    }

    /// The only named child of a node, for wrappers (`parenthesized_expression`, `type_annotation`).
    pub(super) fn only_child(&mut self, node: Node<'a>) -> Option<Kid<'a>> {
        let kids = self.open(node);
        let child = self.first_named(kids);
        self.close(kids);
        child
    }

    pub(super) fn text_of(&self, node: Node<'a>) -> &'a str {
        self.text.get(node.byte_range()).unwrap_or("")
    }

    /// A property's name as others write it: quotes taken off, a computed name with its brackets.
    pub(super) fn property_name(&mut self, kid: Kid<'a>) -> &'a str {
        let text = self.text_of(kid.node);
        match kid.kind {
            kind::STRING => unquote(text),
            kind::COMPUTED_NAME => {
                let inner = text
                    .get(1..text.len().saturating_sub(1))
                    .unwrap_or("")
                    .trim();
                let quoted = inner.starts_with(['"', '\'']) && inner.len() > 1;
                if quoted { unquote(inner) } else { text }
            }
            _ => text,
        }
    }

    // ---- depth ----

    /// Goes one level deeper; `None` at the limit. Give back with [`Self::rise`].
    pub(super) fn sink(&mut self) -> Option<()> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        Some(())
    }

    pub(super) fn rise(&mut self) {
        self.depth -= 1;
    }

    // ---- statements ----

    /// Walks the children from position `from` on as statements in order.
    pub(super) fn statements(&mut self, kids: Kids, from: usize) {
        for index in kids.start + from..kids.end {
            let kid = self.kids[index];
            if kid.kind == kind::COMMENT {
                self.doc = Some(kid.node);
            } else if kid.node.is_named() {
                self.statement(kid);
                self.doc = None;
            }
        }
    }

    /// Attaches the comment before the current statement to a definition, if it is documentation.
    pub(super) fn attach_doc(&mut self, symbol: SymbolId) {
        let Some(comment) = self.doc.take() else {
            return;
        };
        if let Some(text) = self.text_of(comment).strip_prefix("/**") {
            let text = text.strip_suffix("*/").unwrap_or(text);
            let paragraph = first_paragraph(text);
            self.facts.doc(symbol, &paragraph);
        }
    }

    /// Counts a branch of the function around.
    pub(super) fn branch(&mut self) {
        self.function.branches = self.function.branches.saturating_add(1);
    }

    /// The value of `this` here.
    pub(super) fn this(&mut self, line: u32) -> ExprId {
        match self.function.receiver {
            Receiver::Unknown => self.facts.unknown(line),
            Receiver::Instance => self.facts.expr(Expr::This, line, Role::Silent),
            Receiver::Type => self.facts.expr(Expr::ThisType, line, Role::Silent),
            Receiver::Named(name) => self.facts.name_expr(name, line, Role::Silent),
            Receiver::Object(number) => {
                let name = object_name(number);
                self.facts.name_expr(&name, line, Role::Silent)
            }
            Receiver::Built(name) => {
                let function = self.facts.name_expr(name, line, Role::Silent);
                self.facts
                    .expr(Expr::Cast(ExprId::NONE, function), line, Role::Silent)
            }
        }
    }

    /// Adds a definition that spans a node, with the documentation before it.
    pub(super) fn define(
        &mut self,
        name: &'a str,
        node_kind: arc_graph::NodeKind,
        node: Node<'a>,
        flags: u32,
    ) -> SymbolId {
        let symbol = self
            .facts
            .add_symbol(name, node_kind, line_of(node), end_line_of(node));
        let ambient = if self.is_ambient {
            flag::DECLARATION
        } else {
            0
        };
        self.facts.symbol_mut(symbol).flags = flags | ambient;
        if self.facts.symbol() == SymbolId(0) && !name.is_empty() {
            self.top_level.insert(name, symbol);
        }
        self.attach_doc(symbol);
        symbol
    }

    fn finish_exports(&mut self) {
        for export in std::mem::take(&mut self.exports) {
            let value = self
                .facts
                .name_expr(export.local, export.line, Role::Silent);
            self.facts.export(export.exported, value, export.line);
            if let Some(symbol) = self.top_level.get(export.local) {
                self.facts.symbol_mut(*symbol).flags |= flag::PUBLIC;
            }
        }
        if self.is_commonjs {
            self.bind_export_table();
        }
    }
}

/// The made-up name that `this` has inside an object literal.
pub(super) fn object_name(number: u32) -> String {
    format!("this {number}")
}

/// A string literal without its quotes.
pub(super) fn unquote(text: &str) -> &str {
    text.get(1..text.len().saturating_sub(1)).unwrap_or("")
}

fn first_paragraph(text: &str) -> String {
    let mut paragraph = String::new();
    for line in text.lines() {
        let line = line.trim().trim_start_matches('*').trim();
        if line.starts_with('@') || line.is_empty() && !paragraph.is_empty() {
            break;
        }
        if !line.is_empty() && !paragraph.is_empty() {
            paragraph.push(' ');
        }
        paragraph.push_str(line);
        if paragraph.len() > 400 {
            break;
        }
    }
    paragraph
}
