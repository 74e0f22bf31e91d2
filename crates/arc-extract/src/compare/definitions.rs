//! Definitions of two versions, paired by name and by what they say.

use std::collections::BTreeMap;

use arc_graph::NodeKind;
use rustc_hash::{FxHashMap, FxHashSet};
use tree_sitter::Tree;

use super::follow::is_callable;
use super::outline::{Outline, Token, hash_of};
use super::{ChangeKind, Definition, DefinitionChange};
use crate::facts::{FileFacts, SymbolFact, flag};

/// Definitions that share less than this part of their tokens are different ones.
const MIN_SHARED: f64 = 0.7;
/// With fewer tokens than this two definitions resemble each other by accident.
const MIN_TOKENS: usize = 8;
/// Above this many pairs only equal definitions are taken for renamed ones.
const MAX_PAIRS: usize = 10_000;

/// One version, taken apart.
pub(super) struct Side {
    pub(super) facts: FileFacts,
    separator: &'static str,
    /// Hashes of the lines as they are written; `None` for blank ones.
    lines: Vec<Option<u64>>,
    pub(super) outline: Outline,
    /// For each line the innermost symbol around it.
    owner: Vec<u32>,
    /// For each symbol the tokens on its own lines.
    own: Vec<Vec<usize>>,
    /// For each symbol the lines that are its own.
    own_lines: Vec<Vec<u32>>,
    /// For each symbol what stands in it.
    pub(super) children: Vec<Vec<u32>>,
}

impl Side {
    /// A text of which the facts are known, and the tree that they were read from.
    pub(super) fn of_tree(
        language: &str,
        text: &str,
        tree: Option<&Tree>,
        facts: FileFacts,
    ) -> Side {
        let imports: FxHashSet<u32> = facts.imports.iter().map(|import| import.line).collect();
        let count = facts.symbols.len().max(1);
        let written = |line: &str| {
            Some(line.trim_end())
                .filter(|line| !line.is_empty())
                .map(hash_of)
        };
        let mut side = Side {
            facts,
            separator: crate::extract::separator(language),
            lines: text.lines().map(written).collect(),
            outline: outline(text, tree, &imports),
            owner: Vec::new(),
            own: vec![Vec::new(); count],
            own_lines: vec![Vec::new(); count],
            children: vec![Vec::new(); count],
        };
        side.paint();
        for (at, token) in side.outline.tokens.iter().enumerate() {
            let owner = side.owner.get(token.line as usize).copied().unwrap_or(0);
            side.own[owner as usize].push(at);
        }
        for (line, owner) in side.owner.iter().enumerate().skip(1) {
            side.own_lines[*owner as usize].push(line as u32);
        }
        for at in 1..side.facts.symbols.len() {
            let symbol = &side.facts.symbols[at];
            if is_named(&side.facts, symbol) {
                let parent = side.visible_parent(symbol);
                side.children[parent as usize].push(at as u32);
            }
        }
        side
    }

    /// The nearest definition around that is compared itself.
    pub(super) fn visible_parent(&self, symbol: &SymbolFact) -> u32 {
        let mut parent = symbol.parent;
        // Facts that go in circles end.
        for _ in 0..300 {
            match self.facts.symbols.get(parent.index()) {
                Some(fact) if parent.0 != 0 && !is_named(&self.facts, fact) => parent = fact.parent,
                Some(_) => return parent.0,
                None => return 0,
            }
        }
        0
    }

    /// Gives every line to the innermost definition around it. A field that is made inside of a method leaves the line to the
    /// method.
    fn paint(&mut self) {
        self.owner = vec![0; self.lines.len() + 2];
        let mut order: Vec<u32> = (1..self.facts.symbols.len() as u32).collect();
        order.retain(|at| is_named(&self.facts, &self.facts.symbols[*at as usize]));
        order.sort_by_key(|at| {
            let symbol = &self.facts.symbols[*at as usize];
            (symbol.line, std::cmp::Reverse(symbol.end_line), *at)
        });
        let starts: FxHashMap<(u32, u32), u32> = self.starts();
        for at in order {
            let symbol = &self.facts.symbols[at as usize];
            let start = starts.get(&(symbol.line, symbol.end_line)).copied();
            let first = start.unwrap_or(symbol.line) as usize;
            let end = self.end_of(at).max(symbol.end_line);
            let last = (end as usize).min(self.lines.len());
            let Some(around) = self.owner.get(symbol.line as usize).copied() else {
                continue;
            };
            if !self.is_inside(at, around) {
                continue;
            }
            for line in first.max(1)..=last {
                if self.owner[line] == around || line >= symbol.line as usize {
                    self.owner[line] = at;
                }
            }
        }
    }

