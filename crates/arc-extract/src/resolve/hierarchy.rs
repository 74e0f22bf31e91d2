//! Types and their members: what a type inherits, in which order its members are looked up, and whose member code is.

use std::ops::Deref;
use std::sync::OnceLock;

use arc_graph::NodeKind;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::facts::{BlockId, BlockKind, Expr, ImportId, SymbolId};
use crate::resolve::descriptors;
use crate::resolve::file::File;
use crate::resolve::members::POINTERS;
use crate::resolve::multimap::MultiMap;
use crate::resolve::names::{Hits, MAX_DEFINITIONS};
use crate::resolve::program::Program;
use crate::resolve::values::{Args, NameId, Sym, Typed, Value, Values};

/// Types above one that are looked at; more is a cycle or an attack.
const MAX_ANCESTORS: usize = 256;

/// Levels of types above a type that has a C3 order.
const MAX_LEVELS: usize = 40;

/// Where a member is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Member {
    /// A binding in the type's body or in an extension of it.
    Binding(u32, u32),
    /// A field made by an assignment to the receiver.
    Field(Sym),
}

/// A base type as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Base {
    /// [`Value::Class`] or [`Value::Outside`].
    pub(super) value: Value,
    /// The file that says so, and the line there.
    pub(super) file: u32,
    pub(super) line: u32,
    /// It is written as itself, not as what an alias makes of it (`extends Omit<T, K>`).
    pub(super) is_plain: bool,
}

/// A literal: its file and its expression.
pub(super) type Literal = (u32, u32);

/// One base or extension found in a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct FileTypes {
    /// Bases by type symbol.
    pub(super) bases: Vec<(u32, Base)>,
    /// Extension blocks with what they extend and the interfaces that they add.
    pub(super) extensions: Vec<(BlockId, Values, Vec<Base>)>,
    /// Object literals whose members a type gets.
    pub(super) mixed: Vec<(Sym, Literal)>,
}

/// A type parameter: its owner and its position there.
type TypeParameter = (Sym, u32);

/// The types of the program.
#[derive(Default)]
pub(super) struct Hierarchy {
    pub(super) bases: FxHashMap<Sym, Vec<Base>>,
    orders: FxHashMap<Sym, Vec<(Sym, Args)>>,
    /// For each type of an order in turn, which names its members may have: a bit for each 64th of them.
    masks: FxHashMap<Sym, Box<[u64]>>,
    /// Types by the types right above them, sorted, in languages where calls are bound late or types use members of those
    /// below them.
    below: FxHashMap<Sym, Vec<Sym>>,
    /// Types with a base outside the project: a member that is not found may be there.
    open: FxHashSet<Sym>,
    members: MultiMap<(Sym, NameId), Member>,
    /// The type that an extension block extends.
    extended: FxHashMap<(u32, BlockId), Sym>,
    /// Extensions that own type parameters (`impl<T> Vec<T>`): the type they extend and its arguments in terms of them.
    implementations: FxHashMap<Sym, (Sym, Args)>,
    /// Type parameters of extensions that stand where a type parameter of the type does.
    lent: FxHashMap<TypeParameter, SmallVec<[TypeParameter; 1]>>,
    /// Extension blocks that implement an interface: their members yield to the type's own of the same name.
    by_interface: FxHashSet<(u32, BlockId)>,
    /// Some type has the members of another behind it.
    has_pointers: bool,
    /// The method of descriptors, if some type has it.
    descriptor: Option<NameId>,
    /// Object literals whose members a type gets.
    mixed: FxHashMap<Sym, SmallVec<[Literal; 1]>>,
    /// Members of extensions of every type with some trait, by name.
    blanket: FxHashMap<NameId, SmallVec<[Member; 1]>>,
    /// What imports bring, by file and import, once it was asked for: no round changes that.
    imported: Vec<OnceLock<Box<[OnceLock<Hits>]>>>,
}

/// No member comes before it.
const FIRST_MEMBER: (Sym, NameId) = (Sym { file: 0, symbol: 0 }, NameId(0));

/// The bit of a name.
fn mask_of(name: NameId) -> u64 {
    1 << (name.0 % u64::BITS)
}

/// The C3 order of a type.
struct Linear {
    order: Vec<Sym>,
    /// Types on the longest way up.
    levels: usize,
}

