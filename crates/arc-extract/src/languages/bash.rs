//! Bash and other shells. Functions are called as commands; `source` takes the functions of another file; running a script
//! refers to its file.

use std::sync::LazyLock;

use arc_graph::{EdgeKind, NodeKind};
use tree_sitter::Node;

use super::commands::run_by_name;
use super::outline::{
    self, FunctionParts, Outline, Outlined, PLAIN, Param, Place, Shape, VariableParts, Walk,
    named_children, words,
};
use crate::facts::{ExprId, MentionKind, Role, flag, import_flag};
use crate::languages::Semantics;
use crate::project::{ImportTarget, ProjectFiles, folder_of, join};
use crate::source::{end_line_of, line_of};

static OUTLINE: Outline = Outline {
    shapes: LazyLock::new(|| outline::shapes(&tree_sitter_bash::LANGUAGE.into(), SHAPES)),
    parameter,
    assignment_declares: false,
    last_is_result: false,
    text_type: "string",
    this_names: &[],
    super_names: &[],
};

const SHAPES: &[(&str, Shape)] = &[
    ("case_item", Shape::Branch),
    ("command", Shape::Own(command)),
    ("comment", Shape::Comment),
    ("declaration_command", Shape::Own(declaration)),
    ("elif_clause", Shape::Branch),
    ("else_clause", Shape::Branch),
    ("expansion", Shape::Operands),
    ("for_statement", Shape::Own(for_loop)),
    ("function_definition", Shape::Own(function)),
    ("heredoc_body", Shape::Operands),
    ("if_statement", Shape::Branch),
    ("simple_expansion", Shape::Operands),
    ("variable_assignment", Shape::Own(assignment)),
    ("variable_name", Shape::Own(variable)),
    ("while_statement", Shape::Loop),
];

static SEMANTICS: Semantics = Semantics {
    members_in_scope: false,
    match_bare_names: false,
    builtins: words!(
        "[" "[[" "alias" "apt-get" "awk" "basename" "break" "cargo" "cat" "cd" "chmod" "chown" "command" "cp" "curl" "cut"
        "date" "declare" "diff" "dirname" "docker" "echo" "env" "eval" "exec" "exit" "export" "false" "find" "getopts"
        "git" "go" "grep" "gzip" "head" "hash" "id" "install" "jq" "kill" "kubectl" "let" "ln" "local" "ls" "make" "mkdir"
        "mktemp" "mv" "node" "npm" "openssl" "pip" "popd" "printf" "ps" "pushd" "pwd" "python" "python3" "read"
        "readlink" "realpath" "return" "rm" "rsync" "sed" "seq" "set" "shift" "shopt" "sleep" "sort" "ssh" "stat" "sudo"
        "tail" "tar" "tee" "test" "time" "touch" "tr" "trap" "true" "type" "ulimit" "umask" "uname" "uniq" "unset" "wait"
        "wc" "wget" "which" "whoami" "xargs"
    ),
    ..PLAIN
};

/// Programs whose first argument is a script.
const RUNNERS: &[&str] = words!(
    "bash" "sh" "zsh" "dash" "python" "python3" "node" "ruby" "perl" "php" "exec" "sudo" "time" "env" "deno" "lua"
);

pub(super) static BASH: Outlined = Outlined {
    name: "bash",
    extensions: &["sh", "bash", "bats", "zsh", "ksh"],
    file_names: &[".bashrc", ".bash_profile", ".profile", ".zshrc"],
    interpreters: &["bash", "sh", "zsh", "dash", "ksh", "ash", "bats"],
    grammar: || tree_sitter_bash::LANGUAGE.into(),
    outline: &OUTLINE,
    root: file,
    resolve_import,
    semantics: &SEMANTICS,
    prelude: &[],
};

/// The path as written from the file's folder or from the root; of a path that begins with a variable, the rest.
fn resolve_import(project: &ProjectFiles, from: &str, module: &str) -> Vec<ImportTarget> {
    let mut folder = folder_of(from);
    loop {
        let path = join(folder, module);
        if project.has_file(&path) {
            return vec![ImportTarget::File(path)];
        }
        if folder.is_empty() {
            return Vec::new();
        }
        folder = folder_of(folder);
    }
}

fn file<'w>(walk: &mut Walk<'w>, root: Node<'w>) {
    let children = named_children(root);
    let mut at = 0;
    while let Some(child) = children.get(at) {
        at += 1;
        if child.kind() == "command" && walk.field_text(*child, "name") == "@test" {
            at = test(walk, &children, at - 1);
        } else {
            walk.value(*child);
        }
    }
}

/// `@test "title" { … }` of bats, which the grammar reads as commands. Returns the position behind it.
fn test<'w>(walk: &mut Walk<'w>, children: &[Node<'w>], start: usize) -> usize {
    let command = children[start];
    let title = command
        .child_by_field_name("argument")
        .map_or("", |title| walk.text(title))
        .trim_matches(['"', '\'']);
    let length = children[start + 1..]
        .iter()
        .position(|child| walk.text(*child).starts_with('}'))
        .unwrap_or(children.len() - start - 1);
    let end = start + 1 + length;
    let last = children.get(end).copied().unwrap_or(command);
    let symbol = walk
        .facts
        .add_symbol(title, NodeKind::Test, line_of(command), end_line_of(last));
    walk.facts.symbol_mut(symbol).flags = flag::TEST;
    walk.with_function(symbol, true, |walk| {
        for child in &children[start + 1..end] {
            walk.value(*child);
        }
    });
    (end + 1).min(children.len())
}

