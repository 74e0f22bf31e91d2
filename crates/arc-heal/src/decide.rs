//! What becomes of repairs that were tried: one is put in place, or none, and the report says why.

use std::time::Duration;

use arc_project::unified_diff;
use serde_json::{Value, json};

use crate::HealError;
use crate::diagnostic::{Class, Environment};
use crate::journal;
use crate::log::Event;
use crate::proposal::Proposal;
use crate::report::{HealResult, Step, ToldFix};
use crate::search::MARGIN;
use crate::session::{Approve, Session};

/// Of two repairs that pass, one that is this much likelier is taken; else nobody knows.
const CLEAR: u32 = 45;
/// The same where the command does not come to what is edited.
const CLEAR_UNSEEN: u32 = 65;
/// The same where passing says little.
const CLEAR_PLACE: u32 = 95;
/// The same where both put a bracket of one kind in, each in another place: how natural it reads is no proof, and any that was tried is a rival.
const CLEAR_BRACKET: u32 = MARGIN + 1;
/// How much clearer a repair has to be with which the command complains, where it does not with another.
const COMPLAINS: u32 = 60;

/// A repair that the command passes with.
pub(crate) struct Passed {
    pub(crate) proposal: Proposal,
    /// The command says something where errors are told.
    pub(crate) complains: bool,
    pub(crate) wall: Duration,
}

