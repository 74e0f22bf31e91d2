//! Which repository on which GitHub a project belongs to, and the address to ask there.

use std::path::Path;

use arc_history::GitHistory;

/// The server of everybody.
const PUBLIC: &str = "github.com";
const PUBLIC_API: &str = "https://api.github.com";

/// Where the tickets of a project are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitHubPlace {
    /// The address of the GraphQL API.
    pub endpoint: String,
    /// The server, as `gh` names it.
    pub host: String,
    /// `owner/name`.
    pub repository: String,
    /// The remote it was read from; `None` when it was given.
    pub remote: Option<String>,
    /// The address was given, not worked out from the remote: whoever gave it meant the token for it.
    pub is_given: bool,
}

impl GitHubPlace {
    /// The page of the repository.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("https://{}/{}", self.host, self.repository)
    }

    /// Whether a token without a server's name on it is meant for this one.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.is_given || self.host == PUBLIC || self.host.ends_with(".ghe.com")
    }
}

/// There is no such place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// The project has no remote that names a repository on a server.
    #[error("no remote of this project names a repository on GitHub")]
    NoRemote,
    /// The remote is on another service.
    #[error("the remote {remote} is {host}/{repository}, which is not on GitHub")]
    NotGitHub {
        /// The remote.
        remote: String,
        /// Its server.
        host: String,
        /// What it names there.
        repository: String,
    },
    /// What was given is no name of a repository.
    #[error("`{text}` is no repository: write OWNER/NAME, or HOST/OWNER/NAME")]
    BadName {
        /// What was given.
        text: String,
    },
}

/// The place of the project at `root`: `repository` when it is given (`owner/name`, or with a host before), else what the
/// remote `upstream` names, else `origin`, else the first remote that names any. The addresses are those of the environment.
///
/// # Errors
/// When there is none.
pub fn find_github(
    root: &Path,
    repository: Option<&str>,
    api_url: Option<&str>,
    graphql_url: Option<&str>,
) -> Result<GitHubPlace, PlaceError> {
    let hosted = GitHistory::open(root)
        .ok()
        .and_then(|history| history.hosted());
    let given = graphql_url
        .map(str::to_owned)
        .or_else(|| api_url.map(graphql_of));
    let (host, repository, remote) = match (repository, hosted) {
        (Some(text), hosted) => {
            let (host, repository) = named(text)?;
            let own = hosted
                .filter(|hosted| hosted.may_be_github)
                .map(|hosted| hosted.host);
            (
                host.or(own).unwrap_or_else(|| PUBLIC.to_owned()),
                repository,
                None,
            )
        }
        (None, Some(hosted)) if hosted.may_be_github && is_pair(&hosted.repository) => {
            (hosted.host, hosted.repository, Some(hosted.remote))
        }
        (None, Some(hosted)) => {
            return Err(PlaceError::NotGitHub {
                remote: hosted.remote,
                host: hosted.host,
                repository: hosted.repository,
            });
        }
        (None, None) => return Err(PlaceError::NoRemote),
    };
    // Runners set the address of everybody's GitHub for all repositories; it says nothing of one that is elsewhere.
    let given = given.filter(|given| host == PUBLIC || !given.starts_with(PUBLIC_API));
    Ok(GitHubPlace {
        is_given: given.is_some(),
        endpoint: given.unwrap_or_else(|| endpoint_of(&host)),
        host,
        repository,
        remote,
    })
}

/// `owner/name`, with or without a host.
fn named(text: &str) -> Result<(Option<String>, String), PlaceError> {
    let bad = || PlaceError::BadName {
        text: text.to_owned(),
    };
    let pair = match text.split('/').count() {
        2 => (None, text),
        3 => text
            .split_once('/')
            .map(|(host, rest)| (Some(host), rest))
            .ok_or_else(bad)?,
        _ => return Err(bad()),
    };
    let is_host = |host: &str| {
        host.contains('.')
            && host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
    };
    if !is_pair(pair.1) || !pair.0.is_none_or(is_host) {
        return Err(bad());
    }
    Ok((pair.0.map(str::to_owned), pair.1.to_owned()))
}

fn is_pair(text: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    text.split_once('/')
        .is_some_and(|(owner, name)| is_name(owner) && is_name(name))
}

/// The GraphQL address beside the one of the REST API.
fn graphql_of(api: &str) -> String {
    let api = api.trim_end_matches('/');
    let base = api.strip_suffix("/v3").unwrap_or(api);
    format!("{base}/graphql")
}

fn endpoint_of(host: &str) -> String {
    if host == PUBLIC {
        format!("{PUBLIC_API}/graphql")
    } else if host.ends_with(".ghe.com") {
        format!("https://api.{host}/graphql")
    } else {
        format!("https://{host}/api/graphql")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_an_owner_and_perhaps_a_host() {
        assert_eq!(named("a/b").unwrap(), (None, "a/b".to_owned()));
        let with_host = named("git.example.org/a/b").unwrap();
        assert_eq!(
            with_host,
            (Some("git.example.org".to_owned()), "a/b".to_owned())
        );
        for bad in [
            "",
            "a",
            "a/",
            "/b",
            "a/b/c",
            "a/b c",
            "x.y/a/b/c",
            "https://github.com/a/b",
            "a/b\n",
        ] {
            assert!(named(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_github_has_its_address() {
        assert_eq!(endpoint_of("github.com"), "https://api.github.com/graphql");
        assert_eq!(
            endpoint_of("acme.ghe.com"),
            "https://api.acme.ghe.com/graphql"
        );
        assert_eq!(
            endpoint_of("git.example.org"),
            "https://git.example.org/api/graphql"
        );
        assert_eq!(
            graphql_of("https://api.github.com/"),
            "https://api.github.com/graphql"
        );
        assert_eq!(
            graphql_of("https://git.example.org/api/v3"),
            "https://git.example.org/api/graphql"
        );
    }
}
