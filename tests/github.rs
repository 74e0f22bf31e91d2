//! `arc build --github` through the real binary, against a server on this machine.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "support/dump.rs"]
mod dump;
#[path = "support/github.rs"]
mod github;

use std::path::Path;
use std::process::{Output, Stdio};

use assert_cmd::cargo::cargo_bin;
use dump::dump;
use github::{Fault, Server, TOKEN, Tracker, comment, issue, pull, thread, time, user};
use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder with a file, to be the project.
fn project() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("app.py"), "def load():\n    return 1\n").unwrap();
    folder
}

#[expect(clippy::disallowed_methods, reason = "tests start the binary")]
fn command(folder: &Path, server: &Server, arguments: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new(cargo_bin("arc"));
    command
        .current_dir(folder)
        .args(["build", "--github", "--github-pace", "1,1500"])
        .args(arguments)
        .env_clear()
        .env("HOME", folder)
        .env("GITHUB_GRAPHQL_URL", server.url())
        .env("GITHUB_TOKEN", TOKEN);
    command
}

fn run(folder: &Path, server: &Server) -> Output {
    command(folder, server, &["--repo", "a/b"])
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    let text =
        [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let text = text.concat();
    assert!(!text.contains(TOKEN), "the token is shown: {text}");
    text
}

/// Runs to a good end.
fn read(folder: &Path, server: &Server) -> String {
    let output = run(folder, server);
    let text = text(&output);
    assert!(output.status.success(), "{text}");
    text
}

fn graph(folder: &Path) -> Vec<String> {
    let path = folder.join(".arc/graph.db");
    let bytes = std::fs::read(&path).unwrap();
    assert!(
        !bytes
            .windows(TOKEN.len())
            .any(|window| window == TOKEN.as_bytes()),
        "the token is in the graph"
    );
    dump(&path)
}

fn ask(folder: &Path, sql: &str) -> String {
    let connection = Connection::open(folder.join(".arc/graph.db")).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement
        .query_map([], |row| row.get::<_, String>(0))
        .unwrap();
    rows.map(Result::unwrap).collect::<Vec<_>>().join("; ")
}

/// A little of everything, in many small pages.
fn tracker() -> Tracker {
    let mut pulls: Vec<Value> = (1..=7)
        .map(|number| {
            pull(
                number,
                number,
                &format!("Change {number}"),
                "Because it was slow.",
            )
        })
        .collect();
    pulls[1]["files"] = (0..5)
        .map(|at| json!({"path": format!("src/f{at}.py")}))
        .collect();
    pulls[1]["closingIssuesReferences"] = json!([{"number": 11, "repository": {"nameWithOwner": "a/b"}}, {"number": 5, "repository": {"nameWithOwner": "x/y"}}]);
    pulls[2]["comments"] = (0..4)
        .map(|at| comment(at, &format!("Comment {at}")))
        .collect();
    pulls[2]["mergeCommit"] = Value::Null;
    pulls[3]["reviews"] = json!([
        {"url": "https://github.com/a/b/r/1", "body": "Looks right to me.", "state": "APPROVED", "submittedAt": time(5), "author": user(2)},
        {"url": "https://github.com/a/b/r/2", "body": "Not sent yet", "state": "PENDING", "submittedAt": null, "author": user(2)},
    ]);
    pulls[3]["reviewThreads"] = json!([
        thread(
            "T_1",
            "app.py",
            2,
            "    return 1",
            &["Why one?", "Because zero means no limit.", "Good.", "Done."]
        ),
        thread("T_2", "app.py", 1, "def load():", &["A better name?"]),
        thread("T_3", "app.py", 1, "def load():", &["Please keep it."]),
    ]);
    pulls[4]["author"] = json!({"__typename": "Bot", "login": "dependabot"});
    pulls[5]["state"] = json!("CLOSED");
    let mut issues: Vec<Value> = (11..=15)
        .map(|number| issue(number, number, &format!("Problem {number}"), "It fails."))
        .collect();
    issues[0]["timelineItems"] = json!([
        {"isCrossRepository": false, "willCloseTarget": true, "source": {"__typename": "PullRequest", "number": 2}},
        {"isCrossRepository": true, "willCloseTarget": false, "source": {"__typename": "Issue", "number": 9}},
        {},
        {"isCrossRepository": false, "willCloseTarget": false, "source": {"__typename": "Issue", "number": 12}},
    ]);
    issues[1]["comments"] = (0..5)
        .map(|at| comment(at, &format!("Me too {at}")))
        .collect();
    Tracker {
        pulls,
        issues,
        parent: None,
        page: 2,
    }
}

#[test]
fn everything_is_read_page_by_page() {
    let (folder, server) = (project(), Server::start(tracker()));
    let told = read(folder.path(), &server);
    assert!(
        told.contains("7 pull requests and 5 issues from a/b"),
        "{told}"
    );
    let rows = graph(folder.path());
    let count = |name: &str| rows.iter().filter(|row| row.starts_with(name)).count();
    assert_eq!(count("tracked ticket "), 12);
    assert_eq!(count("tracked file "), 6 + 5);
    // Four and five comments, a review that was sent, six comments in three threads.
    assert_eq!(count("remark "), 4 + 5 + 1 + 6);
    assert_eq!(count("rest "), 0);
    assert_eq!(
        ask(
            folder.path(),
            "SELECT path || ':' || line || ' ' || trim(code) || ' ' || body FROM tracked_remarks WHERE body LIKE '%zero%' OR body = 'Done.' ORDER BY body"
        ),
        "app.py:2 return 1 Because zero means no limit.; app.py:2 return 1 Done."
    );
    assert_eq!(
        ask(folder.path(), "SELECT s.qualified_name || ' ' || e.kind || ' ' || d.qualified_name || ' ' || e.rule FROM edges e JOIN nodes s ON s.id = e.src JOIN nodes d ON d.id = e.dst
             WHERE e.kind IN ('closes', 'mentions', 'reviewed') ORDER BY 1"),
        "#12 mentions #11 github; #2 closes #11 github; #2 closes x/y#5 github; @user1 reviewed #4 github; @user2 reviewed #4 github; @user3 reviewed #4 github"
    );
    assert_eq!(
        ask(
            folder.path(),
            "SELECT login FROM tracked_people WHERE login LIKE '%bot]'"
        ),
        "dependabot[bot]"
    );
}

#[test]
fn a_second_reading_asks_for_what_is_new_only() {
    let (folder, server) = (project(), Server::start(tracker()));
    read(folder.path(), &server);
    server.expect(&[]);
    let told = read(folder.path(), &server);
    assert!(told.contains("0 pull requests and 0 issues"), "{told}");
    assert_eq!(server.requests(), 2);
    server.change(|tracker| {
        tracker.pulls[2]["updatedAt"] = json!(time(100));
        tracker.pulls[2]["comments"] = json!([comment(1, "The only one left")]);
        tracker.pulls.push(pull(9, 101, "Another", ""));
    });
    let told = read(folder.path(), &server);
    assert!(told.contains("2 pull requests and 0 issues"), "{told}");
    let elsewhere = project();
    read(elsewhere.path(), &server);
    assert_eq!(graph(folder.path()), graph(elsewhere.path()));
}

#[test]
fn a_reading_that_is_killed_at_any_request_goes_on() {
    let (whole, server) = (project(), Server::start(tracker()));
    read(whole.path(), &server);
    let (expected, requests) = (graph(whole.path()), server.requests());
    assert!(requests > 12, "{requests}");
    let held = server.held();
    for at in 0..requests {
        let folder = project();
        server.expect(&[(at, Fault::Hold)]);
        let mut child = command(folder.path(), &server, &["--repo", "a/b"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        assert_eq!(held.recv().unwrap(), at);
        child.kill().unwrap();
        child.wait().unwrap();
        server.expect(&[]);
        read(folder.path(), &server);
        assert_eq!(graph(folder.path()), expected, "killed at request {at}");
        // Nothing that was kept is asked for again; of a list that was at its end, whether there is more.
        assert!(
            server.requests() <= requests - at + 1,
            "killed at request {at}"
        );
    }
}

#[test]
fn whatever_happens_to_a_request_it_is_made_again() {
    let (whole, server) = (project(), Server::start(tracker()));
    read(whole.path(), &server);
    let expected = graph(whole.path());
    for fault in [
        Fault::Status(502),
        Fault::Status(503),
        Fault::Status(500),
        Fault::Secondary(403),
        Fault::Secondary(429),
        Fault::SecondaryUntold,
        Fault::RateLimited,
        Fault::TooComplex,
        Fault::Cut,
        Fault::Drop,
        Fault::Html,
        Fault::Silence,
        Fault::Endless,
    ] {
        let folder = project();
        server.expect(&[(0, fault), (2, fault), (9, fault)]);
        let told = read(folder.path(), &server);
        assert!(told.contains("waiting"), "{fault:?}: {told}");
        assert_eq!(graph(folder.path()), expected, "{fault:?}");
    }
}

#[test]
fn pages_become_smaller_until_the_server_copes() {
    let server = Server::start(Tracker {
        page: 100,
        ..tracker()
    });
    let folder = project();
    server.heavy_above(3);
    read(folder.path(), &server);
    let sizes = server.sizes();
    assert!(sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");
    assert_eq!(sizes.last(), Some(&3), "{sizes:?}");
}

#[test]
fn a_server_that_never_answers_is_given_up_and_what_was_read_stays() {
    let (folder, server) = (project(), Server::start(tracker()));
    let faults: Vec<(usize, Fault)> = (3..60).map(|at| (at, Fault::Status(502))).collect();
    server.expect(&faults);
    let output = run(folder.path(), &server);
    let told = text(&output);
    assert_eq!(output.status.code(), Some(4), "{told}");
    assert!(
        told.contains("gives no answer") && told.contains("goes on from there"),
        "{told}"
    );
    assert!(server.requests() < 30);
    server.expect(&[]);
    read(folder.path(), &server);
    let whole = project();
    read(whole.path(), &server);
    assert_eq!(graph(folder.path()), graph(whole.path()));
}

#[test]
fn a_place_that_is_not_known_any_more_starts_the_list_anew() {
    let (folder, server) = (project(), Server::start(tracker()));
    read(folder.path(), &server);
    let expected = graph(folder.path());
    let connection = Connection::open(folder.path().join(".arc/graph.db")).unwrap();
    connection
        .execute("UPDATE tracked_lists SET cursor = 'of old times'", [])
        .unwrap();
    drop(connection);
    let told = read(folder.path(), &server);
    assert!(told.contains("7 pull requests"), "{told}");
    assert_eq!(graph(folder.path()), expected);
}

#[test]
fn a_pull_request_of_five_thousand_files_is_read_whole() {
    let mut large = pull(1, 1, "Rename everything", "");
    large["files"] = (0..5_000)
        .map(|at| json!({"path": format!("src/f{at}.py")}))
        .collect();
    let server = Server::start(Tracker {
        pulls: vec![large],
        page: 1_000,
        ..Tracker::default()
    });
    let folder = project();
    read(folder.path(), &server);
    assert_eq!(
        ask(folder.path(), "SELECT count(*) || '' FROM tracked_files"),
        "5000"
    );
    assert!(server.requests() < 60, "{}", server.requests());
}

#[test]
fn a_build_from_nothing_keeps_what_was_read() {
    let (folder, server) = (project(), Server::start(tracker()));
    read(folder.path(), &server);
    let expected = graph(folder.path());
    let arc = |arguments: &[&str]| {
        let output = assert_cmd::Command::new(cargo_bin("arc"))
            .current_dir(folder.path())
            .args(arguments)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    arc(&["build", "--full"]);
    assert_eq!(graph(folder.path()), expected);
    // An older schema too, as long as these tables are the same.
    let connection = Connection::open(folder.path().join(".arc/graph.db")).unwrap();
    connection.execute_batch("PRAGMA user_version = 5").unwrap();
    drop(connection);
    arc(&["build"]);
    assert_eq!(graph(folder.path()), expected);
    std::fs::write(folder.path().join("b.py"), "from app import load\nload()\n").unwrap();
    arc(&["build"]);
    let updated = graph(folder.path());
    arc(&["build", "--full"]);
    assert_eq!(graph(folder.path()), updated);
    arc(&["build", "--no-tickets"]);
    assert!(
        !graph(folder.path())
            .iter()
            .any(|row| row.contains("Problem")
                || row.contains("user1")
                || row.starts_with("tracker "))
    );
}

#[test]
fn secrets_do_not_reach_the_graph() {
    let secret = format!("ghp_{}", "Ab1Cd2Ef3Gh4Ij5Kl6Mn7Op8Qr9St0Uv1Wx2");
    let mut leaky = pull(
        1,
        1,
        "Add x",
        &format!("I ran it with {secret} and it failed."),
    );
    leaky["comments"] = json!([comment(1, &format!("TOKEN={secret}"))]);
    let server = Server::start(Tracker {
        pulls: vec![leaky],
        page: 10,
        ..Tracker::default()
    });
    let folder = project();
    let told = read(folder.path(), &server);
    assert!(told.contains("2 secrets taken out"), "{told}");
    let bytes = std::fs::read(folder.path().join(".arc/graph.db")).unwrap();
    assert!(
        !bytes
            .windows(20)
            .any(|window| window == &secret.as_bytes()[4..24])
    );
    assert!(
        ask(folder.path(), "SELECT body FROM tracked_tickets").contains("[redacted: github token]")
    );
}

#[test]
fn another_repository_takes_the_place_of_the_first() {
    let (folder, server) = (project(), Server::start(tracker()));
    read(folder.path(), &server);
    server.change(|tracker| tracker.parent = Some("up/stream"));
    let output = command(folder.path(), &server, &["--repo", "c/d"])
        .output()
        .unwrap();
    let told = text(&output);
    assert!(
        told.contains("those of https://github.com/a/b were forgotten"),
        "{told}"
    );
    assert!(
        told.contains("c/d is a fork of up/stream; `--repo up/stream`"),
        "{told}"
    );
}

/// What is said, with exit code 4, when a request meets a fault that nothing helps against.
fn refusal(fault: Fault, scopes: Option<&'static str>) -> String {
    let (folder, server) = (project(), Server::start(tracker()));
    server.expect(&[(0, fault)]);
    if let Some(scopes) = scopes {
        server.set_scopes(scopes);
    }
    let output = run(folder.path(), &server);
    let told = text(&output);
    assert_eq!(output.status.code(), Some(4), "{told}");
    assert_eq!(server.requests(), 1, "{told}");
    told
}

#[test]
fn refusals_say_what_is_missing() {
    let told = refusal(Fault::NotFound, Some("gist, read:org"));
    assert!(
        told.contains("shows no repository a/b to this token")
            && told.contains("has the scopes gist, read:org; a private repository needs `repo`"),
        "{told}"
    );
    let told = refusal(Fault::NotFound, None);
    assert!(
        told.contains("read access to Contents, Issues, Metadata and Pull requests"),
        "{told}"
    );
    let told = refusal(Fault::Scopes, Some(""));
    assert!(
        told.contains("has not been granted the required scopes")
            && told.contains("a private one needs `repo`"),
        "{told}"
    );
    let told = refusal(Fault::Status(401), None);
    assert!(told.contains("does not accept the token"), "{told}");
    let told = refusal(Fault::Status(403), None);
    assert!(told.contains("the token may not read a/b"), "{told}");
    // The token goes nowhere else.
    let told = refusal(Fault::Redirect, None);
    assert!(
        told.contains("sends us to http://127.0.0.1:1/elsewhere"),
        "{told}"
    );
}

#[test]
fn without_a_place_a_token_or_a_network_it_says_so() {
    let (folder, server) = (project(), Server::start(tracker()));
    let check = |arguments: &[&str], variable: (&str, Option<&str>), code: i32, said: &str| {
        let mut command = command(folder.path(), &server, arguments);
        match variable {
            (name, Some(value)) => command.env(name, value),
            (name, None) => command.env_remove(name),
        };
        let output = command.output().unwrap();
        let told = text(&output);
        assert_eq!(output.status.code(), Some(code), "{told}");
        assert!(told.contains(said), "{told}");
    };
    let own = &["--repo", "a/b"];
    let url = "GITHUB_GRAPHQL_URL";
    check(
        &[],
        ("X", None),
        4,
        "no remote of this project names a repository",
    );
    check(
        &["--repo", "nonsense"],
        ("X", None),
        2,
        "`nonsense` is no repository",
    );
    check(
        own,
        ("GITHUB_TOKEN", None),
        4,
        "there is no token for github.com",
    );
    check(
        own,
        (url, Some("http://127.0.0.1:1/graphql")),
        4,
        "127.0.0.1 gives no answer",
    );
    check(
        own,
        (url, Some("http://example.org/graphql")),
        2,
        "over https only",
    );
    // A token for everybody's GitHub is shown to no other server that a remote or a name leads to.
    let elsewhere = &["--repo", "git.example.org/a/b"];
    check(
        elsewhere,
        (url, None),
        4,
        "GITHUB_TOKEN is not shown to git.example.org",
    );
    assert_eq!(server.requests(), 0);
}
