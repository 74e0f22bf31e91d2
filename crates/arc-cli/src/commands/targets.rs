//! What a question is about: names on the command line, names or a diff on standard input.

use std::io::Read as _;

use arc_project::{PatchedFile, Target, find_target, is_patch, patch_targets, read_patch};

use crate::context::Opened;
use crate::failure::Failure;

/// Targets as they were asked for.
#[derive(Default)]
pub(super) struct Asked {
    names: Vec<String>,
    patch: Vec<PatchedFile>,
}

impl Asked {
    /// Reads the arguments, and standard input where one of them is `-`. Names there end with a newline, or with NUL.
    pub(super) fn read(arguments: &[String], null: bool) -> Result<Asked, Failure> {
        let mut asked = Asked::default();
        for argument in arguments {
            if argument != "-" {
                asked.names.push(argument.clone());
                continue;
            }
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes).map_err(|error| {
                Failure::usage(format!("cannot read targets from standard input: {error}"))
            })?;
            // A diff may hold any bytes; only its headers are names.
            let text = String::from_utf8_lossy(&bytes);
            if !null && is_patch(&text) {
                asked.patch.append(&mut read_patch(&text));
                continue;
            }
            let end = if null { '\0' } else { '\n' };
            let names = text.split(end).map(str::trim);
            asked
                .names
                .extend(names.filter(|name| !name.is_empty()).map(str::to_owned));
        }
        if asked.names.is_empty() && asked.patch.is_empty() {
            return Err(Failure::usage("standard input names no target"));
        }
        Ok(asked)
    }

    /// The nodes that are meant, and the paths of a diff that the graph does not have.
    pub(super) fn find(&self, opened: &Opened) -> Result<(Vec<Target>, Vec<String>), Failure> {
        let mut targets = Vec::new();
        for name in &self.names {
            targets.push(find_target(&opened.graph, &opened.prefix, name)?);
        }
        let mut of_patch = patch_targets(&opened.graph, &opened.prefix, &self.patch)?;
        targets.append(&mut of_patch.targets);
        if targets.is_empty() {
            return Err(Failure::Negative {
                message: "nothing of the diff is in the graph".to_owned(),
                hints: of_patch.unknown,
            });
        }
        Ok((targets, of_patch.unknown))
    }
}
