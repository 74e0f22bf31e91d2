//! Lines that stand deeper than what comes before them says: what a repair leaves so has mended the wrong place.

use crate::diagnostic::Environment;

/// What speaks against a line that is deeper than the line before it, which opens nothing.
const STEP: u32 = 70;
/// What speaks against a value that JavaScript does not give back, for it stands in the next line.
const LOST: u32 = 230;

/// What speaks against a text, in hundredths of a slip. Only what differs between repairs tells anything.
pub(crate) fn missteps(environment: Environment, text: &str) -> u32 {
    let weigh: fn(&str) -> u32 = match environment {
        Environment::JavaScript => |above| match above {
            "return" | "throw" => LOST,
            _ if above.ends_with(';') => STEP,
            _ => 0,
        },
        Environment::Terraform => |above| {
            let goes_on = [
                '{', '[', '(', ',', '?', ':', '=', '&', '|', '+', '-', '*', '/', '>',
            ];
            if above.ends_with(goes_on) || above.contains("<<") {
                0
            } else {
                STEP
            }
        },
        Environment::Ansible
        | Environment::Bash
        | Environment::Go
        | Environment::Python
        | Environment::Rust => return 0,
    };
    let mut cost = 0;
    let mut above: Option<(usize, &str)> = None;
    for line in text.lines() {
        let own = line.trim();
        if own.is_empty()
            || ["//", "#", "*", "/*"]
                .iter()
                .any(|mark| own.starts_with(mark))
        {
            continue;
        }
        let depth = line.len() - line.trim_start().len();
        if let Some((_, above)) = above.filter(|(other, _)| depth > *other) {
            cost += weigh(above);
        }
        above = Some((depth, own));
    }
    cost
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_no_deeper_than_what_opens_says() {
        let of = |text: &str| missteps(Environment::Terraform, text);
        assert_eq!(of("tags = {\n  a = 1\n}\n"), 0);
        assert_eq!(of("tags = {}\n  a = 1\n"), STEP);
        assert_eq!(of("a = b ?\n  c : d\n# e\n"), 0);
        let of = |text: &str| missteps(Environment::JavaScript, text);
        assert_eq!(of("  return (\n    a ||\n    b\n  )\n"), 0);
        assert_eq!(of("  return\n    a ||\n    b\n"), LOST);
        assert_eq!(of("  return\n}\n"), 0);
        assert_eq!(of("a();\n  // odd\n  b();\n"), STEP);
    }
}
