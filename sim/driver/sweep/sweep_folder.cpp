// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/sweep_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "sim/base/errors.hpp"
#include "sim/base/files.hpp"
#include "sim/base/folders.hpp"

namespace vitcod {
namespace {

namespace fs = std::filesystem;

std::optional<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return count;
}

/// JSON pointer of the first difference.
std::string first_difference(const Json& before, const Json& now) {
  return Json::diff(before, now)[0]["path"];
}

}  // namespace

Share parse_share(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash != std::string::npos) {
    const auto part = parse_count(std::string_view(text).substr(0, slash));
    const auto count = parse_count(std::string_view(text).substr(slash + 1));
    if (part && count && *part >= 1 && *part <= *count) return {*part - 1, *count};
  }
  throw InputError("--shard " + text + ": expected I/N with I from 1 to N");
}

FileLock::FileLock(const fs::path& file, Kind kind, const std::string& refusal)
    : descriptor_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) {
    throw FileError(file.string(), fmt::format("cannot open: {}", std::strerror(errno)));
  }
  if (::flock(descriptor_, (kind == Kind::kAlone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0) return;
  const std::string reason =
      errno == EWOULDBLOCK ? refusal : fmt::format("cannot lock: {}", std::strerror(errno));
  ::close(descriptor_);
  throw FileError(file.string(), reason);
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

SweepFolder::SweepFolder(const fs::path& path, const std::optional<Share>& share)
    : path_(absolute_path(path)), is_share_(share.has_value()) {
  make_writable_folder(path_);
  if (!share) {
    lock("lock", FileLock::Kind::kAlone, "another sweep is running in this folder");
    return;
  }
  lock("lock", FileLock::Kind::kShared, "a sweep without --shard is running in this folder");
  lock(fmt::format("lock.{}-of-{}", share->part + 1, share->count), FileLock::Kind::kAlone,
       "another process is running this shard");
}

SweepFolder::SweepFolder(const fs::path& path, Use) : path_(absolute_path(path)), is_share_(false) {
  make_writable_folder(path_);
  lock("lock", FileLock::Kind::kShared, "another sweep is running in this folder");
  lock("lock.coordinator", FileLock::Kind::kAlone, "another process is running this sweep");
}

void SweepFolder::lock(const std::string& name, FileLock::Kind kind, const std::string& refusal) {
  locks_.emplace_back(path_ / name, kind, refusal);
}

std::string SweepFolder::begin(const Json& sweep, bool resume) {
  const fs::path file = path_ / "sweep.json";
  const bool has_results = file_exists(file) || file_exists(points());
  if (has_results && !resume && !is_share_) {
    throw InputError(path_.string() +
                     ": holds results of a sweep; --resume goes on with it, or choose another");
  }
  std::string note;
  if (file_exists(file)) {
    const Json before = read_json_file(file);
    if (before == sweep) return note;
    note = fmt::format("{}: the sweep has changed at {}", file.string(),
                       first_difference(before, sweep));
    if (is_share_) throw InputError(note + ": shards must be of one sweep");
  }
  write_file_atomically(file, sweep.dump(2) + "\n");
  return note;
}

}  // namespace vitcod
