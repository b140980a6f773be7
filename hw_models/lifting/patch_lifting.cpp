// SPDX-License-Identifier: Apache-2.0
#include "hw_models/lifting/patch_lifting.hpp"

#include <algorithm>
#include <cstddef>

namespace vitcod {
namespace {

constexpr std::ptrdiff_t kTaps = 4;
constexpr int kFractionBits = 6;

/// Samples `distance` apart, even and odd ones by turns: `pairs` of both.
struct Line {
  std::int8_t* first;
  std::ptrdiff_t distance;
  std::ptrdiff_t pairs;

  std::int8_t& even(std::ptrdiff_t i) const { return first[2 * i * distance]; }
  std::int8_t& odd(std::ptrdiff_t i) const { return first[(2 * i + 1) * distance]; }
};

/// The pair that stands for pair `i`, which may be one before or up to two behind the line.
std::ptrdiff_t reflected(std::ptrdiff_t i, std::ptrdiff_t pairs) {
  if (i < 0) return 0;
  return i < pairs ? i : std::max<std::ptrdiff_t>(2 * pairs - 1 - i, 0);
}

std::int8_t saturated(int value) { return static_cast<std::int8_t>(std::clamp(value, -128, 127)); }

/// The sum of four taps around pair `i`, rounded half up.
template <typename Sample>
int filtered(const std::int8_t* taps, std::ptrdiff_t i, std::ptrdiff_t pairs, Sample sample) {
  int sum = 1 << (kFractionBits - 1);
  for (std::ptrdiff_t t = 0; t < kTaps; ++t) sum += taps[t] * sample(reflected(i + t - 1, pairs));
  return sum >> kFractionBits;
}

/// Coarse samples take the place of even ones, details that of odd ones.
void lift_line(const Line& line, const std::int8_t* taps, bool with_details) {
  const auto even = [&line](std::ptrdiff_t i) { return line.even(i); };
  const auto odd = [&line](std::ptrdiff_t i) { return line.odd(i); };
  for (std::ptrdiff_t i = 0; i < line.pairs; ++i) {
    line.even(i) = saturated(even(i) + filtered(taps, i, line.pairs, odd));
  }
  if (!with_details) return;
  for (std::ptrdiff_t i = 0; i < line.pairs; ++i) {
    line.odd(i) = saturated(odd(i) - filtered(taps + kTaps, i, line.pairs, even));
  }
}

}  // namespace

void lift_patch(std::vector<std::int8_t> patch, std::uint32_t side, std::uint32_t channels,
                std::uint32_t level, const std::int8_t* taps, std::vector<std::uint8_t>& results) {
  const auto place = [&](std::size_t y, std::size_t x, std::size_t channel) {
    return static_cast<std::ptrdiff_t>((y * side + x) * channels + channel);
  };
  // LL of a level stays where its even samples were: those of the next are twice as far apart.
  for (std::uint32_t l = 0; l < level; ++l, taps += 2 * kTaps) {
    const std::size_t step = std::size_t{1} << l;
    const auto pairs = static_cast<std::ptrdiff_t>(side / step / 2);
    const bool is_last = l + 1 == level;
    for (std::uint32_t channel = 0; channel < channels; ++channel) {
      for (std::size_t y = 0; y < side; y += step) {
        lift_line({&patch[0] + place(y, 0, channel), place(0, step, 0), pairs}, taps, is_last);
      }
      for (std::size_t x = 0; x < side; x += is_last ? step : 2 * step) {
        lift_line({&patch[0] + place(0, x, channel), place(step, 0, 0), pairs}, taps, is_last);
      }
    }
  }
  const std::size_t step = std::size_t{1} << level;
  const auto append_band = [&](std::size_t first_y, std::size_t first_x) {
    for (std::size_t y = first_y; y < side; y += step) {
      for (std::size_t x = first_x; x < side; x += step) {
        for (std::uint32_t channel = 0; channel < channels; ++channel) {
          const auto i = static_cast<std::size_t>(place(y, x, channel));
          results.push_back(static_cast<std::uint8_t>(patch[i]));
        }
      }
    }
  };
  append_band(step / 2, 0);
  append_band(0, step / 2);
  append_band(step / 2, step / 2);
}

}  // namespace vitcod
