//! Members of values, and what containers hold.

use arc_graph::{NodeKind, Rule};

use crate::facts::{Expr, ExprId, ListId, Role, flag};
use crate::languages::FORWARDED;
use crate::resolve::evaluate::{Evaluator, Found, Members};
use crate::resolve::generics::Substitution;
use crate::resolve::hierarchy::is_type_kind;
use crate::resolve::names::{Busy, Hit};
use crate::resolve::tables::Key;
use crate::resolve::values::{Args, NameId, OutsideName, Sym, Typed, Value, Values};

/// Members through which a type has those of another.
pub(super) const POINTERS: [&str; 2] = ["Target", "operator->"];

/// Types below one in which a member is looked for that the type and those above it lack.
const MAX_BELOW: usize = 8;

impl Evaluator<'_, '_> {
    /// The members of a value under a name.
    pub(super) fn members(&self, value: Value, name: NameId) -> Members {
        match value {
            Value::Class(class, args) => {
                let found = self.class_members(class, args, value, name, 0);
                if found.is_empty() {
                    self.type_extras(class, value, name)
                } else {
                    found
                }
            }
            Value::Instance(class, args) => {
                let found = self.class_members(class, args, value, name, 0);
                if found.is_empty() {
                    self.behind(class, args, value, name)
                } else {
                    found
                }
            }
            Value::SelfOf(class) | Value::SelfClassOf(class) => {
                let args = self.own_args(class);
                let found = self.class_members(class, args, value, name, 0);
                if found.is_empty() {
                    self.behind(class, args, value, name)
                } else {
                    found
                }
            }
            Value::SuperOf(class, skipped) => {
                let args = self.own_args(class);
                self.class_members(class, args, Value::SelfOf(class), name, skipped as usize)
            }
            Value::Variant(variant) => {
                let class = self.enum_of(variant);
                class.map_or_else(Members::new, |class| {
                    self.class_members(
                        class,
                        Args::NONE,
                        Value::Instance(class, Args::NONE),
                        name,
                        0,
                    )
                })
            }
            Value::Module(_) | Value::Namespace(_) | Value::Outside(_) => {
                let (hit, mut busy) = (Hit::Value(value), Busy::new());
                let hits = self.names.seen_member_of(&hit, name, self.index, &mut busy);
                hits.into_iter()
                    .map(|hit| Found {
                        hit,
                        receiver: value,
                        owner: None,
                    })
                    .collect()
            }
            Value::TypeVar(owner, at) => self.bound_members(owner, at, value, name),
            Value::Function(function) => {
                let found = self.type_extras(function, value, name);
                if found.is_empty() {
                    self.run_as_interface(value, name)
                } else {
                    found
                }
            }
            Value::Bound(..) => self.run_as_interface(value, name),
            Value::Made(file, expr) => self.made_members(file, expr, name),
            Value::Text(_) => self.literal_members(3, Vec::new(), name),
            Value::Tuple(args) => {
                self.literal_members(1, self.program.args_of(args).to_vec(), name)
            }
            Value::OutsideInstance(_) | Value::Callable(_) => Members::new(),
        }
    }

    pub(super) fn own_args(&self, class: Sym) -> Args {
        let count = self.program.fact(class).type_params.len() as u32;
        if count == 0 {
            return Args::NONE;
        }
        let own = (0..count).map(|at| Values::one(Value::TypeVar(class, at), Rule::Scope));
        self.program.intern_args(own.collect())
    }

    /// Members of a type or of the nearest type above it that has the name. `from` passes over so many types.
    fn class_members(
        &self,
        class: Sym,
        args: Args,
        receiver: Value,
        name: NameId,
        from: usize,
    ) -> Members {
        let overloads = self.file.semantics.overloads;
        let mut found = Members::new();
        for (above, above_args, own) in self.hierarchy.having(class, name, from) {
            let owner_args = if above == class {
                args
            } else {
                self.passed_args(class, args, above_args)
            };
            // A declaration overrides nothing of its own type: the definition beside it is the same function.
            let nearer = found.len();
            for member in own {
                let hit = self.names.member_hit(above, name, *member);
                let hit = self.followed(hit);
                if overloads && above != class && self.is_overridden(&hit, &found[..nearer]) {
                    continue;
                }
                found.push(Found {
                    hit,
                    receiver,
                    owner: Some((above, owner_args)),
                });
            }
            // Overloads of one name may stand in several types of the chain.
            if !overloads || !found.iter().all(|found| self.is_function(&found.hit)) {
                break;
            }
        }
        self.without_declarations(found)
    }

