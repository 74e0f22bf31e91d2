//! Reflection and method handles: what is looked up by its name.

use crate::languages::{LateBinding, Lookup, Run, Wanted};

pub(super) static LATE_BINDING: LateBinding = LateBinding {
    lookups: &[
        // `java.lang.Class`
        class("forName"),
        class("loadClass"),
        member("getDeclaredMethod"),
        member("getMethod"),
        constructor("getConstructor"),
        constructor("getDeclaredConstructor"),
        // `java.lang.invoke.MethodHandles.Lookup`
        handle("findSpecial"),
        handle("findStatic"),
        handle("findVirtual"),
        Lookup {
            method: "findConstructor",
            wanted: Wanted::Constructor,
            type_at: Some(0),
            name_at: 0,
            params_at: 1,
        },
    ],
    invocations: &[
        "invoke",
        "invokeExact",
        "invokeWithArguments",
        "newInstance",
    ],
    class_type: "Class",
    concatenation: "+",
    as_text: "toString",
    runs: &[
        Run {
            owner: "Thread",
            method: "start",
            argument: None,
            runs: "run",
        },
        Run {
            owner: "Runtime",
            method: "addShutdownHook",
            argument: Some(0),
            runs: "run",
        },
        Run {
            owner: "Timer",
            method: "schedule",
            argument: Some(0),
            runs: "run",
        },
    ],
};

const fn class(method: &'static str) -> Lookup {
    Lookup {
        method,
        wanted: Wanted::Type,
        type_at: None,
        name_at: 0,
        params_at: 1,
    }
}

/// `type.getMethod("name", A.class, B.class)`.
const fn member(method: &'static str) -> Lookup {
    Lookup {
        method,
        wanted: Wanted::Method,
        type_at: None,
        name_at: 0,
        params_at: 1,
    }
}

const fn constructor(method: &'static str) -> Lookup {
    Lookup {
        method,
        wanted: Wanted::Constructor,
        type_at: None,
        name_at: 0,
        params_at: 0,
    }
}

/// `lookup.findVirtual(type, "name", methodType(A.class, B.class))`.
const fn handle(method: &'static str) -> Lookup {
    Lookup {
        method,
        wanted: Wanted::Method,
        type_at: Some(0),
        name_at: 1,
        params_at: 2,
    }
}
