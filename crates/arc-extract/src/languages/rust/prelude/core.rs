// The types of the standard library as far as they decide what a chain of calls ends in. Associated types are written as
// type parameters (`Iterator<Item = T>` is `Iterator<T>`), adapters all give the one iterator type, smart pointers lead to
// what they point at, and bodies are left out. Never compiled.

pub enum Option<T> { Some(T), None }
pub enum Result<T, E> { Ok(T), Err(E) }
pub use Option::*;
pub use Result::*;

impl<T> Option<T> {
    pub fn unwrap(self) -> T;
    pub fn expect(self, message: &str) -> T;
    pub fn unwrap_or(self, other: T) -> T;
    pub fn unwrap_or_else(self, f: impl FnOnce() -> T) -> T;
    pub fn unwrap_or_default(self) -> T;
    pub fn unwrap_unchecked(self) -> T;
    pub fn is_some(&self) -> bool;
    pub fn is_none(&self) -> bool;
    pub fn is_some_and(self, f: impl FnOnce(T) -> bool) -> bool;
    pub fn is_none_or(self, f: impl FnOnce(T) -> bool) -> bool;
    pub fn as_ref(&self) -> Option<T>;
    pub fn as_mut(&mut self) -> Option<T>;
    pub fn as_deref(&self) -> Option<T>;
    pub fn as_deref_mut(&mut self) -> Option<T>;
    pub fn as_pin_mut(self) -> Option<T>;
    pub fn cloned(self) -> Option<T>;
    pub fn copied(self) -> Option<T>;
    pub fn clone(&self) -> Option<T>;
    pub fn take(&mut self) -> Option<T>;
    pub fn take_if(&mut self, f: impl FnOnce(T) -> bool) -> Option<T>;
    pub fn replace(&mut self, value: T) -> Option<T>;
    pub fn insert(&mut self, value: T) -> T;
    pub fn get_or_insert(&mut self, value: T) -> T;
    pub fn get_or_insert_with(&mut self, f: impl FnOnce() -> T) -> T;
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Option<U>;
    pub fn map_or<U>(self, default: U, f: impl FnOnce(T) -> U) -> U;
    pub fn map_or_else<U>(self, default: impl FnOnce() -> U, f: impl FnOnce(T) -> U) -> U;
    pub fn inspect(self, f: impl FnOnce(T)) -> Option<T>;
    pub fn ok_or<E>(self, error: E) -> Result<T, E>;
    pub fn ok_or_else<E>(self, error: impl FnOnce() -> E) -> Result<T, E>;
    pub fn and<U>(self, other: Option<U>) -> Option<U>;
    pub fn and_then<U>(self, f: impl FnOnce(T) -> Option<U>) -> Option<U>;
    pub fn filter(self, f: impl FnOnce(T) -> bool) -> Option<T>;
    pub fn or(self, other: Option<T>) -> Option<T>;
    pub fn or_else(self, f: impl FnOnce() -> Option<T>) -> Option<T>;
    pub fn zip<U>(self, other: Option<U>) -> Option<(T, U)>;
    pub fn iter(&self) -> Iterator<T>;
    pub fn into_iter(self) -> Iterator<T>;
    pub fn flatten(self) -> T;
    pub fn transpose(self) -> T;
    pub fn context(self, message: &str) -> Result<T, Error>;
    pub fn with_context(self, f: impl FnOnce() -> String) -> Result<T, Error>;
}

