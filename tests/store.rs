//! The graph file: made, read, updated, refused, locked, damaged.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[path = "support/dump.rs"]
mod dump;

use arc_graph::{Confidence, Direction, EdgeKind, GraphRead, NodeId, NodeKind, Rule};
use arc_store::{
    BulkWriter, ChangedFile, EdgeRow, FileGraph, FileRow, FileTerm, GraphFile, Keys, LineMap,
    Memory, NodeBrief, NodeRow, SqlLimits, StoreError, StoredFile, Target, UnresolvedRow, Update,
    WriteLock, assign_ordinals, file_digest, read_sql,
};

fn graph_path(folder: &Path) -> PathBuf {
    folder.join(".arc/graph.db")
}

fn lock(folder: &Path) -> WriteLock {
    WriteLock::acquire(&graph_path(folder), Duration::ZERO).unwrap()
}

fn file(path: &str, module: &str) -> FileRow {
    FileRow {
        path: path.to_owned(),
        language: Some("python".to_owned()),
        hash: Some([7; 16]),
        module: module.to_owned(),
        separator: ".".to_owned(),
        lines: 9,
        ..FileRow::default()
    }
}

fn node<'a>(kind: NodeKind, scope_name: &'a str, parent: u32, lines: (u32, u32)) -> NodeRow<'a> {
    NodeRow {
        kind,
        name: scope_name.rsplit('.').next().unwrap(),
        scope_name,
        parent: (kind != NodeKind::File).then_some(parent),
        ordinal: 0,
        line: lines.0,
        end_line: lines.1,
        flags: 0,
        complexity: 1,
        doc: "",
    }
}

fn file_node(name: &str) -> NodeRow<'_> {
    NodeRow {
        name,
        scope_name: "",
        ..node(NodeKind::File, "", 0, (1, 9))
    }
}

