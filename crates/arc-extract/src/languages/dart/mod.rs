//! Dart. A file is a library; `import` opens it, `export` passes it on, `part` makes two files one. `package:name/x` is
//! `lib/x` of the folder whose `pubspec.yaml` has that name.

use std::sync::LazyLock;

use crate::languages::outline::{self, Outline, Outlined, PLAIN, Shape, words};

use self::calls::{
    call, cascade, cascade_call, for_loop, lambda, member, named_argument, string, try_statement,
    type_cast, type_node, type_test,
};
use self::lower::{
    annotation, class, declaration, enum_entry, extension, file, function, import, parameter,
    type_alias, variables,
};
use crate::languages::Semantics;
use crate::project::{ImportTarget, ProjectFiles, folder_of, join};

mod calls;
mod lower;

static OUTLINE: Outline = Outline {
    shapes: LazyLock::new(|| outline::shapes(&tree_sitter_dart::LANGUAGE.into(), SHAPES)),
    parameter,
    assignment_declares: false,
    last_is_result: false,
    text_type: "String",
    this_names: &[],
    super_names: &[],
};

const SHAPES: &[(&str, Shape)] = &[
    ("annotation", Shape::Own(annotation)),
    ("arguments", Shape::Operands),
    ("assignable_expression", Shape::Own(member)),
    ("assignment_expression", Shape::Assign("left", "right")),
    ("await_expression", Shape::Await),
    ("block", Shape::Plain),
    ("call_expression", Shape::Own(call)),
    ("cascade", Shape::Own(cascade)),
    ("cascade_call_expression", Shape::Own(cascade_call)),
    ("class_declaration", Shape::Own(class)),
    ("comment", Shape::Comment),
    ("conditional_expression", Shape::Choice("condition")),
    ("const_object_expression", Shape::New("type", "arguments")),
    ("decimal_integer_literal", Shape::Literal("int")),
    ("declaration", Shape::Own(declaration)),
    ("do_statement", Shape::Loop),
    ("documentation_comment", Shape::Comment),
    ("enum_declaration", Shape::Own(class)),
    ("enum_entry", Shape::Own(enum_entry)),
    ("extension_declaration", Shape::Own(extension)),
    ("for_statement", Shape::Own(for_loop)),
    ("function_declaration", Shape::Own(function)),
    ("function_expression", Shape::Own(lambda)),
    ("identifier", Shape::Name),
    ("if_null_expression", Shape::Either),
    ("if_statement", Shape::Choice("condition")),
    ("index_expression", Shape::Index("object", "index")),
    ("library_export", Shape::Own(import)),
    ("library_import", Shape::Own(import)),
    ("library_name", Shape::Ignore),
    ("list_literal", Shape::List),
    ("local_function_declaration", Shape::Own(function)),
    ("local_variable_declaration", Shape::Own(variables)),
    ("member_expression", Shape::Own(member)),
    ("method_declaration", Shape::Own(function)),
    ("mixin_declaration", Shape::Own(class)),
    ("named_argument", Shape::Own(named_argument)),
    ("new_expression", Shape::New("type", "arguments")),
    ("null_assertion_expression", Shape::Children),
    ("null_aware_member_expression", Shape::Own(member)),
    ("part_directive", Shape::Own(import)),
    ("part_of_directive", Shape::Own(import)),
    ("return_statement", Shape::Return),
    ("string_literal", Shape::Own(string)),
    ("super", Shape::Super),
    ("switch_statement_case", Shape::Branch),
    ("switch_statement_default", Shape::Branch),
    ("template_substitution", Shape::Children),
    ("this", Shape::This),
    ("top_level_variable_declaration", Shape::Own(variables)),
    ("try_statement", Shape::Own(try_statement)),
    ("type", Shape::Own(type_node)),
    ("type_alias", Shape::Own(type_alias)),
    ("type_arguments", Shape::TypeArguments),
    ("type_cast_expression", Shape::Own(type_cast)),
    ("type_identifier", Shape::Name),
    ("type_test_expression", Shape::Own(type_test)),
    ("unary_expression", Shape::Children),
    ("while_statement", Shape::Loop),
    ("yield_statement", Shape::Yield),
];

