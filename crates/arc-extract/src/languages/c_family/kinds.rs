//! Node kinds of the two grammars under one small number each, so that the walk matches on a byte.

use std::sync::LazyLock;

macro_rules! kinds {
    ($($name:ident $text:literal)*) => {
        /// The numbers; `OTHER` is everything that is not listed.
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "only a source of numbers")]
        #[repr(u8)]
        enum Number { OTHER, $($name,)* }

        pub(super) const OTHER: u8 = Number::OTHER as u8;
        $(pub(super) const $name: u8 = Number::$name as u8;)*

        const TEXTS: &[(&str, u8)] = &[$(($text, $name),)*];
    };
}

kinds! {
    ABSTRACT_ARRAY "abstract_array_declarator"
    ABSTRACT_FUNCTION "abstract_function_declarator"
    ABSTRACT_PARENTHESIZED "abstract_parenthesized_declarator"
    ABSTRACT_POINTER "abstract_pointer_declarator"
    ABSTRACT_REFERENCE "abstract_reference_declarator"
    ACCESS_SPECIFIER "access_specifier"
    ALIAS "alias_declaration"
    ARGUMENTS "argument_list"
    ARRAY_DECLARATOR "array_declarator"
    ASSIGNMENT "assignment_expression"
    ATTRIBUTE "attribute_declaration"
    ATTRIBUTED_DECLARATOR "attributed_declarator"
    ATTRIBUTE_SPECIFIER "attribute_specifier"
    AUTO "auto"
    BASES "base_class_clause"
    BINARY "binary_expression"
    BITFIELD "bitfield_clause"
    CALL "call_expression"
    CASE "case_statement"
    CAST "cast_expression"
    CATCH "catch_clause"
    CHAR "char_literal"
    CLASS "class_specifier"
    COMMA "comma_expression"
    COMMENT "comment"
    COMPOUND "compound_statement"
    COMPOUND_LITERAL "compound_literal_expression"
    CONDITIONAL "conditional_expression"
    DECLARATION "declaration"
    DECLARATIONS "declaration_list"
    DECLTYPE "decltype"
    DEFAULT_METHOD "default_method_clause"
    DELETE_METHOD "delete_method_clause"
    DEPENDENT_NAME "dependent_name"
    DEPENDENT_TYPE "dependent_type"
    DESTRUCTOR_NAME "destructor_name"
    DO "do_statement"
    ENUM "enum_specifier"
    ENUMERATOR "enumerator"
    ERROR "ERROR"
    EXPRESSION_STATEMENT "expression_statement"
    FALSE "false"
    FIELD "field_declaration"
    FIELDS "field_declaration_list"
    FIELD_DESIGNATOR "field_designator"
    FIELD_EXPRESSION "field_expression"
    FIELD_IDENTIFIER "field_identifier"
    FIELD_INITIALIZER "field_initializer"
    FOR "for_statement"
    FOR_RANGE "for_range_loop"
    FRIEND "friend_declaration"
    FUNCTION "function_definition"
    FUNCTION_DECLARATOR "function_declarator"
    GENERIC "generic_expression"
    GOTO "goto_statement"
    IDENTIFIER "identifier"
    IF "if_statement"
    INCLUDE "preproc_include"
    INITIALIZER_LIST "initializer_list"
    INITIALIZER_PAIR "initializer_pair"
    INIT_DECLARATOR "init_declarator"
    LAMBDA "lambda_expression"
    LAMBDA_INITIALIZER "lambda_capture_initializer"
    LINKAGE "linkage_specification"
    MACRO_TYPE "macro_type_specifier"
    NAMESPACE "namespace_definition"
    NAMESPACE_ALIAS "namespace_alias_definition"
    NAMESPACE_IDENTIFIER "namespace_identifier"
    NESTED_NAMESPACE "nested_namespace_specifier"
    NEW "new_expression"
    NULL "null"
    NUMBER "number_literal"
    OFFSETOF "offsetof_expression"
    OPERATOR_CAST "operator_cast"
    OPERATOR_NAME "operator_name"
    OPTIONAL_PARAMETER "optional_parameter_declaration"
    OPTIONAL_TYPE_PARAMETER "optional_type_parameter_declaration"
    PACK_EXPANSION "parameter_pack_expansion"
    PARAMETER "parameter_declaration"
    PARAMETERS "parameter_list"
    PARENTHESIZED "parenthesized_expression"
    PARENTHESIZED_DECLARATOR "parenthesized_declarator"
    PLACEHOLDER_TYPE "placeholder_type_specifier"
    POINTER "pointer_expression"
    POINTER_DECLARATOR "pointer_declarator"
    POINTER_TYPE_DECLARATOR "pointer_type_declarator"
    PREPROC_CALL "preproc_call"
    PREPROC_DEF "preproc_def"
    PREPROC_DEFINED "preproc_defined"
    PREPROC_ELIF "preproc_elif"
    PREPROC_ELIFDEF "preproc_elifdef"
    PREPROC_ELSE "preproc_else"
    PREPROC_FUNCTION "preproc_function_def"
    PREPROC_IF "preproc_if"
    PREPROC_IFDEF "preproc_ifdef"
    PREPROC_PARAMS "preproc_params"
    PRIMITIVE_TYPE "primitive_type"
    PURE_VIRTUAL "pure_virtual_clause"
    QUALIFIED "qualified_identifier"
    RAW_STRING "raw_string_literal"
    REFERENCE_DECLARATOR "reference_declarator"
    RETURN "return_statement"
    SIZED_TYPE "sized_type_specifier"
    STATIC_ASSERT "static_assert_declaration"
    STORAGE_CLASS "storage_class_specifier"
    STRING "string_literal"
    STRUCT "struct_specifier"
    STRUCTURED_BINDING "structured_binding_declarator"
    SUBSCRIPT "subscript_expression"
    SWITCH "switch_statement"
    TEMPLATE "template_declaration"
    TEMPLATE_ARGUMENTS "template_argument_list"
    TEMPLATE_FUNCTION "template_function"
    TEMPLATE_INSTANTIATION "template_instantiation"
    TEMPLATE_METHOD "template_method"
    TEMPLATE_PARAMETERS "template_parameter_list"
    TEMPLATE_TYPE "template_type"
    THIS "this"
    TRAILING_RETURN "trailing_return_type"
    TRUE "true"
    TYPEDEF "type_definition"
    TYPE_DESCRIPTOR "type_descriptor"
    TYPE_IDENTIFIER "type_identifier"
    TYPE_PARAMETER "type_parameter_declaration"
    TYPE_QUALIFIER "type_qualifier"
    UNARY "unary_expression"
    UNION "union_specifier"
    UPDATE "update_expression"
    USING "using_declaration"
    VARIADIC_DECLARATOR "variadic_declarator"
    VARIADIC_PARAMETER "variadic_parameter"
    VARIADIC_PARAMETER_DECLARATION "variadic_parameter_declaration"
    VARIADIC_TYPE_PARAMETER "variadic_type_parameter_declaration"
    VIRTUAL_SPECIFIER "virtual_specifier"
    WHILE "while_statement"
}

