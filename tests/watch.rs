//! `arc watch` through the real binary.

#[path = "support/shop.rs"]
mod world;

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

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
