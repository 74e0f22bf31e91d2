//! What every agent of one session said, in files that people and other processes read: `.arc/sessions/ID/`.
//!
//! A session that was killed leaves what it had; nothing of it is needed to put the project in order, since nothing was changed.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use arc_project::{keep_out_of_git, replace_file};
use serde::{Deserialize, Serialize};

/// Where sessions are, relative to the root of the project.
const FOLDER: &str = ".arc/sessions";
const SCHEMA: &str = "arc.session/1";

/// How a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionState {
    /// It goes on, or was cut short.
    Running,
    /// It was cut short: nobody works on it any more.
    Interrupted,
    /// A change was accepted.
    Accepted,
    /// No change was good enough, and nothing was changed.
    NotImproved,
    /// A talk came to its end.
    Ended,
}

/// What a session is about and how far it came: `arc.session/1`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SessionNote {
    /// `arc.session/1`.
    pub schema: String,
    /// What it is called.
    pub session: String,
    /// `improve`, `generate` or `chat`.
    pub command: String,
    /// How it stands.
    pub state: SessionState,
    /// The file that is to be changed.
    pub target: Option<String>,
    /// What was asked for in plain words.
    pub task: Option<String>,
    /// The model.
    pub model: String,
    /// Answers that are asked for, at most.
    pub attempts: u32,
    /// What a score must reach; nothing when every sound change is taken.
    pub threshold: Option<f64>,
    /// The command that proves a change, by its words.
    pub proof: Vec<String>,
    /// Tests may be changed.
    pub changes_tests: bool,
    /// Attempts that ended, or questions that were answered.
    pub done: u32,
    /// Milliseconds that its attempts took, answers and runs included.
    #[serde(default)]
    pub ms: u64,
    /// Attempts that a rule repaired.
    #[serde(default)]
    pub repairs: u32,
    /// The best attempt that may be kept, and its score.
    pub best: Option<(u32, f64)>,
}

/// The folder of one session.
#[derive(Debug)]
pub struct Session {
    folder: PathBuf,
    /// What it is about.
    pub note: SessionNote,
    /// Locked while somebody works on it.
    _lock: File,
}

/// A session cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// There is none of this name.
    #[error("there is no session {session}")]
    Unknown {
        /// The name.
        session: String,
    },
    /// Somebody works on it.
    #[error("session {session} is still running")]
    Busy {
        /// The name.
        session: String,
    },
    /// A file of it cannot be read or written.
    #[error("cannot use {path}: {why}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

impl Session {
    /// Begins a session.
    ///
    /// # Errors
    /// When its folder cannot be made.
    pub fn begin(root: &Path, mut note: SessionNote) -> Result<Session, SessionError> {
        SCHEMA.clone_into(&mut note.schema);
        note.state = SessionState::Running;
        let folder = root.join(FOLDER).join(&note.session);
        let prepared = fs::create_dir_all(&folder).and_then(|()| keep_out_of_git(root));
        prepared.map_err(|error| unusable(&folder, &error))?;
        let lock = locked(&folder, &note.session)?;
        let session = Session {
            folder,
            note,
            _lock: lock,
        };
        session.save()?;
        Ok(session)
    }

    /// Takes up a session that was cut short or came to no good end.
    ///
    /// # Errors
    /// When there is none of this name, or somebody works on it.
    pub fn resume(root: &Path, name: &str) -> Result<Session, SessionError> {
        let unknown = || SessionError::Unknown {
            session: name.to_owned(),
        };
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if name.is_empty() || !name.bytes().all(is_name) {
            return Err(unknown());
        }
        let folder = root.join(FOLDER).join(name);
        let text = fs::read(folder.join("session.json")).map_err(|_| unknown())?;
        let note = serde_json::from_slice(&text).map_err(|error| SessionError::File {
            path: folder.join("session.json"),
            why: error.to_string(),
        })?;
        let lock = locked(&folder, name)?;
        Ok(Session {
            folder,
            note,
            _lock: lock,
        })
    }

