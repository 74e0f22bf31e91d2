//! What a text says, token by token: without comments and without the space between tokens.

use std::hash::{Hash as _, Hasher as _};
use std::num::NonZeroU16;

use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use tree_sitter::{Node, Tree, TreeCursor};

/// Comments that begin so are read by compilers and other programs.
const DIRECTIVES: &[&str] = &["go:", "+build", "#cgo", "#include", "@jsx", "-*-"];

/// Parts of the names of nodes whose space is part of what they say.
const TEXTS: &[&str] = &[
    "string", "char", "heredoc", "text", "regex", "template", "content",
];

/// A word of the language. Its place in the tree is part of it: where indentation counts, nothing else tells what a line
/// belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) line: u32,
    pub(super) depth: u32,
    pub(super) hash: u64,
    /// It is part of an import at the top of the file.
    pub(super) imports: bool,
}

/// A definition with a body, as the tree has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Body {
    /// The first line, with decorators and attributes.
    pub(super) from_line: u32,
    pub(super) end_line: u32,
    /// The token that the body begins with.
    pub(super) first_token: usize,
    pub(super) body_line: u32,
}

/// The tokens of a text in order, and where bodies begin.
#[derive(Debug, Default)]
pub(super) struct Outline {
    pub(super) tokens: Vec<Token>,
    pub(super) bodies: Vec<Body>,
    /// First and last lines of the statements of the file itself.
    pub(super) statements: Vec<(u32, u32)>,
}

impl Outline {
    /// The tokens of a tree. Where it has errors, the lines are tokens: what looks like a comment there may be code.
    pub(super) fn of_tree(text: &str, tree: &Tree, import_lines: &FxHashSet<u32>) -> Outline {
        let mut walk = Walk {
            text,
            import_lines,
            outline: Outline::default(),
            read_to: 0,
            imports: false,
            way: Vec::new(),
            kinds: FxHashMap::default(),
            body: tree.language().field_id_for_name("body"),
        };
        walk.all(tree.walk());
        walk.outline
    }

    /// For a text without a tree, or with one that cannot be trusted, every line is a token.
    pub(super) fn of_lines(text: &str) -> Outline {
        let lines = (1..).zip(text.lines());
        let tokens = lines.filter_map(|(line, text)| {
            let text = text.trim_end();
            (!text.is_empty()).then(|| Token {
                line,
                depth: 0,
                hash: hash_of(text),
                imports: false,
            })
        });
        Outline {
            tokens: tokens.collect(),
            ..Outline::default()
        }
    }
}

pub(super) fn hash_of(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    text.hash(&mut hasher);
    hasher.finish()
}

struct Walk<'a> {
    text: &'a str,
    import_lines: &'a FxHashSet<u32>,
    outline: Outline,
    /// Bytes before this are in a token or a comment.
    read_to: usize,
    imports: bool,
    /// From the root to the node that is looked at, or its parent.
    way: Vec<Step>,
    /// What the kinds of nodes that came so far are, by their numbers.
    kinds: FxHashMap<u16, Kind>,
    /// The field of bodies, if the grammar has one.
    body: Option<NonZeroU16>,
}

/// What a kind of node is, told from its name.
#[derive(Clone, Copy)]
struct Kind {
    is_comment: bool,
    /// It stands before a definition and belongs to it.
    is_attribute: bool,
    /// It stands around a definition and belongs to it.
    is_around: bool,
    /// Its space is part of what it says.
    is_text: bool,
}

impl Kind {
    fn named(name: &str) -> Kind {
        let holds = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
        Kind {
            is_comment: holds(&["comment"]),
            is_attribute: holds(&["attribute", "annotation", "decorator"]),
            is_around: holds(&["decorated", "export", "template"]),
            is_text: holds(TEXTS),
        }
    }
}

/// A node on the way from the root.
#[derive(Clone, Copy)]
struct Step {
    kind: Kind,
    end_line: u32,
    /// The first line, with the attributes that stand before it.
    from_line: u32,
    /// Where the attributes begin that stand before the next child.
    attributes_from: Option<u32>,
}

