//! YAML as Ansible reads it: whether a text is YAML, and what in it Ansible would not know. Read in this process, since Ansible itself takes a
//! second for each reading.

use std::borrow::Cow;

use saphyr_parser::{Event, Parser, ScalarStyle};

use crate::edits::{Edit, Suspect};
use crate::journal::digest;
use crate::judge::{Accepted, Fault};
use crate::lines::Lines;
use crate::spelling::distance;

/// Keywords of plays.
const PLAY: &str = "any_errors_fatal become become_exe become_flags become_method become_user check_mode collections connection debugger diff \
    environment fact_path force_handlers gather_facts gather_subset gather_timeout handlers hosts ignore_errors ignore_unreachable \
    max_fail_percentage module_defaults name no_log order port post_tasks pre_tasks remote_user roles run_once serial strategy tags \
    tasks throttle timeout user vars vars_files vars_prompt import_playbook when";

/// Keywords of tasks and blocks.
const TASK: &str = "action always any_errors_fatal args async become become_exe become_flags become_method become_user block changed_when \
    check_mode collections connection debugger delay delegate_facts delegate_to diff environment failed_when ignore_errors \
    ignore_unreachable listen local_action loop loop_control module_defaults name no_log notify poll port register remote_user rescue \
    retries run_once tags throttle timeout until vars when";

/// Modules that Ansible brings.
const MODULES: &str = "add_host apt apt_key apt_repository assemble assert async_status blockinfile command copy cron deb822_repository debconf \
    debug dnf dnf5 dpkg_selections expect fail fetch file find gather_facts get_url getent git group group_by hostname import_playbook \
    import_role import_tasks include include_role include_tasks include_vars iptables known_hosts lineinfile meta mount_facts package \
    package_facts pause ping pip raw reboot replace rpm_key script service service_facts set_fact set_stats setup shell slurp stat \
    subversion systemd systemd_service sysvinit tempfile template unarchive uri user validate_argument_spec wait_for \
    wait_for_connection yum yum_repository";

/// Keywords of plays and tasks that take words or lists of words, and no mappings.
const WORDS: &str = "become_flags become_user changed_when collections connection failed_when hosts listen loop_var notify order port \
    register remote_user serial strategy tags until when";

/// Where the modules above live, by the name that is never mistaken.
const BUILTIN: &str = "ansible.builtin.";

/// Modules by both of their names, and all keywords.
pub(crate) fn known_keys() -> Vec<String> {
    let modules = || MODULES.split_whitespace();
    modules()
        .map(str::to_owned)
        .chain(modules().map(|module| format!("{BUILTIN}{module}")))
        .chain(PLAY.split_whitespace().map(str::to_owned))
        .chain(TASK.split_whitespace().map(str::to_owned))
        .collect()
}

/// Where the text stops being YAML, or what it says.
pub(crate) fn read(text: &str) -> Result<Accepted, Fault> {
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| Fault {
            line: error.marker().line().saturating_sub(1),
            end_line: error.marker().line().saturating_sub(1),
            column: u32::try_from(error.marker().col() + 1).unwrap_or(0),
            message: error.info().to_owned(),
            kind: "SyntaxError".to_owned(),
        })?;
        // What brackets begin takes room; what indentation begins does not.
        let is_wide = span.end.index() > span.start.index();
        reader.take(&event, is_wide, span.end.line() > span.start.line());
    }
    reader.accepted.shape = digest(reader.shape.as_bytes());
    Ok(reader.accepted)
}

/// What a mapping or sequence is to Ansible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// The list of plays, or of tasks, that a file is.
    Top,
    /// One of either; which one its keys say.
    PlayOrTask,
    /// A list of tasks.
    Tasks,
    Task,
    /// Anything else.
    Other,
}

/// A mapping or sequence that is open.
struct Level {
    role: Role,
    is_mapping: bool,
    /// It is written with brackets.
    is_flow: bool,
    /// It stands where a key is expected.
    is_key: bool,
    /// The key whose value comes next; `None` where a key comes.
    key: Option<String>,
    keys: Vec<String>,
    /// A keyword of a play or task has it as its value, and takes no mappings.
    takes_words: bool,
}

#[derive(Default)]
struct Reader {
    open: Vec<Level>,
    shape: String,
    accepted: Accepted,
}

