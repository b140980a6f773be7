# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Functions of the scripts that make the tables of this folder; sourced from the root folder.

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The simulator: $VITCOD_SIM, or the release build, brought up to date first.
find_simulator() {
  if [ -z "${VITCOD_SIM:-}" ]; then
    scripts/build.sh release vitcod-sim >&2
    VITCOD_SIM=build/release/vitcod-sim
  fi
  echo "simulator: $VITCOD_SIM" >&2
}

# simulate ARGS...: runs configs/vitcod.json without values, and keeps its result for `value`.
simulate() {
  "$VITCOD_SIM" run configs/vitcod.json --no-values --out "$scratch/run" "$@" >/dev/null
  awk -f results/flatten.awk "$scratch/run/result.json" >"$scratch/run/flat"
}

# value POINTER: of the last run; "-" if it has none.
value() {
  awk -F '\t' -v pointer="$1" '
    $1 == pointer { print $2; found = 1; exit }
    END { if (!found) print "-" }' "$scratch/run/flat"
}

# replace_table FILE NAME: puts standard input between the lines <!-- NAME --> and <!-- /NAME -->.
replace_table() {
  cat >"$scratch/table"
  awk -v name="$2" -v table="$scratch/table" '
    $0 == "<!-- /" name " -->" { inside = 0 }
    !inside { print }
    $0 == "<!-- " name " -->" { inside = 1; while ((getline line < table) > 0) print line }
  ' "$1" >"$scratch/page"
  cmp -s "$scratch/page" "$1" || cp "$scratch/page" "$1"
}

# study SWEEP CSV PAGE NAME: runs configs/sweeps/SWEEP.json (or a sweep file), and keeps its table.
study() {
  local file=$1 out
  if [ ! -f "$file" ]; then file=configs/sweeps/$1.json; fi
  out=$scratch/$(basename "$file" .json)
  "$VITCOD_SIM" sweep "$file" --out "$out" >/dev/null
  without_key "$out/sweep.csv" >"$2"
  replace_table "$3" "$4" <"$out/sweep.md"
}

# without_key FILE: the table of a sweep without the column that depends on the build.
without_key() {
  awk -F, '
    /"/ { print "a quoted cell: " $0 >"/dev/stderr"; exit 1 }
    NR == 1 { for (i = 1; i <= NF; ++i) if ($i == "key") key = i }
    { line = ""
      for (i = 1; i <= NF; ++i) if (i != key) line = line (line == "" && i == 1 ? "" : ",") $i
      print line }' "$1"
}
