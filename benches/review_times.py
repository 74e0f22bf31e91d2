"""What `arc review --diff` of some 500 lines and `arc context` cost on a real repository, without a model.

usage: review_times.py CLONE [LINES] [RUNS]   (ARC_BIN names the binary, several with `:` between them; CLONE gets a graph: give it a copy)

The change is the newest run of first-parent commits that is between LINES (500) and a fifth more lines of code. Each binary
reviews it RUNS (9) times, in turn, with a graph that is up to date (`--frozen`); then each gives slices of 40 definitions drawn at random
(`arc context PATH:LINE --json`). Told are medians, and what 95 of 100 take, of wall time and of processor time.
"""
import os
import random
import resource
import sqlite3
import subprocess
import sys
import time

SOURCE = (".py", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".vue", ".rs", ".go", ".java", ".c", ".h", ".cc", ".cpp", ".cs", ".rb", ".php", ".kt")


def git(repo, *words):
    return subprocess.run(["git", *words], cwd=repo, stdout=subprocess.PIPE, check=True).stdout.decode("utf-8", "replace")


def changed(repo, commit, end):
    """Lines of code, and files, in which a commit differs from another."""
    rows = [row.split("\t") for row in git(repo, "diff", "--numstat", "--no-renames", commit, end).splitlines()]
    rows = [row for row in rows if row[0].isdigit() and row[2].endswith(SOURCE)]
    return sum(int(row[0]) + int(row[1]) for row in rows), len(rows)


def window(repo, wanted):
    """The newest run of commits of about so many lines: before it, its end, lines and files."""
    line = git(repo, "rev-list", "--first-parent", "-300", "HEAD").split()
    for at, end in enumerate(line):
        for commit in line[at + 1:]:
            lines, files = changed(repo, commit, end)
            if wanted <= lines <= 1.2 * wanted:
                return commit, end, lines, files
            if lines > wanted:
                break
    sys.exit("no change of about %d lines" % wanted)


def timed(arc, repo, words):
    """Seconds of the clock and of the processor."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([arc, "-q", *words], cwd=repo, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def told(times):
    def at(part, which):
        row = sorted(one[which] for one in times)
        return 1000 * row[min(len(row) - 1, int(len(row) * part))]
    return "wall %.0f ms (95 of 100: %.0f), processor %.0f ms (%.0f)" % (at(0.5, 0), at(0.95, 0), at(0.5, 1), at(0.95, 1))


def main():
    repo, wanted = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 500
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 9
    binaries = os.environ.get("ARC_BIN", "arc").split(":")
    commit, end, lines, files = window(repo, wanted)
    git(repo, "checkout", "-q", "-f", "--detach", end)
    print("%s: %d files; %d lines in %d files of code, %s to %s" % (os.path.basename(os.path.abspath(repo)), len(git(repo, "ls-files").splitlines()), lines, files, commit[:10], end[:10]))
    subprocess.run([binaries[0], "-q", "build"], cwd=repo, check=True)
    graph = sqlite3.connect("file:%s?mode=ro" % os.path.join(repo, ".arc/graph.db"), uri=True)
    rows = graph.execute("SELECT path, line FROM nodes WHERE kind IN ('function', 'method', 'class') ORDER BY path, line").fetchall()
    graph.close()
    places = random.Random(7).sample(rows, min(40, len(rows)))
    reviews, slices = {arc: [] for arc in binaries}, {arc: [] for arc in binaries}
    for _ in range(runs + 1):
        for arc in binaries:
            reviews[arc].append(timed(arc, repo, ["review", "--diff", commit, "--frozen", "--json"]))
    for path, line in places:
        for arc in binaries:
            slices[arc].append(timed(arc, repo, ["context", "%s:%d" % (path, line), "--frozen", "--json"]))
    for arc in binaries:
        # The first run reads what no later one reads again.
        print("%s\n  review  %s\n  context %s" % (os.path.basename(arc), told(reviews[arc][1:]), told(slices[arc])))


if __name__ == "__main__":
    main()
