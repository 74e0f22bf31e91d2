//! Node kinds and fields of the three grammars (JavaScript, TypeScript, TSX) under one set of numbers, so that one walk
//! reads all of them and no node is compared by its name.

use std::sync::LazyLock;

/// Declares numbers for names: constants, and the function that gives a name its number (0 for every other name).
macro_rules! numbers {
    ($module:ident, $of:ident: $($constant:ident = $number:literal, $($text:literal)|+;)*) => {
        pub(super) mod $module {
            $(pub(in super::super) const $constant: u8 = $number;)*
        }
        fn $of(text: &str) -> u8 {
            match text {
                $($($text)|+ => $number,)*
                _ => 0,
            }
        }
    };
}

numbers! { kind, kind_of:
    ABSTRACT_CLASS = 1, "abstract_class_declaration";
    AMBIENT = 2, "ambient_declaration";
    ARRAY = 4, "array";
    ARRAY_PATTERN = 5, "array_pattern";
    ARRAY_TYPE = 6, "array_type";
    ARROW = 7, "arrow_function";
    AS = 8, "as_expression";
    ASSIGNMENT = 9, "assignment_expression";
    ASSIGNMENT_PATTERN = 10, "assignment_pattern" | "object_assignment_pattern";
    AUGMENTED = 11, "augmented_assignment_expression";
    AWAIT = 12, "await_expression";
    BINARY = 13, "binary_expression";
    CALL = 14, "call_expression";
    CALL_SIGNATURE = 15, "call_signature";
    CLASS = 17, "class";
    CLASS_DECLARATION = 18, "class_declaration";
    CLASS_HERITAGE = 19, "class_heritage";
    CLASS_STATIC_BLOCK = 20, "class_static_block";
    COMMENT = 21, "comment";
    COMPUTED_NAME = 22, "computed_property_name";
    CONDITIONAL_TYPE = 23, "conditional_type";
    CONSTRUCTOR_TYPE = 25, "constructor_type";
    DECORATOR = 26, "decorator";
    DO = 27, "do_statement";
    ELSE = 28, "else_clause";
    ENUM = 29, "enum_declaration";
    ENUM_ASSIGNMENT = 30, "enum_assignment";
    EXPORT = 32, "export_statement";
    EXPORT_CLAUSE = 33, "export_clause";
    EXPORT_SPECIFIER = 34, "export_specifier";
    EXPRESSION_STATEMENT = 35, "expression_statement";
    EXTENDS_CLAUSE = 36, "extends_clause";
    EXTENDS_TYPE_CLAUSE = 37, "extends_type_clause";
    FIELD_DEFINITION = 38, "field_definition" | "public_field_definition";
    FOR = 40, "for_statement";
    FOR_IN = 41, "for_in_statement";
    FUNCTION_DECLARATION = 42, "function_declaration" | "generator_function_declaration";
    FUNCTION_EXPRESSION = 43, "function_expression" | "generator_function";
    FUNCTION_SIGNATURE = 44, "function_signature";
    FUNCTION_TYPE = 45, "function_type";
    GENERIC_TYPE = 46, "generic_type";
    IDENTIFIER = 47, "identifier";
    IF = 48, "if_statement";
    IMPLEMENTS_CLAUSE = 49, "implements_clause";
    IMPORT = 50, "import";
    IMPORT_ALIAS = 51, "import_alias";
    IMPORT_CLAUSE = 52, "import_clause";
    IMPORT_REQUIRE = 53, "import_require_clause";
    IMPORT_SPECIFIER = 54, "import_specifier";
    IMPORT_STATEMENT = 55, "import_statement";
    INDEX_SIGNATURE = 56, "index_signature";
    INDEX_TYPE_QUERY = 57, "index_type_query";
    INSTANTIATION = 58, "instantiation_expression";
    INTERFACE = 59, "interface_declaration";
    INTERNAL_MODULE = 60, "internal_module";
    INTERSECTION_TYPE = 61, "intersection_type";
    JSX_ATTRIBUTE = 62, "jsx_attribute";
    JSX_ELEMENT = 63, "jsx_element";
    JSX_EXPRESSION = 64, "jsx_expression";
    JSX_OPENING = 65, "jsx_opening_element";
    JSX_SELF_CLOSING = 66, "jsx_self_closing_element";
    LABELED = 67, "labeled_statement";
    LEXICAL_DECLARATION = 68, "lexical_declaration" | "using_declaration";
    LITERAL_TYPE = 69, "literal_type";
    LOOKUP_TYPE = 70, "lookup_type";
    MEMBER = 71, "member_expression";
    METHOD_DEFINITION = 72, "method_definition";
    METHOD_SIGNATURE = 73, "method_signature" | "abstract_method_signature";
    MODULE = 74, "module";
    NAMED_IMPORTS = 75, "named_imports";
    NAMESPACE_EXPORT = 76, "namespace_export";
    NAMESPACE_IMPORT = 77, "namespace_import";
    NESTED_IDENTIFIER = 78, "nested_identifier";
    NESTED_TYPE_IDENTIFIER = 79, "nested_type_identifier";
    NEW = 80, "new_expression";
    NON_NULL = 81, "non_null_expression";
    NULL = 82, "null";
    NUMBER = 83, "number";
    OBJECT = 84, "object";
    OBJECT_PATTERN = 85, "object_pattern";
    OBJECT_TYPE = 86, "object_type" | "interface_body";
    PAIR = 87, "pair";
    PAIR_PATTERN = 88, "pair_pattern";
    PARAMETERS = 89, "formal_parameters";
    PARENTHESIZED = 90, "parenthesized_expression";
    PARENTHESIZED_TYPE = 91, "parenthesized_type";
    PREDEFINED_TYPE = 92, "predefined_type";
    PROPERTY_IDENTIFIER = 94, "property_identifier";
    PROPERTY_SIGNATURE = 95, "property_signature";
    READONLY_TYPE = 96, "readonly_type" | "optional_type" | "rest_type" | "flow_maybe_type";
    REGEX = 97, "regex";
    REQUIRED_PARAMETER = 98, "required_parameter" | "optional_parameter";
    REST_PATTERN = 99, "rest_pattern";
    RETURN = 100, "return_statement";
    SATISFIES = 101, "satisfies_expression";
    SEQUENCE = 102, "sequence_expression";
    SHORTHAND = 103, "shorthand_property_identifier";
    SHORTHAND_PATTERN = 104, "shorthand_property_identifier_pattern";
    SPREAD = 105, "spread_element";
    STATEMENT_BLOCK = 106, "statement_block";
    STRING = 107, "string";
    SUBSCRIPT = 108, "subscript_expression";
    SUPER = 109, "super";
    SWITCH = 110, "switch_statement";
    SWITCH_CASE = 112, "switch_case" | "switch_default";
    TEMPLATE_STRING = 113, "template_string";
    TEMPLATE_SUBSTITUTION = 114, "template_substitution";
    TERNARY = 115, "ternary_expression";
    THIS = 116, "this";
    THIS_TYPE = 117, "this_type";
    THROW = 118, "throw_statement";
    TRUTH = 119, "true" | "false";
    TRY = 120, "try_statement";
    TUPLE_TYPE = 121, "tuple_type";
    TYPE_ALIAS = 122, "type_alias_declaration";
    TYPE_ANNOTATION = 123, "type_annotation" | "constraint" | "default_type" | "omitting_type_annotation"
        | "adding_type_annotation" | "opting_type_annotation";
    TYPE_ARGUMENTS = 124, "type_arguments";
    TYPE_ASSERTION = 125, "type_assertion";
    TYPE_IDENTIFIER = 126, "type_identifier";
    TYPE_PARAMETER = 127, "type_parameter";
    TYPE_PREDICATE = 129, "type_predicate" | "type_predicate_annotation" | "asserts" | "asserts_annotation";
    TYPE_QUERY = 130, "type_query";
    UNARY = 131, "unary_expression";
    UNION_TYPE = 132, "union_type";
    UPDATE = 133, "update_expression";
    VARIABLE_DECLARATION = 134, "variable_declaration";
    VARIABLE_DECLARATOR = 135, "variable_declarator";
    WHILE = 136, "while_statement";
    YIELD = 137, "yield_expression";
    TEMPLATE_LITERAL_TYPE = 138, "template_literal_type";
    INFER_TYPE = 139, "infer_type";
    META_PROPERTY = 140, "meta_property";
    UNDEFINED = 142, "undefined";
    STATIC_TOKEN = 150, "static" | "static get";
    ASYNC_TOKEN = 151, "async";
    STAR_TOKEN = 152, "*";
    GET_TOKEN = 153, "get";
    SET_TOKEN = 154, "set";
    DEFAULT_TOKEN = 155, "default";
    TYPE_TOKEN = 156, "type" | "typeof";
    EQUALS_TOKEN = 157, "=";
    READONLY_TOKEN = 158, "readonly" | "accessibility_modifier" | "override_modifier";
    ABSTRACT_TOKEN = 159, "abstract";
    OF_TOKEN = 160, "of";
    AND_TOKEN = 161, "&&";
    OR_TOKEN = 162, "||" | "??";
    INSTANCEOF_TOKEN = 163, "instanceof";
    NOT_TOKEN = 165, "!";
    VAR_TOKEN = 166, "var";
    CONST_TOKEN = 167, "const";
    ERROR = 255, "ERROR";
}