    /// Writes down how far it came.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self) -> Result<(), SessionError> {
        self.write_json("session.json", &self.note)
    }

    /// Writes what an agent said.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), SessionError> {
        let text = serde_json::to_string_pretty(value).map_err(|error| SessionError::File {
            path: self.folder.join(name),
            why: error.to_string(),
        })?;
        self.write(name, &format!("{text}\n"))
    }

    /// Writes a text.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, text: &str) -> Result<(), SessionError> {
        let path = self.folder.join(name);
        replace_file(&path, &mut |file| file.write_all(text.as_bytes()))
            .map_err(|error| unusable(&path, &error))
    }

    /// Reads what an agent said; `None` when it said nothing yet.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read_json<T: for<'de> Deserialize<'de>>(
        &self,
        name: &str,
    ) -> Result<Option<T>, SessionError> {
        let Some(text) = self.read(name)? else {
            return Ok(None);
        };
        let value = serde_json::from_str(&text).map_err(|error| SessionError::File {
            path: self.folder.join(name),
            why: error.to_string(),
        })?;
        Ok(Some(value))
    }

    /// Reads a text; `None` when it is not there.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(&self, name: &str) -> Result<Option<String>, SessionError> {
        let path = self.folder.join(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unusable(&path, &error)),
        }
    }

    /// The folder, relative to the root.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{FOLDER}/{}", self.note.session)
    }
}

/// All sessions of a project, oldest first. What cannot be read is none.
#[must_use]
pub fn sessions(root: &Path) -> Vec<SessionNote> {
    let folder = root.join(FOLDER);
    let Ok(entries) = fs::read_dir(&folder) else {
        return Vec::new();
    };
    let mut notes: Vec<SessionNote> = entries
        .flatten()
        .filter_map(|entry| {
            let text = fs::read(entry.path().join("session.json")).ok()?;
            let mut note: SessionNote = serde_json::from_slice(&text).ok()?;
            let is_idle = || {
                File::open(entry.path().join("running")).is_ok_and(|lock| lock.try_lock().is_ok())
            };
            if note.state == SessionState::Running && is_idle() {
                note.state = SessionState::Interrupted;
            }
            Some(note)
        })
        .collect();
    notes.sort_by(|one, other| one.session.cmp(&other.session));
    notes
}

/// How the changes of a project went that a model made, over all its sessions.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MadeStats {
    /// Sessions that came to an end.
    pub sessions: u64,
    /// Those whose change was accepted.
    pub accepted: u64,
    /// Their share; null without sessions.
    pub success_rate: Option<f64>,
    /// Answers after the first and repairs by rules, for one session.
    pub repairs_per_session: Option<f64>,
    /// Seconds from the first question to what was accepted, on average.
    pub seconds_to_accept: Option<f64>,
    /// The score of what was accepted, on average.
    pub confidence: Option<f64>,
}

impl MadeStats {
    /// Counts over sessions; talks and those that go on are left out.
    #[must_use]
    pub fn of(notes: &[SessionNote]) -> MadeStats {
        let ended: Vec<&SessionNote> = notes
            .iter()
            .filter(|note| {
                matches!(
                    note.state,
                    SessionState::Accepted | SessionState::NotImproved
                )
            })
            .collect();
        let accepted: Vec<&&SessionNote> = ended
            .iter()
            .filter(|note| note.state == SessionState::Accepted)
            .collect();
        let mean =
            |sum: f64, count: usize| (count > 0).then(|| (sum / count as f64 * 1e3).round() / 1e3);
        let repairs = |note: &&SessionNote| f64::from(note.done.saturating_sub(1) + note.repairs);
        let score = |note: &&&SessionNote| note.best.map_or(0.0, |(_, score)| score);
        MadeStats {
            sessions: ended.len() as u64,
            accepted: accepted.len() as u64,
            success_rate: mean(accepted.len() as f64, ended.len()),
            repairs_per_session: mean(ended.iter().map(repairs).sum(), ended.len()),
            seconds_to_accept: mean(
                accepted.iter().map(|note| note.ms as f64 / 1e3).sum(),
                accepted.len(),
            ),
            confidence: mean(accepted.iter().map(score).sum(), accepted.len()),
        }
    }
}

fn locked(folder: &Path, name: &str) -> Result<File, SessionError> {
    let path = folder.join("running");
    let lock = File::create(&path).map_err(|error| unusable(&path, &error))?;
    lock.try_lock().map_err(|_| SessionError::Busy {
        session: name.to_owned(),
    })?;
    Ok(lock)
}

fn unusable(path: &Path, error: &io::Error) -> SessionError {
    SessionError::File {
        path: path.to_owned(),
        why: error.to_string(),
    }
}
