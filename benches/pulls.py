#!/usr/bin/env python3
"""How often the graph finds the pull request of a line whose history names one.

    benches/pulls.py REPOSITORY [GRAPH [FILES]]

The truth comes from git alone and by another way than arc's: for a line of `git blame`, every pull request is right that
its commit's title names, or whose merge has the commit among what its second parent has and its first has not.
Prints for lines: how many name one, found, another than any of these, and found where nothing names one.
"""

import collections
import re
import sqlite3
import subprocess
import sys


def git(root, *arguments):
    result = subprocess.run(["git", "-C", root, *arguments], capture_output=True, check=True)
    return result.stdout.decode("utf-8", "replace")


def right_answers(root):
    """Numbers that are right for each commit."""
    right = collections.defaultdict(set)
    log = git(root, "log", "--format=%H%x00%P%x00%s%x00%b%x1e")
    for record in log.split("\x1e"):
        commit, _, rest = record.strip("\n").partition("\0")
        if not rest:
            continue
        parents, subject, body = rest.split("\0", 2)
        titled = [int(number) for number in re.findall(r"\(#(\d+)\)(?!.*\")", subject)]
        right[commit].update(titled)
        merge = re.match(r"Merge pull request #(\d+)|Merge #(\d+)|Auto merge of #(\d+)|Merged in .*\(pull request #(\d+)", subject)
        review = re.search(r"^See merge request \S*!(\d+)", body, re.M)
        numbers = [int(next(filter(None, merge.groups())))] if merge else titled if " " in parents else []
        numbers += [int(review.group(1))] if review else []
        right[commit].update(numbers)
        if numbers and " " in parents:
            first, *others = parents.split()
            brought = git(root, "rev-list", *others, "--not", first).split()
            for one in [commit, *brought]:
                right[one].update(numbers)
    return right


def main():
    root = sys.argv[1]
    graph = sqlite3.connect(sys.argv[2] if len(sys.argv) > 2 else f"{root}/.arc/graph.db")
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 60
    found = {
        commit.hex(): pull & 0xFFFFFFFF
        for commit, pull in graph.execute("SELECT hash, pull FROM commits WHERE pull IS NOT NULL")
    }
    right = right_answers(root)
    files = [
        path
        for path in git(root, "ls-tree", "-r", "--name-only", "HEAD").splitlines()
        if path.rsplit(".", 1)[-1] in {"py", "rs", "ts", "js", "go", "java", "c", "h", "rb", "md", "rst"}
    ]
    step = max(1, len(files) // count)
    sums = collections.Counter()
    for path in files[::step][:count]:
        blamed = re.findall(r"^([0-9a-f]{40}) \d+ \d+(?: \d+)?$", git(root, "blame", "-w", "-p", "HEAD", "--", path), re.M)
        for commit in blamed:
            sums["lines"] += 1
            if right[commit]:
                sums["named"] += 1
                sums["found"] += found.get(commit) in right[commit]
                sums["other"] += commit in found and found[commit] not in right[commit]
            else:
                sums["invented"] += commit in found
    share = 100 * sums["found"] / max(1, sums["named"])
    print(f"{root}: {dict(sums)}: {share:.2f} % found")


if __name__ == "__main__":
    main()
