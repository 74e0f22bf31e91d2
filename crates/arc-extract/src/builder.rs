//! Puts a file's facts together while a language walks its syntax tree.
//!
//! The builder keeps the current block and the current symbol, interns names, and appends expressions in order. It knows
//! no language.

use arc_graph::{EdgeKind, NodeKind};
use rustc_hash::FxHashMap;
use thin_vec::ThinVec;

use crate::ends::{self, Annotation, EndRules, LinkEnd, Notes, Side, Space, Statement};
use crate::facts::{
    Binding, Block, BlockId, BlockKind, DocFact, ExportFact, Expr, ExprId, ExprNode, Extension,
    FileFacts, ImportFact, ImportId, ListId, MemberBinding, Mention, MentionKind, Name, ReturnFact,
    Role, Setting, SymbolFact, SymbolId,
};

/// Strings longer than this are not kept as [`Expr::Text`].
const TEXT_LIMIT: usize = 80;
/// No statement about tables is shorter.
const SHORTEST_STATEMENT: usize = 12;
/// Documentation is cut at this many bytes.
const DOC_LIMIT: usize = 400;
/// Blocks nested deeper than this are folded into the one above, so that later walks outwards stay short.
const MAX_BLOCK_DEPTH: u16 = 200;

/// Collects the facts of one file.
pub(crate) struct FactsBuilder {
    facts: FileFacts,
    interned: FxHashMap<Box<str>, Name>,
    block: BlockId,
    symbol: SymbolId,
    depths: Vec<u16>,
    notes: Notes,
}

impl FactsBuilder {
    /// Starts a file of `lines` lines whose top level is a module of its own.
    pub(crate) fn new(lines: u32) -> FactsBuilder {
        let mut builder = FactsBuilder {
            facts: FileFacts {
                lines,
                ..FileFacts::default()
            },
            interned: FxHashMap::default(),
            block: BlockId(0),
            symbol: SymbolId(0),
            depths: vec![0],
            notes: Notes::default(),
        };
        let name = builder.name("");
        builder.facts.symbols.push(SymbolFact {
            end_line: lines,
            body: BlockId(0),
            ..blank_symbol(name, NodeKind::File, SymbolId::NONE, 1)
        });
        builder.facts.blocks.push(Block {
            parent: BlockId::NONE,
            kind: BlockKind::File as u8,
            symbol: SymbolId(0),
            label: Name::NONE,
        });
        builder
    }

    /// Makes the file's top level a namespace shared with other files.
    pub(crate) fn set_file_namespace(&mut self, label: &str) {
        let label = self.name(label);
        self.facts.blocks[0].kind = BlockKind::Namespace as u8;
        self.facts.blocks[0].label = label;
    }

    /// The facts so far.
    pub(crate) fn facts(&self) -> &FileFacts {
        &self.facts
    }

    /// Ends the file: what it says to others without naming them is recognised by `rules`.
    pub(crate) fn finish(mut self, rules: &EndRules) -> FileFacts {
        self.facts.ends = ends::recognise(&mut self, rules);
        self.facts.shrink_to_fit();
        self.facts
    }

    /// Interns a string.
    pub(crate) fn name(&mut self, text: &str) -> Name {
        if let Some(name) = self.interned.get(text) {
            return *name;
        }
        let name = Name(self.facts.names.len() as u32);
        self.facts.names.push(text);
        self.interned.insert(text.into(), name);
        name
    }

    /// The text of a name.
    pub(crate) fn text(&self, name: Name) -> &str {
        self.facts.text(name)
    }

    /// The name of a text, if the file has it.
    pub(crate) fn known(&self, text: &str) -> Option<Name> {
        self.interned.get(text).copied()
    }

    // ---- ends of links ----

    /// What was noted for the ends of links.
    pub(crate) fn notes(&self) -> &Notes {
        &self.notes
    }

    /// Notes an annotation.
    pub(crate) fn annotate(&mut self, annotation: Annotation) {
        self.notes.annotations.push(annotation);
    }

