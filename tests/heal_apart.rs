//! What tells repairs apart that all parse and pass: the lines around, how names are used, what a language usually says. And what nothing
//! tells apart, which is left to a person.

use std::path::Path;

use serde_json::Value;

#[path = "support/binary.rs"]
#[expect(dead_code, reason = "these tests do not need every answer")]
mod binary;
#[path = "support/healing.rs"]
#[expect(dead_code, reason = "these tests do not need every answer")]
mod healing;

use binary::write;
use healing::{heal, text};

/// How a file is healed, by a command that fails with the fault and passes with everything that parses.
fn healed(folder: &Path, path: &str, command: &[&str]) -> (i32, Value) {
    let words: Vec<&str> = [path, "--yes", "--json", "--"]
        .iter()
        .chain(command)
        .copied()
        .collect();
    let (code, report, _) = heal(folder, &words);
    (code, report)
}

/// A program of which nothing but its beginning is run: of its inside nothing is proved but that it parses.
const PROGRAM: &str = "\
import operator
import re
import sys

WAYS = {
    \">=\": operator.ge,
    \"<=\": operator.le,
}
PARTS = re.compile(
    r'(&[a-z]+;'
    r'|#[0-9]+;'
    r'|[0-9]{1,3})'
)


def find(kind, items):
    if kind(items) not in WAYS:
        raise KeyError(\"no %s of this kind\" % kind(items))
    names = {item.lower(): item for item in items}
    return names, pick(items, 0, -1)


def pick(items, first, last):
    return items[first:last]


print(len(sys.argv))
";

#[test]
fn what_is_around_tells_repairs_of_python_apart() {
    for (right, wrong) in [
        ("\">=\": operator", "\">=: operator"),
        ("[0-9]+;'", "[0-9]+;"),
        ("this kind\" %", "this kind %"),
        ("re.compile", "re.ccompile"),
        ("import re\n", ""),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(PROGRAM.contains(right), "{right}");
        write(folder.path(), "find.py", PROGRAM.replacen(right, wrong, 1));
        let (code, report) = healed(folder.path(), "find.py", &["python3", "find.py"]);
        assert_eq!(code, 0, "{wrong}: {report:#}");
        assert_eq!(text(folder.path(), "find.py"), PROGRAM, "{wrong}");
    }
}

/// Of two repairs that parse and pass one holds what nobody writes: a call that can only fail, a text that is code, a value that stays as it is.
#[test]
fn what_nobody_writes_on_purpose_is_no_repair() {
    let sound = "\
import sys


def is_wide(name, most=4):
    return len(name) > most


def told(one, other, depth):
    if is_wide(one) or is_wide(other):
        return None
    if int(depth) != depth:
        return ' ' * len(one)
    if isinstance(one, (bytes, bytearray)):
        one = one.decode(is_wide(other))
    text = ' ' * (depth + 1) * 4
    other = '%s-%s' % (text, str(depth))
    return '{} {}'.format(text, other.strip()), other


def cleaned(name):
    if name:
        return name.strip()

    return name


print(len(sys.argv))
";
    for (right, wrong) in [
        ("is_wide(one) or", "is_wide(one or"),
        ("int(depth) !=", "int(depth !="),
        ("' ' * len", "'  * len"),
        ("one, (bytes", "one, bytes"),
        ("+ 1) * 4", "+ 1 * 4"),
        ("(text, str(depth))", "(text, str(depth)"),
        ("    if name:", "   if name:"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(sound.contains(right), "{right}");
        write(folder.path(), "tell.py", sound.replacen(right, wrong, 1));
        let (code, report) = healed(folder.path(), "tell.py", &["python3", "tell.py"]);
        assert_eq!(code, 0, "{wrong}: {report:#}");
        assert_eq!(text(folder.path(), "tell.py"), sound, "{wrong}");
    }
}

#[test]
fn a_name_that_nothing_binds_is_imported_though_its_loss_is_caught() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let sound = "from .lines import joined\n\n\ndef shown(items):\n    return joined(items)\n";
    write(root, "pkg/__init__.py", "");
    write(
        root,
        "pkg/lines.py",
        "def joined(items):\n    return '-'.join(items)\n",
    );
    let check = "from pkg import show\ntry:\n    text = show.shown(['a', 'b'])\nexcept Exception:\n    text = None\nassert text == 'a-b'\n";
    write(root, "check.py", check);
    write(
        root,
        "pkg/show.py",
        sound.replace("from .lines import joined\n", "from . import lines\n"),
    );
    let (code, report) = healed(root, "pkg/show.py", &["python3", "check.py"]);
    assert_eq!(code, 0, "{report:#}");
    let healed = text(root, "pkg/show.py");
    assert!(healed.contains("from .lines import joined\n"), "{healed}");
}

#[test]
fn a_star_of_the_project_hides_no_other_name_that_is_missing() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let text_of = "def clean(value):\n    return value.strip()\n\n\ndef digits(value):\n    return value.isdigit()\n";
    for (path, text) in [
        ("pkg/__init__.py", ""),
        ("pkg/errors.py", "class Wrong(Exception):\n    pass\n"),
        ("pkg/text.py", text_of),
        (
            "check.py",
            "from pkg import number\nassert number.compact(' 1 ') == '1'\n",
        ),
    ] {
        write(root, path, text);
    }
    let sound = "\
from pkg.errors import *
from pkg.text import clean, digits


def compact(value):
    return clean(value)


def valid(value):
    if not digits(value):
        raise Wrong(value)
    return value
";
    // The command does not come to `digits`: that its name is missing too is seen all the same.
    let broken = sound.replace("from pkg.text import clean, digits\n", "");
    write(root, "pkg/number.py", &broken);
    let (code, report) = healed(root, "pkg/number.py", &["python3", "check.py"]);
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(text(root, "pkg/number.py"), sound);
}

