//! What one file says, in a form that is the same for every language.
//!
//! A language lowers its syntax tree to a small dataflow program: *symbols* (definitions), *blocks* (lexical scopes),
//! *bindings* (a name is given a value) and *expressions* (how values are made from values). Nothing here knows another
//! file, and the resolver sees nothing but this: it never reads source.
//!
//! Expressions are appended in the order of evaluation, so that an [`ExprId`] is also a moment in time inside its block:
//! a binding made `at` an id is seen by the names that come after it.

use thin_vec::ThinVec;

use crate::ends::LinkEnd;
pub(crate) use crate::expr_table::{Exprs, Unpacked};
pub(crate) use crate::exprs::{Expr, ExprNode, Role};
pub(crate) use crate::names::Names;
use crate::wire::wire;

/// Ids of this file's tables. `NONE` stands for an absent one.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// No such thing.
            pub const NONE: $name = $name(u32::MAX);

            /// Whether there is such a thing.
            #[must_use]
            pub fn is_some(self) -> bool {
                self.0 != u32::MAX
            }

            /// The position in the table; meaningless for `NONE`.
            #[must_use]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl Default for $name {
            fn default() -> $name {
                $name::NONE
            }
        }

        impl crate::wire::Wire for $name {
            // Shifted by one so that the frequent `NONE` takes one byte.
            fn put(&self, out: &mut Vec<u8>) {
                self.0.wrapping_add(1).put(out);
            }
            fn get(input: &mut crate::wire::Reader<'_>) -> Result<Self, crate::wire::WireError> {
                Ok($name(u32::get(input)?.wrapping_sub(1)))
            }
        }
    )*};
}

ids! {
    /// A string of the file's string table.
    Name;
    /// A definition. `SymbolId(0)` is the file itself.
    SymbolId;
    /// A lexical scope. `BlockId(0)` is the file's top level.
    BlockId;
    /// An expression.
    ExprId;
    /// A run of expressions in [`FileFacts::lists`].
    ListId;
    /// An import.
    ImportId;
}

wire! {
/// A definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SymbolFact {
    /// Its own name; empty for the file and for anonymous functions.
    pub name: Name,
    /// An [`arc_graph::NodeKind`] by number.
    pub kind: u8,
    /// The definition it stands in; `NONE` for the file. For a member that is written outside its type (a Go method, a
    /// Rust impl, C++ `A::f`), the type if it is in this file, else the file.
    pub parent: SymbolId,
    /// The block of its body; `NONE` when it has none.
    pub body: BlockId,
    /// First line of the definition, decorators and attributes left out, from 1.
    pub line: u32,
    /// Last line of the definition.
    pub end_line: u32,
    /// A set of [`flag`]s.
    pub flags: u32,
    /// Parameters in order, a `self` receiver included where the language writes it as a parameter (Python, Rust, Go's
    /// does not count).
    pub params: ThinVec<ParamFact>,
    /// Type parameters in order: name and bound (`NONE` when unbounded).
    pub type_params: ThinVec<TypeParamFact>,
    /// Declared type: of the result for a function, of the value for a field or variable, the aliased type for an alias.
    pub declared: ExprId,
    /// Base types, implemented interfaces, supertraits, in order of writing.
    pub bases: ListId,
    /// Names of the type path it belongs to when `parent` could not say it (`Vec` for `impl Trait for Vec` elsewhere);
    /// goes into the qualified name before `name`. `NONE` otherwise.
    pub owner: Name,
    /// Branches plus one (cyclomatic complexity) for functions, 0 otherwise.
    pub complexity: u16,
}
}

wire! {
/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParamFact {
    /// Its name; the property name for a destructured one is bound separately.
    pub name: Name,
    /// Declared type, `NONE` when absent.
    pub declared: ExprId,
    /// Default value, `NONE` when absent.
    pub default: ExprId,
    /// 0 positional, 1 takes the remaining positional arguments (`*args`, `...rest`), 2 takes the remaining keywords
    /// (`**kwargs`), 3 keyword only, 4 the receiver (`self`, `cls`, `&self`).
    pub kind: u8,
}
}

wire! {
/// A type parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeParamFact {
    /// Its name.
    pub name: Name,
    /// Its upper bound or bounds (an [`Expr::Either`] of them), `NONE` when unbounded.
    pub bound: ExprId,
}
}

