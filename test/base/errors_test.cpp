// SPDX-License-Identifier: Apache-2.0
#include "sim/base/errors.hpp"

#include <catch2/catch.hpp>

namespace vitcod::errors_test {

TEST_CASE("a config error gains one pointer token a level") {
  const ConfigError inner("", "expected an integer, found 3.7");
  CHECK(std::string(inner.what()) == "expected an integer, found 3.7");
  const ConfigError outer = inner.under("x").under("sddmm");
  CHECK(outer.pointer() == "/sddmm/x");
  CHECK(outer.message() == "expected an integer, found 3.7");
  CHECK(std::string(outer.what()) == "/sddmm/x: expected an integer, found 3.7");
}

TEST_CASE("pointer tokens are escaped as in RFC 6901, section 5") {
  CHECK(ConfigError("", "m").under("a/b").pointer() == "/a~1b");
  CHECK(ConfigError("", "m").under("m~n").pointer() == "/m~0n");
  CHECK(ConfigError("", "m").under("~1").pointer() == "/~01");
}

TEST_CASE("check throws only if the invariant is broken") {
  CHECK_NOTHROW(check(true, "never"));
  CHECK_THROWS_AS(check(false, "pop() of an empty link"), ModelError);
  CHECK_THROWS_WITH(check(false, "pop() of an empty link"), "pop() of an empty link");
}

TEST_CASE("a byte 0 in a message is shown, and what stands behind it too") {
  const std::string text("a\0b\0", 4);
  CHECK(std::string(InputError(text + "c").what()) == "a\\x00b\\x00c");
  CHECK(std::string(ModelError(text).what()) == "a\\x00b\\x00");
  CHECK(std::string(FileError(text, "cannot").what()) == "a\\x00b\\x00: cannot");
  CHECK(std::string(ConfigError("", "m").under(text).what()) == "/a\\x00b\\x00: m");
  CHECK(without_zeros("none") == "none");
}

}  // namespace vitcod::errors_test
