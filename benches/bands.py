"""How often edges are right, by the rule that found them and by their confidence.

usage: bands.py TRUTH.json[.gz]=REPO ... (ARC_BIN names the binary; REPO is built in place, so give it a copy)

TRUTH.json holds `defs` (rows [path, dotted name, kind, first line, name's line, last line]), `calls` and `inherits` (rows
[source, target, ...] by position in `defs`) and `unresolved` (rows [source, name]: calls that the truth cannot refute).
A truth with `cases` is a suite of minimal programs, each with its own `defs` and `edges`, in REPO/`where`/`id`. One with
`funcs` (rows [path, qualified name, ...]) and `edges` lists calls that were recorded while tests ran: of the edges whose ends both ran,
those that were not recorded count as wrong, which is the worst that can be said of them.

Prints, for the call edges of all repositories together: per rule and band of confidence the number of edges that the truth
can judge and the share that is right; then precision and recall for several thresholds of `arc export --min-confidence`.
"""
import gzip
import json
import os
import subprocess
import sys

BANDS = (0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.0)
THRESHOLDS = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


def export(repo):
    arc = os.environ.get("ARC_BIN", "arc")
    subprocess.run([arc, "build", repo], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    out = subprocess.run([arc, "export", "--format", "jsonl", "--edges", "calls", "--min-confidence", "0"], cwd=repo,
                         stdout=subprocess.PIPE, check=True, text=True).stdout
    return [json.loads(line) for line in out.splitlines() if line.startswith("{")]


def last(name):
    for mark in ("::", "#", "/"):
        name = name.replace(mark, ".")
    return name.rsplit(".", 1)[-1]


class Table:
    """Finds the row of a definition by its path, line and name."""

    def __init__(self, truth):
        self.rows = truth["defs"]
        self.by_path, self.canon, first = {}, [], {}
        merges = truth["language"] != "java"
        for i, row in enumerate(self.rows):
            self.by_path.setdefault(row[0], []).append(i)
            key = (row[0], row[1]) if merges else i
            self.canon.append(first.setdefault(key, i))
        self.bases = {}
        for child, base in truth["inherits"]:
            self.bases.setdefault(child, []).append(base)
        self.constructor = {}
        for i, row in enumerate(self.rows):
            owner, _, name = row[1].rpartition(".")
            if name in ("__init__", "constructor", "<init>") or owner and name == owner.rsplit(".", 1)[-1]:
                self.constructor.setdefault((row[0], owner), i)

    def find(self, place):
        name = last(place.get("symbol") or "")
        line = place.get("line") or 1
        for i in self.by_path.get(place["path"], ()):
            row = self.rows[i]
            if row[2] != "module" and row[3] <= line <= row[4] and last(row[1]) == name:
                return self.canon[i]
        return None

    def around(self, path, line):
        rows = [i for i in self.by_path.get(path, ()) if self.rows[i][2] in ("function", "method", "module")
                and self.rows[i][3] <= line <= self.rows[i][5]]
        return self.canon[min(rows, key=lambda i: self.rows[i][5] - self.rows[i][3])] if rows else None

    def called(self, i, depth=0):
        """A class stands for its constructor, its own or an inherited one."""
        row = self.rows[i]
        if row[2] != "class" or depth > 20:
            return self.canon[i]
        own = self.constructor.get((row[0], row[1]))
        if own is not None:
            return self.canon[own]
        for base in self.bases.get(i, ()):
            found = self.called(base, depth + 1)
            if self.rows[found][2] != "class":
                return found
        return self.canon[i]


def verdicts(truth, edges):
    """-> {(source, target): [confidence, rule, verdict]}, true pairs; verdict is 1, 0 or None where nothing is known."""
    table = Table(truth)
    rows = table.rows
    true = {(table.canon[s], table.called(d)) for s, d, *_ in truth["calls"]}
    is_micro = truth["language"] == "micro"
    open_names, called, up = {}, {}, {}
    for s, name in truth["unresolved"]:
        open_names.setdefault(s, set()).add(name)
    for s, d in true:
        called.setdefault((s, last(rows[d][1])), set()).add(d)
    for child, base in truth["inherits"] + truth.get("implements", []):
        up.setdefault(rows[child][0] + ":" + rows[child][1], set()).add(rows[base][0] + ":" + rows[base][1])

    def above(name):
        seen, todo = set(), [name]
        while todo:
            for base in up.get(todo.pop(), ()):
                if base not in seen:
                    seen.add(base)
                    todo.append(base)
        return seen

    def related(one, other):
        a, b = (rows[i][0] + ":" + rows[i][1].rpartition(".")[0] for i in (one, other))
        return a in above(b) or b in above(a)
    found = {}
    for e in edges:
        if e["src"].get("path") not in table.by_path or e["dst"].get("path") not in table.by_path:
            continue
        s, d = table.find(e["src"]), table.find(e["dst"])
        if s is None or rows[s][2] == "class":
            s = table.around(e["src"]["path"], e["line"])
        if s is None or d is None:
            continue
        pair = (s, table.called(d))
        name = last(rows[pair[1]][1])
        verdict = 1 if pair in true else 0
        if not verdict and (name in open_names.get(s, ()) or any(related(pair[1], x) for x in called.get((s, name), ()))):
            verdict = None
        if not verdict and is_micro and rows[pair[1]][2] == "class":    # without a constructor: neither required nor wrong
            continue
        known = found.get(pair)
        if known is None or e["confidence"] > known[0]:
            found[pair] = [e["confidence"], e["rule"], verdict]
    return found, true


def recorded(truth, edges):
    names = [(truth["paths"][f[0]], f[1].replace(".<locals>", "")) for f in truth["funcs"]]
    ran = {n for n in names if n[1] != "<module>"}
    true = {(names[a], names[b]) for a, b, *_ in truth["edges"] if names[a] in ran and names[b] in ran}

    def name(place):
        path = place.get("path") or ""
        symbol = place.get("symbol") or ""
        parts = symbol.split(".")
        return next(((path, ".".join(parts[k:])) for k in range(len(parts)) if (path, ".".join(parts[k:])) in ran), None)
    found = {}
    for e in edges:
        pair = (name(e["src"]), name(e["dst"]))
        if None not in pair and (pair not in found or e["confidence"] > found[pair][0]):
            found[pair] = [e["confidence"], e["rule"], int(pair in true)]
    return found, true


def judged(path, repo):
    with (gzip.open(path, "rt") if path.endswith(".gz") else open(path)) as f:
        truth = json.load(f)
    if "funcs" in truth:
        yield recorded(truth, export(repo))
    elif "cases" not in truth:
        yield verdicts(truth, export(repo))
    for case in truth.get("cases", ()):
        bases = [[int(c), b] for c, bs in case.get("bases", {}).items() for b in bs]
        as_real = {"language": "micro", "defs": case["defs"], "inherits": bases, "unresolved": [], "calls": case["edges"]}
        yield verdicts(as_real, export(os.path.join(repo, truth["where"], case["id"])))


def main():
    bands, totals = {}, {t: [0, 0, 0] for t in THRESHOLDS}
    for argument in sys.argv[1:]:
        path, repo = argument.split("=", 1)
        for found, true in judged(path, repo):
            for pair, (confidence, rule, verdict) in found.items():
                band = next(b for b in BANDS if confidence >= b)
                if verdict is not None:
                    counts = bands.setdefault((rule, band), [0, 0])
                    counts[0] += 1
                    counts[1] += verdict
                if os.environ.get("SHOW") == "%s %s" % (rule, band) and not verdict:
                    print(os.path.basename(path), "open" if verdict is None else "wrong", confidence, *pair)
                for t in THRESHOLDS:
                    if confidence >= t:
                        totals[t][0] += verdict == 1
                        totals[t][1] += verdict == 0
            for t in THRESHOLDS:
                totals[t][2] += len(true)
    print("| rule | confidence | judged | right % |")
    print("| --- | --- | --- | --- |")
    for (rule, band), (count, right) in sorted(bands.items(), key=lambda x: (-x[0][1], x[0][0])):
        print("| %s | >= %.2f | %d | %.1f |" % (rule, band, count, 100 * right / count))
    print("\n| threshold | precision % | recall % |")
    print("| --- | --- | --- |")
    for t, (right, wrong, all_) in sorted(totals.items()):
        print("| %.2f | %.1f | %.1f |" % (t, 100 * right / max(1, right + wrong), 100 * right / max(1, all_)))


if __name__ == "__main__":
    main()
