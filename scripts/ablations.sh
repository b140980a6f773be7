#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# ablations.sh [MASK.npy]: makes results/ablations*.csv anew and the tables in results/ablations.md.
# The generated map of configs/workloads/deit-tiny.json is always run. The authors' DeiT-Tiny
# 95 % mask is run too if it is given, or found as deit-tiny/mask_95.npy in VITCOD_DATA_DIR; else
# its table stays as it is. VITCOD_SIM names an executable to use in place of the release build.
set -euo pipefail

mask=${1:-}
if [ -z "$mask" ] && [ -n "${VITCOD_DATA_DIR:-}" ]; then mask=$VITCOD_DATA_DIR/deit-tiny/mask_95.npy; fi
if [ -n "$mask" ]; then mask=$(realpath -e "$mask"); fi
if [ -n "${VITCOD_SIM:-}" ]; then VITCOD_SIM=$(realpath -e "$VITCOD_SIM"); fi
cd "$(dirname "$0")/.."
source results/tables.sh
find_simulator

# row NAME ARGS...: one line of the table, with the switch that the row turns.
row() {
  local name=$1
  shift
  simulate "$@"
  echo "$name,$(value /cycles/total),$(value /time_us),$(value /utilization/macs),$(
    value /macs/attention),$(value /macs/decoder),$(value /dram/bytes_read),$(
    value /dram/bytes_written),$(value /traffic/query/reload),$(
    value /blocks/sparser_engine/query_forwarding/hits),$(
    value /blocks/sparser_engine/query_forwarding/misses)"
}

# switches ARGS...: the ablation table of a workload that ARGS choose.
switches() {
  echo "row,cycles,time_us,mac_utilization,attention_macs,decoder_macs,dram_bytes_read,dram_bytes_written,query_reload_bytes,forwarded_hits,forwarded_misses"
  row "default" "$@"
  row "pruning off" "$@" --set '/workload/maps={"kind":"dense"}'
  row "polarization off" "$@" --set /workload/polarization=null
  row "auto-encoder off" "$@" --set /workload/auto_encoder=false
  row "Q forwarding off" "$@" --set /machine/controller/query_forwarding=false
  row "dynamic split off" "$@" --set /machine/controller/dynamic_split=false
  row "one engine" "$@" --set /machine/controller/two_engines=false
  row "prefetch off" "$@" --set /machine/controller/prefetch_units=0
}

switches_table() {
  awk -F , '
    NR == 1 {
      print "| | cycles | speed | time, us | MAC utilization | attention MACs | decoder MACs | DRAM read, B | DRAM written, B | Q reloaded, B | forwarded hits / misses |"
      print "|---|---|---|---|---|---|---|---|---|---|---|"
      next
    }
    NR == 2 { reference = $2 }
    {
      printf "| %s | %d | %.2f | %.2f | %.1f %% | %d | %d | %d | %d | %d | %s / %s |\n",
             $1, $2, reference / $2, $3, 100 * $4, $5, $6, $7, $8, $9, $10, $11
    }' "$1"
}

# The comparisons that the paper publishes, over models and sparsities.
published() {
  local cycles dense no_polarization model sparsity
  echo "model,sparsity,cycles,pruning_off,polarization_off,auto_encoder_off,read_bytes,auto_encoder_off_read_bytes"
  for model in deit-tiny deit-small deit-base; do
    local chosen=(--set "/workload/model=\"$model\"")
    simulate "${chosen[@]}" --set '/workload/maps={"kind":"dense"}'
    dense=$(value /cycles/total)
    for sparsity in 0.6 0.7 0.8 0.9 0.95; do
      local at=("${chosen[@]}" --set "/workload/maps/sparsity=$sparsity")
      simulate "${at[@]}" --set /workload/polarization=null
      no_polarization=$(value /cycles/total)
      simulate "${at[@]}"
      cycles=$(value /cycles/total)
      local bytes
      bytes=$(value /dram/bytes_read)
      simulate "${at[@]}" --set /workload/auto_encoder=false
      echo "$model,$sparsity,$cycles,$dense,$no_polarization,$(value /cycles/total),$bytes,$(value /dram/bytes_read)"
    done
  done
}

