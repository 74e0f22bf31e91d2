//! What goes into the graph and what comes out of its file table.

use arc_graph::{Confidence, EdgeKind, NodeKind, Rule};

/// Bits of [`FileRow::flags`].
pub mod file_flag {
    /// Code of others that is kept in the repository.
    pub const VENDORED: u32 = 1;
    /// Written by a program.
    pub const GENERATED: u32 = 2;
    /// Squeezed for delivery.
    pub const MINIFIED: u32 = 4;
    /// No text.
    pub const BINARY: u32 = 8;
    /// Holds tests.
    pub const TEST: u32 = 16;
    /// Too large to be read.
    pub const TOO_LARGE: u32 = 32;
    /// Could not be read.
    pub const UNREADABLE: u32 = 64;
    /// A symbolic link; never followed.
    pub const SYMLINK: u32 = 128;
    /// Text in another encoding; odd bytes were replaced.
    pub const NOT_UTF8: u32 = 256;
}

/// Bits of [`NodeRow::flags`].
pub mod node_flag {
    /// A test, or a class of tests.
    pub const TEST: u32 = 1;
    /// Other files may use it.
    pub const PUBLIC: u32 = 2;
    /// A test fixture.
    pub const FIXTURE: u32 = 4;
    /// Has no body and expects an implementation.
    pub const ABSTRACT: u32 = 8;
    /// Called on the type.
    pub const STATIC: u32 = 16;
    /// Must be awaited.
    pub const ASYNC: u32 = 32;
    /// Declared here, defined elsewhere.
    pub const DECLARATION: u32 = 64;
    /// Builds an instance of its parent.
    pub const CONSTRUCTOR: u32 = 128;
    /// Read like a field, runs like a method.
    pub const PROPERTY: u32 = 256;
    /// Runs around tests.
    pub const SETUP: u32 = 512;
    /// Set by the store: the scope is the whole name inside the file.
    pub(crate) const WHOLE_SCOPE: u32 = 1024;
    /// Code outside the project may run it though nothing in the project names it: it overrides something outside, or was
    /// handed to a decorator from outside.
    pub const OPEN: u32 = 2048;
    /// Compiled or defined only under a condition (`#[cfg]`, `#ifdef`, build tags): there may be alternatives.
    pub const CONDITIONAL: u32 = 4096;
    /// A class whose tests are run for what it derives from, whatever its name (`unittest.TestCase`).
    pub const UNITTEST: u32 = 8192;
}

/// What the file system says of a file without reading it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    /// Modified, nanoseconds since 1970. 0 when the file must be looked at again, whatever the others say.
    pub mtime_ns: i64,
    /// Changed, nanoseconds since 1970; 0 where the system does not say.
    pub ctime_ns: i64,
    /// The inode; 0 where the system has none.
    pub inode: u64,
}

/// A file, without what it contains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileRow {
    /// Relative to the root, with `/`.
    pub path: String,
    /// In lower case; `None` when arc does not read it.
    pub language: Option<String>,
    /// What the file system says.
    pub stamp: Stamp,
    /// XXH3-128 of the content; `None` when it was not read.
    pub hash: Option<[u8; 16]>,
    /// A set of [`file_flag`]s.
    pub flags: u32,
    /// Lines; 0 when it was not read.
    pub lines: u32,
    /// Bytes inside syntax errors.
    pub error_bytes: u32,
    /// Module name; empty when it has none.
    pub module: String,
    /// Between the parts of a qualified name.
    pub separator: String,
    /// Problems met while reading, in order.
    pub diagnostics: Vec<String>,
}

/// A file as the graph has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredFile {
    /// The id of the file and of its node.
    pub id: i64,
    /// The row; `diagnostics` are left out.
    pub row: FileRow,
    /// The digest of its rows.
    pub digest: i64,
}

/// A definition of a file. The first of a file's list is the file itself; positions count in that list.
#[derive(Clone, Copy, Debug)]
pub struct NodeRow<'a> {
    /// What it is.
    pub kind: NodeKind,
    /// Its own name.
    pub name: &'a str,
    /// Its name inside the file (`Config.load`); empty for the file.
    pub scope_name: &'a str,
    /// Position of what contains it; `None` for the file.
    pub parent: Option<u32>,
    /// Counts equal kinds and scope names in the file; set by [`crate::assign_ordinals`].
    pub ordinal: u32,
    /// First line, from 1.
    pub line: u32,
    /// Last line.
    pub end_line: u32,
    /// A set of [`node_flag`]s.
    pub flags: u32,
    /// Branches plus one; 0 for what is no function.
    pub complexity: u16,
    /// Documentation, for search.
    pub doc: &'a str,
}

/// The dependency of an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target<'a> {
    /// A definition: position of the file in the project's list, position of the node in the file's.
    Node {
        /// Position of the file.
        file: u32,
        /// Position of the node.
        node: u32,
    },
    /// Something outside the repository, by its qualified name.
    External(&'a str),
}

/// An edge of a file.
#[derive(Clone, Copy, Debug)]
pub struct EdgeRow<'a> {
    /// Position of the dependent in the file's list.
    pub src: u32,
    /// The dependency.
    pub dst: Target<'a>,
    /// What the edge says.
    pub kind: EdgeKind,
    /// The line of the evidence; 0 when there is none.
    pub line: u32,
    /// How sure it is.
    pub confidence: Confidence,
    /// How it was found.
    pub rule: Rule,
}

/// A reference that could not be tied to a definition.
#[derive(Clone, Copy, Debug)]
pub struct UnresolvedRow<'a> {
    /// Position of the symbol it stands in.
    pub src: u32,
    /// The name that was looked for.
    pub name: &'a str,
    /// The line.
    pub line: u32,
}

/// What the graph says of one file. Edges differ in (src, dst, kind, line), references in everything.
#[derive(Clone, Debug, Default)]
pub struct FileGraph<'a> {
    /// Definitions; the first is the file.
    pub nodes: Vec<NodeRow<'a>>,
    /// Edges whose dependent is in the file.
    pub edges: Vec<EdgeRow<'a>>,
    /// References without a definition.
    pub unresolved: Vec<UnresolvedRow<'a>>,
}

/// Splits a name inside a file into what comes before the own name and the own name. `None` for the first part when
/// there is nothing before it; the flag says that the whole name had to be kept.
pub(crate) fn split_scope<'a>(scope_name: &'a str, name: &str) -> (Option<&'a str>, u32) {
    match scope_name.strip_suffix(name) {
        Some("") => (None, 0),
        Some(scope) => (Some(scope), 0),
        None if scope_name.is_empty() => (None, 0),
        None => (Some(scope_name), node_flag::WHOLE_SCOPE),
    }
}

/// Puts together what [`split_scope`] took apart.
pub(crate) fn joined_scope(scope: Option<&str>, name: &str, flags: u32) -> String {
    scope_and_name(scope, name, flags).concat()
}

/// The two parts of that.
pub(crate) fn scope_and_name<'a>(
    scope: Option<&'a str>,
    name: &'a str,
    flags: u32,
) -> [&'a str; 2] {
    let is_in_scope = flags & node_flag::WHOLE_SCOPE != 0;
    [scope.unwrap_or(""), if is_in_scope { "" } else { name }]
}

/// The own name of something outside: what follows the last `.` or `::`, unless that cuts a path or a package's name.
pub(crate) fn external_name(qualified_name: &str) -> &str {
    let start = qualified_name
        .rfind(['.', ':'])
        .map_or(0, |separator| separator + 1);
    let name = &qualified_name[start..];
    if name.is_empty() || name.contains('/') {
        qualified_name
    } else {
        name
    }
}
