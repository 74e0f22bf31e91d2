//! axum, actix-web, rocket; reqwest and the test requests of these.

use crate::ends::{
    Arg, CONFIGURATION, CallRule, Does, EndRules, Generated, NO_SERVICE_NAMES, Read, Shape, Verb,
};

pub(super) static ENDS: EndRules = EndRules {
    calls: CALLS,
    annotations: ANNOTATIONS,
    signs: &["Router", "ServiceConfig"],
    formats: &[],
    variables: &[Read::Call("var", &["env"]), Read::Call("var_os", &["env"])],
    settings: &[],
    configuration: &CONFIGURATION,
    table_names: &[],
    table_annotations: &[],
    generated: &[Generated::base("", ""), Generated::stub("", "Client")],
    services: &NO_SERVICE_NAMES,
    programs: &[
        ("new", &["Command"]),
        ("cargo_bin", &[]),
        ("cargo_bin_cmd", &[]),
        ("get_cargo_bin", &[]),
    ],
    is_built: true,
};

const fn joined(name: &'static str, key: Arg, child: Arg) -> CallRule {
    CallRule::new(name, Shape::Any, Does::Join { key, child })
}

#[rustfmt::skip] // A table.
const CALLS: &[CallRule] = &[
    CallRule::new("route", Shape::Chained(&["resource"]), Does::Routes { key: Arg::Chained(&["resource"]), handlers: Arg::At(0) }),
    CallRule::new("route", Shape::Takes(2), Does::Routes { key: Arg::At(0), handlers: Arg::At(1) }),
    // Routers
    CallRule::new("scope", Shape::Any, Does::Group { key: Arg::At(0) }),
    CallRule::new("service", Shape::Takes(1), Does::Join { key: Arg::Nothing, child: Arg::At(0) }),
    CallRule::new("configure", Shape::Takes(1), Does::Join { key: Arg::Nothing, child: Arg::At(0) }),
    CallRule::new("merge", Shape::Takes(1), Does::Join { key: Arg::Nothing, child: Arg::At(0) }),
    joined("nest", Arg::At(0), Arg::At(1)),
    joined("nest_service", Arg::At(0), Arg::At(1)),
    // Requests
    CallRule::request("get", "GET"),
    CallRule::request("post", "POST"),
    CallRule::request("put", "PUT"),
    CallRule::request("patch", "PATCH"),
    CallRule::request("delete", "DELETE"),
    CallRule::request("head", "HEAD"),
    CallRule::new("uri", Shape::Any, Does::Request { verb: Verb::Before, key: Arg::At(0) }),
    CallRule::new("request", Shape::Any, Does::Request { verb: Verb::At(0), key: Arg::At(1) }),
];

const FIRST: Arg = Arg::At(0);

#[rustfmt::skip] // A table.
const ANNOTATIONS: &[CallRule] = &[
    CallRule::decorator("get", Verb::Is("GET"), FIRST),
    CallRule::decorator("post", Verb::Is("POST"), FIRST),
    CallRule::decorator("put", Verb::Is("PUT"), FIRST),
    CallRule::decorator("patch", Verb::Is("PATCH"), FIRST),
    CallRule::decorator("delete", Verb::Is("DELETE"), FIRST),
    CallRule::decorator("head", Verb::Is("HEAD"), FIRST),
];
