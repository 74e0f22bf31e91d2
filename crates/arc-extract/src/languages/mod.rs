//! One file (or folder) per language, and the table that lists them. A language owns everything about itself: how its
//! files are recognised, how its syntax becomes facts, how its imports name files, and what its names mean.

use crate::builder::FactsBuilder;
use crate::ends::EndRules;
use crate::project::{ImportTarget, ProjectFiles};
use crate::source::Source;

mod affixes;
mod bash;
mod c_family;
mod commands;
mod compile_commands;
mod csharp;
mod dart;
mod docker;
mod dotenv;
#[cfg(test)]
pub(crate) mod dump;
mod elixir;
mod go;
mod go_mod;
mod hcl;
mod java;
mod json;
mod jvm_builds;
mod kotlin;
mod linked;
mod lua;
mod make;
mod markdown;
mod outline;
mod php;
mod properties;
mod proto;
mod python;
mod requirements;
mod ruby;
mod rust;
mod scala;
mod settings;
mod sql;
mod swift;
mod syntax;
mod toml;
mod typescript;
mod yaml;

pub use rust::{DOC_TEST, DOC_TEST_COMPILED, DOC_TEST_OWNER};

/// Every language, sorted by name.
#[rustfmt::skip] // One entry per line, so that two additions merge cleanly.
static LANGUAGES: &[&dyn Language] = &[
    &bash::BASH,
    &c_family::C,
    &c_family::Cpp,
    &compile_commands::COMPILE_COMMANDS,
    &csharp::CSHARP,
    &dart::DART,
    &docker::DOCKER,
    &dotenv::DOTENV,
    &elixir::ELIXIR,
    &go::Go,
    &go_mod::GO_MOD,
    &jvm_builds::GRADLE,
    &hcl::HCL,
    &java::Java,
    &json::JSON,
    &json::PNPM,
    &kotlin::KOTLIN,
    &lua::LUA,
    &make::MAKE,
    &markdown::MARKDOWN,
    &jvm_builds::MAVEN,
    &php::PHP,
    &properties::PROPERTIES,
    &proto::PROTO,
    &python::Python,
    &requirements::REQUIREMENTS,
    &ruby::RUBY,
    &rust::Rust,
    &scala::SCALA,
    &sql::SQL,
    &swift::SWIFT,
    &toml::TOML,
    &typescript::JavaScript,
    &typescript::TypeScript,
    &yaml::YAML,
];

/// Languages whose edges were held against those of a compiler or a type checker, sorted.
#[rustfmt::skip] // One entry per line, so that two additions merge cleanly.
pub(crate) static MEASURED: &[&str] = &[
    "c",
    "go",
    "java",
    "javascript",
    "python",
    "rust",
    "typescript",
];

/// The field of an object that holds what its other members are asked of; no source can spell it.
pub(crate) const FORWARDED: &str = "\u{0}forwarded";

pub(crate) use c_family::openers::{IN_NAMES, OPENER, OPENS};

/// The namespace of the macros of all files, each under its name and [`MACRO_MARK`]; no source can spell it.
pub(crate) const MACROS: &str = "\u{0}macros";

/// What the name of a macro ends with where it is used as one.
pub(crate) const MACRO_MARK: char = '!';

/// The prelude's type of what a function gives that shows its first parameter to be of a type (`x is T`).
pub(crate) const GUARD: &str = "__Guard";

/// The prelude's type of what a function gives of which only a call tells the member (`T[K]`): the object's type, the key.
pub(crate) const KEYED: &str = "__Keyed";

/// The operator that gives a test the fixture whose name is its operand; no source can spell it.
pub(crate) const REQUESTED: &str = "\u{0}requested";

/// How far a language is understood; printed by `arc doctor` and in `docs/languages.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// References are resolved across files with types.
    Resolved,
    /// Definitions, imports and references by name and by declared type.
    Named,
    /// Structure and links.
    Linked,
}

/// What we know of a language.
pub(crate) trait Language: Sync {
    /// The name in lower case (`python`, `c#`).
    fn name(&self) -> &'static str;

    /// How far it is understood.
    fn tier(&self) -> Tier;

