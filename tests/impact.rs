//! Blast radius on small graphs written as text.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_graph::{
    Confidence, Direction, EdgeKind, GraphRead, Member, Neighbor, NodeId, NodeKind, NodeRecord,
    ReadError, Rule,
};
use arc_impact::{
    CoChanged, FileSignals, ImpactOptions, OpenSites, Question, Resembling, SignalRead, Unit,
    UnresolvedSite, impact,
};
use expect_test::{Expect, expect};

/// Lines `dependent kind dependency [confidence]`; names are paths, or `path::Symbol.name`. Files contain their
/// symbols and classes their members; a name in capitals is a constant that spans its file. Lines `a.py with b.py share` and `a.py like b.py strength` are signals.
#[derive(Default)]
struct TextGraph {
    nodes: Vec<NodeRecord>,
    edges: Vec<(NodeId, EdgeKind, NodeId, Confidence, u32)>,
    signals: BTreeMap<NodeId, FileSignals>,
    unresolved: Vec<UnresolvedSite>,
}

impl TextGraph {
    fn parse(text: &str) -> TextGraph {
        let mut graph = TextGraph::default();
        for (number, line) in text.lines().enumerate() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [from, verb, to, ..] = words[..] else {
                continue;
            };
            let amount = words.get(3).map(|word| word.parse::<f64>().unwrap());
            if verb == "misses" {
                graph.unresolved.push(UnresolvedSite {
                    path: from.to_owned(),
                    line: number as u32 + 1,
                    name: to.to_owned(),
                });
                continue;
            }
            let (src, dst) = (graph.node(from), graph.node(to));
            match verb {
                "with" => {
                    let signals = graph.signals.entry(src).or_default();
                    signals.evidence = 10.0;
                    signals.commits = 12;
                    signals.co_changed.push(CoChanged {
                        file: dst,
                        share: amount.unwrap(),
                        commits: 5,
                        last_commit: "abc123".to_owned(),
                    });
                }
                "like" => graph.signals.entry(src).or_default().near.push(Resembling {
                    file: dst,
                    strength: amount.unwrap(),
                    text: "the same name".to_owned(),
                    at: vec![to.to_owned()],
                }),
                _ => {
                    let kind = EdgeKind::from_name(verb).unwrap();
                    let confidence = (amount.unwrap_or(1.0) * 1000.0) as u16;
                    let confidence = Confidence::from_thousandths(confidence);
                    graph
                        .edges
                        .push((src, kind, dst, confidence, number as u32 + 1));
                }
            }
        }
        graph
    }

    fn node(&mut self, name: &str) -> NodeId {
        let known = self.nodes.iter().find(|node| node.qualified_name == name);
        if let Some(node) = known {
            return node.id;
        }
        let (path, symbol) = match name.split_once("::") {
            Some((path, symbol)) => (path, Some(symbol)),
            None => (name, None),
        };
        let parent = symbol.map(|symbol| match symbol.rsplit_once('.') {
            Some((class, _)) => self.node(&format!("{path}::{class}")),
            None => self.node(path),
        });
        let id = NodeId(self.nodes.len() as i64);
        let own = symbol.map_or("", |symbol| symbol.rsplit('.').next().unwrap());
        let outer = symbol.and_then(|symbol| symbol.rsplit('.').nth(1));
        let is_member = outer.is_some_and(|outer| outer.starts_with(char::is_uppercase));
        let is_constant = own.len() > 1 && own.chars().all(char::is_uppercase);
        let is_test = path.rsplit('/').next().unwrap().starts_with("test_");
        let file = self
            .nodes
            .iter()
            .find(|node| node.qualified_name == path)
            .map(|node| node.id);
        self.nodes.push(NodeRecord {
            id,
            kind: match symbol {
                None => NodeKind::File,
                Some(_) if is_constant => NodeKind::Constant,
                Some(_) if own.starts_with(char::is_uppercase) => NodeKind::Class,
                Some(_) if is_member => NodeKind::Method,
                Some(_) => NodeKind::Function,
            },
            name: own.to_owned(),
            qualified_name: name.to_owned(),
            path: Some(path.to_owned()),
            line: if is_constant { 1 } else { id.0 as u32 },
            end_line: if is_constant { 1_000 } else { id.0 as u32 },
            is_test,
            is_test_case: is_test && own.starts_with("test"),
            is_suite: own.starts_with("Test"),
            is_unittest: own.ends_with("TestCase"),
            is_static: false,
            is_constructor: own == "new",
            is_abstract: false,
            is_open: false,
            file: Some(file.unwrap_or(id)),
        });
        if let Some(parent) = parent {
            let certain = Confidence::CERTAIN;
            self.edges
                .push((parent, EdgeKind::Contains, id, certain, 0));
        }
        id
    }

    fn shown(&self, node: NodeId) -> &str {
        &self.nodes[node.0 as usize].qualified_name
    }
}

