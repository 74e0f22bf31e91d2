"""What `arc review --diff` would have said of the commits of a real history, before they were made.

usage: review_history.py CLONE [COMMITS] [--out FILE]   (ARC_BIN names the binary; CLONE is changed: give it a copy)

Goes through the newest COMMITS (150) steps of the first-parent line that touch source files, oldest first. For each the graph and the
history are those of its parent, and the files those of the step. A step is a *culprit* when a later commit whose subject says «fix»,
«bug», «regression» or «revert» changes or deletes lines that it wrote (git blame -w), or reverts it by its hash; else it is *clean*.
A finding *points at the cause* when it is in a file that the repair changed and within 10 lines of one of those lines, or names a file
that the repair changed as missing.
"""
import collections
import json
import os
import re
import subprocess
import sys
import time

SOURCE = (".py", ".ts", ".tsx", ".js", ".jsx", ".vue", ".rs", ".go", ".java", ".c", ".h", ".cc", ".cpp", ".cs", ".rb", ".php", ".kt", ".swift")
REPAIR = re.compile(r"\b(fix(e[sd])?|bug(fix)?|regression|revert(s|ed)?)\b", re.I)
NEAR = 10
RANK = {"info": 0, "low": 1, "medium": 2, "high": 3}


def git(repo, *words, check=True):
    done = subprocess.run(["git", *words], cwd=repo, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=check)
    return done.stdout.decode("utf-8", "replace")


def is_test(path):
    return any(part in ("test", "tests", "testing", "__tests__") for part in path.split("/")) or "test" in path.rsplit("/", 1)[-1]


def old_lines(repo, old, new):
    """Path to the lines of `old` that `new` changes or deletes."""
    lines = collections.defaultdict(list)
    path = None
    for line in git(repo, "diff", "-U0", "-w", "--no-renames", old, new).splitlines():
        if line.startswith("--- "):
            path = line[6:] if line.startswith("--- a/") else None
        elif line.startswith("@@") and path and path.endswith(SOURCE) and not is_test(path):
            start, _, count = line.split(" ")[1][1:].partition(",")
            lines[path].extend(range(int(start), int(start) + int(count or 1)))
    return lines


def blamed(repo, commit, path, lines):
    """The commits that wrote lines, with their path and line there."""
    ranges = []
    for line in sorted(lines)[:200]:
        ranges += ["-L", "%d,%d" % (line, line)]
    found = []
    for row in git(repo, "blame", "-w", "-p", *ranges, commit, "--", path, check=False).splitlines():
        match = re.match(r"([0-9a-f]{40}) (\d+) \d+", row)
        if match:
            writer, at = match.group(1), int(match.group(2))
        elif row.startswith("filename "):
            names = row[9:]
        elif row.startswith("\t"):
            found.append((writer, names, at))
    return found


def culprits(repo, steps):
    """Step to [(repair, path, line)], and the files each repair changed."""
    owner = {}
    for step in steps:
        for commit in git(repo, "rev-list", "%s^1..%s" % (step, step)).split():
            owner[commit] = step
    guilty, touched = collections.defaultdict(list), {}
    for step in steps:
        message = git(repo, "log", "-1", "--format=%s%n%b", step)
        if not REPAIR.search(message.split("\n", 1)[0]):
            continue
        touched[step] = set(git(repo, "diff", "--name-only", step + "^1", step).split("\n"))
        for reverted in re.findall(r"reverts commit ([0-9a-f]{40})", message):
            if owner.get(reverted, step) != step:
                guilty[owner[reverted]].append((step, None, None))
        for path, lines in old_lines(repo, step + "^1", step).items():
            for writer, name, at in blamed(repo, step + "^1", path, lines):
                if owner.get(writer, step) != step:
                    guilty[owner[writer]].append((step, name, at))
    return guilty, touched


