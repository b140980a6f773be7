#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# assumptions.sh: writes assumptions.csv and the tables of assumptions.md: what each assumed number
# of configs/machines/vitcod.json costs in area, and what cycles do when it is halved or doubled.
# The numbers are those of assumptions.list; one that is in no line of it is an error. Two minutes.
# VITCOD_SIM names an executable to use in place of the release build.
set -euo pipefail

if [ -n "${VITCOD_SIM:-}" ]; then VITCOD_SIM=$(realpath -e "$VITCOD_SIM"); fi
cd "$(dirname "$0")/.."
# shellcheck source=results/tables.sh
source results/tables.sh
list=results/assumptions.list
machine=configs/machines/vitcod.json
page=results/assumptions.md

# leaves: of the machine's file, as lines of pointer and value. flatten.awk wants a value a line.
leaves() {
  sed -e 's/[[{]/&\n/g; s/[]}]/\n&/g; s/, */,\n/g' "$machine" | sed -e 's/ *$//; /^$/d' |
    awk -f results/flatten.awk
}

# changes: checks the list against the leaves, and gives lines of number of the line, change (half,
# double or other), pointers, value, new value and why, tab between them.
changes() {
  awk '
    function wrong(what) { print "assumptions.sh: " what >"/dev/stderr"; failed = 1 }
    function is_number(text) { return text ~ /^-?[0-9]+(\.[0-9]+)?$/ }
    function change(kind, value) {
      printf "%d\t%s\t%s\t%s\t%s\t%s\n", FNR, kind, $2, leaf[pointer[1]], value, why
    }
    FNR == NR { split($0, part, "\t"); leaf[part[1]] = part[2]; next }
    /^#/ || NF == 0 { next }
    {
      why = $0; sub(/^[^ ]+ +[^ ]+ */, "", why)
      if (why == "") wrong("no reason for " $2)
      num = split($2, pointer, ",")
      for (i = 1; i <= num; ++i) {
        if (!(pointer[i] in leaf)) { wrong("the machine has no value " pointer[i]); next }
        if (named[pointer[i]]++) wrong(pointer[i] " is named twice")
        if (leaf[pointer[i]] != leaf[pointer[1]]) wrong(pointer[i] " differs from " pointer[1])
      }
      value = leaf[pointer[1]]
      if ($1 == "published") next
      if ($1 ~ /^choice=./) { change("other", substr($1, 8)); next }
      if ($1 != "assumed") { wrong("unknown status " $1); next }
      if (!is_number(value)) { wrong($2 " is no number: choice=OTHER"); next }
      change("half", value ~ /\./ ? value / 2 : int(value / 2))
      change("double", 2 * value)
    }
    END {
      for (name in leaf) if (!(name in named)) wrong(name " is in no line of the list")
      exit failed
    }' <(leaves) "$list"
}

# sweep NAME: runs the variants on standard input (JSON members, a label each) in both scopes, and
# gives lines of scope, label, cycles, mm2 and error. A point that failed for another reason than
# that its machine is refused ends the script.
sweep() {
  {
    echo "{ \"run\": \"$PWD/configs/vitcod.json\", \"axes\": ["
    echo '{ "name": "scope", "pointer": "/workload/scope", "values": ["attention", "model"] },'
    echo '{ "name": "change", "variants": { "none 0": {}'
    cat
    echo '} } ], "figures": { "area_mm2": "/area_mm2/total" } }'
  } >"$scratch/$1.sweep.json"
  "$VITCOD_SIM" sweep "$scratch/$1.sweep.json" --out "$scratch/$1.sweep" >/dev/null
  awk '
    function cell(name, text) {
      text = $0
      if (!sub(".*\"" name "\":", "", text)) return ""
      if (text ~ /^"/) { match(text, /^"([^"\\]|\\.)*"/); return substr(text, 2, RLENGTH - 2) }
      sub(/[,}].*/, "", text)
      return text == "null" ? "" : text
    }
    {
      error = cell("error")
      if (error != "" && error !~ /^input: /) {
        print "assumptions.sh: " cell("change") ": " error >"/dev/stderr"
        exit 1
      }
      printf "%s\t%s\t%s\t%s\t%s\n", cell("scope"), cell("change"), cell("cycles"), cell("area_mm2"), error
    }' "$scratch/$1.sweep/sweep.jsonl"
}

# variants: of changes, a label each ("half 12": of the list's line 12).
variants() {
  awk -F '\t' '{
    printf ",\n\"%s %d\": {", $2, $1
    num = split($3, pointer, ",")
    for (i = 1; i <= num; ++i) printf "%s \"/machine%s\": %s", (i > 1 ? "," : ""), pointer[i], $5
    printf " }"
  }'
}

