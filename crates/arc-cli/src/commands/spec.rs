//! `arc generate --spec`: a small project from nothing, in a folder of its own.

use std::path::{Path, PathBuf};

use arc_agents::Order;
use arc_project::{BuildOptions, GraphFile};

use super::generate::{GenerateArguments, Job, work};
use super::making::{Language, NewProject};
use crate::context::{Context, Opened};
use crate::failure::{Failure, Outcome};

/// Letters of the name of a folder.
const MAX_NAME: usize = 40;

/// Has a project made.
pub(super) fn run(
    spec: &str,
    arguments: &GenerateArguments,
    context: &mut Context,
) -> Result<Outcome, Failure> {
    let language = arguments.language.unwrap_or(Language::Python);
    let named = arguments.out.clone().unwrap_or_else(|| name_of(spec));
    let folder = context.folder().join(&named);
    let is_new = free(&folder)?;
    if !arguments.keep.show_prompt {
        language.look_for_tools(arguments.proof.unsandboxed)?;
    }
    if arguments.keep.show_prompt && is_new {
        // What would be sent depends on no file.
        let place = std::env::temp_dir().join(format!("arc-spec-{}", std::process::id()));
        let outcome = in_folder(&place, (spec, language), arguments, context);
        // It was made for this, and holds nothing but a graph.
        let _ = std::fs::remove_dir_all(&place);
        return outcome;
    }
    context.note(&format!("in {}", named.display()));
    in_folder(&folder, (spec, language), arguments, context)
}

fn in_folder(
    folder: &Path,
    (spec, language): (&str, Language),
    arguments: &GenerateArguments,
    context: &mut Context,
) -> Result<Outcome, Failure> {
    let cannot = |error: std::io::Error| {
        Failure::usage(format!("cannot make {}: {error}", folder.display()))
    };
    std::fs::create_dir_all(folder).map_err(cannot)?;
    let root = folder.canonicalize().map_err(cannot)?;
    let options = BuildOptions {
        brief: true,
        ..BuildOptions::default()
    };
    context.build(&root, options)?;
    let opened = Opened {
        graph: GraphFile::open(&context.graph_path(&root))?,
        root,
        prefix: String::new(),
        is_frozen: false,
    };
    let task = format!(
        "Write a new small project from nothing: {spec}\nThe language is {}. Every file is an edit with an empty old text. Use nothing but the standard library \
         unless the task asks for more.",
        language.layout()
    );
    let job = Job {
        command: "generate",
        order: Order {
            task: Some(task),
            ..Order::default()
        },
        attempts: if arguments.heal {
            1 + arguments.max_fix_attempts
        } else {
            1
        },
        threshold: None,
        proof: &arguments.proof,
        keep: &arguments.keep,
        said: [("review.json", None), ("impact.json", None)],
        session: None,
        project: Some(NewProject {
            language,
            executes: arguments.execute,
            heals: arguments.heal,
        }),
    };
    work(job, opened, context)
}

/// Whether nothing stands in a folder yet but what arc keeps of sessions that came to no good end.
fn free(folder: &Path) -> Result<bool, Failure> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(true),
        Err(error) => {
            return Err(Failure::usage(format!(
                "cannot use {}: {error}",
                folder.display()
            )));
        }
    };
    if entries.flatten().any(|entry| entry.file_name() != ".arc") {
        return Err(Failure::Usage {
            message: format!("{} is not empty", folder.display()),
            hints: vec!["name another folder with --out".to_owned()],
        });
    }
    Ok(true)
}

/// A folder named after a task.
fn name_of(spec: &str) -> PathBuf {
    let lower = spec.to_lowercase();
    let words = lower
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty() && !["a", "an", "the", "that", "which"].contains(word));
    let mut name = String::new();
    for word in words {
        if name.len() + word.len() >= MAX_NAME {
            break;
        }
        if !name.is_empty() {
            name.push('-');
        }
        name.push_str(word);
    }
    PathBuf::from(if name.is_empty() {
        "project".to_owned()
    } else {
        name
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_named_by_the_words_of_a_task() {
        for (spec, name) in [
            ("A CLI that counts words!", "cli-counts-words"),
            ("../../etc", "etc"),
            ("…", "project"),
        ] {
            assert_eq!(name_of(spec), Path::new(name));
        }
    }
}
