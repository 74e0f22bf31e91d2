//! What can go wrong with a graph file, by what a person can do about it.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use arc_graph::ReadError;
use rusqlite::ErrorCode;

/// A cause from behind the wall.
type Cause = Box<dyn Error + Send + Sync>;

/// Opening, reading or writing the graph failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no graph yet.
    #[error("there is no graph at {path}")]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file cannot be opened.
    #[error("cannot open the graph at {path}")]
    Open {
        /// The graph.
        path: PathBuf,
        /// Why.
        source: Cause,
    },
    /// The file is a database of something else; it is left alone.
    #[error("{path} is a database, but not a graph of arc; it is left as it is")]
    NotAGraph {
        /// The file.
        path: PathBuf,
    },
    /// The file is cut off or overwritten. A full build replaces it.
    #[error("the graph at {path} is damaged; a full build makes it anew")]
    Damaged {
        /// The graph.
        path: PathBuf,
        /// What showed it.
        source: Cause,
    },
    /// A newer version wrote it.
    #[error(
        "the graph at {path} was written by a newer arc (schema {found}; this one reads {supported})"
    )]
    TooNew {
        /// The graph.
        path: PathBuf,
        /// Its schema version.
        found: u32,
        /// Ours.
        supported: u32,
    },
    /// An older version wrote it. A full build replaces it.
    #[error(
        "the graph at {path} was written by an older arc (schema {found}; this one reads {supported}); a full build makes it anew"
    )]
    TooOld {
        /// The graph.
        path: PathBuf,
        /// Its schema version.
        found: u32,
        /// Ours.
        supported: u32,
    },
    /// The place cannot be written to.
    #[error("cannot write to {path}: it is read-only for this user")]
    ReadOnly {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: Cause,
    },
    /// No space left, or no more may be used.
    #[error("the disk is full, or a limit is reached: {path} could not be written")]
    DiskFull {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Cause,
    },
    /// Another process builds this graph.
    #[error("another process is building {path}: {holder}")]
    Locked {
        /// The graph.
        path: PathBuf,
        /// What the lock file says of the holder.
        holder: String,
    },
    /// Another process kept the file busy for too long.
    #[error("the graph at {path} stayed busy; is something else reading or writing it?")]
    Busy {
        /// The graph.
        path: PathBuf,
        /// Why.
        source: Cause,
    },
    /// A file operation beside the database failed.
    #[error("cannot {doing} {path}")]
    File {
        /// The verb.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A statement failed in a way that says nothing to a user.
    #[error("the graph at {path} failed")]
    Failed {
        /// The graph.
        path: PathBuf,
        /// Why.
        source: Cause,
    },
}

impl StoreError {
    /// Sorts SQLite's errors by what can be done about them.
    pub(crate) fn from_sql(path: &Path, error: rusqlite::Error) -> StoreError {
        let path = path.to_owned();
        let code = error.sqlite_error_code();
        // A file whose header is ours but whose tables are gone or odd has been tampered with or cut.
        let odd_schema = matches!(&error, rusqlite::Error::SqlInputError { msg, .. } if msg.starts_with("no such"))
            || matches!(&error, rusqlite::Error::SqliteFailure(_, Some(text)) if text.starts_with("no such"))
            || matches!(
                error,
                rusqlite::Error::InvalidColumnType(..)
                    | rusqlite::Error::FromSqlConversionFailure(..)
                    | rusqlite::Error::IntegralValueOutOfRange(..)
                    | rusqlite::Error::Utf8Error(..)
            );
        let extended = error.sqlite_error().map(|error| error.extended_code);
        let source: Cause = Box::new(error);
        match code {
            // A write that failed for want of space on a quota, a size limit or a network disk has no code of its own.
            _ if extended == Some(rusqlite::ffi::SQLITE_IOERR_WRITE) => {
                StoreError::DiskFull { path, source }
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                StoreError::Damaged { path, source }
            }
            Some(ErrorCode::DiskFull) => StoreError::DiskFull { path, source },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                StoreError::ReadOnly { path, source }
            }
            Some(ErrorCode::CannotOpen) => StoreError::Open { path, source },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                StoreError::Busy { path, source }
            }
            _ if odd_schema => StoreError::Damaged { path, source },
            _ => StoreError::Failed { path, source },
        }
    }

    /// Sorts errors of plain file operations the same way.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the kinds of errors are not ours and grow"
    )]
    pub(crate) fn from_io(doing: &'static str, path: &Path, error: io::Error) -> StoreError {
        let path = path.to_owned();
        match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                StoreError::ReadOnly {
                    path,
                    source: Box::new(error),
                }
            }
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => StoreError::DiskFull {
                path,
                source: Box::new(error),
            },
            _ => StoreError::File {
                doing,
                path,
                source: error,
            },
        }
    }

    /// Whether a full build is the way out.
    #[must_use]
    pub fn is_healed_by_full_build(&self) -> bool {
        matches!(
            self,
            StoreError::Missing { .. } | StoreError::Damaged { .. } | StoreError::TooOld { .. }
        )
    }
}

impl From<StoreError> for ReadError {
    fn from(error: StoreError) -> ReadError {
        ReadError {
            doing: error.to_string(),
            source: Some(Box::new(error)),
        }
    }
}
