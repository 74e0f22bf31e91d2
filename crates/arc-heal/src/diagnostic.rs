//! What is wrong, in one form for all tools.

use serde::Serialize;

/// The world a file lives in: its language and the tools that read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// YAML that Ansible reads.
    Ansible,
    /// Bash and POSIX shells.
    Bash,
    /// Go.
    Go,
    /// JavaScript and TypeScript.
    JavaScript,
    /// Python.
    Python,
    /// Rust.
    Rust,
    /// HCL that Terraform reads.
    Terraform,
}

impl Environment {
    /// The environment of a file by its name and, where that says nothing, by its first line.
    #[must_use]
    pub fn of(path: &str, first_line: &str) -> Option<Environment> {
        let name = path.rsplit('/').next().unwrap_or(path);
        match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("py" | "pyi" | "pyw") => return Some(Environment::Python),
            Some("js" | "cjs" | "mjs" | "jsx" | "ts" | "cts" | "mts" | "tsx") => {
                return Some(Environment::JavaScript);
            }
            Some("rs") => return Some(Environment::Rust),
            Some("go") => return Some(Environment::Go),
            Some("sh" | "bash") => return Some(Environment::Bash),
            Some("tf" | "tfvars" | "hcl") => return Some(Environment::Terraform),
            Some("yml" | "yaml") => return Some(Environment::Ansible),
            _ => {}
        }
        let words = first_line.trim_start_matches('\u{feff}').trim_start();
        let line = words.strip_prefix("#!")?;
        let mentions = |program: &str| line.contains(program);
        if mentions("python") {
            Some(Environment::Python)
        } else if mentions("node") {
            Some(Environment::JavaScript)
        } else {
            // Whatever else a script names, a shell is what a name that is spelled wrong most often means.
            Some(Environment::Bash)
        }
    }

    /// The language whose grammar reads the file of this path.
    pub(crate) fn language(self, path: &str) -> &'static str {
        match self {
            Environment::Ansible => "yaml",
            Environment::Bash => "bash",
            Environment::Go => "go",
            Environment::JavaScript => {
                arc_project::detect(path, "").map_or("javascript", |detected| detected.language)
            }
            Environment::Python => "python",
            Environment::Rust => "rust",
            Environment::Terraform => "hcl",
        }
    }
}

/// What kind of fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The text is no sentence of its language.
    Syntax,
    /// A module or what is taken from it is not there.
    Import,
    /// A package is not installed.
    Dependency,
    /// A name that nothing defines.
    Name,
    /// A member that its owner does not have.
    Attribute,
    /// An operation on values of the wrong type.
    Type,
    /// A value that is not accepted.
    Value,
    /// An assertion or a check says that the result is wrong.
    Logic,
    /// The system refuses access.
    Permission,
    /// There is no such command.
    Command,
    /// Bytes that are not in the expected encoding, or line ends of another system.
    Encoding,
    /// A host or service cannot be reached.
    Network,
    /// Something took too long.
    Timeout,
    /// Memory, disk or another resource ran out.
    Resource,
    /// A provider of Terraform is missing or refuses.
    Provider,
    /// The state of Terraform is locked or does not match.
    State,
    /// A role or collection of Ansible is missing.
    Role,
    /// A host of Ansible cannot be reached.
    Connection,
    /// A test fails.
    TestFailure,
    /// None of these can be told from what was said.
    Unknown,
}

/// A place in a file; lines and columns count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Span {
    /// The first line.
    pub line: u32,
    /// The column in the first line, 0 where it is not known.
    pub column: u32,
    /// The last line.
    pub end_line: u32,
}

/// One fault as a tool told it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Where it happened.
    pub environment: Environment,
    /// What kind of fault it is.
    pub class: Class,
    /// The tool's own name of the fault (`SyntaxError`, `E0432`, `SC1009`), empty where it has none.
    pub code: String,
    /// The tool's words.
    pub message: String,
    /// The file, relative to the root of the project; `None` when none is named or it lies outside.
    pub file: Option<String>,
    /// The place in the file.
    pub span: Option<Span>,
    /// What the message quotes or proposes: a name, a module, a nearest match.
    pub hints: Vec<String>,
    /// The text this was read from.
    pub raw: String,
}
