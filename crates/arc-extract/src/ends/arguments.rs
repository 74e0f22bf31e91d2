//! Arguments of calls: keys, verbs, names, and whether a rule holds.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few shapes of `Expr` can be the text, the router or the handler of a route; any other says nothing"
)]

use smallvec::SmallVec;

use super::http::{Keys, MAX_CHAIN, MAX_KEYS, Recogniser, Site};
use super::keys::{self, UNKNOWN_BASE};
use super::rules::{Arg, Shape, Verb};
use crate::facts::{Expr, ExprId, Name, SymbolId};

impl<'f> Recogniser<'f> {
    pub(super) fn find_named_texts(&mut self) {
        for binding in &self.file.bindings {
            if binding.value.is_some() && self.own_text(binding.value).is_some() {
                let symbol = self.symbol_of_block(binding.block);
                let known = self.named_texts.entry(binding.name).or_default();
                if known.len() < MAX_KEYS {
                    known.push((symbol, binding.at, binding.value));
                }
            }
        }
    }
    pub(super) fn fits(&self, shape: Shape, site: &Site) -> bool {
        match shape {
            Shape::Decorates => return site.decorates,
            _ if site.decorates => return false,
            _ => {}
        }
        match shape {
            Shape::Any | Shape::Decorates => true,
            Shape::Handler => self.has_handler(site, true),
            Shape::HandlerOn(parts) => {
                let root = self.root_name(site.callee).map(str::to_ascii_lowercase);
                let is_router =
                    root.is_some_and(|root| parts.iter().any(|part| root.contains(part)));
                self.has_handler(site, is_router)
            }
            Shape::On(name) => self
                .base_of(site.callee)
                .and_then(|base| self.last_name(base))
                .is_some_and(|base| self.facts.text(base) == name),
            Shape::Chained(names) => self.chained(site, names).is_some(),
            Shape::Beside(name) => self.facts.known(name).is_some(),
            Shape::Takes(count) => site.args.len() == count,
            Shape::OnPart(part) => {
                let root = self.root_name(site.callee).map(str::to_ascii_lowercase);
                root.is_some_and(|root| root.contains(part))
            }
            Shape::Handles => match site.args.as_slice() {
                [only] => matches!(self.exprs.expr(*only), Expr::Symbol(_)),
                _ => false,
            },
            Shape::Including(name) => self.inside(site, name, 1).is_some(),
            Shape::Encloses => false,
        }
    }

    pub(super) fn inside(&self, site: &Site, name: &str, at: usize) -> Option<ExprId> {
        let Expr::Call(callee, args) = self.exprs.expr(*site.args.get(at)?) else {
            return None;
        };
        let is_called = self.facts.text(self.last_name(callee)?) == name;
        self.file.list(args).next().filter(|_| is_called)
    }

    /// Whether the last of several arguments is a function; `or_named`: a name will do.
    pub(super) fn has_handler(&self, site: &Site, or_named: bool) -> bool {
        let [_, between @ .., last] = site.args.as_slice() else {
            return false;
        };
        let is_value = |id: &ExprId| {
            matches!(
                self.exprs.expr(*id),
                Expr::Text(_) | Expr::Literal(_) | Expr::Object(_) | Expr::Map(_)
            )
        };
        match self.exprs.expr(*last) {
            Expr::Symbol(_) => true,
            Expr::Name(_) | Expr::Member(..) | Expr::Call(..) | Expr::List(_) => {
                or_named && !between.iter().any(is_value)
            }
            _ => false,
        }
    }

