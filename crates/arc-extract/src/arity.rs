//! Calls that give a function other arguments than it takes.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "only calls and their arguments are looked at; any other shape, and any new one, is an argument"
)]

use arc_graph::NodeKind;

use crate::called::name_of;
use crate::facts::{Expr, ExprId, FileFacts, ListId, Name, ParamFact};
use crate::languages::{self, Arity};

/// A function as its file has it.
#[derive(Clone, Copy)]
pub struct Callee<'a> {
    /// The language of its file.
    pub language: &'a str,
    /// What its file says.
    pub facts: &'a FileFacts,
    /// Its position among the symbols of the file.
    pub symbol: u32,
}

/// The lines among `lines` on which `caller` calls something of the callee's name, and no such call there gives what the
/// callee takes. Nothing is said where a call spreads arguments, where decorators may have made another function of the
/// callee, and of languages that let a call give what it likes.
#[must_use]
pub fn wrong_calls(callee: Callee<'_>, caller: &FileFacts, lines: &[u32]) -> Vec<u32> {
    let Some(symbol) = callee.facts.symbols.get(callee.symbol as usize) else {
        return Vec::new();
    };
    // A type that lists no parameters itself may take what its bases say: whoever makes one of a named tuple gives its fields.
    let is_function = matches!(
        NodeKind::from_number(symbol.kind),
        Some(NodeKind::Function | NodeKind::Method | NodeKind::Macro | NodeKind::Test)
    );
    if !is_function && symbol.params.is_empty() {
        return Vec::new();
    }
    let name = callee.facts.text(symbol.name);
    let arity = languages::by_name(callee.language)
        .map_or(Arity::Free, |language| language.semantics().arity);
    if arity == Arity::Free || is_decorated(callee) || is_one_of_several(callee, name) {
        return Vec::new();
    }
    let taken = Taken {
        facts: callee.facts,
        params: &symbol.params,
        arity,
    };
    let mut wrong = Vec::new();
    for line in lines {
        let mut calls = caller.exprs.iter().filter_map(|node| match node.expr {
            Expr::Call(called, arguments) if node.line == *line => {
                // Where a method and a field may share a name, that of the method ends in brackets.
                let of = name_called(caller, called)?;
                (of.strip_suffix("()").unwrap_or(of) == name).then_some((called, arguments))
            }
            _ => None,
        });
        let first = calls.next();
        let all = first.into_iter().chain(calls);
        let fits = |(called, arguments)| taken.takes(caller, called, arguments);
        if first.is_some() && all.into_iter().all(|call| fits(call) == Some(false)) {
            wrong.push(*line);
        }
    }
    wrong
}

/// The name of a callee, also of one that the caller's file declares itself.
fn name_called(caller: &FileFacts, called: ExprId) -> Option<&str> {
    match caller.exprs.get(called)?.expr {
        Expr::Symbol(symbol) => {
            let symbol = caller.symbols.get(symbol.index())?;
            Some(caller.text(symbol.name))
        }
        _ => name_of(caller, called),
    }
}

fn is_decorated(callee: Callee<'_>) -> bool {
    let facts = callee.facts;
    facts.exprs.iter().any(|node| match node.expr {
        Expr::Decorated(_, what) => facts.exprs.get(what).is_some_and(
            |what| matches!(what.expr, Expr::Symbol(symbol) if symbol.0 == callee.symbol),
        ),
        _ => false,
    })
}

/// Whether others of the name are written with other parameters in the same file: overloads, and signatures of them.
fn is_one_of_several(callee: Callee<'_>, name: &str) -> bool {
    let others = callee.facts.symbols.iter().enumerate();
    others
        .filter(|(at, other)| {
            *at != callee.symbol as usize && callee.facts.text(other.name) == name
        })
        .any(|(_, other)| {
            let own = &callee.facts.symbols[callee.symbol as usize];
            other.parent == own.parent && other.params.len() != own.params.len()
        })
}

/// Whether calls in a language may mean one of several functions of a name, by what they give.
#[must_use]
pub fn has_overloads(language: &str) -> bool {
    languages::by_name(language).is_some_and(|language| language.semantics().overloads)
}

/// What a function takes.
struct Taken<'a> {
    facts: &'a FileFacts,
    params: &'a [ParamFact],
    arity: Arity,
}

