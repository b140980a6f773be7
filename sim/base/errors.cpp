// SPDX-License-Identifier: Apache-2.0
#include "sim/base/errors.hpp"

namespace vitcod {

std::string without_zeros(const std::string& text) {
  std::string shown;
  shown.reserve(text.size());
  for (const char c : text) {
    if (c == '\0') {
      shown += "\\x00";
    } else {
      shown += c;
    }
  }
  return shown;
}

}  // namespace vitcod
