//! Members that are looked up by a name of which only the beginning and the end are known.

use arc_graph::Rule;

use crate::facts::{BlockId, Expr, ExprId, Name};
use crate::resolve::evaluate::{Evaluator, Found};
use crate::resolve::names::Hit;
use crate::resolve::values::{NameId, Sym, Value, Values};

/// Types below the receiver's whose members are looked at as well.
const MAX_BELOW: usize = 64;
/// Members of one family.
const MAX_FAMILY: usize = 400;
/// Assignments between a call and the place where the member was looked up.
const MAX_HOPS: u32 = 3;

/// The beginning and the end of a name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Affixes {
    start: Name,
    end: Name,
}

impl Evaluator<'_, '_> {
    /// The ends of the names that a key means, if it is made of such.
    pub(super) fn affixes(&self, key: ExprId) -> Option<Affixes> {
        let Expr::Apply(of, ends) = self.expr_of(key) else {
            return None;
        };
        let Expr::Literal(kind) = self.expr_of(of) else {
            return None;
        };
        let mut ends = self.file.facts.list(ends).map(|end| self.expr_of(end));
        match (ends.next(), ends.next()) {
            (Some(Expr::Text(start)), Some(Expr::Text(end)))
                if self.file.facts.text(kind) == self.file.semantics.literal_types[3] =>
            {
                Some(Affixes { start, end })
            }
            _ => None,
        }
    }

    /// All members that a name with such ends can mean; unknown when they are many.
    pub(super) fn family_values(&self, of: &Values, affixes: Affixes) -> Values {
        let mut values = Values::unknown();
        if !self.deepen() {
            return values;
        }
        for item in of.iter() {
            if let Value::Made(file, expr) = item.value {
                values.extend(&self.made_family(file, expr, affixes));
            }
            for found in self.family(item.value, affixes) {
                values.extend(&self.found_values(&found));
            }
        }
        self.surface();
        values.weakened(Rule::Ambiguous)
    }

    fn is_between(&self, affixes: Affixes, name: &str) -> bool {
        let (start, end) = (
            self.file.facts.text(affixes.start),
            self.file.facts.text(affixes.end),
        );
        name.len() > start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
    }

    /// The members of a value that a name with such ends can mean, sorted by type and name.
    fn family(&self, value: Value, affixes: Affixes) -> Vec<Found> {
        match value {
            Value::SelfOf(class) | Value::SelfClassOf(class) => {
                let below = self.hierarchy.all_below(class, MAX_BELOW);
                let mut found = self.inherited_family(value, class, affixes);
                for class in below {
                    found.extend(self.own_family(Value::SelfOf(class), class, affixes));
                }
                found
            }
            Value::Instance(class, _) | Value::Class(class, _) => {
                self.inherited_family(value, class, affixes)
            }
            Value::Module(file) => self.module_family(file, affixes),
            _ => Vec::new(),
        }
    }

