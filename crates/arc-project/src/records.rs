//! What people wrote down in files, as rows, and what the names in it mean.

use arc_graph::{NameForm, NodeKind};
use arc_history::written;
use arc_store::{
    Meaning, NamedInRecord, Namesake, RecordNames, RecordRow, StoreError, file_flag, node_flag,
};

use crate::target::joined;

/// The records of a file. `is_code` when it is in a language with comments.
pub(crate) fn records_of(path: &str, flags: u32, text: &str, is_code: bool) -> Vec<RecordRow> {
    // A test may well say why it is as it is; a change log among tests is a fixture. Change logs are often put together by tools.
    let not_ours = if is_code {
        file_flag::VENDORED | file_flag::GENERATED | file_flag::MINIFIED
    } else {
        file_flag::VENDORED | file_flag::TEST
    };
    if flags & not_ours != 0 {
        return Vec::new();
    }
    let rows = written(path, text, is_code)
        .into_iter()
        .map(|record| RecordRow {
            form: record.form,
            line: record.line,
            end_line: record.end_line,
            label: record.label,
            title: record.title,
            status: record.status,
            date: record.date,
            people: record.people,
            text: record.text,
            names: record.named,
            tickets: record.tickets,
        });
    rows.collect()
}

/// Says of every name in every record what it means now.
pub(crate) fn tie_records(names: &RecordNames<'_>) -> Result<(), StoreError> {
    for named in names.all()? {
        let meaning = match named.form {
            NameForm::Path => path_meaning(names, &named)?,
            NameForm::Symbol => symbol_meaning(names, &named)?,
            NameForm::Label => label_meaning(names, &named)?,
            NameForm::Place => place_meaning(names, &named)?,
        };
        if meaning != named.meaning {
            names.set(&named, &meaning)?;
        }
    }
    Ok(())
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// From the folder of the record, else from the root: a record or file there, else a folder.
fn path_meaning(names: &RecordNames<'_>, named: &NamedInRecord) -> Result<Meaning, StoreError> {
    let text = named.name.split(['?', '#']).next().unwrap_or("");
    let text = match text.rsplit_once(':') {
        Some((path, line)) if line.bytes().all(|byte| byte.is_ascii_digit()) => path,
        Some(_) | None => text,
    };
    let folder = if text.starts_with('/') {
        ""
    } else {
        folder_of(&named.path)
    };
    let candidates = [joined(folder, text), joined("", text)];
    for candidate in &candidates {
        if let Some((file, record)) = names.file(candidate)? {
            return Ok(match record {
                Some(record) if record == named.record => Meaning::default(),
                Some(record) => Meaning {
                    other: Some(record),
                    ..Meaning::default()
                },
                None => Meaning {
                    node: Some(file),
                    ..Meaning::default()
                },
            });
        }
    }
    for candidate in candidates {
        if !candidate.is_empty() && !candidate.starts_with("..") && names.has_folder(&candidate)? {
            return Ok(Meaning {
                folder: Some(candidate),
                ..Meaning::default()
            });
        }
    }
    Ok(Meaning::default())
}

/// The only definition that ends in this name.
fn symbol_meaning(names: &RecordNames<'_>, named: &NamedInRecord) -> Result<Meaning, StoreError> {
    let wanted = named.name.replace("::", ".").replace('#', ".");
    let last = wanted.rsplit('.').next().unwrap_or(&wanted);
    let ending = format!(".{wanted}");
    let mut found = names.symbols(last)?;
    found.retain(|symbol| {
        let full = symbol.qualified_name.replace("::", ".");
        is_code(symbol.kind)
            && symbol.flags & node_flag::TEST == 0
            && symbol.file_flags & (file_flag::TEST | file_flag::VENDORED) == 0
            && (full == wanted || full.ends_with(&ending))
    });
    let is_declared = |symbol: &Namesake| symbol.flags & node_flag::DECLARATION != 0;
    if !found.iter().all(is_declared) {
        found.retain(|symbol| !is_declared(symbol));
    }
    Ok(Meaning {
        node: match found.as_slice() {
            [only] => Some(only.id),
            _ => None,
        },
        ..Meaning::default()
    })
}

/// Whether people who name such a thing in a record mean code.
fn is_code(kind: NodeKind) -> bool {
    match kind {
        NodeKind::Module
        | NodeKind::Class
        | NodeKind::Interface
        | NodeKind::Enum
        | NodeKind::EnumMember
        | NodeKind::Function
        | NodeKind::Method
        | NodeKind::Field
        | NodeKind::Variable
        | NodeKind::Constant
        | NodeKind::TypeAlias
        | NodeKind::Macro
        | NodeKind::Resource
        | NodeKind::Table => true,
        NodeKind::File
        | NodeKind::Lambda
        | NodeKind::Test
        | NodeKind::Section
        | NodeKind::Key
        | NodeKind::External
        | NodeKind::Commit
        | NodeKind::Person
        | NodeKind::PullRequest
        | NodeKind::Issue
        | NodeKind::Decision
        | NodeKind::Change => false,
    }
}

/// The only other record with this label, or of several the one that is nearest in the tree.
fn label_meaning(names: &RecordNames<'_>, named: &NamedInRecord) -> Result<Meaning, StoreError> {
    let mut found = names.labeled(&named.name)?;
    found.retain(|(record, _)| *record != named.record);
    let nearness = |path: &str| {
        let own = named.path.split('/');
        own.zip(path.split('/')).take_while(|(a, b)| a == b).count()
    };
    let best = found.iter().map(|(_, path)| nearness(path)).max();
    found.retain(|(_, path)| Some(nearness(path)) == best);
    Ok(Meaning {
        other: match found.as_slice() {
            [only] => Some(only.0),
            _ => None,
        },
        ..Meaning::default()
    })
}

/// The definition right below a comment, else what the comment stands in.
fn place_meaning(names: &RecordNames<'_>, named: &NamedInRecord) -> Result<Meaning, StoreError> {
    let below = names.symbol_at(named.file, named.end_line + 1)?;
    let below = below.filter(|(_, line)| *line >= named.line);
    let around = match below {
        Some(below) => Some(below),
        None => names.symbol_at(named.file, named.line)?,
    };
    Ok(Meaning {
        node: Some(around.map_or(named.file, |(symbol, _)| symbol)),
        ..Meaning::default()
    })
}
