//! An exception as it stands in JSON: what it says, and where in this project it was raised.
//!
//! Services keep what went wrong in many shapes, and one walk finds it in all of them: an object that has frames, or a trace as a text, and says
//! what kind of exception it was. What is read is put as the language itself would have printed it, so that everything behind it is the same for
//! a report and for a command. Whoever wrote the report may have written anything: only files that lie in the project are named, and a message is
//! one line and cannot pass for a frame.

use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use crate::detect::detect;
use crate::diagnostic::{Class, Environment};

/// What a report says of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldException {
    /// The file of the project in which it was raised, relative to the root; `None` when it names none.
    pub file: Option<PathBuf>,
    /// What the language would have printed, with the places in the project alone.
    pub output: String,
}

/// Why there is no exception in a report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExceptionError {
    /// It is something else.
    #[error("it is no JSON: {why}")]
    NotJson {
        /// Where reading stops.
        why: String,
    },
    /// No object in it is an exception.
    #[error(
        "it holds no exception with a stack: neither frames nor a trace (docs/healing.md has the shapes that are read)"
    )]
    NoException,
}

/// Exceptions of one report that are looked at.
const MOST_EXCEPTIONS: usize = 64;
/// Frames of one exception; of more the innermost.
const MOST_FRAMES: usize = 256;
/// Letters of a message.
const MOST_MESSAGE: usize = 2_000;
/// Bytes of a path.
const MOST_PATH: usize = 4_096;

/// Where the kind of an exception stands, the more telling first.
const KINDS: &[&str] = &[
    "exception.type",
    "exc_type",
    "error.type",
    "exception_type",
    "errorClass",
    "type",
    "class",
    "name",
];
/// Where its message stands.
const MESSAGES: &[&str] = &[
    "exception.message",
    "exc_value",
    "error.message",
    "exception_message",
    "errorMessage",
    "value",
    "message",
    "msg",
];
/// Where a trace stands as a text, or as its lines.
const TRACES: &[&str] = &[
    "exception.stacktrace",
    "error.stack_trace",
    "error.stack",
    "stack_trace",
    "stacktrace",
    "stackTrace",
    "stack",
    "traceback",
    "exc_info",
    "exc_text",
    "exception",
    "longrepr",
    "text",
    "trace",
];
/// Where frames stand, or an object with frames.
const FRAMES: &[&str] = &[
    "frames",
    "stacktrace",
    "traceback",
    "tb",
    "stack",
    "stackFrames",
    "trace",
];
const PATHS: &[&str] = &[
    "abs_path", "absPath", "filename", "fileName", "file", "path",
];
const LINES: &[&str] = &[
    "lineno",
    "lineNo",
    "line",
    "lineNumber",
    "line_number",
    "row",
];
const COLUMNS: &[&str] = &["colno", "colNo", "column", "columnNumber", "col"];
const FUNCTIONS: &[&str] = &["function", "name", "method", "methodName", "func"];

/// Folders of what others wrote.
const FOREIGN: &[&str] = &[
    "site-packages",
    "dist-packages",
    "node_modules",
    ".cargo",
    "rustlib",
];

/// One exception.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Exception {
    kind: String,
    message: String,
    /// The innermost last.
    frames: Vec<Frame>,
}

/// A place on the stack.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Frame {
    /// As it is told, the likeliest first.
    paths: Vec<String>,
    line: u32,
    column: u32,
    function: String,
}

