// SPDX-License-Identifier: Apache-2.0
// Values of a configuration that have more than one form.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/base/config_reader.hpp"

namespace vitcod {

void ConfigReader::optional_or_word(std::string_view key, std::optional<std::uint32_t>& number,
                                    std::string_view word, bool& is_word,
                                    std::string_view meaning) {
  if (is_describing()) {
    optional(key, number, meaning);
    describe_as_word_too(key, word);
    return;
  }
  const auto member = json_->find(key);
  is_word = member != json_->end() && member->is_string();
  number.reset();
  if (!is_word) {
    optional(key, number, meaning);
    return;
  }
  know(key);
  require(*member == word, key, fmt::format("expected an integer or \"{}\"", word));
}

}  // namespace vitcod