#[test]
fn a_definition_that_went_into_the_one_above_comes_out_of_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let sound = "\
def kind(number):
    if number[-1] in '02468':
        return 'even'
    else:
        return 'odd'


def digit(number):
    \"\"\"Calculates the digit. What is given
    should not have it.\"\"\"
    weights = (1, 3, 7, 9)
    total = sum(weight * int(one) for weight, one in zip(weights, number))
    return str((10 - total) % 10)


def valid(number):
    return number[-1] == digit(number[:-1])
";
    // The command comes to neither; only its head was moved, and its body can be read as the rest of the one above.
    let broken = sound.replace("def digit", "    def digit");
    write(root, "number.py", &broken);
    write(
        root,
        "check.py",
        "import number\nassert number.kind('12') == 'even'\n",
    );
    let (code, report) = healed(root, "number.py", &["python3", "check.py"]);
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(text(root, "number.py"), sound);
}

#[test]
fn a_repair_with_which_the_command_complains_is_not_taken_where_it_is_quiet_with_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let broken = "\
#!/bin/bash
printf '%s\\n' one two | awk '{ print NR \": \" $0 }'
seq 1 5 | sed -n '2,4p' | tr '\\n' ,'
echo
";
    write(root, "list.sh", broken);
    let (code, report) = healed(root, "list.sh", &["bash", "list.sh"]);
    // `tr '\n ,'` fails, and the script goes on all the same.
    let now = text(root, "list.sh");
    let is_right = ["tr '\\n' ','", "tr '\\n' ,''", "tr '\\n' ,"]
        .iter()
        .any(|right| now.contains(&format!("{right}\n")));
    assert!(is_right == (code == 0), "{report:#}");
    assert!(is_right || now == broken, "{now}");
}

#[test]
fn what_has_no_parts_has_none_in_a_repair() {
    let sound = "\
import sys


def read_depth(name):
    return len(name)


def deepest(one, other, depth):
    if not all(letter in one for letter in other[depth:]):
        return read_depth(other[1:])
    return depth


def joined(first, rest):
    return '\\n'.join([first, rest])


print(len(sys.argv))
";
    for (right, wrong) in [
        ("'\\n'.join", "\\n'.join"),
        ("other[depth:])", "other[depth:]"),
        ("read_depth(other[1:])", "read_depth(other[1:]]"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), "tell.py", sound.replacen(right, wrong, 1));
        let (code, report) = healed(folder.path(), "tell.py", &["python3", "tell.py"]);
        assert_eq!(code, 0, "{wrong}: {report:#}");
        assert_eq!(text(folder.path(), "tell.py"), sound, "{wrong}");
    }
}

#[test]
fn what_is_around_tells_repairs_of_shells_apart() {
    let sound = "\
#!/bin/bash
desktop()
{
    case \"$1\" in
        GNOME)
            name=gnome
            ;;
        X-Generic)
            name=generic
            ;;
    esac
    if [ -z \"$name\" ]; then
        name=none
    fi
    echo \"$name\"
}

other()
{
    echo other
}
other
";
    for (right, wrong) in [
        ("X-Generic)", "X-Generic}"),
        ("none\n    fi", "none\n    fi="),
        ("name\"\n}\n", "name\"\n}:\n"),
        ("; then\n", "; then:\n"),
        ("desktop()\n{", "desktop()\n"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(sound.contains(right), "{right}");
        write(folder.path(), "run.sh", sound.replacen(right, wrong, 1));
        let (code, report) = healed(folder.path(), "run.sh", &["bash", "run.sh"]);
        assert_eq!(code, 0, "{wrong}: {report:#}");
        assert_eq!(text(folder.path(), "run.sh"), sound, "{wrong}");
    }
}

