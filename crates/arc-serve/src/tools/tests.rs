//! `tests`.

use arc_project::{Runner, TestsReport, select_tests};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Call, Tool, arguments, output_schema, schema};
use crate::answer::Found;
use crate::failure::CallError;
use crate::page::Page;

pub(super) const TOOL: Tool = Tool {
    name: "tests",
    title: "Tests to run for a change",
    description: "The tests to run for a change of a file, a symbol or the uncommitted diff, best first. `run` is the id that \
        the project's own runner takes; `expected_recall` is the share of the tests that run the change expected among those \
        listed. Use it after an edit, before you run anything.",
    rows: 20,
    asks_graph_alone: true,
    own_input: schema::<Arguments>,
    output: output_schema::<TestsReport>,
    run,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Arguments {
    /// A file (src/app.py), a line (src/app.py:42), a symbol (src/app.py::Config.load) or a qualified name; several one a line
    #[serde(default)]
    target: String,
    /// A commit: asks about what differs from it; HEAD for uncommitted changes
    #[serde(default)]
    diff: String,
    /// Only tests of this runner: pytest, cargo, nextest, go, jest, vitest or junit; empty for all
    #[serde(default)]
    runner: String,
}

fn run(call: &Call<'_>, value: Value, page: Page) -> Result<Found, CallError> {
    let asked: Arguments = arguments(value)?;
    let runner = match asked.runner.as_str() {
        "" => None,
        name => Some(Runner::from_name(name).ok_or_else(|| {
            CallError::Arguments(
                "runner: one of pytest, cargo, nextest, go, jest, vitest, junit".to_owned(),
            )
        })?),
    };
    let seeds = call.seeds(&asked.target, &asked.diff)?;
    let mut selection =
        select_tests(call.graph, &seeds.walked).map_err(|error| call.failed(error))?;
    if let Some(runner) = runner {
        selection
            .tests
            .retain(|test| runner.takes(test.node.path.as_deref().unwrap_or_default()));
    }
    let count = page.end().min(selection.tests.len());
    let report = TestsReport::new(&seeds.targets, &selection, count, seeds.changes.as_ref())
        .after(page.skipped);
    Ok(Found::new(&report, &["tests", "changes"], page))
}
