//! Signatures of which a function has several: which of them a call means says what the call gives.

use crate::facts::{Expr, ExprId, ListId, flag};
use crate::resolve::evaluate::Evaluator;
use crate::resolve::values::{Sym, Value, Values};

/// Signatures of one function.
const MAX_SIGNATURES: u32 = 40;

impl Evaluator<'_, '_> {
    /// Whether all are declarations of one name in one place.
    pub(super) fn are_signatures(&self, functions: &[(Sym, Option<Value>)]) -> bool {
        let declared = flag::ABSTRACT | flag::DECLARATION | flag::OVERLOAD;
        let of = |function: Sym| {
            let fact = self.program.fact(function);
            let name = self.program.file(function.file).global(fact.name);
            // Methods of one type may stand in several files (C++).
            match self.hierarchy.owner(self.program, function) {
                Some(class) => (class.file, class.symbol, name),
                None => (function.file, fact.parent.0, name),
            }
        };
        functions.iter().all(|(function, _)| {
            self.program.has_flag(*function, declared) && of(*function) == of(functions[0].0)
        })
    }

    /// How many of the functions are overloads of one name in one type that the arguments fit equally well: one of them
    /// is meant. 1 where names are not overloaded.
    pub(super) fn equal_overloads(&self, chosen: &[(Sym, Option<Value>)], function: Sym) -> usize {
        if !self.file.semantics.overloads || chosen.len() < 2 {
            return 1;
        }
        let of = |function: Sym| {
            let fact = self.program.fact(function);
            (function.file, fact.parent, fact.name)
        };
        let own = of(function);
        let same = |other: &&(Sym, Option<Value>)| of(other.0) == own;
        chosen.iter().filter(same).count().max(1)
    }

    /// The signatures that stand right in front of the function that implements them, as far as the arguments fit.
    pub(super) fn called_signatures(
        &self,
        function: Sym,
        receiver: Option<Value>,
        args: ListId,
    ) -> Vec<Sym> {
        let found: Vec<(Sym, Option<Value>)> = self
            .signatures_of(function)
            .map(|signature| (signature, receiver))
            .collect();
        let chosen = self.choose(found, args);
        chosen.into_iter().map(|(signature, _)| signature).collect()
    }

    /// The signatures that stand right in front of the function that implements them.
    pub(super) fn signatures_of(&self, function: Sym) -> impl Iterator<Item = Sym> + '_ {
        let own = self.program.fact(function);
        let is_signature = own.flags & flag::OVERLOAD != 0;
        let limit = if is_signature { 0 } else { MAX_SIGNATURES };
        (1..=limit.min(function.symbol))
            .map(move |back| Sym {
                symbol: function.symbol - back,
                ..function
            })
            .take_while(move |before| {
                let fact = self.program.fact(*before);
                fact.flags & flag::OVERLOAD != 0
                    && fact.name == own.name
                    && fact.parent == own.parent
            })
    }

    /// How well an argument fits a parameter that is declared as one of some texts; `None` for any other parameter.
    pub(super) fn fits_texts(&self, function: Sym, at: u32, actual: &Values) -> Option<i32> {
        let file = self.program.file(function.file);
        let declared = self
            .program
            .fact(function)
            .params
            .get(at as usize)?
            .declared;
        let text = |id: ExprId| match file.facts.exprs.expr(id) {
            Expr::Text(name) => Some(file.global(name)),
            _ => None,
        };
        let wanted = match file.facts.exprs.expr(declared) {
            Expr::Either(items) => file.facts.list(items).map(text).collect(),
            _ => text(declared).map(|text| vec![Some(text)])?,
        };
        let wanted: Option<Vec<_>> = wanted.into_iter().collect();
        let wanted = wanted.filter(|wanted| !wanted.is_empty())?;
        let mut given = actual.iter().filter_map(|item| match item.value {
            Value::Text(name) => Some(name),
            _ => None,
        });
        let first = given.next()?;
        let fits = wanted.contains(&first) || given.any(|name| wanted.contains(&name));
        Some(if fits { 45 } else { -40 })
    }
}
