//! What a question is about: names on the command line, names or a diff on standard input, or what differs from a commit.

use std::io::Read as _;

use arc_project::{
    Changes, PatchedFile, Revision, Seeds, diff_changes, find_all, is_patch, patch_changes,
    read_patch,
};
use clap::Args;

use crate::context::{Context, Opened};
use crate::failure::Failure;

/// Options of every command that is asked about targets.
#[derive(Args)]
pub(super) struct TargetArguments {
    /// Files, lines or symbols; `-` reads them from standard input, one a line, or a unified diff
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// What differs from a commit (HEAD unless one is named): symbols on both sides
    #[arg(long, value_name = "REV", num_args = 0..=1, default_missing_value = "HEAD")]
    diff: Option<String>,
    /// What is staged for the next commit
    #[arg(long)]
    staged: bool,
    /// Targets on standard input end with NUL instead of a newline
    #[arg(short = '0')]
    null: bool,
    /// Use the graph as it is, and write nothing
    #[arg(long)]
    pub(super) frozen: bool,
    /// Ask the project as of this commit
    #[arg(long, value_name = "COMMIT", conflicts_with_all = ["diff", "staged"])]
    pub(super) at: Option<String>,
}

/// Targets as they were asked for.
#[derive(Default)]
pub(super) struct Asked {
    names: Vec<String>,
    patch: Option<Vec<PatchedFile>>,
    revision: Option<Revision>,
}

impl Asked {
    /// Reads the arguments, and standard input where one of them is `-`. Names there end with a newline, or with NUL.
    pub(super) fn read(arguments: &TargetArguments) -> Result<Asked, Failure> {
        let mut asked = Asked::default();
        if arguments.staged || arguments.diff.is_some() {
            asked.revision = Some(Revision {
                name: arguments.diff.clone().unwrap_or_else(|| "HEAD".to_owned()),
                is_staged: arguments.staged,
            });
        }
        if arguments.targets.is_empty() && asked.revision.is_none() {
            return Err(Failure::Usage {
                message: "nothing is named: TARGET is missing".to_owned(),
                hints: vec![
                    "name a file, a line or a symbol, or `--diff` for what differs from HEAD"
                        .to_owned(),
                ],
            });
        }
        for argument in &arguments.targets {
            if argument == "-" {
                asked.read_input(arguments.null)?;
            } else {
                asked.names.push(argument.clone());
            }
        }
        if asked.names.is_empty() && asked.patch.is_none() && asked.revision.is_none() {
            return Err(Failure::usage("standard input names no target"));
        }
        Ok(asked)
    }

    /// Whether files, lines or symbols were named.
    pub(super) fn has_names(&self) -> bool {
        !self.names.is_empty()
    }

    /// Whether a change was asked about.
    pub(super) fn has_diff(&self) -> bool {
        self.revision.is_some() || self.patch.is_some()
    }

    fn read_input(&mut self, null: bool) -> Result<(), Failure> {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map_err(|error| {
            Failure::usage(format!("cannot read targets from standard input: {error}"))
        })?;
        // A diff may hold any bytes; only its headers are names.
        let text = String::from_utf8_lossy(&bytes);
        if !null && is_patch(&text) {
            let files = self.patch.get_or_insert_default();
            files.append(&mut read_patch(&text));
            return Ok(());
        }
        let end = if null { '\0' } else { '\n' };
        let names = text.split(end).map(str::trim);
        let names = names.filter(|name| !name.is_empty()).map(str::to_owned);
        self.names.extend(names);
        Ok(())
    }

    /// The nodes that are meant, and what a diff did.
    pub(super) fn find(&self, opened: &Opened) -> Result<Seeds, Failure> {
        let (graph, root) = (&opened.graph, &opened.root);
        let mut targets = Vec::new();
        for name in &self.names {
            targets.append(&mut find_all(graph, &opened.prefix, name)?);
        }
        let mut changes: Option<Changes> = None;
        if let Some(revision) = &self.revision {
            changes = Some(diff_changes(graph, root, revision)?);
        }
        if let Some(patch) = &self.patch {
            let of_patch = patch_changes(graph, root, &opened.prefix, patch)?;
            if of_patch.targets.is_empty() && of_patch.changes.is_empty() && targets.is_empty() {
                return Err(nothing_of(&of_patch));
            }
            match &mut changes {
                Some(changes) => changes.append(of_patch),
                None => changes = Some(of_patch),
            }
        }
        Ok(Seeds::new(graph, targets, changes)?)
    }
}

fn nothing_of(changes: &Changes) -> Failure {
    let unknown = changes.unknown.iter();
    let unknown = unknown.map(|path| format!("the graph has no {path}"));
    let unapplied = changes.unapplied.iter();
    let unapplied = unapplied.map(|path| format!("its lines are not in {path}, before or after"));
    Failure::Negative {
        message: if changes.unapplied.is_empty() {
            "nothing of the diff is in the graph".to_owned()
        } else {
            "the diff does not apply".to_owned()
        },
        hints: unknown.chain(unapplied).collect(),
    }
}

/// Says what of a diff is left out.
pub(super) fn note(seeds: &Seeds, context: &Context) {
    let Some(changes) = &seeds.changes else {
        return;
    };
    for path in &changes.unknown {
        context.note(&format!("the graph has no {path}: left out"));
    }
    for path in &changes.unapplied {
        context.note(&format!("the diff does not apply to {path}: left out"));
    }
    if !changes.is_proved {
        context.note("too much code to look for broken references everywhere");
    }
}
