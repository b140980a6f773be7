// SPDX-License-Identifier: Apache-2.0
#include "workloads/token_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "sim/base/errors.hpp"
#include "workloads/map_restriction.hpp"
#include "workloads/number_formats.hpp"
#include "workloads/tensor_expectations.hpp"
#include "workloads/token_merging.hpp"
#include "workloads/token_selection.hpp"
#include "workloads/values.hpp"

namespace vitcod {
namespace {

/// Token numbers have 16 bits with their sign.
/// The sum of scores of all heads has 32 bits.
constexpr std::uint32_t kMaxHeads = (1U << 16) - 1;
constexpr std::uint64_t kMaxKeyElements = std::uint64_t{1} << 28;
/// The sum of a feature over the heads has 16 bits.
constexpr std::uint32_t kMaxMatchedHeads = 1U << 8;
/// Who is merged is found again whenever a trace is read.
constexpr std::uint32_t kMaxMatchedTokens = 1U << 12;
constexpr std::uint32_t kMaxMatchedFeatures = 1U << 10;
constexpr std::uint32_t kMaxClasses = 1U << 16;
constexpr std::uint32_t kMaxLevel = 16;
constexpr std::uint32_t kTaps = 4;

/// Checks one operation of token selection; others are left alone.
class TokenOperationCheck : private TensorExpectations {
 public:
  using TensorExpectations::TensorExpectations;

  void operator()(const ScoreSelect& select) const {
    const bool is_first = operation_.inputs.size() == 3;
    const bool fuses = is_first && has_fused_token(operation_);
    expect_counts(is_first ? 3 : 4, fuses ? 1 : 2);
    expect_within("heads", select.heads, {1, kMaxHeads});
    expect_within("features", select.features, {1, kMaxSummands});
    expect_within("tokens_in", select.tokens_in, {1, kMaxChosenTokens});
    expect_within("prefix_tokens", select.prefix_tokens, {1, select.tokens_in});
    expect_tensor(operation_.inputs[0], "inputs/0", {select.heads, 1, select.features});
    expect_tensor(operation_.inputs[1], "inputs/1",
                  {select.heads, select.tokens_in, select.features});
    if (!is_first) {
      expect_prefix(expect_selection(3, kOrigins, select.tokens_in), select.prefix_tokens);
    }
    check_kept(select);
    if (fuses) return check_fused(select);
    const auto num_kept = static_cast<std::uint32_t>(select.kept.size());
    expect_tensor(operation_.outputs[0], "outputs/0", {num_kept}, kStreamBits);
    expect_tensor(operation_.outputs[1], "outputs/1", {num_kept}, kStreamBits);
  }

  void operator()(const SimilarityMatch& match) const {
    const bool has_sizes = operation_.inputs.size() == 3;
    expect_counts(has_sizes ? 3 : 2, 1);
    expect_within("tokens", match.tokens, {3, kMaxMatchedTokens});
    expect_within("features", match.features, {1, kMaxMatchedFeatures});
    expect_within("merged", match.merged, {1, most_merged(match.tokens)});
    const Shape keys = trace_.tensor(operation_.inputs[0]).shape;
    expect_within("inputs/0", keys[0], {1, kMaxMatchedHeads});
    expect_tensor(operation_.inputs[0], "inputs/0", {keys[0], match.tokens, match.features});
    expect_held_keys(operation_.inputs[0]);
    if (has_sizes) expect_tensor(operation_.inputs[2], "inputs/2", {match.tokens}, kStreamBits);
    expect_tensor(operation_.outputs[0], "outputs/0", {2, match.tokens}, kStreamBits);
  }

  void operator()(const TokenFuse& fuse) const {
    expect_counts(2, operation_.outputs.size() == 2 ? 2 : 1);
    expect_at_most("features", fuse.features, kMaxSummands);
    expect_tensor(operation_.inputs[0], "inputs/0", {fuse.tokens_in, fuse.features}, kStreamBits);
    expect_tensor(operation_.inputs[1], "inputs/1", {2, fuse.tokens_in}, kStreamBits);
    const std::uint32_t groups = members_of(trace_, operation_, operation_.inputs[1]).num_groups();
    if (groups != fuse.tokens_out) {
      throw error("tokens_out",
                  fmt::format("{} of them; the members are {} groups", fuse.tokens_out, groups));
    }
    expect_tensor(operation_.outputs[0], "outputs/0", {fuse.tokens_out, fuse.features},
                  kStreamBits);
    if (operation_.outputs.size() == 2) {
      expect_tensor(operation_.outputs[1], "outputs/1", {fuse.tokens_out}, kStreamBits);
    }
  }

