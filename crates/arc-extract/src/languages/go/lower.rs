//! The walk over a Go file: its package, and its top level in three passes, so that names are bound before they are used
//! (imports, then types, then everything else).

use arc_graph::NodeKind;
use rustc_hash::FxHashMap;
use tree_sitter::Node;

use crate::builder::FactsBuilder;
use crate::facts::{ExprId, Role, SymbolId, flag};
use crate::languages::syntax::{Walk, field_ids, node_kinds};
use crate::project::folder_of;
use crate::source::{Source, end_line_of, line_of};

use super::imports;

/// Syntax nested deeper than this is not followed.
pub(super) const MAX_DEPTH: u16 = 300;

node_kinds! { kind, tree_sitter_go::LANGUAGE;
    ARRAY_TYPE = "array_type",
    ASSIGNMENT = "assignment_statement",
    BINARY = "binary_expression",
    BLOCK = "block",
    CALL = "call_expression",
    CHANNEL_TYPE = "channel_type",
    COMMUNICATION_CASE = "communication_case",
    COMPOSITE = "composite_literal",
    CONST_DECLARATION = "const_declaration",
    CONST_SPEC = "const_spec",
    DEC = "dec_statement",
    DEFAULT_CASE = "default_case",
    ERROR = "ERROR",
    EXPRESSION_CASE = "expression_case",
    EXPRESSION_LIST = "expression_list",
    EXPRESSION_SWITCH = "expression_switch_statement",
    FALSE = "false",
    FLOAT = "float_literal",
    FOR = "for_statement",
    FOR_CLAUSE = "for_clause",
    FUNCTION = "function_declaration",
    FUNCTION_TYPE = "function_type",
    FUNC_LITERAL = "func_literal",
    GENERIC_TYPE = "generic_type",
    IDENTIFIER = "identifier",
    IF = "if_statement",
    IMAGINARY = "imaginary_literal",
    IMPLICIT_ARRAY_TYPE = "implicit_length_array_type",
    IMPORT = "import_declaration",
    IMPORT_SPEC = "import_spec",
    IMPORT_SPEC_LIST = "import_spec_list",
    INC = "inc_statement",
    INDEX = "index_expression",
    INT = "int_literal",
    INTERFACE_TYPE = "interface_type",
    INTERPRETED_STRING = "interpreted_string_literal",
    IOTA = "iota",
    KEYED_ELEMENT = "keyed_element",
    LITERAL_ELEMENT = "literal_element",
    LITERAL_VALUE = "literal_value",
    MAP_TYPE = "map_type",
    METHOD = "method_declaration",
    METHOD_ELEM = "method_elem",
    NEGATED_TYPE = "negated_type",
    PACKAGE_CLAUSE = "package_clause",
    PARAMETER_LIST = "parameter_list",
    PARENTHESIZED = "parenthesized_expression",
    PARENTHESIZED_TYPE = "parenthesized_type",
    POINTER_TYPE = "pointer_type",
    QUALIFIED_TYPE = "qualified_type",
    RANGE_CLAUSE = "range_clause",
    RAW_STRING = "raw_string_literal",
    RECEIVE = "receive_statement",
    RETURN = "return_statement",
    RUNE = "rune_literal",
    SELECT = "select_statement",
    SELECTOR = "selector_expression",
    SEND = "send_statement",
    SHORT_VAR = "short_var_declaration",
    SLICE = "slice_expression",
    SLICE_TYPE = "slice_type",
    STRUCT_TYPE = "struct_type",
    TRUE = "true",
    TYPE_ALIAS = "type_alias",
    TYPE_ASSERTION = "type_assertion_expression",
    TYPE_CASE = "type_case",
    TYPE_CONSTRAINT = "type_constraint",
    TYPE_CONVERSION = "type_conversion_expression",
    TYPE_DECLARATION = "type_declaration",
    TYPE_ELEM = "type_elem",
    TYPE_IDENTIFIER = "type_identifier",
    TYPE_INSTANTIATION = "type_instantiation_expression",
    TYPE_SPEC = "type_spec",
    TYPE_SWITCH = "type_switch_statement",
    UNARY = "unary_expression",
    VARIADIC_ARGUMENT = "variadic_argument",
    VARIADIC_PARAMETER = "variadic_parameter_declaration",
    VAR_DECLARATION = "var_declaration",
    VAR_SPEC = "var_spec",
    VAR_SPEC_LIST = "var_spec_list",
}

