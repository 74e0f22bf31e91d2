//! What ends a command early, and the exit code of each class (see `arc help` and the README).

use std::io;

use arc_agents::{AnswerError, BaselineError, ImproveError, ModelError, SessionError};
use arc_graph::{NodeRecord, causes, with_causes};
use arc_heal::{HealError, RunError};
use arc_project::{
    AsOfError, AskError, BuildError, CoverageError, DurationsError, EvalError, ExportError,
    GitHubError, PackError, PlaceError, PullError, SnapshotError, StoreError, TicketsError,
    TrialError, WhyError, spelled,
};
use arc_sandbox::SandboxError;
use arc_serve::CallError;

use crate::commands::Carried;

/// How a command ends when nothing failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Exit code 0.
    Done,
    /// The answer is a no: exit code 1.
    No,
    /// What a command in the sandbox ended with.
    Code(u8),
}

/// Why a command ends early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Done, and the answer is a no: exit code 1.
    Negative { message: String, hints: Vec<String> },
    /// Wrong usage or configuration: 2.
    Usage { message: String, hints: Vec<String> },
    /// No usable graph: 3.
    Graph {
        message: String,
        causes: Vec<String>,
        hints: Vec<String>,
    },
    /// Network or credentials needed: 4.
    Network {
        message: String,
        causes: Vec<String>,
        hints: Vec<String>,
    },
    /// Refused by a policy or the sandbox: 5.
    Refused {
        message: String,
        causes: Vec<String>,
        hints: Vec<String>,
    },
    /// Ctrl-C: 130.
    Interrupted,
    /// Ctrl-C while something was read that stays as far as it came: 130.
    Paused,
    /// Whoever read the output is gone: ends quietly.
    ClosedPipe,
    /// The output cannot be written.
    Output(io::Error),
}

