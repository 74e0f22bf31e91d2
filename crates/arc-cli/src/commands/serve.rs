//! `arc serve`.

use arc_serve::{Options, Repository, serve_stdio};
use clap::Args;

use crate::context::Context;
use crate::failure::{Failure, Outcome};

/// Tokens of an answer unless somebody says otherwise.
pub(super) const MAX_TOKENS: usize = 10_000;

/// Options of `arc serve`.
#[derive(Args)]
pub(crate) struct ServeArguments {
    /// Tokens of an answer, at most; answers of default size stay below 2,000
    #[arg(long, value_name = "N", default_value_t = MAX_TOKENS)]
    max_tokens: usize,
    /// Use the graph as it is, and write nothing
    #[arg(long)]
    frozen: bool,
}

/// Serves until the client is gone.
pub(crate) fn run(arguments: &ServeArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let (root, prefix) = context.place()?;
    let repository = Repository::kept(Options {
        graph: context.graph_path(&root),
        root,
        prefix,
        is_frozen: arguments.frozen,
        max_tokens: arguments.max_tokens,
    });
    serve_stdio(repository).map_err(|error| Failure::Graph {
        message: error.to_string(),
        causes: Vec::new(),
        hints: Vec::new(),
    })?;
    Ok(Outcome::Done)
}
