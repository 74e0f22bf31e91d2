//! The loop: a change is made up, looked at on the ground of the graph, run, healed, evaluated, and kept or sent back with what is
//! wrong with it. Nothing is written to the project in here.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Instant;

use arc_project::{GraphFile, Progress, Trial, TrialError, source_text};

use crate::assistant::{AnswerError, Tools, converse};
use crate::edit::{Candidate, EditError, Proposal, applied, applied_over, read_answer};
use crate::evaluate::{Evaluation, Standing, evaluate};
use crate::execute::{Hands, OutsideError, Ran};
use crate::generate::{Feedback, Order, is_in_parts, order_request, with_feedback};
use crate::ground::{Grounded, ObjectionKind, ground};
use crate::model::{Budget, ChatModel, ChatReply, ChatRequest, Finish, ModelError, Watch};
use crate::plan::put_in_order;
use crate::review::is_test;
use crate::session::{Session, SessionError};

/// What is wrong with an attempt, as far as people are told at once.
const MAX_NOTED: usize = 3;

/// How often the room for what is shown is halved for a model that reads less.
const MAX_HALVED: u32 = 4;

/// Where the loop works.
pub struct Workshop<'a> {
    /// The graph of the project as it is.
    pub graph: &'a GraphFile,
    /// The root of the project.
    pub root: &'a Path,
    /// What is asked.
    pub model: &'a dyn ChatModel,
    /// What it may cost.
    pub budget: &'a Budget,
    /// What the model may look up; nothing where everything is shown.
    pub tools: Option<&'a Tools<'a>>,
    /// Whoever waits.
    pub watch: &'a dyn Watch,
    /// Whoever waits for the graph.
    pub progress: &'a dyn Progress,
}