fn calls(src: u32, dst: Target<'_>, line: u32) -> EdgeRow<'_> {
    EdgeRow {
        src,
        dst,
        kind: EdgeKind::Calls,
        line,
        confidence: Confidence::from_thousandths(900),
        rule: Rule::Import,
    }
}

/// `a.py` has a class with a method and is called from `b.py`, which also calls something outside.
fn graphs<'a>() -> Vec<FileGraph<'a>> {
    let mut a = FileGraph {
        nodes: vec![
            file_node("a.py"),
            node(NodeKind::Class, "Config", 0, (2, 8)),
            NodeRow {
                doc: "Reads the settings.",
                ..node(NodeKind::Method, "Config.loadAll", 1, (3, 5))
            },
            node(NodeKind::Method, "Config.loadAll", 1, (6, 8)),
        ],
        ..FileGraph::default()
    };
    assign_ordinals(&mut a.nodes);
    let b = FileGraph {
        nodes: vec![
            file_node("b.py"),
            node(NodeKind::Function, "main", 0, (4, 9)),
        ],
        edges: vec![
            calls(1, Target::Node { file: 0, node: 2 }, 5),
            calls(1, Target::Node { file: 0, node: 2 }, 6),
            calls(1, Target::External("requests.get"), 7),
        ],
        unresolved: vec![UnresolvedRow {
            src: 1,
            name: "mystery",
            line: 8,
        }],
    };
    vec![a, b]
}

fn rows() -> Vec<FileRow> {
    vec![file("pkg/a.py", "pkg.a"), file("pkg/b.py", "pkg.b")]
}

fn keys_of(rows: &[FileRow], graphs: &[FileGraph<'_>]) -> Keys {
    let mut keys = Keys::with_capacity(2);
    for (row, graph) in rows.iter().zip(graphs) {
        keys.push(&row.path, &graph.nodes);
    }
    keys
}

fn build(folder: &Path, rows: &[FileRow], graphs: &[FileGraph<'_>]) {
    let lock = lock(folder);
    let mut writer = BulkWriter::create(&lock, rows.len()).unwrap();
    let keys = keys_of(rows, graphs);
    for (at, (row, graph)) in rows.iter().zip(graphs).enumerate() {
        writer.facts(at, b"facts").unwrap();
        writer.nodes(at, row, &graph.nodes).unwrap();
    }
    let digests: Vec<i64> = (rows.iter().zip(graphs).enumerate())
        .map(|(at, (row, graph))| writer.edges(&keys, at, row, graph).unwrap())
        .collect();
    let rows: Vec<(FileRow, i64)> = rows.iter().cloned().zip(digests).collect();
    writer.finish(&rows, &[("arc_version", "test")]).unwrap();
}

fn open(folder: &Path) -> GraphFile {
    GraphFile::open(&graph_path(folder)).unwrap()
}

fn dump(folder: &Path) -> Vec<String> {
    dump::dump(&graph_path(folder))
}

fn names(graph: &GraphFile, ids: &[NodeId]) -> Vec<String> {
    let records = graph.nodes(ids).unwrap();
    records
        .into_iter()
        .map(|node| node.qualified_name)
        .collect()
}

#[test]
fn a_graph_is_walked_both_ways() {
    let folder = tempfile::tempdir().unwrap();
    build(folder.path(), &rows(), &graphs());
    let graph = open(folder.path());
    let file = graph.file("pkg/a.py").unwrap().unwrap();
    let method = graph.by_scope_name(file.id, "Config::loadAll").unwrap();
    assert_eq!(method.len(), 2);
    let callers = graph
        .neighbors(&method, Direction::Dependents, &[EdgeKind::Calls])
        .unwrap();
    let lines: Vec<u32> = callers.iter().map(|edge| edge.line).collect();
    assert_eq!(lines, [5, 6]);
    assert_eq!(callers[0].confidence.thousandths(), 900);
    assert_eq!(names(&graph, &[callers[0].node]), ["pkg.b.main"]);
    let everything = graph
        .neighbors(&[callers[0].node], Direction::Dependencies, &[])
        .unwrap();
    let ids: Vec<NodeId> = everything.iter().map(|edge| edge.node).collect();
    assert_eq!(
        names(&graph, &ids),
        [
            "pkg.a.Config.loadAll",
            "pkg.a.Config.loadAll",
            "requests.get"
        ]
    );
    let inside = graph
        .neighbors(&[file.id], Direction::Dependencies, &[EdgeKind::Contains])
        .unwrap();
    assert_eq!(names(&graph, &[inside[0].node]), ["pkg.a.Config"]);
    let around = graph
        .neighbors(&method[..1], Direction::Dependents, &[EdgeKind::Contains])
        .unwrap();
    assert_eq!(names(&graph, &[around[0].node]), ["pkg.a.Config"]);
}

#[test]
fn nodes_are_found_by_what_people_write() {
    let folder = tempfile::tempdir().unwrap();
    build(folder.path(), &rows(), &graphs());
    let graph = open(folder.path());
    let file = graph.file("pkg/a.py").unwrap().unwrap();
    let at = |line| graph.symbol_at(file.id, line).unwrap();
    assert_eq!(names(&graph, &[at(4).unwrap()]), ["pkg.a.Config.loadAll"]);
    assert_eq!(names(&graph, &[at(2).unwrap()]), ["pkg.a.Config"]);
    assert_eq!(at(1), None);
    assert_eq!(graph.by_qualified_name("pkg.a.Config").unwrap().len(), 1);
    assert_eq!(graph.by_qualified_name("pkg::a").unwrap(), []);
    assert_eq!(graph.by_qualified_name("pkg.a").unwrap(), [file.id]);
    assert_eq!(graph.by_qualified_name("requests.get").unwrap().len(), 1);
    assert_eq!(graph.by_name("main").unwrap().len(), 1);
    assert_eq!(graph.unresolved_named("mystery").unwrap()[0].line, 8);
    assert_eq!(
        names(&graph, &graph.search_names("config loadAll", 9).unwrap()).len(),
        2
    );
    assert_eq!(
        names(&graph, &graph.search_docs("Settings", 9).unwrap()).len(),
        1
    );
    assert_eq!(graph.search_names("\"*'", 9).unwrap(), []);
    assert_eq!(graph.meta("arc_version").unwrap().as_deref(), Some("test"));
    assert_eq!(
        graph.counts().unwrap().edges[&(EdgeKind::Calls, Rule::Import)],
        3
    );
}

#[test]
fn no_walk_scans_a_table() {
    let folder = tempfile::tempdir().unwrap();
    build(folder.path(), &rows(), &graphs());
    let connection = rusqlite::Connection::open(graph_path(folder.path())).unwrap();
    for sql in [
        "SELECT src, kind, line, confidence, rule FROM edge WHERE dst = 1 AND kind IN (2,3)",
        "SELECT dst, kind, line, confidence, rule FROM edge INDEXED BY edge_forward WHERE src = 1",
        "SELECT id, line FROM node WHERE parent = 1",
        "SELECT id FROM files WHERE path = 'x'",
        "DELETE FROM unresolved WHERE src = 1",
        "SELECT terms FROM file_terms WHERE file = 1",
        "SELECT chunk, files FROM file_terms_idx WHERE term = 'x'",
        "SELECT id FROM files WHERE path < 'x' ORDER BY path DESC LIMIT 9",
    ] {
        let mut plan = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .unwrap();
        let steps = plan.query_map([], |row| row.get::<_, String>(3)).unwrap();
        for step in steps.map(Result::unwrap) {
            assert!(!step.starts_with("SCAN"), "{sql}: {step}");
        }
    }
}

/// Updates a built graph to `graphs` the way a build does: only files with another digest are rewritten.
fn update(folder: &Path, rows: &[FileRow], graphs: Vec<FileGraph<'_>>) -> usize {
    let lock = lock(folder);
    let update = Update::begin(&lock).unwrap();
    let stored = update.files().unwrap();
    for old in &stored {
        if !rows.iter().any(|row| row.path == old.row.path) {
            update.remove_file(old.id).unwrap();
        }
    }
    let keys = keys_of(rows, &graphs);
    let mut ids = Vec::new();
    let mut changed = Vec::new();
    let mut files = Vec::new();
    for (at, (row, graph)) in rows.iter().zip(graphs).enumerate() {
        let old = stored.iter().find(|file| file.row.path == row.path);
        let id = old.map_or_else(|| update.add_file(row).unwrap(), |file| file.id);
        ids.push(id);
        let digest = file_digest(&keys, at, &row.module, &graph);
        update.set_facts(id, Some(b"facts")).unwrap();
        files.push(StoredFile {
            id,
            row: row.clone(),
            digest,
        });
        if old.is_none_or(|old| old.digest != digest) {
            changed.push(ChangedFile {
                file: at,
                row,
                graph,
                words_changed: true,
            });
        }
    }
    update.rewrite(&keys, &ids, &changed).unwrap();
    for file in &files {
        update.set_file(file).unwrap();
    }
    let count = changed.len();
    update.commit().unwrap();
    count
}

#[test]
fn an_update_equals_a_build_from_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let fresh = tempfile::tempdir().unwrap();
    let mut changed = graphs();
    changed[0].nodes.remove(2);
    changed[0].nodes[2].ordinal = 0;
    changed[0]
        .nodes
        .push(node(NodeKind::Function, "helper", 0, (9, 9)));
    changed[1].edges = vec![
        calls(1, Target::Node { file: 0, node: 3 }, 6),
        calls(0, Target::External("os.path.join"), 2),
    ];
    let empty = || FileGraph {
        nodes: vec![
            file_node("c.py"),
            node(NodeKind::Class, "Config", 0, (1, 2)),
        ],
        ..FileGraph::default()
    };
    let mut more = graphs();
    more.push(empty());
    let more_rows = [rows(), vec![file("pkg/c.py", "pkg.c")]].concat();
    let moved_rows = vec![file("pkg/b.py", "pkg.b")];
    let moved = vec![FileGraph {
        nodes: graphs().remove(1).nodes,
        ..FileGraph::default()
    }];
    build(folder.path(), &rows(), &graphs());
    let states = [
        (rows(), changed),
        (more_rows, more),
        (moved_rows, moved),
        (rows(), graphs()),
    ];
    for (rows, graphs) in states {
        build(fresh.path(), &rows, &graphs);
        update(folder.path(), &rows, graphs.clone());
        assert_eq!(dump(folder.path()), dump(fresh.path()));
        assert_eq!(update(folder.path(), &rows, graphs), 0);
    }
}

fn terms(text: &str) -> Vec<FileTerm> {
    let terms = text.split_whitespace().map(|word| {
        let (text, class) = word.split_once(':').unwrap();
        FileTerm {
            text: text.to_owned(),
            class: class.parse().unwrap(),
        }
    });
    terms.collect()
}

/// Files by their number, each a file without symbols; `say` tells what a file speaks of.
fn build_speaking(folder: &Path, files: usize, say: &dyn Fn(usize) -> Option<Vec<FileTerm>>) {
    let rows: Vec<FileRow> = (0..files)
        .map(|number| file(&format!("{number:05}.py"), ""))
        .collect();
    let lock = lock(folder);
    let mut writer = BulkWriter::create(&lock, files).unwrap();
    for (at, row) in rows.iter().enumerate() {
        if let Some(terms) = say(at) {
            writer.terms(at, &terms).unwrap();
        }
        writer.nodes(at, row, &[file_node("x.py")]).unwrap();
    }
    let rows: Vec<(FileRow, i64)> = rows.into_iter().map(|row| (row, 0)).collect();
    writer.finish(&rows, &[]).unwrap();
}

#[test]
fn terms_are_found_both_ways_and_changed_file_by_file() {
    // More files than one row of a term can hold.
    const FILES: usize = 8_200;
    let say = |number: usize| match number {
        3 => None,
        8_199 => Some(terms("/x:0 cookie:2 file:1")),
        number if number % 100 == 0 => Some(terms("/x:0 file:5")),
        _ => Some(terms("file:1")),
    };
    let changed = |number: usize| match number {
        3 => Some(terms("cookie:7 file:1")),
        100 => None,
        200 => Some(Vec::new()),
        8_191 => Some(terms("cookie:1")),
        8_199 => Some(terms("/x:0 cookie:3 file:1")),
        other => say(other),
    };
    let folder = tempfile::tempdir().unwrap();
    build_speaking(folder.path(), FILES, &say);
    let graph = open(folder.path());
    let with = |graph: &GraphFile, term: &str| {
        let files = graph.files_with(term).unwrap().into_iter();
        files
            .map(|(file, class)| (file.0 - 1, class))
            .collect::<Vec<_>>()
    };
    assert_eq!(with(&graph, "cookie"), [(8_199, 2)]);
    assert_eq!(with(&graph, "nothing"), []);
    assert_eq!(with(&graph, "/x").len(), 83);
    assert!(with(&graph, "file").is_sorted());
    assert_eq!(graph.count_files_with(Some("file")).unwrap(), 8_199);
    assert_eq!(graph.count_files_with(None).unwrap(), 8_199);
    assert_eq!(graph.terms(NodeId(8_200)).unwrap(), say(8_199).unwrap());
    assert_eq!(graph.terms(NodeId(4)).unwrap(), []);
    drop(graph);

    let held = lock(folder.path());
    let update = Update::begin(&held).unwrap();
    for number in [3, 100, 200, 8_191, 8_199] {
        let terms = changed(number);
        update
            .set_terms(number as i64 + 1, terms.as_deref())
            .unwrap();
    }
    update.commit().unwrap();
    drop(held);
    let graph = open(folder.path());
    assert_eq!(with(&graph, "cookie"), [(3, 7), (8_191, 1), (8_199, 3)]);
    assert_eq!(graph.count_files_with(None).unwrap(), 8_199);
    drop(graph);
    let fresh = tempfile::tempdir().unwrap();
    build_speaking(fresh.path(), FILES, &changed);
    assert!(dump(folder.path()) == dump(fresh.path()));
}

#[test]
fn uses_are_seen_from_both_files_and_common_symbols_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    build(folder.path(), &rows(), &graphs());
    let graph = open(folder.path());
    let seen = |path: &str, most: u32| {
        let file = graph.file(path).unwrap().unwrap().id;
        let uses = graph.uses(file, &[EdgeKind::Calls], (most, 100)).unwrap();
        let uses = uses.iter().map(|found| {
            let other = graph.path_of(found.other).unwrap().unwrap();
            (other, found.is_user, found.sites, found.line)
        });
        uses.collect::<Vec<_>>()
    };
    let expected = |path: &str, is_user: bool| {
        [5, 6]
            .map(|line| (path.to_owned(), is_user, 2, line))
            .to_vec()
    };
    assert_eq!(seen("pkg/a.py", 3), expected("pkg/b.py", true));
    assert_eq!(seen("pkg/b.py", 3), expected("pkg/a.py", false));
    assert_eq!((seen("pkg/a.py", 2), seen("pkg/b.py", 2)), (vec![], vec![]));
}

#[test]
fn shifted_lines_equal_a_build_from_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let fresh = tempfile::tempdir().unwrap();
    build(folder.path(), &rows(), &graphs());
    let mut shifted = graphs();
    for node in &mut shifted[1].nodes {
        node.line += u32::from(node.line > 4);
        node.end_line += 1;
    }
    for edge in &mut shifted[1].edges {
        edge.line += 1;
    }
    shifted[1].unresolved[0].line += 1;
    build(fresh.path(), &rows(), &shifted);
    let map = LineMap::new(
        [1, 2, 3, 4]
            .map(|n| (n, n))
            .into_iter()
            .chain((5..=9).map(|n| (n, n + 1))),
    );
    let partial = LineMap::new([(1, 1), (4, 4), (9, 10)].into_iter()).unwrap();
    {
        let lock = lock(folder.path());
        let update = Update::begin(&lock).unwrap();
        let mut b = update.files().unwrap().remove(1);
        assert!(update.plan_shift(&b, &partial, 10).unwrap().is_none());
        let plan = update.plan_shift(&b, &map.unwrap(), 10).unwrap().unwrap();
        b.digest = update.shift(&b, plan).unwrap();
        update.set_file(&b).unwrap();
        update.commit().unwrap();
    }
    assert_eq!(dump(folder.path()), dump(fresh.path()));
}

