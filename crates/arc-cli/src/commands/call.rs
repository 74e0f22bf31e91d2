//! `arc call`.

use std::io::{Read as _, Write as _};

use arc_serve::{CallError, Options, Repository};
use clap::Args;
use serde_json::Value;

use crate::context::Context;
use crate::failure::{Failure, Outcome};

/// Options of `arc call`.
#[derive(Args)]
pub(crate) struct CallArguments {
    /// The tool; `arc tools` lists them
    name: String,
    /// Its arguments as one JSON object; `-` reads them from standard input
    #[arg(default_value = "{}", value_name = "JSON")]
    arguments: String,
    /// Tokens of the answer, at most
    #[arg(long, value_name = "N", default_value_t = super::serve::MAX_TOKENS)]
    max_tokens: usize,
    /// Use the graph as it is, and write nothing
    #[arg(long)]
    frozen: bool,
}

/// Calls and prints one JSON object, an answer or an error.
pub(crate) fn run(arguments: &CallArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let text = if arguments.arguments == "-" {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .map_err(|error| {
                Failure::usage(format!(
                    "cannot read arguments from standard input: {error}"
                ))
            })?;
        text
    } else {
        arguments.arguments.clone()
    };
    let value: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::usage(format!("the arguments are no JSON: {error}")))?;
    if !value.is_object() {
        return Err(Failure::usage("the arguments are no JSON object: {…}"));
    }
    let opened = context.open(arguments.frozen)?;
    let repository = Repository::new(Options {
        graph: opened.graph.path().to_owned(),
        root: opened.root,
        prefix: opened.prefix,
        is_frozen: arguments.frozen,
        max_tokens: arguments.max_tokens,
    });
    drop(opened.graph);
    match repository.call(&arguments.name, value) {
        Ok(reply) if reply.is_text => {
            write!(context.out, "{}", reply.text)?;
            Ok(Outcome::Done)
        }
        Ok(reply) => {
            context.out.json(&reply.value)?;
            Ok(Outcome::Done)
        }
        // A no is an answer: whoever reads it by program finds it where answers are.
        Err(error @ CallError::Negative { .. }) => {
            context.out.json(&error.to_json())?;
            Ok(Outcome::No)
        }
        Err(error) => Err(Failure::from(error)),
    }
}