    /// File extensions without the dot, in lower case.
    fn extensions(&self) -> &'static [&'static str];

    /// Whole file names (`Dockerfile`, `go.mod`), or prefixes of one when they end in `*` (`Dockerfile.*`).
    fn file_names(&self) -> &'static [&'static str];

    /// Programs of a `#!` line, without version digits (`python`, `bash`).
    fn interpreters(&self) -> &'static [&'static str];

    /// The other language that a file with one of this language's names is in, by its text.
    fn sharing_names(&self, _path: &str, _text: &str) -> Option<&'static dyn Language> {
        None
    }

    /// The grammar for a file of this path; `None` for a language that is read without one.
    fn grammar(&self, path: &str) -> Option<tree_sitter::Language>;

    /// Adds the facts of a file. Must survive any tree: `ERROR` and missing nodes, any depth.
    fn lower(&self, source: &Source<'_>, facts: &mut FactsBuilder);

    /// Whether `lower` deals itself with a text that its grammar cannot read.
    fn mends_texts(&self) -> bool {
        false
    }

    /// The module name of a file, the first part of its symbols' qualified names (`app.config` for `src/app/config.py`);
    /// empty when the symbols' own path is the whole name.
    fn module_name(&self, project: &ProjectFiles, path: &str) -> String;

    /// What an import names, best first. `from` is the importing file, `module` the text of the import, `name` what is
    /// taken from it. Every file that the statement runs may be returned; the first is the one whose names are taken.
    fn resolve_import(
        &self,
        project: &ProjectFiles,
        from: &str,
        module: &str,
        name: Option<&str>,
    ) -> Vec<ImportTarget>;

    /// The programs that packages of the project install or build, and where they begin.
    fn entry_points(&self, _project: &ProjectFiles) -> Vec<EntryPoint> {
        Vec::new()
    }

    /// How names and members behave.
    fn semantics(&self) -> &'static Semantics;

    /// Declarations of the built-in types in the language itself: pairs of module name (empty: visible everywhere) and
    /// source text. They are lowered like any file, and their symbols count as outside the repository.
    fn prelude(&self) -> &'static [(&'static str, &'static str)];

    /// The extension that tells which grammar reads the prelude, where a language has several.
    fn prelude_extension(&self) -> &'static str {
        self.extensions().first().copied().unwrap_or("")
    }
}

/// Where a program of the project begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EntryPoint {
    /// What it is started by.
    pub(crate) name: String,
    /// The file it begins in.
    pub(crate) file: String,
    /// The function of that file; empty when the file itself is run.
    pub(crate) entry: String,
    /// The folder of its package, "" for the root.
    pub(crate) package: String,
}

/// Which calls are errors by the number and names of their arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arity {
    /// None, or the facts do not say enough of arguments.
    Free,
    /// Those with too many arguments, unless none are named: `f()` takes what it is given. Of a call the
    /// facts have no arguments at the end that say nothing of types (C).
    NoMoreThanNamed,
    /// Those with too many arguments. Of parameters that may be left out the facts do not say so (TypeScript).
    NoMore,
    /// Those that leave a parameter without a value as well.
    Exact,
}

