//! From a fault to the repairs that a parser accepts, cheapest first, one for each different program.

use std::collections::{BTreeMap, BTreeSet};

use arc_project::SyntaxTree;

use crate::RunError;
use crate::blocks::block_edits;
use crate::brackets::{need, stretch_end};
use crate::diagnostic::{Environment, Span};
use crate::edits::{Edit, Suspect, cheapest_first, token_edits};
use crate::heredoc::heredoc_edits;
use crate::indent::{depths_around, indent_edits, previous, unit};
use crate::inline_blocks::{inline_edits, row_edits};
use crate::journal::digest;
use crate::judge::{Accepted, Fault, Judge};
use crate::lines::Lines;
use crate::natural::{Base, Natural};
use crate::nesting::odd_lines;
use crate::patience::Patience;
use crate::playbook::{key_edits, known_key_edits};
use crate::profile::{Profile, profile};
use crate::runs::{counts, lonely_words, run_edits};
use crate::rust_chars::character_edits;
use crate::several::MOST_FAULTS;
use crate::shell::{
    blank_line_edits, body_edits, branch_edits, empty_line_edits, separator_edits, test_edits,
};
use crate::tokens::{TokenKind, tokens};

/// A repair that parses.
#[derive(Clone, Debug)]
pub(crate) struct Repair {
    /// Each of the text that the ones before it make.
    pub(crate) edits: Vec<Edit>,
    pub(crate) cost: u32,
    /// What it was thought to cost before it was read.
    pub(crate) likely: u32,
    pub(crate) accepted: Accepted,
}

/// An edit, and what it is thought to cost once it is known how natural it reads.
struct Way {
    edit: Edit,
    likely: u32,
}

/// What a search came to.
pub(crate) struct Outcome {
    /// Cheapest first, one for each different program.
    pub(crate) repairs: Vec<Repair>,
    /// What the cheapest edit costs that there was no time for.
    pub(crate) untried: u32,
}

impl Outcome {
    /// Of several repairs that make the same program the cheapest stays.
    pub(crate) fn new(mut repairs: Vec<Repair>, untried: u32) -> Outcome {
        repairs.sort_by_key(|repair| repair.cost);
        let mut seen = BTreeSet::new();
        repairs.retain(|repair| seen.insert(repair.accepted.shape.clone()));
        Outcome { repairs, untried }
    }
}

/// Repairs this much dearer than the best one are no rivals of it.
pub(crate) const MARGIN: u32 = 110;
/// How much dearer an edit may be that reads more naturally.
pub(crate) const REACH: u32 = MARGIN + 40;
/// Repairs near the best that are enough to tell what is a rival, how near they are, and how many are enough however near.
const ENOUGH: usize = 24;
const NEAR: u32 = 65;
const MOST: usize = 3 * ENOUGH;
/// Lines with a lonely quote that are looked at.
const MOST_LONELY: usize = 12;
/// What it costs when the grammar does not like a repair that the parser takes.
const ROUGH: u32 = 100;
/// What speaks against what nobody writes on purpose, each.
const ODD: u32 = 230;
/// What a shell's quotes and brackets hold counts for no more.
const MOST_HELD: u32 = 400;
/// What speaks against a block that ends elsewhere than where something is left of its end.
const LEFT: u32 = 60;
/// What speaks for a line that is made like the one above or below, each.
const ALIKE: u32 = 30;
/// No strangeness counts for more, in either direction.
const MOST_STRANGE: i32 = 90;
/// Lines with a tab at the beginning that are an exception.
const MOST_TABBED: usize = 4;
/// Lines of comments in a row that are stepped over.
const MOST_COMMENTS: usize = 40;
/// Lines of a task that are looked at.
const TASK_LINES: usize = 14;
/// Lines after an opening bracket in which its partner is looked for.
const STRETCH: usize = 60;

/// What an edit of a broken file is looked for with.
#[derive(Clone, Copy)]
pub(crate) struct Search<'a> {
    pub(crate) environment: Environment,
    pub(crate) path: &'a str,
    pub(crate) text: &'a str,
    pub(crate) judge: &'a Judge,
    pub(crate) patience: Patience,
    /// How much dearer than the best repair others are looked for.
    pub(crate) reach: u32,
    /// The text is no program; else it is one that does not do what it should.
    pub(crate) is_broken: bool,
    /// A reading that leaves doubts, of which a repair has to leave fewer.
    pub(crate) doubted: Option<&'a Accepted>,
}