/// Reads the exceptions of a report: JSON, or one JSON object a line.
///
/// # Errors
/// When it is no JSON, or holds no exception.
pub fn read_exception(report: &[u8], root: &Path) -> Result<ToldException, ExceptionError> {
    let text = decoded(report);
    let mut found = Vec::new();
    for value in values(text.trim_start_matches('\u{feff}'))? {
        collect(&value, &mut found);
    }
    if found.is_empty() {
        return Err(ExceptionError::NoException);
    }
    // Of a log the newest are at its end.
    let start = found.len().saturating_sub(MOST_EXCEPTIONS);
    let told: Vec<ToldException> = found[start..].iter().map(|one| told(one, root)).collect();
    let is_decidable = |one: &&ToldException| {
        let Some(file) = one.file.as_deref().and_then(Path::to_str) else {
            return false;
        };
        let root = root.to_string_lossy();
        Environment::of(file, "").is_some_and(|environment| {
            detect(environment, &one.output, &root)
                .iter()
                .any(|diagnostic| {
                    matches!(
                        diagnostic.class,
                        Class::Syntax
                            | Class::Import
                            | Class::Name
                            | Class::Attribute
                            | Class::Command
                    )
                })
        })
    };
    let newest = || told.iter().rev();
    let chosen = newest()
        .find(is_decidable)
        .or_else(|| newest().find(|one| one.file.is_some()))
        .or_else(|| told.last());
    chosen.cloned().ok_or(ExceptionError::NoException)
}

