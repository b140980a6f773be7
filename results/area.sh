#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# area.sh: writes area.csv and the tables of area.md: what the default machine is built of, takes
# and leaks, and its power in the default run. Less than a minute.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=results/tables.sh
source results/tables.sh
find_simulator
page=results/area.md
simulate
flat=$scratch/run/flat

# One line a block: area in all, of memories, networks, registers and the rest; leakage, clock, dynamic power.
awk -F '\t' '
  function block(pointer) { sub(/^\/(area_mm2|power_mw)/, "", pointer); sub(/\/[^\/]*$/, "", pointer); return pointer }
  function kind(pointer) { sub(/.*\//, "", pointer); return pointer }
  function note(name) { if (!(name in known)) { known[name] = 1; order[++num] = name } }
  $1 ~ /^\/area_mm2\/.*\// {
    name = block($1); note(name); mm2[name] += $2
    k = kind($1)
    column = k == "sram" ? "sram" : k == "multiplexers" ? "networks" : k ~ /(registers|latches)$/ ? "registers" : "rest"
    part[name, column] += $2
  }
  $1 ~ /^\/power_mw\/.*\// { name = block($1); note(name); power[name, kind($1)] += $2 }
  END {
    print "block,mm2,sram_mm2,multiplexers_mm2,registers_mm2,rest_mm2,dynamic_mw,clock_mw,leakage_mw"
    for (i = 1; i <= num; ++i) {
      name = order[i]
      printf "%s,%.4f,%.4f,%.4f,%.4f,%.4f,%.2f,%.2f,%.2f\n", substr(name, 2), mm2[name], part[name, "sram"],
        part[name, "networks"], part[name, "registers"], part[name, "rest"], power[name, "dynamic"],
        power[name, "clock"], power[name, "leakage"]
    }
  }' "$flat" >results/area.csv

awk -F ',' '
  NR == 1 { print "| block | mm2 | memories | networks | registers | other logic | dynamic mW | clock mW | leakage mW |"
            print "|---|---|---|---|---|---|---|---|---|"; next }
  { for (i = 2; i <= NF; ++i) sum[i] += $i
    printf "| `%s` | %.3f | %.3f | %.3f | %.3f | %.3f | %.1f | %.1f | %.1f |\n", $1, $2, $3, $4, $5, $6, $7, $8, $9 }
  END { printf "| *all* | %.2f | %.2f | %.2f | %.2f | %.2f | %.0f | %.0f | %.0f |\n",
          sum[2], sum[3], sum[4], sum[5], sum[6], sum[7], sum[8], sum[9] }' results/area.csv |
  replace_table "$page" blocks

awk -F '\t' '
  function kind(pointer) { sub(/.*\//, "", pointer); return pointer }
  $1 ~ /^\/area_mm2\/.*\// { mm2[kind($1)] += $2; sum += $2 }
  END {
    print "| part | mm2 | share |"; print "|---|---|---|"
    num = split("sram multiplexers gated_registers latches registers adders multipliers dividers comparators tables", order, " ")
    for (i = 1; i <= num; ++i) printf "| `%s` | %.3f | %.1f %% |\n", order[i], mm2[order[i]], 100 * mm2[order[i]] / sum
  }' "$flat" | replace_table "$page" parts

awk -F '\t' '
  /^\/sram\/memories\// { split($1, token, "/"); value[token[4], token[5]] = $2; if (token[4] > last) last = token[4] }
  END {
    print "| memory | KB | banks | bytes of a word | ports | macros | words x bits | hold KB | from |"
    print "|---|---|---|---|---|---|---|---|---|"
    for (i = 0; i <= last; ++i) {
      name = value[i, "block"]; gsub(/"/, "", name)
      printf "| `%s` | %.1f | %d | %d | %d | %d | %d x %d | %.1f | %s |\n", substr(name, 2), value[i, "bytes"] / 1024,
        value[i, "banks"], value[i, "width_bytes"], value[i, "ports"], value[i, "macros"], value[i, "macro_words"],
        value[i, "macro_bits"], value[i, "built_bytes"] / 1024, value[i, "is_fitted"] == "true" ? "fit" : "table"
    }
  }' "$flat" | replace_table "$page" memories

{
  echo "| | published | this count | of it |"
  echo "|---|---|---|---|"
  echo "| area, mm2 | 3 | $(printf %.2f "$(value /area_mm2/total)") | the tables below |"
  awk -F ',' 'NR > 1 { d += $7; c += $8; l += $9 }
    END { printf "| power on chip, mW | 323.9 | %.0f | dynamic %.0f, clock %.0f, leakage %.0f |\n", d + c + l, d, c, l }' results/area.csv
  echo "| power of the DRAM, mW | not stated | $(printf %.0f "$(value /power_mw/dram)") | four channels of DDR4-2400 |"
  echo "| memories, KB | 320 | $(awk -v b="$(value /sram/bytes)" 'BEGIN { printf "%.1f", b / 1024 }') | macros hold $(awk -v b="$(value /sram/built_bytes)" 'BEGIN { printf "%.1f", b / 1024 }') KB |"
} | replace_table "$page" published

# From the generous machine to the default: a row a step, cycles of each run.
"$VITCOD_SIM" sweep configs/sweeps/area-steps.json --out "$scratch/steps" >/dev/null
awk -F ',' '
  NR == 1 { for (i = 1; i <= NF; ++i) column[$i] = i; next }
  {
    step = $column["step"]
    if (!(step in known)) { known[step] = 1; order[++num] = step }
    cycles[step, $column["runs"]] = $column["cycles"]
    if ($column["runs"] == "deit_tiny_95") {
      mm2[step] = $column["mm2"]; mw[step] = $column["on_chip_mw"]; kb[step] = $column["memory_bytes"] / 1024
    }
  }
  END {
    runs = split("deit_tiny_95 deit_tiny_90 deit_small_90 deit_base_90 levit_128_90 deit_tiny_95_model", run, " ")
    print "| step | mm2 | mW | KB | DeiT-Tiny 95 % | 90 % | Small 90 % | Base 90 % | LeViT-128 90 % | whole DeiT-Tiny 95 % |"
    print "|---|---|---|---|---|---|---|---|---|---|"
    for (i = 1; i <= num; ++i) {
      name = order[i]; gsub(/_/, " ", name)
      line = sprintf("| %s | %.2f | %.0f | %.1f |", name, mm2[order[i]], mw[order[i]], kb[order[i]])
      for (r = 1; r <= runs; ++r) line = line " " cycles[order[i], run[r]] " |"
      print line
    }
  }' "$scratch/steps/sweep.csv" | replace_table "$page" steps
