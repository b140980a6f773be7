// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/point_keys.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

struct Record {
  std::uint64_t index;
  std::array<char, 64> key;
};

off_t place_of(std::uint64_t ordinal) { return static_cast<off_t>(ordinal * sizeof(Record)); }

FileError failure(const char* verb) {
  return FileError("the list of points' keys",
                   std::string("cannot ") + verb + " a temporary file: " + std::strerror(errno));
}

}  // namespace

PointKeys::PointKeys() : file_(std::tmpfile()) {
  if (!file_) throw failure("make");
}

void PointKeys::record(std::uint64_t ordinal, std::uint64_t index, const std::string& key) {
  Record record{index, {}};
  key.copy(record.key.data(), record.key.size());
  if (::pwrite(::fileno(file_.get()), &record, sizeof(record), place_of(ordinal)) !=
      static_cast<ssize_t>(sizeof(record))) {
    throw failure("write");
  }
  num_records_ = std::max(num_records_, ordinal + 1);
}

std::optional<std::string> PointKeys::find(std::uint64_t index) const {
  std::uint64_t first = 0;
  for (std::uint64_t last = num_records_; first < last;) {
    const std::uint64_t middle = first + (last - first) / 2;
    Record record{};
    if (::pread(::fileno(file_.get()), &record, sizeof(record), place_of(middle)) !=
        static_cast<ssize_t>(sizeof(record))) {
      throw failure("read");
    }
    if (record.index == index) return std::string(record.key.data(), record.key.size());
    if (record.index < index) {
      first = middle + 1;
    } else {
      last = middle;
    }
  }
  return std::nullopt;
}

}  // namespace vitcod