/// The text of a report: UTF-8, or UTF-16 with its mark, as some shells write it.
fn decoded(report: &[u8]) -> String {
    let units = |bytes: &[u8], unit: fn([u8; 2]) -> u16| -> String {
        let units: Vec<u16> = bytes
            .chunks_exact(2)
            .map(|pair| unit([pair[0], pair[1]]))
            .collect();
        String::from_utf16_lossy(&units)
    };
    match report {
        [0xff, 0xfe, rest @ ..] => units(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => units(rest, u16::from_be_bytes),
        _ => String::from_utf8_lossy(report).into_owned(),
    }
}

fn values(text: &str) -> Result<Vec<Value>, ExceptionError> {
    let whole = match serde_json::from_str(text) {
        Ok(value) => return Ok(vec![value]),
        Err(error) => error,
    };
    let lines: Vec<Value> = text
        .lines()
        .filter(|line| line.trim_start().starts_with('{'))
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    if lines.is_empty() {
        return Err(ExceptionError::NotJson {
            why: whole.to_string(),
        });
    }
    Ok(lines)
}

/// Every exception in a value. The reader of JSON bounds how deep that goes.
fn collect(value: &Value, found: &mut Vec<Exception>) {
    match value {
        Value::Array(items) => {
            if let Some(attributes) = attributes(items) {
                found.extend(exceptions(&attributes));
                return;
            }
            for item in items {
                collect(item, found);
            }
        }
        Value::Object(fields) => {
            let own = exceptions(fields);
            let is_one = !own.is_empty();
            found.extend(own);
            for (name, inner) in fields {
                // The frames of an exception are not looked at again, what caused it is.
                if !(is_one && (FRAMES.contains(&name.as_str()) || TRACES.contains(&name.as_str())))
                {
                    collect(inner, found);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The attributes of OpenTelemetry in their own shape: a list of keys and typed values.
fn attributes(items: &[Value]) -> Option<Map<String, Value>> {
    let pairs = items.iter().map(|item| {
        let value = item.get("value")?.get("stringValue");
        Some((
            item.get("key")?.as_str()?.to_owned(),
            value.cloned().unwrap_or_default(),
        ))
    });
    let pairs: Option<Map<String, Value>> = pairs.collect();
    pairs.filter(|pairs| pairs.keys().any(|key| key.starts_with("exception.")))
}

/// The exceptions that an object itself tells: one, or of a trace with causes several.
fn exceptions(fields: &Map<String, Value>) -> Vec<Exception> {
    let inner = fields.get("exception").and_then(Value::as_object);
    let said = |names: &[&str]| {
        string(fields, names)
            .or_else(|| string(inner?, names))
            .unwrap_or_default()
    };
    let (kind, message) = (kind_in(&said(KINDS)), one_line(&said(MESSAGES)));
    let mut frames: Vec<Frame> = FRAMES
        .iter()
        .filter_map(|name| fields.get(*name).map(|value| frames_in(name, value)))
        .find(|frames| !frames.is_empty())
        .unwrap_or_default();
    if !frames.is_empty() {
        if kind.is_empty() && message.is_empty() {
            return Vec::new();
        }
        frames.extend(place_of_syntax(fields, &kind, &message));
        return vec![Exception {
            kind,
            message,
            frames,
        }];
    }
    let trace = TRACES
        .iter()
        .filter_map(|name| fields.get(*name).and_then(trace_text))
        .find(|text| has_trace(text));
    let Some(trace) = trace else {
        return Vec::new();
    };
    let mut found: Vec<Exception> = chained(&trace).into_iter().map(of_trace).collect();
    for one in &mut found {
        if one.kind.is_empty() && one.message.is_empty() {
            one.kind.clone_from(&kind);
            one.message.clone_from(&message);
        }
    }
    found
}

fn string(fields: &Map<String, Value>, names: &[&str]) -> Option<String> {
    names
        .iter()
        .filter_map(|name| fields.get(*name)?.as_str())
        .find(|text| !text.trim().is_empty())
        .map(str::to_owned)
}

fn number(fields: &Map<String, Value>, names: &[&str]) -> Option<u32> {
    names.iter().find_map(|name| {
        let value = fields.get(*name)?;
        let told = value.as_u64().or_else(|| value.as_str()?.parse().ok());
        u32::try_from(told?).ok()
    })
}

/// `<class 'NameError'>` and `builtins.NameError` are called `NameError`.
fn kind_in(text: &str) -> String {
    let bare = text
        .trim()
        .trim_start_matches("<class '")
        .trim_end_matches("'>");
    let bare = bare.strip_prefix("builtins.").unwrap_or(bare);
    one_line(bare)
}

/// The first line of a text that says something, without letters that steer a terminal.
fn one_line(text: &str) -> String {
    let first = text.lines().find(|line| !line.trim().is_empty());
    first
        .unwrap_or("")
        .trim()
        .chars()
        .filter(|letter| !letter.is_control())
        .take(MOST_MESSAGE)
        .collect()
}

fn frames_in(name: &str, value: &Value) -> Vec<Frame> {
    let list = match value {
        Value::Array(list) => list,
        Value::Object(fields) => match fields.get("frames").and_then(Value::as_array) {
            Some(list) => return frames_in("frames", &Value::Array(list.clone())),
            None => return Vec::new(),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return Vec::new(),
    };
    let mut frames: Vec<Frame> = list
        .iter()
        .filter_map(|item| frame(item.as_object()?))
        .collect();
    // Those who write `lineNumber`, and those who call it a stack, begin where it was raised.
    let is_innermost_first = matches!(name, "stack" | "stackFrames")
        || list.first().is_some_and(|one| one["lineNumber"].is_u64());
    if is_innermost_first {
        frames.reverse();
    }
    innermost(frames)
}

fn innermost(mut frames: Vec<Frame>) -> Vec<Frame> {
    let start = frames.len().saturating_sub(MOST_FRAMES);
    frames.split_off(start)
}

fn frame(fields: &Map<String, Value>) -> Option<Frame> {
    let is_theirs = ["in_app", "inApp", "inProject"]
        .iter()
        .any(|name| fields.get(*name) == Some(&Value::Bool(false)));
    let paths: Vec<String> = PATHS
        .iter()
        .filter_map(|name| fields.get(*name)?.as_str())
        .map(str::to_owned)
        .collect();
    let line = number(fields, LINES).filter(|line| *line > 0)?;
    (!paths.is_empty()).then(|| Frame {
        // Of what others wrote the place is no place of ours.
        paths: if is_theirs { Vec::new() } else { paths },
        line,
        column: number(fields, COLUMNS).unwrap_or(0),
        function: one_line(&string(fields, FUNCTIONS).unwrap_or_default()),
    })
}

/// A text that cannot be read is no frame: it stands beside them, or in the message.
fn place_of_syntax(fields: &Map<String, Value>, kind: &str, message: &str) -> Option<Frame> {
    static PLACE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\(([^()]+), line (\d+)\)$").expect("the expression is tested")
    });
    if let Some(told) = fields.get("syntax_error").and_then(Value::as_object) {
        return frame(told);
    }
    let is_syntax = matches!(kind, "SyntaxError" | "IndentationError" | "TabError");
    let place = PLACE.captures(message).filter(|_| is_syntax)?;
    Some(Frame {
        paths: vec![place[1].to_owned()],
        line: place[2].parse().ok()?,
        column: 0,
        function: String::new(),
    })
}

fn trace_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(lines) => {
            let lines: Option<Vec<&str>> = lines.iter().map(Value::as_str).collect();
            let lines = lines.filter(|lines| !lines.is_empty())?;
            let ends = |line: &&str| line.ends_with('\n');
            Some(lines.join(if lines.iter().all(ends) { "" } else { "\n" }))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

static FRAME_TEXT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?mx)
        ^\s*File\ "(?P<py>[^"\n]+)",\ line\ (?P<py_line>\d+)(?:,\ in\ (?P<py_name>[^\n]+))?
        | ^\s+at\ (?:(?P<js_name>[^\n(]+?)\ \()?(?P<js>[^()\n]+?):(?P<js_line>\d+):(?P<js_column>\d+)\)?\s*$
        | ^\s*(?:at\ )?(?P<own>[^\s:"'()]+\.(?:go|rs|sh|bash|tf|ya?ml|py|[cm]?[jt]sx?)):(?P<own_line>\d+)(?::(?P<own_column>\d+))?\b
    "#,
    )
    .expect("the expression is tested")
});

fn has_trace(text: &str) -> bool {
    FRAME_TEXT.is_match(text)
}

/// A trace of Python by its exceptions: causes come first.
fn chained(trace: &str) -> Vec<&str> {
    static BETWEEN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?m)^\s*(?:During handling of the above exception|The above exception was the direct cause)[^\n]*\n")
            .expect("the expression is tested")
    });
    BETWEEN.split(trace).collect()
}