static SEMANTICS: Semantics = Semantics {
    imports_stay_inside: true,
    constructors: &[lower::CONSTRUCTOR],
    call_operator: "call",
    iteration: &["iterator", "current"],
    index_operator: "[]",
    union_operator: "",
    builtins: words!(
        "ArgumentError" "BigInt" "Completer" "DateTime" "Duration" "Error" "Exception" "Expando" "Function" "Future"
        "Iterable" "Iterator" "List" "Map" "Match" "Never" "Null" "Object" "Pattern" "RegExp" "Set" "StackTrace"
        "StateError" "Stream" "StreamController" "String" "StringBuffer" "Symbol" "Timer" "Type" "Uint8List"
        "UnimplementedError" "UnsupportedError" "Uri" "Zone" "assert" "bool" "double" "dynamic" "equals" "expect"
        "group" "identical" "int" "isA" "jsonDecode" "jsonEncode" "num" "print" "setUp" "tearDown" "test" "throwsA"
    ),
    common_members: words!(
        "add" "addAll" "addListener" "any" "call" "cancel" "cast" "clear" "close" "compareTo" "complete" "contains"
        "containsKey" "copyWith" "dispose" "elementAt" "every" "expand" "first" "firstWhere" "fold" "forEach" "hashCode"
        "indexOf" "insert" "isEmpty" "isNotEmpty" "iterator" "join" "keys" "last" "length" "listen" "map" "name" "of"
        "parse" "putIfAbsent" "reduce" "remove" "removeAt" "replaceAll" "runtimeType" "single" "skip" "sort" "split"
        "startsWith" "sublist" "substring" "take" "then" "toInt" "toJson" "toList" "toLowerCase" "toSet" "toString"
        "trim" "update" "value" "values" "where" "write"
    ),
    ..PLAIN
};

/// Methods whose function gets the receiver's elements.
const ITERATORS: &[&str] = words!(
    "any" "every" "expand" "firstWhere" "forEach" "lastWhere" "map" "removeWhere" "singleWhere" "where" "takeWhile"
);

pub(super) static DART: Outlined = Outlined {
    name: "dart",
    extensions: &["dart"],
    file_names: &[],
    interpreters: &["dart"],
    grammar: || tree_sitter_dart::LANGUAGE.into(),
    outline: &OUTLINE,
    root: file,
    resolve_import,
    semantics: &SEMANTICS,
    prelude: &[("", include_str!("prelude.dart"))],
};

fn resolve_import(project: &ProjectFiles, from: &str, module: &str) -> Vec<ImportTarget> {
    let found = |path: String| project.has_file(&path).then_some(ImportTarget::File(path));
    let Some(rest) = module.strip_prefix("package:") else {
        if module.contains(':') {
            return vec![ImportTarget::External(module.to_owned())];
        }
        return found(join(folder_of(from), module)).into_iter().collect();
    };
    let (package, path) = rest.split_once('/').unwrap_or((rest, ""));
    for manifest in project.manifests_named("pubspec.yaml") {
        if project.setting(manifest, &["name"]) == Some(package) {
            let path = join(&join(folder_of(manifest), "lib"), path);
            return found(path).into_iter().collect();
        }
    }
    // Without manifests, the package around or one in a folder of its name.
    let mut folder = folder_of(from);
    loop {
        for root in [
            "lib".to_owned(),
            format!("{package}/lib"),
            format!("packages/{package}/lib"),
        ] {
            if let Some(target) = found(join(&join(folder, &root), path)) {
                return vec![target];
            }
        }
        if folder.is_empty() {
            return vec![ImportTarget::External(module.to_owned())];
        }
        folder = folder_of(folder);
    }
}