    /// The key of the call that this one is chained to.
    pub(super) fn chained(&self, site: &Site, names: &[&str]) -> Option<(ExprId, ExprId)> {
        let mut call = self.base_of(site.callee)?;
        for _ in 0..MAX_CHAIN {
            let Expr::Call(callee, args) = self.exprs.expr(call) else {
                return None;
            };
            let name = self.last_name(callee)?;
            if names.contains(&self.facts.text(name)) {
                return Some((self.file.list(args).next()?, callee));
            }
            call = self.base_of(callee)?;
        }
        None
    }
    pub(super) fn arg(&self, site: &Site, which: Arg) -> Option<ExprId> {
        match which {
            Arg::At(at) => {
                let given = *site.args.get(at)?;
                (!matches!(self.exprs.expr(given), Expr::Keyword(..))).then_some(given)
            }
            Arg::Last => site.args.last().copied().filter(|_| site.args.len() > 1),
            Arg::Named(name) => self.named(&site.args, name),
            Arg::NamedOrAt(name, at) => self
                .named(&site.args, name)
                .or_else(|| self.arg(site, Arg::At(at))),
            Arg::Property(name, at) => self.property(*site.args.get(at)?, name),
            Arg::Chained(names) => self.chained(site, names).map(|(key, _)| key),
            Arg::Around | Arg::Nothing => None,
            Arg::Final => site.args.last().copied(),
            Arg::Inside(name, at) => self.inside(site, name, at),
        }
    }

    pub(super) fn named(&self, args: &[ExprId], name: &str) -> Option<ExprId> {
        args.iter().find_map(|arg| match self.exprs.expr(*arg) {
            Expr::Keyword(given, value) if self.facts.text(given) == name => Some(value),
            _ => None,
        })
    }

    pub(super) fn property(&self, object: ExprId, name: &str) -> Option<ExprId> {
        let Expr::Object(list) = self.exprs.expr(object) else {
            return None;
        };
        let properties: SmallVec<[ExprId; 8]> = self.file.list(list).take(64).collect();
        self.named(&properties, name)
    }

    pub(super) fn keys_at(&self, site: &Site, which: Arg) -> Keys {
        match self.arg(site, which) {
            Some(key) => self.texts(key, site),
            None => Keys::new(),
        }
    }

    /// A prefix; one that is given and not known can be anything.
    pub(super) fn prefix(&self, site: &Site, which: Arg) -> String {
        match self.arg(site, which) {
            Some(given) => match self.text(given, site) {
                Some(text) if text.contains("{}") => UNKNOWN_BASE.to_owned(),
                Some(text) => keys::route(&text),
                // `app.use(router)`: what stands where the prefix would is the router itself.
                None if matches!(which, Arg::At(_)) => String::new(),
                None => UNKNOWN_BASE.to_owned(),
            },
            None => String::new(),
        }
    }

    /// The texts of an expression: one, or those of a list.
    pub(super) fn texts(&self, id: ExprId, site: &Site) -> Keys {
        match self.exprs.expr(id) {
            Expr::List(items) | Expr::Tuple(items) => {
                let items = self.file.list(items).take(MAX_KEYS);
                items.filter_map(|item| self.text(item, site)).collect()
            }
            _ => self.text(id, site).into_iter().collect(),
        }
    }

    pub(super) fn text(&self, id: ExprId, site: &Site) -> Option<String> {
        if let Expr::Name(name) = self.exprs.expr(id)
            && self.facts.notes().text_of(id).is_none()
        {
            let known = self.named_texts.get(&name)?;
            let here = known
                .iter()
                .rfind(|(symbol, at, _)| *symbol == site.symbol && *at <= id.0);
            let value = match (here, known.as_slice()) {
                (Some((_, _, value)), _) => *value,
                (None, [(SymbolId(0), _, value)]) => *value,
                _ => return None,
            };
            return self.own_text(value);
        }
        self.own_text(id)
    }

    /// The text that an expression itself makes, `{}` where it is not constant.
    pub(super) fn own_text(&self, id: ExprId) -> Option<String> {
        if let Some(text) = self.facts.notes().text_of(id) {
            return Some(text.to_owned());
        }
        match self.exprs.expr(id) {
            Expr::Text(text) => Some(self.facts.text(text).to_owned()),
            Expr::Call(callee, args) => {
                let name = self.facts.text(self.last_name(callee)?);
                if !self.rules.formats.contains(&name) {
                    return None;
                }
                let format = match self.base_of(callee).map(|base| self.exprs.expr(base)) {
                    Some(Expr::Text(text)) => text,
                    _ => match self.exprs.expr(self.file.list(args).next()?) {
                        Expr::Text(text) => text,
                        _ => return None,
                    },
                };
                Some(keys::with_holes(self.facts.text(format)))
            }
            _ => None,
        }
    }