impl Search<'_> {
    /// The repairs of a broken text: by one edit, and where none is enough by one for each fault.
    pub(crate) fn repairs(&self, fault: &Fault) -> Result<Outcome, RunError> {
        let found = self.one(fault)?;
        if found.repairs.is_empty() {
            return self.several(fault, MOST_FAULTS);
        }
        Ok(found)
    }

    /// The repairs of one fault by one edit.
    pub(crate) fn one(&self, fault: &Fault) -> Result<Outcome, RunError> {
        let lines = Lines::new(self.text);
        let (edits, natural) = self.edits(&lines, fault);
        self.accepted(edits, &lines, Some(&natural))
    }

    /// Repairs of a text that is YAML and no playbook: keys that Ansible does not know, and what made them so near the line that it told.
    pub(crate) fn doubtful(
        &self,
        told: Option<Span>,
        reading: &Accepted,
    ) -> Result<Outcome, RunError> {
        let lines = Lines::new(self.text);
        let first = told.map_or(0, |span| (span.line as usize).saturating_sub(1));
        // Ansible tells where a task or play begins, not where it goes wrong.
        let reach = if told.is_some() {
            TASK_LINES
        } else {
            lines.count()
        };
        let suspects: Vec<Suspect> = (first..lines.count().min(first + reach))
            .map(|line| Suspect {
                line,
                cost: u32::try_from(line - first).unwrap_or(9).min(9),
                column: 0,
            })
            .collect();
        let profile = profile(self.environment);
        let window: Vec<usize> = suspects.iter().map(|suspect| suspect.line).collect();
        let mut edits = known_key_edits(self.text, &reading.unknown);
        edits.extend(token_edits(
            &lines,
            profile,
            &suspects,
            &need(&lines, profile, &window),
        ));
        edits.extend(key_edits(&lines, &suspects));
        edits.extend(indent_edits(&lines, &suspects, unit(&lines)));
        let natural = Natural::learn(&lines, profile);
        self.accepted(cheapest_first(edits), &lines, Some(&natural))
    }

    /// Everything that may undo a fault, cheapest first, and what is natural in the lines around.
    pub(crate) fn edits(&self, lines: &Lines<'_>, fault: &Fault) -> (Vec<Edit>, Natural<'_>) {
        let suspects = self.suspects(lines, fault);
        let profile = profile(self.environment);
        let window: Vec<usize> = suspects.iter().map(|suspect| suspect.line).collect();
        let mut need = need(lines, profile, &window);
        // The pattern of a shell's case ends in a bracket that nothing opens: counting says nothing there.
        if fault.message.contains("unterminated") || self.environment == Environment::Bash {
            need.unknown = true;
        }
        let mut edits = token_edits(lines, profile, &suspects, &need);
        edits.extend(run_edits(lines, profile, &suspects, &need));
        edits.extend(block_edits(lines, profile, fault.line));
        edits.extend(row_edits(lines, profile));
        let is_at_end = lines.count() <= fault.line + 2;
        if need.unknown || is_at_end || fault.message.contains("unclosed") {
            edits.extend(inline_edits(lines, profile));
        }
        match self.environment {
            Environment::Bash => {
                edits.extend(separator_edits(lines));
                edits.extend(branch_edits(lines));
                edits.extend(body_edits(lines));
                let left = blank_line_edits(lines);
                // Where a line of blanks is what is left of a word, no other line has lost one.
                if !left.is_empty() {
                    for edit in edits.iter_mut().filter(|edit| edit.rule == "block") {
                        edit.cost += LEFT;
                    }
                }
                edits.extend(left);
                edits.extend(empty_line_edits(lines));
                edits.extend(test_edits(lines, fault.line));
                edits.extend(heredoc_edits(lines, false));
            }
            Environment::Terraform => edits.extend(heredoc_edits(lines, true)),
            Environment::Ansible => edits.extend(key_edits(lines, &suspects)),
            Environment::Rust => edits.extend(character_edits(lines, &suspects)),
            Environment::Go | Environment::JavaScript | Environment::Python => {}
        }
        if profile.by_indentation {
            edits.extend(indent_edits(lines, &suspects, unit(lines)));
        }
        if speaks_of_assignment(&fault.message) {
            for edit in edits.iter_mut().filter(|edit| edit.rule == "comparison") {
                let far = lines.at(edit.range.start).abs_diff(fault.line);
                edit.cost = edit.cost.min(if far == 0 { 0 } else { 60 });
            }
        }
        let natural = Natural::learn(lines, profile);
        (cheapest_first(edits), natural)
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
            // A comment holds no fault, and tells nothing of how near one is.
            let is_comment = |line: &usize| {
                let text = lines.text(*line).trim_start();
                let mut marks = profile(self.environment).line_comments.iter();
                marks.any(|mark| text.starts_with(mark))
            };
            let Some(line) =
                std::iter::successors(previous(lines, above), |line| previous(lines, *line))
                    .take(MOST_COMMENTS)
                    .find(|line| !is_comment(line))
            else {
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
        // A parser may stop at the end of a text of many lines that a tab begins.
        if profile(self.environment).by_indentation {
            for line in tabbed_lines(lines) {
                suspect(line, 20);
            }
            if fault.message.contains("unindent does not match") {
                for line in depths_around(lines, told) {
                    suspect(line, 20);
                }
            }
        }
        for line in self.judge.grammar_lines(self.text).into_iter().take(6) {
            suspect(line, 35);
        }
        if let Some(named) = named_line(&fault.message) {
            suspect(named, 15);
        }
        if self.environment == Environment::Bash {
            for (line, cost) in odd_lines(lines) {
                suspect(line, cost);
            }
        }
        // Where a quote is lost every text after it turns inside out, and the parser stops far from it.
        let is_told = ["end of file", "EOF"]
            .iter()
            .any(|word| fault.message.contains(word));
        let lonely = lonely_quotes(lines, profile(self.environment));
        if self.environment != Environment::Bash || is_told {
            for line in lonely.into_iter().take(MOST_LONELY) {
                suspect(line, 30);
            }
        } else {
            // A shell reads on from text to text until a word is odd that stood in one.
            let above = lonely.into_iter().rev().filter(|line| *line < told);
            for line in above.take(MOST_LONELY) {
                suspect(line, 60);
            }
        }
        costs
            .into_iter()
            .map(|(line, cost)| Suspect {
                line,
                cost,
                column: if line == told {
                    fault.column as usize
                } else {
                    0
                },
            })
            .collect()
    }

    /// The edits after which the text is a program; of several that make the same program the cheapest.
    pub(crate) fn accepted(
        &self,
        edits: Vec<Edit>,
        lines: &Lines<'_>,
        natural: Option<&Natural<'_>>,
    ) -> Result<Outcome, RunError> {
        let mut repairs: Vec<Repair> = Vec::new();
        let edits = self.ways(edits, lines, natural);
        let mut filter = Filter::new(self);
        let mut untried = u32::MAX;
        for sense in filter.senses() {
            let worth = &mut |edit: &Edit| filter.sense(edit) == *sense;
            untried = self.try_all(&edits, worth, &mut repairs)?;
            if !repairs.is_empty() {
                break;
            }
        }
        if natural.is_some() && self.has_names() {
            self.note_lonely(&mut repairs, lines);
        }
        self.tell_macros_apart(&mut repairs);
        let strange: Vec<i32> = repairs
            .iter()
            .map(|repair| {
                let edits = repair.edits.iter();
                natural.map_or(0, |natural| {
                    edits.map(|edit| strangeness(edit, lines, natural)).sum()
                })
            })
            .collect();
        let least_strange = strange.iter().copied().min().unwrap_or(0);
        let least = least(&repairs);
        let costs: Vec<i64> = repairs
            .iter()
            .zip(strange)
            .map(|(repair, strange)| {
                // What all of them gain by is no reason to take one.
                let alike = if self.is_broken {
                    made_alike(&repair.edits, lines) + self.said_elsewhere(&repair.edits, lines)
                } else {
                    0
                };
                let strange =
                    bounded(least_strange) + (strange - least_strange).min(2 * MOST_STRANGE);
                i64::from(repair.cost + doubts(&repair.accepted, &least)) + i64::from(strange)
                    - i64::from(alike)
            })
            .collect();
        // No cost is below nothing, and what is between them stays.
        let lift = costs.iter().copied().min().unwrap_or(0).min(0);
        for (repair, cost) in repairs.iter_mut().zip(costs) {
            repair.cost = u32::try_from(cost - lift).unwrap_or(u32::MAX);
        }
        Ok(Outcome::new(repairs, untried))
    }

    /// What speaks for a repair of a shell after which a word is as it is elsewhere: `${a}/b`.
    fn said_elsewhere(&self, edits: &[Edit], lines: &Lines<'_>) -> u32 {
        if self.environment == Environment::Bash && is_said(edits, lines) {
            SAID
        } else {
            0
        }
    }

    /// The grammar of Rust sees nothing of what sets the arguments of macros apart: where only the compiler says that a program is wrong, those
    /// are the same program that have the same letters.
    fn tell_macros_apart(&self, repairs: &mut [Repair]) {
        if self.environment != Environment::Rust || self.is_broken {
            return;
        }
        for repair in repairs {
            let edits = repair.edits.iter();
            let edited = edits.fold(self.text.to_owned(), |text, edit| edit.apply(&text));
            let letters: String = edited.split_whitespace().collect();
            repair.accepted.shape = digest(letters.as_bytes());
        }
    }

    /// In which order edits are read. A parser that takes its time is asked first for what reads naturally, so that few are left to ask for.
    fn ways(&self, edits: Vec<Edit>, lines: &Lines<'_>, natural: Option<&Natural<'_>>) -> Vec<Way> {
        let is_dear = !self.judge.reads_many() && !self.judge.is_yaml();
        let natural = natural.filter(|_| self.is_broken && is_dear);
        let mut bases: BTreeMap<usize, Base> = BTreeMap::new();
        let mut ways: Vec<Way> = edits
            .into_iter()
            .map(|edit| {
                let likely = natural.map_or(edit.cost, |natural| {
                    let base = bases
                        .entry(lines.at(edit.range.start))
                        .or_insert_with_key(|line| natural.base(lines, *line));
                    let strange = strangeness_from(&edit, lines, natural, base);
                    let strange = strange.clamp(-MOST_STRANGE, 2 * MOST_STRANGE);
                    edit.cost.saturating_add_signed(strange)
                });
                Way { edit, likely }
            })
            .collect();
        ways.sort_by_key(|way| way.likely);
        ways
    }

    /// Lets the parser read the text with each edit that is `worth` it, until there are enough repairs; what the first edit costs that
    /// there was no time for.
    fn try_all(
        &self,
        ways: &[Way],
        worth: &mut dyn FnMut(&Edit) -> bool,
        repairs: &mut Vec<Repair>,
    ) -> Result<u32, RunError> {
        let mut batch: Vec<&Way> = Vec::new();
        let mut untried = u32::MAX;
        for way in ways {
            if best_cost(repairs).is_some_and(|best| way.likely > best.saturating_add(self.reach)) {
                break;
            }
            if near(repairs) >= ENOUGH || repairs.len() >= MOST || self.patience.is_over() {
                untried = way.likely;
                break;
            }
            if worth(&way.edit) {
                batch.push(way);
            }
            if batch.len() >= self.judge.batch() {
                self.judge_batch(&batch, repairs)?;
                batch.clear();
            }
        }
        self.judge_batch(&batch, repairs)?;
        Ok(untried)
    }

    /// Whether a word of the language is a name that stands elsewhere too, and its parser does not say where.
    fn has_names(&self) -> bool {
        match self.environment {
            Environment::Go
            | Environment::JavaScript
            | Environment::Rust
            | Environment::Terraform => true,
            Environment::Ansible | Environment::Bash | Environment::Python => false,
        }
    }

    /// What a parser cannot tell that knows no names: which words a repair leaves without any other like them.
    fn note_lonely(&self, repairs: &mut [Repair], lines: &Lines<'_>) {
        let profile = profile(self.environment);
        let known = counts(lines, profile);
        for repair in repairs {
            repair.accepted.unknown = repair
                .edits
                .iter()
                .flat_map(|edit| lonely_words(edit, lines, profile, &known))
                .collect();
        }
    }

    fn judge_batch(&self, batch: &[&Way], repairs: &mut Vec<Repair>) -> Result<(), RunError> {
        let edits: Vec<Edit> = batch.iter().map(|way| way.edit.clone()).collect();
        let answers = self.judge.try_edits(self.text, &edits)?;
        for ((edit, way), answer) in edits.into_iter().zip(batch).zip(answers) {
            let Some(accepted) = answer else {
                continue;
            };
            if self
                .doubted
                .is_none_or(|doubted| accepted.doubts() < doubted.doubts())
            {
                repairs.push(Repair {
                    cost: edit.cost,
                    edits: vec![edit],
                    likely: way.likely,
                    accepted,
                });
            }
        }
        Ok(())
    }
}

