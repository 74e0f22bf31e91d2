//! Ruby. Constants live in one global tree that any file may reopen, so every class and module is a namespace as well, and
//! a part of all others of its name. A bare name that is no local is a call.

use std::sync::LazyLock;

use crate::languages::outline::{self, Outline, Outlined, PLAIN, Shape, words};

use self::calls::{binary, call, element, for_loop, hash, lambda, pair, rescue, super_call, when};
use self::types::{
    alias, assignment, file, identifier, instance_variable, method, parameter, scope_resolution,
    simple_symbol, singleton_class, type_definition,
};
use crate::languages::Semantics;
use crate::project::{ImportTarget, ProjectFiles, folder_of, join};

mod calls;
mod types;

static OUTLINE: Outline = Outline {
    shapes: LazyLock::new(|| outline::shapes(&arc_grammar::ruby(), SHAPES)),
    parameter,
    assignment_declares: true,
    last_is_result: true,
    text_type: "String",
    this_names: &[],
    super_names: &[],
};

const SHAPES: &[(&str, Shape)] = &[
    ("alias", Shape::Own(alias)),
    ("array", Shape::List),
    ("assignment", Shape::Own(assignment)),
    ("begin", Shape::Sequence),
    ("binary", Shape::Own(binary)),
    ("block_body", Shape::Sequence),
    ("body_statement", Shape::Sequence),
    ("call", Shape::Own(call)),
    ("case", Shape::Choice("value")),
    ("case_match", Shape::Choice("value")),
    ("class", Shape::Own(type_definition)),
    ("class_variable", Shape::Own(instance_variable)),
    ("comment", Shape::Comment),
    ("conditional", Shape::Choice("condition")),
    ("constant", Shape::Name),
    ("destructured_left_assignment", Shape::List),
    ("destructured_parameter", Shape::List),
    ("do", Shape::Sequence),
    ("element_reference", Shape::Own(element)),
    ("else", Shape::Sequence),
    ("elsif", Shape::Choice("condition")),
    ("ensure", Shape::Operands),
    ("float", Shape::Literal("Float")),
    ("for", Shape::Own(for_loop)),
    ("global_variable", Shape::Name),
    ("hash", Shape::Own(hash)),
    ("identifier", Shape::Own(identifier)),
    ("if", Shape::Choice("condition")),
    ("if_modifier", Shape::Choice("condition")),
    ("instance_variable", Shape::Own(instance_variable)),
    ("integer", Shape::Literal("Integer")),
    ("lambda", Shape::Own(lambda)),
    ("left_assignment_list", Shape::List),
    ("method", Shape::Own(method)),
    ("module", Shape::Own(type_definition)),
    ("operator_assignment", Shape::Assign("left", "right")),
    ("pair", Shape::Own(pair)),
    ("parenthesized_statements", Shape::Sequence),
    ("rescue", Shape::Own(rescue)),
    ("rescue_modifier", Shape::Operands),
    ("return", Shape::Return),
    ("right_assignment_list", Shape::List),
    ("scope_resolution", Shape::Own(scope_resolution)),
    ("self", Shape::This),
    ("simple_symbol", Shape::Own(simple_symbol)),
    ("singleton_class", Shape::Own(singleton_class)),
    ("singleton_method", Shape::Own(method)),
    ("string", Shape::Text),
    ("super", Shape::Own(super_call)),
    ("then", Shape::Sequence),
    ("unary", Shape::Doubt),
    ("unless", Shape::Choice("condition")),
    ("unless_modifier", Shape::Choice("condition")),
    ("until", Shape::Loop),
    ("until_modifier", Shape::Loop),
    ("when", Shape::Own(when)),
    ("while", Shape::Loop),
    ("while_modifier", Shape::Loop),
    ("yield", Shape::Operands),
];

