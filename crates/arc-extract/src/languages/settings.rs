//! Keys of configuration files: which files are meant, and how their keys become definitions. Values are not kept: they are
//! often secrets.

use arc_graph::NodeKind;
use rustc_hash::FxHashSet;

use crate::builder::FactsBuilder;
use crate::ends::{OUTSIDE, Side, Space, is_variable, placeholders, setting_key};
use crate::facts::{BlockKind, flag};

/// Keys beyond this many are left out: a file that long is generated.
const MAX_KEYS: usize = 5_000;

/// Beginnings of the names of files that hold the configuration of a program; a profile may follow (`application-dev.yml`).
const NAMES: &[&str] = &[
    "appconfig",
    "application",
    "appsettings",
    "bootstrap",
    "config",
    "configuration",
    "settings",
];
/// Folders of such files.
const FOLDERS: &[&str] = &["conf", "config", "configs", "settings"];

/// Whether a file holds the configuration of a program, by its path.
pub(super) fn is_configuration(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let file = parts.next().unwrap_or(path).trim_start_matches(['.', '_']);
    let stem = file.split(['.', '-']).next().unwrap_or(file);
    let folder = parts.next().unwrap_or("");
    NAMES.iter().any(|name| stem.eq_ignore_ascii_case(name)) || FOLDERS.contains(&folder)
}

/// Keys of one file.
pub(super) struct Settings<'f> {
    facts: &'f mut FactsBuilder,
    known: FxHashSet<String>,
}

impl<'f> Settings<'f> {
    pub(super) fn new(facts: &'f mut FactsBuilder) -> Settings<'f> {
        Settings {
            facts,
            known: FxHashSet::default(),
        }
    }

    /// Adds a key by all names on the way, and what its value takes from elsewhere. A key that stands there already (in
    /// another document of the file) is not added again, and the tables around a key are keys as well.
    pub(super) fn add(&mut self, parts: &[&str], (line, end_line): (u32, u32), value: &str) {
        for count in 1..=parts.len() {
            let name = parts[..count].join(".");
            let Some(key) = setting_key(&name) else {
                return;
            };
            let is_last = count == parts.len();
            if self.known.len() >= MAX_KEYS || !self.known.insert(key.clone()) && !is_last {
                continue;
            }
            let end_line = if is_last { end_line } else { line };
            let symbol = self.facts.add_symbol(&name, NodeKind::Key, line, end_line);
            self.facts.symbol_mut(symbol).flags = flag::PUBLIC;
            let outer = self.facts.enter_symbol(symbol, BlockKind::Plain);
            self.facts.end(Space::Setting, Side::Provides, &key, line);
            if is_last {
                self.taken(value, line);
            }
            self.facts.leave(outer);
        }
    }

    /// `${other.key}` and `${VARIABLE}` in a value.
    fn taken(&mut self, value: &str, line: u32) {
        for held in placeholders(value) {
            if is_variable(held) && !held.bytes().any(|byte| byte.is_ascii_lowercase()) {
                self.facts.end(Space::Variable, Side::Uses, held, line);
                self.facts.mark_end(OUTSIDE);
            } else if let Some(key) = setting_key(held) {
                self.facts.end(Space::Setting, Side::Uses, &key, line);
            }
        }
    }
}

/// Adds the keys of a file of lines: `name = value` or `name: value` below `[section]`s, as properties, INI and TOML have
/// them. Of values over several lines the first counts.
pub(super) fn lines(text: &str, facts: &mut FactsBuilder) {
    let mut settings = Settings::new(facts);
    let mut section: Vec<&str> = Vec::new();
    for (row, line) in text.lines().enumerate() {
        let at = row as u32 + 1;
        let line = line.trim();
        if line.starts_with(['#', '!', ';']) {
            continue;
        }
        if let Some(inner) = line.strip_prefix('[') {
            let inner = inner
                .trim_start_matches('[')
                .split(']')
                .next()
                .unwrap_or("");
            section = names(inner);
            settings.add(&section, (at, at), "");
            continue;
        }
        let Some(end) = line.find(['=', ':']) else {
            continue;
        };
        let mut parts = section.clone();
        parts.extend(names(&line[..end]));
        settings.add(&parts, (at, at), &line[end + 1..]);
    }
}

fn names(text: &str) -> Vec<&str> {
    let parts = text.split('.');
    parts
        .map(|part| part.trim().trim_matches(['"', '\'']))
        .collect()
}
