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
# shellcheck source=results/tables.sh
source results/tables.sh
find_simulator

# make_table SWEEP CSV NAME: a sweep (its name or file), its table in a file, and in the page.
make_table() {
  study "$1" "results/$2" results/ablations.md "$3"
  echo "made: results/$2" >&2
}

make_table features ablations.csv generated
if [ -n "$mask" ]; then
  sed "s#\"maps\": {[^}]*}#\"maps\": { \"kind\": \"masks\", \"files\": [\"$mask\"] }#" configs/workloads/deit-tiny.json >"$scratch/mask.json"
  run="{ \"machine\": \"$PWD/configs/machines/vitcod.json\", \"workload\": \"$scratch/mask.json\" }"
  sed "s#\"run\": [^,]*,#\"run\": $run,#" configs/sweeps/features.json >"$scratch/real.json"
  make_table "$scratch/real.json" ablations_real_mask.csv real
fi
make_table features-published ablations_published.csv published
make_table banks ablations_banks.csv banks
make_table decoder-lines ablations_decoders.csv decoders
make_table channels ablations_channels.csv channels