    /// Whether a nearer type has a method with the same parameters.
    fn is_overridden(&self, hit: &Hit, nearer: &[Found]) -> bool {
        let Hit::Symbol(base) = *hit else {
            return false;
        };
        nearer.iter().any(|found| match found.hit {
            Hit::Symbol(method) => self.same_parameters(method, base),
            _ => false,
        })
    }

    /// An import inside a type or an inline module stands for what it names.
    fn followed(&self, hit: Hit) -> Hit {
        let Hit::Binding(file, position) = hit else {
            return hit;
        };
        let facts = self.program.file(file).facts;
        let binding = &facts.bindings[position as usize];
        if !binding.value.is_some() || binding.symbol.is_some() {
            return hit;
        }
        let expr = facts.exprs.expr(binding.value);
        if !matches!(expr, Expr::Import(_) | Expr::Member(..) | Expr::Name(_)) {
            return hit;
        }
        let hits = self.names.path(file, binding.value, &mut Busy::new());
        hits.first().copied().unwrap_or(hit)
    }

    pub(super) fn is_function(&self, hit: &Hit) -> bool {
        matches!(hit, Hit::Symbol(sym) if matches!(self.program.kind(*sym), NodeKind::Method | NodeKind::Function))
    }

    fn without_declarations(&self, mut found: Members) -> Members {
        let is_declaration = |found: &Found| matches!(found.hit, Hit::Symbol(sym) if self.program.has_flag(sym, flag::DECLARATION | flag::OVERLOAD));
        if found.len() > 1 && found.iter().any(is_declaration) && !found.iter().all(is_declaration)
        {
            found.retain(|found| !is_declaration(found));
        }
        found
    }

    fn passed_args(&self, class: Sym, args: Args, above_args: Args) -> Args {
        if above_args == Args::NONE {
            return Args::NONE;
        }
        let own = self.program.args_of(args);
        let above = self.program.args_of(above_args);
        let passed = above
            .iter()
            .map(|values| super::generics::replace(self.program, values, class, &own));
        self.program.intern_args(passed.collect())
    }

    /// What a call gives of a type that points at a function (`Box<dyn Fn() -> T>`).
    pub(super) fn call_behind(&self, class: Sym, args: Args) -> Values {
        let mut values = Values::unknown();
        if !self.hierarchy.has_pointers() {
            return values;
        }
        let [pointer, ..] = POINTERS.map(|pointer| self.program.intern(pointer));
        let receiver = Value::Instance(class, args);
        for target in self.class_members(class, args, receiver, pointer, 0) {
            for item in self.found_values(&target).iter() {
                if let Value::Callable(parts) = item.value
                    && let Some(result) = self.program.args_of(parts).last()
                {
                    values.extend(result);
                }
            }
        }
        values
    }

    /// What stands behind a value that lacks the member: the target of a smart pointer, a trait for every type.
    fn behind(&self, class: Sym, args: Args, receiver: Value, name: NameId) -> Members {
        let order = self.hierarchy.order(class);
        let mut fields = order
            .iter()
            .filter_map(|(above, _)| self.field_key(*above, name));
        if let Some(hit) = fields.next() {
            return Members::from_iter([Found {
                hit,
                receiver,
                owner: Some((class, args)),
            }]);
        }
        for &(above, _) in self.hierarchy.order(class).iter() {
            for (file, expr) in self.hierarchy.mixed(above) {
                let found = self.made_members(*file, *expr, name);
                if !found.is_empty() {
                    return found;
                }
            }
        }
        let pointers = POINTERS.iter().filter(|_| self.hierarchy.has_pointers());
        for pointer in pointers {
            let pointer = self.program.intern(pointer);
            if pointer == name {
                continue;
            }
            let targets = self.class_members(class, args, receiver, pointer, 0);
            let mut found = Members::new();
            for target in &targets {
                let mut values = self.found_values(target);
                if let Hit::Symbol(sym) = target.hit
                    && self.is_function(&Hit::Symbol(sym))
                {
                    values = self.call(&values, ListId::NONE);
                }
                for item in self.instances(&values).iter() {
                    if item.value != receiver && self.deepen() {
                        found.extend(self.members(item.value, name));
                        self.surface();
                    }
                }
            }
            if !found.is_empty() {
                return found;
            }
        }
        let forwarded = self.forwarded(class, receiver, name);
        if !forwarded.is_empty() {
            return forwarded;
        }
        let blanket = self.hierarchy.blanket(name);
        blanket
            .iter()
            .map(|member| Found {
                hit: self.names.member_hit(class, name, *member),
                receiver,
                owner: None,
            })
            .collect()
    }

