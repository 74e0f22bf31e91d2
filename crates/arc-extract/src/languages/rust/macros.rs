//! Macros. The grammar gives their arguments as tokens only; where these are Rust themselves (the arguments of `assert!`,
//! the items of `cfg_unix! { … }`) they are parsed again and lowered like any other code, at their own lines. What does
//! not parse is read by [its tokens](super::scan).

use arc_graph::NodeKind;
use tree_sitter::Node;

use super::expand::{Gives, MAX_WORK, are_items, expanded, given};
use super::items::{Lead, STANDARD_DERIVES};
use super::lowering::{FIELDS, Lowering, State, kind, parse_fragment};
use crate::ends::{BUILT, Side, Space, is_variable, with_holes};
use crate::facts::{BlockKind, Expr, ExprId, Role, import_flag};
use crate::languages::{MACRO_MARK, MACROS};

/// What the name of a macro that derives something begins with; no source can spell it.
const DERIVE: &str = "derive ";

/// Macros inside macros deeper than this are read by their tokens.
const MAX_FRAGMENTS: u32 = 6;

/// How a macro of the standard library or of wide use treats its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// Arguments are expressions, the value is of this type.
    Gives(&'static str),
    /// Arguments are expressions, and the call does not return.
    Diverges,
    /// The value is the first argument.
    First,
    /// The value is the good one inside the first argument.
    Unwraps,
    /// A list of its arguments.
    List,
    /// An expression and a pattern.
    Matches,
    /// Arms of a pattern, a future and a handler.
    Select,
    /// Futures that are awaited together: a tuple of their results.
    Join,
    /// Nothing that could hold a call.
    Inert,
}

fn known(name: &str) -> Option<Known> {
    Some(match name {
        "println" | "print" | "eprintln" | "eprint" | "assert" | "assert_eq" | "assert_ne"
        | "debug_assert" | "debug_assert_eq" | "debug_assert_ne" | "write" | "writeln"
        | "trace" | "debug" | "info" | "warn" | "error" | "log" | "event" | "ensure" => {
            Known::Gives("()")
        }
        "format" | "format_args" => Known::Gives("String"),
        "panic" | "todo" | "unreachable" | "unimplemented" | "bail" => Known::Diverges,
        "dbg" | "pin" | "black_box" => Known::First,
        "ready" => Known::Unwraps,
        "vec" => Known::List,
        "matches" | "assert_matches" | "debug_assert_matches" => Known::Matches,
        "select" | "select_biased" => Known::Select,
        "join" | "try_join" => Known::Join,
        "concat" | "stringify" | "env" | "option_env" | "line" | "file" | "column"
        | "module_path" | "cfg" | "compile_error" | "include_str" | "include_bytes" => Known::Inert,
        _ => return None,
    })
}

/// How a fragment is wrapped and read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Expressions between commas.
    Arguments,
    /// The elements of an array.
    Elements,
    /// Statements in a block of their own.
    Block,
    /// Items or statements of the surrounding block.
    Items,
}

