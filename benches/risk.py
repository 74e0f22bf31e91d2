#!/usr/bin/env python3
"""Is the risk of a change (`arc impact --diff`) better than lines added alone? Asked of histories.

    python3 benches/risk.py CLONE ...

Risky is a commit whose hash stands in a later repair or revert, but for picks and merges. Each normal commit is placed among the
1,000 before it by the measures and weights of `crates/arc-impact/src/risk.rs`; what came later is not known. Left out are the
first quarter of the commits (at most 1,000) and the last half year, whose faults may not be found yet. Needs git and all objects.
Printed: commits, risky ones, areas under the ROC curve of lines added, of the risk, and of the risk when the author is unknown.
"""
import bisect
import random
import re
import subprocess
import sys
from collections import defaultdict

DAY = 86_400
COMPARED, PEOPLE_CHANGES = 1_000, 3_000
LINES, PEOPLE, AUTHOR_CHANGES, UNFAMILIAR = 2.0, 1.0, 0.4, 0.6
SOURCE = set(
    "bash c cc cjs cpp cs cts cxx dart erl ex exs go groovy h hh hpp hs hxx java js jsx kt kts l lua m mjs ml mm mts "
    "php py pyi pyx rake rb rs scala sh sql svelte swift tf ts tsx vue y".split()
)
SKIPPED = set(
    "3rdparty __snapshots__ _vendor bower_components dist generated node_modules testdata third_party thirdparty vendor "
    "vendored".split()
)
ODD = re.compile(
    r"\[bot\]|dependabot|renovate|^(?:revert|reapply|merge)\b|^\W*(?:v?\d+\.\d+[\w.\-]*\s*$|release\b|bump\b|version\b)|"
    r"\b(?:reformat\w*|formatting|prettier|rustfmt|gofmt|clang-format|isort|lint(?:s|ing)?|white ?space|indentation|"
    r"code style|typos?|spelling|copyright|licen[sc]e)\b",
    re.I,
)
REPAIR = re.compile(
    r"\b(?:fix|fixes|fixed|fixing|bug|bugs|bugfix|hotfix|regression|crash|crashes|segfault|deadlock|memory leak)\b", re.I
)
CLOSES = re.compile(
    r"\b(?:fix|fixes|fixed|close|closes|closed|resolve|resolves|resolved):?\s+(?:[\w./-]*#\d+|https?://\S+/issues/\d+)|"
    r"(?m:^fixes: [0-9a-f]{7,40}\b)",
    re.I,
)
PICK = re.compile(r"cherry[- ]?pick|back-?port|upstream commit|\bupstream\b|\bpicked from|imported from|\bmerge\b", re.I)


def is_source(path):
    folders, _, name = path.rpartition("/")
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    return extension in SOURCE and not any(folder.lower() in SKIPPED for folder in folders.split("/"))


def renamed(path):
    """(old name or None, name)"""
    inner = re.match(r"^(.*)\{(.*) => (.*)\}(.*)$", path)
    if inner:
        start, old, new, end = inner.groups()
        return (start + old + end).replace("//", "/"), (start + new + end).replace("//", "/")
    return tuple(path.split(" => ", 1)) if " => " in path else (None, path)


def commits(clone):
    """All commits but merges, oldest first; files by their newest names."""
    words = "log --no-merges --topo-order --numstat -M -l200 --format=%x01%H%x02%ct%x02%aE%x02%s%x02%b%x03 HEAD".split()
    log = subprocess.run(["git", "-C", clone, *words], capture_output=True, check=True).stdout.decode("utf8", "replace")
    newest, read = {}, []
    for record in log.split("\x01")[1:]:
        told, _, counts = record.partition("\x03")
        commit, time, person, subject, body = told.split("\x02", 4)
        files = []
        for added, deleted, path in (line.split("\t") for line in counts.split("\n") if line.count("\t") == 2):
            old, path = renamed(path)
            name = newest.get(path, path)
            if old is not None:
                newest[old] = name
            files.append((name, path, int(added) if added != "-" else 0, int(deleted) if deleted != "-" else 0))
        read.append((int(time), commit, person.lower(), subject, body, files))
    return sorted(reversed(read), key=lambda one: one[0])


