//! Operands of expressions as small numbers.

use crate::facts::{ExprId, ImportId, ListId, Name, SymbolId};

/// What is a number inside, kept as an operand of an expression.
pub(crate) trait Operand: Sized {
    /// A number that is small in most cases, for an operand of the expression `of`.
    fn number(self, of: u32) -> u32;
    /// The operand of the expression `of` with that number.
    fn from_number(number: u32, of: u32) -> Self;
}

impl Operand for u32 {
    fn number(self, _: u32) -> u32 {
        self.wrapping_add(1)
    }
    fn from_number(number: u32, _: u32) -> u32 {
        number.wrapping_sub(1)
    }
}

/// Operands that are kept as they are; absent ones as 0.
macro_rules! operands {
    ($($name:ident)*) => {$(
        impl Operand for $name {
            fn number(self, _: u32) -> u32 {
                self.0.wrapping_add(1)
            }
            fn from_number(number: u32, _: u32) -> $name {
                $name(number.wrapping_sub(1))
            }
        }
    )*};
}

operands! { Name SymbolId ListId ImportId }

// The parts of an expression come shortly before it.
impl Operand for ExprId {
    fn number(self, of: u32) -> u32 {
        of.wrapping_sub(self.0)
    }
    fn from_number(number: u32, of: u32) -> ExprId {
        ExprId(of.wrapping_sub(number))
    }
}

/// Takes an enum of tuple variants apart and puts it together: number, variant, and a position and a name for each operand.
macro_rules! operands_of {
    ($name:ident { $($number:literal $variant:ident { $($position:tt $operand:ident),* })* }) => {
        impl $name {
            /// The number of the variant, how many operands it has, and their numbers, when it is the expression `of`.
            pub(crate) fn parts(self, of: u32) -> (u8, usize, [u32; 3]) {
                let mut _numbers = [0; 3];
                match self {
                    $($name::$variant { $($position: $operand),* } => {
                        $(_numbers[$position] = crate::operands::Operand::number($operand, of);)*
                        ($number, <[usize]>::len(&[$($position),*]), _numbers)
                    })*
                }
            }

            /// How many operands a variant has; `None` for a number that is no variant's.
            pub(crate) const fn operands(variant: u8) -> Option<usize> {
                match variant {
                    $($number => Some(const { <[usize]>::len(&[$($position),*]) }),)*
                    _ => None,
                }
            }

            /// The expression `of`, whose operands have the next numbers; the first variant for a number that is none.
            #[inline]
            pub(crate) fn from_parts(of: u32, variant: u8, mut _next: impl FnMut() -> u32) -> Self {
                match variant {
                    $($number => $name::$variant {
                        $($position: crate::operands::Operand::from_number(_next(), of)),*
                    },)*
                    _ => $name::Unknown,
                }
            }
        }
    };
}

pub(crate) use operands_of;