impl<T, E> Result<T, E> {
    pub fn unwrap(self) -> T;
    pub fn expect(self, message: &str) -> T;
    pub fn unwrap_or(self, other: T) -> T;
    pub fn unwrap_or_else(self, f: impl FnOnce(E) -> T) -> T;
    pub fn unwrap_or_default(self) -> T;
    pub fn unwrap_err(self) -> E;
    pub fn expect_err(self, message: &str) -> E;
    pub fn is_ok(&self) -> bool;
    pub fn is_err(&self) -> bool;
    pub fn is_ok_and(self, f: impl FnOnce(T) -> bool) -> bool;
    pub fn is_err_and(self, f: impl FnOnce(E) -> bool) -> bool;
    pub fn ok(self) -> Option<T>;
    pub fn err(self) -> Option<E>;
    pub fn as_ref(&self) -> Result<T, E>;
    pub fn as_mut(&mut self) -> Result<T, E>;
    pub fn as_deref(&self) -> Result<T, E>;
    pub fn cloned(self) -> Result<T, E>;
    pub fn copied(self) -> Result<T, E>;
    pub fn clone(&self) -> Result<T, E>;
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Result<U, E>;
    pub fn map_err<F>(self, f: impl FnOnce(E) -> F) -> Result<T, F>;
    pub fn map_or<U>(self, default: U, f: impl FnOnce(T) -> U) -> U;
    pub fn map_or_else<U>(self, default: impl FnOnce(E) -> U, f: impl FnOnce(T) -> U) -> U;
    pub fn inspect(self, f: impl FnOnce(T)) -> Result<T, E>;
    pub fn inspect_err(self, f: impl FnOnce(E)) -> Result<T, E>;
    pub fn and<U>(self, other: Result<U, E>) -> Result<U, E>;
    pub fn and_then<U>(self, f: impl FnOnce(T) -> Result<U, E>) -> Result<U, E>;
    pub fn or_else<F>(self, f: impl FnOnce(E) -> Result<T, F>) -> Result<T, F>;
    pub fn or(self, other: Result<T, E>) -> Result<T, E>;
    pub fn iter(&self) -> Iterator<T>;
    pub fn into_iter(self) -> Iterator<T>;
    pub fn flatten(self) -> T;
    pub fn transpose(self) -> T;
    pub fn context(self, message: &str) -> Result<T, Error>;
    pub fn with_context(self, f: impl FnOnce() -> String) -> Result<T, Error>;
}

// ---- traits ----

pub trait Deref<Target> { fn deref(&self) -> Target; }
pub trait DerefMut { fn deref_mut(&mut self) -> Self; }
pub trait Clone { fn clone(&self) -> Self; fn clone_from(&mut self, source: &Self); }
pub trait ToOwned<Owned> { fn to_owned(&self) -> Owned; }
pub trait Default { fn default() -> Self; }
pub trait From<T> { fn from(value: T) -> Self; }
pub trait TryFrom<T> { fn try_from(value: T) -> Result<Self, Error>; }
pub trait Into<T> { fn into(self) -> T; }
pub trait TryInto<T> { fn try_into(self) -> Result<T, Error>; }
pub trait FromStr { fn from_str(text: &str) -> Result<Self, Error>; }
pub trait AsRef<T> { fn as_ref(&self) -> T; }
pub trait AsMut<T> { fn as_mut(&mut self) -> T; }
pub trait Borrow<T> { fn borrow(&self) -> T; }
pub trait BorrowMut<T> { fn borrow_mut(&mut self) -> T; }
pub trait ToString { fn to_string(&self) -> String; }
pub trait Drop { fn drop(&mut self); }
pub trait PartialEq<Rhs> { fn eq(&self, other: &Rhs) -> bool; fn ne(&self, other: &Rhs) -> bool; }
pub trait Eq {}
pub trait PartialOrd<Rhs> {
    fn partial_cmp(&self, other: &Rhs) -> Option<Ordering>;
    fn lt(&self, other: &Rhs) -> bool;
    fn le(&self, other: &Rhs) -> bool;
    fn gt(&self, other: &Rhs) -> bool;
    fn ge(&self, other: &Rhs) -> bool;
}
pub trait Ord {
    fn cmp(&self, other: &Self) -> Ordering;
    fn max(self, other: Self) -> Self;
    fn min(self, other: Self) -> Self;
    fn clamp(self, low: Self, high: Self) -> Self;
}
pub enum Ordering { Less, Equal, Greater }
impl Ordering {
    pub fn reverse(self) -> Ordering;
    pub fn then(self, other: Ordering) -> Ordering;
    pub fn then_with(self, f: impl FnOnce() -> Ordering) -> Ordering;
    pub fn is_eq(self) -> bool;
    pub fn is_ne(self) -> bool;
    pub fn is_lt(self) -> bool;
    pub fn is_gt(self) -> bool;
}
pub trait Hash { fn hash<H>(&self, state: &mut H); }
pub trait Hasher { fn finish(&self) -> u64; fn write(&mut self, bytes: &[u8]); }
pub trait Debug { fn fmt(&self, f: &mut Formatter) -> Result<(), Error>; }
pub trait Display { fn fmt(&self, f: &mut Formatter) -> Result<(), Error>; }
pub trait Error { fn source(&self) -> Option<Error>; fn description(&self) -> &str; fn to_string(&self) -> String; }
pub trait Any {}
pub struct Formatter;
impl Formatter {
    pub fn write_str(&mut self, text: &str) -> Result<(), Error>;
    pub fn write_fmt(&mut self, arguments: Arguments) -> Result<(), Error>;
    pub fn pad(&mut self, text: &str) -> Result<(), Error>;
    pub fn debug_struct(&mut self, name: &str) -> DebugStruct;
    pub fn debug_tuple(&mut self, name: &str) -> DebugStruct;
    pub fn debug_list(&mut self) -> DebugStruct;
    pub fn debug_map(&mut self) -> DebugStruct;
    pub fn alternate(&self) -> bool;
    pub fn width(&self) -> Option<usize>;
    pub fn precision(&self) -> Option<usize>;
}
pub struct DebugStruct;
impl DebugStruct {
    pub fn field(&mut self, name: &str, value: &dyn Debug) -> DebugStruct;
    pub fn entry(&mut self, value: &dyn Debug) -> DebugStruct;
    pub fn entries(&mut self, values: &dyn Debug) -> DebugStruct;
    pub fn finish(&mut self) -> Result<(), Error>;
    pub fn finish_non_exhaustive(&mut self) -> Result<(), Error>;
}
pub trait Future<Output> { fn poll(self, context: &mut Context) -> Poll<Output>; }
pub trait IntoFuture<Output> { fn into_future(self) -> Output; }
pub enum Poll<T> { Ready(T), Pending }
impl<T> Poll<T> {
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Poll<U>;
    pub fn is_ready(&self) -> bool;
    pub fn is_pending(&self) -> bool;
}
pub struct Context;
impl Context { pub fn waker(&self) -> Waker; pub fn from_waker(waker: &Waker) -> Context; }
pub struct Waker;
impl Waker {
    pub fn wake(self);
    pub fn wake_by_ref(&self);
    pub fn clone(&self) -> Waker;
    pub fn will_wake(&self, other: &Waker) -> bool;
}