/// Flags of a [`SymbolFact`].
pub mod flag {
    /// Called on the type, not on an instance (`@staticmethod`, `static`, a Rust function without `self`).
    pub const STATIC: u32 = 1;
    /// Receives the class (`@classmethod`).
    pub const CLASS_METHOD: u32 = 1 << 1;
    /// Read like a field, runs like a method (`@property`, a getter or setter).
    pub const PROPERTY: u32 = 1 << 2;
    /// Its result must be awaited.
    pub const ASYNC: u32 = 1 << 3;
    /// It yields.
    pub const GENERATOR: u32 = 1 << 4;
    /// It has no body and expects an implementation.
    pub const ABSTRACT: u32 = 1 << 5;
    /// One signature of several for one implementation (`@overload`, TypeScript overload signatures).
    pub const OVERLOAD: u32 = 1 << 6;
    /// Other files may use it (`pub`, `export`, a capital letter in Go, no leading underscore in Python).
    pub const PUBLIC: u32 = 1 << 7;
    /// Declared here, defined elsewhere (a C prototype, `extern`, an ambient declaration).
    pub const DECLARATION: u32 = 1 << 8;
    /// A test function, or a class whose methods are tests.
    pub const TEST: u32 = 1 << 9;
    /// A test fixture: whoever names it as a parameter gets its result.
    pub const FIXTURE: u32 = 1 << 10;
    /// Builds an instance of its parent.
    pub const CONSTRUCTOR: u32 = 1 << 11;
    /// Compiled only under a condition (`#[cfg]`, `#ifdef`, `if TYPE_CHECKING`).
    pub const CONDITIONAL: u32 = 1 << 12;
    /// Not to become a node of its own: its edges belong to the nearest node around it.
    pub const HIDDEN: u32 = 1 << 13;
    /// Not visible outside the file (`static` in C, a Go test-local helper is not).
    pub const FILE_LOCAL: u32 = 1 << 14;
    /// A fixture that applies without being named.
    pub const AUTOUSE: u32 = 1 << 15;
    /// Runs around the tests of its class or file (`setUp`, `beforeEach`).
    pub const SETUP: u32 = 1 << 16;
    /// A structure whose fields are parameters of its constructor (dataclass, record, case class, Rust struct literal).
    pub const FIELDS_CONSTRUCT: u32 = 1 << 17;
    /// An instance member takes its class's variable as declared type of the field (`@dataclass` fields, TS fields).
    pub const VARIANT: u32 = 1 << 18;
    /// An anonymous function that is a node of its own only where something of the project is known to call it; else its
    /// edges belong to the nearest node around it.
    pub const WHEN_CALLED: u32 = 1 << 19;
    /// Run by what is outside without being named: the entry of a program, a function under an attribute that hands it
    /// to a framework, one that a plugin is asked for.
    pub const RUN_OUTSIDE: u32 = 1 << 20;
    /// A class whose tests are run for what it derives from, whatever its name.
    pub const UNITTEST: u32 = 1 << 21;
    /// Says of itself that it stands in for the function that it is put around (`functools.wraps`).
    pub const STANDS_IN: u32 = 1 << 22;
}

wire! {
/// A lexical scope or a part of one that runs conditionally.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// The enclosing block; `NONE` for the file's.
    pub parent: BlockId,
    /// A [`BlockKind`] by number.
    pub kind: u8,
    /// The definition whose code this is (the nearest enclosing one).
    pub symbol: SymbolId,
    /// For [`BlockKind::Namespace`] the full name of the namespace, else `NONE`.
    pub label: Name,
}
}

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum BlockKind {
    /// The top level of a file that is a module of its own (Python, TypeScript, Rust).
    File = 0,
    /// Names declared here are shared with every block of the same label in any file (a Java or Go package, a C# or C++
    /// namespace, C's one global scope with the label ""). May be the file's top level.
    Namespace = 1,
    /// The body of a class, trait, enum: names declared here are its members.
    Class = 2,
    /// The body of a function, its parameters included.
    Function = 3,
    /// Statements in order that always run with their surroundings.
    Plain = 4,
    /// Statements that may not run (`if`, `case`, `try`, `except`, the right side of a short circuit).
    Branch = 5,
    /// Statements that may run again.
    Loop = 6,
    /// Members written outside their type; named by an [`Extension`].
    Extension = 7,
    /// An inline module of a file (Rust `mod x {}`, a TypeScript namespace): names declared here are its members.
    Module = 8,
}

