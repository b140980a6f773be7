#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check_configs.sh: uses every file of configs/ once, in a short run: machines, memories, area and
# energy tables, models, workloads and tables of resources with one layer, two points of each sweep, a
# search in full. A file that is in none of these folders fails. VITCOD_SIM names an executable to use in place of the release build.
set -euo pipefail
cd "$(dirname "$0")/.."
sim=$(realpath -e "${VITCOD_SIM:-build/release/vitcod-sim}")
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
export SC_COPYRIGHT_MESSAGE=DISABLE

num=0
failed=0
# try FILE COMMAND...: says which file it was if the command fails.
try() {
  local file=$1
  shift
  num=$((num + 1))
  if "$@" >"$out/log" 2>&1 </dev/null; then return 0; fi
  failed=$((failed + 1))
  echo "check_configs: $file: '$*' failed:"
  tail -n 5 "$out/log"
}

run_with() {
  local file=$1
  shift
  try "$file" "$sim" run configs/vitcod.json "$@" --set '/workload/layers=[0]' --out "$out/run"
}

while IFS= read -r file; do
  name=$(basename "$file" .json)
  case "$file" in
    configs/vitcod.json) run_with "$file" ;;
    configs/dense.json) try "$file" "$sim" run "$file" --set "/workload/layers=[0]" --out "$out/run" ;;
    configs/sanger.json) try "$file" "$sim" run "$file" --set "/workload/layers=[0]" --out "$out/run" ;;
    # A machine that predicts its masks needs a workload that says what from.
    configs/machines/sanger*)
      try "$file" "$sim" run configs/sanger.json --set "/machine=configs/machines/$name.json" --set "/workload/layers=[0]" --out "$out/run"
      ;;
    configs/resources/sanger.json)
      try "$file" "$sim" explain configs/sanger.json --set '/workload/layers=[0]'
      ;;
    configs/spatten.json) try "$file" "$sim" run "$file" --set "/workload/layers=[0,1]" --out "$out/run" ;;
    configs/long/*) try "$file" "$sim" run "$file" --no-values --out "$out/run" ;;
    configs/machines/*) run_with "$file" --set "/machine=configs/machines/$name.json" ;;
    configs/dram/*) run_with "$file" --set "/machine/dram/preset=configs/dram/$name.json" ;;
    configs/area/*) run_with "$file" --set "/machine/area/preset=configs/area/$name.json" ;;
    configs/energy/*) run_with "$file" --set "/machine/energy/preset=configs/energy/$name.json" ;;
    configs/models/*) run_with "$file" --set "/workload/model=\"$name\"" /workload/maps/sparsity=0.9 ;;
    configs/workloads/*) run_with "$file" --set "/workload=configs/workloads/$name.json" ;;
    configs/sweeps/*)
      # Two points, by the number of lines that --dry-run lists. A search finds its points as it runs.
      share=()
      if ! grep -q '"search"' "$file"; then
        try "$file" "$sim" sweep "$file" --dry-run
        points=$(wc -l <"$out/log")
        share=(--shard "1/$((points > 3 ? (points - 1) / 2 : 1))")
      fi
      try "$file" "$sim" sweep "$file" ${share[@]+"${share[@]}"} --out "$out/$name"
      ;;
    configs/resources/*)
      # A table of the machines of a kind, which its name is.
      try "$file" "$sim" explain configs/vitcod.json --set "/machine=configs/machines/$name.json" --set '/workload/layers=[0]'
      ;;
    configs/clusters/*)
      try "$file" "$sim" sweep configs/sweeps/sparsity.json --executor slurm --slurm "$file" --dry-run
      ;;
    *)
      echo "check_configs: $file: nothing here says how it is used"
      failed=$((failed + 1))
      ;;
  esac
done < <(find configs -name '*.json' | sort)
echo "check_configs: $num commands, $failed failed"
[ "$failed" -eq 0 ]
