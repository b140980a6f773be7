// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "hw_models/controller/controller_messages.hpp"
#include "hw_models/engine/engine_contents.hpp"
#include "hw_models/mask_predictor/mask_predictor_cost.hpp"
#include "hw_models/mask_predictor/predict_kernel.hpp"
#include "hw_models/pack_unit/segmented_mask.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/busy.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// Dense prediction of masks: an output-stationary array of 4-bit multipliers finds the scores of a
/// block of queries, an exp unit a row their exps and the row's sum; then they are compared with
/// the threshold, key by key, while the array works on the next block. An order that is seen in
/// cycle n is answered, as the controller sees it, in n + PredictorCost::cycles() + 1. Where values
/// are computed, a mask that differs from the tile's map is a ModelError.
class MaskPredictor final : public Block {
 public:
  LinkIn<UnitOrder> order_in{"order_in"};
  LinkOut<UnitDone> done_out{"done_out"};

  /// `segment_keys`: of a word of the mask, at most 64. `contents`: of the buffers that Q and K are
  /// in; null if no values are computed.
  MaskPredictor(const sc_core::sc_module_name& name, Clock& clock,
                const MaskPredictorConfig& config, std::uint32_t segment_keys,
                EngineContents* contents, StatGroup& parent);

  /// Where values come from that stand for those of Q and K: they are computed, and what is
  /// predicted from them would have no structure.
  using StandIns = std::function<std::vector<std::int8_t>(TensorId)>;
  void take_stand_ins(StandIns stand_ins) { stand_ins_ = std::move(stand_ins); }

  std::uint64_t macs_done() const { return macs_.value(); }
  /// MACs that it can do in a cycle.
  std::uint64_t multipliers() const {
    return std::uint64_t{cost_.config.rows} * cost_.config.columns;
  }

 private:
  enum class Activity { kIdle, kPredicting };

  Cycle tick(Cycle now) override;
  CycleAccount& cycle_account() override { return cycles_; }
  void begin(const PredictKernel& kernel, Cycle now);
  void count(const PredictionSize& size);
  void compare_masks(const PredictKernel& kernel);
  bool is_as_predicted(const PredictKernel& kernel, const SegmentedMask& mask, std::uint32_t head,
                       std::uint32_t row);
  const std::int8_t* operand(const PredictKernel& kernel, bool is_query, TileHead head,
                             std::uint32_t row_or_token);

  const PredictorCost cost_;
  const std::uint32_t segment_keys_;
  EngineContents* const contents_;
  StandIns stand_ins_;
  std::unordered_map<TensorId, std::vector<std::int8_t>> stand_in_values_;
  Busy busy_;

  StatGroup stats_;
  CycleBreakdown<Activity, 2> cycles_{stats_, {"idle", "predicting"}};
  Counter macs_{stats_, "macs", "multiply-accumulates of 4 bits"};
  Counter operand_bytes_{stats_, "operand_bytes_read",
                         "of Q and K, of which the array takes 4 bits each"};
  Counter exps_{stats_, "exps", "scores whose exp was found, held, and compared"};
  Counter words_{stats_, "mask_words_written", "words of the mask"};
};

}  // namespace vitcod
