//! The definitions of single versions of files, and which of an older version one was.

use arc_graph::NodeKind;
use tree_sitter::Tree;

use super::definitions::{self, Side, is_named, pairs, shared};
use super::outline::{Token, hash_of};
use super::{ChangeKind, Definition, DefinitionChange};
use crate::edited::{edits_between, parse_edited};
use crate::extract::{extract_parsed, grammar};
use crate::facts::FileFacts;
use crate::parsing::parse;

/// The definitions of a version of a file.
pub struct Definitions {
    side: Side,
    is_sound: bool,
}

/// The lines of a definition, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first line, with decorators and attributes.
    pub first: u32,
    /// The first line without them.
    pub line: u32,
    /// The line that its body begins on; the last one where it has none.
    pub body: u32,
    /// The last line.
    pub last: u32,
}

impl Definitions {
    /// Reads a text in `language`. What cannot be parsed has the definitions that can be told.
    #[must_use]
    pub fn read(language: &str, path: &str, text: &str) -> Definitions {
        Definitions::of_tree(language, (path, text), None)
    }

    /// Reads two versions of a file, which were at these paths, as [`Definitions::read`] does each. What the new one has of the old one is parsed
    /// once: `kept` has for each line of the new one, from 0, which line of the old one it is, if any. What was extracted of the new one before
    /// may be given.
    #[must_use]
    pub fn read_both(
        language: &str,
        old: (&str, &str),
        (path, text, facts): (&str, &str, Option<FileFacts>),
        kept: &[Option<u32>],
    ) -> (Definitions, Definitions) {
        let before = |tree| Definitions::of_tree(language, old, tree);
        let own =
            grammar(language, path).filter(|own| grammar(language, old.0).as_ref() == Some(own));
        let parsed = edits_between(old.1, text, kept)
            .zip(own)
            .and_then(|(edits, grammar)| Some((edits, parse(&grammar, old.1)?, grammar)));
        let Some((edits, tree, grammar)) = parsed else {
            return rayon::join(
                || before(None),
                || Definitions::of_tree(language, (path, text), None),
            );
        };
        let edited = tree.clone();
        rayon::join(
            || before(Some(tree)),
            || {
                let tree = parse_edited(&grammar, text, edited, &edits);
                match (tree, facts) {
                    (Some(tree), Some(facts)) => {
                        Definitions::of_facts(language, text, facts, Some(&tree))
                    }
                    (tree, _) => Definitions::of_tree(language, (path, text), tree),
                }
            },
        )
    }

    /// Reads a text, of which the tree may be known.
    fn of_tree(language: &str, (path, text): (&str, &str), tree: Option<Tree>) -> Definitions {
        let (facts, tree) = extract_parsed(language, path, text, tree);
        Definitions::of_facts(language, text, facts, tree.as_ref())
    }

    fn of_facts(language: &str, text: &str, facts: FileFacts, tree: Option<&Tree>) -> Definitions {
        let has_errors = |tree: &Tree| tree.root_node().has_error();
        Definitions {
            is_sound: !tree.is_some_and(has_errors),
            side: Side::of_tree(language, text, tree, facts),
        }
    }

