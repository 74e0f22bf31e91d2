//! Flask, FastAPI, Starlette, Django, aiohttp; requests, httpx and the test clients of these.

use crate::ends::{
    Arg, CONFIGURATION, CallRule, Does, EndRules, Generated, NO_SERVICE_NAMES, Read, Shape, Verb,
};

pub(super) static ENDS: EndRules = EndRules {
    calls: CALLS,
    annotations: &[],
    signs: &[
        "APIRouter",
        "Blueprint",
        "add_subapp",
        "include_router",
        "register_blueprint",
        "urlpatterns",
    ],
    formats: &["format"],
    variables: &[
        Read::Call("getenv", &[]),
        Read::Call("get", &["environ"]),
        Read::Call("pop", &["environ"]),
        Read::Call("setdefault", &["environ"]),
        Read::Key("environ"),
    ],
    settings: &["BaseSettings"],
    configuration: &CONFIGURATION,
    table_names: &["__tablename__", "db_table"],
    table_annotations: &[],
    generated: &[Generated::base("", "Servicer"), Generated::stub("", "Stub")],
    services: &NO_SERVICE_NAMES,
    programs: &[
        ("run", &["subprocess"]),
        ("call", &["subprocess"]),
        ("check_call", &["subprocess"]),
        ("check_output", &["subprocess"]),
        ("getoutput", &["subprocess"]),
        ("Popen", &[]),
        ("system", &["os"]),
        ("popen", &["os"]),
        ("create_subprocess_exec", &[]),
        ("create_subprocess_shell", &[]),
        ("run", &["script_runner"]),
    ],
    is_built: false,
};

const fn added(name: &'static str, verb: &'static str) -> CallRule {
    CallRule::route(name, Shape::Handler, Verb::Is(verb))
}

const fn view(name: &'static str) -> CallRule {
    let does = Does::Route {
        verb: Verb::Any,
        key: Arg::NamedOrAt("route", 0),
        handler: Arg::NamedOrAt("view", 1),
    };
    CallRule::new(name, Shape::Beside("urlpatterns"), does)
}

const fn listed(name: &'static str, handler: &'static str, verb: &'static str) -> CallRule {
    let does = Does::Route {
        verb: Verb::Listed("methods", verb),
        key: Arg::NamedOrAt("path", 0),
        handler: Arg::NamedOrAt(handler, 1),
    };
    CallRule::new(name, Shape::Any, does)
}

const fn prefixed(name: &'static str, key: &'static str) -> CallRule {
    CallRule::new(
        name,
        Shape::Any,
        Does::Router {
            key: Arg::Named(key),
        },
    )
}

const fn joined(name: &'static str, key: Arg, child: Arg) -> CallRule {
    CallRule::new(name, Shape::Any, Does::Join { key, child })
}

const FIRST: Arg = Arg::NamedOrAt("path", 0);

#[rustfmt::skip] // A table.
const CALLS: &[CallRule] = &[
    CallRule::decorator("get", Verb::Is("GET"), FIRST),
    CallRule::decorator("post", Verb::Is("POST"), FIRST),
    CallRule::decorator("put", Verb::Is("PUT"), FIRST),
    CallRule::decorator("patch", Verb::Is("PATCH"), FIRST),
    CallRule::decorator("delete", Verb::Is("DELETE"), FIRST),
    CallRule::decorator("head", Verb::Is("HEAD"), FIRST),
    CallRule::decorator("options", Verb::Is("OPTIONS"), FIRST),
    CallRule::decorator("route", Verb::Listed("methods", "GET"), FIRST),
    CallRule::decorator("api_route", Verb::Listed("methods", ""), FIRST),
    CallRule::decorator("websocket", Verb::Is("GET"), FIRST),
    // Django
    CallRule::new("path", Shape::Including("include"), Does::Join { key: Arg::At(0), child: Arg::Inside("include", 1) }),
    CallRule::new("re_path", Shape::Including("include"), Does::Join { key: Arg::At(0), child: Arg::Inside("include", 1) }),
    CallRule::new("url", Shape::Including("include"), Does::Join { key: Arg::At(0), child: Arg::Inside("include", 1) }),
    view("path"),
    view("re_path"),
    view("url"),
    CallRule::new("register", Shape::OnPart("router"), Does::Collection { key: Arg::At(0), handler: Arg::At(1) }),
    // Routes that are no decorators
    listed("add_url_rule", "view_func", "GET"),
    listed("add_api_route", "endpoint", "GET"),
    listed("add_route", "route", ""),
    listed("Route", "endpoint", "GET"),
    CallRule::new("add_resource", Shape::Any, Does::Route { verb: Verb::Any, key: Arg::At(1), handler: Arg::At(0) }),
    added("add_get", "GET"),
    added("add_post", "POST"),
    added("add_put", "PUT"),
    added("add_patch", "PATCH"),
    added("add_delete", "DELETE"),
    // Routers
    prefixed("APIRouter", "prefix"),
    prefixed("Blueprint", "url_prefix"),
    prefixed("Namespace", "path"),
    joined("include_router", Arg::Named("prefix"), Arg::NamedOrAt("router", 0)),
    joined("register_blueprint", Arg::Named("url_prefix"), Arg::NamedOrAt("blueprint", 0)),
    joined("mount", Arg::At(0), Arg::NamedOrAt("app", 1)),
    joined("Mount", Arg::At(0), Arg::NamedOrAt("app", 1)),
    joined("add_subapp", Arg::At(0), Arg::At(1)),
    // Requests
    CallRule::request("get", "GET"),
    CallRule::request("post", "POST"),
    CallRule::request("put", "PUT"),
    CallRule::request("patch", "PATCH"),
    CallRule::request("delete", "DELETE"),
    CallRule::request("head", "HEAD"),
    CallRule::request("options", "OPTIONS"),
    CallRule::new("urlopen", Shape::Any, Does::Request { verb: Verb::Any, key: Arg::At(0) }),
    CallRule::new("open", Shape::On("client"), Does::Request { verb: Verb::Any, key: Arg::At(0) }),
    CallRule::new("websocket_connect", Shape::Any, Does::Request { verb: Verb::Is("GET"), key: Arg::At(0) }),
    CallRule::new("stream", Shape::Any, Does::Request { verb: Verb::At(0), key: Arg::At(1) }),
];
