#!/usr/bin/env python3
"""How long whole runs of `arc history` and `arc why` take: benches/ask_times.py CLONE [COUNT].

Draws definitions at random, the same for every run, and asks for each its history, why it is so, and why its first line is so,
with --frozen --json. Prints CPU seconds of the process: median, 95 % and worst. The graph must be there: run `arc build` first.
"""
import os
import random
import resource
import sqlite3
import subprocess
import sys

QUESTIONS = [("history SYMBOL", "history", "symbol"), ("why SYMBOL", "why", "symbol"), ("why FILE:LINE", "why", "line")]


def seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent if done.returncode == 0 else None


def main():
    clone, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 60
    graph = os.environ.get("ARC_DB", os.path.join(clone, ".arc/graph.db"))
    rows = sqlite3.connect(f"file:{graph}?mode=ro", uri=True).execute(
        "SELECT path, line, qualified_name FROM nodes WHERE kind IN ('function', 'method', 'class') AND path IS NOT NULL"
    ).fetchall()
    random.Random(7).shuffle(rows)
    for title, command, target in QUESTIONS:
        found = []
        for path, line, name in rows[:count]:
            what = name if target == "symbol" else f"{path}:{line}"
            spent = seconds([os.environ.get("ARC_BIN", "arc"), "-C", clone, command, what, "--frozen", "--json"])
            if spent is not None:
                found.append(spent)
        found.sort()
        print(f"{title}: {len(found)} asked, median {found[len(found) // 2]:.2f} s, "
              f"95 % {found[len(found) * 95 // 100]:.2f} s, worst {found[-1]:.2f} s")


if __name__ == "__main__":
    main() if len(sys.argv) > 1 else sys.exit(__doc__)
