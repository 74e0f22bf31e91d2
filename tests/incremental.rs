//! After any sequence of changes, and after a kill at any moment, an updated graph equals one built from nothing.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "support/dump.rs"]
mod dump;
#[path = "support/world.rs"]
mod world;

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use arc_project::{
    BuildMode, BuildOptions, ExportFormat, ExportOptions, GraphFile, ScipOption, Silent, Trial,
    build, default_graph_path, export_scip,
};
use dump::dump;
use world::{Change, Numbers, World};

/// A longer run: `ARC_STEPS=2000 cargo test --test incremental`.
const STEPS: usize = 40;
const SEEDS: [u64; 4] = [1, 2, 3, 4];
const KILLS: usize = 16;

fn steps() -> usize {
    let steps = option_env!("ARC_STEPS").and_then(|steps| steps.parse().ok());
    steps.unwrap_or(STEPS)
}

/// A graph of the world as it is now, built from nothing.
fn fresh(world: &World, folder: &Path, scip: &ScipOption) -> Vec<String> {
    let graph = folder.join("fresh.db");
    let options = BuildOptions {
        graph: Some(graph.clone()),
        full: true,
        scip: scip.clone(),
        ..BuildOptions::default()
    };
    build(world.root(), &options, &Silent).unwrap();
    dump(&graph)
}

/// What an updated graph says and a fresh one does not, and the other way round; empty when they agree.
fn difference(updated: &[String], fresh: &[String]) -> String {
    let only = |of: &[String], than: &[String], mark: &str| -> String {
        let lines = of.iter().filter(|line| than.binary_search(line).is_err());
        let shown = lines.take(8);
        shown
            .map(|line| format!("{mark} {}\n", &line.chars().take(300).collect::<String>()))
            .collect()
    };
    let mut text = only(updated, fresh, "only updated:") + &only(fresh, updated, "only fresh:");
    if text.is_empty() && updated != fresh {
        text = "the same lines, in other numbers".to_owned();
    }
    text
}

/// An index of the world as it now is, merged into its graph: most of what it says goes stale.
fn merge_index(world: &World, folder: &Path) -> ScipOption {
    let index = folder.join("i.scip");
    let options = ExportOptions {
        format: ExportFormat::Jsonl,
        kinds: Vec::new(),
        min_confidence: 0.0,
    };
    let graph = GraphFile::open(&default_graph_path(world.root())).unwrap();
    let mut file = std::fs::File::create(&index).unwrap();
    export_scip(&graph, world.root(), &options, &mut file).unwrap();
    drop(graph);
    let scip = ScipOption::Replace(vec![index]);
    let options = BuildOptions {
        scip: scip.clone(),
        ..BuildOptions::default()
    };
    let merged = build(world.root(), &options, &Silent).unwrap();
    assert!(
        merged
            .scip
            .is_some_and(|scip| scip.occurrences > 0 && scip.stale.is_empty())
    );
    scip
}

/// Plays the batches, with a comparison after each. `Err` says which batch went wrong, and how.
fn play(batches: &[Vec<Change>], with_index: bool) -> Result<(), (usize, String)> {
    let elsewhere = tempfile::tempdir().unwrap();
    let mut world = World::new();
    build(world.root(), &BuildOptions::default(), &Silent).unwrap();
    let scip = if with_index {
        merge_index(&world, elsewhere.path())
    } else {
        ScipOption::Keep
    };
    for (at, batch) in batches.iter().enumerate() {
        for change in batch {
            world.apply(*change);
        }
        let compared = catch_unwind(AssertUnwindSafe(|| {
            build(world.root(), &BuildOptions::default(), &Silent).unwrap();
            let updated = dump(&default_graph_path(world.root()));
            let mut text = difference(&updated, &fresh(&world, elsewhere.path(), &scip));
            let again = build(world.root(), &BuildOptions::default(), &Silent).unwrap();
            if text.is_empty() && again.mode != BuildMode::Unchanged {
                text = format!("a second update has something to do: {again:?}");
            }
            text
        }));
        match compared {
            Ok(text) if text.is_empty() => {}
            Ok(text) => return Err((at, text)),
            Err(_) => return Err((at, "a panic, see above".to_owned())),
        }
    }
    Ok(())
}

