//! CODEOWNERS: who is asked about which files, by the rules of GitHub and GitLab. The last rule that matches counts; of a
//! file with sections, the last of each section.

use std::collections::HashMap;

/// Where such a file may be, first match first: GitHub's order, then GitLab's own place.
const PLACES: [&str; 5] = [
    ".github/CODEOWNERS",
    "CODEOWNERS",
    "docs/CODEOWNERS",
    ".gitlab/CODEOWNERS",
    ".gitea/CODEOWNERS",
];
/// Rules of one file.
const MAX_RULES: usize = 50_000;
/// Bytes of a pattern.
const MAX_PATTERN: usize = 1_000;

/// The paths at which a file of owners is looked for, best first.
#[must_use]
pub fn owner_file_paths() -> &'static [&'static str] {
    &PLACES
}

/// A rule: a pattern, and who owns what matches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerRule {
    /// Its line, from 1.
    pub line: u32,
    /// As written.
    pub pattern: String,
    /// `@user`, `@org/team` or an address, as written; nobody when it says that nobody owns what matches.
    pub owners: Vec<String>,
    section: u32,
    is_exclusion: bool,
    parts: Vec<Part>,
    is_folder: bool,
}

/// A part of a pattern between slashes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// `**`
    Any,
    Name(String),
    /// With `*` or `?`.
    Glob(String),
}

/// The rules of a file, ready to be asked.
#[derive(Clone, Debug, Default)]
pub struct CodeOwners {
    rules: Vec<OwnerRule>,
    /// Positions of rules that begin with a name, by that name; those that may begin anywhere, by the name they end in;
    /// by the extension they end in; and all others. Ascending.
    by_first: HashMap<String, Vec<u32>>,
    by_any_name: HashMap<String, Vec<u32>>,
    by_extension: HashMap<String, Vec<u32>>,
    others: Vec<u32>,
}

impl CodeOwners {
    /// Reads a file of rules. Lines that say nothing are left out.
    #[must_use]
    pub fn read(text: &str) -> CodeOwners {
        let mut owners = CodeOwners::default();
        let mut section = 0;
        let mut inherited: Vec<String> = Vec::new();
        let has_sections = text.lines().any(|line| section_of(line.trim()).is_some());
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') || owners.rules.len() >= MAX_RULES {
                continue;
            }
            if let Some(rest) = section_of(line).filter(|_| has_sections) {
                section += 1;
                inherited = owners_in(rest);
                continue;
            }
            let (pattern, rest) = split_pattern(line);
            if let Some(mut rule) = OwnerRule::new(&pattern, at as u32 + 1, has_sections) {
                rule.section = section;
                rule.owners = owners_in(rest);
                if rule.owners.is_empty() {
                    rule.owners.clone_from(&inherited);
                }
                owners.add(rule);
            }
        }
        owners
    }

    /// The rules, in order.
    #[must_use]
    pub fn rules(&self) -> &[OwnerRule] {
        &self.rules
    }

    fn add(&mut self, rule: OwnerRule) {
        let position = self.rules.len() as u32;
        match rule.parts.as_slice() {
            [Part::Any, .., Part::Glob(glob)] => match glob.strip_prefix("*.") {
                Some(extension) if !extension.contains(['*', '?', '.']) && !rule.is_folder => {
                    self.by_extension
                        .entry(extension.to_owned())
                        .or_default()
                        .push(position);
                }
                Some(_) | None => self.others.push(position),
            },
            [Part::Any, Part::Name(name)] => {
                self.by_any_name
                    .entry(name.clone())
                    .or_default()
                    .push(position);
            }
            [Part::Name(name), ..] => {
                self.by_first
                    .entry(name.clone())
                    .or_default()
                    .push(position);
            }
            [] | [Part::Any | Part::Glob(_), ..] => self.others.push(position),
        }
        self.rules.push(rule);
    }

    /// The rules that count for a path: of each section the last that matches, unless nobody owns what it matches.
    #[must_use]
    pub fn of(&self, path: &str) -> Vec<&OwnerRule> {
        let names: Vec<&str> = path.split('/').collect();
        let mut candidates: Vec<u32> = self.others.clone();
        let mut more = |found: Option<&Vec<u32>>| candidates.extend(found.into_iter().flatten());
        more(names.first().and_then(|name| self.by_first.get(*name)));
        for name in &names {
            more(self.by_any_name.get(*name));
        }
        let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
        more(self.by_extension.get(extension));
        candidates.sort_unstable_by(|a, b| b.cmp(a));
        let mut counted: Vec<&OwnerRule> = Vec::new();
        let mut settled: Vec<u32> = Vec::new();
        for position in candidates {
            let rule = &self.rules[position as usize];
            if !settled.contains(&rule.section) && rule.matches(&names) {
                settled.push(rule.section);
                if !rule.is_exclusion && !rule.owners.is_empty() {
                    counted.push(rule);
                }
            }
        }
        counted.reverse();
        counted
    }
}