static SEMANTICS: Semantics = Semantics {
    separator: "::",
    reads_call: true,
    constructors: &["initialize"],
    call_operator: "call",
    iteration: &["each"],
    index_operator: "[]",
    union_operator: "",
    literal_types: ["Array", "", "Hash", "String"],
    builtins: words!(
        "Array" "Class" "Comparable" "Dir" "Enumerable" "Exception" "File" "Float" "Hash" "IO" "Integer"
        "Kernel" "Module" "Object" "Proc" "Random" "Regexp" "Set" "StandardError" "String" "Struct" "Symbol"
        "Thread" "Time" "binding" "block_given?" "caller" "catch" "exit" "format" "gets" "lambda" "loop" "p"
        "print" "printf" "proc" "puts" "raise" "rand" "sleep" "sprintf" "throw" "warn"
    ),
    common_members: words!(
        "[]" "all?" "any?" "call" "class" "clear" "close" "collect" "compact" "concat" "count" "delete" "detect"
        "dig" "dup" "each" "each_with_index" "each_with_object" "empty?" "end_with?" "fetch" "find" "first"
        "flatten" "freeze" "gsub" "has_key?" "hash" "id" "include?" "index" "inject" "inspect" "instance_of?"
        "is_a?" "join" "key?" "keys" "last" "length" "lines" "map" "match" "max" "merge" "merge!" "method" "min"
        "name" "new" "nil?" "none?" "open" "pop" "present?" "push" "read" "reduce" "reject" "respond_to?"
        "reverse" "select" "send" "shift" "size" "slice" "sort" "sort_by" "split" "start_with?" "strip" "sub"
        "sum" "tap" "then" "times" "to_a" "to_h" "to_i" "to_s" "to_sym" "type" "uniq" "update" "value" "values"
        "write" "zip"
    ),
    ..PLAIN
};

/// Methods whose block gets the receiver's elements.
const ITERATORS: &[&str] = words!(
    "all?" "any?" "collect" "detect" "each" "each_with_index" "filter" "filter_map" "find" "find_all"
    "flat_map" "group_by" "map" "none?" "partition" "reject" "select" "sort_by" "sum" "each_with_object"
    "each_entry" "max_by" "min_by" "reverse_each"
);

pub(super) static RUBY: Outlined = Outlined {
    name: "ruby",
    extensions: &["rb", "rake", "gemspec", "ru", "podspec"],
    file_names: &[
        "Rakefile",
        "Gemfile",
        "Guardfile",
        "Capfile",
        "Vagrantfile",
        "Fastfile",
        "Podfile",
    ],
    interpreters: &["ruby", "jruby", "rake"],
    grammar: arc_grammar::ruby,
    outline: &OUTLINE,
    root: file,
    resolve_import,
    semantics: &SEMANTICS,
    prelude: &[],
};

/// `::A::B` is a namespace (an import that no source has written), `./x` a path beside the file, all else a path on
/// the load path: `lib` and the usual folders of the nearest folder above that has the file.
fn resolve_import(project: &ProjectFiles, from: &str, module: &str) -> Vec<ImportTarget> {
    if let Some(label) = module.strip_prefix("::") {
        return vec![ImportTarget::Namespace(label.to_owned())];
    }
    let with_extension = |path: String| {
        if path.ends_with(".rb") || project.has_file(&path) {
            path
        } else {
            format!("{path}.rb")
        }
    };
    let found = |path: String| project.has_file(&path).then_some(ImportTarget::File(path));
    if module.starts_with('.') {
        return found(with_extension(join(folder_of(from), module)))
            .into_iter()
            .collect();
    }
    let mut folder = folder_of(from);
    loop {
        for root in ["lib", "", "test", "spec", "app"] {
            let path = with_extension(join(&join(folder, root), module));
            if let Some(target) = found(path) {
                return vec![target];
            }
        }
        if folder.is_empty() {
            break;
        }
        folder = folder_of(folder);
    }
    for top in top_folders(project) {
        let path = with_extension(join(&join(top, "lib"), module));
        if let Some(target) = found(path) {
            return vec![target];
        }
    }
    vec![ImportTarget::External(module.to_owned())]
}

/// The folders directly below the root: each may be a gem of its own.
fn top_folders(project: &ProjectFiles) -> Vec<&str> {
    let paths = project.paths();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(path) = paths.get(at) {
        match path.split_once('/') {
            Some((top, _)) => {
                found.push(top);
                // The next name after all paths below `top/`: `0` follows `/`.
                let end = format!("{top}0");
                at += paths[at..].partition_point(|path| path.as_str() < end.as_str());
            }
            None => at += 1,
        }
    }
    found
}
