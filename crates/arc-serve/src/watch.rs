//! A graph that is kept up with its files while nobody asks it.

use std::path::Path;

use crate::keeper::Keeper;

/// How an update ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    /// Files whose rows were written.
    pub rewritten: usize,
    /// How long it took.
    pub seconds: f64,
    /// Why the graph is as it was, if it is.
    pub problem: Option<String>,
}

/// Keeps the graph of a repository up with its files and tells `told` of each update that changed something or failed, the
/// first one in any case, until that returns false.
pub fn watch(root: &Path, graph: &Path, told: &mut dyn FnMut(Look) -> bool) {
    let keeper = Keeper::start(root, graph);
    let mut seen = 0;
    loop {
        let standing = keeper.next_look(seen);
        let look = standing.last;
        let is_news = seen == 0 || look.rewritten > 0 || look.problem.is_some();
        seen = standing.looks;
        if is_news && !told(look) {
            return;
        }
    }
}
