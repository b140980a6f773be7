#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bench_instructions.sh [ARGS...]: what the simulator costs the host in instructions, counted by
# callgrind on the default run without values: a DRAM burst, an operand request of the engines, a
# wake-up of a block, a simulated cycle. Counts hardly depend on the host or its load, as times do. ARGS go
# to `run`. VITCOD_SIM names an executable to use in place of the release build. Without valgrind it
# says so and does nothing.
set -euo pipefail
if [ -n "${VITCOD_SIM:-}" ]; then VITCOD_SIM=$(realpath -e "$VITCOD_SIM"); fi
cd "$(dirname "$0")/.."
if ! command -v valgrind >/dev/null; then
  echo "bench_instructions: SKIPPED, valgrind is not installed (scripts/setup.sh check)"
  exit 0
fi
source results/tables.sh
find_simulator

if ! timeout 300 valgrind --tool=callgrind --callgrind-out-file="$scratch/calls" \
  "$VITCOD_SIM" run configs/vitcod.json --no-values --verbose --out "$scratch/run" "$@" \
  >"$scratch/log" 2>&1; then
  tail -n 20 "$scratch/log" >&2
  echo "bench_instructions: the run failed" >&2
  exit 1
fi
awk -f results/flatten.awk "$scratch/run/result.json" >"$scratch/run/flat"
callgrind_annotate --inclusive=yes --threshold=100 "$scratch/calls" >"$scratch/functions"

# inclusive FUNCTION: instructions in a function and all that it calls.
inclusive() {
  local count
  count=$(awk -v name="vitcod::$1(" 'index($0, name) { gsub(",", "", $1); print $1; exit }' "$scratch/functions")
  if [ -z "$count" ]; then
    echo "bench_instructions: the profile has no function vitcod::$1" >&2
    exit 1
  fi
  echo "$count"
}

# value POINTER: of the result; "-" if it has none.
value() {
  awk -F '\t' -v pointer="$1" '
    $1 == pointer { print $2; found = 1; exit }
    END { if (!found) print "-" }' "$scratch/run/flat"
}

# sum PATTERN: of the values of the result whose pointers match.
sum() { awk -F '\t' -v pattern="$1" '$1 ~ pattern { sum += $2 } END { print sum }' "$scratch/run/flat"; }

# each WHAT FUNCTION COUNT: the function's instructions for each of COUNT.
each() {
  local instructions
  instructions=$(inclusive "$2")
  awk -v what="$1" -v name="$2" -v instructions="$instructions" -v count="$3" 'BEGIN {
    printf "%-24s %7.0f   (%s: %d for %d)\n", what, instructions / count, name, instructions, count }'
}

bursts=$(sum '^/dram/commands/(RD|WR|RDA|WRA)$')
requests=$(sum '^/blocks/[a-z]*_engine/(qv_buffer|ks_buffer)/(reads|shared_reads|refused)$|/query_forwarding/hits$')
wakeups=$(sed -n 's/.* \([0-9]*\) wake-ups.*/\1/p' "$scratch/log")
cycles=$(value /cycles/total)
echo "instructions of the default run, without values"
each "a DRAM burst" DramChannel::tick "$bursts"
each "a burst in the DMA" Dma::tick "$bursts"
each "an operand request" Engine::tick "$requests"
each "a wake-up, all included" Scheduler::advance "$wakeups"
each "a simulated cycle" Scheduler::advance "$cycles"
