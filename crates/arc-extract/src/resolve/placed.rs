//! Literals that are put where a type is declared: what it says of their members is said of the functions in them.

use crate::facts::{Expr, ExprId, Name};
use crate::resolve::evaluate::{Evaluator, Found};
use crate::resolve::file::Placed;
use crate::resolve::names::Hit;
use crate::resolve::values::{NameId, Sym, Typed, Value, Values};

/// Literals inside literals that are looked through.
const MAX_NESTING: u32 = 6;

impl Evaluator<'_, '_> {
    /// The parameter of a function that is a property of an object literal, from the type that the object has by its place.
    pub(super) fn expected_in_object(&self, sym: Sym, at: u32) -> Values {
        let mut values = Values::unknown();
        let Some((object, name)) = self.file.object_of.get(&sym.symbol).copied() else {
            return values;
        };
        if !self.file.placed.contains_key(&object) || !self.deepen() {
            return values;
        }
        for member in self.members_expected(object, name).iter() {
            match member.value {
                Value::Callable(parts) => {
                    let parts = self.program.args_of(parts);
                    if (at as usize) + 1 < parts.len() {
                        values.extend(&parts[at as usize].clone().weakened(member.rule));
                    }
                }
                Value::Function(_) | Value::Bound(..) => {
                    if let Some((function, receiver)) = self.callable(member.value) {
                        let skipped = self.skipped_params(function, receiver);
                        let declared = self.param_type(function, at + skipped);
                        values.extend(&declared.weakened(member.rule));
                    }
                }
                _ => {}
            }
        }
        self.surface();
        let open = |item: &Typed| !matches!(item.value, Value::TypeVar(..));
        values.iter().filter(open).collect()
    }

    /// What the type of an object literal says of a property that is a function.
    pub(super) fn members_expected(&self, object: ExprId, property: Name) -> Values {
        if !property.is_some() {
            return Values::unknown();
        }
        let name = self.file.global(property);
        let mut values = Values::unknown();
        for item in self.placed_type(object, 0).iter() {
            for found in self.members(item.value, name) {
                // What a field was once given says nothing of what it asks for.
                let is_declared = |member: &Typed| {
                    self.is_function(&found.hit) || matches!(member.value, Value::Callable(_))
                };
                let mut members = self.found_values(&found);
                if members.is_unknown() {
                    // Too many functions were put there to be told apart; what it asks for is written all the same.
                    members = self.declared_alone(&found);
                }
                let members = members.weakened(item.rule);
                values.extend(&members.iter().filter(is_declared).collect());
            }
        }
        values
    }

    /// The declared type of a member without what it was given.
    fn declared_alone(&self, found: &Found) -> Values {
        let sym = match found.hit {
            Hit::Symbol(sym) | Hit::Field(_, _, Some(sym)) => Some(sym),
            Hit::Binding(file, binding) => {
                let symbol = self.program.file(file).facts.bindings[binding as usize].symbol;
                symbol.is_some().then_some(Sym {
                    file,
                    symbol: symbol.0,
                })
            }
            _ => None,
        };
        let declared = sym.map_or_else(Values::unknown, |sym| self.declared(sym));
        match found.owner {
            Some((owner, args)) => {
                let args = self.program.args_of(args);
                super::generics::replace(self.program, &declared, owner, &args)
            }
            None => declared,
        }
    }

    /// The fields of a declared type that an object literal gives functions to: the type, the field's name, the functions.
    pub(super) fn filled_fields(&self, object: ExprId) -> Vec<(Sym, NameId, Values)> {
        let mut filled = Vec::new();
        let Expr::Object(properties) = self.expr_of(object) else {
            return filled;
        };
        if !self.file.placed.contains_key(&object) {
            return filled;
        }
        let types = self.placed_type(object, 0);
        if types.is_unknown() {
            return filled;
        }
        for property in self.file.facts.list(properties) {
            let Expr::Keyword(name, value) = self.expr_of(property) else {
                continue;
            };
            let functions = self.eval(value).functions();
            if functions.is_unknown() {
                continue;
            }
            let name = self.file.global(name);
            for item in types.iter() {
                let owners = self.members(item.value, name).into_iter();
                let owners = owners.filter(|found| !self.is_function(&found.hit));
                for (owner, _) in owners.filter_map(|found| found.owner) {
                    filled.push((owner, name, functions.clone()));
                }
            }
        }
        filled
    }

    fn members_of(&self, of: &Values, name: NameId) -> Values {
        let mut values = Values::unknown();
        for item in of.iter() {
            for found in self.members(item.value, name) {
                values.extend(&self.found_values(&found).weakened(item.rule));
            }
        }
        values
    }

    /// The type that a literal has by the place it is put in.
    fn placed_type(&self, literal: ExprId, depth: u32) -> Values {
        let Some(place) = self.file.placed.get(&literal).copied() else {
            return Values::unknown();
        };
        if depth > MAX_NESTING {
            return Values::unknown();
        }
        match place {
            Placed::Declared(declared) => self.eval_type(declared),
            Placed::Returned(declared) => {
                let mut types = self.eval_type(declared);
                let awaited = self.awaited(&types);
                types.extend(&awaited);
                types
            }
            Placed::Property(object, name) => {
                let name = self.file.global(name);
                self.members_of(&self.placed_type(object, depth + 1), name)
            }
            Placed::Element(list) => self.elements(&self.placed_type(list, depth + 1), 0),
            Placed::Argument(call, position) => self.argument_type(call, position),
        }
    }

    /// The declared type of the parameter that an argument is for.
    fn argument_type(&self, call: ExprId, position: u32) -> Values {
        let (Expr::Call(callee, args) | Expr::New(callee, args)) = self.expr_of(call) else {
            return Values::unknown();
        };
        let mut values = Values::unknown();
        for (function, receiver) in self.run_by(&self.eval(callee)) {
            let skipped = self.skipped_params(function, receiver);
            let declared = self.param_type(function, position + skipped);
            let substitution = self.substitution(function, receiver, args, Some(position));
            values.extend(&substitution.apply(self.program, &declared));
        }
        values
    }
}
