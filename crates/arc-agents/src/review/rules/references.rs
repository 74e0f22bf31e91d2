//! Names that nothing has any more, and code that is none of its language.

use std::collections::BTreeSet;

use arc_graph::{Direction, EdgeKind, GraphRead as _};
use arc_project::{AskError, Given, Problem, check_files, is_measured, source_text};

use super::counted;
use crate::review::finding::{Evidence, Finding, FindingKind, Place, Severity};
use crate::review::subject::{ReviewedFile, Subject};

/// Places of one name in a file that are shown.
const SHOWN: usize = 5;
/// Other files that are looked at for a name.
const MAX_OTHERS: usize = 20;

pub(super) fn find(subject: &Subject<'_>, findings: &mut Vec<Finding>) -> Result<(), AskError> {
    for file in subject.files() {
        findings.extend(syntax(file));
        if subject.graph.file(&file.path)?.is_none() {
            continue;
        }
        let paths = BTreeSet::from([file.path.clone()]);
        let report = check_files(subject.graph, subject.root, &paths)?;
        findings.extend(unresolved(subject, file, report.problems())?);
    }
    Ok(())
}

/// A place that the grammar has no rule for, where all of the text before was well.
fn syntax(file: &ReviewedFile<'_>) -> Option<Finding> {
    let language = file.language()?;
    let first = file.new_errors().into_iter().next()?;
    let line = 1 + file.text.as_bytes()[..first.start.min(file.text.len())]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count() as u32;
    let weight = match file.old {
        Some(_) if is_measured(language) => (Severity::High, 0.8),
        // The grammar may be older than the language.
        Some(_) | None => (Severity::Medium, 0.5),
    };
    let place = Place {
        path: &file.path,
        line: Some(line),
        symbol: None,
    };
    let message = format!("this is no {language}, as far as its grammar tells");
    Some(
        Finding::new(FindingKind::SyntaxError, weight, place, "", message).with([Evidence {
            at: format!("{}:{line}", file.path),
            text: quoted(file, line),
        }]),
    )
}

fn quoted(file: &ReviewedFile<'_>, line: u32) -> String {
    let text = file.text.lines().nth(line as usize - 1).unwrap_or("");
    text.trim().chars().take(160).collect()
}

/// Names that resolve to nothing because of the change, one finding for each name.
fn unresolved(
    subject: &Subject<'_>,
    file: &ReviewedFile<'_>,
    problems: &[Problem],
) -> Result<Vec<Finding>, AskError> {
    if problems.is_empty() {
        return Ok(Vec::new());
    }
    let given = file.given_before();
    // Where nobody has counted what a language and its libraries give to every file, a name that nothing has is no news.
    let is_known = file.language().is_some_and(is_measured);
    let mut found = Vec::new();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for problem in problems {
        if problem.kind == "syntax" || !told.insert(&problem.name) {
            continue;
        }
        let places: Vec<&Problem> = problems
            .iter()
            .filter(|other| other.name == problem.name && other.kind != "syntax")
            .collect();
        let Some((weight, why)) = judge(file, given.as_ref(), &places) else {
            continue;
        };
        let name = &problem.name;
        let is_sure = weight.0 == Severity::High;
        let is_told = is_known || is_sure && is_of_project(subject, given.as_ref(), name)?;
        if !is_told {
            continue;
        }
        if !is_sure && problem.kind == "unresolved" && is_given_to_all(subject, file, name)? {
            continue;
        }
        if !is_sure && is_written_where_it_is_from(subject, file, name)? {
            continue;
        }
        // Of several functions that use a name one only may have had it.
        let places: Vec<&Problem> = places
            .into_iter()
            .filter(|place| {
                !is_sure
                    || given
                        .as_ref()
                        .is_some_and(|given| is_given(file, given, place))
            })
            .collect();
        let place = Place {
            path: &file.path,
            line: Some(places[0].line),
            symbol: None,
        };
        let uses = counted(places.len(), "place");
        let message = format!("{name} {why}, and is used in {uses}");
        let evidence = places.iter().take(SHOWN).map(|place| Evidence {
            at: format!("{}:{}", place.path, place.line),
            text: place.text.clone(),
        });
        let finding = Finding::new(
            FindingKind::UnresolvedReference,
            weight,
            place,
            name,
            message,
        );
        found.push(finding.with(evidence));
    }
    Ok(found)
}

