//! Kotlin. A package is shared by files, with Java's; members of a companion object are members of its class; extension
//! functions are members of their receiver's type.

use std::sync::LazyLock;

use crate::languages::outline::{self, Outline, Outlined, PLAIN, Shape, namespace_of, words};

use self::calls::{
    anonymous_function, argument, binary, call, callable, catch, for_loop, function_type, index,
    infix, lambda, navigation, this, unary, user_type, when, when_entry,
};
use self::lower::{
    accessor, annotation, class, companion, constructor, delegation, enum_entry,
    explicit_delegation, file, function, initializer, invocation, object_literal, parameter,
    property, type_alias, variable_name,
};
use crate::languages::Semantics;

mod calls;
mod lower;

static OUTLINE: Outline = Outline {
    shapes: LazyLock::new(|| outline::shapes(&tree_sitter_kotlin_ng::LANGUAGE.into(), SHAPES)),
    parameter,
    assignment_declares: false,
    last_is_result: false,
    text_type: "String",
    this_names: &[],
    super_names: &[],
};

const SHAPES: &[(&str, Shape)] = &[
    ("annotation", Shape::Own(annotation)),
    ("anonymous_function", Shape::Own(anonymous_function)),
    ("anonymous_initializer", Shape::Own(initializer)),
    ("as_expression", Shape::Cast("left", "right")),
    ("assignment", Shape::Assign("left", "right")),
    ("binary_expression", Shape::Own(binary)),
    ("block", Shape::Plain),
    ("block_comment", Shape::Comment),
    ("call_expression", Shape::Own(call)),
    ("callable_reference", Shape::Own(callable)),
    ("catch_block", Shape::Own(catch)),
    ("class_declaration", Shape::Own(class)),
    ("companion_object", Shape::Own(companion)),
    ("constructor_delegation_call", Shape::Own(delegation)),
    ("constructor_invocation", Shape::Own(invocation)),
    ("do_while_statement", Shape::Loop),
    ("enum_entry", Shape::Own(enum_entry)),
    ("explicit_delegation", Shape::Own(explicit_delegation)),
    ("float_literal", Shape::Literal("Double")),
    ("for_statement", Shape::Own(for_loop)),
    ("function_declaration", Shape::Own(function)),
    ("function_type", Shape::Own(function_type)),
    ("getter", Shape::Own(accessor)),
    ("identifier", Shape::Name),
    ("if_expression", Shape::Choice("condition")),
    ("index_expression", Shape::Own(index)),
    ("infix_expression", Shape::Own(infix)),
    ("is_expression", Shape::TypeTest("left", "right")),
    ("lambda_literal", Shape::Own(lambda)),
    ("line_comment", Shape::Comment),
    ("multi_variable_declaration", Shape::List),
    ("navigation_expression", Shape::Own(navigation)),
    ("number_literal", Shape::Literal("Int")),
    ("object_declaration", Shape::Own(class)),
    ("object_literal", Shape::Own(object_literal)),
    ("property_declaration", Shape::Own(property)),
    ("return_expression", Shape::Return),
    ("secondary_constructor", Shape::Own(constructor)),
    ("setter", Shape::Own(accessor)),
    ("string_literal", Shape::Text),
    ("super_expression", Shape::Super),
    ("this_expression", Shape::Own(this)),
    ("type_alias", Shape::Own(type_alias)),
    ("type_arguments", Shape::TypeArguments),
    ("type_test", Shape::Ignore),
    ("unary_expression", Shape::Own(unary)),
    ("user_type", Shape::Own(user_type)),
    ("value_argument", Shape::Own(argument)),
    ("variable_declaration", Shape::Own(variable_name)),
    ("when_entry", Shape::Own(when_entry)),
    ("when_expression", Shape::Own(when)),
    ("when_subject", Shape::Children),
    ("while_statement", Shape::Loop),
];

static SEMANTICS: Semantics = Semantics {
    constructors: &["constructor"],
    call_operator: "invoke",
    overloads: true,
    iteration: &["iterator", "next"],
    index_operator: "get",
    union_operator: "",
    builtins: words!(
        "Any" "Array" "ArrayList" "Boolean" "Byte" "Char" "Comparable" "Double" "Exception" "Float" "HashMap" "HashSet"
        "IllegalArgumentException" "IllegalStateException" "Int" "Iterable" "List" "Long" "Map" "MutableList"
        "MutableMap" "Nothing" "Pair" "Regex" "Result" "Sequence" "Set" "String" "StringBuilder" "Throwable" "Unit"
        "also" "apply" "arrayOf" "assert" "buildString" "check" "checkNotNull" "emptyList" "emptyMap" "error" "lazy"
        "let" "listOf" "listOfNotNull" "mapOf" "mutableListOf" "mutableMapOf" "mutableSetOf" "print" "println"
        "repeat" "require" "requireNotNull" "run" "setOf" "synchronized" "takeIf" "to" "with"
    ),
    common_members: words!(
        "add" "addAll" "all" "also" "any" "append" "apply" "associateBy" "clear" "close" "contains" "containsKey" "copy"
        "count" "distinct" "drop" "equals" "filter" "filterNot" "find" "first" "firstOrNull" "flatMap" "fold" "forEach"
        "get" "getOrDefault" "getOrNull" "getOrPut" "groupBy" "hashCode" "index" "indexOf" "invoke" "isEmpty"
        "isNotEmpty" "isNullOrEmpty" "iterator" "join" "joinToString" "key" "keys" "last" "length" "let" "map"
        "mapNotNull" "max" "message" "min" "name" "next" "orEmpty" "plus" "put" "read" "remove" "replace" "reversed" "run"
        "set" "size" "sort" "sortedBy" "split" "startsWith" "substring" "sum" "take" "takeIf" "toInt" "toList" "toMap"
        "toSet" "toString" "trim" "value" "values" "with" "write" "zip"
    ),
    namespace_family: "jvm",
    ..PLAIN
};

/// Functions whose lambda gets the receiver's elements.
const ITERATORS: &[&str] = words!(
    "all" "any" "associateBy" "associateWith" "count" "filter" "filterNot" "find" "first" "firstOrNull" "flatMap"
    "forEach" "groupBy" "map" "mapNotNull" "none" "onEach" "partition" "single" "sortedBy" "sumOf" "last" "maxBy"
    "minBy" "sortedByDescending" "distinctBy" "takeWhile"
);

pub(super) static KOTLIN: Outlined = Outlined {
    name: "kotlin",
    extensions: &["kt", "kts"],
    file_names: &[],
    interpreters: &["kotlin"],
    grammar: || tree_sitter_kotlin_ng::LANGUAGE.into(),
    outline: &OUTLINE,
    root: file,
    resolve_import: namespace_of,
    semantics: &SEMANTICS,
    prelude: &[("", include_str!("prelude.kt"))],
};
