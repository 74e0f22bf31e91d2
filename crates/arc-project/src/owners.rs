//! Who knows a file, a folder or a symbol, and who CODEOWNERS says is asked.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arc_graph::NodeKind;
use arc_history::{CodeOwners, FileWork, authorship, bus_factor, owner_file_paths};
use arc_store::{GraphFile, OWNER_RULES, OwnedRow, StoreError, WorkRecord};

use crate::ask::AskError;
use crate::people::People;
use crate::read_file::read_source;
use crate::target::{find_folder, find_target};
use crate::why::{WhyError, line_work};

/// Somebody who knows the target.
#[derive(Clone, Debug, PartialEq)]
pub struct Owner {
    /// The name, after the mailmap.
    pub name: String,
    /// The address; `None` where only the name is known.
    pub email: Option<String>,
    /// A program.
    pub is_bot: bool,
    /// How well they know it, as a share of who knows it best: 0 to 1.
    pub degree: f64,
    /// Their part of the changes, or of the lines of a symbol: 0 to 1.
    pub share: f64,
    /// Files of which they are an author.
    pub files: usize,
    /// Commits of theirs; once for each file.
    pub changes: u32,
    /// The last of them, seconds since 1970.
    pub last_time: i64,
}

/// The owners of a target.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnersAnswer {
    /// The file, or the folder with a slash at the end; empty for everything.
    pub path: String,
    /// The symbol and its lines.
    pub symbol: Option<(String, u32, u32)>,
    /// Best first.
    pub owners: Vec<Owner>,
    /// How many there are.
    pub total: usize,
    /// How few people can leave until most files have no author.
    pub bus_factor: usize,
    /// Files that were looked at.
    pub files: usize,
    /// Commits that changed them; once for each file.
    pub changes: u32,
    /// The last change, seconds since 1970.
    pub last_time: Option<i64>,
    /// The file with the rules, and the owners by it with the lines of their rules; for a folder those of most files first.
    pub code_owners: Vec<(String, u32)>,
    /// Where the rules are.
    pub rules_path: Option<String>,
}

/// How much to tell.
#[derive(Clone, Copy, Debug, Default)]
pub struct OwnersOptions {
    /// Rows; 0 for all.
    pub limit: usize,
    /// Only commits from then on, seconds since 1970.
    pub since: Option<i64>,
}

/// Who knows `text`, a file, a folder, a line or a symbol.
///
/// # Errors
/// When it is not there or the graph cannot be read.
pub fn ask_owners(
    graph: &GraphFile,
    root: &Path,
    (prefix, text): (&str, &str),
    options: &OwnersOptions,
) -> Result<OwnersAnswer, WhyError> {
    let mut answer = match find_folder(graph, prefix, text)? {
        Some(folder) => of_files(graph, &People::read(graph)?, folder, options)?,
        None => {
            let target = find_target(graph, prefix, text)?;
            let path = target.node.path.clone().ok_or_else(|| WhyError::NoLines {
                path: target.node.qualified_name.clone(),
                why: "is outside of the project".to_owned(),
            })?;
            if target.node.kind == NodeKind::File {
                of_files(graph, &People::read(graph)?, path, options)?
            } else {
                let place = (
                    target.node.qualified_name.clone(),
                    target.node.line,
                    target.node.end_line,
                );
                of_symbol(graph, root, &path, place, options)?
            }
        }
    };
    answer.rules_path = graph.meta(OWNER_RULES)?;
    answer.total = answer.owners.len();
    if options.limit > 0 {
        answer.owners.truncate(options.limit);
    }
    Ok(answer)
}

/// Who knows each of some files of the graph, by paths as the graph has them.
///
/// # Errors
/// When the graph cannot be read.
pub fn owners_of_files(graph: &GraphFile, paths: &[&str]) -> Result<Vec<OwnersAnswer>, AskError> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let people = People::read(graph)?;
    let options = OwnersOptions::default();
    let answers = paths
        .iter()
        .map(|path| of_files(graph, &people, (*path).to_owned(), &options));
    Ok(answers.collect::<Result<_, StoreError>>()?)
}

