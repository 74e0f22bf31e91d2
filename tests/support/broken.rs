//! Small projects that are really broken, in four languages, and runs of the binary on them with a scripted model.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::model_server::{ModelServer, Step};

/// A small project that is really broken, in one language.
pub(crate) struct Project {
    pub(crate) files: &'static [(&'static str, &'static str)],
    pub(crate) file: &'static str,
    pub(crate) command: &'static str,
    /// What is wrong in the file, and what is right.
    pub(crate) fault: (&'static str, &'static str),
}

pub(crate) const PYTHON: Project = Project {
    files: &[
        ("shop/__init__.py", ""),
        (
            "shop/tax.py",
            "RATE = 0.2\n\n\ndef with_tax(price):\n    return price * (1 + RATE)\n",
        ),
        (
            "shop/cart.py",
            "from shop.tax import with_tax\n\n\nclass Cart:\n    def __init__(self):\n        self.items = []\n\n    def add(self, price, count=1):\n        \
             self.items.append((price, count))\n\n    def total(self):\n        result = 0\n        for price, count in self.items:\n            result += price\n        return with_tax(result)\n",
        ),
        (
            "shop/bill.py",
            "from shop.cart import Cart\n\n\ndef bill(prices):\n    cart = Cart()\n    for price in prices:\n        cart.add(price, 2)\n    return cart.total()\n",
        ),
        (
            "test_cart.py",
            "import unittest\n\nfrom shop.bill import bill\nfrom shop.cart import Cart\n\n\nclass CartTest(unittest.TestCase):\n    def test_total(self):\n        cart = Cart()\n        \
             cart.add(10, 3)\n        self.assertEqual(cart.total(), 36)\n\n    def test_bill(self):\n        self.assertEqual(bill([5]), 12)\n",
        ),
    ],
    file: "shop/cart.py",
    command: "python3 -m unittest -q",
    fault: (
        "            result += price\n",
        "            result += price * count\n",
    ),
};

pub(crate) const NODE: Project = Project {
    files: &[
        (
            "package.json",
            "{\"name\": \"shop\", \"type\": \"module\"}\n",
        ),
        (
            "tax.js",
            "export function withTax(price) {\n  return price * 1.2;\n}\n",
        ),
        (
            "cart.js",
            "import { withTax } from './tax.js';\n\nexport function total(items) {\n  let result = 0;\n  for (const item of items) {\n    result += item.price;\n  }\n  return withTax(result);\n}\n",
        ),
        (
            "bill.js",
            "import { total } from './cart.js';\n\nexport function bill(prices) {\n  return total(prices.map((price) => ({ price, count: 2 })));\n}\n",
        ),
        (
            "cart.test.js",
            "import test from 'node:test';\nimport assert from 'node:assert';\nimport { total } from './cart.js';\nimport { bill } from './bill.js';\n\ntest('total counts', () => {\n  \
             assert.strictEqual(total([{ price: 10, count: 3 }]), 36);\n});\n\ntest('bill', () => {\n  assert.strictEqual(bill([5]), 12);\n});\n",
        ),
    ],
    file: "cart.js",
    command: "node --test",
    fault: (
        "    result += item.price;\n",
        "    result += item.price * item.count;\n",
    ),
};

pub(crate) const RUST: Project = Project {
    files: &[
        (
            "Cargo.toml",
            "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
        ),
        (
            "src/lib.rs",
            "mod cart;\npub use cart::total;\n\n/// Two of each.\npub fn bill(prices: &[u32]) -> u32 {\n    let items: Vec<(u32, u32)> = prices.iter().map(|price| (*price, 2)).collect();\n    total(&items)\n}\n\n\
             #[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn total_counts() {\n        assert_eq!(total(&[(10, 3)]), 30);\n    }\n\n    #[test]\n    fn bill_is_of_two() {\n        assert_eq!(bill(&[5]), 10);\n    }\n}\n",
        ),
        (
            "src/cart.rs",
            "/// What all items cost.\npub fn total(items: &[(u32, u32)]) -> u32 {\n    let mut result = 0;\n    for (price, _count) in items {\n        result += price;\n    }\n    result\n}\n",
        ),
    ],
    file: "src/cart.rs",
    command: "sh -c 'rustc --test --edition 2021 src/lib.rs -o /tmp/shop_test && /tmp/shop_test -q'",
    fault: (
        "    for (price, _count) in items {\n        result += price;\n",
        "    for (price, count) in items {\n        result += price * count;\n",
    ),
};

