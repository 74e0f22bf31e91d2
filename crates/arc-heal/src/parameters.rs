//! Calls of functions that took other arguments once: what a commit did to the parameters is done to the arguments.

use std::ops::Range;
use std::sync::LazyLock;

use arc_project::{Parameter, PastParameters, Takes, ask_parameters};
use regex::Regex;

use crate::calls::{Argument, Call, calls};
use crate::diagnostic::{Class, Diagnostic, Environment};
use crate::lines::Lines;
use crate::proposal::Proposal;
use crate::session::Session;

/// History that knows what the call was written for is surer than any likeness.
const COST: u32 = 5;
/// What it adds where other calls of the file stay as they are, and how much more each older list of parameters costs.
const ALONE: u32 = 105;
const OLDER: u32 = 100;
/// Calls of one line that are looked at.
const MOST_CALLS: usize = 4;

impl Session<'_> {
    /// The file with calls as later commits want them, where the project has a graph.
    pub(crate) fn past_calls(
        &self,
        text: &str,
        bom: &str,
        diagnostics: &[Diagnostic],
    ) -> Vec<Proposal> {
        let path = self.found.path.as_str();
        let counts = match self.environment {
            Environment::Python | Environment::Go | Environment::Rust => true,
            // JavaScript lets a call give what it likes.
            Environment::JavaScript => path.ends_with("ts") || path.ends_with("tsx"),
            Environment::Ansible | Environment::Bash | Environment::Terraform => false,
        };
        if !counts {
            return Vec::new();
        }
        let own = |told: &&Diagnostic| {
            told.file.as_deref() == Some(path) && matches!(told.class, Class::Type | Class::Name)
        };
        let lines = Lines::new(text);
        let all = calls(text, self.environment);
        let mut found = Vec::new();
        let mut asked: Vec<(String, Range<usize>)> = Vec::new();
        for diagnostic in diagnostics.iter().filter(own) {
            let Some(line) = diagnostic.span.and_then(|span| span.line.checked_sub(1)) else {
                continue;
            };
            let told = told_function(&diagnostic.message);
            let holds = |call: &&Call| {
                let (first, last) = (lines.at(call.start), lines.at(call.close));
                (first..=last).contains(&(line as usize))
            };
            let mut near: Vec<&Call> = all.iter().filter(holds).collect();
            near.sort_by_key(|call| call.close - call.start);
            near.retain(|call| told.as_ref().is_none_or(|told| told.is_called_by(call)));
            for call in near.into_iter().take(MOST_CALLS) {
                let name = told.as_ref().map_or(call.name, |told| told.name.as_str());
                let key = (name.to_owned(), call.start..call.close);
                if asked.contains(&key) {
                    continue;
                }
                asked.push(key);
                let Some(graph) = self.graph() else {
                    return found;
                };
                // Without a history, or where it cannot be read, nothing changed.
                let past = ask_parameters(&graph, &self.patient.root, (path, &[]), name);
                for (age, past) in past.unwrap_or_default().into_iter().enumerate() {
                    let own = Rewritten {
                        environment: self.environment,
                        text,
                        past: &past,
                    };
                    let age = u32::try_from(age).unwrap_or(9).min(9);
                    for (edited, cost) in own.texts(call, &all) {
                        found.push(Proposal {
                            bytes: format!("{bom}{edited}").into_bytes(),
                            mode: self.found.mode,
                            class: Class::Type,
                            rule: "parameters",
                            why: why(&past),
                            cost: cost + OLDER * age,
                        });
                    }
                }
            }
        }
        found
    }
}

/// The function that a message speaks of.
struct Told {
    name: String,
    /// It makes one of a type, which the call may have another name for.
    makes: bool,
}

impl Told {
    fn is_called_by(&self, call: &Call<'_>) -> bool {
        self.makes || call.name == self.name
    }
}

fn told_function(message: &str) -> Option<Told> {
    static TOLD: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"([\w.<>]+)\(\) (?:got|takes|missing)|arguments in call to ([\w.]+)")
            .expect("the expression is tested")
    });
    let found = TOLD.captures(message)?;
    let whole = found.get(1).or(found.get(2))?.as_str();
    let mut parts = whole.rsplit('.');
    let own = parts.next()?;
    Some(match (own, parts.next()) {
        ("__init__" | "__new__", Some(owner)) => Told {
            name: owner.to_owned(),
            makes: true,
        },
        _ => Told {
            name: own.to_owned(),
            makes: own == "__init__",
        },
    })
}

