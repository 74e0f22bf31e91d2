//! Questions in plain words, answered from the graph: the model calls the tools, and what it says is checked against what they
//! showed.

use std::collections::BTreeSet;
use std::path::Path;

use arc_project::{AskError, GraphFile};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::citations::{Citation, check_citations};
use crate::model::{
    Budget, ChatModel, ChatReply, ChatRequest, Finish, Message, ModelError, Role, ToolCall,
    ToolSpec, Watch,
};
use crate::prompt::{DATA_RULE, fenced};

/// Answers of the model to one question, at most.
const MAX_ROUNDS: usize = 16;
/// Calls of one answer that are made.
const MAX_CALLS: usize = 8;
/// Tokens of an answer.
const MAX_ANSWER: u32 = 2_048;
/// Letters of a result that a model gets.
const MAX_RESULT: usize = 24_000;

const INSTRUCTIONS: &str = "You answer questions about one software repository. You know nothing about it but what the tools show: call \
them before you say anything, and follow names from one to the next until the answer is shown. Say what you found in a few sentences. \
Put the place behind every claim as path:line, a commit as its first ten digits, a pull request or issue as #number, and only places \
that a tool showed. When the tools do not show the answer, say that they do not, and what they show instead. Never guess.";

/// Functions that the model may call. They change nothing.
pub struct Tools<'a> {
    /// What they are called and take.
    pub specs: Vec<ToolSpec>,
    /// Calls one; an error is a sentence for the model.
    pub call: &'a dyn Fn(&str, Value) -> Result<String, String>,
}

/// A call of a tool, and what it answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lookup {
    /// The tool.
    pub tool: String,
    /// What it was given.
    pub arguments: Value,
    /// What it answered.
    pub result: String,
}

/// An answer in plain words.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What is said.
    pub text: String,
    /// What it refers to.
    pub citations: Vec<Citation>,
    /// Whether something that was seen stands behind it.
    pub is_grounded: bool,
    /// What was looked up for it.
    pub lookups: Vec<Lookup>,
    /// Tokens that were used.
    pub tokens: u64,
}

/// No answer.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// The model does not answer.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The graph cannot be read.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The model called and called.
    #[error(
        "the model called tools again and again ({calls} calls that differ) and came to no answer"
    )]
    Endless {
        /// How often.
        calls: usize,
    },
    /// The model, or who runs it, refuses.
    #[error("the model does not want to answer: {said}")]
    Refused {
        /// What it says.
        said: String,
    },
}

/// How a model is told to answer from the tools.
#[must_use]
pub fn assistant_instructions() -> String {
    format!("{INSTRUCTIONS}\n\n{DATA_RULE}")
}

/// What is asked first.
#[must_use]
pub fn first_request(question: &str, tools: &[ToolSpec]) -> ChatRequest {
    ChatRequest {
        messages: vec![
            Message::new(Role::System, assistant_instructions()),
            Message::new(Role::User, question),
        ],
        tools: tools.to_vec(),
        schema: None,
        max_tokens: MAX_ANSWER,
    }
}

