#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bench.sh [RUNS]: builds the release preset and prints the simulator's speed for DeiT-Tiny and
# DeiT-Base at 90 %, without values: simulated cycles per CPU second, by the user time of the whole
# process (least of RUNS, 7 if not given), and what --verbose says of wake-ups.
# VITCOD_SIM names an executable to use in place of the release build.
set -euo pipefail
if [ -n "${VITCOD_SIM:-}" ]; then VITCOD_SIM=$(realpath -e "$VITCOD_SIM"); fi
cd "$(dirname "$0")/.."

runs=${1:-7}
if [ -z "${VITCOD_SIM:-}" ]; then
  scripts/build.sh release vitcod-sim
  VITCOD_SIM=build/release/vitcod-sim
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
TIMEFORMAT=%U

# user_seconds ARGS...: least user time of a run of the whole process.
user_seconds() {
  local _
  for _ in $(seq "$runs"); do
    { time "$VITCOD_SIM" run configs/vitcod.json --no-values "$@" >"$log"; } 2>&1
  done | sort -n | head -n 1
}

# What the simulation alone cost, without reading and making the workload.
kernel_line() {
  "$VITCOD_SIM" run configs/vitcod.json --no-values --verbose "$@" 2>&1 | sed -n 's/^vitcod-sim: simulated /    simulation alone: /p'
}

bench() {
  local name=$1 seconds cycles
  shift
  seconds=$(user_seconds "$@")
  cycles=$(sed -n 's/^\([0-9]*\) cycles .*/\1/p' "$log")
  awk -v name="$name" -v cycles="$cycles" -v seconds="$seconds" 'BEGIN {
    printf "%-14s %9d cycles  %.3f s user  %7.2f M cycles per CPU second\n",
           name, cycles, seconds, cycles * 1e-6 / (seconds > 0 ? seconds : 0.001)
  }'
  kernel_line "$@"
}

bench "deit-tiny 90 %" --set '/workload="configs/workloads/deit-tiny-90.json"'
bench "deit-base 90 %" --set '/workload="configs/workloads/deit-base.json"'
