//! Tokens that one session may use.

use std::cell::Cell;

use super::{ChatReply, ChatRequest, ModelError};

/// Tokens that are left. Every question is counted before it is sent, by its letters; every answer by what the server tells,
/// or by its letters.
#[derive(Debug)]
pub struct Budget {
    limit: u64,
    used: Cell<u64>,
}

/// Letters of a token, as a rule of thumb: too few for prose, about right for code.
const LETTERS: u64 = 4;

impl Budget {
    /// A budget; 0 for none.
    #[must_use]
    pub fn new(limit: u64) -> Budget {
        Budget {
            limit,
            used: Cell::new(0),
        }
    }

    /// Tokens that were used.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.used.get()
    }

    /// Refuses a question that would go beyond.
    ///
    /// # Errors
    /// When it would.
    pub fn check(&self, request: &ChatRequest) -> Result<(), ModelError> {
        let needed = self.used.get() + tokens_of(request);
        if self.limit > 0 && needed > self.limit {
            return Err(ModelError::OverBudget {
                budget: self.limit,
                used: self.used.get(),
            });
        }
        Ok(())
    }

    /// Counts an answer.
    pub fn count(&self, request: &ChatRequest, reply: &ChatReply) {
        let told = reply.usage.input + reply.usage.output;
        let tokens = if told > 0 {
            told
        } else {
            tokens_of(request) + reply.text.len() as u64 / LETTERS
        };
        self.used.set(self.used.get() + tokens);
    }
}

/// About how many tokens a text has.
#[must_use]
pub(crate) fn tokens(text: &str) -> usize {
    text.len().div_ceil(LETTERS as usize)
}

fn tokens_of(request: &ChatRequest) -> u64 {
    let said: usize = request
        .messages
        .iter()
        .map(|message| message.text.len())
        .sum();
    let tools: usize = request
        .tools
        .iter()
        .map(|tool| tool.description.len() + tool.input.to_string().len())
        .sum();
    (said + tools) as u64 / LETTERS
}
