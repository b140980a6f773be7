#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# reference_totals.sh: makes results/reference_totals.csv anew and the tables in
# results/reference_totals.md. Rows of the authors' masks and maps are made if VITCOD_DATA_DIR names
# a folder that has them (deit-tiny/mask_95.npy, levit-128/attention/*.npy), else the old ones stay.
# The first result in README.md is copied from a run as well.
# VITCOD_SIM names an executable to use in place of the release build.
set -euo pipefail

data=${VITCOD_DATA_DIR:-}
if [ -n "$data" ]; then data=$(realpath -e "$data"); fi
if [ -n "${VITCOD_SIM:-}" ]; then VITCOD_SIM=$(realpath -e "$VITCOD_SIM"); fi
cd "$(dirname "$0")/.."
source results/tables.sh
find_simulator

# specification MODEL MAPS POLARIZATION: of a workload, into the scratch folder.
specification() {
  printf '{"model":"%s","scope":"attention","maps":%s,"polarization":%s}\n' "$1" "$2" "$3" \
    >"$scratch/workload.json"
}

# The authors' analytic model of attention (their script at commit 0b4031a), in whole cycles.
authors_model() {
  "$VITCOD_SIM" formula configs/vitcod.json --set "/workload=\"$scratch/workload.json\"" \
    --revision 0b4031a --json >"$scratch/formula.json"
  awk -f results/flatten.awk "$scratch/formula.json" | awk -F '\t' '
    $1 == "/totals/attention" { print $2 == int($2) ? $2 : int($2) + 1 }'
}

# total GROUP MODEL MAPS_NAME MAPS POLARIZATION
total() {
  local authors
  specification "$2" "$4" "$5"
  simulate --set "/workload=\"$scratch/workload.json\""
  authors=$(authors_model)
  local dense
  dense=$(value /workload/dense_macs)
  echo "$1,$2,$3,$(value /workload/nnz),$(value /workload/macs),$dense,$(value /macs/attention),$(
    value /cycles/total),$(value /time_us),$(value /utilization/done),$(value /dram/bytes_read),$authors"
}

generated() { echo "{\"kind\":\"generated\",\"sparsity\":$1,\"seed\":1}"; }

levit_maps() {  # THETA_P
  local files=""
  for group in stage0 subsample0 stage1 subsample1 stage2; do
    files="$files,\"$data/levit-128/attention/$group.npy\""
  done
  echo "{\"kind\":\"attention\",\"files\":[${files#,}],\"theta_p\":$1}"
}

all_totals() {
  local model sparsity
  for model in deit-tiny deit-small deit-base; do
    for sparsity in 0.95 0.9 0.8; do
      total generated $model "generated $sparsity" "$(generated $sparsity)" '{"theta_d":50}'
    done
  done
  for model in levit-128 levit-192 levit-256; do
    for sparsity in 0.9 0.8; do
      total generated $model "generated $sparsity" "$(generated $sparsity)" '{"theta_d_fraction":0.25}'
    done
  done
  if [ -z "$data" ]; then
    grep '^real,' results/reference_totals.csv || true
    return
  fi
  total real deit-tiny "authors' mask 0.95" \
    "{\"kind\":\"masks\",\"files\":[\"$data/deit-tiny/mask_95.npy\"]}" '{"theta_d":50}'
  total real levit-128 "authors' maps 0.95" "$(levit_maps '[0.313,0.53,0.16,0.33,0.60]')" '{"theta_d_fraction":0.25}'
  total real levit-128 "authors' maps 0.9" "$(levit_maps '[0.46,0.74,0.50,0.70,0.92]')" '{"theta_d_fraction":0.25}'
  total real levit-128 "authors' maps 0.8" "$(levit_maps '[0.66,0.94,0.80,0.93,2]')" '{"theta_d_fraction":0.25}'
}

{
  echo "group,model,maps,kept_entries,macs_kept,macs_dense,macs_done,cycles,time_us,mac_utilization,dram_bytes_read,authors_model_cycles"
  all_totals
} >"$scratch/rows.csv"
cp "$scratch/rows.csv" results/reference_totals.csv
awk -F , '
  NR == 1 {
    print "| model | maps | kept entries | MACs done / kept | floor of 512 MACs, cycles | cycles | time, us | MAC utilization | authors'"'"' model, cycles |"
    print "|---|---|---|---|---|---|---|---|---|"
    next
  }
  { printf "| %s | %s | %d | %.2f | %d | %d | %.2f | %.1f %% | %s |\n",
           $2, $3, $4, $7 / $5, $7 / 512, $8, $9, 100 * $10, $12 }
' results/reference_totals.csv | replace_table results/reference_totals.md totals
echo "made: results/reference_totals.csv" >&2

{
  echo '```text'
  "$VITCOD_SIM" run configs/vitcod.json
  echo '```'
} | replace_table README.md run
