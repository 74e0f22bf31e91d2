//! The table that keeps a file's expressions.

use crate::exprs::{Expr, ExprNode, Role};
use crate::facts::{BlockId, ExprId};
use crate::wire::{Reader, Wire, WireError};

/// Expressions that are read from one known position on; each of them costs a share of it, and a look at one of them the
/// reading of those before it.
const CHUNK: u32 = 16;

/// The largest line that is kept, far beyond what a file that arc reads can have.
const LAST_LINE: u32 = (1 << 27) - 1;

/// Set in the first byte of an expression whose block is not that of the one before.
const OTHER_BLOCK: u8 = 1 << 6;

/// The bits of a role.
const ROLE: u32 = 0b111;

/// The expressions of a file in order of evaluation, four to five bytes each: a large project has tens of millions.
///
/// One takes a byte for its variant, a number for its block where that changes, a number for line and role, and a number
/// for each operand, all numbers but few being small since they count from the expression before or from its own id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exprs {
    bytes: Vec<u8>,
    /// Where every [`CHUNK`]th expression starts.
    starts: Vec<u32>,
    length: u32,
    /// The one that came last.
    last: Place,
}

/// What an expression is told apart from by the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Place {
    block: u32,
    line: u32,
}

impl Exprs {
    /// The number of expressions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length as usize
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The expression with its place; `None` for an id of another table.
    #[must_use]
    pub fn get(&self, id: ExprId) -> Option<ExprNode> {
        let mut cursor = self.chunk_of(id)?;
        while cursor.id < id.0 {
            cursor.node();
        }
        Some(cursor.node())
    }

    /// How the value is made; [`Expr::Unknown`] for `NONE`. This is cheaper than [`Exprs::get`].
    #[must_use]
    pub fn expr(&self, id: ExprId) -> Expr {
        self.seek(id)
            .map_or(Expr::Unknown, |mut cursor| cursor.node().expr)
    }

    /// The line; 0 for `NONE`.
    #[must_use]
    pub fn line(&self, id: ExprId) -> u32 {
        self.get(id).map_or(0, |node| node.line)
    }

    /// The number of the [`Role`]; [`Role::Silent`] for `NONE`.
    #[must_use]
    pub fn role(&self, id: ExprId) -> u8 {
        self.get(id).map_or(Role::Silent as u8, |node| node.role)
    }

    /// All expressions in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = ExprNode> + '_ {
        let mut cursor = self.cursor(0);
        (0..self.len()).map(move |_| cursor.node())
    }

    /// All expressions, to be looked at many times.
    pub(crate) fn unpacked(&self) -> Unpacked {
        Unpacked(self.iter().collect())
    }

    pub(crate) fn push(&mut self, node: ExprNode) {
        let id = self.length;
        if id.is_multiple_of(CHUNK) {
            self.starts.push(self.bytes.len() as u32);
            self.last = Place::default();
        }
        let (variant, count, numbers) = node.expr.parts(id);
        let block = node.block.0;
        let line = node.line.min(LAST_LINE);
        if block == self.last.block {
            self.bytes.push(variant);
        } else {
            self.bytes.push(variant | OTHER_BLOCK);
            zigzag(block.wrapping_sub(self.last.block)).put(&mut self.bytes);
        }
        let moved = zigzag(line.wrapping_sub(self.last.line));
        (moved << ROLE.count_ones() | u32::from(node.role) & ROLE).put(&mut self.bytes);
        for number in &numbers[..count] {
            number.put(&mut self.bytes);
        }
        self.last = Place { block, line };
        self.length += 1;
    }

    pub(crate) fn set_role(&mut self, id: ExprId, role: Role) {
        let Some(mut cursor) = self.seek(id) else {
            return;
        };
        if cursor.byte() & OTHER_BLOCK != 0 {
            cursor.number();
        }
        // The low bits of a number are in its first byte.
        let at = cursor.at;
        self.bytes[at] = self.bytes[at] & !(ROLE as u8) | role as u8;
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.bytes.shrink_to_fit();
        self.starts.shrink_to_fit();
    }

    fn cursor(&self, id: u32) -> Cursor<'_> {
        let start = self.starts.get((id / CHUNK) as usize).copied();
        Cursor {
            bytes: &self.bytes,
            at: start.unwrap_or(0) as usize,
            id: id - id % CHUNK,
            last: Place::default(),
        }
    }

    /// A cursor at the first expression of the chunk that holds this one.
    fn chunk_of(&self, id: ExprId) -> Option<Cursor<'_>> {
        (id.0 < self.length).then(|| self.cursor(id.0))
    }

    /// A cursor at an expression, which does not know the place of the one before.
    fn seek(&self, id: ExprId) -> Option<Cursor<'_>> {
        let mut cursor = self.chunk_of(id)?;
        while cursor.id < id.0 {
            cursor.skip();
        }
        Some(cursor)
    }
}

