//! Connections, and the look at a file's header before SQLite gets to see it.

use std::fs::Metadata;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::time::{Duration, SystemTime};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::error::StoreError;
use crate::held::held;
use crate::schema::{APPLICATION_ID, SCHEMA_VERSION};

/// How long a statement waits for another process that commits or reads.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of a graph that a reader maps, at most.
const MAPPED: i64 = 1 << 31;

/// What a connection that is kept open holds of its file, in KiB, which SQLite tells from pages by the sign.
const KEPT_PAGES: i64 = -(2 << 10);

/// What tells one state of a graph file from another. Two looks that give the same have nothing written between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// SQLite counts changes in the header.
    changes: u32,
    length: u64,
    modified: Option<SystemTime>,
    /// Inode and time of change, where the system has them: a file that was put in the place of another differs in one.
    place: (u64, i64, i64),
}

impl Identity {
    /// The inode, where the system has them.
    pub(crate) fn inode(&self) -> Option<u64> {
        (self.place.0 != 0).then_some(self.place.0)
    }

    fn of(metadata: &Metadata, changes: u32) -> Identity {
        #[cfg(unix)]
        let place = {
            use std::os::unix::fs::MetadataExt;
            (metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
        };
        #[cfg(not(unix))]
        let place = (0, 0, 0);
        Identity {
            changes,
            length: metadata.len(),
            modified: metadata.modified().ok(),
            place,
        }
    }
}

/// Refuses what is no graph of this version. Reads 100 bytes.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the kinds of errors are not ours and grow"
)]
pub(crate) fn check_header(path: &Path) -> Result<Identity, StoreError> {
    let mut header = [0u8; 100];
    let read = held(path).and_then(|mut file| {
        file.read_exact(&mut header)?;
        file.metadata()
    });
    let metadata = read.map_err(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => StoreError::Missing {
            path: path.to_owned(),
        },
        ErrorKind::UnexpectedEof => damaged(path, "the file is cut off"),
        _ => StoreError::Open {
            path: path.to_owned(),
            source: Box::new(error),
        },
    })?;
    if !header.starts_with(b"SQLite format 3\0") {
        return Err(damaged(path, "the header is overwritten"));
    }
    let number = |at: usize| {
        u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
    };
    let (found, supported) = (number(60), SCHEMA_VERSION);
    let path = path.to_owned();
    if number(68) != APPLICATION_ID {
        Err(StoreError::NotAGraph { path })
    } else if found > supported {
        Err(StoreError::TooNew {
            path,
            found,
            supported,
        })
    } else if found < supported {
        Err(StoreError::TooOld {
            path,
            found,
            supported,
        })
    } else {
        Ok(Identity::of(&metadata, number(24)))
    }
}

fn damaged(path: &Path, how: &str) -> StoreError {
    StoreError::Damaged {
        path: path.to_owned(),
        source: how.into(),
    }
}

/// What a connection is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// One question, perhaps a few.
    Once,
    /// Any number of them, beside others that do the same.
    Kept,
}

