// SPDX-License-Identifier: Apache-2.0
#include "sim/base/json.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

// Below this, every recursive walk over a document is safe.
constexpr std::size_t kMaxDepth = 256;
constexpr std::size_t kUsualMembers = 32;

/// Builds the document from the parser's events, so that a key that stands twice is seen (the
/// library's own builder keeps one of the two without a word).
class DocumentBuilder final : public nlohmann::json_sax<Json> {
 public:
  explicit DocumentBuilder(std::string_view name) : name_(name) {}

  Json take() { return std::move(root_); }

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t value, const string_t&) override { return put(value); }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t&) override { throw ModelError("binary value in a JSON text"); }
  bool start_object(std::size_t) override { return open(roomy_object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& value) override {
    Level& level = levels_.back();
    level.key = value;
    if (!level.keys.insert(value).second) {
      throw FileError(name_, pointer() + ": key stands twice in one object");
    }
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    std::string what = error.what();
    what.erase(0, what.find("] ") + 2);  // "[json.exception.parse_error.101] "
    const std::string_view where = "parse error at ";
    const bool has_line = what.starts_with(where);
    if (has_line) what.erase(0, where.size());
    // The library counts the bytes read, the offending one included.
    const std::size_t byte = position == 0 ? 0 : position - 1;
    throw FileError(name_, "byte " + std::to_string(byte) + (has_line ? ", " : ": ") + what);
  }

 private:
  struct Level {
    Json* container;
    std::string key;                       // of the member being read, in an object
    std::unordered_set<std::string> keys;  // of the members so far
  };

  /// Adds a value to the innermost container. The pointers to the outer ones stay valid: an outer
  /// container grows only after its last member is closed.
  Json& add(Json value) {
    if (levels_.empty()) return root_ = std::move(value);
    Level& level = levels_.back();
    if (level.container->is_array()) {
      level.container->push_back(std::move(value));
      return level.container->back();
    }
    // Not operator[]: it searches all members, which makes wide objects slow.
    auto& members = level.container->get_ref<Json::object_t&>();
    members.emplace_back(level.key, std::move(value));
    return members.back().second;
  }

  template <typename Value>
  bool put(Value&& value) {
    add(Json(std::forward<Value>(value)));
    return true;
  }

  bool open(Json empty) {
    Json& container = add(std::move(empty));
    levels_.push_back({&container, {}, {}});
    if (levels_.size() > kMaxDepth) {
      levels_.pop_back();
      throw FileError(name_,
                      pointer() + ": nested deeper than " + std::to_string(kMaxDepth) + " levels");
    }
    return true;
  }

  bool close() {
    levels_.pop_back();
    return true;
  }

  /// JSON pointer of the value being read.
  std::string pointer() const {
    std::string text;
    for (const Level& level : levels_) {
      const bool is_array = level.container->is_array();
      text += '/';
      text +=
          is_array ? std::to_string(level.container->size() - 1) : escape_pointer_token(level.key);
    }
    return text;
  }

  std::string_view name_;
  Json root_;
  std::vector<Level> levels_;
};

}  // namespace

Json parse_json(std::string_view text, std::string_view name) {
  DocumentBuilder builder(name);
  Json::sax_parse(text, &builder);
  return builder.take();
}

Json roomy_object() {
  Json object = Json::object();
  object.get_ref<Json::object_t&>().reserve(kUsualMembers);
  return object;
}

Json read_json_file(const std::filesystem::path& path) {
  return parse_json(read_file(path), path.string());
}

}  // namespace vitcod