# table OUTCOMES CHANGES: a line each assumed number or choice, in the list's order, of kind, pointers, value,
# new value when halved (or the other one), why, and for halved and doubled mm2 more, percent of cycles more in
# each scope, and why it is refused.
table() {
  awk -F '\t' '
    function signed(format, number, text) {
      text = sprintf("%+" format, number)
      return text + 0 == 0 ? substr(text, 2) : text
    }
    function more(scope, label) {
      if (refused[scope, label] != "") return "-"
      return signed(".2f", 100 * cycles[scope, label] / cycles[scope, "none 0"] - 100)
    }
    function reason(label) {
      return refused["attention", label] != "" ? refused["attention", label] : refused["model", label]
    }
    function outcomes(label, done) {
      done = refused["attention", label] == "" ? "attention" : "model"
      return sprintf("%s\t%s\t%s\t%s",
        refused[done, label] != "" ? "-" : signed(".3f", mm2[done, label] - mm2[done, "none 0"]),
        more("attention", label), more("model", label), reason(label))
    }
    FNR == NR {
      cycles[$1, $2] = $3; mm2[$1, $2] = $4
      sub(/^input: /, "", $5); sub(/^[^ ]*: /, "", $5); sub(/^\/[^ ]*: /, "", $5); sub(/[:;].*/, "", $5)
      refused[$1, $2] = $5
      next
    }
    $2 == "double" { next }
    {
      printf "%s\t%s\t%s\t%s\t%s\t%s", $2 == "other" ? "choice" : "number", $3, $4, $5, $6, outcomes($2 " " $1)
      if ($2 == "half") printf "\t%s", outcomes("double " $1)
      print ""
    }' "$@"
}

# cheap TABLE: its numbers that, halved, save area and cost less than 1 % of cycles in each scope.
cheap() {
  awk -F '\t' '$1 == "number" && $6 != "-" && $6 < 0 && $7 != "-" && $7 < 1 && $8 != "-" && $8 < 1' "$1"
}

changes >"$scratch/changes"
find_simulator
variants <"$scratch/changes" | sweep each >"$scratch/outcomes"
# Most saved by halving first, what cannot be halved last; in the list's order where that is equal.
table "$scratch/outcomes" "$scratch/changes" |
  awk -F '\t' '{ printf "%s\t%s\n", $6 == "-" ? 1e9 : $6, $0 }' | LC_ALL=C sort -s -t "$(printf '\t')" -k1,1g | cut -f 2- \
    >"$scratch/rows"

awk -F '\t' '
  $2 == "none 0" { cycles[$1] = $3; mm2 = $4 }
  END {
    print "| area | cycles, attention | cycles, model |"
    print "|---|---|---|"
    printf "| %.3f mm2 | %d | %d |\n", mm2, cycles["attention"], cycles["model"]
  }' "$scratch/outcomes" | replace_table "$page" machine

awk -F '\t' '
  function quoted(text) { return text ~ /[,"]/ ? "\"" text "\"" : text }
  function cell(text) { sub(/^\+/, "", text); return text == "-" ? "" : text }
  BEGIN { print "pointer,value,why,mm2_halved,attention_halved_percent,model_halved_percent,refused_halved," \
            "mm2_doubled,attention_doubled_percent,model_doubled_percent,refused_doubled" }
  $1 == "number" {
    line = quoted($2) "," $3 "," quoted($5)
    for (i = 6; i <= 13; ++i) line = line "," quoted(cell($i))
    print line
  }' "$scratch/rows" >results/assumptions.csv

awk -F '\t' '
  function names(pointers) { gsub(/,/, "`, `", pointers); return "`" pointers "`" }
  # The reason stands in the first cell of what is refused: of the machine, or of one scope alone.
  function mm2(at) { return $at == "-" ? "refused: " $(at + 3) : $at }
  function cycles(at, mm2_at) { return $at == "-" && $mm2_at != "-" ? "refused: " $(mm2_at + 3) : $at }
  BEGIN {
    print "| below `/machine` | value | why | mm2, halved | doubled | attention, halved | doubled | model, halved | doubled |"
    print "|---|---|---|---|---|---|---|---|---|"
  }
  $1 == "number" {
    printf "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", names($2), $3, $5, mm2(6), mm2(10),
      cycles(7, 6), cycles(11, 10), cycles(8, 6), cycles(12, 10)
  }' "$scratch/rows" | replace_table "$page" assumed

awk -F '\t' '
  BEGIN {
    print "| below `/machine` | value | instead | why | mm2 | attention | model |"
    print "|---|---|---|---|---|---|---|"
  }
  $1 == "choice" {
    gsub(/"/, "", $4)
    printf "| `%s` | %s | %s | %s | %s | %s | %s |\n", $2, $3, $4, $5, $6 == "-" ? "refused: " $9 : $6, $7, $8
  }' "$scratch/rows" | replace_table "$page" choices

cheap "$scratch/rows" >"$scratch/cheap"
{
  echo "| below \`/machine\` | from | to | mm2 | attention | model |"
  echo "|---|---|---|---|---|---|"
  awk -F '\t' '{ gsub(/,/, "`, `", $2); printf "| `%s` | %s | %s | %s | %s | %s |\n", $2, $3, $4, $6, $7, $8 }' "$scratch/cheap"
  # All of them in one machine, as one more change: its label is that of line 1.
  awk -F '\t' '{
    num = split($2, pointer, ",")
    for (i = 1; i <= num; ++i) printf "%s\"/machine%s\": %s", (members++ ? ", " : ",\n\"half 1\": { "), pointer[i], $4
  } END { if (members) print " }" }' "$scratch/cheap" | sweep together >"$scratch/together"
  table "$scratch/together" <(printf '1\thalf\t-\t-\t-\t-\n') | awk -F '\t' '
    { printf "| *all of them at once* | | | %s | %s | %s |\n", $6 == "-" ? "refused: " $9 : $6, $7, $8 }'
} | replace_table "$page" cheap
echo "made: results/assumptions.csv" >&2
