//! `arc ask`.

use std::io::Write as _;

use arc_agents::{
    Answer, Budget, Citation, ModelSettings, ToolSpec, Tools, answer, first_request, open_model,
    shown_prompt,
};
use arc_serve::{DefinitionFormat, Options, Repository, definitions};
use clap::Args;
use serde::Serialize;
use serde_json::Value;

use super::tickets::variable;
use crate::context::{Context, Opened};
use crate::failure::{Failure, Outcome};
use crate::output::{WARN, count, grouped, inert};

/// Options of `arc ask`.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct AskArguments {
    /// The question, in plain words
    question: String,
    /// Print the first request as it would be sent, and send nothing
    #[arg(long)]
    show_prompt: bool,
    /// Use the graph as it is, and write nothing
    #[arg(long)]
    frozen: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
The model is what [model] of arc.toml or the environment names (docs/agents.md); without one nothing is sent anywhere.
It sees what the tools of `arc tools` show, and every place that it refers to is checked to be there.

Exit codes: 0 answered with places that hold; 1 nothing that was seen stands behind the answer; 2 no model is configured;
4 the model cannot be reached or does not take the key.";

/// What `arc ask --json` prints.
#[derive(Serialize)]
struct AnswerReport<'a> {
    schema: &'static str,
    question: &'a str,
    answer: &'a str,
    grounded: bool,
    citations: Vec<CitationReport<'a>>,
    calls: usize,
    tokens: u64,
    model: &'a str,
}

#[derive(Serialize)]
struct CitationReport<'a> {
    at: &'a str,
    good: bool,
    why: &'static str,
}

/// Asks and prints.
pub(crate) fn run(arguments: &AskArguments, context: &mut Context) -> Result<Outcome, Failure> {
    if arguments.show_prompt {
        let root = context.root()?;
        let settings = ModelSettings::read(&root, &variable);
        let request = first_request(&arguments.question, &tools());
        context
            .out
            .json(&shown_prompt(settings.as_ref().ok(), &request)?)?;
        return Ok(Outcome::Done);
    }
    let asked = Asked {
        question: &arguments.question,
        is_frozen: arguments.frozen,
        is_json: arguments.json,
        own: None,
    };
    asked.run(context)
}

/// A tool that a command adds to those that all have: what it is, and its answer.
pub(super) type OwnTool<'a> = (
    ToolSpec,
    &'a dyn Fn(&Opened, Value) -> Result<String, Failure>,
);

/// A question to the configured model.
pub(super) struct Asked<'a> {
    pub(super) question: &'a str,
    pub(super) is_frozen: bool,
    pub(super) is_json: bool,
    pub(super) own: Option<OwnTool<'a>>,
}

impl Asked<'_> {
    /// Asks and prints.
    pub(super) fn run(&self, context: &mut Context) -> Result<Outcome, Failure> {
        let root = context.root()?;
        let settings = ModelSettings::read(&root, &variable)?;
        let model = open_model(&settings)?;
        let opened = context.open(self.is_frozen)?;
        let tools_here = repository(&opened);
        let call = |name: &str, value: Value| match &self.own {
            Some((spec, run)) if spec.name == name => {
                run(&opened, value).map_err(|failure| failure.parts().0)
            }
            Some(_) | None => tools_here.text(name, value),
        };
        let own = self.own.iter().map(|(spec, _)| spec.clone());
        let tools = Tools {
            specs: own.chain(tools()).collect(),
            call: &call,
        };
        let budget = Budget::new(&settings);
        let place = (&opened.graph, opened.root.as_path());
        let with = (model.as_ref(), &tools, &budget);
        let found = context.watched(|watcher| {
            watcher.attend();
            answer(place, self.question, with, watcher)
        })?;
        let outcome = if found.is_grounded {
            Outcome::Done
        } else {
            Outcome::No
        };
        self.print(&found, model.name(), context)?;
        Ok(outcome)
    }

    fn print(&self, found: &Answer, model: &str, context: &mut Context) -> Result<(), Failure> {
        if self.is_json {
            return context.out.json(&report(self.question, found, model));
        }
        show_answer(found, model, context)
    }
}

/// An answer as one line of JSON.
pub(super) fn answer_json(question: &str, found: &Answer, model: &str) -> Result<String, Failure> {
    Ok(serde_json::to_string(&report(question, found, model))?)
}

/// An answer for a person.
pub(super) fn show_answer(
    found: &Answer,
    model: &str,
    context: &mut Context,
) -> Result<(), Failure> {
    for line in found.text.lines() {
        writeln!(context.out, "{}", inert(line))?;
    }
    if !found.is_grounded {
        writeln!(
            context.out,
            "{WARN}nothing that was looked at stands behind this{WARN:#}"
        )?;
    }
    let calls = count(found.lookups.len() as u64, "call");
    let good = found.citations.iter().filter(|one| one.is_good).count();
    context.note(&format!(
        "{model}, {calls}, {} tokens, {}",
        grouped(found.tokens),
        count(good as u64, "checked place")
    ));
    Ok(())
}

/// The tools, called as a model calls them.
pub(super) struct ToolsHere(Repository);

/// The tools of an opened project.
pub(super) fn repository(opened: &Opened) -> ToolsHere {
    ToolsHere(Repository::new(Options {
        graph: opened.graph.path().to_owned(),
        root: opened.root.clone(),
        prefix: opened.prefix.clone(),
        is_frozen: opened.is_frozen,
        max_tokens: super::serve::MAX_TOKENS,
    }))
}

impl ToolsHere {
    /// What a tool answers, as text; an error is a sentence for the model.
    pub(super) fn text(&self, name: &str, value: Value) -> Result<String, String> {
        match self.0.call(name, value) {
            Ok(reply) if reply.is_text => Ok(reply.text),
            Ok(reply) => Ok(reply.value.to_string()),
            Err(error) => Err(error.to_json().to_string()),
        }
    }
}

/// The tools as a model gets them.
pub(super) fn tools() -> Vec<ToolSpec> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = definitions(DefinitionFormat::Anthropic);
    let all = all.as_array().into_iter().flatten();
    all.map(|tool| ToolSpec {
        name: text(&tool["name"]),
        description: text(&tool["description"]),
        input: tool["input_schema"].clone(),
    })
    .collect()
}

fn report<'a>(question: &'a str, found: &'a Answer, model: &'a str) -> AnswerReport<'a> {
    let citation = |citation: &'a Citation| CitationReport {
        at: &citation.text,
        good: citation.is_good,
        why: citation.why,
    };
    AnswerReport {
        schema: "arc.answer/1",
        question,
        answer: &found.text,
        grounded: found.is_grounded,
        citations: found.citations.iter().map(citation).collect(),
        calls: found.lookups.len(),
        tokens: found.tokens,
        model,
    }
}