wire! {
/// A name is given a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The name.
    pub name: Name,
    /// The block in which the name is declared; `NONE` for an assignment to a name declared further out, wherever that is.
    pub scope: BlockId,
    /// The block in which this runs.
    pub block: BlockId,
    /// The number of expressions that came before: names with a smaller id do not see it (functions and classes are seen
    /// everywhere in their scope).
    pub at: u32,
    /// The value, `NONE` when only declared.
    pub value: ExprId,
    /// The declared type, `NONE` when there is none.
    pub declared: ExprId,
    /// The definition this binding makes, when the name is a node of the graph (a module variable, a field); `NONE` for
    /// locals. For functions and classes the value is an [`Expr::Symbol`] and this is the same symbol.
    pub symbol: SymbolId,
    /// The line.
    pub line: u32,
}
}

wire! {
/// A member of something is given a value: `self.x = v`, `C.prototype.m = f`, `d["k"] = v`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberBinding {
    /// What the member belongs to.
    pub base: ExprId,
    /// The member's name, or `NONE` for an element under an unknown key (`list.append(v)`, `d[k] = v`).
    pub name: Name,
    /// The value, `NONE` when only declared.
    pub value: ExprId,
    /// The declared type.
    pub declared: ExprId,
    /// The field this makes, when the language says that it does (`self.x = …` in a method); `NONE` otherwise.
    pub symbol: SymbolId,
    /// The line.
    pub line: u32,
}
}

wire! {
/// An import as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportFact {
    /// The module as written (`..pkg.mod`, `./a`, `java.util`, `stdio.h`), in the form the language's `resolve_import` reads.
    pub module: Name,
    /// The name taken from it; `NONE` for the module itself.
    pub name: Name,
    /// The block whose names grow by it.
    pub block: BlockId,
    /// The line.
    pub line: u32,
    /// A set of [`import_flag`]s.
    pub flags: u32,
}
}

/// Flags of an [`ImportFact`].
pub(crate) mod import_flag {
    /// All public names of the module become names of the block.
    pub(crate) const STAR: u32 = 1;
    /// All exported names of the module are exported again (`export * from`).
    pub(crate) const EXPORT_STAR: u32 = 1 << 1;
    /// For types only.
    pub(crate) const TYPE_ONLY: u32 = 1 << 2;
    /// May fail or be skipped (`try/except ImportError`, `#ifdef`).
    pub(crate) const CONDITIONAL: u32 = 1 << 3;
    /// Written as an expression (`require(…)`, `import(…)`, `importlib.import_module("…")`).
    pub(crate) const DYNAMIC: u32 = 1 << 4;
    /// The text of the other file becomes part of this one (C `#include`, Ruby `load`, PHP `require`, `include!`).
    pub(crate) const INCLUDE: u32 = 1 << 5;
    /// Declares a submodule (Rust `mod x;`).
    pub(crate) const SUBMODULE: u32 = 1 << 6;
    /// A CommonJS `require`, which takes the whole `module.exports`.
    pub(crate) const COMMONJS: u32 = 1 << 7;
    /// The name was made by us, not written (an implicit package import): no `imports` edge.
    pub(crate) const IMPLICIT: u32 = 1 << 8;
}

wire! {
/// A name that a file with explicit exports offers. `default` for a default export, `=` for `module.exports = …`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportFact {
    /// The name others use.
    pub name: Name,
    /// What it stands for (a `Name`, a `Symbol`, an `Import` for `export {x} from`).
    pub value: ExprId,
    /// The line.
    pub line: u32,
}
}

wire! {
/// Members written outside their type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension {
    /// The type that gets the members.
    pub target: ExprId,
    /// Interfaces or traits that it thereby implements.
    pub interfaces: ListId,
    /// The [`BlockKind::Extension`] block that declares the members.
    pub block: BlockId,
    /// The line.
    pub line: u32,
    /// The interfaces are those of references to the type (`impl Trait for &T`), not its own.
    pub is_of_reference: bool,
}
}

wire! {
/// A result of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReturnFact {
    /// The function.
    pub symbol: SymbolId,
    /// The value.
    pub value: ExprId,
    /// It is yielded, not returned.
    pub is_yield: bool,
}
}

wire! {
/// A string or name in a document or configuration file that points at something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The text: a path, a symbol's name, a package's name.
    pub text: Name,
    /// A [`MentionKind`] by number.
    pub kind: u8,
    /// The [`arc_graph::EdgeKind`] by number: `documents`, `configures`, `depends_on`, `references`.
    pub edge: u8,
    /// The definition that mentions it.
    pub symbol: SymbolId,
    /// The line.
    pub line: u32,
}
}

