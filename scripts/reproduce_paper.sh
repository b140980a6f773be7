#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# reproduce_paper.sh: makes the CSV files, the chart and the tables of results/paper anew: what the
# ViTCoD paper shows, as far as it can be simulated here (compare, configs/sweeps/paper-*.json). Says
# how long each part takes; minutes in all. VITCOD_SIM names an executable to use in place of the
# release build.
set -euo pipefail

if [ -n "${VITCOD_SIM:-}" ]; then VITCOD_SIM=$(realpath -e "$VITCOD_SIM"); fi
cd "$(dirname "$0")/.."
# shellcheck source=results/tables.sh
source results/tables.sh
find_simulator
export VITCOD_CONFIG_DIR=${VITCOD_CONFIG_DIR:-$PWD/configs}
page=results/paper/README.md

# part NAME TABLE[=PLACE]...: runs configs/sweeps/paper-NAME.json, keeps its rows, puts tables into the page.
part() {
  local name=$1 start=$SECONDS
  shift
  sweep "paper-$name"
  without_key "$scratch/paper-$name/sweep.csv" >"results/paper/$name.csv"
  copy_tables "$page" "paper-$name" "$@"
  echo "$name: $((SECONDS - start)) s" >&2
}

# Figures 1 and 3: ViTCoD against the dense machine, Sanger, SpAtten and the baseline files, 30 workloads.
speedups() {
  local start=$SECONDS model sparsity file arguments=()
  for model in deit-tiny deit-small deit-base levit-128 levit-192 levit-256; do
    for sparsity in 0.6 0.7 0.8 0.9 0.95; do
      printf '{"preset":"%s/configs/workloads/%s.json","maps":{"sparsity":%s}}\n' "$PWD" "$model" "$sparsity" \
        >"$scratch/$model-$sparsity.json"
      arguments+=(--workload "$scratch/$model-$sparsity.json")
    done
  done
  for file in measured-cpu-onednn measured-cpu-pytorch modelled-jetson-tx2-attention published-vitcod; do
    arguments+=(--baselines "results/baselines/$file.json")
  done
  "$VITCOD_SIM" compare configs/vitcod.json configs/dense.json configs/sanger.json configs/spatten.json --scope attention "${arguments[@]}" \
    --out "$scratch/compare" >/dev/null
  cp "$scratch/compare/compare.csv" results/paper/compare.csv
  cp "$scratch/compare/compare.svg" results/paper/speedup.svg
  copy_tables "$page" compare means=baselines fits=rivals
  echo "speed-ups: $((SECONDS - start)) s" >&2
}

mkdir -p results/paper
speedups
part ablation sweep=ablation means movement
part banks reordering
part theta theta
part models dense fit phases roofline utilization lines traffic
scripts/paper_summary.py results/paper/published.csv --numbers "$scratch"/paper-{ablation,models}/numbers.csv \
  --comparison "$scratch/compare/compare.json" --totals results/reference_totals_real.csv --out "$scratch/summary"
cp "$scratch/summary/summary.csv" results/paper/summary.csv
copy_tables "$page" summary summary
echo "made: results/paper, $SECONDS s" >&2