    /// The last line of the statement that gives a variable of the file its value.
    pub(super) fn end_of(&self, at: u32) -> u32 {
        let Some(symbol) = self.symbol(at).filter(|_| {
            matches!(
                self.kind(at),
                NodeKind::Variable | NodeKind::Constant | NodeKind::TypeAlias
            )
        }) else {
            return 0;
        };
        let statements = &self.outline.statements;
        let first = statements.partition_point(|(line, _)| *line < symbol.line);
        let own = statements
            .get(first)
            .filter(|(line, _)| *line == symbol.line);
        own.map_or(0, |(_, end)| *end)
    }

    /// The first lines of definitions, with decorators, by the lines that their symbols have.
    pub(super) fn starts(&self) -> FxHashMap<(u32, u32), u32> {
        let mut by_end: FxHashMap<u32, Vec<(u32, u32)>> = FxHashMap::default();
        for body in &self.outline.bodies {
            let ends = by_end.entry(body.end_line).or_default();
            ends.push((body.from_line, body.body_line));
        }
        let symbols = self.facts.symbols.iter().skip(1);
        let starts = symbols.filter_map(|symbol| {
            let around = by_end.get(&symbol.end_line)?.iter();
            let around = around.filter(|(from, body)| *from <= symbol.line && symbol.line <= *body);
            let (from, _) = around.max_by_key(|(from, _)| *from)?;
            Some(((symbol.line, symbol.end_line), *from))
        });
        starts.collect()
    }

    /// The first line of a definition, with its decorators.
    pub(super) fn first_line(&self, at: u32) -> u32 {
        let Some(symbol) = self.symbol(at) else {
            return 1;
        };
        let bodies = self.outline.bodies.iter().filter(|body| {
            body.end_line == symbol.end_line
                && body.from_line <= symbol.line
                && symbol.line <= body.body_line
        });
        let first = bodies.map(|body| body.from_line).max();
        first.unwrap_or(symbol.line)
    }

    /// Whether `around` is the file or something that the symbol stands in.
    fn is_inside(&self, symbol: u32, around: u32) -> bool {
        let mut at = symbol;
        for _ in 0..300 {
            if at == around {
                return true;
            }
            match self.facts.symbols.get(at as usize) {
                Some(fact) if at != 0 && fact.parent.is_some() => at = fact.parent.0,
                Some(_) | None => break,
            }
        }
        around == 0
    }

    pub(super) fn symbol(&self, at: u32) -> Option<&SymbolFact> {
        self.facts.symbols.get(at as usize)
    }

    pub(super) fn name(&self, at: u32) -> &str {
        self.symbol(at)
            .map_or("", |symbol| self.facts.text(symbol.name))
    }

    /// What definitions of one scope are told apart by.
    fn key(&self, at: u32) -> String {
        let symbol = self.symbol(at);
        let owner = symbol.map_or("", |symbol| self.facts.text(symbol.owner));
        format!("{owner}{}{}", self.separator, self.name(at))
    }

    pub(super) fn kind(&self, at: u32) -> NodeKind {
        self.symbol(at)
            .and_then(|symbol| NodeKind::from_number(symbol.kind))
            .unwrap_or(NodeKind::File)
    }

