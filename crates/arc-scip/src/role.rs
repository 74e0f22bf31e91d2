//! Bits of `Occurrence.symbol_roles`.

/// The symbol is defined here.
pub const DEFINITION: u32 = 1;
/// It is imported here.
pub const IMPORT: u32 = 2;
/// It is written here.
pub const WRITE: u32 = 4;
/// It is read here.
pub const READ: u32 = 8;
/// It is declared here and defined elsewhere.
pub const FORWARD_DEFINITION: u32 = 64;
