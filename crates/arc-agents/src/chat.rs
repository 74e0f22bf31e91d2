//! A talk: questions that build on each other, each answered as `arc ask` answers one.

use std::path::Path;

use arc_project::GraphFile;
use serde::{Deserialize, Serialize};

use crate::assistant::{Answer, AnswerError, Lookup, Tools, answered, first_request};
use crate::model::{Budget, ChatModel, Message, ModelError, Role, Watch, tokens};

/// Tokens of earlier questions and answers that go along with a question.
const MAX_EARLIER: usize = 6_000;

/// A question that was answered, with what was looked up for it: `turn-N.json` of a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// The question, in plain words.
    pub question: String,
    /// What was answered; places that do not hold are called so.
    pub answer: String,
    /// What was looked up.
    pub lookups: Vec<Lookup>,
}

/// A talk, from its beginning.
#[derive(Debug, Default)]
pub struct Chat {
    turns: Vec<Turn>,
}

impl Chat {
    /// A talk that goes on after some turns.
    #[must_use]
    pub fn new(turns: Vec<Turn>) -> Chat {
        Chat { turns }
    }

    /// What was asked and answered so far.
    #[must_use]
    pub fn turns(&self) -> &[Turn] {
        &self.turns
    }

    /// Answers a question. What earlier answers looked up counts as seen; the model itself gets only what was said, and looks again
    /// at what it needs.
    ///
    /// # Errors
    /// When the model does not answer, or never comes to an end; the talk is as it was then.
    pub fn ask(
        &mut self,
        place: (&GraphFile, &Path),
        question: &str,
        with: (&dyn ChatModel, &Tools<'_>, &Budget),
        watch: &dyn Watch,
    ) -> Result<Answer, AnswerError> {
        let first = first_request(question, &with.1.specs);
        let mut request = first.clone();
        request.messages.splice(1..1, self.earlier());
        let seen = self.seen();
        let found = match answered(place, request, &seen, with, watch) {
            Err(AnswerError::Model(ModelError::TooLong { .. })) if !self.turns.is_empty() => {
                watch.note("too long with what was said before: asked by itself");
                answered(place, first, &seen, with, watch)
            }
            found => found,
        }?;
        self.turns.push(Turn {
            question: question.to_owned(),
            answer: found.text.clone(),
            lookups: found.lookups.clone(),
        });
        Ok(found)
    }

    /// The newest questions and answers that have room, oldest first.
    fn earlier(&self) -> Vec<Message> {
        let mut room = MAX_EARLIER;
        let newest = self.turns.iter().rev().take_while(|turn| {
            let needed = tokens(&turn.question) + tokens(&turn.answer);
            let fits = needed <= room;
            room = room.saturating_sub(needed);
            fits
        });
        let mut turns: Vec<&Turn> = newest.collect();
        turns.reverse();
        let said = |turn: &Turn| {
            [
                Message::new(Role::User, &*turn.question),
                Message::new(Role::Assistant, &*turn.answer),
            ]
        };
        turns.into_iter().flat_map(said).collect()
    }

    fn seen(&self) -> String {
        let lookups = self.turns.iter().flat_map(|turn| &turn.lookups);
        lookups
            .map(|lookup| format!("{}\n", lookup.result))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_turns_go_along_and_old_ones_are_left_out() {
        let turn = |number: usize, letters: usize| Turn {
            question: format!("question {number}"),
            answer: "x".repeat(letters),
            lookups: Vec::new(),
        };
        let chat = Chat::new(vec![turn(1, 4 * MAX_EARLIER), turn(2, 40), turn(3, 40)]);
        let said = chat.earlier();
        let said: Vec<&str> = said.iter().map(|message| &*message.text).collect();
        assert_eq!(
            (said.len(), said[0], said[2]),
            (4, "question 2", "question 3")
        );
    }
}
