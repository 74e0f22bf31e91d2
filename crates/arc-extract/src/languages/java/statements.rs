//! Statements.

use tree_sitter::Node;

use crate::facts::{BlockKind, Expr, ExprId, Role};
use crate::source::line_of;

use super::lower::{CONSTRUCTOR, FIELDS, Lower, MAX_DEPTH, kind};
use super::members::superclass_around;

impl<'a> Lower<'a, '_> {
    /// The statements of a block (or of whatever lists them), in the current block.
    pub(super) fn statements(&mut self, node: Node<'a>) {
        if self.depth > MAX_DEPTH {
            return;
        }
        self.depth += 1;
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            self.statement(child);
        }
        self.walk.close(&children);
        self.depth -= 1;
    }

    pub(super) fn statement(&mut self, node: Node<'a>) {
        if self.depth > MAX_DEPTH {
            return;
        }
        self.depth += 1;
        self.statement_at(node);
        self.depth -= 1;
    }

    fn statement_at(&mut self, node: Node<'a>) {
        match kind::of(node) {
            kind::LOCAL_VARIABLE => self.local_variables(node),
            kind::RETURN | kind::YIELD => self.return_statement(node),
            kind::IF => self.if_statement(node),
            kind::FOR | kind::WHILE | kind::DO => self.loop_statement(node),
            kind::ENHANCED_FOR => self.enhanced_for(node),
            kind::TRY | kind::TRY_RESOURCES => self.try_statement(node),
            kind::BLOCK => {
                let outer = self.out.enter(BlockKind::Plain);
                self.statements(node);
                self.out.leave(outer);
            }
            kind::CONSTRUCTOR_CALL => self.constructor_call(node),
            kind::CLASS | kind::INTERFACE | kind::ENUM | kind::RECORD => {
                let block = self.out.block();
                self.type_declaration(node, block);
            }
            // Inside a broken type or method the next ones can end up anywhere.
            kind::METHOD | kind::CONSTRUCTOR_DECLARATION | kind::FIELD => self.member(node),
            kind::METHOD_CALL
            | kind::FIELD_ACCESS
            | kind::NEW
            | kind::LAMBDA
            | kind::METHOD_REFERENCE
            | kind::ASSIGNMENT
            | kind::BINARY
            | kind::PARENTHESIZED
            | kind::TERNARY
            | kind::CAST
            | kind::INSTANCEOF
            | kind::SWITCH
            | kind::ARRAY_ACCESS
            | kind::ARRAY_CREATION
            | kind::UNARY
            | kind::UPDATE
            | kind::CLASS_LITERAL => {
                self.expression(node);
            }
            // A bare name is a label or a mistake; a bare type is a mistake.
            kind::IDENTIFIER | kind::TYPE_IDENTIFIER | kind::MODIFIERS => {}
            _ => self.statements(node),
        }
    }

    fn local_variables(&mut self, node: Node<'a>) {
        let modifiers = self.modifiers(node);
        if let Some(modifiers) = modifiers.node {
            self.annotations(modifiers);
        }
        let ty = match node.child_by_field_id(FIELDS.type_) {
            Some(ty) => self.ty(ty),
            None => ExprId::NONE,
        };
        let children = self.walk.open(node);
        for index in children.clone() {
            let declarator = self.walk.child(index);
            if kind::of(declarator) != kind::VARIABLE_DECLARATOR {
                continue;
            }
            let Some(name) = declarator.child_by_field_id(FIELDS.name) else {
                continue;
            };
            let line = line_of(name);
            let declared = self.array_of(ty, declarator.child_by_field_id(FIELDS.dimensions), line);
            let value = self.initializer(declarator, declared);
            let block = self.out.block();
            self.out
                .bind(self.source.text_of(name), block, value, declared, line);
        }
        self.walk.close(&children);
    }

    fn return_statement(&mut self, node: Node<'a>) {
        if node.named_child_count() == 0 {
            return;
        }
        let value = self.only_child(node);
        if kind::of(node) == kind::RETURN {
            self.out.add_return(value, false);
        }
    }

    /// `this(…)` and `super(…)`.
    fn constructor_call(&mut self, node: Node<'a>) {
        let line = line_of(node);
        if let Some(object) = node.child_by_field_id(FIELDS.object) {
            self.expression(object);
        }
        let is_super = node
            .child_by_field_id(FIELDS.constructor)
            .is_some_and(|constructor| kind::of(constructor) == kind::SUPER);
        let arguments = node.child_by_field_id(FIELDS.arguments);
        let declaration = node.parent().and_then(|body| body.parent());
        match declaration.and_then(superclass_around) {
            superclass if is_super => {
                self.call_constructor(Expr::Super, superclass, arguments, line)
            }
            _ => self.call_constructor(Expr::This, None, arguments, line),
        }
    }

    /// Another constructor of the same type, or of the one above.
    pub(super) fn call_constructor(
        &mut self,
        base: Expr,
        superclass: Option<Node<'a>>,
        arguments: Option<Node<'a>>,
        line: u32,
    ) {
        if let Some(superclass) = superclass {
            let types = self.type_list(superclass);
            if let Some(ty) = types.first() {
                self.out.set_role(*ty, Role::Silent);
                self.construct(*ty, arguments, line);
                return;
            }
        }
        let base = self.out.expr(base, line, Role::Silent);
        let callee = self.out.member_expr(base, CONSTRUCTOR, line, Role::Silent);
        let args = match arguments {
            Some(arguments) => self.arguments(arguments),
            None => Vec::new(),
        };
        self.out.call_expr(callee, &args, line);
    }

    /// A chain of `else if` is walked, not recursed into. What a condition binds stays in the block around.
    fn if_statement(&mut self, node: Node<'a>) {
        let mut opened = Vec::new();
        let mut next = Some(node);
        while let Some(node) = next.take() {
            self.branch();
            let condition = node.child_by_field_id(FIELDS.condition);
            if let Some(condition) = condition {
                self.expression(condition);
            }
            let narrowings = self.narrow_by(condition);
            if let Some(consequence) = node.child_by_field_id(FIELDS.consequence) {
                self.branch_block(consequence);
            }
            self.narrowed.truncate(narrowings);
            if let Some(alternative) = node.child_by_field_id(FIELDS.alternative) {
                if kind::of(alternative) == kind::IF {
                    opened.push(self.out.enter(BlockKind::Branch));
                    next = Some(alternative);
                } else {
                    self.branch_block(alternative);
                }
            }
        }
        while let Some(outer) = opened.pop() {
            self.out.leave(outer);
        }
    }

    /// A statement that may not run.
    fn branch_block(&mut self, node: Node<'a>) {
        let outer = self.out.enter(BlockKind::Branch);
        if kind::of(node) == kind::BLOCK {
            self.statements(node);
        } else {
            self.statement(node);
        }
        self.out.leave(outer);
    }

    fn loop_statement(&mut self, node: Node<'a>) {
        self.branch();
        let header = self.out.enter(BlockKind::Plain);
        let children = self.walk.open(node);
        let mut body = None;
        let mut opened = None;
        for index in children.clone() {
            let child = self.walk.child(index);
            if self.walk.field(index) == FIELDS.body {
                body = Some(child);
                continue;
            }
            // All but the first part of `for (a; b; c)` runs again and again.
            self.statement_or_value(child);
        }
        self.walk.close(&children);
        if let Some(body) = body {
            opened = Some(self.out.enter(BlockKind::Loop));
            if kind::of(body) == kind::BLOCK {
                self.statements(body);
            } else {
                self.statement(body);
            }
        }
        if let Some(opened) = opened {
            self.out.leave(opened);
        }
        self.out.leave(header);
    }

    fn statement_or_value(&mut self, node: Node<'a>) {
        if kind::of(node) == kind::LOCAL_VARIABLE {
            self.local_variables(node);
        } else {
            self.expression(node);
        }
    }

    fn enhanced_for(&mut self, node: Node<'a>) {
        self.branch();
        let line = line_of(node);
        let ty = match node.child_by_field_id(FIELDS.type_) {
            Some(ty) => self.ty(ty),
            None => ExprId::NONE,
        };
        let iterated = self.optional(node.child_by_field_id(FIELDS.value), line);
        let outer = self.out.enter(BlockKind::Loop);
        // Walking an array runs nothing; walking anything else runs its `iterator`.
        self.runs("iterator", iterated, line);
        let element = self.out.expr(Expr::Element(iterated), line, Role::Silent);
        if let Some(name) = node.child_by_field_id(FIELDS.name) {
            let declared = self.array_of(ty, node.child_by_field_id(FIELDS.dimensions), line);
            let block = self.out.block();
            self.out
                .bind(self.source.text_of(name), block, element, declared, line);
        }
        if let Some(body) = node.child_by_field_id(FIELDS.body) {
            self.statement(body);
        }
        self.out.leave(outer);
    }

    fn try_statement(&mut self, node: Node<'a>) {
        let header = self.out.enter(BlockKind::Plain);
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            match kind::of(child) {
                kind::RESOURCES => self.resources(child),
                kind::CATCH_CLAUSE => self.catch_clause(child),
                kind::BLOCK => self.branch_block(child),
                // `finally` always runs.
                _ => self.statements(child),
            }
        }
        self.walk.close(&children);
        self.out.leave(header);
    }

    fn resources(&mut self, node: Node<'a>) {
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            let line = line_of(child);
            let Some(name) = child.child_by_field_id(FIELDS.name) else {
                self.only_child(child);
                continue;
            };
            let declared = match child.child_by_field_id(FIELDS.type_) {
                Some(ty) => self.ty(ty),
                None => ExprId::NONE,
            };
            let value = self.optional(child.child_by_field_id(FIELDS.value), line);
            self.runs("close", value, line);
            let block = self.out.block();
            self.out
                .bind(self.source.text_of(name), block, value, declared, line);
        }
        self.walk.close(&children);
    }

    /// A method that a statement runs without naming it.
    fn runs(&mut self, method: &str, of: ExprId, line: u32) {
        let method = self.out.name(method);
        let operands = self.out.list(&[of]);
        self.out
            .expr(Expr::Operator(method, operands), line, Role::Call);
    }

    fn catch_clause(&mut self, node: Node<'a>) {
        self.branch();
        let outer = self.out.enter(BlockKind::Branch);
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            if kind::of(child) == kind::CATCH_PARAMETER {
                self.catch_parameter(child);
            } else {
                self.statements(child);
            }
        }
        self.walk.close(&children);
        self.out.leave(outer);
    }

    fn catch_parameter(&mut self, node: Node<'a>) {
        let mut declared = ExprId::NONE;
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            if kind::of(child) == kind::CATCH_TYPE {
                declared = self.ty(child);
            }
        }
        self.walk.close(&children);
        if let Some(name) = node.child_by_field_id(FIELDS.name) {
            let block = self.out.block();
            let line = line_of(name);
            self.out.bind(
                self.source.text_of(name),
                block,
                ExprId::NONE,
                declared,
                line,
            );
        }
    }
}
