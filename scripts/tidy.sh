#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tidy.sh [SECONDS]: clang-tidy on the .cpp files that changed since the last version tag, or since the
# first commit that this clone has, the latest changes first; a changed header stands for the .cpp
# of its name. No file is begun after SECONDS (300 if not given), and none has more than 120: what is
# left out is said.
# Nothing is built: the preset `tidy` says how each file is compiled.
set -euo pipefail
cd "$(dirname "$0")/.."

limit=${1:-300}
if ! git rev-parse --git-dir >/dev/null 2>&1; then
  echo "tidy: skipped, this is no git repository"
  exit 0
fi
base=$(git describe --tags --abbrev=0 --match 'v*' 2>/dev/null || git rev-list --max-parents=0 HEAD | tail -n 1)

# changed: .cpp files of the project that changed, the latest first, each once.
changed() {
  { git diff --name-only HEAD && git log --format= --name-only "$base..HEAD"; } |
    grep -E '^(sim|hw_models|workloads|test)/.*\.[ch]pp$' | sed 's/\.hpp$/.cpp/' | awk '!seen[$0]++' |
    while IFS= read -r file; do
      if [ -f "$file" ]; then echo "$file"; fi
    done
}

mapfile -t files < <(changed)
cmake --preset tidy -DVITCOD_TESTS=ON --log-level=WARNING >/dev/null
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# check_file FILE NUMBER: leaves what clang-tidy says; no file once the time is up.
check_file() {
  if [ "$(date +%s)" -ge "$VITCOD_TIDY_END" ]; then return 0; fi
  local status=0
  timeout 120 clang-tidy -quiet -p build/tidy --extra-arg=-Wno-unknown-warning-option "$1" \
    >"$VITCOD_TIDY_FOLDER/$2.log" 2>"$VITCOD_TIDY_FOLDER/$2.errors" </dev/null || status=$?
  case $status in
    0) touch "$VITCOD_TIDY_FOLDER/$2.passed" ;;
    124) echo "tidy: $1 took more than 120 s" ;;
    *) touch "$VITCOD_TIDY_FOLDER/$2.failed" ;;
  esac
}
export -f check_file
VITCOD_TIDY_FOLDER=$folder
VITCOD_TIDY_END=$(($(date +%s) + limit))
export VITCOD_TIDY_FOLDER VITCOD_TIDY_END

for number in "${!files[@]}"; do printf '%s\0%s\0' "${files[$number]}" "$number"; done |
  xargs -0 -r -n 2 -P "$(nproc)" bash -c 'check_file "$1" "$2"' check_file

count() { find "$folder" -name "*.$1" | wc -l; }
passed=$(count passed)
failed=$(count failed)
echo "tidy: ${#files[@]} files changed since $(git describe --tags --always "$base"): $passed passed, $failed failed, $((${#files[@]} - passed - failed)) left out for time"
for mark in "$folder"/*.failed; do
  if [ ! -e "$mark" ]; then continue; fi
  number=$(basename "$mark" .failed)
  echo "tidy: ${files[$number]}:"
  cat "${mark%.failed}.log" "${mark%.failed}.errors"
done
[ "$failed" -eq 0 ]
