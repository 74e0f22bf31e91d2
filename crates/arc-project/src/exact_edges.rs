//! Exact edges in the place of our own: at the line and name of which an index says what it means, everything that we
//! thought possible gives way.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use arc_extract::{Edge, FileEdges, Place, Sources, Unresolved, called_names, flag};
use arc_graph::{Confidence, EdgeKind, NodeKind, Rule};
use arc_scip::role;

use crate::exact::{Exact, Meaning, Own, Site, facts_of, is_constructor, is_function, kind_of};

impl Exact {
    /// Makes the edges of a source agree with what is known of it.
    pub(crate) fn apply(&self, sources: &Sources, source: u32, found: &mut FileEdges) {
        let Some(known) = self.known.get(source as usize) else {
            return;
        };
        if known.sites.is_empty() && known.relations.is_empty() {
            return;
        }
        let edges = std::mem::take(&mut found.edges);
        let open = std::mem::take(&mut found.unresolved);
        let mut work = Work::new(self, sources, source, (&edges, &open));
        work.around = Around::new(sources, source, found);
        for sites in known
            .sites
            .chunk_by(|a, b| a.line == b.line && a.name == b.name)
        {
            work.site(sites);
        }
        for (symbol, target, kind) in &known.relations {
            work.relation(*symbol, *target, *kind);
        }
        (found.edges, found.unresolved) = work.finish();
    }
}

/// What became of an edge of ours.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Kept,
    Exact,
    Gone,
}

