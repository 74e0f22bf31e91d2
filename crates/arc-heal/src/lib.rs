//! Finds what is broken in a file, repairs what can be decided without guessing, and proves it by the command that failed.
//!
//! Everything is tried in a sandbox or on a private copy; the project is written once, by a rename, after the proof. Where two repairs are
//! equally good, or the command does not show that a repair is right, nothing is written and the report says so.

mod batch;
mod blocks;
mod brackets;
mod child;
mod decide;
mod detect;
mod diagnostic;
mod edits;
mod error;
mod golang;
mod heredoc;
mod imports;
mod indent;
mod inside;
mod install;
mod journal;
mod judge;
mod lines;
mod log;
mod meaning;
mod names;
mod natural;
mod node;
mod patience;
mod placing;
mod playbook;
mod policy;
mod profile;
mod proposal;
mod report;
mod runner;
mod runs;
mod sandboxed;
mod search;
mod session;
mod settings;
mod several;
mod shell;
mod spelling;
mod stats;
mod suggest;
mod tokens;
mod wheels;
mod whole;

pub use arc_sandbox::Version;
pub use batch::{ApproveAll, BatchReport, heal_all};
pub use child::Finished;
pub use detect::blamed_file;
pub use diagnostic::{Class, Diagnostic, Environment, Span};
pub use error::{HealError, RunError};
pub use journal::{Recovered, State, recover, undo};
pub use log::{Event, Told, read_log};
pub use placing::{Placing, may_change, put_in_place, session_name};
pub use report::{HealReport, HealResult, Step, ToldError, ToldFix};
pub use runner::{PlainRunner, Runner};
pub use sandboxed::SandboxRunner;
pub use session::{Approve, Options, Patient, heal};
pub use settings::{Approval, HealSettings};
pub use stats::{ClassCount, Stats, stats};