    pub(super) fn definition(&self, at: u32) -> Definition {
        let mut parts = Vec::new();
        let mut symbol = at;
        let mut is_inner = false;
        for _ in 0..300 {
            let Some(fact) = self.symbol(symbol).filter(|_| symbol != 0) else {
                break;
            };
            is_inner |=
                symbol != at && matches!(self.kind(symbol), NodeKind::Function | NodeKind::Method);
            if is_named(&self.facts, fact) {
                parts.push(self.facts.text(fact.name));
            }
            if fact.owner.is_some() {
                parts.push(self.facts.text(fact.owner));
            }
            symbol = if fact.parent.is_some() {
                fact.parent.0
            } else {
                0
            };
        }
        parts.reverse();
        let (line, end_line) = self
            .symbol(at)
            .map_or((1, 1), |fact| (fact.line, fact.end_line));
        Definition {
            symbol: at,
            kind: self.kind(at),
            name: self.name(at).to_owned(),
            scope_name: parts.join(self.separator),
            line,
            end_line,
            // Nobody reaches into a function by a name.
            is_public: !is_inner
                && self
                    .symbol(at)
                    .is_some_and(|fact| at != 0 && fact.flags & flag::PUBLIC != 0),
            complexity: self.symbol(at).map_or(0, |fact| fact.complexity),
        }
    }

    /// Tokens of the symbol's own lines, with depths that do not depend on what is around.
    fn tokens(&self, at: u32) -> impl Iterator<Item = (usize, &Token)> {
        self.own[at as usize]
            .iter()
            .map(|token| (*token, &self.outline.tokens[*token]))
    }

    fn says(&self, at: u32, keeps: &dyn Fn(usize, &Token) -> bool) -> Vec<(i64, u64)> {
        let mut tokens = self.tokens(at).peekable();
        let base = tokens.peek().map_or(0, |(_, first)| i64::from(first.depth));
        tokens
            .filter(|(place, token)| keeps(*place, token))
            .map(|(_, token)| (i64::from(token.depth) - base, token.hash))
            .collect()
    }

    /// The token that the body of a symbol begins with.
    pub(super) fn body(&self, at: u32) -> usize {
        let Some(symbol) = self.symbol(at) else {
            return usize::MAX;
        };
        let fits = self.outline.bodies.iter().filter(|body| {
            body.end_line == symbol.end_line
                && body.from_line <= symbol.line
                && symbol.line <= body.body_line
        });
        // A definition that is one line has every body on it.
        fits.min_by_key(|body| (std::cmp::Reverse(body.from_line), body.first_token))
            .map_or(0, |body| body.first_token)
    }

    /// The own lines as they are written, blank ones left out.
    fn written(&self, at: u32) -> impl Iterator<Item = u64> {
        self.own_lines[at as usize]
            .iter()
            .filter_map(|line| *self.lines.get(*line as usize - 1)?)
    }

    /// The token that ends what others see of a definition. Of what is only declared they see all.
    fn head_end(&self, at: u32) -> usize {
        const DECLARED: u32 = flag::ABSTRACT | flag::DECLARATION | flag::OVERLOAD;
        let is_declared = self
            .symbol(at)
            .is_some_and(|symbol| symbol.flags & DECLARED != 0);
        match self.body(at) {
            0 if is_declared && is_callable(self.kind(at)) => usize::MAX,
            first => first,
        }
    }

    /// All tokens between the first and the last line, the own name left out.
    pub(super) fn content(&self, at: u32) -> Vec<u64> {
        let Some(symbol) = self.symbol(at) else {
            return Vec::new();
        };
        let name = hash_of(self.name(at));
        let tokens = &self.outline.tokens;
        let start = tokens.partition_point(|token| token.line < symbol.line);
        let tokens = tokens[start..].iter();
        tokens
            .take_while(|token| token.line <= symbol.end_line)
            .map(|token| token.hash)
            .filter(|hash| *hash != name)
            .collect()
    }
}

pub(super) fn is_named(facts: &FileFacts, symbol: &SymbolFact) -> bool {
    symbol.flags & flag::HIDDEN == 0 && !facts.text(symbol.name).is_empty()
}

fn outline(text: &str, tree: Option<&Tree>, imports: &FxHashSet<u32>) -> Outline {
    match tree {
        Some(tree) if !tree.root_node().is_error() => Outline::of_tree(text, tree, imports),
        Some(_) | None => Outline::of_lines(text),
    }
}

