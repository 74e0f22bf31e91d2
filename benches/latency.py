"""How long `arc impact FILE --json --frozen` takes as a process of its own, with a warm cache.

usage: latency.py CLONE [FILES] (ARC_BIN names the binary; CLONE is built in place, so give it a copy)

Asks about FILES source files (200), chosen by a fixed seed: once to warm the cache, then three times, of which the fastest counts.
Prints wall and processor time in milliseconds, median and 95th percentile, and the slowest files.
"""
import os
import random
import resource
import subprocess
import sys
import time

ENDINGS = (".py", ".ts", ".tsx", ".js", ".rs", ".go", ".java", ".c", ".h", ".cc", ".cs", ".rb", ".php", ".kt")


def cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def ask(arc, repo, path):
    before, start = cpu(), time.perf_counter()
    subprocess.run([arc, "impact", path, "--json", "--frozen"], cwd=repo, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - start) * 1e3, (cpu() - before) * 1e3


def at(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


def main():
    repo = sys.argv[1]
    wanted = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    arc = os.environ.get("ARC_BIN", "arc")
    subprocess.run([arc, "build", repo], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    listed = subprocess.run(["git", "ls-files"], cwd=repo, stdout=subprocess.PIPE, text=True, check=True).stdout
    files = [path for path in listed.splitlines() if path.endswith(ENDINGS)]
    random.Random(7).shuffle(files)
    files = files[:wanted]
    for path in files:
        ask(arc, repo, path)
    times = {path: min(ask(arc, repo, path) for _ in range(3)) for path in files}
    for name, column in (("wall", 0), ("processor", 1)):
        values = [row[column] for row in times.values()]
        print("%-9s  median %.1f ms  95 of 100 below %.1f ms  slowest %.1f ms"
              % (name, at(values, 0.5), at(values, 0.95), max(values)))
    for path, row in sorted(times.items(), key=lambda item: -item[1][0])[:10]:
        print("%8.1f  %s" % (row[0], path))


if __name__ == "__main__":
    main()
