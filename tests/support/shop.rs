//! A small repository and the programs that run in it.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

#[expect(
    clippy::disallowed_methods,
    reason = "the binary is a child of its tests, as are the repositories that git makes"
)]
pub(crate) fn command(
    program: impl AsRef<std::ffi::OsStr>,
    folder: &Path,
) -> std::process::Command {
    let mut command = std::process::Command::new(program);
    command.current_dir(folder).env_remove("ARC_DB");
    command
}

/// The binary, started in `folder`, with no graph but the folder's own.
pub(crate) fn arc(folder: &Path) -> std::process::Command {
    command(assert_cmd::cargo::cargo_bin("arc"), folder)
}

/// How a command ends: its exit code, and what it prints.
pub(crate) fn ran(command: &mut std::process::Command) -> (i32, String, String) {
    let output = command.output().expect("the binary runs");
    (
        output.status.code().expect("it ends by itself"),
        String::from_utf8(output.stdout).expect("text"),
        String::from_utf8(output.stderr).expect("text"),
    )
}

pub(crate) fn git(folder: &Path, words: &[&str]) {
    let mut command = command("git", folder);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "Ada");
        command.env(format!("GIT_{who}_EMAIL"), "ada@example.org");
        command.env(format!("GIT_{who}_DATE"), "@1600000000 +0000");
    }
    assert!(command.args(words).status().expect("git runs").success());
}

pub(crate) fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a new folder");
    fs::write(path, text).expect("a new file");
}

/// A small shop with two commits, no graph.
pub(crate) fn shop() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    let root = folder.path();
    write(root, "src/shop/__init__.py", "");
    write(
        root,
        "src/shop/price.py",
        "def price_of(item):\n    return item.price\n",
    );
    write(
        root,
        "src/shop/cart.py",
        "from shop.price import price_of\n\n\nclass Cart:\n    \"\"\"What somebody wants to buy.\"\"\"\n\n    def __init__(self):\n        self.items = []\n\n    def total(self):\n        \"\"\"The sum of all prices.\"\"\"\n        return sum(price_of(item) for item in self.items)\n",
    );
    write(
        root,
        "tests/test_cart.py",
        "from shop.cart import Cart\n\n\ndef test_total():\n    assert Cart().total() == 0\n",
    );
    git(root, &["init", "-q", "-b", "main"]);
    git(root, &["add", "-A"]);
    git(root, &["commit", "-q", "-m", "A shop"]);
    write(
        root,
        "src/shop/price.py",
        "def price_of(item):\n    return item.price or 0\n",
    );
    git(
        root,
        &[
            "commit",
            "-q",
            "-a",
            "-m",
            "Items may have no price because gifts have none",
        ],
    );
    folder
}
