//! Columns: what is counted differs between indexers.

/// What a column counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Bytes.
    Utf8,
    /// Units of two bytes, as Java and JavaScript have them.
    Utf16,
    /// Characters (code points).
    Utf32,
}

impl Encoding {
    /// All of them; the first is the one that is assumed when nothing tells them apart.
    pub(crate) const ALL: [Encoding; 3] = [Encoding::Utf16, Encoding::Utf8, Encoding::Utf32];

    /// The number in `Document.position_encoding`.
    pub(crate) fn number(self) -> i32 {
        match self {
            Encoding::Utf8 => 1,
            Encoding::Utf16 => 2,
            Encoding::Utf32 => 3,
        }
    }

    pub(crate) fn from_number(number: i32) -> Option<Encoding> {
        Encoding::ALL
            .into_iter()
            .find(|encoding| encoding.number() == number)
    }
}

/// The columns of one line. Making them costs a look at the line, asking for one nothing.
pub(crate) struct Columns {
    /// For each column the byte at which it begins, `u32::MAX` inside a character; `None` when columns are bytes.
    bytes: Option<Vec<u32>>,
}

impl Columns {
    pub(crate) fn new(line: &str, encoding: Encoding) -> Columns {
        if encoding == Encoding::Utf8 || line.is_ascii() {
            return Columns { bytes: None };
        }
        let mut bytes = Vec::with_capacity(line.len() + 1);
        for (at, c) in line.char_indices() {
            bytes.push(at as u32);
            if encoding == Encoding::Utf16 && c.len_utf16() == 2 {
                bytes.push(u32::MAX);
            }
        }
        bytes.push(line.len() as u32);
        Columns { bytes: Some(bytes) }
    }

    /// The byte of `line` at which a column begins; `None` beyond the end of the line and inside a character.
    pub(crate) fn byte(&self, line: &str, column: u32) -> Option<usize> {
        let column = column as usize;
        let Some(bytes) = &self.bytes else {
            return line.is_char_boundary(column).then_some(column);
        };
        let byte = bytes.get(column).filter(|byte| **byte != u32::MAX)?;
        Some(*byte as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn byte_offset(line: &str, column: u32, encoding: Encoding) -> Option<usize> {
        Columns::new(line, encoding).byte(line, column)
    }

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
