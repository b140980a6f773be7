#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# build.sh PRESET [TARGET...]: configures and builds a preset of CMakePresets.json on all cores. With
# no target, or one of the tests, also the tests, which need the packages of `setup.sh test`.
set -euo pipefail
cd "$(dirname "$0")/.."

preset=${1:?usage: scripts/build.sh PRESET [TARGET...]}
shift
if command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER-ccache}
fi
tests=()
case " $* " in
  "  " | *" vitcod_test_"*) tests=(-DVITCOD_TESTS=ON) ;;
esac
cmake --preset "$preset" --log-level=WARNING ${tests[@]+"${tests[@]}"} >/dev/null
cmake --build --preset "$preset" --parallel "$(nproc)" ${1:+--target "$@"}