struct Work<'a> {
    exact: &'a Exact,
    sources: &'a Sources,
    source: u32,
    edges: &'a [Edge],
    open: &'a [Unresolved],
    verdicts: Vec<Verdict>,
    settled: Vec<bool>,
    added: BTreeSet<(u32, Place, EdgeKind, u32)>,
    /// Edges by line and the names that their targets have there.
    by_name: HashMap<(u32, &'a str), Vec<usize>>,
    /// Edges by line and target; a constructor's also under its type.
    by_target: HashMap<(u32, Own), Vec<usize>>,
    /// Edges that say what extends or overrides what.
    above: HashMap<(u32, EdgeKind, Own), Vec<usize>>,
    open_at: HashMap<(u32, &'a str), Vec<usize>>,
    called: HashSet<(u32, &'a str)>,
    /// Lines on which something is built by a constructor.
    builds_at: HashSet<u32>,
    around: Around,
}

impl<'a> Work<'a> {
    fn new(
        exact: &'a Exact,
        sources: &'a Sources,
        source: u32,
        (edges, open): (&'a [Edge], &'a [Unresolved]),
    ) -> Work<'a> {
        let mut open_at: HashMap<(u32, &str), Vec<usize>> = HashMap::new();
        for (at, reference) in open.iter().enumerate() {
            let key = (reference.line, reference.name.as_str());
            open_at.entry(key).or_default().push(at);
        }
        let facts = facts_of(sources, source);
        let mut work = Work {
            exact,
            sources,
            source,
            edges,
            open,
            verdicts: vec![Verdict::Kept; edges.len()],
            settled: vec![false; open.len()],
            added: BTreeSet::new(),
            by_name: HashMap::new(),
            by_target: HashMap::new(),
            above: HashMap::new(),
            open_at,
            called: called_names(facts).into_iter().collect(),
            builds_at: HashSet::new(),
            around: Around::default(),
        };
        for (at, edge) in edges.iter().enumerate() {
            work.note(at, edge);
        }
        work
    }

    fn note(&mut self, at: usize, edge: &'a Edge) {
        let Some(own) = own(&edge.dst) else {
            if let Place::External(name) = &edge.dst {
                let key = (edge.line, last_name(name));
                self.by_name.entry(key).or_default().push(at);
            }
            return;
        };
        let mut targets = vec![own];
        if let Some(owner) = self.builds(own) {
            targets.push(owner);
            if edge.kind == EdgeKind::Calls {
                self.builds_at.insert(edge.line);
            }
        }
        for target in targets {
            self.by_target
                .entry((edge.line, target))
                .or_default()
                .push(at);
            if target.symbol != 0 {
                let key = (edge.line, self.name(target));
                self.by_name.entry(key).or_default().push(at);
            }
        }
        if matches!(edge.kind, EdgeKind::Inherits | EdgeKind::Overrides) {
            let key = (edge.src, edge.kind, own);
            self.above.entry(key).or_default().push(at);
        }
    }

    /// Settles one name of one line. Sites come in the order of their lines.
    fn site(&mut self, sites: &[Site]) {
        let (line, name) = (sites[0].line, &*sites[0].name);
        let mut targets: BTreeMap<Own, u32> = BTreeMap::new();
        let mut outside: BTreeSet<&str> = BTreeSet::new();
        for site in sites {
            match site.meaning {
                Meaning::Own(own) => *targets.entry(own).or_default() |= site.roles,
                Meaning::Outside(at) => {
                    outside.insert(&self.exact.outside[at as usize]);
                }
                Meaning::NoNode => {}
            }
        }
        let here = self.edges_of(line, name, &targets);
        let open = self.open_at.get(&(line, name)).cloned().unwrap_or_default();
        if targets.is_empty() && outside.is_empty() {
            // A value that is kept by a local variable may well be called; what only has its name is not it.
            for at in here {
                let by_name = matches!(self.edges[at].rule, Rule::UniqueName | Rule::BareName);
                if by_name && is_replaced(self.edges[at].kind) {
                    self.verdicts[at] = Verdict::Gone;
                }
            }
            return;
        }
        let is_call = !open.is_empty()
            || self.called.contains(&(line, name))
            || here
                .iter()
                .any(|at| self.edges[*at].kind == EdgeKind::Calls);
        let mut dependents: BTreeSet<u32> = open.iter().map(|at| self.open[*at].src).collect();
        let replaced = here.iter().map(|at| &self.edges[*at]);
        dependents.extend(
            replaced
                .filter(|edge| is_replaced(edge.kind))
                .map(|edge| edge.src),
        );
        let was_open = !dependents.is_empty();
        if !was_open {
            dependents.insert(self.around.innermost(line));
        }
        let confirmed = self.judge(&here, &targets, &outside);
        for (target, roles) in &targets {
            if !confirmed.contains(target) {
                self.add(line, &dependents, *target, *roles, is_call);
            }
        }
        // What lies outside is news only where something was open: nobody wants an edge for every use of a built-in.
        if targets.is_empty() && was_open && !self.keeps_any(&here) {
            let kind = if is_call {
                EdgeKind::Calls
            } else {
                EdgeKind::References
            };
            for name in &outside {
                for src in &dependents {
                    let dst = Place::External((*name).to_owned());
                    self.added.insert((*src, dst, kind, line));
                }
            }
        }
        for at in open {
            self.settled[at] = true;
        }
    }

    /// Our edges of this line that stand for this name, or for what it means.
    fn edges_of(&self, line: u32, name: &str, targets: &BTreeMap<Own, u32>) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        found.extend(self.by_name.get(&(line, name)).into_iter().flatten());
        for target in targets.keys() {
            found.extend(self.by_target.get(&(line, *target)).into_iter().flatten());
        }
        found
    }

    /// Decides on our edges, and gives the targets that one of them has.
    fn judge(
        &mut self,
        here: &BTreeSet<usize>,
        targets: &BTreeMap<Own, u32>,
        outside: &BTreeSet<&str>,
    ) -> BTreeSet<Own> {
        let outside: BTreeSet<&str> = outside.iter().map(|name| last_name(name)).collect();
        let built: BTreeSet<Own> = targets.keys().filter_map(|own| self.builds(*own)).collect();
        let mut confirmed = BTreeSet::new();
        for at in here {
            let edge = &self.edges[*at];
            let verdict = match (own(&edge.dst), &edge.dst) {
                (Some(own), _) if targets.contains_key(&own) => {
                    confirmed.insert(own);
                    Verdict::Exact
                }
                (Some(own), _) if built.contains(&own) => Verdict::Exact,
                (Some(own), _) => match self.builds(own) {
                    // Which of several constructors runs is not what the index says.
                    Some(owner) if targets.contains_key(&owner) => match self.constructors(owner) {
                        [_] => Verdict::Exact,
                        _ => Verdict::Kept,
                    },
                    Some(_) | None => Verdict::Gone,
                },
                (None, Place::External(name)) if outside.contains(last_name(name)) => {
                    Verdict::Exact
                }
                (None, _) => Verdict::Gone,
            };
            // Indexers look through what re-exports something outside, and take the project as it is installed for another one.
            let is_passed_on = targets.is_empty() && edge.rule.is_looked_up();
            let verdict = if is_passed_on && verdict == Verdict::Gone {
                Verdict::Kept
            } else {
                verdict
            };
            let is_final = verdict != Verdict::Gone || is_replaced(edge.kind);
            if is_final && self.verdicts[*at] != Verdict::Exact {
                self.verdicts[*at] = verdict;
            }
        }
        confirmed
    }

    /// Adds an edge that we did not have.
    fn add(
        &mut self,
        line: u32,
        dependents: &BTreeSet<u32>,
        target: Own,
        roles: u32,
        is_call: bool,
    ) {
        let fact = &facts_of(self.sources, target.source).symbols[target.symbol as usize];
        let kind = kind_of(self.sources, target);
        let is_call = is_call && roles & role::IMPORT == 0;
        let mut edges = Vec::new();
        match kind {
            NodeKind::File => {
                if roles & role::IMPORT != 0 && target.source != self.source {
                    self.added
                        .insert((0, place(target), EdgeKind::Imports, line));
                }
            }
            // What a type asks for holds no value: whoever uses it refers to the declaration.
            NodeKind::Field if self.is_asked_for(target) => {
                edges.push((target, EdgeKind::References));
            }
            NodeKind::Field | NodeKind::Variable | NodeKind::Constant => {
                let is_write = roles & role::WRITE != 0;
                let kind = if is_write {
                    EdgeKind::Writes
                } else {
                    EdgeKind::Reads
                };
                edges.push((target, kind));
            }
            NodeKind::Class if is_call => {
                let constructors = self.constructors(target);
                let kind = if constructors.is_empty() && !self.builds_at.contains(&line) {
                    EdgeKind::Calls
                } else {
                    EdgeKind::References
                };
                edges.push((target, kind));
                if let [only] = constructors {
                    edges.push((*only, EdgeKind::Calls));
                }
            }
            kind if is_call && is_function(kind) && fact.flags & flag::PROPERTY == 0 => {
                edges.push((target, EdgeKind::Calls));
            }
            NodeKind::Module
            | NodeKind::Class
            | NodeKind::Interface
            | NodeKind::Enum
            | NodeKind::EnumMember
            | NodeKind::Function
            | NodeKind::Method
            | NodeKind::TypeAlias
            | NodeKind::Macro
            | NodeKind::Lambda
            | NodeKind::Test
            | NodeKind::Section
            | NodeKind::Resource
            | NodeKind::Key
            | NodeKind::Table
            | NodeKind::External
            | NodeKind::Commit
            | NodeKind::Person
            | NodeKind::PullRequest
            | NodeKind::Issue
            | NodeKind::Decision
            | NodeKind::Change => edges.push((target, EdgeKind::References)),
        }
        for (target, kind) in edges {
            for src in dependents {
                let is_self = target.source == self.source && target.symbol == *src;
                if !is_self || kind == EdgeKind::Calls {
                    self.added.insert((*src, place(target), kind, line));
                }
            }
        }
    }

    fn relation(&mut self, symbol: u32, target: Own, kind: EdgeKind) {
        if let Some(known) = self.above.get(&(symbol, kind, target)) {
            for at in known {
                self.verdicts[*at] = Verdict::Exact;
            }
        } else {
            let line = facts_of(self.sources, self.source).symbols[symbol as usize].line;
            self.added.insert((symbol, place(target), kind, line));
        }
    }

    fn finish(self) -> (Vec<Edge>, Vec<Unresolved>) {
        let mut edges: Vec<Edge> = Vec::with_capacity(self.edges.len() + self.added.len());
        for (edge, verdict) in self.edges.iter().zip(&self.verdicts) {
            match verdict {
                Verdict::Kept => edges.push(edge.clone()),
                Verdict::Exact => {
                    edges.push(exact(edge.src, edge.dst.clone(), edge.kind, edge.line));
                }
                Verdict::Gone => {}
            }
        }
        let added = self.added.into_iter();
        edges.extend(added.map(|(src, dst, kind, line)| exact(src, dst, kind, line)));
        // Of two that differ in nothing but their confidence the surer one stays.
        edges.sort_unstable_by(|a, b| {
            let doubt = b.confidence.cmp(&a.confidence);
            let place = (a.src, &a.dst, a.kind, a.line).cmp(&(b.src, &b.dst, b.kind, b.line));
            place.then(doubt).then(a.rule.cmp(&b.rule))
        });
        edges.dedup_by(|a, b| (a.src, &a.dst, a.kind, a.line) == (b.src, &b.dst, b.kind, b.line));
        let open = self.open.iter().zip(&self.settled);
        let open = open.filter(|(_, settled)| !**settled);
        (
            edges,
            open.map(|(reference, _)| reference.clone()).collect(),
        )
    }

    fn name(&self, own: Own) -> &'a str {
        let facts = facts_of(self.sources, own.source);
        facts.text(facts.symbols[own.symbol as usize].name)
    }

    /// The type that a constructor builds.
    fn builds(&self, own: Own) -> Option<Own> {
        if own.symbol == 0 || !is_constructor(self.sources, own) {
            return None;
        }
        let parent = facts_of(self.sources, own.source).symbols[own.symbol as usize].parent;
        parent.is_some().then_some(Own {
            symbol: parent.0,
            ..own
        })
    }

    /// Whether a field is declared by an interface or by a type that is written out.
    fn is_asked_for(&self, field: Own) -> bool {
        let symbol = facts_of(self.sources, field.source).symbols[field.symbol as usize]
            .parent
            .0;
        let owner = Own { symbol, ..field };
        field.symbol != 0
            && matches!(
                kind_of(self.sources, owner),
                NodeKind::Interface | NodeKind::TypeAlias
            )
    }

    fn constructors(&self, class: Own) -> &'a [Own] {
        let known = self.exact.constructors.get(&class);
        known.map_or(&[][..], Vec::as_slice)
    }

    fn keeps_any(&self, here: &BTreeSet<usize>) -> bool {
        let is_there =
            |at: &usize| self.verdicts[*at] != Verdict::Gone && is_replaced(self.edges[*at].kind);
        here.iter().any(is_there)
    }
}

