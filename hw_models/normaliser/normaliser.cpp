// SPDX-License-Identifier: Apache-2.0
#include "hw_models/normaliser/normaliser.hpp"

#include <algorithm>

#include "hw_models/score_unit/score_format.hpp"

namespace vitcod {
namespace {

constexpr std::size_t kDenser = index_of(EngineId::kDenser);
constexpr std::size_t kSparser = index_of(EngineId::kSparser);

}  // namespace

Normaliser::Normaliser(const sc_core::sc_module_name& name, Clock& clock,
                       const NormaliserConfig& config, OperandImage* image, StatGroup& parent)
    : Block(name, clock), config_(config), image_(image), stats_(parent, basename()) {}

Cycle Normaliser::tick(Cycle now) {
  if (task_.unit == nullptr && !begin_task(now)) {
    cycles_.standing(Activity::kIdle);
    return kOnLink;
  }
  return task_.kind == NormaliserTask::Kind::kMergeExponents ? merge(now) : normalise(now);
}

bool Normaliser::begin_task(Cycle now) {
  if (!task_in->valid()) return false;
  task_ = task_in->pop();
  const UnitContext& unit = *task_.unit;
  const std::uint32_t num_rows = unit.work.total_rows();
  if (task_.kind == NormaliserTask::Kind::kMergeExponents) {
    std::uint32_t shared = 0;
    for (std::uint32_t row = 0; row < num_rows; ++row) {
      shared += unit.has_denser_entries(row) && unit.has_sparse_entries(row) ? 1 : 0;
    }
    const std::uint32_t rate = config_.merge_rows_per_cycle;
    busy_until_ = now + std::max(1U, (shared + rate - 1) / rate);
    return true;
  }
  busy_until_ = 0;
  current_row_ = kNoRow;
  next_empty_row_ = 0;
  packets_left_ = static_cast<std::uint32_t>(task_.output->packets.size());
  packet_rows_left_.clear();
  for (const Packet& packet : task_.output->packets) packet_rows_left_.push_back(packet.num_rows);
  for (std::vector<bool>& arrived : arrived_) arrived.assign(num_rows, false);
  return true;
}

Cycle Normaliser::merge(Cycle now) {
  cycles_.standing(Activity::kMerging);
  if (now + 1 < busy_until_) return busy_until_ - 1;
  if (image_ != nullptr) merge_exponents();
  done_out->push(NormaliserDone{task_.kind});
  task_ = NormaliserTask{};
  return now + 1;
}

Cycle Normaliser::normalise(Cycle now) {
  bool moved = finish_row(now);
  moved = send_packet() || moved;
  moved = take_partial(denser_in, EngineId::kDenser) || moved;
  moved = take_partial(sparser_in, EngineId::kSparser) || moved;
  moved = start_row(now) || moved;
  if (packets_left_ == 0) {
    done_out->push(NormaliserDone{task_.kind});
    task_ = NormaliserTask{};
    cycles_.standing(Activity::kNormalising);
    return now + 1;
  }
  if (current_row_ != kNoRow) {
    cycles_.standing(Activity::kNormalising);
    return moved ? now + 1 : busy_until_;
  }
  cycles_.standing(ready_packets_.empty() ? Activity::kWaitRows : Activity::kOutputBlocked);
  return moved ? now + 1 : kOnLink;
}

bool Normaliser::needs(EngineId engine, std::uint32_t row) const {
  return engine == EngineId::kDenser ? task_.unit->has_denser_entries(row)
                                     : task_.unit->has_sparse_entries(row);
}

bool Normaliser::take_partial(LinkIn<PartialRow>& link, EngineId engine) {
  if (!link->valid()) return false;
  const std::uint32_t row = link->front().row;
  const EngineId other = engine == EngineId::kDenser ? EngineId::kSparser : EngineId::kDenser;
  const bool complete = !needs(other, row) || arrived_[index_of(other)][row];
  if (complete ? ready_rows_.size() == kReadyRows
               : buffered_[index_of(engine)] == config_.rows_buffered) {
    return false;
  }
  link->pop();
  arrived_[index_of(engine)][row] = true;
  if (!complete) {
    ++buffered_[index_of(engine)];
    partial_bytes_written_ += partial_row_bytes(task_.unit->work.layer->value_features);
    return true;
  }
  if (needs(other, row)) {
    --buffered_[index_of(other)];
    partial_bytes_read_ += partial_row_bytes(task_.unit->work.layer->value_features);
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
    const std::uint32_t num_rows = task_.unit->work.total_rows();
    while (next_empty_row_ < num_rows && (needs(EngineId::kDenser, next_empty_row_) ||
                                          needs(EngineId::kSparser, next_empty_row_))) {
      ++next_empty_row_;
    }
    if (next_empty_row_ == num_rows) return false;
    current_row_ = next_empty_row_++;
  }
  const std::uint32_t features = task_.unit->work.layer->value_features;
  busy_until_ = now + (features + config_.features_per_cycle - 1) / config_.features_per_cycle;
  return true;
}

bool Normaliser::finish_row(Cycle now) {
  if (current_row_ == kNoRow || busy_until_ > now) return false;
  if (image_ != nullptr) compute_row(current_row_);
  const std::uint32_t packet = packet_of(current_row_);
  if (--packet_rows_left_[packet] == 0) ready_packets_.push_back(packet);
  current_row_ = kNoRow;
  ++rows_;
  return true;
}

bool Normaliser::send_packet() {
  if (ready_packets_.empty() || !packet_out->ready()) return false;
  packet_out->push(PacketRef{&task_.output->packets[ready_packets_.front()]});
  ready_packets_.pop_front();
  --packets_left_;
  return true;
}

std::uint32_t Normaliser::packet_of(std::uint32_t row) const {
  const WorkUnit& work = task_.unit->work;
  const std::vector<Packet>& packets = task_.output->packets;
  const auto packets_a_head = static_cast<std::uint32_t>(packets.size()) / work.num_heads;
  const std::uint32_t rows_a_packet = packets.front().num_rows;
  return row / work.num_rows * packets_a_head + row % work.num_rows / rows_a_packet;
}

void Normaliser::merge_exponents() {
  std::vector<std::int16_t>& merged = task_.unit->row_exponent[kDenser];
  const std::vector<std::int16_t>& other = task_.unit->row_exponent[kSparser];
  for (std::size_t row = 0; row < merged.size(); ++row) {
    merged[row] = std::max(merged[row], other[row]);
  }
}

void Normaliser::compute_row(std::uint32_t row) {
  UnitContext& unit = *task_.unit;
  const AttentionLayer& layer = *unit.work.layer;
  const std::size_t features = layer.value_features;
  const std::uint32_t head = unit.work.first_head + row / unit.work.num_rows;
  const std::uint32_t query = unit.work.first_row + row % unit.work.num_rows;
  std::int8_t* output = image_->output(layer.output).data() +
                        (std::size_t{head} * layer.num_queries + query) * features;
  const std::uint32_t sum = unit.row_sum[kDenser][row] + unit.row_sum[kSparser][row];
  for (std::size_t f = 0; f < features; ++f) {
    const std::size_t place = row * features + f;
    output[f] = ScoreFormat::normalise(
        unit.accumulator[kDenser][place] + unit.accumulator[kSparser][place], sum);
  }
}

}  // namespace vitcod