    /// Notes that an evaluated decorator stands in front of a definition.
    pub(crate) fn annotate_by(&mut self, decorator: ExprId, symbol: SymbolId) {
        let (callee, args) = if let Expr::Call(callee, args) = self.facts.exprs.expr(decorator) {
            (callee, args)
        } else {
            (decorator, ListId::NONE)
        };
        if let Expr::Name(name) = self.facts.exprs.expr(callee) {
            let args = self.facts.list(args).map(|arg| (Name::NONE, arg));
            let annotation = Annotation {
                symbol,
                name,
                args: args.collect(),
                line: self.facts.exprs.line(decorator),
            };
            self.annotate(annotation);
        }
    }

    /// Notes what a text that is not constant says, `{}` for each part that is not.
    pub(crate) fn text_with_holes(&mut self, made_by: ExprId, text: &str) {
        self.notes.text(made_by, text);
    }

    /// Notes the tables that a text names, if it is a statement.
    pub(crate) fn statement_text(&mut self, text: &str, line: u32) {
        if text.len() > SHORTEST_STATEMENT {
            let tables = ends::tables(text);
            if !tables.is_empty() {
                self.notes.statements.push(Statement {
                    symbol: self.symbol,
                    tables,
                    line,
                });
            }
        }
    }

    /// Adds an end of the current symbol.
    pub(crate) fn end(&mut self, space: Space, side: Side, key: &str, line: u32) {
        let key = self.name(key);
        let symbol = self.symbol;
        self.facts.ends.push(LinkEnd {
            space: space as u8,
            side: side as u8,
            key,
            verb: Name::NONE,
            symbol,
            at: ExprId::NONE,
            on: ExprId::NONE,
            line,
        });
    }

    /// Adds that the current symbol names something in a module.
    pub(crate) fn named_end(&mut self, space: Space, key: &str, name: &str, line: u32) {
        self.end(space, Side::Uses, key, line);
        self.mark_end(name);
    }

    /// Gives the end that was added last a verb.
    pub(crate) fn mark_end(&mut self, verb: &str) {
        let verb = self.name(verb);
        if let Some(last) = self.facts.ends.last_mut() {
            last.verb = verb;
        }
    }

    /// Takes the ends that were added.
    pub(crate) fn take_ends(&mut self) -> ThinVec<LinkEnd> {
        std::mem::take(&mut self.facts.ends)
    }

    /// Notes what the sum of texts says.
    pub(crate) fn joined_text(&mut self, made_by: ExprId, parts: &[ExprId]) {
        // One of the parts would have been seen.
        if !self.notes.has_slash {
            return;
        }
        let mut text = String::new();
        let mut is_text = false;
        for part in parts.iter().take(64) {
            let known = if let Expr::Text(name) = self.facts.exprs.expr(*part) {
                Some(self.facts.text(name))
            } else {
                self.notes.text_of(*part)
            };
            is_text |= known.is_some();
            text.push_str(known.unwrap_or(ends::ANY));
        }
        if is_text {
            self.notes.text(made_by, &text);
        }
    }

    // ---- blocks and symbols ----

    /// The block new things go to.
    pub(crate) fn block(&self) -> BlockId {
        self.block
    }

    /// The definition new things belong to.
    pub(crate) fn symbol(&self) -> SymbolId {
        self.symbol
    }

    /// Opens a block inside the current one and makes it current. Returns the block to give back to [`Self::leave`].
    pub(crate) fn enter(&mut self, kind: BlockKind) -> Outer {
        self.enter_as(kind, self.symbol, Name::NONE)
    }

    /// Opens a [`BlockKind::Namespace`] with its full name.
    pub(crate) fn enter_namespace(&mut self, symbol: SymbolId, label: &str) -> Outer {
        let label = self.name(label);
        let outer = self.enter_as(BlockKind::Namespace, symbol, label);
        self.set_body(symbol);
        outer
    }

    /// Opens a [`BlockKind::Extension`] of what has this name: a type, or a namespace that other files have.
    pub(crate) fn enter_extension(&mut self, label: &str) -> Outer {
        let label = self.name(label);
        self.enter_as(BlockKind::Extension, self.symbol, label)
    }

    /// Opens a [`BlockKind::Namespace`] that is the body of no definition: what is in it belongs to the current one.
    pub(crate) fn enter_shared(&mut self, label: &str) -> Outer {
        let label = self.name(label);
        self.enter_as(BlockKind::Namespace, self.symbol, label)
    }