    /// Members of what a value hands on every name that it lacks to (`return getattr(self._wrapped, name)`).
    fn forwarded(&self, class: Sym, receiver: Value, name: NameId) -> Members {
        let mut found = Members::new();
        if self.answering(receiver).is_empty() || !self.deepen() {
            return found;
        }
        let field = self.program.intern(FORWARDED);
        for &(above, _) in self.hierarchy.order(class).iter() {
            for item in self.read(Key::Field(above, field)).iter() {
                if item.value != receiver {
                    found.extend(self.members(item.value, name));
                }
            }
            if !found.is_empty() {
                break;
            }
        }
        self.surface();
        found
    }

    /// Whether a value is a smart pointer to something that is not known: any member may be that thing's.
    fn points_at_unknown(&self, value: Value) -> bool {
        let Value::Instance(class, args) = value else {
            return false;
        };
        let is_open = |found: &Found| {
            let values = self.found_values(found);
            values
                .iter()
                .all(|item| matches!(item.value, Value::TypeVar(..)))
        };
        self.hierarchy.has_pointers()
            && POINTERS.iter().any(|pointer| {
                let pointer = self.program.intern(pointer);
                let targets = self.class_members(class, args, value, pointer, 0);
                targets.iter().any(is_open)
            })
    }

    /// A member that only assignments made (`Foo.prototype.bar = …`, an attribute set from outside).
    fn field_key(&self, class: Sym, name: NameId) -> Option<Hit> {
        let values = self.read(Key::Field(class, name));
        (!values.is_unknown()).then_some(Hit::Field(class, name, None))
    }

    /// Members of a type itself that no source declares.
    fn type_extras(&self, class: Sym, value: Value, name: NameId) -> Members {
        let found = |hit| Found {
            hit,
            receiver: value,
            owner: None,
        };
        if let Some(hit) = self.field_key(class, name) {
            return Members::from_iter([found(hit)]);
        }
        if self.program.kind(class) == NodeKind::Module {
            // What a module of the text takes in from elsewhere.
            let taken_in = self
                .names
                .member_of(&Hit::Symbol(class), name, &mut Busy::new());
            return taken_in.into_iter().map(found).collect();
        }
        let text = self.program.text(name);
        let is_function = !is_type_kind(self.program.kind(class));
        let hit = match &*text {
            "prototype" => Hit::Value(Value::SelfOf(class)),
            "call" | "apply" if is_function && self.file.semantics.explicit_exports => {
                Hit::Value(value)
            }
            // Gives the function, and runs nothing of it.
            "bind" if is_function && self.file.semantics.explicit_exports => {
                Hit::Value(Value::OutsideInstance(OutsideName::UNNAMED))
            }
            _ => return Members::new(),
        };
        Members::from_iter([found(hit)])
    }

    fn bound_members(&self, owner: Sym, at: u32, receiver: Value, name: NameId) -> Members {
        let mut found = Members::new();
        if !self.deepen() {
            return found;
        }
        for item in self.bound(owner, at).iter() {
            if item.value != receiver {
                for member in self.members(item.value, name) {
                    found.push(Found { receiver, ..member });
                }
            }
        }
        self.surface();
        found
    }