impl Walk<'_> {
    fn all(&mut self, mut cursor: TreeCursor<'_>) {
        loop {
            let node = cursor.node();
            let depth = self.way.len();
            if depth == 1 {
                let (line, end) = (line_of(node), node.end_position().row as u32 + 1);
                self.imports = self.import_lines.contains(&line);
                self.outline.statements.push((line, end));
            }
            if self.body.is_some() && cursor.field_id() == self.body {
                self.body(node);
            }
            let kind = self.kind(node);
            let step = self.step(node, kind);
            if self.visit((node, kind), depth as u32) && cursor.goto_first_child() {
                self.way.push(step);
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return;
                }
                self.way.pop();
            }
        }
    }

    fn kind(&mut self, node: Node<'_>) -> Kind {
        let known = self.kinds.entry(node.kind_id());
        *known.or_insert_with(|| Kind::named(node.kind()))
    }

    fn step(&mut self, node: Node<'_>, kind: Kind) -> Step {
        let line = line_of(node);
        let mut from_line = line;
        if let Some(around) = self.way.last_mut() {
            if kind.is_attribute {
                around.attributes_from.get_or_insert(line);
            } else if !kind.is_comment {
                from_line = around.attributes_from.take().unwrap_or(line);
            }
        }
        Step {
            kind,
            end_line: node.end_position().row as u32 + 1,
            from_line,
            attributes_from: None,
        }
    }

    /// A definition that has a body is the last step of the way.
    fn body(&mut self, body: Node<'_>) {
        let mut steps = self.way.iter().rev();
        let Some(definition) = steps.next() else {
            return;
        };
        // Decorators stand around a definition in some languages.
        let around = steps.next().filter(|step| step.kind.is_around);
        self.outline.bodies.push(Body {
            from_line: around.unwrap_or(definition).from_line,
            end_line: definition.end_line,
            first_token: self.outline.tokens.len(),
            body_line: line_of(body),
        });
    }

    /// Whether what is below the node is to be looked at.
    fn visit(&mut self, (node, kind): (Node<'_>, Kind), depth: u32) -> bool {
        if depth == 0 {
            return true;
        }
        if node.is_error() {
            self.lines(node);
            return false;
        }
        if kind.is_comment {
            if is_directive(&self.text[node.byte_range()]) || is_beside_an_error(node) {
                self.token(node, depth);
            } else {
                self.gap(node, depth);
            }
            self.read_to = self.read_to.max(node.end_byte());
            return false;
        }
        let is_text = kind.is_text && !self.holds_a_definition(node);
        if node.child_count() == 0 || is_text {
            self.token(node, depth);
            return false;
        }
        true
    }

    /// Templates may hold whole functions.
    fn holds_a_definition(&self, node: Node<'_>) -> bool {
        let body = self
            .body
            .and_then(|body| node.child_by_field_id(body.get()));
        body.is_some()
    }

    /// Each line of a node is a token, with the space before it: that may be what it says.
    fn lines(&mut self, node: Node<'_>) {
        self.gap(node, 0);
        let end = node.end_byte();
        let before = self.text.get(..node.start_byte()).unwrap_or("");
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        // What stands before the node on its first line was a token already.
        let start = if before[start..].trim().is_empty() {
            start
        } else {
            node.start_byte()
        };
        let text = self.text.get(start..end).unwrap_or("");
        for (line, text) in (line_of(node)..).zip(text.lines()) {
            if !text.trim().is_empty() {
                self.push(line, 0, hash_of(text.trim_end()));
            }
        }
        self.read_to = self.read_to.max(end);
    }

    /// What stands between the last token and a node, where the grammar has no name for it.
    fn gap(&mut self, node: Node<'_>, depth: u32) {
        let gap = self.text.get(self.read_to..node.start_byte());
        let gap = gap.unwrap_or("").trim();
        if !gap.is_empty() {
            self.push(line_of(node), depth, hash_of(gap));
        }
    }

    fn token(&mut self, node: Node<'_>, depth: u32) {
        let range = node.byte_range();
        let line = line_of(node);
        self.gap(node, depth);
        let text = self.text.get(range.clone()).unwrap_or("");
        // What has no text still says that it is there, unless it is the end of a line.
        let text = if text.is_empty() { node.kind() } else { text };
        if !text.trim().is_empty() {
            self.push(line, depth, hash_of(text));
        }
        self.read_to = self.read_to.max(range.end);
    }

    fn push(&mut self, line: u32, depth: u32, hash: u64) {
        self.outline.tokens.push(Token {
            line,
            depth,
            hash,
            imports: self.imports,
        });
    }
}

/// Whether the parser may have taken code for this comment: it was not sure of what stands before it or behind it.
fn is_beside_an_error(comment: Node<'_>) -> bool {
    let is_open = |node: Option<Node<'_>>| node.is_some_and(|node| node.has_error());
    comment.parent().is_some_and(|parent| parent.has_error())
        && (is_open(comment.prev_sibling()) || is_open(comment.next_sibling()))
}

fn is_directive(comment: &str) -> bool {
    if comment.starts_with("#!") {
        return true;
    }
    let text = comment
        .trim_start_matches(['/', '*', '-', '{', '%', ';'])
        .trim_start();
    let text = match text.strip_prefix('#') {
        Some(rest)
            if !DIRECTIVES
                .iter()
                .any(|directive| text.starts_with(directive)) =>
        {
            rest.trim_start()
        }
        Some(_) | None => text,
    };
    DIRECTIVES
        .iter()
        .any(|directive| text.starts_with(directive))
}

fn line_of(node: Node<'_>) -> u32 {
    node.start_position().row as u32 + 1
}