/// Merges orders into one, if each can be kept.
fn merge(mut lists: Vec<Vec<Sym>>, merged: &mut Vec<Sym>) -> Option<()> {
    loop {
        lists.retain(|list| !list.is_empty());
        if lists.is_empty() {
            return Some(());
        }
        let next = lists
            .iter()
            .map(|list| list[0])
            .find(|head| !lists.iter().any(|list| list[1..].contains(head)))?;
        if merged.len() > MAX_ANCESTORS {
            return None;
        }
        merged.push(next);
        for list in &mut lists {
            if list.first() == Some(&next) {
                list.remove(0);
            }
        }
    }
}

/// A type and those above it, with their arguments.
pub(super) enum Order<'h> {
    Known(&'h [(Sym, Args)]),
    /// What is no type has nothing above it.
    Alone([(Sym, Args); 1]),
}

impl Deref for Order<'_> {
    type Target = [(Sym, Args)];

    fn deref(&self) -> &[(Sym, Args)] {
        match self {
            Order::Known(order) => order,
            Order::Alone(order) => order,
        }
    }
}

impl Hierarchy {
    /// Puts together what each file says about types. `found` is in file order.
    pub(super) fn new<'t>(
        program: &Program<'_>,
        found: impl Iterator<Item = &'t FileTypes>,
    ) -> Hierarchy {
        let mut hierarchy = Hierarchy::default();
        for (file, types) in found.enumerate() {
            let file = file as u32;
            for (symbol, base) in &types.bases {
                hierarchy.add_base(
                    Sym {
                        file,
                        symbol: *symbol,
                    },
                    *base,
                );
            }
            for (class, literal) in &types.mixed {
                hierarchy.mixed.entry(*class).or_default().push(*literal);
            }
            for (block, targets, interfaces) in &types.extensions {
                for target in targets.iter() {
                    if let Some(class) = type_of(target.value) {
                        hierarchy.extended.entry((file, *block)).or_insert(class);
                        let own =
                            hierarchy.add_implementation(program, (file, *block), target.value);
                        for interface in interfaces {
                            hierarchy
                                .add_base(class, interface_of(program, *interface, own.as_ref()));
                            hierarchy.by_interface.insert((file, *block));
                        }
                    }
                }
            }
        }
        for (whole, parts) in program.merged.parts() {
            let args = own_args(program, *whole);
            for part in parts {
                let base = Base {
                    value: Value::Class(*part, args),
                    file: part.file,
                    line: program.fact(*part).line,
                    is_plain: false,
                };
                hierarchy.add_base(*whole, base);
            }
        }
        let mut members = Vec::new();
        for file in 0..program.files.len() as u32 {
            hierarchy.add_members(program, file, &mut members);
        }
        let pointers = POINTERS.map(|pointer| program.intern(pointer));
        hierarchy.has_pointers = members.iter().any(|((_, name), _)| pointers.contains(name));
        let descriptor = program.intern(descriptors::READ);
        let mut names = members.iter().map(|((_, name), _)| *name);
        hierarchy.descriptor = names.find(|name| *name == descriptor);
        hierarchy.members = MultiMap::new(members);
        hierarchy.prefer_inherent(program);
        let defines = |member: &Member| match member {
            Member::Binding(file, binding) => !program.file(*file).only_declares(*binding),
            Member::Field(_) => true,
        };
        let most = MAX_DEFINITIONS;
        hierarchy.members.keep_better(most, most, defines);
        hierarchy.add_orders(program);
        hierarchy.add_masks();
        hierarchy.forget_imported(program);
        hierarchy
    }

    /// Leaves nothing noted of what imports bring.
    pub(super) fn forget_imported(&mut self, program: &Program<'_>) {
        self.imported.clear();
        self.imported
            .resize_with(program.files.len(), OnceLock::new);
    }

    /// Where is noted what an import brings; `None` while bases are being looked for.
    pub(super) fn imported(
        &self,
        file: &File<'_>,
        index: u32,
        import: ImportId,
    ) -> Option<&OnceLock<Hits>> {
        let imports = self.imported.get(index as usize)?.get_or_init(|| {
            let imports = file.facts.imports.iter();
            imports.map(|_| OnceLock::new()).collect()
        });
        imports.get(import.index())
    }

    /// Ties the type parameters of an extension to those of the type. Returns the extension's symbol and what each of its
    /// parameters is in terms of the type's.
    fn add_implementation(
        &mut self,
        program: &Program<'_>,
        (file, block): (u32, BlockId),
        target: Value,
    ) -> Option<(Sym, Vec<Values>)> {
        let (Value::Class(class, args) | Value::Instance(class, args)) = target else {
            return None;
        };
        let symbol = program.file(file).facts.blocks[block.index()].symbol.0;
        let implementation = Sym { file, symbol };
        let count = program.fact(implementation).type_params.len();
        if count == 0 || implementation == class {
            return None;
        }
        self.implementations.insert(implementation, (class, args));
        let mut own = vec![Values::unknown(); count];
        for (at, values) in program.args_of(args).iter().enumerate() {
            let mut items = values.iter();
            if let (Some(item), None) = (items.next(), items.next())
                && let Value::TypeVar(owner, position) = item.value
                && owner == implementation
                && let Some(slot) = own.get_mut(position as usize)
            {
                *slot = Values::one(Value::TypeVar(class, at as u32), arc_graph::Rule::Scope);
                let lent = self.lent.entry((class, at as u32)).or_default();
                lent.push((implementation, position));
            }
        }
        Some((implementation, own))
    }

    /// Where a type has a member of its own, one of the same name from an interface is only reached through the interface.
    fn prefer_inherent(&mut self, program: &Program<'_>) {
        let by_interface = &self.by_interface;
        if by_interface.is_empty() {
            return;
        }
        let is_inherent = |member: &Member| match member {
            Member::Binding(file, binding) => {
                let source = program.file(*file);
                source.semantics.overloads
                    || !by_interface
                        .contains(&(*file, source.facts.bindings[*binding as usize].scope))
            }
            Member::Field(_) => true,
        };
        self.members.keep_better(1, usize::MAX, is_inherent);
    }

    /// The extension with type parameters that a function is written in: its symbol, the type, the type's arguments.
    pub(super) fn implementation(
        &self,
        program: &Program<'_>,
        function: Sym,
    ) -> Option<(Sym, Sym, Args)> {
        if self.implementations.is_empty() {
            return None;
        }
        let file = program.file(function.file);
        let body = file
            .facts
            .blocks
            .get(file.symbol(function.symbol).body.index())?;
        let around = file.facts.blocks.get(body.parent.index())?;
        if around.kind != BlockKind::Extension as u8 {
            return None;
        }
        let symbol = Sym {
            file: function.file,
            symbol: around.symbol.0,
        };
        let (class, args) = self.implementations.get(&symbol)?;
        Some((symbol, *class, *args))
    }

    /// Type parameters of extensions that stand for a type's parameter.
    pub(super) fn lent(&self, class: Sym, at: u32) -> &[(Sym, u32)] {
        self.lent.get(&(class, at)).map_or(&[], SmallVec::as_slice)
    }

    fn add_base(&mut self, class: Sym, base: Base) {
        let bases = self.bases.entry(class).or_default();
        if !bases.iter().any(|known| known.value == base.value) {
            bases.push(base);
        }
        if !matches!(base.value, Value::Class(..)) {
            self.open.insert(class);
        }
    }

    fn add_members(
        &mut self,
        program: &Program<'_>,
        index: u32,
        members: &mut Vec<((Sym, NameId), Member)>,
    ) {
        let file = program.file(index);
        for (position, binding) in file.facts.bindings.iter().enumerate() {
            let Some(block) = file.facts.blocks.get(binding.scope.index()) else {
                continue;
            };
            let name = file.global(binding.name);
            let member = Member::Binding(index, position as u32);
            let kind = file.block_kind(binding.scope);
            if kind == BlockKind::Class || kind == BlockKind::Module {
                let class = Sym {
                    file: index,
                    symbol: block.symbol.0,
                };
                members.push(((class, name), member));
            } else if kind == BlockKind::Extension {
                match self.extended.get(&(index, binding.scope)) {
                    Some(class) => members.push(((*class, name), member)),
                    None if is_for_all(file, binding.scope) => {
                        self.blanket.entry(name).or_default().push(member);
                    }
                    None => {}
                }
            }
        }
        for fact in &file.facts.members {
            if fact.symbol.is_some() {
                let parent = file.symbol(fact.symbol.0).parent;
                let class = Sym {
                    file: index,
                    symbol: parent.0,
                };
                let member = Member::Field(Sym {
                    file: index,
                    symbol: fact.symbol.0,
                });
                members.push(((class, file.global(fact.name)), member));
            }
        }
    }

    fn add_orders(&mut self, program: &Program<'_>) {
        let mut classes: Vec<Sym> = self.bases.keys().copied().collect();
        classes.sort_unstable();
        for class in &classes {
            let semantics = program.file(class.file).semantics;
            if semantics.late_binding.is_none() && !semantics.members_from_below {
                continue;
            }
            for base in self.bases.get(class).into_iter().flatten() {
                if let Some(above) = type_of(base.value)
                    && (above.file as usize) < program.project_files
                {
                    self.below.entry(above).or_default().push(*class);
                }
            }
        }
        let mut linear = FxHashMap::default();
        for class in classes {
            let mut order = vec![(class, own_args(program, class))];
            let mut seen = FxHashSet::from_iter([class]);
            let mut open = self.open.contains(&class);
            self.visit(
                program,
                class,
                &own_args_values(program, class),
                &mut order,
                &mut seen,
                &mut open,
            );
            if open {
                self.open.insert(class);
            }
            self.orders
                .insert(class, self.merged(class, order, &mut linear));
        }
    }

    /// The types below a type, nearest first; none when there are more than `limit`.
    pub(super) fn all_below(&self, class: Sym, limit: usize) -> SmallVec<[Sym; 4]> {
        let mut found = SmallVec::from_slice(&[class]);
        let mut at = 0;
        while let Some(above) = found.get(at).copied() {
            for below in self.below(above) {
                if found.contains(below) {
                    continue;
                }
                if found.len() > limit {
                    return SmallVec::new();
                }
                found.push(*below);
            }
            at += 1;
        }
        found.remove(0);
        found
    }

    /// Depth first from left to right, each type once.
    fn visit(
        &self,
        program: &Program<'_>,
        class: Sym,
        args: &[Values],
        order: &mut Vec<(Sym, Args)>,
        seen: &mut FxHashSet<Sym>,
        open: &mut bool,
    ) {
        for base in self.bases.get(&class).into_iter().flatten() {
            let Value::Class(above, above_args) = base.value else {
                continue;
            };
            *open |= self.open.contains(&above);
            if order.len() >= MAX_ANCESTORS || !seen.insert(above) {
                continue;
            }
            let written = program.args_of(above_args);
            let passed: Vec<Values> = written
                .iter()
                .map(|values| super::generics::replace(program, values, class, args))
                .collect();
            order.push((above, program.intern_args(passed.clone())));
            self.visit(program, above, &passed, order, seen, open);
        }
    }

    /// Puts the depth-first order into C3 order where C3 has one (Barrett et al. 1996, as in Python), so that a shared
    /// base comes after all that derive from it.
    fn merged(
        &self,
        class: Sym,
        order: Vec<(Sym, Args)>,
        known: &mut FxHashMap<Sym, Linear>,
    ) -> Vec<(Sym, Args)> {
        if self.linearize(class, 0, known).is_none() {
            return order;
        }
        let linear = &known[&class].order;
        let mut sorted: Vec<(Sym, Args)> = linear
            .iter()
            .filter_map(|class| order.iter().find(|(known, _)| known == class).copied())
            .collect();
        // Interfaces beyond the depth bound keep their place at the end.
        let missing: Vec<(Sym, Args)> = order
            .into_iter()
            .filter(|(class, _)| !linear.contains(class))
            .collect();
        sorted.extend(missing);
        sorted
    }

    /// Notes the C3 order of a type and of those above it, and gives how many levels are above it; `None` when there is no
    /// such order or it is too long. An order is made once: types that share bases on every level would double the work
    /// with each.
    fn linearize(
        &self,
        class: Sym,
        depth: usize,
        known: &mut FxHashMap<Sym, Linear>,
    ) -> Option<usize> {
        if let Some(linear) = known.get(&class) {
            return (depth + linear.levels <= MAX_LEVELS).then_some(linear.levels);
        }
        if depth > MAX_LEVELS {
            return None;
        }
        let bases = self.bases.get(&class).into_iter().flatten();
        let bases: Vec<Sym> = bases.filter_map(|base| type_of(base.value)).collect();
        let mut levels = 0;
        for base in &bases {
            levels = levels.max(self.linearize(*base, depth + 1, known)? + 1);
        }
        let mut order = vec![class];
        if let [only] = bases.as_slice() {
            order.extend(&known[only].order);
            if order.len() > MAX_ANCESTORS {
                return None;
            }
        } else {
            let above = bases.iter().map(|base| known[base].order.clone());
            merge(above.chain([bases.clone()]).collect(), &mut order)?;
        }
        known.insert(class, Linear { order, levels });
        Some(levels)
    }

    /// The types right below a type of the project, sorted.
    pub(super) fn below(&self, class: Sym) -> &[Sym] {
        self.below.get(&class).map_or(&[], Vec::as_slice)
    }

    /// The type and those above it, nearest first, each with its arguments in terms of the type's own parameters.
    pub(super) fn order(&self, class: Sym) -> Order<'_> {
        match self.orders.get(&class) {
            Some(order) => Order::Known(order),
            None => Order::Alone([(class, Args::NONE)]),
        }
    }

    fn add_masks(&mut self) {
        let mut own: FxHashMap<Sym, u64> = FxHashMap::default();
        for (class, name) in self.members.keys_from(&FIRST_MEMBER) {
            *own.entry(*class).or_default() |= mask_of(*name);
        }
        let mask = |(class, _): &(Sym, Args)| own.get(class).copied().unwrap_or(0);
        let orders = self.orders.iter();
        self.masks = orders
            .map(|(class, order)| (*class, order.iter().map(mask).collect()))
            .collect();
    }

    /// Of a type and those above it, nearest first, those that have members of this name, with the members. The first `from`
    /// of the order are passed over.
    pub(super) fn having(
        &self,
        class: Sym,
        name: NameId,
        from: usize,
    ) -> impl Iterator<Item = (Sym, Args, &[Member])> {
        let order = self.orders.get(&class).map_or(&[][..], Vec::as_slice);
        let masks = self.masks.get(&class).map_or(&[][..], |masks| &masks[..]);
        let wanted = mask_of(name);
        let may_have = move |masked: &(&(Sym, Args), &u64)| masked.1 & wanted != 0;
        let above = order.iter().zip(masks).skip(from).filter(may_have);
        let alone = (order.is_empty() && from == 0).then_some((class, Args::NONE));
        above
            .map(|(above, _)| *above)
            .chain(alone)
            .map(move |(above, args)| (above, args, self.own(above, name)))
            .filter(|(_, _, own)| !own.is_empty())
    }

    /// Members of exactly this type.
    pub(super) fn own(&self, class: Sym, name: NameId) -> &[Member] {
        self.members.get(&(class, name))
    }

    /// The names of the members of exactly this type.
    pub(super) fn own_names(&self, class: Sym) -> impl Iterator<Item = NameId> + '_ {
        let keys = self.members.keys_from(&(class, NameId(0)));
        let own = keys.iter().take_while(move |(owner, _)| *owner == class);
        own.map(|(_, name)| *name)
    }

    /// Object literals whose members a type gets.
    pub(super) fn mixed(&self, class: Sym) -> &[Literal] {
        self.mixed.get(&class).map_or(&[], SmallVec::as_slice)
    }

    /// All object literals whose members some type gets.
    pub(super) fn mixes(&self) -> impl Iterator<Item = Literal> + '_ {
        self.mixed.values().flatten().copied()
    }

    /// Whether some type has the members of another behind it (smart pointers).
    pub(super) fn has_pointers(&self) -> bool {
        self.has_pointers
    }

    /// The method that is asked when a member is read that stands for something else, if some type has it.
    pub(super) fn descriptor(&self) -> Option<NameId> {
        self.descriptor
    }

    /// Members that every type may have through a trait.
    pub(super) fn blanket(&self, name: NameId) -> &[Member] {
        self.blanket.get(&name).map_or(&[], SmallVec::as_slice)
    }

    /// Whether something above the type is outside the project.
    pub(super) fn is_open(&self, class: Sym) -> bool {
        self.open.contains(&class)
    }

    /// The type whose member the code of a block is, if any.
    pub(super) fn class_around(
        &self,
        program: &Program<'_>,
        file: u32,
        block: BlockId,
    ) -> Option<Sym> {
        let source = program.file(file);
        source.outwards(block).find_map(|block| {
            let kind = source.block_kind(block);
            if kind == BlockKind::Class {
                Some(Sym {
                    file,
                    symbol: source.facts.blocks[block.index()].symbol.0,
                })
            } else if kind == BlockKind::Extension {
                self.extended.get(&(file, block)).copied()
            } else {
                None
            }
        })
    }

    /// The type a function is a member of.
    pub(super) fn owner(&self, program: &Program<'_>, sym: Sym) -> Option<Sym> {
        let file = program.file(sym.file);
        let fact = file.symbol(sym.symbol);
        let body = file.facts.blocks.get(fact.body.index());
        let outside = body.map_or(BlockId::NONE, |body| body.parent);
        let kind = outside.is_some().then(|| file.block_kind(outside));
        match kind {
            Some(BlockKind::Class) => Some(Sym {
                file: sym.file,
                symbol: file.facts.blocks[outside.index()].symbol.0,
            }),
            Some(BlockKind::Extension) => self.extended.get(&(sym.file, outside)).copied(),
            _ => {
                let parent = fact.parent;
                let is_type = |symbol: SymbolId| {
                    NodeKind::from_number(file.symbol(symbol.0).kind).is_some_and(is_type_kind)
                };
                (parent.is_some() && is_type(parent)).then_some(Sym {
                    file: sym.file,
                    symbol: parent.0,
                })
            }
        }
    }
}

