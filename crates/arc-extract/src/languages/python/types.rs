//! Annotations to type expressions, written as code or as text.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most of the grammar's kinds cannot stand at a given place, and those that do by error are not followed"
)]

use tree_sitter::Node;

use super::lower::Lowering;
use super::syntax::Expression;
use crate::facts::{Expr, ExprId, Role};

/// Annotations that leave open what something is; what it is given says more.
const OPEN: &[&str] = &["Any", "ClassVar", "Final"];

impl<'s> Lowering<'s, '_> {
    /// Lowers what a place is declared as; `NONE` when that leaves everything open.
    pub(super) fn annotation(&mut self, node: Node<'s>) -> ExprId {
        let inner = match self.kind(node) {
            Expression::Type => node.named_child(0).unwrap_or(node),
            _ => node,
        };
        let declared = self.type_expr(node);
        if OPEN.contains(&self.last_name(inner)) {
            ExprId::NONE
        } else {
            declared
        }
    }

    /// Lowers a type.
    pub(super) fn type_expr(&mut self, node: Node<'s>) -> ExprId {
        match self.deeper(|this| this.type_here(node)) {
            Some(value) => value,
            None => {
                let line = self.line(node);
                self.facts.unknown(line)
            }
        }
    }

    fn type_here(&mut self, node: Node<'s>) -> ExprId {
        let line = self.line(node);
        match self.kind(node) {
            Expression::Type | Expression::Parentheses | Expression::ConstrainedType => {
                match node.named_child(0) {
                    Some(inner) => self.type_expr(inner),
                    None => self.facts.unknown(line),
                }
            }
            Expression::Identifier => {
                let text = self.text_of(node);
                self.type_name(text, line)
            }
            // `typing.Self`, under whatever name the module goes.
            Expression::Attribute if self.means_own_type(self.last_name(node)) => {
                self.facts.expr(Expr::ThisType, line, Role::Silent)
            }
            Expression::Attribute => self.expr(node, Role::Type),
            Expression::GenericType => {
                let (head, arguments) = (node.named_child(0), node.named_child(1));
                let (Some(head), Some(arguments)) = (head, arguments) else {
                    return self.facts.unknown(line);
                };
                self.applied(head, arguments)
            }
            Expression::Subscript => match self.field(node, self.syntax.fields.value) {
                Some(head) => self.applied(head, node),
                None => self.facts.unknown(line),
            },
            Expression::UnionType | Expression::Binary | Expression::Tuple => {
                let mut members = Vec::new();
                self.type_children(node, 0, &mut members);
                self.union(&members, line)
            }
            Expression::List => {
                let mut members = Vec::new();
                self.type_children(node, 0, &mut members);
                let list = self.facts.list(&members);
                self.facts.expr(Expr::Tuple(list), line, Role::Silent)
            }
            Expression::MemberType => {
                let (base, name) = (node.named_child(0), node.named_child(1));
                let (Some(base), Some(name)) = (base, name) else {
                    return self.facts.unknown(line);
                };
                let base = self.type_expr(base);
                let name = self.text_of(name);
                self.facts.member_expr(base, name, line, Role::Type)
            }
            Expression::None => self.facts.literal_expr("None", line),
            Expression::Text => match self.plain_text(node) {
                Some(text) => TextType::new(text, line).read(self),
                None => self.facts.unknown(line),
            },
            Expression::Call => self.expr(node, Role::Use),
            _ => self.facts.unknown(line),
        }
    }

    /// Whether a name of `typing` means the class around.
    fn means_own_type(&self, name: &str) -> bool {
        name == "Self" && self.frames.class_position().is_some()
    }

    /// A type's name. A type variable becomes a type parameter of the definition whose signature this is.
    fn type_name(&mut self, text: &str, line: u32) -> ExprId {
        let name = self.facts.name(text);
        if self.means_own_type(text) {
            return self.facts.expr(Expr::ThisType, line, Role::Silent);
        }
        if let Some(bound) = self.type_variables.get(&name).copied()
            && let Some((symbol, mut names)) = self.generic.take()
        {
            let symbol_of_class = self.class_with_parameter(symbol, name);
            if symbol_of_class {
                self.generic = Some((symbol, names));
                return self.facts.expr(Expr::Name(name), line, Role::Silent);
            }
            // What a function around calls so is known where it is called, not inside: what the body says counts.
            if self.function_around_has(symbol, name) {
                self.generic = Some((symbol, names));
                self.facts.expr(Expr::Name(name), line, Role::Type);
                return self.facts.unknown(line);
            }
            // The variable that stands for the parameter is named as well.
            self.facts.expr(Expr::Name(name), line, Role::Type);
            let position = names.iter().position(|known| *known == name);
            let position = position.unwrap_or_else(|| {
                names.push(name);
                self.add_type_parameter(symbol, name, bound);
                names.len() - 1
            });
            self.generic = Some((symbol, names));
            let parameter = Expr::TypeParam(symbol, position as u32);
            return self.facts.expr(parameter, line, Role::Silent);
        }
        self.facts.expr(Expr::Name(name), line, Role::Type)
    }

    /// Whether the class around `symbol` has this type parameter, so that the name means the class's.
    fn class_with_parameter(
        &mut self,
        symbol: crate::facts::SymbolId,
        name: crate::facts::Name,
    ) -> bool {
        let Some(index) = self.frames.class_position() else {
            return false;
        };
        let class = self.frames.at(index).symbol;
        class != symbol
            && self.facts.facts().symbols[class.index()]
                .type_params
                .iter()
                .any(|parameter| parameter.name == name)
    }

    /// Whether a function around `symbol` has this type parameter.
    fn function_around_has(
        &self,
        symbol: crate::facts::SymbolId,
        name: crate::facts::Name,
    ) -> bool {
        let symbols = &self.facts.facts().symbols;
        self.frames.functions().any(|around| {
            let params = &symbols[around.index()].type_params;
            around != symbol && params.iter().any(|parameter| parameter.name == name)
        })
    }

    /// Lowers the children of a node from `skip` on as types.
    fn type_children(&mut self, node: Node<'s>, skip: usize, members: &mut Vec<ExprId>) {
        let children = self.children(node);
        for index in children.clone().skip(skip) {
            let child = self.child_at(index).node;
            members.push(self.type_expr(child));
        }
        self.release(children);
    }

    /// `head[arguments]`: `arguments` is a node whose children are the arguments, the head left out.
    fn applied(&mut self, head: Node<'s>, arguments: Node<'s>) -> ExprId {
        let line = self.line(head);
        let name = self.last_name(head);
        let skip = usize::from(self.kind(arguments) == Expression::Subscript);
        match name {
            "Literal" => return self.facts.literal_expr("str", line),
            "Annotated" => {
                let children = self.children(arguments);
                let mut annotated = self.facts.unknown(line);
                for (at, index) in children.clone().skip(skip).enumerate() {
                    let child = self.child_at(index).node;
                    if at == 0 {
                        annotated = self.type_expr(child);
                    } else {
                        // What is said of the type is run (`Annotated[Session, Depends(session)]`).
                        self.expr(child, Role::Use);
                    }
                }
                self.release(children);
                return annotated;
            }
            _ => {}
        }
        let head = if is_wrapper(name) {
            ExprId::NONE
        } else {
            self.type_expr(head)
        };
        let mut members = Vec::new();
        self.type_children(arguments, skip, &mut members);
        // A tuple as the only argument holds the arguments: `Union[(A, B)]`, and what the grammar makes of `A, B`.
        self.apply(head, name, &members, line)
    }

    /// The type `name[members]`, whose head was lowered unless it is a mere wrapper.
    fn apply(&mut self, head: ExprId, name: &str, members: &[ExprId], line: u32) -> ExprId {
        match name {
            "Union" => self.union(members, line),
            "Callable" => {
                let mut parts = Vec::new();
                if let [parameters, result] = members {
                    let node = self.facts.facts().exprs.expr(*parameters);
                    if let Expr::Tuple(list) = node {
                        parts.extend(self.facts.facts().list(list));
                    }
                    parts.push(*result);
                }
                let list = self.facts.list(&parts);
                self.facts.expr(Expr::Signature(list), line, Role::Silent)
            }
            // An instance of `type[T]` is `T` itself.
            "type" | "Type" => match members.first() {
                Some(only) => self.facts.expr(Expr::TypeOf(*only), line, Role::Silent),
                None => self.facts.unknown(line),
            },
            "tuple" | "Tuple" if !self.is_ellipsis(members) => {
                let list = self.facts.list(members);
                self.facts.expr(Expr::Tuple(list), line, Role::Silent)
            }
            _ if is_wrapper(name) => match members.first() {
                Some(only) => *only,
                None => self.facts.unknown(line),
            },
            _ => {
                let list = self.facts.list(members);
                self.facts.expr(Expr::Apply(head, list), line, Role::Silent)
            }
        }
    }

    /// `tuple[T, ...]` is a sequence of any length.
    fn is_ellipsis(&self, members: &[ExprId]) -> bool {
        matches!(members, [_, last] if self.facts.facts().exprs.expr(*last) == Expr::Unknown)
    }

    /// One of several types; `None` says nothing unless it is alone.
    fn union(&mut self, members: &[ExprId], line: u32) -> ExprId {
        let facts = self.facts.facts();
        let is_none = |member: &ExprId| match facts.exprs.expr(*member) {
            Expr::Literal(name) => facts.text(name) == "None",
            _ => false,
        };
        let kept: Vec<ExprId> = members
            .iter()
            .filter(|member| !is_none(member))
            .copied()
            .collect();
        match (kept.as_slice(), members) {
            ([], [none, ..]) => *none,
            ([], []) => self.facts.unknown(line),
            (kept, _) => self.facts.either(kept, line),
        }
    }
}

