#!/usr/bin/env bash
# CPU seconds (user + system) of `arc build` beside another command, in one run: benches/beside.sh REPOSITORY COMMAND...
# The repository must be a throwaway clone. The other command runs in it, through no shell:
#   benches/beside.sh ~/corpora/django blast --root . --db /tmp/index.db index
#   benches/beside.sh ~/corpora/sympy git log --raw --no-renames
set -euo pipefail
arc=${ARC:-"$(cd "$(dirname "$0")/.." && pwd)/target/release/arc"}
cd "$1"
shift
TIMEFORMAT='%U %S'
cpu() { { time "$@" >/dev/null 2>&1; } 2>&1 | awk '{printf "%.2f", $1 + $2}'; }
for round in 1 2 3; do
  rm -rf .arc
  ours=$(cpu "$arc" build --full)
  theirs=$(cpu "$@")
  awk -v o="$ours" -v t="$theirs" -v r="$round" 'BEGIN { printf "%d: arc %.2f s, other %.2f s, ratio %.2f\n", r, o, t, (t > 0 ? o / t : 0) }'
done
