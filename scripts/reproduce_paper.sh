#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# reproduce_paper.sh: makes the CSV files, the chart and the tables of results/paper anew: what the
# ViTCoD paper shows, as far as it can be simulated here. Says how long each part takes; minutes in
# all. VITCOD_SIM names an executable to use in place of the release build.
# What stands in single quotes is awk's to expand.
# shellcheck disable=SC2016
set -euo pipefail

if [ -n "${VITCOD_SIM:-}" ]; then VITCOD_SIM=$(realpath -e "$VITCOD_SIM"); fi
cd "$(dirname "$0")/.."
# shellcheck source=results/tables.sh
source results/tables.sh
find_simulator
export VITCOD_CONFIG_DIR=${VITCOD_CONFIG_DIR:-$PWD/configs}
page=results/paper/README.md
ours=$scratch/ours # a line a number of the summary: key, tab, value
models="deit-tiny deit-small deit-base levit-128 levit-192 levit-256"
mkdir -p results/paper

# part NAME COMMAND...: runs a part and says how long it took.
part() {
  local name=$1 start=$SECONDS
  shift
  "$@"
  echo "$name: $((SECONDS - start)) s" >&2
}

# table NAME PROGRAM FILE...: an awk program makes a table of the page out of CSV files (or of pointers
# and values, tab-separated). In it f(name) is the field of a column; ours(key, value) keeps a number.
table() {
  local name=$1 program=$2
  shift 2
  awk -v ours_file="$ours" -v model_names="$models" -v FS="${separator:-,}" '
    BEGIN { num_models = split(model_names, model_name, " ") }
    function f(name) {
      if (!(name in at)) { print "no column " name >"/dev/stderr"; exit 1 }
      return $at[name]
    }
    function ours(key, value) { print key "\t" value >>ours_file }
    function head(first, rest,  i, num, cell, rule) {
      num = split(rest, cell, "|")
      first = "| " first " |"; rule = "|---|"
      for (i = 1; i <= num; ++i) { first = first " " cell[i] " |"; rule = rule "---|" }
      print first; print rule
    }
    FNR == 1 { ++file }
    FNR == 1 && FS == "," { split("", at); for (i = 1; i <= NF; ++i) at[$i] = i; next }
    '"$program" "$@" | replace_table "$page" "$name"
}

# sweep NAME: runs configs/sweeps/paper-NAME.json and keeps its table; a point that fails ends the script.
sweep() {
  "$VITCOD_SIM" sweep "configs/sweeps/paper-$1.json" --out "$scratch/$1" >/dev/null
  without_key "$scratch/$1/sweep.csv" >"results/paper/$1.csv"
  if grep -q '^[0-9]*,failed,' "results/paper/$1.csv"; then
    echo "reproduce_paper: a point of the sweep $1 failed" >&2
    return 1
  fi
}