// ---- iteration ----

pub trait IntoIterator<Item> { fn into_iter(self) -> Iterator<Item>; }
pub trait FromIterator<T> { fn from_iter(items: T) -> Self; }
pub trait Extend<T> { fn extend(&mut self, items: T); }

pub trait Iterator<Item> {
    fn next(&mut self) -> Option<Item>;
    fn into_iter(self) -> Iterator<Item>;
    fn by_ref(&mut self) -> Iterator<Item>;
    fn clone(&self) -> Iterator<Item>;
    fn map<B>(self, f: impl FnMut(Item) -> B) -> Iterator<B>;
    fn filter(self, f: impl FnMut(Item) -> bool) -> Iterator<Item>;
    fn filter_map<B>(self, f: impl FnMut(Item) -> Option<B>) -> Iterator<B>;
    fn flat_map<B>(self, f: impl FnMut(Item) -> IntoIterator<B>) -> Iterator<B>;
    fn flatten(self) -> Iterator<Item>;
    fn map_while<B>(self, f: impl FnMut(Item) -> Option<B>) -> Iterator<B>;
    fn scan<S, B>(self, state: S, f: impl FnMut(S, Item) -> Option<B>) -> Iterator<B>;
    fn inspect(self, f: impl FnMut(Item)) -> Iterator<Item>;
    fn enumerate(self) -> Iterator<(usize, Item)>;
    fn zip<B>(self, other: IntoIterator<B>) -> Iterator<(Item, B)>;
    fn chain(self, other: IntoIterator<Item>) -> Iterator<Item>;
    fn rev(self) -> Iterator<Item>;
    fn skip(self, count: usize) -> Iterator<Item>;
    fn take(self, count: usize) -> Iterator<Item>;
    fn step_by(self, step: usize) -> Iterator<Item>;
    fn skip_while(self, f: impl FnMut(Item) -> bool) -> Iterator<Item>;
    fn take_while(self, f: impl FnMut(Item) -> bool) -> Iterator<Item>;
    fn peekable(self) -> Iterator<Item>;
    fn peek(&mut self) -> Option<Item>;
    fn next_if(&mut self, f: impl FnOnce(Item) -> bool) -> Option<Item>;
    fn fuse(self) -> Iterator<Item>;
    fn cycle(self) -> Iterator<Item>;
    fn cloned(self) -> Iterator<Item>;
    fn copied(self) -> Iterator<Item>;
    fn next_back(&mut self) -> Option<Item>;
    fn nth(&mut self, at: usize) -> Option<Item>;
    fn last(self) -> Option<Item>;
    fn find(&mut self, f: impl FnMut(Item) -> bool) -> Option<Item>;
    fn find_map<B>(&mut self, f: impl FnMut(Item) -> Option<B>) -> Option<B>;
    fn position(&mut self, f: impl FnMut(Item) -> bool) -> Option<usize>;
    fn rposition(&mut self, f: impl FnMut(Item) -> bool) -> Option<usize>;
    fn max(self) -> Option<Item>;
    fn min(self) -> Option<Item>;
    fn max_by(self, f: impl FnMut(Item, Item) -> Ordering) -> Option<Item>;
    fn min_by(self, f: impl FnMut(Item, Item) -> Ordering) -> Option<Item>;
    fn max_by_key<B>(self, f: impl FnMut(Item) -> B) -> Option<Item>;
    fn min_by_key<B>(self, f: impl FnMut(Item) -> B) -> Option<Item>;
    fn all(&mut self, f: impl FnMut(Item) -> bool) -> bool;
    fn any(&mut self, f: impl FnMut(Item) -> bool) -> bool;
    fn count(self) -> usize;
    fn len(&self) -> usize;
    fn sum<S>(self) -> S;
    fn product<S>(self) -> S;
    fn fold<B>(self, start: B, f: impl FnMut(B, Item) -> B) -> B;
    fn try_fold<B>(&mut self, start: B, f: impl FnMut(B, Item) -> B) -> B;
    fn reduce(self, f: impl FnMut(Item, Item) -> Item) -> Option<Item>;
    fn for_each(self, f: impl FnMut(Item));
    fn try_for_each<R>(self, f: impl FnMut(Item) -> R) -> R;
    fn partition(self, f: impl FnMut(Item) -> bool) -> (Vec<Item>, Vec<Item>);
    fn unzip(self) -> Item;
    fn collect(self) -> Vec<Item>;
    fn eq(self, other: Iterator<Item>) -> bool;
    fn as_slice(&self) -> Slice<Item>;
    // Of `itertools` and `rayon`.
    fn par_iter(&self) -> Iterator<Item>;
    fn into_par_iter(self) -> Iterator<Item>;
    fn sorted(self) -> Iterator<Item>;
    fn sorted_by(self, f: impl FnMut(Item, Item) -> Ordering) -> Iterator<Item>;
    fn sorted_by_key<B>(self, f: impl FnMut(Item) -> B) -> Iterator<Item>;
    fn unique(self) -> Iterator<Item>;
    fn dedup(self) -> Iterator<Item>;
    fn collect_vec(self) -> Vec<Item>;
    fn join(&mut self, separator: &str) -> String;
    fn tuple_windows(self) -> Iterator<(Item, Item)>;
}

