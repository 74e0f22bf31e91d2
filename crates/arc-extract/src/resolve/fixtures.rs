//! Fixtures of tests: those asked for by name, and those that run by themselves.

use arc_graph::Rule;

use crate::facts::{BlockId, ExprId, SymbolFact, flag};
use crate::resolve::evaluate::Evaluator;
use crate::resolve::names::{Busy, Hit};
use crate::resolve::values::{NameId, Sym, Value, Values};

/// What a test runner gives fixtures to, and runs.
const RUN_BY_TESTS: u32 = flag::TEST | flag::FIXTURE | flag::SETUP;

/// Fixtures that run by themselves around one test; more are no tests.
const MAX_RUNNING: usize = 64;

impl Evaluator<'_, '_> {
    /// The fixture that a parameter of a test or of another fixture names.
    pub(super) fn fixture(&self, sym: Sym, at: u32) -> Option<Sym> {
        let fact = self.program.fact(sym);
        if fact.flags & RUN_BY_TESTS == 0 || self.file.semantics.fixture_files.is_empty() {
            return None;
        }
        let name = self.file.global(fact.params.get(at as usize)?.name);
        self.fixture_named(sym, name)
    }

    /// The fixture that a name means to a test or to another fixture: of its class, of its file, of the folders around.
    fn fixture_named(&self, sym: Sym, name: NameId) -> Option<Sym> {
        if let Some(owner) = self.hierarchy.owner(self.program, sym) {
            for &(class, _) in self.hierarchy.order(owner).iter() {
                let own = self.hierarchy.own(class, name).iter();
                let hit = own
                    .map(|member| self.names.member_hit(class, name, *member))
                    .find_map(|hit| self.as_fixture(&hit));
                if hit.is_some_and(|hit| hit != sym) {
                    return hit;
                }
            }
        }
        for file in self.fixture_files() {
            let hits = self.names.exported(file, name, &mut Busy::new());
            let found = hits.iter().rev().find_map(|hit| self.as_fixture(hit));
            if found.is_some_and(|found| found != sym) {
                return found;
            }
        }
        None
    }

    /// The files that offer fixtures to this one, itself first.
    fn fixture_files(&self) -> Vec<u32> {
        let mut folder = Some(self.file.path.as_str());
        let mut files = vec![self.index];
        while let Some(path) = folder {
            let parent = crate::project::folder_of(path);
            for file_name in self.file.semantics.fixture_files {
                let offering = crate::project::join(parent, file_name);
                files.extend(self.program.file_at(&offering));
            }
            folder = (!parent.is_empty()).then_some(parent);
        }
        files
    }

    fn as_fixture(&self, hit: &Hit) -> Option<Sym> {
        match hit {
            Hit::Symbol(sym) if self.program.has_flag(*sym, flag::FIXTURE) => Some(*sym),
            Hit::Binding(file, binding) => {
                let file_facts = self.program.file(*file).facts;
                let symbol = file_facts.bindings[*binding as usize].symbol;
                let sym = Sym {
                    file: *file,
                    symbol: symbol.0,
                };
                (symbol.is_some() && self.program.has_flag(sym, flag::FIXTURE)).then_some(sym)
            }
            _ => None,
        }
    }

    /// The fixtures that run for the tests of a class, or of the file itself, without being asked for. A nearer fixture of
    /// the same name stands for a farther one.
    pub(super) fn autouse(&self, owner: Option<Sym>, test: Sym) -> Vec<Sym> {
        let mut names = Vec::new();
        if let Some(owner) = owner {
            for &(class, _) in self.hierarchy.order(owner).iter() {
                let body = self.program.fact(class).body;
                self.autouse_names(class.file, body, &mut names);
            }
        }
        for file in self.fixture_files() {
            self.autouse_names(file, BlockId(0), &mut names);
        }
        let mut fixtures = Vec::new();
        for name in names {
            let fixture = self.fixture_named(test, name);
            if let Some(fixture) = fixture.filter(|fixture| !fixtures.contains(fixture)) {
                fixtures.push(fixture);
            }
        }
        fixtures
    }

    /// Adds the names of the fixtures of one scope that run by themselves.
    fn autouse_names(&self, file: u32, scope: BlockId, names: &mut Vec<NameId>) {
        let file = self.program.file(file);
        let runs = |symbol: &SymbolFact| symbol.flags & flag::AUTOUSE != 0;
        if !scope.is_some() || !file.facts.symbols.iter().any(runs) {
            return;
        }
        for binding in &file.facts.bindings {
            let symbol = file.facts.symbols.get(binding.symbol.index());
            let name = file.global(binding.name);
            if names.len() >= MAX_RUNNING {
                return;
            }
            if binding.scope == scope && symbol.is_some_and(runs) && !names.contains(&name) {
                names.push(name);
            }
        }
    }

    /// The fixture that a text asks for where `place` is evaluated.
    pub(super) fn requested(&self, text: Value, place: ExprId) -> Option<Sym> {
        let Value::Text(name) = text else {
            return None;
        };
        let block = self.block_of(place);
        let around = self.file.facts.blocks[block.index()].symbol.0;
        self.fixture_named(self.sym(around), name)
    }

    /// What asking for fixtures by name gives.
    pub(super) fn requested_values(&self, texts: &Values, place: ExprId) -> Values {
        let mut values = Values::unknown();
        for item in texts.iter() {
            if let Some(fixture) = self.requested(item.value, place) {
                values.extend(&self.result_of(fixture).weakened(Rule::Injection));
            }
        }
        values
    }
}
