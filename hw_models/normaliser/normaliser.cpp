// SPDX-License-Identifier: Apache-2.0
#include "hw_models/normaliser/normaliser.hpp"

#include <algorithm>
#include <optional>

#include "hw_models/score_unit/score_format.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {
namespace {

constexpr std::size_t kDenser = index_of(EngineId::kDenser);
constexpr std::size_t kSparser = index_of(EngineId::kSparser);

}  // namespace

Normaliser::Normaliser(const sc_core::sc_module_name& name, Clock& clock,
                       const NormaliserConfig& config, RowExponents* exponents, StatGroup& parent)
    : Block(name, clock), config_(config), exponents_(exponents), stats_(parent, basename()) {}

Cycle Normaliser::tick(Cycle now) {
  if (tile_ == nullptr && !begin_order(now)) {
    cycles_.standing(Activity::kIdle);
    return kOnLink;
  }
  return merge_ != nullptr ? merge(now) : normalise(now);
}

bool Normaliser::begin_order(Cycle now) {
  if (!order_in->valid()) return false;
  const Kernel& kernel = *order_in->pop().kernel;
  merge_ = dynamic_cast<const MergeKernel*>(&kernel);
  if (merge_ != nullptr) {
    begin_merge(now);
  } else {
    normalise_ = &kernel_as<NormaliseKernel>(kernel);
    begin_rows();
  }
  return true;
}

void Normaliser::begin_merge(Cycle now) {
  tile_ = merge_->tile.get();
  std::uint32_t shared = 0;
  for (std::uint32_t row = 0; row < tile_->total_rows(); ++row) {
    bool denser = tile_->has_denser_entries(TileRow{row});
    bool sparser = tile_->has_sparse_entries(TileRow{row});
    for (const auto& tile : merge_->further) {
      denser = denser || tile->has_denser_entries(TileRow{row});
      sparser = sparser || tile->has_sparse_entries(TileRow{row});
    }
    shared += denser && sparser ? 1 : 0;
  }
  busy_.begin(now, std::max(1U, ceil_div(shared, config_.merge_rows_per_cycle)));
}

void Normaliser::begin_rows() {
  tile_ = normalise_->tile.get();
  current_row_ = kNoRow;
  next_empty_row_ = 0;
  rows_left_ = 0;
  for (auto& needed : needed_) needed.resize(tile_->total_rows());
  for (std::uint32_t row = 0; row < tile_->total_rows(); ++row) {
    needed_[kDenser][row] = tile_->has_denser_entries(TileRow{row});
    needed_[kSparser][row] = tile_->has_sparse_entries(TileRow{row});
    const bool has_share = needed_[kDenser][row] || needed_[kSparser][row];
    rows_left_ += takes_empty_rows() || has_share ? 1 : 0;
  }
  if (exponents_ != nullptr && normalise_->carries && !normalise_->resumes) {
    const std::vector<std::int32_t> zeros(tile_->value_features, 0);
    carried_.assign(tile_->total_rows(), PartialValues{zeros, 0});
  }
  packets_a_head_ = ceil_div(tile_->num_rows, normalise_->rows_a_packet);
  packets_left_ = normalise_->carries ? 0 : packets_a_head_ * tile_->num_heads;
  packet_rows_left_.clear();
  for (std::uint32_t packet = 0; packet < packets_left_; ++packet) {
    packet_rows_left_.push_back(rows_of(packet));
  }
  packet_values_.assign(packets_left_, nullptr);
  for (std::size_t e : {kDenser, kSparser}) {
    arrived_[e].assign(tile_->total_rows(), false);
    shares_[e].assign(exponents_ != nullptr ? tile_->total_rows() : 0, nullptr);
  }
}

void Normaliser::end_order() {
  done_out->push(UnitDone{});
  merge_ = nullptr;
  normalise_ = nullptr;
  tile_ = nullptr;
}

