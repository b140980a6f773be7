#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds, and runs every test. Arguments go to ctest, for example
# scripts/test.sh -L unit
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh test
scripts/build.sh release
exec ctest --preset release --parallel "$(nproc)" --no-label-summary "$@"
