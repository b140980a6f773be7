// SPDX-License-Identifier: Apache-2.0
#include "hw_models/pack_unit/packed_pass.hpp"

#include <utility>

namespace vitcod {
namespace {

/// The lowest `count` bits of `word` that are set.
std::uint64_t lowest_bits(std::uint64_t word, std::uint32_t count) {
  std::uint64_t rest = word;
  for (std::uint32_t i = 0; i < count && rest != 0; ++i) rest &= rest - 1;
  return word & ~rest;
}

class Packing {
 public:
  Packing(const SegmentedMask& mask, const PassShape& shape, std::uint32_t words_per_cycle)
      : mask_(mask), shape_(shape), words_per_cycle_(words_per_cycle) {}

  std::vector<PackingStep> run() {
    for (std::uint32_t head = 0; head < mask_.num_heads(); ++head) {
      for (std::uint32_t segment = 0; segment < mask_.num_segments(); ++segment) {
        pack_segment(head, segment);
      }
    }
    // The last pass ends the tile, unless words were looked at since.
    if (steps_.empty() || cycles_ > 0) close(0, 0);
    steps_.back().pass.ends_tile = true;
    return std::move(steps_);
  }

 private:
  void pack_segment(std::uint32_t head, std::uint32_t segment) {
    std::uint32_t row = 0;
    std::uint64_t word = mask_.word(TileHead{head}, segment, HeadRow{row});
    const auto next_row = [&] {
      if (++row < mask_.num_rows()) word = mask_.word(TileHead{head}, segment, HeadRow{row});
    };
    while (row < mask_.num_rows()) {
      ++cycles_;
      for (std::uint32_t looked = 0; row < mask_.num_rows() && looked < words_per_cycle_;
           ++looked) {
        if (word == 0) {
          next_row();
          continue;
        }
        const std::uint64_t taken = lowest_bits(word, shape_.columns);
        const TileRow row_index = TileRows(mask_.num_rows()).index(TileHead{head}, HeadRow{row});
        sub_rows_.push_back(SubRow{value_of(row_index), taken});
        word &= ~taken;
        if (word == 0) next_row();
        break;
      }
      if (sub_rows_.size() == shape_.rows) close(head, segment);
    }
    if (!sub_rows_.empty()) close(head, segment);
  }

  void close(std::uint32_t head, std::uint32_t segment) {
    auto sub_rows = std::make_shared<const std::vector<SubRow>>(std::exchange(sub_rows_, {}));
    steps_.push_back(PackingStep{PackedPass{head, segment, std::move(sub_rows), false},
                                 std::exchange(cycles_, 0)});
  }

  const SegmentedMask& mask_;
  const PassShape shape_;
  const std::uint32_t words_per_cycle_;
  std::vector<SubRow> sub_rows_;
  std::uint64_t cycles_ = 0;
  std::vector<PackingStep> steps_;
};

}  // namespace

std::vector<PackingStep> pack(const SegmentedMask& mask, const PassShape& shape,
                              std::uint32_t words_per_cycle) {
  return Packing(mask, shape, words_per_cycle).run();
}

}  // namespace vitcod