    fn inherited_family(&self, value: Value, class: Sym, affixes: Affixes) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        let mut seen: Vec<NameId> = Vec::new();
        for &(above, _) in self.hierarchy.order(class).iter() {
            for (name, members) in self.named_family(value, above, affixes) {
                if !seen.contains(&name) && seen.len() < MAX_FAMILY {
                    seen.push(name);
                    found.extend(members);
                }
            }
        }
        found
    }

    fn own_family(&self, value: Value, class: Sym, affixes: Affixes) -> Vec<Found> {
        let named = self.named_family(value, class, affixes);
        named.into_iter().flat_map(|(_, found)| found).collect()
    }

    /// The members that a type of the project itself has, by name in the order of the names' texts.
    fn named_family(
        &self,
        value: Value,
        class: Sym,
        affixes: Affixes,
    ) -> Vec<(NameId, Vec<Found>)> {
        if class.file as usize >= self.program.project_files {
            return Vec::new();
        }
        let mut names: Vec<(String, NameId)> = self
            .hierarchy
            .own_names(class)
            .map(|name| (self.program.text(name).to_string(), name))
            .filter(|(text, _)| self.is_between(affixes, text))
            .collect();
        names.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        names.truncate(MAX_FAMILY);
        let args = self.own_args(class);
        let found = |name: NameId| -> Vec<Found> {
            let own = self.hierarchy.own(class, name);
            let hits = own
                .iter()
                .map(|member| self.names.member_hit(class, name, *member));
            hits.map(|hit| Found {
                hit,
                receiver: value,
                owner: Some((class, args)),
            })
            .collect()
        };
        names
            .into_iter()
            .map(|(_, name)| (name, found(name)))
            .collect()
    }

    fn module_family(&self, file: u32, affixes: Affixes) -> Vec<Found> {
        if file as usize >= self.program.project_files {
            return Vec::new();
        }
        let module = self.program.file(file);
        let bindings = module.facts.bindings.iter();
        let top = bindings.filter(|binding| binding.scope == BlockId(0));
        let found = top.filter_map(|binding| {
            let value = binding.value.is_some().then_some(binding.value)?;
            match module.facts.exprs.expr(value) {
                Expr::Symbol(symbol)
                    if self.is_between(affixes, module.facts.text(binding.name)) =>
                {
                    Some(Found {
                        hit: Hit::Symbol(Sym {
                            file,
                            symbol: symbol.0,
                        }),
                        receiver: Value::Module(file),
                        owner: None,
                    })
                }
                _ => None,
            }
        });
        found.take(MAX_FAMILY).collect()
    }

    /// What a literal of this file holds under such names, that of another file under any.
    fn made_family(&self, file: u32, expr: u32, affixes: Affixes) -> Values {
        if file != self.index {
            return self.made_elements(file, expr);
        }
        let facts = self.file.facts;
        let mut values = Values::unknown();
        let mut add = |name: Name, value: ExprId| {
            if self.is_between(affixes, facts.text(name)) {
                values.extend(&self.eval(value));
            }
        };
        match facts.exprs.expr(ExprId(expr)) {
            Expr::Object(properties) => {
                for property in facts.list(properties) {
                    if let Expr::Keyword(name, value) = self.expr_of(property) {
                        add(name, value);
                    }
                }
            }
            Expr::Map(entries) => {
                let entries: Vec<ExprId> = facts.list(entries).collect();
                for pair in entries.chunks_exact(2) {
                    if let Expr::Text(name) = self.expr_of(pair[0]) {
                        add(name, pair[1]);
                    }
                }
            }
            _ => {}
        }
        values
    }

    /// Functions of large families that a called expression can mean: too many to be values.
    pub(super) fn called_family(&self, callee: ExprId) -> Vec<Sym> {
        let mut functions = Vec::new();
        self.add_called_family(callee, &mut functions, 0);
        functions.sort_unstable();
        functions.dedup();
        functions
    }

    fn add_called_family(&self, callee: ExprId, functions: &mut Vec<Sym>, hops: u32) {
        if hops > MAX_HOPS {
            return;
        }
        match self.expr_of(callee) {
            Expr::Index(base, key) => {
                let Some(affixes) = self.affixes(key) else {
                    return;
                };
                for item in self.eval(base).iter() {
                    let found = self.family(item.value, affixes);
                    functions.extend(found.iter().filter_map(|found| match found.hit {
                        Hit::Symbol(sym) => Some(sym),
                        _ => None,
                    }));
                }
            }
            Expr::Either(items) => {
                for item in self.file.facts.list(items) {
                    self.add_called_family(item, functions, hops + 1);
                }
            }
            Expr::Name(name) => {
                for hit in &self.name_hits(callee, name).0 {
                    if let Hit::Binding(file, binding) = *hit
                        && file == self.index
                    {
                        let value = self.file.facts.bindings[binding as usize].value;
                        self.add_called_family(value, functions, hops + 1);
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether this file looks members up by parts of their names.
    pub(super) fn has_families(&self) -> bool {
        let mut exprs = self.exprs().iter();
        !self.file.semantics.literal_types[3].is_empty()
            && exprs
                .any(|node| matches!(node.expr, Expr::Index(_, key) if self.affixes(key).is_some()))
    }
}
