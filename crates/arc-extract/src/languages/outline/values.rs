//! How values are made from values: names, members, calls, constructions, casts.

use tree_sitter::Node;

use super::walk::{Place, Walk};
use super::{Shape, leaf_text};
use crate::facts::{BlockId, Expr, ExprId, Name, Role, SymbolId};
use crate::source::line_of;

impl<'w> Walk<'w> {
    /// The types that conditions walked inside `condition` tested names for.
    pub(in crate::languages) fn narrowing(
        &mut self,
        condition: impl FnOnce(&mut Walk<'w>),
    ) -> Vec<(&'w str, ExprId)> {
        let outer = std::mem::take(&mut self.narrowed);
        condition(self);
        std::mem::replace(&mut self.narrowed, outer)
    }

    /// Gives tested names their types in the current block.
    pub(in crate::languages) fn bind_narrowed(
        &mut self,
        narrowed: &[(&'w str, ExprId)],
        line: u32,
    ) {
        for (name, target) in narrowed {
            let old = self.facts.name_expr(name, line, Role::Silent);
            let value = self
                .facts
                .expr(Expr::Cast(old, *target), line, Role::Silent);
            let block = self.facts.block();
            self.facts.bind(name, block, value, ExprId::NONE, line);
        }
    }

    /// A name in use.
    pub(in crate::languages) fn name_value(&mut self, text: &'w str, line: u32) -> ExprId {
        if self.in_type {
            return self.facts.name_expr(text, line, Role::Type);
        }
        if self.outline.this_names.contains(&text) {
            return self.facts.expr(Expr::This, line, Role::Silent);
        }
        if self.outline.super_names.contains(&text) {
            return self.facts.expr(Expr::Super, line, Role::Silent);
        }
        let name = self.facts.name(text);
        // A name with a sigil is a variable, and those of other files are no symbols.
        let role = if self.locals.contains(name) || text.starts_with('$') {
            Role::Silent
        } else {
            Role::Use
        };
        self.facts.expr(Expr::Name(name), line, role)
    }

    /// `base.name`. The name's node may carry type arguments.
    pub(in crate::languages) fn member_value(&mut self, base: ExprId, name: Node<'w>) -> ExprId {
        let line = line_of(name);
        let text = match name.named_child(0) {
            Some(_) => leaf_text(self.source.text, name),
            None => self.text(name),
        };
        self.member_named(base, text, line)
    }

    /// `base.text`.
    pub(in crate::languages) fn member_named(
        &mut self,
        base: ExprId,
        text: &'w str,
        line: u32,
    ) -> ExprId {
        let base = self.some(base, line);
        let role = if self.in_type { Role::Type } else { Role::Use };
        if self.in_type {
            self.facts.set_role(base, Role::Silent);
        }
        self.facts.member_expr(base, text, line, role)
    }

    /// The values of an argument list.
    pub(in crate::languages) fn arguments(&mut self, args: Option<Node<'w>>) -> Vec<ExprId> {
        let mut values = match args {
            Some(args) => {
                let outer = std::mem::replace(&mut self.in_type, false);
                let values = self.values(args);
                self.in_type = outer;
                values
            }
            None => Vec::new(),
        };
        for value in &mut values {
            self.as_argument(*value);
        }
        values
    }

    /// A used value that is passed on.
    pub(in crate::languages) fn as_argument(&mut self, value: ExprId) {
        let mut value = value;
        if let Some(node) = self.facts.facts().exprs.get(value)
            && let Expr::Keyword(_, inner) | Expr::Spread(inner) = node.expr
        {
            value = inner;
        }
        let role = self.facts.facts().exprs.get(value).map(|node| node.role);
        if role == Some(Role::Use as u8) {
            self.facts.set_role(value, Role::Argument);
        }
    }

    /// The value whose member `callee` is; `NONE` when it is no member.
    pub(in crate::languages) fn receiver(&self, callee: ExprId) -> ExprId {
        let node = self.facts.facts().exprs.get(callee);
        match node.map(|node| node.expr) {
            Some(Expr::Member(base, _)) => base,
            _ => ExprId::NONE,
        }
    }

    /// What `callee` gives to the function that it is handed: the elements of its receiver when its `name` is one of
    /// `iterators`, else nothing known.
    pub(in crate::languages) fn given_by(
        &mut self,
        callee: ExprId,
        name: &str,
        iterators: &[&str],
        line: u32,
    ) -> ExprId {
        let base = self.receiver(callee);
        if base.is_some() && iterators.contains(&name) {
            self.facts.expr(Expr::Element(base), line, Role::Silent)
        } else {
            ExprId::NONE
        }
    }

    /// A call; the line is the callee's if that is known.
    pub(in crate::languages) fn call_value(
        &mut self,
        callee: ExprId,
        args: Option<Node<'w>>,
        line: u32,
    ) -> ExprId {
        let args = self.arguments(args);
        self.call_with(callee, &args, line)
    }

    /// A call with arguments that are known.
    pub(in crate::languages) fn call_with(
        &mut self,
        callee: ExprId,
        args: &[ExprId],
        line: u32,
    ) -> ExprId {
        let callee = self.some(callee, line);
        let line = self
            .facts
            .facts()
            .exprs
            .get(callee)
            .map_or(line, |node| node.line);
        self.facts.call_expr(callee, args, line)
    }

    /// A construction.
    pub(in crate::languages) fn new_value(
        &mut self,
        target: ExprId,
        args: Option<Node<'w>>,
        line: u32,
    ) -> ExprId {
        let args = self.arguments(args);
        self.new_with(target, &args, line)
    }

    /// A construction with arguments that are known.
    pub(in crate::languages) fn new_with(
        &mut self,
        target: ExprId,
        args: &[ExprId],
        line: u32,
    ) -> ExprId {
        let target = self.some(target, line);
        let mut named = target;
        if let Some(node) = self.facts.facts().exprs.get(target)
            && let Expr::Apply(base, _) = node.expr
        {
            named = base;
        }
        self.facts.set_role(named, Role::Silent);
        let args = self.facts.list(args);
        self.facts.expr(Expr::New(target, args), line, Role::Call)
    }

    /// `base[key]`.
    pub(in crate::languages) fn index_value(
        &mut self,
        base: ExprId,
        key: ExprId,
        line: u32,
    ) -> ExprId {
        let base = self.some(base, line);
        let key = self.some(key, line);
        self.facts.expr(Expr::Index(base, key), line, Role::Silent)
    }

    /// A value seen as a type.
    pub(in crate::languages) fn cast(
        &mut self,
        value: ExprId,
        target: ExprId,
        line: u32,
    ) -> ExprId {
        if target.is_some() {
            self.facts
                .expr(Expr::Cast(value, target), line, Role::Silent)
        } else {
            value
        }
    }

    /// Tests a value for a type: a plain name has that type where the test holds.
    pub(in crate::languages) fn type_test(
        &mut self,
        tested: Option<Node<'w>>,
        target: Option<Node<'w>>,
    ) -> ExprId {
        if let Some(tested) = tested {
            self.value(tested);
        }
        if let Some(target) = target {
            let target = self.type_value(target);
            if let Some(tested) = tested
                && target.is_some()
                && matches!(self.shape(tested), Shape::Name)
            {
                let name = self.text(tested);
                self.narrowed.push((name, target));
            }
        }
        ExprId::NONE
    }

    /// The same for a receiver that was walked before.
    pub(in crate::languages) fn type_test_of(
        &mut self,
        tested: Option<Node<'w>>,
        target: Option<Node<'w>>,
    ) -> ExprId {
        if let Some(target) = target {
            let target = self.type_value(target);
            if let Some(tested) = tested.filter(|tested| tested.kind() == "identifier")
                && target.is_some()
            {
                let name = self.text(tested);
                self.narrowed.push((name, target));
            }
        }
        ExprId::NONE
    }

    /// The name of the function around that has one.
    pub(in crate::languages) fn function_name(&mut self) -> Option<Name> {
        let symbols: Vec<SymbolId> = self.functions.iter().map(|f| f.symbol).collect();
        symbols.into_iter().rev().find_map(|symbol| {
            let name = self.facts.symbol_mut(symbol).name;
            (!self.facts.text(name).is_empty()).then_some(name)
        })
    }

    pub(super) fn argument(&mut self, node: Node<'w>, field: &str) -> ExprId {
        let name = node.child_by_field_name(field);
        let mut value = ExprId::NONE;
        self.each(node, |walk, child, _| {
            if Some(child) != name {
                let found = walk.value(child);
                if !child.is_extra() {
                    value = found;
                }
            }
        });
        match name {
            Some(name) => {
                let text = self.text(name);
                self.keyword(text, value, line_of(node))
            }
            None => value,
        }
    }

    /// `name: value` among arguments.
    pub(in crate::languages) fn keyword(&mut self, text: &str, value: ExprId, line: u32) -> ExprId {
        let value = self.some(value, line);
        let name = self.facts.name(text);
        self.facts
            .expr(Expr::Keyword(name, value), line, Role::Silent)
    }

    pub(super) fn generic(&mut self, node: Node<'w>) -> ExprId {
        let line = line_of(node);
        let mut base = ExprId::NONE;
        let mut args = Vec::new();
        self.each(node, |walk, child, _| {
            if child.is_extra() {
                return;
            }
            if base.is_some() {
                let outer = std::mem::replace(&mut walk.in_type, true);
                if matches!(walk.shape(child), Shape::TypeArguments) {
                    args.extend(walk.values(child));
                } else {
                    let value = walk.value(child);
                    let value = walk.some(value, line);
                    args.push(value);
                }
                walk.in_type = outer;
            } else {
                base = walk.value(child);
            }
        });
        self.apply(base, &args, line)
    }

    /// A generic type with arguments; the base itself when there are none.
    pub(in crate::languages) fn apply(
        &mut self,
        base: ExprId,
        args: &[ExprId],
        line: u32,
    ) -> ExprId {
        if !base.is_some() || args.is_empty() {
            return base;
        }
        let args = self.facts.list(args);
        self.facts.expr(Expr::Apply(base, args), line, Role::Silent)
    }

    /// A string: quotes and content.
    pub(in crate::languages) fn string(&mut self, node: Node<'w>) -> ExprId {
        let mut plain = true;
        self.each(node, |walk, child, _| {
            if child.named_child_count() > 0 {
                plain = false;
                walk.value(child);
            }
        });
        let line = line_of(node);
        if plain {
            let text = unquoted(self.text(node));
            self.facts.text_expr(text, self.outline.text_type, line)
        } else {
            self.facts.literal_expr(self.outline.text_type, line)
        }
    }

    pub(super) fn result(&mut self, node: Node<'w>, is_yield: bool) -> ExprId {
        let value = self.sequence(node);
        if value.is_some() {
            self.return_value(value, is_yield);
        }
        ExprId::NONE
    }

    /// Adds a result of the function around.
    pub(in crate::languages) fn return_value(&mut self, value: ExprId, is_yield: bool) {
        if self.place == Place::Function {
            self.facts.add_return(value, is_yield);
        }
    }

    pub(super) fn wrap(
        &mut self,
        value: ExprId,
        node: Node<'w>,
        make: fn(ExprId) -> Expr,
    ) -> ExprId {
        if value.is_some() {
            self.facts.expr(make(value), line_of(node), Role::Silent)
        } else {
            ExprId::NONE
        }
    }

    /// The block of the function around, else the current one.
    pub(in crate::languages) fn function_block(&self) -> BlockId {
        match (self.place, self.functions.last()) {
            (Place::Function, Some(function)) => function.block,
            _ => self.facts.block(),
        }
    }

    /// Whether a name is a local of the function around.
    pub(in crate::languages) fn is_local(&mut self, text: &str) -> bool {
        let name = self.facts.name(text);
        self.locals.contains(name)
    }
}

/// The content of a quoted string.
pub(in crate::languages) fn unquoted(text: &str) -> &str {
    let start = text.find(['"', '\'', '`']).map_or(0, |at| at + 1);
    let text = text.get(start..).unwrap_or("");
    text.trim_start_matches('"')
        .trim_end_matches(['"', '\'', '`'])
}
