#!/usr/bin/env python3
"""Whether a sandbox held: judge.py CONTROL.json RUN.json ATTACK.py CMD

Every attack has to have been live in the control, but for a few that a machine may not have (a block device that root may read). None may
have escaped from the run. What a busy machine can look like, a limit of time, is tried three times more by itself and may not escape again.
"""
import json, subprocess, sys

MOST_DEAD = 4
control, run = (json.load(open(path)) for path in sys.argv[1:3])
live = {one["attack"] for one in control["results"] if one["verdict"] == "ESCAPED"}
dead = sorted({one["attack"] for one in control["results"] if one["kind"] != "surface"} - live)
print("not live here:", ", ".join(dead) or "none")
wrong = [f"{len(dead)} attacks are not live"] if len(dead) > MOST_DEAD else []
for one in run["results"]:
    name, verdict = one["attack"], one["verdict"]
    if verdict.startswith("error"):
        wrong.append(f"{name}: {verdict}")
    elif verdict == "ESCAPED" and one["kind"] == "limit":
        again = [sys.executable, sys.argv[3], "--cmd", sys.argv[4], "--only", name, "--repeat", "3"]
        if subprocess.run(again).returncode != 0:
            wrong.append(f"{name} escaped again")
    elif verdict == "ESCAPED" and one["kind"] != "surface":
        wrong.append(f"{name} escaped")
if not run["results"]:
    wrong.append("nothing was run")
print("held" if not wrong else "FAILED: " + "; ".join(wrong))
sys.exit(bool(wrong))