    /// Opens the body of a definition: its block and, until [`Self::leave`], the owner of what follows.
    pub(crate) fn enter_symbol(&mut self, symbol: SymbolId, kind: BlockKind) -> Outer {
        let outer = self.enter_as(kind, symbol, Name::NONE);
        self.set_body(symbol);
        outer
    }

    /// Opens the body of a function that sees nothing of what it is written in.
    pub(crate) fn enter_apart(&mut self, symbol: SymbolId) -> Outer {
        let outer = self.enter_symbol(symbol, BlockKind::Function);
        self.facts.blocks[self.block.index()].parent = BlockId::NONE;
        outer
    }

    /// Opens a block for what a definition's head names (types of parameters, bases): it belongs to the definition, and is
    /// evaluated in the scope around it.
    pub(crate) fn enter_signature(&mut self, symbol: SymbolId) -> Outer {
        self.enter_as(BlockKind::Plain, symbol, Name::NONE)
    }

    fn set_body(&mut self, symbol: SymbolId) {
        if let Some(fact) = self.facts.symbols.get_mut(symbol.index()) {
            fact.body = self.block;
        }
    }

    fn enter_as(&mut self, kind: BlockKind, symbol: SymbolId, label: Name) -> Outer {
        let outer = Outer {
            block: self.block,
            symbol: self.symbol,
        };
        let depth = self.depths[self.block.index()];
        let folds = depth >= MAX_BLOCK_DEPTH
            && matches!(kind, BlockKind::Plain | BlockKind::Branch | BlockKind::Loop);
        self.symbol = symbol;
        if !folds {
            let block = BlockId(self.facts.blocks.len() as u32);
            self.facts.blocks.push(Block {
                parent: self.block,
                kind: kind as u8,
                symbol,
                label,
            });
            self.depths.push(depth.saturating_add(1));
            self.block = block;
        }
        outer
    }

    /// Goes on in a block that was open before (a namespace that is opened again).
    pub(crate) fn enter_at(&mut self, block: BlockId, symbol: SymbolId) -> Outer {
        let outer = Outer {
            block: self.block,
            symbol: self.symbol,
        };
        self.block = block;
        self.symbol = symbol;
        outer
    }

    /// Closes the block opened last.
    pub(crate) fn leave(&mut self, outer: Outer) {
        self.block = outer.block;
        self.symbol = outer.symbol;
    }

    /// Adds a definition inside the current symbol. Lines count from 1. Bind its name with [`Self::bind_symbol`].
    pub(crate) fn add_symbol(
        &mut self,
        name: &str,
        kind: NodeKind,
        line: u32,
        end_line: u32,
    ) -> SymbolId {
        let name = self.name(name);
        let id = SymbolId(self.facts.symbols.len() as u32);
        self.facts.symbols.push(SymbolFact {
            end_line,
            ..blank_symbol(name, kind, self.symbol, line)
        });
        id
    }

    /// Changes a definition.
    pub(crate) fn symbol_mut(&mut self, symbol: SymbolId) -> &mut SymbolFact {
        &mut self.facts.symbols[symbol.index()]
    }

    /// Binds the name of a function, class or the like in the current block. Returns the [`Expr::Symbol`].
    pub(crate) fn bind_symbol(&mut self, symbol: SymbolId) -> ExprId {
        let fact = &self.facts.symbols[symbol.index()];
        let (name, line) = (fact.name, fact.line);
        let value = self.expr(Expr::Symbol(symbol), line, Role::Silent);
        self.push_binding(Binding {
            name,
            scope: self.block,
            block: self.block,
            at: self.now(),
            value,
            declared: ExprId::NONE,
            symbol,
            line,
        });
        value
    }

    // ---- expressions ----

    /// The number of expressions so far.
    pub(crate) fn now(&self) -> u32 {
        self.facts.exprs.len() as u32
    }