#[test]
fn lines_that_fall_together_or_cross_are_no_shift() {
    assert_eq!(LineMap::new([(1, 1), (2, 1)].into_iter()), None);
    assert_eq!(LineMap::new([(1, 3), (2, 2)].into_iter()), None);
    assert_eq!(LineMap::new([(1, 1), (1, 2)].into_iter()), None);
}

#[test]
fn one_writer_at_a_time_and_the_other_hears_who() {
    let folder = tempfile::tempdir().unwrap();
    let first = lock(folder.path());
    let second = WriteLock::acquire(&graph_path(folder.path()), Duration::from_millis(60));
    let error = second.unwrap_err().to_string();
    assert!(
        error.contains(&format!("process {}", std::process::id())),
        "{error}"
    );
    drop(first);
    lock(folder.path());
    assert_eq!(
        fs::read_to_string(folder.path().join(".arc/.gitignore")).unwrap(),
        "*\n"
    );
}

#[test]
fn a_reader_sees_the_old_state_until_the_commit() {
    let folder = tempfile::tempdir().unwrap();
    build(folder.path(), &rows(), &graphs());
    let lock = lock(folder.path());
    let update = Update::begin(&lock).unwrap();
    let file = update.files().unwrap().remove(0);
    update.remove_file(file.id).unwrap();
    {
        let reader = open(folder.path());
        assert!(reader.file("pkg/a.py").unwrap().is_some());
    }
    update.commit().unwrap();
    assert!(open(folder.path()).file("pkg/a.py").unwrap().is_none());
}

