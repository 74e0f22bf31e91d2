#!/usr/bin/env python3
"""How fast `arc build --github` reads pull requests, and how much memory that takes: benches/tickets.py [--page N] [COUNT ...].

A server in this process stands in for GitHub: each pull request has a text, files, commits, comments, reviews and threads of
reviews, all made beforehand, so that an answer costs it little. For each COUNT (0, 1000 and 10000 by default) a new project reads
so many. Prints wall and CPU seconds of arc, seconds that the server spent on answers, the requests, and the greatest resident
memory, with the pages of the graph that are mapped at the end and without (looked at every 2 ms); then what the latter grows by, for
each pull request read and for each item (a ticket or a part of one) in the largest page. With --page the server gives no more than N
pull requests at once: what many in flight cost is what --page 50 takes beyond --page 1, the same number being read. That is less than two
runs of the same differ by (about 2 MiB): run each several times.
"""
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

TOKEN = "ghp_TestTokenThatOnlyThisServerAccepts01"
TEXT = "The reader keeps a lock on the file because two writers met and lost what the first one had written. " * 12


def page(nodes, more=False, cursor=None):
    return {"pageInfo": {"hasNextPage": more, "endCursor": cursor}, "nodes": nodes}


def said(number, at):
    return {"url": f"https://tracker.example/{number}#{at}", "body": TEXT[: 200 + 97 * (at % 5)], "createdAt": "2024-01-01T00:00:00Z",
            "author": {"__typename": "User", "login": f"user{at}"}}


def pull(number):
    moment = f"2024-{1 + number // 1000 % 12:02}-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z"
    thread = {"id": f"T_{number}", "path": "src/app.py", "line": 7, "originalLine": 7, "diffSide": "RIGHT",
              "comments": page([{**said(number, at), "diffHunk": "@@ -1,2 +1,3 @@\n import os\n+    return 1"} for at in (7, 8)])}
    return {
        "id": f"PR_{number}", "number": number, "title": f"Change number {number}", "body": TEXT, "state": "MERGED",
        "url": f"https://tracker.example/{number}", "createdAt": moment, "updatedAt": moment, "closedAt": moment,
        "author": {"__typename": "User", "login": f"user{number % 50}"}, "mergeCommit": {"oid": f"{number:040x}"},
        "labels": page([{"name": "bug"}]), "files": page([{"path": f"src/f{number % 97 + at}.py"} for at in range(3)]),
        "commits": page([{"commit": {"oid": f"{10**6 + 2 * number + at:040x}", "author": {"email": "ada@example.org", "user": {"login": "user1"}}}}
                         for at in range(2)]),
        "closingIssuesReferences": page([]), "timelineItems": page([]), "comments": page([said(number, at) for at in range(4)]),
        "reviews": page([{**said(number, at), "submittedAt": moment, "state": "APPROVED"} for at in (5, 6)]), "reviewThreads": page([thread]),
    }


ITEMS = 1 + 1 + 3 + 2 + 4 + 2 + 1 + 2  # of a pull request: itself, labels, files, commits, comments, reviews, threads, replies


class Stand(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    tickets, requests, largest, spent, most = [], 0, 0, 0.0, 100

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        started = time.perf_counter()
        variables = asked["variables"]
        tickets = Stand.tickets if "pullRequests(" in asked["query"] else []
        start = int(variables.get("after") or 0)
        nodes = tickets[start:start + min(variables["first"], Stand.most)]
        end = start + len(nodes)
        Stand.requests, Stand.largest = Stand.requests + 1, max(Stand.largest, len(nodes))
        head = {"rateLimit": {"cost": 1, "remaining": 4000, "resetAt": "2096-10-02T07:06:40Z"}}
        info = json.dumps({"hasNextPage": end < len(tickets), "endCursor": str(end) if nodes else None})
        body = ('{"data": {"rateLimit": %s, "repository": {"nameWithOwner": "a/b", "isFork": false, "parent": null, "page": '
                '{"pageInfo": %s, "nodes": [%s]}}}}' % (json.dumps(head["rateLimit"]), info, ",".join(nodes))).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        Stand.spent += time.perf_counter() - started

    def log_message(self, *_):
        pass


def own_memory(process):
    try:
        with open(f"/proc/{process}/status") as status:
            return next((int(line.split()[1]) * 1024 for line in status if line.startswith("RssAnon:")), 0)
    except OSError:
        return 0


def read(count, port):
    Stand.tickets = [json.dumps(pull(number)) for number in range(1, count + 1)]
    Stand.requests, Stand.largest, Stand.spent = 0, 0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "app.py"), "w") as file:
            file.write("def load():\n    return 1\n")
        environment = {"HOME": folder, "GITHUB_TOKEN": TOKEN, "GITHUB_GRAPHQL_URL": f"http://127.0.0.1:{port}/graphql"}
        started = time.perf_counter()
        child = subprocess.Popen([os.environ.get("ARC_BIN", "arc"), "-C", folder, "build", "--github", "--repo", "a/b"], env=environment,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        told = []
        reader = threading.Thread(target=lambda: told.append(child.stderr.read().decode()))
        reader.start()
        own = 0
        while reader.is_alive():
            own = max(own, own_memory(child.pid))
            reader.join(0.002)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - started
        if status != 0:
            sys.exit(f"arc ended with {status}: {told[0]}")
        size = os.path.getsize(os.path.join(folder, ".arc/graph.db"))
    print(f"{count} pull requests: {wall:.1f} s, arc {used.ru_utime + used.ru_stime:.1f} CPU s, answers {Stand.spent:.1f} s, "
          f"{Stand.requests} requests, largest page {Stand.largest}, memory {used.ru_maxrss / 1024:.1f} MiB, {own / 2**20:.1f} MiB of it no file's, graph {size / 2**20:.1f} MiB")
    return own, Stand.largest


def main():
    words = sys.argv[1:]
    if words[:1] == ["--page"]:
        Stand.most, words = int(words[1]), words[2:]
    counts = [int(count) for count in words] or [0, 1_000, 10_000]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stand)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    measured = [(count, *read(count, server.server_port)) for count in counts]
    for (less, before, _), (more, after, largest) in zip(measured, measured[1:]):
        print(f"{less} to {more}: {(after - before) / (more - less):.0f} bytes a pull request read, "
              f"{(after - before) / max(1, largest * ITEMS):.0f} bytes an item of the largest page ({largest * ITEMS} items)")


if __name__ == "__main__":
    main()
