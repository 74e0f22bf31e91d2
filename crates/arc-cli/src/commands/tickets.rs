//! `arc build --github` and `arc build --pulls FILE`: pull requests and issues from where they are discussed.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use arc_project::{
    GitHubPlace, GitHubReading, GitHubReport, PullsReport, Token, find_github, forget_tickets,
    import_pulls, read_github,
};
use clap::Args;
use serde_json::{Value, json};

use crate::context::{Context, PATIENCE};
use crate::failure::Failure;
use crate::output::{DIM, Output, WARN, count, inert};

/// Options of `arc build` for pull requests and issues.
#[derive(Args)]
pub(crate) struct TicketArguments {
    /// Read pull requests and issues from GitHub, what is new since the last time; needs a token in GITHUB_TOKEN or GH_TOKEN,
    /// or `gh` logged in
    #[arg(long)]
    github: bool,
    /// The repository to read them from instead of the one that the remote `upstream`, else `origin`, names
    #[arg(long, value_name = "OWNER/NAME", requires = "github")]
    repo: Option<String>,
    /// Add pull requests and issues from an exported file, a JSON object a line (docs/tickets.md); may be given several times
    #[arg(long, value_name = "FILE")]
    pulls: Vec<PathBuf>,
    /// Forget the pull requests and issues that were read from GitHub or files
    #[arg(long, conflicts_with_all = ["github", "pulls"])]
    no_tickets: bool,
    /// Milliseconds that a second of waiting takes, and that a request may take
    #[arg(long, value_name = "MS", value_delimiter = ',', hide = true)]
    github_pace: Vec<u64>,
}

/// What was read.
pub(crate) struct TicketsRead {
    github: Option<(GitHubPlace, GitHubReport)>,
    pulls: Vec<(PathBuf, PullsReport)>,
    is_forgotten: bool,
}

/// Reads what is asked for into the graph that is there; `None` when nothing is.
pub(crate) fn read(
    arguments: &TicketArguments,
    context: &Context,
    root: &Path,
) -> Result<Option<TicketsRead>, Failure> {
    let graph = context.graph_path(root);
    let mut read = TicketsRead {
        github: None,
        pulls: Vec::new(),
        is_forgotten: arguments.no_tickets,
    };
    if arguments.no_tickets {
        context.watched(|watcher| forget_tickets(&graph, PATIENCE, watcher))?;
    }
    for file in &arguments.pulls {
        let path = context.folder().join(file);
        let report = context.watched(|watcher| import_pulls(&graph, &path, PATIENCE, watcher))?;
        read.pulls.push((file.clone(), report));
    }
    if arguments.github {
        read.github = Some(read_from_github(arguments, context, root, &graph)?);
    }
    let is_asked = read.is_forgotten || read.github.is_some() || !read.pulls.is_empty();
    Ok(is_asked.then_some(read))
}

fn read_from_github(
    arguments: &TicketArguments,
    context: &Context,
    root: &Path,
    graph: &Path,
) -> Result<(GitHubPlace, GitHubReport), Failure> {
    let place = find_github(
        root,
        arguments.repo.as_deref(),
        variable("GITHUB_API_URL").as_deref(),
        variable("GITHUB_GRAPHQL_URL").as_deref(),
    )?;
    let token = find_token(&place)?;
    if let Some(remote) = &place.remote {
        let repository = inert(&place.repository);
        context.note(&format!(
            "reading the tickets of {repository} on {} (remote {})",
            place.host,
            inert(remote)
        ));
    }
    let milliseconds = |at: usize, usual: u64| {
        Duration::from_millis(arguments.github_pace.get(at).copied().unwrap_or(usual))
    };
    let tell = |why: &str, seconds: u64| {
        context.note(&format!(
            "waiting {}: {}",
            count(seconds, "second"),
            inert(why)
        ));
    };
    let report = context.watched(|watcher| {
        let reading = GitHubReading {
            token,
            second: milliseconds(0, 1_000),
            timeout: milliseconds(1, 60_000),
            patience: PATIENCE,
            tell: &tell,
            progress: watcher,
        };
        read_github(graph, &place, &reading)
    })?;
    Ok((place, report))
}

/// The token that is meant for this server: one for everybody's GitHub is shown to no other server that a remote names.
fn find_token(place: &GitHubPlace) -> Result<Token, Failure> {
    let names: &[&str] = if place.is_public() {
        &["GITHUB_TOKEN", "GH_TOKEN"]
    } else {
        &["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"]
    };
    let found = names.iter().find_map(|name| variable(name));
    if let Some(token) = found.or_else(|| token_of_gh(&place.host)) {
        return Ok(Token::new(&token));
    }
    let mut hints = vec![format!(
        "put one into {}, or log in with `gh auth login --hostname {}`",
        names.join(" or "),
        place.host
    )];
    if !place.is_public() {
        hints.push(format!(
            "GITHUB_TOKEN is not shown to {}; set GITHUB_API_URL to its address if that is meant",
            place.host
        ));
    }
    Err(Failure::Network {
        message: format!("there is no token for {}", place.host),
        causes: Vec::new(),
        hints,
    })
}

