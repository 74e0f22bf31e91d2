//! A text by its lines.

/// Where the lines of a text begin.
pub(crate) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Lines<'a> {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0)
            .chain(ends.map(|(at, _)| at + 1))
            .collect();
        Lines { text, starts }
    }

    /// All of them.
    pub(crate) fn all(&self) -> &'a str {
        self.text
    }

    /// How many there are; a final newline begins one more, which is empty.
    pub(crate) fn count(&self) -> usize {
        self.starts.len()
    }

    /// The byte at which a line begins.
    pub(crate) fn start(&self, line: usize) -> usize {
        self.starts.get(line).copied().unwrap_or(self.text.len())
    }

    /// A line without its end; empty beyond the last one.
    pub(crate) fn text(&self, line: usize) -> &'a str {
        let end = self
            .starts
            .get(line + 1)
            .map_or(self.text.len(), |next| next - 1);
        let start = self.start(line).min(end);
        self.text[start..end].trim_end_matches('\r')
    }

    /// The line that holds a byte.
    pub(crate) fn at(&self, byte: usize) -> usize {
        self.starts
            .partition_point(|start| *start <= byte)
            .saturating_sub(1)
    }

    pub(crate) fn is_blank(&self, line: usize) -> bool {
        self.text(line).trim().is_empty()
    }

    /// How deep a line is indented, in bytes.
    pub(crate) fn indent(&self, line: usize) -> usize {
        let text = self.text(line);
        text.len() - text.trim_start_matches([' ', '\t']).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_by_their_bytes() {
        let lines = Lines::new("a\r\n  b\n");
        assert_eq!(
            (lines.count(), lines.text(0), lines.text(1), lines.text(2)),
            (3, "a", "  b", "")
        );
        assert_eq!((lines.at(0), lines.at(3), lines.at(7)), (0, 1, 2));
        assert_eq!(lines.indent(1), 2);
    }
}