    /// The bound of a type parameter, as instances.
    pub(super) fn bound(&self, owner: Sym, at: u32) -> Values {
        let Some(param) = self.program.fact(owner).type_params.get(at as usize) else {
            return Values::unknown();
        };
        if !param.bound.is_some() {
            // What the type leaves open, its extensions may ask for.
            let mut lent = Values::unknown();
            for (extension, position) in self.hierarchy.lent(owner, at) {
                lent.extend(&self.bound(*extension, *position));
            }
            return lent;
        }
        if owner.file == self.index {
            self.eval_type(param.bound)
        } else {
            self.read(Key::Bound(owner, at))
        }
    }

    fn made_members(&self, file: u32, expr: u32, name: NameId) -> Members {
        let keyed = self.keyed(file, expr, name);
        let receiver = Value::Made(file, expr);
        match self.program.file(file).facts.exprs.expr(ExprId(expr)) {
            Expr::Object(_) => {
                if keyed.is_unknown() {
                    return Members::new();
                }
                keyed
                    .iter()
                    .map(|item| Found {
                        hit: Hit::Value(item.value),
                        receiver,
                        owner: None,
                    })
                    .collect()
            }
            Expr::Tuple(_) => self.literal_members(1, vec![self.made_elements(file, expr)], name),
            Expr::Map(_) => self.literal_members(
                2,
                vec![Values::unknown(), self.made_elements(file, expr)],
                name,
            ),
            _ => self.literal_members(0, vec![self.made_elements(file, expr)], name),
        }
    }

    fn literal_members(&self, kind: usize, args: Vec<Values>, name: NameId) -> Members {
        let instance = self.prelude_instance(self.file.semantics.literal_types[kind], args);
        instance
            .iter()
            .flat_map(|item| self.members(item.value, name))
            .collect()
    }

    /// Whether a name is read as a variable, where methods have names of their own.
    pub(super) fn is_read(&self, id: ExprId) -> bool {
        let role = self.exprs().role(id);
        self.file.semantics.late_binding.is_some() && role != Role::Silent as u8
    }

    /// The members that reading a name gives: a method only if there is no variable of the name. A name with parentheses
    /// asks for methods.
    pub(super) fn read_members(&self, value: Value, name: NameId) -> Members {
        let mut found = self.members(value, name);
        if found.is_empty()
            && let Some(plain) = self.program.text(name).strip_suffix("()")
        {
            found = self.members(value, self.program.intern(plain));
        }
        if found.iter().any(|found| !self.is_function(&found.hit)) {
            found.retain(|found| !self.is_function(&found.hit));
        }
        found
    }

    pub(super) fn member_values(&self, base: Typed, name: NameId, is_read: bool) -> Values {
        if matches!(base.value, Value::OutsideInstance(_)) {
            let known = self.root_member_values(base, name);
            if !known.is_unknown() {
                return known;
            }
            return Values::one(Value::OutsideInstance(OutsideName::UNNAMED), base.rule);
        }
        let mut values = Values::unknown();
        let members = if is_read {
            self.read_members(base.value, name)
        } else {
            self.members(base.value, name)
        };
        for found in members {
            let found = self.found_values(&found).weakened(base.rule);
            self.gather(&mut values, &found);
        }
        if values.is_unknown() {
            values = self.answered(base.value).weakened(base.rule);
        }
        if values.is_unknown() && self.may_be_outside(base.value) {
            return Values::one(Value::OutsideInstance(OutsideName::UNNAMED), base.rule);
        }
        if values.is_unknown()
            && let Value::SelfOf(class) | Value::SelfClassOf(class) = base.value
        {
            return self.values_from_below(class, name);
        }
        values
    }

    /// What the method gives that answers for members nobody has.
    fn answered(&self, value: Value) -> Values {
        let mut values = Values::unknown();
        if !self.deepen() {
            return values;
        }
        for found in self.answering(value) {
            values.extend(&self.call(&self.found_values(&found), ListId::NONE));
        }
        self.surface();
        values
    }

    /// The method of a value's type that answers for members nobody has.
    pub(super) fn answering(&self, value: Value) -> Members {
        let method = self.file.semantics.missing_member;
        if method.is_empty() {
            return Members::new();
        }
        let method = self.program.intern(method);
        match value {
            Value::Instance(class, args) => self.class_members(class, args, value, method, 0),
            Value::SelfOf(class) => {
                self.class_members(class, self.own_args(class), value, method, 0)
            }
            _ => Members::new(),
        }
    }

