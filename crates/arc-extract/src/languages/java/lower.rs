//! The walk over a Java file: its package, its imports, its types.
//!
//! The file's own block is the package, shared with other files. Imports are bound in a block inside it, which holds the
//! types' bodies: they come before the package and stay in the file.

use tree_sitter::Node;

use crate::builder::FactsBuilder;
use crate::facts::{BlockId, BlockKind, Expr, ExprId, Role, SymbolId, import_flag};
use crate::languages::syntax::{Walk, field_ids, node_kinds};
use crate::source::{Source, line_of};

use super::imports;
use super::members::called;
use super::narrowing::Narrowing;

/// Syntax nested deeper than this is not followed.
pub(super) const MAX_DEPTH: u16 = 300;

/// The name under which constructors are members. As in class files, it is their name as well: a class and its
/// constructors are told apart by it.
pub(super) const CONSTRUCTOR: &str = "<init>";

node_kinds! { kind, tree_sitter_java::LANGUAGE;
    ANNOTATED_TYPE = "annotated_type",
    ANNOTATION = "annotation",
    ANNOTATION_ELEMENT = "annotation_type_element_declaration",
    ANNOTATION_TYPE = "annotation_type_declaration",
    ARRAY_ACCESS = "array_access",
    ARRAY_CREATION = "array_creation_expression",
    ARRAY_INITIALIZER = "array_initializer",
    ARRAY_TYPE = "array_type",
    ASSIGNMENT = "assignment_expression",
    ASTERISK = "asterisk",
    BINARY = "binary_expression",
    BLOCK = "block",
    BOOLEAN_TYPE = "boolean_type",
    CAST = "cast_expression",
    CATCH_CLAUSE = "catch_clause",
    CATCH_PARAMETER = "catch_formal_parameter",
    CATCH_TYPE = "catch_type",
    CHARACTER = "character_literal",
    CLASS = "class_declaration",
    CLASS_BODY = "class_body",
    CLASS_LITERAL = "class_literal",
    COMPACT_CONSTRUCTOR = "compact_constructor_declaration",
    CONSTANT = "constant_declaration",
    CONSTRUCTOR_DECLARATION = "constructor_declaration",
    CONSTRUCTOR_CALL = "explicit_constructor_invocation",
    DECIMAL = "decimal_integer_literal",
    DIMENSIONS = "dimensions",
    DO = "do_statement",
    ELEMENT_ARRAY = "element_value_array_initializer",
    ELEMENT_PAIR = "element_value_pair",
    ENHANCED_FOR = "enhanced_for_statement",
    ENUM = "enum_declaration",
    ENUM_CONSTANT = "enum_constant",
    ENUM_MEMBERS = "enum_body_declarations",
    ERROR = "ERROR",
    EXPRESSION_STATEMENT = "expression_statement",
    EXTENDS = "extends_interfaces",
    FALSE = "false",
    FIELD = "field_declaration",
    FIELD_ACCESS = "field_access",
    FLOAT = "decimal_floating_point_literal",
    FLOAT_TYPE = "floating_point_type",
    FOR = "for_statement",
    GENERIC_TYPE = "generic_type",
    HEX = "hex_integer_literal",
    IDENTIFIER = "identifier",
    IF = "if_statement",
    IMPORT = "import_declaration",
    INSTANCEOF = "instanceof_expression",
    INTEGRAL_TYPE = "integral_type",
    INTERFACE = "interface_declaration",
    LAMBDA = "lambda_expression",
    LOCAL_VARIABLE = "local_variable_declaration",
    MARKER_ANNOTATION = "marker_annotation",
    METHOD = "method_declaration",
    METHOD_CALL = "method_invocation",
    METHOD_REFERENCE = "method_reference",
    MODIFIERS = "modifiers",
    NEW = "object_creation_expression",
    NULL = "null_literal",
    PACKAGE = "package_declaration",
    PARAMETER = "formal_parameter",
    PARENTHESIZED = "parenthesized_expression",
    PATTERN = "pattern",
    RECORD = "record_declaration",
    RECORD_PATTERN = "record_pattern",
    RECORD_PATTERN_BODY = "record_pattern_body",
    RESOURCES = "resource_specification",
    RETURN = "return_statement",
    SCOPED_IDENTIFIER = "scoped_identifier",
    SCOPED_TYPE = "scoped_type_identifier",
    SPREAD_PARAMETER = "spread_parameter",
    STATIC_INITIALIZER = "static_initializer",
    STRING = "string_literal",
    SUPER = "super",
    SUPERCLASS = "superclass",
    SUPER_INTERFACES = "super_interfaces",
    SWITCH = "switch_expression",
    SWITCH_LABEL = "switch_label",
    SWITCH_RULE = "switch_rule",
    TERNARY = "ternary_expression",
    THIS = "this",
    TRUE = "true",
    TRY = "try_statement",
    TRY_RESOURCES = "try_with_resources_statement",
    TYPE_ARGUMENTS = "type_arguments",
    TYPE_BOUND = "type_bound",
    TYPE_IDENTIFIER = "type_identifier",
    TYPE_LIST = "type_list",
    TYPE_PATTERN = "type_pattern",
    UNARY = "unary_expression",
    UPDATE = "update_expression",
    VARIABLE_DECLARATOR = "variable_declarator",
    WHILE = "while_statement",
    WILDCARD = "wildcard",
    YIELD = "yield_statement",
}