/// Whether other files of the language, which the change leaves alone, use a name as it is and give it no meaning either: then it comes
/// from where nobody looks, as the functions that a runner of tests gives to all files.
fn is_given_to_all(
    subject: &Subject<'_>,
    file: &ReviewedFile<'_>,
    name: &str,
) -> Result<bool, AskError> {
    let own = subject.graph.file(&file.path)?;
    let language = own.and_then(|own| own.row.language);
    let mut others = subject.graph.unresolved_named(name)?;
    others.retain(|site| {
        subject.file(&site.path).is_none() && family(&site.language) == family(&language)
    });
    others.dedup_by(|one, other| one.path == other.path);
    Ok(others.iter().take(MAX_OTHERS).any(|site| {
        let said = subject.evidence(&format!("{}:{}", site.path, site.line));
        is_alone(&said.text, name)
    }))
}

/// Whether a name was one of the project: what an import took from elsewhere may be given by the language all the same.
fn is_of_project(
    subject: &Subject<'_>,
    given: Option<&Given>,
    name: &str,
) -> Result<bool, AskError> {
    if !given.is_some_and(|given| given.is_imported(name)) {
        return Ok(true);
    }
    let named = subject.graph.nodes(&subject.graph.by_name(name)?)?;
    Ok(named.iter().any(|node| node.path.is_some()))
}

/// Whether a file of the project that this one imports from has the name as a word: a key of the object that it exports, or what it puts
/// together while it runs.
fn is_written_where_it_is_from(
    subject: &Subject<'_>,
    file: &ReviewedFile<'_>,
    name: &str,
) -> Result<bool, AskError> {
    let Some(own) = subject.graph.file(&file.path)? else {
        return Ok(false);
    };
    let mut sources = subject.graph.symbols_in(own.id)?;
    sources.push(own.id);
    let imports =
        subject
            .graph
            .neighbors(&sources, Direction::Dependencies, &[EdgeKind::Imports])?;
    let ends: Vec<_> = imports.iter().map(|edge| edge.node).collect();
    let nodes = subject.graph.nodes(&ends)?;
    let paths: BTreeSet<&str> = nodes
        .iter()
        .filter_map(|node| node.path.as_deref())
        .collect();
    Ok(paths
        .into_iter()
        .filter(|path| *path != file.path)
        .take(MAX_OTHERS)
        .any(|path| match subject.file(path) {
            Some(other) => has_word(&other.text, name),
            // What cannot be read has no names.
            None => source_text(subject.root, path).is_ok_and(|text| has_word(&text, name)),
        }))
}

/// Languages that share their globals.
fn family(language: &Option<String>) -> &str {
    match language.as_deref() {
        Some("typescript" | "tsx" | "javascript" | "jsx") => "javascript",
        Some(other) => other,
        None => "",
    }
}

/// Whether a line has a name as a word that is no member of something.
fn is_alone(line: &str, name: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '$');
    line.match_indices(name).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + name.len()..]);
        !before.ends_with(is_part)
            && !after.starts_with(is_part)
            && !before
                .trim_end()
                .ends_with(['.', ':', '>', '@', '"', '\'', '`'])
    })
}

type Weight = (Severity, f64);

/// Whether the change is why a name resolves to nothing.
fn judge(
    file: &ReviewedFile<'_>,
    given: Option<&Given>,
    places: &[&Problem],
) -> Option<(Weight, &'static str)> {
    let is_import = places.iter().any(|place| place.kind == "import");
    let is_new_line = places.iter().any(|place| file.has(place.line));
    let name = places[0].name.as_str();
    match (&file.old, given) {
        (Some(_), Some(given))
            if !is_import && places.iter().any(|place| is_given(file, given, place)) =>
        {
            Some((
                (Severity::High, 0.85),
                "was given by this file before the change",
            ))
        }
        (Some(old), _) if has_word(old, name) => None,
        _ if !is_new_line => None,
        (Some(_), _) => Some(((Severity::Medium, 0.6), "resolves to nothing")),
        (None, _) => Some(((Severity::Low, 0.5), "resolves to nothing")),
    }
}

/// Whether the text before gave a place the name that it uses: what another function called so was never meant there.
fn is_given(file: &ReviewedFile<'_>, given: &Given, place: &Problem) -> bool {
    given.has(&place.name, file.line_before(place.line))
}

/// Whether a text has a name as a word of its own.
fn has_word(text: &str, name: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        !before.ends_with(is_part) && !after.starts_with(is_part)
    })
}