fn of_files(
    graph: &GraphFile,
    people: &People,
    path: String,
    options: &OwnersOptions,
) -> Result<OwnersAnswer, StoreError> {
    let work = graph.work_on(&path, options.since.unwrap_or(i64::MIN))?;
    let work = one_each(people, work);
    let people: BTreeSet<&(String, String)> = work.iter().map(|own| &own.person).collect();
    let people: Vec<&(String, String)> = people.into_iter().collect();
    let number = |person: &(String, String)| -> u32 {
        people.binary_search(&person).map_or(0, |at| at as u32)
    };
    let mut owners: Vec<Owner> = people
        .iter()
        .map(|(name, email)| Owner {
            name: name.clone(),
            email: Some(email.clone()),
            is_bot: false,
            degree: 0.0,
            share: 0.0,
            files: 0,
            changes: 0,
            last_time: i64::MIN,
        })
        .collect();
    let mut programs = vec![0; owners.len()];
    for own in &work {
        let owner = &mut owners[number(&own.person) as usize];
        owner.changes += own.changes;
        owner.last_time = owner.last_time.max(own.last_time);
        programs[number(&own.person) as usize] += own.by_program;
    }
    for (owner, programs) in owners.iter_mut().zip(programs) {
        owner.is_bot =
            programs > 0 && 2 * programs >= owner.changes || owner.name.ends_with("[bot]");
    }
    let mut authors: Vec<Vec<u32>> = Vec::new();
    let mut degrees = vec![0.0; owners.len()];
    for file in work.chunk_by(|one, other| one.path == other.path) {
        let mut own = Vec::new();
        for (person, degree, is_author) in authorship(&file_work(file, &number)) {
            degrees[person as usize] += degree;
            if is_author && !owners[person as usize].is_bot {
                owners[person as usize].files += 1;
                own.push(person);
            }
        }
        authors.push(own);
    }
    let changes: u32 = owners.iter().map(|owner| owner.changes).sum();
    let highest = degrees.iter().copied().fold(0.0, f64::max);
    for (owner, degree) in owners.iter_mut().zip(degrees) {
        owner.degree = if highest > 0.0 { degree / highest } else { 0.0 };
        owner.share = f64::from(owner.changes) / f64::from(changes.max(1));
    }
    sort(&mut owners);
    Ok(OwnersAnswer {
        code_owners: code_owners(graph, &path)?,
        path,
        symbol: None,
        total: 0,
        bus_factor: bus_factor(&authors),
        files: authors.len(),
        changes,
        last_time: owners.iter().map(|owner| owner.last_time).max(),
        owners,
        rules_path: None,
    })
}

/// The same work, with one name and address for each person.
fn one_each(people: &People, work: Vec<WorkRecord>) -> Vec<WorkRecord> {
    let one = people.one_each(
        work.iter()
            .map(|own| (&own.person, own.changes, own.last_time)),
    );
    let mut joined: BTreeMap<(String, String, String), WorkRecord> = BTreeMap::new();
    for mut own in work {
        if let Some(person) = one.get(&own.person) {
            own.person.clone_from(person);
        }
        let (name, email) = own.person.clone();
        match joined.entry((own.path.clone(), email, name)) {
            Entry::Vacant(place) => {
                place.insert(own);
            }
            Entry::Occupied(mut place) => {
                let known = place.get_mut();
                known.changes += own.changes;
                known.fixes += own.fixes;
                known.by_program += own.by_program;
                known.first = known.first.min(own.first);
                known.last_time = known.last_time.max(own.last_time);
            }
        }
    }
    joined.into_values().collect()
}

/// What people did to one file; whose commit comes first created it.
fn file_work(file: &[WorkRecord], number: &dyn Fn(&(String, String)) -> u32) -> Vec<FileWork> {
    let first = file.iter().map(|own| own.first).min();
    file.iter()
        .map(|own| FileWork {
            person: number(&own.person),
            is_creator: Some(own.first) == first,
            changes: own.changes,
        })
        .collect()
}