impl GraphRead for TextGraph {
    fn neighbors(
        &self,
        frontier: &[NodeId],
        direction: Direction,
        kinds: &[EdgeKind],
    ) -> Result<Vec<Neighbor>, ReadError> {
        let mut found = Vec::new();
        for &near in frontier {
            let mut edges: Vec<Neighbor> = self
                .edges
                .iter()
                .filter(|edge| kinds.is_empty() || kinds.contains(&edge.1))
                .filter_map(|&(src, kind, dst, confidence, line)| {
                    let (from, node) = match direction {
                        Direction::Dependencies => (src, dst),
                        Direction::Dependents => (dst, src),
                    };
                    (from == near).then_some(Neighbor {
                        from,
                        node,
                        kind,
                        line,
                        confidence,
                        rule: Rule::Scope,
                    })
                })
                .collect();
            edges.sort_by_key(|edge| (edge.node, edge.kind, edge.line));
            found.extend(edges);
        }
        Ok(found)
    }

    fn members(&self, scope: NodeId) -> Result<Vec<Member>, ReadError> {
        let inside = self.neighbors(&[scope], Direction::Dependencies, &[EdgeKind::Contains])?;
        let ids: Vec<NodeId> = inside.iter().map(|edge| edge.node).collect();
        let member = |node: NodeRecord| Member {
            id: node.id,
            kind: node.kind,
            line: node.line,
            end_line: node.end_line,
            is_test_case: node.is_test_case,
            is_constructor: node.is_constructor,
        };
        Ok(self.nodes(&ids)?.into_iter().map(member).collect())
    }

    fn nodes(&self, ids: &[NodeId]) -> Result<Vec<NodeRecord>, ReadError> {
        Ok(ids
            .iter()
            .filter_map(|id| self.nodes.get(id.0 as usize).cloned())
            .collect())
    }
}

impl SignalRead for TextGraph {
    fn signals(&self, files: &[NodeId]) -> Result<Vec<Arc<FileSignals>>, ReadError> {
        Ok(files
            .iter()
            .map(|file| Arc::new(self.signals.get(file).cloned().unwrap_or_default()))
            .collect())
    }

    fn unresolved(&self, targets: &[NodeRecord], limit: usize) -> Result<OpenSites, ReadError> {
        let mut listed = self.unresolved.clone();
        listed.retain(|site| targets.iter().any(|target| target.name == site.name));
        let left_out = listed.len().saturating_sub(limit);
        listed.truncate(limit);
        Ok(OpenSites {
            listed,
            left_out,
            common: Vec::new(),
        })
    }
}

#[track_caller]
fn check(graph: &str, targets: &str, expected: Expect) {
    check_with(graph, targets, &ImpactOptions::default(), expected);
}