/// Lines that begin with a tab where nearly no line does.
fn tabbed_lines(lines: &Lines<'_>) -> Vec<usize> {
    let begins_so = |line: &usize| {
        let text = lines.text(*line);
        text[..lines.indent(*line)].contains('\t') && !lines.is_blank(*line)
    };
    let found: Vec<usize> = (0..lines.count())
        .filter(begins_so)
        .take(MOST_TABBED + 1)
        .collect();
    if found.len() > MOST_TABBED {
        Vec::new()
    } else {
        found
    }
}

/// Lines with a quote that has no partner in its line.
fn lonely_quotes(lines: &Lines<'_>, profile: &Profile) -> Vec<usize> {
    (0..lines.count())
        .filter(|line| {
            let found = tokens(lines.text(*line), profile);
            found.iter().any(|token| token.kind == TokenKind::Quote)
        })
        .collect()
}

fn best_cost(repairs: &[Repair]) -> Option<u32> {
    let least = least(repairs);
    repairs
        .iter()
        .map(|repair| repair.likely + doubts(&repair.accepted, &least))
        .min()
}

/// How many repairs are near the best one.
fn near(repairs: &[Repair]) -> usize {
    let best = best_cost(repairs).unwrap_or(0);
    let near = repairs.iter();
    near.filter(|repair| repair.likely <= best.saturating_add(NEAR))
        .count()
}

