// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/timeline/cycle_window.hpp"

#include <fmt/format.h>

#include <charconv>
#include <system_error>

#include "sim/base/errors.hpp"

namespace vitcod {

CycleWindow parse_window(const std::string& text) {
  CycleWindow window;
  const char* end = text.data() + text.size();
  const auto from = std::from_chars(text.data(), end, window.from);
  const bool has_colon = from.ec == std::errc() && from.ptr != end && *from.ptr == ':';
  const auto to = std::from_chars(has_colon ? from.ptr + 1 : end, end, window.to);
  if (to.ec != std::errc() || to.ptr != end || window.from >= window.to) {
    throw InputError(fmt::format(
        "--window: found \"{}\", expected FROM:TO, two cycles of which FROM is below TO", text));
  }
  return window;
}

}  // namespace vitcod