/// Leaves out batches as long as what is left still fails.
fn cut_down(mut batches: Vec<Vec<Change>>, with_index: bool) -> Vec<Vec<Change>> {
    let until = Instant::now() + Duration::from_secs(120);
    let mut size = batches.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < batches.len() && Instant::now() < until {
            let mut rest = batches.clone();
            rest.drain(at..(at + size).min(rest.len()));
            match play(&rest, with_index) {
                Err((failed, _)) => batches = rest[..=failed].to_vec(),
                Ok(()) => at += size,
            }
        }
        size /= 2;
    }
    batches
}

fn check(seed: u64, with_index: bool) {
    let mut numbers = Numbers(seed);
    let mut batches: Vec<Vec<Change>> = Vec::new();
    for _ in 0..steps() {
        let count = 1 + numbers.below(3);
        batches.push((0..count).map(|_| Change::any(&mut numbers)).collect());
    }
    if let Err((failed, text)) = play(&batches, with_index) {
        let least = cut_down(batches[..=failed].to_vec(), with_index);
        panic!("seed {seed}, step {failed}:\n{text}\nplay(&{least:?}, {with_index}) shows it");
    }
}

#[test]
fn random_changes_equal_a_build_from_nothing() {
    std::thread::scope(|scope| {
        for seed in SEEDS {
            scope.spawn(move || check(seed, false));
        }
    });
}

#[test]
fn with_an_index_random_changes_equal_a_build_from_nothing() {
    std::thread::scope(|scope| {
        for seed in &SEEDS[..2] {
            scope.spawn(move || check(*seed + 100, true));
        }
    });
}

/// Leaves a trace in the history that only reading all of it again removes; gives whether there was one.
fn mark(world: &World) -> bool {
    let graph = rusqlite::Connection::open(default_graph_path(world.root())).unwrap();
    let was_there = graph.execute("DELETE FROM people WHERE email = 'mark'", []);
    graph
        .execute("INSERT INTO people (name, email) VALUES ('', 'mark')", [])
        .unwrap();
    was_there.unwrap() == 1
}

#[test]
fn new_commits_are_added_and_a_rename_reads_all_again() {
    let mut world = World::new();
    let update = |world: &World| {
        build(world.root(), &BuildOptions::default(), &Silent).unwrap();
        mark(world)
    };
    assert!(!update(&world));
    world.write("new1.py", "x = 1\n");
    world.apply(Change::Commit(0));
    assert!(update(&world), "an edit is added");
    world.apply(Change::Branch(1));
    world.write("new2.py", "x = 2\n");
    world.apply(Change::Commit(1));
    assert!(update(&world), "a commit on a branch is added");
    world.apply(Change::Switch(0));
    world.write("new3.py", "x = 3\n");
    world.apply(Change::Commit(0));
    assert!(!update(&world), "another branch is another history");
    world.apply(Change::Merge(3));
    assert!(update(&world), "a merge is added");
    assert!(world.git(&["mv", "app/cli.py", "app/moved.py"]));
    world.apply(Change::Commit(1));
    assert!(!update(&world), "a rename names old commits anew");
    world.apply(Change::Mailmap);
    assert!(!update(&world), "another mailmap names people anew");
}

/// The run that a graph keeps, and how many files are noted to say or to have something else since.
fn kept_run(graph: &Path) -> (Vec<u8>, usize) {
    let graph = rusqlite::Connection::open(graph).unwrap();
    let count = |sql: &str| {
        graph
            .query_row(sql, [], |row| row.get::<_, i64>(0))
            .unwrap()
    };
    let run = graph.query_row("SELECT bytes FROM meta_run WHERE kind = 0", [], |row| {
        row.get(0)
    });
    let others = count("SELECT count(DISTINCT path) FROM meta_run WHERE kind > 0");
    (run.unwrap_or_default(), others as usize)
}