/// The definition of ours that a place is.
fn own(place: &Place) -> Option<Own> {
    match place {
        Place::Symbol { file, symbol } => Some(Own {
            source: *file,
            symbol: *symbol,
        }),
        Place::External(_) => None,
    }
}

/// Kinds of edge that a reference gives rise to, and nothing else.
fn is_replaced(kind: EdgeKind) -> bool {
    match kind {
        EdgeKind::Calls
        | EdgeKind::References
        | EdgeKind::Reads
        | EdgeKind::Writes
        | EdgeKind::Tests => true,
        EdgeKind::Contains
        | EdgeKind::Imports
        | EdgeKind::Inherits
        | EdgeKind::Overrides
        | EdgeKind::Documents
        | EdgeKind::DependsOn
        | EdgeKind::Configures
        | EdgeKind::Requests
        | EdgeKind::Starts => false,
    }
}

fn place(own: Own) -> Place {
    Place::Symbol {
        file: own.source,
        symbol: own.symbol,
    }
}

fn exact(src: u32, dst: Place, kind: EdgeKind, line: u32) -> Edge {
    Edge {
        src,
        dst,
        kind,
        line,
        confidence: Confidence::CERTAIN,
        rule: Rule::Scip,
    }
}

fn last_name(qualified: &str) -> &str {
    qualified
        .rsplit(['.', ':', '/'])
        .next()
        .unwrap_or(qualified)
}

