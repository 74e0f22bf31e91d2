//! JavaScript and TypeScript, and the scripts of single-file components. One walk reads the three grammars; imports
//! resolve the way bundlers and Node do, from paths and manifests alone.

mod blocks;
mod calls;
mod classes;
mod components;
mod declarations;
mod dynamic;
mod ends;
mod expressions;
mod imports;
mod lower;
mod modules;
mod packages;
mod patterns;
mod prototypes;
mod signatures;
mod statements;
mod syntax;
mod types;

use crate::builder::FactsBuilder;
use crate::extract::error_bytes;
use crate::isolate::isolated;
use crate::languages::{Arity, EntryPoint, Language, Semantics, Tier};
use crate::parsing::parse;
use crate::project::{ImportTarget, ProjectFiles};
use crate::source::Source;

/// JavaScript, ES modules and CommonJS.
pub(super) struct JavaScript;

/// TypeScript, and Vue and Svelte components in either language.
pub(super) struct TypeScript;

const TYPED: Semantics = Semantics {
    separator: ".",
    members_in_scope: false,
    reads_call: false,
    explicit_exports: true,
    imports_stay_inside: false,
    constructors: &["constructor"],
    call_operator: types::CALL_MEMBER,
    receiver_is_parameter: false,
    builtins: BUILTINS,
    common_members: COMMON_MEMBERS,
    match_bare_names: true,
    imports_are_paths: false,
    overloads: false,
    iteration: &["[Symbol.iterator]", "[Symbol.asyncIterator]", "next"],
    index_operator: types::INDEX_MEMBER,
    union_operator: "",
    enter_operators: &[],
    construction_hooks: &[],
    async_type: "Promise",
    await_operator: "",
    generator_type: "Generator",
    literal_types: ["Array", "Array", "Object", "String"],
    fixture_files: &[],
    transparent: &[],
    namespace_family: "",
    looks_by_arguments: false,
    one_function_per_name: false,
    arity: Arity::NoMore,
    members_from_below: false,
    missing_member: types::ANY_MEMBER,
    text_operators: &[],
    structural: false,
    types_are_hints: false,
    types_apart: true,
    global_namespace: "declare global",
    global_objects: &["globalThis", "window", "self", "global"],
    late_binding: None,
    ends: &ends::ENDS,
};

static SEMANTICS: Semantics = TYPED;

/// A call in a script may give what it likes.
static SCRIPT_SEMANTICS: Semantics = Semantics {
    arity: Arity::Free,
    ..TYPED
};

