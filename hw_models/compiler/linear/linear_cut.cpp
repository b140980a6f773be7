// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/linear/linear_cut.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "hw_models/gemm_engine/gemm_kernels.hpp"
#include "sim/base/errors.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {
namespace {

constexpr std::uint32_t kAhead = 3;         ///< pieces of W that stream, on chip at a time
constexpr std::uint32_t kCarriedAhead = 2;  ///< of those that stay while sums are carried
constexpr std::uint32_t kMostPieces = 64;   ///< of a block of W that stays
/// In which it comes and goes: each costs the array a fill, and the next block takes what one
/// leaves.
constexpr std::uint32_t kJobsOfHeldBlock = 4;

std::uint32_t up_to_multiple(std::uint32_t number, std::uint64_t unit) {
  return static_cast<std::uint32_t>(ceil_div(std::uint64_t{number}, unit) * unit);
}

/// Finds cuts of one layer with blocks of so many columns.
class LinearCutter {
 public:
  LinearCutter(const LinearLayer& layer, const PlanLimits& limits, std::uint32_t block_columns)
      : layer_(layer), limits_(limits), gemm_(limits.gemm.of(layer.product.primitive)) {
    base_.block_columns = block_columns;
    base_.num_blocks = ceil_div(layer.product.n, block_columns);
  }

  /// Whether a chunk of weights with its constants, a row's residual and its results fit.
  bool fits() const {
    const auto chunk = static_cast<std::uint32_t>(gemm_.macs_per_line);
    return piece_bytes(chunk) + constants_bytes() <= limits_.weight_bytes && input_fits(1, 1) &&
           fits_output(1);
  }
  /// Of the weight buffer, so that the next pieces of W can come while one is used.
  std::uint64_t least_weight_bytes() const {
    const auto chunk = static_cast<std::uint32_t>(gemm_.macs_per_line);
    return kAhead * piece_bytes(chunk) + 2 * constants_bytes();
  }

  std::vector<LinearCut> cuts() {
    base_.group_rows = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(layer_.product.m, gemm_.accumulator_rows));
    while (!fits_input(base_.group_rows, 1)) base_.group_rows = (base_.group_rows + 1) / 2;
    base_.num_groups = ceil_div(layer_.product.m, base_.group_rows);
    base_.group_rows = ceil_div(layer_.product.m, base_.num_groups);
    std::vector<LinearCut> cuts{streaming(base_)};
    add_holding(cuts);
    add_carrying(cuts);
    add_smaller_groups(cuts);
    return cuts;
  }

 private:
  std::uint64_t input_bank() const { return limits_.holding.input_bank_bytes; }
  std::uint64_t group_bytes(std::uint32_t rows) const {
    return whole_banks(std::uint64_t{rows} * layer_.product.k, input_bank());
  }
  std::uint64_t residual_bytes(std::uint32_t rows) const {
    if (!layer_.residual) return 0;
    return whole_banks(std::uint64_t{rows} * base_.block_columns * layer_.result_bytes,
                       input_bank());
  }

  /// `groups` of so many rows, with the residual of a block.
  std::uint64_t input_bytes(std::uint32_t rows, std::uint32_t groups) const {
    return groups * group_bytes(rows) + residual_bytes(rows);
  }
  bool input_fits(std::uint32_t rows, std::uint32_t groups) const {
    return input_bytes(rows, groups) <= limits_.input_bytes;
  }
  /// InputError if a single row does not fit.
  bool fits_input(std::uint32_t rows, std::uint32_t groups) const {
    if (input_fits(rows, groups) && fits_output(rows)) return true;
    if (rows > 1 || groups > 1) return false;
    const std::uint64_t bytes = input_bytes(rows, groups);
    const bool input = bytes > limits_.input_bytes;
    throw InputError(fmt::format(
        "{}: the {} is too small: a row needs {} bytes there, {} are available", layer_.name,
        input ? "input_buffer" : "output_buffer", input ? bytes : result_bytes(1),
        input ? limits_.input_bytes : limits_.output_bytes));
  }
  std::uint64_t result_bytes(std::uint32_t rows) const {
    return whole_banks(layer_.bytes_of(std::uint64_t{rows} * base_.block_columns),
                       limits_.holding.output_bank_bytes);
  }
  bool fits_output(std::uint32_t rows) const { return result_bytes(rows) <= limits_.output_bytes; }

