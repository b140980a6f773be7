#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check_readme.sh [PAGE]: runs every command of a page (README.md if none is named) in a scratch folder
# that holds the project's configurations, results and golden files: each line of its code blocks
# marked `sh`. A code block without a mark, and a command that fails, are errors, and so is a text
# between <!-- run --> and <!-- /run --> that the default run does not print. Left out are the
# commands of `exceptions` below. VITCOD_SIM names an executable to use in place of the release build.
set -euo pipefail
cd "$(dirname "$0")/.."
page=$(realpath -e "${1:-README.md}")
sim=$(realpath -e "${VITCOD_SIM:-build/release/vitcod-sim}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export SC_COPYRIGHT_MESSAGE=DISABLE

# Beginnings of commands that are not run here, and why.
exceptions='git clone|needs the network
scripts/run.sh|installs and builds; what it runs is run by check_configs.sh
scripts/test.sh|would run itself
build/release/vitcod-sim golden check|is a test of its own
scripts/build.sh|builds
build/release/vitcod-baseline|measures for minutes, where it is built; run by baseline_test.py'

mkdir -p "$folder/build/release" "$folder/test"
ln -s "$sim" "$folder/build/release/vitcod-sim"
cp -r configs results "$folder"
cp -r test/golden "$folder/test"
# The golden folder of one's own that the README speaks of.
mkdir "$folder/my-golden"
cat >"$folder/my-golden/cases.json" <<'JSON'
{ "cases": [ { "name": "one-layer", "run": "../configs/vitcod.json", "set": { "/workload/layers": [0] } } ] }
JSON

# commands: the lines of the page's code blocks marked sh, with their numbers.
commands() {
  awk '
    /^```/ && !inside { inside = 1; mark = substr($0, 4); if (mark == "") print NR "\tunmarked"; next }
    /^```/ { inside = 0; next }
    inside && mark == "sh" && NF { print NR "\t" $0 }' "$page"
}

why_left_out() {
  local beginning reason
  while IFS='|' read -r beginning reason; do
    case "$1" in "$beginning"*) echo "$reason" && return ;; esac
  done <<<"$exceptions"
}

num=0
failed=0
cd "$folder"
while IFS=$'\t' read -r line command; do
  at="$(basename "$page"):$line"
  if [ "$command" = unmarked ]; then
    echo "check_readme: $at: a code block without a mark (sh, text, json)"
    failed=$((failed + 1))
    continue
  fi
  reason=$(why_left_out "$command")
  if [ -n "$reason" ]; then
    echo "check_readme: $at: left out: $command ($reason)"
    continue
  fi
  num=$((num + 1))
  if ! bash -euo pipefail -c "$command" >log 2>&1 </dev/null; then
    echo "check_readme: $at: failed: $command"
    tail -n 5 log
    failed=$((failed + 1))
  fi
done < <(commands)
printed() { sed -n '/^<!-- run -->/,/^<!-- \/run -->/p' "$page" | sed '/^<!--/d; /^```/d'; }
if [ -n "$(printed)" ] && ! diff <(printed) <(build/release/vitcod-sim run configs/vitcod.json); then
  echo "check_readme: $(basename "$page"): the default run prints another text (>) than the page (<)"
  failed=$((failed + 1))
fi
echo "check_readme: $num commands of $(basename "$page") run, $failed failures"
[ "$failed" -eq 0 ] && [ "$num" -gt 0 ]
