//! What rules make of calls, decorators and annotations.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few shapes of `Expr` can be the text, the router or the handler of a route; any other says nothing"
)]

use arc_graph::NodeKind;
use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use super::http::{Keys, MAX_CHAIN, Recogniser, Site};
use super::keys;
use super::rules::{Arg, CallRule, Does, Shape, Verb};
use super::{Draft, Side};
use crate::facts::{Expr, ExprId, Name, SymbolId};

/// Parts of names that clients have, which take paths without a slash in front.
const CLIENTS: &[&str] = &["http", "axios", "fetch", "client", "api", "ky"];
/// Names under which annotations take a path.
const KEYS: &[&str] = &["", "value", "path", "url"];

impl Recogniser<'_> {
    pub(super) fn apply(&mut self, rule: &CallRule, site: &Site) -> bool {
        let on = self.base_of(site.callee).unwrap_or(ExprId::NONE);
        match rule.does {
            Does::Route { verb, key, handler } => self.route(rule, site, verb, key, handler),
            Does::Routes { key, handlers } => self.routes(site, key, handlers),
            Does::Join { key, child } => {
                let Some(child) = self.arg(site, child) else {
                    return false;
                };
                let key = self.prefix(site, key);
                self.put(site, Side::Joins, key, String::new(), child, on);
                true
            }
            Does::Group { key } => {
                let key = self.prefix(site, key);
                self.put(site, Side::Makes, key, String::new(), site.id, on);
                true
            }
            Does::Router { key } => {
                let key = self.prefix(site, key);
                if !key.is_empty() {
                    self.put(site, Side::Makes, key, String::new(), site.id, ExprId::NONE);
                }
                true
            }
            Does::Prefix { key } => {
                let key = self.prefix(site, key);
                self.put(
                    site,
                    Side::Joins,
                    key,
                    String::new(),
                    ExprId::NONE,
                    ExprId::NONE,
                );
                true
            }
            Does::Request { verb, key } => {
                let verb = self.verbs(site, verb).pop().unwrap_or_default();
                let mut found = false;
                for key in self.keys_at(site, key) {
                    let is_client = || {
                        let root = self.root_name(site.callee).map(str::to_ascii_lowercase);
                        root.is_some_and(|root| CLIENTS.iter().any(|part| root.contains(part)))
                    };
                    let path = keys::request(&key);
                    let path = path.or_else(|| keys::relative(&key).filter(|_| is_client()));
                    if let Some(path) = path {
                        self.put(site, Side::Uses, path, verb.clone(), site.id, on);
                        found = true;
                    }
                }
                found
            }
            Does::Collection { key, handler } => self.collection(site, key, handler),
            Does::Verbs => {
                let verbs: SmallVec<[&str; 2]> = site
                    .args
                    .iter()
                    .filter_map(|arg| self.verb_of(*arg))
                    .collect();
                self.verbs_after(site, &verbs)
            }
            Does::Client => false,
        }
    }

    pub(super) fn collection(&mut self, site: &Site, key: Arg, handler: Arg) -> bool {
        let (keys, handler) = (self.keys_at(site, key), self.arg(site, handler));
        let (Some(key), Some(handler)) = (keys.first(), handler) else {
            return false;
        };
        let on = self.base_of(site.callee).unwrap_or(ExprId::NONE);
        let key = keys::route(key);
        let below = if key.is_empty() {
            keys::ANY.to_owned()
        } else {
            format!("{key}/{}", keys::ANY)
        };
        for key in [key, below] {
            self.put(site, Side::Provides, key, String::new(), handler, on);
        }
        true
    }

    /// Gives verbs to the routes that the call before made.
    pub(super) fn verbs_after(&mut self, site: &Site, verbs: &[&str]) -> bool {
        let Some(before) = self.base_of(site.callee) else {
            return false;
        };
        let Some(start) = self.drafts.iter().rposition(|draft| draft.call != before) else {
            return false;
        };
        let routes = self.drafts.split_off(start + 1);
        for route in routes {
            for verb in verbs {
                self.drafts.push(Draft {
                    verb: (*verb).to_owned(),
                    key: route.key.clone(),
                    ..route
                });
            }
        }
        true
    }

    pub(super) fn route(
        &mut self,
        rule: &CallRule,
        site: &Site,
        verb: Verb,
        key: Arg,
        handler: Arg,
    ) -> bool {
        let handler = match handler {
            Arg::Around => ExprId::NONE,
            handler => match self.arg(site, handler) {
                Some(handler) => handler,
                None => return false,
            },
        };
        // Only where the name alone says that it is a route may the key be anything.
        let is_named = matches!(rule.shape, Shape::Beside(_) | Shape::Decorates);
        let mut found = false;
        let verbs = self.verbs(site, verb);
        let on = match key {
            Arg::Chained(names) => self
                .chained(site, names)
                .and_then(|(_, callee)| self.base_of(callee)),
            _ => self.base_of(site.callee),
        };
        for text in self.keys_at(site, key) {
            let (verb, text) = match (verb, text.split_once(' ')) {
                (Verb::InKey, Some((verb, rest))) if keys::is_verb(verb) => {
                    (Some(verb.to_owned()), rest.trim_start().to_owned())
                }
                _ => (None, text),
            };
            let is_path = text.starts_with('/') || text == "*" || text.is_empty();
            if !is_named && !is_path || text.contains("://") {
                continue;
            }
            let key = keys::route(&text);
            let verbs = verb.map_or_else(|| verbs.clone(), |verb| SmallVec::from_iter([verb]));
            for verb in verbs {
                let on = on.unwrap_or(ExprId::NONE);
                self.put(site, Side::Provides, key.clone(), verb, handler, on);
            }
            found = true;
        }
        found
    }

    /// `get(list).post(create)`, `web::get().to(list)`.
    pub(super) fn routes(&mut self, site: &Site, key: Arg, handlers: Arg) -> bool {
        let Some(mut call) = self.arg(site, handlers) else {
            return false;
        };
        let keys = self.keys_at(site, key);
        if keys.is_empty() {
            return false;
        }
        let on = match key {
            Arg::Chained(names) => self
                .chained(site, names)
                .and_then(|(_, callee)| self.base_of(callee)),
            _ => self.base_of(site.callee),
        };
        let mut pending = None;
        for _ in 0..MAX_CHAIN {
            let Expr::Call(callee, args) = self.exprs.expr(call) else {
                break;
            };
            self.drafts.retain(|draft| draft.at != call);
            let name = self
                .last_name(callee)
                .map_or("", |name| self.facts.text(name));
            let verb = keys::verb(name).or(matches!(name, "any" | "route").then_some(""));
            let given = self.file.list(args).next();
            match (verb, given.or(pending)) {
                (Some(verb), Some(handler)) => {
                    for key in &keys {
                        let key = keys::route(key);
                        let on = on.unwrap_or(ExprId::NONE);
                        self.put(site, Side::Provides, key, verb.to_owned(), handler, on);
                    }
                    pending = None;
                }
                _ if name == "to" => pending = given,
                _ => {}
            }
            match self.base_of(callee) {
                Some(base) => call = base,
                None => break,
            }
        }
        true
    }

    pub(super) fn annotation(&mut self, does: Does, site: &Site, named: &[(Name, ExprId)]) {
        let is_key = |name: Name| KEYS.contains(&self.facts.text(name));
        let given = named.iter().find(|(name, _)| is_key(*name));
        let paths = named.iter().filter(|(name, _)| is_key(*name));
        let mut texts: Keys = paths.flat_map(|(_, key)| self.texts(*key, site)).collect();
        if texts.is_empty() {
            texts.push(String::new());
        }
        let verbs = self.annotated_verbs(does, site, named);
        // JAX-RS tells verb and path by two annotations; the other libraries that have `GET` give it the path.
        let last = self.drafts.last_mut();
        let other = last.filter(|last| last.side == Side::Provides && last.symbol == site.symbol);
        match (does, given, other) {
            (Does::Request { .. }, None, Some(draft)) if draft.verb.is_empty() => {
                draft.verb.clone_from(&verbs[0]);
                return;
            }
            (Does::Request { .. }, None, _) => {
                self.push(
                    site,
                    Side::Provides,
                    String::new(),
                    verbs[0].as_str(),
                    ExprId::NONE,
                );
                return;
            }
            (
                Does::Route {
                    verb: Verb::Any, ..
                },
                Some(_),
                Some(draft),
            ) if draft.key.is_empty() => {
                draft.key = keys::route(&texts[0]);
                return;
            }
            _ => {}
        }
        for key in texts {
            match does {
                Does::Prefix { .. } => {
                    self.push(site, Side::Joins, keys::route(&key), "", ExprId::NONE);
                }
                Does::Route { .. } => {
                    for verb in &verbs {
                        let key = keys::route(&key);
                        self.push(site, Side::Provides, key, verb.as_str(), ExprId::NONE);
                    }
                }
                Does::Request { .. } => {
                    let path = format!("/{}", key.trim_start_matches('/'));
                    for verb in &verbs {
                        if let Some(key) = keys::request(&path) {
                            self.push(site, Side::Uses, key, verb.as_str(), ExprId::NONE);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    pub(super) fn annotated_verbs(
        &self,
        does: Does,
        site: &Site,
        named: &[(Name, ExprId)],
    ) -> SmallVec<[String; 1]> {
        let (Does::Route { verb, .. } | Does::Request { verb, .. }) = does else {
            return SmallVec::new();
        };
        let Verb::Listed(name, otherwise) = verb else {
            return self.verbs(site, verb);
        };
        let listed = named
            .iter()
            .filter(|(given, _)| self.facts.text(*given) == name);
        let mut verbs: SmallVec<[String; 1]> = listed
            .flat_map(|(_, list)| self.listed_verbs(*list))
            .collect();
        if verbs.is_empty() {
            verbs.push(otherwise.to_owned());
        }
        verbs
    }
    pub(super) fn annotations(&mut self) {
        let mut clients: FxHashSet<SymbolId> = FxHashSet::default();
        for annotation in &self.facts.notes().annotations {
            let text = self.facts.text(annotation.name);
            let kind = self.file.symbols[annotation.symbol.index()].kind;
            let encloses = [NodeKind::Class, NodeKind::Interface]
                .iter()
                .any(|type_kind| kind == type_kind.number());
            let site = Site {
                id: ExprId::NONE,
                callee: ExprId::NONE,
                args: annotation.args.iter().map(|(_, value)| *value).collect(),
                symbol: annotation.symbol,
                line: annotation.line,
                decorates: true,
            };
            let mut rules = self.rules.annotations.iter();
            let rule =
                rules.find(|rule| rule.name == text && (rule.shape == Shape::Encloses) == encloses);
            match rule.map(|rule| rule.does) {
                Some(Does::Client) => {
                    clients.insert(annotation.symbol);
                }
                Some(does) => self.annotation(does, &site, &annotation.args),
                None => {}
            }
        }
        for draft in &mut self.drafts {
            let around = self.file.symbols[draft.symbol.index()].parent;
            if draft.side == Side::Provides && clients.contains(&around) {
                draft.side = Side::Uses;
            }
        }
    }
}
