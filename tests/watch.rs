//! `arc watch` through the real binary.

#[path = "support/shop.rs"]
mod world;

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use world::{arc, ran, shop, write};

#[test]
fn a_change_is_in_the_graph_without_being_asked_for() {
    let shop = shop();
    let mut child = arc(shop.path())
        .arg("watch")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut next = || lines.next().expect("a line").expect("text");
    let first = next();
    assert!(first.contains("files updated in"), "{first}");
    write(
        shop.path(),
        "src/shop/gift.py",
        "def wrapped(item):\n    return item\n",
    );
    let second = next();
    assert!(second.starts_with("1 file updated in"), "{second}");
    let (_, out, err) = ran(arc(shop.path()).args(["query", "wrapped", "--frozen"]));
    assert!(out.contains("gift.py"), "{err}");
    child.kill().expect("it can be stopped");
    child.wait().expect("it ends");
}

#[test]
fn a_folder_that_was_removed_and_came_back_is_watched_again() {
    let shop = shop();
    let mut child = arc(shop.path())
        .arg("watch")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    lines.next().expect("a line").expect("text");
    // What a switch of branches and back does.
    let (here, away) = (shop.path().join("src/shop"), shop.path().join("src/away"));
    std::fs::rename(&here, &away).expect("it can be moved");
    std::fs::create_dir(&here).expect("a folder can be made");
    for entry in std::fs::read_dir(&away).expect("it is there").flatten() {
        let copied = here.join(entry.file_name());
        if entry.path().is_file() {
            std::fs::copy(entry.path(), copied).expect("it can be copied");
        }
    }
    std::fs::remove_dir_all(&away).expect("it can be removed");
    let finds = |name: &str| {
        let (_, out, _) = ran(arc(shop.path()).args(["query", name, "--frozen"]));
        out.contains("late.py")
    };
    // Two changes: the look for the first one may still be owed to the removal.
    let mut found = Vec::new();
    for name in ["wrapped", "unwrapped"] {
        std::thread::sleep(Duration::from_millis(600));
        write(
            shop.path(),
            "src/shop/late.py",
            &format!("def {name}(item):\n    return item\n"),
        );
        let until = Instant::now() + Duration::from_secs(20);
        while !finds(name) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(100));
        }
        found.push(finds(name));
    }
    child.kill().expect("it can be stopped");
    child.wait().expect("it ends");
    assert_eq!(found, [true, true]);
}
