//! Expressions: how values are made from values.

use crate::facts::{BlockId, ExprId, ImportId, ListId, Name, SymbolId};
use crate::operands::operands_of;

/// How a value is made.
///
/// Expressions serve for types as well: in a type position `Name`, `Member`, `Apply`, `Either`, `Sequence` (tuple type),
/// `Signature` and `Symbol` are read as types, and everywhere a *declared type* is asked for, one of those is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expr {
    /// Anything we do not follow. Never emitted for its own sake.
    Unknown,
    /// A name looked up through the blocks outwards.
    Name(Name),
    /// `base.name`, `base->name`, `base::name`.
    Member(ExprId, Name),
    /// A call: callee, arguments.
    Call(ExprId, ListId),
    /// An explicit construction (`new T(…)`, `T { … }`, `&T{}`): type, arguments.
    New(ExprId, ListId),
    /// An argument passed by name, or a property of an object literal.
    Keyword(Name, ExprId),
    /// An argument that is spread over several (`*args`, `...rest`).
    Spread(ExprId),
    /// `base[key]`.
    Index(ExprId, ExprId),
    /// The function or class that is defined at this place.
    Symbol(SymbolId),
    /// What an import brings.
    Import(ImportId),
    /// A parameter's value: function, position.
    Param(SymbolId, u32),
    /// A type parameter: its owner, position.
    TypeParam(SymbolId, u32),
    /// The instance whose member this code is in (`this`, `self` where it is a keyword).
    This,
    /// The same, seen as the base type (`super`).
    Super,
    /// The type this code is a member of (`Self` in Rust, `self.class`, `static` in PHP).
    ThisType,
    /// The module around (Rust `self::`, n = 0; `super::`, n levels up; `crate::`, `u32::MAX`).
    Root(u32),
    /// A string constant (kept up to 80 bytes).
    Text(Name),
    /// A value of a built-in type, named as the language's prelude names it (`int`, `str`, `bool`, `None`, `number`).
    Literal(Name),
    /// `[a, b]`: elements.
    List(ListId),
    /// `(a, b)`: elements.
    Tuple(ListId),
    /// `{k: v}`: keys and values in turn; a spread is an [`Expr::Spread`] key with an `Unknown` value.
    Map(ListId),
    /// An object literal: [`Expr::Keyword`]s and [`Expr::Spread`]s.
    Object(ListId),
    /// One element of what is iterated over.
    Element(ExprId),
    /// The n-th part of a destructured sequence.
    Item(ExprId, u32),
    /// The result of entering a context (`with e as x`).
    Enter(ExprId),
    /// The result of awaiting.
    Await(ExprId),
    /// The good value of a fallible one (Rust `?`, `if let Some(x)`'s shorthand, Swift `try`).
    Unwrap(ExprId),
    /// One of several.
    Either(ListId),
    /// An instance of a type: value or `NONE`, type. Also narrowing (`isinstance`, `as`, a typed declaration).
    Cast(ExprId, ExprId),
    /// A generic type with arguments.
    Apply(ExprId, ListId),
    /// A function type: parameters' types, then as the last element the result's type.
    Signature(ListId),
    /// What a pattern takes out of a value: the value, the pattern's type or variant, the field (a `Text` or a number as
    /// [`Expr::Position`]).
    Payload(ExprId, ExprId, ExprId),
    /// A number used as position.
    Position(u32),
    /// An operator that may run code of a type: its method name in the language (`__add__`, `add`, `operator+`), operands.
    Operator(Name, ListId),
    /// A decorator at work: decorator, what it decorates.
    Decorated(ExprId, ExprId),
    /// The type of a value, where a type is expected (`typeof x`, `decltype`).
    TypeOf(ExprId),
}

operands_of! { Expr {
    0 Unknown {}
    1 Name { 0 a }
    2 Member { 0 a, 1 b }
    3 Call { 0 a, 1 b }
    4 New { 0 a, 1 b }
    5 Keyword { 0 a, 1 b }
    6 Spread { 0 a }
    7 Index { 0 a, 1 b }
    8 Symbol { 0 a }
    9 Import { 0 a }
    10 Param { 0 a, 1 b }
    11 TypeParam { 0 a, 1 b }
    12 This {}
    13 Super {}
    14 ThisType {}
    15 Root { 0 a }
    16 Text { 0 a }
    17 Literal { 0 a }
    18 List { 0 a }
    19 Tuple { 0 a }
    20 Map { 0 a }
    21 Object { 0 a }
    22 Element { 0 a }
    23 Item { 0 a, 1 b }
    24 Enter { 0 a }
    25 Await { 0 a }
    26 Unwrap { 0 a }
    27 Either { 0 a }
    28 Cast { 0 a, 1 b }
    29 Apply { 0 a, 1 b }
    30 Signature { 0 a }
    31 Payload { 0 a, 1 b, 2 c }
    32 Position { 0 a }
    33 Operator { 0 a, 1 b }
    34 Decorated { 0 a, 1 b }
    35 TypeOf { 0 a }
} }

/// An expression with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExprNode {
    /// How the value is made.
    pub expr: Expr,
    /// The block it is evaluated in.
    pub block: BlockId,
    /// The line of the name that a reader would look at (for a call, of the called name), from 1.
    pub line: u32,
    /// A [`Role`] by number.
    pub role: u8,
}

/// Which edge an expression may give rise to. Only `Name` and `Member` have a role other than `Silent` or `Call`, and a
/// `New` that is not written as a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Role {
    /// None of its own: part of a larger expression that has one, or known to be local.
    Silent = 0,
    /// `Call`, `New`, `Operator`, `Decorated`, `Enter`, `Element` that are to become `calls`.
    Call = 1,
    /// A value is used: `references` for functions and types, `reads` for fields and variables. A `New` that no call shows
    /// (`raise E`) runs the constructor, if there is one, and calls no type.
    Use = 2,
    /// A field or variable is given a value.
    Write = 3,
    /// A type is named (annotation, cast, generic argument).
    Type = 4,
    /// A path that imports (Rust `use`).
    Import = 5,
    /// A call found in a macro's tokens: a call, with low confidence.
    MacroCall = 6,
    /// A value is passed to a call as an argument: `references`.
    Argument = 7,
}