/// What even the best repair leaves behind: it was there before the fault.
struct Least {
    unknown: usize,
    warnings: u32,
    idle: u32,
    odd: u32,
    rough: u32,
    held: u32,
}

fn least(repairs: &[Repair]) -> Least {
    let accepted = || repairs.iter().map(|repair| &repair.accepted);
    let of = |count: fn(&Accepted) -> u32| accepted().map(count).min().unwrap_or(0);
    Least {
        unknown: accepted()
            .map(|accepted| accepted.unknown.len())
            .min()
            .unwrap_or(0),
        warnings: of(|accepted| accepted.warnings),
        idle: of(|accepted| accepted.idle),
        odd: of(|accepted| accepted.odd),
        rough: of(|accepted| accepted.rough),
        held: of(|accepted| accepted.held),
    }
}

/// What speaks against a repair that parses: names that nothing binds, warnings, statements without effect, and what another
/// repair makes clear to the grammar.
fn doubts(accepted: &Accepted, least: &Least) -> u32 {
    let unknown = u32::try_from(accepted.unknown.len() - least.unknown).unwrap_or(9);
    150 * unknown.min(3)
        + 120 * (accepted.warnings - least.warnings).min(9)
        + 60 * (accepted.idle - least.idle).min(9)
        + ODD * (accepted.odd - least.odd).min(3)
        + (accepted.held - least.held).min(MOST_HELD)
        + if accepted.rough > least.rough {
            ROUGH
        } else {
            0
        }
}