  std::uint64_t piece_bytes(std::uint32_t features) const {
    return whole_banks(std::uint64_t{features} * base_.block_columns,
                       limits_.holding.weight_bank_bytes);
  }
  std::uint64_t constants_bytes() const {
    return whole_banks(base_.block_columns * kConstantBytes, limits_.holding.weight_bank_bytes);
  }

  /// The fewest pieces of `features` of which `number` fit beside the constants of two blocks, or
  /// of one if it cannot be otherwise.
  std::uint32_t weight_features(std::uint32_t features, std::uint32_t number) const {
    for (std::uint32_t pieces = 1;; ++pieces) {
      const std::uint32_t piece = up_to_multiple(ceil_div(features, pieces), gemm_.macs_per_line);
      if (number * piece_bytes(piece) + 2 * constants_bytes() <= limits_.weight_bytes) return piece;
      if (piece <= gemm_.macs_per_line) break;
    }
    if (number > 1) return weight_features(features, number - 1);
    const auto least = static_cast<std::uint32_t>(gemm_.macs_per_line);
    const std::uint64_t bytes = piece_bytes(least) + constants_bytes();
    if (bytes <= limits_.weight_bytes) return least;
    throw InputError(fmt::format(
        "{}: the weight_buffer is too small: a chunk of weights with its biases needs {} bytes "
        "there, {} are available",
        layer_.name, bytes, limits_.weight_bytes));
  }

  /// A tile a group; pieces of W go through the weight buffer for each.
  LinearCut streaming(LinearCut cut) const {
    cut.groups_per_tile = 1;
    cut.input_features = layer_.product.k;
    const bool alone = cut.num_groups > 1 && !fits_input(cut.group_rows, 2);
    if (alone && !layer_.product.window && fit_in_pieces(cut.group_rows, quarter_of_inputs())) {
      cut.input_features = quarter_of_inputs();
    }
    cut.weight_features = weight_features(cut.input_features, kAhead);
    return cut;
  }
  /// A quarter of k, in whole chunks and heads: so much of X is free, and replaced, at a time.
  std::uint32_t quarter_of_inputs() const {
    std::uint64_t unit = gemm_.macs_per_line;
    if (layer_.input_heads > 1) {
      if (layer_.input_features() % unit != 0) return layer_.product.k;
      unit = layer_.input_features();
    }
    return std::min(layer_.product.k, up_to_multiple(ceil_div(layer_.product.k, 4U), unit));
  }

  /// Pieces take whole banks each, which can be more than the whole of X takes.
  bool fit_in_pieces(std::uint32_t rows, std::uint32_t features) const {
    std::uint64_t bytes = residual_bytes(rows);
    for (std::uint32_t first = 0; first < layer_.product.k; first += features) {
      const std::uint64_t of_piece = std::min(features, layer_.product.k - first);
      bytes += whole_banks(rows * of_piece, input_bank());
    }
    return bytes <= limits_.input_bytes;
  }

  /// A block of W stays for the groups of a tile: with as few tiles as can be, and with more.
  void add_holding(std::vector<LinearCut>& cuts) const {
    LinearCut cut = base_;
    cut.input_features = layer_.product.k;
    cut.holds_weights = true;
    const std::optional<std::uint32_t> features = held_weight_features();
    if (!features || cut.num_groups == 1) return;
    cut.weight_features = *features;
    cut.pieces_a_job = ceil_div(ceil_div(layer_.product.k, *features), kJobsOfHeldBlock);
    std::uint32_t most = 1;
    while (most < cut.num_groups && fits_input(cut.group_rows, most + 1)) ++most;
    std::uint32_t last = 1;
    for (std::uint32_t groups : {most, most / 2}) {
      if (groups < 2) continue;
      cut.groups_per_tile = ceil_div(cut.num_groups, ceil_div(cut.num_groups, groups));
      if (cut.groups_per_tile < 2 || cut.groups_per_tile == last) continue;
      last = cut.groups_per_tile;
      cuts.push_back(cut);
    }
  }
  /// The whole block fits, with a piece of the next one.
  std::optional<std::uint32_t> held_weight_features() const {
    for (std::uint32_t pieces = 1; pieces <= kMostPieces; ++pieces) {
      const std::uint32_t features =
          up_to_multiple(ceil_div(layer_.product.k, pieces), gemm_.macs_per_line);
      const std::uint32_t number = ceil_div(layer_.product.k, features);
      if ((number + 1) * piece_bytes(features) + constants_bytes() <= limits_.weight_bytes) {
        return features;
      }
    }
    return std::nullopt;
  }

