#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# rivals.sh: writes rivals.csv, rivals.svg and the tables of rivals.md: ViTCoD against the dense machine,
# Sanger and SpAtten of as many multipliers and of as much area, and what was measured and published,
# attention alone at 90 % by model, and DeiT-Tiny by sparsity; whole DeiT models at 90 %. A few minutes.
# VITCOD_SIM names an executable to use in place of the release build.
set -euo pipefail

if [ -n "${VITCOD_SIM:-}" ]; then VITCOD_SIM=$(realpath -e "$VITCOD_SIM"); fi
cd "$(dirname "$0")/.."
# shellcheck source=results/tables.sh
source results/tables.sh
find_simulator

configs=(configs/vitcod.json configs/dense.json configs/sanger.json configs/spatten.json)
scripts/equal_area.py --simulator "$VITCOD_SIM" --reference configs/vitcod.json --out "$scratch/area" "${configs[@]:1}" >&2
configs+=("$scratch"/area/*.json)

# compare NAME SCOPE WORKLOAD...: sets the configs against each other, and puts the table into the page.
compare() {
  local name=$1 arguments=(--scope "$2") workload
  shift 2
  for workload in "$@"; do arguments+=(--workload "$workload"); done
  "$VITCOD_SIM" compare "${configs[@]}" "${arguments[@]}" --out "$scratch/$name" >/dev/null
  replace_table results/rivals.md "$name" <"$scratch/$name/compare.md"
}

models=()
for model in deit-tiny-90 deit-small deit-base levit-128 levit-192 levit-256; do
  models+=("configs/workloads/$model.json")
done
compare models attention "${models[@]}"
cp "$scratch/models/compare.csv" results/rivals.csv
cp "$scratch/models/compare.svg" results/rivals.svg

sparsities=()
for sparsity in 0.6 0.7 0.8 0.9 0.95; do
  printf '{"preset":"%s/configs/workloads/deit-tiny.json","maps":{"sparsity":%s}}\n' "$PWD" "$sparsity" >"$scratch/$sparsity.json"
  sparsities+=("$scratch/$sparsity.json")
done
compare sparsities attention "${sparsities[@]}"
tail -n +2 "$scratch/sparsities/compare.csv" >>results/rivals.csv

# SpAtten drops no tokens of a grid that shrinks: DeiT alone. Also with the shares of its machine file, whatever the
# maps keep.
printf '{"machine":{"preset":"%s/configs/machines/spatten-512.json","cascade_pruning":{"match_entries":false}},"workload":"%s/configs/workloads/deit-tiny.json"}\n' "$PWD" "$PWD" >"$scratch/spatten-shares.json"
configs+=("$scratch/spatten-shares.json")
compare end-to-end model "${models[@]:0:3}"
tail -n +2 "$scratch/end-to-end/compare.csv" >>results/rivals.csv

mkdir -p results/sweeps
study low-bits results/sweeps/low-bits.csv results/rivals.md low-bits
echo "made: results/rivals.csv, results/rivals.svg" >&2
