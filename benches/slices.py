"""How often `arc context` shows every definition that a human change then touched, and what it costs beside whole files.

usage: slices.py CLONE [COMMITS] [--budget TOKENS] [--out FILE]   (ARC_BIN names the binary; CLONE is changed: give it a copy)

Goes through the newest COMMITS (150) commits without merges that change lines of functions, methods or classes of sources that are
no tests, in files that were there before; of each the tree and the graph are those of its parent. The definition with the most changed
lines is the target of `arc context`; all that have changed lines are to be held: their heads are in the slice. What holds more than ten
is a sweep and left out. Beside it: the whole file of the target, and whole files of all that was touched. A token is four letters.
"""
import collections
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import time

SOURCE = (".py", ".ts", ".tsx", ".js", ".jsx", ".rs", ".go", ".java", ".c", ".h", ".cc", ".cpp", ".cs", ".rb", ".php", ".kt")
KINDS = ("function", "method", "class", "interface", "enum")
MOST = 10


def git(repo, *words, check=True):
    done = subprocess.run(["git", *words], cwd=repo, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=check)
    return done.stdout.decode("utf-8", "replace")


def is_test(path):
    return any(part in ("test", "tests", "testing", "__tests__", "docs", "examples") for part in path.split("/")) or "test" in path.rsplit("/", 1)[-1]


def old_lines(repo, commit):
    """Path to the lines of the parent that a commit changes, or puts lines behind."""
    lines = collections.defaultdict(list)
    path = None
    for line in git(repo, "diff", "-U0", "-w", "--no-renames", commit + "^", commit).splitlines():
        if line.startswith("--- "):
            path = line[6:] if line.startswith("--- a/") else None
        elif line.startswith("@@") and path and path.endswith(SOURCE) and not is_test(path):
            start, _, count = line.split(" ")[1][1:].partition(",")
            lines[path].extend(range(int(start), int(start) + max(int(count or 1), 1)))
    return lines


def touched(graph, lines):
    """The innermost definitions that hold changed lines, by how many."""
    found = collections.Counter()
    for path, numbers in lines.items():
        rows = graph.execute(
            "SELECT qualified_name, line, end_line FROM nodes WHERE path = ? AND kind IN (%s)" % ",".join("?" * len(KINDS)), (path, *KINDS)).fetchall()
        for number in numbers:
            around = [row for row in rows if row[1] <= number <= row[2]]
            if around:
                name, line, _ = min(around, key=lambda row: row[2] - row[1])
                found[path, name, line] += 1
    return found


def size(repo, path):
    return os.path.getsize(os.path.join(repo, path)) // 4


def main():
    words = sys.argv[1:]
    options = {word: words[words.index(word) + 1] for word in ("--budget", "--out") if word in words}
    words = [word for word in words if word not in options and word not in options.values()]
    repo, wanted = words[0], int(words[1]) if len(words) > 1 else 150
    arc, budget = os.environ.get("ARC_BIN", "arc"), options.get("--budget", "4000")
    head = git(repo, "rev-parse", "HEAD").strip()
    rows = []
    try:
        for commit in git(repo, "rev-list", "--min-parents=1", "--max-parents=1", "HEAD").split():
            if len(rows) == wanted:
                break
            lines = old_lines(repo, commit)
            if not lines or len(lines) > MOST:
                continue
            git(repo, "checkout", "-q", "-f", "--detach", commit + "^")
            subprocess.run([arc, "build", "-q"], cwd=repo, check=True, stdout=subprocess.DEVNULL)
            with sqlite3.connect("file:%s?mode=ro" % os.path.join(repo, ".arc/graph.db"), uri=True) as graph:
                found = touched(graph, lines)
            if not found or len(found) > MOST:
                continue
            path, name, line = max(sorted(found), key=lambda own: found[own])
            began = time.monotonic()
            done = subprocess.run([arc, "context", "%s:%d" % (path, line), "--budget", budget, "--frozen", "--json"],
                                  cwd=repo, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            if done.returncode:
                print(commit[:10], path, line, done.stderr.decode()[:200], file=sys.stderr)
                continue
            slice_ = json.loads(done.stdout)
            shown = {(own["path"], own["line"]) for own in slice_["definitions"]}
            held = sum((path_, line_) in shown for path_, _, line_ in found)
            rows.append({
                "commit": commit[:10], "target": "%s:%d %s" % (path, line, name), "touched": len(found), "held": held,
                "missed": [list(own) for own in found if (own[0], own[2]) not in shown],
                "in_file": sum(own[0] == path for own in found), "tokens": slice_["tokens"], "file": size(repo, path),
                "files": sum(size(repo, own) for own in {own[0] for own in found}), "ms": slice_["ms"],
                "process_ms": (time.monotonic() - began) * 1e3,
            })
    finally:
        git(repo, "checkout", "-q", "-f", head)
    if "--out" in options:
        with open(options["--out"], "w") as out:
            json.dump(rows, out, indent=1)
    for title, some in (("all", rows), ("that touch several", [row for row in rows if row["touched"] > 1])):
        if not some:
            continue
        whole = sum(row["held"] == row["touched"] for row in some)
        alone = sum(row["in_file"] == row["touched"] for row in some)
        print("%d commits %s: slice of %s holds everything in %d (%.0f %%), %.0f %% of the definitions; the target's file in %d (%.0f %%)" % (
            len(some), title, budget, whole, 100 * whole / len(some),
            100 * sum(row["held"] for row in some) / sum(row["touched"] for row in some), alone, 100 * alone / len(some)))
        print("  tokens, median: slice %d, the target's file %d, all files that were touched %d; ms, median %.1f, largest %.1f" % (
            *(statistics.median(row[key] for row in some) for key in ("tokens", "file", "files", "ms")), max(row["ms"] for row in some)))


main()
