//! Texts that go on until a line with their mark, in shells and in HCL. A mark that is spelled wrong swallows a program, and neither says
//! so: the shell runs what is left.

use std::sync::LazyLock;

use regex::Regex;

use crate::edits::Edit;
use crate::lines::Lines;
use crate::spelling::is_near;

/// A mark that stands alone on its line and is nearly right can hardly be anything else.
const COST: u32 = 30;

/// Edits that put the ends of such texts right, and, where HCL has two ways to begin one, their beginning.
pub(crate) fn heredoc_edits(lines: &Lines<'_>, is_hcl: bool) -> Vec<Edit> {
    static BEGIN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"<<([^\w\s"'<(]?)\s*\\?["']?([A-Za-z_]\w*)"#)
            .expect("the expression is tested")
    });
    let mut edits = Vec::new();
    for line in 0..lines.count() {
        let text = lines.text(line);
        let Some(found) = BEGIN.captures(text) else {
            continue;
        };
        let (Some(sign), Some(mark)) = (found.get(1), found.get(2)) else {
            continue;
        };
        if is_hcl && !matches!(sign.as_str(), "" | "-") {
            // Nothing tells which of the two it was.
            for right in ["", "-"] {
                edits.push(Edit {
                    range: lines.start(line) + sign.start()..lines.start(line) + sign.end(),
                    replacement: right.to_owned(),
                    cost: COST,
                    rule: "heredoc",
                });
            }
        }
        for end in line + 1..lines.count() {
            let own = lines.text(end);
            let word = own.trim();
            if word == mark.as_str() {
                break;
            }
            if is_near(word, mark.as_str()) {
                let start = lines.start(end) + lines.indent(end);
                // What everybody writes is hardly the one that is wrong.
                let is_usual = |word: &str| matches!(word, "EOF" | "EOT" | "END");
                let (of_end, of_beginning) = if is_usual(word) && !is_usual(mark.as_str()) {
                    (COST + 110, COST)
                } else {
                    (COST, COST + 110)
                };
                edits.push(Edit {
                    range: start..start + word.len(),
                    replacement: mark.as_str().to_owned(),
                    cost: of_end,
                    rule: "heredoc",
                });
                // The beginning may be the one that is wrong; what is done is the same.
                edits.push(Edit {
                    range: lines.start(line) + mark.start()..lines.start(line) + mark.end(),
                    replacement: word.to_owned(),
                    cost: of_beginning,
                    rule: "heredoc",
                });
            }
        }
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str, is_hcl: bool) -> Vec<String> {
        let edits = heredoc_edits(&Lines::new(text), is_hcl);
        edits.iter().map(|edit| edit.apply(text)).collect()
    }

    #[test]
    fn a_mark_that_is_spelled_wrong_is_put_right() {
        let text = "cat <<EOF\nusage\neEOF\necho\ncat <<'EOF'\nx\nEOF\n";
        assert_eq!(texts(text, false)[0], text.replace("eEOF", "EOF"));
        assert!(texts("cat <<EOF\nEOF\nEOFF\n", false).is_empty());
        assert!(texts("x = 1 << 3\nshift <<2\n", false).is_empty());
    }

    #[test]
    fn the_mark_that_everybody_writes_is_kept() {
        let broken = "cat <<EO\nusage\nEOF\n";
        let edits = heredoc_edits(&Lines::new(broken), false);
        let best = edits.iter().min_by_key(|edit| edit.cost);
        let text = best.map(|edit| edit.apply(broken));
        assert_eq!(text.as_deref(), Some("cat <<EOF\nusage\nEOF\n"));
    }

    #[test]
    fn hcl_has_two_ways_to_begin() {
        assert_eq!(
            texts("a = <<+EOT\nEOT\n", true),
            ["a = <<EOT\nEOT\n", "a = <<-EOT\nEOT\n"]
        );
        assert!(texts("a = <<-EOT\n  EOT\n", true).is_empty());
    }
}
