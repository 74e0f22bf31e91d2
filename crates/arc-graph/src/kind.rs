//! Closed enumerations of what the graph can hold. Adding a kind is adding a line here and following the compiler.

/// Declares a closed kind with a stable number (stored) and a stable name (printed, exported, queried).
macro_rules! kinds {
    ($(#[$outer:meta])* $name:ident { $($(#[$inner:meta])* $variant:ident = $number:literal, $text:literal;)* }) => {
        $(#[$outer])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name { $($(#[$inner])* $variant = $number,)* }

        impl $name {
            /// Every variant, in the order of the stored numbers.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The name used in JSON, SQL and exports.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }

            /// The number stored in the database.
            #[must_use]
            pub fn number(self) -> u8 {
                self as u8
            }

            /// The variant with the stored `number`, if there is one.
            #[must_use]
            pub fn from_number(number: u8) -> Option<$name> {
                match number { $($number => Some($name::$variant),)* _ => None }
            }

            /// The variant with the printed `name`, if there is one.
            #[must_use]
            pub fn from_name(name: &str) -> Option<$name> {
                match name { $($text => Some($name::$variant),)* _ => None }
            }
        }
    };
}

kinds! {
    /// What a node is.
    NodeKind {
        /// A file of the repository.
        File = 1, "file";
        /// A module or namespace declared inside a file (`mod`, `namespace`, a Ruby module).
        Module = 2, "module";
        /// A class, struct or union.
        Class = 3, "class";
        /// An interface, trait, protocol or abstract type class.
        Interface = 4, "interface";
        /// An enumeration.
        Enum = 5, "enum";
        /// One member of an enumeration.
        EnumMember = 6, "enum_member";
        /// A function that belongs to no type.
        Function = 7, "function";
        /// A function that belongs to a type.
        Method = 8, "method";
        /// A field, attribute or property of a type.
        Field = 9, "field";
        /// A variable of a module.
        Variable = 10, "variable";
        /// A constant of a module.
        Constant = 11, "constant";
        /// A name for another type.
        TypeAlias = 12, "type_alias";
        /// A macro.
        Macro = 13, "macro";
        /// An anonymous function.
        Lambda = 14, "lambda";
        /// A test that is not a plain function (`it("…")`, a table-driven case).
        Test = 15, "test";
        /// A heading of a document.
        Section = 16, "section";
        /// A resource or task of an infrastructure or configuration file.
        Resource = 17, "resource";
        /// A key of a configuration file.
        Key = 18, "key";
        /// A table or view of a database schema.
        Table = 19, "table";
        /// Something outside the repository: a package or a symbol of one.
        External = 20, "external";
        /// A commit.
        Commit = 21, "commit";
        /// A person who wrote commits.
        Person = 22, "person";
        /// A pull request.
        PullRequest = 23, "pull_request";
        /// An issue.
        Issue = 24, "issue";
        /// A decision record.
        Decision = 25, "decision";
        /// An entry of a change log.
        Change = 26, "change";
    }
}

kinds! {
    /// How two nodes belong together. Edges point from the dependent to the dependency.
    EdgeKind {
        /// A scope contains a definition.
        Contains = 1, "contains";
        /// A file or module imports a file, module or symbol.
        Imports = 2, "imports";
        /// A function calls a function, or builds an instance of a class.
        Calls = 3, "calls";
        /// A name is used or passed without a call.
        References = 4, "references";
        /// A type extends or implements a type.
        Inherits = 5, "inherits";
        /// A method replaces the method of a base type.
        Overrides = 6, "overrides";
        /// A test exercises something.
        Tests = 7, "tests";
        /// A field or variable is read.
        Reads = 8, "reads";
        /// A field or variable is written.
        Writes = 9, "writes";
        /// A document speaks of code.
        Documents = 10, "documents";
        /// A package or module depends on something outside the repository.
        DependsOn = 11, "depends_on";
        /// A configuration file sets up, starts or builds something.
        Configures = 12, "configures";
        /// Code makes a request, or a remote call, that a function or service answers.
        Requests = 13, "requests";
        /// Code, mostly a test, starts a program, a script or a module of the project as a process of its own.
        Starts = 14, "starts";
    }
}

kinds! {
    /// How an edge was found. Each rule has one base confidence, measured per language in `docs/languages.md`.
    Rule {
        /// Read off the syntax: containment, an explicit path to a file.
        Syntax = 1, "syntax";
        /// A name looked up through lexical scopes.
        Scope = 2, "scope";
        /// A name looked up through imports and re-exports.
        Import = 3, "import";
        /// A member of the own class, `self`, `this` or `super`.
        OwnMember = 4, "own_member";
        /// A member of a type that the source declares.
        DeclaredType = 5, "declared_type";
        /// A member of a type inferred from a constructor in the same function.
        LocalType = 6, "local_type";
        /// A member of a type inferred through returns or fields.
        InferredType = 7, "inferred_type";
        /// A function or type that flowed through a variable, container or argument.
        ValueFlow = 8, "value_flow";
        /// One of several possible targets.
        Ambiguous = 9, "ambiguous";
        /// The only definition of that name in the project.
        UniqueName = 10, "unique_name";
        /// One of several definitions of that name in the project.
        BareName = 11, "bare_name";
        /// Found in the body or the arguments of a macro.
        Macro = 12, "macro";
        /// A naming convention or configuration that ties a string to code.
        Convention = 13, "convention";
        /// A fixture or other value injected by a test runner or framework.
        Injection = 14, "injection";
        /// A method that an operator runs without naming it.
        Operator = 15, "operator";
        /// Said by a compiler's SCIP index, and the text at the place spells the name.
        Scip = 16, "scip";
        /// Seen while a test ran, by imported coverage. Looked up when a question is asked, never stored as an edge.
        Executed = 17, "executed";
    }
}

kinds! {
    /// Why a commit was made, as far as its author and subject tell. Only normal commits are evidence of deliberate work.
    CommitKind {
        /// Deliberate work.
        Normal = 1, "normal";
        /// Two or more parents.
        Merge = 2, "merge";
        /// Takes back, or brings back, an earlier commit.
        Revert = 3, "revert";
        /// Written by a program.
        Bot = 4, "bot";
        /// Formatting, lint, spelling or license passes.
        Format = 5, "format";
        /// Raises the version of the project or of a dependency.
        Bump = 6, "bump";
        /// Publishes a version.
        Release = 7, "release";
    }
}

kinds! {
    /// What a commit says of a pull request or an issue.
    MentionKind {
        /// The commit came in with the pull request.
        Merges = 1, "merges";
        /// The commit settles the issue.
        Closes = 2, "closes";
        /// The commit speaks of it.
        Mentions = 3, "mentions";
    }
}

kinds! {
    /// Where a pull request or an issue was read.
    MentionSource {
        /// The message of the merge commit says so.
        Merge = 1, "merge";
        /// The first line of a message.
        Subject = 2, "subject";
        /// A line `Key: value` of a message.
        Trailer = 3, "trailer";
        /// Any other line of a message.
        Body = 4, "body";
        /// The commit says nothing, but it came in with the merge of a pull request.
        Branch = 5, "branch";
        /// GitHub says so.
        GitHub = 6, "github";
        /// A file exported from a tracker says so.
        Export = 7, "export";
        /// A comment or review of a pull request or an issue.
        Remark = 8, "remark";
    }
}

kinds! {
    /// What became of a pull request or an issue.
    TicketState {
        /// It is open.
        Open = 1, "open";
        /// It was closed, a pull request without being merged.
        Closed = 2, "closed";
        /// It was merged.
        Merged = 3, "merged";
    }
}

kinds! {
    /// What people write below a pull request or an issue.
    RemarkKind {
        /// A comment on all of it.
        Comment = 1, "comment";
        /// What a reviewer says of all of it.
        Review = 2, "review";
        /// What a reviewer says of a line.
        LineComment = 3, "line_comment";
    }
}

kinds! {
    /// What kind of text people wrote down in a file of the project.
    WrittenForm {
        /// A decision record: a file of its own.
        Record = 1, "record";
        /// A decision note in a comment.
        Note = 2, "note";
        /// An entry of a change log.
        Entry = 3, "entry";
    }
}

kinds! {
    /// What such a text says of something it names.
    NamedAs {
        /// The decision is about it.
        Decided = 1, "decides";
        /// It is spoken of.
        Mentioned = 2, "mentions";
        /// The decision takes its place.
        Superseded = 3, "supersedes";
        /// It takes the place of the decision.
        Superseding = 4, "superseded_by";
    }
}

kinds! {
    /// How something is named in such a text.
    NameForm {
        /// By a path, from the folder of the text or from the root.
        Path = 1, "path";
        /// By the name of a symbol.
        Symbol = 2, "unique_name";
        /// By the label of a decision: `ADR-12`.
        Label = 3, "label";
        /// By its place: the code that a comment stands at.
        Place = 4, "place";
    }
}

/// A probability in steps of a thousandth, so that equal inputs give equal bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Confidence(u16);

impl Confidence {
    /// Certain.
    pub const CERTAIN: Confidence = Confidence(1000);

    /// A confidence of `thousandths` / 1000; larger values are cut to 1.
    #[must_use]
    pub const fn from_thousandths(thousandths: u16) -> Confidence {
        Confidence(if thousandths > 1000 {
            1000
        } else {
            thousandths
        })
    }

    /// The stored number, 0 to 1000.
    #[must_use]
    pub const fn thousandths(self) -> u16 {
        self.0
    }

    /// The confidence as a probability, 0 to 1.
    #[must_use]
    pub fn probability(self) -> f64 {
        f64::from(self.0) / 1000.0
    }

    /// This confidence shared among `targets` possible targets (at least one).
    #[must_use]
    pub fn shared_among(self, targets: usize) -> Confidence {
        let targets = u16::try_from(targets.max(1)).unwrap_or(u16::MAX);
        Confidence((self.0 / targets).max(1))
    }
}

impl NodeKind {
    /// Whether it is a definition in code that a reader knows by its first lines.
    #[must_use]
    pub fn has_head(self) -> bool {
        matches!(
            self,
            NodeKind::Class
                | NodeKind::Interface
                | NodeKind::Enum
                | NodeKind::Function
                | NodeKind::Method
                | NodeKind::TypeAlias
                | NodeKind::Macro
                | NodeKind::Constant
                | NodeKind::Variable
                | NodeKind::Field
        )
    }

    /// Whether other definitions stand in it.
    #[must_use]
    pub fn holds_definitions(self) -> bool {
        matches!(
            self,
            NodeKind::File
                | NodeKind::Module
                | NodeKind::Class
                | NodeKind::Interface
                | NodeKind::Enum
        )
    }

    /// Whether it is of the history or written about the project, and so has no place in the code.
    #[must_use]
    pub fn is_of_history(self) -> bool {
        matches!(
            self,
            NodeKind::Commit
                | NodeKind::Person
                | NodeKind::PullRequest
                | NodeKind::Issue
                | NodeKind::Decision
                | NodeKind::Change
        )
    }
}

impl Rule {
    /// Whether names and members are looked up where the language does, and nothing is guessed.
    #[must_use]
    pub fn is_looked_up(self) -> bool {
        match self {
            Rule::Syntax
            | Rule::Scope
            | Rule::Import
            | Rule::OwnMember
            | Rule::DeclaredType
            | Rule::LocalType
            | Rule::Scip => true,
            Rule::InferredType
            | Rule::ValueFlow
            | Rule::Ambiguous
            | Rule::UniqueName
            | Rule::BareName
            | Rule::Macro
            | Rule::Convention
            | Rule::Injection
            | Rule::Executed
            | Rule::Operator => false,
        }
    }
}
