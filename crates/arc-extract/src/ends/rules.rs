//! The tables in which a language says what calls and annotations mean at the border of a program.

/// All that a language's frameworks and libraries offer.
pub(crate) struct EndRules {
    /// Calls by the last name of what is called; of several rules for a name the first that fits counts.
    pub(crate) calls: &'static [CallRule],
    /// Annotations by their last name.
    pub(crate) annotations: &'static [CallRule],
    /// Files that have one of these names are looked at even if no text in them begins with `/`.
    pub(crate) signs: &'static [&'static str],
    /// Names of functions that put values into a text (`Sprintf`).
    pub(crate) formats: &'static [&'static str],
    /// How environment variables are read.
    pub(crate) variables: &'static [Read],
    /// Types whose fields take their values from variables of the same name.
    pub(crate) settings: &'static [&'static str],
    /// How keys of configuration files are read.
    pub(crate) configuration: &'static ConfigurationReads,
    /// Members of a type that say which table it stands for.
    pub(crate) table_names: &'static [&'static str],
    /// Annotations that say it.
    pub(crate) table_annotations: &'static [&'static str],
    /// Names that generators make of the name of a service.
    pub(crate) generated: &'static [Generated],
    /// How services are named at run time.
    pub(crate) services: &'static ServiceNames,
    /// Calls that start a program, by their last name and, unless that list is empty, by what they are made on, if on anything.
    pub(crate) programs: &'static [(&'static str, &'static [&'static str])],
    /// Tests find the programs of their package by what its build says.
    pub(crate) is_built: bool,
}

/// How code names the services of an interface description without a generated name of its own.
pub(crate) struct ServiceNames {
    /// Annotations of a method that answers: texts of the service and the procedure.
    pub(crate) procedures: &'static [&'static str],
    /// Calls that take a service (`pkg.Users.service`, `UsersService`) and an object of what answers.
    pub(crate) registrations: &'static [&'static str],
    /// Calls that take a service's name as a text and give a stub.
    pub(crate) stubs: &'static [&'static str],
    /// A call after which services are members under their own names.
    pub(crate) loader: &'static str,
}

/// None.
pub(crate) const NO_SERVICE_NAMES: ServiceNames = ServiceNames {
    procedures: &[],
    registrations: &[],
    stubs: &[],
    loader: "",
};

/// A name made of the name of a service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Generated {
    before: &'static str,
    after: &'static str,
    /// Who has it as base answers for the service; otherwise who names it asks.
    pub(crate) is_base: bool,
}

impl Generated {
    pub(crate) const fn base(before: &'static str, after: &'static str) -> Generated {
        Generated {
            before,
            after,
            is_base: true,
        }
    }

    pub(crate) const fn stub(before: &'static str, after: &'static str) -> Generated {
        Generated {
            before,
            after,
            is_base: false,
        }
    }

    /// The name for a service.
    pub(crate) fn name(self, service: &str) -> String {
        format!("{}{service}{}", self.before, self.after)
    }
}

/// How an environment variable is read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Read {
    /// By a call of this name, on one of these if there are any: `getenv("X")`, `environ.get("X")`.
    Call(&'static str, &'static [&'static str]),
    /// As a key of this: `environ["X"]`.
    Key(&'static str),
    /// As a member of this member of one of these: `process.env.X`.
    Member(&'static str, &'static [&'static str]),
}

impl Read {
    /// A name without which a file has no such read.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Read::Call(name, []) | Read::Key(name) | Read::Member(name, _) => name,
            Read::Call(_, [on, ..]) => on,
        }
    }
}

/// How keys of configuration files are read: languages and libraries have taken the names from each other.
pub(crate) struct ConfigurationReads {
    /// Calls that take a key as their first argument.
    pub(crate) calls: &'static [&'static str],
    /// Names of what such a call is made on, or of what is indexed by a key.
    pub(crate) on: &'static [&'static str],
    /// Annotations whose texts are keys, or hold them as `${key}`.
    pub(crate) annotations: &'static [&'static str],
}

/// What is usual.
pub(crate) const CONFIGURATION: ConfigurationReads = ConfigurationReads {
    calls: &[
        "Get",
        "GetBool",
        "GetDuration",
        "GetFloat64",
        "GetInt",
        "GetInt64",
        "GetSection",
        "GetString",
        "GetStringMap",
        "GetStringSlice",
        "GetValue",
        "IsSet",
        "Sub",
        "UnmarshalKey",
        "dig",
        "get",
        "getBoolean",
        "getBool",
        "getConfig",
        "getDouble",
        "getDuration",
        "getInt",
        "getInteger",
        "getList",
        "getLong",
        "getNumber",
        "getOrThrow",
        "getProperty",
        "getRequiredProperty",
        "getString",
        "getStringList",
        "get_bool",
        "get_int",
        "get_string",
    ],
    on: &[
        "CONF",
        "CONFIG",
        "Config",
        "Configuration",
        "Settings",
        "_config",
        "_configuration",
        "appConfig",
        "app_config",
        "cfg",
        "conf",
        "config",
        "configService",
        "config_service",
        "configuration",
        "env",
        "environment",
        "properties",
        "props",
        "settings",
        "viper",
    ],
    annotations: &[],
};

