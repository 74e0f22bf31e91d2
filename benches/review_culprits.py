"""How often `arc review` would have pointed at a fault of a real history, and how often it says something of a commit without one.

usage: review_culprits.py CLONE [PER] [--out FILE] [--again FILE]   (ARC_BIN names the binary; CLONE is changed: give it a copy)

Culprits, up to PER (30) of each sort, spread over the history, newest first:
- `reverted`: a later message says «This reverts commit X»;
- `named`: a later message names X as what it mends (`Fixes: X`, «regression since X», «introduced in X»);
- `blamed`: a commit whose subject says fix, bug or regression, and nothing of documents, tests, warnings and the like, changes at most 3
  source files and 30 lines in them; X is the youngest commit that wrote a line of code among those it changes or deletes (git blame -w),
  at most two years before.
Every culprit has a *clean* commit beside it: as large (the nearest number of changed lines), near in time, which no message names or takes
back and of whose lines no repair among the next 500 commits (or fourth of the history) changes any. Merges, tests and commits of more than 40 files or 1,500 lines are left out.

Each is reviewed as it was before it was made: graph and history of its parent, the files of the commit. A finding *points at the cause*
when it stands in the function that the repair changed (of the file, where that is outside of functions) or within 10 lines of a line that
it changed, or names a file that the repair changed as missing. Beside it stands how often a finding at a changed line drawn at random
would do so. Of a commit that was taken back everything is the cause, so that only whether it has a finding says something.
`--out` keeps all that was found, as JSON lines; `--again` reviews the commits of such a file anew.
"""
import bisect
import collections
import json
import math
import os
import random
import re
import sqlite3
import subprocess
import sys

SOURCE = (".py", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".vue", ".rs", ".go", ".java", ".c", ".h", ".cc", ".cpp", ".cs", ".rb", ".php", ".kt", ".swift")
REPAIR = re.compile(r"\b(fix(e[sd])?|bug(fix)?|regression)\b", re.I)
NO_REPAIR = re.compile(r"\b(typos?|docs?|documentation|docstrings?|comments?|tests?|lint(ing|er)?|flake8?|pep8|style|format(ting)?|warnings?|ci|build|"
                       r"spelling|grammar|changelog|readme|indentation|whitespace|imports?|clippy|benchmarks?|examples?)\b", re.I)
REVERTS = re.compile(r"reverts?\s+commit\s+([0-9a-f]{7,40})", re.I)
NAMES = re.compile(r"(?:^fixes:|fixes commit|introduced (?:in|by|with)|regress\w*(?: (?:in|by|from|since|introduced|caused|was|by|in))*|"
                   r"br(?:oke|oken)(?: (?:in|by|since|with))?|bug (?:in|from))\W+(?:commit\W+)?([0-9a-f]{7,40})\b", re.I | re.M)
NEAR, HORIZON, TWO_YEARS = 10, 500, 2 * 365 * 86400
RANK = {"info": 0, "low": 1, "medium": 2, "high": 3}


