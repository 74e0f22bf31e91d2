"""What the loop of `arc improve` costs beside the model and the command, an iteration.

usage: improve.py CLONE FILE [ITERATIONS] [--whole]   (ARC_BIN names the binary; CLONE gets a graph: give it a copy)

A server on this machine that speaks chat completions answers at once: each time with another statement before one `return` of FILE (Python),
which nothing shows to be better, so that the loop goes on to its limit (6). The command is `true`. Told are the seconds of one iteration
without those of the server and of the command's run in the sandbox, and the processor time of the whole process. With `--whole` the
statements stand outside of functions, so that the whole project is resolved each time.
"""
import http.server
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import threading
import time


def answers(path, old, whole):
    """Answers without end, each another edit of `path`."""
    number = 0
    while True:
        number += 1
        indent = re.match(r"\s*", old).group()
        new = "%sarc_%d = %d\n%s" % (indent, number, number, old)
        if whole:
            new = "%s\n\n\nARC_%d = %d" % (old, number, number)
        yield json.dumps({"summary": "try %d" % number, "edits": [{"path": path, "old": old, "new": new}]})


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        began = time.perf_counter()
        self.server.came.append(time.time())
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said = next(self.server.answers)
        if body.get("stream"):
            pieces = [{"choices": [{"index": 0, "delta": {"role": "assistant", "content": said}}]},
                      {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}]
            text = "".join("data: %s\n\n" % json.dumps(dict(piece, id="x", object="chat.completion.chunk", created=0, model="m")) for piece in pieces)
            kind, text = "text/event-stream", text + "data: [DONE]\n\n"
        else:
            message = {"role": "assistant", "content": said}
            kind, text = "application/json", json.dumps({"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [
                {"index": 0, "message": message, "finish_reason": "stop"}], "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}})
        data = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        self.server.spent += time.perf_counter() - began

    def log_message(self, *_):
        pass


def unique_return(text, whole):
    """A line that stands once: a `return` with something, or the last line."""
    lines = text.splitlines()
    if whole:
        lines = [line for line in lines if line and line[0].isalpha() and not line.endswith((":", "(", "[", "{", ","))][::-1]
    else:
        lines = [line for line in lines if re.match(r"\s+return \w", line) and not line.rstrip().endswith(("(", "[", "{", ",", "\\"))]
    return next(line for line in lines if text.count(line) == 1)


def main():
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    clone, path, count = words[0], words[1], int(words[2]) if len(words) > 2 else 6
    arc = os.environ.get("ARC_BIN", "arc")
    subprocess.run([arc, "build", "-q"], cwd=clone, check=True)
    with open(os.path.join(clone, path)) as file:
        old = unique_return(file.read(), "--whole" in sys.argv)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.answers, server.spent, server.came = answers(path, old, "--whole" in sys.argv), 0.0, []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    env = dict(os.environ, ARC_MODEL_PROVIDER="openai", ARC_MODEL_NAME="stand-in", ARC_MODEL_BASE_URL="http://127.0.0.1:%d/v1" % server.server_port)
    began = time.time()
    done = subprocess.run([arc, "improve", path, "--iterations", str(count), "--command", "true", "--no-heal", "--json"], cwd=clone, env=env,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    ended = time.time()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    if len(server.came) < count:
        sys.exit("%d of %d answers were asked for\n%s%s" % (len(server.came), count, done.stdout.decode(), done.stderr.decode()))
    session = max((os.path.join(clone, ".arc/sessions", name) for name in os.listdir(os.path.join(clone, ".arc/sessions"))), key=os.path.getmtime)
    rows = []
    for number, came in enumerate(server.came, 1):
        after = server.came[number] if number < count else ended
        with open(os.path.join(session, "run-%d.json" % number)) as file:
            ran = json.load(file)["ms"] / 1000
        rows.append(after - came - ran)
    print("%s of %s: before the first question %.0f ms" % (path, os.path.basename(os.path.abspath(clone)), 1000 * (server.came[0] - began)))
    print("beside the command an iteration: %s ms; median %.0f, of all but the first %.0f" % (
        " ".join("%.0f" % (1000 * row) for row in rows), 1000 * statistics.median(rows), 1000 * statistics.median(rows[1:])))
    print("processor time of the graph and the loop %.2f s user, %.2f s system" % (used.ru_utime, used.ru_stime))


if __name__ == "__main__":
    main()
