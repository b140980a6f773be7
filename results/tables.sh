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

# sweep NAME [FILE]: runs configs/sweeps/NAME.json, or a sweep file, into the scratch folder. A point that fails
# ends the script.
sweep() {
  local file=${2:-$1}
  if [ ! -f "$file" ]; then file=configs/sweeps/$1.json; fi
  "$VITCOD_SIM" sweep "$file" --out "$scratch/$1" >/dev/null
  if grep '^[0-9]*,failed,' "$scratch/$1/sweep.csv" >&2; then return 1; fi
}

# copy_tables PAGE NAME TABLE[=PLACE]...: puts tables of a sweep or comparison that has run into a page, each between
# the lines of its own name, or of PLACE.
copy_tables() {
  local page=$1 name=$2 table
  shift 2
  for table in "$@"; do replace_table "$page" "${table#*=}" <"$scratch/$name/${table%=*}.md"; done
}

# study SWEEP CSV PAGE NAME: runs configs/sweeps/SWEEP.json (or a sweep file), and keeps its table.
study() {
  local name=${1##*/}
  name=${name%.json}
  sweep "$name" "$1"
  without_key "$scratch/$name/sweep.csv" >"$2"
  copy_tables "$3" "$name" "sweep=$4"
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
