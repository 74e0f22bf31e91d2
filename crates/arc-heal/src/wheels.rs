//! Packages that lie on this machine as wheels, for an environment of the project. Wheels are unpacked, which runs nothing of them; nothing is
//! fetched from anywhere.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use arc_sandbox::Version;
use serde::{Deserialize, Serialize};

use crate::RunError;
use crate::child::{Call, find_program, run_child, variable};
use crate::session::Patient;

const SCRIPT: &str = include_str!("wheels.py");
const PATIENCE: Duration = Duration::from_secs(60);

/// Where projects keep wheels; beside these, folders that settings and manifests name are looked at.
const FOLDERS: &[&str] = &["wheels", "wheelhouse", "vendor/wheels"];

/// An environment of Python that lies in the project and that a command uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Venv {
    /// Without links.
    place: PathBuf,
    /// Relative to the root of the project.
    pub(crate) path: String,
    site: PathBuf,
    version: [u32; 2],
}

/// What the wheels offer for a module.
pub(crate) enum Offer {
    Packages(Packages),
    /// They do not have it.
    Nothing,
    /// They have it, and it cannot be taken.
    Refused(String),
}

/// Packages that are ready to be put into an environment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Packages {
    /// Name, version and wheel of each.
    pub(crate) names: Vec<[String; 3]>,
    /// Needed by these, and neither installed nor among the wheels.
    pub(crate) absent: Vec<String>,
    /// Below the root of the project.
    pub(crate) files: Vec<Version>,
}

/// What may be taken from where.
#[derive(Clone, Copy)]
pub(crate) struct Sources<'a> {
    /// Folders beside the usual ones.
    pub(crate) folders: &'a [PathBuf],
    /// Packages that may be installed; any, if none is named.
    pub(crate) packages: &'a [String],
}

#[derive(Serialize)]
struct Request<'a> {
    root: &'a Path,
    environment: &'a Path,
    site: &'a Path,
    version: [u32; 2],
    folders: Vec<String>,
    packages: &'a [String],
    module: &'a str,
    out: &'a Path,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    none: bool,
    why: String,
    packages: Vec<[String; 3]>,
    files: Vec<(String, u32)>,
    absent: Vec<String>,
}

impl Venv {
    /// The environment that the patient's command uses, if it lies in the project.
    pub(crate) fn of(patient: &Patient) -> Option<Venv> {
        let first = patient.command.first()?;
        let found = find_program(&patient.environment, &patient.folder, first);
        let named = patient
            .command
            .iter()
            .filter(|word| word.as_encoded_bytes().contains(&b'/'));
        found
            .into_iter()
            .chain(named.map(|word| patient.folder.join(word)))
            .find_map(|program| Venv::around(&patient.root, &program))
    }

    fn around(root: &Path, program: &Path) -> Option<Venv> {
        let bin = program.parent()?;
        let place = bin.parent()?.canonicalize().ok()?;
        let path = place.strip_prefix(root).ok()?.to_str()?.to_owned();
        if bin.file_name() != Some(OsStr::new("bin"))
            || path.is_empty()
            || !place.join("pyvenv.cfg").is_file()
        {
            return None;
        }
        let mut sites: Vec<(PathBuf, [u32; 2])> = fs::read_dir(place.join("lib"))
            .ok()?
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let (major, minor) = name.strip_prefix("python")?.split_once('.')?;
                let version = [major.parse().ok()?, minor.parse().ok()?];
                let site = entry.path().join("site-packages");
                site.is_dir().then_some((site, version))
            })
            .collect();
        // Of several nobody knows which one the interpreter reads.
        let (site, version) = sites.pop().filter(|_| sites.is_empty())?;
        Some(Venv {
            place,
            path,
            site,
            version,
        })
    }

    /// What gives a module, with all that it needs itself.
    pub(crate) fn offer(
        &self,
        patient: &Patient,
        module: &str,
        sources: Sources<'_>,
        interpreter: &OsString,
    ) -> Result<Offer, RunError> {
        let odd = |said: String| RunError::Tool {
            tool: interpreter.to_string_lossy().into_owned(),
            said,
        };
        let out = tempfile::Builder::new()
            .prefix("arc-heal-")
            .tempdir()
            .map_err(|error| odd(error.to_string()))?;
        let usual = FOLDERS.iter().map(|folder| (*folder).to_owned());
        let told = sources
            .folders
            .iter()
            .map(|path| path.to_string_lossy().into_owned());
        let links = variable(&patient.environment, "PIP_FIND_LINKS");
        let links = links.map_or_else(String::new, |links| links.to_string_lossy().into_owned());
        let request = Request {
            root: &patient.root,
            environment: &self.place,
            site: &self.site,
            version: self.version,
            folders: told
                .chain(links.split_whitespace().map(str::to_owned))
                .chain(usual)
                .collect(),
            packages: sources.packages,
            module,
            out: out.path(),
        };
        let input = serde_json::to_vec(&request).map_err(|error| odd(error.to_string()))?;
        let mut command = vec![interpreter.clone()];
        command.extend(["-I", "-S", "-B", "-c", SCRIPT].map(OsString::from));
        let finished = run_child(&Call {
            command: &command,
            folder: Path::new("/"),
            environment: &patient.environment,
            input: &input,
            wall: PATIENCE,
        })?;
        let answer: Answer = serde_json::from_slice(&finished.stdout)
            .map_err(|_| odd(finished.text().chars().take(300).collect()))?;
        if answer.none {
            return Ok(Offer::Nothing);
        }
        if !answer.why.is_empty() {
            return Ok(Offer::Refused(answer.why));
        }
        let files = answer.files.into_iter().enumerate().map(|(at, file)| {
            let (path, mode) = file;
            let bytes = fs::read(out.path().join(at.to_string()))
                .map_err(|error| odd(error.to_string()))?;
            Ok(Version {
                path: Path::new(&self.path).join(path),
                bytes,
                mode,
            })
        });
        Ok(Offer::Packages(Packages {
            names: answer.packages,
            absent: answer.absent,
            files: files.collect::<Result<_, RunError>>()?,
        }))
    }
}