fn of_trace(trace: &str) -> Exception {
    static SAID: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?m)^(?:Uncaught )?(?P<kind>[A-Za-z_$][\w$.]*)(?: \[\w+\])?(?:: (?P<message>[^\n]*))?$",
        )
        .expect("the expression is tested")
    });
    let text = |found: &regex::Captures<'_>, names: &[&str]| {
        let group = names.iter().find_map(|name| found.name(name));
        group.map_or(String::new(), |group| group.as_str().to_owned())
    };
    let mut is_python = false;
    let mut frames: Vec<Frame> = Vec::new();
    for found in FRAME_TEXT.captures_iter(trace) {
        is_python |= found.name("py").is_some();
        let count = |names: &[&str]| text(&found, names).parse().unwrap_or(0);
        frames.push(Frame {
            paths: vec![text(&found, &["py", "js", "own"])],
            line: count(&["py_line", "js_line", "own_line"]),
            column: count(&["js_column", "own_column"]),
            function: one_line(&text(&found, &["py_name", "js_name"])),
        });
    }
    let mut said = SAID.captures_iter(trace);
    // Python says at the end what it was, the others at the beginning.
    let said = if is_python { said.last() } else { said.next() };
    if !is_python {
        frames.reverse();
    }
    Exception {
        kind: said
            .as_ref()
            .map_or(String::new(), |said| kind_in(&said["kind"])),
        message: said
            .as_ref()
            .and_then(|said| said.name("message"))
            .map_or(String::new(), |message| one_line(message.as_str())),
        frames: innermost(frames),
    }
}

