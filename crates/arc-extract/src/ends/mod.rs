//! Ends of links that only exist at run time: a route and a request for it, a variable and who sets it, a table and the
//! statement that names it. Code on the two sides never names each other; both write the same text.
//!
//! A file's ends are recognised once it is lowered, from what the tree already became: calls with constant texts,
//! decorators, annotations. Which names mean what is said by tables ([`EndRules`]) that each language owns. Nothing is tied
//! together here: that takes all files, and is done by `resolve/links`.

mod apply;
mod arguments;
mod http;
mod keys;
mod notes;
mod programs;
mod rules;
mod services;
mod settings;
mod tables;
mod variables;

use thin_vec::ThinVec;

use crate::builder::FactsBuilder;
use crate::facts::{ExprId, Name, SymbolId};
use crate::wire::wire;
pub(crate) use keys::{ANY, REST, UNKNOWN_BASE, with_holes};
pub(crate) use notes::{Annotation, Notes, Statement, interpolated};
pub(crate) use programs::{AS_MODULE, BUILT, BUILT_BESIDE};
pub(crate) use rules::{
    Arg, CONFIGURATION, CallRule, ConfigurationReads, Does, EndRules, Generated, NO_ENDS,
    NO_SERVICE_NAMES, Read, ServiceNames, Shape, Verb,
};
pub(crate) use settings::{placeholders, setting_key};
pub(crate) use tables::tables;
pub(crate) use variables::is_variable;

/// Ends that one file may have; a file with more was made by a machine.
const MAX_ENDS: usize = 50_000;

wire! {
/// One end of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkEnd {
    /// A `Space` by number.
    pub space: u8,
    /// A `Side` by number.
    pub side: u8,
    /// What both ends write, in the form that is the same for all languages: for HTTP, segments of a path joined by `/`.
    pub key: Name,
    /// How a request is made (`GET`); `NONE` for any way.
    pub verb: Name,
    /// The definition that provides or uses the key; for what is given as an expression, the one it is written in.
    pub symbol: SymbolId,
    /// The expression that answers, joins or makes a router; `NONE` when `symbol` says it.
    pub at: ExprId,
    /// What the call is made on: a router, a client. `NONE` for none.
    pub on: ExprId,
    /// The line, from 1.
    pub line: u32,
}
}

/// What the text of two ends names. Ends of different spaces never meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Space {
    /// Paths of HTTP requests.
    Http = 0,
    /// Environment variables.
    Variable = 1,
    /// Tables of databases.
    Table = 2,
    /// Scripts and targets, by what runs them (`npm:build`, `make:all`).
    Script = 3,
    /// Modules that are run by name; the verb is what is named in them.
    Module = 4,
    /// Services that are called from other processes.
    Service = 5,
    /// Keys of configuration files, by all names on the way.
    Setting = 6,
    /// Programs, scripts and modules that code starts.
    Program = 7,
}

/// The verb of a variable that is set inside a container only.
pub(crate) const INSIDE: &str = "inside";
/// The verb of a variable that is read before there is a container.
pub(crate) const OUTSIDE: &str = "outside";

/// What an end does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Side {
    /// Answers for the key.
    Provides = 0,
    /// Asks for the key.
    Uses = 1,
    /// Puts one router (`at`) below another (`on`), under a prefix.
    Joins = 2,
    /// Makes a router (`at`), below another (`on`) if there is one, under a prefix.
    Makes = 3,
    /// Hands a router to a function: the call is `at`.
    Passes = 4,
}

/// The ends of a file that has been lowered.
pub(crate) fn recognise(facts: &mut FactsBuilder, rules: &EndRules) -> ThinVec<LinkEnd> {
    let mut ends = Vec::new();
    if let Some(found) = http::Recogniser::new(facts, rules) {
        ends.extend(found.ends());
    }
    ends.extend(variables::find(facts, rules));
    ends.extend(settings::find(facts, rules));
    ends.extend(programs::find(facts, rules));
    ends.extend(services::find(facts, rules));
    ends.extend(tables::find(facts, rules));
    ends.truncate(MAX_ENDS);
    // What a language of configuration has said already comes first.
    let mut found = facts.take_ends();
    found.reserve_exact(ends.len());
    for end in ends {
        found.push(LinkEnd {
            space: end.space as u8,
            side: end.side as u8,
            key: facts.name(&end.key),
            verb: match end.verb.as_str() {
                "" => Name::NONE,
                verb => facts.name(verb),
            },
            symbol: end.symbol,
            at: end.at,
            on: end.on,
            line: end.line,
        });
    }
    found
}

impl Draft {
    fn new(space: Space, side: Side, key: &str, symbol: SymbolId) -> Draft {
        Draft {
            space,
            side,
            key: key.to_owned(),
            verb: String::new(),
            symbol,
            at: ExprId::NONE,
            on: ExprId::NONE,
            line: 0,
            call: ExprId::NONE,
        }
    }
}

/// An end whose texts are not interned yet.
struct Draft {
    space: Space,
    side: Side,
    key: String,
    verb: String,
    symbol: SymbolId,
    at: ExprId,
    on: ExprId,
    line: u32,
    /// The call it was found at.
    call: ExprId,
}