field_ids! { FIELDS, Fields, tree_sitter_go::LANGUAGE;
    alias = "alias",
    alternative = "alternative",
    arguments = "arguments",
    body = "body",
    channel = "channel",
    condition = "condition",
    consequence = "consequence",
    element = "element",
    field = "field",
    function = "function",
    index = "index",
    initializer = "initializer",
    key = "key",
    left = "left",
    name = "name",
    operand = "operand",
    operator = "operator",
    package = "package",
    parameters = "parameters",
    path = "path",
    receiver = "receiver",
    result = "result",
    right = "right",
    type_ = "type",
    type_arguments = "type_arguments",
    type_parameters = "type_parameters",
    update = "update",
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
    /// Types declared at the top level of this file.
    pub(super) types: FxHashMap<&'a str, SymbolId>,
    pub(super) is_test_file: bool,
    /// What has a title here is a subtest: `go test` runs the function around it, or there is none.
    pub(super) has_subtests: bool,
    /// The package is a program or a plugin: nobody imports it.
    pub(super) is_program: bool,
    /// Flags of every symbol of the file.
    file_flags: u32,
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
        types: FxHashMap::default(),
        is_test_file: source.path.ends_with("_test.go"),
        has_subtests: source.path.ends_with("_test.go"),
        is_program: false,
        file_flags: if is_conditional(source) {
            flag::CONDITIONAL
        } else {
            0
        },
    };
    let package = lower.package(root);
    lower.is_program = package == "main" && !lower.is_test_file;
    let mut label = imports::label(folder_of(source.path));
    // An external test package shares the folder but not the names.
    if lower.is_test_file && package.ends_with("_test") {
        label.push_str("#test");
    }
    lower.out.set_file_namespace(&label);
    for pass in [Pass::Imports, Pass::Types, Pass::Rest] {
        lower.top_level(root, pass);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    Imports,
    Types,
    Rest,
}

impl<'a> Lower<'a, '_> {
    fn package(&mut self, root: Node<'a>) -> &'a str {
        let children = self.walk.open(root);
        let mut package = "";
        for index in children.clone() {
            let child = self.walk.child(index);
            if kind::of(child) == kind::PACKAGE_CLAUSE {
                if let Some(name) = child.named_child(0) {
                    package = self.text(name);
                }
                let file = SymbolId(0);
                self.doc(file, child);
                break;
            }
        }
        self.walk.close(&children);
        package
    }

    fn top_level(&mut self, node: Node<'a>, pass: Pass) {
        if self.depth > MAX_DEPTH {
            return;
        }
        self.depth += 1;
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            match (kind::of(child), pass) {
                (kind::ERROR, _) => self.top_level(child, pass),
                (kind::IMPORT, Pass::Imports) => self.imports(child),
                (kind::TYPE_DECLARATION, Pass::Types) => self.type_declaration(child, true),
                (kind::FUNCTION, Pass::Rest) => self.function_declaration(child),
                (kind::METHOD, Pass::Rest) => self.method_declaration(child),
                (kind::VAR_DECLARATION, Pass::Rest) => {
                    self.variables(child, NodeKind::Variable, true)
                }
                (kind::CONST_DECLARATION, Pass::Rest) => {
                    self.variables(child, NodeKind::Constant, true)
                }
                (kind::IMPORT | kind::TYPE_DECLARATION | kind::PACKAGE_CLAUSE, _) => {}
                // Statements at the top level only occur in broken files.
                (_, Pass::Rest) => self.statement(child),
                (_, Pass::Imports | Pass::Types) => {}
            }
        }
        self.walk.close(&children);
        self.depth -= 1;
    }

    fn imports(&mut self, node: Node<'a>) {
        let children = self.walk.open(node);
        for index in children.clone() {
            let child = self.walk.child(index);
            match kind::of(child) {
                kind::IMPORT_SPEC => self.import(child),
                kind::IMPORT_SPEC_LIST => self.imports(child),
                _ => {}
            }
        }
        self.walk.close(&children);
    }

    fn import(&mut self, spec: Node<'a>) {
        use crate::facts::{Expr, import_flag};
        let Some(path) = spec.child_by_field_id(FIELDS.path) else {
            return;
        };
        let path = self.text(path).trim_matches(['"', '`']);
        if path.is_empty() || path == "C" {
            return;
        }
        let line = line_of(spec);
        let alias = spec
            .child_by_field_id(FIELDS.name)
            .map(|name| self.text(name));
        let flags = if alias == Some(".") {
            import_flag::STAR
        } else {
            0
        };
        let import = self.out.import(path, None, line, flags);
        let names = match alias {
            Some("." | "_") => return,
            Some(alias) => vec![alias.to_owned()],
            None => imports::local_names(path),
        };
        let value = self.out.expr(Expr::Import(import), line, Role::Silent);
        let block = self.out.block();
        for name in names {
            self.out.bind(&name, block, value, ExprId::NONE, line);
        }
    }

    // ---- what the other parts share ----

    pub(super) fn text(&self, node: Node<'_>) -> &'a str {
        self.source.text_of(node)
    }

    /// Adds a symbol with the flags that its name and its file give it.
    pub(super) fn symbol(&mut self, name: &str, node_kind: NodeKind, node: Node<'_>) -> SymbolId {
        let symbol = self
            .out
            .add_symbol(name, node_kind, line_of(node), end_line_of(node));
        let mut flags = self.file_flags;
        if name.chars().next().is_some_and(char::is_uppercase) {
            flags |= flag::PUBLIC;
        }
        self.out.symbol_mut(symbol).flags = flags;
        symbol
    }

    pub(super) fn add_flags(&mut self, symbol: SymbolId, flags: u32) {
        self.out.symbol_mut(symbol).flags |= flags;
    }

    /// Takes the comment lines right above a definition as its documentation.
    pub(super) fn doc(&mut self, symbol: SymbolId, node: Node<'_>) {
        let before = self.source.text.get(..node.start_byte()).unwrap_or("");
        let mut rest = before.strip_suffix('\n').unwrap_or("");
        let mut lines: Vec<&str> = Vec::new();
        while lines.len() < 40 {
            let (above, line) = rest.rsplit_once('\n').unwrap_or(("", rest));
            let Some(text) = line.trim().strip_prefix("//") else {
                break;
            };
            if !text.starts_with("go:") {
                lines.push(text.trim());
            }
            rest = above;
        }
        if lines.is_empty() {
            return;
        }
        lines.reverse();
        let paragraph: Vec<&str> = lines
            .into_iter()
            .take_while(|line| !line.is_empty())
            .collect();
        self.out.doc(symbol, &paragraph.join(" "));
    }

    pub(super) fn branch(&mut self) {
        self.complexity = self.complexity.saturating_add(1);
    }
}

