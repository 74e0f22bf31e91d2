//! `use` trees and `extern crate`: each leaf binds a name to a path; a glob is an import that the resolver reads as a path.

use tree_sitter::Node;

use super::lowering::{FIELDS, Lowering, kind};
use crate::facts::{Expr, ExprId, Role, import_flag};

/// The part of a `use` tree above a branch.
#[derive(Clone)]
struct Prefix {
    /// The path so far; `NONE` at the root.
    expr: ExprId,
    /// Its text without white space; globs hand it on.
    text: String,
    /// Its last name, bound by a `self` leaf.
    last: String,
}

impl<'t> Lowering<'t, '_> {
    /// A `use` declaration.
    pub(super) fn use_declaration(&mut self, node: Node<'t>) {
        let root = Prefix {
            expr: ExprId::NONE,
            text: String::new(),
            last: String::new(),
        };
        if let Some(argument) = node.child_by_field_id(FIELDS.argument) {
            self.use_tree(argument, &root);
        }
    }

    fn use_tree(&mut self, node: Node<'t>, prefix: &Prefix) {
        self.deeper((), |this| match kind(node) {
            "use_list" => this.each(node, |this, child, _| this.use_tree(child, prefix)),
            "scoped_use_list" => {
                let inner = match node.child_by_field_id(FIELDS.path) {
                    Some(path) => this.use_path(path, prefix),
                    None => prefix.clone(),
                };
                if let Some(list) = node.child_by_field_id(FIELDS.list) {
                    this.use_tree(list, &inner);
                }
            }
            "use_as_clause" => {
                let alias = node.child_by_field_id(FIELDS.alias);
                if let Some(path) = node.child_by_field_id(FIELDS.path) {
                    let leaf = this.use_path(path, prefix);
                    this.use_leaf(&leaf, alias.map_or("_", |alias| this.text_of(alias)));
                }
            }
            "use_wildcard" => this.use_glob(node, prefix),
            _ => {
                let leaf = this.use_path(node, prefix);
                let name = leaf.last.clone();
                this.use_leaf(&leaf, &name);
            }
        });
    }

    fn use_leaf(&mut self, leaf: &Prefix, name: &str) {
        if !leaf.expr.is_some() {
            return;
        }
        let role = if self.state.in_example {
            Role::Use
        } else {
            Role::Import
        };
        self.facts.set_role(leaf.expr, role);
        let line = self.facts.facts().exprs.line(leaf.expr);
        if name != "_" && !name.is_empty() {
            let block = self.facts.block();
            self.facts.bind(name, block, leaf.expr, ExprId::NONE, line);
        }
    }

    /// A glob. Its module is the path as written (`crate::a::b`, `self::x`, `super`, `std::io`): the resolver evaluates
    /// the text of a Rust star import as a path in the importing block.
    fn use_glob(&mut self, node: Node<'t>, prefix: &Prefix) {
        let mut inner = prefix.clone();
        self.each(node, |this, child, _| inner = this.use_path(child, prefix));
        let line = self.line(node);
        if !inner.text.is_empty() {
            let mut flags = import_flag::STAR;
            if self.state.in_example {
                flags |= import_flag::IMPLICIT;
            }
            self.facts.import(&inner.text, None, line, flags);
        }
    }

    fn use_path(&mut self, node: Node<'t>, prefix: &Prefix) -> Prefix {
        let line = self.line(node);
        match kind(node) {
            "scoped_identifier" => {
                let path = node.child_by_field_id(FIELDS.path);
                let base = match path {
                    Some(path) => self.deeper(prefix.clone(), |this| this.use_path(path, prefix)),
                    None => prefix.clone(),
                };
                match node.child_by_field_id(FIELDS.name) {
                    Some(name) => self.use_path(name, &base),
                    None => base,
                }
            }
            "self" if prefix.expr.is_some() => prefix.clone(),
            "self" => self.use_root(0, "self", prefix, line),
            "crate" => self.use_root(u32::MAX, "crate", prefix, line),
            "super" => {
                let mut above = 0;
                if let Some(node) = self.facts.facts().exprs.get(prefix.expr)
                    && let Expr::Root(levels) = node.expr
                    && levels < u32::MAX - 1
                {
                    above = levels;
                }
                self.use_root(above + 1, "super", prefix, line)
            }
            "metavariable" => self.use_root(u32::MAX, "crate", prefix, line),
            _ => {
                let text = self.text_of(node);
                let expr = if prefix.expr.is_some() {
                    self.facts
                        .member_expr(prefix.expr, text, line, Role::Silent)
                } else {
                    self.facts.name_expr(text, line, Role::Silent)
                };
                joined(expr, prefix, text)
            }
        }
    }

    fn use_root(&mut self, levels: u32, text: &str, prefix: &Prefix, line: u32) -> Prefix {
        let expr = self.silent(Expr::Root(levels), line);
        Prefix {
            last: String::new(),
            ..joined(expr, prefix, text)
        }
    }

    /// `extern crate a as b;`
    pub(super) fn extern_crate(&mut self, node: Node<'t>) {
        let Some(name) = node.child_by_field_id(FIELDS.name) else {
            return;
        };
        let line = self.line(name);
        let text = self.text_of(name);
        let alias = node.child_by_field_id(FIELDS.alias);
        if text == "self" {
            let root = self.silent(Expr::Root(u32::MAX), line);
            if let Some(alias) = alias {
                let block = self.facts.block();
                self.facts
                    .bind(self.text_of(alias), block, root, ExprId::NONE, line);
            }
            return;
        }
        let local = alias.map_or(text, |alias| self.text_of(alias));
        if local == "_" {
            self.facts.import(text, None, line, 0);
        } else {
            self.facts.import_as(text, None, local, line, 0);
        }
    }
}

fn joined(expr: ExprId, prefix: &Prefix, last: &str) -> Prefix {
    let text = if prefix.text.is_empty() {
        last.to_owned()
    } else {
        format!("{}::{last}", prefix.text)
    };
    Prefix {
        expr,
        text,
        last: last.to_owned(),
    }
}
