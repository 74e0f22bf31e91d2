//! The data file of coverage.py, which is a SQLite database of its own.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::error::StoreError;

/// Lines of a file that ran in a context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextLines {
    /// The file as coverage.py names it.
    pub path: String,
    /// The context; empty for none.
    pub context: String,
    /// Lines, from 1, in no order.
    pub lines: Vec<u32>,
}

/// Hands what a data file says to `visit`, file by file and context by context.
///
/// # Errors
/// When it is no such file, or damaged.
pub fn read_coverage_py(
    path: &Path,
    visit: &mut dyn FnMut(ContextLines),
) -> Result<(), StoreError> {
    let read = |visit: &mut dyn FnMut(ContextLines)| {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        // A file of others may have views and triggers that run what they like.
        connection.pragma_update(None, "trusted_schema", false)?;
        let mut select = connection.prepare(
            "SELECT file.path, coalesce(context.context, ''), line_bits.numbits FROM line_bits
             JOIN file ON file.id = line_bits.file_id
             LEFT JOIN context ON context.id = line_bits.context_id
             ORDER BY file.path, context.context",
        )?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            visit(ContextLines {
                path: row.get(0)?,
                context: row.get(1)?,
                lines: numbers(row.get_ref(2)?.as_blob()?),
            });
        }
        // With branches measured there are jumps instead of lines; what is below 1 is the way in or out.
        let mut select = connection.prepare(
            "SELECT file.path, coalesce(context.context, ''), arc.fromno, arc.tono FROM arc
             JOIN file ON file.id = arc.file_id
             LEFT JOIN context ON context.id = arc.context_id
             ORDER BY file.path, context.context",
        )?;
        let mut rows = select.query([])?;
        let mut open: Option<ContextLines> = None;
        while let Some(row) = rows.next()? {
            let (path, context): (String, String) = (row.get(0)?, row.get(1)?);
            let ends: [i64; 2] = [row.get(2)?, row.get(3)?];
            let is_other = |open: &ContextLines| open.path != path || open.context != context;
            if let Some(done) = open.take_if(|open| is_other(open)) {
                visit(done);
            }
            let lines = &mut open
                .get_or_insert_with(|| ContextLines {
                    path,
                    context,
                    lines: Vec::new(),
                })
                .lines;
            lines.extend(
                ends.iter()
                    .filter_map(|end| u32::try_from(*end).ok())
                    .filter(|line| *line > 0),
            );
        }
        if let Some(done) = open {
            visit(done);
        }
        Ok(())
    };
    read(visit).map_err(|error| StoreError::from_sql(path, error))
}

/// The numbers whose bits are set.
fn numbers(bits: &[u8]) -> Vec<u32> {
    let mut numbers = Vec::new();
    for (at, byte) in (0u32..).zip(bits) {
        for bit in (0..8).filter(|bit| byte >> bit & 1 == 1) {
            numbers.push(at * 8 + bit);
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn bits_are_lines() {
        assert_eq!(numbers(&[0b10, 0b1000_0001]), [1, 8, 15]);
    }
}
