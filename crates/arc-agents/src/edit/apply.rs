//! Edits applied to texts: every old text stands in its file exactly once, or nothing is done.

use std::collections::BTreeMap;

use super::{Candidate, CandidateFile, EditChange, EditError, FileEdit, Proposal};

/// Files of one change.
const MAX_FILES: usize = 20;
/// Bytes of all new texts.
const MAX_BYTES: usize = 512 << 10;
/// Letters of an old text that an error quotes.
const MAX_QUOTE: usize = 80;

/// Reads a file of the project: its text, `None` when it is not there, or why it may not be changed.
pub(crate) type ReadText<'a> = &'a dyn Fn(&str) -> Result<Option<String>, String>;

/// The files as the edits make them.
pub(crate) fn applied(proposal: &Proposal, read: ReadText<'_>) -> Result<Candidate, EditError> {
    let mut files: BTreeMap<&str, (Option<String>, Option<String>)> = BTreeMap::new();
    for edit in &proposal.edits {
        if !files.contains_key(&*edit.path) {
            let old = read(&edit.path).map_err(|why| EditError::Path {
                path: edit.path.clone(),
                why,
            })?;
            files.insert(&edit.path, (old.clone(), old));
        }
        let (_, text) = files.get_mut(&*edit.path).expect("it was just put there");
        *text = Some(changed(edit, text.as_deref())?);
    }
    let candidate = Candidate {
        summary: proposal
            .summary
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" "),
        files: files
            .into_iter()
            .filter_map(|(path, (old, new))| {
                let path = path.to_owned();
                let new = new.filter(|new| old.as_ref() != Some(new))?;
                Some(CandidateFile { path, old, new })
            })
            .collect(),
    };
    within_bounds(candidate)
}

/// The files as edits make them that are meant for what an earlier change made of them: models mend what they wrote last.
pub(crate) fn applied_over(
    proposal: &Proposal,
    earlier: &Candidate,
    read: ReadText<'_>,
) -> Result<Candidate, EditError> {
    let known = |path: &str| earlier.files.iter().find(|file| file.path == path);
    let over =
        |path: &str| known(path).map_or_else(|| read(path), |file| Ok(Some(file.new.clone())));
    let changed = applied(proposal, &over)?;
    let mut files = earlier.files.clone();
    for file in changed.files {
        match files.iter_mut().find(|known| known.path == file.path) {
            Some(known) => known.new = file.new,
            None => files.push(file),
        }
    }
    files.retain(|file| file.old.as_ref() != Some(&file.new));
    within_bounds(Candidate {
        summary: changed.summary,
        files,
    })
}

fn within_bounds(candidate: Candidate) -> Result<Candidate, EditError> {
    if candidate.files.is_empty() {
        return Err(EditError::NoChange);
    }
    let bytes: usize = candidate.files.iter().map(|file| file.new.len()).sum();
    let why = if candidate.files.len() > MAX_FILES {
        format!(
            "{} files, and {MAX_FILES} are the most",
            candidate.files.len()
        )
    } else if bytes > MAX_BYTES {
        format!("the files have {bytes} bytes, and {MAX_BYTES} are the most")
    } else {
        return Ok(candidate);
    };
    Err(EditError::TooLarge { why })
}

fn changed(edit: &FileEdit, text: Option<&str>) -> Result<String, EditError> {
    let unfit = |why: &str| EditError::Path {
        path: edit.path.clone(),
        why: why.to_owned(),
    };
    match (&edit.change, text) {
        (EditChange::Create { text }, None) => Ok(text.clone()),
        (EditChange::Create { text }, Some("")) => Ok(text.clone()),
        (EditChange::Create { .. }, Some(_)) => Err(unfit(
            "is there already: quote the lines that change as the old text",
        )),
        (EditChange::Replace { .. } | EditChange::Rewrite { .. }, None) => Err(unfit(
            "is not there; a new file is an edit without an old text",
        )),
        (EditChange::Rewrite { text: new }, Some(old)) => Ok(as_in(old, new)),
        (EditChange::Replace { old, new, line }, Some(text)) => {
            replaced(&edit.path, text, (old, new), *line)
        }
    }
}

/// A text with the byte order mark and the line ends of another.
fn as_in(file: &str, text: &str) -> String {
    let (mark, _) = split_mark(file);
    let text = text
        .strip_prefix('\u{feff}')
        .unwrap_or(text)
        .replace("\r\n", "\n");
    let text = if has_returns(file) {
        text.replace('\n', "\r\n")
    } else {
        text
    };
    format!("{mark}{text}")
}

fn split_mark(text: &str) -> (&str, &str) {
    text.split_at(if text.starts_with('\u{feff}') { 3 } else { 0 })
}

/// Whether every line ends as on Windows.
fn has_returns(text: &str) -> bool {
    text.contains('\n') && text.matches('\n').count() == text.matches("\r\n").count()
}

