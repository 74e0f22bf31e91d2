//! The commands, one file each.

mod ask;
mod assistant;
mod build;
mod call;
mod changes;
mod chat;
mod check;
mod completions;
mod context;
mod diff;
mod doctor;
mod eval;
mod evaluate;
mod export;
mod feedback;
mod generate;
mod heal;
mod heal_export;
mod heal_model;
mod history;
mod hotspots;
mod impact;
mod impact_formats;
mod improve;
mod incidents;
mod making;
mod man;
mod mcp;
mod owners;
mod pack;
mod query;
mod relate;
mod review;
mod review_formats;
mod run;
mod run_json;
mod serve;
mod sessions;
mod spec;
mod targets;
mod tests;
mod tickets;
mod tools;
mod watch;
mod why;

use std::path::PathBuf;

use arc_project::time_of_day;
use clap::{Args, Parser, Subcommand};

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::output::inert;

pub(crate) use making::Carried;

const AFTER_HELP: &str = "\
Targets are a file (src/app.py), a line (src/app.py:42), a symbol of a file (src/app.py::Config.load) or a qualified name
(app.config.Config.load).

Exit codes: 0 done; 1 done, and the answer is a no; 2 wrong usage; 3 no usable graph; 4 network or
credentials needed; 5 refused by a policy or the sandbox; 130 interrupted. `arc run` ends with the
code of its command.";

/// A knowledge graph of a software project: what a change can break, and why the code is as it is.
#[derive(Parser)]
#[command(name = "arc", version, about, after_help = AFTER_HELP, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: GlobalArguments,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Arguments {
    /// What was said, if it is a sound `arc run`; all else is for [`Parser::try_parse`]. Putting all other commands together takes a tenth of what it
    /// takes to run one that does nothing.
    pub(crate) fn of_run() -> Option<Arguments> {
        let said = OfRun::try_parse().ok()?;
        let OnlyRun::Run(arguments) = said.command;
        Some(Arguments {
            global: said.global,
            command: Command::Run(arguments),
        })
    }
}

#[derive(Parser)]
#[command(name = "arc")]
struct OfRun {
    #[command(flatten)]
    global: GlobalArguments,
    #[command(subcommand)]
    command: OnlyRun,
}

#[derive(Subcommand)]
enum OnlyRun {
    Run(run::RunArguments),
}

/// Options of every command.
#[derive(Args)]
pub(crate) struct GlobalArguments {
    /// Run as if started in this folder
    #[arg(short = 'C', long = "directory", value_name = "DIR", global = true)]
    pub(crate) directory: Option<PathBuf>,
    /// Keep the graph in this file instead of .arc/graph.db
    #[arg(long, value_name = "FILE", global = true, env = "ARC_DB")]
    pub(crate) db: Option<PathBuf>,
    /// When to use colors
    #[arg(long, value_name = "WHEN", default_value = "auto", value_parser = ["auto", "always", "never"], global = true)]
    pub(crate) color: String,
    /// Print no progress, no notes and no summary of a build
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

/// Every command, sorted by name.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Answer a question in plain words from the graph, with a model
    Ask(ask::AskArguments),
    /// Write down arc as an assistant for other services
    Assistant(assistant::AssistantArguments),
    /// Index a project, or update its graph
    Build(build::BuildArguments),
    /// Call a tool function, as an assistant would
    Call(call::CallArguments),
    /// Answer questions that build on each other, from the graph, with a model
    Chat(chat::ChatArguments),
    /// Tell which names of a file resolve to nothing
    Check(check::CheckArguments),
    /// Print completions for a shell
    Completions(completions::CompletionsArguments),
    /// Show what somebody needs to see who is to change something, within a budget of tokens
    Context(context::ContextArguments),
    /// Show what came, went and broke between two commits
    Diff(diff::DiffArguments),
    /// Check that everything is sound
    Doctor(doctor::DoctorArguments),
    /// Tell how right `arc impact` would have been on the newest commits
    Eval(eval::EvalArguments),
    /// Tell how good a change is that nobody has made yet, from evidence
    Evaluate(evaluate::EvaluateArguments),
    /// Print the edges of the graph
    Export(export::ExportArguments),
    /// Tell what people made of findings and changes, or forget it
    Feedback(feedback::FeedbackArguments),
    /// Have a model change a file or do a task, checked against the graph and proved
    Generate(generate::GenerateArguments),
    /// Repair what makes a command fail, and prove it
    Heal(heal::HealArguments),
    /// Tell what became of a file or a symbol: created, moved, renamed, changed, deleted
    History(history::HistoryArguments),
    /// List what is both complicated and often changed
    Hotspots(hotspots::HotspotsArguments),
    /// Show the blast radius of a change
    Impact(impact::ImpactArguments),
    /// Have a model make a file better, and keep it only if it proves better
    Improve(improve::ImproveArguments),
    /// Print the manual page
    #[command(hide = true)]
    Man(man::ManArguments),
    /// Tell assistants on this computer about arc
    Mcp(mcp::McpArguments),
    /// Tell who knows a file, a folder or a symbol
    Owners(owners::OwnersArguments),
    /// Write the graph into one file that others can start from
    Pack(pack::PackArguments),
    /// Search symbols by words of their names and documentation
    Query(query::QueryArguments),
    /// Show the neighbours of a file or symbol
    Relate(relate::RelateArguments),
    /// Tell what a change breaks or forgets, without a model
    Review(review::ReviewArguments),
    /// Run a command in the sandbox
    Run(run::RunArguments),
    /// Serve the tools to assistants: MCP over standard input and output
    Serve(serve::ServeArguments),
    /// List the sessions of `arc generate`, `arc improve` and `arc chat`
    Sessions(sessions::SessionsArguments),
    /// List the tests to run for a change
    Tests(tests::TestsArguments),
    /// Print the definitions of the tool functions
    Tools(tools::ToolsArguments),
    /// Start from a graph that somebody else packed, and index what is different here
    Unpack(pack::UnpackArguments),
    /// Keep the graph up with the files until Ctrl-C
    Watch(watch::WatchArguments),
    /// Tell why lines, a symbol or a file are as they are
    Why(why::WhyArguments),
}

