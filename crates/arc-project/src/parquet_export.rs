//! Edges as an Apache Parquet file, for dataframes and SQL engines.
//!
//! One row an edge, the fields of the JSON lines as flat columns. Rows are held until a row group is full.

use std::io::{self, Write};
use std::sync::Arc;

use arc_graph::{Neighbor, NodeRecord};
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use crate::export::EndLine;

/// Rows of a group: a few megabytes at a time.
const GROUP: usize = 1 << 16;

const SCHEMA: &str = "
    message edges {
        required binary kind (STRING);
        optional binary src_path (STRING);
        required binary src_symbol (STRING);
        optional int32 src_line (INTEGER(32, false));
        optional binary dst_path (STRING);
        required binary dst_symbol (STRING);
        optional int32 dst_line (INTEGER(32, false));
        required int32 line (INTEGER(32, false));
        required double confidence;
        required binary rule (STRING);
    }";

/// A file being written.
pub(crate) struct ParquetFile {
    file: SerializedFileWriter<Vec<u8>>,
    edges: Edges,
}

/// The rows of a group, by column.
#[derive(Default)]
struct Edges {
    kind: Vec<ByteArray>,
    src: Ends,
    dst: Ends,
    line: Vec<i32>,
    confidence: Vec<f64>,
    rule: Vec<ByteArray>,
}

/// One end of each edge.
#[derive(Default)]
struct Ends {
    path: Optional<ByteArray>,
    symbol: Vec<ByteArray>,
    line: Optional<i32>,
}

/// A column that may lack values: those that are there, and for each row whether it has one.
#[derive(Default)]
struct Optional<T> {
    values: Vec<T>,
    definition_levels: Vec<i16>,
}

impl<T> Optional<T> {
    fn push(&mut self, value: Option<T>) {
        self.definition_levels.push(i16::from(value.is_some()));
        self.values.extend(value);
    }
}

impl Ends {
    fn push(&mut self, end: &EndLine<'_>) {
        self.path.push(end.path.map(ByteArray::from));
        self.symbol.push(ByteArray::from(end.symbol));
        self.line.push(end.line.map(bits));
    }
}

impl ParquetFile {
    pub(crate) fn begin() -> io::Result<ParquetFile> {
        let schema = Arc::new(parse_message_type(SCHEMA).map_err(write_error)?);
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(concat!("arc ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))
            .map_err(write_error)?;
        Ok(ParquetFile {
            file,
            edges: Edges::default(),
        })
    }

    pub(crate) fn edge(
        &mut self,
        src: &NodeRecord,
        dst: &NodeRecord,
        edge: &Neighbor,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let edges = &mut self.edges;
        edges.kind.push(ByteArray::from(edge.kind.as_str()));
        edges.src.push(&EndLine::new(src));
        edges.dst.push(&EndLine::new(dst));
        edges.line.push(bits(edge.line));
        edges.confidence.push(edge.confidence.probability());
        edges.rule.push(ByteArray::from(edge.rule.as_str()));
        if edges.line.len() == GROUP {
            self.group()?;
            out.write_all(&std::mem::take(self.file.inner_mut()))?;
        }
        Ok(())
    }

    pub(crate) fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if !self.edges.line.is_empty() {
            self.group()?;
        }
        self.file.finish().map_err(write_error)?;
        out.write_all(&std::mem::take(self.file.inner_mut()))
    }

    /// Writes the rows that are held as one group.
    fn group(&mut self) -> io::Result<()> {
        let edges = std::mem::take(&mut self.edges);
        let mut write = || {
            let mut group = self.file.next_row_group()?;
            column::<ByteArrayType>(&mut group, &edges.kind, None)?;
            for end in [&edges.src, &edges.dst] {
                optional::<ByteArrayType>(&mut group, &end.path)?;
                column::<ByteArrayType>(&mut group, &end.symbol, None)?;
                optional::<Int32Type>(&mut group, &end.line)?;
            }
            column::<Int32Type>(&mut group, &edges.line, None)?;
            column::<DoubleType>(&mut group, &edges.confidence, None)?;
            column::<ByteArrayType>(&mut group, &edges.rule, None)?;
            group.close()?;
            self.file.flush()?;
            Ok(())
        };
        write().map_err(write_error)
    }
}

fn optional<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    column_of: &Optional<T::T>,
) -> Result<(), ParquetError> {
    column::<T>(group, &column_of.values, Some(&column_of.definition_levels))
}

/// Writes the next column of a group.
fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: &[T::T],
    definition_levels: Option<&[i16]>,
) -> Result<(), ParquetError> {
    let mut column = group
        .next_column()?
        .expect("the schema has a column for each call");
    column
        .typed::<T>()
        .write_batch(values, definition_levels, None)?;
    column.close()
}

/// The bits of an unsigned number, which is how the format keeps them.
fn bits(number: u32) -> i32 {
    number.cast_signed()
}

fn write_error(error: ParquetError) -> io::Error {
    io::Error::other(error)
}
