// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "hw_models/dma/dma_messages.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/busy.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// What units have in common that loads stream through: packets of a load come in, handled in
/// order. One takes the longer of its way in and the work on it; it is consumed `latency` cycles
/// after the last of these. What is made of it stays in the unit, or goes where the unit writes:
/// packets of a store leave a PacketUnit alone.
class PacketTaker : public Block {
 public:
  LinkIn<Packet> packet_in{"packet_in"};
  LinkOut<Delivery> delivery_out{"delivery_out"};

 protected:
  /// What a packet takes, and what becomes of it.
  struct Step {
    std::uint64_t read_cycles = 1;
    std::uint64_t work_cycles = 0;
    Cycle latency = 1;
    std::vector<Packet> results;  ///< of a PacketUnit
  };

  /// `work`: the reason of the cycles in which the work is the limit.
  PacketTaker(const sc_core::sc_module_name& name, Clock& clock, std::string_view work,
              StatGroup& parent);

  /// Takes a packet in.
  virtual Step work_on(const Packet& packet) = 0;
  /// The first cycle in which `packet` may be taken; the one before is worked on until `done`.
  virtual Cycle taken_from(const Packet& /*packet*/, Cycle done) const { return done; }

  StatGroup& statistics() { return stats_; }

 private:
  enum class Activity { kIdle, kWorking, kReading, kOutputBlocked };

  /// Where results leave; null of a unit without.
  virtual LinkOut<Packet>* result_port() { return nullptr; }
  Cycle tick(Cycle now) final;
  CycleAccount& cycle_account() final { return cycles_; }
  void start(const Packet& packet, Cycle now);
  void send_next(Cycle now);

  Busy busy_;
  std::deque<Packet> results_;  ///< of the last packet, that have yet to leave
  Cycle next_result_ = 0;

  StatGroup stats_;
  CycleBreakdown<Activity, 4> cycles_;
};

/// A PacketTaker whose results leave as packets of a store: the first as its packet is consumed,
/// further ones one a cycle before the next packet is taken.
class PacketUnit : public PacketTaker {
 public:
  LinkOut<Packet> packet_out{"packet_out"};

 protected:
  using PacketTaker::PacketTaker;

  /// The rows that are complete with `packet`, as rows of `store`, whose one stretch has the same
  /// rows in another width; without values.
  static Packet rows_of(const Packet& packet, const Transfer& store);

 private:
  LinkOut<Packet>* result_port() final { return &packet_out; }
};

}  // namespace vitcod
