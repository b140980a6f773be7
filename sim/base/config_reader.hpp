// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/base/errors.hpp"
#include "sim/base/json.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

/// Inclusive bounds of a number in a configuration.
template <typename T>
struct Range {
  T min = std::numeric_limits<T>::lowest();
  T max = std::numeric_limits<T>::max();
};

template <typename T>
Range(T, T) -> Range<T>;

template <typename T>
constexpr Range<T> at_least(T min) {
  return Range<T>{min, std::numeric_limits<T>::max()};
}

/// Inclusive bounds of the number of elements of a list.
struct Length {
  std::size_t min = 0;
  std::size_t max = std::numeric_limits<std::size_t>::max();
};

/// Name table of an enum in a configuration.
template <typename E>
using EnumNames = std::span<const std::pair<std::string_view, E>>;

/// Reads one JSON object into a struct, or describes what it would read.
///
/// A block's configuration is a struct with a free function `void read(ConfigReader&, XConfig&)`
/// that names each key once, with its bounds and its meaning. The same function serves two ends:
/// `read_config` fills the struct and throws ConfigError (JSON pointer, what was found, what was
/// expected); `describe_config` makes the JSON Schema of the object. Keys are required: a default
/// lives in a file below configs/, not in the code. Unknown keys are reported before missing ones.
/// The key `$schema`, by which editors find a schema, may stand in any object.
class ConfigReader {
 public:
  /// Reading mode over `json` (which must outlive the reader).
  explicit ConfigReader(const Json& json);
  /// Describing mode: collects a JSON Schema into `schema`.
  static ConfigReader describing(Json& schema);

  bool is_describing() const { return schema_ != nullptr; }

  void required(std::string_view key, bool& value, std::string_view meaning);
  void required(std::string_view key, std::string& value, std::string_view meaning);
  void required(std::string_view key, double& value, std::string_view meaning,
                Range<double> range = {});
  void required(std::string_view key, std::uint64_t& value, std::string_view meaning,
                Range<std::uint64_t> range = {});
  void required(std::string_view key, std::int64_t& value, std::string_view meaning,
                Range<std::int64_t> range = {});
  void required(std::string_view key, std::uint32_t& value, std::string_view meaning,
                Range<std::uint32_t> range = {});
  /// In bytes a cycle.
  void required(std::string_view key, Bandwidth& value, std::string_view meaning,
                Range<std::uint32_t> range = at_least(1U)) {
    std::uint32_t bytes = value;
    required(key, bytes, meaning, range);
    value = bytes;
  }
  void required(std::string_view key, std::vector<std::string>& value, std::string_view meaning,
                Length length = {});
  void required(std::string_view key, std::vector<double>& value, std::string_view meaning,
                Range<double> range = {}, Length length = {});
  void required(std::string_view key, std::vector<std::uint32_t>& value, std::string_view meaning,
                Range<std::uint32_t> range = {}, Length length = {});

  /// A list of at least one number; one number alone stands for a list of it.
  void required_one_or_more(std::string_view key, std::vector<double>& value,
                            std::string_view meaning, Range<double> range = {});

  /// An enum by name; an unknown name lists the choices.
  template <typename E>
  void required_enum(std::string_view key, E& value, EnumNames<E> names, std::string_view meaning) {
    const std::size_t index = choice(key, choices_of(names), meaning);
    if (!is_describing()) value = names[index].second;
  }

  /// An enum by name; absent or null leaves `value` as it is.
  template <typename E>
  void optional_enum(std::string_view key, E& value, EnumNames<E> names, std::string_view meaning) {
    if (is_describing()) {
      required_enum(key, value, names, meaning);
      describe_as_optional(key);
    } else if (has(key)) {
      required_enum(key, value, names, meaning);
    }
  }

  /// A list of enums by name.
  template <typename E>
  void required_enum_list(std::string_view key, std::vector<E>& values, EnumNames<E> names,
                          std::string_view meaning, Length length = {}) {
    values.clear();
    for (const std::size_t index : choice_list(key, choices_of(names), meaning, length)) {
      values.push_back(names[index].second);
    }
  }

