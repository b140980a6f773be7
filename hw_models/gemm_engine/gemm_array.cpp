// SPDX-License-Identifier: Apache-2.0
#include "hw_models/gemm_engine/gemm_array.hpp"

#include <algorithm>
#include <cstring>

#include "hw_models/gemm_engine/requantise.hpp"
#include "hw_models/mac_lines/shift_product.hpp"

namespace vitcod {

GemmArray::GemmArray(const sc_core::sc_module_name& name, Clock& clock,
                     const GemmEngineConfig& config, const MacLinesConfig& lines,
                     GemmContents* contents, StatGroup& parent)
    : Block(name, clock),
      cost_(vitcod::cost_of(lines, config)),
      shift_cost_(cost_.of(Primitive::kShift)),
      add_cost_(cost_.of(Primitive::kAdd)),
      contents_(contents),
      free_files_(config.accumulator_files),
      stats_(parent, basename()) {
  if (!lines.add_lanes_per_line) return;
  additions_.emplace(stats_, "additions", "of values by codes, those that a code leaves out too");
}

Cycle GemmArray::tick(Cycle now) {
  if (freed_in->valid()) {
    freed_in->pop();
    ++free_files_;
  }
  while (!plan_.empty() && plan_.front().second <= now) plan_.pop_front();
  if (!plan_.empty()) {
    cycles_.standing(plan_.front().first);
    return plan_.front().second;
  }
  if (waiting_ == nullptr) {
    if (!order_in->valid()) {
      cycles_.standing(Activity::kIdle);
      return kOnLink;
    }
    waiting_ = &kernel_as<GemmKernel>(*order_in->pop().kernel);
  }
  if (waiting_->takes_accumulators() && free_files_ == 0) {
    cycles_.standing(Activity::kWaitDrain);
    return kOnLink;
  }
  begin(*std::exchange(waiting_, nullptr), now);
  cycles_.standing(plan_.front().first);
  return plan_.front().second;
}

void GemmArray::begin(const GemmKernel& kernel, Cycle now) {
  check(kernel.rows <= cost_.accumulator_rows && kernel.columns <= cost_.lines,
        "a block is larger than the array");
  check(cost_of(kernel).macs_per_line > 0,
        "shifts or additions were asked of lines that have no lanes for them");
  check(cost_.divide || !kernel.is_of_attention(), "the array has nothing for linear attention");
  check(cost_.carried_bandwidth || !kernel.carried, "sums have no way to the output buffer");
  const std::uint64_t constants = kernel.constant_words() * kWordBytes;
  const GemmCycles cycles = cost_of(kernel).cycles(
      {kernel.rows, kernel.columns, kernel.features(), constants, kernel.turns_inputs,
       kernel.weights_by_row, kernel.beside == BesideLine::kProducts, kernel.resumes_sums(),
       kernel.leaves_sums()});
  planned_until_ = now;
  if (kernel.reconfigures) plan(Activity::kReconfigure, cost_.reconfigure);
  plan(Activity::kFill, cycles.fill);
  plan(Activity::kBusy, cycles.steps);
  busy_line_cycles_ += cycles.steps * kernel.columns;
  plan(Activity::kWaitWeights, cycles.starving);
  plan(Activity::kCarry, cycles.carrying);
  // Sums that go leave their accumulators with the last step, before another block can take any.
  if (kernel.takes_accumulators() && !kernel.leaves_sums()) --free_files_;
  count(kernel, constants);
  if (contents_ != nullptr) compute(kernel);
  done_out->push_at(UnitDone{}, planned_until_ - 1);
  if (!kernel.ends) return;
  ++blocks_;
  block_out->push_at(FinishedBlock{std::move(values_)}, planned_until_ - 1 + cost_.pipeline);
}

void GemmArray::plan(Activity activity, std::uint64_t cycles) {
  if (cycles == 0) return;
  planned_until_ += cycles;
  plan_.emplace_back(activity, planned_until_);
}

Counter& GemmArray::products_of(const GemmKernel& kernel) {
  if (kernel.primitive == Primitive::kAdd) return *additions_;
  return kernel.primitive == Primitive::kShift ? shifts_ : macs_;
}

void GemmArray::count(const GemmKernel& kernel, std::uint64_t constant_bytes) {
  const std::uint64_t row_bytes = kernel.features();
  const std::uint64_t input_bytes = cost_of(kernel).bytes_of_inputs(kernel.rows * row_bytes);
  ++kernels_;
  products_of(kernel) += kernel.rows * row_bytes * kernel.columns;
  input_bytes_ += input_bytes;
  weight_bytes_ += kernel.columns * row_bytes + constant_bytes;
  accumulator_bytes_ += kGemmSumBytes * kernel.rows *
                        ceil_div(row_bytes, cost_of(kernel).macs_per_line) * kernel.columns;
  if (kernel.input_activation != Activation::kNone) input_lookups_ += kernel.rows * row_bytes;
  if (kernel.turns_inputs) turned_bytes_ += input_bytes;
  const std::uint64_t sum_bytes = std::uint64_t{kernel.rows} * kernel.columns * kGemmSumBytes;
  if (kernel.resumes_sums()) carried_bytes_read_ += sum_bytes;
  if (kernel.leaves_sums()) carried_bytes_written_ += sum_bytes;
  if (kernel.beside == BesideLine::kIdle) return;
  beside_macs_ += kernel.rows * row_bytes;
  beside_accumulator_bytes_ +=
      sizeof(std::int32_t) * kernel.rows * ceil_div(row_bytes, cost_.macs_per_line);
  if (kernel.beside == BesideLine::kProducts) weight_bytes_ += row_bytes;
}

void GemmArray::compute(const GemmKernel& kernel) {
  if (kernel.begins) begin_values(kernel);
  if (kernel.resumes_sums()) resume_values(kernel);
  check(values_ != nullptr && values_->sums.size() == std::size_t{kernel.rows} * kernel.columns,
        "a part of a block goes on with the sums of another one");
  for (const GemmPiece& piece : kernel.pieces) {
    if (kernel.is_of_attention()) {
      add_attention_piece(kernel, piece);
    } else {
      add_piece(kernel, piece);
    }
  }
  if (!kernel.leaves_sums()) return;
  contents_->write_sums(kernel.carried->region, kernel.carried->first_row,
                        kernel.carried->total_rows, kernel.columns, values_->sums);
  values_.reset();
}

void GemmArray::begin_values(const GemmKernel& kernel) {
  values_ = std::make_shared<BlockValues>();
  values_->beside.resize(kernel.beside == BesideLine::kIdle ? 0 : kernel.rows);
  std::vector<std::int32_t> biases(kernel.columns);
  const std::size_t num_biases = kernel.has_biases ? kernel.columns : 0;
  if (const std::size_t words = kernel.constant_words(); words > 0) {
    const std::uint8_t* constants = contents_->bytes(kernel.constants);
    std::memcpy(biases.data(), constants, num_biases * kWordBytes);
    values_->requantisation.resize(words - num_biases);
    std::memcpy(values_->requantisation.data(), constants + num_biases * kWordBytes,
                values_->requantisation.size() * kWordBytes);
  }
  for (std::uint32_t row = 0; row < kernel.rows; ++row) {
    values_->sums.insert(values_->sums.end(), biases.begin(), biases.end());
  }
}

/// With the requantisation, if the block ends here.
void GemmArray::resume_values(const GemmKernel& kernel) {
  values_ = std::make_shared<BlockValues>();
  const std::size_t row_bytes = kernel.columns * kGemmSumBytes;
  values_->sums.resize(std::size_t{kernel.rows} * kernel.columns);
  std::memcpy(values_->sums.data(),
              contents_->bytes(kernel.carried->region) + kernel.carried->first_row * row_bytes,
              kernel.rows * row_bytes);
  if (!kernel.ends) return;
  values_->requantisation.resize(kernel.columns);
  std::memcpy(values_->requantisation.data(),
              contents_->bytes(kernel.constants) + kernel.columns * kWordBytes,
              kernel.columns * kWordBytes);
}

/// A feature of a row of f(Q) or f(K), which lie row by row or are turned; or a bit of a code.
std::int32_t GemmArray::attention_input(const GemmKernel& kernel, const std::uint8_t* inputs,
                                        std::size_t features, std::size_t row,
                                        std::size_t feature) const {
  const std::size_t pitch = cost_of(kernel).turned_pitch(kernel.rows);
  if (kernel.primitive == Primitive::kAdd) {
    const std::size_t bit =
        kernel.turns_inputs ? feature * pitch * kCodesPerByte + row : row * features + feature;
    return inputs[bit / kCodesPerByte] >> bit % kCodesPerByte & 1;
  }
  const std::size_t place = kernel.turns_inputs ? feature * pitch + row : row * features + feature;
  return table_of(kernel.input_activation)(static_cast<std::int8_t>(inputs[place]));
}

/// A piece whose operands are those of linear attention.
void GemmArray::add_attention_piece(const GemmKernel& kernel, const GemmPiece& piece) {
  const std::uint8_t* inputs = contents_->bytes(piece.inputs);
  const auto* weights = reinterpret_cast<const std::int8_t*>(contents_->bytes(piece.weights));
  const bool multiplies = kernel.beside == BesideLine::kProducts;
  const auto* of_beside =
      multiplies ? reinterpret_cast<const std::int8_t*>(contents_->bytes(kernel.beside_weights))
                 : nullptr;
  const std::size_t pitch = cost_.weight_pitch(kernel.columns);
  for (std::uint32_t row = 0; row < kernel.rows; ++row) {
    std::int32_t* sums = values_->sums.data() + std::size_t{row} * kernel.columns;
    for (std::size_t feature = 0; feature < piece.features; ++feature) {
      const std::int32_t x = attention_input(kernel, inputs, piece.features, row, feature);
      for (std::uint32_t c = 0; c < kernel.columns; ++c) {
        sums[c] += x * weights[feature * pitch + c];
      }
      if (kernel.beside == BesideLine::kIdle) continue;
      values_->beside[row] += multiplies ? x * of_beside[feature] : x;
    }
  }
}

void GemmArray::add_piece(const GemmKernel& kernel, const GemmPiece& piece) {
  const auto* inputs = reinterpret_cast<const std::int8_t*>(contents_->bytes(piece.inputs));
  const auto* weights = reinterpret_cast<const std::int8_t*>(contents_->bytes(piece.weights));
  const ActivationTable& table = table_of(kernel.input_activation);
  const std::size_t segment = kernel.segment_features;
  const auto step = static_cast<std::uint32_t>(cost_of(kernel).macs_per_line);
  for (std::uint32_t first = 0; first < piece.features; first += step) {
    const std::uint32_t chunk = std::min(step, piece.features - first);
    const std::int8_t* of_chunk = weights + std::size_t{first} * kernel.columns;
    for (std::uint32_t row = 0; row < kernel.rows; ++row) {
      std::int32_t* sums = values_->sums.data() + std::size_t{row} * kernel.columns;
      for (std::uint32_t i = 0; i < chunk; ++i) {
        const std::size_t feature = piece.first_feature + first + i;
        const std::int32_t x =
            table(inputs[(feature / segment * kernel.rows + row) * segment + feature % segment]);
        add_products(kernel, x, of_chunk + i, chunk, sums);
      }
    }
  }
}

/// One feature of a row with its weight of each column, `stride` bytes apart.
void GemmArray::add_products(const GemmKernel& kernel, std::int32_t operand,
                             const std::int8_t* weights, std::size_t stride, std::int32_t* sums) {
  if (kernel.primitive == Primitive::kMultiply) {
    for (std::uint32_t c = 0; c < kernel.columns; ++c) sums[c] += operand * weights[c * stride];
    return;
  }
  const ShiftProducts products = shift_products(operand);
  for (std::uint32_t c = 0; c < kernel.columns; ++c) {
    sums[c] += products[static_cast<std::uint8_t>(weights[c * stride]) % kShiftCodes];
  }
}

}  // namespace vitcod
