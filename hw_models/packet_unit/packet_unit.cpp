// SPDX-License-Identifier: Apache-2.0
#include "hw_models/packet_unit/packet_unit.hpp"

#include <algorithm>
#include <iterator>

namespace vitcod {

PacketTaker::PacketTaker(const sc_core::sc_module_name& name, Clock& clock, std::string_view work,
                         StatGroup& parent)
    : Block(name, clock),
      stats_(parent, basename()),
      cycles_(stats_, {"idle", work, "reading", "output_blocked"}) {}

Cycle PacketTaker::tick(Cycle now) {
  if (busy_.at(now)) return busy_.end();
  const bool is_between = results_.empty();
  if (is_between && !packet_in->valid()) {
    cycles_.standing(Activity::kIdle);
    return kOnLink;
  }
  LinkOut<Packet>* const out = result_port();
  if ((out != nullptr && !(*out)->ready()) || (is_between && !delivery_out->ready())) {
    cycles_.standing(Activity::kOutputBlocked);
    return kOnLink;
  }
  if (is_between) {
    const Cycle from = taken_from(packet_in->front(), busy_.end());
    if (from > now) {
      cycles_.standing(Activity::kWorking);
      return from;
    }
    start(packet_in->pop(), now);
  } else {
    send_next(now);
  }
  return busy_.end();
}

void PacketTaker::start(const Packet& packet, Cycle now) {
  Step step = work_on(packet);
  busy_.begin(now, std::max(step.read_cycles, step.work_cycles));
  cycles_.standing(step.work_cycles >= step.read_cycles ? Activity::kWorking : Activity::kReading);
  const Cycle done = busy_.last() + step.latency;
  delivery_out->push_at(Delivery{packet.transfer}, done);
  if (step.results.empty()) return;
  (*result_port())->push_at(std::move(step.results.front()), done);
  next_result_ = done + 1;
  std::move(step.results.begin() + 1, step.results.end(), std::back_inserter(results_));
}

void PacketTaker::send_next(Cycle now) {
  const Cycle cycle = std::max(now, next_result_);
  (*result_port())->push_at(std::move(results_.front()), cycle);
  results_.pop_front();
  next_result_ = cycle + 1;
  busy_.begin(now, 1);
  cycles_.standing(Activity::kWorking);
}

Packet PacketUnit::rows_of(const Packet& packet, const Transfer& store) {
  const Stretch& stretch = store.stretches.front();
  Packet result;
  result.transfer = &store;
  result.offset = std::uint64_t{packet.first_row} * stretch.row_bytes;
  result.address = stretch.address + result.offset;
  result.first_row = packet.first_row;
  result.num_rows = packet.num_rows;
  result.bytes = packet.num_rows * stretch.row_bytes;
  result.outputs = store.outputs;
  return result;
}

}  // namespace vitcod
