//! `compile_commands.json`: where the compiler looks for the headers of each file. Written by build tools; read, never run.

use std::collections::BTreeMap;

use super::json::Reader;
use super::linked::Linked;
use crate::builder::FactsBuilder;
use crate::compiled::{COMPILED, INCLUDE_FOLDERS};
use crate::project::{folder_of, join};
use crate::source::Source;

/// Values of the file that are read.
const MAX_VALUES: usize = 400_000;
/// Folders in which one file's headers are looked for.
const MAX_FOLDERS: usize = 200;

/// The compilation database of clang's tools.
pub(super) static COMPILE_COMMANDS: Linked = Linked {
    name: "compile commands",
    extensions: &[],
    file_names: &["compile_commands.json"],
    grammar: None,
    lower,
};

/// One compiled file as written.
#[derive(Default)]
struct Entry {
    directory: String,
    file: String,
    words: Vec<String>,
}

fn lower(source: &Source<'_>, facts: &mut FactsBuilder) {
    let mut reader = Reader::new(source.text, MAX_VALUES);
    let mut keys = Vec::new();
    if reader.value(&mut keys).is_none() {
        facts.diagnose(format!("not well-formed at line {}", reader.line()));
    }
    let mut entries: BTreeMap<usize, Entry> = BTreeMap::new();
    for (keys, value, _) in reader.settings() {
        let [position, key, ..] = keys.as_slice() else {
            continue;
        };
        let entry = entries.entry(position.parse().unwrap_or(0)).or_default();
        match key.as_str() {
            "directory" => entry.directory = value,
            "file" => entry.file = value,
            "arguments" => entry.words.push(value),
            "command" => entry.words = words(&value),
            _ => {}
        }
    }
    let here = folder_of(source.path);
    let mut sets: BTreeMap<String, usize> = BTreeMap::new();
    for entry in entries.values() {
        let directory = absolute(here, &entry.directory);
        let folders = include_folders(&directory, &entry.words);
        if entry.file.is_empty() || folders.is_empty() {
            continue;
        }
        let next = sets.len();
        let folders = folders.join("\n");
        let set = match sets.get(&folders) {
            Some(set) => *set,
            None => {
                facts.setting(&[INCLUDE_FOLDERS, &next.to_string()], &folders);
                sets.insert(folders, next);
                next
            }
        };
        let file = absolute(&directory, &entry.file);
        facts.setting(&[COMPILED, &file], &set.to_string());
    }
}

/// The folders that the options of a compiler name, in their order.
fn include_folders(directory: &str, words: &[String]) -> Vec<String> {
    let mut folders: Vec<String> = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let option = ["-I", "-isystem", "-iquote", "-idirafter", "/I"]
            .iter()
            .find_map(|option| word.strip_prefix(option));
        let folder = match option {
            Some("") => words.next().map(String::as_str),
            other => other.map(|folder| folder.trim_start_matches('=')),
        };
        if let Some(folder) = folder.filter(|folder| !folder.is_empty())
            && folders.len() < MAX_FOLDERS
        {
            let folder = absolute(directory, folder);
            if !folders.contains(&folder) {
                folders.push(folder);
            }
        }
    }
    folders
}

/// A path as seen from a folder; one that starts with `/` stays so.
fn absolute(folder: &str, path: &str) -> String {
    let path = path.replace('\\', "/");
    let is_absolute = path.starts_with('/') || folder.starts_with('/');
    let joined = join(folder, &path);
    if is_absolute {
        format!("/{joined}")
    } else {
        joined
    }
}

/// The words of a command line; quotes hold words together.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut chars = command.chars();
    while let Some(next) = chars.next() {
        match (next, quote) {
            ('\\', _) => word.extend(chars.next()),
            (mark, Some(open)) if mark == open => quote = None,
            ('"' | '\'', None) => quote = Some(next),
            (space, None) if space.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            (other, _) => word.push(other),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_come_from_options_in_their_order() {
        let command = r#"cc -Iinc "-Ia b" -isystem /usr/x -I ../up -DX=\"y\" -c a.c"#;
        assert_eq!(
            include_folders("/p/build", &words(command)),
            ["/p/build/inc", "/p/build/a b", "/usr/x", "/p/up"]
        );
        assert_eq!(absolute("", "src/a.c"), "src/a.c");
        assert_eq!(absolute("/p", "/q/a.c"), "/q/a.c");
    }
}
