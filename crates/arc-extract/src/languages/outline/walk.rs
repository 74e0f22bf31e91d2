//! The walk: one recursive descent that gives every node's value.

use rustc_hash::FxHashMap;
use tree_sitter::{Node, TreeCursor};

use super::locals::Locals;
use super::{Outline, Shape, doc};
use crate::builder::FactsBuilder;
use crate::facts::{BlockId, BlockKind, Expr, ExprId, Name, Role, SymbolId};
use crate::source::{Source, end_line_of, line_of};

/// Deeper nodes have no value and no facts.
const MAX_DEPTH: u16 = 300;

/// Where code stands, which decides what a declaration in it makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::languages) enum Place {
    /// The top level of a file or namespace.
    File,
    /// The body of a type.
    Class,
    /// The body of a function.
    Function,
}

/// A function whose body is walked.
pub(super) struct FunctionFrame {
    pub(super) symbol: SymbolId,
    pub(super) block: BlockId,
    pub(super) branches: u16,
}

/// A type whose body is walked.
pub(in crate::languages) struct ClassFrame<'w> {
    pub(in crate::languages) symbol: SymbolId,
    pub(in crate::languages) name: &'w str,
    pub(in crate::languages) block: BlockId,
    /// Flags that every member gets (members of a companion object are static).
    pub(in crate::languages) member_flags: u32,
    /// Base types found in the body (`include`, `use`).
    pub(in crate::languages) bases: Vec<ExprId>,
    /// Fields made by assignments, by name.
    pub(super) fields: FxHashMap<Name, SymbolId>,
}

impl ClassFrame<'_> {
    /// What [`Self::add_field`] keeps under this name.
    pub(in crate::languages) fn field(&self, name: Name) -> Option<SymbolId> {
        self.fields.get(&name).copied()
    }

    /// Remembers a member by name.
    pub(in crate::languages) fn add_field(&mut self, name: Name, symbol: SymbolId) {
        self.fields.insert(name, symbol);
    }
}