    /// Appends an expression that is evaluated in the current block.
    pub(crate) fn expr(&mut self, expr: Expr, line: u32, role: Role) -> ExprId {
        let id = ExprId(self.facts.exprs.len() as u32);
        self.facts.exprs.push(ExprNode {
            expr,
            block: self.block,
            line,
            role: role as u8,
        });
        id
    }

    /// A [`Expr::Name`].
    pub(crate) fn name_expr(&mut self, text: &str, line: u32, role: Role) -> ExprId {
        let name = self.name(text);
        self.expr(Expr::Name(name), line, role)
    }

    /// A [`Expr::Member`].
    pub(crate) fn member_expr(
        &mut self,
        base: ExprId,
        text: &str,
        line: u32,
        role: Role,
    ) -> ExprId {
        let name = self.name(text);
        self.expr(Expr::Member(base, name), line, role)
    }

    /// A [`Expr::Call`] with [`Role::Call`]; the callee, if a name or member, loses its own role.
    pub(crate) fn call_expr(&mut self, callee: ExprId, args: &[ExprId], line: u32) -> ExprId {
        self.set_role(callee, Role::Silent);
        let args = self.list(args);
        self.expr(Expr::Call(callee, args), line, Role::Call)
    }

    /// A [`Expr::Text`], or a literal of the text type named `kind` when it is too long to keep.
    pub(crate) fn text_expr(&mut self, text: &str, kind: &str, line: u32) -> ExprId {
        self.notes.see(text);
        self.statement_text(text, line);
        if text.len() <= TEXT_LIMIT {
            let name = self.name(text);
            self.expr(Expr::Text(name), line, Role::Silent)
        } else {
            self.literal_expr(kind, line)
        }
    }

    /// A [`Expr::Literal`] of the built-in type `kind`.
    pub(crate) fn literal_expr(&mut self, kind: &str, line: u32) -> ExprId {
        let kind = self.name(kind);
        self.expr(Expr::Literal(kind), line, Role::Silent)
    }

    /// An [`Expr::Unknown`].
    pub(crate) fn unknown(&mut self, line: u32) -> ExprId {
        self.expr(Expr::Unknown, line, Role::Silent)
    }

    /// An [`Expr::Either`]; the only element itself when there is one.
    pub(crate) fn either(&mut self, items: &[ExprId], line: u32) -> ExprId {
        match items {
            [only] => *only,
            _ => {
                let list = self.list(items);
                self.expr(Expr::Either(list), line, Role::Silent)
            }
        }
    }

    /// Changes which edge an expression gives rise to (a name turns out to be a call's target, an argument, a write).
    pub(crate) fn set_role(&mut self, expr: ExprId, role: Role) {
        if matches!(
            self.facts.exprs.expr(expr),
            Expr::Name(_) | Expr::Member(..)
        ) {
            self.facts.exprs.set_role(expr, role);
        }
    }

    /// Stores a list.
    pub(crate) fn list(&mut self, items: &[ExprId]) -> ListId {
        let id = ListId(self.facts.lists.len() as u32);
        self.facts.lists.push(items.len() as u32);
        self.facts.lists.extend(items.iter().map(|item| item.0));
        id
    }

    // ---- names and values ----

    /// Declares a local name in `scope` and gives it a value here. No node of the graph.
    pub(crate) fn bind(
        &mut self,
        text: &str,
        scope: BlockId,
        value: ExprId,
        declared: ExprId,
        line: u32,
    ) {
        let name = self.name(text);
        self.push_binding(Binding {
            name,
            scope,
            block: self.block,
            at: self.now(),
            value,
            declared,
            symbol: SymbolId::NONE,
            line,
        });
    }

    /// Gives a new value to a name that was declared further out (or nowhere: then it is the file's).
    pub(crate) fn assign(&mut self, text: &str, value: ExprId, line: u32) {
        self.bind(text, BlockId::NONE, value, ExprId::NONE, line);
    }

    /// Adds a binding as given.
    pub(crate) fn push_binding(&mut self, binding: Binding) {
        self.facts.bindings.push(binding);
    }

    /// Gives a member of something a value.
    pub(crate) fn bind_member(&mut self, member: MemberBinding) {
        self.facts.members.push(member);
    }

