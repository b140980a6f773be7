#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tidy.sh [SECONDS [all]]: clang-tidy on what changed since the last version tag, or since the first
# commit that this clone has; with `all` on every source. The sources that the preset `tidy` compiles
# together are checked together, the latest changes first; a changed header stands for the sources
# beside it. None is begun after SECONDS (300 if not given), and none has more than these, or 120: what
# is left out is said. A finding fails. Nothing is built.
set -euo pipefail
cd "$(dirname "$0")/.."

limit=${1:-300}
longest=$((limit > 120 ? limit : 120))
if ! git rev-parse --git-dir >/dev/null 2>&1; then
  echo "tidy: skipped, this is no git repository"
  exit 0
fi
base=$(git describe --tags --abbrev=0 --match 'v*' 2>/dev/null || git rev-list --max-parents=0 HEAD | tail -n 1)
case "${2:-}" in
  "") revisions="$base..HEAD" what="changed since $(git describe --tags --always "$base")" ;;
  all) revisions=HEAD what="of the project" ;;
  *) echo "tidy: '$2' is not 'all'" >&2 && exit 2 ;;
esac

cmake --preset tidy -DVITCOD_TESTS=ON --log-level=WARNING >/dev/null
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# write_together: writes each group of sources as one text to a folder `together` beside CMake's
# `Unity`, whose files only include them: clang's static analyzer follows the paths of a function
# only if it stands in the main file itself. Prints each checked file with each source in it.
write_together() {
  sed 's|/Unity/|/together/|g' build/tidy/compile_commands.json >build/tidy/together/compile_commands.json
  sed -n 's/^ *"file": "\(.*\)",\{0,1\}$/\1/p' build/tidy/compile_commands.json | sort -u >"$folder/compiled"
  { grep /Unity/ "$folder/compiled" || true; } >"$folder/unity"
  sed 's|/Unity/[^/]*$|/together|' "$folder/unity" | sort -u | xargs -r -d '\n' mkdir -p
  xargs -r -d '\n' awk -v root="$PWD/" '
    FNR == 1 { if (text) close(text); text = FILENAME; sub("/Unity/", "/together/", text); printf "" >text }
    /^#include "/ {
      source = substr($0, 11, length($0) - 11)
      print "#line 1 \"" source "\"" >text
      while ((getline line <source) > 0) print line >text
      close(source)
      print text "\t" substr(source, length(root) + 1)
    }' <"$folder/unity"
  awk -v root="$PWD/" '!/\/Unity\// { print $0 "\t" substr($0, length(root) + 1) }' "$folder/compiled"
}

# changed: files of the project that changed, the latest first, each once.
changed() {
  { git ls-files --others --exclude-standard && git diff --name-only HEAD && git log --format= --name-only "$revisions"; } |
    grep -E '^(sim|hw_models|workloads|test)/.*\.[ch]pp$' | awk '!seen[$0]++'
}

# to_check: the files to check for what changed, in its order.
to_check() {
  awk -F '\t' '
    function folder_of(path) { sub("/[^/]*$", "", path); return path }
    NR == FNR { of[$2] = of[$2] "\t" $1; beside[folder_of($2)] = beside[folder_of($2)] "\t" $1; next }
    {
      num = split(/\.hpp$/ ? beside[folder_of($0)] : of[$0], files, "\t")
      for (i = 2; i <= num; ++i) if (!seen[files[i]]++) print files[i]
    }' "$folder/holds" <(changed)
}

mkdir -p build/tidy/together build/tidy/test
# Of the checks a folder chooses its own; the texts lie elsewhere.
cp test/.clang-tidy build/tidy/test/
write_together >"$folder/holds"
mapfile -t files < <(to_check)

# check_file FILE NUMBER: leaves what clang-tidy says; no file once the time is up.
check_file() {
  if [ "$(date +%s)" -ge "$VITCOD_TIDY_END" ]; then return 0; fi
  local status=0
  timeout "$VITCOD_TIDY_LONGEST" clang-tidy -quiet -p build/tidy/together --extra-arg=-Wno-unknown-warning-option "$1" \
    >"$VITCOD_TIDY_FOLDER/$2.log" 2>"$VITCOD_TIDY_FOLDER/$2.errors" </dev/null || status=$?
  case $status in
    0) touch "$VITCOD_TIDY_FOLDER/$2.passed" ;;
    124) echo "tidy: $1 took more than $VITCOD_TIDY_LONGEST s" ;;
    *) touch "$VITCOD_TIDY_FOLDER/$2.failed" ;;
  esac
}
export -f check_file
VITCOD_TIDY_FOLDER=$folder
VITCOD_TIDY_LONGEST=$longest
VITCOD_TIDY_END=$(($(date +%s) + limit))
export VITCOD_TIDY_FOLDER VITCOD_TIDY_LONGEST VITCOD_TIDY_END

for number in "${!files[@]}"; do printf '%s\0%s\0' "${files[$number]}" "$number"; done |
  xargs -0 -r -n 2 -P "$(nproc)" bash -c 'check_file "$1" "$2"' check_file

# at_sources: what clang-tidy says, with the place in a text of several sources as that in its source.
at_sources() {
  awk -v root="$PWD/" '
    match($0, /^[^:]*\/together\/[^:]*:[0-9]+:/) {
      rest = substr($0, RLENGTH + 1)
      split($0, place, ":")
      for (num = 1; num < place[2] + 0 && (getline line <place[1]) > 0; ++num)
        if (line ~ /^#line 1 "/) { source = substr(line, 10, length(line) - 10); start = num }
      close(place[1])
      sub(root, "", source)
      print source ":" place[2] - start ":" rest
      next
    }
    { print }'
}

count() { find "$folder" -name "*.$1" | wc -l; }
passed=$(count passed)
failed=$(count failed)
left_out=$((${#files[@]} - passed - failed))
echo "tidy: ${#files[@]} groups of sources $what: $passed passed, $failed failed, $left_out left out for time"
for number in "${!files[@]}"; do
  if [ ! -e "$folder/$number.passed" ] && [ ! -e "$folder/$number.failed" ]; then echo "${files[$number]}"; fi
done | awk -F '\t' '
  NR == FNR { sub("/[^/]*$", "", $2); of[$1] = $2; next }
  !seen[of[$1]]++ { text = text " " of[$1] }
  END { if (text) print "tidy: left out, in:" text }' "$folder/holds" -
for mark in "$folder"/*.failed; do
  if [ -e "$mark" ]; then cat "${mark%.failed}.log" "${mark%.failed}.errors" | at_sources; fi
done
[ "$failed" -eq 0 ]