/// The loop cannot go on. The project is as it was.
#[derive(Debug, thiserror::Error)]
pub enum ImproveError {
    /// The model does not answer.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The change cannot be tried.
    #[error(transparent)]
    Trial(#[from] TrialError),
    /// The session cannot be kept.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// Commands cannot be run.
    #[error("{0}")]
    Outside(OutsideError),
}

/// How the loop ended.
pub struct Improved {
    /// The change that is to be kept; `None` when none is good enough.
    pub accepted: Option<Candidate>,
    /// The change that was looked at last, kept or not.
    pub tried: Option<Candidate>,
    /// Its evaluation, or that of the best one that came.
    pub evaluation: Option<Evaluation>,
    /// The attempt that it was.
    pub number: Option<u32>,
    /// What the proof said of the project as it is.
    pub before: Option<Ran>,
    /// What is wrong with the last attempt.
    pub reasons: Vec<String>,
}

/// One attempt, as far as it came.
struct Attempt {
    candidate: Option<Candidate>,
    /// A rule repaired it.
    is_repaired: bool,
    evaluation: Option<Evaluation>,
    feedback: Feedback,
}

/// Has a change made up until one is good enough or the attempts of the session are used up.
///
/// # Errors
/// When the model, the graph, the session or a command cannot be used.
pub fn improve(
    shop: &Workshop<'_>,
    order: &Order,
    hands: &mut Hands<'_>,
    session: &mut Session,
) -> Result<Improved, ImproveError> {
    // A session that goes on finds the project as it is now, and not as it was.
    let before = (hands.run)(&Default::default()).map_err(ImproveError::Outside)?;
    if let Some(run) = &before {
        session.write_json("run-0.json", run)?;
        if !run.passed {
            let command = run.told();
            shop.watch
                .note(&format!("`{command}` fails before anything changes"));
            for line in run.telling() {
                shop.watch.note(&format!("  {line}"));
            }
        }
    }
    let request = request_of(shop, order)?;
    let mut trial = Trial::new(shop.root, shop.graph)?;
    let mut loop_ = Loop {
        shop,
        order: order.clone(),
        request,
        hands,
        trial: &mut trial,
        before,
        last: None,
        stood: Before::default(),
        seen: BTreeSet::new(),
        first: session.note.done + 1,
        is_asked_for_style: false,
    };
    let mut best = loop_.kept(session)?;
    let mut feedback = session.read_json(&format!("feedback-{}.json", session.note.done))?;
    let mut reasons = Vec::new();
    let mut tried = best.as_ref().map(|(_, candidate, _)| candidate.clone());
    while session.note.done < session.note.attempts {
        let Some(next) = loop_.next_feedback(best.as_ref(), feedback.take(), session) else {
            break;
        };
        feedback = next;
        let number = session.note.done + 1;
        let began = Instant::now();
        shop.watch
            .note(&format!("attempt {number} of {}", session.note.attempts));
        let attempt = match loop_.attempt(feedback.as_ref(), (number, session)) {
            // What was good enough before stays so whatever becomes of the question.
            Err(ImproveError::Answer(error)) if loop_.is_asked_for_style && !is_cancelled(shop) => {
                shop.watch.note(&format!("it is kept as it is: {error}"));
                break;
            }
            attempt => attempt?,
        };
        session.note.done = number;
        session.note.ms += u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        session.note.repairs += u32::from(attempt.is_repaired);
        tried = attempt.candidate.clone().or(tried);
        if let (Some(candidate), Some(evaluation)) = (attempt.candidate, attempt.evaluation) {
            let is_better = best
                .as_ref()
                .is_none_or(|(_, _, kept)| kept.score < evaluation.score);
            if evaluation.acceptable && is_better {
                session.note.best = Some((number, evaluation.score));
                best = Some((number, candidate, evaluation));
            }
        }
        reasons.clone_from(&attempt.feedback.reasons);
        for reason in reasons.iter().take(MAX_NOTED) {
            shop.watch.note(&format!("  {reason}"));
        }
        session.write_json(&format!("feedback-{number}.json"), &attempt.feedback)?;
        session.save()?;
        feedback = Some(attempt.feedback);
        // Whoever does not wait any more does not want what was just found either.
        if is_cancelled(shop) {
            return Err(AnswerError::Model(ModelError::Cancelled).into());
        }
    }
    let before = loop_.before.clone();
    let is_enough = best
        .as_ref()
        .is_some_and(|(_, _, evaluation)| loop_.is_enough(evaluation, session));
    let (number, candidate, evaluation) = match best {
        Some((number, candidate, evaluation)) => (Some(number), Some(candidate), Some(evaluation)),
        None => (None, None, None),
    };
    Ok(Improved {
        accepted: candidate.filter(|_| is_enough),
        tried,
        evaluation,
        number,
        before,
        reasons,
    })
}

/// The question of an order; whoever waits is told when it has parts of a file alone.
fn request_of(shop: &Workshop<'_>, order: &Order) -> Result<ChatRequest, ImproveError> {
    let tools = shop.tools.map_or(&[][..], |tools| &tools.specs);
    let request = order_request(shop.graph, shop.root, order, tools).map_err(TrialError::from)?;
    if is_in_parts(&request) {
        let room = order.file_room();
        shop.watch.note(&format!(
            "the model sees parts of the file: all of it has more than {room} tokens"
        ));
    }
    Ok(request)
}

fn is_cancelled(shop: &Workshop<'_>) -> bool {
    shop.watch.is_cancelled()
}

/// What is said of a change that is good, and not written as the code around it.
fn for_style(last: Feedback, kept: &Evaluation) -> Feedback {
    Feedback {
        reasons: kept.style.clone(),
        output: String::new(),
        is_good: true,
        ..last
    }
}

struct Loop<'a, 'b> {
    shop: &'a Workshop<'a>,
    order: Order,
    /// The question without what became of the last answer.
    request: ChatRequest,
    hands: &'a mut Hands<'b>,
    trial: &'a mut Trial,
    before: Option<Ran>,
    /// What the last answer made of the files, as far as it could be applied.
    last: Option<Candidate>,
    stood: Before,
    /// Changes that were looked at.
    seen: BTreeSet<String>,
    /// The first attempt that is made now: a session may go on.
    first: u32,
    /// What was good was asked for in a better form.
    is_asked_for_style: bool,
}

/// A change that may be kept, with the number of its attempt.
type Kept = (u32, Candidate, Evaluation);

impl Loop<'_, '_> {
    /// Whether a change need not become better.
    fn is_enough(&self, evaluation: &Evaluation, session: &Session) -> bool {
        evaluation.acceptable
            && session
                .note
                .threshold
                .is_none_or(|least| evaluation.score >= least)
    }