# Figure 1: ViTCoD against the dense machine, Sanger, SpAtten and the baseline files, 30 workloads.
speedups() {
  local model sparsity arguments=()
  for model in $models; do
    for sparsity in 0.6 0.7 0.8 0.9 0.95; do
      printf '{"preset":"%s/configs/workloads/%s.json","maps":{"sparsity":%s}}\n' "$PWD" "$model" "$sparsity" \
        >"$scratch/$model-$sparsity.json"
      arguments+=(--workload "$scratch/$model-$sparsity.json")
    done
  done
  local file
  for file in measured-cpu-onednn measured-cpu-pytorch modelled-jetson-tx2-attention published-vitcod; do
    arguments+=(--baselines "results/baselines/$file.json")
  done
  "$VITCOD_SIM" compare configs/vitcod.json configs/dense.json configs/sanger.json configs/spatten.json --scope attention "${arguments[@]}" \
    --out "$scratch/compare" >/dev/null
  cp "$scratch/compare/compare.csv" results/paper/compare.csv
  cp "$scratch/compare/compare.svg" results/paper/speedup.svg
  awk -f results/flatten.awk "$scratch/compare/compare.json" >"$scratch/compare/flat"

  separator=$'\t' table dense '
    { split($1, place, "/"); entry[place[2], place[3], place[4]] = $2 }
    $1 ~ /^\/rows\/.*\/baseline$/ { ++rows }
    $1 ~ /^\/means\/.*\/baseline$/ { ++means }
    END {
      head("sparsity", "DeiT-Tiny|-Small|-Base|LeViT-128|-192|-256|geometric mean|mean")
      for (r = 0; r < rows; ++r) {
        if (entry["rows", r, "baseline"] == "dense")
          speed[entry["rows", r, "sparsity"], entry["rows", r, "model"]] = entry["rows", r, "speedup"]
      }
      for (m = 0; m < means; ++m) {
        if (entry["means", m, "baseline"] != "dense") continue
        sparsity = entry["means", m, "sparsity"]
        line = sprintf("| %g %% |", 100 * sparsity)
        for (i = 1; i <= num_models; ++i) line = line sprintf(" %.2f |", speed[sparsity, model_name[i]])
        mean[sparsity] = entry["means", m, "arithmetic_speedup"]
        printf "%s %.2f | %.2f |\n", line, entry["means", m, "geometric_speedup"], mean[sparsity]
      }
      ours("trend", mean["0.9"] / ((mean["0.6"] + mean["0.7"] + mean["0.8"]) / 3))
    }' "$scratch/compare/flat"

  separator=$'\t' table baselines '
    { split($1, place, "/"); entry[place[2], place[3], place[4]] = $2 }
    $1 ~ /^\/rows\/.*\/baseline$/ { ++rows }
    $1 ~ /^\/means\/.*\/baseline$/ { ++means }
    function note(name, kind, number) {
      if (!(name in known)) { known[name] = kind; count[name] = number; order[++num] = name }
    }
    END {
      head("baseline", "kind|models|60 %|70 %|80 %|90 %|95 %|mean of 60 to 90 %")
      for (m = 0; m < means; ++m) {
        name = entry["means", m, "baseline"]
        if (name == "dense") continue
        note(name, entry["means", m, "kind"], entry["means", m, "models"])
        sparsity = entry["means", m, "sparsity"] + 0
        cell[name, sparsity] = sprintf("%.1f / %.1f", entry["means", m, "geometric_speedup"],
                                       entry["means", m, "arithmetic_speedup"])
        value[name, sparsity] = entry["means", m, "arithmetic_speedup"]
      }
      for (i = 1; i <= num; ++i) {
        name = order[i]
        average = (value[name, 0.6] + value[name, 0.7] + value[name, 0.8] + value[name, 0.9]) / 4
        cell[name, "all"] = sprintf("%.1f", average)
        key = name ~ /oneDNN.*float32, 2 threads/ ? "onednn" : name ~ /PyTorch/ ? "pytorch" : name ~ /TX2/ ? "edge" : ""
        if (name == "sanger" || name == "spatten") key = name
        if (key != "") { ours(key "_90", value[name, 0.9]); ours(key "_mean", average) }
      }
      for (r = 0; r < rows; ++r) {
        if (entry["rows", r, "baseline"] != "sanger" || entry["rows", r, "sparsity"] + 0 != 0.9) continue
        energy += entry["rows", r, "energy_ratio"]; ++num_energies
      }
      ours("sanger_energy", energy / num_energies)
      for (r = 0; r < rows; ++r) {
        if (entry["rows", r, "kind"] != "published" || entry["rows", r, "model"] !~ /^mean of DeiT/) continue
        name = entry["rows", r, "baseline"]; note(name, "published, of the paper", 6)
        column = entry["rows", r, "model"] ~ /mean of 60, 70, 80 and 90/ ? "all" : entry["rows", r, "sparsity"] + 0
        cell[name, column] = cell[name, column] (cell[name, column] == "" ? "" : " or ") entry["rows", r, "speedup"]
      }
      for (i = 1; i <= num; ++i) {
        name = order[i]
        printf "| %s | %s | %d | %s | %s | %s | %s | %s | %s |\n", name, known[name], count[name], cell[name, 0.6],
          cell[name, 0.7], cell[name, 0.8], cell[name, 0.9], cell[name, 0.95], cell[name, "all"]
      }
    }' "$scratch/compare/flat"
}