/// A process that closes a file loses its locks on it, whatever it opened it for.
#[cfg(target_os = "linux")]
#[test]
fn whoever_looks_at_a_graph_leaves_its_readers_their_locks() {
    use std::os::unix::fs::MetadataExt;
    let folder = tempfile::tempdir().unwrap();
    let path = graph_path(folder.path());
    build(folder.path(), &rows(), &graphs());
    let of_graph = format!(":{} ", fs::metadata(&path).unwrap().ino());
    let is_locked = || {
        let locks = fs::read_to_string("/proc/locks").unwrap();
        locks.lines().any(|lock| lock.contains(&of_graph))
    };
    assert!(!is_locked());
    let whole = fs::read(&path).unwrap();
    let reader = open(folder.path());
    assert!(is_locked());
    drop(open(folder.path()));
    assert!(is_locked(), "another reader came and went");
    let limits = SqlLimits {
        skipped: 0,
        rows: 1,
        counted: 1,
        time: Duration::from_secs(60),
    };
    read_sql(&path, "SELECT 1", &limits).unwrap();
    assert!(is_locked(), "somebody asked in SQL");
    let mut bytes = Vec::new();
    reader.bytes().unwrap().read_to_end(&mut bytes).unwrap();
    assert!(is_locked(), "the file was copied");
    assert_eq!(bytes, whole);
    drop(reader);
    assert!(!is_locked());

    build(folder.path(), &rows(), &graphs());
    let reader = open(folder.path());
    build(folder.path(), &rows(), &graphs());
    assert!(reader.bytes().is_err(), "another graph is there now");
}