numbers! { field, field_of:
    ALIAS = 1, "alias";
    ALTERNATIVE = 2, "alternative";
    ARGUMENT = 3, "argument";
    ARGUMENTS = 4, "arguments";
    ATTRIBUTE = 5, "attribute";
    BODY = 6, "body";
    CONDITION = 7, "condition";
    CONSEQUENCE = 8, "consequence";
    CONSTRAINT = 9, "constraint";
    CONSTRUCTOR = 10, "constructor";
    DECLARATION = 11, "declaration";
    FINALIZER = 13, "finalizer";
    FUNCTION = 14, "function";
    HANDLER = 15, "handler";
    INCREMENT = 16, "increment";
    INDEX = 17, "index";
    INITIALIZER = 18, "initializer";
    KEY = 19, "key";
    KIND = 20, "kind";
    LEFT = 21, "left";
    MODULE = 22, "module";
    NAME = 23, "name";
    OBJECT = 24, "object";
    OPERATOR = 25, "operator";
    PARAMETER = 26, "parameter";
    PARAMETERS = 27, "parameters";
    PATTERN = 28, "pattern";
    PROPERTY = 29, "property";
    RETURN_TYPE = 30, "return_type";
    RIGHT = 31, "right";
    SOURCE = 32, "source";
    TYPE = 33, "type";
    TYPE_ARGUMENTS = 34, "type_arguments";
    TYPE_PARAMETERS = 35, "type_parameters";
    VALUE = 36, "value";
}