# formula_row REVISION MODEL PRUNING REORDERING AUTO_ENCODER: a line of the authors' script, with the simulated cycles.
formula_row() {
  local arguments=("/workload/model=\"$2\"" "/workload/auto_encoder=$5")
  if [ "$3" = none ]; then arguments+=('/workload/maps={"kind":"dense"}'); else arguments+=("/workload/maps/sparsity=$3"); fi
  if [ "$4" = off ]; then arguments+=(/workload/polarization=null); fi
  "$VITCOD_SIM" formula configs/vitcod.json --revision "$1" --set "${arguments[@]}" --json >"$scratch/formula.json"
  awk -f results/flatten.awk "$scratch/formula.json" | awk -F '\t' -v row="$1,$2,$3,$4,$5" '
    $1 ~ /^\/totals\// { value[substr($1, 9)] = $2 }
    END { print row "," value["preload"] "," value["decoder"] "," value["computation"] "," value["attention"] }'
}

# Figures 2 and 3 beside the authors' own script: its cycles, of either revision.
formula() {
  local model pruning reordering
  {
    echo "revision,model,pruning,reordering,auto_encoder,preload,decoder,computation,attention"
    for model in deit-tiny deit-small deit-base; do
      for pruning in none 0.6 0.7 0.8 0.9; do
        for reordering in on off; do formula_row 0b4031a $model $pruning $reordering true; done
      done
      formula_row 0b4031a $model 0.9 on false
      formula_row HEAD $model 0.9 on true
      formula_row HEAD $model 0.9 on false
    done
  } >"$scratch/formula.csv"
  cp "$scratch/formula.csv" results/paper/formula.csv
}