Cycle Normaliser::merge(Cycle now) {
  cycles_.standing(Activity::kMerging);
  if (now < busy_.last()) return busy_.last();
  if (exponents_ != nullptr) merge_exponents();
  end_order();
  return now + 1;
}

Cycle Normaliser::normalise(Cycle now) {
  bool moved = finish_row(now);
  moved = send_packet() || moved;
  moved = take_partial(denser_in, EngineId::kDenser) || moved;
  moved = take_partial(sparser_in, EngineId::kSparser) || moved;
  moved = start_row(now) || moved;
  if (rows_left_ == 0 && packets_left_ == 0) {
    end_order();
    cycles_.standing(Activity::kNormalising);
    return now + 1;
  }
  if (current_row_ != kNoRow) {
    cycles_.standing(Activity::kNormalising);
    return moved ? now + 1 : busy_.end();
  }
  cycles_.standing(ready_packets_.empty() ? Activity::kWaitRows : Activity::kOutputBlocked);
  return moved ? now + 1 : kOnLink;
}

bool Normaliser::take_partial(LinkIn<PartialRow>& link, EngineId engine) {
  // Without a merge between tiles, an engine may be at the next one already.
  if (!link->valid() || link->front().tile != tile_) return false;
  const std::uint32_t row = link->front().row;
  const EngineId other = engine == EngineId::kDenser ? EngineId::kSparser : EngineId::kDenser;
  const bool complete = !needs(other, row) || arrived_[index_of(other)][row];
  if (complete ? ready_rows_.size() == kReadyRows
               : buffered_[index_of(engine)] == config_.rows_buffered) {
    return false;
  }
  PartialRow partial = link->pop();
  if (exponents_ != nullptr) shares_[index_of(engine)][row] = std::move(partial.values);
  arrived_[index_of(engine)][row] = true;
  if (!complete) {
    ++buffered_[index_of(engine)];
    partial_bytes_written_ += partial_row_bytes(tile_->value_features);
    return true;
  }
  if (needs(other, row)) {
    --buffered_[index_of(other)];
    partial_bytes_read_ += partial_row_bytes(tile_->value_features);
    ++merged_;
  }
  ready_rows_.push_back(row);
  return true;
}

bool Normaliser::start_row(Cycle now) {
  if (current_row_ != kNoRow) return false;
  if (!ready_rows_.empty()) {
    current_row_ = ready_rows_.front();
    ready_rows_.pop_front();
  } else {
    if (!takes_empty_rows()) return false;
    const std::uint32_t num_rows = tile_->total_rows();
    while (next_empty_row_ < num_rows && (needs(EngineId::kDenser, next_empty_row_) ||
                                          needs(EngineId::kSparser, next_empty_row_))) {
      ++next_empty_row_;
    }
    if (next_empty_row_ == num_rows) return false;
    current_row_ = next_empty_row_++;
  }
  const std::uint32_t features = tile_->value_features;
  busy_.begin(now, ceil_div(features, config_.features_per_cycle) + carry_cycles());
  return true;
}

/// That a row takes on its way from the key tile before, and to the next one.
Cycle Normaliser::carry_cycles() {
  if (!normalise_->resumes && !normalise_->carries) return 0;
  check(config_.carried_bytes_per_cycle.has_value(), "rows are carried on no way");
  const std::uint64_t bytes = partial_row_bytes(tile_->value_features);
  const Cycle once = config_.carried_bytes_per_cycle->cycles_for(bytes);
  if (normalise_->resumes) carried_bytes_read_ += bytes;
  if (normalise_->carries) carried_bytes_written_ += bytes;
  return once * ((normalise_->resumes ? 1U : 0U) + (normalise_->carries ? 1U : 0U));
}

bool Normaliser::finish_row(Cycle now) {
  if (current_row_ == kNoRow || busy_.at(now)) return false;
  if (exponents_ != nullptr) compute_row(current_row_);
  if (!normalise_->carries) {
    const std::uint32_t packet = packet_of(current_row_);
    if (--packet_rows_left_[packet] == 0) ready_packets_.push_back(packet);
    ++rows_;
  }
  current_row_ = kNoRow;
  --rows_left_;
  return true;
}