/// What speaks for the only edit of a repair: that its line has the form of its neighbors then, as rows of a list have.
fn made_alike(edits: &[Edit], lines: &Lines<'_>) -> u32 {
    let [edit] = edits else {
        return 0;
    };
    let line = lines.at(edit.range.start);
    let end = lines.start(line) + lines.text(line).len();
    if line == 0 || edit.range.end > end || edit.replacement.contains('\n') {
        return 0;
    }
    let start = lines.start(line);
    let text = lines.text(line);
    let (from, to) = (edit.range.start - start, edit.range.end - start);
    let Some((head, tail)) = text.get(..from).zip(text.get(to..)) else {
        return 0;
    };
    let own = form(&format!("{head}{}{tail}", edit.replacement));
    if own.chars().filter(|letter| !letter.is_whitespace()).count() < LEAST_FORM {
        return 0;
    }
    let alike = [line - 1, line + 1]
        .into_iter()
        .filter(|near| form(lines.text(*near)) == own);
    u32::try_from(alike.count()).unwrap_or(0) * ALIKE
}

/// Whether the word that the only edit of a repair makes, marks and all, stands elsewhere in the file.
fn is_said(edits: &[Edit], lines: &Lines<'_>) -> bool {
    let [edit] = edits else {
        return false;
    };
    let line = lines.at(edit.range.start);
    let (start, text) = (lines.start(line), lines.text(line));
    let (from, to) = (edit.range.start - start, edit.range.end - start);
    let Some((head, tail)) = text.get(..from).zip(text.get(to..)) else {
        return false;
    };
    let blank = [' ', '\t'];
    let head = head.rsplit(blank).next().unwrap_or(head);
    let tail = tail.split(blank).next().unwrap_or(tail);
    let made = format!("{head}{}{tail}", edit.replacement);
    let has_marks = made.contains(|letter: char| !letter.is_alphanumeric() && letter != '_');
    // With a blank in it there are two words, and one of them was there before.
    let is_word = !made.contains(blank) && !made.contains('\n');
    is_word && has_marks && made.len() >= LEAST_WORD && lines.all().contains(&made)
}

