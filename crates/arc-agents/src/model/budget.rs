//! Tokens that one session may use, and what it may cost.

use std::cell::Cell;

use super::{ChatReply, ChatRequest, ModelError, ModelSettings};

/// What a million tokens cost, in whatever currency.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Prices {
    /// Of questions.
    pub input: f64,
    /// Of answers.
    pub output: f64,
    /// Of questions that the server had from before.
    pub cached: f64,
}

/// What is left. Every question is counted before it is sent, by its letters; every answer by what the server tells, or by its
/// letters.
#[derive(Debug)]
pub struct Budget {
    limit: u64,
    used: Cell<u64>,
    prices: Option<Prices>,
    max_cost: Option<f64>,
    cost: Cell<f64>,
}

/// Letters of a token, as a rule of thumb: too few for prose, about right for code.
const LETTERS: u64 = 4;
const MILLION: f64 = 1e6;

impl Budget {
    /// A budget.
    #[must_use]
    pub fn new(settings: &ModelSettings) -> Budget {
        Budget {
            limit: settings.budget,
            used: Cell::new(0),
            prices: settings.prices,
            max_cost: settings.max_cost,
            cost: Cell::new(0.0),
        }
    }

    /// Tokens that were used.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.used.get()
    }

    /// What they cost; `None` where nobody told the prices.
    #[must_use]
    pub fn cost(&self) -> Option<f64> {
        self.prices.map(|_| self.cost.get())
    }

    /// Refuses a question that would go beyond. Of money an answer is counted as long as it may become.
    ///
    /// # Errors
    /// When it would.
    pub fn check(&self, request: &ChatRequest) -> Result<(), ModelError> {
        let question = tokens_of(request);
        if self.limit > 0 && self.used.get() + question > self.limit {
            return Err(ModelError::OverBudget {
                budget: self.limit,
                used: self.used.get(),
            });
        }
        if let (Some(prices), Some(budget)) = (self.prices, self.max_cost) {
            let answer = f64::from(request.max_tokens) * prices.output / MILLION;
            let next = question as f64 * prices.input / MILLION + answer;
            if self.cost.get() + next > budget {
                return Err(ModelError::OverCost {
                    budget,
                    spent: self.cost.get(),
                    next,
                });
            }
        }
        Ok(())
    }

    /// Counts an answer.
    pub fn count(&self, request: &ChatRequest, reply: &ChatReply) {
        let told = reply.usage;
        let (input, output) = if told.input + told.output > 0 {
            (told.input, told.output)
        } else {
            (tokens_of(request), reply.text.len() as u64 / LETTERS)
        };
        self.used.set(self.used.get() + input + output);
        if let Some(prices) = self.prices {
            let cached = told.cached.min(input);
            let cost = (input - cached) as f64 * prices.input
                + cached as f64 * prices.cached
                + output as f64 * prices.output;
            self.cost.set(self.cost.get() + cost / MILLION);
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Finish, Message, Role, Usage};

    #[test]
    fn money_is_counted_by_the_prices_and_never_overdrawn() {
        let mut settings = ModelSettings::unset();
        settings.prices = Some(Prices {
            input: 1.0,
            output: 10.0,
            cached: 0.1,
        });
        settings.max_cost = Some(0.02);
        let budget = Budget::new(&settings);
        let request = ChatRequest {
            messages: vec![Message::new(Role::User, "x".repeat(4_000))],
            max_tokens: 1_000,
            ..ChatRequest::default()
        };
        assert_eq!(budget.check(&request), Ok(()));
        let reply = ChatReply {
            text: String::new(),
            calls: Vec::new(),
            finish: Finish::Stop,
            usage: Usage {
                input: 2_000,
                output: 800,
                cached: 1_000,
            },
        };
        budget.count(&request, &reply);
        let cost = budget.cost().expect("prices are known");
        assert!((cost - 0.0091).abs() < 1e-9, "{cost}");
        let refused = budget.check(&request);
        assert!(
            matches!(refused, Err(ModelError::OverCost { .. })),
            "{refused:?}"
        );
    }
}