field_ids! { FIELDS, Fields, tree_sitter_java::LANGUAGE;
    alternative = "alternative",
    arguments = "arguments",
    array = "array",
    body = "body",
    condition = "condition",
    consequence = "consequence",
    constructor = "constructor",
    dimensions = "dimensions",
    element = "element",
    field = "field",
    index = "index",
    key = "key",
    left = "left",
    name = "name",
    object = "object",
    operand = "operand",
    operator = "operator",
    parameters = "parameters",
    right = "right",
    superclass = "superclass",
    type_ = "type",
    type_parameters = "type_parameters",
    value = "value",
}

/// Lowers one file.
pub(super) struct Lower<'a, 'b> {
    pub(super) source: &'b Source<'a>,
    pub(super) out: &'b mut FactsBuilder,
    pub(super) walk: Walk<'a>,
    pub(super) depth: u16,
    /// Branches of the current function, plus one.
    pub(super) complexity: u16,
    /// What tests around the current code say of local variables, outermost first.
    pub(super) narrowed: Vec<Narrowing<'a>>,
    /// The file imports from a framework that finds tests by annotations.
    pub(super) marks_tests: bool,
}

/// Adds the facts of a file.
pub(super) fn lower(source: &Source<'_>, out: &mut FactsBuilder) {
    let Some(root) = source.root() else {
        return;
    };
    let mut lower = Lower {
        source,
        out,
        walk: Walk::new(root),
        depth: 0,
        complexity: 0,
        narrowed: Vec::new(),
        marks_tests: false,
    };
    let package = lower.package(root);
    match package {
        Some(package) => lower.out.set_file_namespace(&package),
        None => lower
            .out
            .set_file_namespace(&imports::default_package(source.path)),
    }
    lower.star_imports(root);
    let outer = lower.out.enter(BlockKind::Plain);
    lower.top_level(root);
    lower.out.leave(outer);
}