/// Runs a command.
pub(crate) fn run(command: Command, context: &mut Context) -> Result<Outcome, Failure> {
    match command {
        Command::Ask(arguments) => ask::run(&arguments, context),
        Command::Assistant(arguments) => assistant::run(&arguments, context),
        Command::Build(arguments) => build::run(&arguments, context),
        Command::Call(arguments) => call::run(&arguments, context),
        Command::Chat(arguments) => chat::run(&arguments, context),
        Command::Check(arguments) => check::run(&arguments, context),
        Command::Completions(arguments) => completions::run(&arguments, context),
        Command::Context(arguments) => context::run(&arguments, context),
        Command::Diff(arguments) => diff::run(&arguments, context),
        Command::Doctor(arguments) => doctor::run(&arguments, context),
        Command::Eval(arguments) => eval::run(&arguments, context),
        Command::Evaluate(arguments) => evaluate::run(&arguments, context),
        Command::Export(arguments) => export::run(&arguments, context),
        Command::Feedback(arguments) => feedback::run(&arguments, context),
        Command::Generate(arguments) => generate::run(&arguments, context),
        Command::Heal(arguments) => heal::run(&arguments, context),
        Command::History(arguments) => history::run(&arguments, context),
        Command::Hotspots(arguments) => hotspots::run(&arguments, context),
        Command::Impact(arguments) => impact::run(arguments, context),
        Command::Improve(arguments) => improve::run(&arguments, context),
        Command::Man(arguments) => man::run(&arguments, context),
        Command::Mcp(arguments) => mcp::run(&arguments, context),
        Command::Owners(arguments) => owners::run(&arguments, context),
        Command::Pack(arguments) => pack::run_pack(&arguments, context),
        Command::Query(arguments) => query::run(&arguments, context),
        Command::Relate(arguments) => relate::run(&arguments, context),
        Command::Review(arguments) => review::run(&arguments, context),
        Command::Run(arguments) => run::run(arguments, context),
        Command::Serve(arguments) => serve::run(&arguments, context),
        Command::Sessions(arguments) => sessions::run(&arguments, context),
        Command::Tests(arguments) => tests::run(&arguments, context),
        Command::Tools(arguments) => tools::run(&arguments, context),
        Command::Unpack(arguments) => pack::run_unpack(&arguments, context),
        Command::Watch(arguments) => watch::run(&arguments, context),
        Command::Why(arguments) => why::run(&arguments, context),
    }
}

/// The start of a day, in seconds since 1970.
fn day(text: &str) -> Result<i64, Failure> {
    time_of_day(text).ok_or_else(|| Failure::Usage {
        message: format!("{} is no day", inert(text)),
        hints: vec!["write it as 2024-05-01".to_owned()],
    })
}
