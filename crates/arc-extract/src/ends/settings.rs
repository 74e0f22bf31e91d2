//! Reads of keys of configuration files: `config.get("server.port")`, `settings["server"]["port"]`,
//! `@Value("${server.port}")`.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few shapes of `Expr` read a key; any other says nothing"
)]

use rustc_hash::{FxHashMap, FxHashSet};

use super::is_variable;
use super::rules::EndRules;
use super::variables::Search;
use super::{Draft, Side, Space};
use crate::builder::FactsBuilder;
use crate::facts::{Expr, ExprId};

/// Names on the way to a key; deeper ones are not read by one text.
const MAX_PARTS: usize = 12;
/// Longer keys are not put together.
const MAX_KEY: usize = 200;
/// Keys in one text.
const MAX_IN_TEXT: usize = 16;

/// A key in the form that is the same for all who write it: without case, `-` and `_`, its names joined by dots. `None`
/// for what is no key.
pub(crate) fn setting_key(text: &str) -> Option<String> {
    let mut key = String::with_capacity(text.len());
    for (at, part) in text.split(['.', ':']).enumerate() {
        // `list[0].name`
        let part = part.split('[').next().unwrap_or(part);
        let is_name = !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if !is_name || at >= MAX_PARTS {
            return None;
        }
        if at > 0 {
            key.push('.');
        }
        let kept = part.chars().filter(|c| !matches!(c, '-' | '_'));
        key.extend(kept.map(|c| c.to_ascii_lowercase()));
    }
    key.bytes()
        .any(|byte| byte.is_ascii_alphabetic())
        .then_some(key)
}

/// The names that stand as `${name}` or `${name:default}` in a text.
pub(crate) fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split("${").skip(1).take(MAX_IN_TEXT).map(|part| {
        let end = part.find(['}', ':']);
        part[..end.unwrap_or(part.len())].trim()
    })
}

/// The keys that a file reads.
pub(super) fn find(facts: &FactsBuilder, rules: &EndRules) -> Vec<Draft> {
    let mut found = annotated(facts, rules);
    let reads = rules.configuration;
    if !reads.on.iter().any(|name| facts.known(name).is_some()) {
        return found;
    }
    let search = Search::new(facts);
    let is_on = |id: ExprId| reads.on.contains(&search.last_name(id));
    let mut indexed: FxHashMap<ExprId, String> = FxHashMap::default();
    let mut is_part: FxHashSet<ExprId> = FxHashSet::default();
    for index in 0..search.exprs.len() as u32 {
        let id = ExprId(index);
        match search.exprs.expr(id) {
            Expr::Call(callee, args) => {
                let Some((called, Some(on))) = search.named(callee) else {
                    continue;
                };
                let text = search
                    .file
                    .list(args)
                    .next()
                    .and_then(|arg| search.text(arg));
                if let Some(key) = text.and_then(setting_key)
                    && reads
                        .calls
                        .contains(&facts.text(called).trim_end_matches("()"))
                    && is_on(on)
                {
                    found.push(search.used(Space::Setting, &key, id));
                }
            }
            Expr::Index(base, at) => {
                let Some(key) = search.text(at).and_then(setting_key) else {
                    continue;
                };
                if let Some(outer) = indexed.get(&base) {
                    let key = format!("{outer}.{key}");
                    if key.len() <= MAX_KEY {
                        indexed.insert(id, key);
                        is_part.insert(base);
                    }
                } else if is_on(base) {
                    indexed.insert(id, key);
                }
            }
            _ => {}
        }
    }
    // Of `settings["a"]["b"]` only the whole is read.
    let mut whole: Vec<(ExprId, String)> = indexed.into_iter().collect();
    whole.retain(|(id, _)| !is_part.contains(id));
    whole.sort_unstable();
    let whole = whole.iter();
    found.extend(whole.map(|(id, key)| search.used(Space::Setting, key, *id)));
    found
}

/// What annotations say: keys, or texts that hold keys and variables.
fn annotated(facts: &FactsBuilder, rules: &EndRules) -> Vec<Draft> {
    let mut found = Vec::new();
    for annotation in &facts.notes().annotations {
        let name = facts.text(annotation.name);
        if !rules.configuration.annotations.contains(&name) {
            continue;
        }
        for (_, arg) in &annotation.args {
            let Expr::Text(text) = facts.facts().exprs.expr(*arg) else {
                continue;
            };
            let text = facts.text(text);
            let mut push = |space: Space, key: &str| {
                found.push(Draft {
                    line: annotation.line,
                    ..Draft::new(space, Side::Uses, key, annotation.symbol)
                });
            };
            for held in placeholders(text) {
                if is_variable(held) && !held.bytes().any(|byte| byte.is_ascii_lowercase()) {
                    push(Space::Variable, held);
                } else if let Some(key) = setting_key(held) {
                    push(Space::Setting, &key);
                }
            }
            if !text.contains(['$', '#'])
                && let Some(key) = setting_key(text)
            {
                push(Space::Setting, &key);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_the_same_however_they_are_written() {
        let same = |text: &str| setting_key(text).unwrap_or_default();
        assert_eq!(
            same("spring.data-source.maxPoolSize"),
            "spring.datasource.maxpoolsize"
        );
        assert_eq!(
            same("Spring:DataSource:max_pool_size"),
            "spring.datasource.maxpoolsize"
        );
        assert_eq!(same("servers[0].name"), "servers.name");
        for text in ["", "a b", "a..b", "/x", "1.2", "x/y"] {
            assert_eq!(setting_key(text), None, "{text}");
        }
        let held: Vec<&str> = placeholders("${a.b:x}/${C}").collect();
        assert_eq!(held, ["a.b", "C"]);
    }
}
