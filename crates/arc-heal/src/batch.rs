//! Everything that is broken in a project, in one session: files that are no programs, and what a command reports once they are. Nothing is
//! written before all of it is proved together, and then all of it or nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Instant;

use arc_project::{SyntaxTree, project_files};
use arc_sandbox::Version;
use serde::Serialize;
use serde_json::{Value, json};

use crate::HealError;
use crate::detect::blamed_file;
use crate::diagnostic::Environment;
use crate::journal::{self, Found, Planned};
use crate::judge::Judge;
use crate::log::{Event, Log};
use crate::placing::session_name;
use crate::policy::admitted;
use crate::proposal::Proposal;
use crate::report::{HealReport, HealResult};
use crate::runner::Runner;
use crate::session::{Options, Patient, Session};

/// Files that are repaired in one session.
const MOST_FILES: usize = 40;
/// Faults of files that are programs, one found behind the other.
const MOST_HIDDEN: usize = 8;

/// What `arc heal --all --json` prints.
#[derive(Clone, Debug, Serialize)]
pub struct BatchReport {
    schema: &'static str,
    /// How it ended, for all files together.
    pub result: HealResult,
    /// Why it ended so, and what to do.
    pub message: String,
    /// The name of the session, for `arc heal undo`.
    pub session: String,
    /// Files that were looked at.
    pub looked_at: usize,
    /// Each file with a fault, as if it were the only one.
    pub files: Vec<HealReport>,
}

/// Asks a person whether the repairs are to be put in place.
pub type ApproveAll<'a> = &'a mut dyn FnMut(&BatchReport) -> bool;

/// Heals a project. The patient's file is not looked at.
///
/// # Errors
/// When nothing could be tried; the project is as it was.
pub fn heal_all(
    patient: &Patient,
    options: &Options,
    runner: &mut dyn Runner,
    approve: ApproveAll<'_>,
) -> Result<BatchReport, HealError> {
    let mut batch = Batch {
        patient,
        began: Instant::now(),
        tried: Options {
            dry_run: true,
            runs_tests: false,
            ..options.clone()
        },
        runner,
        repairs: BTreeMap::new(),
        looked: BTreeMap::new(),
        report: BatchReport {
            schema: "arc.heal_all/1",
            result: HealResult::NotHealed,
            message: String::new(),
            session: session_name(),
            looked_at: 0,
            files: Vec::new(),
        },
    };
    batch.repair_texts()?;
    if patient.command.is_empty() {
        batch.decide_unproved(options);
    } else {
        batch.prove()?;
    }
    batch.put_in_place(options, approve)?;
    Ok(batch.report)
}

struct Batch<'a> {
    patient: &'a Patient,
    began: Instant,
    /// What each file is tried with: nothing is written.
    tried: Options,
    runner: &'a mut dyn Runner,
    /// By path.
    repairs: BTreeMap<String, Repaired>,
    /// What each file's session tells of its fault and of what was looked at, by path.
    looked: BTreeMap<String, [(Event, Value); 2]>,
    report: BatchReport,
}

/// A file and what it may become.
struct Repaired {
    found: Found,
    proposal: Proposal,
}

impl Repaired {
    fn version(&self) -> Version {
        Version {
            path: self.found.path.clone().into(),
            bytes: self.proposal.bytes.clone(),
            mode: self.proposal.mode,
        }
    }
}