/// Expressions of a file that is being worked on.
pub(crate) struct Unpacked(Vec<ExprNode>);

impl Unpacked {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = ExprNode> + '_ {
        self.0.iter().copied()
    }

    /// `None` for an id of another table.
    pub(crate) fn get(&self, id: ExprId) -> Option<ExprNode> {
        self.0.get(id.index()).copied()
    }

    /// [`Expr::Unknown`] for `NONE`.
    pub(crate) fn expr(&self, id: ExprId) -> Expr {
        self.get(id).map_or(Expr::Unknown, |node| node.expr)
    }

    /// 0 for `NONE`.
    pub(crate) fn line(&self, id: ExprId) -> u32 {
        self.get(id).map_or(0, |node| node.line)
    }

    /// [`Role::Silent`] for `NONE`.
    pub(crate) fn role(&self, id: ExprId) -> u8 {
        self.get(id).map_or(Role::Silent as u8, |node| node.role)
    }
}

/// Reads expressions one after the other. The table's bytes are its own work, or were checked when they were read.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The expression that comes next.
    id: u32,
    last: Place,
}

impl Cursor<'_> {
    #[inline]
    fn byte(&mut self) -> u8 {
        let byte = self.bytes[self.at];
        self.at += 1;
        byte
    }

    #[inline]
    fn number(&mut self) -> u32 {
        let byte = self.byte();
        if byte < 0x80 {
            return u32::from(byte);
        }
        let mut value = u32::from(byte & 0x7f);
        let mut shift = 7;
        loop {
            let byte = self.byte();
            value |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return value;
            }
            shift += 7;
        }
    }

    #[inline]
    fn node(&mut self) -> ExprNode {
        let id = self.id;
        if id.is_multiple_of(CHUNK) {
            self.last = Place::default();
        }
        let head = self.byte();
        if head & OTHER_BLOCK != 0 {
            let moved = unzigzag(self.number());
            self.last.block = self.last.block.wrapping_add(moved);
        }
        let place = self.number();
        let moved = unzigzag(place >> ROLE.count_ones());
        self.last.line = self.last.line.wrapping_add(moved);
        let variant = head & !OTHER_BLOCK;
        self.id += 1;
        ExprNode {
            expr: Expr::from_parts(id, variant, || self.number()),
            block: BlockId(self.last.block),
            line: self.last.line,
            role: (place & ROLE) as u8,
        }
    }

    #[inline]
    fn skip(&mut self) {
        let head = self.byte();
        let is_elsewhere = head & OTHER_BLOCK != 0;
        let mut numbers = 1 + u8::from(is_elsewhere) + OPERANDS[(head & !OTHER_BLOCK) as usize];
        while numbers > 0 {
            numbers -= u8::from(self.byte() < 0x80);
        }
        self.id += 1;
    }
}

/// How many operands the variants have.
const OPERANDS: [u8; 256] = {
    let mut counts = [0; 256];
    let mut variant = 0;
    while variant < OTHER_BLOCK {
        if let Some(count) = Expr::operands(variant) {
            counts[variant as usize] = count as u8;
        }
        variant += 1;
    }
    counts
};