#[test]
fn an_edit_of_a_body_plays_the_last_run_again() {
    let elsewhere = tempfile::tempdir().unwrap();
    let world = World::new();
    let makes = |made: &str| {
        format!(
            "class Cat:\n    def speak(self):\n        return 1\n\nclass Dog:\n    def speak(self):\n        return 2\n\ndef make(kind):\n    other = Dog()\n    return {made}\n\ndef last():\n    return 1\n"
        )
    };
    let shop = "import zoo.makes\n\ndef visit():\n    pet = zoo.makes.make(0)\n    return pet\n";
    let town = "from zoo.shop import visit\n\ndef walk():\n    visit().speak()\n    return 0\n";
    world.write("zoo/__init__.py", "");
    world.write("zoo/makes.py", makes("Cat()"));
    world.write("zoo/shop.py", shop);
    world.write("zoo/town.py", town);
    let update = |world: &World| {
        build(world.root(), &BuildOptions::default(), &Silent).unwrap();
        let updated = dump(&default_graph_path(world.root()));
        let text = difference(&updated, &fresh(world, elsewhere.path(), &ScipOption::Keep));
        assert!(text.is_empty(), "{text}");
        let calls = |dog: &str| {
            let called = |line: &&String| line.contains("town.walk") && line.contains(dog);
            updated
                .iter()
                .filter(called)
                .any(|line| line.starts_with("edge"))
        };
        (calls("Cat.speak"), calls("Dog.speak"))
    };
    let kept = || kept_run(&default_graph_path(world.root()));
    let kept_by_a_build = || kept_run(&elsewhere.path().join("fresh.db"));
    assert_eq!(update(&world), (true, false));
    let (run, others) = kept();
    assert!(!run.is_empty() && others == 0, "a build keeps its run");
    assert_eq!(kept_by_a_build().0, run, "each build the same one");
    world.write("zoo/town.py", town.replace("return 0", "return visit()"));
    assert_eq!(update(&world), (true, false));
    assert_eq!(kept().0, run, "the first edit plays it again");
    // Two files away the call leads elsewhere now.
    world.write("zoo/makes.py", makes("other"));
    assert_eq!(update(&world), (false, true));
    let (again, others) = kept();
    assert!(again == run && others >= 3, "the second too: {others}");
    world.write("zoo/makes.py", format!("# moved\n{}", makes("other")));
    assert_eq!(update(&world), (false, true));
    world.write("zoo/shop.py", shop.replace("(0)", "(Dog)"));
    assert_eq!(update(&world), (false, true));
    world.write("zoo/shop.py", shop);
    world.write("zoo/makes.py", makes("Cat()"));
    assert_eq!(update(&world), (true, false));
    // A class that is given to a function is seen from outside: everything was resolved.
    let (run, others) = kept();
    assert_eq!((&run, others), (&kept_by_a_build().0, 0), "as a build does");
    // Others may see another definition without asking the tables.
    world.write(
        "zoo/makes.py",
        makes("Cat()\n\ndef added():\n    return Dog()"),
    );
    assert_eq!(update(&world), (true, false));
    let (other, others) = kept();
    assert!(other != run && others == 0, "everything was resolved");
    world.write(
        "zoo/new.py",
        "import zoo.makes\n\nzoo.makes.make(1).speak()\n",
    );
    assert_eq!(update(&world), (true, false));
    assert_ne!(kept().0, other, "a new file is another project");
}