impl Failure {
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Failure::Negative { .. } => 1,
            Failure::Usage { .. } => 2,
            Failure::Graph { .. } | Failure::Output(_) => 3,
            Failure::Network { .. } => 4,
            Failure::Refused { .. } => 5,
            Failure::Interrupted | Failure::Paused => 130,
            Failure::ClosedPipe => 0,
        }
    }

    /// The failure, its causes and what to do, as separate lines.
    pub(crate) fn parts(&self) -> (String, &[String], &[String]) {
        match self {
            Failure::Negative { message, hints } | Failure::Usage { message, hints } => {
                (message.clone(), &[], hints)
            }
            Failure::Graph {
                message,
                causes,
                hints,
            }
            | Failure::Network {
                message,
                causes,
                hints,
            }
            | Failure::Refused {
                message,
                causes,
                hints,
            } => (message.clone(), causes, hints),
            Failure::Paused => (
                "interrupted; what was read stays, and the next reading goes on from there"
                    .to_owned(),
                &[],
                &[],
            ),
            Failure::Interrupted => (
                "interrupted; everything is as it was before".to_owned(),
                &[],
                &[],
            ),
            Failure::ClosedPipe => (String::new(), &[], &[]),
            Failure::Output(error) => (format!("cannot write the output: {error}"), &[], &[]),
        }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Failure {
        Failure::Usage {
            message: message.into(),
            hints: Vec::new(),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Failure::ClosedPipe
        } else {
            Failure::Output(error)
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Failure {
        Failure::from(io::Error::from(error))
    }
}

impl From<ModelError> for Failure {
    fn from(error: ModelError) -> Failure {
        let message = error.to_string();
        let hints = |hint: &str| vec![hint.to_owned()];
        let network = |hint: &str| Failure::Network {
            message: message.clone(),
            causes: Vec::new(),
            hints: hints(hint),
        };
        match &error {
            ModelError::NotConfigured => Failure::Usage {
                message,
                hints: hints(
                    "set ARC_MODEL_NAME and a key, or [model] in arc.toml; docs/agents.md has examples",
                ),
            },
            ModelError::BadSettings { .. } => Failure::usage(message),
            ModelError::NoKey { variable, .. } => network(&format!(
                "set {variable}, or name another variable with ARC_MODEL_KEY_ENV"
            )),
            ModelError::Unauthorized { .. } => {
                network("look at the key, and at what it may be used for")
            }
            ModelError::UnknownModel { .. } => {
                network("look at ARC_MODEL_NAME and ARC_MODEL_BASE_URL")
            }
            ModelError::Unreachable { .. } => {
                network("look at ARC_MODEL_BASE_URL, and whether the server runs")
            }
            ModelError::Limited { .. }
            | ModelError::Server { .. }
            | ModelError::TimedOut { .. }
            | ModelError::Cut { .. }
            | ModelError::Malformed { .. } => {
                network("try again later; ARC_MODEL_TIMEOUT sets how long is waited")
            }
            ModelError::Rejected { .. } => {
                network("the server may not speak what [model] provider says")
            }
            ModelError::TooLong { .. } => Failure::Negative {
                message,
                hints: hints("ask about less, or a model that reads more at once"),
            },
            ModelError::OverBudget { .. } => Failure::Negative {
                message,
                hints: hints("ask for less, or raise ARC_MODEL_MAX_TOKENS"),
            },
            ModelError::OverCost { .. } => Failure::Negative {
                message,
                hints: hints("ask for less, or raise ARC_MODEL_MAX_COST"),
            },
            ModelError::Recording { .. } => Failure::usage(message),
            ModelError::Cancelled => Failure::Interrupted,
        }
    }
}

impl From<AnswerError> for Failure {
    fn from(error: AnswerError) -> Failure {
        match error {
            AnswerError::Model(error) => Failure::from(error),
            AnswerError::Ask(error) => Failure::from(error),
            AnswerError::Endless { .. } | AnswerError::Refused { .. } => Failure::Negative {
                message: error.to_string(),
                hints: Vec::new(),
            },
        }
    }
}

impl From<ImproveError> for Failure {
    fn from(error: ImproveError) -> Failure {
        match error {
            ImproveError::Answer(error) => Failure::from(error),
            ImproveError::Trial(error) => Failure::from(error),
            ImproveError::Session(error) => Failure::from(error),
            ImproveError::Outside(error) => match error.downcast::<Carried>() {
                Ok(carried) => carried.0,
                Err(error) => match error.downcast::<HealError>() {
                    Ok(error) => Failure::from(*error),
                    Err(error) => Failure::usage(with_causes(&*error)),
                },
            },
        }
    }
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Failure {
        let message = error.to_string();
        match error {
            SessionError::Unknown { .. } => Failure::Negative {
                message,
                hints: vec!["`arc sessions` lists them".to_owned()],
            },
            SessionError::Busy { .. } | SessionError::File { .. } => Failure::usage(message),
        }
    }
}

impl From<TrialError> for Failure {
    fn from(error: TrialError) -> Failure {
        match error {
            TrialError::Build(error) => Failure::from(error),
            TrialError::Ask(error) => Failure::from(error),
            TrialError::Write { .. } => Failure::Graph {
                message: error.to_string(),
                causes: causes(&error),
                hints: vec![
                    "a change is tried in a copy of the project beside its graph".to_owned(),
                ],
            },
        }
    }
}

impl From<BaselineError> for Failure {
    fn from(error: BaselineError) -> Failure {
        Failure::Usage {
            message: error.to_string(),
            hints: vec!["`arc review --write-baseline` makes one".to_owned()],
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        let hint = match &error {
            StoreError::Missing { .. } => "run `arc build`",
            StoreError::Damaged { .. } | StoreError::TooOld { .. } => {
                "run `arc build --full` to make it anew"
            }
            StoreError::TooNew { .. } => {
                "update arc, or run `arc build --full` to make it anew with this one"
            }
            StoreError::Open { .. }
            | StoreError::NotAGraph { .. }
            | StoreError::ReadOnly { .. }
            | StoreError::DiskFull { .. }
            | StoreError::Locked { .. }
            | StoreError::Busy { .. }
            | StoreError::File { .. }
            | StoreError::Failed { .. } => "`--db PATH` keeps the graph somewhere else",
        };
        Failure::Graph {
            message: error.to_string(),
            causes: causes(&error),
            hints: vec![hint.to_owned()],
        }
    }
}

impl From<PackError> for Failure {
    fn from(error: PackError) -> Failure {
        let message = error.to_string();
        let hint = match error {
            PackError::Store(error) => return Failure::from(error),
            PackError::NoPack { .. } => "`arc pack` writes one",
            PackError::Changed { .. } => "fetch it again; the graph here is as it was",
            PackError::OtherVersion { .. } => "pack with the version of arc that unpacks",
            PackError::Foreign { .. } => {
                "`git fetch` brings commits that are missing; the graph here is as it was"
            }
            PackError::File { ref source, .. } => {
                return Failure::usage(format!("{message}: {source}"));
            }
        };
        Failure::Refused {
            message,
            causes: Vec::new(),
            hints: vec![hint.to_owned()],
        }
    }
}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Failure {
        match error {
            BuildError::Cancelled => Failure::Interrupted,
            BuildError::Store(error) => Failure::from(error),
            BuildError::Index(_) => Failure::Usage {
                message: with_causes(&error),
                hints: vec!["the graph is as it was before".to_owned()],
            },
            BuildError::NoFolder { .. } => Failure::Usage {
                message: error.to_string(),
                hints: vec!["name the folder of a project: `arc build PATH`".to_owned()],
            },
        }
    }
}

impl From<PullError> for Failure {
    fn from(error: PullError) -> Failure {
        let message = error.to_string();
        match error {
            PullError::Unknown { fetch, .. } => Failure::Negative {
                message,
                hints: vec![
                    format!("`{fetch}` fetches it"),
                    "`arc build --github` or `--pulls FILE` reads what the tracker knows"
                        .to_owned(),
                ],
            },
            PullError::NotHere { fetch, .. } => Failure::Negative {
                message,
                hints: vec![format!("`{fetch}` fetches them")],
            },
            PullError::NoBase { .. } => Failure::Negative {
                message,
                hints: Vec::new(),
            },
            PullError::History(error) => Failure::from(AskError::History(error)),
            PullError::Store(error) => Failure::from(error),
        }
    }
}

impl From<DurationsError> for Failure {
    fn from(error: DurationsError) -> Failure {
        Failure::usage(error.to_string())
    }
}

impl From<EvalError> for Failure {
    fn from(error: EvalError) -> Failure {
        let negative = |hint: &str| Failure::Negative {
            message: with_causes(&error),
            hints: vec![hint.to_owned()],
        };
        match error {
            EvalError::History(_) => {
                negative("without a readable git history nothing can be replayed")
            }
            EvalError::TooShort { .. } => negative("nothing can be said about so few"),
            EvalError::NothingSince { .. } => negative("choose an earlier day"),
            EvalError::Build(error) => Failure::from(error),
            EvalError::Store(error) => Failure::from(error),
            EvalError::Write { .. } | EvalError::Read(_) => Failure::Graph {
                message: error.to_string(),
                causes: causes(&error),
                hints: Vec::new(),
            },
        }
    }
}

impl From<AsOfError> for Failure {
    fn from(error: AsOfError) -> Failure {
        match error {
            AsOfError::History(ref cause) => no_commit(&error, cause.unknown_revision()),
            AsOfError::NotKept { .. } => Failure::Graph {
                message: error.to_string(),
                causes: Vec::new(),
                hints: vec!["without --frozen it is made".to_owned()],
            },
            AsOfError::Snapshot(SnapshotError::Build(error)) => Failure::from(error),
            AsOfError::Store(error) => Failure::from(error),
            AsOfError::Snapshot(_) | AsOfError::Keep { .. } => Failure::Graph {
                message: error.to_string(),
                causes: causes(&error),
                hints: vec!["`--db PATH` keeps graphs somewhere else".to_owned()],
            },
        }
    }
}

impl From<AskError> for Failure {
    fn from(error: AskError) -> Failure {
        match error {
            AskError::NotFound { ref nearest, .. } => Failure::Negative {
                hints: nearest
                    .iter()
                    .map(|name| format!("did you mean {name}"))
                    .collect(),
                message: error.to_string(),
            },
            AskError::Folder { .. } => Failure::Negative {
                message: error.to_string(),
                hints: vec![
                    "ask about a file in it; `arc impact` and `arc tests` take a folder of up to 500 files".to_owned(),
                    "`arc owners` tells who knows a folder".to_owned(),
                ],
            },
            AskError::NoLine { .. } | AskError::Unreadable { .. } => Failure::Negative {
                message: error.to_string(),
                hints: Vec::new(),
            },
            AskError::Outside { .. } => Failure::Negative {
                message: error.to_string(),
                hints: vec!["paths are relative to its root or to the current folder".to_owned()],
            },
            AskError::Deleted { ref told, .. } => Failure::Negative {
                hints: told.clone(),
                message: error.to_string(),
            },
            AskError::Ambiguous { ref candidates, .. } => Failure::Negative {
                hints: candidates.iter().map(candidate).collect(),
                message: error.to_string(),
            },
            AskError::Store(error) => Failure::from(error),
            AskError::History(ref cause) => no_commit(&error, cause.unknown_revision()),
            AskError::Vanished | AskError::Read(_) => Failure::Graph {
                message: error.to_string(),
                causes: causes(&error),
                hints: vec!["run `arc doctor`".to_owned()],
            },
        }
    }
}

/// Git has no such commit, or cannot tell. What the library says of a name that nothing has says less than the name.
fn no_commit(error: &dyn std::error::Error, revision: Option<&str>) -> Failure {
    let Some(revision) = revision else {
        return Failure::usage(with_causes(error));
    };
    let mut hints = vec![
        "a branch, a tag, an id or `HEAD~3` names one; `git log --oneline` lists them".to_owned(),
    ];
    // `arc impact --diff src/app.py` takes the file for the revision.
    if revision == "-" || std::path::Path::new(revision).exists() {
        hints.push("write `--diff=HEAD` before a target".to_owned());
        hints.push("a diff of your own goes in at the front: `git diff | arc impact -`".to_owned());
    }
    Failure::Usage {
        message: error.to_string(),
        hints,
    }
}

impl From<SandboxError> for Failure {
    fn from(error: SandboxError) -> Failure {
        let causes = causes(&error);
        match error {
            SandboxError::Job { why } => Failure::usage(why),
            SandboxError::Lost { .. } => Failure::Refused {
                message: format!("{error}; nothing of the project was changed"),
                causes,
                hints: Vec::new(),
            },
            SandboxError::Refused { .. } | SandboxError::System { .. } => Failure::Refused {
                message: format!("nothing was run: {error}"),
                causes,
                hints: vec!["docs/sandbox.md tells what it needs of a machine".to_owned()],
            },
        }
    }
}

impl From<WhyError> for Failure {
    fn from(error: WhyError) -> Failure {
        match error {
            WhyError::Ask(error) => Failure::from(error),
            WhyError::NoHistory { .. } | WhyError::NoLines { .. } => Failure::Negative {
                message: error.to_string(),
                hints: Vec::new(),
            },
        }
    }
}

impl From<HealError> for Failure {
    fn from(error: HealError) -> Failure {
        let message = with_causes(&error);
        let hints = vec!["every file is as it was found".to_owned()];
        match error {
            HealError::Fixer { source } => match source.downcast::<Carried>() {
                Ok(carried) => carried.0,
                Err(error) => Failure::usage(with_causes(&*error)),
            },
            HealError::Run(RunError::Sandbox(error)) => Failure::from(error),
            HealError::Parted { .. } => Failure::Negative {
                message,
                hints: vec!["the next `arc heal` goes on with it".to_owned()],
            },
            HealError::Protected { .. }
            | HealError::NotAllowed { .. }
            | HealError::StaysManual { .. } => Failure::Refused {
                message,
                causes: Vec::new(),
                hints,
            },
            HealError::BadSettings { .. }
            | HealError::Unfit { .. }
            | HealError::Read { .. }
            | HealError::Run(_) => Failure::Usage { message, hints },
            HealError::Changed { .. }
            | HealError::NoSession { .. }
            | HealError::NothingApplied { .. }
            | HealError::Write { .. } => Failure::Negative { message, hints },
        }
    }
}

impl From<CoverageError> for Failure {
    fn from(error: CoverageError) -> Failure {
        match error {
            CoverageError::Store(error) => Failure::from(error),
            CoverageError::Ask(error) => Failure::from(error),
            CoverageError::File { .. } | CoverageError::History(_) => Failure::Usage {
                message: error.to_string(),
                hints: vec!["the graph has what it had before".to_owned()],
            },
        }
    }
}

impl From<PlaceError> for Failure {
    fn from(error: PlaceError) -> Failure {
        let message = error.to_string();
        let hint = "`--repo OWNER/NAME` says which repository is meant; `--pulls FILE` takes an exported file";
        match error {
            PlaceError::BadName { .. } => Failure::usage(message),
            PlaceError::NoRemote | PlaceError::NotGitHub { .. } => Failure::Network {
                message,
                causes: Vec::new(),
                hints: vec![hint.to_owned()],
            },
        }
    }
}

impl From<TicketsError> for Failure {
    fn from(error: TicketsError) -> Failure {
        let message = error.to_string();
        match error {
            TicketsError::Cancelled => Failure::Paused,
            TicketsError::Store(error) => Failure::from(error),
            TicketsError::File { .. } => Failure::Usage {
                message: with_causes(&error),
                hints: Vec::new(),
            },
            TicketsError::NoTickets { bad, .. } => Failure::Usage {
                message,
                hints: bad
                    .iter()
                    .skip(1)
                    .take(4)
                    .map(|line| format!("line {}: {}", line.number, line.why))
                    .chain(["docs/tickets.md says how a line is written".to_owned()])
                    .collect(),
            },
            TicketsError::GitHub(error) => from_github(&error),
        }
    }
}

/// What was asked of GitHub and not given, and what to do.
fn from_github(error: &GitHubError) -> Failure {
    const KEPT: &str = "what was read so far stays; the same command goes on from there";
    let has = |scopes: &Option<String>| {
        scopes.as_ref().map(|scopes| match scopes.as_str() {
            "" => "the token has no scopes: it sees public repositories only; a private one needs `repo`".to_owned(),
            scopes => format!("the token has the scopes {scopes}; a private repository needs `repo`"),
        })
    };
    let fine = "a fine-grained token needs the repository, and read access to Contents, Issues, Metadata and Pull requests";
    let hints = match error {
        GitHubError::BadAddress { .. } => {
            return Failure::Usage {
                message: error.to_string(),
                hints: vec!["GITHUB_API_URL and GITHUB_GRAPHQL_URL say where GitHub is".to_owned()],
            };
        }
        GitHubError::Setup { .. } => Vec::new(),
        GitHubError::OddToken => vec!["look at what GITHUB_TOKEN or GH_TOKEN holds".to_owned()],
        GitHubError::BadToken { .. } => {
            vec![
                "it may have expired or been revoked; `gh auth refresh` or a new one helps"
                    .to_owned(),
            ]
        }
        GitHubError::NoRights { scopes, .. } | GitHubError::NotFound { scopes, .. } => {
            vec![has(scopes).unwrap_or_else(|| fine.to_owned())]
        }
        GitHubError::NoAnswer { .. } | GitHubError::Limited { .. } => vec![KEPT.to_owned()],
        GitHubError::OldCursor | GitHubError::Cancelled => vec![KEPT.to_owned()],
        GitHubError::NoGitHub { .. } => {
            vec![
                "GITHUB_API_URL is the address of the API: https://HOST/api/v3 on an own server"
                    .to_owned(),
            ]
        }
    };
    Failure::Network {
        message: error.to_string(),
        causes: Vec::new(),
        hints,
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Failure {
        match error {
            ExportError::Ask(error) => Failure::from(error),
            ExportError::Write(error) => Failure::from(error),
        }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Failure {
        let message = error.to_string();
        match error {
            CallError::UnknownTool { .. } | CallError::Arguments(_) => Failure::Usage {
                message,
                hints: vec!["`arc tools` prints what each takes".to_owned()],
            },
            CallError::Negative { hints, .. } => Failure::Negative { message, hints },
            CallError::NoGraph { .. } => Failure::Graph {
                message,
                causes: Vec::new(),
                hints: vec!["run `arc doctor`".to_owned()],
            },
            CallError::Cancelled => Failure::Interrupted,
        }
    }
}

fn candidate(node: &NodeRecord) -> String {
    format!(
        "{}  {} {}",
        spelled(node),
        node.kind.as_str(),
        node.qualified_name
    )
}
