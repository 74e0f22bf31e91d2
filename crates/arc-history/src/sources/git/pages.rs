//! Where the pages of a repository are, by its remotes.

use super::GitHistory;

/// The pages of a repository on the service that hosts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pages {
    /// `https://host/owner/name`.
    base: String,
    service: Service,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    GitHub,
    GitLab,
    Bitbucket,
}

impl Pages {
    /// The page of a commit.
    #[must_use]
    pub fn commit(&self, id: &str) -> String {
        match self.service {
            Service::GitHub => format!("{}/commit/{id}", self.base),
            Service::GitLab => format!("{}/-/commit/{id}", self.base),
            Service::Bitbucket => format!("{}/commits/{id}", self.base),
        }
    }

    /// The page of a pull request or an issue; `None` when the sign is not one of the service.
    #[must_use]
    pub fn ticket(&self, sign: &str, number: u32, is_pull_request: bool) -> Option<String> {
        let base = &self.base;
        match (self.service, sign, is_pull_request) {
            (Service::GitHub, "#", true) => Some(format!("{base}/pull/{number}")),
            (Service::GitHub | Service::Bitbucket, "#", false) => {
                Some(format!("{base}/issues/{number}"))
            }
            (Service::GitLab, "#", false) => Some(format!("{base}/-/issues/{number}")),
            (Service::GitLab, "!", _) => Some(format!("{base}/-/merge_requests/{number}")),
            (Service::Bitbucket, "#", true) => Some(format!("{base}/pull-requests/{number}")),
            _ => None,
        }
    }

    /// The sign of a ticket as it is written inside this project: `#` for `owner/name#`.
    #[must_use]
    pub fn own_sign<'a>(&self, sign: &'a str) -> &'a str {
        let own = sign.len() - sign.trim_end_matches(['#', '!']).len();
        let (project, mark) = sign.split_at(sign.len() - own);
        let is_own = self.base.splitn(4, '/').nth(3) == Some(project);
        if is_own { mark } else { sign }
    }

    /// The pages of the repository that `url` clones. Names and passwords in it are dropped.
    fn of_url(url: &str) -> Option<Pages> {
        let rest = match url.split_once("://") {
            Some(("https" | "http" | "ssh" | "git", rest)) => rest.to_owned(),
            Some(_) => return None,
            None => url
                .split_once(':')
                .map(|(host, path)| format!("{host}/{path}"))?,
        };
        let (host, path) = rest.split_once('/')?;
        let host = host.rsplit('@').next()?;
        let host = host.split(':').next()?;
        let path = path.trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        let is_name =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
        if !host.contains('.')
            || !path.contains('/')
            || !host.bytes().chain(path.bytes()).all(is_name)
        {
            return None;
        }
        let service = if host.contains("gitlab") {
            Service::GitLab
        } else if host.contains("bitbucket") {
            Service::Bitbucket
        } else {
            Service::GitHub
        };
        Some(Pages {
            base: format!("https://{host}/{path}"),
            service,
        })
    }
}

/// A remote of a repository, and what it names on the service that hosts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosted {
    /// The name of the remote.
    pub remote: String,
    /// The server.
    pub host: String,
    /// `owner/name`.
    pub repository: String,
    /// The server may be a GitHub: it does not call itself something else.
    pub may_be_github: bool,
}

impl GitHistory {
    /// The pages of this repository: those of the remote `upstream`, else `origin`, else the first by name that has any.
    #[must_use]
    pub fn pages(&self) -> Option<Pages> {
        Some(self.hosted_pages()?.1)
    }

    /// Where this repository is hosted, by the same remote as [`GitHistory::pages`].
    #[must_use]
    pub fn hosted(&self) -> Option<Hosted> {
        let (remote, pages) = self.hosted_pages()?;
        let (host, repository) = pages.base.strip_prefix("https://")?.split_once('/')?;
        Some(Hosted {
            remote,
            host: host.to_owned(),
            repository: repository.to_owned(),
            may_be_github: pages.service == Service::GitHub,
        })
    }

    fn hosted_pages(&self) -> Option<(String, Pages)> {
        let config = self.repository.config_snapshot();
        let mut names: Vec<String> = self
            .repository
            .remote_names()
            .iter()
            .map(|name| name.to_string())
            .collect();
        names.sort_by_key(|name| (name != "upstream", name != "origin", name.clone()));
        names.into_iter().find_map(|name| {
            let key = format!("remote.{name}.url");
            let pages = Pages::of_url(&config.string(key.as_str())?.to_string())?;
            Some((name, pages))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, expected: Option<&str>) {
        let pages = Pages::of_url(url);
        assert_eq!(
            pages.as_ref().map(|pages| pages.base.as_str()),
            expected,
            "{url}"
        );
    }

    #[test]
    fn remotes_lead_to_pages_and_tell_no_secrets() {
        check(
            "https://user:secret@github.com/a/b.git",
            Some("https://github.com/a/b"),
        );
        check("git@github.com:a/b.git", Some("https://github.com/a/b"));
        check(
            "ssh://git@gitlab.example.org:22/g/s/p",
            Some("https://gitlab.example.org/g/s/p"),
        );
        check("/home/me/repo", None);
        check("file:///tmp/repo", None);
        check("https://github.com/a/b\u{1b}[31m", None);
        check("../other", None);
    }

    #[test]
    fn services_have_their_own_pages() {
        let pages = Pages::of_url("https://gitlab.com/a/b").unwrap();
        assert_eq!(
            pages.ticket("!", 3, true).unwrap(),
            "https://gitlab.com/a/b/-/merge_requests/3"
        );
        assert_eq!(pages.ticket("ABC-", 3, false), None);
        assert_eq!(pages.own_sign("a/b#"), "#");
        assert_eq!(pages.own_sign("b#"), "b#");
        assert_eq!(pages.own_sign("x/a/b!"), "x/a/b!");
        assert_eq!(pages.own_sign("ABC-"), "ABC-");
        assert_eq!(pages.commit("00"), "https://gitlab.com/a/b/-/commit/00");
    }
}
