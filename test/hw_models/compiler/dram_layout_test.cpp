// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/dram_layout.hpp"

#include <catch2/catch.hpp>

namespace vitcod::dram_layout_test {

TEST_CASE("tensors lie one after the other from 4 KiB boundaries") {
  Trace trace;
  trace.tensors = {{"a", {4096}, 8}, {"b", {4097}, 8}, {"c", {3}, 32}, {"d", {1}, 8}};
  DramLayout layout(trace);
  CHECK(layout.address(TensorId{0}) == 0);
  CHECK(layout.address(TensorId{1}) == 4096);
  CHECK(layout.address(TensorId{2}) == 12288);
  CHECK(layout.address(TensorId{3}) == 16384);
  CHECK(layout.bytes(TensorId{1}) == 4097);
  CHECK(layout.bytes(TensorId{2}) == 12);
  CHECK(layout.allocate(1) == 20480);
  CHECK(layout.allocate(5000) == 24576);
  CHECK(layout.allocate(1) == 32768);
  CHECK(layout.end() == 36864);
}

TEST_CASE("a tensor lies row-major unless it is laid out by token") {
  Trace trace;
  trace.tensors = {{"a", {2, 3, 4}, 8}, {"b", {2, 3, 4}, 8}};
  DramLayout layout(trace);
  layout.lay_by_token(TensorId{1});
  CHECK_FALSE(layout.is_by_token(TensorId{0}));
  CHECK(layout.is_by_token(TensorId{1}));
}

}  // namespace vitcod::dram_layout_test