/// How names and members behave in a language; read by the resolver.
pub(crate) struct Semantics {
    /// Between the parts of a qualified name: `.` or `::`.
    pub(crate) separator: &'static str,
    /// Code inside a class sees the class's members without a receiver (Java, C#, C++, Ruby methods).
    pub(crate) members_in_scope: bool,
    /// Members are called without parentheses, so a read may run a method (Ruby, Scala).
    pub(crate) reads_call: bool,
    /// Only names in the export table are seen by importers (TypeScript); otherwise every top-level name.
    pub(crate) explicit_exports: bool,
    /// What a file imports whole it does not give on, unless it says so (Dart's `export`).
    pub(crate) imports_stay_inside: bool,
    /// Methods that build an instance: `__init__`, `constructor`; empty when a constructor has the name of its class.
    pub(crate) constructors: &'static [&'static str],
    /// The method run by calling an instance (`__call__`, `invoke`, `operator()`); empty when there is none.
    pub(crate) call_operator: &'static str,
    /// The first parameter of a method is its receiver (Python).
    pub(crate) receiver_is_parameter: bool,
    /// Calls and reads nobody declares in the project: built-in functions and types that the prelude leaves out.
    pub(crate) builtins: &'static [&'static str],
    /// Member names so frequent on built-in types that a match by bare name would be a guess (`get`, `append`, `push`).
    pub(crate) common_members: &'static [&'static str],
    /// Unnamed values may be matched to a definition by bare name, at low confidence.
    pub(crate) match_bare_names: bool,
    /// Imports are paths through names (Rust): the first part of a path that no scope knows is asked of
    /// `resolve_import`, and the text of a star import is such a path.
    pub(crate) imports_are_paths: bool,
    /// Several definitions of one name in one type are overloads, told apart by their arguments.
    pub(crate) overloads: bool,
    /// Methods whose result, or whose result's result, is one element of the value, in the order tried
    /// (`__iter__`, `__next__`); the first argument of a generic type is the last resort.
    pub(crate) iteration: &'static [&'static str],
    /// The method behind `value[key]`; empty when only the prelude's containers have one.
    pub(crate) index_operator: &'static str,
    /// The operator that joins types (`A | B`); empty when operators know no types.
    pub(crate) union_operator: &'static str,
    /// Methods run by entering a context (`__enter__`, `__aenter__`).
    pub(crate) enter_operators: &'static [&'static str],
    /// Methods that run once an instance is made, after the constructor.
    pub(crate) construction_hooks: &'static [&'static str],
    /// The prelude's type of an asynchronous function's result (`Promise`); empty when awaiting gives the same value.
    pub(crate) async_type: &'static str,
    /// The method of the prelude's types that gives what awaiting them does, where not only `async_type` can be awaited;
    /// empty when nothing else can.
    pub(crate) await_operator: &'static str,
    /// The prelude's type of a generator's result.
    pub(crate) generator_type: &'static str,
    /// The prelude's types of list, tuple, map and text literals, in this order; empty where there is none.
    pub(crate) literal_types: [&'static str; 4],
    /// Files whose fixtures are offered to all tests of their folder and below (`conftest.py`).
    pub(crate) fixture_files: &'static [&'static str],
    /// Functions outside the project whose result stands for their first argument (`functools.partial`, `functools.wraps`).
    pub(crate) transparent: &'static [&'static str],
    /// Languages of one family see the names in each other's namespaces (`jvm`: Kotlin calls Java); empty when the same
    /// label in another language is another namespace.
    pub(crate) namespace_family: &'static str,
    /// A plain name that is called also means functions in the namespaces of the arguments' types (C++).
    pub(crate) looks_by_arguments: bool,
    /// A program has one function of a name, whatever its parameters (C); otherwise others may take other parameters.
    pub(crate) one_function_per_name: bool,
    /// Which calls with other arguments than the function's parameters ask for are errors.
    pub(crate) arity: Arity,
    /// A type may use members of its receiver that only types below it have (mix-ins, Python).
    pub(crate) members_from_below: bool,
    /// The method that answers for members nobody has (`__getattr__`); empty when there is none.
    pub(crate) missing_member: &'static str,
    /// Operators that make a text of a value: what a type lacks of them the next one does.
    pub(crate) text_operators: &'static [&'static str],
    /// Calling a type converts a value to it, and a type with all methods of an interface is one of its kind without
    /// saying so (Go).
    pub(crate) structural: bool,
    /// A declared type is a hint: what is given to a place that is declared as something to be called, or as an interface,
    /// need not say that it is one (Python).
    pub(crate) types_are_hints: bool,
    /// A type and a variable may share a name without being the same thing (`interface A`, `const A`).
    pub(crate) types_apart: bool,
    /// The namespace whose names every file sees without importing them; empty when there is none.
    pub(crate) global_namespace: &'static str,
    /// Names for the object whose members are the names of `global_namespace`.
    pub(crate) global_objects: &'static [&'static str],
    /// How calls find their target at run time; `None` where only what is written counts.
    pub(crate) late_binding: Option<&'static LateBinding>,
    /// What its frameworks and libraries offer and ask for at run time by a text.
    pub(crate) ends: &'static EndRules,
}

