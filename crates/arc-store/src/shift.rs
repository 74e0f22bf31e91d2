//! The cheap update: a file says the same as before, on other lines.

use std::collections::{BTreeMap, HashMap};

use arc_graph::{Confidence, EdgeKind, Rule};
use rusqlite::{Connection, params};

use crate::digest::{edge_digest, node_digest, unresolved_digest};
use crate::error::StoreError;
use crate::read::known;
use crate::rows::{StoredFile, node_flag};
use crate::update::{EdgeTuple, Update, insert_edge, remove_edge, stored_key};

/// Where each line that matters went. Strictly rising, so that nothing is torn apart or falls together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineMap {
    lines: BTreeMap<u32, u32>,
}

impl LineMap {
    /// Reads pairs of an old and a new line. `None` when they are no strictly rising function.
    pub fn new(pairs: impl Iterator<Item = (u32, u32)>) -> Option<LineMap> {
        let mut lines = BTreeMap::from([(0, 0)]);
        for (old, new) in pairs {
            if *lines.entry(old).or_insert(new) != new {
                return None;
            }
        }
        let rises = lines
            .values()
            .zip(lines.values().skip(1))
            .all(|(a, b)| a < b);
        rises.then_some(LineMap { lines })
    }

    fn get(&self, line: u32) -> Option<u32> {
        self.lines.get(&line).copied()
    }
}

/// What moves in one file, worked out before anything is written.
#[derive(Debug, Default)]
pub struct ShiftPlan {
    /// Id, line, last line.
    nodes: Vec<(i64, u32, u32)>,
    /// As it is; the new line.
    edges: Vec<(EdgeTuple, u32)>,
    /// Name, symbol, line; the new line.
    unresolved: Vec<(i64, i64, u32, u32)>,
    /// What is added to the digest.
    digest: u64,
}

impl Update<'_> {
    /// Works out how to move everything a file says to other lines; `None` when it has a line that the map does not know.
    /// `last_line` is the new last line of the file itself.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn plan_shift(
        &self,
        file: &StoredFile,
        lines: &LineMap,
        last_line: u32,
    ) -> Result<Option<ShiftPlan>, StoreError> {
        self.check(plan(self.connection(), file.id, lines, last_line))
    }

    /// Does what was planned for a file and gives its new digest.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn shift(&self, file: &StoredFile, plan: ShiftPlan) -> Result<i64, StoreError> {
        let digest = file.digest.cast_unsigned().wrapping_add(plan.digest);
        self.check(carry_out(self.connection(), plan))?;
        Ok(digest.cast_signed())
    }
}

fn plan(
    connection: &Connection,
    file: i64,
    lines: &LineMap,
    last_line: u32,
) -> rusqlite::Result<Option<ShiftPlan>> {
    let mut plan = ShiftPlan::default();
    let Some(keys) = plan_nodes(connection, file, (lines, last_line), &mut plan)? else {
        return Ok(None);
    };
    let mut edges = connection.prepare_cached(
        "SELECT edge.dst, edge.kind, edge.line, edge.confidence, edge.rule,
                node.kind, scope.text, own.text, node.flags, node.ordinal, files.path
         FROM edge INDEXED BY edge_forward
         JOIN node ON node.id = edge.dst
         JOIN strings AS own ON own.id = node.name
         LEFT JOIN strings AS scope ON scope.id = node.scope
         LEFT JOIN files ON files.id = node.file
         WHERE edge.src = ?1",
    )?;
    let mut unresolved = connection.prepare_cached(
        "SELECT unresolved.name, unresolved.line, strings.text FROM unresolved INDEXED BY unresolved_src
         JOIN strings ON strings.id = unresolved.name WHERE unresolved.src = ?1",
    )?;
    for (src, key) in &keys {
        let mut rows = edges.query([src])?;
        while let Some(row) = rows.next()? {
            let line: u32 = row.get(2)?;
            let Some(new_line) = lines.get(line) else {
                return Ok(None);
            };
            if new_line == line {
                continue;
            }
            let edge: EdgeTuple = (
                row.get(0)?,
                row.get(1)?,
                *src,
                line,
                row.get(3)?,
                row.get(4)?,
            );
            let dst = stored_key(row, [5, 6, 7, 8, 9, 10])?;
            let kind = known(1, EdgeKind::from_number(edge.1))?;
            let rule = known(4, Rule::from_number(edge.5))?;
            let confidence = Confidence::from_thousandths(edge.4);
            let digest = |line| edge_digest(*key, dst, kind, line, confidence, rule);
            plan.exchange(digest(line), digest(new_line));
            plan.edges.push((edge, new_line));
        }
        let mut rows = unresolved.query([src])?;
        while let Some(row) = rows.next()? {
            let line: u32 = row.get(1)?;
            let Some(new_line) = lines.get(line) else {
                return Ok(None);
            };
            if new_line != line {
                let name = row.get_ref(2)?.as_str()?;
                plan.exchange(
                    unresolved_digest(*key, name, line),
                    unresolved_digest(*key, name, new_line),
                );
                plan.unresolved.push((row.get(0)?, *src, line, new_line));
            }
        }
    }
    Ok(Some(plan))
}

