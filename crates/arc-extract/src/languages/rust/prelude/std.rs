// ---- collections ----

pub struct Slice<T>;
impl<T> Slice<T> {
    pub fn len(&self) -> usize;
    pub fn is_empty(&self) -> bool;
    pub fn iter(&self) -> Iterator<T>;
    pub fn iter_mut(&mut self) -> Iterator<T>;
    pub fn into_iter(self) -> Iterator<T>;
    pub fn par_iter(&self) -> Iterator<T>;
    pub fn into_par_iter(self) -> Iterator<T>;
    pub fn first(&self) -> Option<T>;
    pub fn first_mut(&mut self) -> Option<T>;
    pub fn last(&self) -> Option<T>;
    pub fn last_mut(&mut self) -> Option<T>;
    pub fn get<I>(&self, at: I) -> Option<T>;
    pub fn get_mut<I>(&mut self, at: I) -> Option<T>;
    pub fn index<I>(&self, at: I) -> T;
    pub fn split_first(&self) -> Option<(T, Slice<T>)>;
    pub fn split_last(&self) -> Option<(T, Slice<T>)>;
    pub fn split_at(&self, at: usize) -> (Slice<T>, Slice<T>);
    pub fn split_at_mut(&mut self, at: usize) -> (Slice<T>, Slice<T>);
    pub fn chunks(&self, size: usize) -> Iterator<Slice<T>>;
    pub fn chunks_exact(&self, size: usize) -> Iterator<Slice<T>>;
    pub fn windows(&self, size: usize) -> Iterator<Slice<T>>;
    pub fn split(&self, f: impl FnMut(T) -> bool) -> Iterator<Slice<T>>;
    pub fn contains(&self, value: &T) -> bool;
    pub fn starts_with(&self, other: &[T]) -> bool;
    pub fn ends_with(&self, other: &[T]) -> bool;
    pub fn sort(&mut self);
    pub fn sort_unstable(&mut self);
    pub fn sort_by(&mut self, f: impl FnMut(T, T) -> Ordering);
    pub fn sort_unstable_by(&mut self, f: impl FnMut(T, T) -> Ordering);
    pub fn sort_by_key<K>(&mut self, f: impl FnMut(T) -> K);
    pub fn sort_unstable_by_key<K>(&mut self, f: impl FnMut(T) -> K);
    pub fn binary_search(&self, value: &T) -> Result<usize, usize>;
    pub fn binary_search_by(&self, f: impl FnMut(T) -> Ordering) -> Result<usize, usize>;
    pub fn binary_search_by_key<K>(&self, key: &K, f: impl FnMut(T) -> K) -> Result<usize, usize>;
    pub fn partition_point(&self, f: impl FnMut(T) -> bool) -> usize;
    pub fn reverse(&mut self);
    pub fn swap(&mut self, a: usize, b: usize);
    pub fn fill(&mut self, value: T);
    pub fn concat(&self) -> T;
    pub fn join<S>(&self, separator: S) -> String;
    pub fn to_vec(&self) -> Vec<T>;
    pub fn to_owned(&self) -> Vec<T>;
    pub fn into_vec(self) -> Vec<T>;
    pub fn as_slice(&self) -> Slice<T>;
    pub fn as_ref(&self) -> Slice<T>;
    pub fn clone(&self) -> Slice<T>;
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Slice<U>;
    pub fn copy_from_slice(&mut self, other: &[T]);
    pub fn eq(&self, other: &[T]) -> bool;
}

