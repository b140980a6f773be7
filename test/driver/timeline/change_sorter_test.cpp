// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/timeline/change_sorter.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <tuple>

#include "sim/base/random.hpp"
#include "test/support/temp_folder.hpp"

namespace vitcod::test::change_sorter_test {
namespace {

using Row = std::tuple<Tick, std::uint32_t, std::uint32_t>;

std::vector<Row> rows_of(ChangeSorter& sorter) {
  std::vector<Row> rows;
  sorter.for_each([&](const Change& c) { rows.emplace_back(c.tick, c.track, c.value); });
  return rows;
}

}  // namespace

TEST_CASE("changes come out by time and track, whatever fits in memory, and once more") {
  const TempFolder folder;
  Random random(5);
  for (const std::size_t num : {0U, 1U, 6U, 7U, 8U, 500U}) {
    for (const std::size_t capacity : {1U, 7U, 499U, 500U, 501U}) {
      CAPTURE(num, capacity);
      ChangeSorter sorter(folder / "out", capacity);
      std::vector<Row> rows;
      for (std::uint32_t i = 0; i < num; ++i) {
        // A track has one change at a time, so no two rows have the same of both.
        const Change change{random.uniform_below(100), i, i % 3};
        sorter.add(change);
        rows.emplace_back(change.tick, change.track, change.value);
      }
      std::sort(rows.begin(), rows.end());
      CHECK(rows_of(sorter) == rows);
      CHECK(rows_of(sorter) == rows);
    }
  }
  CHECK(std::filesystem::is_empty(folder.path()));
}

}  // namespace vitcod::test::change_sorter_test
