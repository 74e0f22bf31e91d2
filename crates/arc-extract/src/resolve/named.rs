//! Names and definitions to values: what a name, a binding, a field or `this` stands for.

use arc_graph::{NodeKind, Rule};

use crate::facts::{BlockId, Expr, ExprId, ListId, Name, Role};
use crate::resolve::evaluate::{Evaluator, Found};
use crate::resolve::hierarchy::{is_type_kind, is_type_only};
use crate::resolve::names::{Busy, Hit, Hits, Lookup, Use};
use crate::resolve::tables::Key;
use crate::resolve::values::{Args, NameId, Sym, Value, Values};

impl Evaluator<'_, '_> {
    /// What a name stands for at its place.
    pub(super) fn name_hits(&self, id: ExprId, name: Name) -> (Hits, Rule, bool) {
        let mut found = self.looked_up_name(id, name);
        if self.is_read(id) && found.hits.iter().any(|hit| !self.is_function(hit)) {
            found.hits.retain(|hit| !self.is_function(hit));
        }
        if found.is_member && found.hits.len() > 1 {
            self.drop_overridden(&mut found.hits);
        }
        if self.file.semantics.types_apart && self.exprs().role(id) == Role::Type as u8 {
            self.keep_types(&mut found.hits);
        }
        (found.hits, found.rule, found.is_member)
    }

    /// What a name in the place of a type stands for, whatever else has the name.
    pub(super) fn type_name_values(&self, id: ExprId, name: Name) -> Values {
        let mut found = self.looked_up_name(id, name);
        self.keep_types(&mut found.hits);
        self.hits_values(&found.hits, found.rule)
    }

    /// Bindings being evaluated right now are passed over (`x = x`).
    fn looked_up_name(&self, id: ExprId, name: Name) -> Lookup {
        let block = self.block_of(id);
        self.remembered(block, name, || {
            let place = Use {
                file: self.index,
                block,
                name,
                at: id.0,
            };
            let is_busy = |binding: u32| {
                let value = self.file.facts.bindings[binding as usize].value;
                value.is_some() && self.memo.borrow().is_busy(value)
            };
            self.names.lookup(place, &is_busy, &mut Busy::new())
        })
    }

    /// Of methods of one name in a type and those above it, nearest first, leaves out those that a nearer type replaces.
    fn drop_overridden(&self, hits: &mut Hits) {
        if !self.file.semantics.overloads {
            return;
        }
        let mut kept = Hits::new();
        for hit in hits.drain(..) {
            let is_replaced = |nearer: &Hit| match (nearer, hit) {
                (Hit::Symbol(method), Hit::Symbol(base)) => {
                    let counts = [*method, base].map(|sym| self.program.fact(sym).params.len());
                    self.owner_of(*method) != self.owner_of(base)
                        && counts[0] == counts[1]
                        && self.may_replace(*method, base)
                }
                _ => false,
            };
            if !kept.iter().any(is_replaced) {
                kept.push(hit);
            }
        }
        *hits = kept;
    }

    /// The definition that a member stands in.
    fn owner_of(&self, member: Sym) -> Sym {
        Sym {
            file: member.file,
            symbol: self.program.fact(member).parent.0,
        }
    }

    /// Of a type and a variable of one name, the type.
    fn keep_types(&self, hits: &mut Hits) {
        let is_type = |hit: &Hit| matches!(hit, Hit::Symbol(sym) if self.is_type_symbol(*sym));
        if hits.len() > 1 && hits.iter().any(is_type) {
            hits.retain(|hit| is_type(hit));
        }
    }

    fn is_type_symbol(&self, sym: Sym) -> bool {
        let kind = self.program.kind(sym);
        is_type_kind(kind) || is_type_only(kind)
    }

    pub(super) fn name_values(&self, id: ExprId, name: Name) -> Values {
        let (hits, rule, is_member) = self.name_hits(id, name);
        if is_member && let Some(class) = self.class_around(id) {
            let mut values = Values::unknown();
            let name = self.file.global(name);
            let nearest = self.owner_above(class, name, |_| true);
            for hit in hits {
                let owner = match hit {
                    // Overloads of one name stand in several types.
                    Hit::Symbol(sym) if self.file.semantics.overloads => {
                        let own = self.owner_of(sym);
                        self.owner_above(class, name, |above| above == own)
                    }
                    _ => nearest,
                };
                let found = Found {
                    hit,
                    receiver: Value::SelfOf(class),
                    owner: Some(owner.or(nearest).unwrap_or((class, Args::NONE))),
                };
                values.extend_overloads(&self.found_values(&found).weakened(rule));
            }
            return values;
        }
        self.hits_values(&hits, rule)
    }

