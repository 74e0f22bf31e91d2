#!/usr/bin/env python3
"""Moves and renames of symbols that people said they made, and whether `arc history` finds them.

    benches/moves.py mine CLONE                 candidates of one clone, as rows of tests/moves/cases.tsv
    benches/moves.py measure FOLDER [CASES]     asks arc about every case; FOLDER has a clone with a graph per repository

A case is a commit whose message says that something is renamed or moved, and whose diff proves it without arc:
a rename, by a definition that goes and one that comes on a line that is the same but for the name; a move, by a definition
whose lines `git blame -w -M -C -C` of that commit finds in the other file of the parent. Counter-examples are definitions that
come with a commit that takes no line away: nothing can have been moved.
"""
import collections
import json
import os
import re
import subprocess
import sys

LANGUAGES = {
    "py": re.compile(r"^(?P<indent>\s*)(?:async\s+)?(?:def|class)\s+(?P<name>\w+)"),
    "rs": re.compile(r"^(?P<indent>)(?:pub(?:\([\w: ]+\))?\s+)?(?:const\s+|async\s+|unsafe\s+)*(?:fn|struct|enum|trait)\s+(?P<name>\w+)"),
    "ts": re.compile(r"^(?P<indent>)(?:export\s+)?(?:default\s+)?(?:async\s+)?(?:function\*?|class|interface|enum)\s+(?P<name>\w+)"),
    "java": re.compile(r"^(?P<indent>)(?:public\s+|final\s+|abstract\s+)*(?:class|interface|enum)\s+(?P<name>\w+)"),
}
SAYS = re.compile(r"\b(renam|mov(?:e|ed|ing|es)\b|extract|relocat|split)", re.I)
COPIED = 0.6


def git(clone, *arguments):
    done = subprocess.run(["git", "-C", clone, *arguments], capture_output=True)
    return done.stdout.decode("utf-8", "replace")


def definition(path, line):
    pattern = LANGUAGES.get(path.rsplit(".", 1)[-1])
    found = pattern.match(line) if pattern else None
    return (len(found["indent"].expandtabs(8)), found["name"]) if found else None


def scope(lines, number):
    """The name inside the file of the definition on a line of a Python file; the plain name elsewhere."""
    indent, name = definition("a.py", lines[number])
    names = [name]
    for line in reversed(lines[:number]):
        found = definition("a.py", line)
        if indent and found and found[0] < indent:
            indent = found[0]
            names.append(found[1])
        elif indent and line.strip() and not line[0].isspace() and not line.startswith((")", "#", "@")):
            indent = 0
    return ".".join(reversed(names))


def text(clone, commit, path):
    return git(clone, "show", f"{commit}:{path}").split("\n")


def scoped(clone, commit, path, number):
    lines = text(clone, commit, path)
    if not path.endswith(".py"):
        return definition(path, lines[number - 1])[1]
    return scope(lines, number - 1)


def end(lines, number):
    """The last line of the definition on a line, by indentation."""
    indent = len(lines[number - 1]) - len(lines[number - 1].lstrip())
    last = number
    for at in range(number + 1, len(lines) + 1):
        line = lines[at - 1]
        if line.strip() and len(line) - len(line.lstrip()) <= indent and not line.lstrip().startswith((")", "}", "]")):
            break
        if line.strip():
            last = at
    return last


def diffs(clone, commit):
    """Lines that went and lines that came: path, number, text."""
    gone, come, old, new = [], [], "", ""
    for line in git(clone, "show", "--format=", "-U0", "--no-renames", "--no-color", commit).split("\n"):
        if line.startswith("--- "):
            old = line[6:]
        elif line.startswith("+++ "):
            new = line[6:]
        elif line.startswith("@@ "):
            found = re.match(r"@@ -(\d+)(?:,\d+)? \+(\d+)", line)
            before, after = int(found[1]), int(found[2])
        elif line.startswith("-"):
            gone.append((old, before, line[1:]))
            before += 1
        elif line.startswith("+"):
            come.append((new, after, line[1:]))
            after += 1
    return gone, come


def renames(clone, commit, message, gone, come):
    taken = collections.Counter(text.strip() for _, _, text in come)
    for old_path, old_line, old in gone:
        was = definition(old_path, old)
        if not was or len(was[1]) < 4 or not re.search(rf"\b{re.escape(was[1])}\b", message):
            continue
        for new_path, new_line, new in come:
            now = definition(new_path, new)
            if not now or now[1] == was[1] or len(now[1]) < 4 or old_path != new_path:
                continue
            same = re.sub(rf"\b{re.escape(was[1])}\b", now[1], old)
            if same == new and taken[new.strip()] == 1 and re.search(rf"\b{re.escape(now[1])}\b", message):
                yield ("renamed", old_path, scoped(clone, commit + "^", old_path, old_line),
                       new_path, scoped(clone, commit, new_path, new_line))


