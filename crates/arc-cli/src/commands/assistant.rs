//! `arc assistant`.

use arc_agents::{ModelSettings, assistant_instructions};
use arc_serve::{DefinitionFormat, definitions};
use clap::{Args, Subcommand};
use serde_json::json;

use super::tickets::variable;
use crate::context::Context;
use crate::failure::{Failure, Outcome};

/// Options of `arc assistant`.
#[derive(Args)]
pub(crate) struct AssistantArguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Print an assistant for the API of OpenAI: instructions and tools; whoever runs it calls the tools with `arc call`
    Export,
}

/// Prints the definition of an assistant.
pub(crate) fn run(
    arguments: &AssistantArguments,
    context: &mut Context,
) -> Result<Outcome, Failure> {
    let Verb::Export = arguments.verb;
    let root = context.root()?;
    // Without settings the place of the model stays empty: nothing is sent in here.
    let model = ModelSettings::read(&root, &variable)
        .map_or_else(|_| String::new(), |settings| settings.name);
    let project = root
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    context.out.json(&json!({
        "name": format!("arc: {project}"),
        "description": format!("Answers questions about {project} from its code graph, with places that exist."),
        "model": model,
        "instructions": assistant_instructions(),
        "tools": definitions(DefinitionFormat::OpenAi),
    }))?;
    Ok(Outcome::Done)
}