    /// Whether the text has no syntax errors.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.is_sound
    }

    /// What was extracted of the text.
    #[must_use]
    pub fn facts(&self) -> &FileFacts {
        &self.side.facts
    }

    /// What differs from an older version of the file, in the order of the lines it now has; what is gone comes last.
    #[must_use]
    pub fn changes_since(&self, old: &Definitions) -> Vec<DefinitionChange> {
        let mut changes = definitions::compare(&old.side, &self.side);
        changes.sort_by_key(|change| {
            let line = change.new.as_ref().map(|new| (new.line, new.symbol));
            let gone = change.old.as_ref().map(|old| (old.line, old.symbol));
            (line.is_none(), line, gone)
        });
        changes
    }

    /// The definition of another file, `new`, that has the name and kind of `symbol` and says nearly the same.
    #[must_use]
    pub fn moved_to(&self, symbol: u32, new: &Definitions) -> Option<Definition> {
        definitions::find_moved(&self.side, symbol, &new.side)
    }

    /// The definition of a name inside the file; of several the one nearest to `line`.
    #[must_use]
    pub fn named(&self, scope_name: &str, line: u32) -> Option<Definition> {
        let last = scope_name.rsplit(['.', ':']).next().unwrap_or(scope_name);
        self.all()
            .filter(|at| self.side.name(*at) == last || last.is_empty())
            .map(|at| self.side.definition(at))
            .filter(|definition| definition.scope_name == scope_name)
            .min_by_key(|definition| definition.line.abs_diff(line))
    }

    /// Every definition that has a name, without the file itself.
    pub fn all(&self) -> impl Iterator<Item = u32> {
        let symbols = self.side.facts.symbols.iter().enumerate().skip(1);
        symbols
            .filter(|(_, symbol)| is_named(&self.side.facts, symbol))
            .map(|(at, _)| at as u32)
    }

    /// What is known of a definition.
    #[must_use]
    pub fn definition(&self, symbol: u32) -> Definition {
        self.side.definition(symbol)
    }

    /// The lines of a definition.
    #[must_use]
    pub fn span(&self, symbol: u32) -> Span {
        let Some(fact) = self.side.symbol(symbol) else {
            return Span {
                first: 1,
                line: 1,
                body: 1,
                last: 1,
            };
        };
        let last = fact.end_line.max(self.side.end_of(symbol)).max(fact.line);
        let body = self.side.outline.tokens.get(self.side.body(symbol));
        let body = body.map_or(last, |token| token.line.clamp(fact.line, last));
        Span {
            first: self.side.first_line(symbol).min(fact.line),
            line: fact.line,
            body: if self.side.body(symbol) == 0 {
                last
            } else {
                body
            },
            last,
        }
    }

    /// The definition of `old` that `symbol` was, in the same place: of the same name in what its surroundings were, or the
    /// one there that says nearly the same.
    #[must_use]
    pub fn before(&self, symbol: u32, old: &Definitions) -> Option<u32> {
        let mut way = Vec::new();
        let mut at = symbol;
        while at != 0 {
            way.push(at);
            at = self.side.visible_parent(self.side.symbol(at)?);
            if way.len() > 300 {
                return None;
            }
        }
        let (mut now, mut before) = (0, 0);
        for next in way.into_iter().rev() {
            let (olds, news) = (
                &old.side.children[before as usize],
                &self.side.children[now as usize],
            );
            let paired = pairs(&old.side, &self.side, olds, news);
            before = paired
                .into_iter()
                .find(|(_, new)| *new == Some(next))
                .and_then(|(before, _)| before)?;
            now = next;
        }
        Some(before)
    }

    /// What became of `old_symbol` until it was `symbol`, apart from its name and place.
    #[must_use]
    pub fn change(&self, symbol: u32, old: &Definitions, old_symbol: u32) -> Option<ChangeKind> {
        let (new_says, new_head) = self.says(symbol);
        let (old_says, old_head) = old.says(old_symbol);
        if new_head != old_head {
            Some(ChangeKind::Signature)
        } else if new_says != old_says {
            Some(ChangeKind::Body)
        } else {
            None
        }
    }

    /// Everything a definition says, with what stands in it and without its own name, and how much of that comes before its
    /// body.
    fn says(&self, symbol: u32) -> (Vec<Said>, Vec<Said>) {
        let span = self.span(symbol);
        let name = hash_of(self.side.name(symbol));
        let body = self.side.body(symbol);
        let tokens = &self.side.outline.tokens;
        let start = tokens.partition_point(|token| token.line < span.first);
        let end = tokens.partition_point(|token| token.line <= span.last);
        let base = tokens.get(start).map_or(0, |token| i64::from(token.depth));
        let said = |token: &Token| {
            (token.hash != name).then(|| (i64::from(token.depth) - base, token.hash))
        };
        let all = tokens[start..end.max(start)].iter().filter_map(said);
        let head_end = if body == 0 {
            end
        } else {
            body.clamp(start, end)
        };
        let has_head = is_callable(self.side.kind(symbol)) || body != 0;
        let head = tokens[start..head_end.max(start)].iter().filter_map(said);
        let head = if has_head { head.collect() } else { Vec::new() };
        (all.collect(), head)
    }

    /// How much of what they say two definitions share, 0 to 1; 0 for those of kinds that do not become each other.
    #[must_use]
    pub fn resemblance(&self, symbol: u32, other: &Definitions, other_symbol: u32) -> f64 {
        if family(self.side.kind(symbol)) != family(other.side.kind(other_symbol)) {
            return 0.0;
        }
        let sorted = |mut content: Vec<u64>| {
            content.sort_unstable();
            content
        };
        shared(
            &sorted(self.side.content(symbol)),
            &sorted(other.side.content(other_symbol)),
        )
    }

    /// How many words a definition has.
    #[must_use]
    pub fn length(&self, symbol: u32) -> usize {
        self.side.content(symbol).len()
    }
}

/// A token by its depth and hash.
type Said = (i64, u64);

pub(super) fn is_callable(kind: NodeKind) -> bool {
    family(kind) == Family::Callable
}

/// Kinds that become each other when a definition is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Callable,
    Type,
    Value,
    Other,
}

fn family(kind: NodeKind) -> Family {
    match kind {
        NodeKind::Function
        | NodeKind::Method
        | NodeKind::Test
        | NodeKind::Lambda
        | NodeKind::Macro => Family::Callable,
        NodeKind::Class | NodeKind::Interface | NodeKind::Enum | NodeKind::TypeAlias => {
            Family::Type
        }
        NodeKind::Field | NodeKind::Variable | NodeKind::Constant | NodeKind::EnumMember => {
            Family::Value
        }
        NodeKind::File
        | NodeKind::Module
        | NodeKind::External
        | NodeKind::Section
        | NodeKind::Key
        | NodeKind::Resource
        | NodeKind::Table
        | NodeKind::Commit
        | NodeKind::Person
        | NodeKind::PullRequest
        | NodeKind::Issue
        | NodeKind::Decision
        | NodeKind::Change => Family::Other,
    }
}
