#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# models.sh: writes models.csv and the table of models.md: whole models on configs/machines/vitcod.json,
# and their attention alone, with generated maps of 90 % sparsity, seed 1. Less than a minute.
# VITCOD_SIM names an executable to use in place of the release build.
set -euo pipefail

if [ -n "${VITCOD_SIM:-}" ]; then VITCOD_SIM=$(realpath -e "$VITCOD_SIM"); fi
cd "$(dirname "$0")/.."
# shellcheck source=results/tables.sh
source results/tables.sh
find_simulator

# run MODEL SCOPE
run() {
  simulate --set "/workload={\"model\":\"$1\",\"scope\":\"$2\",\"maps\":{\"kind\":\"generated\",\"sparsity\":0.9,\"seed\":1},\"polarization\":{\"theta_d_fraction\":0.25}}"
}

{
  echo "model,macs_linear,macs_attention,cycles,time_us,mac_utilization,gemm_cycles,layer_norm_cycles,energy_pj,attention_cycles"
  for model in deit-tiny deit-small deit-base levit-128 levit-192 levit-256 strided-transformer-27 strided-transformer; do
    run $model attention
    attention=$(value /cycles/total)
    run $model model
    echo "$model,$(value /macs/linear),$(value /macs/attention),$(value /cycles/total),$(value /time_us),$(value /utilization/macs),$(value /cycles/by_phase/gemm),$(value /cycles/by_phase/layer_norm),$(value /energy_pj/total),$attention"
  done
} >"$scratch/rows.csv"
cp "$scratch/rows.csv" results/models.csv
awk -F , '
  NR == 1 {
    print "| model | MACs, millions | of linear layers | cycles | time, ms | MAC utilization | linear layers | layer norm | energy, mJ | cycles of its attention alone |"
    print "|---|---|---|---|---|---|---|---|---|---|"
    next
  }
  { printf "| %s | %.1f | %.1f %% | %d | %.3f | %.1f %% | %.1f %% | %.1f %% | %.2f | %d (%.1f %%) |\n",
           $1, ($2 + $3) / 1e6, 100 * $2 / ($2 + $3), $4, $5 / 1000, 100 * $6, 100 * $7 / $4, 100 * $8 / $4,
           $9 / 1e9, $10, 100 * $10 / $4 }
' results/models.csv | replace_table results/models.md models
echo "made: results/models.csv" >&2
