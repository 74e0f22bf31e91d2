//! Swift. Files of a module share one scope; which files make a module is the build's business, so all share the global
//! one. Extensions add members and protocols to a type.

use std::sync::LazyLock;

use crate::languages::outline::{self, Outline, Outlined, PLAIN, Shape, words};

use self::calls::{
    argument, array_type, call, dictionary_type, lambda, navigation, postfix, prefix,
    try_expression, user_type,
};
use self::lower::{
    attribute, body, catch, class, enum_entry, file, for_loop, function, guard, if_statement,
    import, parameter, pattern, property, switch_entry, transfer, type_alias,
};
use crate::languages::Semantics;
use crate::project::{ImportTarget, ProjectFiles};

mod calls;
mod lower;

static OUTLINE: Outline = Outline {
    shapes: LazyLock::new(|| outline::shapes(&tree_sitter_swift::LANGUAGE.into(), SHAPES)),
    parameter,
    assignment_declares: false,
    last_is_result: false,
    text_type: "String",
    this_names: &[],
    super_names: &[],
};

const SHAPES: &[(&str, Shape)] = &[
    ("array_literal", Shape::List),
    ("array_type", Shape::Own(array_type)),
    ("as_expression", Shape::Cast("expr", "name")),
    ("assignment", Shape::Assign("target", "result")),
    ("attribute", Shape::Own(attribute)),
    ("await_expression", Shape::Await),
    ("boolean_literal", Shape::Literal("Bool")),
    ("call_expression", Shape::Own(call)),
    ("catch_block", Shape::Own(catch)),
    ("class_declaration", Shape::Own(class)),
    ("comment", Shape::Comment),
    ("control_transfer_statement", Shape::Own(transfer)),
    ("deinit_declaration", Shape::Own(function)),
    ("dictionary_type", Shape::Own(dictionary_type)),
    ("enum_entry", Shape::Own(enum_entry)),
    ("for_statement", Shape::Own(for_loop)),
    ("function_body", Shape::Own(body)),
    ("function_declaration", Shape::Own(function)),
    ("guard_statement", Shape::Own(guard)),
    ("if_statement", Shape::Own(if_statement)),
    ("import_declaration", Shape::Own(import)),
    ("init_declaration", Shape::Own(function)),
    ("integer_literal", Shape::Literal("Int")),
    ("lambda_literal", Shape::Own(lambda)),
    ("line_string_literal", Shape::Text),
    ("modifiers", Shape::Ignore),
    ("multiline_comment", Shape::Comment),
    ("multi_line_string_literal", Shape::Text),
    ("navigation_expression", Shape::Own(navigation)),
    ("nil_coalescing_expression", Shape::Either),
    ("optional_type", Shape::Children),
    ("pattern", Shape::Own(pattern)),
    ("postfix_expression", Shape::Own(postfix)),
    ("prefix_expression", Shape::Own(prefix)),
    ("property_declaration", Shape::Own(property)),
    ("protocol_declaration", Shape::Own(class)),
    ("protocol_function_declaration", Shape::Own(function)),
    ("protocol_property_declaration", Shape::Own(property)),
    ("real_literal", Shape::Literal("Double")),
    ("repeat_while_statement", Shape::Loop),
    ("self_expression", Shape::This),
    ("simple_identifier", Shape::Name),
    ("statements", Shape::Children),
    ("subscript_declaration", Shape::Own(function)),
    ("super_expression", Shape::Super),
    ("switch_entry", Shape::Own(switch_entry)),
    ("ternary_expression", Shape::Choice("condition")),
    ("try_expression", Shape::Own(try_expression)),
    ("tuple_expression", Shape::Tuple),
    ("tuple_type", Shape::Tuple),
    ("type_arguments", Shape::TypeArguments),
    ("typealias_declaration", Shape::Own(type_alias)),
    ("user_type", Shape::Own(user_type)),
    ("value_argument", Shape::Own(argument)),
    ("while_statement", Shape::Own(if_statement)),
];

static SEMANTICS: Semantics = Semantics {
    constructors: &["init"],
    call_operator: "callAsFunction",
    overloads: true,
    iteration: &["makeIterator", "next"],
    index_operator: "subscript",
    union_operator: "",
    builtins: words!(
        "Any" "AnyObject" "Array" "Bool" "Character" "Codable" "Comparable" "Data" "Date" "Decodable" "Dictionary"
        "DispatchQueue" "Double" "Encodable" "Equatable" "Error" "Float" "Hashable" "Int" "NSError" "NSObject"
        "NotificationCenter" "Optional" "Range" "Result" "Sequence" "Set" "String" "Substring" "URL" "UUID" "Void"
        "XCTAssert" "XCTAssertEqual" "XCTAssertFalse" "XCTAssertNil" "XCTAssertNotNil" "XCTAssertTrue" "XCTFail" "assert"
        "assertionFailure" "fatalError" "max" "min" "precondition" "print" "type" "zip"
    ),
    common_members: words!(
        "add" "addObserver" "allSatisfy" "append" "async" "compactMap" "components" "contains" "count" "description"
        "dropFirst" "encode" "enumerated" "filter" "first" "flatMap" "forEach" "hasPrefix" "hasSuffix" "hash" "index"
        "insert" "isEmpty" "joined" "key" "keys" "last" "load" "lowercased" "map" "max" "min" "name" "next" "prefix"
        "rawValue" "reduce" "remove" "removeAll" "replacingOccurrences" "resume" "reversed" "set" "shared" "sort"
        "sorted" "split" "start" "stop" "subscript" "trimmingCharacters" "update" "value" "values" "write"
    ),
    ..PLAIN
};

/// Methods whose closure gets the receiver's elements.
const ITERATORS: &[&str] = words!(
    "allSatisfy" "compactMap" "contains" "filter" "first" "firstIndex" "flatMap" "forEach" "map" "partition" "removeAll"
);

pub(super) static SWIFT: Outlined = Outlined {
    name: "swift",
    extensions: &["swift"],
    file_names: &[],
    interpreters: &["swift"],
    grammar: || tree_sitter_swift::LANGUAGE.into(),
    outline: &OUTLINE,
    root: file,
    resolve_import,
    semantics: &SEMANTICS,
    prelude: &[("", include_str!("prelude.swift"))],
};

/// A module: its files share the global scope already, and whether it is the project's the paths say.
fn resolve_import(project: &ProjectFiles, _: &str, module: &str) -> Vec<ImportTarget> {
    let is_own = ["Sources", "Source", "src", "Tests", ""]
        .iter()
        .any(|root| project.has_folder(&crate::project::join(root, module)));
    if is_own {
        vec![ImportTarget::Namespace(String::new())]
    } else {
        vec![ImportTarget::External(module.to_owned())]
    }
}