fn why(past: &PastParameters) -> String {
    let list = |parameters: &[Parameter]| {
        let names = parameters.iter().filter(|one| one.takes != Takes::Receiver);
        let names: Vec<&str> = names.map(|one| one.name.as_str()).collect();
        names.join(", ")
    };
    let ended = match &past.commit {
        Some((commit, subject)) => {
            let commit = commit.to_string();
            format!("{} ({subject})", commit.get(..10).unwrap_or(&commit))
        }
        None => "a change that is not committed".to_owned(),
    };
    format!(
        "`{}` of {} took ({}) until {ended}; now it takes ({})",
        past.name,
        past.path,
        list(&past.before),
        list(past.after.last().map_or(&[], Vec::as_slice))
    )
}

/// Calls as they have to be.
struct Rewritten<'a> {
    environment: Environment,
    text: &'a str,
    past: &'a PastParameters,
}

impl Rewritten<'_> {
    /// The text with the call and all that call the same, and with the call alone.
    fn texts(&self, call: &Call<'_>, all: &[Call<'_>]) -> Vec<(String, u32)> {
        let Some(own) = self.call(call) else {
            return Vec::new();
        };
        let same = all
            .iter()
            .filter(|other| other.callee == call.callee && other.start != call.start);
        let others: Vec<_> = same.filter_map(|other| self.call(other)).collect();
        let alone = self.edited(vec![own.clone()]);
        if others.is_empty() {
            return vec![(alone, COST)];
        }
        let mut every = others;
        every.push(own);
        vec![(self.edited(every), COST), (alone, COST + ALONE)]
    }

    fn edited(&self, mut edits: Vec<(Range<usize>, String)>) -> String {
        edits.sort_by_key(|(range, _)| range.start);
        let mut text = self.text.to_owned();
        let mut end = text.len();
        for (range, new) in edits.into_iter().rev() {
            // A call within another one is left as it is.
            if range.end <= end {
                end = range.start;
                text.replace_range(range, &new);
            }
        }
        text
    }

    /// What stands between the brackets of a call, and what is to; `None` where that cannot be told.
    fn call(&self, call: &Call<'_>) -> Option<(Range<usize>, String)> {
        let arguments = call.arguments.as_ref()?;
        let given = |list: &[Parameter]| -> Vec<Parameter> {
            let own = list.iter().filter(|one| one.takes != Takes::Receiver);
            own.cloned().collect()
        };
        let before = given(&self.past.before);
        let after: Vec<Vec<Parameter>> = self.past.after.iter().map(|list| given(list)).collect();
        let now = after.last()?;
        let own = arguments.iter().map(|one| one.keyword.map(str::to_owned));
        let mut made: Vec<(usize, Option<String>)> = own.enumerate().collect();
        if !fits(&before, &made) || fits(now, &made) {
            return None;
        }
        // One change after the other says what became of each parameter.
        let mut last = &before;
        for next in &after {
            made = self.remade((last, next), &made, arguments)?;
            last = next;
        }
        if !fits(now, &made) {
            return None;
        }
        let inner = call.open + 1..call.close;
        let text = |one: &(usize, Option<String>)| {
            let argument = &arguments[one.0];
            let value = &self.text[argument.value.clone()];
            match &one.1 {
                Some(keyword) => format!("{keyword}={value}"),
                None => value.to_owned(),
            }
        };
        let in_order = made.windows(2).all(|two| two[0].0 < two[1].0);
        if !in_order {
            let all: Vec<String> = made.iter().map(text).collect();
            return Some((inner, all.join(", ")));
        }
        // What stays is left where it stands.
        let mut new = self.text[inner.clone()].to_owned();
        for at in (0..arguments.len()).rev() {
            let Argument { whole, .. } = &arguments[at];
            let (range, text) = match made.iter().find(|one| one.0 == at) {
                Some(one) => (whole.clone(), text(one)),
                None => {
                    let next = arguments.get(at + 1).map(|next| next.whole.start);
                    let last = at.checked_sub(1).map(|last| arguments[last].whole.end);
                    let range = match (next, last) {
                        (Some(next), _) => whole.start..next,
                        (None, Some(last)) => last..whole.end,
                        (None, None) => whole.clone(),
                    };
                    (range, String::new())
                }
            };
            new.replace_range(range.start - inner.start..range.end - inner.start, &text);
        }
        Some((inner, new))
    }

    /// The arguments by their places, each with the name that it is given by, after one change.
    fn remade(
        &self,
        (before, now): (&[Parameter], &[Parameter]),
        given: &[(usize, Option<String>)],
        arguments: &[Argument<'_>],
    ) -> Option<Vec<(usize, Option<String>)>> {
        let is_of = |list: &[Parameter], name: &str| list.iter().any(|one| one.name == name);
        let gone: Vec<usize> = (0..before.len())
            .filter(|at| !is_of(now, &before[*at].name))
            .collect();
        let come: Vec<usize> = (0..now.len())
            .filter(|at| !is_of(before, &now[*at].name))
            .collect();
        let alike = |old: usize, new: usize| {
            let (one, other) = (&before[old], &now[new]);
            let is_named_now = (one.takes, other.takes) == (Takes::One, Takes::Named);
            one.is_optional == other.is_optional && (one.takes == other.takes || is_named_now)
        };
        let is_renamed = !gone.is_empty()
            && gone == come
            && gone.iter().zip(&come).all(|(old, new)| alike(*old, *new));
        // What came may be what went, by another name in another place: nobody knows.
        let is_told = is_renamed || gone.is_empty() || come.is_empty();
        let lacks = !is_renamed && come.iter().any(|at| !now[*at].is_optional);
        if !is_told || lacks {
            return None;
        }
        let heir = |old: usize| {
            let place = now.iter().position(|one| one.name == before[old].name);
            place.or((is_renamed && gone.contains(&old)).then_some(old))
        };
        let mut in_order: Vec<(usize, usize)> = Vec::new();
        let mut named: Vec<(usize, String)> = Vec::new();
        let mut next = 0;
        for (at, keyword) in given {
            let at = *at;
            let old = match keyword {
                Some(keyword) => before.iter().position(|one| one.name == *keyword)?,
                None => {
                    next += 1;
                    next - 1
                }
            };
            let takes = before.get(old).map(|one| one.takes);
            if !matches!(takes, Some(Takes::One | Takes::Named)) {
                return None;
            }
            match (heir(old), keyword) {
                (Some(new), None) => in_order.push((new, at)),
                (Some(new), Some(_)) => named.push((at, now[new].name.clone())),
                // What does something is not dropped.
                (None, _) if self.text[arguments[at].value.clone()].contains('(') => return None,
                (None, _) => {}
            }
        }
        in_order.sort_unstable();
        let has_keywords = self.environment == Environment::Python;
        let mut made: Vec<(usize, Option<String>)> = Vec::new();
        for (place, (new, at)) in in_order.into_iter().enumerate() {
            let is_placed = new == place && now[new].takes == Takes::One;
            if !is_placed && !has_keywords {
                return None;
            }
            made.push((at, (!is_placed).then(|| now[new].name.clone())));
        }
        made.extend(named.into_iter().map(|(at, name)| (at, Some(name))));
        Some(made)
    }
}

