//! What people made of earlier changes and findings of a project, as the next question and the next review know it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use arc_project::{AskError, GraphFile, Standing, ask_feedback};

use crate::prompt::fenced;

/// Earlier changes that a prompt tells of.
const MAX_LESSONS: usize = 6;
/// Silenced findings of a kind that halve what its confidence counts for in the order of findings.
const HALVES: f64 = 10.0;

/// What became of earlier changes that were not kept as they were, for a prompt: those of the same file first, newest first.
pub(crate) fn lessons(
    graph: &GraphFile,
    root: &Path,
    target: Option<&str>,
) -> Result<String, AskError> {
    let said = ask_feedback(graph, root)?;
    let mut told: Vec<_> = said
        .iter()
        .filter_map(|one| {
            let what = match one.standing {
                Standing::Edited => "a person changed it afterwards",
                Standing::Rejected => "a person took it back",
                Standing::Failed => "it was not kept",
                Standing::Accepted | Standing::Silenced => return None,
            };
            Some((what, &one.row))
        })
        .collect();
    told.sort_by_key(|(_, row)| target.is_some_and(|target| target != row.path));
    told.truncate(MAX_LESSONS);
    if told.is_empty() {
        return Ok(String::new());
    }
    let mut text = String::new();
    for (what, row) in told {
        let _ = writeln!(text, "{}: {what}: {}", row.path, row.text);
    }
    Ok(format!(
        "What became of earlier changes of this project. Do not make the same again:\n{}\n",
        fenced("feedback", &text)
    ))
}

/// How much the confidence of findings counts in their order, by their kinds: less, the more of a kind people silenced.
pub(crate) fn weights(graph: &GraphFile) -> Result<BTreeMap<String, f64>, AskError> {
    let silenced = graph.silenced_kinds()?.into_iter();
    let weight = |silenced: u32| 0.5_f64.powf(f64::from(silenced) / HALVES);
    Ok(silenced
        .map(|(kind, count)| (kind, weight(count)))
        .collect())
}
