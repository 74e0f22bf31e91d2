//! What tells operators how a program runs, and whether an edit takes it out.

use std::sync::LazyLock;

use regex::Regex;

/// What tells operators how a program runs: spans, metrics and logs of OpenTelemetry, Prometheus and the usual libraries of each
/// language. What is logged for whoever debugs may go.
static RECORDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?x)
        \bstart_as_current_span\b | \bstart(?:Active)?_?[sS]pan\b | \b[tT]racer\b[^\n]*\.[sS]tart\( | \bspan\.(?:end|End|record\w*|set\w*|add\w*|Record\w*|Set\w*|Add\w*)\(
        | \#\[(?:tracing::)?instrument\b | \b(?:tracing|log)::(?:info|warn|error|event|span)!?\b
        | \b(?:info|warn|error)_span!\( | \b(?:counter|gauge|histogram)!\( | ^\s*(?:info|warn|error)!\(
        | \b\w*(?:[cC]ounter|[gG]auge|[hH]istogram|[mM]etrics?|[sS]tatsd)\w*\.(?:\w+\()*[^\n]*\b(?:add|inc|increment|observe|record|set|timing|gauge|count|Add|Inc|Observe|Record|Set)\(
        | \b(?:log|logger|logging|LOG|_logger|slog)\.(?:info|warn|warning|error|exception|critical|fatal|log|Info|Warn|Error|Log)\w*\(
        "#,
    )
    .expect("the expression is tested")
});

/// The first line that records something and is gone where less is recorded than before. `texts` are files before and after an edit; what went to another of
/// them is not gone.
#[must_use]
pub fn lost_telemetry(texts: &[(&str, &str)]) -> Option<String> {
    let records = |text: &&str| RECORDS.is_match(text);
    let count = |text: &str| text.lines().filter(records).count();
    let (before, after) = texts.iter().fold((0, 0), |(before, after), (old, new)| {
        (before + count(old), after + count(new))
    });
    if after >= before {
        return None;
    }
    let is_gone = |line: &&str| {
        let stays = |(_, new): &(&str, &str)| new.lines().any(|other| other.trim() == line.trim());
        !texts.iter().any(stays)
    };
    let mut old = texts
        .iter()
        .flat_map(|(old, _)| old.lines().filter(records));
    let lost = old.find(is_gone).unwrap_or("a line that stood there twice");
    Some(lost.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_to_another_file_is_not_lost() {
        let old = "def f(x):\n    span.set_attribute('x', x)\n    return x\n";
        let bare = "def f(x):\n    return x\n";
        assert_eq!(
            lost_telemetry(&[(old, bare)]).as_deref(),
            Some("span.set_attribute('x', x)")
        );
        assert_eq!(lost_telemetry(&[(old, bare), ("", old)]), None);
        assert_eq!(lost_telemetry(&[(old, old), (bare, "")]), None);
        let noisy = "def f(x):\n    log.debug('f')\n    return x\n";
        assert_eq!(lost_telemetry(&[(noisy, bare)]), None);
        let told = noisy.replace("debug", "warning");
        assert!(lost_telemetry(&[(&told, bare)]).is_some());
        let other = old.replace("'x', x", "'y', x");
        assert_eq!(lost_telemetry(&[(old, &other)]), None);
    }
}