/// Globals of the language, of Node and of browsers that the prelude does not declare. Those that a project is likely to have a type of
/// its own for (`Range`, `Selection`) are left out.
const BUILTINS: &[&str] = &[
    "AbortController",
    "AbortSignal",
    "AnimationEvent",
    "ArrayBuffer",
    "AudioBuffer",
    "AudioContext",
    "BigInt",
    "BigInt64Array",
    "BigUint64Array",
    "Blob",
    "BroadcastChannel",
    "Buffer",
    "ByteLengthQueuingStrategy",
    "CSSStyleDeclaration",
    "CSSStyleSheet",
    "CacheStorage",
    "CanvasRenderingContext2D",
    "ClipboardEvent",
    "ClipboardItem",
    "CloseEvent",
    "CompositionEvent",
    "CompressionStream",
    "CountQueuingStrategy",
    "CryptoKey",
    "CustomEvent",
    "DOMException",
    "DOMMatrix",
    "DOMParser",
    "DOMPoint",
    "DOMRect",
    "DOMRectReadOnly",
    "DOMTokenList",
    "DataTransfer",
    "DataView",
    "Date",
    "DecompressionStream",
    "Document",
    "DocumentFragment",
    "DragEvent",
    "Element",
    "Error",
    "ErrorEvent",
    "Event",
    "EventSource",
    "EventTarget",
    "File",
    "FileList",
    "FileReader",
    "FinalizationRegistry",
    "Float32Array",
    "Float64Array",
    "FocusEvent",
    "FontFace",
    "FormData",
    "Function",
    "GamepadEvent",
    "HTMLAnchorElement",
    "HTMLAudioElement",
    "HTMLBodyElement",
    "HTMLButtonElement",
    "HTMLCanvasElement",
    "HTMLCollection",
    "HTMLDialogElement",
    "HTMLDivElement",
    "HTMLDocument",
    "HTMLElement",
    "HTMLFormElement",
    "HTMLHeadElement",
    "HTMLIFrameElement",
    "HTMLImageElement",
    "HTMLInputElement",
    "HTMLLIElement",
    "HTMLLabelElement",
    "HTMLLinkElement",
    "HTMLMediaElement",
    "HTMLMetaElement",
    "HTMLOptionElement",
    "HTMLParagraphElement",
    "HTMLScriptElement",
    "HTMLSelectElement",
    "HTMLSlotElement",
    "HTMLSpanElement",
    "HTMLStyleElement",
    "HTMLTableElement",
    "HTMLTemplateElement",
    "HTMLTextAreaElement",
    "HTMLUListElement",
    "HTMLVideoElement",
    "HashChangeEvent",
    "Headers",
    "IDBDatabase",
    "IDBFactory",
    "IDBKeyRange",
    "IDBObjectStore",
    "IDBRequest",
    "IDBTransaction",
    "ImageBitmap",
    "ImageData",
    "Infinity",
    "InputEvent",
    "Int16Array",
    "Int32Array",
    "Int8Array",
    "IntersectionObserver",
    "Intl",
    "KeyboardEvent",
    "MediaQueryList",
    "MediaRecorder",
    "MediaSource",
    "MediaStream",
    "MessageChannel",
    "MessageEvent",
    "MessagePort",
    "MouseEvent",
    "MutationObserver",
    "MutationRecord",
    "NaN",
    "Node",
    "NodeList",
    "OffscreenCanvas",
    "PageTransitionEvent",
    "Path2D",
    "PerformanceEntry",
    "PerformanceObserver",
    "PointerEvent",
    "PopStateEvent",
    "ProgressEvent",
    "PromiseRejectionEvent",
    "Proxy",
    "RangeError",
    "ReadableByteStreamController",
    "ReadableStream",
    "ReadableStreamBYOBReader",
    "ReadableStreamDefaultController",
    "ReadableStreamDefaultReader",
    "ReferenceError",
    "Reflect",
    "RegExp",
    "Request",
    "ResizeObserver",
    "ResizeObserverEntry",
    "Response",
    "SVGElement",
    "SVGSVGElement",
    "ServiceWorker",
    "ShadowRoot",
    "SharedArrayBuffer",
    "SharedWorker",
    "StorageEvent",
    "SubmitEvent",
    "SubtleCrypto",
    "Symbol",
    "SyntaxError",
    "TextDecoder",
    "TextDecoderStream",
    "TextEncoder",
    "TextEncoderStream",
    "TextMetrics",
    "TouchEvent",
    "TransformStream",
    "TransformStreamDefaultController",
    "TransitionEvent",
    "TypeError",
    "UIEvent",
    "URL",
    "URLPattern",
    "URLSearchParams",
    "Uint16Array",
    "Uint32Array",
    "Uint8Array",
    "Uint8ClampedArray",
    "WeakMap",
    "WeakRef",
    "WeakSet",
    "WebGL2RenderingContext",
    "WebGLRenderingContext",
    "WebSocket",
    "WheelEvent",
    "Worker",
    "WorkerGlobalScope",
    "WritableStream",
    "WritableStreamDefaultController",
    "WritableStreamDefaultWriter",
    "XMLDocument",
    "XMLHttpRequest",
    "XMLSerializer",
    "XPathResult",
    "__dirname",
    "__filename",
    "alert",
    "arguments",
    "atob",
    "btoa",
    "cancelAnimationFrame",
    "cancelIdleCallback",
    "clearImmediate",
    "clearInterval",
    "clearTimeout",
    "createImageBitmap",
    "crypto",
    "decodeURI",
    "decodeURIComponent",
    "document",
    "encodeURI",
    "encodeURIComponent",
    "escape",
    "eval",
    "exports",
    "fetch",
    "getComputedStyle",
    "getSelection",
    "global",
    "globalThis",
    "history",
    "isFinite",
    "isNaN",
    "localStorage",
    "location",
    "matchMedia",
    "module",
    "navigator",
    "parseFloat",
    "parseInt",
    "performance",
    "queueMicrotask",
    "reportError",
    "requestAnimationFrame",
    "requestIdleCallback",
    "require",
    "self",
    "sessionStorage",
    "setImmediate",
    "setInterval",
    "setTimeout",
    "structuredClone",
    "undefined",
    "unescape",
    "window",
];