  /// A piece of W stays for the groups of a tile, whose sums are carried: with X of the tile on
  /// chip, for as few tiles as can be, and with X that comes again for each block.
  void add_carrying(std::vector<LinearCut>& cuts) const {
    LinearCut cut = base_;
    cut.input_features = layer_.product.k;
    cut.weight_features = weight_features(layer_.product.k, kCarriedAhead);
    cut.carries_sums = true;
    const bool is_one_piece = cut.weight_features >= layer_.product.k;
    if (!gemm_.carried_bandwidth || cut.num_groups == 1 || is_one_piece) return;
    std::uint32_t most = 1;
    while (most < cut.num_groups && input_fits(cut.group_rows, most + 1) &&
           sums_fit(cut.group_rows, most + 1)) {
      ++most;
    }
    if (most > 1) {
      cut.groups_per_tile = ceil_div(cut.num_groups, ceil_div(cut.num_groups, most));
      cuts.push_back(cut);
    }
    if (most < cut.num_groups) add_reloading(cut, cuts);
  }
  /// X of the tile comes in pieces of some pieces of W, as large as they can be beside the next
  /// one.
  void add_reloading(LinearCut cut, std::vector<LinearCut>& cuts) const {
    auto unit = static_cast<std::uint32_t>(gemm_.macs_per_line);
    if (layer_.input_heads > 1) unit = std::max(unit, layer_.input_features());
    cut.weight_features = cut.weight_features / unit * unit;
    if (layer_.product.window || cut.weight_features % gemm_.macs_per_line != 0) return;
    std::uint32_t most = 1;
    while (most < cut.num_groups && sums_fit(cut.group_rows, most + 1)) ++most;
    cut.groups_per_tile = ceil_div(cut.num_groups, ceil_div(cut.num_groups, most));
    cut.input_features = 0;
    while (cut.weight_features > 0 && cut.input_features < layer_.product.k &&
           two_pieces_fit(cut, cut.input_features + cut.weight_features)) {
      cut.input_features += cut.weight_features;
    }
    cut.reloads_inputs = true;
    if (cut.groups_per_tile > 1 && cut.input_features > 0) cuts.push_back(cut);
  }
  bool two_pieces_fit(const LinearCut& cut, std::uint32_t features) const {
    const std::uint64_t piece = whole_banks(std::uint64_t{cut.group_rows} * features, input_bank());
    return 2 * piece * cut.groups_per_tile + residual_bytes(cut.group_rows) <= limits_.input_bytes;
  }
  /// Beside the results of a group.
  bool sums_fit(std::uint32_t rows, std::uint32_t groups) const {
    const std::uint64_t all = std::uint64_t{rows} * groups;
    return carried_bytes(all, base_.block_columns, limits_.holding) + result_bytes(rows) <=
           limits_.output_bytes;
  }

  /// Half the rows, so that X of the next group comes under a group.
  void add_smaller_groups(std::vector<LinearCut>& cuts) const {
    if (fits_input(base_.group_rows, 2) || base_.group_rows < 4) return;
    LinearCut cut = base_;
    cut.num_groups *= 2;
    cut.group_rows = ceil_div(layer_.product.m, cut.num_groups);
    cut.num_groups = ceil_div(layer_.product.m, cut.group_rows);
    cuts.push_back(streaming(cut));
  }

  const LinearLayer& layer_;
  const PlanLimits& limits_;
  const GemmCost gemm_;
  LinearCut base_;
};

}  // namespace

std::vector<PieceOfSum> pieces_of(const LinearLayer& layer, const LinearCut& cut) {
  std::vector<PieceOfSum> pieces;
  std::uint32_t input = 0;
  for (std::uint32_t begin = 0; begin < layer.product.k; begin += cut.input_features) {
    const std::uint32_t end = std::min(layer.product.k, begin + cut.input_features);
    for (std::uint32_t first = begin; first < end; first += cut.weight_features) {
      PieceOfSum& piece = pieces.emplace_back();
      piece.first = first;
      piece.features = std::min(cut.weight_features, end - first);
      piece.input = input;
      piece.input_first = first - begin;
      piece.begins_input = first == begin;
      piece.ends_input = first + piece.features == end;
    }
    ++input;
  }
  return pieces;
}

