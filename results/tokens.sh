#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tokens.sh: writes tokens.csv and the tables of tokens.md: what dropping tokens saves on
# configs/machines/vitcod.json, IRET-tiny over its threshold and its exits, and DeiT-Tiny by published
# schedules; whole models, generated maps of 90 % sparsity, seed 1. Less than a minute.
# VITCOD_SIM names an executable to use in place of the release build.
set -euo pipefail

if [ -n "${VITCOD_SIM:-}" ]; then VITCOD_SIM=$(realpath -e "$VITCOD_SIM"); fi
cd "$(dirname "$0")/.."
# shellcheck source=results/tables.sh
source results/tables.sh
find_simulator

# row TABLE NAME MODEL TOKENS: TOKENS is the JSON of `tokens`, or null.
row() {
  local workload="{\"model\":\"$3\",\"scope\":\"model\",\"maps\":{\"kind\":\"generated\",\"sparsity\":0.9,\"seed\":1},\"polarization\":{\"theta_d\":50},\"tokens\":$4}"
  [ "$4" = null ] && workload=${workload/,\"tokens\":null/}
  simulate --set "/workload=$workload"
  echo "$1,$2,$(value /cycles/total),$(value /time_us),$(value /energy_pj/total),$(value /dram/bytes_read),$(value /macs/linear),$(value /macs/attention),$(value /blocks/token_gather/rows)"
}

at='"boundaries":[3,6,9],"seed":1'
{
  echo "table,name,cycles,time_us,energy_pj,dram_bytes_read,macs_linear,macs_attention,rows_gathered"
  for threshold in 0.3 0.5 0.6 0.7 0.8 0.9 1.0 1.1; do
    row iret "threshold $threshold" iret-tiny "{\"kind\":\"iret\",\"threshold\":$threshold,$at}"
  done
  for ratio in 0.5 0.7 0.9 1.0; do
    row iret "fixed ratio $ratio" iret-tiny "{\"kind\":\"iret\",\"keep_ratio\":$ratio,$at}"
  done
  for confidence in 0 0.4 0.6 0.8; do
    row iret "threshold 0.7 with exits at $confidence" iret-tiny "{\"kind\":\"iret\",\"threshold\":0.7,\"exits\":{\"confidence\":$confidence},$at}"
  done
  row deit "all tokens" deit-tiny null
  for kind in dynamicvit evit; do
    for ratio in 0.5 0.7 0.9; do
      row deit "$kind ratio $ratio" deit-tiny "{\"kind\":\"$kind\",\"keep_ratio\":$ratio,$at}"
    done
  done
} >"$scratch/rows.csv"
cp "$scratch/rows.csv" results/tokens.csv
for table in iret deit; do
  awk -F , -v table=$table '
    NR == 1 {
      print "| tokens | cycles | time, ms | energy, mJ | DRAM read, MB | MACs of linear layers, millions | of attention | rows gathered |"
      print "|---|---|---|---|---|---|---|---|"
    }
    $1 == table { printf "| %s | %d | %.3f | %.2f | %.2f | %.1f | %.2f | %d |\n", $2, $3, $4 / 1000, $5 / 1e9, $6 / 1e6, $7 / 1e6, $8 / 1e6, $9 }
  ' results/tokens.csv | replace_table results/tokens.md $table
done
echo "made: results/tokens.csv" >&2