pub(crate) const BASH: Project = Project {
    files: &[
        (
            "lib/cart.sh",
            "# What all items cost: price and count, in pairs.\ntotal() {\n  local result=0\n  while [ $# -gt 1 ]; do\n    result=$((result + $1))\n    shift 2\n  done\n  echo \"$result\"\n}\n",
        ),
        ("bill.sh", "#!/bin/bash\n. lib/cart.sh\ntotal \"$1\" 2\n"),
        (
            "tests/test_cart.sh",
            "#!/bin/bash\n. lib/cart.sh\n[ \"$(total 10 3)\" = 30 ] || exit 1\n[ \"$(bash bill.sh 5)\" = 10 ] || exit 1\n",
        ),
    ],
    file: "lib/cart.sh",
    command: "bash tests/test_cart.sh",
    fault: (
        "    result=$((result + $1))\n",
        "    result=$((result + $1 * $2))\n",
    ),
};

pub(crate) const ALL: [&Project; 4] = [&PYTHON, &NODE, &RUST, &BASH];

impl Project {
    pub(crate) fn make(&self) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in self.files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    /// The project as it should be.
    pub(crate) fn sound(&self) -> TempDir {
        let folder = self.make();
        let (wrong, right) = self.fault;
        let path = folder.path().join(self.file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(wrong));
        fs::write(path, text.replace(wrong, right)).unwrap();
        folder
    }

    pub(crate) fn text(&self, path: &str) -> &'static str {
        self.files
            .iter()
            .find(|(known, _)| *known == path)
            .unwrap()
            .1
    }

    /// The answer that repairs it.
    pub(crate) fn right(&self) -> Step {
        edit(self.file, self.fault.0, self.fault.1)
    }

    pub(crate) fn improve<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let mut words = vec!["improve", self.file, "--json", "--command", self.command];
        words.extend(more);
        words
    }
}

pub(crate) fn edits(edits: &[(&str, &str, &str)]) -> Step {
    let edits: Vec<Value> = edits
        .iter()
        .map(|(path, old, new)| json!({"path": path, "old": old, "new": new}))
        .collect();
    Step::Say(json!({"summary": "Counts what is bought.", "edits": edits}).to_string())
}

pub(crate) fn edit(path: &str, old: &str, new: &str) -> Step {
    edits(&[(path, old, new)])
}

pub(crate) fn say(text: &str) -> Step {
    Step::Say(text.to_owned())
}

/// Every file but arc's own.
pub(crate) fn files_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(&inner).unwrap().flatten() {
            let path = entry.path();
            if entry.file_name() == ".arc" {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) report: Value,
    pub(crate) error: String,
    /// What was asked, request by request.
    pub(crate) asked: Vec<String>,
}

pub(crate) fn run(folder: &Path, provider: &str, script: Vec<Step>, words: &[&str]) -> Ended {
    let server = ModelServer::start(script);
    let output = server.arc(folder, provider, words).output().unwrap();
    for asked in server.asked() {
        let ends = ["/chat/completions", "/messages", "/responses"];
        assert!(ends.iter().any(|end| asked.path.ends_with(end)));
        let has_key = |(_, value): &(String, String)| value.contains("very-secret-key");
        assert!(
            asked.headers.iter().any(has_key)
                && !asked.body.to_string().contains("very-secret-key")
        );
    }
    Ended {
        code: output.status.code().unwrap(),
        report: serde_json::from_slice(&output.stdout).unwrap_or(Value::Null),
        error: String::from_utf8_lossy(&output.stderr).into_owned(),
        asked: server
            .asked()
            .iter()
            .map(|asked| asked.body.to_string())
            .collect(),
    }
}