fn parameter<'w>(_: &mut Walk<'w>, _: Node<'w>) -> Option<Param<'w>> {
    None
}

fn function<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let name = walk.field_text(node, "name");
    let flags = match name {
        "setup" | "teardown" | "setup_file" if walk.source.path.ends_with(".bats") => flag::SETUP,
        _ => flag::PUBLIC,
    };
    walk.function(FunctionParts {
        flags,
        body: node.child_by_field_name("body"),
        ..FunctionParts::new(node, name)
    });
    ExprId::NONE
}

fn assignment<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let value = walk.field_value(node, "value");
    assign(walk, node, value);
    ExprId::NONE
}

fn assign<'w>(walk: &mut Walk<'w>, node: Node<'w>, value: ExprId) {
    let Some(name) = node.child_by_field_name("name") else {
        return;
    };
    if walk.place == Place::File {
        let text = walk.text(name);
        let known = walk.interned(text);
        let is_known = walk
            .facts
            .facts()
            .bindings
            .iter()
            .rev()
            .take(2000)
            .any(|binding| binding.name == known);
        if !is_known {
            walk.variable(VariableParts {
                value,
                flags: flag::PUBLIC,
                ..VariableParts::new(node, text)
            });
            return;
        }
    }
    walk.assign_to(name, value);
}

/// `local x=1`, `export X`, `readonly X=1`.
fn declaration<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let is_local = walk.place == Place::Function && !walk.text(node).starts_with("export");
    walk.each(node, |walk, child, _| match child.kind() {
        "variable_assignment" => {
            let value = walk.field_value(child, "value");
            if is_local && let Some(name) = child.child_by_field_name("name") {
                walk.variable(VariableParts {
                    value,
                    ..VariableParts::new(child, walk.source.text_of(name))
                });
            } else {
                assign(walk, child, value);
            }
        }
        "variable_name" if is_local => {
            walk.variable(VariableParts::new(child, walk.source.text_of(child)));
        }
        _ => {}
    });
    ExprId::NONE
}

fn variable<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let text = walk.text(node);
    if text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        walk.name_value(text, line_of(node))
    } else {
        ExprId::NONE
    }
}

fn for_loop<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    if let Some(name) = node.child_by_field_name("variable") {
        walk.assign_to(name, ExprId::NONE);
    }
    walk.scope(node, crate::facts::BlockKind::Loop)
}

fn command<'w>(walk: &mut Walk<'w>, node: Node<'w>) -> ExprId {
    let line = line_of(node);
    let name = walk.field_text(node, "name");
    let args: Vec<Node<'w>> = named_children(node)
        .into_iter()
        .filter(|child| child.kind() != "command_name" && child.kind() != "variable_assignment")
        .collect();
    let first = args.first().map_or("", |arg| walk.text(*arg));
    match name {
        "source" | "." => {
            let path = path_of(first);
            if !path.is_empty() {
                let flags = import_flag::STAR | import_flag::EXPORT_STAR | import_flag::INCLUDE;
                walk.facts.import(path, None, line, flags);
            }
        }
        "trap" | "run" | "command" | "assert_success" => {
            if first.starts_with(|c: char| c.is_ascii_alphabetic()) && !first.contains(' ') {
                let callee = walk.name_value(first, line);
                walk.call_with(callee, &[], line);
            } else {
                script(walk, first, line);
            }
        }
        _ if RUNNERS.contains(&name) => {
            let is_option = |arg: &&Node<'w>| walk.source.text_of(**arg).starts_with('-');
            if let Some(path) = args.iter().find(|arg| !is_option(arg)) {
                let path = walk.text(*path);
                script(walk, path, line);
            }
        }
        _ if name.contains('/') => script(walk, name, line),
        _ if name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && !name.contains(['$', '=']) =>
        {
            let callee = walk.facts.name_expr(name, line, Role::Silent);
            walk.call_with(callee, &[], line);
        }
        _ => {}
    }
    if !args.is_empty() && BY_NAME.iter().any(|program| name.starts_with(program)) {
        let text = walk.text(node);
        let source = text.lines().next().unwrap_or("");
        run_by_name(walk.facts, source, line);
    }
    walk.each(node, |walk, child, _| {
        walk.value(child);
    });
    ExprId::NONE
}

/// Programs that run something of the project by name.
const BY_NAME: &[&str] = &[
    "bun", "exec", "gunicorn", "make", "npm", "pnpm", "poetry", "python", "uv", "yarn",
];

/// A script that is run.
fn script(walk: &mut Walk<'_>, text: &str, line: u32) {
    let path = path_of(text);
    let is_path = path.contains('/') || path.ends_with(".sh") || path.ends_with(".py");
    if is_path && !path.contains(['$', '*', ' ', '(']) && !path.starts_with("http") {
        walk.facts
            .mention(path, MentionKind::Path, EdgeKind::References, line);
    }
}

/// The path in a word: quotes and a leading variable or command that gives a folder are left out.
fn path_of(word: &str) -> &str {
    let word = word.trim_matches(['"', '\'']);
    if !word.starts_with('$') {
        return word;
    }
    let end = match word.as_bytes().get(1) {
        Some(b'(') => word.rfind(')'),
        Some(b'{') => word.find('}'),
        _ => word.find('/').map(|slash| slash - 1),
    };
    let rest = end.and_then(|end| word.get(end + 1..)).unwrap_or("");
    rest.trim_start_matches(['"', '/'])
}