#[track_caller]
fn check_with(graph: &str, targets: &str, options: &ImpactOptions, expected: Expect) {
    let mut graph = TextGraph::parse(graph);
    let targets: Vec<NodeId> = targets
        .split_whitespace()
        .map(|name| graph.node(name))
        .collect();
    let answer = impact(&graph, &graph, &targets, options).unwrap();
    let names = |rows: &[arc_impact::Impacted]| {
        let names: Vec<&str> = rows.iter().map(|row| graph.shown(row.node.id)).collect();
        names.join(", ")
    };
    for row in answer.impacted.iter().chain(&answer.tests) {
        assert!(row.score > 0.0 && row.score <= 1.0, "{row:?}");
        assert!(!row.reasons.is_empty(), "{row:?}");
    }
    expected.assert_eq(&format!(
        "{} | {}",
        names(&answer.impacted),
        names(&answer.tests)
    ));
}

#[test]
fn callers_come_by_distance_and_tests_stand_apart() {
    check(
        "app.py::main calls io.py::load
         test_app.py::test_main calls app.py::main
         deep.py::run calls app.py::main",
        "io.py::load",
        expect!["app.py::main, deep.py::run | test_app.py::test_main"],
    );
}

#[test]
fn a_weak_direct_edge_loses_against_a_strong_chain() {
    check(
        "weak.py::a references io.py::load 0.2
         mid.py::b calls io.py::load
         far.py::c calls mid.py::b",
        "io.py::load",
        expect!["mid.py::b, far.py::c, weak.py::a | "],
    );
}

#[test]
fn two_ways_are_better_than_one() {
    check(
        "one.py::a calls io.py::load
         two.py::b calls io.py::load
         two.py::b calls one.py::a",
        "io.py::load",
        expect!["one.py::a, two.py::b | "],
    );
    check(
        "x.py::a calls io.py::load
         y.py::b calls io.py::load
         left.py::c calls x.py::a
         both.py::d calls x.py::a
         both.py::d calls y.py::b",
        "io.py::load",
        expect!["x.py::a, y.py::b, both.py::d, left.py::c | "],
    );
}

#[test]
fn a_sure_direct_caller_stands_above_a_farther_one_that_is_about_as_likely() {
    let tests: String = (0..12)
        .map(|at| format!("test_a.py::test_{at} calls far.py::c\n"))
        .collect();
    let graph = |confidence: &str| {
        format!(
            "alone.py::direct calls io.py::load {confidence}
             mid.py::b calls io.py::load
             far.py::c calls mid.py::b
             {tests}"
        )
    };
    let order = |confidence: &str| {
        let mut graph = TextGraph::parse(&graph(confidence));
        let target = graph.node("io.py::load");
        let answer = impact(&graph, &graph, &[target], &ImpactOptions::default()).unwrap();
        let rows = answer.impacted.iter();
        let names: Vec<&str> = rows.map(|row| graph.shown(row.node.id)).collect();
        names.join(", ")
    };
    assert_eq!(order("0.95"), "mid.py::b, alone.py::direct, far.py::c");
    assert_eq!(order("0.85"), "mid.py::b, far.py::c, alone.py::direct");
}

#[test]
fn nothing_depends_on_a_test() {
    check(
        "test_a.py::test_load calls io.py::load
         tool.py::odd calls test_a.py::test_load",
        "io.py::load",
        expect![" | test_a.py::test_load"],
    );
}

#[test]
fn what_stands_beside_tests_is_passed() {
    check(
        "test_a.py::helper calls io.py::load
         test_a.py::test_load calls test_a.py::helper",
        "io.py::load",
        expect!["test_a.py::helper | test_a.py::test_load"],
    );
}

#[test]
fn who_changes_a_class_changes_its_methods() {
    check(
        "app.py::main calls io.py::Reader.load
         sub.py::Special inherits io.py::Reader",
        "io.py::Reader",
        expect!["app.py::main, sub.py::Special | "],
    );
}

#[test]
fn callers_of_the_base_method_may_run_what_replaces_it() {
    check(
        "special.py::Special.load overrides base.py::Base.load
         other.py::Other.load overrides base.py::Base.load
         app.py::main calls base.py::Base.load",
        "special.py::Special.load",
        expect!["app.py::main | "],
    );
}