impl Semantics {
    /// Whether who calls an object is said to call the method that answers (Kotlin's `invoke`, C++'s `operator()`). Elsewhere
    /// (`__call__`, call signatures) it is one of the methods that run although nobody wrote them.
    pub(crate) fn calls_name_operator(&self) -> bool {
        !matches!(self.call_operator, "__call__" | "()")
    }
}

/// What runs although no expression names it: implementations below a declared type, functions that stand for an
/// interface, members looked up by their names.
pub(crate) struct LateBinding {
    /// Methods of the prelude that look something up by a name given as text.
    pub(crate) lookups: &'static [Lookup],
    /// Methods that run what was looked up.
    pub(crate) invocations: &'static [&'static str],
    /// The prelude's type of an object that stands for a type; its argument is the type.
    pub(crate) class_type: &'static str,
    /// The operator that joins texts.
    pub(crate) concatenation: &'static str,
    /// The method that gives a part of a joined text its text.
    pub(crate) as_text: &'static str,
    /// Methods of the prelude that run another method of an object.
    pub(crate) runs: &'static [Run],
}

/// A method of the library that runs another one, of its receiver or of an argument.
pub(crate) struct Run {
    /// The type that has the method.
    pub(crate) owner: &'static str,
    /// The method.
    pub(crate) method: &'static str,
    /// The argument whose method is run; `None` for the receiver.
    pub(crate) argument: Option<usize>,
    /// The method that is run; it takes nothing.
    pub(crate) runs: &'static str,
}

/// A method that looks something up by its name.
pub(crate) struct Lookup {
    /// The method's name.
    pub(crate) method: &'static str,
    /// What it finds.
    pub(crate) wanted: Wanted,
    /// The argument that is the object of the type to look in; `None` for the receiver.
    pub(crate) type_at: Option<usize>,
    /// The argument that is the name; meaningless for a constructor.
    pub(crate) name_at: usize,
    /// The first argument that says the types of the parameters.
    pub(crate) params_at: usize,
}

/// What a lookup finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// A constructor of the type.
    Constructor,
    /// A method of the type.
    Method,
    /// The type of a full name.
    Type,
}

/// The language with this name.
pub(crate) fn by_name(name: &str) -> Option<&'static dyn Language> {
    LANGUAGES
        .iter()
        .copied()
        .find(|language| language.name() == name)
}

/// The language of a file by its path alone.
pub(crate) fn by_path(path: &str) -> Option<&'static dyn Language> {
    let file_name = path.rsplit('/').next().unwrap_or(path);
    let find = |is_it: &dyn Fn(&dyn Language) -> bool| {
        LANGUAGES.iter().copied().find(|language| is_it(*language))
    };
    let by_name = find(&|language| language.file_names().contains(&file_name));
    let extension = file_name.rsplit_once('.');
    let extension = extension.map(|(_, extension)| extension.to_ascii_lowercase());
    let by_extension = || {
        let extension = extension.as_deref()?;
        find(&|language| language.extensions().contains(&extension))
    };
    // What a name begins with says less than how it ends: `requirements.py` is a module.
    let by_beginning = || {
        let begins = |pattern: &&str| {
            let beginning = pattern.strip_suffix('*');
            beginning.is_some_and(|beginning| file_name.starts_with(beginning))
        };
        find(&|language| language.file_names().iter().any(begins))
    };
    by_name.or_else(by_extension).or_else(by_beginning)
}

/// The language of a file without a telling name, by its first line.
pub(crate) fn by_shebang(first_line: &str) -> Option<&'static dyn Language> {
    let command = first_line.strip_prefix("#!")?;
    let mut words = command.split_whitespace();
    let mut program = words.next()?.rsplit('/').next()?;
    if program == "env" {
        program = words.find(|word| !word.starts_with('-') && !word.contains('='))?;
    }
    let program = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    LANGUAGES
        .iter()
        .copied()
        .find(|language| language.interpreters().contains(&program))
}

/// All languages, sorted by name.
pub(crate) fn all() -> &'static [&'static dyn Language] {
    LANGUAGES
}
