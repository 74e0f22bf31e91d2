//! Expressions: how values are made from values, and the table that keeps them.

use crate::facts::{BlockId, ExprId, ImportId, ListId, Name, SymbolId};
use crate::wire::{Reader, Wire, WireError, wire, wire_enum};

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

wire_enum! { Expr {
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

/// The number of [`Expr::Payload`], the only one with three operands.
const PAYLOAD: u8 = 31;

wire! {
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
}

/// Which edge an expression may give rise to. Only `Name` and `Member` have a role other than `Silent` or `Call`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Role {
    /// None of its own: part of a larger expression that has one, or known to be local.
    Silent = 0,
    /// `Call`, `New`, `Operator`, `Decorated`, `Enter`, `Element` that are to become `calls`.
    Call = 1,
    /// A value is used: `references` for functions and types, `reads` for fields and variables.
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

/// The expressions of a file in order of evaluation, 16 bytes each: a large project has tens of millions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exprs {
    packed: Vec<Packed>,
    /// The second and third operands of expressions with three.
    more: Vec<[u32; 2]>,
}

/// An expression in 16 bytes. Blocks and lines have 24 bits, which is more than a file that arc reads can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Packed {
    /// The block, then the variant of [`Expr`] in the low byte.
    shape: u32,
    /// The line, then the role in the low byte.
    place: u32,
    operands: [u32; 2],
}

/// The largest number that fits beside a byte.
const PACKED_MAX: u32 = (1 << 24) - 1;

impl Exprs {
    /// The number of expressions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.packed.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.packed.is_empty()
    }

    /// The expression with its place; `None` for an id of another table.
    #[must_use]
    pub fn get(&self, id: ExprId) -> Option<ExprNode> {
        self.packed.get(id.index()).map(|packed| self.node(packed))
    }

    /// How the value is made; [`Expr::Unknown`] for `NONE`.
    #[must_use]
    pub fn expr(&self, id: ExprId) -> Expr {
        self.packed
            .get(id.index())
            .map_or(Expr::Unknown, |packed| self.expr_of(packed))
    }

    /// The block that it is evaluated in.
    #[must_use]
    pub fn block(&self, id: ExprId) -> Option<BlockId> {
        self.packed.get(id.index()).map(|packed| packed.block())
    }

    /// The line; 0 for `NONE`.
    #[must_use]
    pub fn line(&self, id: ExprId) -> u32 {
        self.packed
            .get(id.index())
            .map_or(0, |packed| packed.line())
    }

    /// The number of the [`Role`]; [`Role::Silent`] for `NONE`.
    #[must_use]
    pub fn role(&self, id: ExprId) -> u8 {
        self.packed
            .get(id.index())
            .map_or(Role::Silent as u8, |packed| packed.role())
    }

    /// All expressions in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = ExprNode> + '_ {
        self.packed.iter().map(|packed| self.node(packed))
    }

    pub(crate) fn push(&mut self, node: ExprNode) {
        let (variant, mut operands) = node.expr.parts();
        if variant == PAYLOAD {
            let [_, second, third] = operands;
            operands[1] = self.more.len() as u32;
            self.more.push([second, third]);
        }
        let block = node.block.0.min(PACKED_MAX);
        self.packed.push(Packed {
            shape: block << 8 | u32::from(variant),
            place: node.line.min(PACKED_MAX) << 8 | u32::from(node.role),
            operands: [operands[0], operands[1]],
        });
    }

    pub(crate) fn set_role(&mut self, id: ExprId, role: Role) {
        if let Some(packed) = self.packed.get_mut(id.index()) {
            packed.place = packed.place & !0xff | role as u32;
        }
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.packed.shrink_to_fit();
        self.more.shrink_to_fit();
    }

    fn node(&self, packed: &Packed) -> ExprNode {
        ExprNode {
            expr: self.expr_of(packed),
            block: packed.block(),
            line: packed.line(),
            role: packed.role(),
        }
    }

    fn expr_of(&self, packed: &Packed) -> Expr {
        let [first, second] = packed.operands;
        let variant = packed.shape as u8;
        if variant == PAYLOAD {
            let [second, third] = self.more[second as usize];
            Expr::from_parts(variant, [first, second, third])
        } else {
            Expr::from_parts(variant, [first, second, 0])
        }
    }
}

impl Packed {
    fn block(&self) -> BlockId {
        BlockId(self.shape >> 8)
    }

    fn line(&self) -> u32 {
        self.place >> 8
    }

    fn role(&self) -> u8 {
        self.place as u8
    }
}

impl Wire for Exprs {
    fn put(&self, out: &mut Vec<u8>) {
        (self.len() as u32).put(out);
        for node in self.iter() {
            node.put(out);
        }
    }

    fn get(input: &mut Reader<'_>) -> Result<Exprs, WireError> {
        let length = u32::get(input)?;
        let mut exprs = Exprs::default();
        exprs.packed.reserve_exact(input.at_most(length));
        for _ in 0..length {
            exprs.push(ExprNode::get(input)?);
        }
        Ok(exprs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(expr: Expr, block: u32, line: u32, role: Role) -> ExprNode {
        ExprNode {
            expr,
            block: BlockId(block),
            line,
            role: role as u8,
        }
    }

    #[test]
    fn what_is_packed_comes_out_as_it_went_in() {
        let nodes = [
            node(Expr::This, 0, 1, Role::Silent),
            node(
                Expr::Payload(ExprId(0), ExprId::NONE, ExprId(70_000)),
                70_000,
                2_000_000,
                Role::Argument,
            ),
            node(Expr::Root(u32::MAX), 3, 9, Role::Import),
            node(
                Expr::Payload(ExprId(1), ExprId(2), ExprId(3)),
                1,
                1,
                Role::Use,
            ),
            node(Expr::TypeOf(ExprId(4)), 1, 2, Role::Type),
        ];
        let mut exprs = Exprs::default();
        for node in nodes {
            exprs.push(node);
        }
        assert!(exprs.iter().eq(nodes));
        exprs.set_role(ExprId(1), Role::MacroCall);
        assert_eq!(exprs.role(ExprId(1)), Role::MacroCall as u8);
        assert_eq!(exprs.line(ExprId(1)), 2_000_000);
        assert_eq!(exprs.expr(ExprId(1)), nodes[1].expr);
        let mut bytes = Vec::new();
        exprs.put(&mut bytes);
        assert_eq!(
            <Exprs as Wire>::get(&mut Reader::new(&bytes)).unwrap(),
            exprs
        );
        assert_eq!(exprs.get(ExprId::NONE), None);
    }
}
