#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Everything that must pass before a change goes in: format, tests, clang's warnings, clang-tidy,
# sanitizers.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh check
echo "check: format"
scripts/format.sh
echo "check: tests"
scripts/test.sh
echo "check: warnings of clang"
scripts/build.sh tidy
echo "check: clang-tidy"
scripts/tidy.sh 100000 all
echo "check: sanitizers"
scripts/build.sh asan
ctest --preset asan --parallel "$(nproc)" --no-label-summary