/// Letters of a word that says something where it stands twice, and what that is.
const LEAST_WORD: usize = 9;
const SAID: u32 = 45;

/// Marks that a line has at least, of which its form says something.
const LEAST_FORM: usize = 5;

/// A line with one letter for each of its words.
fn form(line: &str) -> String {
    let mut form = String::new();
    for letter in line.chars() {
        let letter = if letter.is_alphanumeric() || letter == '_' {
            'a'
        } else {
            letter
        };
        if letter != 'a' || !form.ends_with('a') {
            form.push(letter);
        }
    }
    form
}

/// How much stranger the edited line reads than the broken one, in hundredths of a cost.
pub(crate) fn strangeness(edit: &Edit, lines: &Lines<'_>, natural: &Natural<'_>) -> i32 {
    let base = natural.base(lines, lines.at(edit.range.start));
    strangeness_from(edit, lines, natural, &base)
}

/// The same, where the broken line was looked at before.
fn strangeness_from(edit: &Edit, lines: &Lines<'_>, natural: &Natural<'_>, base: &Base) -> i32 {
    // A statement of its own says nothing of the line that it stands before.
    if edit.rule == "import" {
        return 0;
    }
    let line = lines.at(edit.range.start);
    let text = lines.text(line);
    let start = edit.range.start - lines.start(line);
    let end = (edit.range.end - lines.start(line)).min(text.len());
    if start > end {
        return 0;
    }
    let edited = format!("{}{}{}", &text[..start], edit.replacement, &text[end..]);
    let bits = natural.gain(base, &edited);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a line has no more than a few thousand bits"
    )]
    let cost = (bits * 8.0).round() as i32;
    cost
}

/// A strangeness as far as it counts.
pub(crate) fn bounded(strange: i32) -> i32 {
    strange.clamp(-MOST_STRANGE, MOST_STRANGE)
}

/// What the grammar makes of an edited text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sense {
    /// It reads all of it.
    Whole,
    /// It reads more of it than before. No grammar knows every corner of its language.
    Better,
    /// It reads no more of it.
    None,
}

/// The grammar as a filter before parsers that take their time: edits that make the most sense to it are tried first, the others when none
/// of those is a repair.
struct Filter {
    tree: Option<SyntaxTree>,
    errors: usize,
    known: BTreeMap<(usize, usize, String), Sense>,
}

impl Filter {
    fn new(search: &Search<'_>) -> Filter {
        let language = search.environment.language(search.path);
        let tree = SyntaxTree::new(language, search.path, search.text);
        let errors = tree.as_ref().map_or(0, SyntaxTree::error_bytes);
        // A parser that is fast needs no filter, and of indentation and shells a grammar knows less than it should.
        Filter {
            tree: tree.filter(|_| search.is_broken && errors > 0 && !search.judge.is_fast()),
            errors,
            known: BTreeMap::new(),
        }
    }

    /// In the order in which they are worth trying.
    fn senses(&self) -> &'static [Sense] {
        match self.tree {
            Some(_) => &[Sense::Whole, Sense::Better, Sense::None],
            None => &[Sense::Whole],
        }
    }

    fn sense(&mut self, edit: &Edit) -> Sense {
        let Some(tree) = &mut self.tree else {
            return Sense::Whole;
        };
        let key = (edit.range.start, edit.range.end, edit.replacement.clone());
        let errors = self.errors;
        *self.known.entry(key).or_insert_with(|| {
            match tree.read_with(edit.range.clone(), &edit.replacement) {
                Some(reading) if reading.error_bytes == 0 => Sense::Whole,
                Some(reading) if reading.error_bytes < errors => Sense::Better,
                Some(_) | None => Sense::None,
            }
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

/// Whether a parser says that something is given a value that cannot be, which is mostly one sign of equality that was lost.
fn speaks_of_assignment(message: &str) -> bool {
    const SAID: &[&str] = &[
        "Invalid left-hand side in assignment",
        "cannot assign to",
        "found assignment",
        "instead of '='",
        "used as value",
    ];
    SAID.iter().any(|said| message.contains(said))
}

/// The line that a message names besides the place of the fault («on line 12»).
fn named_line(message: &str) -> Option<usize> {
    let (_, rest) = message.split_once("on line ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse::<usize>().ok()?.checked_sub(1)
}
