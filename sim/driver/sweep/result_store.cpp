// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/result_store.hpp"

#include <fmt/format.h>

#include <string_view>
#include <system_error>

#include "sim/base/errors.hpp"
#include "sim/base/json.hpp"

namespace vitcod {
namespace {

namespace fs = std::filesystem;

// A file is one JSON object whose first member is the hash of the text behind it. The configuration
// of the run is half of the text and stands in a line of its own, so that a table is made without
// reading it:
// {"sha256":"HASH","key":"KEY","status":"done","result":{...}
// ,"config":{...}}
constexpr const char* kConfig = "config";
constexpr std::string_view kOpening = R"({"sha256":")";
constexpr std::string_view kAfterHash = R"(",)";
constexpr std::size_t kHashLength = 64;
constexpr std::size_t kContentAt = kOpening.size() + kHashLength + kAfterHash.size();

std::string start_of(const std::string& key, std::string_view status) {
  return fmt::format(R"("key":"{}","status":"{}")", key, status);
}

/// The result in a line without its configuration, and that in another.
std::string in_two_lines(const Json& result) {
  std::string rest;
  std::string config = "null";
  for (const auto& [name, value] : result.items()) {
    if (name == kConfig) {
      config = value.dump();
    } else {
      rest += (rest.empty() ? "" : ",") + Json(name).dump() + ':' + value.dump();
    }
  }
  return fmt::format("\"result\":{{{}}}\n,\"{}\":{}", rest, kConfig, config);
}

/// What follows the hash.
std::string content_of(const PointOutcome& outcome) {
  if (outcome.done) {
    return start_of(outcome.key, "done") + ',' + in_two_lines(outcome.result) + "}\n";
  }
  const Json failure = {{"kind", outcome.kind}, {"error", outcome.error}};
  // An error may quote bytes that are no text.
  const std::string text = failure.dump(-1, ' ', false, Json::error_handler_t::replace);
  return start_of(outcome.key, "failed") + ',' + text.substr(1) + '\n';
}

/// The text of a file that is what was written; nothing if there is no file.
std::optional<std::string> read_checked(const fs::path& file, const std::string& key) {
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return std::nullopt;
  std::string text = read_file(file);
  const std::string_view whole = text;
  if (whole.size() <= kContentAt || !whole.starts_with(kOpening) ||
      !whole.substr(0, kContentAt).ends_with(kAfterHash)) {
    throw DamagedFile(file.string() + ": not a whole result file");
  }
  const std::string_view content = whole.substr(kContentAt);
  if (sha256_hex(content) != whole.substr(kOpening.size(), kHashLength)) {
    throw DamagedFile(file.string() + ": was altered or cut off: its hash is not its content's");
  }
  if (!content.starts_with(start_of(key, "done")) &&
      !content.starts_with(start_of(key, "failed"))) {
    throw DamagedFile(file.string() + ": holds another point's result");
  }
  return text;
}

/// `text`: a whole file whose hash is right, so what this program wrote.
PointOutcome parse(const std::string& text, const ResultStore::IsWanted& is_wanted) {
  const bool with_config = is_wanted(kConfig);
  std::string document = with_config ? text : text.substr(0, text.find('\n'));
  if (document.size() + 1 < text.size()) document += '}';
  bool is_in_result = false;
  Json json = Json::parse(document, [&](int depth, Json::parse_event_t event, const Json& parsed) {
    if (event != Json::parse_event_t::key || depth > 2) return true;
    const auto& name = parsed.get_ref<const std::string&>();
    if (depth == 2) return !is_in_result || is_wanted(name);
    is_in_result = name == "result";
    return true;
  });
  PointOutcome outcome;
  outcome.key = json["key"];
  outcome.done = json["status"] == "done";
  if (outcome.done) {
    outcome.result = std::move(json["result"]);
    if (with_config) outcome.result[kConfig] = std::move(json[kConfig]);
  } else {
    outcome.kind = json["kind"];
    outcome.error = json["error"];
  }
  return outcome;
}

}  // namespace

fs::path ResultStore::file_of(const std::string& key) const {
  return folder_ / key.substr(0, 2) / (key + ".json");
}

std::optional<PointOutcome> ResultStore::load(const std::string& key,
                                              const IsWanted& is_wanted) const {
  const auto text = read_checked(file_of(key), key);
  if (!text) return std::nullopt;
  return parse(*text, is_wanted);
}

std::optional<PointOutcome> ResultStore::look_up(const std::string& key) const {
  const auto text = read_checked(file_of(key), key);
  if (!text) return std::nullopt;
  if (!std::string_view(*text).substr(kContentAt).starts_with(start_of(key, "done"))) {
    return parse(*text, [](const std::string&) { return false; });
  }
  PointOutcome outcome;
  outcome.done = true;
  outcome.key = key;
  return outcome;
}

void ResultStore::save(const PointOutcome& outcome) const {
  const fs::path file = file_of(outcome.key);
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error) throw FileError(file.string(), "cannot write: " + error.message());
  const std::string content = content_of(outcome);
  write_file_atomically(
      file, fmt::format("{}{}{}{}", kOpening, sha256_hex(content), kAfterHash, content));
}

void ResultStore::remove_leftovers() const {
  std::error_code ignored;
  for (const auto& folder : fs::directory_iterator(folder_, ignored)) {
    for (const auto& entry : fs::directory_iterator(folder.path(), ignored)) {
      if (entry.path().filename().string().starts_with('.')) fs::remove(entry.path(), ignored);
    }
  }
}

bool may_be_tried_again(const PointOutcome& outcome) {
  return outcome.kind == "crash" || outcome.kind == "time" || outcome.kind == "memory";
}

}  // namespace vitcod