    /// The nearest type that has a member and is wanted, of a type and those above it, with the arguments that it is inherited
    /// with.
    fn owner_above(
        &self,
        class: Sym,
        name: NameId,
        is_wanted: impl Fn(Sym) -> bool,
    ) -> Option<(Sym, Args)> {
        let mut having = self.hierarchy.having(class, name, 0);
        let (above, args, _) = having.find(|(above, _, _)| is_wanted(*above))?;
        Some((above, if above == class { Args::NONE } else { args }))
    }

    /// Where functions run without parentheses, reading one that asks for nothing gives its result. A callee is not read.
    pub(super) fn run_by_reading(&self, id: ExprId, values: Values) -> Values {
        let role = self.exprs().role(id);
        if !self.file.semantics.reads_call || role == Role::Silent as u8 {
            return values;
        }
        let mut read = Values::unknown();
        for item in values.iter() {
            let function = match item.value {
                Value::Function(sym) | Value::Bound(sym, _) => Some(sym),
                _ => None,
            };
            if function.is_some_and(|sym| self.asks_for_nothing(sym)) {
                read.extend(&self.call(&Values::one(item.value, item.rule), ListId::NONE));
            } else {
                read.add(item.value, item.rule);
            }
        }
        read
    }

    /// Whether a function can be called without arguments.
    pub(super) fn asks_for_nothing(&self, sym: Sym) -> bool {
        let params = &self.program.fact(sym).params;
        params
            .iter()
            .all(|param| param.kind != 0 || param.default.is_some())
    }

    pub(super) fn hits_values(&self, hits: &[Hit], rule: Rule) -> Values {
        let mut values = Values::unknown();
        for hit in hits {
            self.gather(&mut values, &self.hit_values(hit, rule));
        }
        values
    }

    /// Adds what one more definition of a name is; where calls choose among functions of a name, those may be many.
    pub(super) fn gather(&self, values: &mut Values, found: &Values) {
        if self.file.semantics.overloads {
            values.extend_overloads(found);
        } else {
            values.extend(found);
        }
    }

    pub(super) fn hit_values(&self, hit: &Hit, rule: Rule) -> Values {
        match *hit {
            Hit::Symbol(sym) => self.symbol_value(sym, rule),
            Hit::Value(value) => Values::one(value, rule),
            Hit::Binding(file, binding) => self.binding_values(file, binding).weakened(rule),
            Hit::Export(file, export) if file == self.index => self
                .eval(self.file.facts.exports[export as usize].value)
                .weakened(rule),
            Hit::Export(file, export) => self.read(Key::Export(file, export)).weakened(rule),
            Hit::Field(class, name, field) => self.field_values(class, name, field).weakened(rule),
        }
    }

    pub(super) fn symbol_value(&self, sym: Sym, rule: Rule) -> Values {
        let value = match self.program.kind(sym) {
            NodeKind::TypeAlias => {
                let mut values = Values::unknown();
                for item in self.declared(sym).iter() {
                    let value = match item.value {
                        Value::Instance(class, args) => Value::Class(class, args),
                        Value::SelfOf(class) => Value::SelfClassOf(class),
                        other => other,
                    };
                    values.add(value, item.rule.max(rule));
                }
                return values;
            }
            NodeKind::EnumMember => Value::Variant(sym),
            kind if is_type_kind(kind) || kind == NodeKind::Module => Value::Class(sym, Args::NONE),
            NodeKind::Function
            | NodeKind::Method
            | NodeKind::Lambda
            | NodeKind::Macro
            | NodeKind::Test => Value::Function(sym),
            // Types and modules are answered above.
            NodeKind::File
            | NodeKind::Module
            | NodeKind::Class
            | NodeKind::Interface
            | NodeKind::Enum
            | NodeKind::Field
            | NodeKind::Variable
            | NodeKind::Constant
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
            | NodeKind::Change => return self.declared(sym).weakened(rule),
        };
        Values::one(value, rule)
    }