impl Batch<'_> {
    /// Finds the files that are no programs, and the likeliest repair of each.
    fn repair_texts(&mut self) -> Result<(), HealError> {
        let broken = self.broken_files();
        if broken.len() > MOST_FILES {
            return Err(HealError::Unfit {
                path: format!("the project: {} files", broken.len()),
                why: "cannot be read by their languages; name one, or the folder that is yours in .arcignore".to_owned(),
            });
        }
        for path in broken {
            let patient = Patient {
                command: Vec::new(),
                ..self.patient.clone()
            };
            let options = Options {
                accept_unproved: true,
                ..self.tried.clone()
            };
            self.session(&patient, &options, &path, Vec::new())?;
        }
        Ok(())
    }

    /// Heals one file without writing it, and keeps its repair and its report.
    fn session(
        &mut self,
        patient: &Patient,
        options: &Options,
        path: &str,
        others: Vec<Version>,
    ) -> Result<HealResult, HealError> {
        let found = journal::find(&patient.root, path)?;
        let spent = self.began.elapsed();
        let options = &Options {
            budget: options.budget.map(|most| most.saturating_sub(spent)),
            ..options.clone()
        };
        let mut session = Session::new(patient, options, self.runner, found.clone(), others)?;
        session.installs = false;
        session.run(&mut |_| true)?;
        self.looked.insert(path.to_owned(), session.analysis());
        let result = session.report.result;
        // The command may prove what is not clear by itself.
        let is_proved_later = !self.patient.command.is_empty();
        let onward = session.onward.take().filter(|_| is_proved_later);
        let next = session.chosen.take().or(onward);
        let mut report = session.report.clone();
        if let Some(error) = &mut report.error
            && error.file.is_none()
        {
            error.file = Some(path.to_owned());
        }
        report.file = Some(path.to_owned());
        self.report
            .files
            .retain(|known| known.file.as_deref() != Some(path));
        self.report.files.push(report);
        if let Some(proposal) = next {
            self.repairs
                .insert(path.to_owned(), Repaired { found, proposal });
        }
        Ok(result)
    }

    /// Files that may be changed and that the parser of their language cannot read.
    fn broken_files(&mut self) -> Vec<String> {
        let files: Vec<String> = project_files(&self.patient.root)
            .into_iter()
            .filter(|path| Environment::of(path, "").is_some())
            .collect();
        self.report.looked_at = files.len();
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let share = files.len().div_ceil(workers).max(1);
        let patient = self.patient;
        let options = &self.tried;
        thread::scope(|scope| {
            let started: Vec<_> = files
                .chunks(share)
                .map(|share| {
                    scope.spawn(move || {
                        let broken = share
                            .iter()
                            .filter(|path| is_broken(patient, options, path));
                        broken.cloned().collect::<Vec<_>>()
                    })
                })
                .collect();
            started
                .into_iter()
                .flat_map(|worker| worker.join().expect("a reader does not panic"))
                .collect()
        })
    }

    /// Repairs what the command reports behind the texts, and proves each file by the command with all others in place.
    fn prove(&mut self) -> Result<(), HealError> {
        let patient = self.patient;
        let options = self.tried.clone();
        for _ in 0..MOST_HIDDEN {
            let finished = self.runner.run(&self.versions(None), options.wall)?;
            if finished.is_success() {
                break;
            }
            let Some(path) = self.blamed(&finished.text()) else {
                break;
            };
            let others = self.versions(None);
            self.session(patient, &options, &path, others)?;
            if !self.repairs.contains_key(&path) {
                break;
            }
        }
        if self.report.files.is_empty() {
            let ended = self.runner.run(&[], options.wall)?;
            let (result, message) = if ended.is_success() {
                (
                    HealResult::NothingToHeal,
                    "the command succeeds as it is, and all files can be read",
                )
            } else {
                (
                    HealResult::NotHealed,
                    "the command blames no file of this project that may be changed; name the one that is broken",
                )
            };
            self.report.result = result;
            self.report.message = message.to_owned();
            return Ok(());
        }
        let mut unproved: Vec<String> = self.repairs.keys().cloned().collect();
        // One that is proved may be what the proof of another lacks.
        loop {
            let before = unproved.len();
            let mut left = Vec::new();
            for path in unproved {
                if !self.prove_one(&path)? {
                    left.push(path);
                }
            }
            unproved = left;
            if unproved.is_empty() || unproved.len() == before {
                break;
            }
        }
        self.judge(&unproved)
    }

    /// Whether the command proves the repair of a file with all others in place, or does without one.
    fn prove_one(&mut self, path: &str) -> Result<bool, HealError> {
        let patient = self.patient;
        let options = self.tried.clone();
        let others = self.versions(Some(path));
        let likeliest = self.repairs.remove(path);
        let result = self.session(patient, &options, path, others)?;
        let is_needless = result == HealResult::NothingToHeal || self.is_indifferent(path);
        if result == HealResult::Healed && !is_needless {
            return Ok(true);
        }
        self.repairs.remove(path);
        if is_needless {
            return Ok(true);
        }
        self.repairs
            .extend(likeliest.map(|repair| (path.to_owned(), repair)));
        Ok(false)
    }

    /// What became of the whole, when each file was proved but these.
    fn judge(&mut self, unproved: &[String]) -> Result<(), HealError> {
        if !unproved.is_empty() || self.repairs.is_empty() {
            self.report.message = format!(
                "not proved: {}; nothing was written",
                if unproved.is_empty() {
                    "no repair makes the command succeed".to_owned()
                } else {
                    unproved.join(", ")
                }
            );
            return Ok(());
        }
        let together = self.runner.run(&self.versions(None), self.tried.wall)?;
        if together.is_success() {
            self.report.result = HealResult::Healed;
            // A file that was blamed for the fault of another has none.
            let repairs = &self.repairs;
            let is_repaired = |file: &HealReport| {
                file.file
                    .as_ref()
                    .is_some_and(|file| repairs.contains_key(file))
            };
            self.report.files.retain(is_repaired);
        } else {
            self.report.message =
                "the command does not succeed with all repairs together; nothing was written"
                    .to_owned();
        }
        Ok(())
    }

    /// Whether the command succeeds with the file as it was found, and it was not asked for.
    fn is_indifferent(&self, path: &str) -> bool {
        let known = |report: &&HealReport| report.file.as_deref() == Some(path);
        let report = self.report.files.iter().find(known);
        report.is_some_and(|report| report.is_without_proof())
    }

    /// The file that an output blames, unless it has a repair already.
    fn blamed(&self, output: &str) -> Option<String> {
        let path = blamed_file(output, &self.patient.root)?;
        let path = admitted(&self.patient.root, &path, &self.tried).ok()?;
        (!self.repairs.contains_key(&path)).then_some(path)
    }

    /// All repairs, but that of one file.
    fn versions(&self, without: Option<&str>) -> Vec<Version> {
        let others = self
            .repairs
            .iter()
            .filter(|(path, _)| Some(path.as_str()) != without);
        others.map(|(_, repaired)| repaired.version()).collect()
    }

    /// What becomes of repairs that no command speaks of.
    fn decide_unproved(&mut self, options: &Options) {
        let files = &self.report.files;
        let repaired = self.repairs.len();
        if files.is_empty() {
            self.report.result = HealResult::NothingToHeal;
            self.report.message = "all files can be read".to_owned();
        } else if !options.accept_unproved {
            self.report.message = format!(
                "{} of {} files have a repair that parses, not proved: no command is given that would show it",
                repaired,
                files.len()
            );
        } else if repaired < files.len() && options.all_or_nothing {
            self.report.message = format!(
                "{} of {} files have no clear repair; nothing was written",
                files.len() - repaired,
                files.len()
            );
        } else if repaired > 0 {
            self.report.result = HealResult::Healed;
        } else {
            self.report.message = "no file has a clear repair".to_owned();
        }
    }

    /// Writes what was decided, if somebody approves.
    fn put_in_place(
        &mut self,
        options: &Options,
        approve: ApproveAll<'_>,
    ) -> Result<(), HealError> {
        self.report.files.sort_by(|a, b| a.file.cmp(&b.file));
        let log = Log::new(&self.patient.root, &self.report.session);
        if self.report.result == HealResult::Healed {
            if options.dry_run {
                self.report.message = "dry run: nothing was written".to_owned();
                return Ok(());
            }
            if !approve(&self.report) {
                self.report.result = HealResult::Refused;
                self.report.message =
                    "not approved; nothing was written (`--yes` approves)".to_owned();
                return Ok(());
            }
            let repairs = std::mem::take(&mut self.repairs);
            let planned: Vec<Planned<'_>> = repairs
                .values()
                .map(|repaired| Planned {
                    found: &repaired.found,
                    bytes: &repaired.proposal.bytes,
                    mode: repaired.proposal.mode,
                })
                .collect();
            let files: Vec<&String> = repairs.keys().collect();
            let fix = json!({"rule": "several", "files": files});
            let mut begun = self.told();
            begun.push((Event::FixGenerated, fix.clone()));
            log.append(&begun)?;
            journal::commit(&self.patient.root, &self.report.session, &planned)?;
            self.report.message = format!("healed {} files", planned.len());
            let done = [
                (Event::FixApplied, fix),
                (Event::HealingComplete, json!({"result": "healed"})),
            ];
            if let Err(error) = log.append(&done) {
                // They are in place: the next start writes it.
                self.report
                    .message
                    .push_str(&format!("; it is not in the log yet: {error}"));
            }
            return Ok(());
        }
        if self.report.result == HealResult::NothingToHeal || options.dry_run {
            return Ok(());
        }
        let mut events = self.told();
        let why = json!({"why": self.report.message});
        events.push((Event::ManualInterventionRequired, why));
        log.append(&events)
    }

    /// The fault of each file, and what was looked at.
    fn told(&self) -> Vec<(Event, Value)> {
        let files = self.report.files.iter();
        let own = files.filter_map(|file| self.looked.get(file.file.as_ref()?));
        own.flatten().cloned().collect()
    }
}

/// Whether a file may be changed, and its language cannot read it. A grammar looks first: most files are sound, and it is quick.
fn is_broken(patient: &Patient, options: &Options, path: &str) -> bool {
    let full = patient.root.join(path);
    let is_admitted = admitted(&patient.root, &full, options).is_ok();
    let Some(environment) = Environment::of(path, "").filter(|_| is_admitted) else {
        return false;
    };
    // What is no text is nobody's program.
    let Ok(text) = fs::read_to_string(Path::new(&full)) else {
        return false;
    };
    let language = environment.language(path);
    let is_odd = SyntaxTree::new(language, path, &text).is_some_and(|tree| tree.error_bytes() > 0);
    is_odd && {
        let judge = Judge::new(environment, path, patient);
        // A parser that cannot be asked does not say that it is broken.
        judge.read(&text).is_ok_and(|reading| reading.is_err())
    }
}
