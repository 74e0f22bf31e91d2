//! Composite literals: what stands in braces takes its type from the element type of what is around it.

use tree_sitter::Node;

use crate::facts::{Expr, ExprId, Role};
use crate::source::line_of;

use super::lower::{FIELDS, Lower, MAX_DEPTH, kind};

/// What the braces hold.
#[derive(Clone, Copy)]
enum Shape<'a> {
    /// Elements of this type (`[]T`, `[n]T`).
    Sequence(Option<Node<'a>>, ExprId),
    /// Keys and values of these types.
    Map(Option<Node<'a>>, ExprId, Option<Node<'a>>, ExprId),
    /// Fields of this type, or whatever a named type is made from.
    Named(ExprId),
    /// Nothing is known.
    Unknown,
}

impl<'a> Lower<'a, '_> {
    pub(super) fn composite(&mut self, node: Node<'a>) -> ExprId {
        let (Some(type_node), Some(body)) = (
            node.child_by_field_id(FIELDS.type_),
            node.child_by_field_id(FIELDS.body),
        ) else {
            return self.out.unknown(line_of(node));
        };
        let (ty, shape) = self.shape(type_node);
        self.braces(body, ty, shape)
    }

    /// The type and what a literal of it holds.
    fn shape(&mut self, node: Node<'a>) -> (ExprId, Shape<'a>) {
        let line = line_of(node);
        match kind::of(node) {
            kind::POINTER_TYPE | kind::PARENTHESIZED_TYPE => match node.named_child(0) {
                Some(inner) => self.shape(inner),
                None => (self.out.unknown(line), Shape::Unknown),
            },
            kind::SLICE_TYPE | kind::ARRAY_TYPE | kind::IMPLICIT_ARRAY_TYPE => {
                let element_node = node.child_by_field_id(FIELDS.element);
                let element = self.optional_type(element_node, line);
                let ty = self.container("__slice", &[element], line);
                (ty, Shape::Sequence(element_node, element))
            }
            kind::MAP_TYPE => {
                let key_node = node.child_by_field_id(FIELDS.key);
                let value_node = node.child_by_field_id(FIELDS.value);
                let key = self.optional_type(key_node, line);
                let value = self.optional_type(value_node, line);
                let ty = self.container("__map", &[key, value], line);
                (ty, Shape::Map(key_node, key, value_node, value))
            }
            _ => {
                let ty = self.ty(node);
                (ty, Shape::Named(ty))
            }
        }
    }

    fn optional_type(&mut self, node: Option<Node<'a>>, line: u32) -> ExprId {
        match node {
            Some(node) => self.ty(node),
            None => self.out.unknown(line),
        }
    }

    /// What inner braces hold, given the element type around them (already lowered as `ty`).
    fn inner_shape(&mut self, node: Option<Node<'a>>, ty: ExprId) -> (ExprId, Shape<'a>) {
        let mut inner = node;
        while let Some(node) = inner {
            match kind::of(node) {
                kind::POINTER_TYPE | kind::PARENTHESIZED_TYPE => inner = node.named_child(0),
                kind::SLICE_TYPE | kind::ARRAY_TYPE | kind::MAP_TYPE => return self.shape(node),
                _ => return (ty, Shape::Named(ty)),
            }
        }
        (ty, Shape::Unknown)
    }

    fn braces(&mut self, body: Node<'a>, ty: ExprId, shape: Shape<'a>) -> ExprId {
        let line = line_of(body);
        if self.depth > MAX_DEPTH {
            return self.out.unknown(line);
        }
        self.depth += 1;
        let mut items: Vec<ExprId> = Vec::new();
        let children = self.walk.open(body);
        for index in children.clone() {
            let child = self.walk.child(index);
            if kind::of(child) == kind::KEYED_ELEMENT {
                self.keyed(child, shape, &mut items);
            } else {
                let value = self.element(child, shape);
                if let Shape::Map(..) = shape {
                    let key = self.out.unknown(line);
                    items.push(key);
                }
                items.push(value);
            }
        }
        self.walk.close(&children);
        self.depth -= 1;
        let items = self.out.list(&items);
        let value = match shape {
            // A literal only names its type: no code of the type runs.
            Shape::Named(_) => return self.out.expr(Expr::New(ty, items), line, Role::Silent),
            Shape::Unknown => return self.out.expr(Expr::List(items), line, Role::Silent),
            Shape::Sequence(..) => Expr::List(items),
            Shape::Map(..) => Expr::Map(items),
        };
        let value = self.out.expr(value, line, Role::Silent);
        // Of a row of functions the functions say more than what all of them are.
        if let Shape::Sequence(Some(element), _) = shape
            && kind::of(element) == kind::FUNCTION_TYPE
        {
            return value;
        }
        self.out.expr(Expr::Cast(value, ty), line, Role::Silent)
    }

    fn keyed(&mut self, node: Node<'a>, shape: Shape<'a>, items: &mut Vec<ExprId>) {
        let key = node
            .child_by_field_id(FIELDS.key)
            .and_then(|key| key.named_child(0));
        let value = node.child_by_field_id(FIELDS.value);
        let line = line_of(node);
        match shape {
            Shape::Map(key_node, key_type, ..) => {
                let key = match key {
                    Some(key) if kind::of(key) == kind::LITERAL_VALUE => {
                        let (ty, shape) = self.inner_shape(key_node, key_type);
                        self.braces(key, ty, shape)
                    }
                    Some(key) => self.expression(key),
                    None => self.out.unknown(line),
                };
                items.push(key);
                let value = self.optional_element(value, shape, line);
                items.push(value);
            }
            Shape::Sequence(..) | Shape::Unknown => {
                let value = self.optional_element(value, shape, line);
                items.push(value);
            }
            Shape::Named(_) => {
                let name = key.filter(|key| kind::of(*key) == kind::IDENTIFIER);
                let value = self.optional_element(value, shape, line);
                match name {
                    Some(name) => {
                        let name = self.out.name(self.source.text_of(name));
                        items.push(
                            self.out
                                .expr(Expr::Keyword(name, value), line, Role::Silent),
                        );
                    }
                    // A named map or array: the key is a value.
                    None => {
                        if let Some(key) = key {
                            self.expression(key);
                        }
                        items.push(value);
                    }
                }
            }
        }
    }

    fn optional_element(&mut self, node: Option<Node<'a>>, shape: Shape<'a>, line: u32) -> ExprId {
        match node {
            Some(node) => self.element(node, shape),
            None => self.out.unknown(line),
        }
    }

    /// A [`kind::LITERAL_ELEMENT`]: an expression or inner braces.
    fn element(&mut self, node: Node<'a>, shape: Shape<'a>) -> ExprId {
        let inner = match kind::of(node) {
            kind::LITERAL_ELEMENT => node.named_child(0).unwrap_or(node),
            _ => node,
        };
        if kind::of(inner) != kind::LITERAL_VALUE {
            return self.expression(inner);
        }
        let (ty, shape) = match shape {
            Shape::Sequence(node, ty) | Shape::Map(_, _, node, ty) => self.inner_shape(node, ty),
            // Braces in a named type: its element type is declared elsewhere.
            Shape::Named(ty) => (ty, Shape::Unknown),
            Shape::Unknown => (ExprId::NONE, Shape::Unknown),
        };
        self.braces(inner, ty, shape)
    }
}
