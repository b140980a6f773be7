// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/dram_trace.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "sim/base/errors.hpp"
#include "sim/base/files.hpp"

namespace vitcod {
namespace {

/// One pass over the text; a trace has millions of lines, so no line becomes a string.
class TraceParser {
 public:
  TraceParser(std::string_view text, std::string_view name)
      : begin_(text.data()), end_(text.data() + text.size()), at_(begin_), name_(name) {}

  DramTrace parse() {
    constexpr std::size_t kTypicalLineBytes = 12;
    trace_.entries.reserve(static_cast<std::size_t>(end_ - begin_) / kTypicalLineBytes);
    while (at_ != end_) parse_line();
    return std::move(trace_);
  }

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
  void skip_blanks() {
    while (at_ != end_ && is_blank(*at_)) ++at_;
  }
  bool at_line_end() const { return at_ == end_ || *at_ == '\n'; }

  void parse_line() {
    skip_blanks();
    if (!at_line_end()) {
      if (*at_ == '#') {
        parse_comment();
      } else {
        parse_request();
      }
    }
    if (at_ != end_) ++at_;
  }

  void parse_request() {
    if (*at_ != 'R' && *at_ != 'W') fail("expected R, W or #");
    DramTrace::Entry entry;
    entry.write = *at_++ == 'W';
    if (at_line_end() || !is_blank(*at_)) fail("expected a blank and a hexadecimal address");
    skip_blanks();
    if (end_ - at_ > 2 && at_[0] == '0' && (at_[1] == 'x' || at_[1] == 'X')) at_ += 2;
    entry.address = parse_number(16, "expected a hexadecimal address");
    skip_blanks();
    if (!at_line_end()) fail("expected the end of the line");
    trace_.entries.push_back(entry);
  }

  void parse_comment() {
    while (!at_line_end()) {
      const char* const word = ++at_;
      while (!at_line_end() && !is_blank(*at_)) ++at_;
      parse_setting({word, static_cast<std::size_t>(at_ - word)}, word);
    }
  }

  void parse_setting(std::string_view word, const char* place) {
    constexpr std::string_view kMode = "mode=";
    constexpr std::string_view kGap = "gap=";
    constexpr std::uint64_t kMostGap = std::uint64_t{1} << 32U;  // clocks of a trace fit 64 bits
    constexpr const char* kExpectedGap = "expected gap= and a number of clocks up to 2^32";
    const char* const after = at_;
    if (word.starts_with(kMode)) {
      const std::string_view mode = word.substr(kMode.size());
      at_ = place + kMode.size();
      if (mode != "stream" && mode != "dep") fail("expected mode=stream or mode=dep");
      trace_.dependent = mode == "dep";
    } else if (word.starts_with(kGap)) {
      at_ = place + kGap.size();
      trace_.gap = parse_number(10, kExpectedGap);
      if (at_ != after || trace_.gap > kMostGap) fail(kExpectedGap);
    }
    at_ = after;
  }

  std::uint64_t parse_number(int base, const char* expected) {
    std::uint64_t value = 0;
    const auto [stop, error] = std::from_chars(at_, end_, value, base);
    if (error != std::errc{}) fail(expected);
    at_ = stop;
    return value;
  }

  [[noreturn]] void fail(const char* expected) const {
    std::string found = at_line_end() ? "the end of the line" : "'" + std::string(1, *at_) + "'";
    throw FileError(name_, "line " + std::to_string(1 + std::count(begin_, at_, '\n')) + ", byte " +
                               std::to_string(at_ - begin_) + ": found " + found + ", " + expected);
  }

  const char* const begin_;
  const char* const end_;
  const char* at_;
  const std::string_view name_;
  DramTrace trace_;
};

}  // namespace

DramTrace parse_dram_trace(std::string_view text, std::string_view name) {
  return TraceParser(text, name).parse();
}

DramTrace read_dram_trace(const std::filesystem::path& path) {
  return parse_dram_trace(read_file(path), path.string());
}

}  // namespace vitcod