/// Who wrote the lines of a symbol.
fn of_symbol(
    graph: &GraphFile,
    root: &Path,
    path: &str,
    (name, line, end_line): (String, u32, u32),
    options: &OwnersOptions,
) -> Result<OwnersAnswer, WhyError> {
    let text = format!("{path}:{line}-{end_line}");
    let steps = line_work(graph, root, &text, options.since)?;
    let first = steps.iter().map(|step| step.time).min();
    let one =
        People::read(graph)?.one_name_each(steps.iter().map(|step| (step.author.as_str(), 1)));
    let mut lines: BTreeMap<&str, (usize, u32, i64, bool)> = BTreeMap::new();
    for step in &steps {
        let own = lines
            .entry(&one[&step.author])
            .or_insert((0, 0, i64::MIN, false));
        own.0 += step.lines.len();
        own.1 += 1;
        own.2 = own.2.max(step.time);
        own.3 |= Some(step.time) == first;
    }
    let all: usize = lines.values().map(|own| own.0).sum();
    let work: Vec<FileWork> = (0..)
        .zip(lines.values())
        .map(|(person, own)| FileWork {
            person,
            is_creator: own.3,
            changes: own.1,
        })
        .collect();
    let degrees = authorship(&work);
    let mut owners: Vec<Owner> = lines
        .iter()
        .zip(&degrees)
        .map(|((name, own), (_, degree, is_author))| Owner {
            name: (*name).to_owned(),
            email: None,
            is_bot: name.ends_with("[bot]"),
            degree: *degree,
            share: own.0 as f64 / all.max(1) as f64,
            files: usize::from(*is_author),
            changes: own.1,
            last_time: own.2,
        })
        .collect();
    let authors: Vec<u32> = degrees
        .iter()
        .filter(|own| own.2)
        .map(|own| own.0)
        .collect();
    sort(&mut owners);
    Ok(OwnersAnswer {
        path: path.to_owned(),
        symbol: Some((name, line, end_line)),
        total: 0,
        bus_factor: bus_factor(&[authors]),
        files: 1,
        changes: owners.iter().map(|owner| owner.changes).sum(),
        last_time: owners.iter().map(|owner| owner.last_time).max(),
        owners,
        code_owners: code_owners(graph, path)?,
        rules_path: None,
    })
}

/// People before programs, by degree.
fn sort(owners: &mut [Owner]) {
    owners.sort_by(|one, other| {
        (one.is_bot.cmp(&other.is_bot))
            .then(other.degree.total_cmp(&one.degree))
            .then(other.changes.cmp(&one.changes))
            .then_with(|| (&one.name, &one.email).cmp(&(&other.name, &other.email)))
    });
}

fn code_owners(graph: &GraphFile, path: &str) -> Result<Vec<(String, u32)>, StoreError> {
    if path.is_empty() || path.ends_with('/') {
        return graph.owners_in(path);
    }
    match graph.file(path)? {
        Some(file) => graph.owners_of(file.id),
        None => Ok(Vec::new()),
    }
}

/// Who owns what by the first file of owners that is there.
#[derive(Default)]
pub(crate) struct FileOwners {
    /// The file with the rules.
    pub(crate) path: Option<String>,
    /// Each file and owner once, in order.
    pub(crate) rows: Vec<OwnedRow>,
}

impl FileOwners {
    /// `paths` are all files of the project, in order.
    pub(crate) fn of<'a>(root: &Path, paths: impl Iterator<Item = &'a str>) -> FileOwners {
        let paths: Vec<&str> = paths.collect();
        let is_there = |place: &&&str| paths.binary_search(*place).is_ok();
        let Some(place) = owner_file_paths().iter().find(is_there) else {
            return FileOwners::default();
        };
        // A file that cannot be read says nothing; its row in the graph tells that it could not.
        let bytes = read_source(&root.join(place)).unwrap_or_default();
        let rules = CodeOwners::read(&String::from_utf8_lossy(&bytes));
        let mut rows = Vec::new();
        for path in paths {
            for rule in rules.of(path) {
                rows.extend(rule.owners.iter().map(|owner| OwnedRow {
                    path: path.to_owned(),
                    owner: owner.clone(),
                    line: rule.line,
                }));
            }
        }
        rows.sort_unstable();
        rows.dedup_by(|one, other| one.path == other.path && one.owner == other.owner);
        FileOwners {
            path: Some((*place).to_owned()),
            rows,
        }
    }
}