    /// What the next question says of the last answer; `None` when there is none to ask: what is there is good enough, and is written as
    /// the code around it or was asked for once already.
    fn next_feedback(
        &mut self,
        best: Option<&Kept>,
        last: Option<Feedback>,
        session: &Session,
    ) -> Option<Option<Feedback>> {
        let enough = best.filter(|kept| self.is_enough(&kept.2, session));
        let Some((number, _, kept)) = enough else {
            return Some(last);
        };
        let is_last = *number >= self.first && *number == session.note.done;
        let asks = is_last && !self.is_asked_for_style && !kept.style.is_empty();
        let last = last.filter(|_| asks)?;
        self.is_asked_for_style = true;
        self.shop.watch.note(
            "the change is good; one that is written as the code around it is asked for once",
        );
        Some(Some(for_style(last, kept)))
    }

    /// The best change of a session that goes on, if it still fits to the files and proves good again: they may have changed.
    fn kept(&mut self, session: &Session) -> Result<Option<Kept>, ImproveError> {
        for number in 1..=session.note.done {
            self.seen
                .extend(session.read(&format!("candidate-{number}.diff"))?);
        }
        let Some((number, _)) = session.note.best else {
            return Ok(None);
        };
        let diff = session.read(&format!("candidate-{number}.diff"))?;
        let candidate = diff.and_then(|diff| {
            let proposal = read_answer(&diff, None).ok()?;
            self.applied(&proposal).ok()
        });
        let Some(candidate) = candidate else {
            self.shop
                .watch
                .note("the best change of this session does not fit to the files any more");
            return Ok(None);
        };
        let (candidate, evaluation, _) = self.judged(candidate, (number, session))?;
        let is_sound = evaluation.acceptable;
        Ok(is_sound.then_some((number, candidate, evaluation)))
    }

    fn applied(&self, proposal: &Proposal) -> Result<Candidate, EditError> {
        let root = self.shop.root;
        let applied = apply_to(root, self.hands.forbids, proposal);
        // Models mend what they wrote last, whatever they are told.
        match (&self.last, applied) {
            (Some(last), Err(error)) => {
                apply_over(root, self.hands.forbids, (proposal, last)).map_err(|_| error)
            }
            (_, applied) => applied,
        }
    }

    /// Asks the model; one that reads less than the question has is asked with less.
    fn asked(&mut self, feedback: Option<&Feedback>) -> Result<ChatReply, ImproveError> {
        let shop = self.shop;
        loop {
            let request = match feedback {
                Some(feedback) => with_feedback(self.request.clone(), feedback),
                None => self.request.clone(),
            };
            let reply = converse(request, (shop.model, shop.tools, shop.budget), shop.watch);
            let is_too_long = matches!(reply, Err(AnswerError::Model(ModelError::TooLong { .. })));
            if !is_too_long || self.order.halved == MAX_HALVED {
                return Ok(reply?);
            }
            self.order.halved += 1;
            shop.watch.note(&format!(
                "the question is too long for {}: it is asked with at most {} tokens of the file",
                shop.model.name(),
                self.order.file_room()
            ));
            self.request = request_of(shop, &self.order)?;
        }
    }

    fn attempt(
        &mut self,
        feedback: Option<&Feedback>,
        (number, session): (u32, &Session),
    ) -> Result<Attempt, ImproveError> {
        let reply = self.asked(feedback)?;
        let refused = |reason: String| Attempt {
            candidate: None,
            is_repaired: false,
            evaluation: None,
            feedback: Feedback {
                answer: reply.text.clone(),
                reasons: vec![reason],
                output: String::new(),
                is_good: false,
            },
        };
        if reply.finish == Finish::Length {
            return Ok(refused(
                "the answer broke off at its longest: make a smaller change".to_owned(),
            ));
        }
        let proposal = read_answer(&reply.text, self.order.target.as_deref());
        let candidate = match proposal.and_then(|proposal| self.applied(&proposal)) {
            Ok(candidate) => candidate,
            Err(error) => {
                session.write(&format!("answer-{number}.txt"), &reply.text)?;
                return Ok(refused(error.to_string()));
            }
        };
        self.last = Some(candidate.clone());
        session.write(&format!("candidate-{number}.diff"), &candidate.diff())?;
        if !self.seen.insert(candidate.diff()) {
            let mut again = refused("this is the same change again: make another one".to_owned());
            let known = feedback.map_or(&[][..], |feedback| &feedback.reasons);
            let others = known
                .iter()
                .filter(|reason| **reason != again.feedback.reasons[0]);
            let others: Vec<String> = others.cloned().collect();
            again.feedback.reasons.extend(others);
            return Ok(again);
        }
        let proposed = candidate.clone();
        let judged = self.judged(candidate, (number, session))?;
        let feedback = Feedback {
            answer: reply.text.clone(),
            reasons: judged.1.reasons.clone(),
            output: judged
                .2
                .filter(|run| !run.passed)
                .map_or_else(String::new, |run| run.output),
            is_good: false,
        };
        Ok(Attempt {
            is_repaired: judged.0.texts() != proposed.texts(),
            candidate: Some(judged.0),
            evaluation: Some(judged.1),
            feedback,
        })
    }

