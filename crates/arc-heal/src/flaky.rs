//! Failures that pass by themselves: a network that is slow or away, a command that fails now and then. They are run again with pauses that
//! double, and whatever comes of it, nothing is edited.

use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use regex::Regex;
use serde_json::json;

use crate::HealError;
use crate::child::Finished;
use crate::diagnostic::{Class, Diagnostic};
use crate::log::Event;
use crate::manual::line_of;
use crate::report::{Flaky, HealResult};
use crate::session::Session;

/// The first pause.
const PAUSE: Duration = Duration::from_secs(1);

/// What programs print when something outside of them did not answer.
struct Sign {
    class: Class,
    /// Without a network it cannot be otherwise.
    is_far: bool,
    pattern: &'static str,
}

const SIGNS: &[Sign] = &[
    Sign {
        class: Class::Network,
        is_far: true,
        pattern: r"(?i)temporary failure in name resolution|name or service not known|could not resolve host|nodename nor servname|\bENOTFOUND\b|\bEAI_AGAIN\b|network is unreachable|\bENETUNREACH\b|no route to host|\bEHOSTUNREACH\b|dial tcp: lookup |failed to lookup address information|server misbehaving",
    },
    Sign {
        class: Class::Network,
        is_far: false,
        pattern: r"(?i)connection (?:was )?(?:refused|reset|aborted|closed) ?by|connection refused|connection reset|\bECONNREFUSED\b|\bECONNRESET\b|\bECONNABORTED\b|\bEPIPE\b|remote end closed connection|socket hang up|tls handshake (?:timeout|failure|eof)|unexpected eof while reading|\b(?:502 bad gateway|503 service unavailable|504 gateway time-?out|429 too many requests)\b|max retries exceeded with url",
    },
    Sign {
        class: Class::Timeout,
        is_far: false,
        pattern: r"(?i)\bETIMEDOUT\b|\bESOCKETTIMEDOUT\b|connection timed out|i/o timeout|operation timed out|read timed out|connecttimeout|readtimeout|context deadline exceeded|^(?:socket\.timeout|TimeoutError|asyncio\.exceptions\.TimeoutError)\b",
    },
];

static COMPILED: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let multi = |sign: &Sign| Regex::new(&format!("(?m){}", sign.pattern));
    SIGNS
        .iter()
        .map(|sign| multi(sign).expect("a test compiles all of them"))
        .collect()
});

/// Why a failure may pass by itself.
pub(crate) struct Passing {
    class: Class,
    is_far: bool,
    /// The line that says it.
    said: String,
}

/// Whether a tool says what is wrong with the program itself.
pub(crate) fn is_of_program(diagnostic: &Diagnostic) -> bool {
    matches!(
        diagnostic.class,
        Class::Syntax
            | Class::Import
            | Class::Dependency
            | Class::Name
            | Class::Attribute
            | Class::Command
            | Class::Logic
    )
}

/// Whether a failure is one of what lies outside of the program. Nothing that is said of the program itself speaks for that.
pub(crate) fn passing(before: &Finished, diagnostics: &[Diagnostic]) -> Option<Passing> {
    if before.timed_out {
        return Some(Passing {
            class: Class::Timeout,
            is_far: false,
            said: "the command took too long".to_owned(),
        });
    }
    if diagnostics.iter().any(is_of_program) {
        return None;
    }
    let output = before.text();
    SIGNS
        .iter()
        .zip(COMPILED.iter())
        .find_map(|(sign, pattern)| {
            let found = pattern.find(&output)?;
            Some(Passing {
                class: sign.class,
                is_far: sign.is_far,
                said: line_of(&output, found.start()),
            })
        })
}