bool Normaliser::send_packet() {
  if (ready_packets_.empty() || !packet_out->ready()) return false;
  packet_out->push(make_packet(ready_packets_.front()));
  ready_packets_.pop_front();
  --packets_left_;
  return true;
}

std::uint32_t Normaliser::packet_of(std::uint32_t row) const {
  return value_of(tile_->head_of_row(TileRow{row})) * packets_a_head_ +
         value_of(tile_->row_of_head(TileRow{row})) / normalise_->rows_a_packet;
}

std::uint32_t Normaliser::rows_of(std::uint32_t packet) const {
  const std::uint32_t first = packet % packets_a_head_ * normalise_->rows_a_packet;
  return std::min(normalise_->rows_a_packet, tile_->num_rows - first);
}

Packet Normaliser::make_packet(std::uint32_t index) {
  const Stretch& stretch = normalise_->store->stretches[index / packets_a_head_];
  const std::uint32_t first = index % packets_a_head_ * normalise_->rows_a_packet;
  const std::uint64_t begin = std::uint64_t{first} * stretch.row_bytes;
  Packet packet;
  packet.transfer = normalise_->store;
  packet.address = stretch.address + begin;
  packet.offset = stretch.offset + begin;
  packet.first_row = stretch.first_row + first;
  packet.num_rows = rows_of(index);
  packet.bytes = packet.num_rows * stretch.row_bytes;
  packet.outputs = packet.transfer->outputs;
  packet.payload = packet_values_[index];
  return packet;
}

void Normaliser::merge_exponents() {
  exponents_->merged.assign(tile_->total_rows(), kNoExponent);
  for (std::vector<std::int16_t>& largest : exponents_->largest) {
    for (std::size_t row = 0; row < largest.size(); ++row) {
      exponents_->merged[row] = std::max(exponents_->merged[row], largest[row]);
    }
    largest.clear();
  }
}

/// With what is carried.
const PartialValues& Normaliser::sum_of_shares(std::uint32_t row) {
  const std::uint32_t features = tile_->value_features;
  if (normalise_->resumes) {
    sum_ = std::move(carried_[row]);
  } else {
    sum_.accumulators.assign(features, 0);
    sum_.row_sum = 0;
  }
  for (auto& shares : shares_) {
    if (shares[row] == nullptr) continue;
    sum_.row_sum += shares[row]->row_sum;
    std::int32_t* const sums = sum_.accumulators.data();
    const std::int32_t* const share = shares[row]->accumulators.data();
    for (std::uint32_t f = 0; f < features; ++f) sums[f] += share[f];
    shares[row].reset();
  }
  return sum_;
}

void Normaliser::compute_row(std::uint32_t row) {
  const PartialValues& sum = sum_of_shares(row);
  if (normalise_->carries) {
    carried_[row] = sum;
    return;
  }
  const std::uint32_t features = tile_->value_features;
  const std::uint32_t packet = packet_of(row);
  auto& values = packet_values_[packet];
  if (values == nullptr) {
    values = std::make_shared<std::vector<std::uint8_t>>(std::size_t{rows_of(packet)} * features);
  }
  const std::size_t place =
      std::size_t{row % tile_->num_rows % normalise_->rows_a_packet} * features;
  std::optional<std::int32_t> exponent;
  if (tile_->sigmoid_bias) exponent = sigmoid_exponent(*tile_->sigmoid_bias);
  for (std::uint32_t f = 0; f < features; ++f) {
    const std::int32_t accumulated = sum.accumulators[f];
    (*values)[place + f] =
        static_cast<std::uint8_t>(exponent ? ScoreFormat::scale_down(accumulated, *exponent)
                                           : ScoreFormat::normalise(accumulated, sum.row_sum));
  }
}

}  // namespace vitcod
