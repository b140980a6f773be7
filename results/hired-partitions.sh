#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# hired-partitions.sh: runs configs/sweeps/hired-partitions.json, writes hired-partitions.csv and the table of
# hired-partitions.md. Some minutes. VITCOD_SIM names an executable to use in place of the release build.
set -euo pipefail

if [ -n "${VITCOD_SIM:-}" ]; then VITCOD_SIM=$(realpath -e "$VITCOD_SIM"); fi
cd "$(dirname "$0")/.."
# shellcheck source=results/tables.sh
source results/tables.sh
find_simulator

study hired-partitions results/hired-partitions.csv results/hired-partitions.md partitions
echo "made: results/hired-partitions.csv" >&2
