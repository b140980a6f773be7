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

# The authors' analytic model of attention (GATECH-EIC/ViTCoD commit 0b4031a, Hardware/Simulator):
# head 0's map stands for all heads, 512 MACs, 76.8 x 2^30 bytes a second. Prints cycles. For models
# with one shape of attention, 64 features a head and a class token.
authors_model() {
  "$VITCOD_SIM" workload info "$scratch/workload.json" --json >"$scratch/info.json"
  awk -f results/flatten.awk "$scratch/info.json" | awk -F '[/\t]' '
    function ceil(x) { return x == int(x) ? x : int(x) + 1 }
    function larger(a, b) { return a > b ? a : b }
    function at_least_one(x) { return x < 1 ? 1 : int(x) }
    $2 == "layers" && $4 == "heads" {
      if ($3 + 1 > layers) layers = $3 + 1
      if ($5 + 1 > heads) heads = $5 + 1
      if ($5 == 0) head0[$3, $6] = $7
    }
    $2 == "layers" && $4 == "num_keys" { N = $5 }
    END {
      d = 64; A = 8; bandwidth = 76.8 * 2 ^ 30 / 500e6
      ratio = heads == 3 ? 2 / 3 : 1 / 2
      for (l = 0; l < layers; ++l) {
        G = head0[l, "denser_columns"]
        z = head0[l, "nnz"] - head0[l, "denser_nnz"]
        D = larger(1, int(64 * G * N / (z + G * N))); P = 64 - D
        compressed = heads * ratio * d
        load += N * ceil(compressed / bandwidth) * (G > 0 ? 2 : 1 + z / N / N) + 3
        load += (G + 1.5 * (N - G)) * ceil(heads * d / bandwidth)
        compute += 2 * N * ceil(compressed / int(64 * A / heads))
        compute += larger(G * ceil(N / D), z == 0 ? 0 : ceil(z / P)) * ceil(d / (A / heads))
        compute += larger(ceil(N * d * G / at_least_one(D * A / heads)),
                          z == 0 ? 0 : ceil(z * d / at_least_one(P * A / heads)))
      }
      print ceil(larger(load, compute))
    }'
}

# total GROUP MODEL MAPS_NAME MAPS POLARIZATION
total() {
  local authors=-
  specification "$2" "$4" "$5"
  simulate --set "/workload=\"$scratch/workload.json\""
  case $2 in deit-*) authors=$(authors_model) ;; esac
  local dense
  dense=$(value /workload/dense_macs)
  echo "$1,$2,$3,$(value /workload/nnz),$(value /workload/macs),$dense,$(value /macs/attention),$(
    value /cycles/total),$(value /time_us),$(value /utilization/macs),$(value /dram/bytes_read),$authors"
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