/// What is said of a graph's methods: who calls them, who they are, who uses the file, and what was worked out of it.
fn said(graph: &GraphFile, state: &str) -> (Vec<String>, usize, String) {
    let file = graph.file("pkg/a.py").unwrap().unwrap().id;
    let methods = graph.by_scope_name(file, "Config.loadAll").unwrap();
    let callers = graph
        .neighbors(&methods, Direction::Dependents, &[EdgeKind::Calls])
        .unwrap();
    let ids: Vec<NodeId> = callers
        .iter()
        .map(|edge| edge.node)
        .chain(methods)
        .collect();
    let uses = graph.uses(file, &[EdgeKind::Calls], (9, 100)).unwrap();
    let worked_out = graph
        .worked_out(file, || Ok::<_, StoreError>(state.to_owned()))
        .unwrap();
    (
        names(graph, &ids),
        uses.len(),
        worked_out.as_str().to_owned(),
    )
}

#[test]
fn what_kept_graphs_remember_is_forgotten_when_somebody_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = graph_path(folder.path());
    build(folder.path(), &rows(), &graphs());
    let memory = Memory::default();
    let kept = [(); 2].map(|()| GraphFile::open_to_keep(&path, &memory).unwrap());
    let first = said(&kept[0], "first");
    assert_eq!(first, said(&open(folder.path()), "first"));
    assert_eq!(said(&kept[1], "again"), first, "both remember one thing");
    for graph in &kept {
        graph.pause().unwrap();
    }

    let mut changed = graphs();
    changed[1].edges.remove(0);
    update(folder.path(), &rows(), changed);
    assert!(kept[0].resume().unwrap());
    let second = said(&kept[0], "second");
    assert_eq!(second, said(&open(folder.path()), "second"));
    assert_ne!(second.0, first.0);
    assert!(kept[1].resume().unwrap());
    assert_eq!(said(&kept[1], "second"), second);
    let newest = GraphFile::open_to_keep(&path, &memory).unwrap();
    assert_eq!(said(&newest, "second"), second);
    drop(newest);

    // Another file takes the place of this one while it is still read.
    build(folder.path(), &rows(), &graphs());
    let newest = GraphFile::open_to_keep(&path, &memory).unwrap();
    assert_eq!(said(&newest, "first"), first);
    assert_eq!(said(&kept[0], "second"), second);
    assert_eq!(said(&newest, "other"), first);
    kept[0].pause().unwrap();
    assert!(!kept[0].resume().unwrap());
}

