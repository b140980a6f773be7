#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# rivals.sh: writes rivals.csv, rivals.svg and the tables of rivals.md: ViTCoD against the dense machine,
# Sanger and SpAtten of as many multipliers, and what was measured and published, attention alone: at
# 90 % by model, and DeiT-Tiny by sparsity. Less than a minute.
# VITCOD_SIM names an executable to use in place of the release build.
set -euo pipefail

if [ -n "${VITCOD_SIM:-}" ]; then VITCOD_SIM=$(realpath -e "$VITCOD_SIM"); fi
cd "$(dirname "$0")/.."
# shellcheck source=results/tables.sh
source results/tables.sh
find_simulator

configs=(configs/vitcod.json configs/dense.json configs/sanger.json configs/spatten.json)

models=()
for model in deit-tiny-90 deit-small deit-base levit-128 levit-192 levit-256; do
  models+=(--workload "configs/workloads/$model.json")
done
"$VITCOD_SIM" compare "${configs[@]}" "${models[@]}" --out "$scratch/models" >/dev/null
cp "$scratch/models/compare.csv" results/rivals.csv
cp "$scratch/models/compare.svg" results/rivals.svg

sparsities=()
for sparsity in 0.6 0.7 0.8 0.9 0.95; do
  printf '{"preset":"%s/configs/workloads/deit-tiny.json","maps":{"sparsity":%s}}\n' "$PWD" "$sparsity" >"$scratch/$sparsity.json"
  sparsities+=(--workload "$scratch/$sparsity.json")
done
"$VITCOD_SIM" compare "${configs[@]}" "${sparsities[@]}" --out "$scratch/sparsities" >/dev/null
tail -n +2 "$scratch/sparsities/compare.csv" >>results/rivals.csv

# times COLUMN FILE: a row a baseline, a column for each value of COLUMN; time in us, and how much
# faster ViTCoD is.
times() {
  awk -F , -v by="$1" '
    /"/ { next }  # quoted names are those of files that stand in rivals.csv alone
    NR == 1 { for (i = 1; i <= NF; ++i) at[$i] = i; next }
    $at["kind"] == "simulated" {
      row = $at["baseline"]; column = $at[by]
      if (!(row in seen)) { seen[row] = 1; rows[++nr] = row }
      if (!(column in known)) { known[column] = 1; columns[++nc] = column }
      cell[row, column] = sprintf("%.1f (%.2f)", $at["time_us"], $at["speedup"])
    }
    END {
      line = "| |"; rule = "|---|"
      for (c = 1; c <= nc; ++c) { line = line " " columns[c] " |"; rule = rule "---|" }
      print line; print rule
      for (r = 1; r <= nr; ++r) {
        line = "| " rows[r] " |"
        for (c = 1; c <= nc; ++c) line = line " " cell[rows[r], columns[c]] " |"
        print line
      }
    }' "$2"
}
times model "$scratch/models/compare.csv" | replace_table results/rivals.md models
times sparsity "$scratch/sparsities/compare.csv" | replace_table results/rivals.md sparsities
echo "made: results/rivals.csv, results/rivals.svg" >&2
