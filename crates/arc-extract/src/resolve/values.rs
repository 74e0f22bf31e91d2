//! What an expression can be: the lattice the evaluator works on.
//!
//! A set of values is small and sorted. One that would grow beyond [`MAX_VALUES`] is widened to nothing, which reads as
//! «unknown»: cutting it would make the answer depend on order.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::{Arc, RwLock};

use arc_graph::Rule;
use rustc_hash::{FxBuildHasher, FxHashMap};
use thin_vec::{ThinVec, thin_vec};

/// Values a set may hold.
pub(super) const MAX_VALUES: usize = 12;
/// Functions of one name that a set may hold until the arguments of a call choose among them.
const MAX_OVERLOADS: usize = 64;

/// A global string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct NameId(pub(super) u32);

impl NameId {
    pub(super) const NONE: NameId = NameId(u32::MAX);
}

/// A definition: position of the file, position of the symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Sym {
    pub(super) file: u32,
    pub(super) symbol: u32,
}

/// Something interned while threads run: its number depends on timing, the hash of its content does not. Sets of values
/// are sorted, and what comes first in them must be the same in every run, so the hash decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Handle {
    hash: u32,
    number: u32,
}

impl Handle {
    const FIRST: Handle = Handle { hash: 0, number: 0 };

    pub(super) fn new<T: Hash + ?Sized>(item: &T, number: u32) -> Handle {
        if number == 0 {
            return Handle::FIRST;
        }
        Handle {
            hash: (FxBuildHasher.hash_one(item) >> 32) as u32,
            number,
        }
    }
}

impl Hash for Handle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u32(self.hash);
    }
}

/// Interned type arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Args(pub(super) Handle);

impl Args {
    pub(super) const NONE: Args = Args(Handle::FIRST);
}

/// An interned receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Receiver(pub(super) Handle);

/// The qualified name of something outside the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct OutsideName(pub(super) Handle);

impl OutsideName {
    /// Something of which only is known that it is not of the project.
    pub(super) const UNNAMED: OutsideName = OutsideName(Handle::FIRST);

    /// The same as a plain name.
    pub(super) fn name(self) -> NameId {
        NameId(self.0.number)
    }
}

/// One thing an expression can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Value {
    /// A type itself, perhaps with arguments. Inline modules count as types without instances.
    Class(Sym, Args),
    /// An instance of a type.
    Instance(Sym, Args),
    /// The receiver of a method of this type: an instance of it or of a type below it.
    SelfOf(Sym),
    /// The type of such a receiver.
    SelfClassOf(Sym),
    /// The receiver of a method of this type without so many of the types that it is, nearest first: one, so that what lies
    /// above the type is left, or more where another type above is named (`super(Base, self)`).
    SuperOf(Sym, u32),
    /// A member of an enumeration, which may take a payload.
    Variant(Sym),
    /// A function, or a method taken from its type.
    Function(Sym),
    /// A method with its receiver.
    Bound(Sym, Receiver),
    /// A file as a module.
    Module(u32),
    /// A namespace shared by files.
    Namespace(NameId),
    /// Something outside the project, by its qualified name.
    Outside(OutsideName),
    /// An instance of something outside, or what a call outside gave. Its type has a name where overloads are told apart
    /// by types.
    OutsideInstance(OutsideName),
    /// A literal list, tuple, map or object, by file and expression.
    Made(u32, u32),
    /// A string constant.
    Text(NameId),
    /// A type parameter: its owner and position.
    TypeVar(Sym, u32),
    /// A tuple type.
    Tuple(Args),
    /// A function type: parameters, then the result.
    Callable(Args),
}

/// A value with the weakest rule on the way to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Typed {
    pub(super) value: Value,
    pub(super) rule: Rule,
}

/// A sorted set of values; empty is «unknown». Tables hold millions of them, most of one value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Values(Set);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Set {
    #[default]
    Empty,
    One(Typed),
    /// Two or more.
    Many(ThinVec<Typed>),
    /// It was larger once and is given up.
    Widened,
}

