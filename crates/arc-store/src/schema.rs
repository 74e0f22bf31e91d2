//! The schema and the numbers by which a graph file is known.

use arc_graph::{CommitKind, EdgeKind, MentionSource, NodeKind, RemarkKind, Rule};
use rusqlite::Connection;

/// Grows with every change of `schema/graph.sql`. The graph is derived: older files are built anew, not migrated.
pub const SCHEMA_VERSION: u32 = 10;

/// «ARCG» in the header of every graph file.
pub(crate) const APPLICATION_ID: u32 = 0x4152_4347;

const SCHEMA: &str = include_str!("../../../schema/graph.sql");
const INDEX_MARK: &str = "-- === Indexes.";

/// Creates tables and views, and fills the tables of kinds.
pub(crate) fn create_tables(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(&format!(
        "PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={SCHEMA_VERSION};"
    ))?;
    connection.execute_batch(halves().0)?;
    fill(connection, "node_kinds", NodeKind::ALL, |kind| {
        (kind.number(), kind.as_str())
    })?;
    fill(connection, "edge_kinds", EdgeKind::ALL, |kind| {
        (kind.number(), kind.as_str())
    })?;
    fill(connection, "rules", Rule::ALL, |rule| {
        (rule.number(), rule.as_str())
    })?;
    fill(connection, "commit_kinds", CommitKind::ALL, |kind| {
        (kind.number(), kind.as_str())
    })?;
    fill(connection, "remark_kinds", RemarkKind::ALL, |kind| {
        (kind.number(), kind.as_str())
    })?;
    fill(connection, "ticket_sources", MentionSource::ALL, |source| {
        (source.number(), source.as_str())
    })
}

/// Writes the numbers and names of a closed kind into its table.
fn fill<Kind: Copy>(
    connection: &Connection,
    table: &str,
    all: &[Kind],
    told: impl Fn(Kind) -> (u8, &'static str),
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare(&format!("INSERT INTO {table} VALUES (?1, ?2)"))?;
    for kind in all {
        insert.execute(told(*kind))?;
    }
    Ok(())
}

/// Creates the secondary indexes.
pub(crate) fn create_indexes(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(halves().1)
}

fn halves() -> (&'static str, &'static str) {
    let at = SCHEMA
        .find(INDEX_MARK)
        .expect("graph.sql marks its indexes; a test creates a graph");
    SCHEMA.split_at(at)
}
