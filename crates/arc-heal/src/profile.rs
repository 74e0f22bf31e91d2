//! What a token search must know of a language.

use crate::diagnostic::Environment;

/// How a language writes its tokens.
pub(crate) struct Profile {
    /// Comments from here to the end of the line.
    pub(crate) line_comments: &'static [&'static str],
    /// Characters that open and close a text.
    pub(crate) quotes: &'static str,
    /// Characters stand between `'`, which alone begins a lifetime.
    pub(crate) has_lifetimes: bool,
    /// What a text may follow without a blank.
    pub(crate) before_text: &'static str,
    /// What may follow a text without a blank.
    pub(crate) after_text: &'static str,
    /// Words with a meaning of their own.
    pub(crate) keywords: &'static [&'static str],
    /// Words that a block begins with, where the head of a block ends in a mark.
    pub(crate) heads: &'static [&'static str],
    /// The mark that ends the head of a block.
    pub(crate) head_end: &'static str,
    /// What ends a statement.
    pub(crate) statement_end: &'static str,
    /// Characters that cannot stand outside of a text or comment.
    pub(crate) foreign: &'static str,
    /// Indentation groups statements.
    pub(crate) by_indentation: bool,
    /// Words that end a block, where words do that.
    pub(crate) block_words: &'static [&'static str],
    /// What a line ends with that opens a block, and what a line begins with that closes it.
    pub(crate) blocks: &'static [(&'static str, &'static str)],
    /// What a line begins with that is as deep as the line before and still of the same block.
    pub(crate) block_goes_on: &'static [&'static str],
    /// What a line begins with whose block is opened by a word, and that word.
    pub(crate) block_heads: &'static [(&'static str, &'static str)],
    /// Lines as they are usually written.
    pub(crate) idioms: &'static str,
    /// What can be called everywhere, in words apart.
    pub(crate) functions: &'static str,
    /// What code in a text begins with; it ends with `}`.
    pub(crate) code_in_text: &'static str,
}

impl Profile {
    /// Whether words end blocks, as in shells.
    pub(crate) fn is_shell(&self) -> bool {
        self.block_words.contains(&"fi")
    }
}

const NONE: &[&str] = &[];
const BEFORE_TEXT: &str = "([{=,:+<>!&|;%*/-?";
const AFTER_TEXT: &str = ")]},;:.+|&<>=!%*/-[?";
const BRACKETS: &[(&str, &str)] = &[("{", "}"), ("(", ")"), ("[", "]")];

static PYTHON: Profile = Profile {
    line_comments: &["#"],
    quotes: "\"'",
    has_lifetimes: false,
    before_text: "([{=,:+<>!&|;%*/-rRbBfFuU",
    after_text: ")]},;:.+|&<>=!%*/-[",
    keywords: &[
        "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
        "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
        "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with",
        "yield",
    ],
    heads: &[
        "async", "class", "def", "elif", "else", "except", "finally", "for", "if", "match", "case",
        "try", "while", "with",
    ],
    head_end: ":",
    statement_end: "",
    foreign: "`?$!",
    by_indentation: true,
    block_words: NONE,
    blocks: &[],
    block_goes_on: NONE,
    block_heads: &[],
    idioms: "",
    functions: PYTHON_FUNCTIONS,
    code_in_text: "{",
};

static JAVASCRIPT: Profile = Profile {
    line_comments: &["//"],
    quotes: "\"'`",
    has_lifetimes: false,
    before_text: BEFORE_TEXT,
    after_text: AFTER_TEXT,
    keywords: &[
        "async",
        "await",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "default",
        "delete",
        "do",
        "else",
        "export",
        "extends",
        "finally",
        "for",
        "from",
        "function",
        "if",
        "import",
        "in",
        "instanceof",
        "let",
        "new",
        "of",
        "return",
        "static",
        "switch",
        "throw",
        "try",
        "typeof",
        "var",
        "void",
        "while",
        "with",
        "yield",
    ],
    heads: NONE,
    head_end: "",
    statement_end: ";",
    foreign: "",
    by_indentation: false,
    block_words: NONE,
    blocks: BRACKETS,
    block_goes_on: &["case", "default", "else"],
    block_heads: &[],
    idioms: include_str!("idioms.js.txt"),
    functions: SCRIPT_FUNCTIONS,
    code_in_text: "${",
};

static RUST: Profile = Profile {
    line_comments: &["//"],
    quotes: "\"",
    has_lifetimes: true,
    before_text: BEFORE_TEXT,
    after_text: AFTER_TEXT,
    keywords: &[
        "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum",
        "extern", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut",
        "pub", "ref", "return", "self", "static", "struct", "super", "trait", "type", "unsafe",
        "use", "where", "while",
    ],
    heads: NONE,
    head_end: "",
    statement_end: ";",
    foreign: "`",
    by_indentation: false,
    block_words: NONE,
    blocks: BRACKETS,
    block_goes_on: &["else", "where", "{"],
    block_heads: &[],
    idioms: "",
    functions: "",
    code_in_text: "{",
};

