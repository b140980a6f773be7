// SPDX-License-Identifier: Apache-2.0
#include "test/driver/fuzz/mutation.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"

namespace vitcod::test {
namespace {

std::size_t below(Random& random, std::size_t bound) {
  return static_cast<std::size_t>(random.uniform_below(std::max<std::size_t>(bound, 1)));
}

const char* edge_number(Random& random) {
  static constexpr std::array<const char*, 20> kNumbers = {"0",
                                                           "1",
                                                           "-1",
                                                           "2",
                                                           "3",
                                                           "255",
                                                           "65535",
                                                           "65536",
                                                           "2147483647",
                                                           "2147483648",
                                                           "4294967295",
                                                           "4294967296",
                                                           "9223372036854775807",
                                                           "9223372036854775808",
                                                           "18446744073709551615",
                                                           "18446744073709551616",
                                                           "1e308",
                                                           "1e-320",
                                                           "0.5",
                                                           "-0.0"};
  return kNumbers[below(random, kNumbers.size())];
}

/// Begin and length of a run of digits; length 0 if there is none behind the place drawn.
std::pair<std::size_t, std::size_t> find_number(Random& random, const std::string& text) {
  const std::size_t begin = text.find_first_of("0123456789", below(random, text.size()));
  if (begin == std::string::npos) return {0, 0};
  const std::size_t end = text.find_first_not_of("0123456789.", begin);
  return {begin, std::min(end, text.size()) - begin};
}

void change_bytes(Random& random, std::string& text) {
  const std::size_t at = below(random, text.size());
  const std::size_t length = 1 + below(random, 8);
  const auto byte = static_cast<char>(below(random, 256));
  switch (random.uniform_below(6)) {
    case 0:
      if (!text.empty()) text[at] = static_cast<char>(text[at] ^ (1 << below(random, 8)));
      return;
    case 1:
      if (!text.empty()) text[at] = byte;
      return;
    case 2:
      text.insert(at, length, byte);
      return;
    case 3:
      text.erase(at, length);
      return;
    case 4:
      text.insert(at, text.substr(below(random, text.size()), length * 8));
      return;
    default:
      // Seldom: what is behind is no longer looked at.
      if (random.uniform_below(8) == 0) text.resize(at);
  }
}

Json edge_value(Random& random) {
  static const Json values = Json::parse(
      R"([null, true, false, "", "text", "../..", "a/b", "\u0001\n", [], {}, [[]], [1, 2], ["a"],
          {"preset": "x.json"}, {"kind": "dense"}, 0.1, -1e300, 1e300])");
  if (random.uniform_below(2) == 0) return Json::parse(edge_number(random));
  return values[below(random, values.size())];
}

void change_value(Random& random, Json& document) {
  const std::vector<std::string> places = places_in(document);
  const Json::json_pointer at(places[below(random, places.size())]);
  Json& target = document[at];
  switch (random.uniform_below(6)) {
    case 0:
      if (target.is_object()) target["no_such_key"] = edge_value(random);
      return;
    case 1:
      if (target.is_array() && !target.empty()) target.push_back(Json(target[0]));
      return;
    case 2:
      if (target.is_structured() && !target.empty()) target.erase(target.begin());
      return;
    case 3: {
      const Json other = document[Json::json_pointer(places[below(random, places.size())])];
      target = other;
      return;
    }
    default:
      target = edge_value(random);
  }
}

}  // namespace

std::vector<std::string> places_in(const Json& document) {
  std::vector<std::string> places;
  const std::function<void(const Json&, const std::string&)> walk = [&](const Json& json,
                                                                        const std::string& at) {
    places.push_back(at);
    if (!json.is_structured()) return;
    for (const auto& [key, value] : json.items()) {
      walk(value, at + "/" + escape_pointer_token(key));
    }
  };
  walk(document, "");
  return places;
}

std::string mutate_text(Random& random, std::string text) {
  const std::size_t num_changes = 1 + below(random, 4);
  for (std::size_t i = 0; i < num_changes; ++i) {
    if (random.uniform_below(3) != 0) {
      change_bytes(random, text);
    } else if (const auto [begin, length] = find_number(random, text); length > 0) {
      text.replace(begin, length, edge_number(random));
    }
  }
  return text;
}

Json mutate_json(Random& random, Json document) {
  const std::size_t num_changes = 1 + below(random, 3);
  for (std::size_t i = 0; i < num_changes; ++i) change_value(random, document);
  return document;
}

}  // namespace vitcod::test
