#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# assumptions.sh: writes assumptions.csv and the tables of assumptions.md: what each assumed number
# of configs/machines/vitcod.json costs in area, and what cycles do when it is halved or doubled.
# The numbers are those of assumptions.list, its sweeps are made by scripts/assumption_sweeps.py. Two minutes.
# VITCOD_SIM names an executable to use in place of the release build.
set -euo pipefail

if [ -n "${VITCOD_SIM:-}" ]; then VITCOD_SIM=$(realpath -e "$VITCOD_SIM"); fi
cd "$(dirname "$0")/.."
# shellcheck source=results/tables.sh
source results/tables.sh
find_simulator

# run NAME ARGS...: makes the sweep NAME.json and runs it. Points that are in both run once. A machine or a run that is
# refused is a row; any other failure ends the script.
run() {
  local name=$1
  shift
  scripts/assumption_sweeps.py --list results/assumptions.list --machine configs/machines/vitcod.json --run configs/vitcod.json \
    --template results/assumptions.json --out "$scratch" "$@"
  "$VITCOD_SIM" sweep "$scratch/$name.json" --out "$scratch/$name" --cache "$scratch/points" >/dev/null
  if grep '"status":"failed"' "$scratch/$name/sweep.jsonl" | grep -v '"error":"input: ' >&2; then return 1; fi
}

run each
cp "$scratch/each/rows.csv" results/assumptions.csv
copy_tables results/assumptions.md each machine assumed choices
run cheap --rows "$scratch/each/rows.csv"
copy_tables results/assumptions.md cheap cheap
echo "made: results/assumptions.csv" >&2