/// Opens for reading. Nothing of the file but its header and its schema is read.
pub(crate) fn open_read(path: &Path, what_for: Use) -> Result<(Connection, Identity), StoreError> {
    let identity = check_header(path)?;
    let open = |flags| {
        let connection = connect(path, flags)?;
        match what_for {
            // A question reads single pages all over the file. Mapped they are neither copied nor asked for one by one;
            // nobody makes the file shorter while a reader holds its lock.
            Use::Once => connection.pragma_update(None, "mmap_size", MAPPED)?,
            // What is mapped stays: after many questions each connection would hold all of the file.
            Use::Kept => connection.pragma_update(None, "cache_size", KEPT_PAGES)?,
        }
        Ok(connection)
    };
    let open = |flags| open(flags).map_err(|error| StoreError::from_sql(path, error));
    let connection = open(OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    match probe(&connection) {
        // An update was killed while it wrote: the journal beside the file must be played back, which is a write.
        Err(Probe::Hot) => {
            let writable = open(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            probe(&writable).map_err(|error| error.into_store(path))?;
            Ok((writable, identity))
        }
        Err(Probe::Sql(error)) => Err(StoreError::from_sql(path, error)),
        Ok(()) => Ok((connection, identity)),
    }
}

/// Undoes an update that was killed, as the next reader would.
pub(crate) fn play_back_journal(path: &Path) {
    // A file that cannot be opened or read has nothing to be saved; the caller looks whether the journal is gone.
    let _ = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .map(|connection| probe(&connection).is_ok());
}

/// Opens for updating in place.
pub(crate) fn open_write(path: &Path) -> Result<(Connection, Identity), StoreError> {
    let identity = check_header(path)?;
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .map_err(|error| StoreError::from_sql(path, error))?;
    // Pages stay in memory until the commit, so that readers are kept out for the moment of the commit only.
    connection
        .execute_batch("PRAGMA cache_spill=OFF; PRAGMA synchronous=NORMAL;")
        .map_err(|error| StoreError::from_sql(path, error))?;
    Ok((connection, identity))
}

/// A new database for a full build. Nobody else knows the file, so nothing is done for its safety before the end.
pub(crate) fn create(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let connection = connect(path, flags).map_err(|error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::CannotOpen) => StoreError::ReadOnly {
            path: path.to_owned(),
            source: Box::new(error),
        },
        _ => StoreError::from_sql(path, error),
    })?;
    connection
        .execute_batch(
            "PRAGMA page_size=4096; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;
             PRAGMA locking_mode=EXCLUSIVE; PRAGMA cache_size=-32768; PRAGMA temp_store=MEMORY;",
        )
        .map_err(|error| StoreError::from_sql(path, error))?;
    Ok(connection)
}

/// Whether `path` still names the file that had this identity, by its place alone: what was written to it does not matter.
pub(crate) fn is_in_place(path: &Path, identity: &Identity) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| is_of(&metadata, identity))
}

/// The same of a file that was looked at.
pub(crate) fn is_of(metadata: &Metadata, identity: &Identity) -> bool {
    let now = Identity::of(metadata, 0);
    now.place.0 == identity.place.0 && now.place.0 != 0
}

/// Begins a new read transaction on a connection that has none.
pub(crate) fn begin_read(path: &Path, connection: &Connection) -> Result<(), StoreError> {
    probe(connection).map_err(|error| error.into_store(path))
}

/// A number that is another one when somebody else has written to the file.
pub(crate) fn data_version(connection: &Connection, path: &Path) -> Result<i64, StoreError> {
    let version = connection.query_row("PRAGMA data_version", [], |row| row.get(0));
    version.map_err(|error| StoreError::from_sql(path, error))
}

fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(64);
    // References are declared for readers of the schema; our rows come from one place and are checked by tests.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false)?;
    // A plan does not depend on the first values asked for, and is not made a second time to look at them.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

enum Probe {
    Hot,
    Sql(rusqlite::Error),
}

impl Probe {
    fn into_store(self, path: &Path) -> StoreError {
        match self {
            Probe::Hot => StoreError::ReadOnly {
                path: path.to_owned(),
                source: "an interrupted update must be undone first".into(),
            },
            Probe::Sql(error) => StoreError::from_sql(path, error),
        }
    }
}

/// Begins the read transaction in which a reader lives, and takes its lock.
fn probe(connection: &Connection) -> Result<(), Probe> {
    let begun = connection.execute_batch("BEGIN").and_then(|()| {
        connection.query_row(
            "SELECT value FROM meta WHERE key = 'schema_version'",
            [],
            |_| Ok(()),
        )
    });
    match begun {
        Ok(()) => Ok(()),
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ReadOnly) => {
            Err(Probe::Hot)
        }
        Err(error) => Err(Probe::Sql(error)),
    }
}
