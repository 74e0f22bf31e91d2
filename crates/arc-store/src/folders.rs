//! What the last look at the tree saw of its folders: bytes by path, opaque here.

use rusqlite::Connection;

use crate::bulk::BulkWriter;
use crate::error::StoreError;
use crate::read::GraphFile;
use crate::update::Update;

impl GraphFile {
    /// Hands every folder's path and what is kept of it to `take`, in the order of the paths, until that returns false.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn folders(&self, take: &mut dyn FnMut(&[u8], &[u8]) -> bool) -> Result<(), StoreError> {
        let mut read = || {
            let mut select = self
                .connection()
                .prepare_cached("SELECT path, seen FROM meta_folders")?;
            let mut rows = select.query([])?;
            while let Some(row) = rows.next()? {
                if !take(row.get_ref(0)?.as_blob()?, row.get_ref(1)?.as_blob()?) {
                    break;
                }
            }
            Ok(())
        };
        self.check(read())
    }
}

impl BulkWriter<'_> {
    /// Keeps what was seen of folders, sorted by path.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn folders(&mut self, folders: &[(Vec<u8>, Vec<u8>)]) -> Result<(), StoreError> {
        self.check(put(self.connection(), folders))
    }
}

impl Update<'_> {
    /// Replaces what is kept of some folders.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn set_folders(&self, folders: &[(Vec<u8>, Vec<u8>)]) -> Result<(), StoreError> {
        self.check(put(self.connection(), folders))
    }

    /// Forgets folders.
    ///
    /// # Errors
    /// When the graph cannot be written.
    pub fn remove_folders(&self, paths: &[Vec<u8>]) -> Result<(), StoreError> {
        let remove = || {
            let mut delete = self
                .connection()
                .prepare_cached("DELETE FROM meta_folders WHERE path = ?1")?;
            for path in paths {
                delete.execute([path])?;
            }
            Ok(())
        };
        self.check(remove())
    }
}

fn put(connection: &Connection, folders: &[(Vec<u8>, Vec<u8>)]) -> rusqlite::Result<()> {
    let mut insert =
        connection.prepare_cached("INSERT OR REPLACE INTO meta_folders VALUES (?1, ?2)")?;
    for folder in folders {
        insert.execute([&folder.0, &folder.1])?;
    }
    Ok(())
}
