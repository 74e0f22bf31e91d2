//! Express, Fastify, Hono and their like, Nest; `fetch`, axios, Angular's client, supertest, generated clients.

use crate::ends::{
    Arg, CONFIGURATION, CallRule, Does, EndRules, Generated, Read, ServiceNames, Shape, Verb,
};

pub(super) static ENDS: EndRules = EndRules {
    calls: CALLS,
    annotations: ANNOTATIONS,
    signs: &["$http", "Controller", "Router", "axios"],
    formats: &[],
    variables: &[
        Read::Member("env", &["process", "Bun", ""]),
        Read::Key("env"),
        Read::Call("get", &["env"]),
    ],
    settings: &[],
    configuration: &CONFIGURATION,
    table_names: &[],
    table_annotations: &["Entity"],
    generated: &[Generated::stub("", "Client"), Generated::base("", "Server")],
    services: &ServiceNames {
        procedures: &["GrpcMethod", "GrpcStreamCall", "GrpcStreamMethod"],
        registrations: &["addService"],
        stubs: &["getService"],
        loader: "loadPackageDefinition",
    },
    programs: &[
        ("spawn", &[]),
        ("spawnSync", &[]),
        ("exec", &["child_process", "cp", "childProcess"]),
        ("execSync", &[]),
        ("execFile", &[]),
        ("execFileSync", &[]),
        ("fork", &[]),
        ("execa", &[]),
        ("execaSync", &[]),
        ("execaNode", &[]),
        ("execaCommand", &[]),
    ],
    is_built: false,
};

/// Parts of names that routers have.
const ROUTERS: Shape = Shape::HandlerOn(&["app", "rout", "server", "fastify", "hono"]);

const fn route(name: &'static str, verb: &'static str) -> CallRule {
    CallRule::route(name, ROUTERS, Verb::Is(verb))
}

const fn chained(name: &'static str, verb: &'static str) -> CallRule {
    let does = Does::Route {
        verb: Verb::Is(verb),
        key: Arg::Chained(&["route"]),
        handler: Arg::Final,
    };
    CallRule::new(name, Shape::Chained(&["route"]), does)
}

const fn described(name: &'static str, verb: &'static str, at: usize) -> CallRule {
    let does = Does::Request {
        verb: Verb::Property(verb, at),
        key: Arg::Property("url", at),
    };
    CallRule::new(name, Shape::Any, does)
}

const fn generated(name: &'static str, verb: &'static str) -> CallRule {
    let does = Does::Request {
        verb: Verb::Is(verb),
        key: Arg::Property("url", 0),
    };
    CallRule::new(name, Shape::Any, does)
}

const fn fetched(name: &'static str) -> CallRule {
    let does = Does::Request {
        verb: Verb::Property("method", 1),
        key: Arg::At(0),
    };
    CallRule::new(name, Shape::Any, does)
}

#[rustfmt::skip] // A table.
const CALLS: &[CallRule] = &[
    chained("get", "GET"),
    chained("post", "POST"),
    chained("put", "PUT"),
    chained("patch", "PATCH"),
    chained("delete", "DELETE"),
    chained("all", ""),
    route("get", "GET"),
    route("post", "POST"),
    route("put", "PUT"),
    route("patch", "PATCH"),
    route("delete", "DELETE"),
    route("del", "DELETE"),
    route("head", "HEAD"),
    route("options", "OPTIONS"),
    route("all", ""),
    CallRule::new("route", Shape::Any, Does::Route { verb: Verb::Property("method", 0), key: Arg::Property("url", 0), handler: Arg::Property("handler", 0) }),
    CallRule::new("use", Shape::Takes(1), Does::Join { key: Arg::Nothing, child: Arg::At(0) }),
    CallRule::new("use", Shape::Any, Does::Join { key: Arg::At(0), child: Arg::Last }),
    CallRule::new("register", Shape::Any, Does::Join { key: Arg::Property("prefix", 1), child: Arg::At(0) }),
    CallRule::new("route", Shape::Takes(2), Does::Join { key: Arg::At(0), child: Arg::At(1) }),
    // Requests
    CallRule::request("get", "GET"),
    CallRule::request("post", "POST"),
    CallRule::request("put", "PUT"),
    CallRule::request("patch", "PATCH"),
    CallRule::request("delete", "DELETE"),
    CallRule::request("del", "DELETE"),
    CallRule::request("head", "HEAD"),
    generated("get", "GET"),
    generated("post", "POST"),
    generated("put", "PUT"),
    generated("patch", "PATCH"),
    generated("delete", "DELETE"),
    fetched("fetch"),
    fetched("$fetch"),
    fetched("useFetch"),
    fetched("axios"),
    fetched("ky"),
    CallRule::new("useSWR", Shape::Any, Does::Request { verb: Verb::Is("GET"), key: Arg::At(0) }),
    described("axios", "method", 0),
    described("request", "method", 0),
    described("request", "method", 1),
    described("__request", "method", 1),
    described("ajax", "type", 0),
];

#[rustfmt::skip] // A table.
const ANNOTATIONS: &[CallRule] = &[
    CallRule::decorator("Get", Verb::Is("GET"), Arg::At(0)),
    CallRule::decorator("Post", Verb::Is("POST"), Arg::At(0)),
    CallRule::decorator("Put", Verb::Is("PUT"), Arg::At(0)),
    CallRule::decorator("Patch", Verb::Is("PATCH"), Arg::At(0)),
    CallRule::decorator("Delete", Verb::Is("DELETE"), Arg::At(0)),
    CallRule::decorator("Head", Verb::Is("HEAD"), Arg::At(0)),
    CallRule::decorator("Options", Verb::Is("OPTIONS"), Arg::At(0)),
    CallRule::decorator("All", Verb::Any, Arg::At(0)),
    CallRule::new("Controller", Shape::Encloses, Does::Prefix { key: Arg::At(0) }),
];