impl Reader {
    fn take(&mut self, event: &Event<'_>, is_wide: bool, is_long: bool) {
        match event {
            Event::Scalar(text, style, _, tag) => {
                self.note(&[
                    style_mark(*style),
                    text,
                    tag.as_ref().map_or("", |tag| &tag.suffix),
                ]);
                self.scalar(text, *style, is_long);
            }
            Event::Alias(number) => {
                self.note(&["*", &number.to_string()]);
                self.value_is_over();
            }
            Event::MappingStart(..) => self.enter(true, is_wide),
            Event::SequenceStart(..) => self.enter(false, is_wide),
            Event::MappingEnd | Event::SequenceEnd => {
                self.note(&["."]);
                let Some(level) = self.open.pop() else {
                    return;
                };
                self.judge(&level);
                if !level.is_key {
                    self.value_is_over();
                }
            }
            Event::DocumentStart(_) | Event::DocumentEnd => self.note(&["-"]),
            Event::Nothing | Event::StreamStart | Event::StreamEnd => {}
        }
    }

    fn note(&mut self, parts: &[&str]) {
        for part in parts {
            self.shape.push_str(part);
            self.shape.push('\0');
        }
    }

    fn enter(&mut self, is_mapping: bool, is_flow: bool) {
        self.note(&[if is_mapping { "{" } else { "[" }]);
        let role = self.role(is_mapping);
        let mut is_key = false;
        if let Some(level) = self.open.last_mut()
            && level.is_mapping
            && level.key.is_none()
        {
            // Nobody means a collection as a key: `{{ name }}` lost its quotes.
            self.accepted.warnings += 1;
            level.key = Some(String::new());
            is_key = true;
        }
        let takes_words = self.open.last().is_some_and(|level| {
            let is_keyword = |key: &String| is_word_of(WORDS, key);
            matches!(level.role, Role::PlayOrTask | Role::Task)
                && level.is_mapping
                && level.key.as_ref().is_some_and(is_keyword)
        });
        let within = self.open.last();
        let is_in_words = within.is_some_and(|level| level.takes_words);
        // A pair without brackets of its own in a list in brackets: the brackets of the list are those of a mapping.
        let is_pair = within.is_some_and(|level| level.is_flow && !level.is_mapping) && !is_flow;
        if is_mapping && (takes_words || is_in_words || is_pair) {
            self.accepted.warnings += 1;
        }
        self.open.push(Level {
            role: if is_key { Role::Other } else { role },
            is_mapping,
            is_flow,
            is_key,
            key: None,
            keys: Vec::new(),
            takes_words,
        });
    }