/// Whether the file is compiled under a condition: a build line, or an operating system or processor in its name.
fn is_conditional(source: &Source<'_>) -> bool {
    const SYSTEMS: &[&str] = &[
        "aix",
        "android",
        "darwin",
        "dragonfly",
        "freebsd",
        "illumos",
        "ios",
        "js",
        "linux",
        "netbsd",
        "openbsd",
        "plan9",
        "solaris",
        "unix",
        "wasip1",
        "windows",
    ];
    const PROCESSORS: &[&str] = &[
        "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64",
        "ppc64le", "riscv64", "s390x", "wasm",
    ];
    let name = source.path.rsplit('/').next().unwrap_or(source.path);
    let stem = name.strip_suffix(".go").unwrap_or(name);
    let stem = stem.strip_suffix("_test").unwrap_or(stem);
    let by_name = stem
        .rsplit_once('_')
        .is_some_and(|(_, last)| SYSTEMS.contains(&last) || PROCESSORS.contains(&last));
    by_name
        || source
            .text
            .lines()
            .take_while(|line| !line.starts_with("package "))
            .take(100)
            .any(|line| line.starts_with("//go:build") || line.starts_with("// +build"))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::extract;
    use crate::languages::dump::dump;

    fn check(path: &str, text: &str, expected: &Expect) {
        expected.assert_eq(&dump(&extract("go", path, text)));
    }

    #[test]
    fn types_methods_and_embedding() {
        check(
            "a/a.go",
            "package a\nimport \"x.org/p/v2\"\n// A doc.\ntype T[K any] struct { *p.X; a, b int }\ntype F func(int) (T, error)\n\
             type I interface { p.J; Do(x ...int) string }\nfunc (t *T[K]) M(k K) { t.a = 1; t.X.Go() }\nfunc (o Other) N() {}\n",
            &expect![[r#"
                class .T() - <p.X> flags 20080
                field T.X() p.X <> flags 80
                field T.a() int <> flags 0
                field T.b() int <> flags 0
                class .F() fn(int, (T, error)) <> flags 80
                interface .I() - <p.J> flags 80
                method I.Do(x: int) string <> flags a0
                method T.M(k: K) - <> flags 80
                method Other.N() - <> flags 80
                p = import x.org/p/v2 : -
                K = TypeParam(SymbolId(1), 0) : -
                X = - : p.X
                a = - : int
                b = - : int
                x = Param(SymbolId(7), 0) : __slice<int>
                K = TypeParam(SymbolId(1), 0) : -
                t = This : -
                k = Param(SymbolId(8), 0) : K
                o = This : -
                t.[a] = #int
                7: M: role 2 t
                7: M: role 3 t.a
                7: M: role 2 t
                7: M: role 2 t.X
                7: M: role 1 t.X.Go()
            "#]],
        );
    }

    #[test]
    fn statements() {
        check(
            "a/a_test.go",
            "package a_test\nfunc TestX(t *testing.T) {\n\tx, ok := v.(T)\n\ta, err := f(x)\n\tfor k, v := range m { k.F(v) }\n\
             \tswitch y := x.(type) { case A: y.Z(); case B, C: y.W() }\n\tt.Run(\"sub\", func(t *testing.T) { go h() })\n\
             \ths[i](x)\n\tg[int](x)\n\tz := append(z, f, r...)\n\tw := &Point{X: 1, Y: f}\n\tpts := []*Point{{X: g}}\n\
             \tm := map[string]func(){\"a\": h}\n\tc := <-ch\n\tfor i := range 10 {}\n\tk := []byte(s)\n\
             \ttests := []struct{ name string; fn func() }{{\"a\", h}}\n\treturn a, b\n}\n",
            &expect![[r#"
                function .TestX(t: testing.T) - <> flags 280
                test TestX.sub(t: testing.T) - <> flags 200
                class TestX.() - <> flags 22000
                field .name() string <> flags 2000
                field .fn() fn(Unknown) <> flags 2000
                t = Param(SymbolId(1), 0) : testing.T
                x = cast(v, T) : -
                ok = #bool : -
                a = item(f(x), 0) : -
                err = item(f(x), 1) : -
                k = element(m) : -
                v = m[Unknown] : -
                y = cast(x, A) : -
                y = x : -
                t = Param(SymbolId(2), 0) : testing.T
                z = either(z, r, [f]) : -
                w = new Point(X=#int, Y=f) : -
                pts = cast([new Point(X=g)], __slice<Point>) : -
                m = cast({"a", h}, __map<string, fn(Unknown)>) : -
                c = element(ch) : -
                i = element(#int) : -
                k = cast(s, __slice<byte>) : -
                name = - : string
                fn = - : fn(Unknown)
                tests = cast([new @("a", h)], __slice<@>) : -
                return (a, b)
                3: TestX: role 2 v
                4: TestX: role 7 x
                4: TestX: role 1 f(x)
                5: TestX: role 2 m
                5: TestX: role 2 k
                5: TestX: role 7 v
                5: TestX: role 1 k.F(v)
                6: TestX: role 2 x
                6: TestX: role 2 y
                6: TestX: role 1 y.Z()
                6: TestX: role 2 y
                6: TestX: role 1 y.W()
                7: TestX: role 2 t
                7: sub: role 1 h()
                7: TestX: role 1 t.Run("sub", @sub)
                8: TestX: role 7 x
                8: TestX: role 1 either(hs[i], hs<i>)(x)
                9: TestX: role 7 x
                9: TestX: role 1 either(g[int], g<int>)(x)
                10: TestX: role 7 z
                10: TestX: role 7 f
                10: TestX: role 2 r
                11: TestX: role 2 f
                12: TestX: role 2 g
                13: TestX: role 2 h
                14: TestX: role 2 ch
                16: TestX: role 2 s
                17: TestX: role 2 h
                18: TestX: role 2 a
                18: TestX: role 2 b
            "#]],
        );
    }

    #[test]
    fn broken_and_deep_input_is_survived() {
        let deep = format!(
            "package a\nvar x = {}1{}\n",
            "(".repeat(10_000),
            ")".repeat(10_000)
        );
        let types = format!("package a\nvar x {}int\n", "[]".repeat(10_000));
        let chain = format!("package a\nvar x = a{}\n", ".b()".repeat(10_000));
        let sum = format!("package a\nvar x = a{}\n", " + b()".repeat(10_000));
        let ifs = format!(
            "package a\nfunc f() {{ {} }}\n",
            "if a { b() } else ".repeat(5_000)
        );
        let blocks = format!("package a\nfunc f() {}\n", "{".repeat(10_000));
        for text in [&deep, &types, &chain, &sum, &ifs, &blocks] {
            assert!(extract("go", "a.go", text).lines > 0);
        }
        let facts = extract(
            "go",
            "a.go",
            "package a\nfunc f() { x( }\nfunc g() { h() }\n\0",
        );
        assert!(facts.names.iter().any(|name| name == "g"));
    }
}
