//! The walk over a C or C++ tree: its state, and what to do at each kind of node.
//!
//! Locals are never bindings here: the walk knows for each local name the expression that stands for its value (a
//! parameter, an instance of the declared type, what it was given) and uses that. What carries no type and no function is
//! not lowered at all, so that arithmetic costs a visit and no facts.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use tree_sitter::{Node, TreeCursor};

use super::kinds::{self as k, Fields, Kinds};
use super::openers::Opened;
use crate::builder::{FactsBuilder, Outer};
use crate::facts::{BlockId, Expr, ExprId, ListId, Role, SymbolId, flag};
use crate::source::{Source, end_line_of, line_of};

/// Nesting at which the walk stops.
const MAX_DEPTH: u32 = 300;

/// A quick hash for short names; the maps are never iterated.
#[derive(Default)]
pub(super) struct NameHasher(u64);

impl Hasher for NameHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0u8; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = (self.0.rotate_left(5) ^ u64::from_le_bytes(word))
                .wrapping_mul(0x517c_c1b7_2722_0a95);
        }
    }
    fn finish(&self) -> u64 {
        self.0
    }
}

pub(super) type NameMap<'a, T> = HashMap<&'a str, T, BuildHasherDefault<NameHasher>>;

/// What a name stands for inside the current function.
#[derive(Clone, Debug)]
pub(super) enum Known {
    /// A local that carries neither a type with members nor a function.
    Plain,
    /// A local, by the expression of its value; whether it was declared as a pointer or array.
    Value(ExprId, Indirection),
    /// A local function pointer, by everything it was given so far.
    Values(Vec<ExprId>),
    /// A name from outside, by the expression that first used it in this symbol.
    Outside(ExprId, SymbolId),
}

/// What is known of the stars and brackets of a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Indirection {
    /// `T x`.
    None,
    /// `T *x`, `T x[]`.
    Pointer,
    /// `auto x`.
    Unknown,
}

/// Where declarations go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// The file or a namespace.
    Namespace,
    /// The body of a class.
    Class,
    /// The body of a function.
    Function,
}