def git(repo, *words):
    done = subprocess.run(["git", *words], cwd=repo, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.stdout.decode("utf-8", "replace")


def is_source(path):
    parts = path.lower().split("/")
    is_test = any(part in ("test", "tests", "testing", "__tests__", "testdata", "spec", "playground", "dist", "vendor") for part in parts)
    return path.endswith(SOURCE) and not is_test and "test" not in parts[-1]


class Commit:
    def __init__(self, head):
        self.id, parents, time, self.subject = head[:4]
        self.parents, self.time, self.body, self.files = parents.split(), int(time), "", {}
        self.at = 0

    def lines(self):
        return sum(self.files.values())

    def is_fit(self):
        return len(self.parents) == 1 and len(self.files) <= 40 and 0 < self.lines() <= 1500


def history(repo):
    """All commits, oldest first, with the changed lines of their source files."""
    commits = []
    for part in git(repo, "log", "--topo-order", "--reverse", "--no-merges", "--no-renames", "--numstat", "--format=%x01%H%x02%P%x02%ct%x02%s%x02%b%x03").split("\x01")[1:]:
        head, _, stat = part.partition("\x03")
        words = head.split("\x02")
        commit = Commit(words)
        commit.body = words[4]
        for row in stat.strip().splitlines():
            fields = row.split("\t")
            if len(fields) == 3 and fields[0].isdigit() and is_source(fields[2]):
                commit.files[fields[2]] = int(fields[0]) + int(fields[1])
        commit.at = len(commits)
        commits.append(commit)
    return commits


def changed(repo, old, new):
    """Path to (lines of `old` that go, lines of `new` that come)."""
    lines, path = collections.defaultdict(lambda: ([], [])), None
    for row in git(repo, "diff", "-U0", "-w", "--no-renames", old, new).splitlines():
        if row.startswith("--- "):
            before = row[6:] if row.startswith("--- a/") else None
        elif row.startswith("+++ "):
            path = row[6:] if row.startswith("+++ b/") else before
        elif row.startswith("@@") and path and is_source(path):
            for side, words in zip((0, 1), row.split(" ")[1:3]):
                start, _, count = words[1:].partition(",")
                lines[path][side].extend(range(int(start), int(start) + int(count or 1)))
    return lines


def writers(repo, fix):
    """Commit to [(path, line)] that it wrote of the code that a repair changes or deletes."""
    found = collections.defaultdict(list)
    for path, (gone, _) in changed(repo, fix.id + "^", fix.id).items():
        if not gone or len(gone) > 200:
            continue
        ranges = [word for line in gone for word in ("-L", "%d,%d" % (line, line))]
        for row in git(repo, "blame", "-w", "-p", *ranges, fix.id + "^", "--", path).splitlines():
            match = re.match(r"([0-9a-f]{40}) (\d+) \d+", row)
            if match:
                writer, at = match.group(1), int(match.group(2))
            elif row.startswith("filename "):
                name = row[9:]
            elif row.startswith("\t"):
                code = row.strip()
                if len(code) > 2 and not code.startswith(("#", "//", "/*", "*", '"""')):
                    found[writer].append((name, at))
    return found


class Project:
    def __init__(self, repo, per):
        self.repo, self.per = repo, per
        self.commits = history(repo)
        self.ids = {commit.id: commit for commit in self.commits}
        self.sorted = sorted(self.ids)
        self.fixes = [c for c in self.commits if self.is_repair(c)]
        self.of_file = collections.defaultdict(list)
        for fix in self.fixes:
            for path in fix.files:
                self.of_file[path].append(fix)
        self.horizon = min(HORIZON, len(self.commits) // 4)
        self.blames = {}
        self.reverted, self.named = self.said()
        self.random = random.Random(7)

    def is_repair(self, commit):
        return REPAIR.search(commit.subject) and len(commit.parents) == 1 and commit.files

    def full(self, short):
        at = bisect.bisect_left(self.sorted, short)
        return self.ids[self.sorted[at]] if at < len(self.sorted) and self.sorted[at].startswith(short) else None

    def said(self):
        """What later messages take back, and what they name as what they mend."""
        reverted, named = {}, {}
        for commit in self.commits:
            for forms, told in ((REVERTS, reverted), (NAMES, named)):
                for short in forms.findall(commit.subject + "\n" + commit.body):
                    culprit = self.full(short.lower())
                    if culprit and culprit.at < commit.at and not culprit.subject.lower().startswith("revert"):
                        told.setdefault(culprit.id, commit)
        return reverted, named

    def writers(self, fix):
        if fix.id not in self.blames:
            self.blames[fix.id] = writers(self.repo, fix)
        return self.blames[fix.id]

    def is_clean(self, commit):
        if commit.id in self.reverted or commit.id in self.named or commit.at + self.horizon > len(self.commits):
            return False
        later = {fix.id: fix for path in commit.files for fix in self.of_file[path] if commit.at < fix.at <= commit.at + self.horizon}
        return not any(commit.id in self.writers(fix) for fix in later.values())

    def partner(self, culprit, taken):
        """The clean commit that is most like a culprit."""
        near = self.commits[max(0, culprit.at - 400):culprit.at + 400]
        near = [c for c in near if c.is_fit() and c.id not in taken]
        near.sort(key=lambda c: (abs(math.log(c.lines() / culprit.lines())) + abs(c.at - culprit.at) / 2000, c.id))
        return next((c for c in near[:8] if self.is_clean(c)), None)

    def culprits(self):
        """(sort, culprit, repair, {path: lines of the culprit's version that are the cause})"""
        found, taken = [], set()
        for sort, told in (("reverted", self.reverted), ("named", self.named)):
            own = sorted(((self.ids[key], fix) for key, fix in told.items()), key=lambda pair: -pair[0].at)
            own = [(c, fix) for c, fix in own if c.is_fit() and c.id not in taken][:self.per]
            for culprit, fix in own:
                taken.add(culprit.id)
                wrote = self.writers(fix).get(culprit.id, []) if sort == "named" else []
                found.append((sort, culprit, fix, wrote))
        fixes = [f for f in self.fixes if len(f.files) <= 3 and f.lines() <= 60 and not NO_REPAIR.search(f.subject)]
        fixes = fixes[-40 * self.per:]
        self.random.shuffle(fixes)
        count = 0
        for fix in fixes:
            if count == self.per:
                break
            wrote = {self.ids[key]: places for key, places in self.writers(fix).items() if key in self.ids}
            if not wrote or sum(map(len, wrote.values())) > 30:
                continue
            culprit = max(wrote, key=lambda c: c.time)
            if culprit.is_fit() and culprit.id not in taken and 0 < fix.time - culprit.time < TWO_YEARS:
                taken.add(culprit.id)
                found.append(("blamed", culprit, fix, wrote[culprit]))
                count += 1
        return found, taken


def spans(repo, path):
    """Functions of a file as it stands, by the graph of it."""
    graph = sqlite3.connect("file:%s?mode=ro" % os.path.join(repo, ".arc/graph.db"), uri=True)
    rows = graph.execute("SELECT line, end_line, qualified_name FROM nodes WHERE path = ? AND kind IN ('function', 'method', 'class')", (path,)).fetchall()
    graph.close()
    return rows


def around(rows, line):
    """The innermost definition that a line stands in."""
    inside = [row for row in rows if row[0] <= line <= row[1]]
    return min(inside, key=lambda row: row[1] - row[0])[2] if inside else None


def hits(repo, places, functions, path, line):
    own = [at for name, at in places if name == path]
    if not own or line is None:
        return False
    if any(abs(line - at) <= NEAR for at in own):
        return True
    rows = functions.setdefault(path, spans(repo, path))
    where = around(rows, line)
    return where is not None and any(around(rows, at) == where for at in own)


def points(repo, row, finding, functions):
    if finding["kind"] == "missing_co_change":
        return any(finding["message"].startswith(name + " ") for name in row["repaired"])
    at = [(finding["path"], finding["line"])]
    for evidence in finding["evidence"]:
        name, _, line = evidence["at"].rpartition(":")
        at += [(name, int(line))] if line.isdigit() and name else []
    return any(hits(repo, row["cause"], functions, path, line) for path, line in at)


def reviewed(repo, arc, row):
    """Reviews a commit as it was, and notes what points at the cause."""
    git(repo, "checkout", "-q", "-f", "--detach", row["commit"])
    git(repo, "reset", "-q", "--soft", row["commit"] + "^")
    subprocess.run([arc, "-q", "build"], cwd=repo, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    done = subprocess.run([arc, "-q", "review", "--diff", "HEAD", "--frozen", "--json", "--min-severity", "info"], cwd=repo,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if not done.stdout:
        print("failed at", row["commit"], done.stderr.decode()[-300:], file=sys.stderr)
        return False
    row["findings"], functions = json.loads(done.stdout)["findings"], {}
    for finding in row["findings"]:
        finding["points"] = bool(row["cause"]) and points(repo, row, finding, functions)
    lines = changed(repo, "HEAD", row["commit"])
    drawn = [hits(repo, row["cause"], functions, path, line) for path, (_, come) in lines.items() for line in come] if row["cause"] else []
    row["chance"] = sum(drawn) / len(drawn) if drawn else 0.0
    return True


def chosen(repo, per):
    """Culprits with their clean commits, in the order of time."""
    project = Project(repo, per)
    found, taken = project.culprits()
    rows = []
    for sort, culprit, fix, wrote in found:
        partner = project.partner(culprit, taken)
        rows.append((culprit, {"sort": sort, "commit": culprit.id, "subject": culprit.subject, "repair": fix.id, "told": fix.subject,
                               "repaired": sorted(fix.files), "cause": wrote, "pair": partner.id if partner else None}))
        if partner:
            taken.add(partner.id)
            rows.append((partner, {"sort": "clean", "of": sort, "commit": partner.id, "subject": partner.subject, "repaired": [], "cause": []}))
    rows.sort(key=lambda row: row[0].at)
    return [row for _, row in rows]


def interval(count, of):
    """Wilson's, of 95 in 100."""
    if not of:
        return "-"
    z, share = 1.96, count / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return "%d of %d, %.0f %% (%.0f-%.0f)" % (count, of, 100 * share, max(0, 100 * (middle - half)), 100 * (middle + half))


def report(rows):
    sorts = [sort for sort in ("reverted", "named", "blamed", "clean") if any(row["sort"] == sort for row in rows)]
    for least in ("info", "low", "medium", "high"):
        for sort in sorts:
            own = [[f for f in row["findings"] if RANK[f["severity"]] >= RANK[least]] for row in rows if row["sort"] == sort]
            told = "%-6s %-8s has one: %s; findings a commit %.2f" % (least, sort, interval(sum(map(bool, own)), len(own)), sum(map(len, own)) / max(1, len(own)))
            known = [row for row in rows if row["sort"] == sort and row["cause"]]
            if known and sort != "reverted":
                right = sum(any(f["points"] and RANK[f["severity"]] >= RANK[least] for f in row["findings"]) for row in known)
                chance = sum(row["chance"] for row in known if any(RANK[f["severity"]] >= RANK[least] for f in row["findings"]))
                told += "; points at the cause: %s, one drawn at random would %.1f" % (interval(right, len(known)), chance)
            print(told)
    print("%-22s %8s %10s %10s %8s" % ("commits with a", "clean", "reverted", "repaired", "points"))
    kinds = sorted({(f["kind"], f["severity"]) for row in rows for f in row["findings"]})
    groups = (("clean",), ("reverted",), ("named", "blamed"))
    sizes = [sum(row["sort"] in group for row in rows) for group in groups]
    for kind in kinds:
        has = [sum(row["sort"] in group and any((f["kind"], f["severity"]) == kind for f in row["findings"]) for row in rows) for group in groups]
        right = sum(any((f["kind"], f["severity"]) == kind and f["points"] for f in row["findings"]) for row in rows)
        print("%-22s %8s %10s %10s %8d" % ("%s %s" % kind, *("%d %.1f%%" % (n, 100 * n / max(1, of)) for n, of in zip(has, sizes)), right))


def main():
    options = {word: sys.argv[at + 1] for at, word in enumerate(sys.argv[:-1]) if word in ("--out", "--again", "--report")}
    words = [word for word in sys.argv[1:] if not word.startswith("--") and word not in options.values()]
    if "--report" in options:
        return report([json.loads(line) for name in [options["--report"], *words] for line in open(name)])
    repo, per = words[0], int(words[1]) if len(words) > 1 else 30
    arc = os.environ.get("ARC_BIN", "arc")
    head = git(repo, "rev-parse", "HEAD").strip()
    if "--again" in options:
        rows = [json.loads(line) for line in open(options["--again"])]
    else:
        rows = chosen(repo, per)
    kept = []
    out = open(options["--out"], "w") if "--out" in options else None
    try:
        for row in rows:
            if reviewed(repo, arc, row):
                kept.append(row)
                if out:
                    out.write(json.dumps(row) + "\n")
                    out.flush()
    finally:
        git(repo, "checkout", "-q", "-f", head)
    report(kept)


if __name__ == "__main__":
    main()
