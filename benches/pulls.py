#!/usr/bin/env python3
"""How often the graph finds the pull request of a line whose history names one.

    benches/pulls.py REPOSITORY [GRAPH [FILES]]

The truth comes from git alone: for a line of `git blame`, every pull request is right that its commit's title names, or whose
merge brought the commit into the branch of HEAD, or into a branch that came with the same merge.
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


def named_in(subject, body, is_merge):
    """Numbers that a title names, and those of the pull request that a merge says it is of."""
    titled = [int(number) for number in re.findall(r"\(#(\d+)\)(?!.*\")", subject)]
    merge = re.match(r"Merge pull request #(\d+)|Merge #(\d+)|Auto merge of #(\d+)|Merged in .*\(pull request #(\d+)", subject)
    review = re.search(r"^See merge request \S*!(\d+)", body, re.M)
    merged = [int(next(filter(None, merge.groups())))] if merge else titled if is_merge else []
    return titled, merged + ([int(review.group(1))] if review else [])


def right_answers(root):
    """Numbers that are right for each commit.

    A commit came with the first merge on the line of HEAD that reaches it. Merges inside of what came with the same one
    are of pull requests into its branch; any other that reaches it is of another repository, where somebody took over what
    was done here: its number is a number there.
    """
    right = collections.defaultdict(set)
    parents_of, merged_by = {}, {}
    for record in git(root, "log", "--format=%H%x00%P%x00%s%x00%b%x1e").split("\x1e"):
        commit, _, rest = record.strip("\n").partition("\0")
        if not rest:
            continue
        parents, subject, body = rest.split("\0", 2)
        parents_of[commit] = parents.split()
        titled, merged_by[commit] = named_in(subject, body, " " in parents)
        right[commit].update(titled + merged_by[commit])
    came_with = {}
    for line in reversed(git(root, "rev-list", "--first-parent", "HEAD").split()):
        brought = went_through(line, parents_of, lambda commit: commit not in came_with)
        came_with.update(dict.fromkeys([*brought, line], line))
        for commit in brought:
            right[commit].update(merged_by[line])
        for merge in brought:
            if merged_by[merge] and len(parents_of[merge]) > 1:
                before = set(git(root, "rev-list", parents_of[merge][0], "--not", parents_of[line][0]).split())
                for commit in went_through(merge, parents_of, lambda commit: came_with.get(commit) == line and commit not in before):
                    right[commit].update(merged_by[merge])
    return right


def went_through(merge, parents_of, belongs):
    """What the further parents of a merge reach that belongs."""
    found, waiting = set(), list(parents_of[merge][1:])
    while waiting:
        commit = waiting.pop()
        if commit in parents_of and commit not in found and belongs(commit):
            found.add(commit)
            waiting += parents_of[commit]
    return found


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