/// Whether an extension of nothing we know is one of every type: where its target could be any type parameter. A path
/// language says which it is.
fn is_for_all(file: &File<'_>, block: BlockId) -> bool {
    if !file.semantics.imports_are_paths {
        return true;
    }
    let facts = file.facts;
    let parameters = &file
        .symbol(facts.blocks[block.index()].symbol.0)
        .type_params;
    !parameters.is_empty()
        && facts.extensions.iter().any(|extension| {
            extension.block == block
                && matches!(facts.exprs.expr(extension.target),
                    Expr::Name(name) if parameters.iter().any(|known| known.name == name))
        })
}

/// An interface as the type implements it, in terms of the type's own parameters.
fn interface_of(program: &Program<'_>, interface: Base, own: Option<&(Sym, Vec<Values>)>) -> Base {
    let (Value::Class(above, args), Some((implementation, own))) = (interface.value, own) else {
        return interface;
    };
    let args = program.args_of(args);
    let replaced = args
        .iter()
        .map(|values| super::generics::replace(program, values, *implementation, own))
        .collect();
    Base {
        value: Value::Class(above, program.intern_args(replaced)),
        ..interface
    }
}

/// The type behind a value in a type position.
pub(super) fn type_of(value: Value) -> Option<Sym> {
    match value {
        Value::Class(class, _)
        | Value::Instance(class, _)
        | Value::SelfOf(class)
        | Value::SelfClassOf(class) => Some(class),
        _ => None,
    }
}

/// The first of the values, unless it is a type that comes with other arguments as well: nothing says which of those is
/// meant.
pub(super) fn first_type(mut items: impl Iterator<Item = Typed>) -> Option<Value> {
    let first = items.next()?.value;
    let is_same = |next: Typed| type_of(first).is_some() && type_of(next.value) == type_of(first);
    (!items.next().is_some_and(is_same)).then_some(first)
}

/// Whether a definition is no value: nothing can be called or read by its name.
pub(super) fn is_type_only(kind: NodeKind) -> bool {
    matches!(kind, NodeKind::Interface | NodeKind::TypeAlias)
}

/// Whether a kind can have members.
pub(super) fn is_type_kind(kind: NodeKind) -> bool {
    matches!(kind, NodeKind::Class | NodeKind::Interface | NodeKind::Enum)
}

fn own_args_values(program: &Program<'_>, class: Sym) -> Vec<Values> {
    let count = program.fact(class).type_params.len() as u32;
    (0..count)
        .map(|at| Values::one(Value::TypeVar(class, at), arc_graph::Rule::Scope))
        .collect()
}

fn own_args(program: &Program<'_>, class: Sym) -> Args {
    program.intern_args(own_args_values(program, class))
}