impl OwnerRule {
    fn new(pattern: &str, line: u32, is_gitlab: bool) -> Option<OwnerRule> {
        let is_exclusion = pattern.starts_with('!');
        let plain = pattern.trim_start_matches('!');
        let is_folder = plain.ends_with('/');
        let inner = plain.trim_matches('/');
        if plain.is_empty() || plain.len() > MAX_PATTERN {
            return None;
        }
        // As in .gitignore a slash within ties a pattern to the root; GitLab needs one in front.
        let is_anchored = plain.starts_with('/') || inner.contains('/') && !is_gitlab;
        let mut parts: Vec<Part> = if is_anchored {
            Vec::new()
        } else {
            vec![Part::Any]
        };
        for name in inner.split('/').filter(|name| !name.is_empty()) {
            let part = match name {
                "**" => Part::Any,
                name if name.contains(['*', '?']) => Part::Glob(name.to_owned()),
                name => Part::Name(name.to_owned()),
            };
            if part != Part::Any || parts.last() != Some(&Part::Any) {
                parts.push(part);
            }
        }
        Some(OwnerRule {
            line,
            pattern: pattern.to_owned(),
            owners: Vec::new(),
            section: 0,
            is_exclusion,
            parts,
            is_folder,
        })
    }

    /// Whether the rule is about a path, given as the names in it. What matches a folder is about all that is in it, but
    /// `docs/*` is about what lies in `docs` itself.
    fn matches(&self, names: &[&str]) -> bool {
        let ends_in_any = !self.is_folder
            && self.parts.len() > 1
            && matches!(self.parts.last(), Some(Part::Glob(glob)) if glob == "*")
            && self.parts.first() != Some(&Part::Any);
        // The ends of names up to which the parts so far may reach.
        let mut reached = vec![false; names.len() + 1];
        reached[0] = true;
        for part in &self.parts {
            let mut next = vec![false; names.len() + 1];
            let mut is_open = false;
            for at in 0..=names.len() {
                match part {
                    Part::Any => {
                        is_open |= reached[at];
                        next[at] = is_open;
                    }
                    Part::Name(name) => {
                        next[at] = at > 0 && reached[at - 1] && names[at - 1] == name;
                    }
                    Part::Glob(glob) => {
                        next[at] = at > 0 && reached[at - 1] && glob_matches(glob, names[at - 1]);
                    }
                }
            }
            reached = next;
        }
        let whole = reached[names.len()] && (!self.is_folder || self.parts.is_empty());
        let folder = !ends_in_any && reached[1..names.len()].iter().any(|reached| *reached);
        whole || folder
    }
}

/// Whether a name fits a pattern with `*` and `?`, in time that grows with the product of their lengths.
fn glob_matches(glob: &str, name: &str) -> bool {
    let (glob, name): (Vec<char>, Vec<char>) = (glob.chars().collect(), name.chars().collect());
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while from < name.len() {
        if at < glob.len() && glob[at] == '*' {
            star = Some((at, from));
            at += 1;
        } else if at < glob.len() && (glob[at] == '?' || glob[at] == name[from]) {
            at += 1;
            from += 1;
        } else if let Some((star_at, star_from)) = star {
            at = star_at + 1;
            from = star_from + 1;
            star = Some((star_at, from));
        } else {
            return false;
        }
    }
    glob[at..].iter().all(|letter| *letter == '*')
}