/// What a mention points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum MentionKind {
    /// A file or folder, relative to the file or to the root.
    Path = 0,
    /// A symbol by name or qualified name (`Config.load`, `load()`), resolved only when it is unique.
    Symbol = 1,
    /// A package outside the repository (`npm:react`, `pypi:requests`, `crates:serde`, `go:golang.org/x/net`).
    Package = 2,
    /// A resource, role, table or key defined in any file of the same language, by name.
    Resource = 3,
    /// Any definition in a file of the same language, by name.
    Definition = 4,
    /// A definition by its module and its names in it, as the language imports them (`app.auth.Backend.login`).
    Imported = 5,
}

wire! {
/// Text of a definition's documentation, for search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocFact {
    /// The definition.
    pub symbol: SymbolId,
    /// Its documentation, comment marks removed, cut at 400 bytes.
    pub text: String,
}
}

wire! {
/// One setting of a manifest (`package.json`, `tsconfig.json`, `Cargo.toml`, `go.mod`, `pyproject.toml`), flattened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Keys from the root joined by U+001F, array positions as decimal numbers.
    pub key: String,
    /// The value as text.
    pub value: String,
}
}

wire! {
/// Everything one file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileFacts {
    /// Documentation texts. They come first: see [`FileFacts::unpack_docs`].
    pub docs: Vec<DocFact>,
    /// The strings that `Name`s index.
    pub names: Names,
    /// Definitions; the first is the file.
    pub symbols: Vec<SymbolFact>,
    /// Lexical scopes; the first is the file's top level.
    pub blocks: Vec<Block>,
    /// Expressions in order of evaluation.
    pub exprs: Exprs,
    /// The elements of all lists; a `ListId` points at a length followed by so many expression ids.
    pub lists: Vec<u32>,
    /// Names given values.
    pub bindings: Vec<Binding>,
    /// Members given values.
    pub members: Vec<MemberBinding>,
    /// Imports.
    pub imports: Vec<ImportFact>,
    /// Explicit exports.
    pub exports: Vec<ExportFact>,
    /// Members written outside their type.
    pub extensions: Vec<Extension>,
    /// Results of functions.
    pub returns: Vec<ReturnFact>,
    /// Links of documents and configuration.
    pub mentions: Vec<Mention>,
    /// Ends of links that only exist at run time. Most files have none.
    pub ends: ThinVec<LinkEnd>,
    /// Settings of a manifest.
    pub settings: Vec<Setting>,
    /// Lines of the file.
    pub lines: u32,
    /// Bytes inside syntax errors.
    pub error_bytes: u32,
    /// Problems met while reading, for people.
    pub diagnostics: Vec<String>,
}
}

impl FileFacts {
    /// Gives back the memory that growing took: facts are kept until the whole project is resolved.
    pub(crate) fn shrink_to_fit(&mut self) {
        self.names.shrink_to_fit();
        self.symbols.shrink_to_fit();
        self.blocks.shrink_to_fit();
        self.exprs.shrink_to_fit();
        self.lists.shrink_to_fit();
        self.bindings.shrink_to_fit();
        self.members.shrink_to_fit();
        self.imports.shrink_to_fit();
        self.returns.shrink_to_fit();
        self.docs.shrink_to_fit();
    }

    /// Whether names of the file may come from another one that does not say which: any name may be one of those.
    #[must_use]
    pub fn imports_everything(&self) -> bool {
        let everything = import_flag::STAR | import_flag::INCLUDE;
        self.imports
            .iter()
            .any(|import| import.flags & everything != 0)
    }

    /// The lines with imports that somebody wrote as such: not those where a name is spelled out in full in the middle of code.
    pub fn import_lines(&self) -> impl Iterator<Item = u32> {
        let written = |import: &&ImportFact| import.flags & import_flag::IMPLICIT == 0;
        self.imports
            .iter()
            .filter(written)
            .map(|import| import.line)
    }

    /// The text of a name; empty for `NONE`.
    #[must_use]
    pub fn text(&self, name: Name) -> &str {
        self.names.get(name.index()).unwrap_or("")
    }

    /// The elements of a list; none for `NONE`.
    pub fn list(&self, list: ListId) -> impl ExactSizeIterator<Item = ExprId> + '_ {
        let start = list.index();
        let length = self.lists.get(start).map_or(0, |length| *length as usize);
        let elements = if list.is_some() {
            &self.lists[start + 1..start + 1 + length]
        } else {
            &[]
        };
        elements.iter().map(|id| ExprId(*id))
    }
}