pub struct Vec<T>;
impl<T> Deref<Slice<T>> for Vec<T> { type Target = Slice<T>; }
impl<T> Vec<T> {
    pub fn new() -> Vec<T>;
    pub fn with_capacity(capacity: usize) -> Vec<T>;
    pub fn from(items: IntoIterator<T>) -> Vec<T>;
    pub fn from_iter(items: IntoIterator<T>) -> Vec<T>;
    pub fn push(&mut self, value: T);
    pub fn pop(&mut self) -> Option<T>;
    pub fn pop_if(&mut self, f: impl FnOnce(T) -> bool) -> Option<T>;
    pub fn insert(&mut self, at: usize, value: T);
    pub fn remove(&mut self, at: usize) -> T;
    pub fn swap_remove(&mut self, at: usize) -> T;
    pub fn extend<I>(&mut self, items: I);
    pub fn extend_from_slice(&mut self, items: &[T]);
    pub fn append(&mut self, other: &mut Vec<T>);
    pub fn clear(&mut self);
    pub fn truncate(&mut self, length: usize);
    pub fn reserve(&mut self, count: usize);
    pub fn resize(&mut self, length: usize, value: T);
    pub fn retain(&mut self, f: impl FnMut(T) -> bool);
    pub fn retain_mut(&mut self, f: impl FnMut(T) -> bool);
    pub fn dedup(&mut self);
    pub fn dedup_by_key<K>(&mut self, f: impl FnMut(T) -> K);
    pub fn drain<R>(&mut self, range: R) -> Iterator<T>;
    pub fn splice<R, I>(&mut self, range: R, items: I) -> Iterator<T>;
    pub fn split_off(&mut self, at: usize) -> Vec<T>;
    pub fn into_iter(self) -> Iterator<T>;
    pub fn into_boxed_slice(self) -> Slice<T>;
    pub fn as_slice(&self) -> Slice<T>;
    pub fn as_mut_slice(&mut self) -> Slice<T>;
    pub fn clone(&self) -> Vec<T>;
    pub fn capacity(&self) -> usize;
    pub fn leak(self) -> Slice<T>;
}

pub struct VecDeque<T>;
impl<T> Deref<Vec<T>> for VecDeque<T> { type Target = Vec<T>; }
impl<T> VecDeque<T> {
    pub fn new() -> VecDeque<T>;
    pub fn with_capacity(capacity: usize) -> VecDeque<T>;
    pub fn push_back(&mut self, value: T);
    pub fn push_front(&mut self, value: T);
    pub fn pop_back(&mut self) -> Option<T>;
    pub fn pop_front(&mut self) -> Option<T>;
    pub fn front(&self) -> Option<T>;
    pub fn front_mut(&mut self) -> Option<T>;
    pub fn back(&self) -> Option<T>;
    pub fn back_mut(&mut self) -> Option<T>;
    pub fn clone(&self) -> VecDeque<T>;
}

pub struct BinaryHeap<T>;
impl<T> Deref<Vec<T>> for BinaryHeap<T> { type Target = Vec<T>; }
impl<T> BinaryHeap<T> {
    pub fn new() -> BinaryHeap<T>;
    pub fn push(&mut self, value: T);
    pub fn pop(&mut self) -> Option<T>;
    pub fn peek(&self) -> Option<T>;
    pub fn into_sorted_vec(self) -> Vec<T>;
}

pub struct HashSet<T>;
impl<T> HashSet<T> {
    pub fn new() -> HashSet<T>;
    pub fn with_capacity(capacity: usize) -> HashSet<T>;
    pub fn from(items: IntoIterator<T>) -> HashSet<T>;
    pub fn from_iter(items: IntoIterator<T>) -> HashSet<T>;
    pub fn insert(&mut self, value: T) -> bool;
    pub fn remove<Q>(&mut self, value: &Q) -> bool;
    pub fn contains<Q>(&self, value: &Q) -> bool;
    pub fn get<Q>(&self, value: &Q) -> Option<T>;
    pub fn take<Q>(&mut self, value: &Q) -> Option<T>;
    pub fn len(&self) -> usize;
    pub fn is_empty(&self) -> bool;
    pub fn clear(&mut self);
    pub fn iter(&self) -> Iterator<T>;
    pub fn into_iter(self) -> Iterator<T>;
    pub fn drain(&mut self) -> Iterator<T>;
    pub fn first(&self) -> Option<T>;
    pub fn last(&self) -> Option<T>;
    pub fn pop_first(&mut self) -> Option<T>;
    pub fn pop_last(&mut self) -> Option<T>;
    pub fn range<R>(&self, range: R) -> Iterator<T>;
    pub fn union(&self, other: &HashSet<T>) -> Iterator<T>;
    pub fn intersection(&self, other: &HashSet<T>) -> Iterator<T>;
    pub fn difference(&self, other: &HashSet<T>) -> Iterator<T>;
    pub fn symmetric_difference(&self, other: &HashSet<T>) -> Iterator<T>;
    pub fn is_subset(&self, other: &HashSet<T>) -> bool;
    pub fn is_superset(&self, other: &HashSet<T>) -> bool;
    pub fn is_disjoint(&self, other: &HashSet<T>) -> bool;
    pub fn extend<I>(&mut self, items: I);
    pub fn retain(&mut self, f: impl FnMut(T) -> bool);
    pub fn clone(&self) -> HashSet<T>;
}
pub type BTreeSet<T> = HashSet<T>;
pub type IndexSet<T> = HashSet<T>;