/// The changes from `old` to `new`, in no order.
pub(super) fn compare(old: &Side, new: &Side) -> Vec<DefinitionChange> {
    let mut changes = Vec::new();
    let mut open = vec![(0, 0)];
    while let Some((before, after)) = open.pop() {
        changes.extend(changed(old, new, (before, after)));
        let paired = pairs(
            old,
            new,
            &old.children[before as usize],
            &new.children[after as usize],
        );
        for (before, after) in paired {
            match (before, after) {
                (Some(before), Some(after)) => open.push((before, after)),
                (Some(before), None) => gone(old, before, &mut changes),
                (None, Some(after)) => born(new, after, &mut changes),
                (None, None) => {}
            }
        }
    }
    if changes.is_empty() {
        let file = (old.definition(0), new.definition(0));
        changes.push(DefinitionChange {
            kind: ChangeKind::Formatting,
            old: Some(file.0),
            new: Some(file.1),
            only_imports: false,
        });
    }
    changes
}

/// A definition that is gone, without what stood in it.
fn gone(old: &Side, at: u32, changes: &mut Vec<DefinitionChange>) {
    changes.push(DefinitionChange {
        kind: ChangeKind::Removed,
        old: Some(old.definition(at)),
        new: None,
        only_imports: false,
    });
}

fn born(new: &Side, at: u32, changes: &mut Vec<DefinitionChange>) {
    changes.push(DefinitionChange {
        kind: ChangeKind::Added,
        old: None,
        new: Some(new.definition(at)),
        only_imports: false,
    });
}

/// What became of a definition that is on both sides.
fn changed(old: &Side, new: &Side, pair: (u32, u32)) -> Option<DefinitionChange> {
    let (before, after) = pair;
    let has_new_name = old.name(before) != new.name(after);
    let mut only_imports = false;
    let all = |_: usize, _: &Token| true;
    let kind = if has_new_name {
        ChangeKind::Renamed
    } else if old.written(before).eq(new.written(after)) {
        return None;
    } else if old.says(before, &all) != new.says(after, &all) {
        let (old_body, new_body) = (old.head_end(before), new.head_end(after));
        let old_head = old.says(before, &|place, _| place < old_body);
        let new_head = new.says(after, &|place, _| place < new_body);
        let rest = |_: usize, token: &Token| !token.imports;
        only_imports = after == 0 && old.says(before, &rest) == new.says(after, &rest);
        if after != 0 && old_head != new_head {
            ChangeKind::Signature
        } else {
            ChangeKind::Body
        }
    } else {
        ChangeKind::Formatting
    };
    Some(DefinitionChange {
        kind,
        old: Some(old.definition(before)),
        new: Some(new.definition(after)),
        only_imports,
    })
}

/// Pairs the definitions of one scope: those of one name that say the same, those of one name in their order, and then
/// those that say nearly the same.
pub(super) fn pairs(
    old: &Side,
    new: &Side,
    before: &[u32],
    after: &[u32],
) -> Vec<(Option<u32>, Option<u32>)> {
    let mut by_name: BTreeMap<String, (Vec<u32>, Vec<u32>)> = BTreeMap::new();
    for at in before {
        by_name.entry(old.key(*at)).or_default().0.push(*at);
    }
    for at in after {
        by_name.entry(new.key(*at)).or_default().1.push(*at);
    }
    let mut paired = Vec::new();
    let (mut gone, mut born) = (Vec::new(), Vec::new());
    for (mut before, mut after) in by_name.into_values() {
        if before.len() > 1 || after.len() > 1 {
            pair_equal(old, new, &mut before, &mut after, &mut paired);
        }
        let both = before.len().min(after.len());
        let ordered = before.iter().zip(&after).take(both);
        paired.extend(ordered.map(|(before, after)| (Some(*before), Some(*after))));
        gone.extend_from_slice(&before[both..]);
        born.extend_from_slice(&after[both..]);
    }
    pair_resembling(old, new, &mut gone, &mut born, &mut paired);
    paired.extend(gone.into_iter().map(|at| (Some(at), None)));
    paired.extend(born.into_iter().map(|at| (None, Some(at))));
    paired
}