    pub(super) fn verbs(&self, site: &Site, verb: Verb) -> SmallVec<[String; 1]> {
        let one = |verb: &str| SmallVec::from_iter([verb.to_owned()]);
        match verb {
            Verb::Any | Verb::InKey => one(""),
            Verb::Is(verb) => one(verb),
            Verb::At(at) => {
                let given = site.args.get(at).and_then(|arg| self.verb_of(*arg));
                one(given.unwrap_or(""))
            }
            Verb::Before => one(self.verb_before(site).unwrap_or("")),
            Verb::Listed(name, otherwise) => match self.named(&site.args, name) {
                Some(list) => self.listed_verbs(list),
                None => one(otherwise),
            },
            Verb::Property(name, at) => {
                let object = site.args.get(at);
                let given = object.and_then(|object| self.property(*object, name));
                match given {
                    Some(given) => one(self.verb_of(given).unwrap_or("")),
                    None => one("GET"),
                }
            }
        }
    }

    /// The verb of a call further up the chain: `client.post().uri(…)`, `builder().method("POST").uri(…)`.
    pub(super) fn verb_before(&self, site: &Site) -> Option<&'static str> {
        let mut call = self.base_of(site.callee)?;
        for _ in 0..MAX_CHAIN {
            let Expr::Call(callee, args) = self.exprs.expr(call) else {
                return None;
            };
            let name = self.facts.text(self.last_name(callee)?);
            if name == "method" {
                return self.verb_of(self.file.list(args).next()?);
            }
            if let Some(verb) = keys::verb(name) {
                return Some(verb);
            }
            call = self.base_of(callee)?;
        }
        None
    }

    pub(super) fn listed_verbs(&self, list: ExprId) -> SmallVec<[String; 1]> {
        let verbs: SmallVec<[String; 1]> = match self.exprs.expr(list) {
            Expr::List(items) | Expr::Tuple(items) => {
                let items = self.file.list(items).take(MAX_KEYS);
                items
                    .filter_map(|item| self.verb_of(item))
                    .map(str::to_owned)
                    .collect()
            }
            _ => self.verb_of(list).map(str::to_owned).into_iter().collect(),
        };
        if verbs.is_empty() {
            return SmallVec::from_iter([String::new()]);
        }
        verbs
    }

    /// A verb as a text or a constant (`http.MethodGet`, `RequestMethod.GET`).
    pub(super) fn verb_of(&self, id: ExprId) -> Option<&'static str> {
        match self.exprs.expr(id) {
            Expr::Text(name) => {
                let text = self.facts.text(name);
                let is_shouted = text.bytes().all(|byte| byte.is_ascii_uppercase());
                keys::verb(text).filter(|_| is_shouted || text.len() < 8)
            }
            Expr::Member(_, name) => {
                let text = self.facts.text(name);
                keys::verb(text.strip_prefix("Method").unwrap_or(text))
            }
            _ => None,
        }
    }

    // ---- names ----

    /// What a call is made on.
    pub(super) fn base_of(&self, callee: ExprId) -> Option<ExprId> {
        match self.exprs.expr(callee) {
            Expr::Member(base, _) => Some(base),
            Expr::Apply(base, _) => self.base_of_member(base),
            _ => None,
        }
    }

    pub(super) fn base_of_member(&self, id: ExprId) -> Option<ExprId> {
        match self.exprs.expr(id) {
            Expr::Member(base, _) => Some(base),
            _ => None,
        }
    }

    pub(super) fn last_name(&self, id: ExprId) -> Option<Name> {
        let id = match self.exprs.expr(id) {
            Expr::Apply(base, _) => base,
            _ => id,
        };
        match self.exprs.expr(id) {
            Expr::Name(name) | Expr::Member(_, name) => Some(name),
            _ => None,
        }
    }

    /// The first name of a chain of members and calls.
    pub(super) fn root_name(&self, id: ExprId) -> Option<&'f str> {
        let mut id = id;
        for _ in 0..MAX_CHAIN {
            id = match self.exprs.expr(id) {
                Expr::Name(name) => return Some(self.file.text(name)),
                // `this.app.get(…)`
                Expr::Member(base, name) => match self.exprs.expr(base) {
                    Expr::This => return Some(self.file.text(name)),
                    _ => base,
                },
                Expr::Call(callee, _) => callee,
                _ => return None,
            };
        }
        None
    }
}
