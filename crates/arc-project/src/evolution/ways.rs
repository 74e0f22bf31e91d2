//! The ways that read no definitions against the one that reads them all: where a quick one says something, it says the same.

use arc_extract::Definitions;

use super::added::is_added;
use super::anchor::{Anchor, Carried};
use super::follow::{Known, read_definitions};
use super::heading::by_heading;

/// How often each way said something.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    beside: usize,
    by_heading: usize,
    carried: usize,
    added: usize,
    nothing: usize,
}

/// Asks every way about every definition of `new` in `old`, and holds them against what the definitions of both say.
fn hold(path: &str, (old, new): (&[u8], &[u8]), is_sound: bool, said: &mut Said) {
    let (before, now) = (read(path, old), read(path, new));
    let is_broken = !(is_sound && before.is_sound() && now.is_sound());
    for symbol in now.all() {
        let scope_name = now.definition(symbol).scope_name;
        let anchor = Anchor::new(new, now.span(symbol));
        let at = Known {
            scope_name: &scope_name,
            anchor: &anchor,
            text: new,
        };
        let was = now.before(symbol, &before);
        let told = was.map(|was| {
            let name = before.definition(was).scope_name;
            (name, before.span(was), now.change(symbol, &before, was))
        });
        let context = || {
            let (old, new) = (String::from_utf8_lossy(old), String::from_utf8_lossy(new));
            format!("{scope_name} of {path}\n--- old\n{old}\n--- new\n{new}")
        };
        let same = |anchor: &Anchor, change| {
            // Of a broken text layout may know more than the parser.
            let Some((name, span, truth)) = &told else {
                assert!(is_broken, "nothing was: {}", context());
                return;
            };
            if is_broken && *name != scope_name {
                return;
            }
            assert_eq!(*name, scope_name, "{}", context());
            let (own, others) = (anchor.span, (span.line, span.last));
            assert!(
                is_broken || (own.line, own.last) == others,
                "{own:?}: {}",
                context()
            );
            assert!(is_broken || change == *truth, "{change:?}: {}", context());
        };
        if let Some(found) = anchor.beside(new, old) {
            said.beside += 1;
            same(&found, None);
        } else if let Some((found, change)) = by_heading(at, path, old) {
            said.by_heading += 1;
            same(&found, change);
        } else if let Carried::Same(found) = anchor.carried(new, old) {
            said.carried += 1;
            same(&found, None);
        } else if is_added(at, path, old) {
            said.added += 1;
            assert_eq!(told, None, "{}", context());
        } else {
            said.nothing += 1;
        }
    }
}

fn read(path: &str, text: &[u8]) -> Definitions {
    read_definitions(path, text).expect("a language")
}

const PYTHON: &str = "\"\"\"Tables.\"\"\"\nimport os\n\n\ndef load(path):\n    with open(path) as file:\n        return file.read().splitlines()\n\n\nclass Table(dict):\n    \"\"\"Rows\nby name.\n    \"\"\"\n\n    def __init__(self, rows):\n        self.rows = rows\n        self.names = [row.name for row in rows]\n\n    @property\n    def size(self):\n        return len(self.rows)\n\n    @size.setter\n    def size(self, count):\n        del self.rows[count:]\n\n    def find(self, name):\n        for row in self.rows:\n            if row.name == name:\n                return row\n        return None\n\n\nclass View:\n    def __init__(self, table):\n        self.table = table\n\n    def find(self, name):\n        return self.table.find(name)\n";

/// Versions of one file, oldest first: additions, new bases, heads of several lines, renames, moves, broken texts.
fn versions() -> Vec<Vec<u8>> {
    let mut all = vec![PYTHON.as_bytes().to_vec()];
    let mut change = |from: &str, to: &str| {
        let last = all.last().expect("a version");
        let text = String::from_utf8_lossy(last);
        assert!(text.contains(from), "{from}");
        let text = text.replacen(from, to, 1);
        all.push(text.into_bytes());
    };
    let sum = "    def sum(self, column):\n        total = 0\n        for row in self.rows:\n            total += row[column]\n        return total\n\n";
    change("    @property\n", &format!("{sum}    @property\n"));
    change("class Table(dict):", "class Table(dict, Printable):");
    change(
        "class Table(dict, Printable):",
        "class Table(\n    dict,\n    Printable,\n):",
    );
    change("\nby name.\n", "\n    by name.\n");
    change(
        "class Table(\n    dict,\n    Printable,\n):",
        "class Table(dict):",
    );
    change("def sum(self, column):", "def total(self, column):");
    change("class View:", "class Glance:");
    change("class Table(dict):", "class Sheet(dict):");
    change("import os\n", "import os\nimport re\n");
    change(
        "    def find(self, name):\n        return",
        "    def find(self, name, other=None):\n        return",
    );
    change("def load(path):", "def load(path:\n");
    change("def load(path:\n", "async def load(path):");
    change(
        "async def load(path):",
        "def save(path, rows):\n    with open(path, 'w') as file:\n        for row in rows:\n            file.write(str(row) + '\\n')\n\n\nif os.name:\n    def first(rows):\n        return rows[0]\n\n\nasync def load(path):",
    );
    change(
        "if os.name:\n    def first(rows):\n        return rows[0]\n",
        "def first(rows):\n    return rows[0]\n",
    );
    change(sum.replace("sum", "total").as_str(), "");
    all
}

#[test]
fn what_is_told_without_reading_is_what_reading_tells() {
    let mut said = Said::default();
    let versions = versions();
    let windows = |text: &[u8]| {
        String::from_utf8_lossy(text)
            .replace('\n', "\r\n")
            .into_bytes()
    };
    let latin = |text: &[u8]| [&b"# \xe9t\xe9\n"[..], text].concat();
    for (old, new) in versions.iter().zip(&versions[1..]) {
        for (old, new) in [(old, new), (new, old)] {
            hold("a.py", (old, new), true, &mut said);
            hold("a.py", (&windows(old), &windows(new)), true, &mut said);
            hold("a.py", (&latin(old), &latin(new)), true, &mut said);
        }
    }
    // Every way was tried.
    assert!(said.beside > 100, "{said:?}");
    assert!(said.by_heading > 10, "{said:?}");
    assert!(said.added > 5, "{said:?}");
    assert!(said.nothing > 5, "{said:?}");
}

#[test]
fn lines_that_come_and_go_anywhere_mislead_no_way() {
    let mut said = Said::default();
    let mut state = 7_u64;
    let mut draw = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let start: Vec<String> = PYTHON.split_inclusive('\n').map(str::to_owned).collect();
    for _ in 0..100 {
        let mut lines = start.clone();
        for _ in 0..=draw(4) {
            let (at, to) = (draw(lines.len()), draw(lines.len()));
            match draw(5) {
                0 => drop(lines.remove(at)),
                1 => lines.insert(to, start[at % start.len()].clone()),
                2 => lines[at] = format!("    {}", lines[at]),
                3 => lines[at] = lines[at].replacen("find", "seek", 1),
                _ => lines[at] = lines[at].replacen("self", "self, more", 1),
            }
        }
        let (old, new) = (start.concat(), lines.concat());
        // A grammar takes some of these for whole that are not.
        hold("a.py", (old.as_bytes(), new.as_bytes()), false, &mut said);
        hold("a.py", (new.as_bytes(), old.as_bytes()), false, &mut said);
    }
    assert!(said.carried > 50 && said.by_heading > 50, "{said:?}");
    assert!(said.nothing > 50, "{said:?}");
}
