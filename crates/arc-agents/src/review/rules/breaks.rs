//! What a change breaks, may break, hides, or takes from code outside of the project.

use std::collections::{BTreeMap, BTreeSet};

use arc_graph::{Direction, EdgeKind, GraphRead, NodeKind};
use arc_project::{AskError, Change, ChangeKind, Verdict, source_text};

use super::{counted, is_gone, listed, name_of, place_of};
use crate::review::finding::{Evidence, Finding, FindingKind, Place, Severity};
use crate::review::preprocessed::is_preprocessed;
use crate::review::subject::Subject;

/// Places that are shown of one finding.
const SHOWN: usize = 10;

pub(super) fn find(
    subject: &Subject<'_>,
    changes: &[Change],
    findings: &mut Vec<Finding>,
) -> Result<(), AskError> {
    for change in changes {
        findings.extend(broken(subject, change));
        findings.extend(doubtful(subject, change));
        findings.extend(hidden(subject, change, changes)?);
    }
    findings.extend(public_breaks(subject, changes)?);
    Ok(())
}

fn shown(subject: &Subject<'_>, sites: &[String]) -> Vec<Evidence> {
    let sites = sites.iter().take(SHOWN);
    sites.map(|at| subject.evidence(at)).collect()
}

/// The first of some places.
fn first_site<'a>(sites: &'a [String], change: &'a Change) -> Place<'a> {
    let parsed = sites.first().and_then(|at| at.rsplit_once(':'));
    parsed.map_or(place_of(change), |(path, line)| Place {
        path,
        line: line.parse().ok(),
        symbol: None,
    })
}

fn broken(subject: &Subject<'_>, change: &Change) -> Option<Finding> {
    if change.verdict != Verdict::Breaking {
        return None;
    }
    let name = name_of(change);
    let places = counted(change.sites.len(), "place");
    let message = match change.kind {
        ChangeKind::Removed => format!("{name} is gone, and still referred to in {places}"),
        ChangeKind::Renamed => {
            format!(
                "{name} has another name now, and is still referred to by the old one in {places}"
            )
        }
        ChangeKind::Moved => {
            let path = &change.path;
            format!("{name} is in {path} now, and still looked for where it was in {places}")
        }
        ChangeKind::Signature | ChangeKind::Body | ChangeKind::Added | ChangeKind::Formatting => {
            let calls = counted(change.sites.len(), "call");
            format!("{name} takes other arguments now than {calls} of it give")
        }
    };
    let place = first_site(&change.sites, change);
    let finding = Finding::new(
        FindingKind::BrokenCaller,
        (Severity::High, 0.95),
        place,
        name,
        message,
    );
    Some(finding.with(shown(subject, &change.sites)))
}

fn doubtful(subject: &Subject<'_>, change: &Change) -> Option<Finding> {
    if change.doubtful.is_empty() {
        return None;
    }
    let name = name_of(change);
    let calls = counted(change.doubtful.len(), "call");
    let message = format!("{calls} may be of {name}, and give other arguments than it takes now");
    let place = first_site(&change.doubtful, change);
    let finding = Finding::new(
        FindingKind::DoubtfulCaller,
        (Severity::Medium, 0.5),
        place,
        name,
        message,
    );
    Some(finding.with(shown(subject, &change.doubtful)))
}

/// A definition that was for others and is not any more, while others use it.
fn hidden(
    subject: &Subject<'_>,
    change: &Change,
    changes: &[Change],
) -> Result<Option<Finding>, AskError> {
    let (Some(old), Some(new), Some(node)) = (change.before(), change.now(), change.node()) else {
        return Ok(None);
    };
    if !old.is_public || new.is_public || is_gone(change.kind) {
        return Ok(None);
    }
    // A method that is for others may have taken the place of the field of its name.
    let stands_in = |other: &Change| {
        other.path == change.path
            && other
                .now()
                .is_some_and(|other| other.is_public && other.scope_name == new.scope_name)
    };
    if changes.iter().any(stands_in) {
        return Ok(None);
    }
    let users = subject
        .graph
        .neighbors(&[node], Direction::Dependents, &[])?;
    let ids: Vec<_> = users.iter().map(|user| user.node).collect();
    let nodes = subject.graph.nodes(&ids)?;
    let includers = includers(subject, &change.path)?;
    let mut sites = BTreeSet::new();
    for user in users.iter().filter(|user| user.kind != EdgeKind::Contains) {
        let path = nodes.iter().find(|node| node.id == user.node);
        let path = path.and_then(|node| node.path.as_ref());
        let is_other = |path: &&String| **path != change.path && !includers.contains(*path);
        if let Some(path) = path.filter(is_other).filter(|_| user.line > 0) {
            sites.insert(format!("{path}:{}", user.line));
        }
    }
    if sites.is_empty() {
        return Ok(None);
    }
    let name = name_of(change);
    let places = counted(sites.len(), "place");
    let message = format!("{name} is for its own file only now, and used in {places} of others");
    let finding = Finding::new(
        FindingKind::HiddenSymbol,
        (Severity::Medium, 0.7),
        place_of(change),
        "",
        message,
    );
    let sites: Vec<String> = sites.into_iter().collect();
    Ok(Some(finding.with(shown(subject, &sites))))
}