/// The walk over one file.
pub(in crate::languages) struct Walk<'w> {
    pub(in crate::languages) source: &'w Source<'w>,
    pub(in crate::languages) facts: &'w mut FactsBuilder,
    pub(super) outline: &'static Outline,
    cursor: TreeCursor<'w>,
    children: Vec<(Node<'w>, u16)>,
    depth: u16,
    pub(super) in_type: bool,
    comment: Option<Comment>,
    pub(super) locals: Locals,
    pub(super) functions: Vec<FunctionFrame>,
    pub(in crate::languages) classes: Vec<ClassFrame<'w>>,
    pub(in crate::languages) place: Place,
    /// Types that the condition just walked has tested names for.
    pub(super) narrowed: Vec<(&'w str, ExprId)>,
    /// The namespace around, as the language spells it.
    pub(in crate::languages) namespace: String,
    /// The value that a chained access (`?.x`) continues.
    pub(in crate::languages) base: ExprId,
    /// Short names of modules, for languages where they are expanded as written.
    pub(in crate::languages) aliases: FxHashMap<&'w str, String>,
    /// Documentation that an attribute gives to the next definition.
    pub(in crate::languages) pending_doc: Option<String>,
    /// The block that shares constants with other files, when that is not the one around.
    pub(in crate::languages) space: BlockId,
    /// Values whose members plain names may mean as well, the innermost last (the lambda of `apply`).
    pub(in crate::languages) receivers: Vec<ExprId>,
    /// For the language: flags that hold for the members that follow (`private` on a line of its own).
    pub(in crate::languages) state: u32,
}

/// A run of comment lines.
#[derive(Clone, Copy)]
struct Comment {
    start: usize,
    end: usize,
    end_row: usize,
}

impl<'w> Walk<'w> {
    pub(super) fn new(
        source: &'w Source<'w>,
        facts: &'w mut FactsBuilder,
        outline: &'static Outline,
        root: Node<'w>,
    ) -> Walk<'w> {
        Walk {
            source,
            facts,
            outline,
            cursor: root.walk(),
            children: Vec::new(),
            depth: 0,
            in_type: false,
            comment: None,
            locals: Locals::default(),
            functions: Vec::new(),
            classes: Vec::new(),
            place: Place::File,
            narrowed: Vec::new(),
            namespace: String::new(),
            base: ExprId::NONE,
            aliases: FxHashMap::default(),
            pending_doc: None,
            space: BlockId::NONE,
            receivers: Vec::new(),
            state: 0,
        }
    }

    /// The text of a node.
    pub(in crate::languages) fn text(&self, node: Node<'w>) -> &'w str {
        self.source.text.get(node.byte_range()).unwrap_or("")
    }

    /// The text of a field's node, empty when absent.
    pub(in crate::languages) fn field_text(&self, node: Node<'w>, field: &str) -> &'w str {
        node.child_by_field_name(field)
            .map_or("", |child| self.text(child))
    }

    /// The shape of a node.
    pub(in crate::languages) fn shape(&self, node: Node<'w>) -> Shape {
        self.outline
            .shapes
            .get(node.kind_id() as usize)
            .copied()
            .unwrap_or(Shape::Children)
    }

    /// Runs `visit` for each named child with its field id (0: none).
    pub(in crate::languages) fn each(
        &mut self,
        node: Node<'w>,
        mut visit: impl FnMut(&mut Walk<'w>, Node<'w>, u16),
    ) {
        let start = self.children.len();
        self.cursor.reset(node);
        if self.cursor.goto_first_child() {
            loop {
                let child = self.cursor.node();
                if child.is_named() {
                    let field = self.cursor.field_id().map_or(0, u16::from);
                    self.children.push((child, field));
                }
                if !self.cursor.goto_next_sibling() {
                    break;
                }
            }
        }
        let end = self.children.len();
        for index in start..end {
            let (child, field) = self.children[index];
            visit(self, child, field);
        }
        self.children.truncate(start);
    }

    /// The value of a node, after its parts. `NONE` when it has none.
    pub(in crate::languages) fn value(&mut self, node: Node<'w>) -> ExprId {
        if self.depth >= MAX_DEPTH {
            return ExprId::NONE;
        }
        self.depth += 1;
        let shape = self.shape(node);
        let value = self.by_shape(node, shape);
        self.depth -= 1;
        value
    }

    /// The value of a field, `NONE` when absent.
    pub(in crate::languages) fn field_value(&mut self, node: Node<'w>, field: &str) -> ExprId {
        match node.child_by_field_name(field) {
            Some(child) => self.value(child),
            None => ExprId::NONE,
        }
    }

    /// The value of a node that stands for a type.
    pub(in crate::languages) fn type_value(&mut self, node: Node<'w>) -> ExprId {
        let outer = std::mem::replace(&mut self.in_type, true);
        let value = self.value(node);
        self.in_type = outer;
        value
    }

    /// Whether a type is meant.
    pub(in crate::languages) fn is_in_type(&self) -> bool {
        self.in_type
    }

    /// Walks a node as code though a type is around it.
    pub(in crate::languages) fn code_value(&mut self, node: Node<'w>) -> ExprId {
        let outer = std::mem::replace(&mut self.in_type, false);
        let value = self.value(node);
        self.in_type = outer;
        value
    }

    /// An expression for a value that must be there.
    pub(in crate::languages) fn some(&mut self, value: ExprId, line: u32) -> ExprId {
        if value.is_some() {
            value
        } else {
            self.facts.unknown(line)
        }
    }

    fn by_shape(&mut self, node: Node<'w>, shape: Shape) -> ExprId {
        match shape {
            Shape::Children => self.only_child(node),
            Shape::Operands => {
                self.each(node, |walk, child, _| {
                    walk.value(child);
                });
                ExprId::NONE
            }
            Shape::Doubt => {
                let known = self.narrowed.len();
                self.each(node, |walk, child, _| {
                    walk.value(child);
                });
                self.narrowed.truncate(known);
                ExprId::NONE
            }
            Shape::Sequence => self.sequence(node),
            Shape::Ignore => ExprId::NONE,
            Shape::Comment => {
                self.remember_comment(node);
                ExprId::NONE
            }
            Shape::Plain => self.scope(node, BlockKind::Plain),
            Shape::Branch => self.scope(node, BlockKind::Branch),
            Shape::Loop => self.scope(node, BlockKind::Loop),
            Shape::Choice(condition) => self.choice(node, condition),
            Shape::Name => {
                let text = self.text(node);
                self.name_value(text, line_of(node))
            }
            Shape::This => self.facts.expr(Expr::This, line_of(node), Role::Silent),
            Shape::Super => self.facts.expr(Expr::Super, line_of(node), Role::Silent),
            Shape::Text => self.string(node),
            Shape::Literal(kind) => self.facts.literal_expr(kind, line_of(node)),
            Shape::Type => {
                let outer = std::mem::replace(&mut self.in_type, true);
                let value = self.only_child(node);
                self.in_type = outer;
                value
            }
            Shape::Own(own) => own(self, node),
            Shape::Member(..)
            | Shape::Call(..)
            | Shape::New(..)
            | Shape::Index(..)
            | Shape::Argument(_)
            | Shape::List
            | Shape::Tuple
            | Shape::Generic
            | Shape::TypeArguments
            | Shape::Either
            | Shape::Cast(..)
            | Shape::TypeTest(..) => self.compound(node, shape),
            Shape::Assign(left, right) => self.assignment(node, left, right),
            Shape::Return | Shape::Yield => self.result(node, matches!(shape, Shape::Yield)),
            Shape::Await => {
                let value = self.only_child(node);
                self.wrap(value, node, Expr::Await)
            }
            Shape::Lambda(params, body) => self.lambda(node, params, body),
        }
    }

    fn compound(&mut self, node: Node<'w>, shape: Shape) -> ExprId {
        let line = line_of(node);
        match shape {
            Shape::Member(base, name) => {
                let base = self.field_value(node, base);
                match node.child_by_field_name(name) {
                    Some(name) => self.member_value(base, name),
                    None => base,
                }
            }
            Shape::Call(callee, args) => {
                let callee = self.field_value(node, callee);
                let args = node.child_by_field_name(args);
                self.call_value(callee, args, line)
            }
            Shape::New(target, args) => {
                let target = match node.child_by_field_name(target) {
                    Some(target) => self.type_value(target),
                    None => ExprId::NONE,
                };
                let args = node.child_by_field_name(args);
                self.new_value(target, args, line)
            }
            Shape::Index(base, key) => {
                let base = self.field_value(node, base);
                let key = self.field_value(node, key);
                self.index_value(base, key, line)
            }
            Shape::Argument(name) => self.argument(node, name),
            Shape::List => {
                let items = self.values(node);
                let items = self.facts.list(&items);
                self.facts.expr(Expr::List(items), line, Role::Silent)
            }
            Shape::Tuple => {
                let items = self.values(node);
                let items = self.facts.list(&items);
                self.facts.expr(Expr::Tuple(items), line, Role::Silent)
            }
            Shape::Generic => self.generic(node),
            Shape::TypeArguments => {
                let outer = std::mem::replace(&mut self.in_type, true);
                self.values(node);
                self.in_type = outer;
                ExprId::NONE
            }
            Shape::Either => {
                let items = self.values(node);
                self.facts.either(&items, line)
            }
            Shape::Cast(value, target) => {
                let value = self.field_value(node, value);
                let target = match node.child_by_field_name(target) {
                    Some(target) => self.type_value(target),
                    None => ExprId::NONE,
                };
                self.cast(value, target, line)
            }
            Shape::TypeTest(value, target) => {
                let tested = node.child_by_field_name(value);
                let target = node.child_by_field_name(target);
                self.type_test(tested, target)
            }
            // These are handled by the caller.
            Shape::Children
            | Shape::Operands
            | Shape::Doubt
            | Shape::Sequence
            | Shape::Ignore
            | Shape::Comment
            | Shape::Plain
            | Shape::Branch
            | Shape::Loop
            | Shape::Choice(_)
            | Shape::Name
            | Shape::This
            | Shape::Super
            | Shape::Text
            | Shape::Literal(_)
            | Shape::Assign(..)
            | Shape::Return
            | Shape::Yield
            | Shape::Await
            | Shape::Lambda(..)
            | Shape::Type
            | Shape::Own(_) => ExprId::NONE,
        }
    }

    /// Children in order; the value of the only one.
    pub(in crate::languages) fn only_child(&mut self, node: Node<'w>) -> ExprId {
        let mut count = 0;
        let mut only = ExprId::NONE;
        self.each(node, |walk, child, _| {
            let value = walk.value(child);
            if !child.is_extra() {
                count += 1;
                only = value;
            }
        });
        if count == 1 { only } else { ExprId::NONE }
    }

    /// Children in order; the value of the last.
    pub(in crate::languages) fn sequence(&mut self, node: Node<'w>) -> ExprId {
        let mut last = ExprId::NONE;
        self.each(node, |walk, child, _| {
            let value = walk.value(child);
            if !child.is_extra() {
                last = value;
            }
        });
        last
    }

    /// The values of all children, unknown ones included.
    pub(in crate::languages) fn values(&mut self, node: Node<'w>) -> Vec<ExprId> {
        let mut values = Vec::new();
        self.each(node, |walk, child, _| {
            let value = walk.value(child);
            if !child.is_extra() {
                let value = walk.some(value, line_of(child));
                values.push(value);
            }
        });
        values
    }

    /// A node's children inside a block of their own.
    pub(in crate::languages) fn scope(&mut self, node: Node<'w>, kind: BlockKind) -> ExprId {
        if matches!(kind, BlockKind::Branch | BlockKind::Loop) {
            self.count_branch();
        }
        let outer = self.facts.enter(kind);
        let value = if self.outline.last_is_result {
            self.sequence(node)
        } else {
            self.only_child(node);
            ExprId::NONE
        };
        self.facts.leave(outer);
        value
    }

    /// One more way through the function.
    pub(in crate::languages) fn count_branch(&mut self) {
        if let Some(function) = self.functions.last_mut() {
            function.branches = function.branches.saturating_add(1);
        }
    }

    fn choice(&mut self, node: Node<'w>, condition: &str) -> ExprId {
        let outer_narrowed = std::mem::take(&mut self.narrowed);
        let condition = node.child_by_field_name(condition);
        if let Some(condition) = condition {
            self.value(condition);
        }
        let narrowed = std::mem::replace(&mut self.narrowed, outer_narrowed);
        let mut first = true;
        let mut results = Vec::new();
        self.each(node, |walk, child, _| {
            if Some(child) == condition || child.is_extra() {
                return;
            }
            walk.count_branch();
            let outer = walk.facts.enter(BlockKind::Branch);
            if std::mem::take(&mut first) {
                walk.bind_narrowed(&narrowed, line_of(child));
            }
            let value = walk.value(child);
            walk.facts.leave(outer);
            if value.is_some() {
                results.push(value);
            }
        });
        if results.is_empty() {
            ExprId::NONE
        } else {
            self.facts.either(&results, line_of(node))
        }
    }

    fn remember_comment(&mut self, node: Node<'w>) {
        let line_start = self.source.text.as_bytes()[..node.start_byte()]
            .iter()
            .rposition(|byte| !matches!(byte, b' ' | b'\t'));
        if line_start.is_some_and(|at| self.source.text.as_bytes()[at] != b'\n') {
            // It speaks of the code before it.
            self.comment = None;
            return;
        }
        let row = node.start_position().row;
        let end_row = end_line_of(node) as usize - 1;
        let start = match self.comment {
            Some(comment) if comment.end_row + 1 == row => comment.start,
            _ => node.start_byte(),
        };
        self.comment = Some(Comment {
            start,
            end: node.end_byte(),
            end_row,
        });
    }

    /// Gives a definition the comment that ends directly above `line`.
    pub(in crate::languages) fn attach_doc(&mut self, symbol: SymbolId, line: u32) {
        if let Some(comment) = self.comment.take_if(|c| (c.end_row as u32) < line) {
            let row = line.saturating_sub(1) as usize;
            if comment.end_row + 1 == row || comment.end_row == row {
                let text = self.source.text.get(comment.start..comment.end);
                let text = doc::plain(text.unwrap_or(""));
                self.facts.doc(symbol, &text);
            }
        }
    }

    /// The name under which text is interned.
    pub(in crate::languages) fn interned(&mut self, text: &str) -> Name {
        self.facts.name(text)
    }
}
