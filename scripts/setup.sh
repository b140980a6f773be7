#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that building needs, if any is missing. `setup.sh test` adds those of
# the tests: Catch2, Python, a JSON Schema validator, Slurm, and oneDNN, with which
# vitcod-baseline is built. `setup.sh check` adds also what scripts/check.sh
# and .ci/run need: clang's tools and valgrind.
set -euo pipefail

packages=(g++ cmake ninja-build pkg-config libsystemc-dev libfmt-dev libspdlog-dev
  nlohmann-json3-dev libcli11-dev libmuparser-dev)
case "${1:-}" in
  "") ;;
  test | check) packages+=(catch2 python3 python3-jsonschema slurm-wlm munge libdnnl-dev) ;;
  *) echo "setup: '$1' is neither 'test' nor 'check'" >&2 && exit 2 ;;
esac
if [ "${1:-}" = check ]; then
  packages+=(clang clang-format clang-tidy git valgrind)
fi

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  # The configure step will say what is missing; elsewhere the packages have other names.
  echo "setup: not a Debian system; needed here by whatever name: ${packages[*]}" >&2
  exit 0
fi

installed=" $(dpkg-query -W -f='${binary:Package} ${db:Status-Status}\n' |
  awk '$2 == "installed" { sub(/:.*/, "", $1); print $1 }' | tr '\n' ' ')"
missing=()
for package in "${packages[@]}"; do
  case "$installed" in
    *" $package "*) ;;
    *) missing+=("$package") ;;
  esac
done
if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi

become_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "setup: not root and no sudo; ask an administrator for: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  become_root=(sudo)
fi

errors=$(mktemp)
trap 'rm -f "$errors"' EXIT
lock_seconds=${VITCOD_LOCK_SECONDS:-600}

# as_root COMMAND...: waits while another package manager holds a lock, and first ends the work of
# one that was interrupted.
as_root() {
  local configured=no waiting=no until=$((SECONDS + lock_seconds))
  until ${become_root[@]+"${become_root[@]}"} env LC_ALL=C DEBIAN_FRONTEND=noninteractive "$@" \
    </dev/null 2>"$errors"; do
    if [ $configured = no ] && grep -q 'dpkg was interrupted' "$errors"; then
      configured=yes
      echo "setup: a package manager was interrupted; ending its work (dpkg --configure -a)"
      as_root dpkg --configure -a
    elif [ $SECONDS -lt $until ] && grep -Eqi 'could not get lock|unable to (lock|acquire)|is locked by another' "$errors"; then
      if [ $waiting = no ]; then echo "setup: waiting for another package manager to end"; fi
      waiting=yes
      sleep 2
    else
      cat "$errors" >&2
      echo "setup: '$*' failed" >&2
      exit 1
    fi
  done
}

echo "setup: installing ${missing[*]}"
as_root apt-get update -qq
as_root apt-get install -y -qq --no-install-recommends "${missing[@]}"