/// Types that stand for their only argument.
fn is_wrapper(name: &str) -> bool {
    matches!(
        name,
        "Optional"
            | "Final"
            | "ClassVar"
            | "Required"
            | "NotRequired"
            | "ReadOnly"
            | "InitVar"
            | "Union"
            | "Callable"
            | "type"
            | "Type"
            | "TypeGuard"
            | "TypeIs"
            | "Unpack"
    )
}

/// Reads a type written as text: names, dots, brackets and bars.
struct TextType<'t> {
    rest: &'t str,
    line: u32,
    depth: u32,
}

impl<'t> TextType<'t> {
    fn new(text: &'t str, line: u32) -> TextType<'t> {
        TextType {
            rest: text,
            line,
            depth: 0,
        }
    }

    fn read(&mut self, lowering: &mut Lowering<'_, '_>) -> ExprId {
        let value = self.union(lowering);
        if self.rest.trim().is_empty() {
            value
        } else {
            lowering.facts.unknown(self.line)
        }
    }

    fn union(&mut self, lowering: &mut Lowering<'_, '_>) -> ExprId {
        let mut members = vec![self.single(lowering)];
        while self.take('|') {
            members.push(self.single(lowering));
        }
        if members.len() == 1 {
            members[0]
        } else {
            lowering.union(&members, self.line)
        }
    }

    fn single(&mut self, lowering: &mut Lowering<'_, '_>) -> ExprId {
        self.depth += 1;
        let value = if self.depth > 50 {
            self.rest = "";
            lowering.facts.unknown(self.line)
        } else if self.take('[') {
            let members = self.members(lowering);
            let list = lowering.facts.list(&members);
            lowering
                .facts
                .expr(Expr::Tuple(list), self.line, Role::Silent)
        } else {
            self.path(lowering)
        };
        self.depth -= 1;
        value
    }

    fn path(&mut self, lowering: &mut Lowering<'_, '_>) -> ExprId {
        // A quoted name inside a quoted type.
        let quoted = ['"', '\''].into_iter().find(|quote| self.take(*quote));
        let mut name = self.word();
        if name.is_empty() {
            self.rest = self.rest.trim_start().trim_start_matches('.');
            return lowering.facts.unknown(self.line);
        }
        let mut head = if name == "None" {
            lowering.facts.literal_expr("None", self.line)
        } else {
            lowering.type_name(name, self.line)
        };
        while self.take('.') {
            name = self.word();
            head = if lowering.means_own_type(name) {
                let own = Expr::ThisType;
                lowering.facts.expr(own, self.line, Role::Silent)
            } else {
                let facts = &mut lowering.facts;
                facts.member_expr(head, name, self.line, Role::Type)
            };
        }
        if let Some(quote) = quoted {
            self.take(quote);
        }
        if !self.take('[') {
            return head;
        }
        if name == "Literal" {
            self.rest = self.rest.split_once(']').map_or("", |(_, rest)| rest);
            return lowering.facts.literal_expr("str", self.line);
        }
        let members = self.members(lowering);
        if name == "Annotated" {
            return members.first().copied().unwrap_or(head);
        }
        if is_wrapper(name) {
            lowering.facts.set_role(head, Role::Silent);
        }
        lowering.apply(head, name, &members, self.line)
    }

    /// What follows an opening bracket, up to the closing one.
    fn members(&mut self, lowering: &mut Lowering<'_, '_>) -> Vec<ExprId> {
        let mut members = Vec::new();
        while !self.take(']') && !self.rest.trim().is_empty() {
            let before = self.rest.len();
            members.push(self.union(lowering));
            self.take(',');
            if self.rest.len() == before {
                self.rest = "";
            }
        }
        members
    }

    fn take(&mut self, expected: char) -> bool {
        let rest = self.rest.trim_start();
        match rest.strip_prefix(expected) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn word(&mut self) -> &'t str {
        let rest = self.rest.trim_start();
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let (word, rest) = rest.split_at(end);
        self.rest = rest;
        word
    }
}