pub struct HashMap<K, V>;
impl<K, V> HashMap<K, V> {
    pub fn new() -> HashMap<K, V>;
    pub fn with_capacity(capacity: usize) -> HashMap<K, V>;
    pub fn from(items: IntoIterator<(K, V)>) -> HashMap<K, V>;
    pub fn from_iter(items: IntoIterator<(K, V)>) -> HashMap<K, V>;
    pub fn insert(&mut self, key: K, value: V) -> Option<V>;
    pub fn remove<Q>(&mut self, key: &Q) -> Option<V>;
    pub fn remove_entry<Q>(&mut self, key: &Q) -> Option<(K, V)>;
    pub fn get<Q>(&self, key: &Q) -> Option<V>;
    pub fn get_mut<Q>(&mut self, key: &Q) -> Option<V>;
    pub fn get_key_value<Q>(&self, key: &Q) -> Option<(K, V)>;
    pub fn index<Q>(&self, key: &Q) -> V;
    pub fn contains_key<Q>(&self, key: &Q) -> bool;
    pub fn entry(&mut self, key: K) -> Entry<K, V>;
    pub fn keys(&self) -> Iterator<K>;
    pub fn into_keys(self) -> Iterator<K>;
    pub fn values(&self) -> Iterator<V>;
    pub fn values_mut(&mut self) -> Iterator<V>;
    pub fn into_values(self) -> Iterator<V>;
    pub fn iter(&self) -> Iterator<(K, V)>;
    pub fn iter_mut(&mut self) -> Iterator<(K, V)>;
    pub fn into_iter(self) -> Iterator<(K, V)>;
    pub fn drain(&mut self) -> Iterator<(K, V)>;
    pub fn range<R>(&self, range: R) -> Iterator<(K, V)>;
    pub fn range_mut<R>(&mut self, range: R) -> Iterator<(K, V)>;
    pub fn first_key_value(&self) -> Option<(K, V)>;
    pub fn last_key_value(&self) -> Option<(K, V)>;
    pub fn pop_first(&mut self) -> Option<(K, V)>;
    pub fn pop_last(&mut self) -> Option<(K, V)>;
    pub fn len(&self) -> usize;
    pub fn is_empty(&self) -> bool;
    pub fn clear(&mut self);
    pub fn reserve(&mut self, count: usize);
    pub fn extend<I>(&mut self, items: I);
    pub fn retain(&mut self, f: impl FnMut(K, V) -> bool);
    pub fn clone(&self) -> HashMap<K, V>;
}
pub type BTreeMap<K, V> = HashMap<K, V>;
pub type IndexMap<K, V> = HashMap<K, V>;

pub enum Entry<K, V> { Occupied(OccupiedEntry<K, V>), Vacant(VacantEntry<K, V>) }
impl<K, V> Entry<K, V> {
    pub fn or_insert(self, value: V) -> V;
    pub fn or_insert_with(self, f: impl FnOnce() -> V) -> V;
    pub fn or_default(self) -> V;
    pub fn and_modify(self, f: impl FnOnce(V)) -> Entry<K, V>;
    pub fn key(&self) -> K;
}
pub struct OccupiedEntry<K, V>;
impl<K, V> OccupiedEntry<K, V> {
    pub fn get(&self) -> V;
    pub fn get_mut(&mut self) -> V;
    pub fn into_mut(self) -> V;
    pub fn insert(&mut self, value: V) -> V;
    pub fn remove(self) -> V;
    pub fn key(&self) -> K;
}
pub struct VacantEntry<K, V>;
impl<K, V> VacantEntry<K, V> {
    pub fn insert(self, value: V) -> V;
    pub fn key(&self) -> K;
    pub fn into_key(self) -> K;
}

// ---- pointers ----

