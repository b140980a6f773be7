#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# format.sh [--fix]: are all source files as clang-format 14 writes them? --fix: make them so.
set -euo pipefail
cd "$(dirname "$0")/.."

formatter=
for name in clang-format-14 clang-format; do
  if "$name" --version 2>/dev/null | grep -q 'version 14\.'; then
    formatter=$name
    break
  fi
done
if [ -z "$formatter" ]; then
  echo "format: clang-format 14 is needed; other versions format otherwise (scripts/setup.sh check)" >&2
  exit 1
fi
action=(--dry-run -Werror)
if [ "${1:-}" = --fix ]; then action=(-i); fi
find sim hw_models workloads test \( -name '*.cpp' -o -name '*.hpp' \) -print0 |
  xargs -0 "$formatter" "${action[@]}"
