//! What only C++ has around definitions: namespaces, `using`, aliases, templates and friends.

use arc_graph::NodeKind;
use tree_sitter::Node;

use super::includes::NAMESPACE_MARK;
use super::kinds as k;
use super::lower::{Lowering, Scope};
use crate::builder::Outer;
use crate::facts::{ExprId, Role, import_flag};
use crate::source::line_of;

impl<'a> Lowering<'a, '_> {
    /// `namespace a::b {…}`. Nameless and inline ones add nothing to the names of what they hold.
    pub(super) fn namespace(&mut self, node: Node<'a>) {
        let Some(body) = self.field(node, self.fields.body) else {
            return;
        };
        let Some(name) = self.field(node, self.fields.name) else {
            let file_local = std::mem::replace(&mut self.file_local, true);
            self.items(body);
            self.file_local = file_local;
            return;
        };
        if self.text_of(node).starts_with("inline") {
            self.items(body);
            return;
        }
        let parts = self.text_of(name).split("::");
        let parts: Vec<&str> = parts
            .map(|part| part.trim().trim_start_matches("inline ").trim())
            .collect();
        let open = |lowering: &mut Self, part: &str, label: &str| {
            let symbol = lowering.add_symbol(part, NodeKind::Module, node);
            lowering.facts.enter_namespace(symbol, label)
        };
        self.inside(&parts, open, |lowering| lowering.items(body));
    }

    /// Reads what stands in namespaces inside of one another. `open` opens the block of one that is new to the file.
    fn inside<P: AsRef<str>>(
        &mut self,
        parts: &[P],
        open: impl Fn(&mut Self, &str, &str) -> Outer,
        read: impl FnOnce(&mut Self),
    ) {
        let (length, home) = (self.namespace.len(), self.home);
        let mut outers = Vec::new();
        for part in parts {
            if !self.namespace.is_empty() {
                self.namespace.push_str("::");
            }
            self.namespace.push_str(part.as_ref());
            let outer = match self.namespaces.get(&self.namespace).copied() {
                Some((block, symbol)) => self.facts.enter_at(block, symbol),
                None => {
                    let label = self.namespace.clone();
                    let outer = open(self, part.as_ref(), &label);
                    let place = (self.facts.block(), self.facts.symbol());
                    self.namespaces.insert(label, place);
                    outer
                }
            };
            outers.push(outer);
        }
        self.home = (self.facts.block(), self.facts.symbol(), Scope::Namespace);
        read(self);
        for outer in outers.into_iter().rev() {
            self.facts.leave(outer);
        }
        self.home = home;
        self.namespace.truncate(length);
    }

    /// Visits what stands in namespaces that macros open; false where it stands in none that is not entered already.
    pub(super) fn visit_opened(&mut self, node: Node<'a>, kind: u8) -> bool {
        // Macros and includes have no scope.
        if self.scope != Scope::Namespace
            || matches!(kind, k::PREPROC_DEF | k::PREPROC_FUNCTION | k::INCLUDE)
        {
            return false;
        }
        let at = node.start_byte();
        let around = self
            .opened
            .iter()
            .filter(|opened| opened.start <= at && at < opened.end);
        let parts: Vec<String> = around
            .skip(self.entered)
            .map(|opened| opened.part.clone())
            .collect();
        if parts.is_empty() {
            return false;
        }
        self.entered += parts.len();
        let open = |lowering: &mut Self, _: &str, label: &str| lowering.facts.enter_shared(label);
        self.inside(&parts, open, |lowering| lowering.visit(node));
        self.entered -= parts.len();
        true
    }

    /// `namespace fs = std::filesystem;`
    pub(super) fn namespace_alias(&mut self, node: Node<'a>) {
        let Some(name) = self.field(node, self.fields.name) else {
            return;
        };
        let (start, end) = self.push(node);
        let target = self.child(end - 1);
        self.pop(start);
        if target == name {
            return;
        }
        let mut base = ExprId::NONE;
        for part in self.text_of(target).split("::") {
            let part = part.trim();
            if part.is_empty() {
                continue;
            }
            base = if base.is_some() {
                self.facts
                    .member_expr(base, part, line_of(target), Role::Silent)
            } else {
                self.facts.name_expr(part, line_of(target), Role::Silent)
            };
        }
        let block = self.facts.block();
        let text = self.text_of(name);
        self.facts
            .bind(text, block, base, ExprId::NONE, line_of(node));
    }

    /// `using namespace a;` and `using a::b;`
    pub(super) fn using(&mut self, node: Node<'a>) {
        let Some(target) = self.first_of(
            node,
            &[
                k::IDENTIFIER,
                k::QUALIFIED,
                k::NAMESPACE_IDENTIFIER,
                k::NESTED_NAMESPACE,
            ],
        ) else {
            return;
        };
        let line = line_of(node);
        let words = self
            .text
            .get(node.start_byte()..target.start_byte())
            .unwrap_or("");
        if words.contains("namespace") {
            let path: String = self
                .text_of(target)
                .chars()
                .filter(|letter| !letter.is_whitespace())
                .collect();
            let path = path.trim_start_matches("::");
            let mut label = path.to_owned();
            let mut outer = self.namespace.as_str();
            while !outer.is_empty() {
                let candidate = format!("{outer}::{path}");
                if self.namespaces.contains_key(&candidate) {
                    label = candidate;
                    break;
                }
                outer = outer.rsplit_once("::").map_or("", |(before, _)| before);
            }
            let module = format!("{NAMESPACE_MARK}{label}");
            self.facts.import(
                &module,
                None,
                line,
                import_flag::STAR | import_flag::IMPLICIT,
            );
            return;
        }
        if self.kind(target) == k::QUALIFIED {
            let value = self.path(target, ExprId::NONE, Role::Import);
            let name = self.split_name(target).1;
            let block = self.facts.block();
            self.facts.bind(name, block, value, ExprId::NONE, line);
        }
    }

    /// `using X = T;`
    pub(super) fn alias(&mut self, node: Node<'a>) {
        let (Some(name), Some(target)) = (
            self.field(node, self.fields.name),
            self.field(node, self.fields.type_),
        ) else {
            return;
        };
        let text = self.text_of(name);
        let template = self.template.take();
        if self.scope == Scope::Function {
            let value = self.type_expr(target);
            let block = self.facts.block();
            self.facts
                .bind(text, block, value, ExprId::NONE, line_of(node));
            return;
        }
        let symbol = self.add_symbol(text, NodeKind::TypeAlias, node);
        self.facts.bind_symbol(symbol);
        let declared = match template {
            Some(template) => {
                let outer = self
                    .facts
                    .enter_symbol(symbol, crate::facts::BlockKind::Plain);
                self.type_parameters(template, symbol);
                let declared = self.type_expr(target);
                self.facts.leave(outer);
                declared
            }
            None => self.type_expr(target),
        };
        self.facts.symbol_mut(symbol).declared = declared;
    }

    /// `template <…>` before a definition, which takes the parameters.
    pub(super) fn template_declaration(&mut self, node: Node<'a>) {
        let (start, end) = self.push(node);
        let outer = self.template.take();
        for index in start..end {
            let child = self.child(index);
            match self.kind(child) {
                k::TEMPLATE_PARAMETERS => self.template = Some(child),
                k::COMMENT => {}
                _ => self.visit(child),
            }
        }
        self.template = outer;
        self.pop(start);
    }

    /// A function defined in a friend declaration belongs to the namespace around the class.
    pub(super) fn friend(&mut self, node: Node<'a>) {
        let Some(function) = self.first_of(node, &[k::FUNCTION]) else {
            return;
        };
        let block = self.namespaces.iter().find_map(|(label, place)| {
            let class = self
                .namespace
                .rsplit_once("::")
                .map_or("", |(before, _)| before);
            (label.as_str() == class).then_some(*place)
        });
        let (block, symbol) =
            block.unwrap_or((crate::facts::BlockId(0), crate::facts::SymbolId(0)));
        let outer = self.facts.enter_at(block, symbol);
        let (scope, home) = (self.scope, self.home);
        self.scope = Scope::Namespace;
        self.home = (block, symbol, Scope::Namespace);
        self.visit(function);
        (self.scope, self.home) = (scope, home);
        self.facts.leave(outer);
    }
}
