//! The grammar's node kinds as closed enumerations, looked up by number.

use std::sync::LazyLock;

use tree_sitter::{Language, Node};

/// Declares an enumeration of node kinds and the table that finds a node's member by the number of its kind.
macro_rules! node_kinds {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $($text:literal)|+;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum $name { $($variant,)* Other }

        impl $name {
            fn table(language: &Language) -> Box<[$name]> {
                (0..language.node_kind_count() as u16)
                    .map(|id| match language.node_kind_for_id(id) {
                        $(Some($($text)|+) if language.node_kind_is_named(id) => $name::$variant,)*
                        _ => $name::Other,
                    })
                    .collect()
            }
        }
    };
}

node_kinds! {
    /// A node where a statement is expected.
    Statement {
        Expression = "expression_statement";
        Import = "import_statement";
        ImportFrom = "import_from_statement";
        Function = "function_definition";
        Class = "class_definition";
        Decorated = "decorated_definition";
        If = "if_statement";
        For = "for_statement";
        While = "while_statement";
        Try = "try_statement";
        With = "with_statement";
        Match = "match_statement";
        Return = "return_statement";
        Raise = "raise_statement";
        Assert = "assert_statement";
        Delete = "delete_statement";
        Global = "global_statement";
        Nonlocal = "nonlocal_statement";
        TypeAlias = "type_alias_statement";
        Block = "block";
        Skip = "pass_statement" | "break_statement" | "continue_statement" | "future_import_statement" | "comment";
    }
}

node_kinds! {
    /// A node where an expression, a target, a parameter, a pattern or a type is expected.
    Expression {
        Identifier = "identifier";
        Attribute = "attribute";
        Call = "call";
        Subscript = "subscript";
        Slice = "slice";
        Text = "string";
        Texts = "concatenated_string";
        Integer = "integer";
        Float = "float";
        Bool = "true" | "false";
        None = "none";
        Ellipsis = "ellipsis";
        List = "list";
        Set = "set";
        Tuple = "tuple" | "expression_list";
        Dictionary = "dictionary";
        Pair = "pair";
        ListComprehension = "list_comprehension" | "set_comprehension" | "generator_expression";
        DictComprehension = "dictionary_comprehension";
        ForIn = "for_in_clause";
        IfClause = "if_clause";
        Lambda = "lambda";
        Binary = "binary_operator";
        Unary = "unary_operator";
        Not = "not_operator";
        Boolean = "boolean_operator";
        Comparison = "comparison_operator";
        Conditional = "conditional_expression";
        Named = "named_expression";
        Await = "await";
        Yield = "yield";
        Parentheses = "parenthesized_expression";
        Splat = "list_splat" | "dictionary_splat" | "parenthesized_list_splat";
        Keyword = "keyword_argument";
        Assignment = "assignment";
        Augmented = "augmented_assignment";
        AsPattern = "as_pattern";
        AsTarget = "as_pattern_target";
        TargetList = "pattern_list" | "tuple_pattern" | "list_pattern";
        SplatTarget = "list_splat_pattern";
        MapSplatTarget = "dictionary_splat_pattern";
        DefaultParameter = "default_parameter";
        TypedParameter = "typed_parameter";
        TypedDefaultParameter = "typed_default_parameter";
        KeywordSeparator = "keyword_separator";
        Type = "type";
        GenericType = "generic_type";
        TypeArguments = "type_parameter";
        UnionType = "union_type";
        MemberType = "member_type";
        ConstrainedType = "constrained_type";
        SplatType = "splat_type";
        CasePattern = "case_pattern";
        ClassPattern = "class_pattern";
        DictPattern = "dict_pattern";
        KeywordPattern = "keyword_pattern";
        SplatPattern = "splat_pattern";
        UnionPattern = "union_pattern";
        DottedName = "dotted_name";
        Skip = "comment" | "line_continuation";
    }
}

/// Declares the field ids that lowering asks for.
macro_rules! field_ids {
    ($($name:ident)*) => {
        /// Field ids of the grammar.
        pub(super) struct Fields { $(pub(super) $name: u16,)* }

        impl Fields {
            fn new(language: &Language) -> Fields {
                // A field that the grammar lacks would be 0, which no child has: the part is then absent.
                let id = |name: &str| language.field_id_for_name(name).map_or(0, std::num::NonZero::get);
                Fields { $($name: id(stringify!($name)),)* }
            }
        }
    };
}

field_ids! {
    alias alternative argument arguments attribute body condition consequence function guard key left module_name name
    object operator operators parameters return_type right subject subscript superclasses type_parameters value
}

/// The tables of the grammar.
pub(super) struct Syntax {
    statements: Box<[Statement]>,
    expressions: Box<[Expression]>,
    /// Field ids.
    pub(super) fields: Fields,
    /// The field `type`, whose name is a keyword here.
    pub(super) type_field: u16,
}

impl Syntax {
    /// What a node is where a statement is expected.
    pub(super) fn statement(&self, node: Node<'_>) -> Statement {
        // The number of `ERROR` lies outside the table.
        self.statements
            .get(usize::from(node.kind_id()))
            .copied()
            .unwrap_or(Statement::Other)
    }

    /// What a node is where an expression is expected.
    pub(super) fn expression(&self, node: Node<'_>) -> Expression {
        self.expressions
            .get(usize::from(node.kind_id()))
            .copied()
            .unwrap_or(Expression::Other)
    }
}

/// The one set of tables.
pub(super) static SYNTAX: LazyLock<Syntax> = LazyLock::new(|| {
    let language = arc_grammar::python();
    Syntax {
        statements: Statement::table(&language),
        expressions: Expression::table(&language),
        fields: Fields::new(&language),
        type_field: language
            .field_id_for_name("type")
            .map_or(0, std::num::NonZero::get),
    }
});