// ---- text ----

pub struct String;
impl Deref<str> for String { type Target = str; }
impl String {
    pub fn new() -> String;
    pub fn from(text: &str) -> String;
    pub fn from_utf8(bytes: Vec<u8>) -> Result<String, Error>;
    pub fn from_utf8_lossy(bytes: &[u8]) -> String;
    pub fn with_capacity(capacity: usize) -> String;
    pub fn push(&mut self, c: char);
    pub fn push_str(&mut self, text: &str);
    pub fn pop(&mut self) -> Option<char>;
    pub fn clear(&mut self);
    pub fn insert(&mut self, at: usize, c: char);
    pub fn insert_str(&mut self, at: usize, text: &str);
    pub fn remove(&mut self, at: usize) -> char;
    pub fn truncate(&mut self, length: usize);
    pub fn extend<I>(&mut self, items: I);
    pub fn as_str(&self) -> &str;
    pub fn as_mut_str(&mut self) -> &mut str;
    pub fn into_bytes(self) -> Vec<u8>;
    pub fn into_boxed_str(self) -> Box<str>;
    pub fn clone(&self) -> String;
    pub fn drain<R>(&mut self, range: R) -> Iterator<char>;
    pub fn write_str(&mut self, text: &str) -> Result<(), Error>;
    pub fn into_owned(self) -> String;
}

