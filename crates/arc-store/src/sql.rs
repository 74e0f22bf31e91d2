//! Anybody's SQL, read only: what it may do is decided by SQLite's authorizer, which sees the compiled statement, and never
//! by looking at the text.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;

use crate::connection::{Use, open_read};
use crate::error::StoreError;

/// Statements of SQLite's machine between two looks at the clock.
const STEPS: i32 = 10_000;
/// Bytes of one value, and of a row.
const MAX_VALUE: i32 = 1 << 20;
/// Bytes of a statement.
const MAX_STATEMENT: i32 = 100_000;
/// Bytes of a text that are given back.
const SHOWN_TEXT: usize = 2_000;

/// How much a statement may take.
#[derive(Clone, Copy, Debug)]
pub struct SqlLimits {
    /// Rows before those that are given back.
    pub skipped: usize,
    /// Rows that are given back.
    pub rows: usize,
    /// Rows that are counted.
    pub counted: usize,
    /// How long it may run.
    pub time: Duration,
}

/// A value of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum SqlValue {
    /// `NULL`.
    Null,
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Real(f64),
    /// A text; long ones are cut, with an ellipsis.
    Text(String),
    /// Bytes: how many.
    Blob(usize),
}

/// What a statement found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SqlTable {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<SqlValue>>,
    /// How many rows there are; at least so many when `is_partial`.
    pub total: usize,
    /// Counting was given up, or the time was over.
    pub is_partial: bool,
}

/// A statement has no answer.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// It does something else than read, or is no SQL.
    #[error("{0}")]
    Statement(String),
    /// It ran out of time before its first row.
    #[error("nothing was found in {} s; ask for less", .0.as_secs())]
    Time(Duration),
    /// The graph cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Runs one statement that reads, on a connection of its own.
///
/// # Errors
/// See [`SqlError`].
pub fn read_sql(path: &Path, sql: &str, limits: &SqlLimits) -> Result<SqlTable, SqlError> {
    let (mut connection, _) = open_read(path, Use::Once)?;
    let failed = |error: rusqlite::Error| SqlError::Store(StoreError::from_sql(path, error));
    for (limit, value) in [
        (Limit::SQLITE_LIMIT_LENGTH, MAX_VALUE),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, MAX_STATEMENT),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ] {
        connection.set_limit(limit, value).map_err(failed)?;
    }
    // What is sorted goes to a file that nobody else sees and that ends with the statement: how much that can be, its time
    // says. A limit of memory would be one of the whole process, and of the updates that run in it, for good.
    connection
        .execute_batch("PRAGMA temp_store=FILE; PRAGMA cache_size=-8192;")
        .map_err(failed)?;
    connection.authorizer(Some(authorize)).map_err(failed)?;
    let until = Instant::now() + limits.time;
    connection
        .progress_handler(STEPS, Some(move || Instant::now() >= until))
        .map_err(failed)?;
    let mut statement = connection.prepare(sql).map_err(of_statement)?;
    if statement.column_count() == 0 {
        return Err(SqlError::Statement("this reads nothing".to_owned()));
    }
    let columns = statement.column_names();
    let mut table = SqlTable {
        columns: columns.into_iter().map(str::to_owned).collect(),
        ..SqlTable::default()
    };
    let width = table.columns.len();
    let mut rows = statement.query([]).map_err(of_statement)?;
    loop {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(table),
            Err(error) if is_interrupted(&error) => {
                table.is_partial = true;
                return if table.total == 0 {
                    Err(SqlError::Time(limits.time))
                } else {
                    Ok(table)
                };
            }
            Err(error) => return Err(of_statement(error)),
        };
        if table.total >= limits.counted {
            table.is_partial = true;
            return Ok(table);
        }
        let is_shown =
            (limits.skipped..limits.skipped.saturating_add(limits.rows)).contains(&table.total);
        table.total += 1;
        if is_shown {
            let values = (0..width).map(|at| row.get_ref(at).map(value));
            let values = values.collect::<rusqlite::Result<_>>();
            table.rows.push(values.map_err(of_statement)?);
        }
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "whatever is not known to read is refused"
)]
fn authorize(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => {
            Authorization::Allow
        }
        AuthAction::Function { function_name }
            if !function_name.eq_ignore_ascii_case("load_extension") =>
        {
            Authorization::Allow
        }
        _ => Authorization::Deny,
    }
}

fn value(value: ValueRef<'_>) -> SqlValue {
    match value {
        ValueRef::Null => SqlValue::Null,
        ValueRef::Integer(number) => SqlValue::Integer(number),
        ValueRef::Real(number) => SqlValue::Real(number),
        ValueRef::Text(bytes) => {
            let text = String::from_utf8_lossy(&bytes[..bytes.len().min(SHOWN_TEXT)]);
            let cut = if bytes.len() > SHOWN_TEXT { "…" } else { "" };
            SqlValue::Text(format!("{text}{cut}"))
        }
        ValueRef::Blob(bytes) => SqlValue::Blob(bytes.len()),
    }
}

fn is_interrupted(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted)
}

/// What SQLite says of a statement, without its own wrapping.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the errors are not ours and grow"
)]
fn of_statement(error: rusqlite::Error) -> SqlError {
    let text = match &error {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        rusqlite::Error::SqliteFailure(_, Some(text)) => text.clone(),
        rusqlite::Error::MultipleStatement => "one statement at a time".to_owned(),
        other => other.to_string(),
    };
    if error.sqlite_error_code() == Some(rusqlite::ErrorCode::AuthorizationForStatementDenied) {
        return SqlError::Statement(format!("{text}: only reading is allowed"));
    }
    SqlError::Statement(text)
}