/// Members of built-in and library types that say nothing about whose they are.
const COMMON_MEMBERS: &[&str] = &[
    "add",
    "addEventListener",
    "all",
    "append",
    "apply",
    "assign",
    "at",
    "bind",
    "call",
    "catch",
    "charAt",
    "charCodeAt",
    "clear",
    "clone",
    "close",
    "concat",
    "create",
    "delete",
    "dispatch",
    "emit",
    "end",
    "endsWith",
    "entries",
    "error",
    "every",
    "exec",
    "execute",
    "fill",
    "filter",
    "finally",
    "find",
    "findIndex",
    "flat",
    "flatMap",
    "forEach",
    "format",
    "from",
    "get",
    "getItem",
    "handle",
    "has",
    "hasOwnProperty",
    "includes",
    "indexOf",
    "info",
    "init",
    "insert",
    "isArray",
    "join",
    "json",
    "keys",
    "lastIndexOf",
    "length",
    "load",
    "log",
    "map",
    "match",
    "name",
    "next",
    "now",
    "off",
    "on",
    "once",
    "open",
    "padEnd",
    "padStart",
    "parse",
    "pipe",
    "pop",
    "post",
    "push",
    "query",
    "read",
    "reduce",
    "remove",
    "removeEventListener",
    "render",
    "repeat",
    "replace",
    "replaceAll",
    "reset",
    "resolve",
    "reverse",
    "run",
    "search",
    "send",
    "set",
    "setItem",
    "shift",
    "size",
    "slice",
    "some",
    "sort",
    "splice",
    "split",
    "start",
    "startsWith",
    "status",
    "stop",
    "stringify",
    "substr",
    "substring",
    "test",
    "text",
    "then",
    "toFixed",
    "toISOString",
    "toJSON",
    "toLowerCase",
    "toString",
    "toUpperCase",
    "trim",
    "trimEnd",
    "trimStart",
    "type",
    "unshift",
    "update",
    "use",
    "value",
    "valueOf",
    "values",
    "warn",
    "write",
];

/// The built-in types, as declarations.
static PRELUDE: &[(&str, &str)] = &[("", include_str!("prelude.d.ts"))];

fn lower_source(source: &Source<'_>, facts: &mut FactsBuilder) {
    if components::is_component(source.path) {
        components::lower(source, facts);
    } else if let Some(root) = source.root() {
        let grammar = syntax::grammar_for(source.path);
        if root.has_error()
            && let Some(text) = signatures::end_signatures(source.text)
            && let Some(tree) = parse(&grammar.language, &text)
            && error_bytes(tree.root_node()) < error_bytes(root)
        {
            let root = tree.root_node();
            facts.set_error_bytes(error_bytes(root));
            return lower::Lowering::new(source.path, &text, root, grammar, facts).file(root);
        }
        if let Some((text, tree)) = isolated(&grammar.language, source.text, root) {
            let root = tree.root_node();
            return lower::Lowering::new(source.path, &text, root, grammar, facts).file(root);
        }
        lower::Lowering::new(source.path, source.text, root, grammar, facts).file(root);
    }
}

