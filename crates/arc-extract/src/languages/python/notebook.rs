//! Jupyter notebooks: the code cells of the JSON, in order, as one module.

use serde_json::Value;

/// The code of a notebook, and for each of its lines the line in the notebook file.
pub(super) struct Notebook {
    /// Python source, one line per line of code.
    pub(super) code: String,
    /// Lines of the notebook file, from 1.
    pub(super) lines: Vec<u32>,
}

/// Reads a notebook; the error is for people.
pub(super) fn read(text: &str) -> Result<Notebook, String> {
    let value: Value =
        serde_json::from_str(text).map_err(|error| format!("not a notebook: {error}"))?;
    let mut notebook = Notebook {
        code: String::new(),
        lines: Vec::new(),
    };
    let mut place = Place {
        text,
        at: 0,
        line: 1,
        lost: false,
    };
    let cells = value.get("cells").and_then(Value::as_array);
    for cell in cells.into_iter().flatten() {
        let is_code = cell.get("cell_type").and_then(Value::as_str) == Some("code");
        let source = match cell.get("source").or_else(|| cell.get("input")) {
            Some(Value::Array(parts)) => parts.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(source)) => vec![source.as_str()],
            _ => Vec::new(),
        };
        let is_python = is_code && !source.first().is_some_and(|first| first.starts_with("%%"));
        for part in source {
            let line = place.line_of(part);
            if is_python {
                for code in part.lines() {
                    notebook.code.push_str(&without_magic(code));
                    notebook.code.push('\n');
                    notebook.lines.push(line);
                }
            }
        }
    }
    Ok(notebook)
}

/// Shell commands and magics are no Python; a `pass` keeps the block around them whole.
fn without_magic(line: &str) -> String {
    let code = line.trim_start();
    if code.starts_with(['%', '!', '?']) {
        let indent = &line[..line.len() - code.len()];
        format!("{indent}pass")
    } else {
        line.to_owned()
    }
}

/// A place in the notebook's text that moves forward from cell to cell.
struct Place<'t> {
    text: &'t str,
    at: usize,
    line: u32,
    /// A part was not found: it is written with other escapes than ours, and searching on would be slow and wrong.
    lost: bool,
}

impl Place<'_> {
    /// The line on which a part of a cell's source is written.
    fn line_of(&mut self, part: &str) -> u32 {
        if self.lost {
            return self.line;
        }
        let written = Value::from(part).to_string();
        match self.text[self.at..].find(&written) {
            Some(distance) => {
                let found = self.at + distance;
                let passed = &self.text.as_bytes()[self.at..found];
                self.line += passed.iter().filter(|byte| **byte == b'\n').count() as u32;
                self.at = found + written.len();
            }
            None => self.lost = true,
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_cells_become_one_module_with_the_lines_of_the_file() {
        let text = "{\n \"cells\": [\n  {\"cell_type\": \"markdown\", \"source\": [\"# x\\n\"]},\n  {\"cell_type\": \"code\",\n   \"source\": [\n    \"import a\\n\",\n    \"%matplotlib inline\\n\",\n    \"a.f()\"]}\n ]\n}";
        let notebook = read(text).expect("valid");
        assert_eq!(notebook.code, "import a\npass\na.f()\n");
        assert_eq!(notebook.lines, [6, 7, 8]);
        assert!(read("{").is_err());
        assert!(read("[]").expect("empty").code.is_empty());
    }
}