/// What `-h` prints says nothing of the functions that a fault stands in, but only one repair of it holds what a person would.
#[test]
fn faults_that_a_shell_tells_far_below_are_mended_where_they_are() {
    let sound = "\
#!/bin/bash
set -e
name=`echo \"$0\" | sed 's#.*/##g'`
usage()
{
    echo \"usage: $name [file]\"
}
edit()
{
    program=${EDITOR:-vi}
    old=$(dirname \"$1\").old
    last=$2
    if test -e \"$1\" && [ \"$(readlink \"$1\")\" != \"$last\" ]; then
        \"$program\" \"$1\" >> \"$log\"
    fi
    if [ \"$1\" = \"a\" ]; then
        if [ $# -gt 1 ]; then
            shift
        fi
        echo \"$1\" >> \"$log\"
    fi
    case \"$1\" in
        *[135])
            echo odd
            ;;
        *)
            echo \"even $old\"
            ;;
    esac
}
declare -A kinds
kinds=([one]=1
       [two]=2
       [six]=3)
if [ \"$1\" = \"-h\" ]; then
    usage
    exit 0
fi
edit \"$@\"
";
    let check = "test \"$(bash run.sh -h)\" = 'usage: run.sh [file]'";
    for (right, wrong) in [
        ("\")\" != ", "\"\" != "),
        ("${EDITOR:-vi}", "${EDITOR:-vi"),
        ("[ $# -gt", "[ ${# -gt"),
        ("[two]", "[two"),
        ("| sed", "| seed"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(sound.contains(right), "{right}");
        write(folder.path(), "run.sh", sound.replacen(right, wrong, 1));
        let (code, report) = healed(folder.path(), "run.sh", &["bash", "-c", check]);
        assert_eq!(code, 0, "{wrong}: {report:#}");
        assert_eq!(text(folder.path(), "run.sh"), sound, "{wrong}");
    }
}

#[test]
fn what_a_language_usually_says_tells_repairs_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let sound = "'use strict';\nmodule.exports = 1;\n";
    write(
        folder.path(),
        "a.js",
        sound.replacen("strict'", "strict", 1),
    );
    let command = ["sh", "-c", "! grep -q 'strict;$' a.js"];
    let (code, report) = healed(folder.path(), "a.js", &command);
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(text(folder.path(), "a.js"), sound);
}

#[test]
fn what_the_compiler_of_rust_says_far_away_is_healed_where_it_is() {
    let sound = "\
fn first(text: &str) -> Option<char> {
    let (one, two) = { (text.chars().next(), 'x') };
    let is_open = text.chars().next() == Some('{');
    if is_open { Some(two) } else { one }
}

fn main() {
    assert_eq!(first(\"{a\"), Some('x'));
    assert_eq!(first(\"a\"), Some('a'));
}
";
    for (right, wrong) in [
        ("'x') };", "'x') ;"),
        ("next() == Some", "next() = Some"),
        ("Some('{')", "Some('{)"),
        ("next(), 'x'", "next(), x'"),
        // The grammar sees nothing of what sets the arguments of a macro apart.
        ("\"a\"), Some('a'", "\"a\"),, Some('a'"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(sound.contains(right), "{right}");
        write(folder.path(), "a.rs", sound.replacen(right, wrong, 1));
        let (code, report) = healed(
            folder.path(),
            "a.rs",
            &["sh", "-c", "rustc -o a a.rs && ./a"],
        );
        assert_eq!(code, 0, "{wrong}: {report:#}");
        assert_eq!(text(folder.path(), "a.rs"), sound, "{wrong}");
    }
}

#[test]
fn where_two_repairs_are_as_likely_none_is_taken() {
    for (path, broken, odd) in [
        // The sign is too much, or was the other one.
        (
            "a.tf",
            "output \"host\" {\n  value = cidrhost(var.range, +2)\n}\n",
            "+2",
        ),
        ("a.rs", "fn step() -> i32 {\n    +1\n}\n", "+1"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), path, broken);
        let check = format!("! grep -qF -- {odd} {path}");
        let (code, report) = healed(folder.path(), path, &["sh", "-c", &check]);
        assert_eq!(
            (code, &report["result"]),
            (1, &Value::from("not_healed")),
            "{report:#}"
        );
        assert_eq!(text(folder.path(), path), broken);
    }
    // A module is given where it is meant, or what it has of the same name.
    let folder = tempfile::tempdir().expect("a folder");
    let broken = "KINDS = {'random': random}\n";
    write(folder.path(), "a.py", broken);
    let (code, report) = healed(folder.path(), "a.py", &["python3", "a.py"]);
    assert_eq!(
        (code, &report["result"]),
        (1, &Value::from("not_healed")),
        "{report:#}"
    );
    assert_eq!(text(folder.path(), "a.py"), broken);
}

#[test]
fn a_module_of_javascript_is_healed_where_it_stops() {
    let sound = "\
import { sep } from 'node:path';

export function find(options = {}) {
  if (options.first || options.last == null) {
    return sep;
  }
  return options.last;
}
";
    let check = "import { find } from './find.mjs';\nif (find({ last: 2 }) !== 2) throw new Error('no');\nif (find() !== '/') throw new Error('no');\n";
    for (right, wrong) in [("last == null", "last = null"), ("{}) {", "{})) {")] {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), "find.mjs", sound.replacen(right, wrong, 1));
        write(folder.path(), "check.mjs", check);
        let (code, report) = healed(folder.path(), "find.mjs", &["node", "check.mjs"]);
        assert_eq!(code, 0, "{wrong}: {report:#}");
        assert_eq!(text(folder.path(), "find.mjs"), sound);
        let line = sound[..sound.find(right).expect("there")]
            .matches('\n')
            .count()
            + 1;
        assert_eq!(report["error"]["line"], line, "{wrong}: {report:#}");
    }
}

#[test]
fn a_fault_in_a_line_of_data_is_found_where_node_shows_no_column() {
    let items: Vec<String> = (0..400).map(|at| format!("'key{at}':{at}")).collect();
    let sound = format!(
        "var all = {{{}}};\nmodule.exports = all;\n",
        items.join(",")
    );
    let check = "const all = require('./all.js');\nif (Object.keys(all).length !== 400) throw new Error('no');\n";
    for (right, wrong) in [
        ("'key333':333,'key334'", "'key333':333'key334'"),
        ("'key222':222", "'key222:222"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), "all.js", sound.replacen(right, wrong, 1));
        write(folder.path(), "check.js", check);
        let (code, report) = healed(folder.path(), "all.js", &["node", "check.js"]);
        assert_eq!(code, 0, "{wrong}: {report:#}");
        assert_eq!(text(folder.path(), "all.js"), sound, "{wrong}");
    }
}

#[test]
fn what_a_script_gives_back_stays_what_it_gives_back() {
    let sound = "\
module.exports = function isWide(name, others) {
  return (
    isNaN(Number(name)) ||
    others.indexOf(name) !== -1 ||
    name === others
  )
}
";
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let wrong = sound.replace("(name)) ||", "(name) ||");
    write(root, "wide.js", wrong);
    let command = ["node", "-e", "require('./wide')"];
    let (code, report) = healed(root, "wide.js", &command);
    // Without the bracket behind `return` nothing would be given back.
    assert!(!text(root, "wide.js").contains("return \n"), "{report:#}");
    assert_eq!(code == 0, text(root, "wide.js") == sound, "{report:#}");
}

#[test]
fn a_module_that_is_also_a_name_of_the_language_is_asked_for() {
    let sound = "const crypto = require('crypto');\nexports.hash = (text) => crypto.createHash('sha1').update(text).digest('hex');\n";
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let (_, wrong) = sound.split_once('\n').expect("two lines");
    write(root, "hash.js", wrong);
    let command = ["node", "-e", "require('./hash').hash('a')"];
    let (code, report) = healed(root, "hash.js", &command);
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(text(root, "hash.js"), sound);
}

#[test]
fn a_module_that_is_not_there_is_found_where_its_loss_is_caught() {
    let sound = "let show;\ntry {\n  show = require('util').inspect;\n} catch (error) {\n  show = String;\n}\nexports.show = show;\n";
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    write(root, "show.js", sound.replace("'util'", "'utl'"));
    let script = "process.exit(require('./show').show([1]) === '[ 1 ]' ? 0 : 1)";
    let (code, report) = healed(root, "show.js", &["node", "-e", script]);
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(text(root, "show.js"), sound);
}

#[test]
fn a_value_that_decides_is_compared() {
    let sound = "module.exports = function (old, next) {\n  const all = old == null ? [next] : [old, next];\n  return all;\n};\n";
    let check = "const join = require('./join.js');\nif (join(null, 1).length !== 1) throw new Error('one');\nif (join(2, 1).length !== 2) throw new Error('two');\n";
    let folder = tempfile::tempdir().expect("a folder");
    write(
        folder.path(),
        "join.js",
        sound.replacen("== null", "= null", 1),
    );
    write(folder.path(), "check.js", check);
    let (code, report) = healed(folder.path(), "join.js", &["node", "check.js"]);
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(text(folder.path(), "join.js"), sound);
}
