#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# hired-partitions.sh: writes hired-partitions.csv and the table of hired-partitions.md: HiRED on an image in five
# partitions, a run each, two of the 23 blocks of the tower; whole model. Some minutes.
# VITCOD_SIM names an executable to use in place of the release build.
set -euo pipefail

if [ -n "${VITCOD_SIM:-}" ]; then VITCOD_SIM=$(realpath -e "$VITCOD_SIM"); fi
cd "$(dirname "$0")/.."
# shellcheck source=results/tables.sh
source results/tables.sh
find_simulator

{
  echo "partition,cycles,select_cycles,gather_cycles,time_us,energy_pj,dram_bytes_read,selections,rows_kept"
  for index in 0 1 2 3 4; do
    simulate --set /workload=configs/workloads/hired.json --set /workload/scope=model --set '/workload/layers=[0,1]' \
      --set "/workload/tokens/partitions={\"tiling\":[2,2],\"index\":$index,\"alpha\":0.5}"
    echo "$index,$(value /cycles/total),$(value /cycles/by_phase/select),$(value /cycles/by_phase/gather),$(value /time_us),$(value /energy_pj/total),$(value /dram/bytes_read),$(value /blocks/token_selector/selections),$(value /blocks/token_gather/rows)"
  done
} >"$scratch/rows.csv"
cp "$scratch/rows.csv" results/hired-partitions.csv
awk -F , '
  NR == 1 {
    print "| partition | cycles | of these selecting | gathering | time, ms | energy, mJ | DRAM read, MB | patches kept |"
    print "|---|---|---|---|---|---|---|---|"
    next
  }
  {
    name = $1 == 0 ? "0, the whole image" : $1
    printf "| %s | %d | %d | %d | %.2f | %.1f | %.1f | %d |\n", name, $2, $3, $4, $5 / 1000, $6 / 1e9, $7 / 1e6, $9 - 1
    cycles += $2; select += $3; gather += $4; time += $5; energy += $6; dram += $7; kept += $9 - 1
  }
  END { printf "| all | %d | %d | %d | %.2f | %.1f | %.1f | %d |\n", cycles, select, gather, time / 1000, energy / 1e9, dram / 1e6, kept }
' results/hired-partitions.csv | replace_table results/hired-partitions.md partitions
echo "made: results/hired-partitions.csv" >&2