pub struct Box<T>;
impl<T> Deref<T> for Box<T> { type Target = T; }
impl<T> Box<T> {
    pub fn new(value: T) -> Box<T>;
    pub fn pin(value: T) -> Box<T>;
    pub fn from(value: T) -> Box<T>;
    pub fn leak(value: Box<T>) -> T;
    pub fn into_pin(value: Box<T>) -> Box<T>;
    pub fn as_ref(&self) -> T;
    pub fn as_mut(&mut self) -> T;
}
pub struct Pin<T>;
impl<T> Deref<T> for Pin<T> { type Target = T; }
impl<T> Pin<T> {
    pub fn new(value: T) -> Pin<T>;
    pub fn new_unchecked(value: T) -> Pin<T>;
    pub fn as_mut(&mut self) -> Pin<T>;
    pub fn as_ref(&self) -> Pin<T>;
    pub fn get_mut(self) -> T;
    pub fn get_ref(self) -> T;
    pub fn get_unchecked_mut(self) -> T;
    pub fn into_inner(value: Pin<T>) -> T;
    pub fn set(&mut self, value: T);
}
pub struct Rc<T>;
impl<T> Deref<T> for Rc<T> { type Target = T; }
impl<T> Rc<T> {
    pub fn new(value: T) -> Rc<T>;
    pub fn new_cyclic(f: impl FnOnce(Weak<T>) -> T) -> Rc<T>;
    pub fn from(value: T) -> Rc<T>;
    pub fn clone(value: &Rc<T>) -> Rc<T>;
    pub fn downgrade(value: &Rc<T>) -> Weak<T>;
    pub fn try_unwrap(value: Rc<T>) -> Result<T, Rc<T>>;
    pub fn into_inner(value: Rc<T>) -> Option<T>;
    pub fn get_mut(value: &mut Rc<T>) -> Option<T>;
    pub fn make_mut(value: &mut Rc<T>) -> T;
    pub fn ptr_eq(a: &Rc<T>, b: &Rc<T>) -> bool;
    pub fn strong_count(value: &Rc<T>) -> usize;
    pub fn as_ref(&self) -> T;
}
pub type Arc<T> = Rc<T>;
pub struct Weak<T>;
impl<T> Weak<T> {
    pub fn new() -> Weak<T>;
    pub fn upgrade(&self) -> Option<Rc<T>>;
    pub fn clone(&self) -> Weak<T>;
}
pub struct Cow<T>;
impl<T> Deref<T> for Cow<T> { type Target = T; }
impl<T> Cow<T> {
    pub fn into_owned(self) -> T;
    pub fn to_mut(&mut self) -> T;
}
pub struct Cell<T>;
impl<T> Cell<T> {
    pub fn new(value: T) -> Cell<T>;
    pub fn get(&self) -> T;
    pub fn set(&self, value: T);
    pub fn take(&self) -> T;
    pub fn replace(&self, value: T) -> T;
    pub fn get_mut(&mut self) -> T;
    pub fn into_inner(self) -> T;
}
pub struct RefCell<T>;
impl<T> RefCell<T> {
    pub fn new(value: T) -> RefCell<T>;
    pub fn borrow(&self) -> T;
    pub fn borrow_mut(&self) -> T;
    pub fn try_borrow(&self) -> Result<T, Error>;
    pub fn try_borrow_mut(&self) -> Result<T, Error>;
    pub fn replace(&self, value: T) -> T;
    pub fn take(&self) -> T;
    pub fn get_mut(&mut self) -> T;
    pub fn into_inner(self) -> T;
}
pub struct UnsafeCell<T>;
impl<T> UnsafeCell<T> {
    pub fn new(value: T) -> UnsafeCell<T>;
    pub fn get(&self) -> T;
    pub fn get_mut(&mut self) -> T;
    pub fn into_inner(self) -> T;
}
pub struct Mutex<T>;
impl<T> Mutex<T> {
    pub fn new(value: T) -> Mutex<T>;
    pub fn lock(&self) -> Result<MutexGuard<T>, Error>;
    pub fn try_lock(&self) -> Result<MutexGuard<T>, Error>;
    pub fn get_mut(&mut self) -> Result<T, Error>;
    pub fn into_inner(self) -> Result<T, Error>;
}
pub struct MutexGuard<T>;
impl<T> Deref<T> for MutexGuard<T> { type Target = T; }
pub type RwLockReadGuard<T> = MutexGuard<T>;
pub type RwLockWriteGuard<T> = MutexGuard<T>;
pub struct RwLock<T>;
impl<T> RwLock<T> {
    pub fn new(value: T) -> RwLock<T>;
    pub fn read(&self) -> Result<MutexGuard<T>, Error>;
    pub fn write(&self) -> Result<MutexGuard<T>, Error>;
    pub fn get_mut(&mut self) -> Result<T, Error>;
    pub fn into_inner(self) -> Result<T, Error>;
}
pub struct OnceCell<T>;
impl<T> OnceCell<T> {
    pub fn new() -> OnceCell<T>;
    pub fn get(&self) -> Option<T>;
    pub fn get_mut(&mut self) -> Option<T>;
    pub fn set(&self, value: T) -> Result<(), T>;
    pub fn get_or_init(&self, f: impl FnOnce() -> T) -> T;
    pub fn into_inner(self) -> Option<T>;
}
pub type OnceLock<T> = OnceCell<T>;
pub struct LazyLock<T>;
impl<T> Deref<T> for LazyLock<T> { type Target = T; }
impl<T> LazyLock<T> { pub fn new(f: impl FnOnce() -> T) -> LazyLock<T>; pub fn force(value: &LazyLock<T>) -> T; }
pub type Lazy<T> = LazyLock<T>;
pub type LazyCell<T> = LazyLock<T>;
pub struct LocalKey<T>;
impl<T> LocalKey<T> {
    pub fn with<R>(&self, f: impl FnOnce(T) -> R) -> R;
    pub fn try_with<R>(&self, f: impl FnOnce(T) -> R) -> Result<R, Error>;
    pub fn with_borrow<R>(&self, f: impl FnOnce(T) -> R) -> R;
    pub fn with_borrow_mut<R>(&self, f: impl FnOnce(T) -> R) -> R;
}
pub struct ManuallyDrop<T>;
impl<T> Deref<T> for ManuallyDrop<T> { type Target = T; }
impl<T> ManuallyDrop<T> { pub fn new(value: T) -> ManuallyDrop<T>; pub fn into_inner(value: ManuallyDrop<T>) -> T; }
pub struct NonNull<T>;
impl<T> NonNull<T> {
    pub fn new(value: T) -> Option<NonNull<T>>;
    pub fn new_unchecked(value: T) -> NonNull<T>;
    pub fn as_ref(&self) -> T;
    pub fn as_mut(&mut self) -> T;
    pub fn as_ptr(self) -> T;
    pub fn from(value: T) -> NonNull<T>;
}
pub struct PhantomData<T>;
pub struct AtomicPtr<T>;
impl<T> AtomicPtr<T> {
    pub fn new(value: T) -> AtomicPtr<T>;
    pub fn load(&self, order: Ordering) -> T;
    pub fn store(&self, value: T, order: Ordering);
    pub fn swap(&self, value: T, order: Ordering) -> T;
    pub fn compare_exchange(&self, old: T, new: T, success: Ordering, failure: Ordering) -> Result<T, T>;
    pub fn compare_exchange_weak(&self, old: T, new: T, success: Ordering, failure: Ordering) -> Result<T, T>;
    pub fn get_mut(&mut self) -> T;
    pub fn into_inner(self) -> T;
}