# Figure 2: pruning x reordering x auto-encoder.
ablation() {
  sweep ablation
  replace_table "$page" ablation <"$scratch/ablation/sweep.md"
  table means '
    file == 1 { cycles["ours", f("model"), f("pruning"), f("reordering"), f("auto_encoder")] = f("cycles") }
    file == 2 && f("revision") == "0b4031a" {
      cycles["script", f("model"), f("pruning"), f("reordering"), f("auto_encoder")] = f("attention")
    }
    function row(who, name, what, key,  s, i, sum, base, slow) {
      sum = 0
      for (s = 6; s <= 9; ++s) {
        at_sparsity[s] = 0
        for (i = 1; i <= 3; ++i) {
          base = cycles[who, model_name[i], "0." s, "on", "true"]
          if (what == "pruning") slow = cycles[who, model_name[i], "none", "on", "true"]
          else if (what == "reordering") slow = cycles[who, model_name[i], "0." s, "off", "true"]
          else slow = cycles[who, model_name[i], "0." s, "on", "false"]
          at_sparsity[s] += slow / base / 3
        }
        sum += at_sparsity[s]
      }
      if (key != "") { ours(key "_90", at_sparsity[9]); ours(key "_mean", sum / 4); ours(key "_80", (sum - at_sparsity[9]) / 3) }
      printf "| %s | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f |\n", name, at_sparsity[6], at_sparsity[7], at_sparsity[8],
        at_sparsity[9], (sum - at_sparsity[9]) / 3, sum / 4
    }
    END {
      head("all on, against", "60 %|70 %|80 %|90 %|mean of 60 to 80 %|mean of 60 to 90 %")
      row("ours", "reordering only, simulated", "pruning", "pruning")
      row("script", "reordering only, the authors'"'"' script", "pruning", "")
      print "| reordering only, published | | | | 8.14 | 4.14 (computed) | 5.14 |"
      row("ours", "pruning only, simulated", "reordering", "reordering")
      row("script", "pruning only, the authors'"'"' script", "reordering", "")
      print "| pruning only, published | | | | 2.03 | 2.78 (computed) | 2.59 |"
      row("ours", "auto-encoder off, simulated", "encoder", "")
    }' results/paper/ablation.csv results/paper/formula.csv
}

# Figure 3, reordering against sparsity: fewer banks.
banks() {
  sweep banks
  table reordering '
    function keep(who, slow, sparsity) { cycles[who, f("model"), sparsity, slow] = f(file == 3 ? "attention" : "cycles") }
    file == 1 && f("auto_encoder") == "true" { keep("8 banks of Q/V, 8 of S in each engine (default)", f("reordering"), f("pruning")) }
    file == 2 { keep(f("banks") == "qv_2" ? "2 banks of Q/V in each engine" : "2 banks of S in each engine", f("reordering"), f("sparsity")) }
    file == 3 && f("revision") == "0b4031a" && f("auto_encoder") == "true" { keep("the authors'"'"' script", f("reordering"), f("pruning")) }
    function row(who,  s, i, line, sum, slow) {
      line = "| " who " |"; sum = 0
      for (s = 6; s <= 9; ++s) {
        slow = 0
        for (i = 1; i <= 3; ++i) slow += cycles[who, model_name[i], "0." s, "off"] / cycles[who, model_name[i], "0." s, "on"] / 3
        if (s < 9) sum += slow / 3
        line = line sprintf(" %.2f |", slow)
      }
      printf "%s %.2f |\n", line, sum
    }
    END {
      head("pruning only against all on", "60 %|70 %|80 %|90 %|mean of 60 to 80 %")
      row("8 banks of Q/V, 8 of S in each engine (default)")
      row("2 banks of Q/V in each engine")
      row("2 banks of S in each engine")
      row("the authors'"'"' script")
      print "| published | | | | 2.03 | 2.78 (computed) |"
    }' results/paper/ablation.csv results/paper/banks.csv results/paper/formula.csv
}

# Figures 2 and 3 with other thresholds of a global token.
theta() {
  sweep theta
  table theta '
    function keep(theta, sparsity) {
      all_on[theta, f("model"), sparsity] = f("cycles")
      computed[theta, sparsity] += f("attention_macs") / f("macs") / 3
    }
    file == 1 && f("auto_encoder") == "true" {
      if (f("reordering") == "off") pruned[f("model"), f("pruning")] = f("cycles")
      else if (f("pruning") == "none") dense[f("model")] = f("cycles")
      else keep(50, f("pruning"))
    }
    file == 2 { keep(f("theta_d"), f("sparsity")) }
    function row(theta,  s, i, line, pruning, reordering, base) {
      for (s = 6; s <= 9; ++s) {
        pruning[s] = reordering[s] = 0
        for (i = 1; i <= 3; ++i) {
          base = 3 * all_on[theta, model_name[i], "0." s]
          pruning[s] += dense[model_name[i]] / base; reordering[s] += pruned[model_name[i], "0." s] / base
        }
        line = line sprintf(" %.2f / %.2f |", pruning[s], reordering[s])
      }
      pruning[0] = pruning[6] + pruning[7] + pruning[8]; reordering[0] = reordering[6] + reordering[7] + reordering[8]
      printf "| %d |%s %.2f / %.2f | %.2f / %.2f | %.2f | %.2f |\n", theta, line, pruning[0] / 3, reordering[0] / 3,
        (pruning[0] + pruning[9]) / 4, (reordering[0] + reordering[9]) / 4, computed[theta, "0.6"], computed[theta, "0.9"]
    }
    END {
      head("`theta_d`", "60 %|70 %|80 %|90 %|mean of 60 to 80 %|mean of 60 to 90 %|computed / kept at 60 %|at 90 %")
      row(50); row(90); row(120); row(150)
      print "| published | | | | 8.14 / 2.03 | 4.14 / 2.78 (computed) | 5.14 / 2.59 | | |"
    }' results/paper/ablation.csv results/paper/theta.csv
}

# Figures 3 to 7: the six models at five sparsities, and the dense machine.
shapes() {
  sweep dense
  sweep models
  table fit '
    file == 1 { dense[f("model")] = f("cycles") }
    file == 2 && f("auto_encoder") == "true" {
      time[f("model"), f("sparsity")] = f("cycles") / dense[f("model")]
      computed[f("model"), f("sparsity")] = f("attention_macs") / f("macs")
    }
    END {
      head("model", "slope|a|fixed share at 90 %|R2|time at 95 %, simulated / fitted|speed at 90 % / mean of 60 to 80 %|computed / kept at 60 %|at 90 %")
      for (m = 1; m <= num_models; ++m) {
        model = model_name[m]; x = y = xx = xy = yy = speed = 0
        for (s = 6; s <= 9; ++s) {
          d = 1 - s / 10; t = time[model, "0." s]
          x += d; y += t; xx += d * d; xy += d * t; yy += t * t
          if (s < 9) speed += 1 / t / 3
        }
        slope = (4 * xy - x * y) / (4 * xx - x * x); offset = (y - slope * x) / 4; a = offset / slope
        r2 = (4 * xy - x * y) ^ 2 / ((4 * xx - x * x) * (4 * yy - y * y))
        share += offset / (offset + slope / 10) / num_models
        if (m <= 3) deit_share += offset / (offset + slope / 10) / 3
        printf "| %s | %.2f | %.3f | %.0f %% | %.3f | %.2f | %.2f | %.2f | %.2f |\n", model, slope, a,
          100 * offset / (offset + slope / 10), r2, time[model, "0.95"] / (offset + slope / 20),
          1 / time[model, "0.9"] / speed, computed[model, "0.6"], computed[model, "0.9"]
      }
      ours("fixed_share", 100 * share); ours("fixed_share_deit", 100 * deit_share)
      print "| published, six models | | 0.012 (computed) | 11 % (computed) | | | 2.58 | | |"
    }' results/paper/dense.csv results/paper/models.csv
  table phases '
    f("sparsity") == "0.9" {
      cycles = f("cycles"); on = f("auto_encoder") == "true"
      moving = (f("dram_bytes_read") + f("dram_bytes_written")) / 153.6
      serial = 100 * moving / (moving + f("sddmm") + f("merge") + f("spmm"))
      waits = 100 * (f("wait_operands") + f("wait_space") + f("write_back")) / cycles
      busy = 100 * (1 - f("dma_idle") / cycles)
      if (f("model") ~ /^deit/) { num[on] += 1; sum[on, 1] += waits; sum[on, 2] += busy; sum[on, 3] += serial }
      line[++lines] = sprintf("| %s, %s | %d | %.1f %% | %.1f %% | %.1f %% | %.1f %% | %.1f %% | %.1f %% | %.1f %% |", f("model"),
        on ? "on" : "off", cycles, 100 * f("sddmm") / cycles, 100 * f("merge") / cycles, 100 * f("spmm") / cycles,
        100 * f("wait_operands") / cycles, 100 * (f("wait_space") + f("write_back")) / cycles, busy, serial)
    }
    END {
      head("90 %, auto-encoder", "cycles|SDDMM|merge|SpMM|waits for operands|for space, write-back|DMA busy|movement if nothing overlapped")
      for (i = 1; i <= lines; ++i) print line[i]
      for (on = 1; on >= 0; --on)
        printf "| mean of DeiT, %s | | | | | %.1f %% (all waits) | | %.1f %% | %.1f %% |\n", on ? "on" : "off",
          sum[on, 1] / num[on], sum[on, 2] / num[on], sum[on, 3] / num[on]
      ours("movement_on", sum[1, 3] / num[1]); ours("movement_off", sum[0, 3] / num[0])
    }' results/paper/models.csv
  table movement '
    f("pruning") == "0.9" && f("reordering") == "on" {
      all = f("preload") + f("decoder") + f("computation")
      share[f("revision"), f("model"), f("auto_encoder")] = sprintf("%.1f %%", 100 * f("preload") / all)
    }
    END {
      head("90 %", "512 multipliers, off|on|4,096 multipliers, off|on")
      for (i = 1; i <= 3; ++i) {
        m = model_name[i]
        print "| " m " | " share["0b4031a", m, "false"] " | " share["0b4031a", m, "true"] " | " share["HEAD", m, "false"] " | " share["HEAD", m, "true"] " |"
      }
      print "| published: design point not stated | | | 50 % | 28 % |"
    }' results/paper/formula.csv
  table roofline '
    function row(name,  bytes, intensity, roof, done) {
      bytes = f("dram_bytes_read") + f("dram_bytes_written")
      intensity = f("attention_macs") / bytes; done = f("attention_macs") / f("cycles")
      roof = 153.6 * intensity < 512 ? 153.6 * intensity : 512
      printf "| %s | %.1f | %.1f | %d | %.0f | %.0f | %.0f %% |\n", name, f("macs") / bytes, intensity, roof, done,
        f("macs") / f("cycles"), 100 * done / roof
      return intensity
    }
    BEGIN { head("machine, model", "kept MACs a byte|MACs done a byte|roof, MACs a cycle|done a cycle|of kept entries|share of the roof") }
    file == 1 { row("dense, " f("model")) }
    file == 2 && f("auto_encoder") == "true" && (f("sparsity") == "0.6" || f("sparsity") ~ /^0.9/) {
      intensity = row(f("model") " " 100 * f("sparsity") " %")
      if (f("sparsity") == "0.95" && (lowest == "" || intensity < lowest)) lowest = intensity
      if (f("sparsity") == "0.6" && intensity > highest) highest = intensity
    }
    file == 2 && f("auto_encoder") == "false" && f("sparsity") == "0.9" { row(f("model") " 90 %, auto-encoder off") }
    END { ours("intensity_low", lowest); ours("intensity_high", highest) }' results/paper/dense.csv results/paper/models.csv
  table utilization '
    file == 1 { dense[f("model")] = sprintf("%.1f %%", 100 * f("mac_utilization")) }
    file == 2 && f("auto_encoder") == "true" {
      done[f("model"), f("sparsity")] = sprintf("%.1f / %.1f", 100 * f("mac_utilization"), 100 * f("macs") / (512 * f("cycles")))
    }
    END {
      head("model", "dense machine|60 %|70 %|80 %|90 %|95 %")
      for (i = 1; i <= num_models; ++i) {
        m = model_name[i]
        printf "| %s | %s | %s | %s | %s | %s | %s |\n", m, dense[m], done[m, "0.6"], done[m, "0.7"], done[m, "0.8"],
          done[m, "0.9"], done[m, "0.95"]
      }
    }' results/paper/dense.csv results/paper/models.csv
  table lines '
    f("auto_encoder") == "true" && f("sparsity") == "0.9" {
      all = 64 * f("cycles"); rest = 100 - 100 * f("mac_utilization"); line = ""
      for (i = 1; i <= num_reasons; ++i) {
        share = 100 * (f("denser_" reason[i]) + f("sparser_" reason[i])) / all
        rest -= share
        line = line sprintf(" %.1f %% |", share)
      }
      printf "| %s | %.1f %% |%s %.1f %% |\n", f("model"), 100 * f("mac_utilization"), line, rest
    }
    BEGIN {
      num_reasons = split("wait_query wait_key wait_value wait_scores wait_output no_work", reason, " ")
      head("90 %", "multiply|wait for Q|K|V|scores|room for output|no work in the phase|between phases")
    }' results/paper/models.csv
  table traffic '
    f("sparsity") == "0.9" {
      all = f("dram_bytes_read") + f("dram_bytes_written"); on = f("auto_encoder") == "true"
      line = sprintf("| %s, %s | %.0f | %.0f | %.0f | %.0f | %.1f | %.0f | %.0f |", f("model"), on ? "on" : "off", f("key_bytes") / 1024,
        f("query_bytes") / 1024, f("value_bytes") / 1024, f("index_bytes") / 1024, f("weight_bytes") / 1024,
        f("output_bytes") / 1024, all / 1024)
      if (on) { first = line; with = all } else { print first sprintf(" %.2f |", with / all); print line " |" }
    }
    BEGIN { head("90 %, auto-encoder", "K|Q|V|index|weights of decoders|output|all, KB|on / off") }' results/paper/models.csv
}

# Figure 3, the rivals: the part of their time that does not depend on sparsity, in units of ViTCoD's slope.
rival_fit() {
  table rivals '
    f("kind") == "simulated" && f("scope") == "attention" && f("sparsity") < 0.95 {
      at_model = f("baseline") SUBSEP f("model"); d = 1 - f("sparsity"); t = f("time_us")
      x[at_model] += d; y[at_model] += t; xx[at_model] += d * d; xy[at_model] += d * t
    }
    function slope(at_model) {
      return (4 * xy[at_model] - x[at_model] * y[at_model]) / (4 * xx[at_model] - x[at_model] ^ 2)
    }
    function cell(a, b) { return sprintf(" %.2f + %.2f d (%.0f %%) |", a, b, 100 * a / (a + b / 10)) }
    function row(who, published,  i, unit, a, b, a_mean, b_mean, line) {
      for (i = 1; i <= num_models; ++i) {
        unit = slope("vitcod" SUBSEP model_name[i])
        b = slope(who SUBSEP model_name[i]); a = (y[who, model_name[i]] - b * x[who, model_name[i]]) / 4
        line = line cell(a / unit, b / unit)
        a_mean += a / unit / num_models; b_mean += b / unit / num_models
      }
      if (who != "dense" && who != "vitcod") ours(who "_constant", a_mean)
      print "| " who " |" line cell(a_mean, b_mean) " " published " |"
    }
    END {
      head("machine", "DeiT-Tiny|-Small|-Base|LeViT-128|-192|-256|mean|published (computed)")
      row("vitcod", "0.01 + 1 d (11 %)"); row("dense", ""); row("sanger", "0.63 + 1.36 d (82 %)"); row("spatten", "0.84 + 2.9 d (74 %)")
    }' results/paper/compare.csv
}

# The table of all: results/paper/published.csv has what the paper says and why the numbers differ.
summary() {
  awk -F , '$1 == "real" && $2 == "deit-tiny" { print "total_95\t" $8 }' results/reference_totals.csv >>"$ours"
  awk -F , -v ours_file="$ours" '
    BEGIN { while ((getline line < ours_file) > 0) { split(line, pair, "\t"); ours[pair[1]] = pair[2] } }
    NR == 1 { print "quantity,paper,ours,ratio,why"; next }
    $1 == "" { print $2 "," $3 ",-,-," $5; next }
    !($1 in ours) { print "no number of ours: " $1 >"/dev/stderr"; exit 1 }
    { value = ours[$1]; printf "%s,%s,%s,%.2f,%s\n", $2, $3, sprintf(value >= 1000 ? "%d" : "%.3g", value), value / $3, $5 }
  ' results/paper/published.csv >"$scratch/summary.csv"
  cp "$scratch/summary.csv" results/paper/summary.csv
  table summary '
    BEGIN { head("quantity", "paper|ours|ours / paper|why") }
    { print "| " f("quantity") " | " f("paper") " | " f("ours") " | " f("ratio") " | " f("why") " |" }' results/paper/summary.csv
}

start=$SECONDS
part "figure 1, speed-ups" speedups
part "the authors' script" formula
part "figure 2, ablation" ablation
part "figure 3, reordering with fewer banks" banks
part "figures 2 and 3, other thresholds" theta
part "figures 3 to 7, six models" shapes
part "figure 3, rivals" rival_fit
part "summary" summary
echo "made: results/paper, $((SECONDS - start)) s" >&2
