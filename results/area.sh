#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# area.sh: writes area.csv and the tables of area.md: what the default machine is built of, takes
# and leaks, and its power in the default run (configs/sweeps/area.json, area-steps.json). Less than
# a minute. VITCOD_SIM names an executable to use in place of the release build.
set -euo pipefail

if [ -n "${VITCOD_SIM:-}" ]; then VITCOD_SIM=$(realpath -e "$VITCOD_SIM"); fi
cd "$(dirname "$0")/.."
# shellcheck source=results/tables.sh
source results/tables.sh
find_simulator

sweep area
cp "$scratch/area/area.csv" results/area.csv
copy_tables results/area.md area published blocks parts memories
sweep area-steps
copy_tables results/area.md area-steps steps
echo "made: results/area.csv" >&2
