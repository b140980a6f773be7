// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/kernel/link.hpp"
#include "test/support/sim_bench.hpp"

namespace vitcod::test {

using Cycles = std::vector<Cycle>;

/// A writer, a link and a reader in one clock domain.
struct Pair {
  explicit Pair(std::size_t depth, const RunMode& mode = {})
      : bench(mode),
        writer("writer", bench),
        reader("reader", bench),
        link("link", bench.clock, depth) {
    writer.out(link);
    reader.in(link);
  }

  SimBench bench;
  ScriptedWriter<> writer;
  ScriptedReader<> reader;
  Link<int> link;
};

}  // namespace vitcod::test
