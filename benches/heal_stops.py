#!/usr/bin/env python3
"""Ends `arc heal` by SIGKILL at every call of the kernel from the first that writes to the project's `.arc` to its end, and
looks at what the next start leaves.

usage: heal_stops.py ARC [--each N]    (needs strace; a project with one broken script is made in a temporary folder)

A run without a kill tells which calls there are. Then one run for each: strace ends the process when it is about to make
that call. Whole means: the script is, byte for byte and in its mode, the broken one or the healed one; once `arc heal` has
run again it is the healed one, `arc heal log` finds its chain sound, and no file is in the project that was not there.
"""
import argparse, collections, hashlib, os, re, shutil, stat, subprocess, sys, tempfile

CALLS = "mkdir,mkdirat,openat,write,writev,pwrite64,fsync,fdatasync,fchmod,fchmodat,chmod,fchown,rename,renameat,renameat2,unlink,unlinkat,rmdir,flock,link,linkat,ftruncate,close"
BROKEN = b"#!/bin/bash\nset -e\nif [ -n \"$HOME\" ]; then\n  echo yes\n\nfor x in a b; do\n  echo \"$x\"\ndone\n"
SOUND = b"#!/bin/bash\nset -e\nif [ -n \"$HOME\" ]; then\n  echo yes\nfi\nfor x in a b; do\n  echo \"$x\"\ndone\n"


def project(folder):
    """A project with a broken script, and a file that is nobody's business."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    subprocess.run(["git", "init", "-q", folder], check=True)
    with open(folder + "/prog.sh", "wb") as file:
        file.write(BROKEN)
    os.chmod(folder + "/prog.sh", 0o750)
    with open(folder + "/other.txt", "w") as file:
        file.write("left alone\n")


def seen(folder):
    """Every file outside of `.arc` and `.git`, with its bytes and mode."""
    found = {}
    for above, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in (".arc", ".git")]
        for name in files:
            path = os.path.join(above, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = (file.read(), stat.S_IMODE(os.stat(path).st_mode))
    return found


def heal(arc, folder, before=()):
    command = [*before, arc, "heal", "prog.sh", "--no-llm", "--yes", "--json", "--", "bash", "prog.sh"]
    return subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)


def traced(arc, folder, extra):
    log = folder + ".log"
    result = heal(arc, folder, ["strace", "-y", "-s", "400", "-o", log, "-e", "trace=" + CALLS, *extra])
    with open(log, errors="replace") as file:
        lines = [line for line in file if re.match(r"\w+\(", line)]
    return result, lines


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("arc")
    parser.add_argument("--each", type=int, default=1)
    arguments = parser.parse_args()
    arc = os.path.abspath(arguments.arc)
    scratch = tempfile.mkdtemp(prefix="stops-")
    folder = scratch + "/project"
    project(folder)
    result, lines = traced(arc, folder, [])
    healed = seen(folder)
    assert result.returncode == 0 and healed["prog.sh"] == (SOUND, 0o750), (result, healed)
    first = next(at for at, line in enumerate(lines) if "/.arc" in line and not line.startswith("close"))
    in_commit = [line for line in lines if "/.arc" in line or "prog.sh" in line]
    print(f"{len(lines)} calls, {len(lines) - first} from the first in .arc on, {len(in_commit)} of those about .arc or the script")
    told, bad, states = collections.Counter(), [], collections.Counter()
    # How often each kind of call was made before: strace counts each kind by itself.
    nth = collections.Counter()
    for at, line in enumerate(lines):
        kind = line.split("(")[0]
        nth[kind] += 1
        if at < first or (at - first) % arguments.each:
            continue
        project(folder)
        begun = seen(folder)
        _, own = traced(arc, folder, ["-e", f"inject={kind}:signal=SIGKILL:when={nth[kind]}"])
        last = own[-1].strip()[:110] if own else ""
        states[re.sub(r"[0-9a-f]{6,}[-0-9a-f]*|\d+", "N", re.sub(r"=.*", "", last))[:90]] += 1
        now = seen(folder)
        is_old, is_new = now == begun, now == healed
        told["old" if is_old else "new" if is_new else "DAMAGED"] += 1
        again = heal(arc, folder)
        then = seen(folder)
        log = subprocess.run([arc, "heal", "log", "--json"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        left = [name for name in os.listdir(folder + "/.arc/heal") if not os.path.exists(f"{folder}/.arc/heal/{name}/journal.json")
                and os.path.isdir(f"{folder}/.arc/heal/{name}")] if os.path.isdir(folder + "/.arc/heal") else []
        half = [name for above, _, names in os.walk(folder + "/.arc") for name in names if ".arc-" in name]
        if not (is_old or is_new) or then != healed or again.returncode != 0 or log.returncode != 0 or left:
            bad.append((kind, nth[kind], last, is_old, is_new, again.returncode, log.returncode, left, log.stderr[-200:]))
        told["temporary files in .arc afterwards"] += bool(half)
    print(dict(told))
    for state, times in sorted(states.items()):
        print(f"  {times:3} {state}")
    for one in bad:
        print("BAD", one)
    shutil.rmtree(scratch, ignore_errors=True)
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