impl Taken<'_> {
    /// Whether the parameters take the arguments; `None` when that cannot be told.
    fn takes(&self, caller: &FileFacts, called: ExprId, arguments: ListId) -> Option<bool> {
        let (mut positional, mut is_call) = (0, false);
        let mut keywords: Vec<&str> = Vec::new();
        for argument in caller.list(arguments) {
            match caller.exprs.get(argument).map(|node| node.expr) {
                Some(Expr::Spread(_)) => return None,
                Some(Expr::Keyword(name, _)) => keywords.push(caller.text(name)),
                // What tells nothing of types need not be in the facts: a literal.
                other => {
                    positional += 1;
                    is_call = matches!(other, Some(Expr::Call(..)));
                }
            }
        }
        let has_receiver = self.params.first().is_some_and(|param| param.kind == 4);
        let is_member = matches!(caller.exprs.get(called)?.expr, Expr::Member(..));
        // A member may be called on the type, with the receiver as an argument.
        let given = if has_receiver && is_member {
            [positional + 1, positional]
        } else {
            [positional; 2]
        };
        let fits = given.iter().any(|given| self.fits(*given, &keywords));
        // The results of one call may be several arguments.
        (fits || !(is_call && positional == 1)).then_some(fits)
    }

    fn fits(&self, positional: usize, keywords: &[&str]) -> bool {
        let text = |name: Name| self.facts.text(name);
        let takes_more = self.params.iter().any(|param| param.kind == 1);
        let takes_any = self.params.iter().any(|param| param.kind == 2);
        let in_order: Vec<&ParamFact> = self
            .params
            .iter()
            .filter(|param| matches!(param.kind, 0 | 4))
            .collect();
        let is_open = self.arity == Arity::NoMoreThanNamed && in_order.is_empty();
        if positional > in_order.len() && !takes_more && !is_open {
            return false;
        }
        if self.arity != Arity::Exact {
            return true;
        }
        let is_given = |param: &ParamFact| keywords.contains(&text(param.name));
        let later = in_order.iter().skip(positional).copied();
        let named = self.params.iter().filter(|param| param.kind == 3);
        let is_missing = |param: &ParamFact| !param.default.is_some() && !is_given(param);
        if later.chain(named).any(is_missing) {
            return false;
        }
        let is_known =
            |keyword: &&str| self.params.iter().any(|param| text(param.name) == *keyword);
        takes_any || keywords.iter().all(is_known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::{detect, extract};

    /// The lines of calls of the first function that do not fit it.
    fn wrong(path: &str, text: &str) -> Vec<u32> {
        let language = detect(path, "").unwrap().language;
        let facts = extract(language, path, text);
        let symbol = facts
            .symbols
            .iter()
            .position(|symbol| facts.text(symbol.name) == "f");
        let symbol = symbol.unwrap() as u32;
        let callee = Callee {
            language,
            facts: &facts,
            symbol,
        };
        let lines: Vec<u32> = (1..=facts.lines).collect();
        wrong_calls(callee, &facts, &lines)
    }

    #[test]
    fn arguments_are_counted_and_named() {
        let text = "def f(a, b, c=1, *, d):\n    pass\n\n\nf(1, 2, d=3)\nf(1, d=3)\nf(1, b=2, d=3)\nf(1, 2)\nf(1, 2, 3, 4, d=5)\nf(*x)\nf(1, 2, e=3, d=4)\n";
        assert_eq!(wrong("a.py", text), [6, 8, 9, 11]);
        let text =
            "class A:\n    def f(self, a):\n        pass\n\n\nA().f()\nA().f(1)\nA.f(x, 1)\n";
        assert_eq!(wrong("a.py", text), [6]);
        let text = "package a\nfunc f(x int, y ...int) {}\nfunc g() {\n\tf()\n\tf(1)\n\tf(1, 2, 3)\n\tf(h())\n}\n";
        assert_eq!(wrong("a.go", text), [4]);
        let text = "fn f(a: u8, b: u8) {}\nfn g() {\n    f(1);\n    f(1, 2);\n}\n";
        assert_eq!(wrong("a.rs", text), [3]);
        let text = "class A {\n  void f(int a, int... b) {}\n  void g() {\n    f();\n    f(1);\n    this.f(1, 2, 3);\n  }\n}\n";
        assert_eq!(wrong("A.java", text), [4]);
        // Of C only what is certainly too much.
        let text = "int f(int a) { return a; }\nint g(struct s *b) {\n  f(b->c);\n  f();\n  f(1, 0);\n  f(0);\n  return f(1, b->c);\n}\n";
        assert_eq!(wrong("a.c", text), [5, 7]);
        let text = "int f(int a, ...) { return a; }\nint g(struct s *b) {\n  return f(1, b->c, b->c);\n}\n";
        assert!(wrong("a.c", text).is_empty());
        let text = "function f(a: number, b?: string) {}\nf(1, \"b\", 3);\nf(1);\nf(1, ...rest);\n";
        assert_eq!(wrong("a.ts", text), [2]);
    }

    #[test]
    fn what_may_be_another_function_is_not_judged() {
        assert!(wrong("a.py", "@wrap\ndef f(a):\n    pass\n\n\nf()\n").is_empty());
        assert!(wrong("a.js", "function f(a) {}\nf();\n").is_empty());
        let text =
            "class A {\n  void f(int a) {}\n  void f() {}\n  void g() {\n    f(1, 2);\n  }\n}\n";
        assert!(wrong("A.java", text).is_empty());
        let text = "int f() { return 1; }\nint g(struct s *a) {\n  return f(a->b);\n}\n";
        assert!(wrong("a.c", text).is_empty());
    }
}