impl EndRules {
    /// Whether some rule asks about annotations of this name.
    pub(crate) fn annotates(&self, name: &str) -> bool {
        self.annotations.iter().any(|rule| rule.name == name)
            || self.table_annotations.contains(&name)
            || self.configuration.annotations.contains(&name)
    }
}

/// A language without ends.
pub(crate) const NO_ENDS: EndRules = EndRules {
    calls: &[],
    annotations: &[],
    signs: &[],
    formats: &[],
    variables: &[],
    settings: &[],
    configuration: &CONFIGURATION,
    table_names: &[],
    table_annotations: &[],
    generated: &[],
    services: &NO_SERVICE_NAMES,
    programs: &[],
    is_built: false,
};

/// What a call of a name means.
#[derive(Clone, Copy)]
pub(crate) struct CallRule {
    /// The last name of what is called.
    pub(crate) name: &'static str,
    /// When the rule holds.
    pub(crate) shape: Shape,
    /// What it then means.
    pub(crate) does: Does,
}

/// When a rule holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Always.
    Any,
    /// The call decorates a definition.
    Decorates,
    /// It has at least two arguments, and the last can only be a function.
    Handler,
    /// The same, or the last may be a function and the first name of what is called has one of these parts.
    HandlerOn(&'static [&'static str]),
    /// It is called on something of this name.
    On(&'static str),
    /// It is called on the result of a call of this name, whose first argument is the key.
    Chained(&'static [&'static str]),
    /// The file also has this name.
    Beside(&'static str),
    /// It has so many arguments.
    Takes(usize),
    /// The name of what it is called on has this part.
    OnPart(&'static str),
    /// Its only argument is a function.
    Handles,
    /// Its second argument is a call of this name.
    Including(&'static str),
    /// It annotates a type.
    Encloses,
}

/// What a call means.
#[derive(Clone, Copy)]
pub(crate) enum Does {
    /// The handler answers for the key.
    Route { verb: Verb, key: Arg, handler: Arg },
    /// The argument tells handlers by their verbs: `get(list).post(create)`.
    Routes { key: Arg, handlers: Arg },
    /// A router is put below the one it is called on.
    Join { key: Arg, child: Arg },
    /// The result is a router below the one it is called on.
    Group { key: Arg },
    /// The result is a router of its own, under a prefix.
    Router { key: Arg },
    /// A request.
    Request { verb: Verb, key: Arg },
    /// What it annotates has this prefix.
    Prefix { key: Arg },
    /// The handler answers for the key, and for one segment below it.
    Collection { key: Arg, handler: Arg },
    /// The routes of the call it is chained to have the verbs that are its arguments.
    Verbs,
    /// What stands in the type it annotates are requests, no routes.
    Client,
}

/// Where the verb of a route or request is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Nowhere: any.
    Any,
    /// By the name.
    Is(&'static str),
    /// By the text, or the last name, at a position.
    At(usize),
    /// By the texts of a list given by name; else this one.
    Listed(&'static str, &'static str),
    /// In front of the key (`GET /x`).
    InKey,
    /// By a property of the object at a position; else `GET`.
    Property(&'static str, usize),
    /// By a call further up the chain.
    Before,
}

/// Which argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arg {
    /// At a position.
    At(usize),
    /// The last of several.
    Last,
    /// The last.
    Final,
    /// None.
    Nothing,
    /// The first argument of the call of this name that stands at a position.
    Inside(&'static str, usize),
    /// By name.
    Named(&'static str),
    /// By name, or at a position.
    NamedOrAt(&'static str, usize),
    /// A property of the object at a position.
    Property(&'static str, usize),
    /// The first argument of the call of one of these names that it is chained to.
    Chained(&'static [&'static str]),
    /// What is decorated, or where the call stands.
    Around,
}

impl CallRule {
    pub(crate) const fn new(name: &'static str, shape: Shape, does: Does) -> CallRule {
        CallRule { name, shape, does }
    }

    /// A request by a call with the name of a verb.
    pub(crate) const fn request(name: &'static str, verb: &'static str) -> CallRule {
        CallRule::new(
            name,
            Shape::Any,
            Does::Request {
                verb: Verb::Is(verb),
                key: Arg::At(0),
            },
        )
    }

    /// A route by a decorator or annotation with the name of a verb.
    pub(crate) const fn decorator(name: &'static str, verb: Verb, key: Arg) -> CallRule {
        CallRule::new(
            name,
            Shape::Decorates,
            Does::Route {
                verb,
                key,
                handler: Arg::Around,
            },
        )
    }

    /// A route by a call with the name of a verb, key first, handler last.
    pub(crate) const fn route(name: &'static str, shape: Shape, verb: Verb) -> CallRule {
        CallRule::new(
            name,
            shape,
            Does::Route {
                verb,
                key: Arg::At(0),
                handler: Arg::Last,
            },
        )
    }
}