static GO: Profile = Profile {
    line_comments: &["//"],
    quotes: "\"`'",
    has_lifetimes: false,
    before_text: BEFORE_TEXT,
    after_text: AFTER_TEXT,
    keywords: &[
        "break",
        "case",
        "chan",
        "const",
        "continue",
        "default",
        "defer",
        "else",
        "fallthrough",
        "for",
        "func",
        "go",
        "goto",
        "if",
        "import",
        "interface",
        "map",
        "package",
        "range",
        "return",
        "select",
        "struct",
        "switch",
        "type",
        "var",
    ],
    heads: NONE,
    head_end: "",
    statement_end: "",
    foreign: "?$#@",
    by_indentation: false,
    block_words: NONE,
    blocks: BRACKETS,
    block_goes_on: &["case", "default"],
    block_heads: &[],
    idioms: "",
    functions: "",
    code_in_text: "",
};

static BASH: Profile = Profile {
    line_comments: &["#"],
    quotes: "\"'`",
    has_lifetimes: false,
    before_text: "=([{;|&`",
    after_text: ")];|&}`",
    keywords: &[
        "case", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in", "local",
        "return", "select", "then", "until", "while",
    ],
    heads: NONE,
    head_end: "",
    statement_end: ";",
    foreign: "",
    by_indentation: false,
    block_words: &["then", "do", "fi", "done", "esac", ";;"],
    blocks: &[("{", "}"), ("do", "done"), ("in", "esac"), ("then", "fi")],
    block_goes_on: &["do", "elif", "else", "then"],
    block_heads: &[
        ("case", "in"),
        ("elif", "then"),
        ("for", "do"),
        ("for", "in"),
        ("if", "then"),
        ("select", "do"),
        ("until", "do"),
        ("while", "do"),
    ],
    idioms: include_str!("idioms.sh.txt"),
    functions: "",
    code_in_text: "",
};

static HCL: Profile = Profile {
    line_comments: &["#", "//"],
    quotes: "\"",
    has_lifetimes: false,
    before_text: BEFORE_TEXT,
    after_text: AFTER_TEXT,
    keywords: &["for", "if", "in"],
    heads: NONE,
    head_end: "",
    statement_end: "",
    foreign: "`;",
    by_indentation: false,
    block_words: NONE,
    blocks: BRACKETS,
    block_goes_on: NONE,
    block_heads: &[],
    idioms: include_str!("idioms.tf.txt"),
    functions: TERRAFORM_FUNCTIONS,
    code_in_text: "${",
};

static YAML: Profile = Profile {
    line_comments: &["#"],
    quotes: "\"'",
    has_lifetimes: false,
    before_text: BEFORE_TEXT,
    after_text: AFTER_TEXT,
    keywords: NONE,
    heads: NONE,
    head_end: "",
    statement_end: "",
    foreign: "`",
    by_indentation: true,
    block_words: NONE,
    blocks: &[],
    block_goes_on: NONE,
    block_heads: &[],
    idioms: include_str!("idioms.yaml.txt"),
    functions: "",
    code_in_text: "",
};

/// What Terraform brings.
pub(crate) const TERRAFORM_FUNCTIONS: &str = "abs abspath alltrue anytrue base64decode base64encode base64gzip base64sha256 base64sha512 basename bcrypt \
    can ceil chomp chunklist cidrhost cidrnetmask cidrsubnet cidrsubnets coalesce coalescelist compact concat contains csvdecode dirname \
    distinct element endswith ephemeralasnull file filebase64 filebase64sha256 filebase64sha512 fileexists filemd5 fileset filesha1 filesha256 \
    filesha512 flatten floor format formatdate formatlist indent index issensitive join jsondecode jsonencode keys length log lookup lower \
    matchkeys max md5 merge min nonsensitive one parseint pathexpand plantimestamp pow range regex regexall replace reverse rsadecrypt sensitive \
    setintersection setproduct setsubtract setunion sha1 sha256 sha512 signum slice sort split startswith strcontains strrev substr sum \
    templatefile templatestring textdecodebase64 textencodebase64 timeadd timecmp timestamp title tobool tolist tomap tonumber toset tostring \
    transpose trim trimprefix trimspace trimsuffix try type upper urlencode uuid uuidv5 values yamldecode yamlencode zipmap";

/// What JavaScript brings and calls.
const SCRIPT_FUNCTIONS: &str = "Array Boolean Buffer Date Error EvalError Function JSON Map Math Number Object Promise Proxy RangeError \
    ReferenceError RegExp Set String Symbol SyntaxError TypeError URIError WeakMap WeakSet clearInterval clearTimeout decodeURIComponent \
    encodeURIComponent isFinite isNaN parseFloat parseInt require setInterval setTimeout";

/// What Python brings and programs call most.
const PYTHON_FUNCTIONS: &str = "abs all any bool bytes callable chr dict dir divmod enumerate filter float format frozenset getattr hasattr hash id \
    int isinstance issubclass iter len list map max min next object open ord pow print range repr reversed round set setattr sorted str sum \
    super tuple type vars zip";

/// The profile of an environment's language.
pub(crate) fn profile(environment: Environment) -> &'static Profile {
    match environment {
        Environment::Ansible => &YAML,
        Environment::Bash => &BASH,
        Environment::Go => &GO,
        Environment::JavaScript => &JAVASCRIPT,
        Environment::Python => &PYTHON,
        Environment::Rust => &RUST,
        Environment::Terraform => &HCL,
    }
}