/// Everything that a walk can ask of every node.
fn walked(graph: &GraphFile) -> String {
    let mut told = String::new();
    let mut asked: Vec<Vec<EdgeKind>> = EdgeKind::ALL.iter().map(|kind| vec![*kind]).collect();
    asked.push(Vec::new());
    asked.push(vec![EdgeKind::Contains, EdgeKind::Inherits]);
    asked.push(vec![EdgeKind::Calls, EdgeKind::Contains]);
    let ids: Vec<NodeId> = (-1..60).map(NodeId).collect();
    for direction in [Direction::Dependents, Direction::Dependencies] {
        for kinds in &asked {
            let found = graph.neighbors(&ids, direction, kinds).unwrap();
            told.push_str(&format!("{direction:?} {kinds:?} {found:#?}\n"));
        }
    }
    let records = graph.nodes(&ids).unwrap();
    told.push_str(&format!("{records:#?}\n"));
    let mut in_short = records.iter();
    let mut tell = |brief: NodeBrief<'_>| {
        let record = in_short.next().unwrap();
        let name = (brief.name, brief.length);
        assert_eq!(name, (&*record.name, record.qualified_name.len()));
        let place = (brief.id, brief.kind, brief.path, brief.is_test);
        let path = record.path.as_deref();
        assert_eq!(place, (record.id, record.kind, path, record.is_test));
    };
    graph.briefs(&ids, &mut tell).unwrap();
    assert_eq!(in_short.next(), None);
    for id in ids {
        told.push_str(&format!("{:#?}\n", graph.members(id).unwrap()));
    }
    told
}