  void operator()(const TokenGather& gather) const {
    const bool grows = gather.new_features > 0;
    expect_counts(grows ? 3 : 2, 1);
    expect_tensor(operation_.inputs[0], "inputs/0", {gather.tokens_in, gather.features},
                  kStreamBits);
    const ScoreSelect& select = expect_selection(1, kKept, gather.tokens_out);
    if (select.tokens_in != gather.tokens_in) {
      throw error("tokens_in", fmt::format("{} of them; the selection takes {}", gather.tokens_in,
                                           select.tokens_in));
    }
    if (grows) {
      expect_tensor(operation_.inputs[2], "inputs/2", {gather.tokens_out, gather.new_features});
    }
    expect_at_most("new_features", gather.new_features, kMaxSummands);
    expect_at_most("features", gather.features, kMaxSummands);
    expect_tensor(operation_.outputs[0], "outputs/0",
                  {gather.tokens_out, gather.features + gather.new_features}, kStreamBits);
  }

  void operator()(const LiftingStep& lift) const {
    expect_counts(3, 1);
    expect_within("level", lift.level, {1, kMaxLevel});
    expect_within("side", lift.side, {1, kMaxSummands});
    expect_within("channels", lift.channels, {1, kMaxSummands});
    if (lift.side % (1U << lift.level) != 0) {
      throw error("side", fmt::format("{} cannot be halved {} times", lift.side, lift.level));
    }
    const std::uint64_t samples = std::uint64_t{lift.side} * lift.side * lift.channels;
    if (samples > kMaxSummands) {
      throw error("side",
                  fmt::format("{} samples of a patch; expected at most {}", samples, kMaxSummands));
    }
    const Shape patches = trace_.tensor(operation_.inputs[0]).shape;
    expect_tensor(operation_.inputs[0], "inputs/0",
                  {patches[0], static_cast<std::uint32_t>(samples)});
    expect_tensor(operation_.inputs[2], "inputs/2", {lift.level, 2, kTaps});
    expect_at_most("prefix_tokens", lift.prefix_tokens, kMaxChosenTokens);
    expect_at_most("regions", lift.regions, kMaxChosenTokens);
    const std::uint32_t rows = lift.regions + lift.prefix_tokens;
    const ScoreSelect& select = expect_selection(1, kOrigins, rows);
    expect_prefix(select, lift.prefix_tokens);
    const auto& first = std::get<ScoreSelect>(
        selection_chain(trace_, *selection_of(trace_, operation_.inputs[1], kOrigins))
            .front()
            ->params);
    const std::uint32_t tokens = first.tokens_in;
    if (patches[0] != tokens - select.prefix_tokens) {
      throw error("inputs/0", fmt::format("expected the patches of {} tokens, found {}",
                                          tokens - select.prefix_tokens, patches[0]));
    }
    const auto quarter = static_cast<std::uint32_t>(samples >> (2 * lift.level));
    expect_tensor(operation_.outputs[0], "outputs/0", {rows, 3 * quarter});
  }

  void operator()(const ExitTest& exit) const {
    expect_counts(2, 1);
    expect_within("classes", exit.classes, {1, kMaxClasses});
    expect_at_most("confidence", exit.confidence, kFixedOne);
    expect_tensor(operation_.inputs[0], "inputs/0", {1, exit.classes});
    expect_tensor(operation_.inputs[1], "inputs/1", {1, exit.classes});
    expect_tensor(operation_.outputs[0], "outputs/0", {1});
    if (is_given(operation_.inputs[0]) &&
        exit.taken != is_exit_taken(exit, operand_values(trace_, operation_.inputs[0]))) {
      throw error("taken",
                  fmt::format("{} is not what the logits of the token seed give", exit.taken));
    }
    if (exit.taken && &operation_ != &trace_.operations.back()) {
      throw error("taken",
                  fmt::format("\"{}\" follows an exit that is taken", (&operation_ + 1)->name));
    }
  }

  template <typename Other>
  void operator()(const Other&) const {}

 private:
  /// Outputs of a selection.
  enum Output : std::size_t { kKept = 0, kOrigins = 1 };

  /// The selection whose output `output` is `tensor`; null if none.
  static const Operation* selection_of(const Trace& trace, TensorId tensor, Output output) {
    for (const Operation& operation : trace.operations) {
      const bool is_selection = std::holds_alternative<ScoreSelect>(operation.params) &&
                                operation.outputs.size() > output;
      if (is_selection && operation.outputs[output] == tensor) return &operation;
    }
    return nullptr;
  }