impl Session<'_> {
    /// Runs the command again until it succeeds or the runs are used up.
    pub(crate) fn try_again(
        &mut self,
        before: &Finished,
        passing: &Passing,
    ) -> Result<(), HealError> {
        if let Some(error) = &mut self.report.error {
            error.class = passing.class;
            error.message.clone_from(&passing.said);
        }
        if passing.is_far && !self.reaches_network() {
            self.report.message = format!(
                "the command needs the network, and the sandbox gives it none; `--net HOST` or `--net host` does ({})",
                passing.said
            );
            return self.give_up();
        }
        // What took all of its time once is to take it once more at most.
        let most = match before.timed_out {
            true => self.options.retries.min(1),
            false => self.options.retries,
        };
        let mut pause = PAUSE;
        let mut runs = 1;
        while runs <= most {
            thread::sleep(pause);
            pause *= 2;
            runs += 1;
            let finished = self.run_unchanged()?;
            if finished.is_success() {
                return self.is_flaky(passing.class, (runs, runs - 1), &passing.said);
            }
        }
        self.report.flaky = Some(Flaky {
            class: passing.class,
            runs,
            failed: runs,
        });
        self.report.message = format!(
            "{}, and it failed {runs} of {runs} times; nothing in the file is known to be wrong, and nothing was edited",
            passing.said
        );
        self.give_up()
    }

    /// Whether the command fails as surely as a proof needs it; else the session ends here, since a repair proves nothing then.
    pub(crate) fn still_fails(&mut self) -> Result<bool, HealError> {
        if !self.run_unchanged()?.is_success() {
            return Ok(true);
        }
        let said = "the command fails now and then";
        self.is_flaky(Class::Unknown, (2, 1), said)?;
        Ok(false)
    }

    /// Ends the session: the command succeeds as it is, now and then.
    fn is_flaky(
        &mut self,
        class: Class,
        (runs, failed): (u32, u32),
        said: &str,
    ) -> Result<(), HealError> {
        self.report.flaky = Some(Flaky {
            class,
            runs,
            failed,
        });
        self.report.result = HealResult::NothingToHeal;
        self.report.message = format!(
            "flaky: {failed} of {runs} runs failed and the last succeeded as everything is; nothing was edited ({said})"
        );
        if self.options.dry_run {
            return Ok(());
        }
        let [error, analysis] = self.analysis();
        self.tell(&[
            error,
            analysis,
            (
                Event::HealingComplete,
                json!({"result": "flaky", "runs": runs, "failed": failed}),
            ),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::detect;
    use crate::diagnostic::Environment;

    fn class_of(output: &str) -> Option<Class> {
        let before = Finished {
            code: Some(1),
            stderr: output.as_bytes().to_vec(),
            ..Finished::default()
        };
        let diagnostics = detect(Environment::Python, output, "/p");
        passing(&before, &diagnostics).map(|passing| passing.class)
    }

    #[test]
    fn what_lies_outside_is_told_from_what_is_wrong_inside() {
        for (output, class) in [
            (
                "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='x', port=443): Max retries exceeded with url: / (Caused by ...)",
                Some(Class::Network),
            ),
            (
                "curl: (6) Could not resolve host: example.org",
                Some(Class::Network),
            ),
            (
                "Error: connect ECONNREFUSED 127.0.0.1:5432",
                Some(Class::Network),
            ),
            (
                "npm error code ETIMEDOUT\nnpm error errno ETIMEDOUT",
                Some(Class::Timeout),
            ),
            (
                "Get \"https://x/\": dial tcp 10.0.0.1:443: i/o timeout",
                Some(Class::Timeout),
            ),
            ("TimeoutError: timed out", Some(Class::Timeout)),
            (
                "ConnectionResetError: [Errno 104] Connection reset by peer",
                Some(Class::Network),
            ),
            ("ValueError: the timeout is negative", None),
            (
                "NameError: name 'conect' is not defined\nlog: Connection refused",
                None,
            ),
            (
                "AssertionError: Connection refused is not what was expected",
                None,
            ),
            ("", None),
        ] {
            assert_eq!(class_of(output), class, "{output}");
        }
    }
}
