//! Type expressions. Primitive types and arrays are named as the prelude names them, since no class can have their names.

use tree_sitter::Node;

use crate::facts::{Expr, ExprId, Role, SymbolId, TypeParamFact};
use crate::source::line_of;

use super::imports;
use super::lower::{FIELDS, Lower, MAX_DEPTH, kind};

impl<'a> Lower<'a, '_> {
    /// A type; `NONE` for `void` and `var`.
    pub(super) fn ty(&mut self, node: Node<'a>) -> ExprId {
        if self.depth > MAX_DEPTH {
            return ExprId::NONE;
        }
        self.depth += 1;
        let ty = self.ty_at(node);
        self.depth -= 1;
        ty
    }

    fn ty_at(&mut self, node: Node<'a>) -> ExprId {
        let line = line_of(node);
        match kind::of(node) {
            kind::TYPE_IDENTIFIER | kind::IDENTIFIER => match self.text(node) {
                "var" => ExprId::NONE,
                name => self.out.name_expr(name, line, Role::Type),
            },
            kind::SCOPED_TYPE => self.scoped_type(node),
            kind::GENERIC_TYPE => self.generic(node),
            kind::ARRAY_TYPE => {
                let element = match node.child_by_field_id(FIELDS.element) {
                    Some(element) => self.ty(element),
                    None => ExprId::NONE,
                };
                let dimensions = node.child_by_field_id(FIELDS.dimensions);
                self.array_of(element, dimensions, line)
            }
            kind::INTEGRAL_TYPE | kind::FLOAT_TYPE | kind::BOOLEAN_TYPE => {
                let name = format!("__{}", self.text(node));
                self.out.name_expr(&name, line, Role::Silent)
            }
            kind::ANNOTATED_TYPE | kind::WILDCARD => {
                self.annotations(node);
                self.inner_type(node)
            }
            kind::CATCH_TYPE | kind::TYPE_LIST => {
                let types = self.type_list(node);
                self.out.either(&types, line)
            }
            _ => ExprId::NONE,
        }
    }

    /// The last child that is a type, for nodes without a field for it.
    fn inner_type(&mut self, node: Node<'a>) -> ExprId {
        let count = node.named_child_count() as u32;
        let inner = (0..count)
            .rev()
            .filter_map(|index| node.named_child(index))
            .find(|child| {
                !matches!(
                    kind::of(*child),
                    kind::ANNOTATION | kind::MARKER_ANNOTATION | kind::SUPER
                )
            });
        match inner {
            Some(inner) => self.ty(inner),
            None => self.out.unknown(line_of(node)),
        }
    }

    /// The types that a node lists.
    pub(super) fn type_list(&mut self, node: Node<'a>) -> Vec<ExprId> {
        let mut types = Vec::new();
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            if kind::of(child) == kind::TYPE_LIST {
                types.extend(self.type_list(child));
            } else {
                let ty = self.ty(child);
                if ty.is_some() {
                    types.push(ty);
                }
            }
        }
        self.walk.close(&children);
        types
    }

    /// One array around `element` for each pair of brackets.
    pub(super) fn array_of(
        &mut self,
        element: ExprId,
        dimensions: Option<Node<'a>>,
        line: u32,
    ) -> ExprId {
        let pairs = dimensions.map_or(0, |node| {
            self.text(node).bytes().filter(|b| *b == b'[').count()
        });
        self.arrays(element, pairs, line)
    }

    pub(super) fn arrays(&mut self, element: ExprId, pairs: usize, line: u32) -> ExprId {
        let mut ty = element;
        // The format allows 255 dimensions.
        for _ in 0..pairs.min(255) {
            let array = self.out.name_expr("__array", line, Role::Silent);
            let element = if ty.is_some() {
                ty
            } else {
                self.out.unknown(line)
            };
            let items = self.out.list(&[element]);
            ty = self.out.expr(Expr::Apply(array, items), line, Role::Silent);
        }
        ty
    }

    fn scoped_type(&mut self, node: Node<'a>) -> ExprId {
        let line = line_of(node);
        let text = self.text(node);
        if text.starts_with(char::is_lowercase) && !text.contains(['<', '@', ' ', '\n']) {
            let (package, path) = imports::split(text);
            let Some((first, rest)) = path.split_first() else {
                return ExprId::NONE;
            };
            let mut value = self.full_name(package, first, line);
            for part in rest {
                value = self.out.member_expr(value, part, line, Role::Type);
            }
            return value;
        }
        let mut value = ExprId::NONE;
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            if value.is_some() && kind::of(child) == kind::TYPE_IDENTIFIER {
                value = self
                    .out
                    .member_expr(value, self.source.text_of(child), line, Role::Type);
            } else if !value.is_some() {
                value = self.ty(child);
            }
        }
        self.walk.close(&children);
        value
    }

    fn generic(&mut self, node: Node<'a>) -> ExprId {
        let mut base = ExprId::NONE;
        let mut items = Vec::new();
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            if kind::of(child) == kind::TYPE_ARGUMENTS {
                items = self.type_arguments(child);
            } else {
                base = self.ty(child);
            }
        }
        self.walk.close(&children);
        // `new ArrayList<>()` leaves the arguments to inference.
        if items.is_empty() || !base.is_some() {
            return base;
        }
        let items = self.out.list(&items);
        self.out
            .expr(Expr::Apply(base, items), line_of(node), Role::Silent)
    }

    fn type_arguments(&mut self, node: Node<'a>) -> Vec<ExprId> {
        let mut items = Vec::new();
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            let ty = self.ty(child);
            items.push(if ty.is_some() {
                ty
            } else {
                self.out.unknown(line_of(node))
            });
        }
        self.walk.close(&children);
        items
    }

    /// Binds type parameters in the current block, which is that of `symbol`.
    pub(super) fn type_parameters(&mut self, node: Node<'a>, symbol: SymbolId) {
        let Some(list) = node.child_by_field_id(FIELDS.type_parameters) else {
            return;
        };
        let block = self.out.block();
        let mut params: Vec<TypeParamFact> = Vec::new();
        let mut bounds: Vec<Option<Node<'a>>> = Vec::new();
        let children = self.walk.open(list);
        for index in children.clone() {
            let child = self.walk.child(index);
            let parts = self.walk.open(child);
            let find = |wanted: u8| {
                parts
                    .clone()
                    .map(|part| self.walk.child(part))
                    .find(|part| kind::of(*part) == wanted)
            };
            let (name, bound) = (find(kind::TYPE_IDENTIFIER), find(kind::TYPE_BOUND));
            self.walk.close(&parts);
            let Some(name) = name else {
                continue;
            };
            let (text, line) = (self.text(name), line_of(name));
            let position = params.len() as u32;
            let value = self
                .out
                .expr(Expr::TypeParam(symbol, position), line, Role::Silent);
            self.out.bind(text, block, value, ExprId::NONE, line);
            params.push(TypeParamFact {
                name: self.out.name(text),
                bound: ExprId::NONE,
            });
            bounds.push(bound);
        }
        self.walk.close(&children);
        // A bound may name any of the parameters.
        for (param, bound) in params.iter_mut().zip(bounds) {
            if let Some(bound) = bound {
                let types = self.type_list(bound);
                if !types.is_empty() {
                    param.bound = self.out.either(&types, line_of(bound));
                }
            }
        }
        self.out.symbol_mut(symbol).type_params = params.into();
    }
}
