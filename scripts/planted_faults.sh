#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Plants the faults of test/faults one at a time and runs a workload with each: the run must end with
# exit status 3 (values or conservation) or 4 (no progress). The simulator is linked anew with the
# one patched source in place of the sound one; nothing of the release build is changed. Prints what
# caught each fault; exit status 1 if one got through.
# usage: planted_faults.sh [NAME...]
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/build.sh release vitcod-sim >/dev/null
release=build/release
work=$PWD/build/faults
mkdir -p "$work"

# run PROGRAM NAME ARGUMENT...: the exit status; what was printed is in $work/NAME.log
run() {
  local program=$1 name=$2 status=0
  shift 2
  "$program" run "$@" >"$work/$name.log" 2>&1 || status=$?
  echo "$status"
}

# make_faulty NAME: $work/NAME, the simulator with test/faults/NAME.patch: its source is compiled anew
# with those that it is compiled together with (a unity source of CMake), in a hurry (-O1).
make_faulty() {
  local patch=test/faults/$1.patch source group object compile link
  source=$(sed -n 's#^+++ b/##p' "$patch")
  cp "$source" "$work/$1.cpp"
  patch --quiet --no-backup-if-mismatch "$work/$1.cpp" "$patch" >"$work/$1.log" || return 1
  # Of an earlier configuration there may be others, which nothing compiles any more.
  group=$(grep -rlF --include='*.cxx' "\"$PWD/$source\"" "$release" | while read -r each; do
    if grep -qF "\"$PWD/$each\"" "$release/compile_commands.json"; then echo "$each"; fi
  done)
  sed "s#\"$PWD/$source\"#\"$work/$1.cpp\"#" "$group" >"$work/$1.cxx"
  object=${group#"$release"/}.o
  compile=$(ninja -C "$release" -t commands "$object" | tail -n 1)
  link=$(ninja -C "$release" -t commands vitcod-sim | tail -n 1)
  compile=${compile// -o $object/ -o $work/$1.o}
  compile="${compile// -c */ -c $work/$1.cxx} -O1"
  # The object comes before the archives: its symbols are there, so the sound ones are left out.
  link=${link/ -o vitcod-sim / $work/$1.o -o $work/$1 }
  (cd "$release" && eval "$compile" && eval "$link") >"$work/$1.log" 2>&1
}

# try_fault NAME: prints what caught it; fails if nothing did, or if there is nothing to see.
try_fault() {
  local name=$1 status arguments caught
  # The patch names the run that shows the fault.
  read -ra arguments < <(sed -n 's/^run: //p' "test/faults/$name.patch")
  status=$(run "$release/vitcod-sim" "$name-sound" "${arguments[@]}")
  if [ "$status" != 0 ]; then
    echo "planted_faults: $name: without the fault the run ends with status $status" >&2
    return 1
  fi
  if ! make_faulty "$name"; then
    tail -n 20 "$work/$name.log" >&2
    echo "planted_faults: $name does not build" >&2
    return 1
  fi
  status=$(run "$work/$name" "$name" "${arguments[@]}")
  if [ "$status" != 3 ] && [ "$status" != 4 ]; then
    printf '%-36s NOT CAUGHT: status %s\n' "$name" "$status"
    return 1
  fi
  caught=$(grep -m 1 '^vitcod-sim:' "$work/$name.log" || tail -n 1 "$work/$name.log")
  printf '%-36s status %s: %s\n' "$name" "$status" "${caught:0:140}"
}

export release work
export -f run make_faulty try_fault
names=("$@")
if [ ${#names[@]} -eq 0 ]; then
  mapfile -t names < <(basename -s .patch test/faults/*.patch)
fi
# As many at a time as there are cores.
if ! printf '%s\0' "${names[@]}" |
  xargs -0 -n 1 -P "$(nproc)" bash -euo pipefail -c 'try_fault "$1"' try_fault; then
  exit 1
fi