std::uint32_t rows_of_group(const LinearLayer& layer, const LinearCut& cut, std::uint32_t group) {
  return std::min(cut.group_rows, layer.product.m - group * cut.group_rows);
}

std::uint32_t columns_of_block(const LinearLayer& layer, const LinearCut& cut,
                               std::uint32_t block) {
  return std::min(cut.block_columns, layer.product.n - block * cut.block_columns);
}

std::uint64_t carried_bytes(std::uint64_t rows, std::uint64_t columns, const HoldingRules& rules) {
  const std::uint64_t banks = std::max<std::uint64_t>(
      rules.sum_banks, ceil_div(rows * columns * kGemmSumBytes, rules.output_bank_bytes));
  return banks * rules.output_bank_bytes;
}

namespace {

/// At most so many columns; of codes whole bytes.
std::uint32_t whole_bytes(const LinearLayer& layer, std::uint32_t columns) {
  constexpr std::uint32_t kByte = 8;
  return layer.makes_codes ? std::max(kByte, columns / kByte * kByte) : columns;
}

std::uint32_t half(const LinearLayer& layer, std::uint32_t columns) {
  return whole_bytes(layer, (columns + 1) / 2);
}

/// Throws InputError for what the machine has no lanes for.
void require_lanes(const LinearLayer& layer, const GemmCost& gemm) {
  if (gemm.of(layer.product.primitive).macs_per_line == 0) {
    throw InputError(
        fmt::format("{}: its weights are shifts; this machine has no "
                    "mac_lines/shift_lanes_per_line",
                    layer.name));
  }
  if (layer.makes_codes && (gemm.add_lanes == 0 || gemm.lines < kCodesPerByte)) {
    throw InputError(
        fmt::format("{}: its results are codes of 1 bit; this machine has no "
                    "mac_lines/add_lanes_per_line, or less than 8 lines",
                    layer.name));
  }
}

}  // namespace

std::vector<LinearCut> linear_cuts(const LinearLayer& layer, const PlanLimits& limits) {
  require_lanes(layer, limits.gemm);
  auto columns = whole_bytes(layer, static_cast<std::uint32_t>(std::min<std::uint64_t>(
                                        layer.product.n, limits.gemm.lines)));
  if (layer.shares_weights) return LinearCutter(layer, limits, columns).cuts();
  // A row of results passes the staging of the output buffer whole.
  const double staged = limits.path.output.staging_bytes / layer.result_bytes;
  if (columns > staged) columns = whole_bytes(layer, static_cast<std::uint32_t>(staged));
  while (columns > half(layer, columns) && !LinearCutter(layer, limits, columns).fits()) {
    columns = half(layer, columns);
  }
  std::vector<LinearCut> cuts;
  while (true) {
    LinearCutter cutter(layer, limits, columns);
    const std::vector<LinearCut> of_width = cutter.cuts();
    cuts.insert(cuts.end(), of_width.begin(), of_width.end());
    const std::uint64_t bytes = cutter.least_weight_bytes();
    columns = half(layer, columns);
    // Below a bank each, narrower pieces take no less.
    if (bytes <= limits.weight_bytes || columns == of_width.front().block_columns ||
        LinearCutter(layer, limits, columns).least_weight_bytes() == bytes) {
      break;
    }
  }
  return cuts;
}

std::uint64_t traffic_of(const LinearLayer& layer, const LinearCut& cut) {
  const std::uint64_t weights = std::uint64_t{layer.product.n} * (layer.product.k + kConstantBytes);
  const std::uint64_t times = ceil_div(cut.num_groups, cut.groups_per_tile);
  const std::uint64_t input_times = cut.reloads_inputs ? cut.num_blocks : 1;
  std::uint64_t bytes =
      weights * times + input_times * std::uint64_t{layer.product.m} * layer.product.k;
  if (layer.residual) {
    bytes += std::uint64_t{layer.product.m} * layer.product.n * layer.result_bytes;
  }
  return bytes;
}

}  // namespace vitcod