    fn role(&self, is_mapping: bool) -> Role {
        let Some(level) = self.open.last() else {
            return if is_mapping { Role::Other } else { Role::Top };
        };
        let key = level.key.as_deref();
        match (level.role, is_mapping) {
            (Role::Top, true) => Role::PlayOrTask,
            (Role::Tasks, true) => Role::Task,
            (Role::PlayOrTask | Role::Task, false)
                if matches!(
                    key,
                    Some(
                        "tasks"
                            | "pre_tasks"
                            | "post_tasks"
                            | "handlers"
                            | "block"
                            | "rescue"
                            | "always"
                    )
                ) =>
            {
                Role::Tasks
            }
            _ => Role::Other,
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, is_long: bool) {
        let is_plain = style == ScalarStyle::Plain;
        if is_odd(text, is_plain) {
            self.accepted.warnings += 2;
        } else if (is_plain && is_long) || (!is_plain && holds_key(text)) {
            self.accepted.warnings += 1;
        }
        let Some(level) = self.open.last_mut() else {
            // A file that is one word.
            self.accepted.warnings += 1;
            return;
        };
        if level.is_flow && is_plain && text.contains(' ') && !text.contains("{{") {
            // Two that a comma should part. No key has blanks there, and no number words behind it.
            let is_key = level.is_mapping && level.key.is_none();
            let is_number = text.starts_with(|c: char| c.is_ascii_digit());
            self.accepted.warnings += if is_key || is_number { 2 } else { 1 };
        }
        if level.is_mapping && level.key.is_none() {
            // No key is said twice, and few hold marks.
            let is_strange = text.is_empty()
                || text.ends_with(|c: char| c.is_ascii_punctuation() && !")]}>*_".contains(c));
            if level.keys.iter().any(|key| key == text) || (is_plain && is_strange) {
                self.accepted.warnings += 1;
            }
            level.keys.push(text.to_owned());
            level.key = Some(text.to_owned());
            return;
        }
        if level.is_mapping && level.is_flow && is_plain && text.is_empty() {
            // A list in the brackets of a mapping.
            self.accepted.warnings += 1;
        }
        level.key = None;
    }

    fn value_is_over(&mut self) {
        if let Some(level) = self.open.last_mut() {
            level.key = None;
        }
    }

    /// Counts the keys that Ansible does not know, and what a task lacks.
    fn judge(&mut self, level: &Level) {
        let role = match level.role {
            Role::PlayOrTask
                if level
                    .keys
                    .iter()
                    .any(|key| is_word_of(PLAY, key) && !is_word_of(TASK, key)) =>
            {
                Role::PlayOrTask
            }
            Role::PlayOrTask | Role::Task => Role::Task,
            Role::Top | Role::Tasks | Role::Other => return,
        };
        if role == Role::PlayOrTask {
            let unknown = level.keys.iter().filter(|key| !is_word_of(PLAY, key));
            self.accepted.unknown.extend(unknown.cloned());
            return;
        }
        let mut actions = 0;
        for key in level.keys.iter().filter(|key| !is_word_of(TASK, key)) {
            match action(key) {
                Action::Known => actions += 1,
                Action::Plausible if actions == 0 => actions += 1,
                Action::Loop => {}
                Action::Plausible | Action::Odd => self.accepted.unknown.push(key.clone()),
            }
        }
        let is_block = level
            .keys
            .iter()
            .any(|key| matches!(key.as_str(), "block" | "action" | "local_action"));
        let wanted = usize::from(!is_block);
        if actions != wanted {
            self.accepted.unknown.push(String::new());
        }
    }
}

enum Action {
    Known,
    /// A module of somebody else.
    Plausible,
    /// `with_items` and its like.
    Loop,
    Odd,
}

fn action(key: &str) -> Action {
    let name = key
        .strip_prefix(BUILTIN)
        .or(key.strip_prefix("ansible.legacy."));
    if is_word_of(MODULES, name.unwrap_or(key)) {
        return Action::Known;
    }
    if key.starts_with("with_") {
        return Action::Loop;
    }
    let is_name = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let parts: Vec<&str> = key.split('.').collect();
    let is_slip = |part: &str, of: &str| distance(part, of, 2).is_some();
    let is_builtin_slip =
        parts.len() > 1 && is_slip(parts[0], "ansible") && is_slip(parts[1], "builtin");
    let is_plausible = parts.iter().all(|part| is_name(part))
        && parts.len() != 2
        && name.is_none()
        && !is_builtin_slip;
    // A name without dots is a module that the project brings, or a slip.
    let is_near = || {
        let known = MODULES.split_whitespace().chain(TASK.split_whitespace());
        parts.len() == 1
            && known
                .into_iter()
                .any(|known| distance(key, known, 1).is_some())
    };
    if is_plausible && !is_near() {
        Action::Plausible
    } else {
        Action::Odd
    }
}

fn is_word_of(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}

/// Whether a text has an opening without its end: a quote or bracket is lost, or stands elsewhere.
fn is_odd(text: &str, is_plain: bool) -> bool {
    let is_even =
        |open: &str, close: &str| text.matches(open).count() == text.matches(close).count();
    if !is_even("{{", "}}") || !is_even("{%", "%}") {
        return true;
    }
    if !is_plain {
        return false;
    }
    let outside: Cow<'_, str> = if text.contains("{{") {
        text.replace("{{", "").replace("}}", "").into()
    } else {
        text.into()
    };
    let is_even =
        |open: char, close: char| outside.matches(open).count() == outside.matches(close).count();
    !is_even('(', ')')
        || !is_even('[', ']')
        || !is_even('{', '}')
        || text.matches('"').count() % 2 == 1
        || [":\"", ":'", ":{"].iter().any(|glued| text.contains(glued))
        || text.starts_with(['(', ',', ']', '}', ';', '=', '`'])
        || text.ends_with([',', ';', '=', '`'])
        // A single quote inside of a word is an apostrophe.
        || text.ends_with('\'') && !text.starts_with('\'') && text.matches('\'').count() % 2 == 1
}

/// Whether a text in quotes begins with what looks like a key: the quote may have begun behind it.
fn holds_key(text: &str) -> bool {
    let key = text.split_once(": ").map(|(key, _)| key);
    key.is_some_and(|key| !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_'))
}

fn style_mark(style: ScalarStyle) -> &'static str {
    match style {
        ScalarStyle::Plain => "p",
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => "q",
        ScalarStyle::Literal | ScalarStyle::Folded => "b",
    }
}

