//! What a question begins with: what was named, what a diff changed, and what it breaks.

use std::path::Path;

use arc_graph::NodeRecord;
use arc_impact::ImpactOptions;
use arc_store::GraphFile;

use crate::ask::{AskError, ImpactAnswer, ask_impact};
use crate::change_risk::change_risk;
use crate::changes::Changes;
use crate::target::{Target, with_other_places};

/// What a question is about.
#[derive(Clone, Debug)]
pub struct Seeds {
    /// What was named, and what a diff changed.
    pub targets: Vec<Target>,
    /// What a diff did, if there was one.
    pub changes: Option<Changes>,
    /// Where the walk begins: the targets, and what the diff breaks.
    pub walked: Vec<Target>,
}

impl Seeds {
    /// Of targets that were named and of a diff, with the other places of both.
    ///
    /// # Errors
    /// When the graph cannot be read.
    pub fn new(
        graph: &GraphFile,
        named: Vec<Target>,
        changes: Option<Changes>,
    ) -> Result<Seeds, AskError> {
        let mut targets = named;
        for target in changes.iter().flat_map(|changes| &changes.targets) {
            add(&mut targets, &target.node, target.line);
        }
        let targets = with_other_places(graph, targets)?;
        let mut walked = targets.clone();
        for broken in changes.iter().flat_map(|changes| &changes.broken) {
            add(&mut walked, &broken.node, None);
        }
        Ok(Seeds {
            targets,
            changes,
            walked,
        })
    }

    /// Whether a diff was asked about that changes nothing that runs.
    #[must_use]
    pub fn has_no_impact(&self) -> bool {
        self.walked.is_empty() && self.changes.as_ref().is_some_and(Changes::has_no_impact)
    }
}

fn add(targets: &mut Vec<Target>, node: &NodeRecord, line: Option<u32>) {
    if !targets.iter().any(|known| known.node.id == node.id) {
        targets.push(Target {
            node: node.clone(),
            line,
        });
    }
}

/// The blast radius of what was asked about; of a diff with what it breaks first, and its risk among past commits.
///
/// # Errors
/// When the graph cannot be read.
pub fn ask_impact_of(
    graph: &GraphFile,
    root: &Path,
    seeds: &Seeds,
    options: &ImpactOptions,
) -> Result<ImpactAnswer, AskError> {
    let mut answer = ask_impact(graph, seeds.walked.clone(), options)?;
    if let Some(changes) = &seeds.changes {
        answer.targets.clone_from(&seeds.targets);
        answer.put_broken_first(changes, options.limit);
        answer.risk = change_risk(graph, root, changes)?;
    }
    Ok(answer)
}
