#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# query-window.sh: runs configs/sweeps/query-window.json, writes query-window.csv and the table of query-window.md.
# VITCOD_SIM names an executable to use in place of the release build.
set -euo pipefail

if [ -n "${VITCOD_SIM:-}" ]; then VITCOD_SIM=$(realpath -e "$VITCOD_SIM"); fi
cd "$(dirname "$0")/.."
# shellcheck source=results/tables.sh
source results/tables.sh
find_simulator

study query-window results/query-window.csv results/query-window.md query-window
echo "made: results/query-window.csv" >&2