impl Session<'_> {
    pub(crate) fn decide(
        &mut self,
        mut passed: Vec<Passed>,
        approve: Approve<'_>,
    ) -> Result<(), HealError> {
        if passed.is_empty() {
            let by_rules = match self.is_late {
                true => {
                    "no repair was proved in the time that the session had; `--budget` gives it more"
                }
                false => "no repair that parses makes the command succeed",
            };
            self.report.message = match self.model_said.take() {
                Some(said) => format!("{by_rules}; {said}"),
                None => by_rules.to_owned(),
            };
            return self.give_up();
        }
        passed.sort_by_key(|one| one.proposal.cost);
        let other = self.keep(&mut passed)?;
        let is_tested = self.test(&mut passed)?;
        let first = passed.remove(0);
        self.report.validation = vec![Step::passed("parse")];
        let ran = Step::ran(first.wall, "the command fails with the fault in place");
        self.report.validation.extend(ran);
        let gap = passed
            .first()
            .map(|second| second.proposal.cost)
            .into_iter()
            .chain((self.untried < u32::MAX).then_some(self.untried))
            .min()
            .map(|rival| rival.saturating_sub(first.proposal.cost));
        self.report.validation.append(&mut self.steps);
        if let Some(command) = other {
            self.report.fix = Some(self.told(&first.proposal, gap));
            self.name_class(&first.proposal);
            self.report.message = format!(
                "the command succeeds, and `{command}`, which worked before, says something else then"
            );
            return self.give_up();
        }
        if !is_tested && !self.options.accept_unproved {
            self.report.fix = Some(self.told(&first.proposal, gap));
            self.name_class(&first.proposal);
            self.report.message =
                "the command succeeds, and tests that the graph names for the edit fail; `--no-tests` leaves them out"
                    .to_owned();
            return self.give_up();
        }
        let mut needed =
            self.clear_gap(&first.proposal, passed.first().map(|rival| &rival.proposal));
        if first.complains && passed.iter().any(|rival| !rival.complains) {
            needed += COMPLAINS;
        }
        let is_of_model = first.proposal.origin() == "model";
        let mut is_seen = true;
        if is_of_model || gap.is_some_and(|gap| (needed..CLEAR_UNSEEN).contains(&gap)) {
            let covered = self.is_covered(&first.proposal)?;
            if covered == Some(false) {
                needed = needed.max(CLEAR_UNSEEN);
                is_seen = false;
            }
            if let Some(ok) = covered {
                self.report.validation.push(Step {
                    ok,
                    detail: "the edited statement runs".to_owned(),
                    ..Step::passed("covered")
                });
            }
        }
        let is_clear = gap.is_none_or(|gap| gap >= needed);
        self.report.validation.push(Step {
            ok: is_clear,
            detail: format!("{} other repairs pass too", passed.len()),
            ..Step::passed("rivals")
        });
        self.report.fix = Some(self.told(&first.proposal, gap));
        self.name_class(&first.proposal);
        if !is_clear {
            self.report.rivals = passed
                .iter()
                .map(|rival| self.told(&rival.proposal, Some(0)))
                .collect();
            self.report.message = if self.report.rivals.is_empty() {
                match self.is_late {
                    true => "a repair passes, and there was no time to look for others that are as good; `--budget` gives more",
                    false => "a repair passes, and there was no time to look for others that are as good; `--max-attempts` allows more",
                }
            } else {
                "several repairs are equally good and nothing tells them apart; choose one by hand"
            }
            .to_owned();
            return self.give_up();
        }
        if is_of_model && !is_seen && !self.options.accept_unproved {
            self.report.message =
                "parses, not proved: the command does not come to what the model edited".to_owned();
            return self.give_up();
        }
        self.apply(&first.proposal, approve)
    }

    /// How much likelier a repair must be than the next one that passes too. One bracket is as good in one place as in another,
    /// and where commands mostly check and rarely run, passing says little.
    fn clear_gap(&self, first: &Proposal, second: Option<&Proposal>) -> u32 {
        let runs = matches!(
            self.environment,
            Environment::Python | Environment::JavaScript
        );
        let is_other_place =
            second.is_some_and(|second| second.rule == first.rule && is_one_mark(first.rule));
        let is_whole = matches!(
            first.class,
            Class::Permission | Class::Encoding | Class::Command
        );
        // Of shells repairs are told apart well where all of them were looked at.
        let is_whole_search = self.environment == Environment::Bash && self.untried == u32::MAX;
        match (runs || is_whole, is_whole_search) {
            _ if is_other_place => CLEAR_BRACKET,
            (true, _) => CLEAR,
            (false, true) => CLEAR_UNSEEN,
            (false, false) => CLEAR_PLACE,
        }
    }

    fn name_class(&mut self, proposal: &Proposal) {
        if let Some(error) = &mut self.report.error
            && error.class == Class::Unknown
        {
            error.class = proposal.class;
        }
    }

    fn told(&self, proposal: &Proposal, gap: Option<u32>) -> ToldFix {
        let likely = 1.0 / (1.0 + f64::from(proposal.cost) / 2000.0);
        let alone = gap.map_or(0.98, |gap| {
            0.5 + 0.4 * f64::from(gap.min(MARGIN)) / f64::from(MARGIN)
        });
        let [before, after] =
            [&self.found.bytes, &proposal.bytes].map(|bytes| String::from_utf8_lossy(bytes));
        let mut text = unified_diff(&self.found.path, Some(&before), &after);
        if proposal.mode != self.found.mode {
            text.push_str(&format!(
                "old mode 100{:o}\nnew mode 100{:o}\n",
                self.found.mode, proposal.mode
            ));
        }
        ToldFix {
            origin: proposal.origin(),
            rule: proposal.rule,
            why: proposal.why.clone(),
            diff: text,
            confidence: (likely * alone * 100.0).round() / 100.0,
        }
    }

    /// A repair that the command says nothing about.
    pub(crate) fn unproved(
        &mut self,
        mut proposals: Vec<Proposal>,
        why: &str,
        approve: Approve<'_>,
    ) -> Result<(), HealError> {
        proposals.sort_by_key(|proposal| proposal.cost);
        self.weigh(&proposals);
        let gap = proposals
            .get(1)
            .map(|second| second.cost)
            .into_iter()
            .chain((self.untried < u32::MAX).then_some(self.untried))
            .min()
            .map(|rival| rival.saturating_sub(proposals[0].cost));
        let first = proposals[0].clone();
        self.report.fix = Some(self.told(&first, gap));
        self.name_class(&first);
        self.report.validation = vec![
            Step::passed("parse"),
            Step {
                ok: false,
                detail: why.to_owned(),
                ..Step::passed("executed")
            },
        ];
        if self.options.accept_unproved && gap.is_none_or(|gap| gap >= CLEAR) {
            return self.apply(&first, approve);
        }
        self.onward = Some(first);
        self.report.message = format!("parses, not proved: {why}");
        self.give_up()
    }

    fn apply(&mut self, proposal: &Proposal, approve: Approve<'_>) -> Result<(), HealError> {
        self.chosen = Some(proposal.clone());
        if self.options.dry_run {
            self.report.result = HealResult::Healed;
            self.report.message = "dry run: nothing was written".to_owned();
            return Ok(());
        }
        if !approve(&self.report) {
            self.report.result = HealResult::Refused;
            self.report.message = "not approved; nothing was written (`--yes` approves)".to_owned();
            return self.give_up();
        }
        let confidence = self.report.fix.as_ref().map(|fix| fix.confidence);
        let rule = json!({
            "rule": proposal.rule,
            "file": self.found.path,
            "cost": proposal.cost,
            "confidence": confidence,
        });
        let [error, analysis] = self.analysis();
        self.tell(&[
            error,
            analysis,
            (Event::FixGenerated, rule.clone()),
            (
                Event::FixValidated,
                json!({"steps": self.report.validation}),
            ),
        ])?;
        let planned = journal::Planned {
            found: &self.found,
            bytes: &proposal.bytes,
            mode: proposal.mode,
        };
        journal::commit(&self.patient.root, &self.report.session, &[planned])?;
        self.report.result = HealResult::Healed;
        self.report.message = "healed".to_owned();
        self.tell_done(&[
            (Event::FixApplied, rule),
            (
                Event::HealingComplete,
                json!({"result": "healed", "attempts": self.report.attempts, "ms": self.elapsed_ms()}),
            ),
        ]);
        Ok(())
    }

    /// Tells what is in place already. Where the log cannot be written that is said, and the next start writes it.
    pub(crate) fn tell_done(&mut self, events: &[(Event, Value)]) {
        if let Err(error) = self.tell(events) {
            self.report.message = format!("healed; it is not in the log yet: {error}");
        }
    }

    pub(crate) fn give_up(&mut self) -> Result<(), HealError> {
        if self.options.dry_run {
            return Ok(());
        }
        let [error, analysis] = self.analysis();
        self.tell(&[
            error,
            analysis,
            (
                Event::ManualInterventionRequired,
                json!({"why": self.report.message, "attempts": self.report.attempts}),
            ),
        ])
    }
}

/// Whether a rule puts in or takes out one mark of those that stand in twos.
fn is_one_mark(rule: &str) -> bool {
    rule.ends_with("bracket") || rule == "stray-quote"
}
