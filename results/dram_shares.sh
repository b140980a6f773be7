#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dram_shares.sh: prints the rows of the preset table in hw_models/dram/README.md. For each memory,
# what part of its peak 200,000 sequential and 100,000 random reads of a burst reach, at multiples
# of a distance in bytes; the random ones over 512 MB a channel, drawn by the minimal standard
# generator (16807, 2^31 - 1), seed 1.
# VITCOD_SIM names an executable to use in place of the release build.
set -euo pipefail

if [ -n "${VITCOD_SIM:-}" ]; then VITCOD_SIM=$(realpath -e "$VITCOD_SIM"); fi
cd "$(dirname "$0")/.."
source results/tables.sh
find_simulator

# percent TRACE PRESET CHANNELS: of the peak, in whole percent.
percent() {
  "$VITCOD_SIM" dram "$1" --preset "$2" --channels "$3" --json | awk -F '[:,]' '
    /"percent_of_peak"/ { printf "%.0f", $2 }'
}

# row PRESET CHANNELS BURST_BYTES [DISTANCE]: of a burst if it is not given.
row() {
  local distance=${4:-$3}
  local region=$(($2 * 512 * 1024 * 1024 / distance))
  awk -v bytes="$distance" 'BEGIN { for (i = 0; i < 200000; i++) printf "R %x\n", i * bytes }' \
    >"$scratch/sequential.trc"
  awk -v bytes="$distance" -v region="$region" 'BEGIN {
    x = 1
    for (i = 0; i < 100000; i++) {
      x = 16807 * x % 2147483647
      printf "R %x\n", int(x / 2147483647 * region) * bytes
    }
  }' >"$scratch/random.trc"
  printf '| `%s` | %d | %d B | %d B | %s | %s |\n' "$1" "$2" "$3" "$distance" \
    "$(percent "$scratch/sequential.trc" "$1" "$2")" "$(percent "$scratch/random.trc" "$1" "$2")"
}

row ddr4-2400 1 64
row ddr4-3200 1 64
row lpddr4-3200 1 32
row lpddr5-6400 1 32
row lpddr5-6400 1 32 64
row hbm2-2000-legacy 1 64
row hbm2-2000-pc 1 32
row hbm2-2000-pc 2 32
