#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tokens.sh: writes tokens.csv and the tables of tokens.md: what dropping tokens saves on
# configs/machines/vitcod.json, IRET-tiny over its threshold and its exits, and DeiT-Tiny by published
# schedules; and DeiT-Small by these and by merging, on configs/machines/vitcod-merging.json; whole models, generated maps of
# 90 % sparsity, seed 1 (configs/sweeps/tokens-*.json). A few minutes. VITCOD_SIM names an executable to use in place of the
# release build.
set -euo pipefail

if [ -n "${VITCOD_SIM:-}" ]; then VITCOD_SIM=$(realpath -e "$VITCOD_SIM"); fi
cd "$(dirname "$0")/.."
# shellcheck source=results/tables.sh
source results/tables.sh
find_simulator

study tokens-iret "$scratch/iret.csv" results/tokens.md iret
study tokens-deit "$scratch/deit.csv" results/tokens.md deit
study tokens-small results/tokens-small.csv results/tokens.md small
{ cat "$scratch/iret.csv"; tail -n +2 "$scratch/deit.csv"; } >results/tokens.csv
echo "made: results/tokens.csv results/tokens-small.csv" >&2
