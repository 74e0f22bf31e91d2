//! How the languages of this frame read environment variables: they have taken the names from each other.

use crate::ends::{EndRules, NO_ENDS, Read};

pub(in crate::languages) static ENDS: EndRules = EndRules {
    variables: &[
        Read::Call("getenv", &[]),
        Read::Call("get_env", &[]),
        Read::Call("fetch_env", &[]),
        Read::Call("fetch_env!", &[]),
        Read::Call("GetEnvironmentVariable", &[]),
        Read::Call("fetch", &["ENV"]),
        Read::Key("ENV"),
        Read::Key("$_ENV"),
        Read::Key("environment"),
    ],
    ..NO_ENDS
};
