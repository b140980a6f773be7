#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# sweeps.sh: runs every study of configs/sweeps but paper-* (scripts/reproduce_paper.sh), makes results/sweeps/*.csv anew and the tables in
# results/sweeps.md. VITCOD_SIM names an executable to use in place of the release build.
set -euo pipefail

if [ -n "${VITCOD_SIM:-}" ]; then VITCOD_SIM=$(realpath -e "$VITCOD_SIM"); fi
cd "$(dirname "$0")/.."
source results/tables.sh
find_simulator

mkdir -p results/sweeps
for name in ablations lines-bandwidth sram-split auto-encoder-ratio theta-d theta-d-choice sparsity dram-kind dense-array score-function pareto-search; do
  study $name results/sweeps/$name.csv results/sweeps.md $name
done
