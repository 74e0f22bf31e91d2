//! What GitHub is asked, in its GraphQL.

/// A list of a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GitHubList {
    /// Its pull requests.
    PullRequests,
    /// Its issues.
    Issues,
}

impl GitHubList {
    /// Both, in the order in which they are read.
    pub const ALL: [GitHubList; 2] = [GitHubList::PullRequests, GitHubList::Issues];

    /// The name kept in the graph.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            GitHubList::PullRequests => "pull_requests",
            GitHubList::Issues => "issues",
        }
    }
}

/// What a ticket has so many of that they come in pages of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Files,
    Commits,
    Closing,
    References,
    Comments,
    Reviews,
    Threads,
    /// Comments of one thread of a review.
    Replies,
}

impl Part {
    const ALL: [Part; 8] = [
        Part::Files,
        Part::Commits,
        Part::Closing,
        Part::References,
        Part::Comments,
        Part::Reviews,
        Part::Threads,
        Part::Replies,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Part::Files => "files",
            Part::Commits => "commits",
            Part::Closing => "closing",
            Part::References => "references",
            Part::Comments => "comments",
            Part::Reviews => "reviews",
            Part::Threads => "threads",
            Part::Replies => "replies",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Part> {
        Part::ALL.into_iter().find(|part| part.as_str() == name)
    }

    /// The connection with `arguments`, and what is read of each of its items.
    fn selection(self, arguments: &str) -> String {
        match self {
            Part::Files => format!("files({arguments}){{pageInfo{{...P}} nodes{{path}}}}"),
            Part::Commits => format!(
                "commits({arguments}){{pageInfo{{...P}} nodes{{commit{{oid author{{email user{{login}}}}}}}}}}"
            ),
            Part::Closing => format!(
                "closingIssuesReferences({arguments}){{pageInfo{{...P}} nodes{{number repository{{nameWithOwner}}}}}}"
            ),
            Part::References => format!(
                "timelineItems({arguments},itemTypes:[CROSS_REFERENCED_EVENT]){{pageInfo{{...P}} \
                 nodes{{...on CrossReferencedEvent{{isCrossRepository willCloseTarget \
                 source{{__typename ...on PullRequest{{number}} ...on Issue{{number}}}}}}}}}}"
            ),
            Part::Comments => format!(
                "comments({arguments}){{pageInfo{{...P}} nodes{{url body createdAt author{{...A}}}}}}"
            ),
            Part::Reviews => format!(
                "reviews({arguments}){{pageInfo{{...P}} nodes{{url body state submittedAt author{{...A}}}}}}"
            ),
            Part::Threads => format!(
                "reviewThreads({arguments}){{pageInfo{{...P}} nodes{{id path line originalLine diffSide {}}}}}",
                Part::Replies.selection("first:$few")
            ),
            Part::Replies => format!(
                "comments({arguments}){{pageInfo{{...P}} nodes{{url body createdAt diffHunk author{{...A}}}}}}"
            ),
        }
    }
}

const FRAGMENTS: &str =
    "fragment P on PageInfo{hasNextPage endCursor} fragment A on Actor{__typename login}";

/// The query of a page of a list. Its variables are `owner`, `name`, `after`, `first`, `many`, and for some `few`.
pub(crate) fn list_query(list: GitHubList) -> String {
    let parts = |parts: &[Part], size: &str| -> String {
        parts
            .iter()
            .map(|part| part.selection(&format!("first:{size}")) + " ")
            .collect()
    };
    // A variable that is declared and not used is an error.
    let few = match list {
        GitHubList::PullRequests => ",$few:Int!",
        GitHubList::Issues => "",
    };
    let (connection, own) = match list {
        GitHubList::PullRequests => {
            let many = [
                Part::Files,
                Part::Commits,
                Part::Closing,
                Part::References,
                Part::Comments,
                Part::Reviews,
            ];
            let own = format!(
                "state mergeCommit{{oid}} {}{}",
                parts(&many, "$many"),
                parts(&[Part::Threads], "$few")
            );
            ("pullRequests", own)
        }
        GitHubList::Issues => {
            let own = parts(&[Part::References, Part::Comments], "$many");
            ("issues", format!("state {own}"))
        }
    };
    format!(
        "query($owner:String!,$name:String!,$after:String,$first:Int!,$many:Int!{few}){{\
         rateLimit{{cost remaining resetAt}} \
         repository(owner:$owner,name:$name){{nameWithOwner isFork parent{{nameWithOwner}} \
         page:{connection}(first:$first,after:$after,orderBy:{{field:UPDATED_AT,direction:ASC}}){{\
         pageInfo{{...P}} nodes{{id number title body url createdAt updatedAt closedAt author{{...A}} \
         labels(first:100){{nodes{{name}}}} {own}}}}}}}}} {FRAGMENTS}"
    )
}

/// The query of what is left of a part. Its variables are `id`, `after`, `many`, and for some `few`.
pub(crate) fn part_query(part: Part) -> String {
    let mut selection = part.selection("first:$many,after:$after");
    if part == Part::Replies {
        selection = format!("id path line originalLine diffSide {selection}");
    }
    let (few, owners): (&str, &[&str]) = match part {
        Part::Files | Part::Commits | Part::Closing | Part::Reviews => ("", &["PullRequest"]),
        Part::Threads => (",$few:Int!", &["PullRequest"]),
        Part::References | Part::Comments => ("", &["PullRequest", "Issue"]),
        Part::Replies => ("", &["PullRequestReviewThread"]),
    };
    let selections: String = owners
        .iter()
        .map(|owner| format!("...on {owner}{{{selection}}} "))
        .collect();
    format!(
        "query($id:ID!,$after:String,$many:Int!{few}){{rateLimit{{cost remaining resetAt}} \
         node(id:$id){{{selections}}}}} {}",
        fragments_of(&selections)
    )
}

/// The fragments that a query uses; one that is not used is an error.
fn fragments_of(selections: &str) -> &'static str {
    if selections.contains("...A}") {
        FRAGMENTS
    } else {
        FRAGMENTS
            .split_once(" fragment A")
            .map_or(FRAGMENTS, |(first, _)| first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_use_what_they_declare() {
        let lists = GitHubList::ALL.map(list_query);
        let parts = Part::ALL.map(part_query);
        for query in lists.into_iter().chain(parts) {
            let (declared, rest) = query.split_once("){").unwrap();
            for variable in declared.split('$').skip(1) {
                let name = variable.split(':').next().unwrap();
                assert!(rest.contains(&format!("${name}")), "{name} in {query}");
            }
            for fragment in rest.split("fragment ").skip(1) {
                let name = &fragment[..1];
                assert!(rest.contains(&format!("...{name}}}")), "{name} in {query}");
            }
            let open = query.matches('{').count();
            assert_eq!(open, query.matches('}').count(), "{query}");
        }
    }

    #[test]
    fn parts_are_known_by_their_names() {
        for part in Part::ALL {
            assert_eq!(Part::from_name(part.as_str()), Some(part));
        }
    }
}
