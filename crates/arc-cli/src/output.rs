//! The one way to standard output: locked, buffered, colored when a person reads it.

use std::io::{self, BufWriter, Write};

use anstyle::{AnsiColor, Style};
use serde_json::Serializer;
use serde_json::ser::PrettyFormatter;

type Terminal = BufWriter<anstream::AutoStream<io::StdoutLock<'static>>>;

/// Output with styles that are dropped when no terminal shows them.
pub(crate) struct Output {
    color: anstream::ColorChoice,
    /// Made when something is written: a server writes to standard output by itself.
    inner: Option<Terminal>,
}

/// A heading.
pub(crate) const HEADING: Style = Style::new().bold();
/// What is of less interest.
pub(crate) const DIM: Style = Style::new().dimmed();
/// Good news.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Something to look at.
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();
/// Bad news.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();

impl Output {
    pub(crate) fn new(color: anstream::ColorChoice) -> Output {
        Output { color, inner: None }
    }

    fn inner(&mut self) -> &mut Terminal {
        let color = self.color;
        self.inner.get_or_insert_with(|| {
            let stdout = io::stdout().lock();
            BufWriter::with_capacity(1 << 16, anstream::AutoStream::new(stdout, color))
        })
    }

    /// One JSON object, indented, with a final newline.
    pub(crate) fn json(
        &mut self,
        value: &impl serde::Serialize,
    ) -> Result<(), crate::failure::Failure> {
        let mut serializer = Serializer::with_formatter(self.inner(), PrettyFormatter::new());
        value.serialize(&mut serializer)?;
        writeln!(self.inner())?;
        Ok(())
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.inner.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.as_mut().map_or(Ok(()), Write::flush)
    }
}

/// Lets `write` write bytes that are no text to standard output.
pub(crate) fn raw_output(
    write: &mut dyn FnMut(&mut dyn Write) -> Result<(), crate::failure::Failure>,
) -> Result<(), crate::failure::Failure> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    write(&mut out)?;
    out.flush()?;
    Ok(())
}

/// A score as a bar of `width` cells.
pub(crate) fn bar(score: f64, width: usize) -> String {
    let eighths = (score.clamp(0.0, 1.0) * (width * 8) as f64).round() as usize;
    let mut bar = "█".repeat(eighths / 8);
    let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8];
    bar.push_str(partial);
    let cells = eighths / 8 + usize::from(!partial.is_empty());
    bar.push_str(&" ".repeat(width.saturating_sub(cells)));
    bar
}

/// A number with its noun, in the plural when it is not one.
pub(crate) fn count(number: u64, noun: &str) -> String {
    let plural = match noun.strip_suffix('y') {
        Some(stem) if number != 1 => format!("{stem}ies"),
        _ if number != 1 => format!("{noun}s"),
        _ => noun.to_owned(),
    };
    format!("{} {plural}", grouped(number))
}

/// A number with thin groups of three digits.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Repository text made inert: neither control characters but tabs nor those that turn the direction of writing reach the terminal.
pub(crate) fn inert(text: &str) -> String {
    let is_hostile = |c: char| {
        (c.is_control() && c != '\t')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|c| if is_hostile(c) { '\u{fffd}' } else { c })
        .collect()
}

/// Repository text that Markdown shows as it is: no markup, no HTML, no links, nobody is notified.
pub(crate) fn inert_markdown(text: &str) -> String {
    let mut shown = String::new();
    for letter in inert(text).chars() {
        match letter {
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '&' => shown.push_str("&amp;"),
            '@' => shown.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '!' | '|' | '~' => {
                shown.extend(['\\', letter])
            }
            letter => shown.push(letter),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_agree_with_their_nouns() {
        assert_eq!(count(1, "entry"), "1 entry");
        assert_eq!(count(12_345, "entry"), "12,345 entries");
        assert_eq!(count(0, "file"), "0 files");
    }

    #[test]
    fn a_bar_is_as_wide_as_it_should_be() {
        assert_eq!(bar(0.5, 4), "██  ");
        assert_eq!(bar(1.0, 2), "██");
        assert_eq!(bar(0.0, 2), "  ");
    }

    #[test]
    fn escape_sequences_of_a_repository_stay_inert() {
        assert_eq!(inert("a\u{1b}[31mb"), "a\u{fffd}[31mb");
        assert_eq!(inert("a\u{202e}b"), "a\u{fffd}b");
        assert_eq!(inert("+\tgo()"), "+\tgo()");
        assert_eq!(
            inert_markdown("<b>@me</b> [x](y) `z`"),
            "&lt;b&gt;&#64;me&lt;/b&gt; \\[x\\](y) \\`z\\`"
        );
    }
}