def named(history):
    """Commits that a later repair or revert names."""
    known = defaultdict(list)
    for _, commit, *_ in history:
        known[commit[:7]].append(commit)
    found = set()
    for _, own, _, subject, body, _ in history:
        is_revert = re.match(r"\W*revert", subject, re.I) or "This reverts commit" in body
        if not (is_revert or REPAIR.search(subject) or CLOSES.search(body)):
            continue
        for line in f"{subject}\n{body}".split("\n"):
            if PICK.search(line):
                continue
            for word in re.findall(r"\b[0-9a-f]{7,40}\b", line):
                fits = [one for one in known.get(word[:7], ()) if one.startswith(word)]
                is_number = word.isdigit() and len(word) < 10
                found.update(fits if len(fits) == 1 and fits[0] != own and not is_number else ())
    return found


def place(column, value):
    return (bisect.bisect_left(column, value) + bisect.bisect_right(column, value)) / (2 * max(len(column), 1))


def places(values):
    """Of each its place among the COMPARED before it."""
    window, found = [], []
    for at, value in enumerate(values):
        found.append(place(window, value))
        bisect.insort(window, value)
        if at >= COMPARED:
            window.pop(bisect.bisect_left(window, values[at - COMPARED]))
    return found


def measured(history, risky):
    """(time, is risky, lines added, lines, people, changes of the author, changes by others) of each normal commit."""
    earlier, own_times, rows = defaultdict(list), defaultdict(list), []
    for time, commit, person, subject, _, files in history:
        source = [one for one in files if is_source(one[1])]
        if not source or len(files) > 50 or ODD.search(subject) or ODD.search(person):
            continue
        people, own, others = set(), 0, 0
        for name, *_ in source:
            for then, who, row in earlier[name]:
                if len(rows) - row <= PEOPLE_CHANGES:
                    people.add(who)
                if time - then < 730 * DAY:
                    own, others = own + (who == person), others + (who != person)
        times = own_times[person]
        recent = len(times) - bisect.bisect_right(times, time - 365 * DAY)
        added = sum(one[2] for one in source)
        share = 1 - own / max(own + others, 1)
        rows.append((time, commit in risky, added, added + sum(one[3] for one in source), len(people), recent, share))
        times.append(time)
        for name, *_ in source:
            earlier[name].append((time, person, len(rows) - 1))
    return rows


def area(scores, risky):
    order = sorted(zip(scores, risky))
    column = [score for score, _ in order]
    good = sorted(score for score, is_risky in order if not is_risky)
    return sum(place(good, score) for score, is_risky in order if is_risky) / max(len(column) - len(good), 1)


def main():
    differences = []
    for clone in sys.argv[1:]:
        history = commits(clone)
        rows = measured(history, named(history))
        lines, people, changes = (places([row[at] for row in rows]) for at in (3, 4, 5))
        unknown = [LINES * one + PEOPLE * other for one, other in zip(lines, people)]
        whole = [
            sums + AUTHOR_CHANGES * (1 - few) + UNFAMILIAR * row[6] for sums, few, row in zip(unknown, changes, rows)
        ]
        until = history[-1][0] - 182 * DAY
        asked = [at for at in range(min(1_000, len(rows) // 4), len(rows)) if rows[at][0] < until]
        risky = [rows[at][1] for at in asked]
        if sum(risky) < 10:
            print(f"{clone}: {sum(risky)} risky commits are too few")
            continue
        scores = ([row[2] for row in rows], places(whole), places(unknown))
        areas = [area([one[at] for at in asked], risky) for one in scores]
        differences.append(areas[1] - areas[0])
        print(f"{clone}: {len(asked)} commits, {sum(risky)} risky, " + " ".join(f"{one:.3f}" for one in areas), flush=True)
    if len(differences) > 2:
        draw = random.Random(1)
        count = len(differences)
        means = sorted(sum(draw.choices(differences, k=count)) / count for _ in range(5_000))
        wins = sum(one > 0 for one in differences)
        print(f"risk less lines added {sum(differences) / count:+.3f} ({means[125]:+.3f} to {means[4874]:+.3f}), {wins} of {count}")


main()
