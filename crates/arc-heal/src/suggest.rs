//! What rustc proposes in its own words: imports, and slips that it knows the one repair of. Read from what the command printed, so that
//! it costs no further run. Only proposals that say what the author meant are taken; those that make a program compile by changing
//! what it does (`try_into().unwrap()`, a borrow, a clone) are left to a person.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::edits::Edit;
use crate::lines::Lines;

/// How proposals begin that are taken.
const MEANT: &[&str] = &[
    "add `",
    "consider importing",
    "consider removing this semicolon",
    "remove the extra",
    "remove this semicolon",
    "there is a method `",
    "there is an associated",
    "you might have meant to compare",
];
/// What they say somewhere.
const MEANT_WITHIN: &[&str] = &[
    "similar name",
    "perhaps you want to import",
    "similarly named",
];
/// A compiler that knows is likelier right than most slips.
const COST: u32 = 50;
/// What it adds when one of several names is imported alone.
const ALONE: u32 = 40;

/// Ways to import several names that are tried.
const MOST_WHOLES: usize = 8;

/// A line of a proposal.
enum Row<'a> {
    Comes(usize, &'a str),
    Goes(usize),
    Becomes(usize, &'a str),
}

/// The edits of `text`, the file at `path`, that an output proposes.
pub(crate) fn rustc_edits(output: &str, path: &str, text: &str) -> Vec<Edit> {
    let lines = Lines::new(text);
    let mut edits: Vec<Edit> = Vec::new();
    let mut imports: BTreeSet<(usize, String)> = BTreeSet::new();
    for proposal in proposals(output, path) {
        let mut ways = alternatives(&proposal);
        drop_twins(&mut ways, text.contains("no_std"));
        for rows in ways {
            if let Some((line, new)) = imported(&rows) {
                imports.insert((line, new.to_owned()));
            }
            edits.extend(edit(&lines, &rows));
        }
    }
    // Names of several imports are all missing at once: one alone does not compile.
    if imports.len() > 1 {
        for edit in edits.iter_mut().filter(|edit| edit.rule == "import") {
            edit.cost += ALONE;
        }
        let line = imports.iter().map(|(line, _)| *line).min().unwrap_or(0);
        let at = lines.start(line.min(lines.count()));
        let wholes = together(imports.into_iter().map(|(_, new)| new));
        edits.extend((0..).zip(wholes).map(|(step, whole)| Edit {
            range: at..at,
            replacement: whole.iter().map(|new| format!("{new}\n")).collect(),
            cost: COST + step,
            rule: "import",
        }));
    }
    edits
}

/// The import that a proposal adds, if it adds one and nothing else.
fn imported<'a>(rows: &[Row<'a>]) -> Option<(usize, &'a str)> {
    match rows {
        [Row::Comes(line, new)] if new.trim_start().starts_with("use ") => Some((*line, *new)),
        _ => None,
    }
}

/// Takes out imports that are the same as others: what `core` and `alloc` have `std` has too, but for crates that do without it.
fn drop_twins(ways: &mut Vec<Vec<Row<'_>>>, is_bare: bool) {
    let path = |rows: &Vec<Row<'_>>| imported(rows).map(|(_, new)| new.trim().to_owned());
    let all: BTreeSet<String> = ways.iter().filter_map(path).collect();
    let has_twin = |new: &str| {
        let twins: [(&str, &str); 4] = [
            ("use core::", "use std::"),
            ("use alloc::", "use std::"),
            ("use std::", "use core::"),
            ("use std::", "use alloc::"),
        ];
        let unwanted = if is_bare { &twins[2..] } else { &twins[..2] };
        unwanted.iter().any(|(own, other)| {
            let rest = new.strip_prefix(own);
            rest.is_some_and(|rest| all.contains(&format!("{other}{rest}")))
        })
    };
    ways.retain(|rows| path(rows).is_none_or(|new| !has_twin(&new)));
}

