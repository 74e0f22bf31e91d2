//! Anonymous functions: which of them become nodes.
//!
//! One that something of the project calls is a node, so that its caller and what it calls can be told apart from the
//! function it is written in. Any other does its work, as far as anybody can see, where it is written.

use arc_graph::{EdgeKind, Rule};
use rustc_hash::FxHashSet;

use crate::facts::flag;
use crate::languages::Semantics;
use crate::resolve::edges::{base_confidence, strongest, visible};
use crate::resolve::file::File;
use crate::resolve::program::Program;
use crate::resolve::values::Sym;
use crate::resolve::{Edge, Place, References, Unresolved};

/// Anonymous functions that nobody calls.
#[derive(Default)]
pub(super) struct Hidden {
    called: FxHashSet<Sym>,
    /// Anonymous functions that are nodes when they are called.
    candidates: FxHashSet<Sym>,
}

impl Hidden {
    /// `found` are the edges of all files that may call one, but for those of which `called` says what they call.
    pub(super) fn new<'f>(
        candidates: FxHashSet<Sym>,
        found: impl Iterator<Item = &'f References>,
        called: impl Iterator<Item = Sym>,
    ) -> Hidden {
        let mut hidden = Hidden {
            called: FxHashSet::default(),
            candidates,
        };
        hidden.called.extend(called);
        for references in found {
            let called: Vec<Sym> = hidden.called_by(references).collect();
            hidden.called.extend(called);
        }
        hidden
    }

    /// The anonymous functions that a file calls.
    pub(super) fn called_by<'f>(
        &'f self,
        (edges, _): &'f References,
    ) -> impl Iterator<Item = Sym> + 'f {
        edges
            .iter()
            .filter_map(|edge| match (edge.kind, &edge.dst) {
                (EdgeKind::Calls, Place::Symbol { file, symbol }) => {
                    let sym = Sym {
                        file: *file,
                        symbol: *symbol,
                    };
                    self.candidates.contains(&sym).then_some(sym)
                }
                _ => None,
            })
    }

    /// The files whose anonymous functions, or what is written in them, a file refers to. Whether one of these is a node
    /// decides what its edges lead to.
    pub(super) fn files_of(
        &self,
        program: &Program<'_>,
        (edges, _): &References,
    ) -> FxHashSet<u32> {
        let mut files = FxHashSet::default();
        for edge in edges {
            let Place::Symbol { file, symbol } = edge.dst else {
                continue;
            };
            let mut sym = Sym { file, symbol };
            // Facts that go in circles end the way up as well.
            for _ in 0..300 {
                if self.candidates.contains(&sym) {
                    files.insert(file);
                }
                let parent = program.fact(sym).parent;
                if !parent.is_some() || files.contains(&file) {
                    break;
                }
                sym.symbol = parent.0;
            }
        }
        files
    }

    /// The files in which an anonymous function is a node here and not there, or the other way round. `others` are those
    /// that are called there.
    pub(super) fn differing(&self, others: &FxHashSet<Sym>) -> FxHashSet<u32> {
        let differing = self.called.symmetric_difference(others);
        differing.map(|sym| sym.file).collect()
    }

    pub(super) fn contains(&self, sym: Sym) -> bool {
        self.candidates.contains(&sym) && !self.called.contains(&sym)
    }

    /// The definition itself if it is a node, else the nearest around it that is.
    pub(super) fn visible(&self, program: &Program<'_>, sym: Sym) -> Sym {
        let mut sym = visible(program, sym);
        while self.contains(sym) {
            let symbol = program.fact(sym).parent.0;
            sym = visible(program, Sym { symbol, ..sym });
        }
        sym
    }

    /// Gives the edges of a file's anonymous functions that nobody calls to what is around them, and ties the others to
    /// it.
    pub(super) fn settle(
        &self,
        program: &Program<'_>,
        file: u32,
        edges: &mut Vec<Edge>,
        unresolved: &mut Vec<Unresolved>,
    ) {
        if self.candidates.is_empty() {
            return;
        }
        let mut differs = false;
        for edge in edges.iter_mut() {
            let src = Sym {
                file,
                symbol: edge.src,
            };
            if self.contains(src) {
                edge.src = self.visible(program, src).symbol;
                differs = true;
            }
            if let Place::Symbol { file, symbol } = &mut edge.dst {
                let dst = Sym {
                    file: *file,
                    symbol: *symbol,
                };
                if self.contains(dst) {
                    *symbol = self.visible(program, dst).symbol;
                    differs = true;
                }
            }
        }
        for (symbol, fact) in program.file(file).facts.symbols.iter().enumerate() {
            let sym = Sym {
                file,
                symbol: symbol as u32,
            };
            if fact.flags & flag::WHEN_CALLED == 0 || self.contains(sym) {
                continue;
            }
            let around = Sym {
                file,
                symbol: fact.parent.0,
            };
            edges.push(Edge {
                src: self.visible(program, around).symbol,
                dst: Place::Symbol {
                    file,
                    symbol: sym.symbol,
                },
                kind: EdgeKind::References,
                line: fact.line,
                confidence: base_confidence(Rule::Syntax),
                rule: Rule::Syntax,
            });
            differs = true;
        }
        if differs {
            let is_own = |edge: &Edge| {
                let Place::Symbol { file: to, symbol } = edge.dst else {
                    return false;
                };
                to == file && symbol == edge.src && edge.kind != EdgeKind::Calls
            };
            let sorted = edges.drain(..).filter(|edge| !is_own(edge)).collect();
            *edges = strongest(sorted);
        }
        for reference in unresolved.iter_mut() {
            let src = Sym {
                file,
                symbol: reference.src,
            };
            reference.src = self.visible(program, src).symbol;
        }
        unresolved.sort_unstable();
        unresolved.dedup();
    }
}

/// For each file of the project whether its code may call one of `candidates`: that of languages with the same rules.
pub(super) fn callers(program: &Program<'_>, candidates: &FxHashSet<Sym>) -> Vec<bool> {
    let files = &program.files[..program.project_files];
    let mut rules: Vec<&'static Semantics> = Vec::new();
    let is_known = |rules: &[&'static Semantics], semantics: &'static Semantics| {
        rules.iter().any(|known| std::ptr::eq(*known, semantics))
    };
    #[expect(clippy::iter_over_hash_type, reason = "a set is made of a set")]
    for sym in candidates {
        let semantics = program.file(sym.file).semantics;
        if !is_known(&rules, semantics) {
            rules.push(semantics);
        }
    }
    let may_call = |file: &File<'_>| is_known(&rules, file.semantics);
    files.iter().map(may_call).collect()
}

/// Anonymous functions of the project that become nodes when they are called.
pub(super) fn candidates(program: &Program<'_>) -> FxHashSet<Sym> {
    let files = program.files[..program.project_files].iter().enumerate();
    files
        .flat_map(|(file, indexed)| {
            let symbols = indexed.facts.symbols.iter().enumerate();
            symbols
                .filter(|(_, fact)| fact.flags & flag::WHEN_CALLED != 0)
                .map(move |(symbol, _)| Sym {
                    file: file as u32,
                    symbol: symbol as u32,
                })
        })
        .collect()
}
