// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/dram_contents.hpp"

#include <catch2/catch.hpp>

#include "sim/base/errors.hpp"

namespace vitcod::dram_contents_test {
namespace {

using Bytes = DramContents::Bytes;

}  // namespace

TEST_CASE("an area has its contents where it lies, and zeros before it is written") {
  DramContents dram;
  dram.add_area(100, 4, [] { return Bytes{1, 2, 3, 4}; });
  dram.add_area(104, 3, {});
  CHECK(dram.read(100, 4) == Bytes{1, 2, 3, 4});
  CHECK(dram.read(101, 2) == Bytes{2, 3});
  CHECK(dram.read(104, 3) == Bytes{0, 0, 0});
  CHECK(dram.read(103, 2) == Bytes{4, 0});  // of both
  CHECK(dram.read(102, 0).empty());
}

TEST_CASE("contents are made once, when the area is first touched") {
  int made = 0;
  DramContents dram;
  dram.add_area(0, 2, [&made] {
    ++made;
    return Bytes{5, 6};
  });
  dram.add_area(2, 2, {});
  CHECK(made == 0);
  dram.read(2, 2);
  CHECK(made == 0);
  dram.write(1, {7});
  CHECK(made == 1);
  CHECK(dram.read(0, 2) == Bytes{5, 7});
  CHECK(made == 1);
}

TEST_CASE("contents that are shorter than their area are filled up with zeros") {
  DramContents dram;
  dram.add_area(0, 4, [] { return Bytes{5, 6}; });
  CHECK(dram.read(0, 4) == Bytes{5, 6, 0, 0});
}

TEST_CASE("a write changes its bytes and no others, also across areas") {
  DramContents dram;
  dram.add_area(0, 3, [] { return Bytes{1, 2, 3}; });
  dram.add_area(3, 3, [] { return Bytes{4, 5, 6}; });
  dram.write(2, {30, 40});
  CHECK(dram.read(0, 6) == Bytes{1, 2, 30, 40, 5, 6});
}

TEST_CASE("an access where nothing lies is refused") {
  DramContents dram;
  dram.add_area(100, 10, {});
  dram.add_area(120, 10, {});
  const char* message = "DRAM was accessed where nothing lies";
  CHECK_THROWS_WITH(dram.read(99, 2), message);
  CHECK_THROWS_WITH(dram.read(109, 2), message);
  CHECK_THROWS_WITH(dram.read(100, 30), message);  // the gap between both
  CHECK_THROWS_WITH(dram.read(5000, 1), message);
  CHECK_THROWS_WITH(dram.write(129, {1, 2}), message);
  CHECK_THROWS_AS(DramContents().read(0, 1), ModelError);
  CHECK_NOTHROW(dram.read(120, 10));
}

TEST_CASE("areas must not lie over each other") {
  const auto add = [](std::uint64_t address, std::uint64_t bytes) {
    DramContents dram;
    dram.add_area(100, 10, {});
    dram.add_area(200, 10, {});
    dram.add_area(address, bytes, {});
  };
  CHECK_NOTHROW(add(90, 10));
  CHECK_NOTHROW(add(110, 90));
  CHECK_NOTHROW(add(210, 1));
  CHECK_NOTHROW(add(100, 0));
  const char* message = "two tensors lie over each other in DRAM";
  CHECK_THROWS_WITH(add(90, 11), message);
  CHECK_THROWS_WITH(add(109, 1), message);
  CHECK_THROWS_WITH(add(100, 10), message);
  CHECK_THROWS_WITH(add(110, 91), message);
  CHECK_THROWS_WITH(add(50, 500), message);
  CHECK_THROWS_AS(add(104, 2), ModelError);
}

}  // namespace vitcod::dram_contents_test
