//! `arc doctor`.

use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use arc_heal::toolboxes;
use arc_project::{Check, CheckState, examine};
use arc_sandbox::{Backend, Enclosure, Job, Network, Unfit, default_limits};
use clap::Args;
use serde_json::json;

use crate::commands::run::{bubblewrap as found_bubblewrap, container};
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::output::{BAD, DIM, GOOD, WARN, inert};

/// Options of `arc doctor`.
#[derive(Args)]
pub(crate) struct DoctorArguments {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Examines the graph as it is, and what commands could be run in. Exit code 1 when something failed.
pub(crate) fn run(arguments: &DoctorArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let root = context.root()?;
    let mut checks = examine(&root, &context.graph_path(&root));
    checks.extend([sandbox(), bubblewrap(&root), docker()]);
    checks.push(healing());
    let failed = checks.iter().any(|check| check.state == CheckState::Failed);
    if arguments.json {
        let rows: Vec<_> = checks
            .iter()
            .map(|check| json!({"name": check.name, "state": state_name(check.state), "text": check.text, "hint": check.hint}))
            .collect();
        context.out.json(&json!({"schema": "arc.doctor/1", "version": env!("CARGO_PKG_VERSION"), "ok": !failed, "checks": rows}))?;
    } else {
        for check in &checks {
            print(check, context)?;
        }
    }
    Ok(if failed { Outcome::No } else { Outcome::Done })
}

/// What `arc run` would put between a command and this machine: an empty folder shows it, and nothing has to be copied.
fn sandbox() -> Check {
    let folder = std::env::temp_dir().join(format!("arc-doctor-{}", std::process::id()));
    let (state, text) = match std::fs::create_dir(&folder) {
        Ok(()) => {
            let tried = try_sandbox(&folder);
            // It is empty, and somebody who put something there knows of it.
            let _ = std::fs::remove_dir(&folder);
            tried
        }
        Err(error) => (
            CheckState::Attention,
            format!("cannot make {}: {error}", folder.display()),
        ),
    };
    let hint = (state != CheckState::Fine)
        .then(|| "docs/sandbox.md tells what it needs of a machine".to_owned());
    Check {
        name: "sandbox",
        state,
        text,
        hint,
    }
}

fn try_sandbox(folder: &Path) -> (CheckState, String) {
    let Ok(work) = folder.canonicalize() else {
        return (
            CheckState::Attention,
            format!("{} is gone", folder.display()),
        );
    };
    let job = Job {
        command: vec!["/bin/true".into()],
        folder: work.clone(),
        work,
        home: "/nowhere".into(),
        readable: Vec::new(),
        layered: Vec::new(),
        environment: Vec::new(),
        versions: Vec::new(),
        enclosure: Enclosure::Strongest,
        network: Network::None,
        hosts: Vec::new(),
        limits: default_limits(),
        reads_input: false,
    };
    match arc_sandbox::run(&job, None, &AtomicBool::new(false)) {
        Ok((report, _)) => {
            let layers: Vec<_> = report.layers.iter().map(|layer| layer.as_str()).collect();
            let slow = arc_sandbox::slow_start().map_or_else(String::new, |why| {
                format!("; starts slowly, as this program is started again for each: {why}")
            });
            (CheckState::Fine, layers.join(", ") + &slow)
        }
        Err(error) => (CheckState::Attention, error.to_string()),
    }
}

fn bubblewrap(root: &Path) -> Check {
    let found = match found_bubblewrap(root) {
        Some(program) => arc_sandbox::examine(&Backend::Bubblewrap { program }),
        None => Err(Unfit::Absent),
    };
    other("bubblewrap", found, "not installed, and not needed")
}

fn docker() -> Check {
    let found = match container(String::new(), None) {
        Ok(container) => arc_sandbox::examine(&Backend::Docker(container)),
        Err(_) => Err(Unfit::Broken(
            "DOCKER_HOST names no socket of this machine".to_owned(),
        )),
    };
    other("docker", found, "no engine here, and none is needed")
}

/// A back end that nobody has to have.
fn other(name: &'static str, found: Result<String, Unfit>, absent: &str) -> Check {
    let (state, text) = match found {
        Ok(text) => (CheckState::Fine, text),
        Err(Unfit::Absent) => (CheckState::Fine, absent.to_owned()),
        Err(Unfit::Broken(why)) => (CheckState::Attention, why),
    };
    Check {
        name,
        state,
        text,
        hint: None,
    }
}

/// Which tools `arc heal` finds, and what it goes without.
fn healing() -> Check {
    let variables: Vec<_> = std::env::vars_os().collect();
    let mut here = Vec::new();
    let mut missing = Vec::new();
    for toolbox in toolboxes(&variables) {
        let name = toolbox.environment;
        let own = match toolbox.reader {
            Some((reader, true)) => format!("{name} by {reader}"),
            None => format!("{name} by arc itself"),
            Some((reader, false)) => {
                missing.push(format!("{reader} ({name})"));
                continue;
            }
        };
        let others = toolbox.others.iter().filter(|(_, is_here)| *is_here);
        let others: Vec<&str> = others.map(|(other, _)| *other).collect();
        here.push(match others.is_empty() {
            true => own,
            false => format!("{own} (with {})", others.join(", ")),
        });
    }
    Check {
        name: "healing",
        state: match missing.is_empty() {
            true => CheckState::Fine,
            false => CheckState::Attention,
        },
        text: format!("texts are read: {}", here.join("; ")),
        hint: (!missing.is_empty()).then(|| {
            format!(
                "not found: {}; the grammar reads their texts then, and knows less",
                missing.join(", ")
            )
        }),
    }
}

fn print(check: &Check, context: &mut Context) -> Result<(), Failure> {
    let style = match check.state {
        CheckState::Fine => GOOD,
        CheckState::Attention => WARN,
        CheckState::Failed => BAD,
    };
    let mark = match check.state {
        CheckState::Fine => "ok  ",
        CheckState::Attention => "note",
        CheckState::Failed => "fail",
    };
    writeln!(
        context.out,
        "{style}{mark}{style:#} {}  {}",
        check.name,
        inert(&check.text)
    )?;
    if let Some(hint) = &check.hint {
        writeln!(context.out, "       {DIM}{hint}{DIM:#}")?;
    }
    Ok(())
}

fn state_name(state: CheckState) -> &'static str {
    match state {
        CheckState::Fine => "ok",
        CheckState::Attention => "note",
        CheckState::Failed => "fail",
    }
}
