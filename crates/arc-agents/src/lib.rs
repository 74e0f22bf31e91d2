//! Assistance that stands on the graph: what it says is tied to lines and edges that exist.
//!
//! A review says what a change forgets or breaks, by rules alone. An assistant answers from what the tools show it. Nothing here
//! writes to the project, and nothing is sent anywhere without settings that name a model.

mod assistant;
mod citations;
mod edit;
mod model;
mod prompt;
mod review;

pub use assistant::{Answer, AnswerError, Tools, answer, first_request};
pub use citations::Citation;
pub use edit::{Candidate, CandidateFile};
pub use model::{
    Budget, ChatModel, ChatReply, ChatRequest, Finish, Message, ModelError, ModelSettings,
    Provider, Role, ToolCall, ToolSpec, Usage, Watch, open_model, shown_prompt,
};
pub use review::{
    Added, Baseline, BaselineError, Evidence, Finding, FindingKind, Origin, Review, ReviewReport,
    Severity, Subject, review, review_prompt, review_with, sarif,
};