/// The definition of `new` that is most like one of `old` by the same name.
pub(super) fn find_moved(old: &Side, symbol: u32, new: &Side) -> Option<Definition> {
    let sorted = |mut content: Vec<u64>| {
        content.sort_unstable();
        content
    };
    let before = sorted(old.content(symbol));
    let mut best: Option<(f64, u32)> = None;
    for at in 1..new.facts.symbols.len() as u32 {
        if new.name(at) != old.name(symbol) || new.kind(at) != old.kind(symbol) {
            continue;
        }
        let share = shared(&before, &sorted(new.content(at)));
        if share >= MIN_SHARED && best.is_none_or(|(known, _)| share > known) {
            best = Some((share, at));
        }
    }
    best.map(|(_, at)| new.definition(at))
}

type Pairs = Vec<(Option<u32>, Option<u32>)>;

fn pair_equal(
    old: &Side,
    new: &Side,
    before: &mut Vec<u32>,
    after: &mut Vec<u32>,
    paired: &mut Pairs,
) {
    let mut contents: Vec<Option<(u32, Vec<u64>)>> = after
        .iter()
        .map(|at| Some((*at, new.content(*at))))
        .collect();
    before.retain(|at| {
        let content = old.content(*at);
        let equal = contents
            .iter_mut()
            .find(|other| other.as_ref().is_some_and(|(_, other)| *other == content));
        match equal.and_then(Option::take) {
            Some((other, _)) => {
                paired.push((Some(*at), Some(other)));
                false
            }
            None => true,
        }
    });
    *after = contents.into_iter().flatten().map(|(at, _)| at).collect();
}

fn pair_resembling(
    old: &Side,
    new: &Side,
    gone: &mut Vec<u32>,
    born: &mut Vec<u32>,
    paired: &mut Pairs,
) {
    if gone.is_empty() || born.is_empty() || gone.len() * born.len() > MAX_PAIRS {
        return;
    }
    let sorted = |mut content: Vec<u64>| {
        content.sort_unstable();
        content
    };
    let before: Vec<Vec<u64>> = gone.iter().map(|at| sorted(old.content(*at))).collect();
    let after: Vec<Vec<u64>> = born.iter().map(|at| sorted(new.content(*at))).collect();
    let mut found = Vec::new();
    for (i, one) in before.iter().enumerate() {
        for (j, other) in after.iter().enumerate() {
            let share = shared(one, other);
            if old.kind(gone[i]) == new.kind(born[j]) && share >= MIN_SHARED {
                found.push((share, i, j));
            }
        }
    }
    found.sort_by(|one, other| {
        other
            .0
            .total_cmp(&one.0)
            .then((one.1, one.2).cmp(&(other.1, other.2)))
    });
    let (mut olds, mut news) = (FxHashSet::default(), FxHashSet::default());
    for (_, i, j) in found {
        if !olds.contains(&i) && !news.contains(&j) {
            olds.insert(i);
            news.insert(j);
            paired.push((Some(gone[i]), Some(born[j])));
        }
    }
    let keep = |list: &mut Vec<u32>, taken: &FxHashSet<usize>| {
        let mut at = 0;
        list.retain(|_| {
            at += 1;
            !taken.contains(&(at - 1))
        });
    };
    keep(gone, &olds);
    keep(born, &news);
}

/// The tokens both have, as a share of the longer.
pub(super) fn shared(one: &[u64], other: &[u64]) -> f64 {
    let longer = one.len().max(other.len());
    if one.len().min(other.len()) < MIN_TOKENS {
        return if one == other && longer > 2 { 1.0 } else { 0.0 };
    }
    let mut others = other.iter().peekable();
    let mut common = 0;
    for token in one {
        while others.next_if(|other| *other < token).is_some() {}
        common += usize::from(others.next_if(|other| *other == token).is_some());
    }
    common as f64 / longer as f64
}
