// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/timeline/vcd_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace vitcod {
namespace {

/// The code of variable `index`: its digits to the base of the printable characters.
std::string code_of(std::size_t index) {
  constexpr std::size_t kNumDigits = '~' - '!' + 1;
  std::string code;
  for (std::size_t left = index + 1; left > 0; left = (left - 1) / kNumDigits) {
    code += static_cast<char>('!' + (left - 1) % kNumDigits);
  }
  return code;
}

/// A text ends at white space.
std::string one_word(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) <= ' ') c = '_';
  }
  return text;
}

class VcdWriter {
 public:
  VcdWriter(const CycleRecorder& recorder, AtomicFile& file) : recorder_(recorder), file_(file) {
    write_header();
    for (std::size_t i = 0; i < recorder.tracks().size(); ++i) {
      changes_.emplace_back();
      for (const std::string& value : recorder.tracks()[i].values) {
        changes_.back().push_back(fmt::format("s{} {}\n", one_word(value), code_of(i)));
      }
    }
    time_ = picoseconds(recorder.recorded(false).from * recorder.period(false));
    file_.write(fmt::format("#{}\n$dumpvars\n", time_));
  }

  void change(Tick tick, std::size_t track, std::size_t value) {
    advance(picoseconds(tick));
    file_.write(changes_[track][value]);
  }

  /// The run ends within the last cycle of one of the clocks.
  void end() {
    Tick end = recorder_.recorded(false).to * recorder_.period(false);
    for (const Track& track : recorder_.tracks()) {
      if (track.is_of_dram) end = std::min(end, recorder_.recorded(true).to * track.period);
    }
    advance(picoseconds(end));
  }

 private:
  void write_header() {
    const CycleWindow core = recorder_.recorded(false);
    const CycleWindow dram = recorder_.recorded(true);
    file_.write(
        fmt::format("$comment cycles {} to {} of {} kHz, DRAM clocks {} to {} of {} kHz $end\n"
                    "$version vitcod-sim $end\n$timescale 1 ps $end\n$scope module machine $end\n",
                    core.from, core.to, recorder_.clock_khz(false), dram.from, dram.to,
                    recorder_.clock_khz(true)));
    std::vector<std::string> scopes;
    for (std::size_t i = 0; i < recorder_.tracks().size(); ++i) {
      const Track& track = recorder_.tracks()[i];
      enter(track.groups, scopes);
      file_.write(fmt::format("$var string 1 {} {} $end\n", code_of(i), one_word(track.name)));
    }
    enter({}, scopes);
    file_.write("$upscope $end\n$enddefinitions $end\n");
  }

  /// Leaves scopes that are not in `wanted`, and enters those that are.
  void enter(const std::vector<std::string>& wanted, std::vector<std::string>& scopes) {
    const auto [differs, unused] =
        std::mismatch(scopes.begin(), scopes.end(), wanted.begin(), wanted.end());
    const auto num_common = static_cast<std::size_t>(differs - scopes.begin());
    for (; scopes.size() > num_common; scopes.pop_back()) file_.write("$upscope $end\n");
    while (scopes.size() < wanted.size()) {
      scopes.push_back(wanted[scopes.size()]);
      file_.write(fmt::format("$scope module {} $end\n", one_word(scopes.back())));
    }
  }

  void advance(std::uint64_t time) {
    if (time == time_) return;
    if (is_first_) file_.write("$end\n");
    is_first_ = false;
    time_ = time;
    file_.write(fmt::format("#{}\n", time));
  }

  std::uint64_t picoseconds(Tick tick) const {
    return recorder_.time_of(tick, CycleRecorder::kPicosecondsPerMs);
  }

  const CycleRecorder& recorder_;
  AtomicFile& file_;
  std::vector<std::vector<std::string>> changes_;  ///< by track and value: the line
  std::uint64_t time_ = 0;
  bool is_first_ = true;
};

}  // namespace

void write_vcd(CycleRecorder& recorder, AtomicFile& file) {
  VcdWriter writer(recorder, file);
  recorder.replay(
      [&](Tick tick, std::size_t track, std::size_t value) { writer.change(tick, track, value); });
  writer.end();
}

}  // namespace vitcod