/// The state of the walk.
pub(super) struct Lowering<'a, 'f> {
    pub(super) text: &'a str,
    pub(super) facts: &'f mut FactsBuilder,
    pub(super) kinds: &'static Kinds,
    pub(super) fields: Fields,
    pub(super) cpp: bool,
    pub(super) is_header: bool,
    cursor: TreeCursor<'a>,
    /// Children of the nodes being walked, as a stack.
    nodes: Vec<Node<'a>>,
    depth: u32,
    pub(super) scope: Scope,
    /// Where functions that a broken tree puts inside functions belong.
    pub(super) home: (BlockId, SymbolId, Scope),
    /// The enclosing namespaces, `a::b`.
    pub(super) namespace: String,
    pub(super) conditional: u32,
    pub(super) file_local: bool,
    known: NameMap<'a, Known>,
    undo: Vec<(&'a str, Option<Known>)>,
    /// Type names by text and tag, with the symbol that they were written in.
    pub(super) types: HashMap<(&'a str, bool), (ExprId, SymbolId), BuildHasherDefault<NameHasher>>,
    pub(super) branches: u16,
    pub(super) records_object_macros: bool,
    /// The functions whose results say more than their declared type do.
    pub(super) follows_returns: bool,
    hole: ExprId,
    empty: ListId,
    pub(super) plain_signature: ExprId,
    /// Struct tags of a header, for C++ files that leave the `struct` away.
    pub(super) tags: Vec<(&'a str, SymbolId, u32)>,
    /// Names bound at the top level, to keep `tags` from hiding them.
    pub(super) top_names: NameMap<'a, ()>,
    pub(super) namespaces: HashMap<String, (BlockId, SymbolId)>,
    pub(super) classes: HashMap<String, SymbolId>,
    pub(super) extensions: HashMap<String, BlockId>,
    /// The name that a nameless struct gets from its typedef or variable.
    pub(super) fallback: Option<super::types::Fallback<'a>>,
    /// Type parameters of the template declaration around the next definition.
    pub(super) template: Option<Node<'a>>,
    /// What macros open in the text, and how many of these are entered.
    pub(super) opened: Vec<Opened>,
    pub(super) entered: usize,
    /// A function whose braces the grammar lost: statements at the top level belong to it.
    open: Option<(Outer, Scope, SymbolId)>,
}

/// Lowers a tree.
pub(super) fn lower<'a>(
    source: &Source<'a>,
    facts: &mut FactsBuilder,
    cpp: bool,
    opened: Vec<Opened>,
) {
    let Some(root) = source.root() else {
        return;
    };
    let kinds: &'static Kinds = if cpp { &k::CPP } else { &k::C };
    let is_header = super::includes::is_header(source.path);
    let (objects, is_many) = super::macros::object_macros(source.text);
    if is_many {
        facts.diagnose(format!(
            "{objects} constant macros are left out; they look generated"
        ));
    }
    facts.set_file_namespace("");
    let hole = facts.unknown(1);
    let empty = facts.list(&[]);
    let mut lowering = Lowering {
        text: source.text,
        facts,
        kinds,
        fields: kinds.fields(),
        cpp,
        is_header,
        cursor: root.walk(),
        nodes: Vec::new(),
        depth: 0,
        scope: Scope::Namespace,
        home: (BlockId(0), SymbolId(0), Scope::Namespace),
        namespace: String::new(),
        conditional: 0,
        file_local: false,
        known: HashMap::default(),
        undo: Vec::new(),
        types: HashMap::default(),
        branches: 0,
        records_object_macros: !is_many,
        follows_returns: false,
        hole,
        empty,
        plain_signature: ExprId::NONE,
        tags: Vec::new(),
        top_names: HashMap::default(),
        namespaces: HashMap::new(),
        classes: HashMap::new(),
        extensions: HashMap::new(),
        fallback: None,
        template: None,
        opened,
        entered: 0,
        open: None,
    };
    lowering.items(root);
    lowering.close_open_function(end_line_of(root));
    lowering.bind_tags();
}

impl<'a> Lowering<'a, '_> {
    // ---- the tree ----

    #[inline]
    pub(super) fn kind(&self, node: Node<'_>) -> u8 {
        self.kinds.of(node)
    }

    pub(super) fn text_of(&self, node: Node<'_>) -> &'a str {
        self.text.get(node.byte_range()).unwrap_or("")
    }

    pub(super) fn field(&self, node: Node<'a>, field: u16) -> Option<Node<'a>> {
        node.child_by_field_id(field)
    }

    /// Pushes the named children of a node; give the start back to [`Self::pop`].
    pub(super) fn push(&mut self, node: Node<'a>) -> (usize, usize) {
        let start = self.nodes.len();
        self.cursor.reset(node);
        if self.cursor.goto_first_child() {
            loop {
                let child = self.cursor.node();
                if child.is_named() {
                    self.nodes.push(child);
                }
                if !self.cursor.goto_next_sibling() {
                    break;
                }
            }
        }
        (start, self.nodes.len())
    }

    pub(super) fn child(&self, index: usize) -> Node<'a> {
        self.nodes[index]
    }

    pub(super) fn pop(&mut self, start: usize) {
        self.nodes.truncate(start);
    }

    /// The only or first named child of one of these kinds.
    pub(super) fn first_of(&mut self, node: Node<'a>, kinds: &[u8]) -> Option<Node<'a>> {
        let (start, end) = self.push(node);
        let found = self.nodes[start..end]
            .iter()
            .copied()
            .find(|child| kinds.contains(&self.kinds.of(*child)));
        self.pop(start);
        found
    }

    // ---- names inside a function ----

    pub(super) fn known(&self, name: &str) -> Option<&Known> {
        self.known.get(name)
    }

    pub(super) fn declare(&mut self, name: &'a str, known: Known) {
        let old = self.known.insert(name, known);
        self.undo.push((name, old));
    }

    /// Changes what a known name stands for.
    pub(super) fn amend(&mut self, name: &'a str, known: Known) {
        self.known.insert(name, known);
    }

    pub(super) fn mark(&self) -> usize {
        self.undo.len()
    }

    pub(super) fn forget(&mut self, mark: usize) {
        while self.undo.len() > mark {
            if let Some((name, old)) = self.undo.pop() {
                match old {
                    Some(old) => self.known.insert(name, old),
                    None => self.known.remove(name),
                };
            }
        }
    }

    /// Everything known, put aside while a definition elsewhere is read.
    pub(super) fn set_aside(&mut self) -> (NameMap<'a, Known>, Vec<(&'a str, Option<Known>)>) {
        (
            std::mem::take(&mut self.known),
            std::mem::take(&mut self.undo),
        )
    }

    pub(super) fn take_back(&mut self, aside: (NameMap<'a, Known>, Vec<(&'a str, Option<Known>)>)) {
        (self.known, self.undo) = aside;
    }

    // ---- expressions shared in the file ----

    /// An unknown value, for the places of a list that must be kept.
    pub(super) fn hole(&self) -> ExprId {
        self.hole
    }

    pub(super) fn list(&mut self, items: &[ExprId]) -> ListId {
        if items.is_empty() {
            self.empty
        } else {
            self.facts.list(items)
        }
    }

    /// A call with `callee`; its role is taken away.
    pub(super) fn call(&mut self, callee: ExprId, args: &[ExprId], line: u32) -> ExprId {
        let args = self.list(args);
        self.facts.expr(Expr::Call(callee, args), line, Role::Call)
    }

    /// A name from outside the function, written once per symbol: once as a use and once as a called name.
    pub(super) fn outside(&mut self, name: &'a str, line: u32, role: Role) -> ExprId {
        let symbol = self.facts.symbol();
        if let Some(Known::Outside(expr, known)) = self.known.get(name)
            && *known == symbol
            && (role == Role::Silent || self.facts.facts().exprs.role(*expr) != Role::Silent as u8)
        {
            return *expr;
        }
        let expr = self.facts.name_expr(name, line, role);
        self.known.insert(name, Known::Outside(expr, symbol));
        expr
    }

    /// Goes one level down; false when that would be too deep.
    pub(super) fn descend(&mut self) -> bool {
        let descends = self.depth < MAX_DEPTH;
        self.depth += u32::from(descends);
        descends
    }

    pub(super) fn ascend(&mut self) {
        self.depth -= 1;
    }

    // ---- flags ----

    pub(super) fn common_flags(&self) -> u32 {
        let mut flags = if self.file_local {
            flag::FILE_LOCAL
        } else {
            flag::PUBLIC
        };
        if self.conditional > 0 {
            flags |= flag::CONDITIONAL;
        }
        flags
    }

    /// What `static` means: in a header it is seen by all who include it.
    pub(super) fn static_flag(&self, is_member: bool) -> u32 {
        match (is_member, self.is_header) {
            (true, _) => flag::STATIC,
            (false, true) => 0,
            (false, false) => flag::FILE_LOCAL,
        }
    }

    // ---- the walk ----

    /// All named children.
    pub(super) fn items(&mut self, node: Node<'a>) {
        let (start, end) = self.push(node);
        let mut index = start;
        while index < end {
            index += self.item(index, end, start);
        }
        self.pop(start);
    }

    /// One child of a list; returns how many were read.
    fn item(&mut self, index: usize, end: usize, start: usize) -> usize {
        let node = self.nodes[index];
        let next = (index + 1 < end).then(|| self.nodes[index + 1]);
        let kind = self.kind(node);
        if self.scope != Scope::Function || self.open.is_some() {
            if let Some(next) = next
                && kind == k::EXPRESSION_STATEMENT
                && self.kind(next) == k::COMPOUND
                && self.open.is_none()
                && self.defines_by_macro(node, next)
            {
                return 2;
            }
            if kind == k::ERROR && self.open_function(node) {
                return 1;
            }
            if matches!(kind, k::FUNCTION | k::CLASS | k::NAMESPACE)
                || kind == k::DECLARATION && node.start_position().column == 0
            {
                self.close_open_function(line_of(node).saturating_sub(1).max(1));
            }
        }
        let symbols = self.facts.facts().symbols.len();
        let is_opened = !self.opened.is_empty() && self.visit_opened(node, kind);
        if !is_opened {
            self.visit(node);
        }
        if index > start && symbols < self.facts.facts().symbols.len() {
            self.document(self.nodes[index - 1], node, symbols);
        }
        1
    }

    /// A node that is no type, with nothing wanted from it.
    pub(super) fn visit(&mut self, node: Node<'a>) {
        let kind = self.kind(node);
        match kind {
            // What says nothing, first: these are most of all nodes.
            k::NUMBER
            | k::STRING
            | k::CHAR
            | k::COMMENT
            | k::TRUE
            | k::FALSE
            | k::NULL
            | k::RAW_STRING
            | k::FIELD_IDENTIFIER
            | k::PREPROC_DEFINED
            | k::TYPE_QUALIFIER
            | k::STORAGE_CLASS
            | k::ATTRIBUTE_SPECIFIER
            | k::ATTRIBUTE
            | k::GOTO
            | k::ACCESS_SPECIFIER
            | k::PRIMITIVE_TYPE
            | k::THIS
            | k::AUTO => return,
            k::IDENTIFIER => {
                self.use_name(node, Role::Use);
                return;
            }
            _ => {}
        }
        if self.descend() {
            self.visit_inner(node, kind);
            self.ascend();
        }
    }

    fn visit_inner(&mut self, node: Node<'a>, kind: u8) {
        match kind {
            k::CALL
            | k::FIELD_EXPRESSION
            | k::ASSIGNMENT
            | k::CAST
            | k::QUALIFIED
            | k::NEW
            | k::LAMBDA
            | k::COMPOUND_LITERAL
            | k::CONDITIONAL
            | k::BINARY
            | k::TEMPLATE_FUNCTION
            | k::FIELD_INITIALIZER
            | k::SUBSCRIPT => {
                self.value(node, false);
            }
            k::COMPOUND => {
                let mark = self.mark();
                self.items(node);
                if self.scope == Scope::Function {
                    self.forget(mark);
                }
            }
            k::IF | k::WHILE | k::DO | k::CASE => {
                self.branches = self.branches.saturating_add(1);
                let mark = self.mark();
                self.items(node);
                self.forget(mark);
            }
            k::FOR => {
                self.branches = self.branches.saturating_add(1);
                let mark = self.mark();
                self.items(node);
                self.forget(mark);
            }
            k::FOR_RANGE => self.range_loop(node),
            k::CATCH => self.catch(node),
            k::RETURN => self.return_statement(node),
            k::DECLARATION | k::FIELD => self.declaration(node),
            k::FUNCTION => self.function(node),
            k::TYPEDEF => self.type_definition(node),
            k::STRUCT | k::UNION | k::CLASS | k::ENUM => {
                self.type_specifier(node);
            }
            k::TYPE_DESCRIPTOR
            | k::TYPE_IDENTIFIER
            | k::TEMPLATE_TYPE
            | k::SIZED_TYPE
            | k::DEPENDENT_TYPE
            | k::PLACEHOLDER_TYPE => {
                self.type_expr(node);
            }
            k::INITIALIZER_PAIR => {
                if let Some(value) = self.field(node, self.fields.value) {
                    self.visit(value);
                }
            }
            k::ERROR => self.error(node),
            _ => self.visit_rare(node, kind),
        }
    }

    fn visit_rare(&mut self, node: Node<'a>, kind: u8) {
        match kind {
            k::INCLUDE => self.include(node),
            k::PREPROC_DEF | k::PREPROC_FUNCTION => self.macro_definition(node, kind),
            k::PREPROC_IF
            | k::PREPROC_IFDEF
            | k::PREPROC_ELIF
            | k::PREPROC_ELIFDEF
            | k::PREPROC_ELSE => self.conditional(node, kind),
            k::PREPROC_CALL | k::OFFSETOF => {}
            k::NAMESPACE => self.namespace(node),
            k::NAMESPACE_ALIAS => self.namespace_alias(node),
            k::USING => self.using(node),
            k::ALIAS => self.alias(node),
            k::TEMPLATE => self.template_declaration(node),
            k::FRIEND => self.friend(node),
            k::TEMPLATE_INSTANTIATION => {}
            k::LAMBDA_INITIALIZER => {
                self.items(node);
            }
            k::PARAMETERS => {}
            _ => self.items(node),
        }
    }

    /// `#if` and its branches: all sides are read; the condition is not.
    fn conditional(&mut self, node: Node<'a>, kind: u8) {
        let (start, end) = self.push(node);
        let name = self.field(node, self.fields.name);
        let condition = self.field(node, self.fields.condition);
        let is_guard = kind == k::PREPROC_IFDEF
            && name.is_some_and(|name| {
                let text = self.text_of(name);
                text == "__cplusplus" || self.guards(start, end, text)
            });
        self.conditional += u32::from(!is_guard);
        let mut index = start;
        while index < end {
            let child = self.nodes[index];
            if Some(child) == name || Some(child) == condition {
                index += 1;
            } else {
                index += self.item(index, end, start);
            }
        }
        self.conditional -= u32::from(!is_guard);
        self.pop(start);
    }

    /// Whether `#ifndef NAME` is followed by `#define NAME`: an include guard hides nothing.
    fn guards(&self, start: usize, end: usize, name: &str) -> bool {
        self.nodes[start..end]
            .iter()
            .take(4)
            .filter(|child| self.kind(**child) == k::PREPROC_DEF)
            .any(|child| {
                let defined = self.field(*child, self.fields.name);
                defined.is_some_and(|defined| self.text_of(defined) == name)
            })
    }

    // ---- broken trees ----

    /// Inside an error, identifiers are too often types and macro words to be read as uses.
    fn error(&mut self, node: Node<'a>) {
        let (start, end) = self.push(node);
        let mut index = start;
        while index < end {
            let child = self.nodes[index];
            match self.kind(child) {
                k::IDENTIFIER | k::TYPE_IDENTIFIER | k::QUALIFIED => index += 1,
                k::FUNCTION_DECLARATOR | k::PARAMETER => index += 1,
                _ => index += self.item(index, end, start),
            }
        }
        self.pop(start);
    }

    /// Reads an error that holds the head of a function whose body lost its end. What follows belongs to it until the
    /// next definition.
    fn open_function(&mut self, node: Node<'a>) -> bool {
        let (start, end) = self.push(node);
        let can_open = self.scope != Scope::Function || self.open.is_some();
        let is_read = can_open && (start..end).any(|index| self.is_head(node, index, end));
        let mut index = if is_read { start } else { end };
        while index < end {
            let child = self.nodes[index];
            if self.is_head(node, index, end) {
                self.close_open_function(line_of(child).saturating_sub(1).max(1));
                let type_node = (index > start).then(|| self.nodes[index - 1]);
                if let Some((outer, symbol)) = self.enter_function_head(child, type_node, node) {
                    let scope = self.scope;
                    self.scope = Scope::Function;
                    self.open = Some((outer, scope, symbol));
                }
                index += 1;
                continue;
            }
            match self.kind(child) {
                k::IDENTIFIER
                | k::TYPE_IDENTIFIER
                | k::QUALIFIED
                | k::PARAMETER
                | k::FUNCTION_DECLARATOR => index += 1,
                _ => index += self.item(index, end, start),
            }
        }
        self.pop(start);
        is_read
    }

    /// Whether a child of an error is the head of a function: a declarator with a brace behind it.
    fn is_head(&self, node: Node<'a>, index: usize, end: usize) -> bool {
        let child = self.nodes[index];
        self.kind(child) == k::FUNCTION_DECLARATOR
            && (child.next_sibling().is_some_and(|next| next.kind() == "{")
                || index + 1 == end
                    && node
                        .next_sibling()
                        .is_some_and(|next| self.kind(next) == k::COMPOUND))
    }

    /// Ends the function opened last, if any.
    pub(super) fn close_open_function(&mut self, line: u32) {
        if let Some((outer, scope, symbol)) = self.open.take() {
            let fact = self.facts.symbol_mut(symbol);
            fact.end_line = line.max(fact.line);
            fact.complexity = self.branches.saturating_add(1);
            self.facts.leave(outer);
            self.scope = scope;
            self.known.clear();
            self.undo.clear();
        }
    }

    // ---- documentation ----

    /// Keeps the comment right above a definition, the first symbol that came of it.
    fn document(&mut self, comment: Node<'a>, node: Node<'a>, symbol: usize) {
        if self.kind(comment) != k::COMMENT
            || comment.end_position().row + 1 != node.start_position().row
            || self.scope == Scope::Function
        {
            return;
        }
        let fact = &self.facts.facts().symbols[symbol];
        if !self.cpp && fact.flags & flag::DECLARATION != 0 {
            return;
        }
        let text = first_paragraph(self.text_of(comment));
        self.facts.doc(SymbolId(symbol as u32), &text);
    }
}

/// Documentation beyond this many bytes is left out.
const MAX_DOC: usize = 200;

/// The first paragraph of a comment without its marks.
fn first_paragraph(comment: &str) -> String {
    let mut paragraph = String::new();
    let body = comment.trim_end_matches("*/");
    for line in body.lines() {
        let line = line
            .trim()
            .trim_start_matches(['/', '*', '!', '<'])
            .trim_end_matches('*')
            .trim();
        if line.is_empty() || line.starts_with('@') || line.starts_with('\\') {
            if paragraph.is_empty() {
                continue;
            }
            break;
        }
        if !line.contains(|letter: char| letter.is_alphanumeric()) {
            continue;
        }
        if !paragraph.is_empty() {
            paragraph.push(' ');
        }
        paragraph.push_str(line);
        if paragraph.len() > MAX_DOC {
            let end = (0..=MAX_DOC)
                .rev()
                .find(|at| paragraph.is_char_boundary(*at));
            paragraph.truncate(end.unwrap_or(0));
            break;
        }
    }
    paragraph
}
