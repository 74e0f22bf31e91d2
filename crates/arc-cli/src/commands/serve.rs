//! `arc serve`.

use std::io::Write as _;

use arc_serve::{Address, HttpOptions, Options, Repository, ServeError, serve_http, serve_stdio};
use clap::Args;

use crate::context::Context;
use crate::failure::{Failure, Outcome};

/// Tokens of an answer unless somebody says otherwise.
pub(super) const MAX_TOKENS: usize = 10_000;

/// Options of `arc serve`.
#[derive(Args)]
pub(crate) struct ServeArguments {
    /// Serve MCP (/mcp), a JSON API (/api/v1) and a page over HTTP instead: HOST:PORT or PORT, 127.0.0.1:7474 unless one is named
    #[arg(long, value_name = "ADDR", num_args = 0..=1, default_missing_value = "127.0.0.1:7474", value_parser = address)]
    http: Option<Address>,
    /// What every request must bear; needed for addresses that other computers reach
    #[arg(
        long,
        value_name = "TOKEN",
        env = "ARC_SERVE_TOKEN",
        hide_env_values = true,
        requires = "http"
    )]
    token: Option<String>,
    /// Tokens of an answer, at most; answers of default size stay below 2,000
    #[arg(long, value_name = "N", default_value_t = MAX_TOKENS)]
    max_tokens: usize,
    /// Use the graph as it is, and write nothing
    #[arg(long)]
    frozen: bool,
}

fn address(text: &str) -> Result<Address, String> {
    Address::read(text).ok_or_else(|| "neither HOST:PORT nor PORT".to_owned())
}

/// Serves until the client is gone, or over HTTP until the process is ended.
pub(crate) fn run(arguments: &ServeArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let (root, prefix) = context.place()?;
    if let Some(address) = &arguments.http {
        check_token(address, arguments.token.as_deref())?;
    }
    arc_memory::give_back_soon();
    let repository = Repository::kept(Options {
        graph: context.graph_path(&root),
        root,
        prefix,
        is_frozen: arguments.frozen,
        max_tokens: arguments.max_tokens,
    });
    let Some(address) = arguments.http.clone() else {
        serve_stdio(repository).map_err(failed)?;
        return Ok(Outcome::Done);
    };
    let options = HttpOptions {
        address,
        token: arguments.token.clone(),
    };
    let out = &mut context.out;
    let tell = |place| {
        // Who started it without looking is served all the same.
        let _ = writeln!(out, "http://{place}").and_then(|()| out.flush());
    };
    serve_http(repository, options, tell).map_err(failed)?;
    Ok(Outcome::Done)
}

/// Other computers are let in with a token only.
fn check_token(address: &Address, token: Option<&str>) -> Result<(), Failure> {
    if token.is_some_and(|token| token.len() < 16) {
        return Err(Failure::usage("a token has at least 16 letters"));
    }
    if token.is_none() && !address.is_loopback() {
        return Err(Failure::Usage {
            message: format!("other computers may reach {address}, and there is no token"),
            hints: vec!["put one into ARC_SERVE_TOKEN, or listen at 127.0.0.1".to_owned()],
        });
    }
    Ok(())
}

fn failed(error: ServeError) -> Failure {
    let message = error.to_string();
    match error {
        ServeError::Listen { .. } => Failure::Usage {
            message,
            hints: vec!["`--http 0` takes a free port".to_owned()],
        },
        ServeError::Runtime { .. } | ServeError::Broken { .. } => Failure::Graph {
            message,
            causes: Vec::new(),
            hints: Vec::new(),
        },
    }
}
