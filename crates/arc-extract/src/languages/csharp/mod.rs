//! C#. Namespaces are shared by files and folders do not matter; `using` opens one. A property with code is a method that
//! is read, one without is a field. Parts of a partial type are types of the same name in the same namespace.

use std::sync::LazyLock;

use crate::languages::outline::{self, Outline, Outlined, PLAIN, Shape, namespace_of, words};

use self::lower::{
    accessor, anonymous_method, array_type, attribute, binary, conditional_access, constructor,
    creation, delegate, enum_member, fields, file, first_type, foreach, invocation, is_pattern,
    local, member_binding, method, namespace, operator, parameter, predefined, preprocessor,
    property, try_statement, type_declaration, typed_name, using,
};
use crate::languages::Semantics;

mod lower;

static OUTLINE: Outline = Outline {
    shapes: LazyLock::new(|| outline::shapes(&tree_sitter_c_sharp::LANGUAGE.into(), SHAPES)),
    parameter,
    assignment_declares: false,
    last_is_result: false,
    text_type: "string",
    this_names: &[],
    super_names: &[],
};

const SHAPES: &[(&str, Shape)] = &[
    ("accessor_declaration", Shape::Own(accessor)),
    ("anonymous_method_expression", Shape::Own(anonymous_method)),
    ("argument", Shape::Argument("name")),
    ("array_creation_expression", Shape::Operands),
    ("array_type", Shape::Own(array_type)),
    ("as_expression", Shape::Cast("left", "right")),
    ("assignment_expression", Shape::Assign("left", "right")),
    ("attribute", Shape::Own(attribute)),
    ("await_expression", Shape::Await),
    ("base", Shape::Super),
    ("binary_expression", Shape::Own(binary)),
    ("block", Shape::Plain),
    ("boolean_literal", Shape::Literal("bool")),
    ("cast_expression", Shape::Cast("value", "type")),
    ("catch_clause", Shape::Branch),
    ("catch_declaration", Shape::Own(typed_name)),
    ("class_declaration", Shape::Own(type_declaration)),
    ("comment", Shape::Comment),
    (
        "conditional_access_expression",
        Shape::Own(conditional_access),
    ),
    ("conditional_expression", Shape::Choice("condition")),
    ("constructor_declaration", Shape::Own(constructor)),
    ("conversion_operator_declaration", Shape::Own(operator)),
    ("declaration_expression", Shape::Own(typed_name)),
    ("declaration_pattern", Shape::Own(typed_name)),
    ("default_expression", Shape::Type),
    ("delegate_declaration", Shape::Own(delegate)),
    ("destructor_declaration", Shape::Own(constructor)),
    ("do_statement", Shape::Loop),
    (
        "element_access_expression",
        Shape::Index("expression", "subscript"),
    ),
    ("enum_declaration", Shape::Own(type_declaration)),
    ("enum_member_declaration", Shape::Own(enum_member)),
    ("event_declaration", Shape::Own(property)),
    ("event_field_declaration", Shape::Own(fields)),
    ("field_declaration", Shape::Own(fields)),
    ("for_statement", Shape::Loop),
    ("foreach_statement", Shape::Own(foreach)),
    ("generic_name", Shape::Generic),
    ("identifier", Shape::Name),
    ("if_statement", Shape::Choice("condition")),
    ("indexer_declaration", Shape::Own(property)),
    ("integer_literal", Shape::Literal("int")),
    ("interface_declaration", Shape::Own(type_declaration)),
    ("interpolated_string_expression", Shape::Text),
    ("invocation_expression", Shape::Own(invocation)),
    ("is_expression", Shape::TypeTest("left", "right")),
    ("is_pattern_expression", Shape::Own(is_pattern)),
    ("lambda_expression", Shape::Lambda("parameters", "body")),
    ("local_declaration_statement", Shape::Own(local)),
    ("local_function_statement", Shape::Own(method)),
    (
        "member_access_expression",
        Shape::Member("expression", "name"),
    ),
    ("member_binding_expression", Shape::Own(member_binding)),
    ("method_declaration", Shape::Own(method)),
    ("modifier", Shape::Ignore),
    ("namespace_declaration", Shape::Own(namespace)),
    ("negated_pattern", Shape::Doubt),
    ("nullable_type", Shape::Own(first_type)),
    ("object_creation_expression", Shape::Own(creation)),
    ("operator_declaration", Shape::Own(operator)),
    ("or_pattern", Shape::Doubt),
    ("predefined_type", Shape::Own(predefined)),
    ("preproc_elif", Shape::Branch),
    ("preproc_else", Shape::Branch),
    ("preproc_if", Shape::Own(preprocessor)),
    ("primary_constructor_base_type", Shape::Own(first_type)),
    ("property_declaration", Shape::Own(property)),
    ("qualified_name", Shape::Member("qualifier", "name")),
    ("raw_string_literal", Shape::Text),
    ("real_literal", Shape::Literal("double")),
    ("record_declaration", Shape::Own(type_declaration)),
    ("recursive_pattern", Shape::Own(typed_name)),
    ("return_statement", Shape::Return),
    ("string_literal", Shape::Text),
    ("struct_declaration", Shape::Own(type_declaration)),
    ("switch_expression_arm", Shape::Branch),
    ("switch_section", Shape::Branch),
    ("this", Shape::This),
    ("try_statement", Shape::Own(try_statement)),
    ("tuple_expression", Shape::Tuple),
    ("tuple_pattern", Shape::Tuple),
    ("tuple_type", Shape::Tuple),
    ("type_argument_list", Shape::TypeArguments),
    ("type_pattern", Shape::Type),
    ("typeof_expression", Shape::Type),
    ("using_directive", Shape::Own(using)),
    ("using_statement", Shape::Plain),
    ("var_pattern", Shape::Own(typed_name)),
    ("variable_declaration", Shape::Own(local)),
    ("verbatim_string_literal", Shape::Text),
    ("while_statement", Shape::Loop),
    ("yield_statement", Shape::Yield),
];

