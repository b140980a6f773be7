#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# models.sh: writes models.csv and the table of models.md: whole models on configs/machines/vitcod.json,
# and their attention alone, with generated maps of 90 % sparsity, seed 1 (configs/sweeps/models.json);
# ViTTM beside ViT-B/16 (memory-tokens.json); DeiT-Tiny with shifts (shift-add.json), and with
# attention by additions (add-attention.json).
# Less than a minute. VITCOD_SIM names an executable to use in place of the release build.
set -euo pipefail

if [ -n "${VITCOD_SIM:-}" ]; then VITCOD_SIM=$(realpath -e "$VITCOD_SIM"); fi
cd "$(dirname "$0")/.."
# shellcheck source=results/tables.sh
source results/tables.sh
find_simulator

study models results/models.csv results/models.md models
study memory-tokens results/models-memory.csv results/models.md memory
study shift-add results/models-shift-add.csv results/models.md shift-add
study add-attention results/models-add-attention.csv results/models.md add-attention
echo "made: results/models.csv results/models-memory.csv results/models-shift-add.csv results/models-add-attention.csv" >&2
