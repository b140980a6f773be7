// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace vitcod {

/// `text` as one line that a terminal shows and does not obey: control characters, and bytes that
/// are no UTF-8, are written as escapes (\n, \t, \x1b). What is left as it is, is valid UTF-8.
std::string one_line(std::string_view text);

/// True if all of `text` is valid UTF-8 (no overlong forms, no surrogates).
bool is_utf8(std::string_view text);

}  // namespace vitcod