const _: () = assert!(size_of::<Values>() == 24, "as large as one value");

impl Values {
    pub(super) fn unknown() -> Values {
        Values::default()
    }

    pub(super) fn one(value: Value, rule: Rule) -> Values {
        Values(Set::One(Typed { value, rule }))
    }

    fn items(&self) -> &[Typed] {
        match &self.0 {
            Set::Empty | Set::Widened => &[],
            Set::One(item) => std::slice::from_ref(item),
            Set::Many(items) => items,
        }
    }

    fn items_mut(&mut self) -> &mut [Typed] {
        match &mut self.0 {
            Set::Empty | Set::Widened => &mut [],
            Set::One(item) => std::slice::from_mut(item),
            Set::Many(items) => items,
        }
    }

    pub(super) fn is_widened(&self) -> bool {
        matches!(self.0, Set::Widened)
    }

    pub(super) fn is_unknown(&self) -> bool {
        self.items().is_empty()
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = Typed> + '_ {
        self.items().iter().copied()
    }

    /// Whether all that is known is that it can be called: what was stored there says more.
    pub(super) fn is_callable_only(&self) -> bool {
        !self.is_unknown()
            && self
                .iter()
                .all(|item| matches!(item.value, Value::Callable(_)))
    }

    /// The functions among the values.
    pub(super) fn functions(&self) -> Values {
        let is_function =
            |item: &Typed| matches!(item.value, Value::Function(_) | Value::Bound(..));
        self.iter().filter(is_function).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.items().len()
    }

    /// Adds a value; of two rules for one value the stronger stays.
    pub(super) fn add(&mut self, value: Value, rule: Rule) {
        self.add_within(value, rule, MAX_VALUES);
    }

    /// Adds functions of one name: a call chooses among them, so that they may be many.
    pub(super) fn extend_overloads(&mut self, other: &Values) {
        for item in other.iter() {
            let is_function = matches!(item.value, Value::Function(_) | Value::Bound(..));
            let limit = if is_function {
                MAX_OVERLOADS
            } else {
                MAX_VALUES
            };
            self.add_within(item.value, item.rule, limit);
        }
    }

    fn add_within(&mut self, value: Value, rule: Rule, limit: usize) {
        if self.is_widened() {
            return;
        }
        let item = Typed { value, rule };
        let items = self.items_mut();
        match items.binary_search_by(|known| known.value.cmp(&value)) {
            Ok(at) => items[at].rule = items[at].rule.min(rule),
            Err(_) if items.len() >= limit => self.0 = Set::Widened,
            Err(at) => match &mut self.0 {
                Set::Many(items) => items.insert(at, item),
                Set::One(known) if at == 0 => self.0 = Set::Many(thin_vec![item, *known]),
                Set::One(known) => self.0 = Set::Many(thin_vec![*known, item]),
                Set::Empty | Set::Widened => self.0 = Set::One(item),
            },
        }
    }

    pub(super) fn extend(&mut self, other: &Values) {
        if other.is_widened() {
            self.0 = Set::Widened;
        } else if matches!(self.0, Set::Empty) {
            self.clone_from(other);
        } else {
            for item in other.iter() {
                self.add(item.value, item.rule);
            }
        }
    }

    /// What goes into a key that several give values: a set that is larger than such sets may become is given up at once, so that
    /// what they have together depends neither on the order nor on what was put together first.
    pub(super) fn shareable(self) -> Values {
        if self.len() > MAX_VALUES {
            Values(Set::Widened)
        } else {
            self
        }
    }

    /// The set of values, however many.
    pub(super) fn of(mut items: Vec<Typed>) -> Values {
        items.sort_unstable_by_key(|item| item.value);
        Values(match items.as_slice() {
            [] => Set::Empty,
            [only] => Set::One(*only),
            _ => Set::Many(items.into_iter().collect()),
        })
    }