#[test]
fn a_graph_in_memory_says_what_its_tables_say() {
    let folder = tempfile::tempdir().unwrap();
    let path = graph_path(folder.path());
    build(folder.path(), &rows(), &graphs());
    let memory = Memory::default();
    let kept = GraphFile::open_to_keep(&path, &memory).unwrap();
    let mut asked = 1;
    while !kept.is_worth_reading_whole() {
        kept.pause().unwrap();
        assert!(kept.resume().unwrap());
        asked += 1;
        assert!(asked < 100, "it is never worth it");
    }
    assert!(asked > 1, "one question reads what it needs");
    assert!(!kept.is_worth_reading_whole(), "one is enough");
    let first = walked(&open(folder.path()));
    assert_eq!(walked(&kept), first);
    kept.read_whole().unwrap();
    assert_eq!(walked(&kept), first);
    assert_eq!(searched(&kept), searched(&open(folder.path())));
    // Who comes later has it as well.
    let other = GraphFile::open_to_keep(&path, &memory).unwrap();
    assert!(!other.is_worth_reading_whole());
    assert_eq!(walked(&other), first);
    other.pause().unwrap();
    kept.pause().unwrap();

    let mut changed = graphs();
    changed[1].edges.remove(0);
    update(folder.path(), &rows(), changed);
    assert!(other.resume().unwrap());
    let second = walked(&open(folder.path()));
    assert_ne!(second, first);
    assert_eq!(walked(&other), second);
    other.read_whole().unwrap();
    assert!(kept.resume().unwrap());
    assert_eq!(walked(&kept), second);
    let found = searched(&open(folder.path()));
    assert_eq!(searched(&kept), found);
    assert!(found.iter().any(|(names, _, _)| names.len() > 1));
    assert!(found.iter().any(|(_, docs, _)| !docs.is_empty()));
}

