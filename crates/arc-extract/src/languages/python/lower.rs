//! Statements of a Python file to facts.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most of the grammar's kinds cannot stand at a given place, and those that do by error are not followed"
)]

use std::collections::HashMap;
use std::ops::Range;

use tree_sitter::{Node, TreeCursor};

use super::frames::{FrameKind, Frames};
use super::narrow::NarrowedAttribute;
use super::syntax::{Expression, SYNTAX, Statement, Syntax};
use crate::builder::FactsBuilder;
use crate::facts::{BlockId, BlockKind, Expr, ExprId, Name, Role, SymbolId};

/// Syntax nested deeper than this is not followed: every level costs stack.
const MAX_DEPTH: u32 = 300;

/// A child with the field it stands in (0 for none).
#[derive(Clone, Copy)]
pub(super) struct Child<'s> {
    pub(super) node: Node<'s>,
    pub(super) field: u16,
}

/// What kind of file is lowered.
#[derive(Clone, Copy, Default)]
pub(super) struct FileTraits {
    /// A test runner collects its functions.
    pub(super) has_tests: bool,
    /// It stands among tests: methods named `test…` are tests even in a class that is no test case by itself (mix-ins).
    pub(super) among_tests: bool,
}

/// The walk over one file.
pub(super) struct Lowering<'s, 'f> {
    pub(super) text: &'s str,
    pub(super) facts: &'f mut FactsBuilder,
    pub(super) syntax: &'static Syntax,
    pub(super) frames: Frames,
    pub(super) file: FileTraits,
    /// Line in the real file of each line of `text`, when they differ (notebooks).
    line_map: Option<&'s [u32]>,
    cursor: TreeCursor<'s>,
    nodes: Vec<Child<'s>>,
    depth: u32,
    /// Flags for imports made here (`import_flag`).
    pub(super) import_flags: u32,
    /// Inside `if TYPE_CHECKING`.
    pub(super) conditional: bool,
    /// Module-level names that were given a `TypeVar`, with its bound.
    pub(super) type_variables: HashMap<Name, ExprId>,
    /// The definition whose signature is being lowered, and the names of its type parameters so far.
    pub(super) generic: Option<(SymbolId, Vec<Name>)>,
    /// Names of `__all__`; `None` once it is built in a way we do not follow.
    pub(super) all_names: Option<Vec<(&'s str, u32)>>,
    /// Fixtures that all tests of the class around use.
    pub(super) class_fixtures: Vec<&'s str>,
    /// Attributes whose type conditions have told.
    pub(super) narrowed: Vec<NarrowedAttribute<'s>>,
}

impl<'s, 'f> Lowering<'s, 'f> {
    pub(super) fn new(
        root: Node<'s>,
        text: &'s str,
        facts: &'f mut FactsBuilder,
        file: FileTraits,
    ) -> Lowering<'s, 'f> {
        let mut frames = Frames::default();
        frames.push(FrameKind::Module, facts.block(), facts.symbol());
        Lowering {
            text,
            facts,
            syntax: &SYNTAX,
            frames,
            file,
            line_map: None,
            cursor: root.walk(),
            nodes: Vec::new(),
            depth: 0,
            import_flags: 0,
            conditional: false,
            type_variables: HashMap::new(),
            generic: None,
            all_names: Some(Vec::new()),
            class_fixtures: Vec::new(),
            narrowed: Vec::new(),
        }
    }

    /// Counts lines as `map` says.
    pub(super) fn with_lines(mut self, map: &'s [u32]) -> Self {
        self.line_map = Some(map);
        self
    }

    /// Lowers the whole file.
    pub(super) fn file(mut self, root: Node<'s>) {
        let file = self.facts.symbol();
        self.documentation(root, file);
        self.statements(root);
        let module = self.frames.pop();
        self.facts.symbol_mut(file).complexity = module.branches.saturating_add(1);
        for (name, line) in self.all_names.take().unwrap_or_default() {
            let value = self.facts.name_expr(name, line, Role::Silent);
            self.facts.export(name, value, line);
        }
    }