    /// Given up.
    pub(super) fn widened() -> Values {
        Values(Set::Widened)
    }

    /// Other values in the place of these, each found by the same rule.
    pub(super) fn mapped(&self, map: impl Fn(Typed) -> Value) -> Values {
        let put = |item: Typed| Typed {
            value: map(item),
            rule: item.rule,
        };
        self.iter().map(put).collect()
    }

    /// The same values, none found by a stronger rule than `rule`.
    pub(super) fn weakened(mut self, rule: Rule) -> Values {
        for item in self.items_mut() {
            item.rule = item.rule.max(rule);
        }
        self
    }
}

impl Hash for Values {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.items().hash(state);
        self.is_widened().hash(state);
    }
}

impl PartialOrd for Values {
    fn partial_cmp(&self, other: &Values) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Values {
    fn cmp(&self, other: &Values) -> Ordering {
        let items = self.items().cmp(other.items());
        items.then(self.is_widened().cmp(&other.is_widened()))
    }
}

impl FromIterator<Typed> for Values {
    fn from_iter<T: IntoIterator<Item = Typed>>(iter: T) -> Values {
        let mut values = Values::unknown();
        for item in iter {
            values.add(item.value, item.rule);
        }
        values
    }
}

/// A table of distinct things, shared by threads. The numbers it gives depend on timing and never leave the resolver.
pub(super) struct Interner<T: ?Sized> {
    inner: RwLock<Interned<T>>,
}

/// The number of each thing, and the things in the order of their numbers.
type Interned<T> = (FxHashMap<Arc<T>, u32>, Vec<Arc<T>>);

impl<T: ?Sized + Eq + Hash> Interner<T> {
    /// A table that starts with `first` as number 0.
    pub(super) fn new(first: Arc<T>) -> Interner<T> {
        let mut map = FxHashMap::default();
        map.insert(Arc::clone(&first), 0);
        Interner {
            inner: RwLock::new((map, vec![first])),
        }
    }

    /// The number of `item` with the hash of its content. The first item has the hash 0.
    pub(super) fn intern(&self, item: &T) -> Handle
    where
        Arc<T>: Borrow<T>,
        for<'a> &'a T: Into<Arc<T>>,
    {
        Handle::new(item, self.number(item))
    }

    /// Whether `item` has a number.
    pub(super) fn has(&self, item: &T) -> bool
    where
        Arc<T>: Borrow<T>,
    {
        let inner = self.inner.read();
        inner
            .expect("no thread panics while it holds the lock")
            .0
            .contains_key(item)
    }

    /// The number of `item`. It depends on timing.
    pub(super) fn number(&self, item: &T) -> u32
    where
        Arc<T>: Borrow<T>,
        for<'a> &'a T: Into<Arc<T>>,
    {
        {
            let inner = self
                .inner
                .read()
                .expect("no thread panics while it holds the lock");
            if let Some(id) = inner.0.get(item) {
                return *id;
            }
        }
        let mut inner = self
            .inner
            .write()
            .expect("no thread panics while it holds the lock");
        if let Some(id) = inner.0.get(item) {
            return *id;
        }
        let id = inner.1.len() as u32;
        let item: Arc<T> = item.into();
        inner.1.push(Arc::clone(&item));
        inner.0.insert(item, id);
        id
    }

    pub(super) fn get(&self, item: Handle) -> Arc<T> {
        self.numbered(item.number)
    }

    pub(super) fn numbered(&self, number: u32) -> Arc<T> {
        let inner = self
            .inner
            .read()
            .expect("no thread panics while it holds the lock");
        Arc::clone(&inner.1[number as usize])
    }
}

/// Bounds of the two fixpoints.
pub(super) struct Rounds {
    /// Looks at the bases of types.
    pub(super) types: usize,
    /// Rounds over values.
    pub(super) values: usize,
}
