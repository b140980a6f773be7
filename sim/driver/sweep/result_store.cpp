// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/result_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <system_error>

#include "sim/base/errors.hpp"
#include "sim/base/json.hpp"

namespace vitcod {
namespace {

namespace fs = std::filesystem;

// A file is one JSON object whose first member is the hash of the text behind it. Each member of
// the result stands in a line of its own, and so does the configuration of the run, which is half
// of the text: a table is made of the lines that it shows, without parsing the others.
// {"sha256":"HASH","key":"KEY","status":"done","result":{
// "cycles":{...}
// ,"layers":[...]
// },"config":{...}}
constexpr const char* kConfig = "config";
constexpr std::string_view kOpening = R"({"sha256":")";
constexpr std::string_view kAfterHash = R"(",)";
constexpr std::size_t kHashLength = 64;
constexpr std::size_t kContentAt = kOpening.size() + kHashLength + kAfterHash.size();

std::string start_of(const std::string& key, std::string_view status) {
  return fmt::format(R"("key":"{}","status":"{}")", key, status);
}

/// The members of the result, a line each, and its configuration in the last one.
std::string in_lines(const PointOutcome& outcome) {
  std::string rest;
  for (const auto& [name, value] : outcome.result.items()) {
    if (name == kConfig) continue;
    rest += (rest.empty() ? "" : ",") + Json(name).dump() + ':' + value.dump() + '\n';
  }
  return fmt::format("\"result\":{{\n{}}},\"{}\":{}", rest, kConfig, outcome.config);
}

/// What follows the hash.
std::string content_of(const PointOutcome& outcome) {
  if (outcome.done) {
    return start_of(outcome.key, "done") + ',' + in_lines(outcome) + "}\n";
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

/// `text`: a whole file whose hash is right, so what this program wrote. The same document with
/// those members of the result alone that are wanted.
std::string wanted_part(std::string_view text, const ResultStore::IsWanted& is_wanted) {
  const auto take_line = [&text] {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    return line;
  };
  std::string part(take_line());
  bool is_first = true;
  while (!text.empty()) {
    std::string_view line = take_line();
    if (line.starts_with('}')) return part.append(is_wanted(kConfig) ? line : "}}");
    if (line.starts_with(',')) line.remove_prefix(1);
    if (!is_wanted(std::string(line.substr(1, line.find('"', 1) - 1)))) continue;
    part.append(is_first ? "" : ",").append(line);
    is_first = false;
  }
  return part;
}

/// As `wanted_part`.
PointOutcome parse(std::string_view text, const ResultStore::IsWanted& is_wanted) {
  Json json = Json::parse(wanted_part(text, is_wanted));
  PointOutcome outcome;
  outcome.key = json["key"];
  outcome.done = json["status"] == "done";
  if (outcome.done) {
    outcome.result = std::move(json["result"]);
    if (json.contains(kConfig)) outcome.result[kConfig] = std::move(json[kConfig]);
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

void ResultStore::remove_leftovers() const noexcept {
  std::error_code failure;
  for (fs::recursive_directory_iterator file(folder_, failure), end; !failure && file != end;
       file.increment(failure)) {
    std::error_code ignored;
    const bool is_hidden = file->path().filename().native().starts_with('.');
    if (is_hidden && file->is_regular_file(ignored)) fs::remove(file->path(), ignored);
  }
}

bool may_be_tried_again(const PointOutcome& outcome) {
  return outcome.kind == "crash" || outcome.kind == "time" || outcome.kind == "memory";
}

}  // namespace vitcod
