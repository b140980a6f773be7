// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/dram_trace.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <system_error>

#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

/// One pass over the text; a trace has millions of lines, so no line becomes a string.
class TraceParser {
 public:
  /// `num_bytes`: about as many will come.
  TraceParser(std::string_view name, std::uint64_t num_bytes) : name_(name) {
    constexpr std::uint64_t kShortLineBytes = 8;
    trace_.entries.reserve(num_bytes / kShortLineBytes);
  }

  /// The next bytes: whole lines, but for the last of all.
  void feed(std::string_view text) {
    begin_ = at_ = text.data();
    end_ = begin_ + text.size();
    while (at_ != end_) parse_line();
    offset_ += text.size();
  }
  DramTrace take() { return std::move(trace_); }

  /// A line that does not end in `bytes`, none of which have been fed.
  [[noreturn]] void fail_at_long_line(std::size_t bytes) const {
    throw FileError(name_, "line " + std::to_string(1 + num_lines_) + ", byte " +
                               std::to_string(offset_) + ": found a line of over " +
                               std::to_string(bytes) + " bytes, expected an end of it");
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
    if (at_ == end_) return;
    ++at_;
    ++num_lines_;
  }

  /// Of a hexadecimal address.
  void skip_prefix() {
    if (end_ - at_ < 2 || at_[0] != '0') return;
    if (at_[1] == 'd' || at_[1] == 'D') {
      ++at_;
      fail(
          "expected a hexadecimal address, and 0x before one that begins with 0d, which could be "
          "meant as decimal");
    }
    if (end_ - at_ > 2 && (at_[1] == 'x' || at_[1] == 'X')) at_ += 2;
  }

  void parse_request() {
    if (*at_ != 'R' && *at_ != 'W') fail("expected R, W or #");
    const bool write = *at_++ == 'W';
    if (at_line_end() || !is_blank(*at_)) fail("expected a blank and a hexadecimal address");
    skip_blanks();
    skip_prefix();
    const std::uint64_t address = parse_address();
    skip_blanks();
    if (!at_line_end()) fail("expected the end of the line");
    trace_.entries.emplace_back(address, write);
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
      const std::errc error = parse_number(10, trace_.gap);
      if (error != std::errc{} || at_ != after || trace_.gap > kMostGap) fail(kExpectedGap);
    }
    at_ = after;
  }

  std::uint64_t parse_address() {
    std::uint64_t address = 0;
    const std::errc error = parse_number(16, address);
    if (error == std::errc::result_out_of_range) {
      fail("expected an address of at most 64 bits", "a longer number");
    }
    if (error != std::errc{}) fail("expected a hexadecimal address");
    return address;
  }

  /// Goes past the number, or stays where it is.
  std::errc parse_number(int base, std::uint64_t& value) {
    const auto [stop, error] = std::from_chars(at_, end_, value, base);
    if (error == std::errc{}) at_ = stop;
    return error;
  }

  [[noreturn]] void fail(const char* expected) const {
    fail(expected, at_line_end() ? "the end of the line" : "'" + std::string(1, *at_) + "'");
  }

  [[noreturn]] void fail(const char* expected, const std::string& found) const {
    const std::uint64_t byte = offset_ + static_cast<std::uint64_t>(at_ - begin_);
    throw FileError(name_, "line " + std::to_string(1 + num_lines_) + ", byte " +
                               std::to_string(byte) + ": found " + found + ", " + expected);
  }

  const std::string_view name_;
  const char* begin_ = nullptr;
  const char* end_ = nullptr;
  const char* at_ = nullptr;
  std::uint64_t offset_ = 0;     ///< of `begin_` in the file
  std::uint64_t num_lines_ = 0;  ///< before `at_`
  DramTrace trace_;
};

}  // namespace

DramTrace parse_dram_trace(std::string_view text, std::string_view name) {
  TraceParser parser(name, text.size());
  parser.feed(text);
  return parser.take();
}

/// In blocks: memory that is touched for the first time costs more than the parsing of what it
/// would hold, so a trace is never in memory as a whole.
DramTrace read_dram_trace(const std::filesystem::path& path) {
  constexpr std::size_t kBlockBytes = std::size_t{1} << 18U;
  constexpr std::size_t kMostLineBytes = std::size_t{1} << 24U;  // a device may have no line
  const auto fail = [&path](int reason) {
    throw FileError(path.string(), "cannot read: " + std::generic_category().message(reason));
  };
  const auto close = [](std::FILE* file) { std::fclose(file); };
  const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "rb"), close);
  if (!file) fail(errno);
  std::error_code is_no_file;
  const std::uint64_t size = std::filesystem::file_size(path, is_no_file);
  const std::string name = path.string();
  TraceParser parser(name, is_no_file ? 0 : size);
  std::string block(kBlockBytes, '\0');
  std::size_t held = 0;  // bytes of a line that is not complete
  while (const std::size_t num =
             std::fread(block.data() + held, 1, block.size() - held, file.get())) {
    const std::string_view text(block.data(), held + num);
    const std::size_t whole = text.rfind('\n') + 1;  // 0 if there is no end of a line
    parser.feed(text.substr(0, whole));
    held = text.size() - whole;
    std::memmove(block.data(), block.data() + whole, held);
    if (held == kMostLineBytes) parser.fail_at_long_line(held);
    if (held == block.size()) block.resize(2 * block.size());
  }
  if (std::ferror(file.get()) != 0) fail(errno);
  parser.feed({block.data(), held});
  return parser.take();
}

}  // namespace vitcod