impl Language for JavaScript {
    fn name(&self) -> &'static str {
        "javascript"
    }

    fn tier(&self) -> Tier {
        Tier::Resolved
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["js", "jsx", "mjs", "cjs"]
    }

    fn file_names(&self) -> &'static [&'static str] {
        &[]
    }

    fn interpreters(&self) -> &'static [&'static str] {
        &["node", "nodejs", "bun"]
    }

    fn grammar(&self, path: &str) -> Option<tree_sitter::Language> {
        Some(syntax::grammar_for(path).language.clone())
    }

    fn mends_texts(&self) -> bool {
        true
    }

    fn lower(&self, source: &Source<'_>, facts: &mut FactsBuilder) {
        lower_source(source, facts);
    }

    fn module_name(&self, _project: &ProjectFiles, path: &str) -> String {
        module_name(path)
    }

    fn resolve_import(
        &self,
        project: &ProjectFiles,
        from: &str,
        module: &str,
        _name: Option<&str>,
    ) -> Vec<ImportTarget> {
        imports::resolve(project, from, module)
    }

    fn entry_points(&self, project: &ProjectFiles) -> Vec<EntryPoint> {
        packages::entry_points(project)
    }

    fn semantics(&self) -> &'static Semantics {
        &SCRIPT_SEMANTICS
    }

    fn prelude(&self) -> &'static [(&'static str, &'static str)] {
        PRELUDE
    }

    /// The built-in types are declared in TypeScript, for both languages.
    fn prelude_extension(&self) -> &'static str {
        "ts"
    }
}

impl Language for TypeScript {
    fn name(&self) -> &'static str {
        "typescript"
    }

    fn tier(&self) -> Tier {
        Tier::Resolved
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["ts", "mts", "cts", "tsx", "vue", "svelte"]
    }

    fn file_names(&self) -> &'static [&'static str] {
        &[]
    }

    fn interpreters(&self) -> &'static [&'static str] {
        &["deno", "tsx", "ts-node"]
    }

    fn grammar(&self, path: &str) -> Option<tree_sitter::Language> {
        (!components::is_component(path)).then(|| syntax::grammar_for(path).language.clone())
    }

    fn mends_texts(&self) -> bool {
        true
    }

    fn lower(&self, source: &Source<'_>, facts: &mut FactsBuilder) {
        lower_source(source, facts);
    }

    fn module_name(&self, _project: &ProjectFiles, path: &str) -> String {
        module_name(path)
    }

    fn resolve_import(
        &self,
        project: &ProjectFiles,
        from: &str,
        module: &str,
        _name: Option<&str>,
    ) -> Vec<ImportTarget> {
        imports::resolve(project, from, module)
    }

    fn semantics(&self) -> &'static Semantics {
        &SEMANTICS
    }

    fn prelude(&self) -> &'static [(&'static str, &'static str)] {
        PRELUDE
    }
}

