//! What nobody writes on purpose in a script of a shell, and what is the same however it is quoted.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

/// What speaks against each, in hundredths of a slip.
const BLUNDER: u32 = 150;

macro_rules! expression {
    ($name:ident, $text:literal) => {
        static $name: LazyLock<Regex> =
            LazyLock::new(|| Regex::new($text).expect("the expression is tested"));
    };
}

// After values that are given to it an option is run as a command, or what a command printed.
expression!(
    RUN,
    r#"(?m)^[ \t]*(?:[A-Za-z_]\w*=(?:"[^"\n]*"|'[^'\n]*'|[^\s"'()`]*)[ \t]+)+(?:--?[A-Za-z]|\$\()"#
);
// A list is put in as a whole.
expression!(LISTED, r"\$\{#?([A-Za-z_]\w*)\[[@*]\]");
// A bracket of a value without its `$`, and without its end.
expression!(
    HALF,
    r#"(?m)(?:^|[ \t])\{[A-Za-z_][^\s{},"'()`]*(?:[ \t;]|$)"#
);
// A part is taken out of a value.
expression!(WITHOUT, r#"\$\{([A-Za-z_]\w*)/([^/{}\s"'$]+)\}"#);
// What is named and given in one text.
expression!(
    NAMED,
    r#"(?m)([ \t]-\w+|\b(?:declare|export|local|readonly|typeset)(?:[ \t]+-\w+)*)[ \t]+"([A-Za-z_]\w*)=([^"\\\n]*)""#
);

/// What speaks against a script, in hundredths of a slip.
pub(crate) fn blunders(text: &str) -> u32 {
    let goes_on = |at: usize| text[..at].ends_with("\\\n");
    let run = RUN.find_iter(text).filter(|found| !goes_on(found.start()));
    let taken = WITHOUT.captures_iter(text).filter(|found| {
        let (name, rest) = (&found[1], &found[2]);
        text.contains(&format!("${{{name}}}/{rest}")) || text.contains(&format!("${name}/{rest}"))
    });
    let count = run.count() + unlisted(text) + HALF.find_iter(text).count() + taken.count();
    BLUNDER * u32::try_from(count).unwrap_or(9)
}

/// Names that are put in as lists and given one value only.
fn unlisted(text: &str) -> usize {
    let names: BTreeSet<&str> = LISTED
        .captures_iter(text)
        .filter_map(|found| found.get(1))
        .map(|name| name.as_str())
        .collect();
    let of = |name: &&&str| {
        let (mut is_given, mut is_list) = (false, false);
        for (at, _) in text.match_indices(**name) {
            let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
            let after = &text[at + name.len()..];
            if text[..at].ends_with(|letter| is_word(letter) || "${#!".contains(letter))
                || after.starts_with(is_word)
            {
                continue;
            }
            let is_value = after.starts_with('=') && !after.starts_with("=(");
            is_given |= is_value;
            // Named in any other way it may be made a list there.
            is_list |= !is_value;
        }
        is_given && !is_list
    };
    names.iter().filter(of).count()
}

/// A script in which what is named and given (`local "a=b c"`) is written in one way (`local a="b c"`).
pub(crate) fn named_plainly(text: &str) -> String {
    NAMED.replace_all(text, r#"$1 $2="$3""#).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_writes_is_told_from_what_some_do() {
        let count = |text: &str| blunders(text) / BLUNDER;
        for (sound, odd) in [
            ("G=(\"$G\" --home \"$H\")\n", "G=\"$G\" --home \"$H\"\n"),
            ("P=$(dirname $(cd x))\n", "P=$dirname $(cd x))\n"),
            ("G=(a b)\nrun \"${G[@]}\"\n", "G=\"a b\"\nrun \"${G[@]}\"\n"),
            (": ${COUNT:=3}\n", ": {COUNT:=3\n"),
            (
                "[ -r ${dir}/x.la ]\necho ${dir}/x.la\n",
                "[ -r ${dir}/x.la ]\necho ${dir/x.la}\n",
            ),
        ] {
            assert_eq!(count(sound), 0, "{sound}");
            assert_eq!(count(odd), 1, "{odd}");
        }
        for sound in [
            "declare -a G\nG=x\necho ${G[@]}\n",
            "env A=1 \\\n  B=2 --help\n",
            "echo ${name/.old}\n",
            "{ echo a; }\nCC=gcc make\n",
        ] {
            assert_eq!(count(sound), 0, "{sound}");
        }
    }

    #[test]
    fn quotes_around_a_name_and_its_value_are_the_same() {
        let plain = named_plainly("readonly \"A=%2F %5C\"\nawk -v \"b=$c\"\n");
        assert_eq!(plain, "readonly A=\"%2F %5C\"\nawk -v b=\"$c\"\n");
        assert_eq!(named_plainly("say \"a=b c\"\n"), "say \"a=b c\"\n");
    }
}
