// SPDX-License-Identifier: Apache-2.0
#include "sim/kernel/link.hpp"

#include <catch2/catch.hpp>

#include "test/support/sim_bench.hpp"

namespace vitcod::test::link_test {

using Catch::Matchers::Contains;

namespace {

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

/// Cycles in which the beats of a greedy writer and a greedy reader were taken.
Cycles cycles_of_greedy_pair(std::size_t depth, std::size_t num_beats, const RunMode& mode) {
  Pair pair(depth, mode);
  Cycles taken;
  std::size_t pushed = 0;
  pair.writer.script = [&](Cycle now) {
    if (pushed == num_beats || !pair.writer.out->ready()) return kOnLink;
    pair.writer.out->push(static_cast<int>(pushed++));
    return now + 1;
  };
  pair.reader.script = [&](Cycle now) {
    if (!pair.reader.in->valid()) return kOnLink;
    CHECK(pair.reader.in->pop() == static_cast<int>(taken.size()));
    taken.push_back(now);
    if (taken.size() == num_beats) pair.bench.scheduler.stop();
    return now + 1;
  };
  pair.bench.run();
  return taken;
}

/// Runs `pair` and returns the message of the ModelError that ends the run.
std::string error_of(Pair& pair) {
  try {
    pair.bench.run();
  } catch (const ModelError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a beat pushed in cycle n is visible in n + 1 and not in n") {
  for (const RunMode& mode : all_run_modes()) {
    Pair pair(2, mode);
    Cycles visible;
    pair.writer.script = [&](Cycle now) -> Cycle {
      if (now < 3) return 3;
      if (now == 3) pair.writer.out->push(7);
      return kOnLink;
    };
    pair.reader.script = [&](Cycle now) -> Cycle {
      if (pair.reader.in->valid()) visible.push_back(now);
      if (now < 6) return now + 1;
      CHECK(pair.reader.in->front() == 7);
      CHECK(pair.reader.in->pop() == 7);
      pair.bench.scheduler.stop();
      return kOnLink;
    };
    pair.bench.run();
    CHECK(visible == Cycles{4, 5, 6});
  }
}

TEST_CASE("the space of a beat popped in cycle n is there in n + 1 and not in n") {
  for (const RunMode& mode : all_run_modes()) {
    Pair pair(1, mode);
    Cycles ready;
    pair.writer.script = [&](Cycle now) -> Cycle {
      if (now == 0) pair.writer.out->push(1);
      if (now > 0 && pair.writer.out->ready()) ready.push_back(now);
      CHECK(pair.writer.out->room() == (now > 5 ? 1U : 0U));
      if (now == 7) pair.bench.scheduler.stop();
      return now + 1;
    };
    pair.reader.script = [&](Cycle now) -> Cycle {
      if (now == 5) pair.reader.in->pop();
      return now < 5 ? 5 : kOnLink;
    };
    pair.bench.run();
    CHECK(ready == Cycles{6, 7});
  }
}

TEST_CASE("a pop wakes the writer that was told that the link is full, and no other one") {
  for (const bool reversed : {false, true}) {
    RunMode mode;
    mode.reversed = reversed;
    Pair pair(2, mode);
    Cycles woken;
    pair.writer.script = [&](Cycle now) -> Cycle {
      woken.push_back(now);
      // Full from 2 on, as it learns in 2; and again from 12 on, as it never asks.
      if (now <= 1 || now == 11) pair.writer.out->push(static_cast<int>(now));
      if (now == 2) CHECK_FALSE(pair.writer.out->ready());
      return now <= 1 ? now + 1 : kOnLink;
    };
    pair.reader.script = [&](Cycle now) -> Cycle {
      if (now == 10 || now == 20 || now == 30) pair.reader.in->pop();
      if (now == 30) pair.bench.scheduler.stop();
      return (now / 10 + 1) * 10;
    };
    pair.bench.run();
    CHECK(woken == Cycles{0, 1, 2, 11});
  }
}

TEST_CASE("a writer that asks in the cycle of the pop is woken in the next one") {
  for (const bool reversed : {false, true}) {
    RunMode mode;
    mode.reversed = reversed;
    Pair pair(1, mode);
    Cycles woken;
    pair.writer.script = [&](Cycle now) -> Cycle {
      woken.push_back(now);
      if (now == 0) pair.writer.out->push(0);
      if (now == 10) CHECK_FALSE(pair.writer.out->ready());
      if (now == 11) pair.bench.scheduler.stop();
      return now == 0 ? 10 : kOnLink;
    };
    pair.reader.script = [&](Cycle now) -> Cycle {
      if (now == 10) pair.reader.in->pop();
      return now < 10 ? 10 : kOnLink;
    };
    pair.bench.run();
    CHECK(woken == Cycles{0, 10, 11});
  }
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

TEST_CASE("depth 1 carries a beat every second cycle, depth 2 one every cycle") {
  // depth 1:  cycle   0     1     2     3     4        depth 2:  cycle   0     1     2
  //           push    a           b           c                  push    a     b     c
  //           pop           a           b                        pop           a     b
  for (const RunMode& mode : all_run_modes()) {
    CHECK(cycles_of_greedy_pair(1, 5, mode) == Cycles{1, 3, 5, 7, 9});
    CHECK(cycles_of_greedy_pair(2, 5, mode) == Cycles{1, 2, 3, 4, 5});
    CHECK(cycles_of_greedy_pair(7, 5, mode) == Cycles{1, 2, 3, 4, 5});
  }
}

TEST_CASE("beats pushed ahead of time wake the reader in their own cycles") {
  // Pushed in cycle 0 for cycles 0, 10, 11 and 1000000: visible one later. The reader asks for no
  // wake-up of its own, and has run in between because of the first beats.
  Pair pair(4);
  Cycles taken;
  Cycles ran;
  pair.writer.script = [&](Cycle now) {
    if (now > 0) return kOnLink;
    pair.writer.out->push(0);
    pair.writer.out->push_at(1, 10);
    pair.writer.out->push_at(2, 11);
    pair.writer.out->push_at(3, 1'000'000);
    CHECK_FALSE(pair.writer.out->ready());
    return kOnLink;
  };
  pair.reader.script = [&](Cycle now) {
    ran.push_back(now);
    if (!pair.reader.in->valid()) return kOnLink;
    CHECK(pair.reader.in->pop() == static_cast<int>(taken.size()));
    taken.push_back(now);
    if (taken.size() == 4) pair.bench.scheduler.stop();
    return kOnLink;
  };
  pair.bench.run();
  CHECK(taken == Cycles{1, 11, 12, 1'000'001});
  CHECK(ran == Cycles{0, 1, 11, 12, 1'000'001});
}

TEST_CASE("a beat pushed ahead wakes a reader that another link woke before") {
  SimBench bench;
  ScriptedWriter<> early("early", bench);
  ScriptedWriter<> ahead("ahead", bench);
  struct TwoInputs final : ScriptedBlock {
    using ScriptedBlock::ScriptedBlock;
    LinkIn<int> first{"first"};
    LinkIn<int> second{"second"};
  } reader("reader", bench);
  Link<int> early_link("early_link", bench.clock);
  Link<int> ahead_link("ahead_link", bench.clock);
  early.out(early_link);
  reader.first(early_link);
  ahead.out(ahead_link);
  reader.second(ahead_link);

  early.script = [&](Cycle now) -> Cycle {
    if (now == 4) early.out->push(1);
    return now < 4 ? 4 : kOnLink;
  };
  ahead.script = [&](Cycle now) -> Cycle {
    if (now == 2) ahead.out->push_at(2, 19);
    return now < 2 ? 2 : kOnLink;
  };
  Cycles ran;
  reader.script = [&](Cycle now) -> Cycle {
    ran.push_back(now);
    if (reader.first->valid()) reader.first->pop();
    CHECK(reader.second->next_visible() == (now < 3 ? kOnLink : 20));
    if (!reader.second->valid()) return now < 9 ? 9 : kOnLink;
    reader.second->pop();
    bench.scheduler.stop();
    return kOnLink;
  };
  bench.run();
  CHECK(ran == Cycles{0, 5, 9, 20});
}

TEST_CASE("two pushes in one cycle are a model error with block and cycle") {
  Pair pair(4);
  pair.writer.script = [&](Cycle now) -> Cycle {
    if (now < 3) return 3;
    pair.writer.out->push(1);
    pair.writer.out->push(2);
    return kOnLink;
  };
  CHECK(error_of(pair) == "writer in cycle 3: two pushes to a link in one cycle");
}

TEST_CASE("pushes ahead must be in order, one a cycle") {
  const auto error_of_pushes = [](Cycle first, Cycle second) {
    Pair pair(4);
    pair.writer.script = [&](Cycle now) {
      if (now > 0) return kOnLink;
      pair.writer.out->push_at(1, first);
      pair.writer.out->push_at(2, second);
      return kOnLink;
    };
    pair.reader.script = [&](Cycle now) {
      if (!pair.reader.in->valid()) return kOnLink;
      if (pair.reader.in->pop() == 2) pair.bench.scheduler.stop();
      return now + 1;
    };
    return error_of(pair);
  };
  CHECK(error_of_pushes(5, 6) == "no error");
  CHECK(error_of_pushes(5, 5) == "writer in cycle 0: two pushes to a link in one cycle");
  CHECK(error_of_pushes(5, 4) == "writer in cycle 0: two pushes to a link in one cycle");
}

TEST_CASE("two pops in one cycle are a model error with block and cycle") {
  Pair pair(4);
  pair.writer.script = [&](Cycle now) {
    if (now < 2) pair.writer.out->push(1);
    return now < 2 ? now + 1 : kOnLink;
  };
  pair.reader.script = [&](Cycle now) -> Cycle {
    if (now < 8) return 8;
    pair.reader.in->pop();
    pair.reader.in->pop();
    return kOnLink;
  };
  CHECK(error_of(pair) == "reader in cycle 8: two pops of a link in one cycle");
}

TEST_CASE("a push to a full link is a model error with block and cycle") {
  Pair pair(2);
  pair.writer.script = [&](Cycle now) {
    pair.writer.out->push(1);
    return now + 1;
  };
  CHECK(error_of(pair) == "writer in cycle 2: push() to a full link");
}

TEST_CASE("the space of a pop in the same cycle does not yet allow a push") {
  for (const bool reversed : {false, true}) {
    RunMode mode;
    mode.reversed = reversed;
    Pair pair(1, mode);
    pair.writer.script = [&](Cycle now) -> Cycle {
      if (now == 0 || now == 1) pair.writer.out->push(1);
      return now + 1;
    };
    pair.reader.script = [&](Cycle now) {
      if (pair.reader.in->valid()) pair.reader.in->pop();
      return now + 1;
    };
    CHECK(error_of(pair) == "writer in cycle 1: push() to a full link");
  }
}

TEST_CASE("pop and front of a link without a visible beat are model errors") {
  Pair empty(2);
  empty.reader.script = [&](Cycle now) -> Cycle {
    if (now == 6) empty.reader.in->pop();
    return 6;
  };
  CHECK(error_of(empty) == "reader in cycle 6: pop() of a link without a visible beat");

  Pair too_early(2);  // pushed in the same cycle: visible in the next one only
  too_early.writer.script = [&](Cycle) {
    too_early.writer.out->push(1);
    return kOnLink;
  };
  too_early.reader.script = [&](Cycle) { return Cycle(too_early.reader.in->front()); };
  CHECK(error_of(too_early) == "reader in cycle 0: front() of a link without a visible beat");
}

TEST_CASE("a link has one reader, one writer and a depth") {
  SimBench bench;
  CHECK_THROWS_WITH(Link<int>("shallow", bench.clock, 0), Contains("depth of at least 1"));
  ScriptedWriter<> writer("writer", bench);
  ScriptedReader<> reader("reader", bench);
  ScriptedReader<> second_reader("second_reader", bench);
  Link<int> link("link", bench.clock);
  writer.out(link);
  reader.in(link);
  second_reader.in(link);
  CHECK_THROWS_WITH(bench.run(), Contains("a link has one writer and one reader"));
}

TEST_CASE("an unbound port is found at elaboration") {
  SimBench bench;
  ScriptedWriter<> writer("writer", bench);
  CHECK_THROWS_WITH(bench.run(), Contains("port not bound") && Contains("writer.out"));
}

TEST_CASE("a link counts what passed through") {
  Pair pair(3);
  pair.writer.script = [&](Cycle now) {
    if (now < 3) pair.writer.out->push(1);
    return now < 2 ? now + 1 : kOnLink;
  };
  pair.reader.script = [&](Cycle now) -> Cycle {
    if (now == 5) {
      CHECK(pair.link.occupancy() == 3);
      CHECK(pair.link.describe() == "link: 3 of 3 beats, writer -> reader");
    }
    if (now < 5) return 5;
    pair.reader.in->pop();
    if (now == 7) pair.bench.scheduler.stop();
    return now + 1;
  };
  pair.bench.run();
  CHECK(pair.link.num_pushed() == 3);
  CHECK(pair.link.num_popped() == 3);
  CHECK(pair.link.occupancy() == 0);
}

}  // namespace vitcod::test::link_test
