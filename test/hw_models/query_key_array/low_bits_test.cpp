// SPDX-License-Identifier: Apache-2.0
#include "hw_models/query_key_array/low_bits.hpp"

#include <catch2/catch.hpp>

#include "hw_models/query_key_array/low_bits_config.hpp"

namespace vitcod::low_bits_test {

TEST_CASE("an element with low bits is sixteen times the high ones and the low ones more") {
  const std::uint8_t high[] = {0x7F, 0x80, 0xFF, 0x01};
  const std::uint8_t low[] = {0xF3, 0x05};  // 3, 15; 5, 0
  CHECK(operand_at(high, low, 0) == 127 * 16 + 3);
  CHECK(operand_at(high, low, 1) == -128 * 16 + 15);
  CHECK(operand_at(high, low, 2) == -1 * 16 + 5);
  CHECK(operand_at(high, low, 3) == 16);
  CHECK(operand_at(high, nullptr, 1) == -128);
  CHECK(low_bytes(64) == 32);
}

TEST_CASE("a threshold of flat rows has 16 fraction bits") {
  CHECK(LowBitsConfig{LowBits::kFlatRows, 0.1, 1}.threshold() == 6554);  // 6553.6
  CHECK(LowBitsConfig{LowBits::kFlatRows, 1.0, 1}.threshold() == 65536);
  CHECK(!LowBitsConfig{}.has_any());
  CHECK(LowBitsConfig{LowBits::kAllRows, 0, 1}.has_any());
}

}  // namespace vitcod::low_bits_test