impl<'t> Lowering<'t, '_> {
    /// A macro among statements or items: what it holds may define names here.
    pub(super) fn macro_statement(&mut self, node: Node<'t>) -> ExprId {
        let Some((name, tokens)) = self.macro_parts(node) else {
            return ExprId::NONE;
        };
        if name == "include" {
            self.include(node, tokens);
            return ExprId::NONE;
        }
        if self.expanded_items(node, name, tokens) {
            return ExprId::NONE;
        }
        let is_braced = self.text_of(tokens).starts_with('{');
        if known(name).is_some() || !is_braced {
            if known(name).is_none() && self.made_test(name, tokens) {
                return ExprId::NONE;
            }
            return self.macro_expression(node);
        }
        self.macro_use(node);
        let (is_conditional, in_thread_local) =
            (self.state.is_conditional, self.state.in_thread_local);
        self.state.is_conditional |= name.starts_with("cfg");
        self.state.in_thread_local |= name.contains("thread_local");
        self.items_of(tokens);
        self.state.is_conditional = is_conditional;
        self.state.in_thread_local = in_thread_local;
        ExprId::NONE
    }

    /// Reads the items that a macro of the file writes; `false` when it writes none, or they are not understood. Items that are
    /// its arguments are read where they stand.
    fn expanded_items(&mut self, node: Node<'t>, name: &str, tokens: Node<'t>) -> bool {
        let Some(rules) = self.state.macros.get(name).cloned() else {
            return false;
        };
        let inside = self.inside(tokens);
        let work = rules
            .iter()
            .map(|(takes, gives)| takes.len() + gives.len() + inside.len());
        self.state.expanding += work.sum::<usize>();
        if self.state.expanding > MAX_WORK || are_items(inside) {
            return false;
        }
        let writes = &mut |name: &str| self.writes_items(name);
        let Some(text) = expanded(&rules, inside, writes) else {
            return false;
        };
        self.state.expanding += text.len();
        if self.state.expanding > MAX_WORK {
            return false;
        }
        let was_unknown = std::mem::replace(&mut self.state.in_unknown_macro, true);
        let is_read = self.fragment(&text, tokens, Shape::Items).is_some();
        self.state.in_unknown_macro = was_unknown;
        if is_read {
            self.macro_use(node);
        }
        is_read
    }

    /// Whether a rule of a macro of the file gives items, itself or by the macros that it calls.
    fn writes_items(&mut self, name: &str) -> bool {
        let mut asked = vec![name.to_owned()];
        let mut at = 0;
        while at < asked.len() {
            let rules = self.state.macros.get(&asked[at]).cloned();
            at += 1;
            for (_, gives) in rules.iter().flat_map(|rules| rules.iter()) {
                self.state.expanding += gives.len();
                if self.state.expanding > MAX_WORK {
                    return false;
                }
                match given(gives) {
                    Gives::Items => return true,
                    Gives::Call(next) if !asked.iter().any(|known| known == next) => {
                        asked.push(next.to_owned());
                    }
                    Gives::Call(_) | Gives::Other => {}
                }
            }
        }
        false
    }

    /// A test that a macro makes of a name and of what it runs: `rgtest!(name, |dir, cmd| { … })`. What the macro writes is
    /// in another file as a rule, so that its own name has to say it.
    fn made_test(&mut self, macro_name: &str, tokens: Node<'t>) -> bool {
        let at_top = self.facts.block() == self.state.module.0;
        if !at_top || !macro_name.contains("test") {
            return false;
        }
        let Some((name, body)) = self.inside(tokens).split_once(',') else {
            return false;
        };
        let is_name = |text: &str| {
            let is_part = |c: char| c.is_alphanumeric() || c == '_';
            // Types stand first in macros that test something of them.
            text.starts_with(|c: char| c.is_lowercase() || c == '_') && text.chars().all(is_part)
        };
        if !is_name(name.trim()) || body.trim().is_empty() {
            return false;
        }
        // On one line with the name, so that every line stays where it is.
        let item = format!("#[test] fn {name}() {{ {macro_name}!(); ({body}); }}");
        self.fragment(&item, tokens, Shape::Items).is_some()
    }

    /// The items in a token tree; in a macro with a grammar of its own (`cfg_if!`), those in its braces.
    pub(super) fn items_of(&mut self, tokens: Node<'t>) {
        let text = self.inside(tokens);
        if self.fragment(text, tokens, Shape::Items).is_some() {
            return;
        }
        // The last item of a `thread_local!` may lack its semicolon.
        let closed = format!("{text};");
        if self.fragment(&closed, tokens, Shape::Items).is_some() {
            return;
        }
        let unmarked = without_marks(text);
        if unmarked.is_some_and(|text| self.fragment(&text, tokens, Shape::Items).is_some()) {
            return;
        }
        let drawn = self.drawn_functions(tokens);
        if drawn.is_some_and(|text| self.fragment(&text, tokens, Shape::Items).is_some()) {
            return;
        }
        self.scan_items(tokens);
    }

    /// A macro as a value.
    pub(super) fn macro_expression(&mut self, node: Node<'t>) -> ExprId {
        let line = self.line(node);
        let Some((name, tokens)) = self.macro_parts(node) else {
            return self.facts.unknown(line);
        };
        match known(name) {
            Some(known) => self.known_macro(known, tokens, line),
            None => {
                self.macro_use(node);
                self.program_of_tests(name, tokens, line);
                let was_unknown = std::mem::replace(&mut self.state.in_unknown_macro, true);
                self.unknown_macro(tokens);
                self.state.in_unknown_macro = was_unknown;
                self.facts.unknown(line)
            }
        }
    }

    fn macro_parts(&mut self, node: Node<'t>) -> Option<(&'t str, Node<'t>)> {
        let name = node.child_by_field_id(FIELDS.macro_name)?;
        let mut tokens = None;
        self.each(node, |_, child, _| {
            if kind(child) == "token_tree" {
                tokens = Some(child);
            }
        });
        Some((self.last_segment(name), tokens?))
    }

    /// The macro itself is used, when it is one of the project.
    fn macro_use(&mut self, node: Node<'t>) {
        if let Some(name) = node.child_by_field_id(FIELDS.macro_name) {
            let line = self.line(name);
            let callee = if kind(name) == "identifier" {
                let text = self.text_of(name);
                self.facts.name(text);
                self.facts
                    .name_expr(&format!("{text}{MACRO_MARK}"), line, Role::Silent)
            } else {
                self.path(name, Role::Silent)
            };
            let callee = self.known(callee, line);
            self.call(callee, &[], line);
        }
    }

    /// `env!("NAME")`: no other macro without code has a sole argument that could be a variable.
    fn variable_read(&mut self, tokens: Node<'t>, line: u32) {
        let is_env = tokens
            .prev_named_sibling()
            .is_some_and(|name| matches!(self.last_segment(name), "env" | "option_env"));
        if is_env {
            let name = self.inside(tokens).trim().split(',').next().unwrap_or("");
            let name = name.trim().trim_matches('"');
            if let Some(program) = name.strip_prefix(BUILT) {
                self.facts.end(Space::Program, Side::Uses, program, line);
            } else if is_variable(name) {
                self.facts.end(Space::Variable, Side::Uses, name, line);
            }
        }
    }

    /// `cargo_bin!("name")`, of those who test programs.
    fn program_of_tests(&mut self, macro_name: &str, tokens: Node<'t>, line: u32) {
        if matches!(macro_name, "cargo_bin" | "cargo_bin_cmd") {
            let name = self.inside(tokens).trim().trim_matches('"');
            if is_plain_text(name) || name.contains(['"', '(']) {
                return;
            }
            self.facts.end(Space::Program, Side::Uses, name, line);
        }
    }

    /// A text made of a format and values.
    fn formatted(
        &mut self,
        tokens: Node<'t>,
        args: &[ExprId],
        type_name: &str,
        line: u32,
    ) -> ExprId {
        let value = self.literal(type_name, line);
        if args.is_empty() {
            let text = with_holes(self.inside(tokens).trim().trim_matches('"'));
            self.facts.text_with_holes(value, &text);
        }
        let format = args
            .first()
            .map(|format| self.facts.facts().exprs.expr(*format));
        if let Some(Expr::Text(format)) = format {
            let text = with_holes(self.facts.text(format));
            self.facts.text_with_holes(value, &text);
        }
        value
    }

    fn include(&mut self, node: Node<'t>, tokens: Node<'t>) {
        let line = self.line(node);
        let text = self.inside(tokens).trim();
        if let Some(path) = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'))
        {
            let module = format!("include:{path}");
            self.facts.import(
                &module,
                None,
                line,
                import_flag::INCLUDE | import_flag::STAR,
            );
        }
    }

    fn known_macro(&mut self, known: Known, tokens: Node<'t>, line: u32) -> ExprId {
        match known {
            Known::Inert => {
                self.variable_read(tokens, line);
                self.literal("str", line)
            }
            Known::Gives(type_name) => {
                let args = self.arguments(tokens, Shape::Arguments);
                match type_name {
                    "()" => ExprId::NONE,
                    _ => self.formatted(tokens, &args, type_name, line),
                }
            }
            Known::Diverges => {
                self.arguments(tokens, Shape::Arguments);
                ExprId::NONE
            }
            Known::First => {
                let args = self.arguments(tokens, Shape::Arguments);
                args.first().copied().unwrap_or(ExprId::NONE)
            }
            Known::Unwraps => {
                let args = self.arguments(tokens, Shape::Arguments);
                let inner = args.first().copied().unwrap_or(ExprId::NONE);
                let inner = self.known(inner, line);
                self.silent(Expr::Unwrap(inner), line)
            }
            Known::List => {
                let items = self.arguments(tokens, Shape::Elements);
                let items = self.facts.list(&items);
                self.silent(Expr::List(items), line)
            }
            Known::Join => {
                let futures = self.arguments(tokens, Shape::Arguments);
                let results: Vec<ExprId> = futures
                    .iter()
                    .map(|future| self.silent(Expr::Await(*future), line))
                    .collect();
                let results = self.facts.list(&results);
                self.silent(Expr::Tuple(results), line)
            }
            Known::Matches => {
                self.matches(tokens);
                self.literal("bool", line)
            }
            Known::Select => {
                self.select(tokens);
                self.facts.unknown(line)
            }
        }
    }

    /// The arguments of a macro that takes expressions; those that are none are read by their tokens.
    fn arguments(&mut self, tokens: Node<'t>, shape: Shape) -> Vec<ExprId> {
        let inside = self.inside(tokens);
        if is_plain_text(inside) {
            return Vec::new();
        }
        if let Some(args) = self.fragment(inside, tokens, shape) {
            return args;
        }
        let mut args = Vec::new();
        for piece in self.pieces(tokens) {
            let text = argument_text(piece.text);
            let skipped = piece.text.len() - text.len();
            let row = piece.row + rows_in(&piece.text[..skipped]);
            match self.fragment_at(text, row, Shape::Arguments) {
                Some(found) => args.extend(found),
                None => self.scan_range(tokens, &piece.range),
            }
        }
        args
    }

    /// An unknown macro: its tokens may be expressions, statements or a grammar of its own.
    fn unknown_macro(&mut self, tokens: Node<'t>) {
        let inside = self.inside(tokens);
        if is_plain_text(inside) {
            return;
        }
        let shape = match self.text_of(tokens).as_bytes().first() {
            Some(b'{') => Shape::Block,
            _ => Shape::Arguments,
        };
        if self.fragment(inside, tokens, shape).is_some() {
            return;
        }
        let pieces = self.pieces(tokens);
        if pieces.len() < 2 {
            return self.scan(tokens);
        }
        for piece in pieces {
            let text = argument_text(piece.text);
            let row = piece.row + rows_in(&piece.text[..piece.text.len() - text.len()]);
            if self.fragment_at(text, row, Shape::Arguments).is_none() {
                self.scan_range(tokens, &piece.range);
            }
        }
    }

    /// `matches!(value, pattern if guard)`: as the `match` it stands for.
    fn matches(&mut self, tokens: Node<'t>) {
        let inside = self.inside(tokens);
        let pieces = self.pieces(tokens);
        let Some(first) = pieces.first() else {
            return;
        };
        let head = first.text.len();
        let rest = inside.get(head + 1..).unwrap_or("").trim_end();
        let rest = rest.strip_suffix(',').unwrap_or(rest);
        let text = format!("match ({}) {{ {rest} => {{}} _ => {{}} }}", first.text);
        if self
            .fragment_at(&text, first.row, Shape::Arguments)
            .is_none()
        {
            self.scan(tokens);
        }
    }

    /// `select! { pattern = future => handler, … }`: each arm as a block that awaits and handles.
    fn select(&mut self, tokens: Node<'t>) {
        for arm in self.arms(tokens) {
            let text = match &arm.parts {
                Some((pattern, future, handler)) => {
                    format!("{{ let {pattern} = ({future}).await; {handler} }}")
                }
                None => arm.text.to_owned(),
            };
            if self.fragment_at(&text, arm.row, Shape::Arguments).is_none() {
                self.scan_range(tokens, &arm.range);
            }
        }
    }

    // ---- fragments ----

    /// The text between the delimiters of a token tree.
    pub(super) fn inside(&self, tokens: Node<'t>) -> &'t str {
        let text = self.text.get(tokens.byte_range()).unwrap_or("");
        let text = text.strip_prefix(['(', '[', '{']).unwrap_or(text);
        text.strip_suffix([')', ']', '}']).unwrap_or(text)
    }

    fn fragment(&mut self, inside: &str, tokens: Node<'t>, shape: Shape) -> Option<Vec<ExprId>> {
        let row = self.first_row + tokens.start_position().row as u32;
        self.fragment_at(inside, row, shape)
    }

    /// Parses a piece of code that starts at `row` and lowers it; `None`, with nothing lowered, when it is no Rust.
    pub(super) fn fragment_at(
        &mut self,
        inside: &str,
        row: u32,
        shape: Shape,
    ) -> Option<Vec<ExprId>> {
        if self.state.fragments >= MAX_FRAGMENTS {
            return None;
        }
        let (open, close) = match shape {
            Shape::Arguments => ("(", ");"),
            Shape::Elements => ("[", "];"),
            Shape::Block | Shape::Items => ("{", "}"),
        };
        // A final line comment must not swallow the closing delimiter.
        let text = format!("{open}{inside}\n{close}");
        let tree = parse_fragment(&text)?;
        let root = tree.root_node();
        if root.has_error() {
            return None;
        }
        let mut state: State = std::mem::take(&mut self.state);
        state.fragments += 1;
        let mut inner = Lowering::new(&text, row, self.facts, state);
        let values = inner.fragment_values(root, shape);
        let mut state = inner.state;
        state.fragments -= 1;
        self.state = state;
        Some(values)
    }

    fn fragment_values(&mut self, root: Node<'t>, shape: Shape) -> Vec<ExprId> {
        let mut values = Vec::new();
        let mut statement = None;
        self.each(root, |_, child, _| statement = statement.or(Some(child)));
        let inner = statement.and_then(|node| {
            if kind(node) == "expression_statement" {
                node.named_child(0)
            } else {
                Some(node)
            }
        });
        let Some(node) = inner else {
            return values;
        };
        match (shape, kind(node)) {
            (Shape::Items, "block") => {
                self.statements(node);
            }
            (Shape::Elements, "array_expression") => values = self.array_items(node),
            (Shape::Arguments, "tuple_expression" | "parenthesized_expression") => {
                self.each(node, |this, child, _| {
                    values.push(this.macro_argument(child));
                });
            }
            _ => {
                self.value(node);
            }
        }
        values
    }

    /// An argument, without the name it may be given.
    fn macro_argument(&mut self, node: Node<'t>) -> ExprId {
        match kind(node) {
            "assignment_expression" => self.operand_in(node, FIELDS.right),
            _ => self.operand(node),
        }
    }

    /// What `derive` names is used as a macro, besides being a trait: of a path the last name.
    pub(super) fn derive_uses(&mut self, tokens: Node<'t>) {
        let mut last = None;
        self.each_child(tokens, |this, child, _| match kind(child) {
            "identifier" => last = Some(child),
            "," | ")" => {
                let Some(named) = last.take() else { return };
                let name = this.text_of(named);
                if !STANDARD_DERIVES.contains(&name) {
                    let name = format!("{DERIVE}{name}{MACRO_MARK}");
                    let line = this.line(named);
                    this.facts.name_expr(&name, line, Role::Use);
                }
            }
            _ => {}
        });
    }

    // ---- definitions ----

    /// Where a macro is seen only the order of modules says: all see it, and the nearest counts.
    fn share_macro(&mut self, name: &str, value: ExprId) {
        let line = self.facts.facts().exprs.line(value);
        let outer = self.facts.enter_shared(MACROS);
        let block = self.facts.block();
        let name = format!("{name}{MACRO_MARK}");
        self.facts.bind(&name, block, value, ExprId::NONE, line);
        self.facts.leave(outer);
    }

    /// A function that derives something is known by the name of what it derives: `#[proc_macro_derive(Name)]`.
    pub(super) fn derive_macro(&mut self, function: ExprId, lead: &Lead<'t>) {
        let derived = self
            .attribute_text(lead, "proc_macro_derive")
            .and_then(|text| text.trim_start().strip_prefix('('))
            .and_then(|text| text.split([',', ')']).next());
        if let Some(name) = derived.map(str::trim).filter(|name| !name.is_empty()) {
            self.share_macro(&format!("{DERIVE}{name}"), function);
        }
    }

    /// A `macro_rules!`: what its bodies seem to call, the macro calls.
    pub(super) fn macro_definition(&mut self, node: Node<'t>, lead: &Lead<'t>) {
        let Some(symbol) = self.item_symbol(node, lead, NodeKind::Macro) else {
            return;
        };
        if self.has_attribute(lead, |name| name == "macro_export") {
            self.facts.symbol_mut(symbol).flags |= crate::facts::flag::PUBLIC;
        }
        let value = self.facts.bind_symbol(symbol);
        if let Some(name) = node.child_by_field_id(FIELDS.name) {
            self.share_macro(self.text_of(name), value);
        }
        let outer = self.facts.enter_symbol(symbol, BlockKind::Function);
        let was_unknown = std::mem::replace(&mut self.state.in_unknown_macro, true);
        let mut rules = Vec::new();
        self.each(node, |this, rule, _| {
            if let Some(body) = rule.child_by_field_id(FIELDS.right) {
                this.scan(body);
                let pattern = rule.child_by_field_id(FIELDS.left);
                let parts = pattern.map(|pattern| [pattern, body].map(|part| this.inside(part)));
                rules.extend(parts.map(|[pattern, body]| (pattern.to_owned(), body.to_owned())));
            }
        });
        if let Some(name) = node.child_by_field_id(FIELDS.name) {
            let name = self.text_of(name).to_owned();
            self.state.macros.insert(name, rules.into());
        }
        self.state.in_unknown_macro = was_unknown;
        self.facts.leave(outer);
    }
}