fn replaced(
    path: &str,
    file: &str,
    (old, new): (&str, &str),
    line: Option<u32>,
) -> Result<String, EditError> {
    // Models write plain line ends; in a file that mixes both they are as they are.
    let (old, new) = if has_returns(file) {
        let ends = |text: &str| text.replace("\r\n", "\n").replace('\n', "\r\n");
        (ends(old), ends(new))
    } else {
        (old.to_owned(), new.to_owned())
    };
    let mut places = overlapping(file, &old);
    if let (Some(line), true) = (line, places.len() > 1) {
        let line_of = |at: usize| 1 + file[..at].matches('\n').count();
        let at_line = places.iter().find(|at| line_of(**at) == line as usize);
        places = at_line.map_or(places.clone(), |at| vec![*at]);
    }
    let begin = || old.trim().chars().take(MAX_QUOTE).collect::<String>();
    match *places {
        [at] => Ok(format!("{}{new}{}", &file[..at], &file[at + old.len()..])),
        // The last line of a file may have no end.
        [] if file.ends_with(old.trim_end_matches('\n')) && old.ends_with('\n') => {
            let (old, new) = (old.trim_end_matches('\n'), new.trim_end_matches('\n'));
            replaced(path, file, (old, new), line)
        }
        [] => Err(EditError::NotThere {
            path: path.to_owned(),
            hint: hint(file, &old),
            begin: begin(),
        }),
        _ => Err(EditError::SeveralPlaces {
            path: path.to_owned(),
            begin: begin(),
            count: places.len(),
        }),
    }
}

/// Where a text stands, also when two of the places share letters.
fn overlapping(file: &str, text: &str) -> Vec<usize> {
    let mut places = Vec::new();
    let mut from = 0;
    while let Some(at) = file.get(from..).and_then(|rest| rest.find(text)) {
        places.push(from + at);
        let step = file[from + at..].chars().next().map_or(1, char::len_utf8);
        from += at + step;
    }
    places
}

/// The line that the old text may have meant.
fn hint(file: &str, old: &str) -> String {
    let wanted = old.lines().map(str::trim).find(|line| !line.is_empty());
    let near = wanted.and_then(|wanted| file.lines().position(|line| line.trim() == wanted));
    near.map_or_else(String::new, |line| {
        format!(
            " (line {} begins like it, and goes on in another way)",
            line + 1
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::read_answer;

    fn apply(file: &str, edits: &[(&str, &str)]) -> Result<String, EditError> {
        let edit = |(old, new): &(&str, &str)| FileEdit {
            path: "a.py".to_owned(),
            change: EditChange::Replace {
                old: (*old).to_owned(),
                new: (*new).to_owned(),
                line: None,
            },
        };
        let proposal = Proposal {
            summary: String::new(),
            edits: edits.iter().map(edit).collect(),
        };
        let read = |_: &str| Ok(Some(file.to_owned()));
        applied(&proposal, &read).map(|candidate| candidate.files[0].new.clone())
    }

    #[test]
    fn a_text_that_stands_once_is_replaced_and_others_are_not() {
        assert_eq!(
            apply("a\nb\nc\n", &[("b\n", "B\n"), ("B", "x")]),
            Ok("a\nx\nc\n".to_owned())
        );
        assert!(matches!(
            apply("aaa\n", &[("aa", "b")]),
            Err(EditError::SeveralPlaces { count: 2, .. })
        ));
        assert!(matches!(
            apply("a\n", &[("b", "c")]),
            Err(EditError::NotThere { .. })
        ));
        assert_eq!(apply("a\n", &[("a", "a")]), Err(EditError::NoChange));
        let error = apply("  x = 1\n", &[("x = 1\ny", "z")]).expect_err("it goes on");
        assert!(
            error.to_string().contains("line 1 begins like it"),
            "{error}"
        );
    }

    #[test]
    fn line_ends_and_marks_stay_as_they_are() {
        let file = "\u{feff}a\r\nb\r\n";
        assert_eq!(
            apply(file, &[("a\nb\n", "a\nc\n")]),
            Ok("\u{feff}a\r\nc\r\n".to_owned())
        );
        assert_eq!(as_in(file, "x\ny\n"), "\u{feff}x\r\ny\r\n");
        assert_eq!(apply("a\nb", &[("b\n", "c\n")]), Ok("a\nc".to_owned()));
    }

    #[test]
    fn a_change_is_found_again_in_its_diff() {
        let old = "a\nx\nb\nx\nb\nx\nb\nc\n";
        for new in [
            "a\nx\nb\nx\nB\nx\nb\nc\n",
            "x\nb\nx\nb\nx\nb\nc\nd\n",
            "new\na\nx\nb\nx\nb\nx\nb\nC\n",
        ] {
            let candidate = Candidate {
                summary: String::new(),
                files: vec![CandidateFile {
                    path: "a.py".to_owned(),
                    old: Some(old.to_owned()),
                    new: new.to_owned(),
                }],
            };
            let proposal = read_answer(&candidate.diff(), None).expect("a diff");
            let read = |_: &str| Ok(Some(old.to_owned()));
            assert_eq!(applied(&proposal, &read), Ok(candidate));
        }
    }
}