#[test]
fn each_of_many_trials_says_what_a_build_from_nothing_says() {
    let elsewhere = tempfile::tempdir().unwrap();
    let world = World::new();
    let makes = |made: &str| {
        format!(
            "class Cat:\n    def speak(self):\n        return 1\n\nclass Dog:\n    def speak(self):\n        return 2\n\ndef make(kind):\n    other = Dog()\n    kept = [lambda: kind, Cat]\n    return {made}\n\ndef last():\n    return [make]\n"
        )
    };
    let shop = "import zoo.makes\n\ndef visit():\n    pet = zoo.makes.make(0)\n    return pet\n";
    let town = "from zoo.shop import visit\n\ndef walk():\n    visit().speak()\n    return 0\n";
    let base = [
        ("zoo/__init__.py", String::new()),
        ("zoo/makes.py", makes("Cat()")),
        ("zoo/shop.py", shop.to_owned()),
        ("zoo/town.py", town.to_owned()),
    ];
    for (path, text) in &base {
        world.write(path, text);
    }
    build(world.root(), &BuildOptions::default(), &Silent).unwrap();
    let own = GraphFile::open(&default_graph_path(world.root())).unwrap();
    let mut trial = Trial::new(world.root(), &own).unwrap();
    let makes_dog = ("zoo/makes.py", makes("other"));
    let names_all = (
        "zoo/shop.py",
        shop.replace(
            "    return pet",
            "    rare = [pet, zoo]\n    return rare[0]",
        ),
    );
    let candidates: Vec<(&str, Vec<(&str, String)>)> = vec![
        ("a body", vec![makes_dog.clone()]),
        (
            "another body, with names that nobody had",
            vec![names_all.clone()],
        ),
        ("two of them", vec![makes_dog.clone(), names_all]),
        (
            "a symbol more",
            vec![(
                "zoo/makes.py",
                makes("Cat()\n\ndef added():\n    return Dog()"),
            )],
        ),
        (
            "a body after everything was resolved",
            vec![makes_dog.clone()],
        ),
        (
            "a symbol less",
            vec![(
                "zoo/makes.py",
                makes("Cat()").replace("def last():\n    return [make]\n", ""),
            )],
        ),
        ("nothing", Vec::new()),
        (
            "a new file",
            vec![
                (
                    "zoo/new.py",
                    "from zoo.makes import make\n\nmake(1).speak()\n".to_owned(),
                ),
                makes_dog.clone(),
            ],
        ),
        (
            "other lines alone",
            vec![("zoo/town.py", format!("# moved\n\n{town}"))],
        ),
        (
            "a literal that comes before another",
            vec![("zoo/makes.py", makes("[kind, Dog()][1]"))],
        ),
        (
            "broken code",
            vec![("zoo/town.py", town.replace("return 0", "return ("))],
        ),
        ("the first again", vec![makes_dog]),
    ];
    for (what, files) in candidates {
        let files = files
            .into_iter()
            .map(|(path, text)| (path.to_owned(), text));
        let files: BTreeMap<String, String> = files.collect();
        let tried = trial.put(&files, &Silent).unwrap();
        let graph = tried.graph.path().to_owned();
        // Whoever reads keeps others from writing.
        drop(tried);
        let found = dump(&graph);
        for (path, text) in &files {
            world.write(path, text);
        }
        let wanted = fresh(&world, elsewhere.path(), &ScipOption::Keep);
        for path in files.keys() {
            match base.iter().find(|(known, _)| known == path) {
                Some((_, text)) => world.write(path, text),
                None => fs::remove_file(world.root().join(path)).unwrap(),
            }
        }
        let text = difference(&found, &wanted);
        assert!(text.is_empty(), "{what}: {text}");
    }
}

/// So many commits of one file each, by git's own way to make them fast.
fn many_commits(world: &World, count: usize) {
    let mut stream = String::new();
    for at in 0..count {
        let text = format!("x = {at}\n");
        let start = if at == 0 {
            "from refs/heads/main^0\n"
        } else {
            ""
        };
        stream += &format!(
            "commit refs/heads/many\ncommitter Ada <ada@example.org> {} +0000\ndata 3\none\n{start}M 100644 inline many{}.py\ndata {}\n{text}\n",
            1_800_000_000 + at,
            at % 5,
            text.len(),
        );
    }
    world.write(".git/stream", stream);
    assert!(world.git(&[
        "-c",
        "alias.many=!git fast-import --quiet --force < .git/stream",
        "many"
    ]));
    assert!(world.git(&["checkout", "-q", "-f", "many"]));
}