/// The exception as the language of its innermost file prints it.
fn told(exception: &Exception, root: &Path) -> ToldException {
    let placed: Vec<(&Frame, String)> = exception
        .frames
        .iter()
        .filter_map(|frame| {
            let mut paths = frame.paths.iter();
            Some((frame, paths.find_map(|path| inside(path, root))?))
        })
        .collect();
    let said = match (exception.kind.as_str(), exception.message.as_str()) {
        ("", message) => message.to_owned(),
        (kind, "") => kind.to_owned(),
        (kind, message) => format!("{kind}: {message}"),
    };
    let Some((_, file)) = placed.last() else {
        return ToldException {
            file: None,
            output: format!("{said}\n"),
        };
    };
    let full = |file: &str| root.join(file).display().to_string();
    let output = match Environment::of(file, "") {
        Some(Environment::Python) => {
            let mut output = "Traceback (most recent call last):\n".to_owned();
            for (frame, file) in &placed {
                output.push_str(&format!("  File \"{}\", line {}", full(file), frame.line));
                if !frame.function.is_empty() {
                    output.push_str(&format!(", in {}", frame.function));
                }
                output.push('\n');
            }
            let is_syntax = matches!(
                exception.kind.as_str(),
                "SyntaxError" | "IndentationError" | "TabError"
            );
            if let (true, Some((frame, file))) = (is_syntax, placed.last()) {
                // Where a text cannot be read no function has been entered.
                output.push_str(&format!("  File \"{}\", line {}\n", full(file), frame.line));
            }
            format!("{output}{said}\n")
        }
        Some(Environment::JavaScript) => {
            let mut output = format!("{said}\n");
            for (frame, file) in placed.iter().rev() {
                let (line, column) = (frame.line, frame.column.max(1));
                output.push_str(&match frame.function.as_str() {
                    "" => format!("    at {}:{line}:{column}\n", full(file)),
                    name => format!("    at {name} ({}:{line}:{column})\n", full(file)),
                });
            }
            output
        }
        Some(_) | None => {
            let place = |(frame, file): &(&Frame, String)| {
                format!("{file}:{}:{}: {said}\n", frame.line, frame.column.max(1))
            };
            placed.iter().rev().map(place).collect()
        }
    };
    ToldException {
        file: Some(file.into()),
        output,
    }
}

