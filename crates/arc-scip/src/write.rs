//! An index as it is written: metadata first, then one document at a time, so that none of it has to be kept.

use std::io::{self, Write};

use prost::Message;
use prost::encoding::{WireType, encode_key, encode_varint};

use crate::message::{Document, Metadata, Occurrence, Relationship, SymbolInformation, ToolInfo};
use crate::position::Encoding;

/// What a symbol is, by its number in `SymbolInformation.Kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
#[expect(missing_docs, reason = "the names of the format")]
pub enum SymbolKind {
    Unspecified = 0,
    Class = 7,
    Constant = 8,
    Constructor = 9,
    Enum = 11,
    EnumMember = 12,
    Field = 15,
    File = 16,
    Function = 17,
    Interface = 21,
    Key = 22,
    Macro = 25,
    Method = 26,
    Module = 29,
    Object = 33,
    Property = 41,
    TypeAlias = 55,
    Variable = 61,
    AbstractMethod = 66,
    StaticField = 79,
    StaticMethod = 80,
}

/// A document to be written. Columns are bytes of the UTF-8 text.
#[derive(Clone, Debug, Default)]
pub struct OutDocument {
    /// Relative to the root, with `/`.
    pub path: String,
    /// As the format spells it; see [`language_name`].
    pub language: &'static str,
    /// In the order of their places.
    pub occurrences: Vec<OutOccurrence>,
    /// What is defined here.
    pub symbols: Vec<OutSymbol>,
}

/// A place that names a symbol.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OutOccurrence {
    /// From 0.
    pub line: u32,
    /// First byte of the line, and the one behind the last.
    pub columns: (u32, u32),
    /// The symbol.
    pub symbol: String,
    /// A set of [`crate::role`]s.
    pub roles: u32,
    /// First line and column, last line and column of what it defines.
    pub enclosing: Option<[u32; 4]>,
}

/// What is known of a symbol.
#[derive(Clone, Debug)]
pub struct OutSymbol {
    /// The symbol.
    pub symbol: String,
    /// What it is.
    pub kind: SymbolKind,
    /// As people write it.
    pub display_name: String,
    /// Symbols that it implements, extends or overrides, and whether a reference to them may mean this one.
    pub implements: Vec<(String, bool)>,
}

/// Writes an index.
pub struct IndexWriter<'a> {
    out: &'a mut dyn Write,
    buffer: Vec<u8>,
}

impl<'a> IndexWriter<'a> {
    /// Begins an index that `tool` of `version` made. The root is left out: the same sources give the same index wherever they are.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn begin(out: &'a mut dyn Write, tool: &str, version: &str) -> io::Result<IndexWriter<'a>> {
        const UTF8_TEXT: i32 = 1;
        let mut writer = IndexWriter {
            out,
            buffer: Vec::new(),
        };
        let metadata = Metadata {
            version: 0,
            tool_info: Some(ToolInfo {
                name: tool.to_owned(),
                version: version.to_owned(),
            }),
            project_root: String::new(),
            text_document_encoding: UTF8_TEXT,
        };
        writer.field(1, &metadata)?;
        Ok(writer)
    }

    /// Writes a document.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn document(&mut self, document: OutDocument) -> io::Result<()> {
        let occurrences = document.occurrences.into_iter().map(occurrence).collect();
        let symbols = document.symbols.into_iter().map(information).collect();
        self.field(
            2,
            &Document {
                relative_path: document.path,
                occurrences,
                symbols,
                language: document.language.to_owned(),
                text: String::new(),
                position_encoding: Encoding::Utf8.number(),
            },
        )
    }

    /// Writes what is known of a symbol that no document defines.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn external(&mut self, symbol: OutSymbol) -> io::Result<()> {
        self.field(3, &information(symbol))
    }

    fn field(&mut self, tag: u32, message: &impl Message) -> io::Result<()> {
        self.buffer.clear();
        encode_key(tag, WireType::LengthDelimited, &mut self.buffer);
        encode_varint(message.encoded_len() as u64, &mut self.buffer);
        message.encode_raw(&mut self.buffer);
        self.out.write_all(&self.buffer)
    }
}

fn occurrence(from: OutOccurrence) -> Occurrence {
    let (start, end) = from.columns;
    let enclosing = from.enclosing.map_or_else(Vec::new, |range| {
        let [line, column, end_line, end_column] = range;
        if line == end_line {
            vec![line, column, end_column]
        } else {
            vec![line, column, end_line, end_column]
        }
    });
    Occurrence {
        range: vec![
            from.line.cast_signed(),
            start.cast_signed(),
            end.cast_signed(),
        ],
        symbol: from.symbol,
        symbol_roles: from.roles.cast_signed(),
        enclosing_range: enclosing.into_iter().map(u32::cast_signed).collect(),
    }
}

fn information(from: OutSymbol) -> SymbolInformation {
    let relationships = from.implements.into_iter();
    SymbolInformation {
        symbol: from.symbol,
        relationships: relationships
            .map(|(symbol, is_reference)| Relationship {
                symbol,
                is_reference,
                is_implementation: true,
            })
            .collect(),
        kind: from.kind as i32,
        display_name: from.display_name,
    }
}

/// The format's name for a language that arc calls `name`; empty when it has none.
#[must_use]
pub fn language_name(name: &str) -> &'static str {
    match name {
        "bash" => "ShellScript",
        "c" => "C",
        "c#" => "CSharp",
        "c++" => "CPP",
        "dart" => "Dart",
        "dockerfile" => "Dockerfile",
        "elixir" => "Elixir",
        "go" => "Go",
        "java" => "Java",
        "javascript" => "JavaScript",
        "json" => "JSON",
        "kotlin" => "Kotlin",
        "lua" => "Lua",
        "markdown" => "Markdown",
        "php" => "PHP",
        "python" => "Python",
        "ruby" => "Ruby",
        "rust" => "Rust",
        "scala" => "Scala",
        "sql" => "SQL",
        "swift" => "Swift",
        "toml" => "TOML",
        "typescript" => "TypeScript",
        "yaml" => "YAML",
        _ => "",
    }
}
