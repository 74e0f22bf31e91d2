//! Scala. A package is shared by files, with Java's and Kotlin's; the object beside a class of its name holds the class's
//! static members. Methods run without parentheses.

use std::sync::LazyLock;

use crate::languages::outline::{self, Outline, Outlined, PLAIN, Shape, namespace_of, words};

use self::calls::{
    call, case_clause, for_loop, generic_function, generic_type, infix, instance, lambda,
    match_expression, stable_type, type_name, wildcard,
};
use self::lower::{
    annotation, class, enum_case, extension, file, function, given, import, object, package,
    package_object, parameter, type_definition, value_definition,
};
use crate::languages::Semantics;

mod calls;
mod lower;

static OUTLINE: Outline = Outline {
    shapes: LazyLock::new(|| outline::shapes(&tree_sitter_scala::LANGUAGE.into(), SHAPES)),
    parameter,
    assignment_declares: false,
    last_is_result: true,
    text_type: "String",
    this_names: &["this"],
    super_names: &["super"],
};

const SHAPES: &[(&str, Shape)] = &[
    ("access_modifier", Shape::Ignore),
    ("annotation", Shape::Own(annotation)),
    ("assignment_expression", Shape::Assign("left", "right")),
    ("block", Shape::Plain),
    ("block_comment", Shape::Comment),
    ("boolean_literal", Shape::Literal("Boolean")),
    ("call_expression", Shape::Own(call)),
    ("case_clause", Shape::Own(case_clause)),
    ("class_definition", Shape::Own(class)),
    ("comment", Shape::Comment),
    ("do_while_expression", Shape::Loop),
    ("enum_definition", Shape::Own(class)),
    ("extension_definition", Shape::Own(extension)),
    ("field_expression", Shape::Member("value", "field")),
    ("floating_point_literal", Shape::Literal("Double")),
    ("for_expression", Shape::Own(for_loop)),
    ("full_enum_case", Shape::Own(enum_case)),
    ("function_declaration", Shape::Own(function)),
    ("function_definition", Shape::Own(function)),
    ("generic_function", Shape::Own(generic_function)),
    ("generic_type", Shape::Own(generic_type)),
    ("given_definition", Shape::Own(given)),
    ("identifier", Shape::Name),
    ("if_expression", Shape::Choice("condition")),
    ("import_declaration", Shape::Own(import)),
    ("infix_expression", Shape::Own(infix)),
    ("instance_expression", Shape::Own(instance)),
    ("integer_literal", Shape::Literal("Int")),
    ("interpolated_string", Shape::Text),
    ("lambda_expression", Shape::Own(lambda)),
    ("match_expression", Shape::Own(match_expression)),
    ("modifiers", Shape::Ignore),
    ("object_definition", Shape::Own(object)),
    ("package_clause", Shape::Own(package)),
    ("package_object", Shape::Own(package_object)),
    ("parenthesized_expression", Shape::Children),
    ("prefix_expression", Shape::Doubt),
    ("return_expression", Shape::Return),
    ("simple_enum_case", Shape::Own(enum_case)),
    ("stable_type_identifier", Shape::Own(stable_type)),
    ("string", Shape::Text),
    ("trait_definition", Shape::Own(class)),
    ("tuple_expression", Shape::Tuple),
    ("tuple_pattern", Shape::Tuple),
    ("tuple_type", Shape::Tuple),
    ("type_arguments", Shape::TypeArguments),
    ("type_definition", Shape::Own(type_definition)),
    ("type_identifier", Shape::Own(type_name)),
    ("val_declaration", Shape::Own(value_definition)),
    ("val_definition", Shape::Own(value_definition)),
    ("var_declaration", Shape::Own(value_definition)),
    ("var_definition", Shape::Own(value_definition)),
    ("while_expression", Shape::Loop),
    ("wildcard", Shape::Own(wildcard)),
];

static SEMANTICS: Semantics = Semantics {
    reads_call: true,
    constructors: &["this"],
    call_operator: "apply",
    overloads: true,
    iteration: &["iterator", "next"],
    index_operator: "apply",
    union_operator: "",
    builtins: words!(
        "Any" "AnyRef" "AnyVal" "Array" "ArrayBuffer" "BigDecimal" "BigInt" "Boolean" "Byte" "Char" "Double" "Either"
        "Exception" "Failure" "Float" "Future" "Int" "Iterable" "Left" "List" "ListBuffer" "Long" "Map" "Nil" "None"
        "Nothing" "Option" "Right" "RuntimeException" "Seq" "Set" "Some" "String" "StringBuilder" "Success" "Throwable"
        "Try" "Unit" "Vector" "assert" "classOf" "identity" "implicitly" "print" "println" "require" "sys"
    ),
    common_members: words!(
        "append" "apply" "asInstanceOf" "collect" "contains" "copy" "count" "distinct" "drop" "equals" "exists" "filter"
        "filterNot" "find" "flatMap" "flatten" "fold" "foldLeft" "forall" "foreach" "get" "getClass" "getOrElse"
        "groupBy" "hashCode" "head" "headOption" "indexOf" "isDefined" "isEmpty" "isInstanceOf" "iterator" "keys" "last"
        "length" "map" "mkString" "name" "next" "nonEmpty" "orElse" "put" "reduce" "remove" "replace" "reverse" "size"
        "sortBy" "split" "startsWith" "sum" "tail" "take" "to" "toInt" "toList" "toMap" "toSeq" "toSet" "toString" "trim"
        "unapply" "update" "value" "values" "withFilter" "zip" "zipWithIndex"
    ),
    namespace_family: "jvm",
    ..PLAIN
};

/// Methods whose function gets the receiver's elements.
const ITERATORS: &[&str] = words!(
    "collect" "count" "exists" "filter" "filterNot" "find" "flatMap" "forall" "foreach" "groupBy" "map" "maxBy" "minBy"
    "partition" "sortBy" "takeWhile" "withFilter"
);

pub(super) static SCALA: Outlined = Outlined {
    name: "scala",
    extensions: &["scala", "sc", "sbt"],
    file_names: &[],
    interpreters: &["scala"],
    grammar: || tree_sitter_scala::LANGUAGE.into(),
    outline: &OUTLINE,
    root: file,
    resolve_import: namespace_of,
    semantics: &SEMANTICS,
    prelude: &[("", include_str!("prelude.scala"))],
};