/// Modules go by their path without the extension: `src/app/config` for `src/app/config.ts`.
fn module_name(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or(path);
    match file.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => {
            path[..path.len() - (file.len() - stem.len())].to_owned()
        }
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::extract::extract;
    use crate::languages::dump::dump;

    fn check(path: &str, text: &str, expected: &Expect) {
        let language = crate::extract::detect(path, "").expect("a known extension");
        expected.assert_eq(&dump(&extract(language.language, path, text)));
    }

    #[test]
    fn a_class_has_fields_methods_and_parameter_properties() {
        check(
            "a.ts",
            "class A<T> extends B<T> implements C {\n  x: T = make();\n  static #n = 0;\n  constructor(private db: Db) { super(); this.db.open(); }\n  get size(): number { return this.x.length; }\n  set size(v) {}\n  run = () => this.db;\n}\n",
            &expect![[r#"
                class .A() - <B<T>, C> flags 0
                field A.x() T <> flags 0
                field A.#n() - <> flags 1
                method A.constructor(db: Db) - <> flags 800
                field A.db() Db <> flags 0
                method A.size() Number <> flags 4
                method A.size(v: -) - <> flags 4
                method A.run() - <> flags 0
                T = TypeParam(SymbolId(1), 0) : -
                x = make() : T
                #n = #Number : -
                db = Param(SymbolId(4), 0) : Db
                db = Param(SymbolId(4), 0) : Db
                v = Param(SymbolId(7), 0) : -
                return This.x.length
                return This.db
                2: A: role 1 make()
                4: constructor: role 1 Super()
                4: constructor: role 2 This.db
                4: constructor: role 1 This.db.open()
                5: size: role 2 This.x
                5: size: role 2 This.x.length
                7: run: role 2 This.db
            "#]],
        );
    }

    #[test]
    fn commonjs_exports_in_every_spelling() {
        check(
            "a.js",
            "const { a } = require('./m');\nmodule.exports = { f() {}, a };\nexports.g = () => a();\nmodule.exports.h = a;\nObject.assign(module.exports, { i: a });\n",
            &expect![[r#"
                method .f() - <> flags 0
                function .g() - <> flags 80
                a = import ./m : -
                this 0 = object(f=@f, a=a) : -
                exports = object() : -
                module = object(exports=object()) : -
                exports.[f] = @f
                exports.[a] = a
                exports.[g] = @g
                object(f=@f, a=a).[g] = @g
                exports.[h] = a
                object(f=@f, a=a).[h] = a
                exports.[i] = a
                object(f=@f, a=a).[i] = a
                return a()
                2: : role 7 a
                3: g: role 1 a()
                4: : role 2 a
                5: : role 7 a
            "#]],
        );
    }

    #[test]
    fn test_blocks_are_definitions_named_by_their_strings() {
        check(
            "a.test.ts",
            "describe('x', () => {\n  beforeEach(() => { make(); });\n  it.each([1, 2])('works %s', async (n) => { await run(n); });\n});\n",
            &expect![[r#"
                test .x() - <> flags 200
                function x.beforeEach() - <> flags 10000
                test x.works %s(n: -) - <> flags 208
                n = Param(SymbolId(3), 0) : -
                2: beforeEach: role 1 make()
                3: works %s: role 7 n
                3: works %s: role 1 run(n)
            "#]],
        );
    }

    #[test]
    fn prototypes_extend_the_function_that_builds() {
        check(
            "a.js",
            "function F() { this.x = 1; }\nF.prototype.m = function () { return this.x; };\nObject.assign(F.prototype, { n() {} });\nF.prototype = Object.create(B.prototype);\n",
            &expect![[r#"
                function .F() - <> flags 0
                field F.x() - <> flags 0
                method F.m() - <> flags 0
                method F.n() - <> flags 0
                cast(-, F).[x] = #Number
                return cast(-, F).x
                2: m: role 2 cast(-, F).x
            "#]],
        );
    }

    #[test]
    fn any_input_survives() {
        let deep = "(".repeat(10_000) + &"[".repeat(10_000);
        let calls = "a".to_owned() + &".b()".repeat(20_000);
        let sum = "1".to_owned() + &" + x".repeat(50_000);
        let functions = "function f() { ".repeat(5_000);
        let types = "type A = ".to_owned() + &"B<".repeat(5_000);
        let unions = "type A = ".to_owned() + &"'x' | ".repeat(20_000);
        let jsx = "<A>".repeat(5_000);
        for text in [
            &deep, &calls, &sum, &functions, &types, &unions, &jsx, "\0\0", "", "class {",
            "export", "import {",
        ] {
            for path in ["a.ts", "a.tsx", "a.js", "a.vue"] {
                let language = crate::extract::detect(path, "").expect("a known extension");
                let _ = extract(language.language, path, text);
            }
        }
    }
}
