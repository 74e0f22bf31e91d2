//! Spring, JAX-RS, Feign, Retrofit; `RestTemplate`, `WebClient`, MockMvc.

use crate::ends::{
    Arg, CONFIGURATION, CallRule, ConfigurationReads, Does, EndRules, Generated, NO_SERVICE_NAMES,
    Read, Shape, Verb,
};

pub(super) static ENDS: EndRules = EndRules {
    calls: CALLS,
    annotations: ANNOTATIONS,
    signs: &[
        "DELETE",
        "FeignClient",
        "GET",
        "GetMapping",
        "PATCH",
        "POST",
        "PUT",
        "Path",
        "RequestMapping",
    ],
    formats: &["format", "formatted"],
    variables: &[Read::Call("getenv", &[])],
    settings: &[],
    configuration: &ConfigurationReads {
        annotations: &["ConditionalOnProperty", "ConfigurationProperties", "Value"],
        ..CONFIGURATION
    },
    table_names: &[],
    table_annotations: &["Entity", "Table"],
    generated: &[
        Generated::base("", "ImplBase"),
        Generated::stub("", "Grpc"),
        Generated::stub("", "BlockingStub"),
        Generated::stub("", "Stub"),
        Generated::stub("", "FutureStub"),
    ],
    services: &NO_SERVICE_NAMES,
    programs: &[("ProcessBuilder", &[])],
    is_built: false,
};

const fn sent(name: &'static str, verb: &'static str) -> CallRule {
    CallRule::request(name, verb)
}

const fn mapped(name: &'static str, verb: &'static str) -> CallRule {
    CallRule::decorator(name, Verb::Is(verb), Arg::At(0))
}

const fn asked(name: &'static str, verb: &'static str) -> CallRule {
    let does = Does::Request {
        verb: Verb::Is(verb),
        key: Arg::At(0),
    };
    CallRule::new(name, Shape::Decorates, does)
}

#[rustfmt::skip] // A table.
const CALLS: &[CallRule] = &[
    sent("get", "GET"),
    sent("post", "POST"),
    sent("put", "PUT"),
    sent("patch", "PATCH"),
    sent("delete", "DELETE"),
    sent("head", "HEAD"),
    sent("getForObject", "GET"),
    sent("getForEntity", "GET"),
    sent("postForObject", "POST"),
    sent("postForEntity", "POST"),
    sent("postForLocation", "POST"),
    sent("patchForObject", "PATCH"),
    CallRule::new("exchange", Shape::Any, Does::Request { verb: Verb::At(1), key: Arg::At(0) }),
    CallRule::new("uri", Shape::Any, Does::Request { verb: Verb::Before, key: Arg::At(0) }),
    CallRule::new("create", Shape::On("URI"), Does::Request { verb: Verb::Any, key: Arg::At(0) }),
];

#[rustfmt::skip] // A table.
const ANNOTATIONS: &[CallRule] = &[
    mapped("GetMapping", "GET"),
    mapped("PostMapping", "POST"),
    mapped("PutMapping", "PUT"),
    mapped("PatchMapping", "PATCH"),
    mapped("DeleteMapping", "DELETE"),
    CallRule::decorator("RequestMapping", Verb::Listed("method", ""), Arg::At(0)),
    CallRule::new("RequestMapping", Shape::Encloses, Does::Prefix { key: Arg::At(0) }),
    CallRule::new("Path", Shape::Encloses, Does::Prefix { key: Arg::At(0) }),
    CallRule::decorator("Path", Verb::Any, Arg::At(0)),
    CallRule::new("FeignClient", Shape::Encloses, Does::Client),
    asked("GET", "GET"),
    asked("POST", "POST"),
    asked("PUT", "PUT"),
    asked("PATCH", "PATCH"),
    asked("DELETE", "DELETE"),
];