def moves(clone, commit, message, gone, come):
    left = collections.defaultdict(list)
    for path, line, old in gone:
        was = definition(path, old)
        if was:
            left[old.strip()].append((path, line, was[1]))
    for path, line, new in come:
        now = definition(path, new)
        sources = left.get(new.strip(), [])
        if not now or len(now[1]) < 4 or len(sources) != 1 or sources[0][0] == path:
            continue
        old_path, old_line, name = sources[0]
        stem = os.path.basename(path).rsplit(".", 1)[0]
        if not (re.search(rf"\b{re.escape(name)}\b", message) or re.search(rf"\b{re.escape(stem)}\b", message)):
            continue
        lines = text(clone, commit, path)
        last = end(lines, line)
        if last - line < 3:
            continue
        blamed = git(clone, "blame", "-w", "-M", "-C", "-C", "-p", "-L", f"{line},{last}", f"{commit}^..{commit}", "--", path)
        own, file, there = 0, "", 0
        for row in blamed.split("\n"):
            if row.startswith("filename "):
                file = row[9:]
            if row.startswith("\t"):
                there += file == old_path
                own += 1
        if there >= COPIED * own:
            yield ("moved", old_path, scoped(clone, commit + "^", old_path, old_line), path, scoped(clone, commit, path, line))


def additions(clone, commit, gone, come):
    if gone:
        return
    for path, line, new in come:
        now = definition(path, new)
        lines = text(clone, commit, path)
        if now and len(now[1]) > 4 and end(lines, line) - line > 4:
            yield ("created", "", "", path, scoped(clone, commit, path, line))
            return


def mine(clone):
    url = git(clone, "remote", "get-url", "origin").strip()
    name = os.environ.get("REPOSITORY", url)
    quotas = collections.Counter()
    most = {"renamed": int(os.environ.get("MOST", 30)), "moved": int(os.environ.get("MOST", 30)), "created": int(os.environ.get("MOST", 30))}
    for at, entry in enumerate(git(clone, "log", "--no-merges", "--format=%H%x00%B%x01").split("\x01")):
        if "\0" not in entry:
            continue
        commit, message = entry.strip().split("\0", 1)
        says = SAYS.search(message)
        if not says and at % 40:
            continue
        if git(clone, "show", "--format=", "--name-only", commit).count("\n") > 60 or not git(clone, "show", "-s", "--format=%P", commit).strip():
            continue
        gone, come = diffs(clone, commit)
        found = []
        if says:
            found += list(renames(clone, commit, message, gone, come))[:2]
            found += list(moves(clone, commit, message, gone, come))[:2]
        elif not says:
            found += list(additions(clone, commit, gone, come))
        for kind, *places in found:
            if quotas[kind] < most[kind]:
                quotas[kind] += 1
                print("\t".join([name, commit, kind, *places]), flush=True)
        if all(quotas[kind] >= count for kind, count in most.items()):
            return


def folder_of(folder, url):
    return os.path.join(folder, url.rstrip("/").removesuffix(".git").rsplit("/", 1)[-1])


def ask(clone, commit, path, symbol, separator):
    arc = os.environ.get("ARC_BIN", "arc")
    target = f"{path}::{symbol.replace('.', separator)}"
    command = [arc, "-C", clone, "history", target, "--at", commit, "--json", "--max", "0", "--frozen"]
    done = subprocess.run(command, capture_output=True)
    return json.loads(done.stdout) if done.stdout else {"events": []}


def last(name):
    return re.split(r"[.:]", name)[-1]


def measure(folder, cases):
    right = wrong = missed = 0
    created = invented = 0
    unreached = []
    for row in open(cases, encoding="utf-8"):
        if row.startswith("#") or not row.strip():
            continue
        url, commit, kind, old_path, old, path, symbol = row.rstrip("\n").split("\t")
        separator = "::" if path.endswith(".rs") else "."
        events = [event for event in ask(folder_of(folder, url), commit, path, symbol, separator)["events"] if event["commit"] == commit]
        said = [event for event in events if event["kind"] in ("moved", "renamed")]
        if kind == "created":
            created += any(event["kind"] == "created" for event in events)
            if said:
                invented += 1
                print("invented", row.strip(), said[0]["from"])
            elif not events:
                unreached.append(row.strip())
            continue
        origin = next((event["from"] for event in said), None)
        if origin is None:
            missed += 1
            print("missed", row.strip(), [event["kind"] for event in events])
        elif origin["path"] == old_path and last(origin["symbol"] or "") == last(old):
            right += 1
        else:
            wrong += 1
            print("wrong", row.strip(), origin)
    total = right + wrong + missed
    claimed = right + wrong + invented
    print(f"{total} moves and renames: {right} right, {wrong} wrong, {missed} missed; "
          f"{created} of {created + invented + len(unreached)} new definitions told as created, {invented} as moved")
    print(f"precision {right / max(claimed, 1):.3f}, recall {right / max(total, 1):.3f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["mine"]:
        mine(sys.argv[2])
    elif sys.argv[1:2] == ["measure"]:
        here = os.path.dirname(os.path.abspath(__file__))
        measure(sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else os.path.join(here, "../tests/moves/cases.tsv"))
    else:
        sys.exit(__doc__)