  /// An enum that decides which other keys the object has: `read_choice(reader, value)` reads the
  /// keys of that choice, which are all that there are besides `key`.
  template <typename E, typename ReadChoice>
  void required_variant(std::string_view key, EnumNames<E> names, std::string_view meaning,
                        ReadChoice read_choice) {
    E value{};
    required_enum(key, value, names, meaning);
    if (!is_describing()) {
      if (!missing_.empty()) throw_missing();  // what other keys are right, nobody knows
      read_choice(*this, value);
      return;
    }
    for (const auto& [name, each] : names) {
      ConfigReader reader = describing_choice(key, name);
      read_choice(reader, each);
    }
  }

  /// A nested object with its own `read` function.
  template <typename Config>
  void required_object(std::string_view key, Config& config, std::string_view meaning) {
    if (is_describing()) {
      ConfigReader reader = describing(*describe_value(key, "object", meaning));
      read(reader, config);
      return;
    }
    if (const Json* child = find_required(key)) read_child(key, *child, config);
  }

  /// A nested object, or the name of one that is elsewhere: fills one of the two.
  template <typename Config>
  void name_or_object(std::string_view key, std::string& name, std::optional<Config>& config,
                      std::string_view meaning) {
    Config present{};
    if (is_describing()) {
      required_object(key, present, meaning);
      describe_as_nameable(key);
    } else if (is_object(key)) {
      required_object(key, present, meaning);
      config = std::move(present);
    } else {
      required(key, name, meaning);
    }
  }

  /// A list of objects, each with the same `read` function.
  template <typename Config>
  void required_list(std::string_view key, std::vector<Config>& list, std::string_view meaning,
                     Length length = {}) {
    if (is_describing()) {
      ConfigReader reader = describing(*describe_list(key, meaning, length));
      Config element{};
      read(reader, element);
      return;
    }
    const Json* child = find_required(key);
    if (child == nullptr) return;
    list.clear();
    for (const auto& [name, element] : elements_of(key, *child, length)) {
      Config config{};
      try {
        read_child(name, *element, config);
      } catch (const ConfigError& error) {
        throw error.under(key);
      }
      list.push_back(std::move(config));
    }
  }

  /// Absent or null leaves `value` empty: absence means "off". Any type that `required` takes.
  template <typename T, typename... Bounds>
  void optional(std::string_view key, std::optional<T>& value, std::string_view meaning,
                Bounds... bounds) {
    T present{};
    if (is_describing()) {
      required(key, present, meaning, bounds...);
      describe_as_optional(key);
      return;
    }
    value.reset();
    if (!has(key)) return;
    required(key, present, meaning, bounds...);
    value = std::move(present);
  }

  template <typename Config>
  void optional_object(std::string_view key, std::optional<Config>& config,
                       std::string_view meaning) {
    Config present{};
    if (is_describing()) {
      required_object(key, present, meaning);
      describe_as_optional(key);
      return;
    }
    config.reset();
    if (!has(key)) return;
    required_object(key, present, meaning);
    config = std::move(present);
  }

  /// Absent or null leaves `list` empty.
  template <typename Config>
  void optional_list(std::string_view key, std::vector<Config>& list, std::string_view meaning) {
    if (is_describing()) {
      required_list(key, list, meaning);
      describe_as_optional(key);
      return;
    }
    list.clear();
    if (has(key)) required_list(key, list, meaning);
  }

  /// An object whose keys are the user's, in their order; absent or null: empty.
  void optional_map(std::string_view key, std::vector<std::pair<std::string, Json>>& map,
                    std::string_view meaning);
  void optional_map(std::string_view key, std::vector<std::pair<std::string, double>>& map,
                    std::string_view meaning, Range<double> range = {});

  void optional_map(std::string_view key, std::vector<std::pair<std::string, std::uint32_t>>& map,
                    std::string_view meaning, Range<std::uint32_t> range = {});

  /// A whole number, or the formula that one follows from: fills one of the two.
  void required_formula(std::string_view key, std::optional<std::uint32_t>& number,
                        std::string& formula, std::string_view meaning,
                        Range<std::uint32_t> range = {});

