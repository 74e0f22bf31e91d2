//! From a fault to the repairs that a parser accepts, cheapest first, one for each different program.

use std::collections::BTreeMap;
use std::time::Instant;

use arc_project::SyntaxTree;

use crate::RunError;
use crate::brackets::{need, stretch_end};
use crate::diagnostic::Environment;
use crate::edits::{Edit, Suspect, cheapest_first, token_edits};
use crate::indent::{indent_edits, previous, unit};
use crate::judge::{Accepted, Fault, Judge};
use crate::lines::Lines;
use crate::natural::Natural;
use crate::profile::profile;

/// A repair that parses.
#[derive(Clone, Debug)]
pub(crate) struct Repair {
    pub(crate) edit: Edit,
    pub(crate) accepted: Accepted,
}

/// Repairs this much dearer than the best one are no rivals of it.
pub(crate) const MARGIN: u32 = 110;
/// How much dearer an edit may be that reads more naturally.
pub(crate) const REACH: u32 = MARGIN + 40;
/// Edits that a parser reads at once.
const BATCH: usize = 160;
/// Repairs that are enough to tell what is a rival.
const ENOUGH: usize = 24;
/// Lines after an opening bracket in which its partner is looked for.
const STRETCH: usize = 60;

/// What an edit of a broken file is looked for with.
pub(crate) struct Search<'a> {
    pub(crate) environment: Environment,
    pub(crate) path: &'a str,
    pub(crate) text: &'a str,
    pub(crate) judge: &'a Judge,
    pub(crate) deadline: Instant,
    /// How much dearer than the best repair others are looked for.
    pub(crate) reach: u32,
}

impl Search<'_> {
    /// The repairs of one fault by one edit, cheapest first.
    pub(crate) fn repairs(&self, fault: &Fault) -> Result<Vec<Repair>, RunError> {
        let lines = Lines::new(self.text);
        let suspects = self.suspects(&lines, fault);
        let profile = profile(self.environment);
        let window: Vec<usize> = suspects.iter().map(|suspect| suspect.line).collect();
        let mut need = need(&lines, profile, &window);
        if fault.message.contains("unterminated") {
            need.unknown = true;
        }
        let mut edits = token_edits(&lines, profile, &suspects, &need);
        if profile.by_indentation {
            edits.extend(indent_edits(&lines, &suspects, unit(&lines)));
            edits = cheapest_first(edits);
        }
        let without = window.iter().copied().collect();
        let natural = Natural::learn(&lines, profile, &without);
        self.accepted(edits, &lines, Some(&natural))
    }

    /// Lines that may hold the fault: where it was told, what comes before, and the whole of an open bracket.
    fn suspects(&self, lines: &Lines<'_>, fault: &Fault) -> Vec<Suspect> {
        let mut costs: BTreeMap<usize, u32> = BTreeMap::new();
        let mut suspect = |line: usize, cost: u32| {
            if line < lines.count() {
                let own = costs.entry(line).or_insert(cost);
                *own = (*own).min(cost);
            }
        };
        let told = fault.line.min(lines.count().saturating_sub(1));
        suspect(told, 0);
        let mut above = told;
        for step in 1..=5 {
            let Some(line) = previous(lines, above) else {
                break;
            };
            suspect(line, if step == 1 { 25 } else { 30 + 20 * step });
            above = line;
        }
        suspect(told + 1, 45);
        suspect(told + 2, 90);
        let own = need(lines, profile(self.environment), &[told]);
        let is_open = [')', ']', '}']
            .into_iter()
            .any(|bracket| own.lacks(bracket));
        if is_open && !own.unknown {
            for line in told..=stretch_end(lines, told, STRETCH) {
                suspect(line, 20);
            }
        }
        let opening = opening_line(lines, told);
        for line in opening..=told {
            suspect(line, 30);
        }
        for line in self.judge.grammar_lines(self.text).into_iter().take(6) {
            suspect(line, 35);
        }
        if let Some(named) = named_line(&fault.message) {
            suspect(named, 15);
        }
        costs
            .into_iter()
            .map(|(line, cost)| Suspect { line, cost })
            .collect()
    }

    /// The edits after which the text is a program; of several that make the same program the cheapest.
    pub(crate) fn accepted(
        &self,
        edits: Vec<Edit>,
        lines: &Lines<'_>,
        natural: Option<&Natural<'_>>,
    ) -> Result<Vec<Repair>, RunError> {
        let mut filter = Filter::new(self);
        let mut repairs: Vec<Repair> = Vec::new();
        let mut batch: Vec<Edit> = Vec::new();
        let mut edits = edits.into_iter().peekable();
        while let Some(edit) = edits.next() {
            let cost = edit.cost;
            if filter.passes(&edit) {
                batch.push(edit);
            }
            let is_last = edits.peek().is_none();
            let out_of_reach =
                best_cost(&repairs).is_some_and(|best| cost > best.saturating_add(self.reach));
            if batch.len() >= self.batch() || is_last || out_of_reach {
                self.judge_batch(&batch, &mut repairs)?;
                batch.clear();
            }
            if out_of_reach || repairs.len() >= ENOUGH || Instant::now() > self.deadline {
                break;
            }
        }
        if !batch.is_empty() {
            self.judge_batch(&batch, &mut repairs)?;
        }
        let least = least(&repairs);
        for repair in &mut repairs {
            let strange = natural.map_or(0, |natural| strangeness(&repair.edit, lines, natural));
            repair.edit.cost = (repair.edit.cost + doubts(&repair.accepted, &least))
                .saturating_add_signed(strange);
        }
        repairs.sort_by_key(|repair| repair.edit.cost);
        let mut seen = Vec::new();
        repairs.retain(|repair| {
            let is_new = !seen.contains(&repair.accepted.shape);
            seen.push(repair.accepted.shape.clone());
            is_new
        });
        Ok(repairs)
    }

    /// One process of Python reads many edits; other parsers read one a process.
    fn batch(&self) -> usize {
        if self.environment == Environment::Python && self.judge.is_real() {
            BATCH
        } else {
            1
        }
    }

    fn judge_batch(&self, batch: &[Edit], repairs: &mut Vec<Repair>) -> Result<(), RunError> {
        let answers = self.judge.try_edits(self.text, batch)?;
        for (edit, answer) in batch.iter().zip(answers) {
            if let Some(accepted) = answer {
                let edit = edit.clone();
                repairs.push(Repair { edit, accepted });
            }
        }
        Ok(())
    }
}