#[test]
fn lines_are_counted_for_the_newest_commits_only() {
    let elsewhere = tempfile::tempdir().unwrap();
    let world = World::new();
    many_commits(&world, 1_003);
    assert!(world.git(&["reset", "-q", "--hard", "HEAD~4"]));
    build(world.root(), &BuildOptions::default(), &Silent).unwrap();
    mark(&world);
    assert!(world.git(&["merge", "-q", "--ff-only", "many@{1}"]));
    build(world.root(), &BuildOptions::default(), &Silent).unwrap();
    assert!(mark(&world), "they are added");
    let graph = rusqlite::Connection::open(default_graph_path(world.root())).unwrap();
    graph
        .execute("DELETE FROM people WHERE email = 'mark'", [])
        .unwrap();
    let counted = "SELECT count(*) FROM commit_files WHERE added IS NOT NULL";
    let counted: i64 = graph.query_row(counted, [], |row| row.get(0)).unwrap();
    assert_eq!(counted, 1_000);
    let updated = dump(&default_graph_path(world.root()));
    let text = difference(
        &updated,
        &fresh(&world, elsewhere.path(), &ScipOption::Keep),
    );
    assert!(text.is_empty(), "{text}");
}

#[expect(clippy::disallowed_methods, reason = "the test kills the real binary")]
fn start_build(world: &World) -> Child {
    Command::new(assert_cmd::cargo::cargo_bin("arc"))
        .args(["build", "--quiet"])
        .current_dir(world.root())
        .env_remove("ARC_DB")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// What a reader sees; `None` when there is no graph.
fn seen(world: &World) -> Option<Vec<String>> {
    let graph = default_graph_path(world.root());
    graph.exists().then(|| {
        arc_project::GraphFile::open(&graph).unwrap();
        dump(&graph)
    })
}

#[test]
fn a_kill_at_any_moment_leaves_the_old_graph_or_the_new_one() {
    let elsewhere = tempfile::tempdir().unwrap();
    let mut numbers = Numbers(7);
    let mut world = World::new();
    for copy in 0..40 {
        world.apply(Change::AddFunction(copy, copy, copy + 1));
        world.write(
            &format!("app/part{copy}.py"),
            format!("from app.config import load\n\n\ndef part{copy}(x):\n    return load(x)\n"),
        );
    }
    let begun = Instant::now();
    assert!(start_build(&world).wait().unwrap().success());
    let mut duration = begun.elapsed();
    let mut landed = 0;
    for kill in 0..KILLS * 4 {
        if landed == KILLS {
            break;
        }
        let is_first = kill % 4 == 3;
        let changes: Vec<Change> = (0..3).map(|_| Change::any(&mut numbers)).collect();
        let old = if is_first {
            std::fs::remove_dir_all(world.root().join(".arc")).unwrap();
            None
        } else {
            seen(&world)
        };
        for change in &changes {
            world.apply(*change);
        }
        let new = fresh(&world, elsewhere.path(), &ScipOption::Keep);
        let moment = duration.mul_f64(numbers.below(1_000) as f64 / 1_000.0);
        let begun = Instant::now();
        let mut child = start_build(&world);
        std::thread::sleep(moment);
        let has_ended = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        if has_ended {
            duration = duration.min(begun.elapsed());
        } else {
            landed += 1;
        }
        let found = seen(&world);
        assert!(
            found == old || found.as_ref() == Some(&new),
            "kill {kill} after {moment:?} of {changes:?}: a reader sees neither\n{}",
            difference(found.as_deref().unwrap_or_default(), &new)
        );
        assert!(start_build(&world).wait().unwrap().success());
        let healed = seen(&world).unwrap();
        let text = difference(&healed, &new);
        assert!(
            text.is_empty(),
            "kill {kill} of {changes:?}: not healed\n{text}"
        );
    }
}