pub struct str;
impl str {
    pub fn len(&self) -> usize;
    pub fn is_empty(&self) -> bool;
    pub fn as_str(&self) -> &str;
    pub fn as_ref(&self) -> &str;
    pub fn as_bytes(&self) -> &[u8];
    pub fn borrow(&self) -> &str;
    pub fn to_string(&self) -> String;
    pub fn to_owned(&self) -> String;
    pub fn clone(&self) -> &str;
    pub fn into(self) -> String;
    pub fn to_lowercase(&self) -> String;
    pub fn to_uppercase(&self) -> String;
    pub fn to_ascii_lowercase(&self) -> String;
    pub fn to_ascii_uppercase(&self) -> String;
    pub fn eq_ignore_ascii_case(&self, other: &str) -> bool;
    pub fn chars(&self) -> Iterator<char>;
    pub fn char_indices(&self) -> Iterator<(usize, char)>;
    pub fn bytes(&self) -> Iterator<u8>;
    pub fn lines(&self) -> Iterator<&str>;
    pub fn split<P>(&self, pattern: P) -> Iterator<&str>;
    pub fn splitn<P>(&self, count: usize, pattern: P) -> Iterator<&str>;
    pub fn rsplit<P>(&self, pattern: P) -> Iterator<&str>;
    pub fn rsplitn<P>(&self, count: usize, pattern: P) -> Iterator<&str>;
    pub fn split_terminator<P>(&self, pattern: P) -> Iterator<&str>;
    pub fn split_inclusive<P>(&self, pattern: P) -> Iterator<&str>;
    pub fn split_whitespace(&self) -> Iterator<&str>;
    pub fn split_ascii_whitespace(&self) -> Iterator<&str>;
    pub fn split_once<P>(&self, pattern: P) -> Option<(&str, &str)>;
    pub fn rsplit_once<P>(&self, pattern: P) -> Option<(&str, &str)>;
    pub fn split_at(&self, at: usize) -> (&str, &str);
    pub fn matches<P>(&self, pattern: P) -> Iterator<&str>;
    pub fn match_indices<P>(&self, pattern: P) -> Iterator<(usize, &str)>;
    pub fn trim(&self) -> &str;
    pub fn trim_start(&self) -> &str;
    pub fn trim_end(&self) -> &str;
    pub fn trim_matches<P>(&self, pattern: P) -> &str;
    pub fn trim_start_matches<P>(&self, pattern: P) -> &str;
    pub fn trim_end_matches<P>(&self, pattern: P) -> &str;
    pub fn strip_prefix<P>(&self, pattern: P) -> Option<&str>;
    pub fn strip_suffix<P>(&self, pattern: P) -> Option<&str>;
    pub fn starts_with<P>(&self, pattern: P) -> bool;
    pub fn ends_with<P>(&self, pattern: P) -> bool;
    pub fn contains<P>(&self, pattern: P) -> bool;
    pub fn find<P>(&self, pattern: P) -> Option<usize>;
    pub fn rfind<P>(&self, pattern: P) -> Option<usize>;
    pub fn replace<P>(&self, from: P, to: &str) -> String;
    pub fn replacen<P>(&self, from: P, to: &str, count: usize) -> String;
    pub fn repeat(&self, count: usize) -> String;
    pub fn parse<F>(&self) -> Result<F, Error>;
    pub fn get<I>(&self, range: I) -> Option<&str>;
    pub fn is_char_boundary(&self, at: usize) -> bool;
    pub fn to_vec(&self) -> Vec<u8>;
    pub fn cmp(&self, other: &str) -> Ordering;
    pub fn into_owned(self) -> String;
}

