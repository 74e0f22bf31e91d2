//! Type expressions. Pointers are dropped: method sets and fields are reached through them alike.

use arc_graph::NodeKind;
use tree_sitter::Node;

use crate::facts::{Expr, ExprId, Role, flag};
use crate::source::line_of;

use super::lower::{FIELDS, Lower, MAX_DEPTH, kind};

impl<'a> Lower<'a, '_> {
    /// A type.
    pub(super) fn ty(&mut self, node: Node<'a>) -> ExprId {
        if self.depth > MAX_DEPTH {
            return self.out.unknown(line_of(node));
        }
        self.depth += 1;
        let ty = self.ty_at(node);
        self.depth -= 1;
        ty
    }

    fn ty_at(&mut self, node: Node<'a>) -> ExprId {
        let line = line_of(node);
        match kind::of(node) {
            kind::TYPE_IDENTIFIER | kind::IDENTIFIER => {
                self.out
                    .name_expr(self.source.text_of(node), line, Role::Type)
            }
            kind::QUALIFIED_TYPE => self.qualified(node),
            kind::POINTER_TYPE | kind::PARENTHESIZED_TYPE | kind::NEGATED_TYPE => {
                match node.named_child(0) {
                    Some(inner) => self.ty(inner),
                    None => self.out.unknown(line),
                }
            }
            kind::ARRAY_TYPE | kind::SLICE_TYPE | kind::IMPLICIT_ARRAY_TYPE => {
                let element = self.ty_field(node, FIELDS.element);
                self.container("__slice", &[element], line)
            }
            kind::MAP_TYPE => {
                let key = self.ty_field(node, FIELDS.key);
                let value = self.ty_field(node, FIELDS.value);
                self.container("__map", &[key, value], line)
            }
            kind::CHANNEL_TYPE => {
                let value = self.ty_field(node, FIELDS.value);
                self.container("__chan", &[value], line)
            }
            kind::FUNCTION_TYPE => self.signature(node),
            kind::GENERIC_TYPE => self.generic(node),
            kind::STRUCT_TYPE => self.anonymous(node, NodeKind::Class),
            kind::INTERFACE_TYPE if node.named_child_count() == 0 => {
                self.out.name_expr("any", line, Role::Silent)
            }
            kind::INTERFACE_TYPE => self.anonymous(node, NodeKind::Interface),
            kind::TYPE_ELEM | kind::TYPE_CONSTRAINT => self.union(node),
            _ => self.out.unknown(line),
        }
    }

    fn ty_field(&mut self, node: Node<'a>, field: u16) -> ExprId {
        match node.child_by_field_id(field) {
            Some(child) => self.ty(child),
            None => self.out.unknown(line_of(node)),
        }
    }

    fn qualified(&mut self, node: Node<'a>) -> ExprId {
        let line = line_of(node);
        let text = |field| {
            node.child_by_field_id(field)
                .map_or("", |n| self.source.text_of(n))
        };
        let (package, name) = (text(FIELDS.package), text(FIELDS.name));
        let package = self.out.name_expr(package, line, Role::Silent);
        self.out.member_expr(package, name, line, Role::Type)
    }

    /// One of the containers that the prelude declares, applied.
    pub(super) fn container(&mut self, name: &str, items: &[ExprId], line: u32) -> ExprId {
        let base = self.out.name_expr(name, line, Role::Silent);
        let items = self.out.list(items);
        self.out.expr(Expr::Apply(base, items), line, Role::Silent)
    }

    fn signature(&mut self, node: Node<'a>) -> ExprId {
        let mut types = match node.child_by_field_id(FIELDS.parameters) {
            Some(list) => self.listed_types(list),
            None => Vec::new(),
        };
        let line = line_of(node);
        let result = match node.child_by_field_id(FIELDS.result) {
            Some(result) if kind::of(result) == kind::PARAMETER_LIST => {
                let results = self.listed_types(result);
                self.tuple(&results, line)
            }
            Some(result) => self.ty(result),
            None => ExprId::NONE,
        };
        let result = if result.is_some() {
            result
        } else {
            self.out.unknown(line)
        };
        types.push(result);
        let types = self.out.list(&types);
        self.out.expr(Expr::Signature(types), line, Role::Silent)
    }

    fn listed_types(&mut self, list: Node<'a>) -> Vec<ExprId> {
        let params = self.parameter_list(list);
        params.into_iter().map(|(_, declared)| declared).collect()
    }

    fn generic(&mut self, node: Node<'a>) -> ExprId {
        let base = self.ty_field(node, FIELDS.type_);
        match node.child_by_field_id(FIELDS.type_arguments) {
            Some(arguments) => self.apply(base, arguments),
            None => base,
        }
    }

    /// `base[T, U]`.
    pub(super) fn apply(&mut self, base: ExprId, arguments: Node<'a>) -> ExprId {
        let mut items = Vec::new();
        let children = self.walk.open(arguments);
        for index in children.clone() {
            let child = self.walk.child(index);
            items.push(self.ty(child));
        }
        self.walk.close(&children);
        let items = self.out.list(&items);
        self.out
            .expr(Expr::Apply(base, items), line_of(arguments), Role::Silent)
    }

    /// `A | B`.
    pub(super) fn union(&mut self, node: Node<'a>) -> ExprId {
        let mut items = Vec::new();
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            items.push(self.ty(child));
        }
        self.walk.close(&children);
        if items.is_empty() {
            return self.out.unknown(line_of(node));
        }
        self.out.either(&items, line_of(node))
    }

    /// A struct or interface without a name.
    fn anonymous(&mut self, node: Node<'a>, node_kind: NodeKind) -> ExprId {
        let symbol = self.symbol("", node_kind, node);
        if node_kind == NodeKind::Interface {
            self.interface_body(node, symbol, flag::HIDDEN);
        } else {
            self.struct_body(node, symbol, flag::HIDDEN);
        }
        self.out
            .expr(Expr::Symbol(symbol), line_of(node), Role::Silent)
    }
}