/// Nothing that could be a call or a name: most arguments of `println!` and `panic!`.
fn is_plain_text(text: &str) -> bool {
    let text = text.trim();
    text.is_empty()
        || text.len() >= 2
            && text.starts_with('"')
            && text.ends_with('"')
            && !text[1..text.len() - 1].contains('"')
}

/// An argument without what a logging macro puts before it: `name = `, `name: `, `?`, `%`.
fn argument_text(text: &str) -> &str {
    let trimmed = text.trim_start();
    let word = trimmed
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.')))
        .unwrap_or(trimmed.len());
    let after = trimmed[word..].trim_start();
    let is_path = after.starts_with("::") || after.starts_with("==") || after.starts_with("=>");
    let value = if word > 0 && !is_path && after.starts_with(['=', ':']) {
        after[1..].trim_start()
    } else {
        trimmed
    };
    value.trim_start_matches(['?', '%'])
}

pub(super) fn rows_in(text: &str) -> u32 {
    text.bytes().filter(|byte| *byte == b'\n').count() as u32
}

/// Items without the marks that their macro finds its way by, each of them a line of its own (`@section type`); `None` where there
/// is no mark.
fn without_marks(text: &str) -> Option<String> {
    let is_mark = |line: &str| {
        let word = line.trim_start().strip_prefix('@');
        word.is_some_and(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()))
    };
    text.lines().any(is_mark).then(|| {
        let kept = text
            .lines()
            .map(|line| if is_mark(line) { "" } else { line });
        kept.collect::<Vec<&str>>().join("\n")
    })
}
