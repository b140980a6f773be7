#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that building and testing need, if any is missing.
# `setup.sh test` adds Slurm, on which sweeps are tested, and Python, in which scripts are written;
# `setup.sh check` also what scripts/check.sh needs.
set -euo pipefail

packages=(g++ cmake ninja-build pkg-config libsystemc-dev libfmt-dev libspdlog-dev
  nlohmann-json3-dev libcli11-dev libmuparser-dev catch2 libvalijson-dev)
if [ "${1:-}" = test ] || [ "${1:-}" = check ]; then
  packages+=(slurm-wlm munge python3)
fi
if [ "${1:-}" = check ]; then
  packages+=(clang clang-format clang-tidy)
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

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "setup: not root and no sudo; ask an administrator for: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "setup: installing ${missing[*]}"
${as_root[@]+"${as_root[@]}"} apt-get update -qq
${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -qq --no-install-recommends "${missing[@]}"