/// Plans the nodes and gives the key of each, sorted by id.
fn plan_nodes(
    connection: &Connection,
    file: i64,
    (lines, last_line): (&LineMap, u32),
    plan: &mut ShiftPlan,
) -> rusqlite::Result<Option<BTreeMap<i64, u64>>> {
    let mut select = connection.prepare_cached(
        "SELECT node.id, node.kind, scope.text, own.text, node.flags, node.ordinal, files.path,
                node.parent, node.line, node.end_line, node.complexity
         FROM node INDEXED BY node_file
         JOIN files ON files.id = node.file
         JOIN strings AS own ON own.id = node.name
         LEFT JOIN strings AS scope ON scope.id = node.scope
         WHERE node.file = ?1",
    )?;
    let mut rows = select.query([file])?;
    let mut keys = BTreeMap::new();
    let mut parents: HashMap<i64, Option<i64>> = HashMap::new();
    let mut numbers = Vec::new();
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        keys.insert(id, stored_key(row, [1, 2, 3, 4, 5, 6])?);
        parents.insert(id, row.get(7)?);
        let (line, end_line): (u32, u32) = (row.get(8)?, row.get(9)?);
        let moved = if id == file {
            (Some(line), Some(last_line))
        } else {
            (lines.get(line), lines.get(end_line))
        };
        let (Some(new_line), Some(new_end_line)) = moved else {
            return Ok(None);
        };
        if (line, end_line) != (new_line, new_end_line) {
            let flags = row.get::<_, u32>(4)? & !node_flag::WHOLE_SCOPE;
            let rest = [flags, row.get(10)?];
            numbers.push((id, [line, end_line], [new_line, new_end_line], rest));
        }
    }
    for (id, [line, end_line], [new_line, new_end_line], [flags, complexity]) in numbers {
        let parent = parents[&id].and_then(|parent| keys.get(&parent)).copied();
        let digest = |line, end_line| {
            node_digest(
                keys[&id],
                parent.unwrap_or(0),
                [line, end_line, flags, complexity],
            )
        };
        plan.exchange(digest(line, end_line), digest(new_line, new_end_line));
        plan.nodes.push((id, new_line, new_end_line));
    }
    Ok(Some(keys))
}

impl ShiftPlan {
    fn exchange(&mut self, old: u64, new: u64) {
        self.digest = self.digest.wrapping_sub(old).wrapping_add(new);
    }
}

fn carry_out(connection: &Connection, plan: ShiftPlan) -> rusqlite::Result<()> {
    let mut nodes =
        connection.prepare_cached("UPDATE node SET line = ?2, end_line = ?3 WHERE id = ?1")?;
    for node in plan.nodes {
        nodes.execute(node)?;
    }
    // All old rows go first: the line is part of the key, and a row may move to where another one was.
    for (edge, _) in &plan.edges {
        remove_edge(connection, edge)?;
    }
    for (edge, line) in &plan.edges {
        insert_edge(connection, &(edge.0, edge.1, edge.2, *line, edge.4, edge.5))?;
    }
    for (name, src, line, _) in &plan.unresolved {
        connection
            .prepare_cached("DELETE FROM unresolved WHERE name = ?1 AND src = ?2 AND line = ?3")?
            .execute(params![name, src, line])?;
    }
    for (name, src, _, line) in &plan.unresolved {
        connection
            .prepare_cached("INSERT INTO unresolved VALUES (?1, ?2, ?3)")?
            .execute(params![name, src, line])?;
    }
    Ok(())
}