#[test]
fn where_no_test_leads_to_a_caller_who_has_its_instance_may_run_it() {
    let visitor = "a.py::Printer.visit_text calls b.py::quote
         test_a.py::test_print calls a.py::Printer
         test_c.py::test_other calls c.py::Other";
    check(
        visitor,
        "b.py::quote",
        expect!["a.py::Printer.visit_text | test_a.py::test_print"],
    );
    // A test that leads there is the better answer.
    check(
        &format!("{visitor}\ntest_b.py::test_quote calls b.py::quote"),
        "b.py::quote",
        expect!["a.py::Printer.visit_text | test_b.py::test_quote"],
    );
}

#[test]
fn a_test_that_speaks_of_the_target_comes_first() {
    check(
        "test_x.py::test_other calls io.py::load_config
         test_y.py::test_load_config calls io.py::load_config",
        "io.py::load_config",
        expect![" | test_y.py::test_load_config, test_x.py::test_other"],
    );
}

#[test]
fn files_are_ranked_by_history_names_and_edges_together() {
    let graph = "app.py::main calls io.py::load
         io.py with docs.py 0.6
         io.py with app.py 0.1
         io.py like test_io.py 2
         test_io.py::test_load calls io.py::load";
    check(
        graph,
        "io.py",
        expect!["docs.py, test_io.py, app.py | test_io.py::test_load"],
    );
    let ask = |question| ImpactOptions {
        question,
        ..ImpactOptions::default()
    };
    check_with(
        graph,
        "io.py",
        &ask(Question::Breaks),
        expect!["app.py, test_io.py | test_io.py::test_load"],
    );
    check_with(
        graph,
        "io.py::load",
        &ask(Question::GoesWith),
        expect!["docs.py, test_io.py, app.py | "],
    );
}

#[test]
fn of_files_that_changed_along_as_often_the_likest_comes_first() {
    let even = "io.py with a.py 0.3
         io.py with z.py 0.3";
    check(even, "io.py", expect!["a.py, z.py | "]);
    check(
        &format!("{even}\nio.py like z.py 0.1"),
        "io.py",
        expect!["z.py, a.py | "],
    );
}

#[test]
fn a_test_changes_along_with_what_is_none_rather_than_with_other_tests() {
    let even = "test_io.py with test_a.py 0.3
         test_io.py with z.py 0.3
         io.py with a.py 0.3
         io.py with test_z.py 0.3";
    check(even, "test_io.py", expect!["z.py, test_a.py | "]);
    check(even, "io.py", expect!["test_z.py, a.py | "]);
    // Of targets on both sides it says nothing.
    check(
        "test_io.py with test_a.py 0.3
         test_io.py with z.py 0.3
         io.py with test_a.py 0.3
         io.py with z.py 0.3",
        "io.py test_io.py",
        expect!["test_a.py, z.py | "],
    );
}

#[test]
fn without_history_the_walk_and_the_paths_answer() {
    check(
        "app.py::main calls io.py::load
         io.py like test_io.py 2",
        "io.py",
        expect!["test_io.py, app.py | "],
    );
}

#[test]
fn several_targets_make_one_answer_without_themselves() {
    check(
        "a.py::f calls b.py::g
         c.py::h calls a.py::f
         a.py with b.py 0.9
         a.py with d.py 0.3",
        "a.py b.py",
        expect!["d.py, c.py | "],
    );
}

#[test]
fn rings_and_nodes_that_depend_on_themselves_end() {
    check(
        "a.py::f calls b.py::g
         b.py::g calls a.py::f
         b.py::g calls b.py::g",
        "a.py::f",
        expect!["b.py::g | "],
    );
}

