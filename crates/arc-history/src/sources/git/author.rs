//! Who would write the next commit.

use super::GitHistory;

impl GitHistory {
    /// The address that the next commit would carry, as git's settings have it; `None` when they do not say. It is asked for a
    /// change that is not committed yet: here alone the settings of the user count, because the question is about the user.
    #[must_use]
    pub fn next_author_email(&self) -> Option<String> {
        // Settings that cannot be read leave the author unknown.
        let repository = gix::open(self.repository.path()).ok()?;
        let email = repository.config_snapshot().string("user.email")?;
        Some(email.to_string())
    }
}