/// Imports of several names, each from one place: with the first place of each, and with each other place of one of them.
fn together(imports: impl Iterator<Item = String>) -> Vec<Vec<String>> {
    let mut names: Vec<(String, Vec<String>)> = Vec::new();
    for import in imports {
        let name = import.trim_end_matches(';').rsplit("::").next();
        let name = name.unwrap_or(&import).to_owned();
        match names.iter_mut().find(|(known, _)| *known == name) {
            Some((_, places)) => places.push(import),
            None => names.push((name, vec![import])),
        }
    }
    let first = |(_, places): &(String, Vec<String>)| places[0].clone();
    let mut wholes: Vec<Vec<String>> = vec![names.iter().map(first).collect()];
    for (at, (_, places)) in names.iter().enumerate() {
        for place in places.iter().skip(1) {
            let mut whole = wholes[0].clone();
            whole[at] = place.clone();
            wholes.push(whole);
        }
    }
    wholes.truncate(MOST_WHOLES);
    wholes
}

/// The lines of proposals about the file that say what was meant.
fn proposals<'a>(output: &'a str, path: &str) -> Vec<Vec<&'a str>> {
    let mut found = Vec::new();
    let mut is_error = false;
    let mut is_ours = false;
    let mut lines = output.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with("error") || line.starts_with("warning") {
            is_error = line.starts_with("error");
        }
        if let Some((_, place)) = line.split_once("--> ") {
            is_ours = is_path(place, path);
        }
        let Some(said) = line.trim_start().strip_prefix("help: ") else {
            continue;
        };
        let is_meant = MEANT.iter().any(|start| said.starts_with(start))
            || MEANT_WITHIN.iter().any(|part| said.contains(part));
        if let Some((_, place)) = lines.peek().and_then(|next| next.split_once("--> ")) {
            is_ours = is_path(place, path);
            lines.next();
        }
        let mut rows = Vec::new();
        while let Some(row) = lines.next_if(|row| is_row(row)) {
            rows.push(row);
        }
        if is_error && is_ours && is_meant && !rows.is_empty() {
            found.push(rows);
        }
    }
    found
}

fn is_path(place: &str, path: &str) -> bool {
    place.trim().rsplitn(3, ':').last().is_some_and(|told| {
        let told = told.trim_start_matches("./");
        told == path || path.ends_with(&format!("/{told}")) || told.ends_with(&format!("/{path}"))
    })
}

fn is_row(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('|') || line.starts_with("...") || row(line).is_some()
}

fn row(line: &str) -> Option<Row<'_>> {
    static ROW: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^\s*(\d+) ([|+~-])(?: (.*))?$").expect("the expression is tested")
    });
    let found = ROW.captures(line)?;
    let number: usize = found.get(1)?.as_str().parse().ok()?;
    let line = number.checked_sub(1)?;
    let text = found.get(3).map_or("", |text| text.as_str());
    Some(match found.get(2)?.as_str() {
        "+" => Row::Comes(line, text),
        "-" => Row::Goes(line),
        _ => Row::Becomes(line, text),
    })
}

/// A proposal may be one of several: imports of the same name from different places.
fn alternatives<'a>(rows: &[&'a str]) -> Vec<Vec<Row<'a>>> {
    let rows: Vec<Row<'_>> = rows.iter().filter_map(|line| row(line)).collect();
    let is_list = rows.len() > 1
        && rows
            .iter()
            .all(|row| matches!(row, Row::Comes(_, text) if text.trim_start().starts_with("use ")));
    if is_list {
        rows.into_iter().map(|row| vec![row]).collect()
    } else {
        vec![rows]
    }
}

/// The one stretch of the text that the rows change.
fn edit(lines: &Lines<'_>, rows: &[Row<'_>]) -> Option<Edit> {
    let gone: Vec<usize> = rows
        .iter()
        .filter_map(|row| match row {
            Row::Goes(line) => Some(*line),
            Row::Comes(..) | Row::Becomes(..) => None,
        })
        .collect();
    let mut changed: Option<(Range<usize>, String)> = None;
    for row in rows {
        let (range, new) = match row {
            Row::Comes(line, new) if gone.contains(line) => {
                (whole(lines, *line)?, (*new).to_owned())
            }
            Row::Comes(line, new) if *line <= lines.count() => {
                let at = lines.start(*line);
                (at..at, format!("{new}\n"))
            }
            Row::Becomes(line, new) if lines.text(*line) != *new => {
                (whole(lines, *line)?, (*new).to_owned())
            }
            Row::Goes(_) | Row::Comes(..) | Row::Becomes(..) => continue,
        };
        // What changes lines far apart is more than a slip.
        if changed.replace((range, new)).is_some() {
            return None;
        }
    }
    let (range, new) = changed?;
    let rule = if range.is_empty() {
        "import"
    } else {
        "compiler"
    };
    Some(Edit {
        range,
        replacement: new,
        cost: COST,
        rule,
    })
}