/// The files that take in the text of a file: what is for that file only is for them as well.
fn includers(subject: &Subject<'_>, path: &str) -> Result<BTreeSet<String>, AskError> {
    let file = subject.graph.file(path)?;
    let file = file.filter(|file| file.row.language.as_deref().is_some_and(is_preprocessed));
    let Some(file) = file else {
        return Ok(BTreeSet::new());
    };
    let users = [EdgeKind::Imports];
    let users = subject
        .graph
        .neighbors(&[file.id], Direction::Dependents, &users)?;
    let ids: Vec<_> = users.iter().map(|user| user.node).collect();
    let nodes = subject.graph.nodes(&ids)?.into_iter();
    Ok(nodes.filter_map(|node| node.path).collect())
}

/// Public definitions that went, one finding for each file.
fn public_breaks(subject: &Subject<'_>, changes: &[Change]) -> Result<Vec<Finding>, AskError> {
    let mut gone: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for change in changes {
        let is_public = change.before().is_some_and(|old| {
            old.is_public
                && !matches!(old.kind, NodeKind::Section | NodeKind::Key | NodeKind::Test)
                && !is_for_the_language(&old.name)
        });
        let path = change.old_path.as_deref().unwrap_or(&change.path);
        let is_test = subject.file(&change.path).is_some_and(|file| file.is_test);
        if is_gone(change.kind) && is_public && !is_test {
            gone.entry(path).or_default().push(change);
        }
    }
    let finding = |(path, gone): (&str, Vec<&Change>)| {
        let names: Vec<&str> = gone.iter().map(|change| name_of(change)).collect();
        let message = format!(
            "{} under this name no more: {}; code outside of the project may use {}",
            if names.len() == 1 {
                "is there"
            } else {
                "are there"
            },
            listed(&names, 5),
            if names.len() == 1 { "it" } else { "them" },
        );
        let place = Place {
            path: &gone[0].path,
            line: None,
            symbol: None,
        };
        let was = |change: &&Change| Evidence {
            at: format!("{path}:{}", change.before().map_or(1, |old| old.line)),
            text: format!("{} (before)", name_of(change)),
        };
        Finding::new(
            FindingKind::PublicBreak,
            (Severity::Info, 0.5),
            place,
            &names.join(" "),
            message,
        )
        .with(gone.iter().take(SHOWN).map(was))
    };
    let mut found = Vec::new();
    for (path, gone) in gone {
        if has_outside(subject, path)? {
            found.push(finding((path, gone)));
        }
    }
    Ok(found)
}

/// Names that a language looks for itself, as `__getattr__` and `__all__`: nobody writes them to use something.
fn is_for_the_language(name: &str) -> bool {
    name.len() > 4 && name.starts_with("__") && name.ends_with("__")
}

/// Whether code outside of the project can name what is in a file: not in a Rust package that is a program alone, nor in what Go
/// keeps to a module.
fn has_outside(subject: &Subject<'_>, path: &str) -> Result<bool, AskError> {
    if path.ends_with(".go") {
        return Ok(!path.split('/').any(|part| part == "internal"));
    }
    let Some(package) = path
        .strip_suffix(".rs")
        .and_then(|_| format!("/{path}").rfind("/src/"))
    else {
        return Ok(true);
    };
    let beside = |name: &str| format!("{}{name}", &path[..package]);
    // What a manifest says of a library that lies elsewhere is in its text.
    let manifest = source_text(subject.root, &beside("Cargo.toml")).unwrap_or_default();
    Ok(subject.graph.file(&beside("src/lib.rs"))?.is_some()
        || subject.graph.file(&beside("src/main.rs"))?.is_none()
        || manifest.contains("[lib]"))
}
