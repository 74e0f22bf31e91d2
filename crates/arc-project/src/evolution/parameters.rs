//! What functions took before: their parameters as past commits had them, beside those that they have now.

use std::path::Path;
use std::rc::Rc;

use arc_extract::Definitions;
use arc_history::{CommitId, GitHistory, Lineage};
use arc_store::GraphFile;

use super::event::{EventKind, Place};
use super::follow::{Found, follow, own_name, read_definitions};
use super::successor::{dependencies, searched};
use crate::read_file::read_source;
use crate::touches::Trails;
use crate::why::{WhyError, indexed_head, no_history};

/// Functions of one name that are followed.
const MAX_FUNCTIONS: usize = 4;
/// Lists of parameters that one function had before.
const MAX_LISTS: usize = 6;

/// What a parameter is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// One argument, by its place or, where the language has that, by its name.
    One,
    /// One argument by its name only.
    Named,
    /// What is left of the arguments in order.
    Rest,
    /// What is left of the named ones.
    RestNamed,
    /// What the function is called on.
    Receiver,
}

/// A parameter of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it is given.
    pub takes: Takes,
    /// A call need not give it.
    pub is_optional: bool,
}

/// A function that took other arguments once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastParameters {
    /// Its file.
    pub path: String,
    /// Its name inside that file (`Store.fetch`).
    pub name: String,
    /// What it took until the commit.
    pub before: Vec<Parameter>,
    /// What it took after that, one list after the other; the last is what it takes now.
    pub after: Vec<Vec<Parameter>>,
    /// The commit that changed them, with the first line of its message; `None` when the change is not committed.
    pub commit: Option<(CommitId, String)>,
}

/// What functions called `name` took before, in `files`, in the file `asker` and in what it depends on, the newest first. A type stands for what makes one of it.
///
/// # Errors
/// When there is no history, or the graph cannot be read.
pub fn ask_parameters(
    graph: &GraphFile,
    root: &Path,
    (asker, files): (&str, &[String]),
    name: &str,
) -> Result<Vec<PastParameters>, WhyError> {
    let history = GitHistory::open(root).map_err(no_history)?;
    let head = indexed_head(graph, &history)?;
    let trails = Trails::new(graph);
    let trail = |path: &str| trails.of(path, &|_| false);
    let mut lineage = history.lineage(&trail).map_err(no_history)?;
    let near = std::iter::once(asker.to_owned()).chain(dependencies(graph, asker)?);
    let paths = searched(files, near);
    let mut found: Vec<PastParameters> = Vec::new();
    for path in &paths {
        let Some(version) = lineage.at(&head, path) else {
            continue;
        };
        let Some(text) = lineage.text(&version) else {
            continue;
        };
        let Some(definitions) = read_definitions(path, &text).map(Rc::new) else {
            continue;
        };
        // What cannot be read now is as it was committed.
        let present = read_source(&root.join(path)).ok();
        let present = present.and_then(|text| read_definitions(path, &text));
        let functions: Vec<u32> = functions(&definitions, name).collect();
        for symbol in functions.into_iter().take(MAX_FUNCTIONS) {
            let scope_name = definitions.definition(symbol).scope_name;
            let committed = parameters(&definitions, symbol);
            let now = present
                .as_ref()
                .and_then(|present| named(present, &scope_name))
                .unwrap_or_else(|| committed.clone());
            let mut lists: Vec<(Vec<Parameter>, Option<CommitId>)> = vec![(committed, None)];
            let whole = Found::of(version.clone(), text.clone(), definitions.clone(), symbol);
            for event in follow(&mut lineage, whole).events {
                if event.kind != EventKind::Signature || lists.len() > MAX_LISTS {
                    continue;
                }
                let before = event
                    .from
                    .and_then(|place| taken_before(&mut lineage, &event.commit, &place));
                lists.extend(before.map(|before| (before, Some(event.commit))));
            }
            lists.retain(|(before, _)| *before != now);
            lists.dedup_by(|later, earlier| later.0 == earlier.0);
            let mut after = vec![now];
            for (before, commit) in lists {
                let commit = commit.map(|commit| {
                    let message = history.message(&commit);
                    let subject = message.map_or_else(String::new, |message| message.subject);
                    (commit, subject)
                });
                found.push(PastParameters {
                    path: path.clone(),
                    name: scope_name.clone(),
                    before: before.clone(),
                    after: after.clone(),
                    commit,
                });
                after.insert(0, before);
            }
        }
    }
    trails.check()?;
    Ok(found)
}

/// What a function took in the commit before one.
fn taken_before(
    lineage: &mut Lineage<'_>,
    commit: &CommitId,
    place: &Place,
) -> Option<Vec<Parameter>> {
    let parents = lineage.parent_ids(commit);
    parents.iter().find_map(|parent| {
        let text = lineage.text_at(parent, &place.path)?;
        named(&read_definitions(&place.path, &text)?, &place.scope_name)
    })
}

/// The functions that a call of `name` may mean.
fn functions(definitions: &Definitions, name: &str) -> impl Iterator<Item = u32> {
    /// What makes one of a type.
    const MAKES: [&str; 2] = ["__init__", "constructor"];
    definitions.all().filter(move |symbol| {
        let definition = definitions.definition(*symbol);
        let own = own_name(&definition.scope_name);
        let around = definition.scope_name.strip_suffix(own).unwrap_or("");
        let of_type = own_name(around.trim_end_matches(['.', ':', '#']));
        own == name || (MAKES.contains(&own) && of_type == name)
    })
}

/// The parameters of a definition by its name inside the file.
fn named(definitions: &Definitions, scope_name: &str) -> Option<Vec<Parameter>> {
    let symbol = definitions.named(scope_name, 0)?.symbol;
    Some(parameters(definitions, symbol))
}

fn parameters(definitions: &Definitions, symbol: u32) -> Vec<Parameter> {
    let facts = definitions.facts();
    let Some(symbol) = facts.symbols.get(symbol as usize) else {
        return Vec::new();
    };
    let params = symbol.params.iter();
    let found = params.map(|param| Parameter {
        name: facts.text(param.name).to_owned(),
        takes: match param.kind {
            1 => Takes::Rest,
            2 => Takes::RestNamed,
            3 => Takes::Named,
            4 => Takes::Receiver,
            _ => Takes::One,
        },
        is_optional: param.default.is_some() || matches!(param.kind, 1 | 2),
    });
    found.collect()
}