/// What some questions find, in names and documentation, and the nodes of the first in short.
fn searched(graph: &GraphFile) -> Vec<(Vec<NodeId>, Vec<NodeId>, Vec<String>)> {
    let questions = [
        "l",
        "lo",
        "load",
        "load l",
        "config load",
        "loadAll c",
        "settings",
        "s",
        "größe",
        "zzz",
        "'",
    ];
    let found = questions.iter().map(|question| {
        let named = graph.search_names(question, 99).unwrap();
        let mut briefs = Vec::new();
        graph
            .briefs(&named, &mut |brief| briefs.push(format!("{brief:?}")))
            .unwrap();
        (named, graph.search_docs(question, 99).unwrap(), briefs)
    });
    found.collect()
}

#[test]
fn a_dropped_build_and_a_dropped_update_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    build(folder.path(), &rows(), &graphs());
    let before = dump(folder.path());
    {
        let lock = lock(folder.path());
        let update = Update::begin(&lock).unwrap();
        let file = update.files().unwrap().remove(0);
        update.remove_file(file.id).unwrap();
        drop(update);
        let mut writer = BulkWriter::create(&lock, 3).unwrap();
        writer.facts(0, b"x").unwrap();
    }
    assert_eq!(dump(folder.path()), before);
    let mut left: Vec<_> = fs::read_dir(folder.path().join(".arc"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, [".gitignore", "graph.db", "lock"]);
}

#[test]
fn leftovers_of_a_killed_build_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    drop(lock(folder.path()));
    let leftover = folder.path().join(".arc/graph.db.tmp-1");
    fs::write(&leftover, "half").unwrap();
    drop(lock(folder.path()));
    assert!(!leftover.exists());
}

#[test]
fn odd_files_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = graph_path(folder.path());
    let error = |path: &Path| GraphFile::open(path).unwrap_err();
    assert!(matches!(error(&path), StoreError::Missing { .. }));
    build(folder.path(), &rows(), &graphs());
    let whole = fs::read(&path).unwrap();
    let write = |bytes: &[u8]| fs::write(&path, bytes).unwrap();

    write(&whole[..whole.len() / 2]);
    assert!(matches!(error(&path), StoreError::Damaged { .. }));
    write(b"");
    assert!(matches!(error(&path), StoreError::Damaged { .. }));
    write(&[b'x'; 4096]);
    assert!(matches!(error(&path), StoreError::Damaged { .. }));

    let mut newer = whole.clone();
    newer[63] += 1;
    write(&newer);
    assert!(matches!(error(&path), StoreError::TooNew { .. }));
    let lock = lock(folder.path());
    assert!(!error(&path).is_healed_by_full_build());
    assert!(BulkWriter::create(&lock, 0).is_ok());
    let mut older = whole.clone();
    older[63] = 0;
    write(&older);
    assert!(error(&path).is_healed_by_full_build());

    let mut other = whole.clone();
    other[68] = 0;
    write(&other);
    assert!(matches!(error(&path), StoreError::NotAGraph { .. }));
    assert!(BulkWriter::create(&lock, 0).is_err());
}

#[test]
fn damage_inside_is_an_error_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    build(folder.path(), &rows(), &graphs());
    let path = graph_path(folder.path());
    let whole = fs::read(&path).unwrap();
    for page in 1..whole.len() / 8192 {
        for filler in [0u8, 0xff, 0x5a] {
            let mut bytes = whole.clone();
            bytes[page * 8192..(page + 1) * 8192].fill(filler);
            fs::write(&path, &bytes).unwrap();
            let Ok(graph) = GraphFile::open(&path) else {
                continue;
            };
            // Any of these may fail; all of them must come back.
            let _ = graph.files();
            let _ = graph.by_name("main");
            let _ = graph.neighbors(&[NodeId(1), NodeId(4)], Direction::Dependents, &[]);
            let _ = graph.search_names("load", 9);
            let _ = graph.integrity();
        }
    }
}

#[test]
fn a_folder_that_cannot_be_written_says_so() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".arc"), "a file in the way").unwrap();
    assert!(WriteLock::acquire(&graph_path(folder.path()), Duration::ZERO).is_err());
}