impl<'a> Lower<'a, '_> {
    fn package(&mut self, root: Node<'a>) -> Option<String> {
        let children = self.walk.open(root);
        let declared = children
            .clone()
            .map(|index| self.walk.child(index))
            .find(|child| kind::of(*child) == kind::PACKAGE);
        self.walk.close(&children);
        let declared = declared?;
        let name = (0..declared.named_child_count() as u32)
            .filter_map(|index| declared.named_child(index))
            .find(|child| matches!(kind::of(*child), kind::IDENTIFIER | kind::SCOPED_IDENTIFIER))?;
        Some(dotted(self.text(name)))
    }

    /// Whole packages are opened further out than single names.
    fn star_imports(&mut self, root: Node<'a>) {
        let children = self.walk.open(root);
        for index in children.clone() {
            let child = self.walk.child(index);
            if kind::of(child) == kind::IMPORT {
                self.import(child, true);
            }
        }
        self.walk.close(&children);
    }

    fn top_level(&mut self, node: Node<'a>) {
        if self.depth > MAX_DEPTH {
            return;
        }
        self.depth += 1;
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            match kind::of(child) {
                kind::IMPORT => self.import(child, false),
                kind::PACKAGE => {}
                kind::ERROR => self.top_level(child),
                kind::CLASS
                | kind::INTERFACE
                | kind::ENUM
                | kind::RECORD
                | kind::ANNOTATION_TYPE => {
                    self.type_declaration(child, BlockId(0));
                }
                // Members and statements at the top level only occur in broken files.
                _ => self.member(child),
            }
        }
        self.walk.close(&children);
        self.depth -= 1;
    }

    fn import(&mut self, node: Node<'a>, is_star_pass: bool) {
        let mut name = None;
        let mut is_star = false;
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            match kind::of(child) {
                kind::ASTERISK => is_star = true,
                kind::IDENTIFIER | kind::SCOPED_IDENTIFIER => name = Some(child),
                _ => {}
            }
        }
        self.walk.close(&children);
        if let Some(name) = name {
            let text = self.text(name);
            self.marks_tests |= text.starts_with("org.junit") || text.starts_with("org.testng");
        }
        let Some(name) = name.filter(|_| is_star == is_star_pass) else {
            return;
        };
        let is_static = node
            .child(1)
            .is_some_and(|word| self.text(word) == "static");
        let line = line_of(name);
        let name = dotted(self.text(name));
        match (is_star, is_static) {
            (true, false) => {
                self.out.import(&name, None, line, import_flag::STAR);
            }
            (true, true) => {
                let (package, types) = imports::split(&name);
                self.out
                    .import(package, types.first().copied(), line, import_flag::STAR);
            }
            (false, _) => self.single_import(&name, is_static, line),
        }
    }

    /// `import a.b.C`, `import a.b.C.Inner`, `import static a.b.C.m`.
    fn single_import(&mut self, name: &str, is_static: bool, line: u32) {
        let (package, path) = imports::split(name);
        let Some((first, rest)) = path.split_first() else {
            return;
        };
        let import = self.out.import(package, Some(first), line, 0);
        let mut value = self.out.expr(Expr::Import(import), line, Role::Silent);
        for part in rest {
            value = self.out.member_expr(value, part, line, Role::Silent);
        }
        let local = path.last().copied().unwrap_or(first);
        let block = self.out.block();
        self.out.bind(local, block, value, ExprId::NONE, line);
        if let (Some((method, types)), true) = (rest.split_last(), is_static) {
            let mut value = self.out.expr(Expr::Import(import), line, Role::Silent);
            for part in types {
                value = self.out.member_expr(value, part, line, Role::Silent);
            }
            let name = called(method);
            value = self.out.member_expr(value, method, line, Role::Silent);
            self.out.bind(&name, block, value, ExprId::NONE, line);
        }
    }

    /// A type or value by its full name (`java.util.List`): an import that nobody wrote.
    pub(super) fn full_name(&mut self, package: &str, name: &str, line: u32) -> ExprId {
        let import = self
            .out
            .import(package, Some(name), line, import_flag::IMPLICIT);
        self.out.expr(Expr::Import(import), line, Role::Silent)
    }

    // ---- what the other parts share ----

    pub(super) fn text(&self, node: Node<'_>) -> &'a str {
        self.source.text_of(node)
    }

    /// Takes the comment right above a definition as its documentation.
    pub(super) fn doc(&mut self, symbol: SymbolId, node: Node<'_>) {
        let before = self.source.text.get(..node.start_byte()).unwrap_or("");
        let Some(before) = before.trim_end().strip_suffix("*/") else {
            return;
        };
        let Some(comment) = before.rfind("/**").map(|start| &before[start + 3..]) else {
            return;
        };
        if comment.contains("*/") {
            return;
        }
        let lines = comment
            .lines()
            .map(|line| line.trim().trim_start_matches('*').trim())
            .skip_while(|line| line.is_empty())
            .take_while(|line| !line.is_empty() && !line.starts_with(['@', '<']));
        let paragraph: Vec<&str> = lines.take(20).collect();
        self.out.doc(symbol, &paragraph.join(" "));
    }

    pub(super) fn branch(&mut self) {
        self.complexity = self.complexity.saturating_add(1);
    }
}