#[test]
fn a_deep_chain_fades_and_is_not_cut() {
    let mut graph = String::new();
    for depth in 0..15 {
        graph.push_str(&format!("f{}.py::f calls f{depth}.py::f\n", depth + 1));
    }
    let options = ImpactOptions {
        limit: 0,
        ..ImpactOptions::default()
    };
    let mut text = TextGraph::parse(&graph);
    let target = text.node("f0.py::f");
    let answer = impact(&text, &text, &[target], &options).unwrap();
    assert_eq!(answer.impacted.len(), 15);
    assert!(!answer.truncated);
    assert!(
        answer
            .impacted
            .is_sorted_by(|one, other| one.score >= other.score)
    );
}

#[test]
fn symbols_can_be_asked_for_in_files_and_files_in_symbols() {
    let graph = "app.py::main calls io.py::load";
    let ask = |by| ImpactOptions {
        by,
        ..ImpactOptions::default()
    };
    check_with(graph, "io.py::load", &ask(Unit::File), expect!["app.py | "]);
    check_with(
        graph,
        "io.py",
        &ask(Unit::Symbol),
        expect!["app.py::main | "],
    );
}

#[test]
fn who_only_imports_what_may_feel_the_change_comes_late() {
    check(
        "api.py::parse calls io.py::load
         package.py imports api.py::parse
         weak.py::w references io.py::load 0.2",
        "io.py::load",
        expect!["api.py::parse, weak.py::w, package.py | "],
    );
    check(
        "package.py imports io.py::load
         weak.py::w references io.py::load 0.2",
        "io.py::load",
        expect!["package.py, weak.py::w | "],
    );
}

#[test]
fn a_row_says_why_and_what_is_unknown_is_said() {
    let mut graph = TextGraph::parse(
        "app.py::main calls io.py::load
         app.py::main calls io.py::load
         plugins.py misses load
         io.py with app.py 0.4",
    );
    let target = graph.node("io.py::load");
    let answer = impact(&graph, &graph, &[target], &ImpactOptions::default()).unwrap();
    let reason = &answer.impacted[0].reasons[0];
    assert_eq!(reason.text, "calls load (2 sites)");
    assert_eq!(reason.at, ["app.py:1", "app.py:2"]);
    assert_eq!(answer.unresolved.listed[0].path, "plugins.py");
    assert_eq!((answer.total_impacted, answer.dependents), (1, 1));
}

#[test]
fn every_kind_of_evidence_has_its_reason() {
    let mut graph = TextGraph::parse(
        "app.py::a calls io.py::load
         app.py::b calls io.py::load_all
         app.py::c calls io.py::load_some
         io.py with app.py 0.1
         io.py like app.py 2
         io.py like test_io.py 1",
    );
    let io = graph.node("io.py");
    let near = graph.signals[&io].near.clone();
    let signals = graph.signals.get_mut(&io).unwrap();
    for (list, text) in [
        (&mut signals.similar, "same vocabulary: load"),
        (&mut signals.referring, "uses load"),
    ] {
        list.extend(near.iter().cloned().map(|near| Resembling {
            text: text.to_owned(),
            ..near
        }));
    }
    let answer = impact(&graph, &graph, &[io], &ImpactOptions::default()).unwrap();
    let reasons = |path: &str| {
        let row = answer
            .impacted
            .iter()
            .find(|row| row.node.qualified_name == path);
        let texts = row
            .unwrap()
            .reasons
            .iter()
            .map(|reason| reason.text.as_str());
        texts.collect::<Vec<_>>().join("; ")
    };
    let shown = reasons("app.py");
    expect![
        "changed together in 5 of 12 commits; same vocabulary: load; the same name; calls load"
    ]
    .assert_eq(&shown);
    expect!["same vocabulary: load; the same name; uses load"].assert_eq(&reasons("test_io.py"));
}