published_table() {
  awk -F , '
    NR == 1 {
      print "| model, sparsity | cycles | pruning off: times slower | polarization off | auto-encoder off | DRAM read, auto-encoder on / off |"
      print "|---|---|---|---|---|---|"
      next
    }
    {
      printf "| %s %g %% | %d | %.2f | %.2f | %.2f | %.2f |\n", $1, 100 * $2, $3, $4 / $3, $5 / $3, $6 / $3, $7 / $8
      if ($2 > 0.91) next
      ++num; pruning += $4 / $3; polarization += $5 / $3; encoder += $6 / $3; bytes += $7 / $8
      if ($2 != 0.9) next
      ++num90; pruning90 += $4 / $3; polarization90 += $5 / $3; encoder90 += $6 / $3; bytes90 += $7 / $8
    }
    END {
      printf "| mean at 90 %% | | %.2f | %.2f | %.2f | %.2f |\n", pruning90 / num90, polarization90 / num90, encoder90 / num90, bytes90 / num90
      printf "| mean of 60 to 90 %% | | %.2f | %.2f | %.2f | %.2f |\n", pruning / num, polarization / num, encoder / num, bytes / num
      print "| published, mean at 90 % | | 8.14 | 2.03 | | |"
      print "| published, mean of 60 to 90 % | | 5.14 | 2.59 | | |"
    }' "$1"
}

# How polarization pays as access to operands gets narrower: banks of the Q/V buffers of both engines.
banks() {
  local number cycles
  echo "banks,cycles,polarization_off"
  for number in 2 4 8 16 32; do
    local narrow=(--set "/machine/denser_engine/qv_buffer/banks=$number"
      --set "/machine/sparser_engine/qv_buffer/banks=$number")
    simulate "${narrow[@]}"
    cycles=$(value /cycles/total)
    simulate "${narrow[@]}" --set /workload/polarization=null
    echo "$number,$cycles,$(value /cycles/total)"
  done
}

banks_table() {
  awk -F , '
    NR == 1 { print "| banks | cycles | polarization off | times slower |"; print "|---|---|---|---|"; next }
    { printf "| %d | %d | %d | %.2f |\n", $1, $2, $3, $3 / $2 }' "$1"
}

# Decoder lines of each engine against cycles, DeiT-Base at 90 %.
decoders() {
  local number model='/workload/model="deit-base"' sparsity=/workload/maps/sparsity=0.9
  echo "decoder_lines,cycles"
  for number in 8 16 32 64 128; do
    simulate --set "$model" --set "$sparsity" --set "/machine/decoder/lines=$number"
    echo "$number,$(value /cycles/total)"
  done
  simulate --set "$model" --set "$sparsity" --set /workload/auto_encoder=false
  echo "auto-encoder off,$(value /cycles/total)"
}

decoders_table() {
  awk -F , '
    NR == 1 { print "| decoder lines of each engine | cycles |"; print "|---|---|"; next }
    { printf "| %s | %d |\n", $1, $2 }' "$1"
}

# The auto-encoder against DRAM bandwidth: DDR4-2400 channels of 19.2 GB/s, DeiT-Tiny at 95 %.
channels() {
  local number cycles
  echo "channels,cycles,auto_encoder_off"
  for number in 1 2 4; do
    simulate --set "/machine/dram/organization/channels=$number"
    cycles=$(value /cycles/total)
    simulate --set "/machine/dram/organization/channels=$number" --set /workload/auto_encoder=false
    echo "$number,$cycles,$(value /cycles/total)"
  done
}

channels_table() {
  awk -F , '
    NR == 1 { print "| channels | GB/s | cycles | auto-encoder off | times slower |"; print "|---|---|---|---|---|"; next }
    { printf "| %d | %.1f | %d | %d | %.2f |\n", $1, 19.2 * $1, $2, $3, $3 / $2 }' "$1"
}

# make_table TABLE CSV FUNCTION ARGS...: the rows of FUNCTION go to the file, its table to the page.
make_table() {
  local name=$1 csv=results/$2 function=$3
  shift 3
  "$function" "$@" >"$scratch/rows.csv"
  cp "$scratch/rows.csv" "$csv"
  "${function}_table" "$csv" | replace_table results/ablations.md "$name"
  echo "made: $csv" >&2
}

make_table generated ablations.csv switches
if [ -n "$mask" ]; then
  make_table real ablations_real_mask.csv switches --set "/workload/maps={\"kind\":\"masks\",\"files\":[\"$mask\"]}"
fi
make_table published ablations_published.csv published
make_table banks ablations_banks.csv banks
make_table decoders ablations_decoders.csv decoders
make_table channels ablations_channels.csv channels