  /// Whether no operation makes the tensor.
  bool is_given(TensorId tensor) const {
    for (const Operation& operation : trace_.operations) {
      for (const TensorId output : operation.outputs) {
        if (output == tensor) return false;
      }
    }
    return true;
  }

  void expect_prefix(const ScoreSelect& before, std::uint32_t prefix_tokens) const {
    if (before.prefix_tokens == prefix_tokens) return;
    throw error("prefix_tokens", fmt::format("{} of them; the selection has {}", prefix_tokens,
                                             before.prefix_tokens));
  }

  void expect_held_keys(TensorId tensor) const {
    const std::uint64_t keys = trace_.tensor(tensor).num_elements();
    if (keys <= kMaxKeyElements) return;
    throw error("features", fmt::format("{} elements of K; expected at most 2^28", keys));
  }

  /// A fused token needs one that is dropped.
  void check_fused(const ScoreSelect& select) const {
    if (select.kept.size() == select.tokens_in) {
      throw error("kept", "all of them are, and none is left to fuse");
    }
    expect_tensor(operation_.outputs[0], "outputs/0", {2, select.tokens_in}, kStreamBits);
  }

  void check_kept(const ScoreSelect& select) const {
    if (select.scores.size() != select.tokens_in) {
      throw error("scores", fmt::format("expected {} of them, found {}", select.tokens_in,
                                        select.scores.size()));
    }
    expect_held_keys(operation_.inputs[1]);
    if (is_given(operation_.inputs[0]) && is_given(operation_.inputs[1]) &&
        select.scores != token_scores(select, operand_values(trace_, operation_.inputs[0]),
                                      operand_values(trace_, operation_.inputs[1]))) {
      throw error("scores", "they are not what Q and K of the token seed give");
    }
    if (select.rule == SelectionRule::kTopK) {
      expect_at_most("threshold", select.threshold, select.tokens_in - select.prefix_tokens);
    }
    const std::vector<std::uint32_t> expected = kept_tokens(select);
    if (select.kept == expected) return;
    throw error("kept", fmt::format("they are not the {} tokens that the scores and the rule keep",
                                    expected.size()));
  }

  /// The selection that makes input `input`, of `tokens` kept ones.
  const ScoreSelect& expect_selection(std::size_t input, Output output,
                                      std::uint32_t tokens) const {
    const std::string place = fmt::format("inputs/{}", input);
    const TensorId id = operation_.inputs[input];
    const Operation* select = selection_of(trace_, id, output);
    if (select == nullptr) {
      throw error(place,
                  fmt::format("expected {} of a selection, found \"{}\"",
                              output == kKept ? "kept tokens" : "origins", trace_.tensor(id).name));
    }
    expect_tensor(id, place.c_str(), {tokens}, kStreamBits);
    return std::get<ScoreSelect>(select->params);
  }

  void expect_tensor(TensorId id, const char* place, const Shape& shape,
                     std::uint32_t bits = kOperandBits) const {
    expect_shape(id, place, shape);
    expect_bits(id, place, bits);
  }
};

/// Throws InputError unless the map is what is left of its source.
void check_restriction(const Trace& trace, const MapRestriction& restriction) {
  const auto number = static_cast<std::uint32_t>(restriction.map);
  const auto error = [number](const std::string& message) {
    return InputError(fmt::format("restriction of map {}: {}", number, message));
  };
  const PolarizedMap& source = trace.map(restriction.source);
  const auto& origins = restriction.origins;
  const bool is_ascending =
      std::is_sorted(origins.begin(), origins.end(), std::less_equal<>());  // none twice
  if (source.num_queries != source.num_keys || origins.empty() || !is_ascending ||
      origins.back() >= source.num_keys) {
    throw error(fmt::format("expected tokens of a square source, ascending, found {} of {} x {}",
                            origins.size(), source.num_queries, source.num_keys));
  }
  if (trace.map(restriction.map) == restrict_map(source, origins)) return;
  throw error(fmt::format("it is not what map {} leaves for these tokens",
                          static_cast<std::uint32_t>(restriction.source)));
}

}  // namespace

void check_token_operations(const Trace& trace) {
  for (const Operation& operation : trace.operations) {
    std::visit(TokenOperationCheck(trace, operation), operation.params);
  }
  for (const MapRestriction& restriction : trace.restrictions) {
    check_restriction(trace, restriction);
  }
}

}  // namespace vitcod