    /// Grounds, runs, heals and evaluates a change.
    fn judged(
        &mut self,
        candidate: Candidate,
        (number, session): (u32, &Session),
    ) -> Result<(Candidate, Evaluation, Option<Ran>), ImproveError> {
        let mut candidate = candidate;
        let mut looked = self.looked_at(&candidate)?;
        if looked.may_heal() {
            let healed = (self.hands.heal)(&self.trial.root(), &candidate);
            if let Some(texts) = healed.map_err(ImproveError::Outside)? {
                self.shop.watch.note("a rule repaired the change");
                candidate = candidate.with(&texts);
                session.write(&format!("candidate-{number}.diff"), &candidate.diff())?;
                // The graph of the trial is written anew: nobody may read it meanwhile.
                drop(looked);
                looked = self.looked_at(&candidate)?;
            }
        }
        let LookedAt { grounded, run } = looked;
        if put_in_order(&grounded.tried.graph, &mut candidate).map_err(TrialError::from)? {
            session.write(&format!("candidate-{number}.diff"), &candidate.diff())?;
        }
        if let Some(run) = &run {
            session.write_json(&format!("run-{number}.json"), run)?;
        }
        let mut evaluation = evaluated(
            (self.shop.graph, self.shop.root, &self.trial.root()),
            &candidate,
            (&grounded, &mut self.stood),
            (self.before.clone(), run.clone()),
        )?;
        if session.note.threshold.is_some() {
            self.look_for_better(&mut evaluation, &candidate, (&grounded, run.as_ref()))?;
        }
        session.write_json(&format!("evaluation-{number}.json"), &evaluation)?;
        Ok((candidate, evaluation, run))
    }

    /// What is to make something better must show that it does. Other names or comments may be a task, and are no improvement.
    fn look_for_better(
        &mut self,
        evaluation: &mut Evaluation,
        candidate: &Candidate,
        (grounded, run): (&Grounded, Option<&Ran>),
    ) -> Result<(), ImproveError> {
        if !evaluation.acceptable || !evaluation.better.is_empty() {
            return Ok(());
        }
        if let Some(run) = run.filter(|run| run.passed && self.order.task.is_some()) {
            // Tests that come with the change and fail without it say what it is good for.
            let mut tests = Candidate::default();
            for file in &candidate.files {
                if is_test(&grounded.tried.graph, &file.path).map_err(TrialError::from)? {
                    tests.files.push(file.clone());
                }
            }
            let brings_tests = !tests.files.is_empty() && tests.files.len() < candidate.files.len();
            if brings_tests {
                let alone = self.run(&tests)?;
                if alone.is_some_and(|alone| !alone.passed && !alone.timed_out) {
                    evaluation.better.push(format!(
                        "`{}` fails with the new tests alone, and succeeds with the change",
                        run.told()
                    ));
                    return Ok(());
                }
            }
        }
        evaluation.acceptable = false;
        evaluation.reasons.push(if grounded.is_formatting() {
            "nothing behaves differently: only comments or layout change".to_owned()
        } else {
            "nothing shows that it is better: no command that failed succeeds, no finding is gone, no function is simpler"
                .to_owned()
        });
        Ok(())
    }

    /// Grounds a change, and runs it when it stands.
    fn looked_at(&mut self, candidate: &Candidate) -> Result<LookedAt, ImproveError> {
        let wanted = (candidate, self.order.changes_tests);
        let own = (self.shop.graph, self.shop.root);
        let grounded = ground(own, self.trial, wanted, self.shop.progress)?;
        let run = if grounded.objections.is_empty() {
            self.run(candidate)?
        } else {
            None
        };
        Ok(LookedAt { grounded, run })
    }

