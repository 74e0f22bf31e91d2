//! A project with one fault, and what a model may say of it.

use serde_json::json;

use crate::model_server::Step;
use crate::scratch::Scratch;

/// The file `app.py` as it is.
pub(crate) const WRONG: &str = "def half(n):\n    return n * 2\n";
/// As it should be.
pub(crate) const RIGHT: &str = "def half(n):\n    return n / 2\n";
/// What succeeds when it is.
pub(crate) const COMMAND: &str = "python3 -c 'import app; assert app.half(4) == 2'";

/// A project with a function that doubles what it should halve.
pub(crate) fn project() -> Scratch {
    let mut scratch = Scratch::new();
    scratch.write("app.py", WRONG);
    scratch.commit("Half of a number");
    scratch
}

/// A model's edit of what is wrong.
pub(crate) fn edit(new: &str) -> Step {
    let edit = json!({"path": "app.py", "old": "n * 2", "new": new});
    Step::Say(json!({"summary": "Halves it.", "edits": [edit]}).to_string())
}
