//! `arc mcp`: tells assistants on this computer about `arc serve`.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;

use arc_graph::with_causes;
use arc_serve::{
    Client, InstallError, Places, Plan, Scope, Standing, client_names, plan_install,
    plan_uninstall, standing,
};
use clap::{Args, Subcommand};

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::output::{BAD, DIM, GOOD, HEADING, WARN, inert};

/// What to do.
#[derive(Args)]
pub(crate) struct McpArguments {
    #[command(subcommand)]
    command: McpCommand,
}

#[derive(Subcommand)]
enum McpCommand {
    /// Add arc to the servers of a client; shows the change and asks first
    Install(ChangeArguments),
    /// Show which clients know arc
    Status(ClientArguments),
    /// Take back what `install` added, and nothing else
    Uninstall(ChangeArguments),
}

#[derive(Args)]
struct ClientArguments {
    /// Only this client; may be given several times. All that are there unless told
    #[arg(long, value_name = "CLIENT", value_parser = clap::builder::PossibleValuesParser::new(client_names()))]
    client: Vec<String>,
    /// Whose file: the project's, which is shared, or the user's, for all projects
    #[arg(long, default_value = "project", value_parser = ["project", "user"], value_name = "SCOPE")]
    scope: String,
}

#[derive(Args)]
struct ChangeArguments {
    #[command(flatten)]
    clients: ClientArguments,
    /// Show what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Changes files of clients, or tells how they stand.
pub(crate) fn run(arguments: &McpArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let places = places(context)?;
    match &arguments.command {
        McpCommand::Install(change) => changes(change, &places, &plan_install, context),
        McpCommand::Uninstall(change) => changes(change, &places, &plan_uninstall, context),
        McpCommand::Status(clients) => status(clients, &places, context),
    }
}

/// Where files of this user are.
#[expect(
    clippy::disallowed_methods,
    reason = "the environment is read here and nowhere below"
)]
fn places(context: &Context) -> Result<Places, Failure> {
    let folder = |name: &str| {
        let folder = std::env::var_os(name).filter(|folder| !folder.is_empty());
        folder
            .map(PathBuf::from)
            .filter(|folder| folder.is_absolute())
    };
    let home = folder("HOME").or_else(|| folder("USERPROFILE"));
    let home =
        home.ok_or_else(|| Failure::usage("HOME is not set: there are no files of a user"))?;
    let settings = if cfg!(target_os = "macos") {
        home.join("Library/Application Support")
    } else if cfg!(windows) {
        folder("APPDATA").unwrap_or_else(|| home.join("AppData/Roaming"))
    } else {
        folder("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config"))
    };
    Ok(Places {
        root: context.root()?,
        home,
        settings,
    })
}

fn scope(arguments: &ClientArguments) -> Scope {
    match arguments.scope.as_str() {
        "user" => Scope::User,
        _ => Scope::Project,
    }
}

/// The clients that are named; else those that are there and have a file of the scope.
fn chosen(arguments: &ClientArguments, places: &Places) -> Result<Vec<&'static Client>, Failure> {
    if !arguments.client.is_empty() {
        return Ok(arguments
            .client
            .iter()
            .filter_map(|name| Client::named(name))
            .collect());
    }
    let mut present = Client::present(places);
    present.retain(|client| client.file(scope(arguments), places).is_some());
    if present.is_empty() {
        return Err(Failure::Usage {
            message: "no client is to be seen here; name one".to_owned(),
            hints: vec![format!("`--client` takes {}", client_names().join(", "))],
        });
    }
    Ok(present)
}

type Planner<'a> = &'a dyn Fn(&Client, Scope, &Places) -> Result<Plan, InstallError>;

fn changes(
    arguments: &ChangeArguments,
    places: &Places,
    planner: Planner<'_>,
    context: &mut Context,
) -> Result<Outcome, Failure> {
    let clients = chosen(&arguments.clients, places)?;
    let can_ask = std::io::stdin().is_terminal();
    if !arguments.yes && !arguments.dry_run && !can_ask {
        return Err(Failure::Usage {
            message: "nobody can be asked here".to_owned(),
            hints: vec![
                "`--yes` writes without asking, `--dry-run` shows what would be written".to_owned(),
            ],
        });
    }
    let mut outcome = Outcome::Done;
    for client in clients {
        let plan = planner(client, scope(&arguments.clients), places).map_err(failed)?;
        let path = plan.path.to_string_lossy().into_owned();
        if !plan.is_change() {
            writeln!(
                context.out,
                "{HEADING}{}{HEADING:#}: nothing to do in {}",
                client.title,
                inert(&path)
            )?;
            continue;
        }
        writeln!(
            context.out,
            "{HEADING}{}{HEADING:#}: {}",
            client.title,
            inert(&path)
        )?;
        for line in plan.difference().lines() {
            let style = match line.as_bytes().first() {
                Some(b'+') => GOOD,
                Some(b'-') => BAD,
                _ => DIM,
            };
            writeln!(context.out, "  {style}{}{style:#}", inert(line))?;
        }
        if arguments.dry_run {
            continue;
        }
        if !arguments.yes && !is_agreed(context)? {
            outcome = Outcome::No;
            continue;
        }
        if let Some(kept) = plan.apply().map_err(failed)? {
            context.note(&format!("the file as it was: {}", kept.display()));
        }
    }
    Ok(outcome)
}

fn is_agreed(context: &mut Context) -> Result<bool, Failure> {
    write!(context.out, "write this? [y/N] ")?;
    context.out.flush()?;
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    read.map_err(|error| Failure::usage(format!("cannot read an answer: {error}")))?;
    Ok(matches!(
        line.trim().to_ascii_lowercase().as_str(),
        "y" | "yes"
    ))
}

fn status(
    arguments: &ClientArguments,
    places: &Places,
    context: &mut Context,
) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::No;
    for client in chosen(arguments, places)? {
        match standing(client, scope(arguments), places) {
            Ok((path, standing)) => {
                let (style, word) = match standing {
                    Standing::Installed => (GOOD, "installed"),
                    Standing::Different => (WARN, "another entry called arc"),
                    Standing::Absent => (DIM, "not installed"),
                };
                if standing == Standing::Installed {
                    outcome = Outcome::Done;
                }
                writeln!(
                    context.out,
                    "{:<14} {style}{word}{style:#}  {}",
                    client.name,
                    inert(&path.to_string_lossy())
                )?;
            }
            Err(error) => writeln!(
                context.out,
                "{:<14} {BAD}{}{BAD:#}",
                client.name,
                inert(&error.to_string())
            )?,
        }
    }
    Ok(outcome)
}

fn failed(error: InstallError) -> Failure {
    Failure::usage(with_causes(&error))
}
