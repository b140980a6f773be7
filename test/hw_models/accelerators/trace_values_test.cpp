// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/trace_values.hpp"

#include <catch2/catch.hpp>

#include "test/support/tiny_trace.hpp"

namespace vitcod::test::trace_values_test {

TEST_CASE("an operand has the same values for the machine, for its reference, and after that") {
  const TinyTrace tiny({{{"xx.", ".xx"}, 1}}, 8, 4);
  const auto source = source_for_two(tiny.trace, true);
  REQUIRE(source.has_value());
  for (const TensorId tensor : {tiny.tiny.layer.query, tiny.tiny.layer.value}) {
    const std::vector<std::int8_t> values = operand_values(tiny.trace, tensor);
    for (int asked = 0; asked < 4; ++asked) CHECK(source->operand(tensor) == values);
  }
  CHECK_FALSE(source_for_two(tiny.trace, false).has_value());
}

}  // namespace vitcod::test::trace_values_test