    /// A member of the receiver that only types below its type have: the receiver is an instance of one of them.
    fn values_from_below(&self, class: Sym, name: NameId) -> Values {
        let mut values = Values::unknown();
        if !self.file.semantics.members_from_below || !self.deepen() {
            return values;
        }
        for below in self.hierarchy.all_below(class, MAX_BELOW) {
            let receiver = Value::SelfOf(below);
            for found in self.class_members(below, self.own_args(below), receiver, name, 0) {
                values.extend(&self.found_values(&found));
            }
        }
        self.surface();
        values.weakened(Rule::ValueFlow)
    }

    /// Whether a member that we do not find may be inherited from outside the project.
    pub(super) fn may_be_outside(&self, value: Value) -> bool {
        match value {
            Value::Class(class, _)
            | Value::Instance(class, _)
            | Value::SelfOf(class)
            | Value::SelfClassOf(class)
            | Value::SuperOf(class, _) => {
                (self.hierarchy.is_open(class) || class.file as usize >= self.program.project_files)
                    && !self.points_at_unknown(value)
            }
            Value::Outside(_) | Value::OutsideInstance(_) | Value::Text(_) | Value::Tuple(_) => {
                true
            }
            _ => false,
        }
    }

    /// The value of a member: methods are bound, properties are run, type parameters are put in.
    pub(super) fn found_values(&self, found: &Found) -> Values {
        // Reading an accessor of an object literal runs it.
        if let (Hit::Value(Value::Function(sym)), Value::Made(..)) = (found.hit, found.receiver)
            && self.program.has_flag(sym, flag::PROPERTY)
        {
            return self.result_of(sym);
        }
        let function = match found.hit {
            Hit::Symbol(sym) if found.owner.is_some() => {
                let kind = self.program.kind(sym);
                matches!(kind, NodeKind::Method | NodeKind::Function).then_some(sym)
            }
            _ => None,
        };
        if let Some(sym) = function
            && !(self.program.has_flag(sym, flag::PROPERTY) && is_instance(found.receiver))
        {
            let receiver = self.program.receiver(found.receiver);
            return Values::one(Value::Bound(sym, receiver), Rule::Scope);
        }
        let mut known = Vec::new();
        if let Some((owner, args)) = found.owner {
            let args = self.program.args_of(args);
            if let Hit::Symbol(sym) = found.hit {
                known.extend(self.implementation_args(sym, owner, &args));
            }
            known.push((owner, args));
        }
        let substitution = Substitution {
            known,
            this: Some(found.receiver),
        };
        if let Some(property) = function {
            return substitution.apply(self.program, &self.result_of(property));
        }
        let mut values = self.hit_values(&found.hit, Rule::Scope);
        if found.owner.is_some()
            && self.file.semantics.receiver_is_parameter
            && matches!(found.hit, Hit::Binding(..))
        {
            values = self.bound_functions(&values, found);
        }
        substitution.apply(self.program, &values)
    }

    /// Functions that are the values of a type's variables (a decorated method, an alias of one) are methods of it.
    fn bound_functions(&self, values: &Values, found: &Found) -> Values {
        let receiver = found.receiver;
        let mut bound = Values::unknown();
        for item in values.iter() {
            match item.value {
                Value::Function(sym)
                    if self.program.has_flag(sym, flag::PROPERTY) && is_instance(receiver) =>
                {
                    bound.extend(&self.result_of(sym).weakened(item.rule));
                }
                Value::Function(sym) if self.program.kind(sym) == NodeKind::Method => {
                    bound.add(
                        Value::Bound(sym, self.program.receiver(receiver)),
                        item.rule,
                    );
                }
                other => match self.read_through(item, receiver) {
                    Some(read) if self.holds(&found.hit) => bound.extend(&read),
                    _ => bound.add(other, item.rule),
                },
            }
        }
        bound
    }
}

/// Whether a receiver is an instance rather than a type.
pub(super) fn is_instance(value: Value) -> bool {
    matches!(
        value,
        Value::Instance(..) | Value::SelfOf(_) | Value::TypeVar(..) | Value::Variant(_)
    )
}
