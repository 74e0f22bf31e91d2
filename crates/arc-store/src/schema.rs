//! The schema and the numbers by which a graph file is known.

use arc_graph::{EdgeKind, NodeKind, Rule};
use rusqlite::{Connection, params};

/// Grows with every change of `schema/graph.sql`. The graph is derived: older files are built anew, not migrated.
pub const SCHEMA_VERSION: u32 = 8;

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
    let mut kinds = connection.prepare("INSERT INTO node_kinds VALUES (?1, ?2)")?;
    for kind in NodeKind::ALL {
        kinds.execute(params![kind.number(), kind.as_str()])?;
    }
    let mut kinds = connection.prepare("INSERT INTO edge_kinds VALUES (?1, ?2)")?;
    for kind in EdgeKind::ALL {
        kinds.execute(params![kind.number(), kind.as_str()])?;
    }
    let mut rules = connection.prepare("INSERT INTO rules VALUES (?1, ?2)")?;
    for rule in Rule::ALL {
        rules.execute(params![rule.number(), rule.as_str()])?;
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