/// A grammar with the tables that turn its ids into our numbers.
pub(super) struct Grammar {
    pub(super) language: tree_sitter::Language,
    kinds: Vec<u8>,
    fields: Vec<u8>,
}

impl Grammar {
    fn new(language: tree_sitter::Language) -> Grammar {
        let kinds = (0..language.node_kind_count())
            .map(|id| kind_of(language.node_kind_for_id(id as u16).unwrap_or("")))
            .collect();
        let fields = (0..=language.field_count())
            .map(|id| field_of(language.field_name_for_id(id as u16).unwrap_or("")))
            .collect();
        Grammar {
            language,
            kinds,
            fields,
        }
    }

    /// The number of a node's kind; 0 for kinds that nobody asks for.
    pub(super) fn kind(&self, id: u16) -> u8 {
        if id == u16::MAX {
            return kind::ERROR;
        }
        self.kinds.get(usize::from(id)).copied().unwrap_or(0)
    }

    /// The number of a field.
    pub(super) fn field(&self, id: u16) -> u8 {
        self.fields.get(usize::from(id)).copied().unwrap_or(0)
    }
}

pub(super) static JAVASCRIPT: LazyLock<Grammar> =
    LazyLock::new(|| Grammar::new(tree_sitter_javascript::LANGUAGE.into()));
pub(super) static TYPESCRIPT: LazyLock<Grammar> =
    LazyLock::new(|| Grammar::new(tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into()));
pub(super) static TSX: LazyLock<Grammar> =
    LazyLock::new(|| Grammar::new(tree_sitter_typescript::LANGUAGE_TSX.into()));

/// The grammar that reads a file, by its extension.
pub(super) fn grammar_for(path: &str) -> &'static Grammar {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "ts" | "mts" | "cts" => &TYPESCRIPT,
        "tsx" => &TSX,
        _ => &JAVASCRIPT,
    }
}
