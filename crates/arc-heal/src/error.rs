//! What keeps a session from ending in a report.

use std::io;
use std::path::PathBuf;

/// A command or tool that cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// There is nothing to run.
    #[error("no command is given")]
    NoCommand,
    /// The program cannot be started.
    #[error("cannot start {program}")]
    Start {
        /// The program.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// The private copy of the project cannot be made or kept.
    #[error("cannot copy {path}")]
    Copy {
        /// What could not be copied or written.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The project is too big for a private copy.
    #[error("{path} is too big to be copied (more than {most} bytes)")]
    TooBig {
        /// Where the limit was met.
        path: PathBuf,
        /// The limit.
        most: u64,
    },
    /// The sandbox cannot be had, or cannot run the command as asked.
    #[error(transparent)]
    Sandbox(#[from] arc_sandbox::SandboxError),
    /// A tool of the language answers in a way nobody knows.
    #[error("{tool} gave no answer that can be read: {said}")]
    Tool {
        /// The tool.
        tool: String,
        /// What it said.
        said: String,
    },
}

/// Why a session cannot go on. The project is as it was.
#[derive(Debug, thiserror::Error)]
pub enum HealError {
    /// A command or tool cannot be run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The file cannot be healed as it is.
    #[error("{path} {why}")]
    Unfit {
        /// The file as it was named.
        path: String,
        /// What is in the way.
        why: String,
    },
    /// A policy forbids changing the file.
    #[error("{path} is protected: {why}")]
    Protected {
        /// The file.
        path: String,
        /// Which policy.
        why: String,
    },
    /// The project does not allow the command.
    #[error("`{command}` is none of the commands that `arc.toml` allows")]
    NotAllowed {
        /// The command.
        command: String,
    },
    /// The command changes what lies outside of the project, and it is to be run more than once.
    #[error("`{command}` is not run for a repair where it reaches a network: {why}")]
    StaysManual {
        /// The command.
        command: String,
        /// Why, and what to run instead.
        why: String,
    },
    /// The settings of the project cannot be meant.
    #[error("[heal] of arc.toml: {why}")]
    BadSettings {
        /// What is wrong with them.
        why: String,
    },
    /// Somebody else changed the file meanwhile.
    #[error("{path} was changed by somebody else meanwhile; it was left as it is")]
    Changed {
        /// The file.
        path: String,
    },
    /// There is no such session.
    #[error("there is no session {session}")]
    NoSession {
        /// The name.
        session: String,
    },
    /// The session left nothing to undo.
    #[error("session {session} left nothing to undo")]
    NothingApplied {
        /// The name.
        session: String,
    },
    /// Whoever proposes repairs cannot be asked.
    #[error("the model cannot be asked")]
    Fixer {
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written; the project is as it was.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be put back, and others of its session were.
    #[error("cannot put {path} back")]
    Parted {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}
