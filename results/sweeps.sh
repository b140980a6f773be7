#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# sweeps.sh: runs every study of configs/sweeps but paper-* (scripts/reproduce_paper.sh), makes results/sweeps/*.csv anew and the tables in
# results/sweeps.md. VITCOD_SIM names an executable to use in place of the release build.
set -euo pipefail

if [ -n "${VITCOD_SIM:-}" ]; then VITCOD_SIM=$(realpath -e "$VITCOD_SIM"); fi
cd "$(dirname "$0")/.."
source results/tables.sh
find_simulator

# columns FILE NAME...: a Markdown table of these columns; with "front" first, of the rows on the
# Pareto front alone.
columns() {
  local file=$1 front=0
  shift
  if [ "$1" = front ]; then front=1; shift; fi
  awk -F, -v names="$*" -v front="$front" '
    function shown(text) { return text ~ /^-?[0-9]*\.[0-9]+$/ ? sprintf("%.4g", text) : text }
    NR == 1 {
      num = split(names, name, " ")
      for (i = 1; i <= NF; ++i) place[$i] = i
      head = rule = "|"
      for (i = 1; i <= num; ++i) { head = head " `" name[i] "` |"; rule = rule "---|" }
      print head; print rule
      next
    }
    front && $place["pareto"] != "true" { next }
    { row = "|"
      for (i = 1; i <= num; ++i) row = row " " shown($place[name[i]]) " |"
      print row }' "$file"
}

# study NAME COLUMN...
study() {
  local name=$1
  shift
  "$VITCOD_SIM" sweep "configs/sweeps/$name.json" --out "$scratch/$name" >/dev/null
  without_key "$scratch/$name/sweep.csv" >"results/sweeps/$name.csv"
  columns "results/sweeps/$name.csv" "$@" | replace_table results/sweeps.md "$name"
}

mkdir -p results/sweeps
study ablations model off cycles mac_utilization dram_bytes_read energy_pj
study lines-bandwidth front clock_khz channels lines time_us mac_utilization dram_bandwidth_gbps wait_operands
study sram-split model input_bytes output_bytes cycles dram_bytes_read query_reload_bytes pareto
study auto-encoder-ratio channels compressed_heads cycles dram_bytes_read decoder_macs wait_operands
study theta-d sparsity theta_d cycles attention_macs sddmm spmm
study sparsity model sparsity nnz cycles mac_utilization wait_operands
study dram-kind model memory channels peak_gbps cycles dram_row_hit_rate dram_energy_pj pareto
study dense-array model sparsity machine cycles mac_utilization dram_bytes_read energy_pj area
study score-function model sparsity function cycles merge table_updates mac_utilization
study pareto-search front lines macs_per_line decoder_lines banks multipliers time_us
