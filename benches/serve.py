"""Latency and memory of `arc serve` on a repository that has a graph.

    python3 benches/serve.py path/to/arc path/to/repository [calls of each tool [calls of the soak]]

Targets are drawn from the graph with a fixed seed: every symbol and file is as likely as any other. Stdio latencies are those
of one client that waits for each answer; over HTTP sixteen clients ask at once. Memory is that of the process at the end. On a shared machine the CPU of a call says more than
its time. Over HTTP every target is asked once, and then three times more, as several clients of one repository do. A soak mixes all tools, right and wrong calls, and compares the memory at its end with that after 1,000 calls.
"""

import http.client
import json
import random
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path


def targets(root: Path, count: int) -> dict[str, list[dict]]:
    graph = sqlite3.connect(f"file:{root}/.arc/graph.db?mode=ro", uri=True)
    symbols = graph.execute(
        "SELECT path, line, name FROM nodes WHERE kind IN ('function', 'method', 'class') AND path IS NOT NULL ORDER BY path, line"
    ).fetchall()
    draw = random.Random(7)
    symbols = [draw.choice(symbols) for _ in range(count)]
    places = [f"{path}:{line}" for path, line, _ in symbols]
    return {
        "search": [{"query": name} for _, _, name in symbols],
        "context": [{"target": place} for place in places],
        "impact": [{"target": place} for place in places],
        "why": [{"target": place} for place in places[: count // 4]],
    }


class Server:
    def __init__(self, arc: str, root: Path, *words: str) -> None:
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            [arc, "serve", *words], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.last = 0

    def call(self, name: str, arguments: dict) -> dict:
        self.last += 1
        request = {
            "jsonrpc": "2.0",
            "id": self.last,
            "method": "tools/call",
            "params": {"name": name, "arguments": arguments},
        }
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def memory(self) -> dict[str, int]:
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        rows = (line.split() for line in text.splitlines())
        return {row[0][:-1]: int(row[1]) // 1024 for row in rows if row[0] in ("VmRSS:", "RssAnon:")}

    def cpu(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / 100

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait(30)


def told(name: str, seconds: list[float]) -> None:
    seconds = sorted(seconds)
    p99 = seconds[min(len(seconds) - 1, int(len(seconds) * 0.99))]
    print(
        f"{name:<8} {len(seconds):>6} calls  median {statistics.median(seconds) * 1000:7.2f} ms  "
        f"p99 {p99 * 1000:7.2f} ms  worst {seconds[-1] * 1000:7.2f} ms"
    )


def over_stdio(arc: str, root: Path, asked: dict[str, list[dict]]) -> None:
    server = Server(arc, root)
    first = next(iter(asked["search"]))
    server.call("search", first)
    print(f"start to first answer {(time.perf_counter() - server.started) * 1000:.0f} ms")
    for name, arguments in asked.items():
        seconds, largest, before = [], 0, server.cpu()
        for one in arguments:
            start = time.perf_counter()
            answer = server.call(name, one)
            seconds.append(time.perf_counter() - start)
            assert "result" in answer, answer
            largest = max(largest, len(answer["result"]["content"][0]["text"]))
        told(name, seconds)
        cpu = (server.cpu() - before) / max(1, len(arguments)) * 1000
        print(f"         {cpu:.1f} ms of CPU a call, largest answer {largest} bytes, memory {server.memory()} MiB")
    before = server.cpu()
    time.sleep(10)
    print(f"CPU of 10 idle seconds: {server.cpu() - before:.2f} s")
    server.end()


def over_http(arc: str, root: Path, asked: list[dict], clients: int = 16) -> None:
    server = Server(arc, root, "--http", "0")
    place = server.process.stdout.readline().decode().strip().removeprefix("http://")
    wrong: list[int] = []
    done = [0] * clients

    def ask(client: int, rows: list[dict]) -> None:
        connection = http.client.HTTPConnection(place)
        for one in rows[client::clients]:
            connection.request("POST", "/api/v1/tools/impact", json.dumps(one))
            answer = connection.getresponse()
            answer.read()
            if answer.status not in (200, 409):
                wrong.append(answer.status)
            done[client] += 1

    # Not among those that are counted: the server reads its graph.
    for client in range(clients):
        ask(client, asked[: clients * 2])
    asked = asked[clients * 2 :]
    start, cpu, all_done = time.perf_counter(), server.cpu(), 0
    for name, times in [("asked once", 1), ("asked again", 3)]:
        rows = asked * times
        done = [0] * clients
        threads = [threading.Thread(target=ask, args=(client, rows)) for client in range(clients)]
        begun, before = time.perf_counter(), server.cpu()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - begun
        all_done += sum(done)
        print(
            f"HTTP     {clients} clients, {sum(done)} impact calls {name}: {sum(done) / seconds:.0f} a second, "
            f"{server.cpu() - before:.1f} s of CPU"
        )
    seconds = time.perf_counter() - start
    print(
        f"HTTP     {all_done} calls in all: {all_done / seconds:.0f} a second, {len(wrong)} errors, memory {server.memory()} MiB, "
        f"{server.cpu() - cpu:.1f} s of CPU"
    )
    server.process.terminate()
    server.process.wait(30)


def soak(arc: str, root: Path, asked: dict[str, list[dict]], calls: int) -> None:
    mixed = [(name, one) for name, arguments in asked.items() for one in arguments]
    mixed += [("history", {"target": one["target"]}) for one in asked["why"][:20]]
    mixed += [("check", {"path": one["target"].split(":")[0]}) for one in asked["why"][:20]]
    mixed += [("query_graph", {"sql": "SELECT kind, count(*) FROM nodes GROUP BY kind"})]
    mixed += [("overview", {"limit": 3}), ("tests", {"target": asked["impact"][0]["target"]})]
    mixed += [("impact", {"target": "no/such/place"}), ("impact", {"target": 7}), ("nothing", {})]
    random.Random(11).shuffle(mixed)
    server = Server(arc, root)
    start = time.perf_counter()
    for number in range(calls):
        server.call(*mixed[number % len(mixed)])
        if number + 1 in (1_000, 10_000, calls):
            print(f"soak     {number + 1:>6} calls after {time.perf_counter() - start:.0f} s, memory {server.memory()} MiB", flush=True)
    server.end()


def main() -> None:
    arc, root = str(Path(sys.argv[1]).resolve()), Path(sys.argv[2])
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 400
    subprocess.run([arc, "build", "-q"], cwd=root, check=True)
    asked = targets(root, count)
    over_stdio(arc, root, asked)
    over_http(arc, root, asked["impact"])
    if len(sys.argv) > 4:
        soak(arc, root, asked, int(sys.argv[4]))


if __name__ == "__main__":
    main()