    // ---- walking ----

    pub(super) fn text_of(&self, node: Node<'_>) -> &'s str {
        self.text.get(node.byte_range()).unwrap_or("")
    }

    pub(super) fn line(&self, node: Node<'_>) -> u32 {
        self.mapped(node.start_position().row)
    }

    pub(super) fn end_line(&self, node: Node<'_>) -> u32 {
        let end = node.end_position();
        let ends_before = end.column == 0 && end.row > node.start_position().row;
        self.mapped(end.row - usize::from(ends_before))
    }

    fn mapped(&self, row: usize) -> u32 {
        match self.line_map {
            None => row as u32 + 1,
            Some(map) => map.get(row).or(map.last()).copied().unwrap_or(1),
        }
    }

    pub(super) fn kind(&self, node: Node<'_>) -> Expression {
        self.syntax.expression(node)
    }

    /// Puts the named children of a node on the node stack; give the range back to [`Self::release`].
    pub(super) fn children(&mut self, node: Node<'s>) -> Range<usize> {
        let start = self.nodes.len();
        self.cursor.reset(node);
        let mut more = self.cursor.goto_first_child();
        while more {
            let child = self.cursor.node();
            if child.is_named() && self.syntax.expression(child) != Expression::Skip {
                let field = self.cursor.field_id().map_or(0, std::num::NonZero::get);
                self.nodes.push(Child { node: child, field });
            }
            more = self.cursor.goto_next_sibling();
        }
        start..self.nodes.len()
    }

    /// The texts of the children in a field, tokens included.
    pub(super) fn texts_in(&mut self, node: Node<'s>, field: u16) -> Vec<&'s str> {
        let mut texts = Vec::new();
        self.cursor.reset(node);
        let mut more = self.cursor.goto_first_child();
        while more {
            if self.cursor.field_id().map_or(0, std::num::NonZero::get) == field {
                texts.push(self.text_of(self.cursor.node()));
            }
            more = self.cursor.goto_next_sibling();
        }
        texts
    }

    /// A child of [`Self::children`].
    pub(super) fn child_at(&self, index: usize) -> Child<'s> {
        self.nodes[index]
    }

    /// Takes the children off the stack.
    pub(super) fn release(&mut self, range: Range<usize>) {
        self.nodes.truncate(range.start);
    }

    pub(super) fn field(&self, node: Node<'s>, field: u16) -> Option<Node<'s>> {
        node.child_by_field_id(field)
    }

    /// Runs `inner` one level deeper; `None` when that is too deep.
    pub(super) fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        Some(result)
    }

    /// Runs `inner` in a block of its own.
    pub(super) fn within<T>(&mut self, kind: BlockKind, inner: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.facts.enter(kind);
        let result = inner(self);
        self.facts.leave(outer);
        result
    }

    // ---- statements ----

    /// Lowers the children of a node as statements.
    pub(super) fn statements(&mut self, node: Node<'s>) {
        let children = self.children(node);
        for index in children.clone() {
            let child = self.child_at(index).node;
            self.deeper(|this| this.statement(child));
        }
        self.release(children);
    }

    fn statement(&mut self, node: Node<'s>) {
        match self.syntax.statement(node) {
            Statement::Expression => self.expression_statement(node),
            Statement::Import => self.import_statement(node),
            Statement::ImportFrom => self.import_from(node),
            Statement::Function => self.function(node, None),
            Statement::Class => self.class(node, None),
            Statement::Decorated => self.decorated(node),
            Statement::If => self.if_statement(node),
            Statement::For => self.for_statement(node),
            Statement::While => self.while_statement(node),
            Statement::Try => self.try_statement(node),
            Statement::With => self.with_statement(node),
            Statement::Match => self.match_statement(node),
            Statement::Return => self.return_statement(node),
            Statement::Raise => self.raise_statement(node),
            Statement::Assert => self.assert_statement(node),
            Statement::Delete => self.delete_statement(node),
            Statement::Global => self.outer_names(node, true),
            Statement::Nonlocal => self.outer_names(node, false),
            Statement::TypeAlias => self.type_alias(node),
            Statement::Block => self.statements(node),
            Statement::Skip => {}
            // Pieces inside an error keep what they say.
            Statement::Other if node.is_error() => self.statements(node),
            Statement::Other => {
                self.expr(node, Role::Use);
            }
        }
    }

    fn expression_statement(&mut self, node: Node<'s>) {
        let children = self.children(node);
        for index in children.clone() {
            let child = self.child_at(index).node;
            if self.kind(child) != Expression::Text {
                self.expr(child, Role::Use);
            }
        }
        self.release(children);
    }

    fn if_statement(&mut self, node: Node<'s>) {
        let fields = &self.syntax.fields;
        let Some(condition) = self.field(node, fields.condition) else {
            return self.statements(node);
        };
        let consequence = self.field(node, fields.consequence);
        let alternative = fields.alternative;
        if is_type_checking(self.text_of(condition)) {
            let before = (self.import_flags, self.conditional);
            self.import_flags |= crate::facts::import_flag::TYPE_ONLY;
            self.conditional = true;
            self.branch(None, consequence);
            (self.import_flags, self.conditional) = before;
        } else {
            self.expr(condition, Role::Use);
            self.branch(Some(condition), consequence);
        }
        let children = self.children(node);
        let mut has_alternative = false;
        for index in children.clone() {
            let child = self.child_at(index);
            if child.field == alternative {
                has_alternative = true;
                self.alternative(child.node);
            }
        }
        self.release(children);
        if !has_alternative && consequence.is_some_and(|block| self.always_leaves(block)) {
            self.narrow_after_guard(condition);
        }
    }

    /// An `elif` or `else`.
    fn alternative(&mut self, node: Node<'s>) {
        let fields = &self.syntax.fields;
        let body = fields.body;
        if let Some(condition) = self.field(node, fields.condition) {
            let consequence = self.field(node, fields.consequence);
            self.expr(condition, Role::Use);
            self.branch(Some(condition), consequence);
        } else {
            let body = self.field(node, body);
            self.within(BlockKind::Branch, |this| {
                if let Some(body) = body {
                    this.statements(body);
                }
            });
        }
    }

    /// Statements that run when `condition` holds.
    fn branch(&mut self, condition: Option<Node<'s>>, body: Option<Node<'s>>) {
        self.frames.count_branch();
        self.within(BlockKind::Branch, |this| {
            if let Some(condition) = condition {
                this.narrow(condition);
            }
            if let Some(body) = body {
                this.statements(body);
            }
        });
    }

    /// Whether the last statement of a block leaves it for good.
    fn always_leaves(&self, block: Node<'s>) -> bool {
        let count = block.named_child_count() as u32;
        let last = (0..count)
            .rev()
            .filter_map(|index| block.named_child(index))
            .find(|child| self.kind(*child) != Expression::Skip);
        last.is_some_and(|last| {
            matches!(
                last.kind(),
                "return_statement" | "raise_statement" | "continue_statement" | "break_statement"
            )
        })
    }

    /// What a loop over `iterated` gives to its variable.
    pub(super) fn each(&mut self, iterated: ExprId, is_async: bool, line: u32) -> ExprId {
        if is_async {
            for hook in ["__aiter__", "__anext__"] {
                self.operator(hook, &[iterated], line);
            }
        }
        let role = if is_async { Role::Silent } else { Role::Call };
        self.facts.expr(Expr::Element(iterated), line, role)
    }

    fn for_statement(&mut self, node: Node<'s>) {
        let fields = &self.syntax.fields;
        let (left, right) = (
            self.field(node, fields.left),
            self.field(node, fields.right),
        );
        let (body, alternative) = (
            self.field(node, fields.body),
            self.field(node, fields.alternative),
        );
        self.frames.count_branch();
        let iterated = right.map(|right| (self.expr(right, Role::Use), self.line(right)));
        self.within(BlockKind::Loop, |this| {
            if let (Some(left), Some((iterated, line))) = (left, iterated) {
                let element = this.each(iterated, is_async(node), line);
                this.bind_target(left, element, ExprId::NONE, false);
            }
            if let Some(body) = body {
                this.statements(body);
            }
        });
        if let Some(alternative) = alternative {
            self.alternative(alternative);
        }
    }

    fn while_statement(&mut self, node: Node<'s>) {
        let fields = &self.syntax.fields;
        let condition = self.field(node, fields.condition);
        let (body, alternative) = (
            self.field(node, fields.body),
            self.field(node, fields.alternative),
        );
        self.frames.count_branch();
        self.within(BlockKind::Loop, |this| {
            if let Some(condition) = condition {
                this.expr(condition, Role::Use);
                this.narrow(condition);
            }
            if let Some(body) = body {
                this.statements(body);
            }
        });
        if let Some(alternative) = alternative {
            self.alternative(alternative);
        }
    }

    fn try_statement(&mut self, node: Node<'s>) {
        let body_field = self.syntax.fields.body;
        let children = self.children(node);
        let guards_import = children.clone().any(|index| {
            let clause = self.child_at(index).node;
            clause.kind() == "except_clause"
                && self
                    .field(clause, self.syntax.fields.value)
                    .is_some_and(|value| {
                        let text = self.text_of(value);
                        text.contains("ImportError") || text.contains("ModuleNotFoundError")
                    })
        });
        let flags = self.import_flags;
        if guards_import {
            self.import_flags |= crate::facts::import_flag::CONDITIONAL;
        }
        for index in children.clone() {
            let child = self.child_at(index);
            if child.field == body_field {
                self.within(BlockKind::Branch, |this| this.statements(child.node));
                continue;
            }
            match child.node.kind() {
                "except_clause" | "except_group_clause" => self.except_clause(child.node),
                "else_clause" => self.alternative(child.node),
                _ => self.statements(child.node),
            }
        }
        self.import_flags = flags;
        self.release(children);
    }

    fn except_clause(&mut self, node: Node<'s>) {
        self.frames.count_branch();
        self.within(BlockKind::Branch, |this| {
            let fields = &this.syntax.fields;
            let alias_field = fields.alias;
            let mut types = Vec::new();
            let mut alias = this.field(node, alias_field);
            let children = this.children(node);
            for index in children.clone() {
                let child = this.child_at(index);
                if child.field == alias_field {
                    continue;
                }
                if this.syntax.statement(child.node) == Statement::Block {
                    if let Some(alias) = alias.take() {
                        this.bind_exception(alias, &types);
                    }
                    this.statements(child.node);
                } else if this.kind(child.node) == Expression::AsPattern {
                    alias = this.field(child.node, alias_field);
                    if let Some(value) = child.node.named_child(0) {
                        this.exception_types(value, &mut types);
                    }
                } else {
                    this.exception_types(child.node, &mut types);
                }
            }
            this.release(children);
        });
    }

    fn exception_types(&mut self, node: Node<'s>, types: &mut Vec<ExprId>) {
        if matches!(self.kind(node), Expression::Tuple | Expression::Parentheses) {
            let children = self.children(node);
            for index in children.clone() {
                let child = self.child_at(index).node;
                types.push(self.expr(child, Role::Use));
            }
            self.release(children);
        } else {
            types.push(self.expr(node, Role::Use));
        }
    }

    fn bind_exception(&mut self, alias: Node<'s>, types: &[ExprId]) {
        let line = self.line(alias);
        let value = self.instance_of(ExprId::NONE, types, line);
        self.bind_target(alias, value, ExprId::NONE, false);
    }

    /// An instance of one of several types.
    pub(super) fn instance_of(&mut self, value: ExprId, types: &[ExprId], line: u32) -> ExprId {
        let declared = self.facts.either(types, line);
        self.facts
            .expr(Expr::Cast(value, declared), line, Role::Silent)
    }

    fn with_statement(&mut self, node: Node<'s>) {
        let fields = &self.syntax.fields;
        let (value_field, alias_field) = (fields.value, fields.alias);
        let body = self.field(node, fields.body);
        let hooks = if is_async(node) {
            ["__aenter__", "__aexit__"]
        } else {
            ["__enter__", "__exit__"]
        };
        let clause = node
            .named_child(0)
            .filter(|clause| clause.kind() == "with_clause");
        if let Some(clause) = clause {
            let items = self.children(clause);
            for index in items.clone() {
                let item = self.child_at(index).node;
                let Some(value) = self.field(item, value_field) else {
                    continue;
                };
                let line = self.line(value);
                if self.kind(value) == Expression::AsPattern {
                    let context = match value.named_child(0) {
                        Some(context) => self.expr(context, Role::Use),
                        None => self.facts.unknown(line),
                    };
                    let entered = self.facts.expr(Expr::Enter(context), line, Role::Silent);
                    for hook in hooks {
                        self.operator(hook, &[context], line);
                    }
                    if let Some(alias) = self.field(value, alias_field) {
                        self.bind_target(alias, entered, ExprId::NONE, false);
                    }
                } else {
                    let context = self.expr(value, Role::Use);
                    for hook in hooks {
                        self.operator(hook, &[context], line);
                    }
                }
            }
            self.release(items);
        }
        if let Some(body) = body {
            self.statements(body);
        }
    }

    fn return_statement(&mut self, node: Node<'s>) {
        if let Some(value) = node.named_child(0) {
            let value = self.expr(value, Role::Use);
            self.facts.add_return(value, false);
        }
    }

    fn raise_statement(&mut self, node: Node<'s>) {
        let children = self.children(node);
        for index in children.clone() {
            let child = self.child_at(index).node;
            let value = self.expr(child, Role::Use);
            // `raise E` builds an instance of `E`, or raises the instance that `E` is: no call that is written.
            if matches!(
                self.kind(child),
                Expression::Identifier | Expression::Attribute
            ) {
                let line = self.line(child);
                let arguments = self.facts.list(&[]);
                self.facts
                    .expr(Expr::New(value, arguments), line, Role::Use);
            }
        }
        self.release(children);
    }

    fn assert_statement(&mut self, node: Node<'s>) {
        let children = self.children(node);
        for index in children.clone() {
            let child = self.child_at(index).node;
            self.expr(child, Role::Use);
        }
        if let Some(condition) = children.clone().next() {
            let condition = self.child_at(condition).node;
            self.narrow(condition);
        }
        self.release(children);
    }

    fn delete_statement(&mut self, node: Node<'s>) {
        let children = self.children(node);
        for index in children.clone() {
            let child = self.child_at(index).node;
            self.delete_target(child);
        }
        self.release(children);
    }

    fn delete_target(&mut self, node: Node<'s>) {
        match self.kind(node) {
            Expression::Subscript => {
                let (base, key) = self.subscript_parts(node);
                let line = self.line(node);
                self.operator("__delitem__", &[base, key], line);
            }
            Expression::Identifier => {}
            _ => {
                self.expr(node, Role::Use);
            }
        }
    }

    fn outer_names(&mut self, node: Node<'s>, is_global: bool) {
        let children = self.children(node);
        for index in children.clone() {
            let text = self.text_of(self.child_at(index).node);
            let name = self.facts.name(text);
            let frame = self.frames.assigning();
            self.frames.at(frame).outer.push((name, is_global));
            self.frames.set_local(name, !is_global);
        }
        self.release(children);
    }

    /// The block in which names assigned here are declared.
    pub(super) fn assigning_block(&mut self) -> BlockId {
        let index = self.frames.assigning();
        self.frames.at(index).block
    }
}

/// Whether a statement starts with `async`.
pub(super) fn is_async(node: Node<'_>) -> bool {
    node.child(0).is_some_and(|first| first.kind() == "async")
}

/// Whether a condition holds for type checkers only.
fn is_type_checking(condition: &str) -> bool {
    condition == "TYPE_CHECKING" || condition.ends_with(".TYPE_CHECKING")
}
