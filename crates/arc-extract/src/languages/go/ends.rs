//! net/http, gin, echo, fiber, chi, gorilla; clients and test requests of net/http.

use crate::ends::{
    Arg, CONFIGURATION, CallRule, Does, EndRules, Generated, NO_SERVICE_NAMES, Read, Shape, Verb,
};

pub(super) static ENDS: EndRules = EndRules {
    calls: CALLS,
    annotations: &[],
    signs: &["NewRouter", "RouterGroup"],
    formats: &["Sprintf"],
    variables: &[Read::Call("Getenv", &[]), Read::Call("LookupEnv", &[])],
    settings: &[],
    configuration: &CONFIGURATION,
    table_names: &["TableName"],
    table_annotations: &[],
    generated: &[
        Generated::base("Unimplemented", "Server"),
        Generated::stub("New", "Client"),
        Generated::stub("", "Client"),
    ],
    services: &NO_SERVICE_NAMES,
    programs: &[("Command", &["exec"]), ("CommandContext", &["exec"])],
    is_built: false,
};

const fn route(name: &'static str, verb: &'static str) -> CallRule {
    CallRule::route(name, Shape::Handler, Verb::Is(verb))
}

const fn client(name: &'static str, verb: &'static str) -> CallRule {
    let does = Does::Request {
        verb: Verb::Is(verb),
        key: Arg::At(0),
    };
    CallRule::new(name, Shape::On("http"), does)
}

const fn told(name: &'static str) -> CallRule {
    let does = Does::Route {
        verb: Verb::At(0),
        key: Arg::At(1),
        handler: Arg::At(2),
    };
    CallRule::new(name, Shape::Takes(3), does)
}

#[rustfmt::skip] // A table.
const CALLS: &[CallRule] = &[
    client("Get", "GET"),
    client("Post", "POST"),
    client("PostForm", "POST"),
    client("Head", "HEAD"),
    route("GET", "GET"),
    route("POST", "POST"),
    route("PUT", "PUT"),
    route("PATCH", "PATCH"),
    route("DELETE", "DELETE"),
    route("HEAD", "HEAD"),
    route("OPTIONS", "OPTIONS"),
    route("Any", ""),
    route("Get", "GET"),
    route("Post", "POST"),
    route("Put", "PUT"),
    route("Patch", "PATCH"),
    route("Delete", "DELETE"),
    route("Head", "HEAD"),
    route("Options", "OPTIONS"),
    route("All", ""),
    told("Method"),
    told("MethodFunc"),
    told("Handle"),
    told("Add"),
    CallRule::route("HandleFunc", Shape::Takes(2), Verb::InKey),
    CallRule::new("Handle", Shape::Takes(2), Does::Route { verb: Verb::InKey, key: Arg::At(0), handler: Arg::At(1) }),
    CallRule::new("Methods", Shape::Any, Does::Verbs),
    // Routers
    CallRule::new("Group", Shape::Handles, Does::Join { key: Arg::Nothing, child: Arg::At(0) }),
    CallRule::new("Group", Shape::Any, Does::Group { key: Arg::At(0) }),
    CallRule::new("PathPrefix", Shape::Any, Does::Group { key: Arg::At(0) }),
    CallRule::new("Route", Shape::Takes(2), Does::Join { key: Arg::At(0), child: Arg::At(1) }),
    CallRule::new("Mount", Shape::Takes(2), Does::Join { key: Arg::At(0), child: Arg::At(1) }),
    // Requests
    CallRule::request("Get", "GET"),
    CallRule::request("Post", "POST"),
    CallRule::request("Put", "PUT"),
    CallRule::request("Patch", "PATCH"),
    CallRule::request("Delete", "DELETE"),
    CallRule::request("Head", "HEAD"),
];