pub struct char;
impl char {
    pub fn is_alphabetic(self) -> bool;
    pub fn is_numeric(self) -> bool;
    pub fn is_alphanumeric(self) -> bool;
    pub fn is_whitespace(self) -> bool;
    pub fn is_uppercase(self) -> bool;
    pub fn is_lowercase(self) -> bool;
    pub fn is_ascii_digit(&self) -> bool;
    pub fn to_digit(self, radix: u32) -> Option<u32>;
    pub fn to_string(&self) -> String;
    pub fn to_ascii_lowercase(&self) -> char;
    pub fn to_ascii_uppercase(&self) -> char;
    pub fn len_utf8(self) -> usize;
}

// ---- numbers ----

pub struct bool;
impl bool {
    pub fn then<T>(self, f: impl FnOnce() -> T) -> Option<T>;
    pub fn then_some<T>(self, value: T) -> Option<T>;
    pub fn not(self) -> bool;
    pub fn to_string(&self) -> String;
}
pub trait Number {
    fn abs(self) -> Self;
    fn pow(self, exponent: u32) -> Self;
    fn powi(self, exponent: i32) -> Self;
    fn powf(self, exponent: f64) -> Self;
    fn sqrt(self) -> Self;
    fn round(self) -> Self;
    fn floor(self) -> Self;
    fn ceil(self) -> Self;
    fn trunc(self) -> Self;
    fn max(self, other: Self) -> Self;
    fn min(self, other: Self) -> Self;
    fn clamp(self, low: Self, high: Self) -> Self;
    fn clone(&self) -> Self;
    fn checked_add(self, other: Self) -> Option<Self>;
    fn checked_sub(self, other: Self) -> Option<Self>;
    fn checked_mul(self, other: Self) -> Option<Self>;
    fn checked_div(self, other: Self) -> Option<Self>;
    fn saturating_add(self, other: Self) -> Self;
    fn saturating_sub(self, other: Self) -> Self;
    fn saturating_mul(self, other: Self) -> Self;
    fn wrapping_add(self, other: Self) -> Self;
    fn wrapping_sub(self, other: Self) -> Self;
    fn wrapping_mul(self, other: Self) -> Self;
    fn to_string(&self) -> String;
    fn cmp(&self, other: &Self) -> Ordering;
    fn partial_cmp(&self, other: &Self) -> Option<Ordering>;
    fn total_cmp(&self, other: &Self) -> Ordering;
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn div(self, other: Self) -> Self;
    fn rem(self, other: Self) -> Self;
    fn neg(self) -> Self;
    fn not(self) -> Self;
    fn bitand(self, other: Self) -> Self;
    fn bitor(self, other: Self) -> Self;
    fn bitxor(self, other: Self) -> Self;
    fn shl(self, other: u32) -> Self;
    fn shr(self, other: u32) -> Self;
    fn eq(&self, other: &Self) -> bool;
    fn ne(&self, other: &Self) -> bool;
    fn lt(&self, other: &Self) -> bool;
    fn le(&self, other: &Self) -> bool;
    fn gt(&self, other: &Self) -> bool;
    fn ge(&self, other: &Self) -> bool;
    fn from_str(text: &str) -> Result<Self, Error>;
    fn try_from<T>(value: T) -> Result<Self, Error>;
    fn from<T>(value: T) -> Self;
}
pub struct u8;
pub struct u16;
pub struct u32;
pub struct u64;
pub struct u128;
pub struct usize;
pub struct i8;
pub struct i16;
pub struct i32;
pub struct i64;
pub struct i128;
pub struct isize;
pub struct f32;
pub struct f64;
impl Number for u8 {}
impl Number for u16 {}
impl Number for u32 {}
impl Number for u64 {}
impl Number for u128 {}
impl Number for usize {}
impl Number for i8 {}
impl Number for i16 {}
impl Number for i32 {}
impl Number for i64 {}
impl Number for i128 {}
impl Number for isize {}
impl Number for f32 {}
impl Number for f64 {}