fn best_cost(repairs: &[Repair]) -> Option<u32> {
    let least = least(repairs);
    repairs
        .iter()
        .map(|repair| repair.edit.cost + doubts(&repair.accepted, &least))
        .min()
}

/// What even the best repair leaves behind: it was there before the fault.
fn least(repairs: &[Repair]) -> (usize, u32, u32) {
    let accepted = || repairs.iter().map(|repair| &repair.accepted);
    (
        accepted()
            .map(|accepted| accepted.unknown.len())
            .min()
            .unwrap_or(0),
        accepted()
            .map(|accepted| accepted.warnings)
            .min()
            .unwrap_or(0),
        accepted().map(|accepted| accepted.idle).min().unwrap_or(0),
    )
}

/// What speaks against a repair that parses: names that nothing binds, warnings, statements without effect.
fn doubts(accepted: &Accepted, least: &(usize, u32, u32)) -> u32 {
    let unknown = u32::try_from(accepted.unknown.len() - least.0).unwrap_or(9);
    150 * unknown.min(9)
        + 120 * (accepted.warnings - least.1).min(9)
        + 60 * (accepted.idle - least.2).min(9)
}

/// How much stranger the edited line reads than the broken one, in hundredths of a cost.
fn strangeness(edit: &Edit, lines: &Lines<'_>, natural: &Natural<'_>) -> i32 {
    let line = lines.at(edit.range.start);
    let text = lines.text(line);
    let start = edit.range.start - lines.start(line);
    let end = (edit.range.end - lines.start(line)).min(text.len());
    if start > end {
        return 0;
    }
    let edited = format!("{}{}{}", &text[..start], edit.replacement, &text[end..]);
    let bits = natural.strangeness(&edited) - natural.strangeness(text);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the value is clamped to a few dozens"
    )]
    let cost = (bits * 8.0).clamp(-90.0, 90.0).round() as i32;
    cost
}

/// The grammar as a filter: edits that leave as much in error as before are not worth a parser's time.
struct Filter {
    tree: Option<SyntaxTree>,
    errors: usize,
}

impl Filter {
    fn new(search: &Search<'_>) -> Filter {
        let language = search.environment.language(search.path);
        let tree = SyntaxTree::new(language, search.path, search.text);
        let errors = tree.as_ref().map_or(0, SyntaxTree::error_bytes);
        // Python's own parser reads a hundred edits in the time of one process, and a grammar only guesses at indentation.
        let is_cheap = search.environment == Environment::Python && search.judge.is_real();
        Filter {
            tree: tree.filter(|_| errors > 0 && !is_cheap),
            errors,
        }
    }

    fn passes(&mut self, edit: &Edit) -> bool {
        let Some(tree) = &mut self.tree else {
            return true;
        };
        tree.read_with(edit.range.clone(), &edit.replacement)
            .is_some_and(|reading| {
                reading.error_bytes == 0 || reading.error_bytes * 4 < self.errors
            })
    }
}

/// The line in which the statement around a line begins, as brackets have it.
fn opening_line(lines: &Lines<'_>, line: usize) -> usize {
    let mut depth = 0i32;
    for at in (line.saturating_sub(STRETCH)..=line).rev() {
        let text = lines.text(at);
        let count = |letters: &str| {
            text.chars()
                .filter(|letter| letters.contains(*letter))
                .count()
        };
        let change =
            i32::try_from(count(")]}")).unwrap_or(0) - i32::try_from(count("([{")).unwrap_or(0);
        depth += change;
        if depth <= 0 && at < line {
            return if depth < 0 { at } else { at + 1 };
        }
    }
    line
}

/// The line that a message names besides the place of the fault («on line 12»).
fn named_line(message: &str) -> Option<usize> {
    let (_, rest) = message.split_once("on line ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse::<usize>().ok()?.checked_sub(1)
}
