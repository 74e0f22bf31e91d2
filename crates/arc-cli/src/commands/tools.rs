//! `arc tools`.

use arc_serve::{DefinitionFormat, definitions};
use clap::Args;

use crate::context::Context;
use crate::failure::{Failure, Outcome};

/// Options of `arc tools`.
#[derive(Args)]
pub(crate) struct ToolsArguments {
    /// Whose request they are pasted into
    #[arg(long, default_value = "mcp", value_name = "FORMAT", value_parser = ["mcp", "openai", "anthropic"])]
    format: String,
}

/// Prints a JSON array of definitions.
pub(crate) fn run(arguments: &ToolsArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let format = match arguments.format.as_str() {
        "openai" => DefinitionFormat::OpenAi,
        "anthropic" => DefinitionFormat::Anthropic,
        _ => DefinitionFormat::Mcp,
    };
    context.out.json(&definitions(format))?;
    Ok(Outcome::Done)
}