// ---- time, paths ----

pub struct Duration;
impl Duration {
    pub fn from_secs(seconds: u64) -> Duration;
    pub fn from_millis(count: u64) -> Duration;
    pub fn from_micros(count: u64) -> Duration;
    pub fn from_nanos(count: u64) -> Duration;
    pub fn from_secs_f64(seconds: f64) -> Duration;
    pub fn as_secs(&self) -> u64;
    pub fn as_millis(&self) -> u128;
    pub fn as_micros(&self) -> u128;
    pub fn as_nanos(&self) -> u128;
    pub fn as_secs_f64(&self) -> f64;
    pub fn subsec_nanos(&self) -> u32;
    pub fn checked_sub(self, other: Duration) -> Option<Duration>;
    pub fn add(self, other: Duration) -> Duration;
    pub fn sub(self, other: Duration) -> Duration;
}
pub struct Path;
impl Path {
    pub fn new(text: &str) -> &Path;
    pub fn join<P>(&self, path: P) -> PathBuf;
    pub fn parent(&self) -> Option<&Path>;
    pub fn exists(&self) -> bool;
    pub fn is_file(&self) -> bool;
    pub fn is_dir(&self) -> bool;
    pub fn is_absolute(&self) -> bool;
    pub fn display(&self) -> String;
    pub fn to_path_buf(&self) -> PathBuf;
    pub fn to_str(&self) -> Option<&str>;
    pub fn to_string_lossy(&self) -> String;
    pub fn as_path(&self) -> &Path;
    pub fn as_ref(&self) -> &Path;
    pub fn clone(&self) -> PathBuf;
    pub fn to_owned(&self) -> PathBuf;
    pub fn strip_prefix<P>(&self, base: P) -> Result<&Path, Error>;
    pub fn starts_with<P>(&self, base: P) -> bool;
    pub fn ends_with<P>(&self, base: P) -> bool;
    pub fn with_extension(&self, extension: &str) -> PathBuf;
    pub fn with_file_name(&self, name: &str) -> PathBuf;
    pub fn ancestors(&self) -> Iterator<&Path>;
    pub fn canonicalize(&self) -> Result<PathBuf, Error>;
}
pub struct PathBuf;
impl Deref<Path> for PathBuf { type Target = Path; }
impl PathBuf {
    pub fn new() -> PathBuf;
    pub fn from(text: &str) -> PathBuf;
    pub fn push<P>(&mut self, path: P);
    pub fn pop(&mut self) -> bool;
}