/// Small for small differences in both directions.
fn zigzag(difference: u32) -> u32 {
    difference << 1 ^ (difference.cast_signed() >> 31).cast_unsigned()
}

fn unzigzag(number: u32) -> u32 {
    number >> 1 ^ (number & 1).wrapping_neg()
}

impl Wire for Exprs {
    fn put(&self, out: &mut Vec<u8>) {
        self.length.put(out);
        (self.bytes.len() as u32).put(out);
        out.extend_from_slice(&self.bytes);
    }

    fn get(input: &mut Reader<'_>) -> Result<Exprs, WireError> {
        let length = u32::get(input)?;
        let size = u32::get(input)?;
        let bytes = input.take(size as usize)?;
        let mut exprs = Exprs {
            bytes: bytes.to_vec(),
            starts: Vec::with_capacity(chunks(length, bytes)),
            length,
            last: Place::default(),
        };
        let mut rest = Reader::new(bytes);
        for id in 0..length {
            if id.is_multiple_of(CHUNK) {
                exprs.starts.push(rest.position() as u32);
                exprs.last = Place::default();
            }
            let head = u8::get(&mut rest)?;
            if head & OTHER_BLOCK != 0 {
                let moved = unzigzag(u32::get(&mut rest)?);
                exprs.last.block = exprs.last.block.wrapping_add(moved);
            }
            let place = u32::get(&mut rest)?;
            let moved = unzigzag(place >> ROLE.count_ones());
            exprs.last.line = exprs.last.line.wrapping_add(moved);
            let operands = Expr::operands(head & !OTHER_BLOCK);
            for _ in 0..operands.ok_or_else(|| input.error())? {
                u32::get(&mut rest)?;
            }
        }
        if rest.is_at_end() {
            Ok(exprs)
        } else {
            Err(input.error())
        }
    }
}

/// How many chunks there are; no more than the bytes can hold.
fn chunks(length: u32, bytes: &[u8]) -> usize {
    (length as usize).min(bytes.len()).div_ceil(CHUNK as usize)
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

    fn table() -> (Exprs, Vec<ExprNode>) {
        let mut nodes = vec![
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
            node(Expr::TypeOf(ExprId(4)), 1, LAST_LINE, Role::Type),
        ];
        for at in 0..100 {
            let before = ExprId(at + 4);
            nodes.push(node(
                Expr::Cast(before, ExprId::NONE),
                at % 7,
                500 - at,
                Role::Call,
            ));
        }
        let mut exprs = Exprs::default();
        for node in &nodes {
            exprs.push(*node);
        }
        (exprs, nodes)
    }

    #[test]
    fn what_is_packed_comes_out_as_it_went_in() {
        let (mut exprs, nodes) = table();
        assert!(exprs.iter().eq(nodes.iter().copied()));
        for (at, node) in nodes.iter().enumerate() {
            assert_eq!(exprs.get(ExprId(at as u32)), Some(*node));
        }
        for at in [1, 17, 104] {
            let id = ExprId(at);
            exprs.set_role(id, Role::MacroCall);
            let changed = ExprNode {
                role: Role::MacroCall as u8,
                ..nodes[id.index()]
            };
            assert_eq!(exprs.get(id), Some(changed));
        }
        assert_eq!(exprs.get(ExprId::NONE), None);
        assert_eq!(exprs.get(ExprId(105)), None);
    }

    #[test]
    fn bytes_are_checked_when_they_are_read() {
        let (exprs, _) = table();
        let mut bytes = Vec::new();
        exprs.put(&mut bytes);
        let read = |bytes: &[u8]| <Exprs as Wire>::get(&mut Reader::new(bytes));
        assert_eq!(read(&bytes).unwrap(), exprs);
        for cut in 0..bytes.len() {
            assert!(read(&bytes[..cut]).is_err(), "{cut}");
        }
        let mut unknown = bytes.clone();
        unknown[2] = 63;
        assert!(read(&unknown).is_err());
        let mut longer = bytes;
        longer[0] -= 1;
        assert!(read(&longer).is_err());
    }
}