/// Whether parameters take arguments, each with its name or none.
fn fits(list: &[Parameter], arguments: &[(usize, Option<String>)]) -> bool {
    let has = |takes: Takes| list.iter().any(|one| one.takes == takes);
    let in_order: Vec<&Parameter> = list.iter().filter(|one| one.takes == Takes::One).collect();
    let placed = arguments.iter().filter(|(_, name)| name.is_none()).count();
    if placed > in_order.len() && !has(Takes::Rest) {
        return false;
    }
    let names = arguments.iter().filter_map(|(_, name)| name.as_deref());
    let names: Vec<&str> = names.collect();
    let filled = &in_order[..placed.min(in_order.len())];
    let is_twice = filled.iter().any(|one| names.contains(&one.name.as_str()));
    let named = list.iter().filter(|one| one.takes == Takes::Named);
    let later = in_order.iter().skip(placed).copied().chain(named);
    let lacks = later
        .filter(|one| !one.is_optional)
        .any(|one| !names.contains(&one.name.as_str()));
    let takes_name = |name: &&str| {
        let own =
            |one: &Parameter| one.name == **name && matches!(one.takes, Takes::One | Takes::Named);
        has(Takes::RestNamed) || list.iter().any(own)
    };
    !is_twice && !lacks && names.iter().all(takes_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a`, `b?` may be left out, `*c` takes the rest, `/d` is named only.
    fn list(text: &str) -> Vec<Parameter> {
        let words = text.split_whitespace();
        let one = |word: &str| Parameter {
            name: word.trim_matches(['?', '*', '/']).to_owned(),
            takes: match word.chars().next() {
                Some('*') => Takes::Rest,
                Some('/') => Takes::Named,
                _ => Takes::One,
            },
            is_optional: word.ends_with('?') || word.starts_with('*'),
        };
        words.map(one).collect()
    }

    fn healed(environment: Environment, before: &str, now: &str, text: &str) -> Option<String> {
        let past = PastParameters {
            path: "a".to_owned(),
            name: "f".to_owned(),
            before: list(before),
            after: now.split('>').map(list).collect(),
            commit: None,
        };
        let own = Rewritten {
            environment,
            text,
            past: &past,
        };
        let all = calls(text, environment);
        let call = all.iter().find(|call| call.name == "f").expect("a call");
        own.texts(call, &all)
            .into_iter()
            .next()
            .map(|(text, _)| text)
    }

    #[test]
    fn arguments_follow_the_parameters() {
        let python = Environment::Python;
        for (before, now, text, expected) in [
            // Renamed.
            ("a b?", "a c?", "f(1, b=2)", Some("f(1, c=2)")),
            (
                "a b?",
                "a c?",
                "f(1, b=2)\nx.f(1, b=3)\nf(2, b=4)",
                Some("f(1, c=2)\nx.f(1, b=3)\nf(2, c=4)"),
            ),
            // Gone.
            ("a b", "a", "f(1,\n  2)", Some("f(1)")),
            ("a b c", "a c", "f(1, 2, 3)", Some("f(1, 3)")),
            ("a b?", "a", "f(1, b=2)", Some("f(1)")),
            // One change after the other.
            ("a b c?", "a c? > a /d?", "f(1, 2, c=3)", Some("f(1, d=3)")),
            // By name only.
            ("a b?", "a /b?", "f(1, 2)", Some("f(1, b=2)")),
            ("a b? c?", "a c? /b?", "f(1, 2, 3)", Some("f(1, 3, b=2)")),
            // Gone and come: nobody knows whether they are one.
            ("a b", "a c? d?", "f(1, b=2)", None),
            ("a b?", "a /c?", "f(1, b=2)", Some("f(1, c=2)")),
            ("a b", "a c d", "f(1, b=2)", None),
            // What does something is not dropped, what is spread is not counted.
            ("a b", "a", "f(1, g())", None),
            ("a b", "a", "f(1, *b)", None),
            // The call was written for something else.
            ("a b", "a", "f(1, 2, 3)", None),
            ("a", "a b", "f(1)", None),
        ] {
            assert_eq!(
                healed(python, before, now, text).as_deref(),
                expected,
                "{before} to {now}: {text}"
            );
        }
    }

    #[test]
    fn languages_without_names_have_an_order() {
        for (environment, text, expected) in [
            (
                Environment::Go,
                "x := f(a, \"b, c\", d)",
                Some("x := f(d, a)"),
            ),
            (
                Environment::Rust,
                "let x = f(&a, 'b', d(1, 2));",
                Some("let x = f(d(1, 2), &a);"),
            ),
        ] {
            assert_eq!(
                healed(environment, "a b c", "c a", text).as_deref(),
                expected
            );
        }
        assert_eq!(healed(Environment::Go, "a b", "a /b", "f(1, 2)"), None);
    }

    #[test]
    fn messages_tell_the_function() {
        for (message, name, makes) in [
            (
                "fetch() got an unexpected keyword argument 'x'",
                "fetch",
                false,
            ),
            (
                "Store.fetch() takes 2 positional arguments but 3 were given",
                "fetch",
                false,
            ),
            (
                "Store.__init__() missing 1 required positional argument: 'x'",
                "Store",
                true,
            ),
            ("too many arguments in call to store.Fetch", "Fetch", false),
        ] {
            let told = told_function(message).expect("a function");
            assert_eq!((told.name.as_str(), told.makes), (name, makes));
        }
        assert!(told_function("can only concatenate str").is_none());
    }
}
