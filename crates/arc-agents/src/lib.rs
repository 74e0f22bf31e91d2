//! Assistance that stands on the graph: what it says is tied to lines and edges that exist.
//!
//! A review says what a change forgets or breaks, by rules alone. An assistant answers from what the tools show it. A change that a
//! model makes up is looked at on the ground of the graph, run by whoever calls, and evaluated by evidence. Nothing here writes to the
//! project but what sessions keep in its `.arc`, and nothing is sent anywhere without settings that name a model.

mod assistant;
mod chat;
mod citations;
mod edit;
mod evaluate;
mod execute;
mod generate;
mod ground;
mod improve;
mod lessons;
mod model;
mod plan;
mod prompt;
mod repair;
mod review;
mod session;
mod telemetry;
mod told;

pub use assistant::{
    Answer, AnswerError, Lookup, Tools, answer, assistant_instructions, first_request,
};
pub use chat::{Chat, Turn};
pub use citations::Citation;
pub use edit::{Candidate, CandidateFile};
pub use evaluate::{Evaluation, ScorePart, ToldObjection};
pub use execute::{Hands, Heal, OutsideError, Proof, Ran, Texts};
pub use generate::{Order, order_request};
pub use improve::{ImproveError, Improved, Workshop, evaluate_diff, improve};
pub use model::{
    Budget, ChatModel, ChatReply, ChatRequest, Finish, Message, ModelError, ModelSettings, Prices,
    Provider, Role, ToolCall, ToolSpec, Usage, Watch, is_loopback, open_model, shown_prompt,
};
pub use repair::{RepairOrder, Repaired, ask_repair, repair_request};
pub use review::{
    Added, Baseline, BaselineError, Evidence, Finding, FindingKind, Origin, Review, ReviewReport,
    Severity, Subject, review, review_prompt, review_with, sarif,
};
pub use session::{MadeStats, Session, SessionError, SessionNote, SessionState, sessions};
pub use telemetry::lost_telemetry;
pub use told::{ToldImpact, ToldReview};
