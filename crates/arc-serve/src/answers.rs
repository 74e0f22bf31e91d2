//! Answers that were given before: as long as a graph is in the same state, the same question has the same answer.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use arc_project::Identity;
use serde_json::Value;

use crate::answer::Found;
use crate::page::Page;
use crate::tools::Tool;

/// Bytes of questions and answers that are kept, in two halves of which the older one goes.
const KEPT: usize = 4 << 20;
/// An answer that is longer is not kept.
const LONGEST: usize = KEPT / 16;

/// What tells a question from another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Question {
    tool: &'static str,
    /// The arguments, as JSON.
    arguments: String,
    /// Tokens that the answer may have.
    cap: Option<usize>,
}

impl Question {
    /// A question whose answer follows from the graph alone; `None` for one that also looks at files or commits.
    pub(crate) fn of(tool: &Tool, arguments: &Value, cap: Option<usize>) -> Option<Question> {
        let is_of_diff = || {
            let diff = arguments.get("diff");
            diff.is_some_and(|diff| diff.as_str() != Some(""))
        };
        (tool.asks_graph_alone && !is_of_diff()).then(|| Question {
            tool: tool.name,
            arguments: arguments.to_string(),
            cap,
        })
    }
}

/// An answer as it is before it is said how fresh it is.
#[derive(Clone)]
struct Kept {
    /// What was found, as JSON: a fifth of the room that its values take.
    body: Box<str>,
    lists: &'static [&'static str],
    page: Page,
}

/// Answers to one state of a graph.
#[derive(Default)]
pub(crate) struct Answers(Mutex<Halves>);

#[derive(Default)]
struct Halves {
    state: Option<Identity>,
    /// What was asked lately, and how many bytes that is.
    new: HashMap<Question, Kept>,
    bytes: usize,
    /// What was asked before that.
    old: HashMap<Question, Kept>,
}

impl Answers {
    /// What was found for a question in this state of the graph.
    pub(crate) fn get(&self, state: &Identity, question: &Question) -> Option<Found> {
        let mut halves = self.halves_of(state);
        let kept = match halves.new.get(question) {
            Some(kept) => kept.clone(),
            None => {
                let (question, kept) = halves.old.remove_entry(question)?;
                halves.put(question, kept.clone());
                kept
            }
        };
        drop(halves);
        let Ok(Value::Object(body)) = serde_json::from_str(&kept.body) else {
            unreachable!("it was written from an object");
        };
        Some(Found {
            body,
            lists: kept.lists,
            page: kept.page,
        })
    }

    /// Keeps what was found for a question in this state of the graph.
    pub(crate) fn keep(&self, state: &Identity, question: Question, found: &Found) {
        let Ok(body) = serde_json::to_string(&found.body) else {
            return;
        };
        if body.len() + question.arguments.len() > LONGEST {
            return;
        }
        let kept = Kept {
            body: body.into(),
            lists: found.lists,
            page: found.page,
        };
        self.halves_of(state).put(question, kept);
    }

    /// What is kept of this state; of another nothing stays.
    fn halves_of(&self, state: &Identity) -> MutexGuard<'_, Halves> {
        // Whoever panicked with it in hand left whole entries.
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if halves.state.as_ref() != Some(state) {
            *halves = Halves {
                state: Some(state.clone()),
                ..Halves::default()
            };
        }
        halves
    }
}

impl Halves {
    fn put(&mut self, question: Question, kept: Kept) {
        let bytes = |question: &Question, kept: &Kept| {
            question.arguments.len() + kept.body.len() + size_of::<(Question, Kept)>()
        };
        let more = bytes(&question, &kept);
        if self.bytes + more > KEPT / 2 {
            self.old = std::mem::take(&mut self.new);
            self.bytes = 0;
        }
        self.bytes += more;
        if let Some((question, kept)) = self.new.remove_entry(&question) {
            self.bytes -= bytes(&question, &kept);
        }
        self.new.insert(question, kept);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::page::Paging;

    fn question(number: usize) -> Question {
        Question {
            tool: "impact",
            arguments: number.to_string(),
            cap: None,
        }
    }

    fn kept(length: usize) -> Kept {
        let found = Found::new(
            &json!({"text": "x".repeat(length)}),
            &[],
            Paging::default().page(1).expect("a page"),
        );
        Kept {
            body: serde_json::to_string(&found.body).expect("JSON").into(),
            lists: found.lists,
            page: found.page,
        }
    }

    #[test]
    fn what_is_kept_is_bounded_and_what_is_asked_again_stays() {
        let mut halves = Halves::default();
        for number in 0..1_000 {
            halves.put(question(number), kept(20_000));
            // Asked all the time.
            let first = question(0);
            if let Some((first, kept)) = halves.old.remove_entry(&first) {
                halves.put(first, kept);
            }
            assert!(halves.new.contains_key(&first), "{number}");
            let all = halves.new.values().chain(halves.old.values());
            let bytes: usize = all.map(|kept| kept.body.len()).sum();
            assert!(bytes <= KEPT, "{bytes}");
            let new: usize = halves.new.values().map(|kept| kept.body.len()).sum();
            assert!(new <= halves.bytes, "{new} of {}", halves.bytes);
        }
        assert!(!halves.new.contains_key(&question(1)) && !halves.old.contains_key(&question(1)));
    }
}
