// SPDX-License-Identifier: Apache-2.0
#include "sim/base/one_line.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace vitcod::one_line_test {

TEST_CASE("text without control characters stays as it is") {
  CHECK(one_line("").empty());
  CHECK(one_line("plain text, /a/b: 7") == "plain text, /a/b: 7");
  // Two, three and four bytes: e with acute, euro sign, a clef.
  const std::string text = "caf\xc3\xa9 \xe2\x82\xac \xf0\x9d\x84\x9e";
  CHECK(one_line(text) == text);
  CHECK(is_utf8(text));
}

TEST_CASE("control characters are written as escapes, those beyond ASCII too") {
  CHECK(one_line("a\nb\r\tc") == "a\\nb\\r\\tc");
  CHECK(one_line("\x1b[31mred") == "\\x1b[31mred");
  CHECK(one_line(std::string("a\0b", 3)) == "a\\x00b");
  CHECK(one_line("\x7f") == "\\x7f");
  CHECK(one_line("\xc2\x9b") == "\\xc2\\x9b");  // CSI, as ESC [
}

TEST_CASE("bytes that are no UTF-8 are written as escapes") {
  for (const std::string bad : {"\xff", "\x80", "\xc3", "\xe2\x82", "\xc0\xaf", "\xed\xa0\x80",
                                "\xf4\x90\x80\x80", "\xe0\x80\x80"}) {
    std::string escaped;
    for (const char byte : bad) {
      constexpr const char* kDigits = "0123456789abcdef";
      const auto value = static_cast<unsigned char>(byte);
      escaped += std::string("\\x") + kDigits[value / 16] + kDigits[value % 16];
    }
    INFO(escaped);
    CHECK_FALSE(is_utf8(bad));
    CHECK(one_line("<" + bad + ">") == "<" + escaped + ">");
  }
}

}  // namespace vitcod::one_line_test