fn whole(lines: &Lines<'_>, line: usize) -> Option<Range<usize>> {
    let start = (line < lines.count()).then(|| lines.start(line))?;
    Some(start..start + lines.text(line).len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(output: &str, text: &str) -> Vec<String> {
        let edits = rustc_edits(output, "src/lib.rs", text);
        edits.iter().map(|edit| edit.apply(text)).collect()
    }

    #[test]
    fn an_import_is_put_where_the_compiler_says() {
        let output = "error[E0425]: cannot find type `Chars` in this scope\n  --> src/lib.rs:2:9\n   |\n2  | fn f(c: Chars) {}\n   |         ^^^^^\n\
                      \nhelp: consider importing this struct\n   |\n 1 + use std::str::Chars;\n   |\n";
        assert_eq!(
            applied(output, "\nfn f(c: Chars) {}\n"),
            ["use std::str::Chars;\n\nfn f(c: Chars) {}\n"]
        );
        assert!(applied(&output.replace("src/lib", "src/other"), "\n").is_empty());
    }

    #[test]
    fn a_name_with_several_places_is_imported_from_one_of_them() {
        let help = |name: &str, rows: &str| {
            format!(
                "error[E0425]: no `{name}`\n --> src/lib.rs:2:9\nhelp: consider importing one of these\n  |\n{rows}  |\n"
            )
        };
        let output = help(
            "Range",
            "1 + use core::ops::Range;\n  |\n1 + use std::map::Range;\n  |\n1 + use std::ops::Range;\n",
        ) + &help("sep", "1 + use std::path::sep;\n");
        let edits = rustc_edits(&output, "src/lib.rs", "fn f() {}\n");
        let wholes: Vec<&str> = edits
            .iter()
            .map(|edit| edit.replacement.as_str())
            .filter(|new| new.lines().count() > 1)
            .collect();
        assert_eq!(
            wholes,
            [
                "use std::map::Range;\nuse std::path::sep;\n",
                "use std::ops::Range;\nuse std::path::sep;\n"
            ]
        );
        assert!(
            edits
                .iter()
                .all(|edit| !edit.replacement.contains("core::"))
        );
    }

    #[test]
    fn several_imports_are_made_together_first() {
        let one = |name: &str| {
            format!(
                "error[E0425]: no `{name}`\n --> src/lib.rs:2:9\nhelp: consider importing this struct\n  |\n1 + use std::{name};\n  |\n"
            )
        };
        let found = applied(&(one("a::A") + &one("b::B")), "f();\n");
        assert!(
            found.contains(&"use std::a::A;\nuse std::b::B;\nf();\n".to_owned()),
            "{found:?}"
        );
    }

    #[test]
    fn a_line_becomes_what_was_meant_and_nothing_else_is_taken() {
        let output = "error[E0308]: mismatched types\n --> src/lib.rs:1:4\n  |\n1 | if j = 1 {\n  |    ^^^^^ expected `bool`, found `()`\n  |\n\
                      help: you might have meant to compare for equality\n  |\n1 | if j == 1 {\n  |       +\n";
        assert_eq!(applied(output, "if j = 1 {\n"), ["if j == 1 {\n"]);
        let other = output.replace(
            "you might have meant to compare for equality",
            "you can convert it",
        );
        assert!(applied(&other, "if j = 1 {\n").is_empty());
        let swapped = "error: x\n --> src/lib.rs:1:4\nhelp: there is a method `trim` with a similar name\n  |\n1 - a.trm()\n1 + a.trim()\n  |\n";
        assert_eq!(applied(swapped, "a.trm()\n"), ["a.trim()\n"]);
    }
}