/// What follows `[Section][2]` or `^[Section]`; `None` for other lines.
fn section_of(line: &str) -> Option<&str> {
    let rest = line.strip_prefix('^').unwrap_or(line).strip_prefix('[')?;
    let (name, rest) = rest.split_once(']')?;
    // `[a-z]*.rs @owner` is a pattern.
    let is_section = !name.is_empty() && rest.starts_with(['[', ' ', '\t']) || rest.is_empty();
    let rest = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((_, rest)) => rest,
        None => rest,
    };
    is_section.then_some(rest)
}

/// The pattern at the start of a line without the marks that let blanks and `#` into it, and the rest.
fn split_pattern(line: &str) -> (String, &str) {
    let mut pattern = String::new();
    let mut letters = line.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => pattern.extend(letters.next().map(|(_, next)| next)),
            letter if letter.is_whitespace() => return (pattern, &line[at..]),
            letter => pattern.push(letter),
        }
    }
    (pattern, "")
}

fn owners_in(text: &str) -> Vec<String> {
    let text = text.split(" #").next().unwrap_or(text);
    let words = text
        .split_whitespace()
        .take_while(|word| !word.starts_with('#'));
    let is_owner = |word: &&str| word.contains('@') && word.len() > 1;
    let mut owners: Vec<String> = Vec::new();
    for owner in words.filter(is_owner) {
        if !owners.iter().any(|known| known == owner) {
            owners.push(owner.to_owned());
        }
    }
    owners
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, path: &str, expected: &str) {
        let owners = CodeOwners::read(text);
        let found: Vec<String> = owners
            .of(path)
            .iter()
            .map(|rule| format!("{}:{}", rule.line, rule.owners.join("+")))
            .collect();
        assert_eq!(found.join(" "), expected, "{path}");
    }

    const GITHUB: &str = "# comment\n*       @all @org/team # note\n*.js    @js\n/build/logs/ @logs\ndocs/*  docs@example.com\napps/ @apps\n/scripts/ @a @b\n**/deep @deep\n/apps/github\nsrc/*/x.rs @x\na\\ b.txt @blank\n";

    #[test]
    fn the_last_rule_that_matches_counts() {
        check(GITHUB, "a.py", "2:@all+@org/team");
        check(GITHUB, "x/y.js", "3:@js");
        check(GITHUB, "build/logs/a/b", "4:@logs");
        check(GITHUB, "x/build/logs/a", "2:@all+@org/team");
        check(GITHUB, "docs/a.md", "5:docs@example.com");
        check(GITHUB, "docs/b/a.md", "2:@all+@org/team");
        check(GITHUB, "x/apps/a/b", "6:@apps");
        check(GITHUB, "apps", "2:@all+@org/team");
        check(GITHUB, "apps/github/x", "");
        check(GITHUB, "q/deep/x", "8:@deep");
        check(GITHUB, "src/m/x.rs", "10:@x");
        check(GITHUB, "src/m/n/x.rs", "2:@all+@org/team");
        check(GITHUB, "a b.txt", "11:@blank");
        check("/src/*/ @x\n", "src/a/b", "1:@x");
        check("/src/*/ @x\n", "src/b", "");
    }

    #[test]
    fn sections_count_apart() {
        let text = "* @all\n[Docs][2] @docs\n*.md\nREADME.md @readme\n^[Code]\ninternal/x.rs @code\n!vendor/\n";
        check(text, "README.md", "1:@all 4:@readme");
        check(text, "a/internal/x.rs", "1:@all 6:@code");
        check(text, "a.md", "1:@all 3:@docs");
        check(text, "vendor/internal/x.rs", "1:@all");
    }

    #[test]
    fn many_rules_and_hostile_patterns_are_fast() {
        let mut text: String = (0..10_000)
            .map(|at| format!("/pkg{at}/sub/ @o{at}\n"))
            .collect();
        text.push_str(&format!("{} @x\n", "*a".repeat(400)));
        text.push_str(&format!("{}x @x\n", "**/".repeat(300)));
        let owners = CodeOwners::read(&text);
        let begun = std::time::Instant::now();
        for at in 0..20_000 {
            let path = format!("pkg{}/sub/file{at}.rs", at % 10_000);
            assert_eq!(owners.of(&path).len(), 1);
        }
        // Unoptimised, and beside other tests.
        assert!(begun.elapsed().as_secs() < 60);
    }
}
