//! Columns: what is counted differs between indexers.

/// What a column counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// Units of two bytes, as Java and JavaScript have them.
    Utf16,
    /// Characters (code points).
    Utf32,
}

impl Encoding {
    /// The number in `Document.position_encoding`.
    pub(crate) fn number(self) -> i32 {
        match self {
            Encoding::Utf8 => 1,
            Encoding::Utf16 => 2,
            Encoding::Utf32 => 3,
        }
    }
}

/// The byte of `line` at which column `column` begins; `None` beyond the end of the line and inside a character.
#[must_use]
pub fn byte_offset(line: &str, column: u32, encoding: Encoding) -> Option<usize> {
    let column = column as usize;
    if encoding == Encoding::Utf8 || line.is_ascii() {
        return line.is_char_boundary(column).then_some(column);
    }
    let mut counted = 0;
    for (at, c) in line.char_indices() {
        if counted >= column {
            return (counted == column).then_some(at);
        }
        counted += if encoding == Encoding::Utf16 {
            c.len_utf16()
        } else {
            1
        };
    }
    (counted == column).then_some(line.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_as_the_specification_says() {
        let line = "🚀 Woo";
        for (encoding, column) in [
            (Encoding::Utf8, 5),
            (Encoding::Utf16, 3),
            (Encoding::Utf32, 2),
        ] {
            assert_eq!(byte_offset(line, column, encoding), Some(5));
            assert_eq!(
                byte_offset(line, column + 3, encoding),
                Some(8),
                "the end of the line"
            );
            assert_eq!(byte_offset(line, column + 4, encoding), None, "beyond it");
        }
    }

    #[test]
    fn no_column_is_inside_a_character() {
        assert_eq!(byte_offset("🚀", 1, Encoding::Utf8), None);
        assert_eq!(byte_offset("🚀", 1, Encoding::Utf16), None);
        assert_eq!(byte_offset("🚀", u32::MAX, Encoding::Utf32), None);
        assert_eq!(byte_offset("", 0, Encoding::Utf16), Some(0));
    }
}