/// A dotted name without the blanks and comments it may be written with.
fn dotted(text: &str) -> String {
    text.split('.').map(str::trim).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::extract;
    use crate::languages::{Language as _, dump::dump, java::Java};

    fn check(path: &str, text: &str, expected: &Expect) {
        expected.assert_eq(&dump(&extract("java", path, text)));
    }

    #[test]
    fn types_and_members() {
        check(
            "src/a/A.java",
            "package a;\nimport b.B;\nimport b.O.I;\nimport static b.U.help;\nimport c.*;\n/** A doc. */\n\
             public class A<T extends B> extends Base<T> implements X, Y.Z {\n  private final List<T> xs = new ArrayList<>();\n\
             int n, m[];\n  A(T t) { super(t); this.n = 1; }\n  static <U> U id(U u, String... more) throws E { return u; }\n\
             abstract void go();\n  @Test public void works() {}\n  class In { void f() { go(); A.this.go(); } }\n}\n\
             enum E { P(1) { int v() { return 1; } }, Q; E(int i) {} }\nrecord R(int x, T y) { R { check(x); } }\n\
             interface F { int f(); default int g() { return f(); } }\n",
            &expect![[r#"
                class .A() - <Base<T>, X, Y.Z> flags 80
                field A.xs() List<T> <> flags 0
                field A.n() __int <> flags 80
                field A.m() __array<__int> <> flags 80
                method A.<init>(t: T) - <> flags 880
                method A.id(u: U, more: String) U <> flags 81
                method A.go() - <> flags a0
                method A.works() - <> flags 280
                class A.In() - <Object> flags 80
                method In.f() - <> flags 80
                enum .E() - <Enum<@E>> flags 80
                enum_member E.P() - <> flags 81
                class E.() - <@E> flags 2000
                method .v() __int <> flags 80
                enum_member E.Q() - <> flags 81
                method E.<init>(i: __int) - <> flags 880
                class .R(x: __int, y: T) - <Record> flags 20080
                field R.x() __int <> flags 80
                method R.x() __int <> flags 2080
                field R.y() T <> flags 80
                method R.y() T <> flags 2080
                method R.<init>(x: __int, y: T) - <> flags 880
                interface .F() - <Object> flags 80
                method F.f() __int <> flags a0
                method F.g() __int <> flags 80
                B = import b : -
                I = import b.I : -
                help = import b.help : -
                help() = import b.help : -
                T = TypeParam(SymbolId(1), 0) : -
                xs = new ArrayList() : List<T>
                n = - : __int
                m = - : __array<__int>
                t = Param(SymbolId(5), 0) : T
                U = TypeParam(SymbolId(6), 0) : -
                u = Param(SymbolId(6), 0) : U
                more = Param(SymbolId(6), 1) : __array<String>
                i = Param(SymbolId(16), 0) : __int
                x = - : __int
                y = - : T
                x = Param(SymbolId(22), 0) : __int
                y = Param(SymbolId(22), 1) : T
                This.[n] = #__int
                return u
                return #__int
                return f()()
                8: A: role 1 new ArrayList()
                10: <init>: role 7 t
                10: <init>: role 1 new Base<T>(t)
                10: <init>: role 3 This.n
                11: id: role 2 u
                14: f: role 1 go()()
                14: f: role 2 A
                14: f: role 1 cast(-, A).go()
                16: E: role 1 new @E(#__int)
                16: E: role 1 new @E()
                17: <init>: role 7 x
                17: <init>: role 1 check()(x)
                18: g: role 1 f()()
            "#]],
        );
    }

    #[test]
    fn statements_and_expressions() {
        check(
            "A.java",
            "class A { void f(Object o) {\n  var x = make(o).next();\n  for (Item i : x.items()) i.run();\n\
             if (o instanceof B b && b.ok()) { b.go(); }\n  try (R r = open()) { r.read(); } catch (E1 | E2 e) { e.log(); }\n\
             xs.map(y -> y.z()).forEach(C::new);\n  Runnable q = this::f;\n  T t = new T(1) { void m() {} };\n\
             int k = switch (o) { case P p -> p.v(); case Q(int a, var w) -> w.u(); default -> 0; };\n\
             Object c = (C) o;\n  java.util.List<int[]> l = java.util.Arrays.asList(new int[] {1});\n  this.x = y;\n  x = A.class;\n\
             String s = \"a\" + k;\n} }\n",
            &expect![[r#"
                class .A() - <Object> flags 80
                method A.f(o: Object) - <> flags 80
                lambda f.(y: -) - <> flags 0
                class f.() - <T> flags 2000
                method .m() - <> flags 80
                o = Param(SymbolId(2), 0) : Object
                x = make()(o).next() : -
                i = element(x.items()) : Item
                b = cast(o, B) : -
                r = open()() : R
                e = - : either(E1, E2)
                y = Param(SymbolId(3), 0) : -
                q = This.f() : Runnable
                t = cast(new T(#__int), @) : T
                p = cast(o, P) : -
                a = cast(payload(o, Q, Position(0)), __int) : -
                w = payload(o, Q, Position(1)) : -
                k = either(p.v(), w.u(), #__int) : __int
                c = cast(o, C) : Object
                l = import java.util.asList(cast([#__int], __array<__int>)) : import java.util<__array<__int>>
                x = cast(-, __class<A>) : -
                s = operator +("a", k) : String
                This.[x] = y
                return y.z()
                2: f: role 7 o
                2: f: role 1 make()(o)
                2: f: role 1 make()(o).next()
                3: f: role 2 x
                3: f: role 1 x.items()
                3: f: role 1 operator iterator(x.items())
                3: f: role 2 i
                3: f: role 1 i.run()
                4: f: role 2 o
                4: f: role 2 b
                4: f: role 1 b.ok()
                4: f: role 2 b
                4: f: role 1 b.go()
                5: f: role 1 open()()
                5: f: role 1 operator close(open()())
                5: f: role 2 r
                5: f: role 1 r.read()
                5: f: role 2 e
                5: f: role 1 e.log()
                6: f: role 2 xs
                6: : role 2 y
                6: : role 1 y.z()
                6: f: role 1 xs.map(@)
                6: f: role 2 C
                6: f: role 7 C.<init>
                6: f: role 1 xs.map(@).forEach(C.<init>)
                7: f: role 2 This.f()
                8: f: role 1 new T(#__int)
                9: f: role 2 o
                9: f: role 2 p
                9: f: role 1 p.v()
                9: f: role 2 w
                9: f: role 1 w.u()
                10: f: role 2 o
                11: f: role 1 import java.util.asList(cast([#__int], __array<__int>))
                12: f: role 2 y
                12: f: role 3 This.x
                13: f: role 3 x
                14: f: role 2 k
                14: f: role 1 operator +("a", k)
            "#]],
        );
    }

    #[test]
    fn broken_and_deep_input_is_survived() {
        let of = |before: &str, open: &str, middle: &str, close: &str| {
            format!(
                "class A {{ int x = {before}{}{middle}{}; }}",
                open.repeat(5_000),
                close.repeat(5_000)
            )
        };
        let texts = [
            of("", "(", "1", ")"),
            of("a", ".b()", "", ""),
            of("a", " + b()", "", ""),
            of("", "new T() { int x = ", "1", "; }"),
            of("", "x -> ", "1", ""),
            of("", "List<", "int", ">"),
            format!(
                "class A {{ void f() {{ {} ; }} }}",
                "if (a) b(); else ".repeat(5_000)
            ),
            format!("class A {{ void f() {}", "{".repeat(5_000)),
            "class A { ".repeat(5_000),
        ];
        for text in &texts {
            assert!(extract("java", "A.java", text).lines > 0);
        }
        let facts = extract(
            "java",
            "A.java",
            "class A { void f() { x(; }\n void g() { h(); } }\n\0",
        );
        assert!(facts.names.iter().any(|name| name == "g"));
    }

    #[test]
    fn the_prelude_has_no_syntax_errors() {
        for (module, text) in Java.prelude() {
            assert_eq!(extract("java", module, text).error_bytes, 0, "{module}");
        }
    }
}
