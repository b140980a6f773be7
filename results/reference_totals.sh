#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# reference_totals.sh: makes results/reference_totals.csv anew and the tables in reference_totals.md
# (configs/sweeps/reference-totals.json); and reference_totals_real.csv with the table of the authors' own mask and maps
# (authors-maps.json) if VITCOD_DATA_DIR names a folder that has them, else these stay as they are. The first result in
# README.md is copied from a run as well. VITCOD_SIM names an executable to use in place of the release build.
set -euo pipefail

data=${VITCOD_DATA_DIR:-}
if [ -n "$data" ]; then data=$(realpath -e "$data"); fi
if [ -n "${VITCOD_SIM:-}" ]; then VITCOD_SIM=$(realpath -e "$VITCOD_SIM"); fi
cd "$(dirname "$0")/.."
# shellcheck source=results/tables.sh
source results/tables.sh
find_simulator

sweep reference-totals
cp "$scratch/reference-totals/rows.csv" results/reference_totals.csv
copy_tables results/reference_totals.md reference-totals totals
if [ -n "$data" ]; then
  sed -e "s#DATA/#$data/#g" -e "s#CONFIGS/#$PWD/configs/#" results/authors-maps.json >"$scratch/authors.json"
  sweep authors-maps "$scratch/authors.json"
  cp "$scratch/authors-maps/rows.csv" results/reference_totals_real.csv
  copy_tables results/reference_totals.md authors-maps real
fi
{
  echo '```text'
  "$VITCOD_SIM" run configs/vitcod.json
  echo '```'
} | replace_table README.md run
echo "made: results/reference_totals.csv" >&2