#[test]
fn a_short_list_does_not_pay_for_the_whole_graph() {
    let mut graph = String::new();
    for number in 0..300 {
        graph.push_str(&format!("c{number}.py::f calls f{number}.py::f\n"));
        graph.push_str(&format!("f{}.py::f calls f{number}.py::f\n", number + 1));
    }
    let mut text = TextGraph::parse(&graph);
    let target = text.node("f0.py::f");
    let ask = |limit| {
        let options = ImpactOptions {
            limit,
            ..ImpactOptions::default()
        };
        impact(&text, &text, &[target], &options).unwrap()
    };
    let (short, whole) = (ask(1), ask(0));
    assert!(
        short.is_partial && short.total_impacted < whole.total_impacted,
        "{short:?}"
    );
    assert_eq!(short.dependents, whole.dependents);
    assert_eq!(short.impacted[..], whole.impacted[..1]);
}

#[test]
fn the_limit_cuts_rows_and_says_so() {
    let mut graph = TextGraph::parse(
        "a.py::f calls io.py::load
         b.py::f calls io.py::load",
    );
    let target = graph.node("io.py::load");
    let options = ImpactOptions {
        limit: 1,
        ..ImpactOptions::default()
    };
    let answer = impact(&graph, &graph, &[target], &options).unwrap();
    assert_eq!((answer.impacted.len(), answer.total_impacted), (1, 2));
    assert!(answer.truncated);
}

#[test]
fn what_a_test_defines_inside_runs_with_it() {
    check(
        "test_a.py::test_load.callback calls io.py::load
         test_a.py::test_other calls io.py::save",
        "io.py::load",
        expect!["test_a.py::test_load.callback | test_a.py::test_load"],
    );
}

#[test]
fn what_a_test_file_runs_when_it_is_loaded_belongs_to_all_its_tests() {
    let graph = "test_a.py::TestLoad calls io.py::load
         test_a.py::TestLoad.test_one calls io.py::save
         test_a.py::test_two calls io.py::save
         test_b.py::test_three calls io.py::save";
    check(
        graph,
        "io.py::load",
        expect!["test_a.py::TestLoad | test_a.py::TestLoad.test_one, test_a.py::test_two"],
    );
    // A class inside a function is made when the function runs.
    check(
        "test_a.py::test_one.Local calls io.py::load
         test_a.py::test_two calls io.py::save",
        "io.py::load",
        expect!["test_a.py::test_one.Local | test_a.py::test_one"],
    );
}

#[test]
fn a_method_runs_where_there_is_an_instance() {
    let graph = "b.py::Left inherits a.py::Base
         b.py::Left.load overrides a.py::Base.load
         c.py::Right inherits a.py::Base
         c.py::Right.load overrides a.py::Base.load
         run.py::run calls a.py::Base.load
         test_1.py::test_left calls run.py::run
         test_1.py::test_left calls b.py::Left
         test_2.py::test_right calls run.py::run
         test_2.py::test_right calls c.py::Right";
    check(
        graph,
        "c.py::Right.load",
        expect!["run.py::run | test_2.py::test_right"],
    );
    check(
        graph,
        "b.py::Left.load",
        expect!["run.py::run | test_1.py::test_left"],
    );
    check(
        graph,
        "a.py::Base.load",
        expect![
            "run.py::run, b.py::Left.load, c.py::Right.load | test_1.py::test_left, test_2.py::test_right"
        ],
    );
}

#[test]
fn what_lies_between_needs_an_instance_too() {
    check(
        "b.py::Left.open calls io.py::load
         b.py::Left inherits a.py::Base
         b.py::Left.open overrides a.py::Base.open
         run.py::run calls a.py::Base.open
         test_1.py::test_left calls run.py::run
         test_1.py::test_left calls b.py::Left
         test_2.py::test_right calls run.py::run
         test_2.py::test_right calls a.py::Base",
        "io.py::load",
        expect!["b.py::Left.open, run.py::run | test_1.py::test_left"],
    );
}

#[test]
fn who_uses_the_variable_has_what_it_was_set_to() {
    check(
        "a.py calls a.py::Missing
         a.py contains a.py::NONE
         test_1.py::test_missing reads a.py::NONE
         test_2.py::test_other calls a.py::other",
        "a.py::Missing.new_name",
        expect![" | test_1.py::test_missing"],
    );
}
