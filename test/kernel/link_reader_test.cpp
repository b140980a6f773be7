// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "test/kernel/link_pair.hpp"

namespace vitcod::test::link_reader_test {

TEST_CASE("a reader that takes nothing before a cycle is woken by a beat in that cycle") {
  // Pushed in 2 and 3, while the reader is busy until 9; what comes in 15 is seen at once. Another
  // block's beat wakes the reader in between.
  SimBench bench;
  ScriptedWriter<> writer("writer", bench);
  ScriptedWriter<> other("other", bench);
  struct TwoInputs final : ScriptedBlock {
    using ScriptedBlock::ScriptedBlock;
    LinkIn<int> first{"first"};
    LinkIn<int> second{"second"};
  } reader("reader", bench);
  Link<int> link("link", bench.clock);
  Link<int> other_link("other_link", bench.clock);
  writer.out(link);
  reader.first(link);
  other.out(other_link);
  reader.second(other_link);

  writer.script = [&](Cycle now) -> Cycle {
    if (now == 2 || now == 3 || now == 15) writer.out->push(static_cast<int>(now));
    return now < 2 ? 2 : now == 2 ? 3 : now < 15 ? 15 : kOnLink;
  };
  other.script = [&](Cycle now) -> Cycle {
    if (now == 5) other.out->push(0);
    return now < 5 ? 5 : kOnLink;
  };
  Cycles ran;
  reader.script = [&](Cycle now) -> Cycle {
    ran.push_back(now);
    if (now == 0) reader.first->takes_none_before(9);
    if (reader.second->valid()) reader.second->pop();
    if (now < 9 || !reader.first->valid()) return kOnLink;
    if (reader.first->pop() == 15) bench.scheduler.stop();
    return reader.first->valid() ? now + 1 : kOnLink;
  };
  bench.run();
  CHECK(ran == Cycles{0, 6, 9, 10, 16});
}

TEST_CASE("a reader that takes all gets each beat with the cycle in which it is seen") {
  // Depth 2: beats of 0 and, ahead of time, of 3 are seen in 1 and 4; as if popped then, they leave
  // room in 2 and 5. Told in 1 that there is none, the writer is woken in 2.
  for (const RunMode& mode : all_run_modes()) {
    Pair pair(2, mode);
    std::vector<std::pair<int, Cycle>> taken;
    Cycles room;
    pair.writer.script = [&](Cycle now) -> Cycle {
      if (now == 0) {
        pair.link.take_all(
            [&](const int& beat, Cycle visible) { taken.emplace_back(beat, visible); });
        pair.writer.out->push(1);
        pair.writer.out->push_at(2, 3);
        CHECK(pair.writer.out->room() == 0);
      }
      room.push_back(pair.writer.out->room());
      if (now == 9) pair.bench.scheduler.stop();
      return now == 0 ? 1 : now == 1 ? kOnLink : now + 1;
    };
    pair.bench.run();
    CHECK(taken == std::vector<std::pair<int, Cycle>>{{1, 1}, {2, 4}});
    CHECK(room == Cycles{0, 0, 1, 1, 1, 2, 2, 2, 2, 2});
    CHECK(pair.link.num_pushed() == 2);
    CHECK(pair.link.occupancy() == 0);
  }
}

}  // namespace vitcod::test::link_reader_test
