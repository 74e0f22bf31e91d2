//! Paths and types. References, pointers, lifetimes, `impl` and `dyn` leave no trace: what decides a method is the type
//! or the trait behind them.

use tree_sitter::Node;

use super::lowering::{FIELDS, Lowering, kind};
use crate::facts::{Expr, ExprId, Role, SymbolId, TypeParamFact};

/// Bounds that have no methods anybody calls.
const MARKERS: &[&str] = &["Copy", "Send", "Sized", "Sync", "Unpin"];

impl<'t> Lowering<'t, '_> {
    /// A type; `NONE` for what says nothing (`_`, a lifetime, a marker trait).
    pub(super) fn type_of(&mut self, node: Node<'t>) -> ExprId {
        self.deeper(ExprId::NONE, |this| this.type_at(node))
    }

    fn type_at(&mut self, node: Node<'t>) -> ExprId {
        let line = self.line(node);
        match kind(node) {
            "type_identifier" | "identifier" => self.type_name(node, line),
            "primitive_type" => {
                let name = self.facts.name(self.text_of(node));
                self.silent(Expr::Name(name), line)
            }
            "generic_type" if self.last_segment(node) == "Pin" => self.pinned(node),
            "generic_type" | "generic_type_with_turbofish" => self.generic_type(node, line),
            "scoped_type_identifier" | "scoped_identifier" => self.path(node, Role::Type),
            "self" | "super" | "crate" => self.path(node, Role::Type),
            "reference_type" | "pointer_type" | "qualified_type" | "higher_ranked_trait_bound" => {
                self.type_in_field(node, FIELDS.type_name)
            }
            "dynamic_type" | "abstract_type" => self.type_in_field(node, FIELDS.trait_name),
            "array_type" => {
                let element = self.type_in_field(node, FIELDS.element);
                self.slice_of(element, line)
            }
            "tuple_type" => {
                let mut parts = Vec::new();
                self.each(node, |this, child, _| {
                    let part = this.type_of(child);
                    parts.push(this.known(part, line));
                });
                let parts = self.facts.list(&parts);
                self.silent(Expr::Tuple(parts), line)
            }
            "unit_type" => self.unit(line),
            "function_type" => self.signature(node, line),
            "bounded_type" => {
                let parts = self.bounds(node);
                self.one_of(&parts, line)
            }
            "bracketed_type" => self.first_type(node),
            _ => ExprId::NONE,
        }
    }

    pub(super) fn unit(&mut self, line: u32) -> ExprId {
        let parts = self.facts.list(&[]);
        self.silent(Expr::Tuple(parts), line)
    }

    pub(super) fn slice_of(&mut self, element: ExprId, line: u32) -> ExprId {
        let name = self.facts.name("Slice");
        let slice = self.silent(Expr::Name(name), line);
        if !element.is_some() {
            return slice;
        }
        let args = self.facts.list(&[element]);
        self.silent(Expr::Apply(slice, args), line)
    }

    fn type_name(&mut self, node: Node<'t>, line: u32) -> ExprId {
        match self.text_of(node) {
            "Self" => self.this_type(line),
            "_" => ExprId::NONE,
            text => self.facts.name_expr(text, line, Role::Type),
        }
    }

    pub(super) fn type_in_field(&mut self, node: Node<'t>, field: u16) -> ExprId {
        node.child_by_field_id(field)
            .map_or(ExprId::NONE, |child| self.type_of(child))
    }

    fn first_type(&mut self, node: Node<'t>) -> ExprId {
        let mut found = ExprId::NONE;
        self.each(node, |this, child, _| {
            if !found.is_some() {
                found = this.type_of(child);
            }
        });
        found
    }

    /// `Pin<P>` is a pointer like `&`: what it points at decides.
    fn pinned(&mut self, node: Node<'t>) -> ExprId {
        match node.child_by_field_id(FIELDS.type_arguments) {
            Some(arguments) => self.first_type(arguments),
            None => ExprId::NONE,
        }
    }

    pub(super) fn generic_type(&mut self, node: Node<'t>, line: u32) -> ExprId {
        let base = self.type_in_field(node, FIELDS.type_name);
        let arguments = node.child_by_field_id(FIELDS.type_arguments);
        self.apply(base, arguments, line)
    }

    /// A type or function with its arguments between `<` and `>`; lifetimes are left out.
    pub(super) fn apply(&mut self, base: ExprId, arguments: Option<Node<'t>>, line: u32) -> ExprId {
        let Some(arguments) = arguments.filter(|_| base.is_some()) else {
            return base;
        };
        let mut args = Vec::new();
        self.each(arguments, |this, child, _| match kind(child) {
            "lifetime" | "trait_bounds" => {}
            "type_binding" => {
                let value = this.type_in_field(child, FIELDS.type_name);
                let name = child.child_by_field_id(FIELDS.name);
                if let Some(name) = name.filter(|_| value.is_some()) {
                    let name = this.facts.name(this.text_of(name));
                    args.push(this.silent(Expr::Keyword(name, value), line));
                }
            }
            _ => {
                let arg = this.type_of(child);
                args.push(this.known(arg, line));
            }
        });
        if args.is_empty() {
            return base;
        }
        let args = self.facts.list(&args);
        self.silent(Expr::Apply(base, args), line)
    }

    /// `fn(A) -> B`, `Fn(A) -> B`.
    fn signature(&mut self, node: Node<'t>, line: u32) -> ExprId {
        let mut parts = Vec::new();
        if let Some(parameters) = node.child_by_field_id(FIELDS.parameters) {
            self.each(parameters, |this, child, _| {
                let part = match kind(child) {
                    "parameter" => this.type_in_field(child, FIELDS.type_name),
                    _ => this.type_of(child),
                };
                parts.push(this.known(part, line));
            });
        }
        let result = self.type_in_field(node, FIELDS.return_type);
        let has_result = node.child_by_field_id(FIELDS.return_type).is_some();
        parts.push(if has_result {
            self.known(result, line)
        } else {
            self.unit(line)
        });
        let parts = self.facts.list(&parts);
        self.silent(Expr::Signature(parts), line)
    }

    /// The bounds after a `:`; `NONE` when they say nothing.
    pub(super) fn bounds(&mut self, node: Node<'t>) -> Vec<ExprId> {
        let mut parts = Vec::new();
        self.each(node, |this, child, _| {
            if kind(child) == "type_identifier" && MARKERS.contains(&this.text_of(child)) {
                return;
            }
            let part = this.type_of(child);
            if part.is_some() {
                parts.push(part);
            }
        });
        parts
    }

    /// Binds the type parameters of `owner` in the current block; bounds of a `where` clause are joined to them.
    pub(super) fn type_parameters(&mut self, node: Node<'t>, owner: SymbolId) {
        let Some(list) = node.child_by_field_id(FIELDS.type_parameters) else {
            return;
        };
        let mut found: Vec<(Node<'t>, Option<Node<'t>>)> = Vec::new();
        self.each(list, |_, child, _| match kind(child) {
            "type_parameter" => {
                if let Some(name) = child.child_by_field_id(FIELDS.name) {
                    found.push((name, child.child_by_field_id(FIELDS.bounds)));
                }
            }
            // A constant takes a place among the arguments, too.
            "const_parameter" => {
                if let Some(name) = child.child_by_field_id(FIELDS.name) {
                    found.push((name, None));
                }
            }
            _ => {}
        });
        for (position, (name, _)) in found.iter().enumerate() {
            let line = self.line(*name);
            let value = self.silent(Expr::TypeParam(owner, position as u32), line);
            let block = self.facts.block();
            let text = self.text_of(*name);
            self.facts.bind(text, block, value, ExprId::NONE, line);
        }
        let mut bounds: Vec<Vec<ExprId>> = found
            .iter()
            .map(|(_, bounds)| bounds.map_or_else(Vec::new, |bounds| self.bounds(bounds)))
            .collect();
        self.where_bounds(node, &found, &mut bounds);
        for ((name, _), bounds) in found.iter().zip(bounds) {
            let line = self.line(*name);
            let bound = self.one_of(&bounds, line);
            let name = self.facts.name(self.text_of(*name));
            let fact = TypeParamFact { name, bound };
            self.facts.symbol_mut(owner).type_params.push(fact);
        }
    }

    fn where_bounds(
        &mut self,
        node: Node<'t>,
        found: &[(Node<'t>, Option<Node<'t>>)],
        bounds: &mut [Vec<ExprId>],
    ) {
        let mut clause = None;
        self.each(node, |_, child, _| {
            if kind(child) == "where_clause" {
                clause = Some(child);
            }
        });
        let Some(clause) = clause else {
            return;
        };
        self.each(clause, |this, predicate, _| {
            let left = predicate.child_by_field_id(FIELDS.left);
            let right = predicate.child_by_field_id(FIELDS.bounds);
            if let (Some(left), Some(right)) = (left, right) {
                let more = this.bounds(right);
                let text = this.text_of(left);
                let position = found
                    .iter()
                    .position(|(name, _)| this.text_of(*name) == text);
                if let Some(position) = position {
                    bounds[position].extend(more);
                }
            }
        });
    }

    // ---- paths ----

    /// A path in an expression, a type or a pattern. Its last name has `role`; a type before it is named as such.
    pub(super) fn path(&mut self, node: Node<'t>, role: Role) -> ExprId {
        self.deeper(ExprId::NONE, |this| this.path_at(node, role))
    }

    fn path_at(&mut self, node: Node<'t>, role: Role) -> ExprId {
        let line = self.line(node);
        match kind(node) {
            "crate" => self.silent(Expr::Root(u32::MAX), line),
            "super" => self.silent(Expr::Root(1), line),
            "self" => self.silent(Expr::Root(0), line),
            "scoped_identifier" | "scoped_type_identifier" => self.scoped(node, role),
            "generic_type" | "generic_type_with_turbofish" => self.generic_type(node, line),
            "bracketed_type" => self.bracketed(node),
            "metavariable" if self.text_of(node) == "$crate" => {
                self.silent(Expr::Root(u32::MAX), line)
            }
            "metavariable" => self.facts.unknown(line),
            _ => match self.text_of(node) {
                "Self" => self.this_type(line),
                text => self.facts.name_expr(text, line, role),
            },
        }
    }

    fn scoped(&mut self, node: Node<'t>, role: Role) -> ExprId {
        let Some(name) = node.child_by_field_id(FIELDS.name) else {
            return ExprId::NONE;
        };
        let line = self.line(name);
        let text = self.text_of(name);
        let Some(path) = node.child_by_field_id(FIELDS.path) else {
            return self.facts.name_expr(text, line, role);
        };
        let is_type = self
            .last_segment(path)
            .starts_with(|first: char| first.is_uppercase());
        let base_role = if is_type { Role::Type } else { Role::Silent };
        let base = self.path(path, base_role);
        let base = self.known(base, line);
        if text == "super"
            && let Expr::Root(levels) = self.facts.facts().exprs.expr(base)
        {
            let levels = levels.saturating_add(1).min(u32::MAX - 1);
            return self.silent(Expr::Root(levels), line);
        }
        self.facts.member_expr(base, text, line, role)
    }

    /// `<T>` and `<T as Trait>` before a `::`: the members of `T`, the trait is only named.
    fn bracketed(&mut self, node: Node<'t>) -> ExprId {
        let mut found = ExprId::NONE;
        self.each(node, |this, child, _| {
            if kind(child) == "qualified_type" {
                this.type_in_field(child, FIELDS.alias);
            }
            found = this.type_of(child);
        });
        found
    }

    /// The last name of a path, for telling types from modules by their spelling.
    pub(super) fn last_segment(&self, node: Node<'t>) -> &'t str {
        let mut node = node;
        // Two levels at most: a generic type around a path.
        for _ in 0..3 {
            let next = match kind(node) {
                "generic_type" | "generic_type_with_turbofish" => {
                    node.child_by_field_id(FIELDS.type_name)
                }
                "scoped_identifier" | "scoped_type_identifier" => {
                    node.child_by_field_id(FIELDS.name)
                }
                _ => None,
            };
            match next {
                Some(next) => node = next,
                None => break,
            }
        }
        match kind(node) {
            "bracketed_type" => "",
            _ => self.text_of(node),
        }
    }
}
