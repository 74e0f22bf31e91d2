//! The graph as tools: one table of functions, called from a shell, over MCP and over HTTP.
//!
//! A tool is a file below `tools/` and a line of its table. Its arguments and its answer are plain types; their JSON Schemas
//! are made from them. What a tool says is made by arc-project: nothing here walks the graph. A graph is read on threads of
//! its own and never on those of the event loop, and what comes from the repository is data: it is quoted, never obeyed.

mod answer;
mod answers;
mod definitions;
mod failure;
mod http;
mod install;
mod keeper;
mod mcp;
mod page;
mod pool;
mod repository;
mod serve;
mod tools;
mod views;
mod watch;
mod workers;

pub use answer::Reply;
pub use definitions::{DefinitionFormat, definitions, tool_names, tool_schemas, tools_page};
pub use failure::CallError;
pub use http::{Address, HttpOptions};
pub use install::{
    Client, InstallError, Places, Plan, Scope, Standing, client_names, plan_install,
    plan_uninstall, standing,
};
pub use repository::{Options, Repository};
pub use serve::{ServeError, serve_http, serve_stdio};
pub use watch::{Look, watch};