def points(finding, causes, touched):
    for repair, path, line in causes:
        if finding["kind"] == "missing_co_change":
            if any(finding["message"].startswith(name + " ") for name in touched[repair] if name):
                return True
        elif path is None:
            return True
        elif finding["path"] == path and finding["line"] is not None and abs(finding["line"] - line) <= NEAR:
            return True
        elif any(e["at"].rsplit(":", 1)[0] == path and e["at"].rsplit(":", 1)[-1].isdigit()
                 and abs(int(e["at"].rsplit(":", 1)[1]) - line) <= NEAR for e in finding["evidence"]):
            return True
    return False


def main():
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    out = sys.argv[sys.argv.index("--out") + 1] if "--out" in sys.argv else None
    words = [word for word in words if word != out]
    repo, wanted = words[0], int(words[1]) if len(words) > 1 else 150
    arc = os.environ.get("ARC_BIN", "arc")
    head = git(repo, "rev-parse", "HEAD").strip()
    steps = []
    for commit in git(repo, "rev-list", "--first-parent", "HEAD").split():
        if len(steps) == wanted:
            break
        names = git(repo, "diff", "--name-only", commit + "^1", commit, check=False).split("\n")
        if any(name.endswith(SOURCE) for name in names) and len(names) <= 100:
            steps.append(commit)
    steps.reverse()
    guilty, touched = culprits(repo, steps)
    rows, times = [], []
    try:
        for step in steps:
            git(repo, "checkout", "-q", "-f", "--detach", step)
            git(repo, "reset", "-q", "--soft", step + "^1")
            subprocess.run([arc, "-q", "build"], cwd=repo, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            start = time.perf_counter()
            done = subprocess.run([arc, "-q", "review", "--diff", "HEAD", "--frozen", "--json", "--min-severity", "info"], cwd=repo,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            times.append((time.perf_counter() - start) * 1e3)
            if not done.stdout:
                print("failed at", step, done.stderr.decode()[-300:], file=sys.stderr)
                continue
            rows.append((step, json.loads(done.stdout)["findings"]))
    finally:
        git(repo, "checkout", "-q", "-f", head)
    if out:
        with open(out, "w") as file:
            for step, findings in rows:
                told = {"step": step, "subject": git(repo, "log", "-1", "--format=%s", step).strip(),
                        "culprit": [list(cause) for cause in guilty.get(step, [])][:20], "findings": findings}
                file.write(json.dumps(told) + "\n")
    report(rows, guilty, touched, times)


def report(rows, guilty, touched, times):
    clean = [findings for step, findings in rows if step not in guilty]
    bad = [(step, findings) for step, findings in rows if step in guilty]
    times.sort()
    print("%d steps: %d clean, %d culprits; review takes %.0f ms (median), %.0f ms (95 of 100)"
          % (len(rows), len(clean), len(bad), times[len(times) // 2], times[int(len(times) * 0.95)]))
    for least in ("info", "low", "medium", "high"):
        told = [[f for f in findings if RANK[f["severity"]] >= RANK[least]] for findings in clean]
        hit = [(step, [f for f in findings if RANK[f["severity"]] >= RANK[least]]) for step, findings in bad]
        pointed = sum(any(points(f, guilty[step], touched) for f in findings) for step, findings in hit)
        print("from %-6s  %.2f findings a clean step, %d %% of clean steps quiet; of culprits %d %% have one, %d (%d %%) point at the cause"
              % (least, sum(map(len, told)) / max(1, len(clean)), 100 * sum(not t for t in told) / max(1, len(clean)),
                 100 * sum(bool(f) for _, f in hit) / max(1, len(bad)), pointed, 100 * pointed / max(1, len(bad))))
    kinds = collections.Counter(f["kind"] for findings in clean for f in findings)
    at_bad = collections.Counter(f["kind"] for _, findings in bad for f in findings)
    right = collections.Counter(f["kind"] for step, findings in bad for f in findings if points(f, guilty[step], touched))
    print("%-22s %8s %8s %8s" % ("kind", "clean", "culprit", "points"))
    for kind in sorted(set(kinds) | set(at_bad)):
        print("%-22s %8d %8d %8d" % (kind, kinds[kind], at_bad[kind], right[kind]))


if __name__ == "__main__":
    main()
