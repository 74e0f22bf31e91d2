//! What is known of a commit of a trail: who made it, what it came in with, and the sentence that says why.

use std::collections::{BTreeMap, BTreeSet};

use arc_graph::{MentionKind, MentionSource, NodeKind};
use arc_history::{CommitId, CommitKind, CommitText, GitHistory, Pages, mentions};
use arc_store::{CommitRecord, GraphFile, TicketRecord};
use arc_trail::{
    Bearing, CodeWords, Quote, QuoteSource, Said, Share, Step, StepFacts, find_reason, rank_steps,
};

use super::tracker::{Told, WrittenLine};
use super::{ToldStep, ToldTicket, WhyError};

/// Looks commits up and tells what is known of them.
pub(super) struct Teller<'a> {
    pub(super) graph: &'a GraphFile,
    pub(super) history: &'a GitHistory,
    pub(super) pages: Option<Pages>,
}

impl Teller<'_> {
    pub(super) fn rank(&self, shares: &[Share<CommitId>]) -> Result<Vec<Step<CommitId>>, WhyError> {
        let commits: BTreeSet<CommitId> = shares.iter().map(|share| share.commit).collect();
        let mut facts = BTreeMap::new();
        for commit in commits {
            let known = self.graph.commit(&commit.0)?;
            let kind = known
                .as_ref()
                .and_then(|known| CommitKind::from_number(known.kind));
            let is_deliberate = match kind {
                Some(CommitKind::Normal | CommitKind::Revert | CommitKind::Merge) | None => true,
                Some(
                    CommitKind::Bot | CommitKind::Format | CommitKind::Bump | CommitKind::Release,
                ) => false,
            };
            let order = known.map_or(0, |known| known.position);
            facts.insert(
                commit,
                StepFacts {
                    order,
                    is_deliberate,
                },
            );
        }
        Ok(rank_steps(shares, &|commit| facts[commit]))
    }

    /// Leaves out steps whose commits are older.
    pub(super) fn keep_since(
        &self,
        steps: &mut Vec<Step<CommitId>>,
        since: i64,
    ) -> Result<(), WhyError> {
        let mut kept = Vec::with_capacity(steps.len());
        for step in steps.drain(..) {
            if self.made(&step.commit)?.0 >= since {
                kept.push(step);
            }
        }
        *steps = kept;
        Ok(())
    }

    /// When a commit was made, in seconds since 1970, and by whom.
    pub(super) fn made(&self, commit: &CommitId) -> Result<(i64, String), WhyError> {
        if let Some(known) = self.graph.commit(&commit.0)? {
            return Ok((known.time, known.author));
        }
        let text = self.history.message(commit);
        Ok(text.map_or_else(Default::default, |text| (text.time, text.author.name)))
    }

    /// Tells a step; `lines` are those of the question that its commit wrote, `about` the words of all.
    pub(super) fn tell(
        &self,
        step: &Step<CommitId>,
        lines: &[WrittenLine],
        about: &CodeWords,
    ) -> Result<ToldStep, WhyError> {
        let known = self.graph.commit(&step.commit.0)?;
        let text = self.history.message(&step.commit);
        let pull = self.pull(&step.commit, known.as_ref())?;
        let told = match &pull {
            Some((ticket, _)) => Told::of(self.graph, ticket, lines)?,
            None => Told::default(),
        };
        let merge = pull
            .as_ref()
            .and_then(|(ticket, _)| ticket.said_by)
            .filter(|hash| *hash != step.commit.0)
            .and_then(|hash| self.history.message(&CommitId(hash)));
        let id = step.commit.to_string();
        let quote = self.quote(
            &id,
            text.as_ref(),
            pull.as_ref().map(|(ticket, _)| ticket).zip(merge.as_ref()),
            &told,
            about,
        );
        let issues = self.issues(
            text.as_ref(),
            merge.as_ref(),
            pull.as_ref().map(|(ticket, _)| ticket),
        )?;
        Ok(ToldStep {
            role: step.role,
            lines: step.lines.clone(),
            commit: step.commit,
            time: known.as_ref().map_or_else(
                || text.as_ref().map_or(0, |text| text.time),
                |known| known.time,
            ),
            author: known
                .as_ref()
                .map(|known| known.author.clone())
                .or_else(|| text.as_ref().map(|text| text.author.name.clone()))
                .unwrap_or_default(),
            subject: known
                .as_ref()
                .map(|known| known.subject.clone())
                .or_else(|| text.as_ref().map(|text| text.subject.clone()))
                .unwrap_or_default(),
            kind: known
                .and_then(|known| CommitKind::from_number(known.kind))
                .unwrap_or(CommitKind::Normal),
            url: self.pages.as_ref().map(|pages| pages.commit(&id)),
            pull_request: pull.map(|(ticket, source)| {
                let ticket = told_ticket(self.pages.as_ref(), ticket, true, source);
                ToldTicket {
                    url: ticket.url.or(told.page),
                    ..ticket
                }
            }),
            issues,
            decisions: Vec::new(),
            quote,
        })
    }

    /// The pull request that a commit came in with: the one that the tracker merged as this commit, else what git knows,
    /// else one that the commit was pushed to.
    fn pull(
        &self,
        commit: &CommitId,
        known: Option<&CommitRecord>,
    ) -> Result<Option<(TicketRecord, MentionSource)>, WhyError> {
        let by_git = known.and_then(|known| known.pull.clone());
        let Some((ticket, source, is_merge)) = self.graph.tracked_pull(&commit.0)? else {
            return Ok(by_git);
        };
        let is_same = |(other, _): &(TicketRecord, _)| other.name() == ticket.name();
        Ok(match by_git {
            Some(by_git) if !is_merge || is_same(&by_git) => Some(by_git),
            Some(_) | None => Some((ticket, source)),
        })
    }

    fn quote(
        &self,
        id: &str,
        text: Option<&CommitText>,
        merge: Option<(&TicketRecord, &CommitText)>,
        told: &Told,
        about: &CodeWords,
    ) -> Option<Quote> {
        let mut said = Vec::new();
        if let Some(text) = text {
            said.push(Said {
                bearing: Bearing::Own,
                source: QuoteSource::Commit,
                at: id.to_owned(),
                title: &text.subject,
                body: &text.body,
            });
        }
        if let Some((ticket, merge)) = merge {
            let (title, body) = merge.body.split_once('\n').unwrap_or((&merge.body, ""));
            let title = if ticket.title.as_deref() == Some(title.trim()) {
                title
            } else {
                ""
            };
            let body = if title.is_empty() {
                merge.body.as_str()
            } else {
                body
            };
            said.push(Said {
                bearing: Bearing::Own,
                source: QuoteSource::PullRequest,
                at: ticket.name(),
                title,
                body,
            });
        }
        said.extend(told.said());
        find_reason(&said, Some(about))
    }

    /// Issues that the commit and the merge of its pull request name.
    fn issues(
        &self,
        text: Option<&CommitText>,
        merge: Option<&CommitText>,
        pull: Option<&TicketRecord>,
    ) -> Result<Vec<ToldTicket>, WhyError> {
        let mut named = Vec::new();
        for text in [text, merge].into_iter().flatten() {
            named.extend(mentions(&text.subject, &text.body, text.is_merge).others);
        }
        named.sort_by_key(|mention| mention.kind != MentionKind::Closes);
        let mut issues: Vec<ToldTicket> = Vec::new();
        for mention in named {
            let ticket = &mention.ticket;
            let sign = self
                .pages
                .as_ref()
                .map_or(&*ticket.sign, |pages| pages.own_sign(&ticket.sign));
            let known = self.graph.ticket(sign, ticket.number)?;
            let is_issue = known.as_ref().map_or(!mention.is_pull_request, |known| {
                known.kind == NodeKind::Issue
            });
            let is_own = pull.is_some_and(|pull| pull.sign == sign && pull.number == ticket.number);
            let record = known.unwrap_or_else(|| TicketRecord {
                sign: sign.to_owned(),
                number: ticket.number,
                kind: NodeKind::Issue,
                title: None,
                said_by: None,
            });
            let name = record.name();
            if is_issue && !is_own && !issues.iter().any(|issue| issue.name == name) {
                issues.push(told_ticket(
                    self.pages.as_ref(),
                    record,
                    false,
                    mention.source,
                ));
            }
        }
        let linked = match pull {
            Some(pull) => self.graph.tracked_links(&pull.sign, pull.number)?,
            None => Vec::new(),
        };
        for (ticket, _, source) in linked {
            let is_known = issues.iter().any(|issue| issue.name == ticket.name());
            if ticket.kind == NodeKind::Issue && !is_known {
                issues.push(told_ticket(self.pages.as_ref(), ticket, false, source));
            }
        }
        Ok(issues)
    }
}

/// What is known of a ticket, with its page.
pub(crate) fn told_ticket(
    pages: Option<&Pages>,
    ticket: TicketRecord,
    is_pull_request: bool,
    source: MentionSource,
) -> ToldTicket {
    ToldTicket {
        name: ticket.name(),
        number: ticket.number,
        url: pages.and_then(|pages| pages.ticket(&ticket.sign, ticket.number, is_pull_request)),
        title: ticket.title,
        source,
    }
}
