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

// A file is one JSON object whose first member is the hash of the text behind it:
// {"sha256":"HASH","key":"KEY","status":"done","result":{...}}
constexpr std::string_view kOpening = R"({"sha256":")";
constexpr std::string_view kAfterHash = R"(",)";
constexpr std::size_t kHashLength = 64;
constexpr std::size_t kContentAt = kOpening.size() + kHashLength + kAfterHash.size();

std::string start_of(const std::string& key, std::string_view status) {
  return fmt::format(R"("key":"{}","status":"{}")", key, status);
}

/// What follows the hash.
std::string content_of(const PointOutcome& outcome) {
  if (outcome.done) {
    return start_of(outcome.key, "done") + R"(,"result":)" + outcome.result.dump() + "}\n";
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

PointOutcome parse(const std::string& text, const fs::path& file) {
  Json json = parse_json(text, file.string());
  PointOutcome outcome;
  outcome.key = json["key"];
  outcome.done = json["status"] == "done";
  if (outcome.done) {
    outcome.result = std::move(json["result"]);
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

std::optional<PointOutcome> ResultStore::load(const std::string& key) const {
  const fs::path file = file_of(key);
  const auto text = read_checked(file, key);
  if (!text) return std::nullopt;
  return parse(*text, file);
}

std::optional<PointOutcome> ResultStore::look_up(const std::string& key) const {
  const fs::path file = file_of(key);
  const auto text = read_checked(file, key);
  if (!text) return std::nullopt;
  if (!std::string_view(*text).substr(kContentAt).starts_with(start_of(key, "done"))) {
    return parse(*text, file);
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
