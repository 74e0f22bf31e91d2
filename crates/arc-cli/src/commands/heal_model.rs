//! The configured model as one who proposes repairs to `arc heal`.

use std::error::Error;
use std::path::Path;

use arc_agents::{
    Budget, ChatModel, ModelSettings, RepairOrder, Watch, ask_repair, open_model, repair_request,
};
use arc_heal::{Answer, Case, Fixer};
use arc_project::{GraphFile, default_graph_path};

use super::tickets::variable;
use crate::commands::Carried;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::inert;

/// Asks the model for repairs of one file.
pub(crate) struct ModelFixer<'a> {
    model: Box<dyn ChatModel>,
    budget: Budget,
    graph: Option<GraphFile>,
    context: &'a Context,
}

impl<'a> ModelFixer<'a> {
    /// The model that is configured, with what the graph knows where there is one.
    pub(crate) fn new(root: &Path, context: &'a Context) -> Result<ModelFixer<'a>, Failure> {
        let settings = ModelSettings::read(root, &variable)?;
        let path = default_graph_path(root);
        Ok(ModelFixer {
            model: open_model(&settings)?,
            budget: Budget::new(&settings),
            // A graph that cannot be read has nothing to tell: `arc doctor` says what is wrong with it.
            graph: path
                .is_file()
                .then(|| GraphFile::open(&path).ok())
                .flatten(),
            context,
        })
    }
}

impl Watch for ModelFixer<'_> {
    fn is_cancelled(&self) -> bool {
        false
    }

    fn note(&self, text: &str) {
        self.context.note(&inert(text));
    }
}

impl Fixer for ModelFixer<'_> {
    fn fix(&mut self, case: &Case<'_>) -> Result<Answer, Box<dyn Error + Send + Sync>> {
        let carried =
            |failure: Failure| -> Box<dyn Error + Send + Sync> { Box::new(Carried(failure)) };
        let said: Vec<String> = case
            .diagnostics
            .iter()
            .take(5)
            .map(|diagnostic| {
                let file = diagnostic.file.as_deref().unwrap_or("");
                let line = diagnostic.span.map_or(0, |span| span.line);
                let code = &diagnostic.code;
                format!("{file}:{line} {code} {}", diagnostic.message)
            })
            .collect();
        let own = case
            .diagnostics
            .iter()
            .find(|diagnostic| diagnostic.file.as_deref() == Some(case.path));
        let failed: Vec<(String, String)> = case
            .failed
            .iter()
            .map(|failed| (failed.diff.clone(), failed.why.clone()))
            .collect();
        let order = RepairOrder {
            path: case.path,
            text: case.text,
            command: case.command,
            said: &said.join("\n"),
            line: own.and_then(|own| Some(own.span?.line)),
            output: case.output,
            failed: &failed,
        };
        self.note(&format!(
            "asking {} (proposal {})",
            self.model.name(),
            failed.len() + 1
        ));
        let request = repair_request(self.graph.as_ref(), case.root, &order)
            .map_err(|error| carried(error.into()))?;
        let answered = ask_repair(request, &order, (self.model.as_ref(), &self.budget), &*self)
            .map_err(|error| carried(error.into()))?;
        Ok(match answered {
            Ok(repaired) => Answer::Edited {
                text: repaired.text,
                why: match repaired.summary.is_empty() {
                    true => format!("{} proposes it", self.model.name()),
                    false => repaired.summary,
                },
            },
            Err(why) => Answer::Unusable(why),
        })
    }
}