/// What `gh` has for a server, when it is there and logged in.
#[expect(
    clippy::disallowed_methods,
    reason = "the user's own `gh`, with fixed arguments and no shell; nothing of the repository is run"
)]
fn token_of_gh(host: &str) -> Option<String> {
    let output = Command::new("gh")
        .args(["auth", "token", "--hostname", host])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let token = String::from_utf8(output.stdout).ok()?;
    Some(token).filter(|token| output.status.success() && !token.trim().is_empty())
}

/// A variable of the environment that says something.
#[expect(clippy::disallowed_methods, reason = "the environment is read here")]
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name)
        .ok()
        .filter(|text| !text.trim().is_empty())
}

impl TicketsRead {
    /// For `arc build --json`.
    pub(crate) fn json(&self) -> Value {
        let github = self.github.as_ref().map(|(place, report)| {
            json!({
                "repository": place.repository,
                "host": place.host,
                "remote": place.remote,
                "pull_requests": report.pull_requests,
                "issues": report.issues,
                "left_out": report.left_out,
                "secrets": report.secrets,
                "forked_from": report.forked_from,
                "replaced": report.replaced,
            })
        });
        let pulls = self.pulls.iter().map(|(file, report)| {
            let bad = report.bad.iter();
            json!({
                "file": file.display().to_string(),
                "pull_requests": report.pull_requests,
                "issues": report.issues,
                "secrets": report.secrets,
                "bad_lines": report.bad_count,
                "first_bad_lines": bad.map(|line| json!({"line": line.number, "why": line.why})).collect::<Vec<_>>(),
            })
        });
        json!({"forgotten": self.is_forgotten, "github": github, "pulls": pulls.collect::<Vec<_>>()})
    }

    /// For people.
    pub(crate) fn tell(&self, out: &mut Output) -> Result<(), Failure> {
        if self.is_forgotten {
            writeln!(out, "  {DIM}tickets: forgotten, as asked{DIM:#}")?;
        }
        for (file, report) in &self.pulls {
            let file = inert(&file.display().to_string());
            let what = told_counts(report.pull_requests, report.issues);
            writeln!(out, "  {DIM}tickets: {what} from {file}{DIM:#}")?;
            tell_secrets(out, report.secrets)?;
            for line in &report.bad {
                let why = inert(&line.why);
                writeln!(out, "  {WARN}{file}:{}:{WARN:#} {why}", line.number)?;
            }
            let more = report.bad_count - report.bad.len();
            if more > 0 {
                let more = count(more as u64, "more bad line");
                writeln!(out, "  {WARN}{file}:{WARN:#} {more}")?;
            }
        }
        let Some((place, report)) = &self.github else {
            return Ok(());
        };
        let what = told_counts(report.pull_requests, report.issues);
        let from = inert(&place.repository);
        writeln!(
            out,
            "  {DIM}tickets: {what} from {from} that are new or changed{DIM:#}"
        )?;
        tell_secrets(out, report.secrets)?;
        if let Some(other) = &report.replaced {
            let other = inert(other);
            writeln!(
                out,
                "  {WARN}tickets:{WARN:#} those of {other} were forgotten: their numbers mean others here"
            )?;
        }
        if report.left_out > 0 {
            let left = count(report.left_out, "thing");
            writeln!(
                out,
                "  {WARN}tickets:{WARN:#} {left} that GitHub could not give left out"
            )?;
        }
        if let Some(parent) = report.forked_from.as_deref().map(inert) {
            writeln!(
                out,
                "  {WARN}tickets:{WARN:#} {from} is a fork of {parent}; `--repo {parent}` reads the tickets there"
            )?;
        }
        Ok(())
    }
}

fn told_counts(pull_requests: usize, issues: usize) -> String {
    let pull_requests = count(pull_requests as u64, "pull request");
    format!("{pull_requests} and {}", count(issues as u64, "issue"))
}

fn tell_secrets(out: &mut Output, secrets: usize) -> Result<(), Failure> {
    if secrets > 0 {
        let secrets = count(secrets as u64, "secret");
        writeln!(
            out,
            "  {WARN}tickets:{WARN:#} {secrets} taken out of their texts; whoever wrote them should revoke them"
        )?;
    }
    Ok(())
}