    /// Adds an import to the current block; bind the name it brings with [`Expr::Import`].
    pub(crate) fn import(
        &mut self,
        module: &str,
        name: Option<&str>,
        line: u32,
        flags: u32,
    ) -> ImportId {
        let module = self.name(module);
        let name = name.map_or(Name::NONE, |name| self.name(name));
        let id = ImportId(self.facts.imports.len() as u32);
        self.facts.imports.push(ImportFact {
            module,
            name,
            block: self.block,
            line,
            flags,
        });
        id
    }

    /// Adds an import and binds `local` to what it brings, in the current block.
    pub(crate) fn import_as(
        &mut self,
        module: &str,
        name: Option<&str>,
        local: &str,
        line: u32,
        flags: u32,
    ) -> ImportId {
        let import = self.import(module, name, line, flags);
        let value = self.expr(Expr::Import(import), line, Role::Silent);
        self.bind(local, self.block, value, ExprId::NONE, line);
        import
    }

    /// Offers a name to other files.
    pub(crate) fn export(&mut self, text: &str, value: ExprId, line: u32) {
        let name = self.name(text);
        self.facts.exports.push(ExportFact { name, value, line });
    }

    /// Says that an [`BlockKind::Extension`] block holds members of `target`.
    pub(crate) fn extend_type(
        &mut self,
        target: ExprId,
        interfaces: &[ExprId],
        block: BlockId,
        line: u32,
    ) {
        let interfaces = self.list(interfaces);
        self.facts.extensions.push(Extension {
            target,
            interfaces,
            block,
            line,
            is_of_reference: false,
        });
    }

    /// Says of the last extension that its interfaces are those of references to the type.
    pub(crate) fn extends_reference(&mut self) {
        if let Some(extension) = self.facts.extensions.last_mut() {
            extension.is_of_reference = true;
        }
    }

    /// Adds a result of the current symbol.
    pub(crate) fn add_return(&mut self, value: ExprId, is_yield: bool) {
        self.facts.returns.push(ReturnFact {
            symbol: self.symbol,
            value,
            is_yield,
        });
    }

    /// Adds a link from the current symbol.
    pub(crate) fn mention(&mut self, text: &str, kind: MentionKind, edge: EdgeKind, line: u32) {
        let text = self.name(text);
        let symbol = self.symbol;
        self.facts.mentions.push(Mention {
            text,
            kind: kind as u8,
            edge: edge.number(),
            symbol,
            line,
        });
    }

    /// Adds the documentation of a definition.
    pub(crate) fn doc(&mut self, symbol: SymbolId, text: &str) {
        let text = text.trim();
        if !text.is_empty() {
            let end = (0..=DOC_LIMIT.min(text.len()))
                .rev()
                .find(|at| text.is_char_boundary(*at))
                .unwrap_or(0);
            self.facts.docs.push(DocFact {
                symbol,
                text: text[..end].to_owned(),
            });
        }
    }

    /// Adds a setting of a manifest.
    pub(crate) fn setting(&mut self, keys: &[&str], value: &str) {
        self.facts.settings.push(Setting {
            key: keys.join("\u{1f}"),
            value: value.to_owned(),
        });
    }

    /// Says how many bytes stand inside syntax errors.
    pub(crate) fn set_error_bytes(&mut self, bytes: usize) {
        self.facts.error_bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
    }

    /// Reports a problem of the file.
    pub(crate) fn diagnose(&mut self, message: String) {
        self.facts.diagnostics.push(message);
    }
}

/// What [`FactsBuilder::leave`] returns to.
#[must_use]
pub(crate) struct Outer {
    block: BlockId,
    symbol: SymbolId,
}

impl Outer {
    /// The block that was current before.
    pub(crate) fn outside(&self) -> BlockId {
        self.block
    }
}

fn blank_symbol(name: Name, kind: NodeKind, parent: SymbolId, line: u32) -> SymbolFact {
    SymbolFact {
        name,
        kind: kind.number(),
        parent,
        body: BlockId::NONE,
        line,
        end_line: line,
        flags: 0,
        params: ThinVec::new(),
        type_params: ThinVec::new(),
        declared: ExprId::NONE,
        bases: ListId::NONE,
        owner: Name::NONE,
        complexity: 0,
    }
}
