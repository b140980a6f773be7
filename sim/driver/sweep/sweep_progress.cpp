// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/sweep_progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>

#include "sim/driver/streams.hpp"

namespace vitcod {
namespace {

using namespace std::chrono_literals;

// The rate is that of the last so many samples, so that it follows a change from reused points to
// new ones.
constexpr auto kSampleInterval = 500ms;
constexpr std::size_t kMaxSamples = 40;
constexpr auto kTellAfter = 3s;
constexpr double kLongSeconds = 60;

double seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  if (whole < 86400) return fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
  return fmt::format("{} d {} h", whole / 86400, whole / 3600 % 24);
}

SweepProgress::SweepProgress(const PointCount& count)
    : count_(count), is_terminal_(::isatty(STDERR_FILENO) == 1) {
  samples_.emplace_back(start_, 0);
}

SweepProgress::~SweepProgress() { clear_line(); }

void SweepProgress::update(const PointTotals& totals) {
  const auto now = SteadyClock::now();
  if (now - samples_.back().first < kSampleInterval) return;
  samples_.emplace_back(now, totals.ended());
  if (samples_.size() > kMaxSamples) samples_.pop_front();
  if (is_terminal_) {
    print_to_stderr(fmt::format("\r{} of {}, {} failed, {} reused, {:.3g} points/s, {}\033[K",
                                totals.ended(), to_string(count_), totals.failed, totals.reused,
                                points_per_second(), remaining(totals.ended())));
    has_line_ = true;
  } else if (!has_told_ && now - start_ > kTellAfter) {
    has_told_ = true;
    const double rest = static_cast<double>(count_.num_points - totals.ended());
    if (rest / points_per_second() < kLongSeconds) return;
    print_notice(
        fmt::format("{:.3g} points/s, {}", points_per_second(), remaining(totals.ended())));
  }
}

void SweepProgress::warn(const std::string& text) {
  clear_line();
  print_notice(text);
}

void SweepProgress::clear_line() {
  if (has_line_) print_to_stderr("\r\033[K");
  has_line_ = false;
}

double SweepProgress::points_per_second() const {
  return static_cast<double>(samples_.back().second - samples_.front().second) /
         seconds(samples_.back().first - samples_.front().first);
}

std::string SweepProgress::remaining(std::uint64_t ended) const {
  if (samples_.back().second == samples_.front().second) return "time left unknown";
  const double rest = static_cast<double>(count_.num_points - ended) / points_per_second();
  return (count_.is_exact ? "about " : "at most ") + duration_text(rest) + " left";
}

}  // namespace vitcod
