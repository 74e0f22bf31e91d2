//! `arc chat`.

use std::io::{BufRead as _, IsTerminal as _, Read as _, Write as _};

use arc_agents::{
    AnswerError, Budget, Chat, ModelError, ModelSettings, Session, SessionNote, SessionState,
    Tools, Turn, open_model,
};
use arc_heal::session_name;
use clap::Args;
use serde_json::Value;

use super::ask::{answer_json, repository, show_answer, tools};
use super::making::money;
use super::tickets::variable;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::output::grouped;
use crate::progress::while_idle;

/// What sessions of this command are called.
const COMMAND: &str = "chat";
/// Bytes of a question; what is longer is no question.
const MAX_QUESTION: u64 = 64 << 10;

/// Options of `arc chat`.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ChatArguments {
    /// Go on with an earlier talk
    #[arg(long, value_name = "SESSION")]
    resume: Option<String>,
    /// Use the graph as it is, and write nothing to it
    #[arg(long)]
    frozen: bool,
    /// Print one JSON object a line for each answer
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
  arc chat
  printf 'Who calls load?\\nAnd who tests it?\\n' | arc chat --json

One question a line, until the end of the input. Each is answered as `arc ask` answers it, and knows what was said before. Ctrl-C ends an answer, and
the talk when none is awaited; what was said is in .arc/sessions/ID, and --resume goes on with it.

Exit codes: 0 the talk is over; 1 the last question got no answer that holds; 2 no model is configured; 4 the model cannot be reached or does
not take the key; 130 interrupted.";

/// Answers questions until there are no more.
pub(crate) fn run(arguments: &ChatArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let settings = ModelSettings::read(&context.root()?, &variable)?;
    let model = open_model(&settings)?;
    let opened = context.open(arguments.frozen)?;
    let repository = repository(&opened);
    let call = |name: &str, value: Value| repository.text(name, value);
    let tools = Tools {
        specs: tools(),
        call: &call,
    };
    let budget = Budget::new(&settings);
    let mut session = match &arguments.resume {
        Some(name) => resumed(Session::resume(&opened.root, name)?)?,
        None => Session::begin(&opened.root, note(model.name()))?,
    };
    let mut chat = Chat::new(turns(&session)?);
    context.note(&format!(
        "{}; one question a line, {}",
        model.name(),
        session.place()
    ));
    let mut ended: Result<Outcome, Failure> = Ok(Outcome::Done);
    while let Some(question) = next_question(context)? {
        let with = (model.as_ref(), &tools, &budget);
        let answer = context.watched(|watcher| {
            watcher.attend();
            chat.ask((&opened.graph, &opened.root), &question, with, watcher)
        });
        let found = match answer {
            Ok(found) => found,
            Err(error) => {
                let goes_on = goes_on(&error);
                let failure = Failure::from(error);
                if !goes_on {
                    session.note.state = SessionState::Ended;
                    session.save()?;
                    return Err(failure);
                }
                context.report(&failure);
                ended = Err(failure);
                continue;
            }
        };
        keep(&mut session, &chat)?;
        ended = Ok(if found.is_grounded {
            Outcome::Done
        } else {
            Outcome::No
        });
        if arguments.json {
            let line = answer_json(&question, &found, model.name())?;
            writeln!(context.out, "{line}")?;
        } else {
            show_answer(&found, model.name(), context)?;
        }
        context.out.flush()?;
    }
    session.note.state = SessionState::Ended;
    session.save()?;
    context.note(&format!(
        "{} tokens{}; `arc chat --resume {}` goes on",
        grouped(budget.used()),
        money(budget.cost()),
        session.note.session
    ));
    match ended {
        Ok(outcome) => Ok(outcome),
        // It was told when it happened.
        Err(failure) => Ok(Outcome::Code(failure.exit_code())),
    }
}

fn note(model: &str) -> SessionNote {
    SessionNote {
        schema: String::new(),
        session: session_name(),
        command: COMMAND.to_owned(),
        state: SessionState::Running,
        target: None,
        task: None,
        model: model.to_owned(),
        attempts: 0,
        threshold: None,
        proof: Vec::new(),
        changes_tests: false,
        done: 0,
        ms: 0,
        repairs: 0,
        best: None,
    }
}

fn resumed(mut session: Session) -> Result<Session, Failure> {
    if session.note.command != COMMAND {
        return Err(Failure::usage(format!(
            "session {} is no talk: it is one of `arc {}`",
            session.note.session, session.note.command
        )));
    }
    session.note.state = SessionState::Running;
    session.save()?;
    Ok(session)
}

/// What was said in a session so far.
fn turns(session: &Session) -> Result<Vec<Turn>, Failure> {
    let mut turns = Vec::new();
    for number in 1..=session.note.done {
        // A turn that somebody took away is not remembered.
        turns.extend(session.read_json::<Turn>(&format!("turn-{number}.json"))?);
    }
    Ok(turns)
}

/// Writes down the newest turn.
fn keep(session: &mut Session, chat: &Chat) -> Result<(), Failure> {
    let Some(turn) = chat.turns().last() else {
        return Ok(());
    };
    let number = session.note.done + 1;
    session.write_json(&format!("turn-{number}.json"), turn)?;
    session.note.done = number;
    let question = || turn.question.clone();
    session.note.task.get_or_insert_with(question);
    Ok(session.save()?)
}

/// The next line that says something; nothing at the end of the input.
fn next_question(context: &mut Context) -> Result<Option<String>, Failure> {
    let mut input = std::io::stdin().lock();
    let is_person = input.is_terminal() && std::io::stderr().is_terminal();
    loop {
        if is_person && !context.is_quiet() {
            // Nobody is left to ask when standard error is closed.
            let _ = write!(std::io::stderr(), "> ");
        }
        let mut line = Vec::new();
        let bytes = while_idle(|| {
            input
                .by_ref()
                .take(MAX_QUESTION)
                .read_until(b'\n', &mut line)
        });
        let bytes =
            bytes.map_err(|error| Failure::usage(format!("cannot read the question: {error}")))?;
        if bytes == 0 {
            return Ok(None);
        }
        if bytes as u64 == MAX_QUESTION && line.last() != Some(&b'\n') {
            return Err(Failure::usage(format!(
                "a question has no more than {MAX_QUESTION} bytes"
            )));
        }
        let question = String::from_utf8_lossy(&line).trim().to_owned();
        if !question.is_empty() {
            return Ok(Some(question));
        }
    }
}

/// Whether the next question may be answered although this one was not.
fn goes_on(error: &AnswerError) -> bool {
    match error {
        AnswerError::Endless { .. } | AnswerError::Refused { .. } => true,
        AnswerError::Ask(_) => false,
        AnswerError::Model(error) => match error {
            ModelError::Limited { is_final, .. } => !is_final,
            ModelError::Server { .. }
            | ModelError::Rejected { .. }
            | ModelError::TooLong { .. }
            | ModelError::Unreachable { .. }
            | ModelError::TimedOut { .. }
            | ModelError::Cut { .. }
            | ModelError::Malformed { .. }
            | ModelError::Cancelled => true,
            ModelError::NotConfigured
            | ModelError::BadSettings { .. }
            | ModelError::NoKey { .. }
            | ModelError::Unauthorized { .. }
            | ModelError::UnknownModel { .. }
            | ModelError::OverBudget { .. }
            | ModelError::OverCost { .. }
            | ModelError::Recording { .. } => false,
        },
    }
}