/// What is often lost around the key of a line: the mark behind it, or the blank behind that or behind a dash.
pub(crate) fn key_edits(lines: &Lines<'_>, suspects: &[Suspect]) -> Vec<Edit> {
    let mut edits = Vec::new();
    for suspect in suspects {
        let text = lines.text(suspect.line);
        let begin = text.len() - text.trim_start_matches([' ', '-']).len();
        let key = text[begin..]
            .find(|c: char| !(c.is_alphanumeric() || "_.-".contains(c)))
            .map_or(text.len(), |length| begin + length);
        let mut insert = |at: usize, what: &str, cost: u32, rule: &'static str| {
            edits.push(Edit {
                range: lines.start(suspect.line) + at..lines.start(suspect.line) + at,
                replacement: what.to_owned(),
                cost: suspect.cost + cost,
                rule,
            });
        };
        let rest = &text[key..];
        if key > begin && (rest.is_empty() || rest.starts_with(' ')) {
            insert(key, ":", 80, "key");
        }
        if rest.starts_with(':') && rest.len() > 1 && !rest.starts_with(": ") {
            insert(key + 1, " ", 60, "blank");
        }
        let dash = begin
            .checked_sub(1)
            .filter(|at| text[*at..].starts_with('-'));
        if let Some(dash) = dash {
            insert(dash + 1, " ", 60, "blank");
        }
    }
    edits
}

/// Gives keys that Ansible does not know the spelling of ones that it does.
pub(crate) fn known_key_edits(text: &str, unknown: &[String]) -> Vec<Edit> {
    let known = known_keys();
    let mut edits = Vec::new();
    for wrong in unknown.iter().filter(|wrong| !wrong.is_empty()) {
        let near = known
            .iter()
            .filter_map(|right| Some((distance(wrong, right, 2)?, right)));
        for (far, right) in near {
            for (at, _) in text.match_indices(wrong.as_str()) {
                let before = text[..at].chars().next_back();
                let is_key = text[at + wrong.len()..].starts_with(':')
                    && before.is_none_or(|letter| matches!(letter, ' ' | '\n' | '-'));
                if is_key {
                    edits.push(Edit {
                        range: at..at + wrong.len(),
                        replacement: right.clone(),
                        cost: if far == 1 { 60 } else { 150 },
                        rule: "name",
                    });
                }
            }
        }
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "\
- hosts: all
  vars:
    ports: [80, 443]
    path: {a: 1, b: 2}
  tasks:
    - name: Show it
      ansible.builtin.debug:
        msg: \"{{ ports }} it's\"
      when: ports | length > 1
      loop: \"{{ ports }}\"
    - block:
        - community.general.thing: {}
      rescue:
        - own_module:
            a: b
";

    fn doubts(text: &str) -> usize {
        let accepted = read(text).expect("it is YAML");
        accepted.unknown.len() + accepted.warnings as usize
    }

    #[test]
    fn a_sound_playbook_leaves_no_doubt() {
        assert_eq!(doubts(SOUND), 0, "{:?}", read(SOUND));
    }

    #[test]
    fn what_ansible_would_not_take_is_doubted() {
        for (right, wrong) in [
            ("name:", "name::"),
            ("name:", "nmae:"),
            ("builtin", "bultin"),
            ("ansible.", "anisble."),
            ("when:", "whn:"),
            ("tasks:", "taks:"),
            ("[80, 443]", "{80, 443}"),
            ("[80, 443]", "(80, 443"),
            ("\"{{ ports }}\"\n    - block", "{{ ports }}\n    - block"),
            (
                "name: Show it\n      ans",
                "name: Show it\n      vars: x\n      ans: x\n      ans",
            ),
        ] {
            assert!(SOUND.contains(right), "{right}");
            assert_ne!(doubts(&SOUND.replacen(right, wrong, 1)), 0, "{wrong}");
        }
    }

    #[test]
    fn a_text_that_is_no_yaml_says_where() {
        let fault = read("a: 1\nb: [1, 2\nc: 3\n").expect_err("a bracket is open");
        assert!((1..=3).contains(&fault.line), "{fault:?}");
        assert!(read("a: \"x\nb: 1\n").is_err());
        assert!(read("a:\n\tb: 1\n").is_err());
    }

    #[test]
    fn a_file_of_thousands_of_brackets_is_read_or_refused() {
        let deep = "[".repeat(200_000);
        assert!(read(&deep).is_err());
    }
}
