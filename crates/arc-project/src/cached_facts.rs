//! Facts as the graph keeps them: read back and decoded, many files at a time.

use std::path::Path;

use arc_extract::{DocFact, FileFacts, NamePool, WireError};
use arc_store::StoreError;
use rayon::prelude::*;

use crate::build::BuildError;

/// Files whose bytes are in memory beside the facts.
const BATCH: usize = 512;

/// The facts in `bytes`, which the graph at `graph` keeps.
pub(crate) fn decode(graph: &Path, bytes: &[u8]) -> Result<FileFacts, BuildError> {
    FileFacts::unpack(bytes).map_err(|source| damaged(graph, source))
}

/// The documentation in the `bytes` of a file's facts.
pub(crate) fn texts(graph: &Path, bytes: Option<Vec<u8>>) -> Result<Vec<DocFact>, BuildError> {
    bytes.map_or_else(
        || Ok(Vec::new()),
        |bytes| FileFacts::unpack_docs(&bytes).map_err(|source| damaged(graph, source)),
    )
}

fn damaged(graph: &Path, source: WireError) -> BuildError {
    StoreError::Damaged {
        path: graph.to_owned(),
        source: Box::new(source),
    }
    .into()
}

/// Fills `facts` at the positions `files` with what `read` gives for them, and puts their strings into `pool`. The
/// documentation is left out: it is only wanted when the nodes of a file are written, see [`texts`].
pub(crate) fn decode_all(
    graph: &Path,
    files: &[usize],
    read: impl Fn(usize) -> Result<Option<Vec<u8>>, StoreError>,
    facts: &mut [Option<FileFacts>],
    pool: &mut NamePool,
) -> Result<(), BuildError> {
    for batch in files.chunks(BATCH) {
        let mut cached: Vec<(usize, Vec<u8>)> = Vec::with_capacity(batch.len());
        for file in batch {
            cached.extend(read(*file)?.map(|bytes| (*file, bytes)));
        }
        let decoded: Vec<(usize, Result<FileFacts, BuildError>)> = cached
            .into_par_iter()
            .map(|(file, bytes)| (file, decode(graph, &bytes)))
            .collect();
        for (file, decoded) in decoded {
            let mut decoded = decoded?;
            pool.take(&mut decoded);
            decoded.docs = Vec::new();
            facts[file] = Some(decoded);
        }
    }
    Ok(())
}
