#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds, and runs the default machine on its default workload. Arguments
# go to `vitcod-sim run`: scripts/run.sh --set /workload/maps/sparsity=0.9
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh
scripts/build.sh release vitcod-sim
exec build/release/vitcod-sim run configs/vitcod.json --out out/vitcod "$@"