  /// A whole number, or the one word that stands in its place: fills the number or sets `is_word`.
  /// Absent or null: neither.
  void optional_or_word(std::string_view key, std::optional<std::uint32_t>& number,
                        std::string_view word, bool& is_word, std::string_view meaning);

  /// A key that any JSON value may stand under; null if absent, or when describing.
  const Json* raw(std::string_view key, std::string_view meaning);

  /// True if the key is there and not null; marks it as known. False when describing.
  bool has(std::string_view key);

  /// One of two keys, not both: the other is absent or null. Both are read by `optional`.
  void require_one_of(std::string_view first, std::string_view second);

  /// A rule between values: throws ConfigError at `/key` unless `ok`. Not applied when describing,
  /// nor once a required key was missing: its value would be judged, and `finish` throws.
  void require(bool ok, std::string_view key, const std::string& message) const;

  /// Throws for the first key that was never asked for, then for the first required key that was
  /// missing. Called after every `read` function; one that has rules of its own may call it sooner.
  void finish();

 private:
  ConfigReader() = default;

  template <typename E>
  static std::vector<std::string_view> choices_of(EnumNames<E> names) {
    std::vector<std::string_view> choices;
    for (const auto& entry : names) choices.push_back(entry.first);
    return choices;
  }

  const Json* find_required(std::string_view key);
  [[noreturn]] void throw_missing() const;
  /// The members under a key that may be absent or null.
  const Json* find_members(std::string_view key);
  std::size_t choice(std::string_view key, const std::vector<std::string_view>& choices,
                     std::string_view meaning);
  std::vector<std::size_t> choice_list(std::string_view key,
                                       const std::vector<std::string_view>& choices,
                                       std::string_view meaning, Length length);
  std::vector<std::pair<std::string, const Json*>> elements_of(std::string_view key,
                                                               const Json& list,
                                                               Length length) const;
  bool is_object(std::string_view key) const;
  void know(std::string_view key);

  // Each returns the place in the schema that the value's own schema goes to.
  Json* describe_value(std::string_view key, const char* type, std::string_view meaning);
  Json* describe_list(std::string_view key, std::string_view meaning, Length length);
  Json* describe_map(std::string_view key, std::string_view meaning);
  void describe_as_optional(std::string_view key);
  void describe_as_nameable(std::string_view key);
  void describe_as_formula_too(std::string_view key);
  void describe_as_word_too(std::string_view key, std::string_view word);
  void describe_one_of(std::string_view first, std::string_view second);
  ConfigReader describing_choice(std::string_view key, std::string_view name);

  template <typename T>
  void read_scalar(std::string_view key, T& value, std::string_view meaning, Range<T> range);
  template <typename T>
  void read_list(std::string_view key, std::vector<T>& values, std::string_view meaning,
                 Range<T> range, Length length);
  template <typename T>
  void read_map(std::string_view key, std::vector<std::pair<std::string, T>>& map,
                std::string_view meaning, Range<T> range);

  template <typename Config>
  void read_child(std::string_view key, const Json& child, Config& config) {
    try {
      ConfigReader reader(child);
      read(reader, config);
      reader.finish();
    } catch (const ConfigError& error) {
      throw error.under(key);
    }
  }

  static constexpr std::string_view kSchemaKey = "$schema";

  const Json* json_ = nullptr;
  Json* schema_ = nullptr;
  std::vector<std::string> known_;
  std::string missing_;
};

/// Reads `json` into a new `Config` with its `read` function. Throws ConfigError.
template <typename Config>
Config read_config(const Json& json) {
  Config config{};
  ConfigReader reader(json);
  read(reader, config);
  reader.finish();
  return config;
}

/// The JSON Schema (draft 7) of what `read_config<Config>` accepts, as far as a schema can say it.
template <typename Config>
void describe_config(Json& schema) {
  ConfigReader reader = ConfigReader::describing(schema);
  Config config{};
  read(reader, config);
}

}  // namespace vitcod