/// The file of the project that a path means, which may be of another machine: the longest end of it that is a plain file here.
fn inside(path: &str, root: &Path) -> Option<String> {
    if path.len() > MOST_PATH || path.contains('\0') {
        return None;
    }
    let path = path.replace('\\', "/");
    let path = match path.split_once("://") {
        Some((scheme, rest)) if !scheme.contains('/') => rest.to_owned(),
        _ => path,
    };
    let path = path.split('?').next().unwrap_or("");
    let shown = root.to_string_lossy();
    let own = path
        .strip_prefix(&*shown)
        .and_then(|rest| rest.strip_prefix('/'));
    let mut parts = Vec::new();
    for part in Path::new(own.unwrap_or(path)).components() {
        match part {
            Component::Normal(name) => parts.push(name.to_str()?),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
            Component::ParentDir => return None,
        }
    }
    let is_foreign = |part: &&str| FOREIGN.contains(part) || part.starts_with("python3.");
    if own.is_none() && parts.iter().any(is_foreign) {
        return None;
    }
    let real = root.canonicalize().ok()?;
    (0..parts.len())
        .map(|from| parts[from..].join("/"))
        .find(|end| {
            let full = root.join(end);
            let is_plain = full.symlink_metadata().is_ok_and(|meta| meta.is_file());
            is_plain
                && full
                    .canonicalize()
                    .is_ok_and(|full| full.starts_with(&real))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn project() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (path, text) in [
            ("shop/cart.py", "x = lenn([])\n"),
            ("run.py", "import shop.cart\n"),
            ("web/app.js", "start();\n"),
            ("main.go", "package main\n"),
        ] {
            let full = folder.path().join(path);
            std::fs::create_dir_all(full.parent().expect("a folder")).expect("made");
            std::fs::write(full, text).expect("written");
        }
        folder
    }

    fn read(value: &Value) -> Result<ToldException, ExceptionError> {
        let folder = project();
        let root = folder.path().canonicalize().expect("there");
        let mut told = read_exception(value.to_string().as_bytes(), &root)?;
        told.output = told.output.replace(&*root.to_string_lossy(), "/p");
        Ok(told)
    }

    const TRACE: &str = "Traceback (most recent call last):\n  File \"/srv/run.py\", line 1, in <module>\n    import shop.cart\n  \
        File \"/srv/shop/cart.py\", line 1, in <module>\n    x = lenn([])\nNameError: name 'lenn' is not defined\n";
    const PRINTED: &str = "Traceback (most recent call last):\n  File \"/p/run.py\", line 1, in <module>\n  \
        File \"/p/shop/cart.py\", line 1, in <module>\nNameError: name 'lenn' is not defined\n";

    #[test]
    fn shapes_that_services_keep_are_the_same_exception() {
        let message = "name 'lenn' is not defined";
        let frames = |file: &str, line: &str, name: &str| {
            json!([
                {file: "/srv/run.py", line: 1, name: "<module>"},
                {file: "/srv/shop/cart.py", line: 1, name: "<module>"}
            ])
        };
        let sentry = |file: &str, line: &str| json!({"values": [{"type": "NameError", "value": message, "stacktrace": {"frames": frames(file, line, "function")}}]});
        let attributes = json!({"exception.type": "NameError", "exception.message": message, "exception.stacktrace": TRACE});
        let listed: Vec<Value> = [
            "exception.type",
            "exception.message",
            "exception.stacktrace",
        ]
        .iter()
        .map(|key| json!({"key": key, "value": {"stringValue": attributes[*key]}}))
        .collect();
        let lines: Vec<String> = TRACE.split_inclusive('\n').map(str::to_owned).collect();
        for report in [
            json!({"schema": "arc.exception/1", "type": "NameError", "message": message, "frames": frames("file", "line", "function")}),
            json!({"event_id": "1", "platform": "python", "exception": sentry("filename", "lineno")}),
            json!({"entries": [{"type": "exception", "data": sentry("absPath", "lineNo")}]}),
            json!({"event": "failed", "exception": [{"exc_type": "NameError", "exc_value": message, "frames": frames("filename", "lineno", "name")}]}),
            json!({"event": "failed", "level": "error", "exception": TRACE}),
            json!({"levelname": "ERROR", "message": "failed", "exc_info": TRACE}),
            json!({"type": "NameError", "message": message, "traceback": lines}),
            json!({"spans": [{"events": [{"name": "exception", "attributes": attributes}]}]}),
            json!({"resourceSpans": [{"scopeSpans": [{"spans": [{"events": [{"name": "exception", "attributes": listed}]}]}]}]}),
            json!({"body": {"trace": {"frames": frames("filename", "lineno", "method"), "exception": {"class": "NameError", "message": message}}}}),
        ] {
            let told = read(&report).expect("an exception");
            assert_eq!(told.output, PRINTED, "{report:#}");
            assert_eq!(told.file.as_deref(), Some(Path::new("shop/cart.py")));
        }
    }

    #[test]
    fn errors_of_node_begin_with_the_innermost_frame() {
        let stack = "ReferenceError: strat is not defined\n    at main (/app/web/app.js:1:1)\n    at node:internal/main:3:1\n    at /app/node_modules/x/web/app.js:9:1";
        let printed = "ReferenceError: strat is not defined\n    at main (/p/web/app.js:1:1)\n";
        for report in [
            json!({"name": "ReferenceError", "message": "strat is not defined", "stack": stack}),
            json!({"level": 50, "err": {"type": "ReferenceError", "message": "strat is not defined", "stack": stack}, "msg": "failed"}),
            json!({"error": {"type": "ReferenceError", "message": "strat is not defined", "stack_trace": stack}}),
            json!({"events": [{"exceptions": [{"errorClass": "ReferenceError", "message": "strat is not defined", "stacktrace": [
                {"file": "/app/web/app.js", "lineNumber": 1, "columnNumber": 1, "method": "main"},
                {"file": "node_modules/x/web/app.js", "lineNumber": 9}]}]}]}),
        ] {
            let told = read(&report).expect("an exception");
            assert_eq!(told.output, printed, "{report:#}");
        }
    }

    #[test]
    fn a_text_that_cannot_be_read_has_its_own_place() {
        let frames = json!([{"filename": "/srv/run.py", "lineno": 1, "name": "<module>"}]);
        for report in [
            json!({"exc_type": "SyntaxError", "exc_value": "invalid syntax (cart.py, line 7)", "frames": frames,
                "syntax_error": {"filename": "/srv/shop/cart.py", "lineno": 7, "offset": 3, "line": "x", "msg": "invalid syntax"}}),
            json!({"type": "SyntaxError", "value": "invalid syntax (shop/cart.py, line 7)", "stacktrace": {"frames": frames}}),
        ] {
            let told = read(&report).expect("an exception");
            assert_eq!(told.file.as_deref(), Some(Path::new("shop/cart.py")));
            let found = detect(Environment::Python, &told.output, "/p");
            assert_eq!(found[0].class, Class::Syntax, "{}", told.output);
            assert_eq!(found[0].span.map(|span| span.line), Some(7));
        }
    }

    #[test]
    fn of_a_chain_the_exception_is_taken_that_can_be_decided() {
        let chain = format!(
            "{TRACE}\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n  \
             File \"/srv/run.py\", line 9, in start\nRuntimeError: cannot start\n"
        );
        assert_eq!(
            read(&json!({ "exc_info": chain })).expect("one").output,
            PRINTED
        );
    }

    #[test]
    fn files_outside_and_messages_that_pass_for_frames_are_not_taken() {
        let frames = |path: &str| json!([{"file": path, "line": 1}]);
        for path in [
            "/etc/passwd",
            "../run.py",
            "/srv/../run.py",
            "shop",
            "/usr/lib/python3.12/run.py",
            "/x/site-packages/run.py",
            "run.py\u{0}",
            "",
        ] {
            let report = json!({"type": "NameError", "message": "m", "frames": frames(path)});
            let told = read(&report).expect("an exception");
            assert_eq!(told.file, None, "{path}");
        }
        let foreign = json!([{"filename": "run.py", "lineno": 1, "in_app": false}, {"filename": "shop/cart.py", "lineno": 2, "in_app": true}]);
        let told = read(&json!({"type": "ValueError", "value": "a\n  File \"/p/run.py\", line 1\nNameError: name 'x' is not defined", "frames": foreign})).expect("one");
        assert_eq!(
            told.output,
            "Traceback (most recent call last):\n  File \"/p/shop/cart.py\", line 2\nValueError: a\n"
        );
    }

    #[test]
    fn what_is_no_exception_is_said_to_be_none() {
        let folder = project();
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        let no = |bytes: &[u8]| read_exception(bytes, folder.path()).expect_err("none");
        assert!(matches!(no(b""), ExceptionError::NotJson { .. }));
        assert!(matches!(
            no(b"Traceback (most"),
            ExceptionError::NotJson { .. }
        ));
        assert!(matches!(
            no(deep.as_bytes()),
            ExceptionError::NotJson { .. }
        ));
        for text in [
            "{}",
            "[1, null, \"x\"]",
            "{\"type\": \"E\", \"message\": \"m\"}",
            "{\"frames\": [{\"file\": \"run.py\", \"line\": 1}]}",
            "{\"type\": \"E\", \"frames\": [{\"file\": \"run.py\", \"line\": -1}, {\"line\": 1}, 7]}",
        ] {
            assert_eq!(no(text.as_bytes()), ExceptionError::NoException, "{text}");
        }
    }

    #[test]
    fn logs_and_other_encodings_are_read() {
        let folder = project();
        let root = folder.path().canonicalize().expect("there");
        let one = json!({"type": "NameError", "message": "name 'caf\u{e9}' is not defined", "frames": [{"file": "run.py", "line": 3}]}).to_string();
        let log = format!("starting\n{{\"level\": \"info\"}}\n{one}\n{{broken\n");
        let wide = one.encode_utf16().flat_map(u16::to_le_bytes);
        let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(wide).collect();
        let marked = format!("\u{feff}{one}");
        let latin: Vec<u8> = one.replace('\u{e9}', "~").into_bytes();
        let latin: Vec<u8> = latin
            .into_iter()
            .map(|byte| if byte == b'~' { 0xe9 } else { byte })
            .collect();
        for bytes in [log.into_bytes(), wide, marked.into_bytes(), latin] {
            let told = read_exception(&bytes, &root).expect("an exception");
            assert_eq!(told.file.as_deref(), Some(Path::new("run.py")));
        }
    }
}
