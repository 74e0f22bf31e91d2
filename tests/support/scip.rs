//! SCIP indexes made and read by tests, by a second reading of `scip.proto` that the crate under test has no part in.

use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Index {
    #[prost(message, optional, tag = "1")]
    pub(crate) metadata: Option<Metadata>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) documents: Vec<Document>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) external_symbols: Vec<SymbolInformation>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Metadata {
    #[prost(message, optional, tag = "2")]
    pub(crate) tool_info: Option<ToolInfo>,
    #[prost(string, tag = "3")]
    pub(crate) project_root: String,
    #[prost(int32, tag = "4")]
    pub(crate) text_document_encoding: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ToolInfo {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(string, tag = "2")]
    pub(crate) version: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Document {
    #[prost(string, tag = "4")]
    pub(crate) language: String,
    #[prost(string, tag = "1")]
    pub(crate) relative_path: String,
    #[prost(message, repeated, tag = "2")]
    pub(crate) occurrences: Vec<Occurrence>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) symbols: Vec<SymbolInformation>,
    #[prost(string, tag = "5")]
    pub(crate) text: String,
    #[prost(int32, tag = "6")]
    pub(crate) position_encoding: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Occurrence {
    #[prost(int32, repeated, tag = "1")]
    pub(crate) range: Vec<i32>,
    #[prost(string, tag = "2")]
    pub(crate) symbol: String,
    #[prost(int32, tag = "3")]
    pub(crate) symbol_roles: i32,
    #[prost(int32, repeated, tag = "7")]
    pub(crate) enclosing_range: Vec<i32>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct SymbolInformation {
    #[prost(string, tag = "1")]
    pub(crate) symbol: String,
    #[prost(message, repeated, tag = "4")]
    pub(crate) relationships: Vec<Relationship>,
    #[prost(int32, tag = "5")]
    pub(crate) kind: i32,
    #[prost(string, tag = "6")]
    pub(crate) display_name: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Relationship {
    #[prost(string, tag = "1")]
    pub(crate) symbol: String,
    #[prost(bool, tag = "2")]
    pub(crate) is_reference: bool,
    #[prost(bool, tag = "3")]
    pub(crate) is_implementation: bool,
}

/// The role of a definition.
pub(crate) const DEFINITION: i32 = 1;