/// Answers a question.
///
/// # Errors
/// When the model does not answer, or never comes to an end.
pub fn answer(
    place: (&GraphFile, &Path),
    question: &str,
    with: (&dyn ChatModel, &Tools<'_>, &Budget),
    watch: &dyn Watch,
) -> Result<Answer, AnswerError> {
    let request = first_request(question, &with.1.specs);
    answered(place, request, "", with, watch)
}

/// Answers the last question of a request. `seen` is what tools showed before.
pub(crate) fn answered(
    (graph, root): (&GraphFile, &Path),
    mut request: ChatRequest,
    seen: &str,
    (model, tools, budget): (&dyn ChatModel, &Tools<'_>, &Budget),
    watch: &dyn Watch,
) -> Result<Answer, AnswerError> {
    let before = budget.used();
    let mut talk = Talk {
        seen: seen.to_owned(),
        ..Talk::default()
    };
    let mut is_corrected = false;
    loop {
        let reply = talk.until_said(&mut request, (model, Some(tools), budget), watch)?;
        let citations = check_citations(graph, root, &reply.text, &talk.seen)?;
        let wrong: Vec<&Citation> = citations.iter().filter(|one| !one.is_good).collect();
        let is_grounded = citations.iter().any(|one| one.is_good);
        if !is_corrected && (!wrong.is_empty() || !is_grounded) {
            is_corrected = true;
            request
                .messages
                .push(Message::new(Role::Assistant, reply.text));
            request
                .messages
                .push(Message::new(Role::User, correction(&wrong)));
            continue;
        }
        return Ok(Answer {
            text: without(&reply.text, &wrong),
            citations,
            is_grounded,
            lookups: talk.lookups,
            tokens: budget.used() - before,
        });
    }
}

/// Asks, and makes the calls that the model asks for, until it says something.
pub(crate) fn converse(
    mut request: ChatRequest,
    with: (&dyn ChatModel, Option<&Tools<'_>>, &Budget),
    watch: &dyn Watch,
) -> Result<ChatReply, AnswerError> {
    Talk::default().until_said(&mut request, with, watch)
}

/// What the model has been told.
#[derive(Default)]
struct Talk {
    seen: String,
    asked: BTreeSet<String>,
    lookups: Vec<Lookup>,
    rounds: usize,
}

impl Talk {
    /// Asks until the model asks for no more calls.
    fn until_said(
        &mut self,
        request: &mut ChatRequest,
        (model, tools, budget): (&dyn ChatModel, Option<&Tools<'_>>, &Budget),
        watch: &dyn Watch,
    ) -> Result<ChatReply, AnswerError> {
        while self.rounds < MAX_ROUNDS {
            self.rounds += 1;
            budget.check(request)?;
            let reply = model.complete(request, watch)?;
            budget.count(request, &reply);
            if reply.finish == Finish::Refusal {
                return Err(AnswerError::Refused { said: reply.text });
            }
            let Some(tools) = tools.filter(|_| !reply.calls.is_empty()) else {
                return Ok(reply);
            };
            let mut said = Message::new(Role::Assistant, reply.text);
            said.calls.clone_from(&reply.calls);
            request.messages.push(said);
            for (at, call) in reply.calls.iter().enumerate() {
                let result = self.result(tools, at, call, watch);
                request.messages.push(Message::result(call, result));
            }
        }
        Err(AnswerError::Endless {
            calls: self.lookups.len(),
        })
    }

    fn result(
        &mut self,
        tools: &Tools<'_>,
        at: usize,
        call: &ToolCall,
        watch: &dyn Watch,
    ) -> String {
        if at >= MAX_CALLS {
            return format!("not called: no more than {MAX_CALLS} calls at once");
        }
        let is_known = tools.specs.iter().any(|tool| tool.name == call.name);
        if !is_known {
            let names: Vec<&str> = tools.specs.iter().map(|tool| &*tool.name).collect();
            return format!("there is no such tool; there are {}", names.join(", "));
        }
        if !call.arguments.is_object() {
            return "not called: the arguments are no JSON object".to_owned();
        }
        if !self
            .asked
            .insert(format!("{} {}", call.name, call.arguments))
        {
            return "not called: you have the result of this call already".to_owned();
        }
        watch.note(&format!("{} {}", call.name, call.arguments));
        let result = (tools.call)(&call.name, call.arguments.clone());
        let (Ok(mut text) | Err(mut text)) = result;
        if text.len() > MAX_RESULT {
            let end = (0..=MAX_RESULT).rev().find(|at| text.is_char_boundary(*at));
            text.truncate(end.unwrap_or(0));
            text.push_str("\n… cut: ask for less");
        }
        self.seen.push_str(&text);
        self.seen.push('\n');
        let shown = fenced(&call.name, &text);
        self.lookups.push(Lookup {
            tool: call.name.clone(),
            arguments: call.arguments.clone(),
            result: text,
        });
        shown
    }
}

fn correction(wrong: &[&Citation]) -> String {
    if wrong.is_empty() {
        return "No place that a tool showed stands behind this. Look with the tools and answer again with path:line behind every \
            claim, or say that the tools do not show it."
            .to_owned();
    }
    let wrong: Vec<String> = wrong
        .iter()
        .map(|citation| format!("{}: {}", citation.text, citation.why))
        .collect();
    format!(
        "These places do not hold: {}. Look again with the tools, and answer again with places that they show, without what you \
         cannot show.",
        wrong.join("; ")
    )
}

/// A text in which places that do not hold are called so.
fn without(text: &str, wrong: &[&Citation]) -> String {
    let mut text = text.trim().to_owned();
    for citation in wrong {
        let mut marked = String::with_capacity(text.len());
        let mut rest = &*text;
        while let Some(at) = rest.find(&citation.text) {
            let (before, from) = rest.split_at(at);
            let after = &from[citation.text.len()..];
            marked.push_str(before);
            // `a.py:1` is not the beginning of `a.py:12`, nor the end of `data.py:1`.
            let is_whole = !after.starts_with(|next: char| next.is_ascii_alphanumeric())
                && !marked
                    .ends_with(|last: char| last.is_ascii_alphanumeric() || "/._-".contains(last));
            if is_whole {
                marked.push_str(&format!("[{}: {}]", citation.text, citation.why));
            } else {
                marked.push_str(&citation.text);
            }
            rest = after;
        }
        marked.push_str(rest);
        text = marked;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_place_itself_is_called_wrong() {
        let wrong = Citation {
            text: "a.py:1".to_owned(),
            is_good: false,
            why: "no such file",
        };
        let text = without("See a.py:1, a.py:12 and data.py:1 (a.py:1).", &[&wrong]);
        let mark = "[a.py:1: no such file]";
        assert_eq!(text, format!("See {mark}, a.py:12 and data.py:1 ({mark})."));
    }
}