pub fn drop<T>(value: T);

// ---- paths under which the above are known ----

pub mod std {
    pub mod option { pub use super::super::Option; }
    pub mod result { pub use super::super::Result; }
    pub mod cmp { pub use super::super::*; }
    pub mod ops { pub use super::super::{Deref, DerefMut, Drop}; }
    pub mod clone { pub use super::super::Clone; }
    pub mod default { pub use super::super::Default; }
    pub mod convert { pub use super::super::{AsMut, AsRef, From, Into, TryFrom, TryInto}; pub fn identity<T>(value: T) -> T; }
    pub mod borrow { pub use super::super::{Borrow, BorrowMut, Cow, ToOwned}; }
    pub mod string { pub use super::super::{String, ToString}; }
    pub mod str { pub use super::super::{FromStr, str}; pub fn from_utf8(bytes: &[u8]) -> Result<&str, Error>; }
    pub mod vec { pub use super::super::Vec; }
    pub mod boxed { pub use super::super::Box; }
    pub mod pin { pub use super::super::Pin; }
    pub mod rc { pub use super::super::{Rc, Weak}; }
    pub mod sync {
        pub use super::super::{Arc, LazyLock, Mutex, MutexGuard, OnceLock, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};
        pub mod atomic { pub use super::super::super::AtomicPtr; }
    }
    pub mod cell { pub use super::super::{Cell, LazyCell, OnceCell, RefCell, UnsafeCell}; }
    pub mod mem {
        pub use super::super::ManuallyDrop;
        pub fn take<T>(place: &mut T) -> T;
        pub fn replace<T>(place: &mut T, value: T) -> T;
        pub fn swap<T>(a: &mut T, b: &mut T);
        pub fn forget<T>(value: T);
    }
    pub mod ptr { pub use super::super::NonNull; }
    pub mod marker { pub use super::super::PhantomData; }
    pub mod iter {
        pub use super::super::{Extend, FromIterator, IntoIterator, Iterator};
        pub fn once<T>(value: T) -> Iterator<T>;
        pub fn repeat<T>(value: T) -> Iterator<T>;
        pub fn empty<T>() -> Iterator<T>;
        pub fn from_fn<T>(f: impl FnMut() -> Option<T>) -> Iterator<T>;
        pub fn successors<T>(first: Option<T>, f: impl FnMut(T) -> Option<T>) -> Iterator<T>;
        pub fn zip<A, B>(a: IntoIterator<A>, b: IntoIterator<B>) -> Iterator<(A, B)>;
    }
    pub mod collections {
        pub use super::super::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, VecDeque};
        pub mod hash_map { pub use super::super::super::{Entry, HashMap, OccupiedEntry, VacantEntry}; }
        pub mod btree_map { pub use super::super::super::{BTreeMap, Entry, OccupiedEntry, VacantEntry}; }
    }
    pub mod future { pub use super::super::{Future, IntoFuture}; }
    pub mod task { pub use super::super::{Context, Poll, Waker}; }
    pub mod time { pub use super::super::Duration; }
    pub mod path { pub use super::super::{Path, PathBuf}; }
    pub mod hash { pub use super::super::{Hash, Hasher}; }
    pub mod error { pub use super::super::Error; }
    pub mod fmt {
        pub use super::super::{Debug, Display, Error, Formatter};
        pub type Result = super::super::Result<(), Error>;
    }
    pub mod io { pub type Result<T> = super::super::Result<T, Error>; }
    pub mod thread { pub type Result<T> = super::super::Result<T, Error>; }
}
pub use std as core;
pub use std as alloc;
pub mod anyhow { pub type Result<T> = super::Result<T, Error>; }
pub mod eyre { pub type Result<T> = super::Result<T, Error>; }
pub use eyre as color_eyre;
pub mod once_cell { pub mod sync { pub use super::super::{Lazy, OnceCell}; } pub mod unsync { pub use super::super::{Lazy, OnceCell}; } }
pub mod indexmap { pub use super::{IndexMap, IndexSet}; }