static SEMANTICS: Semantics = Semantics {
    constructors: &[lower::CONSTRUCTOR],
    overloads: true,
    index_operator: "Item",
    union_operator: "",
    iteration: &["GetEnumerator", "Current"],
    builtins: words!(
        "Action" "Array" "Console" "Convert" "DateTime" "Dictionary" "Enumerable" "Environment" "Exception"
        "Func" "Guid" "HashSet" "IEnumerable" "List" "Math" "Object" "Path" "String" "StringBuilder" "Task"
        "TimeSpan" "Type" "nameof"
    ),
    common_members: words!(
        "Add" "AddRange" "Aggregate" "All" "Any" "Append" "AppendLine" "Clear" "Close" "Compare" "CompareTo"
        "Concat" "Contains" "ContainsKey" "Copy" "CopyTo" "Count" "Dispose" "Distinct" "EndsWith" "Equals"
        "First" "FirstOrDefault" "Flush" "ForEach" "Format" "GetEnumerator" "GetHashCode" "GetType" "GetValue"
        "GroupBy" "HasValue" "IndexOf" "Insert" "Invoke" "Join" "Key" "Keys" "Last" "LastOrDefault" "Length"
        "Max" "Min" "MoveNext" "Name" "OrderBy" "Parse" "Peek" "Pop" "Push" "Read" "ReadLine" "Remove"
        "RemoveAt" "Replace" "Result" "Select" "SelectMany" "SequenceEqual" "Single" "Skip" "Split" "Start"
        "StartsWith" "Stop" "Substring" "Sum" "Take" "ToArray" "ToDictionary" "ToList" "ToLower" "ToString"
        "ToUpper" "Trim" "TryGetValue" "TryParse" "Value" "Values" "Where" "Write" "WriteLine"
    ),
    ..PLAIN
};

pub(super) static CSHARP: Outlined = Outlined {
    name: "c#",
    extensions: &["cs", "csx"],
    file_names: &[],
    interpreters: &[],
    grammar: || tree_sitter_c_sharp::LANGUAGE.into(),
    outline: &OUTLINE,
    root: file,
    resolve_import: namespace_of,
    semantics: &SEMANTICS,
    prelude: &[("", include_str!("prelude.cs"))],
};