/// Whose code each line is, asked in the order of lines.
#[derive(Default)]
struct Around {
    /// First line, last line and symbol of what has a body, outermost first.
    bodies: Vec<(u32, u32, u32)>,
    next: usize,
    open: Vec<(u32, u32)>,
}

impl Around {
    fn new(sources: &Sources, source: u32, found: &FileEdges) -> Around {
        let facts = facts_of(sources, source);
        let symbols = found.symbols.iter().map(|symbol| symbol.index);
        let mut bodies: Vec<(u32, u32, u32)> = symbols
            .map(|symbol| (&facts.symbols[symbol as usize], symbol))
            .filter(|(fact, _)| fact.body.is_some())
            .map(|(fact, symbol)| (fact.line, fact.end_line, symbol))
            .collect();
        bodies.sort_by_key(|(line, end, symbol)| (*line, std::cmp::Reverse(*end), *symbol));
        Around {
            bodies,
            next: 0,
            open: Vec::new(),
        }
    }

    /// The innermost definition around a line; the file where there is none.
    fn innermost(&mut self, line: u32) -> u32 {
        while let Some((first, last, symbol)) = self.bodies.get(self.next)
            && *first <= line
        {
            self.open.push((*last, *symbol));
            self.next += 1;
        }
        while self.open.last().is_some_and(|(last, _)| *last < line) {
            self.open.pop();
        }
        self.open.last().map_or(0, |(_, symbol)| *symbol)
    }
}