    fn run(&mut self, candidate: &Candidate) -> Result<Option<Ran>, ImproveError> {
        (self.hands.run)(&candidate.texts()).map_err(ImproveError::Outside)
    }
}

/// A change on the ground of the graph, and how it ran.
struct LookedAt {
    grounded: Grounded,
    run: Option<Ran>,
}

impl LookedAt {
    /// Whether rules may know what is wrong: a slip, or a run that fails.
    fn may_heal(&self) -> bool {
        let mut objections = self.grounded.objections.iter();
        match &self.run {
            Some(run) => !run.passed && !run.timed_out,
            None => {
                !self.grounded.objections.is_empty()
                    && objections.all(|one| {
                        matches!(one.kind, ObjectionKind::Syntax | ObjectionKind::Invented)
                    })
            }
        }
    }
}

/// How files stood before anything changed: looked at once for all attempts that change the same ones.
#[derive(Default)]
struct Before(Option<(BTreeSet<String>, Standing)>);

impl Before {
    fn of(
        &mut self,
        (graph, root): (&GraphFile, &Path),
        paths: &BTreeSet<String>,
    ) -> Result<&mut Standing, TrialError> {
        let is_known = |known: &(BTreeSet<String>, Standing)| known.0 == *paths;
        let kept = match self.0.take().filter(is_known) {
            Some(known) => known,
            None => (paths.clone(), Standing::of(graph, root, paths, &[])?),
        };
        Ok(&mut self.0.insert(kept).1)
    }
}

/// The evaluation of a change that was grounded and run.
fn evaluated(
    (graph, root, tried): (&GraphFile, &Path, &Path),
    candidate: &Candidate,
    (grounded, stood): (&Grounded, &mut Before),
    (before, run): (Option<Ran>, Option<Ran>),
) -> Result<Evaluation, ImproveError> {
    let paths: BTreeSet<String> = candidate
        .files
        .iter()
        .map(|file| file.path.clone())
        .collect();
    let stood = stood.of((graph, root), &paths)?;
    stood.run = before;
    let now = &grounded.tried;
    let mut after =
        Standing::of(&now.graph, tried, &paths, &now.changes.texts).map_err(TrialError::from)?;
    after.run = run;
    Ok(evaluate(candidate, grounded, stood, &after))
}

/// What may not be changed, and why.
type Forbids<'a> = &'a dyn Fn(&str) -> Option<String>;

fn apply_to(
    root: &Path,
    forbids: Forbids<'_>,
    proposal: &Proposal,
) -> Result<Candidate, EditError> {
    applied(proposal, &|path| text_to_change(root, forbids, path))
}

/// The same for edits that are meant for what another change made of the files.
fn apply_over(
    root: &Path,
    forbids: Forbids<'_>,
    (proposal, last): (&Proposal, &Candidate),
) -> Result<Candidate, EditError> {
    applied_over(proposal, last, &|path| text_to_change(root, forbids, path))
}

/// The text of a file of the project that may be changed.
fn text_to_change(root: &Path, forbids: Forbids<'_>, path: &str) -> Result<Option<String>, String> {
    if let Some(why) = forbids(path) {
        return Err(why);
    }
    match source_text(root, path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("cannot be changed: it {error}")),
    }
}

/// Evaluates a change that somebody gives as a diff: the last step alone.
///
/// # Errors
/// When it is no diff of the files as they are, or the graph or a command cannot be used.
pub fn evaluate_diff(
    (graph, root): (&GraphFile, &Path),
    (diff, changes_tests): (&str, bool),
    hands: &mut Hands<'_>,
    progress: &dyn Progress,
) -> Result<Result<(Candidate, Evaluation), String>, ImproveError> {
    let proposal = read_answer(diff, None);
    let candidate = proposal.and_then(|proposal| apply_to(root, hands.forbids, &proposal));
    let mut candidate = match candidate {
        Ok(candidate) => candidate,
        // Nobody is to be told how a model must answer.
        Err(EditError::NoEdits) => return Ok(Err("this is no unified diff".to_owned())),
        Err(error) => return Ok(Err(error.to_string())),
    };
    let before = (hands.run)(&Default::default()).map_err(ImproveError::Outside)?;
    let mut trial = Trial::new(root, graph)?;
    let wanted = (&candidate, changes_tests);
    let grounded = ground((graph, root), &mut trial, wanted, progress)?;
    put_in_order(&grounded.tried.graph, &mut candidate).map_err(TrialError::from)?;
    let run = if grounded.objections.is_empty() {
        (hands.run)(&candidate.texts()).map_err(ImproveError::Outside)?
    } else {
        None
    };
    let evaluation = evaluated(
        (graph, root, &trial.root()),
        &candidate,
        (&grounded, &mut Before::default()),
        (before, run),
    )?;
    Ok(Ok((candidate, evaluation)))
}
