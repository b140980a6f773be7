// SPDX-License-Identifier: Apache-2.0
#include "sim/base/one_line.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>

namespace vitcod {
namespace {

/// A character at the front of a text; 0 bytes if there is none that is UTF-8.
struct Character {
  std::uint32_t code = 0;
  std::size_t num_bytes = 0;
};

Character first_character(std::string_view text) {
  // By number of bytes: the least code that needs so many.
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return {lead, 1};
  const std::size_t num_bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < num_bytes) return {};
  std::uint32_t code = lead & (0x7fU >> num_bytes);
  for (std::size_t i = 1; i < num_bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0U) != 0x80U) return {};
    code = code << 6U | (next & 0x3fU);
  }
  const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < kLeast[num_bytes] || code > 0x10ffff || is_surrogate) return {};
  return {code, num_bytes};
}

bool is_control(std::uint32_t code) { return code < 0x20 || (code >= 0x7f && code < 0xa0); }

std::string escape(char byte) {
  switch (byte) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
  }
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  while (!text.empty()) {
    const Character character = first_character(text);
    const std::size_t num_bytes = character.num_bytes == 0 ? 1 : character.num_bytes;
    if (character.num_bytes == 0 || is_control(character.code)) {
      for (const char byte : text.substr(0, num_bytes)) line += escape(byte);
    } else {
      line += text.substr(0, num_bytes);
    }
    text.remove_prefix(num_bytes);
  }
  return line;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t num_bytes = first_character(text).num_bytes;
    if (num_bytes == 0) return false;
    text.remove_prefix(num_bytes);
  }
  return true;
}

}  // namespace vitcod