    pub(super) fn binding_values(&self, file: u32, position: u32) -> Values {
        if file != self.index {
            let values = self.read(Key::Binding(file, position));
            // Bases are looked for before anything is known of decorators, and a decorated class is one all the same.
            if values.is_unknown()
                && let Some(symbol) = self.program.file(file).decorated_type(position)
            {
                return Values::one(Value::Class(Sym { file, symbol }, Args::NONE), Rule::Scope);
            }
            return values;
        }
        let binding = &self.file.facts.bindings[position as usize];
        if binding.symbol.is_some() {
            let sym = self.sym(binding.symbol.0);
            match self.program.kind(sym) {
                NodeKind::EnumMember => return Values::one(Value::Variant(sym), Rule::Scope),
                NodeKind::TypeAlias => return self.symbol_value(sym, Rule::Scope),
                _ => {}
            }
        }
        let declared = self.eval_type(binding.declared);
        if declared.is_unknown() {
            self.eval(binding.value)
        } else if declared.is_callable_only() {
            let mut values = declared;
            values.extend(&self.eval(binding.value).weakened(Rule::ValueFlow));
            values.extend(&self.stored_in_field(binding.scope, binding.name));
            values
        } else {
            let declared = self.declared_with(declared, binding.value);
            if self.file.semantics.late_binding.is_some() {
                let stored = self.stored_in_field(binding.scope, binding.name);
                return self.with_functions(declared, &stored);
            }
            self.with_given(declared, || {
                let mut given = self.eval(binding.value);
                given.extend(&self.stored_in_field(binding.scope, binding.name));
                given
            })
        }
    }

    /// What was put into a field that is declared in this block, if the block is the body of a type.
    fn stored_in_field(&self, scope: BlockId, name: Name) -> Values {
        match self.file.facts.blocks.get(scope.index()) {
            Some(block) if block.kind == crate::facts::BlockKind::Class as u8 => {
                let key = Key::Field(self.sym(block.symbol.0), self.file.global(name));
                self.read(key).weakened(Rule::ValueFlow)
            }
            Some(_) | None => Values::unknown(),
        }
    }

    fn field_values(&self, class: Sym, name: NameId, field: Option<Sym>) -> Values {
        let declared = field.map_or_else(Values::unknown, |field| self.declared(field));
        if !declared.is_unknown() {
            return declared;
        }
        // Methods of the types above give the field values as well.
        let mut values = Values::unknown();
        for &(above, _) in self.hierarchy.order(class).iter() {
            values.extend(&self.read(Key::Field(above, name)));
        }
        values
    }

    /// The declared type of a symbol, as values of that type.
    pub(super) fn declared(&self, sym: Sym) -> Values {
        let fact = self.program.fact(sym);
        if !fact.declared.is_some() {
            return Values::unknown();
        }
        if sym.file == self.index {
            self.eval_type(fact.declared)
        } else {
            self.read(Key::Declared(sym))
        }
    }

    pub(super) fn class_around(&self, id: ExprId) -> Option<Sym> {
        self.hierarchy
            .class_around(self.program, self.index, self.block_of(id))
    }

    /// The receiver: the instance of the type around, the object literal around, or what a constructor function makes.
    pub(super) fn this(&self, id: ExprId) -> Values {
        let mut symbol = self.file.facts.blocks[self.block_of(id).index()].symbol;
        while symbol.is_some() {
            if let Some((object, _)) = self.file.object_of.get(&symbol.0) {
                return Values::one(Value::Made(self.index, object.0), Rule::OwnMember);
            }
            let kind = self.program.kind(self.sym(symbol.0));
            if is_type_kind(kind) || kind == NodeKind::Method {
                break;
            }
            if kind == NodeKind::Function && self.class_around(id).is_none() {
                return Values::one(
                    Value::SelfOf(self.function_class(symbol.0)),
                    Rule::OwnMember,
                );
            }
            symbol = self.file.symbol(symbol.0).parent;
        }
        self.class_around(id).map_or_else(Values::unknown, |class| {
            Values::one(Value::SelfOf(class), Rule::OwnMember)
        })
    }

    /// A function put on a prototype has the constructor function's instances as receivers.
    fn function_class(&self, symbol: u32) -> Sym {
        for member in &self.file.facts.members {
            if self.expr_of(member.value) == Expr::Symbol(crate::facts::SymbolId(symbol))
                && let Expr::Member(base, name) = self.expr_of(member.base)
                && self.file.facts.text(name) == "prototype"
                && let Some(class) = self.eval(base).iter().find_map(|item| match item.value {
                    Value::Function(class) | Value::Class(class, _) => Some(class),
                    _ => None,
                })
            {
                return class;
            }
        }
        self.sym(symbol)
    }
}