/// The numbers of a grammar's node kinds, by the grammar's own ids.
pub(super) struct Kinds {
    numbers: Vec<u8>,
    fields: Fields,
}

/// Field ids of a grammar.
#[derive(Clone, Copy)]
pub(super) struct Fields {
    pub(super) arguments: u16,
    pub(super) path: u16,
    pub(super) operator: u16,
    pub(super) function: u16,
    pub(super) field: u16,
    pub(super) condition: u16,
    pub(super) captures: u16,
    pub(super) argument: u16,
    pub(super) body: u16,
    pub(super) declarator: u16,
    pub(super) default_value: u16,
    pub(super) name: u16,
    pub(super) parameters: u16,
    pub(super) right: u16,
    pub(super) scope: u16,
    pub(super) type_: u16,
    pub(super) value: u16,
}

impl Kinds {
    fn new(grammar: &tree_sitter::Language) -> Kinds {
        let numbers = (0..grammar.node_kind_count())
            .map(|id| {
                let text = grammar.node_kind_for_id(id as u16).unwrap_or("");
                let is_named = grammar.node_kind_is_named(id as u16);
                let found = TEXTS.iter().find(|(known, _)| *known == text);
                found.map_or(OTHER, |(_, number)| if is_named { *number } else { OTHER })
            })
            .collect();
        let field = |name| grammar.field_id_for_name(name).map_or(0, u16::from);
        Kinds {
            numbers,
            fields: Fields {
                arguments: field("arguments"),
                path: field("path"),
                operator: field("operator"),
                function: field("function"),
                field: field("field"),
                condition: field("condition"),
                captures: field("captures"),
                argument: field("argument"),
                body: field("body"),
                declarator: field("declarator"),
                default_value: field("default_value"),
                name: field("name"),
                parameters: field("parameters"),
                right: field("right"),
                scope: field("scope"),
                type_: field("type"),
                value: field("value"),
            },
        }
    }

    /// The number of a node's kind.
    #[inline]
    pub(super) fn of(&self, node: tree_sitter::Node<'_>) -> u8 {
        // The id of error nodes lies outside the grammar's table.
        self.numbers
            .get(usize::from(node.kind_id()))
            .copied()
            .unwrap_or(ERROR)
    }

    pub(super) fn fields(&self) -> Fields {
        self.fields
    }
}

/// C's kinds.
pub(super) static C: LazyLock<Kinds> =
    LazyLock::new(|| Kinds::new(&tree_sitter_c::LANGUAGE.into()));
/// C++'s kinds.
pub(super) static CPP: LazyLock<Kinds> =
    LazyLock::new(|| Kinds::new(&tree_sitter_cpp::LANGUAGE.into()));
