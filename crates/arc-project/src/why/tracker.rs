//! What the tracker of a project knows about the pull request of a commit: texts to be quoted, and what it settles.

use arc_graph::{MentionKind, NodeKind, Remark, RemarkKind};
use arc_store::{GraphFile, StoreError, TicketRecord};
use arc_trail::{Bearing, QuoteSource, Said};

/// Issues whose texts are read for one pull request.
const MAX_ISSUES: usize = 5;

/// A line that a commit wrote: what a review may have spoken of.
pub(super) struct WrittenLine {
    /// The file, by its name in the commit.
    pub(super) path: String,
    /// Its number there.
    pub(super) line: u32,
    /// Its text.
    pub(super) text: String,
}

/// A text with where it is found.
struct Text {
    bearing: Bearing,
    source: QuoteSource,
    at: String,
    title: String,
    body: String,
}

/// What the tracker has to say.
#[derive(Default)]
pub(super) struct Told {
    texts: Vec<Text>,
    /// Its page.
    pub(super) page: Option<String>,
}

impl Told {
    /// What was said of a pull request that wrote these lines, and of the issues that it settles.
    pub(super) fn of(
        graph: &GraphFile,
        pull: &TicketRecord,
        lines: &[WrittenLine],
    ) -> Result<Told, StoreError> {
        let mut told = Told::default();
        let Some(tracked) = graph.tracked(&pull.sign, pull.number)? else {
            return Ok(told);
        };
        told.page = tracked.url;
        let name = pull.name();
        told.texts.push(Text {
            bearing: Bearing::Own,
            source: QuoteSource::PullRequest,
            at: name.clone(),
            title: tracked.title,
            body: tracked.body,
        });
        for remark in graph.remarks(&pull.sign, pull.number)? {
            let is_program = remark
                .author
                .as_deref()
                .is_some_and(|author| author.ends_with("[bot]"));
            if is_program || remark.body.is_empty() {
                continue;
            }
            told.texts.push(Text {
                bearing: bearing(&remark, lines),
                source: match remark.kind {
                    RemarkKind::Comment => QuoteSource::PullRequest,
                    RemarkKind::Review | RemarkKind::LineComment => QuoteSource::Review,
                },
                at: remark.url.unwrap_or_else(|| name.clone()),
                title: String::new(),
                body: remark.body,
            });
        }
        let links = graph.tracked_links(&pull.sign, pull.number)?;
        let closed = links.into_iter().filter(|(ticket, kind, _)| {
            ticket.kind == NodeKind::Issue && *kind == MentionKind::Closes
        });
        for (issue, ..) in closed.take(MAX_ISSUES) {
            if let Some(tracked) = graph.tracked(&issue.sign, issue.number)? {
                told.texts.push(Text {
                    bearing: Bearing::Problem,
                    source: QuoteSource::Issue,
                    at: issue.name(),
                    title: tracked.title,
                    body: tracked.body,
                });
            }
        }
        Ok(told)
    }

    /// The texts, to find a reason in.
    pub(super) fn said(&self) -> impl Iterator<Item = Said<'_>> {
        self.texts.iter().map(|text| Said {
            bearing: text.bearing,
            source: text.source,
            at: text.at.clone(),
            title: &text.title,
            body: &text.body,
        })
    }
}

/// How close a remark is to some lines: it is on one of them, or on a line that reads the same in the same file.
fn bearing(remark: &Remark, lines: &[WrittenLine]) -> Bearing {
    let Some(path) = &remark.path else {
        return Bearing::Whole;
    };
    let in_file = || lines.iter().filter(|line| line.path == *path);
    let is_on = in_file().any(|line| match &remark.code {
        Some(code) => code.trim() == line.text.trim() && !code.trim().is_empty(),
        None => remark.line == Some(line.line),
    });
    if is_on {
        Bearing::Lines
    } else if in_file().next().is_some() {
        Bearing::File
    } else {
        Bearing::Whole
    }
}
